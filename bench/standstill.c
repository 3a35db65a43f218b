/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures how long a target stands still while a tracer attaches and detaches.
 *
 *   standstill THREADS TRACER ARG…
 *
 * Creates a target of THREADS waiting threads, whose leader reads the clock all the time, and runs
 * TRACER ARG… PID on it; when the last thread is traced and the target has run for a while, TRACER
 * gets a SIGINT. Prints, in nanoseconds: the leader's longest gap during the attach; the total time
 * it stood still then, excluding the time it waited for a CPU; the same two for the detach; and the
 * time until the last thread was traced.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE   (64 * 1024)
#define NS_PER_MS    UINT64_C(1000000)
#define LOOK_EVERY   (5 * NS_PER_MS)
#define ATTACH_LIMIT (60000 * NS_PER_MS) /* give up on a tracer that takes longer */
#define SETTLE       (400 * NS_PER_MS) /* the last thread is traced, but perhaps not resumed yet */
#define STILL_NOISE  (2 * NS_PER_MS)   /* a target that stood still for less has settled */

/* What the target and this program share. */
struct shared {
	_Atomic int ready;      /* the threads exist */
	_Atomic pid_t last_tid; /* of the newest thread */
	_Atomic int window;     /* gaps are measured anew when it changes */
	_Atomic uint64_t gap_ns;
};

static struct shared *shared;

static uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void pause_ns(uint64_t ns)
{
	struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	nanosleep(&time, NULL);
}

static void die(const char *what)
{
	fprintf(stderr, "standstill: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The target. */

static void *wait_forever(void *argument)
{
	(void)argument;
	shared->last_tid = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

static void make_threads(int count)
{
	pthread_attr_t attributes;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	for (int i = 0; i < count; i++) {
		pthread_t thread;
		if (pthread_create(&thread, &attributes, wait_forever, NULL) != 0) {
			fprintf(stderr, "standstill: cannot create more threads\n");
			_exit(1);
		}
	}
}

/* Reads the clock forever and keeps the longest gap of the window. */
static void watch_clock(void)
{
	int window = shared->window;
	uint64_t last_ns = now_ns();
	for (;;) {
		uint64_t time_ns = now_ns();
		uint64_t gap_ns = time_ns - last_ns;
		last_ns = time_ns;
		if (window != shared->window) {
			window = shared->window;
			shared->gap_ns = 0;
		}
		if (gap_ns > shared->gap_ns)
			shared->gap_ns = gap_ns;
	}
}

static void be_target(int threads)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shared->last_tid = getpid();
	make_threads(threads - 1);
	pause_ns(50 * NS_PER_MS);
	shared->ready = 1;
	watch_clock();
}

/* The measurement. */

/* Time that the leader has run or waited for a CPU since it started, in ns. 0: unknown. */
static uint64_t active_ns(pid_t pid)
{
	char path[64];
	unsigned long long ran_ns = 0, waited_ns = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%llu %llu", &ran_ns, &waited_ns) != 2)
		ran_ns = waited_ns = 0;
	fclose(file);
	return ran_ns + waited_ns;
}

/* A period of measurement. */
struct window {
	uint64_t start_ns, active_ns;
};

static struct window open_window(pid_t pid)
{
	shared->gap_ns = 0;
	shared->window++;
	return (struct window){now_ns(), active_ns(pid)};
}

/* How long the leader has neither run nor waited for a CPU since WINDOW was opened. */
static uint64_t still_ns(const struct window *window, pid_t pid)
{
	uint64_t elapsed_ns = now_ns() - window->start_ns;
	uint64_t active = active_ns(pid) - window->active_ns;
	return active < elapsed_ns ? elapsed_ns - active : 0;
}

static bool is_traced(pid_t pid, pid_t tid)
{
	char path[64], line[256];
	int tracer = 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "TracerPid: %d", &tracer) == 1)
			break;
	}
	if (file)
		fclose(file);
	return tracer != 0;
}

static pid_t start_tracer(char **command, int count, pid_t target)
{
	char number[16];
	char **argv = calloc((size_t)count + 2, sizeof(*argv));
	if (!argv)
		die("calloc");
	memcpy(argv, command, (size_t)count * sizeof(*argv));
	snprintf(number, sizeof(number), "%d", target);
	argv[count] = number;
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execvp(argv[0], argv);
		_exit(127);
	}
	free(argv);
	return pid;
}

/* Waits until the newest thread is traced. Returns false if that does not happen. */
static bool await_attach(pid_t target, pid_t tracer)
{
	uint64_t start_ns = now_ns();
	while (!is_traced(target, shared->last_tid)) {
		if (waitpid(tracer, NULL, WNOHANG) == tracer || now_ns() - start_ns > ATTACH_LIMIT)
			return false;
		pause_ns(LOOK_EVERY);
	}
	return true;
}

/* Waits until the target runs as before: the last thread traced is not the last one resumed. */
static void settle(pid_t target)
{
	struct window window;
	uint64_t start_ns = now_ns();
	do {
		window = (struct window){now_ns(), active_ns(target)};
		pause_ns(SETTLE);
	} while (still_ns(&window, target) > STILL_NOISE && now_ns() - start_ns < ATTACH_LIMIT);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: standstill THREADS TRACER ARG...\n");
		return 2;
	}
	shared = mmap(
		NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	pid_t target = fork();
	if (target < 0)
		die("fork");
	if (target == 0)
		be_target(atoi(argv[1]));
	while (!shared->ready) {
		pause_ns(LOOK_EVERY);
		if (waitpid(target, NULL, WNOHANG) == target)
			return 1;
	}
	struct window window = open_window(target);
	pid_t tracer = start_tracer(argv + 2, argc - 2, target);
	int result = 1;
	if (await_attach(target, tracer)) {
		uint64_t attached_ns = now_ns() - window.start_ns;
		settle(target);
		uint64_t attach_gap_ns = shared->gap_ns;
		uint64_t attach_still_ns = still_ns(&window, target);
		window = open_window(target);
		kill(tracer, SIGINT);
		waitpid(tracer, NULL, 0);
		pause_ns(LOOK_EVERY); /* the leader records a gap when it ends */
		printf("%llu %llu %llu %llu %llu\n", (unsigned long long)attach_gap_ns,
			(unsigned long long)attach_still_ns, (unsigned long long)shared->gap_ns,
			(unsigned long long)still_ns(&window, target),
			(unsigned long long)attached_ns);
		result = 0;
	} else {
		fprintf(stderr, "standstill: the tracer did not attach\n");
		kill(tracer, SIGKILL);
	}
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	return result;
}
