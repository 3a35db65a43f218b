/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events: all information arrives as events, with a time and without pointers, so that they can be
 * recorded, replayed, or come from another process.
 *
 * EVENT_END is the last one of an engine. After it, an EVENT_GONE reports a task that was found to
 * have ended since; or tracing is resumed: then tasks that are not reported between EVENT_RESUMED
 * and EVENT_ATTACHED have ended meanwhile.
 *
 * The events of a task are in the order in which things happened. No call is lost: when the ring
 * was full, calls arrive aggregated (EVENT_SUM), followed by the state of the task when there was
 * space again.
 */
#ifndef STOP_EVENT_EVENT_H
#define STOP_EVENT_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "abi/syscall.h"
#include "event/tally.h"
#include "proc/comm.h"
#include "proc/times.h"

enum event_type {
	EVENT_TASK, /* a task is traced, or what is known about it has changed: struct event_task */
	EVENT_STATE,        /* a task is running or stopped: struct event_state */
	EVENT_ENTER,        /* a task is in a call: struct event_enter */
	EVENT_EXIT,         /* a call has completed: struct event_exit; the task is in user code */
	EVENT_SUM,          /* completed calls, aggregated: struct event_sum */
	EVENT_GONE,         /* a task is no longer traced: struct event_gone */
	EVENT_STACK,        /* the stack of a call: struct event_stack */
	EVENT_SAMPLE,       /* where a task was in its own code: struct event_sample */
	EVENT_OBSERVED,     /* what /proc says about a task: struct event_observed */
	EVENT_WORKER,       /* a kernel worker of a process exists: struct event_worker */
	EVENT_PROCESS,      /* what /proc says about a process: struct event_process */
	EVENT_KERNEL_STACK, /* its kernel stack: struct event_kernel_stack */
	EVENT_DEATH_SIGNAL, /* what a task wants to get at its parent's death: struct
	                       event_death_signal */
	EVENT_WAKER,        /* who has woken a task last: struct event_waker */
	EVENT_DETAIL,       /* a call with its arguments: struct event_detail (event/detail.h) */
	EVENT_LOST,         /* details were dropped: struct event_lost (event/detail.h) */
	EVENT_SIGNAL,       /* a signal is about to be delivered: struct event_signal */
	EVENT_MASKS,        /* what a task does with signals: struct event_masks */
	EVENT_DESCRIPTOR,  /* what /proc says about a descriptor: struct event_descriptor (object.h)
	                    */
	EVENT_EXPECTED,    /* a process, with one task, is about to be traced: what is read of it
	                      before is valid when it runs: struct event */
	EVENT_SETTLED,     /* all events up to time_ns have arrived, and none does for a while; with
	                      a tid: that has not run yet: struct event */
	EVENT_INTERRUPTED, /* details stop arriving: what changes from now on is not seen: struct
	                      event */
	EVENT_COMMAND_LINE, /* what /proc says about a command line: struct event_command_line */
	EVENT_COST,         /* the cost of tracing: struct event_cost */
	EVENT_NOTE,         /* a message to the user: struct event_note */
	EVENT_RESUMED,      /* tracing continues after an EVENT_END: struct event */
	EVENT_ATTACHED, /* all living tasks have been reported since EVENT_RESUMED: struct event */
	EVENT_SESSION,  /* what reports say about the session: struct event_session */
	EVENT_FRAME,    /* a report is made of all events until now: struct event_frame */
	EVENT_PRESENT,  /* in a recording: what was known when it begins: struct event_present */
	EVENT_MODULE,   /* in a recording, what stacks consist of: a module: struct event_module */
	EVENT_PLACE,    /* … a place in one, where a frame is: struct event_place */
	EVENT_FUNCTION, /* … a function that a place is in: struct event_function */
	EVENT_FRAMES,   /* … and the frames of a stack: struct event_frames */
	EVENT_STACKS,   /* … and what stacks have cost: struct event_stacks */
	EVENT_STACKS_KNOWN, /* provisional stacks are known until time_ns (event_stack): struct
	                       event */
	EVENT_END,          /* no task is left, or the engine failed: struct event_end */
	EVENT_TYPES,
};

/* The state of a task, apart from its calls. */
enum task_state {
	TASK_RUNNING, /* in user code, or in a call */
	TASK_STOPPED, /* by job control (SIGSTOP, ^Z) */
	TASK_EXITING, /* it has called exit; a leader stays in this state until its last thread has
	                 exited */
};

/* Every record starts with this. */
struct event {
	uint32_t type;    /* enum event_type */
	pid_t tid;        /* in stop's own PID namespace; 0: of no task (EVENT_COST, _NOTE, _END) */
	uint64_t time_ns; /* when it happened, or when it was valid */
};

struct event_task {
	struct event event;
	pid_t tgid;                /* its process; the tid of the leader */
	pid_t parent;              /* the parent of its process; 0: unknown */
	pid_t ns_tid;              /* its tid in its own PID namespace; 0: the same as ours */
	char comm[TASK_COMM_SIZE]; /* as in the kernel: must be escaped for display */
	bool is_new;               /* it has just been created: all that it ever does is seen */
	bool has_executed;         /* it has executed a program since it was reported last */
	bool has_times;            /* if has_executed */
	struct proc_times times;   /* at that time */
};

struct event_state {
	struct event event;
	uint32_t state; /* enum task_state */
	bool in_call;   /* it is still in the call of the last EVENT_ENTER; otherwise in none */
};

struct event_enter {
	struct event event; /* time_ns: the start, or the attach if partial */
	struct call call;
	uint64_t args[CALL_MAX_ARGS]; /* the registers; valid if has_args */
	bool has_args;
	bool partial;       /* it began before the attach */
	uint64_t before_ns; /* if partial: it lasted at least this long before; 0: unknown */
	uint32_t capture;   /* number of the copy of its stack, 0, or STACK_COPY_MISSED */
};

struct event_exit {
	struct event event;
	struct call call;
	struct outcome outcome;
	int64_t result;      /* result of the call; meaningless if outcome.err or never_returned
	                      */
	bool never_returned; /* the task died, or was replaced by an execve, in the call */
	uint16_t gate; /* number of the gates that have rejected its details (event/interest.h); 0:
	                  none have. Not recorded */
	uint32_t capture; /* number of the copy of its stack, or 0 */
};

/* An item of a sum: the number of calls in a bucket of the histogram, or with an error. */
struct sum_item {
	uint64_t count;
	uint32_t key; /* bucket number (base/hist.h), or errno */
};

/*
 * Completed calls of one kind made by a task. A large sum arrives as several records: the first has
 * the counts, each has a part of the items. Calls that ended before and after a time returned by
 * engine_class.divide() are never in the same sum; a call that was in progress at that time is a
 * sum of its own.
 */
struct event_sum {
	struct event event; /* time_ns: when the last of the calls ended */
	struct call call;
	uint64_t from_ns; /* when the earliest of them began */
	uint32_t capture; /* the stack of all of them, as in event_enter; lasting, or 0 */
	bool has_details; /* those details of these calls that are requested come, too, and say
	                     that (event_detail.is_summed) */
	uint16_t gate;    /* number of the gates that have rejected the details of some of them; not
	                     recorded … */
	uint64_t rejected; /* … of so many, in the first record */
	struct tally_counts counts;
	uint32_t bucket_count; /* number of items that are histogram buckets: these come first */
	uint32_t error_count;  /* number of items that are errors */
	struct sum_item item[];
};

/* Maximum number of items in a record, and the maximum size of a record. */
#define SUM_ITEMS_MAX 24
#define SUM_SIZE_MAX  (sizeof(struct event_sum) + SUM_ITEMS_MAX * sizeof(struct sum_item))

struct event_gone {
	struct event event;
	int exit_code;   /* of exit(2), or -1 */
	int exit_signal; /* signal that killed it, or 0; with exit_code -1: its exit was not seen */
	bool dumped_core; /* if it was killed */
	bool has_times;
	struct proc_times times; /* at its end */
};

/*
 * A stack copy was unwound; or the stack of a task was read while it was waiting. The EVENT_EXIT of
 * its call may have arrived before. A lasting number that is provisional is known of calls that
 * ended until the last EVENT_STACKS_KNOWN; if another EVENT_STACK follows, that is the stack of
 * those that ended after its time.
 */
struct event_stack {
	struct event event; /* tid 0 for a copy */
	uint32_t number;    /* of the copy, as in event_enter.capture; 0: it was read */
	uint32_t stack;     /* ID of the stack (stack/frame.h) */
	bool is_provisional;
	struct call call; /* if it was read: the call that the task was waiting in */
};

/* The stack of a task that was running user code, sampled at intervals of its CPU time. */
struct event_sample {
	struct event event;
	uint32_t stack; /* ID of the stack (stack/frame.h) */
};

/* Size of the longest wait reason, including the final NUL. */
#define EVENT_REASON_MAX 256

/*
 * What /proc says about a task: three parts, each of which may be missing.
 */
struct event_observed {
	struct event event; /* time_ns: when it was read */

	bool has_name;             /* others can change these at any time */
	char comm[TASK_COMM_SIZE]; /* as in event_task */
	pid_t parent;              /* likewise */

	bool has_cpu;
	char state;     /* of /proc/TID/stat: 'R', 'S', 'D', … */
	bool is_frozen; /* it sleeps because its cgroup is frozen */
	struct proc_times times;

	bool has_wait;
	bool lasts;        /* the following is valid as long as the task is in this call */
	uint64_t since_ns; /* start of the call that it is about, as in its event_enter */
	pid_t owner;       /* the thread or process that the task is waiting for, or 0 */
	bool is_held;      /* by the owner: it is a lock */
	char reason[EVENT_REASON_MAX]; /* the wait reason, not escaped; "": unknown */
};

/*
 * A kernel worker (io_uring, vhost): a thread of a process that runs no code of its own and makes
 * no calls. It is not traced. Ends with EVENT_GONE.
 */
struct event_worker {
	struct event event;
	pid_t tgid;                /* its process */
	char comm[TASK_COMM_SIZE]; /* as in event_task */
};

/* What /proc says about a process. */
struct event_process {
	struct event event; /* tid: the process */
	uint32_t rings;     /* number of its descriptors that are io_uring instances */
};

/* Maximum size of a kernel stack, including the final NUL. */
#define EVENT_KERNEL_MAX 2048

/* The kernel stack of a waiting task. */
struct event_kernel_stack {
	struct event event; /* time_ns: when it was read */
	uint32_t size;      /* size of text, including the final NUL */
	char text[]; /* names of functions, innermost first, one per line; "": it is not waiting */
};

/* A task has asked for a signal at the death of its parent (PR_SET_PDEATHSIG): from engines that
 * report no call by itself. */
struct event_death_signal {
	struct event event;
	int signal; /* 0: for none */
};

/* Who has woken a task last, while the time of its calls is split. */
struct event_waker {
	struct event event; /* time_ns: when */
	pid_t waker;        /* its tid; 0: it has none in our PID namespace */
	bool is_interrupt;  /* not that task, but an interrupt while it had the CPU: its own timer
	                       may have expired, or a packet arrived */
	char comm[TASK_COMM_SIZE]; /* as in event_task */
};

/* A signal that is about to be delivered to a task, as siginfo_t has it (sigaction(2)). */
struct event_signal {
	struct event event;
	int32_t signal;
	int32_t code;       /* si_code */
	pid_t tgid;         /* process of the task */
	pid_t sender;       /* si_pid of a signal that a process has sent; 0: unknown */
	uid_t uid;          /* si_uid of it */
	int32_t status;     /* si_status of SIGCHLD */
	uint64_t address;   /* si_addr of a fault, si_call_addr of SIGSYS */
	uint64_t value;     /* si_value; si_band of SIGIO */
	uint64_t times[2];  /* si_utime and si_stime of SIGCHLD, in clock ticks */
	int32_t descriptor; /* si_fd of SIGIO */
	int32_t syscall;    /* si_syscall of SIGSYS */
	uint32_t arch;      /* si_arch of SIGSYS */
	int32_t timer;      /* si_timerid of a POSIX timer … */
	int32_t overrun;    /* … and si_overrun */
};

/* What /proc says about a task's signals: bit N is signal N + 1. */
struct event_masks {
	struct event event;
	pid_t tgid; /* its process */
	uint64_t blocked;
	uint64_t pending;          /* to it, or to its process */
	uint64_t ignored, handled; /* by its process */
};

/* Maximum size of the words of a command line. */
#define EVENT_WORDS_MAX 4096

/* The command line of a process. */
struct event_command_line {
	struct event event; /* tid: the process; time_ns: before it was read */
	uint32_t size;      /* of words; 0: it has none, or they could not be read */
	char words[];       /* each with its NUL, not escaped */
};

/* What is known about the minimum measurable latency. */
enum minimum_state {
	MINIMUM_UNKNOWN,    /* it could not be measured */
	MINIMUM_NEGLIGIBLE, /* there is practically no overhead */
	MINIMUM_KNOWN,
};

/* Size of the longest text of a note, and of the name in event_cost, including the final NUL. */
#define EVENT_TEXT_MAX 224
#define EVENT_USER_MAX 32

/* The cost of tracing. Counts are since the engine's start. */
struct event_cost {
	struct event event;
	bool never_stops;      /* calls do not stop their threads */
	uint64_t stops;        /* number of times that a task was stopped and resumed */
	uint64_t details_lost; /* calls whose arguments or start were lost because the ring was full
	                        */
	uint64_t cpu_ns;       /* the engine's own CPU time */
	uint32_t minimum;      /* enum minimum_state */
	uint32_t processors;   /* number of CPUs available to the targets */
	uint64_t minimum_ns;   /* measured latency of an empty call; if MINIMUM_KNOWN */
	uint64_t call_ns;      /* what tracing adds to such a call; 0: unknown, as is lost_ns */
	uint64_t others_ns; /* what it adds to a call of any process that is not traced; 0: nothing,
	                       or unknown */
	uint64_t lost_ns;   /* total time that the targets have lost to tracing; not on more CPUs
	                       than there are */
	char user[EVENT_USER_MAX]; /* what the CPU time is spent by, in the engine's words: "the
	                              tracer" */
};

/* A message to the user about something that tracing could not do, or did to a target. */
struct event_note {
	struct event event;
	uint32_t id;               /* of an engine: from 0; of the session: from NOTE_SESSION */
	bool transient;            /* not worth interrupting the user */
	uint64_t count;            /* number of occurrences, or the current number; 0: it is over */
	char text[EVENT_TEXT_MAX]; /* text, including the count */
};

/* Note IDs below this are those of an engine. */
#define NOTE_SESSION 64

/*
 * The events from here to the one that is_over say what was known at this time, as a recording
 * begins then. For who has the events before, they say nothing new.
 */
struct event_present {
	struct event event;
	bool is_over;
};

/*
 * What stacks consist of, for recordings: live, that is shared by pointers (stack/frame.h).
 * Modules, places and stacks have numbers of their own, as those have IDs, and come before what
 * refers to them; in a recording of several parts, again. What has become known comes as the same
 * once more: an EVENT_MODULE, an EVENT_PLACE, or the functions of a place, all at once.
 */

/* Sizes of the longest texts of these, without a NUL; of those with a fixed size, including it. */
#define EVENT_PATH_MAX     4096
#define EVENT_SYMBOL_MAX   4096
#define EVENT_SOURCE_MAX   4098
#define EVENT_BUILD_ID_MAX 65
#define EVENT_PROBLEM_MAX  64

/* As struct module. */
struct event_module {
	struct event event;
	uint32_t module;
	bool is_file, is_script;
	char build_id[EVENT_BUILD_ID_MAX];
	char problem[EVENT_PROBLEM_MAX]; /* why it could not be read; "": it could */
	uint32_t size;                   /* of path, which has no NUL */
	char path[];                     /* not escaped */
};

/* As struct frame. */
struct event_place {
	struct event event;
	uint32_t place;
	uint32_t module;
	uint64_t ip, offset;
	bool exact, trampoline, late, is_ambiguous;
};

/*
 * As struct frame_name: COUNT of them follow each other, from AT 0, and are the names of PLACE. All
 * but the last are inlined into the next.
 */
struct event_function {
	struct event event;
	uint32_t place;
	uint32_t at, count;
	uint64_t symbol_offset;
	uint32_t line;
	bool has_symbol;
	char file[EVENT_SOURCE_MAX]; /* "": unknown */
	uint32_t size;               /* of symbol, which has no NUL */
	char symbol[];               /* not escaped */
};

/* Maximum number of frames of a stack. */
#define EVENT_FRAMES_MAX 1024

/* As struct stack. */
struct event_frames {
	struct event event;
	uint32_t stack;   /* its ID, as in event_stack */
	uint32_t end;     /* enum stack_end */
	uint32_t guessed; /* index of the first frame found without unwind tables */
	uint32_t size;    /* of place, in bytes */
	uint32_t place[]; /* of each frame, the innermost first */
};

/* Size of the longest reason in event_stacks, including the final NUL. */
#define EVENT_REFUSAL_MAX 192

/* What reports say about stacks; sent when it has changed. */
struct event_stacks {
	struct event event;
	uint64_t taken;                    /* calls whose stacks were captured */
	uint64_t missed;                   /* calls whose stacks were missed */
	uint64_t cpu_ns;                   /* CPU time of what reads them */
	char unsampled[EVENT_REFUSAL_MAX]; /* why threads cannot be sampled; "": they can */
};

struct event_end {
	struct event event;
	int error; /* 0, or the -errno that ended the engine */
};

/* The texts of an EVENT_SESSION. */
enum session_text {
	SESSION_NAME,    /* name of the first target, or a text for the scope; not escaped */
	SESSION_COMMAND, /* its command line, not escaped; "": unknown */
	SESSION_SCOPE,   /* the option of the scope, without its dashes; "": there is none */
	SESSION_CGROUP,  /* the path of its cgroup, not escaped; "": there is none */
	SESSION_ENGINE,  /* the engine's name */
	SESSION_REASON,  /* why it is not a cheaper one, or "" */
	SESSION_TEXTS,
};

/* Maximum size of the texts together. */
#define EVENT_SESSION_TEXTS_MAX 16384

/* What reports say about the session itself: the first of all events, and when it has changed. */
struct event_session {
	struct event event;    /* tid: the first target; of the first one: when the session began */
	uint32_t targets;      /* number of targets that were named */
	uint32_t capabilities; /* of the engine: bits of enum engine_capability */
	bool is_command;       /* the first target is a command that stop has started */
	bool awaits_successor; /* all targets have ended, and others are awaited */
	bool is_final;         /* tracing has ended */
	int exit_code; /* of the first target, as in struct event_gone; -1: it has not ended */
	int exit_signal;
	uint64_t
		files_since_ns; /* since when calls are counted by file and peer; 0: they are not */
	uint32_t size;          /* of the texts */
	char texts[];           /* enum session_text, in this order, each with its NUL */
};

/* The text TEXT of SESSION. */
const char *event_session_text(const struct event_session *session, enum session_text text);

/*
 * A report is made at the end of an interval: what it shows depends on the events before and on
 * this. time_ns: the time of the report.
 */
struct event_frame {
	struct event event;
	uint64_t realtime_ns; /* the same as CLOCK_REALTIME */
};

/* Size of EVENT in bytes, including its items. */
size_t event_size(const struct event *event);

/* How far a tally has been written as EVENT_SUM records; initially zero. */
struct sum_cursor {
	bool begun;
	unsigned int bucket; /* position for hist_next() */
	size_t error;
};

/*
 * Writes the next record of TALLY at CURSOR to SUM, of SUM_SIZE_MAX bytes, in which the caller has
 * set `event`, `call` and `from_ns`, and advances CURSOR. Returns its size, or 0 if TALLY has been
 * written completely.
 */
size_t event_sum_next(const struct tally *tally, struct sum_cursor *cursor, struct event_sum *sum);

/* Adds the record SUM to TALLY. */
void event_sum_add(const struct event_sum *sum, struct tally *tally);

#endif
