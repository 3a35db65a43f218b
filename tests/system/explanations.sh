#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The tables of explanations agree with the manual pages: a call's signature is in its page, and an
# error of a call is in its page, or in one that this refers to.
#
# Prints a line for each difference and fails if there is one. Skipped without the pages.
set -eu

command -v python3 >/dev/null || { echo "skipped: python3 is missing"; exit 77; }
if ! command -v man >/dev/null || ! man -w 2 openat2 >/dev/null 2>&1; then
	echo "skipped: the manual pages of calls are not installed (manpages-dev, man-db)"
	exit 77
fi
export LC_ALL=C.UTF-8 PYTHONDONTWRITEBYTECODE=1
python3 "$top_srcdir/tests/system/explanations.py"
