/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of details become events: both halves of a call, what was lost and where, and nothing is
 * dropped while there is no room. The kernel's side is a list of records.
 */
#include "config.h"

#include "support/unit.h"

#include <signal.h>
#include <string.h>

#include "base/ring.h"
#include "base/time.h"
#include "engine/bpf/detail_reader.h"
#include "engine/bpf/kernel_side.h"
#include "engine/bpf/stack_reader.h"
#include "event/detail.h"
#include "event/interest.h"

#define RECORDS_MAX 16

struct kernel_side {
	struct bpf_details details;
	struct record {
		struct bpf_detail head;
		unsigned char blocks[64];
	} record[RECORDS_MAX];
	uint64_t begin, end;
	bool sends_signals;
};

int kernel_side_open_details(struct kernel_side *side, const struct fetch_limits *limits)
{
	(void)side;
	assert_int_equal(limits->string_max, 32);
	return 0;
}

struct bpf_details *kernel_side_details(const struct kernel_side *side)
{
	return (struct bpf_details *)(uintptr_t)&side->details;
}

int kernel_side_send_signals(struct kernel_side *side, bool is_wanted)
{
	side->sends_signals = is_wanted;
	return 0;
}

uint64_t kernel_side_details_begin(const struct kernel_side *side)
{
	return side->begin;
}

uint64_t kernel_side_details_end(const struct kernel_side *side)
{
	return side->end;
}

const struct bpf_detail *kernel_side_detail(
	const struct kernel_side *side, uint64_t *at, uint64_t until, uint64_t *next)
{
	*next = *at + 1;
	return *at < until ? &side->record[*at].head : NULL;
}

void kernel_side_drop_details(struct kernel_side *side, uint64_t until)
{
	side->begin = until;
}

uint32_t stack_reader_capture(uint32_t number)
{
	return number;
}

struct fixture {
	struct kernel_side side;
	struct interest interest;
	struct ring *ring;
	struct detail_reader *reader;
};

static struct fixture fixture;

static void begin(size_t capacity)
{
	memset(&fixture, 0, sizeof(fixture));
	fixture.interest.string_max = 32;
	fixture.ring = ring_new(capacity);
	fixture.reader = detail_reader_new(&fixture.side, fixture.ring, &fixture.interest);
}

static void end(void)
{
	detail_reader_free(fixture.reader);
	ring_free(fixture.ring);
}

/* Adds a record of TYPE, of call NUMBER of the task in slot 1, with a block at ADDRESS. */
static struct bpf_detail *add(enum bpf_detail_type type, uint32_t number, uint64_t address)
{
	struct record *record = &fixture.side.record[fixture.side.end++];
	struct detail_block block = {address, 8, type == BPF_DETAIL_EXIT};
	record->head = (struct bpf_detail){
		.type = type,
		.slot = 1,
		.tid = 11,
		.tgid = 10,
		.enter_ns = 100,
		.end_ns = 200,
		.nr = 42,
		.number = number << 2,
	};
	if (address) {
		memcpy(record->blocks, &block, sizeof(block));
		memset(record->blocks + sizeof(block), (int)address, 8);
		record->head.size = sizeof(block) + 8;
	}
	return &record->head;
}

/* Takes all records for which there is room. Returns whether that were all. */
static bool take(void)
{
	detail_reader_look(fixture.reader, 1000, true);
	while (detail_reader_peek(fixture.reader)) {
		if (!detail_reader_write(fixture.reader))
			return false;
	}
	return detail_reader_write_lost(fixture.reader, 1000);
}

static const struct event_detail *next_detail(void)
{
	const struct event *event = ring_peek(fixture.ring);
	assert_non_null(event);
	assert_int_equal(event->type, EVENT_DETAIL);
	return (const struct event_detail *)event;
}

static void assert_memory(
	const struct event_detail *detail, enum detail_phase phase, uint64_t address, bool is_there)
{
	unsigned char bytes[8];
	assert_int_equal(detail_read(detail, phase, address, bytes, 8), is_there ? 8 : 0);
	if (is_there)
		assert_int_equal(bytes[7], (unsigned char)address);
}

static void both_halves_of_a_call_are_one_event(void **state)
{
	(void)state;
	begin(4096);
	add(BPF_DETAIL_ENTRY, 1, 5);
	add(BPF_DETAIL_EXIT, 1, 6)->flags = BPF_DETAIL_HAS_ENTRY | BPF_DETAIL_HAS_DATA;
	assert_true(take());
	const struct event_detail *detail = next_detail();
	assert_int_equal(detail->event.tid, 11);
	assert_int_equal(detail->start_ns, 100);
	assert_int_equal(detail->event.time_ns, 200);
	assert_int_equal(detail->call.nr, 42);
	assert_true(detail->has_data && detail->is_summed && !detail->is_cut);
	assert_memory(detail, DETAIL_ENTRY, 5, true);
	assert_memory(detail, DETAIL_EXIT, 6, true);
	ring_pop(fixture.ring);
	assert_null(ring_peek(fixture.ring));
	end();
}

/* A call that is suspended for a handler ends after those that the handler makes. */
static void calls_within_a_call_have_their_own_memory(void **state)
{
	(void)state;
	begin(4096);
	add(BPF_DETAIL_ENTRY, 1, 5);
	add(BPF_DETAIL_ENTRY, 2, 7);
	add(BPF_DETAIL_EXIT, 2, 0)->flags = BPF_DETAIL_HAS_ENTRY;
	add(BPF_DETAIL_EXIT, 3, 0);
	add(BPF_DETAIL_EXIT, 1, 0)->flags = BPF_DETAIL_HAS_ENTRY;
	assert_true(take());
	assert_memory(next_detail(), DETAIL_ENTRY, 7, true);
	assert_memory(next_detail(), DETAIL_ENTRY, 5, false);
	ring_pop(fixture.ring);
	assert_int_equal(next_detail()->size, 0);
	ring_pop(fixture.ring);
	assert_memory(next_detail(), DETAIL_ENTRY, 5, true);
	end();
}

static void what_was_lost_is_told_once_where_it_was(void **state)
{
	(void)state;
	begin(4096);
	add(BPF_DETAIL_EXIT, 1, 0);
	struct bpf_detail *second = add(BPF_DETAIL_EXIT, 2, 0);
	second->lost = 7;
	second->lost_logged = 3;
	/* One more before this record, and two after it. */
	add(BPF_DETAIL_EXIT, 3, 0)->lost = 8;
	fixture.side.details.lost = 10;
	detail_reader_look(fixture.reader, 1000, true);
	assert_non_null(detail_reader_peek(fixture.reader));
	assert_true(detail_reader_write(fixture.reader));
	/* Not before all has been read. */
	assert_true(detail_reader_write_lost(fixture.reader, 1000));
	assert_int_equal(next_detail()->lost, 0);
	ring_pop(fixture.ring);
	assert_null(ring_peek(fixture.ring));
	assert_true(take());
	assert_int_equal(next_detail()->lost, 7);
	assert_int_equal(next_detail()->lost_logged, 3);
	ring_pop(fixture.ring);
	assert_int_equal(next_detail()->lost, 1);
	assert_int_equal(next_detail()->lost_logged, 0);
	ring_pop(fixture.ring);
	const struct event_lost *lost = ring_peek(fixture.ring);
	assert_non_null(lost);
	assert_int_equal(lost->event.type, EVENT_LOST);
	assert_int_equal(lost->lost, 2);
	ring_pop(fixture.ring);
	assert_true(take());
	assert_null(ring_peek(fixture.ring));
	assert_int_equal(detail_reader_lost(fixture.reader), 10);
	end();
}

/* Adds the end of a call of the task in SLOT at TIME_NS. */
static void add_end(uint32_t slot, uint64_t time_ns)
{
	struct bpf_detail *record = add(BPF_DETAIL_EXIT, 1, 0);
	record->slot = slot;
	record->tid = 10 + slot;
	record->end_ns = time_ns;
}

static void assert_next(pid_t tid, uint64_t time_ns)
{
	assert_int_equal(next_detail()->event.tid, tid);
	assert_int_equal(next_detail()->event.time_ns, time_ns);
	ring_pop(fixture.ring);
}

/* A CPU was taken away between the end of a call and its record. */
static void calls_come_in_the_order_of_their_ends(void **state)
{
	(void)state;
	begin(4096);
	add_end(1, 300);
	add_end(2, 400);
	add_end(1, 500);
	add(BPF_DETAIL_ENTRY, 2, 5)->end_ns = 0;
	add_end(3, 350);
	add_end(2, 450);
	/* Of one task, that of the records counts. */
	add_end(3, 340);
	assert_true(take());
	assert_next(11, 300);
	assert_next(13, 350);
	assert_next(13, 340);
	assert_next(12, 400);
	assert_next(12, 450);
	assert_next(11, 500);
	assert_int_equal(fixture.side.begin, fixture.side.end);
	end();
}

/* What is not done yet is not dropped, though something behind it is. */
static void places_are_kept_until_all_before_them_are_done(void **state)
{
	(void)state;
	begin(4096);
	add_end(1, 500);
	add_end(2, 400);
	detail_reader_look(fixture.reader, 1000, true);
	assert_non_null(detail_reader_peek(fixture.reader));
	assert_true(detail_reader_write(fixture.reader));
	assert_int_equal(fixture.side.begin, 0);
	/* New ones are not looked at before. */
	add_end(2, 450);
	assert_true(take());
	assert_int_equal(fixture.side.begin, 2);
	assert_true(take());
	assert_int_equal(fixture.side.begin, 3);
	assert_next(12, 400);
	assert_next(11, 500);
	assert_next(12, 450);
	end();
}

/* For a log, the latest wait: something from before may come late. */
static void the_latest_wait_for_those_before_them(void **state)
{
	const uint64_t now_ns = 1000 * NS_PER_MS;
	(void)state;
	begin(4096);
	add_end(1, now_ns - 900 * NS_PER_MS);
	add_end(1, now_ns - NS_PER_MS);
	detail_reader_look(fixture.reader, now_ns, false);
	assert_false(detail_reader_is_holding(fixture.reader));
	assert_true(take());
	assert_int_equal(fixture.side.begin, 2);
	interest_request_all(&fixture.interest, INTEREST_LOG_FILE, INTEREST_DETAILS, true);
	interest_request_all(&fixture.interest, INTEREST_LOG_FILE, INTEREST_LOG, true);
	assert_int_equal(detail_reader_request(fixture.reader), 0);
	add_end(1, now_ns - 900 * NS_PER_MS);
	add_end(1, now_ns - NS_PER_MS);
	detail_reader_look(fixture.reader, now_ns, false);
	assert_true(detail_reader_is_holding(fixture.reader));
	assert_non_null(detail_reader_peek(fixture.reader));
	assert_true(detail_reader_write(fixture.reader));
	assert_null(detail_reader_peek(fixture.reader));
	add_end(2, now_ns - 2 * NS_PER_MS);
	detail_reader_look(fixture.reader, now_ns, true);
	assert_false(detail_reader_is_holding(fixture.reader));
	assert_true(take());
	for (int i = 0; i < 3; i++)
		ring_pop(fixture.ring);
	assert_next(12, now_ns - 2 * NS_PER_MS);
	assert_next(11, now_ns - NS_PER_MS);
	end();
}

/* Descriptors are not what they were: a birth or an execve is missing. */
static void lost_births_make_a_gap(void **state)
{
	(void)state;
	begin(4096);
	add(BPF_DETAIL_EXIT, 1, 0)->lost_others = 1;
	assert_true(take());
	const struct event *event = ring_peek(fixture.ring);
	assert_int_equal(event->type, EVENT_LOST);
	ring_pop(fixture.ring);
	next_detail();
	end();
}

static void nothing_is_dropped_while_there_is_no_room(void **state)
{
	(void)state;
	begin(1024);
	for (uint32_t i = 1; i <= 8; i++) {
		add(BPF_DETAIL_ENTRY, i, i);
		add(BPF_DETAIL_EXIT, i, 0)->flags = BPF_DETAIL_HAS_ENTRY;
	}
	uint32_t got = 0;
	for (int rounds = 0; rounds < 20 && got < 8; rounds++) {
		bool is_all = take();
		while (ring_peek(fixture.ring)) {
			assert_memory(next_detail(), DETAIL_ENTRY, ++got, true);
			ring_pop(fixture.ring);
		}
		assert_int_equal(is_all, got == 8);
	}
	assert_int_equal(got, 8);
	end();
}

static void requests_reach_the_programs(void **state)
{
	const struct call call = {.nr = 42, .abi = ABI_NATIVE};
	(void)state;
	begin(1024);
	assert_int_equal(detail_reader_request(fixture.reader), 0);
	assert_int_equal(fixture.side.details.is_wanted, 0);
	interest_request_call(&fixture.interest, INTEREST_FILES, INTEREST_DETAILS, call, true);
	interest_request_call(&fixture.interest, INTEREST_LOG_FILE, INTEREST_DATA, call, true);
	assert_int_equal(detail_reader_request(fixture.reader), 0);
	assert_int_equal(fixture.side.details.is_wanted, 1);
	assert_int_equal(
		fixture.side.details.call[ABI_NATIVE][42].wanted, BPF_WANT_DETAILS | BPF_WANT_DATA);
	assert_int_equal(fixture.side.details.call[ABI_NATIVE][43].wanted, 0);
	interest_request_call(&fixture.interest, INTEREST_FILES, INTEREST_DETAILS, call, false);
	fixture.interest.details_of = 5;
	fixture.interest.signals = true;
	assert_int_equal(detail_reader_request(fixture.reader), 0);
	assert_int_equal(fixture.side.details.is_wanted, 1);
	assert_int_equal(fixture.side.details.wanted_of, 5);
	assert_true(fixture.side.sends_signals);
	fixture.interest.details_of = 0;
	assert_int_equal(detail_reader_request(fixture.reader), 0);
	assert_int_equal(fixture.side.details.is_wanted, 0);
	end();
}

static void signals_have_their_information(void **state)
{
	(void)state;
	begin(4096);
	struct bpf_detail *record = add(BPF_DETAIL_SIGNAL, 0, 0);
	siginfo_t info = {.si_signo = SIGUSR1, .si_code = SI_USER};
	info.si_pid = 77;
	memcpy(record + 1, &info, BPF_SIGINFO);
	record->size = BPF_SIGINFO;
	/* One without any. */
	record = add(BPF_DETAIL_SIGNAL, 0, 0);
	memset(record + 1, 0, BPF_SIGINFO);
	record->size = BPF_SIGINFO;
	record->signal = SIGTERM;
	assert_true(take());
	const struct event_signal *event = ring_peek(fixture.ring);
	assert_int_equal(event->event.type, EVENT_SIGNAL);
	assert_int_equal(event->signal, SIGUSR1);
	assert_int_equal(event->sender, 77);
	assert_int_equal(event->tgid, 10);
	ring_pop(fixture.ring);
	event = ring_peek(fixture.ring);
	assert_int_equal(event->signal, SIGTERM);
	assert_int_equal(event->code, SI_KERNEL);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_come_in_the_order_of_their_ends),
		cmocka_unit_test(places_are_kept_until_all_before_them_are_done),
		cmocka_unit_test(the_latest_wait_for_those_before_them),
		cmocka_unit_test(both_halves_of_a_call_are_one_event),
		cmocka_unit_test(calls_within_a_call_have_their_own_memory),
		cmocka_unit_test(what_was_lost_is_told_once_where_it_was),
		cmocka_unit_test(lost_births_make_a_gap),
		cmocka_unit_test(nothing_is_dropped_while_there_is_no_room),
		cmocka_unit_test(requests_reach_the_programs),
		cmocka_unit_test(signals_have_their_information),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
