/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of errors and signals; see abi/names.h. */
#include "config.h"

#include "abi/names.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/*
 * The kernel's internal error numbers (include/linux/errno.h): user code never sees them, but a
 * tracer does, at the exit stop of an interrupted call. libc has no names for them.
 */
static const struct {
	int err;
	const char *name;
	const char *text;
} kernel_errors[] = {
	{512, "ERESTARTSYS", "To be restarted if SA_RESTART is set"},
	{513, "ERESTARTNOINTR", "To be restarted"},
	{514, "ERESTARTNOHAND", "To be restarted if no handler"},
	{515, "ENOIOCTLCMD", "No ioctl command"},
	{516, "ERESTART_RESTARTBLOCK", "Interrupted by signal, to be resumed by restart_syscall"},
	{517, "EPROBE_DEFER", "Driver requests probe retry"},
	{518, "EOPENSTALE", "Open found a stale dentry"},
	{519, "ENOPARAM", "Parameter not supported"},
	{521, "EBADHANDLE", "Illegal NFS file handle"},
	{522, "ENOTSYNC", "Update synchronization mismatch"},
	{523, "EBADCOOKIE", "Cookie is stale"},
	{524, "ENOTSUPP", "Operation is not supported"},
	{525, "ETOOSMALL", "Buffer or request is too small"},
	{526, "ESERVERFAULT", "An untranslatable error occurred"},
	{527, "EBADTYPE", "Type not supported by server"},
	{528, "EJUKEBOX", "Request initiated, but will not complete before timeout"},
	{529, "EIOCBQUEUED", "Queued, will get completion event"},
	{530, "ERECALLCONFLICT", "Conflict with recalled state"},
};

#define KERNEL_ERROR_COUNT (sizeof(kernel_errors) / sizeof(*kernel_errors))

/* The row of ERR in kernel_errors, or KERNEL_ERROR_COUNT. */
static size_t kernel_error(int err)
{
	size_t i = 0;
	while (i < KERNEL_ERROR_COUNT && kernel_errors[i].err != err)
		i++;
	return i;
}

char *error_name(int err, char buf[ABI_NAME_MAX])
{
	const char *name = err > 0 ? strerrorname_np(err) : NULL;
	size_t row = kernel_error(err);
	if (!name && row < KERNEL_ERROR_COUNT)
		name = kernel_errors[row].name;
	if (name)
		snprintf(buf, ABI_NAME_MAX, "%s", name);
	else
		snprintf(buf, ABI_NAME_MAX, "E%d", err);
	return buf;
}

const char *error_text(int err)
{
	size_t row = kernel_error(err);
	if (row < KERNEL_ERROR_COUNT)
		return kernel_errors[row].text;
	const char *text = err > 0 ? strerrordesc_np(err) : NULL;
	return text ? text : "Unknown error";
}

/*
 * SIGRTMIN is defined by libc: glibc reserves the kernel's first two real-time signals, 32 and 33,
 * and signal.h has no names for them.
 */
char *signal_name(int sig, char buf[ABI_NAME_MAX])
{
	const char *name = sig > 0 ? sigabbrev_np(sig) : NULL;
	if (name)
		snprintf(buf, ABI_NAME_MAX, "SIG%s", name);
	else if (sig == SIGRTMIN)
		snprintf(buf, ABI_NAME_MAX, "SIGRTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(buf, ABI_NAME_MAX, "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(buf, ABI_NAME_MAX, "SIG%d", sig);
	return buf;
}
