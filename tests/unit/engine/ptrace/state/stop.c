/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decoding of wait reports. */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "engine/ptrace/state/stop.h"

/* The si_status of an event: the signal, and the event above it. */
#define EVENT(event, signal) ((signal) | (event) << 8)

static void every_report_is_decoded(void **state)
{
	static const struct {
		int code, status;
		enum stop_kind kind;
		int signal, exit_code;
	} cases[] = {
		{CLD_EXITED, 0, STOP_EXITED, 0, 0},
		{CLD_EXITED, 42, STOP_EXITED, 0, 42},
		{CLD_EXITED, 255, STOP_EXITED, 0, 255},
		{CLD_KILLED, SIGKILL, STOP_KILLED, SIGKILL, 0},
		{CLD_DUMPED, SIGSEGV, STOP_KILLED, SIGSEGV, 0},
		{CLD_KILLED, 64, STOP_KILLED, 64, 0},

		{CLD_TRAPPED, SIGTRAP | 0x80, STOP_SYSCALL, 0, 0},

		/* a SIGTRAP from kill(2) is an ordinary signal */
		{CLD_TRAPPED, SIGTRAP, STOP_SIGNAL, SIGTRAP, 0},
		{CLD_TRAPPED, SIGINT, STOP_SIGNAL, SIGINT, 0},
		{CLD_TRAPPED, SIGSTOP, STOP_SIGNAL, SIGSTOP, 0},
		{CLD_TRAPPED, SIGCHLD, STOP_SIGNAL, SIGCHLD, 0},
		{CLD_TRAPPED, 64, STOP_SIGNAL, 64, 0},

		{CLD_TRAPPED, EVENT(PTRACE_EVENT_FORK, SIGTRAP), STOP_FORK, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_VFORK, SIGTRAP), STOP_VFORK, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_CLONE, SIGTRAP), STOP_CLONE, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_VFORK_DONE, SIGTRAP), STOP_VFORK_DONE, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_EXEC, SIGTRAP), STOP_EXEC, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_EXIT, SIGTRAP), STOP_OTHER, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_SECCOMP, SIGTRAP), STOP_OTHER, 0, 0},
		{CLD_TRAPPED, EVENT(99, SIGTRAP), STOP_OTHER, 0, 0},

		{CLD_TRAPPED, EVENT(PTRACE_EVENT_STOP, SIGTRAP), STOP_TRAP, 0, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_STOP, SIGSTOP), STOP_GROUP, SIGSTOP, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_STOP, SIGTSTP), STOP_GROUP, SIGTSTP, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_STOP, SIGTTIN), STOP_GROUP, SIGTTIN, 0},
		{CLD_TRAPPED, EVENT(PTRACE_EVENT_STOP, SIGTTOU), STOP_GROUP, SIGTTOU, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		siginfo_t info = {.si_signo = SIGCHLD, .si_code = cases[i].code};
		info.si_pid = 1000 + (int)i;
		info.si_status = cases[i].status;
		struct stop stop = stop_decode(&info);
		assert_int_equal(stop.tid, 1000 + (int)i);
		assert_int_equal(stop.kind, cases[i].kind);
		assert_int_equal(stop.signal, cases[i].signal);
		assert_int_equal(stop.exit_code, cases[i].exit_code);
	}
}

static void unknown_events_are_decoded(void **state)
{
	int met = 0;
	(void)state;
	for (int event = 0; event <= 255; event++) {
		siginfo_t info = {.si_signo = SIGCHLD, .si_code = CLD_TRAPPED};
		info.si_status = EVENT(event, SIGTRAP);
		struct stop stop = stop_decode(&info);
		assert_in_range(stop.kind, 0, STOP_KINDS - 1);
		met |= 1 << stop.kind;
	}
	assert_int_equal(met, 1 << STOP_SIGNAL | 1 << STOP_TRAP | 1 << STOP_FORK | 1 << STOP_VFORK |
				      1 << STOP_CLONE | 1 << STOP_VFORK_DONE | 1 << STOP_EXEC |
				      1 << STOP_OTHER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_report_is_decoded),
		cmocka_unit_test(unknown_events_are_decoded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
