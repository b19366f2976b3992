/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-cert - certificates read, refused, judged; sets of trust
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define DAY 86400

static EVP_PKEY *k1, *k2, *k3; /* made once: RSA keys take their time */

static struct t_pair make(struct t_pair_opts o)
{
	if (!o.pkey && !o.curve && !o.bits)
		o.pkey = k1;
	return t_pair_make(&o);
}

static unsigned char *der_of(const struct t_pair *p, size_t *ret_len)
{
	unsigned char *der = NULL;
	int n = i2d_X509(p->x509, &der);

	assert_true(n > 0);
	*ret_len = (size_t)n;
	return der;
}

static void refused_pair(struct t_pair p, const char *word)
{
	struct osci_cert *cert = NULL;
	struct osci_err err = { 0 };
	size_t len;
	unsigned char *der = der_of(&p, &len);

	assert_int_equal(osci_cert_from_der(&cert, der, len, &err), OSCI_E_KEYFILE);
	assert_null(cert);
	if (!strstr(err.what, word))
		fail_msg("\"%s\" has no \"%s\"", err.what, word);
	OPENSSL_free(der);
	t_pair_free(&p);
}

static void fields(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ .cn = "Ausländerbehörde, Muster", .not_before = T_NOW - 10,
						     .not_after = T_NOW + 10 });
	struct osci_cert *cert, *again;
	const unsigned char *der;
	size_t len;

	ASN1_INTEGER_set_uint64(X509_get_serialNumber(p.x509), 18446744073709551615ull);
	X509_sign(p.x509, p.pkey, EVP_sha256());
	cert = t_pair_cert(&p);
	assert_string_equal(osci_cert_subject(cert), "CN=Ausländerbehörde\\, Muster,C=DE");
	assert_string_equal(osci_cert_issuer(cert), osci_cert_subject(cert));
	assert_string_equal(osci_cert_serial(cert), "18446744073709551615");
	assert_int_equal(osci_cert_not_before(cert), T_NOW - 10);
	assert_int_equal(osci_cert_not_after(cert), T_NOW + 10);
	assert_int_equal(strspn(osci_cert_sha256(cert), "0123456789abcdef"), 64);
	der = osci_cert_der(cert, &len);
	assert_int_equal(osci_cert_from_der(&again, der, len, NULL), 0);
	assert_true(osci_cert_equal(cert, again));
	assert_ptr_equal(osci_cert_ref(cert), cert);
	osci_cert_unref(cert);
	osci_cert_unrefp(&again);
	assert_null(again);
	assert_null(osci_cert_unref(NULL));
	assert_null(osci_cert_ref(NULL));
	assert_null(osci_cert_unref(cert));
	t_pair_free(&p);
}

static void c_05_strict_der(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ 0 });
	struct osci_cert *cert = NULL;
	struct osci_err err = { 0 };
	size_t len, i;
	unsigned char *der = der_of(&p, &len), *more = malloc(OSCI_CERT_DER_MAX + 1);

	memset(more, 0, OSCI_CERT_DER_MAX + 1);
	memcpy(more, der, len);
	assert_int_equal(osci_cert_from_der(&cert, more, len + 1, &err), OSCI_E_KEYFILE);
	assert_int_equal(osci_cert_from_der(&cert, more, OSCI_CERT_DER_MAX + 1, &err), OSCI_E_KEYFILE);
	for (i = 0; i < len; i++)
		assert_int_equal(osci_cert_from_der(&cert, der, i, &err), OSCI_E_KEYFILE);
	/* no changed octet may crash the reader, and what it takes must be what was given */
	for (i = 0; i < len; i++) {
		static const unsigned char values[] = { 0x00, 0x80, 0xff };
		size_t v;

		for (v = 0; v < 3; v++) {
			memcpy(more, der, len);
			more[i] = values[v];
			if (osci_cert_from_der(&cert, more, len, NULL) == 0) {
				size_t n;

				assert_memory_equal(osci_cert_der(cert, &n), more, len);
				osci_cert_unrefp(&cert);
			}
		}
	}
	free(more);
	OPENSSL_free(der);
	t_pair_free(&p);
}

/* Forms that OpenSSL reads and gives back as they were. */
static void c_05_der_forms(void **state)
{
	static const struct {
		const char *hex;
		bool good;
	} cases[] = {
		{ "3003020105", true },       { "3000", true },           { "308003020105", false },
		{ "30810302010500", false },  { "308103020105", false },  { "30820003020105", false },
		{ "3004020105", false },      { "300302010500", false },  { "30030201", false },
		{ "30030101ff", true },       { "3003010100", true },     { "3003010101", false },
		{ "300401020000", false },    { "300402020080", true },   { "30040202007f", false },
		{ "30040202ff80", false },    { "30040202ff7f", true },   { "30020200", false },
		{ "30031f0101", false },      { "30050303000101", true }, { "3084000000030201", false },
		{ "3005a003020105", true },   { "3005a004020105", false }, { "", false },
		{ "30", false },              { "3085010000000000", false },
	};
	char deep[2 * 40 + 1];
	unsigned char bin[64];
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = 0;
		if (*cases[i].hex)
			assert_int_equal(OPENSSL_hexstr2buf_ex(bin, sizeof(bin), &n, cases[i].hex, '\0'), 1);
		if (der_strict(bin, n) != cases[i].good)
			fail_msg("%s", cases[i].hex);
	}
	for (i = 0; i < 40; i++) {
		deep[2 * i] = 0x30;
		deep[2 * i + 1] = (char)(2 * (39 - i));
	}
	assert_false(der_strict((unsigned char *)deep, 80));
	assert_true(der_strict((unsigned char *)deep + 2 * 30, 20));
}

/* The boolean of "critical" written as 01 instead of FF lies inside the signed part. */
static void c_05_inner_not_der(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ 0 });
	struct osci_cert *cert = NULL;
	size_t len, i, changed = 0;
	unsigned char *der = der_of(&p, &len);

	for (i = 0; i + 3 < len; i++)
		if (der[i] == 0x01 && der[i + 1] == 0x01 && der[i + 2] == 0xff && der[i + 3] == 0x04) {
			der[i + 2] = 0x01;
			changed++;
		}
	assert_true(changed > 0);
	assert_int_equal(osci_cert_from_der(&cert, der, len, NULL), OSCI_E_KEYFILE);
	OPENSSL_free(der);
	t_pair_free(&p);
}

static EVP_PKEY *rsa_of(int bits, unsigned long e, bool even)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_new(), *be = BN_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params;

	BN_rand(n, bits, BN_RAND_TOP_ONE, even ? BN_RAND_BOTTOM_ANY : BN_RAND_BOTTOM_ODD);
	if (even)
		BN_clear_bit(n, 0);
	BN_set_word(be, e);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, n);
	OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, be);
	params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY_fromdata_init(ctx);
	assert_int_equal(EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(n);
	BN_free(be);
	return pkey;
}

static void a_09_hostile_keys(void **state)
{
	static const struct {
		int bits;
		unsigned long e;
		bool even;
		const char *word;
	} cases[] = {
		{ 1024, 65537, false, "shorter than 3000" }, { 2048, 65537, false, "shorter than 3000" },
		{ 2999, 65537, false, "shorter than 3000" }, { 3072, 1, false, "exponent" },
		{ 3072, 2, false, "exponent" },              { 3072, 65536, false, "exponent" },
		{ 3072, 65537, true, "modulus is even" },    { 16384, 65537, false, "longer than 8192" },
		{ 65536, 3, false, "longer than 8192" },
	};
	struct t_pair issuer = make((struct t_pair_opts){ 0 });
	EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct osci_cert *cert;
	struct t_pair p;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EVP_PKEY *pkey = rsa_of(cases[i].bits, cases[i].e, cases[i].even);

		refused_pair(make((struct t_pair_opts){ .pkey = pkey, .issuer = &issuer }), cases[i].word);
		EVP_PKEY_free(pkey);
	}
	refused_pair(make((struct t_pair_opts){ .curve = "P-224" }), "shorter than 256");
	refused_pair(make((struct t_pair_opts){ .pkey = ed, .issuer = &issuer }), "neither");
	p = make((struct t_pair_opts){ .curve = "brainpoolP384r1" });
	cert = t_pair_cert(&p);
	osci_cert_unref(cert);
	t_pair_free(&p);
	EVP_PKEY_free(ed);
	t_pair_free(&issuer);
}

static void a_09_explicit_curve(void **state)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	assert_int_equal(EVP_PKEY_set_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
	refused_pair(make((struct t_pair_opts){ .pkey = pkey }), "named curve");
	EVP_PKEY_free(pkey);
}

static void c_05_hostile_fields(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ .not_before = T_NOW, .not_after = T_NOW - 1 });
	unsigned char nul[] = { 'a', 0, 'b' }, serial[21];
	ASN1_INTEGER *s;

	refused_pair(p, "validity");
	p = make((struct t_pair_opts){ 0 });
	ASN1_INTEGER_set(X509_get_serialNumber(p.x509), -5);
	X509_sign(p.x509, p.pkey, EVP_sha256());
	refused_pair(p, "serial");
	p = make((struct t_pair_opts){ 0 });
	memset(serial, 0x11, sizeof(serial));
	s = X509_get_serialNumber(p.x509);
	ASN1_STRING_set(s, serial, sizeof(serial));
	X509_sign(p.x509, p.pkey, EVP_sha256());
	refused_pair(p, "serial");
	p = make((struct t_pair_opts){ 0 });
	X509_NAME_add_entry_by_txt(X509_get_subject_name(p.x509), "O", MBSTRING_UTF8, nul, 3, -1, 0);
	X509_sign(p.x509, p.pkey, EVP_sha256());
	refused_pair(p, "names");
}

static void corpus(void **state)
{
	static const char *const names[] = { "indefinite-length", "length-overflow", "trailing-data", "truncated" };
	const char *shared = getenv("XAUSL_SHARED");
	size_t i;

	for (i = 0; i < 4; i++) {
		unsigned char data[OSCI_CERT_DER_MAX];
		struct osci_cert *cert = NULL;
		char path[4096];
		size_t n;
		FILE *f;

		snprintf(path, sizeof(path), "%s/security/corpus/cert/%s.der", shared ? shared : ".", names[i]);
		f = fopen(path, "rb");
		if (!f) {
			print_message("# SKIP no corpus of hostile certificates\n");
			skip();
		}
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		assert_int_equal(osci_cert_from_der(&cert, data, n, NULL), OSCI_E_KEYFILE);
		assert_null(cert);
	}
}

/* Read again while it is remembered, and after so many others that it is not. */
static void read_again(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ .cn = "Erstes" });
	struct osci_cert *first = t_pair_cert(&p), *again;
	int i;

	again = t_pair_cert(&p);
	assert_ptr_equal(first, again);
	osci_cert_unref(again);
	for (i = 0; i < 70; i++) {
		struct t_pair other = make((struct t_pair_opts){ .curve = "P-256" });
		struct osci_cert *cert = t_pair_cert(&other);

		assert_false(osci_cert_equal(cert, first));
		osci_cert_unref(cert);
		t_pair_free(&other);
	}
	again = t_pair_cert(&p);
	assert_ptr_not_equal(first, again);
	assert_true(osci_cert_equal(first, again));
	assert_string_equal(osci_cert_subject(again), osci_cert_subject(first));
	osci_cert_unref(first);
	osci_cert_unref(again);
	t_pair_free(&p);
}

static void judge(struct t_pair_opts o, enum osci_usage use, int64_t now, const char *word)
{
	struct t_pair p = make(o);
	struct osci_cert *cert = t_pair_cert(&p);
	struct osci_err err = { 0 };
	int r = osci_cert_check(cert, use, now, &err);

	if (!word) {
		assert_int_equal(r, 0);
	} else {
		assert_int_equal(r, OSCI_E_UNTRUSTED);
		assert_int_equal(err.feedback[0], '9');
		if (!strstr(err.what, word))
			fail_msg("\"%s\" has no \"%s\"", err.what, word);
		assert_null(strstr(err.what, "Geheimname"));
	}
	osci_cert_unref(cert);
	t_pair_free(&p);
}

static void c_01_c_03_checks(void **state)
{
	const struct t_pair_opts plain = { .cn = "Geheimname" };
	struct t_pair_opts o = plain;

	judge(plain, OSCI_USE_SIGN, T_NOW, NULL);
	judge(plain, OSCI_USE_ENCRYPT, T_NOW, NULL);
	judge(plain, OSCI_USE_SIGN, T_NOW + 30 * DAY, NULL);
	judge(plain, OSCI_USE_SIGN, T_NOW + 30 * DAY + 1, "expired since 2026-12-30");
	judge(plain, OSCI_USE_SIGN, T_NOW - 30 * DAY, NULL);
	judge(plain, OSCI_USE_SIGN, T_NOW - 30 * DAY - 1, "not yet valid");
	o.usage = "critical,keyEncipherment";
	judge(o, OSCI_USE_SIGN, T_NOW, "signatures");
	judge(o, OSCI_USE_ENCRYPT, T_NOW, NULL);
	o.usage = "critical,dataEncipherment";
	judge(o, OSCI_USE_ENCRYPT, T_NOW, NULL);
	o.usage = "critical,nonRepudiation";
	judge(o, OSCI_USE_SIGN, T_NOW, NULL);
	judge(o, OSCI_USE_ENCRYPT, T_NOW, "encryption");
	o.usage = "keyCertSign";
	judge(o, OSCI_USE_SIGN, T_NOW, "signatures");
	o.usage = "";
	judge(o, OSCI_USE_SIGN, T_NOW, NULL);
	judge(o, OSCI_USE_ENCRYPT, T_NOW, NULL);
	o.constraints = "critical,CA:TRUE";
	judge(o, OSCI_USE_SIGN, T_NOW, "CA");
	o = plain;
	o.extended = "serverAuth,clientAuth";
	judge(o, OSCI_USE_SIGN, T_NOW, "TLS");
	o.extended = "emailProtection,serverAuth";
	judge(o, OSCI_USE_SIGN, T_NOW, NULL);
	o = plain;
	o.curve = "P-256";
	judge(o, OSCI_USE_SIGN, T_NOW, NULL);
	judge(o, OSCI_USE_ENCRYPT, T_NOW, "RSA");
}

static void c_03_unknown_critical(void **state)
{
	struct t_pair p = make((struct t_pair_opts){ 0 });
	ASN1_OBJECT *oid = OBJ_txt2obj("1.2.3.4.5.6", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;
	struct osci_cert *cert;

	ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	X509_add_ext(p.x509, ext, -1);
	X509_sign(p.x509, p.pkey, EVP_sha256());
	cert = t_pair_cert(&p);
	assert_int_equal(osci_cert_check(cert, OSCI_USE_SIGN, T_NOW, NULL), OSCI_E_UNTRUSTED);
	osci_cert_unref(cert);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
	t_pair_free(&p);
}

struct pki {
	struct t_pair root, sub, leaf;
};

static struct pki make_pki(void)
{
	struct pki k;

	k.root = make((struct t_pair_opts){ .cn = "Root", .pkey = k1, .usage = "critical,keyCertSign",
					    .constraints = "critical,CA:TRUE", .not_after = T_NOW + 300 * DAY });
	k.sub = make((struct t_pair_opts){ .cn = "Sub", .pkey = k2, .usage = "critical,keyCertSign",
					   .constraints = "critical,CA:TRUE,pathlen:0", .issuer = &k.root,
					   .not_after = T_NOW + 200 * DAY });
	k.leaf = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k3, .issuer = &k.sub, .not_after = T_NOW + 100 * DAY });
	return k;
}

static void free_pki(struct pki *k)
{
	t_pair_free(&k->root);
	t_pair_free(&k->sub);
	t_pair_free(&k->leaf);
}

static void add(struct osci_trust *t, const struct t_pair *p)
{
	struct osci_cert *c = t_pair_cert(p);

	assert_int_equal(osci_trust_add(t, c), 0);
	assert_int_equal(osci_trust_add(t, c), 0); /* twice is once */
	osci_cert_unref(c);
}

static int ask(struct osci_trust *t, const struct t_pair *p, int64_t now, struct osci_err *err)
{
	struct osci_cert *c = t_pair_cert(p);
	int r = osci_trust_check(t, c, OSCI_USE_SIGN, now, err);

	osci_cert_unref(c);
	return r;
}

static void c_04_trust(void **state)
{
	struct pki k = make_pki();
	struct t_pair other = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k1 });
	struct t_pair below = make((struct t_pair_opts){ .cn = "Below", .pkey = k1, .issuer = &k.leaf });
	struct t_pair fake_sub = make((struct t_pair_opts){ .cn = "Sub", .pkey = k3, .usage = "critical,keyCertSign",
							    .constraints = "critical,CA:TRUE", .issuer = &k.root });
	struct t_pair forged = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k1, .issuer = &fake_sub });
	struct osci_trust *t;
	struct osci_err err;

	assert_int_equal(osci_trust_new(&t), 0);
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), OSCI_E_UNTRUSTED);
	assert_string_equal(err.feedback, "9700");
	add(t, &other);
	assert_int_equal(ask(t, &other, T_NOW, &err), 0);
	assert_int_equal(ask(t, &other, T_NOW + 31 * DAY, &err), OSCI_E_UNTRUSTED); /* listed, yet expired */
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), OSCI_E_UNTRUSTED); /* same name, other key */
	add(t, &k.root);
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), OSCI_E_UNTRUSTED); /* the sub CA is not at hand */
	add(t, &k.sub);
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), 0);
	assert_int_equal(ask(t, &k.leaf, T_NOW + 101 * DAY, &err), OSCI_E_UNTRUSTED);
	assert_int_equal(ask(t, &k.sub, T_NOW, &err), OSCI_E_UNTRUSTED); /* a CA is no participant */
	assert_int_equal(ask(t, &forged, T_NOW, &err), OSCI_E_UNTRUSTED);
	assert_int_equal(ask(t, &below, T_NOW, &err), OSCI_E_UNTRUSTED);
	add(t, &k.leaf);
	assert_int_equal(ask(t, &below, T_NOW, &err), OSCI_E_UNTRUSTED); /* a listed participant is no CA */
	osci_trust_freep(&t);
	assert_null(t);
	osci_trust_freep(&t);

	/* the sub CA alone is an anchor, as long as it is valid itself */
	assert_int_equal(osci_trust_new(&t), 0);
	add(t, &k.sub);
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), 0);
	osci_trust_freep(&t);
	t_pair_free(&other);
	t_pair_free(&below);
	t_pair_free(&fake_sub);
	t_pair_free(&forged);
	free_pki(&k);
}

static void c_01_expired_ca(void **state)
{
	struct t_pair root = make((struct t_pair_opts){ .cn = "Root", .pkey = k1, .usage = "critical,keyCertSign",
							.constraints = "critical,CA:TRUE", .not_after = T_NOW + DAY });
	struct t_pair leaf = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k3, .issuer = &root });
	struct osci_trust *t;
	struct osci_err err;

	assert_int_equal(osci_trust_new(&t), 0);
	add(t, &root);
	assert_int_equal(ask(t, &leaf, T_NOW, &err), 0);
	assert_int_equal(ask(t, &leaf, T_NOW + 2 * DAY, &err), OSCI_E_UNTRUSTED);
	assert_non_null(strstr(err.what, "expired"));
	osci_trust_freep(&t);
	t_pair_free(&root);
	t_pair_free(&leaf);
}

static void deep_path(void **state)
{
	struct t_pair ca[7];
	struct osci_trust *t;
	struct osci_err err;
	int i;

	assert_int_equal(osci_trust_new(&t), 0);
	for (i = 0; i < 7; i++) {
		char cn[16];

		snprintf(cn, sizeof(cn), "CA%d", i);
		ca[i] = make((struct t_pair_opts){ .cn = cn, .pkey = i % 2 ? k1 : k2, .usage = "critical,keyCertSign",
						   .constraints = "critical,CA:TRUE", .issuer = i ? &ca[i - 1] : NULL });
	}
	add(t, &ca[0]);
	for (i = 1; i < 7; i++) {
		struct t_pair leaf = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k3, .issuer = &ca[i] });
		struct t_pair direct = make((struct t_pair_opts){ .cn = "Leaf", .pkey = k3, .issuer = &ca[0] });

		/* only the root is trusted: the path to a leaf below CA i is not at hand */
		assert_int_equal(ask(t, &leaf, T_NOW, &err), OSCI_E_UNTRUSTED);
		assert_int_equal(ask(t, &direct, T_NOW, &err), 0);
		t_pair_free(&leaf);
		t_pair_free(&direct);
	}
	osci_trust_freep(&t);
	for (i = 0; i < 7; i++)
		t_pair_free(&ca[i]);
}

static void pem_files(void **state)
{
	struct pki k = make_pki();
	char path[] = "/tmp/test-cert-XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	struct osci_cert *cert = NULL;
	struct osci_trust *t;
	struct osci_err err;

	assert_non_null(f);
	fputs("Words before it are allowed.\n", f);
	PEM_write_X509(f, k.sub.x509);
	PEM_write_X509(f, k.root.x509);
	fclose(f);
	assert_int_equal(osci_cert_load_pem(&cert, path, &err), 0);
	assert_string_equal(osci_cert_subject(cert), "CN=Sub,C=DE");
	osci_cert_unrefp(&cert);
	assert_int_equal(osci_trust_new(&t), 0);
	assert_int_equal(osci_trust_add_pem(t, path, &err), 0);
	assert_int_equal(ask(t, &k.leaf, T_NOW, &err), 0);

	f = fopen(path, "a");
	fputs("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", f);
	fclose(f);
	assert_int_equal(osci_trust_add_pem(t, path, &err), OSCI_E_KEYFILE);
	assert_string_equal(err.where, path);
	f = fopen(path, "w");
	fputs("nothing here\n", f);
	fclose(f);
	assert_int_equal(osci_trust_add_pem(t, path, &err), OSCI_E_KEYFILE);
	assert_int_equal(osci_cert_load_pem(&cert, path, &err), OSCI_E_KEYFILE);
	unlink(path);
	assert_int_equal(osci_cert_load_pem(&cert, path, &err), -ENOENT);
	assert_int_equal(osci_trust_add_pem(t, "/tmp", &err), OSCI_E_KEYFILE);
	osci_trust_freep(&t);
	free_pki(&k);
}

static int setup(void **state)
{
	assert_int_equal(osci_crypto_init(NULL), 0);
	k1 = EVP_RSA_gen(3072);
	k2 = EVP_RSA_gen(3072);
	k3 = EVP_RSA_gen(3072);
	return k1 && k2 && k3 ? 0 : -1;
}

static int teardown(void **state)
{
	EVP_PKEY_free(k1);
	EVP_PKEY_free(k2);
	EVP_PKEY_free(k3);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields),         cmocka_unit_test(c_05_strict_der), cmocka_unit_test(c_05_inner_not_der),
		cmocka_unit_test(c_05_der_forms),
		cmocka_unit_test(a_09_hostile_keys),   cmocka_unit_test(a_09_explicit_curve),
		cmocka_unit_test(c_05_hostile_fields), cmocka_unit_test(corpus),     cmocka_unit_test(c_01_c_03_checks),
		cmocka_unit_test(c_03_unknown_critical), cmocka_unit_test(c_04_trust),    cmocka_unit_test(c_01_expired_ca),
		cmocka_unit_test(deep_path), cmocka_unit_test(read_again),
		     cmocka_unit_test(pem_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
