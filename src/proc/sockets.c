/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets; see proc/sockets.h. */
#include "config.h"

#include "proc/sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/map.h"
#include "proc/file.h"
#include "proc/namespace.h"

/* How much of a table is read at once: the kernel returns a page. */
#define READ_SIZE       8192

/*
 * The share of the time that may be spent on reading tables, and how long at once: of a CPU, so
 * that on a busy machine as much is read. At first more, for reports that are made once: a table
 * of 10,000 takes 25 ms.
 */
#define CREDIT_DIVISOR  20
#define CREDIT_MAX_NS   (25 * NS_PER_MS)
#define CREDIT_FIRST_NS (100 * NS_PER_MS)

/* For so long an address that can change is taken to be the same, and a socket to be absent. */
#define CURRENT_NS      (30 * NS_PER_S)
#define ABSENT_NS       (2 * NS_PER_S)

/* Maximum number of sockets that are remembered, and for how long if there are so many. */
#define WANTED_MAX      4096
#define FORGET_NS       (10 * NS_PER_S)

/* Parses an address: hexadecimal words in native byte order. */
static bool parse_address(const char *digits, unsigned int port, struct proc_address *address)
{
	uint32_t words[4] = {0};
	size_t length = strlen(digits);
	if (length != 8 && length != 32)
		return false;
	for (size_t i = 0; i < length / 8; i++) {
		if (sscanf(digits + 8 * i, "%8" SCNx32, &words[i]) != 1)
			return false;
	}
	bool is_mapped = length == 32 && !words[0] && !words[1] && words[2] == htonl(0xffff);
	*address = (struct proc_address){
		.family = length == 8 || is_mapped ? AF_INET : AF_INET6,
		.port = port,
	};
	if (is_mapped)
		memcpy(address->bytes, &words[3], sizeof(words[3]));
	else
		memcpy(address->bytes, words, sizeof(words));
	return true;
}

bool proc_inet_parse(const char *line, uint64_t inode, struct proc_socket *socket)
{
	char local[33], remote[33];
	unsigned int local_port, remote_port;
	uint64_t found;
	return sscanf(line, "%*d: %32[0-9A-F]:%x %32[0-9A-F]:%x %*x %*s %*s %*s %*d %*d %" SCNu64,
		       local, &local_port, remote, &remote_port, &found) == 5 &&
	       found == inode && parse_address(local, local_port, &socket->local) &&
	       parse_address(remote, remote_port, &socket->remote);
}

bool proc_unix_parse(const char *line, uint64_t inode, struct proc_socket *socket)
{
	uint64_t found;
	int end = 0;
	/* "ffff8880: 00000002 00000000 00010000 0001 01 22001 /run/a socket" */
	if (sscanf(line, "%*[^:]: %*x %*x %*x %*x %*x %" SCNu64 "%n", &found, &end) != 1 ||
		found != inode)
		return false;
	const char *path = line + end + (line[end] == ' ');
	snprintf(socket->path, sizeof(socket->path), "%.*s", (int)strcspn(path, "\n"), path);
	return true;
}

/* The tables, and the names of the protocols whose sockets they have. */
static const struct table {
	const char *file;
	enum proc_socket_kind kind;
	int inode_field; /* number of the inode's field, from 0 */
	bool (*parse)(const char *line, uint64_t inode, struct proc_socket *socket);
	const char *protocols[2];
} tables[] = {
	{"tcp", PROC_SOCKET_TCP, 9, proc_inet_parse, {"TCP"}},
	{"tcp6", PROC_SOCKET_TCP, 9, proc_inet_parse, {"TCPv6"}},
	{"udp", PROC_SOCKET_UDP, 9, proc_inet_parse, {"UDP"}},
	{"udp6", PROC_SOCKET_UDP, 9, proc_inet_parse, {"UDPv6"}},
	{"unix", PROC_SOCKET_UNIX, 6, proc_unix_parse, {"UNIX", "UNIX-STREAM"}},
};

/* The table with the sockets of PROTOCOL, or NULL. */
static const struct table *table_of(const char *protocol)
{
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		for (size_t n = 0; n < 2 && tables[i].protocols[n]; n++) {
			if (strcmp(tables[i].protocols[n], protocol) == 0)
				return &tables[i];
		}
	}
	return NULL;
}

/* A socket that was asked for. */
struct wanted {
	uint64_t inode;
	uint64_t net;                /* inode of its network namespace */
	pid_t tid;                   /* a thread in that */
	const struct table *table;   /* where it is, or NULL */
	uint64_t first_ns, asked_ns; /* the first and the last time */
	uint64_t read_ns;            /* when it was found, or the table had been read; 0: never */
	struct proc_socket socket;
};

struct proc_sockets {
	struct map wanted; /* struct wanted by inode; owned */
	int diag_fd;       /* for sock_diag(7); -1: not available */
	uint64_t our_net;  /* the namespace that it answers for */

	/* A table that is being read. */
	const struct table *table; /* NULL: none */
	uint64_t net;
	uint64_t from_ns; /* since when */
	int fd;
	size_t used; /* the beginning of a line is in the text */
	char text[READ_SIZE];

	uint64_t credit_ns; /* so long may be read now */
	uint64_t credited_ns;
};

struct proc_sockets *proc_sockets_new(void)
{
	struct proc_sockets *sockets = xcalloc(1, sizeof(*sockets));
	sockets->credit_ns = CREDIT_FIRST_NS;
	sockets->credited_ns = clock_now_ns();
	sockets->fd = -1;
	sockets->diag_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	sockets->our_net = proc_namespace(getpid(), "net");
	return sockets;
}

void proc_sockets_free(struct proc_sockets *sockets)
{
	if (!sockets)
		return;
	struct wanted *wanted;
	MAP_FOR_EACH (&sockets->wanted, at, wanted)
		free(wanted);
	map_clear(&sockets->wanted);
	if (sockets->fd >= 0)
		close(sockets->fd);
	if (sockets->diag_fd >= 0)
		close(sockets->diag_fd);
	free(sockets);
}

/* Facts about a socket that need no table. */

/*
 * Reads the protocol's name of the socket with INODE, which is descriptor FD of thread TID. O_PATH
 * opens no file, so the socket's life does not depend on us; and it makes sure that no other file
 * is asked, whose server might not answer.
 */
static void read_protocol(
	pid_t tid, int fd, uint64_t inode, char protocol[PROC_SOCKET_PROTOCOL_MAX])
{
	char path[PROC_PATH_MAX];
	struct stat stats;
	ssize_t size = -1;
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", proc_id(tid), fd);
	int held = open(path, O_PATH | O_CLOEXEC);
	if (held < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", held);
	if (fstat(held, &stats) == 0 && S_ISSOCK(stats.st_mode) && stats.st_ino == inode)
		size = getxattr(
			path, "system.sockprotoname", protocol, PROC_SOCKET_PROTOCOL_MAX - 1);
	protocol[size > 0 ? size : 0] = '\0';
	close(held);
}

/* Sockets that were asked for. */

/* A socket that has not been asked for since BEFORE_NS, or NULL. */
static struct wanted *unwanted(const struct proc_sockets *sockets, uint64_t before_ns)
{
	struct wanted *wanted;
	MAP_FOR_EACH (&sockets->wanted, at, wanted) {
		if (wanted->asked_ns < before_ns)
			return wanted;
	}
	return NULL;
}

/* Forgets sockets that nobody asks for any more, if there are many. Returns whether there is room.
 */
static bool make_room(struct proc_sockets *sockets, uint64_t now_ns)
{
	if (sockets->wanted.count < WANTED_MAX)
		return true;
	for (struct wanted *old; (old = unwanted(sockets, now_ns - FORGET_NS)) != NULL;) {
		map_remove(&sockets->wanted, old->inode);
		free(old);
	}
	return sockets->wanted.count < WANTED_MAX;
}

static struct wanted *want(
	struct proc_sockets *sockets, pid_t tid, int fd, uint64_t inode, uint64_t now_ns)
{
	struct wanted *wanted = map_get(&sockets->wanted, inode);
	if (wanted || !make_room(sockets, now_ns))
		return wanted;
	wanted = xcalloc(1, sizeof(*wanted));
	wanted->inode = inode;
	wanted->first_ns = now_ns;
	wanted->net = proc_namespace(tid, "net");
	read_protocol(tid, fd, inode, wanted->socket.protocol);
	wanted->table = table_of(wanted->socket.protocol);
	wanted->socket.kind = wanted->table ? wanted->table->kind : PROC_SOCKET_OTHER;
	map_put(&sockets->wanted, inode, wanted);
	return wanted;
}

/* Whether what is known about WANTED is still so: a connection does not change any more. */
static bool is_current(const struct wanted *wanted, uint64_t now_ns)
{
	uint64_t for_ns = wanted->socket.has_address ? CURRENT_NS : ABSENT_NS;
	return !wanted->table || wanted->socket.remote.port ||
	       (wanted->read_ns && now_ns < wanted->read_ns + for_ns);
}

/* Local sockets by sock_diag(7). */

/* What it answers about a local socket. */
struct local {
	char path[PROC_SOCKET_PATH_MAX];
	uint32_t peer; /* inode of the other end, or 0 */
};

/* Takes an attribute with SIZE bytes of DATA. */
static void take_attribute(struct local *local, int type, const char *data, size_t size)
{
	if (type == UNIX_DIAG_PEER && size == sizeof(local->peer))
		memcpy(&local->peer, data, size);
	if (type != UNIX_DIAG_NAME || size == 0 || size >= sizeof(local->path))
		return;
	memcpy(local->path, data, size);
	local->path[size] = '\0';
	/* As in the table: the name of an abstract one begins with "@". */
	if (!local->path[0])
		local->path[0] = '@';
}

/* Takes the answer in BUF of SIZE bytes about the socket with INODE. Returns whether it is one. */
static bool take_answer(const char *buf, size_t size, uint32_t inode, struct local *local)
{
	struct nlmsghdr header;
	struct unix_diag_msg message;
	size_t at = NLMSG_LENGTH(sizeof(message));
	if (size < at)
		return false;
	memcpy(&header, buf, sizeof(header));
	memcpy(&message, buf + NLMSG_HDRLEN, sizeof(message));
	if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || message.udiag_ino != inode)
		return false;
	for (struct rtattr part; at + sizeof(part) <= size; at += RTA_ALIGN(part.rta_len)) {
		memcpy(&part, buf + at, sizeof(part));
		if (part.rta_len < sizeof(part) || part.rta_len > size - at)
			break;
		take_attribute(local, part.rta_type, buf + at + RTA_LENGTH(0),
			part.rta_len - RTA_LENGTH(0));
	}
	return true;
}

/* Asks for the local socket with INODE. The kernel has answered when the request is sent. */
static bool ask(const struct proc_sockets *sockets, uint64_t inode, struct local *local)
{
	struct {
		struct nlmsghdr header;
		struct unix_diag_req request;
	} query = {
		.header = {.nlmsg_len = sizeof(query),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST},
		.request = {.sdiag_family = AF_UNIX,
			.udiag_states = UINT32_MAX,
			.udiag_ino = (uint32_t)inode,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER,
			.udiag_cookie = {UINT32_MAX, UINT32_MAX}},
	};
	char buf[1024];
	*local = (struct local){0};
	if (send(sockets->diag_fd, &query, sizeof(query), MSG_DONTWAIT) < 0)
		return false;
	ssize_t size = recv(sockets->diag_fd, buf, sizeof(buf), MSG_DONTWAIT);
	return size > 0 && take_answer(buf, (size_t)size, (uint32_t)inode, local);
}

/* Finds WANTED that way, if it is a local socket of our namespace. */
static void ask_for(const struct proc_sockets *sockets, struct wanted *wanted)
{
	struct local local, peer = {0};
	struct proc_socket *socket = &wanted->socket;
	if (socket->kind != PROC_SOCKET_UNIX || sockets->diag_fd < 0 ||
		wanted->net != sockets->our_net || !ask(sockets, wanted->inode, &local))
		return;
	if (local.peer)
		ask(sockets, local.peer, &peer);
	memcpy(socket->path, local.path, sizeof(socket->path));
	memcpy(socket->peer, peer.path, sizeof(socket->peer));
	socket->peer_inode = local.peer;
	socket->has_address = true;
	wanted->read_ns = clock_now_ns();
}

/* Reading tables. */

/* The number in FIELD of LINE, or 0. */
static uint64_t number_in(const char *line, int field)
{
	for (int i = 0; i < field; i++) {
		line += strspn(line, " ");
		line += strcspn(line, " ");
	}
	return strtoull(line, NULL, 10);
}

static void take_line(struct proc_sockets *sockets, const char *line)
{
	const struct table *table = sockets->table;
	uint64_t inode = number_in(line, table->inode_field);
	struct wanted *wanted = inode ? map_get(&sockets->wanted, inode) : NULL;
	if (!wanted || wanted->table != table || !table->parse(line, inode, &wanted->socket))
		return;
	wanted->socket.has_address = true;
	wanted->read_ns = clock_now_ns();
}

/* Starts to read the table that has WANTED. Returns whether that is possible. */
static bool begin(struct proc_sockets *sockets, struct wanted *wanted, uint64_t now_ns)
{
	char path[PROC_PATH_MAX];
	snprintf(path, sizeof(path), "/proc/%d/net/%s", proc_id(wanted->tid), wanted->table->file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		wanted->read_ns = now_ns;
		return false;
	}
	sockets->fd = fd;
	sockets->table = wanted->table;
	sockets->net = wanted->net;
	sockets->from_ns = now_ns;
	sockets->used = 0;
	return true;
}

/* Ends reading: what has not been found is not there. */
static void finish(struct proc_sockets *sockets)
{
	struct wanted *wanted;
	MAP_FOR_EACH (&sockets->wanted, at, wanted) {
		/* One that was not there then may be by now. */
		if (wanted->table == sockets->table && wanted->net == sockets->net &&
			wanted->first_ns <= sockets->from_ns)
			wanted->read_ns = wanted->socket.has_address ? clock_now_ns()
			                                             : sockets->from_ns;
	}
	close(sockets->fd);
	sockets->fd = -1;
	sockets->table = NULL;
}

/* Reads the next part of the table. */
static void read_part(struct proc_sockets *sockets)
{
	char *text = sockets->text, *end;
	ssize_t got = read(sockets->fd, text + sockets->used, READ_SIZE - 1 - sockets->used);
	if (got <= 0) {
		finish(sockets);
		return;
	}
	text[sockets->used + (size_t)got] = '\0';
	for (; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		take_line(sockets, text);
	}
	sockets->used = strlen(text);
	/* No line of the kernel's is that long. */
	if (sockets->used >= READ_SIZE / 2)
		sockets->used = 0;
	memmove(sockets->text, text, sockets->used);
}

static uint64_t cpu_now_ns(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

/* Adds what the time since the last reading allows. */
static void add_credit(struct proc_sockets *sockets, uint64_t now_ns)
{
	uint64_t credit_ns = sockets->credit_ns + (now_ns - sockets->credited_ns) / CREDIT_DIVISOR;
	if (credit_ns > CREDIT_MAX_NS)
		credit_ns = CREDIT_MAX_NS;
	if (sockets->credit_ns < credit_ns)
		sockets->credit_ns = credit_ns;
	sockets->credited_ns = now_ns;
}

/* Reads until WANTED is known, or for as long as is allowed now. */
static void look_for(struct proc_sockets *sockets, struct wanted *wanted, uint64_t now_ns)
{
	uint64_t begin_ns = cpu_now_ns(), spent_ns = 0;
	add_credit(sockets, now_ns);
	while (!is_current(wanted, now_ns) && spent_ns < sockets->credit_ns) {
		if (sockets->table || begin(sockets, wanted, clock_now_ns()))
			read_part(sockets);
		spent_ns = cpu_now_ns() - begin_ns;
	}
	sockets->credit_ns -= spent_ns < sockets->credit_ns ? spent_ns : sockets->credit_ns;
}

void proc_sockets_renew(struct proc_sockets *sockets, uint64_t inode)
{
	struct wanted *wanted = map_get(&sockets->wanted, inode);
	if (!wanted || wanted->socket.remote.port || !wanted->read_ns)
		return;
	wanted->read_ns = 0;
	/* What is being read may have passed it already. */
	wanted->first_ns = clock_now_ns();
	wanted->socket.has_address = false;
}

int proc_sockets_find(
	struct proc_sockets *sockets, pid_t tid, int fd, uint64_t inode, struct proc_socket *socket)
{
	uint64_t now_ns = clock_now_ns();
	struct wanted *wanted = want(sockets, tid, fd, inode, now_ns);
	*socket = (struct proc_socket){0};
	if (!wanted)
		return -EAGAIN;
	wanted->tid = tid;
	wanted->asked_ns = now_ns;
	if (!is_current(wanted, now_ns))
		ask_for(sockets, wanted);
	if (!is_current(wanted, now_ns))
		look_for(sockets, wanted, now_ns);
	*socket = wanted->socket;
	socket->read_ns = wanted->socket.remote.port ? 0 : wanted->read_ns;
	return wanted->socket.has_address || is_current(wanted, now_ns) ? 0 : -EAGAIN;
}
