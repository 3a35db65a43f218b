/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be typed next in a filter. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <string.h>

#include "event/filter_complete.h"
#include "support/random.h"

static void candidates_fit_what_was_typed(void **state)
{
	/* "|" is the cursor. */
	static const struct {
		const char *text;
		const char *first;  /* candidate; NULL: there is none */
		size_t count;       /* 0: several */
		const char *common; /* what all candidates have in common, if there are any */
	} cases[] = {
		{"pat|", "path:", 1, "path:"},
		{"p|", "path:", 0, "p"},
		{"|", "not", 0, ""},
		{"read |", "and", 2, ""},
		{"read a|", "and", 1, "and"},
		{"read and |", "not", 0, ""},
		{"read and pe|", "peer:", 0, "pe"},
		{"read and pee|", "peer:", 1, "peer:"},
		{"(er|", "errno:", 1, "errno:"},
		{"!er|", "errno:", 1, "errno:"},
		{"errno:ENOE|", "ENOENT", 0, "ENOE"},
		{"errno:ENOEN|", "ENOENT", 1, "ENOENT"},
		{"errno:enoen|", "ENOENT", 1, "ENOENT"},
		{"errno:EPERM,ENOEN|", "ENOENT", 1, "ENOENT"},
		{"result:f|", "failed", 1, "failed"},
		{"result:|", "ok", 3, ""},
		{"path:/e|", NULL, 0, ""},
		{"time>1|", NULL, 0, ""},
		{"nanosl|", "nanosleep", 1, "nanosleep"},
		{"read,nanosl|", "nanosleep", 1, "nanosleep"},
		{"?nanosl|", "nanosleep", 1, "nanosleep"},
		{"%net|", "network", 1, "network"},
		{"%fstat|", "fstat", 0, "fstat"},
		{"read,%net|", "network", 1, "network"},
		{"pat|h:/x", "path:", 1, "path:"},
		{"xyzzy|", NULL, 0, ""},
		{"foo:x|", NULL, 0, ""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[64];
		struct filter_completion completion;
		size_t cursor = strcspn(cases[i].text, "|");
		snprintf(text, sizeof(text), "%.*s%s", (int)cursor, cases[i].text,
			cases[i].text + cursor + 1);
		filter_complete(text, cursor, &completion);
		if (!cases[i].first) {
			if (completion.count)
				fail_msg("%s: %s", cases[i].text, completion.candidate[0]);
			continue;
		}
		if (!completion.count || strcmp(completion.candidate[0], cases[i].first) != 0)
			fail_msg("%s: %s", cases[i].text,
				completion.count ? completion.candidate[0] : "none");
		if (cases[i].count ? completion.count != cases[i].count : completion.count < 2)
			fail_msg("%s: %zu candidates", cases[i].text, completion.count);
		assert_int_equal(completion.common, strlen(cases[i].common));
		assert_int_equal(completion.at + completion.size, cursor);
	}
}

static void random_texts_are_no_harm(void **state)
{
	static const char alphabet[] = "ader %:!(),?<>=\"\\pth";
	uint64_t seed = 24;
	(void)state;
	for (int i = 0; i < 2000; i++) {
		char text[16] = "";
		struct filter_completion completion;
		for (size_t at = random_below(&seed, sizeof(text)); at-- > 0;)
			text[at] = alphabet[random_below(&seed, sizeof(alphabet) - 1)];
		for (size_t cursor = 0; cursor <= strlen(text); cursor++) {
			filter_complete(text, cursor, &completion);
			assert_true(completion.at + completion.size == cursor);
			assert_true(!completion.count || completion.common >= completion.size);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(candidates_fit_what_was_typed),
		cmocka_unit_test(random_texts_are_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
