// What librdkafka itself takes for a header, and a traceparent read and written by hand in C.
#ifndef CHEADERFLOOR_H
#define CHEADERFLOOR_H

/// Makes a header list, adds `count` times one header of 55 bytes, and frees the list after every 1000.
void cheaderfloor_add(long count);

/// Looks up the last header of a name in a list of three, `count` times.
void cheaderfloor_find(long count);

/// Reads a traceparent of 55 bytes strictly, `count` times; returns something of it.
unsigned long cheaderfloor_parse(long count);

#endif
