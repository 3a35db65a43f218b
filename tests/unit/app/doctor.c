/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What --doctor says for machines that are not at hand: each limit has a command that lifts it. */
#include "config.h"

#include "support/unit.h"

#include <limits.h>
#include <string.h>

#include "app/doctor.h"
#include "proc/machine.h"

/* A machine on which all is well. */
static struct doctor_facts good(void)
{
	return (struct doctor_facts){
		.machine = {.has_proc = true,
			.capabilities = ~UINT64_C(0),
			.is_root = true,
			.ptrace_scope = 1,
			.perf_paranoid = 3,
			.lockdown = "integrity",
			.has_btf = true,
			.has_sysfs = true,
			.has_debug_files = true},
		.engine = {{.name = "bpf", .is_usable = true},
			{.name = "ptrace", .is_usable = true}},
		.engine_count = 2,
		.has_terminal = true,
		.term = "xterm",
		.is_described = true,
		.colours = 8,
		.is_utf8 = true,
		.names_symbols = true,
		.program = "stop",
	};
}

static struct check check_of(const struct doctor_facts *facts, const char *name)
{
	struct check checks[DOCTOR_CHECKS_MAX], found = {.name = NULL};
	size_t count = doctor_judge(facts, checks);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(checks[i].name, name) == 0)
			found = checks[i];
	}
	assert_non_null(found.name);
	return found;
}

static void expect(const struct doctor_facts *facts, const char *name, enum check_state state,
	const char *text, const char *help)
{
	struct check check = check_of(facts, name);
	if (check.state != state || !strstr(check.text, text) || !strstr(check.help, help))
		fail_msg("%s: %d, %s, %s", name, check.state, check.text, check.help);
}

static void nothing_is_wrong_where_all_is_well(void **state)
{
	struct doctor_facts facts = good();
	struct check checks[DOCTOR_CHECKS_MAX];
	(void)state;
	size_t count = doctor_judge(&facts, checks);
	assert_int_equal(count, 13);
	for (size_t i = 0; i < count; i++) {
		if (checks[i].state != CHECK_OK || checks[i].help[0])
			fail_msg("%s: %s", checks[i].name, checks[i].text);
	}
	assert_true(checklist_is_passed(checks, count));
}

static void each_limit_has_a_command(void **state)
{
	struct doctor_facts facts = good();
	(void)state;
	facts.machine.capabilities = 0;
	facts.machine.is_root = false;
	expect(&facts, "capabilities", CHECK_LIMITED, "no CAP_SYS_PTRACE", "sudo stop");
	expect(&facts, "ptrace_scope", CHECK_LIMITED, "-p can trace no running process",
		"sudo sysctl kernel.yama.ptrace_scope=0");
	facts.machine.ptrace_scope = 3;
	expect(&facts, "ptrace_scope", CHECK_LIMITED, "until the next boot", "reboot");
	facts.machine.ptrace_scope = -2;
	expect(&facts, "ptrace_scope", CHECK_OK, "no Yama", "");
	facts.machine.hidepid = 2;
	expect(&facts, "hidepid", CHECK_LIMITED, "hidepid=2",
		"sudo mount -o remount,hidepid=0 /proc");
	facts.machine.has_proc = false;
	expect(&facts, "hidepid", CHECK_LIMITED, "not mounted", "sudo mount -t proc");
	strcpy(facts.machine.lockdown, "confidentiality");
	expect(&facts, "lockdown", CHECK_LIMITED, "BPF cannot be used", "lockdown=integrity");
	facts.machine.has_btf = false;
	expect(&facts, "btf", CHECK_LIMITED, "CONFIG_DEBUG_INFO_BTF", "/boot/config");
	facts.machine.has_sysfs = false;
	expect(&facts, "btf", CHECK_LIMITED, "no /sys/kernel", "sudo mount -t sysfs");
	facts.machine.has_filter = true;
	expect(&facts, "seccomp", CHECK_LIMITED, "container", "seccomp=unconfined");
	facts.term = "strange";
	facts.is_described = false;
	expect(&facts, "terminal", CHECK_LIMITED, "strange", "export TERM=");
	facts.is_utf8 = false;
	expect(&facts, "colours", CHECK_LIMITED, "ASCII", "export LC_ALL=C.UTF-8");
	facts.machine.has_debug_files = false;
	expect(&facts, "debug_symbols", CHECK_LIMITED, "no debug files", "DEBUGINFOD_URLS=");
	facts.has_debuginfod = true;
	expect(&facts, "debug_symbols", CHECK_OK, "DEBUGINFOD_URLS", "");
	facts.machine.capabilities = ~UINT64_C(0);
	expect(&facts, "perf_paranoia", CHECK_OK, "is 3: the code that threads run can be", "");
	facts.machine.capabilities = 0;
	expect(&facts, "perf_paranoia", CHECK_LIMITED, "is 3: the code that threads run cannot",
		"sysctl kernel.perf_event_paranoid=2");
	facts.machine.perf_paranoid = 2;
	expect(&facts, "perf_paranoia", CHECK_OK, "can be sampled", "");
	facts.machine.perf_paranoid = INT_MIN;
	expect(&facts, "perf_paranoia", CHECK_LIMITED, "no perf events", "");
}

static void without_any_engine_it_fails(void **state)
{
	struct doctor_facts facts = good();
	struct check checks[DOCTOR_CHECKS_MAX];
	(void)state;
	facts.engine[0].is_usable = false;
	strcpy(facts.engine[0].reason, "BPF needs \x1b root");
	expect(&facts, "engine", CHECK_LIMITED, "auto takes ptrace: BPF needs", "");
	facts.engine[1].is_usable = false;
	expect(&facts, "engine", CHECK_FAILED, "no engine", "sudo");
	assert_false(checklist_is_passed(checks, doctor_judge(&facts, checks)));
}

static void hidepid_is_read_from_the_mounts(void **state)
{
	(void)state;
	assert_int_equal(
		proc_hidepid_parse("22 1 0:5 / /proc rw,relatime shared:1 - proc proc rw"), 0);
	assert_int_equal(proc_hidepid_parse("22 1 0:5 / /proc rw - proc proc rw,hidepid=2"), 2);
	assert_int_equal(
		proc_hidepid_parse("22 1 0:5 / /proc rw - proc proc rw,hidepid=invisible"), 2);
	assert_int_equal(
		proc_hidepid_parse("22 1 0:5 / /mnt/proc rw - proc proc rw,hidepid=2"), -1);
	assert_int_equal(proc_hidepid_parse(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_wrong_where_all_is_well),
		cmocka_unit_test(each_limit_has_a_command),
		cmocka_unit_test(without_any_engine_it_fails),
		cmocka_unit_test(hidepid_is_read_from_the_mounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
