# SPDX-License-Identifier: GPL-2.0-or-later
# Counts the calls in strace's text: "calls errors name". Knows nothing of stop's parser: a call is a
# word before "(" where calls begin, its error is in the line that ends it. One that was interrupted
# and is made again is one call.
function count_end(pid, name, text) {
	if (text ~ /= \? ERESTART/) {
		goes_on[pid] = name
		waits[pid] = text ~ /ERESTARTSYS|ERESTARTNOINTR/
		return
	}
	calls[name]++
	if (text ~ /= -1 E[A-Z0-9]+ / && name != "rt_sigreturn")
		errors[name]++
}
/^% time/ { exit }
/^ > / { next }
{
	line = $0
	pid = 0
	if (match(line, /^\[pid +[0-9]+(<[^>]*>)?\] /)) {
		pid = substr(line, 6, RLENGTH - 7) + 0
		line = substr(line, RLENGTH + 1)
	} else if (match(line, /^[0-9][0-9]?[0-9]?[0-9]?[0-9]?[0-9]?[0-9]?(<[^>]*>)? +/)) {
		pid = line + 0
		line = substr(line, RLENGTH + 1)
	}
	# Times, number, address.
	sub(/^ *[0-9]+:[0-9]+:[0-9.]+ /, "", line)
	sub(/^ *[0-9]+\.[0-9]+ /, "", line)
	sub(/^\(\+ *[0-9.]+\) /, "", line)
	while (match(line, /^\[[ 0-9a-f?]+\] /))
		line = substr(line, RLENGTH + 1)
	if (match(line, /^<\.\.\. [a-z_0-9]+ resumed>/)) {
		name = substr(line, 6, RLENGTH - 14)
		if (name == "restart_syscall" && began[pid])
			name = began[pid]
		began[pid] = ""
		if (line ~ /\) += \?$/ || line ~ /\) += \? <[0-9.]+>$/)
			calls[name]++
		else
			count_end(pid, name, line)
		next
	}
	if (!match(line, /^[a-z_][a-z_0-9]*\(/))
		next
	name = substr(line, 1, RLENGTH - 1)
	if (name == "restart_syscall" && goes_on[pid])
		name = goes_on[pid]
	else if (goes_on[pid] && name != goes_on[pid] && !waits[pid]) {
		# A handler ran: it has failed, or is made again after that.
		calls[goes_on[pid]]++
		errors[goes_on[pid]]++
	}
	if (!waits[pid] || name == goes_on[pid])
		goes_on[pid] = waits[pid] = ""
	if (line ~ /<unfinished \.\.\.>$/ && line !~ /\) += \?/) {
		began[pid] = name
		next
	}
	if (line ~ /\) += \?$/ || line ~ /\) += \? <[0-9.]+>$/)
		calls[name]++
	else
		count_end(pid, name, line)
}
END {
	# What did not end was killed in it.
	for (pid in began)
		if (began[pid])
			calls[began[pid]]++
	for (pid in goes_on)
		if (goes_on[pid])
			calls[goes_on[pid]]++
	for (name in calls)
		if (name)
			printf "%d %d %s\n", calls[name], errors[name], name
}
