/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What calls are about: paths, descriptors, addresses, from details and a namer. */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "decode/call_subjects.h"
#include "decode/call_text.h"
#include "event/detail.h"

/* A detail with room for blocks, and what it is about. */
struct fixture {
	struct descriptor_namer namer; /* first */
	struct call_subjects subjects;
	union {
		struct event_detail detail;
		unsigned char bytes[4096];
	} room;
};

static bool name(struct descriptor_namer *namer, const struct event_detail *detail, int fd,
	bool is_new, char *buf, size_t size)
{
	(void)namer, (void)detail;
	const char *text = fd == AT_FDCWD ? "/home/x"
	                   : is_new       ? "TCP:[10.0.0.1:80->10.0.0.9:4000]"
	                   : fd == 3      ? "/etc/a\\nb"
	                   : fd == 4      ? "UNIX-STREAM:[47->48,\"/run/x\"]"
	                   : fd == 5      ? "TCPv6:[[::1]:80->[2001:db8::7]:4000]"
	                   : fd == 6      ? "pipe of 12 (sh: x)"
	                                  : NULL;
	if (text)
		snprintf(buf, size, "%s", text);
	return text != NULL;
}

static struct fixture *begin(uint32_t nr)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	fixture->namer.name = name;
	call_subjects_init(&fixture->subjects, &fixture->namer);
	fixture->room.detail.call = (struct call){.nr = nr, .abi = ABI_NATIVE};
	fixture->room.detail.has_data = true;
	return fixture;
}

/* Memory at ADDRESS. */
static void put(struct fixture *fixture, enum detail_phase phase, uint64_t address,
	const void *bytes, size_t size)
{
	struct event_detail *detail = &fixture->room.detail;
	struct detail_block block = {.address = address, .size = (uint32_t)size, .phase = phase};
	memcpy(detail->blocks + detail->size, &block, sizeof(block));
	memcpy(detail->blocks + detail->size + sizeof(block), bytes, size);
	detail->size += (uint32_t)(sizeof(block) + (size + 7) / 8 * 8);
}

/* What FILTER answers to the call. */
static enum filter_answer ask(struct fixture *fixture, const char *text)
{
	struct filter_call call = filter_call_of_detail(&fixture->room.detail);
	struct filter *filter;
	assert_int_equal(filter_parse(text, &filter, NULL), 0);
	fixture->subjects.objects.find(&fixture->subjects.objects, &fixture->room.detail, &call);
	enum filter_answer answer = filter_answer(filter, &call);
	filter_free(filter);
	return answer;
}

static void paths_are_made_absolute(void **state)
{
	struct fixture *fixture = begin(SYS_unlinkat);
	(void)state;
	fixture->room.detail.args[0] = (uint64_t)AT_FDCWD;
	fixture->room.detail.args[1] = 0x1000;
	put(fixture, DETAIL_ENTRY, 0x1000, "./a//../b", 10);
	assert_int_equal(ask(fixture, "path:/home/x/b"), FILTER_YES);
	assert_int_equal(ask(fixture, "path:/home/x/a/../b"), FILTER_YES);
	assert_int_equal(ask(fixture, "path:/home/x/a"), FILTER_NO);
	assert_int_equal(ask(fixture, "fd:3"), FILTER_NO);
	/* Relative to a descriptor. */
	fixture->room.detail.args[0] = 3;
	assert_int_equal(ask(fixture, "path:\"/etc/a\nb/b\""), FILTER_YES);
	assert_int_equal(ask(fixture, "path:\"/etc/a\nb\" and fd:3"), FILTER_YES);
	/* Of which nothing is known. */
	fixture->room.detail.args[0] = 77;
	assert_int_equal(ask(fixture, "path:/home/x/b"), FILTER_UNKNOWN);
	/* The path was not read. */
	fixture->room.detail.args[1] = 0x9000;
	assert_int_equal(ask(fixture, "path:/x"), FILTER_UNKNOWN);
	fixture->room.detail.args[0] = (uint64_t)AT_FDCWD;
	fixture->room.detail.err = EFAULT;
	assert_int_equal(ask(fixture, "path:/x"), FILTER_NO);
	free(fixture);
}

static void descriptors_are_what_the_namer_says(void **state)
{
	struct fixture *fixture = begin(SYS_close);
	(void)state;
	fixture->room.detail.args[0] = 4;
	assert_int_equal(ask(fixture, "peer:/run/*"), FILTER_YES);
	fixture->room.detail.args[0] = 5;
	assert_int_equal(ask(fixture, "peer:[2001:db8::7]:4000 and port:80"), FILTER_YES);
	assert_int_equal(ask(fixture, "peer:::1"), FILTER_NO);
	fixture->room.detail.args[0] = 6;
	assert_int_equal(ask(fixture, "path:pipe*"), FILTER_UNKNOWN);
	assert_int_equal(ask(fixture, "fd:6"), FILTER_YES);
	/* Without a namer. */
	fixture->subjects.namer = NULL;
	fixture->room.detail.args[0] = 5;
	assert_int_equal(ask(fixture, "port:80"), FILTER_UNKNOWN);
	/* What is not open is nothing. */
	fixture->room.detail.err = EBADF;
	assert_int_equal(ask(fixture, "port:80"), FILTER_NO);
	free(fixture);
}

static void addresses_name_peers(void **state)
{
	struct fixture *fixture = begin(SYS_connect);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(443)};
	(void)state;
	inet_pton(AF_INET, "10.1.2.3", &address.sin_addr);
	fixture->room.detail.args[0] = 3;
	fixture->room.detail.args[1] = 0x1000;
	fixture->room.detail.args[2] = sizeof(address);
	put(fixture, DETAIL_ENTRY, 0x1000, &address, sizeof(address));
	assert_int_equal(ask(fixture, "peer:10.1.2.3:443 and port:443"), FILTER_YES);
	assert_int_equal(ask(fixture, "peer:10.1.2.4"), FILTER_NO);
	/* Its own end. */
	fixture->room.detail.call.nr = SYS_bind;
	assert_int_equal(ask(fixture, "peer:10.1.2.3"), FILTER_NO);
	assert_int_equal(ask(fixture, "port:443"), FILTER_YES);
	/* A connection that was accepted. */
	fixture->room.detail.call.nr = SYS_accept;
	fixture->room.detail.args[1] = 0;
	fixture->room.detail.result = 9;
	assert_int_equal(ask(fixture, "peer:10.0.0.9:4000"), FILTER_YES);
	assert_int_equal(ask(fixture, "fd:9"), FILTER_NO);
	free(fixture);
}

static void descriptors_in_memory_count(void **state)
{
	struct fixture *fixture = begin(SYS_poll);
	const struct pollfd polled[] = {{.fd = -1}, {.fd = 3}, {.fd = 5}};
	(void)state;
	fixture->room.detail.args[0] = 0x1000;
	fixture->room.detail.args[1] = 3;
	put(fixture, DETAIL_ENTRY, 0x1000, polled, sizeof(polled));
	assert_int_equal(ask(fixture, "fd:5 and port:4000"), FILTER_YES);
	assert_int_equal(ask(fixture, "fd:4"), FILTER_NO);
	fixture->room.detail.args[1] = 4; /* one was not read */
	assert_int_equal(ask(fixture, "fd:4"), FILTER_UNKNOWN);
	assert_int_equal(ask(fixture, "fd:3"), FILTER_YES);
	free(fixture);
	fixture = begin(SYS_select);
	const uint64_t set = 1 << 3 | 1 << 9;
	fixture->room.detail.args[0] = 10;
	fixture->room.detail.args[1] = 0x1000;
	put(fixture, DETAIL_ENTRY, 0x1000, &set, sizeof(set));
	assert_int_equal(ask(fixture, "fd:9"), FILTER_YES);
	assert_int_equal(ask(fixture, "fd:8"), FILTER_NO);
	assert_true(call_subjects_need_data(fixture->room.detail.call));
	free(fixture);
}

/* Lengths and counts are what the target says. */
static void hostile_arguments_are_no_harm(void **state)
{
	(void)state;
	for (uint32_t nr = 0; nr < 470; nr++) {
		struct fixture *fixture = begin(nr);
		unsigned char junk[512];
		memset(junk, nr % 2 ? 0xff : '/', sizeof(junk));
		put(fixture, DETAIL_ENTRY, 0x1000, junk, sizeof(junk));
		put(fixture, DETAIL_EXIT, 0x1000, junk, sizeof(junk));
		for (int i = 0; i < CALL_MAX_ARGS; i++)
			fixture->room.detail.args[i] = i % 3 == (int)(nr % 3) ? UINT64_MAX : 0x1000;
		ask(fixture, "path:/** or fd:1 or peer:*");
		free(fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_made_absolute),
		cmocka_unit_test(descriptors_are_what_the_namer_says),
		cmocka_unit_test(addresses_name_peers),
		cmocka_unit_test(descriptors_in_memory_count),
		cmocka_unit_test(hostile_arguments_are_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
