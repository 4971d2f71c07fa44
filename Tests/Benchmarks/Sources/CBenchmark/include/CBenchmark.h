// What the benchmarks measure against, and how they count allocations.
#ifndef CBENCHMARK_H
#define CBENCHMARK_H

#include <stdint.h>

/// How many times malloc, calloc, realloc and their aligned forms were called in this process.
uint64_t cbenchmark_allocations(void);

/// Writes `count` lines of the same keys and the same three attributes as log-bench does, by hand: one write(2) each.
void cbenchmark_floor(int descriptor, long count);

#endif
