# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates that cannot be used: named at the check and at the start; healthy offices go on."""
import shutil
import subprocess
from pathlib import Path

from world import MUNICH, ULM, Stack, accepted, answer, bus, check, main, program, request

KEYS = ["expired:sign:expired", "future:sign:future", "stranger:sign:otherca", "swapped:sign:wrongusage",
        "old-enc:enc:expired", "im-stranger:sign:otherca", "bamf-stranger:sign:otherca"]
STACK = Stack(offices=[MUNICH, ULM], keys=KEYS, start=False)


def clean():
    for process in STACK.processes.values():
        process.stop()
    for name in ("journal.db", "intermediary.db", "sim.db"):
        for path in STACK.dir.glob(name + "*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def variant(name, **changes):
    STACK.gateway_extra = changes
    STACK.configure()
    return STACK.conf("gateway")


def found(changes, *words):
    path = variant("gateway", **changes)
    done = STACK.xausl("check", "--config", path)
    text = done.stdout + done.stderr
    check(done.returncode != 0, "check fails", text)
    for word in words:
        check(word in text, f"{word!r} named", text)
    check("gateway.yaml:" in text, "with its line", text)
    return text


def test_good_configuration():
    done = STACK.xausl("check", "--config", variant("gateway"))
    check(done.returncode == 0, "check passes", done.stdout + done.stderr)


def test_wrong_password():
    Path(STACK.key("wrong.pass")).write_text("not-it\n")
    Path(STACK.key("wrong.pass")).chmod(0o600)
    text = found({"offices.0.sign_pass_file": STACK.key("wrong.pass")}, "password")
    check("not-it" not in text, "the password in the text")


def test_expired():
    found({"offices.0.sign_p12": STACK.key("expired.p12"), "offices.0.sign_pass_file": STACK.key("expired.pass")}, "expired")


def test_not_yet_valid():
    found({"offices.0.sign_p12": STACK.key("future.p12"), "offices.0.sign_pass_file": STACK.key("future.pass")}, "not yet valid")


def test_wrong_usage():
    found({"offices.0.sign_p12": STACK.key("swapped.p12"), "offices.0.sign_pass_file": STACK.key("swapped.pass")}, "usage")


def test_untrusted():
    # Outside our own anchors: said by the check; whom the intermediary trusts is for it to say.
    stranger = {"offices.0.sign_p12": STACK.key("stranger.p12"), "offices.0.sign_pass_file": STACK.key("stranger.pass")}
    done = STACK.xausl("check", "--config", variant("gateway", **stranger))
    check("warning" in done.stdout and "gateway.yaml:" in done.stdout, "the check warns, with the line", done.stdout)


def test_untrusted_by_the_intermediary_only():
    # The office's CA is trusted here but not there: the refusal (9700) stops the request with an alarm, the office is told.
    STACK.intermediary_extra = {"intermediary.trust": [STACK.key("other-ca.pem"), STACK.key("azr-001800-sign.pem")]}
    variant("gateway")
    STACK.start(sim=False)
    try:
        with bus(STACK) as b:
            accepted(b, "untrusted", request("070001"))
            body = answer(b, "untrusted")
            check(body["outcome"] == "held" and body["errors"][0]["text"], "the office is told", body)
            check(b.state("untrusted")["state"] == "held", "state", b.state("untrusted"))
    finally:
        STACK.intermediary_extra = {}
        clean()


def test_key_file_readable_by_others():
    path = Path(STACK.key("azr-011200-sign.p12"))
    path.chmod(0o644)
    try:
        found({}, "0600")
    finally:
        path.chmod(0o600)


def test_missing_file_and_unknown_key():
    found({"offices.0.sign_p12": STACK.key("nowhere.p12")}, "sign_p12", "no such file")
    found({"bus.endpont": "tcp://127.0.0.1:1"}, "endpont", "unknown")


def test_one_faulty_office_does_not_stop_the_other():
    variant("gateway", **{"offices.0.sign_p12": STACK.key("expired.p12"), "offices.0.sign_pass_file": STACK.key("expired.pass")})
    STACK.start()
    try:
        with bus(STACK, STACK.offices[1]) as ulm:
            accepted(ulm, "healthy", request("070001"))
            answer(ulm, "healthy", "070003")
        with bus(STACK, STACK.offices[0]) as munich:
            receipt = munich.submit("faulty", request("070001"))
            check(receipt["outcome"] == "rejected-by-gateway" and receipt["errors"][0]["code"] == "certificate", "refused", receipt)
    finally:
        clean()


def test_answers_of_an_untrusted_intermediary():
    # The intermediary signs with a certificate that is not the configured one: nothing it says counts.
    STACK.intermediary_extra = {"intermediary.sign": {"p12": STACK.key("im-stranger.p12"), "pass_file": STACK.key("im-stranger.pass")}}
    variant("gateway")
    STACK.start(sim=False)
    try:
        with bus(STACK) as b:
            accepted(b, "r", request("070001"))
            check(b.delivery(3) is None and b.state("r")["state"] == "queued", "not sent", b.state("r"))
        check("97" in STACK.processes["gateway"].log() or "trust" in STACK.processes["gateway"].log(), "cause in the log")
    finally:
        clean()
        STACK.intermediary_extra = {}


def test_gateway_refuses_to_start_on_a_broken_file():
    path = STACK.path("broken.yaml")
    path.write_text("gateway:\n  journal: [1\n")
    done = subprocess.run([program("xausl-gatewayd"), "--config", str(path)], capture_output=True, text=True, timeout=10)
    check(done.returncode != 0 and "broken.yaml:" in done.stdout + done.stderr, "with its line", done.stderr)
    STACK.stop()


main(__name__)
