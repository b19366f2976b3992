# SPDX-License-Identifier: Apache-2.0
"""test-baselines - each release that is here has a baseline of the case book, with every case of it and no other; prints TAP."""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

CONFORM = Path(sys.argv[1]).resolve()
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402


def releases():
    rows = [line.split(";") for line in (ROOT / "versions/releases.csv").read_text("utf-8").splitlines() if line[:1] not in ("", "#")]
    return [row[0] for row in rows if row[5]]


def book():
    done = subprocess.run([CONFORM, "--list", "--cases", ROOT / "conformance/cases"], capture_output=True, text=True, timeout=60,
                          env=os.environ | {"XAUSL_DATADIR": str(ROOT)})
    assert done.returncode == 0, done.stderr
    return {line.split("\t")[0] for line in done.stdout.splitlines() if "\t" in line}


def baseline(release):
    path = ROOT / "versions" / release / "conform-baseline.json"
    assert path.exists(), f"{release} has no baseline: xausl-schemas/ADDING.md, step 9"
    return json.loads(path.read_text("utf-8"), object_pairs_hook=once)


def once(pairs):
    """An object of which no name occurs twice: two branches that add the same case merge without a word."""
    names = [name for name, _ in pairs]
    assert len(names) == len(set(names)), f"twice: {sorted({n for n in names if names.count(n) > 1})}"
    return dict(pairs)


def every_release_has_one():
    assert releases()
    for release in releases():
        found = baseline(release)
        assert found["format"] == "xausl-conform-baseline-1" and found["release"] == release, found.get("release")
    for path in (ROOT / "versions").glob("*/"):
        assert path.name in releases(), f"versions/{path.name} is the folder of no release"


def every_case_is_in_it():
    """the baseline of each release has every case of the book and no other"""
    cases = book()
    for release in releases():
        known = {re.sub(r" [{#].*", "", name) for name in baseline(release)["cases"]}
        assert not cases - known, (f"versions/{release}/conform-baseline.json lacks {sorted(cases - known)}: run these with "
                                   "./run conform --only and bring them in with xausl-conform baseline --update")
        assert not known - cases, f"versions/{release}/conform-baseline.json has cases that are gone: {sorted(known - cases)}"


def nothing_in_it_fails():
    for release in releases():
        bad = {name: c["result"] for name, c in baseline(release)["cases"].items() if c["result"] not in ("pass", "skipped")}
        assert not bad, f"a baseline is what is right: {bad}"


tap.run([every_release_has_one, every_case_is_in_it, nothing_in_it_fails], sys.argv[2:])
