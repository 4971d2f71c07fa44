// The C loop that the benchmarks compare with, and the counter of allocations.
#ifndef CBENCHMARK_H
#define CBENCHMARK_H

#include <stdint.h>

/// Returns the number of calls of malloc, calloc, realloc and their aligned forms in this process.
uint64_t cbenchmark_allocations(void);

/// Writes `count` lines with the same keys and the same three attributes as log-bench, with one write(2) for each line.
void cbenchmark_floor(int descriptor, long count);

/// Writes the same lines through a buffer of 64 KiB of the calling thread. One lock for the process is held while a
/// full buffer is written, so that lines stay whole.
void cbenchmark_buffered_floor(int descriptor, long count);

#endif
