/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running seccomp filters; see abi/filter.h. */
#include "config.h"

#include "abi/filter.h"

#include <linux/bpf_common.h>
#include <string.h>

/* SECCOMP_RET_* of <linux/seccomp.h>: the action is in the upper half. */
#define ACTION     0xffff0000U
#define RET_LOG    0x7ffc0000U
#define RET_ALLOW  0x7fff0000U
#define RET_KILL   0U

/* BPF_TXA and BPF_MEMWORDS of <linux/filter.h>; BPF_A of BPF_RET. */
#define TXA        0x80
#define CELLS      16
#define RETURNS_A  0x10

#define SHIFT_MASK 31

struct machine {
	uint32_t a, x, cell[CELLS];
	const struct filter_data *data;
	bool failed;
};

/* The value that a load of INSTRUCTION gives. */
static uint32_t load(struct machine *machine, const struct filter_instruction *instruction)
{
	uint32_t word = 0, at = instruction->operand;
	switch (BPF_MODE(instruction->code)) {
	case BPF_IMM:
		return at;
	case BPF_LEN:
		return sizeof(*machine->data);
	case BPF_MEM:
		if (at < CELLS)
			return machine->cell[at];
		break;
	case BPF_ABS:
		if (at % sizeof(word) == 0 && at <= sizeof(*machine->data) - sizeof(word)) {
			memcpy(&word, (const char *)machine->data + at, sizeof(word));
			return word;
		}
		break;
	default:
		break;
	}
	machine->failed = true;
	return 0;
}

static void store(struct machine *machine, uint32_t at, uint32_t value)
{
	if (at < CELLS)
		machine->cell[at] = value;
	else
		machine->failed = true;
}

static uint32_t source(const struct machine *machine, const struct filter_instruction *instruction)
{
	return BPF_SRC(instruction->code) == BPF_X ? machine->x : instruction->operand;
}

/* A division by zero ends the program with 0. */
static uint32_t compute(struct machine *machine, uint16_t code, uint32_t value)
{
	if (BPF_OP(code) == BPF_DIV && value == 0) {
		machine->failed = true;
		return 0;
	}
	switch (BPF_OP(code)) {
	case BPF_ADD:
		return machine->a + value;
	case BPF_SUB:
		return machine->a - value;
	case BPF_MUL:
		return machine->a * value;
	case BPF_DIV:
		return machine->a / value;
	case BPF_AND:
		return machine->a & value;
	case BPF_OR:
		return machine->a | value;
	case BPF_XOR:
		return machine->a ^ value;
	case BPF_LSH:
		return machine->a << (value & SHIFT_MASK);
	case BPF_RSH:
		return machine->a >> (value & SHIFT_MASK);
	case BPF_NEG:
		return -machine->a;
	default:
		machine->failed = true;
		return 0;
	}
}

/* How many instructions a jump of INSTRUCTION skips. */
static size_t jump(struct machine *machine, const struct filter_instruction *instruction)
{
	uint32_t value = source(machine, instruction);
	bool is_true = false;
	switch (BPF_OP(instruction->code)) {
	case BPF_JA:
		return instruction->operand;
	case BPF_JEQ:
		is_true = machine->a == value;
		break;
	case BPF_JGT:
		is_true = machine->a > value;
		break;
	case BPF_JGE:
		is_true = machine->a >= value;
		break;
	case BPF_JSET:
		is_true = machine->a & value;
		break;
	default:
		machine->failed = true;
		break;
	}
	return is_true ? instruction->if_true : instruction->if_false;
}

/* Runs INSTRUCTION, which neither returns nor jumps. */
static void step(struct machine *machine, const struct filter_instruction *instruction)
{
	switch (BPF_CLASS(instruction->code)) {
	case BPF_LD:
		machine->a = load(machine, instruction);
		break;
	case BPF_LDX:
		machine->x = load(machine, instruction);
		break;
	case BPF_ST:
		store(machine, instruction->operand, machine->a);
		break;
	case BPF_STX:
		store(machine, instruction->operand, machine->x);
		break;
	case BPF_ALU:
		machine->a = compute(machine, instruction->code, source(machine, instruction));
		break;
	case BPF_MISC:
		if (instruction->code & TXA)
			machine->a = machine->x;
		else
			machine->x = machine->a;
		break;
	default:
		machine->failed = true;
		break;
	}
}

uint32_t filter_run(
	const struct filter_instruction *code, size_t count, const struct filter_data *data)
{
	struct machine machine = {.data = data};
	/* Jumps only lead forward. */
	for (size_t at = 0; at < count && !machine.failed; at++) {
		const struct filter_instruction *instruction = &code[at];
		if (BPF_CLASS(instruction->code) == BPF_RET)
			return instruction->code & RETURNS_A ? machine.a : instruction->operand;
		if (BPF_CLASS(instruction->code) == BPF_JMP)
			at += jump(&machine, instruction);
		else
			step(&machine, instruction);
	}
	return RET_KILL;
}

bool filter_lets_pass(uint32_t answer)
{
	return (answer & ACTION) == RET_ALLOW || (answer & ACTION) == RET_LOG;
}
