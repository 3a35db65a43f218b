/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where rows come from; see out/ship_source.h. */
#include "config.h"

#include "out/ship_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "abi/callset.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "event/event.h"
#include "event/redaction.h"
#include "event/sink.h"
#include "out/json_text.h"
#include "out/ship_target.h"
#include "out/shipper.h"

/* What is known about a task. */
struct task {
	pid_t pid;
	char comm[TASK_COMM_SIZE];
};

/* What is missing, as in the last SHIP_LOST. */
struct missing {
	uint64_t rows, details;
};

struct ship_source {
	struct event_sink sink;
	struct ship_source_config config;
	struct redaction *redaction;
	struct ship_origin origin;
	struct map tasks;      /* of tids */
	uint64_t clock_ns;     /* as in ship_source_set_clock() */
	uint64_t number;       /* of the next row */
	uint64_t lost_details; /* as in ship_source_add_lost() */
	struct missing said;
	char text[SHIP_ROW_MAX];
};

bool ship_source_wants(const struct ship_source *source, struct call call)
{
	return !source->config.set || callset_has(source->config.set, call);
}

pid_t ship_source_process(const struct ship_source *source, pid_t tid, char comm[TASK_COMM_SIZE])
{
	static const char unknown[TASK_COMM_SIZE] = "?";
	const struct task *task = map_get(&source->tasks, (uint64_t)tid);
	pid_t pid = task ? task->pid : tid;
	const struct task *leader = map_get(&source->tasks, (uint64_t)pid);
	if (!leader)
		leader = task;
	memcpy(comm, leader ? leader->comm : unknown, TASK_COMM_SIZE);
	return pid;
}

uint64_t ship_source_realtime(const struct ship_source *source, uint64_t time_ns)
{
	return time_ns + source->clock_ns;
}

const struct event *ship_source_redact(struct ship_source *source, const struct event *event)
{
	return redaction_apply(source->redaction, event);
}

/* Rows. */

void ship_source_put(struct ship_source *source, struct ship_row *row, uint64_t calls)
{
	struct json_text text = {source->text, sizeof(source->text), 0};
	row->origin = &source->origin;
	row->number = source->number++;
	source->config.target->row(&text, row);
	shipper_put(source->config.shipper, row->kind, source->text, text.used, calls);
}

void ship_source_add_lost(struct ship_source *source, uint64_t count)
{
	source->lost_details += count;
}

uint64_t ship_source_lost(const struct ship_source *source)
{
	return source->lost_details;
}

void ship_source_flush(struct ship_source *source, uint64_t from_ns, uint64_t until_ns)
{
	struct shipper_status status;
	shipper_status(source->config.shipper, &status);
	struct ship_row row = {
		.kind = SHIP_LOST,
		.from_ns = from_ns,
		.time_ns = until_ns,
		.lost_rows = status.dropped.rows + status.refused.rows,
		.lost_calls = status.dropped.calls + status.refused.calls,
		.lost_details = status.dropped.details + status.refused.details +
	                        source->lost_details,
	};
	const struct missing missing = {row.lost_rows, row.lost_details};
	if (missing.rows != source->said.rows || missing.details != source->said.details)
		ship_source_put(source, &row, 0);
	source->said = missing;
	shipper_flush(source->config.shipper);
}

/* Events. */

/* Names are compared as a whole. */
static void set_comm(struct task *task, const char comm[TASK_COMM_SIZE])
{
	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, comm, strnlen(comm, TASK_COMM_SIZE - 1));
}

static void take_task(struct ship_source *source, const struct event *event)
{
	const struct event_task *said = (const struct event_task *)event;
	struct task *task = map_get(&source->tasks, (uint64_t)event->tid);
	if (!task) {
		task = xcalloc(1, sizeof(*task));
		map_put(&source->tasks, (uint64_t)event->tid, task);
	}
	task->pid = said->tgid;
	set_comm(task, said->comm);
}

static void take_observed(struct ship_source *source, const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	struct task *task = map_get(&source->tasks, (uint64_t)event->tid);
	if (task && observed->has_name)
		set_comm(task, observed->comm);
}

static void take_gone(struct ship_source *source, const struct event *event)
{
	free(map_remove(&source->tasks, (uint64_t)event->tid));
}

static void take_session(struct ship_source *source, const struct event *event)
{
	struct ship_origin *origin = &source->origin;
	const struct event_session *session = (const struct event_session *)redaction_apply(
		source->redaction, event);
	const struct {
		enum session_text text;
		char *to;
		size_t size;
	} texts[] = {
		{SESSION_NAME, origin->target, sizeof(origin->target)},
		{SESSION_COMMAND, origin->command, sizeof(origin->command)},
		{SESSION_ENGINE, origin->engine, sizeof(origin->engine)},
	};
	origin->pid = event->tid;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		const char *text = event_session_text(session, texts[i].text);
		text_escape(text, strlen(text), texts[i].to, texts[i].size);
	}
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(
		struct ship_source * source, const struct event *event) = {
		[EVENT_TASK] = take_task,
		[EVENT_OBSERVED] = take_observed,
		[EVENT_GONE] = take_gone,
		[EVENT_SESSION] = take_session,
	};
	if (takers[event->type])
		takers[event->type]((struct ship_source *)sink, event);
}

int ship_source_new(const struct ship_source_config *config, struct ship_source **out)
{
	uint64_t session;
	if (getrandom(&session, sizeof(session), 0) != sizeof(session))
		return -EIO;
	struct ship_source *source = xcalloc(1, sizeof(*source));
	struct ship_origin *origin = &source->origin;
	source->sink.take = take;
	source->config = *config;
	source->redaction = redaction_new(config->secrets, config->with_data);
	snprintf(origin->session, sizeof(origin->session), "%016" PRIx64, session);
	char host[SHIP_NAME_MAX] = "";
	gethostname(host, sizeof(host) - 1);
	text_escape(*host ? host : "?", sizeof(host), origin->host, sizeof(origin->host));
	*out = source;
	return 0;
}

void ship_source_free(struct ship_source *source)
{
	struct task *task;
	if (!source)
		return;
	MAP_FOR_EACH (&source->tasks, at, task)
		free(task);
	map_clear(&source->tasks);
	redaction_free(source->redaction);
	free(source);
}

struct event_sink *ship_source_sink(struct ship_source *source)
{
	return &source->sink;
}

void ship_source_set_clock(struct ship_source *source, uint64_t clock_ns)
{
	source->clock_ns = clock_ns;
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void ship_source_abandon(struct ship_source *source)
{
	source->sink.take = ignore;
}
