/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --diff; see app/diff.h. */
#include "config.h"

#include "app/diff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "app/message.h"
#include "app/options.h"
#include "base/alloc.h"
#include "base/text.h"
#include "out/comparison.h"
#include "out/comparison_text.h"
#include "out/file.h"
#include "out/page.h"
#include "out/profile.h"
#include "ui/terminal.h"

/* The profiles of both sides, owned. */
struct sides {
	struct profile *profile[COMPARISON_SIDES][COMPARISON_RUNS];
	struct comparison_input input[COMPARISON_SIDES];
};

/* Reads the COUNT files of SIDE. Returns whether that worked, otherwise after a message. */
static bool read_side(struct sides *sides, enum comparison_side side, char **path, size_t count)
{
	struct comparison_input *input = &sides->input[side];
	char error[PROFILE_ERROR_MAX], shown[128];
	for (size_t i = 0; i < count; i++) {
		if (profile_read(path[i], &sides->profile[side][i], error) < 0) {
			message("cannot read %s: %s",
				text_escape(path[i], strlen(path[i]), shown, sizeof(shown)), error);
			return false;
		}
		input->profile[input->count++] = sides->profile[side][i];
	}
	return true;
}

static int write_page(const char *path, const struct comparison *comparison)
{
	FILE *stream = NULL;
	int result = file_open(path, &stream);
	if (result == 0)
		result = page_write_comparison(stream, comparison);
	int closed = file_close(stream);
	return result == 0 ? closed : result;
}

static int write_comparison(const struct options *options, const struct comparison *comparison)
{
	FILE *stream = NULL;
	int result = file_open(options->output ? options->output : "-", &stream);
	if (result == 0 && options->format == &exporters[EXPORTER_JSON])
		result = comparison_write_json(stream, comparison);
	else if (result == 0)
		comparison_write(stream, comparison, options->verbose, terminal_is_ascii());
	int closed = file_close(stream);
	if (result == 0)
		result = closed;
	if (result == 0 && options->page)
		result = write_page(options->page, comparison);
	if (result < 0)
		message("cannot write the comparison: %s", strerrordesc_np(-result));
	return result < 0;
}

int diff_run(const struct options *options)
{
	struct sides *sides = xcalloc(1, sizeof(*sides));
	int status = 1;
	if (read_side(sides, COMPARISON_A, options->diff[0], options->diff_count[0]) &&
		read_side(sides, COMPARISON_B, options->diff[1], options->diff_count[1])) {
		struct comparison *comparison = comparison_new(&sides->input[COMPARISON_A],
			&sides->input[COMPARISON_B],
			options->weigh_calls ? PROFILE_COUNT : PROFILE_TIME);
		status = write_comparison(options, comparison);
		comparison_free(comparison);
	}
	for (size_t side = 0; side < COMPARISON_SIDES; side++) {
		for (size_t i = 0; i < COMPARISON_RUNS; i++)
			profile_free(sides->profile[side][i]);
	}
	free(sides);
	return status;
}
