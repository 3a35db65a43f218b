/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds up calls for a shipper; see out/ship_sums.h. */
#include "config.h"

#include "out/ship_sums.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "abi/callset.h"
#include "base/alloc.h"
#include "base/map.h"
#include "base/text.h"
#include "base/time.h"
#include "event/event.h"
#include "event/redaction.h"
#include "event/sink.h"
#include "event/tally.h"
#include "out/json_text.h"
#include "out/ship_target.h"
#include "out/shipper.h"

/* So many rows at most wait for the end of an interval. */
#define SUMS_MAX  ((size_t)1 << 16)

/* Of the hash FNV-1a. */
#define FNV_PRIME UINT64_C(0x100000001b3)

/* Calls of an interval that one process has made, or all of one name. */
struct sum {
	struct call call;
	pid_t pid;                 /* 0: of several */
	char comm[TASK_COMM_SIZE]; /* of the process, when it made the last one */
	struct tally tally;
};

/* What is known about a task. */
struct task {
	pid_t pid;
	char comm[TASK_COMM_SIZE];
};

struct ship_sums {
	struct event_sink sink;
	struct ship_sums_config config;
	struct redaction *redaction;
	struct ship_origin origin;
	struct map tasks;   /* of tids */
	struct map sums;    /* of sum_key() */
	uint64_t clock_ns;  /* as in ship_sums_set_clock() */
	uint64_t from_ns;   /* when the interval began; 0: not yet */
	uint64_t last_ns;   /* the last event */
	uint64_t number;    /* of the next row */
	uint64_t lost_rows; /* as reported by the last SHIP_LOST */
	char text[SHIP_ROW_MAX];
};

/* Numbers of calls, also of requests of io_uring, have far fewer bits. */
static uint64_t sum_key(pid_t pid, struct call call)
{
	return (uint64_t)(uint32_t)pid << 32 | (uint64_t)(call.abi & 0xf) << 28 |
	       (call.nr & 0xfffffff);
}

/* The sum of PID, or of COMM, for CALL, added if there is none. */
static struct sum *find_sum(
	struct ship_sums *sums, pid_t pid, const char comm[TASK_COMM_SIZE], struct call call)
{
	uint64_t key = sum_key(pid, call);
	struct sum *sum;
	/* Keys of names are hashes: another name may have the same one. */
	for (size_t i = 0; sums->config.by_comm && i < TASK_COMM_SIZE; i++)
		key = (key ^ (unsigned char)comm[i]) * FNV_PRIME;
	while ((sum = map_get(&sums->sums, key)) != NULL && sums->config.by_comm &&
		(memcmp(sum->comm, comm, sizeof(sum->comm)) != 0 || sum->call.nr != call.nr ||
			sum->call.abi != call.abi))
		key++;
	if (sum)
		return sum;
	sum = xcalloc(1, sizeof(*sum));
	sum->call = call;
	sum->pid = pid;
	map_put(&sums->sums, key, sum);
	return sum;
}

static struct sum *sum_of(struct ship_sums *sums, pid_t tid, struct call call)
{
	static const char unknown[TASK_COMM_SIZE] = "?";
	const struct task *task = map_get(&sums->tasks, (uint64_t)tid);
	pid_t pid = task ? task->pid : tid;
	const struct task *leader = map_get(&sums->tasks, (uint64_t)pid);
	if (!leader)
		leader = task;
	const char *comm = leader ? leader->comm : unknown;
	struct sum *sum = find_sum(sums, sums->config.by_comm ? 0 : pid, comm, call);
	memcpy(sum->comm, comm, sizeof(sum->comm));
	return sum;
}

/* Names are compared as a whole. */
static void set_comm(struct task *task, const char comm[TASK_COMM_SIZE])
{
	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, comm, strnlen(comm, TASK_COMM_SIZE - 1));
}

/* Rows. */

static void put_row(struct ship_sums *sums, struct ship_row *row, uint64_t calls)
{
	struct json_text text = {sums->text, sizeof(sums->text), 0};
	row->origin = &sums->origin;
	row->number = sums->number++;
	sums->config.target->row(&text, row);
	shipper_put(sums->config.shipper, row->kind, sums->text, text.used, calls);
}

/* Says how much is missing so far, if that is more than before. */
static void put_lost(struct ship_sums *sums, struct ship_row *row)
{
	struct shipper_status status;
	shipper_status(sums->config.shipper, &status);
	row->kind = SHIP_LOST;
	row->lost_rows = status.dropped.rows + status.refused.rows;
	row->lost_calls = status.dropped.calls + status.refused.calls;
	if (row->lost_rows == sums->lost_rows)
		return;
	sums->lost_rows = row->lost_rows;
	put_row(sums, row, 0);
}

static void free_sums(struct ship_sums *sums)
{
	struct sum *sum;
	MAP_FOR_EACH (&sums->sums, at, sum) {
		tally_clear(&sum->tally);
		free(sum);
	}
	map_clear(&sums->sums);
}

void ship_sums_flush(struct ship_sums *sums, uint64_t now_ns)
{
	struct sum *sum;
	if (!sums->from_ns)
		return;
	uint64_t until_ns = now_ns > sums->last_ns ? now_ns : sums->last_ns;
	struct ship_row row = {
		.kind = SHIP_SUM,
		.from_ns = sums->from_ns + sums->clock_ns,
		.time_ns = until_ns + sums->clock_ns,
	};
	MAP_FOR_EACH (&sums->sums, at, sum) {
		row.pid = sum->pid;
		row.call = sum->call;
		row.tally = &sum->tally;
		memcpy(row.comm, sum->comm, sizeof(row.comm));
		put_row(sums, &row, sum->tally.calls);
	}
	free_sums(sums);
	put_lost(sums, &row);
	shipper_flush(sums->config.shipper);
	sums->from_ns = until_ns;
}

void ship_sums_run(struct ship_sums *sums, uint64_t now_ns)
{
	if (!sums->from_ns)
		sums->from_ns = now_ns;
	if (sums->sums.count >= SUMS_MAX ||
		(now_ns > sums->from_ns && now_ns - sums->from_ns >= sums->config.interval_ns))
		ship_sums_flush(sums, now_ns);
}

/* Events. */

static void take_task(struct ship_sums *sums, const struct event *event)
{
	const struct event_task *said = (const struct event_task *)event;
	struct task *task = map_get(&sums->tasks, (uint64_t)event->tid);
	if (!task) {
		task = xcalloc(1, sizeof(*task));
		map_put(&sums->tasks, (uint64_t)event->tid, task);
	}
	task->pid = said->tgid;
	set_comm(task, said->comm);
}

static void take_observed(struct ship_sums *sums, const struct event *event)
{
	const struct event_observed *observed = (const struct event_observed *)event;
	struct task *task = map_get(&sums->tasks, (uint64_t)event->tid);
	if (task && observed->has_name)
		set_comm(task, observed->comm);
}

static void take_gone(struct ship_sums *sums, const struct event *event)
{
	free(map_remove(&sums->tasks, (uint64_t)event->tid));
}

static bool is_wanted(const struct ship_sums *sums, struct call call)
{
	return !sums->config.set || callset_has(sums->config.set, call);
}

static void take_exit(struct ship_sums *sums, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	if (is_wanted(sums, exit->call))
		tally_add(&sum_of(sums, event->tid, exit->call)->tally, &exit->outcome);
}

static void take_sum(struct ship_sums *sums, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	if (is_wanted(sums, sum->call))
		event_sum_add(sum, &sum_of(sums, event->tid, sum->call)->tally);
}

static void take_session(struct ship_sums *sums, const struct event *event)
{
	struct ship_origin *origin = &sums->origin;
	const struct event_session *session = (const struct event_session *)redaction_apply(
		sums->redaction, event);
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
		struct ship_sums * sums, const struct event *event) = {
		[EVENT_TASK] = take_task,
		[EVENT_OBSERVED] = take_observed,
		[EVENT_GONE] = take_gone,
		[EVENT_EXIT] = take_exit,
		[EVENT_SUM] = take_sum,
		[EVENT_SESSION] = take_session,
	};
	struct ship_sums *sums = (struct ship_sums *)sink;
	if (!takers[event->type])
		return;
	takers[event->type](sums, event);
	if (event->time_ns > sums->last_ns)
		sums->last_ns = event->time_ns;
	ship_sums_run(sums, event->time_ns);
}

int ship_sums_new(const struct ship_sums_config *config, struct ship_sums **out)
{
	uint64_t session;
	if (getrandom(&session, sizeof(session), 0) != sizeof(session))
		return -EIO;
	struct ship_sums *sums = xcalloc(1, sizeof(*sums));
	sums->sink.take = take;
	sums->config = *config;
	sums->redaction = redaction_new(config->secrets, false);
	snprintf(sums->origin.session, sizeof(sums->origin.session), "%016" PRIx64, session);
	char host[SHIP_NAME_MAX] = "";
	gethostname(host, sizeof(host) - 1);
	text_escape(*host ? host : "?", sizeof(host), sums->origin.host, sizeof(sums->origin.host));
	*out = sums;
	return 0;
}

void ship_sums_free(struct ship_sums *sums)
{
	struct task *task;
	if (!sums)
		return;
	free_sums(sums);
	MAP_FOR_EACH (&sums->tasks, at, task)
		free(task);
	map_clear(&sums->tasks);
	redaction_free(sums->redaction);
	free(sums);
}

struct event_sink *ship_sums_sink(struct ship_sums *sums)
{
	return &sums->sink;
}

void ship_sums_set_clock(struct ship_sums *sums, uint64_t clock_ns)
{
	sums->clock_ns = clock_ns;
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void ship_sums_abandon(struct ship_sums *sums)
{
	sums->sink.take = ignore;
}
