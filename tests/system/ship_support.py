# SPDX-License-Identifier: GPL-2.0-or-later
"""What tests of --ship share: stop that ships, and its sums beside those of its report. For ship.py and
ship_calls.py."""
import json
import os
import signal
import subprocess
import tempfile
import time

from http_support import ENGINE, LIMIT, STOP, until

# Servers are asked directly.
os.environ["no_proxy"] = "*"

COLUMNS = "calls", "errors", "partial", "bytes", "total_ns", "max_ns"


class Stop:
	"""stop in summary mode, which ships to URL; its JSON is in `report` at the end."""
	def __init__(self, url, *args, interval="100ms", **files):
		self.directory = tempfile.TemporaryDirectory()
		self.path = self.directory.name + "/report"
		self.stderr = open(self.directory.name + "/stderr", "w+")
		self.process = subprocess.Popen([STOP, ENGINE, "-c", "--format=json", "-o", self.path,
			"--ship=" + url, "--ship-interval=" + interval, *args], text=True, stderr=self.stderr,
			**files)

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.process.kill()
		self.process.wait()
		self.stderr.close()
		self.directory.cleanup()

	def said(self):
		with open(self.directory.name + "/stderr") as file:
			return file.read()

	def await_attach(self, target):
		until(lambda: "TracerPid:\t0\n" not in status_of(target.process.pid) or "bpf" in ENGINE,
			"it is not attached")

	def end(self, interrupt=True):
		"""Returns how long that took."""
		begin = time.monotonic()
		if interrupt:
			self.process.send_signal(signal.SIGINT)
		assert self.process.wait(LIMIT) == 0, self.said()
		with open(self.path) as file:
			self.report = json.load(file)
		return time.monotonic() - begin


def status_of(pid):
	with open("/proc/%d/status" % pid) as file:
		return file.read()


def shipped(database):
	return sum(row["calls"] for row in database.sums() if row["name"] == "getppid")


def drain(database, target):
	"""Waits until what was queued before has arrived: far more than that is put behind it."""
	target.run(20000)
	until(lambda: shipped(database) >= 20000, "not all arrives")


def by_name(rows, columns):
	"""The sums of the columns, and the maximum, of each call."""
	result = {}
	for row in rows:
		sums = result.setdefault(row["name"], dict.fromkeys(columns, 0))
		for column in columns:
			value = row[column] or 0
			sums[column] = max(sums[column], value) if column == "max_ns" else sums[column] + value
	return result


def expect_equal(database, stop):
	"""What was taken is what the summary says."""
	rows = database.sums()
	columns = [column for column in COLUMNS if all(column in row for row in rows)]
	counted = by_name([call for call in stop.report["syscalls"] if call["calls"]], columns)
	taken = by_name(rows, columns)
	# Reports have the time so far of calls that have not ended.
	for call in stop.report["syscalls"]:
		if call["in_progress"] and call["calls"]:
			for sums in counted, taken:
				sums[call["name"]].pop("max_ns", None)
				del sums[call["name"]]["total_ns"]
	assert counted == taken, (counted, taken, stop.said())


def run(url, *args, command=("sh", "-c", "i=0; while [ $i -lt 20 ]; do /bin/true; i=$((i+1)); done"),
		**options):
	"""A command that stop has started, and its end."""
	stop = Stop(url, *args, "--", *command, **options)
	stop.end(interrupt=False)
	return stop


def refused(*args, said, secret=None):
	result = subprocess.run([STOP, ENGINE, *args, "-c", "-o", "/dev/null", "--", "true"],
		capture_output=True, text=True, timeout=LIMIT)
	assert result.returncode == 2 and said in result.stderr, result
	assert not secret or secret not in result.stderr + result.stdout
