/* SPDX-License-Identifier: Apache-2.0 */
/* t_unseal - see t_unseal.h */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "crypto/priv.h"
#include "lib/t_unseal.h"

#define TAG 16

/* --- MIME --------------------------------------------------------------------------- */

static bool octets(struct t_octets *o, const void *data, size_t len)
{
	o->data = malloc(len + 1);
	if (!o->data)
		return false;
	if (len)
		memcpy(o->data, data, len);
	o->data[len] = '\0';
	o->len = len;
	return true;
}

/* Text that may hold white space. */
static bool base64(const char *text, size_t len, struct t_octets *ret)
{
	EVP_ENCODE_CTX *ctx = EVP_ENCODE_CTX_new();
	int n = 0, rest = 0;
	bool ok;

	ret->data = malloc(len + 4);
	ok = ctx && ret->data;
	if (ok) {
		EVP_DecodeInit(ctx);
		ok = EVP_DecodeUpdate(ctx, ret->data, &n, (const unsigned char *)text, (int)len) >= 0 &&
		     EVP_DecodeFinal(ctx, ret->data + n, &rest) == 1;
	}
	EVP_ENCODE_CTX_free(ctx);
	if (!ok) {
		free(ret->data);
		ret->data = NULL;
		return false;
	}
	ret->len = (size_t)(n + rest);
	ret->data[ret->len] = '\0';
	return true;
}

/* @number from 0; decoded if it travels as base64. */
static bool part(const char *body, size_t len, unsigned number, struct t_octets *ret)
{
	const char *end = body + len, *at, *head, *data, *next;
	char boundary[256], mark[300];
	size_t n;

	at = memmem(body, len < 4096 ? len : 4096, "boundary=", 9);
	if (!at)
		return false;
	at += 9;
	at += *at == '"';
	n = strcspn(at, "\";\r\n");
	if (n >= sizeof(boundary))
		return false;
	snprintf(boundary, sizeof(boundary), "%.*s", (int)n, at);
	snprintf(mark, sizeof(mark), "\r\n--%s", boundary);
	for (;; number--) {
		at = memmem(at, (size_t)(end - at), mark, strlen(mark));
		if (!at)
			return false;
		at += strlen(mark);
		if (!number)
			break;
	}
	head = at;
	data = memmem(head, (size_t)(end - head), "\r\n\r\n", 4);
	if (!data)
		return false;
	data += 4;
	next = memmem(data - 2, (size_t)(end - data) + 2, mark, strlen(mark));
	if (!next)
		return false;
	n = next > data ? (size_t)(next - data) : 0;
	if (memmem(head, (size_t)(data - head), "Content-Transfer-Encoding: base64", 33))
		return base64(data, n, ret);
	return octets(ret, data, n);
}

bool t_root_part(const void *body, size_t len, struct t_octets *ret)
{
	return len && *(const char *)body == '<' ? octets(ret, body, len) : part(body, len, 0, ret);
}

/* --- XML ---------------------------------------------------------------------------- */

static xmlNodePtr child(const xmlNode *node, const char *name)
{
	xmlNodePtr n;

	for (n = node ? node->children : NULL; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE && !strcmp((const char *)n->name, name))
			return n;
	return NULL;
}

static xmlNodePtr sealed(xmlDocPtr doc)
{
	return child(child(xmlDocGetRootElement(doc), "Body"), "EncryptedData");
}

bool t_is_sealed(xmlDocPtr doc)
{
	return sealed(doc) != NULL;
}

static bool base64_of(const xmlNode *node, struct t_octets *ret)
{
	xmlChar *text = node ? xmlNodeGetContent(node) : NULL;
	bool ok = text && base64((const char *)text, strlen((const char *)text), ret);

	xmlFree(text);
	return ok;
}

/* What stands behind '#' in the Algorithm of @node. */
static void algorithm(const xmlNode *node, char *out, size_t size)
{
	xmlChar *uri = node ? xmlGetNoNsProp((xmlNodePtr)(uintptr_t)node, (const xmlChar *)"Algorithm") : NULL;
	const char *at = uri ? strrchr((const char *)uri, '#') : NULL;

	snprintf(out, size, "%s", at ? at + 1 : "");
	xmlFree(uri);
}

/* --- cryptography --------------------------------------------------------------------- */

/* "sha3-256" of a digest, "mgf1sha256" of a mask function: OpenSSL's name. */
static const char *digest_name(const char *name)
{
	static const char *const names[][2] = {
		{ "sha256", "SHA2-256" },      { "sha384", "SHA2-384" },      { "sha512", "SHA2-512" },
		{ "mgf1sha256", "SHA2-256" },  { "mgf1sha384", "SHA2-384" },  { "mgf1sha512", "SHA2-512" },
		{ "sha3-256", "SHA3-256" },    { "sha3-384", "SHA3-384" },    { "sha3-512", "SHA3-512" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i][0], name))
			return names[i][1];
	return NULL;
}

static bool unwrap(EVP_PKEY *pkey, const xmlNode *method, const struct t_octets *wrapped, struct t_octets *ret)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	char digest[32], mgf[32];
	bool ok;

	algorithm(child(method, "DigestMethod"), digest, sizeof(digest));
	algorithm(child(method, "MGF"), mgf, sizeof(mgf));
	ok = ctx && digest_name(digest) && digest_name(mgf) && EVP_PKEY_decrypt_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	     EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest_name(digest), NULL) == 1 &&
	     EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest_name(mgf), NULL) == 1 &&
	     EVP_PKEY_decrypt(ctx, NULL, &ret->len, wrapped->data, wrapped->len) == 1 &&
	     (ret->data = malloc(ret->len + 1)) != NULL &&
	     EVP_PKEY_decrypt(ctx, ret->data, &ret->len, wrapped->data, wrapped->len) == 1;
	EVP_PKEY_CTX_free(ctx);
	return ok;
}

static bool decrypt(const xmlNode *method, const struct t_octets *key, const struct t_octets *blob, struct t_octets *ret)
{
	xmlNodePtr iv_length = child(method, "IvLength");
	xmlChar *length = iv_length ? xmlGetNoNsProp(iv_length, (const xmlChar *)"Value") : NULL;
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t iv = length ? strtoul((const char *)length, NULL, 10) : 16, tag;
	int n = 0, rest = 0;
	EVP_CIPHER *cipher;
	char name[32];
	bool ok, gcm;

	algorithm(method, name, sizeof(name));
	gcm = strstr(name, "-gcm") != NULL;
	tag = gcm ? TAG : 0;
	cipher = EVP_CIPHER_fetch(NULL, !strncmp(name, "aes256", 6) ? (gcm ? "AES-256-GCM" : "AES-256-CBC") :
				  !strncmp(name, "aes192", 6) ? (gcm ? "AES-192-GCM" : "AES-192-CBC") :
				  !strncmp(name, "aes128", 6) ? (gcm ? "AES-128-GCM" : "AES-128-CBC") : "", NULL);
	ok = ctx && cipher && blob->len > iv + tag && (size_t)EVP_CIPHER_get_key_length(cipher) == key->len &&
	     (ret->data = malloc(blob->len + 1)) != NULL && EVP_DecryptInit_ex2(ctx, cipher, NULL, NULL, NULL) == 1;
	if (ok && gcm)
		ok = EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)iv, NULL) == 1 &&
		     EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, blob->data + blob->len - TAG) == 1;
	ok = ok && EVP_DecryptInit_ex2(ctx, NULL, key->data, blob->data, NULL) == 1 &&
	     EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	     EVP_DecryptUpdate(ctx, ret->data, &n, blob->data + iv, (int)(blob->len - iv - tag)) == 1 &&
	     EVP_DecryptFinal_ex(ctx, ret->data + n, &rest) == 1;
	ret->len = (size_t)(n + rest);
	if (ok && !gcm) /* ISO 10126: the last octet says how many do not count */
		ok = ret->data[ret->len - 1] <= ret->len && (ret->len -= ret->data[ret->len - 1], true);
	if (ok)
		ret->data[ret->len] = '\0';
	xmlFree(length);
	EVP_CIPHER_free(cipher);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static const struct osci_key *key_for(const struct t_octets *der, struct osci_key *const *keys, size_t n)
{
	const unsigned char *own;
	size_t len, i;

	for (i = 0; i < n; i++) {
		own = keys[i] ? osci_cert_der(osci_key_cert(keys[i]), &len) : NULL;
		if (own && len == der->len && !memcmp(own, der->data, len))
			return keys[i];
	}
	return NULL;
}

enum t_unseal t_unseal(const void *body, size_t len, xmlDocPtr doc, struct osci_key *const *keys, size_t n_keys,
		       struct t_octets *ret, char *why, size_t size)
{
	xmlNodePtr data = sealed(doc), ek = child(child(data, "KeyInfo"), "EncryptedKey");
	xmlNodePtr x509 = child(child(child(ek, "KeyInfo"), "X509Data"), "X509Certificate");
	struct t_octets der = { 0 }, wrapped = { 0 }, session = { 0 }, blob = { 0 };
	const struct osci_key *key = NULL;
	enum t_unseal result = T_UNSEAL_BROKEN;

	if (base64_of(x509, &der))
		key = key_for(&der, keys, n_keys);
	if (der.data && !key)
		result = T_UNSEAL_NOT_OURS;
	else if (key && base64_of(child(child(ek, "CipherData"), "CipherValue"), &wrapped) && part(body, len, 1, &blob) &&
		 unwrap(key->pkey, child(ek, "EncryptionMethod"), &wrapped, &session) &&
		 decrypt(child(data, "EncryptionMethod"), &session, &blob, ret))
		result = T_UNSEAL_DONE;
	if (result == T_UNSEAL_BROKEN)
		snprintf(why, size, "the transport encryption does not open with our key");
	if (result != T_UNSEAL_DONE) {
		free(ret->data);
		*ret = (struct t_octets){ 0 };
	}
	free(der.data);
	free(wrapped.data);
	free(session.data);
	free(blob.data);
	return result;
}
