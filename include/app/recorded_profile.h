/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What --diff compares, of a recording or a saved trace: it is played to its end, as with -c, and a
 * profile is made of the report. Main thread only.
 */
#ifndef STOP_APP_RECORDED_PROFILE_H
#define STOP_APP_RECORDED_PROFILE_H

#include "app/session.h"

struct profile;

/*
 * Plays the trace PATH, which replay_recognises(), with the settings of OPTIONS. Returns 0 with
 * *OUT, which is freed with profile_free(): where the trace cannot be read to its end, of what
 * there is before, with the reason in ERROR, which otherwise is empty. Or returns -EINTR if the
 * user asked to end; or another -errno with the reason in ERROR, in one line.
 */
int recorded_profile(const char *path, const struct options *options, struct profile **out,
	char error[SESSION_ERROR_MAX]);

#endif
