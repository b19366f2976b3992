# SPDX-License-Identifier: Apache-2.0
"""test-cli - xausl validate and xausl releases as a user sees them: output and exit status; prints TAP."""
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

XAUSL = sys.argv[1]
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
MESSAGE = ROOT / "tests/unit/schemas/messages/070001.xml"
ENV = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"} | {"XAUSL_DATADIR": str(ROOT)}


def run(*args, env=None):
    done = subprocess.run([XAUSL, *map(str, args)], capture_output=True, text=True, env=env or ENV, timeout=60)
    return done.returncode, done.stdout, done.stderr


def valid(tmp):
    status, out, err = run("validate", MESSAGE)
    assert status == 0 and not err, (status, err)
    assert out == f"{MESSAGE}: valid (26.11, ABHBAMF.Teilnahmeberechtigung.070001)\n", out


def invalid(tmp):
    bad = tmp / "bad.xml"
    bad.write_text(MESSAGE.read_text("utf-8").replace("<xa:aZRNummer>901231123456</xa:aZRNummer>", ""), "utf-8")
    status, out, err = run("validate", MESSAGE, bad)
    assert status == 1 and not err, (status, err)
    lines = out.splitlines()
    assert len(lines) == 2, out
    line = [n for n, t in enumerate(bad.read_text("utf-8").splitlines(), 1) if "<xa:geburtsort>" in t][0]
    assert lines[1] == (f"{bad}:{line}: error schema.element: xauslaender:ABHBAMF.Teilnahmeberechtigung.070001/xauslaender:weitereAngaben/"
                        "xauslaender:geburtsort: element is not expected here, expected: xauslaender:aZRNummer"), lines[1]
    assert run("validate", bad, tmp / "absent.xml")[0] == 1


def as_json(tmp):
    bad = tmp / "bad.xml"
    bad.write_text("<!DOCTYPE a><a/>", "utf-8")
    status, out, err = run("validate", "--json", MESSAGE, bad)
    assert status == 1 and not err, (status, err)
    good, found = map(json.loads, out.splitlines())
    assert good["verdict"] == "valid" and good["number"] == "070001" and good["findings"] == [], good
    assert found["verdict"] == "invalid" and found["findings"][0]["id"] == "xml.dtd", found


def formats(tmp):
    bad = tmp / "bad.xml"
    bad.write_text(MESSAGE.read_text("utf-8").replace(">Probe<", ">GEHEIM \u2013 &lt;b&gt;<"), "utf-8")
    status, out, err = run("validate", "--format", "junit", MESSAGE, bad, tmp / "absent.xml")
    assert status == 1 and "absent.xml" in err, (status, err)
    suite = ElementTree.fromstring(out).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1"), out
    assert suite[1].find("failure").get("type") == "schema.character" and suite[2].find("error") is not None, out
    assert "GEHEIM" not in out and "U+2013 at position 8" in out, out
    status, out, _ = run("validate", "--format", "html", MESSAGE, bad)
    assert status == 1 and out.startswith("<!DOCTYPE html>") and out.rstrip().endswith("</html>"), status
    assert "GEHEIM" not in out and "<script" not in out and "http" not in out.replace("http-equiv", ""), out
    _, out, _ = run("validate", "--format", "html", "--show-values", bad)
    assert "GEHEIM \u2013 &lt;b&gt;" in out and "personal data" in out, out
    found = json.loads(run("validate", "--format", "json", "--show-values", bad)[1])["findings"][0]
    assert found["value"] == "GEHEIM \u2013 <b>" and found["level"] == "error", found
    found = json.loads(run("validate", "--json", bad)[1])["findings"][0]
    assert "value" not in found and found["value_class"] == "text of 12 characters with U+2013", found


def folders(tmp):
    (tmp / "b" / "c").mkdir(parents=True)
    (tmp / "b" / "c" / "2.xml").write_bytes(MESSAGE.read_bytes())
    (tmp / "b" / "1.xml").write_bytes(MESSAGE.read_bytes())
    (tmp / "b" / "3.txt").write_text("none")
    (tmp / "b" / "around").symlink_to(tmp)
    status, out, err = run("validate", tmp / "b")
    assert status == 0 and not err, (status, err)
    assert [t.split(":")[0] for t in out.splitlines()] == [f"{tmp}/b/1.xml", f"{tmp}/b/c/2.xml"], out
    (tmp / "empty").mkdir()
    assert run("validate", tmp / "b", tmp / "empty")[0] == 2


def demands(tmp):
    for args, finding in ((["--now", "2026-11-22T08:00:00"], "frame.created-future"),
                          (["--now", "2026-11-22T08:56:00"], None),
                          (["--now", "2026-12-02T08:59:00", "--max-age", "10"], None),
                          (["--now", "2026-12-02T09:01:00", "--max-age", "10"], "frame.created-past"),
                          (["--direction", "office"], None), (["--direction", "bamf"], "frame.direction"),
                          (["--author", "azr:011200"], None), (["--author", "azr:011201"], "frame.author-other"),
                          (["--reader", "dbs:990000000070"], None), (["--reader", "azr:011200"], "frame.reader-other")):
        status, out, err = run("validate", "--json", *args, MESSAGE)
        assert not err and status == (1 if finding else 0), (args, status, err)
        assert [f["id"] for f in json.loads(out)["findings"]] == ([finding] if finding else []), (args, out)


def trouble(tmp):
    for args in (["validate"], ["validate", "--format", "pdf", MESSAGE], ["validate", "--direction", "up", MESSAGE],
                 ["validate", "--now", "soon", MESSAGE], ["validate", "--max-age", "10", MESSAGE], ["validate", "--nothing", MESSAGE], ["validate", tmp / "absent.xml"],
                 ["validate", MESSAGE, tmp], ["validate", "--release", "26.05", MESSAGE], ["validate", "--release", "x", MESSAGE],
                 ["validate", "--schemas", tmp, MESSAGE], ["releases", "more"], ["releases", "show", "more"], ["releases", "--now", "soon"],
                 ["releases", "--acceptance", tmp / "absent.csv"],
                 ["releases", "--versions", tmp], [], ["nothing"]):
        status, _, err = run(*args)
        assert status == 2 and err, (args, status, err)
    assert run("validate", MESSAGE, env=ENV | {"XAUSL_DATADIR": str(tmp)})[0] == 2


def release_demanded(tmp):
    assert run("validate", "--release", "26.11", MESSAGE)[0] == 0


def releases(tmp):
    status, out, err = run("releases", "--now", "2026-11-01T00:00:00")
    assert status == 0 and not err, (status, err)
    marked = [t for t in out.splitlines() if t.startswith("*")]
    assert len(marked) == 1 and marked[0].split() == ["*", "26.11", "2026-11-01", "confirmed", "26.11", "2026-11-01", "00:00",
                                                      "-", "assumption", "http://www.osci.de/xauslaender2611"], marked
    old = [t for t in out.splitlines() if t.split()[:1] == ["26.05"]]
    assert old[0].split()[1:8] == ["2026-05-01", "derived", "-", "2026-05-01", "00:00", "2026-11-08", "00:00"], old
    assert "in force on 2026-11-01: 26.11" in out and "2027-05-01" in out, out
    assert run("releases", "show", "--now", "2026-11-01T00:00:00")[1] == out
    _, out, _ = run("releases", "--now", "2026-10-31T23:59:59")
    assert not [t for t in out.splitlines() if t.startswith("*")] and "not certain" in out, out
    assert "next change: 26.11 on 2026-11-01 (confirmed)" in out, out
    assert "warning: 1 day left: there is no report of an acceptance test for 26.11" in out, out
    _, out, _ = run("releases", "--sources")
    assert "day: requirement of this project" in out and "rule: hour of the change" in out, out


def timeline(tmp):
    status, out, err = run("releases", "--timeline", "--now", "2026-11-22T12:00:00")
    assert status == 0 and not err, (status, err)
    rows = {t.split()[0]: t[9:].rstrip() for t in out.splitlines() if t[:1].isalnum() and not t.startswith("2026-")}
    # May is the first month drawn; a month has four signs
    assert rows["26.05"] == "-" * 24 + "o" and rows["26.11"] == " " * 24 + "#" * 24 + "?" * 24, rows
    assert rows["25.11"] == "o" and rows["now"] == " " * 26 + "^", rows
    assert "2026-11-08 00:00  26.05 not accepted any more (assumption)" in out, out
    assert "2027-05-01 00:00  day of change; no release is known for it" in out, out


def calendar_json(tmp):
    status, out, err = run("releases", "--json", "--now", "2026-11-22T12:00:00")
    assert status == 0 and not err and out.count("\n") == 1, (status, err)
    j = json.loads(out)
    assert j["in_force"] == "26.11" and j["next_change"] is None and j["warnings"] == [] and j["partners"] == [], j
    assert j["next_series_day"] == "2027-05-01T00:00:00.000+02:00", j
    assert [f["id"] for f in j["findings"]] == ["calendar.next"], j["findings"]
    last = j["releases"][-1]
    assert last["module"] == "26.11" and last["window"]["in_force"] == "2026-11-01T00:00:00.000+01:00", last
    assert last["window"]["accept_until"] is None and last["window"]["rule_certainty"] == "assumption", last
    assert j["releases"][0]["window"] is None and j["releases"][0]["namespace"] is None, j["releases"][0]


def calendar_check(tmp):
    status, out, _ = run("releases", "--check", "--now", "2026-11-22T12:00:00")
    assert status == 1 and "releases.csv: calendar.next: no release is known" in out, (status, out)
    versions = tmp / "versions"
    shutil.copytree(ROOT / "versions", versions)
    text = (versions / "releases.csv").read_text("utf-8")
    (versions / "releases.csv").write_text(text + "27.05;urn:made-up;2027-05-01;derived;made up;\n", "utf-8")
    status, out, _ = run("releases", "--check", "--versions", versions, "--now", "2027-04-24T12:00:00")
    assert status == 1, status
    line = text.count("\n") + 1
    for expected in (f"releases.csv:{line}: calendar.module: ", f"releases.csv:{line}: calendar.certainty: ",
                     "warning: 7 days left: there is no module for 27.05", "warning: 7 days left: the day of 27.05, 2027-05-01",
                     "warning: 7 days left: there is no report"):
        assert expected in out, (expected, out)
    # A release without a module of its own is the last known one: nothing is found once it is there, until it is the last.
    (versions / "releases.csv").write_text(text.replace("2026-11-01;confirmed", "2026-12-01;confirmed"), "utf-8")
    status, out, _ = run("releases", "--check", "--versions", versions, "--now", "2026-12-02T12:00:00")
    assert status == 1 and out.count("calendar.") == 1, out
    (versions / "transitions.csv").write_text("*;00:00;7d;assumption;made up\n26.11;;;assumption;made up\n", "utf-8")
    status, _, err = run("releases", "--versions", versions)
    assert status == 2 and "transitions.csv:2" in err, err


def configuration(tmp):
    config = tmp / "gateway.yaml"
    for name in ("bus.key", "cert.pem"):
        (tmp / name).write_text("-")
    report = tmp / "report.txt"
    report.write_text("accepted")
    (tmp / "reports.csv").write_text(f"26.11;2026-10-01;BAMF;report.txt;{hashlib.sha256(b'accepted').hexdigest()}\n")
    certs = {"cipher_cert": "cert.pem", "sign_cert": "cert.pem"}
    bamf = {"key": "dbs:990000000070", "name": "BAMF", **certs,
            "releases": [{"version": "26.11", "from": "2026-11-10T08:00:00", "until": "2027-05-20T00:00:00+02:00"}]}
    office = {"key": "azr:011200", "name": "n", "street": "s", "postcode": "80337", "town": "t", "channel_type": "01",
              "channel_value": "v", "sign_p12": "absent", "sign_pass_file": "absent", "cipher": [{"p12": "absent", "pass_file": "absent"}]}
    whole = {"gateway": {"journal": "j.db", "product": "p", "vendor": "v", "acceptance": "reports.csv"},
             "bus": {"endpoint": "tcp://127.0.0.1:0", "key_file": "bus.key"},
             "intermediary": {"url": "http://127.0.0.1:1/", **certs}, "bamf": bamf, "offices": [office]}
    config.write_text(json.dumps(whole))
    _, out, err = run("releases", "--config", config, "--now", "2026-10-31T12:00:00")
    assert "warning: 1 day left: dbs:990000000070 accepts no release on 2026-11-01" in out and not err, (out, err)
    assert "acceptance test" not in out, out
    _, out, _ = run("releases", "--config", config, "--now", "2026-11-10T07:59:59")
    assert "sent to dbs:990000000070: nothing (the partner accepts no release that may be sent)" in out, out
    _, out, _ = run("releases", "--config", config, "--now", "2026-11-10T08:00:00")
    assert "sent to dbs:990000000070: 26.11 (as announced)" in out, out
    _, out, _ = run("releases", "--config", config, "--now", "2026-11-22T12:00:00", "--timeline")
    assert "\n+26.11" in out and "2027-05-20 00:00  26.11 not accepted any more by dbs:990000000070" in out, out
    _, out, _ = run("releases", "--config", config, "--now", "2026-11-22T12:00:00", "--json")
    assert json.loads(out)["partners"][0]["send"] == "26.11", out
    report.write_text("changed")
    status, _, err = run("releases", "--config", config)
    assert status == 2 and "reports.csv:1" in err, err
    bamf["releases"][0]["until"] = "2026-11-10T08:00:00"
    config.write_text(json.dumps(whole))
    status, _, err = run("releases", "--config", config)
    assert status == 2 and "bamf.releases[0].until: ends before it begins" in err and "gateway.yaml:1:" in err, err
    status, _, err = run("releases", "--config", tmp / "absent.yaml")
    assert status == 2 and err, err


def helps(tmp):
    for args in (["--help"], ["validate", "--help"], ["releases", "--help"]):
        status, out, err = run(*args)
        assert status == 0 and out.startswith("usage: xausl") and not err, args


tap.run([valid, invalid, as_json, formats, folders, demands, trouble, release_demanded, releases, timeline, calendar_json, calendar_check, configuration,
         helps], sys.argv[2:])
