/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reports of a session; see app/session.h. */
#include "config.h"

#include "app/session.h"

#include "app/facts.h"
#include "app/notes.h"
#include "app/options.h"
#include "app/recording.h"
#include "app/serving.h"
#include "app/session_state.h"
#include "app/stackwatch.h"
#include "base/time.h"
#include "event/event.h"
#include "event/sink.h"
#include "model/model.h"
#include "out/exporter.h"
#include "out/file_column.h"
#include "out/log.h"
#include "out/program_column.h"
#include "out/report.h"

/* Says when the report of an interval is made: after all that it shows. */
static void send_frame(struct session *session)
{
	struct event_frame frame = {
		.event = {.type = EVENT_FRAME, .time_ns = session->now_ns},
		.realtime_ns = (uint64_t)session->time.tv_sec * NS_PER_S +
	                       (uint64_t)session->time.tv_nsec,
	};
	if (session->is_tick)
		event_send(&session->sinks.sink, &frame.event);
	session->is_tick = false;
}

/* Observes what only VIEW shows, and sends what reports depend on. */
static void complete_events(
	struct session *session, const struct report_view *view, const struct stacks_stats *stats)
{
	session_observe_stacks(session, view);
	stackwatch_send_notes(&session->stackwatch, session->now_ns, &session->sinks.sink);
	stackwatch_send_stats(&session->stackwatch, stats, session->now_ns, &session->sinks.sink);
	facts_send(session, session->now_ns);
	send_frame(session);
}

/* What reports say about SESSION beside its model. */
static void collect_facts(const struct session *session, struct report_facts *facts)
{
	*facts = (struct report_facts){.time = session->time, .now_ns = session->now_ns};
	facts_report(&session->facts, facts);
	facts->secrets = session->config->options->secrets;
	facts->served = serving_url(session->config->serving);
	if (session->config->log) {
		facts->has_log = true;
		facts->not_logged = log_lost(session->config->log);
		facts->not_selected = log_unknown(session->config->log);
	}
	recording_report(session->config->recording, facts);
	stackwatch_stats(&session->stackwatch, &facts->stacks);
}

/* Says what a report of VIEW lacks because it was not recorded. */
static void note_played(struct session *session, const struct report_view *view)
{
	struct event_note note = {
		.event = {.type = EVENT_NOTE, .time_ns = session->now_ns},
		.id = NOTE_STACKS_UNRECORDED,
		.count = 1,
		.text = "the recording has no stacks: record them with --record-detail=stacks",
	};
	stackwatch_send_notes(&session->stackwatch, session->now_ns, &session->sinks.sink);
	if (view->stacks && stackwatch_lacks_stacks(&session->stackwatch))
		event_send(&session->sinks.sink, &note.event);
}

struct report *session_report(struct session *session, const struct report_view *view)
{
	struct report_view filtered = *view;
	struct report_facts facts;
	struct stacks_stats stacks;
	/* A view without this text is one of everything. */
	filtered.selection = view->set_text && !view->filter.set ? session->filtering.selection
	                                                         : NULL;
	/* What is sent of stacks, for the replay, is what the report says. */
	stackwatch_stats(&session->stackwatch, &stacks);
	if (session->config->replay)
		note_played(session, view);
	else
		complete_events(session, view, &stacks);
	collect_facts(session, &facts);
	facts.stacks = stacks;
	return report_new(session->model, &facts, &filtered);
}

struct report *session_report_all(struct session *session)
{
	const struct options *options = session->config->options;
	const struct report_view all = {
		.order = options->order,
		.stacks = true,
		.files = options->page || options->has_serve || session_follows_files(session),
		.programs = true,
		.program_order = program_order_default(PROGRAM_COLUMN_START),
		.file_grouping = options->file_grouping,
		.file_order = file_order_default(FILE_COLUMN_SHARE),
	};
	struct report *report = session_report(session, &all);
	report->view.stacks = report->stack_count > 0;
	return report;
}

struct report *session_report_now(struct session *session)
{
	const struct options *options = session->config->options;
	const uint64_t now_ns = session->now_ns;
	const struct timespec time = session->time;
	const bool is_tick = session->is_tick;
	session->is_tick = false;
	if (session->config->replay || session->state != SESSION_RUNNING)
		session_take_time(session);
	else if (options->mode == OPTIONS_SUMMARY)
		session_tick(session);
	else
		session_refresh(session);
	session_observe_waiting(session, exporters[EXPORTER_JSON].waits[EXPORT_SNAPSHOT]);
	struct report *report = session_report_all(session);
	session->now_ns = now_ns;
	session->time = time;
	session->is_tick = is_tick;
	return report;
}

struct report *session_report_counts(struct session *session)
{
	const struct options *options = session->config->options;
	struct report_view view = {.order = options->order};
	const uint64_t now_ns = session->now_ns;
	const struct timespec time = session->time;
	struct report_facts facts;
	/* On the screen, what is selected changes, and counters would start again. */
	if (options->mode != OPTIONS_INTERACTIVE) {
		view.filter.set = options->set;
		view.selection = session->filtering.selection;
	}
	session_take_time(session);
	collect_facts(session, &facts);
	session->now_ns = now_ns;
	session->time = time;
	return report_new_counts(session->model, &facts, &view);
}

void session_describe(
	struct session *session, struct report *report, const struct report_subject *subject)
{
	/* The one that it was made of may be gone. */
	if (report->view.selection)
		report->view.selection = session->filtering.selection;
	report_describe(report, session->model, subject);
}

void session_refresh_report(struct session *session, struct report *report)
{
	report_refresh_observed(report, session->model);
}
