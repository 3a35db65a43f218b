/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers of names; see engine/replay/call_names.h. */
#include "config.h"

#include "engine/replay/call_names.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "abi/names.h"
#include "base/alloc.h"
#include "base/text.h"

/* Slots of the table: a power of two, several times as many as there are names. */
#define SLOTS        8192

/* Errors of the kernel, of which some are internal; first of those and number of both. */
#define ERRORS       540
#define KERNEL_SIGRT 32
#define SIGNALS      64

/* What a name is of. */
enum name_space {
	NAME_CALL, /* one for each ABI */
	NAME_ERROR = NAME_CALL + ABI_COUNT,
	NAME_SIGNAL,
};

struct name_slot {
	const char *name; /* of a table, or of `copies`; NULL: free */
	uint32_t size;
	uint16_t number;
	uint16_t space; /* enum name_space, for calls plus the ABI */
};

struct call_names {
	struct name_slot slots[SLOTS];
	char copies[ERRORS + SIGNALS + 2][ABI_NAME_MAX];
	size_t copy_count;
	char unknown[CALL_NAMES_UNKNOWN_MAX][CALL_NAME_MAX];
	size_t unknown_count;
};

static size_t hash(struct span name, unsigned int space)
{
	uint64_t value = space + 1;
	for (size_t i = 0; i < name.size; i++)
		value = (value ^ (unsigned char)name.start[i]) * UINT64_C(0x100000001b3);
	return (size_t)(value ^ value >> 32) % SLOTS;
}

/* The number of the slot of NAME in SPACE, or of the free one where it would be. */
static size_t slot_of(const struct call_names *names, struct span name, unsigned int space)
{
	size_t at = hash(name, space);
	for (;; at = (at + 1) % SLOTS) {
		const struct name_slot *slot = &names->slots[at];
		if (!slot->name || (slot->space == space && slot->size == name.size &&
					   memcmp(slot->name, name.start, name.size) == 0))
			return at;
	}
}

/* Adds NAME, which stays where it is, unless it is there. */
static void add(struct call_names *names, const char *name, unsigned int space, unsigned int number)
{
	struct name_slot *slot =
		&names->slots[slot_of(names, (struct span){name, strlen(name)}, space)];
	if (slot->name)
		return;
	*slot = (struct name_slot){
		.name = name,
		.size = (uint32_t)strlen(name),
		.number = (uint16_t)number,
		.space = (uint16_t)space,
	};
}

/* The same with a copy of NAME. */
static void add_copy(
	struct call_names *names, const char *name, unsigned int space, unsigned int number)
{
	char *copy = names->copies[names->copy_count++];
	snprintf(copy, ABI_NAME_MAX, "%s", name);
	add(names, copy, space, number);
}

/* Names of calls that others use: of the C library, of other machines, of strace 4 and older. */
static const struct {
	const char *name, *standard;
} aliases[] = {
	{"pread", "pread64"},
	{"pwrite", "pwrite64"},
	{"umount", "umount2"},
	{"send", "sendto"},
	{"recv", "recvfrom"},
	{"fstatat64", "newfstatat"},
	{"fstatat", "newfstatat"},
	{"sync_file_range2", "sync_file_range"},
	{"arm_fadvise64_64", "fadvise64"},
	{"sigreturn", "rt_sigreturn"},
	{"sigsuspend", "rt_sigsuspend"},
	{"sigpending", "rt_sigpending"},
	{"sigaction", "rt_sigaction"},
	{"sigprocmask", "rt_sigprocmask"},
	{"fstatfs64", "fstatfs"},
	{"statfs64", "statfs"},
};

static void add_calls(struct call_names *names, enum abi abi)
{
	for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, abi});
		if (desc)
			add(names, desc->name, NAME_CALL + abi, nr);
	}
}

struct call_names *call_names_new(void)
{
	struct call_names *names = xcalloc(1, sizeof(*names));
	char name[ABI_NAME_MAX];
	for (unsigned int abi = 0; abi < ABI_COUNT; abi++) {
		if (abi != ABI_IO_URING)
			add_calls(names, (enum abi)abi);
	}
	for (int err = 1; err < ERRORS; err++) {
		error_name(err, name);
		if (name[1] < '0' || name[1] > '9')
			add_copy(names, name, NAME_ERROR, (unsigned int)err);
	}
	add(names, "EWOULDBLOCK", NAME_ERROR, EWOULDBLOCK);
	add(names, "EDEADLOCK", NAME_ERROR, EDEADLOCK);
	add(names, "ENOTSUP", NAME_ERROR, ENOTSUP);
	for (int sig = 1; sig < KERNEL_SIGRT; sig++)
		add_copy(names, signal_name(sig, name), NAME_SIGNAL, (unsigned int)sig);
	for (int sig = KERNEL_SIGRT; sig <= SIGNALS; sig++) {
		snprintf(name, sizeof(name), "SIGRT_%d", sig - KERNEL_SIGRT);
		add_copy(names, name, NAME_SIGNAL, (unsigned int)sig);
	}
	add(names, "SIGRTMIN", NAME_SIGNAL, KERNEL_SIGRT);
	add(names, "SIGCLD", NAME_SIGNAL, SIGCHLD);
	add(names, "SIGIOT", NAME_SIGNAL, SIGABRT);
	add(names, "SIGPOLL", NAME_SIGNAL, SIGIO);
	add(names, "SIGUNUSED", NAME_SIGNAL, SIGSYS);
	return names;
}

void call_names_free(struct call_names *names)
{
	free(names);
}

/* "syscall_333", "syscall_0x14d", "SYS_333". */
static bool find_number(struct span name, enum abi abi, struct call *call)
{
	uint64_t nr;
	if ((!span_take(&name, "syscall_") && !span_take(&name, "SYS_")) ||
		!span_take_c_number(&name, &nr) || name.size || nr >= CALL_NAMES_UNKNOWN)
		return false;
	*call = (struct call){(uint32_t)nr, abi};
	return true;
}

static bool find(const struct call_names *names, struct span name, enum abi abi, struct call *call)
{
	const struct name_slot *slot = &names->slots[slot_of(names, name, NAME_CALL + abi)];
	if (!slot->name)
		return false;
	*call = (struct call){slot->number, abi};
	return true;
}

static bool find_alias(
	const struct call_names *names, struct span name, enum abi abi, struct call *call)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(*aliases); i++) {
		const char *standard = aliases[i].standard;
		if (span_is(name, aliases[i].name))
			return find(names, (struct span){standard, strlen(standard)}, abi, call);
	}
	return false;
}

bool call_names_find(
	const struct call_names *names, struct span name, enum abi abi, struct call *call)
{
	if (name.size >= CALL_NAME_MAX)
		return false;
	if (find(names, name, abi, call) || find_alias(names, name, abi, call))
		return true;
	return find(names, name, ABI_NATIVE, call) || find(names, name, ABI_COMPAT, call) ||
	       find_number(name, abi, call);
}

void call_names_intern(struct call_names *names, struct span name, struct call *call)
{
	size_t at = 0;
	while (at < names->unknown_count && !span_is(name, names->unknown[at]))
		at++;
	if (at == names->unknown_count && at + 1 < CALL_NAMES_UNKNOWN_MAX &&
		name.size < CALL_NAME_MAX) {
		memcpy(names->unknown[at], name.start, name.size);
		names->unknown_count++;
	}
	*call = (struct call){CALL_NAMES_UNKNOWN + (uint32_t)at, ABI_NATIVE};
}

size_t call_names_unknown(const struct call_names *names, char *buf, size_t size)
{
	size_t used = 0;
	*buf = '\0';
	for (size_t i = 0; i < names->unknown_count && used < size; i++) {
		char name[CALL_NAME_MAX];
		text_escape(names->unknown[i], sizeof(names->unknown[i]), name, sizeof(name));
		used += (size_t)snprintf(buf + used, size - used, "%s%s is syscall_%zu",
			i ? ", " : "", name, CALL_NAMES_UNKNOWN + i);
	}
	return names->unknown_count;
}

int call_names_error(const struct call_names *names, struct span name)
{
	return names->slots[slot_of(names, name, NAME_ERROR)].number;
}

int call_names_signal(const struct call_names *names, struct span name)
{
	return names->slots[slot_of(names, name, NAME_SIGNAL)].number;
}
