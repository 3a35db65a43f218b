/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --record; see app/recording.h. */
#include "config.h"

#include "app/recording.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "app/message.h"
#include "app/options.h"
#include "app/session.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "event/interest.h"
#include "out/recorder.h"

/* Size of the buffer between the session and the disk. */
#define BUFFER      ((size_t)64 << 20)

/* Between two looks at what is written. */
#define LOOK_NS     (20 * NS_PER_MS)

/* How long to wait for the end of the thread that writes. */
#define END_NS      NS_PER_S

/* How long the disk may accept nothing. */
#define PATIENCE_NS (2 * NS_PER_S)

#define SUFFIX      ".ctf"

static bool is_abandoned;

/* The directory of the recording; its name always ends in the same way. */
static const char *path_of(const struct options *options, char path[PATH_MAX])
{
	size_t size = strlen(options->record), suffix = strlen(SUFFIX);
	bool has_suffix = size > suffix && strcmp(options->record + size - suffix, SUFFIX) == 0;
	snprintf(path, PATH_MAX, "%s%s", options->record, has_suffix ? "" : SUFFIX);
	return path;
}

static const char *name_of(const struct options *options, char buf[128])
{
	char path[PATH_MAX];
	path_of(options, path);
	return text_escape(path, strlen(path), buf, 128);
}

int recording_open(const struct options *options, struct recorder **out)
{
	char path[PATH_MAX], name[128];
	*out = NULL;
	if (!options->record)
		return 0;
	const struct recorder_options recorder = {
		.path = path_of(options, path),
		.command = options->command,
		.buffer = BUFFER,
		.strings = options->record_detail & RECORD_STRINGS,
		.secrets = options->secrets,
		.with_data = options->with_data,
	};
	int result = strlen(options->record) + sizeof(SUFFIX) > sizeof(path)
	                     ? -ENAMETOOLONG
	                     : recorder_new(&recorder, out);
	if (result == 0)
		return 0;
	message("cannot create the recording %s: %s", name_of(options, name),
		result == -EEXIST ? "it exists already" : strerrordesc_np(-result));
	return 1;
}

void recording_request(const struct options *options, struct interest *interest)
{
	static const enum interest_kind kinds[] = {INTEREST_DETAILS, INTEREST_NAMES, INTEREST_DATA};
	if (!options->record || !(options->record_detail & RECORD_STRINGS))
		return;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		interest_request_all(interest, INTEREST_RECORDING, kinds[i], true);
	atomic_store_explicit(&interest->signals, true, memory_order_relaxed);
}

void recording_finish(struct session *session, struct recorder *recorder)
{
	uint64_t progress_ns = clock_now_ns(), before = 0;
	if (!recorder)
		return;
	recorder_flush_all(recorder);
	while (!recorder_is_written(recorder)) {
		uint64_t now_ns = clock_now_ns(), written = recorder_written(recorder);
		if (written > before)
			progress_ns = now_ns;
		before = written;
		if (now_ns - progress_ns > PATIENCE_NS ||
			session_wait(session, now_ns + LOOK_NS, -1, 0) & SESSION_LEAVE)
			return;
		recorder_flush_all(recorder);
	}
}

int recording_close(const struct options *options, struct recorder *recorder)
{
	char name[128], events[UNITS_MAX];
	if (!recorder)
		return 0;
	uint64_t discarded = recorder_discarded(recorder);
	int result = recorder_close(recorder, clock_now_ns() + END_NS);
	is_abandoned |= result == -EAGAIN;
	if (result == -EAGAIN)
		message("the end of the recording is missing: %s takes nothing",
			name_of(options, name));
	else if (result < 0)
		message("cannot write the recording %s: %s; what follows is missing",
			name_of(options, name), strerrordesc_np(-result));
	else if (discarded)
		message("%s events were not recorded: %s could not be written as fast as they came",
			units_grouped(discarded, events), name_of(options, name));
	return result < 0 || discarded;
}

bool recording_is_abandoned(void)
{
	return is_abandoned;
}
