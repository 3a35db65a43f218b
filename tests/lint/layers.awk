# SPDX-License-Identifier: GPL-2.0-or-later
# Reads C files, with names relative to the top of the sources, and prints violations of the layers,
# one per line: "FILE:LINE: RULE: what is wrong". See layers.sh.
#
# Three kinds of rules:
#   order  a file includes headers of its own directory and of lower layers. As this is checked for
#          headers too, it also holds indirectly.
#   reach  some files must not reach some headers, directly or through our own headers.
#   use    some code is permitted in one directory only.

# Usage: layers("DIRECTORY…", NUMBER).
function layers(directories, number,    names, i, count)
{
	count = split(directories, names, " ")
	for (i = 1; i <= count; i++)
		layer[names[i]] = number
}

# Files that match WHO and not EXCEPT must not reach headers that match WHAT: a name without quotes,
# or a system header with its brackets.
function reach(rule, who, except, what)
{
	reach_rules[++reach_count] = rule
	reach_who[rule] = who
	reach_except[rule] = except
	reach_what[rule] = what
}

# In files that match WHO and not OWNER, no code may match WHAT. IN_STRINGS: nor strings.
function use(rule, who, owner, what, in_strings)
{
	use_who[rule] = who
	use_owner[rule] = owner
	use_what[rule] = what
	use_strings[rule] = in_strings
}

BEGIN {
	layers("base", 0)
	layers("arch abi", 1)
	layers("proc", 2)
	layers("event", 3)
	layers("engine engine/ptrace engine/bpf engine/replay engine/sample", 4)
	layers("stack", 5)
	layers("decode", 6)
	layers("model", 7)
	layers("out", 8)
	layers("ui", 9)
	layers("app", 10)

	product = "^(src|include)/"
	reach("engine", ".", "^(src|include|tests/unit)/engine/ptrace/|^src/engine/registry[.]c$" \
		"|^tests/simulation/|^tests/system/engine[.]c$|^bench/(drain|draw)[.]c$", "^engine/ptrace/")
	reach("clock", "^(src|include)/(model|decode|out|ui)/", "^src/out/listener[.]c$", "^base/clock[.]h$")
	reach("ptrace", product, "/engine/ptrace/", "^<(sys/|linux/)ptrace[.]h>$")
	reach("registers", product, "^(src|include)/arch/", "^<(sys/(user|reg)|asm/ptrace(-abi)?)[.]h>$")
	reach("bpf", product, "/engine/bpf/", "^<(bpf/|linux/(bpf|btf)[.]h)")
	reach("replay", product, "/engine/replay/", "^<babeltrace2?/")
	reach("perf", product, "/engine/sample/", "^<linux/perf_event[.]h>$")
	reach("unwinder", product, "/stack/", "^<(libunwind|elfutils/|libelf|gelf|dwarf|libiberty/|demangle)")
	reach("seccomp", product, "/stack/", "^<(seccomp|linux/(seccomp|filter))[.]h>$")
	reach("sock_diag", product, "/proc/", "^<linux/(sock_diag|inet_diag|unix_diag|netlink_diag)[.]h>$")
	reach("json", product, "/out/", "^<(jansson|microhttpd|curl/curl)[.]h>$")
	reach("curses", product, "/ui/", "^<(ncursesw?/)?(ncurses|curses|panel|menu|form|term)[.]h>$")

	use("ptrace", product, "/engine/ptrace/world/", call("ptrace"))
	use("reports", product, "/engine/ptrace/world/|/app/spawn[.]c", call("waitid"))
	use("seam", "^(src|include)/engine/ptrace/", "/engine/ptrace/world/", call("wait4|waitpid|(p|tg|tk)?kill|syscall" \
		"|p?(read|write)v?(64)?|openat?|fopen|close|p?poll|epoll_wait|pipe2?|eventfd|(clock_)?nanosleep" \
		"|clock_gettime|clock_now_ns|timer(fd)?_(create|[gs]ettime)|sig(timedwait|waitinfo)|prctl" \
		"|v?fork|clone3?|execve|sched_[a-z]+|[gs]etpriority|pthread_[gs]etaffinity_np"))
	use("remote memory", product, "/proc/", call("process_vm_(read|write)v"))
	use("bpf", product, "/engine/bpf/", call("bpf") "|SYS_bpf")
	use("perf", product, "/engine/sample/", call("perf_event_open") "|SYS_perf_event_open")
	use("/proc", product, "^(src|include)/proc/", "\"/proc(/|\")", 1)
	use("processor", product, "^(src|include)/(arch|abi)/", "user_regs_struct|UNW_X86|__x86_64__" \
		"|__i386__|__aarch64__|(^|[^a-zA-Z0-9_])(orig_rax|eflags|[re][abcd]x|[re][sd]i|[re][bsi]p" \
		"|r(8|9|1[0-5]))([^a-zA-Z0-9_]|$)|ABI_(X86_64|I386|X32|AARCH64)")
}

function call(names)
{
	return "(^|[^a-zA-Z0-9_.>])(" names ")[ \t]*[(]"
}

# The directory of FILE that is one of the layers; "" if there is none.
function directory_of(file,    path, i)
{
	i = split(file, path, "/")
	if (path[1] == "tests" && path[2] == "unit")
		path[2] = path[3] (path[3] == "engine" && i > 4 ? "/" path[4] : "")
	else if (path[1] != "src" && path[1] != "include")
		return ""
	else if (path[2] == "engine" && i > 3)
		path[2] = path[2] "/" path[3]
	return path[2]
}

function offend(file, line, rule, text)
{
	print file ":" line ": " rule ": " text
}

function check_order(there,    here, directory)
{
	here = directory_of(FILENAME)
	directory = directory_of("include/" there)
	if (there ~ /^(support|simulation)\//)
		return
	if (!(directory in layer))
		offend(FILENAME, FNR, "order", "includes " there ", which is of no layer")
	else if (here in layer && here != directory && layer[directory] >= layer[here] &&
		!(here == "engine" && directory ~ /^engine\//))
		offend(FILENAME, FNR, "order", here " includes " there ", which is not of a lower layer")
}

FNR == 1 {
	files[++file_count] = FILENAME
	commented = 0
}

{
	code = ""
	for (rest = $0; rest != "";) {
		if (commented) {
			end = index(rest, "*/")
			rest = end ? substr(rest, end + 2) : ""
			commented = !end
		} else {
			begin = index(rest, "/*")
			code = code (begin ? substr(rest, 1, begin - 1) " " : rest)
			rest = begin ? substr(rest, begin + 2) : ""
			commented = begin > 0
		}
	}
	sub(/\/\/.*/, "", code)
}

code ~ /^[ \t]*#[ \t]*include/ {
	there = code
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", there)
	sub(/[ \t]*$/, "", there)
	if (there ~ /^"/)
		there = substr(there, 2, length(there) - 2)
	if (there ~ /^[a-z]+\//)
		check_order(there)
	included[FILENAME, ++includes[FILENAME]] = there
	line_of[FILENAME, includes[FILENAME]] = FNR
	next
}

{
	bare = code
	gsub(/"([^"\\]|\\.)*"/, "\"\"", bare)
	for (rule in use_what) {
		if (FILENAME ~ use_who[rule] && FILENAME !~ use_owner[rule] &&
			(use_strings[rule] ? code : bare) ~ use_what[rule])
			offend(FILENAME, FNR, rule, "belongs elsewhere: " $0)
	}
}

# The file that is included as NAME.
function file_of(name)
{
	return name ~ /^support\// ? "tests/" name : "include/" name
}

function is_bound(rule, file)
{
	return file ~ reach_who[rule] && file !~ reach_except[rule]
}

# Follows the includes of FILE, but not those of headers to which the rule applies: these are
# checked themselves.
function check_reach(rule, file,    i, j, first, last, at, name, chain, queue, origin, seen)
{
	for (i = 1; i <= includes[file]; i++) {
		delete queue
		delete chain
		delete seen
		first = last = 1
		queue[1] = included[file, i]
		chain[1] = queue[1]
		for (; first <= last; first++) {
			name = queue[first]
			if (name ~ reach_what[rule]) {
				offend(file, line_of[file, i], rule, "reaches " chain[first])
				break
			}
			at = file_of(name)
			if (is_bound(rule, at))
				continue
			for (j = 1; j <= includes[at]; j++) {
				if (included[at, j] in seen)
					continue
				seen[included[at, j]] = 1
				queue[++last] = included[at, j]
				chain[last] = chain[first] " > " included[at, j]
			}
		}
	}
}

END {
	for (r = 1; r <= reach_count; r++) {
		for (f = 1; f <= file_count; f++) {
			if (is_bound(reach_rules[r], files[f]))
				check_reach(reach_rules[r], files[f])
		}
	}
}
