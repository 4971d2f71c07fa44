#include "CHeaderFloor.h"

#include <librdkafka/rdkafka.h>
#include <stdint.h>
#include <string.h>

static const char value[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

void cheaderfloor_add(long count) {
    rd_kafka_headers_t *headers = NULL;
    for (long i = 0; i < count; i++) {
        if (i % 1000 == 0) {
            if (headers) rd_kafka_headers_destroy(headers);
            headers = rd_kafka_headers_new(8);
        }
        rd_kafka_header_add(headers, "traceparent", -1, value, 55);
    }
    if (headers) rd_kafka_headers_destroy(headers);
}

void cheaderfloor_find(long count) {
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    rd_kafka_header_add(headers, "tenant", -1, "north", 5);
    rd_kafka_header_add(headers, "content-type", -1, "video/h265", 10);
    rd_kafka_header_add(headers, "traceparent", -1, value, 55);
    const void *found;
    size_t size;
    for (long i = 0; i < count; i++) rd_kafka_header_get_last(headers, "traceparent", &found, &size);
    rd_kafka_headers_destroy(headers);
}

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static int word(const char *text, int digits, uint64_t *result) {
    *result = 0;
    for (int i = 0; i < digits; i++) {
        int d = digit(text[i]);
        if (d < 0) return 0;
        *result = *result << 4 | (uint64_t)d;
    }
    return 1;
}

unsigned long cheaderfloor_parse(long count) {
    unsigned long sum = 0;
    for (long i = 0; i < count; i++) {
        const char *volatile source = value;
        const char *text = source;
        uint64_t version, high, low, span, flags;
        if (strlen(text) != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') continue;
        if (!word(text, 2, &version) || !word(text + 3, 16, &high) || !word(text + 19, 16, &low) ||
            !word(text + 36, 16, &span) || !word(text + 53, 2, &flags))
            continue;
        if (version == 0xff || (high | low) == 0 || span == 0) continue;
        sum += high ^ low ^ span ^ flags;
    }
    return sum;
}
