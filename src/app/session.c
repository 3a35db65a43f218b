/* Engine, ring, model, signals and command, wired together; see app/session.h. */
#include "config.h"

#include "app/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "app/command.h"
#include "app/signals.h"
#include "app/spawn.h"
#include "app/stackwatch.h"
#include "app/suspend.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/ring.h"
#include "base/text.h"
#include "engine/registry.h"
#include "event/event.h"
#include "event/sink.h"
#include "model/model.h"
#include "out/transcript.h"
#include "proc/cmdline.h"
#include "proc/proc.h"

/*
 * How long records lie in the ring at most: short enough that a key's answer is up to date. While
 * nothing happens the program sleeps longer.
 */
#define PUMP_BUSY_NS (50 * NS_PER_MS)
#define PUMP_IDLE_NS (250 * NS_PER_MS)

/*
 * Records that are taken at once before signals and keys are looked at again: some milliseconds'
 * worth. After as many the next look into the ring follows without a pause.
 */
#define PUMP_BATCH   4096

/* How long a command may take to end after SIGTERM, and after SIGKILL. */
#define TERM_NS      (2 * NS_PER_S)
#define KILL_NS      (1 * NS_PER_S)

struct session {
	const struct engine_class *class;
	struct engine *engine;    /* while SESSION_RUNNING; else NULL */
	struct event_sinks sinks; /* whoever takes events: the model first */
	struct ring *ring;
	struct interest interest;
	struct stackwatch stackwatch;
	struct model *model;
	struct command command; /* its pid is 0 where there is none */
	const struct session_config *config;
	enum session_state state;
	struct suspended suspended; /* what session_resume() attaches to */
	int wake_fd;
	bool idle;   /* the last look into the ring found nothing */
	bool behind; /* it left something in there */
	int signal;  /* that asked to end */
	pid_t first; /* the first target, or the command */
	size_t targets;
	bool first_ended;
	int exit_code, exit_signal; /* of the first target, where it has ended */
	char name[TASK_COMM_SIZE];
	char command_line[CMDLINE_MAX];
};

/* What each signal means. */
static const struct {
	int signal;
	enum session_news news;
} signal_news[] = {
	{SIGINT, SESSION_LEAVE},
	{SIGTERM, SESSION_LEAVE},
	{SIGHUP, SESSION_LEAVE},
	{SIGQUIT, SESSION_LEAVE},
	{SIGWINCH, SESSION_RESIZE},
	{SIGTSTP, SESSION_SUSPEND},
	{SIGUSR1, SESSION_SNAPSHOT},
};

#define SIGNAL_COUNT (sizeof(signal_news) / sizeof(*signal_news))

static unsigned int read_signals(struct session *session)
{
	unsigned int news = 0;
	for (int signal; (signal = signals_next()) != 0;) {
		for (size_t i = 0; i < SIGNAL_COUNT; i++) {
			if (signal_news[i].signal != signal)
				continue;
			news |= signal_news[i].news;
			if (signal_news[i].news == SESSION_LEAVE)
				session->signal = signal;
		}
	}
	return news;
}

/* Starting. */

static void describe_command(struct session *session, char *const *argv)
{
	const char *slash = strrchr(argv[0], '/');
	snprintf(session->name, sizeof(session->name), "%s", slash ? slash + 1 : argv[0]);
	size_t used = 0;
	for (size_t i = 0; argv[i] && used < sizeof(session->command_line); i++)
		used += (size_t)snprintf(session->command_line + used,
			sizeof(session->command_line) - used, "%s%s", i ? " " : "", argv[i]);
}

/* Whether PID is an ancestor of ours: the shell, the terminal's multiplexer, the ssh session. */
static bool is_ancestor(pid_t pid)
{
	struct proc_status status = {.parent = getppid()};
	while (status.parent > 1 && status.parent != pid) {
		if (proc_status(status.parent, &status) < 0)
			return false;
	}
	return status.parent == pid;
}

/* Warns where a target serves our own terminal. */
static void note_own_terminal(struct session *session, const struct session_config *config)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = clock_now_ns()},
		.id = NOTE_SESSION,
		.text = "a target serves stop's own terminal: what stop shows makes it busier",
	};
	for (size_t i = 0; i < config->target_count; i++)
		note.count += is_ancestor(config->targets[i]);
	if (note.count)
		event_send(&session->sinks.sink, &note.event);
}

/* Of a target: its name, and its command line. */
static void describe_target(struct session *session, pid_t pid)
{
	proc_comm(pid, session->name);
	cmdline_read(pid, session->command_line, sizeof(session->command_line));
}

/* Starts an engine for REQUEST. 0, or -errno with an ERROR. */
static int start_engine(struct session *session, const struct engine_request *request,
	char error[SESSION_ERROR_MAX])
{
	struct engine_links links = {
		.ring = session->ring,
		.interest = &session->interest,
		.stacks = stackwatch_channel(&session->stackwatch),
		.wake_fd = session->wake_fd,
	};
	char reason[ENGINE_ERROR_MAX];
	int result = session->class->start(request, &links, &session->engine, reason);
	if (result < 0)
		snprintf(error, SESSION_ERROR_MAX, "%s", reason);
	else
		session->state = SESSION_RUNNING;
	return result;
}

/* Says why stop cannot begin, and gives its exit status. */
static int no_descriptor(char error[SESSION_ERROR_MAX])
{
	snprintf(error, SESSION_ERROR_MAX, "cannot open a descriptor: %s; look at `ulimit -n`",
		strerrordesc_np(errno));
	return 1;
}

/* Starts the command and traces it from its first instruction on. As session_new(). */
static int trace_command(
	struct session *session, const struct session_config *config, char error[SESSION_ERROR_MAX])
{
	struct command *command = &session->command;
	if (command_start(command, config->command, config->hide_command, config->stdin_path, error,
		    SESSION_ERROR_MAX) < 0)
		return 1;
	session->first = command->pid;
	describe_command(session, config->command);
	const struct engine_request request = {
		.command = command->pid,
		.go_fd = command->spawn.go_fd,
		.follow = config->follow,
		.options = config->engine_options,
	};
	if (start_engine(session, &request, error) < 0) {
		command_cancel(command);
		return 1;
	}
	return command_begin(command, config->command[0], error, SESSION_ERROR_MAX);
}

/* Attaches to what runs already. As session_new(). */
static int trace_targets(
	struct session *session, const struct session_config *config, char error[SESSION_ERROR_MAX])
{
	session->first = config->targets[0];
	describe_target(session, session->first);
	note_own_terminal(session, config);
	const struct engine_request request = {
		.targets = config->targets,
		.target_count = config->target_count,
		.follow = config->follow,
		.options = config->engine_options,
	};
	return start_engine(session, &request, error) < 0;
}

static int start(
	struct session *session, const struct session_config *config, char error[SESSION_ERROR_MAX])
{
	signals_take();
	session->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (session->wake_fd < 0)
		return no_descriptor(error);
	return config->command ? trace_command(session, config, error)
	                       : trace_targets(session, config, error);
}

void session_watch(struct session *session, const struct call *call, pid_t tid)
{
	stackwatch_set(&session->stackwatch, call, tid);
}

int session_new(
	const struct session_config *config, struct session **out, char error[SESSION_ERROR_MAX])
{
	struct session *session = xcalloc(1, sizeof(*session));
	session->class = engine_default(&(struct engine_request){.scope = ENGINE_TASKS});
	session->state = SESSION_LEFT;
	session->config = config;
	session->wake_fd = session->command.output_fd = -1;
	session->ring = ring_new(config->ring_size);
	int unstarted = config->has_stacks
	                        ? stackwatch_start(&session->stackwatch, &session->interest,
					  config->stacks, config->stack_limit)
	                        : 0;
	if (unstarted) {
		snprintf(error, SESSION_ERROR_MAX, "cannot start a thread: %s; %s",
			strerrordesc_np(-unstarted), "look at `ulimit -u` and `ulimit -n`");
		session_free(session);
		return 1;
	}
	session->model = model_new(clock_now_ns());
	event_sinks_init(&session->sinks);
	event_sinks_add(&session->sinks, model_sink(session->model));
	session->targets = config->command ? 1 : config->target_count;
	interest_set_all(&session->interest, INTEREST_ARGS, true);
	int status = start(session, config, error);
	if (status) {
		session_leave(session);
		session_free(session);
		return status;
	}
	*out = session;
	return 0;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	model_free(session->model);
	stackwatch_clear(&session->stackwatch);
	ring_free(session->ring);
	command_clear(&session->command);
	suspended_clear(&session->suspended);
	if (session->wake_fd >= 0)
		close(session->wake_fd);
	free(session);
}

/* Feeding the model. */

/* Notes how the target that the user asked for has ended. */
static void note_end(struct session *session, const struct event_gone *gone)
{
	if (gone->event.tid != session->first || session->first_ended)
		return;
	session->first_ended = true;
	session->exit_code = gone->exit_code;
	session->exit_signal = gone->exit_signal;
	/* The tracer has seen its end; what is left of a command is for us, who have made it. */
	int code, signal;
	if (session->command.pid)
		spawn_has_ended(session->command.pid, &code, &signal);
}

/* Says that nothing comes any more, in the engine's stead. */
static void send_end(struct session *session)
{
	struct event_end end = {.event = {.type = EVENT_END, .time_ns = clock_now_ns()}};
	event_send(&session->sinks.sink, &end.event);
}

enum session_state session_state(const struct session *session)
{
	return session->state;
}

static bool tracer_is_lost(const struct session *session)
{
	return session->engine && session->class->state(session->engine) == ENGINE_LOST;
}

/* Takes what is in the ring, PUMP_BATCH records at most. Returns how many there were. */
static size_t pump(struct session *session)
{
	const struct event *event;
	size_t taken = 0;
	stackwatch_pump(&session->stackwatch, session->model);
	while (taken < PUMP_BATCH && (event = ring_peek(session->ring))) {
		if (event->type == EVENT_GONE)
			note_end(session, (const struct event_gone *)event);
		event_send(&session->sinks.sink, event);
		ring_pop(session->ring);
		taken++;
	}
	session->class->nudge(session->engine);
	if (taken == 0 && !model_has_ended(session->model) && tracer_is_lost(session))
		send_end(session);
	session->idle = taken == 0;
	session->behind = taken == PUMP_BATCH;
	return taken;
}

bool session_has_ended(const struct session *session)
{
	return model_has_ended(session->model);
}

static int timeout_ms(uint64_t now_ns, uint64_t until_ns)
{
	return until_ns > now_ns ? (int)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* One round of waiting, no longer than until UNTIL_NS. */
static unsigned int wait_once(struct session *session, uint64_t until_ns, int fd, short events)
{
	struct pollfd fds[] = {
		{.fd = session->wake_fd, .events = POLLIN},
		{.fd = session->command.output_fd, .events = POLLIN},
		{.fd = fd, .events = events},
	};
	uint64_t now_ns = clock_now_ns();
	uint64_t pump_ns = session->state != SESSION_RUNNING ? now_ns + PUMP_IDLE_NS
	                   : session->behind                 ? now_ns
	                   : session->idle                   ? now_ns + PUMP_IDLE_NS
	                                                     : now_ns + PUMP_BUSY_NS;
	signals_poll(fds, sizeof(fds) / sizeof(*fds),
		timeout_ms(now_ns, pump_ns < until_ns ? pump_ns : until_ns));
	unsigned int news = read_signals(session);
	uint64_t woken;
	if (fds[0].revents && read(session->wake_fd, &woken, sizeof(woken)) < 0)
		return news;
	if (fds[1].revents)
		command_read_output(&session->command);
	if (fds[2].revents)
		news |= SESSION_INPUT;
	return news;
}

unsigned int session_wait(struct session *session, uint64_t until_ns, int fd, short events)
{
	unsigned int news;
	do {
		news = wait_once(session, until_ns, fd, events);
		if (session->state == SESSION_RUNNING && pump(session) < PUMP_BATCH &&
			session_has_ended(session)) {
			session_leave(session);
			news |= SESSION_ENDED;
		}
	} while (!news && clock_now_ns() < until_ns);
	return news;
}

int session_signal(const struct session *session)
{
	return session->signal;
}

/*
 * Has the engine leave every target, takes its last events, and frees it. The session is in STATE
 * then.
 */
static void end_engine(struct session *session, enum session_state state)
{
	session->class->leave(session->engine);
	while (session->class->drain(session->engine))
		pump(session);
	while (pump(session))
		;
	session->class->collect(session->engine, clock_now_ns(), &session->sinks.sink);
	session->state = tracer_is_lost(session) ? SESSION_LOST : state;
	session->class->free(session->engine);
	session->engine = NULL;
}

void session_leave(struct session *session)
{
	if (session->state == SESSION_RUNNING) {
		end_engine(session, SESSION_LEFT);
		stackwatch_finish(&session->stackwatch, session->model);
	} else if (session->state == SESSION_SUSPENDED) {
		send_end(session);
		session->state = SESSION_LEFT;
	}
}

/* Leaving for a while. */

void session_suspend(struct session *session)
{
	command_suspend(&session->command);
	if (session->state != SESSION_RUNNING)
		return;
	const struct session_config *config = session->config;
	bool is_command = session->command.pid != 0;
	suspended_note(&session->suspended, is_command ? &session->command.pid : config->targets,
		is_command ? 1 : config->target_count, session->model);
	end_engine(session, SESSION_SUSPENDED);
}

/* Attaches to what is left of the targets. 0, or -errno with an ERROR, "" where nothing is left. */
static int attach_again(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	size_t optional;
	suspended_keep_living(&session->suspended, &optional);
	const struct engine_request request = {
		.targets = session->suspended.tasks.tid,
		.target_count = session->suspended.tasks.count,
		.optional_count = optional,
		.follow = config->follow == FOLLOW_THREADS ? FOLLOW_THREADS : FOLLOW_TREE,
		.options = config->engine_options,
	};
	return request.target_count ? start_engine(session, &request, error) : -ESRCH;
}

void session_resume(struct session *session, char error[SESSION_ERROR_MAX])
{
	error[0] = '\0';
	command_resume(&session->command);
	if (session->state != SESSION_SUSPENDED)
		return;
	/* A command that has ended meanwhile is a zombie of ours until it is waited for. */
	session_command_runs(session);
	model_resume(session->model, clock_now_ns());
	if (attach_again(session, error) < 0) {
		session_leave(session);
	} else {
		while (pump(session) == PUMP_BATCH)
			;
	}
	model_settle(session->model, clock_now_ns());
}

/* The moment of now, or just after it, at which what the engine adds up is divided. */
static uint64_t division_now(struct session *session)
{
	uint64_t now_ns = clock_now_ns();
	if (!session->engine)
		return now_ns;
	return session->class->collect(session->engine, now_ns, &session->sinks.sink);
}

bool session_mark(struct session *session)
{
	bool from_now = !model_is_marked(session->model);
	if (from_now)
		model_mark(session->model, division_now(session));
	else
		model_unmark(session->model);
	return from_now;
}

const struct transcript *session_transcript(const struct session *session)
{
	return session->command.transcript;
}

/* Waits until the command has ended, at most until UNTIL_NS. Returns whether it has. */
static bool await_command(struct session *session, uint64_t until_ns)
{
	while (session_command_runs(session) && clock_now_ns() < until_ns)
		session_wait(session, clock_now_ns() + PUMP_BUSY_NS, -1, 0);
	return !session_command_runs(session);
}

void session_end_command(struct session *session)
{
	if (!session_command_runs(session))
		return;
	command_signal(&session->command, SIGTERM);
	if (await_command(session, clock_now_ns() + TERM_NS))
		return;
	command_signal(&session->command, SIGKILL);
	await_command(session, clock_now_ns() + KILL_NS);
}

/* Telling. */

struct report *session_report(struct session *session, const struct report_view *view)
{
	struct report_facts facts = {
		.now_ns = clock_now_ns(),
		.name = session->name,
		.command = session->command_line[0] ? session->command_line : NULL,
		.pid = session->first,
		.targets = session->targets,
		.engine = session->class->name,
		.final = session->state == SESSION_LEFT || session->state == SESSION_LOST,
		.exit_code = session->first_ended ? session->exit_code : -1,
		.exit_signal = session->first_ended ? session->exit_signal : 0,
		.is_command = session->command.pid != 0,
	};
	clock_gettime(CLOCK_REALTIME, &facts.time);
	stackwatch_stats(&session->stackwatch, &facts.stacks);
	struct report *report = report_new(session->model, &facts, view);
	stackwatch_report(&session->stackwatch, report);
	return report;
}

void session_tick(struct session *session)
{
	uint64_t now_ns = clock_now_ns();
	if (session->engine)
		session->class->collect(session->engine, now_ns, &session->sinks.sink);
	model_tick(session->model, now_ns);
}

bool session_has_command(const struct session *session)
{
	return session->command.pid != 0;
}

bool session_command_runs(struct session *session)
{
	if (!session->command.pid || session->first_ended)
		return false;
	/* Its tracer would have reaped it; after the leave it is an ordinary child. */
	session->first_ended = session->state != SESSION_RUNNING &&
	                       spawn_has_ended(session->command.pid, &session->exit_code,
				       &session->exit_signal);
	return !session->first_ended;
}

int session_status(struct session *session)
{
	if (session_command_runs(session))
		return session->signal ? 128 + session->signal : 0;
	return session->exit_signal ? 128 + session->exit_signal : session->exit_code;
}

void session_abandon(struct session *session)
{
	command_abandon(&session->command);
}
