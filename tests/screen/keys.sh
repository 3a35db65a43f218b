#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The screen in a real terminal, tmux: each key of the table in src/ui/keys.c with a real command,
# resizes, and every way of ending, with the terminal's settings compared. Skipped without tmux, or
# if tracing is not possible.
set -eu

command -v tmux >/dev/null || exit 77
"$STOP" -c -o /dev/null -- true 2>/dev/null || exit 77

directory=$(mktemp -d)
socket=$directory/tmux
export XDG_CONFIG_HOME="$directory/config"
unset TMUX

tm() {
	tmux -S "$socket" -f /dev/null "$@"
}

# A separate tmux server with its own socket.
sleeper=
trap 'tm kill-server 2>/dev/null || :; kill $sleeper 2>/dev/null || :; rm -rf "$directory"' EXIT

fail() {
	printf '%s\nThe screen:\n' "$1"
	tm capture-pane -p || :
	exit 1
}

# Usage: shows TEXT: whether it is on the screen. No process has TEXT in its arguments: the list of
# processes would show it, too.
shows() {
	printf '%s\n' "$1" >"$directory/pattern"
	tm capture-pane -p | grep -qF -f "$directory/pattern"
}

# Usage: await TEXT: waits until TEXT is on the screen, for at most 90 s.
await() {
	tries=0
	until shows "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 900 ] || fail "\"$1\" did not appear"
		sleep 0.1 # sleep: between two checks
	done
}

# Usage: gone TEXT: waits until TEXT is no longer on the screen.
gone() {
	tries=0
	while shows "$1"; do
		tries=$((tries + 1))
		[ "$tries" -lt 900 ] || fail "\"$1\" did not disappear"
		sleep 0.1 # sleep: between two checks
	done
}

# Usage: press KEYS... TEXT: presses the keys, one after the other, and waits for TEXT.
press() {
	while [ $# -gt 1 ]; do
		echo "$1" >>"$directory/pressed"
		tm send-keys "$1"
		shift
	done
	await "$1"
}

# Usage: mouse NAME BUTTON COLUMN ROW TEXT: sends a mouse report and waits for TEXT; the first cell
# is 1, 1.
mouse() {
	echo "$1" >>"$directory/pressed"
	# shellcheck disable=SC2046
	tm send-keys -H $(printf '\033[<%d;%d;%dM' "$2" "$3" "$4" | od -An -v -tx1)
	await "$5"
}

# Usage: row_of TEXT and column_of TEXT: its position on the screen.
row_of() {
	tm capture-pane -p | grep -nF -- "$1" | head -n 1 | cut -d: -f1
}
column_of() {
	tm capture-pane -p | awk -v text="$1" 'i = index($0, text) { print i; exit }'
}

# The names of the keys in the table, one per line, as passed to press and mouse.
table() {
	sed -n 's/^\t{{.*}, ACTION_[^"]*"\([^"]*\)".*/\1/p' "$top_srcdir/src/ui/keys.c" |
		tr ' ' '\n' | sed -e 's/^\\\\$/\\/' -e 's/^BkSp$/BSpace/' -e 's/^Esc$/Escape/' \
		-e 's/^S-Tab$/BTab/' -e 's/^PgUp$/PPage/' -e 's/^PgDn$/NPage/' \
		-e 's/^^L$/C-l/' -e 's/^Alt-/M-/' -e 's/^^Z$/C-z/'
}

# A command with output, and calls of several classes, one of which fails. It exits when the
# directory is removed: some instances are left running on purpose.
cat >"$directory/busy" <<'EOF'
n=0
while [ -e "$0" ]; do n=$((n + 1)); echo "output $n"; cat /nonexistent 2>/dev/null; sleep 0.2; done # sleep: a busy command
EOF

start() {
	tm send-keys "clear; PATH=$directory/bin:\$PATH $STOP --engine=ptrace -d 0.3 --snapshot-dir=$directory -- sh $directory/busy; echo left" Enter
	await "calls/s"
	await "wait4"
}

# A manual page that stays until Enter.
mkdir "$directory/bin"
cat >"$directory/bin/man" <<'EOF'
#!/bin/sh
echo "the page of $2 in section $1"
read -r _
EOF
chmod +x "$directory/bin/man"

tm new-session -d -x 80 -y 24 sh
tm send-keys "PS1='ready> '; stty -a >$directory/before; cd $directory" Enter
await "ready>"
start

press h "help; again: engine, cost"
press x "TOTAL"
press F1 "more"
press F1 "details lost"
press F1 "TOTAL"
press '?' "more"
press PPage "more"
press q "TOTAL"
press Enter "latency ≥"
press Escape "TOTAL"
press Tab "WAITING ON"
press Tab "calls "
press Tab "Stack of thread"
press Tab "output"
await "output 1"
press Tab "TOTAL"
press BTab "output"
press BSpace "TOTAL"
press M-2 "2 Threads"
press M-3 "3 thread "
press M-4 "4 Stack"
press M-5 "5 Files"
press M-6 "6 What"
press M-7 "7 Log"
press M-8 "8 Signals"
press M-9 "9 Output"
press M-1 "1 Calls"
press H "WAITING ON"
press t "WAITING ON"
press F5 "WAITING ON"
press '\' "threads with"
press Escape "WAITING ON"
press b "Stack of thread"
press b "WAITING ON"
press H "TOTAL"
press '\' r e e d "did you mean"
press C-u w a i t 4 Enter "filter wait4"
press F4 C-u Enter "h help"
gone "filter wait4"
press F4 e r r Tab E N O E N "ENOENT"
press Tab " " a n d " " p a t Tab / n o n e x i s t e n t Enter "path:/nonexistent"
await "filtered for"
press F4 C-u e r o : x "unknown key"
press C-u Enter "h help"
gone "filtered for"
press c "all of them"
press Down Space "[x] %file"
press Escape "filter %file"
gone "all of them"
press 1 "filter %file"
press 2 "filter %desc"
press 3 "filter %network"
press 4 "filter %memory"
press 5 "filter %process"
press 6 "filter %signal"
press 7 "filter %ipc"
press 8 "filter %clock"
press 9 "filter %creds"
press 0 "h help"
gone "filter %"
press o "cannot split time"
press M "in section 2"
press Enter "TOTAL"
press x "SIGCHLD"
await "handles:"
press x "TOTAL"
press l "Log of "
press '*' "Log of all calls"
await "LC_TIME"
press / L C _ T I "search"
press Enter "G follows"
press = ", only"
press '*' "Log of all calls"
press - ", without"
press '*' "Log of all calls"
press / L C _ N U "search"
press Enter "G follows"
press % "Log of"
press Enter "G follows"
press Y "Copied"
press Enter "G follows"
press p "PAUSED"
press p "h help"
press l "TOTAL"
press f "FILE OR PEER"
await "v: each"
await "libc.so.6"
press v "v: by directory"
await "/lib/x86_64-linux-gnu/"
press v "v: by kind"
press v "v: each"
press / l i b c . s o "search"
press Enter "h help"
press Enter "kind file"
await "threads"
press b "Stacks of /lib/x86_64-linux-gnu/libc.so.6"
press b "FILE OR PEER"
press f "▼%TIME"
await "CALL  "
press e "filter errors"
press e "h help"
gone "filter errors"
press / w a i "search"
press Enter "h help"
press F3 w a i "search"
press Enter "h help"
press n "h help"
press N "h help"
press F6 "sort by"
press Escape "▼%TIME"
press '>' "▼TOTAL"
press I "▲TOTAL"
press '<' "▼%TIME"
press i "TOTAL"
press a "no advice"
press A "TOTAL"
press R "TOTAL"
press F "Every child is traced"
press D "stay in the list"
press D "leave the list"
press H "TOTAL"
press i "TOTAL"
press p "PAUSED"
press Z "h help"
press z "since reset"
press z "Totals since the start"
press B "Baseline:"
press B "since the baseline"
press NPage PPage "PER SECOND"
press Escape "TOTAL"
press B "since the baseline"
press B "Baseline:"
press z "Counting from now"
press B "Baseline:"
press z "Totals since the start"
press d "delay"
press C-u 0 . 4 Enter "h help"
press s "Written:"
press W ".html"
press K "signal for"
press Enter "send SIGTERM to"
press n "h help"
press F9 "signal for"
press Escape "h help"
press S "theme     dark"
press Space "theme     light"
press Escape "Saved in"
press F2 "theme     light"
press Escape "Saved in"
press b "Stacks of"
press m "by module"
press m "each"
press w "by calls"
press w "by time"
press y "Written:"
press Escape "TOTAL"
press Down Up PPage NPage Home End j k G g C-l "TOTAL"

# The mouse: click a title to sort, again to invert; select a row; the keys in the bar, a menu, the
# wheel.
mouse click 0 "$(column_of CALLS)" "$(row_of TOTAL)" "▼CALLS"
mouse click 0 "$(column_of CALLS)" "$(row_of TOTAL)" "▲CALLS"
mouse click 0 "$(column_of TOTAL)" "$(row_of TOTAL)" "▼TOTAL"
press Home "wait4"
mouse click 0 3 "$(row_of wait4)" "TOTAL"
press Enter "wait4  "
press Escape "TOTAL"
mouse wheel 65 3 8 "TOTAL"
mouse wheel 64 3 8 "TOTAL"
mouse click 0 "$(column_of 'F6 sort')" 24 "sort by"
press Escape "TOTAL"
press c "all of them"
mouse click 0 "$(column_of '%desc')" "$(row_of '%desc')" "[x] %desc"
mouse click 0 1 6 "filter %desc"
gone "all of them"
press 0 "h help"
gone "filter %"
mouse click 0 1 24 "help; again: engine, cost"
mouse click 0 1 6 "TOTAL"
grep -q '^theme = light' "$XDG_CONFIG_HOME/stop/stoprc" || fail "the setup was not saved"
ls "$directory"/stop-sh-*.json >/dev/null || fail "there is no snapshot"

# A recording: of what comes from then on, and it has an end.
press r "rec "
recorded=$(cd "$directory" && echo stop-sh-*.ctf)
press r "Recorded"
tries=0
until "$STOP" -c --format=json -o "$directory/recorded" "$directory/$recorded" &&
	! grep -q 'has no end' "$directory/recorded"; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "the recording has no end"
	sleep 0.1 # sleep: between two checks
done
grep -q '"comm": "sh"' "$directory/recorded" || fail "the recording has no threads"
gone "rec "

# A storm of resizes, including one that is too small.
for size in 100x40 60x12 41x11 30x8 250x70 200x50 79x23 140x36; do
	tm resize-window -x "${size%x*}" -y "${size#*x}"
done
tm resize-window -x 30 -y 8
await "too small"
tm resize-window -x 80 -y 24
await "TOTAL"

# ^Z detaches from the targets; fg attaches again.
press C-z "ready>"
press f g Enter "were not counted"

# Every way of ending, and the terminal's settings after each.
same() {
	await "left"
	await "ready>"
	# The quotes distinguish the typed text from the printed one.
	tm send-keys "clear; stty -a >$directory/after; echo com''pared" Enter
	await "compared"
	cmp -s "$directory/before" "$directory/after" || fail "the terminal is not as it was after $1"
}

# The stop running in the terminal: a child of its shell.
stop_pid() {
	ps -o pid= --ppid "$(tm display -p '#{pane_pid}')" | tr -d ' ' | head -n 1
}

press q "the command still runs"
press s "h help"
press F10 "the command still runs"
# An answer that ends the command is accepted once the question was displayed for a while.
until tm capture-pane -p | grep -q "^left"; do
	tm send-keys e
	sleep 0.5 # sleep: sets the pace of the answers
done
same "q, e"
for signal in TERM HUP INT; do
	start
	kill -s "$signal" "$(stop_pid)"
	same "SIG$signal"
done
start
press q "the command still runs"
tm send-keys l
same "q, l"

# A recording, which is over: paused, back and from mark to mark, and slowly on.
"$STOP" -c --engine=ptrace --record="$directory/played" -o /dev/null -- \
	sh -c 'cat /nonexistent; sleep 2; cat /nonexistent; :' 2>/dev/null # sleep: a time to play
tm send-keys "clear; $STOP $directory/played.ctf; echo left" Enter
await "at the end"
press p "paused"
press '[' '[' '{' '{' '}' ']' '{' '.' "paused"
press '(' '(' '(' p "x1/8"
press ')' "x1/4"
press q "left"
same "a recording, q"

# A log of strace's from a pipe that stays open: keys come from the terminal, and from what is read
# on, files are counted.
cat >"$directory/log" <<'EOF'
1000  10:00:00.000000 execve("/bin/piped", ["piped"], 0x7ffe00000000 /* 3 vars */) = 0 <0.000100>
1000  10:00:00.000200 openat(AT_FDCWD, "/etc/piped", O_RDONLY) = 3 <0.000010>
1000  10:00:00.000300 read(3, "x", 4096) = 1 <0.000010>
EOF
mkfifo "$directory/pipe"
(cat "$directory/log"; exec sleep 1000) >"$directory/pipe" & # sleep: keeps the pipe open
writer=$!
tm send-keys "clear; $STOP - <$directory/pipe; echo left" Enter
await "openat"
press f "counted from now on"
press q "left"
kill "$writer"
tm send-keys "clear; $STOP $directory/log; echo left" Enter
await "openat"
press f "/etc/piped"
press q "left"
same "a log, q"

# A flight recorder: what was before the key is written.
tm send-keys "clear; $STOP --engine=ptrace -d 0.3 --flight=60s --record=$directory/flown -- sh $directory/busy; echo left" Enter
await "flight "
await "wait4"
press r "written: "
press h h "flight recorder"
press q "TOTAL"
press q "the command still runs"
tm send-keys l
await "left"
"$STOP" -c -o "$directory/recorded" "$directory/flown.ctf" || fail "it cannot be replayed"
grep -q wait4 "$directory/recorded" || fail "what was before the key is missing"

# Every key of the table has been pressed.
table >"$directory/table"
[ "$(wc -l <"$directory/table")" -gt 40 ] || fail "the key table was not found"
while read -r key; do
	grep -qxF -- "$key" "$directory/pressed" || fail "the key $key of the table was not pressed"
done <"$directory/table"

# Without a target: one is chosen from a list.
choose() {
	tm send-keys "clear; $STOP --engine=ptrace -d 0.3; echo left" Enter
	await "choose a process to attach to"
}

# By a name that no other process has, also not as a part of its command.
name=stop-keys-$$x
ln -s "$(command -v tail)" "$directory/$name"
"$directory/$name" -f /dev/null &
sleeper=$!
choose
# In two parts, as tmux is a process whose command would match until it has ended.
tm send-keys "${name%x}"
tm send-keys x
await "Filter: $name"
await " 1 of "
tm send-keys C-z
await "ready>"
tm send-keys "fg" Enter
await "Filter: $name"
press Enter "($sleeper)"
press q "left"
same "a chosen process, q"
choose
press Escape "left"
same "none chosen"
choose
kill -s TERM "$(stop_pid)"
same "SIGTERM while choosing"
kill "$sleeper"
