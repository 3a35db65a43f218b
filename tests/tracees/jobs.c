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
#define WORK_MS 4
#define STORM   50

/* Limit on waits, in seconds. */
#define BOUND_S 30

static _Atomic uint64_t *work; /* in memory shared by both */
static unsigned int amiss;

static void complain(const char *what, int status)
{
	fprintf(stderr, "%s: %x\n", what, (unsigned int)status);
	amiss++;
}

static void sleep_ms(long ms)
{
	const struct timespec time = {.tv_nsec = ms * 1000000};
	nanosleep(&time, NULL);
}

static void *toil(void *argument)
{
	(void)argument;
	for (;;) {
		(*work)++;
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
	for (int i = 0; i < BOUND_S * 1000; i++) {
		if (waitpid(child, &status, WUNTRACED | WCONTINUED | WNOHANG) == child)
			return status;
		sleep_ms(1);
	}
	return -1;
}

/* The letter of CHILD's state: T if stopped, t if in a ptrace stop. */
static char state_of(pid_t child)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)child);
	int fd = open(path, O_RDONLY);
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	const char *end = got > 0 ? strrchr(text, ')') : NULL;
	return end ? end[2] : '?';
}

static bool is_stopped(pid_t child)
{
	char state = state_of(child);
	return state == 'T' || state == 't';
}

static void expect_stopped(pid_t child, int signal)
{
	int status = next_status(child);
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != signal)
		complain("stopped", status);
	/* Between two kinds of stops it may show as running, but does nothing. */
	bool stopped = is_stopped(child);
	for (int i = 0; i < BOUND_S * 1000 && !stopped; i++) {
		sleep_ms(1);
		stopped = is_stopped(child);
	}
	if (!stopped)
		complain("state", state_of(child));
	/* A thread may not have stopped yet; any work it does after this delay is an error. */
	sleep_ms(WORK_MS);
	uint64_t before = *work;
	sleep_ms(WORK_MS);
	if (*work > before + 1)
		complain("works while it is stopped", (int)(*work - before));
}

static void expect_continued(pid_t child)
{
	int status = next_status(child);
	if (!WIFCONTINUED(status))
		complain("continued", status);
	uint64_t before = *work;
	for (int i = 0; i < BOUND_S * 1000 && *work == before; i++)
		sleep_ms(1);
	if (*work == before)
		complain("does not work", 0);
}

static void storm(pid_t child)
{
	for (int i = 0; i < STORM; i++)
		kill(child, i % 2 ? SIGCONT : SIGSTOP);
	/* What is reported depends on the timing. */
	sleep_ms(WORK_MS);
	while (waitpid(child, NULL, WUNTRACED | WCONTINUED | WNOHANG) > 0)
		;
	kill(child, SIGSTOP);
	expect_stopped(child, SIGSTOP);
	kill(child, SIGCONT);
	expect_continued(child);
}

int main(int argc, char **argv)
{
	static const int signals[] = {SIGSTOP, SIGTSTP};
	if (argc != 2)
		return 97;
	tracee_begin();
	work = mmap(NULL, sizeof(*work), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t child = fork();
	if (child == 0)
		be_child();
	printf("target %d\n", (int)child);
	while (*work == 0)
		sleep_ms(1);
	for (int i = 0; i < atoi(argv[1]); i++) {
		int signal = signals[i % 2];
		kill(child, signal);
		expect_stopped(child, signal);
		kill(child, SIGCONT);
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
