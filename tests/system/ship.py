# SPDX-License-Identifier: GPL-2.0-or-later
"""The cases of ship.sh."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request

from database import (Database, crawl, die, hang, lasting, partly, status, take_and_die, user_of)
from http_support import ENGINE, LIMIT, STOP, Target, run_cases, until
from ship_support import Stop, drain, expect_equal, refused, run, shipped

SCHEMES = "clickhouse", "elastic"

# It is to end within a second; a busy machine gets more. Requests take up to thirty.
END_LIMIT = 8

def case_numbers():
	for scheme in SCHEMES:
		with Database() as database, run(database.url(scheme)) as stop:
			expect_equal(database, stop)
			assert stop.said() == "", stop.said()
			rows = database.sums()
			assert {row["host"] for row in rows} == {socket.gethostname()}
			assert {"sh", "true"} <= {row["comm"] for row in rows}
			assert len({row["pid"] for row in rows}) == 21
			assert {row["target"] for row in rows} == {"sh"} and "while" in rows[0]["command"]
			assert {row["engine"] for row in rows} == {stop.report["engine"]}
			for row in rows:
				assert sum(row["bucket_calls"]) == row["calls"] - row["partial"]
				assert row["bucket_ns"] == sorted(set(row["bucket_ns"]))
				assert sum(row["error_calls"]) == row["errors"]
				assert row["min_ns"] <= row["p50_ns"] <= row["p95_ns"] <= row["p99_ns"] <= row["max_ns"]
			assert any("ENOENT" in row["error_names"] for row in rows)
			assert len(set(database.deliveries)) == len(database.deliveries)


def case_by_name():
	"""Processes that have one name are one; what they have done is the same."""
	for scheme in SCHEMES:
		with Database() as database, run(database.url(scheme), "--ship-by=comm", interval="1h") as stop:
			expect_equal(database, stop)
			rows = database.sums()
			assert {row["pid"] for row in rows} == {0}
			assert {"sh", "true"} == {row["comm"] for row in rows}
			assert len({(row["comm"], row["name"]) for row in rows}) == len(rows)


def case_intervals():
	"""Of a target that goes on, what was done is there while it does; intervals follow each other."""
	for scheme in SCHEMES:
		with Database() as database, Target() as target, \
				Stop(database.url(scheme), "-p", str(target.process.pid)) as stop:
			stop.await_attach(target)
			until(lambda: target.run(100) or shipped(database) > 0, "nothing arrives")
			before = shipped(database)
			target.run(1000)
			until(lambda: shipped(database) >= before + 1000, "the next interval does not arrive")
			stop.end()
			expect_equal(database, stop)
	times = sorted({(row["from_ns"], row["time_ns"]) for row in Database.sums(database)
		if "from_ns" in row})
	assert all(before[1] <= after[0] for before, after in zip(times, times[1:]))


def case_filter():
	for scheme in SCHEMES:
		with Database() as database, run(database.url(scheme), "-e", "%file") as stop:
			expect_equal(database, stop)
			assert {"execve", "openat"} <= {row["name"] for row in database.sums()}
			assert "read" not in {row["name"] for row in database.sums()}
	refused("--ship=elastic://localhost", "-e", "read and time>1s", said="set of calls")


def case_prepared():
	"""Tables and templates are made before anything is sent."""
	with Database() as database, run(database.url("clickhouse", name="stops")):
		statements = [statement for _, _, statement in database.prepared]
		assert statements[0] == "CREATE DATABASE IF NOT EXISTS stops"
		assert [text.split("(")[0] for text in statements[1:]] == [
			"CREATE TABLE IF NOT EXISTS stop_sums ", "CREATE TABLE IF NOT EXISTS stop_lost ",
			"CREATE TABLE IF NOT EXISTS stop_calls "]
		(table, rows), = database.rows.items()
		assert table == ("stops", "stop_sums")
		# Every column is in every row, and nothing else but what says what a row is.
		columns = {part.split()[0] for part in
			statements[1].split("(", 1)[1].split(") ENGINE")[0].split(", ")}
		assert all(set(row) == columns | {"schema", "type"} for row in rows)
		assert {(row["schema"], row["type"]) for row in rows} == {("stop.line/1", "sum")}
	with Database() as database, run(database.url("elastic", name="ops"), "--ship-calls"):
		names = [path for path, _, _ in database.prepared]
		assert names == ["/_index_template/ops-" + part for part in ("sums", "lost", "calls")]
		template = json.loads(database.prepared[0][2])
		assert template["index_patterns"] == ["ops-sums"] and template["data_stream"] == {}
		def fields(properties, before=""):
			for name, field in properties.items():
				if "properties" in field:
					yield from fields(field["properties"], before + name + ".")
				else:
					yield before + name
		def names_of(value, before=""):
			for name, field in value.items():
				if isinstance(field, dict):
					yield from names_of(field, before + name + ".")
				else:
					yield before + name
		# Of single calls alone.
		single = {"process.thread.id", "event.outcome"}
		for template, stream in (json.loads(database.prepared[0][2]), "ops-sums"), (
				json.loads(database.prepared[2][2]), "ops-calls"):
			mapped = set(fields(template["template"]["mappings"]["properties"]))
			documents = [document for name, document in database.documents.values() if name == stream]
			assert documents
			for document in documents:
				names = set(names_of(document)) | (single if stream == "ops-sums" else set())
				assert names == mapped, names ^ mapped


def case_dashboard():
	"""It is JSON, refers to what is in it, and to fields that there are."""
	with open(os.environ["top_srcdir"] + "/doc/fleet-dashboard.ndjson") as file:
		objects = {entry["id"]: entry for entry in map(json.loads, file)}
	with Database() as database, run(database.url("elastic")):
		template = "".join(body for _, _, body in database.prepared)
	expressions = []
	for entry in objects.values():
		for reference in entry["references"]:
			assert objects[reference["id"]]["type"] == reference["type"]
		for text in "visState", "panelsJSON", "optionsJSON":
			value = json.loads(entry["attributes"].get(text, "{}"))
			expressions += [value["params"]["expression"]] if text == "visState" and value else []
	for expression in expressions:
		for field in re.findall(r"(?:metric=\w+:|split=|event[.])([\w.]*)", expression):
			assert '"%s"' % field.split(".")[-1] in template, field
		for stream in re.findall(r"index=([\w-]+)", expression):
			assert '["%s"]' % stream in template, stream
	assert len(expressions) == 5


def case_ecs():
	"""Fields outside of "stop." are those of the Elastic Common Schema."""
	path = os.environ.get("ECS_FIELDS")
	if not path:
		print("skipped: the fields of @elastic/ecs are not at hand")
		return
	with open(path) as file:
		known = json.load(file)
	with Database() as database, run(database.url("elastic")):
		def names_of(value, before=""):
			for name, field in value.items():
				if isinstance(field, dict):
					yield from names_of(field, before + name + ".")
				else:
					yield before + name
		names = {name for _, document in database.documents.values() for name in names_of(document)}
		own = {name for name in names if name.startswith("stop.")}
		assert own and names - own <= set(known), names - own - set(known)


def case_unprepared():
	"""A table that has gone is made again."""
	gone = status(404, b"Code: 60, e.displayText() = DB::Exception: Table default.stop_sums does not exist")
	with Database(gone) as database, Target() as target, \
			Stop(database.url("clickhouse"), "-p", str(target.process.pid)) as stop:
		stop.await_attach(target)
		until(lambda: target.run(10) or database.sums(), "nothing arrives")
		drain(database, target)
		stop.end()
		expect_equal(database, stop)
		assert len(database.prepared) == 8


def case_tried_again():
	"""Every row is there once that was not refused for good."""
	for scheme in SCHEMES:
		for failures in (status(503), status(500)), (die,), (take_and_die,), (status(429), status(401)):
			with Database(*failures) as database, Target() as target, \
					Stop(database.url(scheme), "-p", str(target.process.pid)) as stop:
				stop.await_attach(target)
				until(lambda: target.run(10) or not database.failures, "it is not tried")
				count = len(database.seen)
				until(lambda: target.run(10) or len(database.seen) > count + 1, "it does not go on")
				drain(database, target)
				stop.end()
				expect_equal(database, stop)
				assert "not sent" not in stop.said(), stop.said()
				# What was taken without an answer arrives a second time, as itself.
				doubles = len(database.deliveries) - len(set(database.deliveries))
				assert (doubles > 0) == (take_and_die in failures), doubles


def case_retry_after():
	for scheme in SCHEMES:
		with Database(status(429, Retry_After="3")) as database, Target() as target, \
				Stop(database.url(scheme), "-p", str(target.process.pid)) as stop:
			stop.await_attach(target)
			until(lambda: target.run(10) or database.sums(), "nothing arrives")
			inserts = [when for method, path, _, when in database.seen
				if "INSERT" in path or "_bulk" in path]
			assert inserts[1] - inserts[0] > 2.9, inserts[1] - inserts[0]
			until(lambda: "goes on" in stop.said(), "it does not say that it goes on")
			drain(database, target)
			stop.end()
			expect_equal(database, stop)


def case_partial():
	"""Of a bulk, only documents that may be taken later are sent again; others are counted."""
	with Database(partly(201, 429, 503)) as database, Target() as target, \
			Stop(database.url("elastic"), "-p", str(target.process.pid)) as stop:
		stop.await_attach(target)
		until(lambda: target.run(10) or not database.failures, "nothing is sent")
		drain(database, target)
		stop.end()
		expect_equal(database, stop)
		assert "refused" not in stop.said(), stop.said()
	with Database(lasting(partly(201, 400))) as database, run(database.url("elastic")) as stop:
		counted = sum(call["calls"] for call in stop.report["syscalls"])
		taken = sum(row["calls"] for row in database.sums())
		said = stop.said().split()
		assert "reason of 400" in stop.said() and "were refused" in stop.said(), stop.said()
		missing = int(said[said.index("calls") - 1].replace(",", ""))
		assert taken and missing and taken + missing == counted, (taken, missing, counted)


def case_refused_rows():
	"""What the server will never take does not stay in the way of what follows."""
	bad = status(400, b"Code: 27, e.displayText() = DB::Exception: Cannot parse input: \x1b[2J expected")
	with Database(bad) as database, Target() as target, \
			Stop(database.url("clickhouse"), "-p", str(target.process.pid)) as stop:
		stop.await_attach(target)
		until(lambda: target.run(10) or database.sums(), "nothing arrives")
		until(lambda: target.run(10) or database.lost(), "the database does not hear of it")
		stop.end()
		assert "were refused: HTTP 400: Code: 27" in stop.said() and "\x1b" not in stop.said()


def case_no_server():
	"""Nobody listens at first."""
	for scheme in SCHEMES:
		with socket.create_server(("127.0.0.1", 0)) as probe:
			port = probe.getsockname()[1]
		with Target() as target, Stop("%s://127.0.0.1:%d" % (scheme, port), "-p",
				str(target.process.pid)) as stop:
			stop.await_attach(target)
			until(lambda: target.run(10) or "cannot ship" in stop.said(), "it is not said")
			assert "refused" in stop.said() or "connect" in stop.said()
			with Database(port=port) as database:
				drain(database, target)
				stop.end()
				expect_equal(database, stop)


def case_ends_in_time():
	"""Whatever the server does, and what was not sent is said."""
	for scheme in SCHEMES:
		for failure in hang, crawl, status(503), die:
			with Database(lasting(failure)) as database, Target() as target, \
					Stop(database.url(scheme), "-p", str(target.process.pid)) as stop:
				stop.await_attach(target)
				until(lambda: target.run(10) or any("INSERT" in path or "_bulk" in path
					for _, path, _, _ in database.seen), "nothing is sent")
				took = stop.end()
				print("%s: %s: ended after %.2f s" % (scheme, failure.__name__, took))
				assert took < END_LIMIT
				assert "were not sent, or not answered" in stop.said(), stop.said()
				counted = sum(call["calls"] for call in stop.report["syscalls"])
				words = stop.said().splitlines()[-1].split()
				said = [int(words[i - 1].replace(",", "")) for i, word in enumerate(words) if word == "calls"]
				assert said == [counted], (said, counted, stop.said())
		# A name that nobody has, an address from which nobody answers.
		for place in "no-such-host.invalid", "192.0.2.1":
			with run("%s://%s" % (scheme, place)) as stop:
				assert "were not sent" in stop.said(), stop.said()


def case_target_is_not_slowed():
	"""By a server that hangs, or one that answers."""
	def seconds(url):
		with Target() as target, Stop(url, "-p", str(target.process.pid)) as stop:
			stop.await_attach(target)
			target.run(1000)
			begin = time.monotonic()
			target.run(100000)
			took = time.monotonic() - begin
			stop.end()
			calls = {call["name"]: call["calls"] for call in stop.report["syscalls"]}
			assert "bpf" in ENGINE or calls["getppid"] == 101000, calls
			return took
	with Database(lasting(hang)) as hanging, Database() as good:
		best = {}
		for _ in range(3):
			for name, database in ("hangs", hanging), ("answers", good):
				took = seconds(database.url("clickhouse"))
				best[name] = min(best.get(name, took), took)
		print("100,000 calls: %.2f s with a server that answers, %.2f s with one that hangs" %
			(best["answers"], best["hangs"]))
		assert best["hangs"] < 3 * best["answers"]


def case_drops_the_oldest():
	"""What has no room is counted; what was not dropped arrives, and the database hears of it."""
	loop = "i=0; while [ $i -lt 300 ]; do /bin/true; i=$((i+1)); done; cat"
	for scheme in SCHEMES:
		with Database(lasting(status(503))) as database, Stop(database.url(scheme),
				"--ship-buffer=1M", "--", "sh", "-c", loop, stdin=subprocess.PIPE,
				stdout=subprocess.PIPE) as stop:
			stop.process.stdin.write("x\n")
			stop.process.stdin.flush()
			assert stop.process.stdout.readline() == "x\n"
			until(lambda: "missing there" in stop.said() or stop.said(), "nothing is said")
			# The next attempt, with what is left.
			database.failures.clear()
			until(lambda: database.sums(), "nothing arrives")
			until(database.lost, "the database does not hear of it")
			stop.process.stdin.close()
			stop.end(interrupt=False)
			counted = sum(call["calls"] for call in stop.report["syscalls"])
			taken = sum(row["calls"] for row in database.sums())
			last = [line for line in stop.said().splitlines() if "were dropped" in line]
			words = last[0].split()
			rows, missing = (int(words[words.index(word) - 1].replace(",", "")) for word in ("rows", "calls"))
			assert taken + missing == counted, (taken, missing, counted, stop.said())
			assert database.lost() == rows
			# The newest are there.
			assert any(row["comm"] == "cat" for row in database.sums())


def case_urls():
	for url, said in ("", "expected"), ("http://x", "expected"), ("clickhouse:/x", "expected"), \
			("elastic://", "host"), ("elastic://a b", "host"), ("elastic://[::1", "host"), \
			("elastic://x:0", "port"), ("elastic://x:70000", "port"), ("elastic://x:", "port"), \
			("elastic://x/a/b", "one name"), ("elastic://x/a?b=c", "one name"), \
			("elastic://x#a", "one name"), ("elastic://@x", "user"), ("elastic+http://x", "expected"):
		refused("--ship=" + url, said=said)
	refused("--ship=clickhouse://me:hunter2@localhost", said="--ship-password", secret="hunter2")
	refused("--ship=clickhouse://me:hunt@er2@localhost", said="--ship-password", secret="er2")
	refused("--ship=foo://me:hunter2@localhost", said="expected", secret="hunter2")
	refused("--ship=elastic://x", "--ship-by=tid", said="--ship-by")
	refused("--ship-by=comm", said="require --ship")
	refused("--ship-interval=1s", said="require --ship")
	refused("--ship=elastic://x", "--ship-interval=1ms", said="--ship-interval")
	refused("--ship=elastic://x", "--ship-buffer=1k", said="--ship-buffer")


def case_passwords():
	with tempfile.TemporaryDirectory() as directory:
		path = directory + "/password"
		with open(path, "w") as file:
			file.write("hunt:er2\n")
		for url, expected in (("clickhouse", ""), ("Basic", "default:hunt:er2")), \
				(("clickhouse", "me"), ("Basic", "me:hunt:er2")), \
				(("elastic", "me"), ("Basic", "me:hunt:er2")), (("elastic", ""), ("ApiKey", "hunt:er2")):
			with Database(status(401)) as database, run(database.url(*url), "--ship-password=" + path) as stop:
				assert {user_of(authorization) for _, _, authorization, _ in database.seen} == {expected}
				assert "er2" not in stop.said(), stop.said()
				expect_equal(database, stop)
		with Database() as database, Target() as target, Stop(database.url("elastic"),
				"--ship-password=" + path, "-p", str(target.process.pid)) as stop:
			until(lambda: target.run(1) or database.sums(), "nothing arrives")
			for file in "cmdline", "environ":
				with open("/proc/%d/%s" % (stop.process.pid, file)) as shown:
					assert "er2" not in shown.read()
		open(path, "w").close()
		for name in path, directory, directory + "/none":
			result = subprocess.run([STOP, ENGINE, "--ship=elastic://localhost", "--ship-password=" + name,
				"-c", "--", "true"], capture_output=True, text=True, timeout=LIMIT)
			assert result.returncode == 1 and "cannot read the password" in result.stderr, result


def case_secrets_of_the_target():
	"""Its command line is masked; names cannot break out."""
	with tempfile.TemporaryDirectory() as directory:
		hostile = directory + '/a"}\n\x1b[2J'
		shutil.copy("/bin/true", hostile)
		for scheme in SCHEMES:
			with Database() as database, run(database.url(scheme), command=(hostile, "--password", "hunter2",
					"TOKEN=hunter2")):
				text = json.dumps(database.sums())
				assert "hunter2" not in text and "--password ***" in text, text
				assert "\\u001b" not in text and "\\\\x1b[2J" in text


def case_descriptors():
	"""A command inherits none of ours, also if it is started while there is a connection."""
	with Database() as database, run(database.url("elastic"), command=("sh", "-c",
			"sleep 0.3; ls -l /proc/self/fd >%s" % "/dev/stderr")) as stop:
		assert "socket:" not in stop.said() and "->" in stop.said(), stop.said()


def case_recording():
	"""A recording is shipped as its target would have been."""
	with tempfile.TemporaryDirectory() as directory:
		name = directory + "/r"
		with Database() as live, run(live.url("clickhouse"), "--record=" + name) as first, \
				Database() as played, Stop(played.url("clickhouse"), name + ".ctf") as stop:
			stop.end(interrupt=False)
			expect_equal(live, first)
			expect_equal(played, stop)
			assert {row["time_ns"] // 10**9 // 60 for row in live.sums()} & \
				{row["time_ns"] // 10**9 // 60 for row in played.sums()}


def case_killed():
	"""When stop is killed, the target goes on, and what was shipped is whole."""
	with Database() as database, Target() as target, Stop(database.url("clickhouse"), "-p",
			str(target.process.pid)) as stop:
		until(lambda: target.run(10) or database.sums(), "nothing arrives")
		stop.process.send_signal(signal.SIGKILL)
		stop.process.wait(LIMIT)
		target.run(10)
		assert all(row["calls"] for row in database.sums())


class ClickHouse:
	"""A real one."""
	def __init__(self):
		self.directory = tempfile.TemporaryDirectory()
		with socket.create_server(("127.0.0.1", 0)) as probe, socket.create_server(("127.0.0.1", 0)) as other:
			self.port, tcp = probe.getsockname()[1], other.getsockname()[1]
		path = self.directory.name
		with open(path + "/config.xml", "w") as file:
			file.write("<yandex><logger><level>warning</level><log>%s/log</log>"
				"<errorlog>%s/errors</errorlog></logger><http_port>%d</http_port>"
				"<tcp_port>%d</tcp_port><listen_host>127.0.0.1</listen_host><path>%s/data/</path>"
				"<tmp_path>%s/tmp/</tmp_path><mark_cache_size>100000000</mark_cache_size>"
				"<users_config>users.xml</users_config><default_profile>default</default_profile>"
				"<default_database>default</default_database></yandex>" %
				(path, path, self.port, tcp, path, path))
		with open(path + "/users.xml", "w") as file:
			user = "<networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>"
			file.write("<yandex><profiles><default/><reader><readonly>1</readonly></reader></profiles>"
				"<quotas><default/></quotas><users><default><password></password>%s</default>"
				"<me><password>hunter2</password>%s</me></users></yandex>" % (user, user))
		self.start()

	def start(self):
		self.process = subprocess.Popen(["clickhouse-server",
			"--config-file=" + self.directory.name + "/config.xml"],
			stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
		until(lambda: self.ask("SELECT 1") == "1\n", "ClickHouse does not start")

	def ask(self, query):
		assert self.process.poll() is None, "ClickHouse has ended"
		try:
			with urllib.request.urlopen("http://127.0.0.1:%d/?database=stops" % self.port
					if "stop_" in query else "http://127.0.0.1:%d/" % self.port, query.encode(),
					timeout=LIMIT) as answer:
				return answer.read().decode()
		except OSError:
			return None

	def kill(self):
		self.process.kill()
		self.process.wait()

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.kill()
		self.directory.cleanup()

	def calls(self):
		return int(self.ask("SELECT sum(calls) FROM stop_sums FINAL") or 0)


def documented_queries():
	with open(os.environ["top_srcdir"] + "/doc/fleet.md") as file:
		queries = [part.split("```")[0] for part in file.read().split("```sql\n")[1:]]
	assert len(queries) == 5
	return [query.strip().rstrip(";").replace("fsync", "openat") for query in queries]


CHDB = """
import { Session } from "chdb";
import fs from "fs";
const session = new Session(), { statements, queries } = JSON.parse(fs.readFileSync(process.argv[2]));
for (const statement of statements) session.query(statement);
console.log(JSON.stringify(queries.map(query => session.query(query, "JSONEachRow"))));
session.cleanup();
"""


def case_chdb():
	"""Tables, rows and queries in a ClickHouse of today."""
	if "CHDB" not in os.environ:
		print("skipped: chdb is not at hand")
		return
	with Database() as database, run(database.url("clickhouse", name="stops"), "--ship-calls") as stop, \
			tempfile.TemporaryDirectory() as directory:
		statements = [statement for _, _, statement in database.prepared]
		statements.insert(1, "USE stops")
		statements.append("SET input_format_skip_unknown_fields = 1")
		# Twice: an answer may be lost.
		for (_, table), rows in list(database.rows.items()) * 2:
			statements.append("INSERT INTO %s FORMAT JSONEachRow %s" % (table,
				"\n".join(json.dumps(row) for row in rows)))
		with open(directory + "/input", "w") as file:
			json.dump({"statements": statements, "queries": ["SELECT sum(calls) AS calls, "
				"count() AS rows FROM stop_sums FINAL", "SELECT count() AS rows FROM stop_calls FINAL"] +
				documented_queries()}, file)
		with open(directory + "/chdb.mjs", "w") as file:
			file.write(CHDB)
		os.symlink(os.environ["CHDB"], directory + "/node_modules")
		output = subprocess.run(["node", directory + "/chdb.mjs", directory + "/input"], check=True,
			capture_output=True, text=True, timeout=LIMIT).stdout
		sums, calls, slower, distribution, errors, slowest, lost = json.loads(output.splitlines()[-1])
		sums = json.loads(sums)
		counted = sum(call["calls"] for call in stop.report["syscalls"])
		assert int(sums["calls"]) == counted == int(json.loads(calls)["rows"])
		assert int(sums["rows"]) == len(database.rows["stops", "stop_sums"])
		assert slower and distribution and "ENOENT" in errors and "ld.so.cache" in slowest and not lost, (
			slower, distribution, errors, slowest, lost)


def case_clickhouse():
	"""A real one: counts, its death in the middle, passwords, and the queries of the manual."""
	if not shutil.which("clickhouse-server"):
		print("skipped: clickhouse-server is missing")
		return
	with ClickHouse() as server:
		url = "clickhouse://me@127.0.0.1:%d/stops" % server.port
		with tempfile.NamedTemporaryFile("w") as password:
			password.write("hunter2")
			password.flush()
			with Target() as target, Stop(url, "--ship-password=" + password.name, "-p",
					str(target.process.pid)) as stop:
				stop.await_attach(target)
				until(lambda: target.run(100) or server.calls(), "nothing arrives")
				server.kill()
				until(lambda: target.run(100) or "cannot ship" in stop.said(), "it is not said")
				server.start()
				until(lambda: target.run(100) or "goes on" in stop.said(), "it does not go on")
				stop.end()
			counted = sum(call["calls"] for call in stop.report["syscalls"])
			assert server.calls() == counted, (server.calls(), counted, stop.said())
			assert server.ask("SELECT count() FROM stop_sums FINAL") == server.ask(
				"SELECT uniq(session, row) FROM stop_sums")
			before = server.calls()
			with run(url, "--ship-password=" + password.name, "--ship-calls") as stop:
				counted = sum(call["calls"] for call in stop.report["syscalls"])
				assert server.calls() == before + counted
				assert int(server.ask("SELECT count() FROM stop_calls FINAL")) == counted, stop.said()
		with run(url) as stop:
			assert "assword" in stop.said(), stop.said()
		for query in documented_queries():
			answer = server.ask(query)
			assert answer is not None and (answer or "stop_lost" in query), query


run_cases(globals())
