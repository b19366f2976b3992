# SPDX-License-Identifier: Apache-2.0
"""test-diff - xausl diff: every change of a release is named, once, and nothing else; prints TAP.

The made-up release brings one change of each kind; then a copy of the real one is changed in one place at a time.
"""
import html.parser
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
import made_up_release as made  # noqa: E402

XAUSL = sys.argv[1]
ENV = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"}
ROUNDS = 2  # random places for each way to change a release

XA = ("000002 000020 000030 000040 070001 070003 070004 070005 070006 070007 070008 070009 070010 070011 070012 070013 070014 "
      "070015 070016 070017 070019 070022")
TITLE = ("nach § 16 Abs. 5 AufenthG (Arbeitsplatzsuche nach Studium) (alter SV: § 16 Abs. 4 AufenthG) - (nur noch "
         "Bestandskennung)")
PEOPLE = "070001 070008 070009 070010 070011"
KNOWN = "070013 070016 070019 070022"
# kind, change, messages, list, place, property, from, to
EXPECTED = [
    ("message", "new", "", "", "070023", "", "", "ABHBAMF.ErfundeneMitteilung.070023"),
    *[(*row[:2], messages, "", path + row[2], *row[3:])
      for messages, path in ((XA, "nachrichtenkopf.g2g/identifikation.nachricht/nachrichtentyp"),
                             ("000002", "rueckweisung/idNachricht/nachrichtentyp"), ("000020", "nachrichtentyp"),
                             ("000040", "identifikationFachnachricht/nachrichtentyp"))
      for row in (("element", "changed", "/@listVersionID", "fixed", "19", "20"),
                  ("element", "changed", "/code", "enumeration", "", "070023"))],
    ("element", "changed", PEOPLE, "", "weitereAngaben/staatsangehoerigkeit", "occurs", "1..4", "1..6"),
    ("field", "changed", PEOPLE, "", "person.nationalities[]", "entries", "1..4", "1..6"),
    ("element", "changed", "070008", "", "bamfkennziffer", "occurs", "0..1", "1..1"),
    ("field", "changed", "070008", "", "kennziffer", "required", "no", "yes"),
    ("element", "gone", "070010", "", "gueltigBis", "", "1..1", ""),
    ("field", "gone", "070010", "", "valid_until", "", "required", ""),
    ("element", "changed", KNOWN, "", "identifikation/bamfkennziffer", "maxLength", "", "16"),
    ("field", "changed", KNOWN, "", "kennziffer", "max characters", "", "16"),
    ("element", "new", "070019", "", "aenderungsdatum", "", "", "1..1"),
    ("field", "new", "070019", "", "changed_on", "", "", "required"),
    ("code_list", "changed", "", "", "BAMFABH-Kursart", "version", "4", "5"),
    ("code", "new", "", "BAMFABH-Kursart", "25", "", "", "Erfundener Kurs"),
    ("code", "gone", "", "BAMFABH-Kursart", "8", "", "Förderkurs", ""),
    ("code_list", "changed", "", "", "Int.Aufenthaltstitel", "version", "19", "20"),
    ("code", "gone", "", "Int.Aufenthaltstitel", "AERL-STAT-002", "", TITLE, ""),
    ("code", "new", "", "Int.Aufenthaltstitel", "AERL-STAT-999", "", "", "erfundener Aufenthaltstitel"),
    ("code_list", "changed", "", "", "NachrichtenID", "version", "19", "20"),
    ("code", "new", "", "NachrichtenID", "070023", "", "", "ABHBAMF.ErfundeneMitteilung.070023"),
]
KEYS = ("kind", "change", "list", "place", "property", "from", "to")


def run(data, *args):
    done = subprocess.run([XAUSL, "diff", *map(str, args)], capture_output=True, text=True, env=ENV | {"XAUSL_DATADIR": str(data)},
                          timeout=60)
    return done.returncode, done.stdout, done.stderr


def differences(data, a, b, may_refuse=False):
    """None: the folder is no release."""
    status, out, err = run(data, a, b, "--json")
    if status == 2 and err and may_refuse:
        return None
    assert not err and status in (0, 1), (status, err)
    found = json.loads(out)
    assert set(found) == {"from", "to", "schema_only", "differences"} and (found["from"], found["to"]) == (a, b), found
    assert status == (1 if found["differences"] else 0)
    for d in found["differences"]:
        assert set(d) == {*KEYS, "messages"}, d
    return found["differences"]


def rows(found):
    return [(d["kind"], d["change"], " ".join(d["messages"]), d["list"], d["place"], d["property"], d["from"], d["to"]) for d in found]


def fixture(tmp):
    """All changes of the made-up release, and no other."""
    found = rows(differences(made.make(tmp), "26.11", "27.05"))
    assert len(found) == len(set(found))
    assert sorted(found) == sorted(EXPECTED), (set(found) - set(EXPECTED), set(EXPECTED) - set(found))


def other_way(tmp):
    """From the new release to the old one: the same, mirrored."""
    mirror = {"new": "gone", "gone": "new"}
    found = rows(differences(made.make(tmp), "27.05", "26.11"))
    assert sorted(found) == sorted((k, mirror.get(c, c), m, o, p, prop, t, f) for k, c, m, o, p, prop, f, t in EXPECTED), found


def itself(tmp):
    assert differences(ROOT, "26.11", "26.11") == []
    status, out, err = run(ROOT, "26.11", "26.11")
    assert (status, out, err) == (0, "26.11 -> 26.11: 0 differences\n", "")


def text(tmp):
    """Grouped by message; the same twice."""
    data = made.make(tmp)
    status, out, err = run(data, "26.11", "27.05")
    assert status == 1 and not err
    assert out == run(data, "26.11", "27.05")[1]
    lines = out.splitlines()
    assert lines[0] == f"26.11 -> 27.05: {len(EXPECTED)} differences"
    assert len([line for line in lines if re.match("  [-+~>] ", line)]) == len(EXPECTED), out
    heads = [line for line in lines[1:] if line and line[0] != " "]
    assert len(heads) == len(set(heads)), heads
    at = lines.index("message 070008")
    assert lines[at + 1:at + 4] == ["  ~ element bamfkennziffer: occurs: 0..1 -> 1..1", "  ~ field kennziffer: required: no -> yes",
                                    ""], lines[at:]


class Page(html.parser.HTMLParser):
    EMPTY = {"meta", "br"}

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.rows, self.links, self.ids, self.text = [], set(), 0, [], [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        attrs = dict(attrs)
        assert not {"src", "style", "onclick", "onload"} & set(attrs), attrs
        if "href" in attrs:
            assert attrs["href"].startswith("#"), attrs
            self.links.append(attrs["href"][1:])
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.rows += tag == "tr"
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text += data


def page(tmp):
    """Stands alone, is well formed, and says all of it."""
    status, out, err = run(made.make(tmp), "26.11", "27.05", "--html")
    assert status == 1 and not err
    p = Page()
    p.feed(out)
    assert not p.open and not {"script", "img", "link", "iframe"} & p.tags, p.tags
    assert "default-src 'none'" in out
    assert sorted(p.links) == sorted(p.ids) and len(p.ids) == len(set(p.ids))
    # head of each table, a row for each group, a row for each difference
    assert p.rows == 1 + 2 * len(p.ids) + len(EXPECTED), p.rows
    for e in EXPECTED:
        assert e[4] in p.text, e


def trouble(tmp):
    for args in ((), ("26.11",), ("26.11", "26.11", "26.11"), ("26.11", "19.05"), ("nothing", "26.11"), ("26.11", "26.11", "--what"),
                 ("26.11", "26.11", "--schemas", tmp)):
        status, out, err = run(ROOT, *args)
        assert status == 2 and err and not out, (args, status, out, err)
    assert run(ROOT, "--help")[0] == 0


def package(tmp):
    """The official package instead of the module: the same changes of elements, but for how patterns are written."""
    shared = Path(os.environ.get("XAUSL_SHARED", "/nowhere")) / "standards/xauslaender/26.11"
    if not (shared / "xsd").is_dir():
        raise tap.Skip("the schemas of the standard are not there")
    made.make(tmp)
    calendar = tmp / "versions/releases.csv"
    calendar.write_text(re.sub(r"(?m)^(26\.11;.*;)26\.11$", r"\1", calendar.read_text("utf-8")), "utf-8")
    done = subprocess.run([XAUSL, "releases", "import", str(shared)], capture_output=True, text=True, timeout=100,
                          env=ENV | {"XAUSL_DATADIR": str(tmp)})
    assert done.returncode == 0, done.stderr
    assert differences(tmp, "26.11", "26.11") == []
    status, out, err = run(tmp, "26.11", "27.05", "--json")
    assert status == 1 and not err and json.loads(out)["schema_only"]
    found = [r for r in rows(json.loads(out)["differences"]) if r[0] in ("message", "element") and r[5] != "pattern"]
    assert sorted(found) == sorted(e for e in EXPECTED if e[0] in ("message", "element")), found


# --- one change at a time ----------------------------------------------------

def choose(rnd, folder, files, pattern):
    """A random match of the pattern in the files: file, text, match."""
    places = [(f, t, m) for f in files for t in [f.read_text("utf-8")] for m in re.finditer(pattern, t)]
    return rnd.choice(places)


def put(place, new):
    f, text, m = place
    assert text[m.start():m.end()] != new
    f.write_text(text[:m.start()] + new + text[m.end():], "utf-8")


# Elements of a sequence on one line, those of messages and what only they are made of.
ELEMENT = r'\n\t+<xs:element name="([^"]+)" type="[^"]+"(?: minOccurs="\d+")?(?: maxOccurs="\w+")?/>'


def bodies(folder):
    return [folder / "xsd" / n for n in ("messages.xsd", "person.xsd", "course.xsd", "administration.xsd", "rejection.xsd",
                                         "receipt.xsd")]


def element_gone(rnd, folder):
    put(choose(rnd, folder, bodies(folder), ELEMENT), "")


def element_new(rnd, folder):
    place = choose(rnd, folder, bodies(folder), ELEMENT)
    put(place, place[2][0] + '\n<xs:element name="neuesElement" type="xs:token" minOccurs="0"/>')


def element_renamed(rnd, folder):
    place = choose(rnd, folder, bodies(folder), ELEMENT)
    put(place, place[2][0].replace(f'"{place[2][1]}"', '"neuesElement"', 1))


def element_moved(rnd, folder):
    place = choose(rnd, folder, bodies(folder), f"({ELEMENT})({ELEMENT})")
    put(place, place[2][3] + place[2][1])


def occurs_more(rnd, folder):
    put(choose(rnd, folder, bodies(folder), r' maxOccurs="\w+"'), ' maxOccurs="77"')


def occurs_less(rnd, folder):
    put(choose(rnd, folder, bodies(folder), r' minOccurs="0"'), "")


def type_other(rnd, folder):
    put(choose(rnd, folder, bodies(folder), r'type="(din91379:datatypeC|xs:boolean|xida:Tagesdatum)"(?! fixed| use)'),
        'type="xs:nonNegativeInteger"')


def type_narrow(rnd, folder):
    f, text, m = place = choose(rnd, folder, bodies(folder), r' type="din91379:datatypeC"((?: \w+="\w+")*)/>')
    if text[:m.start()].rpartition("<")[2].startswith("xs:attribute"):
        return type_narrow(rnd, folder)
    put(place, m[1] + '><xs:simpleType><xs:restriction base="din91379:datatypeC"><xs:maxLength value="9"/></xs:restriction>'
        "</xs:simpleType></xs:element>")


def values_fewer(rnd, folder):
    put(choose(rnd, folder, [folder / "xsd/message-types.xsd", folder / "xsd/rejection.xsd"], r'<xs:enumeration value="[^"]+"/>'), "")


def pattern_other(rnd, folder):
    put(choose(rnd, folder, [folder / "xsd/head.xsd", folder / "xsd/azr.xsd"], r'<xs:pattern value="'), '<xs:pattern value="x?')


def fixed_other(rnd, folder):
    put(choose(rnd, folder, [folder / "xsd" / n for n in ("lists.xsd", "rejection.xsd", "receipt.xsd")],
               r'(?<=name="listVersionID" type="xs:normalizedString" )fixed="[^"]+"'), 'fixed="77"')


def attribute_free(rnd, folder):
    put(choose(rnd, folder, [folder / "xsd" / n for n in ("frame.xsd", "rejection.xsd", "code.xsd", "base-message.xsd")],
               r' use="required"'), "")


def choice(rnd, folder):
    """A sequence of several elements becomes a choice of them."""
    place = choose(rnd, folder, bodies(folder), r"<xs:sequence>((?:\n\t+<xs:element [^>]*/>){2,}\s*)</xs:sequence>")
    put(place, f"<xs:choice>{place[2][1]}</xs:choice>")


def code_lists(folder):
    return [f for f in sorted((folder / "codelists").iterdir())]


CODE = r'(?m)^(?![@#])([^;\n"]+);([^;\n"]+)((?:;[^;\n]*)*)\n'


def code_gone(rnd, folder):
    put(choose(rnd, folder, code_lists(folder), CODE), "")


def code_new(rnd, folder):
    place = choose(rnd, folder, code_lists(folder), CODE)
    put(place, place[2][0] + f"NEU-77;neu{place[2][3]}\n")


def code_renamed(rnd, folder):
    place = choose(rnd, folder, code_lists(folder), CODE)
    put(place, f"{place[2][1]};anders{place[2][3]}\n")


def code_column(rnd, folder):
    place = choose(rnd, folder, [folder / "codelists/Int.Aufenthaltstitel.csv"], CODE)
    put(place, f"{place[2][1]};{place[2][2]};{'' if 'X' in place[2][3] else 'X'}\n")


def list_version(rnd, folder):
    put(choose(rnd, folder, code_lists(folder), r"(?m)^@version;[^;\n]+"), "@version;77")


def rule_gone(rnd, folder):
    put(choose(rnd, folder, [folder / "rules.csv"], r"(?m)^[a-z]+;.*\n"), "")


def rule_other(rnd, folder):
    place = choose(rnd, folder, [folder / "rules.csv"], r"(?m)^([a-z]+;[^;]+;)(\w+)(;.*)\n")
    put(place, f"{place[2][1]}{'S100' if place[2][2] != 'S100' else 'S020'}{place[2][3]}\n")


def author(rnd, folder):
    put(choose(rnd, folder, [folder / "manifest.csv"], r"(?m)(?<=\.0700(?:13|16|19|22);)office"), "both")


def answer_gone(rnd, folder):
    place = choose(rnd, folder, [folder / "manifest.csv"], r"(?m)^(message;.*;bamf.*);\d+$")
    put(place, place[2][1])


def field_required(rnd, folder):
    place = choose(rnd, folder, [folder / "map-blocks.csv"], r"(?m)^(0700\d\d;x:\w+;\w+;\w+;)0\.\.1")
    put(place, place[2][1] + "1")


def field_gone(rnd, folder):
    put(choose(rnd, folder, [folder / "map-blocks.csv"], r"(?m)^0700\d\d;x:\w+;\w+;(text|date|bool|true|name);.*\n"), "")


def field_renamed(rnd, folder):
    place = choose(rnd, folder, [folder / "map-blocks.csv"], r"(?m)^(0700\d\d;x:\w+;)\w+(;(?:text|date|bool|true|name|code);.*\n)")
    put(place, f"{place[2][1]}new_name{place[2][2]}")


def characters(rnd, folder):
    put(choose(rnd, folder, [folder / "map-chars.csv"], r"(?m)^range;.*\n"), "")


# Way to change, and what the differences it makes may be.
WAYS = [
    (element_gone, {("element", "gone")}), (element_new, {("element", "new")}),
    (element_renamed, {("element", "new"), ("element", "gone")}), (element_moved, {("element", "moved")}),
    (occurs_more, {("element", "changed")}), (occurs_less, {("element", "changed")}), (type_other, {("element", "changed"), ("element", "gone")}),
    (type_narrow, {("element", "changed")}), (values_fewer, {("element", "changed")}), (pattern_other, {("element", "changed")}),
    (fixed_other, {("element", "changed")}), (attribute_free, {("element", "changed")}), (choice, {("element", "changed")}),
    (code_gone, {("code", "gone")}), (code_new, {("code", "new")}), (code_renamed, {("code", "changed")}),
    (code_column, {("code", "changed")}), (list_version, {("code_list", "changed")}), (rule_gone, {("rule", "gone")}),
    (rule_other, {("rule", "changed")}), (author, {("message", "changed")}), (answer_gone, {("message", "changed")}),
    (field_required, {("field", "changed")}), (field_gone, {("field", "gone")}), (field_renamed, {("field", "new"), ("field", "gone")}),
    (characters, {("characters", "changed")}),
]


def single(way, expected):
    def test(tmp):
        rnd = random.Random(f"{way.__name__} 20261122")
        made.copy_data(tmp)
        made.add_row(tmp)
        folder, done, tries = tmp / "xausl-schemas" / made.NEW, 0, 0
        while done < ROUNDS:
            tries += 1
            assert tries < 8 * ROUNDS, "nearly no change of this way makes a release"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(tmp / "xausl-schemas" / made.OLD, folder)
            made.rename(folder)
            before = {f: f.read_text("utf-8") for f in folder.rglob("*") if f.is_file()}
            way(rnd, folder)
            changed = [(f, t, f.read_text("utf-8")) for f, t in before.items() if f.read_text("utf-8") != t]
            assert len(changed) == 1
            made.seal(folder)
            found = differences(tmp, made.OLD, made.NEW, may_refuse=True)
            if found is None:
                continue
            assert found, f"not found: {place_of(changed[0])}"
            kinds = {(d["kind"], d["change"]) for d in found}
            assert kinds <= expected, (place_of(changed[0]), rows(found))
            done += 1
    test.__name__, test.__doc__ = way.__name__, f"one change at a time: {way.__name__.replace('_', ' ')}"
    return test


def place_of(change):
    f, old, new = change
    n = len(os.path.commonprefix([old, new]))
    return f"{f.name}: {old[max(0, n - 60):n + 80]!r} became {new[max(0, n - 60):n + 80]!r}"


def unchanged(tmp):
    """A copy of a release under another name is the same release."""
    made.copy_data(tmp)
    made.add_row(tmp)
    folder = tmp / "xausl-schemas" / made.NEW
    shutil.copytree(tmp / "xausl-schemas" / made.OLD, folder)
    made.rename(folder)
    made.seal(folder)
    assert differences(tmp, made.OLD, made.NEW) == []


tap.run([itself, unchanged, fixture, other_way, text, page, trouble, package, *[single(*w) for w in WAYS]], sys.argv[2:])
