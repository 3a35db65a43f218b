/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siginfo_t as an event; see event/signal_info.h. */
#include "config.h"

#include "event/signal_info.h"

#include "event/event.h"

/* Whether the kernel has sent the signal in INFO because of what it is for. */
static bool is_of_kernel(const siginfo_t *info)
{
	return info->si_code > SI_USER && info->si_code < SI_KERNEL;
}

/* Of the rest, the part that its code is about; siginfo_layout() of the kernel. */
void signal_info_copy(const siginfo_t *info, struct event_signal *record)
{
	record->signal = info->si_signo;
	record->code = info->si_code;
	switch (is_of_kernel(info) ? info->si_signo : 0) {
	case SIGCHLD:
		record->status = info->si_status;
		record->sender = info->si_pid;
		record->uid = info->si_uid;
		record->times[0] = (uint64_t)info->si_utime;
		record->times[1] = (uint64_t)info->si_stime;
		return;
	case SIGIO:
		record->value = (uint64_t)info->si_band;
		record->descriptor = info->si_fd;
		return;
	case SIGSYS:
		record->address = (uintptr_t)info->si_call_addr;
		record->syscall = info->si_syscall;
		record->arch = info->si_arch;
		return;
	case SIGILL:
	case SIGFPE:
	case SIGSEGV:
	case SIGBUS:
	case SIGTRAP:
		record->address = (uintptr_t)info->si_addr;
		return;
	}
	if (info->si_code == SI_TIMER) {
		record->timer = info->si_timerid;
		record->overrun = info->si_overrun;
		record->value = (uintptr_t)info->si_ptr;
	} else if (info->si_code <= SI_USER) {
		record->sender = info->si_pid;
		record->uid = info->si_uid;
		record->value = info->si_code < SI_USER ? (uintptr_t)info->si_ptr : 0;
	}
}
