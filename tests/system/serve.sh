#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# --serve: who is let in, the page, its events and the snapshot, in every mode; hostile clients and
# targets; and the live page in headless Chromium.
# CASE: a pattern, only cases that match it.
set -eu

ENGINE=${ENGINE:-ptrace}
export ENGINE
command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 77; }
"$STOP" "--engine=$ENGINE" -c -o /dev/null -- true 2>/dev/null || exit 77
if ! "$STOP" -V | grep -q '^pages over HTTP: libmicrohttpd'; then
	"$STOP" -c --serve=0 -o /dev/null -- true 2>&1 | grep -q 'no libmicrohttpd' && exit 77
	echo "there is no message"
	exit 1
fi
BROWSER=$(command -v chromium-headless-shell || command -v chromium || :)
export BROWSER PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
exec python3 "$top_srcdir/tests/system/serve.py"
