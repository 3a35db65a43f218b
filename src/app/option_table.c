/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of options; see app/option_table.h. */
#include "config.h"

#include "app/option_table.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/callset.h"
#include "abi/nearest.h"
#include "app/completion.h"
#include "app/flight.h"
#include "app/recording.h"
#include "app/shipping.h"
#include "base/alloc.h"
#include "base/amount.h"
#include "base/text.h"
#include "base/time.h"
#include "engine/registry.h"
#include "event/stack_copy.h"
#include "out/exporter.h"
#include "out/listen_address.h"
#include "out/listener.h"
#include "out/log.h"
#include "out/packer.h"
#include "out/recorder.h"
#include "out/shipper.h"
#include "out/transport.h"

/* Limits of the update interval: less would mostly measure stop itself, more is not a live view. */
#define DELAY_MIN_S      0.01
#define DELAY_MAX_S      86400

/* Limits of --stack-memory, in MiB. */
#define STACK_MEMORY_MIN 16
#define STACK_MEMORY_MAX 65536

/* Size of the ring: at least a few records. */
#define RING_MIN         1024
#define RING_MAX         (1 << 30)

/* Blanks in the value of -p. */
#define PID_BLANKS       " \t\n"

int option_error(struct parse *parse, const char *format, ...)
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

static void add_name(struct options *options, const char *name)
{
	options->names = xreallocarray(
		options->names, options->name_count + 1, sizeof(*options->names));
	options->names[options->name_count++] = xstrdup(name);
}

/* Applies WORD of -p: a number, or a name, which no text like a number is. */
static int apply_process(struct parse *parse, const char *word)
{
	uint64_t pid;
	char shown[64];
	if (parse_whole(word, 1, INT_MAX, &pid)) {
		add_pid(parse->options, (pid_t)pid);
		return 0;
	}
	if (!word[strspn(word, "+-.0123456789")])
		return option_error(parse, "-p: no process named \"%s\"", quoted(word, shown));
	add_name(parse->options, word);
	return 0;
}

/* WORD without blanks around it. */
static char *trimmed(char *word)
{
	word += strspn(word, PID_BLANKS);
	size_t size = strlen(word);
	while (size && strchr(PID_BLANKS, word[size - 1]))
		size--;
	word[size] = '\0';
	return word;
}

static int apply_pid(struct parse *parse, const char *value)
{
	/* Names may contain blanks; numbers may be separated by them: -p "$(pidof NAME)". */
	bool has_names = value[strspn(value, "0123456789," PID_BLANKS)];
	char *list = xstrdup(value);
	char *rest = list;
	bool is_empty = true;
	int error = 0;
	for (char *word; !error && (word = strsep(&rest, has_names ? "," : "," PID_BLANKS));) {
		word = trimmed(word);
		if (!*word)
			continue;
		is_empty = false;
		error = apply_process(parse, word);
	}
	if (is_empty)
		error = option_error(parse, "-p: expected a process ID or a name");
	free(list);
	return error;
}

static int apply_wait(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->wait_for_target = true;
	return 0;
}

static int apply_again(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->again = true;
	return 0;
}

/* Sets the scope, which can be only one. */
static int set_scope(struct parse *parse, struct scope_request scope)
{
	enum scope_option before = parse->options->scope.option;
	if (before != SCOPE_NONE)
		return option_error(parse, "%s and %s exclude each other: give one of them, once",
			scope_option_name(before), scope_option_name(scope.option));
	scope.space = parse->options->scope.space;
	parse->options->scope = scope;
	return 0;
}

static int apply_cgroup(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--cgroup: expected the path of a cgroup");
	return set_scope(parse, (struct scope_request){.option = SCOPE_CGROUP, .name = value});
}

static int apply_container(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--container: expected an ID or a name");
	return set_scope(parse, (struct scope_request){.option = SCOPE_CONTAINER, .name = value});
}

static int apply_pod(struct parse *parse, const char *value)
{
	const char *slash = strchr(value, '/');
	if (!*value || (slash && (slash == value || !slash[1] || strchr(slash + 1, '/'))))
		return option_error(parse, "--pod: expected the name of a pod, or NAMESPACE/NAME");
	return set_scope(parse, (struct scope_request){.option = SCOPE_POD, .name = value});
}

static int apply_namespace(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--namespace: expected a namespace of Kubernetes");
	parse->options->scope.space = value;
	return 0;
}

static int apply_pidns(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t pid;
	if (!parse_whole(value, 1, INT_MAX, &pid))
		return option_error(
			parse, "--pidns: no process named \"%s\"", quoted(value, shown));
	return set_scope(
		parse, (struct scope_request){.option = SCOPE_NAMESPACE, .pid = (pid_t)pid});
}

static int apply_all(struct parse *parse, const char *value)
{
	(void)value;
	return set_scope(parse, (struct scope_request){.option = SCOPE_MACHINE});
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
	char words[256] = "", shown[64];
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
	return option_error(parse, "%s: invalid value \"%s\": expected %s", option,
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
	parse->options->has_follow = true;
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

/* As in struct option_desc. */
static bool format_value(size_t i, struct option_value *value)
{
	if (i >= EXPORTER_COUNT)
		return false;
	*value = (struct option_value){exporters[i].name, exporters[i].help};
	return true;
}

static int apply_output(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "-o: expected a file name, or - for standard output");
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
		return option_error(parse,
			"-d: \"%s\" is not a number of seconds, such as 2 or 0.5",
			quoted(value, shown));
	if (seconds < DELAY_MIN_S || seconds > DELAY_MAX_S)
		return option_error(parse, "-d: %s is out of range: expected %g to %d seconds",
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
		return option_error(parse, "--stdin: expected a file name");
	parse->options->stdin_path = value;
	return 0;
}

static int apply_snapshot_dir(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--snapshot-dir: expected a directory");
	parse->options->snapshot_dir = value;
	return 0;
}

static int apply_iterations(struct parse *parse, const char *value)
{
	char shown[64];
	if (parse_whole(value, 1, UINT32_MAX, &parse->options->frames))
		return 0;
	return option_error(parse, "-n: \"%s\" is not a number of frames: expected 1 or more",
		quoted(value, shown));
}

static int apply_ring(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes;
	if (!parse_whole(value, RING_MIN, RING_MAX, &bytes))
		return option_error(parse, "--ring: \"%s\" is not a number of bytes from %d to %d",
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
		return option_error(parse, "-k: %s", wrong.message);
	callset_free(parse->options->stacks);
	parse->options->stacks = set;
	return 0;
}

static int apply_split(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->split = true;
	return 0;
}

static int apply_processes(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->processes = true;
	return 0;
}

static int apply_files(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->files = true;
	return 0;
}

static int apply_files_by(struct parse *parse, const char *value)
{
	static const struct choice choices[] = {
		{"each", FILE_EACH}, {"place", FILE_BY_PLACE}, {"kind", FILE_BY_KIND}};
	int grouping;
	int error = choose(parse, "--files-by", value, choices, 3, &grouping);
	if (error)
		return error;
	parse->options->files = true;
	parse->options->file_grouping = (enum file_grouping)grouping;
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
		return option_error(parse,
			"--stack-size: \"%s\" is not a number of bytes from %d to %d",
			quoted(value, shown), STACK_COPY_LIMIT_MIN, STACK_COPY_LIMIT_MAX);
	parse->options->stack.copy_limit = (size_t)bytes;
	return 0;
}

static int apply_stack_memory(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t mebibytes;
	if (!parse_whole(value, STACK_MEMORY_MIN, STACK_MEMORY_MAX, &mebibytes))
		return option_error(parse,
			"--stack-memory: \"%s\" is not a number of MiB from %d to %d",
			quoted(value, shown), STACK_MEMORY_MIN, STACK_MEMORY_MAX);
	parse->options->stack.memory = (size_t)mebibytes << 20;
	return 0;
}

static int apply_debug_directories(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	char shown[64], *rest;
	size_t count = 0;
	free(options->debug_text);
	rest = options->debug_text = xstrdup(value);
	while (rest && count < OPTIONS_DEBUG_DIRECTORIES) {
		char *directory = strsep(&rest, ":");
		if (*directory != '/')
			return option_error(parse,
				"--debug-dir: \"%s\" is not an absolute directory",
				quoted(directory, shown));
		options->debug_directories[count++] = directory;
	}
	if (rest)
		return option_error(
			parse, "--debug-dir: more than %d directories", OPTIONS_DEBUG_DIRECTORIES);
	options->debug_directories[count] = NULL;
	options->stack.debug_directories = options->debug_directories;
	return 0;
}

static int apply_debuginfod(struct parse *parse, const char *value)
{
	static const char *const names[DEBUGINFOD_WHENS] = {
		[DEBUGINFOD_AUTO] = "auto",
		[DEBUGINFOD_ALWAYS] = "always",
		[DEBUGINFOD_NEVER] = "never",
	};
	char shown[64];
	for (enum debuginfod_when when = 0; when < DEBUGINFOD_WHENS; when++) {
		if (strcmp(value, names[when]) == 0) {
			parse->options->stack.debuginfod = when;
			return 0;
		}
	}
	return option_error(
		parse, "--debuginfod: \"%s\" is not auto, always or never", quoted(value, shown));
}

/* It is the default anyway; strace's second one would separate the log by process. */
static int apply_forks(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->log_split |= parse->has_forks;
	parse->has_forks = true;
	if (parse->options->follow == FOLLOW_THREADS)
		parse->options->follow = FOLLOW_FORKS;
	return 0;
}

/* The second one is the default. */
static int apply_times(struct parse *parse, const char *value)
{
	static const enum log_clock clocks[] = {
		LOG_CLOCK_SECONDS, LOG_CLOCK_MICROSECONDS, LOG_CLOCK_EPOCH};
	const unsigned int last = sizeof(clocks) / sizeof(*clocks) - 1;
	(void)value;
	parse->options->log_clock = clocks[parse->times < last ? parse->times : last];
	parse->times++;
	return 0;
}

/* What strace has to be asked for, and stop always shows. */
static int apply_shown(struct parse *parse, const char *value)
{
	(void)parse, (void)value;
	return 0;
}

static int apply_separately(struct parse *parse, const char *value)
{
	parse->options->log_split = true;
	return apply_forks(parse, value);
}

static int apply_user(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "-u: expected a user name");
	parse->options->user = value;
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
	return option_error(parse, "-S: unknown column \"%s\"%s (columns: %s)", quoted(name, shown),
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

/* "auto, bpf, ptrace", for the error message. */
static void engine_names(char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "auto");
	for (size_t i = 0; engine_classes[i] && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, ", %s", engine_classes[i]->name);
}

static int apply_engine(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	const struct engine_class *engine = engine_by_name(value);
	char names[64], shown[64];
	if (!engine && strcmp(value, "auto") != 0) {
		engine_names(names, sizeof(names));
		return option_error(parse, "--engine: unknown engine \"%s\" (engines: %s)",
			quoted(value, shown), names);
	}
	/* Auto takes the engine of the other options. */
	if (options->engine_options && !engine)
		return 0;
	if (options->engine_options && engine != options->engine)
		return option_error(parse, "--engine=%s: another option is of the engine %s",
			quoted(value, shown), options->engine->name);
	options->engine = engine;
	return 0;
}

static int apply_engine_option(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	const struct engine_class *engine = parse->desc->engine;
	(void)value;
	if (options->engine && options->engine != engine)
		return option_error(parse, "--%s is an option of the engine %s, not of %s",
			parse->desc->name, engine->name, options->engine->name);
	options->engine = engine;
	options->engine_options |= parse->desc->engine_bit;
	return 0;
}

static int apply_log(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--log: expected a file name, or - for standard output");
	parse->options->log = value;
	return 0;
}

static int apply_record(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--record: expected a name");
	parse->options->record = value;
	return 0;
}

/* Parses a size, 1G, at VALUE. Returns what follows it; NULL: it is none. */
static const char *parse_size(const char *value, uint64_t *bytes)
{
	static const char units[] = "KMG";
	char *end;
	errno = 0;
	unsigned long long number = strtoull(value, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;
	unsigned int shift = unit ? 10 * (unsigned int)(unit - units + 1) : 0;
	if (end == value || *value == '-' || errno || number > UINT64_MAX >> (shift + 1))
		return NULL;
	*bytes = (uint64_t)number << shift;
	return end + (unit != NULL);
}

/* Parses SIZE[,TIME]. Returns whether it is valid. */
static bool parse_limit(const char *value, uint64_t *bytes, uint64_t *ns)
{
	const char *end = parse_size(value, bytes);
	*ns = 0;
	return end && *bytes >= RECORDER_LIMIT_MIN &&
	       (!*end || (*end == ',' && (amount_time(end + 1, ns) && *ns)));
}

/* Parses TIME[,SIZE]. Returns whether it is valid. */
static bool parse_flight(const char *value, uint64_t *ns, uint64_t *bytes)
{
	char time[32];
	const char *comma = strchr(value, ',');
	size_t length = comma ? (size_t)(comma - value) : strlen(value);
	*bytes = FLIGHT_SIZE;
	if (length >= sizeof(time))
		return false;
	memcpy(time, value, length);
	time[length] = '\0';
	if (!amount_time(time, ns) || *ns < FLIGHT_TIME_MIN)
		return false;
	const char *end = comma ? parse_size(comma + 1, bytes) : "";
	return end && !*end && *bytes >= RECORDER_MEMORY_MIN;
}

static int apply_flight(struct parse *parse, const char *value)
{
	char shown[64];
	struct options *options = parse->options;
	if (!parse_flight(value, &options->flight_ns, &options->flight_size))
		return option_error(parse,
			"--flight: invalid value \"%s\": expected a time of at least 1s, and "
			"perhaps a size of at least 8M: 60s, 10m,500M",
			quoted(value, shown));
	return 0;
}

static int apply_flight_count(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t count;
	if (!parse_whole(value, 1, FLIGHT_COUNT_MAX, &count))
		return option_error(parse,
			"--flight-count: \"%s\" is not a number of recordings from 1 to %d",
			quoted(value, shown), FLIGHT_COUNT_MAX);
	parse->has_flight_count = true;
	parse->options->flight_count = (unsigned int)count;
	return 0;
}

static int apply_record_limit(struct parse *parse, const char *value)
{
	char shown[64];
	struct options *options = parse->options;
	if (!parse_limit(value, &options->record_limit, &options->record_limit_ns))
		return option_error(parse,
			"--record-limit: invalid value \"%s\": expected a size of at least 1M, and "
			"perhaps a time: 1G, 500M,10m",
			quoted(value, shown));
	return 0;
}

/* The detail called NAME, of SIZE characters; 0: none is. */
static enum record_detail find_detail(const char *name, size_t size)
{
	static const struct {
		const char *name;
		enum record_detail detail;
	} details[] = {{"strings", RECORD_STRINGS}, {"stacks", RECORD_STACKS}};
	for (size_t i = 0; i < sizeof(details) / sizeof(*details); i++) {
		if (strlen(details[i].name) == size && memcmp(details[i].name, name, size) == 0)
			return details[i].detail;
	}
	return 0;
}

static int apply_record_detail(struct parse *parse, const char *value)
{
	char shown[64];
	for (const char *at = value;; at++) {
		size_t size = strcspn(at, ",");
		enum record_detail detail = find_detail(at, size);
		if (!detail)
			return option_error(parse,
				"--record-detail: invalid value \"%s\": expected strings, stacks "
				"or strings,stacks",
				quoted(value, shown));
		parse->options->record_detail |= detail;
		at += size;
		if (!*at)
			return 0;
	}
}

static int apply_record_pack(struct parse *parse, const char *value)
{
	(void)value;
	if (!packer_is_there())
		return option_error(parse, "--record-pack: this build has no libzstd");
	parse->options->record_pack = true;
	return 0;
}

/* Takes VALUE as where to listen, and sets *IS_GIVEN. */
static int take_address(
	struct parse *parse, const char *value, struct listen_address *address, bool *is_given)
{
	const char *name = parse->desc->name;
	char shown[64];
	if (!listener_library())
		return option_error(parse, "--%s: this build has no libmicrohttpd", name);
	if (!listen_address_parse(value, address))
		return option_error(parse,
			"--%s: invalid address \"%s\": expected a port, or a numeric address "
			"and a port: 9464, 0.0.0.0:9464, [::1]:9464",
			name, quoted(value, shown));
	*is_given = true;
	return 0;
}

static int apply_metrics(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	return take_address(parse, value, &options->metrics, &options->has_metrics);
}

static int apply_serve(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	return take_address(parse, value, &options->serve, &options->has_serve);
}

static int apply_ship(struct parse *parse, const char *value)
{
	char error[SHIP_URL_ERROR_MAX];
	if (!transport_library())
		return option_error(parse, "--ship: this build has no libcurl");
	if (ship_url_parse(value, &parse->options->ship, error) < 0)
		return option_error(parse, "--ship: %s", error);
	parse->options->has_ship = true;
	return 0;
}

static int apply_ship_password(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--ship-password: expected a file");
	parse->has_ship_detail = true;
	parse->options->ship_password = value;
	return 0;
}

static int apply_ship_interval(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t ns;
	if (!amount_time(value, &ns) || ns < SHIP_INTERVAL_MIN_NS)
		return option_error(parse,
			"--ship-interval: invalid value \"%s\": expected a time of at least "
			"100ms: 10s, 1m",
			quoted(value, shown));
	parse->has_ship_detail = true;
	parse->options->ship_interval_ns = ns;
	return 0;
}

static int apply_ship_by(struct parse *parse, const char *value)
{
	static const struct choice choices[] = {{"pid", 0}, {"comm", 1}};
	int by_comm;
	int error = choose(parse, "--ship-by", value, choices, 2, &by_comm);
	if (error)
		return error;
	parse->has_ship_detail = true;
	parse->options->ship_by_comm = by_comm;
	return 0;
}

static int apply_ship_calls(struct parse *parse, const char *value)
{
	(void)value;
	parse->has_ship_detail = true;
	parse->options->ship_calls = true;
	return 0;
}

static int apply_ship_buffer(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes = 0;
	const char *end = parse_size(value, &bytes);
	if (!end || *end || bytes < SHIPPER_QUEUE_MIN || bytes > SHIPPER_QUEUE_MAX)
		return option_error(parse,
			"--ship-buffer: invalid value \"%s\": expected a size from 1M to 1G",
			quoted(value, shown));
	parse->has_ship_detail = true;
	parse->options->ship_buffer = (size_t)bytes;
	return 0;
}

static int apply_replay(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->replays = true;
	return 0;
}

static int apply_log_wait(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->log_waits = true;
	return 0;
}

static int apply_log_format(struct parse *parse, const char *value)
{
	struct choice choices[LINE_FORMATS];
	int format;
	for (int id = 0; id < LINE_FORMATS; id++)
		choices[id] = (struct choice){line_formats[id].name, id};
	int error = choose(parse, "--log-format", value, choices, LINE_FORMATS, &format);
	if (error)
		return error;
	parse->options->log_format = &line_formats[format];
	return 0;
}

/* As in struct option_desc. */
static bool log_format_value(size_t i, struct option_value *value)
{
	if (i >= LINE_FORMATS)
		return false;
	*value = (struct option_value){line_formats[i].name, line_formats[i].help};
	return true;
}

static int apply_redact(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--redact: expected words of names of secrets");
	parse->options->secrets = value;
	return 0;
}

static int apply_with_data(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->with_data = true;
	return 0;
}

static int apply_log_buffer(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes;
	if (!parse_whole(value, LOG_BUFFER_MIN, LOG_BUFFER_MAX, &bytes))
		return option_error(parse,
			"--log-buffer: \"%s\" is not a number of bytes from %zu to %zu",
			quoted(value, shown), LOG_BUFFER_MIN, LOG_BUFFER_MAX);
	parse->options->log_buffer = (size_t)bytes;
	return 0;
}

static int apply_strings(struct parse *parse, const char *value)
{
	char shown[64];
	uint64_t bytes;
	if (!parse_whole(value, 0, LOG_STRING_MAX, &bytes))
		return option_error(parse, "-s: \"%s\" is not a number of bytes up to %d",
			quoted(value, shown), LOG_STRING_MAX);
	parse->options->string_max = (size_t)bytes;
	return 0;
}

static int apply_verbose(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->verbose = true;
	return 0;
}

/* As in struct option_desc. */
static bool shell_value(size_t i, struct option_value *value)
{
	*value = (struct option_value){completion_shell(i), NULL};
	return value->name != NULL;
}

static int apply_completion(struct parse *parse, const char *value)
{
	static const struct choice choices[] = {{"bash", 0}, {"zsh", 1}, {"fish", 2}};
	int shell;
	int error = choose(parse, "--completion", value, choices, 3, &shell);
	if (error)
		return error;
	parse->options->task = OPTIONS_COMPLETION;
	parse->options->shell = choices[shell].word;
	return 0;
}

static int apply_explain(struct parse *parse, const char *value)
{
	parse->options->task = OPTIONS_EXPLAIN;
	parse->options->explain = value;
	return 0;
}

static int apply_report(struct parse *parse, const char *value)
{
	if (!*value)
		return option_error(parse, "--report: expected the name of a file");
	parse->options->page = value;
	return 0;
}

static int apply_doctor(struct parse *parse, const char *value)
{
	(void)value;
	parse->examines = true;
	return 0;
}

static int apply_diff(struct parse *parse, const char *value)
{
	(void)value;
	parse->compares = true;
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
	{.letter = 'p',
		.name = "pid",
		.argument = "PID|NAME[,...]",
		.help = "attach to these processes (repeatable)",
		.apply = apply_pid},
	{.name = "wait",
		.help = "with -p NAME: wait until there is such a process",
		.apply = apply_wait},
	{.name = "again",
		.help = "when the process of -p ends, wait for the next one with\n"
			"its name, and attach to that",
		.apply = apply_again},
	{.name = "follow",
		.argument = "WHAT",
		.help = "what to follow: threads, forks (also new processes; the\n"
			"default) or tree (also existing child processes)",
		.apply = apply_follow},
	{.letter = 'f',
		.name = "follow-forks",
		.help = "also new processes, which is the default; -ff, with --log:\n"
			"a file for each thread, FILE.TID",
		.apply = apply_forks},
	{.name = "output-separately", .help = "the same as -ff", .apply = apply_separately},
	{.letter = 'u',
		.name = "user",
		.argument = "USER",
		.help = "run the command as this user (for root)",
		.apply = apply_user},
	{.name = "cgroup",
		.argument = "PATH",
		.help = "every process in this cgroup and below",
		.apply = apply_cgroup},
	{.name = "container",
		.argument = "NAME",
		.help = "every process of this container (also its ID, or a\n"
			"prefix) or systemd unit",
		.apply = apply_container},
	{.name = "pod",
		.argument = "NAME",
		.help = "every process of this pod of Kubernetes, on its node",
		.apply = apply_pod},
	{.name = "namespace",
		.argument = "NAME",
		.help = "of that pod; otherwise it may be in any",
		.apply = apply_namespace},
	{.name = "pidns",
		.argument = "PID",
		.help = "every process in the PID namespace of this one",
		.apply = apply_pidns},
	{.name = "all", .help = "every process of the machine", .apply = apply_all},
	{.name = "engine",
		.argument = "ENGINE",
		.help = "how to trace: bpf (counts in the kernel; for root),\n"
			"ptrace (stops each call), or auto (the default): bpf\n"
			"where it can be used",
		.apply = apply_engine},
	{.letter = 'c',
		.name = "summary",
		.help = "print a summary at the end",
		.apply = apply_summary},
	{.letter = 'b',
		.name = "batch",
		.help = "print a frame of text per interval",
		.apply = apply_batch},
	{.name = "format",
		.argument = "FORMAT",
		.help = "output format of -b and -c:",
		.apply = apply_format,
		.value = format_value},
	{.letter = 'o',
		.name = "output",
		.argument = "FILE",
		.help = "output file of -b and -c; - is standard output",
		.apply = apply_output},
	{.letter = 'd',
		.name = "delay",
		.argument = "SECONDS",
		.help = "update interval of the screen and -b (default: 1)",
		.apply = apply_delay},
	{.letter = 'n',
		.name = "iterations",
		.argument = "NUMBER",
		.help = "end -b after this number of frames",
		.apply = apply_iterations},
	{.letter = 'e',
		.name = "filter",
		.argument = "FILTER",
		.help = "show only these calls: names, %class, /regex, numbers,\n"
			"all, none, separated by \",\"; a leading ! negates; and\n"
			"terms with and, or, not, (): path:/etc/** fd:3\n"
			"peer:10.0.0.1:80 port:443 errno:ENOENT result:failed\n"
			"time>10ms bytes>4k pid:1 tid:1 comm:sh",
		.apply = apply_filter},
	{.letter = 'P',
		.name = "trace-path",
		.argument = "PATH",
		.help = "only calls on this file (repeatable)",
		.apply = apply_path},
	{.letter = 'z',
		.name = "successful-only",
		.help = "only calls that did not fail",
		.apply = apply_successful},
	{.letter = 'Z',
		.name = "failed-only",
		.help = "only calls that failed",
		.apply = apply_failed},
	{.name = "until",
		.argument = "FILTER",
		.help = "end with such a call; FILTER is as that of -e",
		.apply = apply_until},
	{.name = "until-count",
		.argument = "NUMBER",
		.help = "end with the NUMBERth such call (default: 1)",
		.apply = apply_until_count},
	{.name = "duration",
		.argument = "TIME",
		.help = "end after this time: 10s, 500ms, 2h",
		.apply = apply_duration},
	{.letter = 'S',
		.name = "sort",
		.argument = "COLUMN[,asc|desc]",
		.help = "sort column (default: total)",
		.apply = apply_sort},
	{.name = "split",
		.help = "split the time of calls: on a CPU, waiting for one,\n"
			"blocked (engine bpf)",
		.apply = apply_split},
	{.name = "log",
		.argument = "FILE",
		.help = "write each call as a line, as strace -f -tt -T -yy does;\n"
			"- is standard output",
		.apply = apply_log},
	{.name = "log-format",
		.argument = "FORMAT",
		.help = "format of the log:",
		.apply = apply_log_format,
		.value = log_format_value},
	{.name = "redact",
		.argument = "WORD[,...]",
		.help = "in recordings and formats for programs: mask values of\n"
			"variables and options with these words in their names,\n"
			"too (besides PASSWORD, TOKEN, SECRET, KEY and the like)",
		.apply = apply_redact},
	{.name = "with-data",
		.help = "in these: also what is in buffers",
		.apply = apply_with_data},
	{.name = "log-wait",
		.help = "the target waits if the log cannot be written in time;\n"
			"otherwise, the log says how many calls are missing",
		.apply = apply_log_wait},
	{.name = "log-buffer",
		.argument = "BYTES",
		.help = "size of the buffer of the log (default: 67108864)",
		.apply = apply_log_buffer},
	{.name = "record",
		.argument = "NAME",
		.help = "record everything in the directory NAME.ctf, to be\n"
			"replayed (stop NAME.ctf) or opened by other programs",
		.apply = apply_record},
	{.name = "record-limit",
		.argument = "SIZE[,TIME]",
		.help = "keep only the last part of the recording: 1G, 500M,10m",
		.apply = apply_record_limit},
	{.name = "record-detail",
		.argument = "strings|stacks",
		.help = "also what the arguments of calls point to; the stacks\n"
			"of all calls; both: strings,stacks",
		.apply = apply_record_detail},
	{.name = "record-pack",
		.help = "pack recordings at their end: NAME.ctf.tar.zst, which\n"
			"stop opens as it is",
		.apply = apply_record_pack},
	{.name = "flight",
		.argument = "TIME[,SIZE]",
		.help = "keep the last minute (60s), or so, in memory, at most 128M\n"
			"or SIZE; key r, SIGUSR2 and --when write it as NAME.ctf",
		.apply = apply_flight},
	{.name = "when",
		.argument = "FILTER",
		.help = "with --flight: write it when there is such a call; FILTER\n"
			"is as that of -e: \"errno:EIO or time>1s\"",
		.apply = apply_when},
	{.name = "flight-count",
		.argument = "NUMBER",
		.help = "write at most so many recordings because of --when\n"
			"(default: 10)",
		.apply = apply_flight_count},
	{.name = "replay",
		.help = "the words are recordings: show them as they were live;\n"
			"they need no option unless they could be a command",
		.apply = apply_replay},
	{.letter = 's',
		.name = "string-limit",
		.argument = "BYTES",
		.help = "show so many bytes of strings (default: 32)",
		.apply = apply_strings},
	{.letter = 'v',
		.name = "no-abbrev",
		.help = "abbreviate no structures, lists and environments",
		.apply = apply_verbose},
	{.letter = 't',
		.name = "absolute-timestamps",
		.help = "the log has times to the second; -tt, to the microsecond,\n"
			"the default; -ttt, as seconds since 1970",
		.apply = apply_times},
	{.letter = 'T',
		.name = "syscall-times",
		.help = "the log has the time spent in calls: always",
		.apply = apply_shown},
	{.letter = 'y',
		.name = "decode-fds",
		.help = "descriptors with paths; -yy, also addresses: always",
		.apply = apply_shown},
	{.name = "files",
		.help = "count calls by file, peer and other object",
		.apply = apply_files},
	{.name = "files-by",
		.argument = "each|place|kind",
		.help = "the same, by directory and remote address, or by kind",
		.apply = apply_files_by},
	{.name = "processes",
		.help = "tell what processes execute, as a tree",
		.apply = apply_processes},
	{.letter = 'k',
		.name = "stacks",
		.argument = "SET",
		.help = "capture the user stacks of these calls",
		.apply = apply_stacks},
	{.name = "diff",
		.help = "compare reports, recordings or saved traces: --diff A B;\n"
			"several runs of each: --diff A1 A2 vs B1 B2",
		.apply = apply_diff},
	{.name = "weight",
		.argument = "time|calls",
		.help = "sort key of stacks and --diff, and weight of stacks\n"
			"(default: time)",
		.apply = apply_weight},
	{.name = "stack-size",
		.argument = "BYTES",
		.help = "maximum size of a stack copy (default: 32768)",
		.apply = apply_stack_size},
	{.name = "stack-memory",
		.argument = "MIB",
		.help = "memory for names of stacks, at most (default: 200)",
		.apply = apply_stack_memory},
	{.name = "debug-dir",
		.argument = "DIR[:DIR...]",
		.help = "where debug files are (default: /usr/lib/debug)",
		.apply = apply_debug_directories},
	{.name = "debuginfod",
		.argument = "auto|always|never",
		.help = "ask $DEBUGINFOD_URLS for debug files (default: auto)",
		.apply = apply_debuginfod},
	{.name = "stdin",
		.argument = "FILE",
		.help = "standard input of the command (screen: /dev/null)",
		.apply = apply_stdin},
	{.name = "snapshot-dir",
		.argument = "DIR",
		.help = "where the key s and SIGUSR1 write snapshots\n"
			"(default: the current directory)",
		.apply = apply_snapshot_dir},
	{.name = "theme",
		.argument = "THEME",
		.help = "dark, light, contrast or mono",
		.apply = apply_theme},
	{.name = "ring",
		.argument = "BYTES",
		.help = "size of the event buffer; when it is full, calls are\n"
			"aggregated and counts stay exact",
		.apply = apply_ring},
	{.name = "report",
		.argument = "FILE",
		.help = "write a page of HTML at the end, with files and processes,\n"
			"that opens anywhere; also of --diff",
		.apply = apply_report},
	{.name = "serve",
		.argument = "[ADDRESS:]PORT",
		.help = "serve that page over HTTP, live, with metrics beside it;\n"
			"its address is printed (default: 127.0.0.1; port 0: any)",
		.apply = apply_serve},
	{.name = "metrics",
		.argument = "[ADDRESS:]PORT",
		.help = "serve metrics for Prometheus: http://ADDRESS:PORT/metrics\n"
			"(default: 127.0.0.1; port 0: any)",
		.apply = apply_metrics},
	{.name = "ship",
		.argument = "URL",
		.help = "ship sums of calls to a server:\n"
			"clickhouse://[USER@]HOST[:PORT][/DATABASE],\n"
			"elastic://[USER@]HOST[:PORT][/PREFIX] or\n"
			"otlp://[USER@]HOST[:PORT][/PATH] (OpenTelemetry);\n"
			"also by https, as in clickhouse+https://HOST",
		.apply = apply_ship},
	{.name = "ship-password",
		.argument = "FILE",
		.help = "its first line is the password for that, or the API key",
		.apply = apply_ship_password},
	{.name = "ship-by",
		.argument = "pid|comm",
		.help = "a row for each process (default), or for each name of\n"
			"processes, for many that are short-lived",
		.apply = apply_ship_by},
	{.name = "ship-interval",
		.argument = "TIME",
		.help = "the interval that a row sums up (default: 10s)",
		.apply = apply_ship_interval},
	{.name = "ship-calls",
		.help = "ship each call, too, as --log would have it",
		.apply = apply_ship_calls},
	{.name = "ship-buffer",
		.argument = "SIZE",
		.help = "what cannot be sent takes at most so much memory, then\n"
			"the oldest is dropped (default: 32M)",
		.apply = apply_ship_buffer},
	{.name = "doctor",
		.help = "print what this machine allows, and the commands that lift\n"
			"its limits; also as --format=json",
		.apply = apply_doctor},
	{.name = "explain",
		.argument = "CALL|ERROR",
		.help = "print what a call does and what its errors mean, or\n"
			"what an error means: --explain=openat, --explain=EAGAIN",
		.apply = apply_explain},
	{.name = "completion",
		.argument = "SHELL",
		.help = "print the completion for a shell:",
		.apply = apply_completion,
		.value = shell_value},
	{.letter = 'h', .name = "help", .help = "print this help", .apply = apply_help},
	{.letter = 'V',
		.name = "version",
		.help = "print version, features and libraries",
		.apply = apply_version},
};

static void add_engine_options(struct option_list *list, const struct engine_class *class)
{
	for (size_t i = 0; i < class->option_count && list->count < OPTIONS_MAX; i++)
		list->desc[list->count++] = (struct option_desc){
			.name = class->options[i].name,
			.help = class->options[i].help,
			.apply = apply_engine_option,
			.engine = class,
			.engine_bit = UINT32_C(1) << i,
		};
}

void option_list_make(struct option_list *list)
{
	_Static_assert(sizeof(descs) < sizeof(list->desc), "OPTIONS_MAX is too small");
	memcpy(list->desc, descs, sizeof(descs));
	list->count = sizeof(descs) / sizeof(*descs);
	for (size_t i = 0; engine_classes[i]; i++)
		add_engine_options(list, engine_classes[i]);
}
