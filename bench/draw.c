/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures the CPU time of the drawing thread: a second thread writes events for a given rate of
 * calls and number of threads, as the tracer does, and they are displayed in a pseudo-terminal.
 *
 *   draw [-r CALLS] [-t THREADS] [-s SECONDS] [-g COLUMNSxROWS] [-d DELAY]
 *     -r  calls per second (100000)
 *     -t  threads that make them, in turn (1000)
 *     -s  duration (10)
 *     -g  the terminal's size (160x50)
 *     -d  seconds between two frames (1)
 *
 * Prints: its share of a CPU in percent; of that, consuming events and drawing frames; the calls
 * per second that were counted; bytes per second to the terminal. /proc is not read because the
 * threads do not exist; bench/keys.py measures the whole program.
 */
#include "config.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "engine/ptrace/event_writer.h"
#include "engine/ptrace/world/world.h"
#include "model/model.h"
#include "ui/screen.h"
#include "ui/terminal.h"

/* The default of --ring: RING_DEFAULT of src/app/options.c. */
#define RING_SIZE   (4 << 20)
#define PUMP_MS     50

#define KINDS       32              /* different calls */
#define ERROR_EVERY 10              /* one in this number of calls fails */
#define STEP_NS     (1 * NS_PER_MS) /* interval at which calls arrive, several at once */

struct bench {
	struct ring *ring;
	struct interest interest;
	struct event_writer event_writer;
	struct model *model;
	struct tracee **tracees;
	uint64_t calls; /* per second */
	unsigned int threads;
	double seconds, delay;
	int rows, columns;
	int wake_fd;
	int master;
	_Atomic bool done;
	_Atomic uint64_t bytes; /* written to the terminal */
};

/* Writes one call of one thread as the tracer does. */
static void write_call(struct bench *bench, unsigned int turn, uint64_t now_ns)
{
	struct tracee *tracee = bench->tracees[turn % bench->threads];
	uint64_t duration_ns = 1000 + turn * 7919 % 100000;
	struct current_call call = {
		.call = {.nr = turn * 7 % KINDS, .abi = ABI_NATIVE},
		.since_ns = now_ns - duration_ns,
	};
	struct step enter = {.entered = true};
	tracee->phase = TRACEE_CALL;
	tracee->current = call;
	event_writer_step(&bench->event_writer, tracee, &enter, now_ns - duration_ns);
	struct step leave = {.ended = 1};
	leave.ends[0].call = call.call;
	leave.ends[0].outcome.duration_ns = duration_ns;
	leave.ends[0].outcome.err = turn % ERROR_EVERY == 0 ? EAGAIN : 0;
	tracee->phase = TRACEE_USER;
	event_writer_step(&bench->event_writer, tracee, &leave, now_ns);
}

static void *write_calls(void *argument)
{
	struct bench *bench = argument;
	uint64_t start_ns = clock_now_ns(), written = 0;
	while (!atomic_load_explicit(&bench->done, memory_order_relaxed)) {
		nanosleep(&(struct timespec){.tv_nsec = STEP_NS}, NULL);
		uint64_t now_ns = clock_now_ns();
		uint64_t due = (now_ns - start_ns) / 1000 * bench->calls / 1000000;
		while (written < due)
			write_call(bench, (unsigned int)written++, now_ns);
		event_writer_flush(&bench->event_writer);
	}
	return NULL;
}

/* The terminal's other end. */
static void *read_terminal(void *argument)
{
	struct bench *bench = argument;
	char buf[65536];
	for (ssize_t got; (got = read(bench->master, buf, sizeof(buf))) > 0;)
		atomic_fetch_add_explicit(&bench->bytes, (uint64_t)got, memory_order_relaxed);
	return NULL;
}

static uint64_t cpu_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void pump(struct bench *bench)
{
	for (const struct event *event; (event = ring_peek(bench->ring));) {
		model_apply(bench->model, event);
		ring_pop(bench->ring);
	}
}

struct shown {
	struct screen *screen;
	struct terminal *terminal;
	struct canvas *canvas;
	struct report *report;
};

static void show(struct bench *bench, struct shown *shown)
{
	struct report_facts facts = {.now_ns = clock_now_ns(),
		.name = "draw",
		.pid = 1000,
		.targets = 1,
		.engine = "none"};
	clock_gettime(CLOCK_REALTIME, &facts.time);
	model_tick(bench->model, facts.now_ns);
	struct report *report = report_new(bench->model, &facts, screen_view(shown->screen));
	screen_update(shown->screen, report);
	report_free(shown->report);
	shown->report = report;
	screen_draw(shown->screen, shown->canvas);
	terminal_flush(shown->terminal, shown->canvas);
}

/* Replaces standard input and output by a terminal. Returns the former standard output. */
static FILE *make_terminal(struct bench *bench)
{
	int slave;
	struct winsize size = {
		.ws_row = (unsigned short)bench->rows, .ws_col = (unsigned short)bench->columns};
	FILE *out = fdopen(dup(STDOUT_FILENO), "w");
	if (!out || openpty(&bench->master, &slave, NULL, NULL, &size) < 0)
		return NULL;
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	setenv("TERM", "xterm-256color", 1);
	return out;
}

static bool read_options(struct bench *bench, int argc, char **argv)
{
	int option;
	*bench = (struct bench){.calls = 100000,
		.threads = 1000,
		.seconds = 10,
		.delay = 1,
		.rows = 50,
		.columns = 160};
	while ((option = getopt(argc, argv, "r:t:s:g:d:")) != -1) {
		if (option == 'r')
			bench->calls = strtoull(optarg, NULL, 10);
		else if (option == 't')
			bench->threads = (unsigned int)atoi(optarg);
		else if (option == 's')
			bench->seconds = atof(optarg);
		else if (option == 'd')
			bench->delay = atof(optarg);
		else if (option != 'g' ||
			 sscanf(optarg, "%dx%d", &bench->columns, &bench->rows) != 2)
			return false;
	}
	return bench->threads > 0;
}

static void make_tracees(struct bench *bench)
{
	bench->ring = ring_new(RING_SIZE);
	bench->model = model_new(clock_now_ns(), NULL);
	bench->tracees = xcalloc(bench->threads, sizeof(*bench->tracees));
	bench->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	interest_set_all(&bench->interest, INTEREST_ARGS, true);
	event_writer_init(&bench->event_writer, world_kernel(), bench->ring, RING_SIZE,
		&bench->interest, bench->wake_fd);
	for (unsigned int i = 0; i < bench->threads; i++) {
		bench->tracees[i] = xcalloc(1, sizeof(**bench->tracees));
		bench->tracees[i]->tid = 1000 + (pid_t)i;
		bench->tracees[i]->tgid = 1000;
		event_writer_task(&bench->event_writer, bench->tracees[i], clock_now_ns());
	}
}

static bool open_screen(struct bench *bench, struct shown *shown)
{
	char reason[256];
	struct settings settings = {.delay_ns = NS_PER_S, .theme = THEME_DARK};
	struct report_view view = {.order = call_order_default(COLUMN_TOTAL)};
	if (terminal_open(&shown->terminal, reason, sizeof(reason)) < 0)
		return false;
	terminal_resize(shown->terminal, &bench->rows, &bench->columns);
	shown->screen = screen_new(&view, &settings);
	shown->canvas = canvas_new(bench->rows, bench->columns);
	return true;
}

/* Consumes and draws until the time is over. Returns the CPU time of the frames. */
static uint64_t draw(struct bench *bench, struct shown *shown)
{
	uint64_t start_ns = clock_now_ns(), frame_ns = start_ns, frames_ns = 0, now_ns;
	uint64_t end_ns = start_ns + (uint64_t)(bench->seconds * (double)NS_PER_S);
	while ((now_ns = clock_now_ns()) < end_ns) {
		struct pollfd wake = {.fd = bench->wake_fd, .events = POLLIN};
		uint64_t woken;
		if (poll(&wake, 1, PUMP_MS) > 0 && read(bench->wake_fd, &woken, sizeof(woken)) < 0)
			break;
		pump(bench);
		if (now_ns < frame_ns)
			continue;
		frame_ns += (uint64_t)(bench->delay * (double)NS_PER_S);
		uint64_t before_ns = cpu_ns();
		show(bench, shown);
		frames_ns += cpu_ns() - before_ns;
	}
	return frames_ns;
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct shown shown = {0};
	pthread_t writer, reader;
	setlocale(LC_CTYPE, "C.UTF-8");
	if (!read_options(&bench, argc, argv))
		return 2;
	FILE *out = make_terminal(&bench);
	if (!out || !open_screen(&bench, &shown))
		return 1;
	make_tracees(&bench);
	if (pthread_create(&reader, NULL, read_terminal, &bench) != 0 ||
		pthread_create(&writer, NULL, write_calls, &bench) != 0)
		return 1;
	uint64_t start_ns = clock_now_ns(), start_cpu_ns = cpu_ns();
	double frames_ns = (double)draw(&bench, &shown);
	double passed_ns = (double)(clock_now_ns() - start_ns);
	double all_ns = (double)(cpu_ns() - start_cpu_ns);
	atomic_store_explicit(&bench.done, true, memory_order_relaxed);
	pthread_join(writer, NULL);
	struct model_totals totals;
	model_totals(bench.model, clock_now_ns(), &totals);
	uint64_t bytes = atomic_load_explicit(&bench.bytes, memory_order_relaxed);
	terminal_close(shown.terminal);
	fprintf(out, "%.2f%% of a CPU: %.2f%% events, %.2f%% frames; %.0f calls/s, %.0f bytes/s\n",
		100 * all_ns / passed_ns, 100 * (all_ns - frames_ns) / passed_ns,
		100 * frames_ns / passed_ns, (double)totals.calls * 1e9 / passed_ns,
		(double)bytes * 1e9 / passed_ns);
	return 0;
}
