#define _GNU_SOURCE
#include "CFatalSignals.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
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
    long_patience = 40000,
    // The number of times that the handler looks for lines that other threads log meanwhile. A thread may log without
    // an end.
    rounds = 100,
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

/// Opens the pipe or the terminal of a descriptor again, so that no write waits: O_NONBLOCK of the descriptor itself
/// would change it for other processes too. Returns -1 if this is not possible.
static int open_again(int fd, const struct stat *status) {
#if defined(TIOCGDEV)
    unsigned int device = 0, present = 0;
    int is_pipe = S_ISFIFO(status->st_mode);
    if (!is_pipe && ioctl(fd, TIOCGDEV, &device) != 0) return -1;
    char path[40];
    *append_decimal(append(path, "/proc/self/fd/"), (uint64_t)fd) = 0;
    int again = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (again < 0) return -1;
    struct stat other;
    // Each time when the multiplexer of terminals is opened, it makes another terminal.
    if (is_pipe ? fstat(again, &other) == 0 && other.st_dev == status->st_dev && other.st_ino == status->st_ino
                : ioctl(again, TIOCGDEV, &present) == 0 && present == device)
        return again;
    close(again);
#endif
    (void)fd, (void)status;
    return -1;
}

size_t malogc_write_out(int fd, const uint8_t *bytes, size_t count, int64_t *budget) {
    struct stat status;
    if (fstat(fd, &status) != 0) return 0;
    int is_file = S_ISREG(status.st_mode), is_socket = S_ISSOCK(status.st_mode);
    int again = is_file || is_socket ? -1 : open_again(fd, &status);
    if (again >= 0) fd = again;
    size_t offset = 0;
    int64_t last = now();
    for (int idle = 0; offset < count && idle < patience;) {
        // A file has no reader that could be slow.
        if (!is_file) {
            int64_t present = now(), spent = present - last;
            last = present;
            *budget -= spent < interval * 1000 ? spent : interval * 1000;
            if (*budget <= 0) break;
            // A pipe that is ready takes at least PIPE_BUF bytes, unless another process fills it first. A terminal may
            // take less, so without `again` the write below may block.
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
    if (again >= 0) close(again);
    return offset;
}

static uint64_t count_lines(const uint8_t *bytes, size_t count) {
    uint64_t lines = 0;
    for (size_t i = 0; i < count; i++) lines += bytes[i] == '\n';
    return lines;
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

/// A sink while the handler writes to it.
typedef struct {
    /// -1 if there is none.
    int fd;
    int64_t budget;
    /// Whether the sink takes lines. If not, it loses the others.
    int is_open;
    int is_torn;
    /// The rest of the batch of a writer that was stopped.
    const uint8_t *batch;
    size_t rest;
    /// The active chunk, the number of bytes in it, and the number of those that are written.
    uint64_t chunk;
    const uint8_t *lines;
    size_t count, written;
} open_sink;

/// Waits until the handler may write to a sink.
static open_sink begin_sink(int number) {
    open_sink sink = {.budget = malogc_write_budget};
    sink.is_open = take_sink(number, &sink.budget);
    // The writer may have opened the file anew meanwhile.
    sink.fd = __atomic_load_n(&pending->descriptors[number], __ATOMIC_ACQUIRE);
    if (sink.fd < 0) sink.is_open = 0;
    sink.is_torn = __atomic_load_n(&pending->is_torn[number], __ATOMIC_ACQUIRE) != 0;
    uint64_t waiting = __atomic_load_n(pending->waiting, __ATOMIC_ACQUIRE);
    sink.chunk = waiting & 1;
    sink.lines = pending->bytes + sink.chunk * pending->chunk_size;
    sink.count = waiting >> 1;
    sink.batch = sink.lines;
    // A writer that was stopped just after it began has not removed the batch from the waiting lines.
    if (__atomic_load_n(&pending->phase, __ATOMIC_SEQ_CST) == malogc_stopped && pending->batch != sink.lines) {
        size_t taken = __atomic_load_n(&pending->taken[number], __ATOMIC_ACQUIRE);
        sink.batch = pending->batch + taken;
        sink.rest = pending->batch_size - taken;
    }
    return sink;
}

/// Writes to a sink. Returns the number of bytes that were written.
static size_t write_to(open_sink *sink, const uint8_t *bytes, size_t count) {
    if (!sink->is_open || count == 0) return 0;
    if (sink->is_torn) sink->is_open = malogc_write_out(sink->fd, (const uint8_t *)"\n", 1, &sink->budget) == 1;
    sink->is_torn = 0;
    size_t written = sink->is_open ? malogc_write_out(sink->fd, bytes, count, &sink->budget) : 0;
    // A descriptor that took only a part has been given up.
    sink->is_open = written == count;
    return written;
}

/// Writes the lines that the sink does not have, up to a value of `waiting`. Returns whether there were any, and the
/// sink may take more.
static int write_until(open_sink *sink, uint64_t waiting) {
    // A writer that was stopped just after it began may change the chunks now.
    if ((waiting & 1) == sink->chunk) sink->count = waiting >> 1;
    size_t batch = write_to(sink, sink->batch, sink->rest);
    sink->batch += batch, sink->rest -= batch;
    size_t lines = write_to(sink, sink->lines + sink->written, sink->count - sink->written);
    sink->written += lines;
    return sink->is_open && batch + lines > 0;
}

/// The number of lines that the sink does not have.
static uint64_t count_lost(const open_sink *sink) {
    if (sink->fd < 0) return 0;
    return count_lines(sink->batch, sink->rest) +
           count_lines(sink->lines + sink->written, sink->count - sink->written);
}

/// Writes the lines that other threads log meanwhile, until the chunk is full: the writer begins no other batch. After
/// each round, both sinks have the same lines, or lines are counted as lost.
static void write_rounds(open_sink *output, open_sink *file) {
    for (int round = 0, has_more = 1; has_more && round < rounds; round++) {
        uint64_t waiting = __atomic_load_n(pending->waiting, __ATOMIC_ACQUIRE);
        has_more = write_until(output, waiting);
        has_more |= write_until(file, waiting);
    }
}

static void write_text(int number) {
    report(number, "bytes of captured text that were not written: ", malogc_capture_write_rest(capture));
}

/// Writes the lines, and the captured text that its reader has left.
static void write_lines(int number, int has_text) {
    open_sink output = begin_sink(0);
    write_until(&output, __atomic_load_n(pending->waiting, __ATOMIC_ACQUIRE));
    open_sink file = begin_sink(1);
    write_rounds(&output, &file);
    if (has_text) {
        // Not before the lines: the writer may have written a part of a long line.
        write_text(number);
        write_rounds(&output, &file);
    }
    report(number, "lines in LOG_BUFFER that standard output did not take: ", count_lost(&output));
    report(number, "lines in LOG_BUFFER that LOG_FILE_PATH did not take: ", count_lost(&file));
    report(number, "lines that were dropped because LOG_BUFFER was full: ", __atomic_load_n(&pending->dropped, __ATOMIC_ACQUIRE));
}

// The handlers of the Swift runtime that ma-logger's handler replaced. They print a backtrace.
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
    int is_owner = malogc_writes_at_signals();
    if (is_owner) {
        uint32_t none = 0;
        if (__atomic_compare_exchange_n(&has_begun, &none, 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
            ender = pthread_self();
            // The captured text becomes lines, for which the writer of the buffer may have to make room.
            int has_text = capture && !malogc_capture_end_at_signal(capture);
            if (pending) {
                __atomic_store_n(&pending->is_ending, 1, __ATOMIC_SEQ_CST);
                write_lines(number, has_text);
            } else if (has_text) {
                write_text(number);
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

int malogc_writes_at_signals(void) { return __atomic_load_n(&owner, __ATOMIC_ACQUIRE) == getpid(); }

static void catch_fatal_signals(void) {
    static const int faults[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS, SIGTRAP};
    static const int requests[] = {SIGHUP, SIGINT, SIGTERM};
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELEASE);
    catch_signals(faults, sizeof faults / sizeof *faults);
    // The first process of a container survives these signals. It must not begin to end at one of them.
    if (getpid() != 1) catch_signals(requests, sizeof requests / sizeof *requests);
}

void malogc_write_at_fatal_signal(malogc_pending *lines) {
    pending = lines;
    catch_fatal_signals();
}

void malogc_end_capture_at_fatal_signal(malogc_capture *streams) {
    capture = streams;
    catch_fatal_signals();
}
