/* SPDX-License-Identifier: Apache-2.0 */
/*
 * encrypted - the OSCI profile of XML Encryption
 *
 * xenc:EncryptedData is read by exact children and allow lists first: AES-GCM (CBC only by policy), rsa-oaep with
 * explicit digest and MGF; rsa-1_5 is refused by its URI before a key is touched.  After that, everything that
 * goes wrong with key or ciphertext is one outcome with one text.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/text.h"
#include "wire/read.h"

#define URI_MAX 512
#define WRAPPED_MAX 1024 /* RSA 8192 bits */
#define GCM_IV_OSCI 16 /* without IvLength */

static const char *const no_attrs[] = { NULL };
static const char *const id_attrs[] = { "Id", NULL };
static const char *const algorithm_attrs[] = { "Algorithm", NULL };

struct parse {
	struct osci_encrypted *e;
	struct osci_arena *a;
	const struct osci_limits *l;
	const struct osci_policy *policy;
	struct osci_err *err;
};

int osci_decrypt_failed(struct osci_err *err)
{
	return osci_fail(err, OSCI_E_DECRYPT, "9202", "xenc:EncryptedData", "decryption failed");
}

static int refuse_alg(struct parse *p, const xmlNode *node, const char *what)
{
	return osci_wire_refuse(p->err, OSCI_E_ALGORITHM, "9202", node, "%s", what);
}

static int uri_of(struct parse *p, xmlNodePtr node, const char **uri)
{
	int r = osci_wire_attrs(node, algorithm_attrs, p->err);

	return r ? r : osci_wire_attr(p->a, node, NULL, "Algorithm", URI_MAX, true, uri, p->err);
}

/* Without IvLength the IV has 16 octets, not 12: OSCI differs from XML Encryption 1.1. */
static int iv_length(struct parse *p, xmlNodePtr node)
{
	static const char *const allowed[] = { "Value", NULL };
	const char *value;
	int r;

	r = osci_wire_attrs(node, allowed, p->err);
	if (!r)
		r = osci_wire_empty(node, p->err);
	if (!r)
		r = osci_wire_attr(p->a, node, NULL, "Value", 16, true, &value, p->err);
	if (r)
		return r;
	if (strcmp(value, "12") != 0)
		return refuse_alg(p, node, "IvLength other than 12");
	p->e->iv_len = 12;
	return 0;
}

static int block_method(struct parse *p, xmlNodePtr node)
{
	struct osci_walk w;
	xmlNodePtr iv;
	const char *uri;
	int r;

	r = uri_of(p, node, &uri);
	if (r)
		return r;
	p->e->alg = osci_alg_find(OSCI_ALG_CIPHER, uri);
	if (!p->e->alg)
		return refuse_alg(p, node, "block cipher not allowed");
	if (p->e->alg->cbc && !p->policy->allow_cbc)
		return refuse_alg(p, node, "CBC cipher, not allowed by the policy");
	p->e->iv_len = GCM_IV_OSCI;
	osci_walk_begin(&w, node, p->err);
	iv = osci_walk_take(&w, OSCI_NS_128, "IvLength");
	r = osci_walk_end(&w);
	return !r && iv ? iv_length(p, iv) : r;
}

static int key_method(struct parse *p, xmlNodePtr node, struct osci_encrypted_key *ek)
{
	struct osci_walk w;
	xmlNodePtr child;
	const char *uri;
	int r;

	r = uri_of(p, node, &uri);
	if (!r && strcmp(uri, OSCI_URI_OAEP) != 0)
		r = refuse_alg(p, node, "key transport other than rsa-oaep of XML Encryption 1.1");
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	while (!r && (child = osci_walk_any(&w))) {
		if (osci_xml_is(child, OSCI_NS_XENC11, "MGF") && !ek->mgf) {
			r = uri_of(p, child, &uri);
			if (!r && !(ek->mgf = osci_alg_find(OSCI_ALG_MGF, uri)))
				r = refuse_alg(p, child, "mask generation function not allowed");
		} else if (osci_xml_is(child, OSCI_NS_DS, "DigestMethod") && !ek->digest) {
			r = uri_of(p, child, &uri);
			if (!r && !(ek->digest = osci_alg_find(OSCI_ALG_OAEP_DIGEST, uri)))
				r = refuse_alg(p, child, "digest of rsa-oaep not allowed");
		} else {
			r = refuse_alg(p, child, "parameter of rsa-oaep not allowed");
		}
		if (!r)
			r = osci_wire_empty(child, p->err);
	}
	if (!r)
		r = osci_walk_end(&w);
	/* Without them XML Encryption means SHA-1. */
	if (!r && (!ek->mgf || !ek->digest))
		r = refuse_alg(p, node, "rsa-oaep without digest and mask generation function");
	return r;
}

static int encrypted_key(struct parse *p, xmlNodePtr node, struct osci_encrypted_key *ek)
{
	static const char *const allowed[] = { "Id", "Recipient", NULL };
	xmlNodePtr method, info, data;
	struct osci_walk w;
	int r;

	r = osci_wire_attrs(node, allowed, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	method = osci_walk_need(&w, OSCI_NS_XENC, "EncryptionMethod");
	info = osci_walk_need(&w, OSCI_NS_DS, "KeyInfo");
	data = osci_walk_need(&w, OSCI_NS_XENC, "CipherData");
	r = osci_walk_end(&w);
	if (!r)
		r = key_method(p, method, ek);
	if (!r)
		r = osci_wire_attrs(info, id_attrs, p->err);
	if (!r)
		r = osci_wire_attrs(data, no_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, info, p->err);
	ek->key_info = osci_walk_any(&w);
	if (!osci_xml_is(ek->key_info, OSCI_NS_DS, "X509Data") &&
	    !osci_xml_is(ek->key_info, OSCI_NS_DS, "RetrievalMethod"))
		return refuse_alg(p, info, "certificate of the reader expected");
	r = osci_walk_end(&w);
	if (r)
		return r;
	osci_walk_begin(&w, data, p->err);
	ek->cipher_value = osci_walk_need(&w, OSCI_NS_XENC, "CipherValue");
	r = osci_walk_end(&w);
	return r ? r : osci_wire_attrs(ek->cipher_value, no_attrs, p->err);
}

static int key_info(struct parse *p, xmlNodePtr node, bool mgmt)
{
	size_t n = osci_wire_count(node, OSCI_NS_XENC, "EncryptedKey"), i;
	struct osci_walk w;
	int r;

	r = osci_wire_attrs(node, id_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	if (mgmt && n == 0) {
		p->e->mgmt_data = osci_walk_need(&w, OSCI_NS_DS, "MgmtData");
		r = osci_walk_end(&w);
		return r ? r : osci_wire_attrs(p->e->mgmt_data, no_attrs, p->err);
	}
	if (n == 0)
		return refuse_alg(p, node, "EncryptedKey expected");
	if (n > p->l->encrypted_keys)
		return osci_wire_refuse(p->err, OSCI_E_LIMIT, "9202", node, "more than %u EncryptedKey",
					p->l->encrypted_keys);
	p->e->keys = osci_arena_alloc(p->a, n, sizeof(*p->e->keys));
	if (!p->e->keys)
		return -ENOMEM;
	p->e->n_keys = n;
	for (i = 0; i < n && !r; i++) {
		xmlNodePtr ek = osci_walk_need(&w, OSCI_NS_XENC, "EncryptedKey");

		r = ek ? encrypted_key(p, ek, &p->e->keys[i]) : w.result;
	}
	return r ? r : osci_walk_end(&w);
}

/* cid: of a part; the one base64 transform may be listed, it says nothing (the part's own head does). */
static int cipher_reference(struct parse *p, xmlNodePtr node)
{
	static const char *const allowed[] = { "URI", NULL };
	xmlNodePtr transforms, transform;
	struct osci_walk w;
	const char *uri;
	int r;

	r = osci_wire_attrs(node, allowed, p->err);
	if (!r)
		r = osci_wire_attr(p->a, node, NULL, "URI", URI_MAX, true, &uri, p->err);
	if (r)
		return r;
	if (strncmp(uri, "cid:", 4) != 0 || !uri[4])
		return refuse_alg(p, node, "CipherReference to something else than a part of the message");
	p->e->cid = uri + 4;
	osci_walk_begin(&w, node, p->err);
	transforms = osci_walk_take(&w, OSCI_NS_XENC, "Transforms");
	r = osci_walk_end(&w);
	if (r || !transforms)
		return r;
	r = osci_wire_attrs(transforms, no_attrs, p->err);
	osci_walk_begin(&w, transforms, p->err);
	transform = osci_walk_need(&w, OSCI_NS_DS, "Transform");
	if (!r)
		r = osci_walk_end(&w);
	if (!r)
		r = uri_of(p, transform, &uri);
	if (!r && strcmp(uri, OSCI_URI_BASE64) != 0)
		r = refuse_alg(p, transform, "transform outside the profile");
	return r ? r : osci_wire_empty(transform, p->err);
}

static int cipher_data(struct parse *p, xmlNodePtr node)
{
	struct osci_walk w;
	xmlNodePtr reference;
	int r;

	r = osci_wire_attrs(node, no_attrs, p->err);
	if (r)
		return r;
	osci_walk_begin(&w, node, p->err);
	reference = osci_walk_take(&w, OSCI_NS_XENC, "CipherReference");
	if (!reference)
		p->e->cipher_value = osci_walk_need(&w, OSCI_NS_XENC, "CipherValue");
	r = osci_walk_end(&w);
	if (!r && p->e->cipher_value)
		r = osci_wire_attrs(p->e->cipher_value, no_attrs, p->err);
	return !r && reference ? cipher_reference(p, reference) : r;
}

int osci_encrypted_parse(struct osci_encrypted *e, struct osci_arena *a, xmlNodePtr node, bool mgmt,
			 const struct osci_limits *l, const struct osci_policy *policy, struct osci_err *err)
{
	static const char *const allowed[] = { "Id", "MimeType", "Type", NULL };
	struct parse p = { e, a, l, policy, err };
	xmlNodePtr method, info, data;
	struct osci_walk w;
	int r;

	*e = (struct osci_encrypted){ .node = node };
	r = osci_wire_attrs(node, allowed, err);
	if (!r)
		r = osci_wire_attr(a, node, NULL, "Id", l->id_chars, false, &e->id, err);
	if (r)
		return r;
	osci_walk_begin(&w, node, err);
	method = osci_walk_need(&w, OSCI_NS_XENC, "EncryptionMethod");
	info = osci_walk_need(&w, OSCI_NS_DS, "KeyInfo");
	data = osci_walk_need(&w, OSCI_NS_XENC, "CipherData");
	r = osci_walk_end(&w);
	if (!r)
		r = block_method(&p, method);
	if (!r)
		r = key_info(&p, info, mgmt);
	return r ? r : cipher_data(&p, data);
}

int osci_encrypted_date(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			const struct osci_open_opts *opts, struct osci_err *err)
{
	const struct osci_algorithms *a = opts->policy.algorithms;
	struct osci_err cause = { 0 };
	int r;

	if (!a)
		return 0;
	r = osci_algorithms_check(a, e->alg->uri, e->alg->bits, opts->now, &cause);
	if (!r && ek)
		r = osci_algorithms_check(a, OSCI_URI_OAEP, osci_cert_bits(osci_key_cert(key)), opts->now, &cause);
	if (!r && ek)
		r = osci_algorithms_check(a, ek->digest->uri, 0, opts->now, &cause);
	if (!r && ek)
		r = osci_algorithms_check(a, ek->mgf->uri, 0, opts->now, &cause);
	return r > 0 ? osci_wire_refuse(err, r, "9202", e->node, "%s", cause.what) : r;
}

struct osci_key *osci_key_for_cert(const struct osci_open_opts *opts, const void *der, size_t len)
{
	const unsigned char *own;
	size_t i, n;

	for (i = 0; i < opts->n_keys; i++) {
		own = osci_cert_der(osci_key_cert(opts->keys[i]), &n);
		if (n == len && memcmp(own, der, len) == 0)
			return opts->keys[i];
	}
	return NULL;
}

int osci_encrypted_session(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			   unsigned char session[OSCI_SESSION_KEY_MAX])
{
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(WRAPPED_MAX);
	_cleanup_buf_ struct osci_buf found = { .max = WRAPPED_MAX, .secret = true };
	size_t wrapped_len;
	int r;

	r = osci_wire_base64(ek->cipher_value, WRAPPED_MAX, &wrapped, NULL);
	if (r < 0)
		return r;
	wrapped_len = r ? 0 : wrapped.len; /* broken base64 may have left octets behind */
	r = osci_random(session, OSCI_SESSION_KEY_MAX);
	if (r)
		return r;
	r = osci_oaep_unwrap(key, ek->digest, ek->mgf, wrapped.data ? wrapped.data : (const unsigned char *)"",
			     wrapped_len, &found, NULL);
	if (r == 0 && found.len == e->alg->bits / 8)
		memcpy(session, found.data, found.len);
	return r < 0 ? r : 0;
}

int osci_encrypted_open(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			struct osci_blob *sealed, const struct osci_limits *l, struct osci_blob **ret,
			struct osci_err *err)
{
	unsigned char session[OSCI_SESSION_KEY_MAX];
	int r = osci_encrypted_session(e, ek, key, session);

	if (!r)
		r = osci_decrypt_blob(e->alg, session, e->alg->bits / 8, e->iv_len, sealed, l->xml_bytes, NULL, ret, err);
	explicit_bzero(session, sizeof(session));
	return r > 0 ? osci_decrypt_failed(err) : r;
}
