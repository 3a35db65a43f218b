/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbolizer thread; see stack/symbolizer.h. */
#include "config.h"

#include "stack/symbolizer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/opener.h"
#include "stack/name_answer.h"
#include "stack/name_job.h"
#include "stack/name_wait.h"
#include "stack/names.h"
#include "stack/perfmap_file.h"
#include "stack/protocol.h"

/* Requests that the worker has, so that it need not wait for us. */
#define SENT_MAX   16

/* The longest answer: names_add() limits texts. */
#define ANSWER_MAX (192 << 10)

struct symbolizer {
	struct symbolizer_config config;
	pthread_t thread;
	int wake_fd;            /* an eventfd that wakes the thread; owned */
	pthread_mutex_t lock;   /* protects the following, up to `nice` */
	struct job_list urgent; /* to do first: names that disappear with their process */
	struct job_list fresh;  /* to do */
	bool busy;              /* something is in progress, or waits */
	bool hurry;             /* someone is waiting: do not retry */
	bool has_changed;       /* a perf map has changed: retry */
	bool leave;
	_Atomic uint64_t refused; /* names that were lost, because memory was refused */
	_Atomic uint64_t beyond;  /* … or because of the limit */
	_Atomic uint64_t failures;
	/* Used only by the thread. */
	struct job_list sent; /* the worker has them, in this order */
	struct name_wait wait;
	size_t sent_count;
	size_t used;     /* bytes of names */
	bool is_hurried; /* the worker has been told */
	bool is_ended;   /* the end of the worker was handled, and there is no other yet */
	struct module_source *accused; /* when a worker was full last, it was reading this */
	union {
		struct name_ask ask;
		struct name_result result;
		uint32_t type;
		unsigned char bytes[ANSWER_MAX];
	} answer; /* the last one of the worker */
};

/* Sets the names of the frame of JOB, which is done. */
static void publish(struct job *job, struct frame_names *names)
{
	/* Pairs with the acquire load in frame_found(). */
	atomic_store_explicit(&job->frame->found, names, memory_order_release);
	free(job);
}

/* Answers. */

/* Opens what the worker asks for about SOURCE. A descriptor, or negative. */
static int open_file(struct symbolizer *symbolizer, const struct module_source *source,
	const struct name_ask *ask)
{
	if (source->is_generated && ask->file == NAME_FILE_ITSELF)
		return perfmap_file_dup(intern_perfmap(source));
	if (ask->file == NAME_FILE_ITSELF)
		return source->file ? cached_file_dup(source->file) : -ENOENT;
	if (ask->file == NAME_FILE_DEBUG && source->debug == DEBUG_ANSWERED &&
		source->debug_fd >= 0)
		return fcntl(source->debug_fd, F_DUPFD_CLOEXEC, 0);
	return proc_open_debug(source->pid,
		&(struct debug_file){
			.build_id = ask->build_id,
			.name = ask->name,
			.beside = source->module.path,
		},
		symbolizer->config.directories);
}

static bool on_ask(struct symbolizer *symbolizer, size_t size)
{
	struct name_ask *ask = &symbolizer->answer.ask;
	const struct job *job = symbolizer->sent.first;
	struct name_file_reply reply = {.module = ask->module};
	if (size != sizeof(*ask) || ask->file >= NAME_FILES || !job ||
		intern_namesake(job->source)->module.id != ask->module ||
		strnlen(ask->build_id, sizeof(ask->build_id)) == sizeof(ask->build_id) ||
		strnlen(ask->name, sizeof(ask->name)) == sizeof(ask->name))
		return false;
	int fd = open_file(symbolizer, job->source, ask);
	if (fd < 0 && ask->file == NAME_FILE_DEBUG)
		reply.is_later = name_wait_ask(&symbolizer->wait, symbolizer->config.debuginfod,
			job->source, ask->build_id);
	worker_send_file(symbolizer->config.worker, &reply, sizeof(reply), fd);
	return true;
}

/* The frame of JOB has been checked, and has NAMES now, or NULL. */
static void finish_check(struct job *job, struct frame_names *names)
{
	struct frame *frame = job->frame;
	const struct frame_names *known = frame_found(frame);
	if (names && known && known->name[0].symbol && names->name[0].symbol &&
		strcmp(known->name[0].symbol, names->name[0].symbol) != 0)
		atomic_store_explicit(&frame->is_replaced, true, memory_order_relaxed);
	free(names);
	/* Pairs with the load in generations.c. */
	atomic_store_explicit(&frame->checked, job->asked, memory_order_release);
	free(job);
}

/* Nothing was found for JOB. Whether that may change. */
static bool may_change(const struct symbolizer *symbolizer, const struct job *job)
{
	return job->source->is_generated && job->type == JOB_NAME && !symbolizer->is_hurried;
}

static bool on_result(struct symbolizer *symbolizer, size_t size)
{
	struct job *job = symbolizer->sent.first;
	size_t used = 0;
	bool is_sound = false;
	if (!job || size < sizeof(symbolizer->answer.result))
		return false;
	struct frame_names *names = name_answer_read(
		&symbolizer->answer.result, size, &used, &is_sound);
	if (!is_sound)
		return false;
	job_list_take(&symbolizer->sent);
	symbolizer->sent_count--;
	symbolizer->accused = NULL;
	worker_note_answer(symbolizer->config.worker);
	if (symbolizer->answer.result.is_later && job->source->debug == DEBUG_ASKED) {
		free(names);
		job_list_add(&symbolizer->wait.awaiting, job);
		return true;
	}
	if (!names && may_change(symbolizer, job)) {
		job->tries++;
		job_list_add(&symbolizer->wait.later, job);
		return true;
	}
	if (job->type == JOB_CHECK) {
		finish_check(job, names);
		return true;
	}
	if (symbolizer->used + used > symbolizer->config.memory) {
		free(names);
		names = NULL;
		atomic_fetch_add_explicit(&symbolizer->beyond, 1, memory_order_relaxed);
	}
	symbolizer->used += names ? used : 0;
	publish(job, name_answer_finish(job->frame, names));
	return true;
}

/* Handles an answer. Returns whether there was one. */
static bool take_answer(struct symbolizer *symbolizer)
{
	static bool (*const handlers[NAME_ANSWERS])(struct symbolizer *, size_t size) = {
		[NAME_ASK] = on_ask,
		[NAME_RESULT] = on_result,
	};
	struct worker *worker = symbolizer->config.worker;
	size_t size = worker_receive(worker, &symbolizer->answer, sizeof(symbolizer->answer));
	if (size == 0)
		return false;
	if (size < sizeof(symbolizer->answer.type) || symbolizer->answer.type >= NAME_ANSWERS ||
		!handlers[symbolizer->answer.type](symbolizer, size))
		worker_reject(worker);
	return true;
}

/* Requests. */

/* A return address may be past the end of the calling function. Perf maps know addresses of the
 * process. */
static uint64_t address_of(const struct frame *frame, const struct module_source *source)
{
	return (source->is_generated ? frame->ip : frame->offset) - !frame->exact;
}

/* Whether the worker can name what is in SOURCE. */
static bool is_readable(struct module_source *source)
{
	return !module_problem(&intern_namesake(source)->module) &&
	       (source->is_generated || (source->module.is_file && source->file));
}

/* JOB cannot be done. */
static void give_up(struct job *job)
{
	if (job->type == JOB_CHECK)
		finish_check(job, NULL);
	else
		publish(job, name_answer_finish(job->frame, NULL));
}

/* Sends JOB, or finishes it if nothing can be known. Returns whether there was room. */
static bool send_job(struct symbolizer *symbolizer, struct job *job)
{
	struct name_request request = {
		.type = job->source->is_generated ? NAME_GENERATED : NAME_ADDRESS,
		.module = intern_namesake(job->source)->module.id,
		.address = address_of(job->frame, job->source),
		.limit = job->limit,
	};
	const struct iovec part = {&request, sizeof(request)};
	if (!is_readable(job->source) || symbolizer->config.worker->state == WORKER_LOST) {
		give_up(job);
		return true;
	}
	if (job->source->debug == DEBUG_ASKED) {
		job_list_add(&symbolizer->wait.awaiting, job);
		return true;
	}
	if (job->source->is_generated) {
		job->seen = perfmap_file_state(intern_perfmap(job->source), false);
		request.version = (uint32_t)job->seen.version;
	}
	if (!worker_send(symbolizer->config.worker, &part, 1, true))
		return false;
	job_list_add(&symbolizer->sent, job);
	symbolizer->sent_count++;
	return true;
}

static struct job *take_job(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	struct job *job = job_list_take(&symbolizer->urgent);
	if (!job)
		job = job_list_take(&symbolizer->fresh);
	pthread_mutex_unlock(&symbolizer->lock);
	return job;
}

/* Sends what there is room for. Returns whether that was anything. */
static bool send_jobs(struct symbolizer *symbolizer)
{
	bool any = false;
	while (symbolizer->sent_count < SENT_MAX) {
		struct job *job = take_job(symbolizer);
		if (!job)
			break;
		if (!send_job(symbolizer, job)) {
			struct job_list back = {job, &job->next};
			job->next = NULL;
			pthread_mutex_lock(&symbolizer->lock);
			job_list_prepend(&symbolizer->fresh, &back);
			pthread_mutex_unlock(&symbolizer->lock);
			break;
		}
		any = true;
	}
	return any;
}

/* The end of the worker. */

/* The module of the oldest request has ended it; or, if memory is short, perhaps many have. */
static void blame(struct symbolizer *symbolizer)
{
	struct job *job = symbolizer->sent.first;
	enum worker_end end = symbolizer->config.worker->end;
	if (!job)
		return;
	struct module_source *source = intern_namesake(job->source);
	if (end == WORKER_FULL && symbolizer->accused != source)
		symbolizer->accused = source;
	else
		atomic_store_explicit(
			&source->module.problem, worker_end_text(end), memory_order_release);
}

static void check_worker(struct symbolizer *symbolizer)
{
	struct worker *worker = symbolizer->config.worker;
	bool has_ended = worker_has_ended(worker);
	if ((has_ended || worker->state == WORKER_LOST) && !symbolizer->is_ended) {
		symbolizer->is_ended = true;
		atomic_fetch_add_explicit(&symbolizer->failures, 1, memory_order_relaxed);
		blame(symbolizer);
		pthread_mutex_lock(&symbolizer->lock);
		job_list_prepend(&symbolizer->fresh, &symbolizer->sent);
		pthread_mutex_unlock(&symbolizer->lock);
		symbolizer->sent_count = 0;
	}
	if (has_ended && worker_restart(worker)) {
		symbolizer->is_ended = false;
		symbolizer->is_hurried = false;
	}
}

/* The thread. */

/* Sends again what has waited long enough, and finishes what nobody waits for any longer. */
static void end_waits(struct symbolizer *symbolizer, bool hurry, bool has_changed)
{
	struct job_list again, ended;
	struct job *job;
	job_list_init(&again);
	job_list_init(&ended);
	name_wait_retry(&symbolizer->wait, hurry, has_changed, &again, &ended);
	name_wait_check_servers(&symbolizer->wait, symbolizer->config.debuginfod, hurry, &again);
	while ((job = job_list_take(&ended)))
		give_up(job);
	pthread_mutex_lock(&symbolizer->lock);
	job_list_prepend(&symbolizer->fresh, &again);
	pthread_mutex_unlock(&symbolizer->lock);
}

/* A busy machine may have no spare CPU time. Raising the priority needs privileges. */
static void hurry_worker(struct symbolizer *symbolizer)
{
	const struct worker *worker = symbolizer->config.worker;
	if (symbolizer->is_hurried || worker->pid <= 0)
		return;
	symbolizer->is_hurried = true;
	setpriority(PRIO_PROCESS, (id_t)worker->pid, getpriority(PRIO_PROCESS, 0));
}

static int timeout_ms(const struct symbolizer *symbolizer)
{
	int timeout = worker_timeout_ms(symbolizer->config.worker);
	uint64_t now_ns = clock_now_ns(), end_ns = name_wait_end_ns(&symbolizer->wait);
	if (!end_ns)
		return timeout;
	int until = end_ns > now_ns ? (int)((end_ns - now_ns) / NS_PER_MS) + 1 : 0;
	return timeout >= 0 && timeout < until ? timeout : until;
}

static void wait(struct symbolizer *symbolizer)
{
	struct worker *worker = symbolizer->config.worker;
	struct pollfd fds[2 + WORKER_POLLED];
	const struct debuginfod *debuginfod = symbolizer->config.debuginfod;
	uint64_t woken;
	fds[0] = (struct pollfd){.fd = symbolizer->wake_fd, .events = POLLIN};
	worker_poll(worker, fds + 1);
	fds[1 + WORKER_POLLED] = (struct pollfd){
		.fd = debuginfod ? debuginfod->fd : -1, .events = POLLIN};
	if (worker_begin_wait(worker))
		poll(fds, 2 + WORKER_POLLED, timeout_ms(symbolizer));
	worker_end_wait(worker, fds + 1);
	if (read(symbolizer->wake_fd, &woken, sizeof(woken)) < 0)
		return;
}

/* Does one thing. Called again and again, within alloc_try(). */
static void work(void *argument)
{
	struct symbolizer *symbolizer = argument;
	bool any = take_answer(symbolizer);
	any |= send_jobs(symbolizer);
	if (any)
		return;
	pthread_mutex_lock(&symbolizer->lock);
	bool hurry = symbolizer->hurry, has_changed = symbolizer->has_changed;
	symbolizer->has_changed = false;
	pthread_mutex_unlock(&symbolizer->lock);
	if (hurry)
		hurry_worker(symbolizer);
	check_worker(symbolizer);
	end_waits(symbolizer, hurry, has_changed);
	pthread_mutex_lock(&symbolizer->lock);
	bool has_jobs = symbolizer->urgent.first || symbolizer->fresh.first;
	symbolizer->busy = symbolizer->sent_count || name_wait_has_jobs(&symbolizer->wait);
	pthread_mutex_unlock(&symbolizer->lock);
	bool can_send = symbolizer->config.worker->state == WORKER_RUNNING;
	if (!has_jobs || symbolizer->sent_count || !can_send)
		wait(symbolizer);
}

static bool has_to_leave(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	bool leave = symbolizer->leave;
	pthread_mutex_unlock(&symbolizer->lock);
	return leave;
}

static void *run(void *argument)
{
	struct symbolizer *symbolizer = argument;
	pthread_setname_np(pthread_self(), "stop-names");
	while (!has_to_leave(symbolizer)) {
		if (!alloc_try(work, symbolizer))
			atomic_fetch_add_explicit(&symbolizer->refused, 1, memory_order_relaxed);
	}
	return NULL;
}

static void wake(struct symbolizer *symbolizer)
{
	const uint64_t one = 1;
	if (write(symbolizer->wake_fd, &one, sizeof(one)) < 0)
		return;
}

int symbolizer_new(const struct symbolizer_config *config, struct symbolizer **out)
{
	struct symbolizer *symbolizer = xcalloc(1, sizeof(*symbolizer));
	sigset_t all, before;
	symbolizer->config = *config;
	symbolizer->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (symbolizer->wake_fd < 0) {
		int error = errno;
		free(symbolizer);
		return -error;
	}
	pthread_mutex_init(&symbolizer->lock, NULL);
	job_list_init(&symbolizer->urgent);
	job_list_init(&symbolizer->fresh);
	job_list_init(&symbolizer->sent);
	name_wait_init(&symbolizer->wait);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&symbolizer->thread, NULL, run, symbolizer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error) {
		close(symbolizer->wake_fd);
		free(symbolizer);
	} else {
		*out = symbolizer;
	}
	return -error;
}

static void add_job(struct symbolizer *symbolizer, const struct job *what)
{
	struct job *job = xcalloc(1, sizeof(*job));
	*job = *what;
	pthread_mutex_lock(&symbolizer->lock);
	bool had_jobs = symbolizer->urgent.first || symbolizer->fresh.first;
	job_list_add(job->source->is_generated ? &symbolizer->urgent : &symbolizer->fresh, job);
	symbolizer->busy = true;
	pthread_mutex_unlock(&symbolizer->lock);
	if (!had_jobs)
		wake(symbolizer);
}

void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source)
{
	struct job job = {.type = JOB_NAME, .frame = frame, .source = source};
	if (source->is_generated) {
		job.seen = perfmap_file_state(intern_perfmap(source), false);
		job.limit = job.seen.size;
		atomic_store_explicit(&frame->checked, job.seen.changes, memory_order_relaxed);
	}
	add_job(symbolizer, &job);
}

void symbolizer_check(struct symbolizer *symbolizer, struct frame *frame,
	struct module_source *source, const struct perfmap_state *state)
{
	add_job(symbolizer, &(struct job){
				    .type = JOB_CHECK,
				    .frame = frame,
				    .source = source,
				    .limit = state->size,
				    .asked = state->changes,
			    });
}

void symbolizer_note_change(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	symbolizer->has_changed = true;
	pthread_mutex_unlock(&symbolizer->lock);
	wake(symbolizer);
}

bool symbolizer_is_done(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	bool was_hurried = symbolizer->hurry;
	bool done = !symbolizer->busy && !symbolizer->urgent.first && !symbolizer->fresh.first;
	symbolizer->hurry = true;
	pthread_mutex_unlock(&symbolizer->lock);
	if (!was_hurried)
		wake(symbolizer);
	return done;
}

void symbolizer_stats(const struct symbolizer *symbolizer, struct symbolizer_stats *stats)
{
	*stats = (struct symbolizer_stats){
		.refused = atomic_load_explicit(&symbolizer->refused, memory_order_relaxed),
		.beyond = atomic_load_explicit(&symbolizer->beyond, memory_order_relaxed),
		.failures = atomic_load_explicit(&symbolizer->failures, memory_order_relaxed),
	};
}

bool symbolizer_free(struct symbolizer *symbolizer)
{
	struct timespec until;
	if (!symbolizer)
		return true;
	pthread_mutex_lock(&symbolizer->lock);
	symbolizer->leave = true;
	pthread_mutex_unlock(&symbolizer->lock);
	wake(symbolizer);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += NS_PER_MS * 100;
	until.tv_sec += until.tv_nsec / (long)NS_PER_S;
	until.tv_nsec %= (long)NS_PER_S;
	if (pthread_clockjoin_np(symbolizer->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
		pthread_detach(symbolizer->thread);
		return false;
	}
	job_list_clear(&symbolizer->urgent);
	job_list_clear(&symbolizer->fresh);
	job_list_clear(&symbolizer->sent);
	name_wait_clear(&symbolizer->wait);
	pthread_mutex_destroy(&symbolizer->lock);
	close(symbolizer->wake_fd);
	free(symbolizer);
	return true;
}
