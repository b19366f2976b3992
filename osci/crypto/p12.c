/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p12 - private keys from PKCS#12, read strictly
 *
 * Before a password is tried the file must have a MAC and PBES2 with AES and PBKDF2, and all
 * iteration counts must be bearable: old PBE with RC2 or 3DES is refused with a text
 * that says so.  Exactly one private key, shrouded, and exactly one certificate that fits it; other
 * certificates (the path) are passed over.  The pair is proved by a signature.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1t.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "crypto/priv.h"

#define P12_FILE_MAX (1024 * 1024)
#define PASSFILE_MAX 4096
#define P12_ITERATIONS_MAX 1000000
#define P12_BAGS_MAX 64 /* certificates and keys together */

struct p12 {
	PKCS12 *p12;
	STACK_OF(PKCS7) *safes;
	EVP_PKEY *pkey;
	struct osci_cert *certs[P12_BAGS_MAX];
	size_t n_certs, n_keys, n_bags;
	const char *what; /* cause of the refusal */
};

static void p12_clear(struct p12 *p)
{
	size_t i;

	PKCS12_free(p->p12);
	sk_PKCS7_pop_free(p->safes, PKCS7_free);
	EVP_PKEY_free(p->pkey);
	for (i = 0; i < p->n_certs; i++)
		osci_cert_unref(p->certs[i]);
	ERR_clear_error();
}

static bool refuse(struct p12 *p, const char *what)
{
	if (!p->what)
		p->what = what;
	return false;
}

static bool iterations_ok(const ASN1_INTEGER *n)
{
	int64_t v;

	return ASN1_INTEGER_get_int64(&v, n) == 1 && v >= 1 && v <= P12_ITERATIONS_MAX;
}

/* PBES2 with PBKDF2 and AES-CBC. */
static bool check_pbe(struct p12 *p, const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid, *kdf_oid, *enc_oid;
	const void *param, *kdf_param;
	PBKDF2PARAM *kdf = NULL;
	PBE2PARAM *pbe = NULL;
	int type, kdf_type, nid;
	bool ok;

	X509_ALGOR_get0(&oid, &type, &param, alg);
	if (OBJ_obj2nid(oid) != NID_pbes2 || type != V_ASN1_SEQUENCE)
		return refuse(p, "old encryption (RC2 or 3DES); PBES2 with AES expected");
	pbe = ASN1_item_unpack(param, ASN1_ITEM_rptr(PBE2PARAM));
	if (!pbe)
		return refuse(p, "encryption parameters broken");
	X509_ALGOR_get0(&kdf_oid, &kdf_type, &kdf_param, pbe->keyfunc);
	X509_ALGOR_get0(&enc_oid, NULL, NULL, pbe->encryption);
	nid = OBJ_obj2nid(enc_oid);
	if (OBJ_obj2nid(kdf_oid) == NID_id_pbkdf2 && kdf_type == V_ASN1_SEQUENCE)
		kdf = ASN1_item_unpack(kdf_param, ASN1_ITEM_rptr(PBKDF2PARAM));
	ok = kdf && iterations_ok(kdf->iter) &&
	     (nid == NID_aes_128_cbc || nid == NID_aes_192_cbc || nid == NID_aes_256_cbc);
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbe);
	return ok ? true : refuse(p, "encryption is not PBKDF2 of at most 10^6 iterations with AES");
}

static bool check_mac(struct p12 *p, const char *password)
{
	const ASN1_INTEGER *iterations = NULL;

	if (!PKCS12_mac_present(p->p12))
		return refuse(p, "no MAC");
	PKCS12_get0_mac(NULL, NULL, NULL, &iterations, p->p12);
	if (iterations && !iterations_ok(iterations)) /* absent means 1 */
		return refuse(p, "MAC with more than 10^6 iterations");
	if (PKCS12_verify_mac(p->p12, password, -1) != 1)
		return refuse(p, "wrong password, or damaged");
	return true;
}

static bool take_key(struct p12 *p, const PKCS12_SAFEBAG *bag, const char *password)
{
	const X509_ALGOR *alg = NULL;
	PKCS8_PRIV_KEY_INFO *info;

	if (++p->n_keys > 1)
		return refuse(p, "several private keys, one expected");
	X509_SIG_get0(PKCS12_SAFEBAG_get0_pkcs8(bag), &alg, NULL);
	if (!check_pbe(p, alg))
		return false;
	info = PKCS12_decrypt_skey(bag, password, -1);
	p->pkey = info ? EVP_PKCS82PKEY(info) : NULL;
	PKCS8_PRIV_KEY_INFO_free(info);
	return p->pkey ? true : refuse(p, "private key cannot be read");
}

/* A certificate of the path may be outside our limits (an old root): it is passed over. */
static bool take_cert(struct p12 *p, const PKCS12_SAFEBAG *bag)
{
	X509 *x509 = PKCS12_SAFEBAG_get1_cert(bag);

	if (!x509)
		return refuse(p, "certificate cannot be read");
	if (cert_from_x509(&p->certs[p->n_certs], x509, NULL) == 0)
		p->n_certs++;
	else
		X509_free(x509);
	return true;
}

static bool read_bags(struct p12 *p, const STACK_OF(PKCS12_SAFEBAG) *bags, const char *password)
{
	int i;

	for (i = 0; i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);

		if (++p->n_bags > P12_BAGS_MAX)
			return refuse(p, "more than 64 entries");
		switch (PKCS12_SAFEBAG_get_nid(bag)) {
		case NID_pkcs8ShroudedKeyBag:
			if (!take_key(p, bag, password))
				return false;
			break;
		case NID_certBag:
			if (PKCS12_SAFEBAG_get_bag_nid(bag) != NID_x509Certificate)
				return refuse(p, "certificate of an unknown kind");
			if (!take_cert(p, bag))
				return false;
			break;
		default:
			return refuse(p, "entry that is neither certificate nor encrypted key");
		}
	}
	return true;
}

static bool read_safe(struct p12 *p, PKCS7 *safe, const char *password)
{
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	bool ok;

	if (PKCS7_type_is_data(safe)) {
		bags = PKCS12_unpack_p7data(safe);
	} else if (PKCS7_type_is_encrypted(safe)) {
		if (!safe->d.encrypted || !safe->d.encrypted->enc_data ||
		    !check_pbe(p, safe->d.encrypted->enc_data->algorithm))
			return refuse(p, "encrypted part broken");
		bags = PKCS12_unpack_p7encdata(safe, password, -1);
	}
	if (!bags)
		return refuse(p, "part cannot be read");
	ok = read_bags(p, bags, password);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	return ok;
}

static bool p12_read(struct p12 *p, const struct osci_buf *file, const char *password)
{
	const unsigned char *in = file->data;
	int i;

	p->p12 = d2i_PKCS12(NULL, &in, (long)file->len);
	if (!p->p12)
		return refuse(p, "is not PKCS#12");
	if (!check_mac(p, password))
		return false;
	p->safes = PKCS12_unpack_authsafes(p->p12);
	if (!p->safes || sk_PKCS7_num(p->safes) > P12_BAGS_MAX)
		return refuse(p, "parts cannot be read");
	for (i = 0; i < sk_PKCS7_num(p->safes); i++)
		if (!read_safe(p, sk_PKCS7_value(p->safes, i), password))
			return false;
	return p->pkey ? true : refuse(p, "no private key");
}

/* A signature made by the one and verified by the other; parameters that merely look alike do not pass. */
static bool pair_holds(EVP_PKEY *pkey, EVP_PKEY *pub)
{
	static const unsigned char probe[] = "pair";
	unsigned char value[OSCI_RSA_BITS_MAX / 8];
	EVP_MD_CTX *sign = EVP_MD_CTX_new(), *verify = EVP_MD_CTX_new();
	size_t len = sizeof(value);
	bool ok;

	ok = sign && verify && EVP_PKEY_get_size(pkey) <= (int)sizeof(value) &&
	     EVP_DigestSignInit(sign, NULL, EVP_sha256(), NULL, pkey) == 1 &&
	     EVP_DigestSign(sign, value, &len, probe, sizeof(probe)) == 1 &&
	     EVP_DigestVerifyInit(verify, NULL, EVP_sha256(), NULL, pub) == 1 &&
	     EVP_DigestVerify(verify, value, len, probe, sizeof(probe)) == 1;
	EVP_MD_CTX_free(sign);
	EVP_MD_CTX_free(verify);
	ERR_clear_error();
	return ok;
}

int key_unproved(struct osci_key **ret, EVP_PKEY *pkey, struct osci_cert *cert)
{
	_cleanup_(osci_key_unrefp) struct osci_key *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	atomic_init(&k->refs, 1);
	if (EVP_PKEY_up_ref(pkey) != 1)
		return -ENOMEM;
	k->pkey = pkey;
	k->cert = osci_cert_ref(cert);
	k->seckey = seckey_new(pkey);
	k->prepared = prepared_new(pkey, true);
	if (!k->seckey || !k->prepared)
		return -ENOMEM;
	*ret = k;
	k = NULL;
	return 0;
}

int key_new(struct osci_key **ret, EVP_PKEY *pkey, struct osci_cert *cert, struct osci_err *err)
{
	if (EVP_PKEY_eq(pkey, cert->pkey) != 1 || !pair_holds(pkey, cert->pkey))
		return osci_fail(err, OSCI_E_KEYFILE, NULL, "key", "private key and certificate do not fit");
	return key_unproved(ret, pkey, cert);
}

static int choose_pair(struct osci_key **ret, const struct p12 *p, struct osci_err *err)
{
	struct osci_cert *cert = NULL;
	size_t i;

	for (i = 0; i < p->n_certs; i++) {
		if (EVP_PKEY_eq(p->pkey, p->certs[i]->pkey) != 1)
			continue;
		if (cert && !osci_cert_equal(cert, p->certs[i]))
			return osci_fail(err, OSCI_E_KEYFILE, NULL, "key", "several certificates for the key");
		cert = p->certs[i];
	}
	if (!cert)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, "key",
				 "no certificate fits the private key (RSA from 3000 bits or EC on a named curve)");
	return key_new(ret, p->pkey, cert, err);
}

int osci_key_load_p12(struct osci_key **ret, const char *path, const char *password, unsigned flags,
		      struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf file = OSCI_BUF_INIT(P12_FILE_MAX + 4096);
	struct osci_err why = { 0 };
	struct p12 p = { 0 };
	int r;

	file.secret = true;
	r = osci_file_read(path, P12_FILE_MAX, flags & OSCI_P12_PRIVATE, &file, err);
	if (r)
		return r;
	if (p12_read(&p, &file, password))
		r = choose_pair(ret, &p, &why);
	else
		r = osci_fail(&why, OSCI_E_KEYFILE, NULL, NULL, "%s", p.what);
	p12_clear(&p);
	if (r)
		return osci_fail(err, r, NULL, path, "%s", why.what);
	return 0;
}

int osci_key_load_p12_passfile(struct osci_key **ret, const char *path, const char *passfile,
			       unsigned flags, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(PASSFILE_MAX + 4096);
	size_t len;
	int r;

	text.secret = true;
	r = osci_file_read(passfile, PASSFILE_MAX, flags & OSCI_P12_PRIVATE, &text, err);
	if (r)
		return r;
	len = strcspn((const char *)text.data, "\r\n");
	if (len < text.len && memchr(text.data, 0, text.len))
		return osci_fail(err, OSCI_E_KEYFILE, NULL, passfile, "is not text");
	text.data[len] = '\0';
	return osci_key_load_p12(ret, path, (const char *)text.data, flags, err);
}

struct osci_key *osci_key_ref(struct osci_key *key)
{
	if (key)
		atomic_fetch_add_explicit(&key->refs, 1, memory_order_relaxed);
	return key;
}

struct osci_key *osci_key_unref(struct osci_key *key)
{
	if (!key || atomic_fetch_sub_explicit(&key->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	prepared_free(key->prepared);
	xmlSecKeyDestroy(key->seckey);
	EVP_PKEY_free(key->pkey);
	osci_cert_unref(key->cert);
	free(key);
	return NULL;
}

void osci_key_unrefp(struct osci_key **key)
{
	*key = osci_key_unref(*key);
}

struct osci_cert *osci_key_cert(const struct osci_key *key)
{
	return key->cert;
}
