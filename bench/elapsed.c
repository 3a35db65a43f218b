/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a command and reports how long it took, and how busy the machine was with other work.
 *
 *   elapsed FILE COMMAND ARG…
 *
 * Writes to FILE: nanoseconds; the share of the machine's CPUs that other processes used meanwhile;
 * the share that the hypervisor used; each from 0 to 1. Descendants that COMMAND did not wait for
 * count as others. Exits with the status of COMMAND.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* CPU time of the whole machine since boot, in s. */
struct machine {
	double busy, stolen;
};

static struct machine read_machine(void)
{
	unsigned long long t[8] = {0};
	FILE *file = fopen("/proc/stat", "re");
	if (!file || fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &t[0], &t[1],
			     &t[2], &t[3], &t[4], &t[5], &t[6], &t[7]) != 8)
		memset(t, 0, sizeof(t));
	if (file)
		fclose(file);
	double tick_s = 1 / (double)sysconf(_SC_CLK_TCK);
	return (struct machine){
		.busy = (double)(t[0] + t[1] + t[2] + t[5] + t[6]) * tick_s,
		.stolen = (double)t[7] * tick_s,
	};
}

static double seconds_of(const struct timeval *time)
{
	return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

/* CPU time of the children that were waited for, in s. */
static double children_s(void)
{
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

int main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: elapsed FILE COMMAND ARG...\n");
		return 2;
	}
	struct machine before = read_machine();
	double start_s = now_s();
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "elapsed: %s: %s\n", argv[2], strerror(errno));
		_exit(127);
	}
	int status = 0;
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 1;
	double wall_s = now_s() - start_s;
	struct machine after = read_machine();
	double capacity_s = wall_s * (double)sysconf(_SC_NPROCESSORS_ONLN);
	double others_s = after.busy - before.busy - children_s();
	FILE *file = fopen(argv[1], "we");
	if (!file)
		return 1;
	fprintf(file, "%.0f %.3f %.3f\n", wall_s * 1e9, others_s > 0 ? others_s / capacity_s : 0.0,
		(after.stolen - before.stolen) / capacity_s);
	if (fclose(file) != 0)
		return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
