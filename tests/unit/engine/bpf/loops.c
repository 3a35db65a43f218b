/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loops of the programs: Linux 6.1 accepts only those that go back by a jump.
 *
 * Where clang puts the end of a loop before its beginning, an instruction that is no jump leads
 * back, and it refuses the program: check_cfg() of kernel/bpf/verifier.c, which this is like. Newer
 * kernels do not mind.
 */
#include "config.h"

#include "support/unit.h"

#include <elf.h>
#include <linux/bpf.h>
#include <string.h>

#include "base/alloc.h"
#include "engine/bpf/detail_records.h"
#include "engine/bpf/records.h"
#include "engine/bpf/scope.h"
#include "engine/bpf/stack_records.h"

/* Generated. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wcast-qual"
#include "engine/bpf/count.skel.h"
#pragma GCC diagnostic pop

/* A function: its instructions, and the states of those. */
struct function {
	const char *name;
	const struct bpf_insn *insn;
	uint32_t count;
	enum { UNSEEN, ON_THE_WAY, DONE } * state;
	uint32_t *way; /* instructions that lead to the present one */
	uint32_t depth;
};

/* Where an instruction leads. */
struct edge {
	uint32_t to;
	bool is_jump;
};

/* Stores where instruction AT leads in EDGES, and returns to how many. */
static unsigned int edges_of(const struct function *function, uint32_t at, struct edge edges[2])
{
	const struct bpf_insn *insn = &function->insn[at];
	uint8_t class = BPF_CLASS(insn->code), operation = BPF_OP(insn->code);
	bool is_long = insn->code == (BPF_LD | BPF_IMM | BPF_DW);
	const struct edge next = {at + (is_long ? 2 : 1), false};
	const struct edge jump = {(uint32_t)((int64_t)at + 1 + insn->off), true};
	if ((class != BPF_JMP && class != BPF_JMP32) || operation == BPF_CALL) {
		edges[0] = next;
		return 1;
	}
	if (operation == BPF_EXIT)
		return 0;
	edges[0] = jump;
	edges[1] = (struct edge){at + 1, true};
	return operation == BPF_JA ? 1 : 2;
}

/* Goes on from the last instruction of the way. Returns false if it goes back without a jump. */
static bool go_on(struct function *function)
{
	uint32_t at = function->way[function->depth - 1];
	struct edge edges[2];
	unsigned int count = edges_of(function, at, edges);
	for (unsigned int i = 0; i < count; i++) {
		assert_true(edges[i].to < function->count);
		if (function->state[edges[i].to] == UNSEEN) {
			function->state[edges[i].to] = ON_THE_WAY;
			function->way[function->depth++] = edges[i].to;
			return true;
		}
		if (function->state[edges[i].to] == ON_THE_WAY && !edges[i].is_jump)
			return false;
	}
	function->state[at] = DONE;
	function->depth--;
	return true;
}

static void check(struct function *function)
{
	function->state = xcalloc(function->count, sizeof(*function->state));
	function->way = xcalloc(function->count, sizeof(*function->way));
	function->state[0] = ON_THE_WAY;
	function->depth = 1;
	while (function->depth) {
		if (!go_on(function))
			fail_msg("%s: instruction %u leads back without a jump", function->name,
				function->way[function->depth - 1]);
	}
	xfree(function->state);
	xfree(function->way);
}

static void loops_go_back_by_jumps(void **state)
{
	size_t size, functions = 0;
	const unsigned char *bytes = count_bpf__elf_bytes(&size);
	const Elf64_Ehdr *head = (const void *)bytes;
	const Elf64_Shdr *sections = (const void *)(bytes + head->e_shoff);
	(void)state;
	for (unsigned int i = 0; i < head->e_shnum; i++) {
		const Elf64_Sym *symbol = (const void *)(bytes + sections[i].sh_offset);
		const char *names = (const char *)bytes + sections[sections[i].sh_link].sh_offset;
		if (sections[i].sh_type != SHT_SYMTAB)
			continue;
		for (size_t n = 0; n < sections[i].sh_size / sizeof(*symbol); n++) {
			if (ELF64_ST_TYPE(symbol[n].st_info) != STT_FUNC)
				continue;
			const Elf64_Shdr *section = &sections[symbol[n].st_shndx];
			struct function function = {
				.name = names + symbol[n].st_name,
				.insn = (const void *)(bytes + section->sh_offset +
						       symbol[n].st_value),
				.count = (uint32_t)(symbol[n].st_size / sizeof(struct bpf_insn)),
			};
			check(&function);
			functions++;
		}
	}
	assert_true(functions > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loops_go_back_by_jumps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
