/* SPDX-License-Identifier: Apache-2.0 */
/* t_keys - see t_keys.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/ec.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define MUST(x)                                                                   \
	do {                                                                      \
		if (!(x)) {                                                       \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);   \
			abort();                                                  \
		}                                                                 \
	} while (0)

static void extension(X509 *x509, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, x509, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	MUST(ext && X509_add_ext(x509, ext, -1) == 1);
	X509_EXTENSION_free(ext);
}

struct t_pair t_pair_make(const struct t_pair_opts *o)
{
	const char *usage = o->usage ? o->usage : "digitalSignature,keyEncipherment";
	const char *constraints = o->constraints ? o->constraints : "critical,CA:FALSE";
	const char *cn = o->cn ? o->cn : "Test";
	static long serial = 1000;
	struct t_pair p = { 0 };
	X509_NAME *name;
	X509 *issuer;

	if (o->pkey) {
		MUST(EVP_PKEY_up_ref(o->pkey));
		p.pkey = o->pkey;
	} else if (o->curve) {
		p.pkey = EVP_EC_gen(o->curve);
	} else {
		p.pkey = EVP_RSA_gen(o->bits ? o->bits : 3072);
	}
	p.x509 = X509_new();
	MUST(p.pkey && p.x509);
	issuer = o->issuer ? o->issuer->x509 : p.x509;
	name = X509_get_subject_name(p.x509);
	MUST(X509_set_version(p.x509, 2) && ASN1_INTEGER_set(X509_get_serialNumber(p.x509), ++serial));
	MUST(X509_NAME_add_entry_by_txt(name, "C", MBSTRING_ASC, (const unsigned char *)"DE", -1, -1, 0));
	MUST(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1, -1, 0));
	MUST(X509_set_issuer_name(p.x509, X509_get_subject_name(issuer)));
	MUST(ASN1_TIME_set(X509_getm_notBefore(p.x509), o->not_before ? o->not_before : T_NOW - 30 * 86400));
	MUST(ASN1_TIME_set(X509_getm_notAfter(p.x509), o->not_after ? o->not_after : T_NOW + 30 * 86400));
	MUST(X509_set_pubkey(p.x509, p.pkey));
	if (*constraints)
		extension(p.x509, issuer, NID_basic_constraints, constraints);
	if (*usage)
		extension(p.x509, issuer, NID_key_usage, usage);
	if (o->extended)
		extension(p.x509, issuer, NID_ext_key_usage, o->extended);
	if (o->alt)
		extension(p.x509, issuer, NID_subject_alt_name, o->alt);
	extension(p.x509, issuer, NID_subject_key_identifier, "hash");
	if (o->issuer)
		extension(p.x509, issuer, NID_authority_key_identifier, "keyid:always");
	MUST(X509_sign(p.x509, o->issuer ? o->issuer->pkey : p.pkey, EVP_sha256()) > 0);
	return p;
}

void t_pair_free(struct t_pair *p)
{
	EVP_PKEY_free(p->pkey);
	X509_free(p->x509);
	memset(p, 0, sizeof(*p));
}

struct osci_cert *t_pair_cert(const struct t_pair *p)
{
	struct osci_cert *cert = NULL;
	unsigned char *der = NULL;
	int n = i2d_X509(p->x509, &der);

	MUST(n > 0 && osci_cert_from_der(&cert, der, (size_t)n, NULL) == 0);
	OPENSSL_free(der);
	return cert;
}

struct osci_key *t_pair_key(const struct t_pair *p)
{
	struct osci_cert *cert = t_pair_cert(p);
	struct osci_key *key = NULL;

	MUST(key_new(&key, p->pkey, cert, NULL) == 0);
	osci_cert_unref(cert);
	return key;
}

struct osci_key *t_key(const char *cn, unsigned bits, unsigned use)
{
	struct t_pair_opts o = {
		.cn = cn,
		.bits = bits,
		.usage = use == OSCI_USE_SIGN ? "critical,digitalSignature,nonRepudiation" :
			 use == OSCI_USE_ENCRYPT ? "critical,keyEncipherment,dataEncipherment" :
						   "critical,digitalSignature,keyEncipherment",
	};
	struct t_pair p = t_pair_make(&o);
	struct osci_key *key = t_pair_key(&p);

	t_pair_free(&p);
	return key;
}

void t_pair_write_p12(const struct t_pair *p, const char *path, const char *password)
{
	PKCS12 *p12 = PKCS12_create(password, "test", p->pkey, p->x509, NULL, NID_aes_256_cbc, NID_aes_256_cbc,
				    2048, 2048, 0);
	FILE *f = fopen(path, "wb");

	MUST(p12 && f && fchmod(fileno(f), 0600) == 0 && i2d_PKCS12_fp(f, p12) == 1);
	MUST(fclose(f) == 0);
	PKCS12_free(p12);
}
