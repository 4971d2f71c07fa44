// Catching the signals that ask a process to end. A signal handler may call only a few functions of the C library, so
// it is written in C.
#ifndef CSIGNALS_H
#define CSIGNALS_H

#include <stddef.h>
#include <sys/types.h>

/// SIGTERM and SIGINT.
extern const int cshims_sigterm;
extern const int cshims_sigint;

/// Makes a pipe that does not block and that no other program inherits. Returns 0, or the system's error number.
int cshims_make_pipe(int ends[2]);

/// Reads at most `count` bytes that are there. Returns 0 or less if there is none.
ssize_t cshims_read_available(int fd, void *bytes, size_t count);

/// From now on, each arrival of the signal writes its number as one byte to `fd`, and does nothing else. A signal that
/// is ignored stays ignored. In a forked child the signal has the disposition that it had before.
void cshims_catch_signal(int number, int fd);

/// Gives the signal the disposition that it had before `cshims_catch_signal`, unless another one was set meanwhile.
void cshims_release_signal(int number);

/// Sends the signal to this process.
void cshims_send_signal(int number);

#endif
