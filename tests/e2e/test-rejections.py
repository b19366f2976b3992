# SPDX-License-Identifier: Apache-2.0
"""Rückweisungen: what partners send and is faulty is rejected once, with code and cause; what they say of ours reaches the
office; nobody is answered whom the configuration does not name, and nothing goes round."""
import base64
import re
import time

from scripted import (CREATED, OWN, Scripted, administrative, answer_070017, code, details, meant, message, party,
                      receipt, rejection)
from stack import BAMF
from world import ANSWER_SECONDS, MUNICH, SOURCE, Stack, accepted, bus, check, main, rows, until

REQUEST = {"message": "070016", "person": {"birth_date": "1990-02"}, "kennziffer": "9999999901"}
OTHER = {"key": "azr:001800", "name": "Stadt Ulm, Ausländerbehörde"}
MARK = "Markerfamilie"
UNKNOWN = "00000000-0000-4000-8000-00000000000f"


def other_partner(stack):
    stack.gateway_extra = {"partners": [{**OTHER, "cipher_cert": stack.key("other-enc.pem"),
                                         "sign_cert": stack.key("other-sign.pem")}],
                           "delivery.redeliver_after": "60s"}
    stack.configure()


def world(**more):
    stack = Stack(start=False, keys=["other-sign:sign", "other-enc:enc", "stranger-sign:sign", "stranger-enc:enc"], **more)
    other_partner(stack)
    return stack


def found(partner, n, what=""):
    got = []
    until(lambda: got.extend(partner.fetch()) or len(got) >= n, ANSWER_SECONDS, f"{n} in the partner's mailbox {what}")
    check(len(got) == n, "as many as expected", got)
    return got


def quiet(stack, partner, event, n):
    """All @n have been looked at, what could go out has gone out, and the mailbox stays empty."""
    until(lambda: stack.processes["gateway"].log().count(f'"event":"{event}"') >= n, ANSWER_SECONDS, f"{n} times {event}")
    time.sleep(1)
    check(partner.fetch() == [], "nothing comes back")


def request_sent(b, bamf, ident="r"):
    uuid = accepted(b, ident, REQUEST)["uuid"]
    return uuid, found(bamf, 1)[0]


FAULTS = [  # name, message, codes, is it named by idNachricht
    ("not well-formed", lambda a: a.replace("</x:grundCode>", ""), ["X000"], None),
    ("not UTF-8", lambda a: a.encode("utf-16"), ["S001"], None),
    ("not valid", lambda a: a.replace("<kennung>stelle", "<fremd/><kennung>stelle"), ["X001"], None),
    ("unknown code", lambda a: a.replace("<code>17574<", "<code>99999<"), ["S011"], True),
    ("code list of another version", lambda a: a.replace('ich" listVersionID="1"', 'ich" listVersionID="77"'), ["S010"], None),
    ("two causes", lambda a: a.replace("<code>17574<", "<code>99999<").replace("<code>01<", f"<code>{MARK}<"), ["S011"], True),
    ("unknown release", lambda a: a.replace("xauslaender2611", "xauslaender9911"), ["V000"], None),
    ("release of yesterday", lambda a: a.replace("xauslaender2611", "xauslaender2511").replace('"26.11"', '"25.11"'),
     ["V000"], None),
    ("an empty text", lambda a: a.replace("<kennung>stelle@amt.example<", "<kennung><"), ["S030"], True),
    ("for another office", lambda a: a.replace("<kennung>azr:011200", "<kennung>azr:001600"), ["T080"], True),
    ("from another author", lambda a: a.replace("dbs:990000000070", "dbs:990000000071"), ["T070"], True),
    ("a type declaration", lambda a: a.replace("<x:BAMF", '<!DOCTYPE a [<!ENTITY b "c">]><x:BAMF', 1), ["S999"], None),
    ("another type than its root", lambda a: a.replace("<code>070017<", "<code>070014<"), ["S999"], None),
]


def test_each_code_once():
    with world() as stack:
        stack.start(sim=False)
        bamf = Scripted(stack, "bamf")
        with bus(stack) as b:
            uuid, _ = request_sent(b, bamf)
            for name, spoil, codes, named in FAULTS:
                good = answer_070017(BAMF, MUNICH, uuid)
                bad = spoil(good)
                check(bad != good, name)
                bamf.send(bad)
                said = details(found(bamf, 1, name)[0])
                check(said["codes"] == codes, name, said)
                check(said["reader"] == BAMF["key"] and said["texts"], name, said)
                check(said["xml"] == (bad if isinstance(bad, bytes) else bad.encode()), name, "the message as it came")
                check(not named or said["uuid"] and said["uuid"] in good, name, said["uuid"])
                check(all("99999" not in t and "17574" not in t for t in said["texts"]), "never a value", said)
            check(b.delivery(1) is None, "nothing of it reaches the office")
            check(bamf.fetch() == [], "each once")
            bamf.send(answer_070017(BAMF, MUNICH, uuid))
            check(b.delivery(ANSWER_SECONDS)[0]["outcome"] == "takeover_refused", "the good one does")
        check(MARK not in stack.processes["gateway"].log(), "nothing of the contents in the log")


def test_the_same_again_and_the_uuid_again():
    with world() as stack:
        stack.start(sim=False)
        bamf = Scripted(stack, "bamf")
        with bus(stack) as b:
            uuid, _ = request_sent(b, bamf)
            good = answer_070017(BAMF, MUNICH, uuid)
            bad = answer_070017(BAMF, MUNICH, uuid).replace("<code>17574<", "<code>99999<")
            for _ in range(3):
                bamf.send(bad)
                bamf.send(good)
            check(details(found(bamf, 1)[0])["codes"] == ["S011"], "rejected")
            got = b.delivery(ANSWER_SECONDS)[0]
            check(got["outcome"] == "takeover_refused", "delivered", got)
            b.ack(got["delivery"])
            quiet(stack, bamf, "incoming-repeated", 4)
            check(b.delivery(1) is None, "both once")
            bamf.send(good.replace("<code>17574<", "<code>17576<"))
            check(details(found(bamf, 1)[0])["codes"] == ["S100"], "another message with a UUID that was there")


def test_nobody_else_is_answered():
    with world() as stack:
        stack.start(sim=False)
        bamf, stranger = Scripted(stack, "bamf"), Scripted(stack, "stranger")
        bad = answer_070017(BAMF, MUNICH, UNKNOWN).replace("17574", "99999")
        with bus(stack):
            stranger.send(bad)      # signed by a certificate of the same authority, but not of a partner
            stranger.send("<a>")
            bamf.send(bad, bad)     # two contents
            quiet(stack, stranger, "incoming-rejected", 3)
            check(bamf.fetch() == [], "nor is anything sent to the one it claims to be from")
        check(rows(stack.path("journal.db"), "SELECT count(*) FROM request")[0][0] == 0, "no Rückweisung written")


def test_switched_off():
    with world() as stack:
        stack.gateway_extra["cases"] = {"reject": False}
        stack.configure()
        stack.start(sim=False)
        bamf = Scripted(stack, "bamf")
        bamf.send("<a>")
        quiet(stack, bamf, "incoming-rejected", 1)


def test_no_loop():
    with world() as stack:
        stack.start(sim=False)
        bamf = Scripted(stack, "bamf")
        with bus(stack) as b:
            bamf.send("<a>")
            ours = found(bamf, 1)[0]
            bamf.send(rejection(BAMF, MUNICH, ours))  # our Rückweisung is rejected
            until(lambda: '"event":"rejection-answered"' in stack.processes["gateway"].log(), ANSWER_SECONDS, "known")
            faulty = rejection(BAMF, MUNICH, ours)
            bamf.send(faulty.replace("<grund ", "<grunt "))
            bamf.send(faulty.replace("</rueckweisung>", ""))
            bamf.send(faulty.replace("X001", "S999").encode("utf-16"))
            quiet(stack, bamf, "incoming-rejected", 4)
            check(b.delivery(1) is None, "the office has nothing to do with it")


def test_killed_between_commit_and_sending():
    for point in ("after-reject-commit", "after-message-id", "after-store-post", "after-store-answer", "after-fetch-commit"):
        with world() as stack:
            stack.start(sim=False, gateway=False)
            stack.path("points").write_text(point + "\n")
            gateway = stack.gateway("--test-points", str(stack.path("points")))
            gateway.start()
            bamf = Scripted(stack, "bamf")
            bamf.send("<a>")
            until(lambda: gateway.popen.poll() is not None, ANSWER_SECONDS, f"killed {point}")
            check(gateway.popen.returncode == -9, "killed", gateway.popen.returncode)
            gateway.start()
            check(details(found(bamf, 1)[0])["codes"] == ["X000"], point)
            until(lambda: rows(stack.path("journal.db"), "SELECT state FROM request") == [("closed",)], ANSWER_SECONDS,
                  f"{point}: closed")
            check(bamf.fetch() == [], f"{point}: once")


def test_what_is_said_of_ours():
    with world() as stack:
        stack.start(sim=False)
        bamf, other = Scripted(stack, "bamf"), Scripted(stack, "other")
        with bus(stack) as b:
            uuid, xml = request_sent(b, bamf)
            said = [
                ("forwarded", "0031", administrative("0031", party("zustaendigeStelle", OTHER, False) +
                                                     meant("weitergeleiteteNachricht", uuid), BAMF, MUNICH)),
                ("not-competent", "000030", message("Administration.Nichtzustaendigserklaerung", "000030",
                                                    f"<x:ausloeserUUID>{uuid}</x:ausloeserUUID>", BAMF, MUNICH)),
            ]
            said += [(outcome, number, receipt(number, BAMF, MUNICH, uuid))
                     for outcome, number in (("receipt", "0020"), ("receipt-reminder", "0021"))]
            for outcome, number, text in said:
                bamf.send(text)
                body, got = b.delivery(ANSWER_SECONDS)
                check((body["outcome"], body["message"], body["request"]) == (outcome, number, "r"), outcome, body)
                check(got == text.encode(), "the XML as it came")
                b.ack(body["delivery"])
            other.send(rejection(OTHER, MUNICH, xml))  # it did not go to that one
            until(lambda: '"reason":"T070"' in stack.processes["gateway"].log(), ANSWER_SECONDS, "not believed")
            check(b.state("r")["state"] in ("stored", "fetched"), "unchanged", b.state("r"))
            bamf.send(rejection(BAMF, MUNICH, xml, "S030"))
            body, _ = b.delivery(ANSWER_SECONDS)
            check(body["outcome"] == "rejected-by-partner" and body["request"] == "r", "rejected", body)
            reason = body["reasons"][0]
            check(reason["code"] == "S030" and reason["name"] and reason["details"][0]["text"] == "made up", "reasons", body)
            check("original_xml" not in body, "what we sent is not sent back in JSON", body)
            check(b.state("r")["state"] == "rejected", "state", b.state("r"))
            b.ack(body["delivery"])
            bamf.send(answer_070017(BAMF, MUNICH, UNKNOWN))
            body, got = b.delivery(ANSWER_SECONDS)
            check(body["outcome"] == "unassigned" and "request" not in body and body["trigger"] == UNKNOWN and got, "told", body)
            check(other.fetch() == [] and bamf.fetch() == [], "no answer to any of these")


def test_forwarded_answer():
    """Our answer came to another office, which forwards it."""
    with world() as stack:
        stack.start(sim=False)
        bamf, other = Scripted(stack, "bamf"), Scripted(stack, "other")
        with bus(stack) as b:
            uuid, _ = request_sent(b, bamf)
            for trigger, wanted in ((UNKNOWN, "message"), (uuid, "takeover_refused")):
                inner = answer_070017(BAMF, OTHER, trigger)
                sender = party("ausloesendeStelle", BAMF)
                forwarder = (f'<weiterleitendeStelle>{party("stelle", OTHER)}<zeitpunkt>{CREATED}</zeitpunkt>'
                             "</weiterleitendeStelle>")
                body = (forwarder + sender + "<weitergeleiteteNachricht>" + base64.b64encode(inner.encode()).decode() +
                        "</weitergeleiteteNachricht>" + code("weitergeleiteteNachrichtTyp", *OWN, "070017"))
                other.send(administrative("0030", body, OTHER, MUNICH))
                got = b.delivery(ANSWER_SECONDS)
                check(got, "something comes", stack.processes["gateway"].log()[-1500:])
                check(got[0]["outcome"] == wanted, wanted, got[0])
                b.ack(got[0]["delivery"])
            check(got[0]["request"] == "r" and got[0]["forwarded_by"]["key"] == OTHER["key"], "by whom", got[0])
            check(got[1] == inner.encode(), "the message itself")


def imported(stack):
    """A made-up official package of the release in force, imported: it has the types 030001 and 030002."""
    source = SOURCE / "tests/unit/schemas/package"
    target = stack.path("package")
    for path in source.rglob("*"):
        if path.is_file():
            new = target / path.relative_to(source)
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(path.read_text("utf-8").replace("xauslaender2605", "xauslaender2611").replace("26.05", "26.11"), "utf-8")
    done = stack.xausl("releases", "import", str(target), "--into", str(stack.path("imported")))
    check(done.returncode == 0, "imported", done)
    stack.gateway_extra["gateway.imported"] = str(stack.path("imported"))
    stack.configure()


def any_type(author, reader, number="030002", root="ABHABH.Antwort"):
    text = message(root, number, "", author, reader).replace(' produkt="p" produkthersteller="h"', "")
    return re.sub("<anschrift.autor>.*</anschrift.autor>", "", text)


def test_any_type_there_and_back():
    with world() as stack:
        imported(stack)
        stack.start(sim=False)
        bamf, other = Scripted(stack, "bamf"), Scripted(stack, "other")
        with bus(stack) as b:
            text = any_type(MUNICH, OTHER)
            accepted(b, "a", xml=text.encode())
            check(found(other, 1)[0] == text.encode(), "octet by octet")
            check(bamf.fetch() == [], "and to nobody else")
            until(lambda: b.state("a")["state"] == "closed", ANSWER_SECONDS, "closed when it is fetched")
            refused = [("two", any_type(MUNICH, {**OTHER, "key": "azr:001600"}), "partner"),
                       ("three", any_type(OTHER, OTHER), "invalid"),
                       ("four", any_type(MUNICH, OTHER).replace("nachrichtenkopf.g2g", "kopf"), "invalid"),
                       ("five", answer_070017(MUNICH, BAMF, UNKNOWN), "invalid")]
            for ident, xml, wanted in refused:
                receipt = b.submit(ident, xml=xml.encode())
                check(wanted in [e["code"] for e in receipt.get("errors", [])], wanted, receipt)
            back = any_type(OTHER, MUNICH)
            other.send(back)
            body, xml = b.delivery(ANSWER_SECONDS)
            check((body["outcome"], body["message"], body["author"]["key"]) == ("message", "030002", OTHER["key"]), "frame", body)
            check("request" not in body and xml == back.encode(), "of no request", body)
            b.ack(body["delivery"])
            other.send(any_type(OTHER, MUNICH).replace("</nachrichtenkopf.g2g>", "</nachrichtenkopf.g2g><x:fremd/>"))
            check(details(found(other, 1)[0])["codes"] == ["X001"], "what is not valid is rejected")
            check(b.delivery(1) is None and bamf.fetch() == [], "nothing else")


main(__name__)
