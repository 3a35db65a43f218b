# SPDX-License-Identifier: GPL-2.0-or-later
"""Headless Chromium, by its protocol on two pipes. For page.py, serve.py."""

import json
import os
import subprocess
import sys


class Browser:
    """Chromium with one tab."""

    def __init__(self, program, directory):
        to_read, self.to = os.pipe()
        self.source, from_write = os.pipe()

        def pipes():
            # Not through numbers that are pipes themselves.
            first, second = os.dup2(to_read, 30), os.dup2(from_write, 31)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self.process = subprocess.Popen(
            [program, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe",
             "--disable-dev-shm-usage", "--user-data-dir=" + directory + "/profile",
             "about:blank"],
            close_fds=False, preexec_fn=pipes, stderr=subprocess.DEVNULL)
        os.close(to_read)
        os.close(from_write)
        self.number = 0
        self.text = b""
        self.events = []
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call(
            "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in "Page", "Runtime", "Log", "Network", "Accessibility":
            self.call(domain + ".enable")

    def read(self):
        """The next message."""
        while b"\0" not in self.text:
            more = os.read(self.source, 1 << 20)
            if not more:
                sys.exit("the browser has ended")
            self.text += more
        line, self.text = self.text.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        """Calls METHOD. Keeps events that come before the answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    sys.exit(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait(self, method):
        """Waits for the event METHOD."""
        while not any(e.get("method") == method for e in self.events):
            self.events.append(self.read())

    def open(self, url):
        """Opens URL. Returns the events until it was loaded."""
        self.events = []
        self.call("Page.navigate", url=url)
        self.wait("Page.loadEventFired")
        return self.events

    def value(self, expression):
        """The value of an expression in the page."""
        return self.call("Runtime.evaluate", expression=expression,
                         returnByValue=True)["result"].get("value")

    def key(self, name, code=0, text=""):
        """Presses a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, code=name,
                      windowsVirtualKeyCode=code, text=text if kind == "keyDown" else "")

    def end(self):
        """Ends it."""
        self.process.kill()
        self.process.wait()


def check(condition, what):
    """Fails with WHAT unless CONDITION."""
    if not condition:
        sys.exit(what)
