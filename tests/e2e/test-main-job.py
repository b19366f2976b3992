# SPDX-License-Identifier: Apache-2.0
"""The main job: five flows over the bus, by a client written from the protocol's text."""
from world import SOURCE, ULM, MUNICH, Stack, accepted, answer, bus, check, main, person, request, until, validate


def test_flows_of_the_demo():
    who = person()
    with Stack(offices=[MUNICH], sim={"sim.clerk": "same_person", "sim.clerk_delay": "300ms"}) as stack, bus(stack) as b:
        check(b.welcome["release"] == "26.11", "release in force", b.welcome)
        receipt = accepted(b, "a", request("070001", who))
        check(len(receipt["uuid"]) == 36 and receipt["release"] == "26.11", "receipt", receipt)
        got = answer(b, "a", "070003")
        kennziffer = got["record"]["kennziffer"]
        check(got["outcome"] == "accepted" and kennziffer, "accepted with a Kennziffer", got)
        check(bool(got["record"].get("valid_until")) != got["record"]["unlimited"], "validity or unlimited", got)
        check(got["record"]["kind"] == "entitlement" and got["author"]["key"] == "dbs:990000000070", "record", got)

        twin = person(surname=who["surname"], birth_date=who["birth_date"], sex=who["sex"])
        accepted(b, "b", request("070009", twin))
        got = answer(b, "b", "070004")
        check(got["outcome"] == "duplicate" and got["reason"]["code"] == "17001", "interim answer", got)
        second = answer(b, "b")
        check(second["message"] in ("070003", "070005", "070006"), "second answer to the same request", second)

        accepted(b, "d", request("070011", who, purpose="granting"))
        got = answer(b, "d", "070012")
        check(got["result"] == "record" and got["record"]["kennziffer"] in (kennziffer, second.get("record", {}).get("kennziffer")),
              "what InGe holds", got)
        check(b.state("a")["state"] == "closed", "state", b.state("a"))


def test_every_message_is_valid():
    """Every HTTP body of gateway, inge-sim and intermediary, outside and inside, against the official schemas."""
    with Stack(record=True) as stack, bus(stack) as b:
        accepted(b, "v", request("070001"))
        answer(b, "v", "070003")
        accepted(b, "w", request("070009", person(nationalities=["000"])))
        answer(b, "w", "070005")
        until(lambda: b.state("w")["state"] == "closed", 20, "the whole way back")
        stack.processes["gateway"].stop()
        stack.processes["sim"].stop()
        keys = [stack.key(name + "-enc.p12") for name in ("im", "bamf", stack.offices[0]["id"])]
        types = validate(stack.path("recorded"), keys)
        expected = {"initDialog", "responseToInitDialog", "getMessageId", "responseToGetMessageId", "storeDelivery",
                    "responseToStoreDelivery", "fetchDelivery", "responseToFetchDelivery", "exitDialog", "responseToExitDialog"}
        check(expected <= types, "messages of the main job", sorted(types))


def test_refused_with_reason_code_and_text():
    with Stack() as stack, bus(stack) as b:
        accepted(b, "german", request("070009", person(nationalities=["000"])))
        got = answer(b, "german", "070005")
        check(got["outcome"] == "refused" and got["reason"]["code"] == "17112", "reason", got)
        check(got["reason"]["name"] and got["reason"]["text"], "name and text of the reason", got)


def test_each_obligation_and_its_validity():
    with Stack() as stack, bus(stack) as b:
        for number, unlimited in (("070008", True), ("070009", True), ("070010", False)):
            accepted(b, number, request(number))
            got = answer(b, number, "070003")
            check(got["record"]["kind"] == "obligation" and got["record"]["unlimited"] is unlimited, "record", got)
        check(got["record"]["valid_until"] == "2028-12-31", "validity as asked for", got)


def test_question_and_decision():
    who = person()
    with Stack(offices=[MUNICH, ULM]) as stack, bus(stack) as munich, bus(stack, stack.offices[1]) as ulm:
        accepted(ulm, "u", request("070001", who))
        first = answer(ulm, "u", "070003")
        accepted(munich, "m", request("070009", who))
        question = answer(munich, "m", "070006")
        check(question["outcome"] == "question" and question["record"]["kennziffer"] == first["record"]["kennziffer"],
              "question shows the record", question)
        accepted(munich, "decision", {"message": "070007", "question": question["uuid"], "replace": True})
        got = munich.delivery(20)
        check(got and got[0]["message"] == "070003" and got[0]["request"] in ("m", "decision"), "after the decision", got)
        munich.ack(got[0]["delivery"])
        again = munich.submit("decision-2", {"message": "070007", "question": question["uuid"], "replace": True})
        check(again["outcome"] == "rejected-by-gateway" and again["errors"][0]["code"] == "question_answered",
              "decided twice", again)
        check(ulm.delivery(0.5) is None, "an office got another office's answer")


def complete_xml(uuid):
    """The demo's faulty message with its faults repaired."""
    xml = (SOURCE / "conformance/demo/invalid.xml").read_text("utf-8")
    xml = xml.replace("1990-02-30", "1990-02-28").replace("5f3c1b7e-6c1d-4a55-9a0e-0d7c6b1f2a10", uuid)
    return xml.replace("<xauslaender:weitereAngaben>",
                       "<xauslaender:weitereAngaben><xauslaender:aZRNummer>900228000123</xauslaender:aZRNummer>").replace(
        "</xauslaender:geburtsort>", "</xauslaender:geburtsort><xauslaender:staatsangehoerigkeit><xauslaender:staatsangehoerigkeit "
        "listURI=\"urn:de:bund:destatis:bevoelkerungsstatistik:schluessel:staatsangehoerigkeit\" listVersionID=\"2021-02-19\">"
        "<code>475</code></xauslaender:staatsangehoerigkeit></xauslaender:staatsangehoerigkeit>").encode()


def test_complete_xml():
    uuid = "5f3c1b7e-6c1d-4a55-9a0e-0d7c6b1f2a11"
    with Stack() as stack, bus(stack) as b:
        receipt = accepted(b, "xml", xml=complete_xml(uuid))
        check(receipt["uuid"] == uuid, "the message's own UUID", receipt)
        got = answer(b, "xml", "070003")
        check(got["record"]["kennziffer"], "accepted", got)
        again = b.submit("xml-2", {}, complete_xml(uuid))
        check(again["outcome"] == "rejected-by-gateway", "the same message under another id", again)
        foreign = complete_xml("5f3c1b7e-6c1d-4a55-9a0e-0d7c6b1f2a12").replace(b"azr:011200", b"azr:001800")
        receipt = b.submit("xml-3", {}, foreign)
        check(receipt["outcome"] == "rejected-by-gateway", "a message of another office", receipt)


def test_release_by_date_in_berlin():
    with Stack(now="2026-10-31T23:59:55") as stack, bus(stack) as b:
        before = b.submit("early", request("070001"))
        check(before["outcome"] == "rejected-by-gateway" and before["errors"][0]["code"] == "no_release", "before midnight", before)
        until(lambda: b.ask("HELLO", {"office": b.office}, "WELCOME")["time"] >= "2026-11-01T00:00", 15, "midnight in Berlin")
        receipt = accepted(b, "late", request("070001"))
        check(receipt["release"] == "26.11", "release in force", receipt)
        got = answer(b, "late", "070003")
        check(got["record"]["valid_from"] == "2026-11-01", "the simulator's clock too", got)


main(__name__)
