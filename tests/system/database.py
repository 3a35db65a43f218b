# SPDX-License-Identifier: GPL-2.0-or-later
"""A server that takes what stop ships, as ClickHouse, Elasticsearch and OpenTelemetry document their
HTTP, and can fail in every way. For ship.py and ship_calls.py."""
import base64
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse

BULK = "/_bulk"
OTLP = "/v1/metrics", "/v1/logs"


class Handler(http.server.BaseHTTPRequestHandler):
	protocol_version = "HTTP/1.1"
	disable_nagle_algorithm = True
	timeout = 60

	def log_message(self, *args):
		pass

	def answer(self, status, body=b"", **headers):
		"""In chunks, as both servers do it."""
		self.send_response(status)
		for name, value in headers.items():
			self.send_header(name.replace("_", "-"), value)
		self.send_header("Transfer-Encoding", "chunked")
		self.end_headers()
		for at in range(0, len(body), 7):
			part = body[at:at + 7]
			self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
		self.wfile.write(b"0\r\n\r\n")

	def read_body(self):
		return self.rfile.read(int(self.headers["Content-Length"]))

	def handle_request(self):
		server = self.server.database
		place = urllib.parse.urlsplit(self.path)
		query = {name: values[0] for name, values in urllib.parse.parse_qs(place.query).items()}
		statement = query.get("query", "")
		is_otlp = place.path.endswith(OTLP)
		is_insert = statement.startswith("INSERT") or place.path.endswith(BULK) or is_otlp
		server.seen.append((self.command, self.path, self.headers.get("Authorization"), time.monotonic()))
		failure = None
		with server.lock:
			if is_insert and server.failures:
				failure = server.failures[0]
				if not getattr(failure, "lasts", False):
					server.failures.pop(0)
		# A failure that does not fail returns what it has read.
		body = failure(self) if failure else self.read_body().decode()
		if body is None:
			return
		if is_otlp:
			assert self.headers["Content-Type"] == "application/json"
			server.requests.append((place.path, body))
			self.answer(200, b"{}")
		elif place.path.endswith(BULK):
			self.take_bulk(place.path[1:-len(BULK)], body, query)
		elif statement:
			table = re.fullmatch(r"INSERT INTO (\w+) FORMAT JSONEachRow", statement)[1]
			assert query["input_format_skip_unknown_fields"] == "1"
			server.insert((query["database"], table), [json.loads(line) for line in body.splitlines()])
			self.answer(200)
		else:
			server.prepared.append((place.path, query.get("database"), body))
			self.answer(200, b'{"acknowledged":true}' if self.command == "PUT" else b"")

	def take_bulk(self, stream, body, query, verdicts=()):
		"""VERDICTS: the status of each document; what is not there is taken."""
		database = self.server.database
		lines = body.splitlines()
		assert len(lines) % 2 == 0 and body.endswith("\n")
		items = []
		for number, (action, document) in enumerate(zip(lines[::2], lines[1::2])):
			name = json.loads(action)["create"]["_id"]
			status = verdicts[number % len(verdicts)] if verdicts else 201
			if status == 201 and name in database.documents:
				status = 409
			if status == 201:
				database.documents[name] = (stream, json.loads(document))
			database.deliveries.append(name)
			item = {"status": status}
			if status >= 400:
				item["error"] = {"type": "some_exception", "reason": "reason of %d" % status}
			items.append({"create": item})
		errors = any(item["create"]["status"] >= 400 for item in items)
		answer = {"errors": errors}
		if "items.*.status" in query["filter_path"]:
			answer["items"] = items
		self.answer(200, json.dumps(answer).encode())

	do_POST = do_PUT = handle_request


# What is in requests of OTLP.

def attributes(values):
	return {each["key"]: next(iter(each["value"].values())) for each in values}


def otlp_elements(requests, path, field, scopes, things):
	"""Each thing, with the attributes of its resource."""
	for place, body in requests:
		if place.endswith(path):
			for element in json.loads(body)[field]:
				for scope in element[scopes]:
					for thing in scope[things]:
						yield attributes(element["resource"]["attributes"]), thing


def otlp_points(requests):
	"""The name, the resource, the attributes and the point, of each."""
	for resource, metric in otlp_elements(requests, OTLP[0], "resourceMetrics", "scopeMetrics", "metrics"):
		data = next(metric[kind] for kind in ("sum", "gauge", "histogram") if kind in metric)
		for point in data["dataPoints"]:
			yield metric["name"], resource, attributes(point["attributes"]), point


def otlp_sums(requests):
	"""The rows that points have been made of."""
	rows = {}
	for name, resource, labels, point in otlp_points(requests):
		if not name.startswith("stop.syscall."):
			continue
		pid = int(resource.get("process.pid", 0))
		comm = resource["process.executable.name"]
		row = rows.setdefault((pid, comm, point["timeUnixNano"], labels["stop.syscall"]), {
			"pid": pid, "comm": comm, "name": labels["stop.syscall"], "host": resource["host.name"],
			"errors": 0, "bytes": 0, "target": resource["service.name"], "command": resource["stop.command"],
			"bucket_calls": [], "error_names": []})
		if name == "stop.syscall.calls":
			row["calls"] = int(point["asInt"])
		elif name == "stop.syscall.errors":
			row["errors"] += int(point["asInt"])
			row["error_names"].append(labels["error.type"])
		elif name == "stop.syscall.io":
			row["bytes"] = int(point["asInt"])
		elif name == "stop.syscall.time":
			row["total_ns"] = round(point["asDouble"] * 1e9)
		else:
			row["bucket_calls"] = [int(count) for count in point["bucketCounts"]]
			assert sum(row["bucket_calls"]) == int(point["count"])
			assert len(point["bucketCounts"]) == len(point["explicitBounds"]) + 1
	return rows.values()


def otlp_calls(requests):
	for resource, record in otlp_elements(requests, OTLP[1], "resourceLogs", "scopeLogs", "logRecords"):
		labels = attributes(record["attributes"])
		yield {"name": labels["stop.syscall"], "tid": int(labels["thread.id"]), "pid": int(resource["process.pid"]),
			"comm": resource["process.executable.name"], "host": resource["host.name"],
			"errno": labels.get("error.type"), "duration_ns": int(labels["stop.duration_ns"]),
			"result": int(labels["stop.result"]) if "stop.result" in labels else None,
			"returned": labels["stop.returned"], "partial": labels["stop.partial"],
			"text": record["body"]["stringValue"]}


class Server(http.server.ThreadingHTTPServer):
	daemon_threads = True

	def handle_error(self, request, address):
		"""Connections that stop has ended are none."""
		if not isinstance(sys.exc_info()[1], OSError):
			super().handle_error(request, address)


class Database:
	"""FAILURES: what becomes of the next inserts, before others are taken."""
	def __init__(self, *failures, port=0, certificate=None):
		self.failures = list(failures)
		self.lock = threading.Lock()
		self.seen = []       # requests
		self.prepared = []   # statements, and templates
		self.documents = {}  # by their IDs
		self.rows = {}       # of each table
		self.deliveries = [] # IDs
		self.requests = []   # of OTLP: paths, and bodies
		self.end = threading.Event()
		self.server = Server(("127.0.0.1", port), Handler)
		self.server.database = self
		if certificate:
			context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
			context.load_cert_chain(certificate)
			self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
				do_handshake_on_connect=False)
		self.port = self.server.server_address[1]
		self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
		self.thread.start()

	def insert(self, table, rows):
		for row in rows:
			self.rows.setdefault(table, []).append(row)
			self.deliveries.append("%s-%d" % (row["session"], row["row"]))

	def url(self, scheme, user="", name=""):
		return "%s://%s127.0.0.1:%d%s" % (scheme, user and user + "@", self.port, name and "/" + name)

	def sums(self):
		"""What was taken, in either way, each row once, as ClickHouse has it."""
		rows = {"%s-%d" % (row["session"], row["row"]): row
			for (_, table), rows in self.rows.items() if table == "stop_sums" for row in rows}
		for name, (stream, document) in self.documents.items():
			if stream.endswith("-sums"):
				rows[name] = dict(document["stop"], name=document["event"]["action"],
					host=document["host"]["name"], comm=document["process"]["name"],
					pid=document["process"]["pid"])
		for number, row in enumerate(otlp_sums(self.requests)):
			rows[number] = row
		return list(rows.values())

	def calls(self):
		"""Rows of single calls, in either way."""
		rows = [row for (_, table), rows in self.rows.items() if table == "stop_calls" for row in rows]
		rows += [dict(document["stop"], name=document["event"]["action"], tid=document["process"]["thread"]["id"],
			host=document["host"]["name"], comm=document["process"]["name"], pid=document["process"]["pid"],
			outcome=document["event"]["outcome"])
			for stream, document in self.documents.values() if stream.endswith("-calls")]
		return rows + list(otlp_calls(self.requests))

	def lost(self, what="lost_rows"):
		"""The greatest number of rows that are said to be missing."""
		said = [row[what] for (_, table), rows in self.rows.items() if table == "stop_lost" for row in rows]
		said += [document["stop"][what] for stream, document in self.documents.values()
			if stream.endswith("-lost")]
		said += [int(point["asInt"]) for name, _, _, point in otlp_points(self.requests)
			if name == "stop." + what.replace("_", ".")]
		return max(said, default=0)

	def __enter__(self):
		return self

	def __exit__(self, *args):
		self.end.set()
		self.server.shutdown()
		self.server.server_close()


# Failures.

def status(number, body=b"no", **headers):
	def fail(handler):
		handler.read_body()
		handler.answer(number, body, **headers)
	return fail


def larger_than(limit):
	"""Requests of more than LIMIT bytes are."""
	def fail(handler):
		body = handler.read_body().decode()
		if len(body) <= limit:
			return body
		handler.answer(413, b"too large")
		return None
	return lasting(fail)


def lasting(failure):
	def fail(handler):
		return failure(handler)
	fail.lasts = True
	return fail


def hang(handler):
	"""Reads all, and never answers."""
	handler.read_body()
	handler.server.database.end.wait()


def crawl(handler):
	"""Reads a byte a second."""
	while not handler.server.database.end.wait(1):
		handler.rfile.read(1)


def die(handler):
	"""Is gone in the middle of the request."""
	handler.rfile.read(int(handler.headers["Content-Length"]) // 2)
	handler.close_connection = True
	handler.connection.close()


def take_and_die(handler):
	"""Takes all, and is gone before it answers."""
	place = urllib.parse.urlsplit(handler.path)
	body = handler.read_body().decode()
	if place.path.endswith(BULK):
		handler.answer = lambda *args, **headers: None
		handler.take_bulk(place.path[1:-len(BULK)], body, {"filter_path": ""})
	else:
		handler.server.database.insert(("default", "stop_sums"),
			[json.loads(line) for line in body.splitlines()])
	handler.close_connection = True
	handler.connection.close()


def partly(*verdicts):
	"""Takes the documents of a bulk with these in turn."""
	def fail(handler):
		place = urllib.parse.urlsplit(handler.path)
		handler.take_bulk(place.path[1:-len(BULK)], handler.read_body().decode(),
			{"filter_path": "items.*.status"}, verdicts)
	return fail


def user_of(authorization):
	kind, value = authorization.split(" ")
	return kind, base64.b64decode(value).decode() if kind == "Basic" else value
