# SPDX-License-Identifier: Apache-2.0
"""xausl-conform when something is in its way: told in one line, exit status 2, nothing left behind, and never a pass."""
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from runner import GOOD, KEYS, PROGRAM, cases, conform, results  # noqa: E402
from stack import BUILD, SOURCE  # noqa: E402
from tap import check, run, until  # noqa: E402

PARTNER = BUILD / "conformance/inge-sim/inge-sim"


def script(folder, name, *lines):
    path = folder / name
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def partner(folder, *lines):
    """Says it is inge-sim."""
    return script(folder, "partner", '[ "$1" = --version ] && { echo "inge-sim 9.9"; exit 0; }', *lines)


def earlier_report(folder):
    report = folder / "report"
    report.mkdir(exist_ok=True)
    for name in ("report.html", "report.json", "junit.xml", "report.txt", "SHA256SUMS", "SHA256SUMS.p7s", "notes.txt"):
        (report / name).write_text("passed")
    return report


def test_all_values_of_all_switches(folder):
    """--vary all: a case that leaves all four switches free holds under each of the 16 combinations."""
    path = cases(folder, Free=GOOD, Some=GOOD)
    text = path.read_text("utf-8")
    at = text.index("- id: Some")
    some = text[at:].replace("  offices:", "  settings: {partner: {name_match: folded, own_record: repeat}}\n  offices:", 1)
    path.write_text(text[:at] + some, "utf-8")
    conform(folder, "--cases", path, "--vary", "all", "--jobs", 4, "--report", folder / "report", status=0)
    found = json.loads((folder / "report/report.json").read_text("utf-8"))["cases"]
    for name, runs, free in (("Free", 16, 4), ("Some", 4, 2)):
        switches = {json.dumps(c["switches"], sort_keys=True) for c in found if c["id"] == name}
        check(len(switches) == runs, f"{name}: combinations", switches)
        check(all(len(json.loads(s)) == free for s in switches), f"{name}: free switches", switches)
    check(all(c["verdict"] == "pass" for c in found), "all pass", [c["verdict"] for c in found])


def test_other_programs(folder):
    """A program that is not what it is taken for is told before anything runs, and no earlier report is left."""
    good = cases(folder, Good=GOOD)
    script(folder, "fails", "exit 3")
    os.mkfifo(folder / "pipe")
    for options, says in ((("--partner", "/bin/sleep"), "is no inge-sim"), (("--gateway", PARTNER), "is no xausl-gatewayd"),
                          (("--intermediary", folder / "fails"), "ended with status 3"),
                          (("--partner", folder / "none"), "this program is not there"),
                          (("--keys", "/etc/passwd"), "is no folder"),
                          (("--junit", folder / "pipe"), "is no ordinary file")):
        report = earlier_report(folder)
        start = time.monotonic()
        done = conform(folder, "--cases", good, "--report", report, *options, status=2)
        check(says in done.stderr and len(done.stderr.splitlines()) == 1, f"told: {says}", done.stderr)
        check(time.monotonic() - start < 10, "at once")
        check([p.name for p in report.iterdir()] == ["notes.txt"] or "--junit" in options, "no earlier report", list(report.iterdir()))
    check((folder / "pipe").is_fifo(), "what is no file stays what it is")
    report = earlier_report(folder)
    bad = folder / "bad.yaml"
    bad.write_text("format: 2\ncases: [{id: x}]\n")
    conform(folder, "--cases", bad, "--report", report, status=2)
    check([p.name for p in report.iterdir()] == ["notes.txt"], "no earlier report beside bad cases", list(report.iterdir()))
    earlier_report(folder)
    conform(folder, "--cases", bad, "--report", report, "--check", status=2)
    check((report / "report.html").exists(), "--check writes nothing")


def test_partner_dies_at_start(folder):
    """A partner that dies: each case a set-up error, and after six of them the run is given up."""
    many = cases(folder, **{f"Good{n}": GOOD for n in range(9)})
    done = conform(folder, "--cases", many, "--partner", partner(folder, 'echo "no room on the disk"', "exit 4"),
                   "--report", folder / "report", "--jobs", 1, status=2)
    check("given up, as none of the first 6 cases could be set up: partner: ended with status 4 while starting; last log line: no room "
          "on the disk" in done.stdout, "given up", done.stdout)
    found = results(folder)
    check(len(found) == 9 and all(c["verdict"] == "setup-error" for c in found.values()), "all are in the report", found)
    check("given up" in found["Good8"]["reason"], "the last was not tried", found["Good8"]["reason"])


def test_partner_stops_answering(folder):
    """A partner that hangs or is away for the whole case: the step that waits fails, and the run ends."""
    away = "  - fault: {at: partner, kind: outage, lasts: P2D}\n  - expect: {message: '070003', office: A, re: q1, within: PT1H}\n"
    hangs = partner(folder, 'case "$*" in *--ready-file*) (while [ ! -e %s ]; do sleep 0.1; done; kill -STOP $$) & ;; esac' %
                    (folder / "work/cases/0001-Good*/partner.ready"), f'exec {PARTNER} "$@"')
    for name, steps, options in (("Away", away, ()), ("Good", GOOD, ("--partner", hangs))):
        start = time.monotonic()
        conform(folder, "--cases", cases(folder, **{name: steps}), "--report", folder / "report", *options, status=1)
        case = results(folder)[name]
        check(case["verdict"] == "fail" and "070003 at office A for q1 has not come within" in case["reason"], name, case["reason"])
        check(time.monotonic() - start < 60, "in time")


def test_fault_nobody_met(folder):
    """A fault that was never applied: the case has not shown what it says."""
    never = "  - fault: {at: partner, kind: drop_answer, message: '070005'}\n" + GOOD
    done = "  - fault: {at: partner, kind: duplicate_answer}\n" + GOOD
    conform(folder, "--cases", cases(folder, Never=never, Done=done), "--report", folder / "report", status=2)
    found = results(folder)
    check(found["Done"]["verdict"] == "pass", "an applied one", found["Done"])
    check(found["Never"]["verdict"] == "setup-error" and "the fault in line 23 was never applied" in found["Never"]["reason"],
          "the other", found["Never"]["reason"])


def processes_in(folder):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            cwd, command = os.readlink(f"/proc/{pid}/cwd"), Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            continue
        if cwd.startswith(str(folder)) or (str(folder).encode() in command and b"--clock-file" in command):
            found.append(command)
    return found


def test_signals(folder):
    """Ended by a signal: status 2 and a report that says so; killed: nothing runs on, and no report is there."""
    waits = "  - expect_none: {for: P30D, office: A}\n" * 40
    path = cases(folder, Long=waits, Other=waits, Third=GOOD)
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        report = earlier_report(folder)
        program = subprocess.Popen([str(PROGRAM), "--programs", str(BUILD), "--keys", str(KEYS), "--work", str(folder / "work"),
                                    "--cases", str(path), "--report", str(report)], stdout=subprocess.PIPE, text=True,
                                   env={**os.environ, "XAUSL_DATADIR": str(SOURCE)})
        until(lambda: len(processes_in(folder / "work")) >= 6, 60, "two cases run")
        program.send_signal(sig)
        out = program.communicate(timeout=30)[0]
        until(lambda: not processes_in(folder / "work"), 5, "nothing runs on")
        if sig == signal.SIGKILL:
            check([p.name for p in report.iterdir()] == ["notes.txt"], "no report", list(report.iterdir()))
            continue
        check(program.returncode == 2, "status", program.returncode, out)
        found = results(folder)
        check({c["verdict"] for c in found.values()} == {"setup-error"} and "ended by a signal" in found["Long"]["reason"] and
              "not carried out" in found["Third"]["reason"], "the report", {n: c["reason"] for n, c in found.items()})


run([test_all_values_of_all_switches, test_other_programs, test_partner_dies_at_start, test_partner_stops_answering,
     test_fault_nobody_met, test_signals])
