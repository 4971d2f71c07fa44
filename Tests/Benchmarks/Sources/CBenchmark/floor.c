// The cheapest way to write a line: copy its keys, format its numbers and times with own code, and make one write(2).
#define _GNU_SOURCE
#include "CBenchmark.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657"
    "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static const char *volatile message = "frame processed";
static const char *volatile camera = "north-gate";
static const char *volatile trace = "0af7651916cd43dd8448eb211c80319c";
static const char *volatile execution = "V1StGXR8_Z5jdHi6B-myTq";
static const char *volatile task = "inference-3";
static volatile double duration = 0.0123;

static char *two(char *out, unsigned value) { memcpy(out, pairs + 2 * value, 2); return out + 2; }

static char *decimal(char *out, uint64_t value) {
    char digits[20];
    int first = 20;
    for (; value >= 100; value /= 100) two(digits + (first -= 2), value % 100);
    if (value >= 10) two(digits + (first -= 2), value);
    else digits[--first] = '0' + value;
    memcpy(out, digits + first, 20 - first);
    return out + 20 - first;
}

static char *escaped(char *out, const char *text) {
    for (size_t length = strlen(text), i = 0; i < length; i++) {
        unsigned char byte = text[i];
        if (__builtin_expect(byte < 0x20 || byte == '"' || byte == '\\', 0)) *out++ = '\\';
        *out++ = byte;
    }
    return out;
}

static char *copied(char *out, const char *text) {
    size_t length = strlen(text);
    memcpy(out, text, length);
    return out + length;
}

// Writes four decimals without trailing zeros. A double has more, but four are enough for the duration here.
static char *seconds(char *out, double value) {
    uint64_t scaled = value * 10000.0 + 0.5;
    out = decimal(out, scaled / 10000);
    *out++ = '.';
    char *start = out;
    out = two(two(out, scaled % 10000 / 100), scaled % 100);
    while (out > start + 1 && out[-1] == '0') out--;
    return out;
}

#define LITERAL(text) (memcpy(out, text, sizeof(text) - 1), out += sizeof(text) - 1)

void cbenchmark_floor(int descriptor, long count) {
    time_t second = -1;
    char calendar[20];
    for (long i = 0; i < count; i++) {
        char line[1024], *out = line;
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        if (now.tv_sec != second) {
            struct tm parts;
            gmtime_r(&now.tv_sec, &parts);
            strftime(calendar, sizeof calendar, "%Y-%m-%dT%H:%M:%S", &parts);
            second = now.tv_sec;
        }
        LITERAL("{\"timestamp\":\"");
        memcpy(out, calendar, 19), out += 19;
        *out++ = '.';
        unsigned micros = now.tv_nsec / 1000;
        out = two(two(two(out, micros / 10000), micros / 100 % 100), micros % 100);
        LITERAL("Z\",\"level\":\"INFO\",\"message\":\"");
        out = escaped(out, message);
        LITERAL("\",\"service.name\":\"video-worker\",\"log.logger\":\"pipeline.inference\",\"log.origin.file.line\":");
        out = decimal(out, __LINE__);
        LITERAL(",\"trace_id\":\"");
        out = copied(out, trace);
        LITERAL("\",\"execution_id\":\"");
        out = copied(out, execution);
        LITERAL("\",\"task_id\":\"");
        out = copied(out, task);
        LITERAL("\",\"attributes\":{\"frame\":");
        out = decimal(out, i);
        LITERAL(",\"duration\":");
        out = seconds(out, duration);
        LITERAL(",\"camera\":\"");
        out = escaped(out, camera);
        LITERAL("\"}}\n");
        for (const char *rest = line; rest < out;) {
            ssize_t written = write(descriptor, rest, out - rest);
            if (written < 0) abort();
            rest += written;
        }
    }
}
