// Functions that catch the signals that ask a process to end. They are written in C, because a signal handler may call
// only a few functions of the C library.
#ifndef CSIGNALS_H
#define CSIGNALS_H

/// SIGTERM and SIGINT.
extern const int malogc_sigterm;
extern const int malogc_sigint;

/// Installs a handler that writes the number of the signal as one byte to `fd` and does nothing else. A signal that is
/// ignored stays ignored. In a forked child the signal has its previous disposition.
void malogc_catch_signal(int number, int fd);

/// Restores the disposition that the signal had before `malogc_catch_signal`, unless another one was set meanwhile. The
/// default one then ends the first process of a container, too, and the lines of the buffer and the captured text are
/// written before.
void malogc_release_signal(int number);

/// Sends the signal to this process.
void malogc_send_signal(int number);

#endif
