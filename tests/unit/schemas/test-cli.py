# SPDX-License-Identifier: Apache-2.0
"""test-cli - xausl validate and xausl releases as a user sees them: output and exit status; prints TAP."""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

XAUSL = sys.argv[1]
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
MESSAGE = ROOT / "tests/unit/schemas/messages/070001.xml"
ENV = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"} | {"XAUSL_DATADIR": str(ROOT)}


def run(*args, env=None):
    done = subprocess.run([XAUSL, *map(str, args)], capture_output=True, text=True, env=env or ENV, timeout=60)
    return done.returncode, done.stdout, done.stderr


def valid(tmp):
    status, out, err = run("validate", MESSAGE)
    assert status == 0 and not err, (status, err)
    assert out == f"{MESSAGE}: valid (26.11, ABHBAMF.Teilnahmeberechtigung.070001)\n", out


def invalid(tmp):
    bad = tmp / "bad.xml"
    bad.write_text(MESSAGE.read_text("utf-8").replace("<xa:aZRNummer>901231123456</xa:aZRNummer>", ""), "utf-8")
    status, out, err = run("validate", MESSAGE, bad)
    assert status == 1 and not err, (status, err)
    lines = out.splitlines()
    assert len(lines) == 2, out
    line = [n for n, t in enumerate(bad.read_text("utf-8").splitlines(), 1) if "<xa:geburtsort>" in t][0]
    assert lines[1] == (f"{bad}:{line}: xauslaender:ABHBAMF.Teilnahmeberechtigung.070001/xauslaender:weitereAngaben/"
                        "xauslaender:geburtsort: element is not expected here, expected: xauslaender:aZRNummer"), lines[1]
    assert run("validate", bad, tmp / "absent.xml")[0] == 1


def as_json(tmp):
    bad = tmp / "bad.xml"
    bad.write_text("<!DOCTYPE a><a/>", "utf-8")
    status, out, err = run("validate", "--json", MESSAGE, bad)
    assert status == 1 and not err, (status, err)
    good, found = map(json.loads, out.splitlines())
    assert good["verdict"] == "valid" and good["number"] == "070001" and good["findings"] == [], good
    assert found["verdict"] == "invalid" and found["findings"][0]["id"] == "xml.dtd", found


def trouble(tmp):
    for args in (["validate"], ["validate", "--nothing", MESSAGE], ["validate", tmp / "absent.xml"],
                 ["validate", MESSAGE, tmp], ["validate", "--release", "26.05", MESSAGE], ["validate", "--release", "x", MESSAGE],
                 ["validate", "--schemas", tmp, MESSAGE], ["releases", "more"], ["releases", "--now", "soon"],
                 ["releases", "--versions", tmp], [], ["nothing"]):
        status, _, err = run(*args)
        assert status == 2 and err, (args, status, err)
    assert run("validate", MESSAGE, env=ENV | {"XAUSL_DATADIR": str(tmp)})[0] == 2


def release_demanded(tmp):
    assert run("validate", "--release", "26.11", MESSAGE)[0] == 0


def releases(tmp):
    status, out, err = run("releases", "--now", "2026-11-01T00:00:00")
    assert status == 0 and not err, (status, err)
    marked = [t for t in out.splitlines() if t.startswith("*")]
    assert len(marked) == 1 and marked[0].split() == ["*", "26.11", "http://www.osci.de/xauslaender2611", "2026-11-01",
                                                      "confirmed", "yes"], marked
    assert "in force on 2026-11-01: 26.11" in out and "2027-05-01" in out, out
    _, out, _ = run("releases", "--now", "2026-10-31T23:59:59")
    assert not [t for t in out.splitlines() if t.startswith("*")] and "not certain" in out, out
    assert "next change: 26.11 on 2026-11-01 (confirmed)" in out, out


def helps(tmp):
    for args in (["--help"], ["validate", "--help"], ["releases", "--help"]):
        status, out, err = run(*args)
        assert status == 0 and out.startswith("usage: xausl") and not err, args


def main():
    tests = [valid, invalid, as_json, trouble, release_demanded, releases, helps]
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        with tempfile.TemporaryDirectory() as tmp:
            try:
                test(Path(tmp))
                print(f"ok {number} - {test.__name__}")
            except AssertionError as e:
                failed += 1
                print(f"# {e}\nnot ok {number} - {test.__name__}")
    sys.exit(1 if failed else 0)


main()
