#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Completions: bash completes options and their values; each shell that is there takes its own.
set -u

if [ -z "${BASH_VERSION:-}" ]; then
	command -v bash >/dev/null || { echo "skipped: there is no bash"; exit 77; }
	exec bash "$0" "$@"
fi

scripts=$(mktemp -d)
trap 'rm -rf "$scripts"' EXIT
failed=0
for shell in bash zsh fish; do
	"$STOP" --completion=$shell >"$scripts/$shell"
	if command -v $shell >/dev/null; then
		$shell -n "$scripts/$shell" || failed=1
	fi
done

# Outside of readline there are no options of completions.
compopt() { :; }
# shellcheck disable=SC1091
. "$scripts/bash"

# Usage: completes EXPECTED WORD...: the last word is completed; EXPECTED is one of the results.
completes() {
	expected=$1
	shift
	COMP_WORDS=(stop "$@")
	COMP_CWORD=$#
	_stop
	for reply in "${COMPREPLY[@]}"; do
		[ "$reply" != "$expected" ] || return 0
	done
	echo "stop $*: there is no $expected among: ${COMPREPLY[*]:0:8}"
	failed=1
}

completes --summary --sum
completes --explain --ex
completes -c -
completes openat --explain = opena
completes read,write -e read,wri
completes %network --stacks %net
completes json --format = ''
completes json --format = js
completes json --format js
completes bpf --engine = b
completes tree --follow t
completes calls -S cal
completes always --debuginfod = al
completes root -u roo
completes --batch -p 1 --ba
completes "$scripts/bash" -o "$scripts/ba"
completes sh s
completes $$ -p "$$"
# What follows the command is not ours.
COMP_WORDS=(stop sh --sum)
COMP_CWORD=2
_stop
[ "${#COMPREPLY[@]}" -eq 0 ] || { echo "words of a command are completed as options"; failed=1; }

# Every option of the help is completed.
for option in $("$STOP" -h | sed -n 's/^  [-a-zA-Z, ]\{4\}\(--[a-z-]*\).*/\1/p'); do
	completes "$option" "$option"
done
if "$STOP" --completion=csh >"$scripts/none" 2>&1; then
	echo "csh is accepted"
	failed=1
fi
exit $failed
