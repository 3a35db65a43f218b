/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A target that makes progress forever; see steady.h. */
#include "config.h"

#include "support/unit.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/starve.h"
#include "support/steady.h"

#define PARTS_MAX 16

/* Reads the counter of each thread. Returns their number. */
static size_t ask(struct program *target, unsigned long long progress[PARTS_MAX])
{
	size_t parts = 0;
	program_go(target);
	const char *line = program_line(target);
	assert_true(strncmp(line, "progress", 8) == 0);
	for (char *at = strchr(line, ' '); at && parts < PARTS_MAX; at = strchr(at, ' '))
		progress[parts++] = strtoull(at, &at, 10);
	return parts;
}

void steady_goes_on(struct program *target)
{
	unsigned long long before[PARTS_MAX], now[PARTS_MAX];
	size_t parts = ask(target, before), late;
	time_t until = time(NULL) + patience_s();
	do {
		late = 0;
		ask(target, now);
		for (size_t i = 0; i < parts; i++)
			late += now[i] <= before[i];
		if (time(NULL) > until)
			fail_msg("%zu threads of the target stand still", late);
	} while (late);
}

struct program *steady_start(void)
{
	struct program *target = program_start("steady.tracee");
	program_expect(target, "ready");
	program_go(target);
	program_line(target);
	return target;
}
