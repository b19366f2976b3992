/* SPDX-License-Identifier: Apache-2.0 */
/* load - options, keys, one exchange, cost of a process; see load.h */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/buf.h"
#include "base/text.h"
#include "crypto/crypto.h"
#include "load.h"

#define PATH_LEN 4096
#define BODY_MAX ((size_t)1 << 40)
#define EXCHANGE_MS (3600 * 1000)

void load_fail(const struct osci_err *err, const char *fmt, ...)
{
	char text[600] = "";
	va_list ap;

	fputs("osci-load: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (err)
		osci_err_text(err, text, sizeof(text));
	fprintf(stderr, "%s%s\n", err ? ": " : "", text);
	exit(1);
}

int64_t load_now(void)
{
	return (int64_t)time(NULL);
}

double load_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

double load_cpu(unsigned long pid)
{
	clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
	struct timespec t;

	/* Exact also while its threads run; what /proc tells is as old as the last tick. */
	if ((pid && clock_getcpuclockid((pid_t)pid, &clock)) || clock_gettime(clock, &t) < 0)
		load_fail(NULL, "no process %lu", pid);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double of_timeval(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

void load_print_cost(double start)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	printf("\"wall\":%.4f,\"user\":%.4f,\"system\":%.4f,\"peak_kib\":%ld", load_seconds() - start,
	       of_timeval(u.ru_utime), of_timeval(u.ru_stime), u.ru_maxrss);
}

/* --- who takes part ------------------------------------------------------- */

struct osci_cert *load_cert(const char *pki, const char *name)
{
	struct osci_cert *cert = NULL;
	struct osci_err err = { 0 };
	char path[PATH_LEN];

	snprintf(path, sizeof(path), "%s/%s.pem", pki, name);
	if (osci_cert_load_pem(&cert, path, &err))
		load_fail(&err, "%s", path);
	return cert;
}

static struct osci_key *load_key(const char *pki, const char *name, const char *use)
{
	struct osci_key *key = NULL;
	struct osci_err err = { 0 };
	char p12[PATH_LEN], pass[PATH_LEN];

	snprintf(p12, sizeof(p12), "%s/%s-%s.p12", pki, name, use);
	snprintf(pass, sizeof(pass), "%s/%s-%s.pass", pki, name, use);
	if (osci_key_load_p12_passfile(&key, p12, pass, OSCI_P12_PRIVATE, &err))
		load_fail(&err, "%s", p12);
	return key;
}

void load_open(struct load *l, const struct load_opts *o, const char *as)
{
	const struct osci_spool_conf spool = { .dir = o->spool };
	struct osci_http_conf http = { .limits = &l->limits };
	struct osci_err err = { 0 };
	char path[PATH_LEN];

	if (!o->pki || !as || !o->url)
		load_fail(NULL, "--pki, --as and --url expected");
	*l = (struct load){ .url = o->url };
	osci_limits_default(&l->limits);
	l->limits.http_body = BODY_MAX;
	l->limits.total_ms = EXCHANGE_MS;
	l->sign = load_key(o->pki, as, "sign");
	l->cipher = load_key(o->pki, as, "enc");
	l->im_cipher = load_cert(o->pki, "im-enc");
	l->im_sign = load_cert(o->pki, "im-sign");
	snprintf(path, sizeof(path), "%s/ca.pem", o->pki);
	if (osci_trust_new(&l->trust) || osci_trust_add_pem(l->trust, path, &err) || osci_spool_new(&l->spool, &spool, &err))
		load_fail(&err, "cannot begin");
	http.spool = l->spool;
	if (osci_http_new(&l->http, &http, &err))
		load_fail(&err, "cannot begin");
	l->conf = (struct osci_client_conf){
		.sign = l->sign, .decrypt = &l->cipher, .n_decrypt = 1, .intermediary_cipher = l->im_cipher,
		.intermediary_signer = l->im_sign, .trust = l->trust, .limits = &l->limits, .spool = l->spool,
	};
}

void load_close(struct load *l)
{
	osci_http_freep(&l->http);
	osci_spool_unrefp(&l->spool);
	osci_trust_freep(&l->trust);
	osci_cert_unrefp(&l->im_cipher);
	osci_cert_unrefp(&l->im_sign);
	osci_key_unrefp(&l->sign);
	osci_key_unrefp(&l->cipher);
}

void load_exchange(struct load *l, struct osci_seq *q)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	struct osci_stream *order = NULL;
	struct osci_sink *sink = NULL;
	struct osci_err err = { 0 };

	if (osci_seq_input_sink(q, load_now(), &sink, &err) || osci_seq_output_stream(q, &order, &err) ||
	    osci_http_exchange_stream(l->http, l->url, order, &sink, &answer, &err) ||
	    osci_seq_input_blob(q, answer, load_now(), &err))
		load_fail(&err, "order failed");
}

/* --- options --------------------------------------------------------------- */

static const struct {
	const char *name, *purpose;
	void (*run)(const struct load_opts *o);
} commands[] = {
	{ "send", "store --file as an attachment, signed and encrypted, --as NAME --to NAME", load_send },
	{ "receive", "fetch one delivery --as NAME and decrypt its attachment to --file", load_receive },
	{ "limit", "--gcm passes of AES-256-GCM and --sha passes of SHA-256 over --count octets", load_limit },
	{ "floor", "the octets of --file over loopback and through files of --spool, by three processes", load_floor },
	{ "copies", "put --count copies of the delivery waiting for --to NAME into the mailbox of --database", load_copies },
	{ "drain", "fetch --count deliveries --as NAME, one by one, --per-dialog in a dialog", load_drain },
	{ "dialogs", "--count dialogs at once, as --people persons NAME0, NAME1 ...", load_dialogs },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(void)
{
	size_t i;

	puts("usage: osci-load COMMAND [OPTION]...\n"
	     "Clients for ./run bench and tests/e2e/test-load.py; each prints one JSON object.\n\ncommands:");
	for (i = 0; i < N_COMMANDS; i++)
		printf("  %-8s %s\n", commands[i].name, commands[i].purpose);
	puts("\noptions: --pki DIR --as NAME --to NAME --url URL --spool DIR --file FILE --database FILE\n"
	     "         --count N --per-dialog N --people N --gcm N --sha N --pid PID");
}

static unsigned long number(const char *text)
{
	uint64_t v;

	if (osci_parse_u64(text, strlen(text), (uint64_t)1 << 40, &v))
		load_fail(NULL, "%s: number expected", text);
	return (unsigned long)v;
}

int main(int argc, char **argv)
{
	struct load_opts o = { .count = 1, .per_dialog = 100, .people = 1 };
	const struct {
		const char *name, **text;
		unsigned long *value;
	} items[] = {
		{ "pki", &o.pki, NULL }, { "as", &o.as, NULL }, { "to", &o.to, NULL }, { "url", &o.url, NULL },
		{ "spool", &o.spool, NULL }, { "file", &o.file, NULL }, { "database", &o.database, NULL },
		{ "count", NULL, &o.count }, { "per-dialog", NULL, &o.per_dialog }, { "people", NULL, &o.people },
		{ "gcm", NULL, &o.gcm }, { "sha", NULL, &o.sha }, { "pid", NULL, &o.pid },
	};
	enum { N_ITEMS = sizeof(items) / sizeof(items[0]) };
	struct osci_err err = { 0 };
	struct option options[N_ITEMS + 1] = { 0 };
	size_t i;
	int c;

	for (i = 0; i < N_ITEMS; i++)
		options[i] = (struct option){ items[i].name, required_argument, NULL, (int)i + 1 };
	if (argc < 2 || argv[1][0] == '-') {
		usage();
		return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : 2;
	}
	while ((c = getopt_long(argc - 1, argv + 1, "", options, NULL)) != -1) {
		if (c < 1 || c > N_ITEMS)
			return 2;
		if (items[c - 1].text)
			*items[c - 1].text = optarg;
		else
			*items[c - 1].value = number(optarg);
	}
	for (i = 0; i < N_COMMANDS && strcmp(argv[1], commands[i].name) != 0; i++)
		;
	if (i == N_COMMANDS)
		load_fail(NULL, "unknown command %s", argv[1]);
	if (osci_crypto_init(&err))
		load_fail(&err, "cannot begin");
	commands[i].run(&o);
	return fflush(stdout) ? 1 : 0;
}
