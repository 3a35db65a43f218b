/*
 * signals TIMES: a thread waits in poll(2), and a handler ends its wait so many times. The handler
 * makes the same call from the same instruction itself, one that returns at once.
 */
#include "tracee.h"

static _Atomic pid_t waiting;
static _Atomic uint64_t interrupted;

static long poll_for(long timeout)
{
	return syscall(SYS_poll, NULL, 0L, timeout);
}

static void on_signal(int signal)
{
	int error = errno;
	(void)signal;
	if (poll_for(0) != 0)
		tracee_fail("poll in the handler");
	errno = error;
}

static void *run(void *argument)
{
	waiting = tracee_tid();
	for (;;) {
		if (poll_for(-1) < 0 && errno == EINTR)
			interrupted++;
	}
	return argument;
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 97;
	tracee_begin();
	uint64_t times = (uint64_t)atoll(argv[1]);
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = on_signal}, NULL);
	tracee_thread(run, NULL);
	while (!waiting)
		sched_yield();
	for (uint64_t sent = 1; sent <= times; sent++) {
		tracee_await_call(waiting, SYS_poll);
		syscall(SYS_tgkill, getpid(), waiting, SIGUSR1);
		while (interrupted < sent)
			sched_yield();
	}
	tracee_await_call(waiting, SYS_poll);
	/* The last one waits until the end, and counts then. */
	printf("poll %llu %llu EINTR\n", (unsigned long long)(2 * times + 1),
		(unsigned long long)times);
	return 0;
}
