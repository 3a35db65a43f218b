/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls as text. Their memory is that of a program which abi/fetch.h has read, or is written here.
 */
#include "config.h"

#include "support/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>

#include "abi/fetch.h"
#include "decode/call_text.h"
#include "event/detail.h"

/* Where the memory of the program begins: below 4 GiB, for 32-bit programs too. */
#define BASE UINT64_C(0x10000000)
#define SIZE 65536

/* A program, whose calls are recorded in `detail`. */
struct program {
	struct fetch_reader reader;
	enum detail_phase phase;
	unsigned char memory[SIZE];
	size_t end; /* of the memory that exists */
	struct event_detail *detail;
	struct call_text_options options;
	char text[CALL_TEXT_MAX];
};

static const unsigned char *record(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got, bool is_string)
{
	struct program *program = (struct program *)reader;
	struct event_detail *detail = program->detail;
	struct detail_block block = {address, 0, program->phase};
	if (address - BASE >= program->end)
		return NULL;
	const unsigned char *bytes = program->memory + (address - BASE);
	size_t left = program->end - (size_t)(address - BASE);
	size = size < left ? size : left;
	const unsigned char *nul = is_string ? memchr(bytes, 0, size) : NULL;
	if (nul)
		size = (size_t)(nul - bytes) + 1;
	if (detail->size + sizeof(block) + size + 8 > DETAIL_DATA_MAX)
		return NULL;
	block.size = (uint32_t)size;
	memcpy(detail->blocks + detail->size, &block, sizeof(block));
	memcpy(detail->blocks + detail->size + sizeof(block), bytes, size);
	detail->size += (uint32_t)(sizeof(block) + ((size + 7) & ~(size_t)7));
	*got = size;
	return bytes;
}

static const unsigned char *record_bytes(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	return record(reader, address, size, got, false);
}

static const unsigned char *record_string(
	struct fetch_reader *reader, uint64_t address, size_t size, size_t *got)
{
	return record(reader, address, size, got, true);
}

static struct program *new_program(void)
{
	static struct program program;
	struct event_detail *detail = program.detail;
	if (!detail)
		detail = malloc(sizeof(*detail) + DETAIL_DATA_MAX);
	assert_non_null(detail);
	memset(&program, 0, sizeof(program));
	program.detail = detail;
	program.end = SIZE;
	program.reader.read = record_bytes;
	program.reader.read_string = record_string;
	program.reader.string_max = program.options.string_max = 32;
	return &program;
}

/* Stores SIZE bytes in the memory of PROGRAM at OFFSET. Returns their address. */
static uint64_t store(struct program *program, size_t offset, const void *bytes, size_t size)
{
	assert_true(offset + size <= SIZE);
	memcpy(program->memory + offset, bytes, size);
	return BASE + offset;
}

static uint64_t store_text(struct program *program, size_t offset, const char *text)
{
	return store(program, offset, text, strlen(text) + 1);
}

static struct call call_named(const char *name, enum abi abi)
{
	for (uint32_t nr = 0; nr < syscall_table_size(abi); nr++) {
		const struct syscall_desc *desc = syscall_lookup((struct call){nr, abi});
		if (desc && strcmp(desc->name, name) == 0)
			return (struct call){nr, abi};
	}
	fail_msg("no call %s", name);
	return (struct call){0};
}

/* PROGRAM enters CALL with ARGS. */
static void enter_call(
	struct program *program, struct call call, const uint64_t args[CALL_MAX_ARGS])
{
	memset(program->detail, 0, sizeof(*program->detail));
	program->detail->call = call;
	program->detail->end = DETAIL_NEVER_RETURNED;
	program->detail->has_data = true;
	memcpy(program->detail->args, args, sizeof(program->detail->args));
	program->phase = DETAIL_ENTRY;
	fetch_entry(&program->reader, FETCH_ALL, call, args);
}

static void enter(
	struct program *program, const char *name, enum abi abi, const uint64_t args[CALL_MAX_ARGS])
{
	enter_call(program, call_named(name, abi), args);
}

/* The call returns RESULT, a negative error number if it has failed. */
static void leave(struct program *program, int64_t result)
{
	struct event_detail *detail = program->detail;
	bool failed = result < 0 && result > -4096;
	detail->end = DETAIL_RETURNED;
	detail->err = failed ? (int32_t)-result : 0;
	detail->result = failed ? -1 : result;
	program->phase = DETAIL_EXIT;
	fetch_exit(&program->reader, FETCH_ALL, detail->call, detail->args, detail->result, failed);
}

static void assert_text(struct program *program, const char *expected)
{
	size_t length = call_text(
		program->detail, &program->options, program->text, sizeof(program->text));
	assert_int_equal(length, strlen(program->text));
	assert_string_equal(program->text, expected);
}

/* NAME on x86-64 with ARGS returns RESULT, and is EXPECTED. */
static void assert_call(struct program *program, const char *name,
	const uint64_t args[CALL_MAX_ARGS], int64_t result, const char *expected)
{
	enter(program, name, ABI_X86_64, args);
	leave(program, result);
	assert_text(program, expected);
}

#define ARGS(...) ((const uint64_t[CALL_MAX_ARGS]){__VA_ARGS__})
#define FD(fd)    ((uint64_t)(int64_t)(fd))

static void paths_flags_and_modes(void **state)
{
	struct program *program = new_program();
	uint64_t path = store_text(program, 0, "/tmp/\"a\"\n\1x\0017");
	(void)state;
	assert_call(program, "openat", ARGS(FD(AT_FDCWD), path, O_RDWR | O_CREAT | O_CLOEXEC, 0644),
		3,
		"openat(AT_FDCWD, \"/tmp/\\\"a\\\"\\n\\1x\\0017\", O_RDWR|O_CREAT|O_CLOEXEC, 0644) "
		"= 3");
	assert_call(program, "open", ARGS(path + 5, O_RDONLY, 0644), -ENOENT,
		"open(\"\\\"a\\\"\\n\\1x\\0017\", O_RDONLY) = -1 ENOENT (No such file or directory)");
	assert_call(program, "openat", ARGS(7, 0, O_WRONLY), -EFAULT,
		"openat(7, NULL, O_WRONLY) = -1 EFAULT (Bad address)");
	assert_call(program, "openat", ARGS(7, UINT64_MAX, 0x80000003), -EFAULT,
		"openat(7, 0xffffffffffffffff, O_ACCMODE|0x80000000) = -1 EFAULT (Bad address)");
	assert_call(program, "umask", ARGS(022), 077, "umask(022) = 077");
	assert_call(program, "mknod", ARGS(path + 5, S_IFIFO | 0600, 0), 0,
		"mknod(\"\\\"a\\\"\\n\\1x\\0017\", S_IFIFO|0600) = 0");
}

static void buffers_are_cut(void **state)
{
	struct program *program = new_program();
	uint64_t buffer = store_text(program, 0, "0123456789012345678901234567890123456789");
	(void)state;
	assert_call(program, "read", ARGS(3, buffer, 100), 5, "read(3, \"01234\", 100) = 5");
	assert_call(program, "read", ARGS(3, buffer, 100), 40,
		"read(3, \"01234567890123456789012345678901\"..., 100) = 40");
	assert_call(program, "read", ARGS(3, buffer, 100), 0, "read(3, \"\", 100) = 0");
	assert_call(program, "read", ARGS(3, buffer, 100), -EAGAIN,
		"read(3, 0x10000000, 100) = -1 EAGAIN (Resource temporarily unavailable)");
	assert_call(program, "write", ARGS(1, buffer, UINT64_C(1) << 63), -EFAULT,
		"write(1, \"01234567890123456789012345678901\"..., 9223372036854775808) = -1 EFAULT "
		"(Bad address)");
	assert_call(program, "write", ARGS(1, BASE + SIZE, 5), -EFAULT,
		"write(1, 0x10010000, 5) = -1 EFAULT (Bad address)");
	program->reader.string_max = program->options.string_max = 3;
	assert_call(program, "write", ARGS(1, buffer, 4), 4, "write(1, \"012\"..., 4) = 4");
}

static void vectors_and_messages(void **state)
{
	struct program *program = new_program();
	uint64_t first = store_text(program, 0, "abcdef");
	const uint64_t vector[4] = {first, 3, first + 3, 100};
	uint64_t list = store(program, 64, vector, sizeof(vector));
	(void)state;
	assert_call(program, "writev", ARGS(1, list, 1), 3,
		"writev(1, [{iov_base=\"abc\", iov_len=3}], 1) = 3");
	assert_call(program, "readv", ARGS(0, list, 2), 5,
		"readv(0, [{iov_base=\"abc\", iov_len=3}, {iov_base=\"de\", iov_len=100}], 2) = 5");
	assert_call(program, "writev", ARGS(1, list, 0), 0, "writev(1, [], 0) = 0");
	assert_call(program, "writev", ARGS(1, BASE + SIZE - 16, 2), -EFAULT,
		"writev(1, [{iov_base=NULL, iov_len=0}, ... /* 0x10010000 */], 2) = -1 EFAULT (Bad "
		"address)");

	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(80)};
	int rights[2] = {5, 6};
	unsigned char control[CMSG_SPACE(sizeof(rights))] = {0};
	struct cmsghdr *head = (struct cmsghdr *)(void *)control;
	head->cmsg_len = CMSG_LEN(sizeof(rights));
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(head), rights, sizeof(rights));
	inet_pton(AF_INET, "10.0.0.1", &address.sin_addr);
	struct msghdr message = {
		.msg_name = (void *)store(program, 200, &address, sizeof(address)),
		.msg_namelen = sizeof(address),
		.msg_iov = (void *)list,
		.msg_iovlen = 1,
		.msg_control = (void *)store(program, 300, control, sizeof(control)),
		.msg_controllen = sizeof(control),
	};
	uint64_t header = store(program, 400, &message, sizeof(message));
	assert_call(program, "sendmsg", ARGS(3, header, MSG_NOSIGNAL), 3,
		"sendmsg(3, {msg_name={sa_family=AF_INET, sin_port=htons(80), "
		"sin_addr=inet_addr(\"10.0.0.1\")}, msg_namelen=16, msg_iov=[{iov_base=\"abc\", "
		"iov_len=3}], msg_iovlen=1, msg_control=[{cmsg_len=24, cmsg_level=SOL_SOCKET, "
		"cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}], msg_controllen=24, msg_flags=0}, "
		"MSG_NOSIGNAL) = 3");
	assert_call(program, "recvmsg", ARGS(3, header, 0), -EAGAIN,
		"recvmsg(3, {msg_namelen=16}, 0) = -1 EAGAIN (Resource temporarily unavailable)");
}

static void addresses_of_sockets(void **state)
{
	struct program *program = new_program();
	struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_port = htons(443)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "/run/x"};
	uint64_t address = store(program, 0, &inet6, sizeof(inet6));
	int length = sizeof(inet6);
	uint64_t size = store(program, 256, &length, sizeof(length));
	(void)state;
	assert_call(program, "connect", ARGS(3, address, sizeof(inet6)), -EINPROGRESS,
		"connect(3, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
		"inet_pton(AF_INET6, \"::\", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS "
		"(Operation now in progress)");
	enter(program, "accept4", ABI_X86_64, ARGS(3, address, size, SOCK_CLOEXEC));
	length = 16;
	store(program, 256, &length, sizeof(length));
	leave(program, 4);
	assert_text(program,
		"accept4(3, {sa_family=AF_INET6, sa_data=\"\\1\\273\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"
		"\\0\"}, [28 => 16], SOCK_CLOEXEC) = 4");
	assert_call(program, "accept", ARGS(3, 0, 0), 4, "accept(3, NULL, NULL) = 4");
	address = store(program, 0, &local, sizeof(local));
	assert_call(program, "bind", ARGS(3, address, sizeof(local)), 0,
		"bind(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 110) = 0");
	memcpy(local.sun_path, "\0x\1", 3);
	store(program, 0, &local, sizeof(local));
	assert_call(program, "bind", ARGS(3, address, 5), 0,
		"bind(3, {sa_family=AF_UNIX, sun_path=@\"x\\1\"}, 5) = 0");
	assert_call(program, "socket", ARGS(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP), 3,
		"socket(AF_INET, SOCK_STREAM|SOCK_NONBLOCK, IPPROTO_TCP) = 3");
}

static void structures_are_abbreviated(void **state)
{
	struct program *program = new_program();
	struct stat status = {.st_mode = S_IFREG | 0644, .st_size = 17, .st_nlink = 1};
	uint64_t buffer = store(program, 0, &status, sizeof(status));
	(void)state;
	assert_call(program, "fstat", ARGS(3, buffer), 0,
		"fstat(3, {st_mode=S_IFREG|0644, st_size=17, ...}) = 0");
	status.st_mode = S_IFCHR | S_ISUID | 0620;
	status.st_rdev = 0x8801;
	store(program, 0, &status, sizeof(status));
	assert_call(program, "fstat", ARGS(3, buffer), 0,
		"fstat(3, {st_mode=S_IFCHR|S_ISUID|0620, st_rdev=makedev(0x88, 0x1), ...}) = 0");
	program->options.verbose = program->reader.verbose = true;
	assert_call(program, "fstat", ARGS(3, buffer), 0,
		"fstat(3, {st_dev=makedev(0, 0), st_ino=0, st_mode=S_IFCHR|S_ISUID|0620, "
		"st_nlink=1, st_uid=0, st_gid=0, st_blksize=0, st_blocks=0, "
		"st_rdev=makedev(0x88, 0x1), st_atime=0, st_atime_nsec=0, st_mtime=0, "
		"st_mtime_nsec=0, st_ctime=0, st_ctime_nsec=0}) = 0");
	program->options.verbose = program->reader.verbose = false;
	assert_call(program, "fstat", ARGS(3, buffer), -EBADF,
		"fstat(3, 0x10000000) = -1 EBADF (Bad file descriptor)");
	/* The memory ends within the structure. */
	assert_call(program, "fstat", ARGS(3, BASE + SIZE - 100), 0, "fstat(3, 0x1000ff9c) = 0");
	struct rusage usage = {.ru_utime = {1, 2}};
	buffer = store(program, 0, &usage, sizeof(usage));
	assert_call(program, "getrusage", ARGS(RUSAGE_SELF, buffer), 0,
		"getrusage(RUSAGE_SELF, {ru_utime={tv_sec=1, tv_usec=2}, ru_stime={tv_sec=0, "
		"tv_usec=0}, ...}) = 0");
	struct rlimit limit = {8192 * 1024, RLIM_INFINITY};
	buffer = store(program, 0, &limit, sizeof(limit));
	assert_call(program, "prlimit64", ARGS(0, RLIMIT_STACK, 0, buffer), 0,
		"prlimit64(0, RLIMIT_STACK, NULL, {rlim_cur=8192*1024, rlim_max=RLIM64_INFINITY}) = "
		"0");
}

static void lists_of_strings(void **state)
{
	struct program *program = new_program();
	const uint64_t argv[3] = {store_text(program, 1000, "ls"), store_text(program, 1100, "-l")};
	uint64_t list = store(program, 0, argv, sizeof(argv));
	uint64_t path = store_text(program, 1200, "/bin/ls");
	uint64_t many[41];
	(void)state;
	assert_call(program, "execve", ARGS(path, list, list), 0,
		"execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x10000000 /* 2 vars */) = 0");
	assert_call(program, "execve", ARGS(path, list, list + 16), -EACCES,
		"execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x10000010 /* 0 vars */) = -1 EACCES "
		"(Permission denied)");
	for (size_t i = 0; i < 40; i++)
		many[i] = argv[0];
	many[40] = 0;
	list = store(program, 2000, many, sizeof(many));
	program->reader.string_max = program->options.string_max = 2;
	assert_call(program, "execve", ARGS(path, list, 0), 0,
		"execve(\"/bin/ls\", [\"ls\", \"ls\", ...], NULL) = 0");
}

static void signals(void **state)
{
	struct program *program = new_program();
	uint64_t bits = UINT64_C(1) << (SIGINT - 1) | UINT64_C(1) << (SIGTERM - 1);
	uint64_t set = store(program, 0, &bits, sizeof(bits));
	uint64_t inverse = ~(UINT64_C(1) << (SIGKILL - 1));
	(void)state;
	store(program, 8, &inverse, sizeof(inverse));
	assert_call(program, "rt_sigprocmask", ARGS(SIG_BLOCK, set, set + 8, 8), 0,
		"rt_sigprocmask(SIG_BLOCK, [INT TERM], ~[KILL], 8) = 0");
	const uint64_t action[4] = {0x401000, 0x14000000, 0x402000, bits};
	uint64_t act = store(program, 64, action, sizeof(action));
	assert_call(program, "rt_sigaction", ARGS(SIGUSR1, act, 0, 8), 0,
		"rt_sigaction(SIGUSR1, {sa_handler=0x401000, sa_mask=[INT TERM], "
		"sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x402000}, NULL, 8) = 0");
	siginfo_t info = {.si_signo = SIGCHLD, .si_code = CLD_EXITED};
	info.si_pid = 77;
	info.si_status = 3;
	uint64_t where = store(program, 256, &info, sizeof(info));
	assert_call(program, "waitid", ARGS(P_ALL, 0, where, WEXITED, 0), 0,
		"waitid(P_ALL, 0, {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=77, si_uid=0, "
		"si_status=3, si_utime=0, si_stime=0}, WEXITED, NULL) = 0");
	assert_call(program, "kill", ARGS(12, 0), 0, "kill(12, 0) = 0");
	assert_call(program, "tgkill", ARGS(12, 13, 40), 0, "tgkill(12, 13, SIGRT_8) = 0");
	int status = 256;
	where = store(program, 512, &status, sizeof(status));
	assert_call(program, "wait4", ARGS(FD(-1), where, WNOHANG, 0), 9,
		"wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], WNOHANG, NULL) = 9");
	assert_call(program, "wait4", ARGS(FD(-1), where, WNOHANG, 0), 0,
		"wait4(-1, 0x10000200, WNOHANG, NULL) = 0");
	status = SIGSEGV | 0x80;
	store(program, 512, &status, sizeof(status));
	assert_call(program, "wait4", ARGS(FD(-1), where, 0, 0), 9,
		"wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], 0, NULL) = "
		"9");
}

static void what_is_ready(void **state)
{
	struct program *program = new_program();
	struct pollfd fds[2] = {{3, POLLIN, 0}, {4, POLLIN | POLLOUT, 0}};
	uint64_t list = store(program, 0, fds, sizeof(fds));
	(void)state;
	enter(program, "poll", ABI_X86_64, ARGS(list, 2, 100));
	fds[1].revents = POLLOUT;
	store(program, 0, fds, sizeof(fds));
	leave(program, 1);
	assert_text(program,
		"poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN|POLLOUT}], 2, 100) = 1 ([{fd=4, "
		"revents=POLLOUT}])");
	enter(program, "poll", ABI_X86_64, ARGS(list, 1, 100));
	leave(program, 0);
	assert_text(program, "poll([{fd=3, events=POLLIN}], 1, 100) = 0 (Timeout)");
	fd_set set;
	FD_ZERO(&set);
	FD_SET(3, &set);
	FD_SET(5, &set);
	uint64_t in = store(program, 256, &set, sizeof(set));
	const struct timeval time = {1, 0};
	const struct timeval left = {0, 7};
	uint64_t timeout = store(program, 512, &time, sizeof(time));
	enter(program, "select", ABI_X86_64, ARGS(6, in, 0, 0, timeout));
	FD_CLR(3, &set);
	store(program, 256, &set, sizeof(set));
	store(program, 512, &left, sizeof(left));
	leave(program, 1);
	assert_text(program,
		"select(6, [3 5], NULL, NULL, {tv_sec=1, tv_usec=0}) = 1 (in [5], left {tv_sec=0, "
		"tv_usec=7})");
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = UINT64_C(0x100000005)};
	list = store(program, 0, &event, sizeof(event));
	assert_call(program, "epoll_wait", ARGS(4, list, 8, FD(-1)), 1,
		"epoll_wait(4, [{events=EPOLLIN, data={u32=5, u64=4294967301}}], 8, -1) = 1");
	assert_call(
		program, "epoll_wait", ARGS(4, list, 8, FD(-1)), 0, "epoll_wait(4, [], 8, -1) = 0");
}

static void commands_select_what_arguments_are(void **state)
{
	struct program *program = new_program();
	const struct winsize window = {24, 80, 0, 0};
	uint64_t buffer = store(program, 0, &window, sizeof(window));
	(void)state;
	assert_call(program, "fcntl", ARGS(3, F_GETFL), 0x8002,
		"fcntl(3, F_GETFL) = 0x8002 (flags O_RDWR|O_LARGEFILE)");
	assert_call(program, "fcntl", ARGS(3, F_GETFD), FD_CLOEXEC,
		"fcntl(3, F_GETFD) = 0x1 (flags FD_CLOEXEC)");
	assert_call(program, "fcntl", ARGS(3, F_GETFD), 0, "fcntl(3, F_GETFD) = 0");
	assert_call(program, "fcntl", ARGS(3, F_DUPFD, 10), 10, "fcntl(3, F_DUPFD, 10) = 10");
	assert_call(program, "ioctl", ARGS(0, TIOCGWINSZ, buffer), 0,
		"ioctl(0, TIOCGWINSZ, {ws_row=24, ws_col=80, ws_xpixel=0, ws_ypixel=0}) = 0");
	assert_call(program, "ioctl", ARGS(0, 0x80041234, buffer), -ENOTTY,
		"ioctl(0, _IOC(_IOC_READ, 0x12, 0x34, 0x4), 0x10000000) = -1 ENOTTY (Inappropriate "
		"ioctl for device)");
	store_text(program, 64, "a name of more than 16 bytes");
	assert_call(program, "prctl", ARGS(PR_SET_NAME, BASE + 64), 0,
		"prctl(PR_SET_NAME, \"a name of more \"...) = 0");
	assert_call(program, "futex", ARGS(BASE, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT32_MAX), 1,
		"futex(0x10000000, FUTEX_WAKE_PRIVATE, 2147483647) = 1");
	assert_call(program, "futex",
		ARGS(BASE, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 2, 0, 0,
			UINT32_MAX),
		-EAGAIN,
		"futex(0x10000000, FUTEX_WAIT_BITSET_PRIVATE|FUTEX_CLOCK_REALTIME, 2, NULL, "
		"FUTEX_BITSET_MATCH_ANY) = -1 EAGAIN (Resource temporarily unavailable)");
	int on = 1;
	buffer = store(program, 0, &on, sizeof(on));
	assert_call(program, "setsockopt", ARGS(3, SOL_SOCKET, SO_REUSEADDR, buffer, 4), 0,
		"setsockopt(3, SOL_SOCKET, SO_REUSEADDR, [1], 4) = 0");
	assert_call(program, "mmap",
		ARGS(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, FD(-1), 0),
		0x7f0000000000,
		"mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = "
		"0x7f0000000000");
	assert_call(program, "lseek", ARGS(3, FD(-5), SEEK_END), 10, "lseek(3, -5, SEEK_END) = 10");
	assert_call(program, "chown", ARGS(0, FD(-1), 1000), -EFAULT,
		"chown(NULL, -1, 1000) = -1 EFAULT (Bad address)");
}

static void clones_have_names(void **state)
{
	struct program *program = new_program();
	int tid = 99;
	uint64_t where = store(program, 512, &tid, sizeof(tid));
	uint64_t fields[11] = {
		CLONE_VM | CLONE_PARENT_SETTID, 0, 0, where, SIGCHLD, 0x1000, 0x2000};
	(void)state;
	assert_call(program, "clone",
		ARGS(CLONE_CHILD_CLEARTID | CLONE_CHILD_SETTID | SIGCHLD, 0, 0, 0x7f0000), 9,
		"clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, "
		"child_tidptr=0x7f0000) = 9");
	store(program, 0, fields, sizeof(fields));
	assert_call(program, "clone3", ARGS(BASE, sizeof(fields)), 99,
		"clone3({flags=CLONE_VM|CLONE_PARENT_SETTID, parent_tid=0x10000200, "
		"exit_signal=SIGCHLD, stack=0x1000, stack_size=0x2000} => {parent_tid=[99]}, 88) = "
		"99");
}

static void interrupted_calls_are_made_again(void **state)
{
	struct program *program = new_program();
	const struct timespec times[2] = {{1, 5}, {0, 3}};
	uint64_t time = store(program, 0, times, sizeof(times));
	(void)state;
	assert_call(program, "nanosleep", ARGS(time, time + 16), 0,
		"nanosleep" /* not made, only shown */
		"({tv_sec=1, tv_nsec=5}, 0x10000010) = 0");
	assert_call(program, "nanosleep", ARGS(time, time + 16), -516,
		"nanosleep"
		"({tv_sec=1, tv_nsec=5}, {tv_sec=0, tv_nsec=3}) = ? "
		"ERESTART_RESTARTBLOCK (Interrupted by signal)");
	assert_call(program, "read", ARGS(0, BASE, 1), -512,
		"read(0, 0x10000000, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)");
	enter(program, "exit_group", ABI_X86_64, ARGS(3));
	assert_text(program, "exit_group(3) = ?");
}

static void a_call_in_progress_has_what_is_known(void **state)
{
	struct program *program = new_program();
	(void)state;
	enter(program, "read", ABI_X86_64, ARGS(3, BASE, 100));
	program->detail->end = DETAIL_IN_PROGRESS;
	call_text_args(program->detail, &program->options, program->text, sizeof(program->text));
	assert_string_equal(program->text, "3, ");
	call_text_result(program->detail, &program->options, program->text, sizeof(program->text));
	assert_string_equal(program->text, "?");
}

static void programs_of_32_bits_have_their_own_layouts(void **state)
{
	struct program *program = new_program();
	const uint32_t vector[4] = {(uint32_t)BASE + 100, 2, (uint32_t)BASE + 102, 3};
	const int32_t time[2] = {1, 5};
	(void)state;
	store_text(program, 100, "abcde");
	store(program, 0, vector, sizeof(vector));
	enter(program, "writev", ABI_I386, ARGS(1, BASE, 2));
	leave(program, 5);
	assert_text(program,
		"writev@32(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cde\", iov_len=3}], 2) = 5");
	store(program, 0, time, sizeof(time));
	enter(program, "nanosleep", ABI_I386, ARGS(BASE, 0));
	leave(program, 0);
	assert_text(program, "nanosleep@32({tv_sec=1, tv_nsec=5}, NULL) = 0");
	enter(program, "pread64", ABI_I386, ARGS(3, BASE + 100, 5, 1, 2));
	leave(program, 5);
	assert_text(program, "pread64@32(3, \"abcde\", 5, 8589934593) = 5");
	unsigned char status[96] = {0};
	const uint32_t mode = S_IFREG | 0600;
	const uint64_t size = 5;
	memcpy(status + 16, &mode, sizeof(mode));
	memcpy(status + 44, &size, sizeof(size));
	store(program, 0, status, sizeof(status));
	enter(program, "fstat64", ABI_I386, ARGS(3, BASE));
	leave(program, 0);
	assert_text(program, "fstat64@32(3, {st_mode=S_IFREG|0600, st_size=5, ...}) = 0");
	const uint32_t words[4] = {3, (uint32_t)BASE + 2048, 4, MSG_DONTWAIT};
	store_text(program, 2048, "data");
	store(program, 4096, words, sizeof(words));
	enter(program, "socketcall", ABI_I386, ARGS(9, BASE + 4096));
	leave(program, 4);
	assert_text(program, "send@32(3, \"data\", 4, MSG_DONTWAIT) = 4");
	enter(program, "socketcall", ABI_I386, ARGS(9, 16));
	leave(program, -EFAULT);
	assert_text(program, "socketcall@32(SYS_SEND, 0x10) = -1 EFAULT (Bad address)");
	enter(program, "lseek", ABI_I386, ARGS(3, 0xfffffffb, SEEK_CUR));
	leave(program, -EINVAL);
	assert_text(program, "lseek@32(3, -5, SEEK_CUR) = -1 EINVAL (Invalid argument)");
}

/* Names each descriptor after itself. */
static bool name_descriptor(struct descriptor_namer *namer, const struct event_detail *detail,
	int fd, bool is_new, char *buf, size_t size)
{
	(void)namer;
	(void)detail;
	snprintf(buf, size, "%s%d", is_new ? "new" : "old", fd);
	return fd != 7;
}

static void descriptors_have_names(void **state)
{
	struct program *program = new_program();
	struct descriptor_namer namer = {name_descriptor};
	const int pair[2] = {8, 9};
	(void)state;
	store_text(program, 0, "x");
	program->options.namer = &namer;
	assert_call(program, "openat", ARGS(FD(AT_FDCWD), BASE, O_RDONLY), 3,
		"openat(AT_FDCWD<old-100>, \"x\", O_RDONLY) = 3<new3>");
	assert_call(program, "dup2", ARGS(7, 4), 4, "dup2(7, 4<old4>) = 4<new4>");
	assert_call(program, "read", ARGS(FD(-1), BASE, 1), -EBADF,
		"read(-1, 0x10000000, 1) = -1 EBADF (Bad file descriptor)");
	store(program, 0, pair, sizeof(pair));
	assert_call(program, "pipe2", ARGS(BASE, O_CLOEXEC), 0,
		"pipe2([8<new8>, 9<new9>], O_CLOEXEC) = 0");
}

static void a_call_without_memory_shows_addresses(void **state)
{
	struct program *program = new_program();
	(void)state;
	enter(program, "openat", ABI_X86_64, ARGS(3, BASE, O_RDONLY));
	program->detail->size = 0;
	program->detail->has_data = false;
	assert_text(program, "openat(3, 0x10000000, O_RDONLY) = ?");
}

static void long_text_is_cut_at_a_character(void **state)
{
	struct program *program = new_program();
	struct descriptor_namer namer = {name_descriptor};
	char full[256];
	(void)state;
	store_text(program, 0, "/etc/passwd");
	program->options.namer = &namer;
	enter(program, "openat", ABI_X86_64, ARGS(3, BASE, O_RDONLY));
	leave(program, 4);
	size_t length = call_text(program->detail, &program->options, full, sizeof(full));
	for (size_t size = 0; size <= length + 1; size++) {
		char *text = malloc(size ? size : 1);
		size_t written = call_text(program->detail, &program->options, text, size);
		assert_int_equal(written, size > length ? length : size ? size - 1 : 0);
		if (size)
			assert_memory_equal(text, full, written);
		free(text);
	}
}

/* A pseudo-random number. */
static uint64_t next(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *seed >> 11 ^ *seed << 43;
}

/* Something that a hostile program passes. */
static uint64_t hostile_value(uint64_t *seed)
{
	static const uint64_t values[] = {0, 1, 2, 8, 32, BASE, BASE + SIZE - 6, BASE - 1,
		UINT64_MAX, UINT64_MAX - 7, UINT64_C(1) << 63, UINT64_C(1) << 31, 0xffffffff,
		0x7fffffff, 0x5401, 0x8912, 0xdeadbeef};
	uint64_t choice = next(seed);
	return choice % 4 ? values[choice / 4 % COUNT_OF(values)] : BASE + choice % SIZE;
}

static void whatever_a_program_passes_the_text_is_printable(void **state)
{
	uint64_t seed = 7;
	(void)state;
	for (enum abi abi = ABI_X86_64; abi <= ABI_X32; abi++) {
		for (uint32_t nr = 0; nr < syscall_table_size(abi) + 2; nr++) {
			for (int round = 0; round < 12; round++) {
				struct program *program = new_program();
				uint64_t args[CALL_MAX_ARGS];
				for (size_t i = 0; i < SIZE / 8; i++) {
					uint64_t value = hostile_value(&seed);
					memcpy(program->memory + 8 * i, &value, sizeof(value));
				}
				for (size_t i = 0; i < COUNT_OF(args); i++)
					args[i] = hostile_value(&seed);
				program->options.verbose = program->reader.verbose = round % 2;
				enter_call(program, (struct call){nr, abi}, args);
				if (round % 3)
					leave(program, (int64_t)hostile_value(&seed));
				size_t length = call_text(program->detail, &program->options,
					program->text, sizeof(program->text));
				assert_true(length < sizeof(program->text));
				assert_int_equal(length, strlen(program->text));
				for (size_t i = 0; i < length; i++)
					assert_in_range(program->text[i], ' ', '~');
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_flags_and_modes),
		cmocka_unit_test(buffers_are_cut),
		cmocka_unit_test(vectors_and_messages),
		cmocka_unit_test(addresses_of_sockets),
		cmocka_unit_test(structures_are_abbreviated),
		cmocka_unit_test(lists_of_strings),
		cmocka_unit_test(signals),
		cmocka_unit_test(what_is_ready),
		cmocka_unit_test(commands_select_what_arguments_are),
		cmocka_unit_test(clones_have_names),
		cmocka_unit_test(interrupted_calls_are_made_again),
		cmocka_unit_test(a_call_in_progress_has_what_is_known),
		cmocka_unit_test(programs_of_32_bits_have_their_own_layouts),
		cmocka_unit_test(descriptors_have_names),
		cmocka_unit_test(a_call_without_memory_shows_addresses),
		cmocka_unit_test(long_text_is_cut_at_a_character),
		cmocka_unit_test(whatever_a_program_passes_the_text_is_printable),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
