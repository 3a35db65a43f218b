/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ships rows to a server; see out/shipper.h. */
#include "config.h"

#include "out/shipper.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/alloc.h"
#include "base/time.h"
#include "out/backoff.h"
#include "out/transport.h"

/* A request that takes longer has failed. */
#define REQUEST_NS    (30 * NS_PER_S)

/* How long to wait for the thread once its request is cancelled. */
#define CANCEL_NS     (150 * NS_PER_MS)

/* At the end, what has not failed so often before is tried again, with such pauses. */
#define LAST_FAILURES 2
#define LAST_PAUSE_NS (100 * NS_PER_MS)

struct shipper {
	struct ship_url url;
	size_t limit;
	char *password;
	char origin[SHIP_URL_TEXT];
	struct transport_config transport_config;
	pthread_t thread;
	struct ship_batch *open[SHIP_KINDS]; /* take rows; the owner's */

	/* The thread's. */
	struct transport *transport;
	unsigned int prepared; /* steps */
	bool is_prepared;
	unsigned int failures; /* in succession */

	atomic_bool is_cancelled; /* the present request, and all that follow */

	pthread_mutex_t mutex;            /* of all that follows */
	pthread_cond_t changed;           /* the queue, `is_closing`, `has_ended` */
	struct ship_batch *first, **last; /* the queue, oldest first; owned */
	struct ship_batch *newest;        /* the last in it; NULL: it is empty */
	struct ship_batch *sent;          /* the thread sends it; owned */
	size_t size;                      /* bytes of the queue, and of `sent` */
	size_t largest;                   /* more at once was too much for the server */
	struct shipper_status status;     /* `waiting`: of the queue and `sent` */
	bool is_closing;                  /* nothing is put any more */
	bool has_ended;                   /* the thread */
	struct shipper *next;             /* in `left` */
};

/* Those whose thread has not ended in time: it uses them until we exit. */
static struct shipper *left;

static void add(struct ship_count *count, const struct ship_count *more)
{
	count->rows += more->rows;
	count->calls += more->calls;
	count->details += more->details;
}

static void subtract(struct ship_count *count, const struct ship_count *less)
{
	count->rows -= less->rows;
	count->calls -= less->calls;
	count->details -= less->details;
}

static struct ship_count all_of(const struct ship_batch *batch)
{
	return ship_batch_count(batch, 0, batch->rows);
}

/* Takes the oldest batch of KIND out of the queue. NULL: there is none. With the mutex locked. */
static struct ship_batch *remove_kind(struct shipper *shipper, enum ship_kind kind)
{
	struct ship_batch **at = &shipper->first, *before = NULL;
	while (*at && (*at)->kind != kind) {
		before = *at;
		at = &before->next;
	}
	struct ship_batch *found = *at;
	if (!found)
		return NULL;
	*at = found->next;
	found->next = NULL;
	if (!*at) {
		shipper->last = at;
		shipper->newest = before;
	}
	return found;
}

/* The thread. */

/* What has become of a batch. */
struct result {
	enum ship_verdict verdict;
	struct ship_count refused; /* of it */
	uint64_t retry_after_s;
	char why[SHIP_WHY_MAX]; /* unless all was taken */
};

/* Requests the next step of what is to be prepared. Returns whether there was none. */
static bool prepare_step(struct shipper *shipper, struct result *result)
{
	struct ship_request request = {0};
	struct ship_answer answer = {0};
	const struct ship_target *target = shipper->url.target;
	if (!target->prepare || !target->prepare(&shipper->url, shipper->prepared, &request))
		return true;
	result->verdict = SHIP_LATER;
	if (transport_send(shipper->transport, &request, request.body, strlen(request.body),
		    &answer, result->why) == 0) {
		result->verdict = target->is_prepared(&answer, result->why);
		result->retry_after_s = answer.retry_after_s;
	}
	free(answer.body);
	ship_request_clear(&request);
	shipper->prepared += result->verdict == SHIP_TAKEN;
	return false;
}

/* Prepares what is not prepared. Returns whether that is all. */
static bool prepare(struct shipper *shipper, struct result *result)
{
	result->verdict = SHIP_TAKEN;
	while (!shipper->is_prepared && result->verdict == SHIP_TAKEN)
		shipper->is_prepared = prepare_step(shipper, result);
	return shipper->is_prepared;
}

static struct result send_batch(struct shipper *shipper, struct ship_batch *batch)
{
	struct result result = {0};
	struct ship_request request = {0};
	struct ship_answer answer = {0};
	if (!prepare(shipper, &result))
		return result;
	shipper->url.target->insert(&shipper->url, batch, &request);
	const char *body = request.body ? request.body : batch->text;
	size_t size = request.body ? strlen(request.body) : batch->size;
	result.verdict = SHIP_LATER;
	if (transport_send(shipper->transport, &request, body, size, &answer, result.why) == 0) {
		result.verdict = shipper->url.target->judge(
			&answer, batch, &result.refused, result.why);
		result.retry_after_s = answer.retry_after_s;
	}
	free(answer.body);
	ship_request_clear(&request);
	if (result.verdict == SHIP_UNPREPARED) {
		shipper->is_prepared = false;
		shipper->prepared = 0;
	} else if (result.verdict == SHIP_TOO_LARGE && batch->rows == 1) {
		result.verdict = SHIP_REFUSED;
		result.refused = all_of(batch);
	}
	return result;
}

static bool is_settled(const struct result *result)
{
	return result->verdict == SHIP_TAKEN || result->verdict == SHIP_REFUSED;
}

/* Puts BATCH, which it takes over, before all others. */
static void put_first(struct shipper *shipper, struct ship_batch *batch)
{
	batch->next = shipper->first;
	if (!shipper->first) {
		shipper->last = &batch->next;
		shipper->newest = batch;
	}
	shipper->first = batch;
}

/* Puts the batch that was sent back to where it was, in two halves if it was too large. */
static void put_back(struct shipper *shipper, bool is_too_large)
{
	struct ship_batch *sent = shipper->sent;
	if (is_too_large) {
		shipper->largest = sent->size / 2;
		put_first(shipper, ship_batch_split(sent));
	}
	put_first(shipper, sent);
	shipper->sent = NULL;
}

/*
 * Settles what RESULT says of the batch that was sent, which had BEFORE and BEFORE_SIZE. With the
 * mutex locked.
 */
static void settle(struct shipper *shipper, const struct result *result,
	const struct ship_count *before, size_t before_size)
{
	struct shipper_status *status = &shipper->status;
	bool is_over = is_settled(result), is_too_large = result->verdict == SHIP_TOO_LARGE;
	struct ship_count taken = *before, rest = {0};
	if (!is_over)
		rest = all_of(shipper->sent);
	subtract(&taken, &rest);
	subtract(&status->waiting, &taken);
	subtract(&taken, &result->refused);
	add(&status->taken, &taken);
	add(&status->refused, &result->refused);
	shipper->size -= before_size - (is_over ? 0 : shipper->sent->size);
	status->is_failing = !is_over && !is_too_large;
	if (*result->why)
		memcpy(status->why, result->why, sizeof(status->why));
	if (is_over) {
		ship_batch_free(shipper->sent);
		shipper->sent = NULL;
	} else {
		put_back(shipper, is_too_large);
	}
}

/* Waits after a failure, with the mutex locked. Returns false if all is given up. */
static bool pause_after(struct shipper *shipper, const struct result *result)
{
	uint32_t random = 0;
	struct timespec until;
	bool was_closing = shipper->is_closing;
	if (was_closing && shipper->failures >= LAST_FAILURES)
		return false;
	/* Without one, the pauses are shorter. */
	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	uint64_t pause_ns = backoff_pause_ns(++shipper->failures, result->retry_after_s, random);
	if (was_closing)
		pause_ns = LAST_PAUSE_NS;
	clock_gettime(CLOCK_MONOTONIC, &until);
	uint64_t until_ns = (uint64_t)until.tv_sec * NS_PER_S + (uint64_t)until.tv_nsec + pause_ns;
	until.tv_sec = (time_t)(until_ns / NS_PER_S);
	until.tv_nsec = (long)(until_ns % NS_PER_S);
	while (shipper->is_closing == was_closing &&
		pthread_cond_timedwait(&shipper->changed, &shipper->mutex, &until) == 0)
		;
	return true;
}

/*
 * Takes the oldest batch of the first kind that there is, with the mutex locked. Returns false if
 * there is none and will be none.
 */
static bool take(struct shipper *shipper)
{
	while (!shipper->first && !shipper->is_closing)
		pthread_cond_wait(&shipper->changed, &shipper->mutex);
	if (!shipper->first)
		return false;
	for (enum ship_kind kind = 0; !shipper->sent; kind++)
		shipper->sent = remove_kind(shipper, kind);
	while (shipper->sent->size > shipper->largest && shipper->sent->rows > 1)
		put_first(shipper, ship_batch_split(shipper->sent));
	return true;
}

static void send_all(struct shipper *shipper)
{
	bool goes_on = true;
	while (goes_on && take(shipper)) {
		struct ship_count before = all_of(shipper->sent);
		size_t before_size = shipper->sent->size;
		pthread_mutex_unlock(&shipper->mutex);
		struct result result = send_batch(shipper, shipper->sent);
		pthread_mutex_lock(&shipper->mutex);
		settle(shipper, &result, &before, before_size);
		if (is_settled(&result) || result.verdict == SHIP_TOO_LARGE)
			shipper->failures = 0;
		else
			goes_on = pause_after(shipper, &result);
		goes_on &= !atomic_load_explicit(&shipper->is_cancelled, memory_order_relaxed);
	}
}

static void *run(void *argument)
{
	struct shipper *shipper = argument;
	int result = transport_new(&shipper->transport_config, &shipper->transport);
	pthread_mutex_lock(&shipper->mutex);
	if (result == 0) {
		send_all(shipper);
	} else {
		shipper->status.is_failing = true;
		snprintf(shipper->status.why, sizeof(shipper->status.why), "%s",
			strerrordesc_np(-result));
	}
	pthread_mutex_unlock(&shipper->mutex);
	transport_free(shipper->transport);
	pthread_mutex_lock(&shipper->mutex);
	shipper->has_ended = true;
	pthread_cond_broadcast(&shipper->changed);
	pthread_mutex_unlock(&shipper->mutex);
	return NULL;
}

/* The owner. */

static int start(struct shipper *shipper)
{
	sigset_t all, before;
	sigfillset(&all);
	/* Signals are for the main thread. */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&shipper->thread, NULL, run, shipper);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

static void free_shipper(struct shipper *shipper)
{
	while (shipper->first) {
		struct ship_batch *next = shipper->first->next;
		ship_batch_free(shipper->first);
		shipper->first = next;
	}
	for (enum ship_kind kind = 0; kind < SHIP_KINDS; kind++)
		ship_batch_free(shipper->open[kind]);
	pthread_cond_destroy(&shipper->changed);
	pthread_mutex_destroy(&shipper->mutex);
	if (shipper->password)
		explicit_bzero(shipper->password, strlen(shipper->password));
	free(shipper->password);
	free(shipper);
}

int shipper_new(const struct shipper_config *config, struct shipper **out)
{
	pthread_condattr_t attributes;
	if (!transport_library())
		return -ENOSYS;
	struct shipper *shipper = xcalloc(1, sizeof(*shipper));
	const struct ship_target *target = config->url.target;
	shipper->url = config->url;
	shipper->limit = config->limit;
	shipper->last = &shipper->first;
	shipper->largest = SIZE_MAX;
	shipper->password = config->password ? xstrdup(config->password) : NULL;
	const char *user = *shipper->url.user  ? shipper->url.user
	                   : shipper->password ? target->user
	                                       : NULL;
	shipper->transport_config = (struct transport_config){
		.origin = ship_url_origin(&shipper->url, shipper->origin),
		.user = user,
		.password = shipper->password,
		.key = target->key,
		.limit_ns = REQUEST_NS,
		.is_cancelled = &shipper->is_cancelled,
	};
	pthread_mutex_init(&shipper->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&shipper->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	int result = start(shipper);
	if (result < 0) {
		free_shipper(shipper);
		return result;
	}
	*out = shipper;
	return 0;
}

/* BATCH is dropped. With the mutex locked. */
static void drop(struct shipper *shipper, struct ship_batch *batch)
{
	struct ship_count count = all_of(batch);
	add(&shipper->status.dropped, &count);
	ship_batch_free(batch);
}

/*
 * Drops the oldest batches until there is room for SIZE bytes of KIND: none of a kind that is more
 * important, and the least important first. Returns whether there is room. With the mutex locked.
 */
static bool make_room(struct shipper *shipper, size_t size, enum ship_kind kind)
{
	for (enum ship_kind at = SHIP_KINDS; at > kind; at--) {
		struct ship_batch *oldest;
		while (shipper->size + size > shipper->limit &&
			(oldest = remove_kind(shipper, at - 1)) != NULL) {
			struct ship_count count = all_of(oldest);
			shipper->size -= oldest->size;
			subtract(&shipper->status.waiting, &count);
			drop(shipper, oldest);
		}
	}
	return shipper->size + size <= shipper->limit;
}

/* Puts BATCH, which it takes over, behind all others. With the mutex locked. */
static void put_last(struct shipper *shipper, struct ship_batch *batch)
{
	struct ship_batch *newest = shipper->newest;
	if (newest && ship_batch_join(newest, batch)) {
		ship_batch_free(batch);
		return;
	}
	*shipper->last = batch;
	shipper->last = &batch->next;
	shipper->newest = batch;
}

/* Passes the open batch of KIND on, if there is one. */
static void pass_on(struct shipper *shipper, enum ship_kind kind)
{
	struct ship_batch *batch = shipper->open[kind];
	if (!batch)
		return;
	struct ship_count count = all_of(batch);
	shipper->open[kind] = NULL;
	pthread_mutex_lock(&shipper->mutex);
	if (make_room(shipper, batch->size, kind)) {
		shipper->size += batch->size;
		add(&shipper->status.waiting, &count);
		put_last(shipper, batch);
		pthread_cond_broadcast(&shipper->changed);
	} else {
		drop(shipper, batch);
	}
	pthread_mutex_unlock(&shipper->mutex);
}

void shipper_put(
	struct shipper *shipper, enum ship_kind kind, const char *text, size_t size, uint64_t calls)
{
	if (shipper->open[kind] && ship_batch_add(shipper->open[kind], text, size, calls))
		return;
	pass_on(shipper, kind);
	shipper->open[kind] = ship_batch_new(kind);
	ship_batch_add(shipper->open[kind], text, size, calls);
}

void shipper_flush(struct shipper *shipper)
{
	for (enum ship_kind kind = 0; kind < SHIP_KINDS; kind++)
		pass_on(shipper, kind);
}

void shipper_status(struct shipper *shipper, struct shipper_status *status)
{
	pthread_mutex_lock(&shipper->mutex);
	*status = shipper->status;
	pthread_mutex_unlock(&shipper->mutex);
}

/* Waits until the thread has ended, at most until UNTIL_NS. With the mutex locked. */
static bool await_end(struct shipper *shipper, uint64_t until_ns)
{
	const struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};
	while (!shipper->has_ended &&
		pthread_cond_timedwait(&shipper->changed, &shipper->mutex, &until) == 0)
		;
	return shipper->has_ended;
}

int shipper_close(struct shipper *shipper, uint64_t until_ns, struct shipper_status *status)
{
	shipper_flush(shipper);
	pthread_mutex_lock(&shipper->mutex);
	shipper->is_closing = true;
	pthread_cond_broadcast(&shipper->changed);
	bool has_ended = await_end(shipper, until_ns);
	atomic_store_explicit(&shipper->is_cancelled, true, memory_order_relaxed);
	has_ended = has_ended || await_end(shipper, until_ns + CANCEL_NS);
	*status = shipper->status;
	pthread_mutex_unlock(&shipper->mutex);
	if (!has_ended) {
		shipper->next = left;
		left = shipper;
		return -EAGAIN;
	}
	pthread_join(shipper->thread, NULL);
	free_shipper(shipper);
	return 0;
}
