/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events of kernel traces become calls of tasks; see engine/replay/lttng_events.h. */
#include "config.h"

#include "engine/replay/lttng_events.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/names.h"
#include "base/alloc.h"
#include "base/map.h"
#include "engine/replay/babeltrace.h"
#include "engine/replay/lttng_line.h"
#include "engine/replay/lttng_sched.h"
#include "engine/replay/strace_stream.h"

/* Size of the arguments of a call, as text. */
#define ARGS_SIZE      (16 << 10)

/* The largest errno, and that of results which are errors inside of the kernel. */
#define ERRNO_MAX      4095

/* Maximum number of tables of descriptors whose process is remembered. */
#define TABLES_MAX     65536

/* The flag of clone that makes a thread. */
#define THREAD_FLAG    UINT64_C(0x10000)

/*
 * States in which a thread that leaves its CPU waits for something (include/linux/sched.h). Others,
 * above all none, and TASK_REPORT_MAX for one that is preempted, are of threads that could run on.
 */
#define SLEEP_STATES   UINT64_C(0xff)

/* Deeper, handlers of interrupts are not nested. */
#define INTERRUPTS_MAX 8

/* The type of a kernel thread in a statedump. */
#define TYPE_KERNEL    1

struct lttng_events {
	struct strace_stream *stream;   /* not owned */
	pid_t running[LTTNG_CPUS_MAX];  /* what each CPU runs; 0: unknown, or nothing */
	bool is_idle[LTTNG_CPUS_MAX];   /* it runs nothing */
	int interrupts[LTTNG_CPUS_MAX]; /* how many handlers each is in */
	struct lttng_sched *sched;      /* owned */
	struct map tables;              /* process, by the address of its table of descriptors */
	struct lttng_seen seen;
};

struct lttng_events *lttng_events_new(struct strace_stream *stream)
{
	struct lttng_events *events = xcalloc(1, sizeof(*events));
	events->stream = stream;
	events->sched = lttng_sched_new();
	stream->is_raw = true;
	stream->clock.times = TIMES_REAL;
	return events;
}

void lttng_events_free(struct lttng_events *events)
{
	if (!events)
		return;
	lttng_sched_free(events->sched);
	map_clear(&events->tables);
	free(events);
}

const struct lttng_seen *lttng_events_seen(const struct lttng_events *events)
{
	return &events->seen;
}

/* Tasks. */

/* The field NAME as a PID; 0: there is none. */
static pid_t pid_of(const struct lttng_line *line, const char *name, bool is_context)
{
	uint64_t number;
	bool is_pid = lttng_line_number(line, name, is_context, &number) && number > 0 &&
	              number < LTTNG_CPU_TID;
	return is_pid ? (pid_t)number : 0;
}

/* The thread that LINE is of; 0: unknown. */
static pid_t thread_of(const struct lttng_events *events, const struct lttng_line *line)
{
	pid_t tid = pid_of(line, "tid", true);
	if (!tid && line->cpu >= 0)
		tid = events->running[line->cpu];
	/* In another PID namespace, this is another number. */
	return tid ? tid : pid_of(line, "vtid", true);
}

/* Reads the name in field NAME of LINE. Returns whether there is one. */
static bool read_comm(
	const struct lttng_line *line, const char *name, bool is_context, char comm[TASK_COMM_SIZE])
{
	const struct span *value = lttng_line_find(line, name, is_context);
	bool is_string = false, is_cut;
	unsigned char text[TASK_COMM_SIZE - 1];
	size_t size = value ? strace_string(*value, text, sizeof(text), &is_string, &is_cut) : 0;
	if (!is_string || !size)
		return false;
	memset(comm, 0, TASK_COMM_SIZE);
	memcpy(comm, text, size);
	return true;
}

/* TASK is called what the field NAME of LINE says. Returns whether that is news. */
static bool rename_task(
	struct strace_task *task, const struct lttng_line *line, const char *name, bool is_context)
{
	char comm[TASK_COMM_SIZE];
	if (!read_comm(line, name, is_context, comm) || strcmp(comm, task->comm) == 0)
		return false;
	memcpy(task->comm, comm, sizeof(comm));
	return true;
}

/* The task TID, which is added if it is new: *IS_ADDED. It has to be announced then. */
static struct strace_task *find_task(struct lttng_events *events, pid_t tid, bool *is_added)
{
	struct strace_tasks *tasks = &events->stream->shared->tasks;
	struct strace_task *task = strace_tasks_find(tasks, tid);
	bool is_new;
	*is_added = !task;
	if (task)
		return task;
	task = strace_tasks_add(tasks, tid, &is_new);
	if (!*task->comm)
		memcpy(task->comm, "?", 2);
	return task;
}

/* The task TID that has made the event LINE, with what its contexts say. */
static struct strace_task *task_at(
	struct lttng_events *events, const struct lttng_line *line, pid_t tid)
{
	bool is_added;
	struct strace_task *task = find_task(events, tid, &is_added);
	bool has_changed = rename_task(task, line, "procname", true);
	pid_t tgid = pid_of(line, "pid", true);
	/* The number in its namespace says something only if the tid is that, too. */
	if (!tgid && tid == pid_of(line, "vtid", true))
		tgid = pid_of(line, "vpid", true);
	if (tgid && tgid != task->tgid) {
		task->tgid = tgid;
		has_changed = true;
		events->seen.births++;
	}
	if (is_added || has_changed)
		strace_announce(events->stream, task, false, false);
	return task;
}

/* Calls. */

/* What a text is written to: what does not fit is left out. */
struct sheet {
	char *text;
	size_t size;
};

static __attribute__((format(printf, 2, 3))) void write_text(
	struct sheet *sheet, const char *format, ...)
{
	va_list list;
	size_t room = ARGS_SIZE - sheet->size;
	va_start(list, format);
	int size = vsnprintf(sheet->text + sheet->size, room, format, list);
	va_end(list);
	if (size > 0 && (size_t)size < room)
		sheet->size += (size_t)size;
}

/* The fields of LINE that are no contexts. */
static size_t find_fields(const struct lttng_line *line, const struct lttng_field **fields)
{
	size_t count = 0;
	for (size_t i = 0; i < line->count; i++) {
		if (!line->fields[i].is_context)
			fields[count++] = &line->fields[i];
	}
	return count;
}

/* The value of argument INDEX of CALL: by its name, or, if those are others, by its place. */
static const struct span *find_value(const struct lttng_line *line, struct call call,
	unsigned int index, const struct lttng_field *const *fields, size_t count)
{
	const char *name = argument_name(call, index);
	const struct span *value = name ? lttng_line_find(line, name, false) : NULL;
	/* Of clone, LTTng leaves out the last one. */
	bool is_alike = count == argument_count(call) || argument_style(call) == STYLE_CLONE;
	if (!value && is_alike && index < count)
		value = &fields[index]->value;
	return value;
}

/* Writes argument INDEX of CALL, which may be missing, as strace does. */
static void write_argument(
	struct sheet *sheet, struct call call, unsigned int index, const struct span *value)
{
	static const char *const clone_names[CALL_MAX_ARGS] = {
		"flags=", "child_stack=", "parent_tid=", "child_tidptr=", "tls="};
	bool is_clone = argument_style(call) == STYLE_CLONE;
	struct span rest = value ? *value : (struct span){NULL, 0};
	uint64_t number;
	if (is_clone && clone_names[index])
		write_text(sheet, "%s", clone_names[index]);
	if (is_clone && index == 0 && span_take_c_number(&rest, &number))
		write_text(sheet, "%s%#" PRIx64, number & THREAD_FLAG ? "CLONE_THREAD|" : "",
			number & ~THREAD_FLAG);
	else if (value && !span_is(*value, "-"))
		write_text(sheet, "%.*s", (int)value->size, value->start);
	else
		write_text(sheet, "0");
}

/* Writes the arguments of CALL from the fields of LINE to TEXT, of ARGS_SIZE bytes. */
static struct span write_args(char *text, const struct lttng_line *line, struct call call)
{
	const struct lttng_field *fields[LTTNG_FIELDS_MAX];
	struct sheet sheet = {.text = text};
	size_t count = find_fields(line, fields);
	for (unsigned int i = 0; i < argument_count(call); i++) {
		write_text(&sheet, "%s", i ? ", " : "");
		write_argument(&sheet, call, i, find_value(line, call, i, fields, count));
	}
	return (struct span){text, sheet.size};
}

/* Names that the kernel has for its functions, where those of the calls are others. */
static const struct {
	const char *name, *standard;
} kernel_names[] = {
	{"newstat", "stat"},
	{"newlstat", "lstat"},
	{"newfstat", "fstat"},
	{"newuname", "uname"},
	{"sendfile64", "sendfile"},
	{"mmap_pgoff", "mmap2"},
	{"old_mmap", "mmap"},
	{"old_select", "select"},
	{"fadvise64_64", "fadvise64"},
};

/* The call that the rest of an event's name, NAME, is of. */
static struct call call_of(struct lttng_events *events, struct span name, enum abi abi)
{
	static const char old[] = "_time32";
	struct call_names *names = events->stream->shared->names;
	struct call call;
	if (call_names_find(names, name, abi, &call))
		return call;
	for (size_t i = 0; i < sizeof(kernel_names) / sizeof(*kernel_names); i++) {
		const char *standard = kernel_names[i].standard;
		if (span_is(name, kernel_names[i].name) &&
			call_names_find(
				names, (struct span){standard, strlen(standard)}, abi, &call))
			return call;
	}
	struct span shorter = name;
	if (span_ends(name, old))
		shorter.size -= sizeof(old) - 1;
	if (!call_names_find(names, shorter, abi, &call))
		call_names_intern(names, name, &call);
	return call;
}

/* The call of TASK never returns, or that was not seen. */
static void abandon(struct lttng_events *events, struct strace_task *task)
{
	static const struct strace_line never = {.kind = STRACE_RESUMED, .result = {"?", 1}};
	if (task->phase == STRACE_INTERRUPTED)
		task->phase = STRACE_IN_CALL;
	strace_end(events->stream, task, &never, (struct span){task->args.text, task->args.size},
		events->stream->clock.now_ns, true);
}

/* A call of TASK has begun before the trace, or that was not seen. */
static void begin_before(struct lttng_events *events, struct strace_task *task, struct call call)
{
	strace_begin(events->stream, task, call, events->stream->clock.now_ns, STRACE_BEGAN_BEFORE,
		(struct span){NULL, 0});
	strace_tasks_set_clones(&events->stream->shared->tasks, task, false);
	strace_kept_set(&task->args, (struct span){NULL, 0});
}

/* The task that stands for the CPU of LINE. */
static struct strace_task *stand_in(struct lttng_events *events, const struct lttng_line *line)
{
	bool is_added;
	int cpu = line->cpu < 0 ? 0 : line->cpu;
	struct strace_task *task = find_task(events, LTTNG_CPU_TID + cpu, &is_added);
	if (is_added) {
		snprintf(task->comm, sizeof(task->comm), "CPU %d", cpu);
		strace_announce(events->stream, task, false, false);
	}
	return task;
}

/* A call that never returns is made by a thread that is not known. */
static void take_unowned_end(
	struct lttng_events *events, const struct lttng_line *line, struct call call)
{
	struct strace_stream *stream = events->stream;
	struct strace_task *task = stand_in(events, line);
	events->seen.unowned++;
	strace_begin(
		stream, task, call, stream->clock.now_ns, STRACE_BEGINS, (struct span){NULL, 0});
	/* What stands for the CPU goes on. */
	task->phase = STRACE_IN_USER;
	strace_stopped(stream, task, false, stream->clock.now_ns);
}

/* A call has returned with VALUE, as END says, to a thread that is not known. */
static void take_unowned(struct lttng_events *events, const struct lttng_line *line,
	struct call call, uint64_t value, const struct strace_line *end)
{
	struct strace_stream *stream = events->stream;
	/* A child returns from the call that has made it. */
	if (strace_never_returns(call) || (!value && strace_makes_task(call)))
		return;
	struct strace_task *task = stand_in(events, line);
	events->seen.unowned++;
	begin_before(events, task, call);
	strace_end(stream, task, end, (struct span){NULL, 0}, stream->clock.now_ns, true);
	/* Another thread is next. */
	if (task->phase == STRACE_INTERRUPTED)
		abandon(events, task);
}

static void take_entry(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_stream *stream = events->stream;
	char text[ARGS_SIZE];
	pid_t tid = thread_of(events, line);
	struct call call = call_of(events, name, abi);
	events->seen.calls++;
	if (!tid) {
		if (strace_never_returns(call))
			take_unowned_end(events, line, call);
		return;
	}
	struct strace_task *task = task_at(events, line, tid);
	struct span args = write_args(text, line, call);
	strace_begin(stream, task, call, stream->clock.now_ns, STRACE_BEGINS, args);
	/* Which task is its child is said by other events. */
	strace_tasks_set_clones(&stream->shared->tasks, task, false);
	if (task->phase == STRACE_IN_CALL && call_equal(task->current.call, call)) {
		strace_kept_set(&task->args, args);
		/* One that was interrupted goes on: where its time went is not followed. */
		if (task->current.start_ns == stream->clock.now_ns)
			lttng_sched_begin(events->sched, tid, stream->clock.now_ns);
	}
}

/* Says where the time of CALL of thread TID went, which has just been counted, if that is known. */
static void send_split(struct lttng_events *events, pid_t tid, struct call call)
{
	uint64_t now_ns = events->stream->clock.now_ns;
	struct event_sum sum = {
		.event = {.type = EVENT_SUM, .tid = tid, .time_ns = now_ns},
		.call = call,
	};
	struct split *split = &sum.counts.split;
	if (!lttng_sched_end(events->sched, tid, now_ns, split))
		return;
	sum.from_ns = now_ns - split->total_ns;
	strace_stream_send(events->stream, &sum.event);
}

/* Writes result VALUE as strace does. */
static struct span write_result(char *text, size_t size, uint64_t value)
{
	char name[ABI_NAME_MAX];
	bool is_error = value && -value <= ERRNO_MAX;
	int used = is_error ? snprintf(text, size, "-1 %s", error_name((int)-value, name))
	                    : snprintf(text, size, "%" PRId64, (int64_t)value);
	return (struct span){text, used > 0 && (size_t)used < size ? (size_t)used : 0};
}

/* Whether the end of CALL can be that of what TASK is in the middle of. */
static bool can_end(const struct strace_task *task, struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return task->phase == STRACE_IN_CALL &&
	       (call_equal(task->current.call, call) ||
		       (desc && strcmp(desc->name, "restart_syscall") == 0));
}

static void take_exit(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_stream *stream = events->stream;
	char text[64];
	uint64_t value;
	pid_t tid = thread_of(events, line);
	events->seen.calls++;
	if (!lttng_line_number(line, "ret", false, &value)) {
		events->seen.invalid++;
		return;
	}
	const struct strace_line end = {
		.kind = STRACE_RESUMED, .result = write_result(text, sizeof(text), value)};
	struct strace_task *task = tid ? task_at(events, line, tid) : NULL;
	/* exit_syscall has no name: it ends what the thread is in. */
	if (!name.size && (!task || task->phase != STRACE_IN_CALL)) {
		events->seen.nameless++;
		return;
	}
	struct call call = task && !name.size ? task->current.call : call_of(events, name, abi);
	if (!task) {
		take_unowned(events, line, call, value, &end);
		return;
	}
	if (!can_end(task, call)) {
		/* A child returns from the call that has made it. */
		bool is_birth = !value && strace_makes_task(call);
		if (is_birth || strace_never_returns(call))
			return;
		if (task->phase == STRACE_IN_CALL)
			abandon(events, task);
		begin_before(events, task, call);
	}
	struct span args = {task->args.text, task->args.size};
	call = task->current.call;
	strace_end(stream, task, &end, args, stream->clock.now_ns, true);
	if (task->phase == STRACE_INTERRUPTED)
		lttng_sched_forget(events->sched, tid);
	else
		send_split(events, tid, call);
}

/* Other events. */

/* LINE says that its CPU runs the thread in field TID, which is called COMM. */
static void set_running(struct lttng_events *events, const struct lttng_line *line, const char *tid,
	const char *comm)
{
	pid_t next = pid_of(line, tid, false);
	struct strace_task *task = next ? map_get(&events->stream->shared->tasks.tasks,
						  (uint64_t)next)
	                                : NULL;
	if (line->cpu >= 0) {
		events->running[line->cpu] = next;
		events->is_idle[line->cpu] = !next;
		events->interrupts[line->cpu] = 0; /* it is not in a handler */
	}
	/* Only of those that have made calls, or are known otherwise. */
	if (task && rename_task(task, line, comm, false))
		strace_announce(events->stream, task, false, false);
}

static void take_switch(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	uint64_t state = 0;
	(void)name, (void)abi;
	bool has_state = lttng_line_number(line, "prev_state", false, &state);
	bool is_runnable = !has_state || !(state & SLEEP_STATES);
	lttng_sched_switch(events->sched, pid_of(line, "prev_tid", false), is_runnable,
		pid_of(line, "next_tid", false), events->stream->clock.now_ns);
	if (!has_state)
		lttng_sched_lose(events->sched);
	set_running(events, line, "next_tid", "next_comm");
}

/* Who does what LINE says; 0: nobody, or that is not known. */
static pid_t doer_of(const struct lttng_events *events, const struct lttng_line *line)
{
	pid_t tid = pid_of(line, "tid", true);
	return tid || line->cpu < 0 ? tid : events->running[line->cpu];
}

static void take_wake(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_stream *stream = events->stream;
	const struct map *tasks = &stream->shared->tasks.tasks;
	pid_t tid = pid_of(line, "tid", false), waker = doer_of(events, line);
	bool was_blocked = lttng_sched_wake(events->sched, tid, stream->clock.now_ns);
	bool is_idle = line->cpu >= 0 && !waker && events->is_idle[line->cpu];
	const struct strace_task *by = map_get(tasks, (uint64_t)waker);
	struct event_waker record = {
		.event = {.type = EVENT_WAKER, .tid = tid, .time_ns = stream->clock.now_ns},
		.waker = waker,
		.is_interrupt = is_idle || (line->cpu >= 0 && events->interrupts[line->cpu] > 0),
	};
	(void)name, (void)abi;
	if (!was_blocked || (!waker && !is_idle) || waker == tid || !map_get(tasks, (uint64_t)tid))
		return;
	if (!read_comm(line, "procname", true, record.comm) && by)
		memcpy(record.comm, by->comm, sizeof(record.comm));
	strace_stream_send(stream, &record.event);
}

static void take_interrupt(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	(void)name, (void)abi;
	if (line->cpu >= 0 && events->interrupts[line->cpu] < INTERRUPTS_MAX)
		events->interrupts[line->cpu]++;
}

static void take_interrupt_end(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	(void)name, (void)abi;
	if (line->cpu >= 0 && events->interrupts[line->cpu] > 0)
		events->interrupts[line->cpu]--;
}

static void take_running(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	pid_t tid = pid_of(line, "tid", false);
	bool is_added;
	(void)name, (void)abi;
	set_running(events, line, "tid", "comm");
	if (!tid)
		return;
	struct strace_task *task = find_task(events, tid, &is_added);
	if (rename_task(task, line, "comm", false) || is_added)
		strace_announce(events->stream, task, false, false);
}

static void take_lost(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	uint64_t count = 0;
	(void)name, (void)abi;
	lttng_line_number(line, "count", false, &count);
	events->seen.discarded += count;
	lttng_sched_lose(events->sched);
	/* A sched_switch may be among them. */
	if (line->cpu >= 0) {
		events->running[line->cpu] = 0;
		events->is_idle[line->cpu] = false;
		events->interrupts[line->cpu] = 0;
		return;
	}
	memset(events->running, 0, sizeof(events->running));
	memset(events->is_idle, 0, sizeof(events->is_idle));
	memset(events->interrupts, 0, sizeof(events->interrupts));
}

static void end_task(struct lttng_events *events, struct strace_task *task)
{
	if (task->phase != STRACE_IN_USER)
		abandon(events, task);
	lttng_sched_forget(events->sched, task->tid);
	strace_gone(events->stream, task, -1, 0, false, events->stream->clock.now_ns);
}

static void take_fork(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_tasks *tasks = &events->stream->shared->tasks;
	pid_t tid = pid_of(line, "child_tid", false);
	pid_t tgid = pid_of(line, "child_pid", false);
	pid_t of = pid_of(line, "parent_pid", false);
	pid_t parent = pid_of(line, "parent_tid", false);
	bool is_added;
	(void)name, (void)abi;
	if (!tid) {
		events->seen.invalid++;
		return;
	}
	/* Its end was not seen. */
	struct strace_task *former = strace_tasks_find(tasks, tid);
	if (former)
		end_task(events, former);
	const struct strace_task *maker = map_get(&tasks->tasks, (uint64_t)parent);
	struct strace_task *task = find_task(events, tid, &is_added);
	bool is_thread = tgid && tgid == of;
	task->tgid = tgid ? tgid : tid;
	/* Old versions of LTTng say no process: then clone's flags do. */
	task->parent = is_thread ? (maker ? maker->parent : 0) : of ? of : maker ? maker->tgid : 0;
	events->stream->knows_births |= tgid && of;
	events->seen.births++;
	rename_task(task, line, "child_comm", false);
	strace_announce(events->stream, task, true, false);
}

static void take_exec(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_stream *stream = events->stream;
	pid_t tid = pid_of(line, "tid", false);
	pid_t old = pid_of(line, "old_tid", false);
	(void)name, (void)abi;
	if (!tid) {
		events->seen.invalid++;
		return;
	}
	struct strace_task *task = task_at(events, line, tid);
	if (line->cpu >= 0)
		events->running[line->cpu] = tid;
	if (old && old != tid)
		strace_supersede(stream, task, old, stream->clock.now_ns);
	/* Otherwise the end of its execve says that, with its words. */
	if (task->phase != STRACE_IN_CALL)
		strace_announce(stream, task, false, true);
}

static void take_end(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	struct strace_task *task = strace_tasks_find(
		&events->stream->shared->tasks, pid_of(line, "tid", false));
	(void)name, (void)abi;
	if (task)
		end_task(events, task);
}

static void take_state(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	pid_t tid = pid_of(line, "tid", false);
	pid_t tgid = pid_of(line, "pid", false);
	uint64_t type = 0, table;
	bool is_added;
	(void)name, (void)abi;
	lttng_line_number(line, "type", false, &type);
	/* It makes no calls. */
	if (!tid || type == TYPE_KERNEL)
		return;
	struct strace_task *task = find_task(events, tid, &is_added);
	task->tgid = tgid ? tgid : tid;
	task->parent = pid_of(line, "ppid", false);
	events->seen.births++;
	rename_task(task, line, "name", false);
	strace_announce(events->stream, task, false, false);
	if (lttng_line_number(line, "file_table_address", false, &table) && table &&
		events->tables.count < TABLES_MAX)
		map_put(&events->tables, table, (void *)(uintptr_t)task->tgid);
}

static void take_descriptor(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	const struct span *file = lttng_line_find(line, "filename", false);
	pid_t pid = pid_of(line, "pid", false);
	uint64_t fd, table;
	(void)name, (void)abi;
	/* Since LTTng 2.12, of a table that processes may share. */
	if (!pid && lttng_line_number(line, "file_table_address", false, &table))
		pid = (pid_t)(uintptr_t)map_get(&events->tables, table);
	const struct strace_task *task = map_get(
		&events->stream->shared->tasks.tasks, (uint64_t)pid);
	bool is_named = file && file->size > 2 && *file->start == '"';
	if (!task || !is_named || !lttng_line_number(line, "fd", false, &fd) || fd > INT_MAX)
		return;
	strace_descriptor_is(events->stream, task, (int)fd,
		(struct span){file->start + 1, file->size - 2}, events->stream->clock.now_ns);
}

static void take_signal(
	struct lttng_events *events, const struct lttng_line *line, struct span name, enum abi abi)
{
	uint64_t signal, code = 0;
	pid_t tid = thread_of(events, line);
	(void)name, (void)abi;
	if (!tid || !lttng_line_number(line, "sig", false, &signal) || signal - 1 >= 64)
		return;
	lttng_line_number(line, "code", false, &code);
	struct strace_task *task = task_at(events, line, tid);
	struct event_signal record = {
		.event = {.type = EVENT_SIGNAL,
			.tid = tid,
			.time_ns = events->stream->clock.now_ns},
		.signal = (int32_t)signal,
		.code = (int32_t)code,
		.tgid = task->tgid,
	};
	task->is_signalled = true;
	strace_stream_send(events->stream, &record.event);
}

/* What is done for each event: the first whose name it has, or begins with. */
static const struct {
	const char *name;
	bool is_beginning; /* the name of a call follows */
	bool is_compat;    /* a 32-bit one */
	void (*take)(struct lttng_events *events, const struct lttng_line *line, struct span name,
		enum abi abi);
} kinds[] = {
	{"syscall_entry_", true, false, take_entry},
	{"syscall_exit_", true, false, take_exit},
	{"sched_switch", false, false, take_switch},
	{"compat_syscall_entry_", true, true, take_entry},
	{"compat_syscall_exit_", true, true, take_exit},
	{"sys_", true, false, take_entry},
	{"compat_sys_", true, true, take_entry},
	{"exit_syscall", false, false, take_exit},
	{"sched_process_fork", false, false, take_fork},
	{"sched_process_exec", false, false, take_exec},
	{"sched_process_exit", false, false, take_end},
	{"lttng_statedump_process_state", false, false, take_state},
	{"lttng_statedump_file_descriptor", false, false, take_descriptor},
	{"signal_deliver", false, false, take_signal},
	{"sched_waking", false, false, take_wake},
	{"sched_wakeup", false, false, take_wake},
	{"sched_wakeup_new", false, false, take_wake},
	{"irq_handler_entry", false, false, take_interrupt},
	{"irq_softirq_entry", false, false, take_interrupt},
	{"timer_hrtimer_expire_entry", false, false, take_interrupt},
	{"irq_handler_exit", false, false, take_interrupt_end},
	{"irq_softirq_exit", false, false, take_interrupt_end},
	{"timer_hrtimer_expire_exit", false, false, take_interrupt_end},
	{BABELTRACE_RUNNING, false, false, take_running},
	{BABELTRACE_LOST, false, false, take_lost},
};

void lttng_events_take(struct lttng_events *events, const struct lttng_line *line)
{
	struct strace_stream *stream = events->stream;
	if (line->time_ns > stream->clock.now_ns)
		stream->clock.now_ns = line->time_ns;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct span rest = line->name;
		enum abi abi = kinds[i].is_compat ? abi_by_suffix("32") : ABI_NATIVE;
		if (!span_take(&rest, kinds[i].name) || (rest.size > 0) != kinds[i].is_beginning)
			continue;
		kinds[i].take(events, line, rest, abi);
		break;
	}
	strace_forget_surplus(stream, stream->clock.now_ns);
}
