/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The user's saved settings: a value. src/app/config.c reads and writes them.
 */
#ifndef STOP_UI_SETTINGS_H
#define STOP_UI_SETTINGS_H

#include <stdint.h>

#include "ui/theme.h"

struct settings {
	uint64_t delay_ns; /* between two frames */
	enum theme theme;
	uint32_t hidden_calls;   /* bits of enum column_id: hidden columns */
	uint32_t hidden_threads; /* bits of enum thread_column */
};

#endif
