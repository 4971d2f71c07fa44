#define _GNU_SOURCE
#include "CRDKafka.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct start {
    const char *name;
    void (*body)(void *);
    void *argument;
};

static void *thread_main(void *pointer) {
    struct start start = *(struct start *)pointer;
    free(pointer);
#if defined(__APPLE__)
    pthread_setname_np(start.name);
#else
    pthread_setname_np(pthread_self(), start.name);
#endif
    start.body(start.argument);
    return NULL;
}

int crdkafka_start_thread(const char *name, void (*body)(void *), void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return ENOMEM;
    *start = (struct start){name, body, argument};
    pthread_t thread;
    int result = pthread_create(&thread, NULL, thread_main, start);
    if (result)
        free(start);
    else
        pthread_detach(thread);
    return result;
}
