# SPDX-License-Identifier: Apache-2.0
"""bench - the figures of the project, one part or all of them.

  osci      messages per second against the RSA ceiling, one thread and two
  large     500 MB there and back: memory, and time against OpenSSL's for the same passes
  mailbox   10,000 deliveries fetched one by one
  dialogs   200 dialogs at once
  gateway   start time and memory
  schema    checks of messages against libxml2 alone and xmllint; threads, memory, load time

Prints a table for people and the same as JSON lines for programs.  Everything is measured in this run; how busy the
machine was meanwhile stands at the end.
"""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import dialogs  # noqa: E402
import large  # noqa: E402
import mailbox  # noqa: E402
import schema  # noqa: E402
from stack import Stack, program  # noqa: E402

STARTS = 10
IDLE_SECONDS = 2


def rss_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS")


def gateway_figures():
    with Stack(start=False) as stack:
        stack.start(sim=False, gateway=False)
        times = []
        for _ in range(STARTS):
            gateway = stack.gateway()
            begin = time.monotonic()
            gateway.start()
            times.append((time.monotonic() - begin) * 1000)
            if len(times) < STARTS:
                gateway.stop()
        time.sleep(IDLE_SECONDS)
        memory = rss_mib(gateway.popen.pid)
    times.sort()
    return [
        {"bench": "gateway-start-to-ready", "unit": "ms", "median": round(times[len(times) // 2], 1),
         "worst": round(times[-1], 1), "runs": STARTS, "aim": "< 200"},
        {"bench": "gateway-idle-resident", "unit": "MiB", "value": round(memory, 1), "aim": "< 30"},
    ]


def show(figures):
    print()
    for figure in figures:
        known = {"bench", "unit", "median", "value", "aim"}
        value = figure.get("median", figure.get("value", ""))
        more = "  ".join(f"{k} {v}" for k, v in figure.items() if k not in known)
        aim = f"aim {figure['aim']}" if "aim" in figure else ""
        print(f"{figure['bench']:<26} {value:>8} {figure['unit']:<12} {aim:<12} {more}")
    print()
    for figure in figures:
        print(json.dumps(figure))


def osci():
    sys.stdout.flush()
    subprocess.run([program("osci-bench")], check=True)
    return []


PARTS = {"osci": osci, "large": large.figures, "mailbox": mailbox.figures, "dialogs": dialogs.figures,
         "gateway": gateway_figures, "schema": schema.figures}


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # by the way on which processes are stopped
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown:
        sys.exit(f"bench: unknown part {unknown[0]}; there are {', '.join(PARTS)}")
    for part in wanted:
        figures = PARTS[part]()
        if figures:
            show(figures)
        load = os.getloadavg()[0]
        print(json.dumps({"bench": "machine", "after": part, "processors": os.cpu_count(), "load": round(load, 1)}),
              flush=True)


main()
