/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rows can be shipped to (--ship), as rows of a table: how their rows are written, what is
 * requested over HTTP, and what their answers mean. To add one, add a file with a struct
 * ship_target, and a line in src/out/ship_target.c. Pure: out/shipper.h sends.
 */
#ifndef STOP_OUT_SHIP_TARGET_H
#define STOP_OUT_SHIP_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "out/ship_batch.h"
#include "out/ship_row.h"
#include "out/ship_url.h"

struct json_text;

/* Size of the longest reason, including the final NUL. */
#define SHIP_WHY_MAX 200

/* A request. Texts are owned: ship_request_clear(). */
struct ship_request {
	const char *method; /* "POST", static */
	const char *type;   /* of the body, static; NULL: there is none */
	char *path;         /* with the query, encoded */
	char *body;         /* NULL: the text of the batch, which is not owned */
};

void ship_request_clear(struct ship_request *request);

/* What the server has answered. */
struct ship_answer {
	unsigned int status;    /* of HTTP */
	uint64_t retry_after_s; /* of its header Retry-After; 0: there is none */
	char *body;             /* owned, with a NUL; NULL: none, or it was too large to be read */
	size_t size;
};

/* What has become of rows. */
enum ship_verdict {
	SHIP_TAKEN,      /* all are there */
	SHIP_LATER,      /* not now: they may be sent again */
	SHIP_REFUSED,    /* they would never be taken */
	SHIP_TOO_LARGE,  /* nothing was taken: fewer rows may be */
	SHIP_UNPREPARED, /* what was prepared is gone: prepare it, and send them again */
};

struct ship_target {
	const char *scheme; /* of its URLs */
	const char *help;   /* what it is */
	const char *name;   /* the default of ship_url.name; "": none */
	bool has_path;      /* that is a path, of several names */
	const char *user;   /* who has the password of a URL without a user; NULL: the password is
	                       a key for the scheme of `key` */
	const char *key;    /* of Authorization: "ApiKey" */
	unsigned int port, tls_port;

	/*
	 * Writes what has to be requested as number STEP, from 0, before rows are sent. Returns
	 * false if that were all. It may be requested again, and by several hosts at once. NULL:
	 * there is nothing.
	 */
	bool (*prepare)(
		const struct ship_url *url, unsigned int step, struct ship_request *request);

	/*
	 * Whether the ANSWER to this is as it should be: SHIP_TAKEN (also if we have not the right
	 * to prepare: somebody else may have done it) or SHIP_LATER with the reason in WHY.
	 */
	enum ship_verdict (*is_prepared)(const struct ship_answer *answer, char why[SHIP_WHY_MAX]);

	/* Writes the request that inserts the rows of BATCH, which has some. */
	void (*insert)(const struct ship_url *url, const struct ship_batch *batch,
		struct ship_request *request);

	/* Writes ROW. */
	void (*row)(struct json_text *text, const struct ship_row *row);

	/*
	 * What the ANSWER to BATCH means, with the reason in WHY unless it is SHIP_TAKEN. Rows that
	 * are settled (taken or refused) are removed from BATCH if others are to be sent again;
	 * what was refused of them is added to *REFUSED.
	 */
	enum ship_verdict (*judge)(const struct ship_answer *answer, struct ship_batch *batch,
		struct ship_count *refused, char why[SHIP_WHY_MAX]);
};

/* The table. */
extern const struct ship_target *const ship_targets[];
extern const size_t ship_target_count;

/* For targets: what an answer with STATUS means that no target knows better. */
enum ship_verdict ship_judge_status(unsigned int status);

/* For targets: writes "HTTP 503: " and what is printable of the SIZE bytes of TEXT to WHY. */
void ship_explain(unsigned int status, const char *text, size_t size, char why[SHIP_WHY_MAX]);

#endif
