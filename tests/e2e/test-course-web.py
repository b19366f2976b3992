# SPDX-License-Identifier: Apache-2.0
"""The web mask and the list of courses, used through a browser: register, report a section, see it told to the office."""
import os
import re
from pathlib import Path

from world import BUILD, Stack, accepted, answer, bus, check, main, person, request
from providers import Mask, day
import course
from browser import Browser

SHOTS = Path(os.environ.get("XAUSL_SCREENSHOTS", BUILD / "screenshots"))


def shot(browser, name):
    SHOTS.mkdir(parents=True, exist_ok=True)
    path = SHOTS / f"course-{name}.png"
    browser.screenshot(path)
    data = path.read_bytes()
    browser.command("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=True)
    wide = browser.script("document.documentElement.scrollWidth")
    browser.command("Emulation.clearDeviceMetricsOverride")
    check(wide <= 390, f"{name} fits a phone", wide)
    check(data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) > 10000, f"a picture of {name}", len(data))


def labelled(browser):
    """Every input has a label, every table its heads."""
    bare = browser.script("[...document.querySelectorAll('main input:not([type=hidden]), main select')]"
                          ".filter(e => !e.labels.length && !e.getAttribute('aria-label')).map(e => e.name)")
    check(bare == [], "inputs without a label", bare)
    check(browser.script("document.documentElement.lang") == "de", "language")
    check("SIMULATOR" in browser.text(".mark"), "the mark")


def test_a_provider_reports_by_hand():
    with Browser() as w, Stack(sim=course.settings()) as stack, bus(stack) as b:
        who = person()
        accepted(b, "q", request("070009", who))
        kennziffer = answer(b, "q", "070003")["record"]["kennziffer"]
        me = {"kennziffer": kennziffer, "birth_date": who["birth_date"]}
        course.new_user(stack)

        w.open(course.url(stack, "/anmelden"))
        w.fill_all({"user": "anna", "password": "das falsche Kennwort"}).click("Anmelden")
        check("falsch" in w.text(".bad"), "refused", w.text())
        w.fill("password", course.PASSWORD).click("Anmelden")
        w.click("Teilnehmeranmeldung")
        labelled(w)
        form = course.registration(who, kennziffer, day())
        address = {f"address.{k}": v for k, v in form.pop("address").items()}
        w.fill_all({**form, **address, "surname": "Muster1", "address.town": ""}).click("Melden")
        check("keine Ziffern" in w.text("#surname-error") and "Pflichtangabe" in w.text("[id='address.town-error']"),
              "errors at their fields", w.text())
        shot(w, "refused")
        w.fill_all({"surname": who["surname"], "address.town": "Prüfstadt"}).click("Melden")
        check("Gespeichert" in w.text(".good") and kennziffer in w.text("main"), "registered", w.text())

        w.click("Funktionen")
        w.click("Kursplanung")
        w.fill_all({"course_type": "1", "begin": day(), "expected_end": day(200), "site_key": course.SITE,
                    "teachers.1.teacher_key": course.TEACHER, "places": 20, "planned_participants": 12}).click("Melden")
        w.click("KU-99000001")
        w.click("Kursbeginn")
        check(w.script("document.querySelector('[name=begin]').value") == day(), "the plan is loaded", w.text())
        w.fill_all({"section": "1", "expected_end": day(30), "participants_total": 1, "participants.1.kennziffer": kennziffer,
                    "participants.1.birth_date": who["birth_date"]}).click("Melden")
        check("Gespeichert" in w.text(".good"), "started", w.text())
        w.click("KU-99000001")
        w.click("Abschnittsbeginn")
        check(w.script("document.querySelector('[name=\"participants.1.kennziffer\"]').value") == kennziffer, "participants loaded")
        w.fill_all({"section": "2", "begin": day(), "expected_end": day(60)}).click("Melden")
        check("Gespeichert" in w.text(".good"), "section reported", w.text())
        w.click("KU-99000001")
        shot(w, "course")
        w.click("Abschnitt ändern")
        check(w.script("document.querySelector('[name=expected_end]').value") == day(60), "the last section is loaded", w.text())
        w.fill("expected_end", day(70)).click("Melden")

        accepted(b, "i", {"message": "070013", "purpose": "obligation_check", "kennziffer": kennziffer,
                          "person": {"birth_date": who["birth_date"]}})
        got = answer(b, "i", "070015")
        check(got["registration"]["date"] == day() and [s["section"] for s in got["sections"]] == ["1", "2"], "told", got)
        check(got["sections"][1]["end_expected"] == day(70), "with the change", got["sections"])

        w.click("Abmelden")
        w.click("Kursliste")
        w.fill("plz", "99").click("Suchen")
        labelled(w)
        line = w.text("#courses tbody")
        check(all(t in line for t in ("99999 Prüfstadt", "Allgemeiner Integrationskurs", "Sprachschule Prüfstadt", "laufend",
                                      "19 von 20")), "the course with its free places", line)
        shot(w, "list")
        w.fill("plz", "1").click("Suchen")
        check("keine Kurse" in w.text("main"), "nothing there", w.text())

        course.operator(stack, "--down")
        w.open(course.url(stack, "/anmelden"))
        w.fill_all({"user": "anna", "password": course.PASSWORD}).click("Anmelden")
        w.wait("document.querySelector('.bad') || (location.reload(), false)")
        w.open(course.url(stack, "/funktion/abort"))
        w.fill_all({**me, "date": day()}).click("Melden")
        check("nicht erreichbar" in w.text(".bad"), "refused while InGe is down", w.text())


def test_every_page_says_what_it_is():
    with Stack(start=False, sim=course.settings()) as stack:
        stack.start(gateway=False)
        for name, environment in (("anna", "production"), ("tessa", "test")):
            course.new_user(stack, course.SCHOOL, name, environment)
        for name in (None, "anna", "tessa"):
            mask = Mask(stack)
            if name:
                mask.login(name)
            paths = {"/", "/kurse", "/hilfe", "/anmelden", "/zugang", "/registrieren", "/benutzer", "/pruefung", "/bescheinigung",
                     "/kurs?key=x", "/none", "/funktion/none"} | set(re.findall(r'href="(/[a-z][^"#]*)"', mask.get("/start")))
            for path in sorted(paths - {"/soap?wsdl", "/stil.css"}):
                page = mask.get(path)
                check("SIMULATOR" in page and "künstliche Daten" in page and "kein System des BAMF" in page, path, page[:500])
                check('<html lang="de">' in page and page.count("<h1>") == 1 and "inge-sim (Simulator)</title>" in page, path)
        for data, heads, status in ((b"a=1", {"Origin": "http://evil.example"}, 403), (b"%", {}, 400), (b"a" * 300000, {}, 413)):
            got, _, page = course.fetch(course.url(stack, "/anmelden"), data,
                                        {"Content-Type": "application/x-www-form-urlencoded", **heads})
            check(got == status and "SIMULATOR" in page, "refusals, too", got, page[:300])


main(__name__)
