/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flight recorder; see app/flight.h. */
#include "config.h"

#include "app/flight.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "app/options.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "event/event.h"
#include "out/ctf_memory.h"
#include "out/recorder.h"
#include "out/report.h"
#include "out/snapshot.h"

/* Room for the name of a recording in a message. */
#define SHOWN_MAX 96

struct flight {
	const struct options *options;
	struct recorder *recorder;
	struct flight_schedule schedule;
	bool is_writing;
	enum flight_cause cause; /* of that */
	unsigned int done;       /* number of requests that are done */
	unsigned int written;    /* of these, that have succeeded */
	bool has_failed;
};

/* When. */

static bool has_new(const struct flight_schedule *schedule, uint64_t matches)
{
	return matches > schedule->matches && schedule->left > 0;
}

bool flight_schedule_is_due(
	const struct flight_schedule *schedule, uint64_t matches, uint64_t from_ns, uint64_t now_ns)
{
	if (!has_new(schedule, matches))
		return false;
	if (!schedule->written_ns)
		return true;
	/* It may have been written up to a moment that is still to come. */
	uint64_t since_ns = now_ns > schedule->written_ns ? now_ns - schedule->written_ns : 0;
	/* Later, the first of these calls would no longer be in it. */
	bool is_full = from_ns >= schedule->written_ns;
	return since_ns >= schedule->keep_ns || (is_full && since_ns >= FLIGHT_TIME_MIN);
}

void flight_schedule_written(struct flight_schedule *schedule, uint64_t matches, uint64_t now_ns)
{
	schedule->matches = matches;
	schedule->written_ns = now_ns;
	schedule->left--;
}

bool flight_is_due(const struct flight *flight, uint64_t matches, uint64_t now_ns)
{
	struct ctf_memory_status status;
	if (flight->is_writing || !has_new(&flight->schedule, matches))
		return false;
	recorder_memory(flight->recorder, &status);
	return flight_schedule_is_due(&flight->schedule, matches, status.from_ns, now_ns);
}

bool flight_is_pending(const struct flight *flight, uint64_t matches)
{
	return has_new(&flight->schedule, matches);
}

/* Writing. */

/* Sets PATH to the name of the recording without its suffix. Returns 0 or -ENAMETOOLONG. */
static int make_name(
	const struct flight *flight, const struct event_session *facts, char path[PATH_MAX])
{
	const struct options *options = flight->options;
	const char *name = options->record, *directory = options->snapshot_dir;
	char stem[SNAPSHOT_NAME_MAX];
	int length;
	if (name) {
		size_t size = strlen(name), suffix = strlen(CTF_MEMORY_SUFFIX);
		if (size > suffix && strcmp(name + size - suffix, CTF_MEMORY_SUFFIX) == 0)
			size -= suffix;
		length = snprintf(path, PATH_MAX, "%.*s", (int)size, name);
	} else {
		bool is_here = strcmp(directory, ".") == 0;
		snapshot_stem(event_session_text(facts, SESSION_NAME), facts->event.tid, time(NULL),
			0, stem);
		length = snprintf(path, PATH_MAX, "%s%s%s", is_here ? "" : directory,
			is_here ? "" : "/", stem);
	}
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

int flight_write(struct flight *flight, const struct event_session *facts, bool has_ended,
	enum flight_cause cause, uint64_t matches, uint64_t now_ns, char text[FLIGHT_TEXT_MAX])
{
	char name[PATH_MAX];
	if (flight->is_writing) {
		snprintf(text, FLIGHT_TEXT_MAX, "The flight recorder is still being written");
		return -EBUSY;
	}
	int result = make_name(flight, facts, name);
	if (result == 0)
		result = recorder_copy(flight->recorder, name, now_ns, has_ended);
	if (result < 0) {
		snprintf(text, FLIGHT_TEXT_MAX, "The flight recorder cannot be written: %s",
			strerrordesc_np(-result));
		return result;
	}
	flight->is_writing = true;
	flight->cause = cause;
	if (cause == FLIGHT_WHEN)
		flight_schedule_written(&flight->schedule, matches, now_ns);
	snprintf(text, FLIGHT_TEXT_MAX, "The flight recorder is being written");
	return 0;
}

/* Says what has become of COPY. */
static void describe(
	const struct flight *flight, const struct ctf_memory_copy *copy, char text[FLIGHT_TEXT_MAX])
{
	char name[SHOWN_MAX], time[UNITS_MAX], size[UNITS_MAX], last[40] = "";
	const char *error = copy->error ? strerrordesc_np(-copy->error) : "";
	uint64_t kept_ns = copy->end_ns > copy->from_ns ? copy->end_ns - copy->from_ns : 0;
	text_escape(copy->path, strlen(copy->path), name, sizeof(name));
	units_time(kept_ns, time);
	units_number((double)copy->size, size);
	if (copy->pack_error) {
		snprintf(
			text, FLIGHT_TEXT_MAX, "cannot pack %s, which is written: %s", name, error);
		return;
	}
	if (copy->error && !copy->is_cut) {
		snprintf(text, FLIGHT_TEXT_MAX, "cannot write %s: %s", name, error);
		return;
	}
	if (flight->cause == FLIGHT_WHEN && !flight->schedule.left)
		snprintf(last, sizeof(last), "; it writes no more (--flight-count)");
	snprintf(text, FLIGHT_TEXT_MAX, "%swritten: %s, %sthe last %s (%sB)%s%s%s",
		flight->cause == FLIGHT_WHEN ? "--when: " : "", name,
		copy->error ? "but only " : "", time, size, copy->error ? ": " : "", error, last);
}

bool flight_run(struct flight *flight, char text[FLIGHT_TEXT_MAX])
{
	struct ctf_memory_status status;
	struct ctf_memory_copy copy;
	if (!flight->is_writing)
		return false;
	recorder_memory(flight->recorder, &status);
	if (status.done == flight->done)
		return false;
	recorder_last_copy(flight->recorder, &copy);
	flight->done = status.done;
	flight->is_writing = false;
	flight->written += !copy.error;
	flight->has_failed |= copy.error != 0;
	describe(flight, &copy, text);
	return true;
}

bool flight_is_writing(const struct flight *flight)
{
	return flight->is_writing;
}

bool flight_has_failed(const struct flight *flight)
{
	return flight->has_failed;
}

void flight_report(const struct flight *flight, uint64_t now_ns, struct flight_facts *facts)
{
	struct ctf_memory_status status;
	recorder_memory(flight->recorder, &status);
	*facts = (struct flight_facts){
		.kept_ns = status.from_ns && now_ns > status.from_ns ? now_ns - status.from_ns : 0,
		.size = status.size,
		.limit = flight->options->flight_size,
		.written = flight->written,
	};
}

struct flight *flight_new(const struct options *options, struct recorder *recorder)
{
	struct flight *flight = xcalloc(1, sizeof(*flight));
	flight->options = options;
	flight->recorder = recorder;
	flight->schedule = (struct flight_schedule){
		.keep_ns = options->flight_ns,
		.left = options->flight_count,
	};
	return flight;
}

void flight_free(struct flight *flight)
{
	xfree(flight);
}
