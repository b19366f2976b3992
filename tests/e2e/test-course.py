# SPDX-License-Identifier: Apache-2.0
"""The course side: what providers report is told to offices, late reports and lapse included; every error by its code."""
import base64
import json
import socket
import subprocess
import time

from world import Stack, accepted, answer, bus, check, main, person, program, records, request, until
from providers import asked, day, plan, preload, raw, running, world
import course
import soap


def test_what_is_reported_is_told_to_the_office():
    with Stack(sim=course.settings()) as stack, bus(stack) as b:
        who = person()
        accepted(b, "q", request("070009", who, file_reference="AZ 33-7"))
        kennziffer = answer(b, "q", "070003")["record"]["kennziffer"]
        anna = course.new_user(stack)
        me = {"kennziffer": kennziffer, "birth_date": who["birth_date"]}
        key = running(anna, [me], [who])
        anna.good("section-start", course_key=key, section="2", begin=day(), expected_end=day(60))
        anna.good("section-update", course_key=key, section="2", expected_end=day(70))
        anna.good("section-end", course_key=key, section="1", end=day(),
                  participants=[{**me, "hours": 100, "absent_excused": 3, "absent_unexcused": 4}])
        got = asked(b, "i", me)
        check(got["registration"]["date"] == day(), "registration", got)
        check(got["registration"]["provider"]["key"] == course.SCHOOL, "provider", got)
        first, second = got["sections"]
        check(first["section"] == "1" and first["end"] == day() and first["absent_unexcused"] == 4, "settled", first)
        check(second["section"] == "2" and second["end_expected"] == day(70), "the change of a section", second)
        check(second["course_key"] == key and second["site"]["key"] == course.SITE, "course and site", second)
        told = anna.good("participant-information", **me)
        check(told["hours_used"] == 100 and told["hours_available"] == 600, "hours", told)
        check(told["surname"] == who["surname"] and len(told["sections"]) == 2, "participant information", told)
        record = told["records"][0]
        check(record["file_reference"] == "AZ 33-7" and "withdrawn_on" not in record, "the office's file", record)
        subprocess.run([program("inge-sim"), "clerk", "--config", stack.conf("sim"), "--withdraw", kennziffer], check=True)
        until(lambda: records(stack)[0]["ended"], 10, "withdrawn")
        record = anna.good("participant-information", **me)["records"][0]
        check(record["state"] == "withdrawn" and record["withdrawn_on"] == day(), "the day of the withdrawal", record)


def test_tests_and_the_end_of_a_course():
    stack, people, pairs = world(3, gateway=True)
    with stack, bus(stack) as b:
        anna = course.new_user(stack)
        paul = course.new_user(stack, course.INSTITUTE, "paul")
        running(anna, pairs, people)
        test = {"test_number": "1234567", "test_date": day()}
        anna.good("language-test", **pairs[0], **test, sheet_number="B-1")
        check("language_tests" not in asked(b, "early", pairs[0]), "no result yet")
        anna.refused("language-test", "sheet_used", **pairs[1], **test, sheet_number="B-1")
        anna.refused("dtz-results", "forbidden", results=[{"sheet_number": "B-1", "level": "B1"}])
        paul.refused("registration", "forbidden")
        paul.refused("dtz-results", "unknown_sheet", "result_known",
                     results=[{"sheet_number": n, "level": "B1"} for n in ("B-1", "B-9", "B-1")])
        check("language_tests" not in asked(b, "refused", pairs[0]), "all or nothing")
        paul.good("dtz-results", results=[{"sheet_number": "B-1", "level": "B1"}])
        paul.refused("dtz-results", "result_known", results=[{"sheet_number": "B-1", "level": "A2"}])
        anna.good("orientation-results", results=[{**pairs[0], "test_date": day(), "points": 15}])
        anna.refused("orientation-results", "out_of_range", results=[{**pairs[0], "test_date": day(), "points": 34}])
        anna.good("completion", **pairs[0], date=day(), successful=True)
        anna.refused("completion", "course_completed", **pairs[0], date=day(), successful=True)
        anna.good("abort", **pairs[1], date=day())
        got = asked(b, "end", pairs[0])
        check(got["language_tests"][0]["date"] == day() and got["orientation_tests"][0]["date"] == day(), "dates", got)
        check(got["language_tests"][0]["provider"]["key"] == course.SCHOOL and "level" not in got["language_tests"][0],
              "provider and no level", got)
        check(got["completed_successfully"] is True, "completed", got)
        check(asked(b, "abort", pairs[1])["aborted"] is True, "aborted")
        told = anna.good("participant-information", **pairs[0])
        check(told["language_tests"] == [{"date": day(), "result": "B1"}], "the provider sees the level", told)
        check(told["orientation_tests"] == [{"date": day(), "result": "passed"}], "and the result", told)


def test_errors_by_json():
    stack, people, (one, two) = world(2)
    with stack:
        anna = course.new_user(stack)
        form = course.registration(people[0], one["kennziffer"], day())

        def fields(errors):
            return [e.get("field") for e in errors]
        anna.refused("registration", "unknown_participant", **{**form, "birth_date": "1950-01-01"})
        anna.refused("registration", "unknown_participant", **{**form, "kennziffer": "nobody"})
        errors = anna.refused("registration", "name_characters", "name_characters", **{**form, "surname": "Muster1",
                                                                                     "given_names": "A<b>"})
        check(fields(errors) == ["surname", "given_names"], "which names", errors)
        check(all(e["de"] and e["en"] for e in errors), "texts", errors)
        for name in ("street", "postcode", "town", "country"):
            address = {k: v for k, v in course.ADDRESS.items() if k != name}
            check(fields(anna.refused("registration", "missing", **{**form, "address": address})) == [f"address.{name}"], name)
            anna.refused("registration", "missing", **{**form, "address": {**address, name: "  "}})
        anna.refused("registration", "postal_address_differs", **form, postal_address={**course.ADDRESS, "town": "Anderswo"})
        anna.refused("registration", "date_future", **{**form, "date": day(2)})
        anna.refused("registration", "before_grant", **{**form, "date": "2026-01-14"})
        anna.refused("registration", "invalid_date", **{**form, "date": "2026-02-30"})
        anna.refused("registration", "unknown_code", **{**form, "nationality": "ZZZ"})
        anna.refused("registration", "placement_missing", **form, placement_waived=True)
        anna.refused("registration", "unknown_field", "invalid", **form, colour="red", years_of_school="ten")
        anna.refused("registration", "not_registered", **form, kind="repeat")
        anna.good("registration", **form, postal_address=course.ADDRESS)
        anna.refused("registration", "already_registered", **form)
        anna.refused("registration", "repetition_not_admitted", **form, kind="repeat")

        anna.refused("course-planning", "unknown_site", "unknown_teacher",
                     **plan(site_key="KO-990002-01", teachers=[{"teacher_key": "LK-000000"}]))
        anna.refused("course-planning", "date_past", **plan(begin=day(-1)))
        anna.refused("course-planning", "end_before_begin", **plan(expected_end=day(-1)))
        anna.refused("course-planning", "out_of_range", **plan(places=26))
        hints = anna.good("course-planning", **plan(begin=day(120), expected_end=day(300)))["hints"]
        check([h["code"] for h in hints] == ["planned_too_early"], "hint", hints)
        key = anna.good("course-planning", **plan(places=1))["course_key"]
        start = {"course_key": key, "begin": day(), "section": "1", "expected_end": day(30), "participants_total": 1,
                 "participants": [one]}
        anna.refused("course-start", "unknown_course", **{**start, "course_key": "KU-1"})
        anna.refused("course-start", "total_too_small", **{**start, "participants_total": 0})
        anna.refused("course-start", "no_places", "participant_twice", **{**start, "participants_total": 2, "participants": [one, one]})
        errors = anna.refused("course-start", "not_registered", **{**start, "participants": [two]})
        check(fields(errors) == ["participants[1].kennziffer"], "which participant", errors)
        anna.refused("section-start", "course_not_started", course_key=key, section="2", begin=day(), expected_end=day(9))
        anna.good("course-start", **start)
        anna.refused("course-start", "course_started", **start)
        anna.refused("course-update", "course_started", course_key=key, begin=day(3))
        anna.good("course-update", course_key=key, expected_end=day(222))
        check(anna.good("course-information", course_key=key)["expected_end"] == day(222), "the change")
        anna.refused("section-start", "section_started", course_key=key, section="1", begin=day(), expected_end=day(9))
        anna.refused("section-start", "date_future", course_key=key, section="2", begin=day(1), expected_end=day(9))
        anna.refused("section-update", "section_not_started", course_key=key, section="3", begin=day())
        bill = {"course_key": key, "section": "1", "end": day()}
        hours = {"absent_excused": 0, "absent_unexcused": 0}
        anna.refused("section-end", "not_in_course", **bill, participants=[{**two, **hours}])
        anna.good("section-end", **bill, participants=[{**one, **hours}])
        anna.refused("section-end", "section_ended", **bill, participants=[{**one, **hours}])
        anna.refused("section-update", "section_ended", course_key=key, section="1", begin=day())

        other = course.new_user(stack, course.SECOND, "otto")
        other.refused("course-information", "unknown_course", course_key=key)
        other.refused("course-start", "unknown_course", **start)
        check(other.call("course-fun", {})[0] == 404, "no such function")
        for status, headers, body in ((401, {"Authorization": ""}, b"{}"), (400, {}, b"{"), (400, {}, b"[]"), (400, {}, b"\xff"),
                                      (415, {"Content-Type": "text/plain"}, b"{}"), (413, {}, b"{" + b" " * 300000 + b"}")):
            got = course.fetch(course.url(stack, "/api/v1/course-list"), body, {**anna.headers(), **headers})
            check(got[0] == status and "simulator" in got[2], f"{status}", got[0], got[2][:100])
        check(stack.processes["sim"].alive(), "still there")


def test_soap_says_the_same():
    stack, people, (one, two) = world(2)
    with stack:
        anna = course.new_user(stack)
        form = course.registration(people[0], one["kennziffer"], day())

        def refused(function, fields, *codes):
            _, errors = soap.call(stack, anna, function, fields)
            check(errors and sorted(e["code"] for e in errors) == sorted(codes), f"{function}: {codes}", errors)
            return errors
        refused("registration", {**form, "birth_date": "1950-01-01"}, "unknown_participant")
        refused("registration", {**form, "surname": "Muster1"}, "name_characters")
        got = refused("registration", {**form, "address": {**course.ADDRESS, "town": ""}}, "missing")
        check(got[0]["field"] == "address.town", "which field", got)
        refused("registration", {k: v for k, v in form.items() if k != "nationality"}, "missing")
        refused("registration", {**form, "colour": "red"}, "unknown_field")
        check(refused("registration", dict(reversed(form.items())), "schema")[0]["field"] == "section", "wrong order")
        check(soap.call(stack, anna, "registration", form)[0]["registered"] == day(), "registered")
        refused("registration", form, "already_registered")
        refused("colour", {}, "unknown_function")
        key = soap.call(stack, anna, "course-planning", plan())[0]["course_key"]
        start = {"course_key": key, "begin": day(), "section": "1", "expected_end": day(30), "participants_total": 0,
                 "participants": [one]}
        refused("course-start", start, "total_too_small")
        got = refused("course-start", {**start, "participants_total": 2, "participants": [one, two]}, "not_registered")
        check(got[0]["field"] == "participants[2].kennziffer", "which participant", got)
        check(soap.call(stack, anna, "course-start", {**start, "participants_total": 1})[0]["participants_total"] == "1", "started")
        refused("course-start", {**start, "participants_total": 1}, "course_started")
        ticket = soap.call(stack, anna, "participant-information", one, "asynchronous")[0]["ticket"]
        got = until(lambda: [g for g in [soap.call(stack, anna, "result", {"ticket": ticket})[0]] if g["state"] == "done"], 10,
                    "loaded")[0]
        check(got["participant-informationResponse"]["surname"] == people[0]["surname"], "answer of the ticket", got)
        refused("result", {"ticket": "none"}, "unknown_ticket")

        # who is not let in, and what is no envelope
        call = f'<course-list xmlns="{soap.NS}"/>'
        digest = ' Type="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"'
        good = soap.envelope(call, "anna")
        bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        for text, code in ((soap.envelope(call, "anna", "wrong"), "unauthorised"), (soap.envelope(call, "nobody"), "unauthorised"),
                           (soap.envelope(call, "anna", kind=digest), "unauthorised"),
                           (bomb + good.replace("anna", "&b;"), "malformed"), (outside + good.replace("anna", "&a;"), "malformed"),
                           (good.replace("<course-list", "<a>" * 60 + "<course-list").replace("/></s:B", "/>" + "</a>" * 60 + "</s:B"),
                            "malformed"),
                           (good.replace("</s:Header>", '<o:x xmlns:o="urn:o" s:mustUnderstand="1"/></s:Header>'), "not_understood"),
                           (good.replace(call, call + call), "malformed"), (good.replace(soap.SOAP, "urn:other"), "malformed"),
                           ("<a/>", "malformed"), ("nothing", "malformed"), ("", "malformed")):
            status, body = soap.post(stack, text)
            got = [e.text for e in body.iter(f"{{{soap.NS}}}code")]
            check(status == 500 and got == [code], f"{code} expected", text[:80], status, got)
        check(soap.post(stack, good)[0] == 200, "the envelope itself is right")

        wsdl, xsd = stack.path("c.wsdl"), stack.path("c.xsd")
        for path, query in ((wsdl, "wsdl"), (xsd, "xsd")):
            path.write_text(course.fetch(course.url(stack, f"/soap?{query}"))[2], "utf-8")
        check(course.url(stack, "/soap") in wsdl.read_text("utf-8"), "the address is in the description")
        body = stack.path("body.xml")
        body.write_text(f'<registration xmlns="{soap.NS}">' + "".join(soap.element(k, v) for k, v in form.items()) + "</registration>")
        done = subprocess.run(["xmllint", "--noout", "--schema", str(xsd), str(body)], capture_output=True, text=True)
        check(done.returncode == 0, "another program finds our request valid", done.stderr)


def test_stored_while_inge_is_down():
    stack, people, (one, two) = world(2)
    with stack:
        anna = course.new_user(stack)
        forms = [course.registration(who, pair["kennziffer"], day()) for who, pair in zip(people, (one, two))]

        def down():
            return anna.call("course-list", {})[0] == 503

        def result(ticket):
            return anna.call("result", {"ticket": ticket})[1]
        course.operator(stack, "--down")
        until(down, 10, "down")
        anna.refused("registration", "unavailable", **forms[0])
        status, body = anna.call("registration", forms[0], "asynchronous")
        first = body["ticket"]
        check(status == 202 and result(first)["state"] == "waiting", "stored", body)
        status, body = anna.call("registration", {**forms[1], "surname": "Muster1"}, "asynchronous")
        check(status == 422 and body["errors"][0]["code"] == "name_characters", "its form is checked at once", body)
        again = anna.call("registration", forms[0], "asynchronous")[1]["ticket"]
        stack.processes["sim"].kill()
        stack.processes["sim"].start()
        check(result(first)["state"] == "waiting" and not records(stack)[0]["registered"], "still stored")
        course.operator(stack, "--up")
        until(lambda: not down(), 10, "up")
        got = until(lambda: [g for g in [result(again)] if g["state"] == "done"], 10, "loaded")[0]
        check(got["errors"][0]["code"] == "already_registered", "the second in the order of arrival", got)
        check(result(first)["answer"]["registered"] == day(), "the first is loaded", result(first))
        course.operator(stack, "--down", "--from", day(-1) + "T00:00:00", "--until", day() + "T00:00:00")
        time.sleep(0.5)
        check(not down(), "that outage is over")
        stack.fault("sim", "outage 1 lasts=1h")
        until(down, 10, "all of InGe is down")
        check(course.fetch(course.url(stack, "/kurse"))[0] == 200, "the list of courses is read all the same")


def test_warning_and_lapse_by_the_clock():
    stack, people, (one, two) = world(2, granted="2026-01-15", gateway=True, now="2026-11-16T09:00:00", clock=True)
    with stack, bus(stack) as b:
        anna = course.new_user(stack)
        answer_ = anna.good("registration", **course.registration(people[0], one["kennziffer"], "2026-03-01"))
        check([h["code"] for h in answer_["hints"]] == ["late_report"], "late, and taken all the same", answer_)

        def codes(ident, pair=one):
            got = asked(b, ident, pair)
            return [n["code"] for n in got.get("notes", [])], got
        check(codes("fresh")[0] == [], "nothing to say yet")
        stack.pass_time(days=30)  # 16 December: nine months are over on 1 December
        check(codes("warned")[0] == ["17581"], "warning")
        stack.pass_time(days=120)  # 15 April 2027: thirteen months are over on 1 April
        notes, got = codes("lapsed")
        check(notes == ["17580"] and got["earlier_registrations"] == ["2026-03-01"] and "registration" not in got, "lapsed", got)
        anna.refused("completion", "record_lapsed", **one, date="2027-04-10", successful=True)
        form = course.registration(people[1], two["kennziffer"], "2027-04-15")
        anna.good("registration", **form)
        check(codes("active", two)[0] == [], "who is active is told nothing")


def test_settings():
    stack = Stack(start=False, sim=course.settings(windows="refuse", hours=900))
    people = [person()]
    (one,) = preload(stack, people)
    with stack:
        stack.start(gateway=False)
        anna = course.new_user(stack)
        form = course.registration(people[0], one["kennziffer"], day(-8))
        anna.refused("registration", "late_report", **form)
        got = anna.good("registration", **{**form, "date": day(-7)})
        check(got["hours_available"] == 900 and "hints" not in got, "in time", got)
        argv = [program("inge-sim"), "--config", stack.conf("sim"), "--check"]
        text = stack.path("sim.yaml").read_text("utf-8")
        for wrong, word in ((text.replace("127.0.0.1:" + stack.sim_extra["course.listen"].split(":")[1], "0.0.0.0:80"), "beyond_loopback"),
                            (text.replace("  directory:", "  colour:"), "colour"), (text.replace("refuse", "perhaps"), "windows")):
            stack.path("sim.yaml").write_text(wrong, "utf-8")
            done = subprocess.run(argv, capture_output=True, text=True, timeout=20)
            check(done.returncode == 2 and word in done.stderr, f"refused: {word}", done)
        stack.path("sim.yaml").write_text(text, "utf-8")


def test_users_passwords_and_sessions():
    stack, _, _ = world(1)
    with stack:
        anna = course.new_user(stack)
        wrong = course.Provider(stack, "anna", "ein falsches Kennwort")
        check([wrong.call("course-list", {})[0] for _ in range(5)] == [401] * 5, "wrong")
        check(anna.call("course-list", {})[0] == 429, "closed for a while, for the right password, too")
        check(course.Provider(stack, "nobody").call("course-list", {})[0] == 401, "unknown")
        otto = course.new_user(stack, course.SECOND, "otto")
        code = {"registration_code": "AAAA-AAAA-AAAA-AAAA", "user": "eve", "password": course.PASSWORD}
        headers = {"Content-Type": "application/json"}

        def register(**more):
            got = course.fetch(course.url(stack, "/api/v1/user"), json.dumps({**code, **more}).encode(), headers)
            return json.loads(got[2])["errors"][0]["code"]
        check(register() == "code_unknown", "no such code")
        fresh = course.operator(stack, "--code", "test", "--provider", course.SCHOOL).strip()
        until(lambda: register(registration_code=fresh, password="short") == "password_short", 10, "short")
        check(register(registration_code=fresh, user="Eve!") == "user_name", "name")
        check(register(registration_code=fresh, user="otto") == "user_exists", "taken")

        # the web mask: cookie, token of the session, origin, host
        def form(path, cookie=None, **fields):
            data = "&".join(f"{k}={course.quote(v)}" for k, v in fields.items()).encode()
            head = {"Content-Type": "application/x-www-form-urlencoded", **({"Cookie": "ingesim=" + cookie} if cookie else {})}
            return course.fetch(course.url(stack, path), data, head)
        status, head, _ = form("/anmelden", user="otto", password=course.PASSWORD)
        check(status == 303 and head["Location"] == "/start", "logged in", status)
        check(all(w in head["Set-Cookie"] for w in ("HttpOnly", "SameSite=Strict", "Path=/")), "cookie", head["Set-Cookie"])
        cookie = head["Set-Cookie"].split("=", 1)[1].split(";")[0]
        status, head, page = course.fetch(course.url(stack, "/benutzer"), headers={"Cookie": "ingesim=" + cookie})
        token = page.split('name="csrf" value="')[1].split('"')[0]
        check(status == 200 and "default-src 'none'" in head["Content-Security-Policy"], "policy", head)
        check("SIMULATOR" in page and "<script" not in page and "http://" not in page, "marked, nothing from outside")
        add = {"action": "add", "user": "olga", "password": course.PASSWORD}
        check(form("/benutzer", cookie, **add)[0] == 403, "no token")
        check(form("/benutzer", cookie, csrf="0" * 64, **add)[0] == 403, "wrong token")
        check(form("/benutzer", None, csrf=token, **add)[0] == 303, "no session")
        check("Gespeichert" in form("/benutzer", cookie, csrf=token, **add)[2], "added")
        check(course.Provider(stack, "olga").call("course-list", {})[0] == 200, "olga can work")
        form("/benutzer", cookie, csrf=token, action="close", user="olga")
        check(course.Provider(stack, "olga").call("course-list", {})[0] == 401, "closed")
        check("eigene" in form("/benutzer", cookie, csrf=token, action="close", user="otto")[2], "not oneself")
        form("/benutzer", cookie, csrf=token, action="close", user="anna")
        status, _, _ = course.fetch(course.url(stack, "/benutzer"), b"csrf=" + token.encode() + b"&action=add&user=mal&password=x",
                                    {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "ingesim=" + cookie,
                                     "Origin": "http://evil.example"})
        check(status == 403, "from another origin")
        check(course.fetch(course.url(stack, "/kurse"), headers={"Host": "evil.example"})[0] == 421, "under another name")
        hostile = '"><script>alert(1)</script>'
        check("<script" not in form("/anmelden", user=hostile, password="x")[2], "escaped")
        form("/abmelden", cookie, csrf=token)
        check(course.fetch(course.url(stack, "/start"), headers={"Cookie": "ingesim=" + cookie})[0] == 303, "logged out")
        data = stack.path("sim.db").read_bytes() + stack.path("sim.db-wal").read_bytes()
        check(course.PASSWORD.encode() not in data and cookie.encode() not in data and fresh.encode() not in data,
              "no password, cookie or code in the database")
        check(base64.b64encode(f"otto:{course.PASSWORD}".encode()).decode() not in stack.logs() and otto.password not in stack.logs(),
              "nor in a log")


def test_hostile_requests():
    stack, _, _ = world(1)
    with stack:
        course.new_user(stack)
        end = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        form = b"Content-Type: application/x-www-form-urlencoded\r\n"
        for text, status in ((b"GET /kurse HTTP/1.0\r\n\r\n", 421), (b"PUT /kurse" + end + b"\r\n", 405),
                             (b"GET /" + b"a" * 40000 + end + b"\r\n", 414), (b"GET /kurse?plz=%ff%fe" + end + b"\r\n", 200),
                             (b"GET /kurse?plz=%00%ff" + end + b"\r\n", 200), (b"GET /kurse?plz=1%27--" + end + b"\r\n", 200),
                             (b"POST /zugang" + end + form + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\na=1", 400),
                             (b"POST /zugang" + end + form + b"Content-Length: 3\r\n\r\na=%", 400)):
            got = raw(stack, text)
            check(got.split(" ")[1:2] == [str(status)], f"{status} expected", text[:60], got)
        _, head, _ = course.fetch(course.url(stack, "/anmelden"), f"user=anna&password={course.quote(course.PASSWORD)}".encode(),
                                  {"Content-Type": "application/x-www-form-urlencoded"})
        cookie = {"Cookie": head["Set-Cookie"].split(";")[0]}
        for path in ("/kurs?key=%ff%fe", "/kurs", "/funktion/course-update?course_key=%ff", "/funktion/section-end?course_key=x&section=%ff",
                     "/funktion/", "/funktion/dtz-results", "/funktion/" + "a" * 300, "/funktion/course-start?course_key=" + "k" * 300):
            check(course.fetch(course.url(stack, path), headers=cookie)[0] in (200, 403, 404), path)
        idle = [socket.create_connection(tuple(stack.sim_extra["course.listen"].split(":")), 5) for _ in range(20)]
        for s in idle:
            s.sendall(b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        check(course.fetch(course.url(stack, "/kurse"))[0] == 200, "those who dawdle hold up nobody")
        for s in idle:
            s.close()
        check("course-request-failed" not in stack.logs() and stack.processes["sim"].alive(), "no failure", stack.logs()[-500:])


main(__name__)
