/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What arguments and results are, and what calls do to descriptors. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <linux/futex.h>
#include <linux/net.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/timex.h>

#include "abi/argument.h"
#include "abi/descriptor.h"

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

static void every_call_has_as_many_arguments_as_the_call_table_says(void **state)
{
	(void)state;
	for (enum abi abi = ABI_X86_64; abi <= ABI_X32; abi++) {
		for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
			struct call call = {nr, abi};
			const struct syscall_desc *desc = syscall_lookup(call);
			if (!desc || argument_count(call) == 0)
				continue;
			/* The high half of an offset of preadv() is not counted on 64-bit ABIs. */
			unsigned int half = argument_declared(call, 4)->kind == ARG_UNUSED;
			if (argument_count(call) > desc->nargs + half)
				fail_msg("%s %s: %u arguments, not %u", abi_name(abi), desc->name,
					argument_count(call), desc->nargs);
			for (unsigned int i = 0; i < argument_count(call); i++)
				assert_int_not_equal(argument_declared(call, i)->kind, ARG_NONE);
		}
	}
}

static void kinds_are_as_in_the_prototypes(void **state)
{
	static const struct {
		const char *name;
		enum abi abi;
		unsigned int index;
		uint64_t args[CALL_MAX_ARGS];
		enum argument_kind kind;
	} cases[] = {
		{"openat", ABI_X86_64, 0, {0}, ARG_DIRFD},
		{"openat", ABI_X86_64, 1, {0}, ARG_PATH},
		{"openat", ABI_X86_64, 3, {0, 0, O_CREAT}, ARG_MODE},
		{"openat", ABI_X86_64, 3, {0, 0, O_RDWR}, ARG_NONE},
		{"openat", ABI_X86_64, 4, {0}, ARG_NONE},
		{"mmap", ABI_X86_64, 4, {0, 0, 0, MAP_PRIVATE, 3}, ARG_FD},
		{"mmap", ABI_X86_64, 4, {0, 0, 0, MAP_ANONYMOUS, 3}, ARG_NONE},
		{"mmap", ABI_I386, 0, {0}, ARG_STRUCT},
		{"mmap2", ABI_I386, 4, {0}, ARG_FD},
		{"fcntl", ABI_X86_64, 2, {3, F_SETFL}, ARG_FLAGS},
		{"fcntl", ABI_X86_64, 2, {3, F_GETLK}, ARG_STRUCT},
		{"fcntl64", ABI_I386, 2, {3, F_GETFD}, ARG_UNUSED},
		{"fcntl", ABI_X86_64, 2, {3, 99999}, ARG_HEX},
		{"futex", ABI_X86_64, 3, {0, FUTEX_WAIT | FUTEX_PRIVATE_FLAG}, ARG_STRUCT},
		{"futex", ABI_X86_64, 3, {0, FUTEX_WAKE}, ARG_UNUSED},
		{"prctl", ABI_X86_64, 1, {PR_SET_NAME}, ARG_STR},
		{"ioctl", ABI_X86_64, 1, {0}, ARG_IOCTL},
		{"ioctl", ABI_X86_64, 2, {0, TIOCGWINSZ}, ARG_STRUCT},
		{"setsockopt", ABI_X86_64, 3, {3, SOL_SOCKET, SO_LINGER}, ARG_STRUCT},
		{"chown", ABI_I386, 1, {0}, ARG_UID},
		{"preadv", ABI_X86_64, 4, {0}, ARG_UNUSED},
		{"preadv", ABI_I386, 4, {0}, ARG_OFF_HIGH},
		{"getpid", ABI_X86_64, 0, {0}, ARG_NONE},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct call call = call_named(cases[i].name, cases[i].abi);
		const struct argument *argument = argument_of(call, cases[i].args, cases[i].index);
		if (argument->kind != cases[i].kind)
			fail_msg("case %zu, %s: %u", i, cases[i].name, argument->kind);
	}
}

static void a_call_without_a_table_has_no_arguments(void **state)
{
	static const uint64_t args[CALL_MAX_ARGS] = {1, 2, 3, 4, 5, 6};
	const struct call strange[] = {
		{9999, ABI_X86_64}, {UINT32_MAX, ABI_I386}, {0, ABI_IO_URING}, {0, UINT32_MAX}};
	size_t count;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(strange); i++) {
		assert_int_equal(argument_count(strange[i]), 0);
		assert_int_equal(argument_of(strange[i], args, 0)->kind, ARG_NONE);
		assert_int_equal(argument_of(strange[i], args, 77)->kind, ARG_NONE);
		assert_int_equal(argument_result(strange[i], args)->kind, ARG_NONE);
		assert_null(descriptor_rows(strange[i], &count));
	}
}

static void results_depend_on_the_command(void **state)
{
	struct call fcntl_call = call_named("fcntl", ABI_X86_64);
	(void)state;
	assert_int_equal(argument_result(fcntl_call, (uint64_t[6]){3, F_DUPFD})->kind, ARG_FD);
	assert_int_equal(argument_result(fcntl_call, (uint64_t[6]){3, F_GETFL})->kind, ARG_FLAGS);
	assert_int_equal(argument_result(fcntl_call, (uint64_t[6]){3, F_SETFD})->kind, ARG_LONG);
	assert_int_equal(
		argument_result(call_named("openat", ABI_I386), (uint64_t[6]){0})->kind, ARG_FD);
	assert_int_equal(
		argument_result(call_named("umask", ABI_X86_64), (uint64_t[6]){0})->kind, ARG_MODE);
}

static void every_name_of_a_value_is_found_by_its_value(void **state)
{
	static const char *const sets[] = {"signal", "fcntl", "whence", "sock.domain",
		"errno.kernel", "prctl", "at.fdcwd", "ptrace", "seccomp.ret"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(sets); i++) {
		const struct value_set *set = value_set_by_name(sets[i]);
		assert_non_null(set);
		for (size_t k = 0; k < set->count; k++) {
			const char *name = value_name(set, set->names[k].value);
			uint64_t value = 0;
			assert_non_null(name);
			assert_true(value_by_name(set, name, &value));
			assert_int_equal((uint32_t)value, (uint32_t)set->names[k].value);
		}
		assert_null(value_name(set, 0x7bcdef01));
	}
	assert_string_equal(value_name(value_set_by_name("at.fdcwd"), (uint64_t)-100), "AT_FDCWD");
	assert_string_equal(value_name(value_set_by_name("at.fdcwd"), 0xffffff9c), "AT_FDCWD");
	assert_string_equal(value_name(value_set_by_name("signal"), SIGTERM), "SIGTERM");
	assert_null(value_set_by_name("no such set"));
}

static void requests_of_ioctl_have_names(void **state)
{
	size_t count;
	(void)state;
	assert_string_equal(ioctl_names(ABI_X86_64, TIOCGWINSZ, &count)->name, "TIOCGWINSZ");
	assert_int_equal(count, 1);
	assert_null(ioctl_names(ABI_X86_64, 0xdeadbeef, &count));
	assert_int_equal(count, 0);
	assert_string_equal(ioctl_names(ABI_I386, 0x40041271, &count)->name, "BLKBSZSET");
	assert_string_equal(ioctl_names(ABI_I386, TIOCGWINSZ, &count)->name, "TIOCGWINSZ");
}

/* The field NAME of TYPE in ABI. */
static const struct field *field_of(
	const struct argument_type *type, enum abi abi, const char *name)
{
	const struct layout *layout = type_layout(type, abi);
	for (size_t i = 0; i < layout->count; i++)
		if (strcmp(layout->fields[i].name, name) == 0)
			return &layout->fields[i];
	fail_msg("%s has no field %s", type->name, name);
	return NULL;
}

static const struct argument_type *type_of(const char *call, enum abi abi, unsigned int index)
{
	return argument_declared(call_named(call, abi), index)->type;
}

static void structures_have_the_layout_of_their_abi(void **state)
{
	const struct argument_type *type = type_of("fstat", ABI_X86_64, 1);
	(void)state;
	assert_int_equal(type_layout(type, ABI_X86_64)->size, sizeof(struct stat));
	assert_int_equal(
		field_of(type, ABI_X86_64, "st_size")->offset, offsetof(struct stat, st_size));
	assert_int_equal(type_layout(type, ABI_I386)->size, 64);
	type = type_of("getrusage", ABI_I386, 1);
	assert_int_equal(type_layout(type, ABI_X86_64)->size, sizeof(struct rusage));
	assert_int_equal(type_layout(type, ABI_I386)->size, 72);
	assert_int_equal(field_of(type, ABI_I386, "ru_maxrss")->offset, 16);
	assert_int_equal(field_of(type, ABI_I386, "ru_maxrss")->size, 4);
	type = type_of("nanosleep", ABI_X86_64, 0);
	assert_int_equal(type_layout(type, ABI_X86_64)->size, 16);
	assert_int_equal(type_layout(type, ABI_X32)->size, 16);
	assert_int_equal(type_layout(type, ABI_I386)->size, 8);
	type = type_of("clock_nanosleep_time64", ABI_I386, 2);
	assert_int_equal(type_layout(type, ABI_I386)->size, 16);
	type = type_of("sysinfo", ABI_X86_64, 0);
	assert_int_equal(type_layout(type, ABI_X86_64)->size, sizeof(struct sysinfo));
	assert_int_equal(field_of(type, ABI_I386, "procs")->offset, 40);
	assert_int_equal(field_of(type, ABI_I386, "mem_unit")->offset, 52);
	type = type_of("readv", ABI_X86_64, 1);
	assert_null(type);
}

static void calls_say_what_they_do_to_descriptors(void **state)
{
	size_t count;
	const struct descriptor_row *row = descriptor_rows(call_named("openat", ABI_I386), &count);
	(void)state;
	assert_int_equal(count, 1);
	assert_int_equal(row->effect, DESCRIPTOR_MAKE);
	assert_int_equal(row->place, PLACE_RESULT);
	assert_int_equal(row->object, OBJECT_PATH);
	assert_int_equal(row->path, 1);
	assert_int_equal(row->dir, 0);
	assert_int_equal(row->peer, ARGUMENT_NOT);
	row = descriptor_rows(call_named("dup2", ABI_X86_64), &count);
	assert_int_equal(row->effect, DESCRIPTOR_COPY);
	assert_int_equal(row->of, 0);
	assert_int_equal(row->replaces, 1);
	row = descriptor_rows(call_named("socketpair", ABI_X32), &count);
	assert_int_equal(row->place, PLACE_PAIR);
	assert_int_equal(row->at, 3);
	row = descriptor_rows(call_named("fcntl", ABI_X86_64), &count);
	assert_true(descriptor_row_applies(row, (uint64_t[6]){3, F_DUPFD}));
	assert_false(descriptor_row_applies(row, (uint64_t[6]){3, F_GETFL}));
	row = descriptor_rows(call_named("close_range", ABI_X86_64), &count);
	assert_int_equal(count, 3);
	assert_null(descriptor_rows(call_named("getpid", ABI_X86_64), &count));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_has_as_many_arguments_as_the_call_table_says),
		cmocka_unit_test(kinds_are_as_in_the_prototypes),
		cmocka_unit_test(a_call_without_a_table_has_no_arguments),
		cmocka_unit_test(results_depend_on_the_command),
		cmocka_unit_test(every_name_of_a_value_is_found_by_its_value),
		cmocka_unit_test(requests_of_ioctl_have_names),
		cmocka_unit_test(structures_have_the_layout_of_their_abi),
		cmocka_unit_test(calls_say_what_they_do_to_descriptors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
