# SPDX-License-Identifier: Apache-2.0
"""The program osci: exit status, JSON, files, and every wrong use.

argv: the program.  Messages are the shared vectors; without them only the usage is tested.
"""
import hashlib
import json
import os
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ["XAUSL_SOURCE_ROOT"], "tests", "lib"))
import tap  # noqa: E402
from tap import Skip, check  # noqa: E402

PROGRAM = sys.argv.pop(1)
VECTORS = os.path.join(os.environ.get("XAUSL_SHARED", "."), "vectors", "osci")
KEYS = os.path.join(VECTORS, "keys")
NOW = "2026-11-22T09:00:00Z"
TMP = tempfile.TemporaryDirectory()
PASSWORD = "osci-test"


def osci(*args):
    p = subprocess.run([PROGRAM, *args], capture_output=True, timeout=60)
    check(p.returncode in (0, 1, 2, 3), "exit status", p.returncode, p.stderr)
    check(all(b < 128 for b in p.stdout), "ASCII alone on stdout")
    check(PASSWORD.encode() not in p.stdout + p.stderr, "the password is shown")
    if p.returncode in (0, 3) and args and args[0] == "open" and "--help" not in args:
        check(not p.stderr, "text on stderr", p.stderr)
        return p.returncode, json.loads(p.stdout), ""
    return p.returncode, p.stdout.decode(), p.stderr.decode()


def tmp(name, data=None):
    path = os.path.join(TMP.name, name)
    if data is not None:
        with open(path, "wb") as f:
            f.write(data)
    return path


def vector(name):
    path = os.path.join(VECTORS, name + ".bin")
    if not os.path.exists(path):
        raise Skip("no vectors at hand")
    return path


def key(name):
    return ["--p12", os.path.join(KEYS, name + ".p12"), "--pass-file", tmp("pass", PASSWORD.encode() + b"\n")]


def trust(*names):
    return [a for n in names for a in ("--trust", os.path.join(KEYS, n + ".cert.pem"))]


def refused(code, *args):
    status, out, _ = osci("open", "--now", NOW, *args)
    check(status == 3 and list(out) == ["rejected"], "refused", status, out)
    check(set(out["rejected"]) == {"code", "reason", "where"}, "members", out)
    check(out["rejected"]["code"] == code and out["rejected"]["reason"], "code " + code, out)
    return out["rejected"]


def accepted(*args):
    status, out, _ = osci("open", "--now", NOW, *args)
    check(status == 0, "accepted", out)
    return out


def test_help_and_version():
    for args in (["--help"], ["open", "--help"]):
        status, out, err = osci(*args)
        check(status == 0 and "osci" in out and not err, "help", args, status, err)
    status, out, _ = osci("--version")
    check(status == 0 and out.startswith("osci "), "version", out)


def test_wrong_use():
    message = tmp("message", b"<a/>")
    for args in ([], ["close"], ["--nonsense"], ["open"], ["open", message, message], ["open", "--nonsense", message],
                 ["open", "--p12", "a", message], ["open", "--pass-file", "a", message],
                 ["open", "--p12", "a", "--p12", "b", "--pass-file", "c", message],
                 ["open", "--p12", "a", "--pass-file", "b", "--pass-file", "c", message],
                 ["open", "--now", "yesterday", message], ["open", "--now", "2026-11-22T09:00", message],
                 ["open", "--now", "2026-13-22T09:00:00Z", message], ["open", "--now", NOW, "--now", NOW, message],
                 ["open", "--out", "a", "--out", "b", message], ["open", message, "--trust"],
                 ["open", "--help=1", message], ["open", "--allow-cbc=yes", message], ["--help", "--version"]):
        status, out, err = osci(*args)
        check(status == 2 and not out and "usage:" in err, "usage", args, status, out, err)


def test_unreadable_files():
    missing = tmp("missing")
    message = tmp("message", b"<a/>")
    broken = tmp("broken.pem", b"no certificate\n")
    for args, name in ((["open", missing], missing), (["open", TMP.name], TMP.name),
                       (["open", "--trust", missing, message], missing),
                       (["open", "--trust", broken, message], broken),
                       (["open", "--p12", missing, "--pass-file", message, message], missing)):
        status, out, err = osci(*args)
        check(status == 1 and not out and name in err, "unreadable", args, status, err)


def test_key_file_errors():
    message = vector("store-06-all-rsa.01-storeDelivery")
    p12 = os.path.join(KEYS, "intermed-enc-3072.p12")
    wrong = tmp("wrong", b"not-it\n")
    status, out, err = osci("open", "--p12", p12, "--pass-file", wrong, message)
    check(status == 1 and not out and p12 in err, "wrong password", err)
    check("not-it" not in err, "the wrong password is shown", err)
    status, out, err = osci("open", "--p12", p12, "--pass-file", tmp("nowhere"), message)
    check(status == 1 and not out and "nowhere" in err, "no password file", err)
    garbage = tmp("garbage.p12", b"garbage")
    status, out, err = osci("open", "--p12", garbage, *key("office-enc-3072")[2:], message)
    check(status == 1 and not out and garbage in err, "no PKCS#12", err)


def test_now_is_berlin_time_without_a_zone():
    name = vector("store-02-csig-rsa.01-storeDelivery")
    for now, status in (("2026-11-22T09:00:00", 0), ("2026-11-22T09:00:00+01:00", 0), ("1999-11-22T09:00:00", 3)):
        got, out, _ = osci("open", "--now", now, *trust("office-sig-3072"), name)
        check(got == status, "time", now, out)


def test_garbage_message():
    for name, data in (("empty", b""), ("text", b"hello"), ("xml", b"<a/>"), ("zeros", bytes(1000)),
                       ("fault-like", b"<soap:Envelope xmlns:soap='http://schemas.xmlsoap.org/soap/envelope/'/>")):
        refused("9100", tmp(name, data))


def test_fetched_delivery():
    name = "dialog-enc-pss-4096.14-responseToFetchDelivery"
    with open(os.path.join(VECTORS, name + ".json") if os.path.exists(vector(name)) else "") as f:
        expected = json.load(f)
    out_dir = tmp("fetched")
    out = accepted(*key("bamf-enc-4096"), *trust("intermed-sig-4096", "office-sig-4096"), "--out", out_dir, vector(name))
    check(out["type"] == "responseToFetchDelivery" and out["transport_encrypted"] is True, "type", out)
    check(out["signature_block"] == "SupplierSignature", "block", out)
    s = out["client_signature"]
    check(s["status"] == "valid" and s["algorithm"] == expected["message_signature"]["algorithm"], "signature", s)
    check(s["certificate_subject"].startswith("CN=Intermedi\u00e4r Musterstadt"), "signer", s)
    check(out["control_block"] == expected["control_block"], "control block", out["control_block"])
    check([f["code"] for f in out["feedback"]] == ["0801"], "feedback", out["feedback"])
    card = out["process_cards"][0]
    for field in ("message_id", "creation", "forwarding", "subject"):
        check(card[field] == expected["fields"]["process_cards"][0][field], field, card)
    check([(c["role"], c["id"]) for c in out["certificates"]] ==
          [(c["element"], c["id"]) for c in expected["certificates"]], "certificates", out["certificates"])
    content = out["contents"][0]
    container = expected["payload"][0]["container"]
    check(content["id"] == container["contents"][0]["id"] and content["container"] == container["id"], "ids", content)
    check(content["encrypted"] and content["algorithm"].endswith("#aes256-gcm"), "encryption", content)
    check(content["signatures"][0]["status"] == "valid", "content signature", content)
    check(content["file"] == "content-1.bin" and os.listdir(out_dir) == ["content-1.bin"], "file", content)
    check(stat.S_IMODE(os.stat(out_dir).st_mode) == 0o700, "mode of the directory")
    path = os.path.join(out_dir, "content-1.bin")
    check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "mode of the file")
    with open(path, "rb") as f:
        data = f.read()
    check(len(data) == content["bytes"], "length", content)
    check(hashlib.sha256(data).hexdigest() == container["contents"][0]["sha256"] == content["sha256"], "octets")


def test_without_out_nothing_is_written():
    out = accepted(vector("store-01-plain.01-storeDelivery"), *trust("office-sig-3072"))
    check(out["contents"][0]["file"] is None and out["contents"][0]["bytes"] > 0, "file", out["contents"])


def test_order_and_attachments():
    out_dir = tmp("attachments")
    out = accepted(*trust("office-sig-3072"), "--out", out_dir, vector("store-10-attachment.01-storeDelivery"))
    check(out["type"] == "storeDelivery" and out["message_id"].startswith("msg-000001-"), "id", out)
    check(out["signature_block"] == "ClientSignature", "block", out)
    check([a["content_id"] for a in out["attachments"]] == ["anlage.bin"], "attachments", out["attachments"])
    check(sorted(os.listdir(out_dir)) == ["content-1.bin", "content-2.bin"], "names are ours", os.listdir(out_dir))
    attached = [c for c in out["contents"] if c["attachment"] == "anlage.bin"][0]
    check(out["attachments"][0]["file"] == attached["file"], "attachment file", out["attachments"])
    check(out["attachments"][0]["bytes"] == os.path.getsize(os.path.join(out_dir, attached["file"])), "size")


def test_encrypted_attachment():
    out = accepted(*key("intermed-enc-3072"), *key("bamf-enc-3072"), *trust("office-sig-3072"),
                   vector("store-11-attachment-enc.01-storeDelivery"))
    check(out["attachments"] and all(a["encrypted"] and a["readable"] for a in out["attachments"]), "attachments",
          out["attachments"])


def test_unsigned_message():
    out = accepted(vector("dialog-plain-nosig-3072.06-responseToStoreDelivery"))
    check(out["client_signature"]["status"] == "absent" and out["signature_block"] is None, "absent", out)
    check(out["client_signature"]["certificate_subject"] is None, "absent", out["client_signature"])


def test_fault():
    out = accepted(vector("fault.1-soapFault"))
    check(out["type"] == "soapFault" and out["fault"]["code"] == "9202", "fault", out["fault"])
    check(out["client_signature"]["status"] == "absent" and out["contents"] == [], "nothing else", out)


def test_other_readers():
    name = vector("store-04-cenc-gcm.01-storeDelivery")
    out_dir = tmp("unread")
    out = accepted(*trust("office-sig-3072"), "--out", out_dir, name)
    check([c["readable"] for c in out["contents"]] == [False], "listed, not readable", out["contents"])
    check(out["contents"][0]["file"] is None and out["contents"][0]["bytes"] is None, "no file", out["contents"])
    check(os.listdir(out_dir) == [], "nothing written")
    out = accepted(*key("bamf-enc-3072"), *trust("office-sig-3072"), name)
    check([c["readable"] for c in out["contents"]] == [True], "readable", out["contents"])


def test_two_readers():
    name = vector("store-14-two-readers.01-storeDelivery")
    for reader in ("bamf-enc-3072", "bamf-enc-4096"):
        out = accepted(*key(reader), *trust("office-sig-3072"), name)
        check(out["contents"][0]["readable"], reader, out["contents"])


def test_certificate_authority():
    name = vector("dialog-enc-nosig-ca.05-storeDelivery")
    out = accepted(*key("intermed-enc-ca"), *key("bamf-enc-ca"), *trust("ca-root", "ca-sub"), name)
    check(out["contents"][0]["signatures"], "signed under the CA", out["contents"])


def test_trust():
    name = vector("dialog-plain-sig-3072.02-responseToInitDialog")
    accepted(*trust("intermed-sig-3072"), name)
    refused("9700", name)
    refused("9700", *trust("office-sig-3072", "stranger-sig-3072"), name)
    refused("9700", *trust("intermed-sig-3072"),
            vector("dialog-plain-sig-3072.02-responseToInitDialog.tampered-signed-by-stranger"))


def test_validity():
    name = vector("dialog-plain-sig-3072.02-responseToInitDialog")
    for time in ("2020-01-01T00:00:00Z", "2099-01-01T00:00:00+01:00", "1969-12-31T23:59:59.5Z"):
        status, out, _ = osci("open", "--now", time, *trust("intermed-sig-3072"), name)
        check(status == 3, "outside the validity period", time, out)


def test_altered_messages():
    refused("9601", *trust("office-sig-3072"), vector("dialog-plain-sig-3072.05-storeDelivery.tampered-challenge"))
    refused("9602", *trust("office-sig-3072"),
            vector("dialog-plain-sig-3072.05-storeDelivery.tampered-body-not-referenced"))
    refused("9100", vector("store-01-plain.01-storeDelivery.tampered-doctype"))
    refused("9100", vector("store-01-plain.01-storeDelivery.tampered-schema-location"))


def test_transport():
    name = "store-06-all-rsa.01-storeDelivery"
    refused("9200", vector(name))
    refused("9200", *key("office-enc-3072"), vector(name))
    refused("9202", *key("intermed-enc-3072"), *trust("office-sig-3072"), vector(name + ".tampered-tag"))
    out = accepted(*key("office-enc-3072"), *key("intermed-enc-3072"), *trust("office-sig-3072"), vector(name))
    check(out["transport_encrypted"], "encrypted", out)


def test_cbc():
    name = vector("store-05-cenc-cbc.01-storeDelivery")
    keys = key("bamf-enc-3072") + trust("office-sig-3072")
    refused("9202", *keys, name)
    accepted(*keys, "--allow-cbc", name)
    refused("9202", *key("intermed-enc-3072"), *trust("office-sig-3072"),
            vector("store-23-transport-cbc.01-storeDelivery"))


def test_out_directory():
    name = vector("store-10-attachment.01-storeDelivery")
    keys = trust("office-sig-3072")
    for place in (os.path.join(tmp("nowhere"), "deep"), tmp("file", b"x")):
        status, out, err = osci("open", "--now", NOW, *keys, "--out", place, name)
        check(status == 1 and not out and place in err, "directory", place, status, err)
    # Nothing is overwritten, no link is followed, and what was written before is taken away again.
    there = tmp("there")
    os.mkdir(there)
    target = tmp("target", b"untouched")
    os.symlink(target, os.path.join(there, "content-2.bin"))
    status, out, err = osci("open", "--now", NOW, *keys, "--out", there, name)
    check(status == 1 and not out and "content-2.bin" in err, "file in the way", status, err)
    check(os.listdir(there) == ["content-2.bin"], "first file taken away", os.listdir(there))
    with open(target, "rb") as f:
        check(f.read() == b"untouched", "link followed")
    # A refused message leaves no directory.
    gone = tmp("gone")
    refused("9100", "--out", gone, vector("store-01-plain.01-storeDelivery.tampered-same-ids"))
    check(not os.path.exists(gone), "directory of a refused message")


def test_bare_envelope():
    path = os.path.join(os.environ.get("XAUSL_SHARED", "."), "security", "xsw-sample", "storeDelivery.xml")
    if not os.path.exists(path):
        raise Skip("no sample at hand")
    out = accepted(*trust("office-sig-3072"), path)
    check(out["type"] == "storeDelivery" and out["client_signature"]["status"] == "valid", "bare envelope", out)


tap.main(__name__)
