/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rare [GROUP]: makes calls that ordinary programs seldom make, with arguments of many kinds, for
 * comparing how they are shown. All of them are harmless; many fail. Without a GROUP, makes all.
 */
#include <arpa/inet.h>
#include <linux/futex.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <utime.h>

#include "tracee.h"

/* The longest text that is shown in full. */
#define TEXT "exactly thirty-two bytes of text"

/* An address where nothing is; the compiler must not know. */
static void *volatile nowhere = (void *)16;

static char three[] = "abc";
static char text[] = TEXT "!";
static char message_text[] = "message";
static char path[] = "a";
static char argument[] = "b \"c\"";
static char variable[] = "X=1";

static void call_files(void)
{
	char buffer[256];
	struct stat status;
	struct statfs system_status;
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
	struct open_how how = {.flags = O_RDWR | O_CREAT, .mode = 0640, .resolve = RESOLVE_BENEATH};
	off_t offset = 3;
	int file = open("rare.file", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int copy = open("rare.copy", O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0600);
	if (write(file, TEXT "and\t\"more\"\\\n\1\0019\377", 47) < 0 ||
		pwrite(file, "", 0, 1L << 20) < 0)
		return;
	lseek(file, -5, SEEK_END);
	lseek(file, 0, SEEK_DATA);
	lseek(-1, 7, 99);
	if (read(file, buffer, sizeof(buffer)) < 0 || pread(file, buffer, 32, 2) < 0)
		return;
	fcntl(file, F_GETFL);
	fcntl(file, F_SETFL, O_APPEND | O_NONBLOCK);
	fcntl(file, F_GETFD);
	fcntl(file, F_SETFD, 0);
	fcntl(file, F_DUPFD_CLOEXEC, 20);
	fcntl(file, F_SETLK, &lock);
	fcntl(file, F_GETLK, &lock);
	fcntl(file, F_GETLEASE);
	fcntl(file, F_GETOWN);
	fcntl(file, F_SETSIG, SIGRTMIN + 1);
	fcntl(file, 4711, 42);
	flock(file, LOCK_EX | LOCK_NB);
	fstat(file, &status);
	stat("rare.none", &status);
	lstat("/dev/null", &status);
	statfs("/proc", &system_status);
	fstatfs(-1, &system_status);
	access("rare.file", R_OK | W_OK | X_OK);
	chmod("rare.file", 04755);
	fchmod(file, 0600);
	chown("rare.file", (uid_t)-1, (gid_t)-1);
	truncate("rare.file", 100);
	ftruncate(file, 60);
	fallocate(file, FALLOC_FL_KEEP_SIZE, 10, 20);
	posix_fadvise(file, 0, 100, POSIX_FADV_SEQUENTIAL);
	readahead(file, 0, 10);
	sync_file_range(file, 0, 10, SYNC_FILE_RANGE_WRITE);
	fsync(file);
	sendfile(copy, file, &offset, 20);
	copy_file_range(file, NULL, copy, NULL, 10, 0);
	rename("rare.copy", "rare.moved");
	renameat2(AT_FDCWD, "rare.moved", AT_FDCWD, "rare.file", RENAME_NOREPLACE);
	link("rare.file", "rare.link");
	symlink("a path that is stored", "rare.symlink");
	if (readlink("rare.symlink", buffer, sizeof(buffer)) < 0 || !getcwd(buffer, sizeof(buffer)))
		return;
	unlink("rare.link");
	unlinkat(AT_FDCWD, "rare.symlink", 0);
	mkdir("rare.directory", 0711);
	unlinkat(AT_FDCWD, "rare.directory", AT_REMOVEDIR);
	mknod("rare.fifo", S_IFIFO | 0622, 0);
	mknod("rare.device", S_IFCHR, 0x103);
	unlink("rare.fifo");
	unlink("rare.device");
	syscall(SYS_openat2, AT_FDCWD, "rare.file", &how, sizeof(how));
	syscall(SYS_openat2, AT_FDCWD, "/rare.file", &how, sizeof(how));
	syscall(SYS_close_range, 100, 200, 0);
	syscall(SYS_faccessat2, AT_FDCWD, "rare.file", R_OK, AT_EACCESS);
	umask(027);
	umask(022);
	setxattr("rare.file", "user.name", "value", 5, XATTR_CREATE);
	getxattr("rare.file", "user.name", buffer, sizeof(buffer));
	getxattr("rare.file", "user.none", buffer, sizeof(buffer));
	removexattr("rare.file", "user.name");
	utimensat(AT_FDCWD, "rare.file", (struct timespec[]){{1, 5}, {0, UTIME_OMIT}}, 0);
	utimes("rare.file", (struct timeval[]){{1000000000, 7}, {2, 0}});
	utime("rare.file", &(struct utimbuf){1, 2});
	dup2(file, 30);
	dup3(file, 31, O_CLOEXEC);
	ioctl(file, FIONREAD, &(int){0});
	ioctl(file, TCGETS, buffer);
	ioctl(file, TIOCGWINSZ, buffer);
	ioctl(file, FIOCLEX);
	ioctl(file, 0x40046b7f, 9);
	unlink("rare.file");
	unlink("rare.moved");
}

static void call_vectors(void)
{
	char first[3];
	char second[100];
	int ends[2];
	struct iovec out[2] = {{three, 3}, {text, 33}};
	struct iovec in[2] = {{first, sizeof(first)}, {second, sizeof(second)}};
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 || writev(ends[1], out, 2) < 0 ||
		readv(ends[0], in, 2) < 0)
		return;
	if (readv(ends[0], in, 2) < 0 && writev(ends[1], nowhere, 1) < 0 && writev(-1, out, 0) < 0)
		vmsplice(ends[1], out, 1, SPLICE_F_NONBLOCK);
	tee(ends[0], ends[1], 3, SPLICE_F_NONBLOCK);
	splice(ends[0], NULL, ends[1], NULL, 2, SPLICE_F_MOVE | SPLICE_F_MORE);
	preadv(ends[0], in, 2, 5);
	pwritev2(ends[1], out, 2, -1, RWF_DSYNC);
	fcntl(ends[0], F_GETPIPE_SZ);
	process_vm_readv(getpid(), in, 1, out, 1, 0);
}

static void call_sockets(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	char buffer[64];
	int pair[2];
	int value = 1;
	socklen_t length = sizeof(value);
	struct sockaddr_in inet = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 inet6 = {.sin6_family = AF_INET6, .sin6_port = htons(7)};
	struct sockaddr_un local = {.sun_family = AF_UNIX, .sun_path = "rare.none"};
	struct sockaddr_un hidden = {.sun_family = AF_UNIX, .sun_path = "\0rare"};
	struct linger linger = {1, 5};
	struct timeval time = {3, 4};
	struct iovec part = {message_text, 7};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct mmsghdr messages[2] = {{.msg_hdr = message}, {.msg_hdr = message}};
	int tcp = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
	int udp = socket(AF_INET6, SOCK_DGRAM, 0);
	int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	setsockopt(tcp, SOL_SOCKET, SO_REUSEADDR, &value, sizeof(value));
	setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value));
	setsockopt(tcp, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	setsockopt(tcp, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time));
	setsockopt(tcp, SOL_IP, IP_TOS, &value, sizeof(value));
	getsockopt(tcp, SOL_SOCKET, SO_TYPE, &value, &length);
	getsockopt(tcp, SOL_SOCKET, SO_ERROR, &value, &length);
	bind(tcp, (struct sockaddr *)&inet, sizeof(inet));
	listen(tcp, 3);
	accept4(stream, NULL, NULL, SOCK_CLOEXEC);
	connect(udp, (struct sockaddr *)&inet6, sizeof(inet6));
	connect(stream, (struct sockaddr *)&local, sizeof(local));
	connect(stream, (struct sockaddr *)&hidden, 7);
	connect(stream, nowhere, 16);
	length = sizeof(local);
	getsockname(stream, (struct sockaddr *)&local, &length);
	getpeername(stream, (struct sockaddr *)&local, &length);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0)
		return;
	control.head.cmsg_len = CMSG_LEN(2 * sizeof(int));
	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(&control.head), pair, sizeof(pair));
	message.msg_control = &control;
	message.msg_controllen = sizeof(control);
	sendmsg(pair[0], &message, MSG_NOSIGNAL);
	sendmmsg(pair[0], messages, 2, 0);
	part.iov_base = buffer;
	part.iov_len = sizeof(buffer);
	recvmsg(pair[1], &message, MSG_CMSG_CLOEXEC);
	recvmmsg(pair[1], messages, 2, MSG_DONTWAIT, NULL);
	recvmsg(pair[1], &message, MSG_DONTWAIT);
	send(pair[0], "text", 4, MSG_DONTWAIT);
	recv(pair[1], buffer, sizeof(buffer), MSG_PEEK);
	recvfrom(pair[1], buffer, sizeof(buffer), 0, (struct sockaddr *)&local, &length);
	sendto(udp, "x", 1, MSG_DONTWAIT, (struct sockaddr *)&inet6, 3);
	shutdown(pair[0], SHUT_RDWR);
	struct ifreq interface = {.ifr_name = "lo"};
	ioctl(tcp, SIOCGIFFLAGS, &interface);
	ioctl(tcp, SIOCGIFMTU, &interface);
	ioctl(tcp, SIOCGIFINDEX, &interface);
	ioctl(tcp, SIOCGIFADDR, &interface);
}

static void call_waits(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = UINT64_C(0x500000007)};
	struct epoll_event events[4];
	struct itimerspec timer = {.it_value = {0, 1}};
	struct timespec short_time = {0, 1000};
	struct timeval time = {0, 1000};
	struct pollfd polled[3];
	sigset_t set;
	fd_set read_set;
	fd_set write_set;
	uint32_t word = 1;
	uint64_t count = 3;
	int ends[2];
	int event_fd = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	int timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	int notify = inotify_init1(IN_NONBLOCK);
	if (pipe(ends) < 0)
		return;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGRTMIN);
	signalfd(-1, &set, SFD_CLOEXEC);
	epoll_ctl(epoll, EPOLL_CTL_ADD, event_fd, &event);
	epoll_wait(epoll, events, 4, 10);
	epoll_ctl(epoll, EPOLL_CTL_MOD, event_fd, &event);
	epoll_ctl(epoll, EPOLL_CTL_DEL, event_fd, NULL);
	epoll_pwait(epoll, events, 4, 1, &set);
	timerfd_settime(timer_fd, 0, &timer, NULL);
	timerfd_gettime(timer_fd, &timer);
	if (write(event_fd, &count, sizeof(count)) < 0)
		return;
	inotify_add_watch(notify, ".", IN_CREATE | IN_DELETE | IN_ONLYDIR);
	inotify_rm_watch(notify, 99);
	polled[0] = (struct pollfd){ends[0], POLLIN, 0};
	polled[1] = (struct pollfd){ends[1], POLLIN | POLLOUT, 0};
	polled[2] = (struct pollfd){-1, POLLIN, 0};
	poll(polled, 3, 10);
	poll(polled, 1, 1);
	ppoll(polled, 2, &short_time, &set);
	FD_ZERO(&read_set);
	FD_ZERO(&write_set);
	FD_SET(ends[0], &read_set);
	FD_SET(ends[1], &write_set);
	select(ends[1] + 1, &read_set, &write_set, NULL, &time);
	time.tv_usec = 10;
	FD_SET(ends[0], &read_set);
	select(ends[0] + 1, &read_set, NULL, NULL, &time);
	pselect(0, NULL, NULL, NULL, &short_time, &set);
	syscall(SYS_futex, &word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
	syscall(SYS_futex, &word, FUTEX_WAIT, 2, NULL);
	syscall(SYS_futex, &word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 2,
		NULL, NULL, FUTEX_BITSET_MATCH_ANY);
	syscall(SYS_futex, &word, FUTEX_CMP_REQUEUE, 1, 2, &word, 3);
	nanosleep(&short_time, NULL); /* sleep: the call that is shown */
	/* sleep: the call that is shown, until a time that has passed */
	syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &short_time, NULL);
}

static void ignore(int signal)
{
	(void)signal;
}

static void call_signals(void)
{
	struct sigaction action = {.sa_handler = ignore, .sa_flags = SA_RESTART};
	struct itimerval interval = {{0, 0}, {100, 0}};
	struct sigevent event = {.sigev_notify = SIGEV_NONE, .sigev_signo = SIGUSR1};
	struct timespec short_time = {0, 1000};
	stack_t stack;
	siginfo_t info;
	sigset_t set;
	timer_t timer;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR1, NULL, &action);
	signal(SIGUSR2, SIG_IGN);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	kill(getpid(), SIGUSR1);
	sigpending(&set);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigtimedwait(&set, &info, &short_time);
	sigtimedwait(&set, NULL, &short_time);
	sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 7});
	sigwaitinfo(&set, &info);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	kill(0, 0);
	syscall(SYS_tgkill, getpid(), getpid(), 0);
	sigaltstack(NULL, &stack);
	setitimer(ITIMER_VIRTUAL, &interval, NULL);
	getitimer(ITIMER_VIRTUAL, &interval);
	timer_create(CLOCK_REALTIME, &event, &timer);
	timer_delete(timer);
}

static void call_processes(void)
{
	struct rusage usage;
	struct rlimit limit;
	struct sched_param parameter = {0};
	cpu_set_t cpus;
	siginfo_t info;
	unsigned int cpu;
	uint32_t capabilities[6];
	uint32_t version[2] = {0x20080522, 0};
	int status;
	uid_t ids[3];
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		_exit(3);
	waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT);
	wait4(child, &status, 0, &usage);
	child = fork();
	if (child == 0) {
		raise(SIGKILL);
		_exit(0);
	}
	waitpid(child, &status, 0);
	wait4(-1, &status, WNOHANG | __WALL, &usage);
	execve("/nonexistent", (char *[]){path, argument, NULL}, (char *[]){variable, NULL});
	execve("/nonexistent", nowhere, NULL);
	getrusage(RUSAGE_CHILDREN, &usage);
	getrlimit(RLIMIT_NOFILE, &limit);
	prctl(PR_SET_NAME, "a name that is too long");
	prctl(PR_GET_DUMPABLE);
	prctl(PR_GET_KEEPCAPS);
	prctl(PR_SET_PDEATHSIG, 0);
	prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	prctl(PR_CAPBSET_READ, 1);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	sched_getscheduler(0);
	sched_getparam(0, &parameter);
	sched_get_priority_max(SCHED_RR);
	syscall(SYS_getcpu, &cpu, NULL, NULL);
	syscall(SYS_capget, version, capabilities);
	getpriority(PRIO_PROCESS, 0);
	setpriority(PRIO_PROCESS, 0, 0);
	getresuid(&ids[0], &ids[1], &ids[2]);
	setresuid((uid_t)-1, (uid_t)-1, (uid_t)-1);
	getgroups(0, NULL);
	getpgid(0);
	getsid(0);
	syscall(SYS_personality, 0xffffffffUL);
	syscall(SYS_kcmp, getpid(), getpid(), 2);
	syscall(SYS_membarrier, 0, 0, 0);
	syscall(SYS_pidfd_open, getpid(), 0);
	syscall(SYS_unshare, 0);
	syscall(SYS_setns, -1, 0x20000000);
	syscall(SYS_ioprio_get, 1, 0);
}

static void call_memory(void)
{
	long page = sysconf(_SC_PAGESIZE);
	unsigned char present[2];
	void *memory = mmap(NULL, (size_t)page * 2, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	int file = memfd_create("rare", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	mprotect(memory, (size_t)page, PROT_READ | PROT_EXEC);
	madvise(memory, (size_t)page, MADV_DONTNEED);
	msync(memory, (size_t)page, MS_ASYNC);
	mincore(memory, (size_t)page, present);
	mlock(memory, (size_t)page);
	munlock(memory, (size_t)page);
	memory = mremap(memory, (size_t)page * 2, (size_t)page * 4, MREMAP_MAYMOVE);
	munmap(memory, (size_t)page * 4);
	fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW);
	fcntl(file, F_GET_SEALS);
	mlockall(99);
	syscall(SYS_get_mempolicy, NULL, NULL, 0, NULL, 0);
}

static void call_ipc(void)
{
	struct {
		long type;
		char text[16];
	} message = {5, "text"};
	struct shmid_ds memory_status;
	struct msqid_ds queue_status;
	struct sembuf operation = {0, 1, SEM_UNDO};
	int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
	int queue = msgget(IPC_PRIVATE, IPC_CREAT | 0640);
	int semaphore = semget(0x1234567, 1, 0);
	shmctl(memory, IPC_STAT, &memory_status);
	shmdt(shmat(memory, NULL, SHM_RDONLY));
	shmctl(memory, IPC_RMID, NULL);
	msgsnd(queue, &message, 5, IPC_NOWAIT);
	msgrcv(queue, &message, sizeof(message.text), 0, MSG_NOERROR);
	msgrcv(queue, &message, sizeof(message.text), 0, IPC_NOWAIT);
	msgctl(queue, IPC_STAT, &queue_status);
	msgctl(queue, IPC_RMID, NULL);
	semop(semaphore, &operation, 1);
	semctl(semaphore, 0, GETVAL);
}

static void call_system(void)
{
	struct utsname name;
	struct sysinfo info;
	struct timespec time;
	struct timeval day;
	struct tms times_of;
	struct timex adjustment = {0};
	char bytes[8];
	uname(&name);
	sysinfo(&info);
	times(&times_of);
	clock_getres(CLOCK_BOOTTIME, &time);
	syscall(SYS_clock_gettime, CLOCK_PROCESS_CPUTIME_ID, &time);
	syscall(SYS_gettimeofday, &day, NULL);
	adjtimex(&adjustment);
	if (getrandom(bytes, sizeof(bytes), GRND_NONBLOCK) < 0)
		return;
	syscall(SYS_sethostname, nowhere, 0x7fffffff);
	syscall(SYS_mount, "none", "/nonexistent", "tmpfs", 1, "size=1");
	syscall(SYS_umount2, "/nonexistent", 2);
	syscall(SYS_swapoff, "/nonexistent");
	syscall(SYS_reboot, 1, 2, 3, NULL);
	syscall(SYS_chroot, "/nonexistent");
	syscall(SYS_pivot_root, "/nonexistent", "/");
	syscall(SYS_init_module, nowhere, 0, "");
	syscall(SYS_delete_module, "nonexistent", O_NONBLOCK);
	syscall(SYS_add_key, "user", "rare", nowhere, 4, -3);
	syscall(SYS_keyctl, 0, -3, 0);
	syscall(SYS_bpf, 6, NULL, 0);
	syscall(SYS_perf_event_open, NULL, 0, -1, -1, 8);
	syscall(SYS_quotactl, 0x80000200, "/nonexistent", 0, NULL);
	syscall(SYS_io_setup, 0, NULL);
	syscall(SYS_seccomp, 2, 0, nowhere);
	syscall(9999, 1, 2, 3, 4, 5, 6);
}

static const struct {
	const char *name;
	void (*call)(void);
} groups[] = {
	{"files", call_files},
	{"vectors", call_vectors},
	{"sockets", call_sockets},
	{"waits", call_waits},
	{"signals", call_signals},
	{"processes", call_processes},
	{"memory", call_memory},
	{"ipc", call_ipc},
	{"system", call_system},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(*groups); i++)
		if (argc < 2 || strcmp(argv[1], groups[i].name) == 0)
			groups[i].call();
	return 0;
}
