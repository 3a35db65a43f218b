/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reports as lines of JSON; see out/json_lines.h. */
#include "config.h"

#include "out/json_lines.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/redaction.h"
#include "out/json_snapshot.h"
#include "out/line_json.h"

#define DIGITS   9 /* of rates and shares, as in out/json.c */

#define HOST_MAX 256

/* The lists of a snapshot, and what one of them is. */
static const struct {
	const char *list, *type;
} lists[] = {
	{"syscalls", "call"},
	{"threads", "thread"},
	{"processes", "process"},
	{"files", "file"},
	{"stacks", "stack"},
	{"programs", "program"},
};

#define LISTS (sizeof(lists) / sizeof(*lists))

/* The value of STRING with secrets masked. */
static json_t *masked(const struct redaction *redaction, const json_t *string)
{
	if (!json_is_string(string))
		return json_null();
	char *text = xstrdup(json_string_value(string));
	redaction_mask_line(redaction, text);
	json_t *value = json_string(text);
	free(text);
	return value;
}

/* Masks the words of the array ARGV. */
static void mask_words(const struct redaction *redaction, json_t *argv)
{
	bool follows = false;
	for (size_t i = 0; i < json_array_size(argv); i++) {
		char *word = xstrdup(json_string_value(json_array_get(argv, i)));
		redaction_mask_word(redaction, word, strlen(word), &follows);
		json_array_set_new(argv, i, json_string(word));
		free(word);
	}
}

/* The fields that every line of ROOT has. */
static json_t *head(
	const struct report *report, const json_t *root, const struct redaction *redaction)
{
	const struct timespec *time = &report->facts.time;
	char host[HOST_MAX] = "";
	json_t *object = json_object();
	gethostname(host, sizeof(host) - 1);
	json_object_set_new(object, "schema", json_string(LINE_SCHEMA));
	json_object_set_new(object, "time_ns",
		json_integer((json_int_t)time->tv_sec * (json_int_t)NS_PER_S + time->tv_nsec));
	json_object_set_new(object, "host", json_string(*host ? host : "?"));
	json_object_set_new(object, "command", masked(redaction, json_object_get(root, "command")));
	json_object_set(object, "target_pid", json_object_get(root, "pid"));
	json_object_set(object, "engine", json_object_get(root, "engine"));
	json_object_set(object, "elapsed_ns", json_object_get(root, "elapsed_ns"));
	json_object_set(object, "counted_ns", json_object_get(root, "counted_ns"));
	json_object_set(object, "final", json_object_get(root, "final"));
	return object;
}

/* Writes the line of TYPE with the fields of HEAD, and those of OBJECT that it does not have. */
static bool write_line(FILE *stream, json_t *head, const char *type, json_t *object)
{
	json_t *line = json_object();
	json_object_set(line, "schema", json_object_get(head, "schema"));
	json_object_set_new(line, "type", json_string(type));
	json_object_update_missing(line, head);
	json_object_update_missing(line, object);
	bool written = json_dumpf(line, stream, JSON_COMPACT | JSON_REAL_PRECISION(DIGITS)) == 0 &&
	               fputc('\n', stream) != EOF;
	json_decref(line);
	return written;
}

int json_lines_write(FILE *stream, const struct report *report)
{
	json_t *root = json_snapshot(report, true), *rows[LISTS], *object;
	struct redaction *redaction = redaction_new(report->facts.secrets, false);
	json_t *begin = head(report, root, redaction);
	bool written = true;
	size_t at;
	errno = 0;
	for (size_t i = 0; i < LISTS; i++) {
		rows[i] = json_incref(json_object_get(root, lists[i].list));
		json_object_del(root, lists[i].list);
	}
	json_object_del(root, "pid");
	written = write_line(stream, begin, "report", root);
	for (size_t i = 0; i < LISTS; i++) {
		json_array_foreach(rows[i], at, object)
		{
			mask_words(redaction, json_object_get(object, "argv"));
			written = written && write_line(stream, begin, lists[i].type, object);
		}
		json_decref(rows[i]);
	}
	int error = errno ? errno : EIO;
	json_decref(begin);
	json_decref(root);
	redaction_free(redaction);
	return written ? 0 : -error;
}
