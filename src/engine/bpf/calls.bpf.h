/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries and exits of calls; part of count.bpf.c. */
#ifndef STOP_ENGINE_BPF_CALLS_BPF_H
#define STOP_ENGINE_BPF_CALLS_BPF_H

#include "details.bpf.h"

static __always_inline bool can_fail(uint32_t nr, uint32_t abi)
{
	if (ends_handler(nr, abi))
		return false;
	if (abi != I386 || nr >= BPF_NUMBERS)
		return true;
	uint64_t word = nr / 64;
	BOUND(word, BPF_NUMBERS / 64 - 1);
	return !(never_fails_i386[word] >> (nr % 64) & 1);
}

/* The errno in RESULT of a call, or 0; also those by which the kernel restarts it. */
static __always_inline uint32_t error_of(int64_t result, uint32_t nr, uint32_t abi)
{
	/* An int in 32-bit calls. */
	if (abi == I386)
		result = (int32_t)result;
	bool is_error = result < 0 && result >= -ERRNO_MAX;
	return is_error && can_fail(nr, abi) ? (uint32_t)-result : 0;
}

/* The bytes of a call with RULE that was made with the arguments in REGS and returned RESULT. */
static __noinline uint64_t bytes_by_rule(
	uint64_t rule, uint32_t abi, struct pt_regs *regs, uint64_t result)
{
	if (!regs)
		return 0;
	uint64_t args[6];
	read_args(args, regs, abi);
	BOUND(rule, BPF_TRANSFER_RULES - 1);
	uint64_t selector = transfer_rules[rule].selector & 7,
		 argument = transfer_rules[rule].argument & 7;
	uint64_t selected = 0, number = 0;
	for (uint32_t i = 0; i < 6; i++) {
		if (i == selector)
			selected = args[i] < 63 ? args[i] : 63;
		if (i == argument)
			number = args[i];
	}
	if (transfer_rules[rule].by_result >> selected & 1)
		return result;
	return transfer_rules[rule].by_argument >> selected & 1 ? number : 0;
}

/* The bytes that a call that has not failed has transferred; as transfer_bytes() of abi. */
static __always_inline uint64_t bytes_of(
	uint32_t nr, uint32_t abi, struct pt_regs *regs, int64_t result)
{
	uint64_t at = nr, table = abi;
	if (at >= BPF_TRANSFER_NUMBERS || table >= BPF_ABIS)
		return 0;
	BOUND(at, BPF_TRANSFER_NUMBERS - 1);
	BOUND(table, 3);
	if (table >= BPF_ABIS)
		return 0;
	uint64_t rule = transfer_of[table][at];
	if (!rule)
		return 0;
	uint64_t bytes = abi == I386 ? (uint32_t)result : (uint64_t)result;
	if (transfer_rules[rule & (BPF_TRANSFER_RULES - 1)].by_result == ~0ULL)
		return bytes;
	return bytes_by_rule(rule, abi, regs, bytes);
}

static __always_inline bool is_restart_code(uint32_t err)
{
	return err == RESTART_SYS || err == RESTART_NOINTR || err == RESTART_NOHAND ||
	       err == RESTART_BLOCK;
}

/* Whether the call with NR and ABI, entered at REGS, is the kernel's restart of CALL. */
static bool is_restart(
	const struct bpf_call *call, const struct pt_regs *regs, uint32_t nr, uint32_t abi)
{
	if (regs->ip != call->ip || regs->sp != call->sp || abi != call->abi)
		return false;
	return nr == call->nr || nr == (abi == I386 ? NR_RESTART_I386 : NR_RESTART);
}

/* Word by word: clang copies a struct through the stack, which is too small for that. */
__noinline int copy_call(struct bpf_call *to, const struct bpf_call *from)
{
	if (!to || !from)
		return 0;
	for (uint32_t i = 0; i < sizeof(*to) / sizeof(uint64_t); i++)
		((volatile uint64_t *)to)[i] = ((const volatile uint64_t *)from)[i];
	return 0;
}

/* The interrupted call has failed, because a handler ran; or it waits for the handler's end. */
static void settle(struct bpf_task *task)
{
	struct bpf_call *call = &task->current;
	bool survives = call->restart == RESTART_SYS || call->restart == RESTART_NOINTR;
	if (!survives) {
		end_call(task, call, call->interrupted_ns, EINTR);
		return;
	}
	if (task->suspended_count >= BPF_SUSPENDED) {
		struct bpf_call *first = &task->suspended[0];
		end_call(task, first, first->interrupted_ns, EINTR);
		for (int i = 0; i < BPF_SUSPENDED - 1; i++)
			copy_call(&task->suspended[i], &task->suspended[i + 1]);
		task->suspended_count = BPF_SUSPENDED - 1;
	}
	uint64_t at = task->suspended_count;
	BOUND(at, BPF_SUSPENDED - 1);
	copy_call(&task->suspended[at], call);
	task->suspended_count++;
}

/* An entry after an interruption. Returns whether the interrupted call continues. */
static __noinline int enter_interrupted(struct bpf_task *task, struct pt_regs *regs, uint64_t kind)
{
	if (!task || !regs)
		return 0;
	task->flags &= ~BPF_TASK_INTERRUPTED;
	if (is_restart(&task->current, regs, (uint32_t)kind, abi_of_kind(kind)))
		return 1;
	settle(task);
	return 0;
}

SEC("tp_btf/sys_enter")
int sys_enter(unsigned long long *context)
{
	struct pt_regs *regs = (void *)context[0];
	uint32_t slot = current_slot(regs);
	if (!slot)
		return 0;
	struct bpf_task *task = task_at(slot);
	if (!task)
		return 0;
	struct task_struct *kernel_task = bpf_get_current_task_btf();
	struct bpf_call *call = &task->current;
	uint32_t nr, abi = abi_of(kernel_task, (int64_t)context[1], &nr);
	if (task->flags & (BPF_TASK_INTERRUPTED | BPF_TASK_FRESH)) {
		task->flags &= ~BPF_TASK_FRESH;
		if (task->flags & BPF_TASK_INTERRUPTED &&
			enter_interrupted(task, regs, kind_of(nr, abi, 0)))
			return 0;
	}
	*(volatile uint64_t *)&call->enter_ns = 0;
	barrier();
	read_args(call->args, regs, abi);
	call->nr = nr;
	call->abi = abi;
	call->ip = regs->ip;
	call->sp = regs->sp;
	call->partial = 0;
	call->capture = capture(task, regs, nr, abi);
	if (are_details_wanted())
		call->detail = enter_detail(task);
	usage_now(task, kernel_task, &call->before);
	uint64_t now_ns = bpf_ktime_get_ns();
	barrier();
	*(volatile uint64_t *)&call->enter_ns = now_ns;
	return 0;
}

/* Makes a call of KIND, which returns to REGS and whose entry was not seen, the current one. */
static __always_inline void find_entry(
	struct bpf_task *task, const struct pt_regs *regs, uint64_t kind, uint64_t from_ns)
{
	struct bpf_call *call = &task->current;
	call->nr = (uint32_t)kind;
	call->abi = abi_of_kind(kind);
	call->capture = capture_of_kind(kind);
	call->detail = 0;
	call->partial = 1;
	read_args(call->args, regs, call->abi);
	*(volatile uint64_t *)&call->enter_ns = from_ns;
}

/*
 * An exit without an entry: of a call that was in progress at the attach, or that a seccomp filter
 * has refused; or the birth of a task. Returns whether it is the current call of TASK now, so that
 * its details can be sent.
 */
static __noinline int exit_without_entry(
	struct bpf_task *task, struct pt_regs *regs, int64_t result, uint64_t now_ns)
{
	if (!task || !regs)
		return 0;
	uint32_t flags = task->flags, nr,
		 abi = abi_of(bpf_get_current_task_btf(), (int64_t)regs->orig_ax, &nr);
	task->flags &= ~(BPF_TASK_FRESH | BPF_TASK_INTERRUPTED);
	task->current.enter_ns = 0;
	bool is_fresh = flags & BPF_TASK_FRESH;
	if (is_fresh && !(flags & BPF_TASK_FOUND))
		return 0;
	uint64_t from_ns = is_fresh ? task->born_ns : now_ns;
	struct ending ending = {.now_ns = now_ns, .err = error_of(result, nr, abi)};
	if (!ending.err)
		ending.bytes = bytes_of(nr, abi, regs, result);
	uint32_t capture = capture_late(task, nr, abi);
	count_partial(task, kind_of(nr, abi, capture), from_ns, &ending);
	if (!are_details_wanted())
		return 0;
	find_entry(task, regs, kind_of(nr, abi, capture), from_ns);
	return 1;
}

/* TASK's CALL is interrupted: it may continue. */
static void interrupt(struct bpf_task *task, struct pt_regs *regs, uint32_t code, uint64_t now_ns)
{
	task->current.restart = code;
	task->current.interrupted_ns = now_ns;
	usage_now(task, bpf_get_current_task_btf(), &task->current.after);
	task->current.ip = regs->ip;
	task->current.sp = regs->sp;
	task->flags |= BPF_TASK_INTERRUPTED;
}

/*
 * A handler returns to REGS: to the instruction of the call suspended last, which is made again;
 * after it, if the call has failed; or elsewhere, into another handler.
 */
static __noinline int end_handler(struct bpf_task *task, struct pt_regs *regs)
{
	if (!task || !regs)
		return 0;
	uint64_t last = task->suspended_count - 1;
	BOUND(last, BPF_SUSPENDED - 1);
	struct bpf_call *call = &task->suspended[last];
	if (regs->sp != call->sp)
		return 0;
	if (regs->ip == call->ip) {
		end_call(task, call, call->interrupted_ns, EINTR);
		task->suspended_count--;
	} else if (regs->ip + SYSCALL_SIZE == call->ip) {
		copy_call(&task->current, call);
		task->flags |= BPF_TASK_INTERRUPTED;
		task->suspended_count--;
	}
	return 0;
}

/* CALL, which has succeeded, is a prctl(PR_SET_PDEATHSIG) if its number is that. */
static __always_inline void note_death_signal(
	struct bpf_task *task, const struct bpf_call *call, uint32_t nr, uint32_t abi)
{
	if (nr == (abi == I386 ? NR_PRCTL_I386 : NR_PRCTL) && call->args[0] == PR_SET_PDEATHSIG)
		*(volatile uint32_t *)&task->death_signal = (uint32_t)call->args[1];
}

SEC("tp_btf/sys_exit")
int sys_exit(unsigned long long *context)
{
	struct pt_regs *regs = (void *)context[0];
	uint32_t slot = current_slot(regs);
	if (!slot)
		return 0;
	struct bpf_task *task = task_at(slot);
	if (!task)
		return 0;
	uint64_t now_ns = bpf_ktime_get_ns();
	int64_t result = (int64_t)context[1];
	struct bpf_call *call = &task->current;
	if (!call->enter_ns || task->flags & BPF_TASK_INTERRUPTED) {
		/* Here, as the programs' stack is small. */
		if (task->flags & BPF_TASK_INTERRUPTED)
			end_call(task, call, call->interrupted_ns, EINTR);
		if (exit_without_entry(task, regs, result, now_ns)) {
			exit_detail(task, now_ns, result,
				HOW(error_of(result, call->nr, call->abi), 0));
			*(volatile uint64_t *)&call->enter_ns = 0;
		}
		return 0;
	}
	uint32_t nr = call->nr, abi = call->abi, err = error_of(result, nr, abi);
	if (task->flags & BPF_TASK_FRESH)
		task->flags &= ~BPF_TASK_FRESH;
	if (is_restart_code(err)) {
		interrupt(task, regs, err, now_ns);
		return 0;
	}
	struct ending ending = {
		.now_ns = now_ns, .before_ns = call->before_ns, .result = result, .err = err};
	usage_now(task, bpf_get_current_task_btf(), &call->after);
	if (!err)
		ending.bytes = bytes_of(nr, abi, regs, result);
	if (are_details_wanted())
		ending.gate = rejecting_gates(task, call, &ending);
	if (call->partial)
		count_partial(task, kind_of(nr, abi, capture_late(task, nr, abi)), call->enter_ns,
			&ending);
	else
		count_whole(task, call, &ending);
	if (ending.gate)
		drop_detail(task, call);
	else if (are_details_wanted())
		exit_detail(task, now_ns, result, HOW(err, 0));
	*(volatile uint64_t *)&call->enter_ns = 0;
	if (!err)
		note_death_signal(task, call, nr, abi);
	if (stacks.is_on && !err && can_map_code(nr, abi))
		note_mapping(task, (uint64_t)result);
	if (task->suspended_count && ends_handler(nr, abi))
		end_handler(task, regs);
	return 0;
}

#endif
