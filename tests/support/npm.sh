# SPDX-License-Identifier: GPL-2.0-or-later
# For tests whose consumers are npm packages. Usage: . npm.sh; npm_have PACKAGE…: whether node finds
# them below $STOP_NPM (default: ~/.cache/stop-npm), where they are installed once if the registry can
# be reached; otherwise says what is missing.

STOP_NPM=${STOP_NPM:-${XDG_CACHE_HOME:-$HOME/.cache}/stop-npm}
export STOP_NPM

npm_have() {
	command -v node >/dev/null && command -v npm >/dev/null || {
		echo "skipped: node and npm are missing, for $*"
		return 1
	}
	for package; do
		[ -d "$STOP_NPM/node_modules/$package" ] && continue
		mkdir -p "$STOP_NPM"
		timeout 180 npm install --no-audit --no-fund --silent --prefix "$STOP_NPM" "$package" \
			>/dev/null 2>&1 || {
			echo "skipped: the npm package $package cannot be had"
			return 1
		}
	done
}

# Usage: npm_run FILE.mjs [ARGUMENT]…. Runs it where it finds the packages.
npm_run() {
	ln -sfn "$STOP_NPM/node_modules" "${1%/*}/node_modules"
	node "$@"
}
