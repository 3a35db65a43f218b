/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pseudo-terminal; see pty.h. */
#include "config.h"

#include "support/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "support/pty.h"

#define OUTPUT_MAX (1 << 20)

void pty_open(struct pty *pty)
{
	*pty = (struct pty){.output = calloc(1, OUTPUT_MAX)};
	pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(pty->master >= 0);
	assert_int_equal(grantpt(pty->master), 0);
	assert_int_equal(unlockpt(pty->master), 0);
	pty->slave = open(ptsname(pty->master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(pty->slave >= 0);
	ioctl(pty->slave, TIOCSWINSZ, &(struct winsize){.ws_row = PTY_ROWS, .ws_col = PTY_COLUMNS});
}

void pty_close(struct pty *pty)
{
	if (pty->slave >= 0)
		close(pty->slave);
	if (pty->master >= 0)
		close(pty->master);
	free(pty->output);
}

void pty_become_terminal(const struct pty *pty)
{
	setsid();
	ioctl(pty->slave, TIOCSCTTY, 0);
	for (int fd = 0; fd < 3; fd++)
		dup2(pty->slave, fd);
}

bool pty_read(struct pty *pty, int ms)
{
	struct pollfd input = {.fd = pty->master, .events = POLLIN};
	if (poll(&input, 1, ms) <= 0)
		return true;
	ssize_t got = read(pty->master, pty->output + pty->used, OUTPUT_MAX - 1 - pty->used);
	if (got <= 0)
		return false;
	pty->used += (size_t)got;
	pty->output[pty->used] = '\0';
	return true;
}

void pty_forget(struct pty *pty)
{
	pty->used = 0;
	pty->output[0] = '\0';
}

bool pty_has(struct pty *pty, const char *text)
{
	pty_read(pty, 1);
	return strstr(pty->output, text) != NULL;
}

void pty_type(struct pty *pty, const char *keys)
{
	size_t size = strlen(keys);
	assert_int_equal(write(pty->master, keys, size), size);
}
