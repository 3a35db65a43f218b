/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ends ROUNDS: children end in every possible way, and their parent prints what waitid(2) reports
 * for each. A child has several threads that make calls, or wait, when it ends.
 */
#include <sys/resource.h>
#include <sys/wait.h>

#include "tracee.h"

/* Number of threads of the largest process. */
#define MANY 500
#define FEW  5

static void *make_calls(void *argument)
{
	(void)argument;
	for (;;)
		syscall(SYS_getppid);
	return NULL;
}

static void *wait_forever(void *argument)
{
	(void)argument;
	for (;;)
		syscall(SYS_pause);
	return NULL;
}

static void make_threads(int count, void *(*run)(void *))
{
	for (int i = 0; i < count; i++)
		tracee_thread(run, NULL);
}

static void exit_at_once(void)
{
	_exit(3);
}

static void exit_of_many(void)
{
	make_threads(MANY, wait_forever);
	_exit(4);
}

static void exit_of_busy(void)
{
	make_threads(FEW, make_calls);
	_exit(5);
}

static void *exit_group(void *argument)
{
	(void)argument;
	syscall(SYS_exit_group, 6);
	return NULL;
}

static void exit_of_thread(void)
{
	make_threads(FEW, make_calls);
	tracee_thread(exit_group, NULL);
	wait_forever(NULL);
}

static void *exit_late(void *argument)
{
	(void)argument;
	pause_moment(5000000);
	return exit_group(NULL);
}

static void leader_first(void)
{
	make_threads(FEW, make_calls);
	tracee_thread(exit_late, NULL);
	syscall(SYS_exit, 0);
}

static void die_of_signal(void)
{
	make_threads(FEW, make_calls);
	raise(SIGUSR1);
}

static void die_of_fault(void)
{
	struct rlimit none = {0};
	setrlimit(RLIMIT_CORE, &none);
	raise(SIGSEGV);
}

static void kill_itself(void)
{
	make_threads(FEW, make_calls);
	kill(getpid(), SIGKILL);
	wait_forever(NULL);
}

static void work(void)
{
	make_threads(FEW, make_calls);
	wait_forever(NULL);
}

static void *return_at_once(void *argument)
{
	return argument;
}

static void make_threads_forever(void)
{
	for (;;)
		pthread_join(tracee_thread(return_at_once, NULL), NULL);
}

static void be_stopped(void)
{
	make_threads(FEW, make_calls);
	raise(SIGSTOP);
	_exit(9);
}

static void make_grandchild(void)
{
	vfork();
	make_calls(NULL);
}

static const struct {
	const char *name;
	void (*run)(void);
	bool killed; /* by its parent, a little later */
} ways[] = {
	{"exit", exit_at_once, false},
	{"exit of 500 threads", exit_of_many, false},
	{"exit of busy threads", exit_of_busy, false},
	{"exit of another thread", exit_of_thread, false},
	{"exit of the leader first", leader_first, false},
	{"signal", die_of_signal, false},
	{"fault", die_of_fault, false},
	{"kill of itself", kill_itself, false},
	{"kill at work", work, true},
	{"kill while threads are made", make_threads_forever, true},
	{"kill while stopped", be_stopped, true},
	{"kill in vfork", make_grandchild, true},
};

/* Prints how CHILD ended. */
static void print_end(const char *name, pid_t child)
{
	siginfo_t info;
	int status = 0;
	if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT) < 0 ||
		waitpid(child, &status, 0) != child)
		tracee_fail(name);
	printf("%s: code %d status %d, %x\n", name, info.si_code, info.si_status,
		(unsigned int)status);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 97;
	tracee_begin();
	for (int round = 0; round < atoi(argv[1]); round++) {
		for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
			pid_t child = fork();
			if (child == 0) {
				setpgid(0, 0);
				ways[i].run();
				_exit(95);
			}
			setpgid(child, child);
			if (ways[i].killed) {
				pause_moment(1000000L * (1 + round % 7));
				kill(-child, SIGKILL);
			}
			print_end(ways[i].name, child);
		}
	}
	return 21;
}
