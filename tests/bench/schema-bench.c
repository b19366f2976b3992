/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema-bench - validations per second against libxml2 alone, threads, memory, and the time to load all modules
 *
 *   schema-bench [--seconds N] FILE...
 *
 * The limit is what nobody who validates can leave out: a parsed document and the schema over it.  libxml2 alone reads
 * each file from memory with xmlReadMemory() and runs xmlSchemaValidateDoc() with the same compiled schema of the
 * release and one context for all documents.  The engine is xausl_validate(): guarded parse, release, schema, code
 * lists, frame and rules, with a report.  Both run in turns over the same files, in slices of some milliseconds.
 *
 * Time is that of the processor, so that others on the machine count little.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <libxml/parser.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/csv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define FILES_MAX 64
#define SLICES_MAX 100000
#define OPENINGS 9
#define MANY 100000

struct file {
	char *data;
	size_t len;
	const struct xausl_release *release;
};

struct bench {
	struct xausl *x;
	struct file files[FILES_MAX];
	size_t n;
	char schemas[4096], versions[4096];
};

static void die(const char *what)
{
	fprintf(stderr, "schema-bench: %s\n", what);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* One pass over all files; a file that is not valid ends the program: the two would not do the same work. */
static void pass_engine(const struct bench *b)
{
	for (size_t i = 0; i < b->n; i++) {
		_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;

		if (xausl_validate(&r, b->x, NULL, b->files[i].data, b->files[i].len, NULL) || r->verdict != XAUSL_VALID)
			die("a file is not valid");
	}
}

static void pass_bare(const struct bench *b, xmlSchemaValidCtxtPtr *contexts)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct file *f = &b->files[i];
		xmlDocPtr doc = xmlReadMemory(f->data, (int)f->len, NULL, NULL, XML_PARSE_NONET);

		if (!doc || xmlSchemaValidateDoc(contexts[i], doc))
			die("a file is not valid for libxml2");
		xmlFreeDoc(doc);
	}
}

static void contexts_make(const struct bench *b, xmlSchemaValidCtxtPtr *contexts)
{
	for (size_t i = 0; i < b->n; i++) {
		contexts[i] = NULL;
		for (size_t k = 0; k < i && !contexts[i]; k++)
			if (b->files[k].release == b->files[i].release)
				contexts[i] = contexts[k];
		if (!contexts[i])
			contexts[i] = xmlSchemaNewValidCtxt(b->files[i].release->schema);
		if (!contexts[i])
			die("no memory");
	}
}

static void contexts_free(const struct bench *b, xmlSchemaValidCtxtPtr *contexts)
{
	for (size_t i = 0; i < b->n; i++) {
		bool first = true;

		for (size_t k = 0; k < i; k++)
			first = first && contexts[k] != contexts[i];
		if (first)
			xmlSchemaFreeValidCtxt(contexts[i]);
	}
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

struct rates {
	double engine, bare; /* validations per second of processor time, median of the slices */
	double ratio;        /* median of the ratios of neighbouring slices */
	size_t slices;
};

static struct rates compare(const struct bench *b, double duration)
{
	static double engine[SLICES_MAX], bare[SLICES_MAX], ratio[SLICES_MAX];
	xmlSchemaValidCtxtPtr contexts[FILES_MAX];
	double end = seconds(CLOCK_MONOTONIC) + duration;
	const unsigned passes = 20;
	struct rates r = { 0 };

	contexts_make(b, contexts);
	pass_engine(b);
	pass_bare(b, contexts);
	while (r.slices < SLICES_MAX && (seconds(CLOCK_MONOTONIC) < end || r.slices < 5)) {
		double start = seconds(CLOCK_THREAD_CPUTIME_ID), half;

		for (unsigned i = 0; i < passes; i++)
			pass_engine(b);
		half = seconds(CLOCK_THREAD_CPUTIME_ID);
		for (unsigned i = 0; i < passes; i++)
			pass_bare(b, contexts);
		bare[r.slices] = passes * (double)b->n / (seconds(CLOCK_THREAD_CPUTIME_ID) - half);
		engine[r.slices] = passes * (double)b->n / (half - start);
		ratio[r.slices] = engine[r.slices] / bare[r.slices];
		r.slices++;
	}
	contexts_free(b, contexts);
	r.engine = median(engine, r.slices);
	r.bare = median(bare, r.slices);
	r.ratio = median(ratio, r.slices);
	return r;
}

/* --- threads ---------------------------------------------------------- */

struct worker {
	const struct bench *b;
	pthread_barrier_t *begin;
	double end;     /* of CLOCK_MONOTONIC */
	double rate;    /* per second in which it had a processor */
	unsigned long done;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	double start;

	pthread_barrier_wait(w->begin);
	start = seconds(CLOCK_THREAD_CPUTIME_ID);
	do {
		pass_engine(w->b);
		w->done += w->b->n;
	} while (seconds(CLOCK_MONOTONIC) < w->end);
	w->rate = (double)w->done / (seconds(CLOCK_THREAD_CPUTIME_ID) - start);
	return NULL;
}

/* Validations of @threads threads at once: per second in which each had a processor, added up. */
static double rate_of(const struct bench *b, unsigned threads, double duration)
{
	pthread_barrier_t begin;
	struct worker w[2];
	pthread_t t[2];
	double sum = 0;

	pthread_barrier_init(&begin, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		w[i] = (struct worker){ .b = b, .begin = &begin, .end = seconds(CLOCK_MONOTONIC) + duration };
		if (pthread_create(&t[i], NULL, work, &w[i]))
			die("no thread");
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(t[i], NULL);
		sum += w[i].rate;
	}
	pthread_barrier_destroy(&begin);
	return sum;
}

/* --- memory, loading -------------------------------------------------- */

static long resident_kib(void)
{
	char line[256];
	long kib = -1;
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof(line), f)) {
		uint64_t v;
		const char *p = line + 6;

		if (strncmp(line, "VmRSS:", 6) != 0)
			continue;
		p += strspn(p, " \t");
		if (!osci_parse_u64(p, strspn(p, "0123456789"), 1u << 30, &v))
			kib = (long)v;
	}
	if (f)
		fclose(f);
	if (kib < 0)
		die("/proc/self/status has no VmRSS");
	return kib;
}

static struct xausl *open_modules(const struct bench *b)
{
	struct osci_err err = { 0 };
	struct xausl *x = NULL;
	char text[512];

	if (xausl_open(&x, b->schemas, b->versions, &err))
		die(osci_err_text(&err, text, sizeof(text)));
	return x;
}

static double open_ms(const struct bench *b, size_t *modules)
{
	double times[OPENINGS];

	for (size_t i = 0; i < OPENINGS; i++) {
		double start = seconds(CLOCK_PROCESS_CPUTIME_ID);
		_cleanup_(xausl_freep) struct xausl *x = open_modules(b);

		times[i] = (seconds(CLOCK_PROCESS_CPUTIME_ID) - start) * 1000;
		*modules = 0;
		for (size_t k = 0; k < xausl_release_count(x); k++)
			*modules += xausl_release_has_module(xausl_release_get(x, k));
	}
	return median(times, OPENINGS);
}

static void load(struct bench *b, const char *path)
{
	_cleanup_(xausl_report_freep) struct xausl_report *r = NULL;
	struct file *f = &b->files[b->n];

	if (b->n == FILES_MAX || xausl_file_load(&f->data, &f->len, path, XAUSL_MESSAGE_MAX, NULL))
		die("too many files, or a file cannot be read");
	if (xausl_validate(&r, b->x, NULL, f->data, f->len, NULL) || r->verdict != XAUSL_VALID)
		die("a file is not valid");
	f->release = xausl_release_find(b->x, r->release);
	b->n++;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "seconds", 1, NULL, 's' }, { "help", 0, NULL, 'h' }, { 0 } };
	const char *root = getenv("XAUSL_DATADIR");
	static struct bench b;
	double one, two, open;
	long before, after;
	uint64_t duration = 5;
	struct rates r;
	size_t modules;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c != 's' || osci_parse_u64(optarg, strlen(optarg), 3600, &duration) || !duration)
			die("usage: schema-bench [--seconds N] FILE...");
	if (!root || optind == argc || osci_xml_init())
		die("XAUSL_DATADIR and a file are needed");
	snprintf(b.schemas, sizeof(b.schemas), "%s/xausl-schemas", root);
	snprintf(b.versions, sizeof(b.versions), "%s/versions", root);
	open = open_ms(&b, &modules);
	b.x = open_modules(&b);
	for (; optind < argc; optind++)
		load(&b, argv[optind]);
	r = compare(&b, (double)duration);
	one = rate_of(&b, 1, (double)duration / 2);
	two = rate_of(&b, 2, (double)duration / 2);
	for (size_t i = 0; i < 1000 / b.n; i++)
		pass_engine(&b);
	before = resident_kib();
	for (size_t i = 0; i < MANY / b.n; i++)
		pass_engine(&b);
	after = resident_kib();
	printf("{\"bench\":\"schema-engine\",\"unit\":\"per second\",\"median\":%.0f,\"bare\":%.0f,\"ratio\":%.3f,"
	       "\"slices\":%zu,\"files\":%zu,\"aim\":\">= 0.9 of bare\"}\n", r.engine, r.bare, r.ratio, r.slices, b.n);
	printf("{\"bench\":\"schema-two-threads\",\"unit\":\"times one\",\"value\":%.2f,\"one\":%.0f,\"two\":%.0f,"
	       "\"aim\":\">= 1.8\"}\n", two / one, one, two);
	printf("{\"bench\":\"schema-memory\",\"unit\":\"KiB more\",\"value\":%ld,\"validations\":%u,\"resident\":%ld,"
	       "\"aim\":\"flat\"}\n", after - before, MANY, after);
	printf("{\"bench\":\"schema-load\",\"unit\":\"ms\",\"median\":%.1f,\"modules\":%zu,\"runs\":%d,\"aim\":\"< 300\"}\n",
	       open, modules, OPENINGS);
	for (size_t i = 0; i < b.n; i++)
		free(b.files[i].data);
	xausl_freep(&b.x);
	return 0;
}
