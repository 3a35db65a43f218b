/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recordings of a session: that of --record is created before anything is started; others begin and
 * end on request, with the present as it is known (model_send_present()). At the end, what is open
 * is written. With --flight, there is a flight recorder instead (app/flight.h).
 *
 * Main thread only.
 */
#ifndef STOP_APP_RECORDING_H
#define STOP_APP_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

struct interest;
struct options;
struct recording;
struct report_facts;
struct session;

/* Bits of the details of --record-detail. */
enum record_detail {
	RECORD_STRINGS = 1, /* the memory that calls are about */
	RECORD_STACKS = 2,  /* the stacks of all calls */
};

/*
 * Makes *OUT for OPTIONS, which must outlive it, and creates the recording of --record, if there is
 * one. Returns 0, or the exit status after a message. Closed with recording_close().
 */
int recording_open(const struct options *options, struct recording **out);

/* Begins to take the events of SESSION, if a recording was created, and requests what it is to
 * have. NULL is allowed. */
void recording_attach(struct recording *recording, struct session *session);

/* Has what was recorded of SESSION so far written, and says if that is no longer possible. */
void recording_run(struct recording *recording, struct session *session, uint64_t now_ns);

/* Size of the longest message of recording_toggle(), including the final NUL. */
#define RECORDING_TEXT_MAX 256

/*
 * Begins a recording of SESSION, or ends the one that there is, or has the flight recorder written,
 * and writes a message about it to TEXT. Returns 0 or -errno.
 */
int recording_toggle(
	struct recording *recording, struct session *session, char text[RECORDING_TEXT_MAX]);

/* Has the flight recorder of SESSION written, and says so; or that there is none. */
void recording_write(struct recording *recording, struct session *session);

/*
 * While there is a screen, messages about the flight recorder are kept: stores the last one in
 * TEXT, once. Returns whether there was one. Otherwise they go to standard error at once.
 */
bool recording_news(struct recording *recording, char text[RECORDING_TEXT_MAX]);

/* Stores in FACTS whether there is a recording, and how much of it is written. */
void recording_report(const struct recording *recording, struct report_facts *facts);

/* After our death, in another process: takes no more events, and leaves the rest alone. */
void recording_abandon(struct recording *recording);

/* Waits until everything is written, unless the disk takes nothing. NULL is allowed. */
void recording_finish(struct session *session, struct recording *recording);

/*
 * Frees RECORDING; NULL is allowed. Returns 0, or the exit status after a message about what is
 * missing.
 */
int recording_close(struct recording *recording);

/* Whether a thread that never returns from a write(2) still uses a recording: _exit(2) is to end
 * the program. */
bool recording_is_abandoned(void);

#endif
