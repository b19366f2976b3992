# SPDX-License-Identifier: Apache-2.0
"""stack - the whole system on loopback, for the demo and the end-to-end tests.

One Stack is one temporary folder with a throwaway PKI, configurations, and real processes: intermediary,
inge-sim, gateway.  Nothing is shared between two stacks; stop() leaves nothing running.  The programs are
found on PATH (meson devenv) or in XAUSL_BUILD_ROOT.
"""
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from recorder import Recorder

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("XAUSL_BUILD_ROOT", SOURCE / "build"))
PROGRAMS = {
    "xausl-gatewayd": "gateway", "xausl": "gateway/cli", "osci-intermediaryd": "osci/intermediary",
    "osci": "osci/tools", "inge-sim": "conformance/inge-sim", "osci-bench": "tests/bench", "osci-load": "tests/bench",
    "schema-bench": "tests/bench",
    "send-and-fetch": "osci/example",
    "xsd-check": "tests/lib",
}
os.environ.setdefault("XAUSL_DATADIR", str(SOURCE))  # schemas and calendar of the source tree
READY_SECONDS = 20
STOP_SECONDS = 15

MUNICH = {"key": "azr:011200", "name": "Landeshauptstadt München, Ausländerbehörde", "street": "Musterhofstraße",
          "house_number": "19", "postcode": "80337", "town": "München", "channel_type": "01",
          "channel_value": "abh@muenchen.example"}
ULM = {"key": "azr:001800", "name": "Stadt Ulm, Ausländerbehörde", "street": "Probeplatz", "house_number": "2",
       "postcode": "89073", "town": "Ulm", "channel_type": "01", "channel_value": "abh@ulm.example"}
BAMF = {"key": "dbs:990000000070", "name": "Bundesamt für Migration und Flüchtlinge", "street": "Am Beispielpark",
        "house_number": "210", "postcode": "90461", "town": "Nürnberg"}


def make_pki(folder, specs):
    subprocess.run([str(SOURCE / "tests/pki/make-pki.sh"), str(folder), *specs], check=True)


def cached_pki(specs):
    """RSA keys take seconds to make; tests of one build folder share them, one set per list of names."""
    script = (SOURCE / "tests/pki/make-pki.sh").read_bytes()
    name = hashlib.sha256(script + "\0".join(specs).encode()).hexdigest()[:16]
    cache = BUILD / "test-pki"
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(cache / (name + ".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = cache / name
        if not done.exists():
            new = Path(tempfile.mkdtemp(dir=cache))
            make_pki(new, specs)
            new.rename(done)
    return done


class StackError(Exception):
    """A process did not start, or ended by itself."""


def program(name):
    path = BUILD / PROGRAMS[name] / name
    return str(path) if path.exists() else shutil.which(name) or name


SANITIZED = "libasan" in subprocess.run(["ldd", program("osci")], capture_output=True, text=True).stdout


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def yaml(data, depth=0):
    """Nested dicts and lists as YAML; every text double-quoted, so that nothing is guessed."""
    pad = "  " * depth
    out = ""
    for key, value in data.items():
        if isinstance(value, dict):
            out += f"{pad}{key}:\n{yaml(value, depth + 1)}"
        elif isinstance(value, list):
            out += f"{pad}{key}:\n"
            for entry in value:
                if isinstance(entry, dict):
                    lines = yaml(entry, depth + 2)
                    out += f"{pad}  - {lines.lstrip()}"
                else:
                    out += f"{pad}  - {scalar(entry)}\n"
        else:
            out += f"{pad}{key}: {scalar(value)}\n"
    return out


def scalar(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return json.dumps(str(value), ensure_ascii=False)


class Process:
    """One daemon with its log."""

    def __init__(self, name, argv, log, ready):
        self.name, self.argv, self.log_path, self.ready = name, argv, log, ready
        self.popen = None

    def start(self, wait=True):
        if self.ready and self.ready.exists():
            self.ready.unlink()
        with open(self.log_path, "ab") as log:
            self.popen = subprocess.Popen(self.argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if self.popen.poll() is not None:
                raise StackError(f"{self.name} ended with status {self.popen.returncode}:\n{self.log()[-2000:]}")
            if self.ready and self.ready.exists() and self.ready.stat().st_size:
                return
            time.sleep(0.005)
        raise StackError(f"{self.name} not ready after {READY_SECONDS} s:\n{self.log()[-2000:]}")

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def kill(self):
        if self.alive():
            self.popen.send_signal(signal.SIGKILL)
        if self.popen:
            self.popen.wait()

    def stop(self):
        """Orderly; returns the exit status, or None if it had to be killed."""
        if self.popen is None:
            return 0
        if self.alive():
            self.popen.terminate()
        try:
            return self.popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def wait_end(self, seconds):
        return self.popen.wait(seconds)

    def restart(self):
        self.stop()
        self.start()

    def log(self):
        try:
            return Path(self.log_path).read_text("utf-8", "replace")
        except OSError:
            return ""


class Stack:
    def __init__(self, offices=(MUNICH,), now=None, keep=False, sim=None, gateway=None, intermediary=None, keys=(),
                 preload=None, start=True, fresh_keys=False, record=False, im_sign="3072", clock=False):
        self.dir = Path(tempfile.mkdtemp(prefix="xausl-"))
        self.keep, self.now, self.fresh_keys = keep, now, fresh_keys
        self.offices = [dict(o) for o in offices]
        self.sim_extra, self.gateway_extra, self.intermediary_extra = sim or {}, gateway or {}, intermediary or {}
        self.preload, self.im_sign = preload, im_sign
        self.record, self.recorder = record, None
        self.clock, self.passed, self.set = clock, 0, 0  # ms
        self.processes = {}
        self.port = free_port()
        self.bus_port = free_port()
        try:
            self.make_keys(keys)
            self.configure()
            self.write_clocks()
            if start:
                self.start()
        except BaseException:
            self.stop()
            raise

    def path(self, *parts):
        return self.dir.joinpath(*parts)

    def key(self, name):
        return str(self.path("pki", name))

    # --- keys and configuration -------------------------------------------
    def make_keys(self, more):
        names = [f"im-sign:sign:{self.im_sign}", "im-enc:enc", "bamf-sign:sign", "bamf-enc:enc"]
        for office in self.offices:
            ident = office["key"].replace(":", "-")
            office["id"] = ident
            names += [f"{ident}-sign:sign", f"{ident}-enc:enc"]
        if self.fresh_keys:
            make_pki(self.path("pki"), names + list(more))
        else:
            shutil.copytree(cached_pki(names + list(more)), self.path("pki"))
        self.bus_keys = {}
        for name in ["gateway"] + [o["id"] for o in self.offices]:
            done = subprocess.run([program("xausl"), "bus-key", str(self.path("pki", name + ".bus"))],
                                  check=True, capture_output=True, text=True)
            self.bus_keys[name] = done.stdout.strip()

    def configure(self):
        if self.record:  # every HTTP body between clients and intermediary is kept
            self.recorder = Recorder(self.path("recorded"), self.port)
        url = f"http://127.0.0.1:{self.recorder.port if self.recorder else self.port}/osci"
        ends = {"url": url, "cipher_cert": self.key("im-enc.pem"), "sign_cert": self.key("im-sign.pem")}
        self.url = url
        self.endpoint = f"tcp://127.0.0.1:{self.bus_port}"
        self.config("intermediary", {
            "intermediary": {
                "listen": f"127.0.0.1:{self.port}", "path": "/osci", "host": "intermediary.example",
                "database": str(self.path("intermediary.db")),
                "sign": {"p12": self.key("im-sign.p12"), "pass_file": self.key("im-sign.pass")},
                "cipher": [{"p12": self.key("im-enc.p12"), "pass_file": self.key("im-enc.pass")}],
                "trust": [self.key("ca.pem")],
            }}, self.intermediary_extra)
        self.config("gateway", {
            "gateway": {"journal": str(self.path("journal.db")), "product": "xausl-gateway", "vendor": "Testbetrieb"},
            "bus": {"endpoint": self.endpoint, "key_file": self.key("gateway.bus")},
            "intermediary": ends,
            "trust": [self.key("ca.pem")],
            "bamf": {**BAMF, "cipher_cert": self.key("bamf-enc.pem"), "sign_cert": self.key("bamf-sign.pem")},
            "retry": {"first": "200ms", "max": "2s"},
            "delivery": {"redeliver_after": "2s"},
            "offices": [{**{k: v for k, v in o.items() if k != "id"},
                         "sign_p12": self.key(o["id"] + "-sign.p12"), "sign_pass_file": self.key(o["id"] + "-sign.pass"),
                         "cipher": [{"p12": self.key(o["id"] + "-enc.p12"), "pass_file": self.key(o["id"] + "-enc.pass")}],
                         "clients": [self.bus_keys[o["id"]]], "poll": "200ms"} for o in self.offices],
        }, self.gateway_extra)
        self.config("sim", {
            "sim": {"database": str(self.path("sim.db")), "poll": "200ms"},
            "bamf": {**BAMF, "channel_type": "01", "channel_value": "inge@bamf.example",
                     "sign_p12": self.key("bamf-sign.p12"), "sign_pass_file": self.key("bamf-sign.pass"),
                     "cipher_p12": self.key("bamf-enc.p12"), "cipher_pass_file": self.key("bamf-enc.pass")},
            "intermediary": ends,
            "trust": [self.key("ca.pem")],
            "offices": [{"key": o["key"], "name": o["name"], "cipher_cert": self.key(o["id"] + "-enc.pem"),
                         "sign_cert": self.key(o["id"] + "-sign.pem")} for o in self.offices],
        }, self.sim_extra)
        for office in self.offices:
            self.config(office["id"], {"client": {
                "endpoint": self.endpoint, "server_key": self.bus_keys["gateway"],
                "key_file": self.key(office["id"] + ".bus"), "office": office["key"]}})
        self.path("intermediary.faults").touch()
        self.path("sim.faults").touch()

    def config(self, name, data, extra=None):
        for path, value in (extra or {}).items():
            at = data
            *parents, last = path.split(".")
            for parent in parents:
                at = at[int(parent)] if isinstance(at, list) else at.setdefault(parent, {})
            if value is None:
                at.pop(last, None)
            else:
                at[last] = value
        self.path(name + ".yaml").write_text(yaml(data), "utf-8")
        os.chmod(self.path(name + ".yaml"), 0o600)

    def conf(self, name):
        return str(self.path(name + ".yaml"))

    # --- processes --------------------------------------------------------
    def add(self, name, argv, ready):
        clock = ["--now", self.now] if self.now else []
        if self.clock:
            clock += ["--clock-file", str(self.path(("gateway" if name == "gateway" else "others") + ".clock"))]
        self.processes[name] = Process(name, argv + clock, self.path(name + ".log"), ready)
        return self.processes[name]

    def write_clocks(self):
        """One file for all but the gateway, whose clock can also be set; mapped, so that it is written in place."""
        if not self.clock:
            return
        for name, values in (("others", [self.passed]), ("gateway", [self.passed, self.set])):
            with open(self.path(name + ".clock"), "r+b" if self.path(name + ".clock").exists() else "w+b") as f:
                f.write(struct.pack(f"={len(values)}q", *values))

    def pass_time(self, **delta):
        """Time passes for all: for the wall clock and for everything that waits."""
        self.passed += int(timedelta(**delta).total_seconds() * 1000)
        self.write_clocks()

    def set_clock(self, **delta):
        """Somebody sets the gateway's wall clock, that much beside the right time."""
        self.set = int(timedelta(**delta).total_seconds() * 1000)
        self.write_clocks()

    def start(self, gateway=True, sim=True, intermediary=True):
        if intermediary:
            ready = self.path("intermediary.ready")
            self.add("intermediary", [program("osci-intermediaryd"), "--config", self.conf("intermediary"),
                                      "--port-file", str(ready), "--faults", str(self.path("intermediary.faults"))],
                     ready).start()
        if sim:
            ready = self.path("sim.ready")
            argv = [program("inge-sim"), "--config", self.conf("sim"), "--ready-file", str(ready),
                    "--faults", str(self.path("sim.faults"))]
            if self.preload:
                argv += ["--preload", str(self.preload)]
            self.add("sim", argv, ready).start()
        if gateway:
            self.gateway().start()

    def gateway(self, *more):
        ready = self.path("gateway.ready")
        return self.add("gateway", [program("xausl-gatewayd"), "--config", self.conf("gateway"),
                                    "--ready-file", str(ready), *more], ready)

    def fault(self, which, *rules):
        path = self.path(which + ".faults")
        new = path.with_suffix(".new")
        new.write_text("".join(rule + "\n" for rule in rules))
        new.rename(path)

    def client(self, office=None):
        return self.conf((office or self.offices[0])["id"])

    def xausl(self, *argv, check=False, timeout=60):
        return subprocess.run([program("xausl"), *argv], capture_output=True, text=True, timeout=timeout, check=check)

    def logs(self):
        return "\n".join(p.log() for p in self.processes.values())

    def stop(self):
        statuses = {name: p.stop() for name, p in reversed(list(self.processes.items()))}
        if self.recorder:
            self.recorder.stop()
        if self.keep:
            print(f"kept: {self.dir}", file=sys.stderr)
        else:
            shutil.rmtree(self.dir, ignore_errors=True)
        return statuses

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()
