/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a server listens: an address and a port. Names are not looked up, except localhost: a name
 * service may be what is traced. Any thread.
 */
#ifndef STOP_OUT_LISTEN_ADDRESS_H
#define STOP_OUT_LISTEN_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Size of its text, including the final NUL. */
#define LISTEN_ADDRESS_TEXT 56

struct listen_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} socket;
	socklen_t size;
};

/*
 * Parses TEXT, "PORT", "ADDRESS:PORT" or "[ADDRESS]:PORT", into *ADDRESS. Without an address it is
 * 127.0.0.1; the port 0 is any that is free. Returns whether it is valid.
 */
bool listen_address_parse(const char *text, struct listen_address *address);

/*
 * Opens a socket that listens on ADDRESS, which gets the port that was taken. Returns 0 with *FD,
 * which is non-blocking and owned by the caller, or -errno: -EADDRINUSE, -EADDRNOTAVAIL, -EACCES …
 */
int listen_address_open(struct listen_address *address, int *fd);

/* Writes "127.0.0.1:9464" or "[::1]:9464" into BUF, and returns it. */
char *listen_address_text(const struct listen_address *address, char buf[LISTEN_ADDRESS_TEXT]);

/* Whether A and B are the same. */
bool listen_address_equal(const struct listen_address *a, const struct listen_address *b);

/* Whether only this machine reaches it. */
bool listen_address_is_loopback(const struct listen_address *address);

/*
 * Whether a client may have meant ADDRESS when it asked HOST (of its request; NULL: it did not
 * say). On a loopback address, only names of that: a web page whose name is made to lead there
 * (DNS rebinding) is not to read it in the browser of somebody on this machine.
 */
bool listen_address_has_host(const struct listen_address *address, const char *host);

#endif
