# SPDX-License-Identifier: Apache-2.0
"""The partner is killed at one of its writes after the other: nothing is lost, decided twice or answered twice."""
import os
import subprocess

from world import ANSWER_SECONDS, BUILD, Skip, Stack, accepted, answer, bus, check, main, person, program, records, request, rows, until

SHIM = BUILD / "tests/fault/libshim.so"
PRELOAD = """
inge:
- person: {label: known, surname: Bekannt, given_names: Eva, birth_date: '1986-04-12', sex: w, azr_number: null}
"""


def start_to_be_killed(stack, at):
    """inge-sim that is killed at its call number @at, counted from arm() on."""
    if not SHIM.exists():
        raise Skip("sanitized build: its runtime and the shim both replace malloc")
    sim = stack.processes["sim"]
    stack.path("armed").unlink(missing_ok=True)
    keep = dict(os.environ)
    os.environ.update({"LD_PRELOAD": str(SHIM), "SHIM_KIND": "io", "SHIM_MODE": "kill", "SHIM_AT": str(at),
                       "SHIM_ARM": str(stack.path("armed"))})
    try:
        sim.kill()
        sim.start()
    finally:
        os.environ.clear()
        os.environ.update(keep)
    return sim


def arm(stack):
    stack.path("armed").touch()


def many_calls(stack, step):
    """step(i, at) is the i-th, with a simulator that dies at its call @at; it says whether it did. Dense at the beginning."""
    at = i = 1
    while step(i, at):
        i += 1
        at += 1 + at // 3
        check(at < 1000, "the calls of one step come to an end")
    check(at > 8, "calls there were", at)


def over(stack, done):
    """The end of the simulator, or of what it was to do; True if it was killed. From then on nothing kills it."""
    sim = stack.processes["sim"]
    until(lambda: not sim.alive() or done(), ANSWER_SECONDS, "killed or done")
    killed = not sim.alive()
    if killed:
        check(sim.popen.returncode == -9, "killed, not ended", sim.log()[-800:])
    sim.kill()
    sim.start()
    return killed


def answers(stack, uuid):
    return [r[0] for r in rows(stack.path("sim.db"), "SELECT state FROM outbox WHERE request = ?", uuid)]


def test_a_request_and_its_answer():
    with Stack() as stack, bus(stack) as b:
        def step(n, at):
            start_to_be_killed(stack, at)
            arm(stack)
            uuid = accepted(b, f"r{n}", request("070001"))["uuid"]
            killed = over(stack, lambda: answers(stack, uuid) == ["sent"])
            answer(b, f"r{n}", "070003")
            until(lambda: answers(stack, uuid) == ["sent"], ANSWER_SECONDS, "one answer, sent")
            check(len(records(stack)) == n, "one record for each request", n)
            return killed
        many_calls(stack, step)
        check(b.delivery(1.5) is None, "and no answer more")
        cards = rows(stack.path("intermediary.db"), "SELECT count(*) FROM card")[0][0]
        check(cards == 2 * len(records(stack)), "deliveries: request and answer, once each", cards)


def test_an_order_of_the_clerk():
    """same_person, then withdrawal: each order is carried out once."""
    with Stack(start=False) as stack:
        stack.preload = stack.path("preload.yaml")
        stack.preload.write_text(PRELOAD, "utf-8")
        stack.start()
        with bus(stack) as b:
            def step(n, at):
                who = person(surname="Bekannt", birth_date="1986-04-12", sex="w")
                uuid = accepted(b, f"r{n}", request("070001", who))["uuid"]
                answer(b, f"r{n}", "070004")
                start_to_be_killed(stack, at)
                arm(stack)
                subprocess.run([program("inge-sim"), "clerk", "--config", stack.conf("sim"), "--request", uuid,
                                "--decision", "same_person", "--person", "known"], check=True)
                killed = over(stack, lambda: answers(stack, uuid) == ["sent", "sent"])
                kennziffer = answer(b, f"r{n}", "070003")["record"]["kennziffer"]
                subprocess.run([program("inge-sim"), "clerk", "--config", stack.conf("sim"), "--withdraw", kennziffer],
                               check=True)
                until(lambda: all(r["ended"] for r in records(stack)), 10, "withdrawn")
                check(len(records(stack)) == n, "one record for each request", n)
                return killed
            many_calls(stack, step)
            check(b.delivery(1.5) is None, "and no answer more")
            check(rows(stack.path("sim.db"), "SELECT count(*) FROM command WHERE state <> 'done'")[0][0] == 0, "orders done")


main(__name__)
