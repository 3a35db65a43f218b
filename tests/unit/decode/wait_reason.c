/* Wait reasons: the parsers on texts of /proc, and real waits of this process. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "decode/wait_reason.h"
#include "proc/proc.h"

/* How long a thread may take to reach its wait. */
#define PATIENCE_MS 5000

static void parses_stat_with_a_hostile_name(void **state)
{
	struct wait_stat stat = {0};
	(void)state;
	assert_true(wait_parse_stat(
		"77 (a) R 1 (x) D 1 2 3 4 5 6 7 8 9 10 120 30 0 0 20 0 1 0", &stat));
	assert_int_equal(stat.state, 'D');
	assert_int_equal(stat.ticks, 150);
	assert_false(wait_parse_stat("", &stat));
	assert_false(wait_parse_stat("77 (x) S 1", &stat));
}

static void finds_the_owner_of_a_file_lock(void **state)
{
	static const char text[] = "1: POSIX  ADVISORY  WRITE 700 00:14:1 0 EOF\n"
				   "2: FLOCK  ADVISORY  WRITE 708 00:14:22671 0 EOF\n"
				   "2: -> FLOCK  ADVISORY  WRITE 709 00:14:22671 0 EOF\n"
				   "2: -> FLOCK  ADVISORY  WRITE 710 00:14:22671 0 EOF\n"
				   "3: OFDLCK ADVISORY  READ  -1 00:14:2 0 EOF\n"
				   "3: -> OFDLCK ADVISORY  WRITE 711 00:14:2 0 EOF\n";
	(void)state;
	assert_int_equal(wait_parse_locks(text, 709), 708);
	assert_int_equal(wait_parse_locks(text, 710), 708);
	assert_int_equal(wait_parse_locks(text, 711), -1);
	assert_int_equal(wait_parse_locks(text, 708), 0);
	assert_int_equal(wait_parse_locks("", 1), 0);
}

static void finds_the_addresses_of_sockets(void **state)
{
	static const char tcp[] =
		"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
		"timeout inode\n"
		"   0: 0100007F:1E79 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 "
		"       0 4321 1 0 100 0 0 10 0\n"
		"   1: 0100007F:1E79 0200007F:8001 01 00000000:00000000 00:00000000 00000000  1000 "
		"       0 4322 1 0 100 0 0 10 0\n"
		"   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 "
		"0A 00000000:00000000 00:00000000 00000000  1000        0 4323 1 0 100 0 0 10 0\n"
		"   3: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000200007F:0051 "
		"01 00000000:00000000 00:00000000 00000000  1000        0 4324 1 0 100 0 0 10 0\n";
	static const char local[] =
		"Num       RefCount Protocol Flags    Type St Inode Path\n"
		"ffff8880: 00000002 00000000 00010000 0001 01 22001 /run/a socket\n"
		"ffff8881: 00000003 00000000 00000000 0001 03 22002\n";
	char text[128];
	(void)state;
	assert_true(wait_parse_inet(tcp, 4321, text, sizeof(text)));
	assert_string_equal(text, "127.0.0.1:7801");
	assert_true(wait_parse_inet(tcp, 4322, text, sizeof(text)));
	assert_string_equal(text, "127.0.0.1:7801 to 127.0.0.2:32769");
	assert_true(wait_parse_inet(tcp, 4323, text, sizeof(text)));
	assert_string_equal(text, "[::1]:80");
	assert_true(wait_parse_inet(tcp, 4324, text, sizeof(text)));
	assert_string_equal(text, "127.0.0.1:80 to 127.0.0.2:81");
	assert_false(wait_parse_inet(tcp, 1, text, sizeof(text)));
	assert_true(wait_parse_unix(local, 22001, text, sizeof(text)));
	assert_string_equal(text, "/run/a socket");
	assert_true(wait_parse_unix(local, 22002, text, sizeof(text)));
	assert_string_equal(text, "");
	assert_false(wait_parse_unix(local, 22003, text, sizeof(text)));
}

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
		struct wait_stat stat;
		if (poller_tid && wait_stat(getpid(), poller_tid, &stat) == 0 &&
			stat.state == 'S' && proc_waits(getpid(), poller_tid, &found) == 1)
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
		cmocka_unit_test(parses_stat_with_a_hostile_name),
		cmocka_unit_test(finds_the_owner_of_a_file_lock),
		cmocka_unit_test(finds_the_addresses_of_sockets),
		cmocka_unit_test(finds_the_owner_of_a_mutex),
		cmocka_unit_test(finds_the_awaited_thread_or_child),
		cmocka_unit_test(describes_descriptors),
		cmocka_unit_test(returns_nothing_for_missing_objects),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
