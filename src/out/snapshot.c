/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots; see out/snapshot.h. */
#include "config.h"

#include "out/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "out/atomic_file.h"
#include "out/json.h"
#include "out/table.h"

/* Maximum length of the target's name in a file name. */
#define NAME_BYTES 32

/* Number of names to try: the maximum number of snapshots of one process in one second. */
#define TRIES      1000

#define SAFE       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

/* NAME with "_" for every byte that is special to a shell, a terminal or in a path. */
static void safe_name(const char *name, char buf[NAME_BYTES + 1])
{
	size_t length = strnlen(name, NAME_BYTES);
	for (size_t i = 0; i < length; i++)
		buf[i] = strchr(SAFE, name[i]) ? name[i] : '_';
	buf[length] = '\0';
	if (buf[0] == '.' || buf[0] == '-')
		buf[0] = '_';
	if (length == 0)
		strcpy(buf, "process");
}

char *snapshot_stem(
	const char *name, pid_t pid, time_t seconds, unsigned int try, char buf[SNAPSHOT_NAME_MAX])
{
	char safe[NAME_BYTES + 1], when[24], number[12] = "";
	struct tm tm;
	safe_name(name, safe);
	localtime_r(&seconds, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%S", &tm);
	if (try)
		snprintf(number, sizeof(number), "-%u", try);
	snprintf(buf, SNAPSHOT_NAME_MAX, "stop-%s-%d-%s%s", safe, (int)pid, when, number);
	return buf;
}

/* The two files, before they are named. */
struct pair {
	struct atomic_file text;
	struct atomic_file json;
};

static int write_pair(struct pair *pair, int directory, const struct report *report, bool ascii)
{
	int error = atomic_file_open(&pair->text, directory);
	if (error)
		return error;
	table_write(pair->text.stream, report, EXPORT_SNAPSHOT, ascii);
	error = atomic_file_finish(&pair->text);
	if (error)
		return error;
	error = atomic_file_open(&pair->json, directory);
	if (error)
		return error;
	error = json_write(pair->json.stream, report, false);
	return error ? error : atomic_file_finish(&pair->json);
}

/* Publishes both names or none; -EEXIST if one exists. */
static int publish_pair(struct pair *pair, const struct snapshot_names *names)
{
	int error = atomic_file_publish(&pair->json, names->json);
	if (error)
		return error;
	error = atomic_file_publish(&pair->text, names->text);
	if (error && atomic_file_withdraw(&pair->json, names->json) < 0)
		return -EIO;
	return error;
}

static int name_pair(
	struct pair *pair, const struct report_facts *facts, struct snapshot_names *names)
{
	int error = -EEXIST;
	for (unsigned int try = 0; try < TRIES && error == -EEXIST; try++) {
		char stem[SNAPSHOT_NAME_MAX];
		struct snapshot_names tried;
		snapshot_stem(facts->name, facts->pid, facts->time.tv_sec, try, stem);
		snprintf(tried.text, sizeof(tried.text), "%.*s.txt", SNAPSHOT_NAME_MAX - 6, stem);
		snprintf(tried.json, sizeof(tried.json), "%.*s.json", SNAPSHOT_NAME_MAX - 6, stem);
		error = publish_pair(pair, &tried);
		if (error == 0)
			*names = tried;
	}
	return error;
}

int snapshot_write(const struct report *report, const char *directory, bool ascii,
	struct snapshot_names *names)
{
	struct pair pair = {0};
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int error = write_pair(&pair, fd, report, ascii);
	if (error == 0)
		error = name_pair(&pair, &report->facts, names);
	atomic_file_discard(&pair.text);
	atomic_file_discard(&pair.json);
	close(fd);
	return error;
}

static int name_file(struct atomic_file *file, const struct report_facts *facts, const char *suffix,
	char name[SNAPSHOT_NAME_MAX])
{
	int error = -EEXIST;
	for (unsigned int try = 0; try < TRIES && error == -EEXIST; try++) {
		char stem[SNAPSHOT_NAME_MAX];
		snapshot_stem(facts->name, facts->pid, facts->time.tv_sec, try, stem);
		snprintf(name, SNAPSHOT_NAME_MAX, "%.*s%.7s", SNAPSHOT_NAME_MAX - 8, stem, suffix);
		error = atomic_file_publish(file, name);
	}
	return error;
}

int snapshot_write_file(const struct report *report, const char *directory, const char *suffix,
	void (*write)(const void *argument, FILE *stream), const void *argument,
	char name[SNAPSHOT_NAME_MAX])
{
	struct atomic_file file = {0};
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int error = atomic_file_open(&file, fd);
	if (error == 0) {
		write(argument, file.stream);
		error = atomic_file_finish(&file);
	}
	if (error == 0)
		error = name_file(&file, &report->facts, suffix, name);
	atomic_file_discard(&file);
	close(fd);
	return error;
}
