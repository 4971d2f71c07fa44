#define _GNU_SOURCE
#include "CLock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

// A futex lock with three states (U. Drepper, "Futexes Are Tricky", mutex 2). It does not know its owner. A forked
// child can therefore release a lock that its parent's thread took. Swift's Mutex and a robust pthread_mutex_t cannot
// do that.

// Only the data that a lock protects shares its cache line.
enum { cache_line = 64 };

static pthread_mutex_t all_locks = PTHREAD_MUTEX_INITIALIZER;
static malogc_lock *first_lock;
static pthread_once_t fork_handlers = PTHREAD_ONCE_INIT;

static void before_fork(void) {
    pthread_mutex_lock(&all_locks);
    for (malogc_lock *lock = first_lock; lock; lock = lock->next)
        if (lock->is_held_over_fork) malogc_lock_acquire(lock);
}

static void after_fork_in_parent(void) {
    for (malogc_lock *lock = first_lock; lock; lock = lock->next)
        if (lock->is_held_over_fork) malogc_lock_release(lock);
    pthread_mutex_unlock(&all_locks);
}

// The child has only the thread that called `fork`, and that thread holds no other lock.
static void after_fork_in_child(void) {
    for (malogc_lock *lock = first_lock; lock; lock = lock->next)
        __atomic_store_n(&lock->state, malogc_unlocked, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&all_locks);
}

static void install_fork_handlers(void) { pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child); }

malogc_lock *malogc_lock_make(int is_held_over_fork) { return malogc_lock_make_before(is_held_over_fork, 0); }

malogc_lock *malogc_lock_make_before(int is_held_over_fork, size_t size) {
    pthread_once(&fork_handlers, install_fork_handlers);
    malogc_lock *lock = aligned_alloc(cache_line, (sizeof *lock + size + cache_line - 1) / cache_line * cache_line);
    if (!lock) abort();
    _Static_assert(sizeof *lock < cache_line && sizeof *lock % 8 == 0, "the data begin in the lock's cache line");
    *lock = (malogc_lock){.state = malogc_unlocked, .is_held_over_fork = is_held_over_fork};
    pthread_mutex_lock(&all_locks);
    lock->next = first_lock;
    lock->previous = &first_lock;
    if (first_lock) first_lock->previous = &lock->next;
    first_lock = lock;
    pthread_mutex_unlock(&all_locks);
    return lock;
}

void malogc_lock_free(malogc_lock *lock) {
    pthread_mutex_lock(&all_locks);
    *lock->previous = lock->next;
    if (lock->next) lock->next->previous = lock->previous;
    pthread_mutex_unlock(&all_locks);
    free(lock);
}

static void wait_while_contended(malogc_lock *lock) {
#if defined(__linux__)
    // See malogc_lock_release_soon.
    struct timespec limit = {0, 1000000};
    const struct timespec *timeout = lock->is_held_over_fork ? &limit : NULL;
    syscall(SYS_futex, &lock->state, FUTEX_WAIT_PRIVATE, malogc_contended, timeout, NULL, 0);
#else
    (void)lock;
    sched_yield();
#endif
}

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    // On most processors, `yield` takes no time. This takes about as long as x86's pause.
    __asm__ volatile("isb" ::: "memory");
#endif
}

// Why every thread that sleeps is woken:
// - A thread stores `contended` before it sleeps, and the kernel lets it sleep only if the state is still `contended`.
// - Only a release changes `contended` to another state. It exchanges the state, so it always notices, and then it
//   wakes one thread. (malogc_lock_release_soon may not notice. See there.)
// - The woken thread stores `contended` again. If it gets the lock by that, its own release wakes the next thread. If
//   another thread was faster, the release of that thread wakes one.
// So while a thread sleeps, either a release that wakes is still to come, or a woken thread is about to store
// `contended`.
void malogc_lock_wait(malogc_lock *lock) {
    // A lock is usually held for less than a microsecond, while a line is written. Spinning for some microseconds is
    // cheaper than sleeping. Reading the state, and pausing longer and longer between the reads, leaves the cache line
    // to the thread that holds the lock. That thread can then take the lock more than once before the line moves on.
    for (int turn = 0, pauses = 4; turn < 7; turn++) {
        for (int pause = 0; pause < pauses; pause++) relax();
        if (pauses < 64) pauses *= 2;
        uint32_t expected = __atomic_load_n(&lock->state, __ATOMIC_RELAXED);
        if (expected == malogc_unlocked &&
            __atomic_compare_exchange_n(&lock->state, &expected, malogc_locked, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
            return;
    }
    while (__atomic_exchange_n(&lock->state, malogc_contended, __ATOMIC_ACQUIRE) != malogc_unlocked)
        wait_while_contended(lock);
}

void malogc_lock_wake(malogc_lock *lock) {
#if defined(__linux__)
    syscall(SYS_futex, &lock->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
#else
    (void)lock;
#endif
}
