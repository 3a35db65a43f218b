/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * steady: threads that make progress forever: by calls in a loop, short sleeps, bytes through a
 * pipe, futexes, creating threads, and signals. For each byte on its standard input it prints
 * "progress" and a counter for each.
 */
#include "tracee.h"

#define SLEEP_NS 200000

static int pipes[2][2];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int whose;
static _Atomic uint64_t signals;

static void *make_calls(void *progress)
{
	for (;;) {
		tracee_getppid(1);
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

static void *sleep_shortly(void *progress)
{
	const struct timespec time = {.tv_nsec = SLEEP_NS};
	for (;;) {
		if (nanosleep(&time, NULL) < 0) /* sleep: the call that is watched */
			tracee_fail("nanosleep");
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

/* Two threads send a byte back and forth. */
static void *send_there(void *progress)
{
	char byte = 0;
	for (;;) {
		if (write(pipes[0][1], &byte, 1) != 1 || read(pipes[1][0], &byte, 1) != 1)
			tracee_fail("there");
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

static void *send_back(void *progress)
{
	char byte;
	for (;;) {
		if (read(pipes[0][0], &byte, 1) != 1 || write(pipes[1][1], &byte, 1) != 1)
			tracee_fail("back");
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

static void take_turns(int me, _Atomic uint64_t *progress)
{
	for (;;) {
		pthread_mutex_lock(&lock);
		while (whose != me)
			pthread_cond_wait(&turn, &lock);
		whose = !me;
		pthread_cond_signal(&turn);
		pthread_mutex_unlock(&lock);
		(*progress)++;
	}
}

static void *take_first_turn(void *progress)
{
	take_turns(0, progress);
	return NULL;
}

static void *take_second_turn(void *progress)
{
	take_turns(1, progress);
	return NULL;
}

static void *return_argument(void *argument)
{
	return argument;
}

static void *make_threads(void *progress)
{
	for (;;) {
		pthread_join(tracee_thread(return_argument, NULL), NULL);
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

static void on_signal(int signal)
{
	(void)signal;
	signals++;
}

/* Each signal has to arrive, or progress ends. */
static void *send_signals(void *progress)
{
	for (uint64_t sent = 1;; sent++) {
		pthread_kill(pthread_self(), SIGUSR1);
		while (signals < sent)
			pause_poll();
		(*(_Atomic uint64_t *)progress)++;
	}
	return NULL;
}

static void *(*const runs[])(void *) = {
	make_calls,
	sleep_shortly,
	send_there,
	send_back,
	take_first_turn,
	take_second_turn,
	make_threads,
	send_signals,
};

#define RUNS (sizeof(runs) / sizeof(*runs))

int main(void)
{
	static _Atomic uint64_t progress[RUNS];
	tracee_begin();
	signal(SIGUSR1, on_signal);
	if (pipe(pipes[0]) < 0 || pipe(pipes[1]) < 0)
		tracee_fail("pipe");
	for (size_t i = 0; i < RUNS; i++)
		tracee_thread(runs[i], &progress[i]);
	tracee_ready();
	for (;;) {
		printf("progress");
		for (size_t i = 0; i < RUNS; i++)
			printf(" %llu", (unsigned long long)progress[i]);
		printf("\n");
		tracee_await();
	}
}
