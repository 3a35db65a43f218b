/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks as text and JSON; see out/checklist.h. */
#include "config.h"

#include "out/checklist.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/alloc.h"
#include "base/text.h"
#include "out/glyph.h"

/* Width of the column of names. */
#define NAME_WIDTH 16

static const char *const states[CHECK_STATES] = {
	[CHECK_OK] = "ok", [CHECK_LIMITED] = "limited", [CHECK_FAILED] = "failed"};

/* The library's allocator: with it no call below returns NULL for lack of memory. */
static void *allocate(size_t size)
{
	return xcalloc(1, size);
}

void checklist_write(FILE *stream, const struct check *checks, size_t count, bool ascii)
{
	char text[CHECK_TEXT_MAX * 4];
	for (size_t i = 0; i < count; i++) {
		const struct check *check = &checks[i];
		fprintf(stream, "%-8s%-*s", states[check->state], NAME_WIDTH, check->name);
		text_escape(check->text, strlen(check->text), text, sizeof(text));
		glyph_write(stream, text, ascii);
		fputc('\n', stream);
		if (!check->help[0])
			continue;
		fprintf(stream, "%*s$ ", 8 + NAME_WIDTH, "");
		text_escape(check->help, strlen(check->help), text, sizeof(text));
		glyph_write(stream, text, ascii);
		fputc('\n', stream);
	}
}

int checklist_write_json(FILE *stream, const struct check *checks, size_t count)
{
	char text[CHECK_TEXT_MAX * 4];
	json_set_alloc_funcs(allocate, free);
	json_t *root = json_object(), *list = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct check *check = &checks[i];
		json_t *object = json_object();
		json_object_set_new(object, "name", json_string(check->name));
		json_object_set_new(object, "state", json_string(states[check->state]));
		json_object_set_new(object, "text",
			json_string(
				text_escape(check->text, strlen(check->text), text, sizeof(text))));
		json_object_set_new(object, "help",
			check->help[0] ? json_string(text_escape(check->help, strlen(check->help),
						 text, sizeof(text)))
				       : json_null());
		json_array_append_new(list, object);
	}
	json_object_set_new(root, "schema", json_string(CHECKLIST_SCHEMA));
	json_object_set_new(root, "version", json_string(PACKAGE_VERSION));
	json_object_set_new(root, "passed", json_boolean(checklist_is_passed(checks, count)));
	json_object_set_new(root, "checks", list);
	errno = 0;
	int failed = json_dumpf(root, stream, JSON_INDENT(2)) < 0 || fputc('\n', stream) == EOF;
	int error = errno ? errno : EIO;
	json_decref(root);
	return failed ? -error : 0;
}

bool checklist_is_passed(const struct check *checks, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (checks[i].state == CHECK_FAILED)
			return false;
	}
	return true;
}
