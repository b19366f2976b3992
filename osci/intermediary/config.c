/* SPDX-License-Identifier: Apache-2.0 */
/* config - from the configuration file to settings, keys and trust */
#include <arpa/inet.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "intermediary/config_priv.h"

bool im_config_given(const struct conf *conf, const char *path)
{
	return conf_text(conf, path)[0];
}

static void load_key(struct conf *conf, struct osci_key **ret, const char *at, enum osci_usage use)
{
	struct osci_err err = { 0 };
	char place[128];

	snprintf(place, sizeof(place), "%s.pass_file", at);
	if (!im_config_given(conf, place))
		return;
	snprintf(place, sizeof(place), "%s.p12", at);
	if (!im_config_given(conf, place))
		return;
	if (osci_key_load_p12_passfile(ret, conf_text(conf, place), conf_textf(conf, "%s.pass_file", at), OSCI_P12_PRIVATE,
				       &err) ||
	    /* Signing and cipher key exchanged; whether it is valid today is not asked here. */
	    osci_cert_check(osci_key_cert(*ret), use, osci_cert_not_before(osci_key_cert(*ret)), &err))
		conf_add_problem(conf, place, "%s", err.what);
}

/* The signature method of the configured digest that fits the key. */
static void take_suite(struct im_config *c)
{
#define SHA2 "http://www.w3.org/2001/04/xmlenc#"
#define SHA3 "http://www.w3.org/2007/05/xmldsig-more#"
#define ECDSA "http://www.w3.org/2001/04/xmldsig-more#ecdsa-"
	static const struct {
		const char *name, *digest, *rsa, *ec;
	} rows[] = {
		{ "sha256", SHA2 "sha256", SHA3 "sha256-rsa-MGF1", ECDSA "sha256" },
		{ "sha512", SHA2 "sha512", SHA3 "sha512-rsa-MGF1", ECDSA "sha512" },
		{ "sha3-256", SHA3 "sha3-256", SHA3 "sha3-256-rsa-MGF1", NULL },
		{ "sha3-384", SHA3 "sha3-384", SHA3 "sha3-384-rsa-MGF1", NULL },
		{ "sha3-512", SHA3 "sha3-512", SHA3 "sha3-512-rsa-MGF1", NULL },
	};
	const char *name = conf_text(c->conf, "intermediary.sign.digest");

	for (size_t i = 0; c->set.sign && i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct osci_suite rsa = { .signature = rows[i].rsa }, ec = { .signature = rows[i].ec };

		if (strcmp(rows[i].name, name))
			continue;
		c->set.suite.digest = rows[i].digest;
		c->set.suite.signature = osci_suite_in_kind(&rsa, c->set.sign).signature;
		if (!c->set.suite.signature && rows[i].ec)
			c->set.suite.signature = osci_suite_in_kind(&ec, c->set.sign).signature;
		if (!c->set.suite.signature)
			conf_add_problem(c->conf, "intermediary.sign.digest", "there is no signature with it for this key");
	}
}

static int load_keys(struct im_config *c, struct osci_err *err)
{
	size_t n = conf_count(c->conf, "intermediary.cipher");

	c->set.cipher = calloc(n ? n : 1, sizeof(*c->set.cipher));
	if (!c->set.cipher)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for keys");
	c->set.n_cipher = n;
	load_key(c->conf, &c->set.sign, "intermediary.sign", OSCI_USE_SIGN);
	take_suite(c);
	if (!n)
		conf_add_problem(c->conf, "intermediary.cipher", "at least one key expected");
	for (size_t i = 0; i < n; i++) {
		char at[64];

		snprintf(at, sizeof(at), "intermediary.cipher[%zu]", i);
		load_key(c->conf, &c->set.cipher[i], at, OSCI_USE_ENCRYPT);
	}
	return 0;
}

const char *im_config_optional(const struct conf *conf, const char *path)
{
	return conf_has(conf, path) ? conf_text(conf, path) : NULL;
}

/* The file named, else the one of the installation or of XAUSL_DATADIR; where that is missing it is told as weakened. */
static void load_algorithms(struct im_config *c)
{
	const char *path = im_config_optional(c->conf, "intermediary.algorithms");
	const char *base = secure_getenv("XAUSL_DATADIR");
	char installed[PATH_MAX];
	struct osci_err err = { 0 };

	snprintf(installed, sizeof(installed), "%s/versions/algorithms.csv", base && base[0] ? base : IM_DATADIR);
	if (!path && access(installed, F_OK) < 0)
		return;
	if (osci_algorithms_load(&c->set.algorithms, path ? path : installed, &err))
		conf_add_problem(c->conf, "intermediary.algorithms", "%s: %s", err.where, err.what);
}

static void take_settings(struct im_config *c)
{
	struct conf *conf = c->conf;
	struct im_settings *s = &c->set;

	c->listen = conf_text(conf, "intermediary.listen");
	c->path = conf_text(conf, "intermediary.path");
	c->threads = (unsigned)conf_int(conf, "intermediary.threads");
	s->host = conf_text(conf, "intermediary.host");
	s->database = conf_text(conf, "intermediary.database");
	s->require_signature = conf_bool(conf, "intermediary.require_signature");
	s->require_encryption = conf_bool(conf, "intermediary.require_encryption");
	s->allow_cbc = conf_bool(conf, "intermediary.allow_cbc");
	s->dialog_timeout = conf_int(conf, "intermediary.dialog.timeout");
	s->dialogs_max = (size_t)conf_int(conf, "intermediary.dialog.max");
	s->dialogs_client = (size_t)conf_int(conf, "intermediary.dialog.max_client");
	s->store.mailbox_deliveries = (uint64_t)conf_int(conf, "intermediary.mailbox.max_deliveries");
	s->store.mailbox_bytes = (uint64_t)conf_int(conf, "intermediary.mailbox.max_bytes");
	s->store.open_ids = (uint64_t)conf_int(conf, "intermediary.max_open_ids");
	s->cards_max = (size_t)conf_int(conf, "intermediary.max_cards");
	s->content_retention = conf_int(conf, "intermediary.retention.content");
	s->card_retention = conf_int(conf, "intermediary.retention.cards");
	s->spool = (struct osci_spool_conf){
		.dir = im_config_optional(conf, "intermediary.spool.dir"),
		.memory = (size_t)conf_int(conf, "intermediary.spool.memory"),
		.max = (uint64_t)conf_int(conf, "intermediary.spool.max"),
	};
	s->chunk_min = (uint64_t)conf_int(conf, "intermediary.chunks.min");
	s->chunk_max = (uint64_t)conf_int(conf, "intermediary.chunks.max");
	s->chunk_message = (uint64_t)conf_int(conf, "intermediary.chunks.message");
	s->chunk_timeout = conf_int(conf, "intermediary.chunks.timeout");
	if (s->chunk_min > s->chunk_max)
		conf_add_problem(conf, "intermediary.chunks.min", "not more than chunks.max expected");
	s->forward_ca = im_config_optional(conf, "intermediary.forward.ca");
	s->forward_proxy = im_config_optional(conf, "intermediary.forward.proxy");
	s->relays_max = (unsigned)conf_int(conf, "intermediary.forward.max");
	/* One slow recipient for each worker, and nobody would be answered any more. */
	if (s->relays_max >= c->threads)
		s->relays_max = c->threads > 1 ? c->threads - 1 : 1;
	/* Two slow recipients together must not have all places either, where there are enough for that. */
	s->relays_recipient = (unsigned)conf_int(conf, "intermediary.forward.max_recipient");
	if (s->relays_recipient > 1 && 2 * s->relays_recipient >= s->relays_max)
		s->relays_recipient = s->relays_max > 2 ? (s->relays_max - 1) / 2 : 1;
	s->forward_timeout = (unsigned)conf_int(conf, "intermediary.forward.timeout");
	osci_limits_default(&s->limits);
	s->limits.http_body = (size_t)conf_int(conf, "intermediary.limits.message");
	s->limits.connections = (unsigned)conf_int(conf, "intermediary.limits.connections");
	s->limits.connections_peer = (unsigned)conf_int(conf, "intermediary.limits.connections_peer");
	s->disk.min_free = (uint64_t)conf_int(conf, "intermediary.disk.min_free");
	s->disk.max_used = (unsigned)conf_int(conf, "intermediary.disk.max_used");
	s->orders_minute = (unsigned)conf_int(conf, "intermediary.limits.orders_minute");
	c->decrypt_failures = (unsigned)conf_int(conf, "intermediary.decrypt_failures.max");
	c->decrypt_window = conf_int(conf, "intermediary.decrypt_failures.window");
	c->shutdown_ms = conf_int(conf, "intermediary.shutdown");
	c->admin_listen = im_config_optional(conf, "intermediary.admin.listen");
	if (c->path[0] != '/')
		conf_add_problem(conf, "intermediary.path", "path expected, beginning with /");
	if (!osci_id_ok(s->host, strlen(s->host), 200))
		conf_add_problem(conf, "intermediary.host", "host name expected");
}

static void check_listen(struct conf *conf, const char *at)
{
	const char *text = conf_text(conf, at), *colon = strrchr(text, ':');
	uint64_t port;

	if (conf_has(conf, at) &&
	    (!colon || colon == text || osci_parse_u64(colon + 1, strlen(colon + 1), UINT16_MAX, &port)))
		conf_add_problem(conf, at, "ADDRESS:PORT expected");
}

static int take_network(struct im_config *c, struct osci_err *err)
{
	struct conf *conf = c->conf;
	size_t n = conf_count(conf, "intermediary.proxies");
	unsigned char address[16];

	check_listen(conf, "intermediary.listen");
	check_listen(conf, "intermediary.admin.listen");
	c->proxies = calloc(n + 1, sizeof(*c->proxies));
	if (!c->proxies)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for proxies");
	for (size_t i = 0; i < n; i++) {
		char at[64];

		snprintf(at, sizeof(at), "intermediary.proxies[%zu]", i);
		c->proxies[i] = conf_text(conf, at);
		if (inet_pton(AF_INET, c->proxies[i], address) != 1 && inet_pton(AF_INET6, c->proxies[i], address) != 1)
			conf_add_problem(conf, at, "numeric address expected");
	}
	c->tls_cert = im_config_optional(conf, "intermediary.tls.cert");
	c->tls_key = im_config_optional(conf, "intermediary.tls.key");
	if (!c->tls_cert != !c->tls_key)
		conf_add_problem(conf, "intermediary.tls", "cert and key belong together");
	if (c->tls_cert) /* for its last day; keys that OSCI would not take are the TLS library's business */
		osci_cert_load_pem(&c->tls, c->tls_cert, NULL);
	return 0;
}

int im_config_load(struct im_config *c, const char *path, struct osci_err *err)
{
	int r;

	*c = (struct im_config){ 0 };
	r = conf_read(&c->conf, im_config_table, path, err);
	if (r && r != OSCI_E_CONFIG)
		return r;
	/* Go on with what is wrong in the file: all problems are shown at once. */
	take_settings(c);
	load_algorithms(c);
	r = load_keys(c, err);
	if (!r)
		r = im_config_load_trust(c, err);
	if (!r)
		r = take_network(c, err);
	if (!r)
		r = im_participants_load(&c->set.participants, c->conf, err);
	if (r)
		return r;
	if (conf_problems(c->conf)) {
		const char *text = conf_problem(c->conf, 0);

		return osci_fail(err, OSCI_E_CONFIG, NULL, NULL, "%s", text);
	}
	return 0;
}

void im_config_check_places(struct im_config *c)
{
	_cleanup_(osci_freep) char *path = strdup(c->set.database);
	struct osci_spool *spool = NULL;
	struct osci_err err = { 0 };

	if (path && path[0] && access(dirname(path), W_OK | X_OK) < 0)
		conf_add_problem(c->conf, "intermediary.database", "its directory: %s", strerrordesc_np(errno));
	if (c->set.spool.dir && osci_spool_new(&spool, &c->set.spool, &err))
		conf_add_problem(c->conf, "intermediary.spool.dir", "%s", err.what);
	osci_spool_unref(spool);
}

void im_config_free(struct im_config *c)
{
	osci_key_unrefp(&c->set.sign);
	for (size_t i = 0; i < c->set.n_cipher; i++)
		osci_key_unrefp(&c->set.cipher[i]);
	free(c->set.cipher);
	osci_algorithms_freep(&c->set.algorithms);
	im_config_free_trust(c);
	im_participants_free(&c->set.participants);
	osci_cert_unrefp(&c->tls);
	free(c->proxies);
	conf_freep(&c->conf);
	*c = (struct im_config){ 0 };
}
