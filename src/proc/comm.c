/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of tasks; see proc/comm.h. */
#include "config.h"

#include "proc/comm.h"

#include <string.h>

#include "proc/file.h"

int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE])
{
	char text[TASK_COMM_SIZE + 2];
	ssize_t size = proc_read(text, sizeof(text), "/proc/%d/comm", proc_id(tid));
	if (size < 0)
		return (int)size;
	if (size > 0 && text[size - 1] == '\n')
		text[--size] = '\0';
	size_t length = (size_t)size < TASK_COMM_SIZE ? (size_t)size : TASK_COMM_SIZE - 1;
	memcpy(comm, text, length);
	comm[length] = '\0';
	return 0;
}
