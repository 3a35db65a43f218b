#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Opens pages in headless Chromium. See page.sh.

Usage: page.py BROWSER DIRECTORY PAGE...
"""

import json
import os
import sys

from browser_support import Browser, check


def check_quiet(browser, page):
    """Nothing on the console, no request, no violation."""
    loud = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
    for event in browser.events:
        method, params = event.get("method"), event.get("params", {})
        check(method not in loud, f"{page}: {json.dumps(params)[:500]}")
        if method == "Network.requestWillBeSent":
            url = params["request"]["url"]
            check(url.startswith("file://") and url.endswith(page), f"{page} asks for {url}")


def check_tables(browser, page):
    """Sorts the calls by their number with Tab and Enter, and filters them."""
    numbers = ("[...document.querySelectorAll('section:has(#calls) tbody tr')]"
               ".map(r=>+r.cells[1].textContent.replace(/,/g,''))")
    browser.value("document.querySelector('section:has(#calls) input').focus()")
    # The place that scrolls, CALL, CALLS.
    for _ in range(3):
        browser.key("Tab", 9)
    check(browser.value("document.activeElement.textContent") == "CALLS", f"{page}: the focus")
    browser.key("Enter", 13, "\r")
    found = browser.value(numbers)
    check(len(found) > 3 and found == sorted(found, reverse=True), f"{page}: not sorted: {found}")
    check(browser.value("document.activeElement.parentNode.getAttribute('aria-sort')") ==
          "descending", f"{page}: the order is not said")
    browser.key("Enter", 13, "\r")
    found = browser.value(numbers)
    check(found == sorted(found), f"{page}: not sorted upwards: {found}")
    # By time, with units.
    browser.value("document.querySelectorAll('section:has(#calls) th button')[5].click()")
    times = browser.value("[...document.querySelectorAll('section:has(#calls) tbody tr')]"
                          ".map(r=>r.cells[5].textContent)")
    unit = {"ns": 1, "µs": 1e3, "ms": 1e6, "s": 1e9}
    known = [float(t.lstrip("~").rstrip("nµms")) * unit[t.lstrip("~0123456789.")]
             for t in times if t.lstrip("~0123456789.") in unit]
    check(known == sorted(known, reverse=True), f"{page}: times are not sorted: {times}")
    browser.value("document.querySelector('section:has(#calls) input').focus()")
    for letter in "openat":
        browser.key(letter, 0, letter)
    shown = browser.value("[...document.querySelectorAll('section:has(#calls) tbody tr')]"
                          ".filter(r=>!r.hidden).length")
    check(0 < shown < len(found), f"{page}: {shown} of {len(found)} rows are shown")
    status = browser.value("document.querySelector('section:has(#calls) [role=status]').textContent")
    check(status.startswith(f"{shown} of {len(found)} "), f"{page}: {status}")


def check_names(browser, page):
    """Names of targets are text."""
    check(browser.value("document.scripts.length") == 1, f"{page}: another script")
    check(browser.value("document.images.length") == 0, f"{page}: an image")
    check(browser.value("document.querySelectorAll('b').length") == 0, f"{page}: an element")
    check(browser.value("document.title") not in ("1", "2", "3"), f"{page}: a name was run")


def check_accessible(browser, page):
    """Tables, headings and buttons are known as such, and have names."""
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = {}
    for node in nodes:
        role = node.get("role", {}).get("value")
        if not node.get("ignored"):
            roles.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    for role in ("table", "heading", "button", "searchbox", "navigation", "main", "columnheader",
                 "rowheader"):
        check(roles.get(role), f"{page}: no {role} for a screen reader")
    for role in ("button", "searchbox", "heading"):
        check(all(roles[role]), f"{page}: a {role} without a name")


def main():
    """Opens each page."""
    program, directory = sys.argv[1], sys.argv[2]
    browser = Browser(program, directory)
    try:
        for page in sys.argv[3:]:
            browser.open("file://" + os.path.join(directory, page))
            check_names(browser, page)
            if page == "page.html":
                check_tables(browser, page)
                check_accessible(browser, page)
            check_quiet(browser, page)
    finally:
        browser.end()


main()
