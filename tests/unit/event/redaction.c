/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is masked, and what is kept, of words, command lines and details. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "event/redaction.h"
#include "support/details.h"

static void words_are_masked_by_their_names(void **state)
{
	static const struct {
		const char *word, *masked; /* NULL: it stays */
	} cases[] = {
		{"PASSWORD=hunter2", "PASSWORD=***"},
		{"MYSQL_PASSWORD=x", "MYSQL_PASSWORD=*"},
		{"aws_secret_access_key=AKIA", "aws_secret_access_key=***"},
		{"--api-token=abcdef", "--api-token=***"},
		{"GITHUB_TOKEN=", NULL},
		{"PATH=/usr/bin", NULL},
		{"--verbose", NULL},
		{"name=PASSWORD", NULL},
		{"http://user:geheim@host/x?y", "http://user:***@host/x?y"},
		{"DATABASE_URL=postgres://me:abcd@db:5432/x",
			"DATABASE_URL=postgres://me:***@db:5432/x"},
		{"http://u:p@ss@host/", "http://u:***@host/"},
		{"http://user@host/a:b@c", NULL},
		{"http://host:80/", NULL},
		{"HOME=/root", NULL},
		{"PIN_CODE=1234", "PIN_CODE=***"},
		{"exec mysql --password hunter2 db", "exec mysql --password *** db"},
		{"curl http://me:geheim@host/ x", "curl http://me:***@host/ x"},
		{"X_TOKEN=a b c", "X_TOKEN=***"},
		{"cat a b", NULL},
		{"", NULL},
	};
	struct redaction *redaction = redaction_new("pin-code,,other", false);
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		bool follows = false;
		char *word = strdup(cases[i].word);
		size_t size = strlen(word);
		bool masked = redaction_mask_word(redaction, word, size, &follows);
		const char *expected = cases[i].masked ? cases[i].masked : cases[i].word;
		assert_string_equal(word, expected);
		assert_int_equal(masked, cases[i].masked != NULL);
		assert_false(follows);
		for (size_t at = strlen(expected); at < size; at++)
			assert_int_equal(word[at], 0);
		free(word);
	}
	redaction_free(redaction);
}

static void the_word_after_an_option_is_masked(void **state)
{
	static const char words[] = "mysql\0--password\0hunter2\0--token\0--quiet\0db\0-k\0v";
	static const char masked[] = "mysql\0--password\0***\0\0\0\0\0--token\0--quiet\0db\0-k\0v";
	struct redaction *redaction = redaction_new(NULL, false);
	char text[sizeof(words)];
	(void)state;
	memcpy(text, words, sizeof(words));
	assert_true(redaction_mask_words(redaction, text, sizeof(text)));
	assert_memory_equal(text, masked, sizeof(masked));
	char line[] = "mysql --password hunter2 -u me PGPASSWORD=geheim http://a:bcdef@c/ x";
	redaction_mask_line(redaction, line);
	assert_string_equal(line, "mysql --password *** -u me PGPASSWORD=*** http://a:***@c/ x");
	redaction_free(redaction);
}

/* Whether TEXT is in what is there of DETAIL. */
static bool has(const struct event *event, const char *text)
{
	const struct event_detail *detail = (const struct event_detail *)event;
	return memmem(detail->blocks, detail->size, text, strlen(text)) != NULL;
}

static void an_execve_keeps_its_words_but_secrets(void **state)
{
	union made_detail made;
	const uint64_t pointers[] = {0x2000, 0x2100, 0x2200, 0}, env[] = {0x3000, 0x3100, 0};
	struct redaction *redaction = redaction_new(NULL, false);
	(void)state;
	detail_begin(&made, 10, 10, SYS_execve, 1, 2, (const uint64_t[6]){0x1000, 0x1800, 0x1900});
	detail_text(&made, 0x1000, "/usr/bin/mysql");
	detail_memory(&made, DETAIL_ENTRY, 0x1800, pointers, sizeof(pointers));
	detail_text(&made, 0x2000, "mysql");
	detail_text(&made, 0x2100, "--password");
	detail_text(&made, 0x2200, "hunter2");
	detail_memory(&made, DETAIL_ENTRY, 0x1900, env, sizeof(env));
	detail_text(&made, 0x3000, "HOME=/root");
	detail_memory(&made, DETAIL_ENTRY, 0x3100, "API_KEY=0123456789", 18); /* cut */
	const struct event *event = redaction_apply(redaction, &made.detail.event);
	assert_ptr_not_equal(event, &made.detail.event);
	assert_true(has(&made.detail.event, "hunter2"));
	assert_true(has(event, "/usr/bin/mysql"));
	assert_true(has(event, "--password"));
	assert_true(has(event, "HOME=/root"));
	assert_true(has(event, "API_KEY=***"));
	assert_false(has(event, "hunter2"));
	assert_false(has(event, "0123"));
	assert_memory_equal(
		((const struct event_detail *)event)->blocks + 32 + 16, pointers, sizeof(pointers));
	redaction_free(redaction);
}

static void buffers_are_dropped_and_paths_are_kept(void **state)
{
	union made_detail made;
	struct redaction *strict = redaction_new(NULL, false), *lax = redaction_new(NULL, true);
	(void)state;
	detail_begin(&made, 10, 10, SYS_write, 1, 2, (const uint64_t[6]){1, 0x1000, 7});
	made.detail.result = 7;
	detail_memory(&made, DETAIL_ENTRY, 0x1000, "geheim\n", 7);
	const struct event *event = redaction_apply(strict, &made.detail.event);
	assert_false(has(event, "geheim"));
	assert_true(((const struct event_detail *)event)->is_masked);
	event = redaction_apply(lax, &made.detail.event);
	assert_true(has(event, "geheim"));
	assert_false(((const struct event_detail *)event)->is_masked);
	detail_begin(&made, 10, 10, SYS_read, 1, 2, (const uint64_t[6]){1, 0x1000, 7});
	made.detail.result = 7;
	detail_memory(&made, DETAIL_EXIT, 0x1000, "geheim\n", 7);
	assert_false(has(redaction_apply(strict, &made.detail.event), "geheim"));
	detail_begin(&made, 10, 10, SYS_openat, 1, 2, (const uint64_t[6]){-100, 0x1000, 0});
	detail_text(&made, 0x1000, "/etc/hostname");
	made.detail.result = 3;
	event = redaction_apply(strict, &made.detail.event);
	assert_true(has(event, "/etc/hostname"));
	assert_false(((const struct event_detail *)event)->is_masked);
	assert_int_equal(((const struct event_detail *)event)->result, 3);
	redaction_free(strict);
	redaction_free(lax);
}

static void the_command_of_a_session_is_masked(void **state)
{
	static const char texts[] = "mysql\0mysql --password hunter2 db\0\0/a\0ptrace\0why";
	static const char masked[] = "mysql\0mysql --password *** db\0\0/a\0ptrace\0why";
	union {
		struct event_session session;
		char room[sizeof(struct event_session) + sizeof(texts)];
	} made = {.session = {.event = {.type = EVENT_SESSION}, .size = sizeof(texts)}};
	struct redaction *redaction = redaction_new(NULL, false);
	(void)state;
	memcpy(made.session.texts, texts, sizeof(texts));
	made.session.exit_code = 7;
	const struct event_session *session = (const struct event_session *)redaction_apply(
		redaction, &made.session.event);
	assert_int_equal(session->size, sizeof(masked));
	assert_memory_equal(session->texts, masked, sizeof(masked));
	assert_int_equal(session->exit_code, 7);
	assert_memory_equal(made.session.texts, texts, sizeof(texts));
	redaction_free(redaction);
}

/* The sink passes everything on, in order. */
struct counter {
	struct event_sink sink;
	size_t count;
	uint32_t type;
};

static void count_event(struct event_sink *sink, const struct event *event)
{
	struct counter *counter = (struct counter *)sink;
	counter->count++;
	counter->type = event->type;
}

static void the_sink_passes_everything_on(void **state)
{
	struct counter counter = {.sink = {count_event}};
	struct redaction *redaction = redaction_new(NULL, false);
	struct event_sink *sink = redaction_sink(redaction, &counter.sink);
	const struct event_exit end = {.event = {.type = EVENT_EXIT, .tid = 1}};
	union {
		struct event_command_line line;
		char room[sizeof(struct event_command_line) + 64];
	} made = {.line = {.event = {.type = EVENT_COMMAND_LINE}, .size = 13}};
	(void)state;
	memcpy(made.line.words, "x\0TOKEN=12345", 13);
	event_send(sink, &end.event);
	event_send(sink, &made.line.event);
	assert_int_equal(counter.count, 2);
	assert_int_equal(counter.type, EVENT_COMMAND_LINE);
	const struct event_command_line *line = (const struct event_command_line *)redaction_apply(
		redaction, &made.line.event);
	assert_memory_equal(line->words, "x\0TOKEN=***\0\0", 13);
	redaction_free(redaction);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_masked_by_their_names),
		cmocka_unit_test(the_word_after_an_option_is_masked),
		cmocka_unit_test(an_execve_keeps_its_words_but_secrets),
		cmocka_unit_test(buffers_are_dropped_and_paths_are_kept),
		cmocka_unit_test(the_command_of_a_session_is_masked),
		cmocka_unit_test(the_sink_passes_everything_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
