# SPDX-License-Identifier: Apache-2.0
"""The same case book against two releases, two builds and a baseline: the commands of the documentation, as they stand there.

The book is a part of ours, cases of every flow.  The other release is the made-up 27.05, the other build a gateway with one
deliberate defect.
"""
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import made_up_release  # noqa: E402
from browser import Browser  # noqa: E402
from stack import BUILD, SANITIZED, SOURCE  # noqa: E402
from tap import Skip, check, run  # noqa: E402

CONFORM = BUILD / "conformance/conform/xausl-conform"
BOOK = {"ATT-01", "CHK-09", "DAT-01", "FLT-05", "FLW-01", "FLW-03", "FLW-05", "FLW-06", "FLW-07", "FLW-10", "FLW-13", "FLW-19",
        "FLW-24", "REF-01", "REF-02", "REF-14", "REL-10", "RST-01", "SEC-03", "TKO-01"}
# What 27.05 changes shows in these, at this step: 070008 without the Kennziffer, 070010 with an end, 070019 without its day,
# five nationalities.
WORSE = {"FLW-03": "2", "FLW-06": "2", "FLW-19": "2", "FLW-24": "2", "REF-02": "2", "REF-14": "2", "CHK-09": "2"}


def section(path, title):
    """The blocks of commands below a heading of a page."""
    text = (SOURCE / path).read_text("utf-8")
    part = re.split(r"(?m)^## ", text.split(f"## {title}\n", 1)[1])[0]
    return re.findall(r"(?ms)^```sh\n(.*?)^```", part)


class Desk:
    """A folder in which the commands run: data with both releases, a book, and the program in the path."""
    def __init__(self, folder, book):
        self.folder = folder
        made_up_release.make(folder)
        (folder / "conformance/cases").mkdir(parents=True)
        for path in sorted((SOURCE / "conformance/cases").glob("*.yaml")):
            parts = re.split(r"(?m)^(?=- id: )", path.read_text("utf-8"))
            kept = [p for p in parts[1:] if p.split(None, 3)[2] in book]
            if path.name == "requirements.yaml" or kept:
                text = "".join(parts) if path.name == "requirements.yaml" else parts[0] + "".join(kept)
                (folder / "conformance/cases" / path.name).write_text(text, "utf-8")
        (folder / "bin").mkdir()
        program = folder / "bin/xausl-conform"
        program.write_text("#!/bin/sh\n[ \"$1\" != --cases ] || set -- --programs "
                           f"{BUILD} --keys {BUILD}/test-conform-keys --jobs 4 --quiet \"$@\"\nexec {CONFORM} \"$@\"\n")
        program.chmod(0o755)
        self.env = {k: v for k, v in os.environ.items() if k != "XAUSL_DEFECT"}
        self.env |= {"PATH": f"{folder}/bin:{os.environ['PATH']}", "XAUSL_DATADIR": str(folder)}

    def run(self, command, status=0, **env):
        done = subprocess.run(["bash", "-e", "-c", command], cwd=self.folder, env=self.env | env, capture_output=True, text=True,
                              timeout=240)
        check(done.returncode == status, f"status {done.returncode}, {status} expected", command, done.stdout[-3000:],
              done.stderr[-2000:])
        return done

    def comparison(self, name="new"):
        found = json.loads((self.folder / name / "comparison.json").read_text("utf-8"))
        return found, {c["case"]: c for c in found["cases"]}


def two_releases_differ_where_the_release_does(desk):
    first, second = section("conformance/README.md", "The same book twice")[0].splitlines()
    desk.run(first)
    done = desk.run(second, status=1)
    found, cases = desk.comparison()
    worse = {name: c["failures"][0]["step"] for name, c in cases.items() if c["change"] == "worse"}
    check(worse == WORSE, "cases that no longer pass, and where", worse)
    check(cases["REL-10"]["change"] == "left-out" and "needs release 26.11" in cases["REL-10"]["reason"], "of one release alone", cases)
    check(found["counts"] == {"same": found["new"]["cases"] - len(WORSE) - 1, "worse": len(WORSE), "left-out": 1} and
          found["new"]["cases"] >= len(BOOK), "all others are the same", found["counts"])
    check((found["old"]["release"], found["new"]["release"]) == ("26.11", "27.05"), "releases", found["old"], found["new"])
    report = json.loads((desk.folder / "new/report.json").read_text("utf-8"))
    messages = [m for c in report["cases"] for m in c.get("messages", []) if m["what"][:2] == "07" and m.get("release")]
    check({c["release"] for c in report["cases"] if c["verdict"] == "pass"} == {"27.05"} and
          {m["release"] for m in messages} == {"27.05"}, "all that ran, ran in 27.05")
    for text in ("no longer passes: FLW-03 (fail, was pass)", "step 2, line ", "seen      rejected-by-gateway at office A for q1",
                 "gateway > office A: was accepted-by-gateway, 070003; is rejected-by-gateway", "new: 21 cases, "):
        check(text in done.stdout, f"told: {text}", done.stdout)
    sums = {a["name"] for a in found["artifacts"]}
    check("versions/releases.csv for --release" in sums and "xausl-schemas/27.05" not in sums, "checksums that differ", sums)


def the_page_of_it_is_read(desk):
    """The comparison in a browser: the verdict first, links to what is worst, readable on a phone"""
    page = desk.folder / "new/comparison.html"
    check("<script" not in page.read_text("utf-8"), "no script")
    with Browser() as b:
        b.open(page.as_uri())
        check(b.text(".banner strong") == "WORSE", "the verdict", b.text(".banner"))
        check("no longer passes: 7" in b.text(".banner"), "the sum", b.text(".banner"))
        first = b.script("document.querySelector('tbody a').textContent")
        check(first == "no longer passes", "what is worst comes first", first)
        b.script("document.querySelector('tbody a').click()")
        check(abs(int(b.script("document.querySelector('h2').getBoundingClientRect().top"))) < 60, "the link leads there")
        check("FLW-03" in b.text("main, body") and "rejected-by-gateway at office A for q1" in b.text("body"), "case and what was seen")
        if os.environ.get("XAUSL_TEST_SCREENSHOTS"):
            b.command("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
            b.screenshot(Path(os.environ["XAUSL_TEST_SCREENSHOTS"]) / "comparison-desktop.png")
        b.command("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=False)
        over = int(b.script("document.documentElement.scrollWidth - innerWidth"))
        check(over <= 0, "on a phone no part of the page sticks out", over)
        if os.environ.get("XAUSL_TEST_SCREENSHOTS"):
            b.screenshot(Path(os.environ["XAUSL_TEST_SCREENSHOTS"]) / "comparison-phone.png")


def test_two_releases(folder):
    """Two releases: what the new one changes is worse, at its step, and the page shows it"""
    if SANITIZED:
        raise Skip("what differs does not depend on the build; with sanitizers the two builds are enough")
    desk = Desk(folder, BOOK)
    two_releases_differ_where_the_release_does(desk)
    the_page_of_it_is_read(desk)


def test_two_builds(folder):
    """A defective gateway is worse than the good one, and case, step, expected and seen are told"""
    desk = Desk(folder, {"REF-01", "FLW-01", "FLW-05"})
    first, second = section("conformance/README.md", "The same book twice")[1].splitlines()
    desk.run(first.replace("/opt/old/xausl-gatewayd", f"{BUILD}/gateway/xausl-gatewayd"))
    done = desk.run(second.replace("/opt/new/xausl-gatewayd", f"{BUILD}/tests/defects/xausl-gatewayd-defective"), status=1,
                    XAUSL_DEFECT="reason-code-wrong")
    found, cases = desk.comparison()
    check(set(cases) == {"REF-01"} and cases["REF-01"]["change"] == "worse", "the one case", cases)
    failure = cases["REF-01"]["failures"][0]
    check(failure["step"] == "2" and failure["line"] and failure["field"].startswith("reason") and failure["expected"] and
          failure["seen"] != failure["expected"], "step, field, expected and seen", failure)
    check(f"expected  {failure['expected']}" in done.stdout and f"seen      {failure['seen']}" in done.stdout, "told", done.stdout)
    check([a["name"] for a in found["artifacts"]] == ["xausl-gatewayd"], "the build that differs", found["artifacts"])
    desk.run("xausl-conform verify new")
    back = desk.run("xausl-conform compare new old")
    check("passes now: REF-01" in back.stdout and back.stdout.endswith("better\n"), "the other way round", back.stdout)


def test_baseline(folder):
    """A run and its baseline; a case is brought in; the first baseline of a release; what is no baseline"""
    if SANITIZED:
        raise Skip("what differs does not depend on the build; with sanitizers the two builds are enough")
    desk = Desk(folder, {"FLW-01", "FLW-03", "REL-10"})
    kept = folder / "versions/26.11/conform-baseline.json"
    whole = json.loads(kept.read_text("utf-8"))
    compare, only, update = section("conformance/README.md", "The same book twice")[2].splitlines()
    done = desk.run(compare, status=1)
    check("The baseline is that of another version of the book" in done.stdout, "a smaller book: cases are gone", done.stdout[-800:])
    whole["cases"] = {k: v for k, v in whole["cases"].items() if k in ("FLW-03", "REL-10")}
    kept.write_text(json.dumps(whole), "utf-8")
    done = desk.run(compare)
    check("new: FLW-01" in done.stdout and "another version of the book" in done.stdout, "a case the baseline has not", done.stdout[-800:])
    desk.run(only + "\n" + update)
    check(desk.run(compare).stdout.count("the same: 3\nsame\n") == 1, "brought in")

    for block in section("xausl-schemas/ADDING.md", "9. Carry out the case book"):
        desk.run(block)
    new = folder / "versions/27.05/conform-baseline.json"
    made = json.loads(new.read_text("utf-8"))
    check(made["release"] == "27.05" and {k: v["result"] for k, v in made["cases"].items()} ==
          {"FLW-01": "pass", "FLW-03": "fail", "REL-10": "skipped"}, "the first baseline of a release", made)
    check("worse" in (folder / "new/comparison.txt").read_text("utf-8"), "what it was compared with")

    for text, name, content in (("no such file", "missing.json", None), ("no JSON", "damaged.json", kept.read_text("utf-8")[:500]),
                                ("the baseline is of release 27.05, the run of 26.11", "other.json", new.read_text("utf-8")),
                                ("a case of a baseline has result and messages", "odd.json", json.dumps(
                                    {"format": "xausl-conform-baseline-1", "release": "26.11", "cases": {"FLW-01": {}}})),
                                ("format", "no.json", "{}")):
        if content is not None:
            (folder / name).write_text(content, "utf-8")
        done = desk.run(f"xausl-conform --cases conformance/cases --release 26.11 --compare {name}", status=2)
        check(text in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, f"before the run: {text}", done.stdout, done.stderr)
    foreign = json.dumps({"format": "xausl-conform-baseline-1", "release": "26.11", "cases": {"X": {"result": "pass", "messages": {}}}})
    (folder / "foreign.json").write_text(foreign)
    done = desk.run("xausl-conform compare foreign.json old", status=2)
    check("no case in common" in done.stderr, "another book", done.stderr)


run([test_two_releases, test_two_builds, test_baseline], sys.argv[1:])
