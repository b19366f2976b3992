# SPDX-License-Identifier: Apache-2.0
"""Marker values through good and bad paths: none of them in any log or file name."""
import os
import sqlite3  # noqa: F401

from world import Stack, accepted, answer, bus, check, main, person, request


def test_no_personal_data_in_logs():
    with Stack(sim={"sim.clerk": "same_person", "sim.clerk_delay": "200ms"}) as stack:
        who = person()
        contact = {"reference": "MARKERREF77", "surname": "Markerkontakt", "given_names": "Markerkurt",
                   "channels": [{"type": "01", "value": "marker@kontakt.example"}]}
        with bus(stack) as b:
            accepted(b, "1", request("070001", who, contact=contact, file_reference="MARKERZEICHEN", user="markeruser"))
            first = answer(b, "1", "070003")
            accepted(b, "2", request("070009", person(surname=who["surname"], birth_date=who["birth_date"])))
            answer(b, "2", "070004")
            answer(b, "2")
            bad = person(birth_date="MARKERDATUM", azr_number="MARKERAZR", surname="Marker\x1bИван", birth_place="Markerort–x")
            b.submit("3", request("070001", bad, residence_title="MARKERTITEL", markerfeld="MARKERWERT"))
            b.submit("4", {}, b"<a>MARKERTEXT" + b"<MARKER" * 3)
            stack.fault("sim", "invalid_answer 070003 1")
            accepted(b, "5", request("070001"))
            b.delivery(3)
            stack.fault("intermediary", "* bad-signature 1", "* cut-body 1")
            accepted(b, "6", request("070001"))
            b.delivery(4)
        stack.processes["gateway"].restart()
        logs = {name: p.log() for name, p in stack.processes.items()}
        texts = [who["azr_number"], who["birth_date"], first["record"]["kennziffer"]]
        for name in ("gateway", "intermediary"):
            low = logs[name].lower()
            check("marker" not in low, f"a marker in the log of {name}", [x for x in low.splitlines() if "marker" in x][:3])
            for text in texts:
                check(text not in logs[name], f"{text} in the log of {name}")
        names = [n for _, dirs, files in os.walk(stack.dir) for n in dirs + files]
        check(not any("marker" in n.lower() for n in names), "a marker in a file name", names)
        check(not any(c < " " and c != "\n" for c in logs["gateway"]), "control characters in the log")


main(__name__)
