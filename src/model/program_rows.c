/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views of what processes have executed; see model/program_rows.h. */
#include "config.h"

#include "model/program_rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/programs.h"
#include "model/state.h"

/* Rows under construction. */
struct rows {
	uint64_t now_ns;
	struct program_row *row;
	size_t count, capacity;
};

static struct program_row *add_row(struct rows *rows)
{
	if (rows->count == rows->capacity) {
		rows->capacity = rows->capacity ? rows->capacity * 2 : 64;
		rows->row = xreallocarray(rows->row, rows->capacity, sizeof(*rows->row));
	}
	return &rows->row[rows->count++];
}

/* Those of the children of ROW. */
static uint64_t rails_below(const struct program_row *row)
{
	bool has_rail = row->depth > 0 && row->depth < 64 && !row->is_last;
	return row->rails | (uint64_t)has_rail << (row->depth & 63);
}

static void add_program(struct rows *rows, struct program *program, int depth)
{
	uint64_t end_ns = program->state == PROGRAM_RUNS ? rows->now_ns : program->end_ns;
	uint64_t rails = program->parent ? rails_below(&rows->row[program->parent->place - 1]) : 0;
	struct program_row *row = add_row(rows);
	program->place = rows->count;
	*row = (struct program_row){
		.id = program->id,
		.parent = program->parent ? program->parent->id : 0,
		.pid = program->pid,
		.starter = program->starter,
		.words = program->words,
		.size = program->size,
		.is_cut = program->is_cut,
		.origin = program->origin,
		.state = program->state,
		.start_ns = program->start_ns,
		.end_ns = program->end_ns,
		.run_ns = end_ns > program->start_ns ? end_ns - program->start_ns : 0,
		.exit_code = program->exit_code,
		.exit_signal = program->exit_signal,
		.dumped_core = program->dumped_core,
		.threads = program->threads,
		.counts = program->counts,
		.depth = depth,
		.is_last = !program->after,
		.rails = rails,
		.programs = 1,
	};
	memcpy(row->comm, program->comm, sizeof(row->comm));
}

/* The program after PROGRAM in the order of the tree, whose depth in *DEPTH changes with it. */
static struct program *next_of(const struct program *program, int *depth)
{
	if (program->first) {
		++*depth;
		return program->first;
	}
	for (; program; program = program->parent, --*depth) {
		if (program->after)
			return program->after;
	}
	return NULL;
}

/* Adds the time of living threads to the rows of what they run. */
static void add_living(struct rows *rows, const struct model *model)
{
	const struct thread *thread;
	MAP_FOR_EACH (&model->threads, at, thread) {
		if (!thread->program || !thread->program->place)
			continue;
		struct time_spent spent = {0};
		struct program_counts *counts = &rows->row[thread->program->place - 1].counts;
		uint64_t *sums = counts->time_ns;
		model_add_times(thread, rows->now_ns, &spent);
		for (enum time_class id = 0; id < TIME_COUNT; id++) {
			uint64_t before_ns = thread->program_ns[id];
			sums[id] += spent.ns[id] > before_ns ? spent.ns[id] - before_ns : 0;
		}
		counts->cpu_ns += thread->time.cpu_ns - thread->program_cpu_ns;
	}
}

static void add_other(struct rows *rows, const struct programs *programs)
{
	if (!programs->other)
		return;
	struct program_row *row = add_row(rows);
	*row = (struct program_row){
		.state = PROGRAM_LEFT,
		.counts = programs->others,
		.is_last = true,
		.programs = programs->other,
	};
}

size_t model_programs(const struct model *model, uint64_t now_ns, struct program_row **out)
{
	struct rows rows = {.now_ns = now_ns};
	int depth = 0;
	for (struct program *program = model->programs.first; program;
		program = next_of(program, &depth))
		add_program(&rows, program, depth);
	add_living(&rows, model);
	add_other(&rows, &model->programs);
	*out = rows.row;
	return rows.count;
}

pid_t model_oldest_command_line(const struct model *model, uint64_t before_ns)
{
	const struct program_process *process;
	uint64_t oldest_ns = before_ns;
	pid_t found = 0;
	MAP_FOR_EACH (&model->programs.processes, at, process) {
		if (process->now->has_words && !process->now->is_unreadable &&
			process->now->read_ns < oldest_ns) {
			oldest_ns = process->now->read_ns;
			found = process->pid;
		}
	}
	return found;
}

pid_t model_next_unknown_program(const struct model *model, pid_t pid)
{
	const struct program_process *process;
	pid_t next = 0;
	MAP_FOR_EACH (&model->programs.processes, at, process) {
		if (!process->now->has_words && process->pid > pid &&
			(!next || process->pid < next))
			next = process->pid;
	}
	return next;
}
