# SPDX-License-Identifier: Apache-2.0
"""vendor_gateway - a driver of xausl-conform that plays a vendor's own gateway with an xausl-gatewayd of its own.

All it knows comes from the runner: addresses, keys, certificates, and the clock.  Its bus and its journal are its own, in a
folder nobody else looks into; each case begins with an empty one.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import zmq

sys.path.insert(0, str(Path(__file__).resolve().parent))
from bus import Bus  # noqa: E402
from stack import BAMF, Process, program, yaml  # noqa: E402

PARTY = {"street": "Amtsplatz", "house_number": "1", "postcode": "99999", "town": "Prüfstadt", "channel_type": "01",
         "channel_value": "abh@pruefstadt.example"}


class Gateway:
    def __init__(self, folder, access):
        keys = {name: self.bus_key(folder / (name + ".bus")) for name in ("gateway", "office")}
        config = {
            "gateway": {"journal": "journal.db", "product": "Fremdsystem", "vendor": "Fremdbetrieb"},
            "bus": {"endpoint": "tcp://127.0.0.1:0", "key_file": str(folder / "gateway.bus")},
            "intermediary": access["intermediary"],
            "trust": [access["ca"]],
            "bamf": {**BAMF, **access["bamf"]},
            "retry": {"first": "1s", "max": "30s"},
            "offices": [{"key": o["key"], "name": o["name"], **PARTY, "sign_p12": o["sign_p12"], "sign_pass_file": o["sign_pass_file"],
                         "cipher": [{"p12": o["cipher_p12"], "pass_file": o["cipher_pass_file"]}],
                         "clients": [keys["office"]], "poll": "10s"} for o in access["offices"]],
        }
        (folder / "gateway.yaml").write_text(yaml(config), "utf-8")
        (folder / "gateway.yaml").chmod(0o600)
        ready = folder / "ready"
        self.process = Process("gateway", [program("xausl-gatewayd"), "--config", str(folder / "gateway.yaml"), "--ready-file",
                                           str(ready), "--clock-file", access["clock_file"]], folder / "log", ready)
        self.process.start()
        self.offices = {o["key"]: Bus(ready.read_text().strip(), keys["gateway"], folder / "office.bus", o["key"])
                        for o in access["offices"]}

    @staticmethod
    def bus_key(path):
        return subprocess.run([program("xausl"), "bus-key", str(path)], check=True, capture_output=True, text=True).stdout.strip()


def main():
    with tempfile.TemporaryDirectory(prefix="xausl-vendor-") as folder:
        gateway = None
        poller = zmq.Poller()
        poller.register(sys.stdin.fileno(), zmq.POLLIN)
        stdin = open(sys.stdin.fileno(), "rb", buffering=0)
        rest = b""
        while True:
            if dict(poller.poll(50)).get(sys.stdin.fileno()):
                block = stdin.read(65536)
                if not block:
                    break
                *lines, rest = (rest + block).split(b"\n")
                for line in map(json.loads, lines):
                    if line["do"] == "case":
                        gateway = Gateway(Path(folder), line["access"])
                        print('{"ready": true}', flush=True)
                    elif line["do"] == "send":
                        gateway.offices[line["office"]].submit(line["as"], {"message": line["message"], **line["fields"]})
            for office in gateway.offices.values() if gateway else ():
                got = office.delivery(0)
                if got:
                    office.ack(got[0]["delivery"])
        if gateway:
            gateway.process.stop()


main()
