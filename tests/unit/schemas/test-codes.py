# SPDX-License-Identifier: Apache-2.0
"""test-codes - xausl codes, and a release that holds a list in two versions, with days for each code; prints TAP."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

XAUSL = sys.argv[1]
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
MESSAGE = ROOT / "tests/unit/schemas/messages/070001.xml"
ENV = os.environ | {"XAUSL_DATADIR": str(ROOT)}
LIST, URI = "Int.Aufenthaltstitel", "urn:de:xauslaender:codelist:integration:aufenthaltstitel"


def run(*args, data=ROOT):
    done = subprocess.run([XAUSL, *map(str, args)], capture_output=True, text=True, env=ENV | {"XAUSL_DATADIR": str(data)},
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def two_versions(tmp, extra=""):
    """A data folder whose release knows version 18 of the list, too, with a code of its own."""
    shutil.copytree(ROOT / "versions", tmp / "versions")
    shutil.copytree(ROOT / "xausl-schemas" / "26.11", tmp / "xausl-schemas" / "26.11")
    folder = tmp / "xausl-schemas" / "26.11"
    (folder / "codelists" / "older.csv").write_text(
        f"@list;{LIST};{URI}\n@version;18\n@valid-from;2025-01-01\n@valid-until;2026-05-05\n"
        "@columns;abh;valid-from;valid-until\nALT-001;nur früher;X;;2025-06-30\nAERL-STAT-001;damaliger Name;X\n" + extra, "utf-8")
    manifest = (folder / "manifest.csv").read_text("utf-8")
    (folder / "manifest.csv").write_text(manifest.replace(f"codelist;{LIST}.csv\n", f"codelist;{LIST}.csv\ncodelist;older.csv\n"),
                                         "utf-8")
    status, _, err = run("seal", folder)
    assert status == 0, err
    return tmp


def verdict(tmp, data, version, code, day=None):
    bad = tmp / "m.xml"
    bad.write_text(MESSAGE.read_text("utf-8").replace('listVersionID="19"><code>AERL-STAT-001<',
                                                      f'listVersionID="{version}"><code>{code}<'), "utf-8")
    if day:
        bad.write_text(re.sub(r"(<erstellungszeitpunkt>)[-0-9]{10}", rf"\g<1>{day}", bad.read_text("utf-8")), "utf-8")
    out = json.loads(run("validate", "--json", bad, data=data)[1])
    return out["verdict"], [(f["id"], f["standard_code"]) for f in out["findings"]]


def lists(tmp):
    status, out, err = run("codes", "--release", "26.11")
    assert status == 0 and not err, err
    assert out.splitlines()[0].startswith("Codeliste") and any(t.startswith(f"{LIST} ") and URI in t for t in out.splitlines()), out
    assert run("codes", "--release", "26.11", URI)[1] == run("codes", "--release", "26.11", LIST)[1] != ""


def one_code(tmp):
    status, out, _ = run("codes", "--release", "26.11", LIST, "STAT-04")
    assert status == 0 and "Sonstiges" in out and "gültig ab 2026-05-06" in out, out
    status, out, _ = run("codes", "--release", "26.11", "--json", LIST, "AERL-STAT-001")
    found = json.loads(out)
    assert status == 0 and found["name"].startswith("nach § 16") and found["columns"] == {"abh": "X"}, out
    assert run("codes", "--release", "26.11", LIST, "NONE")[0] == 1
    assert run("codes", "--release", "26.11", "NONE")[0] == 2
    assert run("codes", "--release", "26.11", "--at", "2026-02-30")[0] == 2


def release_in_force_or_newest(tmp):
    assert run("codes", "--now", "2026-12-01T00:00:00")[1] == run("codes", "--release", "26.11")[1]
    assert run("codes", "--now", "2026-01-01T00:00:00")[0] == 0


def two_versions_side_by_side(tmp):
    data = two_versions(tmp)
    status, out, err = run("codes", LIST, "AERL-STAT-001", data=data)
    assert status == 0 and out.index("Fassung 19") < out.index("Fassung 18") and "damaliger Name" in out, (out, err)
    assert verdict(tmp, data, "19", "AERL-STAT-001") == ("valid", [])
    assert verdict(tmp, data, "18", "AERL-STAT-001") == ("valid", [("code.expired", "")])
    assert verdict(tmp, data, "18", "ALT-001") == ("valid", [("code.expired", "")])
    assert verdict(tmp, data, "19", "ALT-001") == ("invalid", [("code.unknown", "S011")])
    assert verdict(tmp, data, "18", "STAT-04") == ("invalid", [("code.unknown", "S011")])
    assert verdict(tmp, data, "17", "AERL-STAT-001") == ("invalid", [("code.version", "S010")])


def days(tmp):
    data = two_versions(tmp)

    def versions(*args):
        return [json.loads(t)["version"] for t in run("codes", "--json", *args, data=data)[1].splitlines()]

    assert versions("--at", "2026-05-05", LIST, "AERL-STAT-001") == ["18"]
    assert versions("--at", "2026-05-06", LIST, "AERL-STAT-001") == ["19"]
    assert versions("--at", "2025-06-30", LIST, "ALT-001") == ["18"]
    assert versions("--at", "2025-07-01", LIST, "ALT-001") == []
    # The message is of November 2026: accepted, and told that the code is over; on its last day it is not.
    assert verdict(tmp, data, "18", "ALT-001") == ("valid", [("code.expired", "")])
    assert verdict(tmp, data, "18", "AERL-STAT-001") == ("valid", [("code.expired", "")])
    assert verdict(tmp, data, "18", "ALT-001", "2025-06-30") == ("valid", [])
    assert verdict(tmp, data, "18", "ALT-001", "2025-07-01") == ("valid", [("code.expired", "")])
    assert verdict(tmp, data, "19", "AERL-STAT-001") == ("valid", [])


def defects(tmp):
    for i, (old, new) in enumerate((("@version;18", "@version;19"), (URI, "urn:other"), ("2025-01-01", "2025-13-01"),
                                    ("2025-06-30", "soon"))):
        data = two_versions(tmp / str(i))
        older = data / "xausl-schemas" / "26.11" / "codelists" / "older.csv"
        older.write_text(older.read_text("utf-8").replace(old, new), "utf-8")
        assert run("seal", older.parents[1])[0] == 0
        status, _, err = run("codes", data=data)
        assert status == 2 and ("older.csv" in err or "manifest.csv" in err), (old, status, err)


tap.run([lists, one_code, release_in_force_or_newest, two_versions_side_by_side, days, defects], sys.argv[2:])
