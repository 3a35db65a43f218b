/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of options: each with its letter, long name, argument, help text and the function that
 * applies its value. A new option needs a row and a function in src/app/option_table.c, and a field
 * of struct options. Only for the files of the command line; one thread.
 */
#ifndef STOP_APP_OPTION_TABLE_H
#define STOP_APP_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app/option_filter.h"
#include "app/options.h"

struct option_desc;
struct option_list;

/* The state of parsing. */
struct parse {
	struct options *options;
	char *error;           /* OPTIONS_ERROR_MAX bytes */
	bool batch;            /* -b was given */
	bool summary;          /* -c was given */
	bool has_format;       /* --format was given */
	bool has_forks;        /* -f was given */
	unsigned int times;    /* number of -t */
	bool has_until_count;  /* --until-count was given */
	bool has_flight_count; /* --flight-count was given */
	bool has_ship_detail;  /* one of --ship-password, -by, -interval and -buffer was */
	bool compares;         /* --diff was given */
	bool examines;         /* --doctor was given */
	struct filter_parts filter;
	const struct option_list *list;
	const struct option_desc *desc; /* the option that is being applied */
};

/* One of the values of an option that has a few; its HELP can be NULL. */
struct option_value {
	const char *name;
	const char *help;
};

/* One option. */
struct engine_class;

struct option_desc {
	char letter;          /* 0: it has none */
	const char *name;     /* long name */
	const char *argument; /* name of its argument in the help; NULL: it takes none */
	const char *help;
	int (*apply)(struct parse *parse, const char *value); /* 0 or -EINVAL with the error */

	/* If the help lists the values: value I, or false if there are fewer. Otherwise NULL. */
	bool (*value)(size_t i, struct option_value *value);
	const struct engine_class *engine; /* the engine whose option it is; NULL: any */
	uint32_t engine_bit;               /* its bit in engine_request.options */
};

#define OPTIONS_MAX 96

/* All options: the program's, in the order of the help, and those of engines. */
struct option_list {
	struct option_desc desc[OPTIONS_MAX];
	size_t count;
};

void option_list_make(struct option_list *list);

/* Sets the error message of PARSE. Returns -EINVAL, for the caller to return. */
int option_error(struct parse *parse, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
