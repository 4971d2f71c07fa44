// The C loop that the benchmarks compare with, and the counter of allocations.
#ifndef CBENCHMARK_H
#define CBENCHMARK_H

#include <stdint.h>

/// Returns the number of calls of malloc, calloc, realloc and their aligned forms in this process.
uint64_t cbenchmark_allocations(void);

/// Writes `count` lines with the same keys and the same three attributes as log-bench, with one write(2) for each line.
void cbenchmark_floor(int descriptor, long count);

#endif
