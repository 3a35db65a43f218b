/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reports say about a session; see app/facts.h. */
#include "config.h"

#include "app/facts.h"

#include <string.h>

#include "app/session_state.h"

/* What is known of nothing. */
static const char no_texts[SESSION_TEXTS];

static void take(struct event_sink *sink, const struct event *event)
{
	struct facts *facts = (struct facts *)sink;
	if (event->type == EVENT_SESSION && event_size(event) <= sizeof(facts->room))
		memcpy(&facts->event, event, event_size(event));
}

void facts_init(struct facts *facts)
{
	facts->sink.take = take;
	facts->event = (struct event_session){
		.event = {.type = EVENT_SESSION},
		.exit_code = -1,
		.size = SESSION_TEXTS,
	};
	memcpy(facts->event.texts, no_texts, sizeof(no_texts));
}

/* Appends TEXT to those of EVENT, as much of it as there is room for. */
static void add_text(struct event_session *event, const char *text)
{
	/* Each of the others needs a byte, too. */
	size_t size = strlen(text), room = EVENT_SESSION_TEXTS_MAX - SESSION_TEXTS - event->size;
	if (size > room)
		size = room;
	memcpy(event->texts + event->size, text, size);
	event->texts[event->size + size] = '\0';
	event->size += (uint32_t)size + 1;
}

/* What is known of SESSION now. */
static void describe(const struct session *session, struct event_session *event)
{
	const struct target *first = &session->first;
	const struct scope *scope = &session->scope;
	bool has_scope = scope->option != SCOPE_NONE;
	struct file_totals files;
	model_file_totals(session->model, &files);
	event->event.tid = first->tid;
	event->targets = first->is_command ? 1 : (uint32_t)session->named.count;
	event->capabilities = session->capabilities;
	event->is_command = first->is_command;
	event->awaits_successor = session->state == SESSION_WAITING;
	event->is_final = session->state == SESSION_LEFT || session->state == SESSION_LOST;
	event->exit_code = first->has_ended ? first->exit_code : -1;
	event->exit_signal = first->has_ended ? first->exit_signal : 0;
	event->files_since_ns = files.since_ns;
	add_text(event, has_scope ? scope->text : first->comm);
	add_text(event, first->command_line);
	add_text(event, has_scope ? scope_option_name(scope->option) + 2 : "");
	add_text(event, scope->cgroup.path);
	add_text(event, session->pump.class->name);
	add_text(event, session->engine_reason);
}

void facts_send(struct session *session, uint64_t time_ns)
{
	struct facts now = {.event.event = {.type = EVENT_SESSION}};
	struct facts *known = &session->facts;
	describe(session, &now.event);
	/* Apart from the time. */
	now.event.event.time_ns = known->event.event.time_ns;
	size_t size = event_size(&now.event.event);
	if (known->event.event.time_ns && size == event_size(&known->event.event) &&
		memcmp(&now.event, &known->event, size) == 0)
		return;
	now.event.event.time_ns = time_ns;
	memcpy(&known->event, &now.event, size);
	event_send(&session->sinks.sink, &known->event.event);
}

static const char *text_of(const struct facts *facts, enum session_text text)
{
	const char *found = event_session_text(&facts->event, text);
	return found[0] ? found : NULL;
}

void facts_report(const struct facts *facts, struct report_facts *report)
{
	const struct event_session *event = &facts->event;
	report->name = event_session_text(event, SESSION_NAME);
	report->scope = text_of(facts, SESSION_SCOPE);
	report->cgroup = text_of(facts, SESSION_CGROUP);
	report->command = text_of(facts, SESSION_COMMAND);
	report->pid = event->event.tid;
	report->targets = event->targets;
	report->engine = event_session_text(event, SESSION_ENGINE);
	report->engine_reason = text_of(facts, SESSION_REASON);
	report->awaits_successor = event->awaits_successor;
	report->final = event->is_final;
	report->exit_code = event->exit_code;
	report->exit_signal = event->exit_signal;
	report->is_command = event->is_command;
}
