// Functions that Swift cannot express on Linux, and the few functions of the C library that the modules need. A Swift
// file that called those itself would have to import the C library under the name of each platform.
#ifndef CMALOGGERSHIMS_H
#define CMALOGGERSHIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "CBuffer.h"
#include "CCapture.h"
#include "CFatalSignals.h"
#include "CLock.h"
#include "CPipes.h"
#include "CPlainText.h"
#include "CSignals.h"

/// Returns the calling thread's pointer to its generator of random words, or NULL until it is set. It is never inlined:
/// a caller that is suspended and resumed on another thread must not keep the address of the thread-local in its frame.
void *malogc_random_slot(void);

/// Sets that pointer. When the thread ends, `cleanup` is called with it.
void malogc_set_random_slot(void *value, void (*cleanup)(void *));

/// Returns the calling thread's pointer to its line buffer, or NULL until it is set. It is inlined, because each line
/// reads it. So call it only in a synchronous function that is never inlined itself.
static inline void *malogc_line_slot(void) {
    extern __thread void *malogc_line_slot_of_thread __attribute__((tls_model("initial-exec")));
    return malogc_line_slot_of_thread;
}

/// Sets that pointer. When the thread ends, `cleanup` is called with it.
void malogc_set_line_slot(void *value, void (*cleanup)(void *));

/// Returns the address of the innermost value that is bound for the task-local `key`, or NULL if none is bound. The
/// value lives as long as its binding. `key` is the address of the `TaskLocal` object.
static inline const void *malogc_task_local(const void *key) {
    // A function of libswift_Concurrency, with Swift's calling convention.
    __attribute__((swiftcall)) extern void *swift_task_localValueGet(const void *key);
    return swift_task_localValueGet(key);
}

/// Returns the number of the running task, which no other task of the process ever has, or 0 outside of tasks.
uint64_t malogc_current_task(void);

/// Returns the number of the running task as `malogc_current_task`, and sets whether the task was cancelled; false
/// outside of tasks.
uint64_t malogc_current_task_and_cancellation(bool *is_cancelled);

/// Releases `count` references to an object of Swift at once.
void malogc_release(void *object, uint32_t count);

/// Binds the task-local `key` to the value at `value`, whose metadata is `type`, until `malogc_pop_task_local`. The
/// binding takes the value over: the memory at `value` then counts as uninitialized. Bindings end in the reverse order,
/// on the same task.
void malogc_push_task_local(const void *key, void *value, const void *type);

/// Ends the innermost binding.
void malogc_pop_task_local(void);

/// Returns the number of forks between this process and the first one. A generator that was seeded before a fork must
/// be seeded again.
int malogc_fork_count(void);

/// Counts forks from now on, if nothing else in this process has needed their number yet.
void malogc_count_forks(void);

/// Sets the function that each forked child calls with `value` before `fork` returns. A second call replaces the
/// function. The caller keeps the ownership of `value`.
void malogc_set_forked_child_handler(void *value, void (*handler)(void *));

/// Sets the function that each forked child calls with `value` before `fork` returns, after all handlers that were
/// registered before this call. Only one can be set, and `value` must never be freed.
void malogc_set_sink_fork_handler(void *value, void (*handler)(void *));

/// A time, counted from 1970-01-01T00:00:00Z.
typedef struct {
    int64_t seconds;
    int64_t nanoseconds;
} malogc_moment;

/// Sets a time to that of the system's clock.
static inline void malogc_read_clock(malogc_moment *moment) {
#if __SIZEOF_LONG__ == 8
    // The system writes to the caller's place, because reading two words together that were just written one by one
    // makes a processor wait.
    _Static_assert(sizeof(struct timespec) == sizeof(malogc_moment), "");
    clock_gettime(CLOCK_REALTIME, (struct timespec *)moment);
#else
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *moment = (malogc_moment){now.tv_sec, now.tv_nsec};
#endif
}

/// write(2) for systems on which `malogc_write` cannot make the system call itself.
ssize_t malogc_write_function(int fd, const void *bytes, size_t count);

/// write(2) without a cancellation point. Returns the number of bytes that were written, or -1 - errno.
///
/// The system call is inlined into the caller, because a processor mispredicts the function returns that follow a
/// system call.
static inline ssize_t malogc_write(int fd, const void *bytes, size_t count) {
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)
    long result = 1;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"((long)fd), "S"(bytes), "d"(count)
                     : "rcx", "r11", "cc", "memory");
    return result < 0 ? result - 1 : result;
#elif defined(__linux__) && defined(__aarch64__) && !defined(__ILP32__)
    register long number __asm__("x8") = 64;
    register long result __asm__("x0") = fd;
    register const void *from __asm__("x1") = bytes;
    register size_t length __asm__("x2") = count;
    __asm__ volatile("svc 0" : "+r"(result) : "r"(number), "r"(from), "r"(length) : "cc", "memory");
    return result < 0 ? result - 1 : result;
#else
    return malogc_write_function(fd, bytes, count);
#endif
}

/// Writes all bytes as a descriptor that blocks takes them: it goes on after a call that wrote a part or was
/// interrupted, and waits for a descriptor that takes no byte now. Returns 0, or the system's error number.
int malogc_write_all(int fd, const void *bytes, size_t count);

/// Runs `body(argument)` on a new thread that nobody joins, with the first 15 bytes of `name` as its name. Returns 0,
/// or the system's error number.
int malogc_start_thread(const char *name, void (*body)(void *argument), void *argument);

/// Runs `body` when the process ends with `exit` or a return from `main`. The function that was set last runs first. At
/// most 8 functions can be set; later ones are ignored. A forked child runs none of them, because the child has none of
/// its parent's threads.
void malogc_at_exit(void (*body)(void));

/// Returns the number of this process.
pid_t malogc_process_id(void);

/// Returns a number that identifies the calling thread among the running threads.
uintptr_t malogc_current_thread(void);

/// Blocks the calling thread for the given number of milliseconds.
void malogc_sleep(uint32_t milliseconds);

/// Returns the number of processors that are online, at least 1.
long malogc_processor_count(void);

/// Returns the nanoseconds of the system's monotonic clock.
uint64_t malogc_monotonic_nanoseconds(void);

/// Returns the value of a variable of the process's environment, or NULL if it is not set.
const char *malogc_environment_variable(const char *name);

/// Returns the process's environment: `NAME=value` strings and a NULL at the end. (Swift 6 forbids access to
/// `environ`.)
char **malogc_environment(void);

/// Makes `number` a descriptor of the file of `descriptor`, instead of the file that it was open on, and closes
/// `descriptor`. At every moment, `number` is open on one of the two files. Both must be open.
///
/// Returns 0, or the system's error number. Then nothing has changed.
int malogc_move_descriptor(int descriptor, int number);

/// The results of `malogc_read_file` for a file that was not read. The type is the one of the function.
static const ssize_t MALOGC_NO_FILE = -1;
static const ssize_t MALOGC_UNREADABLE_FILE = -2;
static const ssize_t MALOGC_SPECIAL_FILE = -3;

/// Reads a regular file of at most `limit` bytes. It never waits for a writer.
///
/// Returns the number of bytes, which the caller frees with `malogc_free` in every case, or `limit + 1` if the file is
/// larger. If the result is negative, `*error` is the system's error number.
ssize_t malogc_read_file(const char *path, size_t limit, uint8_t **bytes, int *error);

void malogc_free(void *memory);

/// Writes the system's text of an error number.
void malogc_error_text(int error, char *text, size_t size);

#endif
