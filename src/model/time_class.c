/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Classification of time; see model/time_class.h. */
#include "config.h"

#include "model/time_class.h"

#include <string.h>

/* Calls made in order to wait: for another thread, a time, a signal, or input. */
static const char *const waits[] = {
	"accept",
	"accept4",
	"clock_nanosleep",
	"clock_nanosleep_time64",
	"epoll_pwait",
	"epoll_pwait2",
	"epoll_wait",
	"futex",
	"futex_time64",
	"futex_waitv",
	"io_getevents",
	"io_pgetevents",
	"io_uring_enter",
	"mq_timedreceive",
	"msgrcv",
	"nanosleep",
	"pause",
	"poll",
	"ppoll",
	"ppoll_time64",
	"pselect6",
	"pselect6_time64",
	"restart_syscall",
	"rt_sigsuspend",
	"rt_sigtimedwait",
	"select",
	"_newselect",
	"semop",
	"semtimedop",
	"wait4",
	"waitid",
	"waitpid",
};

/* The call classes with their own class of time, in order of precedence. */
static const struct {
	enum call_class class;
	enum time_class time;
} class_times[] = {
	{CLASS_NETWORK, TIME_NETWORK},
	{CLASS_MEMORY, TIME_MEMORY},
	{CLASS_PROCESS, TIME_PROCESS},
	{CLASS_FILE, TIME_FILE},
	{CLASS_DESC, TIME_DESC},
};

static const char *const names[TIME_COUNT] = {
	[TIME_USER] = "user",
	[TIME_KERNEL] = "kernel",
	[TIME_RUNNABLE] = "runnable",
	[TIME_TRACED] = "traced",
	[TIME_WAIT] = "wait",
	[TIME_FILE] = "file",
	[TIME_DESC] = "desc",
	[TIME_NETWORK] = "network",
	[TIME_MEMORY] = "memory",
	[TIME_PROCESS] = "process",
	[TIME_OTHER] = "other",
	[TIME_STOPPED] = "stopped",
	[TIME_FROZEN] = "frozen",
	[TIME_ASLEEP] = "asleep",
	[TIME_UNKNOWN] = "unknown",
};

enum time_class time_class_of_call(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	if (!desc)
		return TIME_OTHER;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		if (strcmp(waits[i], desc->name) == 0)
			return TIME_WAIT;
	}
	for (size_t i = 0; i < sizeof(class_times) / sizeof(*class_times); i++) {
		if (desc->classes >> class_times[i].class & 1)
			return class_times[i].time;
	}
	return TIME_OTHER;
}

const char *time_class_name(enum time_class class)
{
	return names[class];
}
