/* SPDX-License-Identifier: Apache-2.0 */
/*
 * again - a ciphertext that is not kept but made again when it is read
 *
 * Counter mode over other octets than the first time would give both away: their difference could be read off.  So each
 * chunk of the ciphertext has a mark from the pass that encrypted it first, and no octet of a chunk is given to anybody
 * before its mark was found right, whatever the plain octets lie in and whenever they change.  Reads of any size are served
 * from the one chunk proved last.
 *
 * A mark is Poly1305 under a key that is random, the same for all chunks and never leaves this object, and neither do the
 * marks: then it is a universal hash, and another chunk has the same mark with a chance of 2^-91, whoever chose it.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "base/text.h"
#include "crypto/blobs.h"
#include "crypto/priv.h"

#define MARK 16
#define MARK_KEY 32

struct osci_marks {
	EVP_MAC_CTX *ctx;
	unsigned char key[MARK_KEY];
	unsigned char (*list)[MARK]; /* in order */
	size_t n, room;
	size_t filled; /* octets of the chunk that has no mark yet */
	uint64_t len;  /* of all that was added */
};

static int broken(struct osci_err *err)
{
	ERR_clear_error();
	return osci_fail(err, -EIO, NULL, "cipher", "the cryptographic library failed");
}

int osci_marks_new(struct osci_marks **ret)
{
	_cleanup_(osci_marks_freep) struct osci_marks *m = calloc(1, sizeof(*m));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "POLY1305", NULL);

	if (m && mac)
		m->ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (!m || !m->ctx)
		return -ENOMEM;
	if (osci_random(m->key, sizeof(m->key)))
		return broken(NULL);
	*ret = m;
	m = NULL;
	return 0;
}

void osci_marks_freep(struct osci_marks **marks)
{
	struct osci_marks *m = *marks;

	*marks = NULL;
	if (!m)
		return;
	EVP_MAC_CTX_free(m->ctx);
	explicit_bzero(m->key, sizeof(m->key));
	free(m->list);
	free(m);
}

static bool mark_end(EVP_MAC_CTX *ctx, unsigned char mark[MARK])
{
	size_t n;

	return EVP_MAC_final(ctx, mark, &n, MARK) == 1 && n == MARK;
}

static int end_chunk(struct osci_marks *m)
{
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		void *list = reallocarray(m->list, room, sizeof(*m->list));

		if (!list)
			return -ENOMEM;
		m->list = list;
		m->room = room;
	}
	if (!mark_end(m->ctx, m->list[m->n]))
		return broken(NULL);
	m->n++;
	m->filled = 0;
	return 0;
}

int osci_marks_add(struct osci_marks *m, const void *data, size_t len)
{
	const unsigned char *p = data;
	size_t n;
	int r = 0;

	for (; len > 0 && !r; p += n, len -= n) {
		n = len < OSCI_BLOB_CHUNK - m->filled ? len : OSCI_BLOB_CHUNK - m->filled;
		if ((m->filled == 0 && EVP_MAC_init(m->ctx, m->key, MARK_KEY, NULL) != 1) || EVP_MAC_update(m->ctx, p, n) != 1)
			return broken(NULL);
		m->filled += n;
		m->len += n;
		if (m->filled == OSCI_BLOB_CHUNK)
			r = end_chunk(m);
	}
	return r;
}

/* --- made again --------------------------------------------------------------- */

/* The chunk proved last. */
struct proved {
	pthread_mutex_t lock;
	uint64_t i;
	size_t len; /* 0 = none */
	unsigned char data[OSCI_BLOB_CHUNK];
};

struct again {
	struct osci_blob *body; /* the ciphertext, unproved */
	struct osci_marks *marks;
	struct proved *proved;
};

static void again_free(void *self)
{
	struct again *a = self;

	osci_blob_unref(a->body);
	osci_marks_freep(&a->marks);
	if (a->proved) {
		pthread_mutex_destroy(&a->proved->lock);
		free(a->proved);
	}
	free(a);
}

static void again_freep(struct again **a)
{
	if (*a)
		again_free(*a);
}

/* Under the lock: chunk @i becomes the proved one. */
static int prove(const struct again *a, uint64_t i, struct osci_err *err)
{
	uint64_t at = i * OSCI_BLOB_CHUNK, left = osci_blob_len(a->body) - at;
	size_t len = left < OSCI_BLOB_CHUNK ? (size_t)left : OSCI_BLOB_CHUNK;
	struct osci_marks *m = a->marks;
	struct proved *p = a->proved;
	unsigned char mark[MARK];
	int r;

	if (p->len && p->i == i)
		return 0;
	p->len = 0;
	r = osci_blob_read(a->body, at, p->data, len, err);
	if (!r && (EVP_MAC_init(m->ctx, m->key, MARK_KEY, NULL) != 1 || EVP_MAC_update(m->ctx, p->data, len) != 1 ||
		   !mark_end(m->ctx, mark)))
		r = broken(err);
	if (!r && CRYPTO_memcmp(mark, m->list[i], MARK))
		r = osci_fail(err, -ESTALE, NULL, "attachment", "changed while it was being sent");
	if (r) {
		explicit_bzero(p->data, len);
		return r;
	}
	p->i = i;
	p->len = len;
	return 0;
}

static int again_read(const void *self, uint64_t offset, void *buf, size_t len, struct osci_err *err)
{
	const struct again *a = self;
	struct proved *p = a->proved;
	unsigned char *out = buf;
	size_t skip, n;
	int r = 0;

	pthread_mutex_lock(&p->lock);
	while (len > 0 && !r) {
		r = prove(a, offset / OSCI_BLOB_CHUNK, err);
		if (r)
			break;
		skip = offset % OSCI_BLOB_CHUNK;
		n = len < p->len - skip ? len : p->len - skip;
		memcpy(out, p->data + skip, n);
		out += n;
		offset += n;
		len -= n;
	}
	pthread_mutex_unlock(&p->lock);
	return r;
}

/* Takes *@marks. */
static int again_new(struct osci_blob **ret, struct osci_blob *body, struct osci_marks **marks)
{
	static const struct osci_blob_ops ops = { .read = again_read, .free = again_free };
	_cleanup_(again_freep) struct again *a = calloc(1, sizeof(*a));
	struct again *self = a;

	if (!a)
		return -ENOMEM;
	a->proved = malloc(sizeof(*a->proved));
	if (!a->proved)
		return -ENOMEM;
	a->proved->len = 0;
	pthread_mutex_init(&a->proved->lock, NULL);
	a->body = osci_blob_ref(body);
	a->marks = *marks;
	*marks = NULL;
	a = NULL;
	return osci_blob_new(ret, &ops, self, osci_blob_len(body));
}

int osci_gcm_sealed(struct osci_blob **ret, const struct osci_alg *alg, const unsigned char *key, const unsigned char *iv,
		    size_t iv_len, const unsigned char tag[16], struct osci_blob *plain, struct osci_marks **marks,
		    struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *head = NULL, *view = NULL, *body = NULL, *tail = NULL;
	int r;

	if (!alg || alg->kind != OSCI_ALG_CIPHER || !alg->write || (iv_len != 12 && iv_len != 16) ||
	    osci_blob_len(plain) > GCM_MAX)
		return osci_fail(err, OSCI_E_USAGE, NULL, "cipher", "AES-GCM expected");
	if ((*marks)->len != osci_blob_len(plain))
		return osci_fail(err, OSCI_E_USAGE, NULL, "cipher", "marks of all octets expected");
	r = (*marks)->filled ? end_chunk(*marks) : 0;
	if (!r)
		r = gcm_ctr(&view, alg, key, iv, iv_len, plain, 0, osci_blob_len(plain), err);
	if (!r)
		r = again_new(&body, view, marks);
	if (!r)
		r = osci_blob_copy(&head, iv, iv_len);
	if (!r)
		r = osci_blob_copy(&tail, tag, GCM_TAG);
	return r ? r : osci_blob_concat(ret, (struct osci_blob *const[]){ head, body, tail }, 3);
}
