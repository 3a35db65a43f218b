/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists of tasks: the threads of this process, its children and theirs. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "proc/tasks.h"
#include "support/child.h"
#include "support/reader.h"

static bool contains(const struct tid_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == tid)
			return true;
	}
	return false;
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

static void all_threads_are_listed(void **state)
{
	struct reader readers[5];
	struct tid_list list = {0};
	int fds[2];
	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (size_t i = 0; i < COUNT_OF(readers); i++)
		start_reader(&readers[i], fds[0]);
	assert_int_equal(proc_threads(getpid(), &list, NULL), 0);
	assert_true(list.count >= COUNT_OF(readers) + 1); /* a sanitizer has threads of its own */
	assert_true(contains(&list, getpid()));
	for (size_t i = 0; i < COUNT_OF(readers); i++) {
		assert_true(contains(&list, readers[i].tid));
		assert_true(proc_is_thread_of(readers[i].tid, getpid()));
		assert_false(proc_is_thread_of(getpid(), readers[i].tid + 1000000));
	}
	assert_int_equal(write(fds[1], "12345", 5), 5);
	for (size_t i = 0; i < COUNT_OF(readers); i++)
		pthread_join(readers[i].thread, NULL);
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
		struct reader reader;
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		start_reader(&reader, fds[0]);
		int result = proc_threads(getpid(), &list, NULL);
		short_lists += result;
		if (result == 0)
			assert_true(contains(&list, reader.tid));
		tid_list_clear(&list);
		assert_int_equal(write(fds[1], "1", 1), 1);
		pthread_join(reader.thread, NULL);
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

static void add_descendants(struct tid_list *list)
{
	bool vague;
	int added;
	while ((added = proc_children(list, &vague, NULL)) > 0)
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

static void count_break(void *breaks)
{
	++*(unsigned int *)breaks;
}

/* Where the kernel lists the children of each process, others are not read. */
static void processes_that_are_no_descendants_are_not_read(void **state)
{
	enum { STRANGERS = 40 * PROC_BREAK_READ };
	pid_t strangers[STRANGERS];
	unsigned int taken = 0;
	const struct proc_break breaks = {count_break, &taken};
	struct tid_list list = {0};
	bool incomplete;
	(void)state;
	if (access("/proc/thread-self/children", R_OK) < 0)
		skip();
	for (size_t i = 0; i < STRANGERS; i++)
		strangers[i] = start_child();
	tid_list_add(&list, strangers[0]);
	assert_int_equal(proc_children(&list, &incomplete, &breaks), 0);
	assert_false(incomplete);
	assert_true(taken < STRANGERS / PROC_BREAK_READ);
	for (size_t i = 0; i < STRANGERS; i++)
		end_child(strangers[i]);
	tid_list_clear(&list);
}

static _Atomic bool go_on;

/* A thread that has a child. */
struct parent {
	pthread_t thread;
	_Atomic pid_t child;
};

static void start_parent(struct parent *parent, void *(*run)(void *))
{
	parent->child = 0;
	assert_int_equal(pthread_create(&parent->thread, NULL, run, parent), 0);
	while (!parent->child)
		pause_poll();
}

/* Starts a child, and waits: it would be killed at the end of its thread. */
static void *be_parent(void *argument)
{
	struct parent *parent = argument;
	parent->child = start_child();
	while (go_on)
		pause_poll();
	return NULL;
}

/* The children of each thread are in a list of its own, and may be more than are read at once. */
static void the_children_of_all_threads_are_found(void **state)
{
	enum { CHILDREN = 700, PARENTS = 5 };
	static pid_t children[CHILDREN];
	struct parent parents[PARENTS];
	struct tid_list list = {0};
	bool incomplete;
	(void)state;
	go_on = true;
	for (size_t i = 0; i < PARENTS; i++)
		start_parent(&parents[i], be_parent);
	for (size_t i = 0; i < CHILDREN; i++)
		children[i] = start_child();
	tid_list_add(&list, getpid());
	assert_true(proc_children(&list, &incomplete, NULL) >= CHILDREN + PARENTS);
	assert_false(incomplete);
	for (size_t i = 0; i < CHILDREN; i++) {
		assert_true(contains(&list, children[i]));
		end_child(children[i]);
	}
	for (size_t i = 0; i < PARENTS; i++) {
		assert_true(contains(&list, parents[i].child));
		end_child(parents[i].child);
	}
	go_on = false;
	for (size_t i = 0; i < PARENTS; i++)
		pthread_join(parents[i].thread, NULL);
	tid_list_clear(&list);
}

/* Has one child that stays, between others that end at once, over and over. */
static void *be_changing_parent(void *argument)
{
	struct parent *parent = argument;
	pid_t before = fork();
	if (before == 0)
		_exit(0);
	parent->child = start_child();
	while (go_on) {
		pid_t after = fork();
		if (after == 0)
			_exit(0);
		waitpid(before, NULL, 0);
		before = after;
	}
	waitpid(before, NULL, 0);
	return NULL;
}

/* The kernel skips children if the one that it has listed last is reaped just then. */
static void a_child_is_not_missed_while_others_end(void **state)
{
	enum { TIMES = 500 };
	struct parent parent;
	int short_lists = 0;
	(void)state;
	go_on = true;
	start_parent(&parent, be_changing_parent);
	for (int i = 0; i < TIMES; i++) {
		struct tid_list list = {0};
		bool incomplete;
		tid_list_add(&list, getpid());
		assert_true(proc_children(&list, &incomplete, NULL) >= 0);
		short_lists += incomplete;
		assert_true(incomplete || contains(&list, parent.child));
		tid_list_clear(&list);
	}
	go_on = false;
	pthread_join(parent.thread, NULL);
	end_child(parent.child);
	print_message("%d of %d lists were not whole\n", short_lists, TIMES);
}

static void a_process_that_is_gone_has_no_threads(void **state)
{
	pid_t dead = dead_process();
	struct tid_list list = {0};
	(void)state;
	assert_int_equal(proc_threads(dead, &list, NULL), -ENOENT);
	assert_int_equal(list.count, 0);
	assert_false(proc_is_thread_of(dead, dead));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_of_tids_grows),
		cmocka_unit_test(all_threads_are_listed),
		cmocka_unit_test(an_incomplete_list_is_detected),
		cmocka_unit_test(a_child_is_not_listed_as_a_thread),
		cmocka_unit_test(descendants_of_any_depth_are_found),
		cmocka_unit_test(processes_that_are_no_descendants_are_not_read),
		cmocka_unit_test(the_children_of_all_threads_are_found),
		cmocka_unit_test(a_child_is_not_missed_while_others_end),
		cmocka_unit_test(a_process_that_is_gone_has_no_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
