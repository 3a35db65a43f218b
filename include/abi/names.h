/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of errors and signals, as errno.h and signal.h spell them. Pure; any thread.
 */
#ifndef STOP_ABI_NAMES_H
#define STOP_ABI_NAMES_H

#include <stddef.h>

/* Size of the longest result of error_name() and signal_name(), including the final NUL. */
#define ABI_NAME_MAX 32

/*
 * The name of error number ERR (positive): "ENOENT"; also the kernel's internal numbers that only a
 * tracer sees ("ERESTARTSYS", 512); "E999" for a number without a name. Returns BUF.
 */
char *error_name(int err, char buf[ABI_NAME_MAX]);

/* What ERR means in words ("No such file or directory"); static; "Unknown error" if unknown. */
const char *error_text(int err);

/* The name of signal SIG: "SIGINT", "SIGRTMIN+3", "SIG99" if it has no name. Returns BUF. */
char *signal_name(int sig, char buf[ABI_NAME_MAX]);

#endif
