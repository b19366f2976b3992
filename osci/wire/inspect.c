/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect - a signature taken apart; see inspect.h
 *
 * References are matched to what they cover by the reader's own means: header blocks found by position, children of
 * the container, parts by Content-ID.  Nothing is resolved by look-up in the document.
 */
#include <errno.h>

#include "wire/inspect.h"

static enum osci_holds outcome(int r)
{
	return r == 0 ? OSCI_HOLDS : r > 0 ? OSCI_HOLDS_NOT : OSCI_HOLDS_UNKNOWN;
}

/* Parses, finds the signer, checks value and trust; *@ret_refs: how many references can be looked at. */
static int begin(struct osci_seen_signature *s, struct osci_arena *a, xmlNodePtr node, bool content, unsigned roles,
		 const struct osci_message *m, const struct osci_open_opts *opts, const struct osci_limits *l)
{
	struct osci_cert *cert = NULL;
	size_t i;
	int r;

	*s = (struct osci_seen_signature){ .value = OSCI_HOLDS_UNKNOWN };
	r = osci_sig_parse(&s->sig, a, node, content, l, &s->stopped);
	if (r < 0)
		return r;
	if (r)
		s->stopped.code = r;
	s->refs = osci_arena_alloc(a, s->sig.n_refs, sizeof(*s->refs));
	if (!s->refs)
		return -ENOMEM;
	for (i = 0; i < s->sig.n_refs && s->sig.refs[i].len; i++) /* those that the parser has come to */
		s->refs[i] = (struct osci_seen_ref){ .ref = &s->sig.refs[i], .holds = OSCI_HOLDS_UNKNOWN };
	s->n_refs = i;
	if (s->stopped.code)
		return 0;
	s->signer = osci_cert_by_id(m, s->sig.cert_id);
	r = osci_sig_cert(&s->sig, m, roles, opts, &cert, &s->trust);
	if (r < 0)
		return r;
	if (r)
		s->trust.code = r;
	if (s->signer)
		s->value = outcome(osci_sig_value(&s->sig, s->signer->cert, NULL));
	return 0;
}

static int gap(struct osci_seen_signature *s, struct osci_arena *a, size_t max, const xmlNode *node, const char *cid)
{
	if (s->stopped.code) /* what the rest of it covers is not known */
		return 0;
	if (!s->gaps)
		s->gaps = osci_arena_alloc(a, max, sizeof(*s->gaps));
	if (!s->gaps)
		return -ENOMEM;
	s->gaps[s->n_gaps++] = (struct osci_seen_gap){ node, cid };
	return 0;
}

static struct osci_seen_ref *seen(struct osci_seen_signature *s, bool cid, const char *target)
{
	size_t i;

	for (i = 0; target && i < s->n_refs; i++)
		if (s->refs[i].ref->cid == cid && strcmp(s->refs[i].ref->target, target) == 0)
			return &s->refs[i];
	return NULL;
}

int osci_see_message_signature(struct osci_reader *r, struct osci_seen_signature *ret)
{
	size_t i, n = r->n_blocks + r->m->n_parts;
	struct osci_seen_ref *ref;
	xmlNodePtr node;
	int x;

	node = r->signature && r->blocks ? osci_xml_first(r->signature, NULL) : NULL;
	if (!osci_xml_is(node, OSCI_NS_DS, "Signature"))
		return OSCI_E_EMPTY;
	x = begin(ret, &r->p->arena, node, false, OSCI_ROLE_BIT(r->info->signer), r->m, r->opts, r->l);
	for (i = 0; i < r->n_blocks && !x; i++) {
		ref = seen(ret, false, r->blocks[i].id);
		if (!ref) {
			x = gap(ret, &r->p->arena, n, r->blocks[i].node, NULL);
			continue;
		}
		ref->node = r->blocks[i].node;
		ref->found = true;
		ref->holds = outcome(osci_sig_ref_node(ref->ref, r->blocks[i].node, NULL));
	}
	for (i = 0; i < r->m->n_parts && !x; i++) {
		ref = seen(ret, true, r->m->parts[i].content_id);
		if (!ref) {
			x = gap(ret, &r->p->arena, n, NULL, r->m->parts[i].content_id);
			continue;
		}
		ref->found = true;
		ref->holds = outcome(osci_sig_ref_part(ref->ref, &r->p->parts[i], NULL));
	}
	return x;
}

/* --- contents ------------------------------------------------------------------- */

static void match(struct osci_seen_ref *ref, const xmlNode *node, int r)
{
	ref->node = node;
	ref->found = true;
	ref->holds = outcome(r);
}

/* true: the child is covered. */
static bool see_child(struct osci_seen_signature *s, const struct osci_child *c, const struct osci_limits *l)
{
	struct osci_seen_ref *own = seen(s, false, c->id), *inner = seen(s, false, c->inner_id);
	struct osci_seen_ref *part = c->kind == OSCI_CHILD_ATTACHED ? seen(s, true, c->cid) : NULL;

	if (inner && c->kind == OSCI_CHILD_INLINE) {
		match(inner, c->inner,
		      inner->ref->transform == OSCI_REF_BASE64 ? osci_sig_ref_octets(inner->ref, c->data, c->len, NULL) :
								 osci_sig_ref_node(inner->ref, c->inner, NULL));
		return true;
	}
	if (own && c->kind == OSCI_CHILD_ENCRYPTED)
		match(own, c->node, osci_content_encrypted(&s->sig, c, l, NULL));
	else if (own)
		match(own, c->node, osci_sig_ref_node(own->ref, c->node, NULL));
	if (part && !part->found)
		match(part, NULL, c->part && c->part->plain ? osci_sig_ref_part(part->ref, c->part->plain, NULL) : -ENODATA);
	return own && (part || c->kind != OSCI_CHILD_ATTACHED);
}

int osci_see_content_signature(struct osci_opener *o, xmlNodePtr node, const struct osci_child *v, size_t n,
			       struct osci_seen_signature *ret)
{
	const unsigned roles = OSCI_ROLE_BIT(OSCI_SIGN_ORIGINATOR) | OSCI_ROLE_BIT(OSCI_SIGN_OTHER_AUTHOR);
	struct osci_arena *a = &o->p->arena;
	struct osci_seen_ref *ref;
	size_t i;
	int r;

	r = begin(ret, a, node, true, roles, o->m, o->opts, o->l);
	for (i = 0; i < n && !r; i++)
		/* Keys of attachments come in after signing. */
		if (v[i].kind != OSCI_CHILD_KEY && !see_child(ret, &v[i], o->l))
			r = gap(ret, a, n, v[i].node, NULL);
	ref = ret->sig.properties ? seen(ret, false, ret->sig.properties_id) : NULL;
	if (!r && ref)
		match(ref, ret->sig.properties, osci_sig_ref_node(ref->ref, ret->sig.properties, NULL));
	return r;
}

/* --- algorithms that the reader knows, and others ------------------------------------- */

const xmlNode *osci_see_method(const struct osci_seen_signature *s)
{
	xmlNodePtr node = s->sig.signed_info ? osci_xml_first(s->sig.signed_info, NULL) : NULL;

	while (node && !osci_xml_is(node, OSCI_NS_DS, "SignatureMethod"))
		node = osci_xml_next(node, NULL);
	return node;
}

/* --- encryption ------------------------------------------------------------------ */

struct osci_cert *osci_see_recipient(const struct osci_encrypted_key *ek, const struct osci_message *m,
				     const struct osci_limits *l)
{
	_cleanup_buf_ struct osci_buf der = OSCI_BUF_INIT(l->certificate_der);
	_cleanup_(osci_freep) char *uri = NULL;
	const struct osci_cert_entry *entry;
	struct osci_cert *cert = NULL;

	if (osci_xml_is(ek->key_info, OSCI_NS_DS, "X509Data")) {
		if (osci_wire_x509(ek->key_info, l, &der, NULL) || !der.len ||
		    osci_cert_from_der(&cert, der.data, der.len, NULL))
			return NULL;
		return cert;
	}
	if (!m || osci_xml_attr(ek->key_info, NULL, "URI", l->id_chars, &uri, NULL) || !uri || uri[0] != '#')
		return NULL;
	entry = osci_cert_by_id(m, uri + 1);
	return entry ? osci_cert_ref(entry->cert) : NULL;
}

int osci_see_transport(struct osci_encrypted *e, struct osci_arena *a, xmlNodePtr root, const struct osci_limits *l,
		       const struct osci_policy *policy, struct osci_err *err)
{
	xmlNodePtr body = osci_xml_first(root, NULL), data = body ? osci_xml_first(body, NULL) : NULL;

	if (!osci_xml_is(body, OSCI_NS_SOAP, "Body") || !osci_xml_is(data, OSCI_NS_XENC, "EncryptedData"))
		return OSCI_E_EMPTY;
	return osci_encrypted_parse(e, a, data, false, l, policy, err);
}
