/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything that outputs show at one point in time: facts about the session, and views of the
 * model. Tables, JSON and the screen are made from it alone.
 *
 * A report owns its arrays and the texts of its threads. It borrows the texts of its facts and of
 * its view, which must outlive it, and the tallies of its calls, which belong to the model: they
 * may be read (errors by name) only until the model processes more events. For the thread that owns
 * the model.
 */
#ifndef STOP_OUT_REPORT_H
#define STOP_OUT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "model/advice.h"
#include "model/column.h"
#include "model/file_rows.h"
#include "model/model.h"
#include "model/program_rows.h"
#include "model/row_order.h"
#include "model/selection.h"
#include "out/program_column.h"
#include "stack/stacks.h"

/* What a flight recorder keeps. */
struct flight_facts {
	uint64_t kept_ns;     /* the time up to now */
	uint64_t size, limit; /* its memory in bytes, and the limit of that */
	unsigned int written; /* number of recordings that it has written */
};

/* Facts about the session that are not in the model. Texts are unescaped and not owned. */
struct report_facts {
	struct timespec time;       /* time of the report, CLOCK_REALTIME */
	uint64_t now_ns;            /* the same time, CLOCK_MONOTONIC */
	const char *name;           /* short name of the first target: "redis-server"; or the scope:
	                               "cgroup /system.slice" */
	const char *scope;          /* "cgroup", "container", "pidns", "all"; NULL: tasks */
	const char *cgroup;         /* the path of its cgroup; NULL: it is none */
	const char *command;        /* its command line; NULL: the same as name */
	pid_t pid;                  /* of the first target */
	size_t targets;             /* number of processes and threads requested */
	const char *engine;         /* name of the engine: "ptrace" */
	const char *engine_reason;  /* why it is not a cheaper one; NULL: the user chose it */
	struct stacks_stats stacks; /* of the stack thread; zero if there is none */
	bool has_log;               /* calls are logged to a file */
	uint64_t not_logged;        /* calls that were not, as it could not take them */
	uint64_t not_selected;      /* and those of which it is not known whether they are to be */
	bool awaits_successor;      /* the target has ended, and the next one is waited for */
	bool final;                 /* the session is over: this is the last report */
	int exit_code;   /* of the first target; -1: it is running, or its exit was not seen */
	int exit_signal; /* signal that killed it, or 0 */
	bool is_command; /* the first target is a command that was started */
	bool records;    /* a recording is made … */
	bool has_record_failed;     /* … but cannot be written any more … */
	uint64_t recorded;          /* … and has so many bytes */
	bool has_flight;            /* there is a flight recorder: --flight … */
	struct flight_facts flight; /* … and what it has */
	const char *secrets;        /* words for event/redaction.h that the user adds; NULL: none */
	const char *served;         /* where the page or metrics are served, a URL; NULL: nowhere */
};

/* The subject of a report's detail: a call, a thread, a file or peer, or a program. */
struct report_subject {
	enum {
		SUBJECT_NONE,
		SUBJECT_CALL,
		SUBJECT_THREAD,
		SUBJECT_FILE,
		SUBJECT_PROGRAM,
	} kind;
	struct call call;            /* SUBJECT_CALL */
	pid_t tid;                   /* SUBJECT_THREAD */
	enum file_grouping grouping; /* SUBJECT_FILE: the row with `key` of this */
	uint64_t key;
	uint64_t program; /* SUBJECT_PROGRAM: its ID; 0: [other] */
};

/* Whether A and B are the same, or both none. */
bool report_subject_equal(const struct report_subject *a, const struct report_subject *b);

/* Which calls are shown, and in which order. */
struct report_view {
	struct call_filter filter; /* its set is not owned */
	/* The calls of a filter on details, instead of all; NULL: there is none. Not owned */
	const struct selection *selection;
	const char *set_text; /* text of filter.set or the selection; NULL: neither. Not owned */
	struct call_order order;
	bool folds_idle;                 /* calls that are nothing but idle waits have no rows */
	bool stacks;                     /* collect the stacks of the calls shown */
	const struct callset *stacks_of; /* only of these; NULL: of all. Not owned */
	bool stacks_by_calls;            /* sort by calls instead of time */
	bool files;                      /* collect files and peers */
	enum file_grouping file_grouping;
	struct file_order file_order;
	uint32_t no_advice; /* bits (1 << enum advice_kind): not these */
	bool programs;      /* collect what processes have executed */
	struct program_order program_order;
	struct report_subject subject; /* subject of the detail */
	/* Where the rows were: they stay there. NULL: they are sorted. Not owned */
	const struct row_order *calls_were, *files_were, *programs_were;
};

/* The keys of their rows, for row_order_take(). */
uint64_t report_call_key(const void *row);
uint64_t report_file_key(const void *row);
uint64_t report_program_key(const void *row);

/* What is known about the subject. */
struct report_detail {
	struct report_subject subject; /* kind SUBJECT_NONE: there is none, or it is unknown */
	struct call_row call;          /* SUBJECT_CALL */
	struct thread_row thread;      /* SUBJECT_THREAD */
	struct thread_call_row *thread_calls; /* of the call by thread, of the thread by call */
	size_t thread_call_count;
	struct hist_bucket *buckets; /* non-empty buckets of the call's complete times, ascending */
	size_t bucket_count;
	struct error_count *errors; /* of the call, the most frequent first */
	size_t error_count;
	struct program_row program; /* SUBJECT_PROGRAM; as in the report */
	struct file_row file;       /* SUBJECT_FILE; its name is that of a row of the report */
	struct file_part_row *file_calls, *file_threads; /* its calls and threads, by time */
	size_t file_call_count, file_thread_count;
	struct stack_row *stacks; /* of SUBJECT_FILE, by time, or by calls */
	size_t stack_count;
	struct stack_row *samples; /* of SUBJECT_THREAD: as by model_samples() */
	size_t sample_count;
	const struct stack *sample; /* the last of these; NULL: there is none */
	uint64_t sample_ns;         /* its time */
};

struct report {
	struct report_facts facts;
	struct report_view view;
	struct model_totals totals; /* of everything, regardless of filters */
	struct model_cost cost;
	struct model_note *notes;
	size_t note_count;
	struct match_counts matches; /* of the selection; zero if there is none */
	uint64_t selected_ns;        /* since when its calls are counted; 0: there is none */
	struct call_row *calls;      /* selected by the view's filter, in its order */
	size_t call_count;
	size_t folded_count; /* after these, the calls that the view folds, by their threads */
	struct thread_row *threads; /* alive and ended, by process and tid */
	size_t thread_count;
	struct process_row *processes; /* by pid */
	size_t process_count;
	struct {
		pid_t pid, tid;        /* the thread that is busiest by the verdict, if … */
		struct stack_row *row; /* … user code is a part of that; 0: none. Its samples, as by
		                          model_samples() */
		size_t count;
	} busy;
	struct stack_row *stacks; /* if requested by the view; in its order */
	size_t stack_count;
	struct file_row *files; /* likewise; their names are in `file_names` */
	size_t file_count;
	char *file_names;
	struct file_totals file_totals;
	struct program_row *programs; /* likewise; their words are in `program_words` */
	size_t program_count;
	char *program_words;
	struct advice advice[ADVICE_MAX]; /* none if calls are filtered: rules compare them all */
	size_t advice_count;
	struct report_detail detail;
};

/* The report of MODEL at FACTS->now_ns. Freed with report_free(), which accepts NULL. */
struct report *report_new(const struct model *model, const struct report_facts *facts,
	const struct report_view *view);
void report_free(struct report *report);

/*
 * The same with nothing but totals, cost and calls, which are counted since the start, regardless
 * of marks: for metrics.
 */
struct report *report_new_counts(const struct model *model, const struct report_facts *facts,
	const struct report_view *view);

/* Replaces the details of REPORT by those of SUBJECT in MODEL, as of the report's time. */
void report_describe(
	struct report *report, const struct model *model, const struct report_subject *subject);

/*
 * Takes over what /proc has said since about the threads that are still in the calls that REPORT
 * shows them in; everything else stays. For threads that were
 * brought onto the screen after it was made.
 */
void report_refresh_observed(struct report *report, const struct model *model);

/* The minimum measurable latency; 0: unknown or negligible. */
uint64_t report_minimum_ns(const struct report *report);

/* How long tracing has run. */
uint64_t report_elapsed_ns(const struct report *report);

/* Size of the longest result of the functions below, including the final NUL. */
#define REPORT_TEXT_MAX 256

/* What of the time of a report is shown. */
enum report_clock {
	REPORT_TIME,     /* here */
	REPORT_DATE,     /* and the day */
	REPORT_DATE_UTC, /* both in UTC, with the zone's name */
};

/*
 * Writes into BUF when REPORT was made: the time alone if the trace has no days, "" if it has no
 * times. Returns BUF.
 */
char *report_when(const struct report *report, enum report_clock clock, char buf[REPORT_TEXT_MAX]);

/* The targets, escaped: "redis-server (1234)", "sh (12) and 2 more". Returns BUF. */
char *report_target(const struct report *report, char buf[REPORT_TEXT_MAX]);

/* The engine, with the reason for it, if there is one: "ptrace (BPF needs …)". Returns BUF. */
char *report_engine(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * Description of the filter: "%file,%desc", "read & %desc", "errors"; "" if there is none. Returns
 * BUF.
 */
char *report_filter(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * What is known about the calls that a filter on details selects: for how long they were counted,
 * and how many calls may be missing: "for 12.3s; 38 % of 1,234 calls not known"; "" if there is no
 * such filter. Returns BUF.
 */
char *report_selection(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * How the target ended: "exited with 1", "killed by SIGTERM"; "tracing ended" if that was not seen;
 * "" while tracing continues. Returns BUF.
 */
char *report_ended(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * The notes in REPORT that are new, or have a greater count, compared with BEFORE (or NULL), except
 * transient ones. Returns BUF, or NULL if there are none.
 */
char *report_news(
	const struct report *report, const struct report *before, char buf[REPORT_TEXT_MAX]);

/* A copy of TEXT, escaped as in base/text.h, not truncated. The caller frees it with free(). */
char *report_escaped(const char *text);

#endif
