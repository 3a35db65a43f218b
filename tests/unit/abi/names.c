/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of errors and signals. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "abi/names.h"

/* Greater than every error number that the kernel returns (MAX_ERRNO). */
#define ERRORS 4096

static void errors_have_names_and_descriptions(void **state)
{
	static const struct {
		int err;
		const char *name;
		const char *text;
	} cases[] = {
		{ENOENT, "ENOENT", "No such file or directory"},
		{EAGAIN, "EAGAIN", "Resource temporarily unavailable"},
		{EINTR, "EINTR", "Interrupted system call"},
		{EOPNOTSUPP, "EOPNOTSUPP", "Operation not supported"},
		{EHWPOISON, "EHWPOISON", "Memory page has hardware error"},
		{512, "ERESTARTSYS", "To be restarted if SA_RESTART is set"},
		{513, "ERESTARTNOINTR", "To be restarted"},
		{514, "ERESTARTNOHAND", "To be restarted if no handler"},
		{515, "ENOIOCTLCMD", "No ioctl command"},
		{516, "ERESTART_RESTARTBLOCK",
			"Interrupted by signal, to be resumed by restart_syscall"},
		{524, "ENOTSUPP", "Operation is not supported"},
		{529, "EIOCBQUEUED", "Queued, will get completion event"},
		{41, "E41", "Unknown error"}, /* a gap between the numbers */
		{999, "E999", "Unknown error"},
		{0, "E0", "Unknown error"},
		{-2, "E-2", "Unknown error"},
		{INT_MIN, "E-2147483648", "Unknown error"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char name[ABI_NAME_MAX];
		assert_string_equal(error_name(cases[i].err, name), cases[i].name);
		assert_string_equal(error_text(cases[i].err), cases[i].text);
	}
}

static void no_two_errors_share_a_name(void **state)
{
	static char names[ERRORS][ABI_NAME_MAX];
	(void)state;
	for (int err = 0; err < ERRORS; err++) {
		error_name(err, names[err]);
		assert_non_null(error_text(err));
		for (int other = 0; other < err; other++)
			assert_string_not_equal(names[err], names[other]);
	}
}

static void signals_have_names(void **state)
{
	static const struct {
		int sig;
		const char *name;
	} cases[] = {
		{SIGHUP, "SIGHUP"},
		{SIGKILL, "SIGKILL"},
		{SIGWINCH, "SIGWINCH"},
		{SIGSYS, "SIGSYS"},
		{32, "SIG32"}, /* glibc's own */
		{33, "SIG33"},
		{99, "SIG99"},
		{0, "SIG0"},
		{-1, "SIG-1"},
	};
	char name[ABI_NAME_MAX];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(signal_name(cases[i].sig, name), cases[i].name);
	assert_string_equal(signal_name(SIGRTMIN, name), "SIGRTMIN");
	assert_string_equal(signal_name(SIGRTMIN + 3, name), "SIGRTMIN+3");
	assert_string_equal(signal_name(SIGRTMAX, name), "SIGRTMIN+30");
	assert_string_equal(signal_name(SIGRTMAX + 1, name), "SIG65");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_names_and_descriptions),
		cmocka_unit_test(no_two_errors_share_a_name),
		cmocka_unit_test(signals_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
