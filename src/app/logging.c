/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --log; see app/logging.h. */
#include "config.h"

#include "app/logging.h"

#include <errno.h>
#include <string.h>

#include "abi/callset.h"
#include "app/message.h"
#include "app/options.h"
#include "app/session.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "event/filter.h"
#include "event/interest.h"
#include "out/file.h"
#include "out/log.h"
#include "out/log_tail.h"

/* Between two looks at what is written. */
#define LOOK_NS     (20 * NS_PER_MS)

/* How long to wait for the end of the thread that writes. */
#define END_NS      NS_PER_S

/* After the user has asked to end, how long the file may accept nothing. */
#define PATIENCE_NS (500 * NS_PER_MS)

/* A thread that never returns from a write(2) still uses its log. */
static bool is_abandoned;

/* The name of the log, as the user knows it. */
static const char *name_of(const struct options *options, char buf[128])
{
	if (strcmp(options->log, "-") == 0)
		return "standard output";
	return text_escape(options->log, strlen(options->log), buf, 128);
}

int logging_open(const struct options *options, struct log **out)
{
	char name[128];
	*out = NULL;
	if (!options->log)
		return 0;
	const struct log_options log = {
		.text =
			{
				.string_max = options->string_max,
				.verbose = options->verbose,
			},
		.format = options->log_format,
		.clock = options->log_clock,
		.secrets = options->secrets,
		.with_data = options->with_data,
		.filter = options->filter,
		.buffer = options->log_buffer,
	};
	int result;
	if (options->log_split) {
		result = log_new_split(options->log, &log, out);
	} else {
		int fd = file_open_descriptor(options->log);
		result = fd < 0 ? fd : log_new(fd, &log, out);
	}
	if (result == 0) {
		log_flush(*out);
		return 0;
	}
	message("cannot open the log %s: %s", name_of(options, name), strerrordesc_np(-result));
	return 1;
}

/* The log on the screen. */

struct log_tail *logging_new_tail(const struct options *options, struct descriptor_namer *namer)
{
	const struct call_text_options text = {
		.string_max = options->string_max,
		.verbose = options->verbose,
		.namer = namer,
	};
	return log_tail_new(&text);
}

void logging_request_signals(struct interest *interest)
{
	struct callset *set;
	if (callset_parse("?kill,?tkill,?tgkill,?rt_sigqueueinfo,?rt_tgsigqueueinfo,"
			  "?pidfd_send_signal",
		    &set, NULL) < 0)
		return;
	interest_request(interest, INTEREST_SIGNALS, INTEREST_DETAILS, set);
	callset_free(set);
}

void logging_follow(
	struct interest *interest, struct log_tail *tail, const struct log_subject *subject)
{
	static const enum interest_kind kinds[] = {
		INTEREST_DETAILS, INTEREST_DATA, INTEREST_PROGRESS};
	static const enum log_scope wide[] = {LOG_ALL, LOG_PROCESS, LOG_FILE};
	pid_t tid = subject->scope == LOG_THREAD ? subject->tid : 0;
	bool is_wide = false;
	if (!log_tail_follow(tail, subject))
		return;
	for (size_t i = 0; i < sizeof(wide) / sizeof(*wide); i++)
		is_wide |= subject->scope == wide[i];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		interest_request_all(interest, INTEREST_LOG_PANE, kinds[i], is_wide);
		if (subject->scope == LOG_CALL)
			interest_request_call(
				interest, INTEREST_LOG_PANE, kinds[i], subject->call, true);
	}
	atomic_store_explicit(&interest->details_of, tid, memory_order_relaxed);
}

void logging_request(const struct options *options, struct interest *interest)
{
	static const enum interest_kind kinds[] = {
		INTEREST_DETAILS, INTEREST_NAMES, INTEREST_DATA, INTEREST_LOG};
	atomic_store_explicit(
		&interest->string_max, (uint32_t)options->string_max, memory_order_relaxed);
	atomic_store_explicit(&interest->verbose, options->verbose, memory_order_relaxed);
	/* Rare, and counted from the beginning where they may be looked at. */
	atomic_store_explicit(&interest->signals,
		options->log || options->mode == OPTIONS_INTERACTIVE, memory_order_relaxed);
	if (!options->log)
		return;
	struct callset *possible = options->filter ? filter_possible(options->filter) : NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (possible)
			interest_request(interest, INTEREST_LOG_FILE, kinds[i], possible);
		else
			interest_request_all(interest, INTEREST_LOG_FILE, kinds[i], true);
	}
	callset_free(possible);
	const struct filter *filter = options->filter;
	interest_set_filters(interest, INTEREST_LOG_FILE, &filter, filter != NULL);
}

void logging_warn(const struct options *options, const struct log *log)
{
	char name[128];
	if (log && options->log_waits && log_has_reader(log))
		message("--log-wait: whoever reads the log from %s can stop the target: it waits "
			"while nothing is read",
			name_of(options, name));
}

void logging_finish(struct session *session, struct log *log)
{
	uint64_t progress_ns = clock_now_ns(), before = 0;
	if (!log)
		return;
	for (;;) {
		log_flush(log);
		if (log_is_written(log))
			return;
		bool is_ending = session_has_to_end(session);
		uint64_t now_ns = clock_now_ns(), written = log_written(log);
		if (written > before || !is_ending)
			progress_ns = now_ns;
		before = written;
		if (now_ns - progress_ns > PATIENCE_NS)
			return;
		unsigned int news = session_wait(session, now_ns + LOOK_NS, -1, 0);
		if (news & SESSION_LEAVE && is_ending)
			return;
	}
}

int logging_close(const struct options *options, struct log *log)
{
	char name[128], calls[UNITS_MAX];
	if (!log)
		return 0;
	uint64_t lost = log_lost(log), unknown = log_unknown(log);
	int result = log_close(log, clock_now_ns() + END_NS);
	is_abandoned |= result == -EAGAIN;
	if (result == -EAGAIN)
		message("the end of the log is missing: %s takes nothing", name_of(options, name));
	else if (result < 0)
		message("cannot write the log to %s: %s; what follows is missing",
			name_of(options, name), strerrordesc_np(-result));
	else if (lost)
		message("%s calls were not logged: the log could not be written as fast as they "
			"came (--log-wait makes the target wait)",
			units_grouped(lost, calls));
	else if (unknown)
		message("%s calls were not logged: it is not known whether the filter selects them",
			units_grouped(unknown, calls));
	return result < 0;
}

bool logging_is_abandoned(void)
{
	return is_abandoned;
}
