# SPDX-License-Identifier: Apache-2.0
"""SOAP by others: what is sent and answered fits the description we serve, and another client can work with it alone."""
import subprocess
import warnings
import xml.etree.ElementTree as ET
from datetime import date, timedelta

from world import Skip, check, main, until
from providers import day, plan, world
import course
import soap

XS = "http://www.w3.org/2001/XMLSchema"


def life(call, people, pairs, on):
    """Every function once, by call(user, function, fields); @on(days) is a date as the client wants it."""
    one, two = pairs
    for who, pair in zip(people, pairs):
        form = course.registration(who, pair["kennziffer"], on(0))
        call("anna", "registration", form)
    key = call("anna", "course-planning", {**plan(), "begin": on(0), "expected_end": on(200)})["course_key"]
    call("anna", "course-update", {"course_key": key, "places": 15})
    call("anna", "course-start", {"course_key": key, "begin": on(0), "section": "1", "expected_end": on(30), "participants_total": 2,
                                  "participants": [one, two]})
    call("anna", "section-start", {"course_key": key, "section": "2", "begin": on(0), "expected_end": on(60)})
    call("anna", "section-update", {"course_key": key, "section": "2", "expected_end": on(70)})
    call("anna", "section-end", {"course_key": key, "section": "1", "end": on(0),
                                 "participants": [{**one, "hours": 100, "absent_excused": 1, "absent_unexcused": 2}]})
    call("anna", "language-test", {**one, "test_number": "1234567", "sheet_number": "B-1", "test_date": on(0)})
    call("paul", "dtz-results", {"results": [{"sheet_number": "B-1", "level": "B1"}]})
    call("anna", "orientation-results", {"results": [{**one, "test_date": on(0), "points": 20}]})
    call("anna", "completion", {**one, "date": on(0), "successful": True})
    call("anna", "abort", {**two, "date": on(0)})
    told = call("anna", "participant-information", one)
    call("anna", "course-information", {"course_key": key})
    call("anna", "course-list", {})
    return told


def description(stack, host=None):
    return course.fetch(course.url(stack, "/soap?wsdl"), headers={"Host": host} if host else {})[2]


def test_everything_fits_the_schema_in_the_description():
    stack, people, pairs = world(2)
    with stack:
        users = {"anna": course.new_user(stack), "paul": course.new_user(stack, course.INSTITUTE, "paul")}
        ET.register_namespace("xs", XS)
        ET.register_namespace("c", soap.NS)
        schema = ET.fromstring(description(stack)).find(f".//{{{XS}}}schema")
        # Names in values of attributes are not seen by the parser: their prefix is declared again.
        schema.set("xmlns:c", soap.NS)
        xsd, seen = stack.path("c.xsd"), set()
        text = ET.tostring(schema, "unicode")
        xsd.write_text(text if text.count("xmlns:c=") == 1 else text.replace(f' xmlns:c="{soap.NS}"', "", 1), "utf-8")

        def fits(element):
            path = stack.path("body.xml")
            path.write_bytes(ET.tostring(element))
            done = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(xsd), str(path)], capture_output=True, text=True)
            check(done.returncode == 0, "another program finds it valid", done.stderr, path.read_text("utf-8"))
            seen.add(element.tag.split("}")[1])

        def exchange(user, function, fields, mode=None):
            inner = "".join(soap.element(k, v) for k, v in fields.items())
            attribute = f' mode="{mode}"' if mode else ""
            text = soap.envelope(f'<{function} xmlns="{soap.NS}"{attribute}>{inner}</{function}>', user)
            fits(ET.fromstring(text).find(f"{{{soap.SOAP}}}Body")[0])
            status, body = soap.post(stack, text)
            check(status == 200, function, ET.tostring(body))
            fits(body)
            return soap.value(body)
        told = life(exchange, people, pairs, day)
        check(told["language_tests"] == {"date": day(), "result": "B1"}, "told", told)
        ticket = exchange("anna", "participant-information", pairs[0], "asynchronous")["ticket"]
        until(lambda: exchange("anna", "result", {"ticket": ticket})["state"] == "done", 10, "loaded")
        _, body = soap.post(stack, soap.envelope(f'<registration xmlns="{soap.NS}"><surname>1</surname></registration>', "anna"))
        fits(body.find("detail")[0])
        check([e.tag for e in body] == ["faultcode", "faultstring", "detail"] and body[0].text == "soap:Client", "fault", body)
        functions = {e.get("name") for e in schema if e.tag == f"{{{XS}}}element"}
        check(seen == functions, "all elements of the schema were there", functions - seen)
        check(users["anna"].good("course-list")["courses"], "the other way in shows the same")


def test_a_client_of_others_needs_the_description_alone():
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import zeep
            from zeep.wsse.username import UsernameToken
    except ImportError:
        raise Skip("python3-zeep is not installed")
    stack, people, pairs = world(2)
    with stack:
        clients = {}
        for party, user in ((course.SCHOOL, "anna"), (course.INSTITUTE, "paul")):
            course.new_user(stack, party, user)
            clients[user] = zeep.Client(course.url(stack, "/soap?wsdl"), wsse=UsernameToken(user, course.PASSWORD))

        def call(user, function, fields):
            return zeep.helpers.serialize_object(clients[user].service[function](**fields))
        told = life(call, people, pairs, lambda n: date.today() + timedelta(days=n))
        check(told["surname"] == people[0]["surname"] and told["hours_used"] == 100, "told", told)
        got = clients["anna"].service["participant-information"](**pairs[0], mode="asynchronous")
        got = until(lambda: [g for g in [clients["anna"].service.result(ticket=got["ticket"])] if g["state"] == "done"], 10, "done")[0]
        check(got["_value_1"]["surname"] == people[0]["surname"], "answer of the ticket", got)
        try:
            call("anna", "abort", {**pairs[0], "date": date.today()})
            check(False, "a fault expected")
        except zeep.exceptions.Fault as fault:
            check("abgeschlossen" in fault.message and fault.detail is not None, "fault", fault)


def test_address_version_and_what_is_no_call():
    stack, _, _ = world(1)
    with stack:
        course.new_user(stack)
        port = stack.sim_extra["course.listen"].split(":")[1]
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", "[::1]:1"):
            check(f'location="http://{host}/soap"' in description(stack, host), "the address asked for", host)
        call = f'<course-list xmlns="{soap.NS}"/>'
        good = soap.envelope(call, "anna")

        def codes(text, **heads):
            head = {"Content-Type": "text/xml; charset=utf-8", **{k.replace("_", "-"): v for k, v in heads.items()}}
            status, _, got = course.fetch(course.url(stack, "/soap"), text.encode(), head)
            body = ET.fromstring(got)
            check(body.tag == f"{{{soap.SOAP}}}Envelope", "an envelope", got[:300])
            fault = body.find(f".//{{{soap.SOAP}}}Fault")
            check((status == 500) == (fault is not None), "status", status)
            texts = [e.text for e in body.iter() if e.tag in (f"{{{soap.NS}}}de", f"{{{soap.NS}}}en")]
            check(fault is None or (len(texts) == 2 and all(texts)), "German and English", got)
            return [fault.find("faultcode").text.split(":")[1]] + [e.text for e in body.iter(f"{{{soap.NS}}}code")] if fault is not None else []
        new = good.replace(soap.SOAP, "http://www.w3.org/2003/05/soap-envelope")
        check(codes(new) == ["VersionMismatch", "soap_version"], "SOAP 1.2", codes(new))
        check(codes(new, Content_Type="application/soap+xml") == ["Client", "soap_version"], "its type")
        check(codes(good, Content_Type="text/plain") == ["Client", "soap_version"], "another type")
        check(codes(good, SOAPAction='""') == [] and codes(good, SOAPAction='"urn:other#abort"') == [], "the body says what is called")
        check(codes(good.replace(f'xmlns="{soap.NS}"', 'xmlns="urn:other"')) == ["Client", "unknown_function"], "another namespace")
        check(codes(good.replace(f' xmlns="{soap.NS}"', "")) == ["Client", "unknown_function"], "no namespace")
        check(codes(soap.envelope("<course-list/>", "anna").replace("<s:Header>", "<s:Header/><x>").replace("</s:Header>", "</x>"))
              == ["Client", "malformed"], "no envelope")
        bare = good[:good.index("<s:Header>")] + good[good.index("</s:Header>") + len("</s:Header>"):]
        check(codes(bare) == ["Client", "unauthorised"], "nobody logged in")
        check(codes(good + " " * 300000) == ["Client", "too_large"], "too large")
        many = good.replace(call, f'<registration xmlns="{soap.NS}">' + "<a/>" * 6000 + "</registration>")
        check(codes(many) == ["Client", "malformed"], "too many elements")
        wide = good.replace(call, f'<registration xmlns="{soap.NS}"><surname>' + "ä" * 70000 + "</surname></registration>")
        check(codes(wide) == ["Client", "malformed"], "a text too long")
        check(course.fetch(course.url(stack, "/soap"))[0] == 405, "GET without a question")
        check(codes(good) == [], "the next one is heard")


main(__name__)
