# SPDX-License-Identifier: Apache-2.0
"""Failing storage: each write, sync or truncate of the gateway fails once, then from there on, then is its last.

Whatever the office was told "accepted" reaches InGe exactly once and is answered once, after a restart with healthy
storage at the latest; nothing is acknowledged that is not safe.
"""
import os
from pathlib import Path

from world import BUILD
from world import Skip, Stack, BusError, bus, check, main, records, request, rows, until

SHIM = BUILD / "tests/fault/libshim.so"
STEPS = 8  # how many failing calls are tried per mode, spread over all calls of one request


def start_with_shim(stack, **environment):
    gateway = stack.gateway()
    keep = dict(os.environ)
    os.environ.update({"LD_PRELOAD": str(SHIM), "SHIM_KIND": "io", "SHIM_ARM": str(stack.path("armed")), **environment})
    try:
        gateway.start()
    finally:
        os.environ.clear()
        os.environ.update(keep)
    return gateway


def one_request(stack, ident):
    """Submits and takes the answer as far as the gateway lets us; returns whether it was accepted."""
    accepted = False
    try:
        with bus(stack, timeout=2) as b:
            accepted = b.submit(ident, request("070001"))["outcome"] == "accepted-by-gateway"
            got = b.delivery(3)
            if got:
                b.ack(got[0]["delivery"])
    except (TimeoutError, BusError):
        pass
    return accepted


def count_calls():
    with Stack(start=False) as stack:
        stack.start(gateway=False)
        stack.path("armed").touch()
        gateway = start_with_shim(stack, SHIM_COUNT=str(stack.path("count")))
        check(one_request(stack, "r"), "accepted with healthy storage")
        gateway.stop()
        return int(Path(stack.path("count")).read_text())


def run(mode):
    if not SHIM.exists():
        raise Skip("sanitized build: its runtime and the shim both replace malloc")
    total = count_calls()
    check(total >= 10, "calls counted", total)
    for at in range(1, total + 1, max(1, total // STEPS)):
        with Stack(start=False) as stack:
            stack.start(gateway=False)
            gateway = start_with_shim(stack, SHIM_AT=str(at), SHIM_MODE=mode)
            stack.path("armed").touch()
            was_accepted = one_request(stack, "r")
            gateway.kill()
            stack.gateway().start()
            if was_accepted:
                with bus(stack) as b:
                    until(lambda: b.state("r")["state"] in ("answered", "closed"), 20, f"answered after the restart ({mode} {at})")
                    got = b.delivery(1)
                    if got:
                        check(got[0]["message"] == "070003", "the answer", got)
                        b.ack(got[0]["delivery"])
                    until(lambda: b.state("r")["state"] == "closed", 5, "closed")
                check(len(records(stack)) == 1, f"exactly one record at InGe ({mode} {at})", records(stack))
            else:
                check(len(records(stack)) <= 1, f"at most one record ({mode} {at})")
            check(rows(stack.path("journal.db"), "PRAGMA integrity_check")[0][0] == "ok", "journal intact")


def test_each_call_fails_once():
    run("once")


def test_everything_fails_from_a_call_on():
    run("always")


def test_killed_at_a_call():
    run("kill")


main(__name__)
