# SPDX-License-Identifier: Apache-2.0
"""xausl-conform at a gateway that runs already: what can be shown there, what cannot, and that others' answers are left alone."""
import json

from world import ANSWER_SECONDS, Stack, accepted, answer, bus, check, main, person, request, until

import runner

NOW = "2026-11-16T09:00:00"
AT = ("--release", "26.11", "--patience", 20)
WRONG = """  - expect: {message: '070005', office: A, re: q1, as: a1}
"""
REFUSED = """  - expect: {message: '070003', office: A, re: q1, as: a1}
  - send: {message: '070001', office: A, as: q2, person: p, fields: {person.birth_date: '1986-13-01'}, wrong: [person.birth_date]}
  - expect: {outcome: rejected-by-gateway, office: A, re: q2, fields: {'errors[1].field': person.birth_date}}
  after: {journal: {q1: closed, q2: refused}}
"""
NOTHING = """  - expect: {message: '070003', office: A, re: q1, as: a1}
  - expect_none: {office: A, for: PT2S}
"""
CLERK = """  - clerk: {decision: same_person, re: q1}
"""
DAYS = """  - expect_none: {office: A, for: P1D}
"""
LOOKS = """  - expect: {message: '070009', at: partner, re: q1}
"""


def connect(folder, stack, *args, status):
    office = stack.conf(stack.offices[0]["id"])
    return runner.conform(folder, *AT, "--connect", office, "--report", folder / "report", *args, status=status)


def test_a_gateway_that_runs(folder):
    """Cases pass or fail by what the office gets; what is not seen or not ours is said."""
    book = runner.cases(folder, Good=runner.GOOD, Refused=REFUSED, Nothing=NOTHING, Clerk=CLERK, Days=DAYS, Looks=LOOKS)
    with Stack(now=NOW) as stack:
        connect(folder, stack, "--cases", book, status=0)
        found = runner.results(folder)
        told = {name: (c["verdict"], c.get("reason")) for name, c in found.items()}
        check([told[n][0] for n in ("Good", "Refused", "Nothing")] == ["pass"] * 3, "passed", told)
        check([told[n][0] for n in ("Clerk", "Days", "Looks")] == ["skipped"] * 3, "skipped", told)
        for name, why in (("Clerk", "cannot be told what to do"), ("Days", "--patience"), ("Looks", "not seen")):
            check(why in told[name][1] and "(line " in told[name][1], f"{name}: {why}", told[name])
        rows = {c["what"].split(" ", 2)[1]: c["verdict"] for c in found["Good"]["checks"]}
        check(sum(c["verdict"] == "pass" for c in found["Good"]["checks"]) == 2, "deliveries and records are checked", rows)
        check(any("asks of InGe" in c["what"] and c["verdict"] == "skipped" for c in found["Good"]["checks"]), "InGe was not seen", rows)
        check(not any(m["to"] == "partner" for m in found["Good"]["messages"]), "messages at the office alone", found["Good"]["messages"])
        head = json.loads((folder / "report/report.json").read_text("utf-8"))
        check("a gateway that runs already" in json.dumps(head) and "inge-sim" not in json.dumps(head), "head", head.keys())
        # The same persons once more are known to the partner by now: that is seen, and told as a failure of the step.
        connect(folder, stack, "--cases", book, "--only", "Good", status=1)
        failed = runner.results(folder)["Good"]["failures"][0]
        check(failed["path"] == "2" and "070003" in failed["expected"] and "070005" in failed["seen"], "failure", failed)


def test_answers_of_others_stay(folder):
    """A delivery for office software is neither acknowledged nor taken for an answer of a case."""
    with Stack(now=NOW) as stack:
        with bus(stack) as b:
            accepted(b, "own", request("070001", person(surname="Eigene")))
            until(lambda: b.state("own")["state"] in ("answered", "delivered"), ANSWER_SECONDS, "answer has come")
        connect(folder, stack, "--cases", runner.cases(folder, Good=runner.GOOD, Wrong=WRONG), status=1)
        found = runner.results(folder)
        check((found["Good"]["verdict"], found["Wrong"]["verdict"]) == ("pass", "fail"), "verdicts", found)
        with bus(stack) as b:
            answer(b, "own", "070003")
            check(b.delivery(1) is None, "nothing of the run is left")


def test_wrong_use(folder):
    """What cannot work is said before the first case, or as a case that could not be set up."""
    book = runner.cases(folder, Good=runner.GOOD)
    with Stack(now=NOW) as stack:
        office = stack.conf(stack.offices[0]["id"])
        for args, text in (
                (["--connect", folder / "none.yaml"], "none.yaml"),
                (["--connect", stack.conf("gateway")], "--connect"),
                (["--connect", office, "--connect", office], "two files are for the office azr:011200"),
                (["--connect", office, "--drive", "office"], "--connect: nothing is started, so it does not go with: --drive"),
                (["--connect", office, "--set", "own_record=repeat"], "does not go with: --set"),
                (["--connect", office, "--jobs", 2], "leave out --jobs"),
                (["--prepared"], "--prepared: --connect is missing"),
        ):
            done = runner.conform(folder, "--cases", book, *args, status=2)
            check(text in done.stderr and done.stderr.count("\n") == 1, f"told: {text}", done.stderr)
        stack.processes["gateway"].stop()
        done = connect(folder, stack, "--cases", book, status=2)
        check("did not answer" in runner.results(folder)["Good"]["reason"], "nobody there", done.stdout)


main(__name__)
