#define _GNU_SOURCE
#include "CMalogScan.h"

#include <string.h>

const uint8_t *cmalog_last_line_feed(const uint8_t *bytes, size_t count) {
#if defined(__linux__)
    return memrchr(bytes, '\n', count);
#else
    while (count > 0) {
        if (bytes[--count] == '\n') return bytes + count;
    }
    return NULL;
#endif
}

const uint8_t *cmalog_find(const uint8_t *text, size_t length, const uint8_t *bytes, size_t count) {
    return memmem(bytes, count, text, length);
}
