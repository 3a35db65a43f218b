#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen on terminals of which this system has no description: what is built in is used, for
# newer terminals that of an older one, and others are refused with a reason.
#
# Usage: terminals.sh [bare]: the second time, in a mount namespace without a terminal database.
# Skipped without tmux, or without the right to mount.
set -eu

command -v tmux >/dev/null && command -v unshare >/dev/null || exit 77
if [ "${1-}" != bare ]; then
	unshare -m true 2>/dev/null || exit 77
	exec unshare -m "$0" bare
fi
for directory in /etc/terminfo /lib/terminfo /usr/lib/terminfo /usr/share/terminfo "${HOME-/root}/.terminfo"; do
	[ ! -d "$directory" ] || mount -t tmpfs none "$directory" || exit 77
done

directory=$(mktemp -d)
socket=
unset TMUX TERMINFO TERMINFO_DIRS COLORTERM
clean_up() {
	[ -z "$socket" ] || tmux -S "$socket" kill-server 2>/dev/null || :
	rm -rf "$directory"
}
trap clean_up EXIT
cat >"$directory/trace" <<'END'
7 10:00:00.000001 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <0.000010>
7 10:00:00.000100 close(3) = 0 <0.000010>
END

on_screen() {
	tmux -S "$socket" capture-pane -p | grep -qF "$1"
}

# Usage: expect TERM TEXT: TEXT appears on a terminal called TERM.
expect() {
	# Each with a server of its own: the one before may not have ended yet.
	socket=$directory/tmux.$1
	tmux -S "$socket" -f /dev/null new-session -d -x 80 -y 24 \
		"TERM=$1 LC_ALL=C.UTF-8 XDG_CONFIG_HOME=$directory '$STOP' '$directory/trace'; read _"
	tries=0
	until on_screen "$2"; do
		tries=$((tries + 1))
		if [ "$tries" -ge 600 ]; then
			echo "TERM=$1: there is no \"$2\" in:"
			tmux -S "$socket" capture-pane -p
			exit 1
		fi
		sleep 0.1 # sleep: between two checks
	done
	tmux -S "$socket" kill-server
}

"$STOP" --version | grep -q '([1-9][0-9]* terminals built in)' || exit 77
expect xterm-256color "│openat"
expect xterm-of-next-year "│openat"
expect tmux-256color "│openat"
expect linux "│openat"
expect of-next-year 'the terminal "of-next-year" is unknown'
