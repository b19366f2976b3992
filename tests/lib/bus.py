# SPDX-License-Identifier: Apache-2.0
"""bus - a client of the gateway's bus, written from the text of xausl-bus(7) alone.

Python and python3-zmq only: it shares nothing with the C client library.
"""
import json
import time

import zmq


class BusError(Exception):
    def __init__(self, body):
        super().__init__(body.get("text", ""))
        self.code = body.get("code")
        self.body = body


class Bus:
    def __init__(self, endpoint, server_key, key_file, office, hello=True, timeout=10):
        keys = dict(line.split(" ", 1) for line in open(key_file).read().splitlines())
        self.office, self.timeout = office, timeout
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.curve_serverkey = server_key.encode()
        self.socket.curve_publickey = keys["public"].encode()
        self.socket.curve_secretkey = keys["secret"].encode()
        self.socket.connect(endpoint)
        self.waiting = []
        self.welcome = self.ask("HELLO", {"office": office, "client": "bus.py"}, "WELCOME") if hello else None

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def send(self, verb, body, xml=None):
        frames = [b"XAUSL/1", verb.encode(), json.dumps(body).encode()]
        self.socket.send_multipart(frames + ([xml] if xml is not None else []))

    def receive(self, seconds):
        """Next message as (verb, body, xml), or None."""
        if not self.socket.poll(max(0, seconds) * 1000):
            return None
        frames = self.socket.recv_multipart()
        assert frames[0] == b"XAUSL/1" and len(frames) in (3, 4), frames[:2]
        return frames[1].decode(), json.loads(frames[2]), frames[3] if len(frames) == 4 else None

    def ask(self, verb, body, answer, xml=None):
        self.send(verb, body, xml)
        return self.wait(answer)

    def wait(self, answer):
        end = time.monotonic() + self.timeout
        while True:
            got = self.receive(end - time.monotonic())
            if got is None:
                raise TimeoutError(f"no {answer}")
            if got[0] == "DELIVERY":
                self.waiting.append(got)
            elif got[0] == "ERROR":
                raise BusError(got[1])
            elif got[0] == answer:
                return got[1]

    def submit(self, ident, fields=None, xml=None):
        return self.ask("SUBMIT", {"office": self.office, "id": ident, **(fields or {})}, "RECEIPT", xml)

    def delivery(self, seconds=15):
        """Next delivery as (body, xml), or None."""
        if self.waiting:
            return self.waiting.pop(0)[1:]
        end = time.monotonic() + seconds
        while True:
            got = self.receive(end - time.monotonic())
            if got is None:
                return None
            if got[0] == "DELIVERY":
                return got[1:]

    def ack(self, delivery):
        return self.ask("ACK", {"office": self.office, "delivery": delivery}, "ACKED")

    def state(self, ident):
        return self.ask("STATUS", {"office": self.office, "id": ident}, "STATE")
