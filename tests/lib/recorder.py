# SPDX-License-Identifier: Apache-2.0
"""recorder - a forward proxy on loopback that keeps every HTTP body that passes it.

Clients are configured with its URL instead of the intermediary's.  The n-th exchange is NNNN-order.mime and
NNNN-answer.mime in the folder given; a file is there with all its octets or not at all.
"""
import http.client
import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TIMEOUT_SECONDS = 60


class Recorder:
    def __init__(self, folder, port):
        """@port: of the intermediary, on loopback."""
        self.folder, self.target, self.numbers = Path(folder), port, itertools.count(1)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                recorder.pass_on(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def keep(self, name, body):
        new = self.folder / (name + ".new")
        new.write_bytes(body)
        new.rename(self.folder / (name + ".mime"))

    def pass_on(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        name = f"{next(self.numbers):04d}"
        self.keep(name + "-order", body)
        there = http.client.HTTPConnection("127.0.0.1", self.target, timeout=TIMEOUT_SECONDS)
        try:
            there.request("POST", handler.path, body, {"Content-Type": handler.headers["Content-Type"]})
            answer = there.getresponse()
            octets = answer.read()
        except (OSError, http.client.HTTPException):
            handler.close_connection = True
            return
        finally:
            there.close()
        self.keep(name + "-answer", octets)
        handler.send_response(answer.status)
        handler.send_header("Content-Type", answer.headers.get("Content-Type", "text/xml"))
        handler.send_header("Content-Length", str(len(octets)))
        handler.end_headers()
        handler.wfile.write(octets)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
