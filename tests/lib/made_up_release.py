# SPDX-License-Identifier: Apache-2.0
"""made_up_release - writes data folders in which a made-up release 27.05 stands beside the real ones

    python3 made_up_release.py DIR
    python3 made_up_release.py --run PROGRAM [ARGUMENT...]

DIR becomes what XAUSL_DATADIR may name: DIR/xausl-schemas and DIR/versions.  The release does not exist; what it changes is in
tests/fixtures/release-27.05 and laid over whatever 26.11 holds.  Needs nothing but the source tree.  --run makes such a folder, lets
the program find it by XAUSL_DATADIR and XAUSL_TEST_DATA, names the release in XAUSL_TEST_RELEASE, and removes it afterwards.
"""
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(os.environ.get("XAUSL_SOURCE_ROOT") or Path(__file__).resolve().parents[2])
FIXTURE = ROOT / "tests/fixtures/release-27.05"
OLD, NEW = "26.11", "27.05"
NAMESPACE = "http://www.osci.de/xauslaender2705"
MARK = "MADE UP for tests: there is no such release."
ROW = f"{NEW};{NAMESPACE};2027-05-01;confirmed;made up for tests, no such release is published;{NEW}\n"


def rename(folder):
    """The new version and namespace in every file, as step 2 of xausl-schemas/ADDING.md does it."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_text("utf-8")
            new = re.sub(rf"\b{re.escape(OLD)}\b", NEW, text.replace("xauslaender2611", "xauslaender2705"))
            if new != text:
                path.write_text(new, "utf-8")


def change(folder):
    """What the made-up release changes, and a mark in the head of each file."""
    for c in tomllib.loads((FIXTURE / "changes.toml").read_text("utf-8"))["change"]:
        path = folder / c["file"]
        text = path.read_text("utf-8")
        if text.count(c["find"]) != 1:
            raise SystemExit(f"{path}: text is there {text.count(c['find'])} times: {c['why']}: {c['find']!r}")
        path.write_text(text.replace(c["find"], c["replace"]), "utf-8")
    shutil.copytree(FIXTURE / "overlay", folder, dirs_exist_ok=True)
    manifest = folder / "manifest.csv"
    text = manifest.read_text("utf-8")
    manifest.write_text(re.sub(r"(?m)^origin;.*$", f"origin;made up for tests from {OLD}, no such release exists", text), "utf-8")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and MARK not in (text := path.read_text("utf-8")):
            comment, at = (f"# {MARK}\n", 0) if path.suffix == ".csv" else (f"<!-- {MARK} -->\n", text.index("\n") + 1)
            path.write_text(text[:at] + comment + text[at:], "utf-8")


def seal(folder):
    """The checksums of the manifest, as xausl seal writes them."""
    manifest = folder / "manifest.csv"
    lines = manifest.read_text("utf-8").splitlines(keepends=True)
    old = [line.split(";")[1] for line in lines if line.startswith("sha256;")]
    if not old:
        return
    files = []
    for line in lines:
        fields = line.rstrip("\n").split(";")
        if fields[0] == "schema":
            files += [f"xsd/{name}" for name in fields[3:]]
        elif fields[0] == "codelist":
            files += [f"codelists/{name}" for name in fields[1:]]
    files += [name for name in old if "/" not in name]
    sums = [f"sha256;{name};{hashlib.sha256((folder / name).read_bytes()).hexdigest()}\n" for name in files]
    manifest.write_text("".join([line for line in lines if not line.startswith("sha256;")] + sums), "utf-8")


def copy_data(out):
    """The releases and calendars of the source tree."""
    for manifest in sorted((ROOT / "xausl-schemas").glob("*/manifest.csv")):
        shutil.copytree(manifest.parent, out / "xausl-schemas" / manifest.parent.name)
    shutil.copytree(ROOT / "versions", out / "versions", ignore=shutil.ignore_patterns("*.md", "meson.build"))


def add_row(out):
    calendar = out / "versions/releases.csv"
    text = calendar.read_text("utf-8")
    if f"\n{NEW};" in text:
        raise SystemExit(f"the calendar has a release {NEW} of its own now: give the made-up one another name")
    calendar.write_text(text + ROW, "utf-8")


def make(out):
    """Returns @out, which may exist and must not hold these folders."""
    out = Path(out)
    copy_data(out)
    folder = out / "xausl-schemas" / NEW
    shutil.copytree(out / "xausl-schemas" / OLD, folder)
    rename(folder)
    change(folder)
    seal(folder)
    add_row(out)
    return out


def run(command):
    with tempfile.TemporaryDirectory() as tmp:
        make(tmp)
        env = os.environ | {"XAUSL_DATADIR": tmp, "XAUSL_TEST_DATA": tmp, "XAUSL_TEST_RELEASE": NEW}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--run":
        sys.exit(run(sys.argv[2:]))
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    make(sys.argv[1])
