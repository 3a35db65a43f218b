/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * split: prints "ready", waits for a byte, and then spends its time in calls: on a CPU, in
 * getrandom; asleep, in clock_nanosleep; and waiting for a CPU that a child keeps busy, in
 * getrandom again. Another call, read, has page faults. Prints lines "WHAT NUMBER" of what it knows
 * of that.
 */
#include <sched.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "tracee.h"

#define SLEEPS   10
#define SLEEP_NS 20000000L
#define WORK_NS  100000000
#define SIZE     (16 << 20) /* so that it is preempted in calls, not between them */
#define PAGES    64

static char buffer[SIZE];

static uint64_t cpu_now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* The time that the scheduler has let this process wait for a CPU. */
static uint64_t queued_now_ns(void)
{
	unsigned long long run_ns, queued_ns = 0;
	FILE *file = fopen("/proc/self/schedstat", "r");
	if (!file || fscanf(file, "%llu %llu", &run_ns, &queued_ns) != 2)
		tracee_fail("/proc/self/schedstat");
	fclose(file);
	return queued_ns;
}

/* Uses WORK_NS of CPU time in getrandom. Returns how much it was. */
static uint64_t work(void)
{
	uint64_t begin_ns = cpu_now_ns(), now_ns;
	do {
		syscall(SYS_getrandom, buffer, SIZE, 0);
		now_ns = cpu_now_ns();
	} while (now_ns - begin_ns < WORK_NS);
	return now_ns - begin_ns;
}

static void sleep_often(void)
{
	const struct timespec time = {.tv_nsec = SLEEP_NS};
	for (int i = 0; i < SLEEPS; i++)
		syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &time, NULL);
}

static void fault(void)
{
	size_t size = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	char *fresh = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int zero = open("/dev/zero", O_RDONLY);
	madvise(fresh, size, MADV_NOHUGEPAGE);
	if (read(zero, fresh, size) != (ssize_t)size)
		tracee_fail("/dev/zero");
}

/* A child that keeps the CPU busy on which both are from now on. */
static pid_t crowd(void)
{
	cpu_set_t cpus;
	CPU_ZERO(&cpus);
	CPU_SET((size_t)sched_getcpu(), &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus) < 0)
		tracee_fail("sched_setaffinity");
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			getppid();
	}
	return child;
}

int main(void)
{
	tracee_begin();
	tracee_ready();
	uint64_t work_ns = work();
	sleep_often();
	fault();
	pid_t child = crowd();
	uint64_t queued_ns = queued_now_ns();
	work_ns += work();
	queued_ns = queued_now_ns() - queued_ns;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	printf("cpu %llu\nrunnable %llu\nblocked %llu\nsleeps %d\nfaults %d\n",
		(unsigned long long)work_ns, (unsigned long long)queued_ns,
		(unsigned long long)(SLEEPS * SLEEP_NS), SLEEPS, PAGES);
	tracee_await();
	return 0;
}
