#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Installs missing packages, creates ./configure and runs it with the arguments given.
#
#   ./autogen.sh [--no-install] [CONFIGURE-ARGUMENT…]
#   NOCONFIGURE=1 ./autogen.sh      stops before ./configure
#
# On Debian and its derivatives, as root or with passwordless sudo, missing packages are installed
# with apt-get, which is not run if nothing is missing. Otherwise, and with --no-install, they are
# only listed.
set -eu
cd "$(dirname "$0")"

say() {
	printf 'autogen.sh: %s\n' "$*"
}

have() {
	command -v "$1" >/dev/null 2>&1
}

have_library() {
	have pkg-config && pkg-config --exists "$1"
}

have_header() {
	printf '#include <%s>\n' "$1" | ${CC:-cc} -E -x c - >/dev/null 2>&1
}

can_compile() {
	printf '#include <stdio.h>\nint main(void) { return puts("") < 0; }\n' |
		${CC:-cc} "$@" -x c - -o /dev/null 2>/dev/null
}

# Required to build, one row per Debian package.
missing_for_build() {
	have autoconf || echo autoconf
	have automake || echo automake
	have pkg-config || echo pkg-config
	have make || echo make
	can_compile || echo gcc libc6-dev
	have_library ncursesw || echo libncurses-dev
	have_library jansson || echo libjansson-dev
	have_library libunwind-generic || echo libunwind-dev
}

# Optional libraries that symbolize stack frames, and that limit what does so.
missing_for_names() {
	have_library libdw || echo libdw-dev
	have_header libiberty/demangle.h || echo libiberty-dev
	have_library libseccomp || echo libseccomp-dev
}

# Optional libraries that unpack traces of other tools, and read those of LTTng.
missing_for_traces() {
	have_library zlib || echo zlib1g-dev
	have_library liblzma || echo liblzma-dev
	have_library libzstd || echo libzstd-dev
	have_library babeltrace2 || echo libbabeltrace2-dev
}

# Optional libraries: one serves metrics, one ships to databases.
missing_for_http() {
	have_library libmicrohttpd || echo libmicrohttpd-dev
	have_library libcurl || echo libcurl4-openssl-dev
}

# Optional tools and libraries for the engine that counts in the kernel.
missing_for_bpf() {
	have_library libbpf || echo libbpf-dev
	have clang || echo clang
	have llvm-strip || have llvm-strip-14 || echo llvm
	have bpftool || [ -x /usr/sbin/bpftool ] || echo bpftool
}

# Used only by `make check`, which skips what it cannot run and says so.
missing_for_tests() {
	have_library cmocka || echo libcmocka-dev
	have ps || echo procps
	have strace || echo strace
	have tmux || echo tmux
	can_compile -m32 || echo "gcc-$(gcc -dumpversion 2>/dev/null | cut -d. -f1)-multilib"
}

# The command prefix that runs a command as root: "" for root, "sudo -n", or failure.
root_command() {
	if [ "$(id -u)" -eq 0 ]; then
		return 0
	fi
	have sudo && sudo -n true 2>/dev/null && echo "sudo -n"
}

# Never removes a package. (gcc-multilib, without a version, would exclude the cross compilers.)
apt_install() {
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq -y --no-remove --no-install-recommends "$@" >/dev/null
}

install_missing() {
	if ! have apt-get; then
		say "this is not a Debian system; the names above are Debian packages"
		return 0
	fi
	if ! as_root=$(root_command); then
		say "not root, and sudo would ask for a password: install them yourself, or run this as root"
		return 0
	fi
	$as_root apt-get update -qq || say "could not update the package list"
	if [ -n "$build" ]; then
		say "installing" $build
		apt_install $build || say "could not install them"
	fi
	# One by one: a system that lacks one of them can still use the others.
	for package in $names $bpf $traces $http $tests; do
		say "installing $package"
		apt_install "$package" || say "could not install it"
	done
}

install=yes
if [ "${1:-}" = --no-install ]; then
	install=no
	shift
fi

build=$(missing_for_build | xargs)
names=$(missing_for_names | xargs)
bpf=$(missing_for_bpf | xargs)
traces=$(missing_for_traces | xargs)
http=$(missing_for_http | xargs)
tests=$(missing_for_tests | xargs)
[ -z "$build" ] || say "missing to build stop:" $build
[ -z "$names" ] || say "missing for stack symbols:" $names
[ -z "$bpf" ] || say "missing for counting in the kernel (BPF):" $bpf
[ -z "$traces" ] || say "missing to read compressed traces, and those of LTTng:" $traces
[ -z "$http" ] || say "missing to serve metrics, or to ship:" $http
[ -z "$tests" ] || say "missing for some tests:" $tests
if [ "$install" = yes ] && [ -n "$build$names$bpf$traces$http$tests" ]; then
	install_missing
	build=$(missing_for_build | xargs)
fi
if [ -n "$build" ]; then
	say "stop cannot be built without these packages:" $build >&2
	exit 1
fi

say "creating ./configure"
autoreconf -fi
if [ -z "${NOCONFIGURE:-}" ]; then
	say "running ./configure $*"
	./configure "$@"
fi
