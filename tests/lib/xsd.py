# SPDX-License-Identifier: Apache-2.0
"""xsd - are recorded HTTP bodies valid against the official schemas, inside and outside?

The judge is xsd-check, the same that the C tests use (lib/t_xsd.h).
"""
import subprocess
from pathlib import Path

from stack import program
from tap import Skip, check


def validate(folder, keys):
    """@keys: paths of .p12 files with a .pass file beside each.  Every body must be valid down to the order itself.

    Returns the names of the message types seen; Skip if the schemas are not at hand."""
    files = sorted(str(p) for p in Path(folder).glob("*.mime"))
    check(files, "nothing was recorded")
    pairs = [word for key in keys for word in (str(key), str(Path(key).with_suffix(".pass")))]
    done = subprocess.run([program("xsd-check"), *pairs, "--", *files], capture_output=True, text=True, timeout=120)
    if done.returncode == 77:
        raise Skip("validity against the official schemas: they are not at hand (XAUSL_SHARED)")
    lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
    bad = [line for line in lines if not line.startswith("valid ")]
    check(done.returncode == 0 and not bad and len(lines) == len(files), "not valid", bad[:5] or done.stderr)
    types = {line.rsplit(" ", 1)[1] for line in lines}
    return {name[:1].lower() + name[1:] for name in types}
