/* SPDX-License-Identifier: Apache-2.0 */
/*
 * content_signature - signature of an author over the children of a ContentContainer
 *
 * Covered must be: every Base64Content (its decoded octets, or an element that holds it), every Content that points to
 * an attachment and the attachment's plain octets, every nested container, every EncryptedData; a signing time if
 * there is one.  The elements with attachment keys come in after signing and are left out.  Every reference must hit one
 * of these, once, or an attachment of a container nested in it: the reference implementation signs those, too.
 *
 * The reference implementation digests an EncryptedData that stands directly in a signed container without the namespace
 * declarations of its canonical form.  That form is taken, too, for exactly this kind of child: it still
 * covers every name, attribute and value, and no declaration inside is left out of it.
 */
#include <errno.h>

#include "wire/content.h"

#define ROLES (OSCI_ROLE_BIT(OSCI_SIGN_ORIGINATOR) | OSCI_ROLE_BIT(OSCI_SIGN_OTHER_AUTHOR))

static int uncovered(const struct osci_child *c, struct osci_err *err)
{
	return osci_wire_refuse(err, OSCI_E_SIGNATURE, "9601", c->node, "the content signature does not cover it");
}

/* The reference for @id over the canonical form of @node, NULL if there is none or of another form. */
static struct osci_sig_ref *element_ref(const struct osci_sig *s, const char *id)
{
	struct osci_sig_ref *ref = id ? osci_sig_find(s, false, id) : NULL;

	return ref && ref->transform == OSCI_REF_C14N ? ref : NULL;
}

static int check_element(const struct osci_sig *s, const struct osci_child *c, struct osci_err *err)
{
	struct osci_sig_ref *ref = element_ref(s, c->id);

	if (!ref)
		return uncovered(c, err);
	ref->used = true;
	return osci_sig_ref_node(ref, c->node, err);
}

static int check_inline(const struct osci_sig *s, const struct osci_child *c, struct osci_err *err)
{
	struct osci_sig_ref *ref = c->inner_id ? osci_sig_find(s, false, c->inner_id) : NULL;

	if (!ref)
		return check_element(s, c, err);
	ref->used = true;
	if (ref->transform == OSCI_REF_BASE64)
		return osci_sig_ref_octets(ref, c->data, c->len, err);
	return osci_sig_ref_node(ref, c->inner, err);
}

static int check_attached(const struct osci_sig *s, const struct osci_child *c, struct osci_err *err)
{
	struct osci_sig_ref *ref = osci_sig_find(s, true, c->cid);
	int r = check_element(s, c, err);

	if (r)
		return r;
	if (!ref)
		return uncovered(c, err);
	if (ref->used) /* several contents may share a part; its digest is taken once */
		return 0;
	ref->used = true;
	return osci_sig_ref_part(ref, c->part->plain, err);
}

/* Takes the declarations out of the start tag that begins @c14n: they stand first in it, behind the name. */
static void strip_declarations(const struct osci_buf *c14n, struct osci_buf *out)
{
	const char *p = (const char *)c14n->data, *end = p + c14n->len, *quote;
	size_t name = strcspn(p, " >");

	osci_buf_add(out, p, name);
	p += name;
	while (strncmp(p, " xmlns=\"", 8) == 0 || strncmp(p, " xmlns:", 7) == 0) {
		quote = strchr(p, '"');
		quote = quote ? strchr(quote + 1, '"') : NULL;
		if (!quote)
			break;
		p = quote + 1;
	}
	osci_buf_add(out, p, (size_t)(end - p));
}

int osci_content_encrypted(const struct osci_sig *s, const struct osci_child *c, const struct osci_limits *l,
			   struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf c14n = OSCI_BUF_INIT(2 * l->xml_bytes), bare = OSCI_BUF_INIT(2 * l->xml_bytes);
	struct osci_sig_ref *ref = element_ref(s, c->id);
	int r = check_element(s, c, err);

	if (r != OSCI_E_SIGNATURE || !ref)
		return r;
	r = osci_c14n_node(c->node, &c14n, err);
	if (r)
		return r;
	strip_declarations(&c14n, &bare);
	if (osci_buf_error(&bare))
		return osci_buf_error(&bare);
	return osci_sig_ref_octets(ref, bare.data, bare.len, err);
}

static int check_child(const struct osci_sig *s, const struct osci_child *c, const struct osci_limits *l,
		       struct osci_err *err)
{
	switch (c->kind) {
	case OSCI_CHILD_INLINE:
		return check_inline(s, c, err);
	case OSCI_CHILD_ATTACHED:
		return check_attached(s, c, err);
	case OSCI_CHILD_NESTED:
		return check_element(s, c, err);
	case OSCI_CHILD_ENCRYPTED:
		return osci_content_encrypted(s, c, l, err);
	case OSCI_CHILD_KEY:
		break;
	}
	return 0;
}

static int check_properties(const struct osci_sig *s, struct osci_err *err)
{
	struct osci_sig_ref *ref;

	if (!s->properties)
		return 0;
	ref = element_ref(s, s->properties_id);
	if (!ref)
		return osci_wire_refuse(err, OSCI_E_SIGNATURE, "9601", s->properties,
					"the content signature does not cover it");
	ref->used = true;
	return osci_sig_ref_node(ref, s->properties, err);
}

/* Everything the signature refers to is covered by what was checked, or by a content further inside. */
static int check_rest(struct osci_opener *o, const struct osci_sig *s, const xmlNode *container)
{
	size_t i;
	int r = 0;

	for (i = 0; i < s->n_refs && !r; i++) {
		const struct osci_sig_ref *ref = &s->refs[i];

		if (!ref->used && (!ref->cid || osci_sig_find(s, true, ref->target) != ref))
			r = osci_wire_refuse(o->err, OSCI_E_SIGNATURE, "9601", ref->node,
					     "reference to something that is no child of the container, or twice");
		else if (!ref->used)
			r = osci_parts_due(o, container, ref);
		else if (ref->properties && strcmp(ref->target, s->properties_id ? s->properties_id : "") != 0)
			r = osci_wire_refuse(o->err, OSCI_E_SIGNATURE, "9601", ref->node,
					     "it does not refer to signed properties");
	}
	return r;
}

int osci_content_signature(struct osci_opener *o, xmlNodePtr node, const struct osci_child *children, size_t n,
			   struct osci_signature *ret)
{
	struct osci_message_priv *m = o->m->priv;
	struct osci_cert *cert = NULL;
	struct osci_sig s;
	size_t i;
	int r;

	if (m->n_signatures >= o->l->signatures)
		return osci_wire_refuse(o->err, OSCI_E_LIMIT, "9601", node, "more than %u signatures", o->l->signatures);
	m->n_signatures++;
	r = osci_sig_parse(&s, &o->p->arena, node, true, o->l, o->err);
	if (!r && s.n_refs > o->l->references_message - m->n_references)
		r = osci_wire_refuse(o->err, OSCI_E_LIMIT, "9601", node, "more than %u references in all signatures",
				     o->l->references_message);
	if (!r)
		m->n_references += s.n_refs;
	if (!r)
		r = osci_sig_cert(&s, o->m, ROLES, o->opts, &cert, o->err);
	if (r)
		return r;
	ret->status = OSCI_SIG_BAD;
	ret->algorithm = s.alg->uri;
	ret->cert = cert;
	r = osci_sig_value(&s, cert, o->err);
	for (i = 0; i < n && !r; i++)
		r = check_child(&s, &children[i], o->l, o->err);
	if (!r)
		r = check_properties(&s, o->err);
	if (!r)
		r = check_rest(o, &s, node->parent);
	if (!r)
		ret->status = OSCI_SIG_VALID;
	return r;
}
