# SPDX-License-Identifier: Apache-2.0
"""test-check - xausl-conform --check as an author of cases sees it: our own book, problems, exit status; prints TAP."""
import os
import re
import subprocess
import sys
from pathlib import Path

CONFORM = sys.argv[1]
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
from tap import check  # noqa: E402
BOOK = ROOT / "conformance/cases"
REQUIREMENTS = BOOK / "requirements.yaml"
BASE = ROOT / "tests/unit/conform/case/base.yaml"
ENV = os.environ | {"XAUSL_DATADIR": str(ROOT)}


def run(*args):
    done = subprocess.run([CONFORM, "--check", *map(str, args)], capture_output=True, text=True, env=ENV, timeout=60)
    return done.returncode, done.stdout, done.stderr


def book():
    return sorted(p for p in BOOK.glob("*.yaml") if p != REQUIREMENTS)


def test_our_book_has_no_problem():
    status, out, err = run("--requirements", REQUIREMENTS, "--cases", *book())
    check(status == 0 and not err, "the book loads", status, err[-3000:])
    check(re.fullmatch(r"\d+ cases, \d+ runs\n", out), "counts", out)


def test_our_book_and_the_reference_cases_share_no_id():
    reference = Path(os.environ.get("XAUSL_SHARED", "")) / "domain/testcases.yaml"
    if not reference.is_file():
        raise tap.Skip("the reference cases are not there")
    status, out, err = run("--requirements", REQUIREMENTS, "--cases", *book(), reference)
    check(status == 0 and not err, "both load together", status, err[-3000:])


def test_cases_and_runs_are_counted():
    status, out, err = run("--cases", BASE)
    check((status, out, err) == (0, "4 cases, 5 runs\n", ""), "counted", status, out, err)


def test_all_problems_of_all_files(folder):
    text = BASE.read_text("utf-8")
    one, two = folder / "one.yaml", folder / "two.yaml"
    one.write_text(text.replace("sex: w", "sex: f").replace("within: PT1H", "within: soon"), "utf-8")
    two.write_text("format: 2\ncases:\n- id: BASE-3\n", "utf-8")
    status, out, err = run("--cases", one, two)
    lines = err.splitlines()
    check(status == 2 and not out, "nothing is counted", status, out)
    check(len(lines) == 3, "all problems", err)
    check(re.fullmatch(re.escape(str(one)) + r":\d+:\d+: case BASE-1: sex: \"f\" is no value of this field; expected: a code of "
                       r"the list XInneres-Geschlecht", lines[0]), "place, case, what, expected", lines[0])
    check("within: \"soon\" is no duration" in lines[1], "the second", lines[1])
    check(lines[2].startswith(f"{two}:3:") and "BASE-3\" is in" in lines[2], "an id of another file", lines[2])


def test_a_requirement_needs_its_list(folder):
    case = folder / "case.yaml"
    case.write_text(BASE.read_text("utf-8").replace("FLOW-070009,", "DATA-LONG,"), "utf-8")
    status, out, err = run("--cases", case)
    check(status == 2 and "\"DATA-LONG\" is no requirement" in err, "unknown without the list", status, err)
    status, out, err = run("--requirements", REQUIREMENTS, "--cases", case)
    check(status == 0 and not err, "known with it", status, err)


def test_files_that_cannot_be_read(folder):
    status, out, err = run("--cases", folder / "nothing.yaml")
    check(status == 2 and "nothing.yaml" in err and len(err.splitlines()) == 1, "one line", status, err)
    (folder / "empty.yaml").write_bytes(b"")
    status, out, err = run("--cases", folder / "empty.yaml")
    check(status == 2 and "empty.yaml:1:1: the file is empty" in err, "empty", status, err)
    status, out, err = run("--cases", folder)
    check(status == 2 and len(err.splitlines()) == 1, "a folder", status, err)


tap.run([t for name, t in list(globals().items()) if name.startswith("test_")])
