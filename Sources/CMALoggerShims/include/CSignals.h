// Functions that catch the signals that ask a process to end. They are written in C, because a signal handler may call
// only a few functions of the C library.
#ifndef CSIGNALS_H
#define CSIGNALS_H

#include <stddef.h>
#include <sys/types.h>

/// SIGTERM and SIGINT.
extern const int malogc_sigterm;
extern const int malogc_sigint;

/// Makes a pipe that never blocks and that other programs do not inherit. Returns 0, or the system's error number.
int malogc_make_pipe(int ends[2]);

/// Reads at most `count` available bytes from a descriptor that does not block. Returns their number, 0 at the end, or
/// -1 - errno.
ssize_t malogc_read_available(int fd, void *bytes, size_t count);

/// The number of bytes that wait in a pipe; 0 if there is none, or no pipe. Safe in a signal handler.
size_t malogc_waiting(int fd);

/// Installs a handler that writes the number of the signal as one byte to `fd` and does nothing else. A signal that is
/// ignored stays ignored. In a forked child the signal has its previous disposition.
void malogc_catch_signal(int number, int fd);

/// Restores the disposition that the signal had before `malogc_catch_signal`, unless another one was set meanwhile. The
/// default one then ends the first process of a container, too, and the lines of the buffer and the captured text are
/// written before.
void malogc_release_signal(int number);

/// Makes the signal end the process as if it had its default disposition, also the first process of a container. The
/// lines of the buffer and the captured text are written before.
void malogc_end_at_signal(int number);

/// Whether the lines of the buffer or the captured text of this process are written when a signal ends it.
int malogc_writes_at_signals(void);

/// Sends the signal to this process.
void malogc_send_signal(int number);

#endif
