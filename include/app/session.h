/*
 * A session: one run of an engine and everything that feeds on it, wired together.
 *
 *     command.h  what was started ─┐
 *     target.h   what is named     ├──▶ pump.h ──▶ event sinks: the model, … ──▶ session_report()
 *     suspend.h  what is resumed  ─┘
 *     signals.h ──▶ session_wait() ── what has happened ──▶ the mode's loop
 *
 * The modes (summary, batch, interactive) differ in what they do with reports; what they share is
 * here. For the main thread alone.
 */
#ifndef STOP_APP_SESSION_H
#define STOP_APP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "event/engine.h"
#include "out/report.h"
#include "out/transcript.h"

/* What to trace, and how. */
struct session_config {
	const pid_t *targets;
	size_t target_count;
	char *const *command;   /* NULL: none */
	bool hide_command;      /* its output goes into a pseudo-terminal, its input is /dev/null */
	const char *stdin_path; /* the command's standard input; NULL: as hide_command says */
	enum follow follow;
	uint32_t engine_options;      /* as in struct engine_request */
	size_t ring_size;             /* bytes, a power of two */
	bool has_stacks;              /* stacks may be wanted: make ready for that */
	const struct callset *stacks; /* calls whose stacks are always wanted; NULL: none */
	size_t stack_limit;           /* most bytes of a stack that are copied */
};

struct session;

/* What session_wait() has seen; bits. */
enum session_news {
	SESSION_LEAVE = 1,     /* a signal that asks to end: session_signal() */
	SESSION_RESIZE = 2,    /* the terminal has another size */
	SESSION_SUSPEND = 4,   /* ^Z */
	SESSION_INPUT = 8,     /* the descriptor that was given can be read, or written */
	SESSION_ENDED = 16,    /* the last task has ended */
	SESSION_SNAPSHOT = 32, /* SIGUSR1: somebody wants a snapshot */
};

/* What becomes of a session, in this order; only SUSPENDED can lead back. */
enum session_state {
	SESSION_RUNNING,   /* the engine traces */
	SESSION_SUSPENDED, /* every target was left, for a while: session_suspend() */
	SESSION_LEFT,      /* over: the targets were left, or have ended */
	SESSION_LOST,      /* over: the tracer was killed; what followed was not counted */
};

/* Longest message of session_new(), with the final NUL. */
#define SESSION_ERROR_MAX 512

/*
 * Starts the command, attaches, and begins to count. Returns 0 with the session in *OUT, or the
 * exit status with which stop ends, and one line for the user in ERROR. Blocks the signals that
 * session_wait() tells of, for good.
 */
int session_new(
	const struct session_config *config, struct session **out, char error[SESSION_ERROR_MAX]);

/* Frees what was left; NULL is allowed. */
void session_free(struct session *session);

/*
 * Waits until the time is UNTIL_NS, or there is news, whichever is first, feeding the model
 * meanwhile. FD, where not -1, is watched for EVENTS (of poll(2)). Returns bits of session_news, 0
 * where the time is up.
 */
unsigned int session_wait(struct session *session, uint64_t until_ns, int fd, short events);

enum session_state session_state(const struct session *session);

/* Whether the last task has ended. */
bool session_has_ended(const struct session *session);

/* The signal that asked to end, or 0. */
int session_signal(const struct session *session);

/* Ends the tracing, leaving every target as if nobody had watched. Harmless when repeated. */
void session_leave(struct session *session);

/*
 * Ask /proc about the COUNT threads TIDS; about as many of them as some milliseconds allow; and
 * about threads that have been in a call for a while, COUNT at most. What it says is in the reports
 * that follow. What was asked a moment ago is not asked again. Whether anything was learnt.
 */
bool session_observe(struct session *session, const pid_t *tids, size_t count);
bool session_observe_some(struct session *session, const pid_t *tids, size_t count);
void session_observe_waiting(struct session *session, size_t count);

/*
 * What is known now, for VIEW. Freed with report_free(); its tallies are the model's own and move
 * on with session_wait().
 */
struct report *session_report(struct session *session, const struct report_view *view);

/* Adds what session_observe() has learnt since to REPORT, and nothing else. */
void session_refresh_report(struct session *session, struct report *report);

/*
 * Leaves every target for a while, as session_leave() does, but so that session_resume() can go on:
 * for a program that is about to be stopped, and would hold what it traces.
 */
void session_suspend(struct session *session);

/*
 * Attaches again to what was left and still lives, and to what the targets have made meanwhile.
 * Calls in between were not counted. Where nothing is left, the session has ended, as when the last
 * task ends; or it cannot be attached to, with one line in ERROR ("" otherwise).
 */
void session_resume(struct session *session, char error[SESSION_ERROR_MAX]);

/* Counts from now in what reports show; again: from the beginning. Whether it is from now. */
bool session_mark(struct session *session);

/* What the hidden command writes; NULL where there is none. Lives as long as the session. */
const struct transcript *session_transcript(const struct session *session);

/*
 * Ends the command and what it started: asks with SIGTERM, waits a little, and does not ask again.
 * Returns once it has ended, or cannot be waited for.
 */
void session_end_command(struct session *session);

/* Ends the interval over which rates are counted. */
void session_tick(struct session *session);

/*
 * Has the stacks of CALL (NULL: of none) and of task TID (0: of none) captured, in place of what
 * was asked for before; those of the configuration's set always are. Calls that have ended before
 * have none. Those that threads wait in are looked at without stopping these: the stack is known to
 * the reports after the next one. In them, struct thread_row has the thread's stack and where it is
 * in the kernel; out/stacklist.h makes lines of both.
 */
void session_watch(struct session *session, const struct call *call, pid_t tid);

/* Whether a command was started. */
bool session_has_command(const struct session *session);

/*
 * The exit status by which the command's end is passed on: its own, or 128 + the signal's number;
 * where it still runs, 128 + the signal that asked stop to end, or 0.
 */
int session_status(struct session *session);

/*
 * Whether the command still runs. If it does and its output is hidden, somebody has to go on
 * reading it after stop is gone: session_abandon() leaves a process behind that does, until
 * the command has ended.
 */
bool session_command_runs(struct session *session);
void session_abandon(struct session *session);

#endif
