# SPDX-License-Identifier: Apache-2.0
"""xausl-conform with others' software: a vendor's office software at our gateway, a vendor's gateway at our intermediary."""
import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
import runner  # noqa: E402
from runner import SEND, conform  # noqa: E402
from stack import SOURCE, free_port  # noqa: E402
from tap import check, run  # noqa: E402

LIB = SOURCE / "tests/lib"

GOOD = SEND + """  - expect: {message: '070003', office: A, re: q1, as: a1, fields: {record.kind: obligation}, capture: {k1: record.kennziffer}}
  after:
    inge: [{person: p, in_force: 1, records: [{kind: obligation, kennziffer: {same_as: k1}}]}]
    journal: {q1: closed}
    sent_once: [q1]
    delivered_once: [a1]
"""
INGE = """  inge:
  - person: p
    records:
    - {as: r1, kind: entitlement, art: '1a', issuer: {type: '1', name: 'Stadt Ulm, Ausländerbehörde', key: 'azr:001800'},
       kennziffer: 'KENNZIFFER', valid_from: '2026-10-01', valid_until: '2027-09-30', registered: null, attended: none}
"""
QUESTION = SEND + """  - expect: {message: '070006', office: A, re: q1, as: a1, fields: {reason.code: '17121'}}
  - send: {message: '070007', office: A, as: q2, reply_to: a1, fields: {replace: true}}
  - expect: {message: '070003', office: A, re: q1, as: a2, fields: {record.kind: obligation}}
  after:
    journal: {q1: closed, q2: closed}
    sent_once: [q1, q2]
    delivered_once: [a1, a2]
"""
REFUSED = """  - script: {message: '070009', office: A, answers: [{message: '070005', fields: {reason.code: '17099',
             reason.text: 'frei erfunden', can_take_over: false}}]}
""" + SEND + """  - expect: {message: '070005', office: A, re: q1, as: a1, fields: {reason.code: '17099', reason.text: frei erfunden}}
  after: {journal: {q1: closed}, delivered_once: [a1]}
"""
WRONG = """  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: nonsense}, wrong: [residence_title]}
  - expect: {outcome: rejected-by-gateway, office: A, re: q1}
  after: {never_sent: [q1], journal: {q1: refused}}
"""
WITHHELD = "  - office_ack: {office: A, mode: withhold}\n" + GOOD
OPERATOR = """  - fault: {at: partner, kind: bad_signature, message: '070003'}
""" + SEND + "  - expect: {outcome: incoming-rejected, at: operator, re: q1}\n".replace(", re: q1", "")


def cases(folder, **steps):
    both = [what if isinstance(what, tuple) else (what, "") for what in steps.values()]
    return runner.written(folder, "".join(runner.case(name, number, *what) for number, (name, what) in
                                          enumerate(zip(steps, both), 1)))


def driver(folder, program, *args):
    path = folder / f"driver-{program}-{'-'.join(args)}"
    path.write_text(f"#!/bin/sh\nexec /usr/bin/python3 {LIB / program}.py {' '.join(args)}\n")
    path.chmod(0o700)
    return path


def results(folder):
    return runner.results(folder), json.loads((folder / "report/report.json").read_text("utf-8"))


def test_office_software_passes(folder):
    """A vendor's office software passes: an answer, question and decision, a refusal, a request it refuses itself."""
    path = cases(folder, Good=GOOD, Question=(QUESTION, INGE), Refused=REFUSED, Wrong=WRONG, Withheld=WITHHELD)
    access = folder / "access.json"
    ports = free_port(), free_port()
    conform(folder, "--cases", path, "--drive", "office", "--driver", driver(folder, "vendor", "refuses"), "--patience", 20,
            "--access", access, "--bus-port", ports[0], "--intermediary-port", ports[1], "--report", folder / "report", status=0)
    found, whole = results(folder)
    verdicts = {name: c["verdict"] for name, c in found.items()}
    check(verdicts == {"Good": "pass", "Question": "pass", "Refused": "pass", "Wrong": "pass", "Withheld": "skipped"}, "verdicts",
          verdicts, [c.get("reason") for c in found.values()])
    check("acknowledgements" in found["Withheld"]["reason"], "why it is skipped", found["Withheld"]["reason"])
    check(whole["mode"] == "vendor's office software", "mode", whole["mode"])
    seen = [(m["from"], m["to"], m["what"]) for m in found["Good"]["messages"]]
    check(("office A", "gateway", "070009") in seen and ("gateway", "office A", "070003") in seen, "timeline", seen)
    check([c["verdict"] for c in found["Good"]["checks"]] == ["pass"] * 6, "standing checks", found["Good"]["checks"])
    told = json.loads(access.read_text("utf-8"))
    check(told["bus"]["endpoint"] == f"tcp://127.0.0.1:{ports[0]}" and told["offices"][0]["key"] == "azr:011200" and
          Path(told["offices"][0]["bus_key_file"]).exists(), "access", told)


def test_slow_software_passes(folder):
    """The clock waits for a program that needs seconds for a delivery, and says nothing of what it got."""
    conform(folder, "--cases", cases(folder, Good=GOOD), "--drive", "office", "--driver", driver(folder, "vendor", "slow"),
            "--patience", 20, "--report", folder / "report", status=0)


FAULTS = {  # behaviour: step, field, part of the text
    "wrong-value": ("1", "residence_title", "another value than ordered"),
    "adds-a-field": ("1", "person.birth_name", "not ordered"),
    "other-message": ("1", None, "what came is 070001 by office A"),
    "silent": ("1", None, "070009 by office A has not come within 3 s"),
    "dies": ("1", None, "the driver ended with status 3"),
    "rubbish": ("1", None, "what is no JSON object: Traceback"),
    "gives-up": ("1", None, "the button is not there"),
    "never-ready": ("start", None, "not said within 3 s that it is ready"),
    "shows-wrong": ("2", "record.kennziffer", "the software shows record.kennziffer with another value"),
    "hides": ("2", None, "the driver has not reported 070003"),
    "never-acknowledges": ("2", None, "the office has not acknowledged"),
    "sends-twice": ("after", "sent_once", "once more"),
}


def faulty(folder, names):
    folder.mkdir()
    looks = GOOD.replace("record.kind: obligation", "record.kind: obligation, record.kennziffer: {regex: '99[0-9]*'}")
    conform(folder, "--cases", cases(folder, **{n: looks if n == "shows-wrong" else GOOD for n in names}), "--drive", "office",
            "--driver", driver(folder, "vendor", "by-case"), "--patience", 3, "--report", folder / "report", status=1)
    for name, case in results(folder)[0].items():
        step, field, text = FAULTS[name]
        first = case["failures"][0]
        check(case["verdict"] == "fail" and first["path"] == step and first.get("field") == field and text in first["text"], name, first)


def test_wrong_software_fails_at_its_step(folder):
    with ThreadPoolExecutor() as pool:  # they wait most of the time
        for done in [pool.submit(faulty, folder / str(k), list(FAULTS)[k::3]) for k in range(3)]:
            done.result()


def test_a_vendors_gateway(folder):
    """Our own gateway, set up by others with nothing but the access file, passes as a vendor's."""
    path = cases(folder, Good=GOOD, Question=(QUESTION, INGE), Operator=OPERATOR)
    conform(folder, "--cases", path, "--drive", "gateway", "--driver", driver(folder, "vendor_gateway"), "--patience", 20,
            "--access", folder / "access.json", "--report", folder / "report", status=0)
    found, whole = results(folder)
    verdicts = {name: c["verdict"] for name, c in found.items()}
    check(verdicts == {"Good": "pass", "Question": "pass", "Operator": "skipped"}, "verdicts", verdicts,
          [c.get("reason") for c in found.values()])
    check(whole["mode"] == "vendor's gateway", "mode", whole["mode"])
    checks = [c["verdict"] for c in found["Good"]["checks"]]
    check(checks == ["pass", "pass", "pass", "pass", "skipped", "pass", "skipped"], "standing checks", found["Good"]["checks"])
    check("bus" not in json.loads((folder / "access.json").read_text("utf-8")), "no bus")


def test_by_hand(folder):
    """Without a driver a person is told each field, and the patience ends with a clear line."""
    done = conform(folder, "--cases", cases(folder, Good=GOOD, Wrong=WRONG), "--drive", "office", "--patience", 1, "--report",
                   folder / "report", status=1)
    for text in ("now send 070009 from office A", "(azr:011200)", "person.address.town              Prüfstadt",
                 "person.birth_place               none (null)"):
        check(text in done.stdout, f"told: {text}", done.stdout)
    check("has not come within 1 s of real time" in results(folder)[0]["Good"]["reason"], "reason")
    check(results(folder)[0]["Wrong"]["verdict"] == "skipped", "a refusal needs a driver")


def test_wrong_use(folder):
    good = cases(folder, Good=GOOD)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for text, *args in (("--drive office or --drive gateway is missing beside: --driver", "--driver", "/bin/true"),
                            ("leave out --jobs", "--drive", "office", "--jobs", "2"),
                            ("--drive: office or gateway: both", "--drive", "both"),
                            ("the program is not there", "--drive", "office", "--driver", folder / "nothing"),
                            ("give the path", "--drive", "office", "--driver", "true"),
                            ("there is no bus", "--drive", "gateway", "--bus-port", "5555"),
                            ("is missing beside: --access", "--access", folder / "a.json"),
                            ("--patience: seconds", "--drive", "office", "--patience", "0"),
                            (f"--bus-port: port {port} of 127.0.0.1 is in use", "--drive", "office", "--bus-port", port),
                            (f"--intermediary-port: port {port} of 127.0.0.1 is in use", "--drive", "gateway", "--intermediary-port", port),
                            ("no case of these files", "--drive", "office", "--cases", cases(folder / "..", Withheld=WITHHELD))):
            which = [] if "--cases" in args else ["--cases", good]
            done = conform(folder, *which, *args, status=2)
            check(text in done.stderr and done.stderr.count("\n") == 1, f"told: {text}", done.stderr)


run([test_office_software_passes, test_slow_software_passes, test_wrong_software_fails_at_its_step, test_a_vendors_gateway,
     test_by_hand, test_wrong_use], sys.argv[1:])
