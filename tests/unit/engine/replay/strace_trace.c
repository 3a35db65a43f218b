/* SPDX-License-Identifier: GPL-2.0-or-later */
/* strace's text as events: tasks, calls in parts, restarts, times, several files, and hostile logs.
 */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/replay/strace_trace.h"
#include "event/detail.h"
#include "event/event.h"
#include "event/object.h"
#include "event/sink.h"
#include "support/random.h"

#define INPUTS_MAX 4

/* Writes what happens as lines. */
struct story {
	struct event_sink sink;
	char text[8192];
	size_t length;
	uint64_t last_ns;
	uint64_t events, calls;
	struct event_detail *detail; /* the last one; owned */
	struct event_signal signal;  /* likewise */
	char descriptor[256];        /* name of the last one */
	char notes[4096];
};

static void tell(struct story *story, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void tell(struct story *story, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	size_t room = sizeof(story->text) - story->length;
	int length = vsnprintf(story->text + story->length, room, format, list);
	va_end(list);
	if (length > 0 && (size_t)length < room)
		story->length += (size_t)length;
}

static void tell_exit(struct story *story, const struct event_exit *end)
{
	char name[CALL_NAME_MAX];
	tell(story, "%d %s = ", end->event.tid, call_name(end->call, name));
	if (end->never_returned)
		tell(story, "?");
	else if (end->outcome.err)
		tell(story, "-%d", end->outcome.err);
	else
		tell(story, "%" PRId64, end->result);
	tell(story, "%s %" PRIu64 "\n", end->outcome.partial ? ">" : "",
		end->outcome.duration_ns / 1000);
	story->calls++;
}

/* What says which stack a call has. */
static void tell_stack(struct story *story, const struct event *event)
{
	const struct event_module *module = (const struct event_module *)event;
	const struct event_place *place = (const struct event_place *)event;
	const struct event_function *function = (const struct event_function *)event;
	const struct event_frames *frames = (const struct event_frames *)event;
	const struct event_stack *stack = (const struct event_stack *)event;
	if (event->type == EVENT_MODULE)
		tell(story, "module %u %.*s\n", module->module, (int)module->size, module->path);
	else if (event->type == EVENT_PLACE)
		tell(story, "place %u: %u+%#jx\n", place->place, place->module,
			(uintmax_t)place->offset);
	else if (event->type == EVENT_FUNCTION)
		tell(story, "place %u: %.*s+%#jx %s:%u\n", function->place, (int)function->size,
			function->symbol, (uintmax_t)function->symbol_offset, function->file,
			function->line);
	else if (event->type == EVENT_STACK)
		tell(story, "capture %u: stack %u\n", stack->number, stack->stack);
	for (size_t i = 0; event->type == EVENT_FRAMES && i < frames->size / 4; i++)
		tell(story, "stack %u: place %u\n", frames->stack, frames->place[i]);
}

static void take(struct event_sink *sink, const struct event *event)
{
	struct story *story = (struct story *)sink;
	const struct event_task *task = (const struct event_task *)event;
	const struct event_gone *gone = (const struct event_gone *)event;
	story->events++;
	if (event->type != EVENT_NOTE && event->type != EVENT_SESSION && event->type != EVENT_END) {
		assert_true(event->time_ns >= story->last_ns);
		story->last_ns = event->time_ns;
	}
	assert_true(event->time_ns > 0 || event->type == EVENT_NOTE ||
		    event->type == EVENT_SESSION || event->type == EVENT_END);
	switch (event->type) {
	case EVENT_TASK:
		tell(story, "%d: %s of %d, parent %d%s%s\n", event->tid, task->comm, task->tgid,
			task->parent, task->is_new ? ", new" : "",
			task->has_executed ? ", executed" : "");
		break;
	case EVENT_EXIT:
		tell_exit(story, (const struct event_exit *)event);
		break;
	case EVENT_GONE:
		tell(story, "%d: gone %d %d\n", event->tid, gone->exit_code, gone->exit_signal);
		break;
	case EVENT_SIGNAL:
		story->signal = *(const struct event_signal *)event;
		tell(story, "%d: signal %d\n", event->tid, story->signal.signal);
		break;
	case EVENT_DETAIL:
		free(story->detail);
		story->detail = xcalloc(1, event_size(event));
		memcpy(story->detail, event, event_size(event));
		break;
	case EVENT_DESCRIPTOR:
		snprintf(story->descriptor, sizeof(story->descriptor), "%d %.*s",
			((const struct event_descriptor *)event)->fd,
			(int)((const struct event_descriptor *)event)->size,
			((const struct event_descriptor *)event)->name);
		break;
	case EVENT_NOTE:
		strncat(story->notes, ((const struct event_note *)event)->text,
			sizeof(story->notes) - strlen(story->notes) - 2);
		strcat(story->notes, "\n");
		break;
	default:
		tell_stack(story, event);
		break;
	}
}

static void story_clear(struct story *story)
{
	free(story->detail);
	*story = (struct story){.sink = {take}};
}

/* Reads INPUTS whose texts have SIZES. Returns what the last read() has returned. */
static int play(struct story *story, const char *const texts[], const size_t sizes[],
	const char *const names[], size_t count)
{
	struct trace_input inputs[INPUTS_MAX];
	char error[ENGINE_ERROR_MAX];
	struct trace *trace;
	int result;
	for (size_t i = 0; i < count; i++) {
		int fd = memfd_create("log", MFD_CLOEXEC);
		assert_true(fd >= 0);
		assert_int_equal(write(fd, texts[i], sizes[i]), sizes[i]);
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
		inputs[i] = (struct trace_input){.path = names ? names[i] : "log", .fd = fd};
	}
	assert_int_equal(strace_format.open(inputs, count, &trace, error), 0);
	do
		result = strace_format.read(trace, 100, &story->sink);
	while (result == 1);
	strace_format.close(trace);
	for (size_t i = 0; i < count; i++)
		close(inputs[i].fd);
	return result;
}

/* What TEXT is as events. */
static const char *story_of(struct story *story, const char *text)
{
	const size_t size = strlen(text);
	story_clear(story);
	assert_int_equal(play(story, &text, &size, NULL, 1), 0);
	return story->text;
}

static struct story story;

static void calls_and_tasks(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"7 10:00:00.000000 execve(\"/bin/sh\", [\"sh\"], 0x7ffd /* 1 var */) = 0 <0.000100>\n"
			"7 10:00:00.000200 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 8 <0.000050>\n"
			"8 10:00:00.000260 getpid() = 8 <0.000010>\n"
			"7 10:00:00.000300 wait4(-1,  <unfinished ...>\n"
			"8 10:00:00.000310 exit_group(3) = ?\n"
			"8 10:00:00.000320 +++ exited with 3 +++\n"
			"7 10:00:00.000330 <... wait4 resumed>NULL, 0, NULL) = 8 <0.000029>\n"
			"7 10:00:00.000340 --- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8, si_uid=1, si_status=3} ---\n"
			"7 10:00:00.000350 open(\"/none\", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000005>\n"
			"7 10:00:00.000360 +++ killed by SIGTERM +++\n"),
		"7: ? of 7, parent 0\n"
		"7: sh of 7, parent 0, executed\n"
		"7 execve = 0 100\n"
		"7 clone = 8 50\n"
		"8: sh of 8, parent 7, new\n"
		"8 getpid = 8 10\n"
		"8 exit_group = ?> 0\n"
		"8: gone 3 0\n"
		"7 wait4 = 8 29\n"
		"7: signal 17\n"
		"7 open = -2 5\n"
		"7: gone -1 15\n");
	assert_int_equal(story.signal.code, 1);
	assert_int_equal(story.signal.sender, 8);
	assert_int_equal(story.signal.uid, 1);
	assert_int_equal(story.signal.status, 3);
	assert_string_equal(story.notes, "");
}

static void stacks_are_those_of_the_lines_behind(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"7 10:00:00.000000 getpid() = 7 <0.000010>\n"
			" > /lib/libc.so.6(getpid+0x7) [0x1000]\n"
			"7 10:00:00.000020 getuid() = 0 <0.000010>\n"
			" > /lib/libc.so.6(getuid(int)+0x7) [0x2000]\n"
			" > /bin/a b() [0x30] a.c:12\n"
			" > [vdso](+0x0) [0x1]\n"
			" > unexpected_backtracing_error [0x4]\n"
			"7 10:00:00.000040 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=7, si_uid=0} ---\n"
			" > /lib/libc.so.6(raise+0x7) [0x5000]\n"
			"7 10:00:00.000060 getuid() = 0 <0.000010>\n"
			" > /lib/libc.so.6(getuid(int)+0x7) [0x2000]\n"
			" > /bin/a b() [0x30] a.c:12\n"
			" > [vdso](+0x0) [0x1]\n"
			" > unexpected_backtracing_error [0x4]\n"
			"7 10:00:00.000080 getgid() = 0 <0.000010>\n"
			"7 10:00:00.000090 exit_group(0) = ?\n"
			"8 10:00:00.000100 +++ exited with 0 +++\n"
			" > /bin/x (deleted)(of_another+0x1) [0x9]\n"
			"7 10:00:00.000110 exit(0) = ?\n"
			"7 10:00:00.000120 +++ exited with 0 +++\n"
			" > /bin/(x) (deleted)(ns::end(int, char)+0x1) [0x9]\n"),
		"7: ? of 7, parent 0\n"
		"7 getpid = 7 10\n"
		"module 1 /lib/libc.so.6\n"
		"place 1: 1+0x1000\n"
		"place 1: getpid+0x7 :0\n"
		"stack 1: place 1\n"
		"capture 1: stack 1\n"
		"7 getuid = 0 10\n"
		"place 2: 1+0x2000\n"
		"place 2: getuid(int)+0x7 :0\n"
		"module 2 /bin/a b\n"
		"place 3: 2+0x30\n"
		"module 3 [vdso]\n"
		"place 4: 3+0x1\n"
		"module 4 unexpected_backtracing_error\n"
		"place 5: 4+0x4\n"
		"stack 2: place 2\n"
		"stack 2: place 3\n"
		"stack 2: place 4\n"
		"stack 2: place 5\n"
		"capture 2: stack 2\n"
		"7: signal 10\n"
		"7 getuid = 0 10\n"
		"capture 3: stack 2\n"
		"7 getgid = 0 10\n"
		"7 exit_group = ?> 0\n"
		"8: ? of 8, parent 0\n"
		"8: gone 0 0\n"
		"7 exit = ?> 0\n"
		"7: gone 0 0\n"
		"module 5 /bin/(x)\n"
		"place 6: 5+0x9\n"
		"place 6: ns::end(int, char)+0x1 :0\n"
		"stack 3: place 6\n"
		"capture 6: stack 3\n");
	assert_string_equal(story.notes, "");
}

/* A thread whose first line precedes the return of clone, which says that it is one. */
static void threads_are_of_their_process(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"7 10:00:00.000100 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1} <unfinished ...>\n"
			"9 10:00:00.000110 gettid() = 9 <0.000001>\n"
			"7 10:00:00.000120 <... clone3 resumed> => {parent_tid=[9]}, 88) = 9 <0.000019>\n"),
		"7: ? of 7, parent 0\n"
		"9: ? of 7, parent 0, new\n"
		"9 gettid = 9 1\n"
		"7 clone3 = 9 19\n");
}

static void calls_that_are_made_again_are_one(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"7 10:00:00.000000 read(0, 0x1, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <0.000100>\n"
			"7 10:00:00.000100 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
			"7 10:00:00.000110 getpid() = 7 <0.000001>\n"
			"7 10:00:00.000120 rt_sigreturn({mask=[]}) = 0 <0.000001>\n"
			"7 10:00:00.000200 read(0, \"a\", 1) = 1 <0.000300>\n"
			"7 10:00:00.000600 poll([], 0, 1000) = ? ERESTART_RESTARTBLOCK (Interrupted by signal) <0.000100>\n"
			"7 10:00:00.000700 --- SIGCONT {si_signo=SIGCONT, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
			"7 10:00:00.000710 restart_syscall(<... resuming interrupted poll ...>) = 0 <0.000090>\n"
			"7 10:00:00.000900 pause() = ? ERESTARTNOHAND (To be restarted if no handler) <0.000050>\n"
			"7 10:00:00.000960 --- SIGUSR1 {si_signo=SIGUSR1, si_code=SI_USER, si_pid=1, si_uid=0} ---\n"
			"7 10:00:00.000970 rt_sigreturn({mask=[]}) = -1 EINTR (Interrupted system call) <0.000001>\n"),
		"7: ? of 7, parent 0\n"
		"7: signal 10\n"
		"7 getpid = 7 1\n"
		"7 rt_sigreturn = 0 1\n"
		"7 read = 1 500\n"
		"7: signal 18\n"
		"7 poll = 0 200\n"
		"7: signal 10\n"
		"7 pause = -4 50\n"
		"7 rt_sigreturn = -1 1\n");
}

/* A thread that executes a program goes on as the leader. */
static void an_execve_supersedes(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"7 10:00:00.000000 clone(child_stack=0x1, flags=CLONE_VM|CLONE_THREAD) = 8 <0.000010>\n"
			"7 10:00:00.000020 pause( <unfinished ...>\n"
			"8 10:00:00.000030 execve(\"/bin/true\", [\"true\"], 0x1 /* 1 var */ <unfinished ...>\n"
			"7 10:00:00.000040 <... pause resumed>) = ?\n"
			"7 10:00:00.000050 +++ superseded by execve in pid 8 +++\n"
			"7 10:00:00.000060 <... execve resumed>) = 0 <0.000030>\n"
			"7 10:00:00.000070 exit_group(0) = ?\n"
			"7 10:00:00.000080 +++ exited with 0 +++\n"),
		"7: ? of 7, parent 0\n"
		"7 clone = 8 10\n"
		"8: ? of 7, parent 0, new\n"
		"7 pause = ?> 20\n"
		"8: gone -1 0\n"
		"7: true of 7, parent 0, executed\n"
		"7 execve = 0 30\n"
		"7 exit_group = ?> 0\n"
		"7: gone 0 0\n");
}

/* A program's output, and strace's messages, in the lines of calls. */
static void output_in_between(void **state)
{
	(void)state;
	assert_string_equal(
		story_of(&story,
			"set_tid_address(0x1)                    = 70\n"
			"write(1, \"hello\\n\", 6hello\n"
			")                  = 6\n"
			"write(1, \"a\\nb\\n\", 4a\n"
			"b\n"
			")                    = 4\n"
			"write(1, \"x\", 1x)                        = 1\n"
			"some output = of (the program)\n"
			"clone(child_stack=NULL, flags=SIGCHLDstrace: Process 71 attached\n"
			", child_tidptr=0x1) = 71\n"
			"[pid    71] clone(strace: Process 72 attached\n"
			" <unfinished ...>\n"
			"[pid    71] <... clone resumed>child_stack=0x1, flags=CLONE_THREAD) = 72\n"
			"[pid    71] +++ exited with 0 +++\n"),
		"70: ? of 70, parent 0\n"
		"70 set_tid_address = 70> 0\n"
		"70 write = 6> 0\n"
		"70 write = 4> 0\n"
		"70 write = 1> 0\n"
		"70 clone = 71> 0\n"
		"71: ? of 71, parent 70, new\n"
		"71 clone = 72> 0\n"
		"71: gone 0 0\n");
	assert_non_null(strstr(story.notes, "without -t: only the order"));
	assert_non_null(strstr(story.notes, "record with: strace -f -ttt -T -yy -o FILE"));
}

/* Latencies without -T are those until the next line; those of whole seconds are at least known to
 * a second. */
static void times_without_durations(void **state)
{
	(void)state;
	assert_string_equal(story_of(&story, "7 1700000000.000000 getpid() = 7\n"
					     "7 1700000000.000250 sleep_is_no_call\n"
					     "7 1700000000.000300 read(0,  <unfinished ...>\n"
					     "8 1700000000.000400 getpid() = 8\n"
					     "7 1700000000.000700 <... read resumed>\"\", 1) = 0\n"
					     "7 1700000000.000900 close(3) = 0\n"),
		"7: ? of 7, parent 0\n"
		"7 getpid = 7 300\n"
		"8: ? of 8, parent 0\n"
		"8 getpid = 8 300\n"
		"7 read = 0 400\n"
		"7 close = 0> 0\n");
	assert_non_null(strstr(story.notes, "without -T: latencies are those until the next line"));
	assert_string_equal(story_of(&story, "10:00:00 getpid() = 7\n"
					     "10:00:00 wait4(-1, NULL, 0, NULL) = 0\n"
					     "10:00:03 getpid() = 7\n"),
		"7: ? of 7, parent 0\n"
		"7 getpid = 7> 0\n"
		"7 wait4 = 0> 2000000\n"
		"7 getpid = 7> 0\n");
	assert_string_equal(story_of(&story, "     0.000000 getpid() = 7\n"
					     "     0.000010 getuid() = 0\n"
					     "     0.000020 getgid() = 0\n"),
		"7: ? of 7, parent 0\n"
		"7 getpid = 7 10\n"
		"7 getuid = 0 20\n"
		"7 getgid = 0> 0\n");
	/* After midnight. */
	assert_string_equal(story_of(&story, "7 23:59:59.999999 getpid() = 7\n"
					     "7 00:00:00.000001 getuid() = 0 <0.000001>\n"),
		"7: ? of 7, parent 0\n"
		"7 getpid = 7 2\n"
		"7 getuid = 0 1\n");
}

static void old_versions(void **state)
{
	(void)state;
	/* strace 4.5 on i386. */
	assert_string_equal(
		story_of(&story,
			"execve(\"/bin/ls\", [\"ls\"], [/* 88 vars */]) = 0\n"
			"old_mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x40017000\n"
			"fstat64(3, {st_mode=S_IFREG|0644, st_size=76333, ...}) = 0\n"
			"_llseek(3, 0, [0], SEEK_CUR)            = 0\n"
			"--- SIGCHLD (Child exited) @ 0 (0) ---\n"
			"SYS_318(0, 0, 0, 0, 0, 0)               = -1 ENOSYS (Function not implemented)\n"
			"pread(3, \"\"..., 16, 0)                  = 0\n"
			"exit_group(0)                           = ?\n"
			"Process 5 detached\n"),
		"1: ? of 1, parent 0\n"
		"1: ls of 1, parent 0, executed\n"
		"1 execve = 0> 0\n"
		"1 syscall_960 = 1073836032> 0\n"
		"1 fstat64@32 = 0> 0\n"
		"1 _llseek@32 = 0> 0\n"
		"1: signal 17\n"
		"1 getrandom = -38> 0\n"
		"1 pread64 = 0> 0\n"
		"1 exit_group = ?> 0\n");
	assert_non_null(strstr(story.notes, "old_mmap is syscall_960"));
	/* 32-bit processes. */
	assert_string_equal(story_of(&story, "[ Process PID=9 runs in 32 bit mode. ]\n"
					     "[pid     9] getpid() = 9 <0.000001>\n"
					     "[ Process PID=9 runs in 64 bit mode. ]\n"
					     "[pid     9] getpid() = 9 <0.000001>\n"),
		"9: ? of 9, parent 0\n"
		"9 getpid@32 = 9 1\n"
		"9 getpid = 9 1\n");
}

/* -ff: files of one process each, merged by their times. */
static void files_are_merged(void **state)
{
	static const char *const texts[] = {
		"1700000000.000100 clone(child_stack=NULL, flags=SIGCHLD) = 8 <0.000010>\n"
		"1700000000.000200 wait4(8, NULL, 0, NULL) = 8 <0.000500>\n"
		"1700000000.000800 +++ exited with 0 +++\n",
		"1700000000.000150 getpid() = 8 <0.000001>\n"
		"1700000000.000300 exit_group(1) = ?\n"
		"1700000000.000400 +++ exited with 1 +++\n",
	};
	static const char *const names[] = {"a/log.7", "a/log.8"};
	const size_t sizes[] = {strlen(texts[0]), strlen(texts[1])};
	(void)state;
	story_clear(&story);
	assert_int_equal(play(&story, texts, sizes, names, 2), 0);
	assert_string_equal(story.text, "7: ? of 7, parent 0\n"
					"7 clone = 8 10\n"
					"8: ? of 8, parent 7, new\n"
					"8 getpid = 8 1\n"
					"8 exit_group = ?> 0\n"
					"8: gone 1 0\n"
					"7 wait4 = 8 500\n"
					"7: gone 0 0\n");
	assert_string_equal(story.notes, "");
}

/* Copies SIZE bytes at the address in argument INDEX of the last call. */
static void memory_of(unsigned int index, enum detail_phase phase, void *bytes, size_t size)
{
	assert_int_equal(
		detail_read(story.detail, phase, story.detail->args[index], bytes, size), size);
}

static void arguments_are_read_back(void **state)
{
	char path[16];
	struct sockaddr_in address;
	int32_t pair[2];
	uint32_t length;
	uint64_t words[2];
	size_t size;
	(void)state;
	story_of(&story,
		"openat(AT_FDCWD</home>, \"/a\\n\\\"\\303\\244\", O_WRONLY|O_CREAT|O_CLOEXEC, 0644) = 3</home/b>\n");
	assert_int_equal((int)story.detail->args[0], AT_FDCWD);
	assert_int_equal(story.detail->args[2], O_WRONLY | O_CREAT | O_CLOEXEC);
	assert_int_equal(story.detail->args[3], 0644);
	memory_of(1, DETAIL_ENTRY, path, 7);
	assert_memory_equal(path, "/a\n\"\303\244", 7);
	assert_string_equal(story.descriptor, "3 /home/b");
	assert_int_equal(story.detail->result, 3);
	/* The text comes along. */
	const unsigned char *text = detail_find(
		story.detail, DETAIL_TEXT, DETAIL_TEXT_RESULT, &size);
	assert_int_equal(size, strlen("3</home/b>"));
	assert_memory_equal(text, "3</home/b>", size);

	story_of(&story,
		"connect(4, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"10.1.2.3\")}, 16) = 0\n");
	memory_of(1, DETAIL_ENTRY, &address, sizeof(address));
	assert_int_equal(address.sin_family, AF_INET);
	assert_int_equal(ntohs(address.sin_port), 80);
	assert_int_equal(ntohl(address.sin_addr.s_addr), 0x0a010203);
	assert_int_equal(story.detail->args[2], 16);

	story_of(&story,
		"accept(4, {sa_family=AF_INET, sin_port=htons(99), sin_addr=inet_addr(\"10.1.2.3\")}, [128 => 16]) = 5\n");
	memory_of(1, DETAIL_EXIT, &address, sizeof(address));
	assert_int_equal(ntohs(address.sin_port), 99);
	memory_of(2, DETAIL_ENTRY, &length, sizeof(length));
	assert_int_equal(length, 128);
	memory_of(2, DETAIL_EXIT, &length, sizeof(length));
	assert_int_equal(length, 16);

	story_of(&story, "pipe2([3<pipe:[1]>, 4<pipe:[1]>], O_CLOEXEC) = 0\n");
	memory_of(0, DETAIL_EXIT, pair, sizeof(pair));
	assert_int_equal(pair[0], 3);
	assert_int_equal(pair[1], 4);
	assert_int_equal(story.detail->args[1], O_CLOEXEC);

	story_of(&story, "clock_settime(CLOCK_REALTIME, {tv_sec=3, tv_nsec=7}) = 0\n");
	memory_of(1, DETAIL_ENTRY, words, sizeof(words));
	assert_int_equal(words[0], 3);
	assert_int_equal(words[1], 7);
	assert_int_equal(story.detail->args[0], 0);

	story_of(&story, "fcntl(3, F_SETFD, FD_CLOEXEC) = 0\n");
	assert_int_equal(story.detail->args[1], F_SETFD);
	assert_int_equal(story.detail->args[2], FD_CLOEXEC);

	story_of(&story,
		"clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x10) = 3\n");
	assert_int_equal(story.detail->args[0], 0x200000 | 17);
	assert_int_equal(story.detail->args[3], 0x10);

	story_of(&story,
		"mmap(NULL, 8192*2, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000\n");
	assert_int_equal(story.detail->args[1], 16384);
	assert_int_equal(story.detail->args[3], 0x22);
	assert_int_equal((int)story.detail->args[4], -1);
	assert_int_equal(story.detail->result, 0x7f0000000000);

	story_of(&story, "ioctl(1, SNDCTL_TMR_TIMEBASE or TCGETS, {B38400 opost ...}) = 0\n");
	assert_int_equal(story.detail->args[1], 0x5401);
	/* What is deleted, escaped, or a device. */
	story_of(&story, "write(3</tmp/a\\74b>(deleted), \"x\", 1) = 1\n");
	assert_string_equal(story.descriptor, "3 /tmp/a<b (deleted)");
	story_of(&story, "write(3</dev/pts/0<char 136:0>>, \"x\", 1) = 1\n");
	assert_string_equal(story.descriptor, "3 /dev/pts/0");
}

static void others_are_not_recognised(void **state)
{
	static const struct {
		const char *head;
		bool is_strace;
	} cases[] = {
		{"execve(\"/bin/true\", [\"true\"], 0x7ffd /* 41 vars */) = 0\n", true},
		{"strace: Process 7 attached\nrestart_syscall(<... resuming interrupted poll ...>",
			true},
		{"hello\nworld\n7 close(3) = 0\n7 close(3) = 0\n", true},
		{"int main(void)\n{\n\tint a = f(b);\n\treturn g(a) = 3;\n}\n", false},
		{"", false},
		{"hello\nworld\n", false},
		{"\x7f"
		 "ELF\x02\x01\x01",
			false},
		{"{\"a\": 1}\n", false},
	};
	const struct trace_input input = {.path = "log"};
	(void)state;
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const unsigned char *head = (const unsigned char *)cases[i].head;
		if (strace_format.recognise(&input, head, strlen(cases[i].head)) !=
			cases[i].is_strace)
			fail_msg("%s", cases[i].head);
	}
}

static const char sample[] =
	"7 10:00:00.000000 execve(\"/bin/sh\", [\"sh\", \"-c\", \"a\\nb\"...], 0x7ffd /* 1 var */) = 0 <0.000100>\n"
	"[pid 8<x>] 10:00:00.000100 (+ 0.1) [ 257] [00007faad1247ad7] openat(AT_FDCWD</a>, \"b\", O_RDONLY|O_CLOEXEC) = 3</a/b>(deleted) <0.1>\n"
	"9 1700000000.1 <... poll resumed>[{fd=3, revents=POLLIN}]) = 1 ([{fd=3, revents=POLLIN}])\n"
	"9 sendmsg(3, {msg_name={sa_family=AF_UNIX, sun_path=@\"x\"}, msg_namelen=4, msg_iov=[{iov_base=\"abc\", iov_len=3}], msg_iovlen=1, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]}], msg_controllen=24, msg_flags=0}, 0) = 3\n"
	"9 rt_sigaction(SIGINT, {sa_handler=0x1, sa_mask=[INT], sa_flags=SA_RESTORER}, ~[KILL], 8) = 0\n"
	"9 --- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=NULL} ---\n"
	"9 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1}strace: Process 10 attached\n"
	" => {parent_tid=[10]}, 88) = 10\n"
	"10 select(5, [3<a> 4], [], NULL, {tv_sec=1, tv_usec=2}) = 0 (Timeout)\n"
	"10 epoll_ctl(3, EPOLL_CTL_ADD, 4, {events=EPOLLIN, data={u32=1, u64=1}}) = -1 EBADF (Bad)\n"
	"10 ioctl(3, TCGETS, {B38400 opost}) = 0 ; \033[1mcolour\033[0m\n"
	"10 restart_syscall(<... resuming interrupted nanosleep ...> <unfinished ...>\n"
	"7 +++ superseded by execve in pid 9 +++\n"
	" > /lib/libc.so(f+0x1) [0x1]\n"
	"7 getuid() = 0\n"
	" > /lib/libc.so(f(char (*)[3])+0x1) [0x1] a.c:7\n"
	"7 +++ killed by SIGKILL (core dumped) +++\n";

/* Whatever bytes are changed, lost, or come twice: it ends, and events are in order. */
static void mutated_logs_end(void **state)
{
	const char *rounds_text = getenv("STOP_ROUNDS");
	uint64_t rounds = 400 * (rounds_text ? strtoull(rounds_text, NULL, 10) : 1);
	uint64_t seed = 4711;
	(void)state;
	for (uint64_t round = 0; round < rounds; round++) {
		char text[2 * sizeof(sample)];
		size_t size = sizeof(sample) - 1;
		memcpy(text, sample, size);
		for (uint64_t change = random_below(&seed, 12); change > 0; change--) {
			static const char marks[] = "()[]{}<>\"\\,=|/*\n\0 0123456789-+?@.";
			size_t at = random_below(&seed, size);
			size_t other = random_below(&seed, size);
			size_t length = random_below(&seed, 40);
			if (at + length > size || other + length > size)
				length = 0;
			switch (random_below(&seed, 4)) {
			case 0:
				text[at] = (char)random_next(&seed);
				break;
			case 1:
				text[at] = marks[random_below(&seed, sizeof(marks))];
				break;
			case 2:
				memmove(text + at, text + other, length);
				break;
			default:
				memmove(text + at, text + at + length, size - at - length);
				size -= length;
				break;
			}
		}
		const char *const texts[] = {text, sample};
		const size_t sizes[] = {size, sizeof(sample) - 1};
		story_clear(&story);
		assert_int_equal(play(&story, texts, sizes, NULL, 1 + round % 2), 0);
	}
}

/* A line without an end, NULs, and more threads than there can be. */
static void hostile_logs_are_bounded(void **state)
{
	const size_t size = (size_t)8 << 20;
	char *text = xcalloc(1, size + 1);
	const char *const texts[] = {text};
	size_t sizes[] = {size};
	(void)state;
	story_clear(&story);
	assert_int_equal(play(&story, texts, sizes, NULL, 1), 0);
	assert_int_equal(story.calls, 0);
	memset(text, 'x', size);
	memcpy(text, "write(1, \"", 10);
	memcpy(text + size - 20, &"\", 3) = 3\nclose(1) = 0\n"[3], 20);
	story_clear(&story);
	assert_int_equal(play(&story, texts, sizes, NULL, 1), 0);
	assert_non_null(strstr(story.notes, "longer than 1 MiB"));
	assert_non_null(strstr(story.text, "close = 0"));
	size_t used = 0;
	for (unsigned int pid = 1; used + 100 < size; pid++)
		used += (size_t)sprintf(text + used, "%u read(0,  <unfinished ...>\n", pid);
	sizes[0] = used;
	story_clear(&story);
	assert_int_equal(play(&story, texts, sizes, NULL, 1), 0);
	assert_non_null(strstr(story.notes, "threads were forgotten"));
	free(text);
}

static int clear(void **state)
{
	(void)state;
	story_clear(&story);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_and_tasks),
		cmocka_unit_test(stacks_are_those_of_the_lines_behind),
		cmocka_unit_test(threads_are_of_their_process),
		cmocka_unit_test(calls_that_are_made_again_are_one),
		cmocka_unit_test(an_execve_supersedes),
		cmocka_unit_test(output_in_between),
		cmocka_unit_test(times_without_durations),
		cmocka_unit_test(old_versions),
		cmocka_unit_test(files_are_merged),
		cmocka_unit_test(arguments_are_read_back),
		cmocka_unit_test(others_are_not_recognised),
		cmocka_unit_test(mutated_logs_end),
		cmocka_unit_test(hostile_logs_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, clear);
}
