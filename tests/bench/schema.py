# SPDX-License-Identifier: Apache-2.0
"""schema - checks of messages: against libxml2 alone, against xmllint as a process, threads, memory, load time.

The limit is libxml2 alone over the same messages in the same run: xmlReadMemory() and xmlSchemaValidateDoc() with the same
compiled schema and one context for all.  xmllint is started for each message, as a script would do it: it compiles the
schema each time.
"""
import json
import os
import subprocess
import time

from stack import SOURCE, program

MESSAGES = sorted((SOURCE / "tests/unit/schemas/messages").glob("070*.xml"))
XSD = SOURCE / "xausl-schemas/26.11/xsd/messages.xsd"
XMLLINT_RUNS = 30


def xmllint_rate():
    """Messages per second of processor time, the children's: what a wait costs does not count."""
    subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XSD, MESSAGES[0]], check=True, capture_output=True)
    begin = os.times()
    clock = time.monotonic()
    for i in range(XMLLINT_RUNS):
        subprocess.run(["xmllint", "--nonet", "--noout", "--schema", XSD, MESSAGES[i % len(MESSAGES)]], check=True,
                       capture_output=True)
    end = os.times()
    cost = end.children_user - begin.children_user + end.children_system - begin.children_system
    return XMLLINT_RUNS / cost, XMLLINT_RUNS / (time.monotonic() - clock)


def figures():
    done = subprocess.run([program("schema-bench"), "--seconds", "5", *MESSAGES], check=True, capture_output=True, text=True,
                          env=os.environ | {"XAUSL_DATADIR": str(SOURCE)})
    found = [json.loads(line) for line in done.stdout.splitlines()]
    cpu, clock = xmllint_rate()
    rate = next(f["median"] for f in found if f["bench"] == "schema-engine")
    found.insert(1, {"bench": "schema-xmllint", "unit": "times", "value": round(rate / cpu), "engine": rate,
                     "xmllint_per_second": round(cpu, 1), "on_the_clock": round(clock, 1), "runs": XMLLINT_RUNS, "aim": ">= 20"})
    return found
