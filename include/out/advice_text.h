/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Advice (model/advice.h) in words: what was seen, and what people do about it. Pure. */
#ifndef STOP_OUT_ADVICE_TEXT_H
#define STOP_OUT_ADVICE_TEXT_H

#include "model/advice.h"

/* Size of the longest text, with the final NUL. */
#define ADVICE_TEXT_MAX 768

/* What was seen: "1234 app: 5,000 writes of 12 bytes on average, to /tmp/x", escaped. Returns BUF.
 */
char *advice_seen(const struct advice *advice, char buf[ADVICE_TEXT_MAX]);

/* What people do about KIND, one sentence or two; static. */
const char *advice_remedy(enum advice_kind kind);

#endif
