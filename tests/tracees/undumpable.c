/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undumpable: makes itself undumpable, prints "ready", and exits after reading a byte. */
#include "tracee.h"

int main(void)
{
	tracee_begin();
	if (prctl(PR_SET_DUMPABLE, 0) < 0)
		tracee_fail("prctl");
	tracee_ready();
	return 0;
}
