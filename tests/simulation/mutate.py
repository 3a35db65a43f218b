#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Breaks the engine in many ways, one at a time, and measures how soon the explorer finds each.

usage: tests/simulation/mutate.py [--seconds=N] [NAME...]
       tests/simulation/mutate.py --check

Run it in a build tree that is built, of which it makes a scratch copy. Each entry of mutations.txt,
or each NAME, is applied, built, and explored with new seeds for N seconds of processor time (300).
It prints a line each: the time to the first failure and what has failed, or that nothing has. Fails
if an entry was not found that is not marked as such. Where the lines of an entry, or a NAME, are not
there any more, it says so and begins nothing. --check only looks for these (tests/lint/mutations.sh).

An entry is a line "NAME: what is broken", or "NAME (not found: reason): what is broken", the path
of a file, and lines of it that are replaced (-) by others (+); "@" begins another place.
"""
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.abspath(os.environ.get("top_srcdir", "."))
LIST = os.path.join(TOP, "tests/simulation/mutations.txt")
HEADER = re.compile(r"([a-z0-9-]+)(?: \(not found: (.*)\))?: (.*)")


def read_entries():
    """The entries: (name, reason why it is not found or None, what, file, [(old, new)...])."""
    entries = []
    with open(LIST, encoding="utf-8") as file:
        text = "\n".join(line for line in file.read().split("\n") if not line.startswith("#"))
    for block in re.split(r"\n\n+", text.strip()):
        lines = block.split("\n")
        match = HEADER.fullmatch(lines[0])
        if not match:
            sys.exit(f"mutations.txt: {lines[0]}")
        name, reason, what = match.groups()
        places = []
        for hunk in "\n".join(lines[2:]).split("\n@\n"):
            old = [line[1:] for line in hunk.split("\n") if line.startswith("-")]
            new = [line[1:] for line in hunk.split("\n") if line.startswith("+")]
            places.append(("\n".join(old) + "\n", "".join(line + "\n" for line in new)))
        entries.append((name, reason, what, lines[1], places))
    return entries


def mutated(text, places):
    """TEXT with PLACES replaced, or None where one is not there exactly once, or changes nothing."""
    after = text
    for old, new in places:
        if after.count(old) != 1:
            return None
        after = after.replace(old, new)
    return None if after == text else after


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def outdated(entries):
    """The names of those ENTRIES that cannot be applied to the sources as they are."""
    return [
        f"{name}: does not apply to {path} any more: adapt its lines"
        for name, _, _, path, places in entries
        if not os.path.exists(os.path.join(TOP, path))
        or mutated(read_text(os.path.join(TOP, path)), places) is None
    ]


def cpu_seconds():
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime


def explore(scratch, seconds):
    """What the explorer finds, and after how many seconds; (None, seconds): nothing."""
    before = cpu_seconds()
    for command in [["find", "2"], [], ["find", str(seconds)]]:
        run = subprocess.run(
            ["tests/simulation/explore"] + command, cwd=scratch, capture_output=True,
            text=True, check=False, env=dict(os.environ, top_srcdir=scratch))
        failures = re.findall(r"^seed .*|^corpus.txt: .* fails again",
                              run.stdout, re.M)
        if failures or run.returncode not in (0, 1):
            return (failures or ["the explorer crashed"])[0], cpu_seconds() - before
    return None, cpu_seconds() - before


def build(scratch):
    # A defect may leave something unused.
    make = ["make", "-s", "CFLAGS=-O2 -w", "tests/simulation/explore"]
    return subprocess.run(make, cwd=scratch, capture_output=True, check=False).returncode == 0


def try_entry(scratch, entry, seconds):
    """Prints what the explorer finds of ENTRY. Returns whether it has found it, and as is expected."""
    name, reason, what, path, places = entry
    path = os.path.join(scratch, path)
    before = read_text(path)
    write_text(path, mutated(before, places))
    if not build(scratch):
        print(f"{name}: does not build", flush=True)
        write_text(path, before)
        return False, False
    failure, took = explore(scratch, seconds)
    text = failure or ("not found: " + (reason or "!"))
    print(f"{name}: {took:.1f} s: {text[:100]} ({what})", flush=True)
    write_text(path, before)
    return failure is not None, failure is not None or reason is not None


def main():
    seconds = 300
    names = []
    for argument in sys.argv[1:]:
        if argument.startswith("--seconds="):
            seconds = int(argument.split("=")[1])
        elif argument != "--check":
            names.append(argument)
    entries = read_entries()
    known = [entry[0] for entry in entries]
    wrong = outdated(entries)
    wrong += [f"{name}: there is no such entry" for name in names if name not in known]
    wrong += [f"{name}: there are two" for name in set(known) if known.count(name) > 1]
    if wrong or "--check" in sys.argv:
        print("".join(line + "\n" for line in wrong), end="")
        return wrong != []
    scratch = os.path.join(tempfile.mkdtemp(), "stop")
    shutil.copytree(TOP, scratch, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    results = [
        try_entry(scratch, entry, seconds)
        for entry in entries
        if not names or entry[0] in names
    ]
    print(f"{sum(found for found, _ in results)} of {len(results)} found")
    shutil.rmtree(os.path.dirname(scratch))
    return not all(expected for _, expected in results)


if __name__ == "__main__":
    sys.exit(main())
