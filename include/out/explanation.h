/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What calls and errors mean, in words (abi/explain.h), with what was seen of them: "5,501 of 6,002
 * calls; all below /usr/lib/python3: search for modules; 3 % of the time". Pure.
 */
#ifndef STOP_OUT_EXPLANATION_H
#define STOP_OUT_EXPLANATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "out/report.h"

/* Errors of a call that are explained. */
#define EXPLANATION_ERRORS_MAX 8

/* Size of the longest place that is named, with the final NUL. */
#define EXPLANATION_PLACE_MAX  128

/* What was seen of an error of a call. */
struct explanation_seen {
	int err;
	uint64_t count;
	char place[EXPLANATION_PLACE_MAX]; /* escaped directory of all of these files; "": unknown
	                                    */
	const char *search; /* what they are a search for: "modules"; NULL: unknown */
	double share;       /* of the time of all calls, 0 to 1; < 0: unknown */
};

/*
 * Stores at most MAX errors of ROW, one of REPORT's calls, the most frequent first. Returns their
 * number. Places and shares are known if files are counted in REPORT, each of them, and if no other
 * call has failed with the error.
 */
size_t explanation_find(const struct report *report, const struct call_row *row,
	struct explanation_seen *seen, size_t max);

/* SEEN of ROW as text. Returns BUF. */
char *explanation_text(
	const struct call_row *row, const struct explanation_seen *seen, char buf[REPORT_TEXT_MAX]);

/* What ERR means for the call NAME, or else in general; static, never NULL. */
const char *explanation_means(const char *name, int err);

/*
 * Writes what is known about NAME, a call ("openat") or an error ("ECONNREFUSED"); in ASCII only if
 * ASCII. Returns 0, or -ENOENT if nothing is known, after writing nothing.
 */
int explanation_write(FILE *stream, const char *name, bool ascii);

#endif
