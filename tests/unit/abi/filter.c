/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Seccomp filters: what the kernel answers, random ones included. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/filter.h"
#include "support/random.h"

_Static_assert(sizeof(struct filter_instruction) == sizeof(struct sock_filter), "the kernel's");
_Static_assert(sizeof(struct filter_data) == sizeof(struct seccomp_data), "the kernel's");

#define DATA(field) ((uint32_t)offsetof(struct filter_data, field))

static const struct filter_data data = {
	.nr = 219, .audit_arch = 0xc000003e, .ip = 0x123456789a, .args = {1, 2, 3, 4, 5, 6}};

static uint32_t answer(const struct filter_instruction *code, size_t count)
{
	return filter_run(code, count, &data);
}

static void an_answer_depends_on_the_call(void **state)
{
	static const struct filter_instruction deny[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, DATA(nr)},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 219},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
	};
	struct filter_data other = data;
	(void)state;
	other.nr = 7;
	assert_int_equal(answer(deny, COUNT_OF(deny)), SECCOMP_RET_KILL_PROCESS);
	assert_int_equal(filter_run(deny, COUNT_OF(deny), &other), SECCOMP_RET_ALLOW);
}

static void only_some_answers_let_a_call_pass(void **state)
{
	static const uint32_t others[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD,
		SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO | EPERM, SECCOMP_RET_ERRNO,
		SECCOMP_RET_USER_NOTIF, SECCOMP_RET_TRACE};
	(void)state;
	assert_true(filter_lets_pass(SECCOMP_RET_ALLOW));
	assert_true(filter_lets_pass(SECCOMP_RET_ALLOW | 5));
	assert_true(filter_lets_pass(SECCOMP_RET_LOG));
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_false(filter_lets_pass(others[i]));
}

/* A filter can come from a recording or a kernel that knows more. */
static void what_the_kernel_would_not_accept_kills(void **state)
{
	static const struct filter_instruction wrong[] = {
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, sizeof(struct filter_data)},
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, 2},
		{BPF_LD | BPF_W | BPF_ABS, 0, 0, UINT32_MAX},
		{BPF_LD | BPF_W | BPF_IND, 0, 0, 0},
		{BPF_LD | BPF_MEM, 0, 0, BPF_MEMWORDS},
		{BPF_ST, 0, 0, BPF_MEMWORDS},
		{BPF_STX, 0, 0, UINT32_MAX},
		{BPF_ALU | BPF_DIV | BPF_K, 0, 0, 0},
		{BPF_ALU | 0xf0, 0, 0, 0},
		{BPF_JMP | BPF_JA, 0, 0, UINT32_MAX},
		{BPF_JMP | 0xf0, 0, 0, 0},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(wrong); i++) {
		const struct filter_instruction code[] = {
			wrong[i], {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
		assert_int_equal(answer(code, COUNT_OF(code)), SECCOMP_RET_KILL_THREAD);
	}
	assert_int_equal(answer(wrong, 0), SECCOMP_RET_KILL_THREAD);
}

/* A random instruction; LEFT follow it. */
static struct filter_instruction random_instruction(uint64_t *seed, unsigned int left)
{
	static const uint16_t codes[] = {BPF_LD | BPF_W | BPF_ABS, BPF_LD | BPF_W | BPF_LEN,
		BPF_LD | BPF_IMM, BPF_LDX | BPF_IMM, BPF_LD | BPF_MEM, BPF_LDX | BPF_MEM, BPF_ST,
		BPF_STX, BPF_MISC | BPF_TAX, BPF_MISC | BPF_TXA, BPF_ALU | BPF_ADD | BPF_K,
		BPF_ALU | BPF_ADD | BPF_X, BPF_ALU | BPF_SUB | BPF_K, BPF_ALU | BPF_SUB | BPF_X,
		BPF_ALU | BPF_MUL | BPF_K, BPF_ALU | BPF_MUL | BPF_X, BPF_ALU | BPF_DIV | BPF_K,
		BPF_ALU | BPF_AND | BPF_K, BPF_ALU | BPF_AND | BPF_X, BPF_ALU | BPF_OR | BPF_K,
		BPF_ALU | BPF_OR | BPF_X, BPF_ALU | BPF_XOR | BPF_K, BPF_ALU | BPF_XOR | BPF_X,
		BPF_ALU | BPF_LSH | BPF_K, BPF_ALU | BPF_RSH | BPF_K, BPF_ALU | BPF_NEG,
		BPF_JMP | BPF_JA, BPF_JMP | BPF_JEQ | BPF_K, BPF_JMP | BPF_JEQ | BPF_X,
		BPF_JMP | BPF_JGT | BPF_K, BPF_JMP | BPF_JGT | BPF_X, BPF_JMP | BPF_JGE | BPF_K,
		BPF_JMP | BPF_JGE | BPF_X, BPF_JMP | BPF_JSET | BPF_K, BPF_JMP | BPF_JSET | BPF_X};
	struct filter_instruction made = {
		.code = codes[random_below(seed, COUNT_OF(codes))],
		.operand = (uint32_t)random_below(seed, UINT64_C(1) << 32),
	};
	uint16_t operation = BPF_OP(made.code);
	if (BPF_CLASS(made.code) == BPF_JMP && operation == BPF_JA)
		made.operand = (uint32_t)random_below(seed, left);
	else if (BPF_CLASS(made.code) == BPF_JMP) {
		made.if_true = (uint8_t)random_below(seed, left);
		made.if_false = (uint8_t)random_below(seed, left);
		made.operand &= random_below(seed, 2) ? 0xff : UINT32_MAX;
	} else if (made.code == (BPF_LD | BPF_W | BPF_ABS)) {
		made.operand = DATA(args) + 4 * (uint32_t)random_below(seed, 12);
	} else if (BPF_CLASS(made.code) == BPF_ALU &&
		   (operation == BPF_LSH || operation == BPF_RSH)) {
		made.operand %= 32;
	} else if (BPF_CLASS(made.code) == BPF_ST || BPF_CLASS(made.code) == BPF_STX ||
		   BPF_MODE(made.code) == BPF_MEM) {
		made.operand %= BPF_MEMWORDS;
	}
	return made;
}

/* Cells must be stored to before they are loaded (the kernel's check_load_and_stores()). */
#define PROLOGUE 2
#define BODY     30
#define EPILOGUE 3
#define LENGTH   (PROLOGUE + BPF_MEMWORDS + BODY + EPILOGUE)

/* A program that lets all calls but getppid pass; that fails, with a random error below 256. */
static void make_program(uint64_t *seed, struct filter_instruction code[LENGTH])
{
	size_t at = 0;
	code[at++] = (struct filter_instruction){BPF_LD | BPF_W | BPF_ABS, 0, 0, DATA(nr)};
	/* Past the end of the body, to the last instruction. */
	code[at++] = (struct filter_instruction){
		BPF_JMP | BPF_JEQ | BPF_K, 0, LENGTH - PROLOGUE - 1, SYS_getppid};
	for (uint32_t cell = 0; cell < BPF_MEMWORDS; cell++)
		code[at++] = (struct filter_instruction){BPF_ST, 0, 0, cell};
	for (unsigned int i = 0; i < BODY; i++)
		code[at++] = random_instruction(seed, BODY - i);
	code[at++] = (struct filter_instruction){BPF_ALU | BPF_AND | BPF_K, 0, 0, 0xff};
	code[at++] = (struct filter_instruction){BPF_ALU | BPF_OR | BPF_K, 0, 0, SECCOMP_RET_ERRNO};
	code[at++] = (struct filter_instruction){BPF_RET | 0x10 /* A */, 0, 0, 0};
	assert_int_equal(at, LENGTH);
}

/* What getppid with ARGS fails with under the filter CODE; 0: it does not fail. -1: not possible.
 */
static int ask_kernel(struct filter_instruction code[LENGTH + 1], const uint64_t args[6])
{
	struct sock_fprog program = {LENGTH + 1, (struct sock_filter *)code};
	int status;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
			raise(SIGUSR1);
		long result = syscall(
			SYS_getppid, args[0], args[1], args[2], args[3], args[4], args[5]);
		_exit(result < 0 ? errno : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void random_filters_answer_as_in_the_kernel(void **state)
{
	uint64_t seed = 3;
	unsigned int failed = 0;
	(void)state;
	for (int i = 0; i < 400; i++) {
		struct filter_instruction code[LENGTH + 1];
		struct filter_data call = {.nr = SYS_getppid};
		make_program(&seed, code);
		code[LENGTH] = (struct filter_instruction){
			BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
		for (int j = 0; j < 6; j++)
			call.args[j] = random_below(&seed, 3) ? random_below(&seed, 256)
			                                      : random_below(&seed, UINT64_MAX);
		uint32_t ours = filter_run(code, LENGTH + 1, &call);
		int its = ask_kernel(code, call.args);
		if (its < 0)
			skip();
		assert_int_equal(ours & SECCOMP_RET_ACTION_FULL, SECCOMP_RET_ERRNO);
		assert_int_equal(ours & SECCOMP_RET_DATA, its);
		failed += its != 0;
	}
	assert_in_range(failed, 100, 400);
}

static void random_bytes_are_run_to_their_end(void **state)
{
	uint64_t seed = 4;
	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct filter_instruction code[20];
		for (size_t at = 0; at < COUNT_OF(code); at++) {
			uint64_t bytes = random_below(&seed, UINT64_MAX);
			memcpy(&code[at], &bytes, sizeof(bytes));
		}
		answer(code, COUNT_OF(code));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_depends_on_the_call),
		cmocka_unit_test(only_some_answers_let_a_call_pass),
		cmocka_unit_test(what_the_kernel_would_not_accept_kills),
		cmocka_unit_test(random_filters_answer_as_in_the_kernel),
		cmocka_unit_test(random_bytes_are_run_to_their_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
