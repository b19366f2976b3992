/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open - osci open: the reader of the library on one captured HTTP body
 *
 * Prints one JSON object, accepted or refused; writes contents only after everything has been accepted.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "tools/tool.h"

#define KEYS_MAX 64

struct options {
	const char *p12[KEYS_MAX], *pass[KEYS_MAX];
	size_t n_p12, n_pass;
	const char *trust[KEYS_MAX];
	size_t n_trust;
	const char *out, *message;
	bool cbc, help;
	int64_t now;
};

/* Keys, trust and octets of one run. */
struct run {
	struct osci_key *keys[KEYS_MAX];
	size_t n_keys;
	struct osci_trust *trust;
	unsigned char *data;
	size_t len;
	struct osci_limits limits;
};

void open_help(FILE *out)
{
	fputs("usage: osci open [--p12 FILE --pass-file FILE]... [--trust CERT.pem]... [--allow-cbc]\n"
	      "                 [--out DIR] [--now TIME] MESSAGE\n"
	      "\n"
	      "Decrypts and verifies MESSAGE, the exact body of one HTTP message, and prints what is in it as JSON.\n"
	      "\n"
	      "  --p12 FILE        PKCS#12 file with a cipher key; --pass-file follows it\n"
	      "  --pass-file FILE  its first line is the password of the key file before it\n"
	      "  --trust CERT.pem  signatures count if made by this certificate or by one issued under it\n"
	      "  --allow-cbc       read AES-CBC and Triple DES, too\n"
	      "  --out DIR         write the contents to files in DIR\n"
	      "  --now TIME        judge certificates as of TIME, for example 2026-11-22T09:00:00Z\n"
	      "\n"
	      "exit status: 0 accepted, 1 file or key cannot be read or written, 2 usage, 3 message refused\n",
	      out);
}

static int usage(const char *what)
{
	fprintf(stderr, "osci open: %s\n", what);
	open_help(stderr);
	return EXIT_USAGE;
}

static int parse_options(struct options *o, int argc, char **argv)
{
	enum { P12 = 256, PASS, TRUST, CBC, OUT, NOW, HELP };
	static const struct option table[] = {
		{ "p12", required_argument, NULL, P12 },     { "pass-file", required_argument, NULL, PASS },
		{ "trust", required_argument, NULL, TRUST }, { "allow-cbc", no_argument, NULL, CBC },
		{ "out", required_argument, NULL, OUT },     { "now", required_argument, NULL, NOW },
		{ "help", no_argument, NULL, HELP },	     { NULL, 0, NULL, 0 },
	};
	bool now = false;
	int64_t ms;
	int opt;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "", table, NULL)) != -1) {
		switch (opt) {
		case P12:
			if (o->n_p12 == KEYS_MAX)
				return usage("too many key files");
			if (o->n_p12 != o->n_pass)
				return usage("--p12 without --pass-file");
			o->p12[o->n_p12++] = optarg;
			break;
		case PASS:
			if (o->n_pass >= o->n_p12)
				return usage("--pass-file without --p12 before it");
			o->pass[o->n_pass++] = optarg;
			break;
		case TRUST:
			if (o->n_trust == KEYS_MAX)
				return usage("too many trusted certificates");
			o->trust[o->n_trust++] = optarg;
			break;
		case CBC:
			o->cbc = true;
			break;
		case OUT:
			if (o->out)
				return usage("--out given twice");
			o->out = optarg;
			break;
		case NOW:
			if (now)
				return usage("--now given twice");
			if (osci_parse_datetime(optarg, strlen(optarg), &ms) != 0)
				return usage("--now is no date and time with zone, like 2026-11-22T09:00:00Z");
			/* Whole seconds, rounded down before 1970 as well. */
			o->now = ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000);
			now = true;
			break;
		case HELP:
			o->help = true;
			return 0;
		default:
			return usage("unknown option, or an option without its value");
		}
	}
	if (o->n_p12 != o->n_pass)
		return usage("--p12 without --pass-file");
	if (argc - optind != 1)
		return usage(argc == optind ? "MESSAGE is missing" : "one MESSAGE at a time");
	o->message = argv[optind];
	if (!now)
		o->now = time(NULL);
	return 0;
}

/* The whole file; one octet more than the limit shows that it is too long, the reader says so. */
static int read_message(struct run *run, const char *path)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(run->limits.http_body + 1);
	unsigned char *room;
	ssize_t n = 1;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(path, NULL, -errno);
	while (n > 0 && b.len <= run->limits.http_body) {
		size_t want = run->limits.http_body + 1 - b.len;

		if (want > 65536)
			want = 65536;
		room = osci_buf_room(&b, want);
		if (!room)
			break;
		n = read(fd, room, want);
		if (n < 0 && errno == EINTR) {
			n = 1;
			continue;
		}
		if (n > 0)
			osci_buf_grow(&b, (size_t)n);
	}
	if (n < 0 || osci_buf_error(&b)) {
		int code = n < 0 ? -errno : osci_buf_error(&b);

		close(fd);
		return complain(path, NULL, code);
	}
	close(fd);
	run->data = (unsigned char *)osci_buf_take(&b, &run->len);
	return run->data ? 0 : complain(path, NULL, -ENOMEM);
}

static int load(struct run *run, const struct options *o)
{
	struct osci_err err = { 0 };
	size_t i;
	int r;

	for (i = 0; i < o->n_p12; i++) {
		r = osci_key_load_p12_passfile(&run->keys[i], o->p12[i], o->pass[i], 0, &err);
		if (r)
			return complain(err.where[0] ? err.where : o->p12[i], &err, r);
		run->n_keys++;
	}
	r = osci_trust_new(&run->trust);
	for (i = 0; i < o->n_trust && !r; i++) {
		r = osci_trust_add_pem(run->trust, o->trust[i], &err);
		if (r)
			return complain(o->trust[i], &err, r);
	}
	return r ? complain("start", &err, r) : read_message(run, o->message);
}

static int print(json_t *json, int status)
{
	/* ASCII alone: nothing in a message can steer a terminal. */
	int r = json ? json_dumpf(json, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII) : -1;

	json_decref(json);
	if (r || putchar('\n') == EOF || fflush(stdout) != 0)
		return complain("standard output", NULL, -EIO);
	return status;
}

static int show(const struct options *o, const struct osci_message *m, const struct osci_contents *c)
{
	size_t n = c ? c->n_items : 0, i;
	char **files = calloc(n ? n : 1, sizeof(*files));
	struct osci_err err = { 0 };
	int r = files ? 0 : -ENOMEM;

	if (!r && o->out && c)
		r = write_contents(o->out, c, files, &err);
	r = r ? complain(o->out, &err, r) : print(message_json(m, c, files), EXIT_ACCEPTED);
	for (i = 0; files && i < n; i++)
		free(files[i]);
	free(files);
	return r;
}

static int open_message(const struct options *o, struct run *run)
{
	const struct osci_open_opts opts = {
		.limits = &run->limits,
		.policy = { .allow_cbc = o->cbc },
		.keys = run->keys,
		.n_keys = run->n_keys,
		.trust = run->trust,
		.now = o->now,
	};
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	int r;

	if (run->len > run->limits.http_body)
		r = osci_fail(&err, OSCI_E_LIMIT, "9100", NULL, "message longer than %zu octets", run->limits.http_body);
	else
		r = osci_open(&m, run->data, run->len, &opts, &err);
	if (!r)
		r = osci_contents_open(&c, m, &opts, &err);
	if (r < 0)
		return complain(o->message, &err, r);
	if (r)
		return print(rejected_json(&err), EXIT_REFUSED);
	return show(o, m, c);
}

int open_main(int argc, char **argv)
{
	struct options o = { 0 };
	struct run run = { 0 };
	int r;

	r = parse_options(&o, argc, argv);
	if (r)
		return r;
	if (o.help) {
		open_help(stdout);
		return fflush(stdout) ? EXIT_IO : EXIT_ACCEPTED;
	}
	osci_limits_default(&run.limits);
	r = load(&run, &o);
	if (!r)
		r = open_message(&o, &run);
	while (run.n_keys > 0)
		osci_key_unref(run.keys[--run.n_keys]);
	osci_trust_freep(&run.trust);
	free(run.data);
	return r;
}
