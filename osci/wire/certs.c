/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs - IntermediaryCertificates and NonIntermediaryCertificates
 *
 * Peers write the signature certificates of addressee and other authors in either order, so the order inside a
 * block is free; which roles a type may carry, which it must, and how many of each, is not.
 */
#include <errno.h>
#include <stdlib.h>

#include "wire/read.h"

#define ROLES (OSCI_SIGN_INTERMEDIARY + 1)

static int role_of(const xmlNode *node)
{
	int role;

	for (role = 0; role < ROLES; role++)
		if (osci_xml_is(node, OSCI_NS_OSCI, osci_role_element((enum osci_role)role)))
			return role;
	return -1;
}

static int hold(struct osci_reader *r, struct osci_cert *cert)
{
	struct osci_cert **held = reallocarray(r->p->held, r->p->n_held + 1, sizeof(*held));

	if (!held) {
		osci_cert_unref(cert);
		return -ENOMEM;
	}
	r->p->held = held;
	held[r->p->n_held++] = cert;
	return 0;
}

static int read_one(struct osci_reader *r, xmlNodePtr node, enum osci_role role, struct osci_cert_entry *ret)
{
	static const char *const allowed[] = { "Id", NULL };
	_cleanup_buf_ struct osci_buf der = OSCI_BUF_INIT(r->l->certificate_der);
	struct osci_err cause = { 0 };
	struct osci_cert *cert = NULL;
	struct osci_walk w;
	xmlNodePtr x509;
	int x;

	x = osci_wire_attrs(node, allowed, r->err);
	if (!x)
		x = osci_wire_attr(&r->p->arena, node, NULL, "Id", r->l->id_chars, false, &ret->id, r->err);
	if (x)
		return x;
	osci_walk_begin(&w, node, r->err);
	x509 = osci_walk_need(&w, OSCI_NS_DS, "X509Data");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_wire_x509(x509, r->l, &der, r->err);
	if (x)
		return x;
	x = osci_cert_from_der(&cert, der.data, der.len, &cause);
	if (x < 0)
		return x;
	if (x)
		return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "certificate refused: %s", cause.what);
	if (!ret->id)
		ret->id = "";
	ret->role = role;
	ret->cert = cert;
	return hold(r, cert);
}

static int read_block(struct osci_reader *r, xmlNodePtr block, bool intermediary, struct osci_cert_entry *v, size_t *n)
{
	struct osci_walk w;
	xmlNodePtr node;
	size_t i;
	int x = 0;

	if (!block)
		return 0;
	osci_walk_begin(&w, block, r->err);
	while (!x && (node = osci_walk_any(&w))) {
		int role = role_of(node);

		if (role < 0 || !(r->info->roles_may & OSCI_ROLE_BIT(role)) ||
		    osci_role_intermediary((enum osci_role)role) != intermediary)
			return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node,
						"certificate that this message type does not have here");
		for (i = 0; i < *n; i++)
			if (v[i].role == (enum osci_role)role && !osci_role_many((enum osci_role)role))
				return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100", node, "second one, one is allowed");
		if (*n == r->l->certificates)
			return osci_wire_refuse(r->err, OSCI_E_LIMIT, "9100", node, "more than %u certificates",
						r->l->certificates);
		x = read_one(r, node, (enum osci_role)role, &v[*n]);
		(*n)++;
	}
	return x ? x : osci_walk_end(&w);
}

int osci_read_certs(struct osci_reader *r)
{
	struct osci_cert_entry *v = osci_arena_alloc(&r->p->arena, r->l->certificates, sizeof(*v));
	unsigned seen = 0;
	size_t n = 0, i;
	int x, role;

	if (!v)
		return -ENOMEM;
	x = read_block(r, r->intermediary_certs, true, v, &n);
	if (!x)
		x = read_block(r, r->other_certs, false, v, &n);
	if (x)
		return x;
	r->m->certs = v;
	r->m->n_certs = n;
	for (i = 0; i < n; i++)
		seen |= OSCI_ROLE_BIT(v[i].role);
	for (role = 0; role < ROLES; role++)
		if (r->info->roles_must & ~seen & OSCI_ROLE_BIT(role))
			return osci_wire_refuse(r->err, OSCI_E_MALFORMED, "9100",
						r->other_certs ? r->other_certs : r->header, "%s is missing",
						osci_role_element((enum osci_role)role));
	return 0;
}

const struct osci_cert_entry *osci_cert_by_id(const struct osci_message *m, const char *id)
{
	size_t i;

	for (i = 0; i < m->n_certs; i++)
		if (m->certs[i].id[0] && strcmp(m->certs[i].id, id) == 0)
			return &m->certs[i];
	return NULL;
}

struct osci_cert *osci_message_cert(const struct osci_message *m, enum osci_role role)
{
	size_t i;

	for (i = 0; i < m->n_certs; i++)
		if (m->certs[i].role == role)
			return m->certs[i].cert;
	return NULL;
}
