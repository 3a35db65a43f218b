/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report, or a comparison, as one HTML file: to be opened anywhere, without a network.
 *
 * It is readable without scripts; with them, tables can be sorted and filtered. A content security
 * policy in it allows its own script and style by their hashes and nothing else; all text of
 * targets is escaped. It has at most PAGE_SIZE_MAX bytes, and says how many rows were left out.
 * Pure.
 */
#ifndef STOP_OUT_PAGE_H
#define STOP_OUT_PAGE_H

#include <stdio.h>

#include "out/report.h"

#define PAGE_SIZE_MAX (2 << 20)

struct comparison;

/* Writes REPORT to STREAM. Errors are those of STREAM. */
void page_write(FILE *stream, const struct report *report);

/* Writes COMPARISON, whose texts are those of out/comparison_text.h. Returns 0 or -errno. */
int page_write_comparison(FILE *stream, const struct comparison *comparison);

/* Its style and script; static, for out/page.c. */
extern const char page_style[], page_script[];

#endif
