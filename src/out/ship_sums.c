/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Adds up calls for a shipper; see out/ship_sums.h. */
#include "config.h"

#include "out/ship_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/map.h"
#include "event/event.h"
#include "event/sink.h"
#include "event/tally.h"
#include "out/ship_source.h"

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

struct ship_sums {
	struct event_sink sink;
	struct ship_sums_config config;
	struct map sums;  /* of sum_key() */
	uint64_t from_ns; /* when the interval began; 0: not yet */
	uint64_t last_ns; /* the last event */
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
	char comm[TASK_COMM_SIZE];
	pid_t pid = ship_source_process(sums->config.source, tid, comm);
	struct sum *sum = find_sum(sums, sums->config.by_comm ? 0 : pid, comm, call);
	memcpy(sum->comm, comm, sizeof(sum->comm));
	return sum;
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
	struct ship_source *source = sums->config.source;
	struct sum *sum;
	if (!sums->from_ns)
		return;
	uint64_t until_ns = now_ns > sums->last_ns ? now_ns : sums->last_ns;
	struct ship_row row = {
		.kind = SHIP_SUM,
		.from_ns = ship_source_realtime(source, sums->from_ns),
		.time_ns = ship_source_realtime(source, until_ns),
	};
	MAP_FOR_EACH (&sums->sums, at, sum) {
		row.pid = sum->pid;
		row.call = sum->call;
		row.tally = &sum->tally;
		memcpy(row.comm, sum->comm, sizeof(row.comm));
		ship_source_put(source, &row, sum->tally.calls);
	}
	free_sums(sums);
	ship_source_flush(source, row.from_ns, row.time_ns);
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

static void take_exit(struct ship_sums *sums, const struct event *event)
{
	const struct event_exit *exit = (const struct event_exit *)event;
	if (ship_source_wants(sums->config.source, exit->call))
		tally_add(&sum_of(sums, event->tid, exit->call)->tally, &exit->outcome);
}

static void take_sum(struct ship_sums *sums, const struct event *event)
{
	const struct event_sum *sum = (const struct event_sum *)event;
	/* What says only where the time of calls went is not shipped. */
	if (sum->counts.calls && ship_source_wants(sums->config.source, sum->call))
		event_sum_add(sum, &sum_of(sums, event->tid, sum->call)->tally);
}

static void take(struct event_sink *sink, const struct event *event)
{
	static void (*const takers[EVENT_TYPES])(
		struct ship_sums * sums, const struct event *event) = {
		[EVENT_EXIT] = take_exit,
		[EVENT_SUM] = take_sum,
	};
	struct ship_sums *sums = (struct ship_sums *)sink;
	if (!takers[event->type])
		return;
	takers[event->type](sums, event);
	if (event->time_ns > sums->last_ns)
		sums->last_ns = event->time_ns;
	ship_sums_run(sums, event->time_ns);
}

struct ship_sums *ship_sums_new(const struct ship_sums_config *config)
{
	struct ship_sums *sums = xcalloc(1, sizeof(*sums));
	sums->sink.take = take;
	sums->config = *config;
	return sums;
}

void ship_sums_free(struct ship_sums *sums)
{
	if (!sums)
		return;
	free_sums(sums);
	free(sums);
}

struct event_sink *ship_sums_sink(struct ship_sums *sums)
{
	return &sums->sink;
}

static void ignore(struct event_sink *sink, const struct event *event)
{
	(void)sink, (void)event;
}

void ship_sums_abandon(struct ship_sums *sums)
{
	sums->sink.take = ignore;
}
