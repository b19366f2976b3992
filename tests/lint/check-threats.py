# SPDX-License-Identifier: Apache-2.0
"""check-threats - the tables of threats have a line for every row of their business, and its tests exist; prints TAP.

A test is named `program:test`: a test of meson and a function of its source, `test_` in front left out or not.  Where the
shared list of threats is at hand, its rows are compared with ours, both ways.
"""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
SHARED = Path(os.environ.get("XAUSL_SHARED", ".")) / "security" / "THREATS.md"
TABLES = ("osci/THREATS.md", "xausl-schemas/THREATS.md")
# Of these letters every row; of files and processes those named.
LETTERS = "HMXWAECDP"
FILES = tuple(f"F-{n:02}" for n in range(1, 12))
ROW = re.compile(r"^\| ([A-Z]-\d\d) \| (.*) \|$")


def rows(*paths):
    found, twice = {}, []
    for line in (line for path in paths for line in path.read_text("utf-8").splitlines()):
        m = ROW.match(line)
        if m and m.group(1) in found:
            twice.append(m.group(1))
        if m:
            found[m.group(1)] = m.group(2)
    return found, twice


def programs():
    """Name of a test in meson -> sources below tests/ that may hold its functions."""
    found = {}
    for path in sorted((ROOT / "tests").rglob("*")):
        if path.suffix not in (".c", ".py") or not path.stem.startswith(("test-", "test_", "check-")):
            continue
        name = path.stem.split("-" if "-" in path.stem[:6] else "_", 1)[1].replace("_", "-")
        room = path.parent.name
        for full in (f"{room}-{name}", name, "osci-open" if name == "osci-open" else f"e2e-{name}"):
            found.setdefault(full, []).append(path)
    found["wire-wrapping-own"] = found.get("wire-wrapping", [])
    for short in ("hardening", "threats", "lint"):
        script = {"lint": "check-src.py"}.get(short, f"check-{short}.py")
        if (ROOT / "tests/lint" / script).exists():
            found[short] = [ROOT / "tests/lint" / script]
    return found


def holds(path, test):
    """A cmocka test, one made by the macro ROW, a function in Python, or a rule that a lint names in a string."""
    t = re.escape(test)
    return re.search(rf"\b(test_)?{t}\(void \*\*|\bROW\({t},|\bdef (test_)?{t}\(|\"{t}\b", path.read_text("utf-8"))


def absent(name, text, known):
    tests = re.findall(r"`([a-z0-9-]+):([A-Za-z0-9_]+)`", text)
    for program, test in tests:
        if not any(holds(p, test) for p in known.get(program, [])):
            yield f"{name}: {program}:{test}"
    if not tests and "no test: " not in text:
        yield f"{name}: neither a test nor \"no test: \" and why"


def main():
    ours, twice = rows(*(ROOT / table for table in TABLES))
    known = programs()
    findings = {
        "one line for each row": twice,
        "every test named exists": [f for name, text in ours.items() for f in absent(name, text, known)],
    }
    print("1..3")
    if SHARED.exists():
        theirs = {n for n in rows(SHARED)[0] if n[0] in LETTERS or n in FILES}
        findings["the rows of the list"] = [f"missing: {n}" for n in sorted(theirs - set(ours))] + \
                                           [f"unknown: {n}" for n in sorted(set(ours) - theirs)]
    for number, (what, problems) in enumerate(findings.items(), 1):
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} - {what}")
    if not SHARED.exists():
        print("ok 3 - the rows of the list # SKIP the shared list of threats is not at hand")
    return 1 if any(findings.values()) else 0


sys.exit(main())
