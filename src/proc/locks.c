/* SPDX-License-Identifier: GPL-2.0-or-later */
/* File locks; see proc/locks.h. */
#include "config.h"

#include "proc/locks.h"

#include <inttypes.h>
#include <stdio.h>

#include "proc/file.h"

bool proc_locks_parse(const char *line, struct proc_lock_search *search)
{
	int owner;
	uint64_t inode;
	/* "1: POSIX ADVISORY WRITE 708 00:14:22671 0 EOF"; "1: -> …" is blocked by it. */
	if (sscanf(line, "%*d: -> %*s %*s %*s %d %*x:%*x:%" SCNu64, &owner, &inode) == 2) {
		search->found = owner == search->pid && (!search->inode || inode == search->inode);
		return !search->found;
	}
	if (sscanf(line, "%*d: %*s %*s %*s %d", &owner) == 1)
		search->holder = owner;
	return true;
}

static bool take_line(const char *line, void *search)
{
	return proc_locks_parse(line, search);
}

pid_t proc_lock_holder(pid_t pid, uint64_t inode)
{
	struct proc_lock_search search = {.pid = pid, .inode = inode};
	proc_each_line(take_line, &search, "/proc/locks");
	return search.found ? search.holder : 0;
}
