# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of serve.sh."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import http_support
from browser_support import Browser
from http_support import (ENGINE, LIMIT, STOP, Nuisance, Screen, Target, ask, calls, connect, counted,
	is_free, listener_cpu, resident, run_cases, until, GETPPID)

PAGE_MAX = 2 << 20
READERS_MAX = 16


class Stop(http_support.Stop):
	"""stop with --serve."""
	def __init__(self, *args, address="0", ready=True, **files):
		super().__init__("--serve=" + address, "the page is at", *args, **files)
		place = urllib.parse.urlsplit(self.url)
		self.query = "?" + place.query
		assert re.fullmatch(r"\?token=[0-9a-f]{32}", self.query) and place.path == "/", self.url
		# The first answer comes when the target is traced.
		assert not ready or self.get("/").status == 200

	def get(self, path, **headers):
		"""With the token."""
		return ask(self.url, path=path + self.query, **headers)

	def getppids(self):
		"""How many of these calls a snapshot has."""
		answer = self.get("/api/snapshot")
		assert answer.status == 200, (answer.status, answer.text)
		return count_in(json.loads(answer.text))


def count_in(snapshot):
	return sum(row["calls"] for row in snapshot["syscalls"] if row["name"] == "getppid")


def of(target, *args, **how):
	"""stop, in a summary of TARGET."""
	return Stop("-c", "-o", "/dev/null", *args, "-p", str(target.process.pid), **how)


def in_page(text):
	"""How many calls of getppid a page, or its parts, say."""
	match = re.search(r'<tr><th scope="row">getppid</th><td class="n">([0-9,]+)</td>', text)
	return int(match[1].replace(",", "")) if match else 0


class Events:
	"""Reads the stream of events."""
	def __init__(self, stop, method="GET"):
		place = urllib.parse.urlsplit(stop.url)
		self.connection = http.client.HTTPConnection(place.hostname, place.port, timeout=LIMIT)
		self.connection.request(method, "/events" + stop.query)
		self.answer = self.connection.getresponse()

	def next(self):
		"""The next event, as its type and its data; None: it is over."""
		fields = {}
		while line := self.answer.readline():
			line = line.decode()
			if line == "\n" and "data" in fields:
				return fields["event"][0], "\n".join(fields["data"])
			if line == "\n" or line.startswith(":"):
				continue
			name, value = line[:-1].split(": ", 1)
			fields.setdefault(name, []).append(value)
		return None

	def until(self, condition):
		"""The next event whose data meet CONDITION, after at most a minute."""
		end = time.monotonic() + LIMIT
		while time.monotonic() < end:
			event = self.next()
			assert event, "the stream has ended"
			if condition(event[1]):
				return event
		raise AssertionError("no such event")

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.answer.close()
		self.connection.close()


def case_access():
	"""Only who has the token gets in, by the name of this machine, and only reads."""
	with Target() as target, of(target) as stop:
		token = stop.query[7:]
		for path in "/", "/events", "/api/snapshot":
			wrong = ("", "?", "?token=", "?token=" + token[:-1], "?token=" + token + "0", "?x=" + token,
				"?token=" + token[:-1] + ("0" if token[-1] != "0" else "1"), "?token=" + "0" * 32,
				"?token=" + token.upper() + "x", "?token=%00" + token)
			for query in wrong:
				answer = ask(stop.url, path=path + query)
				assert answer.status == 403 and token not in answer.text, (path, query, answer.status)
			assert ask(stop.url, path=path, Cookie="token=" + token).status == 403
			assert stop.get(path, Host="example.org").status == 403
			for method in "POST", "PUT", "DELETE", "OPTIONS":
				answer = ask(stop.url, method, path=path + stop.query, body="x")
				assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD", method
		assert ask(stop.url, path="/no" + stop.query).status == 404
		page = stop.get("/", Host="localhost:1")
		assert page.status == 200
		for name, value in (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store"),
				("Referrer-Policy", "no-referrer"), ("Content-Security-Policy", "frame-ancestors 'none'"),
				("Cross-Origin-Resource-Policy", "same-origin"), ("Set-Cookie", None)):
			assert page.getheader(name) == value, (name, page.getheader(name))
		assert token not in page.text
		assert stop.get("/api/snapshot").getheader("Content-Type") == "application/json"
		for path in "/", "/api/snapshot":
			head = ask(stop.url, "HEAD", path=path + stop.query)
			assert head.status == 200 and not head.text and int(head.getheader("Content-Length")) > 500
		with Events(stop, "HEAD") as head:
			assert head.answer.status == 200 and not head.answer.read()
		# Who asks for metrics alone gets no page, and needs no token.
		assert ask(stop.url).status == 200
	with Target() as target, http_support.Stop("--metrics=0", "metrics are at", "-c", "-o", "/dev/null",
			"-p", str(target.process.pid)) as stop:
		assert ask(stop.url, path="/metrics").status == 200
		assert ask(stop.url, path="/events").status == 404
		assert "<" not in ask(stop.url, path="/").text


def case_numbers():
	"""The page, its events, the snapshot and metrics say the same."""
	with Target() as target, of(target, "--files") as stop, Events(stop) as events:
		assert events.answer.getheader("Content-Type") == "text/event-stream"
		for count in 12345, 1, 5000:
			before = stop.getppids()
			target.run(count)
			events.until(lambda text: in_page(text) == before + count)
			until(lambda: stop.getppids() == before + count, "calls are missing in the snapshot")
			until(lambda: in_page(stop.get("/").text) == before + count, "calls are missing in the page")
			until(lambda: counted(stop.url) == before + count, "calls are missing in metrics")
		snapshot = json.loads(stop.get("/api/snapshot").text)
		assert snapshot["schema"] == "stop.snapshot/1" and "files" in snapshot
		page = stop.get("/").text
		assert len(page.encode()) <= PAGE_MAX
		for part in "verdict", "totals", "calls", "errors", "files", "threads", "cost":
			assert 'id="%s"' % part in page, part


def case_rate():
	"""Events come once a second at most, and only to those who ask for them; the slow get the newest."""
	with Target() as target, of(target) as stop:
		with Events(stop) as events:
			events.next()
			begin = time.monotonic()
			for _ in range(3):
				assert events.next()[0] == "parts"
			# Each is as old as the time that it takes to be made.
			assert time.monotonic() - begin > 2.5, "events come too fast"
		# Whoever asks, what is made serves all for a while.
		texts = {stop.get("/api/snapshot").text}
		begin = time.monotonic()
		until(lambda: texts.add(stop.get("/api/snapshot").text) or len(texts) == 4, "nothing is new")
		assert time.monotonic() - begin > 1.5, "snapshots are made too often"


def case_end():
	"""The last event has all, and then the stream ends."""
	with tempfile.TemporaryDirectory() as directory:
		path = directory + "/final.json"
		with Target() as target, Stop("-c", "--format=json", "-o", path, "-p",
				str(target.process.pid)) as stop, Events(stop) as events:
			assert events.next()[0] == "parts"
			target.run(4321)
			stop.process.send_signal(signal.SIGINT)
			kind = None
			while event := events.next():
				kind, text = event
			assert kind == "end" and in_page(text) == 4321, (kind, in_page(text))
			assert stop.process.wait(LIMIT) == 0
			port = urllib.parse.urlsplit(stop.url).port
			until(lambda: is_free(port), "the port is still taken")
			target.run(1)
		with open(path) as file:
			assert count_in(json.load(file)) == 4321
	# A reader who takes nothing does not delay the end.
	with Target() as target, of(target) as stop, connect(stop.url) as deaf:
		deaf.sendall(b"GET /events%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % stop.query.encode())
		assert deaf.recv(1)
		begin = time.monotonic()
		stop.end()
		print("ended after %.2f s" % (time.monotonic() - begin))


def case_killed():
	with Target() as target, of(target) as stop, Events(stop) as events:
		assert events.next()
		stop.process.kill()
		stop.process.wait()
		try:
			while events.next():
				pass
		except (OSError, http.client.HTTPException):
			pass
		target.run(10)


def case_options():
	def refused(status, *words, options):
		result = subprocess.run([STOP, ENGINE, *options, "-c", "-o", "/dev/null", "--", "true"],
			capture_output=True, text=True, timeout=LIMIT)
		assert result.returncode == status, (options, result)
		assert result.stderr.count("\n") == 1 and all(word in result.stderr for word in words), result
	for address in "", "x", "127.0.0.1", "example.org:1", "70000":
		refused(2, "--serve", "invalid address", options=["--serve=" + address])
	refused(2, "--serve has metrics, too", options=["--serve=8080", "--metrics=9464"])
	refused(2, "--serve has metrics, too", options=["--serve=0.0.0.0:8080", "--metrics=8080"])
	with socket.create_server(("127.0.0.1", 0)) as other:
		port = other.getsockname()[1]
		refused(1, "the page", "127.0.0.1:%d" % port, "in use", options=["--serve=%d" % port])
	# One listener for both.
	with Target() as target, of(target, "--metrics=localhost:0") as stop:
		assert ask(stop.url).status == 200 and stop.get("/").status == 200


def case_all_interfaces():
	"""Elsewhere, metrics need the token as well, unless they were asked for."""
	with Target() as target, of(target, address="0.0.0.0:0") as stop:
		assert stop.url.startswith("http://0.0.0.0:"), stop.url
		assert ask(stop.url).status == 403 and stop.get("/metrics").status == 200
		assert stop.get("/", Host="example.org").status == 200
		assert ask(stop.url, path="/", Host="example.org").status == 403
	with Target() as target, of(target, "--metrics=0.0.0.0:0", address="0.0.0.0:0") as stop:
		assert ask(stop.url).status == 200 and ask(stop.url, path="/").status == 403


def case_modes():
	"""In batch mode and on a screen, too; what a screen shows does not matter."""
	with Target() as target, Stop("-b", "-d", "0.1", "-p", str(target.process.pid),
			stdout=subprocess.DEVNULL) as stop:
		before = stop.getppids()
		target.run(777)
		until(lambda: stop.getppids() == before + 777, "calls are missing")
	with Target() as target, Screen("--serve=0", "-p", str(target.process.pid)) as screen:
		url = screen.url("The page is at")
		query = "?" + urllib.parse.urlsplit(url).query
		target.run(777)

		def count():
			answer = ask(url, path="/api/snapshot" + query)
			return answer.status == 200 and count_in(json.loads(answer.text))
		until(lambda: count() >= 777, "calls are missing")
		os.write(screen.terminal, b"p")
		target.run(1000)
		until(lambda: count() >= 1777, "the pause stops the page")
		os.write(screen.terminal, b"q")
		screen.await_end()


def case_replay():
	"""What was recorded is served as it is played."""
	with tempfile.TemporaryDirectory() as directory:
		name = directory + "/kept"
		subprocess.run([STOP, ENGINE, "-c", "--record=" + name, "-o", "/dev/null", "--", "true"], check=True)
		with Screen("--serve=0", name + ".ctf") as screen:
			url = screen.url("The page is at")
			query = "?" + urllib.parse.urlsplit(url).query
			os.write(screen.terminal, b"G")
			until(lambda: ">execve<" in ask(url, path="/" + query).text, "no call in the page")
			os.write(screen.terminal, b"q")
			screen.await_end()


class Slow:
	"""A client that takes a byte of the stream a second."""
	def __init__(self, stop):
		self.socket = connect(stop.url)
		self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
		self.socket.sendall(b"GET /events%s HTTP/1.1\r\nHost: localhost\r\n\r\n" % stop.query.encode())
		assert self.socket.recv(12) == b"HTTP/1.1 200"
		self.next = time.monotonic()

	def run(self):
		if time.monotonic() >= self.next:
			self.next += 1
			self.socket.recv(1)


def is_let_in(stop):
	"""Whether there is room for one more reader."""
	with Events(stop) as events:
		return events.answer.status == 200


# Many threads make a page that is larger than what the kernel keeps for a connection.
THREADS = """
import sys, threading
for i in range(400): threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


class Threads(Target):
	"""A target with many threads that wait."""
	def __init__(self):
		self.process = subprocess.Popen([sys.executable, "-c", THREADS], text=True,
			stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		assert self.process.stdout.readline() == "ready\n"


class Reader:
	"""Reads events in a thread, and keeps when they came."""
	def __init__(self, events):
		self.events, self.times, self.error = events, [time.monotonic()], None
		self.thread = threading.Thread(target=self.run, daemon=True)
		self.thread.start()

	def run(self):
		try:
			while self.events.next():
				self.times.append(time.monotonic())
		except (OSError, http.client.HTTPException) as error:
			self.error = error

	def longest_gap(self):
		return max(after - before for before, after in zip(self.times, self.times[1:]))


def case_hostile_clients():
	"""Slow readers, silent connections and all others: events and the page still come, and the slow
	ones end."""
	with Target() as target, Threads() as threads, of(target, "-p", str(threads.process.pid)) as stop, \
			Events(stop) as events:
		pid = stop.process.pid
		size = len(events.next()[1])
		before, memory = listener_cpu(pid), resident(pid)
		slow = [Slow(stop) for _ in range(READERS_MAX - 1)]
		assert not is_let_in(stop)
		nuisance, reader = Nuisance(stop.url), Reader(events)
		begin = time.monotonic()
		target.run(100000)
		answered, peak, ended = 0, 0, None
		while not ended or len(reader.times) < 6 or not answered:
			assert time.monotonic() < begin + 2 * LIMIT, (len(reader.times), answered, ended)
			assert reader.thread.is_alive(), ("the stream has ended", reader.error)
			for each in slow:
				each.run()
			peak = max(peak, resident(pid))
			try:
				if not ended and is_let_in(stop):
					ended = time.monotonic() - begin
				answered += stop.get("/").status == 200
			except (OSError, http.client.HTTPException):
				pass
		elapsed = time.monotonic() - begin
		share = (listener_cpu(pid) - before) / elapsed
		nuisance.end()
		print("hostile clients: %d events of %d KiB in %.0f s, the longest gap %.1f s, %d pages, "
			"%.1f %% of a CPU, %.1f MiB more, the slow end after %.0f s; %s" % (len(reader.times), size >> 10,
			elapsed, reader.longest_gap(), answered, 100 * share, (peak - memory) / (1 << 20), ended,
			nuisance.done))
		assert share < 0.15, "too much CPU: %g" % share
		assert peak - memory < 64 << 20, "memory"
		until(lambda: stop.getppids() == 100000, "calls are missing")
		stop.end()
		reader.thread.join(LIMIT)
		assert not reader.thread.is_alive()


def case_many_readers():
	"""Of the stream there is a number; who goes makes room."""
	with Target() as target, of(target) as stop:
		readers = [Events(stop) for _ in range(READERS_MAX)]
		for reader in readers:
			assert reader.answer.status == 200 and reader.next()
		assert not is_let_in(stop)
		for reader in readers:
			reader.__exit__()
		until(lambda: is_let_in(stop), "there is no room")


HOSTILE = ("<script>document.title=1<", "\" onload='document.title=2' x=\"&amp;", "a\rdata: x\r\revent: end",
	"b\ndata: <img src=x onerror=document.title=3>\n\n")


def case_hostile_names():
	"""Names are text, and cannot end an event."""
	with tempfile.TemporaryDirectory() as directory:
		for name in HOSTILE:
			with open(os.path.join(directory, name.replace("/", "_")), "w"):
				pass
		with Stop("-c", "-o", "/dev/null", "--", "sh", "-c", 'cd "$0"; for i in *; do cat "$i"; done; cat',
				directory, stdin=subprocess.PIPE) as stop, Events(stop) as events:
			kind, text = events.until(lambda text: "document.title=1" in text)
			assert kind == "parts" and "<script" not in text and "<img" not in text
			assert text.startswith("<header>") and text.rstrip().endswith("</main>")
			page = stop.get("/").text
			assert page.count("<script") == 2 and "<img" not in page
			json.loads(stop.get("/api/snapshot").text)
			stop.process.stdin.close()
			while event := events.next():
				last = event
			assert last[0] == "end" and last[1].startswith("<header>")


def quiet(browser, url):
	"""Nothing on the console, and no request but for the page and its events."""
	origin = url.split("/?")[0] + "/"
	for event in browser.events:
		method, params = event.get("method"), event.get("params", {})
		assert method not in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"), params
		if method == "Network.requestWillBeSent":
			asked = params["request"]["url"]
			assert asked.startswith((origin + "?", origin + "events?")), asked


CALLS = "document.querySelector('section:has(#calls)')"
ROW = CALLS + ".querySelectorAll('tbody tr')"


def case_browser():
	"""The page goes on by itself: order, filters, places and the focus stay; it can be paused."""
	if not os.environ.get("BROWSER"):
		print("skipped: no chromium-headless-shell or chromium")
		return
	with tempfile.TemporaryDirectory() as directory, Target() as target, of(target) as stop:
		target.run(10)
		browser = Browser(os.environ["BROWSER"], directory)
		try:
			for width in 1280, 500:
				browser.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
					deviceScaleFactor=1, mobile=False)
				watch(browser, stop, target)
				if os.environ.get("SHOTS"):
					shot(browser, "%s/live-%d.png" % (os.environ["SHOTS"], width))
			watch_end(browser, stop, target)
		finally:
			browser.end()


def shot(browser, path):
	import base64
	data = browser.call("Page.captureScreenshot", format="png", captureBeyondViewport=False)["data"]
	with open(path, "wb") as file:
		file.write(base64.b64decode(data))


def shown(browser):
	"""How many calls of getppid the page shows."""
	return int(browser.value(
		"(()=>{const r=[..." + ROW + "].find(r=>r.cells[0].textContent==='getppid');"
		"return r?r.cells[1].textContent.replace(/,/g,''):'0'})()"))


def status(browser):
	return browser.value("document.querySelector('#live [role=status]').textContent")


def await_others(stop, count):
	"""Waits until another reader has got COUNT, and an event after that."""
	with Events(stop) as events:
		events.until(lambda text: in_page(text) == count)
		events.next()


def watch(browser, stop, target):
	browser.open(stop.url)
	until(lambda: status(browser) == "Live", "it is not live")
	before = shown(browser)
	# By name, filtered, scrolled, with the focus on a title.
	browser.value(CALLS + ".querySelector('th button').click()")
	browser.value("{const i=" + CALLS + ".querySelector('input');i.value='get';"
		"i.dispatchEvent(new Event('input'))}")
	browser.value(CALLS + ".querySelector('.wide').scrollLeft=40;scrollTo(0,300);"
		+ CALLS + ".querySelectorAll('th button')[1].focus();window.kept=" + CALLS)
	place = browser.value("[scrollY," + CALLS + ".querySelector('.wide').scrollLeft].join()")
	target.run(1234)
	until(lambda: shown(browser) == before + 1234, "no new numbers")
	assert browser.value("window.kept===" + CALLS), "the part was replaced"
	assert browser.value("document.activeElement.textContent") == "CALLS", "the focus is lost"
	assert browser.value("[scrollY," + CALLS + ".querySelector('.wide').scrollLeft].join()") == place
	names = browser.value("[..." + ROW + "].map(r=>r.cells[0].textContent)")
	assert names == sorted(names) and len(names) > 1, names
	hidden = browser.value("[..." + ROW + "].filter(r=>r.hidden!==!r.textContent.toLowerCase()"
		".includes('get')).length")
	assert hidden == 0, "it is not filtered"
	# What is selected is not taken away.
	browser.value("getSelection().selectAllChildren(" + ROW + "[0])")
	target.run(5)
	await_others(stop, before + 1239)
	assert shown(browser) == before + 1234, "a selection was taken away"
	browser.value("getSelection().removeAllRanges()")
	until(lambda: shown(browser) == before + 1239, "it does not go on after a selection")
	# Paused, by a key.
	browser.value("document.querySelector('#live button').focus()")
	browser.key("Enter", 13, "\r")
	until(lambda: status(browser) == "Paused", "it cannot be paused")
	target.run(7)
	await_others(stop, before + 1246)
	assert shown(browser) == before + 1239, "it goes on although it is paused"
	browser.key("Enter", 13, "\r")
	until(lambda: shown(browser) == before + 1246, "it does not go on")
	assert browser.value("document.querySelectorAll('main>section').length") > 4
	assert browser.value("document.querySelectorAll('input[type=search]').length===" +
		"document.querySelectorAll('table').length"), "filters do not match tables"
	quiet(browser, stop.url)


def watch_end(browser, stop, target):
	before = shown(browser)
	target.run(99)
	stop.end()
	until(lambda: "has ended" in status(browser), "the end is not said")
	assert shown(browser) == before + 99, "the last numbers are missing"
	quiet(browser, stop.url)


run_cases(globals())
