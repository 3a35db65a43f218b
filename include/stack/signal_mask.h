/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libunwind blocks all signals, and unblocks them again, around each look at its cache: two system
 * calls a frame, which take longer than all else, and in a worker, whose calls are filtered, twice
 * as long. A worker has one thread and handles no signal: it does without.
 */
#ifndef STOP_STACK_SIGNAL_MASK_H
#define STOP_STACK_SIGNAL_MASK_H

/* From now on, sigprocmask(2) does nothing in this process. */
void signal_mask_ignore(void);

#endif
