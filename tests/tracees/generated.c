/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generated HOW [NUMBER]: generated code that makes getppid calls, in memory of different kinds,
 * with names in a perf map that comes early, late, or changes.
 *
 *     memfd     in a memory file that is mapped twice, as in .NET: "first", 20 calls
 *     shared    in shared anonymous memory: "first", 20 calls
 *     late      named when the first call was NUMBER seconds ago: "first", 40 calls
 *     again     named in a file that is replaced by another: "first", "second", 20 calls each
 *     last      named just before the program exits, in a file that stays: "first", 20 calls
 *     moved     in the text of this program, in anonymous memory: inner, 20 calls
 *     many      with NUMBER mappings of code of a file, which has a long name: at most 2000 calls
 *     replaced  "first", "second" and "third" at one address, NUMBER calls each, 2 ms apart
 *     unmapped  a thread waits in it, in pause, when it is unmapped; prints "unmapped"
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "tracee.h"

#define SIZE   65536
#define AT     256
#define CALLS  20

/* Prevents a tail call, which would leave the function without a frame. */
#define STAY() __asm__ volatile("" ::: "memory")

typedef int call_getppid(void);

/* push %rbp; mov %rsp,%rbp; mov $110,%eax; syscall; pop %rbp; ret */
static const unsigned char code[] = {
	0x55, 0x48, 0x89, 0xe5, 0xb8, 110, 0, 0, 0, 0x0f, 0x05, 0x5d, 0xc3};

static char path[64];

static unsigned char *checked(void *memory)
{
	if (memory == MAP_FAILED)
		_exit(77);
	return memory;
}

/* Writes "NAME" for what is at CODE into the map, which HOW opens. */
static void name(const unsigned char *at, const char *name, const char *how)
{
	FILE *map = fopen(path, how);
	if (!map)
		_exit(77);
	fprintf(map, "%lx %zx %s\n", (unsigned long)at, sizeof(code), name);
	fclose(map);
}

/* The address of the code is on no stack and in no register, where it would look like that of a
 * caller. */
static call_getppid *volatile call_code;

static __attribute__((noinline)) void call(const unsigned char *at, int count)
{
	call_getppid *copy;
	memcpy(&copy, &at, sizeof(copy));
	call_code = copy;
	while (count--) {
		call_code();
		usleep(2000); /* sleep: calls are 2 ms apart */
	}
}

static unsigned char *map_memory(int flags, int fd, int rights)
{
	return checked(mmap(NULL, SIZE, rights, flags, fd, 0));
}

static void run_memfd(int number)
{
	int fd = memfd_create("doublemapper", MFD_CLOEXEC);
	(void)number;
	if (fd < 0 || ftruncate(fd, SIZE) < 0)
		_exit(77);
	unsigned char *written = map_memory(MAP_SHARED, fd, PROT_READ | PROT_WRITE);
	unsigned char *run = map_memory(MAP_SHARED, fd, PROT_READ | PROT_EXEC);
	memcpy(written + AT, code, sizeof(code));
	name(run + AT, "first", "we");
	call(run + AT, CALLS);
	STAY();
}

static unsigned char *map_code(int flags)
{
	unsigned char *at = map_memory(
		flags | MAP_ANONYMOUS, -1, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(at + AT, code, sizeof(code));
	return at + AT;
}

static void run_shared(int number)
{
	unsigned char *at = map_code(MAP_SHARED);
	(void)number;
	name(at, "first", "we");
	call(at, CALLS);
	STAY();
}

static void run_late(int number)
{
	unsigned char *at = map_code(MAP_PRIVATE);
	call(at, CALLS);
	STAY();
	sleep((unsigned int)number); /* sleep: the time that it is late */
	name(at, "first", "we");
	call(at, CALLS);
	STAY();
}

/* Waits until stop has read the map. */
static void await_reader(void)
{
	const char *stay = getenv("STAY_MS");
	usleep(stay ? (useconds_t)atoi(stay) * 1000 : 0); /* sleep: nothing tells that it has */
}

static void run_again(int number)
{
	(void)number;
	static unsigned char *volatile first, *volatile second;
	first = map_code(MAP_PRIVATE);
	second = map_code(MAP_PRIVATE);
	name(first, "first", "we");
	call(first, CALLS);
	STAY();
	/* What is replaced before it was read is lost. */
	await_reader();
	unlink(path);
	name(second, "second", "we");
	call(second, CALLS);
	STAY();
}

static void run_last(int number)
{
	unsigned char *at = map_code(MAP_PRIVATE);
	(void)number;
	unlink(path);
	call(at, CALLS);
	STAY();
	await_reader();
	name(at, "first", "we");
	puts(path);
	fflush(stdout);
	_exit(0);
}

/* As for huge pages: its own text is moved to anonymous memory, at the same addresses. */

static __attribute__((noinline)) long inner(void)
{
	long result = syscall(SYS_getppid);
	__asm__ volatile("" ::: "memory");
	return result;
}

static void move_text(void)
{
	unsigned long from = 0, to = 0, at = (unsigned long)(uintptr_t)&inner;
	char rights[8], line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3 && at >= from && at < to)
			break;
	}
	if (!maps || fclose(maps) != 0 || at >= to)
		_exit(77);
	void *text = (void *)(uintptr_t)from, *copy;
	copy = checked(
		mmap(NULL, to - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	memcpy(copy, text, to - from);
	mprotect(copy, to - from, PROT_READ | PROT_EXEC);
	checked(mremap(copy, to - from, to - from, MREMAP_MAYMOVE | MREMAP_FIXED, text));
}

static __attribute__((noinline)) void outer(void)
{
	for (volatile int i = 0; i < CALLS; i++) {
		inner();
		usleep(2000); /* sleep: calls are 2 ms apart */
	}
	__asm__ volatile("" ::: "memory");
}

static void run_moved(int number)
{
	(void)number;
	move_text();
	outer();
	__asm__ volatile("" ::: "memory");
}

static void run_many(int number)
{
	char name[232];
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	snprintf(name, sizeof(name), "/tmp/stop-%0200d", (int)getpid());
	int fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
	if (fd < 0 || ftruncate(fd, (off_t)page) < 0)
		_exit(77);
	unlink(name);
	unsigned char *area = checked(
		mmap(NULL, (size_t)number * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	for (size_t i = 0; i < (size_t)number; i++)
		checked(mmap(area + i * page, page, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED,
			fd, 0));
	for (int i = 0; i < 100; i++)
		outer();
	__asm__ volatile("" ::: "memory");
}

static void run_replaced(int number)
{
	static const char *const names[] = {"first", "second", "third"};
	unsigned char *at = map_code(MAP_PRIVATE);
	unlink(path);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		name(at, names[i], "ae");
		call(at, number);
		STAY();
	}
}

/* mov $34,%eax; syscall; ret */
static const unsigned char waiting_code[] = {0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xc3};

static void *volatile waiting_at;
static volatile pid_t waiting_tid;

static void *wait_in_code(void *unused)
{
	int (*function)(void);
	void *at = waiting_at;
	memcpy(&function, &at, sizeof(function));
	waiting_tid = (pid_t)syscall(SYS_gettid);
	function();
	return unused;
}

/* Whether the thread is in pause. */
static bool is_waiting(void)
{
	char name[64], call[8] = "";
	snprintf(name, sizeof(name), "/proc/self/task/%d/syscall", (int)waiting_tid);
	FILE *file = waiting_tid ? fopen(name, "re") : NULL;
	if (file && !fgets(call, sizeof(call), file))
		call[0] = '\0';
	if (file)
		fclose(file);
	return strncmp(call, "34 ", 3) == 0;
}

static void run_unmapped(int number)
{
	pthread_t thread;
	(void)number;
	void *at = map_memory(MAP_PRIVATE | MAP_ANONYMOUS, -1, PROT_READ | PROT_WRITE | PROT_EXEC);
	memcpy(at, waiting_code, sizeof(waiting_code));
	waiting_at = at;
	if (pthread_create(&thread, NULL, wait_in_code, NULL) != 0)
		_exit(77);
	while (!is_waiting())
		usleep(1000); /* sleep: polls */
	munmap(at, SIZE);
	puts("unmapped");
	fflush(stdout);
	pause();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int number);
	} kinds[] = {
		{"memfd", run_memfd},
		{"shared", run_shared},
		{"late", run_late},
		{"again", run_again},
		{"last", run_last},
		{"moved", run_moved},
		{"many", run_many},
		{"replaced", run_replaced},
		{"unmapped", run_unmapped},
	};
	tracee_begin();
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	for (size_t i = 0; argc > 1 && i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (strcmp(kinds[i].name, argv[1]) == 0)
			kinds[i].run(argc > 2 ? atoi(argv[2]) : 0);
	}
	await_reader();
	unlink(path);
	return 0;
}
