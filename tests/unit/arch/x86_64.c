/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of x86-64, for 64-bit and 32-bit code, and the code that the unwinder recognizes. */
#include "config.h"

#include "support/unit.h"

#include <asm/perf_regs.h>
#include <string.h>
#include <sys/user.h>

#include "arch/arch.h"

static struct arch_regs regs_of(const void *bytes, size_t size)
{
	struct arch_regs regs = {.size = size};
	memcpy(regs.word, bytes, size);
	return regs;
}

static void test_registers_of_64_bit_code(void **state)
{
	(void)state;
	static const struct user_regs_struct user = {
		.rdi = 1,
		.rsi = 2,
		.rdx = 3,
		.r10 = 4,
		.r8 = 5,
		.r9 = UINT64_C(6) << 32,
		.rax = -38ULL,
		.orig_rax = 202,
	};
	static const uint64_t expected[ARCH_CALL_ARGS] = {1, 2, 3, 4, 5, UINT64_C(6) << 32};
	uint64_t args[ARCH_CALL_ARGS];
	struct arch_regs regs = regs_of(&user, sizeof(user));
	assert_false(arch_regs_are_compat(&regs));
	assert_true(arch_regs_in_call(&regs));
	assert_int_equal(arch_regs_call_number(&regs), 202);
	assert_int_equal(arch_regs_result(&regs), -38);
	arch_regs_call_args(&regs, args);
	assert_memory_equal(args, expected, sizeof(expected));
	arch_regs_set_result(&regs, -514);
	assert_int_equal(arch_regs_result(&regs), -514);
	assert_int_equal(arch_regs_call_number(&regs), 202);
}

static void a_restart_is_taken_back(void **state)
{
	(void)state;
	static const struct user_regs_struct user = {
		.rax = 34, .orig_rax = UINT64_MAX, .rip = 0x1000, .rdi = 7};
	struct arch_regs regs = regs_of(&user, sizeof(user));
	struct user_regs_struct after;
	arch_regs_set_interrupted(&regs, 34, 514);
	assert_true(arch_regs_in_call(&regs));
	assert_int_equal(arch_regs_call_number(&regs), 34);
	assert_int_equal(arch_regs_result(&regs), -514);
	memcpy(&after, regs.word, sizeof(after));
	assert_int_equal(after.rip, 0x1002);
	assert_int_equal(after.rdi, 7);
	/* ip is the fourth from the end, after orig_ax */
	static const uint32_t user32[17] = {[6] = 29, [11] = UINT32_MAX, [12] = 0x1000, [15] = 8};
	regs = regs_of(user32, sizeof(user32));
	arch_regs_set_interrupted(&regs, 29, 514);
	assert_int_equal(arch_regs_call_number(&regs), 29);
	assert_int_equal(arch_regs_result(&regs), -514);
	uint32_t after32[17];
	memcpy(after32, regs.word, sizeof(after32));
	assert_int_equal(after32[12], 0x1002);
	assert_int_equal(after32[15], 8);
}

static void test_registers_of_32_bit_code(void **state)
{
	(void)state;
	/* bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss */
	static const uint32_t user[17] = {
		1, 2, 3, 4, 5, 6, (uint32_t)-4, 0, 0, 0, 0, 240, 0, 0, 0, 0, 0};
	static const uint64_t expected[ARCH_CALL_ARGS] = {1, 2, 3, 4, 5, 6};
	uint64_t args[ARCH_CALL_ARGS];
	struct arch_regs regs = regs_of(user, sizeof(user));
	assert_true(arch_regs_are_compat(&regs));
	assert_true(arch_regs_in_call(&regs));
	assert_int_equal(arch_regs_call_number(&regs), 240);
	assert_int_equal(arch_regs_result(&regs), -4);
	arch_regs_call_args(&regs, args);
	assert_memory_equal(args, expected, sizeof(expected));
	arch_regs_set_result(&regs, -514);
	assert_int_equal(arch_regs_result(&regs), -514);
	arch_regs_call_args(&regs, args);
	assert_memory_equal(args, expected, sizeof(expected));
}

static void test_outside_of_calls(void **state)
{
	(void)state;
	static const struct user_regs_struct user = {.orig_rax = UINT64_MAX};
	uint32_t user32[17] = {0};
	struct arch_regs regs = regs_of(&user, sizeof(user));
	assert_false(arch_regs_in_call(&regs));
	user32[11] = UINT32_MAX;
	regs = regs_of(user32, sizeof(user32));
	assert_false(arch_regs_in_call(&regs));
}

/* The order of the psABI, which differs from that of the instruction set. */
static void test_unwind_numbers(void **state)
{
	(void)state;
	static const struct user_regs_struct user = {
		.rax = 100,
		.rdx = 101,
		.rcx = 102,
		.rbx = 103,
		.rsi = 104,
		.rdi = 105,
		.rbp = 106,
		.rsp = 107,
		.r8 = 108,
		.r9 = 109,
		.r10 = 110,
		.r11 = 111,
		.r12 = 112,
		.r13 = 113,
		.r14 = 114,
		.r15 = 115,
		.rip = 116,
	};
	struct arch_regs regs = regs_of(&user, sizeof(user));
	struct unwind_regs unwind;
	arch_unwind_regs(&regs, &unwind);
	assert_int_equal(arch.unwind_count, 17);
	for (unsigned int i = 0; i < arch.unwind_count; i++)
		assert_int_equal(unwind.reg[i], 100 + i);
	assert_int_equal(unwind_ip(&unwind), 116);
	assert_int_equal(unwind_sp(&unwind), 107);
	unwind = unwind_regs_at(1, 2, 3);
	assert_int_equal(unwind_ip(&unwind), 1);
	assert_int_equal(unwind_sp(&unwind), 2);
	assert_int_equal(unwind.reg[arch.unwind_fp], 3);
	assert_int_equal(unwind.reg[0], 0);
}

/* A sample has the registers in the order of asm/perf_regs.h. */
static void test_registers_of_samples(void **state)
{
	(void)state;
	static const unsigned int bits[] = {
		PERF_REG_X86_AX,
		PERF_REG_X86_DX,
		PERF_REG_X86_CX,
		PERF_REG_X86_BX,
		PERF_REG_X86_SI,
		PERF_REG_X86_DI,
		PERF_REG_X86_BP,
		PERF_REG_X86_SP,
		PERF_REG_X86_R8,
		PERF_REG_X86_R9,
		PERF_REG_X86_R10,
		PERF_REG_X86_R11,
		PERF_REG_X86_R12,
		PERF_REG_X86_R13,
		PERF_REG_X86_R14,
		PERF_REG_X86_R15,
		PERF_REG_X86_IP,
	};
	uint64_t values[COUNT_OF(bits)], mask = 0;
	struct unwind_regs regs;
	size_t count = 0;
	for (unsigned int bit = 0; bit < 64; bit++) {
		for (unsigned int i = 0; i < COUNT_OF(bits); i++) {
			if (bits[i] == bit)
				values[count++] = 100 + i;
		}
	}
	for (unsigned int i = 0; i < COUNT_OF(bits); i++)
		mask |= UINT64_C(1) << bits[i];
	assert_int_equal(arch.unwind_count, COUNT_OF(bits));
	assert_int_equal(arch.sample_regs, mask);
	arch_sample_unwind_regs(values, &regs);
	for (unsigned int i = 0; i < COUNT_OF(bits); i++)
		assert_int_equal(regs.reg[i], 100 + i);
}

static void test_sigreturn(void **state)
{
	(void)state;
	static const unsigned char glibc[ARCH_SIGRETURN_SIZE] = {
		0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const unsigned char shorter[ARCH_SIGRETURN_SIZE] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const unsigned char getpid[ARCH_SIGRETURN_SIZE] = {0xb8, 0x27, 0, 0, 0, 0x0f, 0x05};
	assert_true(arch_is_sigreturn(glibc));
	assert_true(arch_is_sigreturn(shorter));
	assert_false(arch_is_sigreturn(getpid));
}

static void test_calls_of_functions(void **state)
{
	(void)state;
	static const struct {
		unsigned char code[ARCH_CALL_SIZE];
		unsigned int calls;
	} cases[] = {
		{{0, 0, 0, 0xe8, 1, 2, 3, 4}, ARCH_CALL_DIRECT},         /* call 4030201 */
		{{0, 0, 0, 0, 0, 0, 0xff, 0xd0}, ARCH_CALL_INDIRECT},    /* call *%rax */
		{{0, 0, 0, 0, 0, 0x41, 0xff, 0xd4}, ARCH_CALL_INDIRECT}, /* call *%r12 */
		{{0, 0, 0, 0, 0, 0xff, 0x50, 0x18}, ARCH_CALL_INDIRECT}, /* call *24(%rax) */
		{{0, 0, 0, 0, 0xff, 0x54, 0x24, 8}, ARCH_CALL_INDIRECT}, /* call *8(%rsp) */
		{{0, 0xff, 0x94, 0x24, 1, 2, 0, 0}, ARCH_CALL_INDIRECT}, /* call *513(%rsp) */
		{{0, 0xff, 0x14, 0xc5, 1, 2, 3, 4},
			ARCH_CALL_INDIRECT},                          /* call *4030201(,%rax,8) */
		{{0, 0, 0, 0, 0, 0xff, 0xd0, 0x90}, 0},               /* call *%rax; nop */
		{{0, 0, 0xff, 0x15, 1, 2, 3, 4}, ARCH_CALL_INDIRECT}, /* call *4030201(%rip) */
		{{0, 0, 0xff, 0xe8, 1, 2, 0xff, 0xd0},
			ARCH_CALL_DIRECT | ARCH_CALL_INDIRECT}, /* either */
		{{0, 0, 0, 0, 0, 0, 0xff, 0xe0}, 0},            /* jmp *%rax */
		{{0, 0, 0, 0xe9, 1, 2, 3, 4}, 0},               /* jmp 4030201 */
		{{0x90, 0x90, 0x90, 0x90, 0, 0, 0, 0}, 0},      /* not a call */
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t distance = 0;
		unsigned int calls = arch_call_before(cases[i].code, &distance);
		assert_int_equal(calls, cases[i].calls);
		if (calls == ARCH_CALL_DIRECT)
			assert_int_equal(distance, 0x04030201);
	}
}

static void test_beginnings_of_functions(void **state)
{
	(void)state;
	static const struct {
		unsigned char code[ARCH_FUNCTION_SIZE];
		enum arch_function function;
	} cases[] = {
		{{0x55, 0x48, 0x89, 0xe5}, ARCH_FUNCTION_FRAME},
		{{0x55, 0x48, 0x8b, 0xec}, ARCH_FUNCTION_FRAME},
		{{0xf3, 0x0f, 0x1e, 0xfa, 0x55, 0x48, 0x89, 0xe5}, ARCH_FUNCTION_FRAME},
		{{0xff, 0x25, 1, 2, 3, 4}, ARCH_FUNCTION_STUB},
		{{0xf3, 0x0f, 0x1e, 0xfa, 0xf2, 0xff, 0x25, 1, 2, 3, 4}, ARCH_FUNCTION_STUB},
		{{0x55, 0x48, 0x83, 0xec, 0x10}, ARCH_FUNCTION_OTHER},
		{{0x48, 0x83, 0xec, 0x10}, ARCH_FUNCTION_OTHER},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_int_equal(arch_function_of(cases[i].code), cases[i].function);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers_of_64_bit_code),
		cmocka_unit_test(test_registers_of_32_bit_code),
		cmocka_unit_test(test_outside_of_calls),
		cmocka_unit_test(a_restart_is_taken_back),
		cmocka_unit_test(test_unwind_numbers),
		cmocka_unit_test(test_registers_of_samples),
		cmocka_unit_test(test_sigreturn),
		cmocka_unit_test(test_calls_of_functions),
		cmocka_unit_test(test_beginnings_of_functions),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
