/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a process cannot be traced: finding the reason, and its text. */
#include "config.h"

#include "support/unit.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/ptrace/attach/refusal.h"
#include "engine/ptrace/world/world.h"
#include "proc/comm.h"

static void every_reason_has_a_description_and_a_remedy(void **state)
{
	(void)state;
	for (int reason = 0; reason < REFUSAL_COUNT; reason++) {
		const struct refusal refusal = {.reason = (enum refusal_reason)reason, .pid = 4711};
		char text[512];
		assert_ptr_equal(refusal_text(world_kernel(), &refusal, text, sizeof(text)), text);
		assert_true(strncmp(text, "cannot trace 4711: ", 19) == 0);
		assert_null(strstr(text, "(null)"));
		assert_null(strchr(text, '\n'));
		const char *remedy = strstr(text, "; ");
		assert_non_null(remedy);
		assert_true(remedy - text > 19 + 10);
		assert_true(strlen(remedy) > 10);
	}
}

static void each_reason_has_its_own_text(void **state)
{
	static char texts[REFUSAL_COUNT][512];
	(void)state;
	for (int reason = 0; reason < REFUSAL_COUNT; reason++) {
		refusal_text(world_kernel(),
			&(struct refusal){.reason = (enum refusal_reason)reason}, texts[reason],
			sizeof(texts[reason]));
		assert_true(strncmp(texts[reason], "cannot trace: ", 14) == 0);
		for (int other = 0; other < reason; other++)
			assert_string_not_equal(texts[reason], texts[other]);
	}
}

static void the_tracer_and_the_owner_are_named(void **state)
{
	static const struct {
		struct refusal refusal;
		const char *part;
	} cases[] = {
		{{.reason = REFUSAL_TRACED, .tracer = 12, .tracer_name = "gdb"}, ", by gdb (12);"},
		{{.reason = REFUSAL_OTHER_USER, .owner = 0}, ", root (uid 0);"},
		{{.reason = REFUSAL_OTHER_USER, .owner = 4294967}, ", unknown (uid 4294967);"},
		{{.reason = REFUSAL_SYSTEM, .error = ENOMEM}, "(Cannot allocate memory);"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[512];
		assert_non_null(
			strstr(refusal_text(world_kernel(), &cases[i].refusal, text, sizeof(text)),
				cases[i].part));
	}
}

static void the_name_of_a_tracer_is_not_trusted(void **state)
{
	/* Sixteen bytes, without a terminator. */
	static const struct refusal refusal = {
		.reason = REFUSAL_TRACED,
		.tracer = 12,
		.tracer_name = {'\x1b', '[', '3', '1', 'm', '\n', '\x9b', '\\', 'a', 'b', 'c', 'd',
			'e', 'f', 'g', 'h'},
	};
	char text[512];
	(void)state;
	refusal_text(world_kernel(), &refusal, text, sizeof(text));
	assert_non_null(strstr(text, "by \\x1b[31m\\n\\x9b\\\\abcdefgh (12)"));
	for (const char *at = text; *at; at++)
		assert_true(isprint((unsigned char)*at));
}

static void a_short_buffer_truncates_the_text(void **state)
{
	static const struct refusal refusal = {.reason = REFUSAL_NO_PROCESS, .pid = 4711};
	char whole[512];
	(void)state;
	refusal_text(world_kernel(), &refusal, whole, sizeof(whole));
	for (size_t size = 1; size < 100; size++) {
		char text[128];
		memset(text, 'x', sizeof(text));
		refusal_text(world_kernel(), &refusal, text, size);
		size_t expected = strlen(whole) < size - 1 ? strlen(whole) : size - 1;
		assert_int_equal(strlen(text), expected);
		assert_memory_equal(text, whole, expected);
		assert_int_equal(text[size], 'x');
	}
}

/* Real processes. */

static void a_process_that_does_not_exist(void **state)
{
	struct refusal refusal;
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	refusal_find(world_kernel(), child, ESRCH, &refusal);
	assert_int_equal(refusal.reason, REFUSAL_NO_PROCESS);
	assert_int_equal(refusal.pid, child);
	assert_int_equal(refusal.error, ESRCH);
}

static void a_process_that_has_exited(void **state)
{
	static const int errors[] = {EPERM, ESRCH};
	struct refusal refusal;
	siginfo_t info;
	(void)state;
	pid_t child = fork();
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	for (size_t i = 0; i < COUNT_OF(errors); i++) {
		refusal_find(world_kernel(), child, errors[i], &refusal);
		assert_int_equal(refusal.reason, REFUSAL_ZOMBIE);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_process_that_is_traced_already(void **state)
{
	struct refusal refusal;
	char text[512];
	(void)state;
	prctl(PR_SET_NAME, "tracer\x1b[1m");
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "target");
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
			_exit(1);
		raise(SIGSTOP);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSTOPPED(status));
	refusal_find(world_kernel(), child, EPERM, &refusal);
	assert_int_equal(refusal.reason, REFUSAL_TRACED);
	assert_int_equal(refusal.tracer, getpid());
	refusal_text(world_kernel(), &refusal, text, sizeof(text));
	assert_non_null(strstr(text, "by tracer\\x1b[1m ("));
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
}

static void a_kernel_thread(void **state)
{
	struct refusal refusal;
	char comm[TASK_COMM_SIZE];
	(void)state;
	if (proc_comm(2, comm) < 0 || strcmp(comm, "kthreadd") != 0)
		skip();
	refusal_find(world_kernel(), 2, EPERM, &refusal);
	assert_int_equal(refusal.reason, REFUSAL_KERNEL_THREAD);
}

/* The decision, for reasons that tests cannot create on every machine, such as Yama's. */

static void each_reason_follows_from_its_facts(void **state)
{
	static const struct {
		struct refusal_facts facts;
		enum refusal_reason reason;
	} cases[] = {
		/* An ordinary process of the same user. */
		{{.same_user = true, .yama = -ENOENT}, REFUSAL_UNKNOWN},
		{{.same_user = true, .yama = 0}, REFUSAL_UNKNOWN},
		{{.same_user = true, .yama = 1}, REFUSAL_YAMA_CHILDREN},
		{{.same_user = true, .yama = 2}, REFUSAL_YAMA_ADMIN},
		{{.same_user = true, .yama = 3}, REFUSAL_YAMA_OFF},
		/* Scopes 1 and 2 permit it to root with the capability. */
		{{.same_user = true, .root = true, .yama = 1}, REFUSAL_CONTAINER},
		{{.same_user = true, .root = true, .yama = 2}, REFUSAL_CONTAINER},
		{{.same_user = true, .root = true, .may_trace = true, .yama = 2}, REFUSAL_UNKNOWN},
		{{.same_user = true, .is_protected = true, .yama = 1}, REFUSAL_NOT_DUMPABLE},
		{{.same_user = true, .more_capable = true, .yama = 1}, REFUSAL_CAPABILITIES},
		{{.yama = 2}, REFUSAL_OTHER_USER},
		/* Scope 3 permits it to nobody. */
		{{.same_user = true, .root = true, .may_trace = true, .yama = 3}, REFUSAL_YAMA_OFF},
		{{.root = true, .yama = 3}, REFUSAL_YAMA_OFF},
		{{.yama = 3}, REFUSAL_YAMA_OFF},
		{{.outside = true, .yama = 3}, REFUSAL_YAMA_OFF},
		/* Root of another user namespace is an ordinary user outside of it. */
		{{.outside = true, .root = true, .may_trace = true}, REFUSAL_USER_NAMESPACE},
		{{.outside = true, .root = true}, REFUSAL_USER_NAMESPACE},
		{{.outside = true}, REFUSAL_USER_NAMESPACE},
		/* The kind of process takes precedence over permissions. */
		{{.kernel_thread = true, .yama = 3}, REFUSAL_KERNEL_THREAD},
		{{.kernel_worker = true, .same_user = true}, REFUSAL_KERNEL_WORKER},
		{{.ended = true, .tracer = 1, .yama = 3}, REFUSAL_ZOMBIE},
		{{.tracer = 1, .yama = 3}, REFUSAL_TRACED},
		{{.tracer = 1, .same_user = true, .may_trace = true}, REFUSAL_TRACED},
		{{.error = ESRCH, .tracer = 1}, REFUSAL_NO_PROCESS},
		{{.error = ENOMEM, .yama = 3}, REFUSAL_SYSTEM},
		{{.error = EINTR, .same_user = true}, REFUSAL_EXECUTING},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct refusal_facts facts = cases[i].facts;
		facts.error = facts.error ? facts.error : EPERM;
		enum refusal_reason reason = refusal_judge(&facts);
		if (reason != cases[i].reason)
			fail_msg("case %zu: reason %d, not %d", i, (int)reason,
				(int)cases[i].reason);
	}
}

static void each_yama_scope_has_a_remedy(void **state)
{
	static const struct {
		int yama;
		const char *parts[3];
	} cases[] = {
		{1, {"ptrace_scope is 1", "sudo", "`stop -- COMMAND`"}},
		{2, {"ptrace_scope is 2", "administrators", "run stop with sudo"}},
		{3, {"ptrace_scope is 3", "nobody", "/etc/sysctl.d and reboot"}},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct refusal_facts facts = {
			.error = EPERM, .same_user = true, .yama = cases[i].yama};
		const struct refusal refusal = {.reason = refusal_judge(&facts), .pid = 4711};
		char text[512];
		refusal_text(world_kernel(), &refusal, text, sizeof(text));
		for (size_t part = 0; part < COUNT_OF(cases[i].parts); part++)
			assert_non_null(strstr(text, cases[i].parts[part]));
	}
}

static void an_error_that_is_not_a_refusal(void **state)
{
	struct refusal refusal;
	(void)state;
	refusal_find(world_kernel(), getpid(), ENOMEM, &refusal);
	assert_int_equal(refusal.reason, REFUSAL_SYSTEM);
	assert_int_equal(refusal.error, ENOMEM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_has_a_description_and_a_remedy),
		cmocka_unit_test(each_reason_has_its_own_text),
		cmocka_unit_test(the_tracer_and_the_owner_are_named),
		cmocka_unit_test(the_name_of_a_tracer_is_not_trusted),
		cmocka_unit_test(a_short_buffer_truncates_the_text),
		cmocka_unit_test(a_process_that_does_not_exist),
		cmocka_unit_test(a_process_that_has_exited),
		cmocka_unit_test(a_process_that_is_traced_already),
		cmocka_unit_test(a_kernel_thread),
		cmocka_unit_test(each_reason_follows_from_its_facts),
		cmocka_unit_test(each_yama_scope_has_a_remedy),
		cmocka_unit_test(an_error_that_is_not_a_refusal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
