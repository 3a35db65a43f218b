/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Filters: which calls, by what they are about and how they ended. One language for the command
 * line and the filter key, which grows from that of call sets (abi/callset.h).
 *
 *   filter := set | or              a text that is a call set is one, as ever
 *   or     := and { "or" and }
 *   and    := not { "and" not }
 *   not    := { "not" } ( "(" or ")" | term )
 *   term   := KEY ":" values | KEY ( ">" | ">=" | "<" | "<=" | "=" ) value | set
 *   values := value { "," value }   any of them
 *
 *   path:GLOB     a file that it names, or that a descriptor of it is: * and ? stop at "/", ** does
 *                 not; a GLOB that does not begin with "/" may begin below any directory
 *   fd:N          a descriptor among its arguments; also a range: fd:3-5
 *   peer:ADDRESS  the other end of a socket: 10.0.0.1, 10.0.0.1:5432, 10.0.0.0/8, [::1]:80,
 *                 *:443, or the path of a unix socket
 *   port:N        one of the ports of a socket
 *   errno:NAME    the error: ENOENT, or a number
 *   result:WHAT   ok, failed, unfinished (it has never returned), or a number; result>4096
 *   time>10ms     its time, with a unit: ns, us, ms, s, m, h
 *   bytes>4k      what it transferred; k, M and G are powers of 1024
 *   pid:N tid:N comm:GLOB
 *                 who has made it
 *
 * Blanks separate terms; a value or a set with blanks or commas is put into "" or '', in which a
 * backslash quotes.
 *
 * An answer can be unknown: a filter on paths cannot tell from the numbers of a call alone, one on
 * times not while the call is in progress. "not known" is neither yes nor no, and `and`, `or` and
 * `not` keep it where it matters.
 *
 * A filter is immutable once parsed. Everything here is pure, filter_answer() allocates nothing and
 * takes no longer than the filter is long (FILTER_TERMS_MAX), so that an engine can use it at a
 * stop; any thread.
 */
#ifndef STOP_EVENT_FILTER_H
#define STOP_EVENT_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/callset.h"
#include "abi/syscall.h"

struct event_detail;
struct event_exit;
struct filter;
struct tally;

/* Maximum length of a text in bytes, and number of terms in it. */
#define FILTER_TEXT_MAX  4096
#define FILTER_TERMS_MAX 64

/* Whether a call is one of those that a filter selects. */
enum filter_answer {
	FILTER_NO,
	FILTER_UNKNOWN, /* not from what is known about it */
	FILTER_YES,
};

/* Why a text is no filter. */
struct filter_error {
	size_t offset;     /* where in the text, in bytes */
	size_t length;     /* of what is wrong there; 0: something is missing */
	bool is_set;       /* the text was taken for a call set as a whole */
	char message[160]; /* one line without a final newline, with a suggestion if there is one */
};

/*
 * Parses TEXT. Returns 0 with the filter in *OUT, which the caller frees with filter_free(); or
 * -EINVAL with the reason in *ERROR (may be NULL), and *OUT is unchanged. An empty TEXT is invalid.
 */
int filter_parse(const char *text, struct filter **out, struct filter_error *error);

/* NULL is allowed. */
void filter_free(struct filter *filter);

/* The text of FILTER in one spelling, which filter_parse() accepts; owned by FILTER. */
const char *filter_text(const struct filter *filter);

/* The call set that FILTER is equal to, owned by it; NULL: it is about more than which call. */
const struct callset *filter_callset(const struct filter *filter);

/*
 * The calls of which FILTER may select some. The caller frees it with callset_free().
 */
struct callset *filter_possible(const struct filter *filter);

/* Whether the text of FILTER is a call set as a whole, without anything that only filters have. */
bool filter_is_set(const struct filter *filter);

/* What a filter has to know in order to answer: a set of bits. */
enum filter_need {
	FILTER_NEEDS_TASK = 1 << 0,  /* who has made the call */
	FILTER_NEEDS_ERROR = 1 << 1, /* whether it failed, and how: also in EVENT_SUM */
	FILTER_NEEDS_END = 1 << 2,   /* its result, time, bytes: in EVENT_EXIT */
	FILTER_NEEDS_ARGS = 1 << 3,  /* its arguments: INTEREST_DETAILS */
	FILTER_NEEDS_NAMES = 1 << 4, /* what they name: INTEREST_NAMES */
};

/* What FILTER needs for CALL; 0: the answer depends on which call it is alone. */
unsigned int filter_needs(const struct filter *filter, struct call call);

/* What it needs for any call. */
unsigned int filter_needs_any(const struct filter *filter);

/* One end of a socket. */
struct filter_address {
	enum {
		FILTER_ADDRESS_NONE, /* it has none, or that is not known */
		FILTER_ADDRESS_IPV4,
		FILTER_ADDRESS_IPV6,
	} family;
	unsigned char bytes[16]; /* in network order; 4 of them for IPv4 */
	uint16_t port;           /* in host order */
};

/* Something that a call is about: named by an argument, or the object of a descriptor. */
struct filter_object {
	int fd;           /* the descriptor among the arguments; -1: none, as AT_FDCWD or a path */
	bool is_named;    /* what it is is known: the rest */
	const char *name; /* as in the kernel, not escaped: the absolute path, "pipe:[1]", the path
	                     of a unix socket; NULL: none. Not owned */
	bool is_unix;     /* the name is that of the other end of a unix socket */
	struct filter_address local, remote; /* of a socket */
};

/* How a call has ended. */
enum filter_end {
	FILTER_END_UNKNOWN, /* it has not ended, or in several ways */
	FILTER_END_OK,
	FILTER_END_FAILED,     /* with `err` */
	FILTER_END_UNFINISHED, /* it has never returned */
};

/*
 * What is known about a call, or about several that differ in nothing that is stated here. The
 * ranges are those in which the value is: 0 to UINT64_MAX if nothing is known.
 */
struct filter_call {
	struct call call;
	pid_t pid, tid;   /* 0: unknown */
	const char *comm; /* not owned; NULL: unknown */
	enum filter_end end;
	int err; /* errno; 0: none, or unknown */
	bool has_result;
	int64_t result; /* if has_result */
	uint64_t min_ns, max_ns;
	uint64_t min_bytes, max_bytes;
	bool has_fds;                       /* `object` has every descriptor of it */
	bool has_names;                     /* and everything that its arguments name */
	const struct filter_object *object; /* not owned */
	size_t object_count;
};

/* Whether FILTER selects CALL. */
enum filter_answer filter_answer(const struct filter *filter, const struct filter_call *call);

/*
 * What an event says about its call: all but pid, comm and objects, which are not known then.
 */
struct filter_call filter_call_of_exit(const struct event_exit *exit);
struct filter_call filter_call_of_detail(const struct event_detail *detail);

/* What is common to all calls of TALLY, which are to CALL. */
struct filter_call filter_call_of_tally(struct call call, const struct tally *tally);

/* Finds what calls are about. An implementation embeds it as its first member. */
struct filter_objects {
	/*
	 * Adds to CALL what the call of DETAIL is about: `has_fds`, `has_names` and its objects,
	 * which are valid until the next call of this function.
	 */
	void (*find)(struct filter_objects *objects, const struct event_detail *detail,
		struct filter_call *call);
};

#endif
