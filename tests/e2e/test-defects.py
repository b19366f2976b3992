# SPDX-License-Identifier: Apache-2.0
"""Deliberate defects of a gateway are found by the case book: some case fails, and says at which step.

The defective gateway is a build of its own (tests/defects); without a defect it passes the same cases.  Which cases are to find
a defect stands here, so that a case that goes blind is noticed.
"""
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import made_up_release  # noqa: E402
import tap  # noqa: E402
from stack import SANITIZED  # noqa: E402

SOURCE = Path(os.environ["XAUSL_SOURCE_ROOT"])
BUILD = Path(os.environ["XAUSL_BUILD_ROOT"])
BOOK = SOURCE / "conformance/cases"
GATEWAY = BUILD / "tests/defects/xausl-gatewayd-defective"
FOUND_BY = {
    "kennziffer-missing": "FLW-01",
    "reason-code-wrong": "REF-01",
    "reason-text-lost": "REF-14",
    "notes-lost": "REF-16",
    "umlauts-lost": "DAT-28",
    "valid-until-wrong": "DAT-27",
    "unlimited-lost": "DAT-26",
    "sections-short": "ATT-04",
    "takeover-inverted": "REF-16",
    "kind-wrong": "FLW-05",
    "author-lost": "FLW-01",
    "clarification-final": "FLT-22",
    "answers-swapped": "FLT-05",
    "names-swapped": "DAT-01",
    "birth-date-completed": "DAT-10",
    "contact-not-sent": "DAT-19",
    "flag-lost": "FLW-02",
    "decision-inverted": "FLW-16",
    "nationalities-one": "DAT-18",
    "kennziffer-not-sent": "FLW-35",
    "unknown-fields-ignored": "CHK-18",
    "first-error-alone": "CHK-21",
    "error-code-wrong": "CHK-01",
    "old-release-sent": "REL-03",
    "any-release-taken": "REL-08",
    "no-overdue": "FLT-21",
    "no-reminder": "FLT-22",
    "reminder-by-calendar": "FLT-22",
    "question-for-ever": "FLW-36",
    "one-way-waits": "FLW-24",
    "sent-twice": "FLW-01",
    "delivered-twice": "FLW-01",
    "repeat-delivered": "FLT-01",
    "forgets-requests": "RST-01",
    "forgets-answers": "RST-06",
    "unsigned-sent": "FLW-01",
    "signature-not-checked": "FLT-06",
    "no-rejection": "FLT-08",
    "rejection-code-wrong": "FLT-07",
    "names-logged": "FLW-01",
    "kennziffer-of-before": "FLW-37",
    "wording-of-list": "WHO-12",
    "notes-one": "REF-42",
    "remarks-lost": "WHO-11",
    "clerk-lost": "WHO-12",
    "issuer-lost": "FLW-44",
    "text-cut": "REF-41",
    "marks-lost": "DAT-03",
    "names-cut": "DAT-06",
    "name-made-up": "DAT-12",
    "block-not-sent": "DAT-22",
    "suffix-not-sent": "WHO-01",
    "purpose-inverted": "WHO-06",
    "uuid-again": "FLT-05",
    "created-an-hour-off": "WHO-02",
    "values-in-errors": "SEC-04",
    "day-of-utc": "REL-03",
    "window-closed": "REL-07",
    "overdue-too-early": "FLT-21",
    "month-of-thirty-days": "FLW-43",
    "forgets-seen": "RST-17",
    "second-answer-lost": "FLW-13",
    "wrong-office": "FLW-41",
}
WORK = tempfile.TemporaryDirectory(prefix="xausl-defects-")
NEXT = Path(WORK.name) / "next"
RUNS = {}  # of defects, begun together


def conform(name, only, defect=None, jobs="1"):
    """The report of a run: its exit status and its cases."""
    out = Path(WORK.name) / name
    env = {k: v for k, v in os.environ.items() if k != "XAUSL_DEFECT"}
    env |= {"XAUSL_DATADIR": str(SOURCE), **({"XAUSL_DEFECT": defect} if defect else {})}
    done = subprocess.run(
        [BUILD / "conformance/conform/xausl-conform", "--requirements", BOOK / "requirements.yaml", "--programs", BUILD,
         "--gateway", GATEWAY, "--keys", Path(WORK.name) / "keys", "--test-release", NEXT, "--only", ",".join(sorted(set(only))),
         "--jobs", jobs, "--quiet", "--report", out, "--cases",
         *sorted(p for p in BOOK.glob("*.yaml") if p.name != "requirements.yaml")],
        capture_output=True, text=True, timeout=900, env=env)
    report = json.loads((out / "report.json").read_text("utf-8")) if (out / "report.json").exists() else None
    return done, report


def table():
    """every defect of the program has a case that finds it, and there are at least 25"""
    done = subprocess.run([GATEWAY], capture_output=True, text=True, env=os.environ | {"XAUSL_DEFECT": "list"}, timeout=30)
    names = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert sorted(names) == sorted(FOUND_BY) and len(names) >= 25, set(names) ^ set(FOUND_BY)


def plain_build():
    if SANITIZED:
        raise tap.Skip("what the book finds does not depend on the build; the sanitizer's would take long")


def sound():
    """without a defect all of these cases pass"""
    global RUNS
    plain_build()
    done, report = conform("sound", FOUND_BY.values(), jobs="3")
    # The keys are made now; the runs with defects wait for processes more than they use them.
    pool = ThreadPoolExecutor(3)
    RUNS = {name: pool.submit(conform, name, [case], name) for name, case in FOUND_BY.items()}
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr[-2000:])


def found(defect):
    def test():
        plain_build()
        done, report = RUNS[defect].result() if defect in RUNS else conform(defect, [FOUND_BY[defect]], defect)
        assert done.returncode == 1, (done.returncode, done.stdout[-2000:], done.stderr[-1000:])
        failed = [c for c in report["cases"] if c["verdict"] == "fail"]
        assert failed and all(c["failures"] for c in failed), report
        first = failed[0]["failures"][0]
        print(f"# {failed[0]['id']}: {json.dumps(first, ensure_ascii=False)[:300]}")
    test.__doc__ = f"{defect} is found by {FOUND_BY[defect]}"
    return test


made_up_release.make(NEXT)
tap.run([table, sound, *map(found, FOUND_BY)], sys.argv[1:])
