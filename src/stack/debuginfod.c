/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking debuginfod servers; see stack/debuginfod.h. */
#include "config.h"

#include "stack/debuginfod.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "proc/environ.h"
#include "stack/confine.h"
#include "stack/debuginfod_client.h"
#include "stack/frame.h"

#define NAME           "stop-debuginfod"

/* A larger file is not taken; the client writes it to its cache. */
#define SIZE_MAX_TAKEN ((rlim_t)1 << 30)

/* How long a file may take; after as many that have taken longer, nobody is asked any more. */
#define TIME_MS        60000
#define TOO_LATE_MAX   2

#define SERVERS        "DEBUGINFOD_URLS"

struct request {
	uint32_t module;
	char build_id[BUILD_ID_MAX];
};

struct reply {
	uint32_t module;
};

/* The user, and their environment. */

/* What of the environment of the user who called sudo(8) is used; that has kept its own. */
static const char *const variables[] = {
	SERVERS,
	"DEBUGINFOD_CACHE_PATH",
	"DEBUGINFOD_HEADERS_FILE",
	"DEBUGINFOD_MAXSIZE",
	"DEBUGINFOD_MAXTIME",
	"DEBUGINFOD_RETRY_LIMIT",
	"DEBUGINFOD_TIMEOUT",
	"XDG_CACHE_HOME",
	"http_proxy",
	"https_proxy",
	"all_proxy",
	"no_proxy",
};

#define VARIABLES (sizeof(variables) / sizeof(*variables))

/* The number in variable NAME of our environment, or -1. */
static long number_of(const char *name)
{
	const char *value = getenv(name);
	char *end;
	if (!value || !*value)
		return -1;
	long number = strtol(value, &end, 10);
	return *end || number < 0 ? -1 : number;
}

/* Takes what sudo(8) was called with. */
static void take_environment(void)
{
	pid_t sudo = proc_ancestor("sudo");
	for (size_t i = 0; sudo && i < VARIABLES; i++) {
		char *value = proc_variable(sudo, variables[i]);
		if (value)
			setenv(variables[i], value, 1);
		else
			unsetenv(variables[i]);
		free(value);
	}
}

/* Becomes the user who called sudo(8). Returns whether that was possible. */
static bool become_caller(void)
{
	long uid = number_of("SUDO_UID"), gid = number_of("SUDO_GID");
	const struct passwd *user = uid > 0 ? getpwuid((uid_t)uid) : NULL;
	if (!user)
		return false;
	if (gid < 0)
		gid = (long)user->pw_gid;
	setenv("HOME", user->pw_dir, 1);
	return initgroups(user->pw_name, (gid_t)gid) == 0 &&
	       setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) == 0 &&
	       setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) == 0;
}

/* Whether there is somebody to ask, and WHEN allows it. */
static bool is_wanted(enum debuginfod_when when)
{
	bool is_root = geteuid() == 0;
	bool is_for_user = is_root && number_of("SUDO_UID") > 0;
	if (!debuginfod_client_library() || when == DEBUGINFOD_NEVER ||
		(is_root && !is_for_user && when != DEBUGINFOD_ALWAYS))
		return false;
	char *servers = is_for_user ? proc_variable(proc_ancestor("sudo"), SERVERS) : NULL;
	bool has_servers = (servers && *servers) || (getenv(SERVERS) && *getenv(SERVERS));
	free(servers);
	return has_servers;
}

/* The one that asks. */

static size_t parse_build_id(const char *text, unsigned char *id)
{
	size_t size = 0;
	unsigned int byte;
	for (; size < BUILD_ID_MAX / 2 && sscanf(text + 2 * size, "%2x", &byte) == 1; size++)
		id[size] = (unsigned char)byte;
	return size;
}

/* A descriptor of the debug file with the build ID of REQUEST, or -errno. May take for ever. */
static int find(const struct request *request)
{
	unsigned char id[BUILD_ID_MAX / 2];
	size_t size = parse_build_id(request->build_id, id);
	return debuginfod_client_find(id, size);
}

static void send_reply(int socket, uint32_t module, int fd)
{
	char room[CMSG_SPACE(sizeof(fd))] = {0};
	struct reply reply = {.module = module};
	struct iovec part = {&reply, sizeof(reply)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (fd >= 0) {
		message.msg_control = room;
		message.msg_controllen = sizeof(room);
		struct cmsghdr *head = CMSG_FIRSTHDR(&message);
		head->cmsg_level = SOL_SOCKET;
		head->cmsg_type = SCM_RIGHTS;
		head->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	}
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0)
		_exit(1);
}

__attribute__((noreturn)) static void ask_servers(int socket, const struct request *request)
{
	const struct rlimit size = {SIZE_MAX_TAKEN, SIZE_MAX_TAKEN};
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_FSIZE, &size);
	signal(SIGXFSZ, SIG_IGN);
	int fd = find(request);
	if (fd < 0)
		_exit(1);
	send_reply(socket, request->module, fd);
	_exit(0);
}

/* The process that starts these. */

/* Asks for what REQUEST says. Returns whether it was in time. */
static bool serve_one(int socket, const struct request *request)
{
	int status = 1;
	pid_t pid = fork();
	if (pid == 0)
		ask_servers(socket, request);
	int pidfd = pid > 0 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	struct pollfd end = {.fd = pidfd, .events = POLLIN};
	bool is_in_time = pidfd < 0 || poll(&end, 1, TIME_MS) == 1;
	if (pid > 0 && (pidfd < 0 || !is_in_time))
		kill(pid, SIGKILL);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (pidfd >= 0)
		close(pidfd);
	if (pid < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
		send_reply(socket, request->module, -1);
	return is_in_time;
}

__attribute__((noreturn)) static void serve(int socket)
{
	struct request request;
	unsigned int too_late = 0;
	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		request.build_id[BUILD_ID_MAX - 1] = '\0';
		if (too_late < TOO_LATE_MAX)
			too_late += !serve_one(socket, &request);
		else
			send_reply(socket, request.module, -1);
	}
	_exit(0);
}

/* Closes all but SOCKET. */
static void close_others(int socket)
{
	if (socket > 3)
		syscall(SYS_close_range, 3U, (unsigned int)socket - 1, 0);
	syscall(SYS_close_range, (unsigned int)socket + 1, ~0U, 0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2 && null != socket)
		close(null);
}

/* In the new process. */
__attribute__((noreturn)) static void run(int socket, pid_t parent)
{
	sigset_t none;
	for (int signal = 1; signal < NSIG; signal++)
		sigaction(signal, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_NAME, NAME);
	alloc_use_reserve(NULL);
	if (geteuid() == 0 && number_of("SUDO_UID") > 0) {
		take_environment();
		if (!become_caller())
			_exit(0);
	}
	close_others(socket);
	setsid();
	confine_privileges();
	/* A change of the user has reset it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	serve(socket);
}

/* The side of stop. */

void debuginfod_start(struct debuginfod *debuginfod, enum debuginfod_when when)
{
	int sockets[2];
	pid_t parent = getpid();
	*debuginfod = (struct debuginfod){.fd = -1};
	if (!is_wanted(when) || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return;
	/* Not a bare clone(2), as in sandbox_start(). */
	pid_t pid = fork();
	if (pid == 0)
		run(sockets[1], parent);
	close(sockets[1]);
	if (pid < 0)
		close(sockets[0]);
	else
		*debuginfod = (struct debuginfod){.pid = pid, .fd = sockets[0]};
}

bool debuginfod_reap(struct debuginfod *debuginfod, pid_t pid)
{
	if (pid != debuginfod->pid)
		return false;
	waitpid(pid, NULL, WNOHANG);
	debuginfod->pid = 0;
	return true;
}

void debuginfod_end(struct debuginfod *debuginfod)
{
	if (debuginfod->fd >= 0)
		close(debuginfod->fd);
	debuginfod->fd = -1;
	if (debuginfod->pid <= 0)
		return;
	kill(debuginfod->pid, SIGKILL);
	waitpid(debuginfod->pid, NULL, WNOHANG | __WALL);
	debuginfod->pid = 0;
}

bool debuginfod_ask(struct debuginfod *debuginfod, uint32_t module, const char *build_id)
{
	struct request request = {.module = module};
	size_t digits = strlen(build_id);
	if (debuginfod->fd < 0 || digits < 4 || digits % 2 || digits >= sizeof(request.build_id))
		return false;
	memcpy(request.build_id, build_id, digits + 1);
	return send(debuginfod->fd, &request, sizeof(request), MSG_DONTWAIT | MSG_NOSIGNAL) ==
	       sizeof(request);
}

/* Whether FD is a file that can be read without waiting, and may be. */
static bool is_sound(int fd)
{
	struct stat file;
	return fstat(fd, &file) == 0 && S_ISREG(file.st_mode) &&
	       (rlim_t)file.st_size <= SIZE_MAX_TAKEN;
}

bool debuginfod_take(struct debuginfod *debuginfod, uint32_t *module, int *fd)
{
	char room[CMSG_SPACE(sizeof(*fd))];
	struct reply reply;
	struct iovec part = {&reply, sizeof(reply)};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = room,
		.msg_controllen = sizeof(room),
	};
	if (debuginfod->fd < 0)
		return false;
	ssize_t got = recvmsg(debuginfod->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (got != sizeof(reply)) {
		if (got >= 0 || (errno != EAGAIN && errno != EINTR))
			debuginfod_end(debuginfod);
		return false;
	}
	struct cmsghdr *head = CMSG_FIRSTHDR(&message);
	*fd = -1;
	if (head && head->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	if (*fd >= 0 && !is_sound(*fd)) {
		close(*fd);
		*fd = -1;
	}
	*module = reply.module;
	return true;
}
