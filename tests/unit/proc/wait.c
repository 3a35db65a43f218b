/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where threads wait: the call, and the kernel's stack. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>

#include "proc/status.h"
#include "proc/wait.h"
#include "support/child.h"
#include "support/reader.h"

static void calls_are_parsed(void **state)
{
	struct proc_wait wait = {.nr = 77};
	(void)state;
	assert_int_equal(proc_wait_parse("running\n", &wait), 0);
	assert_int_equal(proc_wait_parse("-1 0x7ffc 0x7f00\n", &wait), 0);
	assert_int_equal(proc_wait_parse("", &wait), 0);
	assert_int_equal(wait.nr, 77);
	assert_int_equal(
		proc_wait_parse("0 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffd0dd2f0d8 0x7f8e0e\n", &wait), 1);
	assert_int_equal(wait.nr, 0);
	for (size_t i = 0; i < CALL_MAX_ARGS; i++)
		assert_int_equal(wait.args[i], i + 1);
	assert_int_equal(wait.sp, 0x7ffd0dd2f0d8);
	assert_int_equal(wait.ip, 0x7f8e0e);
}

static void kernel_stacks_are_parsed(void **state)
{
	static const char text[] =
		"[<0>] ep_poll+0x2d5/0x360\n[<0>] do_epoll_wait+0xb0/0xd0\nnonsense\n"
		"[<0>] entry_SYSCALL_64_after_hwframe+0x6e/0xd8";
	char names[128];
	(void)state;
	proc_kernel_stack_parse(text, names, sizeof(names));
	assert_string_equal(names, "ep_poll\ndo_epoll_wait\nentry_SYSCALL_64_after_hwframe\n");
	proc_kernel_stack_parse(text, names, 24); /* only complete names */
	assert_string_equal(names, "ep_poll\ndo_epoll_wait\n");
	proc_kernel_stack_parse("", names, sizeof(names));
	assert_string_equal(names, "");
}

static void waits_for_a_server_are_recognized(void **state)
{
	(void)state;
	assert_true(proc_wchan_is_server("request_wait_answer"));
	assert_true(proc_wchan_is_server("seccomp_do_user_notification.isra.0"));
	assert_true(proc_wchan_is_server("seccomp_do_user_notification"));
	assert_true(proc_wchan_is_server("__seccomp_filter.constprop.0"));
	assert_true(proc_wchan_is_server("handle_userfault"));
	assert_false(proc_wchan_is_server("__seccomp_filter_release"));
	assert_false(proc_wchan_is_server("ep_poll"));
	assert_false(proc_wchan_is_server("0"));
	assert_false(proc_wchan_is_server(""));
}

static void the_call_of_a_waiting_thread_is_read(void **state)
{
	struct reader reader;
	struct proc_wait wait = {0};
	int fds[2], result = 0;
	(void)state;
	assert_int_equal(pipe(fds), 0);
	start_reader(&reader, fds[0]);
	for (int i = 0; i < PATIENCE_MS; i++) {
		result = proc_waits(getpid(), reader.tid, &wait);
		if (result == 1 && wait.nr == SYS_read)
			break;
		pause_poll();
	}
	assert_int_equal(result, 1);
	assert_int_equal(wait.nr, SYS_read);
	assert_int_equal(wait.args[0], fds[0]);
	assert_int_equal(wait.args[1], (uintptr_t)&reader.byte);
	assert_int_equal(wait.args[2], 1);
	assert_int_equal(wait.args[3], 0x11);
	assert_int_equal(wait.args[4], 0x22);
	assert_int_equal(wait.args[5], 0x33);
	assert_true(wait.ip != 0 && wait.sp != 0);
	assert_false(proc_is_woken(getpid(), reader.tid));
	uint64_t switches = proc_switches(reader.tid);
	assert_true(switches > 0);
	assert_int_equal(proc_switches(reader.tid), switches); /* it is still in the same wait */
	assert_int_equal(write(fds[1], "1", 1), 1);
	pthread_join(reader.thread, NULL);
	close(fds[0]);
	close(fds[1]);
}

static void a_thread_that_loses_its_processor_before_it_sleeps_is_recognized(void **state)
{
	struct proc_status status = {.state = 'S', .pending = 0x8000000, .blocked = 0x200};
	(void)state;
	assert_true(proc_status_is_woken(&status, "0"));
	assert_false(proc_status_is_woken(&status, "ep_poll")); /* the signal is another thread's */
	status.blocked |= status.pending;
	assert_false(proc_status_is_woken(&status, "0"));
	status = (struct proc_status){.state = 'S'};
	assert_false(proc_status_is_woken(&status, "0"));
	status = (struct proc_status){.state = 'T', .pending = 1};
	assert_false(proc_status_is_woken(&status, "0"));
}

static void a_running_thread_is_in_no_call(void **state)
{
	struct proc_wait wait = {.nr = 77};
	(void)state;
	/* For the reader itself the file shows the read call or "running", depending on the kernel.
	 */
	int result = proc_waits(getpid(), getpid(), &wait);
	assert_in_range(result, 0, 1);
	assert_int_equal(wait.nr, result ? SYS_read : 77);
}

static void a_task_that_is_gone_leaves_outputs_unchanged(void **state)
{
	pid_t dead = dead_process();
	struct proc_wait wait = {.nr = 77};
	(void)state;
	assert_int_equal(proc_waits(dead, dead, &wait), -ENOENT);
	assert_int_equal(wait.nr, 77);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_parsed),
		cmocka_unit_test(kernel_stacks_are_parsed),
		cmocka_unit_test(waits_for_a_server_are_recognized),
		cmocka_unit_test(the_call_of_a_waiting_thread_is_read),
		cmocka_unit_test(a_thread_that_loses_its_processor_before_it_sleeps_is_recognized),
		cmocka_unit_test(a_running_thread_is_in_no_call),
		cmocka_unit_test(a_task_that_is_gone_leaves_outputs_unchanged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
