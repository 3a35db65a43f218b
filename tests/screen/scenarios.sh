#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Questions about real programs, the keys that lead to the answer (two at most), and the text that
# answers it, in a terminal of 80x24 if nothing else is said. Programs that are not installed are
# left out. Skipped without tmux, or if tracing is not possible.
set -eu

command -v tmux >/dev/null && command -v pgrep >/dev/null || exit 77
"$STOP" -c -o /dev/null -- true 2>/dev/null || exit 77

directory=$(mktemp -d)
socket=
export XDG_CONFIG_HOME="$directory/config"
unset TMUX
started=
asked=0

tm() {
	tmux -S "$socket" -f /dev/null "$@"
}

clean_up() {
	[ -z "$socket" ] || tm kill-server 2>/dev/null || :
	for pid in $started; do
		kill "$pid" 2>/dev/null || :
	done
	[ ! -d "$directory/data" ] || as_postgres pg_ctl -D "$directory/data" -m immediate stop \
		>/dev/null 2>&1 || :
	rm -rf "$directory"
}
trap clean_up EXIT

# Usage: start COMMAND...: starts a program, whose PID is in $target.
start() {
	"$@" >/dev/null 2>&1 &
	target=$!
	started="$started $target"
}

# Usage: until_true COMMAND...: waits until it succeeds, for at most a minute.
until_true() {
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] || return 1
		sleep 0.1 # sleep: between two checks
	done
}

on_screen() {
	tm capture-pane -p -t stop | grep -qE -- "$1"
}

# Usage: ask QUESTION SIZE KEYS ANSWER ARGUMENTS...: starts stop with the arguments, presses the keys,
# and waits for the answer, a regular expression for a line.
ask() {
	question=$1 size=$2 keys=$3 answer=$4
	shift 4
	# Each with a server of its own: the one before may not have ended yet.
	tm kill-server 2>/dev/null || :
	asked=$((asked + 1))
	socket=$directory/tmux$asked
	tm new-session -d -s stop -x "${size%x*}" -y "${size#*x}" \
		env LC_ALL=C.UTF-8 "$STOP" --engine="${ENGINE:-auto}" -d 0.3 "$@"
	tm set-option -t stop remain-on-exit on
	if until_true on_screen "┌1 Calls"; then
		for key in $keys; do
			tm send-keys -t stop "$key"
		done
		until_true on_screen "$answer" && return
	fi
	printf '%s\nkeys: %s; no line has "%s" in\n' "$question" "${keys:-none}" "$answer"
	tm capture-pane -p -t stop
	exit 1
}

has() {
	for program; do
		command -v "$program" >/dev/null || return 1
	done
}

# A process that makes no calls.

if has "$TRACEES/spinning.tracee"; then
	start "$TRACEES/spinning.tracee"
	spinner=$target
	# Where the kernel refuses samples, the stack says so instead.
	ask "What does it do, without a call?" 80x24 "" "in user space \(spin_here" -p "$spinner"
	ask "Who calls that?" 120x40 "Tab b" "spin_outer" -p "$spinner"
fi

# One of several processes with the same name.

start "$TRACEES/titled.tracee" "titled: checkpointer"
ask "Which of them is it?" 80x24 "Tab" " checkpointer " -p "$target"
ask "What is its command line?" 80x24 "Tab Enter" "^.titled: checkpointer" -p "$target"

# A process that waits.

touch "$directory/lock"
start flock "$directory/lock" sleep 1000 # sleep: a target
holder=$target
until_true sh -c "! flock -n '$directory/lock' true"
start flock "$directory/lock" true
ask "Who has the lock that it waits for?" 80x24 "" "lock held by $holder" -p "$target"
ask "Who has the lock that it waits for?" 200x60 "" "lock held by $holder \(flock\)" -p "$target"

start sh -c 'sleep 1000 | cat' # sleep: a target
pipeline=$target
until_true pgrep -P "$pipeline" -x cat
until_true pgrep -P "$pipeline" -x sleep
reader=$(pgrep -P "$pipeline" -x cat)
writer=$(pgrep -P "$pipeline" -x sleep)
started="$started $reader $writer"
ask "Who is at the other end of the pipe?" 80x24 "" "pipe ↔ $writer \(sleep\)" -p "$reader"

if has python3; then
	cat >"$directory/connect.py" <<-'END'
		import socket
		listener = socket.socket()
		listener.bind(("127.0.0.1", 0))
		listener.listen(0)
		full = [socket.socket() for _ in range(4)]
		for one in full[:-1]:
		    one.setblocking(False)
		    one.connect_ex(listener.getsockname())
		full[-1].connect(listener.getsockname())
	END
	start python3 "$directory/connect.py"
	ask "To whom does it connect?" 80x24 "" "in connect .*127\.0\.0\.1" -p "$target"
fi

# What fails.

ask "How did it end?" 80x24 "" "killed: SIGSEGV" -- sh -c "sleep 0.5; kill -SEGV \$\$" # sleep: a target

if has python3; then
	cat >"$directory/import.py" <<-'END'
		import importlib
		while True:
		    importlib.invalidate_caches()
		    try:
		        import no_such_module
		    except ImportError:
		        pass
		    try:
		        open("/no/such/file")
		    except OSError:
		        pass
	END
	start python3 "$directory/import.py"
	ask "What is it looking for?" 80x24 "f e" "ENOENT .*/no/such/file" -p "$target"
	ask "What does it do?" 120x40 "" "python3 busy [0-9.]+%" -p "$target"
	kill "$target"
fi

# Children.

start sh -c 'sleep 1000 & sleep 1000 & wait' # sleep: a target
until_true sh -c "[ \$(pgrep -c -P $target -x sleep) = 2 ]"
started="$started $(pgrep -P "$target" -x sleep | tr '\n' ' ')"
ask "Are its children traced?" 80x24 "" "2 children are not traced: F follows them" -p "$target"
ask "What do its children do?" 80x24 F "2 more processes are followed" -p "$target"
until_true on_screen "clock_nanosleep" || exit 1

# Who reads what.

start sh -c "while :; do find /usr/share/doc; done"
ask "Where does it look?" 80x24 "f v" "/usr/share/doc" -p "$target"
kill "$target"

cat >"$directory/Makefile" <<-'END'
	all: a b c d
	a b c d: ; sleep 2; echo $@ # sleep: a target
END
if has make; then
	ask "What does make execute?" 80x24 t "sleep 2" -- make -j2 -B -C "$directory" # sleep: a target
fi

# Servers.

if has redis-server redis-benchmark; then
	start redis-server --port 0 --unixsocket "$directory/redis" --save "" --appendonly no
	server=$target
	until_true redis-cli -s "$directory/redis" ping
	start redis-benchmark -s "$directory/redis" -t set -c 10 -l
	ask "What does redis do?" 80x24 "" "redis-server busy [0-9.]+%" -p "$server"
	ask "Which threads do nothing?" 80x24 "" "idle: futex ×[0-9]" -p "$server"
	ask "Where do its writes come from?" 200x60 "" "4 Stacks? of" -p "$server"
	kill "$target" "$server"
fi

if has nginx wrk; then
	port=$(($$ % 20000 + 20000))
	mkdir "$directory/html"
	echo hello >"$directory/html/index.html"
	cat >"$directory/nginx.conf" <<-END
		daemon off; master_process off; user root; pid $directory/nginx.pid;
		error_log $directory/error.log;
		events { }
		http { access_log off; server { listen 127.0.0.1:$port; root $directory/html; } }
	END
	start nginx -c "$directory/nginx.conf"
	server=$target
	until_true test -s "$directory/nginx.pid"
	start wrk -t 1 -c 4 -d 1000 "http://127.0.0.1:$port/"
	ask "Which files does it serve?" 80x24 f "html/index.html" -p "$server"
	kill "$target" "$server"
fi

as_postgres() {
	tool=$1
	shift
	setpriv --reuid=postgres --regid=postgres --clear-groups \
		env PATH="$(dirname "$(readlink -f "$(command -v postgres)")"):$PATH" "$tool" "$@"
}

if has postgres setpriv && [ "$(id -u)" = 0 ] && id postgres >/dev/null 2>&1; then
	chmod 755 "$directory"
	mkdir "$directory/data"
	chown postgres "$directory/data"
	as_postgres initdb -N -D "$directory/data" >/dev/null
	as_postgres pg_ctl -D "$directory/data" -l "$directory/data/log" -w \
		-o "-c listen_addresses='' -c unix_socket_directories='$directory/data'" start >/dev/null
	as_postgres pgbench -h "$directory/data" -i -q postgres >/dev/null 2>&1
	leader=$(head -n 1 "$directory/data/postmaster.pid")
	# That of the preparation may not have ended yet.
	until_true sh -c "! pgrep -P $leader -f '^postgres: postgres postgres'"
	start as_postgres pgbench -h "$directory/data" -c 2 -T 1000 postgres
	until_true pgrep -P "$leader" -f "^postgres: postgres postgres"
	backend=$(pgrep -P "$leader" -f "^postgres: postgres postgres" | head -n 1)
	ask "Which file do commits wait for?" 80x24 f "pg_wal/[0-9A-F]+" -p "$backend"
	ask "What takes its time?" 120x40 "" "│(fdatasync|fsync|recvfrom|epoll_wait) " -p "$backend"
	kill "$target"
fi
