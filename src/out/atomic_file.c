/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that appear complete or not at all; see out/atomic_file.h. */
#include "config.h"

#include "out/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/descriptors.h"

#define MODE         0600

/* Number of hidden names to try: with 64 random bits, repeated clashes are an attack. */
#define HIDDEN_TRIES 4

/* Creates a file without a name; -errno if the file system does not support that. */
static int open_unnamed(int directory)
{
	int fd = openat(directory, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
	return fd < 0 ? -errno : fd;
}

/* Writes an unpredictable name to HIDDEN. Returns 0 or -errno. */
static int hidden_name(char hidden[ATOMIC_FILE_HIDDEN_MAX])
{
	uint64_t random;
	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	snprintf(hidden, ATOMIC_FILE_HIDDEN_MAX, ".stop-%016llx", (unsigned long long)random);
	return 0;
}

/* Creates a file with a hidden name, stored in HIDDEN. Returns its descriptor or -errno. */
static int open_hidden(int directory, char hidden[ATOMIC_FILE_HIDDEN_MAX])
{
	int error = -EEXIST;
	for (int i = 0; i < HIDDEN_TRIES && error == -EEXIST; i++) {
		error = hidden_name(hidden);
		if (error)
			break;
		int fd = openat(directory, hidden,
			O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, MODE);
		if (fd >= 0)
			return fd;
		error = -errno;
	}
	hidden[0] = '\0';
	return error;
}

int atomic_file_open(struct atomic_file *file, int directory)
{
	*file = (struct atomic_file){.directory = directory};
	/* An unnamed file is given a name through /proc: see O_TMPFILE in open(2). */
	int fd = proc_has_own_fds() ? open_unnamed(directory) : -EOPNOTSUPP;
	/* On any error, because file systems differ for O_TMPFILE; the second attempt decides. */
	if (fd < 0)
		fd = open_hidden(directory, file->hidden);
	if (fd < 0)
		return fd;
	file->stream = fdopen(fd, "w");
	if (file->stream)
		return 0;
	int error = errno;
	close(fd);
	atomic_file_discard(file);
	return -error;
}

int atomic_file_finish(struct atomic_file *file)
{
	errno = 0;
	if (fflush(file->stream) == EOF)
		return errno ? -errno : -EIO;
	if (ferror(file->stream))
		return -EIO;
	/* Network file systems report a full disk when any descriptor of the file is closed. Not
	 * fsync(2): it can take seconds, and this thread draws the screen. */
	int copy = fcntl(fileno(file->stream), F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || close(copy) < 0)
		return -errno;
	return 0;
}

/* Renames the hidden name to NAME without replacing an existing file. Returns 0 or -errno. */
static int rename_hidden(const struct atomic_file *file, const char *name)
{
	if (renameat2(file->directory, file->hidden, file->directory, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* The file system does not support the flag; a hard link does not replace files either. */
	if (linkat(file->directory, file->hidden, file->directory, name, 0) < 0)
		return -errno;
	unlinkat(file->directory, file->hidden, 0);
	return 0;
}

int atomic_file_publish(struct atomic_file *file, const char *name)
{
	if (file->hidden[0]) {
		int error = rename_hidden(file, name);
		if (error == 0)
			file->hidden[0] = '\0';
		return error;
	}
	char path[PROC_OWN_FD_MAX];
	proc_own_fd(fileno(file->stream), path);
	if (linkat(AT_FDCWD, path, file->directory, name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return 0;
}

int atomic_file_withdraw(struct atomic_file *file, const char *name)
{
	char hidden[ATOMIC_FILE_HIDDEN_MAX];
	int error = hidden_name(hidden);
	if (error)
		return error;
	if (renameat(file->directory, name, file->directory, hidden) < 0)
		return -errno;
	strcpy(file->hidden, hidden);
	return 0;
}

void atomic_file_discard(struct atomic_file *file)
{
	if (file->hidden[0])
		unlinkat(file->directory, file->hidden, 0);
	if (file->stream)
		fclose(file->stream);
	file->hidden[0] = '\0';
	file->stream = NULL;
}
