# SPDX-License-Identifier: Apache-2.0
"""xausl-conform with real processes: what passes, what fails and names its step, what cannot be set up."""
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from runner import GOOD, HEAD, SEND, case, cases, conform, results  # noqa: E402
from tap import check, run  # noqa: E402


def test_passes(folder):
    """A case passes, and leaves a report in every form."""
    conform(folder, "--cases", cases(folder, Good=GOOD), "--report", folder / "report", status=0)
    case = results(folder)["Good"]
    check(case["verdict"] == "pass" and case["release"] == "26.11", "verdict", case)
    check([s["state"] for s in case["steps"]] == ["done"] * 3, "steps", case["steps"])
    check(len(case["checks"]) == 6 and all(c["verdict"] == "pass" for c in case["checks"]), "standing checks", case["checks"])
    seen = [(m["from"], m["to"], m["what"]) for m in case["messages"]]
    check(("gateway", "intermediary", "070009") in seen and ("intermediary", "partner", "070009") in seen and
          ("gateway", "office A", "070003") in seen, "timeline", seen)
    for name in ("report.html", "report.txt", "junit.xml", "SHA256SUMS"):
        check((folder / "report" / name).stat().st_size, name)
    check(not (folder / "work/cases").exists() or not list((folder / "work/cases").iterdir()), "folders are left")


def test_both_values_of_the_switches(folder):
    conform(folder, "--cases", cases(folder, Good=GOOD), "--vary", "each", "--report", folder / "report", status=0)
    found = json.loads((folder / "report/report.json").read_text("utf-8"))["cases"]
    check(len(found) == 2 and found[0]["switches"] != found[1]["switches"], "two runs", [c["switches"] for c in found])


def test_failures_name_their_step(folder):
    wrong = "  - expect: {message: '070003', office: A, re: q1, fields: {record.art: '2', record.unlimited: true}}\n"
    other = "  - expect: {message: '070005', office: A, re: q1}\n"
    silent = ("  - fault: {at: partner, kind: drop_answer, message: '070003'}\n"
              "  - expect: {message: '070003', office: A, re: q1, within: PT5M}\n  - advance_clock: {by: P1D}\n")
    state = "  - expect: {message: '070003', office: A, re: q1}\n  after:\n    journal: {q1: question}\n"
    left = "  - advance_clock: {by: PT10M}\n  - advance_clock: {by: PT10M}\n"
    conform(folder, "--cases", cases(folder, Wrong=wrong, Other=other, Silent=silent, State=state, Left=left, Good=GOOD),
            "--report", folder / "report", "--junit", folder / "junit.xml", "--jobs", 2, status=1)
    found = results(folder)
    want = {"Wrong": ("2", 'record.art', '"2"', '"1b"'), "Other": ("2", None, None, None), "Silent": ("3", None, None, None),
            "State": ("after", "journal.q1", '"question"', '"closed"'), "Left": ("standing", None, None, None)}
    check(found["Good"]["verdict"] == "pass", "the good one passes", found["Good"].get("reason"))
    for name, (path, field, expected, seen) in want.items():
        first = found[name]["failures"][0]
        check(found[name]["verdict"] == "fail" and first["path"] == path, f"{name}: step", first)
        check(field is None or (first["field"], first["expected"], first["seen"]) == (field, expected, seen), f"{name}: values", first)
        check(first["case_ms"] and found[name]["messages"], f"{name}: time and timeline")
    check("has not come within PT5M" in found["Silent"]["reason"], "the missing answer", found["Silent"]["reason"])
    check([s["state"] for s in found["Silent"]["steps"]][3] == "not-reached", "what follows is not reached")
    check((folder / "junit.xml").read_text("utf-8").count("<failure") == 5, "JUnit")
    check(len(list((folder / "work/cases").iterdir())) == 5, "folders of the failed ones are kept")


def test_what_cannot_be_set_up_is_no_pass(folder):
    dies = folder / "gateway"
    dies.write_text('#!/bin/sh\n[ "$1" = --version ] && exec echo xausl-gatewayd 9.9\nexit 1\n')
    dies.chmod(0o755)
    done = conform(folder, "--cases", cases(folder, Good=GOOD), "--gateway", dies, "--report", folder / "report", status=2)
    case = results(folder)["Good"]
    check(case["verdict"] == "setup-error" and "gateway" in case["reason"], "reason", case["reason"])
    check("no verdict" in done.stdout, "the last line", done.stdout)
    step = GOOD.replace("  after:", "  - restart: {what: gateway, at: accepted}\n  after:")
    conform(folder, "--cases", cases(folder, Armed=step), "--report", folder / "report2", status=2)


def test_wrong_use(folder):
    good = cases(folder, Good=GOOD)
    bad = folder / "bad.yaml"
    bad.write_text(HEAD + case("Bad", 1, SEND + "  - expect: {mesage: '070003', office: A}\n"))
    empty = folder / "empty.yaml"
    empty.write_text("format: 2\ncases: []\n")
    for text, *args in (("no case file", ), ("no case has the id Nobody", "--cases", good, "--only", "Good,Nobody"),
                        ("mesage", "--cases", bad), ("", "--cases", empty), ("", "--cases", folder / "missing.yaml"),
                        ("no module of release 99.11", "--cases", good, "--release", "99.11"),
                        ("--jobs", "--cases", good, "--jobs", "0"), ("--set", "--cases", good, "--set", "own_record"),
                        ("", "--nonsense")):
        done = conform(folder, *args, status=2)
        check(text in done.stderr and done.stderr, f"told: {text}", done.stderr)
    done = conform(folder, "--cases", good, "--list", status=0)
    check("Good\tany\tCase Good" in done.stdout and "1 cases, 1 runs" in done.stdout, "list", done.stdout)
    check(f"{bad}:23:" in conform(folder, "--cases", bad, "--check", status=2).stderr, "file and line")


run([test_passes, test_both_values_of_the_switches, test_failures_name_their_step, test_what_cannot_be_set_up_is_no_pass,
     test_wrong_use])
