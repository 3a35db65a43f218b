/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pods of Kubernetes, on the node that they run on: a pod is the cgroup above its containers, whose
 * name has the pod's UID. What they are called is found without asking the kubelet or a runtime: in
 * the names of the directories of their logs, and in the files in which runtimes keep the
 * annotations of containers. For the main thread.
 */
#ifndef STOP_APP_POD_H
#define STOP_APP_POD_H

#include <stdbool.h>
#include <stddef.h>

#include "proc/cgroup.h"

/* Sizes of the longest UID, and of the longest name and namespace, including the final NUL. */
#define POD_UID_MAX   48
#define POD_NAME_MAX  256

/* Size of the longest message of pod_find(), including the final NUL. */
#define POD_ERROR_MAX 400

/*
 * Parses the last component of the first SIZE bytes of PATH: "pod1234…", as the cgroupfs driver
 * names them, or "kubepods-burstable-pod1234….slice". Returns whether it is the cgroup of a pod,
 * with its UID as Kubernetes writes it. Pure.
 */
bool pod_parse(const char *path, size_t size, char uid[POD_UID_MAX]);

/* What a pod is called. */
struct pod_name {
	char uid[POD_UID_MAX];
	char space[POD_NAME_MAX]; /* its namespace */
	char name[POD_NAME_MAX];
};

/*
 * What the pods of this node are called, according to the files below ROOT ("": those of this
 * system). They may include pods that have ended. Returns their number, and the names in *NAMES,
 * which the caller frees; no UID is there twice.
 */
size_t pod_names(const char *root, struct pod_name **names);

/* A pod that has processes. */
struct pod {
	struct pod_name name; /* only the UID, if nothing says more */
	struct cgroup cgroup;
};

/*
 * Finds the pod that NAME means, in the namespace SPACE (NULL: in any): a name, a UID, or a unique
 * prefix of one; "NAMESPACE/NAME" is both. Returns 0 with *POD, or -errno with one line in ERROR
 * that lists candidates.
 */
int pod_find(const char *name, const char *space, struct pod *pod, char error[POD_ERROR_MAX]);

#endif
