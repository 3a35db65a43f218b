/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbolizer thread; see stack/symbolizer.h. */
#include "config.h"

#include "stack/symbolizer.h"

#include <errno.h>
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
#include "stack/names.h"
#include "stack/protocol.h"

/* A program may write the name of JIT-compiled code after calling it: number of attempts. */
#define TRIES        5
#define TRY_EVERY_NS NS_PER_S

/* Requests that the worker has, so that it need not wait for us. */
#define SENT_MAX     16

/* The longest answer: names_add() limits texts. */
#define ANSWER_MAX   (192 << 10)

struct job {
	struct frame *frame;
	struct module_source *source;
	unsigned int tries; /* attempts that found nothing */
	struct job *next;
};

struct list {
	struct job *first, **last;
};

struct symbolizer {
	struct symbolizer_config config;
	pthread_t thread;
	int wake_fd;          /* an eventfd that wakes the thread; owned */
	pthread_mutex_t lock; /* protects the following, up to `nice` */
	struct list urgent;   /* to do first: names that disappear with their process */
	struct list fresh;    /* to do */
	bool busy;            /* something is in progress, or `later` is not empty */
	bool hurry;           /* someone is waiting: do not retry */
	bool leave;
	_Atomic uint64_t refused; /* names that were lost, because memory was refused */
	_Atomic uint64_t beyond;  /* … or because of the limit */
	_Atomic uint64_t failures;
	/* Used only by the thread. */
	struct list sent;  /* the worker has them, in this order */
	struct list later; /* to retry */
	size_t sent_count;
	uint64_t retry_ns; /* when */
	size_t used;       /* bytes of names */
	bool is_hurried;   /* the worker has been told */
	bool is_ended;     /* the end of the worker was handled, and there is no other yet */
	struct module_source *accused; /* when a worker was full last, it was reading this */
	union {
		struct name_ask ask;
		struct name_result result;
		uint32_t type;
		unsigned char bytes[ANSWER_MAX];
	} answer; /* the last one of the worker */
};

static void list_init(struct list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void list_add(struct list *list, struct job *job)
{
	job->next = NULL;
	*list->last = job;
	list->last = &job->next;
}

static struct job *list_take(struct list *list)
{
	struct job *job = list->first;
	if (!job)
		return NULL;
	list->first = job->next;
	if (!list->first)
		list->last = &list->first;
	return job;
}

/* Puts all of FROM before what is in TO. */
static void list_prepend(struct list *to, struct list *from)
{
	if (!from->first)
		return;
	*from->last = to->first;
	if (!to->first)
		to->last = from->last;
	to->first = from->first;
	list_init(from);
}

static void list_clear(struct list *list)
{
	struct job *job;
	while ((job = list_take(list)))
		free(job);
}

/* Names. */

/* Sets the names of the frame of JOB, which is done. */
static void publish(struct job *job, struct frame_names *names)
{
	/* Pairs with the acquire load in frame_names(). */
	atomic_store_explicit(&job->frame->names, names, memory_order_release);
	free(job);
}

static struct frame_names *no_names(void)
{
	struct frame_names *names = xcalloc(1, sizeof(*names) + sizeof(*names->name));
	names->count = 1;
	return names;
}

/* The trampoline's name as in gdb: its symbol in the C library has no size. */
static struct frame_names *trampoline_names(void)
{
	struct names_builder builder = {0};
	names_add(&builder, "<signal handler called>", 0, NULL, 0);
	return names_finish(&builder);
}

/* The end of the SIZE bytes of text at TEXT, if they are one with its NUL; NULL: they are not. */
static const char *text_end(const char *text, size_t size)
{
	return size && strnlen(text, size) == size - 1 ? text + size : NULL;
}

/* Moves text of SIZE bytes, or none, from *FROM, of which END is the end, to *TO. */
static bool take_text(
	const char **from, const char *end, uint32_t size, char **to, const char **taken)
{
	*taken = NULL;
	if (size == 0)
		return true;
	if (size > (size_t)(end - *from) || !text_end(*from, size))
		return false;
	*taken = memcpy(*to, *from, size);
	*to += size;
	*from += size;
	return true;
}

/* The names in RESULT of SIZE bytes; *IS_SOUND: whether it makes sense. */
static struct frame_names *read_names(
	const struct name_result *result, size_t size, size_t *used, bool *is_sound)
{
	const struct name_entry *entries = (const void *)(result + 1);
	size_t room = size - sizeof(*result);
	*is_sound = result->count <= NAMES_MAX && room / sizeof(*entries) >= result->count;
	if (!*is_sound || result->count == 0)
		return NULL;
	const char *from = (const char *)&entries[result->count];
	const char *end = (const char *)result + size;
	*used = sizeof(struct frame_names) + result->count * sizeof(struct frame_name) +
	        (size_t)(end - from);
	struct frame_names *names = xcalloc(1, *used);
	char *to = (char *)&names->name[result->count];
	names->count = result->count;
	for (uint32_t i = 0; *is_sound && i < result->count; i++) {
		struct frame_name *name = &names->name[i];
		name->symbol_offset = entries[i].symbol_offset;
		name->line = entries[i].line;
		name->inlined = i + 1 < result->count;
		*is_sound = take_text(&from, end, entries[i].symbol, &to, &name->symbol) &&
		            take_text(&from, end, entries[i].file, &to, &name->file);
	}
	if (*is_sound)
		return names;
	free(names);
	return NULL;
}

/* What is shown for JOB, for which NAMES were found, or NULL. */
static struct frame_names *finish_names(const struct job *job, struct frame_names *names)
{
	const struct frame *frame = job->frame;
	if (frame->trampoline) {
		free(names);
		return trampoline_names();
	}
	if (!names)
		return no_names();
	/* The address before it was looked up: see address_of(). */
	if (names->name[names->count - 1].symbol)
		names->name[names->count - 1].symbol_offset += !frame->exact;
	return names;
}

/* Answers. */

/* Opens what the worker asks for about SOURCE. A descriptor, or negative. */
static int open_file(struct symbolizer *symbolizer, const struct module_source *source,
	const struct name_ask *ask)
{
	if (source->is_generated && ask->file == NAME_FILE_ITSELF)
		return source->map_fd >= 0 ? dup(source->map_fd) : proc_open_perfmap(source->pid);
	if (ask->file == NAME_FILE_ITSELF)
		return source->file ? cached_file_dup(source->file) : -ENOENT;
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
	const struct name_file_reply reply = {.module = ask->module};
	if (size != sizeof(*ask) || ask->file >= NAME_FILES || !job ||
		job->source->module.id != ask->module ||
		strnlen(ask->build_id, sizeof(ask->build_id)) == sizeof(ask->build_id) ||
		strnlen(ask->name, sizeof(ask->name)) == sizeof(ask->name))
		return false;
	worker_send_file(symbolizer->config.worker, &reply, sizeof(reply),
		open_file(symbolizer, job->source, ask));
	return true;
}

static bool on_result(struct symbolizer *symbolizer, size_t size)
{
	struct job *job = symbolizer->sent.first;
	size_t used = 0;
	bool is_sound = false;
	if (!job || size < sizeof(symbolizer->answer.result))
		return false;
	struct frame_names *names = read_names(&symbolizer->answer.result, size, &used, &is_sound);
	if (!is_sound)
		return false;
	list_take(&symbolizer->sent);
	symbolizer->sent_count--;
	symbolizer->accused = NULL;
	worker_note_answer(symbolizer->config.worker);
	if (!names && job->source->is_generated && !symbolizer->is_hurried &&
		++job->tries < TRIES) {
		list_add(&symbolizer->later, job);
		return true;
	}
	if (symbolizer->used + used > symbolizer->config.memory) {
		free(names);
		names = NULL;
		atomic_fetch_add_explicit(&symbolizer->beyond, 1, memory_order_relaxed);
	}
	symbolizer->used += names ? used : 0;
	publish(job, finish_names(job, names));
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

/* A return address may be past the end of the calling function. */
static uint64_t address_of(const struct frame *frame)
{
	return frame->offset - !frame->exact;
}

/* Whether the worker can name what is in SOURCE. */
static bool is_readable(const struct module_source *source)
{
	return source->is_generated ||
	       (source->module.is_file && source->file && !source->module.problem);
}

/* Sends JOB, or finishes it if nothing can be known. Returns whether there was room. */
static bool send_job(struct symbolizer *symbolizer, struct job *job)
{
	const struct name_request request = {
		.type = job->source->is_generated ? NAME_GENERATED : NAME_ADDRESS,
		.module = job->source->module.id,
		.address = address_of(job->frame),
	};
	const struct iovec part = {(void *)(uintptr_t)&request, sizeof(request)};
	if (!is_readable(job->source) || symbolizer->config.worker->state == WORKER_LOST) {
		publish(job, finish_names(job, NULL));
		return true;
	}
	if (!worker_send(symbolizer->config.worker, &part, 1, true))
		return false;
	list_add(&symbolizer->sent, job);
	symbolizer->sent_count++;
	return true;
}

static struct job *take_job(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	struct job *job = list_take(&symbolizer->urgent);
	if (!job)
		job = list_take(&symbolizer->fresh);
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
			struct list back = {job, &job->next};
			job->next = NULL;
			pthread_mutex_lock(&symbolizer->lock);
			list_prepend(&symbolizer->fresh, &back);
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
	if (end == WORKER_FULL && symbolizer->accused != job->source)
		symbolizer->accused = job->source;
	else
		atomic_store_explicit(
			&job->source->module.problem, worker_end_text(end), memory_order_release);
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
		list_prepend(&symbolizer->fresh, &symbolizer->sent);
		pthread_mutex_unlock(&symbolizer->lock);
		symbolizer->sent_count = 0;
	}
	if (has_ended && worker_restart(worker)) {
		symbolizer->is_ended = false;
		symbolizer->is_hurried = false;
	}
}

/* The thread. */

/* Retries what it is time for, or all if SOMEBODY waits. */
static void retry(struct symbolizer *symbolizer, bool hurry)
{
	uint64_t now_ns = clock_now_ns();
	if (!symbolizer->later.first)
		symbolizer->retry_ns = 0;
	else if (!symbolizer->retry_ns)
		symbolizer->retry_ns = now_ns + TRY_EVERY_NS;
	if (!symbolizer->retry_ns || (now_ns < symbolizer->retry_ns && !hurry))
		return;
	symbolizer->retry_ns = 0;
	pthread_mutex_lock(&symbolizer->lock);
	list_prepend(&symbolizer->fresh, &symbolizer->later);
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
	uint64_t now_ns = clock_now_ns();
	if (!symbolizer->retry_ns)
		return timeout;
	int until = symbolizer->retry_ns > now_ns
	                    ? (int)((symbolizer->retry_ns - now_ns) / NS_PER_MS) + 1
	                    : 0;
	return timeout >= 0 && timeout < until ? timeout : until;
}

static void wait(struct symbolizer *symbolizer)
{
	struct worker *worker = symbolizer->config.worker;
	struct pollfd fds[1 + WORKER_POLLED];
	uint64_t woken;
	fds[0] = (struct pollfd){.fd = symbolizer->wake_fd, .events = POLLIN};
	worker_poll(worker, fds + 1);
	if (worker_begin_wait(worker))
		poll(fds, 1 + WORKER_POLLED, timeout_ms(symbolizer));
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
	bool hurry = symbolizer->hurry;
	bool has_jobs = symbolizer->urgent.first || symbolizer->fresh.first;
	symbolizer->busy = symbolizer->sent_count || symbolizer->later.first;
	pthread_mutex_unlock(&symbolizer->lock);
	if (hurry)
		hurry_worker(symbolizer);
	retry(symbolizer, hurry);
	check_worker(symbolizer);
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
	list_init(&symbolizer->urgent);
	list_init(&symbolizer->fresh);
	list_init(&symbolizer->sent);
	list_init(&symbolizer->later);
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

void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source)
{
	struct job *job = xcalloc(1, sizeof(*job));
	job->frame = frame;
	job->source = source;
	pthread_mutex_lock(&symbolizer->lock);
	bool had_jobs = symbolizer->urgent.first || symbolizer->fresh.first;
	list_add(source->is_generated ? &symbolizer->urgent : &symbolizer->fresh, job);
	symbolizer->busy = true;
	pthread_mutex_unlock(&symbolizer->lock);
	if (!had_jobs)
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
	list_clear(&symbolizer->urgent);
	list_clear(&symbolizer->fresh);
	list_clear(&symbolizer->sent);
	list_clear(&symbolizer->later);
	pthread_mutex_destroy(&symbolizer->lock);
	close(symbolizer->wake_fd);
	free(symbolizer);
	return true;
}
