# SPDX-License-Identifier: Apache-2.0
"""tap - run test functions one after the other and print TAP.

A test fails by an exception.  Skip(reason) skips.
"""
import inspect
import sys
import tempfile
import time
import traceback
from pathlib import Path


class Skip(Exception):
    pass


def check(condition, text, *shown):
    """An assertion that stays when Python optimises."""
    if not condition:
        raise AssertionError(text + "".join(f"\n  {s!r}" for s in shown))


def until(condition, seconds, text):
    """Polls until @condition() is true; returns its value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{text}: not within {seconds} s")
        time.sleep(0.02)


def run(tests, only=(), shown=4000):
    """Runs functions, those named in @only if it names any; one that demands an argument gets a temporary folder."""
    tests = [t for t in tests if not only or t.__name__ in only]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__doc__ if test.__doc__ and "\n" not in test.__doc__ else test.__name__
        label = f"{number} - {name.removeprefix('test_').replace('_', ' ').rstrip('.')}"
        start = time.monotonic()
        try:
            if any(p.default is p.empty for p in inspect.signature(test).parameters.values()):
                with tempfile.TemporaryDirectory(prefix="xausl-test-") as folder:
                    test(Path(folder))
            else:
                test()
            print(f"ok {label} ({time.monotonic() - start:.1f} s)", flush=True)
        except Skip as reason:
            print(f"ok {label} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc()[-shown:].splitlines():
                print(f"# {line}")
            print(f"not ok {label}", flush=True)
    sys.exit(1 if failed else 0)


def main(module):
    """The functions of a module whose name begins with test_; those named on the command line."""
    run([f for name, f in vars(sys.modules[module]).items() if name.startswith("test_") and inspect.isfunction(f)],
        sys.argv[1:])
