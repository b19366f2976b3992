# SPDX-License-Identifier: Apache-2.0
"""course - a provider's software: calls the course side of the simulator by JSON; standard library only."""
import base64
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from stack import SOURCE, free_port, program

PASSWORD = "ein langes Kennwort"
SCHOOL, SECOND, INSTITUTE = "TR-990001", "TR-990002", "PI-990001"
SITE, TEACHER = "KO-990001-01", "LK-990001"
ADDRESS = {"street": "Probeweg", "house_number": "4", "postcode": "99999", "town": "Prüfstadt", "country": "Deutschland"}


def settings(**more):
    """Configuration of a Stack with a course side: sim=course.settings()."""
    return {"course.listen": f"127.0.0.1:{free_port()}", "course.directory": str(SOURCE / "conformance/demo/course.yaml"),
            **{f"course.{key}": value for key, value in more.items()}}


def url(stack, path=""):
    return "http://" + stack.sim_extra["course.listen"] + path


def fetch(address, data=None, headers=None):
    """(status, headers, text) of a GET or POST, whatever the status; redirects are not followed."""
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None
    request = urllib.request.Request(address, data=data, headers=headers or {})
    try:
        with urllib.request.build_opener(Stay, urllib.request.ProxyHandler({})).open(request, timeout=30) as got:
            return got.status, got.headers, got.read().decode()
    except urllib.error.HTTPError as got:
        return got.code, got.headers, got.read().decode()


def operator(stack, *argv, status=0):
    done = subprocess.run([program("inge-sim"), "course", "--config", stack.conf("sim"), *argv], capture_output=True,
                          text=True, timeout=20)
    if done.returncode != status:
        raise AssertionError(f"inge-sim course {argv}: {done}")
    return done.stdout


class Provider:
    """One user of one provider."""

    def __init__(self, stack, name, password=PASSWORD):
        self.stack, self.name, self.password = stack, name, password

    def headers(self):
        pair = base64.b64encode(f"{self.name}:{self.password}".encode()).decode()
        return {"Authorization": "Basic " + pair, "Content-Type": "application/json"}

    def call(self, function, fields, mode=None):
        """(status, body)."""
        address = url(self.stack, "/api/v1/" + function + (f"?mode={mode}" if mode else ""))
        status, _, text = fetch(address, json.dumps(fields).encode(), self.headers())
        return status, json.loads(text)

    def good(self, function, **fields):
        status, body = self.call(function, fields)
        if status != 200:
            raise AssertionError(f"{function}: {status} {body}")
        return body["answer"]

    def refused(self, function, *codes, **fields):
        """The errors of a refused call; their codes must be @codes, in any order."""
        status, body = self.call(function, fields)
        if status == 200 or sorted(e["code"] for e in body["errors"]) != sorted(codes):
            raise AssertionError(f"{function}: {codes} expected: {status} {body}")
        return body["errors"]


def registration(person, kennziffer, date, **more):
    return {"kennziffer": kennziffer, "birth_date": person["birth_date"], "surname": person["surname"],
            "given_names": person["given_names"], "date": date, "address": ADDRESS, "nationality": "475",
            "placement_test": date, "course_type": "1", "section": "1", **more}


def new_user(stack, party=SCHOOL, name="anna", environment="production"):
    """A user of the provider, by a code of the operator."""
    code = operator(stack, "--code", environment, "--provider", party).strip()
    data = json.dumps({"registration_code": code, "user": name, "password": PASSWORD}).encode()
    for _ in range(100):  # the simulator takes the order over a moment later
        status, _, text = fetch(url(stack, "/api/v1/user"), data, {"Content-Type": "application/json"})
        if status == 200:
            return Provider(stack, name)
        time.sleep(0.05)
    raise AssertionError(f"user not registered: {text}")


def quote(text):
    return urllib.parse.quote(str(text), safe="")
