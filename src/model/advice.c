/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns that people can do something about; see model/advice.h. */
#include "config.h"

#include "model/advice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/state.h"

/* The thresholds of the rules: fewer calls are not worth a word. */
#define SPIN_MIN      1000
#define YIELD_MIN     1000
#define LOCK_MIN      1000
#define LOCK_SEEN     3 /* waits for a holder */
#define SYNC_MIN      20
#define BYTE_MIN      500
#define WRITE_MIN     1000
#define WRITE_SIZE    128 /* bytes */
#define CLOSE_MIN     1000
#define STAT_MIN      1000
#define MAP_MIN       500
#define LOOKUP_MIN    20
#define CONNECT_MIN   50
#define REQUEST_MAX   8 /* sends and receives of a connection */
#define LOAD_MIN      10
#define POLL_MIN      100
#define POLL_SHORT_NS (100 * NS_PER_MS)
#define POLL_LONG_NS  (50 * NS_PER_US) /* shorter ones have had something to report */

static const struct {
	const char *name;
	enum advice_group group;
} groups[] = {
	{"accept", GROUP_ACCEPT},
	{"accept4", GROUP_ACCEPT},
	{"access", GROUP_STAT},
	{"clock_nanosleep", GROUP_SLEEP},
	{"close", GROUP_CLOSE},
	{"connect", GROUP_CONNECT},
	{"creat", GROUP_OPEN},
	{"epoll_pwait", GROUP_POLL},
	{"epoll_pwait2", GROUP_POLL},
	{"epoll_wait", GROUP_POLL},
	{"execve", GROUP_EXEC},
	{"execveat", GROUP_EXEC},
	{"faccessat", GROUP_STAT},
	{"faccessat2", GROUP_STAT},
	{"fdatasync", GROUP_SYNC},
	{"fsync", GROUP_SYNC},
	{"futex", GROUP_FUTEX},
	{"getdents", GROUP_LIST},
	{"getdents64", GROUP_LIST},
	{"lstat", GROUP_STAT},
	{"mmap", GROUP_MAP},
	{"munmap", GROUP_UNMAP},
	{"nanosleep", GROUP_SLEEP},
	{"newfstatat", GROUP_STAT},
	{"open", GROUP_OPEN},
	{"openat", GROUP_OPEN},
	{"openat2", GROUP_OPEN},
	{"poll", GROUP_POLL},
	{"ppoll", GROUP_POLL},
	{"pread64", GROUP_READ},
	{"preadv", GROUP_READ},
	{"preadv2", GROUP_READ},
	{"pselect6", GROUP_POLL},
	{"pwrite64", GROUP_WRITE},
	{"pwritev", GROUP_WRITE},
	{"pwritev2", GROUP_WRITE},
	{"read", GROUP_READ},
	{"readlink", GROUP_STAT},
	{"readlinkat", GROUP_STAT},
	{"readv", GROUP_READ},
	{"recvfrom", GROUP_MESSAGE},
	{"recvmmsg", GROUP_MESSAGE},
	{"recvmsg", GROUP_MESSAGE},
	{"sched_yield", GROUP_YIELD},
	{"select", GROUP_POLL},
	{"sendmmsg", GROUP_LOOKUP},
	{"sendmsg", GROUP_MESSAGE},
	{"sendto", GROUP_MESSAGE},
	{"socket", GROUP_SOCKET},
	{"stat", GROUP_STAT},
	{"statx", GROUP_STAT},
	{"sync", GROUP_SYNC},
	{"syncfs", GROUP_SYNC},
	{"write", GROUP_WRITE},
	{"writev", GROUP_WRITE},
};

static int compare_name(const void *name, const void *row)
{
	const char *const *known = row;
	return strcmp(name, *known);
}

enum advice_group advice_group_of(struct call call)
{
	const struct syscall_desc *desc = syscall_lookup(call);
	if (!desc || call_is_request(call))
		return GROUP_OTHER;
	size_t count = sizeof(groups) / sizeof(*groups);
	const void *found = bsearch(desc->name, groups, count, sizeof(*groups), compare_name);
	return found ? groups[((const char *)found - (const char *)groups) /
			       (ptrdiff_t)sizeof(*groups)]
	                       .group
	             : GROUP_OTHER;
}

/* Completed calls. */
struct count {
	uint64_t calls, errors, bytes, ns;
};

/* A thread or a process, and what it has done. */
struct subject {
	const struct thread *thread; /* the thread, or one of the process, its leader if possible */
	size_t threads; /* of the process: those that have made a call of GROUP_FUTEX */
	struct count all;
	struct count group[GROUP_COUNT];
};

/* What rules look at. */
struct view {
	const struct model *model;
	uint64_t now_ns;
	enum span span;
};

/* The calls of a model by object that are in some groups. */
struct use {
	uint64_t calls;   /* that are known to be about objects */
	uint64_t objects; /* number of these */
	uint64_t most;    /* calls about the object that has the most */
	const struct object *object;
};

static bool is_in(uint32_t set, enum advice_group group)
{
	return set >> group & 1;
}

#define SET(group) (UINT32_C(1) << (group))

/* The group of CALL, as kept by MODEL. */
static enum advice_group group_in(const struct model *model, struct call call)
{
	const struct call_stats *stats = map_get(&model->calls, call_key(call));
	return stats ? stats->advice_group : GROUP_OTHER;
}

static struct count sum_of(const struct subject *subject, uint32_t set)
{
	struct count sum = {0};
	for (enum advice_group id = 0; id < GROUP_COUNT; id++) {
		if (!is_in(set, id))
			continue;
		sum.calls += subject->group[id].calls;
		sum.errors += subject->group[id].errors;
		sum.bytes += subject->group[id].bytes;
		sum.ns += subject->group[id].ns;
	}
	return sum;
}

/* Whether nine of ten errors of the calls in SET are ERR: threads do not tell errors apart. */
static bool fail_with(const struct view *view, uint32_t set, int err)
{
	uint64_t errors = 0, such = 0;
	const struct call_stats *stats;
	MAP_FOR_EACH (&view->model->calls, at, stats) {
		const struct tally *tally = &stats->tally[view->span];
		if (!is_in(set, stats->advice_group))
			continue;
		errors += tally->errors;
		for (size_t i = 0; i < tally->error_kinds; i++)
			such += tally->error[i].err == err ? tally->error[i].count : 0;
	}
	return such && such >= errors / 10 * 9;
}

/* The calls in SET about the object of STATS. */
static uint64_t calls_about(const struct view *view, const struct file_stats *stats, uint32_t set)
{
	const struct file_span *span = stats->span[view->span];
	uint64_t calls = 0;
	for (size_t i = 0; span && i < span->parts[FILE_BY_CALL].count; i++) {
		const struct file_part *part = &span->parts[FILE_BY_CALL].part[i];
		if (part->key != FILE_PART_OTHER && is_in(set, group_in(view->model, part->call)))
			calls += part->counts.calls;
	}
	return calls;
}

static struct use use_of(const struct view *view, uint32_t set)
{
	const struct files *files = &view->model->files;
	struct use use = {0};
	for (size_t i = 0; i < files->count; i++) {
		uint64_t calls = calls_about(view, files->list[i], set);
		use.calls += calls;
		use.objects += calls > 0;
		if (calls <= use.most)
			continue;
		use.most = calls;
		use.object = files->list[i]->object;
	}
	return use;
}

/* Whether USE has nearly all of CALLS. */
static bool is_complete(const struct use *use, uint64_t calls)
{
	return use->calls >= calls / 10 * 9 && calls > 0;
}

static void set_object(struct advice *advice, const struct use *use)
{
	if (!use->object || use->most < use->calls / 2 || use->calls < advice->calls / 2)
		return;
	size_t size = use->object->size, most = sizeof(advice->object) - 1;
	const char *name = use->object->name;
	if (size > most)
		name += size - most;
	advice->object_size = size > most ? most : size;
	memcpy(advice->object, name, advice->object_size);
}

/* The rules. Each stores what it has found in ADVICE, which is zero; COUNT is of its groups. */

static bool spins(const struct view *view, const struct subject *subject, const struct count *count,
	struct advice *advice)
{
	struct count waits = sum_of(subject, SET(GROUP_POLL) | SET(GROUP_SLEEP));
	uint32_t set = SET(GROUP_READ) | SET(GROUP_WRITE) | SET(GROUP_MESSAGE) | SET(GROUP_ACCEPT);
	advice->calls = count->errors;
	return count->errors >= SPIN_MIN && count->errors >= count->calls / 2 &&
	       waits.calls <= count->errors / 4 && fail_with(view, set, EAGAIN);
}

static bool yields(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	(void)view;
	(void)advice;
	return count->calls >= YIELD_MIN && count->calls >= subject->all.calls / 10 * 3;
}

/*
 * A lock that was free again when the kernel looked is an EAGAIN; of waits for events, one in
 * thirty was. Otherwise threads have to be seen to wait for a holder: locks and events are one
 * call.
 */
static bool contends(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	const struct thread *thread;
	uint64_t seen = 0;
	if (count->calls < LOCK_MIN || subject->threads < 2 ||
		count->calls < subject->all.calls / 2)
		return false;
	MAP_FOR_EACH (&view->model->threads, at, thread) {
		if (thread->pid != subject->thread->pid)
			continue;
		seen += model_held_waits(thread, &advice->holder);
		advice->waiters += model_waits_for_lock(view->model, thread, view->now_ns);
	}
	advice->others = subject->threads;
	return seen >= LOCK_SEEN ||
	       (count->errors >= count->calls / 10 && fail_with(view, SET(GROUP_FUTEX), EAGAIN));
}

static bool syncs(const struct view *view, const struct subject *subject, const struct count *count,
	struct advice *advice)
{
	(void)view;
	advice->others = subject->group[GROUP_WRITE].calls;
	return count->calls >= SYNC_MIN && advice->others > 0 &&
	       advice->others <= 2 * count->calls && count->ns >= subject->all.ns / 10;
}

static bool reads_bytes(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	uint64_t done = count->calls - count->errors;
	(void)view;
	(void)advice;
	return done >= BYTE_MIN && count->bytes <= 2 * done && count->bytes >= done / 10 * 9 &&
	       done >= subject->all.calls / 10 * 3 && subject->group[GROUP_POLL].calls <= done / 4;
}

/* What wakes an event loop is a write, too: of eight bytes to an eventfd, or of one to a pipe. */
static bool writes_little(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	uint64_t done = count->calls - count->errors;
	bool has_loop = subject->group[GROUP_POLL].calls > done / 4;
	if (done < WRITE_MIN || count->bytes > done * WRITE_SIZE ||
		count->calls < subject->all.calls / 10 * 3)
		return false;
	struct use use = use_of(view, SET(GROUP_WRITE));
	advice->calls = done;
	if (is_complete(&use, done))
		return use.most >= use.calls / 2 &&
		       (use.object->kind <= KIND_DEVICE || use.object->kind == KIND_TCP);
	return count->bytes != 8 * done && !(has_loop && count->bytes == done);
}

static bool closes_all(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	advice->calls = count->errors;
	advice->others = subject->group[GROUP_EXEC].calls - subject->group[GROUP_EXEC].errors;
	return count->errors >= CLOSE_MIN && count->errors >= count->calls / 10 * 8 &&
	       fail_with(view, SET(GROUP_CLOSE), EBADF);
}

/* Not of one who walks through directories, and not the stat that follows an open. */
static bool stats_often(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	if (count->calls < STAT_MIN || count->calls < subject->all.calls / 10 * 4 ||
		subject->group[GROUP_LIST].calls > count->calls / 200 ||
		subject->group[GROUP_OPEN].calls > count->calls / 4)
		return false;
	struct use use = use_of(view, SET(GROUP_STAT));
	if (!is_complete(&use, count->calls))
		return true;
	advice->others = use.objects;
	return use.objects <= use.calls / 2;
}

static bool maps_in_turn(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	uint64_t maps = subject->group[GROUP_MAP].calls, unmaps = subject->group[GROUP_UNMAP].calls;
	(void)view;
	advice->calls = maps;
	advice->others = unmaps;
	return maps >= MAP_MIN && unmaps >= maps / 10 * 8 &&
	       count->calls >= subject->all.calls / 10 * 6 &&
	       subject->group[GROUP_OPEN].calls <= maps / 4;
}

static bool looks_up(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	(void)view;
	(void)advice;
	return count->calls >= LOOKUP_MIN && subject->group[GROUP_SOCKET].calls >= count->calls &&
	       subject->group[GROUP_CONNECT].calls >= count->calls;
}

static bool connects(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	struct count sent = sum_of(
		subject, SET(GROUP_READ) | SET(GROUP_WRITE) | SET(GROUP_MESSAGE));
	(void)view;
	advice->others = sent.calls;
	return count->calls >= CONNECT_MIN && sent.calls >= count->calls &&
	       sent.calls <= REQUEST_MAX * count->calls &&
	       subject->group[GROUP_CLOSE].calls >= count->calls / 2 &&
	       subject->group[GROUP_LOOKUP].calls <= count->calls / 4;
}

static bool polls(const struct view *view, const struct subject *subject, const struct count *count,
	struct advice *advice)
{
	const struct count *slept = &subject->group[GROUP_SLEEP];
	const struct count *polled = &subject->group[GROUP_POLL];
	(void)view;
	(void)count;
	bool sleeps = slept->calls >= POLL_MIN && slept->ns <= slept->calls * POLL_SHORT_NS &&
	              slept->calls >= subject->all.calls / 4;
	bool waits = polled->calls >= POLL_MIN && polled->ns <= polled->calls * POLL_SHORT_NS &&
	             polled->ns >= polled->calls * POLL_LONG_NS &&
	             polled->calls >= subject->all.calls / 10 * 8;
	const struct count *one = waits ? polled : slept;
	advice->calls = one->calls;
	advice->avg_ns = one->calls ? one->ns / one->calls : 0;
	return sleeps || waits;
}

/* Certificates, by where distributions keep them. */
static bool is_certificate(const struct object *object)
{
	static const char *const places[] = {"/etc/ssl/", "/etc/pki/", "/usr/lib/ssl/",
		"/usr/share/ca-certificates/", "/etc/ca-certificates/"};
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		size_t size = strlen(places[i]);
		if (object->size > size && memcmp(object->name, places[i], size) == 0)
			return true;
	}
	return false;
}

/* For all processes together: the file that is opened most. */
static bool loads_certificates(const struct view *view, const struct subject *subject,
	const struct count *count, struct advice *advice)
{
	const struct files *files = &view->model->files;
	struct use use = {0};
	(void)subject;
	if (count->calls < LOAD_MIN)
		return false;
	for (size_t i = 0; i < files->count; i++) {
		uint64_t calls = is_certificate(files->list[i]->object)
		                         ? calls_about(view, files->list[i], SET(GROUP_OPEN))
		                         : 0;
		if (calls <= use.most)
			continue;
		use = (struct use){.calls = calls, .most = calls};
		use.object = files->list[i]->object;
	}
	advice->calls = use.most;
	set_object(advice, &use);
	return use.most >= LOAD_MIN;
}

/* A rule. */
static const struct rule {
	const char *name;
	const char *text;
	bool (*holds)(const struct view *view, const struct subject *subject,
		const struct count *count, struct advice *advice);
	uint32_t set;       /* the groups that it is about */
	bool is_of_process; /* else of a thread */
	bool has_object;    /* the file is worth naming */
} rules[ADVICE_KINDS] = {
	[ADVICE_SPIN] = {"eagain-spin",
		"1,000 or more reads, writes, sends, receives or accepts of a thread have failed with "
		"EAGAIN, half of all, with less than one wait for four of them",
		spins, SET(GROUP_READ) | SET(GROUP_WRITE) | SET(GROUP_MESSAGE) | SET(GROUP_ACCEPT)},
	[ADVICE_YIELD] = {"yield-loop",
		"1,000 or more sched_yield of a thread, three in ten of its calls", yields,
		SET(GROUP_YIELD)},
	[ADVICE_LOCK] = {"lock-contention",
		"1,000 or more futex of two threads or more of a process, half of its calls, and one in "
		"ten found the lock free again (EAGAIN), or three were seen to wait for a holder",
		contends, SET(GROUP_FUTEX), .is_of_process = true, .has_object = true},
	[ADVICE_SYNC] = {"sync-each-write",
		"20 or more syncs of a thread, with no more than two writes each, and a tenth of the "
		"time of its calls",
		syncs, SET(GROUP_SYNC), .has_object = true},
	[ADVICE_ONE_BYTE] = {"one-byte-reads",
		"500 or more reads of a thread that got two bytes or less on average, three in "
		"ten of its calls, with less than one wait for four of them",
		reads_bytes, SET(GROUP_READ), .has_object = true},
	[ADVICE_SMALL_WRITES] = {"small-writes",
		"1,000 or more writes of a process, of 128 bytes or less on average, three in ten of its "
		"calls; if files are counted, half of them to one file or connection, and otherwise not "
		"all of 8 bytes",
		writes_little, SET(GROUP_WRITE), .is_of_process = true, .has_object = true},
	[ADVICE_CLOSES] = {"close-unopened",
		"1,000 or more closes of a process have failed with EBADF, eight in ten",
		closes_all, SET(GROUP_CLOSE), .is_of_process = true},
	[ADVICE_STATS] = {"stat-storm",
		"1,000 or more stat, access or readlink of a process, four in ten of its calls, four or "
		"more for each open, and without reading directories; if files are counted, two or more "
		"for each file",
		stats_often, SET(GROUP_STAT), .is_of_process = true, .has_object = true},
	[ADVICE_MAPS] = {"map-unmap",
		"500 or more mmap of a process and as many munmap, six in ten of its calls, four or more "
		"for each open",
		maps_in_turn, SET(GROUP_MAP) | SET(GROUP_UNMAP), .is_of_process = true},
	[ADVICE_LOOKUPS] = {"name-lookups",
		"20 or more sendmmsg of a process, each with a socket and a connect of its own",
		looks_up, SET(GROUP_LOOKUP), .is_of_process = true},
	[ADVICE_CONNECTIONS] = {"connection-per-request",
		"50 or more connects of a process, with no more than 8 reads, writes, sends and receives "
		"for each, and a close",
		connects, SET(GROUP_CONNECT), .is_of_process = true},
	[ADVICE_CERTIFICATES] = {"certificates-loaded",
		"files are counted, and one of the machine's certificates was opened 10 times or more",
		loads_certificates, SET(GROUP_OPEN), .is_of_process = true},
	[ADVICE_POLLING] = {"short-timeouts",
		"100 or more sleeps of a thread of 100 ms or less on average, one in four of its calls, "
		"or as many polls, eight in ten of its calls",
		polls, SET(GROUP_POLL) | SET(GROUP_SLEEP)},
};

const char *advice_name(enum advice_kind kind)
{
	return rules[kind].name;
}

const char *advice_rule(enum advice_kind kind)
{
	return rules[kind].text;
}

bool advice_is_about(enum advice_kind kind, struct call call)
{
	return is_in(rules[kind].set, advice_group_of(call));
}

/* What was found so far, by kind; subjects 0: nothing. */
struct found {
	const struct view *view;
	uint32_t dismissed;
	struct advice advice[ADVICE_KINDS];
};

static double share(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

/* Applies all rules for processes or threads to SUBJECT. */
static void apply(struct found *found, const struct subject *subject, bool is_process)
{
	for (enum advice_kind kind = 0; kind < ADVICE_KINDS; kind++) {
		const struct rule *rule = &rules[kind];
		struct advice *best = &found->advice[kind];
		struct count count = sum_of(subject, rule->set);
		struct advice advice = {.kind = kind, .calls = count.calls};
		if (rule->is_of_process != is_process || found->dismissed >> kind & 1 ||
			!count.calls || !rule->holds(found->view, subject, &count, &advice))
			continue;
		advice.subjects = best->subjects + 1;
		if (best->subjects && best->calls >= advice.calls) {
			best->subjects++;
			continue;
		}
		advice.pid = subject->thread->pid;
		advice.tid = is_process ? 0 : subject->thread->tid;
		memcpy(advice.comm, subject->thread->comm, sizeof(advice.comm));
		advice.bytes = count.bytes;
		if (!advice.avg_ns)
			advice.avg_ns = count.ns / count.calls;
		advice.share = share(count.ns, subject->all.ns);
		advice.all_share = share(count.calls, subject->all.calls);
		*best = advice;
	}
}

static void add(struct count *count, const struct count *more)
{
	count->calls += more->calls;
	count->errors += more->errors;
	count->bytes += more->bytes;
	count->ns += more->ns;
}

static struct subject subject_of(const struct view *view, const struct thread *thread)
{
	struct subject subject = {.thread = thread, .threads = 1};
	for (size_t i = 0; i < thread->by_call.count; i++) {
		const struct thread_call *entry = &thread->by_call.entry[i];
		const struct sums *sums = &entry->sums[view->span];
		struct count count = {sums->calls, sums->errors, sums->bytes, sums->total_ns};
		if (call_is_request(entry->call))
			continue;
		add(&subject.all, &count);
		add(&subject.group[group_in(view->model, entry->call)], &count);
	}
	return subject;
}

/* The processes that threads are added to. */
struct processes {
	struct subject *subject; /* owned */
	size_t count, capacity;
	struct map number_of; /* number of the subject plus 1, by PID */
};

static void add_to_process(struct processes *processes, const struct subject *thread)
{
	uint64_t pid = (uint64_t)thread->thread->pid;
	uintptr_t number = (uintptr_t)map_get(&processes->number_of, pid);
	bool uses_futex = thread->group[GROUP_FUTEX].calls > 0;
	if (!number) {
		if (processes->count == processes->capacity) {
			processes->capacity = processes->capacity ? processes->capacity * 2 : 16;
			processes->subject = xreallocarray(processes->subject, processes->capacity,
				sizeof(*processes->subject));
		}
		processes->subject[processes->count] = *thread;
		processes->subject[processes->count++].threads = uses_futex;
		map_put(&processes->number_of, pid, (void *)(uintptr_t)processes->count);
		return;
	}
	struct subject *process = &processes->subject[number - 1];
	process->threads += uses_futex;
	if (thread->thread->tid == thread->thread->pid)
		process->thread = thread->thread;
	add(&process->all, &thread->all);
	for (enum advice_group id = 0; id < GROUP_COUNT; id++)
		add(&process->group[id], &thread->group[id]);
}

static void take_thread(
	struct found *found, struct processes *processes, const struct thread *thread)
{
	struct subject subject = subject_of(found->view, thread);
	if (!subject.all.calls)
		return;
	apply(found, &subject, false);
	add_to_process(processes, &subject);
}

size_t advice_find(const struct model *model, uint64_t now_ns, uint32_t dismissed,
	struct advice advice[ADVICE_MAX])
{
	const struct view view = {.model = model, .now_ns = now_ns, .span = span_of(model)};
	struct found found = {.view = &view, .dismissed = dismissed};
	struct processes processes = {0};
	const struct thread *thread;
	size_t count = 0;
	MAP_FOR_EACH (&model->threads, at, thread)
		take_thread(&found, &processes, thread);
	for (thread = model->ended; thread; thread = thread->next)
		take_thread(&found, &processes, thread);
	for (size_t i = 0; i < processes.count; i++)
		apply(&found, &processes.subject[i], true);
	free(processes.subject);
	map_clear(&processes.number_of);
	for (enum advice_kind kind = 0; kind < ADVICE_KINDS && count < ADVICE_MAX; kind++) {
		if (!found.advice[kind].subjects)
			continue;
		advice[count] = found.advice[kind];
		if (rules[kind].has_object && model->files.count) {
			struct use use = use_of(&view, rules[kind].set);
			set_object(&advice[count], &use);
		}
		count++;
	}
	return count;
}
