# SPDX-License-Identifier: Apache-2.0
"""load - an intermediary under load and its clients, for ./run bench and tests/e2e/test-load.py.

Clients are processes of the program osci-load; each prints one JSON object.  A client that does not get what it
should ends with a text, and so does the caller.
"""
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))
from stack import Stack, StackError, program  # noqa: E402

SECONDS = 1800  # for one client


class Load:
    """An intermediary alone, with a spool; all clients come from one address and may be many."""

    def __init__(self, keys, signer="3072", **settings):
        self.stack = Stack(offices=(), keys=keys, im_sign=signer, start=False, intermediary={
            "intermediary.limits.connections": 512, "intermediary.limits.connections_peer": 512,
            "intermediary.disk.max_used": 100,
            "intermediary.spool.dir": "spool", **{f"intermediary.{k}": v for k, v in settings.items()}})
        try:
            self.spool = self.stack.path("spool")
            self.spool.mkdir(mode=0o700)
            self.stack.start(gateway=False, sim=False)
        except BaseException:
            self.stack.stop()
            raise

    @property
    def intermediary(self):
        return self.stack.processes["intermediary"]

    @property
    def pid(self):
        return self.intermediary.popen.pid

    def client(self, command, **options):
        argv = [program("osci-load"), command, "--pki", str(self.stack.path("pki")), "--url", self.stack.url,
                "--spool", str(self.spool)]
        for name, value in options.items():
            argv += ["--" + name.replace("_", "-").strip("-"), str(value)]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=SECONDS)
        if done.returncode:
            raise StackError(f"osci-load {command}: {done.stderr.strip()}\n{self.intermediary.log()[-1000:]}")
        return json.loads(done.stdout)

    def peak_kib(self):
        return int(status(self.pid)["VmHWM"].split()[0])

    def forget_peak(self):
        Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def cpu(self):
        """Seconds of processor of the intermediary so far, in user mode and in the system's."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) / 100, int(fields[12]) / 100

    def stop(self):
        return self.stack.stop()["intermediary"]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.stop()


def status(pid):
    return dict(line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line)


def alone(*argv):
    """A command of osci-load that needs no intermediary."""
    done = subprocess.run([program("osci-load"), *map(str, argv)], capture_output=True, text=True, check=True, timeout=SECONDS)
    return json.loads(done.stdout)


def limit(octets, gcm, sha):
    return alone("limit", "--count", octets, "--gcm", gcm, "--sha", sha)


def floor(file, folder):
    return alone("floor", "--file", file, "--spool", folder)
