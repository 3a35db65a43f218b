/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --ship; see app/shipping.h. */
#include "config.h"

#include "app/shipping.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/message.h"
#include "app/notes.h"
#include "app/options.h"
#include "app/session_state.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/time.h"
#include "base/units.h"
#include "event/interest.h"
#include "event/sink.h"
#include "model/model.h"
#include "out/ship_calls.h"
#include "out/ship_source.h"
#include "out/ship_sums.h"
#include "out/shipper.h"

/* How long to send what is left at the end. */
#define END_NS       (750 * NS_PER_MS)

/* Between two looks at whether it fails. */
#define LOOK_NS      (500 * NS_PER_MS)

#define PASSWORD_MAX 1024

struct shipping {
	const struct options *options;
	struct shipper *shipper;    /* owned */
	struct ship_source *source; /* owned */
	struct ship_sums *sums;     /* owned */
	struct ship_calls *calls;   /* owned; NULL: single calls are not shipped */
	char url[SHIP_URL_TEXT];    /* as it is shown */
	uint64_t look_ns;           /* when to look next */
	bool has_said;              /* that it fails */
	uint64_t said;              /* rows that were said to be missing */
};

static bool is_abandoned;

/* Reads the first line of the file PATH. Returns 0 or -errno: -EINVAL if it is no password. */
static int read_password(const char *path, char password[PASSWORD_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t size = read(fd, password, PASSWORD_MAX - 1);
	int result = size < 0 ? -errno : 0;
	close(fd);
	if (result < 0)
		return result;
	password[size] = '\0';
	password[strcspn(password, "\r\n")] = '\0';
	for (const char *at = password; *at; at++) {
		if ((unsigned char)*at < ' ' || *at == '\x7f')
			return -EINVAL;
	}
	return *password ? 0 : -EINVAL;
}

static int start(struct shipping *shipping, const char *password)
{
	const struct options *options = shipping->options;
	const struct shipper_config config = {
		.url = options->ship,
		.password = password,
		.limit = options->ship_buffer,
	};
	int result = shipper_new(&config, &shipping->shipper);
	if (result < 0)
		return result;
	const struct ship_source_config source = {
		.target = options->ship.target,
		.shipper = shipping->shipper,
		.set = options->set,
		.secrets = options->secrets,
		.with_data = options->with_data,
	};
	result = ship_source_new(&source, &shipping->source);
	if (result < 0)
		return result;
	const struct ship_sums_config sums = {
		.source = shipping->source,
		.interval_ns = options->ship_interval_ns,
		.by_comm = options->ship_by_comm,
	};
	shipping->sums = ship_sums_new(&sums);
	return 0;
}

int shipping_open(const struct options *options, struct shipping **out)
{
	char password[PASSWORD_MAX] = "", name[128];
	const char *path = options->ship_password;
	*out = NULL;
	if (!options->has_ship)
		return 0;
	int result = path ? read_password(path, password) : 0;
	if (result < 0) {
		message("cannot read the password from %s: %s",
			text_escape(path, strlen(path), name, sizeof(name)),
			result == -EINVAL ? "its first line is empty, or no text"
					  : strerrordesc_np(-result));
		return 1;
	}
	struct shipping *shipping = xcalloc(1, sizeof(*shipping));
	shipping->options = options;
	ship_url_text(&options->ship, shipping->url);
	result = start(shipping, path ? password : NULL);
	explicit_bzero(password, sizeof(password));
	*out = shipping;
	if (result == 0)
		return 0;
	message("cannot ship to %s: %s", shipping->url, strerrordesc_np(-result));
	return 1;
}

/* Ships single calls, too, and requests what a log of them would. */
static void attach_calls(struct shipping *shipping, struct session *session)
{
	static const enum interest_kind kinds[] = {
		INTEREST_DETAILS, INTEREST_NAMES, INTEREST_DATA, INTEREST_LOG};
	const struct options *options = shipping->options;
	const struct call_text_options text = {
		.string_max = options->string_max,
		.verbose = options->verbose,
		.namer = session->filtering.subjects.namer,
	};
	shipping->calls = ship_calls_new(shipping->source, &text);
	event_sinks_add(&session->sinks, ship_calls_sink(shipping->calls));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (options->set)
			interest_request(
				&session->interest, INTEREST_SHIPPING, kinds[i], options->set);
		else
			interest_request_all(&session->interest, INTEREST_SHIPPING, kinds[i], true);
	}
}

void shipping_attach(struct shipping *shipping, struct session *session, uint64_t clock_ns)
{
	if (!shipping)
		return;
	ship_source_set_clock(shipping->source, clock_ns);
	event_sinks_add(&session->sinks, ship_source_sink(shipping->source));
	event_sinks_add(&session->sinks, ship_sums_sink(shipping->sums));
	if (shipping->options->ship_calls)
		attach_calls(shipping, session);
}

/* Rows of both kinds. */
static uint64_t missing(const struct shipping *shipping, const struct shipper_status *status)
{
	return status->dropped.rows + status->refused.rows + status->dropped.details +
	       status->refused.details + ship_source_lost(shipping->source);
}

/* Writes what STATUS is about, "is failing: HTTP 503; 12 rows …". */
static void describe(const struct shipping *shipping, const struct shipper_status *status,
	char *text, size_t size)
{
	char rows[UNITS_MAX];
	int length = status->is_failing
	                     ? snprintf(text, size, "cannot ship to %s: %s; it is tried again",
				       shipping->url, status->why)
	                     : snprintf(text, size, "ships to %s", shipping->url);
	if (missing(shipping, status) && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, "; %s rows are missing there",
			units_grouped(missing(shipping, status), rows));
}

/* Tells the user of STATUS, on the screen and in reports, or by a message. */
static void report(
	struct shipping *shipping, struct session *session, const struct shipper_status *status)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = session_clock_ns(session)},
		.id = NOTE_SHIPPING,
		.count = status->is_failing || missing(shipping, status),
	};
	describe(shipping, status, note.text, sizeof(note.text));
	event_send(&session->sinks.sink, &note.event);
	if (shipping->options->mode == OPTIONS_INTERACTIVE)
		return;
	bool goes_on = shipping->has_said && !status->is_failing;
	if (status->is_failing != shipping->has_said ||
		(missing(shipping, status) && !shipping->said))
		message("%s%s", goes_on ? "goes on: " : "", note.text);
}

/* Looks whether shipping has begun to fail, or goes on. */
static void look(struct shipping *shipping, struct session *session)
{
	struct shipper_status status;
	uint64_t now_ns = clock_now_ns();
	if (now_ns < shipping->look_ns)
		return;
	shipping->look_ns = now_ns + LOOK_NS;
	shipper_status(shipping->shipper, &status);
	if (status.is_failing == shipping->has_said && missing(shipping, &status) == shipping->said)
		return;
	report(shipping, session, &status);
	shipping->has_said = status.is_failing;
	shipping->said = missing(shipping, &status);
}

void shipping_run(struct shipping *shipping, struct session *session, uint64_t clock_ns)
{
	if (!shipping)
		return;
	ship_source_set_clock(shipping->source, clock_ns);
	if (!session_is_replay(session))
		ship_sums_run(shipping->sums, clock_now_ns());
	look(shipping, session);
}

void shipping_finish(struct shipping *shipping, struct session *session)
{
	if (shipping)
		ship_sums_flush(shipping->sums, session_is_replay(session) ? 0 : clock_now_ns());
}

/* Says how many calls have no row, as they came faster than they could be taken. */
static void say_lost(const struct shipping *shipping)
{
	char calls[UNITS_MAX];
	uint64_t lost = shipping->source ? ship_source_lost(shipping->source) : 0;
	if (lost)
		message("%s %s not shipped as rows of their own: details came too fast",
			units_grouped(lost, calls), lost == 1 ? "call was" : "calls were");
}

/* Says how many COUNT were not shipped, and HOW that is. */
static void say_missing(const struct shipping *shipping, const struct ship_count *count,
	const char *how, const char *why)
{
	char rows[UNITS_MAX], calls[UNITS_MAX];
	if (count->details)
		message("%s %s to %s %s%s%s", units_grouped(count->details, rows),
			count->details == 1 ? "row of a single call" : "rows of single calls",
			shipping->url, how, *why ? ": " : "", why);
	if (count->rows)
		message("%s %s of %s %s to %s %s%s%s", units_grouped(count->rows, rows),
			count->rows == 1 ? "row" : "rows", units_grouped(count->calls, calls),
			count->calls == 1 ? "call" : "calls", shipping->url, how, *why ? ": " : "",
			why);
}

void shipping_close(struct shipping *shipping)
{
	struct shipper_status status = {0};
	if (!shipping)
		return;
	int result = shipping->shipper
	                     ? shipper_close(shipping->shipper, clock_now_ns() + END_NS, &status)
	                     : 0;
	is_abandoned |= result == -EAGAIN;
	say_missing(shipping, &status.refused, "were refused", status.why);
	say_missing(shipping, &status.dropped, "were dropped, as there was no room for more", "");
	say_missing(shipping, &status.waiting, "were not sent, or not answered", status.why);
	say_lost(shipping);
	free(shipping->calls);
	ship_sums_free(shipping->sums);
	ship_source_free(shipping->source);
	free(shipping);
}

void shipping_abandon(struct shipping *shipping)
{
	if (!shipping)
		return;
	ship_source_abandon(shipping->source);
	ship_sums_abandon(shipping->sums);
	if (shipping->calls)
		ship_calls_abandon(shipping->calls);
}

bool shipping_is_abandoned(void)
{
	return is_abandoned;
}
