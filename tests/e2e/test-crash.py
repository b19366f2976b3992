# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at each named point: after the restart the request reaches InGe exactly once and the answer the office."""
from world import ANSWER_SECONDS, Stack, bus, check, main, records, request, rows, until

POINTS = ["after-accept-commit", "after-accept-reply", "after-message-id", "after-store-post", "after-store-answer",
          "after-fetch-commit", "after-delivery-send", "after-ack-commit"]


def submit_over_crash(stack, gateway, ident, fields):
    """An office repeats its request with the same id until it has a receipt."""
    for attempt in range(3):
        try:
            with bus(stack, timeout=3) as b:
                receipt = b.submit(ident, fields)
                check(receipt["outcome"] == "accepted-by-gateway", "receipt", receipt)
                return
        except TimeoutError:
            until(lambda: not gateway.alive(), 10, "gateway killed")
            stack.gateway().start()
            gateway = stack.processes["gateway"]
    raise AssertionError("never accepted")


def collect(stack, ident):
    """Deliveries of an office that survives the gateway's crashes: id -> body, acknowledged each once."""
    seen = {}
    acked = set()
    for attempt in range(3):
        try:
            with bus(stack, timeout=3) as b:
                while not acked:
                    got = b.delivery(ANSWER_SECONDS if stack.processes["gateway"].alive() else 0)
                    if got is None:
                        raise TimeoutError
                    body = got[0]
                    check(body["request"] == ident, "foreign delivery", body)
                    seen[body["delivery"]] = body
                    b.ack(body["delivery"])
                    acked.add(body["delivery"])
                return seen
        except TimeoutError:
            if not stack.processes["gateway"].alive():
                stack.gateway().start()
    return seen


def run_point(point):
    with Stack(start=False) as stack:
        stack.start(gateway=False)
        stack.path("points").write_text(point + "\n")
        gateway = stack.gateway("--test-points", str(stack.path("points")))
        gateway.start()
        fields = request("070001")
        submit_over_crash(stack, gateway, "once", fields)
        killed = lambda: gateway.popen.poll() is not None  # noqa: E731
        if point not in ("after-delivery-send", "after-ack-commit"):
            until(killed, 15, f"gateway reaches {point}")
        seen = collect(stack, "once")
        until(killed, 15, f"gateway reaches {point}")
        check(gateway.popen.returncode == -9, "killed", gateway.popen.returncode)
        if not stack.processes["gateway"].alive():
            stack.gateway().start()
        check(len(seen) == 1, "deliveries with different ids", list(seen))
        with bus(stack) as b:
            check(b.delivery(1.5) is None, "delivered again after the acknowledgement")
            until(lambda: b.state("once")["state"] == "closed", 5, "closed")
        check(len(records(stack)) == 1, "records at InGe", records(stack))
        stored = rows(stack.path("intermediary.db"), "SELECT count(*) FROM card WHERE subject IS NOT NULL OR 1")[0][0]
        check(stored == 2, "deliveries at the intermediary: request and answer, once each", stored)


for _point in POINTS:
    def _test(point=_point):
        run_point(point)
    globals()["test_killed_" + _point.replace("-", "_")] = _test

main(__name__)
