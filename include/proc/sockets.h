/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds the addresses of sockets by their inode numbers, in the tables in /proc/TID/net: but for
 * local sockets of our own network namespace, the kernel has no faster way that needs no descriptor
 * of the socket, which would keep it open when its process closes it.
 *
 *     inode ──▶ protocol (an attribute of the socket) ──▶ one table, read on from where it was left
 *                                                   └──▶ a local socket: asked for, sock_diag(7)
 *
 * A table has all sockets of the machine, and anybody can make it long: reading is limited to a
 * small share of the time, continues at the next question, and answers all questions at once.
 * Owned by one thread.
 */
#ifndef STOP_PROC_SOCKETS_H
#define STOP_PROC_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Size of the longest path of a local socket, including the final NUL: unix(7). */
#define PROC_SOCKET_PATH_MAX     109

/* Size of the longest name of a protocol, including the final NUL. */
#define PROC_SOCKET_PROTOCOL_MAX 32

enum proc_socket_kind {
	PROC_SOCKET_OTHER, /* it has no address that is known here */
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
	char protocol[PROC_SOCKET_PROTOCOL_MAX]; /* the kernel's name: "TCPv6"; "" if unknown */
	bool has_address;                        /* the following is known */
	struct proc_address local, remote;       /* TCP, UDP; remote.port is 0 if not connected */
	char path[PROC_SOCKET_PATH_MAX];         /* UNIX: unescaped; "" if it has none */
	char peer[PROC_SOCKET_PATH_MAX]; /* UNIX: that of the other end; "" if it is unknown */
	uint64_t peer_inode;             /* UNIX: that of the other end; 0: unknown */
	uint64_t read_ns;                /* when this was so, or 0: it does not change */
};

struct proc_sockets;

/* Freed with proc_sockets_free(), which accepts NULL. */
struct proc_sockets *proc_sockets_new(void);
void proc_sockets_free(struct proc_sockets *sockets);

/*
 * Finds the socket with INODE, which is descriptor FD of thread TID. Returns 0 with *SOCKET filled
 * in as far as it can be known, or -EAGAIN if its address may be found later: ask again.
 */
int proc_sockets_find(struct proc_sockets *sockets, pid_t tid, int fd, uint64_t inode,
	struct proc_socket *socket);

/*
 * Forgets that the socket with INODE is not connected, as far as is known: it may be since. So that
 * the next question is answered anew.
 */
void proc_sockets_renew(struct proc_sockets *sockets, uint64_t inode);

/* Parses the addresses of the socket with INODE from LINE of tcp, tcp6, udp or udp6. Pure. */
bool proc_inet_parse(const char *line, uint64_t inode, struct proc_socket *socket);

/* Parses its path from LINE of the file unix. Pure. */
bool proc_unix_parse(const char *line, uint64_t inode, struct proc_socket *socket);

#endif
