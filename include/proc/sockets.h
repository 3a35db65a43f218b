/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds sockets by their inode numbers: the tables in /proc/PID/net. Any thread.
 */
#ifndef STOP_PROC_SOCKETS_H
#define STOP_PROC_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of the longest path of a local socket, including the final NUL: unix(7). */
#define PROC_SOCKET_PATH_MAX 109

enum proc_socket_kind {
	PROC_SOCKET_TCP,
	PROC_SOCKET_UDP,
	PROC_SOCKET_UNIX,
};

/* An internet address. */
struct proc_address {
	int family;              /* AF_INET (also for IPv4-mapped IPv6) or AF_INET6 */
	unsigned char bytes[16]; /* the address, as for inet_ntop(3) */
	unsigned int port;
};

struct proc_socket {
	enum proc_socket_kind kind;
	struct proc_address local, remote; /* TCP, UDP; remote.port is 0 if not connected */
	char path[PROC_SOCKET_PATH_MAX];   /* UNIX: unescaped; "" if it has none */
};

/* The socket with INODE in the network namespace of process PID. Returns whether it was found. */
bool proc_socket(pid_t pid, uint64_t inode, struct proc_socket *socket);

/* Parses the addresses of the socket with INODE from TEXT of tcp, tcp6, udp or udp6. Pure. */
bool proc_inet_parse(const char *text, uint64_t inode, struct proc_socket *socket);

/* Parses its path from TEXT of the file unix. Pure. */
bool proc_unix_parse(const char *text, uint64_t inode, struct proc_socket *socket);

#endif
