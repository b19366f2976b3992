/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fault - SOAP faults: neither signed nor encrypted, so they prove nothing
 *
 * The schema writes the children without namespace, the specification's example with that of SOAP: both are
 * read.  Code and text are bounded and checked, for they will be shown to an operator.
 */
#include <ctype.h>

#include "base/text.h"
#include "wire/read.h"

static xmlNodePtr take(struct osci_walk *w, const char *local)
{
	xmlNodePtr node = osci_walk_take(w, NULL, local);

	return node ? node : osci_walk_take(w, OSCI_NS_SOAP, local);
}

/* "soap:Client" with any prefix -> "soap:Client"; the four codes of SOAP 1.1, with what may follow a dot. */
static int fault_code(struct osci_reader *r, const xmlNode *node)
{
	static const char *const codes[] = { "soap:Client", "soap:Server", "soap:VersionMismatch",
					     "soap:MustUnderstand" };
	const char *text, *local;
	size_t i, n;
	int x;

	x = osci_wire_text(&r->p->arena, node, 256, &text, r->err);
	if (x)
		return x;
	local = strrchr(text, ':');
	local = local ? local + 1 : text;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		n = strlen(codes[i] + 5);
		if (strncmp(local, codes[i] + 5, n) == 0 && (local[n] == '\0' || local[n] == '.')) {
			r->m->fault_code = codes[i];
			return 0;
		}
	}
	return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "no fault code of SOAP 1.1");
}

static int detail(struct osci_reader *r, const xmlNode *node)
{
	struct osci_walk w;
	xmlNodePtr code;
	const char *text;
	size_t i;
	int x;

	osci_walk_begin(&w, node, r->err);
	code = osci_walk_take(&w, OSCI_NS_OSCI, "Code");
	if (!code)
		return w.result; /* details of others say nothing to us */
	x = osci_walk_end(&w);
	if (!x)
		x = osci_wire_text(&r->p->arena, code, 8, &text, r->err);
	if (x)
		return x;
	for (i = 0; isdigit((unsigned char)text[i]); i++)
		;
	if (i != 4 || text[4])
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", code, "not four digits");
	r->m->fault_osci = text;
	return 0;
}

int osci_read_fault(struct osci_reader *r)
{
	static const char *const allowed[] = { "Id", NULL };
	xmlNodePtr body, fault, code, text, details;
	struct osci_walk w;
	int x;

	r->m->fault_osci = "";
	r->m->fault_text = "";
	osci_walk_begin(&w, r->envelope, r->err);
	if (osci_xml_is(w.at, OSCI_NS_SOAP, "Header"))
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", r->envelope,
					"without the xsi:schemaLocation of an order or answer it could only be a SOAP fault");
	body = osci_walk_need(&w, OSCI_NS_SOAP, "Body");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_wire_attrs(body, allowed, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, body, r->err);
	fault = osci_walk_need(&w, OSCI_NS_SOAP, "Fault");
	x = osci_walk_end(&w);
	if (x)
		return x;
	osci_walk_begin(&w, fault, r->err);
	code = take(&w, "faultcode");
	text = take(&w, "faultstring");
	take(&w, "faultactor");
	details = take(&w, "detail");
	x = osci_walk_end(&w);
	if (x)
		return x;
	if (!code || !text)
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", fault, "faultcode or faultstring is missing");
	x = fault_code(r, code);
	if (!x)
		x = osci_wire_text(&r->p->arena, text, r->l->subject_chars, &r->m->fault_text, r->err);
	return !x && details ? detail(r, details) : x;
}
