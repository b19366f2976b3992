# SPDX-License-Identifier: Apache-2.0
"""The days on which releases change, with clocks that are moved: 2026-11-01, and 2027-05-01 with the made-up release 27.05."""
import atexit
import os
import shutil
import tempfile
import uuid

from world import MUNICH, SLOWER, ULM, Stack, accepted, answer, bus, check, main, person, request, rows, until
import made_up_release

DATA = tempfile.mkdtemp(prefix="made-up-releases-")
atexit.register(shutil.rmtree, DATA, True)
os.environ["XAUSL_DATADIR"] = str(made_up_release.make(DATA))
EVENING = "2027-04-30T23:30:00"  # half an hour before 27.05
TWO = [MUNICH, ULM]
PATIENCE = 20 * SLOWER


def evening(**more):
    return Stack(now=EVENING, clock=True, **more)


def midnight(stack):
    stack.pass_time(minutes=45)


def logged(stack, event, name="gateway"):
    until(lambda: f'"event":"{event}"' in stack.processes[name].log(), PATIENCE, f"event {event} in the log of {name}")


def state_is(b, ident, state):
    until(lambda: b.state(ident)["state"] == state, PATIENCE, f"{ident} in state {state}")
    return b.state(ident)


def release_at_bamf(stack, ident):
    """What the simulator got, by its own books."""
    (number,) = rows(stack.path("journal.db"), "SELECT uuid FROM request WHERE bus_id=?", ident)[0]
    return [r for (r,) in rows(stack.path("sim.db"), "SELECT release FROM request WHERE uuid=?", number)]


def sent_in(stack, b, ident, release):
    until(lambda: release_at_bamf(stack, ident) == [release], PATIENCE, f"{ident} once at the BAMF in {release}")
    check(b.state(ident)["release"] == release, "release in STATE", b.state(ident))


def as_xml(stack, ident):
    """What the gateway built for a request, as another one that an office may submit."""
    (xml, old), = rows(stack.path("journal.db"), "SELECT xml, uuid FROM request WHERE bus_id=?", ident)
    return xml.replace(old.encode(), str(uuid.uuid4()).encode())


def test_the_first_of_november():
    """Nothing can be sent before; from midnight on everything goes."""
    with Stack(now="2026-10-31T23:30:00", clock=True) as stack, bus(stack) as b:
        check(b.welcome["release"] == "", "no release can be sent yet", b.welcome)
        receipt = b.submit("early", request("070001"))
        check(receipt["errors"][0]["code"] == "no_release", "refused", receipt)
        stack.pass_time(minutes=29)
        check(b.submit("still-early", request("070001"))["outcome"] == "rejected-by-gateway", "one minute before")
        stack.pass_time(minutes=2)
        check(accepted(b, "in-time", request("070001"))["release"] == "26.11", "sent in 26.11")
        check(answer(b, "in-time", "070003")["release"] == "26.11", "answered in 26.11")


def test_queued_before_and_sent_after():
    with evening() as stack, bus(stack) as b:
        stack.processes["intermediary"].stop()
        who = person()
        check(accepted(b, "fields", request("070001", who))["release"] == "26.11", "accepted in the old release")
        accepted(b, "xml", xml=as_xml(stack, "fields"))
        kennziffer = "9999999901"
        rename = {"message": "070019", "person": {"birth_date": "1990-02-01"}, "kennziffer": kennziffer, "new_surname": "Markerneu"}
        accepted(b, "new-element", rename)
        accepted(b, "dropped-element", request("070010"))
        accepted(b, "vanished-code", request("070009", residence_title="AERL-STAT-002"))
        midnight(stack)
        stack.processes["intermediary"].start()
        expected = {"new-element": [("changed_on", "missing")], "dropped-element": [("valid_until", "unknown_field")],
                    "vanished-code": [("residence_title", "unknown_code")]}
        got = {}
        for _ in range(5):
            body, xml = b.delivery(PATIENCE)
            got[body["request"]] = body
            b.ack(body["delivery"])
        for ident in ("fields", "xml"):
            check(got[ident].get("message") in ("070003", "070005") and got[ident]["release"] == "27.05", "answer", got[ident])
            sent_in(stack, b, ident, "27.05")
        for ident, fields in expected.items():
            check(got[ident]["outcome"] == "held" and got[ident]["errors"][0]["code"] == "release_changed", "held", got[ident])
            found = [(e.get("field"), e["code"]) for e in got[ident]["errors"][1:]]
            check(found == fields, f"every error of {ident}", found)
            state = b.state(ident)
            check(state["state"] == "held" and state["release"] == "26.11", "state", state)
            check("release_changed" in state["last_error"] and fields[0][0] in state["last_error"], "STATE says why", state)
            check(release_at_bamf(stack, ident) == [], "nothing was sent")
        check(stack.processes["gateway"].log().count('"event":"release-converted"') == 2, "logged")
        events = rows(stack.path("journal.db"), "SELECT cause FROM event WHERE event='release-converted'")
        check(events == [("26.11 to 27.05",)] * 2, "in the journal", events)
        accepted(b, "new-element-2", {**rename, "changed_on": "2027-04-29"})
        state_is(b, "new-element-2", "closed")
        sent_in(stack, b, "new-element-2", "27.05")


def test_xml_of_the_office_loses_nothing():
    """Carried over with everything the neutral fields and the envelope show; what does not fit is left alone."""
    with evening() as stack, bus(stack) as b:
        stack.processes["sim"].stop()
        stack.processes["intermediary"].stop()
        office = stack.offices[0]["name"].encode()
        contact = {"surname": "Markersachbearbeiter", "channels": [{"type": "01", "value": "marker@muenchen.example"}]}
        accepted(b, "fields", request("070001", contact=contact, file_reference="Markerakte"))
        accepted(b, "test", xml=as_xml(stack, "fields").replace(b" produkt=", b' test="true" produkt='))
        accepted(b, "purpose-fields", request("070011"))
        accepted(b, "purpose", {"purpose": "granting"}, as_xml(stack, "purpose-fields"))
        accepted(b, "other-name", xml=as_xml(stack, "fields").replace(office, office + b" II"))
        midnight(stack)
        stack.processes["intermediary"].start()
        until(lambda: b.state("test")["release"] == "27.05", PATIENCE, "carried over")
        xml = {i: x for i, x in rows(stack.path("journal.db"), "SELECT bus_id, xml FROM request")}
        check(b'test="true"' in xml["test"] and b'test="true"' not in xml["fields"], "a test stays a test", xml["test"])
        check(b"xauslaender2705" in xml["test"] and b"Markersachbearbeiter" in xml["test"] and b"Markerakte" in xml["test"],
              "all of it", xml["test"])
        got = answer(b, "other-name", seconds=PATIENCE)
        check(got["outcome"] == "held" and [e["code"] for e in got["errors"]] == ["release_changed", "invalid"], "held", got)
        check(b"xauslaender2611" in xml["other-name"], "left as it was")
        until(lambda: b.state("purpose")["release"] == "27.05", PATIENCE, "carried over with the purpose that is not sent")


def die_at(stack, point, ident):
    """One request, and the gateway dies there."""
    stack.processes["gateway"].stop()
    stack.path("point").write_text(point + "\n")
    stack.gateway("--test-points", str(stack.path("point"))).start()
    with bus(stack) as b:
        accepted(b, ident, request("070001"))
        stack.processes["gateway"].wait_end(PATIENCE)


def test_maybe_stored_before():
    """The answer to StoreDelivery was lost; the switch came; the process card says that it is stored: nothing is converted."""
    with evening() as stack:
        stack.processes["sim"].stop()
        die_at(stack, "after-store-post", "lost")
        midnight(stack)
        stack.gateway().start()
        with bus(stack) as b:
            check(state_is(b, "lost", "stored")["release"] == "26.11", "as it was stored", b.state("lost"))
            stack.processes["sim"].start()
            answer(b, "lost", "070003")
            sent_in(stack, b, "lost", "26.11")


def test_certainly_not_stored():
    """A MessageId was asked for and nothing more: converted, and stored once."""
    with evening() as stack:
        die_at(stack, "after-message-id", "id-only")
        (had,), = rows(stack.path("journal.db"), "SELECT osci_id FROM request")
        check(had, "the MessageId is in the journal")
        midnight(stack)
        stack.gateway().start()
        with bus(stack) as b:
            check(answer(b, "id-only", "070003")["release"] == "27.05", "answered")
            sent_in(stack, b, "id-only", "27.05")
        check(rows(stack.path("journal.db"), "SELECT osci_id FROM request") == [(had,)], "under the same MessageId")


def test_second_answer_and_old_answers():
    """070004 before the switch, the second answer after it; an answer in the old release while its window is open, and behind it."""
    who = person()
    with evening(sim={"sim.clerk": "same_person", "sim.clerk_delay": "40m"}) as stack, bus(stack) as b:
        accepted(b, "first", request("070001", who))
        answer(b, "first", "070003")
        twin = person(surname=who["surname"], birth_date=who["birth_date"], sex=who["sex"])
        accepted(b, "twin", request("070009", twin))
        check(answer(b, "twin", "070004")["release"] == "26.11", "interim answer before")
        midnight(stack)
        check(answer(b, "twin")["release"] == "27.05", "second answer after")
        # The BAMF's system stays behind: its clock is stopped half an hour before the switch.
        sim = stack.processes["sim"]
        sim.stop()
        at = sim.argv.index("--clock-file")
        del sim.argv[at:at + 2]
        sim.start()
        accepted(b, "within", request("070001"))
        check(answer(b, "within", "070003")["release"] == "26.11", "old release within the window")
        sent_in(stack, b, "within", "27.05")
        stack.pass_time(days=7)
        accepted(b, "behind", request("070001"))
        logged(stack, "incoming-rejected")
        codes = rows(stack.path("journal.db"), "SELECT code, raw IS NOT NULL FROM inbound WHERE status='rejected'")
        check(codes == [("V000", 1)], "rejected with its code, and kept", codes)


def ask(stack, b):
    """An obligation for a person whom another office has given an entitlement: 070006."""
    who = person()
    with bus(stack, stack.offices[1]) as ulm:
        accepted(ulm, "right", request("070001", who))
        answer(ulm, "right", "070003")
    accepted(b, "duty", request("070009", who))
    return answer(b, "duty", "070006")


def test_question_before_and_decision_after():
    with evening(offices=TWO) as stack, bus(stack) as b:
        question = ask(stack, b)
        stack.processes["intermediary"].stop()
        decision = {"message": "070007", "question": question["uuid"], "replace": True}
        check(accepted(b, "decision", decision)["release"] == "26.11", "decided before the switch")
        midnight(stack)
        stack.processes["intermediary"].start()
        check(answer(b, "duty", "070003")["release"] == "27.05", "the final answer")
        sent_in(stack, b, "decision", "27.05")
        check(release_at_bamf(stack, "duty") == ["26.11"], "the dialogue began in the old release")
        until(lambda: b.state("duty")["state"] == b.state("decision")["state"] == "closed", PATIENCE, "both closed")


def test_question_over_the_switch():
    with evening(offices=TWO) as stack, bus(stack) as b:
        question = ask(stack, b)
        midnight(stack)
        check(accepted(b, "decision", {"message": "070007", "question": question["uuid"], "replace": True})["release"] == "27.05",
              "decided after the switch")
        answer(b, "duty", "070003")
        sent_in(stack, b, "decision", "27.05")


def test_partner_switches_late():
    late = [{"version": "26.11", "until": "2027-05-10T06:00:00"}, {"version": "27.05", "from": "2027-05-10T08:00:00"}]
    with evening(gateway={"bamf.releases": late}) as stack, bus(stack) as b:
        stack.processes["intermediary"].stop()
        accepted(b, "before", request("070010"))
        midnight(stack)
        stack.processes["intermediary"].start()
        answer(b, "before", "070003")
        sent_in(stack, b, "before", "26.11")  # as it is: nothing to convert
        check(accepted(b, "after", request("070010"))["release"] == "26.11", "still the old release")
        answer(b, "after", "070003")
        stack.pass_time(days=9, hours=5, minutes=30)
        stack.processes["intermediary"].stop()
        accepted(b, "queued", request("070001"))
        stack.pass_time(hours=1)  # now the partner accepts neither
        stack.processes["intermediary"].start()
        logged(stack, "sending-waits")
        check(b.state("queued")["state"] == "queued", "waits", b.state("queued"))
        check(b.submit("nowhere", request("070001"))["errors"][0]["code"] == "no_release", "nothing can be sent")
        stack.pass_time(hours=2)
        check(answer(b, "queued", "070003")["release"] == "27.05", "converted when the partner is there")
        sent_in(stack, b, "queued", "27.05")


def test_restarted_across_midnight():
    with evening() as stack:
        with bus(stack) as b:
            stack.processes["sim"].stop()
            accepted(b, "stored", request("070001"))
            state_is(b, "stored", "stored")
            stack.processes["intermediary"].stop()
            accepted(b, "queued", request("070001"))
            stack.processes["gateway"].kill()
        midnight(stack)
        for name in ("intermediary", "gateway", "sim"):
            stack.processes[name].start()
        with bus(stack) as b:
            got = {body["request"]: body for body, _ in (b.delivery(PATIENCE) for _ in range(2))}
            check({i: g["message"] for i, g in got.items()} == {"stored": "070003", "queued": "070003"}, "both answered", got)
            sent_in(stack, b, "stored", "26.11")
            sent_in(stack, b, "queued", "27.05")
            check("clock-jumped" not in stack.processes["gateway"].log(), "time that passes is no jump")


def test_clock_jumps():
    with Stack(offices=TWO, now="2027-03-01T12:00:00", clock=True, gateway={"clock.settle": "2h"}) as stack:
        with bus(stack) as b:
            question = ask(stack, b)
            stack.set_clock(days=100)
            logged(stack, "clock-jumped")
            accepted(b, "in-doubt", request("070001"))
            logged(stack, "sending-waits")
            stack.pass_time(minutes=30)
            check(b.state("duty")["state"] == "question", "does not lapse", b.state("duty"))
            check(b.state("in-doubt")["state"] == "queued", "is not sent in either release", b.state("in-doubt"))
            stack.set_clock()  # the right time again
            logged(stack, "clock-steady")
            check(answer(b, "in-doubt", "070003")["release"] == "26.11", "sent in the release of the right time")
            sent_in(stack, b, "in-doubt", "26.11")
            check(b.state("duty")["state"] == "question", "still open", b.state("duty"))
            # Set for good: after the time to settle it is believed.
            stack.set_clock(days=100)
            until(lambda: stack.processes["gateway"].log().count("clock-jumped") == 2, PATIENCE, "second jump")
            stack.pass_time(hours=1)
            check(b.state("duty")["state"] == "question", "not yet", b.state("duty"))
            stack.pass_time(hours=1, minutes=1)
            check(answer(b, "duty")["outcome"] == "lapsed", "lapsed by the new time")
            stack.processes["gateway"].stop()
        # Behind what the journal has seen: in doubt from the start.
        stack.set_clock()
        stack.processes["gateway"].start()
        check(stack.processes["gateway"].log().count("clock-jumped") == 3, "a start behind the journal is a jump back")


def test_warnings_before_a_change():
    with Stack(now="2027-04-23T12:00:00", clock=True) as stack:
        log = stack.processes["gateway"].log()
        check("missing.approval" in log and "8 days" in log, "at the start", log[-2000:])
        stack.pass_time(days=1)
        logged(stack, "release-warning")
        done = stack.xausl("check", "--config", stack.conf("gateway"), "--now", "2027-04-23T12:00:00")
        check(done.returncode == 0 and "missing.approval" in done.stdout, "xausl check shows them", done.stdout)


main(__name__)
