/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --ship: sums of calls to a database (out/ship_sums.h, out/shipper.h), in every mode, and also of
 * a recording. What fails is said when it begins to fail, when it goes on, and at the end.
 *
 * For the main thread.
 */
#ifndef STOP_APP_SHIPPING_H
#define STOP_APP_SHIPPING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/time.h"

/* The default of --ship-interval, and its limit. */
#define SHIP_INTERVAL_NS     (10 * NS_PER_S)
#define SHIP_INTERVAL_MIN_NS (100 * NS_PER_MS)

struct options;
struct session;
struct shipping;

/*
 * Starts to ship if OPTIONS, which must outlive it, ask for that. Returns 0 with *OUT, NULL if they
 * do not, or the exit status after a message.
 */
int shipping_open(const struct options *options, struct shipping **out);

/* Ships the events of SESSION from now on, CLOCK_NS behind the clock. NULL is allowed in all. */
void shipping_attach(struct shipping *shipping, struct session *session, uint64_t clock_ns);

/* Ships what is complete; CLOCK_NS as above. Call this often. */
void shipping_run(struct shipping *shipping, struct session *session, uint64_t clock_ns);

/* After session_leave(): hands over the last interval of SESSION. */
void shipping_finish(struct shipping *shipping, struct session *session);

/* Sends what is left, within less than a second, says what was not, and frees SHIPPING. */
void shipping_close(struct shipping *shipping);

/* We are dead, and the tracer's process goes on: nothing more is shipped. */
void shipping_abandon(struct shipping *shipping);

/* Whether a thread was left running, so that the process must end with _exit(2). */
bool shipping_is_abandoned(void);

#endif
