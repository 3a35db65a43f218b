/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * titled TITLE: writes TITLE over its command line, as setproctitle(3) does, prints it, and waits.
 */
#include "tracee.h"

int main(int argc, char **argv)
{
	if (argc != 2)
		return 97;
	tracee_begin();
	char *title = strdup(argv[1]), *begin = argv[0];
	size_t size = (size_t)(argv[1] + strlen(argv[1]) - begin);
	memset(begin, '\0', size);
	snprintf(begin, size, "%s", title);
	puts(title);
	free(title);
	for (;;)
		pause();
}
