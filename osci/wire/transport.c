/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport - the envelope of an encrypted message
 *
 * Body with one EncryptedData that holds its key for the certificate it contains, and refers to the second of
 * exactly two parts.  Keys are found by the octets of the certificate: none of ours is 9200, everything else that
 * goes wrong with the ciphertext 9202.
 */
#include <errno.h>

#include "wire/read.h"

static int find_key(const struct osci_encrypted *e, const struct osci_open_opts *opts, const struct osci_limits *l,
		    const struct osci_encrypted_key **ek, struct osci_key **key, struct osci_err *err)
{
	size_t i;
	int r;

	*key = NULL;
	for (i = 0; i < e->n_keys && !*key; i++) {
		_cleanup_buf_ struct osci_buf der = OSCI_BUF_INIT(l->certificate_der);

		if (!osci_xml_is(e->keys[i].key_info, OSCI_NS_DS, "X509Data"))
			return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", e->keys[i].key_info,
						"the certificate itself is expected here");
		r = osci_wire_x509(e->keys[i].key_info, l, &der, err);
		if (r)
			return r;
		*key = osci_key_for_cert(opts, der.data ? der.data : (const unsigned char *)"", der.len);
		*ek = &e->keys[i];
	}
	if (!*key)
		return osci_wire_refuse(err, OSCI_E_NO_KEY, "9200", e->node,
					"encrypted for a certificate that we have no key for");
	return 0;
}

static int check_revoked(const struct osci_key *key, xmlNodePtr data, const struct osci_open_opts *opts,
			 struct osci_err *err)
{
	struct osci_trust_state state = { 0 };
	int r = opts->trust ? osci_trust_state(opts->trust, osci_key_cert(key), OSCI_USE_ENCRYPT, opts->now, &state) : 0;

	if (r || state.revocation.status != OSCI_REVOCATION_REVOKED)
		return r;
	return osci_wire_refuse(err, OSCI_E_REVOKED, "9201", data, "encrypted for a certificate of ours that is revoked");
}

static int read_data(struct osci_transport *t, struct osci_arena *a, xmlNodePtr data, const struct osci_mime *mime,
		     const struct osci_open_opts *opts, const struct osci_limits *l, struct osci_err *err)
{
	int r = osci_encrypted_parse(&t->e, a, data, false, l, &opts->policy, err);

	if (r)
		return r;
	if (!t->e.cid || mime->n_parts != 2 || strcmp(mime->parts[1].head.content_id, t->e.cid) != 0)
		return osci_wire_refuse(err, OSCI_E_MALFORMED, "9100", data,
					"it has to refer to the second of two parts");
	r = find_key(&t->e, opts, l, &t->ek, &t->key, err);
	if (!r && opts->policy.refuse_revoked_key)
		r = check_revoked(t->key, data, opts, err);
	return r ? r : osci_encrypted_date(&t->e, t->ek, t->key, opts, err);
}

int osci_transport_read(struct osci_transport *t, struct osci_arena *a, xmlNodePtr root, const struct osci_mime *mime,
			const struct osci_open_opts *opts, const struct osci_limits *l, struct osci_err *err)
{
	static const char *const allowed[] = { "Id", NULL };
	struct osci_ids ids = { 0 };
	xmlNodePtr body, data = NULL;
	struct osci_walk w;
	int r;

	osci_walk_begin(&w, root, err);
	body = osci_walk_need(&w, OSCI_NS_SOAP, "Body");
	r = osci_walk_end(&w);
	if (!r)
		r = osci_wire_attrs(body, allowed, err);
	if (!r) {
		osci_walk_begin(&w, body, err);
		data = osci_walk_need(&w, OSCI_NS_XENC, "EncryptedData");
		r = osci_walk_end(&w);
	}
	if (!r)
		r = osci_ids_build(&ids, a, root, true, l, err);
	return r ? r : read_data(t, a, data, mime, opts, l, err);
}

int osci_transport_open(xmlNodePtr root, const struct osci_mime *mime, const struct osci_open_opts *opts,
			const struct osci_limits *l, const struct osci_arrived *arrived, struct osci_blob **ret,
			struct osci_suite *suite, bool *cbc, struct osci_err *err)
{
	struct osci_arena arena = { 0 };
	struct osci_transport t = { .key = NULL };
	int r = osci_transport_read(&t, &arena, root, mime, opts, l, err);

	if (!r) {
		suite->cipher = t.e.alg->uri;
		suite->iv_octets = t.e.alg->cbc ? 0 : (unsigned)t.e.iv_len;
		suite->oaep_digest = t.ek->digest->uri;
		suite->oaep_mgf = t.ek->mgf->uri;
		*cbc = t.e.alg->cbc;
		if (!arrived || arrived->key != t.key)
			r = osci_encrypted_open(&t.e, t.ek, t.key, mime->parts[1].blob, l, ret, err);
		else if (!arrived->inside.octets)
			r = osci_decrypt_failed(err);
		else
			*ret = osci_blob_ref(arrived->inside.octets);
	}
	osci_arena_free(&arena);
	return r;
}
