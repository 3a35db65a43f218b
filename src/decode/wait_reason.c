/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wait reasons; see decode/wait_reason.h.
 *
 *     call ──▶ rule: what its arguments say       "5: /mnt/a file"
 *     thread ──▶ the kernel's function it is in   "5: /mnt/a file, by the server of its file
 * system" in state D ──▶ its kernel stack             "…, in percpu_rwsem_wait < mnt_want_write"
 */
#include "config.h"

#include "decode/wait_reason.h"

#include <stdlib.h>
#include <string.h>

#include "abi/restart.h"
#include "base/alloc.h"
#include "decode/wait_rules.h"
#include "proc/wait.h"

/* How much of a kernel stack is shown, and how many of its functions. */
#define STACK_SIZE      1024
#define FUNCTIONS_SHOWN 3

static const struct {
	const char *call;
	wait_rule *rule;
} rules[] = {
	{"_newselect", wait_select},
	{"accept", wait_fd},
	{"accept4", wait_fd},
	{"access", wait_path},
	{"chdir", wait_path},
	{"chmod", wait_path},
	{"chown", wait_path},
	{"clock_nanosleep", wait_clock},
	{"clock_nanosleep_time64", wait_clock_time64},
	{"clone", wait_clone},
	{"clone3", wait_clone3},
	{"connect", wait_connect},
	{"copy_file_range", wait_splice},
	{"creat", wait_creat},
	{"epoll_ctl", wait_fd},
	{"epoll_pwait", wait_epoll},
	{"epoll_pwait2", wait_epoll2},
	{"epoll_wait", wait_epoll},
	{"execve", wait_path},
	{"execveat", wait_path_at},
	{"faccessat", wait_path_at},
	{"faccessat2", wait_path_at},
	{"fallocate", wait_fd},
	{"fchdir", wait_fd},
	{"fchmod", wait_fd},
	{"fchmodat", wait_path_at},
	{"fchmodat2", wait_path_at},
	{"fchown", wait_fd},
	{"fchownat", wait_path_at},
	{"fcntl", wait_fcntl},
	{"fcntl64", wait_fcntl},
	{"fdatasync", wait_fd},
	{"fgetxattr", wait_fd},
	{"flock", wait_flock},
	{"fremovexattr", wait_fd},
	{"fsetxattr", wait_fd},
	{"fstat", wait_fd},
	{"fstat64", wait_fd},
	{"fstatfs", wait_fd},
	{"fstatfs64", wait_fd},
	{"fsync", wait_fd},
	{"ftruncate", wait_fd},
	{"ftruncate64", wait_fd},
	{"futex", wait_futex},
	{"futex_time64", wait_futex_time64},
	{"futex_wait", wait_futex2},
	{"futex_waitv", wait_futexes},
	{"getdents", wait_fd},
	{"getdents64", wait_fd},
	{"getxattr", wait_path},
	{"io_getevents", wait_aio},
	{"io_pgetevents", wait_aio},
	{"io_uring_enter", wait_uring},
	{"ioctl", wait_fd},
	{"link", wait_path},
	{"linkat", wait_path_at},
	{"listxattr", wait_path},
	{"lstat", wait_path},
	{"lstat64", wait_path},
	{"mkdir", wait_path},
	{"mkdirat", wait_path_at},
	{"mknod", wait_path},
	{"mknodat", wait_path_at},
	{"mount", wait_path},
	{"mq_timedreceive", wait_fd},
	{"mq_timedreceive_time64", wait_fd},
	{"mq_timedsend", wait_fd},
	{"mq_timedsend_time64", wait_fd},
	{"msgrcv", wait_message},
	{"msgsnd", wait_message_room},
	{"nanosleep", wait_sleep},
	{"newfstatat", wait_path_at},
	{"open", wait_open},
	{"openat", wait_openat},
	{"openat2", wait_openat2},
	{"pause", wait_signal},
	{"poll", wait_poll},
	{"ppoll", wait_ppoll},
	{"ppoll_time64", wait_ppoll_time64},
	{"pread64", wait_fd},
	{"preadv", wait_fd},
	{"preadv2", wait_fd},
	{"process_vm_readv", wait_memory_of},
	{"process_vm_writev", wait_memory_of},
	{"pselect6", wait_pselect},
	{"pselect6_time64", wait_pselect_time64},
	{"pwrite64", wait_fd},
	{"pwritev", wait_fd},
	{"pwritev2", wait_fd},
	{"read", wait_fd},
	{"readahead", wait_fd},
	{"readlink", wait_path},
	{"readlinkat", wait_path_at},
	{"readv", wait_fd},
	{"recvfrom", wait_fd},
	{"recvmmsg", wait_fd},
	{"recvmmsg_time64", wait_fd},
	{"recvmsg", wait_fd},
	{"rename", wait_path},
	{"renameat", wait_path_at},
	{"renameat2", wait_path_at},
	{"rmdir", wait_path},
	{"rt_sigsuspend", wait_suspend},
	{"rt_sigtimedwait", wait_signals},
	{"rt_sigtimedwait_time64", wait_signals_time64},
	{"select", wait_select},
	{"semop", wait_semaphore},
	{"semtimedop", wait_semaphore_until},
	{"semtimedop_time64", wait_semaphore_until_time64},
	{"sendfile", wait_sendfile},
	{"sendfile64", wait_sendfile},
	{"sendmmsg", wait_fd},
	{"sendmsg", wait_fd},
	{"sendto", wait_fd},
	{"setxattr", wait_path},
	{"sigsuspend", wait_suspend_old},
	{"splice", wait_splice},
	{"stat", wait_path},
	{"stat64", wait_path},
	{"statfs", wait_path},
	{"statx", wait_path_at},
	{"swapoff", wait_path},
	{"symlink", wait_path},
	{"sync", wait_sync},
	{"sync_file_range", wait_fd},
	{"syncfs", wait_fd},
	{"tee", wait_tee},
	{"truncate", wait_path},
	{"truncate64", wait_path},
	{"umount", wait_path},
	{"umount2", wait_path},
	{"unlink", wait_path},
	{"unlinkat", wait_path_at},
	{"utime", wait_path},
	{"utimensat", wait_path_at},
	{"utimes", wait_path},
	{"vfork", wait_vfork},
	{"vmsplice", wait_fd},
	{"wait4", wait_child},
	{"waitid", wait_id},
	{"waitpid", wait_child},
	{"write", wait_fd},
	{"writev", wait_fd},
};

/* Functions of the kernel that say more than the call does. */
static const struct {
	const char *name, *reason;
} functions[] = {
	{"request_wait_answer", "the server of its file system (FUSE)"}, /* fs/fuse/dev.c */
	{"fanotify_get_response", "the permission of a fanotify listener"},
	{"fanotify_handle_event", "the permission of a fanotify listener"},
	{"autofs_wait", "the automounter"},
	{"rpc_wait_bit_killable", "the server of its file system (NFS)"},
	{"seccomp_do_user_notification", "the supervisor of its seccomp filter"},
	{"__seccomp_filter", "the supervisor of its seccomp filter"},
	{"handle_userfault", "a page from a userfaultfd"},
	{"__break_lease", "the holder of a lease on the file"},
	{"de_thread", "the end of its other threads"},
	{"balance_dirty_pages", "memory to be written to disks"},
	{"jbd2_log_wait_commit", "the journal of its file system"},
};

struct wait_memory *wait_memory_new(void)
{
	struct wait_memory *memory = xcalloc(1, sizeof(*memory));
	memory->sockets = proc_sockets_new();
	memory->pipes = proc_pipes_new();
	return memory;
}

void wait_memory_free(struct wait_memory *memory)
{
	if (!memory)
		return;
	proc_sockets_free(memory->sockets);
	proc_pipes_free(memory->pipes);
	free(memory);
}

/* Stores the call that MULTIPLEXED, a call of QUERY, makes, in *PLACE. Returns its name; NULL:
 * unknown.
 */
static const char *read_multiplexed(const struct wait_query *query,
	const struct multiplexed *multiplexed, struct wait_place *place)
{
	const uint64_t *args = query->place->args;
	uint32_t words[CALL_MAX_ARGS] = {0};
	bool in_memory = multiplexed->in_memory;
	if (in_memory && !wait_read(query, args[1], words, multiplexed->in_memory * sizeof(*words)))
		return NULL;
	*place = *query->place;
	for (unsigned int i = 0; i < CALL_MAX_ARGS; i++)
		place->args[i] = in_memory ? words[i] : args[multiplexed->order[i]];
	return multiplexed->name;
}

/* Appends what the arguments of the call NAME say. */
static bool add_named_call(struct wait_query *query, const char *name)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		if (strcmp(rules[i].call, name) != 0)
			continue;
		if (rules[i].rule(query))
			return true;
		/* A rule may have failed on its way. */
		*query->wait = (struct wait){0};
	}
	return false;
}

/* Appends what the arguments of the call say; on i386 of the one that it makes. */
static bool add_call(struct wait_query *query)
{
	const struct wait_place *place = query->place;
	const struct syscall_desc *desc = syscall_lookup(place->call);
	const struct multiplexed *multiplexed = call_multiplexed(place->call, place->args);
	struct wait_place made;
	const char *name = multiplexed ? read_multiplexed(query, multiplexed, &made)
	                   : desc      ? desc->name
	                               : NULL;
	if (!name)
		return false;
	if (multiplexed)
		query->place = &made;
	bool is_known = add_named_call(query, name);
	query->place = place;
	return is_known;
}

/* Appends a reason for which calls of any kind can wait, if the thread is in that. */
static bool add_function(struct wait_query *query)
{
	char name[PROC_WCHAN_MAX];
	if (!proc_wchan(query->place->pid, query->place->tid, name))
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
		if (!proc_wchan_is(name, functions[i].name))
			continue;
		wait_add(query, "%s%s", query->wait->text[0] ? ": " : "", functions[i].reason);
		return true;
	}
	return false;
}

/* The line of STACK after LINE; at the end, an empty one. */
static const char *next_line(const char *line)
{
	size_t length = strcspn(line, "\n");
	return line + length + (line[length] == '\n');
}

/* Appends the innermost functions of STACK, one per line. */
static void add_functions(struct wait_query *query, const char *stack)
{
	const char *line = stack;
	wait_add(query, "%s", query->wait->text[0] ? ", in " : "in ");
	for (int i = 0; i < FUNCTIONS_SHOWN && *line; i++, line = next_line(line))
		wait_add(query, "%s%.*s", i ? " < " : "", (int)strcspn(line, "\n"), line);
	/* It goes on meanwhile, if slowly. */
	query->wait->lasts = false;
}

static bool add_stack(struct wait_query *query)
{
	char stack[STACK_SIZE];
	if (proc_kernel_stack(query->place->pid, query->place->tid, stack, sizeof(stack)) < 0)
		return false;
	add_functions(query, stack);
	return true;
}

/* Marks a text that did not fit. */
static void mark_end(struct wait *wait)
{
	static const char mark[] = "…";
	if (strlen(wait->text) == sizeof(wait->text) - 1)
		memcpy(wait->text + sizeof(wait->text) - sizeof(mark), mark, sizeof(mark));
}

bool wait_describe(struct wait_memory *memory, const struct wait_place *place, struct wait *wait)
{
	struct wait_query query = {.memory = memory, .place = place, .wait = wait};
	*wait = (struct wait){0};
	bool is_known = add_call(&query);
	is_known |= add_function(&query);
	if (place->state == 'D')
		is_known |= add_stack(&query);
	mark_end(wait);
	return is_known;
}

/* Functions in which a worker has nothing to do: it waits for requests. */
static const char *const idle[] = {"io_wq_worker", "io_sq_thread", "vhost_task_fn", "vhost_worker"};

/* What io_uring's functions for operations begin with, and those that are none of these. */
static const char operation[] = "io_";
static const char *const no_operations[] = {
	"io_wq", "io_worker", "io_issue", "io_sq", "io_schedule"};

static bool begins_with(const char *line, const char *word)
{
	return strncmp(line, word, strlen(word)) == 0;
}

/* The line of STACK with the operation that it is about, or NULL. */
static const char *find_operation(const char *stack)
{
	for (const char *line = stack; *line; line = next_line(line)) {
		bool is_operation = begins_with(line, operation);
		for (size_t i = 0; i < sizeof(no_operations) / sizeof(*no_operations); i++)
			is_operation &= !begins_with(line, no_operations[i]);
		if (is_operation)
			return line;
	}
	return NULL;
}

bool wait_describe_worker(const struct wait_place *place, struct wait *wait)
{
	struct wait_query query = {.place = place, .wait = wait};
	char stack[STACK_SIZE];
	*wait = (struct wait){0};
	if (proc_kernel_stack(place->pid, place->tid, stack, sizeof(stack)) < 0)
		return false;
	for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++) {
		if (begins_with(stack, idle[i]))
			wait_add(&query, "requests");
	}
	if (wait->text[0])
		return true;
	const char *name = find_operation(stack);
	if (name)
		wait_add(&query, "%.*s", (int)strcspn(name, "\n"), name);
	add_functions(&query, stack);
	mark_end(wait);
	return true;
}
