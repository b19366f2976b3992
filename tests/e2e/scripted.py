# SPDX-License-Identifier: Apache-2.0
"""scripted - a partner that sends what a test wants it to send, by the program osci, and looks into its mailbox.

Messages are written here, not built from the tables of a release: what the gateway takes must not depend on what it makes.
"""
import base64
import json
import re
import subprocess
import uuid as ids

from world import check, program

X = 'xmlns:x="http://www.osci.de/xauslaender2611"'
OWN = "urn:de:xauslaender:codelist:nachrichtentyp", "19"
BASE = "urn:de:xinneres:codeliste:nachrichtentyp", "4"
DVDV = ('<verzeichnisdienst listURI="urn:xoev-de:kosit:codeliste:verzeichnisdienst" listVersionID="3"><code>DVDV</code>'
        '</verzeichnisdienst>')
CREATED = "2026-11-22T09:00:00.000+01:00"
ADMINISTRATION = {
    "0010": ("rueckweisung.asynchron", "http://www.osci.de/xinneres/rueckweisung/6", "XInneres-Rueckweisung", "6"),
    "0020": ("quittungVonSachverhalten.quittung", "http://www.osci.de/xinneres/quittung/5",
             "XInneres-QuittungVonSachverhalten", "5"),
    "0021": ("quittungVonSachverhalten.erinnerung", "http://www.osci.de/xinneres/quittung/5",
             "XInneres-QuittungVonSachverhalten", "5"),
    "0030": ("weiterleitung.weiterleitung", "http://www.osci.de/xinneres/weiterleitung/7", "XInneres-Weiterleitung", "7"),
    "0031": ("weiterleitung.abgabe", "http://www.osci.de/xinneres/weiterleitung/7", "XInneres-Weiterleitung", "7"),
    "0032": ("weiterleitung.nichtzustaendigkeit", "http://www.osci.de/xinneres/weiterleitung/7",
             "XInneres-Weiterleitung", "7"),
}


def code(element, uri, version, value):
    return f'<{element} listURI="{uri}" listVersionID="{version}"><code>{value}</code></{element}>'


def party(element, who, channel=True):
    reach = ("<erreichbarkeit>" + code("kanal", "urn:de:xoev:codeliste:erreichbarkeit", "3", "01") +
             "<kennung>stelle@amt.example</kennung></erreichbarkeit>") if channel else ""
    return f'<{element}>{DVDV}<kennung>{who["key"]}</kennung><name>{who["name"]}</name>{reach}</{element}>'


def message(root, number, body, author, reader, *, ident=None, xmlns=X, types=OWN, standard="XAusländer", version="26.11"):
    """The XML of one message, well-formed and as a rule valid."""
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<x:{root}.{number} {xmlns} produkt="p" produkthersteller="h" '
            f'standard="{standard}" version="{version}"><nachrichtenkopf.g2g><identifikation.nachricht><nachrichtenUUID>'
            f'{ident or ids.uuid4()}</nachrichtenUUID>{code("nachrichtentyp", *types, number)}<erstellungszeitpunkt>{CREATED}'
            f'</erstellungszeitpunkt></identifikation.nachricht>{party("leser", reader, False)}{party("autor", author)}'
            '</nachrichtenkopf.g2g><anschrift.autor><gebaeude><hausnummer>1</hausnummer><postleitzahl>90461</postleitzahl>'
            '<strasse>Probeweg</strasse><wohnort>Nürnberg</wohnort></gebaeude></anschrift.autor>'
            f'{body}</x:{root}.{number}>\n')


def answer_070017(author, reader, trigger, **more):
    body = (f"<x:ausloeserUUID>{trigger}</x:ausloeserUUID>" +
            code("x:grundCode", "urn:xoev-de:bamf:codeliste:int.uebernahmenichtmoeglich", "1", "17574"))
    return message("BAMFABH.UebernahmeNichtMoeglich", "070017", body, author, reader, **more)


def meant(element, ident, number="070016", types=OWN):
    return (f"<{element}><nachrichtenUUID>{ident}</nachrichtenUUID>{code('nachrichtentyp', *types, number)}"
            f"<erstellungszeitpunkt>{CREATED}</erstellungszeitpunkt></{element}>")


def receipt(number, author, reader, ident):
    """0020, that something was taken note of; or 0021, that such a receipt is missed."""
    what = (f"<quittung><ursprungsereignis><ereignis.zeitpunkt>{CREATED}</ereignis.zeitpunkt><ereignis.zeichen>AZ-1</ereignis.zeichen>"
            "</ursprungsereignis>" +
            code("sachverhalt", "urn:xoev-de:xinneres:codeliste:quittungsrelevanter-sachverhalt", "2", "1") + "</quittung>")
    body = meant("ursprungsnachricht", ident) + what + ("<erinnerungsstufe>1</erinnerungsstufe>" if number == "0021" else "")
    return administrative(number, body, author, reader)


def administrative(number, body, author, reader):
    root, uri, standard, version = ADMINISTRATION[number]
    return message(root, number, body, author, reader, xmlns=f'xmlns:x="{uri}"', types=BASE, standard=standard,
                   version=version)


def rejection(author, reader, of, reason="X001"):
    """0010 of the message @of, our own XML."""
    text = of.decode()
    ident = re.search("<nachrichtenUUID>(.*?)<", text)[1]
    number = re.search('nachrichtentyp[^>]*>\\s*<code>(.*?)<', text)[1]
    created = re.search("<erstellungszeitpunkt>(.*?)<", text)[1]
    named = meant("idNachricht", ident, number, BASE if number in ADMINISTRATION else OWN).replace(CREATED, created)
    body = ("<rueckweisung><rueckweisungsgrund>" + code("grund", "urn:de:xinneres:codeliste:fehlercodes", "3", reason) +
            "<grundSpezifisch><fehlerbeschreibung>made up</fehlerbeschreibung></grundSpezifisch></rueckweisungsgrund>" +
            named + f"<nachricht>{base64.b64encode(of).decode()}</nachricht></rueckweisung>")
    return administrative("0010", body, author, reader)


def details(xml):
    """What a Rückweisung says: its codes, texts, the message it names and the one it holds."""
    text = xml.decode()
    return {"codes": re.findall(r"<grund [^>]*><code>(.*?)<", text), "texts": re.findall("<fehlerbeschreibung>(.*?)<", text),
            "uuid": (re.findall(r"<idNachricht><nachrichtenUUID>(.*?)<", text) or [None])[0],
            "xml": base64.b64decode(re.search("<nachricht>(.*?)<", text, re.S)[1]),
            "reader": re.search(r"<leser>.*?<kennung>(.*?)<", text, re.S)[1]}


class Scripted:
    """@name: of its keys in the stack."""

    def __init__(self, stack, name):
        self.stack, self.number = stack, 0
        self.folder = stack.path("partner-" + name)
        self.folder.mkdir()
        self.profile = self.folder / "profile.yaml"
        key = stack.key
        self.profile.write_text(f"""url: "{stack.url}"
sign: {{ p12: "{key(name + '-sign.p12')}", pass_file: "{key(name + '-sign.pass')}" }}
decrypt:
  - {{ p12: "{key(name + '-enc.p12')}", pass_file: "{key(name + '-enc.pass')}" }}
intermediary: {{ cipher: "{key('im-enc.pem')}", signer: "{key('im-sign.pem')}" }}
trust: [ "{key('ca.pem')}" ]
languages: "de"
""", "utf-8")

    def osci(self, *args, status=(0,)):
        done = subprocess.run([program("osci"), *map(str, args), "--profile", str(self.profile)], capture_output=True,
                              timeout=60)
        check(done.returncode in status, "osci ends with another status", done)
        return done

    def send(self, *xml, office=None):
        """Each argument is one content of the same delivery."""
        files = []
        for one in xml:
            self.number += 1
            path = self.folder / f"out-{self.number}.xml"
            path.write_bytes(one if isinstance(one, bytes) else one.encode())
            files.append(path)
        office = office or self.stack.offices[0]
        self.osci("send", "--to", self.stack.key(office["id"] + "-enc.pem"), *files)

    def fetch(self):
        """Contents of all that waits in the mailbox."""
        self.number += 1
        out = self.folder / f"in-{self.number}"
        done = self.osci("fetch", "--out", out, status=(0, 5))
        if done.returncode == 5 or not out.exists():
            return []
        return [p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file() and b"<nachrichtenkopf.g2g" in p.read_bytes()
                and p.suffix not in (".mime", ".json")]
