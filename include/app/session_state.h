/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of a session, only for the files that implement it: session.c, tracing.c,
 * suspend.c, children.c, successor.c, survivor.c and end_command.c. See app/session.h.
 */
#ifndef STOP_APP_SESSION_STATE_H
#define STOP_APP_SESSION_STATE_H

#include <stdint.h>
#include <time.h>

#include "app/command.h"
#include "app/facts.h"
#include "app/filewatch.h"
#include "app/filtering.h"
#include "app/observer.h"
#include "app/playback.h"
#include "app/programwatch.h"
#include "app/pump.h"
#include "app/scope.h"
#include "app/session.h"
#include "app/stackwatch.h"
#include "app/suspend.h"
#include "app/target.h"
#include "app/workers.h"
#include "base/alloc.h"
#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"
#include "proc/processes.h"

struct session {
	const struct session_config *config;
	enum session_state state;
	char engine_reason[ENGINE_ERROR_MAX]; /* why it is not a cheaper one, or "" */
	struct engine_trial *trial;           /* of the engine, until it is started; or NULL */
	bool may_fall_back;       /* if it cannot be started, another may be able to do the same */
	uint32_t capabilities;    /* of the engine, or of the one that was recorded */
	struct playback playback; /* of a recording */
	bool has_reported_stop;   /* SESSION_FRAME was returned since session_play() */
	bool is_tick;             /* an interval has ended, and there was no report since */
	uint64_t begin_ns;        /* when it began */
	struct pump pump;         /* has an engine while SESSION_RUNNING */
	struct event_sinks sinks; /* those of `first` and `model` */
	struct target first;      /* the command, or the first target named by the user */
	struct scope scope;       /* instead of them */
	struct model *model;
	struct filtering filtering;
	uint64_t deadline_ns; /* when its time is over; UINT64_MAX: never */
	bool is_done; /* the deadline is over, or the call has ended that it was to run until */
	struct interest interest;
	struct engine_survivor survivor; /* of us */
	struct signals *signals;         /* owned; NULL: there are none */
	struct log_tail *log_tail;       /* owned; NULL: there is none */
	struct stackwatch stackwatch;
	struct observer *observer;
	struct filewatch *filewatch;
	bool follows_files; /* also after session_rewind(), from the beginning */
	bool names_pane;    /* the log on the screen names descriptors */
	struct programwatch programwatch;
	struct workers *workers;
	struct command command;        /* its pid is 0 if there is none */
	struct tid_list named;         /* the targets: those of the configuration, or a successor */
	struct proc_commands commands; /* of the processes that may be one; owned */
	uint64_t look_ns;              /* when a successor is looked for next */
	struct suspended suspended;    /* what session_resume() attaches to */
	bool follows_tree;             /* with all descendants: session_follow_children() */
	uint64_t now_ns;               /* time of the current frame or key */
	struct timespec time;          /* the same as CLOCK_REALTIME */
	struct alloc_reserve
		reserve; /* of the main thread, which ends the session when it is used */
	bool is_short;   /* it was used */
	int signal;      /* that asked stop to end, or 0 */
	struct {
		int signal; /* that was passed on to the command, or 0 */
		uint64_t time_ns;
	} passed;
	bool adopts_orphans;            /* spawn_adopts_orphans() */
	char remains[ENGINE_ERROR_MAX]; /* session_remains() */
	struct facts facts; /* what reports say beside the model; last, for it has room for texts */
};

/* The present: the time of the recording that is played, or of the clock. */
uint64_t session_clock_ns(const struct session *session);

/* Starts to trace what its configuration says. Returns and ERROR as session_new(). */
int session_trace(struct session *session, char error[SESSION_ERROR_MAX]);

/* Starts an engine for REQUEST; the state is then SESSION_RUNNING. Returns 0, or -errno with ERROR.
 */
int session_start_engine(struct session *session, const struct engine_request *request,
	char error[SESSION_ERROR_MAX]);

/* Ends the engine. The new state is STATE, or SESSION_LOST. */
void session_end_engine(struct session *session, enum session_state state);

/*
 * All targets have ended: waits for a successor from now on, if the configuration has its name, and
 * nobody asks us to end. Returns whether it does.
 */
bool session_await_successor(struct session *session);

/* Traces a successor if there is one by now; it is looked for a few times a second. */
void session_find_successor(struct session *session);

/* What the tracer does for SESSION if we are killed. */
struct engine_survivor session_survivor(struct session *session);

/* Passes on the tasks that the engine has announced at its start. */
void session_pass_on_announced(struct session *session);

#endif
