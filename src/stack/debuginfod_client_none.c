/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program that loads no libraries; see stack/debuginfod_client.h. */
#include "config.h"

#include "stack/debuginfod_client.h"

#include <errno.h>

const char *debuginfod_client_library(void)
{
	return NULL;
}

int debuginfod_client_find(const unsigned char *id, size_t size)
{
	(void)id;
	(void)size;
	return -ENOSYS;
}
