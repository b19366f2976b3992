# SPDX-License-Identifier: Apache-2.0
"""Those who flood, dawdle, guess, or look for what is another's; messages of offices are answered meanwhile."""
import base64
import json
import re
import socket
import threading

from world import accepted, answer, bus, check, main, until
from providers import Mask, day, raw, running, world
import course


def listen(stack):
    host, port = stack.sim_extra["course.listen"].split(":")
    return host, int(port)


def page(stack):
    check(course.fetch(course.url(stack, "/kurse"))[0] == 200, "the page")


def office_is_answered(b, ident, pair):
    accepted(b, ident, {"message": "070013", "purpose": "obligation_check", "kennziffer": pair["kennziffer"],
                        "person": {"birth_date": pair["birth_date"]}})
    answer(b, ident, "070015", seconds=60)


def test_a_flood_of_passwords():
    stack, _, (one,) = world(1, gateway=True)
    with stack, bus(stack) as b:
        anna = course.new_user(stack)
        check(anna.call("course-list", {})[0] == 200, "anna works")
        pair = base64.b64encode(b"nobody:a wrong password").decode()
        text = (f"POST /api/v1/course-list HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {pair}\r\n"
                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").encode()
        flood = []

        def refused():
            """How many of the 800 were answered until now."""
            for s in flood:
                try:
                    seen.append(s.recv(1 << 16))
                except BlockingIOError:
                    pass
            return b"".join(seen).count(b"HTTP/1.1 401")
        seen = []
        for _ in range(80):
            s = socket.create_connection(listen(stack), 5)
            s.sendall(text * 10)
            s.setblocking(False)
            flood.append(s)
        page(stack)
        check(anna.call("course-list", {})[0] == 200, "who is known works on")
        check(refused() < 100, "without standing in line", refused())
        office_is_answered(b, "during", one)
        check(0 < refused() < 800, "they are answered, one after the other", refused())
        stack.processes["sim"].stop()  # ends with requests that wait
        check(stack.processes["sim"].popen.returncode == 0, "an orderly end", stack.logs()[-500:])
        for s in flood:
            s.close()


def test_two_hundred_who_dawdle():
    stack, _, (one,) = world(1, gateway=True)
    with stack, bus(stack) as b:
        dawdling, over = [], threading.Event()
        for i in range(200):
            s = socket.create_connection(listen(stack), 5)
            s.sendall((b"GET /ku", b"POST /api/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000\r\n\r\n{")[i % 2])
            dawdling.append(s)

        def drip():
            while not over.wait(0.3):
                for s in dawdling:
                    try:
                        s.send(b"a")
                    except OSError:
                        pass
        thread = threading.Thread(target=drip)
        thread.start()
        try:
            for n in range(3):
                page(stack)
                office_is_answered(b, f"n{n}", one)
        finally:
            over.set()
            thread.join()
            for s in dawdling:
                s.close()
        page(stack)
        check(stack.processes["sim"].alive(), "still there")


def test_heads_that_mean_two_things():
    stack, _, _ = world(1)
    with stack:
        end = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        form = b"Content-Type: application/x-www-form-urlencoded\r\n"
        for text, status in (
                (b"GET /kurse" + end + b"Host: evil.example\r\n\r\n", 400), (b"GET /kurse" + end + b"Host: localhost\r\n\r\n", 400),
                (b"POST /zugang" + end + form + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
                (b"POST /zugang" + end + form + b"Content-Length: -1\r\n\r\n", 400),
                (b"POST /zugang" + end + form + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\na", 413),
                (b"GET /kurse%00.txt" + end + b"\r\n", 404), (b"GET /kurse%00" + end + b"\r\n", 404),
                (b"GET /../../etc/passwd" + end + b"\r\n", 404), (b"GET /%2e%2e/etc/passwd" + end + b"\r\n", 404),
                (b"GET http://evil.example/kurse" + end + b"\r\n", 404), (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
                (b"GET /" + end + b"".join(b"X-%d: %s\r\n" % (i, b"a" * 50) for i in range(2000)) + b"\r\n", 431),
                (b"HEAD /kurse" + end + b"\r\n", 200), (b"TRACE /kurse" + end + b"\r\n", 405), (b"OPTIONS /soap" + end + b"\r\n", 405),
                (b"DELETE /api/v1/abort" + end + b"\r\n", 405)):
            got = raw(stack, text)
            check(got.split(" ")[1:2] == [str(status)], f"{status} expected", text[:80], got)
        for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "2130706433", "127.0.0.1@evil.example", ""):
            check(course.fetch(course.url(stack, "/kurse"), headers={"Host": host})[0] in (400, 421), "not this host", host)
        with socket.create_connection(listen(stack), 10) as s:
            s.sendall(b"GET /kurse HTTP/1.1\r\nHost: localhost\r\n\r\n" * 30 + b"GET /kurse" + end + b"\r\n")
            data = b"".join(iter(lambda: s.recv(1 << 16), b""))
            check(data.count(b"HTTP/1.1 200 ") == 31, "one after the other", data.count(b"HTTP/1.1 "))
        big = b"a" * 10_000_000
        for path, kind, status in (("/api/v1/course-list", "application/json", 413), ("/soap", "text/xml", 500),
                                   ("/anmelden", "application/x-www-form-urlencoded", 413)):
            got, head, text = course.fetch(course.url(stack, path), big, {"Content-Type": kind})
            check(got == status and "simulator" in text.lower() and "Anfrage ist zu groß" in text, path, got, text[:300])
        status, head, text = course.fetch(course.url(stack, "/api/v1/abort"))
        check(status == 405 and "POST" in head["Allow"] and json.loads(text)["errors"][0]["code"] == "method", "GET", text)
        for body in (b"", b"[]", b"{", b"null", b'{"a":1,"a":2}', b"[" * 5000):
            status, _, text = course.fetch(course.url(stack, "/api/v1/user"), body, {"Content-Type": "application/json"})
            check(status == 400 and json.loads(text)["errors"][0]["code"] == "malformed", "registration", body[:20], text)


def test_a_kennziffer_cannot_be_guessed():
    """Known number with a wrong birth date, and a number that is nobody's: not an octet of difference."""
    stack, people, (one, two) = world(2)
    with stack:
        anna = course.new_user(stack)
        anna.good("registration", **course.registration(people[0], one["kennziffer"], day()))
        mask = Mask(stack).login("anna")
        nobody = "9900077001"
        for known in (one, two):
            wrong = {"kennziffer": known["kennziffer"], "birth_date": "1950-01-01"}
            form = course.registration({**people[0], "birth_date": "1950-01-01"}, known["kennziffer"], day())
            test = {"test_number": "1234567", "sheet_number": "B-1", "test_date": day()}
            for function, fields in (("registration", form), ("registration", {**form, "kind": "repeat"}),
                                     ("participant-information", wrong), ("language-test", {**wrong, **test}),
                                     ("abort", {**wrong, "date": day()}), ("completion", {**wrong, "date": day(), "successful": True}),
                                     ("orientation-results", {"results": [{**wrong, "test_date": day(), "points": 1}]})):
                other = json.loads(json.dumps(fields).replace(known["kennziffer"], nobody))
                check(anna.call(function, fields) == anna.call(function, other), f"{function} tells", known)
            pages = []
            for number in (known["kennziffer"], nobody):
                mask.get("/funktion/participant-information")
                pages.append(mask.post("/funktion/participant-information", **{**wrong, "kennziffer": number}).replace(number, ""))
            check(pages[0] == pages[1] and mask.status == 422, "nor does the page")


def test_what_is_anothers():
    stack, people, (one, two) = world(2)
    with stack:
        anna, otto = course.new_user(stack), course.new_user(stack, course.SECOND, "otto")
        tessa, tom = course.new_user(stack, course.SCHOOL, "tessa", "test"), course.new_user(stack, course.SECOND, "tom", "test")
        key = running(anna, [one], people[:1])
        ticket = anna.call("participant-information", one, "asynchronous")[1]["ticket"]
        until(lambda: anna.call("result", {"ticket": ticket})[1]["state"] == "done", 10, "loaded")
        change = {"course_key": key}
        reports = (("course-information", change), ("course-update", {**change, "places": 20}),
                   ("course-start", {**change, "begin": day(), "section": "2", "expected_end": day(9), "participants_total": 1,
                                     "participants": [two]}),
                   ("section-start", {**change, "section": "2", "begin": day(), "expected_end": day(9)}),
                   ("section-update", {**change, "section": "1", "expected_end": day(9)}),
                   ("section-end", {**change, "section": "1", "end": day(),
                                    "participants": [{**one, "absent_excused": 0, "absent_unexcused": 0}]}))
        for user in (otto, tessa, tom):
            check(user.call("result", {"ticket": ticket})[0] == 404, "the ticket of another", user.name)
            check(user.good("course-list")["courses"] == [], "the courses of another", user.name)
            for function, fields in reports:
                status, body = user.call(function, fields)
                codes = {e["code"] for e in body.get("errors", [])}
                check(status == 422 and "unknown_course" in codes and codes <= {"unknown_course", "unknown_participant"},
                      f"{function} by {user.name}", body)
            mask = Mask(stack).login(user.name)
            check(key not in mask.get(f"/kurs?key={key}"), "nor by the page", mask.page)
            check('value="9900' not in mask.get(f"/funktion/section-end?course_key={key}"), "nor in a form", mask.page)
        for user in (tessa, tom):
            user.refused("participant-information", "unknown_participant", **one)
            user.refused("registration", "unknown_participant", **course.registration(people[1], two["kennziffer"], day()))

        # sheet numbers of the test and of production say nothing of each other, and do not use each other up
        mask = Mask(stack).login("tessa")
        mask.get("/pruefung")
        page = mask.post("/pruefung", action="begin")
        row = page[page.index("<td>F1</td>"):]
        sheet = row.split("Bogennummer <code>")[1].split("<")[0]
        own = {"kennziffer": row.split("Kennziffer <code>")[1].split("<")[0], "birth_date": row.split("geb. ")[1][:10]}
        test = {"test_number": "1234567", "test_date": day()}
        anna.good("language-test", **one, **test, sheet_number="B-1")
        for number in ("B-1", "B-2"):
            tessa.refused("language-test", "foreign_test_data", **own, **test, sheet_number=number)
        anna.good("language-test", **one, **test, sheet_number="B-2")
        anna.refused("language-test", "sheet_used", **one, **test, sheet_number=sheet)
        tessa.good("language-test", **own, **test, sheet_number=sheet)
        mask.get(f"/funktion/language-test?course_key={row.split('Kurs <code>')[1].split('<')[0]}")
        row = mask.get("/pruefung").split("<td>F1</td>")[1].split("</tr>")[0]
        check("3 Versuche" in row and "bestanden" in row, "looking at a form is no attempt", row)
        check(anna.call("participant-information", own)[0] == 422, "nor does production see people of the test")


HOSTILE = ['"><script>alert(1)</script>', "' onfocus=alert(1) autofocus x='", "</title><img src=x onerror=alert(1)>", "{{7*7}}${7*7}%n%s"]


def test_markup_in_every_field():
    """Whatever is typed anywhere comes back as text, or not at all."""
    stack, people, (one,) = world(1)
    with stack:
        course.new_user(stack)
        paul = course.new_user(stack, course.INSTITUTE, "paul")
        tried = 0

        def clean(text, where):
            check("<script" not in text and "<img" not in text and " onfocus=alert(1) autofocus x='" not in text, where, text[:2000])

        def tried_with(mask, path, page):
            names = [n for n in set(re.findall(r'<(?:input|select)[^>]* name="([^"]+)"', page)) if n not in ("csrf",)]
            for hostile in HOSTILE:  # what the page was, not what it shows
                fields = {n: hostile for n in names}
                mask.post(path, **fields)
                clean(mask.page, path)
                check(mask.status in (200, 400, 403, 422), path, mask.status)
                mask.get(path)
            return len(names)
        for user in ("anna", "paul"):
            mask = Mask(stack).login(user)
            for path in re.findall(r'href="(/funktion/[a-z-]+)"', mask.get("/start")):
                tried += tried_with(mask, path, mask.get(path))
            tried += tried_with(mask, "/benutzer", mask.get("/benutzer"))
        nobody = Mask(stack)
        for path in ("/zugang", "/registrieren"):
            tried += tried_with(nobody, path, nobody.get(path))
        check(tried > 60, "fields", tried)
        mask = Mask(stack).login("anna")
        for path in ("/kurse?plz=", "/kurs?key=", "/funktion/course-update?course_key=", "/funktion/section-end?course_key=x&section=",
                     "/", "/funktion/", "/soap?wsdl&"):
            for hostile in HOSTILE:
                clean(course.fetch(course.url(stack, path + course.quote(hostile)), headers=mask.head())[2], path)
        for hostile in HOSTILE:
            for host in ("localhost" + hostile, hostile):
                try:
                    clean(course.fetch(course.url(stack, "/soap?wsdl"), headers={"Host": host})[2], "Host")
                except ValueError:
                    pass  # the client does not send it
            clean(paul.call("dtz-results", {"results": [{"sheet_number": hostile, "level": "B1"}]})[1]["errors"][0]["de"], "JSON")


def test_sessions_end_with_the_password():
    stack, _, _ = world(1)
    with stack:
        anna = course.new_user(stack)
        first, second = Mask(stack).login("anna"), Mask(stack).login("anna")
        check(first.cookie != second.cookie, "each its own")
        planted = Mask(stack)
        planted.cookie = "0" * 64
        planted.login("anna")
        check(planted.cookie != "0" * 64 and "Abmelden" in planted.page, "a cookie that was there before is not taken over")
        first.get("/benutzer")
        new = "ein anderes Kennwort"
        check("beendet" in first.post("/benutzer", action="password", user="anna", password=new), "changed", first.page)
        for mask in (first, second, planted):
            check("Abmelden" not in mask.get("/start"), "logged out")
        check(anna.call("course-list", {})[0] == 401, "a password that was right before is not")
        check(course.Provider(stack, "anna", new).call("course-list", {})[0] == 200, "the new one is")
        host = stack.sim_extra["course.listen"]
        data = f"user=anna&password={course.quote(new)}".encode()
        for origin, status, secure in ((f"https://{host}", 303, True), (f"http://{host}", 303, False), ("null", 403, False),
                                       (f"https://{host}.evil.example", 403, False), (f"ftp://{host}", 403, False)):
            got, head, _ = course.fetch(course.url(stack, "/anmelden"), data,
                                        {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin})
            check(got == status and ("Secure" in (head["Set-Cookie"] or "")) == secure, "origin", origin, got, head["Set-Cookie"])


main(__name__)
