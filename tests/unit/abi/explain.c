/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls do and errors mean: every row fits the other tables, and what people meet has one. */
#include "config.h"

#include "support/unit.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "abi/argument.h"
#include "abi/explain.h"
#include "abi/names.h"

/* Fewer explanations than this are too few. */
#define CALLS_MIN 150

/* The native call NAME; false: there is none. */
static bool find_call(const char *name, struct call *call)
{
	for (uint32_t nr = 0; nr < syscall_table_size(ABI_X86_64); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, ABI_X86_64});
		if (desc && strcmp(desc->name, name) == 0) {
			*call = (struct call){nr, ABI_X86_64};
			return true;
		}
	}
	return false;
}

static void every_explanation_is_of_a_call_and_found_by_its_name(void **state)
{
	size_t count = 0;
	(void)state;
	for (const struct explanation *row; (row = explain_nth(count)); count++) {
		struct call call;
		char name[CALL_NAME_MAX];
		if (!find_call(row->call, &call))
			fail_msg("there is no call %s", row->call);
		assert_ptr_equal(explain_call(row->call), row);
		snprintf(name, sizeof(name), "%s@32", row->call);
		assert_ptr_equal(explain_call(name), row);
	}
	assert_true(count >= CALLS_MIN);
	assert_null(explain_call("no_such_call"));
	assert_null(explain_call(""));
	assert_null(explain_call("a_name_that_is_much_longer_than_any_name_of_a_call_can_be"));
}

/* The parameters of SIGNATURE, divided; "..." stands for any. */
static size_t parameters_of(const char *signature, char part[8][96], bool *is_open)
{
	const char *at = strchr(signature, '(') + 1;
	size_t count = 0;
	*is_open = false;
	while (*at && *at != ')') {
		size_t size = strcspn(at, ",)");
		assert_true(count < 8 && size < 96);
		snprintf(part[count], 96, "%.*s", (int)size, at);
		*is_open = strcmp(part[count], "...") == 0;
		if (strcmp(part[count], "void") != 0 && !*is_open)
			count++;
		at += size;
		at += strspn(at, ", ");
	}
	return count;
}

/*
 * Where the C library's function, which the page describes, has other parameters than the call, or
 * passes as a number what is an address.
 */
static bool differs(const char *call)
{
	static const char *const calls[] = {"clone", "getcwd", "io_uring_enter", "rt_sigaction",
		"epoll_pwait", "ppoll", "preadv", "pselect6", "pwritev", "rt_sigpending",
		"rt_sigprocmask", "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "waitid",
		"signalfd4", "faccessat", "fchmodat", "ptrace", "clone3", "shmat", "bpf",
		"arch_prctl", "getrandom", "keyctl", "syslog", "semctl"};
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (strcmp(call, calls[i]) == 0)
			return true;
	}
	return false;
}

static void signatures_have_the_parameters_of_the_argument_tables(void **state)
{
	size_t wrong = 0;
	(void)state;
	for (size_t at = 0; explain_nth(at); at++) {
		const struct explanation *row = explain_nth(at);
		struct call call;
		char part[8][96];
		bool is_open;
		size_t count = parameters_of(row->signature, part, &is_open);
		assert_true(find_call(row->call, &call));
		if (differs(row->call))
			continue;
		size_t wanted = argument_count(call);
		if (is_open ? count > wanted : count != wanted) {
			print_error("%s: %zu parameters, not %zu\n", row->signature, count, wanted);
			wrong++;
		}
		for (unsigned int i = 0; i < count && i < wanted; i++) {
			enum argument_kind kind = argument_declared(call, i)->kind;
			bool has_address = strpbrk(part[i], "*[") != NULL;
			bool is_address = kind == ARG_PTR || kind >= ARG_PATH;
			/* A type that is an address, by its name. */
			has_address |= strstr(part[i], "cap_user_") != NULL;
			if (kind == ARG_MULTI || kind == ARG_UNUSED || has_address == is_address)
				continue;
			print_error("%s: parameter %u is %san address\n", row->signature, i + 1,
				is_address ? "" : "not ");
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* One line that can be printed and ends with a full stop. */
static void check_text(const char *text)
{
	size_t size = strlen(text);
	assert_true(size > 5 && size < 280);
	for (size_t i = 0; i < size; i++) {
		if (!isprint((unsigned char)text[i]))
			fail_msg("not plain: %s", text);
	}
	assert_int_equal(text[size - 1], '.');
	assert_null(strstr(text, "  "));
}

static void errors_are_explained_once_in_general_and_have_their_names(void **state)
{
	(void)state;
	size_t pairs = 0;
	for (size_t at = 0; explain_nth(at); at++) {
		const struct explanation *row = explain_nth(at);
		struct call call;
		assert_true(find_call(row->call, &call));
		check_text(row->does);
		pairs += row->error_count;
		for (size_t i = 0; i < row->error_count; i++) {
			const struct error_explanation *error = &row->errors[i];
			assert_ptr_equal(explain_error(row, error->err), error);
			assert_non_null(explain_errno(error->err));
			check_text(error->means);
			if (error->normal)
				check_text(error->normal);
			/* A call that cannot fail has no errors. */
			assert_false(syscall_lookup(call)->never_fails);
		}
	}
	assert_true(pairs > 400);
	for (size_t at = 0; explain_nth_errno(at); at++) {
		const struct errno_explanation *row = explain_nth_errno(at);
		char name[ABI_NAME_MAX];
		assert_string_not_equal(error_text(row->err), "Unknown error");
		assert_int_equal(error_name(row->err, name)[0], 'E');
		check_text(row->means);
		check_text(row->cause);
	}
	assert_null(explain_error(NULL, ENOENT));
	assert_null(explain_errno(4000));
}

/* What a program meets whose author was not careful: each of these has its reason. */
static void pairs_that_are_normal_say_why(void **state)
{
	static const struct {
		const char *call;
		int err;
	} pairs[] = {{"openat", ENOENT}, {"execve", ENOENT}, {"newfstatat", ENOENT},
		{"access", ENOENT}, {"read", EAGAIN}, {"accept4", EAGAIN}, {"recvfrom", EAGAIN},
		{"write", EAGAIN}, {"connect", EINPROGRESS}, {"connect", ECONNREFUSED},
		{"connect", ENETUNREACH}, {"wait4", ECHILD}, {"waitid", ECHILD}, {"poll", EINTR},
		{"epoll_wait", EINTR}, {"ioctl", ENOTTY}, {"readlink", EINVAL},
		{"futex", ETIMEDOUT}, {"futex", EAGAIN}, {"lseek", ESPIPE}, {"close", EBADF},
		{"mkdir", EEXIST}};
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		const struct error_explanation *row = explain_error(
			explain_call(pairs[i].call), pairs[i].err);
		if (!row || !row->normal)
			fail_msg("%s %d", pairs[i].call, pairs[i].err);
	}
	assert_null(explain_error(explain_call("openat"), EMFILE)->normal);
	assert_null(explain_error(explain_call("write"), ENOSPC)->normal);
}

/* The calls of these classes that have none, all of them known: who adds one, removes it here. */
static void calls_of_the_classes_without_an_explanation_are_known(void **state)
{
	static const char missing[] =
		"msgctl getdents getpgrp setreuid setregid getresuid getresgid setfsuid setfsgid "
		"utime uselib ustat munlock munlockall adjtimex acct settimeofday swapoff "
		"quotactl getpmsg putpmsg lsetxattr fsetxattr llistxattr flistxattr removexattr "
		"lremovexattr fremovexattr time io_destroy remap_file_pages utimes mq_open "
		"mq_notify mq_getsetattr inotify_init migrate_pages futimesat move_pages "
		"signalfd eventfd rt_tgsigqueueinfo fanotify_mark open_by_handle_at "
		"clock_adjtime kexec_file_load mlock2 preadv2 pwritev2 open_tree move_mount "
		"fsopen fsconfig fsmount fspick pidfd_getfd process_madvise epoll_pwait2 "
		"mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule "
		"memfd_secret process_mrelease set_mempolicy_home_node cachestat fchmodat2 "
		"map_shadow_stack mseal setxattrat getxattrat listxattrat removexattrat "
		"open_tree_attr file_getattr file_setattr ";
	char found[4096] = "";
	(void)state;
	for (uint32_t nr = 0; nr < syscall_table_size(ABI_X86_64); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, ABI_X86_64});
		if (!desc || !desc->classes || explain_call(desc->name))
			continue;
		assert_true(strlen(found) + strlen(desc->name) + 2 < sizeof(found));
		strcat(strcat(found, desc->name), " ");
	}
	assert_string_equal(found, missing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_explanation_is_of_a_call_and_found_by_its_name),
		cmocka_unit_test(signatures_have_the_parameters_of_the_argument_tables),
		cmocka_unit_test(errors_are_explained_once_in_general_and_have_their_names),
		cmocka_unit_test(pairs_that_are_normal_say_why),
		cmocka_unit_test(calls_of_the_classes_without_an_explanation_are_known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
