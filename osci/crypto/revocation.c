/* SPDX-License-Identifier: Apache-2.0 */
/*
 * revocation - what is known of revoked certificates, for any number of threads
 *
 * CRLs by issuer and scope, answers of OCSP responders by certificate.  Everything is
 * checked before it is put here; asking only looks.  Of two statements the later one stays, and of two
 * sources the one that says "revoked" counts.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "crypto/priv.h"

struct answer {
	char sha256[65];
	struct osci_revocation_state state;
};

struct osci_revocation {
	atomic_uint refs;
	pthread_rwlock_t lock;
	struct crl *crls;
	size_t n_crls;
	struct answer *answers;
	size_t n_answers;
};

int osci_revocation_new(struct osci_revocation **ret)
{
	struct osci_revocation *rev = calloc(1, sizeof(*rev));

	if (!rev)
		return -ENOMEM;
	atomic_init(&rev->refs, 1);
	if (pthread_rwlock_init(&rev->lock, NULL)) {
		free(rev);
		return -ENOMEM;
	}
	*ret = rev;
	return 0;
}

struct osci_revocation *osci_revocation_ref(struct osci_revocation *rev)
{
	if (rev)
		atomic_fetch_add_explicit(&rev->refs, 1, memory_order_relaxed);
	return rev;
}

struct osci_revocation *osci_revocation_unref(struct osci_revocation *rev)
{
	size_t i;

	if (!rev || atomic_fetch_sub_explicit(&rev->refs, 1, memory_order_acq_rel) != 1)
		return NULL;
	for (i = 0; i < rev->n_crls; i++)
		crl_clear(&rev->crls[i]);
	free(rev->crls);
	free(rev->answers);
	pthread_rwlock_destroy(&rev->lock);
	free(rev);
	return NULL;
}

void osci_revocation_unrefp(struct osci_revocation **rev)
{
	*rev = osci_revocation_unref(*rev);
}

static bool same_scope(const struct crl *a, const struct crl *b)
{
	return osci_cert_equal(a->issuer, b->issuer) && a->scope_len == b->scope_len &&
	       (a->scope_len == 0 || memcmp(a->scope, b->scope, a->scope_len) == 0);
}

/* Takes over what @c holds, unless it fails or a newer one is there. */
static int put_crl(struct osci_revocation *rev, struct crl *c)
{
	struct crl *more;
	size_t i;

	for (i = 0; i < rev->n_crls; i++) {
		if (!same_scope(&rev->crls[i], c))
			continue;
		if (c->this_update >= rev->crls[i].this_update) {
			crl_clear(&rev->crls[i]);
			rev->crls[i] = *c;
			*c = (struct crl){ 0 };
		}
		return 0;
	}
	if (rev->n_crls >= OSCI_CRLS_MAX)
		return OSCI_E_LIMIT;
	more = reallocarray(rev->crls, rev->n_crls + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	rev->crls = more;
	rev->crls[rev->n_crls++] = *c;
	*c = (struct crl){ 0 };
	return 0;
}

static int add_one(struct osci_revocation *rev, const struct osci_trust *trust, const void *der, size_t len,
		   const char *name, size_t index, int64_t now, struct osci_err *err)
{
	struct osci_err why = { 0 };
	struct crl c;
	int r;

	r = crl_read(&c, trust, der, len, now, &why);
	if (!r) {
		pthread_rwlock_wrlock(&rev->lock);
		r = put_crl(rev, &c);
		pthread_rwlock_unlock(&rev->lock);
		crl_clear(&c);
	}
	if (r)
		return osci_fail(err, r, NULL, name, "CRL %zu: %s", index, why.what[0] ? why.what : "cannot be added");
	return 0;
}

static int add_pem(struct osci_revocation *rev, const struct osci_trust *trust, const void *data, size_t len,
		   const char *name, int64_t now, struct osci_err *err)
{
	BIO *bio = BIO_new_mem_buf(data, (int)len);
	size_t n = 0;
	int r = 0;

	if (!bio)
		return -ENOMEM;
	while (r == 0) {
		unsigned char *der = NULL;
		long der_len = 0;

		if (PEM_bytes_read_bio(&der, &der_len, NULL, PEM_STRING_X509_CRL, bio, NULL, NULL) != 1)
			break;
		r = add_one(rev, trust, der, (size_t)der_len, name, ++n, now, err);
		OPENSSL_free(der);
	}
	if (r == 0 && ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, name, "PEM broken behind CRL %zu", n);
	else if (r == 0 && n == 0)
		r = osci_fail(err, OSCI_E_KEYFILE, NULL, name, "holds no CRL");
	ERR_clear_error();
	BIO_free(bio);
	return r;
}

int osci_revocation_add_crl(struct osci_revocation *rev, const struct osci_trust *trust, const void *data, size_t len,
			    const char *name, int64_t now, struct osci_err *err)
{
	static const char begin[] = "-----BEGIN ";

	if (len == 0 || len > OSCI_CRL_MAX)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, name, "%zu octets, 1 to %zu expected", len, OSCI_CRL_MAX);
	if (memmem(data, len, begin, sizeof(begin) - 1))
		return add_pem(rev, trust, data, len, name, now, err);
	return add_one(rev, trust, data, len, name, 1, now, err);
}

int osci_revocation_add_crl_file(struct osci_revocation *rev, const struct osci_trust *trust, const char *path,
				 int64_t now, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf data = OSCI_BUF_INIT(OSCI_CRL_MAX + 4096);
	int r;

	r = osci_file_read(path, OSCI_CRL_MAX, false, &data, err);
	return r ? r : osci_revocation_add_crl(rev, trust, data.data, data.len, path, now, err);
}

/* Whose place a new answer may take: the one that runs out first; what is revoked stays. */
static struct answer *victim(struct osci_revocation *rev)
{
	struct answer *found = NULL;
	size_t i;

	for (i = 0; i < rev->n_answers; i++) {
		struct answer *a = &rev->answers[i];

		if (a->state.status != OSCI_REVOCATION_REVOKED &&
		    (!found || a->state.next_update < found->state.next_update))
			found = a;
	}
	return found;
}

static int put_answer(struct osci_revocation *rev, const struct osci_cert *cert,
		      const struct osci_revocation_state *state)
{
	struct answer *a = NULL, *more;
	size_t i;

	for (i = 0; i < rev->n_answers && !a; i++)
		if (strcmp(rev->answers[i].sha256, cert->sha256) == 0)
			a = &rev->answers[i];
	if (a) {
		if (state->this_update >= a->state.this_update)
			a->state = *state;
		return 0;
	}
	if (rev->n_answers < OSCI_OCSP_CACHE_MAX) {
		more = reallocarray(rev->answers, rev->n_answers + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		rev->answers = more;
		a = &rev->answers[rev->n_answers++];
	} else {
		a = victim(rev);
		if (!a)
			return OSCI_E_LIMIT;
	}
	memcpy(a->sha256, cert->sha256, sizeof(a->sha256));
	a->state = *state;
	return 0;
}

int revocation_put(struct osci_revocation *rev, const struct osci_cert *cert, const struct osci_revocation_state *state)
{
	int r;

	pthread_rwlock_wrlock(&rev->lock);
	r = put_answer(rev, cert, state);
	pthread_rwlock_unlock(&rev->lock);
	return r;
}

/* Revoked before good before stale before nothing; then the later one. */
static int weight(const struct osci_revocation_state *s)
{
	if (s->status == OSCI_REVOCATION_REVOKED)
		return 3;
	if (s->status == OSCI_REVOCATION_GOOD)
		return 2;
	return s->source != OSCI_REVOCATION_NONE;
}

static void consider(struct osci_revocation_state *best, const struct osci_revocation_state *s)
{
	int a = weight(best), b = weight(s);

	if (b > a || (b == a && s->this_update > best->this_update))
		*best = *s;
}

void osci_revocation_state(struct osci_revocation *rev, const struct osci_cert *cert, int64_t now,
			   struct osci_revocation_state *ret)
{
	struct osci_revocation_state s;
	size_t i;

	*ret = (struct osci_revocation_state){ .reason = -1 };
	pthread_rwlock_rdlock(&rev->lock);
	for (i = 0; i < rev->n_crls; i++) {
		if (!crl_covers(&rev->crls[i], cert))
			continue;
		crl_state(&rev->crls[i], cert, now, &s);
		consider(ret, &s);
	}
	for (i = 0; i < rev->n_answers; i++) {
		if (strcmp(rev->answers[i].sha256, cert->sha256) != 0)
			continue;
		s = rev->answers[i].state;
		if (s.status == OSCI_REVOCATION_GOOD &&
		    (now > s.next_update || s.this_update > now + OSCI_CLOCK_SKEW_S))
			s.status = OSCI_REVOCATION_UNKNOWN;
		consider(ret, &s);
	}
	pthread_rwlock_unlock(&rev->lock);
}
