/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A build without a demangler; see stack/demangle.h. */
#include "config.h"

#include "stack/demangle.h"

#include <stddef.h>

char *demangle(const char *symbol)
{
	(void)symbol;
	return NULL;
}

const char *demangle_library(void)
{
	return NULL;
}
