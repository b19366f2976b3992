/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keys - osci keys make: a key pair with a self-signed certificate, for tests; osci keys show: what a file holds
 *
 * PREFIX.p12 (AES-256, MAC with SHA-256), PREFIX.pass (its password, random) and PREFIX.pem; with --csr PREFIX.csr as
 * well, for a CA.  Files are made new with mode 0600, never over others.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "tools/conn.h"
#include "tools/tool.h"

#define DAY INT64_C(86400)
#define DAYS 365
#define PBE_ITERATIONS 100000
#define NAME_MAX_OCTETS 64 /* of a field of a name, as X.520 has it */

struct make_opts {
	const char *type, *use, *subject, *out, *now;
	uint64_t days;
	bool csr, text;
};

struct made {
	EVP_PKEY *key;
	X509 *cert;
	X509_REQ *csr;
	PKCS12 *p12;
	char pass[49];
};

static int crypto_failed(const char *what)
{
	ERR_clear_error();
	fprintf(stderr, "osci: keys: %s cannot be made\n", what);
	return EXIT_IO;
}

static EVP_PKEY *new_key(const char *type)
{
	if (strcmp(type, "rsa3072") == 0)
		return EVP_RSA_gen(3072);
	if (strcmp(type, "rsa4096") == 0)
		return EVP_RSA_gen(4096);
	return EVP_EC_gen(strcmp(type, "p256") == 0 ? "P-256" : "P-384");
}

/* "CN=name,O=organisation,C=DE": fields in this order, a comma in a value as "\,". NULL: *@part, from 1, is to blame. */
static X509_NAME *parse_name(const char *text, unsigned *part)
{
	X509_NAME *name = X509_NAME_new();
	char field[8], value[4 * NAME_MAX_OCTETS + 1];
	bool ok = name != NULL;

	for (*part = 1; ok && *text; *part += ok) {
		size_t n = strcspn(text, "="), k = 0;

		ok = text[n] == '=' && n > 0 && n < sizeof(field);
		if (!ok)
			break;
		memcpy(field, text, n);
		field[n] = '\0';
		for (text += n + 1; *text && *text != ',' && k < sizeof(value) - 1; text++) {
			if (*text == '\\' && text[1])
				text++;
			value[k++] = *text;
		}
		value[k] = '\0';
		ok = k > 0 && (*text == '\0' || (*text == ',' && text[1])) && osci_utf8_ok(value, k) &&
		     X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8, (unsigned char *)value, (int)k, -1, 0) == 1;
		if (*text == ',')
			text++;
	}
	if (ok && X509_NAME_entry_count(name) > 0)
		return name;
	X509_NAME_free(name);
	ERR_clear_error();
	return NULL;
}

static bool add_extension(X509 *cert, STACK_OF(X509_EXTENSION) *list, int nid, const char *value)
{
	X509_EXTENSION *e;
	X509V3_CTX ctx;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && (list ? sk_X509_EXTENSION_push(list, X509_EXTENSION_dup(e)) > 0 : X509_add_ext(cert, e, -1) == 1);
	X509_EXTENSION_free(e);
	return ok;
}

static const char *usage_of(const char *use)
{
	if (strcmp(use, "sign") == 0)
		return "critical,digitalSignature,nonRepudiation";
	if (strcmp(use, "encrypt") == 0)
		return "critical,keyEncipherment,dataEncipherment";
	return "critical,digitalSignature,nonRepudiation,keyEncipherment,dataEncipherment";
}

static bool make_cert(struct made *m, const struct make_opts *o, X509_NAME *name, int64_t now)
{
	unsigned char serial[16];
	BIGNUM *number;
	bool ok;

	m->cert = X509_new();
	if (!m->cert || osci_random(serial, sizeof(serial)))
		return false;
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(m->cert)) && X509_set_version(m->cert, X509_VERSION_3) &&
	     X509_set_subject_name(m->cert, name) && X509_set_issuer_name(m->cert, name) && X509_set_pubkey(m->cert, m->key) &&
	     ASN1_TIME_set(X509_getm_notBefore(m->cert), now) &&
	     ASN1_TIME_set(X509_getm_notAfter(m->cert), now + (int64_t)(o->days ? o->days : DAYS) * DAY) &&
	     add_extension(m->cert, NULL, NID_basic_constraints, "critical,CA:FALSE") &&
	     add_extension(m->cert, NULL, NID_key_usage, usage_of(o->use)) &&
	     add_extension(m->cert, NULL, NID_subject_key_identifier, "hash") &&
	     X509_sign(m->cert, m->key, EVP_sha256()) > 0;
	BN_free(number);
	return ok;
}

static bool make_csr(struct made *m, const struct make_opts *o, X509_NAME *name)
{
	STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
	bool ok;

	m->csr = X509_REQ_new();
	ok = list && m->csr && X509_REQ_set_subject_name(m->csr, name) && X509_REQ_set_pubkey(m->csr, m->key) &&
	     add_extension(m->cert, list, NID_key_usage, usage_of(o->use)) && X509_REQ_add_extensions(m->csr, list) &&
	     X509_REQ_sign(m->csr, m->key, EVP_sha256()) > 0;
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return ok;
}

static bool make_p12(struct made *m)
{
	unsigned char random[24];

	if (osci_random(random, sizeof(random)))
		return false;
	osci_hex(m->pass, random, sizeof(random));
	explicit_bzero(random, sizeof(random));
	m->p12 = PKCS12_create(m->pass, "osci", m->key, m->cert, NULL, NID_aes_256_cbc, NID_aes_256_cbc, PBE_ITERATIONS,
			       PBE_ITERATIONS, 0);
	return m->p12 != NULL;
}

/* --- files ----------------------------------------------------------------------- */

static FILE *new_file(const char *prefix, const char *suffix, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "%s%s", prefix, suffix);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? NULL : fdopen(fd, "wb");
}

static int write_made(const struct made *m, const char *prefix)
{
	static const char *const suffixes[] = { ".pass", ".p12", ".pem", ".csr" };
	char path[PATH_MAX];
	bool ok = true;
	size_t i;
	FILE *f;

	for (i = 0; i < (m->csr ? 4u : 3u) && ok; i++) {
		f = new_file(prefix, suffixes[i], path, sizeof(path));
		if (!f)
			return complain(path, NULL, -errno);
		ok = i == 0 ? fprintf(f, "%s\n", m->pass) > 0 : i == 1 ? i2d_PKCS12_fp(f, m->p12) == 1 :
		     i == 2 ? PEM_write_X509(f, m->cert) == 1 : PEM_write_X509_REQ(f, m->csr) == 1;
		ok = fflush(f) == 0 && ok;
		ok = fclose(f) == 0 && ok;
	}
	return ok ? 0 : complain(path, NULL, -EIO);
}

static int show_made(const char *prefix, const struct make_opts *o)
{
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	_cleanup_(osci_freep) char *pem = NULL;
	struct osci_err err = { 0 };
	json_t *json = NULL;
	bool ok = true;
	int r;

	if (asprintf(&pem, "%s.pem", prefix) < 0) {
		pem = NULL;
		return complain("keys", NULL, -ENOMEM);
	}
	r = osci_cert_load_pem(&cert, pem, &err);
	if (r)
		return complain(pem, &err, r);
	json = cert_json(cert);
	jput(json, "files", json_pack("[s+, s+, s+]", prefix, ".p12", prefix, ".pass", prefix, ".pem"), &ok);
	if (o->csr && ok)
		jappend(json_object_get(json, "files"), json_sprintf("%s.csr", prefix), &ok);
	return print_json(jdone(json, ok), o->text, EXIT_ACCEPTED);
}

static int make(const struct make_opts *o, X509_NAME *name, int64_t now)
{
	struct made m = { 0 };
	int r = 0;

	m.key = new_key(o->type);
	if (!m.key || !make_cert(&m, o, name, now))
		r = crypto_failed("key and certificate");
	else if (o->csr && !make_csr(&m, o, name))
		r = crypto_failed("request");
	else if (!make_p12(&m))
		r = crypto_failed("PKCS#12");
	if (!r)
		r = write_made(&m, o->out);
	EVP_PKEY_free(m.key);
	X509_free(m.cert);
	X509_REQ_free(m.csr);
	PKCS12_free(m.p12);
	explicit_bzero(m.pass, sizeof(m.pass));
	return r ? r : show_made(o->out, o);
}

static bool one_of(const char *s, const char *list)
{
	size_t n = strlen(s);

	for (; *list; list += strcspn(list, " "), list += strspn(list, " "))
		if (n > 0 && strncmp(list, s, n) == 0 && (list[n] == ' ' || list[n] == '\0'))
			return true;
	return false;
}

/* Making keys takes a second: whether the folder of @prefix is there is said before. 0 or explained. */
static int access_of(const char *prefix)
{
	const char *end = strrchr(prefix, '/');
	char dir[PATH_MAX];

	snprintf(dir, sizeof(dir), "%.*s", end ? (int)(end - prefix) + 1 : 1, end ? prefix : ".");
	if (access(dir, W_OK | X_OK) == 0)
		return 0;
	fprintf(stderr, "osci: %s: %s\n", dir, strerrordesc_np(errno));
	return EXIT_IO;
}

static int make_main(int argc, char **argv)
{
	static struct make_opts o = { .type = NULL };
	const struct opt own[] = {
		{ "type", "TYPE", OPT_TEXT, &o.type, "rsa3072 (otherwise this), rsa4096, p256, p384" },
		{ "use", "USE", OPT_TEXT, &o.use, "sign, encrypt or both (otherwise this)" },
		{ "subject", "NAME", OPT_TEXT, &o.subject, "for example \"CN=Amt,O=Stadt Köln,C=DE\"" },
		{ "days", "N", OPT_NUMBER, &o.days, "validity; otherwise 365" },
		{ "csr", NULL, OPT_FLAG, &o.csr, "a certificate request as well" },
		{ "out", "PREFIX", OPT_TEXT, &o.out, "of the files that are made" },
		{ "now", "TIME", OPT_TEXT, &o.now, "valid from TIME on, instead of now" },
		{ "text", NULL, OPT_FLAG, &o.text, "output for people instead of JSON" },
		{ NULL },
	};
	struct opts opts = {
		.command = "keys make", .synopsis = "--subject NAME --out PREFIX [OPTION]...", .tables = { own },
		.purpose = "Makes a key pair with a self-signed certificate: PREFIX.p12, PREFIX.pass, PREFIX.pem. For tests.",
	};
	X509_NAME *name;
	char text[200];
	unsigned part;
	int64_t now;
	struct osci_clock clock;
	int r = opts_parse(&opts, argc, argv);

	if (r)
		return r;
	if (opts.help)
		return opts_help(&opts, stdout);
	o.type = o.type ? o.type : "rsa3072";
	o.use = o.use ? o.use : strncmp(o.type, "rsa", 3) == 0 ? "both" : "sign";
	if (!o.subject || !o.out)
		return opts_usage(&opts, "--subject and --out are needed");
	if (!one_of(o.type, "rsa3072 rsa4096 p256 p384"))
		return opts_usage(&opts, "--type is rsa3072, rsa4096, p256 or p384");
	if (!one_of(o.use, "sign encrypt both"))
		return opts_usage(&opts, "--use is sign, encrypt or both");
	if (o.type[0] == 'p' && strcmp(o.use, "sign") != 0)
		return opts_usage(&opts, "keys on curves sign; OSCI encrypts for RSA keys only");
	if (o.days > 36500)
		return opts_usage(&opts, "--days: 36500 at most");
	osci_clock_init(&clock);
	if (o.now && osci_clock_set(&clock, o.now, NULL))
		return opts_usage(&opts, "--now is no date and time like 2026-11-22T09:00:00 (Europe/Berlin) or with zone");
	now = osci_clock_ms(&clock) / 1000;
	name = parse_name(o.subject, &part);
	if (!name) {
		snprintf(text, sizeof(text), "--subject is no name like \"CN=Amt,O=Stadt,C=DE\": part %u is no FIELD=VALUE, "
			 "or its field takes no such value (comma in a value: \\, country: two letters)", part);
		return opts_usage(&opts, text);
	}
	if (access_of(o.out)) {
		X509_NAME_free(name);
		return EXIT_IO;
	}
	r = make(&o, name, now);
	X509_NAME_free(name);
	return r;
}

/* --- show -------------------------------------------------------------------------- */

static int show_main(int argc, char **argv)
{
	static const char *pass;
	static bool text;
	const struct opt own[] = {
		{ "pass-file", "FILE", OPT_TEXT, &pass, "FILE is PKCS#12, and this its password" },
		{ "text", NULL, OPT_FLAG, &text, "output for people instead of JSON" },
		{ NULL },
	};
	struct opts opts = {
		.command = "keys show", .synopsis = "[--pass-file FILE] [--text] FILE", .tables = { own }, .min = 1, .max = 1,
		.purpose = "Shows the certificate in FILE: the first one of a PEM file, or that of a PKCS#12 file.",
	};
	_cleanup_(osci_cert_unrefp) struct osci_cert *cert = NULL;
	_cleanup_(osci_key_unrefp) struct osci_key *key = NULL;
	struct osci_err err = { 0 };
	int r = opts_parse(&opts, argc, argv);

	if (r)
		return r;
	if (opts.help)
		return opts_help(&opts, stdout);
	if (pass)
		r = osci_key_load_p12_passfile(&key, argv[optind], pass, 0, &err);
	else
		r = osci_cert_load_pem(&cert, argv[optind], &err);
	if (r)
		return complain(err.where[0] ? err.where : argv[optind], &err, r);
	return print_json(cert_json(key ? osci_key_cert(key) : cert), text, EXIT_ACCEPTED);
}

int keys_main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "make") == 0)
		return make_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "show") == 0)
		return show_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "--help") == 0) {
		fputs("usage: osci keys make|show --help\n", stdout);
		return EXIT_ACCEPTED;
	}
	fputs("osci keys: make or show expected\nusage: osci keys make|show --help\n", stderr);
	return EXIT_USAGE;
}
