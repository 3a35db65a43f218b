#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Checks whether tracing changes the behaviour of a command: runs it untraced, under strace and
# under stop, and compares output and exit status with those of the untraced run.
#
#   compare.sh COMMAND [ARGUMENT]...   prints one line, or more if the runs differ
#   compare.sh -f FILE                 each line of FILE is a shell command
#   compare.sh                         the commands below, which every machine has; fails if stop
#                                      makes a difference (a test of `make check`)
#
# Environment: STOP, the program; TRIES, how often each is run (1); FILTER, a sed script that
# removes expected differences; WITHOUT_STRACE=1 skips strace.
set -u

stop=${STOP:-stop}
export top_srcdir="${top_srcdir:-.}"
work=$(mktemp -d "${TMPDIR:-/tmp}/stop-compare.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
same=0
strace_differs=0
stop_differs=0
unsteady=0

# Usage: run NAME COMMAND [ARGUMENT]... Runs it in an empty directory; the result goes to
# $work/NAME.
run() {
	name=$1
	shift
	rm -rf "$work/here"
	mkdir "$work/here"
	(cd "$work/here" && exec timeout -k 5 "${LIMIT:-120}" "$@") \
		>"$work/out" 2>"$work/err" </dev/null
	status=$?
	{
		echo "status $status"
		sed "${FILTER:-}" "$work/out"
		echo "standard error:"
		sed "${FILTER:-}" "$work/err"
	} >"$work/$name"
}

# Usage: matches NAME. Whether its result is that of the untraced run.
matches() {
	cmp -s "$work/bare" "$work/$1"
}

show() {
	diff "$work/bare" "$work/$1" | head -n 6 | sed "s/^/    /"
}

# Usage: settled NAME COMMAND [ARGUMENT]... Whether none of several more untraced runs has the
# result of NAME: a race in the command itself is not a difference made by the tracer.
settled() {
	name=$1
	shift
	cp "$work/$name" "$work/odd"
	bares=0
	while [ $bares -lt 20 ]; do
		run more "$@"
		! cmp -s "$work/more" "$work/odd" || return 1
		bares=$((bares + 1))
	done
}

# Usage: compare LABEL COMMAND [ARGUMENT]...
compare() {
	label=$1
	shift
	run bare "$@"
	run again "$@"
	if ! matches again; then
		unsteady=$((unsteady + 1))
		printf '%s\n' "differs by itself: $label"
		return
	fi
	by_strace=same
	by_stop=same
	if [ -z "${WITHOUT_STRACE:-}" ]; then
		run strace strace -f -o /dev/null "$@"
		matches strace || ! settled strace "$@" || by_strace=DIFFERS
	fi
	run stop "$stop" -c -o "$work/table" -- "$@"
	matches stop || ! settled stop "$@" || by_stop=DIFFERS
	[ $by_strace = same ] || strace_differs=$((strace_differs + 1))
	if [ $by_stop = same ]; then
		same=$((same + 1))
	else
		stop_differs=$((stop_differs + 1))
	fi
	printf '%s\n' "strace $by_strace, stop $by_stop: $label"
	[ $by_strace = same ] || show strace
	[ $by_stop = same ] || show stop
}

compare_often() {
	tries=${TRIES:-1}
	while [ "$tries" -gt 0 ]; do
		compare "$@"
		tries=$((tries - 1))
	done
}

compare_lines() {
	while IFS= read -r line; do
		case $line in
		'' | '#'*) ;;
		*) compare_often "$line" sh -c "$line" </dev/null ;;
		esac
	done
}

selection() {
	cat <<'EOF'
true
exit 7
kill -TERM $$
kill -KILL $$
ls -la /usr/bin | cksum
find "$top_srcdir/include" -name "*.h" | sort | xargs cat | cksum
seq 1 20000 | sort -R | sort -n | tail -n 1
i=0; while [ $i -lt 200 ]; do (exit 3) || i=$((i + 1)); done; echo $i
for i in 1 2 3 4 5; do sleep 0.0$i & done; wait; echo waited
trap 'echo caught' USR1; kill -USR1 $$; echo after
trap 'echo caught' USR1; (until grep -q "^State:.S" /proc/$$/status; do :; done; kill -USR1 $$; exec sleep 9) & wait; echo $?; kill $!
yes | head -c 3000000 | cksum
head -c 2000000 /dev/zero | gzip | gzip -d | cksum
timeout 0.1 sleep 10; echo $?
timeout -s KILL 0.1 sleep 10; echo $?
sh -c 'sh -c "sh -c \"exit 9\""'; echo $?
mkfifo f; (echo through >f) & cat f
awk 'BEGIN { while (i++ < 50) system("true"); print i }'
printf 'a:\n\techo one\nb:\n\techo two\nall: a b\n' >Makefile; make -s -j2 all | sort
tar -cf - -C /etc passwd group | tar -tvf -
cat /nowhere; echo $?
EOF
}

case ${1:-} in
-f) compare_lines <"$2" ;;
'')
	command -v strace >/dev/null || WITHOUT_STRACE=1
	selection >"$work/selection"
	compare_lines <"$work/selection"
	;;
*) compare_often "$*" "$@" ;;
esac
echo "the same under stop: $same; strace made a difference: $strace_differs, stop: $stop_differs;" \
	"no two bare runs alike: $unsteady"
[ "$stop_differs" -eq 0 ]
