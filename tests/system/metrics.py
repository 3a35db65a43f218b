# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of metrics.sh."""
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import http_support
from http_support import (ENGINE, GETPPID, LIMIT, OPEN, STOP, Nuisance, Screen, Target, ask, calls,
	connect, counted, has_ipv6, is_free, listener_cpu, resident, run_cases, until, values)


class Stop(http_support.Stop):
	"""stop with --metrics."""
	def __init__(self, *args, metrics="0", ready=True, **files):
		super().__init__("--metrics=" + metrics, "metrics are at", *args, **files)
		# The first answer comes when the target is traced.
		assert not ready or ask(self.url).status == 200


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


def case_screen():
	with Target() as target, Screen("--metrics=0", "-p", str(target.process.pid)) as screen:
		url = screen.url("Metrics are at")
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
		with Screen("--metrics=0", "--", "sh", "-c", command) as screen:
			port = urllib.parse.urlsplit(screen.url("Metrics are at")).port
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
		end = time.monotonic() + 12
		while time.monotonic() < end:
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


def case_after_silent_clients():
	"""All that there is room for are ended at once; then there is room for others."""
	with Target() as target, Stop("-c", "-o", "/dev/null", "-p", str(target.process.pid)) as stop:
		place = urllib.parse.urlsplit(stop.url)
		silent = []
		for _ in range(90):
			each = socket.socket()
			each.setblocking(False)
			each.connect_ex((place.hostname, place.port))
			silent.append(each)
		fds = "/proc/%d/fd" % stop.process.pid
		until(lambda: len(os.listdir(fds)) > 64, "they are not accepted")
		until(lambda: len(os.listdir(fds)) < 40, "they are not ended")
		asked = time.monotonic()
		assert ask(stop.url).status == 200
		print("answered after %.1f s" % (time.monotonic() - asked))
		for each in silent:
			each.close()


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


run_cases(globals())
