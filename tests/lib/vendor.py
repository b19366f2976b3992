# SPDX-License-Identifier: Apache-2.0
"""vendor - a stand-in for a vendor's office software and the driver that works it for xausl-conform.

usage: vendor.py [BEHAVIOUR|by-case].  Written from the text of xausl-conform(1) and xausl-bus(7): JSON lines on standard input and
output on one side, the bus on the other.  BEHAVIOUR is what a faulty product may do; by-case: the id of the case says it.
"""
import json
import sys
import time
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bus import Bus  # noqa: E402


def say(**line):
    print(json.dumps(line), flush=True)


class Software:
    """One connection for each office; requests get ids of their own, deliveries are stored and acknowledged."""

    def __init__(self, behaviour):
        self.behaviour, self.offices, self.seen, self.number = behaviour, {}, set(), 0
        self.heard = time.monotonic()

    def open(self, access):
        bus = access["bus"]
        for office in access["offices"]:
            self.offices[office["key"]] = Bus(bus["endpoint"], bus["server_key"], office["bus_key_file"], office["key"])

    def send(self, order):
        fields = json.loads(json.dumps(order["fields"]))
        if self.behaviour == "wrong-value":
            fields["residence_title"] = "AERL-STAT-406"
        if self.behaviour == "adds-a-field":
            fields["person"]["birth_name"] = "Zusatz"
        if self.behaviour == "refuses" and order.get("wrong"):
            say(refused=order["as"], text="not with this office software")
            return
        if self.behaviour == "other-message":
            order = {**order, "message": "070001"}
            fields["orientation_course_only"] = False
        for _ in range(2 if self.behaviour == "sends-twice" else 1):
            self.number += 1
            ident = f"{order['as']}/{time.time_ns()}/{self.number}"
            self.offices[order["office"]].submit(ident, {"message": order["message"], **fields})

    def take(self, office, seconds):
        got = office.delivery(seconds)
        if not got:
            if time.monotonic() - self.heard > 2:  # a gateway that was restarted knows no connection
                self.heard = time.monotonic()
                for each in self.offices.values():
                    each.send("HELLO", {"office": each.office})
            return
        self.heard = time.monotonic()
        body, xml = got
        if self.behaviour == "never-acknowledges":
            return
        if self.behaviour == "slow":
            time.sleep(1.5)
        if body["delivery"] not in self.seen:
            self.seen.add(body["delivery"])
            if self.behaviour == "shows-wrong" and "record" in body:
                body["record"]["kennziffer"] = "0000000000"
            if "uuid" in body and self.behaviour != "hides":
                say(delivery=body)
        office.ack(body["delivery"])


def main():
    behaviour = sys.argv[1] if len(sys.argv) > 1 else "good"
    software = Software(behaviour)
    poller = zmq.Poller()
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    sys.stdin = open(sys.stdin.fileno(), "rb", buffering=0)
    rest = b""
    while True:
        poller.poll(50)
        if dict(poller.poll(0)).get(sys.stdin.fileno()):
            block = sys.stdin.read(65536)
            if not block:
                return
            *lines, rest = (rest + block).split(b"\n")
            for line in map(json.loads, lines):
                if line["do"] == "case":
                    if behaviour == "by-case":
                        behaviour = software.behaviour = line["id"]
                    software.open(line["access"])
                    for office in software.offices.values():
                        poller.register(office.socket, zmq.POLLIN)
                    if behaviour != "never-ready":
                        say(ready=True, deliveries=behaviour != "no-reports")
                elif line["do"] == "send":
                    if behaviour == "dies":
                        sys.exit(3)
                    if behaviour == "rubbish":
                        print("Traceback: something went wrong", flush=True)
                    elif behaviour == "gives-up":
                        say(failed="the button is not there")
                    elif behaviour != "silent":
                        software.send(line)
        for office in software.offices.values():
            software.take(office, 0)


main()
