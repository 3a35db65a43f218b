/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing the command line; see app/options.h. */
#include "config.h"

#include "app/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/callset.h"
#include "abi/nearest.h"
#include "app/flight.h"
#include "app/option_table.h"
#include "app/shipping.h"
#include "base/alloc.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/replay/replay.h"
#include "event/filter.h"
#include "event/stack_copy.h"
#include "out/comparison.h"
#include "out/exporter.h"
#include "out/log.h"
#include "out/shipper.h"

/* Size of the ring by default: the records of some ten thousand calls. */
#define RING_DEFAULT (4 << 20)

/* The same with a log: its reader may get no processor for a second, while targets go on. */
#define RING_LOG     (32 << 20)

/* getopt(3)'s values of options without a letter start after all characters. */
#define LONG_ONLY    256

/* VALUE escaped for a message. */
static const char *quoted(const char *value, char buf[64])
{
	return text_escape(value, strlen(value), buf, 64);
}

/* The table in the two forms for getopt_long(3). */
struct getopt_form {
	char letters[3 + 2 * OPTIONS_MAX];
	struct option names[OPTIONS_MAX + 1];
};

/* Fills in FORM, which is zero. */
static void make_form(const struct option_list *list, struct getopt_form *form)
{
	char *letter = form->letters;
	/* Options end at the first other word, the command. Errors are reported here. */
	*letter++ = '+';
	*letter++ = ':';
	for (size_t i = 0; i < list->count; i++) {
		form->names[i] = (struct option){
			.name = list->desc[i].name,
			.has_arg = list->desc[i].argument ? required_argument : no_argument,
			.val = LONG_ONLY + (int)i,
		};
		if (!list->desc[i].letter)
			continue;
		*letter++ = list->desc[i].letter;
		if (list->desc[i].argument)
			*letter++ = ':';
	}
}

/* The option with getopt_long(3) value VALUE, or NULL. */
static const struct option_desc *desc_of(const struct option_list *list, int value)
{
	if (value >= LONG_ONLY && value < LONG_ONLY + (int)list->count)
		return &list->desc[value - LONG_ONLY];
	for (size_t i = 0; i < list->count; i++) {
		if (list->desc[i].letter && list->desc[i].letter == value)
			return &list->desc[i];
	}
	return NULL;
}

/* Reports that NAME is a prefix of several options, or of none. */
static int unknown_name(struct parse *parse, const char *name)
{
	char near[128], shown[64], several[128] = "";
	size_t used = 0, begun = 0;
	struct nearest nearest;
	nearest_begin(&nearest, name);
	for (size_t i = 0; i < parse->list->count; i++) {
		nearest_offer(&nearest, parse->list->desc[i].name);
		if (strncmp(parse->list->desc[i].name, name, strlen(name)) != 0 ||
			used >= sizeof(several))
			continue;
		used += (size_t)snprintf(several + used, sizeof(several) - used, "%s--%s",
			begun++ ? ", " : "", parse->list->desc[i].name);
	}
	if (begun > 1)
		return option_error(parse, "--%s is ambiguous: %s", quoted(name, shown), several);
	nearest_text(&nearest, "--", near, sizeof(near));
	return option_error(parse, "unknown option --%s%s", quoted(name, shown),
		*near ? near : "; stop -h lists them");
}

/* Reports WORD, which getopt_long(3) rejected: an unknown option, or one with a superfluous value.
 */
static int unknown_option(struct parse *parse, const char *word)
{
	const struct option_desc *desc = desc_of(parse->list, optopt);
	char shown[64];
	if (desc)
		return option_error(parse, "--%s takes no value", desc->name);
	if (optopt)
		return option_error(parse, "unknown option -%s; stop -h lists them",
			text_escape(&(char){(char)optopt}, 1, shown, sizeof(shown)));
	char *name = xstrdup(strncmp(word, "--", 2) == 0 ? word + 2 : word);
	name[strcspn(name, "=")] = '\0';
	int error = unknown_name(parse, name);
	free(name);
	return error;
}

static int missing_value(struct parse *parse)
{
	const struct option_desc *desc = desc_of(parse->list, optopt);
	if (desc->letter)
		return option_error(parse, "-%c, --%s: %s is missing", desc->letter, desc->name,
			desc->argument);
	return option_error(parse, "--%s: %s is missing", desc->name, desc->argument);
}

/* Applies the options up to the first other word, -h, -V, or an error. */
static int apply_all(struct parse *parse, int argc, char **argv)
{
	struct getopt_form form = {0};
	make_form(parse->list, &form);
	optind = 0; /* resets getopt(3), even after an incomplete scan */
	opterr = 0;
	while (parse->options->task == OPTIONS_TRACE) {
		int value = getopt_long(argc, argv, form.letters, form.names, NULL);
		if (value == -1)
			return 0;
		if (value == ':')
			return missing_value(parse);
		if (value == '?')
			return unknown_option(parse, argv[optind - 1]);
		parse->desc = desc_of(parse->list, value);
		int error = parse->desc->apply(parse, optarg);
		if (error)
			return error;
	}
	return 0;
}

/* Whether -b or -c write to standard output. */
static bool writes_to_stdout(const struct options *options)
{
	return options->output ? strcmp(options->output, "-") == 0 : !options->command;
}

bool options_play_stdin(const struct options *options)
{
	for (size_t i = 0; options->traces && i < options->trace_count; i++) {
		if (strcmp(options->traces[i], "-") == 0)
			return true;
	}
	return false;
}

/* Checks combinations of options; reports the first rule that is violated. */
static int check(struct parse *parse, bool has_terminal)
{
	struct options *options = parse->options;
	bool is_interactive = options->mode == OPTIONS_INTERACTIVE;
	bool has_scope = options->scope.option != SCOPE_NONE;
	bool has_process = options->pid_count || options->name_count;
	bool has_target = has_process || options->command || has_scope;
	options->asks_for_target = is_interactive && has_terminal && !has_target &&
	                           !options->traces && !options->replays;
	bool logs_to_stdout = options->log && strcmp(options->log, "-") == 0;
	const struct scope_request *scope = &options->scope;
	const struct {
		bool is_wrong;
		const char *message;
	} rules[] = {
		{scope->space && scope->option != SCOPE_POD, "--namespace requires --pod"},
		{scope->space && scope->option == SCOPE_POD && strchr(scope->name, '/'),
			"--namespace and --pod=NAMESPACE/NAME exclude each other"},
		{parse->batch && parse->summary, "-b and -c exclude each other: frames, or one "
						 "summary at the end"},
		{has_process && options->command,
			"-p and a command exclude each other (several processes: -p PID,PID)"},
		{options->replays && !options->traces,
			"--replay: say what is to be replayed: stop --replay NAME.ctf"},
		{options->traces && has_target,
			"a recording is replayed alone, without -p, a command, --cgroup, …"},
		{options->traces && options->record, "--record and a recording exclude each other"},
		{options->traces && options->flight_ns,
			"--flight and a recording exclude each other"},
		{options->record_limit && options->flight_ns,
			"--record-limit and --flight exclude each other: --flight=TIME,SIZE"},
		{options->record_limit && !options->record && !is_interactive,
			"--record-limit requires --record"},
		{options->record_detail && !options->record && !options->flight_ns &&
				!is_interactive,
			"--record-detail requires --record or --flight"},
		{options->record_pack && !options->record && !options->flight_ns && !is_interactive,
			"--record-pack requires --record or --flight"},
		{options->when && !options->flight_ns,
			"--when requires --flight: say how much is to be recorded before such a "
			"call: --flight=60s"},
		{parse->has_flight_count && !options->when, "--flight-count requires --when"},
		{!options->has_ship && parse->has_ship_detail,
			"--ship-password, --ship-by, --ship-interval, --ship-buffer and "
			"--ship-calls require --ship"},
		{options->has_ship && options->filter && !options->set,
			"--ship adds calls up: -e has to be a set of calls, without conditions"},
		{options->has_ship && options->traces && is_interactive,
			"--ship of a recording requires -c or -b"},
		{options->has_serve && options->has_metrics &&
				!listen_address_equal(&options->serve, &options->metrics),
			"--serve has metrics, too: leave --metrics out, or give both one address"},
		{!has_target && !options->traces && !options->asks_for_target,
			"nothing to watch: use stop -p PID or stop COMMAND; see stop -h"},
		{has_scope && has_process,
			"-p and --cgroup, --container, --pod, --pidns or --all exclude each other"},
		{has_scope && options->command,
			"a command and --cgroup, --container, --pod, --pidns or --all exclude each other"},
		{has_scope && options->has_follow,
			"--follow requires -p or a command: of a cgroup, container, namespace or the "
			"machine, every process is followed"},
		{options->wait_for_target && !options->name_count,
			"--wait requires the name of a process: -p NAME"},
		{options->again && (!has_process || options->pid_count + options->name_count > 1),
			"--again requires one process: -p NAME or -p PID"},
		{options->stdin_path && !options->command,
			"--stdin requires a command: it cannot be used with -p"},
		{options->user && !options->command, "-u requires a command"},
		{options->log_split && (!options->log || logs_to_stdout),
			"-ff requires --log=FILE: the log of each thread is FILE.TID"},
		{options->log_split && options->log_format->is_for_programs,
			"-ff requires --log-format=strace: the others have all threads in one file"},
		{!options->log && options->log_format != &line_formats[LINE_FORMAT_STRACE],
			"--log-format requires --log"},
		{parse->has_until_count && !options->until, "--until-count requires --until"},
		{is_interactive && options->output, "-o requires -b or -c"},
		{is_interactive && parse->has_format, "--format requires -b or -c"},
		{options->format->stacks_alone && !options->stacks,
			"this format writes stacks: say of which calls with -k SET"},
		{options->format->is_single && options->mode == OPTIONS_BATCH &&
				(!options->output || strcmp(options->output, "-") == 0),
			"this format has one report in a file: with -b, say with -o which file is "
			"replaced"},
		{options->mode != OPTIONS_BATCH && options->frames, "-n requires -b"},
		{!options->log && options->log_waits, "--log-wait requires --log"},
		{is_interactive && logs_to_stdout,
			"--log=- requires -c: the screen is on standard output"},
		{options->mode == OPTIONS_BATCH && logs_to_stdout && writes_to_stdout(options),
			"--log=- and -b would be mixed on standard output: give one of them a "
			"file"},
		{is_interactive && has_terminal && options_play_stdin(options),
			"\"-\" is standard input, which is the terminal here: pipe a trace into it"},
		{is_interactive && !has_terminal && !options_play_stdin(options),
			"the screen needs a terminal as standard input and output: use -c for a "
			"summary or -b for text frames"},
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (rules[i].is_wrong)
			return option_error(parse, "%s", rules[i].message);
	}
	return 0;
}

/* The words after --diff: A B, or A… vs B…. */
static int take_sides(struct parse *parse, char **word, size_t count)
{
	struct options *options = parse->options;
	size_t first = count == 2 ? 1 : 0, second;
	while (count != 2 && first < count && strcmp(word[first], "vs") != 0)
		first++;
	second = count == 2 ? 1 : first + 1;
	if (first == 0 || second >= count)
		return option_error(parse, "--diff: expected two files, or files of several runs: "
					   "--diff A1 A2 vs B1 B2");
	options->diff[0] = word;
	options->diff_count[0] = first;
	options->diff[1] = word + second;
	options->diff_count[1] = count - second;
	for (size_t side = 0; side < 2; side++) {
		if (options->diff_count[side] > COMPARISON_RUNS)
			return option_error(
				parse, "--diff: more than %d runs of a side", COMPARISON_RUNS);
	}
	return 0;
}

/* Checks the options that are given with --diff, and makes it the task. */
static int check_diff(struct parse *parse, char **word, size_t count)
{
	struct options *options = parse->options;
	bool has_target = options->pid_count || options->name_count ||
	                  options->scope.option != SCOPE_NONE;
	const struct exporter *format = options->format;
	if (has_target || parse->batch || parse->summary || options->log)
		return option_error(parse, "--diff compares files, and traces nothing");
	if (format != &exporters[EXPORTER_TEXT] && format != &exporters[EXPORTER_JSON])
		return option_error(parse, "--diff: the format is text or json");
	options->task = OPTIONS_DIFF;
	return take_sides(parse, word, count);
}

/* The same for --doctor. */
static int check_doctor(struct parse *parse, size_t word_count)
{
	struct options *options = parse->options;
	const struct exporter *format = options->format;
	if (word_count || options->pid_count || options->name_count || parse->batch ||
		parse->summary || options->scope.option != SCOPE_NONE)
		return option_error(parse, "--doctor looks at this machine, and traces nothing");
	if (format != &exporters[EXPORTER_TEXT] && format != &exporters[EXPORTER_JSON])
		return option_error(parse, "--doctor: the format is text or json");
	options->task = OPTIONS_DOCTOR;
	return 0;
}

/* Whether WORD, followed by others or not, is the name of a program that can be started. */
static bool is_command(const char *word)
{
	char path[PATH_MAX];
	struct stat status;
	const char *search = strchr(word, '/') ? "" : getenv("PATH");
	for (const char *at = search ? search : "/bin:/usr/bin"; at;) {
		size_t size = strcspn(at, ":");
		bool is_here = size == 0;
		int length = strchr(word, '/')
		                     ? snprintf(path, sizeof(path), "%s", word)
		                     : snprintf(path, sizeof(path), "%.*s/%s",
					       is_here ? 1 : (int)size, is_here ? "." : at, word);
		if (length < (int)sizeof(path) && stat(path, &status) == 0 &&
			S_ISREG(status.st_mode) && access(path, X_OK) == 0)
			return true;
		at = at[size] ? at + size + 1 : NULL;
	}
	return false;
}

/* Whether all of the COUNT WORDS are files or directories of traces, or the only one is standard
 * input. */
static bool are_traces(char **words, size_t count)
{
	struct stat status;
	if (count == 1 && strcmp(words[0], "-") == 0)
		return true;
	for (size_t i = 0; i < count; i++) {
		if (stat(words[i], &status) < 0 ||
			(S_ISDIR(status.st_mode) && !replay_recognises(words[i])))
			return false;
	}
	return true;
}

/* The COUNT WORDS that are no options: a command, which all are after "--", or traces. */
static void set_words(struct options *options, char **words, size_t count, bool is_explicit)
{
	if (count == 0)
		return;
	if (options->replays ||
		(!is_explicit && !is_command(words[0]) && are_traces(words, count))) {
		options->traces = words;
		options->trace_count = count;
	} else {
		options->command = words;
	}
}

int options_parse(int argc, char **argv, bool has_terminal, struct options *options,
	char error[OPTIONS_ERROR_MAX])
{
	struct option_list list;
	struct parse parse = {.options = options, .error = error, .list = &list};
	option_list_make(&list);
	*options = (struct options){
		.format = &exporters[EXPORTER_TEXT],
		.follow = FOLLOW_FORKS,
		.delay_ns = NS_PER_S,
		.until_count = 1,
		.flight_count = FLIGHT_COUNT,
		.log_buffer = LOG_BUFFER,
		.ship_interval_ns = SHIP_INTERVAL_NS,
		.ship_buffer = SHIPPER_QUEUE,
		.string_max = LOG_STRING,
		.log_format = &line_formats[LINE_FORMAT_STRACE],
		.stack = {.copy_limit = STACK_COPY_LIMIT,
			.memory = STACKS_MEMORY,
			.debug_directories = stacks_debug_directories},
		.theme = THEME_COUNT,
		.snapshot_dir = ".",
		.order = call_order_default(COLUMN_SHARE),
	};
	int result = apply_all(&parse, argc, argv);
	if (!result)
		result = filter_parts_finish(&parse);
	filter_parts_clear(&parse);
	if (result || options->task != OPTIONS_TRACE)
		return result;
	if (parse.compares)
		return check_diff(&parse, argv + optind, (size_t)(argc - optind));
	if (parse.examines)
		return check_doctor(&parse, (size_t)(argc - optind));
	set_words(options, argv + optind, (size_t)(argc - optind),
		optind > 1 && strcmp(argv[optind - 1], "--") == 0);
	if (!options->ring_size)
		options->ring_size = options->log ? RING_LOG : RING_DEFAULT;
	return check(&parse, has_terminal);
}

void options_clear(struct options *options)
{
	filter_free(options->filter);
	filter_free(options->until);
	filter_free(options->when);
	callset_free(options->stacks);
	free(options->pids);
	free(options->debug_text);
	for (size_t i = 0; i < options->name_count; i++)
		free(options->names[i]);
	free(options->names);
	*options = (struct options){0};
}
