#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures how long the screen takes to respond to a key, and what drawing costs.

    bench/keys.py [-n ROUNDS] [-g COLUMNSxROWS] [-w SECONDS] [-f KEYS] [-k] -- STOP ARG...

Runs STOP in an emulated terminal, waits SECONDS (2) for it to settle, presses KEYS, waits as long
again, and presses the keys of PLAN one after the other at irregular intervals, ROUNDS (20) times. The
time of a key runs from writing it until its effect is on the screen; other output does not count.
Prints quantiles in milliseconds for each key and for all, and the CPU share of the drawing thread;
then its share over the same time without any keys (not with -k). The time of Esc includes the wait
for the rest of an escape sequence (25 ms).
"""
import argparse
import codecs
import fcntl
import os
import pty
import random
import re
import select
import signal
import struct
import sys
import termios
import time

BOUND = 10  # seconds: a key that takes longer has had no effect
TICKS = os.sysconf("SC_CLK_TCK")

SEQUENCE = re.compile(
    r"\x1b\[([?>]?)([\d;]*)([@-~])|\x1b[()][0AB]|\x1b[=>78]|\x1b\][^\x07]*\x07|[\x00-\x1a\x1c-\x1f]|[^\x00-\x1f]"
)


class Screen:
    """The contents of an xterm-like terminal: characters, and whether they are in reverse video."""

    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.cells = [[(" ", False)] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.reverse = False
        self.last = " "
        self.rest = ""

    def text(self, row):
        return "".join(cell[0] for cell in self.cells[row])

    def selected(self):
        """The rows in reverse video, and how they begin."""
        return tuple(
            (row, self.text(row)[:16]) for row, line in enumerate(self.cells) if line[1][1]
        )

    def has(self, text):
        return any(text in self.text(row) for row in range(self.rows))

    def feed(self, text):
        text = self.rest + text
        # An incomplete sequence waits for its rest.
        cut = text.rfind("\x1b")
        if cut >= 0 and len(text) - cut < 24 and not SEQUENCE.match(text, cut):
            self.rest, text = text[cut:], text[:cut]
        else:
            self.rest = ""
        for match in SEQUENCE.finditer(text):
            final = match.group(3)
            if final and not match.group(1):
                self.command(final, [int(n) if n else 0 for n in match.group(2).split(";")])
            elif not final:
                self.plain(match.group())

    def plain(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif char == "\b":
            self.column = max(self.column - 1, 0)
        elif char == "\t":
            self.column = min((self.column // 8 + 1) * 8, self.columns - 1)
        elif char >= " " and char[0] != "\x1b":
            self.put(char)

    def put(self, char):
        if self.column >= self.columns:
            self.column, self.row = 0, min(self.row + 1, self.rows - 1)
        self.cells[self.row][self.column] = (char, self.reverse)
        self.column += 1
        self.last = char

    def fill(self, row, begin, end):
        for column in range(begin, min(end, self.columns)):
            self.cells[row][column] = (" ", False)

    def command(self, final, numbers):
        first = numbers[0] or 1
        line = self.cells[self.row]
        here = min(self.column, self.columns - 1)
        if final in "Hf":
            self.row = min(first, self.rows) - 1
            self.column = min((numbers[1] if len(numbers) > 1 else 0) or 1, self.columns) - 1
        elif final == "d":
            self.row = min(first, self.rows) - 1
        elif final == "G":
            self.column = min(first, self.columns) - 1
        elif final == "A":
            self.row = max(self.row - first, 0)
        elif final == "B":
            self.row = min(self.row + first, self.rows - 1)
        elif final == "C":
            self.column = min(self.column + first, self.columns - 1)
        elif final == "D":
            self.column = max(here - first, 0)
        elif final == "Z":
            self.column = (here - 1) // 8 * 8 if here else 0
        elif final == "X":
            self.fill(self.row, here, here + first)
        elif final == "b":
            for _ in range(first):
                self.put(self.last)
        elif final == "@":
            line[here:here] = [(" ", False)] * first
            del line[self.columns :]
        elif final == "P":
            del line[here : here + first]
            line.extend([(" ", False)] * (self.columns - len(line)))
        elif final == "K":
            kind = numbers[0]
            self.fill(self.row, 0 if kind else here, here + 1 if kind == 1 else self.columns)
        elif final == "J":
            kind = numbers[0]
            if kind == 0:
                self.fill(self.row, here, self.columns)
            for row in range(self.row + 1 if kind == 0 else 0, self.rows):
                self.fill(row, 0, self.columns)
        elif final == "m":
            for number in numbers:
                self.reverse = number == 7 or (self.reverse and number not in (0, 27))


def moved(screen, before):
    return screen.selected() != before


# The keys to press, and the condition that the screen must then meet.
PLAN = [
    ("Down", "\x1bOB", moved),
    ("Up", "\x1bOA", moved),
    ("h", "h", lambda screen, _: screen.has("any key leaves")),
    ("x", "x", lambda screen, _: not screen.has("any key leaves")),
    ("/", "/", lambda screen, _: screen.text(screen.rows - 1).startswith("search")),
    ("w", "w", lambda screen, _: "w" in screen.text(screen.rows - 1)[7:]),
    ("Esc", "\x1b", lambda screen, _: not screen.text(screen.rows - 1).startswith("search")),
    ("H", "H", lambda screen, before: moved(screen, before) or not screen.has("%TIME")),
    ("Down", "\x1bOB", moved),
    ("Up", "\x1bOA", moved),
    ("H", "H", lambda screen, before: moved(screen, before) or not screen.has("STATE") or not screen.has("%TIME")),
    ("p", "p", lambda screen, _: screen.has("PAUSED")),
    ("p", "p", lambda screen, _: not screen.has("PAUSED")),
]


class Program:
    """STOP in a pseudo-terminal."""

    def __init__(self, argv, columns, rows):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(argv[0], argv)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.screen = Screen(columns, rows)
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.bytes = 0

    def read(self, seconds):
        """Reads output for at most SECONDS. Returns whether there was any."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            sys.exit("it has exited; the screen was:\n" + self.shown())
        self.bytes += len(data)
        self.screen.feed(self.decoder.decode(data))
        return True

    def shown(self):
        return "\n".join(self.screen.text(row).rstrip() for row in range(self.screen.rows))

    def watch(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.read(until - time.monotonic())

    def press(self, name, keys, is_there):
        """Presses KEYS; returns how many milliseconds it took until is_there() was true."""
        while self.read(0):
            pass
        before = self.screen.selected()
        start = time.monotonic()
        os.write(self.fd, keys.encode())
        while not is_there(self.screen, before):
            if time.monotonic() > start + BOUND:
                sys.exit(f"no response to {name}; the screen was:\n" + self.shown())
            self.read(0.1)
        return (time.monotonic() - start) * 1000

    def cpu(self):
        """CPU seconds used by the first thread, which draws."""
        with open(f"/proc/{self.pid}/task/{self.pid}/schedstat") as file:
            return int(file.read().split()[0]) / 1e9

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        while True:
            try:
                if not self.read(1):
                    break
            except SystemExit:
                break
        os.waitpid(self.pid, 0)


def show(name, times):
    times.sort()
    at = [times[min(int(len(times) * q), len(times) - 1)] for q in (0.5, 0.9, 0.99)]
    late = sum(t > 50 for t in times)
    print(f"{name:8}{len(times):6}{at[0]:9.1f}{at[1]:9.1f}{at[2]:9.1f}{times[-1]:9.1f}{late:7}")


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("-n", type=int, default=20)
    parser.add_argument("-g", default="80x24")
    parser.add_argument("-w", type=float, default=2)
    parser.add_argument("-f", default="")
    parser.add_argument("-k", action="store_true")
    parser.add_argument("-s", type=int, default=1)
    parser.add_argument("-v", action="store_true")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    columns, rows = map(int, options.g.split("x"))
    random.seed(options.s)
    program = Program(options.command + ["--theme=mono"] * ("--" not in options.command), columns, rows)
    program.watch(options.w)
    for key in options.f:
        os.write(program.fd, key.encode())
        program.watch(0.2)
    if options.f:
        program.watch(options.w)
    times = {}
    start, cpu = time.monotonic(), program.cpu()
    for _ in range(options.n):
        for name, keys, is_there in PLAN:
            program.watch(random.uniform(0, 0.2))
            times.setdefault(name, []).append(program.press(name, keys, is_there))
    passed = time.monotonic() - start
    print("key      times  p50 ms   p90 ms   p99 ms   max ms  >50ms")
    for name, some in times.items():
        show(name, some)
    show("all", [t for some in times.values() for t in some])
    print(f"drawing with keys: {(program.cpu() - cpu) / passed * 100:.2f}% of a CPU")
    if not options.k:
        start, cpu, sent = time.monotonic(), program.cpu(), program.bytes
        program.watch(max(min(passed, 20), 5))
        passed = time.monotonic() - start
        print(f"drawing without: {(program.cpu() - cpu) / passed * 100:.2f}% of a CPU,",
              f"{(program.bytes - sent) / passed:.0f} bytes/s")
    if options.v:
        print(program.shown())
    program.end()


main()
