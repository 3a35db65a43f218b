# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the tables of explanations with the manual pages; see explanations.sh. Prints the differences."""

import functools
import os
import re
import shutil
import subprocess
import sys

data = os.path.join(os.environ["top_srcdir"], "src/abi/data")
directories = subprocess.run(["manpath"], capture_output=True, text=True).stdout.strip().split(":")

# The page to which that of a call refers for its errors.
REFERRED = {"readv": "read", "writev": "write", "openat2": "open", "pread64": "lseek", "pwrite64": "lseek",
	"unlinkat": "rmdir", "execveat": "execve", "wait4": "wait"}

# What of a signature is left out, or written otherwise: annotations, names of arrays' sizes, blanks.
REWRITTEN = [(r"_Nullable", ""), (r"\brestrict\b", ""), (r"\[\[noreturn\]\]", ""),
	(r"syscall\(SYS_([a-z0-9_]+)(, *)?", r"\1("),
	(r"([a-z_]+) *\[ *\*?\.[^]]*\]", r"*\1"), (r"([a-z_]+)\[\(\.maxnode[^]]*\]", r"*\1"),
	(r"\.\.\. */\*[^*]*\*/ *\)", "...)"), (r"/\*[^/]*\*/", ""), (r"[ \t\n]+", "")]


def command_of(section, name):
	"""What formats a page, and where. mandoc takes a tenth of man's time."""
	if shutil.which("mandoc"):
		for directory in directories:
			for file in f"man{section}/{name}.{section}", f"man{section}/{name}.{section}.gz":
				if os.path.exists(os.path.join(directory, file)):
					return ["mandoc", "-T", "utf8", "-O", "width=400", file], directory
	return ["man", section, name], None


@functools.cache
def page(section, name):
	"""That page as plain text, one paragraph a line."""
	command, directory = command_of(section, name)
	text = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
		env=os.environ | {"MANWIDTH": "400"}).stdout.decode("utf-8", "replace")
	return re.sub(".\b", "", text)


@functools.cache
def errors(section, name):
	found = set(re.findall(r"\bE[A-Z0-9]+\b", page(section, name)))
	return found | {"EAGAIN"} if "EWOULDBLOCK" in found else found


@functools.cache
def plain(text):
	for pattern, replacement in REWRITTEN:
		text = re.sub(pattern, replacement, text)
	return text


def rows(name):
	with open(os.path.join(data, name), encoding="utf-8") as file:
		return [line.rstrip("\n").split("\t") for line in file if not line.startswith("#")]


def is_in_page(call, error, source):
	if source != "-":
		name, section = source.rsplit(".", 1)
		return error in errors(section, name)
	return error in errors("2", call) or call in REFERRED and error in errors("2", REFERRED[call])


wrong = 0
checked = 0
for calls, error, _, _, source in rows("explain-pairs.tsv"):
	for call in calls.split(",") if source != "kernel" else ():
		checked += 1
		if not is_in_page(call, error, source):
			print(f"the manual page does not have the error {error} of {call}")
			wrong += 1
for call, signature, *_ in rows("explain-calls.tsv"):
	if call.startswith("io_uring_") or call == "rseq":
		continue
	checked += 1
	if plain(signature) not in plain(page("2", call)):
		print(f"the manual page of {call} does not have: {signature}")
		wrong += 1
print(f"{checked} errors and signatures, {wrong} differ")
sys.exit(wrong > 0)
