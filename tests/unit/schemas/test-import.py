# SPDX-License-Identifier: Apache-2.0
"""test-import - xausl releases import and compare: a made-up package, hostile ones, the reference; prints TAP.

Every refusal has to come within a second of processor time and 64 MiB above what the program needs to say hello, with a
file and a cause, and leaves nothing behind.
"""
import hashlib
import io
import json
import os
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from pathlib import Path

XAUSL = sys.argv[1]
ROOT = Path(os.environ["XAUSL_SOURCE_ROOT"])
sys.path.insert(0, str(ROOT / "tests/lib"))
import tap  # noqa: E402
SHARED = Path(os.environ.get("XAUSL_SHARED", "/nonexistent"))
ENV = {k: v for k, v in os.environ.items() if k != "XAUSL_DATADIR"} | {"XAUSL_DATADIR": str(ROOT)}
SANITIZED = "libasan" in subprocess.run(["ldd", XAUSL], capture_output=True, text=True, check=False).stdout
NS = "http://www.osci.de/xauslaender2605"  # in the calendar, without a module
XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'

FIXTURE = ROOT / "tests/unit/schemas/package"
PACKAGE = {str(p.relative_to(FIXTURE)): p.read_text("utf-8") for p in sorted(FIXTURE.rglob("*")) if p.is_file()}
PACKAGE["Überblick.pdf"] = "%PDF-1.4 nothing"
MAIN, PARTS, NAMES = PACKAGE["xsd/main.xsd"], PACKAGE["xsd/parts.xsd"], PACKAGE["xsd/base/names.xsd"]
CATALOG, LIST = PACKAGE["catalog.xml"], PACKAGE["listen/grund.xml"]


def genericode(rows, uri="urn:made-up:list:grund", version="3", head="", columns=("code", "name", "more")):
    cells = "".join("<Row>" + "".join(f'<Value ColumnRef="{c}"><SimpleValue>{v}</SimpleValue></Value>'
                                      for c, v in zip(columns, row)) + "</Row>" for row in rows)
    return (f'<?xml version="1.0" encoding="UTF-8"?>{head}<gc:CodeList '
            'xmlns:gc="http://docs.oasis-open.org/codelist/ns/genericode/1.0/"><Annotation><AppInfo/></Annotation>'
            f"<Identification><ShortName>Grund</ShortName><Version>{version}</Version><CanonicalUri>{uri}</CanonicalUri>"
            f"<CanonicalVersionUri>{uri}_{version}</CanonicalVersionUri></Identification><ColumnSet>"
            + "".join(f'<Column Id="{c}" Use="optional"><ShortName>{c}</ShortName><Data Type="string"/></Column>' for c in columns)
            + f'<Key Id="k"><ShortName>k</ShortName><ColumnRef Ref="{columns[0]}"/></Key></ColumnSet>'
            f"<SimpleCodeList>{cells}</SimpleCodeList></gc:CodeList>")


def octets(text):
    return text if isinstance(text, bytes) else text.encode()


def make_zip(path, files, **special):
    """files: name -> content; special: name -> function that changes the ZipInfo."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items() if isinstance(files, dict) else files:
            info = zipfile.ZipInfo(name, (2026, 11, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o100644 << 16
            if name in special:
                special[name](info)
            z.writestr(info, octets(content))
    return path


def make_folder(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(octets(content))
    return path


def serve(requests, answers):
    """Runs programs for the tests: forked while this process is small, as a program's peak begins with its parent's."""
    for line in requests:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            p = subprocess.Popen([XAUSL, *json.loads(line)], stdout=out, stderr=err, env=ENV)
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            answers.write(json.dumps([p.returncode, out.read().decode(), err.read().decode("utf-8", "replace"),
                                      usage.ru_utime + usage.ru_stime, usage.ru_maxrss]) + "\n")
            answers.flush()


def start():
    ours, theirs = os.pipe(), os.pipe()
    if os.fork() == 0:
        os.close(ours[1])
        os.close(theirs[0])
        serve(os.fdopen(ours[0]), os.fdopen(theirs[1], "w"))
        os._exit(0)
    os.close(ours[0])
    os.close(theirs[1])
    return os.fdopen(ours[1], "w"), os.fdopen(theirs[0])


TO, FROM = start()


def run(*args):
    """Exit status, output, errors, seconds of processor, peak in KiB."""
    TO.write(json.dumps([str(a) for a in args]) + "\n")
    TO.flush()
    return json.loads(FROM.readline())


IDLE = run("releases", "--now", "2026-11-01T00:00:00")[4]


def left(into):
    return sorted(p.name for p in into.iterdir() if p.name != ".lock") if into.exists() else []


def imported(tmp, package, *args):
    status, out, err, *_ = run("releases", "import", package, "--into", tmp / "in", *args)
    assert status == 0, err
    return out


def refused(tmp, package, why, *args):
    into = tmp / "in"
    before = left(into)
    status, out, err, seconds, peak = run("releases", "import", package, "--into", into, *args)
    assert status == 1 and "refused, nothing was installed" in err and not out, (package, status, out, err)
    assert why in err, (why, err)
    assert not [c for c in err if ord(c) < 32 and c != "\n"], err
    assert left(into) == before, left(into)
    assert not Path("/tmp/gw-canary").exists() and not Path("/tmp/gw-canary.txt").exists()
    if not SANITIZED:
        assert seconds < 1.1, (package, seconds)
        assert peak - IDLE < 64 * 1024, (package, peak, IDLE)


def variant(tmp, why, changes, *args, drop=()):
    """The made-up package with some files changed, as an archive."""
    files = {k: v for k, v in (PACKAGE | changes).items() if k not in drop}
    refused(tmp, make_zip(tmp / "variant.zip", files), why, *args)


# --- what is imported ---------------------------------------------------------

def f_06_publisher_and_checksum(tmp):
    package = make_zip(tmp / "p.zip", PACKAGE)
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    refused(tmp, package, "not the one demanded", "--sha256", "0" * 64)
    out = imported(tmp, package)
    assert digest in out and "not verified" in out and "26.05" in out and "messages    3" in out, out
    manifest = (tmp / "in/26.05/manifest.csv").read_text("utf-8")
    assert digest in manifest and "not verified" in manifest, manifest
    shutil.rmtree(tmp / "in")
    out = imported(tmp, package, "--sha256", digest.upper())
    assert "checksum given at import" in out and "not verified" not in out, out
    assert run("releases", "import", package, "--into", tmp / "in", "--sha256", "12")[0] == 2


def folder_and_archive_alike(tmp):
    folder = make_folder(tmp / "src", PACKAGE)
    listing = "".join(f"{hashlib.sha256(octets(PACKAGE[n])).hexdigest()}  {n}\n" for n in sorted(PACKAGE, key=str.encode))
    out = imported(tmp, folder)
    assert hashlib.sha256(listing.encode()).hexdigest() in out, out
    assert run("releases", "import", make_zip(tmp / "p.zip", PACKAGE), "--into", tmp / "other")[0] == 0
    a = {p.name: p.read_bytes() for p in (tmp / "in/26.05").rglob("*") if p.is_file() and p.name != "manifest.csv"}
    b = {p.name: p.read_bytes() for p in (tmp / "other/26.05").rglob("*") if p.is_file() and p.name != "manifest.csv"}
    assert a == b and len(a) == 7, (sorted(a), sorted(b))
    assert b"said in words" not in b"".join(a.values())


def what_is_installed(tmp):
    imported(tmp, make_zip(tmp / "p.zip", PACKAGE), "--now", "2026-11-16T09:00:00")
    rows = [r.split(";") for r in (tmp / "in/26.05/manifest.csv").read_text("utf-8").splitlines()]
    kinds = {r[0] for r in rows}
    assert {"release", "namespace", "standard", "origin", "package", "schema", "base", "octets", "message", "codelist", "source",
            "sha256"} <= kinds, kinds
    assert ["message", "030001", "xa:ABHABH.Anfrage.030001", "both"] in rows
    assert ["message", "0010", "b:rueckweisung.asynchron.0010", "both"] in rows
    assert "2026-11-16T08:00:0" in (tmp / "in/26.05/manifest.csv").read_text("utf-8")
    codes = (tmp / "in/26.05/codelists/Grund_3.csv").read_text("utf-8")
    assert '"01";"erster; Grund";"a"' in codes and '"02";"zweiter ""Grund""";"b"' in codes, codes


def again_and_another(tmp):
    package = make_zip(tmp / "p.zip", PACKAGE)
    imported(tmp, package)
    assert "there since" in imported(tmp, package)
    other = make_zip(tmp / "q.zip", PACKAGE | {"more.txt": "x"})
    status, _, err, *_ = run("releases", "import", other, "--into", tmp / "in")
    assert status == 1 and "there already" in err, err


def other_ways_to_refer(tmp):
    """Without catalogue by name and namespace; by namespace alone; two copies of a document; two lists of one name."""
    files = {k: v for k, v in PACKAGE.items() if k != "catalog.xml"}
    files["copy/names.xsd"] = NAMES
    files["listen/b.xml"] = genericode([("1", "x", "")], uri="urn:made-up:list:other")
    files["listen/c.xml"] = genericode([("1", "x", "")], version="4")
    files["listen/T_1.csv"] = "# listURI=urn:made-up:table listVersionID=1 complete=no\ncode;name;land\n1;Eins;X\n"
    files["andere.csv"] = "code;name\n1;a\n1;b\n"
    files["xsd/main.xsd"] = MAIN.replace(' schemaLocation="http://www.example.org/names/1/names.xsd"', "")
    out = imported(tmp, make_zip(tmp / "p.zip", files))
    assert "code lists  4" in out, out


def wrong_use(tmp):
    package = make_zip(tmp / "p.zip", PACKAGE)
    for args in ([], [package, package], [package, "--nothing"], [tmp / "absent.zip"], [package, "--memory", "1"],
                 [package, "--release", "99.99"], [package, "--now", "soon"], [package, "--schemas", tmp / "absent"]):
        status, _, err, *_ = run("releases", "import", "--into", tmp / "in", *args)
        assert status == 2 and err, (args, status, err)
    for args in ([], ["26.11"], ["26.11", "--with", "other"], ["26.11", "--with", "imported", "--imported", tmp],
                 ["99.99", "--with", "imported"]):
        assert run("releases", "compare", *args)[0] == 2, args
    refused(tmp, package, "release 26.05, not 25.11", "--release", "25.11")


# --- hostile ------------------------------------------------------------------

def f_04_names(tmp):
    for name, why in {"../x.xsd": "leads out", "a/../../x.xsd": "leads out", "/tmp/gw-canary": "absolute", "a\\b.xsd": "backslash",
                      "C:x.xsd": "another character", "./x.xsd": "leads out", "a//x.xsd": "empty part", "x.xsd.": "dot",
                      "a /x.xsd": "blank", "a\x1b[2J.xsd": "control", "a\u0085.xsd": "control", "a" * 256: "too long",
                      "/".join("a" * 17): "too many folders"}.items():
        variant(tmp, why, {name: NAMES})
    for other in ("XSD/MAIN.xsd", "xsd/Main.XSD"):
        variant(tmp, "upper and lower case aside", {other: NAMES})
    raw = make_zip(tmp / "n.zip", PACKAGE | {"nul_x.xsd": NAMES}).read_bytes().replace(b"nul_x.xsd", b"nul\0x.xsd")
    (tmp / "n.zip").write_bytes(raw)
    refused(tmp, tmp / "n.zip", "NUL")
    raw = make_zip(tmp / "n.zip", PACKAGE | {"bad__.xsd": NAMES}).read_bytes().replace(b"bad__.xsd", b"bad\xff\xfe.xsd")
    (tmp / "n.zip").write_bytes(raw)
    refused(tmp, tmp / "n.zip", "not UTF-8")

    def link(info):
        info.external_attr = 0o120777 << 16

    def device(info):
        info.external_attr = 0o020666 << 16
    for change in (link, device):
        refused(tmp, make_zip(tmp / "l.zip", PACKAGE | {"link": "/etc/passwd"}, link=change), "neither a plain file")
    folder = make_folder(tmp / "src", PACKAGE)
    (folder / "xsd/extra.xsd").symlink_to("/etc/passwd")
    refused(tmp, folder, "neither a plain file")
    (folder / "xsd/extra.xsd").unlink()
    (folder / "xsd/Main.xsd").write_text(NAMES)
    refused(tmp, folder, "upper and lower case aside")
    (folder / "xsd/Main.xsd").unlink()
    os.mkfifo(folder / "pipe.xsd")
    refused(tmp, folder, "neither a plain file")


def patched(tmp, change):
    """The made-up package with its octets changed by @change(bytearray, start of the directory)."""
    first = {"xsd/main.xsd": MAIN}
    data = bytearray(make_zip(tmp / "patched.zip", first | PACKAGE).read_bytes())
    data = change(data, struct.unpack("<I", data[-6:-2])[0])
    (tmp / "patched.zip").write_bytes(data)
    return tmp / "patched.zip"


def f_05_layout(tmp):
    def put(at, fmt, value, in_directory=True):
        def change(data, directory):
            struct.pack_into("<" + fmt, data, at + (directory if in_directory else 0), value)
            return data
        return change
    # offsets within the first row of the directory, and within the first local header
    for change, why in (
            (put(8, "H", 1), "encrypted"), (put(8, "H", 0x2000), "no plain archive"), (put(10, "H", 12), "no plain archive"),
            (put(34, "H", 1), "no plain archive"), (put(16, "I", 1), "disagree"), (put(20, "I", 5), "times its size"),
            (put(42, "I", 3), ""), (put(24, "I", 10), "disagree"), (put(28, "H", 60000), "cut or garbled"),
            (put(6, "H", 8, False), "disagree"), (put(8, "H", 0, False), "disagree"), (put(14, "I", 1, False), "disagree"),
            (put(26, "H", 4, False), "disagree"), (put(30, "B", 65, False), "disagree"), (put(0, "B", 0, False), "disagree"),
            (lambda d, _: b"#!/bin/sh\n" + d, "in front"), (lambda d, _: d + b"\0", "behind its end"),
            (lambda d, _: d[:-30], "no archive"), (lambda d, _: d[:200], "no archive"), (lambda d, _: d[:0], "no archive"),
            (lambda d, n: d[:n] + b"\0" * 20 + d[n:-6] + struct.pack("<I", n + 20) + d[-2:], "belong to no entry"),
            (lambda d, n: d[:-14] + struct.pack("<HH", 3, 3) + d[-10:], "longer than its entries")):
        refused(tmp, patched(tmp, change), why)
    size = len(octets(MAIN))
    # both headers lie about the size
    def lie(data, directory):
        struct.pack_into("<I", data, 22, 10)
        struct.pack_into("<I", data, directory + 24, 10)
        return data
    refused(tmp, patched(tmp, lie), "announces")
    # the checksum is wrong in both
    def crc(data, directory):
        struct.pack_into("<I", data, 14, 1)
        struct.pack_into("<I", data, directory + 16, 1)
        return data
    refused(tmp, patched(tmp, crc), "xsd/main.xsd")
    assert size > 10
    with zipfile.ZipFile(tmp / "c.zip", "w") as z:
        for name, content in PACKAGE.items():
            z.writestr(name, content)
        z.comment = b"PK\5\6"
    refused(tmp, tmp / "c.zip", "behind its end")


def f_05_bombs(tmp):
    variant(tmp, "times its size", {"big.xsd": " " * 3_000_000})
    variant(tmp, "more than 2000 entries", {f"f/{i}.txt": "x" for i in range(2001)})
    for inner in ("x.zip", "x.bin"):
        variant(tmp, "archive inside", {inner: make_zip(tmp / "inner.zip", {"a": "b"}).read_bytes()})
    variant(tmp, "archive inside", {"x.gz": b"\x1f\x8b\x08" + bytes(20)})
    folder = make_folder(tmp / "src", PACKAGE | {"x.docx": make_zip(tmp / "inner.zip", {"a": "b"}).read_bytes()})
    refused(tmp, folder, "archive inside")
    # 250 MB that compress 90:1, each file below the ratio: the sum is announced
    noise = random.Random(1).randbytes(3000)
    block = b"".join(noise + bytes(200_000) for _ in range(62))
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packed.compress(block) + packed.flush()
    assert len(block) / len(packed) < 100
    raw, directory = io.BytesIO(), b""
    for i in range(20):
        name, at = b"f%03d.txt" % i, raw.tell()
        head = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 0x5c21, zlib.crc32(block), len(packed), len(block), len(name), 0)
        raw.write(b"PK\3\4" + head + name + packed)
        directory += b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<HHHII", 0, 0, 0, 0, at) + name
    at = raw.tell()
    (tmp / "sum.zip").write_bytes(raw.getvalue() + directory + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 20, 20, len(directory), at, 0))
    refused(tmp, tmp / "sum.zip", "more than 209715200 octets")


def schema(body, ns=NS, version="26.05"):
    return f'<xs:schema {XS} xmlns:t="{ns}" targetNamespace="{ns}" version="{version}">{body}</xs:schema>'


MESSAGE_ELEMENT = '<xs:element name="A.B.030001" type="{}"/>'


def alone(tmp, why, body, **more):
    refused(tmp, make_zip(tmp / "alone.zip", {"a.xsd": schema(body)} | more), why)


def f_07_references(tmp):
    el = MESSAGE_ELEMENT.format("xs:string")
    for where in ("http://attacker.invalid/o.xsd", "https://attacker.invalid/o.xsd", "ftp://attacker.invalid/o.xsd",
                  "file:///etc/passwd", "/etc/passwd", "../../etc/passwd", "absent.xsd", "//attacker.invalid/o.xsd", "a%2Fb.xsd",
                  "\\\\attacker\\o.xsd", "jar:file:x!/y"):
        alone(tmp, "not in the package", f'<xs:import namespace="urn:o" schemaLocation="{where}"/>{el}')
        alone(tmp, "not in the package", f'<xs:include schemaLocation="{where}"/>{el}')
    alone(tmp, "not in the package", f'<xs:import namespace="urn:o"/>{el}')
    alone(tmp, "its own namespace", f'<xs:import namespace="{NS}" schemaLocation="a.xsd"/>{el}')
    alone(tmp, "to no namespace", f'<xs:import schemaLocation="a.xsd"/>{el}')
    alone(tmp, "redefine", f'<xs:redefine schemaLocation="a.xsd"/>{el}')
    alone(tmp, "includes itself", f'<xs:include schemaLocation="a.xsd"/>{el}')
    alone(tmp, "circle", f'<xs:include schemaLocation="b.xsd"/>{el}',
          **{"b.xsd": schema('<xs:include schemaLocation="c.xsd"/>'), "c.xsd": schema('<xs:include schemaLocation="x/../b.xsd"/>')})
    alone(tmp, "another namespace", f'<xs:include schemaLocation="b.xsd"/>{el}', **{"b.xsd": schema("", "urn:b")})
    alone(tmp, "another namespace", f'<xs:import namespace="urn:c" schemaLocation="b.xsd"/>{el}', **{"b.xsd": schema("", "urn:b")})
    variant(tmp, "without a target namespace", {"xsd/x.xsd": f"<xs:schema {XS}/>"})
    variant(tmp, "no schema document", {"xsd/x.xsd": "<html/>"})
    for doctype in ("<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'):
        for name in ("xsd/main.xsd", "catalog.xml", "listen/grund.xml", "sonst.xml"):
            text = (PACKAGE | {"sonst.xml": "<a/>"})[name]
            text = text.split("?>", 1)[1] if text.startswith("<?xml") else text
            variant(tmp, name, {name: doctype + text})
    for entry in ('<nextCatalog catalog="o.xml"/>', '<rewriteSystem systemIdStartString="http:" rewritePrefix="file:///etc/"/>',
                  '<delegateURI uriStartString="h" catalog="x"/>', '<group><system systemId="a" uri="b"/></group>'):
        variant(tmp, "redirects", {"catalog.xml": CATALOG.replace("<uri", entry + "<uri", 1)})
    for uri in ("http://attacker.invalid/o.xsd", "../x.xsd", "/etc/passwd", "absent.xsd"):
        variant(tmp, "no file of the package", {"catalog.xml": CATALOG.replace("xsd/base/names.xsd", uri)})
    variant(tmp, "two files for one address", {"catalog.xml": CATALOG.replace('uri="xsd/base/names.xsd"', 'uri="xsd/main.xsd"', 1)})


def f_07_schemas_that_cost(tmp):
    groups = "".join(f'<xs:group name="g{i}"><xs:sequence><xs:group ref="t:g{i + 1}"/><xs:group ref="t:g{i + 1}"/></xs:sequence>'
                     "</xs:group>" for i in range(30))
    alone(tmp, "", groups + '<xs:group name="g30"><xs:sequence><xs:element name="x" type="xs:string"/></xs:sequence></xs:group>'
          '<xs:element name="A.B.030001"><xs:complexType><xs:group ref="t:g0"/></xs:complexType></xs:element>')
    for pattern in ("((((a{1,1000}){1,1000}){1,1000}){1,1000})", "(" * 4000 + "a" + ")" * 4000, "a" * 9000,
                    "(x+x+)+y", "(a|a)*" * 500):
        alone(tmp, "", f'<xs:element name="A.B.030001"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="{pattern}"/>'
              "</xs:restriction></xs:simpleType></xs:element>")
    alone(tmp, "repetition", '<xs:element name="A.B.030001"><xs:complexType><xs:sequence><xs:element name="x" type="xs:string" '
          'maxOccurs="999999999"/></xs:sequence></xs:complexType></xs:element>')
    # a check would take a second for each wrong value: libxml2 writes all values into its complaint
    for values in ([f"v{i}" for i in range(2001)], [random.Random(i).randbytes(1000).hex() for i in range(40)]):
        alone(tmp, "more enumerated values", '<xs:element name="A.B.030001"><xs:simpleType><xs:restriction base="xs:string">' +
              "".join(f'<xs:enumeration value="{v}"/>' for v in values) + "</xs:restriction></xs:simpleType></xs:element>")
    alone(tmp, "does not compile without a warning", MESSAGE_ELEMENT.format("t:absent"))
    alone(tmp, "a.xsd", "<xs:element name='A.B.030001' type='xs:string'>" + "<xs:annotation>" * 150 + "</xs:annotation>" * 150 +
          "</xs:element>")
    variant(tmp, "octets", {"xsd/big.xsd": b"<!--" + random.Random(2).randbytes(5_000_000).hex().encode() + b"-->"})


def f_07_contradictions(tmp):
    own = "http://www.osci.de/xauslaender2611"
    alone(tmp, "no namespace of a release", "", **{"a.xsd": schema(MESSAGE_ELEMENT.format("xs:string"), "urn:other")})
    alone(tmp, "two releases", MESSAGE_ELEMENT.format("xs:string"), **{"b.xsd": schema("", own)})
    alone(tmp, "another version", "", **{"a.xsd": schema(MESSAGE_ELEMENT.format("xs:string"), version="26.11")})
    alone(tmp, "no messages", '<xs:element name="a" type="xs:string"/>')
    alone(tmp, "twice in one namespace", MESSAGE_ELEMENT.format("xs:string") + '<xs:element name="C.D.030001" type="xs:string"/>')
    alone(tmp, "another one in the module", "",
          **{"a.xsd": schema('<xs:element name="Other.070001" type="xs:string"/>', own, "26.11")})
    variant(tmp, "no schema document in", {}, drop=[n for n in PACKAGE if n.endswith((".xsd", "catalog.xml"))])
    # a type twice, in two documents of one namespace
    variant(tmp, "does not compile", {"xsd/again.xsd": PARTS + "\n"})


def f_09_lists(tmp):
    row = ("01", "a", "")
    for text, why in (
            (genericode([row, ("02", "b", ""), ("01", "c", "")]), "one code"), (genericode([row, row]), "one code"),
            (genericode([(" 01 ", "a", ""), row]), "one code"), (genericode([]), "without codes"), (genericode([("", "a", "")]), "no code"),
            (genericode([("@list", "a", "")]), "with @"), (genericode([row], version=""), "without name, listURI or version"),
            (genericode([row], uri=""), "without name, listURI or version"),
            (genericode([row]).replace("<SimpleCodeList>", "<SimpleCodeList><LocationUri/>"), "a row expected"),
            (genericode([row]).replace("<ColumnSet>", '<ColumnSet><ColumnRef Id="x"/>'), "another document"),
            (genericode([row]).replace("<ColumnSet>", '<ColumnSetRef/><ColumnSet>'), "another list"),
            (genericode([row]).replace('<ColumnRef Ref="code"/>', ""), "no key"),
            (genericode([row]).replace("gc:CodeList", "gc:CodeListSet"), "not followed"),
            (genericode([row]).replace("<SimpleValue>01</SimpleValue>", "<ComplexValue/>"), "no text"),
            (genericode([row]).replace("<SimpleValue>01</SimpleValue>", ""), "without its key"),
            (genericode([row]).replace('ColumnRef="name"', 'ColumnRef="none"'), "no column"),
            (genericode([row]).replace('ColumnRef="name"', 'ColumnRef="code"'), "no column, or twice"),
            (genericode([(f"{i:05}", "", "") for i in range(21000)], columns=("code",)), "rows"),
            (genericode([(f"{i:07}", "x", "y") for i in range(120000)]), ""),
            (genericode([row] * 5, head='<!DOCTYPE x [<!ENTITY a "b">]>'), "document type"),
            (genericode([("1", "a\u0001", "")]), "listen/grund.xml"), (genericode([row]).encode("utf-16"), "listen/grund.xml")):
        variant(tmp, why, {"listen/grund.xml": text})
    variant(tmp, "the same version of the same list", {"listen/zweite.xml": LIST + "\n"})
    table = "# listURI=urn:t listVersionID=1 complete=yes\n"
    for text, why in ((table + "code;name\n1;a\n1;b\n", "one code"), (table + "name;code\n1;a\n", "names of the columns"),
                      (table + "code;name\n", "names of the columns"), (table + "code;name\n1\n", "not as many fields"),
                      (table + "code;name\n1;a;b\n", "not as many fields"), (table + 'code;name\n1;"a\n', "quoted field"),
                      (table + "code;name\n1;\x1b[2J\n", "control character"), (table.encode() + b"code;name\n1;\xff\n", "UTF-8")):
        variant(tmp, why, {"listen/t_1.csv": text})


def kill_in_the_middle(tmp):
    files = dict(PACKAGE)
    for i in range(150):
        files[f"listen/l{i}.xml"] = genericode([(str(k), "x" * 50, "") for k in range(200)], uri=f"urn:l{i}")
    package, into = make_zip(tmp / "p.zip", files), tmp / "in"
    killed = 0
    for delay in (0.0, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2):
        p = subprocess.Popen([XAUSL, "releases", "import", str(package), "--into", str(into)], stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=ENV)
        time.sleep(delay)
        p.send_signal(signal.SIGKILL)
        killed += p.wait() == -signal.SIGKILL
        names = [n for n in left(into) if not n.startswith(".import-")]
        if names:  # it had ended: then it is whole
            assert names == ["26.05"] and (into / "26.05/manifest.csv").exists()
            shutil.rmtree(into / "26.05")
    assert killed
    for _ in range(100):  # the reading process dies with its parent; until then the lock is held
        status, _, err, *_ = run("releases", "import", package, "--into", into)
        if status != 2:
            break
        time.sleep(0.05)
    assert status == 0 and left(into) == ["26.05"], (status, err, left(into))


def two_at_once(tmp):
    import fcntl
    (tmp / "in").mkdir()
    with open(tmp / "in/.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        status, _, err, *_ = run("releases", "import", make_zip(tmp / "p.zip", PACKAGE), "--into", tmp / "in")
    assert status == 2 and "another import is at work" in err, err


def namespace_nobody_had_published(tmp):
    """The calendar knows the release, not its namespace: the version of the documents shows it."""
    ns = "http://www.osci.de/xauslaender15x"
    files = {n: t.replace(NS, ns).replace("26.05", "1.5.x") for n, t in PACKAGE.items()}
    package = make_zip(tmp / "p.zip", files)
    refused(tmp, package, "no namespace of a release")
    refused(tmp, package, "no messages of version 1.0", "--release", "1.0")
    assert ns in imported(tmp, package, "--release", "1.5.x")
    (tmp / "m.xml").write_text(f"""<xa:ABHABH.Antwort.030002 xmlns:xa="{ns}" standard="XAusländer" version="1.5.x">
<nachrichtenkopf.g2g/></xa:ABHABH.Antwort.030002>""", "utf-8")
    status, out, err, *_ = run("validate", "--with", "imported", "--imported", tmp / "in", tmp / "m.xml")
    assert status == 0 and "valid (1.5.x" in out, (out, err)
    (tmp / "link").symlink_to(make_folder(tmp / "src", files))
    assert "there already" in run("releases", "import", tmp / "link", "--into", tmp / "in", "--release", "1.5.x")[2]


def validate_with_the_package(tmp):
    imported(tmp, make_zip(tmp / "p.zip", PACKAGE))
    message = tmp / "m.xml"
    for head, status in (("<nachrichtenkopf.g2g/>", 0), ("", 1)):
        message.write_text(f"""<xa:ABHABH.Anfrage.030001 xmlns:xa="{NS}" standard="XAusländer" version="26.05">{head}
<xa:person>Name</xa:person><xa:grund listVersionID="3"><code>01</code></xa:grund></xa:ABHABH.Anfrage.030001>""", "utf-8")
        for args in ([], ["--release", "26.05"]):
            got, out, err, *_ = run("validate", "--with", "imported", "--imported", tmp / "in", *args, message)
            assert got == status and not err and ("valid (26.05, ABHABH.Anfrage.030001)" in out) == (not status), (got, out, err)
    assert run("validate", message)[0] == 1
    for args in (["--with", "other"], ["--with", "imported", "--release", "26.11"], ["--with", "imported", "--imported", tmp]):
        got, _, err, *_ = run("validate", "--imported", tmp / "in", *args, message)
        assert got == 2 and err, (args, got)


def default_places(tmp):
    """Beside the modules, wherever those are."""
    data = tmp / "data"
    data.mkdir()
    for name in ("xausl-schemas", "versions"):
        (data / name).symlink_to(ROOT / name)
    (tmp / "m.xml").write_text(f"""<xa:ABHABH.Antwort.030002 xmlns:xa="{NS}" standard="XAusländer" version="26.05">
<nachrichtenkopf.g2g/></xa:ABHABH.Antwort.030002>""", "utf-8")
    for args in (["releases", "import", make_zip(tmp / "p.zip", PACKAGE)], ["validate", "--with", "imported", tmp / "m.xml"]):
        done = subprocess.run([XAUSL, *map(str, args)], capture_output=True, text=True, check=False,
                              env=ENV | {"XAUSL_DATADIR": str(data)})
        assert done.returncode == 0 and not done.stderr, done
    assert (data / "imported/26.05/manifest.csv").exists()


def changed_after_import(tmp):
    imported(tmp, make_zip(tmp / "p.zip", PACKAGE))
    victim = next((tmp / "in/26.05/xsd").glob("*names.xsd"))
    victim.write_text(victim.read_text("utf-8").replace("20", "99"), "utf-8")
    status, _, err, *_ = run("releases", "compare", "26.11", "--with", "imported", "--imported", tmp / "in", "--corpus", tmp)
    assert status == 2 and "changed" in err, err


# --- the reference ----------------------------------------------------------------

def reference(tmp):
    source = SHARED / "standards/xauslaender/26.11"
    if not source.exists():
        raise tap.Skip("the reference schemas are not at hand")
    for part in ("xsd", "codelists"):
        shutil.copytree(source / part, tmp / "src" / part, copy_function=shutil.copyfile)
    return source


def reference_as_oracle(tmp):
    source = reference(tmp)
    out = imported(tmp, tmp / "src")
    assert "messages    28" in out and "code lists  22" in out, out
    status, out, err, *_ = run("releases", "--imported", tmp / "in", "--now", "2026-11-22T00:00:00")
    assert status == 0 and "imported: 26.11 from src, 28 messages, not verified, SHA-256 " in out, (status, out, err)
    status, out, err, *_ = run("releases", "--imported", tmp / "in", "--now", "2026-11-22T00:00:00", "--json")
    found = {r["version"]: r["imported"] for r in json.loads(out)["releases"]}
    assert found["26.11"]["messages"] == 28 and found["26.05"] is None, found
    args = ("releases", "compare", "26.11", "--with", "imported", "--imported", tmp / "in")
    status, out, err, *_ = run(*args, "--corpus", source / "examples", "--json")
    assert status == 0 and not err, (status, out, err)
    found = json.loads(out)
    assert found["messages"] == 93 and found["differences"] == 0 and found["break_rules"] >= 7, found
    corpus = tmp / "corpus"
    corpus.mkdir()
    for name in ("valid/070001-neuzuwanderin-mit-ansprechpartner.xml", "valid/070015-laufender-kurs.xml",
                 "valid/070003-akzeptanz-berechtigung.xml", "admin/valid/0010-schemafehler.xml"):
        shutil.copyfile(source / "examples" / name, corpus / Path(name).name)
    status, out, err, *_ = run(*args, "--corpus", corpus, "--json", "--mutants")
    found = json.loads(out)
    assert status == 0 and found["mutants"] >= 2000 and found["valid"] > 50, (status, found, err)
    print(f"# {found['mutants']} mutants, {found['valid']} valid for both")
    # our module without a rule of the schema: the package tells
    shutil.copytree(ROOT / "xausl-schemas/26.11", tmp / "schemas/26.11")
    xsd = tmp / "schemas/26.11/xsd/azr.xsd"
    xsd.write_text(xsd.read_text("utf-8").replace('pattern value="', 'pattern value=".*|'), "utf-8")
    assert run("seal", tmp / "schemas/26.11")[0] == 0
    for name in ("0010-schemafehler.xml", "070015-laufender-kurs.xml", "070003-akzeptanz-berechtigung.xml"):
        (corpus / name).unlink()
    status, out, err, *_ = run(*args, "--corpus", corpus, "--mutants", "--schemas", tmp / "schemas")
    assert status == 1 and "aZRNummer" in out and "package  invalid" in out, (status, err)


def reference_as_archive(tmp):
    reference(tmp)
    files = {str(p.relative_to(tmp / "src")): p.read_bytes() for p in sorted((tmp / "src").rglob("*")) if p.is_file()}
    out = imported(tmp, make_zip(tmp / "xauslaender-26.11.zip", files))
    assert "messages    28" in out, out


def hostile_corpus(tmp):
    corpus = SHARED / "security/corpus"
    if not corpus.exists():
        raise tap.Skip("the corpus of hostile inputs is not at hand")
    seen = 0
    for line in (corpus / "index.csv").read_text("utf-8").splitlines():
        name = line.split(";")[0]
        if name.startswith("zip/"):
            refused(tmp, corpus / name, "")
        elif name.startswith(("xsd/", "code/")):
            variant(tmp, "extra/", {"extra/" + Path(name).name: (corpus / name).read_bytes()})
            folder = make_folder(tmp / f"alone{seen}", {Path(name).name: (corpus / name).read_bytes()})
            refused(tmp, folder, "")
        else:
            continue
        seen += 1
    assert seen >= 18, seen


tap.run([f_06_publisher_and_checksum, folder_and_archive_alike, what_is_installed, again_and_another, other_ways_to_refer,
         wrong_use, f_04_names, f_05_layout, f_05_bombs, f_07_references, f_07_schemas_that_cost, f_07_contradictions, f_09_lists,
         kill_in_the_middle, two_at_once, namespace_nobody_had_published, validate_with_the_package,
         default_places, changed_after_import, reference_as_oracle, reference_as_archive, hostile_corpus], sys.argv[2:])
