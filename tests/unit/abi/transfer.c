/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many bytes a call has transferred. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "abi/transfer.h"

/* The call NAME of ABI. */
static struct call call_named(const char *name, enum abi abi)
{
	for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, abi});
		if (desc && strcmp(desc->name, name) == 0)
			return (struct call){nr, abi};
	}
	fail_msg("no call %s", name);
	return (struct call){0};
}

static void bytes_are_in_the_result_or_in_an_argument(void **state)
{
	static const struct {
		const char *name;
		enum abi abi;
		uint64_t args[CALL_MAX_ARGS];
		int64_t result;
		uint64_t bytes;
	} cases[] = {
		{"read", ABI_X86_64, {3, 0x1000, 4096}, 17, 17},
		{"read", ABI_X86_64, {3, 0x1000, 4096}, 0, 0},
		{"readv", ABI_X32, {3, 0x1000, 2}, 5, 5}, {"write", ABI_I386, {1, 0x1000, 9}, 9, 9},
		{"sendfile64", ABI_I386, {1, 2, 0, 100}, 100, 100},
		{"open", ABI_X86_64, {0x1000}, 3, 0},
		{"mmap", ABI_X86_64, {0, 4096, 3, 0x22, ~UINT64_C(0)}, 0x7f0000000000, 0},
		{"msgsnd", ABI_X86_64, {1, 0x1000, 30}, 0, 30},
		{"mq_timedsend_time64", ABI_I386, {1, 0x1000, 31}, 0, 31},
		{"fsetxattr", ABI_X86_64, {3, 0x1000, 0x2000, 7}, 0, 7},
		{"getxattr", ABI_X86_64, {0x1000, 0x1000, 0x2000, 64}, 8, 8},
		{"getxattr", ABI_X86_64, {0x1000, 0x1000, 0, 0}, 8, 0},
		{"getxattr", ABI_X86_64, {0x1000, 0x1000, 0x2000, UINT64_MAX}, 8, 8},
		{"syslog", ABI_X86_64, {3, 0x1000, 4096}, 4000, 4000},
		{"syslog", ABI_X86_64, {10, 0, 0}, 262144, 0},
		{"socketcall", ABI_I386, {9, 0x1000}, 12, 12}, /* send */
		{"socketcall", ABI_I386, {1, 0x1000}, 3, 0},   /* socket */
		{"ipc", ABI_I386, {11, 1, 30, 0, 0x1000}, 0, 30},
		{"ipc", ABI_I386, {12, 1, 30, 0, 0x1000}, 21, 21},
		{"ipc", ABI_I386, {2, 1, 30}, 77, 0}, /* semget */
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct call call = call_named(cases[i].name, cases[i].abi);
		uint64_t bytes = transfer_bytes(call, cases[i].args, cases[i].result);
		if (bytes != cases[i].bytes)
			fail_msg("case %zu, %s: %llu", i, cases[i].name, (unsigned long long)bytes);
	}
}

static void unknown_numbers_transfer_nothing(void **state)
{
	const uint64_t args[CALL_MAX_ARGS] = {1, 2, 3};
	(void)state;
	assert_int_equal(transfer_bytes((struct call){9999, ABI_X86_64}, args, 5), 0);
	assert_int_equal(transfer_bytes((struct call){0, ABI_COUNT}, args, 5), 0);
	assert_int_equal(transfer_rule_of((struct call){UINT32_MAX, ABI_I386}), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_in_the_result_or_in_an_argument),
		cmocka_unit_test(unknown_numbers_transfer_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
