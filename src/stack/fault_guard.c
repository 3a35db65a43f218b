/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Surviving faults of a library; see stack/fault_guard.h. */
#include "config.h"

#include "stack/fault_guard.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

static const int faults[] = {SIGBUS, SIGSEGV};

#define FAULT_COUNT (sizeof(faults) / sizeof(*faults))

/* The state of the handler. */
static struct sigaction before[FAULT_COUNT];
static _Thread_local sigjmp_buf jump;
static _Thread_local volatile sig_atomic_t armed;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)context;
	bool is_sent = info->si_code <= 0; /* SI_USER and similar: not a fault */
	if (armed && !is_sent)
		siglongjmp(jump, 1);
	/* Not ours: the instruction faults again and is handled as before. */
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		if (faults[i] == signal)
			sigaction(signal, &before[i], NULL);
	}
	if (is_sent)
		raise(signal);
}

void fault_guard_setup(void)
{
	/* SA_NODEFER: a jump out of the handler leaves the signal unblocked. */
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_NODEFER | SA_SIGINFO};
	for (size_t i = 0; i < FAULT_COUNT; i++) {
		struct sigaction present;
		sigaction(faults[i], NULL, &present);
		if (present.sa_sigaction == on_fault)
			continue;
		before[i] = present;
		sigaction(faults[i], &action, NULL);
	}
}

bool fault_guard_run(void (*function)(void *argument), void *argument)
{
	if (sigsetjmp(jump, 0)) {
		armed = 0;
		return false;
	}
	armed = 1;
	function(argument);
	armed = 0;
	return true;
}
