/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a server listens: what is an address, and which names mean it. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <unistd.h>

#include "out/listen_address.h"

static void parses_addresses(void **state)
{
	static const struct {
		const char *text, *expected; /* NULL: invalid */
	} cases[] = {
		{"9464", "127.0.0.1:9464"},
		{"0", "127.0.0.1:0"},
		{"65535", "127.0.0.1:65535"},
		{"localhost:1", "127.0.0.1:1"},
		{"0.0.0.0:80", "0.0.0.0:80"},
		{"[::1]:9464", "[::1]:9464"},
		{"[::]:1", "[::]:1"},
		{"[2001:db8::0:7]:1", "[2001:db8::7]:1"},
		{"", NULL},
		{":", NULL},
		{":9464", NULL},
		{"65536", NULL},
		{"009464", NULL},
		{"+1", NULL},
		{"1 ", NULL},
		{"127.0.0.1", NULL},
		{"127.0.0.1:", NULL},
		{"127.1:1", NULL},
		{"::1", NULL},
		{"[::1]", NULL},
		{"[]:1", NULL},
		{"[:1", NULL},
		{"[127.0.0.1]:1", NULL},
		{"example.org:1", NULL},
		{"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0001]:1", NULL},
	};
	struct listen_address address;
	char text[LISTEN_ADDRESS_TEXT];
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool is_valid = listen_address_parse(cases[i].text, &address);
		assert_int_equal(is_valid, cases[i].expected != NULL);
		if (is_valid)
			assert_string_equal(listen_address_text(&address, text), cases[i].expected);
	}
}

static void knows_its_names(void **state)
{
	static const struct {
		const char *address, *host;
		bool is_meant;
	} cases[] = {
		{"127.0.0.1:1", NULL, true},
		{"127.0.0.1:1", "127.0.0.1:1", true},
		{"127.0.0.1:1", "127.0.0.2", true},
		{"127.0.0.1:1", "LocalHost:8080", true},
		{"127.0.0.1:1", "[::1]:5", true},
		{"[::1]:1", "[::1]", true},
		{"[::1]:1", "localhost", true},
		{"127.0.0.1:1", "", false},
		{"127.0.0.1:1", "example.org", false},
		{"127.0.0.1:1", "localhost.example.org:1", false},
		{"127.0.0.1:1", "127.0.0.1.example.org", false},
		{"127.0.0.1:1", "[::1]example.org", false},
		{"127.0.0.1:1", "10.0.0.1:1", false},
		{"[::1]:1", "[::2]:1", false},
		{"0.0.0.0:1", "example.org", true},
		{"[::]:1", "example.org", true},
	};
	struct listen_address address;
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		assert_true(listen_address_parse(cases[i].address, &address));
		assert_int_equal(
			listen_address_has_host(&address, cases[i].host), cases[i].is_meant);
	}
}

static void takes_a_free_port(void **state)
{
	struct listen_address first, second;
	char text[LISTEN_ADDRESS_TEXT];
	int fd, other = -1;
	(void)state;
	assert_true(listen_address_parse("0", &first));
	assert_int_equal(listen_address_open(&first, &fd), 0);
	listen_address_text(&first, text);
	assert_string_not_equal(text, "127.0.0.1:0");
	assert_true(listen_address_parse(text, &second));
	assert_int_equal(listen_address_open(&second, &other), -EADDRINUSE);
	assert_int_equal(other, -1);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_addresses),
		cmocka_unit_test(knows_its_names),
		cmocka_unit_test(takes_a_free_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
