# SPDX-License-Identifier: Apache-2.0
"""large - an attachment of 500 MB from a file through an intermediary to a file.

Three processes: the sender signs and encrypts the attachment and stores it (and ends), the intermediary takes it to
its disk and hands it out, the recipient fetches, decrypts and checks it and syncs its file.

The limit is what OpenSSL alone needs for the passes that the protocol prescribes over these octets, in pieces of 64 KiB
that stay in the cache: no reading, copying or writing.
  sender        content AES-GCM, SHA-256 of the content, SHA-256 of the order (over the ciphertext), transport AES-GCM
  intermediary  taking it: transport AES-GCM, SHA-256 of the order; handing it out: transport AES-GCM
  recipient     transport AES-GCM, SHA-256 of the answer, content AES-GCM, SHA-256 of the content
It is measured before and after each run, as noise of the machine hits both then.

Speed is time on the clock: from the start of the sender to its end and from the start of the recipient to its end, key
files, dialogs, signatures and syncs included; the limit is the same passes one after the other in one thread, on the clock, too.
That stands first and has the aim.  Seconds of processor, summed up over the three, tell what the machine did for it.

The floor is what the system takes on this machine to move the octets, with neither protocol nor cryptography
(load-floor.c): from a file over loopback to a file, over loopback, to a file and from there to another.  It is no part
of the limit; next to the ratio it tells how near to it this machine lets anybody come.  For both, free memory is at hand.
"""
import os
import tempfile
from pathlib import Path

from load import Load, floor, limit

OCTETS = 500 * 1000 * 1000
MEMORY_KIB = 64 * 1024
FILES = 4  # of the intermediary, of the recipient while it receives, and what comes out; and some more
ROLES = {"sender": (2, 2), "intermediary": (2, 1), "recipient": (2, 2)}


def make_file(path, octets):
    """Octets that do not repeat within what any window sees; made fast."""
    with open(path, "wb") as f:
        left = octets
        while left:
            n = min(left, 1 << 20)
            f.write(os.urandom(n))
            left -= n


def memory_at_hand(folder, octets):
    """Free memory for files of so many octets, that a virtual machine does not give back to its host.

    It gives back free blocks of 2 MiB, and to have them again takes 3 s per GB, whoever asks.  So half of these blocks
    stay in use, every other piece, until what is returned is closed.
    """
    free, used = (tempfile.TemporaryFile(dir=folder, buffering=0) for _ in range(2))
    for _ in range(octets >> 16):
        free.write(bytes(1 << 16))
        used.write(bytes(1 << 16))
    free.close()
    return used


def same(a, b):
    with open(a, "rb") as x, open(b, "rb") as y:
        while True:
            p, q = x.read(1 << 20), y.read(1 << 20)
            if p != q:
                return False
            if not p:
                return True


def there_and_back(octets):
    """Costs of the three processes; the file comes out as it went in."""
    with Load(["a-sign:sign", "a-enc:enc", "b-sign:sign", "b-enc:enc"], **{"limits.message": "1GiB"}) as load:
        plain, back = load.stack.path("plain"), load.stack.path("back")
        make_file(plain, octets)
        with memory_at_hand(load.spool, FILES * octets):
            load.forget_peak()
            before = load.cpu()
            costs = {"sender": load.client("send", as_="a", to="b", file=plain)}
            costs["recipient"] = load.client("receive", as_="b", file=back)
            after = load.cpu()
        costs["intermediary"] = {"user": after[0] - before[0], "system": after[1] - before[1], "peak_kib": load.peak_kib()}
        if not same(plain, back):
            raise RuntimeError("what came back is not what was sent")
        if list(Path(load.spool).iterdir()):
            raise RuntimeError("something is left in the spool")
        return costs


def limits(octets):
    return {role: limit(octets, *passes) for role, passes in ROLES.items()}


def floors(octets):
    with tempfile.TemporaryDirectory() as folder:
        make_file(Path(folder) / "plain", octets)
        with memory_at_hand(folder, FILES * octets):
            return floor(Path(folder) / "plain", folder)


def cpu(cost):
    return cost["user"] + cost["system"]


def figures(octets=OCTETS):
    first = limits(octets)
    moved = [floors(octets)]
    costs = there_and_back(octets)
    second = limits(octets)
    moved.append(floors(octets))
    least = {role: sum(m[role] for m in moved) / len(moved) for role in ROLES}
    single = limit(octets, 1, 1)
    out = []
    bound = {role: (cpu(first[role]) + cpu(second[role])) / 2 for role in ROLES}
    for role in ROLES:
        out.append({"bench": f"large-{role}", "unit": "CPU seconds", "value": round(cpu(costs[role]), 2),
                    "user": round(costs[role]["user"], 2), "system": round(costs[role]["system"], 2),
                    "limit": round(bound[role], 3), "ratio": round(bound[role] / cpu(costs[role]), 3),
                    "floor": round(least[role], 3), "limit+floor": round((bound[role] + least[role]) / cpu(costs[role]), 3)})
        out.append({"bench": f"large-{role}-peak", "unit": "MiB", "value": round(costs[role]["peak_kib"] / 1024, 1),
                    "aim": "<= 64"})
    total, bound_cpu = sum(cpu(costs[r]) for r in ROLES), sum(bound.values())
    wall = costs["sender"]["wall"] + costs["recipient"]["wall"]
    bound_wall = sum(first[r]["wall"] + second[r]["wall"] for r in ROLES) / 2
    return [
        {"bench": "large-wall", "unit": "seconds", "value": round(wall, 2), "limit": round(bound_wall, 3),
         "ratio": round(bound_wall / wall, 3), "aim": "ratio >= 0.60", "sender": round(costs["sender"]["wall"], 2),
         "recipient": round(costs["recipient"]["wall"], 2)},
        {"bench": "large-speed", "unit": "MB/s", "value": round(octets / wall / 1e6, 1),
         "ratio": round(single["wall"] / wall, 3), "of": "one pass of AES-GCM and SHA-256"},
        {"bench": "large-cpu", "unit": "CPU seconds", "value": round(total, 2), "limit": round(bound_cpu, 3),
         "ratio": round(bound_cpu / total, 3), "floor": round(sum(least.values()), 3),
         "limit+floor": round((bound_cpu + sum(least.values())) / total, 3)},
    ] + out
