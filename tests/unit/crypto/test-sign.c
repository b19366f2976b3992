/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-sign - signature values, canonical forms, digests
 *
 * Every algorithm signs and verifies; whatever is changed afterwards is refused; xmlsec's own
 * verification of a whole ds:Signature agrees with ours.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/xmlIO.h>
#include <openssl/rsa.h>
#include <xmlsec/base64.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmltree.h>
#include <xmlsec/openssl/evp.h>

#include "crypto/priv.h"
#include "lib/t_keys.h"

#define DS "http://www.w3.org/2000/09/xmldsig#"
#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE07 "http://www.w3.org/2007/05/xmldsig-more#"

static struct osci_key *rsa, *rsa2, *ec;

static xmlDocPtr parse(const char *text)
{
	xmlDocPtr doc = xmlReadMemory(text, (int)strlen(text), NULL, NULL, XML_PARSE_NONET);

	assert_non_null(doc);
	return doc;
}

static const char info[] = "<a xmlns='urn:a' xmlns:u='urn:u'><b xml:lang='de' z='1' y='&lt;'>t&#13;ext<!-- c --></b>"
			   "<c/></a>";

static xmlNodePtr child(xmlDocPtr doc)
{
	return xmlDocGetRootElement(doc)->children;
}

static const char *const algs[] = {
	OSCI_URI_PSS_SHA256, MORE07 "sha512-rsa-MGF1", MORE07 "sha3-256-rsa-MGF1", MORE07 "sha3-384-rsa-MGF1",
	MORE07 "sha3-512-rsa-MGF1", MORE "rsa-sha256", MORE "rsa-sha512", MORE "ecdsa-sha256", MORE "ecdsa-sha512",
};

static void round_trip(void **state)
{
	size_t i, k;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		const struct osci_alg *alg = osci_alg_find(OSCI_ALG_SIGN, algs[i]);
		const struct osci_key *key = strstr(algs[i], "ecdsa") ? ec : rsa;
		struct osci_buf canon = OSCI_BUF_INIT(4096), value = OSCI_BUF_INIT(4096);
		struct osci_err err = { 0 };
		xmlDocPtr doc = parse(info);

		assert_non_null(alg);
		assert_int_equal(osci_c14n_node(child(doc), &canon, &err), 0);
		assert_int_equal(osci_sign(key, alg, canon.data, canon.len, &value, &err), 0);
		assert_int_equal(osci_verify_node(key->cert, alg, child(doc), value.data, value.len, &err), 0);
		for (k = 0; k < value.len; k += 37) {
			value.data[k] ^= 1;
			assert_int_equal(osci_verify_node(key->cert, alg, child(doc), value.data, value.len, &err),
					 OSCI_E_SIGNATURE);
			assert_string_equal(err.feedback, "9601");
			value.data[k] ^= 1;
		}
		assert_int_equal(osci_verify_node(key->cert, alg, child(doc), value.data, value.len - 1, &err),
				 OSCI_E_SIGNATURE);
		assert_int_equal(osci_verify_node(key->cert, alg, child(doc), value.data, 0, &err),
				 OSCI_E_SIGNATURE);
		xmlNewProp(child(doc), BAD_CAST "x", BAD_CAST "");
		assert_int_equal(osci_verify_node(key->cert, alg, child(doc), value.data, value.len, &err),
				 OSCI_E_SIGNATURE);
		xmlFreeDoc(doc);
		osci_buf_free(&canon);
		osci_buf_free(&value);
	}
}

static void other_key_or_algorithm(void **state)
{
	const struct osci_alg *pss = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);
	const struct osci_alg *pss512 = osci_alg_find(OSCI_ALG_SIGN, MORE07 "sha512-rsa-MGF1");
	const struct osci_alg *sha3 = osci_alg_find(OSCI_ALG_SIGN, MORE07 "sha3-256-rsa-MGF1");
	const struct osci_alg *v15 = osci_alg_find(OSCI_ALG_SIGN, MORE "rsa-sha256");
	const struct osci_alg *ecdsa = osci_alg_find(OSCI_ALG_SIGN, MORE "ecdsa-sha256");
	struct osci_buf canon = OSCI_BUF_INIT(4096), value = OSCI_BUF_INIT(4096);
	xmlDocPtr doc = parse(info);
	struct osci_err err = { 0 };

	assert_int_equal(osci_c14n_node(child(doc), &canon, &err), 0);
	assert_int_equal(osci_sign(rsa, pss, canon.data, canon.len, &value, &err), 0);
	assert_int_equal(osci_verify_node(rsa2->cert, pss, child(doc), value.data, value.len, &err), OSCI_E_SIGNATURE);
	assert_int_equal(osci_verify_node(rsa->cert, pss512, child(doc), value.data, value.len, &err), OSCI_E_SIGNATURE);
	assert_int_equal(osci_verify_node(rsa->cert, sha3, child(doc), value.data, value.len, &err), OSCI_E_SIGNATURE);
	assert_int_equal(osci_verify_node(rsa->cert, v15, child(doc), value.data, value.len, &err), OSCI_E_SIGNATURE);
	assert_int_equal(osci_verify_node(rsa->cert, ecdsa, child(doc), value.data, value.len, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_verify_node(ec->cert, pss, child(doc), value.data, value.len, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_sign(ec, pss, canon.data, canon.len, &value, &err), OSCI_E_ALGORITHM);
	assert_int_equal(osci_sign(rsa, pss, canon.data, 0, &value, &err), OSCI_E_LIMIT);
	osci_buf_free(&canon);
	osci_buf_free(&value);
	xmlFreeDoc(doc);
}

/* Signs with plain OpenSSL as a peer would. */
static void peer_sign(const struct osci_key *key, const void *data, size_t len, int padding, int salt,
		      unsigned char *out, size_t *ret_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;

	assert_int_equal(EVP_DigestSignInit(ctx, &pctx, EVP_sha256(), NULL, key->pkey), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(pctx, padding), 1);
	if (padding == RSA_PKCS1_PSS_PADDING)
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, salt), 1);
	assert_int_equal(EVP_DigestSign(ctx, out, ret_len, data, len), 1);
	EVP_MD_CTX_free(ctx);
}

static void a_10_salt_and_v15_of_peers(void **state)
{
	const struct osci_alg *pss = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);
	const struct osci_alg *v15 = osci_alg_find(OSCI_ALG_SIGN, MORE "rsa-sha256");
	struct osci_buf canon = OSCI_BUF_INIT(4096);
	xmlDocPtr doc = parse(info);
	unsigned char value[1024];
	static const int wrong[] = { 0, 20, 31, 33, 64, RSA_PSS_SALTLEN_MAX };
	size_t n = sizeof(value), i;

	assert_int_equal(osci_c14n_node(child(doc), &canon, NULL), 0);
	peer_sign(rsa, canon.data, canon.len, RSA_PKCS1_PSS_PADDING, 32, value, &n);
	assert_int_equal(osci_verify_node(rsa->cert, pss, child(doc), value, n, NULL), 0);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		n = sizeof(value);
		peer_sign(rsa, canon.data, canon.len, RSA_PKCS1_PSS_PADDING, wrong[i], value, &n);
		assert_int_equal(osci_verify_node(rsa->cert, pss, child(doc), value, n, NULL), OSCI_E_SIGNATURE);
	}
	n = sizeof(value);
	peer_sign(rsa, canon.data, canon.len, RSA_PKCS1_PADDING, 0, value, &n);
	assert_int_equal(osci_verify_node(rsa->cert, v15, child(doc), value, n, NULL), 0);
	assert_int_equal(osci_verify_node(rsa->cert, pss, child(doc), value, n, NULL), OSCI_E_SIGNATURE);
	value[n] = 0; /* longer than the modulus */
	assert_int_equal(osci_verify_node(rsa->cert, v15, child(doc), value, n + 1, NULL), OSCI_E_SIGNATURE);
	osci_buf_free(&canon);
	xmlFreeDoc(doc);
}

/* Zero, order of the curve, DER instead of r and s. */
static void a_10_ecdsa_values(void **state)
{
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_SIGN, MORE "ecdsa-sha256");
	xmlDocPtr doc = parse(info);
	static const unsigned char order[] = { /* of P-256 */
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
	};
	struct osci_buf canon = OSCI_BUF_INIT(4096), good = OSCI_BUF_INIT(4096);
	unsigned char value[256] = { 0 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = sizeof(value);

	assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, 64, NULL), OSCI_E_SIGNATURE);
	memset(value, 0xff, 64);
	assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, 64, NULL), OSCI_E_SIGNATURE);
	assert_int_equal(osci_c14n_node(child(doc), &canon, NULL), 0);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, ec->pkey), 1);
	assert_int_equal(EVP_DigestSign(ctx, value, &n, canon.data, canon.len), 1);
	assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, n, NULL), OSCI_E_SIGNATURE);
	assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, 64, NULL), OSCI_E_SIGNATURE);
	EVP_MD_CTX_free(ctx);
	/* one half of a good value replaced by 0, by the order, by the order and one */
	assert_int_equal(osci_sign(ec, alg, canon.data, canon.len, &good, NULL), 0);
	assert_int_equal(good.len, 64);
	assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), good.data, 64, NULL), 0);
	for (n = 0; n < 6; n++) {
		memcpy(value, good.data, 64);
		memset(value + n % 2 * 32, 0, 32);
		if (n >= 2)
			memcpy(value + n % 2 * 32, order, 32);
		value[n % 2 * 32 + 31] += n >= 4;
		assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, 64, NULL), OSCI_E_SIGNATURE);
	}
	for (n = 0; n < 128; n++) /* any other length */
		if (n != 64)
			assert_int_equal(osci_verify_node(ec->cert, alg, child(doc), value, n, NULL), OSCI_E_SIGNATURE);
	osci_buf_free(&good);
	osci_buf_free(&canon);
	xmlFreeDoc(doc);
}

static void canonical_form(void **state)
{
	xmlDocPtr doc = parse("<?xml version='1.0'?><r xmlns='urn:d' xmlns:p='urn:p' xml:lang='de'><!-- x -->"
			      "<p:s b='2' a='1'>1&gt;2 &amp; \"<t/></p:s><p:other/></r>");
	struct osci_buf out = OSCI_BUF_INIT(4096);
	unsigned char one[OSCI_DIGEST_MAX], two[OSCI_DIGEST_MAX];
	static const char *const uris[] = { OSCI_URI_SHA256, OSCI_URI_SHA512, MORE07 "sha3-256", MORE07 "sha3-384",
					    MORE07 "sha3-512" };
	xmlNodePtr s = xmlDocGetRootElement(doc)->children->next;
	size_t n1, n2, i;

	assert_int_equal(osci_c14n_node(s, &out, NULL), 0);
	assert_string_equal((char *)out.data,
			    "<p:s xmlns=\"urn:d\" xmlns:p=\"urn:p\" a=\"1\" b=\"2\" xml:lang=\"de\">1&gt;2 &amp; \"<t></t></p:s>");
	for (i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		const struct osci_alg *alg = osci_alg_find(OSCI_ALG_DIGEST, uris[i]);

		assert_int_equal(osci_digest(alg, out.data, out.len, one, &n1), 0);
		assert_int_equal(osci_digest_node(alg, s, two, &n2, NULL), 0);
		assert_int_equal(n1, alg->bits / 8);
		assert_int_equal(n1, n2);
		assert_memory_equal(one, two, n1);
	}
	osci_buf_free(&out);
	xmlFreeDoc(doc);
}

/* The canonicaliser sees only the subtree; libxml2's own selection over the whole document must agree. */
static int below(void *data, xmlNodePtr node, xmlNodePtr parent)
{
	if (node == data)
		return 1;
	for (; parent; parent = parent->parent)
		if (parent == data)
			return 1;
	return 0;
}

static void subtree_like_document(void **state)
{
	static const char text[] =
		"<?pi x?><r xmlns='urn:d' xmlns:p='urn:p' xml:lang='de' xml:space='preserve'>"
		"<p:a xmlns:q='urn:q' q:z='1' p:z='2' z='3'><b xmlns=''>\n<c xmlns='urn:d' xml:lang='en'/>"
		"<p:d xmlns:p='urn:other' p:z='&#9;&#10;&quot;'/></b><!-- c --><?pi y?><q:e xmlns:q='urn:q'/></p:a>"
		"<p:f/>tail<g xmlns:unused='urn:u'><h/><![CDATA[<&>]]></g></r>";
	xmlDocPtr doc = parse(text);
	xmlNodePtr n = xmlDocGetRootElement(doc);
	unsigned seen = 0;

	while (n) {
		if (n->type == XML_ELEMENT_NODE) {
			xmlOutputBufferPtr want = xmlAllocOutputBuffer(NULL);
			struct osci_buf out = OSCI_BUF_INIT(4096);

			assert_true(xmlC14NExecute(doc, below, n, XML_C14N_1_0, NULL, 0, want) >= 0);
			assert_int_equal(osci_c14n_node(n, &out, NULL), 0);
			assert_int_equal(out.len, xmlOutputBufferGetSize(want));
			assert_memory_equal(out.data, xmlOutputBufferGetContent(want), out.len);
			xmlOutputBufferClose(want);
			osci_buf_free(&out);
			seen++;
		}
		if (n->children) {
			n = n->children;
			continue;
		}
		while (n && !n->next)
			n = n->parent == (xmlNodePtr)doc ? NULL : n->parent;
		n = n ? n->next : NULL;
	}
	assert_int_equal(seen, 9);
	xmlFreeDoc(doc);
}

static void known_digest(void **state)
{
	static const unsigned char sha3[] = { 0x3a, 0x98, 0x5d, 0xa7, 0x4f, 0xe2, 0x25, 0xb2 };
	unsigned char out[OSCI_DIGEST_MAX];
	size_t n;

	assert_int_equal(osci_digest(osci_alg_find(OSCI_ALG_DIGEST, MORE07 "sha3-256"), "abc", 3, out, &n), 0);
	assert_memory_equal(out, sha3, sizeof(sha3));
	assert_int_equal(osci_digest(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), NULL, 0, out, &n), 0);
	assert_int_equal(out[0], 0xe3);
	assert_int_equal(osci_digest(osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256), "", 0, out, &n), OSCI_E_USAGE);
}

/* A relative namespace URI has no canonical form. */
static void digest_in_pieces(void **state)
{
	const struct osci_alg *alg = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA512);
	unsigned char whole[OSCI_DIGEST_MAX], parts[OSCI_DIGEST_MAX];
	struct osci_hash *h = NULL;
	size_t cut, n, m;

	assert_int_equal(osci_digest(alg, "abcdefgh", 8, whole, &n), 0);
	for (cut = 0; cut <= 8; cut++) {
		assert_int_equal(osci_hash_new(&h, alg), 0);
		assert_int_equal(osci_hash_add(h, "abcdefgh", cut), 0);
		assert_int_equal(osci_hash_add(h, "abcdefgh" + cut, 8 - cut), 0);
		assert_int_equal(osci_hash_end(h, parts, &m), 0);
		osci_hash_freep(&h);
		assert_int_equal(m, n);
		assert_memory_equal(parts, whole, n);
	}
	assert_int_equal(osci_hash_new(&h, osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM)), OSCI_E_USAGE);
	assert_null(h);
}

static void no_canonical_form(void **state)
{
	const struct osci_alg *sha = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	xmlDocPtr doc = parse("<r><s xmlns='relative/uri'>x</s></r>");
	struct osci_buf out = OSCI_BUF_INIT(4096), small = OSCI_BUF_INIT(8);
	unsigned char md[OSCI_DIGEST_MAX];
	struct osci_err err = { 0 };
	size_t n = 0;

	osci_buf_adds(&out, "kept");
	assert_int_equal(osci_c14n_node(child(doc), &out, &err), OSCI_E_MALFORMED);
	assert_string_equal((char *)out.data, "kept");
	assert_int_equal(osci_digest_node(sha, child(doc), md, &n, &err), OSCI_E_MALFORMED);
	assert_int_equal(osci_digest_node(sha, NULL, md, &n, &err), OSCI_E_USAGE);
	assert_int_equal(osci_digest_node(sha, child(doc)->children, md, &n, &err), OSCI_E_USAGE);
	assert_int_equal(n, 0);
	osci_buf_free(&out);
	xmlFreeDoc(doc);
	doc = parse(info);
	assert_int_equal(osci_c14n_node(child(doc), &small, &err), OSCI_E_LIMIT);
	osci_buf_free(&small);
	xmlFreeDoc(doc);
}

static void a_01_a_02_a_03_allow_list(void **state)
{
	static const char *const refused[] = {
		"http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmlenc#ripemd160",
		"http://www.w3.org/2001/04/xmldsig-more#md5", "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
		"http://www.w3.org/2000/09/xmldsig#hmac-sha1", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
		"http://www.w3.org/2001/04/xmlenc#rsa-1_5", "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p",
		"http://www.w3.org/2009/xmlenc11#mgf1sha1", "http://www.w3.org/2001/10/xml-exc-c14n#",
		"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", "http://www.w3.org/2006/12/xml-c14n11",
		"", "http://www.w3.org/2001/04/xmlenc#sha256 ", "HTTP://www.w3.org/2001/04/xmlenc#sha256",
	};
	size_t i;
	int kind;

	for (kind = OSCI_ALG_DIGEST; kind <= OSCI_ALG_C14N; kind++) {
		for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
			assert_null(osci_alg_find(kind, refused[i]));
		assert_null(osci_alg_find(kind, NULL));
	}
	assert_null(osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_SHA256));
	assert_true(osci_alg_find(OSCI_ALG_CIPHER, "http://www.w3.org/2001/04/xmlenc#aes256-cbc")->cbc);
	assert_false(osci_alg_find(OSCI_ALG_CIPHER, "http://www.w3.org/2001/04/xmlenc#aes256-cbc")->write);
	assert_non_null(osci_alg_find(OSCI_ALG_C14N, OSCI_URI_C14N));
}

/* A whole enveloped signature as xmlsec itself checks it, with URI look-up and all. */
static void xmlsec_agrees(void **state)
{
	const struct osci_alg *pss = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);
	const struct osci_alg *sha = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	xmlDocPtr doc = parse("<m xmlns:x='urn:x'><x:body Id='body'>some <b>text</b></x:body>"
			      "<ds:Signature xmlns:ds='" DS "'><ds:SignedInfo><ds:CanonicalizationMethod Algorithm='"
			      OSCI_URI_C14N "'/><ds:SignatureMethod Algorithm='" OSCI_URI_PSS_SHA256 "'/>"
			      "<ds:Reference URI='#body'><ds:Transforms><ds:Transform Algorithm='" OSCI_URI_C14N
			      "'/></ds:Transforms><ds:DigestMethod Algorithm='" OSCI_URI_SHA256 "'/><ds:DigestValue/>"
			      "</ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature></m>");
	xmlNodePtr body = child(doc), sig = body->next, si = sig->children, sv = si->next;
	xmlNodePtr dv = xmlSecFindNode(si, BAD_CAST "DigestValue", BAD_CAST DS);
	struct osci_buf canon = OSCI_BUF_INIT(8192), value = OSCI_BUF_INIT(4096);
	unsigned char md[OSCI_DIGEST_MAX];
	xmlChar *text;
	size_t n;
	int round;

	xmlAddID(NULL, doc, BAD_CAST "body", xmlHasProp(body, BAD_CAST "Id"));
	assert_int_equal(osci_digest_node(sha, body, md, &n, NULL), 0);
	text = xmlSecBase64Encode(md, (xmlSecSize)n, 0);
	xmlNodeSetContent(dv, text);
	xmlFree(text);
	assert_int_equal(osci_c14n_node(si, &canon, NULL), 0);
	assert_int_equal(osci_sign(rsa, pss, canon.data, canon.len, &value, NULL), 0);
	text = xmlSecBase64Encode(value.data, (xmlSecSize)value.len, 0);
	xmlNodeSetContent(sv, text);
	xmlFree(text);
	for (round = 0; round < 3; round++) {
		xmlSecDSigCtx ctx;
		int r;

		if (round == 1)
			xmlNodeSetContent(body->children->next, BAD_CAST "Text");
		if (round == 2)
			xmlNodeSetContent(body->children->next, BAD_CAST "text");
		assert_int_equal(xmlSecDSigCtxInitialize(&ctx, NULL), 0);
		ctx.signKey = xmlSecKeyDuplicate(round == 2 ? rsa2->cert->seckey : rsa->cert->seckey);
		r = xmlSecDSigCtxVerify(&ctx, sig);
		if (round == 0) {
			assert_int_equal(r, 0);
			assert_int_equal(ctx.status, xmlSecDSigStatusSucceeded);
		} else {
			assert_int_not_equal(ctx.status, xmlSecDSigStatusSucceeded);
		}
		xmlSecDSigCtxFinalize(&ctx);
	}
	assert_int_equal(osci_verify_node(rsa->cert, pss, si, value.data, value.len, NULL), 0);
	osci_buf_free(&canon);
	osci_buf_free(&value);
	xmlFreeDoc(doc);
}

/* The other way round: xmlsec signs by template with our klass, we verify. */
static void xmlsec_signs(void **state)
{
	const struct osci_alg *pss = osci_alg_find(OSCI_ALG_SIGN, OSCI_URI_PSS_SHA256);
	xmlDocPtr doc = parse("<m><b Id='b'>x</b><ds:Signature xmlns:ds='" DS "'><ds:SignedInfo><ds:CanonicalizationMethod "
			      "Algorithm='" OSCI_URI_C14N "'/><ds:SignatureMethod Algorithm='" OSCI_URI_PSS_SHA256 "'/>"
			      "<ds:Reference URI='#b'><ds:DigestMethod Algorithm='" OSCI_URI_SHA256 "'/><ds:DigestValue/>"
			      "</ds:Reference></ds:SignedInfo><ds:SignatureValue/></ds:Signature></m>");
	xmlNodePtr sig = child(doc)->next;
	unsigned char value[1024], md[OSCI_DIGEST_MAX], theirs[64];
	xmlSecDSigCtx ctx;
	xmlChar *text;
	xmlSecSize len = 0;
	size_t n;

	xmlAddID(NULL, doc, BAD_CAST "b", xmlHasProp(child(doc), BAD_CAST "Id"));
	assert_int_equal(xmlSecDSigCtxInitialize(&ctx, NULL), 0);
	ctx.signKey = xmlSecKeyDuplicate(rsa->seckey);
	assert_int_equal(xmlSecDSigCtxSign(&ctx, sig), 0);
	xmlSecDSigCtxFinalize(&ctx);
	text = xmlNodeGetContent(sig->children->next);
	assert_int_equal(xmlSecBase64Decode_ex(text, value, sizeof(value), &len), 0);
	xmlFree(text);
	assert_int_equal(len, 384);
	assert_int_equal(osci_verify_node(rsa->cert, pss, sig->children, value, len, NULL), 0);
	text = xmlNodeGetContent(xmlSecFindNode(sig, BAD_CAST "DigestValue", BAD_CAST DS));
	assert_int_equal(xmlSecBase64Decode_ex(text, theirs, sizeof(theirs), &len), 0);
	assert_int_equal(len, 32);
	xmlFree(text);
	assert_int_equal(osci_digest_node(osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256), child(doc), md, &n, NULL), 0);
	assert_memory_equal(md, theirs, 32);
	xmlFreeDoc(doc);
}

static int setup(void **state)
{
	struct t_pair_opts o = { .curve = "P-256", .usage = "critical,digitalSignature" };
	struct t_pair p;

	assert_int_equal(osci_crypto_init(NULL), 0);
	assert_int_equal(osci_crypto_init(NULL), 0); /* a second time does no harm */
	rsa = t_key("Eins", 3072, OSCI_USE_SIGN);
	rsa2 = t_key("Zwei", 3072, OSCI_USE_SIGN);
	p = t_pair_make(&o);
	ec = t_pair_key(&p);
	t_pair_free(&p);
	return 0;
}

static int teardown(void **state)
{
	osci_key_unrefp(&rsa);
	osci_key_unrefp(&rsa2);
	osci_key_unrefp(&ec);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),        cmocka_unit_test(other_key_or_algorithm),
		cmocka_unit_test(a_10_salt_and_v15_of_peers), cmocka_unit_test(a_10_ecdsa_values),
		cmocka_unit_test(canonical_form),    cmocka_unit_test(known_digest),
		cmocka_unit_test(subtree_like_document), cmocka_unit_test(digest_in_pieces),
		cmocka_unit_test(no_canonical_form), cmocka_unit_test(a_01_a_02_a_03_allow_list),
		cmocka_unit_test(xmlsec_agrees),     cmocka_unit_test(xmlsec_signs),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
