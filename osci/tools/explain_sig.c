/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain_sig - signatures and encryption, taken apart
 *
 * "holds" is about octets, "trusted" about the signer, "valid" is both and coverage.
 */
#include <string.h>

#include "base/text.h"
#include "tools/explain.h"

#define RSA_SMALL 3072 /* bits */
#define URI_MAX 512

json_t *node_json(const xmlNode *node)
{
	char path[OSCI_ERR_WHERE_MAX];

	if (!node)
		return json_null();
	osci_xml_path(node, path, sizeof(path));
	return json_string(path);
}

json_t *alg_json(const struct osci_alg *alg)
{
	return jtext(alg ? alg->name : NULL);
}

json_t *holds_json(enum osci_holds holds)
{
	return holds == OSCI_HOLDS_UNKNOWN ? json_null() : json_boolean(holds == OSCI_HOLDS);
}

/* As the message has it, whatever it is. */
static json_t *uri_json(const xmlNode *method)
{
	_cleanup_(osci_freep) char *uri = NULL;

	if (!method || osci_xml_attr(method, NULL, "Algorithm", URI_MAX, &uri, NULL))
		return json_null();
	return jtext(uri);
}

/* Enough to know which one it is. */
static json_t *brief_json(struct explain *x, const struct osci_cert *cert)
{
	json_t *o = json_object();

	jput(o, "subject", jtext(osci_cert_subject(cert)), &x->ok);
	jput(o, "not_after", jtime(osci_cert_not_after(cert)), &x->ok);
	jput(o, "key", json_string(osci_cert_is_rsa(cert) ? "RSA" : "EC"), &x->ok);
	jput(o, "bits", jnumber(osci_cert_bits(cert)), &x->ok);
	jput(o, "sha256", jtext(osci_cert_sha256(cert)), &x->ok);
	return o;
}

static json_t *ref_json(struct explain *x, const struct osci_seen_ref *r)
{
	static const char *const transforms[] = { "none", "c14n", "base64" };
	json_t *o = json_object();
	char uri[300];

	snprintf(uri, sizeof(uri), "%s%s", r->ref->cid ? "cid:" : "#", r->ref->target);
	jput(o, "uri", json_string(uri), &x->ok);
	jput(o, "covers", !r->found ? json_null() : r->node ? node_json(r->node) : json_string("attachment"), &x->ok);
	jput(o, "transform", json_string(transforms[r->ref->transform]), &x->ok);
	jput(o, "digest", alg_json(r->ref->digest), &x->ok);
	jput(o, "holds", holds_json(r->holds), &x->ok);
	if (!r->found)
		jput(o, "note", json_string(r->ref->cid ? "no attachment that is known here" :
							  "nothing that may be signed here"), &x->ok);
	else if (r->holds == OSCI_HOLDS_UNKNOWN)
		jput(o, "note", json_string("not readable with the keys given"), &x->ok);
	return o;
}

static void judge(struct explain *x, const struct osci_seen_signature *s, bool content)
{
	const char *whose = content ? "content signature" : "message signature";
	const struct osci_cert *cert = s->signer ? s->signer->cert : NULL;
	size_t i;

	if (cert && osci_cert_is_rsa(cert) && osci_cert_bits(cert) < RSA_SMALL)
		remark(x, "%s: RSA key of %u bits, fewer than %d", whose, osci_cert_bits(cert), RSA_SMALL);
	if (s->sig.alg && strncmp(s->sig.alg->name, "rsa-", 4) == 0)
		remark(x, "%s: %s is RSA with PKCS #1 v1.5 padding; RSA-PSS (sha256-rsa-MGF1) replaces it", whose,
		       s->sig.alg->name);
	remark_age(x, s->sig.alg, cert ? osci_cert_bits(cert) : 0, whose);
	for (i = 0; i < s->n_refs; i++)
		remark_age(x, s->refs[i].ref->digest, 0, whose);
	if (s->value == OSCI_HOLDS && s->trust.code)
		remark(x, "%s: made with the key of its certificate, but that is not to be trusted here", whose);
}

json_t *signature_report(struct explain *x, const struct osci_seen_signature *s, bool content)
{
	json_t *o = json_object(), *refs = json_array(), *gaps = json_array(), *signer = json_null();
	bool valid = !s->stopped.code && !s->trust.code && s->value == OSCI_HOLDS && s->n_gaps == 0;
	char cid[300];
	size_t i;

	for (i = 0; i < s->n_refs; i++) {
		/* What a nested container uses is checked there. */
		valid = valid && (s->refs[i].holds == OSCI_HOLDS || (content && s->refs[i].ref->cid &&
								     s->refs[i].holds != OSCI_HOLDS_NOT));
		jappend(refs, ref_json(x, &s->refs[i]), &x->ok);
	}
	for (i = 0; i < s->n_gaps; i++) {
		snprintf(cid, sizeof(cid), "attachment cid:%s", s->gaps[i].cid ? s->gaps[i].cid : "");
		jappend(gaps, s->gaps[i].node ? node_json(s->gaps[i].node) : json_string(cid), &x->ok);
	}
	if (s->signer) {
		signer = brief_json(x, s->signer->cert);
		jput(signer, "role", json_string(osci_role_element(s->signer->role)), &x->ok);
		jput(signer, "trusted", json_boolean(!s->trust.code), &x->ok);
		jput(signer, "why_not", s->trust.code ? json_string(s->trust.what) : json_null(), &x->ok);
	}
	jput(o, "valid", json_boolean(valid), &x->ok);
	jput(o, "algorithm", alg_json(s->sig.alg), &x->ok);
	jput(o, "algorithm_uri", uri_json(osci_see_method(s)), &x->ok);
	jput(o, "signer", signer, &x->ok);
	jput(o, "signature_value_holds", holds_json(s->value), &x->ok);
	jput(o, "signing_time", json_boolean(s->sig.properties != NULL), &x->ok);
	jput(o, "references", refs, &x->ok);
	jput(o, "not_covered", gaps, &x->ok);
	jput(o, "stopped", s->stopped.code ? error_json(&s->stopped, s->stopped.code) : json_null(), &x->ok);
	judge(x, s, content);
	return o;
}

json_t *encrypted_report(struct explain *x, const struct osci_encrypted *e, const struct osci_message *m)
{
	json_t *o = json_object(), *readers = json_array(), *reader;
	const unsigned char *der;
	struct osci_cert *cert;
	size_t i, len;

	jput(o, "cipher", alg_json(e->alg), &x->ok);
	jput(o, "iv_octets", e->alg && !e->alg->cbc ? jnumber(e->iv_len) : json_null(), &x->ok);
	if (e->alg && e->alg->cbc)
		remark(x, "%s proves nothing about what it decrypts to; AES-GCM replaces it", e->alg->name);
	else if (e->alg && e->iv_len == 16)
		remark(x, "IV of 16 octets without IvLength: written by software before corrigendum 6");
	remark_age(x, e->alg, 0, "encryption");
	for (i = 0; i < e->n_keys; i++) {
		if (!e->keys[i].key_info)
			break; /* the reader got no further */
		cert = osci_see_recipient(&e->keys[i], m, &x->c->limits);
		reader = cert ? brief_json(x, cert) : json_object();
		der = cert ? osci_cert_der(cert, &len) : NULL;
		jput(reader, "key_at_hand", json_boolean(der && osci_key_for_cert(&x->opts, der, len)), &x->ok);
		remark_age(x, e->keys[i].digest, 0, "encryption");
		remark_age(x, osci_alg_by_name(OSCI_ALG_KEYTRANS, "rsa-oaep"), cert ? osci_cert_bits(cert) : 0, "encryption");
		jput(reader, "key_transport", json_string("rsa-oaep"), &x->ok);
		jput(reader, "oaep_digest", alg_json(e->keys[i].digest), &x->ok);
		jput(reader, "oaep_mgf", alg_json(e->keys[i].mgf), &x->ok);
		osci_cert_unref(cert);
		jappend(readers, reader, &x->ok);
	}
	jput(o, "readers", readers, &x->ok);
	return o;
}
