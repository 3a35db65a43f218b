/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole machine; see proc/system.h. */
#include "config.h"

#include "proc/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/file.h"

int proc_setting(const char *name)
{
	char text[32];
	ssize_t size = proc_read(text, sizeof(text), "/proc/sys/%s", name);
	return size < 0 ? (int)size : atoi(text);
}

int proc_load_open(void)
{
	int fd = open("/proc/loadavg", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int proc_runnable(int load_fd)
{
	char text[64];
	int runnable = 0;
	ssize_t got = load_fd >= 0 ? pread(load_fd, text, sizeof(text) - 1, 0) : 0;
	text[got > 0 ? got : 0] = '\0';
	/* "0.20 0.18 0.12 1/80 11206": proc_loadavg(5) */
	return sscanf(text, "%*s %*s %*s %d/", &runnable) == 1 ? runnable : 0;
}
