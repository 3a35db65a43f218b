/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completions of shells; see app/completion.h. */
#include "config.h"

#include "app/completion.h"

#include <string.h>

#include "abi/syscall.h"
#include "app/option_table.h"
#include "engine/registry.h"
#include "model/column.h"

/* What the value of an option is, by the name of its argument in the help. */
enum value_kind {
	VALUE_TEXT, /* anything */
	VALUE_FILE,
	VALUE_DIRECTORY,
	VALUE_USER,
	VALUE_PROCESS,
	VALUE_CALLS,
	VALUE_WORDS, /* one of those that write_words() writes */
	VALUE_KINDS,
};

static enum value_kind kind_of(const struct option_desc *desc)
{
	static const struct {
		const char *argument;
		enum value_kind kind;
	} kinds[] = {
		{"FILE", VALUE_FILE},
		{"PATH", VALUE_FILE},
		{"DIR", VALUE_DIRECTORY},
		{"DIR[:DIR...]", VALUE_DIRECTORY},
		{"USER", VALUE_USER},
		{"PID", VALUE_PROCESS},
		{"PID|NAME[,...]", VALUE_PROCESS},
		{"SET", VALUE_CALLS},
		{"FILTER", VALUE_CALLS},
		{"CALL|ERROR", VALUE_CALLS},
		{"COLUMN[,asc|desc]", VALUE_WORDS},
		{"ENGINE", VALUE_WORDS},
		{"THEME", VALUE_WORDS},
		{"WHAT", VALUE_WORDS},
	};
	if (desc->value)
		return VALUE_WORDS;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(desc->argument, kinds[i].argument) == 0)
			return kinds[i].kind;
	}
	/* "auto|always|never" is a list of words. */
	return desc->argument[strspn(desc->argument, "abcdefghijklmnopqrstuvwxyz|")] ? VALUE_TEXT
	                                                                             : VALUE_WORDS;
}

/* Writes the values of DESC, separated by blanks. */
static void write_words(FILE *stream, const struct option_desc *desc)
{
	struct option_value value;
	for (size_t i = 0; desc->value && desc->value(i, &value); i++)
		fprintf(stream, "%s%s", i ? " " : "", value.name);
	if (desc->value)
		return;
	if (strcmp(desc->name, "sort") == 0) {
		for (int id = 0; id < COLUMN_COUNT; id++)
			fprintf(stream, "%s%s", id ? " " : "", call_columns[id].name);
	} else if (strcmp(desc->name, "engine") == 0) {
		fputs("auto", stream);
		for (size_t i = 0; engine_classes[i]; i++)
			fprintf(stream, " %s", engine_classes[i]->name);
	} else if (strcmp(desc->name, "theme") == 0) {
		for (int id = 0; id < THEME_COUNT; id++)
			fprintf(stream, "%s%s", id ? " " : "", theme_name((enum theme)id));
	} else if (strcmp(desc->name, "follow") == 0) {
		fputs("threads forks tree", stream);
	} else {
		for (const char *at = desc->argument; *at; at++)
			fputc(*at == '|' ? ' ' : *at, stream);
	}
}

/* Writes the classes and names of calls, separated by blanks. */
static void write_calls(FILE *stream)
{
	for (unsigned int class = 0; class < CLASS_COUNT; class ++)
		fprintf(stream, "%s%%%s", class ? " " : "", call_class_name(class));
	for (uint32_t nr = 0; nr < syscall_table_size(ABI_NATIVE); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, ABI_NATIVE});
		if (desc)
			fprintf(stream, " %s", desc->name);
	}
}

/* The first line of HELP, without what a shell would take for its own. */
static void write_help(FILE *stream, const char *help)
{
	for (; *help && *help != '\n'; help++) {
		if (*help == ':')
			fputc(',', stream);
		else if (!strchr("'\"`$\\[]", *help))
			fputc(*help, stream);
	}
}

static void write_bash(FILE *stream, const struct option_list *list)
{
	static const char *const actions[VALUE_KINDS] = {
		[VALUE_TEXT] = "",
		[VALUE_FILE] = "compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\"))",
		[VALUE_DIRECTORY] = "compopt -o filenames; COMPREPLY=($(compgen -d -- \"$cur\"))",
		[VALUE_USER] = "COMPREPLY=($(compgen -u -- \"$cur\"))",
		[VALUE_PROCESS] =
			"COMPREPLY=($(compgen -W \"$(ps -eo pid=,comm= 2>/dev/null)\" -- \"$cur\"))",
		[VALUE_CALLS] =
			"COMPREPLY=($(compgen -P \"$before\" -W \"$calls\" -- \"${cur##*,}\"))",
	};
	fputs("# Completion of stop for bash; made by stop --completion=bash.\n"
	      "_stop()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} option='' word='' i before=''\n"
	      "\tlocal calls='",
		stream);
	write_calls(stream);
	fputs("'\n"
	      "\tCOMPREPLY=()\n"
	      "\t# The option whose value this word is; \"=\" is a word of its own.\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tword=${COMP_WORDS[i]}\n"
	      "\t\tif [[ $word == '=' ]]; then continue; fi\n"
	      "\t\tif [[ -n $option ]]; then option=''; continue; fi\n"
	      "\t\tcase $word in\n\t\t",
		stream);
	for (size_t i = 0; i < list->count; i++) {
		if (!list->desc[i].argument)
			continue;
		fprintf(stream, "--%s | ", list->desc[i].name);
		if (list->desc[i].letter)
			fprintf(stream, "-%c | ", list->desc[i].letter);
	}
	fputs("'') option=$word ;;\n"
	      "\t\t-*) ;;\n"
	      "\t\t*) # A command begins.\n"
	      "\t\t\tif declare -F _command_offset >/dev/null; then _command_offset \"$i\"\n"
	      "\t\t\telse compopt -o filenames; COMPREPLY=($(compgen -f -- \"$cur\")); fi\n"
	      "\t\t\treturn ;;\n"
	      "\t\tesac\n"
	      "\tdone\n"
	      "\tif [[ $cur == '=' ]]; then cur=''; fi\n"
	      "\tif [[ $cur == *,* ]]; then before=${cur%,*},; fi\n"
	      "\tcase $option in\n",
		stream);
	for (size_t i = 0; i < list->count; i++) {
		const struct option_desc *desc = &list->desc[i];
		if (!desc->argument)
			continue;
		fprintf(stream, "\t--%s", desc->name);
		if (desc->letter)
			fprintf(stream, " | -%c", desc->letter);
		fputs(") ", stream);
		if (kind_of(desc) == VALUE_WORDS) {
			fputs("COMPREPLY=($(compgen -W '", stream);
			write_words(stream, desc);
			fputs("' -- \"$cur\"))", stream);
		} else {
			fputs(actions[kind_of(desc)], stream);
		}
		fputs(" ;;\n", stream);
	}
	fputs("\t'') if [[ $cur == -* ]]; then\n\t\tCOMPREPLY=($(compgen -W '", stream);
	for (size_t i = 0; i < list->count; i++) {
		fprintf(stream, "%s--%s", i ? " " : "", list->desc[i].name);
		if (list->desc[i].letter)
			fprintf(stream, " -%c", list->desc[i].letter);
	}
	fputs("' -- \"$cur\"))\n"
	      "\telse COMPREPLY=($(compgen -c -- \"$cur\")); fi ;;\n"
	      "\tesac\n}\n"
	      "complete -F _stop stop\n",
		stream);
}

static void write_zsh(FILE *stream, const struct option_list *list)
{
	static const char *const actions[VALUE_KINDS] = {
		[VALUE_TEXT] = " ",
		[VALUE_FILE] = "_files",
		[VALUE_DIRECTORY] = "_files -/",
		[VALUE_USER] = "_users",
		[VALUE_PROCESS] = "_pids",
		[VALUE_CALLS] = "_stop_calls",
	};
	fputs("#compdef stop\n"
	      "# Completion of stop for zsh; made by stop --completion=zsh.\n"
	      "_stop_calls()\n{\n\tlocal -a calls=(",
		stream);
	write_calls(stream);
	fputs(")\n\t_values -s , call $calls\n}\n"
	      "_arguments -s -S \\\n",
		stream);
	for (size_t i = 0; i < list->count; i++) {
		const struct option_desc *desc = &list->desc[i];
		for (int is_short = 0; is_short < (desc->letter ? 2 : 1); is_short++) {
			if (is_short)
				fprintf(stream, "\t'*-%c%s[", desc->letter,
					desc->argument ? "+" : "");
			else
				fprintf(stream, "\t'*--%s%s[", desc->name,
					desc->argument ? "=" : "");
			write_help(stream, desc->help);
			fputc(']', stream);
			if (desc->argument) {
				fprintf(stream, ":%s:", desc->name);
				if (kind_of(desc) == VALUE_WORDS) {
					fputc('(', stream);
					write_words(stream, desc);
					fputc(')', stream);
				} else {
					fputs(actions[kind_of(desc)], stream);
				}
			}
			fputs("' \\\n", stream);
		}
	}
	fputs("\t'(-)1:command: _command_names -e' '*::arguments: _normal'\n", stream);
}

static void write_fish(FILE *stream, const struct option_list *list)
{
	static const char *const actions[VALUE_KINDS] = {
		[VALUE_TEXT] = "-x",
		[VALUE_FILE] = "-r -F",
		[VALUE_DIRECTORY] = "-x -a '(__fish_complete_directories)'",
		[VALUE_USER] = "-x -a '(__fish_complete_users)'",
		[VALUE_PROCESS] = "-x -a '(__fish_complete_pids)'",
		[VALUE_CALLS] = "-x -a '(__stop_calls)'",
	};
	fputs("# Completion of stop for fish; made by stop --completion=fish.\n"
	      "function __stop_calls\n\tstring split ' ' '",
		stream);
	write_calls(stream);
	fputs("'\nend\n"
	      "complete -c stop -x -a '(__fish_complete_subcommand)'\n",
		stream);
	for (size_t i = 0; i < list->count; i++) {
		const struct option_desc *desc = &list->desc[i];
		fprintf(stream, "complete -c stop -l %s", desc->name);
		if (desc->letter)
			fprintf(stream, " -s %c", desc->letter);
		fputs(" -d '", stream);
		write_help(stream, desc->help);
		fputs("'", stream);
		if (desc->argument && kind_of(desc) == VALUE_WORDS) {
			fputs(" -x -a '", stream);
			write_words(stream, desc);
			fputs("'", stream);
		} else if (desc->argument) {
			fprintf(stream, " %s", actions[kind_of(desc)]);
		}
		fputc('\n', stream);
	}
}

static const struct {
	const char *name;
	void (*write)(FILE *stream, const struct option_list *list);
} shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};

const char *completion_shell(size_t at)
{
	return at < sizeof(shells) / sizeof(*shells) ? shells[at].name : NULL;
}

bool completion_write(FILE *stream, const char *shell)
{
	struct option_list list;
	option_list_make(&list);
	for (size_t i = 0; i < sizeof(shells) / sizeof(*shells); i++) {
		if (strcmp(shell, shells[i].name) == 0) {
			shells[i].write(stream, &list);
			return true;
		}
	}
	return false;
}
