/* SPDX-License-Identifier: Apache-2.0 */
/* t_revoke - see the header */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/rsa.h>

#include "t_revoke.h"

#define MUST(x)                                                                   \
	do {                                                                      \
		if (!(x)) {                                                       \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);   \
			abort();                                                  \
		}                                                                 \
	} while (0)

static ASN1_TIME *when(int64_t t)
{
	ASN1_TIME *a = ASN1_TIME_set(NULL, (time_t)t);

	MUST(a);
	return a;
}

static void add_entry(X509_CRL *crl, const struct t_pair *revoked, int reason)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_ENUMERATED *e = ASN1_ENUMERATED_new();
	ASN1_TIME *at = when(T_NOW - 3 * DAY);

	MUST(entry && e && ASN1_ENUMERATED_set(e, reason ? reason : 1));
	MUST(X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->x509)));
	MUST(X509_REVOKED_set_revocationDate(entry, at));
	MUST(X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, e, 0, 0) == 1);
	MUST(X509_CRL_add0_revoked(crl, entry));
	ASN1_ENUMERATED_free(e);
	ASN1_TIME_free(at);
}

static void add_extension(X509_CRL *crl, const struct t_crl_opts *o)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	CONF *conf = NCONF_new(NULL);
	BIO *bio = BIO_new_mem_buf("[idp]\nfullname=URI:http://ca.test/part1.crl\nonlyuser=FALSE\n"
				   "[ca]\nonlyCA=TRUE\n[user]\nonlyuser=TRUE\n[indirect]\nindirectCRL=TRUE\n"
				   "[reasons]\nonlysomereasons=keyCompromise\n[rel]\nrelativename=rn\n[rn]\nCN=x\n", -1);
	long line = 0;

	MUST(conf && bio && NCONF_load_bio(conf, bio, &line) == 1);
	X509V3_set_ctx(&ctx, o->issuer->x509, NULL, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	ext = X509V3_EXT_nconf_nid(conf, &ctx, o->ext_nid, o->ext);
	MUST(ext && X509_CRL_add_ext(crl, ext, -1) == 1);
	X509_EXTENSION_free(ext);
	NCONF_free(conf);
	BIO_free(bio);
}

unsigned char *t_crl(const struct t_crl_opts *o, size_t *ret_len)
{
	ASN1_TIME *from = when(o->this_update ? o->this_update : T_NOW - DAY);
	ASN1_TIME *to = when(o->next_update ? o->next_update : T_NOW + DAY);
	const EVP_MD *md = o->md ? o->md : EVP_sha256();
	EVP_PKEY *key = (o->signer ? o->signer : o->issuer)->pkey;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL;
	X509_CRL *crl = X509_CRL_new();
	unsigned char *der = NULL;
	int n;

	MUST(crl && ctx && X509_CRL_set_version(crl, 1));
	MUST(X509_CRL_set_issuer_name(crl, X509_get_subject_name(o->issuer->x509)));
	MUST(X509_CRL_set1_lastUpdate(crl, from));
	if (o->next_update >= 0)
		MUST(X509_CRL_set1_nextUpdate(crl, to));
	if (o->revoked)
		add_entry(crl, o->revoked, o->reason);
	if (o->ext)
		add_extension(crl, o);
	MUST(X509_CRL_sort(crl) && EVP_DigestSignInit(ctx, &pctx, md, NULL, key) == 1);
	if (o->pss)
		MUST(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1);
	MUST(X509_CRL_sign_ctx(crl, ctx) > 0);
	n = i2d_X509_CRL(crl, &der);
	MUST(n > 0);
	*ret_len = (size_t)n;
	X509_CRL_free(crl);
	EVP_MD_CTX_free(ctx);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return der;
}

struct t_pair t_ca(const char *cn, const struct t_pair *issuer, const char *usage)
{
	return t_pair_make(&(struct t_pair_opts){ .cn = cn, .curve = "P-256", .usage = usage,
						  .constraints = "critical,CA:TRUE", .issuer = issuer });
}

struct t_pair t_end(const char *cn, const struct t_pair *issuer, const char *extended)
{
	return t_pair_make(&(struct t_pair_opts){ .cn = cn, .curve = "P-256", .usage = "critical,digitalSignature",
						  .extended = extended, .issuer = issuer });
}

void t_trust_pair(struct osci_trust *t, const struct t_pair *p)
{
	struct osci_cert *c = t_pair_cert(p);

	MUST(osci_trust_add(t, c) == 0);
	osci_cert_unref(c);
}

int t_add_crl(struct osci_revocation *rev, const struct osci_trust *trust, const struct t_crl_opts *o, struct osci_err *err)
{
	unsigned char *der;
	size_t len;
	int r;

	der = t_crl(o, &len);
	r = osci_revocation_add_crl(rev, trust, der, len, "test.crl", T_NOW, err);
	OPENSSL_free(der);
	return r;
}

enum osci_revocation_status t_status(struct osci_revocation *rev, const struct osci_cert *cert, int64_t now)
{
	struct osci_revocation_state s;

	osci_revocation_state(rev, cert, now, &s);
	return s.status;
}

void t_write(const char *path, const void *data, size_t len)
{
	FILE *f = fopen(path, "wb");

	MUST(f && fwrite(data, 1, len, f) == len && fclose(f) == 0);
}

unsigned char *t_ocsp(const struct t_ocsp_opts *o, size_t *ret_len)
{
	ASN1_TIME *from = when(o->this_update ? o->this_update : T_NOW - 60), *to = NULL, *at = when(T_NOW - 3 * DAY);
	const struct t_pair *signer = o->signer ? o->signer : o->issuer;
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(o->id_md ? o->id_md : EVP_sha256(), o->cert->x509, o->issuer->x509);
	OCSP_RESPONSE *resp;
	unsigned char *der = NULL;
	int n;

	if (o->next_update >= 0)
		to = when(o->next_update ? o->next_update : T_NOW + DAY);
	MUST(basic && id);
	MUST(OCSP_basic_add1_status(basic, id, o->status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
				    o->status == V_OCSP_CERTSTATUS_REVOKED ? at : NULL, from, to));
	if (o->nonce)
		MUST(OCSP_basic_add1_nonce(basic, (unsigned char *)o->nonce, OSCI_OCSP_NONCE) == 1);
	MUST(ASN1_GENERALIZEDTIME_set((ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at(basic), T_NOW - 60));
	MUST(OCSP_basic_sign(basic, signer->x509, signer->pkey, o->md ? o->md : EVP_sha256(), NULL,
			     OCSP_NOTIME | (o->send_signer ? 0 : OCSP_NOCERTS)) == 1);
	resp = OCSP_response_create(o->response_status, o->response_status ? NULL : basic);
	n = i2d_OCSP_RESPONSE(resp, &der);
	MUST(n > 0);
	*ret_len = (size_t)n;
	OCSP_RESPONSE_free(resp);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(at);
	return der;
}
