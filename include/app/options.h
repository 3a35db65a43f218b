/*
 * The command line, as a value: what the user asked for.
 *
 * One table (src/options.c) holds every option with its letter, long name, argument, help text and
 * meaning; the parser, -h and the error messages are made from it. Parsing is pure: it prints
 * nothing and asks nobody. It uses getopt_long(3): one thread at a time.
 */
#ifndef STOP_APP_OPTIONS_H
#define STOP_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "event/engine.h"
#include "out/exporter.h"
#include "out/report.h"
#include "ui/theme.h"

/* What the program is to do. */
enum options_task {
	OPTIONS_TRACE,   /* the work itself */
	OPTIONS_HELP,    /* options_write_help(), and no more */
	OPTIONS_VERSION, /* options_write_version(), and no more */
};

/* How it shows what it sees. */
enum options_mode {
	OPTIONS_INTERACTIVE, /* the screen */
	OPTIONS_BATCH,       /* a frame of text or a line of JSON every interval */
	OPTIONS_SUMMARY,     /* one table or JSON object at the end */
};

struct options {
	enum options_task task; /* the fields below mean something for OPTIONS_TRACE alone */
	enum options_mode mode;
	const struct exporter *format; /* of -b and -c */
	pid_t *pids;                   /* of -p, each once, in order; owned */
	size_t pid_count;              /* 0 where there is a command */
	char **command;                /* its words, NULL at the end; NULL: none. Part of argv */
	enum follow follow;
	const char *output;       /* file of -o; NULL: none was named. Part of argv */
	uint64_t delay_ns;        /* between two frames */
	bool has_delay;           /* it was given, and is not the default */
	enum theme theme;         /* of --theme; THEME_COUNT: none was given */
	const char *stdin_path;   /* of --stdin; NULL: none was given. Part of argv */
	const char *snapshot_dir; /* where snapshots go. Part of argv, or static */
	uint64_t frames;          /* after which it ends; 0: no such number */
	struct callset *set;      /* of -e; NULL: every call. Owned */
	const char *set_text;     /* its text, or NULL. Part of argv */
	struct call_order order;  /* of the rows */
	size_t ring_size;         /* bytes, a power of two */
	uint32_t engine_options;  /* as in struct engine_request */
	struct callset *stacks;   /* of -k: calls whose stacks are wanted; NULL: none. Owned */
	size_t stack_limit;       /* most bytes of a stack that are copied */
	bool weigh_calls;         /* stacks by calls, not by time */
};

/* Longest message of options_parse(), with the final NUL. */
#define OPTIONS_ERROR_MAX 512

/*
 * Parses ARGV into *OPTIONS, which options_clear() frees in any case. HAS_TERMINAL says whether the
 * interactive mode could work here. Returns 0; or -EINVAL with one line in ERROR, without "stop: "
 * before it and a newline behind it, that says what is wrong and what to do: exit status 2.
 */
int options_parse(int argc, char **argv, bool has_terminal, struct options *options,
	char error[OPTIONS_ERROR_MAX]);

/* Frees what OPTIONS own. */
void options_clear(struct options *options);

/* Writes the text of -h. */
void options_write_help(FILE *stream);

/* Writes the text of -V: version, features, libraries, kernel. */
void options_write_version(FILE *stream);

#endif
