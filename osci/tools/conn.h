/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conn - both ends of a connection: keys, certificates, trust, algorithms, limits; from options and a profile
 *
 * An option overrides the same item of the profile; lists (keys, trust) are taken from one of them, not joined.
 */
#ifndef OSCI_TOOLS_CONN_H
#define OSCI_TOOLS_CONN_H

#include <osci/dialog.h>
#include <osci/http.h>
#include "base/buf.h"
#include "base/clock.h"
#include "base/conf.h"
#include "tools/opts.h"

struct conn_opts {
	const char *profile, *url, *cipher, *signer, *languages, *tls_ca, *spool, *now;
	struct opt_keys sign, decrypt;
	struct opt_list trust, suite;
	uint64_t max_mib;
	bool cbc, text, unsigned_, plain;
};

/* Rows of the option tables, for struct conn_opts @o. */
#define READ_OPTS(o)                                                                                                   \
	{ "p12", "FILE", OPT_KEYS, &(o).decrypt, "own cipher key (PKCS#12)" },                                         \
	{ "pass-file", "FILE", OPT_PASS, NULL, "its first line is the password of the key file before it" },           \
	{ "trust", "CERT.pem", OPT_LIST, &(o).trust, "signatures count if made by it or by one issued under it" },      \
	{ "allow-cbc", NULL, OPT_FLAG, &(o).cbc, "read AES-CBC and Triple DES, too" },                                 \
	{ "max-message", "MIB", OPT_NUMBER, &(o).max_mib, "largest message; otherwise 100" },                          \
	{ "now", "TIME", OPT_TEXT, &(o).now, "judge certificates as of TIME, like 2026-11-22T09:00:00 (Berlin) or with zone" }, \
	{ "text", NULL, OPT_FLAG, &(o).text, "output for people instead of JSON" }

#define KEY_OPTS(o)                                                                                                    \
	{ "profile", "FILE", OPT_TEXT, &(o).profile, "settings from a YAML file; options override it" },               \
	{ "sign", "FILE", OPT_KEYS, &(o).sign, "own signature key (PKCS#12); --pass-file follows it" },                \
	{ "spool", "DIR", OPT_TEXT, &(o).spool, "for large messages under way; otherwise TMPDIR or /var/tmp" },        \
	{ "suite", "WHAT=NAME", OPT_LIST, &(o).suite, "algorithm: digest, signature, cipher, iv, oaep_digest, oaep_mgf" }

#define LINE_OPTS(o)                                                                                                   \
	{ "url", "URL", OPT_TEXT, &(o).url, "of the intermediary" },                                                   \
	{ "intermediary", "CERT.pem", OPT_TEXT, &(o).cipher, "orders are encrypted for it" },                          \
	{ "intermediary-signer", "CERT.pem", OPT_TEXT, &(o).signer, "answers must be signed by it" },                  \
	{ "languages", "TAGS", OPT_TEXT, &(o).languages, "of feedback, for example \"de en\"" },                       \
	{ "tls-ca", "FILE.pem", OPT_TEXT, &(o).tls_ca, "https: issuers of the server's certificate" },                 \
	{ "unsigned", NULL, OPT_FLAG, &(o).unsigned_, "write without any signature" },                                 \
	{ "plain", NULL, OPT_FLAG, &(o).plain, "write without any encryption" }

struct conn {
	const char *command;
	bool text;
	struct conf *profile;
	char *url, *languages;
	struct osci_limits limits;
	struct osci_clock clock;
	struct osci_key *sign, *decrypt[OPTS_LIST_MAX];
	size_t n_decrypt;
	struct osci_cert *cipher, *signer;
	struct osci_trust *trust;
	struct osci_suite suite;
	struct osci_spool *spool;
	struct osci_http *http;
	struct osci_client_conf conf;
};

/* @line: URL and everything of the intermediary, for those who speak to one. 0 or an exit status, which was explained. */
int conn_open(struct conn *c, const char *command, const struct conn_opts *o, bool line);
void conn_close(struct conn *c);
int64_t conn_now(const struct conn *c); /* seconds */
struct osci_open_opts conn_reading(const struct conn *c);
int conn_certs(struct osci_cert **ret, size_t *ret_n, const struct opt_list *files); /* 0 or an exit status */
/* "osci COMMAND: PLACE: cause" */
int conn_failed(const struct conn *c, const struct osci_err *err, int code);

/* One order and its answer; 0 or what osci_client_*() and the network gave. */
int conn_order(struct conn *c, struct osci_client *client, struct osci_draft *draft, struct osci_message **ret,
	       struct osci_err *err);

/* What a sequence asks of its caller; a value other than 0 ends it (-ECANCELED: explained already, *@status says how). */
struct conn_steps {
	int (*save)(void *arg, struct osci_err *err);     /* may be NULL */
	int (*delivery)(void *arg, struct osci_err *err); /* may be NULL */
	void *arg;
	unsigned wait_s;                                  /* for OSCI_STEP_WAIT; then OSCI_E_MORE */
};
/* Drives it to its end: 0 or its failure, in @err. */
int conn_drive(struct conn *c, struct osci_seq *q, const struct conn_steps *steps, struct osci_err *err);

/* xsd:dateTime from a time on the command line (Berlin, or with zone); 0 or EXIT_USAGE. @out of at least 40. */
int conn_time(const char *text, const char *option, char *out, size_t size);

/* A subcommand with a connection: reads its options, opens the connection, does the work, closes. */
struct conn_command {
	struct opts *opts;
	const struct conn_opts *conn;
	bool line; /* see conn_open() */
	int (*check)(void *arg, const struct opts *opts);    /* options, before anything is opened: 0 or exit status; or NULL */
	int (*run)(struct conn *c, void *arg, char **files); /* exit status; @files: arguments behind the options */
	void *arg;
};
int conn_main(const struct conn_command *k, int argc, char **argv); /* exit status */

/* File as blob: opened, not read. @path NULL is refused. */
int file_blob(struct osci_blob **ret, const char *path, struct osci_err *err);

#endif
