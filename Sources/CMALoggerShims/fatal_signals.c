#define _GNU_SOURCE
#include "CBuffer.h"
#include "CCapture.h"
#include "CSignals.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0
#endif

// Every function that the handler calls is async-signal-safe. The handler takes no lock: the thread that it interrupts
// may hold any of them.

enum {
    // The number of milliseconds without any progress after which the handler gives a descriptor up. Its budget limits
    // the time with progress. Both count its own waits: on a busy machine, the clock alone would also count the time in
    // which neither the handler nor the reader can run.
    patience = 1000,
    // The number of milliseconds of one wait for a descriptor.
    interval = 100,
    // The number of milliseconds after which another thread no longer waits for the handler, and then for the end.
    long_patience = 20000,
};

static malogc_pending *pending;
static malogc_capture *capture;
static pid_t owner;
static pthread_t ender;
static uint32_t has_begun, has_ended;

static void nap(void) { poll(NULL, 0, 1); }

/// The microseconds of the monotonic clock.
static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/// Waits until the handler may write to a sink. If the writer does not leave it, this stops the writer and returns 0.
static int take_sink(int sink, int64_t *budget) {
    uint32_t writing = sink == 0 ? malogc_writing_output : malogc_writing_file;
    uint64_t progress = 0;
    for (int idle = 0; idle < patience && *budget > 0; idle++, *budget -= 1000) {
        uint32_t present = __atomic_load_n(&pending->phase, __ATOMIC_SEQ_CST);
        // A writer that was stopped at standard output leaves the file alone.
        if (present == malogc_idle || present > writing) return 1;
        uint64_t moved = __atomic_load_n(&pending->progress, __ATOMIC_ACQUIRE);
        if (moved != progress) idle = 0;
        progress = moved;
        nap();
    }
    return !malogc_pending_leave(pending, writing, malogc_stopped);
}

/// The number of bytes of whole lines that a pipe takes at once. The part of a longer line is that number of bytes.
static size_t piece(const uint8_t *bytes, size_t count) {
    if (count <= PIPE_BUF) return count;
    for (size_t end = PIPE_BUF; end > 0; end--)
        if (bytes[end - 1] == '\n') return end;
    return PIPE_BUF;
}

size_t malogc_write_out(int fd, const uint8_t *bytes, size_t count, int64_t *budget) {
    struct stat status;
    if (fstat(fd, &status) != 0) return 0;
    int is_file = S_ISREG(status.st_mode), is_socket = S_ISSOCK(status.st_mode);
    size_t offset = 0;
    int64_t last = now();
    for (int idle = 0; offset < count && idle < patience;) {
        // A file has no reader that could be slow.
        if (!is_file) {
            int64_t present = now(), spent = present - last;
            last = present;
            *budget -= spent < interval * 1000 ? spent : interval * 1000;
            if (*budget <= 0) break;
            // A pipe that is ready takes at least PIPE_BUF bytes, so the write below does not block.
            struct pollfd ready = {.fd = fd, .events = POLLOUT};
            int result = poll(&ready, 1, interval);
            if (result <= 0) {
                idle += interval;
                continue;
            }
        }
        size_t size = is_file ? count - offset : piece(bytes + offset, count - offset);
        ssize_t written = is_socket ? send(fd, bytes + offset, size, MSG_DONTWAIT | MSG_NOSIGNAL)
                                    : write(fd, bytes + offset, size);
        if (written > 0) {
            offset += (size_t)written, idle = 0;
        } else if (written < 0 && (errno == EAGAIN || errno == EINTR)) {
            idle++;
            nap();
        } else {
            break;
        }
    }
    return offset;
}

static uint64_t count_lines(const uint8_t *bytes, size_t count) {
    uint64_t lines = 0;
    for (size_t i = 0; i < count; i++) lines += bytes[i] == '\n';
    return lines;
}

static char *append(char *out, const char *text) {
    while (*text) *out++ = *text++;
    return out;
}

static char *append_decimal(char *out, uint64_t value) {
    char digits[20];
    int first = sizeof digits;
    do digits[--first] = (char)('0' + value % 10);
    while (value /= 10);
    memcpy(out, digits + first, sizeof digits - (size_t)first);
    return out + (sizeof digits - (size_t)first);
}

/// Tells stderr how many lines are lost.
static void report(int number, const char *fault, uint64_t lost) {
    if (lost == 0) return;
    char text[160], *out = append(text, "WARNING ma-logger: signal ");
    out = append_decimal(out, (uint64_t)number);
    out = append(out, " ends the process; ");
    out = append(out, fault);
    out = append_decimal(out, lost);
    *out++ = '\n';
    int64_t budget = malogc_write_budget;
    malogc_write_out(2, (const uint8_t *)text, (size_t)(out - text), &budget);
}

/// Writes the lines that a sink does not have. Returns the number of lines that are lost.
static uint64_t write_sink(int sink) {
    int64_t budget = malogc_write_budget;
    int is_free = take_sink(sink, &budget);
    // The writer may have opened the file anew meanwhile.
    int fd = __atomic_load_n(&pending->descriptors[sink], __ATOMIC_ACQUIRE);
    if (fd < 0) return 0;
    uint64_t waiting = __atomic_load_n(pending->waiting, __ATOMIC_ACQUIRE);
    const uint8_t *lines = pending->bytes + (waiting & 1) * pending->chunk_size;
    size_t count = waiting >> 1;
    const uint8_t *batch = lines;
    size_t rest = 0;
    // A writer that was stopped just after it began has not removed the batch from the waiting lines.
    if (__atomic_load_n(&pending->phase, __ATOMIC_SEQ_CST) == malogc_stopped && pending->batch != lines) {
        size_t taken = __atomic_load_n(&pending->taken[sink], __ATOMIC_ACQUIRE);
        batch = pending->batch + taken;
        rest = pending->batch_size - taken;
    }
    if (!is_free) return count_lines(batch, rest) + count_lines(lines, count);
    if (rest + count == 0) return 0;
    if (__atomic_load_n(&pending->is_torn[sink], __ATOMIC_ACQUIRE))
        malogc_write_out(fd, (const uint8_t *)"\n", 1, &budget);
    size_t first = malogc_write_out(fd, batch, rest, &budget), second = 0;
    // Other threads log while a slow sink takes lines, until the chunk is full: the writer begins no other batch.
    for (int is_whole = first == rest;;) {
        uint64_t present = __atomic_load_n(pending->waiting, __ATOMIC_ACQUIRE);
        // A writer that was stopped just after it began may change the chunks now.
        if ((present & 1) == (waiting & 1)) count = present >> 1;
        // A descriptor that took only a part has been given up.
        if (!is_whole || second == count) break;
        second += malogc_write_out(fd, lines + second, count - second, &budget);
        is_whole = second == count;
    }
    return count_lines(batch + first, rest - first) + count_lines(lines + second, count - second);
}

static void write_lines(int number) {
    uint64_t output = write_sink(0);
    uint64_t file = write_sink(1);
    report(number, "lines in LOG_BUFFER that standard output did not take: ", output);
    report(number, "lines in LOG_BUFFER that LOG_FILE_PATH did not take: ", file);
    report(number, "lines that were dropped because LOG_BUFFER was full: ", __atomic_load_n(&pending->dropped, __ATOMIC_ACQUIRE));
}

// The handlers of the Swift runtime that ours replaced. They print a backtrace.
static struct sigaction before[NSIG];

/// Waits until the process ends: another thread writes the lines, and then ends it. Before, the handler of the Swift
/// runtime may print a backtrace on that thread, so the time begins anew when the lines are written.
static void wait_for_end(void) {
    // The runtime stops the other threads by this signal, so that they are part of the backtrace.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGPROF);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    uint32_t has_written = 0;
    for (int i = 0; i < long_patience; i++) {
        uint32_t present = __atomic_load_n(&has_ended, __ATOMIC_ACQUIRE);
        if (present != has_written) i = 0;
        has_written = present;
        nap();
    }
}

static void caught(int number, siginfo_t *info, void *context) {
    // A second signal on this thread would end the process before the lines are written. Where this function has
    // replaced a handler of the runtime, the system has blocked no signal.
    sigset_t signals, mask;
    sigfillset(&signals);
    pthread_sigmask(SIG_BLOCK, &signals, &mask);
    int is_owner = getpid() == owner;
    if (is_owner) {
        uint32_t none = 0;
        if (__atomic_compare_exchange_n(&has_begun, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            ender = pthread_self();
            // The captured text becomes lines, for which the writer of the buffer may have to make room.
            if (capture)
                report(number, "bytes of captured text that were not written: ", malogc_capture_end_at_signal(capture));
            if (pending) {
                __atomic_store_n(&pending->is_ending, 1, __ATOMIC_SEQ_CST);
                write_lines(number);
            }
            __atomic_store_n(&has_ended, 1, __ATOMIC_RELEASE);
        } else if (!pthread_equal(ender, pthread_self())) {
            wait_for_end();
        }
    }
    if (before[number].sa_flags & SA_SIGINFO) {
        // As if the system had called it. A signal that came meanwhile must not end the process instead of the trap.
        sigorset(&mask, &mask, &before[number].sa_mask);
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
        before[number].sa_sigaction(number, info, context);
    }
    struct sigaction action = {0};
    action.sa_handler = SIG_DFL;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
    sigemptyset(&signals);
    sigaddset(&signals, number);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    raise(number);
    // The first process of a container ignores signals with the default disposition.
    _exit(128 + number);
}

// A function of the Swift runtime.
extern void swift_release(void *object);

typedef void (*signal_handler)(int, siginfo_t *, void *);

/// The handler of a Swift runtime that is linked into the program itself, or NULL.
///
/// It is in the same file as the program's own handlers. The runtime has one handler for all of these signals, and
/// leaves those alone that are ignored, as SIGQUIT is for a command in the background, or that have another handler.
static signal_handler handler_of_static_runtime(void) {
    static const int numbers[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGQUIT};
    const int flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    signal_handler common = NULL;
    int count = 0;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) != 0 || (action.sa_flags & flags) != flags) continue;
        if (!common) common = action.sa_sigaction;
        count += action.sa_sigaction == common;
    }
    Dl_info handler, runtime;
    if (count < 5 || common == caught) return NULL;
    if (!dladdr((void *)common, &handler) || !dladdr((void *)swift_release, &runtime)) return NULL;
    return handler.dli_fbase == runtime.dli_fbase ? common : NULL;
}

static int is_of_swift_runtime(const struct sigaction *action) {
    Dl_info info;
    if (!(action->sa_flags & SA_SIGINFO) || !dladdr((void *)action->sa_sigaction, &info) || !info.dli_fname) return 0;
    return strstr(info.dli_fname, "libswiftCore") != NULL;
}

static void catch_signal(int number, int is_runtime) {
    struct sigaction action = {0};
    action.sa_sigaction = caught;
    // A thread that overflowed its stack has another one, if the program made it.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | (is_runtime ? SA_NODEFER : 0);
    if (is_runtime) sigemptyset(&action.sa_mask);
    else sigfillset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

static void catch_signals(const int *numbers, size_t count) {
    signal_handler static_handler = handler_of_static_runtime();
    for (size_t i = 0; i < count; i++) {
        struct sigaction action;
        if (sigaction(numbers[i], NULL, &action) != 0) continue;
        int is_runtime = is_of_swift_runtime(&action) || (static_handler && action.sa_sigaction == static_handler);
        if (!is_runtime && (action.sa_flags & SA_SIGINFO || action.sa_handler != SIG_DFL)) continue;
        if (is_runtime) before[numbers[i]] = action;
        catch_signal(numbers[i], is_runtime);
    }
}

void malogc_end_at_signal(int number) { catch_signal(number, 0); }

static void catch_fatal_signals(void) {
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP};
    static const int requests[] = {SIGHUP, SIGINT, SIGTERM};
    owner = getpid();
    catch_signals(faults, sizeof faults / sizeof *faults);
    // The first process of a container survives these signals. It must not begin to end at one of them.
    if (owner != 1) catch_signals(requests, sizeof requests / sizeof *requests);
}

void malogc_write_at_fatal_signal(malogc_pending *lines) {
    pending = lines;
    catch_fatal_signals();
}

void malogc_end_capture_at_fatal_signal(malogc_capture *streams) {
    capture = streams;
    catch_fatal_signals();
}
