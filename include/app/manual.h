/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * man(1) for the page of a call, on our terminal, which was restored for it. It is a process group
 * of its own, with its pager, that has the terminal until it ends; what is left of it then is
 * ended, so that nobody else changes the terminal's modes. Main thread only.
 */
#ifndef STOP_APP_MANUAL_H
#define STOP_APP_MANUAL_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts man(1) for CALL in section 2. Returns its PID, or -errno. */
pid_t manual_start(const char *call);

/* Whether it has ended, or was stopped, which ends it; if so, stores its exit status in *STATUS. */
bool manual_has_ended(pid_t pid, int *status);

/* Ends it, and waits for that. */
void manual_end(pid_t pid);

#endif
