/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call-set language: what a text selects, and the errors for invalid ones. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/callset.h"

static struct callset *parsed(const char *text)
{
	struct callset *set = NULL;
	struct callset_error error = {0};
	if (callset_parse(text, &set, &error) != 0)
		fail_msg("\"%s\": %s", text, error.message);
	assert_non_null(set);
	return set;
}

/* Whether SET contains the call that call_name() writes as NAME. */
static bool has(const struct callset *set, const char *name)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr < 2000; nr++) {
			struct call call = {.nr = nr, .abi = abi};
			char buf[CALL_NAME_MAX];
			if (strcmp(call_name(call, buf), name) == 0)
				return callset_has(set, call);
		}
	}
	fail_msg("there is no call \"%s\"", name);
	return false;
}

static void texts_select_calls(void **state)
{
	static const struct {
		const char *text;
		const char *in;  /* calls that are selected, as call_name() writes them */
		const char *out; /* calls that are not */
	} cases[] = {
		{"read", "read read@32 read@x32", "write readv write@32"},
		{"read,write", "read write write@32", "close"},
		{"rt_sigaction", "rt_sigaction rt_sigaction@32 rt_sigaction@x32",
			"rt_sigaction#64@x32"},
		{"rt_sigaction#64", "rt_sigaction#64@x32", "rt_sigaction"},
		{"stat", "stat stat@32 stat@x32", "fstat lstat"},
		{"waitpid", "waitpid@32", "wait4"},
		/* ABIs */
		{"read@64", "read", "read@32 read@x32"},
		{"read@32", "read@32", "read read@x32"},
		{"read@x32,write", "read@x32 write write@32", "read read@32"},
		{"all@32", "read@32 syscall_999@32 syscall_1999@32", "read syscall_999"},
		/* Classes */
		{"%file", "open openat@32 stat execve", "read close socket"},
		{"%network", "socket connect@32 sendto@x32", "read"},
		{"%net", "socket connect@32 sendto@x32", "read"},
		{"%file@64", "open", "open@32"},
		{"%stat", "stat", "lstat fstat newfstatat statx"},
		{"%%stat", "stat lstat fstat newfstatat statx", "statfs"},
		{"%%statfs", "statfs fstatfs ustat", "stat"},
		{"%desc,%memory", "read mmap brk", "getpid"},
		/* Regular expressions */
		{"/^read", "read readv readlink readahead", "pread64"},
		{"/read", "read pread64 process_vm_readv", "write"},
		{"/^(read|write)$,close", "read write close", "readv writev"},
		{"/^x?stat(fs)?$", "stat statfs", "fstat"},
		{"/.@32", "read@32", "read"},
		{"/^f.{4}$", "fsync flock", "fdatasync"},
		/* Numbers, of every ABI as in strace */
		{"11", "munmap execve@32 munmap@x32", "execve"},
		{"11@64", "munmap", "execve@32"},
		{"11@32,read", "execve@32 read", "munmap"},
		{"999", "syscall_999 syscall_999@32", "syscall_998"},
		{"1023", "syscall_1023", "syscall_1022 syscall_1024"},
		{"syscall_999@64", "syscall_999", "syscall_999@32"},
		{"syscall_0", "read restart_syscall@32", "write"},
		/* All and none */
		{"all", "read read@32 syscall_999 syscall_1999", ""},
		{"none", "", "read read@32 syscall_999 syscall_1999"},
		{"none,read", "read", "write"},
		{"all,read", "read write", ""},
		/* Negation */
		{"!read", "write write@32 syscall_999 syscall_1999", "read read@32"},
		{"!read,%file", "write syscall_1999", "read open execve@32"},
		{"!read@32", "read read@x32 write@32 syscall_1999@32", "read@32"},
		{"!all@32", "read syscall_1999", "read@32 syscall_1999@32"},
		{"!none", "read syscall_999 syscall_1999", ""},
		{"!all", "", "read syscall_999 syscall_1999"},
		{"!!read", "read", "write syscall_1999"},
		/* "?" */
		{"?no_such_call", "", "read"},
		{"?no_such_call,read", "read", "write"},
		{"??read", "read", "write"},
		{"?%no_such_class", "", "read"},
		{"?/no_such_call", "", "read"},
		{"?5000", "", "read"},
		{"?waitpid@64", "", "waitpid@32"},
		{"?", "", "read"},
		/* White space and empty items */
		{"  read , write  ", "read write", "close"},
		{" ! read", "write", "read"},
		{",read,,write,", "read write", "close"},
		{"read\n", "read", "write"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct callset *set = parsed(cases[i].text);
		char names[128];
		char *rest = strcpy(names, cases[i].in);
		for (char *name; (name = strsep(&rest, " ")) && *name;) {
			if (!has(set, name))
				fail_msg("\"%s\" has not got %s", cases[i].text, name);
		}
		rest = strcpy(names, cases[i].out);
		for (char *name; (name = strsep(&rest, " ")) && *name;) {
			if (has(set, name))
				fail_msg("\"%s\" has got %s", cases[i].text, name);
		}
		callset_free(set);
	}
}

static void invalid_texts_are_explained(void **state)
{
	static const struct {
		const char *text;
		size_t offset;
		const char *message;
	} cases[] = {
		{"", 0, "no calls are named; write names, %classes, \"all\" or \"none\""},
		{"!", 1, "no calls are named; write names, %classes, \"all\" or \"none\""},
		{" , ", 1, "no calls are named; write names, %classes, \"all\" or \"none\""},
		/* Names */
		{"opne", 0, "unknown system call \"opne\"; did you mean \"open\"?"},
		{"read, raed", 6, "unknown system call \"raed\"; did you mean \"read\"?"},
		{"READ", 0, "unknown system call \"READ\"; did you mean \"read\"?"},
		{"?x,epoll", 3,
			"unknown system call \"epoll\"; did you mean \"poll\", \"epoll_create\" "
			"or \"epoll_ctl_old\"?"},
		{"nothing_like_it", 0, "unknown system call \"nothing_like_it\""},
		{"read write", 0, "unknown system call \"read write\"; put commas between calls"},
		{"waitpid@64", 0,
			"system call \"waitpid\" is not in that ABI; write \"waitpid@32\""},
		{"syscall_", 0, "unknown system call \"syscall_\""},
		{"no\x1b[2Jsuch\xff", 0, "unknown system call \"no\\x1b[2Jsuch\\xff\""},
		/* Bare classes */
		{"file", 0, "\"file\" is a class: write \"%file\""},
		{"all,net", 4, "\"net\" is a class: write \"%net\""},
		{"signal", 0,
			"\"signal\" is a class: write \"%signal\", or \"signal@32\" for the call"},
		{"file@32", 0, "\"file\" is a class: write \"%file\""},
		{"signal@64", 0,
			"\"signal\" is a class: write \"%signal\", or \"signal@32\" for the call"},
		/* Classes */
		{"%fiel", 0, "unknown class \"%fiel\"; did you mean \"%file\"?"},
		{"%NETWORK", 0, "unknown class \"%NETWORK\"; did you mean \"%network\"?"},
		{"%", 0, "unknown class \"%\""},
		{"%%file", 0, "unknown class \"%%file\"; did you mean \"%file\"?"},
		{"%nothing_like_it", 0, "unknown class \"%nothing_like_it\""},
		/* Numbers */
		{"5000", 0, "no system call has the number 5000; they are below 1024"},
		{"1024", 0, "no system call has the number 1024; they are below 1024"},
		{"99999999999999999999999", 0,
			"no system call has the number 99999999999999999999999; they are below 1024"},
		{"1x", 0, "\"1x\" is not a number"},
		{"?1x", 0, "\"1x\" is not a number"},
		{"syscall_5000", 0, "no system call has the number 5000; they are below 1024"},
		/* Regular expressions */
		{"/(", 0, "regular expression \"(\": Unmatched ( or \\("},
		{"read,?/a\\", 5, "regular expression \"a\\\\\": Trailing backslash"},
		{"/^nothing", 0, "no system call matches \"^nothing\""},
		{"/", 0, "the regular expression is empty"},
		{"/((a{99}){99}){99}", 0,
			"regular expression \"((a{99}){99}){99}\" repeats too often"},
		/* ABIs */
		{"read@", 0, "unknown ABI \"@\"; write @64, @32 or @x32"},
		{"%file@arm", 0, "unknown ABI \"@arm\"; write @64, @32 or @x32"},
		{"@32", 0, "unknown system call \"\""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct callset *set = NULL;
		struct callset_error error = {.offset = 12345};
		assert_int_equal(callset_parse(cases[i].text, &set, &error), -EINVAL);
		assert_null(set);
		assert_string_equal(error.message, cases[i].message);
		if (error.offset != cases[i].offset)
			fail_msg("\"%s\": offset %zu", cases[i].text, error.offset);
		assert_int_equal(callset_parse(cases[i].text, &set, NULL), -EINVAL);
	}
}

static void every_call_is_selected_by_its_name_and_its_number(void **state)
{
	(void)state;
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		for (uint32_t nr = 0; nr <= syscall_table_size(abi); nr++) {
			struct call call = {.nr = nr, .abi = abi};
			const struct syscall_desc *desc = syscall_lookup(call);
			char text[2][CALL_NAME_MAX + 16];
			snprintf(text[0], sizeof(text[0]), "%u@%s", nr, abi_suffix(abi));
			if (desc)
				snprintf(text[1], sizeof(text[1]), "%s@%s", desc->name,
					abi_suffix(abi));
			else
				snprintf(text[1], sizeof(text[1]), "syscall_%u@%s", nr,
					abi_suffix(abi));
			for (size_t i = 0; i < COUNT_OF(text); i++) {
				struct callset *set = parsed(text[i]);
				assert_true(callset_has(set, call));
				for (enum abi other = 0; other < ABI_COUNT; other++) {
					struct call same_number = {.nr = nr, .abi = other};
					assert_int_equal(
						callset_has(set, same_number), other == abi);
				}
				callset_free(set);
			}
		}
	}
}

static void a_class_selects_the_calls_that_are_in_it(void **state)
{
	(void)state;
	for (enum call_class each = 0; each < CLASS_COUNT; each++) {
		char text[32];
		snprintf(text, sizeof(text), "%%%s", call_class_name(each));
		struct callset *set = parsed(text);
		for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
			for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
				struct call call = {.nr = nr, .abi = abi};
				const struct syscall_desc *desc = syscall_lookup(call);
				bool wanted = desc && desc->classes & 1U << each;
				assert_int_equal(callset_has(set, call), wanted);
			}
		}
		callset_free(set);
	}
}

static void strange_calls_are_harmless(void **state)
{
	struct callset *all = parsed("all");
	struct callset *none = parsed("none");
	static const uint32_t numbers[] = {1023, 1024, 0x9eadbeef, UINT32_MAX};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
			struct call call = {.nr = numbers[i], .abi = abi};
			assert_true(callset_has(all, call));
			assert_false(callset_has(none, call));
		}
		assert_false(callset_has(all, (struct call){.nr = numbers[i], .abi = ABI_COUNT}));
	}
	callset_free(all);
	callset_free(none);
	callset_free(NULL);
}

static void a_text_that_is_too_long_is_refused(void **state)
{
	static char text[1 << 16];
	struct callset *set = NULL;
	struct callset_error error;
	(void)state;
	memset(text, ',', sizeof(text) - 1);
	memcpy(text, "read", 4);
	assert_int_equal(callset_parse(text, &set, &error), -EINVAL);
	assert_string_equal(error.message, "the set is longer than 4096 bytes");
	text[4096] = '\0';
	callset_free(parsed(text));
}

static void a_deep_regular_expression_is_harmless(void **state)
{
	char text[4000];
	struct callset *set = NULL;
	struct callset_error error;
	(void)state;
	memset(text, '(', sizeof(text));
	text[0] = '/';
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(callset_parse(text, &set, &error), -EINVAL);
}

/* The names of the calls that a program makes. */
struct names {
	size_t count;
	char name[256][CALL_NAME_MAX];
};

/* The names that strace counts with the set TEXT. */
static struct names strace_names(const char *text)
{
	struct names names = {0};
	char command[256];
	snprintf(command, sizeof(command),
		"strace -qq -c -U name -o '|cat >&3' -e 'trace=%s' ls -l / 3>&1 >/dev/null", text);
	FILE *output = popen(command, "r");
	assert_non_null(output);
	char line[CALL_NAME_MAX];
	unsigned int rules = 0; /* lines of "-" seen; the names are between two of them */
	while (rules < 2 && fgets(line, sizeof(line), output)) {
		line[strcspn(line, "\n")] = '\0';
		if (*line == '-')
			rules++;
		else if (rules == 1 && names.count < COUNT_OF(names.name))
			strcpy(names.name[names.count++], line);
	}
	pclose(output);
	return names;
}

static void sets_select_the_same_calls_as_in_strace(void **state)
{
	static const char *const texts[] = {"%file", "%desc", "%memory", "%process", "%network",
		"%stat", "%%stat", "%fstat", "%creds", "%pure", "!%file", "!%desc,%memory",
		"/stat|^read", "!/^m", "read,write@64,?nothing", "9,10", "!read", ",close,,mmap,",
		"read@32", "close@x32,mmap@64"};
	struct names all = strace_names("all");
	(void)state;
	if (all.count < 10) {
		print_message("strace does not work here\n");
		skip();
	}
	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct callset *set = parsed(texts[i]);
		struct names wanted = strace_names(texts[i]);
		size_t found = 0;
		for (size_t n = 0; n < wanted.count; n++) {
			if (!has(set, wanted.name[n]))
				fail_msg("\"%s\" has not got %s", texts[i], wanted.name[n]);
		}
		for (size_t n = 0; n < all.count; n++)
			found += has(set, all.name[n]);
		if (found != wanted.count)
			fail_msg("\"%s\": %zu calls, strace: %zu", texts[i], found, wanted.count);
		callset_free(set);
	}
}

/* A reproducible sequence of numbers. */
static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

/* Tokens of the language in random order, mixed with random bytes. */
static void random_text(uint64_t *seed, char *text, size_t size)
{
	static const char *const pieces[] = {
		"!",
		"?",
		",",
		"%",
		"/",
		"@",
		"64",
		"32",
		"x32",
		"read",
		"%file",
		"all",
		"none",
		"(",
		")",
		"[",
		"]",
		"{",
		"}",
		"*",
		"+",
		"|",
		"^",
		"$",
		"\\",
		".",
		"5",
		"999",
		" ",
		"\t",
		"syscall_",
		"network",
		"-",
		"{99}",
		"[[:alpha:]]",
		"\\1",
		"#64",
		"signal",
	};
	size_t used = 0;
	for (uint32_t left = next_random(seed) % 8; left > 0; left--) {
		char byte[2] = {(char)next_random(seed), '\0'};
		uint32_t choice = next_random(seed) % (COUNT_OF(pieces) + 4);
		const char *piece = choice < COUNT_OF(pieces) ? pieces[choice] : byte;
		used += (size_t)snprintf(text + used, size - used, "%s", piece);
	}
	text[used] = '\0';
}

static void random_texts_are_parsed_or_explained(void **state)
{
	uint64_t seed = 2;
	unsigned int right = 0;
	(void)state;
	for (unsigned int i = 0; i < 10000; i++) {
		char text[256];
		struct callset *set = NULL;
		struct callset_error error = {.offset = SIZE_MAX};
		random_text(&seed, text, sizeof(text));
		if (callset_parse(text, &set, &error) == 0) {
			callset_has(set, (struct call){.nr = i, .abi = i % ABI_COUNT});
			callset_free(set);
			right++;
			continue;
		}
		assert_null(set);
		assert_true(error.offset <= strlen(text));
		assert_true(*error.message);
		for (const char *c = error.message; *c; c++)
			assert_false((unsigned char)*c < ' ' || *c == 0x7f);
	}
	assert_in_range(right, 500, 9500); /* both outcomes occurred */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_select_calls),
		cmocka_unit_test(invalid_texts_are_explained),
		cmocka_unit_test(every_call_is_selected_by_its_name_and_its_number),
		cmocka_unit_test(a_class_selects_the_calls_that_are_in_it),
		cmocka_unit_test(strange_calls_are_harmless),
		cmocka_unit_test(a_text_that_is_too_long_is_refused),
		cmocka_unit_test(a_deep_regular_expression_is_harmless),
		cmocka_unit_test(sets_select_the_same_calls_as_in_strace),
		cmocka_unit_test(random_texts_are_parsed_or_explained),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
