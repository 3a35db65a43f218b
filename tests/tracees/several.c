/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * several ROUNDS: threads that read from a terminal, a socket and a TCP connection, each of which
 * has to gather SIZE bytes that come one by one (VMIN, SO_RCVLOWAT), and one that closes
 * connections whose peer does not read, which takes LINGER_S (SO_LINGER). Prints how often each got
 * less, or returned too early.
 */
#include <arpa/inet.h>
#include <pty.h>
#include <sys/socket.h>
#include <termios.h>

#include "tracee.h"

#define SIZE     10
#define REST_NS  5000000
#define LINGER_S 1

struct way {
	const char *name;
	int in, out;
	unsigned int rounds, cut;
};

static void connect_tcp(int *client, int *server)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0);
	*client = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0 ||
		getsockname(listener, (struct sockaddr *)&address, &size) < 0 ||
		connect(*client, (struct sockaddr *)&address, size) < 0)
		tracee_fail("connect");
	*server = accept(listener, NULL, NULL);
	close(listener);
}

static void open_ways(struct way *terminal, struct way *socket)
{
	const int size = SIZE;
	struct termios raw;
	int pair[2];
	if (openpty(&terminal->out, &terminal->in, NULL, NULL, NULL) < 0 ||
		socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		tracee_fail("openpty");
	tcgetattr(terminal->in, &raw);
	cfmakeraw(&raw);
	raw.c_cc[VMIN] = SIZE;
	tcsetattr(terminal->in, TCSANOW, &raw);
	socket->in = pair[0];
	socket->out = pair[1];
	if (setsockopt(socket->in, SOL_SOCKET, SO_RCVLOWAT, &size, sizeof(size)) < 0)
		tracee_fail("SO_RCVLOWAT");
}

static void *read_several(void *argument)
{
	struct way *way = argument;
	char bytes[SIZE];
	for (size_t got = 0; got < (size_t)way->rounds * SIZE;) {
		size_t most = (size_t)way->rounds * SIZE - got;
		ssize_t size = read(way->in, bytes, most < SIZE ? most : SIZE);
		if (size <= 0)
			tracee_fail(way->name);
		way->cut += size < SIZE && most >= SIZE;
		got += (size_t)size;
	}
	return NULL;
}

static void *write_singly(void *argument)
{
	struct way *way = argument;
	for (size_t i = 0; i < (size_t)way->rounds * SIZE; i++) {
		if (write(way->out, "b", 1) != 1)
			tracee_fail(way->name);
		pause_pace(REST_NS);
	}
	return NULL;
}

static double now_s(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The last byte of a full connection never arrives, so that the close waits for all of its time. */
static bool linger_once(void)
{
	static const char much[65536];
	const struct linger linger = {1, LINGER_S};
	int client, server;
	connect_tcp(&client, &server);
	for (int quiet = 0; quiet < 3; quiet++) {
		while (send(client, much, sizeof(much), MSG_DONTWAIT) > 0)
			quiet = 0;
		pause_poll();
	}
	setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	double begin_s = now_s();
	close(client);
	/* A timeout in jiffies may end one early, at HZ=100. */
	bool early = now_s() - begin_s < LINGER_S - 0.01;
	close(server);
	return early;
}

static void *linger(void *argument)
{
	struct way *way = argument;
	for (unsigned int i = 0; i < (way->rounds + 19) / 20; i++)
		way->cut += linger_once();
	return NULL;
}

int main(int argc, char **argv)
{
	struct way terminal = {.name = "terminal"}, socket = {.name = "socket"};
	struct way *reads[] = {&terminal, &socket}, closes = {.name = "close"};
	pthread_t threads[5];
	if (argc != 2)
		return 97;
	tracee_begin();
	open_ways(&terminal, &socket);
	terminal.rounds = socket.rounds = closes.rounds = (unsigned int)atoi(argv[1]);
	for (size_t i = 0; i < 2; i++) {
		threads[2 * i] = tracee_thread(read_several, reads[i]);
		threads[2 * i + 1] = tracee_thread(write_singly, reads[i]);
	}
	threads[4] = tracee_thread(linger, &closes);
	for (size_t i = 0; i < 5; i++)
		pthread_join(threads[i], NULL);
	printf("terminal: cut %u\nsocket: cut %u\nclose: cut %u\n", terminal.cut, socket.cut,
		closes.cut);
	return 0;
}
