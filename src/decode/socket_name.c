/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of sockets; see decode/socket_name.h. */
#include "config.h"

#include "decode/socket_name.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* The bits of a socket's type that are no flags: SOCK_TYPE_MASK of the kernel's <linux/net.h>. */
#define TYPE_MASK 0xf

static const struct {
	int family, type; /* type 0: any */
	const char *name;
} protocols[] = {
	{AF_INET, SOCK_STREAM, "TCP"},
	{AF_INET6, SOCK_STREAM, "TCPv6"},
	{AF_INET, SOCK_DGRAM, "UDP"},
	{AF_INET6, SOCK_DGRAM, "UDPv6"},
	{AF_INET, SOCK_RAW, "RAW"},
	{AF_INET6, SOCK_RAW, "RAWv6"},
	{AF_UNIX, SOCK_STREAM, "UNIX-STREAM"},
	{AF_UNIX, SOCK_DGRAM, "UNIX-DGRAM"},
	{AF_UNIX, SOCK_SEQPACKET, "UNIX-SEQPACKET"},
	{AF_NETLINK, 0, "NETLINK"},
	{AF_PACKET, 0, "PACKET"},
	{AF_ALG, 0, "ALG"},
	{AF_VSOCK, 0, "VSOCK"},
};

const char *socket_protocol(int family, int type)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(*protocols); i++) {
		if (protocols[i].family == family &&
			(!protocols[i].type || protocols[i].type == (type & TYPE_MASK)))
			return protocols[i].name;
	}
	return "socket";
}

enum object_kind socket_kind(const char *protocol)
{
	if (strncmp(protocol, "TCP", 3) == 0)
		return KIND_TCP;
	if (strncmp(protocol, "UDP", 3) == 0)
		return KIND_UDP;
	return strncmp(protocol, "UNIX", 4) == 0 ? KIND_UNIX : KIND_SOCKET;
}

static void put_inet(int family, const void *bytes, unsigned int port, char buf[SOCKET_ADDRESS_MAX])
{
	char text[INET6_ADDRSTRLEN] = "?";
	inet_ntop(family, bytes, text, sizeof(text));
	snprintf(buf, SOCKET_ADDRESS_MAX, family == AF_INET6 ? "[%s]:%u" : "%s:%u", text, port);
}

static void put_path(const char *path, size_t size, char buf[SOCKET_ADDRESS_MAX])
{
	bool is_abstract = size > 1 && !path[0];
	size_t length = is_abstract ? size - 1 : strnlen(path, size);
	snprintf(buf, SOCKET_ADDRESS_MAX, "%s%.*s", is_abstract ? "@" : "", (int)length,
		path + is_abstract);
}

int socket_address(const void *address, size_t size, char buf[SOCKET_ADDRESS_MAX])
{
	union {
		sa_family_t family;
		struct sockaddr_in ipv4;
		struct sockaddr_in6 ipv6;
		struct sockaddr_un local;
	} any = {0};
	strcpy(buf, "?");
	if (size < sizeof(any.family))
		return 0;
	memcpy(&any, address, size < sizeof(any) ? size : sizeof(any));
	size_t path = offsetof(struct sockaddr_un, sun_path);
	if (any.family == AF_INET && size >= sizeof(any.ipv4))
		put_inet(AF_INET, &any.ipv4.sin_addr, ntohs(any.ipv4.sin_port), buf);
	else if (any.family == AF_INET6 && size >= sizeof(any.ipv6))
		put_inet(AF_INET6, &any.ipv6.sin6_addr, ntohs(any.ipv6.sin6_port), buf);
	else if (any.family == AF_UNIX && size > path)
		put_path(any.local.sun_path,
			(size < sizeof(any.local) ? size : sizeof(any.local)) - path, buf);
	else
		return 0;
	return any.family;
}

void socket_proc_address(const struct proc_address *address, char buf[SOCKET_ADDRESS_MAX])
{
	put_inet(address->family, address->bytes, address->port, buf);
}

size_t socket_name(
	const char *protocol, const char *local, const char *remote, char buf[SOCKET_NAME_MAX])
{
	snprintf(buf, SOCKET_NAME_MAX, remote ? "%.31s:[%s->%s]" : "%.31s:[%s]", protocol, local,
		remote);
	return strlen(buf);
}

/* A local socket: "UNIX-STREAM:[4711->4712,\"/run/x\"]"; the path is that of either end. */
static void put_local(const struct proc_socket *socket, uint64_t inode, char buf[SOCKET_NAME_MAX])
{
	const char *path = socket->path[0] ? socket->path : socket->peer;
	char peer[24] = "";
	if (socket->peer_inode)
		snprintf(peer, sizeof(peer), "->%" PRIu64, socket->peer_inode);
	if (path[0])
		snprintf(buf, SOCKET_NAME_MAX, "%s:[%" PRIu64 "%s,\"%s\"]", socket->protocol, inode,
			peer, path);
	else
		snprintf(buf, SOCKET_NAME_MAX, "%s:[%" PRIu64 "%s]", socket->protocol, inode, peer);
}

size_t socket_proc_name(const struct proc_socket *socket, uint64_t inode, char buf[SOCKET_NAME_MAX])
{
	char local[SOCKET_ADDRESS_MAX], remote[SOCKET_ADDRESS_MAX];
	bool is_inet = socket->kind == PROC_SOCKET_TCP || socket->kind == PROC_SOCKET_UDP;
	if (is_inet && socket->has_address) {
		socket_proc_address(&socket->local, local);
		socket_proc_address(&socket->remote, remote);
		return socket_name(
			socket->protocol, local, socket->remote.port ? remote : NULL, buf);
	}
	if (socket->kind == PROC_SOCKET_UNIX)
		put_local(socket, inode, buf);
	else
		snprintf(buf, SOCKET_NAME_MAX, "%s:[%" PRIu64 "]",
			socket->protocol[0] ? socket->protocol : "socket", inode);
	return strlen(buf);
}

void socket_name_local(const char *name, size_t size, char protocol[PROC_SOCKET_PROTOCOL_MAX],
	char local[SOCKET_ADDRESS_MAX])
{
	size_t length = strcspn(name, ": ");
	const char *start = memmem(name, size, ":[", 2);
	const char *end = start ? memmem(start, (size_t)(name + size - start), "->", 2) : NULL;
	snprintf(protocol, PROC_SOCKET_PROTOCOL_MAX, "%.*s", (int)length, name);
	strcpy(local, "?");
	if (!start)
		return;
	if (!end)
		end = name + size - 1;
	start += 2;
	if (end > start)
		snprintf(local, SOCKET_ADDRESS_MAX, "%.*s", (int)(end - start), start);
}
