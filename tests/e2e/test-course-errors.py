# SPDX-License-Identifier: Apache-2.0
"""The mistakes of providers, made by JSON, by SOAP and by hand: the same code and the same words, German and English."""
import html

from world import check, main, until
from providers import Mask, day, flat, plan, running, world
import course
import soap


ORDER = ["kind", "kennziffer", "birth_date", "surname", "given_names", "date", "address", "postal_address"]


def in_order(fields):
    """The schema of SOAP wants a registration in order."""
    return {**{k: fields[k] for k in ORDER if k in fields}, **fields}


def by_all(stack, user, mask, function, fields, code, field):
    """The mistake in all three ways; every answer has code, place and both texts."""
    status, body = user.call(function, fields)
    check(status == 422 and [e["code"] for e in body["errors"]] == [code], f"{function}: {code}", status, body)
    (error,) = body["errors"]
    check(error["field"] == field and error["de"] and error["en"] and error["de"] != error["en"], "place and texts", error)
    answer, errors = soap.call(stack, user, function, in_order(fields) if function == "registration" else fields)
    check(answer is None and errors == [error], "SOAP says the same", errors)
    mask.get("/funktion/" + function)
    page = mask.post("/funktion/" + function, **flat(fields))
    check(mask.status == 422, "the page, too", mask.status)
    for text in (error["de"], error["en"], f"<code>{code}</code>", f'href="#{field.replace("[", ".").replace("]", "")}"'):
        check(text in page, f"the page says {text}", page[:3000])


def test_every_mistake_in_every_way():
    stack, people, (one, two, three) = world(3)
    with stack:
        anna = course.new_user(stack)
        mask = Mask(stack).login("anna")
        form = course.registration(people[0], one["kennziffer"], day())
        running(anna, [two], [people[1]])

        def wrong(function, fields, code, field):
            by_all(stack, anna, mask, function, fields, code, field)
        wrong("registration", {**form, "birth_date": "1950-01-01"}, "unknown_participant", "kennziffer")
        wrong("registration", {**form, "kennziffer": "9900999999"}, "unknown_participant", "kennziffer")
        for name, text in (("surname", "Muster1"), ("given_names", "A<script>"), ("surname", "Ł.")):
            wrong("registration", {**form, name: text}, "name_characters", name)
        for name in ("street", "postcode", "town", "country"):
            address = {k: v for k, v in course.ADDRESS.items() if k != name}
            wrong("registration", {**form, "address": address}, "missing", "address." + name)
        wrong("registration", {k: v for k, v in form.items() if k != "address"}, "missing", "address")
        wrong("registration", {**form, "postal_address": {**course.ADDRESS, "town": "Anderswo"}}, "postal_address_differs",
              "postal_address")
        wrong("registration", course.registration(people[1], two["kennziffer"], day()), "already_registered", "kennziffer")
        wrong("registration", {**form, "kind": "repeat"}, "not_registered", "kennziffer")

        key = anna.good("course-planning", **plan())["course_key"]
        anna.good("registration", **course.registration(people[2], three["kennziffer"], day()))
        start = {"course_key": key, "begin": day(), "section": "1", "expected_end": day(30), "participants_total": 1,
                 "participants": [two, three]}
        wrong("course-start", start, "total_too_small", "participants_total")
        wrong("course-start", {**start, "participants_total": 2, "participants": [two, one]}, "not_registered",
              "participants[2].kennziffer")
        test = {"test_number": "1234567", "sheet_number": "B-1", "test_date": day()}
        anna.good("language-test", **two, **test)
        wrong("language-test", {**three, **test}, "sheet_used", "sheet_number")
        wrong("language-test", {**two, **test}, "sheet_used", "sheet_number")
        check(anna.good("participant-information", **one).get("first_registration") is None, "nothing was stored")


def test_dates_and_people_in_forms():
    """A form takes dates as people write them, shows whom a report can be about, and the enter key means the report."""
    stack, people, pairs = world(3)
    with stack:
        anna = course.new_user(stack)
        mask = Mask(stack).login("anna")
        key = running(anna, pairs, people)
        one, two, three = pairs
        anna.good("completion", **one, date=day(), successful=True)
        anna.good("abort", **two, date=day())

        def listed(function):
            page = mask.get(f"/funktion/{function}?course_key={key}")
            return [p["kennziffer"] for p in pairs if f'value="{p["kennziffer"]}"' in page]
        check(listed("section-start") == [three["kennziffer"]], "who can go on")
        check(listed("section-end") == [p["kennziffer"] for p in pairs], "whom to bill for")
        check(listed("section-update") == [], "who joins is for the provider to say")
        day_, month, year = reversed(three["birth_date"].split("-"))
        page = mask.get("/funktion/participant-information")
        first = page.index("<form method=\"post\" action=\"/funktion/")
        check(page.index('class="enter"', first) < page.index("<input type=\"text\"", first), "the first button is the report's")
        for text in (f"{day_}.{month}.{year}", f"{int(day_)}.{int(month)}.{year} ", three["birth_date"]):
            page = mask.post("/funktion/participant-information", kennziffer=three["kennziffer"], birth_date=text)
            check(mask.status == 200 and people[2]["surname"] in page and f"{day_}.{month}.{year}" in page, text, page[-1500:])
        for text in (f"{day_}/{month}/{year}", "31.02.1990", "1.1.90", "99.99.9999", "%s%n", "1." * 50):
            mask.post("/funktion/participant-information", kennziffer=three["kennziffer"], birth_date=text)
            check(mask.status == 422 and html.escape(text) in html.escape(mask.page, quote=False), text, mask.status)
        bill = {**{k: v for k, v in flat({"participants": [{**p, "absent_excused": 0, "absent_unexcused": 0} for p in pairs]}).items()},
                "course_key": key, "section": "1", "end": day()}
        check("Gespeichert" in mask.post("/funktion/section-end", **bill), "billed for all three", mask.page)


def test_places_and_ended_courses():
    stack, people, pairs = world(4)
    with stack:
        anna = course.new_user(stack)
        one, two, three, four = pairs
        for who, pair in zip(people[2:], (three, four)):
            anna.good("registration", **course.registration(who, pair["kennziffer"], day()))
        key = running(anna, [one, two], people[:2], places=2, expected_end=day())

        def free():
            return anna.good("course-information", course_key=key)["free_places"]
        check(free() == 0, "full")
        join = {"course_key": key, "section": "1", "participants": [three]}
        errors = anna.refused("section-update", "no_places", **join)
        check(errors[0]["field"] == "participants", "which", errors)
        check(len(anna.good("course-information", course_key=key)["participants"]) == 2, "nobody joined")
        anna.refused("course-update", "no_places", course_key=key, places=1)
        anna.good("abort", **two, date=day())
        check(free() == 1, "who aborts leaves a place")
        anna.good("section-update", **join)
        check(free() == 0, "taken again")
        anna.refused("section-update", "no_places", **{**join, "participants": [three, four]})
        hours = {"absent_excused": 0, "absent_unexcused": 0}
        anna.good("section-end", course_key=key, section="1", end=day(), participants=[{**p, **hours} for p in (one, two, three)])
        check(anna.good("course-information", course_key=key)["state"] == "ended", "over")
        anna.refused("course-update", "course_ended", course_key=key, places=25)
        anna.refused("section-start", "course_ended", course_key=key, section="2", begin=day(), expected_end=day(9))


def test_repetition():
    """Hours of a repetition are those left, and it is completed once."""
    stack, people, (one,) = world(1)
    with stack:
        anna = course.new_user(stack)
        key = running(anna, [one], people)
        anna.good("section-end", course_key=key, section="1", end=day(),
                  participants=[{**one, "hours": 600, "absent_excused": 0, "absent_unexcused": 0}])
        anna.good("completion", **one, date=day(), successful=False)
        with open(stack.path("sim.db.orders"), "a", encoding="utf-8") as f:
            f.write('{"do":"event","kennziffer":"%s","event":{"event":"repetition_admitted","date":"%s"}}\n' % (one["kennziffer"], day()))
        form = course.registration(people[0], one["kennziffer"], day(), kind="repeat")
        got = until(lambda: [b for s, b in [anna.call("registration", form)] if s == 200], 10, "admitted")[0]["answer"]
        check(got["hours_available"] == 400, "of the course, and 300 more, less those used", got)
        check(anna.good("participant-information", **one)["hours_available"] == 400, "the same")
        anna.good("completion", **one, date=day(), successful=True)
        anna.refused("completion", "course_completed", **one, date=day(), successful=True)


main(__name__)
