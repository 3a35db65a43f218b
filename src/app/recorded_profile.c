/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Profiles of recordings; see app/recorded_profile.h. */
#include "config.h"

#include "app/recorded_profile.h"

#include <errno.h>
#include <stdio.h>

#include "app/baseline.h"
#include "app/options.h"
#include "engine/replay/replay.h"

/* Plays SESSION to its end. Returns 0 with *OUT, or -EINTR. */
static int play(struct session *session, struct profile **out, char error[SESSION_ERROR_MAX])
{
	session_play(session, false, UINT64_MAX);
	while (!session_has_ended(session) && !session_has_to_end(session))
		session_wait(session, UINT64_MAX, -1, 0);
	if (!session_has_ended(session))
		return -EINTR;
	session_leave(session);
	session_tick(session);
	const char *failure = session_failure(session);
	if (failure)
		snprintf(error, SESSION_ERROR_MAX, "%s", failure);
	*out = baseline_profile(session);
	return 0;
}

int recorded_profile(const char *path, const struct options *options, struct profile **out,
	char error[SESSION_ERROR_MAX])
{
	struct options played = *options;
	struct session_config config = {
		.ring_size = options->ring_size,
		.options = &played,
		.files = true,
		.refresh_ns = UINT64_MAX,
		.output_fd = -1,
	};
	struct session *session = NULL;
	error[0] = '\0';
	int result = replay_open(&path, 1, &config.replay, error);
	if (result < 0)
		return result;
	played.mode = OPTIONS_SUMMARY;
	if (session_new(&config, &session, error)) {
		result = -EIO;
	} else {
		result = play(session, out, error);
		session_leave(session);
		session_free(session);
	}
	replay_close(config.replay);
	return result;
}
