/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding of wait reports; see engine/ptrace/state/stop.h. */
#include "config.h"

#include "engine/ptrace/state/stop.h"

#include <sys/ptrace.h>

#define SYSCALL_SIGNAL (SIGTRAP | 0x80) /* at a syscall stop, with PTRACE_O_TRACESYSGOOD */
#define EVENT_SHIFT    8                /* si_status is signal | event << 8 */

/* The kinds of the PTRACE_EVENT_* that we enable; that of EVENT_STOP depends on its signal. */
static const enum stop_kind event_kind[] = {
	[PTRACE_EVENT_FORK] = STOP_FORK,
	[PTRACE_EVENT_VFORK] = STOP_VFORK,
	[PTRACE_EVENT_CLONE] = STOP_CLONE,
	[PTRACE_EVENT_VFORK_DONE] = STOP_VFORK_DONE,
	[PTRACE_EVENT_EXEC] = STOP_EXEC,
};

#define EVENT_KINDS (sizeof(event_kind) / sizeof(*event_kind))

/* ptrace(2), "Stopped states": under SEIZE a group-stop is a PTRACE_EVENT_STOP with a stop signal.
 */
static struct stop event_stop(struct stop stop, int signal)
{
	stop.kind = signal == SIGTRAP ? STOP_TRAP : STOP_GROUP;
	stop.signal = signal == SIGTRAP ? 0 : signal;
	return stop;
}

static struct stop trapped(struct stop stop, int status)
{
	unsigned int event = (unsigned int)status >> EVENT_SHIFT;
	int signal = status & 0xff;
	if (event == PTRACE_EVENT_STOP)
		return event_stop(stop, signal);
	if (event) {
		enum stop_kind kind = event < EVENT_KINDS ? event_kind[event] : STOP_OTHER;
		stop.kind = kind == STOP_SYSCALL ? STOP_OTHER : kind;
		return stop;
	}
	stop.kind = signal == SYSCALL_SIGNAL ? STOP_SYSCALL : STOP_SIGNAL;
	stop.signal = stop.kind == STOP_SIGNAL ? signal : 0;
	return stop;
}

struct stop stop_decode(const siginfo_t *info)
{
	struct stop stop = {.tid = info->si_pid};
	switch (info->si_code) {
	case CLD_EXITED:
		stop.kind = STOP_EXITED;
		stop.exit_code = info->si_status;
		return stop;
	case CLD_KILLED:
	case CLD_DUMPED:
		stop.kind = STOP_KILLED;
		stop.signal = info->si_status;
		stop.dumped_core = info->si_code == CLD_DUMPED;
		return stop;
	default: /* CLD_TRAPPED; CLD_STOPPED is never reported to a tracer */
		return trapped(stop, info->si_status);
	}
}
