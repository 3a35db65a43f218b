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

/*
 * The same for a server: a second script puts into the page what it sends as events, at the path
 * "events" beside the page, with the same query: of the type "parts", what page_write_parts()
 * writes, and of the type "end" the last of them. What the reader has sorted, filtered, selected
 * and scrolled stays, and the reader can pause it. The page may fetch from its server alone.
 */
void page_write_live(FILE *stream, const struct report *report);
void page_write_parts(FILE *stream, const struct report *report);

/* Writes COMPARISON, in the words of out/comparison_text.h. Errors are those of STREAM. */
void page_write_comparison(FILE *stream, const struct comparison *comparison);

/* Its style and scripts; static, for src/out/page*.c. */
extern const char page_style[], page_script[], page_live_script[];

#endif
