/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tracer: all traced tasks, and the main loop that handles their reports.
 *
 *     tracer_run: poller ──report──▶ report_handle ──▶ next one
 *                   └──kick──▶ deadlines, pending events
 *
 * Tracer only, except for the atomic fields.
 */
#ifndef STOP_ENGINE_PTRACE_TRACER_H
#define STOP_ENGINE_PTRACE_TRACER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/map.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/capture.h"
#include "engine/ptrace/details.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/note.h"
#include "engine/ptrace/pages.h"
#include "engine/ptrace/state/filters.h"
#include "engine/ptrace/state/tracee.h"
#include "engine/ptrace/wait/alarm.h"
#include "engine/ptrace/wait/poller.h"
#include "event/engine.h"
#include "proc/tasks.h"

struct world;

/* A traced task: its state machine, and the state that each part of the tracer keeps for it. */
struct task {
	struct tracee tracee;
	struct poller_entry poll;
	struct postponement postponement;
	struct proc_times times; /* if has_times */
	bool compat;             /* it ran a 32-bit program when it was attached */
	bool found;              /* its memory existed before the attach */
	bool unannounced;        /* it has reported before the event of the task that made it */
	bool may_have_created;   /* found in a call that may create a thread; not stopped since */
	bool interrupting;       /* it was asked to stop, and has not reported since */
	bool may_interrupt;      /* it was asked to, and has reported the entry of a call: it stops
	                            again, in the call, if it was asked during that stop … */
	uint64_t entry_sleeps;   /* … and not if it has slept more often than that; 0: unknown */
	bool has_times;          /* it has ended, and used `times` */
	bool left;               /* detached: we are leaving */
	bool is_filtered;        /* we are leaving, and its filters may refuse a restart … */
	bool knows_filters;      /* … if that was looked for */
	struct task *previous, *next; /* in the order in which they were added */
};

/*
 * A walk over the tasks during which reports are handled, so that tasks may come and go: it visits
 * those that were there all the time.
 */
struct task_walk {
	struct tracer *tracer;
	struct task *next;       /* the next to visit */
	struct task_walk *outer; /* the next one in progress */
};

/* The check of all deadlines, in steps. */
struct deadline_check {
	struct task_walk walk;
	bool on;
	uint64_t next_ns; /* the earliest deadline found so far; 0: none */
};

struct tracer {
	struct world *world;
	struct map tasks;            /* struct task by tid; owned */
	struct map threads;          /* by tgid: number of tasks of that process */
	struct task *first, *last;   /* tasks, in the order in which they were added */
	struct task_walk *walks;     /* those in progress */
	struct deadline_check check; /* of deadlines */
	struct map ended_early;      /* by tid: tasks that exited while still `unannounced` */
	struct tid_list unlisted; /* processes that may have untraced threads: attach_unlisted() */
	struct event_writer event_writer;
	struct pages pages;
	struct details details;
	struct capture capture;
	struct filters filters;
	struct poller poller;
	struct alarm alarm; /* for deadlines */
	pid_t home;         /* the process that the tracer belongs to, and must not trace */
	enum follow follow;
	bool repair;                       /* repair calls that fail only because they are traced */
	bool leaving;                      /* leave each tracee at its next stop */
	uint64_t leaving_ns;               /* since when */
	bool alone;                        /* leaving: see leave_alone() */
	void (*on_orphan)(void *argument); /* leaving: our process is dead; NULL: nothing to do */
	void *argument;
	bool saw_ignored_signals; /* such signals have interrupted calls, which were repaired */
	_Atomic uint64_t
		looks; /* leaving: grows unless we are blocked; written only by the tracer */
	uint64_t left_until_ns; /* until when to wait for another stop that is leaving; 0: none
	                         */
	size_t interrupting;    /* number of tasks that are `interrupting` */
	_Atomic uint64_t stops; /* reports handled; written only by the tracer */
	_Atomic uint64_t colocated_stops;     /* of these, while colocated; likewise */
	_Atomic uint64_t notes[PTRACE_NOTES]; /* the count of each note */
	_Atomic pid_t foreign;                /* the last one of other tracers (NOTE_FOREIGN) */
};

/*
 * Initializes TRACER, without tasks, in WORLD. CAPACITY is that of the ring. `alarm` and the
 * poller's colocation belong to the tracer's thread, which creates them.
 */
void tracer_init(struct tracer *tracer, struct world *world, const struct engine_links *links,
	size_t capacity, const struct engine_request *request);

/* Frees what TRACER owns. */
void tracer_clear(struct tracer *tracer);

/* The task TID, or NULL. */
struct task *tracer_find(const struct tracer *tracer, pid_t tid);

/* Whether any thread of process TGID is traced. */
bool tracer_traces_process(const struct tracer *tracer, pid_t tgid);

/* Begins WALK, which ends when task_walk_next() returns NULL, or with task_walk_end(). */
void task_walk_begin(struct task_walk *walk, struct tracer *tracer);
struct task *task_walk_next(struct task_walk *walk);
void task_walk_end(struct task_walk *walk);

/* What is known about a new task. */
struct new_task {
	pid_t tid, tgid, parent;
	pid_t ns_tid;
	const char *comm; /* up to TASK_COMM_SIZE bytes; copied */
	enum tracee_phase phase;
	uint64_t attached_ns;
};

/* Adds a task, and reports it. */
struct task *tracer_add(struct tracer *tracer, const struct new_task *facts);

/* Reports the calls in STEP that TASK, which can no longer be read, has ended. */
void tracer_end_calls(struct tracer *tracer, struct task *task, struct step *step, uint64_t now_ns);

/* Reports the END of TASK, or NULL if that was not seen, and frees it. */
void tracer_remove(
	struct tracer *tracer, struct task *task, const struct stop *end, uint64_t now_ns);

/* Asks TASK to stop. Returns 0 or -ESRCH. */
int tracer_interrupt(struct tracer *tracer, struct task *task);

/* Clears the pending interrupt of TASK, which has reported. */
void tracer_end_interrupt(struct tracer *tracer, struct task *task);

/* TASK, which `may_have_created` a thread, has stopped or ended: its process is `unlisted`. */
void tracer_unlist(struct tracer *tracer, struct task *task);

/* Adds CHANGE to the count of NOTE. */
void tracer_count_note(struct tracer *tracer, enum ptrace_note note, int change);

/* Schedules a call of tracer_serve_deadlines() at DEADLINE_NS. */
void tracer_remind(struct tracer *tracer, uint64_t deadline_ns);

/*
 * Ends calls whose timeout has passed, checks postponed stops, and sets the alarm for the next. If
 * many are due it does only a part of that, and the rest the next time.
 */
void tracer_serve_deadlines(struct tracer *tracer);

/*
 * Handles some of the existing reports and due deadlines: a bounded number of requests. Nothing
 * else that the tracer does may take long without calling this: threads that have stopped wait.
 */
void tracer_serve(struct tracer *tracer);

/*
 * The same for all reports that exist, up to a great number: for a request that may wait for those
 * who have made them. tracer_serve() may miss some until the next look at all tracees is due.
 */
void tracer_serve_all(struct tracer *tracer);

/*
 * Handles reports until there is a kick or an `unlisted` process (0), or no tracee is left
 * (-ECHILD). Writes pending events when there is room.
 */
int tracer_run(struct tracer *tracer);

#endif
