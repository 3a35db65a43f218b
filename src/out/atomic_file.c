/* Files that appear whole or not at all; see out/atomic_file.h. */
#include "config.h"

#include "out/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE         0600

/* Hidden names that are tried: with 64 random bits a second clash is an attack, not chance. */
#define HIDDEN_TRIES 4

/* Bytes of "/proc/self/fd/N". */
#define FD_PATH_MAX  32

/* A file without a name: -errno where the file system has no such thing. */
static int open_unnamed(int folder)
{
	int fd = openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, MODE);
	return fd < 0 ? -errno : fd;
}

/* Writes a name that nobody can guess into HIDDEN. Returns 0 or -errno. */
static int hidden_name(char hidden[ATOMIC_FILE_HIDDEN_MAX])
{
	uint64_t random;
	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	snprintf(hidden, ATOMIC_FILE_HIDDEN_MAX, ".stop-%016llx", (unsigned long long)random);
	return 0;
}

/* A file with a hidden name, which is left in HIDDEN. Returns its descriptor or -errno. */
static int open_hidden(int folder, char hidden[ATOMIC_FILE_HIDDEN_MAX])
{
	int error = -EEXIST;
	for (int i = 0; i < HIDDEN_TRIES && error == -EEXIST; i++) {
		error = hidden_name(hidden);
		if (error)
			break;
		int fd = openat(
			folder, hidden, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, MODE);
		if (fd >= 0)
			return fd;
		error = -errno;
	}
	hidden[0] = '\0';
	return error;
}

/* The path by which an open file can be linked: open(2), O_TMPFILE. */
static void fd_path(FILE *stream, char path[FD_PATH_MAX])
{
	snprintf(path, FD_PATH_MAX, "/proc/self/fd/%d", fileno(stream));
}

/* Whether an unnamed file could get a name here: without /proc it could not. */
static int can_link(void)
{
	return access("/proc/self/fd", X_OK) == 0;
}

int atomic_file_open(struct atomic_file *atomic_file, int folder)
{
	*atomic_file = (struct atomic_file){.folder = folder};
	int fd = can_link() ? open_unnamed(folder) : -EOPNOTSUPP;
	/* Every error, as each file system has its own for O_TMPFILE; the second try tells. */
	if (fd < 0)
		fd = open_hidden(folder, atomic_file->hidden);
	if (fd < 0)
		return fd;
	atomic_file->stream = fdopen(fd, "w");
	if (atomic_file->stream)
		return 0;
	int error = errno;
	close(fd);
	atomic_file_discard(atomic_file);
	return -error;
}

int atomic_file_finish(struct atomic_file *atomic_file)
{
	errno = 0;
	if (fflush(atomic_file->stream) == EOF)
		return errno ? -errno : -EIO;
	if (ferror(atomic_file->stream))
		return -EIO;
	/* Network file systems report a full disk when a descriptor is closed, any of the file's.
	 * Not fsync(2): it can take seconds, and this thread draws the screen. */
	int copy = fcntl(fileno(atomic_file->stream), F_DUPFD_CLOEXEC, 0);
	if (copy < 0 || close(copy) < 0)
		return -errno;
	return 0;
}

/* Renames the hidden name to NAME, without replacing what has it. Returns 0 or -errno. */
static int rename_hidden(const struct atomic_file *atomic_file, const char *name)
{
	if (renameat2(atomic_file->folder, atomic_file->hidden, atomic_file->folder, name,
		    RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* The file system does not know the flag; a hard link does not replace either. */
	if (linkat(atomic_file->folder, atomic_file->hidden, atomic_file->folder, name, 0) < 0)
		return -errno;
	unlinkat(atomic_file->folder, atomic_file->hidden, 0);
	return 0;
}

int atomic_file_publish(struct atomic_file *atomic_file, const char *name)
{
	if (atomic_file->hidden[0]) {
		int error = rename_hidden(atomic_file, name);
		if (error == 0)
			atomic_file->hidden[0] = '\0';
		return error;
	}
	char path[FD_PATH_MAX];
	fd_path(atomic_file->stream, path);
	if (linkat(AT_FDCWD, path, atomic_file->folder, name, AT_SYMLINK_FOLLOW) < 0)
		return -errno;
	return 0;
}

int atomic_file_withdraw(struct atomic_file *atomic_file, const char *name)
{
	char hidden[ATOMIC_FILE_HIDDEN_MAX];
	int error = hidden_name(hidden);
	if (error)
		return error;
	if (renameat(atomic_file->folder, name, atomic_file->folder, hidden) < 0)
		return -errno;
	strcpy(atomic_file->hidden, hidden);
	return 0;
}

void atomic_file_discard(struct atomic_file *atomic_file)
{
	if (atomic_file->hidden[0])
		unlinkat(atomic_file->folder, atomic_file->hidden, 0);
	if (atomic_file->stream)
		fclose(atomic_file->stream);
	atomic_file->hidden[0] = '\0';
	atomic_file->stream = NULL;
}
