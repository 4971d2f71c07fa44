// Thread Sanitizer does not see how a contended Mutex of Synchronization is locked and unlocked, because the library is
// built without the sanitizer. It would report a race for every second thread at a mutex. In a build with the
// sanitizer, this file therefore replaces the slow paths of the library. Each replacement calls the real function and
// tells the sanitizer about it.
#define _GNU_SOURCE
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) && defined(__linux__)

#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

extern void __tsan_acquire(void *address);
extern void __tsan_release(void *address);

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

typedef __attribute__((swiftcall)) void (*lock_function)(uint32_t, __attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) bool (*try_lock_function)(__attribute__((swift_context)) void *);
typedef __attribute__((swiftcall)) void (*unlock_function)(__attribute__((swift_context)) void *);

static lock_function real_lock;
static try_lock_function real_try_lock;
static unlock_function real_unlock;

__attribute__((constructor)) static void find(void) {
    real_lock = (lock_function)dlsym(RTLD_NEXT, LOCK_SLOW);
    real_try_lock = (try_lock_function)dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    real_unlock = (unlock_function)dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

__attribute__((swiftcall)) void malogc_lock(uint32_t, __attribute__((swift_context)) void *) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) bool malogc_try_lock(__attribute__((swift_context)) void *) __asm__(TRY_LOCK_SLOW);
__attribute__((swiftcall)) void malogc_unlock(__attribute__((swift_context)) void *) __asm__(UNLOCK_SLOW);

__attribute__((swiftcall)) void malogc_lock(uint32_t thread, __attribute__((swift_context)) void *mutex) {
    real_lock(thread, mutex);
    __tsan_acquire(mutex);
}

__attribute__((swiftcall)) bool malogc_try_lock(__attribute__((swift_context)) void *mutex) {
    bool taken = real_try_lock(mutex);
    if (taken) __tsan_acquire(mutex);
    return taken;
}

__attribute__((swiftcall)) void malogc_unlock(__attribute__((swift_context)) void *mutex) {
    __tsan_release(mutex);
    real_unlock(mutex);
}

#endif
#endif
