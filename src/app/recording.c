/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recordings of a session; see app/recording.h. */
#include "config.h"

#include "app/recording.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/flight.h"
#include "app/message.h"
#include "app/notes.h"
#include "app/options.h"
#include "app/session_state.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/units.h"
#include "event/interest.h"
#include "out/ctf_pack.h"
#include "out/recorder.h"
#include "out/snapshot.h"

/* Size of the buffer between the session and the disk. */
#define BUFFER      ((size_t)64 << 20)

/* Between two looks at what is written. */
#define LOOK_NS     (20 * NS_PER_MS)

/* How long to wait for the end of the thread that writes. */
#define END_NS      NS_PER_S

/* How long the disk may accept nothing. */
#define PATIENCE_NS (2 * NS_PER_S)

/* Number of names to try: recordings that begin in one second. */
#define TRIES       100

#define SUFFIX      ".ctf"

struct recording {
	const struct options *options;
	struct recorder *recorder;     /* NULL: nothing is recorded */
	struct flight *flight;         /* owned; `recorder` is of it; NULL: it is none */
	char path[PATH_MAX];           /* its directory */
	bool is_ending;                /* it takes no more events, and is being written */
	bool wants_pack;               /* it is to be packed, at its end … */
	bool is_packed;                /* … and is being packed, or was */
	bool has_said;                 /* that it cannot be written */
	char news[RECORDING_TEXT_MAX]; /* about the flight recorder, for the screen; "": none */
};

_Static_assert(RECORDING_TEXT_MAX >= FLIGHT_TEXT_MAX, "messages about the flight recorder");

static bool is_abandoned;

static const char *name_of(const struct recording *recording, char buf[128])
{
	return text_escape(recording->path, strlen(recording->path), buf, 128);
}

/* Whether there is already what the recording would become when it is packed. */
static bool has_packed(const struct recording *recording)
{
	char path[PATH_MAX + sizeof(CTF_PACK_SUFFIX)];
	snprintf(path, sizeof(path), "%s" CTF_PACK_SUFFIX, recording->path);
	return recording->options->record_pack && access(path, F_OK) == 0;
}

/* Has what is over packed, if that is wanted, and as soon as there is room for the request. */
static void pack(struct recording *recording)
{
	if (!recording->wants_pack || recorder_error(recording->recorder))
		return;
	recording->is_packed = recorder_pack(recording->recorder);
	recording->wants_pack = !recording->is_packed;
}

/* Creates the directory `path`, or the flight recorder. Returns 0 or -errno. */
static int create(struct recording *recording)
{
	const struct options *options = recording->options;
	bool is_flight = options->flight_ns > 0;
	const struct recorder_options recorder = {
		.path = is_flight ? NULL : recording->path,
		.command = options->command,
		.buffer = BUFFER,
		.strings = options->record_detail & RECORD_STRINGS,
		.limit = is_flight ? options->flight_size : options->record_limit,
		.limit_ns = is_flight ? options->flight_ns : options->record_limit_ns,
		.secrets = options->secrets,
		.with_data = options->with_data,
		.packs = options->record_pack,
	};
	recording->is_ending = recording->has_said = recording->is_packed = false;
	if (!is_flight && has_packed(recording))
		return -EEXIST;
	return recorder_new(&recorder, &recording->recorder);
}

/* Sets the directory to that of --record; its name always ends in the same way. */
static int set_path(struct recording *recording)
{
	const char *name = recording->options->record;
	size_t size = strlen(name), suffix = strlen(SUFFIX);
	bool has_suffix = size > suffix && strcmp(name + size - suffix, SUFFIX) == 0;
	int length = snprintf(recording->path, PATH_MAX, "%s%s", name, has_suffix ? "" : SUFFIX);
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

/* Creates the flight recorder. Returns 0, or the exit status after a message. */
static int open_flight(struct recording *recording)
{
	int result = create(recording);
	if (result < 0) {
		message("the flight recorder cannot be started: %s", strerrordesc_np(-result));
		return 1;
	}
	recording->flight = flight_new(recording->options, recording->recorder);
	return 0;
}

int recording_open(const struct options *options, struct recording **out)
{
	char name[128];
	struct recording *recording = xcalloc(1, sizeof(*recording));
	recording->options = options;
	*out = recording;
	if (options->flight_ns)
		return open_flight(recording);
	if (!options->record)
		return 0;
	int result = set_path(recording);
	if (result == 0)
		result = create(recording);
	if (result == 0)
		return 0;
	message("cannot create the recording %s%s: %s", name_of(recording, name),
		has_packed(recording) ? CTF_PACK_SUFFIX : "",
		result == -EEXIST ? "it exists already" : strerrordesc_np(-result));
	return 1;
}

/* Requests what recordings are to have, or no longer. */
static void request(const struct options *options, struct interest *interest, bool wanted)
{
	static const enum interest_kind kinds[] = {INTEREST_DETAILS, INTEREST_NAMES, INTEREST_DATA};
	if (!(options->record_detail & RECORD_STRINGS))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		interest_request_all(interest, INTEREST_RECORDING, kinds[i], wanted);
	if (wanted)
		atomic_store_explicit(&interest->signals, true, memory_order_relaxed);
}

/* Has stacks recorded, if they are wanted: before anything is. */
static void add_stacks(struct recording *recording, struct session *session)
{
	const struct stack_lookup lookup = stackwatch_lookup(&session->stackwatch);
	if (!(recording->options->record_detail & RECORD_STACKS))
		return;
	recorder_add_stacks(recording->recorder, &lookup);
	stackwatch_record(&session->stackwatch, true);
}

static void attach(struct recording *recording, struct session *session)
{
	event_sinks_add(&session->sinks, recorder_sink(recording->recorder));
	request(recording->options, &session->interest, true);
}

void recording_attach(struct recording *recording, struct session *session)
{
	if (!recording || !recording->recorder)
		return;
	add_stacks(recording, session);
	attach(recording, session);
}

/* Says that RECORDING cannot be written, once. */
static void say_failed(
	struct recording *recording, struct session *session, int error, uint64_t now_ns)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = now_ns},
		.id = NOTE_RECORDING,
		.count = 1,
	};
	if (recording->has_said)
		return;
	recording->has_said = true;
	snprintf(note.text, sizeof(note.text), "%s: %s",
		recording->is_packed ? "the recording is whole, but cannot be packed"
				     : "the recording has ended: it cannot be written",
		strerrordesc_np(-error));
	event_send(&session->sinks.sink, &note.event);
}

/* Closes what has ended, and is written. */
static void close_ended(struct recording *recording, uint64_t now_ns)
{
	bool has_failed = recorder_error(recording->recorder) != 0;
	if ((recording->wants_pack && !has_failed) || !recorder_is_written(recording->recorder))
		return;
	is_abandoned |= recorder_close(recording->recorder, now_ns + END_NS) == -EAGAIN;
	recording->recorder = NULL;
}

/* Sends what is known now: the beginning of a recording. */
static void send_present(struct recording *recording, struct session *session, uint64_t now_ns)
{
	struct event_sink *sink = recorder_sink(recording->recorder);
	struct facts facts = session->facts;
	facts.event.event.time_ns = now_ns;
	struct event_present present = {.event = {.type = EVENT_PRESENT, .time_ns = now_ns}};
	event_send(sink, &present.event);
	event_send(sink, &facts.event.event);
	stackwatch_repeat_stats(&session->stackwatch, now_ns, sink);
	model_send_present(session->model, now_ns, sink);
	present.is_over = true;
	event_send(sink, &present.event);
}

/* Now, after the engine has sent what it has counted so far. */
static uint64_t divide(struct session *session)
{
	return session->state == SESSION_RUNNING ? pump_divide(&session->pump) : clock_now_ns();
}

/* Begins the next part of the recording, with what is known. */
static void begin_part(struct recording *recording, struct session *session)
{
	uint64_t now_ns = divide(session);
	if (recorder_begin_part(recording->recorder, now_ns))
		send_present(recording, session, now_ns);
}

/* The flight recorder. */

/* Says TEXT. */
static void say(struct recording *recording, const char *text)
{
	if (recording->options->mode == OPTIONS_INTERACTIVE)
		snprintf(recording->news, sizeof(recording->news), "%s", text);
	else
		message("%s", text);
}

static uint64_t matches(const struct session *session)
{
	return filtering_matches(&session->filtering, FILTERING_WHEN);
}

/* Has it written because of CAUSE. Returns 0 or -errno, with a message in TEXT. */
static int write_flight(struct recording *recording, struct session *session,
	enum flight_cause cause, char text[RECORDING_TEXT_MAX])
{
	uint64_t now_ns = divide(session);
	return flight_write(recording->flight, &session->facts.event,
		model_has_ended(session->model), cause, matches(session), now_ns, text);
}

/* Says what was written, and has it written if it is time for that. */
static void run_flight(struct recording *recording, struct session *session, uint64_t now_ns)
{
	char text[RECORDING_TEXT_MAX];
	if (flight_run(recording->flight, text))
		say(recording, text);
	if (flight_is_due(recording->flight, matches(session), now_ns) &&
		write_flight(recording, session, FLIGHT_WHEN, text) == -ENAMETOOLONG)
		say(recording, text);
}

void recording_write(struct recording *recording, struct session *session)
{
	char text[RECORDING_TEXT_MAX];
	if (!recording || !recording->flight)
		snprintf(text, sizeof(text), "SIGUSR2: there is no flight recorder: --flight=TIME");
	else if (write_flight(recording, session, FLIGHT_REQUEST, text) == 0)
		return;
	if (recording)
		say(recording, text);
}

bool recording_news(struct recording *recording, char text[RECORDING_TEXT_MAX])
{
	if (!recording || !recording->news[0])
		return false;
	strcpy(text, recording->news);
	recording->news[0] = '\0';
	return true;
}

/* All. */

/* Whether the next part of the recording is to begin. */
static bool needs_part(
	const struct recording *recording, const struct session *session, uint64_t now_ns)
{
	/* After the end, the last moments are kept. */
	return session->state == SESSION_RUNNING && !recording->is_ending &&
	       recorder_is_part_complete(recording->recorder, now_ns);
}

void recording_run(struct recording *recording, struct session *session, uint64_t now_ns)
{
	if (!recording || !recording->recorder)
		return;
	if (needs_part(recording, session, now_ns))
		begin_part(recording, session);
	if (recording->flight)
		run_flight(recording, session, now_ns);
	recorder_flush(recording->recorder, now_ns);
	int error = recorder_error(recording->recorder);
	if (error)
		say_failed(recording, session, error, now_ns);
	if (recording->is_ending) {
		pack(recording);
		close_ended(recording, now_ns);
	}
}

/* Creates a recording with a new name, which is about SESSION. Returns 0 or -errno. */
static int create_next(struct recording *recording, const struct session *session)
{
	const struct event_session *facts = &session->facts.event;
	const char *directory = recording->options->snapshot_dir;
	bool is_here = strcmp(directory, ".") == 0;
	int result = -EEXIST;
	for (unsigned int try = 0; try < TRIES && result == -EEXIST; try++) {
		char stem[SNAPSHOT_NAME_MAX];
		snapshot_stem(event_session_text(facts, SESSION_NAME), facts->event.tid, time(NULL),
			try, stem);
		int length = snprintf(recording->path, PATH_MAX, "%s%s%s%s",
			is_here ? "" : directory, is_here ? "" : "/", stem, SUFFIX);
		result = length < PATH_MAX ? create(recording) : -ENAMETOOLONG;
	}
	return result;
}

static void begin(struct recording *recording, struct session *session)
{
	add_stacks(recording, session);
	send_present(recording, session, divide(session));
	attach(recording, session);
}

static void end(struct recording *recording, struct session *session)
{
	struct event_sink *sink = recorder_sink(recording->recorder);
	struct event_end end = {.event = {.type = EVENT_END, .time_ns = divide(session)}};
	event_sinks_remove(&session->sinks, sink);
	request(recording->options, &session->interest, false);
	stackwatch_record(&session->stackwatch, false);
	if (!model_has_ended(session->model))
		event_send(sink, &end.event);
	recorder_flush_all(recording->recorder);
	recording->is_ending = true;
	recording->wants_pack = recording->options->record_pack;
	pack(recording);
}

int recording_toggle(
	struct recording *recording, struct session *session, char text[RECORDING_TEXT_MAX])
{
	char name[128];
	if (recording->flight)
		return write_flight(recording, session, FLIGHT_REQUEST, text);
	if (recording->recorder && recording->is_ending) {
		snprintf(text, RECORDING_TEXT_MAX, "%s is still being written",
			name_of(recording, name));
		return -EBUSY;
	}
	if (recording->recorder) {
		int error = recorder_error(recording->recorder);
		end(recording, session);
		snprintf(text, RECORDING_TEXT_MAX, "Recorded%s: stop %s%s",
			error ? ", but not to its end" : "", name_of(recording, name),
			recording->options->record_pack && !error ? CTF_PACK_SUFFIX : "");
		return error;
	}
	int result = create_next(recording, session);
	if (result == 0)
		begin(recording, session);
	snprintf(text, RECORDING_TEXT_MAX, "%s %s%s%s",
		result < 0 ? "Cannot record in" : "Recording in", name_of(recording, name),
		result < 0 ? ": " : "; r ends it", result < 0 ? strerrordesc_np(-result) : "");
	return result;
}

void recording_report(const struct recording *recording, struct report_facts *facts)
{
	if (!recording || !recording->recorder || recording->is_ending)
		return;
	facts->has_flight = recording->flight;
	if (recording->flight) {
		flight_report(recording->flight, facts->now_ns, &facts->flight);
		return;
	}
	facts->records = true;
	facts->has_record_failed = recorder_error(recording->recorder) != 0;
	facts->recorded = recorder_written(recording->recorder);
}

void recording_abandon(struct recording *recording)
{
	if (recording && recording->recorder)
		recorder_abandon(recording->recorder);
}

/* Calls that --when selects were seen since the last time that it was written. */
static void finish_flight(struct recording *recording, struct session *session)
{
	char text[RECORDING_TEXT_MAX];
	if (flight_is_pending(recording->flight, matches(session)) &&
		!flight_is_writing(recording->flight) &&
		write_flight(recording, session, FLIGHT_WHEN, text) < 0)
		message("%s", text);
}

/* Whether everything is written, and packed if that is wanted. */
static bool is_finished(const struct recording *recording)
{
	bool waits = recording->wants_pack && !recorder_error(recording->recorder);
	return !waits && recorder_is_written(recording->recorder);
}

void recording_finish(struct session *session, struct recording *recording)
{
	uint64_t progress_ns = clock_now_ns(), before = 0;
	if (!recording || !recording->recorder)
		return;
	struct recorder *recorder = recording->recorder;
	if (recording->flight)
		finish_flight(recording, session);
	recorder_flush_all(recorder);
	if (!recording->flight && !recording->is_ending) {
		recording->wants_pack = recording->options->record_pack;
		pack(recording);
	}
	while (recording->recorder && !is_finished(recording)) {
		uint64_t now_ns = clock_now_ns(), written = recorder_written(recorder);
		if (written > before)
			progress_ns = now_ns;
		before = written;
		if (now_ns - progress_ns > PATIENCE_NS ||
			session_wait(session, now_ns + LOOK_NS, -1, 0) & SESSION_LEAVE)
			return;
		if (recording->recorder) {
			recorder_flush_all(recorder);
			pack(recording);
		}
	}
}

/* The same of the flight recorder. */
static int close_flight(struct recording *recording)
{
	char text[RECORDING_TEXT_MAX];
	if (flight_run(recording->flight, text))
		message("%s", text);
	bool is_writing = flight_is_writing(recording->flight);
	bool has_failed = flight_has_failed(recording->flight);
	int result = recorder_close(recording->recorder, clock_now_ns() + END_NS);
	is_abandoned |= result == -EAGAIN;
	if (is_writing)
		message("the flight recorder is not written whole: the disk takes nothing");
	else if (result < 0 && result != -EAGAIN)
		message("the flight recorder has failed: %s", strerrordesc_np(-result));
	flight_free(recording->flight);
	return has_failed || is_writing || result < 0;
}

/* Closes what is open. Returns 0, or the exit status after a message. */
static int close_recorder(struct recording *recording)
{
	char name[128], events[UNITS_MAX];
	uint64_t discarded = recorder_discarded(recording->recorder);
	int result = recorder_close(recording->recorder, clock_now_ns() + END_NS);
	is_abandoned |= result == -EAGAIN;
	if (result == -EAGAIN)
		message("the end of the recording is missing: %s takes nothing",
			name_of(recording, name));
	else if (result < 0 && recording->is_packed)
		message("cannot pack the recording %s, which is written: %s",
			name_of(recording, name), strerrordesc_np(-result));
	else if (result < 0)
		message("cannot write the recording %s: %s; what follows is missing",
			name_of(recording, name), strerrordesc_np(-result));
	else if (discarded)
		message("%s events were not recorded: %s could not be written as fast as they came",
			units_grouped(discarded, events), name_of(recording, name));
	return result < 0 || discarded;
}

int recording_close(struct recording *recording)
{
	int status = 0;
	if (recording && recording->flight)
		status = close_flight(recording);
	else if (recording && recording->recorder)
		status = close_recorder(recording);
	xfree(recording);
	return status;
}

bool recording_is_abandoned(void)
{
	return is_abandoned;
}
