#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measures how long it takes from the start of a program to its first frame.

    bench/first_frame.py TEXT COMMAND...

Runs COMMAND in a terminal of 160x50, and prints the nanoseconds until it has written TEXT. Ends it
by SIGINT.
"""
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

BOUND = 10  # seconds

begin = time.monotonic_ns()
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[2], sys.argv[2:])
seen = b""
while sys.argv[1].encode() not in seen:
    if not select.select([terminal], [], [], BOUND)[0]:
        sys.exit(1)
    seen += os.read(terminal, 65536)
print(time.monotonic_ns() - begin)
os.kill(pid, signal.SIGINT)
while True:
    try:
        if not os.read(terminal, 65536):
            break
    except OSError:
        break
os.waitpid(pid, 0)
