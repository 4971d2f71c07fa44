#define _GNU_SOURCE
#include "CCapture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CFatalSignals.h"
#include "CPipes.h"

enum {
    // The number of milliseconds without any progress of the reader after which another thread writes the text.
    patience = 1000,
    // The number of milliseconds after which it does so in any case.
    long_patience = 5000,
    // The number of milliseconds after which the reader looks for requests if nothing can wake it.
    request_interval = 100,
};

static malogc_capture *installed;

/// Moves both ends of a pipe to numbers above those of the standard streams. Returns 0, or the system's error number;
/// an end that could not be moved is then closed, and -1.
static int move_up(int ends[2]) {
    int error = 0;
    for (int end = 0; end < 2; end++) {
        if (ends[end] > 2) continue;
        int moved = fcntl(ends[end], F_DUPFD_CLOEXEC, 3);
        if (moved < 0) error = errno;
        close(ends[end]);
        ends[end] = moved;
    }
    return error;
}

static void close_end(int *fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
}

int malogc_capture_open(malogc_capture *capture, int number, const uint8_t *bytes) {
    if (capture->owner == 0) {
        capture->owner = getpid();
        malogc_captured_stream closed = {.original = -1, .reading = -1, .writing = -1};
        capture->streams[0] = capture->streams[1] = closed;
        capture->control[0] = capture->control[1] = -1;
        int error = malogc_make_pipe(capture->control);
        if (!error) error = move_up(capture->control);
        if (error) return error;
    }
    malogc_captured_stream *stream = &capture->streams[number - 1];
    stream->original = fcntl(number, F_DUPFD_CLOEXEC, 3);
    if (stream->original < 0) return errno;
    int ends[2];
    if (pipe(ends) != 0) return errno;
    int error = move_up(ends);
    stream->reading = ends[0];
    stream->writing = ends[1];
    if (error) return error;
    for (int end = 0; end < 2; end++) fcntl(ends[end], F_SETFD, FD_CLOEXEC);
    // Only the reader's end: a writer that finds the pipe full must wait.
    fcntl(stream->reading, F_SETFL, O_NONBLOCK);
    struct stat status;
    if (fstat(stream->reading, &status) != 0) return errno;
    stream->device = status.st_dev;
    stream->file = status.st_ino;
    stream->bytes = bytes;
    stream->number = number;
    return 0;
}

void malogc_capture_close(malogc_capture *capture) {
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &capture->streams[i];
        close_end(&stream->original);
        close_end(&stream->reading);
        close_end(&stream->writing);
        stream->number = 0;
        close_end(&capture->control[i]);
    }
    capture->owner = 0;
}

/// Whether the stream's number still stands for its pipe. The application may have replaced it.
static int is_captured(const malogc_captured_stream *stream) {
    struct stat status;
    return stream->number != 0 && fstat(stream->number, &status) == 0 && status.st_dev == stream->device &&
           status.st_ino == stream->file;
}

/// Whether the stream's number stands for its own file: the stream was given back.
static int is_given_back(const malogc_captured_stream *stream) {
    struct stat status, original;
    return stream->number != 0 && fstat(stream->number, &status) == 0 && fstat(stream->original, &original) == 0 &&
           status.st_dev == original.st_dev && status.st_ino == original.st_ino;
}

static void give_back(malogc_capture *capture) {
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &capture->streams[i];
        if (is_captured(stream)) dup2(stream->original, stream->number);
    }
}

// Runs in the child, on its only thread. Nobody reads the child's pipes.
static void forked(void) {
    // This runs even after the end: while the parent passes on the text of other programs, a reader that never reads
    // would stop them.
    if (!installed) return;
    give_back(installed);
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &installed->streams[i];
        // A daemon closes every descriptor above those of the standard streams, and may then open files.
        if (is_given_back(stream)) stream->original = stream->number;
        close_end(&stream->reading);
        close_end(&installed->control[i]);
    }
    malogc_capture_set_ended(installed);
}

void malogc_capture_begin(malogc_capture *capture) {
    installed = capture;
    pthread_atfork(NULL, NULL, forked);
    malogc_end_capture_at_fatal_signal(capture);
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &capture->streams[i];
        if (stream->number == 0) continue;
        if (stream->number == 1) {
            fflush(stdout);
            // To a pipe, the C library would write 4096 bytes at once, long after the lines were printed.
            setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
        }
        dup2(stream->writing, stream->number);
        close_end(&stream->writing);
    }
}

int malogc_capture_wait(malogc_capture *capture) {
    struct pollfd ends[3] = {
        {.fd = capture->streams[0].reading, .events = POLLIN},
        {.fd = capture->streams[1].reading, .events = POLLIN},
        {.fd = capture->control[0], .events = POLLIN},
    };
    int limit = capture->control[0] < 0 ? request_interval : -1;
    while (poll(ends, 3, limit) < 0 && (errno == EINTR || errno == EAGAIN)) {}
    char requests[64];
    if (ends[2].revents) {
        ssize_t count = malogc_read_available(capture->control[0], requests, sizeof requests);
        // A library has closed an end of this pipe. `poll` would report that for ever.
        if (count == 0 || (count < 0 && count != -1 - EAGAIN)) capture->control[0] = -1;
    }
    int may_have_request = ends[2].revents != 0 || capture->control[0] < 0;
    return (ends[0].revents != 0) | (ends[1].revents != 0) << 1 | may_have_request << 2;
}

void malogc_capture_wake(malogc_capture *capture) {
    // If the pipe is full, the reader has been woken already.
    ssize_t ignored = write(capture->control[1], "", 1);
    (void)ignored;
}

void malogc_flush_standard_output(void) { fflush(stdout); }

void malogc_capture_restore(malogc_capture *capture) {
    give_back(capture);
    __atomic_store_n(&capture->is_ending, 1, __ATOMIC_RELEASE);
    malogc_capture_wake(capture);
}

/// Takes the text over from the reader, which then does nothing more once it has logged the line that it is logging.
static void stop_reader(malogc_capture *capture) {
    __atomic_store_n(&capture->is_taken_over, 1, __ATOMIC_SEQ_CST);
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &capture->streams[i];
        stream->rest_start = __atomic_load_n(&stream->start, __ATOMIC_ACQUIRE);
        stream->rest_end = __atomic_load_n(&stream->end, __ATOMIC_ACQUIRE);
    }
}

size_t malogc_capture_write_rest(malogc_capture *capture) {
    size_t lost = 0;
    for (int i = 0; i < 2; i++) {
        malogc_captured_stream *stream = &capture->streams[i];
        if (stream->number == 0) continue;
        int64_t budget = malogc_write_budget;
        size_t start = stream->rest_start, end = stream->rest_end;
        size_t missed = 0;
        if (start < end)
            missed = end - start - malogc_write_out(stream->original, stream->bytes + start, end - start, &budget);
        uint8_t piece[4096];
        ssize_t count;
        // A child may write without an end, so only the text that is there now.
        size_t left = stream->reading < 0 ? 0 : malogc_bytes_in_pipe(stream->reading);
        while (left > 0 && (count = malogc_read_available(stream->reading, piece, sizeof piece)) > 0) {
            missed += (size_t)count - (missed ? 0 : malogc_write_out(stream->original, piece, (size_t)count, &budget));
            left -= (size_t)count < left ? (size_t)count : left;
        }
        lost += missed;
    }
    return lost;
}

size_t malogc_capture_take_over(malogc_capture *capture) {
    stop_reader(capture);
    return malogc_capture_write_rest(capture);
}

int malogc_capture_end_at_signal(malogc_capture *capture) {
    if (malogc_capture_has_ended(capture)) return 1;
    malogc_capture_restore(capture);
    if (malogc_capture_reader(capture) != (uintptr_t)pthread_self()) {
        uint64_t progress = 0;
        for (int idle = 0, all = 0; idle < patience && all < long_patience; idle++, all++) {
            if (malogc_capture_has_ended(capture)) return 1;
            uint64_t moved = __atomic_load_n(&capture->progress, __ATOMIC_ACQUIRE);
            if (moved != progress) idle = 0;
            progress = moved;
            poll(NULL, 0, 1);
        }
    }
    stop_reader(capture);
    return 0;
}

int malogc_original_stream(int number) {
    if (!installed || (number != 1 && number != 2)) return number;
    malogc_captured_stream *stream = &installed->streams[number - 1];
    return stream->number == number ? stream->original : number;
}

int malogc_original_of_pipe(dev_t device, ino_t file) {
    for (int i = 0; installed && i < 2; i++) {
        malogc_captured_stream *stream = &installed->streams[i];
        if (stream->number != 0 && stream->device == device && stream->file == file) return stream->original;
    }
    return -1;
}
