/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options that say which calls are shown, and with which something happens: -e, -P, -z, -Z,
 * --until, --when and their like.
 * Those of strace are spellings of filters (event/filter.h): each is a part of the text of one.
 * Only for the files of the command line; one thread.
 */
#ifndef STOP_APP_OPTION_FILTER_H
#define STOP_APP_OPTION_FILTER_H

struct parse;

/* Parts of the text of a filter: all of those that are given have to hold. */
struct filter_parts {
	const char *calls; /* of -e; part of argv; NULL: not given, as the others */
	char *paths;       /* of -P, and the descriptors of -e trace-fds=: any of them; owned */
	char *status;      /* of -e status=, -z and -Z; owned */
};

/* Apply the values of the options, as in struct option_desc. */
int apply_filter(struct parse *parse, const char *value);
int apply_path(struct parse *parse, const char *value);
int apply_successful(struct parse *parse, const char *value);
int apply_failed(struct parse *parse, const char *value);
int apply_until(struct parse *parse, const char *value);
int apply_when(struct parse *parse, const char *value);
int apply_until_count(struct parse *parse, const char *value);
int apply_duration(struct parse *parse, const char *value);

/* Makes the filter of all parts, once all options were applied. Returns 0 or -EINVAL. */
int filter_parts_finish(struct parse *parse);

/* Frees the parts of PARSE. */
void filter_parts_clear(struct parse *parse);

#endif
