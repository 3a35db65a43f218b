/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Workers: what they can do and cannot, that their owner survives whatever they do, and that
 * another one takes the place of one that has ended. These do what the request says.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/status.h"
#include "stack/confine.h"
#include "stack/sandbox.h"
#include "stack/worker.h"
#include "stack/worker_self.h"
#include "stack/worker_shared.h"

#define PATIENCE_NS (60 * NS_PER_S)
#define MEMORY      ((size_t)64 << 20)
#define NOBODY      65534

/* What a worker is asked to do; it answers with the result, or an error of the system. */
enum order {
	ECHO,
	OPEN,
	CREATE,
	CONNECT,
	EXECUTE,
	KILL,
	TRACE,
	FORK,
	MAKE_CODE,
	MAKE_FDS_BLOCK,
	ASK_FOR_FILE,
	CRASH,
	HANG,
	EAT_MEMORY,
	BREAK_RING,
	ORDERS,
};

struct message {
	uint32_t order;
	int32_t result;
};

static int do_open(void)
{
	return open("/etc/passwd", O_RDONLY | O_CLOEXEC);
}

static int do_create(void)
{
	return open("/tmp/stop-was-here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static int do_connect(void)
{
	return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int do_execute(void)
{
	return (int)syscall(SYS_execve, "/bin/true", NULL, NULL);
}

static int do_kill(void)
{
	return kill(getppid() > 0 ? getppid() : 1, 0);
}

static int do_trace(void)
{
	/* PTRACE_ATTACH, of whatever: refused before the kernel looks. */
	return (int)syscall(SYS_ptrace, 16L, 1L, 0L, 0L);
}

static int do_fork(void)
{
	return (int)syscall(SYS_clone, 0L, NULL, NULL, NULL, 0L);
}

static int do_make_code(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
	                       MAP_FAILED
	               ? -1
	               : 0;
}

static int do_make_fds_block(void)
{
	int result = -1;
	for (int fd = 0; fd < 32; fd++)
		result &= fcntl(fd, F_SETFL, 0);
	return result;
}

static int (*const attempts[ORDERS])(void) = {
	[OPEN] = do_open,
	[CREATE] = do_create,
	[CONNECT] = do_connect,
	[EXECUTE] = do_execute,
	[KILL] = do_kill,
	[TRACE] = do_trace,
	[FORK] = do_fork,
	[MAKE_CODE] = do_make_code,
	[MAKE_FDS_BLOCK] = do_make_fds_block,
};

/* In the worker. */

static int32_t ask_for_file(struct worker_self *self)
{
	struct message ask = {.order = ASK_FOR_FILE}, reply;
	struct iovec part = {&ask, sizeof(ask)};
	char text[8] = "";
	worker_self_answer(self, &part, 1);
	int fd = worker_self_receive_file(self, &reply, sizeof(reply));
	if (fd < 0)
		return -1;
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	return got > 0 ? text[0] : -1;
}

static void eat_memory(void)
{
	for (;;) {
		char *volatile memory = xcalloc(1, 1 << 20);
		memory[0] = 1;
	}
}

static void hang(void)
{
	for (volatile uint64_t i = 0; i < UINT64_MAX; i++)
		;
}

static int32_t obey(struct worker_self *self, const struct message *message)
{
	if (message->order < ORDERS && attempts[message->order])
		return attempts[message->order]() < 0 ? -errno : 0;
	if (message->order == ASK_FOR_FILE)
		return ask_for_file(self);
	if (message->order == CRASH)
		__builtin_trap();
	if (message->order == HANG)
		hang();
	if (message->order == EAT_MEMORY)
		eat_memory();
	/* Its index, and the size of a record, can be anything. */
	/* Its index, and the size of a record, can be anything. */
	if (message->order == BREAK_RING)
		memset(self->worker->shared + 1, 0xff, 512);
	return message->result;
}

static void run(struct worker_self *self)
{
	for (;;) {
		worker_self_next(self);
		struct message message;
		memcpy(&message, self->buf, sizeof(message));
		message.result = obey(self, &message);
		const struct iovec part = {&message, sizeof(message)};
		worker_self_answer(self, &part, 1);
	}
}

static const struct worker_kind kind = {
	.name = "obedient",
	.requests = 4096,
	.answers = 4096,
	.cpu_ns = NS_PER_S / 2,
	.run = run,
};

/* The owner. */

static struct worker worker;
static struct worker *const workers[] = {&worker};
static struct sandbox sandbox;

static int set_up(void **state)
{
	(void)state;
	if (worker_init(&worker, &kind, MEMORY, sizeof(struct message)) < 0)
		return -1;
	return sandbox_start(&sandbox, workers, 1);
}

static int tear_down(void **state)
{
	(void)state;
	sandbox_end(&sandbox);
	worker_clear(&worker);
	return 0;
}

static void send_order(enum order order, int32_t value)
{
	const struct message message = {order, value};
	const struct iovec part = {(void *)(uintptr_t)&message, sizeof(message)};
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (!worker_send(&worker, &part, 1, true)) {
		assert_true(clock_now_ns() < until_ns);
		worker_has_ended(&worker);
		pause_poll();
	}
}

/* Waits for an answer. Returns whether there is one: the worker may have ended instead. */
static bool receive(struct message *message)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (worker_receive(&worker, message, sizeof(*message)) == 0) {
		struct pollfd fds[WORKER_POLLED];
		assert_true(clock_now_ns() < until_ns);
		if (worker_has_ended(&worker))
			return false;
		worker_poll(&worker, fds);
		if (worker_begin_wait(&worker))
			poll(fds, WORKER_POLLED, worker_timeout_ms(&worker));
		worker_end_wait(&worker, fds);
	}
	return true;
}

static int32_t ask(enum order order, int32_t value)
{
	struct message message;
	send_order(order, value);
	assert_true(receive(&message));
	worker_note_answer(&worker);
	return message.result;
}

/* Starts another worker, once it is time. */
static void restart(void)
{
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	while (!worker_restart(&worker)) {
		assert_true(clock_now_ns() < until_ns);
		pause_poll();
	}
	assert_int_equal(ask(ECHO, 42), 42);
}

static void it_has_no_rights(void **state)
{
	struct proc_status status;
	(void)state;
	assert_int_equal(ask(ECHO, 1), 1);
	worker_has_ended(&worker);
	assert_int_equal(proc_status(worker.pid, &status), 0);
	assert_int_equal(status.capabilities, 0);
	assert_int_equal(status.parent, getpid());
	for (size_t i = 0; i < COUNT_OF(status.uid); i++)
		assert_int_equal(status.uid[i], geteuid() == 0 ? NOBODY : geteuid());
	if (confine_library())
		assert_true(status.filters > 0);
}

static void it_can_do_nothing_else(void **state)
{
	(void)state;
	if (!confine_library())
		skip();
	for (int order = OPEN; order <= MAKE_FDS_BLOCK; order++)
		assert_int_equal(ask((enum order)order, 0), -EPERM);
	assert_int_equal(access("/tmp/stop-was-here", F_OK), -1);
}

static void it_gets_descriptors(void **state)
{
	struct message message, reply = {0};
	(void)state;
	for (int i = 0; i < 2; i++) {
		int fd = i ? memfd_create("file", MFD_CLOEXEC) : -1;
		if (fd >= 0)
			assert_int_equal(write(fd, "x", 1), 1);
		send_order(ASK_FOR_FILE, 0);
		assert_true(receive(&message));
		worker_send_file(&worker, &reply, sizeof(reply), fd);
		assert_true(receive(&message));
		worker_note_answer(&worker);
		assert_int_equal(message.result, i ? 'x' : -1);
	}
}

static void many_requests_are_answered_in_order(void **state)
{
	struct message message;
	int32_t sent = 0, received = 0;
	(void)state;
	while (received < 200000) {
		const struct message order = {ECHO, sent};
		const struct iovec part = {(void *)(uintptr_t)&order, sizeof(order)};
		if (worker_send(&worker, &part, 1, true)) {
			sent++;
			continue;
		}
		assert_true(receive(&message));
		worker_note_answer(&worker);
		assert_int_equal(message.result, received++);
	}
	while (received < sent) {
		assert_true(receive(&message));
		worker_note_answer(&worker);
		assert_int_equal(message.result, received++);
	}
}

/* Expects that ORDER ends it because of END, and that another one works. */
static void expect_end(enum order order, enum worker_end end)
{
	struct message message;
	uint64_t until_ns = clock_now_ns() + PATIENCE_NS;
	send_order(order, 0);
	while (receive(&message))
		assert_true(clock_now_ns() < until_ns);
	assert_int_equal(worker.end, end);
	restart();
}

static void one_that_crashes_is_replaced(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++)
		expect_end(CRASH, WORKER_CRASHED);
}

static void one_that_hangs_is_replaced(void **state)
{
	(void)state;
	expect_end(HANG, WORKER_HUNG);
}

static void one_that_eats_memory_is_replaced(void **state)
{
	(void)state;
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip();
#endif
	expect_end(EAT_MEMORY, WORKER_FULL);
}

static void one_that_breaks_the_memory_is_replaced(void **state)
{
	(void)state;
	expect_end(BREAK_RING, WORKER_BROKEN);
}

static void one_that_is_killed_is_replaced(void **state)
{
	struct message message;
	(void)state;
	assert_int_equal(ask(ECHO, 2), 2);
	worker_has_ended(&worker);
	assert_int_equal(kill(worker.pid, SIGKILL), 0);
	assert_false(receive(&message));
	assert_int_equal(worker.end, WORKER_CRASHED);
	restart();
}

#define BUSY_THREADS 2

static atomic_bool is_busy;

static void *allocate(void *argument)
{
	(void)argument;
	for (size_t size = 1; size < 4096; size *= 2)
		free(xcalloc(1, size));
	return NULL;
}

/* Makes threads, one after the other: there is always one that begins, ends or allocates. */
static void *make_threads(void *argument)
{
	pthread_t thread;
	(void)argument;
	while (atomic_load(&is_busy)) {
		if (pthread_create(&thread, NULL, allocate, NULL) == 0)
			pthread_join(thread, NULL);
		free(xcalloc(1, 1 << 16));
	}
	return NULL;
}

/* Whatever the other threads of its maker have under way, it does not wait for them. */
static void it_starts_beside_busy_threads(void **state)
{
	pthread_t busy[BUSY_THREADS];
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	skip(); /* their allocators keep other threads' locks in a child: it would wait for ever */
#endif
	atomic_store(&is_busy, true);
	for (int i = 0; i < BUSY_THREADS; i++)
		assert_int_equal(pthread_create(&busy[i], NULL, make_threads, NULL), 0);
	for (int i = 0; i < 300; i++) {
		tear_down(state);
		assert_int_equal(set_up(state), 0);
		assert_int_equal(ask(ECHO, i), i);
	}
	atomic_store(&is_busy, false);
	for (int i = 0; i < BUSY_THREADS; i++)
		pthread_join(busy[i], NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_no_rights),
		cmocka_unit_test(it_can_do_nothing_else),
		cmocka_unit_test(it_gets_descriptors),
		cmocka_unit_test(many_requests_are_answered_in_order),
		cmocka_unit_test(one_that_crashes_is_replaced),
		cmocka_unit_test(one_that_hangs_is_replaced),
		cmocka_unit_test(one_that_eats_memory_is_replaced),
		cmocka_unit_test(one_that_breaks_the_memory_is_replaced),
		cmocka_unit_test(one_that_is_killed_is_replaced),
		cmocka_unit_test(it_starts_beside_busy_threads),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
