# SPDX-License-Identifier: Apache-2.0
"""Faults between gateway and intermediary: a clear cause in the log, nothing lost, nothing sent twice."""
from world import Stack, accepted, answer, bus, check, main, records, request, rows, until


def once(stack, ident="r1", seconds=25):
    """The request reaches InGe once and its answer the office once."""
    with bus(stack) as b:
        got = answer(b, ident, "070003", seconds)
        until(lambda: b.state(ident)["state"] == "closed", 5, "closed")
        check(b.delivery(1) is None, "a second answer")
    check(len(records(stack)) == 1, "records at InGe", records(stack))
    return got


def cause(stack, *words):
    log = stack.processes["gateway"].log()
    check(any(w in log for w in words), f"the log names one of {words}", log[-1500:])


def with_fault(rules, *words):
    with Stack() as stack:
        stack.fault("intermediary", *rules)
        with bus(stack) as b:
            accepted(b, "r1", request("070001"))
        once(stack)
        if words:
            cause(stack, *words)
        check(stack.processes["gateway"].alive() and stack.processes["intermediary"].alive(), "alive")


def test_intermediary_down_then_up():
    with Stack() as stack:
        stack.processes["intermediary"].stop()
        with bus(stack) as b:
            accepted(b, "r1", request("070001"))
            until(lambda: b.state("r1")["attempts"] >= 2, 15, "tried again")
            check(b.state("r1")["state"] == "queued", "still queued", b.state("r1"))
            check("refused" in b.state("r1").get("last_error", ""), "cause in words", b.state("r1"))
        stack.processes["intermediary"].start()
        once(stack)
        cause(stack, "connection refused")


def test_slow():
    with_fault(["* delay 700 6"])


def test_closes_mid_body():
    with_fault(["store cut-body 1"], "cut off", "closed")


def test_fault_as_answer():
    with_fault(["store fault 9000 1"], "9000")


def test_wrong_challenge():
    with_fault(["store challenge-wrong 1"], "9400", "Response", "Challenge")


def test_foreign_conversation_id():
    with_fault(["fetch.answer conversation-foreign 6"], "ConversationId", "9400")


def test_unsigned_answer():
    with_fault(["store unsigned 1"], "9600", "unsigned")


def test_bad_signature():
    with_fault(["store bad-signature 1"], "9601", "signature")


def test_store_reply_lost():
    with_fault(["store.reply drop 1"])


def test_fetch_reply_lost():
    with_fault(["fetch.reply drop 2"])


def test_handed_out_again_though_confirmed():
    with Stack() as stack:
        stack.fault("intermediary", "fetch.answer duplicate 3")
        with bus(stack) as b:
            accepted(b, "r1", request("070001"))
        once(stack)


def test_intermediary_killed_and_restarted():
    with Stack() as stack, bus(stack) as b:
        for n in range(6):
            accepted(b, f"k{n}", request("070001"))
            if n in (1, 3):
                stack.processes["intermediary"].kill()
                stack.processes["intermediary"].start()
        got = {}
        while len(got) < 6:
            body, _ = b.delivery(25) or (None, None)
            check(body, "answers after the restarts", sorted(got))
            check(body["delivery"] not in got, "twice", body)
            got[body["delivery"]] = body["request"]
            b.ack(body["delivery"])
        check(sorted(got.values()) == [f"k{n}" for n in range(6)], "each request answered once", got)
        check(len(records(stack)) == 6, "records", records(stack))


def test_office_restarts_before_acknowledging():
    with Stack() as stack:
        with bus(stack) as b:
            accepted(b, "r1", request("070001"))
            first = answer(b, "r1", "070003", ack=False)
        with bus(stack) as b:
            second = answer(b, "r1", "070003", ack=False)
            check(second["delivery"] == first["delivery"] and second["redelivery"] is True, "same id, marked", second)
        stack.processes["gateway"].restart()
        with bus(stack) as b:
            third = answer(b, "r1", "070003")
            check(third["delivery"] == first["delivery"] and third["redelivery"] is True, "after a restart", third)
            check(b.delivery(3) is None, "after the acknowledgement")


main(__name__)
