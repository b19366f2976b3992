# SPDX-License-Identifier: Apache-2.0
"""tap - run the test functions of a module one after the other and print TAP.

A test is a function whose name begins with test_; it fails by an exception.  Skip(reason) skips.
"""
import inspect
import sys
import time
import traceback


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


def main(module):
    tests = [(name, f) for name, f in vars(sys.modules[module]).items()
             if name.startswith("test_") and inspect.isfunction(f)]
    if len(sys.argv) > 1:
        tests = [t for t in tests if t[0] in sys.argv[1:]]
    print(f"1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(tests, 1):
        label = f"{number} - {name[5:].replace('_', ' ')}"
        start = time.monotonic()
        try:
            function()
            print(f"ok {label} ({time.monotonic() - start:.1f} s)", flush=True)
        except Skip as reason:
            print(f"ok {label} # SKIP {reason}", flush=True)
        except Exception:
            failed += 1
            for line in traceback.format_exc().splitlines():
                print(f"# {line}")
            print(f"not ok {label}", flush=True)
    sys.exit(1 if failed else 0)
