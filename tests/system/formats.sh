#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The formats of --format and --log-format, read by the programs that they are for. Those that are
# missing are named.
set -eu

ENGINE=${ENGINE:-ptrace}
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77
. "$top_srcdir/tests/support/npm.sh"

directory=$(mktemp -d)
trap 'rm -rf "$directory" || { sleep 1; rm -rf "$directory" || :; }' EXIT # sleep: a browser still writes its profile

fail() {
	echo "$1"
	exit 1
}

# Usage: stop OPTION…. With the engine of the environment.
stop() {
	"$STOP" "--engine=$ENGINE" "$@"
}

cat >"$directory/target.sh" <<'END'
for i in 1 2 3 4 5; do cat /nonexistent; cat /etc/hostname; done >/dev/null 2>&1
kill -USR1 $$
END
printf 'trap : USR1\n' | cat - "$directory/target.sh" >"$directory/several"

# Usage: stacks FORMAT.
stacks() {
	stop -c -k openat,read --format="$1" -o "$directory/stacks.$1" -- sh "$directory/several"
}

# speedscope: its own schema.
if npm_have speedscope ajv; then
	stacks speedscope
	cat >"$directory/speedscope.mjs" <<'END'
import Ajv from "ajv";
import fs from "fs";
const [schema, path] = process.argv.slice(2).map((name) => JSON.parse(fs.readFileSync(name)));
const ajv = new Ajv({ strict: false, allErrors: true });
if (!ajv.validate(schema, path)) throw new Error(ajv.errorsText());
const [time, calls] = path.profiles;
const sum = (profile) => profile.weights.reduce((a, b) => a + b, 0);
if (sum(time) !== time.endValue || sum(calls) !== calls.endValue) throw new Error("sums");
const leaves = new Set(calls.samples.map((sample) => path.shared.frames[sample.at(-1)].name));
if (!leaves.has("openat") || !leaves.has("read")) throw new Error([...leaves].join());
console.log(sum(calls));
END
	schema=$(echo "$STOP_NPM"/node_modules/speedscope/dist/release/file-format-schema*.json)
	npm_run "$directory/speedscope.mjs" "$schema" "$directory/stacks.speedscope" >"$directory/sum" ||
		fail "speedscope's schema refuses it"
	[ "$(cat "$directory/sum")" -gt 20 ] || fail "calls are missing in speedscope"
fi

# Usage: loads FILE TEXT…: whether speedscope itself loads FILE, and then has each TEXT.
loads() {
	printf 'speedscope.loadFileFromBase64("%s", "%s")' "${1##*/}" "$(base64 -w 0 "$1")" >"$directory/profile.js"
	app=file://$STOP_NPM/node_modules/speedscope/dist/release/index.html
	timeout "${limit:-100}" "$browser" --no-sandbox --disable-gpu --use-angle=swiftshader --enable-unsafe-swiftshader \
		--allow-file-access-from-files --virtual-time-budget=10000 --user-data-dir="$directory/browser" \
		--dump-dom "$app#localProfilePath=$directory/profile.js" >"$directory/dom" 2>/dev/null
	shift
	for text; do
		grep -qF -- "$text" "$directory/dom" || return 1
	done
}
browser=$(command -v chromium-headless-shell || command -v chromium) || browser=
if [ "$browser" ] && npm_have speedscope; then
	stacks speedscope
	stacks folded
	loads "$directory/stacks.speedscope" " - speedscope</title>" "time in calls" ||
		fail "speedscope does not load its format"
	loads "$directory/stacks.folded" "<title>stacks.folded - speedscope</title>" ||
		fail "speedscope does not load folded stacks"
	echo "no stack" >"$directory/none.folded"
	# It asks something then, and waits.
	limit=10 loads "$directory/none.folded" " - speedscope</title>" && fail "speedscope loads everything"
else
	echo "skipped: a browser or speedscope is missing"
fi

# pprof: decoded by another implementation, and by protoc.
if npm_have pprof-format; then
	stacks pprof
	cat >"$directory/pprof.mjs" <<'END'
import { Profile } from "pprof-format";
import fs from "fs";
const profile = Profile.decode(fs.readFileSync(process.argv[2]));
const text = (index) => profile.stringTable.strings[Number(index)];
const types = profile.sampleType.map((type) => `${text(type.type)}/${text(type.unit)}`).join();
if (types !== "calls/count,time/nanoseconds") throw new Error(types);
const functions = new Map(profile.function.map((each) => [each.id, text(each.name)]));
const locations = new Map(profile.location.map((each) => [each.id, each]));
const mappings = new Set(profile.mapping.map((each) => each.id));
let calls = 0;
for (const sample of profile.sample) {
	const names = sample.locationId.map((id) => {
		const location = locations.get(id);
		if (Number(location.mappingId) && !mappings.has(location.mappingId)) throw new Error("mapping");
		return functions.get(location.line[0].functionId);
	});
	if (!["openat", "read"].includes(names[0])) throw new Error(names[0]);
	calls += Number(sample.value[0]);
}
console.log(calls);
END
	npm_run "$directory/pprof.mjs" "$directory/stacks.pprof" >"$directory/sum" ||
		fail "pprof-format cannot read it"
	[ "$(cat "$directory/sum")" -gt 20 ] || fail "calls are missing in pprof"
fi
command -v protoc >/dev/null && [ -e "$directory/stacks.pprof" ] &&
	! protoc --decode_raw <"$directory/stacks.pprof" >/dev/null && fail "protoc cannot read it"

# Usage: logged FORMAT [OPTION]…. Writes log.FORMAT, and calls.json, the summary of the same run.
logged() {
	format=$1
	shift
	stop -c --format=json -o "$directory/calls.json" --log="$directory/log.$format" \
		--log-format="$format" "$@" -- sh "$directory/several"
}

# Usage: counted FIELD [CALL]: in the summary.
counted() {
	python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
rows = [row for row in report["syscalls"] if len(sys.argv) < 4 or row["name"] == sys.argv[3]]
print(sum(row[sys.argv[2]] for row in rows))' "$directory/calls.json" "$@"
}

command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 0; }

# Trace events: the fields that their description asks of each phase; as many slices as calls, each
# with the thread and name of the text log's line; slices of a thread do not overlap.
logged chrome
cat >"$directory/chrome.py" <<'END'
import collections, json, sys

fields = {"X": {"name", "ts", "dur", "pid", "tid", "cat", "args"}, "M": {"name", "pid", "tid", "args"},
	"i": {"name", "ts", "pid", "tid", "s"}, "C": {"name", "ts", "pid", "args"},
	"s": {"name", "ts", "pid", "tid", "id", "cat"}, "f": {"name", "ts", "pid", "tid", "id", "cat", "bp"}}
events = json.load(open(sys.argv[1]))
threads = collections.defaultdict(list)
for event in events:
	missing = fields[event["ph"]] - event.keys()
	assert not missing, (event, missing)
	assert event.get("s", "t") in "gpt" and event.get("ts", 0) >= 0 and event.get("dur", 0) >= 0, event
	if event["ph"] == "X":
		threads[event["tid"]].append(event)
named = {event["tid"] for event in events if event["name"] == "thread_name"}
assert named == threads.keys(), (named, threads.keys())
for slices in threads.values():
	slices.sort(key=lambda event: event["ts"])
	for before, after in zip(slices, slices[1:]):
		assert before["ts"] + before["dur"] <= after["ts"] + 0.01, (before, after)
assert any(event["ph"] == "i" and event["name"] == "SIGUSR1" for event in events)
print(sum(map(len, threads.values())))
END
[ "$(python3 "$directory/chrome.py" "$directory/log.chrome")" -eq "$(counted calls)" ] ||
	fail "as trace events, calls are missing"

# NDJSON: what DuckDB and ClickHouse count is what stop has counted.
logged ndjson
python3 -c '
import json, sys
for line in open(sys.argv[1]): assert json.loads(line)["schema"] == "stop.line/1"' "$directory/log.ndjson" ||
	fail "lines are no JSON"
expected="$(counted calls openat),$(counted errors openat)"
if npm_have @duckdb/node-api; then
	cat >"$directory/duckdb.mjs" <<'END'
import duckdb from "@duckdb/node-api";
const connection = await (await duckdb.DuckDBInstance.create()).connect();
const result = await connection.runAndReadAll(`select count(*), count(errno)
	from read_json_auto('${process.argv[2]}') where type = 'syscall' and name = 'openat'`);
console.log(result.getRowsJson()[0].join());
END
	[ "$(npm_run "$directory/duckdb.mjs" "$directory/log.ndjson")" = "$expected" ] ||
		fail "DuckDB has other counts"
	# As Parquet, as README says.
	cat >"$directory/parquet.mjs" <<'END'
import duckdb from "@duckdb/node-api";
const connection = await (await duckdb.DuckDBInstance.create()).connect();
await connection.run(`copy (from read_json_auto('${process.argv[2]}')) to '${process.argv[3]}'`);
const result = await connection.runAndReadAll(`select count(*), count(errno)
	from '${process.argv[3]}' where type = 'syscall' and name = 'openat'`);
console.log(result.getRowsJson()[0].join());
END
	[ "$(npm_run "$directory/parquet.mjs" "$directory/log.ndjson" "$directory/log.parquet")" = "$expected" ] ||
		fail "Parquet has other counts"
	[ "$(head -c 4 "$directory/log.parquet")" = PAR1 ] || fail "it is no Parquet"
fi
if npm_have chdb; then
	cat >"$directory/chdb.mjs" <<'END'
import { query } from "chdb";
process.stdout.write(query(`select count(), countIf(errno is not null)
	from file('${process.argv[2]}', JSONEachRow) where type = 'syscall' and name = 'openat'`, "CSV"));
END
	[ "$(npm_run "$directory/chdb.mjs" "$directory/log.ndjson")" = "$expected" ] ||
		fail "ClickHouse has other counts"
fi

# strace's text: lnav's table of it has the same counts and errors, of each call that has returned.
if command -v lnav >/dev/null; then
	mkdir "$directory/home" "$directory/split"
	stop -c --format=json -o "$directory/calls.json" -ff --log="$directory/split/log" --log-format=plain -- \
		sh "$directory/several"
	HOME=$directory/home lnav -n -c ';SELECT syscall, count(*) AS calls, count(errno) AS errors, sum(duration) AS time
		FROM strace_log WHERE syscall IS NOT NULL GROUP BY syscall' -c ":write-json-to $directory/lnav.json" \
		"$directory"/split/log.* >/dev/null
	python3 - "$directory/calls.json" "$directory/lnav.json" <<'END' || fail "lnav has other counts"
import json, sys
report, rows = (json.load(open(path)) for path in sys.argv[1:])
counted = {call["name"]: call for call in report["syscalls"] if call["calls"]}
# What has not returned has no result, as in strace: it is no line of lnav's.
seen = {row["syscall"]: row for row in rows}
assert set(counted) - set(seen) <= {"exit_group", "rt_sigreturn"}, set(counted) - set(seen)
for name, row in seen.items():
	call = counted[name]
	assert (row["calls"], row["errors"]) == (call["calls"], call["errors"]), (row, call)
	if not call["partial"]:
		# Microseconds, rounded down.
		assert -1 < call["total_ns"] - row["time"] * 1e9 < 1000 * call["calls"] + 1, (row, call)
END
else
	echo "skipped: lnav is missing"
fi

# Rows of a report as NDJSON: the numbers of its JSON.
stop -c --files --processes --format=ndjson -o "$directory/rows.ndjson" -- sh "$directory/several" --token hunter2
python3 - "$directory/rows.ndjson" <<'END' || fail "rows of NDJSON"
import json, sys
lines = [json.loads(line) for line in open(sys.argv[1])]
assert {line["schema"] for line in lines} == {"stop.line/1"}
assert {line["type"] for line in lines} >= {"report", "call", "thread", "file", "program"}, lines
assert all(line["host"] and line["time_ns"] > 10**18 for line in lines)
report = next(line for line in lines if line["type"] == "report")
calls = [line for line in lines if line["type"] == "call"]
assert report["totals"]["calls"] == sum(line["calls"] for line in calls)
assert "hunter2" not in open(sys.argv[1]).read() and "--token ***" in report["command"], report["command"]
END

# Metrics: promtool reads them, and the sums are those of the summary.
stop -c --format=prometheus -o "$directory/stop.prom" -- sh "$directory/several"
if command -v promtool >/dev/null; then
	promtool check metrics <"$directory/stop.prom" >"$directory/lint" 2>&1 ||
		fail "promtool: $(cat "$directory/lint")"
else
	echo "skipped: promtool is missing"
fi
python3 - "$directory/stop.prom" <<'END' || fail "metrics"
import re, sys
value = {}
for line in open(sys.argv[1]):
	if not line.startswith("#"):
		name, number = line.rsplit(" ", 1)
		assert name not in value, name
		value[name] = float(number)
calls = {re.search(r'syscall="([^"]*)"', name)[1]: number
	for name, number in value.items() if name.startswith("stop_syscalls_total")}
assert calls["openat"] > 20, calls
for call, number in calls.items():
	buckets = [count for name, count in value.items()
		if name.startswith('stop_syscall_duration_seconds_bucket{syscall="%s"' % call)]
	assert buckets == sorted(buckets), call
	if buckets:
		assert buckets[-1] == value['stop_syscall_duration_seconds_count{syscall="%s"}' % call] <= number
assert value['stop_syscall_errors_total{syscall="openat",errno="ENOENT"}'] >= 5
END
# Frames replace the file, which keeps its mode: a real node_exporter may read it at any time.
: >"$directory/frames.prom"
chmod 644 "$directory/frames.prom"
before=$(stat -c %i "$directory/frames.prom")
stop -b -d 0.05 -n 3 --format=prometheus -o "$directory/frames.prom" -- sh "$directory/several"
[ "$(grep -c '^stop_elapsed_seconds' "$directory/frames.prom")" -eq 1 ] || fail "more than one frame"
[ "$(stat -c %a "$directory/frames.prom")" = 644 ] || fail "the mode was changed"
[ "$(stat -c %i "$directory/frames.prom")" != "$before" ] || fail "it was not replaced at once"
stop -c --format=openmetrics -o "$directory/open" -- true
[ "$(tail -n 1 "$directory/open")" = "# EOF" ] || fail "no end of OpenMetrics"
grep -q '^# TYPE stop_syscalls counter$' "$directory/open" || fail "no family of OpenMetrics"

# A real Prometheus scrapes it, through a server that serves the file.
scrape() {
	python3 - "$directory" <<'END'
import http.server, json, os, subprocess, sys, threading, time, urllib.request

directory = sys.argv[1]
class Handler(http.server.BaseHTTPRequestHandler):
	def do_GET(self):
		self.send_response(200)
		kind = "application/openmetrics-text; version=1.0.0; charset=utf-8"
		self.send_header("Content-Type", kind)
		self.end_headers()
		self.wfile.write(open(directory + "/open", "rb").read())
	def log_message(self, *args): pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
listener = http.server.HTTPServer(("127.0.0.1", 0), Handler)
port = listener.server_port
listener.server_close()
open(directory + "/prometheus.yml", "w").write(
	"global: {scrape_interval: 200ms}\nscrape_configs: [{job_name: stop, static_configs: "
	"[{targets: ['127.0.0.1:%d']}]}]\n" % server.server_port)
prometheus = subprocess.Popen(["prometheus", "--config.file", directory + "/prometheus.yml",
	"--storage.tsdb.path", directory + "/tsdb", "--web.listen-address", "127.0.0.1:%d" % port],
	stdout=subprocess.DEVNULL, stderr=open(directory + "/prometheus.log", "w"))
try:
	end = time.monotonic() + 40
	while True:
		try:
			url = "http://127.0.0.1:%d/api/v1/query?query=sum(stop_syscalls_total)" % port
			result = json.load(urllib.request.urlopen(url, timeout=5))["data"]["result"]
			if result: break
		except OSError: pass
		assert time.monotonic() < end, "Prometheus has no sample"
		assert prometheus.poll() is None, "Prometheus has ended"
		time.sleep(0.05)
finally:
	prometheus.kill()
	prometheus.wait()
total = sum(float(line.rsplit(" ", 1)[1]) for line in open(directory + "/open")
	if line.startswith("stop_syscalls_total"))
assert float(result[0]["value"][1]) == total, (result, total)
END
}
if command -v prometheus >/dev/null; then
	scrape || fail "Prometheus: $(tail -n 3 "$directory/prometheus.log")"
else
	echo "skipped: prometheus is missing"
fi

# Secrets are masked in formats for programs, and buffers are not there, unless asked for.
cat >"$directory/secret" <<'END'
echo contents
MY_TOKEN=hunter2 PINCODE=numeral env true --password geheim --url=http://me:geheim@host/ path
END
secret() {
	stop -c -o /dev/null --log="$directory/secret.$1" -v -s 200 --log-format="$@" -- sh "$directory/secret" >/dev/null
}
for format in ndjson chrome; do
	secret $format --redact=pincode
	if grep -qE 'contents|hunter2|geheim|numeral' "$directory/secret.$format"; then
		fail "$format has secrets"
	fi
	grep -qF -- '--password' "$directory/secret.$format" || fail "$format has no words of execve"
	grep -qF 'http://me:***@host/' "$directory/secret.$format" || fail "$format has no URL"
	secret $format --with-data
	grep -q contents "$directory/secret.$format" || fail "--with-data has no data in $format"
	grep execve "$directory/secret.$format" | grep -q hunter2 && fail "--with-data shows secrets in $format"
	[ "$(stat -c %a "$directory/secret.$format")" = 600 ] || fail "others may read the log"
done

status=0
stop -b -k read --format=pprof -- true 2>/dev/null || status=$?
[ $status -eq 2 ] || fail "frames of pprof were not refused"
