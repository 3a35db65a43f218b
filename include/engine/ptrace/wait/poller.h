/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waits for the next report, so that it costs the target little and every thread gets its turn.
 *
 *     resumed ──▶ hot, fresh: polled by tid, in turn ─▶ report
 *                  │ no report for long                    ▲
 *                  ▼                                       │
 *                active: a few are polled in each round ───┤
 *                  │ no report for longer                  │
 *                  ▼                                       │
 *                quiet ──▶ sweep: all reports that exist ──┤
 *                     └──▶ sleep ──────────────────────────┘
 *
 * A sleeping tracer has to be woken, usually on another CPU: that is more than half of the cost of
 * a traced call. So the poller spins after each stop, for as long as has paid off recently, and
 * sleeps at once if it has not, or if another task waits for the CPU.
 *
 * Threads that were just resumed ("hot") are polled by their tid, one after the other, which is
 * direct. A wait for any tracee walks the kernel's list of all of them and finds the newest, so
 * this is done only occasionally (a sweep), and takes all existing reports: a busy thread does not
 * delay quiet ones for long. With many tracees, sleeping avoids that walk too: the stop signal then
 * says which one has stopped. But while one is pending, others are lost: so those that report again
 * and again ("active") are polled by tid as well. And where many threads are born, or attached,
 * each of which stops some dozen times at once ("fresh"), one of the others gets its turn after
 * each.
 *
 * Tracer only.
 */
#ifndef STOP_ENGINE_PTRACE_WAIT_POLLER_H
#define STOP_ENGINE_PTRACE_WAIT_POLLER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/ptrace/wait/standstill.h"

#define POLLER_READY 64 /* maximum number of reports per sweep */

struct colocation;
struct world;

/* The poller's state for a thread; part of struct task. All zero: unknown. */
struct poller_entry {
	pid_t tid;
	bool again;                 /* it reported soon after its report before that */
	uint64_t joined_ns;         /* when it was added */
	uint64_t hot_until_ns;      /* at least until then */
	uint64_t reported_ns;       /* when it was resumed after its last report */
	uint64_t running_ns;        /* when it was last known not to be stopped */
	struct poller_list *list;   /* the list that it is in, or NULL */
	struct poller_entry *next;  /* in that list */
	struct poller_entry **link; /* the pointer to this entry */
};

struct poller_list {
	struct poller_entry *first, **end;
	size_t count;
};

/* How soon a thread will report. */
enum poller_expectation {
	POLLER_SOON, /* probably: it was resumed to make a call or return from one */
	POLLER_SURE, /* certainly, but maybe late: it was asked to stop */
	POLLER_EXPECTATIONS,
};

struct poller {
	struct world *world;
	struct poller_list hot;        /* polled by tid, in turn */
	struct poller_list fresh;      /* the same, of those that were added shortly before */
	struct poller_list active;     /* those that report often, polled by tid in turn */
	struct poller_list quiet;      /* the others, least recently polled first */
	unsigned int turn;             /* which of these was polled last */
	size_t rest;                   /* number of quiet ones to be polled before the next sweep */
	siginfo_t ready[POLLER_READY]; /* reports from a sweep */
	unsigned int ready_count, ready_next;
	uint64_t swept_ns;       /* when the last sweep, or wait for any tracee, ended */
	uint64_t sweep_ns;       /* cost of the last sweep */
	bool deferred;           /* a sweep was due, and something else was found */
	bool swept_clean;        /* nothing is known to have stopped since */
	bool stop_signal;        /* the stop signal ends sleeps: see world/wait.h */
	bool alert;              /* it does, however few tracees there are */
	uint64_t spin_ns;        /* how long to poll before sleeping; 0: sleep at once */
	uint64_t payoff_ns;      /* average time after which polling found a report */
	unsigned int sleeps;     /* consecutive ones without polling first */
	unsigned int sleeps_max; /* maximum of these before polling is tried again */
	unsigned int tries;      /* number of these tries */
	bool piling_up;          /* a report was available at once: there may be more */
	struct standstill standstill;
	struct colocation *colocation; /* or NULL: see wait/colocation.h */
	pid_t last;                    /* the thread that reported last; 0: none yet */
	int load_fd;                   /* see world/sched.h; or -1 */
	int cpus;                      /* number of CPUs on which this thread may run */
	int load; /* average number of runnable tasks beyond `cpus`, in units of 1/LOAD_UNIT */
	uint64_t load_ns; /* when that was last read */
};

/* Initializes POLLER; cleared with poller_clear(). */
void poller_init(struct poller *poller, struct world *world);
void poller_clear(struct poller *poller);

/* Makes POLLER use COLOCATION of the calling thread, still owned by the caller; NULL: none. */
void poller_colocate(struct poller *poller, struct colocation *colocation);

/*
 * Waits for the next report. It may or may not stay pending: in either case nothing is lost if the
 * tracer dies now. Returns 1 with *INFO filled in, 0 after a kick (see world/wait.h), -ECHILD if no
 * tracee is left.
 */
int poller_next(struct poller *poller, siginfo_t *info);

/* Like poller_next(), without waiting: 0 if there is none now. */
int poller_poll(struct poller *poller, siginfo_t *info);

/*
 * From now on only poller_poll() and poller_await() are used. The latter sleeps until there may be
 * a report, which is returned, or a kick, at most TIMEOUT_NS.
 */
void poller_alert(struct poller *poller);
bool poller_await(struct poller *poller, uint64_t timeout_ns);

/*
 * Whether the tracee of ENTRY, which has just reported, was expected to do so soon when it was last
 * known not to be stopped.
 */
bool poller_has_expected(const struct poller_entry *entry);

/* Adds the new tracee TID, with ENTRY, which must remain valid until poller_forget(). */
void poller_join(struct poller *poller, struct poller_entry *entry, pid_t tid);

/* Removes the tracee of ENTRY. */
void poller_forget(struct poller *poller, struct poller_entry *entry);

/* Expects a report of the tracee of ENTRY soon, according to EXPECTATION. */
void poller_expect(
	struct poller *poller, struct poller_entry *entry, enum poller_expectation expectation);

/*
 * Like poller_poll(), but with a bounded number of requests, however many tracees there are: it may
 * overlook a report, which then is found by one of the next calls. For times at which the tracer
 * has other work to do, between the steps of that work.
 */
int poller_poll_briefly(struct poller *poller, siginfo_t *info);

#endif
