// The cheapest way to write a line: copy its keys, format its numbers and times with own code, and make one write(2).
#define _GNU_SOURCE
#include "CBenchmark.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657"
    "585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static const char *volatile message = "frame processed";
static const char *volatile camera = "north-gate";
static const char *volatile trace = "order-0af7651916cd43dd8448eb211c";
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

static void put(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(descriptor, bytes, count);
        if (written < 0) abort();
        bytes += written, count -= (size_t)written;
    }
}

// The calendar text of a second.
struct calendar {
    time_t second;
    char text[20];
};

static inline __attribute__((always_inline)) char *line(char *out, struct calendar *calendar, long frame) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != calendar->second) {
        struct tm parts;
        gmtime_r(&now.tv_sec, &parts);
        strftime(calendar->text, sizeof calendar->text, "%Y-%m-%dT%H:%M:%S", &parts);
        calendar->second = now.tv_sec;
    }
    LITERAL("{\"timestamp\":\"");
    memcpy(out, calendar->text, 19), out += 19;
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
    out = decimal(out, frame);
    LITERAL(",\"duration\":");
    out = seconds(out, duration);
    LITERAL(",\"camera\":\"");
    out = escaped(out, camera);
    LITERAL("\"}}\n");
    return out;
}

void cbenchmark_floor(int descriptor, long count) {
    struct calendar calendar = {-1};
    for (long i = 0; i < count; i++) {
        char bytes[1024];
        put(descriptor, bytes, (size_t)(line(bytes, &calendar, i) - bytes));
    }
}

void cbenchmark_buffered_floor(int descriptor, long count) {
    enum { size = 64 << 10, longest = 1024 };
    // A pipe takes a batch in parts.
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct calendar calendar = {-1};
    char *bytes = malloc(size), *out = bytes;
    if (!bytes) abort();
    for (long i = 0; i < count; i++) {
        char text[longest];
        size_t length = (size_t)(line(text, &calendar, i) - text);
        if (out + length > bytes + size) {
            pthread_mutex_lock(&lock);
            put(descriptor, bytes, (size_t)(out - bytes));
            pthread_mutex_unlock(&lock);
            out = bytes;
        }
        memcpy(out, text, length);
        out += length;
    }
    pthread_mutex_lock(&lock);
    put(descriptor, bytes, (size_t)(out - bytes));
    pthread_mutex_unlock(&lock);
    free(bytes);
}
