#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The page of --report, of a command, of a trace and of a comparison: its size, what is in it, and,
# in Debian's headless Chromium, that it says nothing on the console, asks for nothing, keeps names
# from being more than text, and can be sorted and filtered by keys.
set -eu

directory=$(mktemp -d)
# A browser that has just ended still writes its profile.
trap 'for _ in 1 2 3 4 5 6 7 8 9; do rm -rf "$directory" 2>/dev/null && break; sleep 1; done' EXIT # sleep: between two tries

fail() {
	echo "$1"
	exit 1
}

"$STOP" -c -o /dev/null -- true 2>/dev/null || exit 77

# Names that would be more than text if they were not escaped; one is long.
mkdir "$directory/files"
: >"$directory/files/<script>document.title=1<"
: >"$directory/files/\" onload='document.title=2' x=\"&amp;"
cat >"$directory/hostile" <<'EOF2'
cd "$(dirname "$0")/files"
for name in *; do cat "$name"; done
cat '</style></title></table><img src=x onerror=document.title=3>' 2>/dev/null
i=0
while [ $i -lt 40 ]; do i=$((i + 1)); cat "$(printf '%0200d' $i)<b>" 2>/dev/null; done
:
EOF2
"$STOP" -c -k '%file' --report="$directory/page.html" -o /dev/null -- sh "$directory/hostile" ||
	fail "no page was written"
[ "$(stat -c %a "$directory/page.html")" = 600 ] || fail "others can read the page"
[ "$(wc -c <"$directory/page.html")" -le $((2 << 20)) ] || fail "the page is too large"
for id in verdict calls errors files processes threads cost; do
	grep -q "id=\"$id\"" "$directory/page.html" || fail "the page has no part $id"
done
grep -q '&lt;script&gt;document.title=1' "$directory/page.html" || fail "a file is not in the page"
[ "$(grep -o '<script' "$directory/page.html" | wc -l)" -eq 1 ] || fail "there is another script"
! grep -q '<img' "$directory/page.html" || fail "a name is an element"
! grep -qE '(src|href)="[^#]' "$directory/page.html" || fail "the page refers to something else"
"$STOP" --report="$directory/no/page.html" -c -o /dev/null true 2>/dev/null &&
	fail "no error for a page that cannot be written"

# The same from a recording and from what strace has written.
"$STOP" -c --record="$directory/kept" -o /dev/null -- sh "$directory/hostile"
"$STOP" -c --report="$directory/replayed.html" -o /dev/null "$directory/kept.ctf"
grep -q 'id="calls"' "$directory/replayed.html" || fail "no page of a recording"
printf '%s\n' '1 10.000001 openat(AT_FDCWD, "<b>", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000010>' \
	'1 10.000100 +++ exited with 0 +++' >"$directory/strace"
"$STOP" -c --report="$directory/strace.html" -o /dev/null "$directory/strace"
grep -q '/&lt;b&gt;' "$directory/strace.html" || fail "no file in the page of strace's text"

# A comparison.
for side in a b; do
	"$STOP" -c --format=json -o "$directory/$side.json" -- sh "$directory/hostile"
done
"$STOP" --diff --report="$directory/diff.html" "$directory/a.json" "$directory/b.json" >/dev/null
grep -q 'Comparison of system calls' "$directory/diff.html" || fail "no page of a comparison"
# Its numbers are those of the JSON.
"$STOP" --diff --format=json -o "$directory/diff.json" "$directory/a.json" "$directory/b.json"
! command -v python3 >/dev/null || python3 - "$directory/diff.json" "$directory/diff.html" <<'END' || fail "the page of a comparison has other numbers"
import html, json, re, sys
diff = json.load(open(sys.argv[1]))
page = open(sys.argv[2]).read()
table = page[page.index('id="calls"'):]
rows = re.findall(r"<tr><th scope=.row[^>]*>(.*?)</th>(.*?)</tr>", table[:table.index("</table>")])
assert [html.unescape(name) for name, _ in rows] == [row["name"] for row in diff["calls"]]
for (name, cells), row in zip(rows, diff["calls"]):
	numbers = re.findall(r'<td class="n">(.*?)</td>', cells)
	assert len(numbers) == 9, numbers
	for shown, side in zip(numbers[3:5], "ab"):
		if row["calls"][side] < 1000:
			assert float(shown) == row["calls"][side], (name, shown, row)
assert any("<svg" in cells for _, cells in rows)
END

for browser in chromium-headless-shell chromium; do
	command -v $browser >/dev/null && break
	browser=
done
if [ -z "$browser" ] || ! command -v python3 >/dev/null; then
	echo "the page was not opened: chromium-headless-shell or chromium, or python3, are not installed"
	exit 0
fi
PYTHONDONTWRITEBYTECODE=1 timeout 120 python3 "${top_srcdir:-.}/tests/system/page.py" "$(command -v "$browser")" "$directory" \
	page.html replayed.html strace.html diff.html
