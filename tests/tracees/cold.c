/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes calls with paths that are not resident when they begin: in mappings of a file that were not
 * touched, one of them across two pages. The paths are those of the arguments.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tracee.h"

#define PAGE 4096

int main(int argc, char **argv)
{
	static char bytes[2 * PAGE];
	FILE *file = tmpfile();
	if (argc != 3 || !file)
		return 2;
	strncpy(bytes + PAGE / 2, argv[1], PAGE / 4);
	strncpy(bytes + PAGE - strlen(argv[2]) / 2, argv[2], PAGE / 4);
	if (write(fileno(file), bytes, sizeof(bytes)) != sizeof(bytes))
		return 2;
	const size_t at[] = {PAGE / 2, PAGE - strlen(argv[2]) / 2};
	for (size_t i = 0; i < 2; i++) {
		char *map = mmap(NULL, sizeof(bytes), PROT_READ, MAP_PRIVATE, fileno(file), 0);
		if (map == MAP_FAILED)
			return 2;
		access(map + at[i], F_OK);
		munmap(map, sizeof(bytes));
	}
	return 0;
}
