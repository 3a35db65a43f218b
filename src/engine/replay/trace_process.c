/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process without rights that reads a trace; see engine/replay/trace_process.h. */
#include "config.h"

#include "engine/replay/trace_process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Memory that it may have in addition to ours, and descriptors: one for each stream of the trace.
 */
#define MEMORY_MAX ((rlim_t)1 << 30)
#define FILES_MAX  4096

/* How long its end is waited for: a file system whose server does not respond delays it. */
#define KILL_MS    1000

/* As much in the pipe as an unprivileged user may have. */
#define PIPE_SIZE  (1 << 20)

/* What landlock's first version can refuse; later ones refuse more, which needs writing, too. */
#define ALL_FILES  ((UINT64_C(1) << 13) - 1)
#define ONLY_READS (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)

/* A sanitizer needs terabytes of address space for its shadow of memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool has_shadow = true;
#else
static const bool has_shadow = false;
#endif

/* From now on, only what is below DIRECTORY can be opened, and only for reading. */
static void restrict_files(int directory)
{
	const struct landlock_ruleset_attr all = {.handled_access_fs = ALL_FILES};
	const struct landlock_path_beneath_attr below = {
		.allowed_access = ONLY_READS, .parent_fd = directory};
	int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0U);
	/* A kernel without landlock still has the other limits. */
	if (rules < 0)
		return;
	if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &below, 0U) == 0)
		syscall(SYS_landlock_restrict_self, rules, 0U);
	close(rules);
}

/* Of root's rights, only that to read: the trace may be of another user. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[_LINUX_CAPABILITY_U32S_3] = {0};
	const uint32_t kept = 1U << CAP_DAC_READ_SEARCH;
	if (syscall(SYS_capget, &header, now) < 0)
		return;
	now[0].effective &= kept;
	now[0].permitted &= kept;
	now[0].inheritable = 0;
	now[1] = (struct __user_cap_data_struct){0};
	syscall(SYS_capset, &header, now);
}

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	struct rlimit now;
	if (getrlimit(resource, &now) < 0)
		return;
	if (now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	setrlimit(resource, &now);
}

static void give_up_rights(int directory)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	restrict_files(directory);
	drop_capabilities();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_NOFILE, FILES_MAX);
	if (!has_shadow)
		limit(RLIMIT_DATA, MEMORY_MAX);
}

/* A signal does what it does to any process, and ^C is for stop, which then ends this one. */
static void reset_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (int sig = 1; sig < NSIG; sig++)
		signal(sig, SIG_DFL);
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	signal(SIGTSTP, SIG_IGN);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Closes all descriptors from FIRST on. */
static void close_from(int first)
{
	struct rlimit limit;
	/* From Linux 5.9; glibc has a function since 2.34. */
	if (syscall(SYS_close_range, first, ~0U, 0U) == 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	for (int fd = first; (rlim_t)fd < limit.rlim_cur; fd++)
		close(fd);
}

/* Moves DIRECTORY and OUT behind the standard descriptors, which become /dev/null; closes others.
 */
static int keep_descriptors(int *directory, int *out)
{
	enum { DIRECTORY = STDERR_FILENO + 1, OUT, OTHERS };
	int high_directory = fcntl(*directory, F_DUPFD, OTHERS);
	int high_out = fcntl(*out, F_DUPFD, OTHERS);
	int null = open("/dev/null", O_RDWR);
	if (high_directory < 0 || high_out < 0 || null < 0)
		return -errno;
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		if (dup2(null, fd) < 0)
			return -errno;
	}
	*directory = dup2(high_directory, DIRECTORY);
	*out = dup2(high_out, OUT);
	if (*directory < 0 || *out < 0)
		return -errno;
	close_from(OTHERS);
	return 0;
}

static void run(int directory, int out, pid_t parent, const struct trace_process_work *work)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	prctl(PR_SET_NAME, "stop-trace", 0, 0, 0);
	reset_signals();
	if (getppid() != parent || keep_descriptors(&directory, &out) < 0 || fchdir(directory) < 0)
		return;
	if (work->load && work->load() < 0)
		return;
	give_up_rights(directory);
	work->write(out);
}

int trace_process_start(
	struct trace_process *process, int directory, const struct trace_process_work *work)
{
	int ends[2];
	pid_t parent = getpid();
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	pid_t pid = fork();
	if (pid == 0) {
		run(directory, ends[1], parent, work);
		_exit(0);
	}
	int result = pid < 0 ? -errno : 0;
	int pidfd = pid < 0 ? -1 : (int)syscall(SYS_pidfd_open, pid, 0U);
	close(ends[1]);
	if (result < 0) {
		close(ends[0]);
		return result;
	}
	*process = (struct trace_process){.pidfd = pidfd, .pid = pid, .out = ends[0]};
	return 0;
}

bool trace_process_wait(const struct trace_process *process, int timeout_ms)
{
	struct pollfd end = {.fd = process->out, .events = POLLIN};
	return poll(&end, 1, timeout_ms) == 1;
}

void trace_process_end(struct trace_process *process)
{
	struct pollfd end = {.fd = process->pidfd, .events = POLLIN};
	/* It is also reaped where all children are: its number may be another's by now. */
	if (process->pidfd >= 0) {
		syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, NULL, 0U);
		poll(&end, 1, KILL_MS);
		waitpid(process->pid, NULL, WNOHANG);
		close(process->pidfd);
	}
	close(process->out);
}
