# SPDX-License-Identifier: Apache-2.0
"""bench - the figures of the project: OSCI messages against the RSA ceiling, start time and memory of the gateway.

Prints a table for people and the same as JSON lines for programs.  Everything is measured in this run.
"""
import json
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
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


def main():
    wanted = sys.argv[1:] or ["osci", "gateway"]
    if "osci" in wanted:
        sys.stdout.flush()
        subprocess.run([program("osci-bench")], check=True)
    if "gateway" in wanted:
        figures = gateway_figures()
        print()
        for figure in figures:
            value = figure.get("median", figure.get("value"))
            print(f"{figure['bench']:<28} {value:>8} {figure['unit']:<4} aim {figure['aim']}")
        print()
        for figure in figures:
            print(json.dumps(figure))


main()
