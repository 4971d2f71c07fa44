#define _GNU_SOURCE
#include "CMALoggerShims.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/syscall.h>
#endif

// Two pointers fit into the static block of every thread, even if this code is part of a library that is loaded late.
static __thread void *random_slot __attribute__((tls_model("initial-exec")));
__thread void *malogc_line_slot_of_thread __attribute__((tls_model("initial-exec")));
static pthread_key_t random_key, line_key;
static pthread_once_t keys_once = PTHREAD_ONCE_INIT;
static void (*random_cleanup)(void *);
static void (*line_cleanup)(void *);

static void clean_up(void (**function)(void *), void *value) {
    void (*cleanup)(void *) = __atomic_load_n(function, __ATOMIC_RELAXED);
    if (cleanup) cleanup(value);
}

static void random_ended(void *value) {
    random_slot = NULL;
    clean_up(&random_cleanup, value);
}

static void line_ended(void *value) {
    malogc_line_slot_of_thread = NULL;
    clean_up(&line_cleanup, value);
}

static int fork_count;
static void (*forked_child_handler)(void *);
static void *forked_child_value;

static pthread_mutex_t exit_lock = PTHREAD_MUTEX_INITIALIZER;

// Runs in the child, on its only thread.
static void forked(void) {
    fork_count++;
    // A thread of the parent may have held it.
    pthread_mutex_init(&exit_lock, NULL);
    if (forked_child_handler) forked_child_handler(forked_child_value);
}

static void make_keys(void) {
    pthread_key_create(&random_key, random_ended);
    pthread_key_create(&line_key, line_ended);
    pthread_atfork(NULL, NULL, forked);
}

int malogc_fork_count(void) { return fork_count; }

void malogc_count_forks(void) { pthread_once(&keys_once, make_keys); }

static struct {
    void (*body)(void);
    pid_t owner;
} exit_bodies[8];
static int exit_count;

// Runs once for each function that was set.
static void exiting(void) {
    // Another thread may set a function at this moment.
    pthread_mutex_lock(&exit_lock);
    int last = --exit_count;
    void (*body)(void) = exit_bodies[last].owner == getpid() ? exit_bodies[last].body : NULL;
    pthread_mutex_unlock(&exit_lock);
    if (body) body();
}

void malogc_at_exit(void (*body)(void)) {
    pthread_once(&keys_once, make_keys);
    pthread_mutex_lock(&exit_lock);
    if (exit_count < 8) {
        exit_bodies[exit_count].body = body;
        exit_bodies[exit_count].owner = getpid();
        exit_count++;
        atexit(exiting);
    }
    pthread_mutex_unlock(&exit_lock);
}

void malogc_set_forked_child_handler(void *value, void (*handler)(void *)) {
    pthread_once(&keys_once, make_keys);
    forked_child_value = value;
    __atomic_store_n(&forked_child_handler, handler, __ATOMIC_RELEASE);
}

int malogc_write_all(int fd, const void *bytes, size_t count) {
    for (const char *rest = bytes; count > 0;) {
        ssize_t written = malogc_write(fd, rest, count);
        if (written >= 0) {
            rest += written;
            count -= (size_t)written;
        } else if (written == -1 - EAGAIN) {
            struct pollfd room = {.fd = fd, .events = POLLOUT};
            poll(&room, 1, -1);
        } else if (written != -1 - EINTR) {
            return (int)(-1 - written);
        }
    }
    return 0;
}

static void *sink_value;
static void (*sink_handler)(void *);

static void sinks_forked(void) { sink_handler(sink_value); }

void malogc_set_sink_fork_handler(void *value, void (*handler)(void *)) {
    sink_value = value;
    sink_handler = handler;
    // It has a registration of its own, because it takes locks, and asks for the streams that a capture gives back.
    pthread_atfork(NULL, NULL, sinks_forked);
}

__attribute__((noinline)) void *malogc_random_slot(void) { return random_slot; }

void malogc_set_random_slot(void *value, void (*cleanup)(void *)) {
    __atomic_store_n(&random_cleanup, cleanup, __ATOMIC_RELAXED);
    pthread_once(&keys_once, make_keys);
    pthread_setspecific(random_key, value);
    random_slot = value;
}

void malogc_set_line_slot(void *value, void (*cleanup)(void *)) {
    __atomic_store_n(&line_cleanup, cleanup, __ATOMIC_RELAXED);
    pthread_once(&keys_once, make_keys);
    pthread_setspecific(line_key, value);
    malogc_line_slot_of_thread = value;
}

// Functions of libswift_Concurrency, with Swift's calling convention. The runtime numbers tasks in the order in which
// they are made.
__attribute__((swiftcall)) extern void *swift_task_getCurrent(void);
__attribute__((swiftcall)) extern uint64_t swift_task_getJobTaskId(void *task);
__attribute__((swiftcall)) extern bool swift_task_isCancelled(void *task);

uint64_t malogc_current_task(void) {
    void *task = swift_task_getCurrent();
    return task == NULL ? 0 : swift_task_getJobTaskId(task);
}

uint64_t malogc_current_task_and_cancellation(bool *is_cancelled) {
    void *task = swift_task_getCurrent();
    *is_cancelled = task != NULL && swift_task_isCancelled(task);
    return task == NULL ? 0 : swift_task_getJobTaskId(task);
}

// A function of Swift's runtime.
extern void swift_release_n(void *object, uint32_t count);

void malogc_release(void *object, uint32_t count) { swift_release_n(object, count); }

__attribute__((swiftcall)) extern void swift_task_localValuePush(const void *key, void *value, const void *type);
__attribute__((swiftcall)) extern void swift_task_localValuePop(void);

void malogc_push_task_local(const void *key, void *value, const void *type) {
    swift_task_localValuePush(key, value, type);
}

void malogc_pop_task_local(void) { swift_task_localValuePop(); }

ssize_t malogc_write_function(int fd, const void *bytes, size_t count) {
#if defined(__linux__)
    long written = syscall(SYS_write, fd, bytes, count);
#else
    ssize_t written = write(fd, bytes, count);
#endif
    return written < 0 ? -1 - errno : written;
}

struct start {
    char name[16];
    void (*body)(void *);
    void *argument;
};

static void *thread_main(void *pointer) {
    struct start start = *(struct start *)pointer;
    free(pointer);
#if defined(__APPLE__)
    pthread_setname_np(start.name);
#else
    pthread_setname_np(pthread_self(), start.name);
#endif
    start.body(start.argument);
    return NULL;
}

int malogc_start_thread(const char *name, void (*body)(void *), void *argument) {
    struct start *start = calloc(1, sizeof *start);
    if (!start) return ENOMEM;
    strncpy(start->name, name, sizeof start->name - 1);
    start->body = body;
    start->argument = argument;
    pthread_t thread;
    int error = pthread_create(&thread, NULL, thread_main, start);
    if (error)
        free(start);
    else
        pthread_detach(thread);
    return error;
}

pid_t malogc_process_id(void) { return getpid(); }

uintptr_t malogc_current_thread(void) { return (uintptr_t)pthread_self(); }

void malogc_sleep(uint32_t milliseconds) {
    struct timespec left = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    while (nanosleep(&left, &left) && errno == EINTR) {}
}

long malogc_processor_count(void) {
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count;
}

uint64_t malogc_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

const char *malogc_environment_variable(const char *name) { return getenv(name); }

extern char **environ;

char **malogc_environment(void) { return environ; }

int malogc_move_descriptor(int descriptor, int number) {
    int result;
    // A new program does not get the number, even if another thread starts it now.
    do {
#if defined(__linux__)
        result = dup3(descriptor, number, O_CLOEXEC);
#else
        result = dup2(descriptor, number);
#endif
    } while (result < 0 && (errno == EINTR || errno == EBUSY));
    if (result < 0) return errno;
#if !defined(__linux__)
    fcntl(number, F_SETFD, FD_CLOEXEC);
#endif
    close(descriptor);
    return 0;
}

ssize_t malogc_read_file(const char *path, size_t limit, uint8_t **bytes, int *error) {
    *bytes = NULL;
    // A named pipe without a writer would block.
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    if (descriptor < 0) {
        *error = errno;
        return stat(path, &status) ? MALOGC_NO_FILE : MALOGC_UNREADABLE_FILE;
    }
    ssize_t result = MALOGC_SPECIAL_FILE;
    size_t count = 0, size = 0;
    if (fstat(descriptor, &status)) {
        *error = errno;
        goto end;
    }
    *error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    if (!S_ISREG(status.st_mode)) goto end;
    // One byte more than the limit, so that a larger file is noticed.
    for (result = MALOGC_UNREADABLE_FILE; count <= limit;) {
        if (count == size) {
            size = size ? 2 * size : 1 << 14;
            if (size > limit + 1) size = limit + 1;
            uint8_t *larger = realloc(*bytes, size);
            if (!larger) {
                *error = ENOMEM;
                goto end;
            }
            *bytes = larger;
        }
        ssize_t piece = read(descriptor, *bytes + count, size - count);
        if (piece < 0 && errno == EINTR) continue;
        if (piece < 0) {
            *error = errno;
            goto end;
        }
        if (piece == 0) break;
        count += (size_t)piece;
    }
    result = (ssize_t)count;
end:
    close(descriptor);
    return result;
}

void malogc_free(void *memory) { free(memory); }

void malogc_error_text(int error, char *text, size_t size) {
#if defined(__GLIBC__)
    // The GNU function need not write into the buffer.
    const char *found = strerror_r(error, text, size);
    if (found != text) snprintf(text, size, "%s", found);
#else
    if (strerror_r(error, text, size)) snprintf(text, size, "error %d", error);
#endif
}
