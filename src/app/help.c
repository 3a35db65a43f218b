/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The texts of -h and -V; see app/options.h. */
#include "config.h"

#include "app/options.h"

#include <stdio.h>
#include <sys/utsname.h>

#include "app/option_table.h"
#include "engine/registry.h"
#include "engine/replay/babeltrace.h"
#include "engine/replay/formats.h"
#include "engine/replay/unpack.h"
#include "out/exporter.h"
#include "out/json.h"
#include "out/listener.h"
#include "out/transport.h"
#include "stack/confine.h"
#include "stack/debuginfod_client.h"
#include "stack/names.h"
#include "stack/symbols.h"
#include "stack/walk.h"
#include "ui/terminal.h"
#include "ui/terminal_entry.h"

/* Column at which the descriptions in the help begin. */
#define HELP_COLUMN 30

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

/* Writes the name of the argument of DESC: "FILE", or "text|json". Returns its length. */
static int write_argument(FILE *stream, const struct option_desc *desc)
{
	struct option_value value;
	int used = 0;
	for (size_t i = 0; desc->value && desc->value(i, &value); i++)
		used += fprintf(stream, "%s%s", i ? "|" : "=", value.name);
	if (!desc->value && desc->argument)
		used = fprintf(stream, "=%s", desc->argument);
	return used;
}

static void write_option(FILE *stream, const struct option_desc *desc)
{
	char letter[] = {'-', desc->letter, ',', ' ', '\0'};
	struct option_value value;
	int used = fprintf(stream, "  %-4s--%s", desc->letter ? letter : "", desc->name);
	used += write_argument(stream, desc);
	if (used < HELP_COLUMN)
		fprintf(stream, "%*s", HELP_COLUMN - used, "");
	else
		fprintf(stream, "\n%*s", HELP_COLUMN, "");
	write_help_text(stream, desc->help);
	for (size_t i = 0; desc->value && desc->value(i, &value); i++) {
		if (value.help)
			fprintf(stream, "%*s%s: %s\n", HELP_COLUMN, "", value.name, value.help);
	}
}

void options_write_help(FILE *stream)
{
	struct option_list list;
	option_list_make(&list);
	fputs("Usage: stop [OPTION]... -p PID[,PID...]\n"
	      "       stop [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	      "       stop [OPTION]... --cgroup=PATH | --container=NAME | --pidns=PID | --all\n"
	      "       stop [OPTION]... --diff A... [vs] B...\n"
	      "Show which system calls processes make, how often, how long each takes and which\n"
	      "fail: live on the terminal, as text samples (-b), or as a summary at the end (-c).\n"
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

/* Writes the name of FORMAT, and of its schema, after SEPARATOR. */
static void write_format(FILE *stream, const struct exporter *format, const char *separator)
{
	fprintf(stream, "%s %s", separator, format->name);
	if (format->schema)
		fprintf(stream, " (%s)", format->schema);
}

/*
 * Writes the engines, and which of them is taken, and why: the cheapest that can be used here.
 */
static void write_engines(FILE *stream)
{
	static const struct engine_needs least = {.scope = ENGINE_TASKS};
	const struct engine_class *taken = NULL;
	char reason[ENGINE_ERROR_MAX];
	fputs("engine:", stream);
	for (size_t i = 0; engine_classes[i]; i++) {
		const struct engine_class *class = engine_classes[i];
		bool is_usable = !class->check || class->check(&least, NULL, reason) == 0;
		fprintf(stream, "%s %s", i ? "," : "", class->name);
		if (!is_usable)
			fprintf(stream, " (not here: %s)", reason);
		else if (!taken)
			taken = class;
	}
	fprintf(stream, "; auto: %s", taken ? taken->name : "none");
}

/* Writes which traces of others can be read, and how they may be compressed. */
static void write_traces(FILE *stream)
{
	fputs("\ntraces:", stream);
	for (size_t i = 0; trace_formats[i]; i++)
		fprintf(stream, "%s %s", i ? "," : "", trace_formats[i]->name);
	fputs("; packed by:", stream);
	for (size_t i = 0; unpack_codecs[i]; i++)
		fprintf(stream, "%s %s%s", i ? "," : "", unpack_codecs[i]->name,
			unpack_codecs[i]->open ? "" : " (not in this build)");
	fprintf(stream, "; lttng by: %s",
		babeltrace_library() ? babeltrace_library() : "not in this build (libbabeltrace2)");
}

void options_write_version(FILE *stream)
{
	struct utsname kernel;
	fprintf(stream, "stop %s\n", PACKAGE_VERSION);
	write_engines(stream);
	fprintf(stream, "\ncalls of:");
	for (int abi = 0; abi < ABI_COUNT; abi++)
		fprintf(stream, "%s %s", abi ? "," : "", abi_name((enum abi)abi));
	fprintf(stream, "\nformats:");
	for (int id = 0; id < EXPORTER_COUNT; id++)
		write_format(stream, &exporters[id], id ? "," : "");
	write_traces(stream);
	fprintf(stream, "\nstacks: %s; names: %s; demangler: %s; sandbox: %s\n", walk_library(),
		symbols_library(), names_library() ? names_library() : "none",
		confine_library() ? confine_library() : "without limits of calls");
	fprintf(stream, "libraries: %s (%zu terminals built in), %s\n", terminal_library(),
		terminal_built_in_count(), json_library());
	fprintf(stream, "pages over HTTP: %s%s\n", listener_library() ? "libmicrohttpd " : "",
		listener_library() ? listener_library() : "not in this build (libmicrohttpd)");
	fprintf(stream, "debuginfod: %s\n",
		debuginfod_client_library() ? "libdebuginfod, where it is installed"
					    : "not in this build (static)");
	fprintf(stream, "shipping: %s%s\n", transport_library() ? "libcurl " : "",
		transport_library() ? transport_library() : "not in this build (libcurl)");
	if (uname(&kernel) == 0)
		fprintf(stream, "running on: %s %s %s\n", kernel.sysname, kernel.release,
			kernel.machine);
}
