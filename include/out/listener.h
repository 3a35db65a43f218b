/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read-only HTTP server of pages that another thread renders, its owner: the one that has the
 * model.
 *
 *     client ──GET──▶ the listener's thread ──listener_fd()──▶ owner: listener_wanted(), renders
 *            ◀─page── (nice 19, a bounded share of a CPU) ◀──── listener_publish()
 *
 * A page is rendered only when a client asks for it, and then serves all who ask until it is stale.
 * One of them is a stream of events, which goes on with the next one whenever the last one is
 * stale: a client that takes long gets the newest, and misses those before. All that are sent the
 * same share one text, and there is a limit for all texts that somebody is still sent.
 *
 * The owner never waits, neither for a client nor for a lock of the thread: what both share are
 * atomics. Clients are limited in number, in what they send, and in time, those that say nothing,
 * send a byte now and then, or do not read; where there is no room, the slow ones are ended first.
 * What all of them together can cost is a tenth of a processor. Only GET and HEAD are answered, and
 * pages that need it only with the token of the server, as the query token=….
 */
#ifndef STOP_OUT_LISTENER_H
#define STOP_OUT_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/token.h"

struct listen_address;
struct listener;

/* What there can be. */
enum listener_page {
	LISTENER_PROMETHEUS,  /* /metrics … */
	LISTENER_OPENMETRICS, /* … for who accepts that */
	LISTENER_HTML,        /* / */
	LISTENER_EVENTS,      /* /events, a stream: what is published are its events */
	LISTENER_SNAPSHOT,    /* /api/snapshot */
	LISTENER_PAGES,
};

/* What a listener serves: sets of pages have bits (1 << enum listener_page). */
struct listener_config {
	unsigned int pages;     /* what there is */
	unsigned int protected; /* of these, what needs the token */
	char token[TOKEN_TEXT]; /* "" if none does */
};

/*
 * Starts to listen on ADDRESS, which gets the port that was taken, as CONFIG says. Returns 0 with
 * *OUT, which is freed with listener_close(), or -errno: those of listen_address_open(), -EAGAIN
 * (no more threads), -EMFILE …
 */
int listener_new(struct listen_address *address, const struct listener_config *config,
	struct listener **out);

/* Owner: is readable when a page is wanted. Valid as long as LISTENER. */
int listener_fd(const struct listener *listener);

/*
 * Owner: takes which pages are wanted, as bits (1 << enum listener_page); 0: none. Each has to be
 * published.
 */
unsigned int listener_wanted(struct listener *listener);

/*
 * Owner: PAGE is TEXT of SIZE bytes, made with malloc(3), which this takes over. It is served until
 * STALE_NS, of CLOCK_MONOTONIC; only then is the page wanted again. NULL: it cannot be had,
 * and clients that wait for it get an error.
 */
void listener_publish(struct listener *listener, enum listener_page page, char *text, size_t size,
	uint64_t stale_ns);

/* Owner: whether anybody gets the stream. */
bool listener_has_readers(const struct listener *listener);

/*
 * Owner: the last event of the stream, like listener_publish(). listener_close() gives its readers
 * a moment to take it.
 */
void listener_publish_last(struct listener *listener, char *text, size_t size);

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
