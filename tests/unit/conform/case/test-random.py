# SPDX-License-Identifier: Apache-2.0
"""test-random - correct files of every kind are taken: cases drawn from the tables of the format by numbers that are fixed.

The tables are read from the text of the format, not from our own, so that what both leave out is not left out here.  Skipped
where that text is not there.  One argument: xausl-conform.  A number as second argument begins the drawing elsewhere.
"""
import csv
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
from tap import check  # noqa: E402
CONFORM = sys.argv[1]
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
SHARED = Path(os.environ.get("XAUSL_SHARED", "/nonexistent"))
FORMAT, LISTS = SHARED / "domain/CASES.md", SHARED / "standards/xauslaender/26.11/codelists"
CASES = 300
PERSON_ONLY = ("070013", "070016", "070019", "070022")


class Tables:
    """Blocks, messages (direct fields and blocks) and outcomes of the text; code lists."""

    def __init__(self):
        self.blocks, self.messages, self.lists = {}, {}, {}
        rows = None
        for line in FORMAT.read_text("utf-8").splitlines():
            block, message = re.match(r"#### Block ([A-Z]):", line), re.match(r"#### (0\d{5}) .*?: blocks ([A-Z ]+)", line)
            row = re.match(r"\| `([^`]+)` \| (.*?) \|", line)
            if block:
                rows = self.blocks.setdefault(block[1], [])
            elif message:
                rows = []
                self.messages[message[1]] = (rows, message[2].split())
            elif line.startswith("#"):
                rows = None
            elif row and rows is not None:
                rows.append((row[1], row[2]))
        address = [(n.removeprefix("person.address."), t) for n, t in self.blocks["P"] if n.startswith("person.address.")]
        provider = [r for r in self.blocks["V"] if not r[0].endswith("*")] + [("address." + n, t) for n, t in address]
        for rows in [*self.blocks.values(), *(m[0] for m in self.messages.values())]:
            for name, type_ in list(rows):
                if name.endswith(".*"):
                    rows.remove((name, type_))
                    more = provider if "block V" in type_ else address if "address" in type_ else []
                    rows += [(name[:-1] + n, t) for n, t in more]
        for path in LISTS.glob("*.csv"):
            with path.open(encoding="utf-8", newline="") as f:
                self.lists[path.stem.rpartition("_")[0]] = list(csv.DictReader(filter(lambda x: x[0] != "#", f), delimiter=";"))

    def fields(self, message):
        rows, blocks = self.messages[message]
        return [r for b in blocks for r in self.blocks[b]] + rows

    def codes(self, name, column=None):
        return [r["code"] for r in self.lists[name] if not column or r.get(column)]


class Draw:
    def __init__(self, tables, seed):
        self.t, self.r, self.n = tables, random.Random(seed), 0
        self.requests = [m for m in tables.messages if m in REQUESTS]
        self.answers = [m for m in tables.messages if m not in REQUESTS]

    def date(self):
        return f"{self.r.randint(1950, 2030)}-{self.r.randint(1, 12):02}-{self.r.randint(1, 28):02}"

    def text(self, most=20):
        return "".join(self.r.choice("abcdefxyzÄÖÜäöüßéŁıșABC -'.") for _ in range(self.r.randint(1, most))).strip(" -'.") or "x"

    def value(self, name, type_):
        r, code = self.r, re.match(r"code\(([^)]+)\)", type_)
        if code:
            return r.choice(self.t.codes(code[1], "abh" if "column abh" in type_ else None))
        if "praefix" in type_ or name.endswith("author.key"):
            return "azr:011200"
        if "12 digits" in type_:
            return f"{r.randint(0, 99):02}{r.randint(1, 12):02}{r.randint(1, 28):02}{r.randint(0, 999999):06}"
        if "digits and blanks" in type_ or name.endswith(".to.house_number"):
            return str(r.randint(1, 9999))
        if "at most 4" in type_ or name.endswith(".to.suffix"):
            return r.choice(("a", "b 2", "Ä1", "3."))
        if "UUID" in type_:
            return "%08x-1111-4111-8111-111111111111" % r.getrandbits(32)
        if type_.startswith("pdate"):
            return self.date()[:r.choice((4, 7, 10))]
        if type_.startswith("date"):
            return self.date()
        if type_.startswith("bool"):
            return r.random() < 0.5
        if type_.startswith("true"):
            return True
        if type_.startswith("int"):
            return r.randint(0, 400)
        if type_.startswith("`"):
            return r.choice(re.findall(r"`([^`]+)`", type_))
        if (type_.startswith("name") or "null" in type_) and r.random() < 0.2:
            return None
        return self.text()

    def indexed(self, name):
        return re.sub(r"\[\]", lambda _: f"[{self.r.randint(1, 3)}]", name)

    def matcher(self, name, type_, captures):
        r, v = self.r, self.value(name, type_)
        texts = not re.match(r"bool|int|true|`", type_)
        kinds = [v, {"is": "present"}, {"is": "any"}, {"one_of": [v, self.value(name, type_)]}, {"not": v}, {"not": {"is": "absent"}}]
        if texts:
            kinds.append({"regex": r.choice((".*", "[A-Z].+", "(a|b)*x?", "\\.", "ä{2,3}"))})
        if captures:
            kinds.append({"same_as": r.choice(captures)})
        return r.choice(kinds)

    def expected(self, message, captures):
        rows, out = self.t.fields(message), {}
        fixed = ("message", "outcome", "record.art", "record.kind")
        for name, type_ in self.r.sample(rows, min(len(rows), self.r.randint(0, 6))):
            if name not in fixed and "see the messages" not in type_:
                out[self.indexed(name)] = self.matcher(name, type_, captures)
        lists = sorted({n.split("[]")[0] for n, _ in rows if "[]" in n})
        if lists and self.r.random() < 0.3:
            name = self.r.choice(lists)
            below = [(n[len(name) + 3:], t) for n, t in rows if n.startswith(name + "[].") and "[]" not in n[len(name) + 3:]]
            out.setdefault(name, {"count": self.r.randint(0, 3)} if not below or self.r.random() < 0.5 else
                           {"contains": [{n: self.matcher(n, t, captures) for n, t in self.r.sample(below, 1)}]})
        return out

    def data(self, message, prefixed):
        """Fields of a request, some of them; as names with dots."""
        rows, out = self.t.fields(message), {}
        for name, type_ in rows:
            if "[]" in name or name == "question" or (prefixed and name.startswith("person.")):
                continue
            if self.r.random() < 0.6:
                out[name] = self.value(name, type_)
        if not prefixed and any(n == "person.nationalities[]" for n, _ in rows):
            codes = self.r.sample(self.t.codes("Staatsangehoerigkeit"), 2)
            out.update(self.r.choice(({"person.nationalities": codes}, {"person.nationalities[1]": codes[0]},
                                      {"person.nationalities[1]": codes[0], "person.nationalities[2]": codes[1]})))
        return out

    def person(self):
        self.n += 1
        out = {}
        for name, type_ in self.t.blocks["P"] + self.t.blocks["D"]:
            name = name.removeprefix("person.")
            required = name in ("surname", "given_names", "birth_date", "address.street", "address.postcode", "address.town",
                                "azr_number", "birth_place")
            if name.endswith("[]"):
                if name.startswith("nationalities") or self.r.random() < 0.3:
                    out[name[:-2]] = [self.value(name, type_) for _ in range(self.r.randint(1, 3))]
            elif required or self.r.random() < 0.4:
                at, parts = out, name.split(".")
                for part in parts[:-1]:
                    at = at.setdefault(part, {})
                at[parts[-1]] = self.value(name, type_)
        out.update(azr_number=f"990101{self.n:06}", surname=f"Zufall{self.n}")
        return out

    def record(self, label):
        self.n += 1
        art = self.r.choice(list(KINDS))
        begin = self.date()
        return {"as": label, "kind": KINDS[art], "art": art,
                "issuer": {"type": self.r.choice(("1", "2", "3", "4", None)), "name": self.text()},
                "kennziffer": f"77{self.n:08}", "valid_from": begin, "valid_until": self.r.choice((None, "2031-01-01")),
                "registered": self.r.choice((None, self.date())), "attended": self.r.choice(("none", "partial", "complete")),
                **({"events": [self.event()]} if self.r.random() < 0.4 else {}),
                **({"taken_over_by": ["azr:001800"]} if self.r.random() < 0.2 else {})}

    def event(self):
        r, kinds, sections = self.r, self.t.codes("BAMFABH-Kursart"), self.t.codes("BAMFABH-Kursabschnitt")
        data = {"registration": {"placement_test": r.choice(("waived", self.date()))},
                "planning": {"course_key": "K1", "course_type": r.choice(kinds), "begin": self.date()},
                "course_start": {"course_key": "K1", "course_type": r.choice(kinds), "section": r.choice(sections),
                                 "expected_end": self.date()},
                "section_start": {"section": r.choice(sections), "expected_end": self.date()},
                "section_end": {"absent_excused": r.randint(0, 9), "absent_unexcused": r.randint(0, 9)},
                "dtz_result": {"level": "B1"}, "lid_result": {"points": r.randint(0, 33), "passed": r.random() < 0.5},
                "abort": {}, "completion": {"successful": r.random() < 0.5}, "repetition_admitted": {}, "repetition_registration": {}}
        event = r.choice(list(data))
        return {"event": event, "date": self.date(), **data[event]}

    def fault(self):
        r = self.r
        return {"fault": {**r.choice((
            {"at": "partner", "kind": "duplicate_answer", "count": 3, "new_envelope": True}, {"at": "partner", "kind": "delay", "by": "PT5M"},
            {"at": r.choice(("partner", "intermediary")), "kind": "drop_answer"}, {"at": "partner", "kind": "bad_signature"},
            {"at": "partner", "kind": "old_release", "release": "26.11"}, {"at": "partner", "kind": "invalid_answer"},
            {"at": "partner", "kind": "type_mismatch"}, {"at": "partner", "kind": "no_trigger_uuid", "message": "070003"},
            {"at": "partner", "kind": "reject", "code": r.choice(self.t.codes("Fehlercodes-in-XInneres")), "message": "070009"},
            {"at": "partner", "kind": "reject", "form": "000002", "code": r.choice(self.t.codes("Fehlercodes.synchron"))},
            {"at": r.choice(("partner", "intermediary")), "kind": "outage", "lasts": "PT1H"},
            {"at": "intermediary", "kind": "outage", "from": "2028-01-01T00:00:00", "until": "2028-01-02T00:00:00"},
            {"at": "intermediary", "kind": "out_of_order"}, {"at": "intermediary", "kind": "wrong_mailbox", "office": "B"},
            {"at": "intermediary", "kind": "drop_reply", "count": 2, "message": "070008"}))}}

    def dialogue(self, i):
        """A request and what comes of it."""
        r, q = self.r, f"q{i}"
        message = r.choice([m for m in self.requests if m != "070007"])
        person = r.random() < 0.7
        send = {"message": message, "office": "A", "as": q, "fields": self.data(message, person)}
        if person:
            send["person"] = "p"
        if r.random() < 0.2:
            send.update(fields={**send["fields"], "kennziffer": True}, wrong=["kennziffer"])
        if r.random() < 0.2:
            send["extra"] = {"person.shoe_size": [1, {"a": None}]}
        if r.random() < 0.2 and message not in PERSON_ONLY:
            send["omit"] = [r.choice(["person.sex", "person.address", "person.nationalities[1]"])]
        steps = [{"send": send}]
        if r.random() < 0.3:
            steps.append({"expect": {"outcome": "accepted-by-gateway", "office": "A", "re": q}})
        if r.random() < 0.3:
            steps.append({"expect": {"message": message, "at": "partner", "re": q}})
        answers = ANSWERS[message]
        if r.random() < 0.2:
            steps.append({"expect": {"outcome": r.choice(("held", "rejected-by-partner", "not-competent", "forwarded")), "office": "A",
                                     "re": q, "as": f"a{i}"}})
        elif answers and len(answers) > 1 and r.random() < 0.3:
            one, two = r.sample(answers, 2)
            steps.append({"expect": {"office": "A", "re": q, "as": f"a{i}", "one_of": [
                {"message": one, "as": f"x{i}", "then": [{"check": {"delivered_once": [f"x{i}"]}}]},
                {"message": two, "fields": self.expected(two, self.captures)}]}})
        elif answers:
            answer = r.choice(answers)
            expect = {"message": answer, "office": "A", "re": q, "as": f"a{i}", "fields": self.expected(answer, self.captures)}
            if r.random() < 0.5:
                expect["within"] = r.choice(("PT1S", "P1D", "P1M2DT3H4M5S", "P1Y", "P2W"))
            names = [n for n, t in self.t.fields(answer) if "[]" not in n and n not in ("message", "outcome")]
            if r.random() < 0.4:
                expect["capture"] = {f"c{i}": r.choice(names)}
                expect["fields"].pop(expect["capture"][f"c{i}"], None)
            steps.append({"expect": expect})
            if "capture" in expect:
                self.captures.append(f"c{i}")
            if answer == "070006":
                steps.append({"send": {"message": "070007", "office": "A", "as": f"reply{i}", "reply_to": f"a{i}",
                                       "fields": {"replace": r.random() < 0.5}}})
        return steps

    def case(self, number):
        r = self.r
        self.captures = []
        steps = [s for i in range(1, r.randint(2, 5)) for s in self.dialogue(i)]
        extras = [self.fault(), {"advance_clock": {"by": r.choice(("PT1S", "P1D", "P1M"))}}, {"office_ack": {"office": "A", "mode": "withhold"}},
                  {"restart": {"what": r.choice(("gateway", "partner", "intermediary", "office")), "how": r.choice(("kill", "stop"))}},
                  {"restart": {"what": "gateway", "at": r.choice(POINTS)}},
                  {"expect_none": {"for": "P1D", **r.choice(({}, {"office": "A"}, {"at": "partner", "message": "070007"},
                                                            {"at": "operator", "outcome": "incoming-rejected"}, {"outcome": "overdue"}))}},
                  {"provider": {"record": "r1", **self.event()}}, {"clerk": {"decision": "withdraw_record", "record": "r1"}},
                  {"script": {"message": "070019", "office": "A", "answers": []}}]
        for extra in r.sample(extras, r.randint(0, 4)):
            steps.insert(r.randint(0, len(steps)), extra)
        case = {"id": f"RND-{number}", "source": "derived", "requirement": {"id": r.choice(REQUIREMENTS), "what": self.text()},
                "title": self.text(60), "release": r.choice(("26.11", "any")), "clock": "2026-11-16T09:00:00",
                "offices": {"A": {"key": "azr:011200", "name": "A"}, "B": {"key": "azr:001800", "name": "B", "certificate": r.choice(
                    ("ok", "expired", "revoked", "missing"))}},
                "persons": {"p": self.person()},
                "inge": [{"person": "p", "flags": r.sample(FLAGS, r.randint(0, 2)), "records": [self.record("r1")],
                          **({"stored": {"azr_number": None, "sex": None}} if r.random() < 0.3 else {})}],
                "steps": steps,
                "after": {"inge": [{"person": "p", "in_force": r.choice((0, 1, {"one_of": [0, 1]})), **r.choice(({}, {"unchanged": True}, {
                    "surname": {"is": "present"}}))}],
                          "not_delivered": [self.text()]}}
        if r.random() < 0.3:
            case["settings"] = {"gateway": {"overdue_after": "P2D", "old_release_until": r.choice((None, "2026-12-01T00:00:00"))},
                                "partner": {"name_match": "folded", "keep_kennziffer": True}}
        if r.random() < 0.2:
            case["variants"] = [{"v": "one", "t": "Titel"}, {"v": "two", "t": "title"}]
            case["title"] = "$(t)"
        return case


REQUESTS = ("070001", "070007", "070008", "070009", "070010", "070011", "070013", "070016", "070019", "070022")
OBLIGATION = ["070003", "070004", "070005", "070006"]
ANSWERS = {"070001": ["070003", "070004", "070005"], "070008": OBLIGATION, "070009": OBLIGATION, "070010": OBLIGATION,
           "070011": ["070012"], "070013": ["070014", "070015"], "070016": ["070015", "070017"], "070019": [], "070022": []}
KINDS = {"1a": "entitlement", "4": "entitlement", "1b": "obligation", "2": "obligation", "5": "obligation", "7": "obligation",
         "3": "admission", "6": "admission", "8": "admission"}
FLAGS = ("german", "eu_citizen", "spaetaussiedler", "deceased", "information_block")
POINTS = ("accepted", "store-requested", "stored", "answer-waiting", "answer-fetched", "delivered", "acknowledged")
REQUIREMENTS = ("FLOW-070001", "FLOW-070022", "RULE-0", "RULE-8", "CODE-NOTE", "ID-PAIR", "LIM-INACT", "SEC-ADDR", "LOAD", "INFO-A")


def test_correct_files_are_taken():
    if not FORMAT.is_file():
        raise tap.Skip("the text of the format is not there")
    draw = Draw(Tables(), SEED)
    with tempfile.TemporaryDirectory(prefix="xausl-test-") as folder:
        path = Path(folder) / "random.yaml"
        for indent in (None, 1):
            book = {"format": 2, "cases": [draw.case(n) for n in range(CASES)]}
            path.write_text(json.dumps(book, ensure_ascii=False, indent=indent), "utf-8")
            done = subprocess.run([CONFORM, "--check", "--cases", str(path)], capture_output=True, text=True, timeout=60,
                                  env=os.environ | {"XAUSL_DATADIR": str(ROOT)})
            check(done.returncode == 0 and f"{CASES} cases" in done.stdout, "taken", done.returncode, done.stderr[:3000])


tap.run([test_correct_files_are_taken])
