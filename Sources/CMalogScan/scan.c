#define _GNU_SOURCE
#include "CMalogScan.h"

#include <string.h>

const uint8_t *cmalog_last_line_feed(const uint8_t *bytes, size_t count) {
    return memrchr(bytes, '\n', count);
}

const uint8_t *cmalog_find(const uint8_t *text, size_t length, const uint8_t *bytes, size_t count) {
    return memmem(bytes, count, text, length);
}
