/*
 * What the user sets up, and finds again the next time: a value. Reading and writing it is the
 * business of src/stoprc.c.
 */
#ifndef STOP_UI_SETTINGS_H
#define STOP_UI_SETTINGS_H

#include <stdint.h>

#include "ui/theme.h"

struct settings {
	uint64_t delay_ns; /* between two frames */
	enum theme theme;
	uint32_t hidden_calls;   /* bits of enum column_id: columns that are not shown */
	uint32_t hidden_threads; /* bits of enum thread_column */
};

#endif
