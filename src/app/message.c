/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line to the user; see app/message.h. */
#include "config.h"

#include "app/message.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/timed_write.h"

/* More than any message has. */
#define MESSAGE_MAX 2048

#define TIMEOUT_MS  200

void message(const char *format, ...)
{
	char text[MESSAGE_MAX] = "stop: ";
	size_t used = strlen(text), done;
	va_list arguments;
	va_start(arguments, format);
	/* Room for the end of line. */
	vsnprintf(text + used, sizeof(text) - used - 1, format, arguments);
	va_end(arguments);
	strcat(text, "\n");
	timed_write(STDERR_FILENO, text, strlen(text), TIMEOUT_MS, &done);
}
