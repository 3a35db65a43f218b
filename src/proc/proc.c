/* Reading /proc; see proc/proc.h. */
#include "config.h"

#include "proc/proc.h"

#include <ctype.h>
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"

#define PATH_SIZE 64 /* "/proc/4194304/task/4194304/syscall" and then some */
#define STATUS_SIZE \
	4096 /* /proc/PID/status is about 1,500 bytes; the fields used come first \
	      */

#define PF_KTHREAD     0x00200000 /* include/linux/sched.h; in field 9 of /proc/PID/stat */

/* Fields of /proc/PID/stat, counted from 1: proc(5). */
#define STAT_STATE     3
#define STAT_PROCESSOR 39

void tid_list_add(struct tid_list *list, pid_t tid)
{
	if (list->count == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 16;
		list->tid = xreallocarray(list->tid, list->capacity, sizeof(*list->tid));
	}
	list->tid[list->count++] = tid;
}

void tid_list_clear(struct tid_list *list)
{
	free(list->tid);
	*list = (struct tid_list){0};
}

/* Reads up to SIZE - 1 bytes of PATH and NUL-terminates them. Returns their number, or -errno. */
static ssize_t read_file(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	size_t used = 0;
	ssize_t got;
	while ((got = read(fd, buf + used, size - 1 - used)) > 0)
		used += (size_t)got;
	int error = errno;
	close(fd);
	if (got < 0)
		return -error;
	buf[used] = '\0';
	return (ssize_t)used;
}

/* The text after "KEY:" and white space in the line of STATUS that begins with it, or NULL. */
static const char *field(const char *status, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = status; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ':')
			return line + length + 1 + strspn(line + length + 1, "\t ");
	}
	return NULL;
}

static pid_t number_field(const char *status, const char *key)
{
	const char *text = field(status, key);
	return text ? (pid_t)strtol(text, NULL, 10) : 0;
}

/* The second number in line KEY: the effective one of IDs. */
static uint32_t second_field(const char *status, const char *key)
{
	const char *text = field(status, key);
	return text ? (uint32_t)strtoul(text + strcspn(text, "\t\n"), NULL, 10) : 0;
}

static uint64_t mask_field(const char *status, const char *key)
{
	const char *text = field(status, key);
	return text ? strtoull(text, NULL, 16) : 0;
}

/* NSpid lists the task's ID in each PID namespace from ours inwards. */
static pid_t innermost_tid(const char *status)
{
	const char *text = field(status, "NSpid");
	char *end;
	pid_t tid = 0;
	for (int depth = 0; text && *text != '\n'; depth++, text = end + strspn(end, "\t ")) {
		pid_t number = (pid_t)strtol(text, &end, 10);
		if (end == text)
			break;
		tid = depth ? number : 0;
	}
	return tid;
}

/* Undoes the escapes that the kernel writes into the Name line: "\n" and "\\". */
static void copy_name(const char *line, char comm[TASK_COMM_SIZE])
{
	size_t used = 0;
	while (*line && *line != '\n' && used < TASK_COMM_SIZE - 1) {
		if (line[0] == '\\' && (line[1] == 'n' || line[1] == '\\')) {
			comm[used++] = line[1] == 'n' ? '\n' : '\\';
			line += 2;
		} else {
			comm[used++] = *line++;
		}
	}
	comm[used] = '\0';
}

int proc_status(pid_t tid, struct proc_status *out)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	ssize_t size = read_file(path, text, sizeof(text));
	if (size < 0)
		return (int)size;
	const char *name = field(text, "Name"), *state = field(text, "State");
	const char *uid = field(text, "Uid");
	if (!name || !state || !uid)
		return -EIO;
	struct proc_status status = {
		.state = *state,
		.tgid = number_field(text, "Tgid"),
		.parent = number_field(text, "PPid"),
		.tracer = number_field(text, "TracerPid"),
		.gid = second_field(text, "Gid"),
		.capabilities = mask_field(text, "CapPrm"),
		.ns_tid = innermost_tid(text),
	};
	copy_name(name, status.comm);
	for (int i = 0; i < 4; i++) {
		char *end;
		status.uid[i] = (uid_t)strtoul(uid, &end, 10);
		uid = end;
	}
	*out = status;
	return 0;
}

int proc_comm(pid_t tid, char comm[TASK_COMM_SIZE])
{
	char path[PATH_SIZE], text[TASK_COMM_SIZE + 2];
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)tid);
	ssize_t size = read_file(path, text, sizeof(text));
	if (size < 0)
		return (int)size;
	if (size > 0 && text[size - 1] == '\n')
		text[--size] = '\0';
	size_t length = (size_t)size < TASK_COMM_SIZE ? (size_t)size : TASK_COMM_SIZE - 1;
	memcpy(comm, text, length);
	comm[length] = '\0';
	return 0;
}

bool proc_is_thread_of(pid_t tid, pid_t tgid)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task/%d", (int)tgid, (int)tid);
	return access(path, F_OK) == 0;
}

bool proc_has_user(uid_t uid)
{
	char text[STATUS_SIZE];
	if (read_file("/proc/self/uid_map", text, sizeof(text)) < 0)
		return true;
	/* Lines of the first UID, the corresponding UID outside, and the count: user_namespaces(7).
	 */
	unsigned long first, count;
	for (const char *line = text; sscanf(line, "%lu %*u %lu", &first, &count) == 2;) {
		if (uid >= first && uid - first < count)
			return true;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return false;
}

/* Reads PATH, a task's stat, into TEXT. Returns the start of the fields after the name, or NULL. */
static const char *read_stat(const char *path, char *text, size_t size)
{
	if (read_file(path, text, size) < 0)
		return NULL;
	/* The name, in parentheses, may contain parentheses: the last one ends it. */
	const char *rest = strrchr(text, ')');
	return rest ? rest + 1 : NULL;
}

bool proc_is_kernel_thread(pid_t tid)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	unsigned int flags;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	const char *rest = read_stat(path, text, sizeof(text));
	return rest && sscanf(rest, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       (flags & PF_KTHREAD);
}

/* The stat of thread TID only: /proc/TID/stat sums up all threads of the process. */
static const char *read_thread_stat(pid_t tid, char *text, size_t size)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)tid, (int)tid);
	return read_stat(path, text, size);
}

int proc_cpu(pid_t tid)
{
	char text[STATUS_SIZE];
	const char *rest = read_thread_stat(tid, text, sizeof(text));
	for (int field = STAT_STATE; rest && field < STAT_PROCESSOR; field++)
		rest = strchr(rest + 1, ' ');
	return rest ? (int)strtol(rest, NULL, 10) : -1;
}

char proc_state(pid_t tid)
{
	char text[STATUS_SIZE];
	const char *rest = read_thread_stat(tid, text, sizeof(text));
	return rest && rest[0] == ' ' ? rest[1] : '\0';
}

/* Whether AT_PHENT in VECTOR (SIZE bytes, pairs of words of WIDTH bytes) is HEADER. */
static bool has_header_size(const char *vector, size_t size, size_t width, uint64_t header)
{
	for (size_t at = 0; at + 2 * width <= size; at += 2 * width) {
		uint64_t pair[2] = {0};
		memcpy(&pair[0], vector + at, width);
		memcpy(&pair[1], vector + at + width, width);
		if (pair[0] == AT_PHENT)
			return pair[1] == header;
	}
	return false;
}

bool proc_is_32bit(pid_t tgid)
{
	char path[PATH_SIZE], vector[STATUS_SIZE];
	/*
	 * The auxiliary vector is used instead of the program's file, which may be on a file system
	 * whose server waits for us.
	 */
	snprintf(path, sizeof(path), "/proc/%d/auxv", (int)tgid);
	ssize_t size = read_file(path, vector, sizeof(vector));
	return size > 0 && has_header_size(vector, (size_t)size, 4, sizeof(Elf32_Phdr));
}

/* The number in ENTRY's name, or 0 for other names. */
static pid_t entry_number(const struct dirent *entry)
{
	return isdigit((unsigned char)entry->d_name[0]) ? (pid_t)strtol(entry->d_name, NULL, 10)
	                                                : 0;
}

/* The number of threads of the process whose task directory is DIR. */
static size_t count_threads(DIR *dir)
{
	struct stat status;
	/* One link per thread, plus those of every directory (the kernel's proc_task_getattr()).
	 */
	return fstat(dirfd(dir), &status) == 0 ? status.st_nlink - 2 : 0;
}

static bool is_alive(pid_t tgid, pid_t tid)
{
	return syscall(SYS_tgkill, tgid, tid, 0) == 0 || errno != ESRCH;
}

int proc_threads(pid_t tgid, struct tid_list *list)
{
	size_t before = list->count, alive = 0;
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task", (int)tgid);
	DIR *dir = opendir(path);
	if (!dir)
		return -errno;
	struct dirent *entry;
	while ((entry = readdir(dir))) {
		if (entry_number(entry))
			tid_list_add(list, entry_number(entry));
	}
	/* First the number: threads that are alive after that were alive before. */
	size_t threads = count_threads(dir);
	closedir(dir);
	for (size_t i = before; i < list->count; i++)
		alive += is_alive(tgid, list->tid[i]);
	return alive < threads ? 1 : 0;
}

static bool contains(const struct tid_list *list, pid_t tid)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->tid[i] == tid)
			return true;
	}
	return false;
}

int proc_children(struct tid_list *list, bool *incomplete)
{
	DIR *dir = opendir("/proc");
	if (!dir)
		return -errno;
	int added = 0;
	struct dirent *entry;
	*incomplete = false;
	while ((entry = readdir(dir))) {
		struct proc_status status;
		pid_t pid = entry_number(entry);
		if (!pid || contains(list, pid))
			continue;
		bool here = proc_status(pid, &status) == 0;
		*incomplete |= !here;
		if (!here || !contains(list, status.parent))
			continue;
		tid_list_add(list, pid);
		added++;
	}
	closedir(dir);
	return added;
}

int proc_waits(pid_t tgid, pid_t tid, struct proc_wait *out)
{
	char path[PATH_SIZE], text[256];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)tgid, (int)tid);
	ssize_t size = read_file(path, text, sizeof(text));
	if (size < 0)
		return (int)size;
	/* "running", "-1 SP PC" outside calls, or "NR ARG0 … ARG5 SP PC" (proc(5)). */
	int64_t nr;
	struct proc_wait wait;
	uint64_t *a = wait.args;
	int fields = sscanf(text,
		"%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		" %" SCNx64 " %" SCNx64,
		&nr, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &wait.sp, &wait.ip);
	if (fields < 1 + CALL_MAX_ARGS + 2 || nr < 0)
		return 0;
	wait.nr = (uint64_t)nr;
	*out = wait;
	return 1;
}

bool proc_waits_for_server(pid_t tgid, pid_t tid)
{
	char path[PATH_SIZE], text[64];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)tgid, (int)tid);
	/* The kernel's fs/fuse/dev.c: all of its requests wait there. */
	return read_file(path, text, sizeof(text)) > 0 && strcmp(text, "request_wait_answer") == 0;
}

uint64_t proc_switches(pid_t tid)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (read_file(path, text, sizeof(text)) < 0)
		return 0;
	const char *own = field(text, "voluntary_ctxt_switches");
	const char *forced = field(text, "nonvoluntary_ctxt_switches");
	return own && forced ? strtoull(own, NULL, 10) + strtoull(forced, NULL, 10) : 0;
}

uint64_t proc_sleeps(pid_t tid)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	if (read_file(path, text, sizeof(text)) < 0)
		return 0;
	const char *own = field(text, "voluntary_ctxt_switches");
	return own ? strtoull(own, NULL, 10) : 0;
}

uint64_t proc_left_cpu_ns(pid_t tid)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	unsigned long long ms, ns;
	snprintf(path, sizeof(path), "/proc/%d/sched", (int)tid);
	if (read_file(path, text, sizeof(text)) < 0)
		return 0;
	/* "se.exec_start        :      26275769.944498": kernel/sched/debug.c of the kernel. */
	const char *line = strstr(text, "\nse.exec_start ");
	if (!line || sscanf(line, " %*s : %llu.%6llu", &ms, &ns) != 2)
		return 0;
	return ms * NS_PER_MS + ns;
}

uint64_t proc_cpu_ns(pid_t tid)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)tid);
	return read_file(path, text, sizeof(text)) < 0 ? UINT64_MAX : strtoull(text, NULL, 10);
}

/* In a tracee that is being resumed: it is not waiting for anything. */
#define OUR_STOP "ptrace_stop\n"

/* Extracts the names in TEXT, lines of "[<0>] ep_poll+0x2d5/0x360", to BUF. */
static void kernel_names(const char *text, char *buf, size_t size)
{
	size_t used = 0;
	for (const char *line = text; line && *line; line = strchr(line, '\n')) {
		line += *line == '\n';
		const char *name = strstr(line, "] ");
		const char *end = strchr(line, '\n');
		if (!name || (end && name > end))
			continue;
		size_t length = strcspn(name + 2, "+\n");
		if (used + length + 2 > size)
			break;
		memcpy(buf + used, name + 2, length);
		used += length;
		buf[used++] = '\n';
	}
	buf[used] = '\0';
}

int proc_kernel_stack(pid_t tgid, pid_t tid, char *buf, size_t size)
{
	char path[PATH_SIZE], text[STATUS_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stack", (int)tgid, (int)tid);
	if (read_file(path, text, sizeof(text)) > 0) {
		kernel_names(text, buf, size);
		if (strncmp(buf, OUR_STOP, strlen(OUR_STOP)) == 0)
			return -ENOENT;
		if (*buf)
			return 0;
	}
	snprintf(path, sizeof(path), "/proc/%d/task/%d/wchan", (int)tgid, (int)tid);
	ssize_t got = read_file(path, text, sizeof(text));
	if (got < 0)
		return (int)got;
	/* It is "0" for a running thread, and for callers without permission. */
	if (got == 0 || strcmp(text, "0") == 0)
		return -ENOENT;
	snprintf(buf, size, "%s\n", text);
	return 0;
}

int proc_number(const char *path)
{
	char text[32];
	ssize_t size = read_file(path, text, sizeof(text));
	return size < 0 ? (int)size : atoi(text);
}
