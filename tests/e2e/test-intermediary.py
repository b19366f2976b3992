# SPDX-License-Identifier: Apache-2.0
"""The intermediary as an operator meets it: --check, the example, readiness, health, metrics, TLS, the end."""
import atexit
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from world import SOURCE, check, main, program

DIR = Path(tempfile.mkdtemp(prefix="xausl-im-"))
atexit.register(shutil.rmtree, DIR, ignore_errors=True)
EXAMPLE = SOURCE / "osci" / "intermediary" / "osci-intermediaryd.yaml"
BASE = """intermediary:
  host: im.example
  listen: 127.0.0.1:0
  database: im.db
  sign: {p12: im-sign.p12, pass_file: im-sign.pass}
  cipher: [{p12: im-enc.p12, pass_file: im-enc.pass}]
  trust: [ca.pem]
"""


def pki():
    if not (DIR / "ca.pem").exists():
        names = ["im-sign:sign", "im-enc:enc", "office-sign:sign", "office-enc:enc", "bamf-sign:sign", "bamf-enc:enc"]
        subprocess.run(["sh", str(SOURCE / "tests" / "pki" / "make-pki.sh"), str(DIR), *names], check=True)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:3072", "-noenc", "-keyout", str(DIR / "tls.key"), "-out",
                        str(DIR / "tls.pem"), "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)


def put(name, text):
    (DIR / name).write_text(text, encoding="utf-8")
    return str(DIR / name)


def run_check(text):
    return subprocess.run([program("osci-intermediaryd"), "--check", "--config", put("check.yaml", text)],
                          capture_output=True, text=True, timeout=30)


class Daemon:
    """One process; ready when the service manager's socket says so."""

    def __init__(self, text, *options):
        pki()
        self.log = DIR / "log"
        notify = DIR / "notify"
        notify.unlink(missing_ok=True)
        (DIR / "port").unlink(missing_ok=True)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(notify))
        self.manager.settimeout(60)
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [program("osci-intermediaryd"), "--config", put("im.yaml", text), "--port-file", str(DIR / "port"), *options],
                stderr=log, env={**os.environ, "NOTIFY_SOCKET": str(notify)})
        self.ready = self.manager.recv(100)
        self.ports = [int(p) for p in (DIR / "port").read_text(encoding="ascii").split()]

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=60)
        last = self.manager.recv(100)
        self.manager.close()
        return status, last

    def get(self, path, port=None, scheme="http"):
        context = ssl.create_default_context(cafile=str(DIR / "tls.pem")) if scheme == "https" else None
        try:
            with urllib.request.urlopen(f"{scheme}://127.0.0.1:{port or self.ports[1]}{path}", timeout=20,
                                        context=context) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()


def test_p_11_check():
    pki()
    done = run_check(BASE)
    check(done.returncode == 0 and "in order" in done.stdout, "a good file", done)
    check("weakened: participants_only: " in done.stdout and "weakened: revocation: " in done.stdout, "what is weak is said", done)
    listed = BASE + "  participants: [{id: amt, cipher: [office-enc.pem], sign: [office-sign.pem]}]\n"
    check("not under trust" not in run_check(listed).stdout, "a participant's CA is known")
    done = run_check(listed.replace("trust: [ca.pem]", "trust: [tls.pem]"))
    check(done.returncode == 0 and "not under trust: amt: sign certificate " in done.stdout and
          "not under trust: amt: cipher certificate " in done.stdout, "nobody vouches for a participant", done)
    done = run_check(BASE + "  require_signature: false\n  allow_cbc: true\n")
    check("weakened: require_signature: " in done.stdout and "weakened: allow_cbc: " in done.stdout, "switches", done)
    done = run_check(BASE.replace("im-enc.p12", "none.p12") + "  max_card: 3\n  threads: 0\n  participants_only: true\n")
    check(done.returncode == 3, "exit status of a bad file", done)
    lines = {int(m.group(1)) for m in re.finditer(r"check\.yaml:(\d+):\d+: ", done.stderr)}
    check({6, 8, 9, 10} <= lines, "every problem with its line", done)
    done = run_check(BASE + "  revocation: {crl: [ca.pem]}\n")
    check(done.returncode == 3 and "check.yaml:8:" in done.stderr, "a list that is none", done)


def test_p_02_no_password_shown():
    pki()
    secret = (DIR / "im-sign.pass").read_text(encoding="ascii").strip()
    done = run_check(BASE.replace("im-sign.pass", "im-enc.pass"))
    check(done.returncode == 3 and secret not in done.stderr + done.stdout, "wrong password is not repeated", done)


def test_example():
    pki()
    (DIR / "spool").mkdir(exist_ok=True)
    done = run_check(EXAMPLE.read_text(encoding="utf-8"))
    check(done.returncode == 0 and "2 participants, nobody else" in done.stdout, "the installed example is in order", done)
    weak = re.findall(r"^weakened: (\S+):", done.stdout, re.M)
    check(set(weak) <= {"revocation", "algorithms"}, "and hardly weaker than the default", weak)


def test_p_10_admin():
    daemon = Daemon(BASE + "  admin: {listen: '127.0.0.1:0'}\n  disk: {max_used: 100, min_free: 1}\n")
    check(daemon.ready == b"READY=1", "readiness", daemon.ready)
    check(len(daemon.ports) == 2, "both ports", daemon.ports)
    status, headers, text = daemon.get("/health")
    health = json.loads(text)
    check(status == 200 and health["status"] == "ok" and health["database"] == "ok", "health", text)
    check(headers["Content-Type"] == "application/json", "type of health", headers)
    check("revocation" in health["weakened"], "weakened settings in the status", text)
    status, headers, text = daemon.get("/metrics")
    check(status == 200 and headers["Content-Type"].startswith("text/plain"), "metrics", headers)
    for line in text.splitlines():
        check(re.fullmatch(r"# (HELP|TYPE) \S+ .+|[a-z_]+(\{[a-z]+=\"[^\"]*\"(,[a-z]+=\"[^\"]*\")*\})? -?[0-9.]+", line),
              "text format of Prometheus", line)
    connection = http.client.HTTPConnection("127.0.0.1", daemon.ports[0], timeout=20)
    connection.putrequest("POST", "/osci")
    connection.putheader("Content-Length", "99999999999")
    connection.endheaders()
    check(connection.getresponse().status == 413, "a body that is too large")
    check('osci_http_refused_total{status="413"} 1\n' in daemon.get("/metrics")[2], "is counted")
    check("osci_certificate_expiry_days{" in text and "osci_deliveries_waiting 0" in text, "figures", text)
    check(daemon.get("/metrics", daemon.ports[0])[0] == 404, "figures are not where orders are taken")
    check(daemon.get("/osci", daemon.ports[1])[0] == 404, "orders are not where figures are")
    status, last = daemon.stop()
    check(status == 0 and last == b"STOPPING=1", "orderly end", (status, last))
    records = [json.loads(line) for line in daemon.log.read_text(encoding="utf-8").splitlines()]
    refused = [r for r in records if r["event"] == "http-refused"]
    check(len(refused) == 1 and refused[0]["status"] == "413" and refused[0]["bytes"] == "99999999999", "and in the log", refused)
    events = [json.loads(line)["event"] for line in daemon.log.read_text(encoding="utf-8").splitlines()]
    check(events.count("setting-weakened") >= 2 and events[-1] == "stopped", "the log is JSON and says it", events)


def test_f_10_health_of_a_full_disk():
    daemon = Daemon(BASE + "  admin: {listen: '127.0.0.1:0'}\n  disk: {min_free: 1048576GiB}\n")
    status, _, text = daemon.get("/health")
    check(status == 503 and json.loads(text)["disk"]["low"], "health says so", text)
    check("osci_disk_low 1" in daemon.get("/metrics")[2], "metrics say so")
    daemon.stop()


def test_h_06_tls():
    daemon = Daemon(BASE + "  tls: {cert: tls.pem, key: tls.key}\n  admin: {listen: '127.0.0.1:0'}\n")
    status, _, _ = daemon.get("/osci", daemon.ports[0], "https")
    check(status in (200, 405), "https answers", status)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", daemon.ports[0]), timeout=20) as plain:
            old.wrap_socket(plain)
        refused = False
    except (ssl.SSLError, OSError):
        refused = True
    check(refused, "TLS 1.1 is refused")
    text = daemon.get("/metrics")[2]
    check('osci_certificate_expiry_days{use="tls"' in text, "expiry of the TLS certificate", text)
    daemon.stop()


def test_behind_a_proxy():
    """The address in X-Forwarded-For counts from the proxy that is configured, and from nobody else."""
    def peer(text, address):
        daemon = Daemon(BASE + text)
        request = urllib.request.Request(f"http://127.0.0.1:{daemon.ports[0]}/osci", b"nichts", {"X-Forwarded-For": address})
        try:
            urllib.request.urlopen(request, timeout=20).read()
        except urllib.error.HTTPError as e:
            e.close()
        log = [json.loads(line) for line in daemon.log.read_text(encoding="utf-8").splitlines()]
        daemon.stop()
        return [record["peer"] for record in log if record["event"] == "order-answered"]

    check(peer("  proxies: [127.0.0.1]\n", "203.0.113.1, 198.51.100.7") == ["198.51.100.7"], "the last address, by the proxy")
    check(peer("  proxies: [127.0.0.2]\n", "198.51.100.7") == ["127.0.0.1"], "somebody else's word")
    check(peer("", "198.51.100.7") == ["127.0.0.1"], "no proxy configured")
    check(peer("  proxies: [127.0.0.1]\n", "amt.example") == ["127.0.0.1"], "no numeric address")


def test_crl_changes_while_running():
    pki()
    crl = DIR / "ca.crl"
    crl.write_text("noch keine Liste\n", encoding="utf-8")
    daemon = Daemon(BASE + "  revocation: {crl: [ca.crl]}\n  admin: {listen: '127.0.0.1:0'}\n")
    check("crl-refused" in daemon.log.read_text(encoding="utf-8"), "a bad list is reported, the start goes on")
    subprocess.run(["openssl", "ca", "-config", "ca.d/ca.cnf", "-keyfile", "ca.d/key.pem", "-gencrl", "-crldays", "7", "-out",
                    "ca.new"], cwd=DIR, check=True, stderr=subprocess.DEVNULL)
    (DIR / "ca.new").rename(crl)
    end = time.monotonic() + 40
    while "crl-read" not in daemon.log.read_text(encoding="utf-8") and time.monotonic() < end:
        time.sleep(0.2)
    check("crl-read" in daemon.log.read_text(encoding="utf-8"), "the new one is read by itself")
    daemon.stop()


main(__name__)
