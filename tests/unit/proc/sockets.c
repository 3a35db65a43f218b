/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets by their inodes. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proc/file.h"
#include "proc/sockets.h"

static void assert_address(
	const struct proc_address *address, int family, const char *text, unsigned int port)
{
	char found[INET6_ADDRSTRLEN];
	assert_int_equal(address->family, family);
	assert_non_null(inet_ntop(family, address->bytes, found, sizeof(found)));
	assert_string_equal(found, text);
	assert_int_equal(address->port, port);
}

typedef bool parse_line(const char *line, uint64_t inode, struct proc_socket *socket);

/* Whether a line of TEXT is about the socket with INODE. */
static bool parses(parse_line *parse, const char *text, uint64_t inode, struct proc_socket *socket)
{
	const char *line = text;
	while (line && !parse(line, inode, socket))
		line = proc_next_line(line);
	return line != NULL;
}

static void internet_sockets_are_parsed(void **state)
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
	struct proc_socket socket = {0};
	(void)state;
	assert_true(parses(proc_inet_parse, tcp, 4321, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 7801);
	assert_int_equal(socket.remote.port, 0);
	assert_true(parses(proc_inet_parse, tcp, 4322, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 7801);
	assert_address(&socket.remote, AF_INET, "127.0.0.2", 32769);
	assert_true(parses(proc_inet_parse, tcp, 4323, &socket));
	assert_address(&socket.local, AF_INET6, "::1", 80);
	assert_true(parses(proc_inet_parse, tcp, 4324, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 80);
	assert_address(&socket.remote, AF_INET, "127.0.0.2", 81);
	assert_false(parses(proc_inet_parse, tcp, 1, &socket));
	assert_false(parses(proc_inet_parse, "", 0, &socket));
}

static void local_sockets_are_parsed(void **state)
{
	static const char local[] =
		"Num       RefCount Protocol Flags    Type St Inode Path\n"
		"ffff8880: 00000002 00000000 00010000 0001 01 22001 /run/a socket\n"
		"ffff8881: 00000003 00000000 00000000 0001 03 22002\n"
		"ffff8882: 00000003 00000000 00000000 0001 03 22004 @abstract\n";
	struct proc_socket socket = {0};
	(void)state;
	assert_true(parses(proc_unix_parse, local, 22001, &socket));
	assert_string_equal(socket.path, "/run/a socket");
	assert_true(parses(proc_unix_parse, local, 22002, &socket));
	assert_string_equal(socket.path, "");
	assert_true(parses(proc_unix_parse, local, 22004, &socket));
	assert_string_equal(socket.path, "@abstract");
	assert_false(parses(proc_unix_parse, local, 22003, &socket));
}

static uint64_t inode_of(int fd)
{
	struct stat stats;
	assert_int_equal(fstat(fd, &stats), 0);
	return stats.st_ino;
}

/* Finds the socket FD of this process, however long that takes. */
static void find(struct proc_sockets *sockets, int fd, struct proc_socket *found)
{
	while (proc_sockets_find(sockets, getpid(), fd, inode_of(fd), found) == -EAGAIN)
		pause_poll();
}

static void a_local_socket_is_found(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct proc_sockets *sockets = proc_sockets_new();
	struct proc_socket found;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), pair[2];
	(void)state;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "stop-sockets-%d", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	find(sockets, fd, &found);
	assert_int_equal(found.kind, PROC_SOCKET_UNIX);
	assert_memory_equal(found.path + 1, name.sun_path + 1, strlen(name.sun_path + 1));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	find(sockets, pair[0], &found);
	assert_true(found.has_address);
	assert_string_equal(found.path, "");
	close(pair[0]);
	close(pair[1]);
	close(fd);
	proc_sockets_free(sockets);
}

/* The name is that of the server; the end of the client has none. */
static void the_other_end_of_a_local_socket_is_found(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct proc_sockets *sockets = proc_sockets_new();
	struct proc_socket found;
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)state;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "stop-peer-%d", (int)getpid());
	assert_int_equal(bind(server, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(listen(server, 1), 0);
	assert_int_equal(connect(client, (struct sockaddr *)&name, sizeof(name)), 0);
	int accepted = accept(server, NULL, NULL);
	find(sockets, accepted, &found);
	assert_memory_equal(found.path + 1, name.sun_path + 1, strlen(name.sun_path + 1));
	find(sockets, client, &found);
	assert_string_equal(found.path, "");
	assert_memory_equal(found.peer + 1, name.sun_path + 1, strlen(name.sun_path + 1));
	close(accepted);
	close(client);
	close(server);
	proc_sockets_free(sockets);
}

static void a_socket_without_an_address_has_a_protocol(void **state)
{
	struct proc_sockets *sockets = proc_sockets_new();
	struct proc_socket found;
	int fd = socket(AF_NETLINK, SOCK_RAW, 0);
	(void)state;
	assert_true(fd >= 0);
	find(sockets, fd, &found);
	assert_int_equal(found.kind, PROC_SOCKET_OTHER);
	assert_string_equal(found.protocol, "NETLINK");
	close(fd);
	proc_sockets_free(sockets);
}

static int listen_at(struct sockaddr_in *here)
{
	socklen_t size = sizeof(*here);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	*here = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)here, size), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)here, &size), 0);
	return fd;
}

/* The kernel lists those that listen first. */
static void a_connection_is_found_behind_thousands_of_sockets(void **state)
{
	enum { COUNT = 3000 };
	struct proc_sockets *sockets = proc_sockets_new();
	int *listeners = calloc(COUNT, sizeof(*listeners));
	struct sockaddr_in here;
	struct rlimit limit;
	struct proc_socket found;
	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	if (limit.rlim_max < COUNT + 100 || setrlimit(RLIMIT_NOFILE, &limit) < 0)
		skip();
	for (int i = 0; i < COUNT; i++)
		listeners[i] = listen_at(&here);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&here, sizeof(here)), 0);
	find(sockets, fd, &found);
	assert_int_equal(found.kind, PROC_SOCKET_TCP);
	assert_address(&found.remote, AF_INET, "127.0.0.1", ntohs(here.sin_port));
	for (int i = 0; i < COUNT; i++)
		close(listeners[i]);
	free(listeners);
	close(fd);
	proc_sockets_free(sockets);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(internet_sockets_are_parsed),
		cmocka_unit_test(local_sockets_are_parsed),
		cmocka_unit_test(a_local_socket_is_found),
		cmocka_unit_test(the_other_end_of_a_local_socket_is_found),
		cmocka_unit_test(a_socket_without_an_address_has_a_protocol),
		cmocka_unit_test(a_connection_is_found_behind_thousands_of_sockets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
