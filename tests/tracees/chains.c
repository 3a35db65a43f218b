/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chains CHAIN [NUMBER]: makes getppid calls from known chains of functions. Each chain makes a
 * distinct number of calls (COUNT) from one place, so that a test can identify it.
 *
 * Environment: STAY_MS, how long to wait before the program exits, calls execve, or closes a
 * plugin.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>
#ifdef __LP64__
#include <linux/perf_event.h>
#endif

#define COUNT     20
#define THREADS   64

/* Limit on the wait for a reader of the map. */
#define OPENED_MS 60000

#define NOINLINE  __attribute__((noinline, noclone))

/* Prevents a tail call, which would leave the function without a frame. */
#define STAY()    __asm__ volatile("" ::: "memory")

static NOINLINE void innermost(void)
{
	for (volatile int i = 0; i < COUNT; i++) /* not unrolled: a single call site */
		syscall(SYS_getppid);
	STAY();
}

/* Gives a tracer time to read the program's maps. */
static void stay(void)
{
	const char *ms = getenv("STAY_MS");
	usleep(ms ? (useconds_t)atoi(ms) * 1000 : 0); /* sleep: longer if that was too short */
}

static NOINLINE void middle(void)
{
	innermost();
	STAY();
}

static NOINLINE void chain_plain(int number)
{
	(void)number;
	middle();
	STAY();
}

/* A frame of half a KiB, so that a deep stack is larger than any copy. */
static NOINLINE void recurse(int left)
{
	volatile char room[512];
	room[0] = (char)left;
	__asm__ volatile("" : : "r"(room) : "memory"); /* keeps all of it */
	if (left)
		recurse(left - 1);
	else
		innermost();
	room[1] = 0;
}

static NOINLINE void chain_recurse(int number)
{
	recurse(number);
	STAY();
}

/* alloca() makes the compiler keep a frame pointer regardless of options. */
static NOINLINE void chain_alloca(int number)
{
	volatile char *room = alloca((size_t)number * 16 + 100);
	room[0] = 1;
	innermost();
	room[1] = 0;
}

static void handler(int signal)
{
	(void)signal;
	innermost();
	STAY();
}

static NOINLINE void interrupted(void)
{
	raise(SIGUSR1);
	STAY();
}

static NOINLINE void chain_signal(int number)
{
	(void)number;
	signal(SIGUSR1, handler);
	interrupted();
	STAY();
}

/* A clock not supported by the vdso, which then makes the call itself. */
static NOINLINE void chain_vdso(int number)
{
	struct timespec now;
	(void)number;
	for (volatile int i = 0; i < COUNT; i++)
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	STAY();
}

/* A function without unwind tables or frame pointer. */
void bare(void (*function)(void));
#ifdef __x86_64__
__asm__(".text\n"
	".globl bare\n"
	".type bare, @function\n"
	"bare:\n"
	"	sub $40, %rsp\n"
	"	call *%rdi\n"
	"	add $40, %rsp\n"
	"	ret\n"
	".size bare, .-bare\n");
#else
void bare(void (*function)(void))
{
	function();
}
#endif

static NOINLINE void chain_bare(int number)
{
	(void)number;
	bare(innermost);
	STAY();
}

/*
 * Two functions that call FUNCTION on the stack that ends at TOP: one without unwind tables, and
 * one with tables that expect the return address there.
 */
void elsewhere(void (*function)(void), void *top);
void astray(void (*function)(void), void *top);
/* The same without tables, but with a frame pointer: the outermost frame is that of made_up(). */
void framed(void (*function)(void), void *top);
#ifdef __x86_64__
__asm__(".text\n"
	".globl framed\n"
	".type framed, @function\n"
	"framed:\n"
	"	push %rbx\n"
	"	push %rbp\n"
	"	mov %rsp, %rbx\n"
	"	mov %rsi, %rsp\n"
	"	lea made_up+1(%rip), %rax\n"
	"	push %rax\n"
	"	push $0\n"
	"	mov %rsp, %rbp\n"
	"	call *%rdi\n"
	"	mov %rbx, %rsp\n"
	"	pop %rbp\n"
	"	pop %rbx\n"
	"	ret\n"
	".size framed, .-framed\n"
	"	.skip 16, 0x90\n"
	".type made_up, @function\n"
	"made_up:\n"
	"	nop\n"
	"	hlt\n"
	".size made_up, .-made_up\n");
#define ON_OTHER_STACK(name) \
	__asm__(".text\n" \
		".globl " #name "\n" \
		".type " #name ", @function\n" #name ":\n" \
		"	push %rbx\n" \
		"	mov %rsp, %rbx\n" \
		"	mov %rsi, %rsp\n" \
		"	call *%rdi\n" \
		"	mov %rbx, %rsp\n" \
		"	pop %rbx\n" \
		"	ret\n" \
		".size " #name ", .-" #name "\n")
ON_OTHER_STACK(elsewhere);
__asm__(".cfi_startproc");
ON_OTHER_STACK(astray);
__asm__(".cfi_endproc");
#else
void elsewhere(void (*function)(void), void *top)
{
	function();
}
void astray(void (*function)(void), void *top)
{
	function();
}
void framed(void (*function)(void), void *top)
{
	function();
}
#endif

#define ROOM (64 << 10)

/* A stack with nothing in it, above which there is as much room. */
static void *empty_stack(void)
{
	uint64_t *room = mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (room == MAP_FAILED)
		exit(77);
	room[ROOM / sizeof(*room)] = 1; /* no return address */
	return &room[ROOM / sizeof(*room)];
}

static NOINLINE void chain_elsewhere(int number)
{
	(void)number;
	elsewhere(innermost, empty_stack());
	STAY();
}

static NOINLINE void chain_astray(int number)
{
	(void)number;
	astray(innermost, empty_stack());
	STAY();
}

static NOINLINE void chain_framed(int number)
{
	(void)number;
	framed(innermost, empty_stack());
	STAY();
}

static NOINLINE void in_coroutine(void)
{
	chain_plain(0);
	STAY();
}

static NOINLINE void chain_coroutine(int number)
{
	static ucontext_t here, there;
	(void)number;
	getcontext(&there);
	there.uc_stack.ss_sp = (char *)empty_stack() - ROOM;
	there.uc_stack.ss_size = ROOM;
	there.uc_link = &here;
	makecontext(&there, in_coroutine, 0);
	swapcontext(&here, &there);
	STAY();
}

/* Memory for stacks. */
static char *area;
#define AREA (512 << 10)

/* Calls FUNCTION on the stack that ends at TOP. Its tables lead back to that before. */
void on_stack(void (*function)(void), void *top);
#ifdef __x86_64__
__asm__(".text\n"
	".globl on_stack\n"
	".type on_stack, @function\n"
	"on_stack:\n"
	"	.cfi_startproc\n"
	"	push %rbp\n"
	"	.cfi_def_cfa_offset 16\n"
	"	.cfi_offset %rbp, -16\n"
	"	mov %rsp, %rbp\n"
	"	.cfi_def_cfa_register %rbp\n"
	"	mov %rsi, %rsp\n"
	"	call *%rdi\n"
	"	mov %rbp, %rsp\n"
	"	pop %rbp\n"
	"	.cfi_def_cfa %rsp, 8\n"
	"	ret\n"
	"	.cfi_endproc\n"
	".size on_stack, .-on_stack\n");
#else
void on_stack(void (*function)(void), void *top)
{
	function();
}
#endif

static void *run_below(void *unused)
{
	on_stack(innermost, area + (64 << 10));
	STAY();
	return unused;
}

/* A stack below that of a thread, larger than any copy, with a gap between them. */
static NOINLINE void chain_below(int number)
{
	pthread_t thread;
	pthread_attr_t attributes;
	(void)number;
	area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE,
		-1, 0);
	if (area == MAP_FAILED || mprotect(area + AREA / 2, 4096, PROT_NONE) < 0)
		exit(77);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, area + AREA / 2 + 4096, AREA / 2 - 4096);
	if (pthread_create(&thread, &attributes, run_below, NULL) != 0)
		exit(77);
	pthread_join(thread, NULL);
	pthread_attr_destroy(&attributes);
	STAY();
}

static void *run_at_edge(void *unused)
{
#ifdef __x86_64__
	uintptr_t sp, page = 4096;
	__asm__ volatile("mov %%rsp, %0" : "=r"(sp));
	size_t size = sp - ((sp - 4 * page) & ~(page - 1)) - 64;
	volatile char *room = alloca(size);
	for (size_t i = 0; i < size; i += 64)
		room[i] = 1;
	for (volatile int i = 0; i < COUNT; i++) {
		long result = SYS_getppid;
		__asm__ volatile("syscall" : "+a"(result) : : "rcx", "r11", "memory");
	}
#else
	innermost();
#endif
	STAY();
	return unused;
}

/* What is just below the stack pointer is on a page that was never touched. */
static NOINLINE void chain_edge(int number)
{
	pthread_t thread;
	(void)number;
	if (pthread_create(&thread, NULL, run_at_edge, NULL) != 0)
		exit(77);
	pthread_join(thread, NULL);
	STAY();
}

/* Drops what of AREA is more than a page above here from the page tables, not from memory. */
static NOINLINE void drop_pages(void)
{
	uintptr_t page = 4096, here = (uintptr_t)__builtin_frame_address(0);
	char *from = (char *)((here + 2 * page) & ~(page - 1));
	madvise(from, (size_t)(area + AREA - from), MADV_DONTNEED);
}

static NOINLINE void drop_and_call(void)
{
	for (volatile int i = 0; i < COUNT; i++) {
		drop_pages();
		syscall(SYS_getppid);
	}
	STAY();
}

static NOINLINE void use_pages(int left)
{
	volatile char room[512];
	room[0] = (char)left;
	__asm__ volatile("" : : "r"(room) : "memory");
	if (left)
		use_pages(left - 1);
	else
		drop_and_call();
	room[1] = 0;
}

static NOINLINE void use_many_pages(void)
{
	use_pages(40);
	STAY();
}

/* Pages of the stack are not in the page tables, as if they were swapped out. */
static NOINLINE void chain_swapped(int number)
{
	int fd = memfd_create("area", MFD_CLOEXEC);
	(void)number;
	if (fd < 0 || ftruncate(fd, AREA) < 0)
		exit(77);
	area = mmap(NULL, AREA, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (area == MAP_FAILED)
		exit(77);
	on_stack(use_many_pages, area + AREA);
	STAY();
}

/* Frames as small as they can be: more than are unwound fit into a large copy. */
static NOINLINE void dive(int left)
{
	if (left)
		dive(left - 1);
	else
		innermost();
	STAY();
}

static NOINLINE void chain_dive(int number)
{
	dive(number);
	STAY();
}

#ifdef __LP64__
static NOINLINE void probed(void)
{
	volatile int differs = 0; /* or it would be the same function as another */
	innermost();
	differs = 1;
	STAY();
}

static NOINLINE void calls_probed(void)
{
	probed();
	STAY();
}

static long number_in(const char *path)
{
	long number = 0;
	FILE *file = fopen(path, "re");
	if (!file || fscanf(file, "%ld", &number) != 1)
		exit(77);
	fclose(file);
	return number;
}

/* Where in the file of this program its code at ADDRESS is. */
static unsigned long file_offset(unsigned long address)
{
	char line[512];
	unsigned long start, end, offset, found = 0;
	FILE *maps = fopen("/proc/self/maps", "re");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %lx", &start, &end, &offset) == 3 &&
			address >= start && address < end)
			found = address - start + offset;
	}
	if (maps)
		fclose(maps);
	return found;
}

/* A function with a return probe of uprobes, which is this process's own. */
static NOINLINE void chain_probe(int number)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = (unsigned int)number_in("/sys/bus/event_source/devices/uprobe/type"),
		.config = 1, /* at the return: …/uprobe/format/retprobe */
		.config1 = (unsigned long)"/proc/self/exe",
		.config2 = file_offset((unsigned long)probed),
	};
	(void)number;
	if (syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL) < 0)
		exit(77);
	calls_probed();
	STAY();
}
#else
static void chain_probe(int number)
{
	(void)number;
	exit(77);
}
#endif

static void *in_thread(void *argument)
{
	middle();
	STAY();
	return argument;
}

static NOINLINE void chain_threads(int number)
{
	pthread_t threads[THREADS];
	(void)number;
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, in_thread, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

/* Opens PATH, one plugin after the other, and calls its function `entry`. */
static NOINLINE void call_plugin(const char *path)
{
	void *library = dlopen(path, RTLD_NOW);
	void (*entry)(void) = library ? (void (*)(void))dlsym(library, "entry") : NULL;
	if (!entry)
		exit(77);
	printf("%#lx\n", (unsigned long)entry & ~0xfffUL);
	entry();
	stay();
	dlclose(library);
}

static NOINLINE void chain_plugins(int number)
{
	(void)number;
	call_plugin(getenv("PLUGIN_A"));
	call_plugin(getenv("PLUGIN_B"));
}

/* A handler on an alternate stack: the interrupted frames are elsewhere. */
static NOINLINE void chain_altstack(int number)
{
	static char room[64 << 10];
	stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK};
	(void)number;
	sigaltstack(&stack, NULL);
	sigaction(SIGUSR1, &action, NULL);
	interrupted();
	STAY();
}

/* Code generated at run time, with a symbol in the perf map. */
static NOINLINE void chain_generated(int number)
{
	/* push %rbp; mov %rsp,%rbp; call *%rdi; pop %rbp; ret */
	static const unsigned char code[] = {0x55, 0x48, 0x89, 0xe5, 0xff, 0xd7, 0x5d, 0xc3};
	void *page = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	(void)number;
	if (page == MAP_FAILED)
		exit(77);
	memcpy(page, code, sizeof(code));
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	unlink(path);
	FILE *map = fopen(path, "wex");
	if (!map)
		exit(77);
	fprintf(map, "%lx %zx made_up_name\n", (unsigned long)page, sizeof(code));
	fclose(map);
	int opened = inotify_init1(IN_CLOEXEC);
	inotify_add_watch(opened, path, IN_OPEN);
	((void (*)(void (*)(void)))page)(innermost);
	/* Until the symbolizer has opened the map. */
	poll(&(struct pollfd){.fd = opened, .events = POLLIN}, 1, OPENED_MS);
	unlink(path);
}

static NOINLINE void chain_exec(int number)
{
	(void)number;
	middle();
	stay();
	execl("/proc/self/exe", "chains", "plain", NULL);
}

/* Waits in one call, to be attached to. */
static NOINLINE void chain_wait(int number)
{
	usleep((useconds_t)number * 1000); /* sleep: the call that is watched */
	STAY();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(int number);
	} chains[] = {
		{"plain", chain_plain},
		{"recurse", chain_recurse},
		{"alloca", chain_alloca},
		{"signal", chain_signal},
		{"vdso", chain_vdso},
		{"bare", chain_bare},
		{"threads", chain_threads},
		{"plugins", chain_plugins},
		{"altstack", chain_altstack},
		{"generated", chain_generated},
		{"exec", chain_exec},
		{"elsewhere", chain_elsewhere},
		{"astray", chain_astray},
		{"framed", chain_framed},
		{"coroutine", chain_coroutine},
		{"dive", chain_dive},
		{"below", chain_below},
		{"edge", chain_edge},
		{"swapped", chain_swapped},
		{"probe", chain_probe},
		{"wait", chain_wait},
	};
	for (size_t i = 0; argc > 1 && i < sizeof(chains) / sizeof(*chains); i++) {
		if (strcmp(chains[i].name, argv[1]) == 0) {
			chains[i].run(argc > 2 ? atoi(argv[2]) : 0);
			stay();
			return 0;
		}
	}
	return 2;
}
