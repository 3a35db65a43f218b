/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wait reasons: real waits of this process. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decode/wait_reason.h"
#include "proc/stat.h"
#include "proc/wait.h"

/* How long a thread may take to reach its wait. */
#define PATIENCE_MS 5000

/* Real waits. */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static _Atomic pid_t poller_tid;

static void *lock_mutex(void *unused)
{
	poller_tid = (pid_t)syscall(SYS_gettid);
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	return unused;
}

static void *join_thread(void *thread)
{
	poller_tid = (pid_t)syscall(SYS_gettid);
	pthread_join(*(pthread_t *)thread, NULL);
	return NULL;
}

static int pipe_ends[2];

static void *read_pipe(void *unused)
{
	char byte;
	poller_tid = (pid_t)syscall(SYS_gettid);
	ssize_t ignored = read(pipe_ends[0], &byte, 1);
	(void)ignored;
	return unused;
}

static void *poll_pipe(void *unused)
{
	struct pollfd fd = {.fd = pipe_ends[0], .events = POLLIN};
	poller_tid = (pid_t)syscall(SYS_gettid);
	poll(&fd, 1, -1);
	return unused;
}

/* Starts RUN in a thread, waits until it waits in a call, and stores the call in *WAIT. */
static pthread_t begin_wait(void *(*run)(void *), void *argument, struct wait *wait)
{
	pthread_t thread;
	struct wait_place place = {.pid = getpid()};
	struct proc_wait found;
	poller_tid = 0;
	assert_int_equal(pthread_create(&thread, NULL, run, argument), 0);
	for (int ms = 0; ms < PATIENCE_MS; ms++) {
		if (poller_tid && proc_state(poller_tid) == 'S' &&
			proc_waits(getpid(), poller_tid, &found) == 1)
			break;
		pause_poll();
	}
	place.tid = poller_tid;
	place.call = (struct call){(uint32_t)found.nr, ABI_NATIVE};
	memcpy(place.args, found.args, sizeof(place.args));
	assert_true(wait_describe(&place, wait));
	return thread;
}

static void finds_the_owner_of_a_mutex(void **state)
{
	struct wait wait;
	char text[64];
	(void)state;
	pthread_mutex_lock(&mutex);
	pthread_t thread = begin_wait(lock_mutex, NULL, &wait);
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	assert_int_equal(wait.owner, getpid());
	snprintf(text, sizeof(text), "mutex of %d (", (int)getpid());
	assert_memory_equal(wait.text, text, strlen(text));
}

static void finds_the_awaited_thread_or_child(void **state)
{
	struct wait first, second;
	(void)state;
	pthread_mutex_lock(&mutex);
	pthread_t locker = begin_wait(lock_mutex, NULL, &first);
	pid_t locker_tid = poller_tid;
	pthread_t joiner = begin_wait(join_thread, &locker, &second);
	pthread_mutex_unlock(&mutex);
	pthread_join(joiner, NULL);
	assert_int_equal(second.owner, locker_tid);
	assert_memory_equal(second.text, "the end of ", 11);
}

static void describes_descriptors(void **state)
{
	struct wait wait;
	char text[64];
	(void)state;
	assert_int_equal(pipe(pipe_ends), 0);
	snprintf(text, sizeof(text), "%d: a pipe", pipe_ends[0]);
	pthread_t reader = begin_wait(read_pipe, NULL, &wait);
	assert_int_equal(write(pipe_ends[1], "", 1), 1);
	pthread_join(reader, NULL);
	assert_string_equal(wait.text, text);
	pthread_t poller = begin_wait(poll_pipe, NULL, &wait);
	assert_int_equal(write(pipe_ends[1], "", 1), 1);
	pthread_join(poller, NULL);
	assert_string_equal(wait.text, text);
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* A socket that nobody is connected to, and one without a name. */
static void describes_sockets(void **state)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(here);
	struct wait_place place = {
		.pid = getpid(), .tid = getpid(), .call = {SYS_accept, ABI_NATIVE}};
	struct wait wait;
	char text[64];
	int pair[2], listener = socket(AF_INET, SOCK_STREAM, 0);
	(void)state;
	if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof(here)) < 0)
		skip();
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&here, &size), 0);
	place.args[0] = (uint64_t)listener;
	assert_true(wait_describe(&place, &wait));
	snprintf(text, sizeof(text), "%d: tcp 127.0.0.1:%d", listener, ntohs(here.sin_port));
	assert_string_equal(wait.text, text);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	place.args[0] = (uint64_t)pair[0];
	assert_true(wait_describe(&place, &wait));
	snprintf(text, sizeof(text), "%d: unix socket ", pair[0]);
	assert_string_equal(wait.text, text);
	close(listener);
	close(pair[0]);
	close(pair[1]);
}

static void returns_nothing_for_missing_objects(void **state)
{
	const uint32_t numbers[] = {SYS_read, SYS_poll, SYS_nanosleep, SYS_flock, SYS_getpid, 9999};
	struct wait wait;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		const struct wait_place place = {.pid = getpid(),
			.tid = getpid(),
			.call = {numbers[i], ABI_NATIVE},
			.args = {99999, 1, 1}};
		assert_false(wait_describe(&place, &wait));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(describes_sockets),
		cmocka_unit_test(finds_the_owner_of_a_mutex),
		cmocka_unit_test(finds_the_awaited_thread_or_child),
		cmocka_unit_test(describes_descriptors),
		cmocka_unit_test(returns_nothing_for_missing_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
