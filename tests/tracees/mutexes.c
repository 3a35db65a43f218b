/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mutexes COUNT [circle]: COUNT threads hold a mutex each and wait for that of the thread before;
 * the first waits for one of the main thread, or in a circle for that of the last. Prints "thread
 * TID" for each, and "ready" when all wait. Ends when it gets a byte.
 */
#include "tracee.h"

#define THREADS_MAX 256

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, mutexes[THREADS_MAX];
static _Atomic pid_t tids[THREADS_MAX];
static _Atomic bool all_hold;
static size_t count;
static bool is_circle;

static void *wait_for_another(void *argument)
{
	size_t index = (size_t)argument;
	pthread_mutex_t *wanted = index       ? &mutexes[index - 1]
	                          : is_circle ? &mutexes[count - 1]
	                                      : &first;
	pthread_mutex_lock(&mutexes[index]);
	tids[index] = tracee_tid();
	while (!all_hold)
		pause_poll();
	pthread_mutex_lock(wanted);
	return NULL;
}

int main(int argc, char **argv)
{
	tracee_begin();
	count = argc > 1 ? (size_t)atoi(argv[1]) : 0;
	is_circle = argc > 2;
	if (count < 1 || count > THREADS_MAX)
		return 97;
	pthread_mutex_lock(&first);
	for (size_t i = 0; i < count; i++) {
		pthread_mutex_init(&mutexes[i], NULL);
		tracee_thread(wait_for_another, (void *)i);
		while (!tids[i])
			pause_poll();
	}
	all_hold = true;
	for (size_t i = 0; i < count; i++) {
		tracee_await_call(tids[i], SYS_futex);
		printf("thread %d\n", (int)tids[i]);
	}
	tracee_ready();
	return 0;
}
