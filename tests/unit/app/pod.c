/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pods: their UIDs in the names of cgroups, their names in files of the kubelet and of runtimes. */
#include "config.h"

#include "support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/pod.h"

#define UID    "a01b36e5-28a0-4e31-9ee5-615ceed08321"
#define SYSUID "a01b36e5_28a0_4e31_9ee5_615ceed08321"
#define OTHER  "11111111-2222-3333-4444-555555555555"
#define STATIC "0123456789abcdef0123456789abcdef"

static void assert_parsed(const char *path, const char *uid)
{
	char found[POD_UID_MAX];
	if (!pod_parse(path, strlen(path), found))
		fail_msg("%s is not recognized", path);
	assert_string_equal(found, uid);
}

static void assert_none(const char *path)
{
	char found[POD_UID_MAX];
	if (pod_parse(path, strlen(path), found))
		fail_msg("%s is taken for %s", path, found);
}

static void cgroups_have_uids(void **state)
{
	(void)state;
	assert_parsed("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" SYSUID
		      ".slice",
		UID);
	assert_parsed("/kubepods.slice/kubepods-pod" SYSUID ".slice", UID);
	assert_parsed("/kubelet.slice/kubelet-kubepods-besteffort-pod" SYSUID ".slice", UID);
	assert_parsed("/kubepods/burstable/pod" UID, UID);
	assert_parsed("/kubepods/pod" STATIC, STATIC);
	assert_parsed("/kubepods-burstable-pod" STATIC ".slice", STATIC);
}

static void other_cgroups_have_none(void **state)
{
	(void)state;
	assert_none("/");
	assert_none("/kubepods");
	assert_none("/kubepods/burstable");
	assert_none("/kubepods.slice/kubepods-burstable.slice");
	assert_none("/kubepods/pod");
	assert_none("/kubepods/podman");
	assert_none("/machine.slice/machine-pod12.slice");
	assert_none("/kubepods/pod" UID UID);
	assert_none("/kubepods/pod" UID "/3f2a");
	assert_none("/kubepods-pod.slice");
}

static char root[] = "/tmp/stop-test-XXXXXX";

static int make_files(void **state)
{
	char command[4096];
	(void)state;
	if (!mkdtemp(root))
		return -1;
	snprintf(command, sizeof(command),
		"cd %s && mkdir -p var/log/pods/default_web-5d8f_" UID " var/log/pods/odd "
		"var/log/pods/a_b_c_d var/log/pods/_x_1 var/log/pods/x__1 "
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/1 "
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/2 "
		"run/containerd/io.containerd.runtime.v2.task/k8s.io/3 "
		"run/containers/storage/overlay-containers/4/userdata && "
		"echo '{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"web-5d8f\","
		"\"io.kubernetes.cri.sandbox-namespace\":\"default\","
		"\"io.kubernetes.cri.sandbox-uid\":\"" UID "\"}}' "
		">run/containerd/io.containerd.runtime.v2.task/k8s.io/1/config.json && "
		"echo '{\"annotations\":{\"io.kubernetes.cri.sandbox-name\":\"db-0\","
		"\"io.kubernetes.cri.sandbox-namespace\":\"prod\","
		"\"io.kubernetes.cri.sandbox-uid\":\"" OTHER "\"}}' "
		">run/containerd/io.containerd.runtime.v2.task/k8s.io/2/config.json && "
		"echo '{\"annotations\":[7' "
		">run/containerd/io.containerd.runtime.v2.task/k8s.io/3/config.json && "
		"echo '{\"annotations\":{\"io.kubernetes.pod.name\":\"etcd-node\","
		"\"io.kubernetes.pod.namespace\":\"kube-system\","
		"\"io.kubernetes.pod.uid\":\"" STATIC "\"}}' "
		">run/containers/storage/overlay-containers/4/userdata/config.json",
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

/* Whether NAMES have one of UID that is called so. */
static void assert_named(const struct pod_name *names, size_t count, const char *uid,
	const char *space, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i].uid, uid) != 0)
			continue;
		assert_string_equal(names[i].space, space);
		assert_string_equal(names[i].name, name);
		return;
	}
	fail_msg("%s has no name", uid);
}

static void files_have_names(void **state)
{
	struct pod_name *names;
	(void)state;
	size_t count = pod_names(root, &names);
	assert_int_equal(count, 3);
	assert_named(names, count, UID, "default", "web-5d8f");
	assert_named(names, count, OTHER, "prod", "db-0");
	assert_named(names, count, STATIC, "kube-system", "etcd-node");
	free(names);
}

static void no_files_have_none(void **state)
{
	struct pod_name *names;
	(void)state;
	assert_int_equal(pod_names("/nonexistent", &names), 0);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroups_have_uids),
		cmocka_unit_test(other_cgroups_have_none),
		cmocka_unit_test(files_have_names),
		cmocka_unit_test(no_files_have_none),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
