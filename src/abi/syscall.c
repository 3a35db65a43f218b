/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lookups in the tables of system calls; see abi/syscall.h. */
#include "config.h"

#include "abi/syscall.h"

#include <linux/audit.h>
#include <stdio.h>
#include <string.h>

#include "abi/tables.h"

/* The bit that marks x32 calls: __X32_SYSCALL_BIT of <asm/unistd.h>. */
#define X32_BIT UINT32_C(0x40000000)

static const struct {
	const char *name;
	const char *suffix;
	bool is_32bit;
} abis[ABI_COUNT] = {
	[ABI_X86_64] = {.name = "x86_64", .suffix = "64"},
	[ABI_I386] = {.name = "i386", .suffix = "32", .is_32bit = true},
	[ABI_X32] = {.name = "x32", .suffix = "x32"},
	[ABI_IO_URING] = {.name = "io_uring", .suffix = "io_uring"},
};

static const char *const class_names[CLASS_COUNT] = {
#define C(enumerator, name) [CLASS_##enumerator] = name,
	CALL_CLASSES(C)
#undef C
};

_Static_assert(CLASS_COUNT <= 32, "syscall_desc.classes has a bit for each class");

const struct syscall_desc *syscall_lookup(struct call call)
{
	if (call.abi >= ABI_COUNT || call.nr >= syscall_tables[call.abi].size)
		return NULL;
	const struct syscall_desc *desc = &syscall_tables[call.abi].calls[call.nr];
	return desc->name ? desc : NULL;
}

/*
 * The kernel uses only the low 32 bits of the number (do_syscall_64() takes an int), and
 * distinguishes x32 from x86-64 only by bit 30 (in_x32_syscall()). -1 is not a call of either: a
 * tracer or a seccomp filter has set it to skip the call, and it counts as native.
 */
static struct call call_of_x86_64(uint32_t nr)
{
	if (nr == UINT32_MAX || !(nr & X32_BIT))
		return (struct call){.nr = nr, .abi = ABI_X86_64};
	return (struct call){.nr = nr & ~X32_BIT, .abi = ABI_X32};
}

bool call_from_kernel(uint32_t audit_arch, uint64_t nr, struct call *out)
{
	switch (audit_arch) {
	case AUDIT_ARCH_X86_64:
		*out = call_of_x86_64((uint32_t)nr);
		return true;
	case AUDIT_ARCH_I386:
		*out = (struct call){.nr = (uint32_t)nr, .abi = ABI_I386};
		return true;
	default:
		return false;
	}
}

struct call call_from_proc(uint64_t nr, bool is_32bit)
{
	/* Programs for x32 are 32-bit ones, too. */
	if (nr & X32_BIT)
		return call_of_x86_64((uint32_t)nr);
	return (struct call){.nr = (uint32_t)nr, .abi = is_32bit ? ABI_COMPAT : ABI_NATIVE};
}

void call_to_kernel(struct call call, uint32_t *audit_arch, uint32_t *nr)
{
	*audit_arch = call.abi == ABI_I386 ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64;
	*nr = call.abi == ABI_X32 ? call.nr | X32_BIT : call.nr;
}

char *call_name(struct call call, char buf[CALL_NAME_MAX])
{
	const struct syscall_desc *desc = syscall_lookup(call);
	const char *unknown = call_is_request(call) ? "io_uring:" : "syscall_";
	int length = desc ? snprintf(buf, CALL_NAME_MAX, "%s", desc->name)
	                  : snprintf(buf, CALL_NAME_MAX, "%s%u", unknown, call.nr);
	if (call.abi != ABI_NATIVE && !call_is_request(call))
		snprintf(buf + length, CALL_NAME_MAX - (size_t)length, "@%s", abi_suffix(call.abi));
	return buf;
}

uint32_t syscall_table_size(enum abi abi)
{
	return (unsigned int)abi < ABI_COUNT ? syscall_tables[abi].size : 0;
}

size_t abi_pointer_size(enum abi abi)
{
	return abi == ABI_X86_64 ? 8 : 4;
}

bool abi_is_32bit(enum abi abi)
{
	return (unsigned int)abi < ABI_COUNT && abis[abi].is_32bit;
}

const char *abi_suffix(enum abi abi)
{
	return (unsigned int)abi < ABI_COUNT ? abis[abi].suffix : "?";
}

enum abi abi_by_suffix(const char *suffix)
{
	for (unsigned int abi = 0; abi < ABI_COUNT; abi++) {
		if (abis[abi].suffix && strcmp(abis[abi].suffix, suffix) == 0)
			return (enum abi)abi;
	}
	return ABI_NATIVE;
}

const char *abi_name(enum abi abi)
{
	return (unsigned int)abi < ABI_COUNT ? abis[abi].name : "?";
}

const char *call_class_name(enum call_class class)
{
	return (unsigned int)class < CLASS_COUNT ? class_names[class] : "?";
}

enum call_class call_class_by_name(const char *name)
{
	if (strcmp(name, "net") == 0)
		return CLASS_NETWORK;
	enum call_class found = 0;
	while (found < CLASS_COUNT && strcmp(name, class_names[found]) != 0)
		found++;
	return found;
}
