/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of processes; see proc/program.h. */
#include "config.h"

#include "proc/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proc/file.h"

int proc_program(pid_t tid, struct proc_program *program)
{
	char path[PROC_PATH_MAX];
	struct statx stats;
	snprintf(path, sizeof(path), "/proc/%d/exe", proc_id(tid));
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_MODE | STATX_UID | STATX_GID, &stats) <
		0)
		return -errno;
	*program = (struct proc_program){stats.stx_mode, stats.stx_uid, stats.stx_gid};
	return 0;
}

bool proc_auxv_is_32bit(const char *vector, size_t size)
{
	/* Pairs of words; that of AT_PHENT has the size of a program header. */
	for (size_t at = 0; at + 2 * sizeof(uint32_t) <= size; at += 2 * sizeof(uint32_t)) {
		uint32_t pair[2];
		memcpy(pair, vector + at, sizeof(pair));
		if (pair[0] == AT_PHENT)
			return pair[1] == sizeof(Elf32_Phdr);
	}
	return false;
}

bool proc_is_32bit(pid_t tgid)
{
	char vector[4096];
	/*
	 * The auxiliary vector is used instead of the program's file, which may be on a file system
	 * whose server waits for us.
	 */
	ssize_t size = proc_read(vector, sizeof(vector), "/proc/%d/auxv", proc_id(tgid));
	return size > 0 && proc_auxv_is_32bit(vector, (size_t)size);
}
