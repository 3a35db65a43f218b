/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first frame, which stays for long with a long interval: it shows the attached threads. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "support/desk.h"

static void the_first_frame_shows_the_threads(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){.options = "-d 3600"});
	desk_await_text(&desk, "clock_nanosleep");
	desk_close(&desk);
}

static char directory[] = "/tmp/stop-config-XXXXXX";

/* Makes a configuration that is a FIFO which nobody writes to. */
static void make_fifo(void)
{
	char path[64];
	setenv("XDG_CONFIG_HOME", directory, 1);
	snprintf(path, sizeof(path), "%s/stop", directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/stop/stoprc", directory);
	mkfifo(path, 0600);
}

static void a_configuration_that_cannot_be_read_is_reported(void **state)
{
	struct desk desk;
	char command[64];
	(void)state;
	assert_non_null(mkdtemp(directory));
	desk_open(&desk, &(struct desk_how){.prepare = make_fifo});
	desk_await_text(&desk, "stoprc is not read: it is no regular file");
	pty_type(&desk.pty, "q");
	desk_await_end(&desk);
	desk_close(&desk);
	snprintf(command, sizeof(command), "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_frame_shows_the_threads),
		cmocka_unit_test(a_configuration_that_cannot_be_read_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
