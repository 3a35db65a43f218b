/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine: a source of events about the system calls of processes.
 *
 *   check()  ──▶  start()  ──▶  events in the ring  ──▶  EVENT_END
 *                                   ▲          ▲             ▲
 *                                nudge()   collect()      leave()
 *
 * An engine runs in its own threads or processes, or in the kernel. It never waits for the reader
 * of its ring. Nothing above this layer knows which engine is in use: differences between engines
 * are capabilities, options that an engine contributes, or text that it provides.
 *
 * All functions are for the thread that called start(), or check() before.
 */
#ifndef STOP_EVENT_ENGINE_H
#define STOP_EVENT_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct callset;
struct cgroup;
struct event_sink;
struct interest;
struct replay;
struct ring;

/* Size of the longest error message of start(), including the final NUL. */
#define ENGINE_ERROR_MAX 512

/* What an engine can do: bits of engine_class.capabilities. */
enum engine_capability {
	ENGINE_STOPS_TARGETS = 1 << 0,   /* each call stops its thread: EVENT_COST counts stops */
	ENGINE_REPAIRS_CALLS = 1 << 1,   /* calls interrupted by tracing are repaired */
	ENGINE_COPIES_STACKS = 1 << 2,   /* supports engine_links.stacks */
	ENGINE_READS_ARGS = 1 << 3,      /* EVENT_ENTER has arguments where requested by interest */
	ENGINE_SPLITS_TIME = 1 << 4,     /* splits the time of calls if interest requests that */
	ENGINE_FILTERS_CALLS = 1 << 5,   /* applies engine_request.calls at the source */
	ENGINE_TRACES_CGROUPS = 1 << 6,  /* supports ENGINE_CGROUP */
	ENGINE_TRACES_MACHINE = 1 << 7,  /* supports ENGINE_MACHINE */
	ENGINE_TRACES_COMMANDS = 1 << 8, /* supports engine_request.command */
	ENGINE_TRACES_NAMESPACES = 1 << 9, /* supports ENGINE_PID_NAMESPACE */
	ENGINE_SENDS_DETAILS = 1 << 10, /* EVENT_DETAIL and _SIGNAL where requested by interest */
	ENGINE_SENDS_EXITS = 1 << 11,   /* EVENT_EXIT of each call, while the ring has room */
	ENGINE_AWAITS_READER = 1 << 12, /* obeys interest.waits */
};

/*
 * What is traced. Our own processes are in no scope; nor are those that have no number in our PID
 * namespace.
 */
enum engine_scope {
	ENGINE_TASKS,         /* engine_request.targets, or the command */
	ENGINE_CGROUP,        /* every process that is in engine_request.cgroup, or below it, or
	                         enters it, until it leaves it; ends when that was removed */
	ENGINE_PID_NAMESPACE, /* every process in engine_request.pid_namespace, or in one inside it;
	                         ends with the last one */
	ENGINE_MACHINE,       /* every process; never ends by itself */
};

struct stack_copy_channel;

/* What an engine has to be able to do. */
struct engine_needs {
	uint32_t capabilities; /* bits of enum engine_capability */
	enum engine_scope scope;
	size_t stack_size; /* of the longest copy of a stack that may be wanted; 0: none is */
};

/* What a check has prepared for start(). */
struct engine_trial;

/* Which tasks are followed in addition to those named. */
enum follow {
	FOLLOW_THREADS, /* new threads of the same process */
	FOLLOW_FORKS,   /* and new child processes */
	FOLLOW_TREE,    /* and the descendants that exist at the attach */
};

/* What to trace. Owned by the caller; must be valid until start() returns. */
struct engine_request {
	enum engine_scope scope;
	const pid_t *targets; /* processes, or single threads by the tid of a non-leader */
	size_t target_count;
	size_t optional_count; /* this many at the end may fail; the others must be attached */
	const struct cgroup *cgroup; /* of ENGINE_CGROUP */
	uint64_t pid_namespace;      /* of ENGINE_PID_NAMESPACE: its inode, which stays in use */
	pid_t command; /* a child of the caller that waits for a byte on go_fd, or 0 */
	int go_fd;     /* where the engine writes it once the child is traced */
	enum follow follow;
	const struct callset *calls; /* trace only these; NULL: all. May be ignored by engines
	                                without ENGINE_FILTERS_CALLS */
	uint32_t options;            /* bit i: engine_class.options[i] was given */
	struct replay *replay;       /* of the engine replay: what is played; not owned */
	struct engine_trial
		*trial; /* of a check() of this engine, or NULL; start() takes it over */
};

/*
 * What a process of the engine's does for ours when that dies, by whatever signal. Both functions
 * are called in the engine's process, which shares our memory, but has none of our
 * threads, and of our descriptors only the standard ones and `fd`. What we held or were writing
 * when we died may be locked or half-written: no target must depend on them any more.
 */
struct engine_survivor {
	void (*restore)(void *context); /* at once: gives back the terminal. Async-signal-safe */
	void (*finish)(void *context);  /* once the targets are left: writes what was counted */
	void *context;
	int fd; /* what finish() writes to, or -1 */
};

/* Shared by an engine and its reader; all of it outlives the engine. */
struct engine_links {
	struct ring *ring;                      /* the engine is the producer */
	struct interest *interest;              /* the engine reads it */
	struct stack_copy_channel *stacks;      /* channel for stack copies; NULL: none are made */
	const struct engine_survivor *survivor; /* NULL: it does nothing when our process dies */
	int wake_fd; /* an eventfd that the engine signals when the ring fills up, and at the end */
};

/* A command-line switch that an engine contributes. */
struct engine_option {
	const char *name; /* without the leading "--" */
	const char *help; /* one line */
};

enum engine_state {
	ENGINE_RUNNING,
	ENGINE_ENDED, /* no traced task is left, or leave() was called */
	ENGINE_LOST,  /* the tracer was killed, or does not answer: there is no EVENT_END */
};

struct engine;

struct engine_class {
	const char *name;      /* "ptrace" */
	const char *summary;   /* one line on how it works and what it costs */
	uint32_t capabilities; /* enum engine_capability */
	const struct engine_option *options;
	size_t option_count; /* at most 32 */

	/*
	 * Whether it can be used here for what NEEDS has beyond its capabilities, as far as that is
	 * known without a target: 0, or -errno with one line in REASON. If it can, *TRIAL makes
	 * start() faster; it is for start(), or discard(). TRIAL may be NULL. NULL: it always can.
	 */
	int (*check)(const struct engine_needs *needs, struct engine_trial **trial,
		char reason[ENGINE_ERROR_MAX]);

	/* Frees what check() has prepared; NULL is allowed. */
	void (*discard)(struct engine_trial *trial);

	/*
	 * Starts tracing according to REQUEST. Returns when every existing task is being traced: 0
	 * with the engine in *OUT; or -errno with one line in ERROR that says what is wrong and
	 * what the user can do about it, and nothing is traced.
	 */
	int (*start)(const struct engine_request *request, const struct engine_links *links,
		struct engine **out, char error[ENGINE_ERROR_MAX]);

	/*
	 * Tells the engine that there is space in the ring. Call this after reading; it costs
	 * nothing unless the engine has pending records.
	 */
	void (*nudge)(struct engine *engine);

	/*
	 * Passes SINK what the engine keeps outside the ring, as of NOW_NS: aggregated calls
	 * (EVENT_SUM), the cost of tracing (EVENT_COST), and its notes (EVENT_NOTE). Also after
	 * leave().
	 */
	void (*collect)(struct engine *engine, uint64_t now_ns, struct event_sink *sink);

	/*
	 * Splits sums at the returned time, now or a little later: no later sum contains both calls
	 * that ended before and after it, so counting from that time is exact. Only the latest
	 * division is valid. Calls aggregated outside the ring until then are passed to SINK.
	 */
	uint64_t (*divide)(struct engine *engine, struct event_sink *sink);

	/* Whether it is still tracing. */
	enum engine_state (*state)(const struct engine *engine);

	/*
	 * Ends tracing, leaving no effect on the targets, and returns when it has ended, or within
	 * a second if it has to wait for targets: remains() says so then. The last records,
	 * including EVENT_END, are then in the ring; those that did not fit follow with drain().
	 * Harmless if the engine has already ended.
	 */
	void (*leave)(struct engine *engine);

	/*
	 * After leave(): whether the engine's own process still goes on leaving, with one line
	 * about that in TEXT of SIZE bytes. It does not need ours.
	 */
	bool (*remains)(const struct engine *engine, char *text, size_t size);

	/*
	 * After leave(): puts the remaining records into the ring. Returns 1 while there are more:
	 * read the ring and call it again.
	 */
	int (*drain)(struct engine *engine);

	/*
	 * Frees an engine after leave(); NULL is allowed. One that was lost and remains still uses
	 * its links, which must not be freed then.
	 */
	void (*free)(struct engine *engine);
};

#endif
