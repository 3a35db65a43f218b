/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The flight recorder of --flight: the recorder keeps the last part of a recording in memory, and
 * this decides when it is written, under which name, and what is said about that. It is written on
 * request (a key, a signal), or because of calls that --when selects:
 *
 *     number of such calls ──▶ flight_is_due() ──▶ flight_write() ──▶ flight_run(): it is done
 *
 * A storm of such calls does not fill the disk: what comes after a recording is in the next one,
 * which is written when as much is kept again, or at the end; and there are no more than
 * --flight-count such recordings.
 *
 * Main thread only.
 */
#ifndef STOP_APP_FLIGHT_H
#define STOP_APP_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

struct event_session;
struct flight;
struct flight_facts;
struct options;
struct recorder;

/* Memory of the flight recorder unless --flight has a size; recordings of --when. */
#define FLIGHT_SIZE      ((uint64_t)128 << 20)
#define FLIGHT_COUNT     10
#define FLIGHT_COUNT_MAX 1000

/* The shortest time that is kept, and between recordings of --when. */
#define FLIGHT_TIME_MIN  NS_PER_S

/* When --when has the flight recorder written. */
struct flight_schedule {
	uint64_t keep_ns;    /* time that is kept */
	unsigned int left;   /* number of recordings that may still be written */
	uint64_t matches;    /* number of calls until the last one */
	uint64_t written_ns; /* when that was written; 0: there was none */
};

/*
 * Whether it is to be written at NOW_NS, after MATCHES such calls, if it has everything from
 * FROM_NS on.
 */
bool flight_schedule_is_due(const struct flight_schedule *schedule, uint64_t matches,
	uint64_t from_ns, uint64_t now_ns);

/* It is written at NOW_NS for that. */
void flight_schedule_written(struct flight_schedule *schedule, uint64_t matches, uint64_t now_ns);

/* Size of the longest text of these functions, including the final NUL. */
#define FLIGHT_TEXT_MAX 256

/* The flight recorder of OPTIONS, which is that of RECORDER; both must outlive it. */
struct flight *flight_new(const struct options *options, struct recorder *recorder);
void flight_free(struct flight *flight);

/* Whether the calls of --when, of which there were MATCHES, have it written now. */
bool flight_is_due(const struct flight *flight, uint64_t matches, uint64_t now_ns);

/* The same at the end, when there is nothing more to wait for. */
bool flight_is_pending(const struct flight *flight, uint64_t matches);

/* Why it is written. */
enum flight_cause { FLIGHT_REQUEST, FLIGHT_WHEN };

/*
 * Has it written: what FACTS are about, up to NOW_NS, when tracing may have ENDED. MATCHES: as for
 * flight_is_due(). Returns 0 or -errno, with a message in TEXT; -EBUSY: it is still being written.
 */
int flight_write(struct flight *flight, const struct event_session *facts, bool has_ended,
	enum flight_cause cause, uint64_t matches, uint64_t now_ns, char text[FLIGHT_TEXT_MAX]);

/* Whether something has been written, or could not be, since the last call: then there is a message
 * in TEXT. */
bool flight_run(struct flight *flight, char text[FLIGHT_TEXT_MAX]);

/* Whether something is being written; and whether something could not be. */
bool flight_is_writing(const struct flight *flight);
bool flight_has_failed(const struct flight *flight);

/* Stores in FACTS what it keeps as of NOW_NS. */
void flight_report(const struct flight *flight, uint64_t now_ns, struct flight_facts *facts);

#endif
