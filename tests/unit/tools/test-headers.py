# SPDX-License-Identifier: Apache-2.0
"""Every public header stands alone, in strict C99 and in C++11."""
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import tap  # noqa: E402
from tap import Skip, check  # noqa: E402

HEADERS = sorted(p.relative_to(ROOT / "include").as_posix() for p in (ROOT / "include/osci").glob("*.h"))


def compile_all(compiler, language, *flags):
    if not shutil.which(compiler):
        raise Skip(f"no {compiler}")
    check(len(HEADERS) >= 10, "headers", HEADERS)
    for header in HEADERS:
        done = subprocess.run([compiler, *flags, "-pedantic", "-Wall", "-Wextra", "-Werror", "-I" + str(ROOT / "include"),
                               "-fsyntax-only", "-x", language, "-"],
                              input=f"#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n",
                              capture_output=True, text=True, timeout=60)
        check(done.returncode == 0, header, done.stderr)


def test_every_header_alone_in_c99():
    compile_all("cc", "c", "-std=c99", "-Wstrict-prototypes", "-Wc++-compat")


def test_every_header_alone_in_cxx11():
    compile_all("c++", "c++", "-std=c++11")


def test_osci_h_includes_all():
    text = (ROOT / "include/osci/osci.h").read_text()
    for header in HEADERS:
        check(header == "osci/osci.h" or f"#include <{header}>" in text, header)


tap.main(__name__)
