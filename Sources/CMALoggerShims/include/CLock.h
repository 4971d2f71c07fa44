// A lock that works in a forked child.
#ifndef CLOCK_H
#define CLOCK_H

#include <stddef.h>
#include <stdint.h>

/// A lock that a forked child can use, even if another thread of the parent held it during the fork.
///
/// Only the functions below use its fields.
typedef struct malogc_lock {
    uint32_t state;
    int is_held_over_fork;
    struct malogc_lock *next, **previous;
} malogc_lock;

/// Makes a lock. The caller owns it.
///
/// If `is_held_over_fork` is not 0, `fork` waits for the lock, so the child finds the protected data in a valid state.
/// Code must hold the lock only for a short time, and must take no other lock of this kind meanwhile. If it is 0, the
/// child finds the lock free and the protected data as it was at the moment of the fork.
malogc_lock *malogc_lock_make(int is_held_over_fork);

/// Makes a lock with `size` bytes behind it, at the address `lock + 1`. The first 40 of them are in the lock's cache
/// line: put the data there that each holder of the lock changes. `malogc_lock_free` frees them, too.
malogc_lock *malogc_lock_make_before(int is_held_over_fork, size_t size);

/// Frees a lock that nobody holds.
void malogc_lock_free(malogc_lock *lock);

enum { malogc_unlocked, malogc_locked, malogc_contended };

/// Takes a lock that another thread holds, or may hold.
void malogc_lock_wait(malogc_lock *lock);

/// Releases a lock for which threads wait.
void malogc_lock_wake(malogc_lock *lock);

static inline void malogc_lock_acquire(malogc_lock *lock) {
    uint32_t expected = malogc_unlocked;
    if (!__builtin_expect(__atomic_compare_exchange_n(&lock->state, &expected, malogc_locked, 0, __ATOMIC_ACQUIRE,
                                                      __ATOMIC_RELAXED), 1))
        malogc_lock_wait(lock);
}

static inline void malogc_lock_release(malogc_lock *lock) {
    if (__builtin_expect(__atomic_exchange_n(&lock->state, malogc_unlocked, __ATOMIC_RELEASE) == malogc_contended, 0))
        malogc_lock_wake(lock);
}

/// Releases a lock by a store. For the exchange of `malogc_lock_release`, the processor would wait until every earlier
/// store is done. The lock must be held over a fork.
///
/// A thread that begins to wait between the load and the store is not woken. Therefore, threads wait for such a lock
/// for a millisecond at most, and then try again.
static inline void malogc_lock_release_soon(malogc_lock *lock) {
    if (__builtin_expect(__atomic_load_n(&lock->state, __ATOMIC_RELAXED) == malogc_contended, 0))
        malogc_lock_release(lock);
    else
        __atomic_store_n(&lock->state, malogc_unlocked, __ATOMIC_RELEASE);
}

#endif
