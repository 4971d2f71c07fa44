// The handler of the signals that end a process. It writes the lines of the buffer and the captured text before.
#ifndef CFATALSIGNALS_H
#define CFATALSIGNALS_H

#include "CBuffer.h"
#include "CCapture.h"

/// Writes the lines when a signal ends the process. It catches the signals that end a process: those of faults, and
/// SIGHUP, SIGINT, SIGQUIT and SIGTERM. A signal that the application handles or ignores is left alone. The handler
/// writes the lines, calls the handler of the Swift runtime, which prints a backtrace, if there was one, restores the
/// default disposition and sends the signal again.
///
/// Only one value can be set, and it must never be freed. A forked child writes none of these lines.
void malogc_write_at_fatal_signal(malogc_pending *pending);

/// Ends the capture when a signal ends the process. See `malogc_write_at_fatal_signal`.
void malogc_end_capture_at_fatal_signal(malogc_capture *capture);

/// Makes the signal end the process as if it had its default disposition, even the first process of a container. The
/// lines of the buffer and the captured text are written before.
void malogc_end_at_signal(int number);

/// Whether the lines of the buffer or the captured text of this process are written when a signal ends it.
int malogc_writes_at_signals(void);

/// The number of microseconds for everything that one descriptor gets when a signal ends the process.
enum { malogc_write_budget = 5000000 };

/// Writes the bytes, and gives up when the descriptor takes no byte for a while, or, unless it is a file, when the time
/// of the budget is spent. Returns the number of bytes that were written. It is async-signal-safe.
size_t malogc_write_out(int fd, const uint8_t *bytes, size_t count, int64_t *budget);

#endif
