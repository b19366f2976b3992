# SPDX-License-Identifier: Apache-2.0
"""Messages the BAMF does not send by its rules: receipts, forwarding, non-competence, repetition; by script, to an office."""
import json

from world import ANSWER_SECONDS, Stack, accepted, answer, bus, check, main, request, until

TIME = "2026-11-16T09:00:00.000+01:00"
ULM = {"key": "azr:001800", "name": "Stadt Ulm, Ausländerbehörde"}
RECEIPT = {"event": {"time": TIME, "reference": "AZ-33/7"}, "fact": "1"}


def script(stack, message, *answers):
    order = {"do": "script", "message": message, "office": stack.offices[0]["key"], "answers": answers}
    log = stack.processes["sim"].log
    before = log().count('"event":"order-done"')
    with open(stack.path("sim.db.orders"), "a", encoding="utf-8") as f:
        f.write(json.dumps(order) + "\n")
    until(lambda: log().count('"event":"order-done"') > before, 10, "order taken: " + log()[-600:])


def test_messages_about_messages():
    """Each reaches the office as what it is, belongs to its request, and takes nothing from the answer that follows."""
    told = [({"message": "0020", "fields": RECEIPT}, "receipt"),
            ({"message": "0021", "fields": {**RECEIPT, "reminder": 2}}, "receipt-reminder"),
            ({"message": "0031", "fields": {"competent": ULM, "text": "Abgegeben."}}, "forwarded"),
            ({"message": "0032", "fields": {"text": "Niemand."}}, "not-competent"),
            ({"message": "000030", "fields": {"text": "Nicht wir."}}, "not-competent")]
    final = {"message": "070012", "fields": {"result": "none", "reason.code": "17560", "can_take_over": False}, "after_ms": 1500}
    with Stack() as stack, bus(stack) as b:
        for n, (one, outcome) in enumerate(told):
            script(stack, "070011", one, final)
            accepted(b, f"q{n}", request("070011"))
            got = answer(b, f"q{n}", one["message"])
            check(got["outcome"] == outcome, "outcome", got)
            check(got.get("text") == one["fields"].get("text"), "its text", got)
            if "fact" in one["fields"]:
                check(got["fact"] == "1" and got["event"]["reference"] == "AZ-33/7", "what the receipt is for", got)
            if one["message"] == "0031":
                check(got["competent"]["key"] == ULM["key"], "who is competent", got)
            check(answer(b, f"q{n}", "070012")["result"] == "none", "the answer behind it")
            until(lambda: b.state(f"q{n}")["state"] == "closed", 5, "closed")


def test_containers():
    """A repetition and a forwarding carry an answer: forwarded it counts, repeated it is handed on whole."""
    inner = {"message": "070012", "fields": {"result": "none", "reason.code": "17560", "can_take_over": False}}
    with Stack() as stack, bus(stack) as b:
        script(stack, "070011", {"message": "0030", "carries": inner})
        accepted(b, "f", request("070011"))
        got = answer(b, "f", "070012")
        check(got["result"] == "none" and got["forwarded_by"], "as if it had come at once", got)
        script(stack, "070011", {"message": "000020", "carries": inner}, {**inner, "after_ms": 1500})
        accepted(b, "r", request("070011"))
        body, xml = b.delivery(ANSWER_SECONDS)
        check(body["outcome"] == "message" and body["message"] == "000020" and body["request"] == "r", "the container", body)
        check(body["original"]["message"] == "070012" and b"keineInformationen" not in xml, "its content in base64", body)
        b.ack(body["delivery"])
        answer(b, "r", "070012")


def test_a_script_that_cannot_be_sent():
    with Stack() as stack, bus(stack) as b:
        with open(stack.path("sim.db.orders"), "a", encoding="utf-8") as f:
            f.write('{"do":"sing"}\nnothing\n')
            f.write(json.dumps({"do": "script", "message": "070011", "office": stack.offices[0]["key"], "answers": [
                {"message": "070012", "fields": {"result": "none", "reason.code": "17560", "colour": "red"}}]}) + "\n")
        log = stack.processes["sim"].log
        until(lambda: log().count('"event":"order-refused"') == 3, 10, "orders refused")
        for line, word in ((1, "do: clerk"), (2, "one JSON object"), (3, "070012: ")):
            check(any(f"sim.db.orders:{line}" in text and word in text for text in log().splitlines()), f"line {line}: {word}",
                  log()[-1500:])
        accepted(b, "q", request("070011"))
        check(answer(b, "q", "070012")["reason"]["code"] == "17560", "by the rules")


main(__name__)
