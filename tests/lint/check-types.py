# SPDX-License-Identifier: Apache-2.0
"""check-types - the table of message types in osci/TYPES.md names every type, and tests that exist; prints TAP.

A test is named `file:function` below tests/unit, `vectors` for the two vectors of that type in tests/vectors/osci, or
`e2e` for a message that the recorded main job must hold.
"""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
SHAPES = ("signed", "sealed")


def names():
    """As osci/wire/types.c has them, and the fault."""
    text = (ROOT / "osci/wire/types.c").read_text("utf-8")
    table = text[text.index("infos[] = {"):text.index("};", text.index("infos[] = {"))]
    return re.findall(r"\] = \{ \"([A-Za-z]+)\"", table) + ["soapFault"]


def rows():
    found = {}
    for line in (ROOT / "osci/TYPES.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if re.fullmatch(r"`[A-Za-z]+`", cells[0]):
            found[cells[0].strip("`")] = cells[1:]
    return found


def function_exists(where):
    path, _, function = where.partition(":")
    path = ROOT / "tests/unit" / path
    return path.exists() and re.search(rf"\b{re.escape(function)}\(void \*\*|\b{re.escape(function)}\(", path.read_text("utf-8"))


def missing(name, cells):
    for cell in cells:
        for test in re.findall(r"`([^`]+)`", cell):
            if test == "vectors":
                shapes = ("unsigned",) if name == "soapFault" else SHAPES
                yield from (f"{name}.{s}.mime" for s in shapes if not (ROOT / f"tests/vectors/osci/{name}.{s}.mime").exists())
            elif test == "e2e":
                if name not in (ROOT / "tests/e2e/test-main-job.py").read_text("utf-8"):
                    yield f"{name} in test-main-job.py"
            elif ":" not in test or not function_exists(test):
                yield f"{name}: {test}"


def main():
    table, failed = rows(), 0
    print("1..3")
    without = [name for name in names() if name not in table]
    strange = [name for name in table if name not in names()]
    absent = [text for name, cells in table.items() for text in missing(name, cells)]
    for i, (what, problems) in enumerate((("every message type has a row", without), ("every row is a message type", strange),
                                          ("every test named there exists", absent)), 1):
        for problem in problems:
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {i} - {what}")
        failed += bool(problems)
    return 1 if failed else 0


sys.exit(main())
