// librdkafka and its in-process test cluster, as the system installs them, and a thread with a name, which Swift cannot give one.
#ifndef CRDKAFKA_H
#define CRDKAFKA_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/// Runs `body(argument)` on a new thread that nobody joins. Returns 0, or the system's error. `name` has at most 15 bytes and lives for ever.
int crdkafka_start_thread(const char *name, void (*body)(void *argument), void *argument);

#endif
