/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What characters do on a terminal, as far as it makes text unsafe to display. Pure; any thread. */
#ifndef STOP_BASE_CHARACTERS_H
#define STOP_BASE_CHARACTERS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether character CODE acts on the terminal or its neighbours instead of being displayed, cannot
 * be seen, or is written from right to left, so that it moves what stands around it.
 */
bool character_is_unsafe(uint32_t code);

/* Whether CODE is a mark, which is drawn over the character before it. */
bool character_is_mark(uint32_t code);

#endif
