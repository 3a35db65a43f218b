/*
 * The tracer: all tasks that are traced, and the loop that takes their reports.
 *
 *     tracer_run: poller ──report──▶ report_handle ──▶ next one
 *                   └──kick──▶ deadlines, pending events
 *
 * Tracer only, but for what is atomic.
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
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/note.h"
#include "engine/ptrace/state/tracee.h"
#include "engine/ptrace/wait/alarm.h"
#include "engine/ptrace/wait/poller.h"
#include "event/engine.h"

struct world;

/* A task that is traced: the state machine, and what each part of the tracer keeps of the task. */
struct task {
	struct tracee tracee;
	struct poller_entry poll;
	struct postponement postponement;
	bool compat;       /* it ran a 32-bit program when it was attached to */
	bool found;        /* it existed before us: neither its birth nor its past were seen */
	bool interrupting; /* it was asked to stop, and has not reported since */
	bool released;     /* resumed without its calls being reported any more: we leave */
};

struct tracer {
	struct world *world;
	struct map tasks; /* struct task by tid; owned */
	struct event_writer event_writer;
	struct capture capture;
	struct poller poller;
	struct alarm alarm; /* for deadlines */
	pid_t home;         /* the process that the tracer belongs to, and may not trace */
	enum follow follow;
	bool repair;            /* calls that fail only because they are traced are repaired */
	bool leaving;           /* each tracee is resumed for good at its next stop */
	uint64_t keep_until_ns; /* leaving: how long those are kept that get ignored signals */
	uint64_t left_until_ns; /* how long another stop is waited for that leaves; 0: none was met
	                         */
	uint64_t reported_ns;   /* when the last report was taken */
	size_t interrupting;    /* number of tasks that are `interrupting` */
	_Atomic uint64_t stops; /* reports handled; written by the tracer alone */
	_Atomic uint64_t colocated_stops;     /* of these, while colocated; likewise */
	_Atomic uint64_t notes[PTRACE_NOTES]; /* how often each was met, or is so now */
};

/*
 * Makes TRACER, without tasks, in WORLD. CAPACITY is the ring's. `alarm` and the poller's
 * colocation are the tracer's thread's, and made by that.
 */
void tracer_init(struct tracer *tracer, struct world *world, const struct engine_links *links,
	size_t capacity, const struct engine_request *request);

/* Frees what TRACER owns. */
void tracer_clear(struct tracer *tracer);

/* The task TID, or NULL. */
struct task *tracer_find(const struct tracer *tracer, pid_t tid);

/* Whether some thread of process TGID is traced. */
bool tracer_traces_process(const struct tracer *tracer, pid_t tgid);

/* What is known of a task when it becomes one. */
struct new_task {
	pid_t tid, tgid, parent;
	pid_t ns_tid;
	const char *comm; /* up to TASK_COMM_SIZE bytes; copied */
	enum tracee_phase phase;
	uint64_t attached_ns;
};

/* Adds a task, and writes that it exists. */
struct task *tracer_add(struct tracer *tracer, const struct new_task *facts);

/* Writes that TASK has ended, as in struct event_gone, and frees it. */
void tracer_remove(
	struct tracer *tracer, struct task *task, int exit_code, int exit_signal, uint64_t now_ns);

/* Asks TASK to stop. 0, or -ESRCH. */
int tracer_interrupt(struct tracer *tracer, struct task *task);

/* TASK, which may have been asked to stop, has reported. */
void tracer_end_interrupt(struct tracer *tracer, struct task *task);

/* Adds CHANGE to the count of NOTE. */
void tracer_count_note(struct tracer *tracer, enum ptrace_note note, int change);

/* Has tracer_serve_deadlines() called at DEADLINE_NS. */
void tracer_remind(struct tracer *tracer, uint64_t deadline_ns);

/* Ends calls whose timeout is over, checks postponed stops, and sets the alarm for the next. */
void tracer_serve_deadlines(struct tracer *tracer);

/* Takes the reports that exist now, one of each task at the most. */
void tracer_catch_up(struct tracer *tracer);

/* Takes the reports of tasks that are expected to report soon, if they exist now. */
void tracer_serve(struct tracer *tracer);

/*
 * Takes reports until a kick comes (0) or no tracee is left (-ECHILD). Writes pending events as
 * there is room.
 */
int tracer_run(struct tracer *tracer);

#endif
