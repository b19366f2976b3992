# SPDX-License-Identifier: Apache-2.0
"""The page of a test run as a browser shows it: summary, list, a failed case, on a phone and on paper; and signed reports."""
import json
import os
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lib"))
from browser import Browser
from tap import check, run

BUILD = Path(os.environ["XAUSL_BUILD_ROOT"])
MAKE_REPORT = BUILD / "tests/unit/conformance/make-report"
CONFORM = BUILD / "conformance/conform/xausl-conform"
COLOUR = "getComputedStyle(document.querySelector({})).color"


def report(folder):
    subprocess.run([MAKE_REPORT, folder / "report"], check=True, timeout=20)
    return folder / "report"


def opened(browser, page):
    browser.open(page.as_uri())
    return browser


def number(browser, expression):
    return int(browser.script(expression))


def shown(browser, selector):
    """How many of them take room on the page."""
    return number(browser, f"[...document.querySelectorAll({json.dumps(selector)})].filter(e => e.getClientRects().length).length")


def test_summary(folder):
    """Verdict, sums and facts are what one sees first; nothing is run or loaded"""
    with Browser() as b:
        opened(b, report(folder) / "report.html")
        check(b.text(".banner strong") == "FAILED", "the verdict", b.text(".banner"))
        check("4 cases: 1 passed, 1 failed, 1 not set up, 1 skipped." in b.text(".banner"), "the sums", b.text(".banner"))
        check(number(b, "document.querySelector('.banner').getBoundingClientRect().bottom") < 300, "at the top of the page")
        red = b.script(COLOUR.format("'.banner'"))
        check(red == "rgb(176, 0, 32)", "in red", red)
        check("xausl-gatewayd 0.1.0" in b.text("dl") and "26.11" in b.text("dl"), "what was tested", b.text("dl"))
        check("<script>alert(1)</script>" in b.text("dl"), "markup in a text is text", b.text("dl"))
        check(number(b, "document.scripts.length") == 0, "no script on the page")
        check(number(b, "performance.getEntriesByType('resource').length") == 0, "nothing was loaded")
        picture = folder / "page.png"
        b.screenshot(picture)
        data = picture.read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        check(data[:8] == b"\x89PNG\r\n\x1a\n" and width >= 1000 and height > 2000 and len(data) > 100_000, "a picture of the page",
              width, height, len(data))


def test_failed_case(folder):
    """A failed case shows expected beside seen, and its messages in order"""
    with Browser() as b:
        opened(b, report(folder) / "report.html")
        case = "document.querySelector('#case-2').closest('section')"
        row = f"{case}.querySelector('table tbody tr')"
        left = json.loads(b.script(f"JSON.stringify([...{row}.cells].map(c => [c.getBoundingClientRect().left, c.innerText]))"))
        expected, seen = left[3], left[4]
        check(expected[1] == '"17109"' and seen[1] == '"17107"' and expected[0] < seen[0], "side by side", left)
        check(b.script(f"{case}.querySelector('details').open"), "a failed case is unfolded")
        check(not b.script("document.querySelector('#case-1').closest('section').querySelector('details').open"),
              "a passed case is folded")
        ways = json.loads(b.script(f"""JSON.stringify([...{case}.querySelectorAll('details table')[0].tBodies[0].rows]
                                       .slice(0, 3).map(r => [r.cells[1].innerText, r.cells[3].innerText.slice(0, 6)]))"""))
        check(ways == [["office A", "070009"], ["gateway", "070009"], ["partner", "070005"]], "the timeline", ways)
        b.script("document.querySelector('table a[href=\"#case-2\"]').click()")
        check(abs(number(b, f"{case}.getBoundingClientRect().top")) < 900, "the link in the list leads there")


def test_list_is_narrowed_without_script(folder):
    """Links above the list leave the rows of one result; paper has all of them"""
    with Browser() as b:
        opened(b, report(folder) / "report.html")
        rows = {kind: f"tr.row-{kind}" for kind in ("pass", "fail", "setup-error", "skipped")}
        check([shown(b, r) for r in rows.values()] == [1, 1, 1, 1], "all rows at first")
        for kind, row in rows.items():
            b.script(f"document.querySelector('a[href=\"#only-{kind}\"]').click()")
            check(shown(b, row) == 1 and sum(shown(b, r) for r in rows.values()) == 1, f"rows of {kind} alone")
        b.command("Emulation.setEmulatedMedia", media="print")
        check([shown(b, r) for r in rows.values()] == [1, 1, 1, 1], "all rows on paper")
        check(shown(b, "nav") == 0 and shown(b, ".sign p") == 6, "on paper lines for signatures, no links")
        check(len(b.command("Page.printToPDF")["data"]) > 50_000, "it can be printed")


def test_narrow_screen(folder):
    """On a narrow screen tables are moved, not the page"""
    with Browser() as b:
        opened(b, report(folder) / "report.html")
        b.command("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=False)
        over = number(b, "document.documentElement.scrollWidth - innerWidth")
        check(over <= 0, "no part of the page sticks out", over)


def test_comparison(folder):
    """The page of a comparison says what got worse"""
    one = report(folder)
    new = json.loads((one / "report.json").read_text("utf-8"))
    new["cases"][0]["verdict"] = "fail"
    new["summary"].update({"pass": 0, "fail": 2})
    (folder / "new.json").write_text(json.dumps(new))
    page = folder / "compare.html"
    done = subprocess.run([CONFORM, "compare", "--format", "html", "--out", page, one / "report.json", folder / "new.json"],
                          capture_output=True, text=True, timeout=20)
    check(done.returncode == 1, "worse is status 1", done)
    with Browser() as b:
        opened(b, page)
        check(b.text(".banner strong") == "WORSE", "the verdict", b.text(".banner"))
        check(b.text("tbody tr a") == "no longer passes" and "FLOW-01" in b.text("h3"), "the case", b.text())


def test_signed_report(folder):
    """A signed report is accepted by openssl and by xausl-conform, and a changed one by neither"""
    def openssl(*argv):
        return subprocess.run(["openssl", *argv], capture_output=True, text=True, timeout=60, cwd=folder)

    openssl("req", "-x509", "-newkey", "rsa:3072", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/C=DE/CN=Tester",
            "-addext", "keyUsage=critical,digitalSignature", "-addext", "basicConstraints=critical,CA:FALSE", "-days", "30")
    openssl("pkcs12", "-export", "-inkey", "key.pem", "-in", "cert.pem", "-out", "sign.p12", "-passout", "pass:geheim",
            "-keypbe", "AES-256-CBC", "-certpbe", "AES-256-CBC")
    (folder / "sign.pass").write_text("geheim\n")
    for name in ("sign.p12", "sign.pass"):
        (folder / name).chmod(0o600)
    subprocess.run([MAKE_REPORT, folder / "report", folder / "sign.p12", folder / "sign.pass"], check=True, timeout=20)
    argv = ["cms", "-verify", "-binary", "-inform", "DER", "-in", "report/SHA256SUMS.p7s", "-content", "report/SHA256SUMS",
            "-CAfile", "cert.pem", "-purpose", "any", "-out", "/dev/null"]
    done = openssl(*argv)
    check(done.returncode == 0, "openssl accepts the signature", done)
    done = subprocess.run(["sha256sum", "--check", "SHA256SUMS"], cwd=folder / "report", capture_output=True, text=True, timeout=20)
    check(done.returncode == 0, "sha256sum accepts the checksums", done)
    verify = [CONFORM, "verify", "--trust", folder / "cert.pem", folder / "report"]
    done = subprocess.run(verify, capture_output=True, text=True, timeout=20)
    check(done.returncode == 0 and "CN=Tester" in done.stdout and "is trusted" in done.stdout, "verify accepts it", done)
    with open(folder / "report/report.html", "a", encoding="utf-8") as f:
        f.write("\n")
    done = subprocess.run(verify, capture_output=True, text=True, timeout=20)
    check(done.returncode == 1 and "report.html" in done.stdout, "a changed page is seen", done)
    with open(folder / "report/SHA256SUMS", "a", encoding="utf-8") as f:
        f.write("\n")
    check(openssl(*argv).returncode != 0, "openssl sees changed checksums")


run([test_summary, test_failed_case, test_list_is_narrowed_without_script, test_narrow_screen, test_comparison, test_signed_report])
