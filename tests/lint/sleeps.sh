#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# No result of a test depends on a fixed delay: tests pause with the functions of
# tests/support/pause.h, each for one harmless reason; any other sleep, also in scripts, needs a
# comment "sleep:" on its line that says why.
#
# Prints the sleeps without a reason, and fails if there are any.
set -eu
cd "${top_srcdir:-.}"

# Usage: sleeps DIRECTORY. The commands that compare.sh compares may sleep.
sleeps() {
	find "$1" -name '*.[ch]' ! -path '*/support/pause.h' -exec grep -nE \
		'(^|[^A-Za-z0-9_.])((u|nano|clock_nano)?sleep|pause_ns)\(|poll\((NULL|0), 0, [^-]' {} + || :
	find "$1" -name '*.sh' ! -path '*/lint/sleeps.sh' ! -path '*/system/compare.sh' \
		-exec grep -nE '(^|[^A-Za-z0-9_.])u?sleep [0-9.$]' {} + || :
}

# Usage: unexplained DIRECTORY.
unexplained() {
	sleeps "$1" | grep -v 'sleep: [a-z]' || :
}

# Self-test.
planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
cat >"$planted/bad.c" <<'END'
	usleep(1000);
	nanosleep(&later, NULL);
	sleep(1);
	poll(NULL, 0, 100);
	pause_ns(1000);
END
cat >"$planted/good.c" <<'END'
	usleep(1000); /* sleep: the call that is watched */
	syscall(SYS_nanosleep, &time, NULL);
	poll(NULL, 0, -1);
	pause_pace(1000);
	program_start("sleep 1000");
END
echo 'sleep 0.1' >"$planted/bad.sh"
echo 'sleep 0.1 # sleep: between two checks' >"$planted/good.sh"
found=$(cd "$planted" && unexplained .)
if [ "$(printf '%s\n' "$found" | grep -c '/bad[.]')" -ne 6 ] || printf '%s\n' "$found" | grep -q '/good[.]'; then
	printf 'the check does not find the six planted offences alone:\n%s\n' "$found"
	exit 1
fi

found=$(unexplained tests)
if [ -n "$found" ]; then
	printf '%s\n' "$found"
	exit 1
fi
