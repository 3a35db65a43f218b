#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --metrics: numbers, answers, errors, every mode, hostile clients and targets, and a real Prometheus.
# CASE: a pattern, only cases that match it.
set -eu

ENGINE=${ENGINE:-ptrace}
export ENGINE
command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 77; }
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77
if ! "$STOP" -V | grep -q '^pages over HTTP: libmicrohttpd'; then
	"$STOP" -c --metrics=0 -o /dev/null -- true 2>&1 | grep -q 'no libmicrohttpd' && exit 77
	echo "there is no message"
	exit 1
fi
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
exec python3 "$top_srcdir/tests/system/metrics.py"
