/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject - writes a rejection
 *
 * The message belongs to XInneres and not to a release of XAusländer, so it is written here and not from
 * the tables of a release.  It carries the rejected message in base64, as the standard demands.
 */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "reject.h"

#define REJECTION_MAX (16u << 20)
#define ROOT_LOOK 4096 /* octets in which the root's start tag must begin */

#define CODE(element, uri, version) \
	"<" element " listURI=\"" uri "\" listVersionID=\"" version "\"><code>"
#define DVDV CODE("verzeichnisdienst", "urn:xoev-de:kosit:codeliste:verzeichnisdienst", "3") "DVDV</code></verzeichnisdienst>"

static void text(struct osci_buf *b, const char *element, const char *value)
{
	osci_buf_addf(b, "<%s>", element);
	osci_buf_add_xml_text(b, value, strlen(value));
	osci_buf_addf(b, "</%s>", element);
}

static void head(struct osci_buf *b, const struct xausl_frame *f)
{
	char created[32];

	osci_format_datetime_berlin(created, sizeof(created), f->created_ms);
	osci_buf_adds(b, "<nachrichtenkopf.g2g><identifikation.nachricht>");
	text(b, "nachrichtenUUID", f->uuid);
	osci_buf_adds(b, CODE("nachrichtentyp", "urn:de:xinneres:codeliste:nachrichtentyp", "4")
		      "0010</code></nachrichtentyp>");
	text(b, "erstellungszeitpunkt", created);
	osci_buf_adds(b, "</identifikation.nachricht><leser>" DVDV);
	text(b, "kennung", f->reader.key);
	text(b, "name", f->reader.name);
	osci_buf_adds(b, "</leser><autor>" DVDV);
	text(b, "kennung", f->author.key);
	text(b, "name", f->author.name);
	osci_buf_adds(b, "<erreichbarkeit>" CODE("kanal", "urn:de:xoev:codeliste:erreichbarkeit", "3"));
	osci_buf_add_xml_text(b, f->author.channel_type, strlen(f->author.channel_type));
	osci_buf_adds(b, "</code></kanal>");
	text(b, "kennung", f->author.channel_value);
	osci_buf_adds(b, "</erreichbarkeit></autor></nachrichtenkopf.g2g><anschrift.autor><gebaeude>");
	if (f->author.house_number && f->author.house_number[0])
		text(b, "hausnummer", f->author.house_number);
	text(b, "postleitzahl", f->author.postcode);
	text(b, "strasse", f->author.street);
	text(b, "wohnort", f->author.town);
	osci_buf_adds(b, "</gebaeude></anschrift.autor>");
}

char *sim_reject_write(const struct sim_rejection *r, const struct xausl_frame *f, size_t *ret_len)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(REJECTION_MAX);

	osci_buf_adds(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xirts:rueckweisung.asynchron.0010"
			  " xmlns:xirts=\"http://www.osci.de/xinneres/rueckweisung/6\" produkt=\"");
	osci_buf_add_xml_attr(&b, f->product, strlen(f->product));
	osci_buf_adds(&b, "\" produkthersteller=\"");
	osci_buf_add_xml_attr(&b, f->vendor, strlen(f->vendor));
	osci_buf_adds(&b, "\" standard=\"XInneres-Rueckweisung\" version=\"6\">");
	head(&b, f);
	osci_buf_adds(&b, "<rueckweisung><rueckweisungsgrund>"
		      CODE("grund", "urn:de:xinneres:codeliste:fehlercodes", "3"));
	osci_buf_add_xml_text(&b, r->code, strlen(r->code));
	osci_buf_adds(&b, "</code></grund>");
	if (r->what && r->what[0]) {
		osci_buf_adds(&b, "<grundSpezifisch>");
		text(&b, "fehlerbeschreibung", r->what);
		osci_buf_adds(&b, "</grundSpezifisch>");
	}
	osci_buf_adds(&b, "</rueckweisungsgrund>");
	if (r->uuid && r->number && r->created) {
		osci_buf_adds(&b, "<idNachricht>");
		text(&b, "nachrichtenUUID", r->uuid);
		osci_buf_adds(&b, CODE("nachrichtentyp", "urn:de:xauslaender:codelist:nachrichtentyp", "19"));
		osci_buf_add_xml_text(&b, r->number, strlen(r->number));
		osci_buf_adds(&b, "</code></nachrichtentyp>");
		text(&b, "erstellungszeitpunkt", r->created);
		osci_buf_adds(&b, "</idNachricht>");
	}
	osci_buf_adds(&b, "<nachricht>");
	osci_base64_encode(&b, r->data, r->len, 0);
	osci_buf_adds(&b, "</nachricht></rueckweisung></xirts:rueckweisung.asynchron.0010>\n");
	return osci_buf_take(&b, ret_len);
}

bool sim_is_rejection(const void *data, size_t len)
{
	size_t look = len < ROOT_LOOK ? len : ROOT_LOOK;

	return memmem(data, look, "rueckweisung.asynchron.0010", 27) ||
	       memmem(data, look, "Administration.RueckweisungSynchron.000002", 42);
}
