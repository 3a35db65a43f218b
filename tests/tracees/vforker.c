/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vforker: its child prints "ready" and exits after reading a byte; until then its parent, which
 * exits with the child's status, is in vfork(2). */
#include <sys/wait.h>

#include "tracee.h"

int main(void)
{
	char byte;
	int status;
	tracee_begin();
	pid_t child = vfork();
	if (child == 0) {
		if (syscall(SYS_write, 1, "ready\n", 6) != 6 || syscall(SYS_read, 0, &byte, 1) != 1)
			_exit(94);
		_exit(7);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}
