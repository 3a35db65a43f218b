/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of paths and names: what they match, and that none is slow. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/glob.h"
#include "support/random.h"

static bool matches(enum glob_kind kind, const char *pattern, const char *text)
{
	struct glob *glob = NULL;
	if (glob_new(kind, pattern, &glob) != 0)
		fail_msg("\"%s\" is no pattern", pattern);
	bool result = glob_match(glob, text);
	glob_free(glob);
	return result;
}

static void paths_are_matched(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{"/etc/passwd", "/etc/passwd", true},
		{"/etc/passwd", "/etc/passwd2", false},
		{"/etc/passwd", "/x/etc/passwd", false},
		{"/etc/*", "/etc/passwd", true},
		{"/etc/*", "/etc/", true},
		{"/etc/*", "/etc", false},
		{"/etc/*", "/etc/ssl/certs", false},
		{"/etc/**", "/etc/ssl/certs", true},
		{"/etc/**", "/etc/x", true},
		{"/etc/**", "/etc", false},
		{"/etc**", "/etc", true},
		{"/**/certs", "/certs", true},
		{"/**/certs", "/etc/ssl/certs", true},
		{"/**/certs", "/etc/sslcerts", false},
		{"/usr/**/lib*/*.so", "/usr/lib/x.so", true},
		{"/usr/**/lib*/*.so", "/usr/local/a/b/lib64/x.so", true},
		{"/usr/**/lib*/*.so", "/usr/lib/y/x.so", false},
		{"/a**b", "/a/x/b", true},
		{"/a/**", "/a/", true},
		/* Without a "/" at the beginning, it may begin below any directory. */
		{"*.py", "/usr/lib/python3/os.py", true},
		{"*.py", "os.py", true},
		{"*.py", "/usr/lib/os.pyc", false},
		{"lib/*.so", "/usr/lib/a.so", true},
		{"lib/*.so", "/usr/mylib/a.so", false},
		{"passwd", "/etc/passwd", true},
		{"passwd", "/etc/xpasswd", false},
		{"**", "/anything/at all", true},
		{"", "/etc", false},
		{"", "", true},
		{"pipe:*", "pipe:[12]", true},
		{"pipe:\\[12]", "pipe:[12]", true},
		/* Single characters */
		{"/a?c", "/abc", true},
		{"/a?c", "/a/c", false},
		{"/[a-c]x", "/bx", true},
		{"/[a-c]x", "/dx", false},
		{"/[!a-c]x", "/dx", true},
		{"/[^a-c]x", "/bx", false},
		{"/a[!b]c", "/a/c", false},
		{"/[]x]", "/]", true},
		{"/[a-]", "/-", true},
		{"/[\\]]", "/]", true},
		{"/a\\*", "/a*", true},
		{"/a\\*", "/ab", false},
		{"/a\\", "/a\\", true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		if (matches(GLOB_PATH, cases[i].pattern, cases[i].text) != cases[i].matches)
			fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].text);
	}
}

static void names_have_no_separator(void **state)
{
	(void)state;
	assert_true(matches(GLOB_NAME, "kworker*", "kworker/0:1"));
	assert_true(matches(GLOB_NAME, "a?b", "a/b"));
	assert_true(matches(GLOB_NAME, "*/*", "a/b"));
	assert_false(matches(GLOB_NAME, "python", "x/python"));
	assert_false(matches(GLOB_NAME, "python", "python3"));
}

/* Where both have the same rules, as the C library. */
static void random_patterns_are_matched_as_by_fnmatch(void **state)
{
	static const char alphabet[] = "ab/*?[]!-";
	uint64_t seed = 20;
	(void)state;
	for (int i = 0; i < 200000; i++) {
		char pattern[10] = "/", text[10] = "/";
		size_t pattern_size = 1 + random_below(&seed, 8),
		       text_size = random_below(&seed, 8);
		for (size_t at = 1; at < pattern_size; at++)
			pattern[at] = alphabet[random_below(&seed, sizeof(alphabet) - 1)];
		for (size_t at = 1; at < text_size; at++)
			text[at] = alphabet[random_below(&seed, 3)];
		/* What fnmatch(3) has not, or has otherwise. */
		if (strstr(pattern, "**") || strchr(pattern, '['))
			continue;
		bool expected = fnmatch(pattern, text, FNM_PATHNAME) == 0;
		if (matches(GLOB_PATH, pattern, text) != expected)
			fail_msg("\"%s\" and \"%s\"", pattern, text);
	}
}

static void random_bytes_are_no_harm(void **state)
{
	uint64_t seed = 21;
	(void)state;
	for (int i = 0; i < 100000; i++) {
		char pattern[24] = "", text[24] = "";
		struct glob *glob = NULL;
		for (size_t at = random_below(&seed, sizeof(text)); at-- > 0;) {
			pattern[at] = (char)(1 + random_below(&seed, 255));
			text[at] = (char)(1 + random_below(&seed, 255));
		}
		if (glob_new(i % 2 ? GLOB_PATH : GLOB_NAME, pattern, &glob) != 0)
			continue;
		glob_match(glob, text);
		glob_free(glob);
	}
}

static void wrong_patterns_are_refused(void **state)
{
	static char wide[5000];
	struct glob *glob = NULL;
	(void)state;
	assert_int_equal(glob_new(GLOB_PATH, "/a[b", &glob), -EINVAL);
	assert_int_equal(glob_new(GLOB_PATH, "[", &glob), -EINVAL);
	assert_int_equal(glob_new(GLOB_PATH, "[]", &glob), -EINVAL);
	memset(wide, 'a', sizeof(wide) - 1);
	assert_int_equal(glob_new(GLOB_PATH, wide, &glob), -E2BIG);
	assert_null(glob);
}

/* What would take a matcher that tries all ways longer than anybody lives. */
static void no_pattern_is_slow(void **state)
{
	static char pattern[1000], text[4096];
	(void)state;
	for (size_t at = 0; at + 5 < sizeof(pattern); at += 3)
		memcpy(pattern + at, "**a", 4);
	strcat(pattern, "b");
	memset(text, 'a', sizeof(text) - 1);
	assert_false(matches(GLOB_PATH, pattern, text));
	assert_false(matches(GLOB_NAME, pattern, text));
	text[sizeof(text) - 2] = 'b';
	assert_true(matches(GLOB_PATH, pattern, text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_matched),
		cmocka_unit_test(names_have_no_separator),
		cmocka_unit_test(random_patterns_are_matched_as_by_fnmatch),
		cmocka_unit_test(random_bytes_are_no_harm),
		cmocka_unit_test(wrong_patterns_are_refused),
		cmocka_unit_test(no_pattern_is_slow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
