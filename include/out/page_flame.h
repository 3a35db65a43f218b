/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A flame graph of a report's stacks, as SVG without a script. Pure. */
#ifndef STOP_OUT_PAGE_FLAME_H
#define STOP_OUT_PAGE_FLAME_H

#include <stddef.h>
#include <stdio.h>

#include "out/report.h"

/* Writes it, in about LIMIT bytes, and how much of the time is in parts that are not drawn: the
 * narrowest and the deepest, and what is beyond LIMIT. Returns its size. */
size_t page_flame_write(FILE *stream, const struct report *report, size_t limit);

#endif
