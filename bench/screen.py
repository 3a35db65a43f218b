#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program with a screen until its target has written a file.

    bench/screen.py FILE COMMAND...

Runs COMMAND in a terminal of 160x50 that takes all that it draws, and ends it by SIGINT once FILE has
something in it.
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

BOUND = 60  # seconds
LOOK = 0.05  # between two looks at the file

pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
    os.environ["TERM"] = "xterm"
    os.execvp(sys.argv[2], sys.argv[2:])
end = time.monotonic() + BOUND
while not (os.path.exists(sys.argv[1]) and os.path.getsize(sys.argv[1])):
    if time.monotonic() > end:
        os.kill(pid, signal.SIGINT)
        sys.exit(1)
    try:
        if select.select([terminal], [], [], LOOK)[0] and not os.read(terminal, 65536):
            break
    except OSError:
        break
os.kill(pid, signal.SIGINT)
while True:
    try:
        if not os.read(terminal, 65536):
            break
    except OSError:
        break
os.waitpid(pid, 0)
