/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a server listens; see out/listen_address.h. */
#include "config.h"

#include "out/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* How many connections may wait to be accepted. Those beyond are not refused: their clients try
 * again after 1, 2, 4 … seconds, which is long behind a thousand that say nothing. */
#define BACKLOG  1024

/* More than any address has. */
#define HOST_MAX 64

#define PORT_MAX 65535

static bool parse_port(const char *text, in_port_t *port)
{
	size_t size = strlen(text);
	if (size < 1 || size > 5 || text[strspn(text, "0123456789")])
		return false;
	unsigned long value = strtoul(text, NULL, 10);
	*port = htons((in_port_t)value);
	return value <= PORT_MAX;
}

static bool parse_host(const char *host, bool is_v6, struct listen_address *address)
{
	if (is_v6) {
		address->size = sizeof(address->socket.v6);
		address->socket.v6.sin6_family = AF_INET6;
		return inet_pton(AF_INET6, host, &address->socket.v6.sin6_addr) == 1;
	}
	address->size = sizeof(address->socket.v4);
	address->socket.v4.sin_family = AF_INET;
	if (strcmp(host, "localhost") == 0)
		host = "127.0.0.1";
	return inet_pton(AF_INET, host, &address->socket.v4.sin_addr) == 1;
}

bool listen_address_parse(const char *text, struct listen_address *address)
{
	char host[HOST_MAX] = "127.0.0.1";
	const char *colon = strrchr(text, ':'), *port = colon ? colon + 1 : text;
	size_t size = colon ? (size_t)(colon - text) : 0;
	bool is_v6 = size >= 2 && text[0] == '[' && text[size - 1] == ']';
	*address = (struct listen_address){0};
	if (size >= sizeof(host))
		return false;
	if (colon) {
		memcpy(host, text + is_v6, size - 2 * is_v6);
		host[size - 2 * is_v6] = '\0';
	}
	/* The port is at the same place in both. */
	return parse_host(host, is_v6, address) && parse_port(port, &address->socket.v4.sin_port);
}

/* Sets options of the socket FD, and listens. Returns 0 or -errno. */
static int prepare(int fd, struct listen_address *address)
{
	const int on = 1, off = 0;
	socklen_t size = sizeof(address->socket);
	/* A port is free although connections of the last run are still known. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->socket.any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, &address->socket.any, address->size) < 0 || listen(fd, BACKLOG) < 0 ||
		getsockname(fd, &address->socket.any, &size) < 0)
		return -errno;
	return 0;
}

int listen_address_open(struct listen_address *address, int *fd)
{
	struct listen_address taken = *address;
	int family = address->socket.any.sa_family;
	int opened = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (opened < 0)
		return -errno;
	int result = prepare(opened, &taken);
	if (result < 0) {
		close(opened);
		return result;
	}
	*address = taken;
	*fd = opened;
	return 0;
}

char *listen_address_text(const struct listen_address *address, char buf[LISTEN_ADDRESS_TEXT])
{
	char host[INET6_ADDRSTRLEN];
	bool is_v6 = address->socket.any.sa_family == AF_INET6;
	unsigned int port = ntohs(address->socket.v4.sin_port);
	if (is_v6)
		inet_ntop(AF_INET6, &address->socket.v6.sin6_addr, host, sizeof(host));
	else
		inet_ntop(AF_INET, &address->socket.v4.sin_addr, host, sizeof(host));
	snprintf(buf, LISTEN_ADDRESS_TEXT, "%s%s%s:%u", is_v6 ? "[" : "", host, is_v6 ? "]" : "",
		port);
	return buf;
}

bool listen_address_equal(const struct listen_address *a, const struct listen_address *b)
{
	char text[2][LISTEN_ADDRESS_TEXT];
	return strcmp(listen_address_text(a, text[0]), listen_address_text(b, text[1])) == 0;
}

/* Whether ADDR is of 127.0.0.0/8. */
static bool is_loopback_v4(struct in_addr addr)
{
	return ntohl(addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

bool listen_address_is_loopback(const struct listen_address *address)
{
	if (address->socket.any.sa_family == AF_INET)
		return is_loopback_v4(address->socket.v4.sin_addr);
	return IN6_IS_ADDR_LOOPBACK(&address->socket.v6.sin6_addr);
}

bool listen_address_has_host(const struct listen_address *address, const char *host)
{
	struct listen_address meant;
	char name[HOST_MAX];
	if (!host || !listen_address_is_loopback(address))
		return true;
	/* Without its port, which a forwarded connection may have changed. */
	const char *bracket = strchr(host, ']');
	size_t size = bracket ? (size_t)(bracket + 1 - host) : strcspn(host, ":");
	if (size >= sizeof(name) - 2 || (host[size] && host[size] != ':'))
		return false;
	snprintf(name, sizeof(name), "%.*s:0", (int)size, host);
	if (strncasecmp(name, "localhost:", 10) == 0)
		return true;
	return listen_address_parse(name, &meant) && listen_address_is_loopback(&meant);
}
