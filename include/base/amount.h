/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Amounts as users write them: "10ms", "1.5k". The reverse of base/units.h. Pure; any thread.
 */
#ifndef STOP_BASE_AMOUNT_H
#define STOP_BASE_AMOUNT_H

#include <stdbool.h>
#include <stdint.h>

/* Whether TEXT is a time with its unit: ns, us, µs, ms, s, m or h; or 0. Stores it in *NS. */
bool amount_time(const char *text, uint64_t *ns);

/* Whether TEXT is a number of bytes, or of 1024 (k, K), 1024 k (M), G or T. Stores it in *BYTES. */
bool amount_bytes(const char *text, uint64_t *bytes);

#endif
