/*
 * Names of errors and signals, as errno.h and signal.h spell them. Pure; any thread.
 */
#ifndef STOP_ABI_NAMES_H
#define STOP_ABI_NAMES_H

#include <stddef.h>

/* Longest result of error_name() and signal_name(), with the final NUL. */
#define ABI_NAME_MAX 32

/*
 * The name of error number ERR (positive): "ENOENT"; the kernel's own numbers that only a tracer
 * sees too ("ERESTARTSYS", 512); "E999" where the number has none. Returns BUF.
 */
char *error_name(int err, char buf[ABI_NAME_MAX]);

/* What ERR means in words ("No such file or directory"); static; "Unknown error" where unknown. */
const char *error_text(int err);

/* The name of signal SIG: "SIGINT", "SIGRTMIN+3", "SIG99" where it has none. Returns BUF. */
char *signal_name(int sig, char buf[ABI_NAME_MAX]);

#endif
