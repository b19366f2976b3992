# SPDX-License-Identifier: Apache-2.0
"""Bad input on the bus: each is refused by name, the gateway goes on, nothing is journalled or sent."""
import json
import os
import resource
import socket
import time
import uuid
from pathlib import Path

import zmq
from world import SLOWER, ULM, MUNICH, Bus, BusError, Stack, accepted, answer, bus, check, main, person, request, rows

# As many files as a service usually gets; what is allowed is raised by the gateway itself.
resource.setrlimit(resource.RLIMIT_NOFILE, (512, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
STACK = Stack(offices=[MUNICH, ULM])
HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"


def still_well():
    """A good request goes through after whatever was tried."""
    with bus(STACK) as b:
        ident = str(uuid.uuid4())
        accepted(b, ident, request("070001"))
        answer(b, ident, "070003")


def expect_error(b, frames, *codes):
    b.socket.send_multipart(frames)
    got = b.receive(5)
    check(got and got[0] == "ERROR" and got[1]["code"] in codes, f"ERROR {codes}", got)
    check(got[1]["text"], "a text", got)


def test_garbage_frames():
    with bus(STACK) as b:
        expect_error(b, [b"XAUSL/2", b"PING", b"{}"], "bad_version")
        expect_error(b, [b"\x00\xff\xfe"], "bad_frames", "bad_version")
        expect_error(b, [b"XAUSL/1"], "bad_frames")
        expect_error(b, [b"XAUSL/1", b"STATUS"], "bad_frames")
        expect_error(b, [b"XAUSL/1", b"PING", b"{}", b"x"], "bad_frames")
        expect_error(b, [b"XAUSL/1", b"SUBMIT", b"{}", b"x", b"y"], "bad_frames")
        expect_error(b, [b"XAUSL/1", b"STEAL", b"{}"], "unknown_verb")
        expect_error(b, [b"XAUSL/1", b"", b"{}"], "unknown_verb", "bad_frames")
        expect_error(b, [b"XAUSL/1", b"PING"] + [b"{}"] * 5000, "bad_frames")
    still_well()


def test_garbage_json():
    with bus(STACK) as b:
        for text in (b"", b"{", b"[]", b"\"x\"", b"{\"office\":\"a\",\"office\":\"b\"}", b"\xff\xfe", b"{\"a\":" * 100000,
                     b"nul", b"{\"id\":\"a\\u0000b\"}"):
            expect_error(b, [b"XAUSL/1", b"SUBMIT", text], "bad_json", "wrong_type", "unknown_field")
        expect_error(b, [b"XAUSL/1", b"SUBMIT", json.dumps({"id": "x"}).encode()], "wrong_type", "unknown_office", "missing",
                     "bad_json")
        expect_error(b, [b"XAUSL/1", b"ACK", json.dumps({"office": b.office, "delivery": 7}).encode()], "wrong_type")
        expect_error(b, [b"XAUSL/1", b"HELLO", json.dumps({"office": b.office, "more": 1}).encode()], "unknown_field")
    still_well()


def refused(b, fields, *expected):
    receipt = b.submit(str(uuid.uuid4()), fields)
    check(receipt["outcome"] == "rejected-by-gateway", "refused", receipt)
    found = {(e.get("field"), e["code"]) for e in receipt["errors"]}
    for pair in expected:
        check(pair in found, f"error {pair}", receipt)
    check(all(e["text"] for e in receipt["errors"]), "each error has a text", receipt)


def test_wrong_types_and_unknown_fields():
    with bus(STACK) as b:
        refused(b, request("070001", residence_title=5), ("residence_title", "invalid"))
        refused(b, request("070001", orientation_course_only="no"), ("orientation_course_only", "invalid"))
        refused(b, request("070001", person(nationalities="475")), ("person.nationalities", "invalid"))
        refused(b, request("070001", person(surname={"x": 1})), ("person.surname", "invalid"))
        refused(b, request("070001", person(nickname="x")), ("person.nickname", "unknown_field"))
        refused(b, request("070001", surprise=True), ("surprise", "unknown_field"))
        refused(b, {"message": "070001"}, ("person.surname", "missing"), ("residence_title", "missing"))
        refused(b, request("070001", message_extra=1), ("message_extra", "unknown_field"))
        refused(b, {"message": "070003"}, ("message", "unknown_message"))
        refused(b, {"message": "070002"}, ("message", "unknown_message"))


def test_wrong_values_all_at_once():
    with bus(STACK) as b:
        refused(b, request("070001", person(birth_date="1990-02-30", azr_number="12", surname="", nationalities=["999x"]),
                           residence_title="NO-SUCH"),
                ("person.birth_date", "invalid"), ("person.azr_number", "invalid"), ("person.surname", "empty"),
                ("person.nationalities[1]", "unknown_code"), ("residence_title", "unknown_code"))
        refused(b, request("070001", person(nationalities=["475"] * 5)), ("person.nationalities", "too_many"))
        refused(b, request("070001", person(surname="Ива́нов")), ("person.surname", "invalid"))
        refused(b, request("070001", residence_title="DUL-STAT-12"), ("residence_title", "code_not_allowed"))
        refused(b, {k: v for k, v in request("070011").items() if k != "purpose"}, ("purpose", "missing"))
        refused(b, {"message": "070007", "question": str(uuid.uuid4()), "replace": True}, ("question", "no_open_question"))


def xml_refused(b, xml, *words):
    receipt = b.submit(str(uuid.uuid4()), {}, xml)
    check(receipt["outcome"] == "rejected-by-gateway", "refused", receipt)
    text = json.dumps(receipt["errors"], ensure_ascii=False)
    for word in words:
        check(word in text, f"{word!r} named", receipt)
    return receipt


def cpu():
    """Seconds of work the gateway has done: the wall clock also shows what else the machine does."""
    fields = Path(f"/proc/{STACK.processes['gateway'].popen.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_hostile_xml():
    with bus(STACK) as b:
        root = "<x:ABHBAMF.Teilnahmeberechtigung.070001 xmlns:x=\"http://www.osci.de/xauslaender2611\" version=\"26.11\">"
        end = "</x:ABHBAMF.Teilnahmeberechtigung.070001>"
        start = time.monotonic()
        xml_refused(b, b"not xml at all", "X000")
        xml_refused(b, b"", "X000")
        xml_refused(b, (HEAD + "<!DOCTYPE a>" + root + end).encode(), "type declaration")
        xml_refused(b, (HEAD + "<!DOCTYPE a [<!ENTITY e 'x'>]>" + root + "&e;" + end).encode(), "type declaration")
        xml_refused(b, (HEAD + root + "&e;" + end).encode(), "entity")
        xml_refused(b, (HEAD + "<a>" * 10000 + "</a>" * 10000).encode(), "deep")
        xml_refused(b, (HEAD + root + end).encode("utf-16"), "S001")
        xml_refused(b, (HEAD + root.replace("2611", "2605") + end).encode(), "26.11")
        xml_refused(b, (HEAD + root.replace("version=\"26.11\"", "version=\"26.05\"") + end).encode(), "version")
        xml_refused(b, (HEAD + root.replace("www.osci.de/xauslaender2611", "example.org/x") + end).encode(), "namespace")
        check(time.monotonic() - start < 10 * SLOWER, "ten refusals take a second each at most")
        b.timeout = 30
        big = (HEAD + root + "<a>" + "x" * (50 * 1024 * 1024) + "</a>" + end).encode()
        before = cpu()
        xml_refused(b, big, "limit")
        check(cpu() - before < 1 * SLOWER, "50 MB text node refused in well under a second", cpu() - before)
        before = cpu()
        xml_refused(b, big[:3 * 1024 * 1024 + 1], "limit")  # of a document with what it carries
        xml_refused(b, (HEAD + root + "<a>" + "x" * 100001 + "</a>" + end).encode(), "limit")
        check(cpu() - before < 0.3 * SLOWER, "just above the limit", cpu() - before)
    still_well()


def test_100_mb():
    with bus(STACK) as b:
        b.send("SUBMIT", {"office": b.office, "id": "big"}, b"x" * (100 * 1024 * 1024))
        got = b.receive(3)
        check(got is None or (got[0] == "ERROR" and got[1]["code"] == "too_large"), "refused or cut off", got)
    check(STACK.processes["gateway"].alive(), "gateway alive")
    still_well()


def test_half_open_connections():
    """More connections than files usually allowed, none of which says a word."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    host, port = STACK.endpoint[len("tcp://"):].rsplit(":", 1)
    with bus(STACK):
        sockets = [socket.create_connection((host, int(port))) for _ in range(1000)]
        start = time.monotonic()
        still_well()
        check(time.monotonic() - start < 10 * SLOWER, "while they are open", time.monotonic() - start)
        for s in sockets:
            s.close()
    check(STACK.processes["gateway"].alive(), "gateway alive")


def test_same_id():
    with bus(STACK) as b:
        fields = request("070001")
        first = accepted(b, "same", fields)
        again = accepted(b, "same", fields)
        check(first["uuid"] == again["uuid"], "the same request", first, again)
        other = b.submit("same", request("070001"))
        check(other["outcome"] == "rejected-by-gateway" and other["errors"][0]["code"] == "conflict", "other content", other)
        answer(b, "same", "070003")
        check(b.delivery(1) is None, "a second answer")


def test_nobody_unauthorised():
    ulm, munich = STACK.offices[1], STACK.offices[0]
    public, secret = zmq.curve_keypair()
    path = STACK.path("pki", "stranger.bus")
    path.write_text(f"public {public.decode()}\nsecret {secret.decode()}\n")
    try:
        Bus(STACK.endpoint, STACK.bus_keys["gateway"], str(path), munich["key"], timeout=1.5)
        raise AssertionError("a stranger was admitted")
    except TimeoutError:
        pass
    try:
        Bus(STACK.endpoint, STACK.bus_keys["gateway"], STACK.key(ulm["id"] + ".bus"), munich["key"])
        raise AssertionError("an office was admitted as another one")
    except BusError as refusal:
        check(refusal.code == "not_authorised", "code", refusal.body)
    with bus(STACK, ulm) as b:
        for verb, body in (("SUBMIT", {"id": "x", **request("070001")}), ("ACK", {"delivery": "1"}), ("STATUS", {"id": "same"})):
            b.send(verb, {"office": munich["key"], **body})
            got = b.receive(5)
            check(got and got[0] == "ERROR" and got[1]["code"] == "not_authorised", verb, got)
    context = zmq.Context()
    plain = context.socket(zmq.DEALER)
    plain.linger = 0
    plain.connect(STACK.endpoint)
    plain.send_multipart([b"XAUSL/1", b"PING", b"{}"])
    check(not plain.poll(1000), "a client without CURVE was answered")
    plain.close()
    context.term()
    still_well()


def test_nothing_of_it_was_sent():
    # Only what still_well() and test_same_id sent lies in the journal as accepted.
    states = rows(STACK.path("journal.db"), "SELECT state, count(*) FROM request GROUP BY state")
    check({s for s, n in states} <= {"closed", "refused"}, "states", states)
    STACK.stop()


main(__name__)
