#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The formats of --format and --log-format, read by the programs that they are for. Those that are
# missing are named.
set -eu

ENGINE=${ENGINE:-ptrace}
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77
. "$top_srcdir/tests/support/npm.sh"

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

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

# Secrets are masked in formats for programs, and buffers are not there, unless asked for.
cat >"$directory/secret" <<'END'
echo contents
MY_TOKEN=hunter2 PINCODE=4711 env true --password geheim --url=http://me:geheim@host/ path
END
secret() {
	stop -c -o /dev/null --log="$directory/secret.$1" -v -s 200 --log-format="$@" -- sh "$directory/secret" >/dev/null
}
for format in ndjson chrome; do
	secret $format --redact=pincode
	if grep -qE 'contents|hunter2|geheim|4711' "$directory/secret.$format"; then
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
