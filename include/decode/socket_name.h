/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of sockets as strace's -yy shows them: "TCP:[10.0.0.1:1->10.0.0.2:2]", "UDPv6:[[::1]:53]",
 * "UNIX-STREAM:[4711->4712,\"/run/x\"]". What is not known is "?". Text of targets is not escaped.
 * Pure; any thread.
 */
#ifndef STOP_DECODE_SOCKET_NAME_H
#define STOP_DECODE_SOCKET_NAME_H

#include <stddef.h>
#include <stdint.h>

#include "event/object.h"
#include "proc/sockets.h"

/* Size of the longest name, and of the longest address, including the final NUL. */
#define SOCKET_NAME_MAX    320
#define SOCKET_ADDRESS_MAX 128

/* The word that names begin with: "TCP", "UDPv6", "UNIX-STREAM"; TYPE may have flags. Static. */
const char *socket_protocol(int family, int type);

/* The kind of sockets whose names begin with PROTOCOL, which ends at any other character. */
enum object_kind socket_kind(const char *protocol);

/*
 * Writes the address in SIZE bytes of a struct sockaddr to BUF: "10.0.0.1:80", "[::1]:80",
 * "/run/x", "@abstract". Returns the family; 0, with "?", if there is no address that is known.
 */
int socket_address(const void *address, size_t size, char buf[SOCKET_ADDRESS_MAX]);

/* The same from what /proc says. */
void socket_proc_address(const struct proc_address *address, char buf[SOCKET_ADDRESS_MAX]);

/*
 * Writes the name of a socket of PROTOCOL with its addresses to BUF; REMOTE may be NULL: it is not
 * connected. Returns its length.
 */
size_t socket_name(
	const char *protocol, const char *local, const char *remote, char buf[SOCKET_NAME_MAX]);

/* The same for SOCKET with INODE, as found in /proc. */
size_t socket_proc_name(
	const struct proc_socket *socket, uint64_t inode, char buf[SOCKET_NAME_MAX]);

/* Copies the protocol and the local address of the socket called NAME; "?" if that has none. */
void socket_name_local(const char *name, size_t size, char protocol[PROC_SOCKET_PROTOCOL_MAX],
	char local[SOCKET_ADDRESS_MAX]);

#endif
