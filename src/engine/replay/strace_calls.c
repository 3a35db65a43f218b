/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls of tasks become events; see engine/replay/strace_stream.h. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/restart.h"
#include "abi/transfer.h"
#include "base/alloc.h"
#include "base/time.h"
#include "engine/replay/strace_stream.h"
#include "event/interest.h"
#include "event/object.h"

/* A path that is executed, as far as its name matters. */
#define PATH_SIZE         4096

/* Words of a command line. */
#define COMMAND_WORDS_MAX 64

/* The longest name of an si_code. */
#define CODE_NAME_MAX     32

static const char *name_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	return desc ? desc->name : "";
}

static bool is_named(struct call call, const char *name)
{
	return strcmp(name_of(call), name) == 0;
}

/* What a call does to its task, beyond what all do. */
enum effect {
	EFFECT_NONE,
	EFFECT_CLONE,     /* it makes a task */
	EFFECT_EXEC,      /* it executes a program */
	EFFECT_EXIT,      /* it never returns */
	EFFECT_SIGRETURN, /* it ends a handler; its result is that of another call */
	EFFECT_RESTART,   /* it continues a call */
	EFFECT_PRCTL,     /* it may change a name */
};

static enum effect effect_of(struct call call)
{
	static const struct {
		const char *name;
		enum effect effect;
	} effects[] = {
		{"clone", EFFECT_CLONE},
		{"clone3", EFFECT_CLONE},
		{"fork", EFFECT_CLONE},
		{"vfork", EFFECT_CLONE},
		{"execve", EFFECT_EXEC},
		{"execveat", EFFECT_EXEC},
		{"exit", EFFECT_EXIT},
		{"exit_group", EFFECT_EXIT},
		{"rt_sigreturn", EFFECT_SIGRETURN},
		{"sigreturn", EFFECT_SIGRETURN},
		{"restart_syscall", EFFECT_RESTART},
		{"prctl", EFFECT_PRCTL},
	};
	const char *name = name_of(call);
	/* All of them begin with one of these. */
	if (!memchr("cefvrsp", *name, 7) || !*name)
		return EFFECT_NONE;
	for (size_t i = 0; i < sizeof(effects) / sizeof(*effects); i++) {
		if (strcmp(effects[i].name, name) == 0)
			return effects[i].effect;
	}
	return EFFECT_NONE;
}

/* Tasks. */

void strace_announce(struct strace_stream *stream, const struct strace_task *task, bool is_new,
	bool has_executed)
{
	struct event_task record = {
		.event = {.type = EVENT_TASK, .tid = task->tid, .time_ns = stream->clock.now_ns},
		.tgid = task->tgid,
		.parent = task->parent,
		.is_new = is_new,
		.has_executed = has_executed,
	};
	memcpy(record.comm, task->comm, sizeof(record.comm));
	strace_stream_send(stream, &record.event);
}

/* PID is the first task. */
static void set_first(struct strace_shared *shared, pid_t pid)
{
	shared->first.tid = pid;
	shared->first.has_changed = true;
}

struct strace_task *strace_task_at(struct strace_stream *stream, pid_t pid, uint64_t now_ns)
{
	struct strace_tasks *tasks = &stream->shared->tasks;
	struct strace_task *task = strace_tasks_find(tasks, pid);
	bool is_new;
	(void)now_ns;
	if (!task) {
		if (!stream->shared->first.tid)
			set_first(stream->shared, pid);
		task = strace_tasks_add(tasks, pid, &is_new);
		stream->seen.born += is_new;
		if (!*task->comm)
			memcpy(task->comm, "?", 2);
		strace_announce(stream, task, is_new, false);
	}
	if (task->is_stopped)
		strace_stopped(stream, task, false, now_ns);
	return task;
}

static void set_comm(struct strace_task *task, const char *name, size_t size)
{
	size = size < TASK_COMM_SIZE - 1 ? size : TASK_COMM_SIZE - 1;
	memset(task->comm, 0, sizeof(task->comm));
	memcpy(task->comm, name, size);
}

/* FIRST is TASK, which has executed a program with the words in ARGS. */
static void describe_first(
	struct strace_first *first, const struct strace_task *task, struct span args)
{
	struct span parts[STRACE_ARGS_MAX], words[COMMAND_WORDS_MAX];
	size_t size = 0;
	bool is_string, is_cut;
	size_t count = strace_split(args, parts, STRACE_ARGS_MAX);
	struct span list = count > 1 ? parts[1] : (struct span){NULL, 0};
	memcpy(first->comm, task->comm, sizeof(first->comm));
	first->has_changed = true;
	if (!span_take(&list, "["))
		return;
	if (span_ends(list, "]"))
		list.size--;
	count = strace_split(list, words, COMMAND_WORDS_MAX);
	for (size_t i = 0; i < count; i++) {
		size_t room = sizeof(first->command) - size - 2;
		if (size && room)
			first->command[size++] = ' ';
		size += strace_string(words[i], (unsigned char *)first->command + size, room,
			&is_string, &is_cut);
	}
	first->command[size] = '\0';
}

void strace_rename(struct strace_stream *stream, struct strace_task *task, struct span comm)
{
	size_t size = comm.size < TASK_COMM_SIZE - 1 ? comm.size : TASK_COMM_SIZE - 1;
	if (memcmp(task->comm, comm.start, size) == 0 && !task->comm[size])
		return;
	set_comm(task, comm.start, size);
	if (task->tid == stream->shared->first.tid) {
		memcpy(stream->shared->first.comm, task->comm, sizeof(task->comm));
		stream->shared->first.has_changed = true;
	}
	strace_announce(stream, task, false, false);
}

/* The program in ARGS of execve was executed. */
static void execute(struct strace_stream *stream, struct strace_task *task, struct span args)
{
	char path[PATH_SIZE];
	size_t size = strace_first_string(args, path, sizeof(path));
	const char *slash = memrchr(path, '/', size);
	const char *name = slash ? slash + 1 : path;
	if (size)
		set_comm(task, name, (size_t)(path + size - name));
	if (task->tid == stream->shared->first.tid) {
		stream->shared->first.is_started |= stream->seen.calls <= 1;
		describe_first(&stream->shared->first, task, args);
	}
	strace_announce(stream, task, false, true);
}

static void rename_by_prctl(
	struct strace_stream *stream, struct strace_task *task, struct span args)
{
	char name[TASK_COMM_SIZE];
	if (!span_begins(args, "PR_SET_NAME"))
		return;
	set_comm(task, name, strace_first_string(args, name, sizeof(name)));
	strace_announce(stream, task, false, false);
}

/* PARENT has made the task PID. */
static void bear(
	struct strace_stream *stream, const struct strace_task *parent, pid_t pid, struct span args)
{
	struct strace_tasks *tasks = &stream->shared->tasks;
	bool is_thread = span_has(args, "CLONE_THREAD");
	pid_t tgid = is_thread ? parent->tgid : pid;
	pid_t of = is_thread ? parent->parent : parent->tgid;
	struct strace_task *task = map_get(&tasks->tasks, (uint64_t)pid);
	stream->seen.births++;
	if (!task) {
		strace_tasks_bear(tasks, parent, pid, is_thread);
		return;
	}
	/* It had lines before its parent returned. */
	if (task->tgid == tgid && task->parent == of)
		return;
	task->tgid = tgid;
	task->parent = of;
	strace_announce(stream, task, false, false);
}

/* Ends of calls. */

/* Whether details of CALL are wanted. */
static bool wants_detail(const struct strace_stream *stream, struct call call, pid_t tid)
{
	const struct interest *interest = stream->shared->interest;
	return !interest || interest_has_detail(interest, INTEREST_DETAILS, call, tid);
}

/* Whether NAME of a descriptor is one of a kind, and which. */
static const struct {
	const char *prefix;
	enum object_kind kind;
} descriptor_kinds[] = {
	{"/dev/", KIND_DEVICE},
	{"/memfd:", KIND_MEMFD},
	{"/", KIND_FILE},
	{"TCP", KIND_TCP},
	{"UDP", KIND_UDP},
	{"UNIX", KIND_UNIX},
	{"pipe:", KIND_PIPE},
	{"socket:", KIND_SOCKET},
	{"anon_inode:[eventpoll]", KIND_EPOLL},
	{"anon_inode:[eventfd]", KIND_EVENTFD},
	{"anon_inode:[timerfd]", KIND_TIMERFD},
	{"anon_inode:[signalfd]", KIND_SIGNALFD},
	{"anon_inode:inotify", KIND_INOTIFY},
	{"anon_inode:[io_uring]", KIND_URING},
	{"anon_inode:", KIND_ANON},
	{"signalfd:", KIND_SIGNALFD},
	{"pid:", KIND_PIDFD},
};

static enum object_kind kind_of(struct span name, bool is_deleted)
{
	for (size_t i = 0; i < sizeof(descriptor_kinds) / sizeof(*descriptor_kinds); i++) {
		if (!span_begins(name, descriptor_kinds[i].prefix))
			continue;
		enum object_kind kind = descriptor_kinds[i].kind;
		return kind == KIND_FILE && is_deleted ? KIND_DELETED : kind;
	}
	return KIND_SOCKET;
}

/* The name of DESCRIPTOR without escapes, in RECORD: "/tmp/a<b" of "/tmp/a\\74b". */
static void set_name(struct event_descriptor *record, struct span name)
{
	static const char deleted[] = ">(deleted)";
	unsigned char quoted[EVENT_DESCRIPTOR_NAME_MAX + 2];
	bool is_string, is_cut;
	bool is_deleted = span_ends(name, deleted);
	if (is_deleted)
		name.size -= sizeof(deleted) - 1;
	/* What a device is, behind its path: "/dev/null<char 1:3>". */
	const char *device = span_begins(name, "/") ? memchr(name.start, '<', name.size) : NULL;
	if (device)
		name.size = (size_t)(device - name.start);
	if (name.size > EVENT_DESCRIPTOR_NAME_MAX - sizeof(" (deleted)"))
		name.size = EVENT_DESCRIPTOR_NAME_MAX - sizeof(" (deleted)");
	record->kind = kind_of(name, is_deleted);
	if (span_begins(name, "/")) {
		quoted[0] = '"';
		memcpy(quoted + 1, name.start, name.size);
		record->size = (uint32_t)strace_string(
			(struct span){(const char *)quoted, name.size + 1},
			(unsigned char *)record->name, name.size, &is_string, &is_cut);
	} else {
		memcpy(record->name, name.start, name.size);
		record->size = (uint32_t)name.size;
	}
	if (is_deleted && record->kind == KIND_DELETED) {
		memcpy(record->name + record->size, " (deleted)", 10);
		record->size += 10;
	}
}

/* Whether it is news that descriptor FD of TASK is NAME, and remembers it. */
static bool is_news(
	struct strace_stream *stream, const struct strace_task *task, int fd, struct span name)
{
	uint64_t key = (uint64_t)(uint32_t)task->tgid << 32 | (uint32_t)fd;
	uint64_t hash = key;
	for (size_t i = 0; i < name.size; i++)
		hash = (hash ^ (unsigned char)name.start[i]) * UINT64_C(0x100000001b3);
	struct strace_known *known =
		&stream->shared->known[(key ^ key >> 32) * 31 % STRACE_KNOWN_MAX];
	if (known->key == key && known->hash == hash)
		return false;
	*known = (struct strace_known){key, hash};
	return true;
}

static void describe(struct event_descriptor *record, const struct strace_task *task,
	const struct strace_descriptor *descriptor, uint64_t time_ns)
{
	*record = (struct event_descriptor){
		.event = {.type = EVENT_DESCRIPTOR, .tid = task->tid, .time_ns = time_ns},
		.until_ns = time_ns,
		.tgid = task->tgid,
		.fd = descriptor->fd,
		.state = FOUND_OPEN,
	};
	set_name(record, descriptor->name);
}

/*
 * Sends what -y says of the descriptors of the call that was read back; what it says of one that
 * the call has made is kept until its end is sent.
 */
static void send_descriptors(struct strace_stream *stream, const struct strace_task *task)
{
	struct strace_waiting *waiting = &stream->waiting;
	union strace_described room;
	const struct strace_descriptor *list;
	size_t count = strace_decoder_descriptors(stream->shared->decoder, &list);
	for (size_t i = 0; i < count; i++) {
		if (!is_news(stream, task, list[i].fd, list[i].name))
			continue;
		if (list[i].is_new) {
			describe(&waiting->made.record, task, &list[i], 0);
			waiting->has_made = true;
			continue;
		}
		describe(&room.record, task, &list[i], task->current.start_ns);
		strace_stream_send(stream, &room.record.event);
	}
}

void strace_descriptor_is(struct strace_stream *stream, const struct strace_task *task, int fd,
	struct span name, uint64_t now_ns)
{
	const struct strace_descriptor descriptor = {.fd = fd, .name = name};
	union strace_described room;
	if (!is_news(stream, task, fd, name))
		return;
	describe(&room.record, task, &descriptor, now_ns);
	strace_stream_send(stream, &room.record.event);
}

static void send_waiting(struct strace_stream *stream)
{
	struct strace_waiting *waiting = &stream->waiting;
	struct event_detail *detail = waiting->detail;
	waiting->is_there = false;
	strace_stream_send(stream, &waiting->exit.event);
	if (!detail)
		return;
	detail->event.time_ns = waiting->exit.event.time_ns;
	strace_stream_send(stream, &detail->event);
	if (!waiting->has_made)
		return;
	waiting->has_made = false;
	waiting->made.record.event.time_ns = detail->event.time_ns;
	strace_stream_send(stream, &waiting->made.record.event);
	waiting->made.record.until_ns = waiting->made.record.event.time_ns;
}

void strace_flush(struct strace_stream *stream, uint64_t now_ns)
{
	struct strace_waiting *waiting = &stream->waiting;
	struct outcome *outcome = &waiting->exit.outcome;
	if (!waiting->is_there)
		return;
	uint64_t start_ns = waiting->exit.event.time_ns;
	uint64_t until_ns = now_ns > start_ns ? now_ns - start_ns : 0;
	if (!now_ns || stream->clock.times == TIMES_NONE) {
		outcome->partial = true;
	} else if (stream->clock.times == TIMES_SECONDS) {
		/* Both times have lost their fractions: it is a second longer or shorter. */
		outcome->partial = true;
		outcome->duration_ns = until_ns > NS_PER_S ? until_ns - NS_PER_S : 0;
		waiting->exit.event.time_ns += until_ns;
	} else {
		outcome->duration_ns = until_ns;
		waiting->exit.event.time_ns += until_ns;
	}
	send_waiting(stream);
}

/* Prepares the detail of the call that EXIT ends. */
static struct event_detail *prepare_detail(struct strace_stream *stream,
	const struct strace_task *task, const struct event_exit *exit, struct span args,
	struct span result)
{
	const struct strace_call_text text = {
		.call = exit->call,
		.args = args,
		.result = result,
		.value = exit->result,
		.err = exit->outcome.err,
		.never_returned = exit->never_returned,
		.is_raw = stream->is_raw || (stream->perf && perf_text_is_raw(stream->perf)),
	};
	struct event_detail *detail = strace_decode(stream->shared->decoder, &text);
	detail->event.tid = task->tid;
	detail->tgid = task->tgid;
	detail->start_ns = task->current.start_ns;
	detail->partial = task->current.is_partial;
	return detail;
}

/* The bytes that a call with ARGS has transferred. */
static uint64_t bytes_of(
	struct strace_stream *stream, struct call call, struct span args, int64_t result)
{
	const struct transfer_rule *rule = &transfer_rules[transfer_rule_of(call)];
	uint64_t registers[CALL_MAX_ARGS] = {0};
	if (!rule->by_result && !rule->by_argument)
		return 0;
	if (rule->by_result != TRANSFER_ALL)
		strace_decode_args(stream->shared->decoder, call, args, registers);
	return transfer_bytes(call, registers, result);
}

/* Copies the detail of WAITING: other streams are read before it is sent. */
static void keep_detail(struct strace_waiting *waiting)
{
	size_t size = event_size(&waiting->detail->event);
	unsigned char *kept = (unsigned char *)waiting->kept;
	waiting->kept = xlengthen(kept, &waiting->kept_size, size, 1);
	memcpy(waiting->kept, waiting->detail, size);
	waiting->detail = waiting->kept;
}

/* The current call of TASK ends as EXIT says; it is sent when it is known when that was. */
static void end_call(struct strace_stream *stream, struct strace_task *task,
	const struct event_exit *exit, struct span args, struct span result, bool waits)
{
	struct strace_waiting *waiting = &stream->waiting;
	waiting->is_there = true;
	waiting->exit = *exit;
	waiting->exit.capture = strace_stacks_follow(stream, exit->event.tid);
	waiting->detail = wants_detail(stream, exit->call, task->tid)
	                          ? prepare_detail(stream, task, exit, args, result)
	                          : NULL;
	if (waiting->detail) {
		waiting->detail->capture = waiting->exit.capture;
		send_descriptors(stream, task);
	}
	if (waiting->detail && waits && !stream->is_single)
		keep_detail(waiting);
	task->phase = STRACE_IN_USER;
	strace_tasks_set_clones(&stream->shared->tasks, task, false);
	stream->seen.calls++;
	if (!waits)
		send_waiting(stream);
}

/* The call BEGUN of TASK never returns. */
static void abandon(struct strace_stream *stream, struct strace_task *task, uint64_t now_ns)
{
	const struct strace_begun *begun = &task->current;
	const struct event_exit exit = {
		.event = {.type = EVENT_EXIT, .tid = task->tid, .time_ns = now_ns},
		.call = begun->call,
		.outcome =
			{
				.duration_ns = now_ns > begun->start_ns ? now_ns - begun->start_ns
	                                                                : 0,
				.partial = true,
			},
		.never_returned = true,
	};
	end_call(stream, task, &exit, (struct span){task->args.text, task->args.size},
		(struct span){"?", 1}, false);
}

/* BEGUN, interrupted, has failed because a handler ran. */
static void fail(
	struct strace_stream *stream, struct strace_task *task, const struct strace_begun *begun)
{
	uint64_t end_ns = begun->interrupted_ns;
	const struct event_exit exit = {
		.event = {.type = EVENT_EXIT, .tid = task->tid, .time_ns = end_ns},
		.call = begun->call,
		.outcome =
			{
				.duration_ns = end_ns > begun->start_ns ? end_ns - begun->start_ns
	                                                                : 0,
				.partial = begun->is_partial ||
	                                   stream->clock.times <= TIMES_SECONDS,
				.err = EINTR,
			},
	};
	/* Its arguments are not kept any more if others came in between. */
	bool has_args = begun == &task->current;
	struct strace_begun current = task->current;
	task->current = *begun;
	end_call(stream, task, &exit,
		(struct span){task->args.text, has_args ? task->args.size : 0},
		(struct span){"-1 EINTR", 8}, false);
	task->current = current;
}

/* Beginnings of calls. */

/* LASTS: its end is not in the same line, so that it may be seen in progress. */
static void send_enter(
	struct strace_stream *stream, struct strace_task *task, struct span args, bool lasts)
{
	struct event_enter record = {
		.event = {.type = EVENT_ENTER, .tid = task->tid, .time_ns = task->current.start_ns},
		.call = task->current.call,
		.partial = task->current.is_partial,
	};
	if (lasts) {
		strace_decode_args(stream->shared->decoder, record.call, args, record.args);
		record.has_args = true;
	}
	strace_stream_send(stream, &record.event);
}

/* Whether CALL, with a name of it in ARGS, continues BEGUN. */
static bool continues(const struct strace_begun *begun, struct call call)
{
	return call_equal(begun->call, call) || is_named(call, "restart_syscall");
}

static void suspend(struct strace_stream *stream, struct strace_task *task)
{
	if (task->suspended_count == STRACE_SUSPENDED_MAX) {
		fail(stream, task, &task->suspended[0]);
		memmove(&task->suspended[0], &task->suspended[1],
			(STRACE_SUSPENDED_MAX - 1) * sizeof(task->suspended[0]));
		task->suspended_count--;
	}
	task->suspended[task->suspended_count++] = task->current;
}

/* A call follows an interruption. Returns whether it is the interrupted one, which goes on. */
static bool settle_interrupted(
	struct strace_stream *stream, struct strace_task *task, struct call call)
{
	if (continues(&task->current, call))
		return true;
	if (task->is_signalled && restart_survives_handler(task->current.restart))
		suspend(stream, task);
	else
		fail(stream, task, &task->current);
	return false;
}

/* A call follows a handler. Returns whether it is the one that was suspended for that. */
static bool settle_suspended(
	struct strace_stream *stream, struct strace_task *task, struct call call)
{
	struct strace_begun *begun = &task->suspended[task->suspended_count - 1];
	bool goes_on = continues(begun, call);
	if (!goes_on && task->is_signalled)
		return false;
	if (goes_on)
		task->current = *begun;
	else
		fail(stream, task, begun);
	task->suspended_count--;
	return goes_on;
}

bool strace_makes_task(struct call call)
{
	return effect_of(call) == EFFECT_CLONE;
}

bool strace_never_returns(struct call call)
{
	return effect_of(call) == EFFECT_EXIT;
}

static bool continues_call(
	struct strace_stream *stream, struct strace_task *task, struct call call, uint64_t now_ns)
{
	bool is_handler_over = task->is_handler_over;
	task->is_handler_over = false;
	if (task->phase == STRACE_INTERRUPTED)
		return settle_interrupted(stream, task, call);
	if (task->phase == STRACE_IN_CALL)
		abandon(stream, task, now_ns);
	return is_handler_over && task->suspended_count && settle_suspended(stream, task, call);
}

/* The call that ARGS of restart_syscall name: "<... resuming interrupted nanosleep ...>". */
static struct call resumed_call(
	const struct strace_stream *stream, struct span args, struct call call)
{
	struct span name;
	if (span_take(&args, STRACE_RESUMING " interrupted ") && span_take_until(&args, ' ', &name))
		call_names_find(stream->shared->names, name, (enum abi)call.abi, &call);
	return call;
}

static void send_state(struct strace_stream *stream, const struct strace_task *task,
	enum task_state state, uint64_t now_ns)
{
	struct event_state record = {
		.event = {.type = EVENT_STATE, .tid = task->tid, .time_ns = now_ns},
		.state = state,
		.in_call = task->phase == STRACE_IN_CALL,
	};
	strace_stream_send(stream, &record.event);
}

void strace_begin(struct strace_stream *stream, struct strace_task *task, struct call call,
	uint64_t now_ns, enum strace_beginning beginning, struct span args)
{
	bool is_partial = beginning == STRACE_BEGAN_BEFORE;
	bool lasts = beginning != STRACE_IS_WHOLE;
	if (continues_call(stream, task, call, now_ns)) {
		task->phase = STRACE_IN_CALL;
		task->current.piece_ns = now_ns;
		return;
	}
	enum effect effect = effect_of(call);
	if (effect == EFFECT_RESTART) {
		/* It was interrupted by the attach. */
		call = resumed_call(stream, args, call);
		is_partial = true;
		args = (struct span){NULL, 0};
	}
	task->current = (struct strace_begun){
		.call = call, .start_ns = now_ns, .piece_ns = now_ns, .is_partial = is_partial};
	task->phase = STRACE_IN_CALL;
	if (effect == EFFECT_EXIT) {
		task->args.size = 0;
		strace_kept_set(&task->args, args);
		abandon(stream, task, now_ns);
		send_state(stream, task, TASK_EXITING, now_ns);
		return;
	}
	send_enter(stream, task, args, lasts);
	if (effect == EFFECT_CLONE) {
		strace_kept_set(&task->args, args);
		strace_tasks_set_clones(&stream->shared->tasks, task, true);
	}
}

/* Returns. */

/* The errno of RESULT; 0: it is not known, or none. */
static int error_of(struct strace_stream *stream, const struct strace_result *result)
{
	if (result->kind != RESULT_ERROR)
		return 0;
	if (!result->error.size)
		return (int)-result->value;
	int err = call_names_error(stream->shared->names, result->error);
	return err ? err : EIO;
}

/* Whether the call of TASK that has failed with ERR is made again, or may be. */
static bool interrupt(struct strace_stream *stream, struct strace_task *task, int err,
	struct span args, uint64_t now_ns)
{
	enum restart restart = err ? restart_of_result(-err) : RESTART_NONE;
	if (!restart)
		return false;
	strace_flush(stream, now_ns);
	if (args.start != task->args.text)
		strace_kept_set(&task->args, args);
	task->phase = STRACE_INTERRUPTED;
	task->is_signalled = false;
	task->current.restart = restart;
	task->current.interrupted_ns = now_ns;
	return true;
}

/* When a call has ended. */
struct ending {
	uint64_t end_ns;
	uint64_t duration_ns;
	bool is_partial;
	bool waits; /* it is not known yet */
};

static struct ending ending_of(const struct strace_stream *stream, const struct strace_task *task,
	const struct strace_line *line, uint64_t now_ns, bool is_at_end)
{
	const struct strace_begun *begun = &task->current;
	struct ending ending = {.end_ns = now_ns, .is_partial = begun->is_partial};
	uint64_t piece_ns = begun->piece_ns;
	if (line->has_duration) {
		/* Of one whose beginning is not written, this tells when it was. */
		bool is_known = !begun->is_partial || is_at_end;
		ending.is_partial = !is_known;
		ending.end_ns = begun->is_partial ? now_ns : piece_ns + line->duration_ns;
		ending.duration_ns = begun->is_partial ? line->duration_ns
		                                       : ending.end_ns - begun->start_ns;
		return ending;
	}
	if (!is_at_end) {
		ending.end_ns = begun->start_ns;
		ending.waits = stream->clock.times != TIMES_NONE;
		ending.is_partial |= !ending.waits;
		return ending;
	}
	ending.duration_ns = now_ns > begun->start_ns ? now_ns - begun->start_ns : 0;
	if (stream->clock.times <= TIMES_SECONDS) {
		bool is_long = stream->clock.times == TIMES_SECONDS &&
		               ending.duration_ns > NS_PER_S;
		ending.is_partial = true;
		ending.duration_ns = is_long ? ending.duration_ns - NS_PER_S : 0;
	}
	return ending;
}

/* What the call has done to its task, and made. */
static void apply_effects(struct strace_stream *stream, struct strace_task *task,
	const struct strace_result *result, struct span args, enum effect effect)
{
	if (effect == EFFECT_SIGRETURN)
		task->is_handler_over = true;
	if (result->kind != RESULT_VALUE)
		return;
	pid_t made = result->translated  ? result->translated
	             : result->value > 0 ? (pid_t)result->value
	                                 : 0;
	if (effect == EFFECT_CLONE && made > 0 && !stream->knows_births)
		bear(stream, task, made, args);
	else if (effect == EFFECT_EXEC)
		execute(stream, task, args);
	else if (effect == EFFECT_PRCTL)
		rename_by_prctl(stream, task, args);
}

void strace_end(struct strace_stream *stream, struct strace_task *task,
	const struct strace_line *line, struct span args, uint64_t now_ns, bool is_at_end)
{
	struct strace_result result;
	if (task->phase != STRACE_IN_CALL)
		return;
	/* Those of the call that goes on were written when it was interrupted. */
	if (span_begins(args, STRACE_RESUMING))
		args = (struct span){task->args.text, task->args.size};
	strace_result_parse(line->result, &result);
	enum effect effect = effect_of(task->current.call);
	int err = effect == EFFECT_SIGRETURN ? 0 : error_of(stream, &result);
	uint64_t end_ns = line->has_duration ? task->current.piece_ns + line->duration_ns : now_ns;
	if (interrupt(stream, task, err, args, end_ns))
		return;
	if (result.kind == RESULT_NEVER) {
		strace_kept_set(&task->args, args);
		abandon(stream, task, now_ns);
		return;
	}
	struct ending ending = ending_of(stream, task, line, now_ns, is_at_end);
	const struct event_exit exit = {
		.event = {.type = EVENT_EXIT, .tid = task->tid, .time_ns = ending.end_ns},
		.call = task->current.call,
		.outcome =
			{
				.duration_ns = ending.duration_ns,
				.partial = ending.is_partial,
				.err = err,
				.bytes = err || result.kind != RESULT_VALUE
	                                         ? 0
	                                         : bytes_of(stream, task->current.call, args,
							   result.value),
			},
		.result = result.value,
	};
	stream->seen.timed += line->has_duration;
	stream->seen.unreadable += result.kind == RESULT_UNKNOWN;
	apply_effects(stream, task, &result, args, effect);
	end_call(stream, task, &exit, args, line->result, ending.waits);
}

/* Signals, and ends of tasks. */

/* The si_code in INFO: "si_code=CLD_EXITED". */
static int32_t code_of(struct span info)
{
	static const char *const sets[] = {"si.code", "sigchld.code", "sigsegv.code", "sigbus.code",
		"sigfpe.code", "sigill.code", "sigtrap.code", "sigsys.code"};
	static const char key[] = "si_code=";
	char name[CODE_NAME_MAX];
	uint64_t value = 0;
	size_t size = 0;
	const char *at = info.size ? memmem(info.start, info.size, key, sizeof(key) - 1) : NULL;
	if (!at)
		return 0;
	struct span rest = span_between(at + sizeof(key) - 1, info.start + info.size);
	if (span_take_c_number(&rest, &value))
		return (int32_t)value;
	while (size < rest.size && size + 1 < sizeof(name) && rest.start[size] != ',' &&
		rest.start[size] != '}')
		size++;
	memcpy(name, rest.start, size);
	name[size] = '\0';
	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++) {
		const struct value_set *set = value_set_by_name(sets[i]);
		if (set && value_by_name(set, name, &value))
			break;
	}
	return (int32_t)value;
}

/* The number behind KEY in INFO, the siginfo; NAMED: the name of a signal is one, too. */
static bool info_number(
	const struct strace_stream *stream, struct span info, const char *key, uint64_t *number)
{
	const char *at = info.size ? memmem(info.start, info.size, key, strlen(key)) : NULL;
	if (!at)
		return false;
	struct span rest = span_between(at + strlen(key), info.start + info.size);
	if (span_take_c_number(&rest, number))
		return true;
	size_t size = 0;
	while (size < rest.size && rest.start[size] != ',' && rest.start[size] != '}')
		size++;
	int signal = call_names_signal(
		stream->shared->names, span_between(rest.start, rest.start + size));
	*number = (uint64_t)signal;
	return signal != 0;
}

void strace_signal(struct strace_stream *stream, struct strace_task *task,
	const struct strace_line *line, uint64_t now_ns)
{
	uint64_t number = 0;
	struct event_signal record = {
		.event = {.type = EVENT_SIGNAL, .tid = task->tid, .time_ns = now_ns},
		.signal = call_names_signal(stream->shared->names, line->name),
		.tgid = task->tgid,
	};
	task->is_signalled = true;
	if (!record.signal)
		return;
	record.code = code_of(line->args);
	if (info_number(stream, line->args, "si_pid=", &number))
		record.sender = (pid_t)number;
	if (info_number(stream, line->args, "si_uid=", &number))
		record.uid = (uid_t)number;
	if (info_number(stream, line->args, "si_status=", &number))
		record.status = (int32_t)number;
	if (info_number(stream, line->args, "si_addr=", &number))
		record.address = number;
	if (info_number(stream, line->args, "si_fd=", &number))
		record.descriptor = (int32_t)number;
	strace_stream_send(stream, &record.event);
}

void strace_stopped(
	struct strace_stream *stream, struct strace_task *task, bool is_stopped, uint64_t now_ns)
{
	task->is_stopped = is_stopped;
	send_state(stream, task, is_stopped ? TASK_STOPPED : TASK_RUNNING, now_ns);
}

void strace_gone(struct strace_stream *stream, struct strace_task *task, int code, int signal,
	bool dumped_core, uint64_t now_ns)
{
	bool has_ended = code >= 0 || signal;
	/* Of one that was left, the call goes on. */
	if (has_ended && task->phase == STRACE_INTERRUPTED)
		task->phase = STRACE_IN_CALL;
	if (has_ended && task->phase == STRACE_IN_CALL)
		abandon(stream, task, now_ns);
	struct event_gone record = {
		.event = {.type = EVENT_GONE, .tid = task->tid, .time_ns = now_ns},
		.exit_code = code,
		.exit_signal = signal,
		.dumped_core = dumped_core,
	};
	strace_stream_send(stream, &record.event);
	struct strace_first *first = &stream->shared->first;
	if (task->tid == first->tid) {
		first->exit_code = code;
		first->exit_signal = signal;
		first->has_changed = true;
	}
	strace_tasks_remove(&stream->shared->tasks, task);
}

void strace_supersede(
	struct strace_stream *stream, struct strace_task *leader, pid_t by, uint64_t now_ns)
{
	struct strace_tasks *tasks = &stream->shared->tasks;
	struct strace_task *task = map_get(&tasks->tasks, (uint64_t)by);
	if (leader->phase == STRACE_IN_CALL)
		abandon(stream, leader, now_ns);
	leader->suspended_count = 0;
	leader->phase = STRACE_IN_USER;
	if (!task || task == leader)
		return;
	/* Its execve returns as the leader's. */
	if (task->phase == STRACE_IN_CALL) {
		leader->current = task->current;
		leader->phase = STRACE_IN_CALL;
		strace_kept_set(&leader->args, (struct span){task->args.text, task->args.size});
		task->phase = STRACE_IN_USER;
	}
	strace_gone(stream, task, -1, 0, false, now_ns);
	if (leader->phase == STRACE_IN_CALL)
		send_enter(
			stream, leader, (struct span){leader->args.text, leader->args.size}, true);
}
