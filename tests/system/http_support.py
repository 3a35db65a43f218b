# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of servers share: targets, stop, requests, clients that harm. For metrics.py, serve.py."""
import fnmatch
import http.client
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse

STOP = os.environ["STOP"]
ENGINE = "--engine=" + os.environ["ENGINE"]
OPEN = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
LIMIT = 60

# A target that waits, makes so many calls, and waits again.
TARGET = """
import os, sys
for line in sys.stdin:
	for i in range(int(line)): os.getppid()
	print("done", flush=True)
"""


def until(condition, what):
	end = time.monotonic() + LIMIT
	while True:
		result = condition()
		if result:
			return result
		assert time.monotonic() < end, what
		time.sleep(0.02)


class Target:
	def __init__(self):
		self.process = subprocess.Popen([sys.executable, "-c", TARGET], text=True,
			stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		self.run(1)

	def run(self, count):
		self.process.stdin.write("%d\n" % count)
		self.process.stdin.flush()
		assert self.process.stdout.readline() == "done\n"

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.process.kill()
		self.process.wait()


class Stop:
	"""stop in summary or batch mode, with OPTION, whose address it says behind SAID."""
	def __init__(self, option, said, *args, **files):
		self.process = subprocess.Popen([STOP, ENGINE, option, *args], text=True,
			stderr=subprocess.PIPE, **files)
		line = self.process.stderr.readline()
		match = re.fullmatch("stop: " + said + r" (http://\S*)\n", line)
		assert match, line
		self.url = match[1]

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.process.kill()
		self.process.wait()
		self.process.stderr.close()

	def end(self):
		self.process.send_signal(signal.SIGINT)
		assert self.process.wait(LIMIT) == 0


def connect(url):
	place = urllib.parse.urlsplit(url)
	return socket.create_connection((place.hostname, place.port), timeout=LIMIT)


def ask(url, method="GET", path="/metrics", body=None, **headers):
	place = urllib.parse.urlsplit(url)
	connection = http.client.HTTPConnection(place.hostname, place.port, timeout=LIMIT)
	try:
		connection.request(method, path, body,
			{name.replace("_", "-"): value for name, value in headers.items()})
		answer = connection.getresponse()
		answer.text = answer.read().decode()
		return answer
	finally:
		connection.close()


def values(text):
	"""By name with labels. Every line is checked."""
	result = {}
	label = r'[a-z_]+="(?:[^"\\\n]|\\["\\n])*"'
	for line in text.splitlines():
		if line.startswith("# "):
			continue
		match = re.fullmatch(r"(stop_[a-z_]+(?:\{%s(?:,%s)*\})?) ([0-9.]+)" % (label, label), line)
		assert match, line
		assert match[1] not in result, line
		result[match[1]] = float(match[2])
	return result


def calls(text):
	return {name: value for name, value in values(text).items()
		if name.startswith("stop_syscalls_total")}


GETPPID = 'stop_syscalls_total{syscall="getppid"}'


def counted(url, **headers):
	answer = ask(url, **headers)
	assert answer.status == 200, (answer.status, answer.text)
	return values(answer.text).get(GETPPID, 0)


def has_ipv6():
	try:
		socket.create_server(("::1", 0), family=socket.AF_INET6).close()
		return True
	except OSError:
		return False


def is_free(port):
	try:
		socket.create_server(("127.0.0.1", port)).close()
		return True
	except OSError:
		return False


class Screen:
	"""stop on a terminal, with OPTION."""
	def __init__(self, option, *args):
		self.pid, self.terminal = pty.fork()
		if self.pid == 0:
			os.environ.update(TERM="xterm", LINES="24", COLUMNS="100")
			os.execv(STOP, [STOP, ENGINE, option, *args])
		self.shown = bytearray()
		threading.Thread(target=self.read, daemon=True).start()

	def read(self):
		try:
			while data := os.read(self.terminal, 4096):
				self.shown.extend(data)
		except OSError:
			pass

	def url(self, said):
		"""The address behind what is SAID, a pattern."""
		return until(lambda: re.search(said.encode() + rb" (http://[0-9a-z.:/?=]+)", self.shown),
			"the screen does not say where")[1].decode()

	def await_end(self):
		until(lambda: self.pid is None or os.waitpid(self.pid, os.WNOHANG)[0], "it does not end")
		self.pid = None

	def __enter__(self):
		return self

	def __exit__(self, *args):
		if self.pid:
			os.kill(self.pid, signal.SIGKILL)
			os.waitpid(self.pid, 0)
		os.close(self.terminal)


def listener_cpu(pid):
	"""Seconds of CPU of the listener's thread."""
	for tid in os.listdir("/proc/%d/task" % pid):
		with open("/proc/%d/task/%s/stat" % (pid, tid)) as file:
			stat = file.read()
		if "(stop-listener)" in stat:
			fields = stat.rsplit(") ", 1)[1].split()
			return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
	raise AssertionError("there is no listener")


def resident(pid):
	with open("/proc/%d/statm" % pid) as file:
		return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class Nuisance:
	"""Clients that do all they should not, until it is over."""
	def __init__(self, url):
		place = urllib.parse.urlsplit(url)
		self.url, self.is_over, self.done = url, False, {}
		self.path = place.path + ("?" + place.query if place.query else "")
		self.line = b"GET " + self.path.encode() + b" HTTP/1.1\r\n"
		self.threads = [threading.Thread(target=self.repeat, args=(action,), daemon=True) for action in
			(self.silent, self.slow, self.huge, self.endless, self.deaf, self.flood, self.garbage)]
		for thread in self.threads:
			thread.start()

	def repeat(self, action):
		while not self.is_over:
			try:
				action()
			except OSError:
				pass
			self.done[action.__name__] = self.done.get(action.__name__, 0) + 1

	def silent(self):
		"""A thousand that say nothing, if we may have so many descriptors."""
		place = urllib.parse.urlsplit(self.url)
		sockets = []
		for _ in range(min(1000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)):
			each = socket.socket()
			each.setblocking(False)
			each.connect_ex((place.hostname, place.port))
			sockets.append(each)
		end = time.monotonic() + 3
		while not self.is_over and time.monotonic() < end:
			time.sleep(0.05)
		for each in sockets:
			each.close()

	def slow(self):
		with connect(self.url) as each:
			for byte in self.line + b"Host: localhost\r\n" + b"X: y\r\n" * 100:
				if self.is_over:
					break
				each.send(bytes([byte]))
				time.sleep(0.2)

	def huge(self):
		with connect(self.url) as each:
			each.sendall(self.line + b"X: " + b"y" * 1000000 + b"\r\n\r\n")
			each.recv(100)

	def endless(self):
		with connect(self.url) as each:
			each.sendall(b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n")
			while not self.is_over:
				each.sendall(b"x" * 65536)

	def deaf(self):
		"""Asks, and reads nothing."""
		with connect(self.url) as each:
			each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
			while not self.is_over:
				each.sendall((self.line + b"Host: localhost\r\n\r\n") * 50)

	def flood(self):
		ask(self.url, path=self.path, Accept=OPEN)

	def garbage(self):
		with connect(self.url) as each:
			each.sendall(os.urandom(4096) + b"\r\n\r\n")
			each.recv(100)

	def end(self):
		self.is_over = True
		for thread in self.threads:
			thread.join(LIMIT)


def run_cases(cases):
	"""Runs those of CASES, by their names, that $CASE matches. Ends the program."""
	failed = 0
	for name, case in list(cases.items()):
		if name.startswith("case_") and fnmatch.fnmatch(name[5:], os.environ.get("CASE", "*")):
			try:
				case()
				print("passed:", name[5:])
			except Exception as error:
				failed += 1
				print("FAILED: %s: %s: %s" % (name[5:], type(error).__name__, error))
				traceback.print_exc(file=sys.stdout)
	sys.exit(failed > 0)
