/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A simulated kernel under the ptrace engine, to run it through schedules that a real machine shows
 * once in a year.
 *
 *      choices ──▶ schedule.c: who runs next, for how long, what happens to them
 *                     │
 *          ┌──────────┼────────────────┬──────────────────┐
 *          ▼          ▼                ▼                  ▼
 *        tasks      tracer          session             actions
 *      (kernel.c, (the engine's,  (ptrace_engine's    (signals, kills,
 *       calls.c)   over world.c)   functions)          starvation)
 *          │          │                │
 *          └──────────┴───── check.c ──┘   what may be and what may not
 *
 * All that happens follows from a list of numbers, the choices (choices.h): where something can go
 * in several ways, the next number says which. A list comes from a seed, or from a file that has
 * what was left of such a list once it was shortened as far as it fails.
 *
 * The tasks are state machines: kernel.c has the kernel's rules for signals, stops and ptrace, each
 * with the function of the kernel's source (6.12) that it is taken from; calls.c what system calls
 * do. The engine is the real one, in two coroutines: the thread that starts it and leaves
 * (ptrace_engine.c), and the tracer, whose every call of struct world ends in the scheduler.
 *
 * All state is in struct sim. Times are virtual ns.
 */
#ifndef STOP_TESTS_SIMULATION_SIM_H
#define STOP_TESTS_SIMULATION_SIM_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <ucontext.h>

#include "engine/ptrace/world/world.h"
#include "simulation/choices.h"

/* Tasks of a run, the ended ones too: a tid is used once. The explorer has more (Makefile.am). */
#ifndef SIM_TASKS
#define SIM_TASKS 24
#endif
#define SIM_PROGRAMS     6
#define SIM_OPS          8
#define SIM_FRAMES       6 /* nested handlers, and the program itself */
#define SIM_TIMERS       4
#define SIM_TID          100 /* of the first task */
#define SIM_HOME         10  /* the session's process */
#define SIM_TRACER       11
#define SIM_FOREVER      UINT64_MAX
#define SIM_RT_SIGNAL    40 /* one that queues, with a handler that restarts calls */

/* A run ends: from so many steps on, virtual time passes faster and faster. */
#define SIM_DILATE_AT    5000

/* … and then programs end. */
#define SIM_PROGRAMS_END 30000

struct event;
struct sim;

/* What a program does. The first is the plainest: a shortened list of choices has many of it. */
enum op_kind {
	OP_GETPPID,    /* returns at once */
	OP_CLOSE,      /* fails at once, with EBADF */
	OP_COMPUTE,    /* no call: user code */
	OP_READ,       /* of a pipe: ERESTARTSYS */
	OP_NANOSLEEP,  /* ERESTART_RESTARTBLOCK, ends at its timeout */
	OP_POLL,       /* ERESTART_RESTARTBLOCK, with or without a timeout */
	OP_PAUSE,      /* ERESTARTNOHAND: ends with a handler only */
	OP_EPOLL,      /* EINTR, with or without a timeout */
	OP_SEMTIMEDOP, /* EINTR; EAGAIN at its timeout */
	OP_ACCEPT,     /* EINTR with SO_RCVTIMEO, which it has; EAGAIN at its timeout */
	OP_WRITE,      /* a transfer in parts: what is interrupted returns a short count */
	OP_FSYNC,      /* uninterruptible */
	OP_NOTIFIED,   /* a seccomp supervisor answers it: ERESTARTSYS, and it is asked again */
	OP_KILL,       /* a signal to its own process */
	OP_SIGMASK,    /* blocks or unblocks SIGUSR1 */
	OP_CLONE,      /* a thread */
	OP_FORK,
	OP_VFORK,
	OP_UNTRACED,  /* clone(CLONE_UNTRACED | CLONE_THREAD …): a thread that nobody traces */
	OP_UNTRACED3, /* the same by clone3: its flags are in memory */
	OP_WAIT,      /* wait4 for a child: ERESTARTSYS */
	OP_EXEC,
	OP_EXIT,
	OP_EXIT_GROUP,
	OP_KINDS, /* that programs are made of */
	/* For some of the forks: */
	OP_CLONE_PARENT = OP_KINDS, /* a process, whose parent is the caller's */
	OP_CLONE_SIGNAL,            /* … that sends SIGUSR1, not SIGCHLD, at its end */
	OP_CLONE_SILENT,            /* … that sends nothing */
	OP_VFORK_THREAD,            /* a thread, for whose end the caller waits */
	ALL_OP_KINDS,
};

/* Of the argument of OP_KILL and OP_SIGMASK: a signal other than the usual; to the thread alone. */
#define OP_SIGNAL_SHIFT 8
#define OP_KILLS_THREAD 0x10

struct op {
	enum op_kind kind;
	uint64_t event_ns;   /* what it waits for comes after this time; SIM_FOREVER: never */
	uint64_t timeout_ns; /* SIM_FOREVER: none */
	unsigned int argument;
	bool repeats; /* it is made again when it has failed */
};

struct program {
	struct op op[SIM_OPS];
	unsigned int number, count, rounds;
	bool is_bounded;      /* not all of its rounds make other tasks, or end it */
	bool handlers_repeat; /* handlers make the call that they interrupt, by the same instruction
	                       */
	bool ends_thread;     /* by exit, and not by exit_group */
};

/* A call as the program sees it: from its instruction to what it returns, restarts and all. */
struct sim_call {
	bool active;
	uint64_t begun_ns;
	uint64_t event_ns;   /* when what it waits for comes */
	uint64_t expires_ns; /* of a wait that keeps its end over a restart (restart_block) */
	unsigned int parts;  /* a transfer: done so far */
	unsigned int room;   /* … and for how many there is room, whatever the time */
	bool handled;        /* a handler has run */
	bool stopped;        /* it was woken for a stop signal, or a signal that another took */
	bool interrupted;    /* … and its task has stopped: a wait that is interrupted fails */
	uint64_t stopped_ns; /* … then, first … */
	unsigned int stopped_link; /* … with this link_number; 0: not traced */
	bool ignored;              /* a signal that is ignored came, which only a tracee takes */
	bool as_we_leave;          /* … while the tracer was leaving: BUGS of the manual */
	bool shown_asleep;         /* when its state was read last, and it was about to sleep */
	bool looked_asleep;        /* in /proc, where it was about to sleep, with no signal … */
	bool is_seen;          /* … or not, when the tracer looked last, which was after that */
	uint64_t ignored_turn; /* the tracer's turn then … */
	uint64_t ignored_ns;   /* … and the time */
	uint64_t first_ignored_ns; /* … when one came first */
	bool unrepairable;    /* it was woken for an ignored signal, and the tracer cannot know */
	bool tracer_died;     /* killed, while it was traced */
	bool interrupt_early; /* it was asked to stop before it began to wait */
	bool is_distinct;     /* … and is another call than the one that it waited in last */
	bool may_be_first;    /* … and may be the wait in which its task was when it was seized */
	bool exit_reported;   /* its last exit was at a stop … */
	unsigned int exit_link; /* … when the task had this link_number */
	bool entry_reported;
	bool repaired;     /* the tracer has changed its result */
	bool only_trapped; /* nothing but the tracer has interrupted it last */
	bool has_timeout;  /* the tracer has changed its timeout, an argument, to this */
	uint64_t timeout_ms;
	uint64_t remaining_ns;  /* of a sleep that is interrupted; 0: it was not yet */
	unsigned int notified;  /* times that the supervisor was asked */
	unsigned int restarted; /* times it was made again by the kernel */
};

/* Where a program or a handler is. */
struct frame {
	unsigned int pc, round;
	bool after;              /* the call of `pc` has returned */
	bool execed;             /* what has returned is the execve of the program before */
	bool restart;            /* it is made again as restart_syscall */
	int64_t result;          /* what it returned */
	int signal;              /* a handler's */
	bool entered;            /* a handler has begun */
	unsigned int calls_left; /* a handler's, before its rt_sigreturn */
	uint64_t blocked;        /* the mask that a handler's end restores */
	struct sim_call call;
};

/* Where in the kernel's code a task is. */
enum place {
	AT_USER,
	AT_ENTRY,   /* syscall_trace_enter() */
	AT_CALL,    /* the call itself begins */
	AT_WAIT,    /* … goes on after a sleep */
	AT_CLONE,   /* it makes one, of which it is decided whether it is traced */
	AT_BIRTH,   /* it has made a task: ptrace_event_pid() */
	AT_VFORKED, /* it waits for its vfork child */
	AT_EXECED,  /* PTRACE_EVENT_EXEC */
	AT_EXIT,    /* syscall_exit_work() */
	AT_RETURN,  /* get_signal(), when it returns to user code */
	AT_DELIVER, /* … after the stop at which the tracer saw the signal */
	AT_END,     /* do_exit(): it ends, and nobody has been told */
};

enum run_state {
	RUNS,    /* or wants to */
	SLEEPS,  /* TASK_INTERRUPTIBLE */
	BLOCKED, /* TASK_UNINTERRUPTIBLE or TASK_KILLABLE */
	STOPPED, /* TASK_STOPPED */
	TRACED,  /* TASK_TRACED */
	ZOMBIE,  /* EXIT_ZOMBIE */
	GONE,    /* released, or never made */
};

/* Bits of a task's jobctl (include/linux/sched/jobctl.h). */
enum {
	STOP_SIGMASK = 0xffff,
	STOP_DEQUEUED = 1 << 16,
	STOP_PENDING = 1 << 17,
	STOP_CONSUME = 1 << 18,
	TRAP_STOP = 1 << 19,
	TRAP_NOTIFY = 1 << 20,
	TRAPPING = 1 << 21,
	LISTENING = 1 << 22,
	TRAP_MASK = TRAP_STOP | TRAP_NOTIFY,
	PENDING_MASK = STOP_PENDING | TRAP_MASK,
};

enum disposition {
	DEFAULT,
	IGNORE,
	HANDLER,         /* without SA_RESTART */
	HANDLER_RESTART, /* with it */
};

/* What is common to the threads of a process (struct signal_struct, sighand_struct). */
struct sim_process {
	pid_t tgid, parent;
	struct sim_task *parent_task; /* the thread that has made it; NULL: none of ours */
	struct sim_task *curr_target; /* who was woken last for a signal to the process */
	unsigned int threads;         /* that were not released */
	bool stop_stopped;            /* SIGNAL_STOP_STOPPED */
	bool tells_parent;            /* SIGNAL_CLD_MASK: that it goes on */
	int group_stop_count;
	bool group_exit;
	int group_exit_code; /* status of wait(2) */
	uint64_t pending;    /* for any thread */
	unsigned int queued; /* SIM_RT_SIGNAL, likewise */
	enum disposition disposition[65];
	pid_t execing;              /* the thread in de_thread(), which holds cred_guard_mutex */
	int children;               /* not yet waited for */
	int zombies;                /* of these, that have ended */
	int exit_signal;            /* to the parent at its end, of the leader; 0: none */
	unsigned int execs;         /* self_exec_id */
	unsigned int parents_execs; /* parent_exec_id */

	/* What has to be, for check.c. */
	bool is_stopped;        /* by job control, untraced */
	unsigned int sent[65];  /* signals with a handler: sent … */
	unsigned int taken[65]; /* … and handled */
	uint64_t owed;          /* those sent and not handled since, by number */
};

struct sim_task {
	/* First, and together: what is looked at of all tasks, for who can run and who reports. */
	uint64_t starved_until_ns;
	uint64_t wake_ns; /* SLEEPS, BLOCKED: when it is woken by the time */
	enum run_state run;
	pid_t tid;
	bool traced;              /* by ptrace(2) */
	bool killed;              /* SIGKILL is pending */
	int exit_code;            /* of the stop; 0: consumed */
	unsigned int link_number; /* of sim->links: the order in which reports come */
	unsigned int jobctl;
	struct sim_process *process;

	const struct program *program; /* NULL: a kernel worker of its process */
	enum place place;
	uint64_t slept_ns;      /* when it went to sleep last */
	enum op_kind waited_in; /* what its program waited in last */
	uint64_t sleeps, cpu_ns;

	/* User code and registers. */
	struct frame frame[SIM_FRAMES];
	unsigned int level;
	long nr; /* orig_ax: the call, -1: none */
	int64_t result;
	uint64_t compute_ns; /* left of OP_COMPUTE */
	bool computing;
	bool restarts_no_block; /* restart_block.fn is do_no_restart_syscall() */

	/* Signals. */
	bool sigpending; /* TIF_SIGPENDING */
	uint64_t pending, blocked;
	unsigned int queued;
	bool in_get_signal;   /* AT_RETURN: in its loop */
	bool same_loop;       /* … which goes on after a signal, without a look at the process */
	bool exiting;         /* PF_EXITING */
	int delivering;       /* AT_DELIVER */
	bool delivers_shared; /* … and it was sent to the process */
	int exit_status;      /* of wait(2), a zombie's */
	pid_t vfork_child;    /* AT_VFORKED */
	pid_t vfork_parent;
	pid_t child;               /* AT_BIRTH */
	unsigned int made_by_link; /* AT_CLONE: link_number when the call began; 0: not traced */
	bool born_event;           /* AT_CLONE, AT_BIRTH: it is reported */

	/* ptrace(2). */
	uint64_t seized_ns;
	bool has_stopped;   /* since it was seized */
	bool syscall_trace; /* SYSCALL_WORK_SYSCALL_TRACE */
	unsigned long options;
	int stop_code; /* si_code of last_siginfo, as the status of waitid */
	long message;
	enum { NO_OP, ENTRY_OP, EXIT_OP } op;
	uint64_t stopped_turn; /* the tracer's turn at which it stopped */
	uint64_t other_stops;  /* sim.other_stops then */
	uint64_t looked_turn;  /* the tracer's turn when it read its state last */
	uint64_t tracer_ns;    /* sim_tracer_ns() then */
	uint64_t idle_ns;      /* sim_idle_ns() then */
	uint64_t seen_ns;      /* when the call began that /proc has last shown it waiting in */

	/* For check.c. */
	bool was_traced, announced, gone_seen;
	bool made_untraced; /* by a tracee, with CLONE_UNTRACED, or by such a thread */
	pid_t late_maker;   /* the starved tracee that made it, or one that made it; 0: none */
};

/* A call that has ended, or the events say so. */
struct logged_call {
	long nr;
	int64_t result;
	bool sure; /* told: it was not under way at the attach; done: the tracer has seen its end */
};

#define CALL_LOG 256

/* Kinds of calls to count: those of programs, and these. */
enum {
	KIND_SIGRETURN = OP_KINDS,
	KIND_RESTART,
	KIND_OTHER,
	KINDS,
};

/* Numbers of calls of one kind. */
struct call_counts {
	unsigned int done, maybe, interrupted; /* whose end the tracer has seen; may have seen */
	unsigned int told, unsure;             /* by events; of these, under way at the attach */
};

struct call_log {
	unsigned int count, told_count;
	bool summed;                                /* some came as sums */
	bool resumed, reaped;                       /* by the tracer */
	bool replaced;                              /* by a thread that has called execve */
	unsigned int link;                          /* its link_number, also once it has ended */
	struct call_counts of[KINDS];               /* by kind of call */
	unsigned int interrupted, told_interrupted; /* those that failed with EINTR */
	unsigned int maybe_interrupted;             /* … or were killed at that stop */
	unsigned int told_unsure; /* of these, that were under way at the attach */
	bool announced, gone;     /* by events */
	bool in_call;             /* likewise */
	uint64_t told_ns, sum_ns; /* times of the last of these; of the last sum */
	struct logged_call done[CALL_LOG], told[CALL_LOG];
};

/* Who can be scheduled, beside the tasks. */
enum party {
	PARTY_TRACER = SIM_TASKS,
	PARTY_SESSION,
	PARTIES,
};

/* Kinds of trouble, each on in some runs and off in others. The corpus has their numbers. */
enum trouble {
	TROUBLE_SIGNALS,    /* with handlers */
	TROUBLE_IGNORED,    /* ignored signals, again and again */
	TROUBLE_STOPS,      /* SIGSTOP, SIGCONT */
	TROUBLE_DEATHS,     /* SIGKILL, SIGTERM to tasks */
	TROUBLE_STARVATION, /* a party gets no processor for up to 100 ms */
	TROUBLE_LONG,       /* … for up to two seconds */
	TROUBLE_KICKS,      /* kicks of the tracer without a reason */
	TROUBLE_KILL_TRACER,
	TROUBLE_KILL_SESSION,
	TROUBLE_NO_FILES,    /* reads of /proc fail (EMFILE), until the tracer has its own */
	TROUBLE_NO_TIMES,    /* when a sleep began cannot be found out */
	TROUBLE_LISTS,       /* a list of threads is incomplete */
	TROUBLE_SMALL_RING,  /* the ring is full now and then */
	TROUBLE_SLOW,        /* each step takes much longer */
	TROUBLE_REFUSALS,    /* PTRACE_SEIZE is refused */
	TROUBLE_FILTERS,     /* the targets have a seccomp filter */
	TROUBLE_NO_MEMORY,   /* they fail at any time (ENOMEM) */
	TROUBLE_SLOW_READER, /* it is read late, and in parts */
	TROUBLE_CROWD,       /* many threads that wait, so that the tracer sleeps otherwise */
	TROUBLE_MEETINGS,    /* the others hit whom the tracer, or the kernel, is dealing with */
	TROUBLE_TIMEOUTS,    /* what waits with a timeout wait for does not come, mostly */
	TROUBLES,
};

extern const char *const trouble_names[TROUBLES];

/* What the seccomp filter of all targets does with restart_syscall. */
enum sim_filter {
	NO_FILTER,
	REFUSES,        /* it fails with EPERM */
	REFUSES_HIDDEN, /* … and the tracer may not read the filter */
	PERMITS,
};

/* What a run is to be. */
struct sim_plan {
	uint32_t allowed; /* troubles, bits */
	uint64_t ops;     /* op kinds that programs may have */
	bool strict;      /* what cannot be repaired counts as well */
	bool bare;        /* nobody attaches */
	bool details;     /* details of all calls, and signals, are requested */
	bool story;       /* print what happens */
};

/* A coroutine, or what has begun them. */
struct sim_context {
	ucontext_t *begin; /* … where it does; NULL: it has */
	void *rest[5];     /* of __builtin_setjmp(), where it goes on */
};

struct sim_timer {
	bool used;
	uint64_t at_ns, every_ns;
};

struct sim {
	struct world world; /* first: world.c finds the rest by it */
	struct choices *choices;
	struct sim_plan plan;
	uint32_t troubles;
	uint64_t kinds; /* of calls that programs may have, as plan.ops */
	enum sim_filter filter;
	uint64_t now_ns;
	uint64_t steps;
	uint64_t tick_ns[PARTIES];

	unsigned int task_count;
	struct sim_task *by_number[SIM_TASKS]; /* by tid; NULL: there is none, or not any more */
	unsigned int links;                    /* to the tracer, so far */
	unsigned int former_links;             /* … of these, to former ones */

	/* The scheduler. */
	unsigned int running;   /* the party whose turn it is */
	unsigned int burst;     /* steps that it has left */
	unsigned int action_in; /* steps until something happens */
	unsigned int actions_left;
	unsigned int kicks_left; /* of a storm of them */
	struct sim_context main, tracer_context, session_context;
	uint64_t starved_until_ns[PARTIES];
	uint64_t starved_ns; /* the tracer, all in all, up to that time */
	bool jumped;
	uint64_t ended_ns; /* when nobody was left to watch */

	/* The tracer. */
	bool tracer_exists, tracer_dead;
	struct vm_process *process_of_tracer;
	bool tracer_blocked;       /* in next() or await_stop_signal() */
	bool tracer_for_signal;    /* … in the latter */
	uint64_t tracer_wakes_ns;  /* in a sleep, or the end of a wait; SIM_FOREVER */
	uint64_t tracer_sleeps_ns; /* … since when */
	uint64_t idle_ns;          /* that it had slept, and waited, before, all in all */
	bool tracer_seizing;       /* waits for cred_guard_mutex */
	bool tracer_trapping;      /* waits for what it has seized to stop */
	bool takes_kicks;          /* setup_kick() was called; before that the signal is blocked */
	bool kick_pending, death_pending;
	unsigned int kicks_queued; /* sent by ourselves and not delivered */
	void (*on_kick)(void *argument);
	void *on_kick_argument;
	bool kicked, orphan, kick_arrived;
	uint64_t orphan_kick_ns; /* when an orphan kicks itself next */
	bool stop_signals;       /* are sent */
	pid_t stop_signal;       /* pending, its sender; 0: none */
	struct sim_timer timer[SIM_TIMERS];
	uint64_t tracer_turns;
	uint64_t other_stops; /* reports that are not of calls */
	bool ready;
	bool own_descriptors;        /* it has a table of its own */
	bool stays_behind;           /* what it sees is not written any more */
	bool kick_taken;             /* … and what it is for was not looked into yet */
	unsigned int loads;          /* that are open */
	pid_t listed;                /* whose threads were */
	unsigned int births, deaths; /* of tasks, so far */
	unsigned int listed_births, listed_deaths; /* … when threads were listed last */
	unsigned int same_lists;                   /* of threads, in a row, with nothing new */

	/* The session. */
	bool session_blocked_ready, session_dead, session_done;
	uint64_t session_wakes_ns;
	bool session_joins;
	unsigned int session_turns; /* until it leaves */
	bool attached, refused, leaving;
	bool is_whole;             /* all threads of the targets are traced … */
	bool has_late;             /* … but those with a late_maker */
	uint64_t attached_idle_ns; /* sim_idle_ns() at the end of the attach */
	uint64_t leaving_ns, left_ns;
	uint64_t calls_seen, details_seen, details_lost; /* by the session, if they are requested */
	bool tracer_was_killed, ring_lost;
	bool atomic; /* the code that runs is not interrupted */
	pid_t targets[2];
	unsigned int target_count;
	pid_t command; /* started by the session, and not a target; 0: none */
	struct program command_program;
	bool end_seen;
	uint64_t began_ns;                    /* when it did */
	bool begun;                           /* the session, which is there from the start */
	unsigned int follow;                  /* enum follow */
	uint64_t division_ns;                 /* that it has counted from last */
	unsigned int untraced, untraced_told; /* threads of which there is a note */
	uint64_t death_turn;                  /* the tracer's when the session was killed */
	unsigned int restored, finished;      /* by the tracer, after our death */
	bool engine_is_known;                 /* … which can read what was counted */
	bool has_stayed;                      /* a tracer has stayed behind, and what it uses */
	bool is_freed;                        /* the session has freed all, and so has the tracer */

	/* What went wrong. */
	const char *violation; /* the name of a property; NULL */
	char detail[256];
	uint64_t end_steps; /* the run ends then at the latest; 0: not yet known */
	bool handed_over;

	/* Last: they are large. Of these, sim_clear() clears what was used. */
	struct program program[SIM_TASKS]; /* of which SIM_PROGRAMS are made by calls.c */
	struct sim_task task[SIM_TASKS];
	struct sim_process process[SIM_TASKS]; /* by the slots of their first leaders */
	struct call_log log[SIM_TASKS];        /* by tid */
};

/* schedule.c */
void sim_run(struct sim *sim, const struct sim_plan *plan, struct choices *choices);
void sim_turn(struct sim *sim, unsigned int party); /* of a coroutine: lets the others run */
void sim_wake_tracer(struct sim *sim);
void sim_kick(struct sim *sim);
void sim_start_tracer(struct sim *sim, struct vm_process *process);
void sim_kill_tracer(struct sim *sim);
/* Does not return: the tracer has ended, and RUN is done. */
void sim_succeed_tracer(struct sim *sim, void (*run)(void *argument), void *argument);
void sim_orphan(struct sim *sim);                         /* the tracer's parent has died */
void sim_meet(struct sim *sim, struct sim_task *task);    /* something may happen to TASK now */
void sim_let_run(struct sim *sim, struct sim_task *task); /* it may come to its next stop now */

/* kernel.c: the rules of signals, stops and ptrace. */
struct sim_task *sim_find(struct sim *sim, pid_t tid);
struct sim_task *sim_new_process(struct sim *sim, const struct program *program, pid_t parent);
struct sim_task *sim_new_thread(
	struct sim *sim, struct sim_process *process, const struct program *program);
void sim_step_task(struct sim *sim, struct sim_task *task);
void sim_send(struct sim *sim, struct sim_process *process, struct sim_task *task, int signal);
void sim_set_blocked(struct sim *sim, struct sim_task *task, uint64_t blocked);
void sim_signal_wake_up(struct sim_task *task, bool kills);
void sim_trace_wake_up(struct sim_task *task, bool resume);
bool sim_set_jobctl(struct sim_task *task, unsigned int mask);
void sim_unlink(struct sim *sim, struct sim_task *task); /* __ptrace_unlink() and what follows */
void sim_link_tracer_death(struct sim *sim);             /* exit_ptrace() */
void sim_reap(struct sim *sim, struct sim_task *task);   /* the tracer has waited for a zombie */
void sim_sleep(struct sim *sim, struct sim_task *task, enum run_state run, uint64_t until_ns);
char sim_state_char(const struct sim_task *task);
bool sim_has_signal(const struct sim_task *task); /* SigPnd or ShdPnd, without SigBlk */
uint64_t sim_tracer_ns(const struct sim *sim);    /* a clock that stands while it is starved */
uint64_t sim_idle_ns(const struct sim *sim);      /* … that goes while it sleeps and waits only */

/* calls.c: what system calls do. */
struct call_rule {
	const char *name; /* as abi has it */
	long nr;
};
extern const struct call_rule call_rules[ALL_OP_KINDS];
const struct op *sim_op(const struct sim_task *task);
long sim_call_number(const struct sim_task *task);
void sim_call_args(const struct sim_task *task, uint64_t args[6]);
bool sim_makes_task(enum op_kind kind);
const struct op *sim_op_of_fd(const struct sim *sim, int fd); /* NULL: none */
uint64_t sim_ip(const struct sim_task *task);
uint64_t sim_sp(const struct sim_task *task);
int64_t sim_timeout_result(const struct op *op); /* what its wait returns then */
bool sim_stores_remaining(const struct op *op);  /* … of a sleep, where its time is read */
void sim_call_begin(struct sim *sim, struct sim_task *task);
void sim_call_go_on(struct sim *sim, struct sim_task *task);
void sim_make_programs(struct sim *sim);

/* world.c */
void sim_world_init(struct sim *sim);

/* check.c */
void sim_violation(struct sim *sim, const char *property, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void sim_check_return(struct sim *sim, struct sim_task *task, struct frame *frame);
void sim_check_delivery(struct sim *sim, struct sim_task *task, int signal);
void sim_check_handler(struct sim *sim, struct sim_task *task, int signal); /* it begins */
void sim_check_event(struct sim *sim, const struct event *event);
void sim_check_end(struct sim *sim);
void sim_check_attached(struct sim *sim); /* the engine says that it has attached */
void sim_check_late(struct sim *sim);     /* it sleeps, and has no reports */
void sim_check_birth(
	struct sim *sim, const struct sim_task *task, struct sim_task *child, bool is_thread);
void sim_check_notes(struct sim *sim); /* the session has them all */

/* TASK is in a stop, which may show what its call returns; SURE: the tracer has seen that. */
void sim_log_exit(struct sim *sim, struct sim_task *task, bool sure);
void sim_log_end(struct sim *sim, const struct sim_task *task, int64_t result);
void sim_log_repair(struct sim *sim, const struct sim_task *task);

/* The tracer resumes TASK, at a stop, with SIGNAL. */
void sim_check_resume(struct sim *sim, struct sim_task *task, int signal);
void sim_check_sleep(struct sim *sim);                             /* it is about to sleep */
void sim_check_reap(struct sim *sim, const struct sim_task *task); /* it takes its end */
void sim_check_watching(struct sim *sim); /* nobody has told it to leave so far */

struct call_log *sim_log(struct sim *sim, pid_t tid); /* NULL: TID is none of its tasks */
void sim_clear(struct sim *sim);

/* Whether TASK, if it gets a processor, does something. */
static inline bool sim_task_can_run(const struct sim *sim, const struct sim_task *task)
{
	if (task->starved_until_ns > sim->now_ns)
		return false;
	if (task->run == RUNS)
		return true;
	return (task->run == SLEEPS || task->run == BLOCKED) && task->wake_ns <= sim->now_ns;
}

/* Prints a line of the story, where one is wanted. */
void sim_story(const struct sim *sim, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define SIM_ANY(sim, kind) ((sim)->troubles >> (kind)&1)

#endif
