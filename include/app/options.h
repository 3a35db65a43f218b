/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line, as a value: what the user asked for.
 *
 * One table (src/app/option_table.c) has every option with its letter, long name, argument, help
 * text and function; the parser, -h and the error messages use it. Parsing has no side effects and
 * prints nothing. It uses getopt_long(3): one thread at a time.
 */
#ifndef STOP_APP_OPTIONS_H
#define STOP_APP_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "app/scope.h"
#include "event/engine.h"
#include "model/file_rows.h"
#include "out/exporter.h"
#include "out/line_format.h"
#include "out/listen_address.h"
#include "out/log_line.h"
#include "out/report.h"
#include "out/ship_url.h"
#include "stack/stacks.h"
#include "ui/theme.h"

/* What the program has to do. */
enum options_task {
	OPTIONS_TRACE,      /* trace */
	OPTIONS_DIFF,       /* compare the reports in `diff`, in `format`, to `output` */
	OPTIONS_HELP,       /* only options_write_help() */
	OPTIONS_VERSION,    /* only options_write_version() */
	OPTIONS_COMPLETION, /* only completion_write() for `shell` */
	OPTIONS_DOCTOR,     /* only doctor_run(), in `format` */
	OPTIONS_EXPLAIN,    /* only explanation_write() of `explain` */
};

/* How it presents the results. */
enum options_mode {
	OPTIONS_INTERACTIVE, /* the screen */
	OPTIONS_BATCH,       /* a frame of text or a line of JSON per interval */
	OPTIONS_SUMMARY,     /* one table or JSON object at the end */
};

/* The greatest number of directories of --debug-dir. */
#define OPTIONS_DEBUG_DIRECTORIES 8

struct options {
	enum options_task task; /* most of what follows is meaningful only for OPTIONS_TRACE */
	enum options_mode mode;
	const char *shell;             /* of --completion; static */
	const char *explain;           /* of --explain: a call or an error. Part of argv */
	const struct exporter *format; /* of -b and -c */
	pid_t *pids;                   /* of -p, each once, in order; owned */
	size_t pid_count;              /* 0 if there is a command */
	char **names;                  /* of -p, in order; owned, as are the strings */
	size_t name_count;
	bool wait_for_target;       /* --wait: for the processes that have these names */
	bool asks_for_target;       /* nothing to trace was named: the user chooses */
	bool again;                 /* --again: when the target ends, its successor */
	struct scope_request scope; /* instead of processes and a command */
	char **command;             /* its words, NULL-terminated; NULL: none. Part of argv */
	enum follow follow;
	bool has_follow;           /* --follow was given */
	const char *output;        /* file of -o; NULL: none. Part of argv */
	uint64_t delay_ns;         /* update interval */
	bool has_delay;            /* -d was given */
	enum theme theme;          /* of --theme; THEME_COUNT: none */
	const char *stdin_path;    /* of --stdin; NULL: none. Part of argv */
	const char *snapshot_dir;  /* where snapshots go. Part of argv, or static */
	uint64_t frames;           /* number of frames of -n; 0: unlimited */
	struct filter *filter;     /* of -e, -P, -z and -Z; NULL: every call. Owned */
	const struct callset *set; /* what it is equal to; NULL: more than that. Part of it */
	const char *set_text;      /* its text, or NULL. Part of it, or of argv */
	struct filter *until;      /* of --until; NULL: none. Owned */
	uint64_t until_count;      /* of --until-count */
	uint64_t duration_ns;      /* of --duration; 0: none */
	const char *user;          /* of -u; NULL: none. Part of argv */
	struct call_order order;   /* of the rows */
	size_t ring_size;          /* bytes, a power of two */
	const struct engine_class *engine; /* of --engine, or to which engine_options belong;
	                                      NULL: any (auto) */
	uint32_t engine_options;           /* as in struct engine_request */
	struct callset *stacks;     /* of -k: calls whose stacks to capture; NULL: none. Owned */
	struct stacks_config stack; /* of the stacks */
	const char
		*debug_directories[OPTIONS_DEBUG_DIRECTORIES + 1]; /* of stack: ends with a NULL */
	char *debug_text;                     /* what these point into; owned, or NULL */
	bool split;                           /* split the time of calls */
	bool files;                           /* --files */
	bool processes;                       /* --processes */
	enum file_grouping file_grouping;     /* of these */
	bool weigh_calls;                     /* sort stacks by calls, not by time */
	const char *log;                      /* file of --log; NULL: none. Part of argv */
	size_t log_buffer;                    /* size of its buffer in bytes */
	const struct line_format *log_format; /* of --log-format */
	const char
		*secrets; /* of --redact: words for event/redaction.h; NULL: none. Part of argv */
	bool with_data;   /* --with-data */
	enum log_clock log_clock;      /* -t, -tt, -ttt */
	bool log_split;                /* -ff: a file for each thread, `log`.TID */
	bool log_waits;                /* --log-wait */
	size_t string_max;             /* of -s: maximum size of strings that are shown */
	bool verbose;                  /* -v: nothing is abbreviated */
	const char *record;            /* of --record; NULL: none. Part of argv */
	uint64_t flight_ns;            /* of --flight: time to keep; 0: none … */
	uint64_t flight_size;          /* … in so many bytes of memory */
	unsigned int flight_count;     /* of --flight-count */
	struct filter *when;           /* of --when; NULL: none. Owned */
	uint64_t record_limit;         /* of --record-limit: bytes; 0: none … */
	uint64_t record_limit_ns;      /* … and its time; 0: none */
	bool record_pack;              /* --record-pack */
	unsigned int record_detail;    /* of --record-detail: bits of enum record_detail */
	const char *page;              /* of --report: file of the page; NULL: none. Part of argv */
	bool has_metrics;              /* --metrics was given … */
	struct listen_address metrics; /* … with this address */
	bool has_serve;                /* --serve was given … */
	struct listen_address serve;   /* … with this address */
	bool has_ship;                 /* --ship was given … */
	struct ship_url ship;          /* … with this place */
	const char *ship_password;     /* file of --ship-password; NULL: none. Part of argv */
	uint64_t ship_interval_ns;     /* of --ship-interval */
	bool ship_by_comm;             /* --ship-by=comm */
	bool ship_calls;               /* --ship-calls: single calls, too */
	size_t ship_buffer;            /* of --ship-buffer, in bytes */
	bool replays;                  /* --replay: the words are traces */
	char **traces;                 /* what is replayed; NULL: nothing. Part of argv */
	size_t trace_count;
	char **diff[2];       /* files of both sides of --diff. Parts of argv */
	size_t diff_count[2]; /* their numbers */
};

/* Size of the longest message of options_parse(), including the final NUL. */
#define OPTIONS_ERROR_MAX 512

/*
 * Parses ARGV into *OPTIONS, which the caller frees with options_clear() even on error.
 * HAS_TERMINAL says whether interactive mode is possible. Returns 0, or -EINVAL with a one-line
 * message in ERROR, without "stop: " or a newline, that says what is wrong and what to do: exit
 * status 2.
 */
int options_parse(int argc, char **argv, bool has_terminal, struct options *options,
	char error[OPTIONS_ERROR_MAX]);

/* Whether standard input is played: keys come from elsewhere then. */
bool options_play_stdin(const struct options *options);

/* Frees what OPTIONS owns. */
void options_clear(struct options *options);

/* Writes the output of -h. */
void options_write_help(FILE *stream);

/* Writes the output of -V: version, features, libraries, kernel. */
void options_write_version(FILE *stream);

#endif
