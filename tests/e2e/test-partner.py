# SPDX-License-Identifier: Apache-2.0
"""The partner itself: killed again and again, orders of the clerk, records from a file, one round, rejection."""
import json
import signal
import subprocess
import time

from world import ANSWER_SECONDS, Stack, accepted, answer, bus, check, main, person, program, records, request, until

PRELOAD = """
inge:
- person: {label: known, surname: Bekannt, given_names: Eva, birth_date: '1986-04-12', sex: w, azr_number: null}
  records:
  - as: r1
    kind: obligation
    art: '5'
    issuer: {type: '2', name: Jobcenter Prüfstadt}
    kennziffer: '9900010189'
    valid_from: '2026-03-16'
    valid_until: null
    registered: null
    attended: none
"""


def clerk(stack, *argv, status=0):
    done = subprocess.run([program("inge-sim"), "clerk", "--config", stack.conf("sim"), *argv], capture_output=True,
                          text=True, timeout=20)
    check(done.returncode == status, f"clerk ends with {status}", done)
    return done


def test_killed_while_requests_come():
    with Stack() as stack, bus(stack) as b:
        sim = stack.processes["sim"]
        for n in range(8):
            accepted(b, f"r{n}", request("070001"))
            time.sleep(0.05 * n)  # each time at another point of its work
            sim.kill()
            sim.start()
        got = {}
        until(lambda: len(got) == 8 or got.update(one(b)), 60, "eight answers")
        check(len({d["record"]["kennziffer"] for d in got.values()}) == 8, "eight Kennziffern", got)
        check(len(records(stack)) == 8, "eight records", records(stack))
        check(b.delivery(2) is None, "and no answer more")


def one(b):
    got = b.delivery(1)
    if got is None:
        return {}
    b.ack(got[0]["delivery"])
    check(got[0]["message"] == "070003", "accepted", got[0])
    return {got[0]["request"]: got[0]}


def test_clerk_and_records_from_a_file():
    who = person(surname="Bekannt", birth_date="1986-04-12", sex="w")
    with Stack(start=False) as stack:
        stack.preload = stack.path("preload.yaml")
        stack.preload.write_text(PRELOAD, "utf-8")
        stack.start()
        with bus(stack) as b:
            uuid = accepted(b, "q", request("070009", who))["uuid"]
            answer(b, "q", "070004")
            clerk(stack, "--request", uuid, "--decision", "perhaps", status=2)
            clerk(stack, "--decision", "namesake", status=2)
            stack.processes["sim"].restart()  # the open case and the file survive
            clerk(stack, "--request", uuid, "--decision", "same_person", "--person", "known")
            got = answer(b, "q", "070005")
            check(got["reason"]["code"] == "17109" and "Jobcenter Prüfstadt" in got["reason"]["text"], "reason", got)
            check(got["can_take_over"] and got["notes"][0]["code"] == "17117", "takeover", got)
            check(len(records(stack)) == 1, "loaded once", records(stack))
            accepted(b, "t", {"message": "070016", "person": {"birth_date": "1986-04-12"}, "kennziffer": "9900010189"})
            answer(b, "t", "070015")
            clerk(stack, "--withdraw", "9900010189")
            until(lambda: records(stack)[0]["ended"] == "withdrawn", 10, "record withdrawn")
            accepted(b, "again", request("070009", who))
            check(answer(b, "again", "070003")["record"]["kennziffer"] != "9900010189", "a new record")


def test_rejected_by_order():
    with Stack() as stack, bus(stack) as b:
        stack.fault("sim", "reject 070001 1 code=V000")
        accepted(b, "r", request("070001"))
        sim = stack.processes["sim"]
        until(lambda: '"event":"answer-sent"' in sim.log(), ANSWER_SECONDS, "rejection sent")
        check('"message":"0010"' in sim.log() and '"message":"070003"' not in sim.log(), "0010 instead of 070003", sim.log())
        check(records(stack) == [], "nothing stored")


def test_one_round():
    with Stack(start=False) as stack:
        stack.start(sim=False)
        argv = [program("inge-sim"), "--config", stack.conf("sim"), "--once"]
        with bus(stack) as b:
            accepted(b, "r", request("070001"))
            until(lambda: b.state("r")["state"] in ("stored", "fetched"), ANSWER_SECONDS, "stored")
            done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
            check(done.returncode == 0, "one round", done)
            answer(b, "r", "070003")
            # An order given before a request came holds for that request, within one round too.
            order = {"do": "script", "message": "070001", "office": stack.offices[0]["key"],
                     "answers": [{"message": "070004", "fields": {"reason.code": "17001"}}]}
            stack.path("sim.db.orders").write_text(json.dumps(order) + "\n", "utf-8")
            accepted(b, "s", request("070001"))
            until(lambda: b.state("s")["state"] in ("stored", "fetched"), ANSWER_SECONDS, "stored")
            done = subprocess.run(argv, capture_output=True, text=True, timeout=30)
            check(done.returncode == 0, "one round", done)
            answer(b, "s", "070004")


def listed(name, stack, *argv, status=0):
    conf = stack.conf("sim" if name == "inge-sim" else "intermediary")
    done = subprocess.run([program(name), "--config", conf, *argv], capture_output=True, text=True, timeout=20)
    check(done.returncode == status, f"{name} {argv} ends with {status}", done)
    return json.loads(done.stdout) if status == 0 else done.stderr


def test_what_a_runner_sees_and_steers():
    with Stack() as stack, bus(stack) as b:
        uuid = accepted(b, "r", request("070001"))["uuid"]
        kennziffer = answer(b, "r", "070003")["record"]["kennziffer"]
        first = listed("inge-sim", stack, "--list-received")
        check([(m["uuid"], m["message"], m["verdict"]) for m in first] == [(uuid, "070001", "processed")], "received", first)
        check(first[0]["fields"]["person"]["surname"], "fields as on the bus", first)
        check(listed("inge-sim", stack, "--list-received", "--after", str(first[0]["n"])) == [], "nothing behind it")
        people = listed("inge-sim", stack, "--list-persons")
        check(people[0]["requests"] == [uuid] and people[0]["in_force"] == 1, "person", people)
        check(people[0]["records"][0]["kennziffer"] == kennziffer, "record", people)
        check(listed("inge-sim", stack, "--list-retrievals") == [], "no data went out")
        order = {"do": "script", "message": "070011", "office": stack.offices[0]["key"], "answers": [{
            "message": "070012", "fields": {"result": "none", "reason.code": "17560", "can_take_over": False}}]}
        with open(stack.path("sim.db.orders"), "a", encoding="utf-8") as f:
            f.write(json.dumps(order) + "\n")
        until(lambda: stack.processes["sim"].log().count('"event":"order-done"') == 1, 10, "order taken")
        accepted(b, "i", request("070011", purpose="granting"))
        check(answer(b, "i", "070012")["result"] == "none", "as in the script, though there is a record")
        stack.path("octets").mkdir()
        deliveries = listed("osci-intermediaryd", stack, "--list-deliveries", "--content", str(stack.path("octets")))
        check(len(deliveries) == 4 and all(d["received_ms"] for d in deliveries[:3]), "deliveries", deliveries)
        check({d["message_id"] for d in deliveries} >= {first[0]["message_id"]}, "the same ids", deliveries)
        check("--after" in listed("inge-sim", stack, "--after", "1", status=2), "usage")
        check("number" in listed("inge-sim", stack, "--list-received", "--after", "x", status=2), "usage")
        check("--content" in listed("osci-intermediaryd", stack, "--content", "/tmp", status=2), "usage")
        check("MessageId" in listed("osci-intermediaryd", stack, "--message", "nobody@nowhere", status=1), "unknown id")


def test_configuration_is_checked():
    with Stack(start=False) as stack:
        argv = [program("inge-sim"), "--config", stack.conf("sim")]
        done = subprocess.run([*argv, "--check"], capture_output=True, text=True, timeout=20)
        check(done.returncode == 0 and "correct" in done.stdout, "correct", done)
        text = stack.path("sim.yaml").read_text("utf-8")
        for wrong, word in ((text + "colour: red\n", "colour"), (text.replace("-enc.pem", "-none.pem"), "none.pem"),
                            (text.replace('poll: "200ms"', 'poll: "soon"'), "poll"),
                            (text.replace('bamf-enc.p12', 'bamf-sign.p12'), "cipher_p12")):
            stack.path("sim.yaml").write_text(wrong, "utf-8")
            done = subprocess.run([*argv, "--check"], capture_output=True, text=True, timeout=20)
            check(done.returncode == 2 and "sim.yaml:" in done.stderr, f"refused: {word}", done)
        # what would stand in every answer and make it invalid
        for old, new, word in (("name: \"Bundesamt", "name: \"BAMF \u2013 Bundesamt", "characters of DIN 91379"),
                               ("azr:011200", "Stadt Ulm", "offices"),
                               ("sim:\n", "sim:\n  contact_reference: \"a \u201eb\u201c\"\n", "contact_reference"),
                               ("sim:\n", "sim:\n  answer_delays: [{message: \"070001\", by: 1s}]\n", "no message the BAMF sends"),
                               ("sim:\n", "sim:\n  settings: {lapse: week}\n", "day"),
                               ("sim:\n", "sim:\n  clerk: nobody\n", "same_person")):
            check(old in text, f"the configuration has {old}", text)
            stack.path("sim.yaml").write_text(text.replace(old, new, 1), "utf-8")
            done = subprocess.run([*argv, "--check"], capture_output=True, text=True, timeout=20)
            check(done.returncode == 2 and "sim.yaml:" in done.stderr and word in done.stderr, f"refused: {word}", done)
        stack.path("sim.yaml").write_text(text, "utf-8")
        stack.path("faults").write_text("# none yet\ndrop_answer 070001\n", "utf-8")
        done = subprocess.run([*argv, "--faults", str(stack.path("faults"))], capture_output=True, text=True, timeout=20)
        check(done.returncode == 2 and "faults:2" in done.stderr and "no message the BAMF sends" in done.stderr, "faults", done)
        for wrong in (["--now", "tomorrow"], ["--after", "3"], ["--sing"], ["more"], ["--request", "x"],
                      ["--preload", "/nonexistent"], ["--clock-file", "/nonexistent"]):
            done = subprocess.run([*argv, *wrong], capture_output=True, text=True, timeout=20)
            check(done.returncode in (1, 2) and len(done.stderr.strip().splitlines()) in (1, 2), f"one clear error: {wrong}", done)
        stack.path("preload.yaml").write_text("inge:\n- person: nobody\n", "utf-8")
        done = subprocess.run([*argv, "--preload", str(stack.path("preload.yaml"))], capture_output=True, text=True,
                              timeout=20)
        check(done.returncode == 2 and "preload.yaml:2:" in done.stderr, "preload refused with its line", done)


def test_ends_orderly():
    with Stack() as stack:
        sim = stack.processes["sim"]
        for number in (signal.SIGTERM, signal.SIGINT):
            sim.popen.send_signal(number)
            check(sim.wait_end(10) == 0, "exit status 0", sim.log()[-500:])
            check(all(json.loads(line) for line in sim.log().splitlines()), "log is JSON lines")
            sim.start()


main(__name__)
