# SPDX-License-Identifier: Apache-2.0
"""Answers that must not reach the office, or once only; the next good one always does."""
from world import Stack, accepted, answer, bus, check, main, request, until


def with_sim_fault(rule, event, *, answered, unassigned=False):
    with Stack() as stack, bus(stack) as b:
        stack.fault("sim", rule)
        accepted(b, "bad", request("070001"))
        if answered:
            answer(b, "bad", "070003")
        until(lambda: event in stack.processes["gateway"].log(), 20, f"event {event} in the log")
        if unassigned:  # nothing of it is lost: the office is told, as of no request
            body, xml = b.delivery(20)
            check(body["outcome"] == "unassigned" and "request" not in body and xml, "told of no request", body)
            b.ack(body["delivery"])
        stack.fault("sim")
        accepted(b, "good", request("070001"))
        answer(b, "good", "070003")
        check(b.delivery(1) is None, "something else was delivered")


def test_for_an_unknown_request():
    with_sim_fault("unknown_trigger 070003 1", "incoming-unassigned", answered=False, unassigned=True)


def test_the_same_twice():
    with_sim_fault("duplicate_answer 070003 1", "incoming-repeated", answered=True)


def test_encrypted_for_someone_else():
    with_sim_fault("encrypt_for_other 070003 1", "incoming-rejected", answered=False)


def test_bad_content_signature():
    with_sim_fault("bad_signature 070003 1", "incoming-rejected", answered=False)


def test_not_valid():
    with_sim_fault("invalid_answer 070003 1", "incoming-rejected", answered=False)


def test_type_and_root_disagree():
    with_sim_fault("type_mismatch 070003 1", "incoming-rejected", answered=False)


def test_without_trigger():
    with_sim_fault("no_trigger_uuid 070003 1", "incoming-", answered=False)


def test_rejected_by_the_partner():
    """The standard's Rückweisung 0010 reaches the office as the outcome of its request, with code and name of the reason."""
    with Stack() as stack, bus(stack) as b:
        stack.fault("sim", "reject 070001 code=V000")
        accepted(b, "bad", request("070001"))
        got = answer(b, "bad", "0010")
        check(got["outcome"] == "rejected-by-partner", "outcome", got)
        check(got["reasons"][0]["code"] == "V000" and "Version" in got["reasons"][0]["name"], "reason", got)
        stack.fault("sim")
        accepted(b, "good", request("070001"))
        answer(b, "good", "070003")


main(__name__)
