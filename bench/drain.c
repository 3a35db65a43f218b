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
#include "model/model.h"

#define RING_SIZE (4 << 20) /* stop's default */
#define THREADS   64
#define KINDS     32 /* different calls */
#define BATCH     1000
#define MANY      10000 /* threads, to measure the memory of one */

struct world {
	struct ring *ring;
	struct interest interest;
	struct event_writer event_writer;
	struct model *model;
	struct tracee *tracees[THREADS];
	uint64_t events; /* written so far */
	uint64_t limit_ns;
	_Atomic bool done;
};

static struct tracee *add_tracee(struct world *world, pid_t tid)
{
	struct tracee *tracee = xcalloc(1, sizeof(*tracee));
	tracee->tid = tracee->tgid = tid;
	event_writer_task(&world->event_writer, tracee, clock_now_ns());
	return tracee;
}

/* Writes one call of one thread as the tracer does: two events. */
static void write_call(struct world *world, unsigned int turn, uint64_t now_ns)
{
	struct tracee *tracee = world->tracees[turn % THREADS];
	struct step enter = {.entered = true};
	tracee->phase = TRACEE_CALL;
	tracee->current = (struct current_call){
		.call = {.nr = turn * 7 % KINDS, .abi = ABI_NATIVE},
		.since_ns = now_ns,
	};
	event_writer_step(&world->event_writer, tracee, &enter, now_ns);
	struct step leave = {.ended = 1};
	leave.ends[0] = (struct ended_call){
		.call = tracee->current.call,
		.outcome = {.duration_ns = 1000 + turn % 100000},
	};
	tracee->phase = TRACEE_USER;
	event_writer_step(&world->event_writer, tracee, &leave, now_ns);
	world->events += 2;
}

static size_t pump(struct world *world)
{
	const struct event *event;
	size_t taken = 0;
	while ((event = ring_peek(world->ring))) {
		model_apply(world->model, event);
		ring_pop(world->ring);
		taken++;
	}
	return taken;
}

/* Writes calls in batches until the time is over; PUMPS: also consumes them. */
static uint64_t write_calls(struct world *world, bool pumps)
{
	uint64_t start_ns = clock_now_ns(), now_ns = start_ns;
	world->events = 0;
	for (unsigned int turn = 0; now_ns - start_ns < world->limit_ns; now_ns = clock_now_ns()) {
		for (int i = 0; i < BATCH; i++)
			write_call(world, turn++, now_ns);
		if (pumps)
			pump(world);
	}
	return now_ns - start_ns;
}

static void *consume(void *argument)
{
	struct world *world = argument;
	while (!atomic_load_explicit(&world->done, memory_order_acquire))
		pump(world);
	return NULL;
}

/* Only calls that were not summed up went through the ring as events. */
static double events_through_ring(const struct world *world, uint64_t lost)
{
	return (double)world->events - 2 * (double)lost;
}

int main(int argc, char **argv)
{
	static struct world world;
	double seconds = argc > 1 ? atof(argv[1]) : 1;
	world.limit_ns = (uint64_t)(seconds * (double)NS_PER_S);
	world.ring = ring_new(RING_SIZE);
	world.model = model_new(clock_now_ns(), NULL);
	interest_set_all(&world.interest, INTEREST_ARGS, true);
	event_writer_init(&world.event_writer, world.ring, RING_SIZE, &world.interest,
		eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	for (int i = 0; i < THREADS; i++)
		world.tracees[i] = add_tracee(&world, 1000 + i);
	double alone_ns = (double)write_calls(&world, true) / (double)world.events;

	pthread_t consumer;
	if (pthread_create(&consumer, NULL, consume, &world) != 0)
		return 1;
	double elapsed_ns = (double)write_calls(&world, false);
	atomic_store_explicit(&world.done, true, memory_order_release);
	pthread_join(consumer, NULL);
	uint64_t lost = atomic_load_explicit(
		&world.event_writer.details_lost, memory_order_relaxed);
	double together_ns = elapsed_ns / events_through_ring(&world, lost);

	event_writer_flush(&world.event_writer);
	pump(&world);
	size_t before = mallinfo2().uordblks;
	for (int i = 0; i < MANY; i++) {
		add_tracee(&world, 100000 + i);
		pump(&world);
	}
	printf("%.1f %.1f %.0f\n", alone_ns, together_ns,
		(double)(mallinfo2().uordblks - before) / MANY);
	return 0;
}
