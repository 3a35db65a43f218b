/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The explorer: runs schedules, and shortens and prints those that break a property; see sim.h.
 *
 *   explore                     what `make check` runs: the corpus, the known failures, fixed seeds
 *   explore seeds FIRST COUNT   other seeds
 *   explore seconds COUNT       new seeds, for as long
 *   explore bare FIRST COUNT    without a tracer: the properties themselves are checked
 *   explore seed NUMBER         prints what happens in one run
 *   explore shorten NUMBER      shortens that run as far as it fails, and prints its story
 *   explore find COUNT          new seeds until one fails; COUNT seconds of processor time
 *   explore states FIRST COUNT  as seeds; prints which stops were met in which phase
 *   explore story NAME          prints what happens in an entry of the corpus
 *
 * A run that crashes, or takes longer than RUN_MAX_S of processor time, breaks a property as well.
 *
 * --allow=TROUBLE,… and --ops=CALL,… restrict what a run may have ("all" is everything, a leading
 * "!" what is not wanted, 0x… as in the corpus); --strict counts what cannot be repaired as well.
 *
 * The corpus is lines of NAME TROUBLES OPS FLAGS: NUMBERS, or of NAME TROUBLES OPS FLAGS: seeds
 * COUNT for that many seeds among which there was one, or seed NUMBER for that one; lines with #
 * are comments. As what a list means depends on each turn that the engine takes, the known failures
 * are of the second kind.
 */
#include "config.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/ptrace/state/tracee.h"
#include "simulation/sim.h"

#define CHOICES_MAX  60000
#define FIXED_FIRST  10000
#define FIXED_SEEDS  16000
#define BATCH        500  /* seeds of one process: what a killed tracer held is lost with it */
#define RUN_MAX_S    10   /* usual runs take less than a millisecond, with sanitizers too */
#define SHORTEN_RUNS 6000 /* at most */
#define MEMORY_KEPT  (16 << 20)
#define FAILURES_MAX 10 /* that are printed */

/* A list of choices, and what it is for. */
struct list {
	char name[64];
	struct sim_plan plan;
	uint32_t *choices; /* owned */
	size_t count;
	uint64_t seeds; /* not a list: so many seeds from `first` on */
	uint64_t first;
};

/* What a batch has come to, in memory shared with it. */
struct result {
	volatile uint64_t seed; /* under way, or that failed */
	volatile uint64_t runs, steps;
	volatile bool failed;
	char property[64], detail[256];
	struct choices choices; /* of `seed` */
	uint64_t states[TRACEE_PHASES][STOP_KINDS];
	uint32_t made[CHOICES_MAX];
};

static struct sim sim;
static long blocks;           /* of memory that are in use */
static struct result *result; /* in memory that children share */

static double now_s(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Ends a child, whose coverage is written where it is measured. */
extern void __gcov_dump(void) __attribute__((weak));

static void end_child(int status)
{
	if (__gcov_dump)
		__gcov_dump();
	_exit(status);
}

/* The pairs of a phase of a tracee and a stop that were met: the linker puts this before it. */
void __real_tracee_step(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step);
void __wrap_tracee_step(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step);

void __wrap_tracee_step(struct tracee *tracee, const struct stop *stop,
	const struct syscall_view *view, uint64_t now_ns, struct step *step)
{
	result->states[tracee->phase][stop->kind]++;
	__real_tracee_step(tracee, stop, view, now_ns, step);
}

static void print_states(void)
{
	static const char *const kinds[STOP_KINDS] = {
		[STOP_SYSCALL] = "syscall",
		[STOP_SIGNAL] = "signal",
		[STOP_GROUP] = "group-stop",
		[STOP_TRAP] = "trap",
		[STOP_FORK] = "fork",
		[STOP_VFORK] = "vfork",
		[STOP_CLONE] = "clone",
		[STOP_VFORK_DONE] = "vfork-done",
		[STOP_EXEC] = "exec",
		[STOP_OTHER] = "other",
		[STOP_EXITED] = "exited",
		[STOP_KILLED] = "killed",
	};
	unsigned int met = 0;
	printf("%12s %10s %10s %10s %10s %11s\n", "", "seized", "born", "user", "call",
		"interrupted");
	for (unsigned int kind = 0; kind < STOP_KINDS; kind++) {
		printf("%12s", kinds[kind]);
		for (unsigned int phase = 0; phase < TRACEE_PHASES; phase++) {
			printf(" %10lu", (unsigned long)result->states[phase][kind]);
			met += result->states[phase][kind] != 0;
		}
		putchar('\n');
	}
	printf("%u of %u pairs\n", met, (unsigned int)(TRACEE_PHASES * STOP_KINDS));
}

/* Memory: what a run has not freed at its end. */

void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *memory, size_t count, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *memory);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *memory, size_t count, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *memory);

void *__wrap_calloc(size_t count, size_t size)
{
	void *memory = __real_calloc(count, size);
	blocks += memory != NULL;
	return memory;
}

void *__wrap_reallocarray(void *memory, size_t count, size_t size)
{
	void *moved = __real_reallocarray(memory, count, size);
	blocks += !memory && moved;
	return moved;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	void *memory = __real_aligned_alloc(alignment, size);
	blocks += memory != NULL;
	return memory;
}

void __wrap_free(void *memory)
{
	blocks -= memory != NULL;
	__real_free(memory);
}

/* Of reserves there are few (RESERVES_MAX): that of a killed tracer is given back after the run. */

static struct alloc_reserve *reserve; /* of the newest engine; NULL: it was given back */

int __real_alloc_reserve_init(struct alloc_reserve *new, size_t size);
void __real_alloc_reserve_clear(struct alloc_reserve *old);
int __wrap_alloc_reserve_init(struct alloc_reserve *new, size_t size);
void __wrap_alloc_reserve_clear(struct alloc_reserve *old);

int __wrap_alloc_reserve_init(struct alloc_reserve *new, size_t size)
{
	int error = __real_alloc_reserve_init(new, size);
	if (error == 0)
		reserve = new;
	return error;
}

void __wrap_alloc_reserve_clear(struct alloc_reserve *old)
{
	if (old == reserve)
		reserve = NULL;
	__real_alloc_reserve_clear(old);
}

static void give_reserve_back(void)
{
	if (reserve)
		alloc_reserve_clear(reserve);
	alloc_use_reserve(NULL);
}

/* One run. */

static void run(const struct sim_plan *plan, struct choices *choices)
{
	long before = blocks;
	sim_run(&sim, plan, choices);
	give_reserve_back();
	if (sim.is_freed && blocks != before)
		sim_violation(&sim, "memory lost", "%ld blocks", blocks - before);
}

static uint64_t seed_state(uint64_t seed)
{
	uint64_t state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	state ^= state >> 31;
	return state * UINT64_C(0xbf58476d1ce4e5b9) | 1;
}

/* From now on, this process has RUN_MAX_S. */
static void limit_run(void)
{
	const struct itimerval limit = {.it_value.tv_sec = RUN_MAX_S};
	setitimer(ITIMER_VIRTUAL, &limit, NULL);
}

/* Runs SEED. Returns the property that broke, or NULL; the choices are in `result`. */
static const char *run_seed(const struct sim_plan *plan, uint64_t seed)
{
	result->seed = seed;
	result->choices = (struct choices){
		.random = seed_state(seed), .made = result->made, .capacity = CHOICES_MAX};
	run(plan, &result->choices);
	return sim.violation;
}

/* The same of a list. */
static const char *run_list(const struct sim_plan *plan, const uint32_t *given, size_t given_count)
{
	struct choices choices = {.given = given, .given_count = given_count};
	run(plan, &choices);
	return sim.violation;
}

/* Runs LIST, or its seeds until one breaks a property. */
static const char *run_entry(const struct list *list)
{
	const char *broken = NULL;
	if (!list->seeds)
		return run_list(&list->plan, list->choices, list->count);
	for (uint64_t i = 0; i < list->seeds && !broken; i++) {
		limit_run();
		broken = run_seed(&list->plan, list->first + i);
	}
	return broken;
}

/* What a child that has ended with STATUS has broken by that; NULL: nothing. */
static const char *broken_by_end(int status)
{
	if (!WIFSIGNALED(status))
		return NULL;
	return WTERMSIG(status) == SIGVTALRM ? "never ends" : "crash";
}

/* Whether the list breaks PROPERTY (NULL: none). In a process of its own, as it may crash. */
static bool fails_with(const struct list *list, const char *property)
{
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		limit_run();
		const char *broken = run_entry(list);
		end_child(property ? !(broken && strcmp(broken, property) == 0) : broken != NULL);
	}
	int status = 0;
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		return property && strcmp(property, broken_by_end(status)) == 0;
	return WEXITSTATUS(status) == 0;
}

/* Shortening. */

/* Tries LIST with the choices in NEXT. Returns whether it fails as well, and is kept then. */
static bool keep_shorter(struct list *list, const char *property, uint32_t *next, size_t count,
	unsigned int *runs_left)
{
	struct list shorter = {.plan = list->plan, .choices = next, .count = count};
	if (!*runs_left)
		return false;
	--*runs_left;
	if (!fails_with(&shorter, property))
		return false;
	memcpy(list->choices, next, count * sizeof(*next));
	list->count = count;
	while (list->count && list->choices[list->count - 1] == 0)
		list->count--;
	return true;
}

static bool drop_parts(struct list *list, const char *property, uint32_t *next, size_t size,
	unsigned int *runs_left)
{
	bool any = false;
	for (size_t at = 0; at < list->count;) {
		size_t end = at + size < list->count ? at + size : list->count;
		memcpy(next, list->choices, at * sizeof(*next));
		memcpy(next + at, list->choices + end, (list->count - end) * sizeof(*next));
		if (keep_shorter(list, property, next, list->count - (end - at), runs_left))
			any = true;
		else
			at += size;
	}
	return any;
}

static bool zero_parts(struct list *list, const char *property, uint32_t *next, size_t size,
	unsigned int *runs_left)
{
	bool any = false;
	for (size_t at = 0; at < list->count; at += size) {
		size_t end = at + size < list->count ? at + size : list->count;
		bool zero = true;
		memcpy(next, list->choices, list->count * sizeof(*next));
		for (size_t i = at; i < end; i++) {
			zero &= next[i] == 0;
			next[i] = 0;
		}
		any |= !zero && keep_shorter(list, property, next, list->count, runs_left);
	}
	return any;
}

static bool lower_numbers(
	struct list *list, const char *property, uint32_t *next, unsigned int *runs_left)
{
	bool any = false;
	for (size_t at = 0; at < list->count; at++) {
		for (uint32_t value = list->choices[at] / 2; at < list->count && list->choices[at];
			value = list->choices[at] - 1) {
			memcpy(next, list->choices, list->count * sizeof(*next));
			next[at] = value;
			if (!keep_shorter(list, property, next, list->count, runs_left))
				break;
			any = true;
		}
	}
	return any;
}

static void shorten(struct list *list, const char *property)
{
	unsigned int runs_left = SHORTEN_RUNS;
	uint32_t *next = calloc(list->count + 1, sizeof(*next));
	bool any = true;
	while (any && runs_left) {
		any = false;
		for (size_t size = list->count / 2 + 1; size; size /= 2) {
			any |= drop_parts(list, property, next, size, &runs_left);
			any |= zero_parts(list, property, next, size, &runs_left);
		}
		any |= lower_numbers(list, property, next, &runs_left);
	}
	free(next);
}

/* Of an entry of the corpus: as the options of these names. */
enum {
	FLAG_STRICT = 1,
	FLAG_DETAILS = 2,
};

static void print_list(const struct list *list)
{
	printf("%s %#x %#lx %d:", list->name, list->plan.allowed, (unsigned long)list->plan.ops,
		(list->plan.strict ? FLAG_STRICT : 0) | (list->plan.details ? FLAG_DETAILS : 0));
	for (size_t i = 0; i < list->count; i++)
		printf(" %u", list->choices[i]);
	putchar('\n');
}

static void tell_story(const struct list *list)
{
	if (list->seeds) {
		printf("seed %lu, --allow=%#x --ops=%#lx\n", (unsigned long)result->seed,
			list->plan.allowed, (unsigned long)list->plan.ops);
		return;
	}
	struct list story = *list;
	story.plan.story = true;
	run_list(&story.plan, story.choices, story.count);
	fflush(stdout);
}

/* Many seeds. */

static void run_batch(const struct sim_plan *plan, uint64_t first, uint64_t end)
{
	for (uint64_t seed = first; seed < end; seed++) {
		limit_run();
		const char *broken = run_seed(plan, seed);
		result->runs++;
		result->steps += sim.steps;
		if (!broken)
			continue;
		snprintf(result->property, sizeof(result->property), "%s", broken);
		snprintf(result->detail, sizeof(result->detail), "%s", sim.detail);
		result->failed = true;
		end_child(1);
	}
	end_child(0);
}

/* Runs the seeds from FIRST to before END in a child, until one fails. Returns whether one does. */
static bool fork_batch(const struct sim_plan *plan, uint64_t first, uint64_t end)
{
	int status = 0;
	result->failed = false;
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		run_batch(plan, first, end);
	waitpid(child, &status, 0);
	const char *broken = broken_by_end(status);
	if (broken) {
		snprintf(result->property, sizeof(result->property), "%s", broken);
		snprintf(result->detail, sizeof(result->detail), "signal %d", WTERMSIG(status));
		result->failed = true;
	}
	return result->failed;
}

/* How long many seeds are run: until a limit, 0: without it. */
struct limits {
	uint64_t seeds;
	double seconds, cpu_seconds;
	unsigned int failures;
};

/* The processor time of all children so far. */
static double cpu_s(void)
{
	struct rusage usage;
	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static bool is_reached(const struct limits *limits, double begin_s, unsigned int failures)
{
	return (limits->seconds > 0 && now_s() - begin_s >= limits->seconds) ||
	       (limits->cpu_seconds > 0 && cpu_s() >= limits->cpu_seconds) ||
	       (limits->failures && failures >= limits->failures);
}

/* Runs seeds from FIRST on within LIMITS. Returns failures. */
static unsigned int run_seeds(
	const struct sim_plan *plan, uint64_t first, const struct limits *limits)
{
	double begin_s = now_s(), begin_cpu_s = cpu_s();
	unsigned int failures = 0;
	uint64_t seed = first, last = limits->seeds ? first + limits->seeds : UINT64_MAX;
	result->runs = result->steps = 0;
	while (seed < last && !is_reached(limits, begin_s, failures)) {
		uint64_t end = last - seed > BATCH ? seed + BATCH : last;
		if (!fork_batch(plan, seed, end)) {
			seed = end;
			continue;
		}
		seed = result->seed + 1;
		if (failures++ < FAILURES_MAX || limits->seconds > 0)
			printf("seed %lu: %s: %s\n", (unsigned long)result->seed, result->property,
				result->detail);
	}
	double took_s = cpu_s() - begin_cpu_s;
	printf("%lu schedules, %u failed; %.0f a minute of a processor, %.0f steps each\n",
		(unsigned long)result->runs, failures, (double)result->runs / took_s * 60,
		(double)result->steps / (double)(result->runs ? result->runs : 1));
	return failures;
}

/* Shortens SEED, which fails, and prints what is left. */
static void explain(const struct sim_plan *plan, uint64_t seed)
{
	char property[sizeof(result->property)];
	if (!fork_batch(plan, seed, seed + 1)) {
		printf("seed %lu does not fail\n", (unsigned long)seed);
		return;
	}
	snprintf(property, sizeof(property), "%s", result->property);
	size_t count = result->choices.count < CHOICES_MAX ? result->choices.count : CHOICES_MAX;
	struct list list = {.plan = *plan, .choices = calloc(count + 1, sizeof(uint32_t))};
	snprintf(list.name, sizeof(list.name), "seed-%lu", (unsigned long)seed);
	memcpy(list.choices, result->made, count * sizeof(*result->made));
	list.count = count;
	shorten(&list, property);
	tell_story(&list);
	print_list(&list);
	free(list.choices);
}

/* The corpus. */

static bool read_list(FILE *file, struct list *list)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	*list = (struct list){0};
	while (!found && getline(&line, &size, file) > 0) {
		unsigned long ops;
		unsigned int flags;
		int at = 0;
		if (line[0] == '#' || sscanf(line, "%63s %x %lx %u:%n", list->name,
					      &list->plan.allowed, &ops, &flags, &at) != 4)
			continue;
		found = true;
		list->plan.ops = ops;
		list->plan.strict = flags & FLAG_STRICT;
		list->plan.details = flags & FLAG_DETAILS;
		list->choices = calloc(strlen(line), sizeof(uint32_t));
		list->first = 1;
		if (sscanf(line + at, " seeds %lu", &list->seeds) == 1)
			break;
		list->seeds = sscanf(line + at, " seed %lu", &list->first) == 1;
		if (list->seeds)
			break;
		for (char *next = line + at, *end;; next = end) {
			uint32_t value = (uint32_t)strtoul(next, &end, 10);
			if (end == next)
				break;
			list->choices[list->count++] = value;
		}
	}
	free(line);
	return found;
}

static FILE *open_data(const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	snprintf(path, sizeof(path), "%s/tests/simulation/%s", top ? top : ".", name);
	FILE *file = fopen(path, "r");
	if (!file)
		perror(path);
	return file;
}

/* Runs the entries of NAME, which break nothing, or each something where FAIL. */
static unsigned int run_corpus(const char *name, bool fail)
{
	FILE *file = open_data(name);
	struct list list;
	unsigned int wrong = 0, count = 0;
	while (file && read_list(file, &list)) {
		if (fails_with(&list, NULL) == fail) {
			wrong++;
			printf("%s: %s %s\n", name, list.name,
				fail ? "holds now: move it to the corpus" : "fails again");
			if (!fail)
				tell_story(&list);
		}
		free(list.choices);
		count++;
	}
	printf("%s: %u entries\n", name, count);
	if (file)
		fclose(file);
	return wrong + !file;
}

static int tell_entry(const char *name)
{
	static const char *const files[] = {"corpus.txt", "known.txt"};
	struct list list;
	for (int i = 0; i < 2; i++) {
		FILE *file = open_data(files[i]);
		while (file && read_list(file, &list)) {
			if (strcmp(list.name, name) == 0) {
				tell_story(&list);
				return 0;
			}
			free(list.choices);
		}
		if (file)
			fclose(file);
	}
	printf("there is no entry %s\n", name);
	return 1;
}

/* The command line. */

static const char *trouble_name(unsigned int number)
{
	return number < TROUBLES ? trouble_names[number] : NULL;
}

static const char *op_name(unsigned int number)
{
	return number < OP_KINDS ? call_rules[number].name : NULL;
}

/* The set that TEXT names of those that NAME gives. */
static uint64_t parse_set(const char *text, const char *(*name)(unsigned int number))
{
	bool negated = *text == '!';
	uint64_t set = 0;
	char copy[1024], *rest = copy, *word;
	snprintf(copy, sizeof(copy), "%s", text + negated);
	while ((word = strsep(&rest, ","))) {
		char *end;
		uint64_t number = strtoull(word, &end, 16);
		bool known = strcmp(word, "all") == 0 || (end > word + 1 && !*end);
		set |= known && *word != 'a' ? number : 0;
		if (strcmp(word, "all") == 0)
			set = UINT64_MAX;
		for (unsigned int i = 0; name(i); i++) {
			if (strcmp(name(i), word) == 0) {
				set |= UINT64_C(1) << i;
				known = true;
			}
		}
		if (!known && *word) {
			fprintf(stderr, "explore: there is no %s\n", word);
			exit(2);
		}
	}
	return negated ? ~set : set;
}

static unsigned int check(const struct sim_plan *plan)
{
	struct sim_plan bare = *plan;
	bare.bare = true;
	unsigned int wrong = run_corpus("corpus.txt", false);
	wrong += run_corpus("known.txt", true);
	wrong += run_seeds(&bare, 1, &(struct limits){.seeds = FIXED_SEEDS / 4});
	return wrong + run_seeds(plan, FIXED_FIRST, &(struct limits){.seeds = FIXED_SEEDS});
}

int main(int argc, char **argv)
{
	struct sim_plan plan = {.allowed = UINT32_MAX, .ops = UINT64_MAX};
	const char *word[4] = {"", "", "", ""};
	int words = 0;
	for (int i = 1; i < argc; i++) {
		if (strncmp(argv[i], "--allow=", 8) == 0)
			plan.allowed = (uint32_t)parse_set(argv[i] + 8, trouble_name);
		else if (strncmp(argv[i], "--ops=", 6) == 0)
			plan.ops = parse_set(argv[i] + 6, op_name) | 1;
		else if (strcmp(argv[i], "--strict") == 0)
			plan.strict = true;
		else if (strcmp(argv[i], "--details") == 0)
			plan.details = true;
		else if (words < 4)
			word[words++] = argv[i];
	}
	uint64_t first = strtoull(word[1], NULL, 0), count = strtoull(word[2], NULL, 0);
	uint64_t new_seed = (uint64_t)time(NULL) << 24;
	struct limits limits = {.seeds = count};
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	/* Memory that a run has freed is for the next one. */
	mallopt(M_MMAP_THRESHOLD, MEMORY_KEPT);
	mallopt(M_TRIM_THRESHOLD, MEMORY_KEPT);
	result = mmap(
		NULL, sizeof(*result), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (words == 0)
		return check(&plan) != 0;
	if (strcmp(word[0], "seconds") == 0) {
		limits = (struct limits){.seconds = (double)first};
		return run_seeds(&plan, new_seed, &limits) != 0;
	}
	if (strcmp(word[0], "find") == 0) {
		limits = (struct limits){.cpu_seconds = (double)first, .failures = 1};
		return run_seeds(&plan, new_seed, &limits) != 0;
	}
	if (strcmp(word[0], "states") == 0) {
		run_seeds(&plan, first, &limits);
		print_states();
		return 0;
	}
	if (strcmp(word[0], "bare") == 0 || strcmp(word[0], "seeds") == 0) {
		plan.bare = word[0][0] == 'b';
		return run_seeds(&plan, first, &limits) != 0;
	}
	if (strcmp(word[0], "seed") == 0) {
		plan.story = true;
		return run_seed(&plan, first) != NULL;
	}
	if (strcmp(word[0], "shorten") == 0)
		explain(&plan, first);
	else if (strcmp(word[0], "story") == 0)
		return tell_entry(word[1]);
	return 0;
}
