# SPDX-License-Identifier: GPL-2.0-or-later
"""debuginfod.py HOW FILE LOG: a server of debug files on a free port, which it prints.

HOW is "file": sends FILE, whatever is asked for; "hang": never answers; "endless": sends without
end. Each request is a line in LOG.
"""
import http.server
import sys
import threading

how, path, log = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        with open(log, "a") as out:
            out.write(f"{self.command} {self.path}\n")
        if how == "hang":
            threading.Event().wait()
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        if how == "file":
            with open(path, "rb") as file:
                data = file.read()
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(data)
            return
        self.end_headers()
        try:
            while self.command == "GET":
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def log_message(self, *args):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
