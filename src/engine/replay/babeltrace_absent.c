/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Without libbabeltrace2, traces of others are only recognised; see engine/replay/babeltrace.h. */
#include "config.h"

#include "engine/replay/babeltrace.h"

#include <errno.h>
#include <stddef.h>

const char *babeltrace_library(void)
{
	return NULL;
}

int babeltrace_load(void)
{
	return -ENOSYS;
}

int babeltrace_write(int fd)
{
	(void)fd;
	return -ENOSYS;
}
