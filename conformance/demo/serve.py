# SPDX-License-Identifier: Apache-2.0
"""serve - the system of the demo, left running until Ctrl-C, for a first own request."""
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/lib"))
import course  # noqa: E402
from stack import MUNICH, Stack, program  # noqa: E402


def main():
    for number in (signal.SIGTERM, signal.SIGINT):  # SIGINT too: a shell's background job ignores it otherwise
        signal.signal(number, lambda *_: sys.exit(0))
    stack = Stack(offices=[MUNICH], fresh_keys=True, preload=HERE / "preload.yaml",
                  gateway={"offices.0.poll": "1s"},
                  sim={"sim.poll": "1s", "sim.clerk": "same_person", "sim.clerk_delay": "5s", **course.settings()})
    try:
        xausl, client = program("xausl"), stack.client()
        print(f"Running on loopback in {stack.dir}; Ctrl-C stops everything and removes the folder.\n\n"
              f"  {xausl} submit --client {client} --id my-1 --wait 30s {HERE / 'entitlement.json'}\n"
              f"  {xausl} status --client {client} my-1\n"
              f"  {xausl} answers --client {client}\n\n"
              f"course providers (web mask, JSON, SOAP): {course.url(stack, '/')}\n"
              f"  {program('inge-sim')} course --config {stack.conf('sim')} --code production --provider {course.SCHOOL}\n\n"
              f"bus {stack.endpoint}, gateway's public key {stack.bus_keys['gateway']},\n"
              f"office's key file {stack.key(stack.offices[0]['id'] + '.bus')}", flush=True)
        signal.pause()
    finally:
        stack.stop()
        print("\nstopped")


main()
