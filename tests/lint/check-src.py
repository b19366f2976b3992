# SPDX-License-Identifier: Apache-2.0
"""check-src - rules of the house that a program can check; prints TAP.

Layers (who may include whom), licence lines, banned functions, file sizes, unfinished marks, SQL by printf.
"""
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
SIZE_MAX = 30000
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|strtol|strtoul|strtoll|strtoull|sscanf|scanf|strtok|"
                    r"alloca|system|popen|mktemp|tmpnam|rand|random|localtime|gmtime|asctime|ctime)\s*\(")
# Library rooms read no clock and no environment, and never leave the process.
CORE = ("osci/xml", "osci/mime", "osci/crypto", "osci/wire", "osci/dialog", "xausl-schemas/engine", "xausl-schemas/map",
        "xausl-schemas/report", "gateway/core", "conformance/inge-sim/rules")
CORE_BANNED = re.compile(r"\b(time|clock_gettime|gettimeofday|getenv|secure_getenv|exit|_exit|abort|signal|sigaction|socket|"
                         r"connect|fork|printf|puts|perror)\s*\(")
# Room -> prefixes of quoted includes it must not use.
LAYERS = {
    "osci/base": ("blob/", "xml/", "mime/", "crypto/", "wire/", "dialog/", "transport/", "intermediary/", "bus/", "core/", "journal/"),
    "osci/blob": ("xml/", "mime/", "crypto/", "wire/", "dialog/", "transport/", "intermediary/"),
    "osci/xml": ("mime/", "wire/", "dialog/", "transport/", "intermediary/"),
    "osci/mime": ("xml/", "crypto/", "wire/", "dialog/", "transport/", "intermediary/"),
    "osci/crypto": ("mime/", "wire/", "dialog/", "transport/", "intermediary/"),
    "osci/wire": ("dialog/", "transport/", "intermediary/"),
    "osci/metadata": ("mime/", "dialog/", "transport/", "intermediary/"),
    "osci/dialog": ("transport/", "intermediary/"),
    "osci/transport": ("xml/", "crypto/", "wire/", "dialog/", "intermediary/"),
    "xausl-schemas/engine": ("wire/", "dialog/", "transport/", "intermediary/", "bus/", "journal/", "agent/"),
    "gateway/core": ("bus/", "journal/", "agent/", "client/", "cli/", "main/"),
    "gateway/client": ("bus/", "journal/", "agent/", "core/", "conf/", "wire/", "crypto/"),
}
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def tracked():
    try:
        done = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, text=True, check=True)
        return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).exists()]
    except (OSError, subprocess.CalledProcessError):  # no git, or a release tarball
        return sorted(p for p in ROOT.rglob("*") if p.is_file() and
                      not re.match(r"(build[^/]*|\.git)/", str(p.relative_to(ROOT))))


def strip(code):
    """Comments and strings out, line numbers kept."""
    def blank(m):
        return "\n" * m.group(0).count("\n")
    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, code, flags=re.S)


def main():
    problems = {k: [] for k in ("licence line", "file size", "banned functions", "core without clock, environment and output",
                                "layers", "unfinished marks", "SQL never printed", "line length")}
    sizes = []
    for path in tracked():
        name = str(path.relative_to(ROOT))
        if path.suffix not in (".c", ".h", ".py", ".sh", ".build") and name not in ("run", ".ci/run"):
            continue
        text = path.read_text("utf-8", "replace")
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.splitlines()[:3]):
            problems["licence line"].append(name)
        if name != "tests/lint/check-src.py" and MARKS.search(text):
            problems["unfinished marks"].append(name)
        if path.suffix not in (".c", ".h"):
            continue
        if path.suffix == ".c" and not name.startswith("tests/"):
            sizes.append(len(text.encode()))
        if len(text.encode()) > SIZE_MAX:
            problems["file size"].append(f"{name}: {len(text.encode())}")
        code = strip(text)
        for number, line in enumerate(code.splitlines(), 1):
            if not name.startswith("tests/") and BANNED.search(line):
                problems["banned functions"].append(f"{name}:{number}: {line.strip()}")
            if name.startswith(CORE) and path.suffix == ".c" and CORE_BANNED.search(line):
                problems["core without clock, environment and output"].append(f"{name}:{number}: {line.strip()}")
        for number, line in enumerate(text.splitlines(), 1):
            include = re.match(r'#include "([^"]+)"', line)
            for room, forbidden in LAYERS.items():
                if include and name.startswith(room + "/") and include.group(1).startswith(forbidden):
                    problems["layers"].append(f"{name}:{number}: {include.group(1)}")
            if re.search(r"printf\s*\([^;]*\b(SELECT|INSERT INTO|UPDATE|DELETE FROM)\b", line):
                problems["SQL never printed"].append(f"{name}:{number}")
            if len(line.expandtabs(8)) > 132:
                problems["line length"].append(f"{name}:{number}: {len(line.expandtabs(8))}")
    print(f"1..{len(problems)}")
    for number, (rule, found) in enumerate(problems.items(), 1):
        for place in found[:40]:
            print(f"# {place}")
        print(f"{'not ' if found else ''}ok {number} - {rule}")
    sizes.sort()
    print(f"# {len(sizes)} C files, median {sizes[len(sizes) // 2]} octets")
    sys.exit(1 if any(problems.values()) else 0)


main()
