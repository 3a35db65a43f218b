/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker from inside; see stack/worker_self.h. */
#include "config.h"

#include "stack/worker_self.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "stack/confine.h"
#include "stack/sandbox.h"
#include "stack/signal_mask.h"
#include "stack/worker.h"
#include "stack/worker_shared.h"

/* The size of a message of worker_send_files(): no reply has it. */
#define FILES_SIZE      1

/* Answers for which the owner is woken, while there are more requests. */
#define ANSWERS_AT_ONCE 16

static void exit_without_memory(size_t wanted)
{
	(void)wanted;
	_exit(WORKER_EXIT_MEMORY);
}

/* As many files as we may have: those of modules stay open. */
static void raise_descriptors(void)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

void worker_run(const struct sandbox *sandbox, struct worker *worker)
{
	struct worker_self self = {.worker = worker};
	prctl(PR_SET_NAME, worker->kind->name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != sandbox->parent)
		_exit(0);
	alloc_on_failure(exit_without_memory);
	signal_mask_ignore();
	raise_descriptors();
	self.buf = xcalloc(1, worker->buffer);
	worker_shared_attach(worker);
	confine_work(&(struct confine_limits){
		.memory = worker->memory,
		.own_space = sandbox->own_space,
		.own_data = sandbox->own_data,
	});
	worker->kind->run(&self);
	_exit(0);
}

static void wake_owner(struct worker_self *self)
{
	struct worker_shared *shared = self->worker->shared;
	const char wake = 0;
	self->untold = 0;
	/* Pairs with the fence in worker_begin_wait(). */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_exchange_explicit(&shared->owner_waits, 0, memory_order_relaxed) &&
		write(self->worker->files[1], &wake, sizeof(wake)) < 0)
		return;
}

/* Waits until it is woken; not at all if IS_READY says that there is something to do. */
static void wait_unless(struct worker_self *self, bool (*is_ready)(struct worker_self *self))
{
	_Atomic uint32_t *waits = &self->worker->shared->worker_waits;
	atomic_store_explicit(waits, 1, memory_order_relaxed);
	/* Pairs with the fence in wake_worker(). */
	atomic_thread_fence(memory_order_seq_cst);
	while (!is_ready(self) && atomic_load_explicit(waits, memory_order_relaxed))
		syscall(SYS_futex, waits, FUTEX_WAIT, 1, NULL, NULL, 0);
	atomic_store_explicit(waits, 0, memory_order_relaxed);
}

/* Wakes the owner if there is much for it: being woken for each answer would cost more than that.
 */
static void wake_owner_sometimes(struct worker_self *self)
{
	if (++self->untold < ANSWERS_AT_ONCE)
		return;
	wake_owner(self);
}

static bool has_request(struct worker_self *self)
{
	return shared_ring_has_record(&self->worker->requests);
}

static bool has_room(struct worker_self *self)
{
	return shared_ring_has_room(&self->worker->answers, self->pending);
}

size_t worker_self_next(struct worker_self *self)
{
	for (;;) {
		ssize_t got = shared_ring_take(
			&self->worker->requests, self->buf, self->worker->buffer);
		if (got < 0)
			_exit(WORKER_EXIT_PROTOCOL);
		if (got > 0)
			return (size_t)got;
		wake_owner(self);
		wait_unless(self, has_request);
	}
}

void worker_self_answer(struct worker_self *self, const struct iovec *parts, int count)
{
	int result;
	self->pending = 0;
	for (int i = 0; i < count; i++)
		self->pending += parts[i].iov_len;
	while ((result = shared_ring_push(&self->worker->answers, parts, count)) == 0) {
		/* The owner takes answers, and wakes us for each: it may have taken all by now. */
		wake_owner(self);
		wait_unless(self, has_room);
	}
	if (result < 0)
		_exit(WORKER_EXIT_PROTOCOL);
	wake_owner_sometimes(self);
}

/* Takes a message of up to SIZE bytes, and *COUNT descriptors. Returns its size. */
static size_t receive(struct worker_self *self, void *data, size_t size, int *fds, size_t *count)
{
	char room[CMSG_SPACE(WORKER_FILES_MAX * sizeof(*fds))] = {0};
	struct iovec part = {data, size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	ssize_t got;
	do
		got = recvmsg(self->worker->files[1], &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		_exit(WORKER_EXIT_PROTOCOL);
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*count = 0;
	if (head && head->cmsg_type == SCM_RIGHTS)
		*count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(*fds);
	if (*count)
		memcpy(fds, CMSG_DATA(head), *count * sizeof(*fds));
	return (size_t)got;
}

/* Keeps files that came before the request that tells of them was read. */
static void keep_files(struct worker_self *self, const int *fds, size_t count)
{
	struct worker_files **last = &self->early;
	struct worker_files *files = xcalloc(1, sizeof(*files));
	while (*last)
		last = &(*last)->next;
	files->count = count;
	memcpy(files->fds, fds, count * sizeof(*fds));
	*last = files;
}

int worker_self_receive_file(struct worker_self *self, void *reply, size_t size)
{
	int fds[WORKER_FILES_MAX];
	size_t got, count;
	wake_owner(self);
	/* Files that nobody has asked for can be on their way already. */
	while ((got = receive(self, reply, size, fds, &count)) == FILES_SIZE)
		keep_files(self, fds, count);
	if (got != size || count > 1)
		_exit(WORKER_EXIT_PROTOCOL);
	return count == 1 ? fds[0] : -1;
}

size_t worker_self_receive_files(struct worker_self *self, int *fds, size_t count)
{
	struct worker_files *early = self->early;
	char nothing;
	size_t received;
	if (early) {
		received = early->count;
		memcpy(fds, early->fds, received * sizeof(*fds));
		self->early = early->next;
		free(early);
	} else if (receive(self, &nothing, sizeof(nothing), fds, &received) != FILES_SIZE) {
		_exit(WORKER_EXIT_PROTOCOL);
	}
	if (received == count)
		return count;
	/* With too few descriptors, the kernel has passed only some on. */
	for (size_t i = 0; i < received; i++)
		close(fds[i]);
	return 0;
}

_Atomic uint32_t *worker_self_module(struct worker_self *self)
{
	return &self->worker->shared->module;
}
