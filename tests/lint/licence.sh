#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every source file says its licence, README's, in its first line (in scripts after "#!"): an SPDX tag.
#
# Prints the files without, and fails if there are any.
set -eu
cd "${top_srcdir:-.}"

tag='SPDX-License-Identifier: GPL-2\.0-or-later'
missing=$(find src include tests bench m4 .ci man Makefile.am GNUmakefile.in configure.ac autogen.sh \
	\( -name '*.[ch]' -o -name '*.sh' -o -name '*.awk' -o -name '*.py' -o -name '*.mk' -o -name '*.m4' \
	-o -name '*.[0-9]' -o -name run -o -name '*.am' -o -name '*.in' -o -name '*.ac' \) \
	! -path src/abi/tables.c ! -path src/abi/argument_tables.c ! -path src/abi/explain_tables.c ! -name count.skel.h ! -name aclocal.m4 -type f | LC_ALL=C sort | xargs awk -v tag="$tag" '
	function judge() { if (name != "" && !is_tagged) print name }
	FNR == 1 { judge(); name = FILENAME; is_tagged = $0 ~ tag; is_script = /^#!/ }
	FNR == 2 && is_script { is_tagged = $0 ~ tag }
	END { judge() }')
if [ -n "$missing" ]; then
	printf 'no licence in the first line of\n%s\n' "$missing"
	exit 1
fi
