/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures the path of events from the tracer through ring and model, and the memory per traced
 * thread.
 *
 *   drain [SECONDS]
 *
 * Prints: nanoseconds per event through event_writer, ring and model in one thread; the same with a
 * producer and a consumer thread, as in stop; bytes per thread in tracer and model.
 */
#include "config.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/world/world.h"
#include "model/model.h"

#define RING_SIZE (4 << 20) /* stop's default */
#define THREADS   64
#define KINDS     32 /* different calls */
#define BATCH     1000
#define MANY      10000 /* threads, to measure the memory of one */

struct bench {
	struct ring *ring;
	struct interest interest;
	struct event_writer event_writer;
	struct model *model;
	struct tracee *tracees[THREADS];
	uint64_t events; /* written so far */
	uint64_t limit_ns;
	_Atomic bool done;
};

static struct tracee *add_tracee(struct bench *bench, pid_t tid)
{
	struct tracee *tracee = xcalloc(1, sizeof(*tracee));
	tracee->tid = tracee->tgid = tid;
	event_writer_task(&bench->event_writer, tracee, clock_now_ns());
	return tracee;
}

/* Writes one call of one thread as the tracer does: two events. */
static void write_call(struct bench *bench, unsigned int turn, uint64_t now_ns)
{
	struct tracee *tracee = bench->tracees[turn % THREADS];
	struct step enter = {.entered = true};
	tracee->phase = TRACEE_CALL;
	tracee->current = (struct current_call){
		.call = {.nr = turn * 7 % KINDS, .abi = ABI_NATIVE},
		.since_ns = now_ns,
	};
	event_writer_step(&bench->event_writer, tracee, &enter, now_ns);
	struct step leave = {.ended = 1};
	leave.ends[0] = (struct ended_call){
		.call = tracee->current.call,
		.outcome = {.duration_ns = 1000 + turn % 100000},
	};
	tracee->phase = TRACEE_USER;
	event_writer_step(&bench->event_writer, tracee, &leave, now_ns);
	bench->events += 2;
}

static size_t pump(struct bench *bench)
{
	const struct event *event;
	size_t taken = 0;
	while ((event = ring_peek(bench->ring))) {
		model_apply(bench->model, event);
		ring_pop(bench->ring);
		taken++;
	}
	return taken;
}

/* Writes calls in batches until the time has expired; PUMPS: also consumes them. */
static uint64_t write_calls(struct bench *bench, bool pumps)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	bench->events = 0;
	for (unsigned int turn = 0; now_ns - start_ns < bench->limit_ns; now_ns = clock_now_ns()) {
		for (int i = 0; i < BATCH; i++)
			write_call(bench, turn++, now_ns);
		if (pumps)
			pump(bench);
	}
	return now_ns - start_ns;
}

static void *consume(void *argument)
{
	struct bench *bench = argument;
	while (!atomic_load_explicit(&bench->done, memory_order_acquire))
		pump(bench);
	return NULL;
}

/* Only calls that were not aggregated went through the ring as events. */
static double events_through_ring(const struct bench *bench, uint64_t lost)
{
	return (double)bench->events - 2 * (double)lost;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	bench.limit_ns = (uint64_t)(seconds * (double)NS_PER_S);
	bench.ring = ring_new(RING_SIZE);
	bench.model = model_new(clock_now_ns(), NULL);
	interest_set_all(&bench.interest, INTEREST_ARGS, true);
	event_writer_init(&bench.event_writer, world_kernel(), bench.ring, RING_SIZE,
		&bench.interest, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	for (int i = 0; i < THREADS; i++)
		bench.tracees[i] = add_tracee(&bench, 1000 + i);
	double alone_ns = (double)write_calls(&bench, true) / (double)bench.events;

	pthread_t consumer;
	if (pthread_create(&consumer, NULL, consume, &bench) != 0)
		return 1;
	double elapsed_ns = (double)write_calls(&bench, false);
	atomic_store_explicit(&bench.done, true, memory_order_release);
	pthread_join(consumer, NULL);
	uint64_t lost = atomic_load_explicit(
		&bench.event_writer.details_lost, memory_order_relaxed);
	double together_ns = elapsed_ns / events_through_ring(&bench, lost);

	event_writer_flush(&bench.event_writer);
	pump(&bench);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < MANY; i++) {
		add_tracee(&bench, 100000 + i);
		pump(&bench);
	}
	printf("%.1f %.1f %.0f\n", alone_ns, together_ns,
		(double)(mallinfo2().uordblks - before) / MANY);
	return 0;
}
