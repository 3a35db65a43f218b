/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What processes have executed; see model/programs.h. */
#include "config.h"

#include "model/programs.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "decode/program_words.h"
#include "event/detail.h"
#include "event/event.h"
#include "model/state.h"

void programs_init(struct programs *programs)
{
	*programs = (struct programs){0};
	programs->newest = &programs->oldest;
}

/* The tree. */

/* The list of the children of PARENT, or of those that have none. */
static struct program **first_of(struct programs *programs, struct program *parent)
{
	return parent ? &parent->first : &programs->first;
}

static struct program **last_of(struct programs *programs, struct program *parent)
{
	return parent ? &parent->last : &programs->last;
}

/* Adds PROGRAM to the children of its parent, after BEFORE; NULL: as the first. */
static void link_after(struct programs *programs, struct program *program, struct program *before)
{
	struct program **first = first_of(programs, program->parent);
	struct program **last = last_of(programs, program->parent);
	program->before = before;
	program->after = before ? before->after : *first;
	*(program->before ? &program->before->after : first) = program;
	*(program->after ? &program->after->before : last) = program;
}

static void unlink_program(struct programs *programs, struct program *program)
{
	struct program **first = first_of(programs, program->parent);
	struct program **last = last_of(programs, program->parent);
	*(program->before ? &program->before->after : first) = program->after;
	*(program->after ? &program->after->before : last) = program->before;
}

/* The children of PROGRAM become those of its parent, in its place. */
static void hand_over_children(struct programs *programs, struct program *program)
{
	struct program *before = program;
	for (struct program *child = program->first, *next; child; child = next) {
		next = child->after;
		child->parent = program->parent;
		link_after(programs, child, before);
		before = child;
	}
	program->first = program->last = NULL;
}

static void drop_title(struct program *program)
{
	free(program->title);
	program->title = NULL;
	program->title_size = 0;
}

static void free_program(struct program *program)
{
	drop_title(program);
	free(program->words);
	free(program);
}

static struct program *new_program(
	struct model *model, const struct thread *thread, uint64_t start_ns)
{
	struct program *program = xcalloc(1, sizeof(*program));
	program->id = ++model->programs.last_id;
	program->pid = thread->pid;
	program->starter = thread->parent;
	program->start_ns = start_ns;
	memcpy(program->comm, thread->comm, sizeof(program->comm));
	return program;
}

/* Frees what is left: all of it. */
static void free_tree(struct program *program)
{
	while (program) {
		struct program *next = program->after;
		free_tree(program->first);
		free_program(program);
		program = next;
	}
}

void programs_clear(struct programs *programs)
{
	struct program_process *process;
	MAP_FOR_EACH (&programs->processes, at, process)
		free(process);
	map_clear(&programs->processes);
	/* So that a long chain of generations needs no stack. */
	for (struct program *program = programs->first; program; program = program->after)
		hand_over_children(programs, program);
	free_tree(programs->first);
	programs_init(programs);
}

/* Counts. */

static void add_all(uint64_t to[TIME_COUNT], const uint64_t from[TIME_COUNT])
{
	for (enum time_class id = 0; id < TIME_COUNT; id++)
		to[id] += from[id];
}

static void add_counts(struct program_counts *to, const struct program_counts *from)
{
	to->calls += from->calls;
	to->errors += from->errors;
	to->bytes += from->bytes;
	to->total_ns += from->total_ns;
	add_all(to->class_calls, from->class_calls);
	add_all(to->class_ns, from->class_ns);
	add_all(to->time_ns, from->time_ns);
	to->cpu_ns += from->cpu_ns;
}

void programs_count(struct thread *thread, enum time_class class, const struct sums *more)
{
	if (!thread->program)
		return;
	struct program_counts *counts = &thread->program->counts;
	counts->calls += more->calls;
	counts->errors += more->errors;
	counts->bytes += more->bytes;
	counts->total_ns += more->total_ns;
	counts->class_calls[class] += more->calls;
	counts->class_ns[class] += more->total_ns;
}

/* The time that THREAD has spent until it was read last belongs to its program so far. */
static void settle_time(struct thread *thread)
{
	for (enum time_class id = 0; thread->program && id < TIME_COUNT; id++) {
		uint64_t ns = thread->time.ns[id], before_ns = thread->program_ns[id];
		thread->program->counts.time_ns[id] += ns > before_ns ? ns - before_ns : 0;
	}
	if (thread->program)
		thread->program->counts.cpu_ns += thread->time.cpu_ns - thread->program_cpu_ns;
	memcpy(thread->program_ns, thread->time.ns, sizeof(thread->program_ns));
	thread->program_cpu_ns = thread->time.cpu_ns;
}

/* Ended programs. */

/* Forgets the oldest that has ended and that no thread runs, if there are too many. */
static void drop_oldest(struct programs *programs)
{
	struct program **link = &programs->oldest;
	while (*link && (*link)->threads)
		link = &(*link)->newer;
	struct program *program = *link;
	if (programs->kept <= PROGRAMS_KEPT || !program)
		return;
	*link = program->newer;
	if (!program->newer)
		programs->newest = link;
	programs->kept--;
	programs->other++;
	add_counts(&programs->others, &program->counts);
	hand_over_children(programs, program);
	unlink_program(programs, program);
	free_program(program);
}

static void end_program(struct programs *programs, struct program *program,
	enum program_state state, uint64_t now_ns)
{
	program->state = state;
	program->end_ns = now_ns;
	program->process = NULL;
	program->newer = NULL;
	*programs->newest = program;
	programs->newest = &program->newer;
	programs->kept++;
	drop_oldest(programs);
}

/* PROCESS runs nothing any more. */
static void end_process(struct programs *programs, struct program_process *process,
	enum program_state state, uint64_t now_ns)
{
	struct program *program = process->now;
	map_remove(&programs->processes, (uint64_t)process->pid);
	free(process);
	end_program(programs, program, state, now_ns);
}

/* Beginnings. */

static void set_words(struct program *program, const char *words, size_t size, bool is_cut)
{
	size_t kept = size < PROGRAM_WORDS_MAX ? size : PROGRAM_WORDS_MAX;
	free(program->words);
	program->words = NULL;
	program->has_words = true;
	program->size = 0;
	program->is_cut = is_cut || kept < size;
	if (!kept)
		return;
	program->words = xcalloc(1, kept + 1);
	memcpy(program->words, words, kept);
	/* The last word may have been cut. */
	program->size = program->words[kept - 1] ? kept + 1 : kept;
}

static void run(struct thread *thread, struct program *program)
{
	settle_time(thread);
	if (thread->program)
		thread->program->threads--;
	thread->program = program;
	program->threads++;
}

/* The process of THREAD, which is new. */
static struct program_process *add_process(
	struct model *model, const struct thread *thread, const struct event_task *task)
{
	struct programs *programs = &model->programs;
	struct program_process *process = xcalloc(1, sizeof(*process));
	struct program_process *parent = map_get(&programs->processes, (uint64_t)task->parent);
	struct program *program = new_program(model, thread, task->event.time_ns);
	process->pid = thread->pid;
	process->now = program;
	program->process = process;
	program->origin = task->is_new ? PROGRAM_FORKED : PROGRAM_FOUND;
	program->parent = parent ? parent->now : NULL;
	link_after(programs, program, *last_of(programs, program->parent));
	if (parent && task->is_new && parent->now->has_words)
		set_words(program, parent->now->words, parent->now->size, parent->now->is_cut);
	map_put(&programs->processes, (uint64_t)process->pid, process);
	return process;
}

/* Whether PROGRAM was there only to execute another: as what we have started is, too. */
static bool is_prelude(const struct program *program)
{
	bool is_ours = program->origin == PROGRAM_FOUND && !program->counts.calls;
	return (program->origin == PROGRAM_FORKED || is_ours) && !program->first;
}

static void move_words(struct program *from, struct program *to)
{
	to->words = from->words;
	to->size = from->size;
	to->is_cut = from->is_cut;
	to->has_words = from->has_words;
	to->words_ns = from->words_ns;
	from->words = NULL;
	from->size = 0;
	from->has_words = false;
}

/* PROCESS has executed a program, whose words are not known yet. */
static void execute(struct model *model, struct program_process *process, struct thread *thread,
	uint64_t now_ns)
{
	struct program *former = process->now;
	if (is_prelude(former)) {
		if (former->origin == PROGRAM_FOUND)
			former->start_ns = now_ns;
		former->origin = PROGRAM_EXECUTED;
		memcpy(former->comm, thread->comm, sizeof(former->comm));
		drop_title(former);
		if (former->words_ns > now_ns)
			return;
		set_words(former, NULL, 0, false);
		former->has_words = false;
		return;
	}
	struct program *program = new_program(model, thread, now_ns);
	program->origin = PROGRAM_EXECUTED;
	program->starter = former->starter;
	program->parent = former->parent;
	program->process = process;
	link_after(&model->programs, program, former);
	process->now = program;
	/* What was read in /proc after that is its own. */
	if (former->words_ns > now_ns)
		move_words(former, program);
	/* Its other threads have ended, or will be reported to. */
	run(thread, program);
	end_program(&model->programs, former, PROGRAM_REPLACED, now_ns);
}

/* A process of another has taken the number of one whose end was not seen. */
static void end_former(
	struct model *model, struct program_process *process, const struct event_task *task)
{
	if (process && task->is_new && task->tgid == task->event.tid && !process->threads)
		end_process(&model->programs, process, PROGRAM_LEFT, task->event.time_ns);
}

void programs_task(struct model *model, struct thread *thread, const struct event_task *task)
{
	struct programs *programs = &model->programs;
	if (!thread->program)
		end_former(model, map_get(&programs->processes, (uint64_t)thread->pid), task);
	struct program_process *process = map_get(&programs->processes, (uint64_t)thread->pid);
	if (!process)
		process = add_process(model, thread, task);
	if (!thread->program) {
		process->threads++;
		run(thread, process->now);
	}
	if (task->has_executed && ++process->executed > process->detailed) {
		if (task->has_times)
			model_split_time(model, thread, task->event.time_ns, &task->times, false);
		execute(model, process, thread, task->event.time_ns);
	}
	/* Only the leader's is the name of the program. */
	if (thread->tid == thread->pid)
		memcpy(process->now->comm, thread->comm, sizeof(thread->comm));
}

void programs_gone(
	struct model *model, struct thread *thread, const struct event_gone *gone, uint64_t now_ns)
{
	struct programs *programs = &model->programs;
	struct program *program = thread->program;
	if (!program)
		return;
	settle_time(thread);
	thread->program = NULL;
	program->threads--;
	struct program_process *process = program->process;
	if (!process)
		return;
	process->threads--;
	bool is_seen = gone && (gone->exit_code >= 0 || gone->exit_signal);
	if (thread->tid == thread->pid && is_seen) {
		program->exit_code = gone->exit_code;
		program->exit_signal = gone->exit_signal;
		program->dumped_core = gone->dumped_core;
		end_process(programs, process, PROGRAM_EXITED, now_ns);
	} else if (!process->threads) {
		end_process(programs, process, PROGRAM_LEFT, now_ns);
	}
}

/* Command lines. */

void programs_detail(struct model *model, const struct event_detail *detail)
{
	char words[PROGRAM_WORDS_MAX];
	bool is_cut;
	if (detail->end != DETAIL_RETURNED || detail->err || !program_words_has(detail->call))
		return;
	struct program_process *process = map_get(
		&model->programs.processes, (uint64_t)detail->tgid);
	struct thread *thread = map_get(&model->threads, (uint64_t)detail->tgid);
	if (!process || !thread)
		return;
	/* An engine may report this first. */
	if (++process->detailed > process->executed)
		execute(model, process, thread, detail->event.time_ns);
	size_t size = program_words(detail, words, sizeof(words), &is_cut);
	if (size && !process->now->has_words)
		set_words(process->now, words, size, is_cut);
}

/* WORDS were read of PROGRAM, whose words are known: a title if they are others. */
static void set_title(struct program *program, const char *words, size_t size)
{
	size_t kept = size < PROGRAM_WORDS_MAX ? size : PROGRAM_WORDS_MAX;
	size_t same = kept < program->size ? kept : program->size;
	/* Less may be read than is known, as where the words were cut. */
	bool is_same = program->words && same && memcmp(program->words, words, same) == 0 &&
	               (kept == program->size || program->is_cut || kept == PROGRAM_WORDS_MAX);
	drop_title(program);
	if (!kept || is_same)
		return;
	program->title = xcalloc(1, kept + 1);
	memcpy(program->title, words, kept);
	program->title_size = kept;
}

void model_apply_command_line(struct model *model, const struct event *event)
{
	const struct event_command_line *line = (const struct event_command_line *)event;
	struct program_process *process = map_get(&model->programs.processes, (uint64_t)event->tid);
	/* It may be that of the program before. */
	if (!process || event->time_ns < process->now->start_ns)
		return;
	/* Where a program has written a title over its words, NULs follow. */
	size_t size = line->size;
	while (size && !line->words[size - 1] && (size == 1 || !line->words[size - 2]))
		size--;
	process->now->read_ns = event->time_ns;
	process->now->is_unreadable = !size;
	if (process->now->has_words) {
		set_title(process->now, line->words, size);
		return;
	}
	set_words(process->now, line->words, size, false);
	process->now->words_ns = event->time_ns;
}
