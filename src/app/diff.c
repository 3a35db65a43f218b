/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --diff; see app/diff.h. */
#include "config.h"

#include "app/diff.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "app/message.h"
#include "app/options.h"
#include "app/recorded_profile.h"
#include "base/alloc.h"
#include "base/text.h"
#include "engine/replay/replay.h"
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

/* Reads the profile of PATH: of a report, or of a trace. Returns whether that worked, otherwise
 * after a message. */
static bool read_profile(const char *path, const struct options *options, struct profile **profile)
{
	char shown[128], error[SESSION_ERROR_MAX] = "";
	bool is_trace = replay_recognises(path);
	int result = is_trace ? recorded_profile(path, options, profile, error)
	                      : profile_read(path, profile, error);
	text_escape(path, strlen(path), shown, sizeof(shown));
	if (result == -EINTR)
		return false;
	if (result < 0)
		message("cannot read %s: %s", shown, error);
	else if (is_trace && error[0])
		message("%s: %s; what comes before is compared", shown, error);
	return result == 0;
}

/* Reads the COUNT files of SIDE. Returns whether that worked, otherwise after a message. */
static bool read_side(struct sides *sides, const struct options *options, enum comparison_side side)
{
	struct comparison_input *input = &sides->input[side];
	for (size_t i = 0; i < options->diff_count[side]; i++) {
		if (!read_profile(options->diff[side][i], options, &sides->profile[side][i]))
			return false;
		input->profile[input->count++] = sides->profile[side][i];
	}
	return true;
}

static int write_page(const char *path, const struct comparison *comparison)
{
	FILE *stream = NULL;
	int result = file_open(path, &stream);
	if (result < 0)
		return result;
	page_write_comparison(stream, comparison);
	return file_close(stream);
}

static int write_comparison(const struct options *options, const struct comparison *comparison)
{
	FILE *stream = NULL;
	int result = file_open(options->output ? options->output : "-", &stream);
	if (result == 0 && options->format == &exporters[EXPORTER_JSON])
		result = comparison_write_json(stream, comparison);
	else if (result == 0)
		comparison_write(stream, comparison,
			&(struct comparison_how){
				.all = options->verbose, .ascii = terminal_is_ascii()});
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
	if (read_side(sides, options, COMPARISON_A) && read_side(sides, options, COMPARISON_B)) {
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
