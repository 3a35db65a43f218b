/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals as text; see decode/signal_text.h. */
#include "config.h"

#include "decode/signal_text.h"

#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "abi/names.h"
#include "abi/syscall.h"
#include "event/event.h"

/* The kernel's first real-time signal: the C library keeps some of them for itself. */
#define FIRST_REAL_TIME 32

#define ANY_SIGNAL      0

/* sigaction(2), and asm-generic/siginfo.h of the kernel. */
static const struct {
	int signal, code;
	const char *name;
} codes[] = {
	{ANY_SIGNAL, SI_USER, "SI_USER"},
	{ANY_SIGNAL, SI_KERNEL, "SI_KERNEL"},
	{ANY_SIGNAL, SI_QUEUE, "SI_QUEUE"},
	{ANY_SIGNAL, SI_TIMER, "SI_TIMER"},
	{ANY_SIGNAL, SI_MESGQ, "SI_MESGQ"},
	{ANY_SIGNAL, SI_ASYNCIO, "SI_ASYNCIO"},
	{ANY_SIGNAL, SI_SIGIO, "SI_SIGIO"},
	{ANY_SIGNAL, SI_TKILL, "SI_TKILL"},
	{ANY_SIGNAL, -7 /* SI_DETHREAD */, "SI_DETHREAD"},
	{ANY_SIGNAL, SI_ASYNCNL, "SI_ASYNCNL"},
	{SIGILL, 1, "ILL_ILLOPC"},
	{SIGILL, 2, "ILL_ILLOPN"},
	{SIGILL, 3, "ILL_ILLADR"},
	{SIGILL, 4, "ILL_ILLTRP"},
	{SIGILL, 5, "ILL_PRVOPC"},
	{SIGILL, 6, "ILL_PRVREG"},
	{SIGILL, 7, "ILL_COPROC"},
	{SIGILL, 8, "ILL_BADSTK"},
	{SIGILL, 9, "ILL_BADIADDR"},
	{SIGFPE, 1, "FPE_INTDIV"},
	{SIGFPE, 2, "FPE_INTOVF"},
	{SIGFPE, 3, "FPE_FLTDIV"},
	{SIGFPE, 4, "FPE_FLTOVF"},
	{SIGFPE, 5, "FPE_FLTUND"},
	{SIGFPE, 6, "FPE_FLTRES"},
	{SIGFPE, 7, "FPE_FLTINV"},
	{SIGFPE, 8, "FPE_FLTSUB"},
	{SIGFPE, 14, "FPE_FLTUNK"},
	{SIGFPE, 15, "FPE_CONDTRAP"},
	{SIGSEGV, 1, "SEGV_MAPERR"},
	{SIGSEGV, 2, "SEGV_ACCERR"},
	{SIGSEGV, 3, "SEGV_BNDERR"},
	{SIGSEGV, 4, "SEGV_PKUERR"},
	{SIGSEGV, 5, "SEGV_ACCADI"},
	{SIGSEGV, 6, "SEGV_ADIDERR"},
	{SIGSEGV, 7, "SEGV_ADIPERR"},
	{SIGSEGV, 8, "SEGV_MTEAERR"},
	{SIGSEGV, 9, "SEGV_MTESERR"},
	{SIGSEGV, 10, "SEGV_CPERR"},
	{SIGBUS, 1, "BUS_ADRALN"},
	{SIGBUS, 2, "BUS_ADRERR"},
	{SIGBUS, 3, "BUS_OBJERR"},
	{SIGBUS, 4, "BUS_MCEERR_AR"},
	{SIGBUS, 5, "BUS_MCEERR_AO"},
	{SIGTRAP, 1, "TRAP_BRKPT"},
	{SIGTRAP, 2, "TRAP_TRACE"},
	{SIGTRAP, 3, "TRAP_BRANCH"},
	{SIGTRAP, 4, "TRAP_HWBKPT"},
	{SIGTRAP, 5, "TRAP_UNK"},
	{SIGTRAP, 6, "TRAP_PERF"},
	{SIGCHLD, CLD_EXITED, "CLD_EXITED"},
	{SIGCHLD, CLD_KILLED, "CLD_KILLED"},
	{SIGCHLD, CLD_DUMPED, "CLD_DUMPED"},
	{SIGCHLD, CLD_TRAPPED, "CLD_TRAPPED"},
	{SIGCHLD, CLD_STOPPED, "CLD_STOPPED"},
	{SIGCHLD, CLD_CONTINUED, "CLD_CONTINUED"},
	{SIGIO, 1, "POLL_IN"},
	{SIGIO, 2, "POLL_OUT"},
	{SIGIO, 3, "POLL_MSG"},
	{SIGIO, 4, "POLL_ERR"},
	{SIGIO, 5, "POLL_PRI"},
	{SIGIO, 6, "POLL_HUP"},
	{SIGSYS, 1, "SYS_SECCOMP"},
	{SIGSYS, 2, "SYS_USER_DISPATCH"},
};

/* Text that grows in a buffer, and is cut at its end. */
struct growing {
	char *buf;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void add(struct growing *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	int length = vsnprintf(text->buf + text->used, text->size - text->used, format, args);
	va_end(args);
	text->used += length > 0 ? (size_t)length : 0;
	if (text->used >= text->size)
		text->used = text->size - 1;
}

void signal_text_name(int signal, char *buf, size_t size)
{
	char name[ABI_NAME_MAX];
	if (signal == FIRST_REAL_TIME)
		snprintf(buf, size, "SIGRTMIN");
	else if (signal > FIRST_REAL_TIME && signal <= SIGRTMAX)
		snprintf(buf, size, "SIGRT_%d", signal - FIRST_REAL_TIME);
	else
		snprintf(buf, size, "%s", signal_name(signal, name));
}

void signal_text_code(int signal, int code, char *buf, size_t size)
{
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (codes[i].code == code &&
			(codes[i].signal == ANY_SIGNAL || codes[i].signal == signal)) {
			snprintf(buf, size, "%s", codes[i].name);
			return;
		}
	}
	snprintf(buf, size, code < 0 ? "%d" : "%#x", code);
}

static void add_address(struct growing *text, const char *name, uint64_t address)
{
	if (address)
		add(text, ", %s=%#" PRIx64, name, address);
	else
		add(text, ", %s=NULL", name);
}

static void add_value(struct growing *text, const struct event_signal *signal)
{
	add(text, ", si_int=%" PRId32, (int32_t)signal->value);
	add_address(text, "si_ptr", signal->value);
}

/* Clock ticks, and how long they are. */
static void add_ticks(struct growing *text, const char *name, uint64_t ticks)
{
	add(text, ", %s=%" PRIu64, name, ticks);
	if (ticks)
		add(text, " /* %.2f s */", (double)ticks / (double)sysconf(_SC_CLK_TCK));
}

static void add_child(struct growing *text, const struct event_signal *signal)
{
	char name[ABI_NAME_MAX];
	add(text, ", si_pid=%d, si_uid=%u", (int)signal->sender, (unsigned int)signal->uid);
	signal_text_name(signal->status, name, sizeof(name));
	if (signal->code == CLD_EXITED)
		add(text, ", si_status=%d", signal->status);
	else
		add(text, ", si_status=%s", name);
	add_ticks(text, "si_utime", signal->times[0]);
	add_ticks(text, "si_stime", signal->times[1]);
}

static void add_poll(struct growing *text, const struct event_signal *signal)
{
	add(text, ", si_band=%" PRId64 ", si_fd=%" PRId32, (int64_t)signal->value,
		signal->descriptor);
}

static void add_call(struct growing *text, const struct event_signal *signal)
{
	char name[CALL_NAME_MAX];
	struct call call;
	add_address(text, "si_call_addr", signal->address);
	if (call_from_kernel(signal->arch, (uint32_t)signal->syscall, &call) &&
		syscall_lookup(call))
		snprintf(name, sizeof(name), "__NR_%s", syscall_lookup(call)->name);
	else
		snprintf(name, sizeof(name), "%" PRId32, signal->syscall);
	add(text, ", si_syscall=%s, si_arch=%#" PRIx32, name, signal->arch);
}

static void add_fault(struct growing *text, const struct event_signal *signal)
{
	add_address(text, "si_addr", signal->address);
}

/* What follows the code, if that is of the kernel. */
static const struct {
	int signal;
	void (*add)(struct growing *text, const struct event_signal *signal);
} parts[] = {
	{SIGCHLD, add_child},
	{SIGIO, add_poll},
	{SIGSYS, add_call},
	{SIGILL, add_fault},
	{SIGFPE, add_fault},
	{SIGSEGV, add_fault},
	{SIGBUS, add_fault},
	{SIGTRAP, add_fault},
};

static void add_part(struct growing *text, const struct event_signal *signal)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (parts[i].signal == signal->signal)
			parts[i].add(text, signal);
	}
}

void signal_text_info(const struct event_signal *signal, char buf[SIGNAL_TEXT_MAX])
{
	struct growing text = {buf, SIGNAL_TEXT_MAX, 0};
	char name[ABI_NAME_MAX], code[ABI_NAME_MAX];
	signal_text_name(signal->signal, name, sizeof(name));
	signal_text_code(signal->signal, signal->code, code, sizeof(code));
	add(&text, "{si_signo=%s, si_code=%s", name, code);
	if (signal->code == SI_TIMER) {
		add(&text, ", si_timerid=%#" PRIx32 ", si_overrun=%" PRId32,
			(uint32_t)signal->timer, signal->overrun);
		add_value(&text, signal);
	} else if (signal->code <= SI_USER) {
		add(&text, ", si_pid=%d, si_uid=%u", (int)signal->sender,
			(unsigned int)signal->uid);
		if (signal->code < SI_USER && signal->value)
			add_value(&text, signal);
	} else if (signal->code < SI_KERNEL) {
		add_part(&text, signal);
	} else if (signal->signal == SIGSEGV) {
		add(&text, ", si_addr=NULL");
	}
	add(&text, "}");
}
