/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files on file systems with a server, which is a program or another machine: if it does not
 * respond, opening a file can block forever, and no signal interrupts that. So a child process
 * tries first. Any thread.
 */
#ifndef STOP_PROC_REMOTE_H
#define STOP_PROC_REMOTE_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether TEXT, the contents of /proc/PID/mountinfo, lists the device MAJOR:MINOR with such a file
 * system. Pure.
 */
bool remote_lists(const char *text, unsigned int major, unsigned int minor);

/* Whether the device MAJOR:MINOR, mounted for process PID, has such a file system. */
bool remote_has(pid_t pid, unsigned int major, unsigned int minor);

/*
 * Whether opening PATH and reading its beginning succeeds or fails within a second. A child process
 * tries that, and is abandoned if it does not return.
 */
bool remote_answers(const char *path);

#endif
