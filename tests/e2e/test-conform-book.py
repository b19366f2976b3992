# SPDX-License-Identifier: Apache-2.0
"""The test cases of the exchange, if they are at hand, pass against our own stack under both values of the open switches."""
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import made_up_release  # noqa: E402
from stack import BUILD, SANITIZED, SOURCE  # noqa: E402
from tap import Skip, check, run  # noqa: E402

BOOK = Path(os.environ.get("XAUSL_SHARED") or "/nonexistent") / "domain/testcases.yaml"


def test_cases_of_the_exchange(folder):
    if not BOOK.exists():
        raise Skip("domain/testcases.yaml is not at hand (XAUSL_SHARED)")
    if SANITIZED:
        raise Skip("the whole book is for the plain build; parts of it run with sanitizers in e2e-conform")
    made_up_release.make(folder / "next")
    done = subprocess.run([str(BUILD / "conformance/conform/xausl-conform"), "--cases", str(BOOK), "--programs", str(BUILD),
                           "--keys", str(BUILD / "test-conform-keys"), "--test-release", str(folder / "next"), "--vary", "each",
                           "--jobs", "4", "--report", str(folder / "report")],
                          capture_output=True, text=True, env={**os.environ, "XAUSL_DATADIR": str(SOURCE)})
    bad = [line for line in done.stdout.splitlines() if not line.startswith("[") or "] pass" not in line]
    check(done.returncode == 0, f"exit status {done.returncode}", "\n".join(bad)[-6000:], done.stderr[-2000:])
    found = json.loads((folder / "report/report.json").read_text("utf-8"))["cases"]
    skipped = [c["id"] for c in found if c["verdict"] == "skipped"]
    check(skipped == ["06.001.002.004"], "only the case without steps is skipped", skipped)


run([test_cases_of_the_exchange])
