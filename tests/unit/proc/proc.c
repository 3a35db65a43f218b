/* What /proc says about tasks: this process, its threads and its children. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "proc/proc.h"

/* Limit on any wait below, in tenths of a second. */
#define PATIENCE 30000

static bool contains(const struct tid_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == tid)
			return true;
	}
	return false;
}

/* Starts a child that waits to be killed. */
static pid_t start_child(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return child;
}

static void end_child(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A process that no longer exists. */
static pid_t dead_process(void)
{
	pid_t child = start_child();
	end_child(child);
	return child;
}

static void a_list_of_tids_grows(void **state)
{
	struct tid_list list = {0};
	(void)state;
	for (pid_t tid = 1; tid <= 1000; tid++)
		tid_list_add(&list, tid);
	assert_int_equal(list.count, 1000);
	for (pid_t tid = 1; tid <= 1000; tid++)
		assert_int_equal(list.tid[tid - 1], tid);
	tid_list_clear(&list);
	assert_int_equal(list.count, 0);
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
	assert_int_equal(proc_has_user(getuid()), true);
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
		assert_false(proc_is_kernel_thread(getpid()));
	}
	prctl(PR_SET_NAME, "trace_proc");
}

static void a_task_that_is_gone_is_an_error_and_leaves_outputs_unchanged(void **state)
{
	pid_t dead = dead_process();
	char comm[TASK_COMM_SIZE] = "untouched";
	struct proc_status status = {.tgid = 77};
	struct tid_list list = {0};
	struct proc_wait wait = {.nr = 77};
	(void)state;
	assert_int_equal(proc_status(dead, &status), -ENOENT);
	assert_int_equal(status.tgid, 77);
	assert_int_equal(proc_comm(dead, comm), -ENOENT);
	assert_string_equal(comm, "untouched");
	assert_int_equal(proc_threads(dead, &list), -ENOENT);
	assert_int_equal(list.count, 0);
	assert_int_equal(proc_waits(dead, dead, &wait), -ENOENT);
	assert_int_equal(wait.nr, 77);
	assert_int_equal(proc_switches(dead), 0);
	assert_false(proc_is_thread_of(dead, dead));
	assert_false(proc_is_kernel_thread(dead));
	assert_false(proc_is_32bit(dead));
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

static void the_word_size_of_this_program_is_found(void **state)
{
	(void)state;
	assert_int_equal(proc_is_32bit(getpid()), sizeof(void *) == 4);
}

/* A thread that waits to read from a pipe. */
struct poller {
	int fd;
	char byte;
	_Atomic pid_t tid;
	pthread_t thread;
};

static void *wait_for_byte(void *argument)
{
	struct poller *poller = argument;
	poller->tid = (pid_t)syscall(SYS_gettid);
	/* The raw call, with exactly known arguments. */
	syscall(SYS_read, poller->fd, &poller->byte, 1L, 0x11L, 0x22L, 0x33L);
	return NULL;
}

static void start_waiter(struct poller *poller, int fd)
{
	poller->fd = fd;
	poller->tid = 0;
	assert_int_equal(pthread_create(&poller->thread, NULL, wait_for_byte, poller), 0);
	for (int i = 0; i < PATIENCE && !poller->tid; i++)
		pause_poll();
	assert_true(poller->tid);
}

static void all_threads_are_listed(void **state)
{
	struct poller waiters[5];
	struct tid_list list = {0};
	int fds[2];
	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (size_t i = 0; i < COUNT_OF(waiters); i++)
		start_waiter(&waiters[i], fds[0]);
	assert_int_equal(proc_threads(getpid(), &list), 0);
	assert_true(list.count >= COUNT_OF(waiters) + 1); /* a sanitizer has threads of its own */
	assert_true(contains(&list, getpid()));
	for (size_t i = 0; i < COUNT_OF(waiters); i++) {
		assert_true(contains(&list, waiters[i].tid));
		assert_true(proc_is_thread_of(waiters[i].tid, getpid()));
		assert_false(proc_is_thread_of(getpid(), waiters[i].tid + 1000000));
	}
	assert_int_equal(write(fds[1], "12345", 5), 5);
	for (size_t i = 0; i < COUNT_OF(waiters); i++)
		pthread_join(waiters[i].thread, NULL);
	tid_list_clear(&list);
	close(fds[0]);
	close(fds[1]);
}

static _Atomic bool churns;

/* Starts the next thread of its kind, and exits. */
static void *churn(void *chains)
{
	pthread_t next;
	if (!churns || pthread_create(&next, NULL, churn, chains) != 0) {
		--*(_Atomic int *)chains;
		return NULL;
	}
	pthread_detach(next);
	return NULL;
}

/* The kernel's iteration ends if the current thread dies; the missing threads are newer. */
static void an_incomplete_list_is_detected(void **state)
{
	enum { CHAINS = 4, TIMES = 1000 };
	_Atomic int chains = CHAINS;
	int short_lists = 0;
	(void)state;
	churns = true;
	for (int i = 0; i < CHAINS; i++) {
		pthread_t thread;
		assert_int_equal(pthread_create(&thread, NULL, churn, &chains), 0);
		pthread_detach(thread);
	}
	for (int i = 0; i < TIMES; i++) {
		struct tid_list list = {0};
		struct poller poller;
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		start_waiter(&poller, fds[0]);
		int result = proc_threads(getpid(), &list);
		short_lists += result;
		if (result == 0)
			assert_true(contains(&list, poller.tid));
		tid_list_clear(&list);
		assert_int_equal(write(fds[1], "1", 1), 1);
		pthread_join(poller.thread, NULL);
		close(fds[0]);
		close(fds[1]);
	}
	churns = false;
	while (chains)
		pause_poll();
	print_message("%d of %d lists were not whole\n", short_lists, TIMES);
}

static void a_child_is_not_listed_as_a_thread(void **state)
{
	(void)state;
	pid_t child = start_child();
	assert_false(proc_is_thread_of(child, getpid()));
	assert_true(proc_is_thread_of(child, child));
	end_child(child);
}

static void the_call_of_a_waiting_thread_is_read(void **state)
{
	struct poller poller;
	struct proc_wait wait = {0};
	int fds[2], result = 0;
	(void)state;
	assert_int_equal(pipe(fds), 0);
	start_waiter(&poller, fds[0]);
	for (int i = 0; i < PATIENCE; i++) {
		result = proc_waits(getpid(), poller.tid, &wait);
		if (result == 1 && wait.nr == SYS_read)
			break;
		pause_poll();
	}
	assert_int_equal(result, 1);
	assert_int_equal(wait.nr, SYS_read);
	assert_int_equal(wait.args[0], fds[0]);
	assert_int_equal(wait.args[1], (uintptr_t)&poller.byte);
	assert_int_equal(wait.args[2], 1);
	assert_int_equal(wait.args[3], 0x11);
	assert_int_equal(wait.args[4], 0x22);
	assert_int_equal(wait.args[5], 0x33);
	assert_true(wait.ip != 0 && wait.sp != 0);
	uint64_t switches = proc_switches(poller.tid);
	assert_true(switches > 0);
	assert_int_equal(proc_switches(poller.tid), switches); /* it is still in the same wait */
	assert_int_equal(write(fds[1], "1", 1), 1);
	pthread_join(poller.thread, NULL);
	close(fds[0]);
	close(fds[1]);
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

static void add_descendants(struct tid_list *list)
{
	bool vague;
	int added;
	while ((added = proc_children(list, &vague)) > 0)
		;
	assert_int_equal(added, 0);
}

static void descendants_of_any_depth_are_found(void **state)
{
	struct tid_list list = {0};
	int fds[2];
	pid_t grandchild;
	(void)state;
	assert_int_equal(pipe(fds), 0);
	pid_t stranger = start_child();
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		grandchild = start_child();
		_exit(write(fds[1], &grandchild, sizeof(grandchild)) < 0 || pause());
	}
	assert_int_equal(read(fds[0], &grandchild, sizeof(grandchild)), sizeof(grandchild));
	tid_list_add(&list, child);
	add_descendants(&list);
	assert_int_equal(list.count, 2);
	assert_int_equal(list.tid[0], child);
	assert_int_equal(list.tid[1], grandchild);
	assert_false(contains(&list, stranger));
	tid_list_clear(&list);
	tid_list_add(&list, getpid());
	add_descendants(&list);
	assert_true(contains(&list, child) && contains(&list, stranger));
	assert_true(contains(&list, grandchild));
	tid_list_clear(&list);
	kill(grandchild, SIGKILL);
	end_child(child);
	end_child(stranger);
	close(fds[0]);
	close(fds[1]);
}

static void numbers_in_files_are_read(void **state)
{
	(void)state;
	assert_true(proc_number("/proc/sys/kernel/pid_max") > 300);
	assert_int_equal(proc_number("/proc/sys/kernel/there_is_no_such_file"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_tids_grows),
		cmocka_unit_test(the_status_of_this_process_is_read),
		cmocka_unit_test(the_state_of_a_child_is_seen),
		cmocka_unit_test(names_are_read_unchanged),
		cmocka_unit_test(a_task_that_is_gone_is_an_error_and_leaves_outputs_unchanged),
		cmocka_unit_test(kernel_threads_are_recognized),
		cmocka_unit_test(the_word_size_of_this_program_is_found),
		cmocka_unit_test(all_threads_are_listed),
		cmocka_unit_test(an_incomplete_list_is_detected),
		cmocka_unit_test(a_child_is_not_listed_as_a_thread),
		cmocka_unit_test(the_call_of_a_waiting_thread_is_read),
		cmocka_unit_test(a_running_thread_is_in_no_call),
		cmocka_unit_test(descendants_of_any_depth_are_found),
		cmocka_unit_test(numbers_in_files_are_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
