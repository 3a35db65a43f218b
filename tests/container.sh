#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds the image of Containerfile by buildah, and runs it. $BASE is the image to build in; without
# one, a Debian 12 is made by debootstrap, from the mirror of this machine.
#
# `make check-container` runs it, as root; it takes ten minutes. Skipped without buildah.
set -eu

command -v buildah >/dev/null || { echo "skipped: buildah is not installed" && exit 77; }
[ "$(id -u)" = 0 ] || exit 77
export BUILDAH_ISOLATION=chroot STORAGE_DRIVER=vfs
work=$(mktemp -d "${TMPDIR:-/var/tmp}/stop-container.XXXXXX")
storage="--root $work/storage --runroot $work/run"
container=
clean_up() {
	[ -z "$container" ] || buildah $storage rm "$container" >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap clean_up EXIT

# Usage: make_base: makes $BASE.
make_base() {
	command -v debootstrap >/dev/null || { echo "skipped: debootstrap is not installed" && exit 77; }
	debootstrap --variant=minbase bookworm "$work/debian" >"$work/log" || {
		tail "$work/log"
		exit 1
	}
	base=$(buildah $storage from scratch)
	buildah $storage add "$base" "$work/debian" / >/dev/null
	BASE=localhost/stop-base
	buildah $storage commit "$base" "$BASE" >/dev/null 2>&1
	rm -rf "$work/debian"
}

[ -n "${BASE-}" ] || make_base
mkdir "$work/sources"
(cd "$top_srcdir" && git ls-files -z | xargs -0 tar -c) | tar -x -C "$work/sources"
buildah $storage bud --pull-never --build-arg "BASE=$BASE" -t stop "$work/sources" >"$work/log" 2>&1 || {
	tail -n 40 "$work/log"
	exit 1
}
buildah $storage images
container=$(buildah $storage from stop)
buildah $storage run "$container" -- /stop --version
buildah $storage run "$container" -- /stop -c -- /stop --version | grep execve
