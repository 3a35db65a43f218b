/*
 * Writing to a descriptor that may block, for a limited time: a terminal that is stopped by ^S, or
 * a pipe that nobody reads, must not keep a program from ending.
 *
 * O_NONBLOCK would not do: it belongs to the open file, which other processes share, and who is
 * ready to take a byte can still block a longer write.
 */
#ifndef STOP_BASE_TIMED_WRITE_H
#define STOP_BASE_TIMED_WRITE_H

#include <stddef.h>

/*
 * Writes DATA, SIZE bytes, to FD, while FD takes something at least every TIMEOUT_MS. Returns 0, or
 * -errno where not all was written (-EAGAIN: nothing was taken for that time). *DONE is the number
 * of bytes written in any case.
 *
 * Uses SIGALRM and ITIMER_REAL, and restores both. Async-signal-safe. For the thread that gets the
 * process's signals: the others have to block SIGALRM.
 */
int timed_write(int fd, const void *data, size_t size, int timeout_ms, size_t *done);

#endif
