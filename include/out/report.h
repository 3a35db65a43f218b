/*
 * Everything that an output shows of one moment: the facts about the session, and the views of the
 * model as of then. Tables, JSON and the screen are made from it and ask nobody else.
 *
 * A report owns its arrays and the texts of its threads. It borrows the texts of its facts and of
 * its view, which outlive it, and the tallies of its calls, which belong to the model: what reads
 * those (errors by name) has to be done before the model is fed again. For the thread that owns the
 * model.
 */
#ifndef STOP_OUT_REPORT_H
#define STOP_OUT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "model/column.h"
#include "model/model.h"
#include "stack/stacks.h"

/* What is known of the session beside the model. Texts are unescaped and not owned. */
struct report_facts {
	struct timespec time;       /* of CLOCK_REALTIME, the moment that the report is of */
	uint64_t now_ns;            /* the same moment of CLOCK_MONOTONIC */
	const char *name;           /* short name of the first target: "redis-server" */
	const char *command;        /* its command line; NULL: the same as name */
	pid_t pid;                  /* of the first target */
	size_t targets;             /* processes and threads that were asked for */
	const char *engine;         /* name of the engine: "ptrace" */
	struct stacks_stats stacks; /* of the stack thread; zeros where there is none */
	bool final;                 /* the session is over: no later report will come */
	int exit_code;   /* of the first target, or -1: it runs, or its end was not seen */
	int exit_signal; /* signal that killed it, or 0 */
	bool is_command; /* the first target is a command that was started */
};

/* What a report tells in detail: one call or one thread. */
struct report_subject {
	enum {
		SUBJECT_NONE,
		SUBJECT_CALL,
		SUBJECT_THREAD,
	} kind;
	struct call call; /* SUBJECT_CALL */
	pid_t tid;        /* SUBJECT_THREAD */
};

/* Whether A and B are the same call, the same thread, or both nothing. */
bool report_subject_equal(const struct report_subject *a, const struct report_subject *b);

/* Which calls are shown, and in which order. */
struct report_view {
	struct call_filter filter; /* its set is not owned */
	const char *set_text;      /* the text of filter.set; NULL where that is NULL; not owned */
	struct call_order order;
	bool stacks;                     /* collect stacks, of the calls that are shown */
	const struct callset *stacks_of; /* and of these alone; NULL: of all. Not owned */
	bool stacks_by_calls;            /* those of most calls first, not those of most time */
	struct report_subject subject;   /* what is told in detail */
};

/* What is known of the subject. */
struct report_detail {
	struct report_subject subject; /* kind SUBJECT_NONE: there is none, or it is not known */
	struct call_row call;          /* SUBJECT_CALL */
	struct thread_row thread;      /* SUBJECT_THREAD */
	struct thread_call_row *parts; /* of the call by thread, of the thread by call */
	size_t part_count;
	struct hist_bucket *buckets; /* whole times of the call, not empty, from the least */
	size_t bucket_count;
	struct error_count *errors; /* of the call, the most frequent first */
	size_t error_count;
};

struct report {
	struct report_facts facts;
	struct report_view view;
	struct model_totals totals; /* of everything, filters aside */
	struct model_cost cost;
	struct model_note *notes;
	size_t note_count;
	struct call_row *calls; /* that the view's filter lets through, in its order */
	size_t call_count;
	struct thread_row *threads; /* living and ended, by process and tid */
	size_t thread_count;
	struct process_row *processes; /* by pid */
	size_t process_count;
	struct stack_row *stacks; /* where the view has them; by the view's measure */
	size_t stack_count;
	struct report_detail detail;
};

/* The report of MODEL as of FACTS->now_ns. Freed with report_free(), which takes NULL. */
struct report *report_new(const struct model *model, const struct report_facts *facts,
	const struct report_view *view);
void report_free(struct report *report);

/* The least latency that tells something of a call; 0: every one does, as far as is known. */
uint64_t report_minimum_ns(const struct report *report);

/* How long the tracing had run. */
uint64_t report_elapsed_ns(const struct report *report);

/* Longest result of the functions below, with the final NUL. */
#define REPORT_TEXT_MAX 256

/* The targets, escaped: "redis-server (1234)", "sh (12) and 2 more". Returns BUF. */
char *report_target(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * What the calls are restricted to: "%file,%desc", "read & %desc", "errors"; "" where nothing.
 * Returns BUF.
 */
char *report_filter(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * How it ended: "exited with 1", "killed by SIGTERM"; "tracing ended" where the target's end was
 * not seen; "" while it goes on. Returns BUF.
 */
char *report_ended(const struct report *report, char buf[REPORT_TEXT_MAX]);

/*
 * What REPORT has to say that BEFORE, or NULL, had not: notes that are new, or have a greater
 * count; but not those that may be over at the next moment. Returns BUF, or NULL where there is
 * nothing.
 */
char *report_news(
	const struct report *report, const struct report *before, char buf[REPORT_TEXT_MAX]);

/* A copy of TEXT, escaped as base/text.h says, uncut. The caller frees it with free(). */
char *report_escaped(const char *text);

#endif
