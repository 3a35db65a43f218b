/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which memory of a call is read. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "abi/fetch.h"

/* The memory of the program: one piece. What lies outside of it cannot be read. */
#define BASE UINT64_C(0x7f0000001000)

struct memory {
	struct fetch_reader reader;
	unsigned char bytes[65536];
	unsigned int count; /* number of reads */
	uint64_t total;     /* bytes that were asked for */
	char log[4096];     /* each read: offset from BASE, size; "s" for strings */
};

static const unsigned char *read_memory(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	struct memory *memory = (struct memory *)reader;
	size_t length = strlen(memory->log);
	memory->count++;
	memory->total += size;
	snprintf(memory->log + length, sizeof(memory->log) - length, "%lld+%zu ",
		(long long)(address - BASE), size);
	if (address < BASE || address - BASE >= sizeof(memory->bytes))
		return NULL;
	size_t left = sizeof(memory->bytes) - (size_t)(address - BASE);
	*got = size < left ? size : left;
	return memory->bytes + (address - BASE);
}

static const unsigned char *read_string(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	struct memory *memory = (struct memory *)reader;
	size_t length = strlen(memory->log);
	snprintf(memory->log + length, sizeof(memory->log) - length, "s");
	const unsigned char *bytes = read_memory(reader, address, size, got);
	const unsigned char *end = bytes ? memchr(bytes, 0, *got) : NULL;
	if (end)
		*got = (size_t)(end - bytes) + 1;
	return bytes;
}

static struct memory *new_memory(void)
{
	static struct memory memory;
	memset(&memory, 0, sizeof(memory));
	memory.reader.read = read_memory;
	memory.reader.read_string = read_string;
	memory.reader.string_max = 32;
	return &memory;
}

/* Stores SIZE bytes at OFFSET. */
static uint64_t store(struct memory *memory, size_t offset, const void *bytes, size_t size)
{
	memcpy(memory->bytes + offset, bytes, size);
	return BASE + offset;
}

static struct call call_named(const char *name, enum abi abi)
{
	for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, abi});
		if (desc && strcmp(desc->name, name) == 0)
			return (struct call){nr, abi};
	}
	fail_msg("no call %s", name);
	return (struct call){0};
}

static void assert_reads(struct memory *memory, const char *expected)
{
	assert_string_equal(memory->log, expected);
	memory->log[0] = '\0';
}

static void a_path_is_read_at_the_entry(void **state)
{
	struct memory *memory = new_memory();
	struct call call = call_named("openat", ABI_X86_64);
	const uint64_t args[6] = {0, BASE + 16, O_RDONLY};
	(void)state;
	strcpy((char *)memory->bytes + 16, "/etc/passwd");
	assert_true(fetch_at_entry(call, FETCH_NAMES));
	assert_false(fetch_at_exit(call, FETCH_ALL));
	fetch_entry(&memory->reader, FETCH_NAMES, call, args);
	assert_reads(memory, "s16+4096 ");
	fetch_entry(&memory->reader, FETCH_REST, call, args);
	assert_reads(memory, "");
}

static void a_buffer_is_read_up_to_the_result_and_the_limit(void **state)
{
	struct memory *memory = new_memory();
	struct call call = call_named("read", ABI_X86_64);
	const uint64_t args[6] = {0, BASE, 4096};
	(void)state;
	assert_false(fetch_at_entry(call, FETCH_ALL));
	assert_false(fetch_at_exit(call, FETCH_NAMES));
	assert_true(fetch_at_exit(call, FETCH_REST));
	fetch_exit(&memory->reader, FETCH_ALL, call, args, 5, false);
	assert_reads(memory, "0+5 ");
	fetch_exit(&memory->reader, FETCH_ALL, call, args, 4000, false);
	assert_reads(memory, "0+32 ");
	fetch_exit(&memory->reader, FETCH_ALL, call, args, INT64_MAX, false);
	assert_reads(memory, "0+32 ");
	fetch_exit(&memory->reader, FETCH_ALL, call, args, 0, false);
	fetch_exit(&memory->reader, FETCH_ALL, call, args, 4, true);
	assert_reads(memory, "");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("write", ABI_X86_64),
		(uint64_t[6]){1, BASE, UINT64_C(1) << 63});
	assert_reads(memory, "0+32 ");
}

static void buffers_of_a_vector_share_the_result(void **state)
{
	struct memory *memory = new_memory();
	const uint64_t vector[4] = {BASE + 1000, 8, BASE + 2000, 100};
	const uint64_t args[6] = {3, store(memory, 0, vector, sizeof(vector)), 2};
	(void)state;
	fetch_exit(&memory->reader, FETCH_ALL, call_named("readv", ABI_X86_64), args, 11, false);
	assert_reads(memory, "0+32 1000+8 2000+3 ");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("writev", ABI_X86_64), args);
	assert_reads(memory, "0+32 1000+8 2000+32 ");
}

static void vectors_of_32_bit_programs_are_half_as_large(void **state)
{
	struct memory *memory = new_memory();
	const uint32_t vector[4] = {0x1000, 8, 0x2000, 3};
	(void)state;
	store(memory, 0, vector, sizeof(vector));
	fetch_entry(&memory->reader, FETCH_ALL, call_named("writev", ABI_I386),
		(uint64_t[6]){1, BASE, 2});
	/* The register has 32 bits: the upper half of the address does not exist. */
	assert_string_equal(memory->log + strlen(memory->log) - 4, "+16 ");
	assert_int_equal(memory->count, 1);
}

static void a_message_has_an_address_control_data_and_buffers(void **state)
{
	struct memory *memory = new_memory();
	struct iovec vector = {(void *)(BASE + 3000), 10};
	struct msghdr header = {
		.msg_name = (void *)(BASE + 500),
		.msg_namelen = 16,
		.msg_iov = (void *)(BASE + 1000),
		.msg_iovlen = 1,
		.msg_control = (void *)(BASE + 2000),
		.msg_controllen = 24,
	};
	const uint64_t args[6] = {3, store(memory, 0, &header, sizeof(header)), 0};
	(void)state;
	store(memory, 1000, &vector, sizeof(vector));
	fetch_entry(&memory->reader, FETCH_ALL, call_named("sendmsg", ABI_X86_64), args);
	assert_reads(memory, "0+56 500+16 2000+24 1000+16 3000+10 ");
	fetch_entry(&memory->reader, FETCH_NAMES, call_named("sendmsg", ABI_X86_64), args);
	assert_reads(memory, "0+56 500+16 2000+24 ");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("recvmsg", ABI_X86_64), args);
	assert_reads(memory, "0+56 ");
	fetch_exit(&memory->reader, FETCH_ALL, call_named("recvmsg", ABI_X86_64), args, 4, false);
	assert_reads(memory, "0+56 500+16 2000+24 1000+16 3000+4 ");
}

static void arguments_are_read_and_the_environment_counted(void **state)
{
	struct memory *memory = new_memory();
	const uint64_t argv[3] = {BASE + 1000, BASE + 1010};
	const uint64_t args[6] = {BASE + 900, store(memory, 0, argv, sizeof(argv)), BASE};
	(void)state;
	strcpy((char *)memory->bytes + 900, "/bin/ls");
	strcpy((char *)memory->bytes + 1000, "ls");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("execve", ABI_X86_64), args);
	assert_reads(memory, "s900+4096 0+512 s1000+33 s1010+33 0+512 ");
}

static void new_descriptors_are_names(void **state)
{
	struct memory *memory = new_memory();
	uint64_t clone_args[11] = {CLONE_PIDFD, BASE + 400};
	(void)state;
	fetch_exit(&memory->reader, FETCH_NAMES, call_named("pipe2", ABI_X86_64),
		(uint64_t[6]){BASE + 8, 0}, 0, false);
	assert_reads(memory, "8+8 ");
	fetch_exit(&memory->reader, FETCH_NAMES, call_named("socketpair", ABI_I386),
		(uint64_t[6]){1, 1, 0, BASE}, 0, true);
	assert_reads(memory, "");
	store(memory, 0, clone_args, sizeof(clone_args));
	fetch_exit(&memory->reader, FETCH_NAMES, call_named("clone3", ABI_X86_64),
		(uint64_t[6]){BASE, sizeof(clone_args)}, 77, false);
	assert_reads(memory, "0+88 0+88 400+4 ");
	fetch_exit(&memory->reader, FETCH_NAMES, call_named("accept4", ABI_X86_64),
		(uint64_t[6]){3, BASE + 100, BASE + 50}, 4, false);
	/* The length of the address is 0. */
	assert_reads(memory, "50+4 50+4 ");
}

static void what_a_command_means_is_looked_up(void **state)
{
	struct memory *memory = new_memory();
	(void)state;
	fetch_entry(&memory->reader, FETCH_ALL, call_named("fcntl", ABI_X86_64),
		(uint64_t[6]){3, F_SETLK, BASE});
	assert_reads(memory, "0+32 ");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("fcntl64", ABI_I386),
		(uint64_t[6]){3, F_GETFL, BASE});
	assert_reads(memory, "");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("prctl", ABI_X86_64),
		(uint64_t[6]){PR_SET_NAME, BASE});
	assert_reads(memory, "s0+16 ");
	fetch_entry(&memory->reader, FETCH_ALL, call_named("prctl", ABI_X86_64),
		(uint64_t[6]){PR_SET_DUMPABLE, 1});
	assert_reads(memory, "");
}

static void the_time_that_remains_is_read_if_the_call_was_interrupted(void **state)
{
	struct memory *memory = new_memory();
	const uint64_t args[6] = {BASE, BASE + 16};
	(void)state;
	fetch_exit(&memory->reader, FETCH_ALL, call_named("nanosleep", ABI_X86_64), args, 0, true);
	assert_reads(memory, "16+16 ");
}

/* A pseudo-random number. */
static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 11 ^ *seed << 43;
}

/* Something that a hostile program passes. */
static uint64_t hostile_value(uint64_t *seed)
{
	static const uint64_t values[] = {0, 1, 2, 8, 32, BASE, BASE + 65530, BASE - 1, UINT64_MAX,
		UINT64_MAX - 7, UINT64_C(1) << 63, UINT64_C(1) << 31, 0xffffffff, 0x7fffffff,
		0x5401};
	uint64_t choice = next(seed);
	return choice % 4 ? values[choice / 4 % COUNT_OF(values)] : BASE + choice % 65536;
}

static void whatever_is_in_memory_the_number_of_reads_is_bounded(void **state)
{
	uint64_t seed = 1;
	(void)state;
	for (enum abi abi = ABI_X86_64; abi <= ABI_X32; abi++) {
		for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
			for (int round = 0; round < 20; round++) {
				struct memory *memory = new_memory();
				uint64_t args[6];
				for (size_t i = 0; i < sizeof(memory->bytes) / 64; i++) {
					uint64_t value = hostile_value(&seed);
					memcpy(memory->bytes + 8 * i, &value, sizeof(value));
				}
				for (size_t i = 0; i < COUNT_OF(args); i++)
					args[i] = hostile_value(&seed);
				memory->reader.verbose = round % 2;
				fetch_entry(
					&memory->reader, FETCH_ALL, (struct call){nr, abi}, args);
				assert_true(memory->count <= FETCH_READS_MAX);
				memory->count = 0;
				fetch_exit(&memory->reader, FETCH_ALL, (struct call){nr, abi}, args,
					(int64_t)hostile_value(&seed), round % 3 == 0);
				assert_true(memory->count <= FETCH_READS_MAX);
				assert_true(memory->total <= FETCH_READS_MAX * 2 * 32768);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_read_at_the_entry),
		cmocka_unit_test(a_buffer_is_read_up_to_the_result_and_the_limit),
		cmocka_unit_test(buffers_of_a_vector_share_the_result),
		cmocka_unit_test(vectors_of_32_bit_programs_are_half_as_large),
		cmocka_unit_test(a_message_has_an_address_control_data_and_buffers),
		cmocka_unit_test(arguments_are_read_and_the_environment_counted),
		cmocka_unit_test(new_descriptors_are_names),
		cmocka_unit_test(what_a_command_means_is_looked_up),
		cmocka_unit_test(the_time_that_remains_is_read_if_the_call_was_interrupted),
		cmocka_unit_test(whatever_is_in_memory_the_number_of_reads_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
