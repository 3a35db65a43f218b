/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the simulated kernel like the real one? The same program runs on both, through struct world,
 * and what is seen of it has to be the same after each step.
 *
 *      seed ──▶ agree.c: chooses a step ◀── which steps are possible, and have one outcome only
 *                 │                          │
 *                 ├──▶ simulated.c ──▶ kernel.c, calls.c, world.c
 *                 └──▶ real.c ──▶ world_kernel(), and operations.c, whose tasks make the calls
 *
 * A program is a list of steps: a command to a task (which call to make), what a call waits for
 * comes, a signal is sent, time passes, or a request of the tracer. The next step comes when all
 * tasks have settled: they sleep, are stopped or have ended. So a step has one outcome, whoever
 * runs first: simulated.c tries several orders, and agree.c drops a step where these differ.
 *
 * What is compared after a step, for each task: its state, the call that it waits in, its process,
 * parent and tracer as /proc has them, its report (waitid), and the log of what its calls have
 * returned and which handlers have run; and what a request has returned. Tasks have the numbers of
 * the simulated kernel on both sides.
 */
#ifndef STOP_TESTS_SIMULATION_AGREE_H
#define STOP_TESTS_SIMULATION_AGREE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "simulation/operations.h"

#define AGREE_STEPS 96

enum step_kind {
	STEP_COMMAND, /* TASK makes the call OPERATION; see struct command */
	STEP_EVENT,   /* what TASK waits for comes */
	STEP_SIGNAL,  /* VALUE is sent to TASK alone (FLAG), or to its process */
	STEP_TIME,    /* so much that short limits end */
	STEP_SEIZE,
	STEP_INTERRUPT,
	STEP_RESUME, /* with signal VALUE */
	STEP_LISTEN,
	STEP_DETACH, /* with signal VALUE */
	STEP_MESSAGE,
	STEP_SYSCALL,
	STEP_PENDING,
	STEP_SET_RESULT,  /* to VALUE */
	STEP_CONSUME,     /* the report of a stop */
	STEP_CONSUME_END, /* … of an end */
	STEP_END,         /* the tracer ends */
	STEP_KINDS,
};

/* A call's limit. */
enum limit {
	LIMIT_NONE,
	LIMIT_SHORT, /* it ends at the next STEP_TIME, and not before */
	LIMIT_LONG,  /* it never ends */
};

struct step {
	enum step_kind kind;
	unsigned int task; /* its slot */
	enum operation operation;
	enum limit limit;
	int value; /* a signal, a result */
	unsigned int flag;
};

/* A program, and how its signals are handled at first. */
struct script {
	enum handling handling[65];
	unsigned int count;
	struct step step[AGREE_STEPS];
};

struct seen_task {
	int tid;    /* 0: gone */
	char state; /* of /proc */
	long call;  /* that it waits in; -1: none */
	int tgid, parent, tracer;
	int report, code, status; /* world_wait.next(), and its siginfo */
	bool limited;             /* a short limit has begun; not compared */
	unsigned int logged;
	int64_t log[AGREE_LOG];
};

/* What is seen after a step. */
struct seen {
	int result;            /* of the request, 0 or -errno */
	int op;                /* STEP_SYSCALL, STEP_PENDING: struct syscall_view */
	long call, value;      /* its call and its result */
	int message;           /* STEP_MESSAGE */
	int first_report, who; /* of any tracee: world_wait.next() */
	unsigned int count;
	struct seen_task task[AGREE_TASKS];
};

extern const char *const operation_names[OPERATIONS];

/* The number of the call that OPERATION makes on the real kernel. */
long operation_call(enum operation operation);

/* The sequence of the orders in which simulated tasks run: the same result in all of them. */
enum { ORDERS = 12 };

/* simulated.c: the program so far; there is one at a time. */
void simulated_begin(const struct script *script);
void simulated_see(struct seen *seen);
bool simulated_is_possible(const struct step *step);

/* Makes STEP, if its outcome is the same in all orders. */
bool simulated_step(const struct step *step, struct seen *seen);

/* What agree.c has to know to choose a step. */
struct prospect {
	bool exists, traced, at_gate, waits, sleeps, stopped, in_stop, ended, has_report;
	bool runs_code;
	int status; /* of its stop, as waitid(2) has it */
	int64_t result;
	long call;
};
void simulated_prospect(unsigned int task, struct prospect *prospect);
unsigned int simulated_count(void);
void simulated_print_story(bool on);

/* real.c */
struct real;
struct real *real_start(const char *operations); /* NULL: it is not possible, and why is printed */
void real_stop(struct real *real);

enum agreement {
	AGREES,
	DIFFERS,
	TOO_SLOW, /* a short limit has ended before its time: inconclusive */
};

/*
 * Runs SCRIPT, of which EXPECTED is seen after each step. Where something else is seen at a step,
 * *AT is its number, and *IS what is seen. A short limit is SHORT_NS.
 */
enum agreement real_run(struct real *real, const struct script *script, const struct seen *expected,
	uint64_t short_ns, unsigned int *at, struct seen *is);

#endif
