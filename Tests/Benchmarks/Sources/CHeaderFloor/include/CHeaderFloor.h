// The cost of a header in librdkafka itself, and a traceparent that plain C code reads.
#ifndef CHEADERFLOOR_H
#define CHEADERFLOOR_H

/// Makes a header list, adds a header of 55 bytes `count` times, and replaces the list after every 1000 headers.
void cheaderfloor_add(long count);

/// Looks up the last header with a given name in a list of three, `count` times.
void cheaderfloor_find(long count);

/// Reads a traceparent of 55 bytes strictly, `count` times. Returns a sum over the results, so that the compiler keeps
/// the loop.
unsigned long cheaderfloor_parse(long count);

#endif
