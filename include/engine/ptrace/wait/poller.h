/*
 * Waiting for the next report, so that it costs the target little and every thread gets its turn.
 *
 *     resumed ──▶ hot: polled by tid, in turn ────────▶ report
 *                  │ no report for long                    ▲
 *                  ▼                                       │
 *                quiet ──▶ sweep: all reports that exist ──┤
 *                     └──▶ sleep ──────────────────────────┘
 *
 * A tracer that sleeps has to be woken, mostly on another CPU: that is more than half of what a
 * traced call costs. So the poller spins for a while after each stop, for as long as has paid off
 * lately, and sleeps at once where it has not, or where another task waits for the CPU.
 *
 * Threads that were just resumed ("hot") are polled by their tid, which is direct, one after the
 * other. A wait for any tracee walks the kernel's list of all of them and finds the newest, so it
 * is done only now and then (a sweep), and takes all reports that exist: a busy thread keeps no
 * quiet one waiting for long. Where the tracees are many, a sleep does without that walk, too: the
 * stop signal then says which one has stopped.
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

#define POLLER_READY 64 /* reports that a sweep takes at once */

struct colocation;
struct world;

/* A thread as the poller knows it; part of struct task. Zeroed: unknown. */
struct poller_entry {
	pid_t tid;
	uint64_t hot_until_ns;      /* at the least */
	struct poller_list *list;   /* that it is in, or NULL */
	struct poller_entry *next;  /* in that list */
	struct poller_entry **link; /* what points to this entry */
};

struct poller_list {
	struct poller_entry *first, **end;
	size_t count;
};

/* How soon a thread will report. */
enum poller_expectation {
	POLLER_SOON, /* probably: it was resumed, to make a call or to return from one */
	POLLER_SURE, /* certainly, if late: it was asked to stop */
	POLLER_EXPECTATIONS,
};

struct poller {
	struct world *world;
	struct poller_list hot;        /* polled by tid, in turn */
	struct poller_list quiet;      /* the others, the longest unpolled first */
	siginfo_t ready[POLLER_READY]; /* reports that a sweep took */
	unsigned int ready_count, ready_next;
	uint64_t swept_ns;             /* when the last sweep, or wait for any tracee, was over */
	uint64_t sweep_ns;             /* what the last sweep cost */
	bool swept_clean;              /* as far as is known nothing has stopped since */
	bool stop_signal;              /* sleeps are ended by the stop signal: see world/wait.h */
	uint64_t spin_ns;              /* how long to poll before sleeping; 0: sleep at once */
	uint64_t payoff_ns;            /* after how long polling has found a report, on average */
	unsigned int sleeps;           /* without polling before, in a row */
	unsigned int sleeps_max;       /* of these, before polling is tried again */
	unsigned int tries;            /* how often it was tried again */
	bool piling_up;                /* a report was there at once: there may be more */
	struct colocation *colocation; /* or NULL: see wait/colocation.h */
	pid_t last;                    /* the thread that has reported last; 0: none yet */
	int load_fd;                   /* see world/sched.h; or -1 */
	int cpus;                      /* on which this thread may run */
	int load; /* tasks beyond `cpus` that want to run, on average; in LOAD_UNIT of one */
	uint64_t load_ns; /* when that was last read */
};

/* Makes POLLER; poller_clear() gives back what it holds. */
void poller_init(struct poller *poller, struct world *world);
void poller_clear(struct poller *poller);

/* Has the poller use COLOCATION, of the calling thread and still the caller's; NULL: none. */
void poller_colocate(struct poller *poller, struct colocation *colocation);

/*
 * Waits for the next report. It stays, or need not: either way a tracer that dies now has lost
 * nothing. Returns 1 with *INFO filled in, 0 where a kick came instead (see world/wait.h), -ECHILD
 * where no tracee is left.
 */
int poller_next(struct poller *poller, siginfo_t *info);

/* As poller_next(), without waiting: 0 where there is none now. */
int poller_poll(struct poller *poller, siginfo_t *info);

/* TID is a new tracee; ENTRY is its entry, valid until poller_forget(). */
void poller_join(struct poller *poller, struct poller_entry *entry, pid_t tid);

/* The tracee of ENTRY is no more. */
void poller_forget(struct poller *poller, struct poller_entry *entry);

/* The tracee of ENTRY will report soon, as EXPECTATION says. */
void poller_expect(
	struct poller *poller, struct poller_entry *entry, enum poller_expectation expectation);

/* A report of those that are expected soon, without waiting. As poller_poll(). */
int poller_poll_expected(struct poller *poller, siginfo_t *info);

#endif
