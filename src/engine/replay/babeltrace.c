/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CTF traces of others, by libbabeltrace2; see engine/replay/babeltrace.h.
 *
 *     source.ctf.fs ──▶ filter.utils.muxer: the streams by time ──▶ consume() ──▶ lines
 *
 * The graph is run twice: first to find out which thread each CPU runs at the beginning, which only
 * its first sched_switch says.
 */
#include "config.h"

#include "engine/replay/babeltrace.h"

#include <babeltrace2/babeltrace.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/replay/lttng_line.h"

/* Streams whose CPU is remembered. */
#define STREAMS_MAX     4096

/* Messages that are looked at to find out what runs first, at most, and where it may do. */
#define SCAN_MAX        1000000
#define SCAN_ENOUGH     20000

/* Messages after which the time is written, whatever they were. */
#define TIME_MESSAGES   100000

/* The longest text of a string, as it is written. */
#define STRING_MAX_SIZE 4096

/* Size of the name of a thread, which the kernel limits to 16. */
#define COMM_SIZE       32

/* The plugins; static, since they stay loaded. */
static const bt_plugin *ctf_plugin, *utils_plugin;

struct reader {
	FILE *out;                /* NULL: scans */
	int64_t first_ns;         /* time of the first event */
	int64_t now_ns;           /* and of the last one */
	bool has_time;            /* these are known */
	int cpus[STREAMS_MAX];    /* CPU of each stream, plus one; 0: unknown */
	uint64_t seen;            /* messages */
	unsigned int busy, known; /* CPUs that have events, and a sched_switch */
	struct {
		bool is_busy, is_known;
		uint64_t tid;
		char comm[COMM_SIZE];
	} * first; /* by CPU; LTTNG_CPUS_MAX; owned */
	const char *problem;
};

/* Events that matter, by the beginnings of their names. */
static const char *const wanted[] = {
	"syscall_",
	"compat_",
	"sys_",
	"exit_syscall",
	"sched_switch",
	"sched_process_",
	"sched_wak", /* waking, wakeup, wakeup_new */
	"irq_handler_",
	"irq_softirq_",
	"timer_hrtimer_expire_",
	"signal_deliver",
	"lttng_statedump_process_state",
	"lttng_statedump_file_descriptor",
	NULL,
};

static bool is_wanted(const char *name)
{
	for (size_t i = 0; wanted[i]; i++) {
		if (strncmp(name, wanted[i], strlen(wanted[i])) == 0)
			return true;
	}
	return false;
}

/* Writing. */

/* What a name may consist of; anything else would not be one in a line. */
static void write_name(FILE *out, const char *name)
{
	for (; *name; name++) {
		bool is_plain = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') ||
		                (*name >= '0' && *name <= '9') || *name == '_' || *name == ':';
		putc(is_plain ? *name : '_', out);
	}
}

static void write_string(FILE *out, const char *text)
{
	putc('"', out);
	for (size_t i = 0; i < STRING_MAX_SIZE && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < ' ' || c >= 0x7f || strchr("\"\\<>", c))
			fprintf(out, "\\%03o", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static bool is_type(const bt_field *field, bt_field_class_type type)
{
	return bt_field_class_type_is(bt_field_get_class_type(field), type);
}

/* Errors of 32-bit calls are negative, whatever their declared type. */
static int64_t extended(const bt_field *field, uint64_t value)
{
	uint64_t bits = bt_field_class_integer_get_field_value_range(
		bt_field_borrow_class_const(field));
	return bits == 32 ? (int64_t)(int32_t)(uint32_t)value : (int64_t)value;
}

static void write_value(FILE *out, const char *name, const bt_field *field)
{
	if (is_type(field, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER)) {
		uint64_t value = bt_field_integer_unsigned_get_value(field);
		if (strcmp(name, "ret") == 0)
			fprintf(out, "%" PRId64, extended(field, value));
		else
			fprintf(out, "%" PRIu64, value);
	} else if (is_type(field, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER)) {
		fprintf(out, "%" PRId64, bt_field_integer_signed_get_value(field));
	} else if (is_type(field, BT_FIELD_CLASS_TYPE_STRING)) {
		write_string(out, bt_field_string_get_value(field));
	} else {
		putc('-', out);
	}
}

/* Writes the members of FIELD, a structure; NULL: there are none. PREFIX: " " or " @". */
static void write_members(FILE *out, const bt_field *field, const char *prefix)
{
	if (!field || !is_type(field, BT_FIELD_CLASS_TYPE_STRUCTURE))
		return;
	const bt_field_class *class = bt_field_borrow_class_const(field);
	uint64_t count = bt_field_class_structure_get_member_count(class);
	for (uint64_t i = 0; i < count; i++) {
		const bt_field_class_structure_member *member =
			bt_field_class_structure_borrow_member_by_index_const(class, i);
		const char *name = bt_field_class_structure_member_get_name(member);
		fputs(prefix, out);
		write_name(out, name);
		putc('=', out);
		write_value(
			out, name, bt_field_structure_borrow_member_field_by_index_const(field, i));
	}
}

/* "TIME CPU " */
static void write_head(FILE *out, int64_t time_ns, int cpu)
{
	fprintf(out, "%" PRId64 " ", time_ns > 0 ? time_ns : 1);
	if (cpu < 0)
		fputs("- ", out);
	else
		fprintf(out, "%d ", cpu);
}

/* Writes how far it has come, at once. */
static void write_time(FILE *out, int64_t time_ns)
{
	write_head(out, time_ns, -1);
	fputs(BABELTRACE_TIME "\n", out);
	fflush(out);
}

/* Events. */

/* The member NAME of FIELD, a structure, as a number. FIELD may be NULL. */
static bool find_number(const bt_field *field, const char *name, uint64_t *number)
{
	if (!field || !is_type(field, BT_FIELD_CLASS_TYPE_STRUCTURE))
		return false;
	const bt_field *member = bt_field_structure_borrow_member_field_by_name_const(field, name);
	if (member && is_type(member, BT_FIELD_CLASS_TYPE_UNSIGNED_INTEGER))
		*number = bt_field_integer_unsigned_get_value(member);
	else if (member && is_type(member, BT_FIELD_CLASS_TYPE_SIGNED_INTEGER))
		*number = (uint64_t)bt_field_integer_signed_get_value(member);
	else
		return false;
	return true;
}

/* The CPU of EVENT; -1: unknown. */
static int cpu_of(struct reader *reader, const bt_event *event)
{
	const bt_stream *stream = bt_event_borrow_stream_const(event);
	const bt_stream_class *class = bt_stream_borrow_class_const(stream);
	uint64_t id = bt_stream_get_id(stream);
	uint64_t cpu;
	if (!bt_stream_class_supports_packets(class))
		return -1;
	const bt_packet *packet = bt_event_borrow_packet_const(event);
	if (!find_number(bt_packet_borrow_context_field_const(packet), "cpu_id", &cpu) ||
		cpu >= LTTNG_CPUS_MAX)
		return -1;
	if (id < STREAMS_MAX)
		reader->cpus[id] = (int)cpu + 1;
	return (int)cpu;
}

/* Remembers what CPU runs before EVENT, which is called NAME. */
static void scan_event(struct reader *reader, const bt_event *event, const char *name, int cpu)
{
	const bt_field *payload = bt_event_borrow_payload_field_const(event);
	if (cpu < 0 || reader->first[cpu].is_known)
		return;
	reader->busy += !reader->first[cpu].is_busy;
	reader->first[cpu].is_busy = true;
	if (strcmp(name, "sched_switch") != 0 ||
		!find_number(payload, "prev_tid", &reader->first[cpu].tid))
		return;
	reader->first[cpu].is_known = true;
	reader->known++;
	const bt_field *comm = bt_field_structure_borrow_member_field_by_name_const(
		payload, "prev_comm");
	if (comm && is_type(comm, BT_FIELD_CLASS_TYPE_STRING))
		snprintf(reader->first[cpu].comm, COMM_SIZE, "%s", bt_field_string_get_value(comm));
}

static void write_event(struct reader *reader, const bt_event *event, const char *name, int cpu)
{
	FILE *out = reader->out;
	write_head(out, reader->now_ns, cpu);
	write_name(out, name);
	write_members(out, bt_event_borrow_common_context_field_const(event), " @");
	write_members(out, bt_event_borrow_specific_context_field_const(event), " @");
	write_members(out, bt_event_borrow_payload_field_const(event), " ");
	putc('\n', out);
}

/* The time of MESSAGE, an event of STREAM, becomes the present one. Returns whether it has one. */
static bool take_time(struct reader *reader, const bt_message *message, const bt_stream *stream)
{
	const bt_clock_snapshot *clock;
	int64_t now_ns;
	if (!bt_stream_class_borrow_default_clock_class_const(bt_stream_borrow_class_const(stream)))
		return false;
	clock = bt_message_event_borrow_default_clock_snapshot_const(message);
	if (bt_clock_snapshot_get_ns_from_origin(clock, &now_ns) !=
		BT_CLOCK_SNAPSHOT_GET_NS_FROM_ORIGIN_STATUS_OK)
		return false;
	reader->now_ns = now_ns;
	if (!reader->has_time)
		reader->first_ns = now_ns;
	return reader->has_time = true;
}

static int take_event(struct reader *reader, const bt_message *message)
{
	const bt_event *event = bt_message_event_borrow_event_const(message);
	const char *name = bt_event_class_get_name(bt_event_borrow_class_const(event));
	if (!take_time(reader, message, bt_event_borrow_stream_const(event))) {
		reader->problem = "its events have no times";
		return -EINVAL;
	}
	if (!name || !is_wanted(name))
		return 0;
	int cpu = cpu_of(reader, event);
	if (reader->out)
		write_event(reader, event, name, cpu);
	else
		scan_event(reader, event, name, cpu);
	return 0;
}

static void take_discarded(struct reader *reader, const bt_message *message)
{
	uint64_t count = 0;
	uint64_t id = bt_stream_get_id(bt_message_discarded_events_borrow_stream_const(message));
	if (!reader->out)
		return;
	if (bt_message_discarded_events_get_count(message, &count) !=
		BT_PROPERTY_AVAILABILITY_AVAILABLE)
		count = 0;
	write_head(reader->out, reader->now_ns, id < STREAMS_MAX ? reader->cpus[id] - 1 : -1);
	fprintf(reader->out, BABELTRACE_LOST " count=%" PRIu64 "\n", count);
}

/* Whether nothing more will be learnt by scanning. */
static bool has_scanned(const struct reader *reader)
{
	return !reader->out && (reader->seen >= SCAN_MAX || (reader->seen >= SCAN_ENOUGH &&
								    reader->busy == reader->known));
}

static bt_graph_simple_sink_component_initialize_func_status begin(
	bt_message_iterator *iterator, void *data)
{
	(void)iterator, (void)data;
	return BT_GRAPH_SIMPLE_SINK_COMPONENT_INITIALIZE_FUNC_STATUS_OK;
}

static bt_graph_simple_sink_component_consume_func_status consume(
	bt_message_iterator *iterator, void *data)
{
	struct reader *reader = data;
	bt_message_array_const messages;
	uint64_t count = 0;
	int result = 0;
	switch (bt_message_iterator_next(iterator, &messages, &count)) {
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_OK:
		break;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_END:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END;
	case BT_MESSAGE_ITERATOR_NEXT_STATUS_AGAIN:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_AGAIN;
	default:
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_ERROR;
	}
	for (uint64_t i = 0; i < count; i++) {
		bt_message_type type = bt_message_get_type(messages[i]);
		if (result == 0 && type == BT_MESSAGE_TYPE_EVENT)
			result = take_event(reader, messages[i]);
		else if (result == 0 && type == BT_MESSAGE_TYPE_DISCARDED_EVENTS)
			take_discarded(reader, messages[i]);
		bt_message_put_ref(messages[i]);
	}
	bool is_time = reader->seen / TIME_MESSAGES != (reader->seen + count) / TIME_MESSAGES;
	reader->seen += count;
	if (reader->out && is_time)
		write_time(reader->out, reader->now_ns);
	if (reader->out && ferror(reader->out))
		result = -EPIPE;
	if (result < 0)
		return BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_ERROR;
	return has_scanned(reader) ? BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_END
	                           : BT_GRAPH_SIMPLE_SINK_COMPONENT_CONSUME_FUNC_STATUS_OK;
}

/* The graph. */

/* The parameters of the source: inputs = ["."]; NULL: no memory. */
static bt_value *make_parameters(void)
{
	bt_value *parameters = bt_value_map_create();
	bt_value *inputs;
	if (parameters &&
		bt_value_map_insert_empty_array_entry(parameters, "inputs", &inputs) ==
			BT_VALUE_MAP_INSERT_ENTRY_STATUS_OK &&
		bt_value_array_append_string_element(inputs, ".") ==
			BT_VALUE_ARRAY_APPEND_ELEMENT_STATUS_OK)
		return parameters;
	bt_value_put_ref(parameters);
	return NULL;
}

/* Adds the source of the trace in the current directory to GRAPH. */
static const bt_component_source *add_source(bt_graph *graph)
{
	const bt_component_class_source *class =
		bt_plugin_borrow_source_component_class_by_name_const(ctf_plugin, "fs");
	bt_value *parameters = make_parameters();
	const bt_component_source *source = NULL;
	if (class && parameters)
		bt_graph_add_source_component(
			graph, class, "source", parameters, BT_LOGGING_LEVEL_NONE, &source);
	bt_value_put_ref(parameters);
	return source;
}

/* Connects all streams of SOURCE to SINK, sorted by their times. Returns 0 or -EIO. */
static int connect(
	bt_graph *graph, const bt_component_source *source, const bt_component_sink *sink)
{
	const bt_component_class_filter *class =
		bt_plugin_borrow_filter_component_class_by_name_const(utils_plugin, "muxer");
	const bt_component_filter *muxer = NULL;
	uint64_t count = bt_component_source_get_output_port_count(source);
	if (class)
		bt_graph_add_filter_component(
			graph, class, "muxer", NULL, BT_LOGGING_LEVEL_NONE, &muxer);
	for (uint64_t i = 0; muxer && i < count; i++) {
		/* It always has one port that is free, the last. */
		if (bt_graph_connect_ports(graph,
			    bt_component_source_borrow_output_port_by_index_const(source, i),
			    bt_component_filter_borrow_input_port_by_index_const(muxer, i),
			    NULL) != BT_GRAPH_CONNECT_PORTS_STATUS_OK)
			return -EIO;
	}
	if (!muxer || bt_graph_connect_ports(graph,
			      bt_component_filter_borrow_output_port_by_index_const(muxer, 0),
			      bt_component_sink_borrow_input_port_by_index_const(sink, 0),
			      NULL) != BT_GRAPH_CONNECT_PORTS_STATUS_OK)
		return -EIO;
	return 0;
}

/* Reads the trace once. Returns 0 or -EIO. */
static int run(struct reader *reader)
{
	bt_graph *graph = bt_graph_create(0);
	const bt_component_source *source = graph ? add_source(graph) : NULL;
	const bt_component_sink *sink = NULL;
	int result = -EIO;
	if (source && bt_component_source_get_output_port_count(source) == 0) {
		reader->problem = "it has no streams of events";
	} else if (source && bt_graph_add_simple_sink_component(graph, "sink", begin, consume, NULL,
				     reader, &sink) == BT_GRAPH_ADD_COMPONENT_STATUS_OK) {
		result = connect(graph, source, sink);
	}
	bt_graph_run_status status = BT_GRAPH_RUN_STATUS_OK;
	/* Runs until the sink has ended. */
	if (result == 0)
		status = bt_graph_run(graph);
	bt_graph_put_ref(graph);
	return result == 0 && status == BT_GRAPH_RUN_STATUS_OK ? 0 : -EIO;
}

/* Writes which threads run at first. */
static void write_first(struct reader *reader, FILE *out)
{
	for (int cpu = 0; cpu < LTTNG_CPUS_MAX; cpu++) {
		if (!reader->first[cpu].is_known)
			continue;
		write_head(out, reader->first_ns, cpu);
		fprintf(out, BABELTRACE_RUNNING " tid=%" PRIu64 " comm=", reader->first[cpu].tid);
		write_string(out, reader->first[cpu].comm);
		putc('\n', out);
	}
}

/* Writes what the library says of its error: its first cause; the others are where it was met. */
static void write_error(FILE *out, const char *problem)
{
	const bt_error *error = bt_current_thread_take_error();
	const char *text = problem;
	if (!text && error && bt_error_get_cause_count(error))
		text = bt_error_cause_get_message(bt_error_borrow_cause_by_index(error, 0));
	/* Where its objects are in its memory is of no interest. */
	const char *address = text ? strstr(text, "-addr=") : NULL;
	while (address && address > text && strncmp(address, ": ", 2) != 0)
		address--;
	fputs(BABELTRACE_ERROR, out);
	for (; text && *text && text != address; text++)
		putc(*text == '\n' ? ' ' : *text, out);
	putc('\n', out);
	if (error)
		bt_error_release(error);
}

const char *babeltrace_library(void)
{
	static char text[48];
	if (!text[0])
		snprintf(text, sizeof(text), "libbabeltrace2 %u.%u.%u", bt_version_get_major(),
			bt_version_get_minor(), bt_version_get_patch());
	return text;
}

int babeltrace_load(void)
{
	/* Those of the system only: not of $BABELTRACE_PLUGIN_PATH and the user's. */
	bt_logging_set_global_level(BT_LOGGING_LEVEL_NONE);
	bool is_loaded = bt_plugin_find("ctf", BT_FALSE, BT_FALSE, BT_TRUE, BT_FALSE, BT_TRUE,
				 &ctf_plugin) == BT_PLUGIN_FIND_STATUS_OK &&
	                 bt_plugin_find("utils", BT_FALSE, BT_FALSE, BT_TRUE, BT_FALSE, BT_TRUE,
				 &utils_plugin) == BT_PLUGIN_FIND_STATUS_OK;
	return is_loaded ? 0 : -ENOENT;
}

int babeltrace_write(int fd)
{
	FILE *out = fdopen(fd, "w");
	struct reader *reader = calloc(1, sizeof(*reader));
	int result = -ENOMEM;
	if (reader)
		reader->first = calloc(LTTNG_CPUS_MAX, sizeof(*reader->first));
	if (out && reader && reader->first) {
		result = run(reader);
		/* What is damaged behind its beginning is read so far. */
		if (result == 0 || reader->seen) {
			bt_current_thread_clear_error();
			reader->out = out;
			reader->seen = 0;
			write_time(out, reader->first_ns);
			write_first(reader, out);
			result = run(reader);
		}
		if (result == 0)
			fprintf(out, BABELTRACE_END "%" PRId64 "\n", reader->now_ns);
		else
			write_error(out, reader->problem);
	}
	if (reader)
		free(reader->first);
	free(reader);
	return out && fclose(out) == 0 ? result : -EIO;
}
