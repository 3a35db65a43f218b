/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * programs WAY COUNT: replaces itself by execve COUNT times, and then prints "done" and what is
 * left of it. The ways:
 *
 *   leader    the leader calls execve while other threads work
 *   thread    another thread does
 *   race      several threads do at the same time
 *   script    through a script, $0.sh, which is created and removed
 *   failing   failing calls of execve precede each successful one
 *   bits      alternates with the 32-bit program, $0 with 32 appended
 *   dumpable  and is not dumpable in between
 */
#include <sys/stat.h>

#include "tracee.h"

#define THREADS 4

static char path[4096], other[4112], *way, next[16];

static void become(const char *program)
{
	execl(program, program, way, next, NULL);
}

static void *work(void *argument)
{
	(void)argument;
	for (;;)
		syscall(SYS_getppid);
	return NULL;
}

static void *become_as_thread(void *argument)
{
	become(path);
	return argument;
}

static void wait_forever(void)
{
	for (;;)
		syscall(SYS_pause);
}

static void by_leader(void)
{
	for (int i = 0; i < THREADS; i++)
		tracee_thread(work, NULL);
	become(path);
}

static void by_thread(void)
{
	for (int i = 0; i < THREADS; i++)
		tracee_thread(work, NULL);
	tracee_thread(become_as_thread, NULL);
	wait_forever();
}

static void by_race(void)
{
	pthread_t thread;
	/* If one is fast, the others can no longer be created. */
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, i % 2 ? work : become_as_thread, NULL);
	become(path);
	wait_forever();
}

static void by_script(void)
{
	snprintf(other, sizeof(other), "/tmp/stop-programs-%d.sh", getpid());
	FILE *script = fopen(other, "we");
	if (!script)
		tracee_fail(other);
	fprintf(script, "#!/bin/sh\nrm -f \"$0\"\nexec '%s' \"$@\"\n", path);
	fchmod(fileno(script), 0700);
	fclose(script);
	become(other);
}

static void by_failing(void)
{
	static const struct {
		const char *path;
		int error;
	} wrong[] = {
		{"/nowhere", ENOENT},
		{"/tmp", EACCES},
		{"/etc/passwd/none", ENOTDIR},
		{"/proc/self/status", EACCES},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		become(wrong[i].path);
		if (errno != wrong[i].error)
			tracee_fail(wrong[i].path);
	}
	become(path);
}

/* The 32-bit program for the 64-bit one, or vice versa. */
static void by_bits(void)
{
	size_t length = strlen(path);
	snprintf(other, sizeof(other), "%s", path);
	if (strcmp(path + length - 2, "32") == 0)
		other[length - 2] = '\0';
	else
		snprintf(other + length, sizeof(other) - length, "32");
	become(other);
}

static void by_dumpable(void)
{
	for (int i = 0; i < 10; i++) {
		prctl(PR_SET_DUMPABLE, i % 2);
		tracee_getppid(10);
	}
	become(path);
}

static const struct {
	const char *name;
	void (*become)(void);
} ways[] = {
	{"leader", by_leader},
	{"thread", by_thread},
	{"race", by_race},
	{"script", by_script},
	{"failing", by_failing},
	{"bits", by_bits},
	{"dumpable", by_dumpable},
};

static size_t threads(void)
{
	char value[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t got = read(fd, value, sizeof(value) - 1);
	close(fd);
	value[got > 0 ? got : 0] = '\0';
	const char *line = strstr(value, "Threads:\t");
	return line ? (size_t)atoi(line + 9) : 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	tracee_begin();
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
	way = argv[1];
	int left = atoi(argv[2]);
	if (left == 0 || length <= 0) {
		printf("done, %zu threads\n", threads());
		return 17;
	}
	snprintf(next, sizeof(next), "%d", left - 1);
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		if (strcmp(ways[i].name, way) == 0)
			ways[i].become();
	}
	tracee_fail(way);
}
