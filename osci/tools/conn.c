/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn - settings of a connection from options and profile, and the exchange of orders
 *
 * The profile is read strictly: unknown keys are refused with their line.  Passwords come from files alone and are
 * never shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <osci/feedback.h>
#include "base/text.h"
#include "crypto/crypto.h"
#include "tools/conn.h"
#include "tools/tool.h"

#define MIB ((uint64_t)1 << 20)
#define EXCHANGE_MS (3600 * 1000) /* a large message on a slow line */

static const struct conf_item table[] = {
	{ "url", CONF_TEXT, 0, 8, 1000, NULL, NULL, "of the intermediary" },
	{ "sign.p12", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "own signature key" },
	{ "sign.pass_file", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "file with its password in the first line" },
	{ "decrypt[].p12", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL, "own cipher key" },
	{ "decrypt[].pass_file", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "file with its password in the first line" },
	{ "intermediary.cipher", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "PEM; orders are encrypted for it" },
	{ "intermediary.signer", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "PEM; answers must be signed by it" },
	{ "trust[]", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "PEM; signers, or CAs that issue them" },
	{ "suite.digest", CONF_TEXT, 0, 1, 64, NULL, NULL, "short name of the digest" },
	{ "suite.signature", CONF_TEXT, 0, 1, 64, NULL, NULL, "short name of the signature algorithm" },
	{ "suite.cipher", CONF_TEXT, 0, 1, 64, NULL, NULL, "short name of the block cipher" },
	{ "suite.iv", CONF_TEXT, 0, 1, 64, NULL, NULL, "12 or 16 octets" },
	{ "suite.oaep_digest", CONF_TEXT, 0, 1, 64, NULL, NULL, "short name of the digest of rsa-oaep" },
	{ "suite.oaep_mgf", CONF_TEXT, 0, 1, 64, NULL, NULL, "short name of the mask generation function" },
	{ "languages", CONF_TEXT, 0, 2, 64, NULL, NULL, "of feedback" },
	{ "tls.ca", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL, "https: issuers of the server's certificate" },
	{ "spool", CONF_PATH, 0, 0, 0, NULL, NULL, "directory for large messages under way" },
	{ "allow_cbc", CONF_BOOL, 0, 0, 0, "false", NULL, "read AES-CBC and Triple DES" },
	{ NULL },
};

int conn_failed(const struct conn *c, const struct osci_err *err, int code)
{
	char text[512];

	if (code == -ECANCELED) /* said already */
		return EXIT_IO;
	if (!err->what[0] && !err->where[0])
		return complain(c->command, err, code);
	fprintf(stderr, "osci: %s: %s\n", c->command, osci_err_text(err, text, sizeof(text)));
	if ((code == OSCI_E_FAULT || code == OSCI_E_FEEDBACK) && osci_feedback_index(err->feedback) < OSCI_FEEDBACK_CODES)
		fprintf(stderr, "osci: %s: %s: %s\n", c->command, err->feedback, osci_feedback_text(err->feedback, "en"));
	return exit_of(code);
}

static int usage(const char *where, const char *what)
{
	fprintf(stderr, "osci: %s: %s\nusage: osci COMMAND --help\n", where, what);
	return EXIT_USAGE;
}

/* --- settings --------------------------------------------------------------- */

static int read_profile(struct conn *c, const char *path)
{
	struct osci_err err = { 0 };
	size_t i;
	int r;

	if (!path)
		return 0;
	r = conf_read(&c->profile, table, path, &err);
	if (c->profile && conf_has(c->profile, "sign.p12") != conf_has(c->profile, "sign.pass_file"))
		conf_add_problem(c->profile, "sign", "p12 and pass_file belong together");
	for (i = 0; c->profile && i < conf_problems(c->profile); i++)
		fprintf(stderr, "osci: %s\n", conf_problem(c->profile, i));
	if (r < 0)
		return complain(path, &err, r);
	return conf_problems(c->profile) ? EXIT_USAGE : 0;
}

/* Option, else profile, else NULL. */
static const char *setting(const struct conn *c, const char *option, const char *path)
{
	const char *text;

	if (option || !c->profile)
		return option;
	text = conf_text(c->profile, path);
	return text[0] ? text : NULL;
}

static int load_key(struct osci_key **ret, const char *p12, const char *pass)
{
	struct osci_err err = { 0 };
	int r = osci_key_load_p12_passfile(ret, p12, pass, 0, &err);

	return r ? complain(err.where[0] ? err.where : p12, &err, r) : 0;
}

static int load_keys(struct conn *c, const struct conn_opts *o)
{
	size_t i;
	int r = 0;

	if (o->sign.n > 1)
		return usage("--sign", "given twice");
	if (o->unsigned_)
		r = 0;
	else if (o->sign.n)
		r = load_key(&c->sign, o->sign.p12[0], o->sign.pass[0]);
	else if (c->profile && conf_has(c->profile, "sign.p12"))
		r = load_key(&c->sign, conf_text(c->profile, "sign.p12"), conf_text(c->profile, "sign.pass_file"));
	for (i = 0; i < o->decrypt.n && !r; i++, c->n_decrypt += !r)
		r = load_key(&c->decrypt[i], o->decrypt.p12[i], o->decrypt.pass[i]);
	if (r || o->decrypt.n || !c->profile)
		return r;
	if (conf_count(c->profile, "decrypt") > OPTS_LIST_MAX)
		return usage("decrypt", "too many keys");
	for (i = 0; i < conf_count(c->profile, "decrypt") && !r; i++, c->n_decrypt += !r)
		r = load_key(&c->decrypt[i], conf_textf(c->profile, "decrypt[%zu].p12", i),
			     conf_textf(c->profile, "decrypt[%zu].pass_file", i));
	return r;
}

static int load_trust(struct conn *c, const struct conn_opts *o)
{
	size_t n = o->trust.n ? o->trust.n : c->profile ? conf_count(c->profile, "trust") : 0, i;
	struct osci_err err = { 0 };
	int r = osci_trust_new(&c->trust);

	for (i = 0; i < n && !r; i++) {
		const char *path = o->trust.n ? o->trust.v[i] : conf_textf(c->profile, "trust[%zu]", i);

		r = osci_trust_add_pem(c->trust, path, &err);
		if (r)
			return complain(path, &err, r);
	}
	return r ? complain("start", &err, r) : 0;
}

static int load_cert(struct osci_cert **ret, const char *path)
{
	struct osci_err err = { 0 };
	int r = path ? osci_cert_load_pem(ret, path, &err) : 0;

	return r ? complain(path, &err, r) : 0;
}

int conn_certs(struct osci_cert **ret, size_t *ret_n, const struct opt_list *files)
{
	int r = 0;

	for (*ret_n = 0; *ret_n < files->n && !r; *ret_n += !r)
		r = load_cert(&ret[*ret_n], files->v[*ret_n]);
	return r;
}

/* --- algorithms ------------------------------------------------------------- */

static const struct {
	const char *name, *path;
	enum osci_alg_kind kind;
	size_t offset;
} suite_items[] = {
	{ "digest", "suite.digest", OSCI_ALG_DIGEST, offsetof(struct osci_suite, digest) },
	{ "signature", "suite.signature", OSCI_ALG_SIGN, offsetof(struct osci_suite, signature) },
	{ "cipher", "suite.cipher", OSCI_ALG_CIPHER, offsetof(struct osci_suite, cipher) },
	{ "oaep_digest", "suite.oaep_digest", OSCI_ALG_OAEP_DIGEST, offsetof(struct osci_suite, oaep_digest) },
	{ "oaep_mgf", "suite.oaep_mgf", OSCI_ALG_MGF, offsetof(struct osci_suite, oaep_mgf) },
};

static int set_algorithm(struct osci_suite *s, const char *what, size_t len, const char *name)
{
	const struct osci_alg *alg;
	size_t i;

	if (len == 2 && memcmp(what, "iv", 2) == 0) {
		if (strcmp(name, "12") != 0 && strcmp(name, "16") != 0)
			return usage(name, "iv has 12 or 16 octets");
		s->iv_octets = name[1] == '2' ? 12 : 16;
		return 0;
	}
	for (i = 0; i < sizeof(suite_items) / sizeof(suite_items[0]); i++) {
		if (strlen(suite_items[i].name) != len || memcmp(suite_items[i].name, what, len) != 0)
			continue;
		alg = osci_alg_by_name(suite_items[i].kind, name);
		if (!alg)
			return usage(name, "no algorithm of this profile");
		if (!alg->write)
			return usage(name, "is read, not written");
		*(const char **)((char *)s + suite_items[i].offset) = alg->uri;
		return 0;
	}
	return usage(what, "digest, signature, cipher, iv, oaep_digest or oaep_mgf expected before '='");
}

static int load_suite(struct conn *c, const struct conn_opts *o)
{
	const char *eq, *name;
	size_t i;
	int r = 0;

	for (i = 0; c->profile && i < sizeof(suite_items) / sizeof(suite_items[0]) && !r; i++) {
		name = conf_text(c->profile, suite_items[i].path);
		if (name[0])
			r = set_algorithm(&c->suite, suite_items[i].name, strlen(suite_items[i].name), name);
	}
	if (!r && c->profile && conf_text(c->profile, "suite.iv")[0])
		r = set_algorithm(&c->suite, "iv", 2, conf_text(c->profile, "suite.iv"));
	for (i = 0; i < o->suite.n && !r; i++) {
		eq = strchr(o->suite.v[i], '=');
		if (!eq)
			return usage(o->suite.v[i], "WHAT=NAME expected, for example cipher=aes128-gcm");
		r = set_algorithm(&c->suite, o->suite.v[i], (size_t)(eq - o->suite.v[i]), eq + 1);
	}
	return r;
}

/* --- the whole ---------------------------------------------------------------- */

static int load_line(struct conn *c, const struct conn_opts *o)
{
	const struct osci_http_conf http = {
		.limits = &c->limits, .ca_file = setting(c, o->tls_ca, "tls.ca"), .spool = c->spool,
	};
	const char *url = setting(c, o->url, "url"), *languages = setting(c, o->languages, "languages");
	struct osci_err err = { 0 };
	int r;

	if (!url)
		return usage(c->command, "no --url, neither as option nor in the profile");
	if (!c->n_decrypt)
		return usage(c->command, "no own cipher key, which every order names: --p12, or decrypt in the profile");
	c->url = strdup(url);
	c->languages = osci_strdup_or_null(languages);
	if (!c->url || (languages && !c->languages))
		return complain("start", NULL, -ENOMEM);
	r = o->plain ? 0 : load_cert(&c->cipher, setting(c, o->cipher, "intermediary.cipher"));
	if (!r)
		r = load_cert(&c->signer, setting(c, o->signer, "intermediary.signer"));
	if (r)
		return r;
	if (!c->cipher && !o->plain)
		return usage(c->command, "no --intermediary to encrypt for; --plain if that is meant");
	if (!c->sign && !o->unsigned_)
		return usage(c->command, "no key to --sign with; --unsigned if that is meant");
	r = osci_http_new(&c->http, &http, &err);
	if (r)
		return complain(http.ca_file ? http.ca_file : "start", &err, r);
	return 0;
}

int conn_open(struct conn *c, const char *command, const struct conn_opts *o, bool line)
{
	const char *tmp = secure_getenv("TMPDIR");
	struct osci_spool_conf spool = { .dir = NULL };
	struct osci_err err = { 0 };
	int r;

	*c = (struct conn){ .command = command, .text = o->text };
	osci_limits_default(&c->limits);
	c->limits.total_ms = EXCHANGE_MS;
	if (o->max_mib)
		c->limits.http_body = (size_t)(o->max_mib * MIB);
	osci_clock_init(&c->clock);
	if (o->now && osci_clock_set(&c->clock, o->now, &err))
		return usage("--now", "no date and time like 2026-11-22T09:00:00 (Europe/Berlin) or with zone");
	r = read_profile(c, o->profile);
	if (r)
		return r;
	spool.dir = setting(c, o->spool, "spool");
	if (!spool.dir)
		spool.dir = tmp && tmp[0] == '/' ? tmp : "/var/tmp";
	r = osci_spool_new(&c->spool, &spool, &err);
	if (r)
		return complain(spool.dir, &err, r);
	r = load_keys(c, o);
	if (!r)
		r = load_trust(c, o);
	if (!r)
		r = load_suite(c, o);
	if (!r && line)
		r = load_line(c, o);
	c->conf = (struct osci_client_conf){
		.sign = c->sign, .decrypt = c->decrypt, .n_decrypt = c->n_decrypt, .intermediary_cipher = c->cipher,
		.intermediary_signer = c->signer, .trust = c->trust,
		.policy.allow_cbc = o->cbc || (c->profile && conf_bool(c->profile, "allow_cbc")),
		.limits = &c->limits, .languages = c->languages, .suite = c->suite, .spool = c->spool,
	};
	return r;
}

void conn_close(struct conn *c)
{
	osci_http_freep(&c->http);
	while (c->n_decrypt)
		osci_key_unref(c->decrypt[--c->n_decrypt]);
	osci_key_unrefp(&c->sign);
	osci_cert_unrefp(&c->cipher);
	osci_cert_unrefp(&c->signer);
	osci_trust_freep(&c->trust);
	osci_spool_unrefp(&c->spool);
	conf_freep(&c->profile);
	free(c->url);
	free(c->languages);
	*c = (struct conn){ 0 };
}

int64_t conn_now(const struct conn *c)
{
	int64_t ms = osci_clock_ms(&c->clock);

	return ms >= 0 ? ms / 1000 : -((-ms + 999) / 1000); /* rounded down before 1970, too */
}

struct osci_open_opts conn_reading(const struct conn *c)
{
	return (struct osci_open_opts){
		.limits = &c->limits, .policy = { .allow_cbc = c->conf.policy.allow_cbc }, .keys = c->decrypt,
		.n_keys = c->n_decrypt, .trust = c->trust, .now = conn_now(c),
	};
}

int conn_main(const struct conn_command *k, int argc, char **argv)
{
	struct conn c;
	int r = opts_parse(k->opts, argc, argv);

	if (r)
		return r;
	if (k->opts->help)
		return opts_help(k->opts, stdout);
	r = k->check ? k->check(k->arg, k->opts) : 0;
	if (r)
		return r;
	r = conn_open(&c, k->opts->command, k->conn, k->line);
	if (!r)
		r = k->run(&c, k->arg, argv + optind);
	conn_close(&c);
	return r;
}

/* --- exchange ------------------------------------------------------------------ */

int conn_order(struct conn *c, struct osci_client *client, struct osci_draft *draft, struct osci_message **ret,
	       struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	_cleanup_(osci_sink_freep) struct osci_sink *sink = NULL;
	struct osci_stream *stream = NULL;
	int r;

	r = osci_client_answer_sink(client, conn_now(c), &sink, err);
	if (!r)
		r = osci_client_request_stream(client, draft, &stream, err);
	if (!r)
		r = osci_http_exchange_stream(c->http, c->url, stream, &sink, &answer, err);
	return r ? r : osci_client_answer_blob(client, answer, conn_now(c), ret, err);
}

static int post(struct conn *c, struct osci_seq *q, struct osci_err *err)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	_cleanup_(osci_sink_freep) struct osci_sink *sink = NULL;
	struct osci_stream *stream = NULL;
	int r;

	r = osci_seq_input_sink(q, conn_now(c), &sink, err);
	if (!r)
		r = osci_seq_output_stream(q, &stream, err);
	if (!r)
		r = osci_http_exchange_stream(c->http, c->url, stream, &sink, &answer, err);
	if (r) {
		osci_seq_abort(q);
		return r;
	}
	r = osci_seq_input_blob(q, answer, conn_now(c), err);
	return r && osci_seq_step(q) != OSCI_STEP_FAILED ? r : 0; /* FAILED: the sequence tells */
}

int conn_drive(struct conn *c, struct osci_seq *q, const struct conn_steps *steps, struct osci_err *err)
{
	unsigned waited = 0;
	int r = 0;

	while (!r) {
		switch (osci_seq_step(q)) {
		case OSCI_STEP_POST:
			r = post(c, q, err);
			continue;
		case OSCI_STEP_SAVE_ID:
			r = steps->save ? steps->save(steps->arg, err) : 0;
			break;
		case OSCI_STEP_DELIVERY:
			r = steps->delivery ? steps->delivery(steps->arg, err) : 0;
			break;
		case OSCI_STEP_WAIT:
			if (waited++ == steps->wait_s)
				return osci_fail(err, OSCI_E_MORE, NULL, NULL, "the intermediary still works on it");
			sleep(1);
			break;
		case OSCI_STEP_DONE:
			return 0;
		case OSCI_STEP_FAILED:
			*err = *osci_seq_error(q);
			return err->code ? err->code : OSCI_E_STATE;
		}
		if (r)
			osci_seq_abort(q);
		else
			r = osci_seq_continue(q, err);
	}
	return r;
}

/* --- small things ---------------------------------------------------------------- */

int conn_time(const char *text, const char *option, char *out, size_t size)
{
	int64_t ms;

	if (osci_clock_parse(text, &ms))
		return usage(option, "no date and time like 2026-11-22T09:00:00 (Europe/Berlin) or with zone");
	osci_format_datetime_berlin(out, size, ms);
	return 0;
}

int file_blob(struct osci_blob **ret, const char *path, struct osci_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0) {
		int r = -errno;

		if (fd >= 0)
			close(fd);
		return osci_fail(err, r, NULL, path, "%s", strerrordesc_np(-r));
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return osci_fail(err, -EINVAL, NULL, path, "no regular file");
	}
	return osci_blob_file(ret, fd, 0, (uint64_t)st.st_size, err);
}
