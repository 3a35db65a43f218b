/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading memory: only what is resident, up to the first page that is not. */
#include "config.h"

#include "support/unit.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "proc/memory.h"

#define PAGES 24

/* Of PAGES, those that were written to are there: all but number 5 and the last one. */
static unsigned char *map_pages(size_t page)
{
	unsigned char *memory = mmap(
		NULL, PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(memory, MAP_FAILED);
	madvise(memory, PAGES * page, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES - 1; i++) {
		if (i != 5)
			memory[i * page] = memory[i * page + page - 1] = (unsigned char)(i + 1);
	}
	return memory;
}

static void reading_ends_at_the_first_page_that_is_absent(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *memory = map_pages(page), copy[PAGES * 4096];
	uint64_t at = (uint64_t)(uintptr_t)memory;
	int pages = memory_pages(getpid());
	(void)state;
	if (pages < 0 || page > sizeof(copy) / PAGES)
		skip();
	assert_int_equal(memory_copy(pages, getpid(), at, copy, 1), 1);
	assert_int_equal(copy[0], 1);
	assert_int_equal(memory_copy(pages, getpid(), at + page - 1, copy, 2), 2);
	assert_int_equal(copy[0], 1);
	assert_int_equal(copy[1], 2);
	assert_int_equal(
		memory_copy(pages, getpid(), at + 100, copy, PAGES * page - 100), 5 * page - 100);
	assert_int_equal(memory_copy(pages, getpid(), at + 5 * page, copy, page), 0);
	assert_int_equal(memory_copy(pages, getpid(), at + 6 * page - 1, copy, 2), 0);
	/* More than are asked for at once. */
	assert_int_equal(
		memory_copy(pages, getpid(), at + 6 * page, copy, (PAGES - 6) * page), 17 * page);
	assert_int_equal(copy[16 * page], 23);
	/* Nothing is there, or can be. */
	assert_int_equal(memory_copy(pages, getpid(), 0, copy, 8), 0);
	assert_int_equal(memory_copy(pages, getpid(), UINT64_MAX - 100, copy, 8), 0);
	assert_int_equal(memory_copy(pages, getpid(), UINT64_C(1) << 63, copy, 8), 0);
	/* Asking has brought nothing in. */
	assert_int_equal(memory_copy(pages, getpid(), at + 5 * page, copy, page), 0);
	close(pages);
	munmap(memory, PAGES * page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_ends_at_the_first_page_that_is_absent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
