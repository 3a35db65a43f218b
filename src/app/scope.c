/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scopes; see app/scope.h. */
#include "config.h"

#include "app/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/container.h"
#include "app/pod.h"
#include "base/text.h"
#include "proc/comm.h"
#include "proc/namespace.h"

/* Finds a scope. Like scope_find(). */
typedef int find_scope(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX]);

static int find_cgroup(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	char shown[128];
	int result = cgroup_find(request->name, &scope->cgroup);
	const char *controllers = scope->cgroup.controllers;
	text_escape(request->name, strlen(request->name), shown, sizeof(shown));
	if (result == -ENOTDIR)
		snprintf(error, SCOPE_ERROR_MAX,
			"--cgroup: %s is not the directory of a cgroup: name one below "
			"/sys/fs/cgroup",
			shown);
	else if (result < 0)
		snprintf(error, SCOPE_ERROR_MAX,
			"--cgroup: cannot find %s: %s; name a directory below /sys/fs/cgroup, or a "
			"path as in /proc/PID/cgroup",
			shown, strerrordesc_np(-result));
	else
		snprintf(scope->text, sizeof(scope->text), "cgroup %.60s%s%.180s", controllers,
			*controllers ? ":" : "", scope->cgroup.path);
	return result;
}

static int find_container(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	struct container container;
	int result = container_find(request->name, &container, error);
	if (result < 0)
		return result;
	const struct container_id *id = &container.id;
	scope->cgroup = container.cgroup;
	if (strcmp(id->kind, "unit") == 0)
		snprintf(scope->text, sizeof(scope->text), "unit %.200s", id->id);
	else if (id->has_hex_id && strncmp(id->id, request->name, strlen(request->name)) != 0)
		snprintf(scope->text, sizeof(scope->text), "container %.128s (%s %.12s)",
			request->name, id->kind, id->id);
	else
		snprintf(scope->text, sizeof(scope->text), "container %.*s (%s)",
			id->has_hex_id ? 12 : 128, id->id, id->kind);
	return 0;
}

static int find_pod(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	struct pod pod;
	int result = pod_find(request->name, request->space, &pod, error);
	if (result < 0)
		return result;
	scope->cgroup = pod.cgroup;
	if (pod.name.name[0])
		snprintf(scope->text, sizeof(scope->text), "pod %.120s/%.120s", pod.name.space,
			pod.name.name);
	else
		snprintf(scope->text, sizeof(scope->text), "pod %s", pod.name.uid);
	return 0;
}

static int find_namespace(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	char comm[TASK_COMM_SIZE];
	scope->namespace_fd = proc_namespace_open(request->pid, "pid");
	scope->namespace = proc_namespace(request->pid, "pid");
	if (scope->namespace_fd < 0 || !scope->namespace) {
		int result = scope->namespace_fd < 0 ? scope->namespace_fd : -ENOENT;
		bool is_gone = result == -ENOENT || result == -ESRCH;
		snprintf(error, SCOPE_ERROR_MAX, "--pidns: cannot read the PID namespace of %d: %s",
			(int)request->pid, is_gone ? "no such process" : strerrordesc_np(-result));
		return result;
	}
	proc_comm(request->pid, comm);
	snprintf(scope->text, sizeof(scope->text), "PID namespace of %s (%d)", comm,
		(int)request->pid);
	return 0;
}

static int find_machine(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	(void)request, (void)error;
	snprintf(scope->text, sizeof(scope->text), "the whole machine");
	return 0;
}

/* What each option needs. */
static const struct {
	const char *name;
	uint32_t capability;
	enum engine_scope engine_scope;
	find_scope *find;
} options[SCOPE_OPTIONS] = {
	[SCOPE_NONE] = {.engine_scope = ENGINE_TASKS},
	[SCOPE_CGROUP] = {"--cgroup", ENGINE_TRACES_CGROUPS, ENGINE_CGROUP, find_cgroup},
	[SCOPE_CONTAINER] = {"--container", ENGINE_TRACES_CGROUPS, ENGINE_CGROUP, find_container},
	[SCOPE_POD] = {"--pod", ENGINE_TRACES_CGROUPS, ENGINE_CGROUP, find_pod},
	[SCOPE_NAMESPACE] = {"--pidns", ENGINE_TRACES_NAMESPACES, ENGINE_PID_NAMESPACE,
		find_namespace},
	[SCOPE_MACHINE] = {"--all", ENGINE_TRACES_MACHINE, ENGINE_MACHINE, find_machine},
};

const char *scope_option_name(enum scope_option option)
{
	return options[option].name;
}

struct engine_needs scope_needs(enum scope_option option)
{
	return (struct engine_needs){
		.capabilities = options[option].capability,
		.scope = options[option].engine_scope,
	};
}

int scope_find(
	const struct scope_request *request, struct scope *scope, char error[SCOPE_ERROR_MAX])
{
	*scope = (struct scope){.option = request->option, .namespace_fd = -1};
	int result = options[request->option].find(request, scope, error);
	if (result < 0)
		scope_clear(scope);
	return result;
}

void scope_clear(struct scope *scope)
{
	if (scope->option != SCOPE_NONE && scope->namespace_fd >= 0)
		close(scope->namespace_fd);
	*scope = (struct scope){.namespace_fd = -1};
}

struct engine_request scope_engine_request(const struct scope *scope)
{
	return (struct engine_request){
		.scope = options[scope->option].engine_scope,
		.cgroup = &scope->cgroup,
		.pid_namespace = scope->namespace,
		.follow = FOLLOW_FORKS,
	};
}
