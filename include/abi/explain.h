/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Explanations in words: what a call does, what an error of it means, and what usually causes it.
 *
 * The tables are generated at build time from src/abi/data/explain-*.tsv and never change; texts
 * are static, in one line, and end with a full stop. Pure; any thread.
 */
#ifndef STOP_ABI_EXPLAIN_H
#define STOP_ABI_EXPLAIN_H

#include <stddef.h>

/* What one error of a call means. */
struct error_explanation {
	int err;            /* positive */
	const char *means;  /* for this call, with its usual cause */
	const char *normal; /* why many of them can be no sign of trouble; NULL: they are one */
};

/* What is known about a call. */
struct explanation {
	const char *call;      /* its name in the kernel's table */
	const char *signature; /* as in its manual page: "int close(int fd)" */
	const char *does;
	const struct error_explanation *errors; /* the usual ones, the most usual first */
	size_t error_count;
};

/* What an error means, whatever the call. */
struct errno_explanation {
	int err;
	const char *means;
	const char *cause; /* what usually causes it */
};

/* The explanation of the call NAME, also with a suffix ("openat@32"); NULL: there is none. */
const struct explanation *explain_call(const char *name);

/* Explanation AT of all, by name; NULL: there are fewer. */
const struct explanation *explain_nth(size_t at);

/* What error ERR of EXPLANATION (NULL: of no call) means; NULL: nothing in particular. */
const struct error_explanation *explain_error(const struct explanation *explanation, int err);

/* What error ERR means in general; NULL: not known. */
const struct errno_explanation *explain_errno(int err);

/* Explanation AT of all errors, by name; NULL: there are fewer. */
const struct errno_explanation *explain_nth_errno(size_t at);

#endif
