/*
 * Waiting for the next report, so that it costs the target little and every thread gets its turn.
 *
 *     let go ──▶ hot: polled by number, in turn ───────▶ report
 *                 │ too long in vain                        ▲
 *                 ▼                                         │
 *               quiet ──▶ sweep: all reports that are there ┤
 *                    └──▶ sleep ────────────────────────────┘
 *
 * A tracer that sleeps has to be woken, mostly on another CPU: that is more than half of what a
 * traced call costs. So the poller polls for a while after each stop, for as long as has paid off
 * lately, and sleeps at once where it has not, or where somebody else waits for the CPU.
 *
 * Threads that were just let go ("hot") are polled by their number, which is direct, one after the
 * other. A wait for any tracee walks the kernel's list of all of them and finds
 * the newest, so it is done every so often, and then takes all reports that are there: a busy
 * thread keeps no quiet one waiting for long. Where the tracees are many, a sleep does without it,
 * too: SIGCHLD then says which one has stopped.
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

/* A thread as the poller knows it; part of its tracee. Zeroed: unknown. */
struct poller_entry {
	pid_t tid;
	uint64_t until_ns;          /* how long it is hot at the least */
	struct poller_list *list;   /* that it is in, or NULL */
	struct poller_entry *next;  /* in that list */
	struct poller_entry **link; /* what points here */
};

struct poller_list {
	struct poller_entry *first, **end;
	size_t count;
};

/* How soon a thread will report. */
enum poller_expectation {
	POLLER_SOON, /* probably: it was let go, to make a call or to return from one */
	POLLER_SURE, /* for certain, if late: it was asked to stop */
	POLLER_EXPECTATIONS,
};

struct poller {
	struct poller_list hot;        /* polled by number, in turn */
	struct poller_list quiet;      /* the others, the longest not asked for first */
	siginfo_t ready[POLLER_READY]; /* reports that a sweep took */
	unsigned int ready_count, ready_next;
	uint64_t swept_ns;             /* when any tracee was last waited for */
	uint64_t sweep_ns;             /* what the last sweep cost */
	bool swept_clean;              /* nothing has been there since, as far as is known */
	bool bell;                     /* sleeps are ended by the bell: see pt_bell() */
	uint64_t spin_ns;              /* how long to poll before sleeping; 0: sleep at once */
	uint64_t payoff_ns;            /* how soon polling has found something lately, on average */
	unsigned int asleep;           /* sleeps in a row without a poll before */
	unsigned int patience;         /* so many of them before one is tried again */
	unsigned int tries;            /* how often that was */
	bool piling;                   /* a report was there at once: there may be more */
	struct colocation *colocation; /* or NULL: see trace/colocation.h */
	pid_t last;                    /* who has reported last; 0: nobody yet */
	int load_fd;                   /* /proc/loadavg, or -1 */
	int processors;                /* on which this thread may run */
	int crowd;        /* how crowded these have been lately; in CROWD_UNIT runnable tasks */
	uint64_t load_ns; /* when that was last looked at */
};

/* Makes WAITER ready; poller_clear() gives back what it holds. */
void poller_init(struct poller *poller);
void poller_clear(struct poller *poller);

/* Has the poller take RIDE where that pays: the calling thread's, which stays its owner. NULL:
 * none. */
void poller_ride(struct poller *poller, struct colocation *colocation);

/*
 * Waits for the next report. It stays unconsumed, or is one that need not: either way a tracer that
 * dies now has lost nothing. Returns 1 with *INFO filled in, 0 where a kick came instead (see
 * pt_kick_signal()), -ECHILD where no tracee is left.
 */
int poller_next(struct poller *poller, siginfo_t *info);

/* As poller_next(), without waiting: 0 where there is none now. */
int poller_poll(struct poller *poller, siginfo_t *info);

/* TID is a new tracee, that SEAT is a part of. */
void poller_join(struct poller *poller, struct poller_entry *seat, pid_t tid);

/* SEAT's tracee goes away. */
void poller_forget(struct poller *poller, struct poller_entry *seat);

/* SEAT's tracee will report soon, as HOPE says. */
void poller_expect(struct poller *poller, struct poller_entry *seat, enum poller_expectation hope);

/* A report of those that are expected soon, without waiting. As poller_poll(). */
int poller_poll_expected(struct poller *poller, siginfo_t *info);

#endif
