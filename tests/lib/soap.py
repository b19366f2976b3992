# SPDX-License-Identifier: Apache-2.0
"""soap - a provider's SOAP client: envelope, user name token, answers and faults; standard library only."""
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

import course

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
NS = "urn:xausl:inge-sim:course:1"


def element(name, value):
    """One element, or one for each entry of a list."""
    if isinstance(value, list):
        return "".join(element(name, v) for v in value)
    if isinstance(value, dict):
        inner = "".join(element(k, v) for k, v in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"


def envelope(body, name, password=course.PASSWORD, kind=""):
    return (f'<s:Envelope xmlns:s="{SOAP}"><s:Header><w:Security xmlns:w="{WSSE}" s:mustUnderstand="1"><w:UsernameToken>'
            f"<w:Username>{name}</w:Username><w:Password{kind}>{escape(password)}</w:Password></w:UsernameToken></w:Security>"
            f"</s:Header><s:Body>{body}</s:Body></s:Envelope>")


def post(stack, text):
    """(status, element of the body)."""
    status, _, got = course.fetch(course.url(stack, "/soap"), text.encode(), {"Content-Type": "text/xml; charset=utf-8"})
    return status, ET.fromstring(got).find(f"{{{SOAP}}}Body")[0]


def value(node):
    """Children as a mapping; those that come several times as a list."""
    if len(node) == 0:
        return node.text or ""
    data = {}
    for child in node:
        data.setdefault(child.tag.split("}")[1], []).append(value(child))
    return {k: v if len(v) > 1 else v[0] for k, v in data.items()}


def call(stack, user, function, fields, mode=None):
    """(answer, None) or (None, errors)."""
    attribute = f' mode="{mode}"' if mode else ""
    inner = "".join(element(k, v) for k, v in fields.items())
    status, body = post(stack, envelope(f'<{function} xmlns="{NS}"{attribute}>{inner}</{function}>', user.name, user.password))
    if body.tag == f"{{{SOAP}}}Fault":
        assert status == 500, status
        return None, [value(e) for e in body.find("detail").find(f"{{{NS}}}errors")]
    assert status == 200 and body.tag == f"{{{NS}}}{function}Response", (status, body.tag)
    return value(body) if len(body) else {}, None
