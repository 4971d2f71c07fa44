#define _GNU_SOURCE
#include "CBuffer.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

void malogc_wait(uint32_t *word, uint32_t seen, int milliseconds) {
    if (malogc_load(word) != seen) return;
#if defined(__linux__)
    struct timespec limit = {milliseconds / 1000, (long)(milliseconds % 1000) * 1000000};
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, seen, milliseconds < 0 ? NULL : &limit, NULL, 0);
#else
    (void)milliseconds;
    struct timespec moment = {0, 1000000};
    nanosleep(&moment, NULL);
#endif
}

void malogc_advance(uint32_t *word) {
    __atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
#if defined(__linux__)
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 0x7fffffff, NULL, NULL, 0);
#endif
}

void *malogc_map(size_t size) {
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void malogc_unmap(void *memory, size_t size) { munmap(memory, size); }

void malogc_block_signals(void) {
    sigset_t signals;
    sigfillset(&signals);
    int faults[] = {SIGBUS, SIGFPE, SIGILL, SIGPROF, SIGSEGV, SIGSYS, SIGTRAP};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) sigdelset(&signals, faults[i]);
    pthread_sigmask(SIG_BLOCK, &signals, NULL);
}

static void *forked_value;
static void (*forked_handler)(void *);

static void forked(void) { forked_handler(forked_value); }

void malogc_set_buffer_fork_handler(void *value, void (*handler)(void *)) {
    forked_value = value;
    forked_handler = handler;
    // The handler takes a lock of the caller, so it must run after the one that releases all locks. A child calls its
    // handlers in the order in which they were registered. `malogc_set_forked_child_handler` may have registered its
    // own before the process made its first lock, so it cannot call this one.
    pthread_atfork(NULL, NULL, forked);
}
