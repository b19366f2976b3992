# SPDX-License-Identifier: Apache-2.0
"""Killed at any instant: what was stored is loaded once, in the order it came; what was answered is there."""
import json
import random
import time

from world import check, main, records, rows, until
from providers import day, plan, world
import course

PEOPLE = 24


def test_stored_reports_across_kills():
    stack, people, pairs = world(PEOPLE)
    with stack:
        anna = course.new_user(stack)
        sim, draw = stack.processes["sim"], random.Random(7)
        course.operator(stack, "--down")
        until(lambda: anna.call("course-list", {})[0] == 503, 10, "down")
        tickets = []

        def send(function, fields):
            """Until it is taken; a ticket that was not seen is another report, which is refused as a second one."""
            while True:
                try:
                    status, body = anna.call(function, fields, "asynchronous")
                    break
                except OSError:
                    time.sleep(0.05)
            check(status == 202, "stored", body)
            tickets.append((function, body["ticket"]))
        for n, (who, pair) in enumerate(zip(people, pairs)):
            send("registration", course.registration(who, pair["kennziffer"], day()))
            send("language-test", {**pair, "test_number": "1234567", "sheet_number": f"B-{n}", "test_date": day()})
            send("registration", course.registration(who, pair["kennziffer"], day()))
            if n % 10 == 5:
                sim.kill()
                sim.start()
        for _ in range(5):
            send("course-planning", plan())
        sim.kill()
        sim.start()
        course.operator(stack, "--up")

        def waiting():
            return rows(stack.path("sim.db"), "SELECT count(*) FROM course_ticket WHERE done IS NULL")[0][0]
        kills = 0
        while waiting() and kills < 10:
            time.sleep(draw.uniform(0.01, 0.12))
            sim.kill()
            kills += 1
            sim.start()
        until(lambda: waiting() == 0, 60, "all loaded")
        check(kills >= 2, "killed in the middle of it", kills)
        got = [(f, anna.call("result", {"ticket": t})[1]) for f, t in tickets]
        check(all(g["state"] == "done" for _, g in got), "all of them are told")
        for n in range(PEOPLE):
            first, test, second = (g for _, g in got[3 * n:3 * n + 3])
            check(not first["errors"] and not test["errors"], "taken in order, once", n, first, test)
            check([e["code"] for e in second["errors"]] == ["already_registered"], "a second one is one", second)
        check(sorted(g["answer"]["course_key"] for _, g in got[3 * PEOPLE:]) == [f"KU-9900000{n}" for n in range(1, 6)], "five courses")
        per = {r["kennziffer"]: [e["event"] for e in r["events"]] for r in records(stack)}
        check(all(events == ["registration"] for events in per.values()) and len(per) == PEOPLE, "one event each", per)
        count = rows(stack.path("sim.db"), "SELECT (SELECT count(*) FROM course_registration), (SELECT count(*) FROM course_sheet),"
                     " (SELECT count(*) FROM course)")[0]
        check(count == (PEOPLE, PEOPLE, 5), "nothing lost, nothing twice", count)


def test_what_was_answered_is_there():
    stack, people, pairs = world(16)
    with stack:
        anna = course.new_user(stack)
        sim, done = stack.processes["sim"], set()
        for n, (who, pair) in enumerate(zip(people, pairs)):
            status, body = anna.call("registration", course.registration(who, pair["kennziffer"], day()))
            check(status == 200, "registered", body)
            done.add(pair["kennziffer"])
            if n % 4 == 3:
                sim.kill()
                sim.start()
        stored = {r["kennziffer"] for r in records(stack) if r["registered"]}
        check(done == stored, "every one", json.dumps(sorted(done ^ stored)))


main(__name__)
