/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which interrupted calls continue, and how. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "abi/restart.h"

/* The call NAME of ABI. */
static struct call call_named(enum abi abi, const char *name)
{
	struct call call = {.nr = 0, .abi = abi};
	for (; call.nr < syscall_table_size(abi); call.nr++) {
		const struct syscall_desc *desc = syscall_lookup(call);
		if (desc && strcmp(desc->name, name) == 0)
			return call;
	}
	fail_msg("%s has no %s", abi_name(abi), name);
	return call;
}

static void results_say_how_a_call_is_restarted(void **state)
{
	(void)state;
	for (int64_t result = -4096; result <= 4096; result++) {
		bool is_restart = result == -512 || result == -513 || result == -514 ||
		                  result == -516;
		assert_int_equal(restart_of_result(result), is_restart ? -result : RESTART_NONE);
	}
	assert_int_equal(restart_of_result(INT64_MIN), RESTART_NONE);
	assert_true(restart_survives_handler(RESTART_SYS));
	assert_true(restart_survives_handler(RESTART_NOINTR));
	assert_false(restart_survives_handler(RESTART_NOHAND));
	assert_false(restart_survives_handler(RESTART_BLOCK));
}

static void assert_same_repair(const struct repair *repair, const struct repair *expected)
{
	assert_non_null(repair);
	assert_string_equal(repair->name, expected->name);
	assert_int_equal(repair->timeout, expected->timeout);
	assert_int_equal(repair->argument, expected->argument);
	assert_int_equal(repair->on_timeout, expected->on_timeout);
}

static void calls_that_fail_with_eintr_can_be_repaired(void **state)
{
	(void)state;
	static const struct repair cases[] = {
		{"epoll_wait", TIMEOUT_MS, 3, 0},
		{"semop", TIMEOUT_NONE, 0, 0},
		{"rt_sigtimedwait", TIMEOUT_TIMESPEC, 2, -EAGAIN},
		{"io_uring_enter", TIMEOUT_URING, 4, -ETIME},
		{"accept4", TIMEOUT_RECEIVE, 0, -EAGAIN},
		{"read", TIMEOUT_RECEIVE, 0, -EAGAIN},
		{"writev", TIMEOUT_SEND, 0, -EAGAIN},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct repair *repair = repair_find(cases[i].name);
		assert_same_repair(repair, &cases[i]);
		assert_false(repair_is_visible(repair));
		assert_ptr_equal(repair_for_domain(repair, AF_UNIX), repair);
	}
}

static void calls_that_the_kernel_restarts_need_no_repair(void **state)
{
	(void)state;
	static const char *const names[] = {
		"poll", "ppoll", "select", "nanosleep", "futex", "pause", "wait4", "getpid"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_null(repair_find(names[i]));
	assert_null(repair_find(NULL));
}

static void calls_that_are_continued_as_another_can_be_made_again(void **state)
{
	static const struct repair cases[] = {
		{"nanosleep", TIMEOUT_SLEEP, 0, 0},
		{"clock_nanosleep", TIMEOUT_CLOCK, 2, 0},
		{"poll", TIMEOUT_MS, 2, REPAIR_ONCE_MORE},
		{"futex", TIMEOUT_FUTEX, 3, -ETIMEDOUT},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct repair *repair = repair_find_block(cases[i].name);
		assert_same_repair(repair, &cases[i]);
		assert_null(repair_find(cases[i].name));
	}
	assert_null(repair_find_block("ppoll"));
	assert_null(repair_find_block(NULL));
}

static void restart_syscall_has_a_number_in_every_abi(void **state)
{
	static const uint32_t numbers[ABI_COUNT] = {
		[ABI_X86_64] = 219, [ABI_I386] = 0, [ABI_X32] = 219};
	(void)state;
	for (enum abi abi = 0; abi < ABI_IO_URING; abi++) {
		struct call restart, same;
		uint32_t audit_arch, nr;
		restart_call(abi, &restart);
		assert_int_equal(restart.abi, abi);
		assert_int_equal(restart.nr, numbers[abi]);
		call_to_kernel(restart, &audit_arch, &nr);
		assert_true(call_from_kernel(audit_arch, nr, &same));
		assert_true(call_equal(restart, same));
	}
}

static void a_connect_that_is_restarted_shows_on_the_internet_alone(void **state)
{
	(void)state;
	const struct repair *repair = repair_find("connect");
	assert_non_null(repair);
	assert_true(repair_is_visible(repair));
	assert_ptr_equal(repair_for_domain(repair, AF_INET), repair);
	assert_ptr_equal(repair_for_domain(repair, AF_INET6), repair);
	repair = repair_for_domain(repair, AF_UNIX);
	assert_false(repair_is_visible(repair));
	assert_int_equal(repair->on_timeout, -EAGAIN);
}

static void transfers_are_cut_short(void **state)
{
	(void)state;
	static const uint64_t none[CALL_MAX_ARGS];
	static const uint64_t all_of_it[CALL_MAX_ARGS] = {0, 0, 0, MSG_WAITALL};
	static const char *const cut[] = {"write", "sendfile", "splice", "recvmmsg", "getrandom"};
	static const char *const whole[] = {"read", "recvfrom", "accept", "epoll_wait"};
	for (size_t i = 0; i < COUNT_OF(cut); i++)
		assert_true(call_is_cut_short(cut[i], none));
	for (size_t i = 0; i < COUNT_OF(whole); i++)
		assert_false(call_is_cut_short(whole[i], none));
	assert_true(call_is_cut_short("recvfrom", all_of_it));
	assert_false(call_is_cut_short(NULL, none));
}

static void reads_can_wait_for_several_bytes(void **state)
{
	(void)state;
	static const uint64_t one[CALL_MAX_ARGS] = {0, 0, 1}, two[CALL_MAX_ARGS] = {0, 0, 2};
	assert_true(call_reads_several("read", two));
	assert_false(call_reads_several("read", one));
	assert_true(call_reads_several("readv", one));
	assert_false(call_reads_several("write", two));
	assert_false(call_reads_several(NULL, two));
}

static void timeouts_can_be_constant(void **state)
{
	(void)state;
	assert_int_equal(repair_find_constant("ppoll")->timeout, TIMEOUT_TIMESPEC);
	assert_int_equal(repair_find_constant("select")->timeout, TIMEOUT_NONE);
	assert_null(repair_find_constant("poll"));
	assert_null(repair_find("ppoll"));
}

static void a_timeout_in_its_callers_frame_is_not_constant(void **state)
{
	(void)state;
	enum { SP = 0x7000 };
	static const struct {
		uint64_t address;
		bool may_be;
	} timeouts[] = {
		{0, false}, {SP, false}, {SP + 200, false}, {SP - 8, true}, {SP + 4096, true}};
	static const struct {
		const char *name;
		unsigned int argument;
	} calls[] = {{"ppoll", 2}, {"pselect6", 4}, {"select", 4}};
	for (size_t i = 0; i < COUNT_OF(timeouts) * COUNT_OF(calls); i++) {
		unsigned int argument = calls[i % COUNT_OF(calls)].argument;
		const struct repair *repair = repair_find_constant(calls[i % COUNT_OF(calls)].name);
		uint64_t args[CALL_MAX_ARGS] = {0};
		args[argument] = timeouts[i / COUNT_OF(calls)].address;
		assert_int_equal(repair_may_be_constant(repair, args, SP),
			timeouts[i / COUNT_OF(calls)].may_be);
	}
}

static void times_are_short_in_old_calls_of_32_bit_programs(void **state)
{
	(void)state;
	assert_true(call_has_short_times(call_named(ABI_I386, "rt_sigtimedwait")));
	assert_true(call_has_short_times(call_named(ABI_I386, "io_getevents")));
	assert_false(call_has_short_times(call_named(ABI_I386, "rt_sigtimedwait_time64")));
	assert_false(call_has_short_times(call_named(ABI_I386, "epoll_pwait2")));
	assert_false(call_has_short_times(call_named(ABI_I386, "io_uring_enter")));
	assert_false(call_has_short_times(call_named(ABI_X86_64, "rt_sigtimedwait")));
	assert_false(call_has_short_times(call_named(ABI_X32, "rt_sigtimedwait")));
}

static void i386_makes_several_calls_by_one(void **state)
{
	(void)state;
	struct call socketcall = call_named(ABI_I386, "socketcall");
	struct call ipc = call_named(ABI_I386, "ipc");
	const uint64_t receive[CALL_MAX_ARGS] = {10}, listen[CALL_MAX_ARGS] = {4};
	const uint64_t wait[CALL_MAX_ARGS] = {1 << 16 | 4};
	const uint64_t get[CALL_MAX_ARGS] = {1 << 16 | 12}, old_get[CALL_MAX_ARGS] = {12};
	assert_string_equal(call_multiplexed(socketcall, receive)->name, "recvfrom");
	assert_int_equal(call_multiplexed(socketcall, receive)->in_memory, 4);
	assert_null(call_multiplexed(socketcall, listen));
	assert_string_equal(call_multiplexed(ipc, wait)->name, "semtimedop");
	assert_int_equal(call_multiplexed(ipc, wait)->order[3], 5);
	assert_string_equal(call_multiplexed(ipc, get)->name, "msgrcv");
	assert_null(call_multiplexed(ipc, old_get));
	assert_null(call_multiplexed(call_named(ABI_I386, "read"), receive));
	assert_true(call_has_short_times(ipc));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_say_how_a_call_is_restarted),
		cmocka_unit_test(calls_that_fail_with_eintr_can_be_repaired),
		cmocka_unit_test(calls_that_the_kernel_restarts_need_no_repair),
		cmocka_unit_test(calls_that_are_continued_as_another_can_be_made_again),
		cmocka_unit_test(restart_syscall_has_a_number_in_every_abi),
		cmocka_unit_test(a_connect_that_is_restarted_shows_on_the_internet_alone),
		cmocka_unit_test(transfers_are_cut_short),
		cmocka_unit_test(times_are_short_in_old_calls_of_32_bit_programs),
		cmocka_unit_test(reads_can_wait_for_several_bytes),
		cmocka_unit_test(timeouts_can_be_constant),
		cmocka_unit_test(a_timeout_in_its_callers_frame_is_not_constant),
		cmocka_unit_test(i386_makes_several_calls_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
