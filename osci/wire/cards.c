/* SPDX-License-Identifier: Apache-2.0 */
/* cards - ProcessCardBundle: Laufzettel and Prüfprotokoll */
#include <ctype.h>
#include <errno.h>

#include "wire/read.h"

#define NAME_MAX_OCTETS 2048
#define SERIAL_MAX 64
#define TIME_MAX 64
#define URI_MAX 2048
#define TOKEN_MAX (1024 * 1024) /* time stamp token, OCSP answer */

static const char *const no_attrs[] = { NULL };

static int token(struct osci_reader *r, xmlNodePtr node, const unsigned char **ret, size_t *ret_len)
{
	_cleanup_buf_ struct osci_buf octets = OSCI_BUF_INIT(TOKEN_MAX);
	int x = osci_wire_base64(node, TOKEN_MAX, &octets, r->err);

	if (!x && !octets.len)
		x = osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "empty");
	if (x)
		return x;
	*ret = (const unsigned char *)osci_arena_copy(&r->p->arena, octets.data, octets.len);
	*ret_len = octets.len;
	return *ret ? 0 : -ENOMEM;
}

static int stamp_element(struct osci_reader *r, xmlNodePtr node, struct osci_stamp *stamp)
{
	static const char *const allowed[] = { "Algorithm", NULL };
	const char *algorithm;
	int x;

	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Algorithm", URI_MAX, false, &algorithm, r->err);
	if (!x)
		x = token(r, node, &stamp->token, &stamp->len);
	if (!x)
		stamp->algorithm = algorithm ? algorithm : "";
	return x;
}

/* Plain (dateTime) or Cryptographic: then *@ret is "", and the token goes to @stamp. */
static int time_element(struct osci_reader *r, xmlNodePtr node, const char **ret, struct osci_stamp *stamp)
{
	xmlNodePtr plain, crypt = NULL;
	struct osci_walk w;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	plain = osci_walk_take(&w, OSCI_NS_OSCI, "Plain");
	if (!plain)
		crypt = osci_walk_need(&w, OSCI_NS_OSCI, "Cryptographic");
	x = osci_walk_end(&w);
	if (x)
		return x;
	if (crypt) {
		*ret = "";
		return stamp_element(r, crypt, stamp);
	}
	x = osci_wire_attrs(plain, no_attrs, r->err);
	if (!x)
		x = osci_wire_text(&r->p->arena, plain, TIME_MAX, ret, r->err);
	return x ? x : osci_wire_datetime(plain, *ret, r->err);
}

static int text(struct osci_reader *r, xmlNodePtr node, size_t max, const char **ret)
{
	int x = osci_wire_attrs(node, no_attrs, r->err);

	return x ? x : osci_wire_text(&r->p->arena, node, max, ret, r->err);
}

/* Empty element with one attribute out of a list. */
static int choice(struct osci_reader *r, xmlNodePtr node, const char *name, const char *const *values, const char **ret)
{
	const char *const allowed[] = { name, NULL };
	int x;

	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, name, 32, true, ret, r->err);
	if (x)
		return x;
	for (; *values; values++)
		if (strcmp(*values, *ret) == 0)
			return 0;
	return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "unknown value of %s", name);
}

/* OSCP is the schema's spelling, OCSP what the reference implementation writes. */
static int online(struct osci_reader *r, xmlNodePtr node, struct osci_inspection *i)
{
	static const char *const results[] = { "ok", "revoked", NULL };
	xmlNodePtr ocsp, crl, ldap;
	struct osci_walk w;
	int x;

	x = choice(r, node, "Result", results, &i->online);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	ocsp = osci_walk_take(&w, OSCI_NS_OSCI, "OSCP");
	if (!ocsp)
		ocsp = osci_walk_take(&w, OSCI_NS_OSCI, "OCSP");
	crl = osci_walk_take(&w, OSCI_NS_OSCI, "CRL");
	ldap = osci_walk_take(&w, OSCI_NS_OSCI, "LDAP");
	x = osci_walk_end(&w);
	if (!x && ocsp)
		x = osci_wire_attrs(ocsp, no_attrs, r->err);
	if (!x && ocsp)
		x = token(r, ocsp, &i->ocsp, &i->ocsp_len);
	if (!x && crl)
		x = text(r, crl, TIME_MAX, &i->crl);
	if (!x && crl)
		x = osci_wire_datetime(crl, i->crl, r->err);
	if (!x && ldap)
		x = osci_wire_attrs(ldap, no_attrs, r->err);
	if (!x && ldap)
		x = token(r, ldap, &i->ldap, &i->ldap_len);
	return x;
}

static int serial(struct osci_reader *r, xmlNodePtr node, const char **ret)
{
	const char *p;
	int x = text(r, node, SERIAL_MAX, ret);

	if (x)
		return x;
	for (p = **ret == '-' ? *ret + 1 : *ret; *p; p++)
		if (!isdigit((unsigned char)*p))
			break;
	if (*p || !**ret || (**ret == '-' && !(*ret)[1]))
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "no serial number");
	return 0;
}

static int inspection(struct osci_reader *r, xmlNodePtr node, struct osci_inspection *i)
{
	static const char *const types[] = { "advanced", "qualified", "accredited", "unknown", NULL };
	static const char *const maths[] = { "ok", "corrupted", "indeterminate", NULL };
	static const char *const offlines[] = { "valid", "invalid", "indeterminate", NULL };
	xmlNodePtr time, subject, issuer, number, type, math, offline, on;
	struct osci_walk w;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	time = osci_walk_need(&w, OSCI_NS_OSCI, "Timestamp");
	subject = osci_walk_need(&w, OSCI_NS_OSCI, "X509SubjectName");
	issuer = osci_walk_need(&w, OSCI_NS_OSCI, "X509IssuerName");
	number = osci_walk_need(&w, OSCI_NS_OSCI, "X509SerialNumber");
	type = osci_walk_need(&w, OSCI_NS_OSCI, "CertType");
	math = osci_walk_need(&w, OSCI_NS_OSCI, "MathResult");
	offline = osci_walk_need(&w, OSCI_NS_OSCI, "OfflineResult");
	on = osci_walk_take(&w, OSCI_NS_OSCI, "OnlineResult");
	x = osci_walk_end(&w);
	if (!x)
		x = time_element(r, time, &i->time, &i->stamp);
	if (!x)
		x = text(r, subject, NAME_MAX_OCTETS, &i->subject);
	if (!x)
		x = text(r, issuer, NAME_MAX_OCTETS, &i->issuer);
	if (!x)
		x = serial(r, number, &i->serial);
	if (!x)
		x = choice(r, type, "Type", types, &i->cert_type);
	if (!x)
		x = choice(r, math, "Result", maths, &i->math);
	if (!x)
		x = choice(r, offline, "Result", offlines, &i->offline);
	if (!x)
		x = osci_wire_empty(type, r->err);
	if (!x)
		x = osci_wire_empty(math, r->err);
	if (!x)
		x = osci_wire_empty(offline, r->err);
	return !x && on ? online(r, on, i) : x;
}

static int report(struct osci_reader *r, xmlNodePtr node, struct osci_card *card)
{
	size_t n = osci_wire_count(node, OSCI_NS_OSCI, "Inspection"), i;
	struct osci_walk w;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	card->inspections = osci_arena_alloc(&r->p->arena, n, sizeof(*card->inspections));
	if (!card->inspections)
		return -ENOMEM;
	card->n_inspections = n;
	osci_walk_begin(&w, node, r->err);
	for (i = 0; i < n && !x; i++) {
		xmlNodePtr child = osci_walk_need(&w, OSCI_NS_OSCI, "Inspection");

		x = child ? inspection(r, child, &card->inspections[i]) : w.result;
	}
	return x ? x : osci_walk_end(&w);
}

static int process_card(struct osci_reader *r, xmlNodePtr node, struct osci_card *card)
{
	static const char *const allowed[] = { "RecentModification", NULL };
	struct {
		const char *name;
		const char **field;
		struct osci_stamp *stamp;
	} const times[] = {
		{ "Creation", &card->creation, &card->creation_stamp },
		{ "Forwarding", &card->forwarding, &card->forwarding_stamp },
		{ "Reception", &card->reception, &card->reception_stamp },
	};
	struct osci_walk w;
	xmlNodePtr child;
	size_t i;
	int x;

	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "RecentModification", TIME_MAX, true,
				   &card->recent_modification, r->err);
	if (!x)
		x = osci_wire_datetime(node, card->recent_modification, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	for (i = 0; i < sizeof(times) / sizeof(times[0]) && !x; i++) {
		child = osci_walk_take(&w, OSCI_NS_OSCI, times[i].name);
		if (child)
			x = time_element(r, child, times[i].field, times[i].stamp);
	}
	child = osci_walk_take(&w, OSCI_NS_OSCI, "Subject");
	if (child && !x)
		x = text(r, child, r->l->subject_chars, &card->subject);
	return x ? x : osci_walk_end(&w);
}

static int bundle(struct osci_reader *r, xmlNodePtr node, struct osci_card *card)
{
	xmlNodePtr id, process, inspections;
	struct osci_walk w;
	int x;

	x = osci_wire_attrs(node, no_attrs, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	id = osci_walk_need(&w, OSCI_NS_OSCI, "MessageId");
	process = osci_walk_need(&w, OSCI_NS_OSCI, "ProcessCard");
	inspections = osci_walk_need(&w, OSCI_NS_OSCI, "InspectionReport");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_read_message_id(r, id, &card->message_id);
	if (!x)
		x = process_card(r, process, card);
	return x ? x : report(r, inspections, card);
}

int osci_read_cards(struct osci_reader *r, xmlNodePtr *bundles, size_t n)
{
	struct osci_card *v = osci_arena_alloc(&r->p->arena, n, sizeof(*v));
	size_t i;
	int x = 0;

	if (!v)
		return -ENOMEM;
	for (i = 0; i < n && !x; i++)
		x = bundle(r, bundles[i], &v[i]);
	r->m->cards = v;
	r->m->n_cards = n;
	return x;
}
