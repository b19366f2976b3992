# SPDX-License-Identifier: Apache-2.0
"""test-regress - xausl regress: what a change of release does to requests of offices; prints TAP."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
import made_up_release as made  # noqa: E402

XAUSL = sys.argv[1]
ENV = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"}
DEMO = ROOT / "conformance/demo"
MESSAGE = ROOT / "tests/unit/schemas/messages/070001.xml"
PERSON = {"given_names": "Lea", "surname": "Probe", "sex": "w", "birth_date": "1990-05-17", "azr_number": "901231123456",
          "birth_place": "Probestadt", "nationalities": ["163"],
          "address": {"postcode": "12345", "street": "Lindenweg", "town": "Musterstadt"}}


def run(data, *args, pair=("26.11", "27.05")):
    done = subprocess.run([XAUSL, "regress", "--from", pair[0], "--to", pair[1], *map(str, args)], capture_output=True, text=True,
                          env=ENV | {"XAUSL_DATADIR": str(data)}, timeout=100)
    return done.returncode, done.stdout, done.stderr


def as_json(data, *args, **more):
    status, out, err = run(data, "--format", "json", *args, **more)
    assert not err, err
    found = json.loads(out)
    s, files = found["summary"], found["files"]
    assert s["items"] == len(files) == s["unchanged"] + s["changed"] + s["trouble"], s
    assert status == (2 if s["trouble"] else 1 if s["changed"] else 0), (status, s)
    return found


def corpus(tmp, **requests):
    folder = tmp / "corpus"
    folder.mkdir()
    for name, request in requests.items():
        text = request if isinstance(request, str) else json.dumps(request)
        (folder / (name.replace("_", "."))).write_text(text, "utf-8")
    return folder


def only(found, name):
    one = [f for f in found["files"] if f["file"].endswith("/" + name)]
    assert len(one) == 1, found["files"]
    return one[0]


def changes(file, *what):
    return sorted((c["what"], c["change"], c["place"], c["text"]) for c in file["changes"] if not what or c["what"] in what)


def itself(tmp):
    """A release against itself changes nothing, in nothing that could be sent."""
    found = as_json(ROOT, pair=("26.11", "26.11"))
    assert found["summary"]["changed"] == found["summary"]["trouble"] == 0, found["summary"]
    numbers = {f["message"] for f in found["files"]}
    assert len(numbers) == 18 + 10, numbers
    assert found["summary"]["items"] > 2 * len(numbers)


def built_in(tmp):
    """The built-in requests find all that the made-up release does to office data."""
    found = as_json(made.make(tmp))
    s = found["summary"]
    assert s["trouble"] == 0, [f for f in found["files"] if f["state"] == "trouble"]
    fields = {key: {f["field"]: f["messages"] for f in s[key]} for key in ("required", "lost", "codes", "values", "allowed", "meaning")}
    assert fields["required"] == {"changed_on": ["070019"], "kennziffer": ["070008"]}, fields
    assert fields["lost"] == {"valid_until": ["070010"]}, fields
    assert fields["codes"]["residence_title"] == ["070001", "070008", "070009", "070010"], fields
    assert set(fields["codes"]) == {"residence_title", "registration.course_type", "sections[].course_type",
                                    "earlier_sections[].course_type"}, fields
    assert "070015" in {m for field in fields["codes"].values() for m in field}, fields
    assert all(field == "kennziffer" for field in fields["values"]), fields
    assert fields["values"]["kennziffer"] == ["070013", "070016", "070019", "070022"], fields
    assert not fields["allowed"] and not fields["meaning"], fields
    # 27.05 writes another version of the list of message types into every message of its own namespace
    own = [f for f in found["files"] if f["verdict"]["to"] == "accepted" and len(f["message"]) == 6]
    assert own and all(("xml", "changed", "nachrichtenkopf.g2g/identifikation.nachricht/nachrichtentyp/@listVersionID", "")
                       in changes(f) for f in own)
    base = [f for f in found["files"] if len(f["message"]) == 4]
    # in those of a base module only where they name a message of it
    assert base and all(c[:2] == ("xml", "changed") and c[2].endswith("/nachrichtentyp/@listVersionID") for f in base for c in changes(f))
    assert any(f["state"] == "unchanged" for f in base)
    assert as_json(tmp) == found


def demo(tmp):
    """Requests as offices send them, and messages in XML; values are not shown."""
    data = made.make(tmp)
    folder = tmp / "corpus"
    folder.mkdir()
    for f in [*DEMO.glob("*.json"), MESSAGE]:
        shutil.copy(f, folder)
    status, out, err = run(data, "--corpus", folder)
    assert status == 1 and not err, (status, out, err)
    for secret in ("Beispielova", "260517000002", "Musterograd", "AERL-STAT-041"):
        assert secret not in out
    found = as_json(data, "--corpus", folder)
    xml = only(found, "070001.xml")
    assert xml["message"] == "070001" and xml["verdict"] == {"from": "accepted", "to": "accepted"}, xml
    assert not changes(xml, "meaning"), xml
    assert found["summary"]["items"] == len(list(folder.iterdir()))


def single(tmp):
    """Each kind of change, in one request."""
    data = made.make(tmp)
    folder = corpus(
        tmp, lost_json={"message": "070010", "person": PERSON, "residence_title": "AERL-STAT-001", "valid_until": "2028-02-29"},
        code_json={"message": "070001", "person": PERSON, "residence_title": "AERL-STAT-002", "orientation_course_only": False},
        required_json={"message": "070008", "person": PERSON, "residence_title": "AERL-STAT-001", "language_course_only": False},
        plain_json={"message": "070001", "person": PERSON, "residence_title": "AERL-STAT-001", "orientation_course_only": False},
        many_json={"message": "070001", "person": PERSON | {"nationalities": ["163"] * 5}, "residence_title": "AERL-STAT-001",
                   "orientation_course_only": False},
        wrong_json={"message": "070001", "person": PERSON, "residence_title": "no title", "orientation_course_only": False},
        invalid_xml=(DEMO / "invalid.xml").read_text("utf-8"), note_txt="no request")
    found = as_json(data, "--corpus", folder)
    assert found["summary"]["trouble"] == 1, found
    refused = {"from": "accepted", "to": "refused"}
    for name, change in (("lost.json", ("lost", "new", "valid_until", "unknown_field")),
                         ("code.json", ("code", "new", "residence_title", "unknown_code")),
                         ("required.json", ("required", "new", "kennziffer", "missing"))):
        f = only(found, name)
        assert f["verdict"] == refused and changes(f) == [change, ("verdict", "changed", "", "refused now")], f
    many = only(found, "many.json")
    assert many["verdict"] == {"from": "refused", "to": "accepted"}, many
    assert ("allowed", "gone", "person.nationalities", "too_many") in changes(many), many
    wrong = only(found, "wrong.json")
    assert wrong["verdict"] == {"from": "refused", "to": "refused"} and wrong["state"] == "trouble", wrong
    assert wrong["trouble"] == "refused by both releases: residence_title unknown_code", wrong
    invalid = only(found, "invalid.xml")
    assert invalid["verdict"] == {"from": "invalid", "to": "invalid"}, invalid
    assert not [f for f in found["files"] if "note" in f["file"]]
    # values only if asked for
    assert not any("from" in c or "to" in c for f in found["files"] for c in f["changes"])
    shown = as_json(data, "--corpus", folder, "--show-values")
    assert any("from" in c for f in shown["files"] for c in f["changes"])


def trouble(tmp):
    """What cannot be compared is not called unchanged."""
    data = made.make(tmp / "data")
    good = {"message": "070016", "person": {"birth_date": "1990-02"}, "kennziffer": "9999999901"}
    for n, (name, text) in enumerate({"a_json": "{", "b_json": "[]", "c_json": "{}", "d_json": '{"a":1,"a":2}',
                                      "e_xml": '<a xmlns="urn:other"/>', "f_xml": MESSAGE.read_text("utf-8").replace("2611", "2511"),
                                      }.items()):
        sub = tmp / str(n)
        sub.mkdir()
        folder = corpus(sub, **{name: text, "good_json": good})
        found = as_json(data, "--corpus", folder)
        assert found["summary"]["trouble"] == 1 and only(found, name.replace("_", "."))["trouble"], (name, found)
    gone = tmp / "gone"
    gone.mkdir()
    (gone / "link.json").symlink_to(tmp / "absent")
    assert as_json(data, "--corpus", gone)["summary"]["trouble"] == 1
    empty = tmp / "empty"
    empty.mkdir()
    for args in (("--corpus", empty), ("--corpus", tmp / "absent"), ("--format", "junit"), ("--format", "x"), ("more",), ("--what",)):
        status, out, err = run(data, *args)
        assert status == 2 and (err or "trouble" in out), (args, status, out, err)
    for pair in (("26.11", "19.05"), ("x", "26.11")):
        status, out, err = run(data, pair=pair)
        assert status == 2 and err and not out, (pair, err)


def page(tmp):
    """One page that stands alone."""
    status, out, err = run(made.make(tmp), "--format", "html")
    assert status == 1 and not err
    assert out.startswith("<!DOCTYPE html>") and "default-src 'none'" in out and "<script" not in out and "src=" not in out
    for word in ("newly required", "changed_on", "valid_until", "codes that are gone", "residence_title"):
        assert word in out, word


tap.run([itself, built_in, demo, single, trouble, page], sys.argv[2:])
