/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures the longest gap of a target's working threads while a tracer attaches and leaves.
 *
 *   gap CASE TRACER ARG…
 *
 *   threads:N[:W]  N threads wait; W (default: 1) work: an empty call and a sleep of 100 µs, over
 *                  and over
 *   births:N[:W]   the same, and another thread makes bursts of 100 threads that soon exit
 *   tree           1,500 processes sleep beside the target, and another one forks all the time
 *   maps:N[:W]     a file is mapped N times
 *
 * TRACER ARG… PID is run on the target and gets a SIGINT at the end. Prints one line, times in ns:
 * for each of four windows (bare, attach, traced, leave) the longest gap of any worker, excluding
 * the time for which the worker, or the tracer, was ready to run and had no CPU; then the number of
 * workers with a gap at the attach, while traced or at the leave that is 10 ms longer than the
 * longest bare one, the rounds per second of all workers, bare and traced, and the time until all
 * was traced.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tracer.h"

#define WORKERS_MAX 64
#define SLEEPERS    1500
#define BURST       100
#define BURST_EVERY (20 * NS_PER_MS)
#define SPAN        (1000 * NS_PER_MS) /* of the bare and the traced window */
#define ALLOWED     (10 * NS_PER_MS)   /* above bare */

enum window {
	BARE,
	ATTACH,
	TRACED,
	LEAVE,
	WINDOWS,
};

/* What the target and this program share. */
struct shared {
	_Atomic int ready;      /* all threads exist */
	_Atomic pid_t last_tid; /* of the newest waiting thread */
	_Atomic int window;
	_Atomic uint64_t gap_ns[WINDOWS][WORKERS_MAX];
	_Atomic uint64_t rounds[WINDOWS][WORKERS_MAX];
};

static struct shared *shared;

/* The target. */

static void *wait_forever(void *argument)
{
	(void)argument;
	shared->last_tid = (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* How long the thread of FILE has waited for a CPU so far; LAST_NS if it has ended. */
static uint64_t delay_ns(int file, uint64_t last_ns)
{
	char text[64];
	ssize_t size = pread(file, text, sizeof(text) - 1, 0);
	if (size <= 0)
		return last_ns;
	text[size] = '\0';
	char *end = text;
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10);
}

/* Opens the schedstat of the tracer of this thread; -1: there is none. */
static int open_tracer(void)
{
	char path[64], text[1024];
	int file = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(file, text, sizeof(text) - 1);
	text[size > 0 ? size : 0] = '\0';
	close(file);
	const char *tracer = strstr(text, "TracerPid:");
	int pid = tracer ? atoi(tracer + strlen("TracerPid:")) : 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/schedstat", pid, pid);
	return pid ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* Works forever, and keeps the longest gap of each window. */
static void *work(void *argument)
{
	int worker = (int)(intptr_t)argument;
	int file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC), tracer = -1;
	int window = shared->window;
	uint64_t last_ns = now_ns(), last_own_ns = delay_ns(file, 0), last_tracer_ns = 0;
	for (;;) {
		syscall(SYS_getppid);
		pause_ns(100000);
		uint64_t own_ns = delay_ns(file, last_own_ns), time_ns = now_ns();
		uint64_t gap_ns = time_ns - last_ns;
		if (tracer < 0 && gap_ns > NS_PER_MS) {
			/* How much of its delay so far is part of this gap is not known. */
			tracer = open_tracer();
			last_tracer_ns = tracer < 0 ? 0 : delay_ns(tracer, 0);
		}
		uint64_t tracer_ns = tracer < 0 ? 0 : delay_ns(tracer, last_tracer_ns);
		uint64_t delayed_ns = own_ns - last_own_ns + tracer_ns - last_tracer_ns;
		gap_ns = delayed_ns < gap_ns ? gap_ns - delayed_ns : 0;
		last_ns = time_ns;
		last_own_ns = own_ns;
		last_tracer_ns = tracer_ns;
		if (gap_ns > shared->gap_ns[window][worker])
			shared->gap_ns[window][worker] = gap_ns;
		shared->rounds[window][worker]++;
		/* A gap counts for the window in which it began. */
		window = shared->window;
	}
	return NULL;
}

static void *live_shortly(void *argument)
{
	(void)argument;
	syscall(SYS_getppid);
	pause_ns(10 * NS_PER_MS);
	return NULL;
}

static void *give_birth(void *argument)
{
	for (;;) {
		for (int i = 0; i < BURST; i++)
			start_thread(live_shortly, argument);
		pause_ns(BURST_EVERY);
	}
	return NULL;
}

static void map_often(int count)
{
	char path[] = "/tmp/a-segment-with-a-name-as-long-as-those-in-data-directories-XXXXXX";
	int fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, 8192) < 0)
		_exit(1);
	unlink(path);
	for (int i = 0; i < count; i++) {
		/* Two neighbours with adjacent offsets would become one mapping. */
		if (mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, (i & 1) * 4096) == MAP_FAILED) {
			fprintf(stderr, "gap: %d mappings: %s\n", i, strerror(errno));
			_exit(1);
		}
	}
}

struct workload {
	const char *name;
	bool births, tree, maps;
};

static const struct workload workloads[] = {
	{.name = "threads"},
	{.name = "births", .births = true},
	{.name = "tree", .tree = true},
	{.name = "maps", .maps = true},
};

static void be_target(const struct workload *workload, int count, int workers)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	shared->last_tid = getpid();
	if (workload->maps)
		map_often(count);
	else
		for (int i = 0; i < count; i++)
			start_thread(wait_forever, NULL);
	if (workload->births)
		start_thread(give_birth, NULL);
	for (int i = 1; i < workers; i++)
		start_thread(work, (void *)(intptr_t)i);
	pause_ns(50 * NS_PER_MS);
	shared->ready = 1;
	work(NULL);
}

/* What is beside the target. */
static pid_t start_storm(void)
{
	pid_t storm = fork();
	if (storm != 0)
		return storm;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < SLEEPERS; i++) {
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
	}
	for (;;) {
		pid_t child = fork();
		if (child == 0)
			_exit(0);
		waitpid(child, NULL, 0);
	}
}

/* The measurement. */

static uint64_t longest(enum window window, int workers)
{
	uint64_t gap_ns = 0;
	for (int i = 0; i < workers; i++)
		gap_ns = shared->gap_ns[window][i] > gap_ns ? shared->gap_ns[window][i] : gap_ns;
	return gap_ns;
}

static int count_late(uint64_t limit_ns, int workers)
{
	int late = 0;
	for (int i = 0; i < workers; i++) {
		bool is_late = false;
		for (enum window window = ATTACH; window < WINDOWS; window++)
			is_late |= shared->gap_ns[window][i] > limit_ns;
		late += is_late;
	}
	return late;
}

static uint64_t rounds(enum window window, int workers)
{
	uint64_t sum = 0;
	for (int i = 0; i < workers; i++)
		sum += shared->rounds[window][i];
	return sum;
}

static int measure(pid_t target, int workers, char **command, int count)
{
	shared->window = BARE;
	memset((void *)shared->gap_ns, 0, sizeof(shared->gap_ns));
	memset((void *)shared->rounds, 0, sizeof(shared->rounds));
	pause_ns(SPAN);
	shared->window = ATTACH;
	uint64_t begin_ns = now_ns();
	pid_t tracer = start_tracer(command, count, target);
	if (!await_attach(target, &shared->last_tid, tracer)) {
		kill(tracer, SIGKILL);
		return 1;
	}
	uint64_t attached_ns = now_ns() - begin_ns;
	/* What follows the attach of the last thread is still part of it. */
	pause_ns(SPAN);
	shared->window = TRACED;
	pause_ns(SPAN);
	shared->window = LEAVE;
	kill(tracer, SIGINT);
	waitpid(tracer, NULL, 0);
	pause_ns(SPAN / 4);
	for (enum window window = BARE; window < WINDOWS; window++)
		printf("%llu ", (unsigned long long)longest(window, workers));
	printf("%d %llu %llu %llu\n", count_late(longest(BARE, workers) + ALLOWED, workers),
		(unsigned long long)rounds(BARE, workers),
		(unsigned long long)rounds(TRACED, workers), (unsigned long long)attached_ns);
	return 0;
}

static const struct workload *find_workload(const char *name)
{
	for (size_t i = 0; i < sizeof(workloads) / sizeof(*workloads); i++) {
		size_t size = strlen(workloads[i].name);
		if (strncmp(name, workloads[i].name, size) == 0 &&
			(name[size] == ':' || name[size] == '\0'))
			return &workloads[i];
	}
	return NULL;
}

int main(int argc, char **argv)
{
	const struct workload *workload = argc < 3 ? NULL : find_workload(argv[1]);
	if (!workload) {
		fprintf(stderr, "usage: gap threads:N[:W]|births:N[:W]|tree|maps:N[:W] "
				"TRACER ARG...\n");
		return 2;
	}
	const char *colon = strchr(argv[1], ':');
	int count = colon ? atoi(colon + 1) : 0;
	colon = colon ? strchr(colon + 1, ':') : NULL;
	int workers = colon ? atoi(colon + 1) : 1;
	if (workers < 1 || workers > WORKERS_MAX)
		return 2;
	shared = share_memory(sizeof(*shared));
	pid_t storm = workload->tree ? start_storm() : 0;
	pid_t target = fork();
	if (target < 0)
		die("fork");
	if (target == 0)
		be_target(workload, count, workers);
	int result = 1;
	while (!shared->ready && waitpid(target, NULL, WNOHANG) == 0)
		pause_ns(CHECK_EVERY);
	if (shared->ready)
		result = measure(target, workers, argv + 2, argc - 2);
	kill(target, SIGKILL);
	waitpid(target, NULL, 0);
	if (storm) {
		kill(storm, SIGKILL);
		waitpid(storm, NULL, 0);
	}
	return result;
}
