/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leader WHEN THREADS CALLS: the main thread exits, and the others make their calls. It exits
 * "before" it prints "ready", or "after" the byte that it waits for then.
 */
#include "tracee.h"

static uint64_t calls;
static unsigned int count;
static bool early;
static pthread_barrier_t start;
static _Atomic unsigned int finished;

/* Whether the main thread has exited: it is a zombie until the others have. */
static bool leader_is_gone(void)
{
	char path[64], text[256] = "";
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", (int)getpid());
	int fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		tracee_fail(path);
	close(fd);
	const char *state = strrchr(text, ')');
	return state && state[2] == 'Z';
}

static void *run(void *argument)
{
	bool first = argument != NULL;
	while (first && early && !leader_is_gone())
		pause_poll();
	if (first)
		tracee_ready();
	pthread_barrier_wait(&start);
	while (first && !leader_is_gone())
		pause_poll();
	tracee_getppid(calls);
	finished++;
	if (!first)
		return NULL;
	while (finished < count)
		pause_poll();
	printf("getppid %llu 0\n", (unsigned long long)(count * calls));
	puts("done");
	tracee_await();
	return NULL;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 97;
	tracee_begin();
	early = strcmp(argv[1], "before") == 0;
	count = (unsigned int)atoi(argv[2]);
	calls = (uint64_t)atoll(argv[3]);
	pthread_barrier_init(&start, NULL, count + !early);
	for (unsigned int i = 0; i < count; i++)
		tracee_thread(run, i == 0 ? &start : NULL);
	if (!early)
		pthread_barrier_wait(&start);
	pthread_exit(NULL);
}
