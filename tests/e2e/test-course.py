# SPDX-License-Identifier: Apache-2.0
"""The course side by JSON: what providers report is told to offices; errors a provider's software can work with."""
from datetime import date, timedelta

import world  # noqa: F401
import course
from world import Stack, accepted, answer, bus, check, main, person, records, request


def day(offset=0):
    return (date.today() + timedelta(days=offset)).isoformat()


def plan(**more):
    return {"course_type": "1", "begin": day(), "expected_end": day(200), "site_key": course.SITE,
            "teachers": [{"teacher_key": course.TEACHER}], "places": 20, **more}


def obliged(b, ident, who):
    accepted(b, ident, request("070009", who))
    return answer(b, ident, "070003")["record"]["kennziffer"]


def test_what_is_reported_is_told_to_the_office():
    with Stack(sim=course.settings()) as stack, bus(stack) as b:
        who = person()
        kennziffer = obliged(b, "q", who)
        anna = course.new_user(stack)
        me = {"kennziffer": kennziffer, "birth_date": who["birth_date"]}
        got = anna.good("registration", **course.registration(who, kennziffer, day()))
        check(got["registered"] == day() and got["hours_available"] == 700, "registered", got)
        key = anna.good("course-planning", **plan())["course_key"]
        anna.good("course-start", course_key=key, begin=day(), section="1", expected_end=day(30), participants_total=1,
                  participants=[me])
        anna.good("section-start", course_key=key, section="2", begin=day(), expected_end=day(60))
        anna.good("section-end", course_key=key, section="1", end=day(),
                  participants=[{**me, "hours": 100, "absent_excused": 3, "absent_unexcused": 4}])
        accepted(b, "i", {"message": "070013", "purpose": "obligation_check", "kennziffer": kennziffer,
                          "person": {"birth_date": who["birth_date"]}})
        got = answer(b, "i", "070015")
        check(got["registration"]["date"] == day(), "registration", got)
        check(got["registration"]["provider"]["key"] == course.SCHOOL, "provider", got)
        first, second = got["sections"]
        check(first["section"] == "1" and first["end"] == day() and first["absent_unexcused"] == 4, "settled", first)
        check(second["section"] == "2" and second["end_expected"] == day(60), "running", second)
        check(second["course_key"] == key and second["site"]["key"] == course.SITE, "course and site", second)


main(__name__)
