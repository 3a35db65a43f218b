/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File locks; see proc/locks.h. */
#include "config.h"

#include "proc/locks.h"

#include <stdio.h>
#include <stdlib.h>

#include "proc/file.h"

/* Limit on the part that is read; more would take too long. */
#define TEXT_MAX (256 << 10)

pid_t proc_locks_parse(const char *text, pid_t pid)
{
	pid_t holder = 0;
	for (const char *line = text; line; line = proc_next_line(line)) {
		int owner;
		/* "1: POSIX ADVISORY WRITE 708 00:14:22671 0 EOF"; "1: -> …" is blocked by it. */
		if (sscanf(line, "%*d: -> %*s %*s %*s %d", &owner) == 1) {
			if (owner == pid)
				return holder;
		} else if (sscanf(line, "%*d: %*s %*s %*s %d", &owner) == 1) {
			holder = owner;
		}
	}
	return 0;
}

pid_t proc_lock_holder(pid_t pid)
{
	char *text = proc_read_all(TEXT_MAX, "/proc/locks");
	pid_t holder = text ? proc_locks_parse(text, pid) : 0;
	free(text);
	return holder;
}
