// Functions for pipes. A signal handler may call all of them.
#ifndef CPIPES_H
#define CPIPES_H

#include <stddef.h>
#include <sys/types.h>

/// Makes a pipe that never blocks and that other programs do not inherit. Returns 0, or the system's error number.
int malogc_make_pipe(int ends[2]);

/// Reads at most `count` available bytes from a descriptor that does not block. Returns their number, 0 at the end, or
/// -1 - errno.
ssize_t malogc_read_available(int fd, void *bytes, size_t count);

/// Returns the number of bytes that wait in a pipe, or 0 if the descriptor is no pipe. It is async-signal-safe.
size_t malogc_bytes_in_pipe(int fd);

#endif
