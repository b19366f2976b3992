# SPDX-License-Identifier: Apache-2.0
"""people - invented persons; every text is a marker that may appear in no log."""
import itertools
import string

counter = itertools.count(1)


def letters(n):
    return "".join(string.ascii_lowercase[int(d)] for d in str(n))


def person(**fields):
    n = next(counter)
    data = {
        "surname": "Markerfamilie" + letters(n), "given_names": "Markervorname" + letters(n), "sex": "w",
        "birth_date": f"19{70 + n % 30}-0{1 + n % 9}-1{n % 10}",
        "address": {"street": "Markerstraße" + letters(n), "house_number": "5", "postcode": "80331", "town": "München"},
        "azr_number": f"2601019{n:05d}", "birth_place": "Markerstadt" + letters(n), "nationalities": ["475"],
    }
    data.update(fields)
    return data


def request(message, who=None, **fields):
    who = who or person()
    if message in ("070001", "070008", "070009", "070010"):
        fields.setdefault("residence_title", "AERL-STAT-041")
    if message == "070001":
        fields.setdefault("orientation_course_only", False)
    if message == "070008":
        fields.setdefault("language_course_only", False)
    if message == "070010":
        fields.setdefault("valid_until", "2028-12-31")
    if message == "070011":
        fields.setdefault("purpose", "granting")
    return {"message": message, "person": who, **fields}
