/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci-bench - how much of the processor the library leaves to RSA
 *
 * Builds and opens a storeDelivery of one Content: content signed and encrypted, order signed, message
 * encrypted.  That takes two private and two public RSA operations each way, which no
 * implementation can avoid.  The same four operations are done with OpenSSL alone, two before and
 * two behind each message, so that noise hits both alike; the median over the rounds is taken of
 * the messages and of the sums.  Times are those of the processor, as the work is of one thread
 * and waits for nothing.  Ratio = messages per second against what the four operations allow.
 *
 * Then the same work by two threads with the same keys and the same trust, against one: locks that the threads share would
 * show.  What a thread waited for a processor that others had is taken off its time (schedstat); so is seen
 * what the library allows, not what else runs.  The RSA operations alone are done in the same way, as two
 * processors may be two halves of one.
 *
 * Prints a table, then the same as JSON lines.  Keys are made at the start.
 */
#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <osci/package.h>
#include "base/text.h"
#include "crypto/priv.h"
#include "lib/t_keys.h"

#define PAYLOAD_DEFAULT 5120
#define PAYLOAD_MAX (16 * 1024 * 1024)
#define ROUNDS_MIN 11
#define ROUNDS_MAX 100000
#define WARM_ROUNDS 3

enum rsa { RSA_SIGN, RSA_ENCRYPT, RSA_VERIFY, RSA_DECRYPT, RSA_COUNT };
enum what { WHAT_BUILD, WHAT_OPEN, WHAT_BUILD_RSA, WHAT_OPEN_RSA, WHAT_COUNT };

struct people {
	struct osci_key *sign, *cipher;                /* originator */
	struct osci_key *addressee, *intermediary;     /* ciphers */
	struct osci_trust *trust;
};

struct bench {
	struct people p;
	unsigned bits;
	unsigned char *payload;
	size_t payload_len;
	unsigned char *message; /* built last */
	size_t message_len;
	EVP_PKEY_CTX *ctx[RSA_COUNT];
	unsigned char hash[32], value[1024], wrapped[1024];
	size_t value_len, wrapped_len;
	double *times[WHAT_COUNT]; /* seconds, one per round */
	size_t rounds;
};

static void __attribute__((noreturn, format(printf, 2, 3))) die(const struct osci_err *err, const char *fmt, ...)
{
	char text[600] = "";
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (err)
		osci_err_text(err, text, sizeof(text));
	fprintf(stderr, "%s%s\n", err ? ": " : "", text);
	exit(1);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* --- messages ------------------------------------------------------------ */

static void build(struct bench *b)
{
	const struct osci_content_draft content = { .data = b->payload, .len = b->payload_len };
	const struct osci_author_draft author = { b->p.sign, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft reader = { osci_key_cert(b->p.addressee), OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = {
		.contents = &content, .n_contents = 1, .authors = &author, .n_authors = 1, .readers = &reader, .n_readers = 1,
	};
	const struct osci_draft_cert certs[] = {
		{ OSCI_SIGN_ORIGINATOR, osci_key_cert(b->p.sign), NULL },
		{ OSCI_CIPHER_ORIGINATOR, osci_key_cert(b->p.cipher), NULL },
		{ OSCI_CIPHER_ADDRESSEE, osci_key_cert(b->p.addressee), NULL },
	};
	struct osci_draft draft = {
		.type = OSCI_STORE_DELIVERY,
		.control = { .response = "0123456789", .challenge = "9876543210", .conversation_id = "4711",
			     .has_sequence = true, .sequence = 1 },
		.message_id = "2026112200000000000001", .subject = "bench",
		.certs = certs, .n_certs = 3, .has_package = true,
	};
	const struct osci_write_opts opts = { .signer = b->p.sign, .encrypt_for = osci_key_cert(b->p.intermediary) };
	struct osci_err err = { 0 };
	struct osci_package *package = NULL;

	if (osci_package_new(&package, &container, 1, NULL, &err))
		die(&err, "content cannot be built");
	draft.package = package->xml;
	draft.package_len = package->len;
	free(b->message);
	b->message = NULL;
	if (osci_write(&b->message, &b->message_len, &draft, &opts, &err))
		die(&err, "message cannot be built");
	osci_package_freep(&package);
}

static void open_message(struct bench *b)
{
	struct osci_key *const keys[] = { b->p.intermediary, b->p.addressee };
	const struct osci_open_opts opts = {
		.policy = { .require_signature = true, .require_encryption = true, .require_content_signature = true },
		.keys = keys, .n_keys = 2, .trust = b->p.trust, .now = T_NOW,
	};
	struct osci_message *m = NULL;
	struct osci_contents *c = NULL;
	struct osci_err err = { 0 };

	if (osci_open(&m, b->message, b->message_len, &opts, &err))
		die(&err, "message cannot be opened");
	if (osci_contents_open(&c, m, &opts, &err))
		die(&err, "contents cannot be opened");
	if (c->n_items != 1 || c->items[0].len != b->payload_len ||
	    memcmp(c->items[0].data, b->payload, b->payload_len) != 0 || c->items[0].n_signatures != 1)
		die(NULL, "what was opened is not what was built");
	osci_contents_freep(&c);
	osci_message_freep(&m);
}

/* --- the RSA operations alone -------------------------------------------- */

static EVP_PKEY_CTX *begin(EVP_PKEY *pkey, int (*init)(EVP_PKEY_CTX *), int padding)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(pkey, NULL);
	bool ok = ctx && init(ctx) == 1 && EVP_PKEY_CTX_set_rsa_padding(ctx, padding) == 1;

	if (ok && padding == RSA_PKCS1_PSS_PADDING)
		ok = EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
	else if (ok)
		ok = EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) == 1 &&
		     EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, EVP_sha256()) == 1;
	if (!ok)
		die(NULL, "RSA cannot be prepared");
	return ctx;
}

static void rsa_prepare(struct bench *b)
{
	b->ctx[RSA_SIGN] = begin(b->p.sign->pkey, EVP_PKEY_sign_init, RSA_PKCS1_PSS_PADDING);
	b->ctx[RSA_VERIFY] = begin(b->p.sign->cert->pkey, EVP_PKEY_verify_init, RSA_PKCS1_PSS_PADDING);
	b->ctx[RSA_ENCRYPT] = begin(b->p.addressee->cert->pkey, EVP_PKEY_encrypt_init, RSA_PKCS1_OAEP_PADDING);
	b->ctx[RSA_DECRYPT] = begin(b->p.addressee->pkey, EVP_PKEY_decrypt_init, RSA_PKCS1_OAEP_PADDING);
}

/* Seconds that the operation took. */
static double rsa(struct bench *b, enum rsa op)
{
	double start = seconds();
	unsigned char out[1024];
	size_t n = sizeof(out);
	int r;

	switch (op) {
	case RSA_SIGN:
		b->value_len = sizeof(b->value);
		r = EVP_PKEY_sign(b->ctx[op], b->value, &b->value_len, b->hash, sizeof(b->hash));
		break;
	case RSA_VERIFY:
		r = EVP_PKEY_verify(b->ctx[op], b->value, b->value_len, b->hash, sizeof(b->hash));
		break;
	case RSA_ENCRYPT:
		b->wrapped_len = sizeof(b->wrapped);
		r = EVP_PKEY_encrypt(b->ctx[op], b->wrapped, &b->wrapped_len, b->hash, sizeof(b->hash));
		break;
	default:
		r = EVP_PKEY_decrypt(b->ctx[op], out, &n, b->wrapped, b->wrapped_len);
		break;
	}
	if (r != 1)
		die(NULL, "RSA operation failed");
	return seconds() - start;
}

/* --- measuring ------------------------------------------------------------ */

static void one_round(struct bench *b, size_t round)
{
	double sum, start;

	sum = rsa(b, RSA_SIGN) + rsa(b, RSA_ENCRYPT);
	start = seconds();
	build(b);
	b->times[WHAT_BUILD][round] = seconds() - start;
	sum += rsa(b, RSA_SIGN) + rsa(b, RSA_ENCRYPT);
	b->times[WHAT_BUILD_RSA][round] = sum;

	sum = rsa(b, RSA_DECRYPT) + rsa(b, RSA_VERIFY);
	start = seconds();
	open_message(b);
	b->times[WHAT_OPEN][round] = seconds() - start;
	sum += rsa(b, RSA_DECRYPT) + rsa(b, RSA_VERIFY);
	b->times[WHAT_OPEN_RSA][round] = sum;
}

/* @duration in seconds of the wall clock. */
static void measure(struct bench *b, double duration)
{
	struct timespec start, now;
	size_t i, w;

	for (w = 0; w < WHAT_COUNT; w++) {
		b->times[w] = calloc(ROUNDS_MAX, sizeof(double));
		if (!b->times[w])
			die(NULL, "no memory");
	}
	for (i = 0; i < WARM_ROUNDS; i++)
		one_round(b, 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	now = start;
	for (i = 0; i < ROUNDS_MAX; i++) {
		if (i >= ROUNDS_MIN && (double)(now.tv_sec - start.tv_sec) >= duration)
			break;
		one_round(b, i);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
	b->rounds = i;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(struct bench *b, enum what what)
{
	qsort(b->times[what], b->rounds, sizeof(double), by_size);
	return b->times[what][b->rounds / 2];
}

struct result {
	unsigned bits;
	bool opening;
	double rate, ceiling;
	size_t rounds, message_len;
};

static void results(struct bench *b, struct result out[2])
{
	int i;

	for (i = 0; i < 2; i++)
		out[i] = (struct result){
			.bits = b->bits, .opening = i == 1, .rounds = b->rounds, .message_len = b->message_len,
			.rate = 1 / median(b, i ? WHAT_OPEN : WHAT_BUILD),
			.ceiling = 1 / median(b, i ? WHAT_OPEN_RSA : WHAT_BUILD_RSA),
		};
}

/* --- one thread and two -------------------------------------------------------- */

#define THREADS 2
#define SLICES 4 /* one thread and two take turns, so that noise hits both alike */

enum load { LOAD_BUILD, LOAD_OPEN, LOAD_RSA, LOAD_COUNT };
static const char *const load_names[] = { "build", "open", "RSA alone" };

struct worker {
	struct bench bench; /* people are borrowed */
	enum load load;
	double duration;
	double done, had; /* rounds, and seconds with a processor or waiting for what is not one */
};

static double wall(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds that this thread was ready and had no processor; 0 where the system does not say. */
static double waited(void)
{
	unsigned long long ran, ready = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "re");

	if (f && fscanf(f, "%llu %llu", &ran, &ready) != 2)
		ready = 0;
	if (f)
		fclose(f);
	return (double)ready / 1e9;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	double start = wall(), before = waited();

	do {
		if (w->load == LOAD_BUILD)
			build(&w->bench);
		else if (w->load == LOAD_OPEN)
			open_message(&w->bench);
		else
			rsa(&w->bench, RSA_SIGN);
		w->done++;
	} while (wall() - start < w->duration);
	w->had += wall() - start - (waited() - before);
	return NULL;
}

/* Rounds per second of @n threads together. */
static void work_together(struct worker *w, size_t n)
{
	pthread_t threads[THREADS];
	size_t i;

	for (i = 0; i < n; i++)
		if (pthread_create(&threads[i], NULL, work, &w[i]))
			die(NULL, "no thread");
	for (i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
}

struct factor {
	double one, together; /* rounds per second */
};

static double speed(const struct worker *w, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += w[i].done / w[i].had;
	return sum;
}

static void measure_threads(struct worker *workers, double duration, struct factor out[LOAD_COUNT])
{
	struct worker one, several[THREADS];
	size_t load, i;

	for (load = 0; load < LOAD_COUNT; load++) {
		one = workers[0];
		memcpy(several, workers, sizeof(several));
		one.load = several[0].load = several[1].load = (enum load)load;
		one.duration = several[0].duration = several[1].duration = duration / SLICES;
		for (i = 0; i < SLICES; i++) {
			work_together(&one, 1);
			workers[0].bench.message = several[0].bench.message = one.bench.message;
			work_together(several, THREADS);
			one.bench.message = several[0].bench.message;
		}
		for (i = 0; i < THREADS; i++) {
			workers[i].bench.message = several[i].bench.message;
			workers[i].bench.message_len = several[i].bench.message_len;
		}
		out[load] = (struct factor){ speed(&one, 1), speed(several, THREADS) };
	}
}

static void people_make(struct people *p, unsigned bits)
{
	p->sign = t_key("Behoerde Signatur", bits, OSCI_USE_SIGN);
	p->cipher = t_key("Behoerde Chiffre", bits, OSCI_USE_ENCRYPT);
	p->addressee = t_key("Empfaenger Chiffre", bits, OSCI_USE_ENCRYPT);
	p->intermediary = t_key("Intermediaer Chiffre", bits, OSCI_USE_ENCRYPT);
	if (osci_trust_new(&p->trust) || osci_trust_add(p->trust, osci_key_cert(p->sign)))
		die(NULL, "no memory");
}

static void bench_free(struct bench *b)
{
	size_t w;

	for (w = 0; w < RSA_COUNT; w++)
		EVP_PKEY_CTX_free(b->ctx[w]);
	for (w = 0; w < WHAT_COUNT; w++)
		free(b->times[w]);
	osci_key_unrefp(&b->p.sign);
	osci_key_unrefp(&b->p.cipher);
	osci_key_unrefp(&b->p.addressee);
	osci_key_unrefp(&b->p.intermediary);
	osci_trust_freep(&b->p.trust);
	free(b->payload);
	free(b->message);
}

/* Another thread's bench with the same people. */
static struct bench again(const struct bench *b)
{
	struct bench c = { .p = b->p, .bits = b->bits, .payload = b->payload, .payload_len = b->payload_len };

	memcpy(c.hash, b->hash, sizeof(c.hash));
	rsa_prepare(&c);
	build(&c);
	return c;
}

static void run_threads(struct bench *b, double duration, struct factor out[LOAD_COUNT])
{
	struct worker workers[THREADS] = { { .bench = again(b) }, { .bench = again(b) } };
	size_t i, op;

	measure_threads(workers, duration, out);
	for (i = 0; i < THREADS; i++) {
		for (op = 0; op < RSA_COUNT; op++)
			EVP_PKEY_CTX_free(workers[i].bench.ctx[op]);
		free(workers[i].bench.message);
	}
}

static void run(unsigned bits, size_t payload_len, double duration, struct result out[2], struct factor *threads)
{
	struct bench b = { .bits = bits, .payload_len = payload_len, .payload = malloc(payload_len) };
	size_t i;

	if (!b.payload)
		die(NULL, "no memory");
	for (i = 0; i < payload_len; i++)
		b.payload[i] = "<feld>Wert 0123456789 </feld>\n"[i % 30];
	if (RAND_bytes(b.hash, sizeof(b.hash)) != 1)
		die(NULL, "no random octets");
	people_make(&b.p, bits);
	rsa_prepare(&b);
	measure(&b, duration);
	results(&b, out);
	if (threads)
		run_threads(&b, duration, threads);
	bench_free(&b);
}

static void print_threads(const struct factor f[LOAD_COUNT], unsigned bits)
{
	size_t i;

	printf("\n%-10s %-10s %12s %12s %7s   (per second in which a processor was to be had)\n", "key", "work", "1 thread",
	       "2 threads", "factor");
	for (i = 0; i < LOAD_COUNT; i++)
		printf("RSA-%-6u %-10s %12.1f %12.1f %7.2f\n", bits, load_names[i], f[i].one, f[i].together,
		       f[i].together / f[i].one);
}

static void print_threads_json(const struct factor f[LOAD_COUNT], unsigned bits)
{
	size_t i;

	for (i = 0; i < LOAD_COUNT; i++)
		printf("{\"bench\":\"osci-two-threads\",\"work\":\"%s\",\"key\":\"rsa-%u\",\"unit\":\"per second\","
		       "\"one\":%.2f,\"two\":%.2f,\"factor\":%.3f%s}\n",
		       load_names[i], bits, f[i].one, f[i].together, f[i].together / f[i].one,
		       i == LOAD_RSA ? "" : ",\"aim\":\">= 1.8\"");
}

static void usage(void)
{
	puts("usage: osci-bench [--seconds N] [--payload OCTETS] [--bits 3072|4096]\n"
	     "Messages per second for building and opening a signed and encrypted storeDelivery,\n"
	     "against the ceiling of their RSA operations alone.  N seconds per key size (5).");
}

static unsigned long number(const char *text, unsigned long max)
{
	uint64_t v;

	if (osci_parse_u64(text, strlen(text), max, &v) || v == 0)
		die(NULL, "%s: number from 1 to %lu expected", text, max);
	return (unsigned long)v;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "seconds", 1, NULL, 's' }, { "payload", 1, NULL, 'p' },
						 { "bits", 1, NULL, 'b' },    { "help", 0, NULL, 'h' }, { 0 } };
	unsigned long duration = 5, payload = PAYLOAD_DEFAULT, only = 0;
	static const unsigned sizes[] = { 3072, 4096 };
	struct result r[4];
	struct factor threads[LOAD_COUNT]; /* with the first size of keys */
	struct osci_err err = { 0 };
	size_t i, n = 0;
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (c == 's')
			duration = number(optarg, 3600);
		else if (c == 'p')
			payload = number(optarg, PAYLOAD_MAX);
		else if (c == 'b')
			only = number(optarg, 8192);
		else {
			usage();
			return c == 'h' ? 0 : 2;
		}
	}
	if (osci_crypto_init(&err))
		die(&err, "cannot begin");
	for (i = 0; i < 2; i++) {
		if (only && only != sizes[i])
			continue;
		run(sizes[i], payload, (double)duration, r + n, n ? NULL : threads);
		n += 2;
	}
	if (!n)
		die(NULL, "--bits: 3072 or 4096 expected");
	printf("storeDelivery, %lu octets of content, signed and encrypted twice\n\n", payload);
	printf("%-10s %-8s %12s %12s %7s %7s\n", "key", "work", "messages/s", "RSA alone/s", "ratio", "rounds");
	for (i = 0; i < n; i++)
		printf("RSA-%-6u %-8s %12.1f %12.1f %7.3f %7zu\n", r[i].bits, r[i].opening ? "open" : "build", r[i].rate,
		       r[i].ceiling, r[i].rate / r[i].ceiling, r[i].rounds);
	print_threads(threads, r[0].bits);
	printf("\n");
	for (i = 0; i < n; i++)
		printf("{\"bench\":\"osci-%s\",\"key\":\"rsa-%u\",\"payload\":%lu,\"message\":%zu,\"unit\":\"messages/s\","
		       "\"median\":%.2f,\"ceiling\":%.2f,\"ratio\":%.4f,\"rounds\":%zu,\"aim\":\">= %s\"}\n",
		       r[i].opening ? "open" : "build", r[i].bits, payload, r[i].message_len, r[i].rate, r[i].ceiling,
		       r[i].rate / r[i].ceiling, r[i].rounds, r[i].bits == 3072 ? "0.85" : "0.92");
	print_threads_json(threads, r[0].bits);
	return 0;
}
