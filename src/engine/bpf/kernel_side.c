/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loading the BPF programs and reading their arrays; see engine/bpf/kernel_side.h. */
#include "config.h"

#include "engine/bpf/kernel_side.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "abi/syscall.h"
#include "abi/transfer.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "engine/bpf/chunks.h"
#include "engine/bpf/kernel_details.h"
#include "engine/bpf/kernel_stacks.h"
#include "engine/bpf/tracepoint.h"

/* Generated. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "engine/bpf/count.skel.h"
#pragma GCC diagnostic pop

/* Chunks at the start, if a scope is traced. */
#define SCOPE_CHUNKS  3U

/* The programs that are attached. */
#define LINKS         7

/* The programs that count requests: one for submissions, one for completions. */
#define REQUEST_LINKS 2

/* The programs that split time. */
#define SPLIT_LINKS   2

struct kernel_side {
	struct count_bpf *skeleton;
	struct chunks array[KERNEL_ARRAYS];
	struct bpf_link *link[LINKS];
	struct bpf_link *split_link[SPLIT_LINKS];
	struct bpf_program *request_program[REQUEST_LINKS]; /* NULL: the kernel has no tracepoint
	                                                       that is known */
	struct bpf_link *request_link[REQUEST_LINKS];
	struct ring_buffer *bell, *room_bell;
	struct kernel_stacks stacks;
	struct kernel_details details;
	size_t room_size;             /* of the programs' room for a detail */
	size_t held_size;             /* … and of the place for one that is held */
	struct bpf_link *signal_link; /* NULL: signals are not sent */
	uint64_t moves;               /* that were seen */
};

/* Arrays. */

/* Waits until all that has grown is the programs'. Returns RESULT, or -errno if that is 0. */
static int settle_arrays(struct kernel_side *side, int result)
{
	for (enum kernel_array which = 0; which < KERNEL_ARRAYS; which++) {
		int settled = chunks_settle(&side->array[which]);
		if (result == 0)
			result = settled;
	}
	return result;
}

static int prepare_arrays(struct kernel_side *side)
{
	const struct count_bpf *skeleton = side->skeleton;
	struct count_bpf__bss *bss = skeleton->bss;
	/* Of a scope, nobody knows how many tasks there will be. */
	uint32_t at_once = skeleton->rodata->scope_kind == BPF_SCOPE_TASKS ? 0 : SCOPE_CHUNKS;
	chunks_init(&side->array[KERNEL_TASKS], sizeof(struct bpf_task), BPF_TASKS_SHIFT,
		bpf_map__fd(skeleton->maps.tasks), bss->freed_tasks, &bss->task_fill);
	chunks_init(&side->array[KERNEL_CELLS], sizeof(struct bpf_cell), BPF_CELLS_SHIFT,
		bpf_map__fd(skeleton->maps.cells), bss->freed_cells, &bss->cell_fill);
	chunks_init(&side->array[KERNEL_ROWS], sizeof(struct bpf_row), BPF_ROWS_SHIFT,
		bpf_map__fd(skeleton->maps.rows), bss->freed_rows, &bss->row_fill);
	for (enum kernel_array which = 0; which < KERNEL_ARRAYS; which++)
		chunks_expect(&side->array[which], at_once);
	return settle_arrays(side, kernel_side_grow(side));
}

int kernel_side_grow(struct kernel_side *side)
{
	int result = 0;
	ring_buffer__consume(side->room_bell);
	for (enum kernel_array which = 0; which < KERNEL_ARRAYS; which++) {
		int grown = chunks_grow(&side->array[which]);
		if (grown < 0)
			result = grown;
	}
	return result;
}

/* Loading. */

static int be_quiet(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level, (void)format, (void)arguments;
	return 0;
}

_Static_assert(BPF_ABIS == ABI_COUNT, "the programs know all ABIs");
_Static_assert((int)BPF_IO_URING == ABI_IO_URING, "the programs know its number");
_Static_assert(BPF_TRANSFER_RULES >= TRANSFER_RULES_MAX, "the programs have room for all rules");

/* How many bytes calls transfer. */
static void set_transfers(struct count_bpf *skeleton)
{
	for (uint32_t abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < BPF_TRANSFER_NUMBERS; nr++)
			skeleton->rodata->transfer_of[abi][nr] = (uint8_t)transfer_rule_of(
				(struct call){.nr = nr, .abi = abi});
	}
	for (uint32_t i = 0; i < transfer_rule_count; i++) {
		const struct transfer_rule *rule = &transfer_rules[i];
		struct bpf_transfer_rule *out = &skeleton->rodata->transfer_rules[i];
		out->by_result = rule->by_result;
		out->by_argument = rule->by_argument;
		out->selector = rule->selector;
		out->argument = rule->argument;
	}
}

static void set_sizes(struct count_bpf *skeleton, size_t targets)
{
	/* The kernel clears a place for each. */
	if (targets > bpf_map__max_entries(skeleton->maps.targets))
		bpf_map__set_max_entries(skeleton->maps.targets, (uint32_t)targets);
	if (skeleton->rodata->scope_kind == BPF_SCOPE_TASKS)
		return;
	bpf_map__set_max_entries(skeleton->maps.members, BPF_SCOPE_MEMBERS);
	bpf_map__set_max_entries(skeleton->maps.more_slots, BPF_SCOPE_MEMBERS);
}

/* Programs for tracepoints that not every kernel has are loaded if they are needed and there. */
static void choose_programs(struct count_bpf *skeleton)
{
	bool can_move = skeleton->rodata->scope_kind == BPF_SCOPE_CGROUP;
	struct bpf_program *movers[] = {
		skeleton->progs.cgroup_attach_task, skeleton->progs.cgroup_transfer_tasks};
	for (int i = 0; i < 2; i++) {
		const char *name = bpf_program__name(movers[i]);
		bpf_program__set_autoload(movers[i],
			can_move && libbpf_find_vmlinux_btf_id(name, BPF_TRACE_RAW_TP) > 0);
	}
}

static void set_constants(struct count_bpf *skeleton, enum bpf_scope_kind kind)
{
	skeleton->rodata->scope_kind = kind;
	set_transfers(skeleton);
	for (uint32_t nr = 0; nr < BPF_NUMBERS; nr++) {
		const struct syscall_desc *desc = syscall_lookup(
			(struct call){.nr = nr, .abi = ABI_COMPAT});
		if (desc && desc->never_fails)
			skeleton->rodata->never_fails_i386[nr / 64] |= UINT64_C(1) << (nr % 64);
	}
}

/* A program of io_uring, for kernels whose tracepoint has that number of arguments, or more. */
struct variant {
	struct bpf_program *program;
	const char *tracepoint;
	int least, most;
};

/* The variant that fits the kernel that BTF describes; the others are not loaded. */
static struct bpf_program *choose_variant(
	const struct btf *btf, const struct variant *variants, size_t count)
{
	struct bpf_program *chosen = NULL;
	for (size_t i = 0; i < count; i++) {
		int arguments = tracepoint_arguments(btf, variants[i].tracepoint);
		bool fits = !chosen && arguments >= variants[i].least &&
		            arguments <= variants[i].most;
		bpf_program__set_autoload(variants[i].program, fits);
		if (fits)
			chosen = variants[i].program;
	}
	return chosen;
}

static void choose_request_programs(struct kernel_side *side)
{
	const struct count_bpf *skeleton = side->skeleton;
	const struct variant submissions[] = {
		{skeleton->progs.uring_submit_req, "io_uring_submit_req", 1, 1},
		{skeleton->progs.uring_submit_sqe, "io_uring_submit_sqe", 2, 2},
	};
	const struct variant completions[] = {
		{skeleton->progs.uring_complete_cqe, "io_uring_complete", 3, 3},
		{skeleton->progs.uring_complete_result, "io_uring_complete", 5, 7},
	};
	struct btf *btf = btf__load_vmlinux_btf();
	/* Loading will fail, and say why. */
	if (libbpf_get_error(btf))
		return;
	side->request_program[0] = choose_variant(btf, submissions, 2);
	side->request_program[1] = choose_variant(btf, completions, 2);
	btf__free(btf);
}

bool kernel_side_has_requests(const struct kernel_side *side)
{
	return side->request_program[0] && side->request_program[1];
}

static int ignore_ring(void *context, void *data, size_t size)
{
	(void)context, (void)data, (void)size;
	return 0;
}

static int load(struct kernel_side *side)
{
	bpf_map__set_max_entries(
		side->skeleton->maps.stack_room, (uint32_t)libbpf_num_possible_cpus());
	/* Afterwards, nobody knows. */
	side->room_size = bpf_map__value_size(
		bpf_map__inner_map(side->skeleton->maps.detail_rooms));
	side->held_size = bpf_map__value_size(
		bpf_map__inner_map(side->skeleton->maps.held_details));
	int result = count_bpf__load(side->skeleton);
	if (result < 0)
		return result;
	side->bell = ring_buffer__new(
		bpf_map__fd(side->skeleton->maps.bell), ignore_ring, NULL, NULL);
	side->room_bell = ring_buffer__new(
		bpf_map__fd(side->skeleton->maps.room_bell), ignore_ring, NULL, NULL);
	if (!side->bell || !side->room_bell)
		return -errno;
	result = prepare_arrays(side);
	if (result < 0)
		return result;
	/* There are no targets yet: this tells the programs who we are. */
	result = kernel_side_find(side);
	/* Others may fork us after this: there must be no threads. */
	return settle_arrays(side, result);
}

/* Like kernel_side_open(). */
static int open_side(const struct kernel_purpose *purpose, struct kernel_side **out)
{
	libbpf_set_print(be_quiet);
	struct count_bpf *skeleton = count_bpf__open();
	if (!skeleton)
		return -errno;
	struct kernel_side *side = xcalloc(1, sizeof(*side));
	side->skeleton = skeleton;
	set_constants(skeleton, purpose->kind);
	choose_programs(skeleton);
	choose_request_programs(side);
	set_sizes(skeleton, purpose->targets);
	int result = load(side);
	if (result < 0) {
		kernel_side_close(side);
		return result;
	}
	*out = side;
	return 0;
}

int kernel_side_open(const struct kernel_purpose *purpose, struct kernel_side **out)
{
	/* The types of the kernel are read twice, into several times 5 MB. */
	alloc_keep_large(true);
	int result = open_side(purpose, out);
	alloc_keep_large(false);
	return result;
}

void kernel_side_close(struct kernel_side *side)
{
	if (!side)
		return;
	kernel_side_detach(side);
	for (enum kernel_array array = 0; array < KERNEL_ARRAYS; array++)
		chunks_close(&side->array[array]);
	ring_buffer__free(side->bell);
	ring_buffer__free(side->room_bell);
	kernel_stacks_close(&side->stacks);
	kernel_details_close(&side->details);
	count_bpf__destroy(side->skeleton);
	xfree(side);
}

/* Attaching. */

bool kernel_side_serves(const struct kernel_side *side, const struct kernel_purpose *purpose)
{
	return side->skeleton->rodata->scope_kind == purpose->kind &&
	       bpf_map__max_entries(side->skeleton->maps.targets) >= purpose->targets;
}

void kernel_side_set_scope(struct kernel_side *side, const struct bpf_scope *scope)
{
	side->skeleton->bss->scope = *scope;
}

int kernel_side_target(struct kernel_side *side, pid_t tid, enum bpf_target kind)
{
	uint32_t key = (uint32_t)tid, value = kind;
	int fd = bpf_map__fd(side->skeleton->maps.targets);
	return bpf_map_update_elem(fd, &key, &value, BPF_ANY) < 0 ? -errno : 0;
}

/* The programs that are attached, in that order. */
static void list_programs(const struct count_bpf *skeleton, struct bpf_program *programs[LINKS])
{
	/* Moves and births first, then counting, then the tasks that exist: nothing falls between.
	 */
	programs[0] = skeleton->progs.cgroup_attach_task;
	programs[1] = skeleton->progs.cgroup_transfer_tasks;
	programs[2] = skeleton->progs.task_newtask;
	programs[3] = skeleton->progs.sched_process_exec;
	programs[4] = skeleton->progs.sched_process_exit;
	programs[5] = skeleton->progs.sys_exit;
	programs[6] = skeleton->progs.sys_enter;
}

static void end_requests(struct kernel_side *side)
{
	for (int i = REQUEST_LINKS - 1; i >= 0; i--) {
		bpf_link__destroy(side->request_link[i]);
		side->request_link[i] = NULL;
	}
}

/* Completions last: none is seen before its submission could be. */
static int begin_requests(struct kernel_side *side)
{
	for (int i = 0; i < REQUEST_LINKS && kernel_side_has_requests(side); i++) {
		side->request_link[i] = bpf_program__attach(side->request_program[i]);
		if (!side->request_link[i])
			return -errno;
	}
	return 0;
}

int kernel_side_attach(struct kernel_side *side)
{
	struct bpf_program *programs[LINKS];
	list_programs(side->skeleton, programs);
	side->skeleton->bss->is_finding = 1;
	for (int i = 0; i < LINKS; i++) {
		if (!bpf_program__autoload(programs[i]))
			continue;
		side->link[i] = bpf_program__attach(programs[i]);
		if (!side->link[i])
			return -errno;
	}
	return begin_requests(side);
}

static void end_split(struct kernel_side *side)
{
	__atomic_store_n(&side->skeleton->bss->split_since_ns, 0, __ATOMIC_SEQ_CST);
	for (int i = SPLIT_LINKS - 1; i >= 0; i--) {
		bpf_link__destroy(side->split_link[i]);
		side->split_link[i] = NULL;
	}
}

/* Wake-ups first: no task is seen to block whose wake-up is not. */
static int begin_split(struct kernel_side *side)
{
	struct bpf_program *const programs[SPLIT_LINKS] = {
		side->skeleton->progs.sched_waking,
		side->skeleton->progs.sched_switch,
	};
	for (int i = 0; i < SPLIT_LINKS; i++) {
		side->split_link[i] = bpf_program__attach(programs[i]);
		if (!side->split_link[i]) {
			int error = errno;
			end_split(side);
			return -error;
		}
	}
	__atomic_store_n(&side->skeleton->bss->split_since_ns, clock_now_ns(), __ATOMIC_SEQ_CST);
	return 0;
}

int kernel_side_split(struct kernel_side *side, bool is_wanted)
{
	bool is_split = side->split_link[0] != NULL;
	if (is_wanted == is_split)
		return 0;
	if (is_wanted)
		return begin_split(side);
	end_split(side);
	return 0;
}

void kernel_side_detach(struct kernel_side *side)
{
	kernel_side_send_signals(side, false);
	end_split(side);
	end_requests(side);
	/* Counting ends first: no task appears or disappears uncounted before. */
	for (int i = LINKS - 1; i >= 0; i--) {
		bpf_link__destroy(side->link[i]);
		side->link[i] = NULL;
	}
}

/* Reads the iterator FD to its end. Returns the number of tasks that it has found, or -errno. */
static int read_iterator(int fd)
{
	uint64_t found[512];
	ssize_t size, bytes = 0;
	while ((size = read(fd, found, sizeof(found))) > 0)
		bytes += size;
	return size < 0 ? -errno : (int)(bytes / (ssize_t)sizeof(*found));
}

int kernel_side_find(struct kernel_side *side)
{
	struct bpf_link *link = bpf_program__attach_iter(side->skeleton->progs.find_tasks, NULL);
	if (!link)
		return -errno;
	int fd = bpf_iter_create(bpf_link__fd(link));
	/* Updates the clock of our CPU's run queue, by which the programs find how long tasks
	 * slept. */
	sched_yield();
	int result = fd < 0 ? -errno : read_iterator(fd);
	if (fd >= 0)
		close(fd);
	bpf_link__destroy(link);
	int grown = kernel_side_grow(side);
	return grown < 0 ? grown : result;
}

void kernel_side_attached(struct kernel_side *side)
{
	side->skeleton->data->is_attaching = 0;
}

bool kernel_side_has_moves(struct kernel_side *side)
{
	uint64_t moves = __atomic_load_n(&side->skeleton->bss->moves, __ATOMIC_ACQUIRE);
	bool has_new = moves != side->moves;
	side->moves = moves;
	return has_new;
}

void kernel_side_await_programs(struct kernel_side *side)
{
	chunks_await_programs(&side->array[KERNEL_TASKS]);
}

/* Records. */

uint32_t kernel_side_end(const struct kernel_side *side, enum kernel_array array)
{
	return chunks_end(&side->array[array]);
}

const struct bpf_task *kernel_side_task(const struct kernel_side *side, uint32_t slot)
{
	return (const struct bpf_task *)chunks_record(&side->array[KERNEL_TASKS], slot);
}

const struct bpf_cell *kernel_side_cell(const struct kernel_side *side, uint32_t index)
{
	return (const struct bpf_cell *)chunks_record(&side->array[KERNEL_CELLS], index);
}

const struct bpf_row *kernel_side_row(const struct kernel_side *side, uint32_t index)
{
	return (const struct bpf_row *)chunks_record(&side->array[KERNEL_ROWS], index);
}

uint64_t kernel_side_error(const struct kernel_side *side, uint32_t index, uint32_t err)
{
	const struct bpf_error_key key = {.cell = index, .err = err};
	uint64_t count = 0;
	int fd = bpf_map__fd(side->skeleton->maps.other_errors);
	return bpf_map_lookup_elem(fd, &key, &count) < 0 ? 0 : count;
}

int kernel_side_errors_fd(const struct kernel_side *side)
{
	return bpf_map__fd(side->skeleton->maps.other_errors);
}

void kernel_side_forget_error(struct kernel_side *side, uint32_t index, uint32_t err)
{
	const struct bpf_error_key key = {.cell = index, .err = err};
	bpf_map_delete_elem(bpf_map__fd(side->skeleton->maps.other_errors), &key);
}

void kernel_side_recycle(struct kernel_side *side, enum kernel_array which, uint32_t index)
{
	chunks_recycle(&side->array[which], index);
}

/* Stacks. */

int kernel_side_open_stacks(
	struct kernel_side *side, uint32_t last, kernel_stack_taker *take, void *context)
{
	const struct count_bpf *skeleton = side->skeleton;
	const struct kernel_stack_maps maps = {
		.ring = bpf_map__fd(skeleton->maps.stack_ring),
		.known = bpf_map__fd(skeleton->maps.known_stacks),
		.cells = bpf_map__fd(skeleton->maps.captured_cells),
		.shared = &skeleton->bss->stacks,
	};
	return kernel_stacks_open(&side->stacks, &maps, last, take, context);
}

struct bpf_stacks *kernel_side_stacks(const struct kernel_side *side)
{
	return &side->skeleton->bss->stacks;
}

int kernel_side_stacks_fd(const struct kernel_side *side)
{
	return kernel_stacks_fd(&side->stacks);
}

void kernel_side_take_stacks(const struct kernel_side *side)
{
	kernel_stacks_take(&side->stacks);
}

void kernel_side_know_stack(const struct kernel_side *side, const uint64_t hash[2], uint32_t number)
{
	bpf_map_update_elem(side->stacks.known_fd, hash, &number, BPF_ANY);
}

/* Details. */

int kernel_side_open_details(struct kernel_side *side, const struct fetch_limits *limits)
{
	const struct count_bpf *skeleton = side->skeleton;
	const struct kernel_detail_maps maps = {
		.ring = bpf_map__fd(skeleton->maps.detail_ring),
		.rooms = bpf_map__fd(skeleton->maps.detail_rooms),
		.held = bpf_map__fd(skeleton->maps.held_details),
		.plans = bpf_map__fd(skeleton->maps.detail_plans),
		.room_size = side->room_size,
		.held_size = side->held_size,
		.shared = &skeleton->bss->details,
	};
	return kernel_details_open(&side->details, &maps, limits);
}

struct bpf_details *kernel_side_details(const struct kernel_side *side)
{
	return &side->skeleton->bss->details;
}

int kernel_side_send_signals(struct kernel_side *side, bool is_wanted)
{
	if (is_wanted == (side->signal_link != NULL))
		return 0;
	if (is_wanted) {
		side->signal_link = bpf_program__attach(side->skeleton->progs.signal_deliver);
		return side->signal_link ? 0 : -errno;
	}
	bpf_link__destroy(side->signal_link);
	side->signal_link = NULL;
	return 0;
}

uint64_t kernel_side_details_begin(const struct kernel_side *side)
{
	return side->details.consumed ? *side->details.consumed : 0;
}

uint64_t kernel_side_details_end(const struct kernel_side *side)
{
	return side->details.consumed ? __atomic_load_n(side->details.produced, __ATOMIC_ACQUIRE)
	                              : 0;
}

const struct bpf_detail *kernel_side_detail(
	const struct kernel_side *side, uint64_t *at, uint64_t until, uint64_t *next)
{
	return kernel_details_look(&side->details, at, until, next);
}

void kernel_side_drop_details(struct kernel_side *side, uint64_t until)
{
	kernel_details_drop(&side->details, until);
}

/* Tids. */

static int set_slot(struct kernel_side *side, uint32_t tid, uint64_t value)
{
	int fd = bpf_map__fd(side->skeleton->maps.slots);
	uint32_t at = tid % bpf_map__max_entries(side->skeleton->maps.slots);
	return bpf_map_update_elem(fd, &at, &value, BPF_ANY);
}

/* Replaces the ENTRY of PLACE. Others use it at the same time. */
static void replace_place(struct kernel_side *side, uint64_t place, uint64_t entry, uint64_t by)
{
	__atomic_compare_exchange_n(&side->skeleton->bss->places[place % BPF_PLACES], &entry, by,
		false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

void kernel_side_forget_task(struct kernel_side *side, const struct bpf_task *task)
{
	uint32_t tid = task->tid;
	uint32_t at = tid % bpf_map__max_entries(side->skeleton->maps.slots);
	uint64_t place = 0;
	bpf_map_lookup_elem(bpf_map__fd(side->skeleton->maps.slots), &at, &place);
	if (place >> 32 == tid)
		set_slot(side, tid, 0);
	uint64_t entry = bpf_place_entry(task->place, task->slot);
	replace_place(side, task->place, entry, 0);
	replace_place(side, task->place, entry | BPF_MORE, BPF_MORE);
	bpf_map_delete_elem(bpf_map__fd(side->skeleton->maps.more_slots), &tid);
	bpf_map_delete_elem(bpf_map__fd(side->skeleton->maps.members), &tid);
}

void kernel_side_forget(struct kernel_side *side, uint32_t task, const struct bpf_cell *cell)
{
	const struct bpf_cell_key key = {.task = task,
		.nr = cell->nr,
		.abi = cell->abi,
		.capture = cell->capture,
		.writer = cell->writer};
	bpf_map_delete_elem(cell->capture ? kernel_stacks_cells(&side->stacks)
					  : bpf_map__fd(side->skeleton->maps.other_cells),
		&key);
}

void kernel_side_divide(struct kernel_side *side, uint64_t time_ns)
{
	__atomic_store_n(&side->skeleton->bss->division_ns, time_ns, __ATOMIC_SEQ_CST);
}

int kernel_side_bell(const struct kernel_side *side)
{
	return ring_buffer__epoll_fd(side->bell);
}

int kernel_side_room_bell(const struct kernel_side *side)
{
	return ring_buffer__epoll_fd(side->room_bell);
}

void kernel_side_hush(struct kernel_side *side)
{
	ring_buffer__consume(side->bell);
}

static uint64_t missed_by(const struct bpf_program *program)
{
	struct bpf_prog_info info = {0};
	uint32_t size = sizeof(info);
	int fd = bpf_program__fd(program);
	return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 ? info.recursion_misses : 0;
}

struct kernel_losses kernel_side_losses(const struct kernel_side *side)
{
	const struct count_bpf *skeleton = side->skeleton;
	struct kernel_losses losses = {
		.tasks = skeleton->bss->task_fill.refused,
		.outsiders = skeleton->bss->outsiders,
		.errors = skeleton->bss->errors_refused,
	};
	struct bpf_program *programs[LINKS];
	list_programs(skeleton, programs);
	for (int i = 0; i < LINKS; i++)
		losses.missed += missed_by(programs[i]);
	for (int i = 0; i < REQUEST_LINKS && kernel_side_has_requests(side); i++)
		losses.missed += missed_by(side->request_program[i]);
	losses.unsignalled = missed_by(skeleton->progs.signal_deliver);
	losses.unsplit = missed_by(skeleton->progs.sched_switch) +
	                 missed_by(skeleton->progs.sched_waking);
	return losses;
}

/* Ourselves. */

uint32_t kernel_side_trace_self(struct kernel_side *side)
{
	struct chunks *array = &side->array[KERNEL_TASKS];
	uint32_t slot = __atomic_fetch_add(&array->fill->next, 1, __ATOMIC_SEQ_CST);
	struct bpf_task *task = (struct bpf_task *)chunks_record(array, slot);
	uint64_t place = side->skeleton->bss->our_place;
	*task = (struct bpf_task){
		.slot = slot, .tid = side->skeleton->bss->our_tid, .place = place};
	replace_place(side, place, 0, bpf_place_entry(place, slot));
	return slot;
}

void kernel_side_untrace_self(struct kernel_side *side, uint32_t slot)
{
	const struct bpf_task *task = kernel_side_task(side, slot);
	replace_place(side, task->place, bpf_place_entry(task->place, slot), 0);
	for (uint32_t nr = 0; nr < BPF_NUMBERS; nr++) {
		uint32_t index = task->cell[nr];
		if (!index)
			continue;
		for (unsigned int octave = 0; octave < BPF_OCTAVES; octave++) {
			uint32_t row = kernel_side_cell(side, index)->row[octave];
			if (row)
				kernel_side_recycle(side, KERNEL_ROWS, row);
		}
		kernel_side_recycle(side, KERNEL_CELLS, index);
	}
	kernel_side_recycle(side, KERNEL_TASKS, slot);
}
