# SPDX-License-Identifier: GPL-2.0-or-later
"""More cases of ship.sh: single calls (--ship-calls), OpenTelemetry, large requests, https."""
import collections
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile

from database import Database, larger_than, lasting, otlp_points, status
from http_support import ENGINE, LIMIT, STOP, Target, run_cases, until
from ship_support import Stop, drain, expect_equal, refused, run

SCHEMES = "clickhouse", "elastic", "otlp"

SECRETS = ("sh", "-c", "echo contents; MY_TOKEN=hunter2 env true --password geheim >/dev/null")


def case_otlp_numbers():
	with Database() as database, run(database.url("otlp")) as stop:
		expect_equal(database, stop)
		assert stop.said() == "" and not database.prepared, stop.said()
		rows = database.sums()
		assert {row["host"] for row in rows} == {socket.gethostname()}
		assert {row["target"] for row in rows} == {"sh"} and "while" in rows[0]["command"]
		assert {"sh", "true"} <= {row["comm"] for row in rows} and len({row["pid"] for row in rows}) == 21
		assert any("ENOENT" in row["error_names"] for row in rows)
		assert all(path == "/v1/metrics" for path, _ in database.requests)
		# Intervals of a process and call are those of all its points.
		spans = collections.defaultdict(set)
		for name, resource, labels, point in otlp_points(database.requests):
			spans[resource["process.pid"], labels["stop.syscall"], point["timeUnixNano"]].add(
				point["startTimeUnixNano"])
		assert all(len(begin) == 1 for begin in spans.values())
	with Database() as database, run(database.url("otlp", name="api/v1/otlp"), "--ship-by=comm") as stop:
		expect_equal(database, stop)
		assert {path for path, _ in database.requests} == {"/api/v1/otlp/v1/metrics"}
		assert {row["pid"] for row in database.sums()} == {0}


# Reads requests of OTLP as messages, which a field that they do not have ends.
DECODE = """
import json, sys
from google.protobuf import json_format
import otlp_pb2
kinds = {"metrics": otlp_pb2.ExportMetricsServiceRequest, "logs": otlp_pb2.ExportLogsServiceRequest}
counts = {"metrics": 0, "logs": 0}
for path, body in json.load(sys.stdin):
	kind = path.rsplit("/", 1)[1]
	message = json_format.Parse(body, kinds[kind]())
	if kind == "metrics":
		counts[kind] += sum(metric.name == "stop.syscall.calls" and metric.sum.data_points[0].as_int
			for element in message.resource_metrics for scope in element.scope_metrics for metric in scope.metrics)
	else:
		counts[kind] += sum(len(scope.log_records) for element in message.resource_logs for scope in element.scope_logs)
print(json.dumps(counts))
"""


def decoder(directory):
	"""The interpreter that has protobuf, with the messages in DIRECTORY, or None."""
	if not shutil.which("protoc"):
		return None
	subprocess.run(["protoc", "--python_out=" + directory, "-I" + os.environ["top_srcdir"] + "/tests/system",
		"otlp.proto"], check=True)
	for python in "python3", "/usr/bin/python3":
		if subprocess.run([python, "-c", "import google.protobuf"], stderr=subprocess.DEVNULL).returncode == 0:
			return python
	return None


def case_otlp_definitions():
	"""What is sent are the published messages."""
	with tempfile.TemporaryDirectory() as directory:
		python = decoder(directory)
		if not python:
			print("skipped: protoc, or protobuf of Python, is missing")
			return
		with Database() as database, run(database.url("otlp"), "--ship-calls") as stop:
			counted = sum(call["calls"] for call in stop.report["syscalls"])
			output = subprocess.run([python, "-c", DECODE], cwd=directory, check=True, text=True,
				stdout=subprocess.PIPE, input=json.dumps(database.requests)).stdout
			assert json.loads(output) == {"metrics": counted, "logs": len(database.calls())}, (output, counted)


def case_otlp_answers():
	"""Which are tried again, by its specification; and what is rejected is said."""
	for number in 429, 502, 503, 504:
		with Database(status(number)) as database, Target() as target, \
				Stop(database.url("otlp"), "-p", str(target.process.pid)) as stop:
			stop.await_attach(target)
			until(lambda: target.run(10) or database.sums(), "it is not tried again")
			drain(database, target)
			stop.end()
			expect_equal(database, stop)
	for number in 400, 401, 404, 500, 501:
		with Database(lasting(status(number, b'{"message":"why not"}'))) as database, \
				run(database.url("otlp"), interval="1h") as stop:
			assert "refused: HTTP %d" % number in stop.said() and "why not" in stop.said(), stop.said()
			assert "it is tried again" not in stop.said() and "not sent" not in stop.said(), stop.said()
	partial = status(200, b'{"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"old \\u001b[2J"}}')
	with Database(partial) as database, run(database.url("otlp"), interval="1h") as stop:
		assert "3 data points were rejected: old" in stop.said() and "\x1b" not in stop.said(), stop.said()
	# A warning is none.
	warning = status(200, b'{"partialSuccess":{"errorMessage":"please upgrade"}}')
	with Database(lasting(warning)) as database, run(database.url("otlp")) as stop:
		assert stop.said() == "", stop.said()


def case_calls():
	"""Each call is a row, with what a log says of it; sums are the same."""
	for scheme in SCHEMES:
		with Database() as database, run(database.url(scheme), "--ship-calls") as stop:
			expect_equal(database, stop)
			rows = database.calls()
			assert stop.said() == "", stop.said()
			counted = {call["name"]: call for call in stop.report["syscalls"] if call["calls"]}
			taken = collections.Counter(row["name"] for row in rows)
			# Calls that never return are rows in one engine, and counted as in progress in both.
			for name, call in counted.items():
				assert taken[name] == call["calls"], (name, taken[name], call, stop.said())
				mine = [row for row in rows if row["name"] == name]
				assert sum(row["errno"] is not None for row in mine) == call["errors"], name
				if not call["in_progress"]:
					assert sum(row["duration_ns"] for row in mine) == call["total_ns"], name
			assert {row["host"] for row in rows} == {socket.gethostname()}
			assert {"sh", "true"} <= {row["comm"] for row in rows}
			assert all(row["tid"] == row["pid"] for row in rows)
			texts = [row.get("text", row.get("args", "")) for row in rows if row["name"] == "openat"]
			assert any('"/etc/ld.so.cache"' in text for text in texts), texts
			assert all((row["result"] is None) == (row["errno"] is not None or not row["returned"]) for row in rows)


def case_calls_of_a_set():
	for scheme in SCHEMES:
		with Database() as database, run(database.url(scheme), "--ship-calls", "-e", "openat,execve") as stop:
			assert {row["name"] for row in database.calls()} == {"openat", "execve"}
			expect_equal(database, stop)


def case_secrets_of_calls():
	"""They are masked, and buffers are not there unless they are asked for."""
	for scheme in SCHEMES:
		for options, shown in ((), False), (("--with-data",), True):
			with Database() as database, run(database.url(scheme), "--ship-calls", "-v", "-s", "200",
					*options, command=SECRETS, stdout=subprocess.DEVNULL):
				text = json.dumps(database.calls())
				assert "hunter2" not in text and "geheim" not in text and "--password" in text, text
				assert ("contents\\\\n" in text) == shown, text


def case_calls_are_dropped_first():
	"""Sums have them, too: all sums arrive, and the database hears of what is missing."""
	loop = "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; cat"
	for scheme in SCHEMES:
		with Database(lasting(status(503))) as database, Stop(database.url(scheme), "--ship-calls",
				"--ship-buffer=1M", "--ship-by=comm", "--", "sh", "-c", loop, interval="500ms",
				stdin=subprocess.PIPE, stdout=subprocess.PIPE) as stop:
			stop.process.stdin.write("x\n")
			stop.process.stdin.flush()
			assert stop.process.stdout.readline() == "x\n"
			until(lambda: "missing there" in stop.said(), "nothing is said")
			database.failures.clear()
			until(lambda: database.sums(), "nothing arrives")
			until(lambda: database.lost("lost_details"), "the database does not hear of it")
			stop.process.stdin.close()
			stop.end(interrupt=False)
			expect_equal(database, stop)
			line, = [line for line in stop.said().splitlines() if "were dropped" in line]
			dropped = int(re.search(r"([\d,]+) rows of single calls", line)[1].replace(",", ""))
			counted = sum(call["calls"] for call in stop.report["syscalls"])
			assert dropped + len(database.calls()) == counted, (dropped, len(database.calls()), counted)
			assert database.lost("lost_details") == dropped and database.lost() == 0


def case_too_large():
	"""What a server finds too large is sent in parts; one row that is too large is refused."""
	for scheme in SCHEMES:
		with Database(larger_than(30000)) as database, run(database.url(scheme), "--ship-calls") as stop:
			expect_equal(database, stop)
			assert stop.said() == "", stop.said()
			assert len(database.calls()) == sum(call["calls"] for call in stop.report["syscalls"])
			# Each is there once.
			assert len(set(database.deliveries)) == len(database.deliveries)
		with Database(larger_than(20)) as database, run(database.url(scheme)) as stop:
			counted = sum(call["calls"] for call in stop.report["syscalls"])
			said = re.search(r"rows? of ([\d,]+) calls? to \S* were refused: HTTP 413", stop.said())
			assert said and int(said[1].replace(",", "")) == counted, (stop.said(), counted)


def make_certificate(directory):
	"""Of 127.0.0.1, signed by itself: a file with the key, and one without."""
	subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
		"-addext", "subjectAltName=IP:127.0.0.1", "-keyout", directory + "/key", "-out", directory + "/public"],
		check=True, capture_output=True)
	with open(directory + "/both", "w") as both:
		for part in "key", "public":
			with open(directory + "/" + part) as file:
				both.write(file.read())
	return directory + "/both", directory + "/public"


SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def case_https():
	"""A server whose certificate the system does not know gets nothing, not even the password."""
	if not shutil.which("openssl"):
		print("skipped: openssl is missing")
		return
	with tempfile.TemporaryDirectory() as directory:
		both, public = make_certificate(directory)
		with open(directory + "/password", "w") as file:
			file.write("hunter2\n")
		options = "--ship-password=" + directory + "/password", "--", "true"
		for scheme in SCHEMES:
			with Database(certificate=both) as database:
				url = "%s+https://127.0.0.1:%d" % (scheme, database.port)
				with Stop(url, *options) as stop:
					stop.end(interrupt=False)
					assert "certificate" in stop.said() and "not sent" in stop.said(), stop.said()
					assert not database.seen
				trust = "mount --bind %s %s && exec \"$@\"" % (public, SYSTEM_CERTIFICATES)
				report = directory + "/report"
				result = subprocess.run(["unshare", "-m", "sh", "-c", trust, "sh", STOP, ENGINE, "-c", "--format=json",
					"-o", report, "--ship=" + url, *options], capture_output=True, text=True, timeout=LIMIT)
				if "unshare" in result.stderr or "mount" in result.stderr:
					print("skipped: mount namespaces are not to be had: " + result.stderr)
					return
				assert result.returncode == 0 and result.stderr == "", result
				with open(report) as file:
					counted = sum(call["calls"] for call in json.load(file)["syscalls"])
				assert sum(row["calls"] for row in database.sums()) == counted
				assert all(authorization for _, _, authorization, _ in database.seen)


def case_calls_of_a_recording():
	"""With what was recorded of them, they are the rows that were shipped then."""
	with tempfile.TemporaryDirectory() as directory:
		name = directory + "/r"
		with Database() as live, run(live.url("clickhouse"), "--ship-calls", "--record=" + name,
				"--record-detail=strings"), Database() as played, \
				Stop(played.url("clickhouse"), "--ship-calls", name + ".ctf") as stop:
			stop.end(interrupt=False)
			# The difference between the clocks is measured anew while the target runs.
			def rows(database):
				return sorted((row["tid"], row["name"], row["args"], row["result_text"], row["duration_ns"])
					for row in database.calls())
			different = set(rows(live)) ^ set(rows(played))
			assert rows(live) and not different, sorted(different)[:4]


def case_refused():
	refused("--ship-calls", said="require --ship")
	refused("--ship=otlp://me:hunter2@localhost", said="--ship-password", secret="hunter2")
	refused("--ship=otlp://x/a?b", said="path")


run_cases(globals())
