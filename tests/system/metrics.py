# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of metrics.sh."""
import fnmatch
import http.client
import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
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
	"""stop in summary or batch mode."""
	def __init__(self, *args, metrics="0", ready=True, **files):
		self.process = subprocess.Popen([STOP, ENGINE, "--metrics=" + metrics, *args], text=True,
			stderr=subprocess.PIPE, **files)
		line = self.process.stderr.readline()
		match = re.fullmatch(r"stop: metrics are at (http://\S*)\n", line)
		assert match, line
		self.url = match[1]
		# The first answer comes when the target is traced.
		assert not ready or ask(self.url).status == 200

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


def case_numbers():
	"""What is served is what a summary says."""
	with tempfile.TemporaryDirectory() as directory, Target() as target:
		path = directory + "/final"
		with Stop("-c", "--format=prometheus", "-o", path, "-p", str(target.process.pid)) as stop:
			target.run(12345)
			until(lambda: counted(stop.url) == 12345, "calls are missing")
			served = ask(stop.url).text
			stop.end()
		with open(path) as file:
			assert calls(file.read()) == calls(served)


def case_filters():
	"""In a summary, a filter selects the calls that are served."""
	for filter in "getppid", "getppid and time>0s":
		with Target() as target, Stop("-c", "-o", "/dev/null", "-e", filter, "-p",
				str(target.process.pid)) as stop:
			target.run(50)
			until(lambda: counted(stop.url) == 50, "calls are missing")
			assert list(calls(ask(stop.url).text)) == [GETPPID]


def case_answers():
	with Target() as target, Stop("-c", "-o", "/dev/null", "-p", str(target.process.pid)) as stop:
		plain, best = ask(stop.url), ask(stop.url, Accept=OPEN)
		assert plain.getheader("Content-Type") == "text/plain; version=0.0.4; charset=utf-8"
		assert best.getheader("Content-Type") == (
			"application/openmetrics-text; version=1.0.0; charset=utf-8")
		assert best.text.endswith("# EOF\n") and "# EOF" not in plain.text
		head = ask(stop.url, "HEAD")
		assert head.status == 200 and head.text == "" and int(head.getheader("Content-Length")) > 500
		assert "/metrics" in ask(stop.url, path="/").text
		assert ask(stop.url, path="/../etc/passwd").status == 404
		for method in "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "WHAT":
			answer = ask(stop.url, method, body="x" * 100)
			assert answer.status == 405 and answer.getheader("Allow") == "GET, HEAD", method
		assert ask(stop.url, body="x").status == 400
		# A name that somebody has led here.
		assert ask(stop.url, Host="example.org").status == 403
		assert ask(stop.url, Host="localhost:1").status == 200
		# Several requests on one connection.
		place = urllib.parse.urlsplit(stop.url)
		connection = http.client.HTTPConnection(place.hostname, place.port, timeout=LIMIT)
		for _ in range(5):
			connection.request("GET", "/metrics")
			first = connection.sock
			assert connection.getresponse().read()
			assert connection.sock is first, "the connection was not kept"
		connection.close()
		if shutil.which("promtool"):
			lint = subprocess.run(["promtool", "check", "metrics"], input=plain.text, text=True,
				capture_output=True)
			assert lint.returncode == 0, lint.stderr


def has_ipv6():
	try:
		socket.create_server(("::1", 0), family=socket.AF_INET6).close()
		return True
	except OSError:
		return False


def case_addresses():
	def refused(address, status, *words, command=()):
		result = subprocess.run([*command, STOP, ENGINE, "--metrics=" + address, "-c", "-o", "/dev/null",
			"--", "true"], capture_output=True, text=True, timeout=LIMIT)
		assert result.returncode == status, (address, result)
		assert result.stderr.count("\n") == 1 and all(word in result.stderr for word in words), result
	for address in "", "x", "1.2.3:1", "127.0.0.1", "127.0.0.1:", "[::1]", "::1", "[::1:5", "70000", "-1", \
			"example.org:1", "127.0.0.1:1 ", "\x1b[31m:1":
		refused(address, 2, "--metrics")
	refused("192.0.2.1:9464", 1, "192.0.2.1:9464", "no interface")
	with socket.create_server(("127.0.0.1", 0)) as other:
		port = other.getsockname()[1]
		refused(str(port), 1, "127.0.0.1:%d" % port, "in use")
	with open("/proc/sys/net/ipv4/ip_unprivileged_port_start") as file:
		if int(file.read()) > 1 and os.getuid() == 0 and shutil.which("setpriv"):
			refused("1", 1, "CAP_NET_BIND_SERVICE",
				command=["setpriv", "--bounding-set=-net_bind_service"])
	for address, begin in ("localhost:0", "http://127.0.0.1:"), ("0.0.0.0:0", "http://0.0.0.0:"):
		with Stop("-c", "-o", "/dev/null", "--", "cat", metrics=address, stdin=subprocess.PIPE) as stop:
			assert stop.url.startswith(begin), stop.url
			host = "example.org" if address.startswith("0") else "localhost"
			assert ask(stop.url, Host=host).status == 200
	if has_ipv6():
		with Stop("-c", "-o", "/dev/null", "--", "cat", metrics="[::1]:0", stdin=subprocess.PIPE) as stop:
			assert stop.url.startswith("http://[::1]:")
			assert ask(stop.url).status == 200


def case_not_ready():
	"""Who asks before anything is traced is told so."""
	with Stop("-c", "-o", "/dev/null", "--wait", "-p", "no such process", ready=False) as stop:
		assert ask(stop.url).status == 503


def case_batch():
	"""A reader who does not read frames delays nobody."""
	with Target() as target, Stop("-b", "-d", "0.01", "-p", str(target.process.pid),
			stdout=subprocess.PIPE) as stop:
		target.run(777)
		until(lambda: counted(stop.url) == 777, "calls are missing")
		# By then the pipe is full.
		fd = "/proc/%d/syscall" % stop.process.pid
		end = time.monotonic() + 3
		while time.monotonic() < end and os.path.exists(fd):
			assert counted(stop.url) == 777


def is_free(port):
	try:
		socket.create_server(("127.0.0.1", port)).close()
		return True
	except OSError:
		return False


class Screen:
	"""stop on a terminal."""
	def __init__(self, *args):
		self.pid, self.terminal = pty.fork()
		if self.pid == 0:
			os.environ.update(TERM="xterm", LINES="24", COLUMNS="100")
			os.execv(STOP, [STOP, ENGINE, "--metrics=0", *args])
		self.shown = bytearray()
		threading.Thread(target=self.read, daemon=True).start()

	def read(self):
		try:
			while data := os.read(self.terminal, 4096):
				self.shown.extend(data)
		except OSError:
			pass

	def url(self):
		return until(lambda: re.search(rb"Metrics are at (http://[0-9.:]+/metrics)", self.shown),
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


def case_screen():
	with Target() as target, Screen("-p", str(target.process.pid)) as screen:
		url = screen.url()
		target.run(4321)
		until(lambda: counted(url) == 4321, "calls are missing")
		# Counting from now, and a paused screen, are matters of the screen.
		os.write(screen.terminal, b"z")
		until(lambda: b"Counting from now" in screen.shown, "no mark")
		assert counted(url) == 4321
		os.write(screen.terminal, b"p")
		target.run(1)
		until(lambda: counted(url) == 4322, "the pause stops metrics")
		os.write(screen.terminal, b"q")
		screen.await_end()


def case_left_command():
	"""The port of a screen is free, although its command goes on."""
	with tempfile.TemporaryDirectory() as directory:
		path = directory + "/pid"
		command = 'echo $$ >"%s.new"; mv "%s.new" "%s"; exec sleep 1000' % (path, path, path)
		with Screen("--", "sh", "-c", command) as screen:
			port = urllib.parse.urlsplit(screen.url()).port
			until(lambda: os.path.exists(path), "the command does not start")
			with open(path) as file:
				command = int(file.read())
			try:
				assert not is_free(port)
				os.kill(screen.pid, signal.SIGTERM)
				screen.await_end()
				until(lambda: is_free(port), "the port is still taken")
				os.kill(command, 0)
			finally:
				os.kill(command, signal.SIGKILL)


def case_hostile_target():
	"""Names that break out of labels, if they could."""
	with tempfile.TemporaryDirectory() as directory:
		path = directory + '/a"} 1\n# EOF\nstop_x{y="\\\x1b[2J\xff'
		shutil.copy("/bin/cat", path)
		with Stop("-c", "-o", "/dev/null", "--", path, stdin=subprocess.PIPE) as stop:
			for accept in "*/*", OPEN:
				text = ask(stop.url, Accept=accept).text
				assert "\x1b" not in text and "stop_target_info{" in text
				assert not [name for name in values(text) if name.startswith("stop_x")]


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
		self.url, self.is_over, self.done = url, False, {}
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
			for byte in b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 100:
				if self.is_over:
					break
				each.send(bytes([byte]))
				time.sleep(0.2)

	def huge(self):
		with connect(self.url) as each:
			each.sendall(b"GET /metrics HTTP/1.1\r\n" + b"X: " + b"y" * 1000000 + b"\r\n\r\n")
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
				each.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50)

	def flood(self):
		ask(self.url, Accept=OPEN)

	def garbage(self):
		with connect(self.url) as each:
			each.sendall(os.urandom(4096) + b"\r\n\r\n")
			each.recv(100)

	def end(self):
		self.is_over = True
		for thread in self.threads:
			thread.join(LIMIT)


def case_hostile_clients():
	"""Who asks properly is answered, and neither stop nor its target suffer."""
	with Target() as target, Stop("-c", "--format=json", "-o", "/dev/null", "-p",
			str(target.process.pid)) as stop:
		pid = stop.process.pid
		until(lambda: ask(stop.url).status == 200, "no answer")
		before, memory = listener_cpu(pid), resident(pid)
		begin = time.monotonic()
		nuisance = Nuisance(stop.url)
		target.run(100000)
		answered = failed = descriptors = 0
		longest = 0
		while time.monotonic() < begin + 12:
			descriptors = max(descriptors, len(os.listdir("/proc/%d/fd" % pid)))
			asked = time.monotonic()
			try:
				answered += counted(stop.url) > 0
			except OSError:
				failed += 1
			longest = max(longest, time.monotonic() - asked)
		elapsed = time.monotonic() - begin
		share = (listener_cpu(pid) - before) / elapsed
		nuisance.end()
		print("hostile clients: %d answers, the slowest after %.1f s, %d connections refused, "
			"%.1f %% of a CPU, %d descriptors; %s" %
			(answered, longest, failed, 100 * share, descriptors, nuisance.done))
		assert answered, "nobody was answered"
		assert share < 0.15, "too much CPU: %g" % share
		assert descriptors < 150, descriptors
		assert resident(pid) - memory < 32 << 20, "memory"
		until(lambda: counted(stop.url) == 100000, "calls are missing")
		stop.end()


def case_ends():
	"""Whatever becomes of stop, its port is free then; clients do not delay it."""
	for how in signal.SIGKILL, signal.SIGINT:
		with Target() as target, Stop("-c", "-o", "/dev/null", "-p", str(target.process.pid)) as stop:
			port = urllib.parse.urlsplit(stop.url).port
			with connect(stop.url) as waiting:
				assert ask(stop.url).status == 200
				stop.process.send_signal(how)
				stop.process.wait(LIMIT)
				waiting.settimeout(LIMIT)
				assert waiting.recv(1) == b""
			until(lambda: is_free(port), "the port is still taken")
			target.run(10)


def case_prometheus():
	if not shutil.which("prometheus"):
		print("skipped: prometheus is missing")
		return
	with tempfile.TemporaryDirectory() as directory, Target() as target, \
			Stop("-c", "-o", "/dev/null", "-p", str(target.process.pid)) as stop:
		with socket.create_server(("127.0.0.1", 0)) as probe:
			own = "127.0.0.1:%d" % probe.getsockname()[1]
		with open(directory + "/prometheus.yml", "w") as file:
			file.write("global: {scrape_interval: 200ms, scrape_timeout: 200ms}\n"
				"scrape_configs: [{job_name: stop, static_configs: [{targets: ['%s']}]}]\n" %
				urllib.parse.urlsplit(stop.url).netloc)
		target.run(2345)
		prometheus = subprocess.Popen(["prometheus", "--config.file", directory + "/prometheus.yml",
			"--storage.tsdb.path", directory + "/tsdb", "--web.listen-address", own],
			stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

		def query(text):
			assert prometheus.poll() is None, "Prometheus has ended"
			try:
				answer = ask("http://" + own, path="/api/v1/query?" +
					urllib.parse.urlencode({"query": text}))
				result = json.loads(answer.text)["data"]["result"]
				return float(result[0]["value"][1]) if result else None
			except (OSError, ValueError, KeyError):
				return None
		try:
			until(lambda: query(GETPPID) == 2345, "Prometheus has no sample")
			target.run(55)
			until(lambda: query(GETPPID) == 2400, "Prometheus has no new sample")
			assert query("up") == 1
			assert query('histogram_quantile(0.5, stop_syscall_duration_seconds_bucket{syscall="getppid"})') > 0
			assert query("stop_target_info") == 1
		finally:
			prometheus.kill()
			prometheus.wait()


failed = 0
for name, case in list(globals().items()):
	if name.startswith("case_") and fnmatch.fnmatch(name[5:], os.environ.get("CASE", "*")):
		try:
			case()
			print("passed:", name[5:])
		except Exception as error:
			failed += 1
			print("FAILED: %s: %s: %s" % (name[5:], type(error).__name__, error))
			traceback.print_exc(file=sys.stdout)
sys.exit(failed > 0)
