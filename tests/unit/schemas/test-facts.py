# SPDX-License-Identifier: Apache-2.0
"""test-facts - the calendar says what is known of the releases and nothing more; prints TAP.

Held against the researched table beside the project (XAUSL_SHARED): namespaces, days that a source states, days that only
follow from the series, and what nobody knows, which stays empty.
"""
import csv
import os
import re
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
FACTS = Path(os.environ.get("XAUSL_SHARED", "/nonexistent")) / "domain/releases.csv"
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def calendar():
    rows = [line.split(";") for line in (ROOT / "versions/releases.csv").read_text("utf-8").splitlines()
            if line and not line.startswith("#")]
    return {row[0]: dict(zip(("version", "namespace", "day", "certainty", "source", "folder"), row)) for row in rows}


def problems(ours, fact):
    """What our row says that the fact does not, or the other way round."""
    namespace = "" if fact["namespace"] == "unknown" else fact["namespace"]
    if ours["namespace"] != namespace:
        yield f"namespace {ours['namespace']!r}, known is {namespace!r}"
    stated = fact["effective_from"] if DAY.fullmatch(fact["effective_from"]) else ""
    series = fact["effective_by_series"] if DAY.fullmatch(fact["effective_by_series"]) else ""
    expected = ("confirmed", stated) if stated else ("derived", series) if series else ("unknown", "")
    if (ours["certainty"], ours["day"]) != expected:
        yield f"day {ours['certainty']} {ours['day']}, known is {' '.join(expected)}"
    if fact["source_url"] and fact["source_url"] not in ours["source"]:
        yield f"source {ours['source']!r}, known is {fact['source_url']!r}"
    if not ours["source"]:
        yield "no source"


def as_they_are_known():
    if not FACTS.exists():
        raise tap.Skip("the researched table of releases is not there")
    ours = calendar()
    with FACTS.open(encoding="utf-8", newline="") as f:
        facts = {fact["version"]: fact for fact in csv.DictReader(f)}
    found = [f"{v}: {p}" for v in facts if v in ours for p in problems(ours[v], facts[v])]
    found += [f"{v}: not in the calendar" for v in facts if v not in ours]
    if list(ours)[:len(facts)] != list(facts):  # newer ones may have come
        found.append("another order, or a release between them that nobody knows of")
    assert not found, "; ".join(found)


tap.run([as_they_are_known])
