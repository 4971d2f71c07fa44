// The parts of captured standard streams that a signal handler must understand. They are written in C, because a signal
// handler may call only a few functions of the C library.
#ifndef CCAPTURE_H
#define CCAPTURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// A standard stream whose writers write into a pipe. A thread reads the pipe.
typedef struct {
    /// 1 for standard output, 2 for standard error, 0 if the stream is not captured.
    int number;
    /// A descriptor of the stream's own file. It is never closed. In a forked child it is `number`.
    int original;
    /// The ends of the pipe; -1 if an end is closed.
    int reading, writing;
    /// The identity of the pipe.
    dev_t device;
    ino_t file;
    /// The text that was read and is in no logged line yet: offsets in the memory.
    const uint8_t *bytes;
    size_t start, end;
    /// Both offsets at the moment when another thread took the text over from the reader.
    size_t rest_start, rest_end;
} malogc_captured_stream;

/// The captured streams of the process. The reader's thread writes these fields, and the signal handler reads them.
typedef struct {
    malogc_captured_stream streams[2];
    /// A pipe that wakes the reader.
    int control[2];
    /// The process whose thread reads.
    pid_t owner;
    /// The number of the reader's steps.
    uint64_t progress;
    /// The number that identifies the reader's thread.
    uintptr_t reader;
    /// Not 0 if the reader is asked to log everything that was written, and to end.
    uint32_t is_ending;
    /// Not 0 if the reader has done so.
    uint32_t has_ended;
    /// Not 0 if another thread writes the rest of the text. The reader then does nothing more.
    uint32_t is_taken_over;
} malogc_capture;

/// Makes the pipe of a stream, and a descriptor of its own file. The stream itself stays as it is. Returns 0, or the
/// system's error number; the caller must then call `malogc_capture_close`.
///
/// - number: 1 or 2.
/// - bytes: The memory into which the reader reads.
int malogc_capture_open(malogc_capture *capture, int number, const uint8_t *bytes);

/// Undoes `malogc_capture_open` for every stream.
void malogc_capture_close(malogc_capture *capture);

/// Lets the writers of the opened streams write into the pipes, and the C library write standard output at each line
/// feed. When a signal ends the process, the text in the pipes is logged first; if the reader makes no progress for a
/// second, it is written to the streams' own files instead. A forked child gets its own files back.
///
/// Only one capture can begin, and it must never be freed.
void malogc_capture_begin(malogc_capture *capture);

/// Blocks until there is something to read. Returns 1 for the first stream plus 2 for the second one plus 4 if there
/// may be a request.
int malogc_capture_wait(malogc_capture *capture);

/// Wakes the reader, which then finds the request.
void malogc_capture_wake(malogc_capture *capture);

/// Writes the buffered text of the C library's standard output.
void malogc_flush_standard_output(void);

/// Gives the process its own streams back, and asks the reader to end. A stream that the application has replaced since
/// then stays as it is.
void malogc_capture_restore(malogc_capture *capture);

/// Writes the text that is in no logged line to the streams' own files, in place of the reader. Returns the number of
/// bytes that a file did not take.
size_t malogc_capture_take_over(malogc_capture *capture);

/// Gives the process its own streams back when a signal ends it, and waits until the reader has logged the text.
/// Returns 0 if the reader does not end. Then the caller must call `malogc_capture_write_rest`.
int malogc_capture_end_at_signal(malogc_capture *capture);

/// Writes the text that was taken over from the reader. Returns as `malogc_capture_take_over`.
size_t malogc_capture_write_rest(malogc_capture *capture);

/// Returns the descriptor of a standard stream's own file: `number`, unless the stream is captured. In a forked child
/// it is `number`, unless the application has replaced the captured stream.
int malogc_original_stream(int number);

/// Returns the descriptor of a captured stream's own file if the file is its pipe, or -1.
int malogc_original_of_pipe(dev_t device, ino_t file);

static inline void malogc_capture_move(malogc_capture *capture, int index, size_t start, size_t end) {
    __atomic_store_n(&capture->streams[index].start, start, __ATOMIC_RELEASE);
    __atomic_store_n(&capture->streams[index].end, end, __ATOMIC_RELEASE);
    __atomic_add_fetch(&capture->progress, 1, __ATOMIC_RELEASE);
}

static inline void malogc_capture_set_reader(malogc_capture *capture, uintptr_t thread) {
    __atomic_store_n(&capture->reader, thread, __ATOMIC_RELEASE);
}

static inline uintptr_t malogc_capture_reader(malogc_capture *capture) {
    return __atomic_load_n(&capture->reader, __ATOMIC_ACQUIRE);
}

static inline uint32_t malogc_capture_is_ending(malogc_capture *capture) {
    return __atomic_load_n(&capture->is_ending, __ATOMIC_ACQUIRE);
}

static inline uint32_t malogc_capture_has_ended(malogc_capture *capture) {
    return __atomic_load_n(&capture->has_ended, __ATOMIC_ACQUIRE);
}

static inline void malogc_capture_set_ended(malogc_capture *capture) {
    __atomic_store_n(&capture->has_ended, 1, __ATOMIC_RELEASE);
}

static inline uint32_t malogc_capture_is_taken_over(malogc_capture *capture) {
    return __atomic_load_n(&capture->is_taken_over, __ATOMIC_ACQUIRE);
}

#endif
