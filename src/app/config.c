/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration file; see app/config.h. */
#include "config.h"

#include "app/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "model/column.h"
#include "out/thread_column.h"

#define LINE_SIZE      1024
#define LINES_MAX      1024  /* some files in /proc have no size and no end */
#define FILE_MAX       65536 /* bytes */
#define DIRECTORY_MODE 0700

/* Limits of the delay in seconds, as in its prompt. */
#define DELAY_MIN_S    0.05
#define DELAY_MAX_S    3600

/* A setting: how its value is read and written. */
struct setting {
	const char *name;
	bool (*read)(struct settings *settings, char *value); /* false: VALUE is invalid */
	void (*write)(const struct settings *settings, FILE *stream);
};

static bool read_theme(struct settings *settings, char *value)
{
	enum theme theme = theme_by_name(value);
	if (theme == THEME_COUNT)
		return false;
	settings->theme = theme;
	return true;
}

static void write_theme(const struct settings *settings, FILE *stream)
{
	fputs(theme_name(settings->theme), stream);
}

static bool read_delay(struct settings *settings, char *value)
{
	char *end;
	double seconds = strtod(value, &end);
	if (!*value || *end || !(seconds >= DELAY_MIN_S && seconds <= DELAY_MAX_S))
		return false;
	settings->delay_ns = (uint64_t)(seconds * (double)NS_PER_S + 0.5);
	return true;
}

static void write_delay(const struct settings *settings, FILE *stream)
{
	fprintf(stream, "%g", (double)settings->delay_ns / (double)NS_PER_S);
}

/* Sets the bits of the columns in VALUE, numbered by BY_NAME, below COUNT. */
static bool read_columns(uint32_t *hidden, char *value, int (*by_name)(const char *), int count)
{
	uint32_t bits = 0;
	for (char *word; (word = strsep(&value, ", \t")) != NULL;) {
		int id = *word ? by_name(word) : -1;
		if (id == count)
			return false;
		if (id >= 0)
			bits |= UINT32_C(1) << id;
	}
	*hidden = bits;
	return true;
}

static int call_column(const char *name)
{
	return (int)column_by_name(name);
}

static int thread_column(const char *name)
{
	return (int)thread_column_by_name(name);
}

static bool read_hide(struct settings *settings, char *value)
{
	return read_columns(&settings->hidden_calls, value, call_column, COLUMN_COUNT);
}

static bool read_hide_threads(struct settings *settings, char *value)
{
	return read_columns(&settings->hidden_threads, value, thread_column, THREAD_COLUMN_COUNT);
}

static void write_hide(const struct settings *settings, FILE *stream)
{
	const char *between = "";
	for (int id = 0; id < COLUMN_COUNT; id++) {
		if (!(settings->hidden_calls >> id & 1))
			continue;
		fprintf(stream, "%s%s", between, call_columns[id].name);
		between = ", ";
	}
}

static void write_hide_threads(const struct settings *settings, FILE *stream)
{
	const char *between = "";
	for (int id = 0; id < THREAD_COLUMN_COUNT; id++) {
		if (!(settings->hidden_threads >> id & 1))
			continue;
		fprintf(stream, "%s%s", between, thread_columns[id].name);
		between = ", ";
	}
}

static const struct setting settings_table[] = {
	{"theme", read_theme, write_theme},
	{"delay", read_delay, write_delay},
	{"hide", read_hide, write_hide},
	{"hide-threads", read_hide_threads, write_hide_threads},
};

#define SETTING_COUNT (sizeof(settings_table) / sizeof(*settings_table))

int config_path(char path[CONFIG_PATH_MAX])
{
	const char *config = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");
	/* Relative paths must be ignored (XDG Base Directory Specification). */
	if (config && config[0] == '/')
		snprintf(path, CONFIG_PATH_MAX, "%s/stop/stoprc", config);
	else if (home && home[0] == '/')
		snprintf(path, CONFIG_PATH_MAX, "%s/.config/stop/stoprc", home);
	else
		return -ENOENT;
	return 0;
}

/* LINE without its comment and surrounding blanks. */
static char *trim(char *line)
{
	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t");
	for (size_t length = strlen(line); length && strchr(" \t", line[length - 1]); length--)
		line[length - 1] = '\0';
	return line;
}

/* Parses a line, which is trimmed and not empty. Returns whether it is valid. */
static bool read_line(struct settings *settings, char *line)
{
	char *value = strchr(line, '=');
	if (!value)
		return false;
	*value++ = '\0';
	char *name = trim(line);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		if (strcmp(settings_table[i].name, name) == 0)
			return settings_table[i].read(settings, trim(value));
	}
	return false;
}

/*
 * Opens PATH, which must be a regular file that is not too large: reading anything else may never
 * end. Returns 0 or -errno, -EINVAL with an ERROR.
 */
static int open_file(const char *path, FILE **file, char error[CONFIG_ERROR_MAX])
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int result = fstat(fd, &status) < 0 ? -errno : 0;
	if (result == 0 && (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX)) {
		snprintf(error, CONFIG_ERROR_MAX, "stoprc is not read: it is %s",
			S_ISREG(status.st_mode) ? "too large" : "no regular file");
		result = -EINVAL;
	}
	*file = result == 0 ? fdopen(fd, "r") : NULL;
	if (result == 0 && !*file)
		result = -errno;
	if (result < 0)
		close(fd);
	return result;
}

int config_read(const char *path, struct settings *settings, char error[CONFIG_ERROR_MAX])
{
	FILE *file = NULL;
	char line[LINE_SIZE], shown[64];
	int result = open_file(path, &file, error);
	if (result < 0)
		return result == -ENOENT ? 0 : result;
	for (int number = 1; number <= LINES_MAX && fgets(line, sizeof(line), file); number++) {
		char *text = trim(line);
		text_escape(text, strlen(text), shown, sizeof(shown));
		if (!*text || read_line(settings, text) || result)
			continue;
		snprintf(error, CONFIG_ERROR_MAX, "stoprc, line %d is invalid: %s", number, shown);
		result = -EINVAL;
	}
	fclose(file);
	return result;
}

/* Creates missing parent directories of PATH. Returns 0 or -errno. */
static int make_directories(const char *path)
{
	char *directory = xstrdup(path);
	int result = 0;
	for (char *slash = strchr(directory + 1, '/'); slash && !result;
		slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(directory, DIRECTORY_MODE) < 0 && errno != EEXIST)
			result = -errno;
		*slash = '/';
	}
	free(directory);
	return result;
}

static int write_all(int fd, const struct settings *settings)
{
	FILE *file = fdopen(fd, "w");
	if (!file) {
		int error = errno;
		close(fd);
		return -error;
	}
	fputs("# Written by stop's setup (S), which overwrites changes.\n", file);
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		fprintf(file, "%s = ", settings_table[i].name);
		settings_table[i].write(settings, file);
		fputc('\n', file);
	}
	bool failed = ferror(file);
	errno = 0;
	if (fclose(file) == EOF || failed)
		return errno ? -errno : -EIO;
	return 0;
}

int config_write(const char *path, const struct settings *settings)
{
	int result = make_directories(path);
	if (result < 0)
		return result;
	char *atomic_file = xasprintf("%s.XXXXXX", path);
	int fd = mkostemp(atomic_file, O_CLOEXEC);
	result = fd < 0 ? -errno : write_all(fd, settings);
	if (result == 0 && rename(atomic_file, path) < 0)
		result = -errno;
	if (fd >= 0 && result < 0)
		unlink(atomic_file);
	free(atomic_file);
	return result;
}
