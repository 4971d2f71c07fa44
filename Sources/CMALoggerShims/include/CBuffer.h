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

/// The writer's state, as the signal handler sees it.
enum { malogc_idle, malogc_writing_output, malogc_writing_file };

/// Lines that wait in memory. The buffer's owner writes these fields, and the signal handler reads them.
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
    /// The bytes of the batch that is being written: offsets in the memory.
    size_t in_flight, in_flight_end;
    /// The number of calls that wrote a part of a batch.
    uint64_t progress;
    /// The number of dropped lines that nobody has reported.
    uint64_t dropped;
    /// `malogc_idle` or the descriptor that the writer is at.
    uint32_t phase;
    /// Not 0 if the handler writes the lines. The writer then takes no more batches.
    uint32_t is_ending;
} malogc_pending;

/// Notes the number of bytes in the active chunk. Their copies are complete.
static inline void malogc_pending_set(malogc_pending *pending, size_t chunk, size_t count) {
    __atomic_store_n(pending->waiting, (uint64_t)count << 1 | chunk, __ATOMIC_RELEASE);
}

/// Tells the handler that the writer takes the active chunk. Returns 0 if the handler writes it.
static inline int malogc_pending_begin(malogc_pending *pending) {
    __atomic_store_n(&pending->phase, malogc_writing_output, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&pending->is_ending, __ATOMIC_SEQ_CST)) return 1;
    __atomic_store_n(&pending->phase, malogc_idle, __ATOMIC_SEQ_CST);
    return 0;
}

/// Notes the rest of the batch that is being written.
static inline void malogc_pending_move(malogc_pending *pending, size_t start, size_t end) {
    __atomic_store_n(&pending->in_flight_end, end, __ATOMIC_RELAXED);
    __atomic_store_n(&pending->in_flight, start, __ATOMIC_RELEASE);
    __atomic_add_fetch(&pending->progress, 1, __ATOMIC_RELEASE);
}

static inline void malogc_pending_set_phase(malogc_pending *pending, uint32_t phase) {
    __atomic_store_n(&pending->phase, phase, __ATOMIC_SEQ_CST);
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

/// Writes the lines when a signal ends the process. It catches the signals that end a process: those of faults, and
/// SIGHUP, SIGINT, SIGQUIT and SIGTERM. A signal that the application handles or ignores is left alone. The handler
/// writes the lines, calls the handler of the Swift runtime, which prints a backtrace, if there was one, restores the
/// default disposition and sends the signal again.
///
/// Only one value can be set, and it must never be freed. A forked child writes none of these lines.
void malogc_write_at_fatal_signal(malogc_pending *pending);

/// Sets the function that a forked child calls with `value` before `fork` returns. Only one can be set.
void malogc_set_buffer_fork_handler(void *value, void (*handler)(void *value));

#endif
