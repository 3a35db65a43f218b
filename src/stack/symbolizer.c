/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The symbolizer thread; see stack/symbolizer.h. */
#include "config.h"

#include "stack/symbolizer.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "stack/fault_guard.h"
#include "stack/names.h"
#include "stack/perfmap.h"
#include "stack/symbols.h"

/* A program may write the name of JIT-compiled code after calling it: number of attempts. */
#define TRIES         5
#define TRY_EVERY_NS  NS_PER_S

/*
 * Number of modules whose names are kept open, each with much memory and up to three files: those
 * use at most SHARE of the limit of descriptors.
 */
#define MODULES_OPEN  128
#define MODULES_LEAST 2
#define SHARE         (3 * 4)

/* A thirtieth of the share of the target and its tracer, if they compete for a CPU. */
#define NICENESS      15

struct job {
	struct frame *frame;
	struct module_source *source;
	unsigned int tries; /* attempts that found nothing */
	struct job *next;
};

struct list {
	struct job *first, **last;
};

/* A module whose names are open. */
struct open_module {
	struct module_source *source; /* NULL: none */
	struct symbols *symbols;
	struct perfmap *perfmap;
	bool broken;   /* the library faulted on its file: `symbols` is lost */
	uint64_t used; /* time of last use, in jobs */
};

struct symbolizer {
	pthread_t thread;
	pthread_mutex_t lock; /* protects the following, up to `ended` */
	pthread_cond_t changed;
	struct list urgent; /* to do first: names that disappear with their process */
	struct list fresh;  /* to do */
	bool busy;          /* a job is in progress, or `later` is not empty */
	bool hurry;         /* someone is waiting: do not retry */
	bool leave;
	pid_t tid; /* of the thread, once it is running */
	int nice;  /* its initial nice value */
	bool ended;
	_Atomic uint64_t refused; /* names that were lost, because memory was refused */
	/* Used only by the thread. */
	struct list later; /* to retry */
	struct open_module open[MODULES_OPEN];
	size_t open_max; /* entries of these that are used; 0: not yet computed */
	uint64_t jobs;
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

static void list_clear(struct list *list)
{
	struct job *job;
	while ((job = list_take(list)))
		free(job);
}

/* Closing can fault as well; then the rest is lost. */
static void close_symbols(void *argument)
{
	symbols_close(argument);
}

static void close_module(struct open_module *open)
{
	if (!open->broken)
		fault_guard_run(close_symbols, open->symbols);
	perfmap_free(open->perfmap);
	*open = (struct open_module){0};
}

/* How many of the entries may be open. */
static size_t modules_max(void)
{
	struct rlimit limit;
	size_t max = MODULES_OPEN;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur / SHARE < max)
		max = (size_t)limit.rlim_cur / SHARE;
	return max < MODULES_LEAST ? MODULES_LEAST : max;
}

/* Opens the names of SOURCE; if there are too many, replaces the least recently used. */
static struct open_module *open_module(struct symbolizer *symbolizer, struct module_source *source)
{
	struct open_module *oldest = &symbolizer->open[0];
	if (!symbolizer->open_max)
		symbolizer->open_max = modules_max();
	for (size_t i = 0; i < symbolizer->open_max; i++) {
		struct open_module *open = &symbolizer->open[i];
		if (open->source == source) {
			open->used = symbolizer->jobs;
			return open;
		}
		if (open->used < oldest->used)
			oldest = open;
	}
	close_module(oldest);
	oldest->source = source;
	oldest->used = symbolizer->jobs;
	if (source->tgid)
		oldest->perfmap = perfmap_new(source->tgid, source->map_fd);
	return oldest;
}

/* A lookup of an address in a module's file, within a fault guard. */
struct lookup {
	struct open_module *open;
	uint64_t address;
	struct frame_names *names; /* the result */
};

static void look_up(void *argument)
{
	struct lookup *lookup = argument;
	struct open_module *open = lookup->open;
	if (!open->symbols)
		open->symbols = symbols_open(open->source);
	lookup->names = symbols_find(open->symbols, lookup->address);
}

static struct frame_names *find_generated(struct perfmap *map, uint64_t address, bool exact)
{
	struct names_builder builder = {0};
	uint64_t offset;
	const char *name = perfmap_find(map, address, &offset);
	if (!name)
		return NULL;
	names_add(&builder, name, offset + !exact, NULL, 0);
	return names_finish(&builder);
}

/* The trampoline's name as in gdb: its symbol in the C library has no size. */
static struct frame_names *name_trampoline(struct frame_names *names)
{
	struct names_builder builder = {0};
	free(names);
	names_add(&builder, "<signal handler called>", 0, NULL, 0);
	return names_finish(&builder);
}

/* The names of FRAME in OPEN, or NULL. */
static struct frame_names *find_names(struct open_module *open, const struct frame *frame)
{
	/* A return address may be past the end of the calling function. */
	uint64_t address = frame->offset - !frame->exact;
	if (open->perfmap)
		return find_generated(open->perfmap, address, frame->exact);
	if (!open->source->image || open->broken)
		return NULL;
	struct lookup lookup = {.open = open, .address = address};
	open->broken = !fault_guard_run(look_up, &lookup);
	struct frame_names *names = open->broken ? NULL : lookup.names;
	if (frame->trampoline)
		return name_trampoline(names);
	if (names && names->name[names->count - 1].symbol)
		names->name[names->count - 1].symbol_offset += !frame->exact;
	return names;
}

/* A job, and whether it is finished. */
struct attempt {
	struct symbolizer *symbolizer;
	struct job *job;
	bool hurry, done;
};

/* Attempts a job. */
static void do_job(void *argument)
{
	struct attempt *attempt = argument;
	struct symbolizer *symbolizer = attempt->symbolizer;
	struct job *job = attempt->job;
	symbolizer->jobs++;
	struct open_module *open = open_module(symbolizer, job->source);
	struct frame_names *names = find_names(open, job->frame);
	if (!names && open->perfmap && !attempt->hurry && ++job->tries < TRIES)
		return;
	if (!names)
		names = xcalloc(1, sizeof(*names) + sizeof(*names->name));
	if (names->count == 0)
		names->count = 1;
	/* Pairs with the acquire load in frame_names(). */
	atomic_store_explicit(&job->frame->names, names, memory_order_release);
	attempt->done = true;
}

/* Attempts JOB; returns whether it is finished: also if memory was refused, without a name. */
static bool attempt_job(struct symbolizer *symbolizer, struct job *job, bool hurry)
{
	struct attempt attempt = {.symbolizer = symbolizer, .job = job, .hurry = hurry};
	if (alloc_try(do_job, &attempt))
		return attempt.done;
	atomic_fetch_add_explicit(&symbolizer->refused, 1, memory_order_relaxed);
	return true;
}

/* Whether there is something to do. Called with the lock held. */
static bool has_jobs(const struct symbolizer *symbolizer)
{
	return symbolizer->urgent.first || symbolizer->fresh.first;
}

/* Waits for a job, or until it is time to retry. Called and returns with the lock held. */
static void await_job(struct symbolizer *symbolizer)
{
	symbolizer->busy = symbolizer->later.first != NULL;
	if (!symbolizer->busy) {
		pthread_cond_wait(&symbolizer->changed, &symbolizer->lock);
		return;
	}
	uint64_t until_ns = clock_now_ns() + TRY_EVERY_NS;
	struct timespec until = {
		.tv_sec = (time_t)(until_ns / NS_PER_S),
		.tv_nsec = (long)(until_ns % NS_PER_S),
	};
	while (!has_jobs(symbolizer) && !symbolizer->hurry && !symbolizer->leave &&
		pthread_cond_clockwait(
			&symbolizer->changed, &symbolizer->lock, CLOCK_MONOTONIC, &until) == 0)
		;
	struct job *job;
	while (!has_jobs(symbolizer) && (job = list_take(&symbolizer->later)))
		list_add(&symbolizer->fresh, job);
}

static void *run(void *argument)
{
	struct symbolizer *symbolizer = argument;
	pthread_setname_np(pthread_self(), "stop-names");
	pthread_mutex_lock(&symbolizer->lock);
	symbolizer->tid = gettid();
	symbolizer->nice = getpriority(PRIO_PROCESS, 0);
	/* Names are less urgent than calls: on a busy machine, use only spare CPU time. */
	if (!symbolizer->hurry && symbolizer->nice < NICENESS)
		setpriority(PRIO_PROCESS, 0, NICENESS);
	while (!symbolizer->leave) {
		struct job *job = list_take(&symbolizer->urgent);
		if (!job)
			job = list_take(&symbolizer->fresh);
		if (!job) {
			await_job(symbolizer);
			continue;
		}
		symbolizer->busy = true;
		bool hurry = symbolizer->hurry;
		pthread_mutex_unlock(&symbolizer->lock);
		bool done = attempt_job(symbolizer, job, hurry);
		pthread_mutex_lock(&symbolizer->lock);
		if (done)
			free(job);
		else
			list_add(&symbolizer->later, job);
	}
	symbolizer->ended = true;
	pthread_mutex_unlock(&symbolizer->lock);
	return NULL;
}

int symbolizer_new(struct symbolizer **out)
{
	struct symbolizer *symbolizer = xcalloc(1, sizeof(*symbolizer));
	sigset_t all, before;
	pthread_mutex_init(&symbolizer->lock, NULL);
	pthread_cond_init(&symbolizer->changed, NULL);
	list_init(&symbolizer->urgent);
	list_init(&symbolizer->fresh);
	list_init(&symbolizer->later);
	/* All except those of faults, which fault_guard.h handles. */
	sigfillset(&all);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGSEGV);
	fault_guard_setup();
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&symbolizer->thread, NULL, run, symbolizer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		free(symbolizer);
	else
		*out = symbolizer;
	return -error;
}

void symbolizer_name(
	struct symbolizer *symbolizer, struct frame *frame, struct module_source *source)
{
	struct job *job = xcalloc(1, sizeof(*job));
	job->frame = frame;
	job->source = source;
	pthread_mutex_lock(&symbolizer->lock);
	list_add(source->tgid ? &symbolizer->urgent : &symbolizer->fresh, job);
	pthread_cond_signal(&symbolizer->changed);
	pthread_mutex_unlock(&symbolizer->lock);
}

bool symbolizer_is_done(struct symbolizer *symbolizer)
{
	pthread_mutex_lock(&symbolizer->lock);
	/* A busy machine may have no spare CPU time. Lowering the nice value needs privileges. */
	if (!symbolizer->hurry && symbolizer->tid)
		setpriority(PRIO_PROCESS, (id_t)symbolizer->tid, symbolizer->nice);
	symbolizer->hurry = true;
	bool done = !symbolizer->busy && !has_jobs(symbolizer);
	pthread_cond_signal(&symbolizer->changed);
	pthread_mutex_unlock(&symbolizer->lock);
	return done;
}

uint64_t symbolizer_refused(const struct symbolizer *symbolizer)
{
	return atomic_load_explicit(&symbolizer->refused, memory_order_relaxed);
}

bool symbolizer_free(struct symbolizer *symbolizer)
{
	struct timespec until;
	if (!symbolizer)
		return true;
	pthread_mutex_lock(&symbolizer->lock);
	symbolizer->leave = true;
	pthread_cond_signal(&symbolizer->changed);
	pthread_mutex_unlock(&symbolizer->lock);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += NS_PER_MS * 100;
	until.tv_sec += until.tv_nsec / (long)NS_PER_S;
	until.tv_nsec %= (long)NS_PER_S;
	if (pthread_clockjoin_np(symbolizer->thread, NULL, CLOCK_MONOTONIC, &until) != 0) {
		pthread_detach(symbolizer->thread);
		return false;
	}
	for (size_t i = 0; i < MODULES_OPEN; i++)
		close_module(&symbolizer->open[i]);
	list_clear(&symbolizer->urgent);
	list_clear(&symbolizer->fresh);
	list_clear(&symbolizer->later);
	pthread_mutex_destroy(&symbolizer->lock);
	pthread_cond_destroy(&symbolizer->changed);
	free(symbolizer);
	return true;
}
