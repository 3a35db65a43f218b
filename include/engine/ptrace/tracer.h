/*
 * The tracer: all tracees, and what is done at each report of one.
 *
 *     poller ──report──▶ tracer_report ──▶ tracee_step (pure) ──▶ let go ──▶ event_writer
 *
 * The order matters: the tracee is let go before anything is told, so that it waits for nothing
 * that it need not. Tracer only, but for what is atomic.
 */
#ifndef STOP_ENGINE_PTRACE_TRACER_H
#define STOP_ENGINE_PTRACE_TRACER_H

#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/map.h"
#include "engine/ptrace/attach/postpone.h"
#include "engine/ptrace/capture.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/note.h"
#include "engine/ptrace/state/tracee.h"
#include "engine/ptrace/wait/alarm.h"
#include "engine/ptrace/wait/poller.h"
#include "event/engine.h"

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
	struct map tasks; /* struct task by tid; owned */
	struct event_writer event_writer;
	struct capture capture;
	struct poller poller;
	struct alarm alarm; /* for what is due at a time */
	pid_t home;         /* the process that it belongs to, and may not trace */
	uint64_t left_ns;   /* so long another stop is waited for that leaves; 0: none was met */
	enum follow follow;
	bool repair;            /* calls that tracing breaks are repaired */
	bool leaving;           /* each tracee is let go for ever at its next stop */
	uint64_t patience_ns;   /* leaving: so long tracees on which signals rain are spared that */
	uint64_t heard_ns;      /* when the last report came */
	size_t interrupting;    /* tasks that are `interrupting` */
	_Atomic uint64_t stops; /* reports handled; written here alone */
	_Atomic uint64_t ridden;              /* of these, in a colocation; likewise */
	_Atomic uint64_t notes[PTRACE_NOTES]; /* how often each was met, or is so now */
};

/* Makes TRACER ready, with no tracee. CAPACITY is the ring's. */
void tracer_init(struct tracer *tracer, const struct engine_links *links, size_t capacity,
	const struct engine_request *request);

/* Frees what TRACER owns. */
void tracer_clear(struct tracer *tracer);

/* What is known of a task when it becomes a tracee. */
struct new_task {
	pid_t tid, tgid, parent;
	pid_t ns_tid;
	const char *comm; /* up to TASK_COMM_SIZE bytes; copied */
	enum tracee_phase phase;
	uint64_t attached_ns;
};

/* Adds a task. */
struct task *tracer_add(struct tracer *tracer, const struct new_task *facts);

/* Takes the report INFO, from waitid(2) and unconsumed, and lets the tracee go. */
void tracer_report(struct tracer *tracer, const siginfo_t *info);

/* Takes the reports that there are now, but not for ever. */
void tracer_catch_up(struct tracer *tracer);

/* Asks TASK to stop. 0, or -ESRCH. */
int tracer_interrupt(struct tracer *tracer, struct task *task);

/* Adds CHANGE to NOTE. */
void tracer_note(struct tracer *tracer, enum ptrace_note note, int change);

/* Has tracer_run() look after what is due at DUE_NS: a timeout to be ended, a thread to be looked
 * at. */
void tracer_remind(struct tracer *tracer, uint64_t deadline_ns);

/* Takes the reports of those that are expected to report soon, as far as they are there. */
void tracer_serve(struct tracer *tracer);

/*
 * Takes reports until a signal comes (0) or no tracee is left (-ECHILD). Pays debts of the
 * event_writer as there is room.
 */
int tracer_run(struct tracer *tracer);

/* Does what is due at this time, and sets the alarm for what is next. */
void tracer_serve_due(struct tracer *tracer);

#endif
