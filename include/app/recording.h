/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --record: the recording is created before anything is started; a session passes its events to it;
 * and at the end it is written.
 *
 * Main thread only.
 */
#ifndef STOP_APP_RECORDING_H
#define STOP_APP_RECORDING_H

#include <stdbool.h>

struct interest;
struct options;
struct recorder;
struct session;

/* Bits of the details of --record-detail. */
enum record_detail {
	RECORD_STRINGS = 1, /* the memory that calls are about */
};

/*
 * Creates the recording of OPTIONS, which must outlive it; *OUT is NULL if there is none. Returns
 * 0, or the exit status after a message.
 */
int recording_open(const struct options *options, struct recorder **out);

/* Requests what the recording of OPTIONS is to have. */
void recording_request(const struct options *options, struct interest *interest);

/* Waits until RECORDER has written everything, unless its disk takes nothing. NULL is allowed. */
void recording_finish(struct session *session, struct recorder *recorder);

/*
 * Frees RECORDER; NULL is allowed. Returns 0, or the exit status after a message about what is
 * missing.
 */
int recording_close(const struct options *options, struct recorder *recorder);

/* Whether a thread that never returns from a write(2) still uses a recording: _exit(2) is to end
 * the program. */
bool recording_is_abandoned(void);

#endif
