/* SPDX-License-Identifier: GPL-2.0-or-later */
/* x86-64; see arch/arch.h. */
#include "config.h"

#include "arch/arch.h"

#include <string.h>
#include <sys/user.h>

/* The numbers of the psABI, "DWARF Register Number Mapping". */
enum {
	DWARF_RAX,
	DWARF_RDX,
	DWARF_RCX,
	DWARF_RBX,
	DWARF_RSI,
	DWARF_RDI,
	DWARF_RBP,
	DWARF_RSP,
	DWARF_R8,
	DWARF_R9,
	DWARF_R10,
	DWARF_R11,
	DWARF_R12,
	DWARF_R13,
	DWARF_R14,
	DWARF_R15,
	DWARF_RIP, /* the return address column */
	DWARF_COUNT,
};

/* The bit of each in perf_event_attr.sample_regs_user: asm/perf_regs.h. */
static const unsigned char sample_bits[DWARF_COUNT] = {
	[DWARF_RAX] = 0,
	[DWARF_RBX] = 1,
	[DWARF_RCX] = 2,
	[DWARF_RDX] = 3,
	[DWARF_RSI] = 4,
	[DWARF_RDI] = 5,
	[DWARF_RBP] = 6,
	[DWARF_RSP] = 7,
	[DWARF_RIP] = 8,
	[DWARF_R8] = 16,
	[DWARF_R9] = 17,
	[DWARF_R10] = 18,
	[DWARF_R11] = 19,
	[DWARF_R12] = 20,
	[DWARF_R13] = 21,
	[DWARF_R14] = 22,
	[DWARF_R15] = 23,
};

const struct arch arch = {
	.name = "x86_64",
	.syscall_size = 2, /* syscall, sysenter and int $0x80 alike */
	.red_zone = 128,
	.stack_align = 16,
	.unwind_count = DWARF_COUNT,
	.unwind_ip = DWARF_RIP,
	.unwind_sp = DWARF_RSP,
	.unwind_fp = DWARF_RBP,
	.probe_saved = 3 * sizeof(uint64_t), /* rax, rcx, r11: arch/x86/kernel/uprobes.c */
	.sample_regs = 0xff01ff,             /* those of sample_bits */
};

_Static_assert(sizeof(struct user_regs_struct) <= sizeof(((struct arch_regs *)NULL)->word),
	"struct arch_regs has room for the registers");

/* The user_regs_struct of a 32-bit kernel: NT_PRSTATUS of a thread in 32-bit code. */
struct regs_i386 {
	uint32_t bx, cx, dx, si, di, bp, ax, ds, es, fs, gs, orig_ax, ip, cs, flags, sp, ss;
};

/* The register NAME of 64-bit code. */
#define REG64(regs, name) ((regs)->word[offsetof(struct user_regs_struct, name) / sizeof(uint64_t)])

/* The register NAME of 32-bit code. */
#define REG32(regs, name) read_reg32(regs, offsetof(struct regs_i386, name))

static uint32_t read_reg32(const struct arch_regs *regs, size_t offset)
{
	uint32_t value;
	memcpy(&value, (const char *)regs->word + offset, sizeof(value));
	return value;
}

static void write_reg32(struct arch_regs *regs, size_t offset, uint32_t value)
{
	memcpy((char *)regs->word + offset, &value, sizeof(value));
}

bool arch_regs_are_compat(const struct arch_regs *regs)
{
	return regs->size == sizeof(struct regs_i386);
}

bool arch_regs_in_call(const struct arch_regs *regs)
{
	/* The kernel keeps the number in orig_ax there, and -1 after an interrupt. */
	return arch_regs_are_compat(regs) ? REG32(regs, orig_ax) != UINT32_MAX
	                                  : REG64(regs, orig_rax) != UINT64_MAX;
}

uint64_t arch_regs_call_number(const struct arch_regs *regs)
{
	return arch_regs_are_compat(regs) ? REG32(regs, orig_ax) : REG64(regs, orig_rax);
}

/* Where the arguments are (syscall(2)). */
static const size_t arg_offsets[ARCH_CALL_ARGS] = {
	offsetof(struct user_regs_struct, rdi),
	offsetof(struct user_regs_struct, rsi),
	offsetof(struct user_regs_struct, rdx),
	offsetof(struct user_regs_struct, r10),
	offsetof(struct user_regs_struct, r8),
	offsetof(struct user_regs_struct, r9),
};

static const size_t arg_offsets_compat[ARCH_CALL_ARGS] = {
	offsetof(struct regs_i386, bx),
	offsetof(struct regs_i386, cx),
	offsetof(struct regs_i386, dx),
	offsetof(struct regs_i386, si),
	offsetof(struct regs_i386, di),
	offsetof(struct regs_i386, bp),
};

void arch_regs_call_args(const struct arch_regs *regs, uint64_t args[ARCH_CALL_ARGS])
{
	for (unsigned int i = 0; i < ARCH_CALL_ARGS; i++) {
		if (arch_regs_are_compat(regs))
			args[i] = read_reg32(regs, arg_offsets_compat[i]);
		else
			memcpy(&args[i], (const char *)regs->word + arg_offsets[i],
				sizeof(args[i]));
	}
}

void arch_regs_set_call_arg(struct arch_regs *regs, unsigned int index, uint64_t value)
{
	if (arch_regs_are_compat(regs))
		write_reg32(regs, arg_offsets_compat[index], (uint32_t)value);
	else
		memcpy((char *)regs->word + arg_offsets[index], &value, sizeof(value));
}

int64_t arch_regs_result(const struct arch_regs *regs)
{
	return arch_regs_are_compat(regs) ? (int32_t)REG32(regs, ax) : (int64_t)REG64(regs, rax);
}

void arch_regs_set_result(struct arch_regs *regs, int64_t result)
{
	if (arch_regs_are_compat(regs))
		write_reg32(regs, offsetof(struct regs_i386, ax), (uint32_t)result);
	else
		REG64(regs, rax) = (uint64_t)result;
}

void arch_regs_set_interrupted(struct arch_regs *regs, uint64_t number, int error)
{
	if (arch_regs_are_compat(regs)) {
		write_reg32(regs, offsetof(struct regs_i386, ip),
			REG32(regs, ip) + (uint32_t)arch.syscall_size);
		write_reg32(regs, offsetof(struct regs_i386, orig_ax), (uint32_t)number);
	} else {
		REG64(regs, rip) += arch.syscall_size;
		REG64(regs, orig_rax) = number;
	}
	arch_regs_set_result(regs, -error);
}

void arch_unwind_regs(const struct arch_regs *regs, struct unwind_regs *out)
{
	*out = (struct unwind_regs){
		.reg =
			{
				[DWARF_RAX] = REG64(regs, rax),
				[DWARF_RDX] = REG64(regs, rdx),
				[DWARF_RCX] = REG64(regs, rcx),
				[DWARF_RBX] = REG64(regs, rbx),
				[DWARF_RSI] = REG64(regs, rsi),
				[DWARF_RDI] = REG64(regs, rdi),
				[DWARF_RBP] = REG64(regs, rbp),
				[DWARF_RSP] = REG64(regs, rsp),
				[DWARF_R8] = REG64(regs, r8),
				[DWARF_R9] = REG64(regs, r9),
				[DWARF_R10] = REG64(regs, r10),
				[DWARF_R11] = REG64(regs, r11),
				[DWARF_R12] = REG64(regs, r12),
				[DWARF_R13] = REG64(regs, r13),
				[DWARF_R14] = REG64(regs, r14),
				[DWARF_R15] = REG64(regs, r15),
				[DWARF_RIP] = REG64(regs, rip),
			},
	};
}

void arch_sample_unwind_regs(const uint64_t *values, struct unwind_regs *out)
{
	*out = (struct unwind_regs){0};
	for (unsigned int i = 0; i < DWARF_COUNT; i++) {
		uint64_t below = (UINT64_C(1) << sample_bits[i]) - 1;
		out->reg[i] = values[__builtin_popcountll(arch.sample_regs & below)];
	}
}

bool arch_is_sigreturn(const unsigned char code[ARCH_SIGRETURN_SIZE])
{
	/* mov $15,%rax; syscall, as in the C library, or with %eax */
	static const unsigned char rax[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
	static const unsigned char eax[] = {0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05};
	return memcmp(code, rax, sizeof(rax)) == 0 || memcmp(code, eax, sizeof(eax)) == 0;
}

/* The size of the instruction at CODE if it is a call through r/m; 0: it is not. */
static size_t indirect_call_size(const unsigned char *code, size_t size)
{
	/* The sizes by `mod`, without what `rm` adds: a SIB byte, or a distance from rip. */
	static const size_t sizes[] = {2, 3, 6, 2};
	if (size < 2 || code[0] != 0xff || (code[1] & 0x38) != 0x10)
		return 0;
	unsigned int mod = code[1] >> 6, rm = code[1] & 7;
	bool has_sib = mod != 3 && rm == 4;
	bool has_distance = mod == 0 && (rm == 5 || (has_sib && size > 2 && (code[2] & 7) == 5));
	return sizes[mod] + has_sib + (has_distance ? 4 : 0);
}

unsigned int arch_call_before(const unsigned char code[ARCH_CALL_SIZE], int64_t *distance)
{
	unsigned int calls = ARCH_CALL_NONE;
	int32_t direct;
	if (code[ARCH_CALL_SIZE - 5] == 0xe8) { /* call, 4 bytes of distance */
		memcpy(&direct, code + ARCH_CALL_SIZE - 4, sizeof(direct));
		*distance = direct;
		calls |= ARCH_CALL_DIRECT;
	}
	for (size_t i = 0; i + 1 < ARCH_CALL_SIZE; i++) {
		if (indirect_call_size(code + i, ARCH_CALL_SIZE - i) == ARCH_CALL_SIZE - i)
			calls |= ARCH_CALL_INDIRECT;
	}
	return calls;
}

enum arch_function arch_function_of(const unsigned char code[ARCH_FUNCTION_SIZE])
{
	static const unsigned char endbr[] = {0xf3, 0x0f, 0x1e, 0xfa};
	/* push %rbp; mov %rsp,%rbp, in both encodings */
	static const unsigned char frame[] = {0x55, 0x48, 0x89, 0xe5};
	static const unsigned char frame_too[] = {0x55, 0x48, 0x8b, 0xec};
	if (memcmp(code, endbr, sizeof(endbr)) == 0)
		code += sizeof(endbr);
	if (memcmp(code, frame, sizeof(frame)) == 0 ||
		memcmp(code, frame_too, sizeof(frame_too)) == 0)
		return ARCH_FUNCTION_FRAME;
	if (code[0] == 0xf2) /* bnd */
		code++;
	return code[0] == 0xff && code[1] == 0x25 ? ARCH_FUNCTION_STUB : ARCH_FUNCTION_OTHER;
}
