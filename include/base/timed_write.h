/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing to a descriptor that may block, for a limited time: a terminal that is stopped by ^S, or
 * a pipe without a reader, must not prevent the program from exiting.
 *
 * O_NONBLOCK is not an option, because it belongs to the open file, which other processes share;
 * and a descriptor that is ready for one byte can still block a longer write.
 */
#ifndef STOP_BASE_TIMED_WRITE_H
#define STOP_BASE_TIMED_WRITE_H

#include <stddef.h>

/*
 * Writes SIZE bytes of DATA to FD. Returns 0, or -errno if not all was written: -EAGAIN if FD
 * accepted nothing for TIMEOUT_MS. Stores the number of bytes written in *DONE in any case.
 *
 * Uses SIGALRM and ITIMER_REAL, and restores both. Async-signal-safe. For the thread that receives
 * the process's signals: the others have to block SIGALRM.
 */
int timed_write(int fd, const void *data, size_t size, int timeout_ms, size_t *done);

#endif
