/* What time goes into; see model/use.h. */
#include "config.h"

#include "model/use.h"

#include <string.h>

/* Calls that are made in order to wait: for another thread, a time, a signal, or for input. */
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

/* The classes that have a use of their own, in the order in which they are asked. */
static const struct {
	enum call_class class;
	enum use use;
} class_uses[] = {
	{CLASS_NETWORK, USE_NETWORK},
	{CLASS_MEMORY, USE_MEMORY},
	{CLASS_PROCESS, USE_PROCESS},
	{CLASS_FILE, USE_FILE},
	{CLASS_DESC, USE_DESC},
};

static const char *const names[USE_COUNT] = {
	[USE_USER] = "user",
	[USE_WAIT] = "wait",
	[USE_FILE] = "file",
	[USE_DESC] = "desc",
	[USE_NETWORK] = "network",
	[USE_MEMORY] = "memory",
	[USE_PROCESS] = "process",
	[USE_OTHER] = "other",
	[USE_STOPPED] = "stopped",
};

enum use use_of_call(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	if (!desc)
		return USE_OTHER;
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		if (strcmp(waits[i], desc->name) == 0)
			return USE_WAIT;
	}
	for (size_t i = 0; i < sizeof(class_uses) / sizeof(*class_uses); i++) {
		if (desc->classes >> class_uses[i].class & 1)
			return class_uses[i].use;
	}
	return USE_OTHER;
}

const char *use_name(enum use use)
{
	return names[use];
}
