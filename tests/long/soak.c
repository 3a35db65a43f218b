/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `stop` attaches to a server under load again and again, and is ended at random moments in every
 * way: the clients get every reply, and the correct one. Then one `stop` stays attached, whose
 * memory must not grow.
 *
 * Environment: SOAK_SECONDS, the duration (default 10).
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "support/harass.h"

#define SECONDS   10
#define CLIENTS   4
#define PAUSE_NS  1000000

/* A reply that takes longer counts as missing. */
#define ANSWER_S  60

/*
 * How much a `stop` that stays attached may grow after warming up: by the ring of stack copies, of
 * which 8 MiB are used at least, and as much besides.
 */
#define GROWTH_KB (16 << 10)
#define WARM_UP_S 5 /* until then it reads symbols */

static char directory[] = "/tmp/stop-soak-XXXXXX";
static struct sockaddr_un address = {.sun_family = AF_UNIX};

struct client {
	pthread_t thread;
	unsigned int number;
	_Atomic unsigned long answers;
	char fault[256]; /* the first fault, or "" */
};

static struct client clients[CLIENTS];
static _Atomic bool enough;

/* The client. */

static int connect_to_server(void)
{
	struct timeval bound = {.tv_sec = ANSWER_S};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof(bound));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

/* Sends REQUEST and compares the reply with EXPECTED. */
static bool ask(struct client *client, int fd, const char *request, const char *expected)
{
	char answer[128];
	size_t size = strlen(expected), got = 0;
	ssize_t part = send(fd, request, strlen(request), MSG_NOSIGNAL);
	bool sent = part == (ssize_t)strlen(request);
	while (sent && got < size && (part = recv(fd, answer + got, size - got, 0)) > 0)
		got += (size_t)part;
	client->answers++;
	if (sent && got == size && memcmp(answer, expected, size) == 0)
		return true;
	snprintf(client->fault, sizeof(client->fault), "%.60s: %.*s, %s", request, (int)got, answer,
		part < 0 ? strerror(errno) : "answered");
	return false;
}

/* One round: writes and reads a value, increments a counter, and waits for a list in vain. */
static bool ask_all(struct client *client, int fd, unsigned long round)
{
	char set[96], get[96], value[64], increment[64], count[32], wait[64];
	int length = snprintf(value, sizeof(value), "%u-%lu", client->number, round);
	snprintf(set, sizeof(set), "SET key%u %s\r\n", client->number, value);
	snprintf(get, sizeof(get), "GET key%u\r\n", client->number);
	snprintf(increment, sizeof(increment), "INCR count%u\r\n", client->number);
	snprintf(count, sizeof(count), ":%lu\r\n", round);
	snprintf(wait, sizeof(wait), "BLPOP list%u 0.01\r\n", client->number);
	char expected[80];
	snprintf(expected, sizeof(expected), "$%d\r\n%s\r\n", length, value);
	return ask(client, fd, set, "+OK\r\n") && ask(client, fd, get, expected) &&
	       ask(client, fd, increment, count) &&
	       (round % 64 || ask(client, fd, wait, "*-1\r\n"));
}

static void *be_client(void *argument)
{
	struct client *client = argument;
	int fd = connect_to_server();
	if (fd < 0)
		snprintf(client->fault, sizeof(client->fault), "connect: %s", strerror(errno));
	for (unsigned long round = 1; fd >= 0 && !enough && ask_all(client, fd, round); round++)
		pause_pace(PAUSE_NS);
	if (fd >= 0)
		close(fd);
	return NULL;
}

static void start_clients(void)
{
	for (unsigned int i = 0; i < CLIENTS; i++) {
		clients[i].number = i;
		pthread_create(&clients[i].thread, NULL, be_client, &clients[i]);
	}
}

static void stop_clients(void)
{
	unsigned long answers = 0;
	enough = true;
	for (unsigned int i = 0; i < CLIENTS; i++) {
		pthread_join(clients[i].thread, NULL);
		answers += clients[i].answers;
		if (clients[i].fault[0])
			fail_msg("client %u: %s", i, clients[i].fault);
	}
	print_message("%lu answers\n", answers);
}

/* Watching. */

static bool any_fault(void)
{
	bool fault = false;
	for (unsigned int i = 0; i < CLIENTS; i++)
		fault |= clients[i].fault[0] != '\0';
	return fault;
}

static void work_until(time_t end)
{
	while (time(NULL) < end && !any_fault())
		pause_poll();
}

static long resident_kb(pid_t pid)
{
	char value[64];
	return task_status(pid, "VmRSS", value, sizeof(value)) ? atol(value) : -1;
}

static void stay(pid_t server, time_t seconds)
{
	struct program *stop = stop_start(
		"-b -d 0.2 -k read,write --format=json -o /dev/null -p %d", server);
	work_until(time(NULL) + seconds / 3);
	long before_kb = resident_kb(stop->pid);
	work_until(time(NULL) + seconds - seconds / 3);
	long after_kb = resident_kb(stop->pid);
	kill(stop->pid, SIGINT);
	assert_int_equal(program_finish(stop), 0);
	print_message(
		"stayed for %ld s: %ld kB, then %ld kB\n", (long)seconds, before_kb, after_kb);
	assert_true(before_kb > 0 && after_kb > 0);
	if (!SANITIZED && seconds / 3 >= WARM_UP_S)
		assert_true(after_kb - before_kb < GROWTH_KB);
	program_free(stop);
}

static bool is_there(void *context)
{
	(void)context;
	int fd = connect_to_server();
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void a_server_under_load_is_not_disturbed(void **state)
{
	(void)state;
	if (!program_exists("redis-server"))
		skip();
	const char *text = getenv("SOAK_SECONDS");
	time_t seconds = text ? atol(text) : SECONDS;
	assert_non_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", directory);
	struct program *server = program_start("redis-server --port 0 --unixsocket %s --save '' "
					       "--appendonly no --dir %s --logfile /dev/null",
		address.sun_path, directory);
	await(is_there, NULL, "redis-server listens");
	/* Before threads are created here: it forks. */
	struct harasser *harasser = harasser_start(server->pid, "");
	start_clients();
	work_until(time(NULL) + seconds * 2 / 3);
	struct harassed seen = harasser_stop(harasser);
	print_message("watched %u times, killed %u times\n", seen.cycles, seen.kills);
	stay(server->pid, seconds / 3);
	stop_clients();
	kill(server->pid, SIGTERM);
	assert_int_equal(program_finish(server), 0);
	program_free(server);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_server_under_load_is_not_disturbed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
