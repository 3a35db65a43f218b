/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When to try again what has failed: each pause is twice the one before, so that a server that
 * cannot do more is left alone, and differs by chance, so that many hosts do not come together.
 * Pure.
 */
#ifndef STOP_OUT_BACKOFF_H
#define STOP_OUT_BACKOFF_H

#include <stdint.h>

#include "base/time.h"

/* The first pause, and the longest; and the longest that a server may ask for. */
#define BACKOFF_FIRST_NS (500 * NS_PER_MS)
#define BACKOFF_MAX_NS   (30 * NS_PER_S)
#define BACKOFF_ASKED_NS (300 * NS_PER_S)

/*
 * The pause after failure number FAILURES in succession, from 1: three to five quarters of the
 * exponential one, by RANDOM, any number; and at least ASKED_S seconds, for which the server asks.
 */
uint64_t backoff_pause_ns(unsigned int failures, uint64_t asked_s, uint32_t random);

#endif
