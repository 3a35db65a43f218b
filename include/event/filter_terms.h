/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terms of filters: the table of their keys, how their values are written, and what they
 * answer. Only for the files of event/filter.h. Pure; any thread.
 */
#ifndef STOP_EVENT_FILTER_TERMS_H
#define STOP_EVENT_FILTER_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/glob.h"
#include "event/filter.h"

/* The keys, in the order in which they are suggested. */
enum filter_key_id {
	FILTER_KEY_PATH,
	FILTER_KEY_FD,
	FILTER_KEY_PEER,
	FILTER_KEY_PORT,
	FILTER_KEY_ERRNO,
	FILTER_KEY_RESULT,
	FILTER_KEY_TIME,
	FILTER_KEY_BYTES,
	FILTER_KEY_PID,
	FILTER_KEY_TID,
	FILTER_KEY_COMM,
	FILTER_KEY_COUNT,
};

/* What is between a key and its value. */
enum filter_relation {
	FILTER_IS, /* ":" or "=" */
	FILTER_GREATER,
	FILTER_GREATER_EQUAL,
	FILTER_LESS,
	FILTER_LESS_EQUAL,
};

/* One value of a term; which fields it has depends on the key. */
struct filter_value {
	int64_t first, last;           /* numbers from first to last; of a peer: its ports */
	struct glob *glob;             /* a pattern; owned; NULL: none */
	struct filter_address address; /* of a peer; FILTER_ADDRESS_NONE: any */
	unsigned int bits;             /* of this, so many have to be equal */
	enum filter_end end;           /* FILTER_END_UNKNOWN: a number */
};

/* A term: a call set, or a key with values. */
struct filter_term {
	struct callset *set;          /* owned; NULL: a key */
	const struct filter_key *key; /* NULL: a set */
	struct filter_value *value;   /* any of them; owned */
	size_t value_count;
};

struct filter_key {
	const char *name;
	const char *example;     /* a term, for messages and help */
	const char *meaning;     /* a few words, for the help */
	unsigned int needs;      /* enum filter_need */
	bool is_ordered;         /* it has all relations, not only FILTER_IS */
	const char *const *word; /* its values, as far as they are words; ends with NULL; or NULL */

	/*
	 * Parses TEXT into *VALUE, which is zero. Returns 0, or -EINVAL with the reason in MESSAGE
	 * of SIZE bytes.
	 */
	int (*parse)(const char *text, struct filter_value *value, char *message, size_t size);

	/* Whether CALL has VALUE. */
	enum filter_answer (*answer)(
		const struct filter_value *value, const struct filter_call *call);
};

extern const struct filter_key filter_keys[FILTER_KEY_COUNT];

/* The key whose name is the SIZE bytes at NAME, or NULL. */
const struct filter_key *filter_key_by_name(const char *name, size_t size);

/* Makes VALUE, which is one of FILTER_IS, that of RELATION. */
void filter_value_relate(struct filter_value *value, enum filter_relation relation);

/* What TERM needs in order to answer: a set of enum filter_need. */
unsigned int filter_term_needs(const struct filter_term *term);

/* What TERM answers to CALL. */
enum filter_answer filter_term_answer(
	const struct filter_term *term, const struct filter_call *call);

/* Frees what TERM owns. */
void filter_term_clear(struct filter_term *term);

/* The number of the error NAME ("ENOENT", in any case), or 0. */
int filter_error_number(const char *name);

#endif
