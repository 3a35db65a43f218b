/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The owner's side of a worker; see stack/worker.h. */
#include "config.h"

#include "stack/worker.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "stack/worker_self.h"
#include "stack/worker_shared.h"

/* A request may take this long if nobody gives the worker a CPU, or a file server does not answer.
 */
#define WALL_NS (30 * NS_PER_S)

/* How often to look at a worker that works. */
#define LOOK_MS 100

/* How much longer everything takes with a sanitizer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SLOWNESS 10
#else
#define SLOWNESS 1
#endif

/* How long to wait for one that was killed: more than any is in user code then. */
#define KILLED_MS    200

/* Time to the next try after some deaths in a row. */
#define DEATHS_FREE  8
#define RETRY_MIN_NS (10 * NS_PER_MS)
#define RETRY_MAX_NS (2 * NS_PER_S)

/* Of a patient one: a thirtieth of the share of the target and its tracer, if they compete. */
#define NICENESS     15

int worker_init(
	struct worker *worker, const struct worker_kind *kind, size_t memory, size_t longest)
{
	*worker = (struct worker){
		.kind = kind,
		.memory = memory,
		.buffer = longest,
		.control = {-1, -1},
		.files = {-1, -1},
		.state = WORKER_STARTING,
		.pidfd = -1,
	};
	worker->shared_size = sizeof(*worker->shared) + shared_ring_size(kind->requests) +
	                      shared_ring_size(kind->answers);
	void *memory_start = mmap(NULL, worker->shared_size, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory_start == MAP_FAILED)
		return -errno;
	worker->shared = memory_start;
	worker_shared_attach(worker);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, worker->control) < 0 ||
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, worker->files) < 0) {
		int error = errno;
		worker_clear(worker);
		return -error;
	}
	return 0;
}

void worker_shared_attach(struct worker *worker)
{
	unsigned char *at = (unsigned char *)(worker->shared + 1);
	shared_ring_attach(&worker->requests, at, worker->kind->requests);
	shared_ring_attach(&worker->answers, at + shared_ring_size(worker->kind->requests),
		worker->kind->answers);
}

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void worker_close_other_ends(struct worker *worker)
{
	close_fd(&worker->control[1]);
	close_fd(&worker->files[1]);
}

static void send_kill(const struct worker *worker)
{
	if (worker->pidfd >= 0)
		syscall(SYS_pidfd_send_signal, worker->pidfd, SIGKILL, NULL, 0);
}

void worker_clear(struct worker *worker)
{
	if (!worker->shared)
		return;
	send_kill(worker);
	if (worker->pid > 0)
		waitpid(worker->pid, NULL, WNOHANG | __WALL);
	close_fd(&worker->pidfd);
	for (int i = 0; i < 2; i++) {
		close_fd(&worker->control[i]);
		close_fd(&worker->files[i]);
	}
	munmap(worker->shared, worker->shared_size);
	worker->shared = NULL;
}

/* Waking. A side that waits has said so, and looked at its ring again after that. */

static void wake_worker(struct worker *worker)
{
	/* Pairs with the fence in worker_self.c: either we see it wait, or it sees the record. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_exchange_explicit(&worker->shared->worker_waits, 0, memory_order_relaxed))
		syscall(SYS_futex, &worker->shared->worker_waits, FUTEX_WAKE, 1, NULL, NULL, 0);
}

bool worker_begin_wait(struct worker *worker)
{
	atomic_store_explicit(&worker->shared->owner_waits, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	return !shared_ring_has_record(&worker->answers);
}

bool worker_end_wait(struct worker *worker, const struct pollfd fds[WORKER_POLLED])
{
	char byte;
	atomic_store_explicit(&worker->shared->owner_waits, 0, memory_order_relaxed);
	if (fds[0].revents)
		recv(worker->files[0], &byte, sizeof(byte), MSG_DONTWAIT);
	return fds[1].revents || worker->state != WORKER_RUNNING;
}

/* The clock of requests. */

uint64_t worker_cpu_ns(const struct worker *worker)
{
	clockid_t clock;
	struct timespec time;
	pid_t pid = worker->pid;
	if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) < 0)
		return 0;
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

static void begin_request(struct worker *worker)
{
	worker->since_ns = clock_now_ns();
	worker->since_cpu_ns = UINT64_MAX; /* found out when somebody looks: it costs a call */
}

void worker_note_answer(struct worker *worker)
{
	worker->expected -= worker->expected > 0;
	worker->deaths = 0;
	begin_request(worker);
}

int worker_timeout_ms(const struct worker *worker)
{
	uint64_t now_ns = clock_now_ns();
	if (worker->state == WORKER_ENDED && worker->retry_ns > now_ns)
		return (int)((worker->retry_ns - now_ns) / NS_PER_MS) + 1;
	if (worker->state == WORKER_ENDED)
		return 0;
	return worker->expected && worker->state == WORKER_RUNNING ? LOOK_MS : -1;
}

/* Requests and answers. */

bool worker_send(struct worker *worker, const struct iovec *parts, int count, bool is_answered)
{
	if (worker->state != WORKER_RUNNING)
		return false;
	int result = shared_ring_push(&worker->requests, parts, count);
	if (result < 0)
		worker_reject(worker);
	if (result <= 0)
		return false;
	if (is_answered && worker->expected++ == 0)
		begin_request(worker);
	wake_worker(worker);
	return true;
}

/* Sends the SIZE bytes at DATA, with COUNT descriptors. Returns whether that was possible. */
static bool send_message(
	struct worker *worker, const void *data, size_t size, const int *fds, size_t count)
{
	char room[CMSG_SPACE(WORKER_FILES_MAX * sizeof(*fds))] = {0};
	struct iovec part = {.iov_base = (void *)(uintptr_t)data, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (count) {
		message.msg_control = room;
		message.msg_controllen = CMSG_SPACE(count * sizeof(*fds));
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(count * sizeof(*fds));
		memcpy(CMSG_DATA(head), fds, count * sizeof(*fds));
	}
	return sendmsg(worker->files[0], &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void worker_send_file(struct worker *worker, const void *reply, size_t size, int fd)
{
	/* It asks for one at a time: there is room, unless it lies. */
	if (!send_message(worker, reply, size, &fd, fd >= 0))
		worker_reject(worker);
	close_fd(&fd);
	/* It has waited for us. */
	begin_request(worker);
}

bool worker_send_files(struct worker *worker, const int *fds, size_t count)
{
	const char nothing = 0;
	/* A user may have only so many descriptors on their way. */
	bool is_sent = send_message(worker, &nothing, sizeof(nothing), fds, count);
	if (!is_sent && !send_message(worker, &nothing, sizeof(nothing), NULL, 0))
		worker_reject(worker);
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	return is_sent;
}

size_t worker_receive(struct worker *worker, void *buf, size_t size)
{
	if (worker->state == WORKER_ENDED || worker->state == WORKER_LOST)
		return 0;
	ssize_t got = shared_ring_take(&worker->answers, buf, size);
	if (got < 0)
		worker_reject(worker);
	if (got <= 0)
		return 0;
	wake_worker(worker); /* it may have waited for room */
	return (size_t)got;
}

uint32_t worker_module(const struct worker *worker)
{
	return atomic_load_explicit(&worker->shared->module, memory_order_relaxed);
}

/* Ends. */

/* What the exit STATUS of a worker says. */
static enum worker_end end_of(int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_MEMORY)
		return WORKER_FULL;
	if (WIFEXITED(status) && WEXITSTATUS(status) == WORKER_EXIT_PROTOCOL)
		return WORKER_BROKEN;
	return WORKER_CRASHED;
}

/* It has ended because of END, if that is not known otherwise. */
static void set_ended(struct worker *worker, enum worker_end end)
{
	int status;
	uint64_t pause_ns = 0;
	if (waitpid(worker->pid, &status, WNOHANG | __WALL) > 0 && end == WORKER_CRASHED)
		end = end_of(status);
	close_fd(&worker->pidfd);
	worker->pid = 0;
	worker->expected = 0;
	worker->end = end;
	worker->state = WORKER_ENDED;
	if (++worker->deaths > DEATHS_FREE) {
		uint32_t doublings = worker->deaths - DEATHS_FREE;
		pause_ns = doublings < 8 ? RETRY_MIN_NS << doublings : RETRY_MAX_NS;
	}
	worker->retry_ns = clock_now_ns() + pause_ns;
}

/* Kills it because of END. One that is stuck in the kernel never gets out of it again. */
static void kill_for(struct worker *worker, enum worker_end end)
{
	struct pollfd fd = {.fd = worker->pidfd, .events = POLLIN};
	send_kill(worker);
	poll(&fd, 1, KILLED_MS);
	set_ended(worker, end);
}

void worker_reject(struct worker *worker)
{
	if (worker->state == WORKER_RUNNING)
		kill_for(worker, WORKER_BROKEN);
}

/* Reads what the sandbox says: the PID of the new worker, which is our child. */
static void take_start(struct worker *worker)
{
	pid_t pid;
	ssize_t got = recv(worker->control[0], &pid, sizeof(pid), MSG_DONTWAIT);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	worker->state = WORKER_LOST;
	if (got != sizeof(pid) || pid <= 0)
		return;
	worker->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (worker->pidfd < 0)
		return;
	worker->pid = pid;
	if (worker->kind->is_patient)
		setpriority(PRIO_PROCESS, (id_t)pid, NICENESS);
	worker->state = WORKER_RUNNING;
	begin_request(worker);
}

static bool takes_too_long(struct worker *worker)
{
	if (!worker->expected)
		return false;
	uint64_t cpu_ns = worker_cpu_ns(worker);
	if (worker->since_cpu_ns > cpu_ns)
		worker->since_cpu_ns = cpu_ns;
	return cpu_ns - worker->since_cpu_ns > worker->kind->cpu_ns * SLOWNESS ||
	       clock_now_ns() - worker->since_ns > WALL_NS;
}

bool worker_has_ended(struct worker *worker)
{
	struct pollfd fd = {.fd = worker->pidfd, .events = POLLIN};
	if (worker->state == WORKER_STARTING)
		take_start(worker);
	if (worker->state != WORKER_RUNNING)
		return worker->state == WORKER_ENDED;
	if (worker->pidfd != fd.fd)
		fd.fd = worker->pidfd;
	if (poll(&fd, 1, 0) == 1)
		set_ended(worker, WORKER_CRASHED);
	else if (takes_too_long(worker))
		kill_for(worker, WORKER_HUNG);
	return worker->state == WORKER_ENDED;
}

bool worker_restart(struct worker *worker)
{
	const char start = 1;
	if (worker->state != WORKER_ENDED || clock_now_ns() < worker->retry_ns)
		return false;
	memset(worker->shared, 0, sizeof(*worker->shared));
	shared_ring_reset(&worker->requests);
	shared_ring_reset(&worker->answers);
	worker->state = WORKER_STARTING;
	if (send(worker->control[0], &start, sizeof(start), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		worker->state = WORKER_LOST;
	return worker->state == WORKER_STARTING;
}

void worker_poll(const struct worker *worker, struct pollfd fds[WORKER_POLLED])
{
	static const struct pollfd none = {.fd = -1};
	fds[0] = fds[1] = none;
	if (worker->state == WORKER_STARTING)
		fds[1] = (struct pollfd){.fd = worker->control[0], .events = POLLIN};
	if (worker->state != WORKER_RUNNING)
		return;
	fds[0] = (struct pollfd){.fd = worker->files[0], .events = POLLIN};
	fds[1] = (struct pollfd){.fd = worker->pidfd, .events = POLLIN};
}

const char *worker_end_text(enum worker_end end)
{
	static const char *const texts[WORKER_ENDS] = {
		[WORKER_ALIVE] = "",
		[WORKER_CRASHED] = "its reader crashed",
		[WORKER_HUNG] = "its reader took too long",
		[WORKER_FULL] = "its reader needed too much memory",
		[WORKER_BROKEN] = "its reader was not sound",
	};
	return texts[end];
}
