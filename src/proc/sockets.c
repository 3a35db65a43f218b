/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets; see proc/sockets.h. */
#include "config.h"

#include "proc/sockets.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proc/file.h"

/* Limit on the part of a table that is read; more would take too long. */
#define TEXT_MAX (256 << 10)

/* Parses an address: hexadecimal words in native byte order. */
static bool parse_address(const char *digits, unsigned int port, struct proc_address *address)
{
	uint32_t words[4] = {0};
	size_t length = strlen(digits);
	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		if (sscanf(digits + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	}
	bool is_mapped = length == 32 && !words[0] && !words[1] && words[2] == htonl(0xffff);
	*address = (struct proc_address){
		.family = length == 8 || is_mapped ? AF_INET : AF_INET6,
		.port = port,
	};
	if (is_mapped)
		memcpy(address->bytes, &words[3], sizeof(words[3]));
	else
		memcpy(address->bytes, words, sizeof(words));
	return true;
}

bool proc_inet_parse(const char *text, uint64_t inode, struct proc_socket *socket)
{
	for (const char *line = text; line; line = proc_next_line(line)) {
		char local[33], remote[33];
		unsigned int local_port, remote_port;
		uint64_t found;
		if (sscanf(line,
			    "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*s %*s %*s %*d %*d %" SCNu64,
			    local, &local_port, remote, &remote_port, &found) == 5 &&
			found == inode && parse_address(local, local_port, &socket->local) &&
			parse_address(remote, remote_port, &socket->remote))
			return true;
	}
	return false;
}

bool proc_unix_parse(const char *text, uint64_t inode, struct proc_socket *socket)
{
	for (const char *line = text; line; line = proc_next_line(line)) {
		uint64_t found;
		int end = 0;
		/* "ffff8880: 00000002 00000000 00010000 0001 01 22001 /run/a socket" */
		if (sscanf(line, "%*[^:]: %*x %*x %*x %*x %*x %" SCNu64 "%n", &found, &end) != 1 ||
			found != inode)
			continue;
		const char *path = line + end + (line[end] == ' ');
		snprintf(
			socket->path, sizeof(socket->path), "%.*s", (int)strcspn(path, "\n"), path);
		return true;
	}
	return false;
}

/* The tables, in search order. */
static const struct {
	const char *file;
	enum proc_socket_kind kind;
	bool (*parse)(const char *text, uint64_t inode, struct proc_socket *socket);
} tables[] = {
	{"tcp", PROC_SOCKET_TCP, proc_inet_parse},
	{"tcp6", PROC_SOCKET_TCP, proc_inet_parse},
	{"unix", PROC_SOCKET_UNIX, proc_unix_parse},
	{"udp", PROC_SOCKET_UDP, proc_inet_parse},
	{"udp6", PROC_SOCKET_UDP, proc_inet_parse},
};

bool proc_socket(pid_t pid, uint64_t inode, struct proc_socket *socket)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		char *text = proc_read_all(TEXT_MAX, "/proc/%d/net/%s", (int)pid, tables[i].file);
		struct proc_socket found = {.kind = tables[i].kind};
		bool is_there = text && tables[i].parse(text, inode, &found);
		free(text);
		if (is_there) {
			*socket = found;
			return true;
		}
	}
	return false;
}
