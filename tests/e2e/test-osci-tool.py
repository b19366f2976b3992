# SPDX-License-Identifier: Apache-2.0
"""The program osci against a real intermediary: every subcommand, every exit status."""
import hashlib
import http.client
import http.server
import json
import os
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, os.path.join(os.environ["XAUSL_SOURCE_ROOT"], "tests", "lib"))
import tap  # noqa: E402
from stack import MUNICH, SANITIZED, Stack, free_port, program  # noqa: E402
from tap import check, until  # noqa: E402

OFFICE, BAMF = "azr-011200", "bamf"
URI = "urn:amt:fachverfahren"
STACK = None
TMP = Path(tempfile.mkdtemp(prefix="osci-tool-"))
RECV_PORT = free_port()


def stack():
    global STACK
    if STACK is None:
        STACK = Stack(offices=(MUNICH,), start=False, intermediary={
            "intermediary.spool": None, "intermediary.participants": None})
        people = [{"id": name, "cipher": [STACK.key(name + "-enc.pem")], "sign": [STACK.key(name + "-sign.pem")]}
                  for name in (OFFICE, BAMF)]
        people[1].update({"uris": [URI], "url": f"http://127.0.0.1:{RECV_PORT}/amt"})
        (TMP / "spool").mkdir()
        STACK.intermediary_extra = {
            "intermediary.participants": people, "intermediary.spool": {"dir": str(TMP / "spool")},
            "intermediary.limits.message": "200MiB"}
        STACK.configure()
        STACK.start(gateway=False, sim=False)
        for name in (OFFICE, BAMF):
            profile(name)
    return STACK


def profile(name, **more):
    s = STACK
    text = f"""url: "{s.url}"
sign: {{ p12: "{s.key(name + '-sign.p12')}", pass_file: "{s.key(name + '-sign.pass')}" }}
decrypt:
  - {{ p12: "{s.key(name + '-enc.p12')}", pass_file: "{s.key(name + '-enc.pass')}" }}
intermediary: {{ cipher: "{s.key('im-enc.pem')}", signer: "{s.key('im-sign.pem')}" }}
trust: [ "{s.key('ca.pem')}" ]
languages: "de en"
"""
    path = TMP / (name + ".yaml")
    path.write_text(text, "utf-8")
    return str(path)


def osci(*args, status=0, text=False, timeout=120):
    done = subprocess.run([program("osci"), *map(str, args)], capture_output=True, timeout=timeout)
    check(done.returncode == status, f"osci {' '.join(map(str, args))}: status", done.returncode, done.stdout, done.stderr)
    if status == 2:
        check(done.stderr and not done.stdout, "usage goes to stderr", done.stdout)
        return done.stderr.decode()
    if status == 0 and "--help" not in args:
        check(not done.stderr, "text on stderr", done.stderr)
    if text or not done.stdout:
        return done.stdout.decode() or done.stderr.decode()
    check(all(b < 128 for b in done.stdout), "ASCII alone on stdout")
    return json.loads(done.stdout)


def office(*args, **kw):
    stack()
    return osci(args[0], "--profile", TMP / (OFFICE + ".yaml"), *args[1:], **kw)


def bamf(*args, **kw):
    stack()
    return osci(args[0], "--profile", TMP / (BAMF + ".yaml"), *args[1:], **kw)


def to_bamf():
    return ["--to", stack().key(BAMF + "-enc.pem")]


def file(name, data):
    path = TMP / name
    path.write_bytes(data)
    return path


def empty_mailbox():
    bamf("fetch", "--out", TMP / "drain", status=any_of(0, 5))


class any_of(tuple):
    def __new__(cls, *values):
        return super().__new__(cls, values)

    def __eq__(self, other):
        return other in tuple(self)

    def __ne__(self, other):
        return other not in tuple(self)

    __hash__ = tuple.__hash__


# --- keys --------------------------------------------------------------------
def test_restart_of_the_intermediary():
    """It ends as in a crash behind the order carried out: the same delivery, once, and the mailbox as it was."""
    s = stack()
    empty_mailbox()
    journal = TMP / "restart.journal"
    order = ("send", *to_bamf(), "--subject", "Neustart", "--journal", journal, file("restart.txt", b"einmal"))
    s.fault("intermediary", "store restart 1")
    office(*order, status=1)
    daemon = s.processes["intermediary"]
    check(daemon.wait_end(20) == 75, "status of a crash", daemon.popen.returncode)
    s.fault("intermediary")
    daemon.start()
    office(*order)
    got = bamf("fetch", "--out", TMP / "restart")
    check(len(got["deliveries"]) == 1, "there once", got)
    bamf("fetch", "--out", TMP / "restart", status=5)


def test_keys_of_every_type():
    for kind, key, bits in (("rsa3072", "RSA", 3072), ("rsa4096", "RSA", 4096), ("p256", "EC", 256), ("p384", "EC", 384)):
        out = osci("keys", "make", "--type", kind, "--use", "sign", "--subject", "CN=Köln\\, Amt,O=Stadt,C=DE",
                   "--out", TMP / kind, "--csr", "--days", "10", "--now", "2026-11-22T09:00:00")
        check(out["key"] == key and out["bits"] == bits and out["usage"] == ["sign"], "key", out)
        check("Köln\\, Amt" in out["subject"] and out["not_before"].startswith("2026-11-22T08:00:00"), "names, time", out)
        check(len(out["files"]) == 4, "files", out)
        for path in out["files"]:
            check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "mode", path)
        shown = osci("keys", "show", "--pass-file", TMP / (kind + ".pass"), TMP / (kind + ".p12"))
        check({k: v for k, v in out.items() if k != "files"} == shown == osci("keys", "show", TMP / (kind + ".pem")),
              "shown", shown)
        der = subprocess.run(["openssl", "x509", "-in", TMP / (kind + ".pem"), "-outform", "DER"], capture_output=True,
                             check=True).stdout
        check(hashlib.sha256(der).hexdigest() == shown["sha256"], "fingerprint", shown)
        subprocess.run(["openssl", "req", "-verify", "-noout", "-in", TMP / (kind + ".csr")], check=True, capture_output=True)
    osci("keys", "make", "--subject", "CN=a", "--out", TMP / "p256", status=1)
    text = osci("keys", "show", "--text", TMP / "p256.pem", text=True)
    check("subject: " in text and "Köln" in text and "{" not in text, "for people", text)


def test_keys_wrong_use():
    for args in ([], ["close"], ["make"], ["make", "--subject", "CN=a", "--out", "x", "--type", "rsa1024"],
                 ["make", "--subject", "a", "--out", "x"], ["make", "--subject", "CN=", "--out", "x"],
                 ["make", "--subject", "CN=a,", "--out", "x"], ["make", "--subject", "ZZ=a", "--out", "x"],
                 ["make", "--subject", "CN=a", "--out", "x", "--type", "p256", "--use", "encrypt"],
                 ["make", "--subject", "CN=a", "--out", "x", "--days", "0"], ["show"], ["show", "a", "b"]):
        osci("keys", *args, status=2)
    osci("keys", "show", TMP / "nowhere.pem", status=1)
    osci("keys", "show", file("garbage.pem", b"x"), status=1)


# --- the way there and back -----------------------------------------------------
def test_init():
    out = office("init")
    check(out["ended"] and out["signed"] and out["encrypted"], "dialog", out)
    check(out["feedback"][-1]["code"] == "0801", "feedback", out["feedback"])
    check(set(out["feedback"][-1]["meaning"]) == {"de", "en"}, "in words", out["feedback"])
    check(out["signer"]["subject"].startswith("CN=im-sign") and out["algorithms"]["cipher"] == "aes256-gcm", "who, how", out)
    check(out["features"]["max_chunk_kib"] and out["features"]["list"], "features", out["features"])
    text = office("init", "--text", text=True)
    check("url: http://" in text and "max chunk kib: " in text, "for people", text)


def test_init_suite():
    out = office("init", "--suite", "cipher=aes128-gcm", "--suite", "signature=sha512-rsa-MGF1", "--suite", "digest=sha512",
                 "--suite", "iv=16")
    check(out["algorithms"]["cipher"] == "aes128-gcm" and out["algorithms"]["iv_octets"] == 16, "answer in kind", out)


def test_init_failures():
    s = stack()
    office("init", "--url", "http://127.0.0.1:1/osci", status=1)
    office("init", "--intermediary-signer", s.key(BAMF + "-sign.pem"), status=3)
    office("init", "--intermediary", s.key(BAMF + "-enc.pem"), status=4)  # 9200: a fault
    office("init", "--unsigned", status=any_of(3, 4))
    for args in (["--suite", "cipher=aes256-cbc"], ["--suite", "cipher"], ["--suite", "x=y"], ["--suite", "iv=13"],
                 ["--now", "soon"], ["more"], ["--sign", "a"]):
        office("init", *args, status=2)
    osci("init", status=2)
    err = osci("init", "--url", s.url, "--plain", "--unsigned", status=2)
    check("no own cipher key" in err, "orders always name one", err)
    err = osci("init", "--ulr=" + s.url, status=2)
    check("init: --ulr: no such option" in err and s.url not in err and len(err.splitlines()) == 2, "its name, no screenful", err)
    check("--url: its value is missing" in osci("init", "--url", status=2), "no value")
    err = office("init", "--url", s.url + "x", status=1)
    check("HTTP status 404" in err, "wrong path", err)


def test_profile_is_strict():
    stack()
    bad = file("bad.yaml", b'url: "http://127.0.0.1/"\nurll: "x"\nsign: { p12: "/nowhere" }\n')
    err = osci("init", "--profile", bad, status=2)
    check("bad.yaml:2:" in err and "urll" in err, "unknown key with its line", err)
    check("bad.yaml:3:" in err and "together" in err, "pair", err)
    osci("init", "--profile", TMP / "nowhere.yaml", status=1)


def test_send_and_fetch():
    empty_mailbox()
    content = "Grüße aus Köln\n".encode()
    sent = office("send", *to_bamf(), "--subject", "Prüfung äöüß", file("a.txt", content), file("empty", b""))
    check(sent["message_id"] and not sent["stored_before"] and not sent["resumed"], "sent", sent)
    check(sent["card"]["subject"] == "Prüfung äöüß" and sent["card"]["reception"] is None, "card", sent["card"])
    out = bamf("fetch", "--out", TMP / "in")
    check(len(out["deliveries"]) == 1 and not out["more"] and out["failed"] is None, "fetched", out)
    got = out["deliveries"][0]
    folder = TMP / "in" / got["directory"]
    check(sorted(os.listdir(folder)) == ["content-1.bin", "content-2.bin", "delivery.json", "message.mime"], "files",
          os.listdir(folder))
    check((folder / "content-1.bin").read_bytes() == content and (folder / "content-2.bin").read_bytes() == b"", "contents")
    check(json.loads((folder / "delivery.json").read_text()) == got["message"], "description")
    check(stat.S_IMODE(os.stat(folder).st_mode) == 0o700, "mode")
    check(got["message"]["contents"][0]["signatures"][0]["status"] == "valid", "author")
    check(got["message_id"] == sent["message_id"], "which one", got["message_id"])
    check(bamf("fetch", "--out", TMP / "in", status=5)["deliveries"] == [], "nothing more")
    card = office("card", "--id", sent["message_id"])["cards"][0]
    check(card["reception"], "received", card)
    again = bamf("fetch", "--out", TMP / "in", "--id", sent["message_id"], status=any_of(0, 5))
    check(all(d["stored_before"] for d in again["deliveries"]), "not stored twice", again)


METADATA = """<m:MessageMetaData xmlns:m="http://www.osci.eu/ws/2014/10/transport" Id="MetaData">
<m:nonsense/></m:MessageMetaData>"""


def test_foreign_header_blocks():
    empty_mailbox()
    header = file("header.xml", '<x:a xmlns:x="urn:example" Id="x1"  b=\'ä\'><!-- gone --></x:a>'.encode())
    office("send", *to_bamf(), "--header", header, file("a.txt", b"a"))
    out = bamf("fetch", "--out", TMP / "in")
    custom = out["deliveries"][0]["message"]["custom_headers"]
    check(len(custom) in (0, 1) and all('b="ä"' in h and "gone" not in h for h in custom), "canonical", custom)
    office("send", *to_bamf(), "--header", file("broken.xml", b"<a>"), file("a.txt", b"a"), status=3)
    said = office("send", "--url", "http://127.0.0.1:1/", *to_bamf(), "--header", file("no-id.xml", b"<a xmlns='urn:x'/>"),
                  file("a.txt", b"a"), status=2)
    check("no-id.xml" in said and "attribute Id" in said, "before anybody is asked", said)
    office("send", *to_bamf(), "--header", file("meta.xml", METADATA.encode()), file("a.txt", b"a"), status=3)


def test_cards():
    sent = office("send", *to_bamf(), file("c.txt", b"c"))
    check([c["message_id"] for c in bamf("card", "--no-reception")["cards"]].count(sent["message_id"]) == 1, "waiting")
    check(any(c["message_id"] == sent["message_id"] for c in office("card", "--role", "Originator")["cards"]), "sent by us")
    check(len(bamf("card", "--since", "2026-01-01T00:00:00", "--limit", "1")["cards"]) == 1, "limit")
    office("card", "--role", "Addressee", status=5)
    office("card", "--id", "a", "--role", "Originator", status=2)
    office("card", "--id", "unknown-id", status=any_of(4, 5))
    bamf("card", "--since", "2099-01-01T00:00:00+01:00", status=5)
    office("card", "--role", "Nobody", status=2)
    office("card", "--id", "a", "--since", "2026-01-01T00:00:00", status=2)
    bamf("fetch", "--out", TMP / "in")


def test_readers_authors_and_resume():
    s = stack()
    empty_mailbox()
    path = file("d.txt", b"for two")
    sent = office("send", *to_bamf(), "--reader", s.key(OFFICE + "-enc.pem"), "--author", s.key(BAMF + "-sign.p12"),
                  "--pass-file", s.key(BAMF + "-sign.pass"), path)
    again = office("send", *to_bamf(), "--message-id", sent["message_id"], path)
    check(again["stored_before"] and again["message_id"] == sent["message_id"], "found by its card", again)
    out = bamf("fetch", "--out", TMP / "in", "--by-card")
    signers = out["deliveries"][0]["message"]["contents"][0]["signatures"]
    check(len(signers) == 2, "two authors", signers)
    office("send", *to_bamf(), "--message-id", "never-issued", path, status=4)
    office("send", path, status=2)
    office("send", *to_bamf(), status=2)
    office("send", *to_bamf(), TMP / "nowhere", status=1)


def rss_of(*args):
    """Peak resident size in KiB of a run that has to succeed."""
    done = subprocess.run(["/usr/bin/env", "python3", "-c", """
import resource, subprocess, sys
r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(r.returncode)""", program("osci"), *map(str, args)], capture_output=True, timeout=300)
    check(done.returncode == 0, "large", args, done.stderr)
    return int(done.stdout)


def test_large_attachment_with_flat_memory():
    empty_mailbox()
    size = 100_000_000
    path = TMP / "large.bin"
    with open(path, "wb") as f:
        for i in range(size // 1_000_000):
            f.write(hashlib.sha256(str(i).encode()).digest() * 31250)
    digest = hashlib.file_digest(open(path, "rb"), "sha256").hexdigest()
    common = ["--profile", TMP / (OFFICE + ".yaml"), "--max-message", "200"]
    small = rss_of("send", *common, *to_bamf(), file("s", b"s"))
    large = rss_of("send", *common, *to_bamf(), "--attach", path)
    ceiling = small + 8192 if not SANITIZED else float("inf")  # a sanitizer keeps freed memory
    check(large < ceiling, "memory of send", small, large)
    common[1] = TMP / (BAMF + ".yaml")
    fetched = rss_of("fetch", *common, "--out", TMP / "large")
    check(fetched < ceiling, "memory of fetch", small, fetched)
    sizes = {p.stat().st_size: p for p in (TMP / "large").glob("*/content-1.bin")}
    check(hashlib.file_digest(open(sizes[size], "rb"), "sha256").hexdigest() == digest, "octets")
    message = sizes[size].parent / "message.mime"
    keys = ["--p12", stack().key(BAMF + "-enc.p12"), "--pass-file", stack().key(BAMF + "-enc.pass"), "--trust",
            stack().key("ca.pem"), "--max-message", "200"]
    for command in ("open", "explain"):
        check(rss_of(command, *keys, message) < ceiling, "memory of " + command)
    path.unlink()
    message.unlink()
    sizes[size].unlink()


def test_journal_of_a_lost_answer():
    empty_mailbox()
    path = file("j.txt", b"journalled")
    journal = TMP / "journal-plain"
    stack().fault("intermediary", "store drop 1")
    lost = office("send", *to_bamf(), "--journal", journal, path, status=1)
    stack().fault("intermediary")
    for other in ([*to_bamf(), file("other.txt", b"another")], [*to_bamf(), "--subject", "another", path],
                  ["--to", stack().key(OFFICE + "-enc.pem"), path]):
        err = office("send", "--journal", journal, *other, status=2)
        check("journal of another delivery" in err, "never taken for sent", err)
    again = office("send", *to_bamf(), "--journal", journal, path)
    check(again["stored_before"] and again["message_id"] == lost["message_id"], "sent once", again)
    check(not journal.exists() and len(bamf("fetch", "--out", TMP / "in")["deliveries"]) == 1, "one delivery")


def test_chunks_with_journal():
    empty_mailbox()
    path = file("chunked.bin", os.urandom(700_000))
    journal = TMP / "journal"
    fail = office("send", *to_bamf(), "--chunked", "128", "--journal", journal, "--attach", path, "--url",
                  "http://127.0.0.1:1/osci", status=1)
    check(fail["message_id"] is None and not journal.exists(), "nothing to go on with", fail)
    stack().fault("intermediary", "partial-store drop 1")  # the first chunk arrives, its answer is lost
    fail = office("send", *to_bamf(), "--chunked", "128", "--journal", journal, "--attach", path, status=1)
    check(fail["failed"]["result"] == "OSCI_E_NETWORK", "failed", fail)
    stack().fault("intermediary")
    check(sorted(os.listdir(journal)) == ["inner.mime", "journal.json"], "journal", os.listdir(journal))
    office("send", *to_bamf(), "--journal", journal, "--attach", path, status=2)  # journal of another kind
    fail = office("send", *to_bamf(), "--chunked", "128", "--journal", journal, "--attach", path)
    check(fail["resumed"], "resumed", fail)
    check(not journal.exists() and fail["chunks"] > 4 and fail["chunks_arrived"] == fail["chunks"], "done", fail)
    out = bamf("fetch", "--out", TMP / "chunks", "--chunked", "64")
    folder = TMP / "chunks" / out["deliveries"][0]["directory"]
    check((folder / "content-1.bin").read_bytes() == path.read_bytes(), "octets")
    bamf("fetch", "--out", TMP / "chunks", "--chunked", "64", status=5)


class Cutting:
    """A way to the intermediary that takes so many orders, and then none."""

    def __init__(self, url, orders):
        way = self
        self.left, self.orders = orders, 0
        host = url.split("/")[2]

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.close_connection = True
                if not way.left:
                    return  # no answer, the connection ends
                way.left -= 1
                way.orders += 1
                there = http.client.HTTPConnection(host, timeout=30)
                there.request("POST", self.path, body, {"Content-Type": self.headers["Content-Type"]})
                answer = there.getresponse()
                octets = answer.read()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(octets)))
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/" + url.split("/", 3)[3]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def test_fetch_in_chunks_goes_on_in_the_next_run():
    empty_mailbox()
    path = file("resumed.bin", os.urandom(500_000))
    office("send", *to_bamf(), "--attach", path)
    journal, into = TMP / "fetch-journal", TMP / "resumed"
    args = ["fetch", "--out", into, "--chunked", "64", "--journal", journal]
    bamf("fetch", "--out", into, "--journal", journal, status=2)  # of use for chunks only
    for orders, chunks in ((3, 2), (4, 5)):  # InitDialog and the chunks that come
        way = Cutting(stack().url, orders)
        out = bamf(*args, "--url", way.url, status=1)
        way.close()
        check(out["failed"]["result"] == "OSCI_E_NETWORK" and not out["deliveries"], "failed", out)
        check((journal / "collected.bin").stat().st_size == chunks * 65536, "chunks", (journal / "collected.bin").stat())
    check(sorted(os.listdir(journal)) == ["collected.bin", "journal.json"], "journal", os.listdir(journal))
    bamf(*args, "--id", "another@im.example", status=2)
    way = Cutting(stack().url, 1000)
    out = bamf(*args, "--url", way.url)
    way.close()
    check(out["resumed"] and len(out["deliveries"]) == 1 and not journal.exists(), "done", out)
    stored = into / out["deliveries"][0]["directory"]
    total = -(-(stored / "message.mime").stat().st_size // 65536)
    check(way.orders == 2 + total - 5, "only what was missing was asked for", (way.orders, total))
    check((stored / "content-1.bin").read_bytes() == path.read_bytes(), "octets")
    # A delivery that is gone meanwhile: said once, and then there is nothing to go on with.
    office("send", *to_bamf(), "--attach", path)
    way = Cutting(stack().url, 3)
    bamf(*args, "--url", way.url, status=1)
    way.close()
    bamf("fetch", "--out", into)
    out = bamf(*args, status=4)
    check(out["failed"]["code"] == "9803" and not journal.exists(), "gone", out)
    bamf(*args, status=5)


# --- passive recipients --------------------------------------------------------------
class Recv:
    def __init__(self, *args):
        s = stack()
        self.port = TMP / "recv.port"
        self.port.unlink(missing_ok=True)
        self.popen = subprocess.Popen(
            [program("osci"), "recv", "--profile", TMP / (BAMF + ".yaml"), "--listen", f"127.0.0.1:{RECV_PORT}", "--path",
             "/amt", "--out", str(TMP / "recv"), "--port-file", self.port, *map(str, args)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        until(lambda: self.port.exists() and self.port.stat().st_size, 10, "recv listens")
        check(s is not None, "stack")

    def end(self, status, stop=False):
        if stop:
            self.popen.terminate()
        out, err = self.popen.communicate(timeout=30)
        check(self.popen.returncode == status, "status of recv", self.popen.returncode, out, err)
        return [json.loads(line) for line in out.decode().splitlines()]


def test_forward():
    recv = Recv("--once")
    sent = office("forward", *to_bamf(), "--uri", URI, "--subject", "weiter", file("f.txt", b"forwarded"))
    lines = recv.end(0)
    check(len(lines) == 1 and lines[0]["accepted"], "received", lines)
    folder = TMP / "recv" / lines[0]["delivery"]["directory"]
    check((folder / "content-1.bin").read_bytes() == b"forwarded", "contents")
    check(sent["card"]["reception"] and sent["feedback"][-1]["code"] == "0800", "card", sent)
    fail = office("forward", *to_bamf(), "--uri", "urn:nobody", file("f.txt", b"x"), status=4)
    check(fail["failed"]["code"], "code", fail)
    said = subprocess.run([program("osci"), "forward", "--profile", TMP / (OFFICE + ".yaml"), *to_bamf(), "--uri", "urn:nobody",
                           file("f.txt", b"x")], capture_output=True, text=True, timeout=60).stderr
    check("no passive recipient urn:nobody" in said, "in words", said)
    office("forward", *to_bamf(), "--uri", URI, file("f.txt", b"x"), status=4)  # nobody listens: 9809
    office("forward", *to_bamf(), file("f.txt", b"x"), status=2)


def test_mediate():
    recv = Recv("--reply", file("reply.txt", "Antwort äöü".encode()))
    out = office("mediate", *to_bamf(), "--uri", URI, "--out", TMP / "replies", file("q.txt", b"question"))
    check(out["recipient"] == "accepted" and out["request_card"] and out["reply_card"], "reached", out)
    folder = TMP / "replies" / out["reply"]["directory"]
    check((folder / "content-1.bin").read_bytes() == "Antwort äöü".encode(), "reply", os.listdir(folder))
    out = office("mediate", "--no-id", *to_bamf(), "--uri", URI, file("q.txt", b"question"))
    check(out["message_id"] is None and out["reply"]["contents"][0]["bytes"] == len("Antwort äöü".encode()), "without id", out)
    lines = recv.end(0, stop=True)
    check(len(lines) == 2 and all(l["accepted"] for l in lines), "two requests", lines)
    office("mediate", *to_bamf(), "--uri", URI, file("q.txt", b"x"), status=4)


def test_recv_refuses():
    recv = Recv("--once")
    import urllib.request
    request = urllib.request.Request(f"http://127.0.0.1:{RECV_PORT}/amt", data=b"garbage", method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        body = answer.read()
    check(b"9100" in body, "fault", body)
    lines = recv.end(3)
    check(not lines[0]["accepted"] and lines[0]["failed"]["code"] == "9100", "refused", lines)
    recv = Recv()
    check(recv.end(0, stop=True) == [], "ended without a request")
    osci("recv", "--listen", "127.0.0.1:0", status=2)


def test_fetch_does_not_confirm_what_it_cannot_store():
    empty_mailbox()
    office("send", *to_bamf(), file("k.txt", b"keep"))
    s = stack()
    # Where nothing can be written is seen before anybody is asked; where it shows only then, nothing is confirmed.
    for out in (file("blocked", b"a file where a directory should be"), TMP / "no" / "such"):
        said = osci("fetch", "--profile", TMP / (BAMF + ".yaml"), "--url", "http://127.0.0.1:1/", "--out", out, status=1)
        check(str(out) in said and "127.0.0.1" not in said, "said at once", said)
    bamf("fetch", "--out", "/proc", status=1)
    # The contents' author is not trusted: refused, not confirmed either.
    osci("fetch", "--profile", TMP / (BAMF + ".yaml"), "--trust", s.key("im-sign.pem"), "--out", TMP / "in", status=3)
    out = bamf("fetch", "--out", TMP / "in")
    check(len(out["deliveries"]) == 1, "still there", out)


def test_example_of_the_library():
    s = stack()
    text = "Grüße an mich"
    done = subprocess.run([program("send-and-fetch"), s.url, s.key("im-enc.pem"), s.key("im-sign.pem"), s.key("ca.pem"),
                           *(s.key(f"{OFFICE}-{k}") for k in ("sign.p12", "sign.pass", "enc.p12", "enc.pass")), text],
                          capture_output=True, text=True, timeout=60)
    check(done.returncode == 0 and done.stdout == text + "\n" and not done.stderr, "example", done)
    check(office("fetch", "--out", TMP / "office", status=5)["deliveries"] == [], "confirmed")
    source = Path(os.environ["XAUSL_SOURCE_ROOT"], "osci/example/send-and-fetch.c").read_text()
    check(len(source.splitlines()) < 100 and '#include "' not in source, "short, public headers only")


def test_help_of_everything():
    for command in (["keys", "make"], ["keys", "show"], ["init"], ["send"], ["forward"], ["mediate"], ["fetch"], ["card"],
                    ["recv"], ["open"], ["explain"]):
        text = osci(*command, "--help", text=True)
        check(text.startswith("usage: osci " + " ".join(command)) and "exit status" in text, "help", command, text)
        check(max(map(len, text.splitlines())) <= 120, "width", [x for x in text.splitlines() if len(x) > 120])
    osci("nonsense", status=2)


if __name__ == "__main__":
    try:
        tap.main(__name__)
    finally:
        if STACK:
            STACK.stop()
        subprocess.run(["rm", "-rf", str(TMP)], check=False)
