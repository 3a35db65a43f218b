/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this machine allows; see app/doctor.h. */
#include "config.h"

#include "app/doctor.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/message.h"
#include "engine/registry.h"
#include "stack/symbols.h"
#include "ui/terminal.h"

static void say(struct check *check, enum check_state state, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct check *check, enum check_state state, const char *format, ...)
{
	va_list args;
	check->state = state;
	va_start(args, format);
	vsnprintf(check->text, sizeof(check->text), format, args);
	va_end(args);
}

static void help(struct check *check, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void help(struct check *check, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	vsnprintf(check->help, sizeof(check->help), format, args);
	va_end(args);
}

static bool may_trace_others(const struct doctor_facts *facts)
{
	return proc_machine_may_trace(&facts->machine);
}

/* The checks. Each is for one thing. */

static void engines(const struct doctor_facts *facts, struct check *check)
{
	const char *taken = NULL;
	for (size_t i = 0; i < facts->engine_count && !taken; i++)
		taken = facts->engine[i].is_usable ? facts->engine[i].name : NULL;
	if (!taken) {
		say(check, CHECK_FAILED, "no engine can be used");
		help(check, "sudo %s --doctor", facts->program);
	} else if (strcmp(taken, facts->engine[0].name) == 0) {
		say(check, CHECK_OK, "auto takes %s, the cheapest for targets", taken);
	} else {
		say(check, CHECK_LIMITED, "auto takes %s: %s", taken, facts->engine[0].reason);
		if (!facts->machine.is_root)
			help(check, "sudo %s", facts->program);
	}
}

static void capabilities(const struct doctor_facts *facts, struct check *check)
{
	bool has_bpf = proc_machine_may_load_bpf(&facts->machine);
	if (has_bpf && may_trace_others(facts)) {
		say(check, CHECK_OK,
			"CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE: processes of all users");
		return;
	}
	say(check, CHECK_LIMITED, "%s%s%s: %s", has_bpf ? "" : "no CAP_BPF and CAP_PERFMON",
		!has_bpf && !may_trace_others(facts) ? ", " : "",
		may_trace_others(facts) ? "" : "no CAP_SYS_PTRACE",
		may_trace_others(facts) ? "only ptrace can be used"
					: "only processes of this user can be traced");
	if (facts->machine.is_root)
		help(check, "docker run --cap-add=BPF --cap-add=PERFMON --cap-add=SYS_PTRACE …");
	else
		help(check, "sudo %s -p PID", facts->program);
}

static void ptrace_scope(const struct doctor_facts *facts, struct check *check)
{
	int scope = facts->machine.ptrace_scope;
	if (scope < 0) {
		say(check, CHECK_OK, "no Yama: it does not restrict ptrace(2)");
	} else if (scope == 0 || (scope < 3 && may_trace_others(facts))) {
		say(check, CHECK_OK, "kernel.yama.ptrace_scope is %d", scope);
	} else if (scope == 3) {
		say(check, CHECK_LIMITED,
			"kernel.yama.ptrace_scope is 3: ptrace(2) is off until the next boot");
		help(check, "sudo sed -i '/ptrace_scope/d' /etc/sysctl.conf /etc/sysctl.d/*.conf "
			    "&& sudo reboot");
	} else {
		say(check, CHECK_LIMITED, "kernel.yama.ptrace_scope is %d: %s", scope,
			scope == 1 ? "-p can trace no running process; commands can be started"
				   : "only administrators may trace");
		help(check, "sudo sysctl kernel.yama.ptrace_scope=0");
	}
}

static void lockdown(const struct doctor_facts *facts, struct check *check)
{
	const char *level = facts->machine.lockdown;
	if (strcmp(level, "confidentiality") == 0) {
		say(check, CHECK_LIMITED, "kernel lockdown is confidentiality: BPF cannot be used");
		help(check, "sudo sed -i 's/lockdown=confidentiality/lockdown=integrity/' "
			    "/etc/default/grub && sudo update-grub && sudo reboot");
	} else {
		say(check, CHECK_OK, "kernel lockdown is %s",
			*level ? level : "off, or not readable");
	}
}

static void btf(const struct doctor_facts *facts, struct check *check)
{
	if (facts->machine.has_btf) {
		say(check, CHECK_OK, "the kernel describes its types");
	} else if (!facts->machine.has_sysfs) {
		say(check, CHECK_LIMITED, "there is no /sys/kernel: BPF cannot be used");
		help(check, "sudo mount -t sysfs sysfs /sys");
	} else {
		say(check, CHECK_LIMITED,
			"no /sys/kernel/btf/vmlinux: BPF needs a kernel with "
			"CONFIG_DEBUG_INFO_BTF=y");
		help(check, "grep CONFIG_DEBUG_INFO_BTF= /boot/config-*");
	}
}

static void perf_paranoia(const struct doctor_facts *facts, struct check *check)
{
	int level = facts->machine.perf_paranoid;
	if (level == INT_MIN) {
		say(check, CHECK_LIMITED,
			"the kernel has no perf events: the code that threads run is not sampled");
	} else if (!proc_machine_may_sample(&facts->machine)) {
		say(check, CHECK_LIMITED,
			"kernel.perf_event_paranoid is %d: the code that threads run cannot be "
			"sampled without CAP_PERFMON",
			level);
		help(check, "sudo sysctl kernel.perf_event_paranoid=2");
	} else {
		say(check, CHECK_OK,
			"kernel.perf_event_paranoid is %d: the code that threads run can be sampled",
			level);
	}
}

static void seccomp(const struct doctor_facts *facts, struct check *check)
{
	if (facts->machine.has_filter)
		say(check, CHECK_LIMITED,
			"a seccomp filter applies to stop, as in a container: it may refuse bpf(2) or "
			"ptrace(2)");
	else
		say(check, CHECK_OK, "no filter applies to stop");
	if (facts->machine.has_filter)
		help(check, "docker run --security-opt seccomp=unconfined …");
}

static void hidepid(const struct doctor_facts *facts, struct check *check)
{
	if (!facts->machine.has_proc) {
		say(check, CHECK_LIMITED, "/proc is not mounted, or of another PID namespace");
		help(check, "sudo mount -t proc proc /proc");
	} else if (facts->machine.hidepid && !may_trace_others(facts)) {
		say(check, CHECK_LIMITED, "/proc hides processes of other users (hidepid=%d)",
			facts->machine.hidepid);
		help(check, "sudo mount -o remount,hidepid=0 /proc");
	} else {
		say(check, CHECK_OK, "/proc is readable");
	}
}

static void terminal(const struct doctor_facts *facts, struct check *check)
{
	if (!facts->has_terminal) {
		say(check, CHECK_LIMITED,
			"standard input or output is no terminal: -c and -b work, the screen does not");
	} else if (!facts->term || !facts->is_described) {
		say(check, CHECK_LIMITED, "TERM=%.64s is not known to ncurses: no screen",
			facts->term ? facts->term : "");
		help(check, "export TERM=xterm-256color");
	} else {
		say(check, CHECK_OK, "TERM=%.64s", facts->term);
	}
}

static void colours(const struct doctor_facts *facts, struct check *check)
{
	if (!facts->is_utf8) {
		say(check, CHECK_LIMITED,
			"the character set is not UTF-8: bars and lines are ASCII");
		help(check, "export LC_ALL=C.UTF-8");
	} else if (facts->is_described && facts->colours < 8) {
		say(check, CHECK_LIMITED, "the terminal has no colours");
		help(check, "export TERM=xterm-256color");
	} else if (facts->is_described) {
		say(check, CHECK_OK, "%d colours, UTF-8", facts->colours);
	} else {
		say(check, CHECK_OK, "UTF-8");
	}
}

static void debug_symbols(const struct doctor_facts *facts, struct check *check)
{
	if (!facts->names_symbols) {
		say(check, CHECK_LIMITED, "this build reads no debug information (elfutils)");
		help(check, "./configure --with-libdw && make");
	} else if (facts->machine.has_debug_files || facts->has_debuginfod) {
		say(check, CHECK_OK, "%s",
			facts->machine.has_debug_files ? "files in /usr/lib/debug"
						       : "from $DEBUGINFOD_URLS");
	} else {
		say(check, CHECK_LIMITED,
			"no debug files and no $DEBUGINFOD_URLS: stacks have the names of functions "
			"that programs export, and no lines");
		help(check, "export DEBUGINFOD_URLS=https://debuginfod.elfutils.org/");
	}
}

static const struct {
	const char *name;
	void (*judge)(const struct doctor_facts *facts, struct check *check);
} judges[] = {
	{"engine", engines},
	{"capabilities", capabilities},
	{"ptrace_scope", ptrace_scope},
	{"lockdown", lockdown},
	{"btf", btf},
	{"perf_paranoia", perf_paranoia},
	{"seccomp", seccomp},
	{"hidepid", hidepid},
	{"terminal", terminal},
	{"colours", colours},
	{"debug_symbols", debug_symbols},
};

size_t doctor_judge(const struct doctor_facts *facts, struct check checks[DOCTOR_CHECKS_MAX])
{
	size_t count = 0;
	for (size_t i = 0; i < facts->engine_count; i++) {
		struct check *check = &checks[count++];
		*check = (struct check){.name = facts->engine[i].name};
		say(check, facts->engine[i].is_usable ? CHECK_OK : CHECK_LIMITED, "%s",
			facts->engine[i].is_usable ? "can be used" : facts->engine[i].reason);
	}
	for (size_t i = 0; i < sizeof(judges) / sizeof(*judges); i++) {
		checks[count] = (struct check){.name = judges[i].name};
		judges[i].judge(facts, &checks[count++]);
	}
	return count;
}

static void find(struct doctor_facts *facts)
{
	static const struct engine_needs least = {.scope = ENGINE_TASKS};
	const char *urls = getenv("DEBUGINFOD_URLS");
	*facts = (struct doctor_facts){
		.has_terminal = terminal_is_there(),
		.term = getenv("TERM"),
		.is_utf8 = !terminal_is_ascii(),
		.names_symbols = !strstr(symbols_library(), "no libdw"),
		.has_debuginfod = urls && *urls,
		.program = "stop",
	};
	proc_machine(&facts->machine);
	facts->is_described = terminal_describe(facts->term, &facts->colours);
	for (size_t i = 0; i < DOCTOR_ENGINES_MAX && engine_classes[i]; i++) {
		const struct engine_class *class = engine_classes[i];
		facts->engine[i].name = class->name;
		facts->engine[i].is_usable = !class->check || class->check(&least, NULL,
								      facts->engine[i].reason) == 0;
		facts->engine_count++;
	}
	/* Nothing can be traced by it then. */
	for (size_t i = 0; i < facts->engine_count; i++) {
		if (facts->machine.ptrace_scope != 3 ||
			strcmp(facts->engine[i].name, "ptrace") != 0)
			continue;
		facts->engine[i].is_usable = false;
		strcpy(facts->engine[i].reason, "kernel.yama.ptrace_scope is 3");
	}
}

int doctor_run(const struct options *options)
{
	struct check checks[DOCTOR_CHECKS_MAX];
	struct doctor_facts facts;
	find(&facts);
	size_t count = doctor_judge(&facts, checks);
	int result = 0;
	if (options->format == &exporters[EXPORTER_JSON])
		result = checklist_write_json(stdout, checks, count);
	else
		checklist_write(stdout, checks, count, terminal_is_ascii());
	if (result < 0)
		message("cannot write to standard output: %s", strerrordesc_np(-result));
	return result < 0 || !checklist_is_passed(checks, count);
}
