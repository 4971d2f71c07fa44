#define _GNU_SOURCE
#include "CSignals.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "CFatalSignals.h"

const int malogc_sigterm = SIGTERM;
const int malogc_sigint = SIGINT;

// The handler reads these variables on any thread. `owner` is stored last and read first, so the handler sees the other
// two complete.
static int target = -1;
static struct sigaction before[NSIG];
static pid_t owner;

static void caught(int number) {
    int error = errno;
    if (getpid() != __atomic_load_n(&owner, __ATOMIC_ACQUIRE)) {
        // A forked child shares the pipe with its parent, but the signal is meant for the child alone.
        sigaction(number, &before[number], NULL);
        raise(number);
    } else {
        unsigned char byte = (unsigned char)number;
        // If the pipe is full, it already holds an earlier signal, so this byte is not needed.
        ssize_t ignored = write(__atomic_load_n(&target, __ATOMIC_RELAXED), &byte, 1);
        (void)ignored;
    }
    errno = error;
}

void malogc_catch_signal(int number, int fd) {
    struct sigaction present;
    if (sigaction(number, NULL, &present) != 0) return;
    if (present.sa_handler == SIG_IGN || present.sa_handler == caught) return;
    before[number] = present;
    __atomic_store_n(&target, fd, __ATOMIC_RELAXED);
    __atomic_store_n(&owner, getpid(), __ATOMIC_RELEASE);
    struct sigaction action = {0};
    action.sa_handler = caught;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    // From this call on, the signal goes to the handler. Until then it goes to its previous disposition. No signal is
    // lost.
    sigaction(number, &action, NULL);
}

void malogc_release_signal(int number) {
    struct sigaction present;
    if (sigaction(number, NULL, &present) != 0 || present.sa_handler != caught) return;
    // The first process of a container ignores signals with the default disposition. In another one, lines may wait
    // since the logging was set up while the signal was caught.
    int ends = before[number].sa_handler == SIG_DFL && (getpid() == 1 || malogc_writes_at_signals());
    if (ends) malogc_end_at_signal(number);
    else sigaction(number, &before[number], NULL);
}

void malogc_send_signal(int number) { kill(getpid(), number); }
