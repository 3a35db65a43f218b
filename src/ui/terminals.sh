#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Usage: terminals.sh INFOCMP NAME...: writes the terminals of ui/terminal_entry.h. Those that the
# database of this machine does not have are left out, and all if INFOCMP is empty.
set -eu

infocmp=$1
shift
unset TERMINFO TERMINFO_DIRS
export HOME=/nonexistent

cat <<'END'
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Written by terminals.sh. */
#include "config.h"

#include "ui/terminal_entry.h"

END
rows=
number=0
for name; do
	[ -n "$infocmp" ] || break
	data=$("$infocmp" -0 -Q1 -x "$name" 2>/dev/null | sed -n 's/^hex://p')
	[ -n "$data" ] || continue
	number=$((number + 1))
	echo "static const unsigned char terminal_$number[] = {"
	echo "$data" | sed 's/../0x&,/g' | fold -w 100
	echo '};'
	rows="$rows	{\"$name\", terminal_$number, sizeof(terminal_$number)},
"
done
printf 'const struct built_in_terminal built_in_terminals[] = {\n%s\t{NULL, NULL, 0},\n};\n' "$rows"
