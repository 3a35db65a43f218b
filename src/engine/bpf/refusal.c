/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why BPF programs cannot be loaded; see engine/bpf/refusal.h. */
#include "config.h"

#include "engine/bpf/refusal.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "proc/namespace.h"
#include "proc/status.h"

/* The first kernel that has all of what the programs call. */
#define MAJOR_MIN       5
#define MINOR_MIN       15

/* How many descriptors the programs and their maps need, and stop besides. */
#define DESCRIPTORS     100

/* The least with which they can be had. */
#define DESCRIPTORS_MIN 64

#define BTF_PATH        "/sys/kernel/btf/vmlinux"
#define LOCKDOWN_PATH   "/sys/kernel/security/lockdown"

static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {0};
	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

/* Reads the level of kernel_lockdown(7), which is in brackets: "none [integrity] …". */
static void find_lockdown(char level[32])
{
	char line[128] = "";
	FILE *file = fopen(LOCKDOWN_PATH, "re");
	level[0] = '\0';
	if (!file)
		return;
	if (fgets(line, sizeof(line), file)) {
		char *begin = strchr(line, '[');
		if (begin)
			sscanf(begin, "[%31[a-z]]", level);
	}
	fclose(file);
}

/* ERROR, or what it means: libbpf says that an argument is invalid if it cannot have a descriptor.
 */
static int true_error(int error)
{
	struct rlimit limit;
	bool has_few = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS;
	return has_few && (error == EINVAL || error == ENOMEM) ? EMFILE : error;
}

bool bpf_has_descriptors(char *text, size_t size)
{
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_max >= DESCRIPTORS_MIN)
		return true;
	snprintf(text, size,
		"BPF needs %d descriptors, and may have %llu: Too many open files (ulimit -n)",
		DESCRIPTORS_MIN, (unsigned long long)limit.rlim_max);
	return false;
}

void bpf_facts_find(int error, struct bpf_facts *facts)
{
	struct proc_status status = {0};
	struct utsname kernel;
	*facts = (struct bpf_facts){
		.error = true_error(error),
		.has_btf = access(BTF_PATH, R_OK) == 0,
		.capabilities = effective_capabilities(),
	};
	if (uname(&kernel) == 0)
		sscanf(kernel.release, "%d.%d", &facts->major, &facts->minor);
	find_lockdown(facts->lockdown);
	facts->has_filter = proc_status(getpid(), &status) == 0 && status.filters > 0;
	facts->is_root = geteuid() == 0;
	facts->is_nested = proc_is_in_nested_users();
}

static bool has(const struct bpf_facts *facts, int capability)
{
	return facts->capabilities >> capability & 1;
}

/*
 * The capabilities that are missing, as text; NULL: none. They are needed whatever
 * kernel.unprivileged_bpf_disabled is, which is therefore never the reason.
 */
static const char *missing_capabilities(const struct bpf_facts *facts)
{
	bool has_all = has(facts, CAP_SYS_ADMIN);
	bool has_bpf = has_all || has(facts, CAP_BPF);
	bool has_perfmon = has_all || has(facts, CAP_PERFMON);
	if (has_bpf && has_perfmon)
		return NULL;
	if (has_bpf)
		return "CAP_PERFMON";
	return has_perfmon ? "CAP_BPF" : "CAP_BPF and CAP_PERFMON";
}

bool bpf_is_permitted(void)
{
	const struct bpf_facts facts = {.capabilities = effective_capabilities()};
	return !missing_capabilities(&facts);
}

static bool is_too_old(const struct bpf_facts *facts)
{
	return facts->major && (facts->major < MAJOR_MIN ||
				       (facts->major == MAJOR_MIN && facts->minor < MINOR_MIN));
}

/*
 * Whether kernel lockdown is the reason: at this level programs have no function that reads the
 * kernel's memory, and the verifier finds that they call one that does not exist.
 */
static bool is_locked_down(const struct bpf_facts *facts)
{
	bool may_be = facts->error == EPERM || facts->error == EACCES || facts->error == EINVAL;
	return may_be && strcmp(facts->lockdown, "confidentiality") == 0;
}

char *bpf_refusal_text(const struct bpf_facts *facts, char *text, size_t size)
{
	const char *missing = missing_capabilities(facts);
	bool is_refused = facts->error == EPERM || facts->error == EACCES;
	if (is_too_old(facts))
		snprintf(text, size, "BPF needs Linux %d.%d or newer; this is %d.%d", MAJOR_MIN,
			MINOR_MIN, facts->major, facts->minor);
	else if (!facts->has_btf)
		snprintf(text, size, "BPF needs %s: a kernel with CONFIG_DEBUG_INFO_BTF", BTF_PATH);
	else if (is_refused && missing && facts->is_root)
		snprintf(text, size,
			"BPF needs %s, which this root lacks: run stop on the host, or start the "
			"container with --cap-add=BPF --cap-add=PERFMON",
			missing);
	else if (is_refused && missing)
		snprintf(text, size, "BPF needs %s: sudo stop", missing);
	else if (is_refused && facts->is_nested)
		snprintf(text, size,
			"BPF needs capabilities on the host, and those here are of a user namespace: "
			"run stop on the host");
	else if (is_locked_down(facts))
		snprintf(text, size,
			"BPF cannot read the kernel's memory: kernel lockdown is %s; boot with "
			"lockdown=integrity or none",
			facts->lockdown);
	else if (is_refused && facts->has_filter)
		snprintf(text, size,
			"a seccomp filter refuses bpf(2), as a container's can: run stop on the host, or "
			"start the container with another seccomp profile");
	else
		snprintf(text, size, "BPF programs cannot be loaded: %s",
			strerrordesc_np(facts->error));
	return text;
}
