/*
 * An engine: a source of events about what processes ask of the kernel.
 *
 *   start()  ──▶  events in the ring  ──▶  EVENT_END
 *                     ▲          ▲             ▲
 *                  nudge()   collect()      leave()
 *
 * An engine runs in threads or processes of its own, or in the kernel. It never waits for the
 * reader of its ring. Nothing above this layer knows which engine is at work: what differs between
 * engines is a capability, an option that the engine contributes, or text that it gives.
 *
 * All functions are for the thread that called start().
 */
#ifndef STOP_EVENT_ENGINE_H
#define STOP_EVENT_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct callset;
struct event_sink;
struct interest;
struct ring;

/* Longest reason for which an engine does not start, with the final NUL. */
#define ENGINE_ERROR_MAX 512

/* What an engine can do: bits of engine_class.capabilities. */
enum engine_capability {
	ENGINE_STOPS_TARGETS = 1 << 0,   /* each call stops its thread: the cost counts stops */
	ENGINE_REPAIRS_CALLS = 1 << 1,   /* calls that watching interrupts go on unharmed */
	ENGINE_COPIES_STACKS = 1 << 2,   /* serves engine_links.stacks */
	ENGINE_READS_ARGS = 1 << 3,      /* EVENT_ENTER has arguments where somebody looks */
	ENGINE_SPLITS_TIME = 1 << 4,     /* tells time on a CPU from time off it */
	ENGINE_FILTERS_CALLS = 1 << 5,   /* serves engine_request.calls at the source */
	ENGINE_TRACES_CGROUPS = 1 << 6,  /* serves ENGINE_CGROUP */
	ENGINE_TRACES_MACHINE = 1 << 7,  /* serves ENGINE_MACHINE */
	ENGINE_TRACES_COMMANDS = 1 << 8, /* serves engine_request.command */
};

/* What is traced. */
enum engine_scope {
	ENGINE_TASKS,   /* engine_request.targets, or the command */
	ENGINE_CGROUP,  /* every process in engine_request.cgroup */
	ENGINE_MACHINE, /* every process but our own */
};

struct stack_copy_channel;

/* Which tasks are followed beside those named. */
enum follow {
	FOLLOW_THREADS, /* new threads of the same process */
	FOLLOW_FORKS,   /* and new child processes */
	FOLLOW_TREE,    /* and the descendants that exist at the attach */
};

/* What to trace. Everything in it is the caller's and valid until start() returns. */
struct engine_request {
	enum engine_scope scope;
	const pid_t *targets; /* processes, or single threads by a tid that leads none */
	size_t target_count;
	size_t optional_count; /* the last of them may refuse; the others have to be attached to */
	const char *cgroup;    /* ENGINE_CGROUP: its directory */
	pid_t command;         /* a child of the caller's that waits for a byte on go_fd, or 0 */
	int go_fd;             /* where the engine writes it, once the child is traced */
	enum follow follow;
	const struct callset *calls; /* only these are wanted; NULL: all. May be ignored by engines
	                                without ENGINE_FILTERS_CALLS */
	uint32_t options;            /* bit i: engine_class.options[i] was given */
};

/* What an engine and its reader share; all of it outlives the engine. */
struct engine_links {
	struct ring *ring;                 /* the engine is the producer */
	struct interest *interest;         /* the engine reads it */
	struct stack_copy_channel *stacks; /* copies of stacks go there; NULL: none are made */
	int wake_fd; /* an eventfd that the engine adds to when the ring fills up, and at the end */
};

/* A command-line switch that an engine contributes. */
struct engine_option {
	const char *name; /* without the leading "--" */
	const char *help; /* one line */
};

enum engine_state {
	ENGINE_RUNNING,
	ENGINE_ENDED, /* no task is left to trace, or leave() was called */
	ENGINE_LOST,  /* what traces was killed: the targets go on untraced, no EVENT_END comes */
};

struct engine;

struct engine_class {
	const char *name;      /* "ptrace" */
	const char *summary;   /* one line on how it works and what it costs */
	uint32_t capabilities; /* enum engine_capability */
	const struct engine_option *options;
	size_t option_count; /* 32 at most */

	/*
	 * Starts tracing what REQUEST says. Returns when every task that exists is being traced: 0
	 * with the engine in *OUT, or -errno with what is wrong, and what the user can do about it,
	 * as one line in ERROR; then nothing is traced.
	 */
	int (*start)(const struct engine_request *request, const struct engine_links *links,
		struct engine **out, char error[ENGINE_ERROR_MAX]);

	/*
	 * Says that there is room in the ring. To be called after reading; costs nothing while the
	 * engine holds nothing back.
	 */
	void (*nudge)(struct engine *engine);

	/*
	 * Hands SINK what the engine keeps outside the ring, as of NOW_NS: calls that it has added
	 * up (EVENT_SUM), what watching costs (EVENT_COST), and its notes (EVENT_NOTE). Also after
	 * leave(). Returns the moment, NOW_NS or a little later, at which sums are divided: no sum
	 * has calls that ended before it beside calls that ended after it, so counting from that
	 * moment on is exact.
	 */
	uint64_t (*collect)(struct engine *engine, uint64_t now_ns, struct event_sink *sink);

	/* Whether it still traces. */
	enum engine_state (*state)(const struct engine *engine);

	/*
	 * Ends the tracing, without a trace in the targets, and returns once it has ended. The last
	 * records, EVENT_END among them, are in the ring then; where they did not fit, the rest
	 * comes with drain(). Harmless when the engine has ended already.
	 */
	void (*leave)(struct engine *engine);

	/*
	 * After leave(): puts what did not fit into the ring. Returns 1 while there is more: read
	 * the ring and call again.
	 */
	int (*drain)(struct engine *engine);

	/* Frees an engine that was left; NULL is allowed. */
	void (*free)(struct engine *engine);
};

#endif
