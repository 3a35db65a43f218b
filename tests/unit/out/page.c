/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages: sections that only some reports have. The whole is tested in a browser: system/page.sh. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>

#include "out/page.h"
#include "support/fixture.h"

/* Stores the page of REPORT in *TEXT, free()d by the caller. */
static void write_page(const struct report *report, char **text)
{
	size_t size;
	FILE *stream = open_memstream(text, &size);
	page_write(stream, report);
	assert_int_equal(fclose(stream), 0);
}

/* The part of PAGE that belongs to the section ID, up to its end; NULL: it has none. */
static char *section(char *page, const char *id)
{
	char mark[64];
	snprintf(mark, sizeof(mark), "<h2 id=\"%s\">", id);
	char *begin = strstr(page, mark);
	if (begin)
		*strstr(begin, "</section>") = '\0';
	return begin;
}

static void a_deadlock_has_a_section(void **state)
{
	char reason[] = "mutex held by 1235 (<b>)";
	struct fixture fixture;
	char *page;
	(void)state;
	fixture_make(&fixture);
	write_page(&fixture.report, &page);
	assert_null(section(page, "deadlocks"));
	free(page);
	fixture.threads[0].deadlocked = true;
	fixture.threads[0].waits_for = reason;
	write_page(&fixture.report, &page);
	const char *found = section(page, "deadlocks");
	assert_non_null(found);
	assert_non_null(strstr(found, "mutex held by 1235 (&lt;b&gt;)"));
	const char *rows = strstr(found, "<tbody>");
	assert_non_null(rows);
	/* Only those that are in it. */
	const char *row = strstr(rows, "<tr>");
	assert_non_null(row);
	assert_null(strstr(row + 1, "<tr>"));
	free(page);
}

/* How often PART is in TEXT. */
static int count_of(const char *text, const char *part)
{
	int count = 0;
	while ((text = strstr(text, part)) != NULL) {
		count++;
		text += strlen(part);
	}
	return count;
}

static void only_a_live_page_may_fetch(void **state)
{
	struct fixture fixture;
	char *page, *live = NULL;
	size_t size;
	(void)state;
	fixture_make(&fixture);
	write_page(&fixture.report, &page);
	FILE *stream = open_memstream(&live, &size);
	page_write_live(stream, &fixture.report);
	assert_int_equal(fclose(stream), 0);
	assert_null(strstr(page, "connect-src"));
	assert_int_equal(count_of(page, "<script>"), 1);
	assert_int_equal(count_of(page, "'sha256-"), 2);
	assert_non_null(strstr(live, "; connect-src 'self';"));
	assert_int_equal(count_of(live, "<script>"), 2);
	assert_int_equal(count_of(live, "'sha256-"), 3);
	free(page);
	free(live);
}

/* What a live page is brought up to date with is what a new one has. */
static void the_parts_are_those_of_the_page(void **state)
{
	struct fixture fixture;
	char *page, *parts = NULL;
	size_t size;
	(void)state;
	fixture_make(&fixture);
	write_page(&fixture.report, &page);
	FILE *stream = open_memstream(&parts, &size);
	page_write_parts(stream, &fixture.report);
	assert_int_equal(fclose(stream), 0);
	assert_ptr_equal(strstr(parts, "<header>"), parts);
	assert_non_null(strstr(parts, "</main>"));
	assert_non_null(strstr(page, parts));
	free(page);
	free(parts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deadlock_has_a_section),
		cmocka_unit_test(only_a_live_page_may_fetch),
		cmocka_unit_test(the_parts_are_those_of_the_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
