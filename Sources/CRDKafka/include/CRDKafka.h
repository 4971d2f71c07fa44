// librdkafka and its in-process test cluster, as the system installs them.
#ifndef CRDKAFKA_H
#define CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string.h>

/// Returns the number of bytes of a text from librdkafka. Swift could call `strlen` only if it imported the C library
/// under the name of each platform.
static inline size_t crdkafka_length(const char *text) { return strlen(text); }

#endif
