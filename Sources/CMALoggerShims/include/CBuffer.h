// The parts of a buffer of lines that a signal handler must understand, and the waits of its threads. They are written
// in C, because a signal handler may call only a few functions of the C library.
#ifndef CBUFFER_H
#define CBUFFER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Blocks until `*word` is not `seen`, or for the given number of milliseconds; -1 stands for no limit. It may return
/// earlier.
void malogc_wait(uint32_t *word, uint32_t seen, int milliseconds);

/// Adds 1 to `*word` and wakes every thread that waits for it.
void malogc_advance(uint32_t *word);

static inline uint32_t malogc_load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

/// Returns zeroed memory that takes no room until it is used, or NULL.
void *malogc_map(size_t size);
void malogc_unmap(void *memory, size_t size);

/// Makes every signal that is not a fault of the thread itself go to another thread. SIGPROF is an exception: the Swift
/// runtime stops threads by it before it prints a backtrace.
void malogc_block_signals(void);

// Who may write to a sink, which is standard output or the file:
//
// - While the buffer is open, only the writer's thread writes to the sinks. It writes one batch at a time, first to
//   standard output and then to the file. `phase` names the sink that it may write to.
// - When the handler of a fatal signal has set `is_ending`, the writer finishes its batch and begins no other one. The
//   handler may write to standard output when `phase` is not `malogc_writing_output`, and to the file when it is
//   `malogc_idle`.
// - If the writer does not leave a sink, the handler sets `phase` to `malogc_stopped`. The handler never writes to that
//   sink, and the writer never writes to another one. So the handler may then write the batch to the file if the writer
//   was at standard output. The batch and its memory stay as they are until the process ends.
// - Both leave `malogc_writing_output` and `malogc_writing_file` by an exchange that only one of them wins.
// - After the buffer is closed and its last batch is written, each thread writes its own lines, and the handler finds
//   no lines to write.
enum { malogc_idle, malogc_writing_output, malogc_writing_file, malogc_stopped };

/// Lines that wait in memory. The buffer's owner writes these fields, and the signal handler reads them. The handler
/// writes only `phase` and `is_ending`.
typedef struct {
    /// Two chunks, one behind the other.
    const uint8_t *bytes;
    size_t chunk_size;
    /// Standard output, and the file or -1.
    int descriptors[2];
    /// Whether the descriptor's last line has no line feed.
    uint32_t is_torn[2];
    /// Points to twice the number of bytes in the active chunk, plus the number of that chunk. Each line changes it.
    uint64_t *waiting;
    /// The batch that is being written, unless `phase` is `malogc_idle`: a chunk, or one long line elsewhere.
    const uint8_t *batch;
    size_t batch_size;
    /// The number of bytes of the batch that each sink has taken or lost.
    size_t taken[2];
    /// The number of calls that wrote a part of a batch.
    uint64_t progress;
    /// The number of dropped lines that nobody has reported.
    uint64_t dropped;
    /// One of the constants above.
    uint32_t phase;
    /// Not 0 if the handler writes the lines. The writer then begins no more batches.
    uint32_t is_ending;
} malogc_pending;

/// Notes the number of bytes in the active chunk. Their copies are complete.
static inline void malogc_pending_set(malogc_pending *pending, size_t chunk, size_t count) {
    __atomic_store_n(pending->waiting, (uint64_t)count << 1 | chunk, __ATOMIC_RELEASE);
}

/// Leaves a sink. Returns 0 if the other side has done so first.
static inline int malogc_pending_leave(malogc_pending *pending, uint32_t phase, uint32_t next) {
    return __atomic_compare_exchange_n(&pending->phase, &phase, next, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/// Begins a batch. Its lines must still count as waiting lines if they are in the active chunk. Returns 0 if the
/// handler writes them.
static inline int malogc_pending_begin(malogc_pending *pending, const uint8_t *batch, size_t size) {
    // The handler reads these fields only if it finds, and stops, a writer that is at a sink.
    pending->batch = batch;
    pending->batch_size = size;
    for (int sink = 0; sink < 2; sink++) __atomic_store_n(&pending->taken[sink], 0, __ATOMIC_RELAXED);
    // The handler stores `is_ending` and then loads `phase`. So one of the two sees the other.
    __atomic_store_n(&pending->phase, malogc_writing_output, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&pending->is_ending, __ATOMIC_SEQ_CST)) return 1;
    malogc_pending_leave(pending, malogc_writing_output, malogc_idle);
    return 0;
}

/// Notes the number of bytes of the batch that a sink has taken or lost.
static inline void malogc_pending_move(malogc_pending *pending, int sink, size_t taken) {
    __atomic_store_n(&pending->taken[sink], taken, __ATOMIC_RELEASE);
}

/// Notes that a call has written a part of the batch, which may be a part of a line.
static inline void malogc_pending_note_write(malogc_pending *pending) {
    __atomic_add_fetch(&pending->progress, 1, __ATOMIC_RELEASE);
}

/// Goes on from standard output to the file. Returns 0 if the handler has stopped the writer.
static inline int malogc_pending_begin_file(malogc_pending *pending) {
    return malogc_pending_leave(pending, malogc_writing_output, malogc_writing_file);
}

/// Ends the batch. Returns 0 if the handler has stopped the writer.
static inline int malogc_pending_end(malogc_pending *pending) {
    return malogc_pending_leave(pending, malogc_writing_file, malogc_idle);
}

static inline void malogc_pending_set_torn(malogc_pending *pending, int sink, int is_torn) {
    __atomic_store_n(&pending->is_torn[sink], is_torn, __ATOMIC_RELEASE);
}

static inline void malogc_pending_set_descriptor(malogc_pending *pending, int sink, int descriptor) {
    __atomic_store_n(&pending->descriptors[sink], descriptor, __ATOMIC_RELEASE);
}

static inline void malogc_pending_set_dropped(malogc_pending *pending, uint64_t dropped) {
    __atomic_store_n(&pending->dropped, dropped, __ATOMIC_RELEASE);
}

/// Sets the function that a forked child calls with `value` before `fork` returns. Only one can be set.
void malogc_set_buffer_fork_handler(void *value, void (*handler)(void *value));

#endif
