/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests over HTTP to one server, for out/shipper.h. One thread but for transport_cancel().
 *
 * Its thread has a table of descriptors of its own, so that a command that is started meanwhile
 * inherits no connection, and nobody's end of a pipe is kept open: transport_new() is to be called
 * by that thread, and closes all descriptors that it has there but the standard ones.
 */
#ifndef STOP_OUT_TRANSPORT_H
#define STOP_OUT_TRANSPORT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "out/ship_target.h"

struct transport;

struct transport_config {
	const char *origin;   /* "http://host:8123" */
	const char *user;     /* NULL: none */
	const char *password; /* of USER; without one, what is sent as Authorization: KEY … */
	const char *key;      /* the scheme of that; all NULL: nothing is */
	uint64_t limit_ns;    /* no request takes longer */
	const atomic_bool *is_cancelled; /* becomes true: the request ends within 50 ms */
};

/* CONFIG and its texts have to outlive it. Returns 0 with *OUT, or -errno. */
int transport_new(const struct transport_config *config, struct transport **out);

/*
 * Sends REQUEST with SIZE bytes of BODY. Returns 0 with *ANSWER, whose body the caller frees; -EIO
 * with the reason in WHY: there was no answer, whatever became of the request; or -ECANCELED.
 */
int transport_send(struct transport *transport, const struct ship_request *request,
	const char *body, size_t size, struct ship_answer *answer, char why[SHIP_WHY_MAX]);

/* NULL is allowed. */
void transport_free(struct transport *transport);

/* The version of libcurl; NULL: it is not in this build, and transport_new() returns -ENOSYS. */
const char *transport_library(void);

#endif
