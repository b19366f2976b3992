# SPDX-License-Identifier: Apache-2.0
"""runner - small case files, and xausl-conform carrying them out."""
import json
import os
import subprocess

from stack import BUILD, SOURCE
from tap import check

PROGRAM = BUILD / "conformance/conform/xausl-conform"
KEYS = BUILD / "test-conform-keys"

HEAD = """format: 2
cases:
"""
CASE = """- id: {id}
  source: derived
  requirement: {{id: FLOW-070009, what: shows what the runner does}}
  title: Case {id}
  release: any
  clock: '2026-11-16T09:00:00'
  offices:
    A: {{key: 'azr:011200', name: 'Landeshauptstadt München, Ausländerbehörde'}}
  persons:
    p:
      surname: {surname}
      given_names: Probine
      birth_date: '1986-04-12'
      sex: w
      address: {{street: Beispielring, house_number: '2', postcode: '99999', town: Prüfstadt}}
      azr_number: '{azr}'
      birth_place: null
      nationalities: ['327']
{inge}  steps:
{steps}"""
SEND = "  - send: {message: '070009', office: A, as: q1, person: p, fields: {residence_title: AERL-STAT-041}}\n"
GOOD = """  - expect: {message: '070003', office: A, re: q1, as: a1, capture: {k1: record.kennziffer}}
  after:
    inge: [{person: p, in_force: 1, records: [{kind: obligation, kennziffer: {same_as: k1}}]}]
    journal: {q1: closed}
    sent_once: [q1]
    delivered_once: [a1]
"""


def case(name, number, steps, inge=""):
    """Text of a case; "KENNZIFFER" in @inge becomes one that no other case has."""
    return CASE.format(id=name, surname=f"Reihe{chr(96 + number)}", azr=f"99000077{number:04}", steps=steps,
                       inge=inge.replace("KENNZIFFER", f"99010{number:05}"))


def written(folder, text):
    path = folder / "cases.yaml"
    path.write_text(HEAD + text, "utf-8")
    return path


def cases(folder, **steps):
    """Cases that begin with a request and go on with these steps."""
    return written(folder, "".join(case(name, number, SEND + what) for number, (name, what) in enumerate(steps.items(), 1)))


def conform(folder, *args, status):
    env = {**os.environ, "XAUSL_DATADIR": str(SOURCE)}
    done = subprocess.run([str(PROGRAM), "--programs", str(BUILD), "--keys", str(KEYS), "--work", str(folder / "work"), *map(str, args)],
                          capture_output=True, text=True, env=env, timeout=240)
    check(done.returncode == status, f"exit status {done.returncode}, {status} expected", done.stdout[-3000:], done.stderr[-2000:])
    return done


def results(folder):
    found = json.loads((folder / "report/report.json").read_text("utf-8"))
    return {c["id"]: c for c in found["cases"]}
