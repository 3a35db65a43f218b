#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --ship: numbers, retries, servers that fail in every way, secrets, and a real ClickHouse.
# CASE: a pattern, only cases that match it.
set -eu

ENGINE=${ENGINE:-ptrace}
export ENGINE
command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 77; }
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77
if ! "$STOP" -V | grep -q '^shipping: libcurl'; then
	"$STOP" -c --ship=elastic://localhost -o /dev/null -- true 2>&1 | grep -q 'no libcurl' && exit 77
	echo "there is no message"
	exit 1
fi
. "$top_srcdir/tests/support/npm.sh"
if npm_have @elastic/ecs; then
	ECS_FIELDS=$(mktemp)
	export ECS_FIELDS
	trap 'rm -f "$ECS_FIELDS"' EXIT
	node -e 'console.log(JSON.stringify(Object.keys(require(process.argv[1]).EcsFlat)))' \
		"$STOP_NPM/node_modules/@elastic/ecs/build/commonjs/ecs_flat.js" >"$ECS_FIELDS"
fi
# It is large, and so is not installed by itself: npm install --prefix ~/.cache/stop-npm chdb.
if [ -d "$STOP_NPM/node_modules/chdb" ]; then
	CHDB=$STOP_NPM/node_modules
	export CHDB
fi
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
status=0
for cases in ship ship_calls; do
	python3 "$top_srcdir/tests/system/$cases.py" || status=$?
done
exit $status
