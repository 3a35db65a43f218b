/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets by their inodes. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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
	assert_true(proc_inet_parse(tcp, 4321, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 7801);
	assert_int_equal(socket.remote.port, 0);
	assert_true(proc_inet_parse(tcp, 4322, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 7801);
	assert_address(&socket.remote, AF_INET, "127.0.0.2", 32769);
	assert_true(proc_inet_parse(tcp, 4323, &socket));
	assert_address(&socket.local, AF_INET6, "::1", 80);
	assert_true(proc_inet_parse(tcp, 4324, &socket));
	assert_address(&socket.local, AF_INET, "127.0.0.1", 80);
	assert_address(&socket.remote, AF_INET, "127.0.0.2", 81);
	assert_false(proc_inet_parse(tcp, 1, &socket));
	assert_false(proc_inet_parse("", 0, &socket));
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
	assert_true(proc_unix_parse(local, 22001, &socket));
	assert_string_equal(socket.path, "/run/a socket");
	assert_true(proc_unix_parse(local, 22002, &socket));
	assert_string_equal(socket.path, "");
	assert_true(proc_unix_parse(local, 22004, &socket));
	assert_string_equal(socket.path, "@abstract");
	assert_false(proc_unix_parse(local, 22003, &socket));
}

static void a_socket_of_this_process_is_found(void **state)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct proc_socket found;
	struct stat stats;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)state;
	snprintf(name.sun_path + 1, sizeof(name.sun_path) - 1, "stop-sockets-%d", (int)getpid());
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	assert_int_equal(fstat(fd, &stats), 0);
	assert_true(proc_socket(getpid(), stats.st_ino, &found));
	assert_int_equal(found.kind, PROC_SOCKET_UNIX);
	assert_memory_equal(found.path + 1, name.sun_path + 1, strlen(name.sun_path + 1));
	close(fd);
	assert_false(proc_socket(getpid(), stats.st_ino, &found));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(internet_sockets_are_parsed),
		cmocka_unit_test(local_sockets_are_parsed),
		cmocka_unit_test(a_socket_of_this_process_is_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
