/* SPDX-License-Identifier: GPL-2.0-or-later */
/* New stacks; see engine/bpf/stack_reader.h. */
#include "config.h"

#include "engine/bpf/stack_reader.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "arch/arch.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "base/ring.h"
#include "engine/bpf/kernel_side.h"
#include "event/interest.h"
#include "event/stack_copy.h"
#include "proc/maps.h"
#include "proc/status.h"

#define THREAD_NAME "stop-copies"
#define NICE        (-20)

/*
 * Time between looks at sizes and ended processes: while there are new stacks, and for some time
 * after that. Then only ends of tasks wake the thread.
 */
#define BUSY_MS     50
#define IDLE_MS     1000
#define IDLE_LOOKS  5

/* How often a map is read for the filter alone. */
#define RENEW_MS    100

/* Time until a full channel is tried again. */
#define FULL_MS     2

/* How long to wait for the thread to end. */
#define JOIN_NS     (2 * NS_PER_S)

/* A memory map that was changed while it was read is read again, this often. */
#define READS_MAX   8

static_assert(BPF_STACK_REGS <= ARCH_UNWIND_REGS, "registers fit");
static_assert(BPF_WANTED_WORDS * 64 == INTEREST_NUMBERS, "numbers are the same");
static_assert(BPF_WANTED_ABIS == ABI_COUNT, "ABIs are the same");

/* A process, as of its last memory map. */
struct space {
	pid_t tgid;
	uint32_t kernel_tgid;
	bool has_maps;
	uint32_t programs, replaced, additions; /* of its bpf_space then */
	uint32_t filter;                        /* its index; 0: none */
	uint64_t renewed_ns;                    /* when it was read */
};

/* A copy whose walk has not been reported. */
struct sent {
	uint32_t kernel_tgid, replaced, generation; /* as in struct bpf_stack */
	bool is_filtered;
	uint64_t ip, base;
	uint32_t levels; /* hashes of its beginning */
	uint64_t level[BPF_STACK_LEVELS][2];
};

/* Walks of more copies are not waited for. */
#define SENT_MAX       65536

/* Positions in struct bpf_stack, in words. */
#define FIRST_REGISTER (offsetof(struct bpf_stack, reg) / sizeof(uint64_t))
#define FIRST_WORD     (offsetof(struct bpf_stack, words) / sizeof(uint64_t))

struct stack_reader {
	struct kernel_side *side;
	struct stack_copy_channel *channel;
	struct bpf_stacks *shared;
	int error; /* -errno: the programs cannot capture stacks */
	bool has_thread;
	pthread_t thread;
	_Atomic bool is_abandoned; /* nobody waits for the thread any more */
	int leave_fd;              /* an eventfd: the thread has to end */
	/* The thread's. */
	struct map spaces; /* struct space by tgid; owned */
	struct map sent;   /* struct sent by number; owned */
	bool is_used[BPF_FILTERS];
	struct bpf_stack *pending; /* one for which the channel has had no room; owned */
	bool is_pending, is_busy;
	unsigned int idle_looks; /* since it was busy */
	uint64_t looked_ns;      /* when ended processes were looked for */
	/* The sweeper's. */
	size_t living; /* tasks, the last time */
};

struct stack_reader *stack_reader_new(struct kernel_side *side, struct stack_copy_channel *channel)
{
	struct stack_reader *reader = xcalloc(1, sizeof(*reader));
	reader->side = side;
	reader->channel = channel;
	reader->shared = kernel_side_stacks(side);
	reader->leave_fd = -1;
	reader->is_used[0] = true;
	return reader;
}

static void clear_sent(struct stack_reader *reader)
{
	struct sent *sent;
	MAP_FOR_EACH (&reader->sent, at, sent)
		xfree(sent);
	map_clear(&reader->sent);
}

void stack_reader_free(struct stack_reader *reader)
{
	if (!reader)
		return;
	struct space *space;
	MAP_FOR_EACH (&reader->spaces, at, space)
		xfree(space);
	map_clear(&reader->spaces);
	clear_sent(reader);
	xfree(reader->pending);
	xfree(reader);
}

uint32_t stack_reader_capture(uint32_t number)
{
	if (number == BPF_CAPTURE_LOST)
		return STACK_COPY_MISSED;
	return number ? number | STACK_COPY_LASTING : 0;
}

/* Publishes a record. */
static void commit(struct stack_reader *reader)
{
	if (stack_copy_commit(reader->channel))
		stack_copy_wake(reader->channel);
}

/* Filters. */

static struct bpf_space *shared_space(const struct stack_reader *reader, const struct space *space)
{
	return &reader->shared->space[space->kernel_tgid % BPF_SPACES];
}

static uint32_t load(const uint32_t *value)
{
	return __atomic_load_n(value, __ATOMIC_ACQUIRE);
}

/* A filter that no other process uses; 0: there is none, or the process cannot have one. */
static uint32_t take_filter(struct stack_reader *reader, struct space *space)
{
	struct bpf_space *shared = shared_space(reader, space);
	if (shared->tgid && shared->tgid != space->kernel_tgid)
		return 0;
	for (uint32_t i = 1; i < BPF_FILTERS; i++) {
		if (reader->is_used[i])
			continue;
		reader->is_used[i] = true;
		memset(&reader->shared->filter[i], 0, sizeof(reader->shared->filter[i]));
		shared->filter_additions = load(&shared->additions) - 1;
		shared->filter = i;
		__atomic_store_n(&shared->tgid, space->kernel_tgid, __ATOMIC_RELEASE);
		return i;
	}
	return 0;
}

static void drop_filter(struct stack_reader *reader, struct space *space)
{
	struct bpf_space *shared = shared_space(reader, space);
	if (!space->filter)
		return;
	__atomic_store_n(&shared->tgid, 0, __ATOMIC_RELEASE);
	shared->filter = 0;
	reader->is_used[space->filter] = false;
	space->filter = 0;
}

static void add_granules(struct bpf_filter *filter, const struct maps_line *line)
{
	uint64_t last = (line->end - 1) >> BPF_GRANULE_SHIFT;
	for (uint64_t at = line->start >> BPF_GRANULE_SHIFT; at <= last; at++) {
		uint32_t bit = bpf_filter_bit(at << BPF_GRANULE_SHIFT);
		__atomic_fetch_or(
			&filter->word[bit / 64], UINT64_C(1) << (bit % 64), __ATOMIC_RELAXED);
	}
}

/*
 * Completes the filter of SPACE, by MAPS as of ADDITIONS. What was code before stays in it: so the
 * programs see when that is replaced.
 */
static void complete_filter(
	struct stack_reader *reader, struct space *space, const struct maps_text *maps)
{
	struct maps_line line;
	const char *at = maps->text;
	if (!space->filter)
		space->filter = take_filter(reader, space);
	if (!space->filter)
		return;
	while (maps_next(&at, maps->text + maps->size, &line)) {
		if (line.executable)
			add_granules(&reader->shared->filter[space->filter], &line);
	}
	__atomic_store_n(
		&shared_space(reader, space)->filter_additions, space->additions, __ATOMIC_RELEASE);
}

/* Memory maps. */

/* Reads the memory map of SPACE by its thread TID, and as of when it is. Returns 0 or -errno. */
static int read_maps(
	struct stack_reader *reader, struct space *space, pid_t tid, struct maps_text *maps)
{
	const struct bpf_space *shared = shared_space(reader, space);
	for (int i = 0; i < READS_MAX; i++) {
		space->programs = load(&shared->programs);
		space->replaced = load(&shared->replaced);
		space->additions = load(&shared->additions);
		maps->size = 0;
		int result = maps_read(tid, maps);
		if (result == -ESRCH || result == -ENOENT)
			result = maps_read(space->tgid, maps);
		if (result < 0)
			return result;
		if (load(&shared->replaced) == space->replaced)
			return 0;
	}
	return -EAGAIN;
}

/* Sends MAPS of SPACE. Returns whether there was room. */
static bool send_maps(struct stack_reader *reader, const struct space *space, pid_t tid,
	const struct maps_text *text)
{
	struct stack_copy_maps *maps = stack_copy_reserve(
		reader->channel, STACK_COPY_MAPS, tid, space->tgid, sizeof(*maps) + text->size);
	if (!maps)
		return false;
	maps->size = text->size;
	maps->map = ++reader->channel->last_map;
	memcpy(maps->text, text->text, text->size);
	commit(reader);
	/* Wake it now, as files may be deleted and processes may exit before it opens them. */
	stack_copy_wake(reader->channel);
	return true;
}

/* Tells the stack thread that SPACE is no longer what it was. Returns whether there was room. */
static bool send_gone(struct stack_reader *reader, const struct space *space)
{
	if (!stack_copy_reserve(reader->channel, STACK_COPY_GONE, space->tgid, space->tgid,
		    sizeof(struct stack_copy_record)))
		return false;
	commit(reader);
	return true;
}

/* What became of a copy. */
enum fate {
	COPY_FULL,    /* the channel has no room for it */
	COPY_LOST,    /* there is no memory map for it */
	COPY_HAS_MAP, /* the last map sent is the right one */
};

/* Reads and sends the memory map of SPACE for COPY. */
static enum fate renew_maps(
	struct stack_reader *reader, struct space *space, const struct bpf_stack *copy)
{
	struct maps_text maps = {0};
	struct maps_filter filter = {0};
	struct space was = *space;
	enum fate fate = COPY_LOST;
	int result = read_maps(reader, space, (pid_t)copy->tid, &maps);
	while (atomic_load_explicit(&reader->is_abandoned, memory_order_acquire))
		pause(); /* nothing that it writes to may exist any more */
	if (result == 0) {
		complete_filter(reader, space, &maps);
		while (!maps_filter_some(&filter, SIZE_MAX, &maps))
			;
		if (space->programs != was.programs && was.has_maps && !send_gone(reader, space))
			fate = COPY_FULL;
		else if (!send_maps(reader, space, (pid_t)copy->tid, &maps))
			fate = COPY_FULL;
		else
			fate = COPY_HAS_MAP;
	}
	space->has_maps = fate == COPY_HAS_MAP;
	if (fate == COPY_HAS_MAP && space->replaced != copy->replaced)
		fate = COPY_LOST;
	maps_clear(&maps);
	maps_filter_clear(&filter);
	return fate;
}

static struct space *space_of(struct stack_reader *reader, const struct bpf_stack *copy)
{
	struct space *space = map_get(&reader->spaces, copy->tgid);
	if (!space) {
		space = xcalloc(1, sizeof(*space));
		space->tgid = (pid_t)copy->tgid;
		space->kernel_tgid = copy->kernel_tgid;
		map_put(&reader->spaces, copy->tgid, space);
	}
	return space;
}

/* Sees to it that the last map sent is one by which COPY can be interpreted. */
static enum fate find_maps(struct stack_reader *reader, const struct bpf_stack *copy)
{
	struct space *space = space_of(reader, copy);
	const struct bpf_space *shared = shared_space(reader, space);
	bool is_same = space->has_maps && space->replaced == copy->replaced;
	bool lacks_filter = load(&shared->filter_additions) != load(&shared->additions) &&
	                    clock_now_ns() - space->renewed_ns > RENEW_MS * NS_PER_MS;
	/* Counters wrap around. */
	if (is_same && (int32_t)(space->additions - copy->additions) >= 0 && !lacks_filter)
		return COPY_HAS_MAP;
	if (space->has_maps && (int32_t)(space->replaced - copy->replaced) > 0)
		return COPY_LOST;
	space->renewed_ns = clock_now_ns();
	return renew_maps(reader, space, copy);
}

/* Copies. */

static bool send_lost(struct stack_reader *reader, const struct bpf_stack *copy)
{
	struct stack_copy_lost *lost = stack_copy_reserve(reader->channel, STACK_COPY_LOST,
		(pid_t)copy->tid, (pid_t)copy->tgid, sizeof(*lost));
	if (!lost)
		return false;
	lost->number = copy->number | STACK_COPY_LASTING;
	commit(reader);
	return true;
}

static void keep_sent(struct stack_reader *reader, const struct bpf_stack *copy)
{
	if (reader->sent.count >= SENT_MAX)
		clear_sent(reader);
	struct sent *sent = xcalloc(1, sizeof(*sent));
	*sent = (struct sent){
		.kernel_tgid = copy->kernel_tgid,
		.replaced = copy->replaced,
		.generation = copy->generation,
		.is_filtered = copy->filter != 0,
		.ip = copy->reg[arch.unwind_ip],
		.base = copy->base,
		.levels = copy->levels,
	};
	memcpy(sent->level, copy->level, sizeof(sent->level));
	xfree(map_put(&reader->sent, copy->number, sent));
}

static bool send_copy(struct stack_reader *reader, const struct bpf_stack *copy)
{
	struct stack_copy *record = stack_copy_reserve(reader->channel, STACK_COPY_STACK,
		(pid_t)copy->tid, (pid_t)copy->tgid, sizeof(*record) + copy->size);
	if (!record)
		return false;
	record->in_call = true;
	record->compat = copy->is_compat;
	record->only_ip_sp = false;
	record->number = copy->number | STACK_COPY_LASTING;
	record->regs = (struct unwind_regs){0};
	memcpy(record->regs.reg, copy->reg, sizeof(copy->reg));
	record->base = copy->base;
	record->wanted = copy->wanted;
	record->size = copy->size;
	memcpy(record->bytes, copy->words, copy->size);
	keep_sent(reader, copy);
	commit(reader);
	return true;
}

/* Passes COPY on. Returns whether there was room for it. */
static bool pass_on(struct stack_reader *reader, const struct bpf_stack *copy)
{
	enum fate fate = copy->is_compat ? COPY_HAS_MAP : find_maps(reader, copy);
	if (fate == COPY_FULL)
		return false;
	return fate == COPY_LOST ? send_lost(reader, copy) : send_copy(reader, copy);
}

/* Takes a copy out of the kernel's ring. See kernel_side_open_stacks(). */
static int take(void *context, const struct bpf_stack *copy, size_t size)
{
	struct stack_reader *reader = context;
	(void)size;
	reader->is_busy = true;
	if (pass_on(reader, copy))
		return 0;
	if (!reader->pending)
		reader->pending = xcalloc(1, sizeof(*reader->pending));
	memcpy(reader->pending, copy, size);
	reader->is_pending = true;
	return -EAGAIN;
}

/* Takes all that is there. Returns whether there was room for it. */
static bool take_all(struct stack_reader *reader)
{
	if (reader->is_pending && !pass_on(reader, reader->pending))
		return false;
	reader->is_pending = false;
	kernel_side_take_stacks(reader->side);
	return !reader->is_pending;
}

/* The thread. */

/* Adds the WORD of a copy that was SENT to WALK. Returns whether the programs can compare it. */
static bool add_word(struct bpf_walk *walk, const struct sent *sent, const struct stack_word *word)
{
	struct bpf_walk_word *out = &walk->word[walk->count++];
	bool is_stack = word->value - sent->base < BPF_STACK_SPAN;
	*out = (struct bpf_walk_word){
		.value = is_stack ? word->value - sent->base : word->value,
		.is_relative = is_stack,
	};
	if (word->at >= STACK_CACHE_REGISTER) {
		uint32_t number = word->at - STACK_CACHE_REGISTER;
		out->at = (uint32_t)FIRST_REGISTER + number;
		return number < BPF_STACK_REGS;
	}
	out->at = (uint32_t)FIRST_WORD + word->at / sizeof(uint64_t);
	if (walk->size < word->at + sizeof(uint64_t))
		walk->size = word->at + (uint32_t)sizeof(uint64_t);
	return word->at % sizeof(uint64_t) == 0 && word->at < BPF_WALK_SIZE;
}

/* Gives the programs the words that WALK, of a copy that was SENT, has read. */
static void know_walk(
	struct stack_reader *reader, const struct sent *sent, const struct stack_copy_walk *walk)
{
	struct bpf_walk *shared = &reader->shared->walk[walk->number % BPF_WALKS];
	struct bpf_walk known = {
		.number = walk->number & ~STACK_COPY_LASTING,
		.tgid = sent->kernel_tgid,
		.replaced = sent->replaced,
		.generation = sent->generation,
		.count = 1,
		.word[0] = {.at = (uint32_t)FIRST_REGISTER + arch.unwind_ip, .value = sent->ip},
	};
	/* Without a filter, it is not known whether code was replaced. */
	if (walk->count == 0 || walk->count >= BPF_WALK_WORDS || !sent->is_filtered)
		return;
	for (uint32_t i = 0; i < walk->count; i++) {
		if (!add_word(&known, sent, &walk->word[i]))
			return;
	}
	/* One that is met again and again gives way only once it is not. */
	bool is_met = shared->is_met;
	shared->is_met = 0;
	if (is_met)
		return;
	__atomic_store_n(&shared->number, 0, __ATOMIC_SEQ_CST);
	shared->tgid = known.tgid;
	shared->replaced = known.replaced;
	shared->generation = known.generation;
	shared->size = known.size;
	shared->count = known.count;
	memcpy(shared->word, known.word, sizeof(known.word));
	__atomic_store_n(&shared->number, known.number, __ATOMIC_RELEASE);
}

/* The hash of as much as WALK, of a copy that was SENT, has used is known from now on. */
static void know_level(
	struct stack_reader *reader, const struct sent *sent, const struct stack_copy_walk *walk)
{
	uint32_t size = BPF_STACK_FIRST;
	for (uint32_t i = 0; i < sent->levels; i++, size *= 2) {
		if (size < walk->used)
			continue;
		kernel_side_know_stack(
			reader->side, sent->level[i], walk->number & ~STACK_COPY_LASTING);
		break;
	}
}

/* Takes what unwinding has used. */
static void take_walks(struct stack_reader *reader)
{
	const struct stack_copy_walk *walk;
	while ((walk = ring_peek(reader->channel->walks)) != NULL) {
		struct sent *sent = map_remove(&reader->sent, walk->number & ~STACK_COPY_LASTING);
		if (sent) {
			know_level(reader, sent, walk);
			know_walk(reader, sent, walk);
		}
		xfree(sent);
		ring_pop(reader->channel->walks);
	}
}

/*
 * The thread was woken: tasks have ended, or calls of processes whose generated code was replaced
 * get other numbers from now on.
 */
static void on_wake(struct stack_reader *reader)
{
	const struct stack_copy_renewal *renewal;
	uint64_t count;
	reader->idle_looks = 0;
	if (read(reader->channel->renew_fd, &count, sizeof(count)) < 0)
		return;
	while ((renewal = ring_peek(reader->channel->renewals)) != NULL) {
		struct space *space = map_get(&reader->spaces, (uint64_t)renewal->tgid);
		if (space)
			__atomic_add_fetch(
				&shared_space(reader, space)->generation, 1, __ATOMIC_RELEASE);
		ring_pop(reader->channel->renewals);
	}
}

/* Forgets a process that has ended. */
static void drop_ended(struct stack_reader *reader)
{
	struct space *space;
	MAP_FOR_EACH (&reader->spaces, at, space) {
		if (proc_exists(space->tgid) || !send_gone(reader, space))
			continue;
		drop_filter(reader, space);
		xfree(map_remove(&reader->spaces, (uint64_t)space->tgid));
		reader->idle_looks = 0;
		return; /* the others the next time: the map has changed */
	}
}

static void look_around(struct stack_reader *reader)
{
	uint64_t now_ns = clock_now_ns();
	take_walks(reader);
	if (now_ns - reader->looked_ns < IDLE_MS * NS_PER_MS)
		return;
	reader->looked_ns = now_ns;
	drop_ended(reader);
}

/* How long to wait; -1: for ever. */
static int timeout_ms(struct stack_reader *reader, bool was_busy, bool has_room)
{
	if (!has_room)
		return FULL_MS;
	if (was_busy)
		reader->idle_looks = 0;
	if (was_busy)
		return BUSY_MS;
	return reader->idle_looks++ < IDLE_LOOKS ? IDLE_MS : -1;
}

static void *run(void *argument)
{
	struct stack_reader *reader = argument;
	struct pollfd fds[] = {
		{.fd = reader->leave_fd, .events = POLLIN},
		{.fd = kernel_side_stacks_fd(reader->side), .events = POLLIN},
		{.fd = reader->channel->renew_fd, .events = POLLIN},
	};
	prctl(PR_SET_NAME, THREAD_NAME);
	/* Memory maps can change, and end. If that is not allowed, it goes on as it is. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	bool leaves = false, has_room = true;
	while (!leaves || !has_room) {
		bool was_busy = reader->is_busy;
		reader->is_busy = false;
		fds[0].fd = leaves ? -1 : reader->leave_fd;
		fds[1].fd = has_room ? kernel_side_stacks_fd(reader->side) : -1;
		poll(fds, 3, timeout_ms(reader, was_busy, has_room));
		/* Read this first: all that was captured before is then taken below. */
		leaves |= (fds[0].revents & POLLIN) != 0;
		if (fds[2].revents & POLLIN)
			on_wake(reader);
		has_room = take_all(reader);
		look_around(reader);
	}
	return NULL;
}

static int start_thread(struct stack_reader *reader)
{
	sigset_t all, before;
	reader->leave_fd = eventfd(0, EFD_CLOEXEC);
	if (reader->leave_fd < 0)
		return -errno;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&reader->thread, NULL, run, reader);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	reader->has_thread = error == 0;
	return -error;
}

/* Requests. */

/* Copies what is wanted to the programs. Returns whether anything is. */
static bool copy_wanted(struct stack_reader *reader, const struct interest *interest)
{
	struct bpf_stacks *shared = reader->shared;
	uint32_t of = (uint32_t)atomic_load_explicit(&interest->stacks_of, memory_order_relaxed);
	bool is_wanted = of != 0;
	for (unsigned int abi = 0; abi < BPF_WANTED_ABIS; abi++) {
		for (unsigned int i = 0; i < BPF_WANTED_WORDS; i++) {
			uint64_t word = atomic_load_explicit(
				&interest->bits[INTEREST_STACKS][abi][i], memory_order_relaxed);
			is_wanted |= word != 0;
			__atomic_store_n(&shared->wanted[abi][i], word, __ATOMIC_RELAXED);
		}
	}
	__atomic_store_n(&shared->wanted_of, of, __ATOMIC_RELAXED);
	return is_wanted;
}

static int start(struct stack_reader *reader)
{
	size_t limit = reader->channel->limit;
	reader->shared->limit = (uint32_t)(limit < BPF_STACK_MAX ? limit : BPF_STACK_MAX) & ~7U;
	int result = kernel_side_open_stacks(
		reader->side, reader->channel->last_number, take, reader);
	return result < 0 ? result : start_thread(reader);
}

int stack_reader_request(struct stack_reader *reader, const struct interest *interest)
{
	bool is_wanted = copy_wanted(reader, interest);
	if (is_wanted && !reader->has_thread && reader->error == 0)
		reader->error = start(reader);
	__atomic_store_n(
		&reader->shared->is_wanted, is_wanted && reader->has_thread, __ATOMIC_RELEASE);
	return reader->error;
}

void stack_reader_note_sweep(struct stack_reader *reader, uint64_t calls, size_t living)
{
	const uint64_t one = 1;
	bool have_ended = living < reader->living;
	reader->living = living;
	if (have_ended && reader->has_thread &&
		write(reader->channel->renew_fd, &one, sizeof(one)) < 0)
		return;
	stack_copy_note_calls(reader->channel, calls);
	atomic_store_explicit(&reader->channel->missed,
		__atomic_load_n(&reader->shared->lost, __ATOMIC_RELAXED), memory_order_relaxed);
}

bool stack_reader_finish(struct stack_reader *reader)
{
	const uint64_t one = 1;
	struct timespec until;
	if (!reader->has_thread)
		return true;
	if (write(reader->leave_fd, &one, sizeof(one)) < 0)
		return false;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(JOIN_NS / NS_PER_S);
	if (pthread_clockjoin_np(reader->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
		atomic_store_explicit(&reader->is_abandoned, true, memory_order_release);
		return false;
	}
	reader->has_thread = false;
	close(reader->leave_fd);
	reader->channel->last_number = reader->shared->last;
	return true;
}
