import Glibc

/// Ends a process that waits for ever. Call it in a forked child too: the thread that forks is often one of Dispatch's,
/// which block most signals.
package func endAfter(seconds: UInt32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGALRM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    alarm(seconds)
}
