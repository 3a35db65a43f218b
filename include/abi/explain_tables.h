/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables that src/abi/explain.awk generates, for src/abi/explain.c; see abi/explain.h. */
#ifndef STOP_ABI_EXPLAIN_TABLES_H
#define STOP_ABI_EXPLAIN_TABLES_H

#include "abi/explain.h"

/* By name. */
extern const struct explanation explanations[];
extern const size_t explanation_count;

/* By name. */
extern const struct errno_explanation errno_explanations[];
extern const size_t errno_explanation_count;

#endif
