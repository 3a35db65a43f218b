/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lacking something; see starve.h. */
#include "config.h"

#include "support/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/pause.h"
#include "support/random.h"
#include "support/starve.h"

#define LOOPS_MAX   8

/* Of a period of 100 ms. */
#define QUOTA_US    "2000"
#define PERIOD_US   "100000"

/* So few that stacks and names use them up. */
#define DESCRIPTORS 12

#define NS_PER_MS   1000000

/* What patience_s() is on a machine that lacks nothing. */
#define PATIENCE_S  90

struct way {
	bool (*begin)(void); /* NULL: nothing to do */
	void (*end)(void);
	void (*target)(void);
	void (*tool)(void);
	bool sometimes; /* `stop` is starved every other time */
	const char *options;
	const char *report; /* file for it; NULL: the usual one */
	int slower;         /* targets need as many times as long; 0: they do not */
	int status;         /* with which `stop` may exit because of it */
};

static const struct way *current;

/* What the ways need. */
static pid_t loops[LOOPS_MAX];
static char group[256];     /* directory of the control group */
static const char *members; /* its file for members */

/* Busy loops. */

static void loop(void (*starve)(void))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (starve)
		starve();
	else
		setpriority(PRIO_PROCESS, 0, 10);
	for (;;)
		;
}

static void start_loops(size_t count, void (*starve)(void))
{
	for (size_t i = 0; i < count && i < LOOPS_MAX; i++) {
		loops[i] = fork();
		assert_true(loops[i] >= 0);
		if (loops[i] == 0)
			loop(starve);
	}
}

static void end_loops(void)
{
	for (size_t i = 0; i < LOOPS_MAX; i++) {
		if (!loops[i])
			continue;
		kill(loops[i], SIGKILL);
		waitpid(loops[i], NULL, 0);
		loops[i] = 0;
	}
}

/* A processor quota. */

static bool write_group(const char *file, const char *text)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", group, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool written = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return written;
}

static void join_group(void)
{
	if (!write_group(members, "0"))
		_exit(123);
}

/* Version 1 of control groups, or version 2. */
static bool make_group(void)
{
	snprintf(group, sizeof(group), "/sys/fs/cgroup/cpu/stop-test-%d", (int)getpid());
	members = "tasks";
	if (mkdir(group, 0700) == 0)
		return write_group("cpu.cfs_period_us", PERIOD_US) &&
		       write_group("cpu.cfs_quota_us", QUOTA_US);
	snprintf(group, sizeof(group), "/sys/fs/cgroup/stop-test-%d", (int)getpid());
	members = "cgroup.procs";
	return mkdir(group, 0700) == 0 && write_group("cpu.max", QUOTA_US " " PERIOD_US);
}

static void end_quota(void)
{
	/* Whoever is still in it can end now. */
	if (!write_group("cpu.cfs_quota_us", "-1"))
		write_group("cpu.max", "max");
	end_loops();
	for (int tries = 0; rmdir(group) < 0 && errno == EBUSY && tries < 2000; tries++)
		pause_poll();
}

static bool begin_quota(void)
{
	if (!make_group()) {
		rmdir(group);
		return false;
	}
	start_loops(4, join_group);
	return true;
}

/* The lowest priority. */

static void become_idle(void)
{
	struct sched_param param = {0};
	if (sched_setscheduler(0, SCHED_IDLE, &param) < 0)
		_exit(123);
}

static bool begin_idle(void)
{
	start_loops(2 * (size_t)sysconf(_SC_NPROCESSORS_ONLN), NULL);
	return true;
}

/* Descriptors and disk space. */

static void limit_descriptors(void)
{
	struct rlimit few = {DESCRIPTORS, DESCRIPTORS};
	if (setrlimit(RLIMIT_NOFILE, &few) < 0)
		_exit(123);
}

static const char disk[] = "/tmp/stop-full-disk";

/* A file system of one page, which is full. */
static void enter_full_disk(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		(mkdir(disk, 0700) < 0 && errno != EEXIST) ||
		mount("none", disk, "tmpfs", 0, "size=4096,nr_inodes=64") < 0 || chdir(disk) < 0)
		_exit(123);
	int fd = open("full", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	char page[4096] = "";
	if (write(fd, page, sizeof(page)) != sizeof(page))
		_exit(123);
	close(fd);
}

static bool can_mount(void)
{
	int status;
	pid_t child = fork();
	if (child == 0) {
		enter_full_disk();
		_exit(0);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static void remove_disk(void)
{
	rmdir(disk);
}

/* The table. */

enum { QUOTA, IDLE, HELD, FEW, DISK, TERMINAL };

const char *const starve_ways[STARVE_WAYS] = {
	[QUOTA] = "quota",
	[IDLE] = "idle",
	[HELD] = "held",
	[FEW] = "descriptors",
	[DISK] = "disk",
	[TERMINAL] = "terminal",
};

static const struct way ways[STARVE_WAYS] = {
	[QUOTA] = {.begin = begin_quota,
		.end = end_quota,
		.target = join_group,
		.tool = join_group,
		.sometimes = true,
		.slower = 15},
	[IDLE] = {.begin = begin_idle,
		.end = end_loops,
		.target = become_idle,
		.tool = become_idle,
		.sometimes = true,
		.slower = 15},
	[HELD] = {0},
	[FEW] = {.tool = limit_descriptors, .options = "-k all", .status = 1},
	[DISK] = {.begin = can_mount,
		.end = remove_disk,
		.tool = enter_full_disk,
		.report = "report",
		.status = 1},
	[TERMINAL] = {0},
};

static pid_t owner;

static void end_at_exit(void)
{
	if (getpid() == owner)
		starve_end();
}

/* The library is used by tests that were started with STARVED in the environment, and by others. */
static const struct way *in_use(void)
{
	static bool begun;
	const char *way = getenv("STARVED");
	if (!begun && way && *way && !current) {
		begun = true;
		if (!starve_begin(way))
			fail_msg("this machine does not permit STARVED=%s", way);
		owner = getpid();
		atexit(end_at_exit);
	}
	return current;
}

bool starve_begin(const char *way)
{
	for (size_t i = 0; i < STARVE_WAYS; i++) {
		if (strcmp(way, starve_ways[i]) != 0)
			continue;
		if (ways[i].begin && !ways[i].begin())
			return false;
		current = &ways[i];
		return true;
	}
	fail_msg("there is no STARVED=%s", way);
	return false;
}

void starve_end(void)
{
	if (current && current->end)
		current->end();
	current = NULL;
}

int patience_s(void)
{
	const struct way *used = in_use();
	return used && used->slower ? PATIENCE_S * used->slower : PATIENCE_S;
}

bool starve_is(const char *way)
{
	const struct way *used = in_use();
	return used && (!way || strcmp(way, starve_ways[used - ways]) == 0);
}

void starve_target(void)
{
	if (current && current->target)
		current->target();
}

void starve_tool(uint64_t *seed)
{
	if (current && current->tool && (!current->sometimes || random_below(seed, 2)))
		current->tool();
}

const char *starve_options(void)
{
	return current && current->options ? current->options : "";
}

const char *starve_report(void)
{
	return current && current->report ? current->report : "/dev/null";
}

bool starve_explains(int status)
{
	return current && current->status && WIFEXITED(status) &&
	       WEXITSTATUS(status) == current->status;
}

/* Holding the tracer. */

/* Whether /proc/NAME is the tracer that TOOL started. */
static bool is_tracer(const char *name, pid_t tool)
{
	char path[300], text[256] = "";
	snprintf(path, sizeof(path), "/proc/%s/stat", name);
	int fd = open(path, O_RDONLY | O_CLOEXEC), parent = 0;
	if (fd < 0)
		return false;
	ssize_t got = read(fd, text, sizeof(text) - 1);
	close(fd);
	const char *end = got > 0 ? strrchr(text, ')') : NULL;
	return end && strstr(text, "(syscall-tracer)") && sscanf(end, ") %*c %d", &parent) == 1 &&
	       parent == tool;
}

/* The tracer of TOOL, or 0. */
static pid_t tracer_of(pid_t tool)
{
	pid_t found = 0;
	DIR *proc = opendir("/proc");
	for (struct dirent *entry; !found && (entry = readdir(proc));) {
		if (*entry->d_name >= '1' && *entry->d_name <= '9' &&
			is_tracer(entry->d_name, tool))
			found = atoi(entry->d_name);
	}
	closedir(proc);
	return found;
}

static void send(int pidfd, int signal)
{
	syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

static void hold(pid_t tool, uint64_t after_ns, long for_ns, bool parent)
{
	pid_t victim = 0;
	pause_moment((long)after_ns);
	while (!victim && kill(tool, 0) == 0) {
		victim = tracer_of(tool);
		pause_poll();
	}
	int fd = (int)syscall(SYS_pidfd_open, parent && victim ? tool : victim, 0);
	if (victim && fd >= 0) {
		send(fd, SIGSTOP);
		pause_moment(for_ns);
		send(fd, SIGCONT);
	}
	_exit(0);
}

pid_t starve_hold(pid_t tool, uint64_t most_ns, uint64_t *seed)
{
	static const long times_ms[] = {100, 100, 100, 400, 400, 2000};
	if (!starve_is("held"))
		return 0;
	uint64_t after_ns = random_below(seed, most_ns + 1);
	long for_ns = times_ms[random_below(seed, COUNT_OF(times_ms))] * NS_PER_MS;
	bool parent = random_below(seed, 4) == 0;
	pid_t holder = fork();
	if (holder == 0)
		hold(tool, after_ns, for_ns, parent);
	return holder > 0 ? holder : 0;
}
