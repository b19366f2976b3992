# SPDX-License-Identifier: Apache-2.0
"""mailbox - 10,000 deliveries in one mailbox, fetched one by one in dialogs of 100.

Is an order slower because many deliveries wait?  Time is taken from the order's first octet to the answer's last: it
is the intermediary's, the client's own cryptography lies outside.  Nearly all of it is RSA (transport encryption both
ways; signatures are on a curve here, which takes little), so the processor time that the intermediary had for each order
is taken, too; that does not depend on what else the machine does.

Windows are dialogs.  The first order is the median of the first window.  Rule for outliers: an order counts as slow
if it took more than twice the first both on the clock and in processor time; one that is late on the clock alone waited
for a processor or a disk that others had.

The aim is that none is slow.  A processor that is shared also takes twice the time for the same work, now and then.  How
often it did in this run shows a piece of work that never changes, as long as an order, done by the client after each
order and held to the same rule: a reader can judge by it what a value other than 0 says.
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
    keys = ["a-sign:sign:p256", "a-enc:enc"]
    with Load(keys, signer="p256") as load:
        load.stack.path("plain").write_bytes(b"content")
        load.client("send", as_="a", to="a", file=load.stack.path("plain"))
        load.intermediary.stop()
        load.client("copies", to="a", database=load.stack.path("intermediary.db"), count=count - 1)
        load.intermediary.start()
        got = load.client("drain", as_="a", count=count, per_dialog=per_dialog, pid=load.pid)
        got["peak_kib"] = load.peak_kib()
        return got


def first(pairs, window):
    """Medians of clock and processor in the first window."""
    return tuple(median(values) for values in zip(*pairs[:window]))


def slow(pairs, window):
    trip, cpu = first(pairs, window)
    return sum(t > 2 * trip and c > 2 * cpu for t, c in pairs)


def figures(count=COUNT, per_dialog=WINDOW):
    got = drained(count, per_dialog)
    if got["count"] != count:
        raise RuntimeError(f"{got['count']} of {count} deliveries came")
    trips, server = zip(*got["order_us"][:count])
    first_trip, first_server = first(got["order_us"], per_dialog)
    works = got["work_us"]
    orders_slow, works_slow = slow(got["order_us"][:count], per_dialog), slow(works, per_dialog)
    out = []
    for name, values, begin in (("clock", trips, first_trip), ("processor", server, first_server)):
        medians = [median(w) for w in windows(values, per_dialog)]
        out.append({"bench": f"mailbox-order-{name}", "unit": "ms", "first": round(begin / 1000, 3),
                    "last": round(medians[-1] / 1000, 3), "worst window": round(max(medians) / 1000, 3),
                    "p99": round(sorted(values)[int(count * 0.99)] / 1000, 3), "worst order": round(max(values) / 1000, 3),
                    "ratio": round(max(medians) / begin, 2), "aim": "<= 2"})
    out.append({"bench": "mailbox-slow-orders", "unit": "orders", "value": orders_slow, "of": count, "aim": 0})
    work = windows([t for t, _ in works], per_dialog)
    out.append({"bench": "mailbox-machine", "unit": "pieces of unchanging work that were slow", "value": works_slow, "of": len(works),
                "first": round(median(work[0]) / 1000, 3), "worst window": round(max(map(median, work)) / 1000, 3),
                "worst": round(max(t for t, _ in works) / 1000, 3)})
    out.append({"bench": "mailbox-all", "unit": "seconds", "value": round(got["wall"], 1), "deliveries": count})
    out.append({"bench": "mailbox-intermediary-peak", "unit": "MiB", "value": round(got["peak_kib"] / 1024, 1)})
    return out
