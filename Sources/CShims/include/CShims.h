// The parts that Swift cannot express on Linux, and the few functions of the C library that the modules need. A Swift
// file that used them itself would have to import the C library under the name that each platform gives it.
#ifndef CSHIMS_H
#define CSHIMS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "CSignals.h"

/// The calling thread's pointer to its generator of random words, NULL until it is set. Never inlined, so that no
/// caller keeps the thread-local's address in its frame while it is suspended and resumed on another thread.
void *cshims_random_slot(void);

/// Sets that pointer; `cleanup` is called with it when the thread ends.
void cshims_set_random_slot(void *value, void (*cleanup)(void *));

/// The calling thread's pointer to the buffer of its lines, as `cshims_random_slot`.
void *cshims_line_slot(void);

/// Sets that pointer; `cleanup` is called with it when the thread ends.
void cshims_set_line_slot(void *value, void (*cleanup)(void *));

/// The address of the innermost value that is bound for the task-local `key`, NULL where there is none. The value
/// lives while its binding does. `key` is the address of the `TaskLocal` object.
const void *cshims_task_local(const void *key);

/// How often this process is a fork of another: a generator that was seeded before must be seeded anew.
int cshims_fork_count(void);

/// Sets the only function that is called in each forked child before `fork` returns, with `value`, which it does not
/// own.
void cshims_set_forked_child_handler(void *value, void (*handler)(void *));

/// A moment since 1970-01-01T00:00:00Z.
typedef struct {
    int64_t seconds;
    int64_t nanoseconds;
} cshims_moment;

/// The system's clock.
cshims_moment cshims_now(void);

/// write(2) for the systems on which `cshims_write` cannot make the system call itself.
ssize_t cshims_write_function(int fd, const void *bytes, size_t count);

/// write(2) without a cancellation point. Returns the number of bytes that were written, or -1 - errno.
///
/// The system call is made in the caller's frame, because a processor cannot predict the returns that follow one.
static inline ssize_t cshims_write(int fd, const void *bytes, size_t count) {
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
    return cshims_write_function(fd, bytes, count);
#endif
}

/// A lock that a forked child can use, also if another thread of the parent held it at the time of the fork.
typedef struct cshims_lock cshims_lock;

/// Makes a lock, which the caller owns.
///
/// If `is_held_over_fork` is not 0, `fork` waits for the lock, so that the child finds what it protects in order. Code
/// must hold it for a short time only, and take no other such lock meanwhile. If it is 0, the child finds the lock free
/// and what it protects as it was at the moment of the fork.
cshims_lock *cshims_lock_make(int is_held_over_fork);

/// Frees a lock that nobody holds.
void cshims_lock_free(cshims_lock *lock);

void cshims_lock_acquire(cshims_lock *lock);
void cshims_lock_release(cshims_lock *lock);

/// Runs `body(argument)` on a new thread that nobody joins, with the first 15 bytes of `name` as its name. Returns 0,
/// or the system's error number.
int cshims_start_thread(const char *name, void (*body)(void *argument), void *argument);

/// A number that only the calling thread has now.
uintptr_t cshims_current_thread(void);

/// Blocks the calling thread for so many milliseconds.
void cshims_sleep(uint32_t milliseconds);

/// Nanoseconds of the system's monotonic clock.
uint64_t cshims_monotonic_nanoseconds(void);

/// The value of a variable of the process's environment, NULL if it is not set.
const char *cshims_environment_variable(const char *name);

/// The process's environment: `NAME=value` strings up to a NULL. (Swift 6 does not let anyone touch `environ`.)
char **cshims_environment(void);

#endif
