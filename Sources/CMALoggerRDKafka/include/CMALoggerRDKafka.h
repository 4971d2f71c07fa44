// librdkafka and its in-process test cluster, as the system installs them.
#ifndef CMALOGGERRDKAFKA_H
#define CMALOGGERRDKAFKA_H

#if !__has_include(<librdkafka/rdkafka.h>)
#error "librdkafka is missing. Install it: apt-get install -y librdkafka-dev (Fedora: dnf install librdkafka-devel)"
#else

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string.h>

/// Returns the number of bytes of a text from librdkafka. Swift could call `strlen` only if it imported the C library
/// under the name of each platform.
static inline size_t crdkafka_length(const char *text) { return strlen(text); }

/// Returns 1 if the bytes at both addresses are equal, and 0 otherwise.
static inline int crdkafka_equal(const void *left, const void *right, size_t count) {
    return memcmp(left, right, count) == 0;
}

/// Hands a message to librdkafka, which copies the key and the value. Returns NULL if it accepts the message, and then
/// owns `headers` and `opaque`. Otherwise the caller keeps both, and owns the error. Never blocks.
///
/// The array of arguments is written in C, because Swift would first fill all of it with zeros.
///
/// `topic` is a handle, or NULL if `name` is to be looked up. A null `key` is a message without a key, a null `value`
/// is a tombstone, and null `headers` are no headers. A `timestamp` of 0 is the time of the call.
static inline rd_kafka_error_t *crdkafka_produce(rd_kafka_t *client, rd_kafka_topic_t *topic, const char *name,
                                                 int32_t partition, const void *key, size_t key_count,
                                                 const void *value, size_t value_count, int64_t timestamp,
                                                 rd_kafka_headers_t *headers, void *opaque) {
    rd_kafka_vu_t arguments[8];
    size_t count = 5;
    if (topic) {
        arguments[0].vtype = RD_KAFKA_VTYPE_RKT;
        arguments[0].u.rkt = topic;
    } else {
        arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
        arguments[0].u.cstr = name;
    }
    arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    arguments[1].u.i = RD_KAFKA_MSG_F_COPY;
    arguments[2].vtype = RD_KAFKA_VTYPE_OPAQUE;
    arguments[2].u.ptr = opaque;
    arguments[3].vtype = RD_KAFKA_VTYPE_VALUE;
    arguments[3].u.mem.ptr = (void *)value;
    arguments[3].u.mem.size = value_count;
    arguments[4].vtype = RD_KAFKA_VTYPE_PARTITION;
    arguments[4].u.i32 = partition;
    if (key) {
        arguments[count].vtype = RD_KAFKA_VTYPE_KEY;
        arguments[count].u.mem.ptr = (void *)key;
        arguments[count++].u.mem.size = key_count;
    }
    if (timestamp) {
        arguments[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
        arguments[count++].u.i64 = timestamp;
    }
    if (headers) {
        arguments[count].vtype = RD_KAFKA_VTYPE_HEADERS;
        arguments[count++].u.headers = headers;
    }
    return rd_kafka_produceva(client, arguments, count);
}

#endif // librdkafka is installed
#endif
