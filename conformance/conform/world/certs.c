/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs - the small CA of a run
 *
 * What osci_cert_from_der() and a path check with X509_STRICT demand: version 3, basicConstraints and keyUsage critical,
 * key identifiers, RSA of 3072 bits, SHA-256.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/text.h"
#include "world/certs.h"

#define ITERATIONS 2048
#define PASSWORD_OCTETS 12

EVP_PKEY *cf_rsa_new(void)
{
	return EVP_RSA_gen(CF_RSA_BITS);
}

static bool extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool name_entry(X509_NAME *name, const char *field, const char *value)
{
	return X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0) == 1;
}

static bool fill(X509 *cert, const struct cf_cert_opts *o, EVP_PKEY *pkey, X509 *issuer)
{
	static const char *const usage[] = {
		[CF_KIND_CA] = "critical,keyCertSign,cRLSign",
		[CF_KIND_SIGN] = "critical,digitalSignature,nonRepudiation",
		[CF_KIND_CIPHER] = "critical,keyEncipherment,dataEncipherment",
	};
	X509_NAME *name = X509_get_subject_name(cert);
	X509 *above = issuer ? issuer : cert;

	return X509_set_version(cert, 2) == 1 && ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), o->serial) == 1 &&
	       name_entry(name, "C", "DE") && name_entry(name, "O", "Testbetrieb (keine echten Daten)") &&
	       name_entry(name, "CN", o->name) && X509_set_issuer_name(cert, X509_get_subject_name(above)) == 1 &&
	       ASN1_TIME_set_string(X509_getm_notBefore(cert), CF_FROM) == 1 &&
	       ASN1_TIME_set_string(X509_getm_notAfter(cert), o->until) == 1 && X509_set_pubkey(cert, pkey) == 1 &&
	       extension(cert, above, NID_basic_constraints, o->kind == CF_KIND_CA ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
	       extension(cert, above, NID_key_usage, usage[o->kind]) &&
	       extension(cert, above, NID_subject_key_identifier, "hash") &&
	       (!issuer || extension(cert, above, NID_authority_key_identifier, "keyid:always"));
}

X509 *cf_cert_new(const struct cf_cert_opts *o, EVP_PKEY *pkey, X509 *issuer, EVP_PKEY *issuer_key)
{
	X509 *cert = X509_new();

	if (cert && fill(cert, o, pkey, issuer) && X509_sign(cert, issuer ? issuer_key : pkey, EVP_sha256()) > 0)
		return cert;
	X509_free(cert);
	return NULL;
}

/* --- files --------------------------------------------------------------- */

static FILE *begin(const char *path, char **temporary)
{
	FILE *f = NULL;
	int fd;

	if (asprintf(temporary, "%s.XXXXXX", path) < 0) {
		*temporary = NULL;
		return NULL;
	}
	fd = mkostemp(*temporary, O_CLOEXEC); /* mode 0600 */
	if (fd >= 0 && !(f = fdopen(fd, "w"))) {
		close(fd);
		unlink(*temporary);
	}
	return f;
}

static int finish(const char *path, const char *temporary, FILE *f, bool ok, struct osci_err *err)
{
	ok = f && fclose(f) == 0 && ok && rename(temporary, path) == 0;
	if (ok)
		return 0;
	if (f)
		unlink(temporary);
	return osci_fail(err, errno ? -errno : -EIO, NULL, path, "cannot be written");
}

int cf_write_key(const char *path, EVP_PKEY *pkey, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	FILE *f = begin(path, &temporary);

	return finish(path, temporary, f, f && PEM_write_PrivateKey(f, pkey, NULL, NULL, 0, NULL, NULL) == 1, err);
}

int cf_write_cert(const char *path, X509 *cert, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	FILE *f = begin(path, &temporary);

	return finish(path, temporary, f, f && PEM_write_X509(f, cert) == 1, err);
}

static int write_password(const char *path, const char *password, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	FILE *f = begin(path, &temporary);

	return finish(path, temporary, f, f && fprintf(f, "%s\n", password) > 0, err);
}

int cf_write_p12(const char *path, const char *pass_path, EVP_PKEY *pkey, X509 *cert, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	unsigned char octets[PASSWORD_OCTETS];
	char password[2 * PASSWORD_OCTETS + 1];
	PKCS12 *p12;
	FILE *f;
	int r;

	if (osci_random(octets, sizeof(octets)))
		return osci_fail(err, -EIO, NULL, path, "no random numbers");
	osci_hex(password, octets, sizeof(octets));
	p12 = PKCS12_create(password, "test", pkey, cert, NULL, NID_aes_256_cbc, NID_aes_256_cbc, ITERATIONS, ITERATIONS, 0);
	f = p12 ? begin(path, &temporary) : NULL;
	r = finish(path, temporary, f, f && i2d_PKCS12_fp(f, p12) == 1, err);
	if (!r)
		r = write_password(pass_path, password, err);
	PKCS12_free(p12);
	explicit_bzero(password, sizeof(password));
	explicit_bzero(octets, sizeof(octets));
	return r;
}

static int open_file(const char *path, FILE **ret, struct osci_err *err)
{
	*ret = fopen(path, "re");
	if (*ret)
		return 0;
	return errno == ENOENT ? OSCI_E_EMPTY : osci_fail(err, -errno, NULL, path, "cannot be opened");
}

int cf_read_key(const char *path, EVP_PKEY **ret, struct osci_err *err)
{
	FILE *f;
	int r = open_file(path, &f, err);

	if (r)
		return r;
	*ret = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return *ret ? 0 : osci_fail(err, OSCI_E_KEYFILE, NULL, path, "no private key in PEM: remove the file");
}

int cf_read_cert(const char *path, X509 **ret, struct osci_err *err)
{
	FILE *f;
	int r = open_file(path, &f, err);

	if (r)
		return r;
	*ret = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	return *ret ? 0 : osci_fail(err, OSCI_E_KEYFILE, NULL, path, "no certificate in PEM: remove the file");
}

/* --- revocation ---------------------------------------------------------- */

static bool add_revoked(X509_CRL *crl, uint64_t serial, const ASN1_TIME *since)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	bool ok = entry && number && ASN1_INTEGER_set_uint64(number, serial) == 1 &&
		  X509_REVOKED_set_serialNumber(entry, number) == 1 &&
		  X509_REVOKED_set_revocationDate(entry, (ASN1_TIME *)(uintptr_t)since) == 1 &&
		  X509_CRL_add0_revoked(crl, entry) == 1;

	if (!ok)
		X509_REVOKED_free(entry);
	ASN1_INTEGER_free(number);
	return ok;
}

static bool crl_extensions(X509_CRL *crl, X509 *ca)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	bool ok;

	X509V3_set_ctx(&ctx, ca, NULL, NULL, crl, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, NID_authority_key_identifier, "keyid:always");
	ok = ext && X509_CRL_add_ext(crl, ext, -1) == 1 && number && ASN1_INTEGER_set(number, 1) == 1 &&
	     X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, 0) == 1;
	X509_EXTENSION_free(ext);
	ASN1_INTEGER_free(number);
	return ok;
}

int cf_write_crl(const char *path, const uint64_t *serials, size_t n, X509 *ca, EVP_PKEY *ca_key, struct osci_err *err)
{
	_cleanup_(osci_freep) char *temporary = NULL;
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = ASN1_TIME_new(), *to = ASN1_TIME_new();
	FILE *f = NULL;
	bool ok = crl && from && to && ASN1_TIME_set_string(from, CF_FROM) == 1 && ASN1_TIME_set_string(to, CF_TO) == 1 &&
		  X509_CRL_set_version(crl, 1) == 1 && X509_CRL_set_issuer_name(crl, X509_get_subject_name(ca)) == 1 &&
		  X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, to) == 1;
	int r;

	for (size_t i = 0; ok && i < n; i++)
		ok = add_revoked(crl, serials[i], from);
	ok = ok && crl_extensions(crl, ca) && X509_CRL_sort(crl) == 1 && X509_CRL_sign(crl, ca_key, EVP_sha256()) > 0;
	if (ok)
		f = begin(path, &temporary);
	r = ok ? finish(path, temporary, f, f && PEM_write_X509_CRL(f, crl) == 1, err) :
		 osci_fail(err, -ENOMEM, NULL, path, "cannot be made");
	X509_CRL_free(crl);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return r;
}
