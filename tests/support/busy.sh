#!/bin/sh
# Usage: busy.sh SECONDS
# A command that makes many calls of many kinds with what every machine has: it searches the
# system's files for a word, over and over. It changes nothing, and ends by itself with status 0.

# A file that cannot be read, or the end of the time, is no failure of what is only to be watched.
timeout "$1" sh -c '
	while :; do
		find /usr -xdev -type f -size -64k -exec grep -l "system call" {} + | sort | tail -n 3
		sleep 0.1 # sleep: a busy command
	done
' 2>/dev/null
exit 0
