# SPDX-License-Identifier: GPL-2.0-or-later
# Formats benchmark results as a table: medians, their ratios, and how reliable they are.
#
#   awk -f report.awk -v summary=FILE results.tsv
#
# Reads lines of load, contestant, metric, round, value and mark. Ratios are medians of the ratios
# of each round, not ratios of medians: a disturbance of a round affects all of its runs. The spread
# is the interquartile range.

BEGIN {
	FS = OFS = "\t"
}

/^#/ {
	print
	print >summary
	next
}

{
	key = $1 FS $3
	if (!(key in seen)) {
		seen[key] = ++keys
		name[keys] = key
	}
	if (!((key, $2) in at)) {
		at[key, $2] = ++count[key]
		who[key, count[key]] = $2
	}
	value[key, $2, $4] = $5
	if ($4 > rounds)
		rounds = $4
	runs[key, $2]++
	if ($6 != "")
		disturbed[key, $2]++
}

# Sorts list[1] to list[n].
function sort(list, n,    i, j, item) {
	for (i = 2; i <= n; i++) {
		item = list[i]
		for (j = i - 1; j > 0 && list[j] > item; j--)
			list[j + 1] = list[j]
		list[j + 1] = item
	}
}

# The SHARE (0 to 1) quantile of the sorted list[1] to list[n].
function quantile(list, n, share,    rank, low) {
	rank = 1 + (n - 1) * share
	low = int(rank)
	if (low >= n)
		return list[n]
	return list[low] + (list[low + 1] - list[low]) * (rank - low)
}

# Collects the values of CONTESTANT, divided by those of BASE unless that is "". Returns their number.
function gather(list, key, contestant, base,    round, n) {
	n = 0
	for (round = 1; round <= rounds; round++) {
		if (!((key, contestant, round) in value))
			continue
		if (base == "")
			list[++n] = value[key, contestant, round]
		else if ((key, base, round) in value && value[key, base, round] + 0 != 0)
			list[++n] = value[key, contestant, round] / value[key, base, round]
	}
	sort(list, n)
	return n
}

function ratio(key, contestant, base,    list, n) {
	n = gather(list, key, contestant, base)
	return n ? sprintf("%.2f", quantile(list, n, 0.5)) : "-"
}

# A number with its unit, which the name of the metric implies.
function shown(metric, number) {
	if (metric ~ /_ns$/)
		return number < 1e3 ? sprintf("%.0f ns", number) : \
			number < 1e6 ? sprintf("%.2f us", number / 1e3) : \
			number < 1e9 ? sprintf("%.2f ms", number / 1e6) : sprintf("%.2f s", number / 1e9)
	if (metric ~ /_us$/)
		return number < 1e3 ? sprintf("%.0f us", number) : sprintf("%.2f ms", number / 1e3)
	return number < 10 ? sprintf("%.3f", number) : sprintf("%.0f", number)
}

END {
	print "load", "contestant", "metric", "runs", "disturbed", "median", "spread", \
		"to_untraced", "to_minimal_info", "to_stop" >summary
	printf "%-9s %-15s %-15s %12s %7s %9s %9s %9s\n", "LOAD", "CONTESTANT", "METRIC", "MEDIAN", \
		"SPREAD", "/UNTRACED", "/MINIMAL", "/STOP"
	for (k = 1; k <= keys; k++) {
		split(name[k], part, FS)
		print ""
		for (i = 1; i <= count[name[k]]; i++) {
			contestant = who[name[k], i]
			# "stop:5000" is compared with contestants of the same size.
			size = contestant ~ /:/ ? substr(contestant, index(contestant, ":")) : ""
			n = gather(list, name[k], contestant, "")
			median = quantile(list, n, 0.5)
			spread = median ? (quantile(list, n, 0.75) - quantile(list, n, 0.25)) / median : 0
			bare = ratio(name[k], contestant, "untraced" size)
			minimal = ratio(name[k], contestant, "minimal-info" size)
			stop = ratio(name[k], contestant, "stop" size)
			marks = disturbed[name[k], contestant] + 0
			printf "%-9s %-15s %-15s %12s %6.0f%% %9s %9s %9s%s\n", part[1], contestant, \
				part[2], shown(part[2], median), spread * 100, bare, minimal, stop, \
				marks ? "  ! " marks " of " runs[name[k], contestant] " disturbed" : ""
			print part[1], contestant, part[2], runs[name[k], contestant], marks, median, \
				sprintf("%.3f", spread), bare, minimal, stop >summary
		}
	}
}
