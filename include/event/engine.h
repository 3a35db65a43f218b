/*
 * An engine: a source of events about what processes ask of the kernel.
 *
 *   engine->start()  ──▶  events in the ring  ──▶  EVENT_END
 *                              ▲                       ▲
 *                           nudge()                 leave()
 *
 * An engine runs in threads or processes of its own. It never waits for the reader of its ring. A
 * second engine is a second struct engine_class; nothing above this floor knows which one is at
 * work.
 *
 * All functions are for the thread that called start().
 */
#ifndef STOP_EVENT_ENGINE_H
#define STOP_EVENT_ENGINE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/ring.h"
#include "engine/ptrace/refusal.h"
#include "event/interest.h"

struct stack_copy_channel;

/* Which tasks are followed beside those named. */
enum follow {
	FOLLOW_THREADS, /* new threads of the same process */
	FOLLOW_FORKS,   /* and new child processes */
	FOLLOW_TREE,    /* and the descendants that exist at the attach */
};

/* What to trace. */
struct engine_request {
	const pid_t *targets; /* processes, or single threads by a tid that leads none */
	size_t target_count;
	size_t optional_count; /* so many at the end may refuse; the others have to be attached to
	                        */
	pid_t command;         /* a child of the caller's that waits for a byte on go_fd, or 0 */
	int go_fd;             /* where the engine writes it, once the child is traced */
	enum follow follow;
	bool no_repair; /* leave calls that tracing breaks as they are (engine/ptrace/repair.h) */
};

/* What an engine and its reader share; all of it outlives the engine. */
struct engine_links {
	struct ring *ring;                   /* the engine is the producer */
	struct interest *interest;           /* the engine reads it */
	struct stack_copy_channel *captures; /* copies of stacks go there; NULL: none are made */
	int wake_fd; /* an eventfd that the engine adds to when the ring fills up, and
	                at the end */
};

/* What a user has to know of what the tracing could not do, or did to the target. */
enum engine_note {
	NOTE_POSTPONED,  /* threads that wait in a call that must not be broken: traced later (now)
	                  */
	NOTE_MAY_FAIL,   /* waiting calls that the attach broke, and that were not repaired */
	NOTE_UNFOLLOWED, /* tasks made with CLONE_UNTRACED: the kernel does not let them be followed
	                  */
	NOTE_UNPRIVILEGED, /* set-user-id programs that run without it, because they are traced */
	NOTE_LEFT_OUT,     /* processes that were traced before, and cannot be attached to again */
	NOTE_TRACER_LOST,  /* the tracer was killed: everything goes on, untraced */
	ENGINE_NOTES,
};

/* What an engine tells of itself at any time; read with engine_class.stats. */
struct engine_stats {
	uint64_t stops;        /* times that a task was stopped and let go */
	uint64_t details_lost; /* calls whose arguments, or whose beginning, the full ring lost */
	uint64_t cpu_ns;       /* processor time of the engine's own */
	uint64_t notes[ENGINE_NOTES]; /* how often each was met, or is so now */
	uint64_t min_measurable_ns;   /* latency that a call which does nothing shows; 0: unknown */
	uint64_t call_cost_ns;        /* what tracing adds to such a call; 0: unknown */
};

struct engine;

struct engine_class {
	const char *name; /* "ptrace" */

	/*
	 * Starts tracing what REQUEST says. Returns when every thread that exists is being traced:
	 * 0 with the engine in *OUT, or -errno with the reason in *REFUSAL; then nothing is traced.
	 */
	int (*start)(const struct engine_request *request, const struct engine_links *links,
		struct engine **out, struct refusal *refusal);

	/*
	 * Tells the engine that there is room in the ring. To be called after reading; costs
	 * nothing while the engine holds nothing back.
	 */
	void (*nudge)(struct engine *engine);

	/*
	 * Ends the tracing, without a trace in the target, and returns once it has ended. The last
	 * records, EVENT_END among them, are in the ring then; where they did not fit, the rest
	 * comes with drain(). Harmless when the engine has ended already.
	 */
	void (*leave)(struct engine *engine);

	/*
	 * After leave(): puts what did not fit into the ring. Returns 1 while there is more: read
	 * the ring and call again.
	 */
	int (*drain)(struct engine *engine);

	void (*stats)(const struct engine *engine, struct engine_stats *stats);

	/* Frees an engine that was left; NULL is allowed. */
	void (*free)(struct engine *engine);
};

/* The engine that uses ptrace(2). */
extern const struct engine_class ptrace_engine;

#endif
