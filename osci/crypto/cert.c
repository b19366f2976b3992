/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert - certificates: strict reading, what they say, whether they may be used now
 *
 * Everything another part may ask for is taken out once, when the certificate is read; after
 * that the object never changes.  OpenSSL's reader accepts more than DER, so the octets must come
 * back the same; keys outside the limits never reach a cryptographic operation.
 * URLs inside a certificate are never looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <xmlsec/openssl/evp.h>

#include "base/file.h"
#include "crypto/priv.h"

#define SERIAL_OCTETS_MAX 20 /* RFC 5280 */
#define NAME_TEXT_MAX 4096
#define RSA_E_BITS_MAX 64
#define PEM_FILE_MAX (1024 * 1024)

static int bad(struct osci_err *err, const char *what)
{
	ERR_clear_error();
	return osci_fail(err, OSCI_E_KEYFILE, NULL, "certificate", "%s", what);
}

xmlSecKeyPtr seckey_new(EVP_PKEY *pkey)
{
	xmlSecKeyDataPtr value;
	xmlSecKeyPtr key;

	if (EVP_PKEY_up_ref(pkey) != 1)
		return NULL;
	value = xmlSecOpenSSLEvpKeyAdopt(pkey);
	if (!value) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key = xmlSecKeyCreate();
	if (!key || xmlSecKeySetValue(key, value) < 0) {
		xmlSecKeyDestroy(key);
		xmlSecKeyDataDestroy(value);
		return NULL;
	}
	return key;
}

/* RFC 2253 in UTF-8.  A NUL inside a value would cut the text short for whoever reads it. */
static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL, *p;
	long len;
	int i;

	for (i = 0; bio && i < X509_NAME_entry_count(name); i++) {
		const ASN1_STRING *v = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i));
		unsigned char *utf8 = NULL;
		int n = ASN1_STRING_to_UTF8(&utf8, v);
		bool clean = n >= 0 && !memchr(utf8, 0, (size_t)n);

		OPENSSL_free(utf8);
		if (!clean) {
			BIO_free(bio);
			return NULL;
		}
	}
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &p);
		if (len >= 0 && len <= NAME_TEXT_MAX)
			text = strndup(p ? p : "", (size_t)len);
	}
	BIO_free(bio);
	return text;
}

static char *serial_text(const ASN1_INTEGER *serial)
{
	BIGNUM *bn;
	char *dec, *text = NULL;

	if (ASN1_STRING_length(serial) > SERIAL_OCTETS_MAX || ASN1_STRING_type(serial) != V_ASN1_INTEGER)
		return NULL; /* too long, or negative */
	bn = ASN1_INTEGER_to_BN(serial, NULL);
	dec = bn ? BN_bn2dec(bn) : NULL;
	if (dec)
		text = strdup(dec);
	OPENSSL_free(dec);
	BN_free(bn);
	return text;
}

bool time_of(const ASN1_TIME *t, int64_t *ret)
{
	struct tm tm;

	if (ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*ret = timegm(&tm);
	return true;
}

static const char *check_rsa(EVP_PKEY *pkey)
{
	BIGNUM *n = NULL, *e = NULL;
	const char *what = NULL;
	int bits = EVP_PKEY_get_bits(pkey);

	if (bits < OSCI_RSA_BITS_MIN)
		return "RSA key shorter than 3000 bits";
	if (bits > OSCI_RSA_BITS_MAX)
		return "RSA key longer than 8192 bits";
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_N, &n) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e) != 1)
		what = "RSA key cannot be read";
	else if (!BN_is_odd(n))
		what = "RSA modulus is even";
	else if (!BN_is_odd(e) || BN_is_one(e) || BN_is_negative(e) || BN_num_bits(e) > RSA_E_BITS_MAX)
		what = "RSA exponent is even, 1 or too large";
	BN_free(n);
	BN_free(e);
	return what;
}

static const char *check_ec(EVP_PKEY *pkey)
{
	char group[64];
	int explicit_params = 1;

	if (EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit_params) != 1 ||
	    explicit_params ||
	    EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof(group), NULL) != 1)
		return "EC key is not on a named curve";
	if (EVP_PKEY_get_bits(pkey) < OSCI_EC_BITS_MIN)
		return "EC key shorter than 256 bits";
	return NULL;
}

static const char *read_key(struct osci_cert *c)
{
	const char *what;

	c->pkey = X509_get0_pubkey(c->x509);
	if (!c->pkey)
		return "key cannot be read";
	switch (EVP_PKEY_get_base_id(c->pkey)) {
	case EVP_PKEY_RSA:
		c->kind = ALG_KEY_RSA;
		what = check_rsa(c->pkey);
		break;
	case EVP_PKEY_EC:
		c->kind = ALG_KEY_EC;
		what = check_ec(c->pkey);
		break;
	default:
		what = "neither an RSA nor an EC key";
		break;
	}
	return what;
}

static void read_extensions(struct osci_cert *c)
{
	uint32_t flags = X509_get_extension_flags(c->x509);

	c->usage = X509_get_key_usage(c->x509);
	c->is_ca = flags & EXFLAG_CA;
	c->unknown_critical = flags & EXFLAG_CRITICAL;
	if (flags & EXFLAG_XKUSAGE) {
		uint32_t xku = X509_get_extended_key_usage(c->x509);

		c->tls_only = (xku & XKU_SSL_SERVER) && !(xku & (XKU_SMIME | XKU_ANYEKU));
	}
}

static const char *read_fields(struct osci_cert *c)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned int md_len = 0, i;
	const char *what;

	if (X509_check_purpose(c->x509, -1, 0) != 1 || (X509_get_extension_flags(c->x509) & EXFLAG_INVALID))
		return "invalid extensions";
	c->serial = serial_text(X509_get0_serialNumber(c->x509));
	if (!c->serial)
		return "serial number negative or too long";
	c->subject = name_text(X509_get_subject_name(c->x509));
	c->issuer = name_text(X509_get_issuer_name(c->x509));
	if (!c->subject || !c->issuer)
		return "names cannot be read";
	if (!time_of(X509_get0_notBefore(c->x509), &c->not_before) ||
	    !time_of(X509_get0_notAfter(c->x509), &c->not_after) || c->not_after < c->not_before)
		return "validity period is none";
	what = read_key(c);
	if (what)
		return what;
	read_extensions(c);
	if (EVP_Digest(c->der, c->der_len, md, &md_len, EVP_sha256(), NULL) != 1 || md_len != 32)
		return "digest cannot be computed";
	for (i = 0; i < md_len; i++) {
		c->sha256[2 * i] = "0123456789abcdef"[md[i] >> 4];
		c->sha256[2 * i + 1] = "0123456789abcdef"[md[i] & 15];
	}
	c->seckey = seckey_new(c->pkey);
	c->prepared = prepared_new(c->pkey, false);
	return c->seckey && c->prepared ? NULL : "key cannot be used";
}

int cert_from_x509(struct osci_cert **ret, X509 *x509, struct osci_err *err)
{
	_cleanup_(osci_cert_unrefp) struct osci_cert *c = calloc(1, sizeof(*c));
	const char *what;
	int n;

	if (!c)
		return -ENOMEM;
	atomic_init(&c->refs, 1);
	n = i2d_X509(x509, &c->der);
	if (n <= 0 || n > OSCI_CERT_DER_MAX)
		return bad(err, "size outside the limits");
	c->der_len = (size_t)n;
	if (X509_up_ref(x509) != 1)
		return -ENOMEM;
	c->x509 = x509;
	what = read_fields(c);
	if (what)
		return bad(err, what);
	ERR_clear_error();
	X509_free(x509); /* the caller's reference, which we take */
	*ret = c;
	c = NULL;
	return 0;
}

int osci_cert_from_der(struct osci_cert **ret, const void *der, size_t len, struct osci_err *err)
{
	const unsigned char *p = der;
	unsigned char *again = NULL;
	X509 *x509;
	int n, r;
	bool same;

	if (len == 0 || len > OSCI_CERT_DER_MAX)
		return bad(err, "size outside the limits");
	*ret = cert_cache_get(der, len);
	if (*ret)
		return 0;
	if (!der_strict(der, len))
		return bad(err, "is not strict DER");
	x509 = d2i_X509(NULL, &p, (long)len);
	if (!x509)
		return bad(err, "is not a certificate in DER");
	/* i2d_X509() alone would give back the octets that it was given: the inner part is encoded anew. */
	n = p == (const unsigned char *)der + len && i2d_re_X509_tbs(x509, NULL) > 0 ? i2d_X509(x509, &again) : -1;
	same = n > 0 && (size_t)n == len && memcmp(again, der, len) == 0;
	OPENSSL_free(again);
	r = same ? cert_from_x509(ret, x509, err) : bad(err, "is not strict DER");
	if (r)
		X509_free(x509);
	else
		cert_cache_put(*ret);
	return r;
}

int osci_cert_load_pem(struct osci_cert **ret, const char *path, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(PEM_FILE_MAX + 4096);
	struct osci_err why = { 0 };
	unsigned char *der = NULL;
	long len = 0;
	BIO *bio;
	int r;

	r = osci_file_read(path, PEM_FILE_MAX, false, &text, err);
	if (r)
		return r;
	bio = BIO_new_mem_buf(text.data, (int)text.len);
	if (!bio)
		return -ENOMEM;
	if (PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL) == 1) {
		r = osci_cert_from_der(ret, der, (size_t)len, &why);
		if (r)
			osci_fail(err, r, NULL, path, "%s", why.what);
	} else {
		ERR_clear_error();
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, path, "holds no certificate in PEM");
	}
	OPENSSL_free(der);
	BIO_free(bio);
	return r;
}

struct osci_cert *osci_cert_ref(struct osci_cert *cert)
{
	if (cert)
		atomic_fetch_add_explicit(&cert->refs, 1, memory_order_relaxed);
	return cert;
}

struct osci_cert *osci_cert_unref(struct osci_cert *cert)
{
	if (!cert || atomic_fetch_sub_explicit(&cert->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	prepared_free(cert->prepared);
	xmlSecKeyDestroy(cert->seckey);
	X509_free(cert->x509);
	OPENSSL_free(cert->der);
	free(cert->subject);
	free(cert->issuer);
	free(cert->serial);
	free(cert);
	return NULL;
}

void osci_cert_unrefp(struct osci_cert **cert)
{
	*cert = osci_cert_unref(*cert);
}

const unsigned char *osci_cert_der(const struct osci_cert *cert, size_t *ret_len)
{
	*ret_len = cert->der_len;
	return cert->der;
}

const char *osci_cert_subject(const struct osci_cert *cert)
{
	return cert->subject;
}

const char *osci_cert_issuer(const struct osci_cert *cert)
{
	return cert->issuer;
}

const char *osci_cert_serial(const struct osci_cert *cert)
{
	return cert->serial;
}

const char *osci_cert_sha256(const struct osci_cert *cert)
{
	return cert->sha256;
}

int64_t osci_cert_not_before(const struct osci_cert *cert)
{
	return cert->not_before;
}

int64_t osci_cert_not_after(const struct osci_cert *cert)
{
	return cert->not_after;
}

bool osci_cert_issued(const struct osci_cert *issuer, const struct osci_cert *cert)
{
	bool r = X509_check_issued(issuer->x509, cert->x509) == X509_V_OK && X509_verify(cert->x509, issuer->pkey) == 1;

	ERR_clear_error();
	return r;
}

bool osci_cert_is_rsa(const struct osci_cert *cert)
{
	return cert->kind == ALG_KEY_RSA;
}

unsigned osci_cert_bits(const struct osci_cert *cert)
{
	return (unsigned)EVP_PKEY_get_bits(cert->pkey);
}

bool osci_cert_equal(const struct osci_cert *a, const struct osci_cert *b)
{
	return a->der_len == b->der_len && memcmp(a->der, b->der, a->der_len) == 0;
}

/* The day alone: it helps whoever must renew, and names nobody. */
static int out_of_time(const struct osci_cert *cert, int64_t when, const char *word, const char *feedback,
		       struct osci_err *err)
{
	time_t t = (time_t)when;
	char day[16] = "";
	struct tm tm;

	if (gmtime_r(&t, &tm))
		strftime(day, sizeof(day), "%Y-%m-%d", &tm);
	return osci_fail(err, OSCI_E_UNTRUSTED, feedback, "certificate", "%s %s (SHA-256 %.16s)", word, day,
			 cert->sha256);
}

int osci_cert_check(const struct osci_cert *cert, enum osci_usage use, int64_t now, struct osci_err *err)
{
	uint32_t wanted = use == OSCI_USE_SIGN ? KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION :
						 KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;
	const char *feedback = use == OSCI_USE_SIGN ? "9700" : "9706", *what = NULL;

	if (now > cert->not_after)
		return out_of_time(cert, cert->not_after, "expired since", feedback, err);
	if (now < cert->not_before)
		return out_of_time(cert, cert->not_before, "not yet valid, begins", feedback, err);
	if (cert->usage != UINT32_MAX && !(cert->usage & wanted))
		what = use == OSCI_USE_SIGN ? "key usage does not allow signatures" :
					      "key usage does not allow encryption";
	else if (cert->is_ca)
		what = "is a CA's, a participant's expected";
	else if (cert->unknown_critical)
		what = "unknown critical extension";
	else if (cert->tls_only)
		what = "usage is a TLS server's";
	else if (use == OSCI_USE_ENCRYPT && cert->kind != ALG_KEY_RSA)
		what = "usage is encryption, and the key is not RSA";
	if (what)
		return osci_fail(err, OSCI_E_UNTRUSTED, feedback, "certificate", "%s (SHA-256 %.16s)", what,
				 cert->sha256);
	return 0;
}
