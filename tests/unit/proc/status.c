/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/TID/status and comm: of this process, of children, and as texts. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proc/status.h"
#include "support/child.h"

static void every_field_is_parsed(void **state)
{
	static const char text[] =
		"Name:\ta\\nb\\\\\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t70\n"
		"Ngid:\t0\nPid:\t71\nPPid:\t1\nTracerPid:\t9\n"
		"Uid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\nFDSize:\t64\n"
		"Groups:\t4 24 27 \nNSpid:\t71\t12\t3\n"
		"CapInh:\t0000000000000001\nCapPrm:\t0000000000080000\n"
		"voluntary_ctxt_switches:\t150\n"
		"nonvoluntary_ctxt_switches:\t545\n";
	struct proc_status status;
	(void)state;
	assert_true(proc_status_parse(text, &status));
	assert_string_equal(status.comm, "a\nb\\");
	assert_int_equal(status.state, 'S');
	assert_int_equal(status.tgid, 70);
	assert_int_equal(status.parent, 1);
	assert_int_equal(status.tracer, 9);
	for (int i = 0; i < 4; i++)
		assert_int_equal(status.uid[i], 1000 + i);
	assert_int_equal(status.gid, 6);
	assert_int_equal(status.ns_tid, 3);
	assert_int_equal(status.capabilities, 0x80000);
	assert_int_equal(status.sleeps, 150);
	assert_int_equal(status.preemptions, 545);
	assert_int_equal(status.filters, 0);
}

static void seccomp_filters_are_counted(void **state)
{
	static const struct {
		const char *lines;
		unsigned int filters;
	} cases[] = {
		{"Seccomp:\t0\nSeccomp_filters:\t0\n", 0},
		{"Seccomp:\t1\n", 0}, /* the strict mode */
		{"Seccomp:\t2\n", 1}, /* before Linux 5.9 */
		{"Seccomp:\t2\nSeccomp_filters:\t3\n", 3},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[256];
		struct proc_status status;
		snprintf(text, sizeof(text), "Name:\tx\nState:\tS\nUid:\t0\t0\t0\t0\n%s",
			cases[i].lines);
		assert_true(proc_status_parse(text, &status));
		assert_int_equal(status.filters, cases[i].filters);
	}
}

static void invalid_statuses_are_rejected(void **state)
{
	struct proc_status status = {.tgid = 77};
	(void)state;
	assert_false(proc_status_parse("", &status));
	assert_false(proc_status_parse("Name:\tx\nState:\tS\n", &status));
	assert_int_equal(status.tgid, 77);
	/* Our own namespace is not an inner one. */
	assert_true(
		proc_status_parse("Name:\tx\nState:\tS\nUid:\t0\t0\t0\t0\nNSpid:\t71\n", &status));
	assert_int_equal(status.ns_tid, 0);
}

static void the_status_of_this_process_is_read(void **state)
{
	struct proc_status status;
	(void)state;
	assert_int_equal(proc_status(getpid(), &status), 0);
	assert_int_equal(status.tgid, getpid());
	assert_int_equal(status.parent, getppid());
	assert_int_equal(status.uid[0], getuid());
	assert_int_equal(status.uid[1], geteuid());
	assert_int_equal(status.gid, getegid());
	assert_int_equal(status.state, 'R');
}

static void the_state_of_a_child_is_seen(void **state)
{
	struct proc_status status;
	(void)state;
	pid_t child = start_child();
	assert_int_equal(proc_status(child, &status), 0);
	assert_int_equal(status.parent, getpid());
	assert_int_equal(status.tracer, 0);
	kill(child, SIGKILL);
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(proc_status(child, &status), 0);
	assert_int_equal(status.state, 'Z');
	end_child(child);
	assert_int_equal(proc_status(child, &status), -ENOENT);
}

static void names_are_read_unchanged(void **state)
{
	static const char *const names[] = {"a", "with blank", "new\nline", "back\\slash", "\\n",
		") S 1 (", "tab\tand\x1b", "é", "123456789012345"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char comm[TASK_COMM_SIZE];
		struct proc_status status;
		assert_int_equal(prctl(PR_SET_NAME, names[i]), 0);
		assert_int_equal(proc_comm(getpid(), comm), 0);
		assert_string_equal(comm, names[i]);
		assert_int_equal(proc_status(getpid(), &status), 0);
		assert_string_equal(status.comm, names[i]);
		assert_int_equal(
			status.tgid, getpid()); /* the name has not shifted the fields after it */
	}
}

static void a_task_that_is_gone_leaves_outputs_unchanged(void **state)
{
	pid_t dead = dead_process();
	char comm[TASK_COMM_SIZE] = "untouched";
	struct proc_status status = {.tgid = 77};
	(void)state;
	assert_int_equal(proc_status(dead, &status), -ENOENT);
	assert_int_equal(status.tgid, 77);
	assert_int_equal(proc_comm(dead, comm), -ENOENT);
	assert_string_equal(comm, "untouched");
	assert_int_equal(proc_switches(dead), 0);
	assert_int_equal(proc_sleeps(dead), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_parsed),
		cmocka_unit_test(seccomp_filters_are_counted),
		cmocka_unit_test(invalid_statuses_are_rejected),
		cmocka_unit_test(the_status_of_this_process_is_read),
		cmocka_unit_test(the_state_of_a_child_is_seen),
		cmocka_unit_test(names_are_read_unchanged),
		cmocka_unit_test(a_task_that_is_gone_leaves_outputs_unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
