# SPDX-License-Identifier: Apache-2.0
"""Answers that must not reach the office, or once only; the next good one always does."""
import json

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


def test_the_journal_tells_of_deliveries():
    """What waits for an office, and what it has acknowledged, is told by xausl journal --deliveries."""
    def deliveries(*more):
        done = stack.xausl("journal", "--config", stack.conf("gateway"), "--json", "--deliveries", *more)
        return [json.loads(line) for line in done.stdout.splitlines()]

    with Stack() as stack, bus(stack) as b:
        check(deliveries() == [], "none yet")
        accepted(b, "one", request("070001"))
        got = answer(b, "one", "070003", ack=False)
        row = deliveries()[0]
        check(str(row["delivery"]) == got["delivery"] and row["request"] == "one" and row["uuid"] == got["uuid"] and
              row["outcome"] == "accepted" and row["offered"] == 1 and "acknowledged_at" not in row, "waits", row)
        b.ack(got["delivery"])
        check(deliveries("--request", "one", "--office", row["office"])[0]["acknowledged_at"], "acknowledged")
        check(deliveries("--request", "two") == [], "of another request")
        stack.processes["intermediary"].stop()
        accepted(b, "two", request("070001"))
        done = stack.xausl("journal", "--config", stack.conf("gateway"), "--json", "--request", "two")
        check(done.returncode == 0 and json.loads(done.stdout)["state"] == "queued", "shown before anything has happened to it", done)


main(__name__)
