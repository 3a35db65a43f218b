/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings of the kernel; see proc/machine.h. */
#include "config.h"

#include "proc/machine.h"

#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/file.h"
#include "proc/status.h"
#include "proc/system.h"

/* Since Linux 5.8. */
#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF     39
#endif

#define SYSFS_PATH    "/sys/kernel"
#define BTF_PATH      "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_PATH "/sys/kernel/security/lockdown"
#define DEBUG_PATH    "/usr/lib/debug/.build-id"

/* What perf_event_paranoid and hidepid can be, at most. */
#define SETTING_MIN   (-1)

static bool has(const struct proc_machine *machine, int capability)
{
	return machine->capabilities >> capability & 1;
}

bool proc_machine_may_trace(const struct proc_machine *machine)
{
	return has(machine, CAP_SYS_PTRACE);
}

bool proc_machine_may_load_bpf(const struct proc_machine *machine)
{
	return has(machine, CAP_SYS_ADMIN) || (has(machine, CAP_BPF) && has(machine, CAP_PERFMON));
}

/* Above 2, which the kernel itself does not know, Debian and Ubuntu refuse all use. */
#define PARANOID_ALLOWS 2

bool proc_machine_may_sample(const struct proc_machine *machine)
{
	return has(machine, CAP_SYS_ADMIN) || has(machine, CAP_PERFMON) ||
	       (machine->perf_paranoid != INT_MIN && machine->perf_paranoid <= PARANOID_ALLOWS);
}

int proc_hidepid_parse(const char *text)
{
	char point[PROC_PATH_MAX];
	static const struct {
		const char *name;
		int value;
	} names[] = {{"noaccess", 1}, {"invisible", 2}, {"ptraceable", 4}};
	if (sscanf(text, "%*s %*s %*s %*s %63s", point) != 1 || strcmp(point, "/proc") != 0)
		return -1;
	const char *option = strstr(text, "hidepid=");
	if (!option)
		return 0;
	option += strlen("hidepid=");
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strncmp(option, names[i].name, strlen(names[i].name)) == 0)
			return names[i].value;
	}
	return atoi(option);
}

/* The last mount at a place hides those before. */
static bool take_mount(const char *line, void *context)
{
	int *hidepid = context, found = proc_hidepid_parse(line);
	if (found >= 0)
		*hidepid = found;
	return true;
}

/* The level is in brackets: "none [integrity] …". */
static void find_lockdown(char level[32])
{
	char line[128];
	level[0] = '\0';
	if (proc_read_path(LOCKDOWN_PATH, line, sizeof(line)) < 0)
		return;
	const char *begin = strchr(line, '[');
	if (begin && sscanf(begin, "[%31[a-z]]", level) != 1)
		level[0] = '\0';
}

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

int proc_perf_paranoid(void)
{
	int paranoid = proc_setting("kernel/perf_event_paranoid");
	return paranoid >= SETTING_MIN ? paranoid : INT_MIN;
}

void proc_machine(struct proc_machine *machine)
{
	struct proc_status status = {0};
	*machine = (struct proc_machine){
		.has_proc = proc_status(getpid(), &status) == 0,
		.capabilities = effective_capabilities(),
		.is_root = geteuid() == 0,
		.has_filter = status.filters > 0,
		.ptrace_scope = proc_setting("kernel/yama/ptrace_scope"),
		.perf_paranoid = proc_perf_paranoid(),
		.has_btf = access(BTF_PATH, R_OK) == 0,
		.has_sysfs = access(SYSFS_PATH, X_OK) == 0,
		.has_debug_files = access(DEBUG_PATH, X_OK) == 0,
	};
	find_lockdown(machine->lockdown);
	proc_each_line(take_mount, &machine->hidepid, "/proc/self/mountinfo");
}
