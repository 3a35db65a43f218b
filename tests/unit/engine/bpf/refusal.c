/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each reason for which BPF cannot be had names what is missing and what to do. */
#include "config.h"

#include "support/unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>

#include "engine/bpf/refusal.h"

#define BIT(capability) (UINT64_C(1) << (capability))

/* A system on which only what a test changes stands in the way. */
static struct bpf_facts facts_of(int error)
{
	return (struct bpf_facts){
		.error = error,
		.major = 6,
		.minor = 1,
		.has_btf = true,
		.capabilities = BIT(CAP_BPF) | BIT(CAP_PERFMON),
	};
}

static void assert_says(const struct bpf_facts *facts, const char *text)
{
	char said[512];
	bpf_refusal_text(facts, said, sizeof(said));
	if (!strstr(said, text))
		fail_msg("\"%s\" is not in: %s", text, said);
}

static void an_old_kernel_is_named(void **state)
{
	struct bpf_facts facts = facts_of(EINVAL);
	(void)state;
	facts.major = 5;
	facts.minor = 14;
	assert_says(&facts, "BPF needs Linux 5.15 or newer; this is 5.14");
}

static void missing_type_information_is_named(void **state)
{
	struct bpf_facts facts = facts_of(ESRCH);
	(void)state;
	facts.has_btf = false;
	assert_says(&facts, "/sys/kernel/btf/vmlinux");
}

static void missing_capabilities_are_named(void **state)
{
	struct bpf_facts facts = facts_of(EPERM);
	(void)state;
	facts.capabilities = 0;
	assert_says(&facts, "BPF needs CAP_BPF and CAP_PERFMON: sudo stop");
	facts.capabilities = BIT(CAP_BPF);
	assert_says(&facts, "BPF needs CAP_PERFMON: sudo stop");
	facts.capabilities = BIT(CAP_PERFMON);
	assert_says(&facts, "BPF needs CAP_BPF: sudo stop");
}

/* For root, sudo is no remedy. */
static void a_container_without_capabilities_is_named(void **state)
{
	struct bpf_facts facts = facts_of(EPERM);
	(void)state;
	facts.is_root = true;
	facts.capabilities = BIT(CAP_BPF);
	assert_says(&facts, "BPF needs CAP_PERFMON, which this root lacks");
	assert_says(&facts, "--cap-add=PERFMON");
}

static void a_user_namespace_is_named(void **state)
{
	struct bpf_facts facts = facts_of(EPERM);
	(void)state;
	facts.is_nested = facts.is_root = facts.has_filter = true;
	assert_says(&facts, "user namespace: run stop on the host");
	facts.error = ENOMEM;
	assert_says(&facts, "BPF programs cannot be loaded: Cannot allocate memory");
}

/* Only a level that was read, and that forbids it. */
static void lockdown_is_blamed_only_if_it_is_the_reason(void **state)
{
	struct bpf_facts facts = facts_of(EPERM);
	(void)state;
	assert_says(&facts, "BPF programs cannot be loaded: Operation not permitted");
	strcpy(facts.lockdown, "integrity");
	assert_says(&facts, "BPF programs cannot be loaded: Operation not permitted");
	strcpy(facts.lockdown, "confidentiality");
	assert_says(&facts, "kernel lockdown is confidentiality");
	facts.error = EINVAL;
	assert_says(&facts, "kernel lockdown is confidentiality");
}

static void a_filter_is_named(void **state)
{
	struct bpf_facts facts = facts_of(EPERM);
	(void)state;
	facts.has_filter = true;
	assert_says(&facts, "a seccomp filter refuses bpf(2)");
}

static void other_errors_are_told(void **state)
{
	struct bpf_facts facts = facts_of(ENOMEM);
	(void)state;
	assert_says(&facts, "BPF programs cannot be loaded: Cannot allocate memory");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_old_kernel_is_named),
		cmocka_unit_test(missing_type_information_is_named),
		cmocka_unit_test(missing_capabilities_are_named),
		cmocka_unit_test(a_container_without_capabilities_is_named),
		cmocka_unit_test(a_user_namespace_is_named),
		cmocka_unit_test(lockdown_is_blamed_only_if_it_is_the_reason),
		cmocka_unit_test(a_filter_is_named),
		cmocka_unit_test(other_errors_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
