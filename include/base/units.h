/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Human-readable numbers: three significant digits and a suitable unit, of steady width. Pure; any
 * thread. No function writes more than UNITS_MAX bytes, including the final NUL.
 */
#ifndef STOP_BASE_UNITS_H
#define STOP_BASE_UNITS_H

#include <stdint.h>

#define UNITS_MAX 28

/* A time: "417ns", "1.23µs", "45.6ms", "3.21s", "2m03s", "1h02m", "3d04h". Returns BUF. */
char *units_time(uint64_t ns, char buf[UNITS_MAX]);

/* A count or a rate: "0", "999", "1.23k", "45.6M", "7.89G"; below 10 with a fraction: "0.25";
 * "-" for NAN, which is unknown. */
char *units_number(double number, char buf[UNITS_MAX]);

/* A count: in full up to seven digits, beyond that like units_number(). */
char *units_count(uint64_t count, char buf[UNITS_MAX]);

/* A count in full: "1,204". */
char *units_grouped(uint64_t count, char buf[UNITS_MAX]);

/* A share from 0 to 1 as a percentage without the % sign: "0", "0.03", "1.2", "45.6", "100". */
char *units_percent(double share, char buf[UNITS_MAX]);

#endif
