/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The suggestions for a mistyped name. */
#include "config.h"

#include "support/unit.h"

#include <string.h>

#include "abi/nearest.h"

static const char *const names[] = {
	"read", "readv", "readahead", "write", "open", "openat", "close", "epoll_wait",
	"epoll_pwait", "epoll_ctl", "recvmmsg_time64", "recvmsg", "READ", "read", /* twice */
};

static void the_nearest_names_are_suggested(void **state)
{
	static const struct {
		const char *wanted;
		const char *text;
	} cases[] = {
		{"raed", "; did you mean \"%read\" or \"%READ\"?"},  /* swapped */
		{"ope", "; did you mean \"%open\" or \"%openat\"?"}, /* a prefix */
		{"wrote", "; did you mean \"%write\"?"},             /* changed */
		{"recvmsgg", "; did you mean \"%recvmsg\"?"},        /* added */
		{"Close", "; did you mean \"%close\"?"},             /* in upper case */
		{"epoll_", "; did you mean \"%epoll_wait\", \"%epoll_pwait\" or \"%epoll_ctl\"?"},
		{"ftruncate", ""},
		{"x", ""},
		{"", ""},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct nearest nearest;
		char text[160];
		nearest_begin(&nearest, cases[i].wanted);
		for (size_t n = 0; n < COUNT_OF(names); n++)
			nearest_offer(&nearest, names[n]);
		assert_string_equal(nearest_text(&nearest, "%", text, sizeof(text)), cases[i].text);
	}
}

static void a_short_buffer_truncates_the_text(void **state)
{
	struct nearest nearest;
	char text[32];
	(void)state;
	nearest_begin(&nearest, "epoll_");
	for (size_t n = 0; n < COUNT_OF(names); n++)
		nearest_offer(&nearest, names[n]);
	for (size_t size = 1; size <= sizeof(text); size++) {
		memset(text, 'x', sizeof(text));
		nearest_text(&nearest, "", text, size);
		assert_int_equal(strlen(text), size - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_names_are_suggested),
		cmocka_unit_test(a_short_buffer_truncates_the_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
