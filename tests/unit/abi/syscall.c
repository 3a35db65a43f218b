/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of system calls: lookups match the data. */
#include "config.h"

#include "support/unit.h"

#include <linux/audit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "abi/syscall.h"

/* One line of src/abi/data/syscalls-ABI.tsv. */
struct row {
	unsigned int nr;
	char name[CALL_NAME_MAX];
	unsigned int nargs;
	char classes[128];
	char note[32];
};

/* Opens the data that ABI's table was generated from. */
static FILE *open_data(enum abi abi)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	snprintf(path, sizeof(path), "%s/src/abi/data/syscalls-%s.tsv", top ? top : ".",
		abi_name(abi));
	FILE *data = fopen(path, "re");
	if (!data)
		fail_msg("cannot open %s", path);
	return data;
}

/* Reads the next line that is not a comment. Returns false at the end. */
static bool read_row(FILE *data, struct row *row)
{
	char line[512];
	do {
		if (!fgets(line, sizeof(line), data))
			return false;
	} while (*line == '#');
	assert_int_equal(sscanf(line, "%u\t%47s\t%u\t%127s\t%31s", &row->nr, row->name, &row->nargs,
				 row->classes, row->note),
		5);
	return true;
}

/* The bits of "desc,%stat". */
static uint32_t class_bits(char *classes)
{
	uint32_t bits = 0;
	if (strcmp(classes, "-") == 0)
		return 0;
	for (char *rest = classes, *name; (name = strsep(&rest, ","));) {
		enum call_class found = call_class_by_name(name);
		assert_int_not_equal(found, CLASS_COUNT);
		bits |= 1U << found;
	}
	return bits;
}

static void every_row_is_found_by_its_number(void **state)
{
	(void)state;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		FILE *data = open_data(abi);
		unsigned int rows = 0;
		for (struct row row; read_row(data, &row); rows++) {
			const struct syscall_desc *desc = syscall_lookup(
				(struct call){.nr = row.nr, .abi = abi});
			assert_non_null(desc);
			assert_string_equal(desc->name, row.name);
			assert_int_equal(desc->nargs, row.nargs);
			assert_int_equal(desc->classes, class_bits(row.classes));
			assert_int_equal(desc->never_fails, strcmp(row.note, "never-fails") == 0);
		}
		fclose(data);
		assert_true(rows > (abi == ABI_IO_URING ? 60 : 300));
	}
}

static void numbers_between_and_beyond_the_rows_have_no_description(void **state)
{
	(void)state;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		FILE *data = open_data(abi);
		struct row row;
		unsigned int next = 0;
		while (read_row(data, &row)) {
			for (; next < row.nr; next++)
				assert_null(syscall_lookup((struct call){.nr = next, .abi = abi}));
			next++;
		}
		fclose(data);
		assert_int_equal(syscall_table_size(abi), next);
		assert_null(syscall_lookup((struct call){.nr = next, .abi = abi}));
		assert_null(syscall_lookup((struct call){.nr = UINT32_MAX, .abi = abi}));
	}
	assert_null(syscall_lookup((struct call){.nr = 0, .abi = ABI_COUNT}));
	assert_null(syscall_lookup((struct call){.nr = 0, .abi = UINT32_MAX}));
	assert_int_equal(syscall_table_size(ABI_COUNT), 0);
}

/* The compiler's headers have the native numbers from a source other than the data. */
static void native_numbers_match_the_headers(void **state)
{
	static const struct {
		uint32_t nr;
		const char *name;
	} calls[] = {
		{SYS_read, "read"},
		{SYS_openat, "openat"},
		{SYS_futex, "futex"},
		{SYS_clone3, "clone3"},
		{SYS_epoll_pwait2, "epoll_pwait2"},
		{SYS_io_uring_enter, "io_uring_enter"},
		{SYS_restart_syscall, "restart_syscall"},
		{SYS_futex_waitv, "futex_waitv"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(calls); i++) {
		char name[CALL_NAME_MAX];
		call_name((struct call){.nr = calls[i].nr, .abi = ABI_X86_64}, name);
		assert_string_equal(name, calls[i].name);
	}
}

static void kernel_numbers_become_calls(void **state)
{
	static const struct {
		uint32_t arch;
		uint64_t nr;
		struct call call;
		const char *name;
	} cases[] = {
		{AUDIT_ARCH_X86_64, 0, {0, ABI_X86_64}, "read"},
		{AUDIT_ARCH_X86_64, 231, {231, ABI_X86_64}, "exit_group"},
		{AUDIT_ARCH_X86_64, 500, {500, ABI_X86_64}, "syscall_500"},
		{AUDIT_ARCH_I386, 11, {11, ABI_I386}, "execve@32"},
		{AUDIT_ARCH_I386, 0, {0, ABI_I386}, "restart_syscall@32"},
		{AUDIT_ARCH_I386, 9999, {9999, ABI_I386}, "syscall_9999@32"},
		/* Bit 30 means x32 only on x86-64. */
		{AUDIT_ARCH_X86_64, 0x40000000 + 39, {39, ABI_X32}, "getpid@x32"},
		{AUDIT_ARCH_X86_64, 0x40000000 + 512, {512, ABI_X32}, "rt_sigaction@x32"},
		{AUDIT_ARCH_X86_64, 0x40000000 + 13, {13, ABI_X32}, "rt_sigaction#64@x32"},
		{AUDIT_ARCH_I386, 0x40000000, {0x40000000, ABI_I386}, "syscall_1073741824@32"},
		/* The upper half of the register is ignored. */
		{AUDIT_ARCH_X86_64, UINT64_C(0xffffffff00000001), {1, ABI_X86_64}, "write"},
		{AUDIT_ARCH_X86_64, UINT64_C(0x100000000), {0, ABI_X86_64}, "read"},
		/* What a tracer or seccomp writes to skip a call, and garbage. */
		{AUDIT_ARCH_X86_64, UINT64_MAX, {UINT32_MAX, ABI_X86_64}, "syscall_4294967295"},
		{AUDIT_ARCH_X86_64, UINT32_MAX, {UINT32_MAX, ABI_X86_64}, "syscall_4294967295"},
		{AUDIT_ARCH_X86_64, 0xdeadbeef, {0x9eadbeef, ABI_X32}, "syscall_2662186735@x32"},
		{AUDIT_ARCH_I386, UINT64_MAX, {UINT32_MAX, ABI_I386}, "syscall_4294967295@32"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct call call = {0};
		char name[CALL_NAME_MAX];
		assert_true(call_from_kernel(cases[i].arch, cases[i].nr, &call));
		assert_true(call_equal(call, cases[i].call));
		assert_string_equal(call_name(call, name), cases[i].name);
	}
}

static void an_unknown_architecture_has_no_call(void **state)
{
	struct call call = {.nr = 7, .abi = ABI_I386};
	(void)state;
	assert_false(call_from_kernel(AUDIT_ARCH_AARCH64, 0, &call));
	assert_false(call_from_kernel(0, 0, &call));
	assert_int_equal(call.nr, 7);
	assert_int_equal(call.abi, ABI_I386);
}

static void every_name_fits_its_buffer(void **state)
{
	(void)state;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr <= syscall_table_size(abi); nr++) {
			char name[CALL_NAME_MAX];
			call_name((struct call){.nr = nr, .abi = abi}, name);
			assert_true(strlen(name) < CALL_NAME_MAX - 1);
			const char *at = strrchr(name, '@');
			bool is_plain = abi == ABI_X86_64 || abi == ABI_IO_URING;
			assert_int_equal(at != NULL, !is_plain);
			if (at)
				assert_string_equal(at + 1, abi_suffix(abi));
		}
	}
	char name[CALL_NAME_MAX];
	call_name((struct call){.nr = UINT32_MAX, .abi = ABI_COUNT}, name);
	assert_string_equal(name, "syscall_4294967295@?");
}

static void class_names_are_found(void **state)
{
	(void)state;
	for (enum call_class each = 0; each < CLASS_COUNT; each++)
		assert_int_equal(call_class_by_name(call_class_name(each)), each);
	assert_int_equal(call_class_by_name("net"), CLASS_NETWORK);
	assert_int_equal(call_class_by_name("file"), CLASS_FILE);
	assert_int_equal(call_class_by_name("%stat"), CLASS_ANY_STAT);
	assert_int_equal(call_class_by_name("%file"), CLASS_COUNT);
	assert_int_equal(call_class_by_name(""), CLASS_COUNT);
	assert_string_equal(call_class_name(CLASS_COUNT), "?");
}

static void calls_in_proc_are_those_of_their_process(void **state)
{
	(void)state;
	static const struct {
		uint64_t nr;
		bool is_32bit;
		struct call call;
	} cases[] = {
		{232, false, {232, ABI_NATIVE}},
		{256, true, {256, ABI_COMPAT}},
		{0x40000000 + 232, true, {232, ABI_X32}},
		{0x40000000 + 232, false, {232, ABI_X32}},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct call call = call_from_proc(cases[i].nr, cases[i].is_32bit);
		assert_true(call_equal(call, cases[i].call));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found_by_its_number),
		cmocka_unit_test(numbers_between_and_beyond_the_rows_have_no_description),
		cmocka_unit_test(native_numbers_match_the_headers),
		cmocka_unit_test(kernel_numbers_become_calls),
		cmocka_unit_test(an_unknown_architecture_has_no_call),
		cmocka_unit_test(every_name_fits_its_buffer),
		cmocka_unit_test(class_names_are_found),
		cmocka_unit_test(calls_in_proc_are_those_of_their_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
