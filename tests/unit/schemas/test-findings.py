# SPDX-License-Identifier: Apache-2.0
"""test-findings - xausl-schemas/FINDINGS.md lists every finding the engine and the rules of the releases can make,
with level, layer and code as they are there, and no other; prints TAP."""
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"]) / "xausl-schemas"
sys.path.insert(0, str(ROOT.parent / "tests/lib"))
import tap  # noqa: E402

MARK = re.compile(r'\{\s*"([a-z]+\.[a-z-]+)",\s*("[a-z]+"|LAYER),\s*("[A-Z0-9]*"|CODE)(?:,\s*XAUSL_(ERROR|WARNING|HINT))?\s*\}')
ANY = re.compile(r'"((?:xml|frame|schema|code|check)\.[a-z-]+)"')


def documented():
    found = {}
    for line in (ROOT / "FINDINGS.md").read_text("utf-8").splitlines():
        cells = [c.strip() for c in line.strip("|").split("|")]
        if len(cells) == 6 and cells[0].startswith("`"):
            key = cells[0].strip("`")
            assert key not in found, f"{key} twice"
            assert all(cells[i] for i in (1, 2, 4, 5)), f"{key}: empty cell"
            found[key] = (cells[1], cells[2], set(cells[3].replace(",", " ").split()))
    return found


def existing():
    found = {}

    def add(key, level, layer, code):
        entry = found.setdefault(key, (level, layer, set()))
        assert entry[:2] == (level, layer), f"{key} in two levels or layers"
        entry[2].update([code] if code else [])

    for path in sorted((ROOT / "engine").glob("*.c")):
        text = path.read_text("utf-8")
        values = {"LAYER": "schema", "CODE": "X001"}
        ids = set()
        for key, layer, code, level in MARK.findall(text):
            add(key, (level or "error").lower(), values.get(layer, layer.strip('"')), values.get(code, code.strip('"')))
            ids.add(key)
        strange = set(ANY.findall(text)) - ids
        assert not strange, f"{path.name}: {strange} not in the form of a mark"
    for path in sorted(ROOT.glob("*/rules.csv")):
        for line in path.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                _, key, code = line.split(";")[:3]
                level = code if code in ("warning", "hint") else "error"
                add(key, level, key.split(".")[0], code if level == "error" else "")
    return found


def test_same_ids():
    have, said = existing(), documented()
    assert len(have) > 30, "the sources were not understood"
    assert not have.keys() - said.keys(), f"not in FINDINGS.md: {sorted(have.keys() - said.keys())}"
    assert not said.keys() - have.keys(), f"in FINDINGS.md alone: {sorted(said.keys() - have.keys())}"


def test_same_level_layer_code():
    have, said = existing(), documented()
    wrong = [f"{k}: {have[k]} but {said[k]}" for k in have if k in said and have[k] != said[k]]
    assert not wrong, "; ".join(wrong)


tap.run([test_same_ids, test_same_level_layer_code])
