# SPDX-License-Identifier: Apache-2.0
"""summary.py JUNIT.xml - counts single test cases of a meson run.

Prints each skip with its reason, then, as the last line, "N passed, N failed, N skipped".
Fails if a test failed or if none passed.
"""
import sys
import xml.etree.ElementTree as tree


def main(path):
    try:
        root = tree.parse(path).getroot()
    except (OSError, tree.ParseError) as problem:
        print(f"no test results: {problem}")
        return 1
    passed = failed = skipped = 0
    for case in root.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed += 1
            print(f"FAILED {case.get('classname')} {case.get('name')}")
        elif case.find("skipped") is not None:
            skipped += 1
            print(f"skipped {case.get('classname')} {case.get('name')}")
        else:
            passed += 1
    if skipped:
        print("Skipped tests need what is not here: reference material beside the project (../shared), or a plain build.")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main(sys.argv[1]))
