/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Built without libseccomp: calls are not limited; see stack/confine.h. */
#include "config.h"

#include "stack/confine.h"

#include <errno.h>
#include <stddef.h>

int confine_calls(void)
{
	return -ENOSYS;
}

const char *confine_library(void)
{
	return NULL;
}
