# SPDX-License-Identifier: Apache-2.0
"""Small versions of what ./run bench measures: large messages, a full mailbox, many dialogs; results, memory, errors."""
import sys
from pathlib import Path

from world import SANITIZED, check, main

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import dialogs  # noqa: E402
import large  # noqa: E402
import mailbox  # noqa: E402

OCTETS = 100 * 1000 * 1000  # more than any of the processes may have
DELIVERIES = 300
DIALOGS = 40


def test_large_message_there_and_back_in_little_memory():
    costs = large.there_and_back(OCTETS)
    check(costs["sender"]["octets"] == costs["recipient"]["octets"] == OCTETS, "all of it", costs)
    for role, cost in costs.items():
        check(SANITIZED or cost["peak_kib"] <= large.MEMORY_KIB, f"memory of the {role}", cost)


def test_full_mailbox_one_by_one():
    got = mailbox.drained(DELIVERIES, 100)
    check(got["count"] == DELIVERIES and got["dialogs"] == DELIVERIES // 100, "every delivery once", got["count"])
    check(len(got["order_us"]) >= DELIVERIES, "every order seen", len(got["order_us"]))


def test_many_dialogs_at_once():
    got = dialogs.ran(DIALOGS, people=2)
    check(got["count"] == DIALOGS and got["stored"] == DIALOGS // 2, "every client did its work", got)
    check(got["fetched"] == DIALOGS - DIALOGS // 2 and not got["empty"], "every other one fetched", got)
    check(got["stopped"] == 0, "the intermediary ends orderly", got)


main(__name__)
