/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Giving up rights; see stack/confine.h. */
#include "config.h"

#include "stack/confine.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The user and group that owns nothing: the kernel's own default for it, on every system. */
#define NOBODY                  65534

/* Address space for files that are mapped for reading: not memory, but there has to be an end. */
#define MAPPED_MAX              (UINT64_C(64) << 30)

/* Landlock: the calls have these numbers on every architecture; rights by version of the kernel. */
#define LANDLOCK_CREATE_RULESET 444
#define LANDLOCK_RESTRICT_SELF  446
#define LANDLOCK_VERSION        (1U << 0)

/* A sanitizer needs terabytes of address space for its shadow of memory. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool has_shadow = true;
#else
static const bool has_shadow = false;
#endif

struct landlock_rules {
	uint64_t files, net, scopes;
};

/* What is refused from each version on: all that it knows. */
static const struct landlock_rules landlock_versions[] = {
	{(1 << 13) - 1, 0, 0},
	{(1 << 14) - 1, 0, 0},
	{(1 << 15) - 1, 0, 0},
	{(1 << 15) - 1, 3, 0},
	{(1 << 16) - 1, 3, 0},
	{(1 << 16) - 1, 3, 3},
};

#define LANDLOCK_VERSIONS (sizeof(landlock_versions) / sizeof(*landlock_versions))

/* Refuses everything that landlock knows: there are no exceptions. */
static void use_landlock(void)
{
	long version = syscall(LANDLOCK_CREATE_RULESET, NULL, (size_t)0, LANDLOCK_VERSION);
	if (version < 1)
		return;
	size_t known = (size_t)version < LANDLOCK_VERSIONS ? (size_t)version : LANDLOCK_VERSIONS;
	struct landlock_rules rules = landlock_versions[known - 1];
	/* An older kernel knows a shorter structure; the rest may be zero. */
	int fd = (int)syscall(LANDLOCK_CREATE_RULESET, &rules, sizeof(rules), 0U);
	if (fd < 0)
		return;
	syscall(LANDLOCK_RESTRICT_SELF, fd, 0U);
	close(fd);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	syscall(SYS_capset, &header, none);
}

void confine_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	drop_capabilities();
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

void confine_identity(void)
{
	setsid();
	if (geteuid() == 0) {
		/* Each fails in a user namespace that does not have this user. */
		bool has_no_groups = setgroups(0, NULL) == 0;
		bool is_in_no_group = setresgid(NOBODY, NOBODY, NOBODY) == 0;
		bool is_nobody = setresuid(NOBODY, NOBODY, NOBODY) == 0;
		(void)has_no_groups, (void)is_in_no_group, (void)is_nobody;
	}
	confine_privileges();
	use_landlock();
}

static void limit(__rlimit_resource_t resource, uint64_t most)
{
	struct rlimit now;
	if (getrlimit(resource, &now) < 0)
		return;
	if (now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max < most ? now.rlim_max : (rlim_t)most;
	setrlimit(resource, &now);
}

void confine_work(const struct confine_limits *limits)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	if (!has_shadow && limits->own_data) {
		limit(RLIMIT_DATA, limits->own_data + limits->memory);
		limit(RLIMIT_AS, limits->own_space + limits->memory + MAPPED_MAX);
	}
	confine_calls();
}
