/* SPDX-License-Identifier: Apache-2.0 */
/* config - the table of the configuration file, loading of keys and trust */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "intermediary/config.h"

#define KIB INT64_C(1024)
#define MIB (KIB * 1024)
#define GIB (MIB * 1024)
#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)

const struct conf_item im_config_table[] = {
	{ "intermediary.listen", CONF_TEXT, 0, 3, 200, "127.0.0.1:8880", NULL, "address and port, port 0 = any free one" },
	{ "intermediary.path", CONF_TEXT, 0, 1, 200, "/osci", NULL, "path of the URL that takes orders" },
	{ "intermediary.host", CONF_TEXT, CONF_REQUIRED, 1, 200, NULL, NULL, "host name in the MessageIds" },
	{ "intermediary.database", CONF_PATH, CONF_REQUIRED, 0, 0, NULL, NULL, "SQLite file, made if missing" },
	{ "intermediary.threads", CONF_INT, 0, 1, 64, "4", NULL, "worker threads" },
	{ "intermediary.sign.p12", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL, "key that signs answers" },
	{ "intermediary.sign.pass_file", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "file with its password in the first line" },
	{ "intermediary.cipher[].p12", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "key that opens transport encryption" },
	{ "intermediary.cipher[].pass_file", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "file with its password in the first line" },
	{ "intermediary.trust[]", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "PEM file with certificates of participants or of CAs that issue them" },
	{ "intermediary.participants[].id", CONF_TEXT, CONF_REQUIRED, 1, IM_PARTICIPANT_ID_MAX, NULL, NULL,
	  "name of the participant in mailbox, log and metrics" },
	{ "intermediary.participants[].cipher[]", CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "PEM file with a cipher certificate; the first is used towards it, the others are accepted too" },
	{ "intermediary.participants[].sign[]", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "PEM file with a signature certificate" },
	{ "intermediary.participants[].uris[]", CONF_TEXT, 0, 1, 1000, NULL, NULL,
	  "URI that orders name this passive recipient by" },
	{ "intermediary.participants[].url", CONF_TEXT, 0, 8, 1000, NULL, NULL, "HTTP address of a passive recipient" },
	{ "intermediary.participants[].may_send", CONF_BOOL, 0, 0, 0, "true", NULL, "may hand in deliveries" },
	{ "intermediary.participants[].may_fetch", CONF_BOOL, 0, 0, 0, "true", NULL, "may empty its mailbox" },
	{ "intermediary.participants[].languages", CONF_TEXT, 0, 2, 64, NULL, NULL,
	  "languages of texts where an order names none that we have" },
	{ "intermediary.participants[].max_deliveries", CONF_INT, 0, 1, 100000000, NULL, NULL,
	  "waiting in its mailbox; without it mailbox.max_deliveries" },
	{ "intermediary.participants[].max_bytes", CONF_SIZE, 0, 1, 1024 * GIB, NULL, NULL,
	  "waiting in its mailbox; without it mailbox.max_bytes" },
	{ "intermediary.participants_only", CONF_BOOL, 0, 0, 0, NULL, NULL,
	  "nobody else; true if there are participants" },
	{ "intermediary.require_signature", CONF_BOOL, 0, 0, 0, "true", NULL, "refuse unsigned orders (9600)" },
	{ "intermediary.require_encryption", CONF_BOOL, 0, 0, 0, "true", NULL,
	  "refuse orders without transport encryption (9100)" },
	{ "intermediary.allow_cbc", CONF_BOOL, 0, 0, 0, "false", NULL, "read AES-CBC and 3DES of old software" },
	{ "intermediary.dialog.timeout", CONF_DURATION, 0, SECOND, DAY, "10m", NULL, "a dialog without an order ends" },
	{ "intermediary.dialog.max", CONF_INT, 0, 1, 1000000, "10000", NULL, "dialogs open at once" },
	{ "intermediary.dialog.max_client", CONF_INT, 0, 1, 1000000, "64", NULL,
	  "dialogs of one signer; one more ends its oldest" },
	{ "intermediary.mailbox.max_deliveries", CONF_INT, 0, 1, 100000000, "100000", NULL, "waiting in one mailbox" },
	{ "intermediary.mailbox.max_bytes", CONF_SIZE, 0, 1, 1024 * GIB, "10GiB", NULL, "waiting in one mailbox" },
	{ "intermediary.max_open_ids", CONF_INT, 0, 1, 100000000, "10000", NULL,
	  "unused MessageIds of one client; one more makes its oldest void" },
	{ "intermediary.max_cards", CONF_INT, 0, 1, 10000, "1000", NULL, "process cards in one answer" },
	{ "intermediary.retention.content", CONF_DURATION, 0, 0, 3650 * DAY, "0s", NULL,
	  "content is kept after its reception" },
	{ "intermediary.retention.cards", CONF_DURATION, 0, 60 * SECOND, 3650 * DAY, "90d", NULL,
	  "process cards and MessageIds are kept after their last change" },
	{ "intermediary.spool.dir", CONF_PATH, 0, 0, 0, NULL, NULL,
	  "directory for large messages under way; without it they stay in memory" },
	{ "intermediary.spool.memory", CONF_SIZE, 0, 4 * KIB, GIB, "1MiB", NULL, "what is larger goes to the directory" },
	{ "intermediary.spool.max", CONF_SIZE, 0, MIB, 1024 * 1024 * GIB, "16GiB", NULL, "octets in the directory at once" },
	{ "intermediary.chunks.min", CONF_SIZE, 0, KIB, GIB, "64KiB", NULL, "smallest chunk of a large message" },
	{ "intermediary.chunks.max", CONF_SIZE, 0, KIB, GIB, "32MiB", NULL, "largest chunk" },
	{ "intermediary.chunks.message", CONF_SIZE, 0, KIB, 1024 * GIB, "1GiB", NULL, "message that arrives in chunks" },
	{ "intermediary.chunks.timeout", CONF_DURATION, 0, 60 * SECOND, 30 * DAY, "1d", NULL,
	  "an incomplete message without a new chunk is dropped" },
	{ "intermediary.forward.ca", CONF_PATH, CONF_FILE_EXISTS, 0, 0, NULL, NULL,
	  "PEM file: issuers of passive recipients' https certificates" },
	{ "intermediary.forward.proxy", CONF_TEXT, 0, 8, 1000, NULL, NULL, "HTTP proxy on the way to passive recipients" },
	{ "intermediary.forward.timeout", CONF_DURATION, 0, SECOND, 3600 * SECOND, "2m", NULL,
	  "a passive recipient has to answer within" },
	{ "intermediary.limits.message", CONF_SIZE, 0, 64 * KIB, GIB, "100MiB", NULL, "octets of one HTTP body" },
	{ "intermediary.limits.connections", CONF_INT, 0, 1, 10000, "256", NULL, "connections at once" },
	{ "intermediary.limits.connections_peer", CONF_INT, 0, 1, 10000, "64", NULL, "connections of one address" },
	{ NULL },
};

static void load_key(struct conf *conf, struct osci_key **ret, const char *at)
{
	struct osci_err err = { 0 };
	char place[128];

	snprintf(place, sizeof(place), "%s.p12", at);
	if (osci_key_load_p12_passfile(ret, conf_textf(conf, "%s.p12", at), conf_textf(conf, "%s.pass_file", at),
				       OSCI_P12_PRIVATE, &err))
		conf_add_problem(conf, place, "%s", err.what);
}

static int load_keys(struct im_config *c, struct osci_err *err)
{
	size_t n = conf_count(c->conf, "intermediary.cipher");

	c->set.cipher = calloc(n ? n : 1, sizeof(*c->set.cipher));
	if (!c->set.cipher)
		return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for keys");
	c->set.n_cipher = n;
	load_key(c->conf, &c->set.sign, "intermediary.sign");
	if (!n)
		conf_add_problem(c->conf, "intermediary.cipher", "at least one key expected");
	for (size_t i = 0; i < n; i++) {
		char at[64];

		snprintf(at, sizeof(at), "intermediary.cipher[%zu]", i);
		load_key(c->conf, &c->set.cipher[i], at);
	}
	return 0;
}

static int load_trust(struct im_config *c, struct osci_err *err)
{
	int r = osci_trust_new(&c->set.trust);

	if (r)
		return osci_fail(err, r, NULL, NULL, "no memory for certificates");
	for (size_t i = 0; i < conf_count(c->conf, "intermediary.trust"); i++) {
		struct osci_err why = { 0 };
		char at[64];

		snprintf(at, sizeof(at), "intermediary.trust[%zu]", i);
		if (osci_trust_add_pem(c->set.trust, conf_text(c->conf, at), &why))
			conf_add_problem(c->conf, at, "%s", why.what);
	}
	return 0;
}

static const char *optional(const struct conf *conf, const char *path)
{
	return conf_has(conf, path) ? conf_text(conf, path) : NULL;
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
		.dir = optional(conf, "intermediary.spool.dir"),
		.memory = (size_t)conf_int(conf, "intermediary.spool.memory"),
		.max = (uint64_t)conf_int(conf, "intermediary.spool.max"),
	};
	s->chunk_min = (uint64_t)conf_int(conf, "intermediary.chunks.min");
	s->chunk_max = (uint64_t)conf_int(conf, "intermediary.chunks.max");
	s->chunk_message = (uint64_t)conf_int(conf, "intermediary.chunks.message");
	s->chunk_timeout = conf_int(conf, "intermediary.chunks.timeout");
	if (s->chunk_min > s->chunk_max)
		conf_add_problem(conf, "intermediary.chunks.min", "not more than chunks.max expected");
	s->forward_ca = optional(conf, "intermediary.forward.ca");
	s->forward_proxy = optional(conf, "intermediary.forward.proxy");
	s->forward_timeout = (unsigned)conf_int(conf, "intermediary.forward.timeout");
	osci_limits_default(&s->limits);
	s->limits.http_body = (size_t)conf_int(conf, "intermediary.limits.message");
	s->limits.connections = (unsigned)conf_int(conf, "intermediary.limits.connections");
	s->limits.connections_peer = (unsigned)conf_int(conf, "intermediary.limits.connections_peer");
	if (c->path[0] != '/')
		conf_add_problem(conf, "intermediary.path", "path expected, beginning with /");
	if (!osci_id_ok(s->host, strlen(s->host), 200))
		conf_add_problem(conf, "intermediary.host", "host name expected");
}

int im_config_load(struct im_config *c, const char *path, struct osci_err *err)
{
	int r;

	*c = (struct im_config){ 0 };
	r = conf_read(&c->conf, im_config_table, path, err);
	if (r)
		return r;
	take_settings(c);
	r = load_keys(c, err);
	if (!r)
		r = load_trust(c, err);
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

void im_config_free(struct im_config *c)
{
	osci_key_unrefp(&c->set.sign);
	for (size_t i = 0; i < c->set.n_cipher; i++)
		osci_key_unrefp(&c->set.cipher[i]);
	free(c->set.cipher);
	osci_trust_freep(&c->set.trust);
	im_participants_free(&c->set.participants);
	conf_freep(&c->conf);
	*c = (struct im_config){ 0 };
}
