# SPDX-License-Identifier: Apache-2.0
"""The acceptance test of a provider, from the terms to the code for production; failed and repeated with new data."""
import re

from world import Stack, check, main, records, until
from providers import Mask, day
import course


def enter(stack, code, name):
    mask = Mask(stack)
    done = mask.post("/registrieren", code=code, user=name, password=course.PASSWORD, again=course.PASSWORD)
    check("ist angelegt" in done, "user made", done)
    check("Abmelden" in mask.post("/anmelden", user=name, password=course.PASSWORD), "logged in", mask.page)
    return mask


def cases(mask):
    """Name of a case to its data, from the page."""
    page = mask.get("/pruefung")
    rows = re.findall(r'<tr class="(\w+)"><td>(\w+)</td>(.*?)</tr>', page, re.S)
    found = {}
    for state, name, row in rows:
        data = {"passed": state == "pass", "persons": re.findall(r"(\w+), geb\. ([\d-]+), Kennziffer <code>(\d+)", row)}
        for label in ("Kurs", "Kursort", "Lehrkraft", "Bogennummer"):
            hit = re.search(label + r" <code>([\w-]+)", row)
            data[label] = hit.group(1) if hit else None
        found[name] = data
    return found


def run_all(user, found):
    """Every case as the booklet says."""
    def who(name, n=0):
        surname, birth, kennziffer = found[name]["persons"][n]
        return {"surname": surname, "given_names": "Alma", "birth_date": birth}, kennziffer

    def pair(name, n=0):
        person, kennziffer = who(name, n)
        return {"kennziffer": kennziffer, "birth_date": person["birth_date"]}

    def form(name, **more):
        return {**course.registration(*who(name), day()), **more}

    def plan(name, **more):
        return {"course_type": "1", "begin": day(), "expected_end": day(100), "site_key": found[name]["Kursort"],
                "teachers": [{"teacher_key": found[name]["Lehrkraft"]}], "places": 20, **more}

    def start(name, total, people):
        return {"course_key": found[name]["Kurs"], "begin": day(), "section": "1", "expected_end": day(50),
                "participants_total": total, "participants": people}

    def test(name):
        return {**pair(name), "test_number": "1234567", "sheet_number": found[name]["Bogennummer"], "test_date": day()}
    user.good("registration", **form("A1"))
    user.refused("registration", "name_characters", **form("A2", surname="Muster1"))
    user.refused("registration", "unknown_participant", **form("A3", birth_date="1950-01-01"))
    user.refused("registration", "missing", **form("A4", address={**course.ADDRESS, "town": ""}))
    user.refused("registration", "already_registered", **form("A5"))
    user.good("course-planning", **plan("B1"))
    user.refused("course-planning", "unknown_teacher", **plan("B2", teachers=[{"teacher_key": "LK-000000"}]))
    user.good("course-update", course_key=found["B3"]["Kurs"], places=12)
    user.good("course-start", **start("C1", 2, [pair("C1"), pair("C1", 1)]))
    user.refused("course-start", "total_too_small", **start("C2", 1, [pair("C2"), pair("C2", 1)]))
    user.refused("course-start", "course_started", **start("C3", 1, [pair("C3")]))
    user.good("section-start", course_key=found["D1"]["Kurs"], section="2", begin=day(), expected_end=day(60))
    user.good("section-update", course_key=found["D2"]["Kurs"], section="1", expected_end=day(70))
    user.good("section-end", course_key=found["D3"]["Kurs"], section="1", end=day(),
              participants=[{**pair("D3"), "absent_excused": 1, "absent_unexcused": 2}])
    user.good("participant-information", **pair("E1"))
    user.good("language-test", **test("F1"))
    user.refused("language-test", "sheet_used", **test("F2"))
    user.good("orientation-results", results=[{**pair("F3"), "test_date": day(), "points": 20}])


def state(mask):
    mask.get("/pruefung")
    return re.search(r'id="state">([^<]+)<', mask.page).group(1)


def decided(stack, mask, answer, *note):
    course.operator(stack, answer, "--provider", course.SCHOOL, *note)
    word = {"--pass": "bestanden", "--fail": "nicht bestanden"}[answer]
    until(lambda: state(mask) == word, 10, word)


def test_from_the_terms_to_production():
    with Stack(start=False, sim=course.settings()) as stack:
        stack.start(gateway=False)
        mask = Mask(stack)
        check("zustimmen" in mask.post("/zugang", provider=course.SCHOOL), "terms first", mask.page)
        check("Trägerkennung ist unbekannt" in mask.post("/zugang", provider="TR-0", terms="ja"), "unknown", mask.page)
        mask.post("/zugang", provider=course.SCHOOL, terms="ja")
        code = mask.code()
        check("bereits" in mask.post("/zugang", provider=course.SCHOOL, terms="ja"), "once", mask.page)
        admin = enter(stack, code, "anna")
        check("TESTSYSTEM" in admin.page, "test environment")
        check("verwendet" in Mask(stack).post("/registrieren", code=code, user="eve", password=course.PASSWORD,
                                              again=course.PASSWORD), "a code is used once")
        admin.get("/benutzer")
        check("Gespeichert" in admin.post("/benutzer", action="add", user="vera", password=course.PASSWORD), "own users")
        check("bescheinigung" not in admin.get("/pruefung").lower(), "nothing yet")
        admin.post("/pruefung", action="begin")
        found = cases(admin)
        check(len(found) >= 15 and not any(c["passed"] for c in found.values()), "cases", found)
        admin.get("/pruefung")
        check("noch nicht alle" in admin.post("/pruefung", action="submit"), "cases are open", admin.page)
        keys = [p[2] for c in found.values() for p in c["persons"]]
        check(len(set(keys)) == len(keys) and len({c["Kursort"] for c in found.values()}) == len(found), "no data shared", found)

        vera = course.Provider(stack, "vera")
        mixed = {"course_key": found["C1"]["Kurs"], "begin": day(), "section": "1", "expected_end": day(9), "participants_total": 1,
                 "participants": [{"kennziffer": found["A1"]["persons"][0][2], "birth_date": found["A1"]["persons"][0][1]}]}
        vera.refused("course-start", "foreign_test_data", **mixed)
        vera.refused("course-planning", "unknown_site", "unknown_teacher", course_type="1", begin=day(), expected_end=day(9),
                     site_key=course.SITE, teachers=[{"teacher_key": course.TEACHER}], places=5)
        run_all(vera, found)
        check(all(c["passed"] for c in cases(admin).values()), "all passed", admin.page)
        admin.post("/pruefung", action="submit")
        check(state(admin) == "eingereicht", "handed in", admin.page)
        decided(stack, admin, "--fail", "--note", "Das Protokoll Ihrer Software fehlt.")
        check("Protokoll Ihrer Software fehlt" in admin.page, "the note", admin.page)
        admin.get("/bescheinigung")
        check(admin.status == 404, "no attestation")

        admin.get("/pruefung")
        admin.post("/pruefung", action="begin")
        again = cases(admin)
        check(not set(keys) & {p[2] for c in again.values() for p in c["persons"]}, "new data")
        vera.refused("participant-information", "unknown_participant", kennziffer=found["E1"]["persons"][0][2],
                     birth_date=found["E1"]["persons"][0][1])
        run_all(vera, again)
        admin.get("/pruefung")
        admin.post("/pruefung", action="submit")
        decided(stack, admin, "--pass")
        page = admin.get("/bescheinigung")
        check("Sprachschule Prüfstadt" in page and "Durchgang 2" in page and "keine Bescheinigung des BAMF" in page, "attestation", page)
        admin.get("/pruefung")
        admin.post("/pruefung", action="code")
        real = enter(stack, admin.code(), "petra")
        check("PRODUKTIV" in real.page and real.get("/pruefung") and real.status == 403, "production")
        petra = course.Provider(stack, "petra")
        petra.refused("participant-information", "unknown_participant", kennziffer=again["E1"]["persons"][0][2],
                      birth_date=again["E1"]["persons"][0][1])
        check(petra.good("course-list")["courses"] == [], "courses of the test are not seen")
        check("Kurse gemeldet" in Mask(stack).get("/kurse"), "nor in the public list")
        check(len(records(stack)) == 2 * len(keys), "all persons are of the two rounds")
        overview = course.operator(stack, "--list")
        check('"state": "passed"' in overview and '"round": 2' in overview, "the operator sees it", overview)


main(__name__)
