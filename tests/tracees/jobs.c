/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs ROUNDS: a child with several threads is stopped and continued by SIGSTOP and SIGTSTP, and
 * its parent checks what waitpid(2) reports, and whether it is stopped or working as expected.
 * Prints how often it was not. At the end it is sent a storm of both signals, and has to be in the
 * state set by the last one. First prints "target" and the child's PID.
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "tracee.h"

#define THREADS 3
#define WORK_NS 4000000 /* a stopped child must not work for this time */
#define STORM   50

/* Limit on waits, in seconds. */
#define BOUND_S 30

/* In memory shared by both. */
static struct {
	_Atomic uint64_t work; /* grows while the child runs */
	_Atomic pid_t worker;  /* the thread that does it */
} * shared;

static uint64_t stopped_at; /* the work done when it last stopped */
static unsigned int amiss;

static void complain(const char *what, int status)
{
	fprintf(stderr, "%s: %x\n", what, (unsigned int)status);
	amiss++;
}

static void *toil(void *argument)
{
	(void)argument;
	shared->worker = tracee_tid();
	for (;;) {
		shared->work++;
		syscall(SYS_getppid);
	}
	return NULL;
}

static void *wait_forever(void *argument)
{
	(void)argument;
	for (;;)
		syscall(SYS_pause);
	return NULL;
}

/* The child: one thread works, the others wait; in its own process group. */
static void be_child(void)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	tracee_thread(toil, NULL);
	for (int i = 1; i < THREADS; i++)
		tracee_thread(wait_forever, NULL);
	wait_forever(NULL);
}

/* The next status of CHILD from waitpid(2) within the limit; -1: none. */
static int next_status(pid_t child)
{
	int status;
	for (int i = 0; i < BOUND_S * 2000; i++) {
		if (waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG) == child)
			return status;
		pause_poll();
	}
	return -1;
}

/* The letter of thread TID's state: T if stopped, t if in a ptrace stop. */
static char state_of(pid_t tid)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	const char *end = got > 0 ? strrchr(text, ')') : NULL;
	return end ? end[2] : '?';
}

/*
 * Waits until thread TID is stopped. Between two kinds of stops it may show as running, but does
 * nothing; nor does it leave a ptrace stop for user space.
 */
static void await_stop(pid_t tid)
{
	char state = state_of(tid);
	for (int i = 0; i < BOUND_S * 2000 && state != 'T' && state != 't'; i++) {
		pause_poll();
		state = state_of(tid);
	}
	if (state != 'T' && state != 't')
		complain("state", state);
}

static void expect_stopped(pid_t child, int signal)
{
	int status = next_status(child);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != signal)
		complain("stopped", status);
	await_stop(child);
	await_stop(shared->worker);
	stopped_at = shared->work;
	pause_moment(WORK_NS);
}

/* Waits until more work is done than DONE. */
static void await_work(uint64_t done)
{
	for (int i = 0; i < BOUND_S * 2000 && shared->work == done; i++)
		pause_poll();
	if (shared->work == done)
		complain("does not work", 0);
}

/* Continues CHILD, which is stopped. */
static void expect_continued(pid_t child)
{
	if (shared->work != stopped_at)
		complain("worked while it was stopped", (int)(shared->work - stopped_at));
	kill(child, SIGCONT);
	int status = next_status(child);
	if (!WIFCONTINUED(status))
		complain("continued", status);
	await_work(stopped_at);
}

static void storm(pid_t child)
{
	for (int i = 0; i < STORM; i++)
		kill(child, i % 2 ? SIGCONT : SIGSTOP);
	/* What is reported depends on the timing, but the last signal makes it work. */
	await_work(shared->work);
	while (waitpid(child, NULL, WUNTRACED | WCONTINUED | WNOHANG) > 0)
		;
	kill(child, SIGSTOP);
	expect_stopped(child, SIGSTOP);
	expect_continued(child);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGSTOP, SIGTSTP};
	if (argc != 2)
		return 97;
	tracee_begin();
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	if (child == 0)
		be_child();
	printf("target %d\n", (int)child);
	while (shared->work == 0)
		pause_poll();
	for (int i = 0; i < atoi(argv[1]); i++) {
		int signal = signals[i % 2];
		kill(child, signal);
		expect_stopped(child, signal);
		expect_continued(child);
		if (i % 10 == 9)
			storm(child);
	}
	kill(child, SIGKILL);
	int status = next_status(child);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		complain("killed", status);
	printf("amiss %u\n", amiss);
	return amiss != 0;
}
