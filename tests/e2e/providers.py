# SPDX-License-Identifier: Apache-2.0
"""providers - what the tests of the course side share: people InGe holds, a running course, requests as octets."""
import html
import json
import re
import socket
from datetime import date, timedelta

from world import Stack, accepted, answer, person
import course


def day(offset=0):
    return (date.today() + timedelta(days=offset)).isoformat()


def plan(**more):
    return {"course_type": "1", "begin": day(), "expected_end": day(200), "site_key": course.SITE,
            "teachers": [{"teacher_key": course.TEACHER}], "places": 20, **more}


def preload(stack, people, granted="2026-01-15", **fields):
    """InGe holds an obligation by the first office for each of them; Kennziffern 9900088001 and up."""
    office = stack.offices[0]
    entries = [{"person": {k: who[k] for k in ("surname", "given_names", "birth_date", "sex", "azr_number")},
                "records": [{"kind": "obligation", "art": "1b", "kennziffer": f"99000880{n:02}", "valid_from": granted,
                             "issuer": {"type": "1", "name": office["name"], "key": office["key"]}, "valid_until": None,
                             "registered": None, "attended": "none", **fields}]} for n, who in enumerate(people, 1)]
    stack.preload = stack.path("preload.json")
    stack.preload.write_text(json.dumps({"inge": entries}), "utf-8")
    return [{"kennziffer": f"99000880{n:02}", "birth_date": who["birth_date"]} for n, who in enumerate(people, 1)]


def world(count, granted="2026-01-15", gateway=False, **more):
    """(stack, people, their pairs of Kennziffer and birth date); the stack runs."""
    stack = Stack(start=False, sim=course.settings(), **more)
    people = [person() for _ in range(count)]
    pairs = preload(stack, people, granted)
    stack.start(gateway=gateway)
    return stack, people, pairs


def asked(b, ident, pair, message="070015"):
    accepted(b, ident, {"message": "070013", "purpose": "obligation_check", "kennziffer": pair["kennziffer"],
                        "person": {"birth_date": pair["birth_date"]}})
    return answer(b, ident, message)


def running(anna, pairs, people, **more):
    """Everybody is registered, and a course has started with them."""
    for pair, who in zip(pairs, people):
        anna.good("registration", **course.registration(who, pair["kennziffer"], day()))
    key = anna.good("course-planning", **plan(**more))["course_key"]
    anna.good("course-start", course_key=key, begin=day(), section="1", expected_end=day(30), participants_total=len(pairs),
              participants=pairs)
    return key


def raw(stack, text):
    """Status line of whatever is sent."""
    host, port = stack.sim_extra["course.listen"].split(":")
    with socket.create_connection((host, int(port)), 10) as s:
        s.sendall(text)
        return s.makefile("rb").readline().decode("latin-1")


class Mask:
    """The web mask without a browser: one session."""

    def __init__(self, stack):
        self.stack, self.cookie, self.page, self.status = stack, None, "", 0

    def get(self, path):
        return self.take(course.fetch(course.url(self.stack, path), headers=self.head()))

    def post(self, path, **fields):
        token = re.search(r'name="csrf" value="(\w+)"', self.page)
        fields = {**({"csrf": token.group(1)} if token else {}), **fields}
        data = "&".join(f"{k}={course.quote(v)}" for k, v in fields.items()).encode()
        head = {**self.head(), "Content-Type": "application/x-www-form-urlencoded"}
        return self.take(course.fetch(course.url(self.stack, path), data, head))

    def head(self):
        return {"Cookie": "ingesim=" + self.cookie} if self.cookie else {}

    def take(self, got):
        self.status, head, self.page = got
        if head["Set-Cookie"]:
            self.cookie = head["Set-Cookie"].split("=", 1)[1].split(";")[0]
        return self.get(head["Location"]) if self.status == 303 else html.unescape(self.page)

    def code(self):
        return re.search(r'id="code">([A-Z0-9-]+)<', self.page).group(1)

    def login(self, user, password=course.PASSWORD):
        self.post("/anmelden", user=user, password=password)
        return self


def flat(fields, prefix=""):
    """As a form has it: "participants.2.kennziffer"."""
    out = {}
    for key, value in fields.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{prefix}{key}."))
        elif isinstance(value, list):
            for n, entry in enumerate(value, 1):
                out.update(flat(entry, f"{prefix}{key}.{n}."))
        else:
            out[prefix + key] = value
    return out
