/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read-only HTTP server of pages that another thread renders, its owner: the one that has the
 * model.
 *
 *     client ──GET──▶ the listener's thread ──listener_fd()──▶ owner: listener_wanted(), renders
 *            ◀─page── (nice 19, a bounded share of a CPU) ◀──── listener_publish()
 *
 * A page is rendered only when a client asks for it, and then serves all who ask until it is stale.
 * The owner never waits, neither for a client nor for a lock of the thread: what both share are
 * atomics. Clients are limited in number, in what they send, and in time, those that say nothing,
 * send a byte now and then, or do not read; where there is no room, the slow ones are ended first.
 * What all of them together can cost is a tenth of a processor. Only GET and HEAD are answered.
 */
#ifndef STOP_OUT_LISTENER_H
#define STOP_OUT_LISTENER_H

#include <stddef.h>
#include <stdint.h>

struct listen_address;
struct listener;

/* What there is. */
enum listener_page {
	LISTENER_PROMETHEUS,  /* /metrics … */
	LISTENER_OPENMETRICS, /* … for who accepts that */
	LISTENER_PAGES,
};

/*
 * Starts to listen on ADDRESS, which gets the port that was taken. Returns 0 with *OUT, which is
 * freed with listener_close(), or -errno: those of listen_address_open(), -EAGAIN (no more
 * threads), -EMFILE …
 */
int listener_new(struct listen_address *address, struct listener **out);

/* Owner: is readable when a page is wanted. Valid as long as LISTENER. */
int listener_fd(const struct listener *listener);

/*
 * Owner: takes which pages are wanted, as bits (1 << enum listener_page); 0: none. Each has to be
 * published.
 */
unsigned int listener_wanted(struct listener *listener);

/*
 * Owner: PAGE is TEXT of SIZE bytes, made with malloc(3), which this takes over. It is served until
 * STALE_NS, of CLOCK_MONOTONIC; only then is the page wanted again.
 */
void listener_publish(struct listener *listener, enum listener_page page, char *text, size_t size,
	uint64_t stale_ns);

/*
 * Owner: ends all connections and the thread, for which it waits until UNTIL_NS, and frees
 * LISTENER, NULL is allowed. Returns 0, or -EAGAIN: it has not ended, and uses LISTENER until we
 * exit.
 */
int listener_close(struct listener *listener, uint64_t until_ns);

/* The version of libmicrohttpd; NULL: it is not in this build, and listener_new() returns -ENOSYS.
 */
const char *listener_library(void);

#endif
