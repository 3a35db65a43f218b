/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: connects an engine with the consumers of its events.
 *
 *     command.h  the command      ─┐
 *     target.h   the first target  ├──▶ pump.h ──▶ event sinks: the model, … ──▶ session_report()
 *     suspend.h  tasks to resume  ─┘
 *     signals.h ──▶ session_wait() ── session_news ──▶ the mode's loop
 *
 * The modes (summary, batch, interactive) differ in what they do with reports; this is what they
 * share. Main thread only.
 */
#ifndef STOP_APP_SESSION_H
#define STOP_APP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "app/recording.h"
#include "app/scope.h"
#include "event/engine.h"
#include "out/report.h"
#include "out/transcript.h"

struct filter;
struct log;
struct log_subject;
struct log_tail;
struct recording;
struct serving;
struct shipping;
struct replay;
struct signals;
struct options;
struct session;

/* What to trace, and how. */
struct session_config {
	const pid_t *targets;
	size_t target_count;
	struct scope_request scope; /* instead of targets and a command */
	char *const *command;       /* NULL: none */
	bool hide_command;      /* its output goes to a pseudo-terminal, its input is /dev/null */
	bool pass_signals;      /* signals that ask to end are passed on to the command, once */
	const char *user;       /* whom the command is run as; NULL: ourselves */
	const char *stdin_path; /* the command's standard input; NULL: depends on hide_command */
	const char *successor;  /* when all targets have ended, the next process called this is
	                           traced; NULL: the session ends */
	enum follow follow;
	const struct engine_class *engine; /* NULL: the cheapest that is possible here */
	uint32_t engine_options;           /* as in struct engine_request */
	size_t ring_size;                  /* bytes, a power of two */
	struct log *log;                   /* gets every event; NULL: there is none. Not owned */
	struct recording *recording;       /* likewise */
	struct serving *serving;           /* likewise */
	struct shipping *shipping;         /* likewise */
	struct replay *replay;             /* is played instead of tracing; NULL: no. Not owned */
	const struct options *options;     /* what details the log and the screen show */
	bool files;                        /* calls are counted by file and peer */
	bool programs;       /* the arguments of programs that are executed are requested */
	bool command_lines;  /* those of the others are read */
	bool titles;         /* and read again, as they may be titles (setproctitle(3)) */
	bool has_stacks;     /* stacks may be requested */
	bool records_stacks; /* those of all calls are recorded from the beginning */
	const struct callset *stacks;      /* calls whose stacks are always captured; NULL: none */
	const struct stacks_config *stack; /* of the stacks; not owned */
	bool split;                        /* split the time of calls from the beginning */
	const struct filter *filter;       /* views show only these calls; NULL: all. Not owned */
	const struct filter *until;        /* end with such a call; NULL: with none. Not owned */
	uint64_t until_count;              /* with the how manieth */
	const struct filter *when; /* with such a call, the flight recorder is written; NULL: none.
	                              Not owned */
	uint64_t duration_ns;      /* end after this time; 0: not */
	uint64_t refresh_ns; /* how long a report may take to look at all threads; UINT64_MAX */
	bool awaits_names;   /* at the end, wait for the names of stacks */
	/* If we are killed, the tracer calls these; see struct engine_survivor. */
	void (*restore)(void);
	void (*write_last)(struct session *session, void *context); /* NULL: there is no report */
	void *context;
	int output_fd; /* what write_last() writes to, or -1 */
};

/* What has happened during session_wait(); bits. */
enum session_news {
	SESSION_LEAVE = 1,     /* it has to end: session_has_to_end() */
	SESSION_RESIZE = 2,    /* the size of the terminal has changed */
	SESSION_SUSPEND = 4,   /* ^Z */
	SESSION_INPUT = 8,     /* the given descriptor is ready */
	SESSION_ENDED = 16,    /* the last task has ended */
	SESSION_SNAPSHOT = 32, /* SIGUSR1: write a snapshot */
	SESSION_DONE = 64,     /* session_is_done(); reported once */
	SESSION_FRAME = 128,   /* a recording is at a frame: it waits for session_play() */
	SESSION_FLIGHT = 256,  /* SIGUSR2: the flight recorder is being written, if there is one */
};

/* The state of a session: it changes in this order, but a suspended or waiting one can run again.
 */
enum session_state {
	SESSION_RUNNING,   /* the engine is tracing */
	SESSION_SUSPENDED, /* all targets were left until session_resume() */
	SESSION_WAITING,   /* they have ended; session_wait() waits for a successor */
	SESSION_LEFT,      /* the targets were left, or have ended */
	SESSION_LOST,      /* the same, but the tracer was killed: some calls were not counted */
};

/* Size of the longest message of session_new(), including the final NUL. */
#define SESSION_ERROR_MAX 512

/*
 * Starts the command, or attaches to the targets. Returns 0 with the session in *OUT, or the exit
 * status of stop with one line for the user in ERROR. From then on the signals that session_wait()
 * reports are blocked.
 */
int session_new(
	const struct session_config *config, struct session **out, char error[SESSION_ERROR_MAX]);

/*
 * Frees SESSION after session_leave(); NULL is allowed. Returns false if the tracer still uses its
 * memory, because it was abandoned: then nothing is freed, and the program has to end by _exit(2).
 */
bool session_free(struct session *session);

/*
 * Waits until UNTIL_NS, or until something has happened; passes events to the model meanwhile. FD,
 * unless it is -1, is polled for EVENTS (poll(2)). Returns bits of session_news, or 0 at UNTIL_NS.
 */
unsigned int session_wait(struct session *session, uint64_t until_ns, int fd, short events);

enum session_state session_state(const struct session *session);

/*
 * Whether what was recorded is played. Then nothing is traced, /proc is not read, and times are
 * those of the recording.
 */
bool session_is_replay(const struct session *session);

/*
 * Plays on after SESSION_FRAME: up to the next frame of the recording if that STOPS_AT_FRAMES, and
 * at most up to UNTIL_NS of its time.
 */
void session_play(struct session *session, bool stops_at_frames, uint64_t until_ns);

/*
 * The same up to UNTIL_NS at once, for at most about LIMIT_NS. Returns whether that was enough.
 */
bool session_advance(struct session *session, uint64_t until_ns, uint64_t limit_ns);

/* Where the recording is, and when its next event is; 0: unknown. */
uint64_t session_position_ns(const struct session *session);
uint64_t session_next_ns(const struct session *session);

/*
 * Goes back to the beginning of the recording: what the session has given is no longer valid.
 * Returns and ERROR as session_new(); after an error nothing has changed.
 */
int session_rewind(struct session *session, char error[SESSION_ERROR_MAX]);

/* When the recording begins. */
uint64_t session_begin_ns(const struct session *session);

/* Whether something has happened since its last frame. */
bool session_is_after_frame(const struct session *session);

/*
 * Begins a recording, or ends the one that there is, or has the flight recorder written, with a
 * message in TEXT: recording_toggle().
 */
int session_record(struct session *session, char text[RECORDING_TEXT_MAX]);

/* The last message about the flight recorder: recording_news(). */
bool session_recording_news(struct session *session, char text[RECORDING_TEXT_MAX]);

/* Whether the last task has ended, and no successor is awaited. */
bool session_has_ended(const struct session *session);

/*
 * The signal that has ended the session, or is to end it; 0: none. With `pass_signals`, the first
 * one is the command's, which is waited for, and the second one ends the session.
 */
int session_signal(const struct session *session);

/* Whether the session has to end: because of a signal, or because memory was refused. */
bool session_has_to_end(const struct session *session);

/* Whether its duration is over, or the call has ended that it was to run until. */
bool session_is_done(const struct session *session);

/* Whether that call has ended; true if there was none to wait for. */
bool session_has_happened(const struct session *session);

/* Number of calls of which it is not known whether they were such a call. */
uint64_t session_unknown_calls(const struct session *session);

/* One line about what has ended tracing, if that was a failure; NULL if it was none. */
const char *session_failure(const struct session *session);

/*
 * Ends tracing: leaves all targets unharmed, for which its tracer may need longer: see
 * session_remains(). Has no effect when repeated.
 */
void session_leave(struct session *session);

/*
 * One line for the user about what a tracer still does after session_leave() or session_suspend(),
 * valid until the next call; NULL if there is none, or it has been returned before.
 */
const char *session_remains(struct session *session);

/*
 * Read in /proc what COUNT threads wait for and how much CPU time they use, for the next reports:
 * session_observe() for all of TIDS, session_observe_some() for as many of TIDS as a few
 * milliseconds allow, session_observe_waiting() for those that have been in a call for a while, up
 * to COUNT. What was read a moment ago is not read again. Return whether there is anything new.
 */
bool session_observe(struct session *session, const pid_t *tids, size_t count);
bool session_observe_some(struct session *session, const pid_t *tids, size_t count);
void session_observe_waiting(struct session *session, size_t count);

/* Reads the stacks of waiting threads that VIEW shows; session_report() does that, too. */
void session_observe_stacks(struct session *session, const struct report_view *view);

/*
 * A report of the current state, for VIEW. Freed with report_free(). Its tallies are the model's,
 * and change during session_wait().
 */
struct report *session_report(struct session *session, const struct report_view *view);

/* The same of everything, whatever is on the screen: for snapshots and pages. */
struct report *session_report_all(struct session *session);

/*
 * That, as of now, with what threads wait for: for who looks on from elsewhere. It changes nothing
 * that other reports show, but for that in summary mode, which has no frames, it ends an interval
 * (session_tick()).
 */
struct report *session_report_now(struct session *session);

/*
 * A report of counts, as of now, for metrics: what report_new_counts() has of the calls that the
 * options select, on the screen of all calls. It changes nothing that other reports show.
 */
struct report *session_report_counts(struct session *session);

/* Replaces the details of REPORT by those of SUBJECT. */
void session_describe(
	struct session *session, struct report *report, const struct report_subject *subject);

/* Adds newer results of session_observe() to REPORT, and changes nothing else. */
void session_refresh_report(struct session *session, struct report *report);

/*
 * Leaves all targets until session_resume(): for when this process is about to be stopped, as its
 * targets would then wait for it at their next calls.
 */
void session_suspend(struct session *session);

/*
 * Attaches to the targets that are still running, and to processes that they created meanwhile.
 * Calls in between were not counted. If no target is running or can be attached, the session is
 * SESSION_LEFT; in the latter case there is one line in ERROR, which is "" otherwise.
 */
void session_resume(struct session *session, char error[SESSION_ERROR_MAX]);

/*
 * The number of children of traced processes, and of theirs, that are not traced: they were there
 * at the attach. 0 for a scope and a command, which have all of theirs. It reads /proc.
 */
size_t session_untraced_children(const struct session *session);

/*
 * Traces them, too, and from now on all children. Leaves the targets for that and attaches anew:
 * calls in between are not counted. Like session_resume().
 */
void session_follow_children(struct session *session, char error[SESSION_ERROR_MAX]);

/*
 * Makes reports show only the calls of FILTER, counted from now on, instead of those of an earlier
 * one; NULL: all calls. Takes over FILTER, which must be about more than which call: a call set is
 * for struct report_view. Returns 0, or -ENOTSUP: this engine cannot tell, and all calls are shown.
 */
int session_select(struct session *session, struct filter *filter);

/* Makes reports count from now on, or from the start again. Returns whether it is from now on. */
bool session_mark(struct session *session);

/*
 * Splits the time of calls that begin from now on, or no longer. Returns whether it is split, or
 * -ENOTSUP: this engine cannot.
 */
int session_split(struct session *session);

/*
 * Counts calls by file and peer from now on, or no longer; after session_rewind(), from the
 * beginning. Returns 0, or -ENOTSUP: this engine has no details.
 */
int session_follow_files(struct session *session, bool wanted);

/* Whether they are counted, or were. */
bool session_follows_files(const struct session *session);

/* Has command lines that are not known read in /proc, from now on. */
void session_read_command_lines(struct session *session);

/* The output of a hidden command; NULL if there is none. Valid as long as the session. */
const struct transcript *session_transcript(const struct session *session);

/*
 * Ends the command and the processes that it started: with SIGTERM, and with SIGKILL if that takes
 * too long. Returns when it has ended, or a little after SIGKILL.
 */
void session_end_command(struct session *session);

/*
 * Sets the time of the following reports, and of the intervals of rates, to the current time,
 * or to the end of tracing if that was earlier. So do the next two.
 */
void session_take_time(struct session *session);

/* The same, after everything that the engine has counted until now was taken into the reports. */
void session_refresh(struct session *session);

/*
 * The last lines of the log, for the screen; NULL if this engine sends no details. Valid as long as
 * the session. session_follow_log() sets what they are about: nothing at first.
 */
struct log_tail *session_log_tail(struct session *session);
void session_follow_log(struct session *session, const struct log_subject *subject);

/*
 * The signals of the targets; NULL if this engine does not report them. Valid as long as the
 * session. session_observe_signals() reads what threads do with them.
 */
struct signals *session_signals(struct session *session);
void session_observe_signals(struct session *session);

/* Ends the interval over which rates are computed: once per frame. */
void session_tick(struct session *session);

/*
 * Requests the stacks of CALL (NULL: no call) and of task TID (0: no task), instead of those of the
 * previous request; those of the configuration's set are always captured. A thread that already
 * waits in such a call is not stopped: its stack is read, and included in later reports.
 */
void session_watch(struct session *session, const struct call *call, pid_t tid);

/*
 * The same for COUNT calls instead of one, of which those beyond a limit are left out.
 */
void session_watch_calls(struct session *session, const struct call *calls, size_t count);

/*
 * Samples the code that COUNT THREADS run, and no others, from now on: EVENT_SAMPLE. Those beyond a
 * limit are left out.
 */
void session_sample(struct session *session, const struct samples_thread *threads, size_t count);

/* Whether a command was started. */
bool session_has_command(const struct session *session);

/*
 * The exit status of stop after a command: the command's own, or 128 + N if signal N killed it; if
 * it is still running, 128 + the signal that asked stop to end, or 0.
 */
int session_status(struct session *session);

/*
 * Whether the command is still running. If so, and its output is hidden, someone has to read it
 * after stop has exited: session_abandon() leaves a process that does until the command ends. It
 * returns 0 or -errno.
 */
bool session_command_runs(struct session *session);
int session_abandon(struct session *session);

/*
 * The signal that the command, which is running, gets when stop exits, because it has asked for one
 * at the death of its parent (PR_SET_PDEATHSIG); 0: none is known.
 */
int session_death_signal(const struct session *session);

#endif
