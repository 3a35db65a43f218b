/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading libdebuginfod, where it is installed; see stack/debuginfod_client.h. */
#include "config.h"

#include "stack/debuginfod_client.h"

#include <dlfcn.h>
#include <errno.h>

/* The library, and what is used of it: elfutils' debuginfod.h. */
#define LIBRARY "libdebuginfod.so.1"
typedef void *begin_client(void);
typedef int find_debuginfo(void *client, const unsigned char *id, int size, char **path);

const char *debuginfod_client_library(void)
{
	return LIBRARY;
}

int debuginfod_client_find(const unsigned char *id, size_t size)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	begin_client *begin;
	find_debuginfo *ask;
	if (!library)
		return -ENOSYS;
	*(void **)&begin = dlsym(library, "debuginfod_begin");
	*(void **)&ask = dlsym(library, "debuginfod_find_debuginfo");
	void *client = begin && ask ? begin() : NULL;
	return client ? ask(client, id, (int)size, NULL) : -ENOSYS;
}
