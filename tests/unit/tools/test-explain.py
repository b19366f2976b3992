# SPDX-License-Identifier: Apache-2.0
"""osci explain: what it says of messages in order, and of broken and hostile ones.

argv: the program.  Own vectors always; the shared corpora where they are at hand.  The rule behind all of it: explain
and open agree on every message, and nothing is called valid that is not.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import tap  # noqa: E402
from stack import SANITIZED  # noqa: E402
from tap import Skip, check  # noqa: E402

PROGRAM = sys.argv.pop(1)
OWN = ROOT / "tests" / "vectors"
SHARED = Path(os.environ.get("XAUSL_SHARED", "."))
TMP = Path(tempfile.mkdtemp(prefix="osci-explain-"))
NOW = ["--now", "2026-11-29T00:00:00"]


def run(command, args):
    limited = [PROGRAM] if SANITIZED else ["sh", "-c", 'ulimit -v 4000000; exec "$@"', "sh", PROGRAM]
    done = subprocess.run([*limited, command, *map(str, args)], capture_output=True, timeout=60)
    check(done.returncode in (0, 3), "status", command, args, done.returncode, done.stderr)
    check(not done.stderr and all(b < 128 for b in done.stdout), "ASCII on stdout alone", done.stderr)
    return done.returncode, json.loads(done.stdout)


def explain(*args):
    """Explain, held against open; checks what has to hold for every message."""
    status, out = run("explain", args)
    other, opened = run("open", args)
    check(status == other, "explain and open agree", args[-1], status, other)
    check((out["result"] == "accepted") == (status == 0) == (out["stopped"] is None), "result", out["result"])
    m = out["message"]
    signature = m["signature"]
    if "values" in m:
        check(signature["valid"] and signature["signer"]["trusted"] and signature["signature_value_holds"] and
              all(r["holds"] for r in signature["references"]) and not signature["not_covered"], "values without proof", m)
        check(all(b["digest_holds"] for b in m["header_blocks_and_body"]), "blocks")
    if status == 3:
        check(out["stopped"]["code"] == opened["rejected"]["code"], "code", out["stopped"], opened)
        check(out["stopped"]["reason"] and out["stopped"]["step"], "why and where", out["stopped"])
    elif signature:
        check(signature["valid"] and opened["client_signature"]["status"] == "valid", "valid")
    return out


def own_args(*signers, keys=("intermediary-cipher", "recipient-cipher", "reader-cipher", "office-cipher")):
    password = TMP / "pass"
    password.write_text("vectors\n")
    args = list(NOW)
    for p12 in keys:  # each takes its time: PBKDF2
        args += ["--p12", OWN / "keys" / (p12 + ".p12"), "--pass-file", password]
    for name in signers or ("office-sign", "author-sign", "intermediary-sign", "recipient-sign"):
        pem = TMP / (name + ".pem")
        if not pem.exists():
            subprocess.run(f"openssl pkcs12 -in {OWN}/keys/{name}.p12 -passin pass:vectors -nokeys 2>/dev/null | "
                           f"openssl x509 > {pem}", shell=True, check=True)
        args += ["--trust", pem]
    return args


def own(name, *signers):
    return explain(*own_args(*signers), OWN / "osci" / (name + ".mime"))


def test_own_vectors():
    n = 0
    for path in sorted((OWN / "osci").glob("*.mime"))[::4]:
        out = own(path.stem)
        facts = json.loads(path.with_suffix(".json").read_text())
        if "rejected" in facts:
            check(out["result"] == "refused" and out["stopped"]["code"] == facts["rejected"]["code"], path.stem, out["stopped"])
        else:
            check(out["result"] == "accepted" and out["message"]["type"] == facts["type"], path.stem, out["stopped"])
        n += 1
    check(n > 20, "vectors", n)


def test_levels_of_a_sealed_delivery():
    out = own("storeDelivery-attachment.sealed")
    check(out["outer"]["envelope"] == "encrypted message" and len(out["outer"]["parts"]) == 2, "outer", out["outer"])
    t = out["outer"]["transport_encryption"]
    check(t["cipher"] == "aes256-gcm" and t["iv_octets"] == 12 and t["readers"][0]["key_at_hand"] and
          t["readers"][0]["subject"].startswith("CN=intermediary-cipher"), "for whom", t)
    check([p["content_id"] for p in out["message"]["parts"]] == ["osci@message", "anlage-1.bin"], "parts")
    refs = {r["uri"]: r for r in out["message"]["signature"]["references"]}
    check(refs["cid:anlage-1.bin"]["transform"] == "none" and refs["#body"]["transform"] == "c14n", "transforms", refs)
    check(refs["#body"]["covers"] == "soap:Envelope/soap:Body" and refs["#body"]["digest"] == "sha256", "body", refs)
    c = out["contents"]
    check(c["encrypted"][0]["readable"] and c["encrypted"][0]["layer"] == 1, "layers", c["encrypted"])
    container = c["containers"][0]
    check([k["kind"] for k in container["children"]] == ["inline", "attachment", "attachment key"], "children", container)
    check(container["layers_of_encryption"] == 1 and container["signatures"][0]["valid"], "author", container)
    check({r["transform"] for r in container["signatures"][0]["references"]} == {"base64", "c14n", "none"}, "transforms")
    check(out["remarks"] == [], "remarks", out["remarks"])


def test_contents_are_never_shown():
    facts = json.loads((OWN / "osci/storeDelivery.signed.json").read_text())
    check(facts["contents"][0]["bytes"], "facts")
    with tempfile.TemporaryDirectory() as out:
        run("open", [*own_args(), "--out", out + "/o", OWN / "osci/storeDelivery.sealed.mime"])
        content = (Path(out) / "o/content-1.bin").read_bytes()
    for text in ([], ["--text"]):
        shown = subprocess.run([PROGRAM, "explain", *map(str, own_args()), *text, str(OWN / "osci/storeDelivery.sealed.mime")],
                               capture_output=True, check=True).stdout
        check(content not in shown and base64.b64encode(content)[:16] not in shown, "content is shown")


def test_signer_not_trusted():
    out = own("storeDelivery.signed", "author-sign")
    s = out["message"]["signature"]
    check(out["stopped"]["code"] == "9700" and out["stopped"]["step"] == "message signature", "why", out["stopped"])
    check(s["signature_value_holds"] and not s["valid"] and not s["signer"]["trusted"] and s["signer"]["why_not"], "signer", s)
    check("values" not in out["message"] and out["message"]["unverified_values"]["subject"], "values are not verified")
    check(any("not to be trusted" in r for r in out["remarks"]), "remark", out["remarks"])


def test_digest_of_one_part_is_wrong():
    s = own("refused-attachment")["message"]["signature"]
    check([r["uri"] for r in s["references"] if not r["holds"]] == ["cid:anlage-1.bin"], "only this", s["references"])
    check(s["signature_value_holds"] and not s["valid"], "the value holds", s)
    out = own("refused-extra-block")
    check(out["stopped"]["code"] == "9602" and len(out["message"]["signature"]["not_covered"]) == 1, "not covered", out["stopped"])
    out = own("refused-content")
    check(out["stopped"]["step"] == "content signature", "contents", out["stopped"])
    check(not out["contents"]["containers"][0]["signatures"][0]["valid"], "author", out["contents"])


def test_algorithm_outside_the_profile_is_named():
    s = own("refused-signature-algorithm")["message"]["signature"]
    check(s["algorithm"] is None and s["algorithm_uri"] and s["stopped"]["reason"] and s["not_covered"] == [], "algorithm", s)


def test_without_keys():
    out = explain(*NOW, OWN / "osci/storeDelivery.sealed.mime")
    check(out["stopped"]["code"] == "9200" and out["stopped"]["step"] == "transport encryption", "stopped", out["stopped"])
    check(out["stopped"]["meaning"]["de"] and out["stopped"]["meaning"]["en"], "in words", out["stopped"])
    check(not out["outer"]["transport_encryption"]["readers"][0]["key_at_hand"], "for whom")
    out = explain(*NOW, "--trust", own_args()[-1], "--trust", TMP / "office-sign.pem", OWN / "osci/storeDelivery.signed.mime")
    check(out["contents"]["encrypted"] and not out["contents"]["encrypted"][0]["readable"], "for other readers", out["contents"])


def test_remarks_and_text():
    out = own("initDialog.unsigned")
    check("the message is not signed" in out["remarks"] and "unverified_values" in out["message"], "unsigned", out["remarks"])
    out = own("soapFault.unsigned")
    check(any("proves nothing" in r for r in out["remarks"]), "fault", out["remarks"])
    recorded = TMP / "recorded.bin"
    recorded.write_bytes(b"POST /osci HTTP/1.1\r\nHost: im\r\n\r\n" + (OWN / "osci/initDialog.unsigned.mime").read_bytes())
    out = explain(recorded)
    check(any("head of an HTTP message" in r for r in out["remarks"]), "recorded with its head", out["remarks"])
    text = subprocess.run([PROGRAM, "explain", "--text", *map(str, own_args()), str(OWN / "osci/responseToStoreDelivery.unsigned.mime")],
                          capture_output=True, check=True).stdout.decode()
    check("result: accepted" in text and "meaning:" in text and "{" not in text, "text", text)


def test_algorithms_past_their_day():
    calendar = ["--algorithms", ROOT / "versions" / "algorithms.csv"]
    args = [*own_args(), OWN / "osci/storeDelivery.signed.mime"][2:]
    for now, past in (("2026-11-29T00:00:00", False), ("2037-01-01T00:00:00", True)):
        _, out = run("explain", [*calendar, "--now", now, *args])
        check(any("past its last day" in r for r in out["remarks"]) == past, "remarks", now, out["remarks"])
    done = subprocess.run([PROGRAM, "explain", "--algorithms", str(TMP / "nowhere"), str(args[-1])], capture_output=True)
    check(done.returncode == 1 and b"nowhere" in done.stderr, "no calendar", done)


def test_every_prefix_and_flipped_octets():
    """Whatever is cut off or changed: an object and a reason, never a crash."""
    data = (OWN / "osci/storeDelivery-attachment.signed.mime").read_bytes()
    path = TMP / "changed"
    args = [*own_args(keys=()), path]
    for i in range(0, len(data), max(1, len(data) // 10)):
        path.write_bytes(data[:i])
        check(explain(*args)["result"] == "refused", "cut", i)
        path.write_bytes(data[:i] + bytes([data[i] ^ 1]) + data[i + 1:])
        explain(*args)


def test_hostile_corpus():
    corpus = SHARED / "security" / "corpus"
    if not corpus.is_dir():
        raise Skip("no corpus at hand")
    n = 0
    for path in sorted(p for d in ("xml", "soap", "mime", "http") for p in (corpus / d).rglob("*") if p.is_file())[::2]:
        explain(*own_args(keys=()), path)
        n += 1
    check(n > 25, "files", n)


def test_wrapping_samples():
    samples = sorted((SHARED / "security" / "xsw-sample").rglob("*.xml"))
    if not samples:
        raise Skip("no samples at hand")
    for path in samples:
        out = explain(*own_args(), path)
        check(out["message"].get("values") is None, "a sample of unknown signers has no verified values", path)


def test_shared_vectors():
    vectors = SHARED / "vectors" / "osci"
    if not vectors.is_dir():
        raise Skip("no vectors at hand")
    password = TMP / "pass2"
    password.write_text("osci-test\n")
    args = ["--now", "2026-11-22T09:00:00Z"]
    for p12 in sorted((vectors / "keys").glob("*-enc-3072.p12")) + sorted((vectors / "keys").glob("*-enc-4096.p12")):
        args += ["--p12", p12, "--pass-file", password]
    for pem in sorted((vectors / "keys").glob("*-sig-*.cert.pem")):
        args += ["--trust", pem]
    accepted = n = 0
    for path in sorted(vectors.glob("*.bin"))[::60]:
        accepted += explain(*args, path)["result"] == "accepted"
        n += 1
    check(n > 4 and accepted > n // 2, "of the reference implementation", n, accepted)
    cbc = sorted(vectors.glob("store-23-transport-cbc*.01-storeDelivery.bin"))
    if cbc:
        out = explain(*args, cbc[0])
        check(out["result"] == "refused" and out["outer"]["transport_encryption"]["cipher"].endswith("cbc"), "CBC is named", out)
        out = explain(*args, "--allow-cbc", cbc[0])
        check(any("proves nothing" in r for r in out["remarks"]), "CBC is remarked", out["remarks"])


tap.main(__name__)
