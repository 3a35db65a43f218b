/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/TGID/task/TID/stat: of this process and as texts. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/time.h"
#include "proc/comm.h"
#include "proc/stat.h"
#include "support/child.h"

static void every_field_is_parsed(void **state)
{
	static const char text[] =
		"77 (a) R 1 (x) D 1 2 3 4 5 69238880 7 8 9 10 120 30 0 0 20 0 1 0 22 23 "
		"24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 3 40 41 42\n";
	struct proc_stat stat;
	(void)state;
	assert_true(proc_stat_parse(text, &stat));
	assert_string_equal(stat.comm, "a) R 1 (x");
	assert_int_equal(stat.state, 'D');
	assert_int_equal(stat.parent, 1);
	assert_int_equal(stat.flags, 69238880);
	assert_int_equal(stat.user_ns, 120 * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)));
	assert_int_equal(stat.system_ns, 30 * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)));
	assert_int_equal(stat.threads, 1);
	assert_int_equal(stat.blocked, 32);
	assert_int_equal(stat.cpu, 3);
}

static void invalid_texts_are_rejected(void **state)
{
	struct proc_stat stat = {.cpu = 77};
	(void)state;
	assert_false(proc_stat_parse("", &stat));
	assert_false(proc_stat_parse("77 (x", &stat));
	assert_false(proc_stat_parse("77 )(", &stat));
	assert_false(proc_stat_parse("77 (x) S 1", &stat));
	assert_int_equal(stat.cpu, 77);
}

static void this_process_is_read(void **state)
{
	struct proc_stat stat;
	(void)state;
	assert_int_equal(proc_stat(getpid(), getpid(), &stat), 0);
	assert_int_equal(stat.state, 'R');
	assert_in_range(stat.cpu, 0, sysconf(_SC_NPROCESSORS_CONF) - 1);
	assert_int_equal(proc_state(getpid()), 'R');
	assert_in_range(proc_cpu(getpid()), 0, sysconf(_SC_NPROCESSORS_CONF) - 1);
}

static void a_name_does_not_shift_the_fields(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_SET_NAME, ") S 1 ("), 0);
	assert_int_equal(proc_state(getpid()), 'R');
	assert_false(proc_is_kernel_thread(getpid()));
}

static void kernel_threads_are_recognized(void **state)
{
	char comm[TASK_COMM_SIZE];
	(void)state;
	assert_false(proc_is_kernel_thread(getpid()));
	/* In a container, PID 2 is another process. */
	if (proc_comm(2, comm) < 0 || strcmp(comm, "kthreadd") != 0)
		skip();
	assert_true(proc_is_kernel_thread(2));
}

/* From Linux 6.18, except vhost's, which has the flags and signals of copy_process() in 6.4. */
static void kernel_workers_are_recognized(void **state)
{
	static const struct {
		const char *flags, *blocked;
		bool is_worker;
	} cases[] = {
		{"4194384", "2147221247", true},  /* iou-wrk: PF_IO_WORKER, before 6.4 */
		{"4210768", "2147221247", true},  /* iou-wrk, iou-sqp: PF_USER_WORKER too */
		{"4210752", "2147221247", true},  /* vhost: only that */
		{"4194368", "2147221247", false}, /* a thread that blocks all signals */
		{"4194384", "268444224", false},  /* a virtual CPU of KVM, before 5.12 */
		{"4210752", "0", false},          /* what loads a module, before 5.17 */
		{"2129984", "0", false},          /* kthreadd, which is not in a user process */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[256];
		struct proc_stat stat;
		snprintf(text, sizeof(text),
			"78 (vhost-77) S 1 77 77 0 -1 %s 0 0 0 0 0 0 0 0 20 0 3 0 900 0 0 0 0 0 0 0 "
			"0 0 %s 0 0 0 0 0 -1 1 0 0 0 0 0\n",
			cases[i].flags, cases[i].blocked);
		assert_true(proc_stat_parse(text, &stat));
		assert_int_equal(proc_stat_is_worker(&stat), cases[i].is_worker);
	}
	assert_false(proc_is_worker(getpid(), getpid()));
}

static void a_task_that_is_gone_is_an_error(void **state)
{
	pid_t dead = dead_process();
	struct proc_stat stat;
	(void)state;
	assert_int_equal(proc_stat(dead, dead, &stat), -ENOENT);
	assert_int_equal(proc_state(dead), '\0');
	assert_int_equal(proc_cpu(dead), -1);
	assert_false(proc_is_kernel_thread(dead));
	assert_false(proc_is_worker(dead, dead));
}

/* No descriptors: that may pass, unlike a task that is gone. */
static void a_state_that_cannot_be_read_now_is_told_apart(void **state)
{
	struct rlimit limit, none;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	char unread = proc_state(getpid());
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	assert_int_equal(unread, PROC_STATE_LATER);
	assert_int_equal(proc_state(getpid()), 'R');
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_parsed),
		cmocka_unit_test(invalid_texts_are_rejected),
		cmocka_unit_test(this_process_is_read),
		cmocka_unit_test(a_name_does_not_shift_the_fields),
		cmocka_unit_test(kernel_threads_are_recognized),
		cmocka_unit_test(kernel_workers_are_recognized),
		cmocka_unit_test(a_task_that_is_gone_is_an_error),
		cmocka_unit_test(a_state_that_cannot_be_read_now_is_told_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
