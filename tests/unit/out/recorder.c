/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings: every kind of event comes back as it was recorded, what cannot be written is counted,
 * and no file, however damaged, does more harm than an error.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/replay/replay.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/layout.h"
#include "event/object.h"
#include "event/recording.h"
#include "event/sink.h"
#include "model/model.h"
#include "out/exporter.h"
#include "out/recorder.h"
#include "out/report.h"
#include "stack/frame.h"
#include "stack/recorded.h"
#include "support/random.h"

/* Room for any event of these tests. */
#define EVENT_ROOM 16384

union room {
	struct event event;
	unsigned char bytes[EVENT_ROOM];
};

static char directory[PATH_MAX], path[PATH_MAX + 32];

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *ftw)
{
	(void)status, (void)flag, (void)ftw;
	return remove(name);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(directory, sizeof(directory), "%s/stop-recorder.XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/test.ctf", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Events. */

/* Sets FIELD of RECORD, of TYPE, to something that is valid. */
static void fill_field(
	enum event_type type, const struct event_field *field, void *record, uint64_t *seed)
{
	uint64_t numbers[CALL_MAX_ARGS];
	char *at = (char *)record + field->offset;
	switch (field->kind) {
	case FIELD_UNSIGNED:
		/* Those of a byte are small enumerations, all others may be times. */
		event_field_set(field, record,
			field->stored == 1 ? random_below(seed, 3) : random_below(seed, 1000000));
		break;
	case FIELD_SIGNED:
		event_field_set(field, record, 1 + random_below(seed, 60));
		break;
	case FIELD_BOOL:
		event_field_set(field, record, random_below(seed, 2));
		break;
	case FIELD_RESULT:
		event_field_set(field, record, random_next(seed));
		break;
	case FIELD_TEXT:
		snprintf(at, field->size, "%llx", (unsigned long long)random_next(seed));
		break;
	case FIELD_NUMBERS:
		for (size_t i = 0; i < COUNT_OF(numbers); i++)
			numbers[i] = random_next(seed) >> random_below(seed, 64);
		memcpy(at, numbers, field->size);
		break;
	default:
		(void)type;
	}
}

/* Adds what follows the structure of EVENT. */
static void fill_tail(union room *room, uint64_t *seed)
{
	const struct event_layout *layout = event_layout(room->event.type);
	struct event_sum *sum = (struct event_sum *)room;
	uint32_t size = (uint32_t)random_below(seed, 3000);
	/* It begins within what pads the structure. */
	char *at = (char *)room->bytes +
	           (layout->count ? layout->fields[layout->count - 1].offset : layout->size);
	if (room->event.type == EVENT_SUM) {
		sum->bucket_count = (uint32_t)random_below(seed, 12);
		sum->error_count = (uint32_t)random_below(seed, 12);
		for (uint32_t i = 0; i < sum->bucket_count + sum->error_count; i++)
			sum->item[i] = (struct sum_item){
				1 + random_below(seed, 100), 1 + (uint32_t)random_below(seed, 100)};
	}
	if (room->event.type == EVENT_DETAIL) {
		struct event_detail *detail = (struct event_detail *)room;
		struct detail_block block = {.address = 4096, .size = size + 1};
		size = (uint32_t)(sizeof(block) + (block.size + 7) / 8 * 8);
		at = (char *)detail->blocks;
		memcpy(at, &block, sizeof(block));
		memset(at + sizeof(block), 'x', block.size);
	} else if (room->event.type == EVENT_SESSION) {
		size = (uint32_t)snprintf(at, 64, "name%cargv %llu%c%c%cptrace%c", 0,
			       (unsigned long long)random_next(seed), 0, 0, 0, 0) +
		       1;
		at[size - 1] = '\0';
	} else if (layout->tail && room->event.type == EVENT_KERNEL_STACK) {
		size = 2 + size % 1000;
		memset(at, 'k', size - 2);
		at[size - 2] = '\n';
	} else if (layout->tail) {
		size -= room->event.type == EVENT_FRAMES ? size % 4 : 0;
		memset(at, 'w', size);
		if (size && room->event.type == EVENT_COMMAND_LINE)
			at[size - 1] = '\0';
	}
	if (layout->tail)
		memcpy(room->bytes + layout->tail, &size, sizeof(size));
}

/* A valid event of TYPE at TIME_NS. */
static void make_event(enum event_type type, uint64_t time_ns, union room *room, uint64_t *seed)
{
	const struct event_layout *layout = event_layout(type);
	memset(room, 0, sizeof(*room));
	room->event = (struct event){.type = type, .tid = 1 + (pid_t)random_below(seed, 20)};
	room->event.time_ns = time_ns;
	for (size_t i = 0; i < layout->count; i++)
		fill_field(type, &layout->fields[i], room, seed);
	/* A call that has failed returns its error. */
	if (type == EVENT_EXIT)
		((struct event_exit *)room)->result = -((struct event_exit *)room)->outcome.err;
	if (type == EVENT_DETAIL)
		((struct event_detail *)room)->result = -((struct event_detail *)room)->err;
	/* Costs after the beginning are reduced by those of that. */
	if (type == EVENT_PRESENT)
		((struct event_present *)room)->is_over = true;
	fill_tail(room, seed);
	if (!event_is_valid(&room->event, event_size(&room->event)))
		fail_msg("event %s is not valid", layout->name);
}

/* Recording and reading. */

static struct recorder *begin(size_t buffer)
{
	char first[] = "a", second[] = "\"b\"", third[] = "\\c";
	char *const command[] = {first, second, third, NULL};
	const struct recorder_options options = {
		.path = path,
		.command = command,
		.buffer = buffer,
		.strings = true,
		.with_data = true,
	};
	struct recorder *recorder;
	assert_int_equal(recorder_new(&options, &recorder), 0);
	return recorder;
}

static void finish(struct recorder *recorder)
{
	recorder_flush_all(recorder);
	while (!recorder_is_written(recorder)) {
		recorder_flush_all(recorder);
		pause_poll();
	}
	assert_int_equal(recorder_close(recorder, clock_now_ns() + 10 * NS_PER_S), 0);
}

/* Records COUNT events, those of all types in turn. */
static void record(size_t count, uint64_t seed)
{
	union room room;
	struct recorder *recorder = begin(16 << 20);
	for (size_t i = 0; i < count; i++) {
		make_event(i % EVENT_TYPES, 2000000 + 1000 * i - random_below(&seed, 5000), &room,
			&seed);
		event_send(recorder_sink(recorder), &room.event);
	}
	finish(recorder);
}

/* Makes the same events again, and compares. */
struct comparing {
	struct event_sink sink;
	uint64_t seed;
	size_t count;
};

static void compare(struct event_sink *sink, const struct event *event)
{
	struct comparing *comparing = (struct comparing *)sink;
	size_t i = comparing->count++;
	union room room;
	uint64_t time_ns = 2000000 + 1000 * i - random_below(&comparing->seed, 5000);
	make_event(i % EVENT_TYPES, time_ns, &room, &comparing->seed);
	assert_int_equal(event->type, room.event.type);
	assert_int_equal(event_size(event), event_size(&room.event));
	assert_memory_equal(event, &room, event_size(event));
}

static struct replay *open_recording(void)
{
	const char *paths[] = {path};
	char error[ENGINE_ERROR_MAX];
	struct replay *replay;
	return replay_open(paths, 1, &replay, error) == 0 ? replay : NULL;
}

static void every_event_comes_back(void **state)
{
	(void)state;
	size_t count = 200 * (size_t)EVENT_TYPES;
	record(count, 7);
	struct comparing comparing = {.sink = {.take = compare}, .seed = 7};
	struct replay *replay = open_recording();
	assert_non_null(replay);
	while (replay_scan(replay, 100, &comparing.sink) > 0)
		;
	replay_close(replay);
	assert_int_equal(comparing.count, count);
}

static void is_private_and_never_replaced(void **state)
{
	(void)state;
	struct stat status;
	char name[PATH_MAX + 64];
	record(10, 1);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	snprintf(name, sizeof(name), "%s/" RECORDING_STREAM, path);
	assert_int_equal(stat(name, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_int_equal(status.st_size % RECORDING_PAGE, 0);
	const struct recorder_options options = {.path = path, .buffer = 1 << 20};
	struct recorder *recorder;
	assert_int_equal(recorder_new(&options, &recorder), -EEXIST);
}

/* Whether the recording has file NAME. */
static bool has_file(const char *name)
{
	char whole[PATH_MAX + 64];
	struct stat status;
	snprintf(whole, sizeof(whole), "%s/%s", path, name);
	return stat(whole, &status) == 0;
}

static void send_present(struct recorder *recorder, uint64_t time_ns, bool is_over)
{
	const struct event_present present = {
		.event = {.type = EVENT_PRESENT, .time_ns = time_ns}, .is_over = is_over};
	event_send(recorder_sink(recorder), &present.event);
}

/* Part of a recording that begins at TIME_NS: a task that is known, and one that is new. */
static void write_part(struct recorder *recorder, uint64_t time_ns, pid_t known, pid_t new)
{
	struct event_task task = {
		.event = {EVENT_TASK, known, time_ns}, .tgid = known, .comm = "task"};
	send_present(recorder, time_ns, false);
	event_send(recorder_sink(recorder), &task.event);
	send_present(recorder, time_ns, true);
	task.event.tid = task.tgid = new;
	event_send(recorder_sink(recorder), &task.event);
}

/* The tids of the tasks that a recording tells, in order. */
struct tids {
	struct event_sink sink; /* first member */
	char text[64];
};

static void take_tid(struct event_sink *sink, const struct event *event)
{
	struct tids *tids = (struct tids *)sink;
	size_t used = strlen(tids->text);
	if (event->type == EVENT_TASK)
		snprintf(tids->text + used, sizeof(tids->text) - used, "%d ", (int)event->tid);
}

static void the_oldest_parts_are_removed_and_the_first_says_what_was_known(void **state)
{
	const struct recorder_options options = {
		.path = path, .buffer = 1 << 20, .limit = RECORDER_LIMIT_MIN, .limit_ns = 8000};
	struct tids tids = {.sink = {take_tid}};
	struct recorder *recorder;
	struct replay *replay;
	char error[ENGINE_ERROR_MAX];
	(void)state;
	assert_int_equal(recorder_new(&options, &recorder), 0);
	recorder_flush(recorder, 10000);
	write_part(recorder, 10000, 1, 2);
	assert_false(recorder_is_part_complete(recorder, 10999));
	assert_true(recorder_is_part_complete(recorder, 11000));
	assert_true(recorder_begin_part(recorder, 11000));
	assert_false(recorder_is_part_complete(recorder, 10999));
	assert_false(recorder_is_part_complete(recorder, 11999));
	write_part(recorder, 11000, 2, 3);
	assert_true(recorder_begin_part(recorder, 18500)); /* without what ended before 10500 */
	write_part(recorder, 18500, 3, 4);
	finish(recorder);
	assert_false(has_file("stream"));
	assert_true(has_file("stream_1") && has_file("stream_2") && !has_file("stream_3"));
	assert_int_equal(replay_open((const char *const[]){path}, 1, &replay, error), 0);
	while (replay_scan(replay, 100, &tids.sink) > 0)
		;
	assert_string_equal(tids.text, "2 3 4 ");
	replay_close(replay);
}

/* Stacks. */

static const struct module modules[] = {
	{.path = (char *)(uintptr_t) "/bin/program", .name = "program", .is_file = true, .id = 1},
	{.path = (char *)(uintptr_t) "[vdso]", .name = "[vdso]", .build_id = "0123abcd", .id = 2},
};

/* The functions of the second frame. */
static const struct {
	size_t count;
	struct frame_name name[2];
} inlined = {2, {{.symbol = "inner\033",
			 .symbol_offset = 3,
			 .file = "/src/a.c",
			 .line = 7,
			 .inlined = true},
			{.symbol = "outer", .file = "/src/b.c"}}};

static struct frame frames[] = {
	{.id = 1, .module = &modules[1], .ip = 0x7000, .offset = 0x70, .exact = true},
	{.id = 2, .module = &modules[0], .ip = 0x4000, .offset = 0x40, .late = true},
	{.id = 3, .module = &modules[0], .ip = 0x5000, .offset = 0x50, .trampoline = true},
};

#define STACKS 3

/* Stack ID has the frames from ID - 1 on. */
static const struct stack *find_stack(const void *context, uint32_t id)
{
	(void)context;
	static union {
		struct stack stack;
		char room[sizeof(struct stack) + STACKS * sizeof(struct frame *)];
	} stacks[STACKS];
	if (id > STACKS)
		return NULL;
	struct stack *stack = &stacks[id - 1].stack;
	stack->id = id;
	stack->end = id == 2 ? STACK_CUT : STACK_WHOLE;
	stack->count = STACKS + 1 - id;
	stack->guessed = stack->count - 1;
	for (size_t i = 0; i < stack->count; i++)
		stack->frame[i] = &frames[id - 1 + i];
	return stack;
}

static const struct stack_lookup stacks = {.find = find_stack};

static void send_stack(struct recorder *recorder, uint32_t number, uint32_t stack)
{
	const struct event_stack event = {
		.event = {.type = EVENT_STACK, .time_ns = 2000}, .number = number, .stack = stack};
	event_send(recorder_sink(recorder), &event.event);
}

/* A task with three calls, each with a stack; the names of one come later. */
static void send_calls(struct recorder *recorder)
{
	const struct event_task task = {.event = {EVENT_TASK, 1, 1000}, .tgid = 1, .comm = "task"};
	const struct event_frame frame = {.event = {.type = EVENT_FRAME, .time_ns = 3000}};
	frames[1].names = NULL;
	recorder_add_stacks(recorder, &stacks);
	event_send(recorder_sink(recorder), &task.event);
	for (uint32_t number = 1; number <= STACKS; number++) {
		const struct event_exit end = {.event = {EVENT_EXIT, 1, 2000},
			.outcome = {.duration_ns = 5},
			.capture = number};
		event_send(recorder_sink(recorder), &end.event);
		send_stack(recorder, number, number);
		send_stack(recorder, number, number);
	}
	frames[1].names = (const struct frame_names *)(const void *)&inlined;
	event_send(recorder_sink(recorder), &frame.event);
}

/* Counts events by type, and makes stacks of them. */
struct making {
	struct event_sink sink; /* first member */
	struct event_sink *next;
	size_t count[EVENT_TYPES];
};

static void take_making(struct event_sink *sink, const struct event *event)
{
	struct making *making = (struct making *)sink;
	making->count[event->type]++;
	event_send(making->next, event);
}

static void assert_same_frame(const struct frame *frame, const struct frame *expected)
{
	assert_string_equal(frame->module->path, expected->module->path);
	assert_string_equal(frame->module->name, expected->module->name);
	assert_string_equal(frame->module->build_id, expected->module->build_id);
	assert_int_equal(frame->module->is_file, expected->module->is_file);
	assert_int_equal(frame->id, expected->id);
	assert_int_equal(frame->ip, expected->ip);
	assert_int_equal(frame->offset, expected->offset);
	assert_int_equal(frame->exact, expected->exact);
	assert_int_equal(frame->late, expected->late);
	assert_int_equal(frame->trampoline, expected->trampoline);
	assert_int_equal(frame_names(frame) != NULL, frame_names(expected) != NULL);
	for (size_t i = 0; frame_names(frame) && i < frame_names(frame)->count; i++) {
		const struct frame_name *name = &frame_names(frame)->name[i];
		const struct frame_name *other = &frame_names(expected)->name[i];
		assert_string_equal(name->symbol, other->symbol);
		assert_string_equal(name->file, other->file);
		assert_int_equal(name->symbol_offset, other->symbol_offset);
		assert_int_equal(name->line, other->line);
		assert_int_equal(name->inlined, other->inlined);
	}
}

static void stacks_are_recorded_once_and_come_back(void **state)
{
	(void)state;
	struct recorder *recorder = begin(1 << 20);
	send_calls(recorder);
	finish(recorder);
	struct recorded_stacks *recorded = recorded_stacks_new(1 << 20);
	struct making making = {{take_making}, recorded_stacks_sink(recorded), {0}};
	struct replay *replay = open_recording();
	assert_non_null(replay);
	while (replay_scan(replay, 100, &making.sink) > 0)
		;
	replay_close(replay);
	assert_int_equal(making.count[EVENT_STACK], 2 * STACKS);
	assert_int_equal(making.count[EVENT_FRAMES], STACKS);
	assert_int_equal(making.count[EVENT_PLACE], COUNT_OF(frames));
	assert_int_equal(making.count[EVENT_MODULE], COUNT_OF(modules));
	assert_int_equal(making.count[EVENT_FUNCTION], inlined.count);
	for (uint32_t id = 1; id <= STACKS; id++) {
		const struct stack *stack = recorded_stacks_by_id(recorded, id);
		const struct stack *expected = find_stack(NULL, id);
		assert_int_equal(stack->id, id);
		assert_int_equal(stack->end, expected->end);
		assert_int_equal(stack->count, expected->count);
		assert_int_equal(stack->guessed, expected->guessed);
		for (size_t i = 0; i < stack->count; i++)
			assert_same_frame(stack->frame[i], expected->frame[i]);
	}
	assert_int_equal(recorded_stacks_by_id(recorded, STACKS + 1)->end, STACK_UNRECORDED);
	recorded_stacks_free(recorded);
}

/* What a part says of stacks does not depend on those before it, which may be removed. */
static void each_part_says_what_its_stacks_are(void **state)
{
	(void)state;
	struct recorder *recorder = begin(1 << 20);
	send_calls(recorder);
	assert_true(recorder_begin_part(recorder, 4000));
	send_stack(recorder, STACKS + 1, 2);
	finish(recorder);
	char name[PATH_MAX + 64];
	snprintf(name, sizeof(name), "%s/" RECORDING_STREAM, path);
	assert_int_equal(unlink(name), 0);
	struct recorded_stacks *recorded = recorded_stacks_new(1 << 20);
	struct replay *replay = open_recording();
	assert_non_null(replay);
	while (replay_scan(replay, 100, recorded_stacks_sink(recorded)) > 0)
		;
	replay_close(replay);
	assert_int_equal(recorded_stacks_by_id(recorded, 2)->count, STACKS - 1);
	assert_same_frame(recorded_stacks_by_id(recorded, 2)->frame[0], &frames[1]);
	assert_int_equal(recorded_stacks_by_id(recorded, 1)->end, STACK_UNRECORDED);
	recorded_stacks_free(recorded);
}

/* Names beyond the limit of memory are missing, and counted; the stacks are there. */
static void names_take_limited_memory(void **state)
{
	(void)state;
	struct recorder *recorder = begin(1 << 20);
	send_calls(recorder);
	finish(recorder);
	struct recorded_stacks *recorded = recorded_stacks_new(2 * sizeof(struct module) + 32);
	struct replay *replay = open_recording();
	assert_non_null(replay);
	while (replay_scan(replay, 100, recorded_stacks_sink(recorded)) > 0)
		;
	replay_close(replay);
	assert_int_equal(recorded_stacks_beyond(recorded), 1);
	assert_int_equal(recorded_stacks_by_id(recorded, 1)->count, STACKS);
	assert_null(frame_names(recorded_stacks_by_id(recorded, 2)->frame[0]));
	recorded_stacks_free(recorded);
}

struct counting {
	struct event_sink sink;
	uint64_t events, missing;
};

static void count(struct event_sink *sink, const struct event *event)
{
	struct counting *counting = (struct counting *)sink;
	const struct event_note *note = (const struct event_note *)event;
	if (event->type == EVENT_NOTE && note->id == REPLAY_NOTE_DISCARDED)
		counting->missing = note->count;
	else
		counting->events++;
}

/* With a small buffer, and a disk that cannot be faster. */
static void what_has_no_room_is_counted(void **state)
{
	(void)state;
	union room room;
	uint64_t seed = 3, sent = 0;
	struct recorder *recorder = begin(1 << 20);
	make_event(EVENT_NOTE, 1000, &room, &seed);
	while (recorder_discarded(recorder) == 0 && sent < 10000000) {
		event_send(recorder_sink(recorder), &room.event);
		sent++;
	}
	while (!recorder_is_written(recorder)) {
		recorder_flush_all(recorder);
		pause_poll();
	}
	/* The next packet says how many events were not in those before. */
	event_send(recorder_sink(recorder), &room.event);
	sent++;
	uint64_t discarded = recorder_discarded(recorder);
	finish(recorder);
	struct counting counting = {.sink = {.take = count}};
	struct replay *replay = open_recording();
	assert_non_null(replay);
	while (replay_scan(replay, 1000, &counting.sink) > 0)
		;
	replay_close(replay);
	assert_int_equal(counting.missing, discarded);
	assert_int_equal(counting.events + counting.missing, sent);
}

/* The events up to the last whole packet are there. */
static void a_cut_stream_ends_with_a_packet(void **state)
{
	(void)state;
	char name[PATH_MAX + 64];
	struct stat status;
	record(1000, 5);
	snprintf(name, sizeof(name), "%s/" RECORDING_STREAM, path);
	assert_int_equal(stat(name, &status), 0);
	assert_int_equal(truncate(name, status.st_size - 1), 0);
	struct comparing comparing = {.sink = {.take = compare}, .seed = 5};
	struct replay *replay = open_recording();
	assert_non_null(replay);
	int result;
	while ((result = replay_scan(replay, 100, &comparing.sink)) > 0)
		;
	assert_int_equal(result, 0);
	assert_null(replay_error(replay));
	replay_close(replay);
	assert_in_range(comparing.count, 800, 999);
}

/* What was unpacked is kept: to go back, the archive is not read again. */
static void a_packed_recording_is_unpacked_once(void **state)
{
	(void)state;
	char command[3 * PATH_MAX], packed[PATH_MAX + 64], error[ENGINE_ERROR_MAX];
	struct replay *replay;
	size_t count[2] = {0};
	record(500, 5);
	snprintf(packed, sizeof(packed), "%s/test.tar", directory);
	snprintf(command, sizeof(command), "tar -C '%s' -cf '%s' test.ctf", directory, packed);
	assert_int_equal(system(command), 0);
	assert_int_equal(replay_open((const char *const[]){packed}, 1, &replay, error), 0);
	for (size_t i = 0; i < 2; i++) {
		struct comparing comparing = {.sink = {.take = compare}, .seed = 5};
		while (replay_scan(replay, 100, &comparing.sink) > 0)
			;
		count[i] = comparing.count;
		assert_int_equal(truncate(packed, 0), 0);
		assert_int_equal(replay_rewind(replay, error), 0);
	}
	replay_close(replay);
	assert_int_equal(count[0], 500);
	assert_int_equal(count[1], 500);
}

/* Damage. */

/* The file NAME of the recording, which is read or written: its size in *SIZE. */
static unsigned char *load(const char *name, size_t *size)
{
	char file[PATH_MAX + 64];
	struct stat status;
	snprintf(file, sizeof(file), "%s/%s", path, name);
	int fd = open(file, O_RDONLY);
	assert_true(fd >= 0 && fstat(fd, &status) == 0);
	*size = (size_t)status.st_size;
	unsigned char *bytes = malloc(*size + 1);
	assert_int_equal(read(fd, bytes, *size), (ssize_t)*size);
	close(fd);
	return bytes;
}

static void store(const char *name, const unsigned char *bytes, size_t size)
{
	char file[PATH_MAX + 64];
	snprintf(file, sizeof(file), "%s/%s", path, name);
	int fd = open(file, O_WRONLY | O_TRUNC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
}

/* Changes a few of the SIZE bytes of a copy of BYTES, perhaps cuts it, and stores it as NAME. */
static void damage(const char *name, const unsigned char *bytes, size_t size, uint64_t *seed)
{
	unsigned char *copy = malloc(size + 1);
	memcpy(copy, bytes, size);
	size_t changes = 1 + random_below(seed, 8);
	for (size_t i = 0; i < changes; i++) {
		size_t at = random_below(seed, size);
		size_t length = 1 + random_below(seed, 9);
		switch (random_below(seed, 4)) {
		case 0:
			copy[at] ^= (unsigned char)(1 << random_below(seed, 8));
			break;
		case 1:
			memset(copy + at, 0xff, length < size - at ? length : size - at);
			break;
		case 2:
			copy[at] = (unsigned char)random_next(seed);
			break;
		default:
			memmove(copy + at, copy + random_below(seed, size - at + 1),
				length < size - at ? length : size - at);
		}
	}
	store(name, copy, random_below(seed, 10) ? size : random_below(seed, size));
	free(copy);
}

static const struct stack *find_recorded(const void *context, uint32_t id)
{
	return recorded_stacks_by_id(context, id);
}

/* Plays what is there into a model, and makes a report of that. */
static void play(void)
{
	struct replay *replay = open_recording();
	if (!replay)
		return;
	struct recorded_stacks *recorded = recorded_stacks_new(1 << 20);
	const struct stack_lookup lookup = {.find = find_recorded, .context = recorded};
	struct event_sinks sinks;
	struct trace_facts trace;
	replay_facts(replay, &trace);
	struct model *model = model_new(trace.begin_ns, &lookup);
	event_sinks_init(&sinks);
	event_sinks_add(&sinks, recorded_stacks_sink(recorded));
	event_sinks_add(&sinks, model_sink(model));
	int result = 1;
	/* Bounded: all events are in the stream. */
	while (result > 0)
		result = replay_scan(replay, 100, &sinks.sink);
	const struct report_facts facts = {
		.now_ns = trace.end_ns, .name = "x", .engine = "replay", .exit_code = -1};
	const struct report_view view = {
		.order = call_order_default(COLUMN_SHARE), .files = true, .stacks = true};
	model_tick(model, trace.end_ns);
	struct report *report = report_new(model, &facts, &view);
	FILE *nowhere = fopen("/dev/null", "w");
	assert_non_null(nowhere);
	for (int id = 0; id < EXPORTER_COUNT; id++)
		exporters[id].write(nowhere, report, EXPORT_SUMMARY, false);
	fclose(nowhere);
	report_free(report);
	model_free(model);
	recorded_stacks_free(recorded);
	replay_close(replay);
}

/* Damages what is there, again and again. */
static void damage_all(size_t rounds)
{
	static const char *const names[] = {RECORDING_STREAM, RECORDING_METADATA};
	uint64_t seed = 11;
	size_t size[2];
	unsigned char *bytes[2];
	for (int i = 0; i < 2; i++)
		bytes[i] = load(names[i], &size[i]);
	for (size_t round = 0; round < rounds; round++) {
		int which = random_below(&seed, 4) == 0;
		damage(names[which], bytes[which], size[which], &seed);
		play();
		store(names[which], bytes[which], size[which]);
	}
	free(bytes[0]);
	free(bytes[1]);
}

static void damage_is_an_error(void **state)
{
	(void)state;
	record(20 * (size_t)EVENT_TYPES, 9);
	damage_all(1000);
}

static void damaged_stacks_are_an_error_or_missing(void **state)
{
	(void)state;
	struct recorder *recorder = begin(1 << 20);
	send_calls(recorder);
	finish(recorder);
	damage_all(3000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_event_comes_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(is_private_and_never_replaced, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_has_no_room_is_counted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_cut_stream_ends_with_a_packet, set_up, tear_down),
		cmocka_unit_test_setup_teardown(damage_is_an_error, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			stacks_are_recorded_once_and_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			each_part_says_what_its_stacks_are, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_packed_recording_is_unpacked_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(names_take_limited_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			damaged_stacks_are_an_error_or_missing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			the_oldest_parts_are_removed_and_the_first_says_what_was_known, set_up,
			tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
