/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connects engine, ring, model, signals and command; see app/session.h. */
#include "config.h"

#include "app/session.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/engine_choice.h"
#include "app/logging.h"
#include "app/notes.h"
#include "app/options.h"
#include "app/recording.h"
#include "app/serving.h"
#include "app/session_state.h"
#include "app/shipping.h"
#include "app/signals.h"
#include "app/spawn.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "decode/descriptors.h"
#include "engine/registry.h"
#include "event/event.h"
#include "event/filter.h"
#include "event/sink.h"
#include "model/model.h"
#include "model/signals.h"
#include "out/log.h"
#include "out/log_tail.h"
#include "out/transcript.h"
#include "proc/comm.h"

/* Reading the debug information of a large program takes seconds, downloading it longer. */
#define NAMES_NS         (5 * NS_PER_S)
#define URGENT_NAMES_NS  (500 * NS_PER_MS)

/* Threads whose signals are looked at once per frame: a file for each. */
#define SIGNALS_OBSERVED 128

/* A signal that comes again within this time is the same: timeout(1) sends it twice. */
#define SAME_SIGNAL_NS   (200 * NS_PER_MS)

/* The meaning of each signal. */
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
	{SIGUSR2, SESSION_FLIGHT},
};

#define SIGNAL_COUNT (sizeof(signal_news) / sizeof(*signal_news))

/*
 * Passes SIGNAL on to the command, unless that has got it as well: from the terminal, or because
 * the command has sent it to the group of processes that it shares with us.
 */
static void pass_on(struct session *session, int signal, const struct signal_source *source)
{
	/* When a terminal is gone, its kernel tells the leader of the session alone. */
	bool is_ours_alone = !source->is_kernel || (signal == SIGHUP && getsid(0) == getpid());
	if (is_ours_alone && !target_is_above(&session->first, source->pid))
		kill(session->command.pid, signal);
	session->passed.signal = signal;
	session->passed.time_ns = clock_now_ns();
}

/* Handles a signal that asks to end. Returns whether the session has to end. */
static bool is_end(struct session *session, int signal, const struct signal_source *source)
{
	bool is_passed = session->config->pass_signals && session_command_runs(session);
	if (is_passed && !session->passed.signal) {
		pass_on(session, signal, source);
		return false;
	}
	if (is_passed && signal == session->passed.signal &&
		clock_now_ns() - session->passed.time_ns < SAME_SIGNAL_NS)
		return false;
	session->signal = signal;
	return true;
}

static unsigned int read_signals(struct session *session)
{
	unsigned int news = 0;
	struct signal_source source;
	for (int signal; (signal = signals_next(&source)) != 0;) {
		for (size_t i = 0; i < SIGNAL_COUNT; i++) {
			if (signal_news[i].signal != signal)
				continue;
			if (signal_news[i].news != SESSION_LEAVE ||
				is_end(session, signal, &source))
				news |= signal_news[i].news;
		}
	}
	return news;
}

/* Ends the session once because memory was refused. Returns news. */
static unsigned int read_memory(struct session *session)
{
	if (session->is_short || !alloc_is_short())
		return 0;
	session->is_short = true;
	return SESSION_LEAVE;
}

/* Starting. */

/* Sets TEXT to the message that WHAT is not possible. Returns the exit status. */
static int cannot(const char *what, int error, const char *limits, char text[SESSION_ERROR_MAX])
{
	snprintf(text, SESSION_ERROR_MAX, "cannot %s: %s; check %s", what, strerrordesc_np(error),
		limits);
	return 1;
}

/*
 * Memory for the last report, in case the system refuses any: of a large target, it takes some
 * megabytes.
 */
#define RESERVE_SIZE ((size_t)16 << 20)

static int reserve_memory(struct session *session)
{
	session->reserve.is_for_malloc = true;
	int result = alloc_reserve_init(&session->reserve, RESERVE_SIZE);
	if (result == 0)
		alloc_use_reserve(&session->reserve);
	return result;
}

/* Says that stacks will be missing. */
static void note_no_stacks(struct session *session, int error)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = clock_now_ns()},
		.id = NOTE_STACKS_NONE,
		.count = 1,
	};
	snprintf(note.text, sizeof(note.text),
		"there are no stacks: what reads them cannot be started: %s (ulimit -u, ulimit -n)",
		strerrordesc_np(error));
	event_send(&session->sinks.sink, &note.event);
}

/* Sets the filters of the configuration, before anything happens. */
static void set_filters(struct session *session)
{
	const struct session_config *config = session->config;
	uint64_t now_ns = session->begin_ns;
	if (config->filter)
		filtering_select(&session->filtering, config->filter, now_ns);
	if (config->until)
		filtering_end_with(&session->filtering, config->until, config->until_count, now_ns);
	if (config->when)
		filtering_watch(&session->filtering, FILTERING_WHEN, config->when, now_ns);
}

/* Has descriptors followed if something names them. */
static void request_names(struct session *session)
{
	filewatch_request_names(
		session->filewatch, session->names_pane || session->config->log ||
					    filtering_needs_names(&session->filtering));
}

/* CLOCK_REALTIME minus the times of events. */
static uint64_t clock_offset_ns(const struct session *session)
{
	struct timespec now;
	if (session->config->replay)
		return session->playback.realtime_ns;
	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec - clock_now_ns();
}

/* The log and the signals on the screen. */
static void add_screen_sinks(struct session *session)
{
	const struct session_config *config = session->config;
	struct call_subjects *subjects = &session->filtering.subjects;
	session->log_tail = logging_new_tail(config->options, subjects->namer);
	log_tail_set_clock(session->log_tail, clock_offset_ns(session));
	log_tail_set_model(session->log_tail, session->model);
	if (config->filter)
		log_tail_select(session->log_tail, config->filter, &subjects->objects);
	event_sinks_add(&session->sinks, log_tail_sink(session->log_tail));
	session->signals = signals_new();
	event_sinks_add(&session->sinks, signals_sink(session->signals));
	logging_request_signals(&session->interest);
}

/* What reads /proc for the model, and what it has to read. */
static void start_watches(struct session *session)
{
	const struct session_config *config = session->config;
	if (config->programs)
		programwatch_request(&session->interest);
	session->programwatch.reads = config->command_lines || config->titles;
	session->programwatch.follows_titles = config->titles;
	session->observer = observer_new(session->model, &session->sinks.sink);
	session->workers = workers_new(session->model, &session->sinks.sink);
	session->filewatch = filewatch_new(
		session->model, &session->interest, &session->sinks.sink);
	request_names(session);
	if (session->follows_files) {
		filewatch_request(session->filewatch, true);
		model_follow_files(session->model, true, session->begin_ns);
	}
}

/* What is recorded, and what a recording says. */
static void add_recording_sinks(struct session *session)
{
	const struct session_config *config = session->config;
	recording_attach(config->recording, session);
	facts_init(&session->facts);
	if (!config->replay)
		return;
	event_sinks_add(&session->sinks, &session->facts.sink);
	event_sinks_add(&session->sinks, &session->playback.sink);
}

/* Sets up everything but the targets. Like session_new(). */
static int prepare(struct session *session, char error[SESSION_ERROR_MAX])
{
	const struct session_config *config = session->config;
	if (engine_choice_make(session, error))
		return 1;
	const struct engine_class *engine = session->pump.class;
	bool copies_stacks = engine->capabilities & ENGINE_COPIES_STACKS;
	size_t ring_size = config->ring_size;
	if (config->replay && ring_size < REPLAY_RING)
		ring_size = REPLAY_RING;
	/* First: those who look for names open descriptors while we do. */
	int result = pump_init(
		&session->pump, engine, ring_size, &session->interest, &session->sinks.sink);
	if (result < 0)
		return cannot("open a descriptor", -result, "`ulimit -n`", error);
	int no_stacks = config->has_stacks && copies_stacks
	                        ? stackwatch_start(&session->stackwatch, &session->interest,
					  config->stacks, config->stack)
	                        : 0;
	event_sinks_init(&session->sinks);
	if (config->replay)
		stackwatch_replay(
			&session->stackwatch, config->options->stack.memory, &session->sinks);
	const struct stack_lookup lookup = stackwatch_lookup(&session->stackwatch);
	session->begin_ns = session_clock_ns(session);
	session->model = model_new(session->begin_ns, &lookup);
	event_sinks_add(&session->sinks, model_sink(session->model));
	add_recording_sinks(session);
	if (no_stacks < 0)
		note_no_stacks(session, -no_stacks);
	if (copies_stacks)
		pump_set_stacks(&session->pump, stackwatch_channel(&session->stackwatch));
	filtering_init(&session->filtering, session->model, &lookup, &session->interest,
		session->capabilities & ENGINE_SENDS_EXITS);
	session->filtering.subjects.namer = descriptors_namer(model_descriptors(session->model));
	event_sinks_add(&session->sinks, &session->filtering.sink);
	set_filters(session);
	if (config->log) {
		log_set_namer(config->log, session->filtering.subjects.namer);
		log_set_clock(config->log, clock_offset_ns(session));
		event_sinks_add(&session->sinks, log_sink(config->log));
	}
	shipping_attach(config->shipping, session, clock_offset_ns(session));
	logging_request(config->options, &session->interest);
	if (config->options->mode == OPTIONS_INTERACTIVE &&
		(session->capabilities & ENGINE_SENDS_DETAILS))
		add_screen_sinks(session);
	start_watches(session);
	interest_set_split(&session->interest, config->split);
	interest_set_all(
		&session->interest, INTEREST_ARGS, engine->capabilities & ENGINE_READS_ARGS);
	if (!config->replay)
		facts_send(session, session->begin_ns);
	return 0;
}

/* Looks at all threads: what has changed about them, others may have changed. */
static void look_at_threads(struct session *session)
{
	if (session->config->replay)
		return;
	/* What the threads have done until then has to be counted. */
	session_pass_on_announced(session);
	workers_find(session->workers, session->config->refresh_ns);
	observer_refresh(session->observer, session->config->refresh_ns);
	target_refresh(&session->first);
}

void session_pass_on_announced(struct session *session)
{
	if (session->config->replay)
		return;
	do
		pump_run(&session->pump);
	while (session->pump.has_more);
}

int session_new(
	const struct session_config *config, struct session **out, char error[SESSION_ERROR_MAX])
{
	struct session *session = xcalloc(1, sizeof(*session));
	session->config = config;
	session->follows_files = config->files;
	for (size_t i = 0; i < config->target_count; i++)
		tid_list_add(&session->named, config->targets[i]);
	session->state = SESSION_LEFT; /* until the engine is running */
	session->command.output_fd = -1;
	session->adopts_orphans = spawn_adopts_orphans();
	signals_take();
	int result = reserve_memory(session);
	int status = result < 0 ? cannot("reserve memory", -result, "`ulimit -v`", error)
	                        : prepare(session, error);
	if (status == 0)
		status = session_trace(session, error);
	if (status) {
		session_leave(session);
		session_free(session);
		return status;
	}
	session->deadline_ns = config->duration_ns ? clock_now_ns() + config->duration_ns
	                                           : UINT64_MAX;
	/* Now that it is known what is traced. */
	if (!config->replay)
		facts_send(session, clock_now_ns());
	/* Otherwise the first report would have no threads. */
	session_pass_on_announced(session);
	if (!config->replay)
		filewatch_run(session->filewatch, false, 0);
	/* How time is split depends on it. */
	pump_collect(&session->pump, clock_now_ns());
	/* What they have used before is not to be counted. */
	look_at_threads(session);
	*out = session;
	return 0;
}

static void discard_trial(struct session *session)
{
	if (session->trial)
		session->pump.class->discard(session->trial);
	session->trial = NULL;
}

/* Frees what takes events, and what depends on that. */
static void clear_model(struct session *session)
{
	observer_free(session->observer);
	filewatch_free(session->filewatch);
	workers_free(session->workers);
	filtering_clear(&session->filtering);
	log_tail_free(session->log_tail);
	signals_free(session->signals);
	model_free(session->model);
	discard_trial(session); /* by its class, which the pump has */
	pump_clear(&session->pump);
}

int session_rewind(struct session *session, char error[SESSION_ERROR_MAX])
{
	if (replay_rewind(session->config->replay, error) < 0)
		return 1;
	if (session->state == SESSION_RUNNING)
		session_end_engine(session, SESSION_LEFT);
	clear_model(session);
	session->state = SESSION_LEFT;
	session->log_tail = NULL;
	session->signals = NULL;
	session->interest = (struct interest){0};
	session->is_tick = false;
	int status = prepare(session, error);
	return status ? status : session_trace(session, error);
}

bool session_free(struct session *session)
{
	if (!session)
		return true;
	if (session->pump.is_in_use)
		return false;
	clear_model(session);
	stackwatch_clear(&session->stackwatch);
	command_clear(&session->command);
	scope_clear(&session->scope);
	suspended_clear(&session->suspended);
	tid_list_clear(&session->named);
	proc_commands_clear(&session->commands);
	alloc_use_reserve(NULL);
	alloc_reserve_clear(&session->reserve);
	free(session);
	return true;
}

/* Running. */

enum session_state session_state(const struct session *session)
{
	return session->state;
}

void session_watch(struct session *session, const struct call *call, pid_t tid)
{
	stackwatch_set(&session->stackwatch, call, call ? 1 : 0, tid);
}

void session_watch_calls(struct session *session, const struct call *calls, size_t count)
{
	stackwatch_set(&session->stackwatch, calls, count, 0);
}

void session_sample(struct session *session, const struct samples_thread *threads, size_t count)
{
	stackwatch_sample(&session->stackwatch, threads, count);
}

/* Has what was logged written, and adapts its times to the clock, which may be set. */
static void flush_log(struct session *session)
{
	log_set_clock(session->config->log, clock_offset_ns(session));
	log_flush(session->config->log);
}

/* Passes events of the engine and the stack thread to the sinks. */
static void run_pump(struct session *session)
{
	uint64_t now_ns = clock_now_ns();
	stackwatch_pump(&session->stackwatch, &session->sinks.sink);
	pump_run(&session->pump);
	if (session->config->log)
		flush_log(session);
	recording_run(session->config->recording, session, now_ns);
	shipping_run(session->config->shipping, session, clock_offset_ns(session));
	if (session->config->replay)
		return;
	filewatch_run(session->filewatch, session->pump.is_idle, now_ns);
	programwatch_run(&session->programwatch, session->model, &session->sinks.sink);
}

/* The same while there are none of the engine. */
static void run_without_events(struct session *session)
{
	stackwatch_pump(&session->stackwatch, &session->sinks.sink);
	recording_run(session->config->recording, session, clock_now_ns());
	shipping_run(session->config->shipping, session, clock_offset_ns(session));
}

/* Whether the recording is played as far as it is to be. */
static bool is_at_stop(const struct session *session)
{
	return session->playback.is_at_frame ||
	       playback_is_due(&session->playback, session->pump.links.ring);
}

bool session_is_replay(const struct session *session)
{
	return session->config->replay;
}

uint64_t session_begin_ns(const struct session *session)
{
	return session->begin_ns;
}

bool session_is_after_frame(const struct session *session)
{
	return !session->playback.is_frame_current;
}

void session_play(struct session *session, bool stops_at_frames, uint64_t until_ns)
{
	playback_until(&session->playback, until_ns);
	session->playback.stops_at_frames = stops_at_frames;
	session->playback.is_at_frame = false;
	session->has_reported_stop = false;
	session->pump.is_full = playback_is_at_frame;
	session->pump.context = &session->playback;
	/* There may be events in the ring. */
	session->pump.has_more = true;
}

bool session_advance(struct session *session, uint64_t until_ns, uint64_t limit_ns)
{
	uint64_t end_ns = clock_now_ns() + limit_ns;
	/* At its end, there is nothing more to play. */
	if (session->state != SESSION_RUNNING)
		return true;
	session_play(session, false, until_ns);
	do
		run_pump(session);
	while (!is_at_stop(session) && !session_has_ended(session) && clock_now_ns() < end_ns);
	return is_at_stop(session) || session_has_ended(session);
}

uint64_t session_position_ns(const struct session *session)
{
	return replay_now(session->config->replay);
}

uint64_t session_next_ns(const struct session *session)
{
	return replay_next_ns(session->config->replay);
}

uint64_t session_clock_ns(const struct session *session)
{
	return session->config->replay ? playback_now(&session->playback, NULL) : clock_now_ns();
}

bool session_has_ended(const struct session *session)
{
	if (session->config->replay)
		return session->state != SESSION_RUNNING ||
		       playback_has_ended(&session->playback, session->pump.links.ring);
	return model_has_ended(session->model) && session->state != SESSION_WAITING;
}

static int timeout_ms(uint64_t now_ns, uint64_t until_ns)
{
	return until_ns > now_ns ? (int)((until_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/* Reaps what has ended, as init does: our command, and orphans that nobody else waits for. */
static void reap_orphans(struct session *session)
{
	int code, signal;
	/* One that stays is reaped by its owner, and hides the others until then. */
	for (pid_t pid, last = 0; (pid = spawn_any_ended()) != 0 && pid != last; last = pid) {
		if (stackwatch_reap(&session->stackwatch, pid))
			continue;
		spawn_reap(pid, &code, &signal);
		target_set_end(&session->first, pid, code, signal);
	}
}

/* Waits once, at most until UNTIL_NS. Like session_wait(). */
static unsigned int wait_once(struct session *session, uint64_t until_ns, int fd, short events)
{
	struct pollfd fds[] = {
		{.fd = session->pump.links.wake_fd, .events = POLLIN},
		{.fd = session->command.output_fd, .events = POLLIN},
		{.fd = fd, .events = events},
		{.fd = serving_fd(session->config->serving), .events = POLLIN},
	};
	uint64_t now_ns = clock_now_ns();
	bool is_paused = is_at_stop(session) && session->has_reported_stop;
	uint64_t pump_ns = is_paused ? UINT64_MAX : pump_next_ns(&session->pump, now_ns);
	signals_poll(fds, sizeof(fds) / sizeof(*fds),
		timeout_ms(now_ns, pump_ns < until_ns ? pump_ns : until_ns));
	unsigned int news = read_signals(session) | read_memory(session);
	uint64_t woken;
	if (fds[0].revents && read(fds[0].fd, &woken, sizeof(woken)) < 0)
		return news;
	if (fds[1].revents)
		command_read_output(&session->command);
	if (session->adopts_orphans)
		reap_orphans(session);
	if (fds[2].revents)
		news |= SESSION_INPUT;
	return news;
}

/* Whether the session has just become done. */
static unsigned int find_done(struct session *session)
{
	bool was_done = session->is_done;
	session->is_done = was_done || filtering_has_happened(&session->filtering) ||
	                   clock_now_ns() >= session->deadline_ns;
	return session->is_done && !was_done ? SESSION_DONE : 0;
}

unsigned int session_wait(struct session *session, uint64_t until_ns, int fd, short events)
{
	unsigned int news;
	bool was_at_frame = is_at_stop(session);
	do {
		bool is_due = !session->is_done && session->deadline_ns < until_ns;
		news = wait_once(session, is_due ? session->deadline_ns : until_ns, fd, events);
		if (session->state == SESSION_RUNNING && !was_at_frame)
			run_pump(session);
		else
			run_without_events(session);
		serving_run(session->config->serving, session);
		if (news & SESSION_FLIGHT)
			recording_write(session->config->recording, session);
		session_find_successor(session);
		if (session->state == SESSION_RUNNING && session_has_ended(session) &&
			!session->pump.has_more && !session_await_successor(session)) {
			session_leave(session);
			news |= SESSION_ENDED;
		}
		/* It may have been there at once: nothing happened until then. */
		if (is_at_stop(session) && !session->has_reported_stop) {
			session->has_reported_stop = true;
			news |= SESSION_FRAME;
		}
		news |= find_done(session);
	} while (!news && clock_now_ns() < until_ns);
	return news;
}

int session_signal(const struct session *session)
{
	return session->signal;
}

bool session_has_to_end(const struct session *session)
{
	return session->signal || session->is_short;
}

bool session_is_done(const struct session *session)
{
	return session->is_done;
}

bool session_has_happened(const struct session *session)
{
	return !session->config->until || filtering_has_happened(&session->filtering);
}

uint64_t session_unknown_calls(const struct session *session)
{
	return session->filtering.watches[FILTERING_UNTIL].counts.unknown;
}

const char *session_failure(const struct session *session)
{
	struct model_totals totals;
	if (session->config->replay)
		return replay_error(session->config->replay);
	model_totals(session->model, 0, &totals);
	/* That of the tracer. */
	if (session->is_short || totals.end_error == -ENOMEM)
		return "memory was refused: the target continues untraced";
	if (session->state == SESSION_LOST && session->pump.is_in_use)
		return "the tracer gets no processor: the last calls are not counted";
	if (session->state == SESSION_LOST)
		return "the tracer was killed: the target continues untraced";
	return NULL;
}

/* Sends EVENT_END if there is no engine to send it. */
static void send_end(struct session *session)
{
	struct event_end end = {.event = {.type = EVENT_END, .time_ns = clock_now_ns()}};
	event_send(&session->sinks.sink, &end.event);
}

/*
 * Waits until the stacks of a report are named, for as long as its user may want to wait: SIGINT is
 * how one asks for it, the other signals come from those who want us gone.
 */
static void await_names(struct session *session)
{
	bool is_urgent = session->signal && session->signal != SIGINT;
	uint64_t until_ns = clock_now_ns() + (is_urgent ? URGENT_NAMES_NS : NAMES_NS);
	while (!stackwatch_finish(&session->stackwatch, &session->sinks.sink) &&
		clock_now_ns() < until_ns) {
		if (session_wait(session, clock_now_ns() + NS_PER_MS, -1, 0) & SESSION_LEAVE)
			break;
	}
}

/* Targets that have exited since they were left must not be shown as running. */
static void find_ended(struct session *session)
{
	if (session->config->replay)
		return;
	/* The end of a command comes with its status, which only its parent gets. */
	bool runs = session_command_runs(session);
	observer_find_ended(session->observer, runs ? session->command.pid : 0);
}

void session_leave(struct session *session)
{
	if (session->state == SESSION_RUNNING) {
		look_at_threads(session);
		session_end_engine(session, SESSION_LEFT);
		if (session->config->awaits_names || session->stackwatch.is_recorded)
			await_names(session);
		find_ended(session);
	} else if (session->state == SESSION_SUSPENDED || session->state == SESSION_WAITING) {
		send_end(session);
		session->state = SESSION_LEFT;
	}
}

const char *session_remains(struct session *session)
{
	bool is_new = session->pump.remains[0] != '\0';
	memcpy(session->remains, session->pump.remains, sizeof(session->remains));
	session->pump.remains[0] = '\0';
	return is_new ? session->remains : NULL;
}

/* Divides the sums of the engine; returns the time of that, now or a little later. */
static uint64_t divide(struct session *session)
{
	return session->state == SESSION_RUNNING ? pump_divide(&session->pump)
	                                         : session_clock_ns(session);
}

bool session_mark(struct session *session)
{
	bool from_now = !model_is_marked(session->model);
	uint64_t mark_ns = from_now ? divide(session) : 0;
	if (from_now)
		model_mark(session->model, mark_ns);
	else
		model_unmark(session->model);
	filtering_mark(&session->filtering, mark_ns);
	return from_now;
}

int session_select(struct session *session, struct filter *filter)
{
	if (filter && !(session->capabilities & ENGINE_SENDS_DETAILS) &&
		!filtering_is_by_numbers(filter)) {
		filter_free(filter);
		filtering_select(&session->filtering, NULL, 0);
		return -ENOTSUP;
	}
	const struct filter *adopted = filter ? filtering_adopt(&session->filtering, filter) : NULL;
	filtering_select(&session->filtering, adopted, divide(session));
	if (session->log_tail)
		log_tail_select(session->log_tail, adopted, &session->filtering.subjects.objects);
	request_names(session);
	return 0;
}

int session_split(struct session *session)
{
	bool is_wanted = !interest_has_split(&session->interest);
	if (session->config->replay || !(session->capabilities & ENGINE_SPLITS_TIME))
		return -ENOTSUP;
	interest_set_split(&session->interest, is_wanted);
	return is_wanted;
}

int session_follow_files(struct session *session, bool wanted)
{
	if (wanted && !(session->capabilities & ENGINE_SENDS_DETAILS))
		return -ENOTSUP;
	if (wanted == model_follows_files(session->model))
		return 0;
	/* Calls that begin from now on have details, and those that end from then on count. */
	session->follows_files = wanted;
	filewatch_request(session->filewatch, wanted);
	model_follow_files(session->model, wanted, divide(session));
	return 0;
}

bool session_follows_files(const struct session *session)
{
	struct file_totals totals;
	model_file_totals(session->model, &totals);
	return totals.since_ns != 0;
}

void session_read_command_lines(struct session *session)
{
	session->programwatch.reads = true;
}

void session_take_time(struct session *session)
{
	if (session->config->replay) {
		session->now_ns = playback_now(&session->playback, &session->time);
		return;
	}
	session->now_ns = model_time(session->model, clock_now_ns());
	clock_gettime(CLOCK_REALTIME, &session->time);
}

void session_refresh(struct session *session)
{
	if (session->state == SESSION_RUNNING) {
		look_at_threads(session);
		pump_collect(&session->pump, clock_now_ns());
		/* What the engine has counted comes through the ring. */
		run_pump(session);
	}
	session_take_time(session);
}

void session_tick(struct session *session)
{
	session_refresh(session);
	model_tick(session->model, session->now_ns);
	filtering_tick(&session->filtering, session->now_ns);
	session->is_tick = true;
}

int session_record(struct session *session, char text[RECORDING_TEXT_MAX])
{
	if (session->config->replay) {
		snprintf(text, RECORDING_TEXT_MAX, "This is a recording");
		return -ENOTSUP;
	}
	return recording_toggle(session->config->recording, session, text);
}

bool session_recording_news(struct session *session, char text[RECORDING_TEXT_MAX])
{
	return recording_news(session->config->recording, text);
}

struct log_tail *session_log_tail(struct session *session)
{
	return session->log_tail;
}

void session_follow_log(struct session *session, const struct log_subject *subject)
{
	if (!session->log_tail)
		return;
	log_tail_set_clock(session->log_tail, clock_offset_ns(session));
	logging_follow(&session->interest, session->log_tail, subject);
	session->names_pane = subject->scope != LOG_NOTHING;
	request_names(session);
}

struct signals *session_signals(struct session *session)
{
	return session->signals;
}

void session_observe_signals(struct session *session)
{
	char comm[TASK_COMM_SIZE];
	if (!session->signals || session->state != SESSION_RUNNING || session->config->replay)
		return;
	observer_observe_signals(session->observer, SIGNALS_OBSERVED);
	/* Some are of processes that are not traced. */
	for (pid_t pid; (pid = signals_unnamed(session->signals)) != 0;)
		signals_set_name(session->signals, pid, proc_comm(pid, comm) < 0 ? "" : comm);
}

const struct transcript *session_transcript(const struct session *session)
{
	return session->command.transcript;
}

void session_observe_waiting(struct session *session, size_t count)
{
	if (!session->config->replay)
		observer_observe_waiting(session->observer, count);
}

bool session_observe(struct session *session, const pid_t *tids, size_t count)
{
	return !session->config->replay && observer_observe(session->observer, tids, count);
}

bool session_observe_some(struct session *session, const pid_t *tids, size_t count)
{
	return !session->config->replay && observer_observe_some(session->observer, tids, count);
}

void session_observe_stacks(struct session *session, const struct report_view *view)
{
	stackwatch_observe(&session->stackwatch, session->model, view->stacks, session->now_ns,
		&session->sinks.sink);
}

bool session_has_command(const struct session *session)
{
	return session->first.is_command;
}

bool session_command_runs(struct session *session)
{
	/* While it is traced, only the engine can see its end. */
	bool has_ended = session->state == SESSION_RUNNING ? session->first.has_ended
	                                                   : target_reap(&session->first);
	return session->first.is_command && !has_ended;
}

int session_status(struct session *session)
{
	const struct target *first = &session->first;
	if (session_command_runs(session))
		return session->signal ? 128 + session->signal : 0;
	return first->exit_signal ? 128 + first->exit_signal : first->exit_code;
}

int session_abandon(struct session *session)
{
	return command_abandon(&session->command);
}

int session_death_signal(const struct session *session)
{
	return session->first.is_command ? session->first.death_signal : 0;
}
