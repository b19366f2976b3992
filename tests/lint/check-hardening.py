# SPDX-License-Identifier: Apache-2.0
"""check-hardening - the programs as built, and the unit of the service; prints TAP.

argv: "fortified" or "plain" (fortification needs an optimised build), then the programs.
"""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
UNIT = Path(os.environ["XAUSL_BUILD_ROOT"]) / "osci/intermediary/osci-intermediaryd.service"
EXPOSURE_MAX = 2.0
# Secrets by the names they have here; sizes and public values are compared as they come.
SECRETS = re.compile(r"\b(strcmp|strncmp|memcmp|bcmp)\s*\([^;]*\b(challenge|response|password|passphrase|token|mac|tag|secret|digest)\b")
PUBLIC = re.compile(r"p->sha256, digest|_URI_SHA256|s->p, token")


def readelf(*args):
    return subprocess.run(["readelf", "-W", *args], capture_output=True, text=True, check=True).stdout


def p_08_flags(fortified, programs):
    for path in programs:
        dynamic, segments, symbols = readelf("-d", path), readelf("-l", path), readelf("--dyn-syms", path)
        name = Path(path).name
        if "DYN" not in readelf("-h", path) or "PIE" not in dynamic:
            yield f"{name}: not position independent"
        if "GNU_RELRO" not in segments or not re.search(r"BIND_NOW|\bNOW\b", dynamic):
            yield f"{name}: relocations are writable"
        if re.search(r"GNU_STACK.*RWE", segments):
            yield f"{name}: stack may be executed"
        if "__stack_chk_fail" not in symbols:
            yield f"{name}: no stack protector"
        if fortified and not re.search(r"__(?!stack)\w+_chk\b", symbols):
            yield f"{name}: not fortified"
        if "TEXTREL" in dynamic or "RPATH" in dynamic and "(RPATH)" in dynamic:
            yield f"{name}: text relocations or RPATH"


def p_08_fortified_sources():
    """Level 3: sizes that are known at run time only are checked, too."""
    for entry in json.loads((Path(os.environ["XAUSL_BUILD_ROOT"]) / "compile_commands.json").read_text("utf-8")):
        if entry["file"].endswith(".c") and "-D_FORTIFY_SOURCE=3" not in entry["command"]:
            yield entry["file"]


def p_09_comparisons():
    for path in sorted((ROOT / "osci").rglob("*.c")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if SECRETS.search(line) and not PUBLIC.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()}"


def p_01_programs_protect_themselves():
    for main in ("osci/intermediary/main.c", "osci/tools/main.c", "gateway/main/main.c", "conformance/inge-sim/main.c"):
        text = (ROOT / main).read_text("utf-8")
        at, init = text.find("osci_prog_protect("), text.find("osci_init(")
        if at < 0 or (main.startswith("osci/") and 0 < init < at):
            yield main


def p_07_unit():
    """Exposure as systemd judges it, without a running systemd; None where it cannot be asked."""
    wrong = [line for line in UNIT.read_text("utf-8").splitlines()
             if re.match(r"Exec\w+=", line) and not re.match(r"Exec\w+=/\S+/osci-intermediaryd ", line)]
    if wrong:
        return wrong
    if not shutil.which("systemd-analyze"):
        return None
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", str(UNIT)], capture_output=True,
                          text=True, env={**os.environ, "SYSTEMD_COLORS": "0"})
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    if not found:
        return None
    print(f"# exposure {found.group(1)}")
    return [] if float(found.group(1)) <= EXPOSURE_MAX else [f"exposure {found.group(1)}"]


def main():
    checks = {
        "p_08 programs are hardened": list(p_08_flags(sys.argv[1] == "fortified", sys.argv[2:])),
        "p_08 sources are fortified": list(p_08_fortified_sources()) if sys.argv[1] == "fortified" else [],
        "p_09 secrets are compared in constant time": list(p_09_comparisons()),
        "p_01 programs protect themselves first": list(p_01_programs_protect_themselves()),
        "p_07 the service's unit": p_07_unit(),
    }
    print(f"1..{len(checks)}")
    for number, (what, problems) in enumerate(checks.items(), 1):
        for problem in problems or ():
            print(f"# {problem}")
        print(f"{'not ok' if problems else 'ok'} {number} - {what}" +
              (" # SKIP systemd-analyze is not at hand" if problems is None else ""))
    return 1 if any(checks.values()) else 0


sys.exit(main())
