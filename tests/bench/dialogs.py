# SPDX-License-Identifier: Apache-2.0
"""dialogs - 200 dialogs open at once: InitDialog, store or fetch, process cards, ExitDialog, without an error."""
from load import Load

COUNT = 200
PEOPLE = 8  # so many pairs of keys; dialogs of one signer are limited


def ran(count, people=PEOPLE):
    keys = [f"c{i}-{use}" for i in range(people) for use in ("sign:sign:p256", "enc:enc")]
    with Load(keys, signer="p256") as load:
        got = load.client("dialogs", as_="c", people=people, count=count)
        got["intermediary_peak_kib"] = load.peak_kib()
        got["stopped"] = load.stop()
        return got


def figures(count=COUNT):
    got = ran(count)
    orders = count * 4 + got["stored"]
    return [
        {"bench": "dialogs-at-once", "unit": "dialogs", "value": got["count"], "errors": 0, "stored": got["stored"],
         "fetched": got["fetched"], "empty": got["empty"], "aim": "no error"},
        {"bench": "dialogs-orders", "unit": "orders/s", "value": round(orders / got["wall"], 1), "seconds": round(got["wall"], 1)},
        {"bench": "dialogs-intermediary-peak", "unit": "MiB", "value": round(got["intermediary_peak_kib"] / 1024, 1)},
    ]
