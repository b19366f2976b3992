# SPDX-License-Identifier: Apache-2.0
"""mailbox - 10,000 deliveries in one mailbox, fetched one by one in dialogs of 100.

Is an order slower because many deliveries wait?  Time is taken from the order's first octet to the answer's last: it
is the intermediary's, the client's own cryptography lies outside.  Nearly all of it is RSA (transport encryption both
ways; signatures are on a curve here, which takes little), so the processor time that the intermediary had for each order
is taken, too; that does not depend on what else the machine does.

Windows are dialogs.  The first order is the median of the first window.  Rule for outliers: an order counts as slow
if it took more than twice the first both on the clock and in processor time; one that is late on the clock alone waited
for a processor or a disk that others had.
"""
from load import Load

COUNT = 10000
WINDOW = 100


def median(values):
    values = sorted(values)
    return values[len(values) // 2]


def windows(values, size):
    return [values[i:i + size] for i in range(0, len(values) - size + 1, size)]


def drained(count, per_dialog):
    """What the client saw of @count orders in a mailbox that held as many deliveries."""
    keys = ["a-sign:sign:p256", "a-enc:enc", "b-sign:sign:p256", "b-enc:enc"]
    with Load(keys, signer="p256") as load:
        load.stack.path("plain").write_bytes(b"content")
        load.client("send", as_="a", to="b", file=load.stack.path("plain"))
        load.intermediary.stop()
        load.client("copies", to="b", database=load.stack.path("intermediary.db"), count=count - 1)
        load.intermediary.start()
        got = load.client("drain", as_="b", count=count, per_dialog=per_dialog, pid=load.pid)
        got["peak_kib"] = load.peak_kib()
        return got


def figures(count=COUNT, per_dialog=WINDOW):
    got = drained(count, per_dialog)
    if got["count"] != count:
        raise RuntimeError(f"{got['count']} of {count} deliveries came")
    trips, server = got["trip_us"], got["server_us"]
    first_trip = median(windows(trips, per_dialog)[0])
    first_server = median(windows(server, per_dialog)[0])
    slow = [i for i in range(count) if trips[i] > 2 * first_trip and server[i] > 2 * first_server]
    out = []
    for name, values, first in (("clock", trips, first_trip), ("processor", server, first_server)):
        medians = [median(w) for w in windows(values, per_dialog)]
        out.append({"bench": f"mailbox-order-{name}", "unit": "ms", "first": round(first / 1000, 3),
                    "last": round(medians[-1] / 1000, 3), "worst window": round(max(medians) / 1000, 3),
                    "p99": round(sorted(values)[int(count * 0.99)] / 1000, 3), "worst order": round(max(values) / 1000, 3),
                    "ratio": round(max(medians) / first, 2), "aim": "<= 2"})
    out.append({"bench": "mailbox-slow-orders", "unit": f"of {count}", "value": len(slow), "aim": "0"})
    out.append({"bench": "mailbox-all", "unit": "seconds", "value": round(got["wall"], 1), "deliveries": count})
    out.append({"bench": "mailbox-intermediary-peak", "unit": "MiB", "value": round(got["peak_kib"] / 1024, 1)})
    return out
