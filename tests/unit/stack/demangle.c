/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of C++, Rust and D, from their documentation, and names that are not mangled. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "stack/demangle.h"

#define DEEP 100000

static void need_library(void)
{
	if (!demangle_library())
		skip();
}

static void assert_readable(const char *symbol, const char *expected)
{
	char *readable = demangle(symbol);
	assert_non_null(readable);
	assert_string_equal(readable, expected);
	free(readable);
}

static void cpp_names_are_readable(void **state)
{
	(void)state;
	need_library();
	assert_readable("_Z1fv", "f()");
	assert_readable("_ZNSt6vectorIiSaIiEE9push_backERKi",
		"std::vector<int, std::allocator<int> >::push_back(int const&)");
	assert_readable("_ZN3FooD1Ev", "Foo::~Foo()");
	assert_readable("_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()(int) const");
}

/* Both of its manglings; the legacy one resembles C++ and loses its hash. */
static void rust_names_are_readable(void **state)
{
	(void)state;
	need_library();
	assert_readable(
		"_ZN4core3fmt5Write9write_fmt17h05af221e174051e9E", "core::fmt::Write::write_fmt");
	assert_readable(
		"_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
		"3bar17h930b740aa94f1d3aE",
		"<Test + 'static as foo::Bar<Test>>::bar");
	assert_readable("_RNvC6_123foo3bar", "123foo::bar");
	assert_readable("_RNCNvC7mycrate4main0", "mycrate::main::{closure#0}");
}

static void d_names_are_readable(void **state)
{
	(void)state;
	need_library();
	assert_readable("_Dmain", "D main");
	assert_readable("_D8demangle4testFaZv", "demangle.test(char)");
	assert_readable("_D3std5stdio7writelnFZv", "std.stdio.writeln()");
}

static void other_names_are_unchanged(void **state)
{
	(void)state;
	static const char *const names[] = {
		"", "main", "_start", "_Z", "_ZN", "_R", "_D", "_ZNSt", "_Znonsense"};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_null(demangle(names[i]));
}

/* Symbols come from untrusted files. */
static void endless_names_are_bounded(void **state)
{
	(void)state;
	static const char *const beginnings[] = {"_Z1f", "_RNvC", "_D4testF"};
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(*beginnings); i++) {
		char *symbol = malloc(DEEP + 1);
		assert_non_null(symbol);
		memset(symbol, 'P', DEEP);
		memcpy(symbol, beginnings[i], strlen(beginnings[i]));
		symbol[DEEP] = '\0';
		free(demangle(symbol));
		free(symbol);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cpp_names_are_readable),
		cmocka_unit_test(rust_names_are_readable),
		cmocka_unit_test(d_names_are_readable),
		cmocka_unit_test(other_names_are_unchanged),
		cmocka_unit_test(endless_names_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
