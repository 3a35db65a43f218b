/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures what files and peers cost the drawing thread: details of calls on many different paths,
 * as the tracer writes them, and frames that show them.
 *
 *   files [PATHS]     number of different paths (1000000)
 *
 * Prints, in CPU time: per detail, the longest one (others are forgotten then); the longest frame,
 * of those every 20,000 paths: a tick, a report, and drawing 60x200; bytes of objects and names;
 * the memory of the process in MiB.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "base/clock.h"
#include "base/time.h"
#include "decode/descriptors.h"
#include "event/detail.h"
#include "model/model.h"
#include "out/file_column.h"
#include "ui/screen.h"

#define PATHS_DEFAULT 1000000
#define FRAME_EVERY   20000
#define TEXT          0x1000
#define PID           10

static union {
	struct event_detail detail;
	unsigned char room[sizeof(struct event_detail) + 512];
} made;

/* Sends the detail of a call on path NUMBER. */
static void send_detail(struct model *model, unsigned long number, uint64_t now_ns)
{
	struct detail_block block = {.address = TEXT};
	char path[128];
	int size = snprintf(
		path, sizeof(path), "/usr/share/some/directory-%lu/file-%lu", number / 100, number);
	block.size = (uint32_t)size + 1;
	made.detail = (struct event_detail){
		.event = {EVENT_DETAIL, PID, now_ns},
		.call = {SYS_access, ABI_NATIVE},
		.tgid = PID,
		.start_ns = now_ns - 1000 - number % 7777,
		.args = {TEXT},
		.err = number % 3 ? ENOENT : 0,
		.size = (uint32_t)(sizeof(block) + (((size_t)size + 8) & ~(size_t)7)),
	};
	memcpy(made.detail.blocks, &block, sizeof(block));
	memcpy(made.detail.blocks + sizeof(block), path, block.size);
	model_apply(model, &made.detail.event);
}

/* CPU time, as nothing here waits: other processes are not to be measured. */
static uint64_t cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* A frame as the event loop makes it. Returns the CPU time that it took. */
static uint64_t frame(struct model *model, struct screen *screen, struct canvas *canvas)
{
	static struct report *last;
	uint64_t begin_ns = clock_now_ns(), used_ns = cpu_ns();
	const struct report_facts facts = {.now_ns = begin_ns, .name = "files", .engine = "none"};
	model_tick(model, begin_ns);
	struct report *report = report_new(model, &facts, screen_view(screen));
	if (screen_update(screen, report)) {
		report_describe(report, model, &screen_view(screen)->subject);
		screen_update(screen, report);
	}
	screen_draw(screen, canvas);
	report_free(last);
	last = report;
	return cpu_ns() - used_ns;
}

int main(int argc, char **argv)
{
	unsigned long paths = argc > 1 ? strtoul(argv[1], NULL, 10) : PATHS_DEFAULT;
	const struct report_view view = {
		.order = {COLUMN_TOTAL, true}, .file_order = file_order_default(FILE_COLUMN_TOTAL)};
	const struct settings settings = {.theme = THEME_MONO};
	setlocale(LC_CTYPE, "C.UTF-8");
	uint64_t begin_ns = clock_now_ns(), spent_ns = 0, longest_ns = 0, frame_ns = 0;
	struct model *model = model_new(begin_ns, NULL);
	struct screen *screen = screen_new(&view, &settings);
	struct canvas *canvas = canvas_new(60, 200);
	model_follow_files(model, true, begin_ns);
	screen_key(screen, 'f');
	for (unsigned long i = 0; i < paths; i++) {
		uint64_t used_ns = cpu_ns();
		send_detail(model, i, clock_now_ns());
		uint64_t taken_ns = cpu_ns() - used_ns;
		spent_ns += taken_ns;
		longest_ns = taken_ns > longest_ns ? taken_ns : longest_ns;
		if (i % FRAME_EVERY)
			continue;
		taken_ns = frame(model, screen, canvas);
		frame_ns = taken_ns > frame_ns ? taken_ns : frame_ns;
	}
	struct rusage usage;
	getrusage(RUSAGE_SELF, &usage);
	printf("%.2f us per detail, longest %.1f ms; longest frame %.1f ms; %.1f MB of objects; "
	       "%.1f MiB\n",
		(double)spent_ns / (double)paths / 1e3, (double)longest_ns / 1e6,
		(double)frame_ns / 1e6,
		(double)descriptors_objects(model_descriptors(model))->bytes / 1e6,
		(double)usage.ru_maxrss / 1024);
	screen_free(screen);
	canvas_free(canvas);
	model_free(model);
	return 0;
}
