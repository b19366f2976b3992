/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signature - the OSCI profile of XML Signature
 *
 * osci_sig_parse() decides from the text alone: exact children, algorithms from the allow list, reference forms
 * "#NCName" and "cid:", transforms.  Only then is a certificate looked up (one RetrievalMethod, among the
 * certificates of this message, of the right role), trusted, and only then is anything computed, over nodes
 * that the caller holds.  No reference is ever resolved by a library.
 */
#include <errno.h>
#include <stdlib.h>

#include <libxml/tree.h>
#include <openssl/crypto.h>

#include "wire/read.h"

#define URI_MAX 512
#define SIGNATURE_VALUE_MAX 1024 /* RSA 8192 bits */
#define URI_SIGNED_PROPERTIES "http://uri.etsi.org/01903#SignedProperties"

static const char *const no_attrs[] = { NULL };
static const char *const id_attrs[] = { "Id", NULL };

struct parse {
	struct osci_sig *s;
	struct osci_arena *a;
	const struct osci_limits *l;
	bool content;
	struct osci_err *err;
};

static int refuse_alg(struct parse *p, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(p->err, OSCI_E_ALGORITHM, "9601", node, "%s", what);
}

/* Element with @Algorithm and nothing else. */
static int algorithm(struct parse *p, xmlNodePtr node, const char **uri)
{
	static const char *const allowed[] = { "Algorithm", NULL };
	struct osci_err cause = { 0 };
	int r;

	r = osci_wire_attr(p->a, node, NULL, "Algorithm", URI_MAX, true, uri, p->err);
	/* Parameters (HMACOutputLength, XPath, InclusiveNamespaces ...) exist in no algorithm of the profile. */
	if (!r && (osci_wire_attrs(node, allowed, &cause) || osci_wire_empty(node, &cause)))
		r = refuse_alg(p, node, "algorithm with parameters");
	return r;
}

static int transforms(struct parse *p, xmlNodePtr node, struct osci_sig_ref *ref)
{
	struct osci_walk w;
	xmlNodePtr t;
	const char *uri;
	int r;

	r = osci_wire_attrs(node, no_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	t = osci_walk_need(&w, OSCI_NS_DS, "Transform");
	if (t && w.at)
		return refuse_alg(p, node, "more than one transform");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attr(p->a, t, NULL, "Algorithm", URI_MAX, true, &uri, p->err);
	if (r)
		return r;
	if (strcmp(uri, OSCI_URI_C14N) == 0)
		ref->transform = OSCI_REF_C14N;
	else if (strcmp(uri, OSCI_URI_BASE64) == 0 && p->content)
		ref->transform = OSCI_REF_BASE64;
	else
		return refuse_alg(p, t, "transform outside the profile");
	return algorithm(p, t, &uri);
}

/* "#NCName" or "cid:..." and no other form: no empty URI, no XPointer, no address, nothing escaped. */
static int reference_uri(struct parse *p, xmlNodePtr node, struct osci_sig_ref *ref)
{
	const char *uri;
	int r;

	r = osci_wire_attr(p->a, node, NULL, "URI", URI_MAX, false, &uri, p->err);
	if (r)
		return r;
	if (uri && uri[0] == '#' && xmlValidateNCName((const xmlChar *)uri + 1, 0) == 0) {
		ref->target = uri + 1;
		ref->transform = OSCI_REF_C14N;
	} else if (uri && strncmp(uri, "cid:", 4) == 0 && uri[4]) {
		ref->cid = true;
		ref->target = uri + 4;
	} else {
		return refuse_alg(p, node, "reference URI outside the profile");
	}
	return 0;
}

static int reference(struct parse *p, xmlNodePtr node, struct osci_sig_ref *ref)
{
	static const char *const allowed[] = { "URI", "Type", NULL };
	_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(OSCI_DIGEST_MAX);
	xmlNodePtr t, method, digest;
	const char *uri, *type;
	struct osci_walk w;
	int r;

	ref->node = node;
	r = osci_wire_attrs(node, allowed, p->err);
	if (!r)
		r = osci_wire_attr(p->a, node, NULL, "Type", URI_MAX, false, &type, p->err);
	if (!r)
		r = reference_uri(p, node, ref);
	if (r)
		return r;
	if (type && (!p->content || strcmp(type, URI_SIGNED_PROPERTIES) != 0))
		return refuse_alg(p, node, "reference type outside the profile");
	ref->properties = type != NULL;
	osci_walk_begin(&w, node, p->err);
	t = osci_walk_take(&w, OSCI_NS_DS, "Transforms");
	method = osci_walk_need(&w, OSCI_NS_DS, "DigestMethod");
	digest = osci_walk_need(&w, OSCI_NS_DS, "DigestValue");
	r = osci_walk_end(&w);
	if (!r && t && ref->cid)
		r = refuse_alg(p, t, "transform on an attachment");
	if (!r && t)
		r = transforms(p, t, ref);
	if (!r)
		r = algorithm(p, method, &uri);
	if (!r && !(ref->digest = osci_alg_find(OSCI_ALG_DIGEST, uri)))
		r = refuse_alg(p, method, "digest algorithm not allowed");
	if (!r)
		r = osci_wire_attrs(digest, no_attrs, p->err);
	if (!r)
		r = osci_wire_base64(digest, sizeof(ref->value), &value, p->err);
	if (r)
		return r;
	if (value.len != ref->digest->bits / 8)
		return osci_wire_refuse(p->err, OSCI_E_SIGNATURE, "9601", digest, "digest has the wrong length");
	memcpy(ref->value, value.data, value.len);
	ref->len = value.len;
	return 0;
}

static int signed_info(struct parse *p)
{
	xmlNodePtr node = p->s->signed_info, c14n, method;
	struct osci_walk w;
	const char *uri;
	size_t n, i;
	int r;

	r = osci_wire_attrs(node, id_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	c14n = osci_walk_need(&w, OSCI_NS_DS, "CanonicalizationMethod");
	method = osci_walk_need(&w, OSCI_NS_DS, "SignatureMethod");
	if (w.result)
		return w.result;
	r = algorithm(p, c14n, &uri);
	if (!r && strcmp(uri, OSCI_URI_C14N) != 0)
		r = refuse_alg(p, c14n, "canonicalisation other than inclusive C14N 1.0 without comments");
	if (!r)
		r = osci_wire_attr(p->a, method, NULL, "Algorithm", URI_MAX, true, &uri, p->err);
	if (!r && !(p->s->alg = osci_alg_find(OSCI_ALG_SIGN, uri)))
		r = refuse_alg(p, method, "signature algorithm not allowed");
	if (!r)
		r = algorithm(p, method, &uri);
	if (r)
		return r;
	n = osci_wire_count(node, OSCI_NS_DS, "Reference");
	if (n > p->l->references)
		return osci_wire_refuse(p->err, OSCI_E_LIMIT, "9602", node, "more than %u references", p->l->references);
	if (n == 0)
		return osci_wire_refuse(p->err, OSCI_E_SIGNATURE, "9602", node, "signature without references");
	p->s->refs = osci_arena_alloc(p->a, n, sizeof(*p->s->refs));
	if (!p->s->refs)
		return -ENOMEM;
	p->s->n_refs = n;
	for (i = 0; i < n && !r; i++) {
		xmlNodePtr ref = osci_walk_need(&w, OSCI_NS_DS, "Reference");

		r = ref ? reference(p, ref, &p->s->refs[i]) : w.result;
	}
	return r ? r : osci_walk_end(&w);
}

static int signature_value(struct parse *p, xmlNodePtr node)
{
	_cleanup_buf_ struct osci_buf value = OSCI_BUF_INIT(SIGNATURE_VALUE_MAX);
	int r;

	r = osci_wire_attrs(node, id_attrs, p->err);
	if (!r)
		r = osci_wire_base64(node, SIGNATURE_VALUE_MAX, &value, p->err);
	if (r)
		return r;
	if (value.len == 0)
		return osci_wire_refuse(p->err, OSCI_E_SIGNATURE, "9601", node, "empty signature value");
	p->s->value_len = value.len;
	p->s->value = (unsigned char *)osci_arena_copy(p->a, value.data, value.len);
	return p->s->value ? 0 : -ENOMEM;
}

/* Exactly one RetrievalMethod "#certId": a hint where the certificate stands, never trust. */
static int key_info(struct parse *p, xmlNodePtr node)
{
	static const char *const allowed[] = { "URI", "Type", NULL };
	struct osci_err cause = { 0 };
	const char *uri, *type;
	struct osci_walk w;
	xmlNodePtr method;
	int r;

	r = osci_wire_attrs(node, id_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, &cause);
	method = osci_walk_need(&w, OSCI_NS_DS, "RetrievalMethod");
	if (osci_walk_end(&w) || osci_wire_attrs(method, allowed, &cause) || osci_wire_empty(method, &cause))
		return refuse_alg(p, node, "KeyInfo is not one plain RetrievalMethod");
	r = osci_wire_attr(p->a, method, NULL, "Type", URI_MAX, false, &type, p->err);
	if (!r)
		r = osci_wire_attr(p->a, method, NULL, "URI", URI_MAX, true, &uri, p->err);
	if (r)
		return r;
	if ((type && strcmp(type, OSCI_TYPE_X509DATA) != 0) || uri[0] != '#' ||
	    xmlValidateNCName((const xmlChar *)uri + 1, 0) != 0)
		return refuse_alg(p, method, "RetrievalMethod does not point to a certificate of this message");
	p->s->cert_id = uri + 1;
	return 0;
}

/* ds:Object with the XAdES signing time, as the reference implementation writes it. */
static int object(struct parse *p, xmlNodePtr node)
{
	static const char *const qualifying_attrs[] = { "Target", "Id", NULL };
	xmlNodePtr qualifying, properties, signature_properties, time;
	struct osci_walk w;
	const char *text;
	int r;

	r = osci_wire_attrs(node, id_attrs, p->err);
	osci_walk_begin(&w, node, p->err);
	qualifying = osci_walk_need(&w, OSCI_NS_XADES, "QualifyingProperties");
	if (!r)
		r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(qualifying, qualifying_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, qualifying, p->err);
	properties = osci_walk_need(&w, OSCI_NS_XADES, "SignedProperties");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(properties, id_attrs, p->err);
	if (!r)
		r = osci_wire_attr(p->a, properties, NULL, "Id", p->l->id_chars, true, &p->s->properties_id, p->err);
	if (r)
		return r;
	p->s->properties = properties;
	osci_walk_begin(&w, properties, p->err);
	signature_properties = osci_walk_need(&w, OSCI_NS_XADES, "SignedSignatureProperties");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(signature_properties, id_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, signature_properties, p->err);
	time = osci_walk_need(&w, OSCI_NS_XADES, "SigningTime");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(time, no_attrs, p->err);
	if (!r)
		r = osci_wire_text(p->a, time, 64, &text, p->err);
	return r ? r : osci_wire_datetime(time, text, p->err);
}

int osci_sig_parse(struct osci_sig *s, struct osci_arena *a, xmlNodePtr signature, bool content,
		   const struct osci_limits *l, struct osci_err *err)
{
	struct parse p = { s, a, l, content, err };
	xmlNodePtr value, info, obj;
	struct osci_walk w;
	int r;

	*s = (struct osci_sig){ .node = signature };
	r = osci_wire_attrs(signature, id_attrs, err);
	if (r)
		return r;
	osci_walk_begin(&w, signature, err);
	s->signed_info = osci_walk_need(&w, OSCI_NS_DS, "SignedInfo");
	value = osci_walk_need(&w, OSCI_NS_DS, "SignatureValue");
	info = osci_walk_need(&w, OSCI_NS_DS, "KeyInfo");
	obj = content ? osci_walk_take(&w, OSCI_NS_DS, "Object") : NULL;
	r = osci_walk_end(&w);
	if (!r)
		r = signed_info(&p);
	if (!r)
		r = signature_value(&p, value);
	if (!r)
		r = key_info(&p, info);
	if (!r && obj)
		r = object(&p, obj);
	return r;
}

/* At the nearest moment inside its validity period, where the caller judges the period himself. */
static int check_signer(const struct osci_open_opts *opts, const struct osci_cert *cert, struct osci_err *cause)
{
	int64_t now = opts->now;

	if (opts->policy.accept_outside_period && now < osci_cert_not_before(cert))
		now = osci_cert_not_before(cert);
	else if (opts->policy.accept_outside_period && now >= osci_cert_not_after(cert))
		now = osci_cert_not_after(cert) - 1; /* OpenSSL counts the last second out */
	return osci_trust_check(opts->trust, cert, OSCI_USE_SIGN, now, cause);
}

/* The calendar of algorithms, on the key and on every digest. */
static int in_date(const struct osci_sig *s, const struct osci_cert *cert, const struct osci_open_opts *opts,
		   struct osci_err *err)
{
	const struct osci_algorithms *a = opts->policy.algorithms;
	const struct osci_alg *last = NULL;
	struct osci_err cause = { 0 };
	size_t i;
	int r;

	if (!a)
		return 0;
	r = osci_algorithms_check(a, s->alg->uri, osci_cert_bits(cert), opts->now, &cause);
	for (i = 0; i < s->n_refs && !r; i++) {
		if (s->refs[i].digest != last)
			r = osci_algorithms_check(a, s->refs[i].digest->uri, 0, opts->now, &cause);
		last = s->refs[i].digest;
	}
	return r > 0 ? osci_wire_refuse(err, r, "9601", s->node, "%s", cause.what) : r;
}

int osci_sig_cert(const struct osci_sig *s, const struct osci_message *m, unsigned roles,
		  const struct osci_open_opts *opts, struct osci_cert **ret, struct osci_err *err)
{
	const struct osci_cert_entry *entry = osci_cert_by_id(m, s->cert_id);
	struct osci_err cause = { 0 };
	int r;

	if (!entry)
		return osci_wire_refuse(err, OSCI_E_SIGNATURE, "9601", s->node,
					"the certificate that it names is not in the message");
	if (!(OSCI_ROLE_BIT(entry->role) & roles))
		return osci_wire_refuse(err, OSCI_E_SIGNATURE, "9601", s->node, "it names a %s, which does not sign here",
					osci_role_element(entry->role));
	if (!opts->trust)
		return osci_wire_refuse(err, OSCI_E_UNTRUSTED, "9700", s->node, "no trusted certificates are configured");
	r = in_date(s, entry->cert, opts, err);
	if (r)
		return r;
	r = check_signer(opts, entry->cert, &cause);
	if (r > 0)
		return osci_wire_refuse(err, r, cause.feedback[0] ? cause.feedback : "9700", s->node, "signer: %s",
					cause.what);
	*ret = entry->cert;
	return r;
}

struct osci_sig_ref *osci_sig_find(const struct osci_sig *s, bool cid, const char *target)
{
	size_t i;

	for (i = 0; i < s->n_refs; i++)
		if (s->refs[i].cid == cid && strcmp(s->refs[i].target, target) == 0)
			return &s->refs[i];
	return NULL;
}

static int compare(const struct osci_sig_ref *ref, const unsigned char *digest, size_t len, struct osci_err *err)
{
	if (len != ref->len || CRYPTO_memcmp(digest, ref->value, len) != 0)
		return osci_wire_refuse(err, OSCI_E_SIGNATURE, "9601", ref->node, "digest of what it refers to is another");
	return 0;
}

int osci_sig_ref_octets(const struct osci_sig_ref *ref, const void *data, size_t len, struct osci_err *err)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;
	int r;

	r = osci_digest(ref->digest, data, len, digest, &n);
	return r ? r : compare(ref, digest, n, err);
}

int osci_sig_ref_part(const struct osci_sig_ref *ref, struct osci_part *part, struct osci_err *err)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	bool keep = strcmp(ref->digest->uri, OSCI_URI_SHA256) == 0;
	size_t n;
	int r;

	if (keep && part->hashed)
		return compare(ref, part->sha256, sizeof(part->sha256), err);
	r = osci_digest_blob(ref->digest, part->blob, digest, &n, err);
	if (r)
		return r;
	if (keep) {
		memcpy(part->sha256, digest, sizeof(part->sha256));
		part->hashed = true;
	}
	return compare(ref, digest, n, err);
}

int osci_sig_ref_node(const struct osci_sig_ref *ref, xmlNodePtr node, struct osci_err *err)
{
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t n;
	int r;

	r = osci_digest_node(ref->digest, node, digest, &n, err);
	return r ? r : compare(ref, digest, n, err);
}

int osci_sig_value(const struct osci_sig *s, const struct osci_cert *cert, struct osci_err *err)
{
	struct osci_err cause = { 0 };
	int r;

	r = osci_verify_node(cert, s->alg, s->signed_info, s->value, s->value_len, &cause);
	if (r > 0)
		return osci_wire_refuse(err, r, "9601", s->node, "%s", cause.what[0] ? cause.what : "signature is wrong");
	return r;
}

/* --- the message signature --------------------------------------------- */

/* All header blocks but the signature block, the Body, all attachments: each exactly once, nothing else. */
static int coverage(struct osci_reader *r, const struct osci_sig *s)
{
	size_t i, expected = r->n_blocks + r->m->n_parts;
	struct osci_sig_ref *ref;

	for (i = 0; i < expected; i++) {
		bool cid = i >= r->n_blocks;

		ref = osci_sig_find(s, cid,
				    cid ? r->m->parts[i - r->n_blocks].content_id : r->blocks[i].id);
		if (!ref && cid)
			return osci_fail(r->err, OSCI_E_SIGNATURE, "9602", "attachment",
					 "the message signature does not cover it");
		if (!ref)
			return osci_wire_refuse(r->err, OSCI_E_SIGNATURE, "9602", r->blocks[i].node,
						"the message signature does not cover it");
		ref->used = true;
	}
	for (i = 0; i < s->n_refs; i++)
		if (!s->refs[i].used)
			return osci_wire_refuse(r->err, OSCI_E_SIGNATURE, "9602", s->refs[i].node,
						"reference to something that is not a part of the message");
	if (s->n_refs != expected)
		return osci_wire_refuse(r->err, OSCI_E_SIGNATURE, "9602", s->node, "a part is referenced twice");
	return 0;
}

static int digests(struct osci_reader *r, const struct osci_sig *s)
{
	size_t i;
	int x = 0;

	for (i = 0; i < r->n_blocks && !x; i++)
		x = osci_sig_ref_node(osci_sig_find(s, false, r->blocks[i].id), r->blocks[i].node, r->err);
	for (i = 0; i < r->m->n_parts && !x; i++)
		x = osci_sig_ref_part(osci_sig_find(s, true, r->m->parts[i].content_id), &r->p->parts[i], r->err);
	return x;
}

static int unsigned_message(struct osci_reader *r)
{
	if (r->opts->policy.require_signature || r->opts->signer)
		return osci_wire_refuse(r->err, OSCI_E_UNSIGNED, "9600", r->header, "the message is not signed");
	return 0;
}

int osci_read_signature(struct osci_reader *r)
{
	struct osci_cert *cert = NULL;
	struct osci_walk w;
	struct osci_sig s;
	xmlNodePtr node;
	int x;

	if (!r->signature)
		return unsigned_message(r);
	osci_walk_begin(&w, r->signature, r->err);
	node = osci_walk_need(&w, OSCI_NS_DS, "Signature");
	x = osci_walk_end(&w);
	if (!x)
		x = osci_sig_parse(&s, &r->p->arena, node, false, r->l, r->err);
	if (!x && s.n_refs > r->l->references_message)
		x = osci_wire_refuse(r->err, OSCI_E_LIMIT, "9602", node, "more than %u references", r->l->references_message);
	if (!x)
		x = coverage(r, &s);
	if (!x)
		x = osci_sig_cert(&s, r->m, OSCI_ROLE_BIT(r->info->signer), r->opts, &cert, r->err);
	if (!x && r->opts->signer && !osci_cert_equal(cert, r->opts->signer))
		x = osci_wire_refuse(r->err, OSCI_E_UNTRUSTED, "9700", node, "signed by another certificate than demanded");
	if (!x)
		x = osci_sig_value(&s, cert, r->err);
	if (!x)
		x = digests(r, &s);
	if (x)
		return x;
	r->p->n_signatures++;
	r->p->n_references = s.n_refs;
	r->m->signature.status = OSCI_SIG_VALID;
	r->m->signature.algorithm = s.alg->uri;
	r->m->signature.cert = cert;
	r->m->suite.signature = s.alg->uri;
	r->m->suite.digest = s.refs[0].digest->uri; /* coverage() wants the Body at least */
	return 0;
}
