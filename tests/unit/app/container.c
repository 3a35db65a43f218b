/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Containers: their IDs in the names of cgroups, their names in the files of their daemons. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/container.h"

#define ID    "3f2a1b5c00000000000000000000000000000000000000000000000000000001"
#define OTHER "3f2a1b5c00000000000000000000000000000000000000000000000000000002"

static void assert_parsed(const char *path, const char *kind, const char *id)
{
	struct container_id found;
	if (!container_parse(path, strlen(path), &found))
		fail_msg("%s is not recognized", path);
	assert_string_equal(found.kind, kind);
	assert_string_equal(found.id, id);
}

static void assert_none(const char *path)
{
	struct container_id found;
	if (container_parse(path, strlen(path), &found))
		fail_msg("%s is taken for %s %s", path, found.kind, found.id);
}

static void cgroups_say_what_they_are(void **state)
{
	(void)state;
	assert_parsed("/system.slice/docker-" ID ".scope", "docker", ID);
	assert_parsed("/docker/" ID, "docker", ID);
	assert_parsed("/machine.slice/libpod-" ID ".scope", "podman", ID);
	assert_parsed("/libpod_parent/libpod-" ID, "podman", ID);
	assert_parsed("/kubepods.slice/cri-containerd-" ID ".scope", "kubernetes", ID);
	assert_parsed("/kubepods/burstable/pod12/crio-" ID, "kubernetes", ID);
	assert_parsed("/kubepods/besteffort/pod12/" ID, "container", ID);
	assert_parsed("/system.slice/nerdctl-" ID ".scope", "nerdctl", ID);
	assert_parsed("/lxc.payload.web", "lxc", "web");
	assert_parsed("/lxc/web", "lxc", "web");
	assert_parsed("/machine.slice/machine-a\\x2db.scope", "machine", "a-b");
	assert_parsed("/machine.slice/systemd-nspawn@web.service", "machine", "web");
	assert_parsed("/system.slice/nginx.service", "unit", "nginx.service");
	assert_parsed("/user.slice", "unit", "user.slice");
}

static void other_cgroups_are_none(void **state)
{
	char name[2 * CONTAINER_NAME_MAX];
	(void)state;
	assert_none("/");
	assert_none("/init");
	assert_none("/docker");
	assert_none("/docker/3f2a1b5c");
	assert_none("/lxc.payload.");
	assert_none("/lxc.monitor.web");
	assert_none("/machine.slice/libpod-conmon-" ID);
	assert_none("/" ID "0");
	assert_none("/.service");
	memset(name, 'a', sizeof(name));
	memcpy(name, "/", 1);
	strcpy(name + sizeof(name) - sizeof(".service"), ".service");
	assert_none(name);
}

static char root[] = "/tmp/stop-test-XXXXXX";

static int make_files(void **state)
{
	char command[4096];
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(command, sizeof(command),
		"cd %s && mkdir -p var/lib/docker/containers/" ID " var/log/containers "
		"var/lib/nerdctl/1935db59/names/default "
		"var/lib/containers/storage/overlay-containers && "
		"echo '{\"ID\":\"" ID "\",\"Mounts\":[{\"Name\":\"volume\"}],\"Name\":\"/web\"}' "
		">var/lib/docker/containers/" ID "/config.v2.json && "
		"echo '[{\"id\":\"" OTHER "\",\"names\":[\"db\",\"sql\"],\"layer\":\"x\"},"
		"{\"id\":\"" ID "\",\"names\":[\"cache\"]}]' "
		">var/lib/containers/storage/overlay-containers/containers.json && "
		"printf " OTHER " >var/lib/nerdctl/1935db59/names/default/proxy && "
		"ln -s /nowhere var/log/containers/pod-1_default_sidecar-" ID ".log",
		root);
	return system(command);
}

static int remove_files(void **state)
{
	char command[64];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

static void assert_named(const char *name, const char *id)
{
	char(*ids)[65];
	size_t count = container_ids_of_name(root, name, &ids);
	assert_int_equal(count, id ? 1 : 0);
	if (id)
		assert_string_equal(ids[0], id);
	free(ids);
}

static void names_are_in_the_files_of_the_daemons(void **state)
{
	(void)state;
	assert_named("web", ID);
	assert_named("db", OTHER);
	assert_named("sql", OTHER);
	assert_named("cache", ID);
	assert_named("proxy", OTHER);
	assert_named("pod-1", ID);
	assert_named("sidecar", ID);
}

static void other_names_are_not(void **state)
{
	(void)state;
	assert_named("volume", NULL);
	assert_named("we", NULL);
	assert_named("webs", NULL);
	assert_named("default", NULL);
	assert_named("x", NULL);
	assert_named("", NULL);
	assert_named("..", NULL);
	assert_named("../names/default/proxy", NULL);
	assert_named("\",\"", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups_say_what_they_are),
		cmocka_unit_test(other_cgroups_are_none),
		cmocka_unit_test(names_are_in_the_files_of_the_daemons),
		cmocka_unit_test(other_names_are_not),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
