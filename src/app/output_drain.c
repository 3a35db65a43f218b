/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading output while stop is stopped; see app/output_drain.h. */
#include "config.h"

#include "app/output_drain.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/spawn.h"
#include "base/vm_process.h"

/* Beyond the capacity of a transcript (TRANSCRIPT_LINES of TRANSCRIPT_LINE_MAX), output is dropped.
 */
#define KEPT_MAX     (1 << 20)

/* Time limit for the child to exit, in steps of a millisecond. */
#define END_STEPS_MS 1000

/* In the child: reads until the other end of STOP_FD is closed. */
static void read_on(int output_fd, int stop_fd, int memory_fd)
{
	struct pollfd fds[] = {{.fd = stop_fd}, {.fd = output_fd, .events = POLLIN}};
	char buf[4096];
	size_t kept = 0;
	while (poll(fds, 2, -1) >= 0 && !fds[0].revents) {
		ssize_t got = read(output_fd, buf, sizeof(buf));
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			fds[1].fd = -1; /* the command is gone: there will be no more output */
		if (got > 0 && kept < KEPT_MAX && write(memory_fd, buf, (size_t)got) > 0)
			kept += (size_t)got;
	}
	_exit(0);
}

int output_drain_start(struct output_drain *drain, int output_fd)
{
	int stop[2];
	*drain = (struct output_drain){.stop_fd = -1, .memory_fd = -1};
	int memory_fd = memfd_create("output", MFD_CLOEXEC);
	if (memory_fd < 0)
		return -errno;
	if (pipe2(stop, O_CLOEXEC) < 0) {
		int error = errno;
		close(memory_fd);
		return -error;
	}
	pid_t pid = fork();
	int error = errno;
	if (pid == 0) {
		/* Leaves the process group that the terminal stops. */
		setsid();
		int kept[] = {output_fd, stop[0], memory_fd};
		vm_process_separate_descriptors(kept, 3);
		read_on(output_fd, stop[0], memory_fd);
	}
	close(stop[0]);
	if (pid < 0) {
		close(stop[1]);
		close(memory_fd);
		return -error;
	}
	*drain = (struct output_drain){pid, stop[1], memory_fd};
	return 0;
}

static void take(int memory_fd, struct transcript *transcript)
{
	char buf[4096];
	ssize_t got;
	lseek(memory_fd, 0, SEEK_SET);
	while ((got = read(memory_fd, buf, sizeof(buf))) > 0)
		transcript_add(transcript, buf, (size_t)got);
}

void output_drain_end(struct output_drain *drain, struct transcript *transcript)
{
	int code, signal;
	if (!drain->pid)
		return;
	close(drain->stop_fd);
	for (int i = 0; i < END_STEPS_MS && !spawn_has_ended(drain->pid, &code, &signal); i++)
		poll(NULL, 0, 1);
	take(drain->memory_fd, transcript);
	close(drain->memory_fd);
	*drain = (struct output_drain){0};
}
