/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of descriptors for decode/call_text.h; see decode/descriptors.h. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "decode/descriptor_state.h"

/* What the kernel calls objects that have no name of their own. */
static const char *const kernel_names[KIND_COUNT] = {
	[KIND_PIDFD] = "anon_inode:[pidfd]",
	[KIND_EPOLL] = "anon_inode:[eventpoll]",
	[KIND_EVENTFD] = "anon_inode:[eventfd]",
	[KIND_TIMERFD] = "anon_inode:[timerfd]",
	[KIND_SIGNALFD] = "anon_inode:[signalfd]",
	[KIND_INOTIFY] = "anon_inode:inotify",
	[KIND_URING] = "anon_inode:[io_uring]",
};

/* What FD was at the beginning of the last detail, if that has changed it. */
static bool was_changed(const struct descriptors *descriptors, int fd, struct object **object)
{
	for (size_t i = 0; i < descriptors->change_count; i++) {
		if (descriptors->change[i].fd != fd)
			continue;
		*object = descriptors->change[i].object;
		return true;
	}
	return false;
}

/* The object of FD for the call of DETAIL, or NULL. */
static struct object *find(const struct descriptors *descriptors, const struct event_detail *detail,
	int fd, bool is_new)
{
	const struct follower *follower = map_get(
		&descriptors->followers, (uint64_t)detail->event.tid);
	struct object *object = NULL;
	bool is_last = descriptors->last_tid == detail->event.tid &&
	               descriptors->last_ns == detail->event.time_ns;
	if (!follower)
		return NULL;
	if (fd == AT_FDCWD)
		return follower->process->directory.object;
	if (is_last && !is_new && was_changed(descriptors, fd, &object))
		return object;
	const struct fd_table *table = follower_table(follower);
	return fd >= 0 && (size_t)fd < table->count ? table->entry[fd].object : NULL;
}

static bool name(struct descriptor_namer *namer, const struct event_detail *detail, int fd,
	bool is_new, char *buf, size_t size)
{
	const struct descriptors *descriptors = (const struct descriptors *)namer;
	const struct object *object = object_real(find(descriptors, detail, fd, is_new));
	if (!object || object->kind == KIND_UNKNOWN || object->kind == KIND_CLOSED)
		return false;
	const char *anonymous = kernel_names[object->kind];
	text_escape(anonymous ? anonymous : object->name,
		anonymous ? strlen(anonymous) : object->size, buf, size);
	return true;
}

void descriptors_init_namer(struct descriptors *descriptors)
{
	descriptors->namer.name = name;
}

struct descriptor_namer *descriptors_namer(struct descriptors *descriptors)
{
	return &descriptors->namer;
}
