/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs generated programs on the simulated and on the real kernel, and compares; see agree.h.
 *
 *   agree                     what `make check` runs: the programs of agree.txt, and fixed seeds
 *   agree seeds FIRST COUNT   other seeds
 *   agree seconds COUNT       new seeds, for as long
 *   agree seed NUMBER         prints a program, and what is seen of it
 *   agree shorten NUMBER      prints the shortest program that differs as that seed does
 *   agree program NAME        prints what is seen of a program of agree.txt
 *
 * In the environment, AGREE_COUNT is the number of fixed seeds, AGREE_WORKERS that of the processes
 * that run seeds, OPERATIONS the program of operations.c where it is not in tests/simulation.
 */
#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/time.h"
#include "simulation/agree.h"
#include "support/random.h"

#define FIXED_SEEDS  40
#define SHORT_NS     (20 * NS_PER_MS)
#define RETRIES      5 /* with a short limit four times as long */
#define FAILURES_MAX 10
#define WORKERS      4

/* The exit status of a test that cannot run (Automake). */
#define NO_KERNEL    77

const char *const operation_names[OPERATIONS] = {
	[DO_GETPPID] = "getppid",
	[DO_CLOSE] = "close",
	[DO_REFUSED] = "refused",
	[DO_COMPUTE] = "compute",
	[DO_READ] = "read",
	[DO_NANOSLEEP] = "nanosleep",
	[DO_POLL] = "poll",
	[DO_PAUSE] = "pause",
	[DO_EPOLL] = "epoll_wait",
	[DO_SEMTIMEDOP] = "semtimedop",
	[DO_ACCEPT] = "accept",
	[DO_WRITE] = "write",
	[DO_NOTIFIED] = "notified",
	[DO_KILL] = "kill",
	[DO_SIGMASK] = "sigmask",
	[DO_CLONE] = "clone",
	[DO_FORK] = "fork",
	[DO_VFORK] = "vfork",
	[DO_UNTRACED] = "untraced",
	[DO_CLONE_PARENT] = "clone_parent",
	[DO_CLONE_SIGNAL] = "clone_signal",
	[DO_CLONE_SILENT] = "clone_silent",
	[DO_VFORK_THREAD] = "vfork_thread",
	[DO_WAIT] = "wait",
	[DO_EXEC] = "exec",
	[DO_EXIT] = "exit",
	[DO_EXIT_GROUP] = "exit_group",
};

long operation_call(enum operation operation)
{
	return operation == DO_REFUSED ? SYS_openat : SYS_close;
}

static const char *const step_names[STEP_KINDS] = {
	[STEP_COMMAND] = "command",
	[STEP_EVENT] = "event",
	[STEP_SIGNAL] = "signal",
	[STEP_TIME] = "time",
	[STEP_SEIZE] = "seize",
	[STEP_INTERRUPT] = "interrupt",
	[STEP_RESUME] = "resume",
	[STEP_LISTEN] = "listen",
	[STEP_DETACH] = "detach",
	[STEP_MESSAGE] = "message",
	[STEP_SYSCALL] = "syscall",
	[STEP_PENDING] = "pending",
	[STEP_SET_RESULT] = "set_result",
	[STEP_CONSUME] = "consume",
	[STEP_CONSUME_END] = "consume_end",
	[STEP_END] = "end",
};

static const char *const limit_names[] = {
	[LIMIT_NONE] = "none", [LIMIT_SHORT] = "short", [LIMIT_LONG] = "long"};

static const char *const handling_names[] = {
	[HANDLE_DEFAULT] = "default",
	[HANDLE_IGNORE] = "ignore",
	[HANDLE] = "handle",
	[HANDLE_RESTART] = "restart",
};

/* A program that was generated, or read, and what is seen of it. */
static struct script script;
static struct seen expected[AGREE_STEPS + 1];
static struct real *real;

/* Choosing steps. */

struct generator {
	uint64_t random;
	unsigned int tracing;  /* how often a step is the tracer's, of 100 */
	unsigned int deaths;   /* 0: none */
	unsigned int handlers; /* how often a signal is one that has a handler, of 100 */
	unsigned int births;   /* how often a call makes a task, of 100 */
	bool careless;         /* the tracer makes requests that fail */
};

static const int handled[] = {SIGUSR1, SIGUSR2, 40};
static const int others[] = {
	SIGWINCH, SIGHUP, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGSTOP, SIGCONT, SIGUSR1, SIGURG};

static unsigned int below(struct generator *generator, unsigned int limit)
{
	return (unsigned int)random_below(&generator->random, limit);
}

static bool happens(struct generator *generator, unsigned int percent)
{
	return below(generator, 100) < percent;
}

static int choose_signal(struct generator *generator)
{
	if (happens(generator, generator->handlers))
		return handled[below(generator, 3)];
	if (happens(generator, generator->deaths))
		return happens(generator, 50) ? SIGTERM : SIGKILL;
	return others[below(generator, sizeof(others) / sizeof(*others))];
}

static enum operation choose_operation(struct generator *generator)
{
	static const enum operation waits[] = {DO_READ, DO_NANOSLEEP, DO_POLL, DO_PAUSE, DO_EPOLL,
		DO_SEMTIMEDOP, DO_ACCEPT, DO_WRITE, DO_NOTIFIED, DO_WAIT};
	static const enum operation births[] = {DO_CLONE, DO_FORK, DO_VFORK, DO_UNTRACED,
		DO_CLONE_PARENT, DO_CLONE, DO_FORK, DO_CLONE_SIGNAL, DO_CLONE_SILENT,
		DO_VFORK_THREAD};
	static const enum operation ends[] = {DO_EXEC, DO_EXIT, DO_EXIT_GROUP, DO_EXEC};
	static const enum operation short_ones[] = {DO_GETPPID, DO_CLOSE, DO_REFUSED, DO_KILL,
		DO_SIGMASK, DO_KILL, DO_SIGMASK, DO_COMPUTE};
	if (happens(generator, generator->births))
		return births[below(generator, sizeof(births) / sizeof(*births))];
	if (happens(generator, generator->deaths))
		return ends[below(generator, 4)];
	if (happens(generator, 30))
		return short_ones[below(generator, 8)];
	return waits[below(generator, sizeof(waits) / sizeof(*waits))];
}

static void choose_command(struct generator *generator, struct step *step)
{
	step->kind = STEP_COMMAND;
	step->operation = choose_operation(generator);
	switch (step->operation) {
	case DO_NANOSLEEP:
		step->limit = happens(generator, 30) ? LIMIT_SHORT : LIMIT_LONG;
		break;
	case DO_POLL:
	case DO_EPOLL:
	case DO_SEMTIMEDOP:
	case DO_ACCEPT:
		step->limit = (enum limit)below(generator, 3);
		break;
	default:
		break;
	}
	if (step->operation != DO_KILL && step->operation != DO_SIGMASK)
		return;
	do
		step->value = choose_signal(generator);
	while (step->operation == DO_SIGMASK && (step->value == SIGKILL || step->value == SIGSTOP));
	step->flag = below(generator, 2);
}

/* A step of the tracer for a task in a stop. */
static void choose_request(
	struct generator *generator, const struct prospect *prospect, struct step *step)
{
	static const int results[] = {-514, -512, -513, -EINTR};
	bool is_signal = prospect->status && prospect->status < 0x80;
	unsigned int choice = below(generator, 100);
	if (prospect->has_report && choice < 30) {
		step->kind = STEP_CONSUME;
	} else if (choice < 75) {
		step->kind = STEP_RESUME;
		if (prospect->status >> 8 == PTRACE_EVENT_STOP && prospect->status != 0x8005 &&
			happens(generator, 60))
			step->kind = STEP_LISTEN;
	} else if (choice < 79) {
		step->kind = STEP_DETACH;
	} else if (choice < 82) {
		step->kind = STEP_MESSAGE;
	} else if (choice < 90) {
		step->kind = STEP_SYSCALL;
	} else if (choice < 95) {
		step->kind = STEP_PENDING;
	} else if (choice < 98) {
		step->kind = STEP_SET_RESULT;
		step->value = results[below(generator, 4)];
	} else {
		step->kind = happens(generator, 50) ? STEP_INTERRUPT : STEP_LISTEN;
	}
	if (step->kind != STEP_RESUME && step->kind != STEP_DETACH)
		return;
	if (is_signal && happens(generator, 85))
		step->value = prospect->status;
	else if (happens(generator, 6))
		step->value = choose_signal(generator);
}

static void choose_careless(struct generator *generator, struct step *step)
{
	static const enum step_kind kinds[] = {STEP_SEIZE, STEP_INTERRUPT, STEP_RESUME, STEP_LISTEN,
		STEP_DETACH, STEP_MESSAGE, STEP_SYSCALL, STEP_PENDING, STEP_CONSUME,
		STEP_CONSUME_END};
	step->kind = kinds[below(generator, sizeof(kinds) / sizeof(*kinds))];
}

static void choose_step(struct generator *generator, struct step *step)
{
	struct prospect prospect;
	*step = (struct step){.task = below(generator, simulated_count())};
	simulated_prospect(step->task, &prospect);
	if (happens(generator, 3)) {
		step->kind = STEP_TIME;
		step->task = 0;
		return;
	}
	if (generator->careless && happens(generator, 6)) {
		choose_careless(generator, step);
		return;
	}
	if (happens(generator, 12)) {
		step->kind = STEP_SIGNAL;
		step->value = choose_signal(generator);
		step->flag = below(generator, 2);
		return;
	}
	if (prospect.stopped && happens(generator, 30)) {
		step->kind = STEP_SIGNAL;
		step->value = SIGCONT;
		return;
	}
	if (happens(generator, generator->tracing)) {
		if (!prospect.traced)
			step->kind = STEP_SEIZE;
		else if (prospect.in_stop)
			choose_request(generator, &prospect, step);
		else if (prospect.has_report)
			step->kind = prospect.ended ? STEP_CONSUME_END : STEP_CONSUME;
		else
			step->kind = STEP_INTERRUPT;
		return;
	}
	if (prospect.waits && happens(generator, 60))
		step->kind = STEP_EVENT;
	else
		choose_command(generator, step);
}

static struct generator make_generator(uint64_t seed)
{
	struct generator generator = {.random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
	for (int i = 0; i < 4; i++)
		random_next(&generator.random);
	generator.tracing = below(&generator, 4) * 20 + 10;
	generator.deaths = below(&generator, 3) * 10;
	generator.handlers = below(&generator, 3) * 35;
	generator.births = below(&generator, 3) * 15;
	generator.careless = below(&generator, 3) == 0;
	return generator;
}

static void choose_handling(struct generator *generator)
{
	script.handling[SIGUSR1] = HANDLE_RESTART;
	script.handling[SIGUSR2] = HANDLE;
	script.handling[40] = HANDLE_RESTART;
	if (happens(generator, 30))
		script.handling[SIGHUP] = HANDLE_IGNORE;
	if (happens(generator, 20))
		script.handling[SIGCHLD] = happens(generator, 30) ? HANDLE_IGNORE : HANDLE_RESTART;
	if (happens(generator, 10))
		script.handling[SIGCONT] = HANDLE;
	if (happens(generator, 10))
		script.handling[SIGTSTP] = HANDLE_IGNORE;
}

static void generate(uint64_t seed)
{
	struct generator generator = make_generator(seed);
	unsigned int length = 8 + below(&generator, AGREE_STEPS - 16), tail = 0;
	memset(&script, 0, sizeof(script));
	memset(expected, 0, sizeof(expected));
	choose_handling(&generator);
	simulated_begin(&script);
	simulated_see(&expected[0]);
	for (unsigned int tries = 0; tries < 4000 && tail < 5; tries++) {
		struct step step;
		choose_step(&generator, &step);
		if (script.count >= length && !tail)
			step = (struct step){.kind = STEP_END};
		if (!simulated_is_possible(&step) ||
			!simulated_step(&step, &expected[script.count + 1])) {
			tail += step.kind == STEP_END && tries > 3900;
			continue;
		}
		tail += script.count >= length;
		script.step[script.count++] = step;
		if (script.count == AGREE_STEPS)
			break;
	}
}

/* Runs the steps of SCRIPT that are possible, and drops the others. */
static void simulate(void)
{
	unsigned int count = 0;
	memset(expected, 0, sizeof(expected));
	simulated_begin(&script);
	simulated_see(&expected[0]);
	for (unsigned int i = 0; i < script.count; i++) {
		struct step step = script.step[i];
		if (simulated_is_possible(&step) && simulated_step(&step, &expected[count + 1]))
			script.step[count++] = step;
	}
	script.count = count;
}

/* Text. */

static void print_step(const struct step *step)
{
	printf("%s", step_names[step->kind]);
	if (step->kind != STEP_TIME && step->kind != STEP_END)
		printf(" %u", step->task + 1);
	switch (step->kind) {
	case STEP_COMMAND:
		printf(" %s", operation_names[step->operation]);
		if (step->operation == DO_KILL || step->operation == DO_SIGMASK)
			printf(" %d %u", step->value, step->flag);
		else
			printf(" %s", limit_names[step->limit]);
		break;
	case STEP_SIGNAL:
		printf(" %d %u", step->value, step->flag);
		break;
	case STEP_RESUME:
	case STEP_DETACH:
	case STEP_SET_RESULT:
		printf(" %d", step->value);
		break;
	default:
		break;
	}
}

static void print_program(void)
{
	for (int signal = 1; signal <= 64; signal++) {
		if (script.handling[signal] != HANDLE_DEFAULT)
			printf("%d %s; ", signal, handling_names[script.handling[signal]]);
	}
	for (unsigned int i = 0; i < script.count; i++) {
		print_step(&script.step[i]);
		printf("; ");
	}
	putchar('\n');
}

static int find_name(const char *name, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], name) == 0)
			return i;
	}
	printf("agree: there is no %s\n", name);
	exit(2);
}

static void parse_step(const char *text)
{
	char word[3][32] = {"", "", ""};
	unsigned int task = 1;
	int signal, at = 0;
	if (sscanf(text, "%d %31s", &signal, word[0]) == 2) {
		script.handling[signal] = (enum handling)find_name(word[0], handling_names, 4);
		return;
	}
	if (sscanf(text, " %31s %u %n", word[0], &task, &at) < 1 || script.count == AGREE_STEPS)
		return;
	struct step step = {.kind = (enum step_kind)find_name(word[0], step_names, STEP_KINDS),
		.task = task - 1};
	if (step.kind == STEP_COMMAND) {
		sscanf(text + at, "%31s %31s %u", word[1], word[2], &step.flag);
		step.operation = (enum operation)find_name(word[1], operation_names, OPERATIONS);
		if (step.operation == DO_KILL || step.operation == DO_SIGMASK)
			step.value = atoi(word[2]);
		else
			step.limit = (enum limit)find_name(word[2], limit_names, 3);
	} else if (at) {
		sscanf(text + at, "%d %u", &step.value, &step.flag);
	}
	script.step[script.count++] = step;
}

static void parse_program(char *text)
{
	char *step;
	memset(&script, 0, sizeof(script));
	while ((step = strsep(&text, ";\n")))
		parse_step(step);
}

static void print_task(unsigned int slot, const struct seen_task *task, unsigned int from)
{
	printf("    %u:", slot + 1);
	if (task->tid)
		printf(" number %d of %d, parent %d%s, %c", task->tid, task->tgid, task->parent,
			task->tracer ? ", traced" : "", task->state ? task->state : '?');
	else
		printf(" gone");
	if (task->call >= 0)
		printf(" in call %ld", task->call);
	if (task->report)
		printf(", report %d: code %d status %#x", task->report, task->code,
			(unsigned int)task->status);
	for (unsigned int i = from; i < task->logged && i < AGREE_LOG; i++) {
		int64_t value = task->log[i];
		if (value > 0 && (value & LOG_HANDLER))
			printf(", handles %d", (int)value);
		else if (value > 0 && (value & LOG_TID))
			printf(", returns task %d", (int)value);
		else
			printf(", returns %d", (int)value);
	}
	putchar('\n');
}

/* What has changed since BEFORE. */
static void print_seen(const struct seen *before, const struct seen *seen)
{
	if (seen->result)
		printf("    result %d\n", seen->result);
	if (seen->op)
		printf("    view op %d, call %ld, value %ld\n", seen->op, seen->call, seen->value);
	if (seen->message)
		printf("    message %d\n", seen->message);
	for (unsigned int slot = 0; slot < seen->count; slot++) {
		const struct seen_task *was = before ? &before->task[slot] : NULL;
		if (!was || memcmp(was, &seen->task[slot], sizeof(*was)) != 0)
			print_task(slot, &seen->task[slot], was ? was->logged : 0);
	}
	if (!before || before->who != seen->who || before->first_report != seen->first_report)
		printf("    first report: %d, of %d\n", seen->first_report, seen->who);
}

static void print_steps(unsigned int count)
{
	print_seen(NULL, &expected[0]);
	for (unsigned int i = 0; i < count; i++) {
		print_step(&script.step[i]);
		putchar('\n');
		print_seen(&expected[i], &expected[i + 1]);
	}
}

/* Comparing. */

/* Runs the program; where it differs, *AT and *IS are the step and what is seen. */
static enum agreement run(unsigned int *at, struct seen *is)
{
	uint64_t short_ns = SHORT_NS;
	enum agreement result = TOO_SLOW;
	for (int tries = 0; tries < RETRIES && result == TOO_SLOW; tries++, short_ns *= 4)
		result = real_run(real, &script, expected, short_ns, at, is);
	return result;
}

static void print_difference(unsigned int at, const struct seen *is)
{
	printf("expected\n");
	print_seen(at || script.count ? &expected[at] : NULL, &expected[at + 1]);
	printf("seen\n");
	print_seen(&expected[at], is);
}

static void print_run(void)
{
	static struct seen is;
	unsigned int at = 0;
	enum agreement result = run(&at, &is);
	print_steps(result == DIFFERS ? at + 1 : script.count);
	if (result == DIFFERS)
		print_difference(at, &is);
	else
		printf("%s\n", result == AGREES ? "agrees" : "too slow");
}

/* Leaves out steps as long as the program still differs. */
static void shorten(void)
{
	static struct seen is;
	static struct script kept;
	unsigned int at;
	if (run(&at, &is) != DIFFERS) {
		printf("does not differ\n");
		return;
	}
	script.count = at + 1;
	for (unsigned int size = script.count / 2; size; size /= 2) {
		for (unsigned int from = 0; from < script.count;) {
			kept = script;
			unsigned int end = from + size < script.count ? from + size : script.count;
			memmove(&script.step[from], &script.step[end],
				(script.count - end) * sizeof(struct step));
			script.count -= end - from;
			simulate();
			if (run(&at, &is) == DIFFERS) {
				script.count = at + 1;
				continue;
			}
			script = kept;
			from += size;
		}
	}
	simulate();
	print_program();
	print_run();
}

static struct real *start(void)
{
	const char *operations = getenv("OPERATIONS");
	return real_start(operations ? operations : "tests/simulation/operations.tracee");
}

/* What the processes that run seeds have come to, in memory that they share. */
struct totals {
	_Atomic uint64_t next, runs, steps, differ, slow;
};

static void run_some(struct totals *totals, uint64_t end, time_t end_time)
{
	static struct seen is;
	for (;;) {
		uint64_t seed = totals->next++;
		if (seed >= end || totals->differ >= FAILURES_MAX ||
			(end_time && time(NULL) >= end_time))
			return;
		unsigned int at;
		generate(seed);
		enum agreement result = run(&at, &is);
		totals->runs++;
		totals->steps += script.count;
		totals->slow += result == TOO_SLOW;
		if (result != DIFFERS)
			continue;
		totals->differ++;
		printf("seed %lu, step %u: ", (unsigned long)seed, at + 1);
		print_step(&script.step[at]);
		putchar('\n');
		print_difference(at, &is);
		fflush(stdout);
	}
}

/* Several processes, as the tasks of one program hardly ever run at once. */
static uint64_t run_seeds(uint64_t first, uint64_t count, uint64_t seconds)
{
	struct totals *totals = mmap(
		NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const char *wanted = getenv("AGREE_WORKERS");
	int workers = wanted ? atoi(wanted) : WORKERS;
	time_t begin = time(NULL);
	totals->next = first;
	fflush(stdout);
	for (int i = 0; i < workers; i++) {
		if (fork())
			continue;
		real = start();
		if (real)
			run_some(totals, first + count, seconds ? begin + (time_t)seconds : 0);
		if (real)
			real_stop(real);
		exit(real ? 0 : NO_KERNEL);
	}
	/* On a busy machine some may not be able to begin: the others run all. */
	int idle = 0;
	for (int i = 0, status; i < workers; i++) {
		bool ended = wait(&status) >= 0;
		if (ended && WIFEXITED(status) && WEXITSTATUS(status) == NO_KERNEL)
			idle++;
		else if (!ended || status)
			totals->differ++;
	}
	totals->differ += idle == workers;
	printf("%lu programs, %.1f steps each, %lu differ, %lu too slow; %.0f s\n",
		(unsigned long)totals->runs,
		(double)totals->steps / (double)(totals->runs ? totals->runs : 1),
		(unsigned long)totals->differ, (unsigned long)totals->slow,
		difftime(time(NULL), begin));
	return totals->differ;
}

/* Programs of agree.txt: NAME: STEPS. */
static unsigned int run_file(const char *only)
{
	static struct seen is;
	const char *top = getenv("top_srcdir");
	char path[4096], *line = NULL;
	size_t size = 0;
	unsigned int at, count = 0, differ = 0;
	snprintf(path, sizeof(path), "%s/tests/simulation/agree.txt", top ? top : ".");
	FILE *file = fopen(path, "r");
	if (!file) {
		perror(path);
		return 1;
	}
	while (getline(&line, &size, file) > 0) {
		char *text = line, *name = strsep(&text, ":");
		if (line[0] == '#' || !text || (only && strcmp(only, name) != 0))
			continue;
		parse_program(text);
		simulate();
		count++;
		if (only)
			print_run();
		else if (run(&at, &is) == DIFFERS) {
			printf("%s, step %u: ", name, at + 1);
			print_step(&script.step[at]);
			putchar('\n');
			print_difference(at, &is);
			differ++;
		}
	}
	printf("agree.txt: %u programs\n", count);
	free(line);
	fclose(file);
	return differ;
}

static int work(const char *what, const char *first, const char *second)
{
	uint64_t number = strtoull(first, NULL, 0), count = strtoull(second, NULL, 0);
	const char *fixed = getenv("AGREE_COUNT");
	if (strcmp(what, "seeds") == 0)
		return run_seeds(number, count, 0) != 0;
	if (strcmp(what, "seconds") == 0)
		return run_seeds((uint64_t)time(NULL) << 20, UINT64_MAX >> 1, number) != 0;
	if (strcmp(what, "program") == 0)
		return run_file(first) != 0;
	if (strcmp(what, "seed") == 0 || strcmp(what, "shorten") == 0) {
		generate(number);
		if (what[1] == 'h') {
			shorten();
			return 0;
		}
		print_program();
		print_run();
		return 0;
	}
	uint64_t differ = run_file(NULL);
	return differ + run_seeds(1, fixed ? strtoull(fixed, NULL, 0) : FIXED_SEEDS, 0) != 0;
}

int main(int argc, char **argv)
{
	real = start();
	if (!real)
		return NO_KERNEL;
	int result = work(
		argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
	real_stop(real);
	return result;
}
