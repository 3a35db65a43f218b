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

status=0
stop -b -k read --format=pprof -- true 2>/dev/null || status=$?
[ $status -eq 2 ] || fail "frames of pprof were not refused"
