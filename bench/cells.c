/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A target with many threads that make many kinds of calls, each several times a second, for the
 * cost of reading their counts.
 *
 *   cells [-t THREADS] [-k KINDS] [-s SECONDS]
 *     -t  number of threads (500)
 *     -k  number of kinds of calls that each makes, up to 20 (20)
 *     -s  duration (5)
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Small: there are many threads. */
#define STACK_SIZE (64 * 1024)

/* Between rounds of calls. */
#define PAUSE_US   80000

/* They take no arguments, or fail with these. */
static const long kinds[] = {SYS_getppid, SYS_getpid, SYS_gettid, SYS_getuid, SYS_geteuid,
	SYS_getgid, SYS_getegid, SYS_getpgrp, SYS_sched_yield, SYS_close, SYS_dup, SYS_fsync,
	SYS_fdatasync, SYS_fchdir, SYS_umask, SYS_alarm, SYS_getsid, SYS_getpgid, SYS_lseek,
	SYS_flock};

static int kind_count = sizeof(kinds) / sizeof(*kinds);

static void *make_calls(void *argument)
{
	(void)argument;
	for (;;) {
		for (int i = 0; i < kind_count; i++)
			syscall(kinds[i], kinds[i] == SYS_alarm ? 0 : -1);
		usleep(PAUSE_US);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = 500, option;
	unsigned int seconds = 5;
	while ((option = getopt(argc, argv, "t:k:s:")) != -1) {
		if (option == 't')
			threads = atoi(optarg);
		else if (option == 'k' && atoi(optarg) <= kind_count)
			kind_count = atoi(optarg);
		else if (option == 's')
			seconds = (unsigned int)atoi(optarg);
		else
			return 2;
	}
	for (int i = 0; i < threads; i++) {
		pthread_t thread;
		pthread_attr_t attributes;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, STACK_SIZE);
		if (pthread_create(&thread, &attributes, make_calls, NULL) != 0) {
			fprintf(stderr, "cells: cannot create more threads\n");
			return 1;
		}
	}
	sleep(seconds);
	return 0;
}
