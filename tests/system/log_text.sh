#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The text of calls is what strace prints: see log_text.py.
set -eu

command -v strace >/dev/null && command -v python3 >/dev/null || exit 77
"$STOP" -c -o /dev/null "--engine=${ENGINE:-ptrace}" -- true 2>/dev/null || exit 77
strace -o /dev/null true 2>/dev/null || exit 77
exec python3 "${top_srcdir:-.}/tests/system/log_text.py"
