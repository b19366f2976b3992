/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal - AES-GCM while a stream is read: something in clear, IV, ciphertext, tag, something in clear
 *
 * The plain octets are read in pieces into the reader's buffer and encrypted there; on a failure what the buffer holds
 * is wiped.  The tag comes only behind the last octet, so that a message cut short is no message.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include "crypto/priv.h"

#define IV_MAX 16

enum step { HEAD, IV, BODY, TAG, TAIL };

struct seal {
	EVP_CIPHER_CTX *ctx;
	struct osci_blob *head, *plain, *tail; /* NULL = none */
	unsigned char iv[IV_MAX], tag[GCM_TAG];
	size_t iv_len;
	enum step step;
	uint64_t at; /* in this step */
};

static void seal_free(void *self)
{
	struct seal *s = self;

	EVP_CIPHER_CTX_free(s->ctx); /* wipes the key */
	osci_blob_unref(s->head);
	osci_blob_unref(s->plain);
	osci_blob_unref(s->tail);
	free(s);
}

static void seal_freep(struct seal **s)
{
	if (*s)
		seal_free(*s);
}

static int broken(struct osci_err *err)
{
	ERR_clear_error();
	return osci_fail(err, -EIO, NULL, "cipher", "encryption failed");
}

static uint64_t blob_len(const struct osci_blob *b)
{
	return b ? osci_blob_len(b) : 0;
}

static uint64_t step_len(const struct seal *s)
{
	switch (s->step) {
	case HEAD:
		return blob_len(s->head);
	case IV:
		return s->iv_len;
	case BODY:
		return osci_blob_len(s->plain);
	case TAG:
		return GCM_TAG;
	case TAIL:
		break;
	}
	return blob_len(s->tail);
}

static int body(struct seal *s, unsigned char *buf, size_t n, struct osci_err *err)
{
	int m = 0, r = osci_blob_read(s->plain, s->at, buf, n, err);

	if (!r && (EVP_EncryptUpdate(s->ctx, buf, &m, buf, (int)n) != 1 || m != (int)n))
		r = broken(err);
	if (r)
		explicit_bzero(buf, n);
	return r;
}

/* Behind the last octet of a step; the tag is made at the end of the body. */
static int next_step(struct seal *s, struct osci_err *err)
{
	unsigned char end[1];
	int n;

	if (s->step == BODY && (EVP_EncryptFinal_ex(s->ctx, end, &n) != 1 ||
				EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, s->tag) != 1))
		return broken(err);
	s->step++;
	s->at = 0;
	return 0;
}

static int seal_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	struct seal *s = self;
	uint64_t left;
	size_t n;
	int r = 0;

	while (!r && (left = step_len(s) - s->at) == 0 && s->step != TAIL)
		r = next_step(s, err);
	if (r)
		return r;
	n = left < size ? (size_t)left : size;
	if (n > OSCI_BLOB_CHUNK)
		n = OSCI_BLOB_CHUNK;
	switch (s->step) {
	case HEAD:
		r = osci_blob_read(s->head, s->at, buf, n, err);
		break;
	case IV:
		memcpy(buf, s->iv + s->at, n);
		break;
	case BODY:
		r = body(s, buf, n, err);
		break;
	case TAG:
		memcpy(buf, s->tag + s->at, n);
		break;
	case TAIL:
		if (n)
			r = osci_blob_read(s->tail, s->at, buf, n, err);
		break;
	}
	if (r)
		return r;
	s->at += n;
	*ret_n = n;
	return 0;
}

int osci_encrypt_stream(struct osci_stream **ret, const struct osci_alg *alg, const unsigned char *key, size_t iv_len,
			struct osci_blob *head, struct osci_blob *plain, struct osci_blob *tail, struct osci_err *err)
{
	static const struct osci_stream_ops ops = { seal_read, seal_free };
	_cleanup_(seal_freep) struct seal *s = NULL;
	struct seal *self;
	uint64_t len;

	if (!alg || alg->kind != OSCI_ALG_CIPHER || !alg->write || (iv_len != 12 && iv_len != IV_MAX))
		return osci_fail(err, OSCI_E_USAGE, NULL, "cipher", "algorithm is not written");
	if (osci_blob_len(plain) > GCM_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "cipher", "too long for one key");
	s = calloc(1, sizeof(*s));
	if (s)
		s->ctx = EVP_CIPHER_CTX_new();
	if (!s || !s->ctx)
		return -ENOMEM;
	s->iv_len = iv_len;
	s->head = osci_blob_ref(head);
	s->plain = osci_blob_ref(plain);
	s->tail = osci_blob_ref(tail);
	if (osci_random(s->iv, iv_len) || !gcm_begin(s->ctx, alg, key, s->iv, iv_len, 1))
		return broken(err);
	len = blob_len(head) + iv_len + osci_blob_len(plain) + GCM_TAG + blob_len(tail);
	self = s;
	s = NULL;
	return osci_stream_new(ret, &ops, self, len);
}
