# SPDX-License-Identifier: Apache-2.0
"""test-adding - the page "How to add a release", followed to the letter; prints TAP.

Each block of commands of the page runs as it stands there, in a copy of the data.  What a person does between them (step 3: the
content; the files of steps 7 and 8) is done from the fixture of the made-up release.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

XAUSL = Path(sys.argv[1]).resolve()
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
import made_up_release as made_up  # noqa: E402

MESSAGE = ROOT / "tests/unit/schemas/messages/070001.xml"


def steps():
    """(number, commands) of every step of the page, in its order."""
    page = (ROOT / "xausl-schemas/ADDING.md").read_text("utf-8")
    found = []
    for section in re.split(r"(?m)^## ", page)[1:]:
        number = int(section.split(".")[0])
        found.append((number, re.findall(r"(?ms)^```sh\n(.*?)^```", section)))
    assert [n for n, _ in found] == list(range(1, len(found) + 1)), found
    return dict(found)


class Page:
    def __init__(self, tmp):
        self.tmp, self.steps = tmp, steps()
        (tmp / "bin").mkdir()
        (tmp / "bin/xausl").symlink_to(XAUSL)
        self.env = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"}
        self.env["PATH"] = f"{tmp}/bin:{self.env['PATH']}"

    def run(self, command, expected=0):
        done = subprocess.run(["bash", "-e", "-c", command], cwd=self.tmp, env=self.env, capture_output=True, text=True, timeout=60)
        assert done.returncode == expected, (command, done.returncode, done.stdout[-600:], done.stderr)
        return done.stdout

    def step(self, number):
        return "".join(self.run(block) for block in self.steps[number])


def follow(tmp):
    page = Page(tmp)
    folder = tmp / "xausl-schemas/27.05"
    made_up.copy_data(tmp)
    page.step(1)
    assert page.step(2) == "nothing is left of the old name\n"
    made_up.change(folder)
    assert not page.steps[3], "step 3 is work, no command"
    # Forgotten to seal: refused, and it says where.
    calendar = (tmp / "versions/releases.csv").read_text("utf-8")
    page.step(5)
    done = subprocess.run([XAUSL, "releases"], env=page.env | {"XAUSL_DATADIR": str(tmp)}, capture_output=True, text=True)
    assert done.returncode == 2 and "27.05" in done.stderr, done.stderr
    (tmp / "versions/releases.csv").write_text(calendar, "utf-8")
    page.step(4)
    page.step(5)
    out = page.step(6)
    assert "calendar: no fault from the release in force on\n" in out, out
    assert "next change: 27.05 on 2027-05-01 (confirmed)" in out and "070023" in out, out
    text = MESSAGE.read_text("utf-8").replace("xauslaender2611", "xauslaender2705").replace("26.11", "27.05")
    (tmp / "message.xml").write_text(text.replace('listVersionID="19"', 'listVersionID="20"'), "utf-8")
    assert page.step(7) == "message.xml: valid (27.05, ABHBAMF.Teilnahmeberechtigung.070001)\n"
    assert "070023" in page.step(8) and "residence_title" in (tmp / "regress.html").read_text("utf-8")
    (tmp / "regress.html").unlink()
    (tmp / "report.txt").write_text("accepted")
    (tmp / "acceptance.csv").write_text(f"27.05;2027-03-15;BAMF;report.txt;{hashlib.sha256(b'accepted').hexdigest()}\n")
    assert "calendar: no fault" in page.step(10)
    (tmp / "acceptance.csv").write_text("")
    assert "no report of an acceptance test for 27.05" in page.run(page.steps[10][0], 1)
    # Step for step the same as the program other tests use.
    with tempfile.TemporaryDirectory() as other:
        made_up.make(other)
        page.run(f"diff -r {other}/xausl-schemas xausl-schemas && diff -r {other}/versions versions")


def both_at_once(tmp):
    made_up.make(tmp)
    env = os.environ | {"XAUSL_DATADIR": str(tmp)}
    new = tmp / "new.xml"
    new.write_text(MESSAGE.read_text("utf-8").replace("xauslaender2611", "xauslaender2705").replace("26.11", "27.05")
                   .replace('listVersionID="19"', 'listVersionID="20"'), "utf-8")
    done = subprocess.run([XAUSL, "validate", "--json", MESSAGE, new], env=env, capture_output=True, text=True)
    assert [json.loads(t)["release"] for t in done.stdout.splitlines()] == ["26.11", "27.05"], (done.stdout, done.stderr)
    assert done.returncode == 0, done.stdout
    # The namespace of one and the version of the other; the old list in the new release.
    for wrong in (new.read_text("utf-8").replace('version="27.05"', 'version="26.11"'),
                  new.read_text("utf-8").replace('listVersionID="20"', 'listVersionID="19"')):
        bad = tmp / "bad.xml"
        bad.write_text(wrong, "utf-8")
        assert subprocess.run([XAUSL, "validate", bad], env=env, capture_output=True).returncode == 1, wrong[:300]


def marked(tmp):
    """Whatever comes out says that it is made up."""
    made_up.make(tmp)
    for path in (tmp / "xausl-schemas/27.05").rglob("*"):
        assert not path.is_file() or made_up.MARK in path.read_text("utf-8"), path
    row = (tmp / "versions/releases.csv").read_text("utf-8").splitlines()[-1]
    assert row.startswith("27.05;") and "made up" in row, row
    assert "27.05" not in (ROOT / "versions/releases.csv").read_text("utf-8")
    assert not (ROOT / "xausl-schemas/27.05").exists()


tap.run([follow, both_at_once, marked], sys.argv[2:])
