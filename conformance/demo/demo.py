# SPDX-License-Identifier: Apache-2.0
"""demo - the main job, end to end, on loopback: office software -> gateway -> intermediary -> InGe and back.

Every command it shows is the real program; keys are made for this run and thrown away.
"""
import argparse
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests/lib"))
from stack import MUNICH, Stack, StackError, program  # noqa: E402

ANSWER_WAIT = "20s"


class Progress:
    """One line that shows a long step is alive."""

    def __init__(self, text):
        self.text, self.over, self.start = text, threading.Event(), time.monotonic()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.1):
            if sys.stdout.isatty():
                print(f"\r  {self.text} … {time.monotonic() - self.start:.1f} s", end="", flush=True)

    def __enter__(self):
        if not sys.stdout.isatty():
            print(f"  {self.text} …", flush=True)
        self.thread.start()

    def __exit__(self, *exc):
        self.over.set()
        self.thread.join()
        if sys.stdout.isatty():
            print("\r" + " " * 78 + "\r", end="")
        if not any(exc):
            print(f"  {self.text}: done ({time.monotonic() - self.start:.1f} s)", flush=True)


def headline(text):
    print(f"\n{text}", flush=True)


class Demo:
    def __init__(self, stack):
        self.stack = stack
        self.failed = []

    def submit(self, name, ident, *more):
        shown = f"xausl submit --client office.yaml --id {ident} {' '.join(more)} {name}".replace("  ", " ")
        print(f"  $ {shown}", flush=True)
        done = subprocess.run([program("xausl"), "submit", "--client", self.stack.client(), "--id", ident, *more,
                               str(HERE / name)], capture_output=True, text=True, timeout=60)
        for line in (done.stdout + done.stderr).splitlines():
            print(f"    {line}")
        sys.stdout.flush()
        return done

    def expect(self, step, done, status, *words):
        missing = [w for w in words if w not in done.stdout]
        if done.returncode != status or missing:
            self.failed.append(f"{step}: exit status {done.returncode} (expected {status}), not shown: {missing}")

    def run(self):
        headline("(a) An entitlement (070001) is submitted over the bus; the BAMF accepts it (070003).")
        done = self.submit("entitlement.json", "demo-a", "--wait", ANSWER_WAIT)
        self.expect("a", done, 0, "(070003)", "BAMF-Kennziffer")

        headline("(b) An obligation (070009) for a person with the same surname, birth date and sex but another\n"
                 "    AZR number: the BAMF answers that this may be a duplicate (070004). That is an interim answer;\n"
                 "    a clerk at the BAMF then decides that it is one person, and the second answer follows.")
        done = self.submit("obligation.json", "demo-b", "--wait", ANSWER_WAIT)
        self.expect("b", done, 0, "(070004)", "17001")

        headline("(c) An entitlement for a person who has completed the course: refused (070005), with reason.")
        done = self.submit("refused.json", "demo-c", "--wait", ANSWER_WAIT)
        self.expect("c", done, 0, "(070005)", "reason code", "text")

        headline("(d) An information request (070011) with its purpose; the BAMF shows what it holds (070012).")
        done = self.submit("information.json", "demo-d", "--wait", ANSWER_WAIT)
        self.expect("d", done, 0, "(070012)", "BAMF-Kennziffer")

        headline("(e) A request with mistakes, as XML: the gateway refuses it with line, element and cause;\n"
                 "    nothing is sent.")
        done = self.submit("invalid.xml", "demo-e")
        self.expect("e", done, 1, "refused by the gateway", "line ", "geburtsdatum")

        headline("The journal of the gateway afterwards (no personal data in it but the messages themselves):")
        done = self.stack.xausl("journal", "--config", self.stack.conf("gateway"))
        for line in (done.stdout + done.stderr).splitlines():
            print(f"    {line}")
        self.expect("journal", done, 0, "closed")


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="keep the temporary folder and print its name")
    options = parser.parse_args()
    begin = time.monotonic()
    print("XAusländer/OSCI gateway: the main job on loopback, with throwaway keys and invented people.\n")
    stack = None
    try:
        with Progress("making a throwaway PKI (RSA-3072) and configurations"):
            stack = Stack(offices=[MUNICH], fresh_keys=True, preload=HERE / "preload.yaml", keep=options.keep, start=False,
                          sim={"sim.clerk": "same_person", "sim.clerk_delay": "500ms"})
        with Progress("starting intermediary, inge-sim and gateway"):
            stack.start()
        demo = Demo(stack)
        demo.run()
    except (StackError, subprocess.SubprocessError, OSError) as problem:
        print(f"\ndemo failed: {problem}")
        return 1
    finally:
        statuses = stack.stop() if stack else {}
    print(f"\nEverything is stopped (exit statuses: {', '.join(f'{n} {s}' for n, s in statuses.items())}), "
          f"the folder with the keys is removed. {time.monotonic() - begin:.1f} s in all.")
    for failure in demo.failed:
        print(f"demo failed at {failure}")
    return 1 if demo.failed or any(statuses.values()) else 0


sys.exit(main())
