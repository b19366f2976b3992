# SPDX-License-Identifier: Apache-2.0
"""world - what the end-to-end tests share: a stack, its bus clients, and independent ledgers.

"Exactly once" is counted outside the gateway: in the intermediary's database and in the simulator's.
"""
import json
import sqlite3
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from bus import Bus, BusError  # noqa: E402,F401
from stack import BUILD, MUNICH, SANITIZED, SOURCE, ULM, Stack, program  # noqa: E402,F401
from tap import Skip, check, main, until  # noqa: E402,F401
from xsd import validate  # noqa: E402,F401
from people import person, request  # noqa: E402,F401

ANSWER_SECONDS = 20
SLOWER = 6 if SANITIZED else 1


def bus(stack, office=None, **more):
    office = office or stack.offices[0]
    return Bus(stack.endpoint, stack.bus_keys["gateway"], stack.key(office["id"] + ".bus"), office["key"], **more)


def rows(path, sql, *values):
    """Reads another process's SQLite database."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def accepted(b, ident, fields=None, xml=None):
    receipt = b.submit(ident, fields, xml)
    check(receipt["outcome"] == "accepted-by-gateway", "not accepted", receipt)
    return receipt


def answer(b, ident, message=None, seconds=ANSWER_SECONDS, ack=True):
    """Next delivery; it must belong to @ident and be @message."""
    got = b.delivery(seconds)
    check(got is not None, f"no answer to {ident} within {seconds} s")
    body, xml = got
    check(body["request"] == ident, "answer to another request", body)
    if message:
        check(body.get("message") == message, f"not {message}", body)
        check(xml, "no XML with the answer")
    if ack:
        b.ack(body["delivery"])
    return body


def records(stack):
    done = subprocess.run([program("inge-sim"), "--config", stack.conf("sim"), "--list-records"],
                          capture_output=True, text=True, check=True, timeout=20)
    return json.loads(done.stdout)
