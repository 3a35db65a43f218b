/* The command line; see app/options.h. */
#include "config.h"

#include "app/options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "abi/callset.h"
#include "abi/nearest.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "engine/registry.h"
#include "event/stack_copy.h"
#include "out/json.h"
#include "stack/names.h"
#include "stack/symbols.h"
#include "stack/walk.h"
#include "ui/terminal.h"

/* Limits of the update interval: less would mostly measure stop itself, more is not a live view. */
#define DELAY_MIN_S    0.01
#define DELAY_MAX_S    86400

/* Size of the ring: at least a few records; by default those of some ten thousand calls. */
#define RING_MIN       1024
#define RING_MAX       (1 << 30)
#define RING_DEFAULT   (4 << 20)

/* Column at which the descriptions in the help begin. */
#define HELP_COLUMN    30

/* Separators of the numbers of -p; blanks for -p "$(pidof NAME)". */
#define PID_SEPARATORS ", \t\n"

/* getopt(3)'s values of options without a letter start after all characters. */
#define LONG_ONLY      256

struct option_desc;
struct option_list;

/* The state of parsing. */
struct parse {
	struct options *options;
	char *error;     /* OPTIONS_ERROR_MAX bytes */
	bool batch;      /* -b was given */
	bool summary;    /* -c was given */
	bool has_format; /* --format was given */
	const struct option_list *list;
	const struct option_desc *desc; /* the option that is being applied */
};

/* One option. */
struct option_desc {
	char letter;          /* 0: it has none */
	const char *name;     /* long name */
	const char *argument; /* name of its argument in the help; NULL: it takes none */
	const char *help;
	int (*apply)(struct parse *parse, const char *value); /* 0 or -EINVAL with the error */
	uint32_t engine_bit; /* of one that an engine contributes: see engine_request.options */
};

/* Sets the error message. Returns -EINVAL, for the caller to return. */
static int __attribute__((format(printf, 2, 3)))
complain(struct parse *parse, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(parse->error, OPTIONS_ERROR_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

/* VALUE escaped for a message. */
static const char *quoted(const char *value, char buf[64])
{
	return text_escape(value, strlen(value), buf, 64);
}

static void add_pid(struct options *options, pid_t pid)
{
	for (size_t i = 0; i < options->pid_count; i++) {
		if (options->pids[i] == pid)
			return;
	}
	options->pids = xreallocarray(
		options->pids, options->pid_count + 1, sizeof(*options->pids));
	options->pids[options->pid_count++] = pid;
}

/* Parses an integer of digits only, from MIN to MAX, into *NUMBER. */
static bool parse_whole(const char *text, uint64_t min, uint64_t max, uint64_t *number)
{
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	errno = 0;
	unsigned long long value = strtoull(text, NULL, 10);
	if (errno || value < min || value > max)
		return false;
	*number = value;
	return true;
}

static int apply_pid(struct parse *parse, const char *value)
{
	char *list = xstrdup(value);
	char *rest = list;
	char shown[64];
	size_t before = parse->options->pid_count;
	int error = 0;
	for (char *word; !error && (word = strsep(&rest, PID_SEPARATORS)) != NULL;) {
		uint64_t pid;
		if (!*word)
			continue;
		if (parse_whole(word, 1, INT_MAX, &pid))
			add_pid(parse->options, (pid_t)pid);
		else
			error = complain(parse,
				"-p: \"%s\" is no process: a number above 0 is wanted",
				quoted(word, shown));
	}
	if (!error && !value[strspn(value, PID_SEPARATORS)] && before == parse->options->pid_count)
		error = complain(parse, "-p: expected a process ID");
	free(list);
	return error;
}

/* A word and what it stands for. */
struct choice {
	const char *word;
	int value;
};

/* Finds VALUE among COUNT choices, into *OUT. */
static int choose(struct parse *parse, const char *option, const char *value,
	const struct choice *choices, size_t count, int *out)
{
	char words[128] = "", shown[64];
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(choices[i].word, value) == 0) {
			*out = choices[i].value;
			return 0;
		}
		used += (size_t)snprintf(words + used, sizeof(words) - used, "%s%s",
			i == 0           ? ""
			: i + 1 == count ? " or "
					 : ", ",
			choices[i].word);
	}
	return complain(parse, "%s: invalid value \"%s\": expected %s", option,
		quoted(value, shown), words);
}

static int apply_follow(struct parse *parse, const char *value)
{
	static const struct choice choices[] = {
		{"threads", FOLLOW_THREADS},
		{"forks", FOLLOW_FORKS},
		{"tree", FOLLOW_TREE},
	};
	int follow;
	int error = choose(parse, "--follow", value, choices, 3, &follow);
	if (!error)
		parse->options->follow = (enum follow)follow;
	return error;
}

static int apply_batch(struct parse *parse, const char *value)
{
	(void)value;
	parse->batch = true;
	parse->options->mode = OPTIONS_BATCH;
	return 0;
}

static int apply_summary(struct parse *parse, const char *value)
{
	(void)value;
	parse->summary = true;
	parse->options->mode = OPTIONS_SUMMARY;
	return 0;
}

static int apply_format(struct parse *parse, const char *value)
{
	struct choice choices[EXPORTER_COUNT];
	int format;
	for (int id = 0; id < EXPORTER_COUNT; id++)
		choices[id] = (struct choice){exporters[id].name, id};
	int error = choose(parse, "--format", value, choices, EXPORTER_COUNT, &format);
	if (error)
		return error;
	parse->has_format = true;
	parse->options->format = &exporters[format];
	return 0;
}

static int apply_output(struct parse *parse, const char *value)
{
	if (!*value)
		return complain(parse, "-o: expected a file name, or - for standard output");
	parse->options->output = value;
	return 0;
}

static int apply_delay(struct parse *parse, const char *value)
{
	char shown[64];
	char *end;
	/* No sign, exponent or "inf", which strtod(3) would accept. */
	bool is_plain = *value && !value[strspn(value, "0123456789.")];
	double seconds = is_plain ? strtod(value, &end) : 0;
	if (!is_plain || end == value || *end)
		return complain(parse, "-d: \"%s\" is not a number of seconds, such as 2 or 0.5",
			quoted(value, shown));
	if (seconds < DELAY_MIN_S || seconds > DELAY_MAX_S)
		return complain(parse, "-d: %s is out of range: expected %g to %d seconds",
			quoted(value, shown), DELAY_MIN_S, DELAY_MAX_S);
	parse->options->delay_ns = (uint64_t)(seconds * (double)NS_PER_S + 0.5);
	parse->options->has_delay = true;
	return 0;
}

static int apply_theme(struct parse *parse, const char *value)
{
	struct choice choices[THEME_COUNT];
	int theme;
	for (int id = 0; id < THEME_COUNT; id++)
		choices[id] = (struct choice){theme_name((enum theme)id), id};
	int error = choose(parse, "--theme", value, choices, THEME_COUNT, &theme);
	if (!error)
		parse->options->theme = (enum theme)theme;
	return error;
}

static int apply_stdin(struct parse *parse, const char *value)
{
	if (!*value)
		return complain(parse, "--stdin: expected a file name");
	parse->options->stdin_path = value;
	return 0;
}

static int apply_snapshot_dir(struct parse *parse, const char *value)
{
	if (!*value)
		return complain(parse, "--snapshot-dir: expected a directory");
	parse->options->snapshot_dir = value;
	return 0;
}

static int apply_iterations(struct parse *parse, const char *value)
{
	char shown[64];
	if (parse_whole(value, 1, UINT32_MAX, &parse->options->frames))
		return 0;
	return complain(parse, "-n: \"%s\" is not a number of frames: expected 1 or more",
		quoted(value, shown));
}

static int apply_ring(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes;
	if (!parse_whole(value, RING_MIN, RING_MAX, &bytes))
		return complain(parse, "--ring: \"%s\" is not a number of bytes from %d to %d",
			quoted(value, shown), RING_MIN, RING_MAX);
	parse->options->ring_size = RING_MIN;
	while (parse->options->ring_size < bytes)
		parse->options->ring_size *= 2;
	return 0;
}

static int apply_stacks(struct parse *parse, const char *value)
{
	struct callset_error wrong;
	struct callset *set;
	if (callset_parse(value, &set, &wrong) < 0)
		return complain(parse, "-k: %s", wrong.message);
	callset_free(parse->options->stacks);
	parse->options->stacks = set;
	return 0;
}

static int apply_weight(struct parse *parse, const char *value)
{
	static const struct choice choices[] = {{"time", false}, {"calls", true}};
	int weigh_calls;
	int error = choose(parse, "--weight", value, choices, 2, &weigh_calls);
	if (!error)
		parse->options->weigh_calls = weigh_calls;
	return error;
}

static int apply_stack_size(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes;
	if (!parse_whole(value, STACK_COPY_LIMIT_MIN, STACK_COPY_LIMIT_MAX, &bytes))
		return complain(parse,
			"--stack-size: \"%s\" is not a number of bytes from %d to %d",
			quoted(value, shown), STACK_COPY_LIMIT_MIN, STACK_COPY_LIMIT_MAX);
	parse->options->stack_limit = (size_t)bytes;
	return 0;
}

static int apply_filter(struct parse *parse, const char *value)
{
	struct callset_error wrong;
	struct callset *set;
	if (strncmp(value, "trace=", 6) == 0) /* habit of strace's users */
		value += 6;
	if (callset_parse(value, &set, &wrong) < 0)
		return complain(parse, "-e: %s", wrong.message);
	callset_free(parse->options->set);
	parse->options->set = set;
	parse->options->set_text = value;
	return 0;
}

/* "call, class, calls, …", for the error message. */
static void column_names(char *buf, size_t size)
{
	size_t used = 0;
	for (int id = 0; id < COLUMN_COUNT && used < size; id++)
		used += (size_t)snprintf(
			buf + used, size - used, "%s%s", id ? ", " : "", call_columns[id].name);
}

static int unknown_column(struct parse *parse, const char *name)
{
	char names[256], near[128], shown[64];
	struct nearest nearest;
	nearest_begin(&nearest, name);
	for (int id = 0; id < COLUMN_COUNT; id++)
		nearest_offer(&nearest, call_columns[id].name);
	column_names(names, sizeof(names));
	return complain(parse, "-S: unknown column \"%s\"%s (columns: %s)", quoted(name, shown),
		nearest_text(&nearest, "", near, sizeof(near)), names);
}

static int apply_sort(struct parse *parse, const char *value)
{
	static const struct choice directions[] = {{"asc", false}, {"desc", true}};
	char *name = xstrdup(value);
	char *direction = strchr(name, ',');
	if (direction)
		*direction++ = '\0';
	enum column_id by = column_by_name(name);
	int error = by == COLUMN_COUNT ? unknown_column(parse, name) : 0;
	struct call_order order = error ? parse->options->order : call_order_default(by);
	int descending = order.descending;
	if (!error && direction)
		error = choose(parse, "-S", direction, directions, 2, &descending);
	order.descending = descending;
	if (!error)
		parse->options->order = order;
	free(name);
	return error;
}

static int apply_engine_option(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->engine_options |= parse->desc->engine_bit;
	return 0;
}

static int apply_help(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->task = OPTIONS_HELP;
	return 0;
}

static int apply_version(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->task = OPTIONS_VERSION;
	return 0;
}

/* The options of the program, in the order of the help; those of engines follow. */
static const struct option_desc descs[] = {
	{'p', "pid", "PID[,PID...]", "attach to these processes (repeatable)", apply_pid, 0},
	{0, "follow", "WHAT",
		"what to follow: threads, forks (also new processes; the\n"
		"default) or tree (also existing child processes)",
		apply_follow, 0},
	{'c', "summary", NULL, "print one table at the end", apply_summary, 0},
	{'b', "batch", NULL, "print a frame of text per interval", apply_batch, 0},
	{0, "format", "text|json|folded",
		"output format of -b and -c (json: one object per line\n"
		"with -b; folded: only stacks, for flame graphs)",
		apply_format, 0},
	{'o', "output", "FILE", "output file of -b and -c; - is standard output", apply_output, 0},
	{'d', "delay", "SECONDS", "update interval of the screen and -b (default: 1)", apply_delay,
		0},
	{'n', "iterations", "NUMBER", "end -b after this number of frames", apply_iterations, 0},
	{'e', "filter", "SET",
		"show only these calls: names, %class, /regex, numbers,\n"
		"all, none, separated by \",\"; a leading ! negates",
		apply_filter, 0},
	{'S', "sort", "COLUMN[,asc|desc]", "sort column (default: total)", apply_sort, 0},
	{'k', "stacks", "SET", "capture the user stacks of these calls", apply_stacks, 0},
	{0, "weight", "time|calls", "sort key and weight of stacks (default: time)", apply_weight,
		0},
	{0, "stack-size", "BYTES", "maximum size of a stack copy (default: 32768)",
		apply_stack_size, 0},
	{0, "stdin", "FILE", "standard input of the command (screen: /dev/null)", apply_stdin, 0},
	{0, "snapshot-dir", "DIR",
		"where the key s and SIGUSR1 write snapshots\n"
		"(default: the current directory)",
		apply_snapshot_dir, 0},
	{0, "theme", "THEME", "dark, light, contrast or mono", apply_theme, 0},
	{0, "ring", "BYTES",
		"size of the event buffer; when it is full, calls are\n"
		"aggregated and counts stay exact",
		apply_ring, 0},
	{'h', "help", NULL, "print this help", apply_help, 0},
	{'V', "version", NULL, "print version, features and libraries", apply_version, 0},
};

#define DESC_COUNT  (sizeof(descs) / sizeof(*descs))
#define OPTIONS_MAX (DESC_COUNT + 32)

/* All options. */
struct option_list {
	struct option_desc desc[OPTIONS_MAX];
	size_t count;
};

static void add_engine_options(struct option_list *list, const struct engine_class *class)
{
	for (size_t i = 0; i < class->option_count && list->count < OPTIONS_MAX; i++)
		list->desc[list->count++] = (struct option_desc){
			.name = class->options[i].name,
			.help = class->options[i].help,
			.apply = apply_engine_option,
			.engine_bit = UINT32_C(1) << i,
		};
}

static void make_list(struct option_list *list)
{
	memcpy(list->desc, descs, sizeof(descs));
	list->count = DESC_COUNT;
	for (size_t i = 0; engine_classes[i]; i++)
		add_engine_options(list, engine_classes[i]);
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
		return complain(parse, "--%s is ambiguous: %s", quoted(name, shown), several);
	nearest_text(&nearest, "--", near, sizeof(near));
	return complain(parse, "unknown option --%s%s", quoted(name, shown),
		*near ? near : "; stop -h lists them");
}

/* Reports WORD, which getopt_long(3) rejected: an unknown option, or one with a superfluous value.
 */
static int unknown_option(struct parse *parse, const char *word)
{
	const struct option_desc *desc = desc_of(parse->list, optopt);
	char shown[64];
	if (desc)
		return complain(parse, "--%s takes no value", desc->name);
	if (optopt)
		return complain(parse, "unknown option -%s; stop -h lists them",
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
		return complain(parse, "-%c, --%s: %s is missing", desc->letter, desc->name,
			desc->argument);
	return complain(parse, "--%s: %s is missing", desc->name, desc->argument);
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

/* Checks combinations of options; reports the first rule that is violated. */
static int check(struct parse *parse, bool has_terminal)
{
	const struct options *options = parse->options;
	bool is_interactive = options->mode == OPTIONS_INTERACTIVE;
	const struct {
		bool is_wrong;
		const char *message;
	} rules[] = {
		{parse->batch && parse->summary, "-b and -c exclude each other: frames, or one "
						 "table at the end"},
		{options->pid_count && options->command,
			"-p and a command exclude each other (several processes: -p PID,PID)"},
		{!options->pid_count && !options->command,
			"nothing to watch: use stop -p PID or stop COMMAND; see stop -h"},
		{options->stdin_path && !options->command,
			"--stdin requires a command: it cannot be used with -p"},
		{is_interactive && options->output, "-o requires -b or -c"},
		{is_interactive && parse->has_format, "--format requires -b or -c"},
		{options->format->stacks_alone && !options->stacks,
			"--format=folded writes stacks: say of which calls with -k SET"},
		{options->mode != OPTIONS_BATCH && options->frames, "-n requires -b"},
		{is_interactive && !has_terminal,
			"the screen needs a terminal as standard input and output: use -c for a "
			"summary or -b for text frames"},
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (rules[i].is_wrong)
			return complain(parse, "%s", rules[i].message);
	}
	return 0;
}

int options_parse(int argc, char **argv, bool has_terminal, struct options *options,
	char error[OPTIONS_ERROR_MAX])
{
	struct option_list list;
	struct parse parse = {.options = options, .error = error, .list = &list};
	make_list(&list);
	*options = (struct options){
		.format = &exporters[EXPORTER_TEXT],
		.follow = FOLLOW_FORKS,
		.delay_ns = NS_PER_S,
		.ring_size = RING_DEFAULT,
		.stack_limit = STACK_COPY_LIMIT,
		.theme = THEME_COUNT,
		.snapshot_dir = ".",
		.order = call_order_default(COLUMN_TOTAL),
	};
	int result = apply_all(&parse, argc, argv);
	if (result || options->task != OPTIONS_TRACE)
		return result;
	if (optind < argc)
		options->command = argv + optind;
	return check(&parse, has_terminal);
}

void options_clear(struct options *options)
{
	callset_free(options->set);
	callset_free(options->stacks);
	free(options->pids);
	*options = (struct options){0};
}

/* Writes HELP, aligning its continuation lines. */
static void write_help_text(FILE *stream, const char *help)
{
	for (; *help; help++) {
		fputc(*help, stream);
		if (*help == '\n')
			fprintf(stream, "%*s", HELP_COLUMN, "");
	}
	fputc('\n', stream);
}

static void write_option(FILE *stream, const struct option_desc *desc)
{
	char letter[] = {'-', desc->letter, ',', ' ', '\0'};
	int used = fprintf(stream, "  %-4s--%s%s%s", desc->letter ? letter : "", desc->name,
		desc->argument ? "=" : "", desc->argument ? desc->argument : "");
	if (used < HELP_COLUMN)
		fprintf(stream, "%*s", HELP_COLUMN - used, "");
	else
		fprintf(stream, "\n%*s", HELP_COLUMN, "");
	write_help_text(stream, desc->help);
}

void options_write_help(FILE *stream)
{
	struct option_list list;
	make_list(&list);
	fputs("Usage: stop [OPTION]... -p PID[,PID...]\n"
	      "       stop [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	      "Show which system calls processes make, how often, how long each takes and which\n"
	      "fail: live on the terminal, as text frames (-b), or as a table at the end (-c).\n"
	      "\n",
		stream);
	for (size_t i = 0; i < list.count; i++)
		write_option(stream, &list.desc[i]);
	fputs("\nColumns:\n", stream);
	for (int id = 0; id < COLUMN_COUNT; id++)
		fprintf(stream, "  %-*s%s\n", HELP_COLUMN - 2, call_columns[id].name,
			call_columns[id].help);
	fputs("\nExit status: 0; 1 on failure; 2 on wrong usage; with a command and -b or -c that of\n"
	      "the command, or 128+N if signal N killed it.\n",
		stream);
}

void options_write_version(FILE *stream)
{
	struct utsname kernel;
	fprintf(stream, "stop %s\nengine:", PACKAGE_VERSION);
	for (size_t i = 0; engine_classes[i]; i++)
		fprintf(stream, "%s %s", i ? "," : "", engine_classes[i]->name);
	fprintf(stream, "\ncalls of:");
	for (int abi = 0; abi < ABI_COUNT; abi++)
		fprintf(stream, "%s %s", abi ? "," : "", abi_name((enum abi)abi));
	fprintf(stream,
		"\nformats: text, json (%s), folded\nstacks: %s; names: %s; demangler: %s\n",
		JSON_SCHEMA, walk_library(), symbols_library(),
		names_library() ? names_library() : "none");
	fprintf(stream, "libraries: %s, %s\n", terminal_library(), json_library());
	if (uname(&kernel) == 0)
		fprintf(stream, "running on: %s %s %s\n", kernel.sysname, kernel.release,
			kernel.machine);
}
