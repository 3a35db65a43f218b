/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libdebuginfod of elfutils, which downloads debug files. It brings libcurl with it, and so is
 * loaded only by the process that asks (debuginfod.h). One thread.
 */
#ifndef STOP_STACK_DEBUGINFOD_CLIENT_H
#define STOP_STACK_DEBUGINFOD_CLIENT_H

#include <stddef.h>

/* The library's name; NULL: this build cannot load it. */
const char *debuginfod_client_library(void);

/*
 * Asks the servers in $DEBUGINFOD_URLS for the debug file with the build ID of SIZE bytes at ID.
 * Returns its descriptor, which the caller closes, or -errno: -ENOSYS without the library. May take
 * for ever.
 */
int debuginfod_client_find(const unsigned char *id, size_t size);

#endif
