/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a tracer on a target; see bench/tracer.h. */
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_SIZE (64 * 1024)

uint64_t now_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

void pause_ns(uint64_t ns)
{
	struct timespec time = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	nanosleep(&time, NULL);
}

void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	_exit(1);
}

void *share_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		die("mmap");
	return memory;
}

void start_thread(void *(*run)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	errno = pthread_create(&thread, &attributes, run, argument);
	if (errno)
		die("cannot create more threads");
	pthread_attr_destroy(&attributes);
}

pid_t start_tracer(char **command, int count, pid_t target)
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

/* Whether TRACER is `stop` with the engine bpf, and counts: it has a thread for that then. */
static bool is_counting(pid_t tracer)
{
	char pattern[64], name[32] = "";
	glob_t found;
	bool counts = false;
	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*/comm", tracer);
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc && !counts; i++) {
		FILE *file = fopen(found.gl_pathv[i], "re");
		counts = file && fgets(name, sizeof(name), file) &&
		         strcmp(name, "stop-sweeper\n") == 0;
		if (file)
			fclose(file);
	}
	globfree(&found);
	return counts;
}

bool await_attach(pid_t target, const _Atomic pid_t *newest, pid_t tracer)
{
	uint64_t start_ns = now_ns();
	while (!is_traced(target, *newest) && !is_counting(tracer)) {
		if (waitpid(tracer, NULL, WNOHANG) == tracer || now_ns() - start_ns > ATTACH_MAX) {
			fprintf(stderr, "bench: the tracer did not attach\n");
			return false;
		}
		pause_ns(CHECK_EVERY);
	}
	return true;
}
