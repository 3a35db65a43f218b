/*
 * Sockets by their inodes: the tables of /proc/PID/net. Any thread.
 */
#ifndef STOP_PROC_SOCKETS_H
#define STOP_PROC_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Longest path of a local socket, with the final NUL: sun_path of unix(7) and one more. */
#define PROC_SOCKET_PATH_MAX 109

enum proc_socket_kind {
	PROC_SOCKET_TCP,
	PROC_SOCKET_UDP,
	PROC_SOCKET_UNIX,
};

/* An internet address. */
struct proc_address {
	int family;              /* AF_INET, AF_INET6; IPv4 in IPv6 is shown as AF_INET */
	unsigned char bytes[16]; /* of the address, as inet_ntop(3) takes them */
	unsigned int port;
};

struct proc_socket {
	enum proc_socket_kind kind;
	struct proc_address local, remote; /* TCP, UDP; remote.port is 0 where not connected */
	char path[PROC_SOCKET_PATH_MAX];   /* UNIX: not escaped; "": it has none */
};

/* The socket with INODE in the network namespace of process PID. Returns whether it was found. */
bool proc_socket(pid_t pid, uint64_t inode, struct proc_socket *socket);

/* The socket with INODE by TEXT of the files tcp, tcp6, udp, udp6: local and remote. Pure. */
bool proc_inet_parse(const char *text, uint64_t inode, struct proc_socket *socket);

/* The same of the file unix: path. Pure. */
bool proc_unix_parse(const char *text, uint64_t inode, struct proc_socket *socket);

#endif
