/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first frame, which stays for long with a long interval: it shows the attached threads. */
#include "config.h"

#include "support/unit.h"

#include "support/desk.h"

static void the_first_frame_shows_the_threads(void **state)
{
	struct desk desk;
	(void)state;
	desk_open(&desk, &(struct desk_how){.options = "-d 3600"});
	desk_await_text(&desk, "threads 1 ");
	desk_close(&desk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_frame_shows_the_threads),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
