// librdkafka and its in-process test cluster, as the system installs them.
#ifndef CRDKAFKA_H
#define CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <string.h>

/// How many bytes a text of librdkafka's has. Swift could call `strlen` only with the platform's C library imported.
static inline size_t crdkafka_length(const char *text) { return strlen(text); }

#endif
