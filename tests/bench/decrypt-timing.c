/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decrypt-timing - does the time of a failed decryption tell why it failed?
 *
 * Opens messages that cannot be decrypted, one kind for each cause, in random order, and compares each kind with a
 * failure of RSA-OAEP: difference of the medians in per cent of one private-key operation, and Welch's t over the
 * values below the 95th percentile of all.  Met if each kind differs by less than 2 per cent and t is below 4.5; exit
 * status 1 if not.
 *
 * What decrypts to no order is shown for comparison: its tag has proved the key, it answers with another code.  So is an
 * unknown recipient, which follows from the message alone; no key is used.
 */
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <osci/message.h>
#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_broken.h"
#include "lib/t_keys.h"
#include "xml/xml.h"

#define KINDS (T_BROKEN_COUNT + 1) /* and the unknown recipient */
#define POOL 16                    /* messages of each kind */
#define RUNS_DEFAULT 10000
#define RUNS_MAX 1000000
#define PER_CENT_MAX 2.0
#define WELCH_MAX 4.5
#define JUDGED(kind) ((kind) == T_BROKEN_KEY_LENGTH || (kind) == T_BROKEN_TAG)

struct stats {
	double *seconds;
	size_t n;
	double median, mean, variance; /* the last two below the percentile */
	size_t kept;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void *need(void *p)
{
	if (!p) {
		fprintf(stderr, "decrypt-timing: no memory\n");
		exit(1);
	}
	return p;
}

static void summarise(struct stats *s, double limit)
{
	size_t i;

	qsort(s->seconds, s->n, sizeof(*s->seconds), by_value);
	s->median = s->seconds[s->n / 2];
	s->mean = s->variance = 0;
	for (s->kept = 0; s->kept < s->n && s->seconds[s->kept] <= limit; s->kept++)
		s->mean += s->seconds[s->kept];
	if (s->kept < 2)
		return;
	s->mean /= (double)s->kept;
	for (i = 0; i < s->kept; i++)
		s->variance += (s->seconds[i] - s->mean) * (s->seconds[i] - s->mean);
	s->variance /= (double)(s->kept - 1);
}

static double welch(const struct stats *a, const struct stats *b)
{
	double error = sqrt(a->variance / (double)a->kept + b->variance / (double)b->kept);

	return error > 0 ? fabs(a->mean - b->mean) / error : 0;
}

static double percentile(const struct stats *all, double part)
{
	size_t n = 0, k, i;
	double *v, limit;

	for (k = 0; k < T_BROKEN_COUNT; k++)
		n += all[k].n;
	v = need(calloc(n, sizeof(*v)));
	for (k = 0, i = 0; k < T_BROKEN_COUNT; k++) {
		memcpy(v + i, all[k].seconds, all[k].n * sizeof(*v));
		i += all[k].n;
	}
	qsort(v, n, sizeof(*v), by_value);
	limit = v[(size_t)((double)(n - 1) * part)];
	free(v);
	return limit;
}

/* Seconds of one private-key operation, median. */
static double private_operation(const struct osci_key *key)
{
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096);
	const struct osci_alg *digest = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	const struct osci_alg *mgf = osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256);
	unsigned char session[32] = { 0 };
	double seconds[101];
	size_t i;

	if (osci_oaep_wrap(osci_key_cert(key), digest, mgf, session, sizeof(session), &wrapped, NULL))
		exit(1);
	for (i = 0; i < 101; i++) {
		_cleanup_buf_ struct osci_buf out = OSCI_BUF_INIT(4096);

		seconds[i] = now();
		if (osci_oaep_unwrap(key, digest, mgf, wrapped.data, wrapped.len, &out, NULL))
			exit(1);
		seconds[i] = now() - seconds[i];
	}
	qsort(seconds, 101, sizeof(seconds[0]), by_value);
	return seconds[50];
}

static void measure(struct stats *all, struct osci_buf pool[KINDS][POOL], size_t runs, struct osci_key *key)
{
	struct osci_key *keys[] = { key };
	const struct osci_open_opts opts = { .keys = keys, .n_keys = 1, .now = T_NOW };
	uint32_t draw;
	size_t left = runs * KINDS;

	while (left) {
		struct osci_message *m = NULL;
		struct osci_err err = { 0 };
		const struct osci_buf *b;
		double start;
		size_t kind;
		int r;

		if (osci_random(&draw, sizeof(draw)))
			exit(1);
		kind = draw % KINDS;
		if (all[kind].n == runs)
			continue;
		b = &pool[kind][draw / KINDS % POOL];
		start = now();
		r = osci_open(&m, b->data, b->len, &opts, &err);
		all[kind].seconds[all[kind].n++] = now() - start;
		if (r <= 0) {
			fprintf(stderr, "decrypt-timing: a broken message opens\n");
			exit(1);
		}
		left--;
	}
}

static int report(struct stats *all, double operation)
{
	double limit = percentile(all, 0.95);
	bool met = true;
	size_t k;

	for (k = 0; k < KINDS; k++)
		summarise(&all[k], limit);
	printf("%-20s %10s %12s %10s\n", "cause", "median us", "% of a key", "Welch t");
	for (k = 0; k < KINDS; k++) {
		double part = fabs(all[k].median - all[T_BROKEN_OAEP].median) / operation * 100;
		double t = welch(&all[k], &all[T_BROKEN_OAEP]);

		printf("%-20s %10.1f %12.3f %10.2f%s\n", k < T_BROKEN_COUNT ? t_broken_names[k] : "unknown recipient",
		       all[k].median * 1e6, part, t, k == T_BROKEN_OAEP || JUDGED(k) ? "" : "  (not judged)");
		met &= !JUDGED(k) || (part < PER_CENT_MAX && t < WELCH_MAX);
	}
	printf("one private-key operation: %.1f us\n", operation * 1e6);
	printf("%s\n", met ? "met: the time does not tell the cause" : "NOT MET: the time tells the cause");
	return met ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = { { "runs", required_argument, NULL, 'r' }, { NULL, 0, NULL, 0 } };
	static struct osci_buf pool[KINDS][POOL];
	struct stats all[KINDS] = { 0 };
	struct osci_key *key, *stranger;
	uint64_t runs = RUNS_DEFAULT;
	size_t k, i;
	int c, r;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (c != 'r' || osci_parse_u64(optarg, strlen(optarg), RUNS_MAX, &runs) || runs < 2) {
			fprintf(stderr, "usage: decrypt-timing [--runs N]\n");
			return 2;
		}
	if (osci_crypto_init(NULL) || osci_xml_init())
		return 1;
	key = t_key("reader", 3072, OSCI_USE_ENCRYPT);
	stranger = t_key("stranger", 3072, OSCI_USE_ENCRYPT);
	for (k = 0; k < KINDS; k++) {
		all[k].seconds = need(calloc(runs, sizeof(double)));
		for (i = 0; i < POOL; i++) {
			pool[k][i] = (struct osci_buf)OSCI_BUF_INIT(65536);
			t_broken_make(&pool[k][i], k < T_BROKEN_COUNT ? (enum t_broken)k : T_BROKEN_TAG,
				      osci_key_cert(k < T_BROKEN_COUNT ? key : stranger));
		}
	}
	measure(all, pool, runs, key);
	r = report(all, private_operation(key));
	for (k = 0; k < KINDS; k++) {
		free(all[k].seconds);
		for (i = 0; i < POOL; i++)
			osci_buf_free(&pool[k][i]);
	}
	osci_key_unref(key);
	osci_key_unref(stranger);
	return r;
}
