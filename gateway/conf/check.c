/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - loads what the configuration names and says what is wrong with it
 *
 * Every finding is reported, with the place in the file.  Warnings look ahead: certificates that
 * expire within WARN_DAYS.  Certificates are checked for period and usage here, and again when used.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#include <xausl/package.h>

#include "base/buf.h"
#include "base/text.h"
#include "conf/config.h"

#define WARN_DAYS 30
#define PLACE_MAX 512
#define FOLDER_MAX 4200

struct check {
	struct xgw_config *c;
	int64_t now; /* seconds */
	xgw_config_report *report;
	void *arg;
	unsigned errors;
	struct osci_err *err;
};

__attribute__((format(printf, 4, 5)))
static void finding(struct check *k, enum xgw_finding kind, const char *path, const char *fmt, ...)
{
	char place[PLACE_MAX], text[1024], line[PLACE_MAX + 1100];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	conf_place(k->c->conf, path, place, sizeof(place));
	snprintf(line, sizeof(line), "%s: %s: %s", place, path, text);
	if (kind == XGW_FINDING_ERROR) {
		if (!k->errors++)
			osci_fail(k->err, OSCI_E_CONFIG, NULL, place, "%s: %s", path, text);
	}
	if (k->report)
		k->report(k->arg, kind, line);
}

static const char *cause(const struct osci_err *e)
{
	return e->what[0] ? e->what : osci_result_name(e->code);
}

static const char *nonempty(const char *s)
{
	return s[0] ? s : NULL;
}

/* Expired or not yet valid, wrong usage: @kind; near its end: a warning. */
static bool cert_good(struct check *k, enum xgw_finding kind, const char *path, const struct osci_cert *cert,
		      enum osci_usage use)
{
	struct osci_err e = { 0 };
	int64_t left;

	if (osci_cert_check(cert, use, k->now, &e)) {
		finding(k, kind, path, "certificate cannot be used: %s", cause(&e));
		return false;
	}
	left = osci_cert_not_after(cert) - k->now;
	if (left < WARN_DAYS * 86400)
		finding(k, XGW_FINDING_WARNING, path, "certificate ends in %lld days", (long long)(left / 86400));
	return true;
}

static struct osci_cert *load_cert(struct check *k, const char *path, enum osci_usage use)
{
	struct osci_cert *cert = NULL;
	struct osci_err e = { 0 };
	const char *file = conf_text(k->c->conf, path);

	if (!file[0])
		return NULL; /* reported as missing already */
	if (osci_cert_load_pem(&cert, file, &e)) {
		finding(k, XGW_FINDING_ERROR, path, "certificate cannot be loaded: %s", cause(&e));
		return NULL;
	}
	cert_good(k, XGW_FINDING_ERROR, path, cert, use);
	return cert;
}

static void check_bus(struct check *k)
{
	struct xgw_config *c = k->c;
	struct osci_err e = { 0 };
	const char *file = conf_text(c->conf, "bus.key_file");

	c->endpoint = conf_text(c->conf, "bus.endpoint");
	if (strncmp(c->endpoint, "tcp://", 6) && strncmp(c->endpoint, "ipc://", 6))
		finding(k, XGW_FINDING_ERROR, "bus.endpoint", "tcp:// or ipc:// expected");
	else if (!strncmp(c->endpoint, "tcp://*", 7))
		finding(k, XGW_FINDING_ERROR, "bus.endpoint", "an address is expected, * would listen everywhere");
	if (file[0] && xgw_keys_load(&c->bus_keys, file, &e))
		finding(k, XGW_FINDING_ERROR, "bus.key_file", "%s", cause(&e));
}

static int check_intermediary(struct check *k)
{
	struct xgw_config *c = k->c;
	int r;

	c->url = conf_text(c->conf, "intermediary.url");
	if (!strncmp(c->url, "https://", 8)) {
		if (!conf_has(c->conf, "intermediary.ca_file"))
			finding(k, XGW_FINDING_ERROR, "intermediary.url", "https needs intermediary.ca_file");
	} else if (strncmp(c->url, "http://", 7)) {
		finding(k, XGW_FINDING_ERROR, "intermediary.url", "http:// or https:// expected");
	}
	c->intermediary_cipher = load_cert(k, "intermediary.cipher_cert", OSCI_USE_ENCRYPT);
	c->intermediary_sign = load_cert(k, "intermediary.sign_cert", OSCI_USE_SIGN);
	r = osci_trust_new(&c->order_trust);
	if (!r && c->intermediary_sign)
		r = osci_trust_add(c->order_trust, c->intermediary_sign);
	return r;
}

static void release_fault(void *arg, const char *path, const char *text)
{
	finding(arg, XGW_FINDING_ERROR, path, "%s", text);
}

/* @at: "bamf" or "partners[2]". */
static int check_partner(struct check *k, struct xgw_partner *p, const char *at)
{
	struct conf *conf = k->c->conf;
	char path[64];

	p->party = (struct xausl_party){
		.key = conf_textf(conf, "%s.key", at),
		.name = conf_textf(conf, "%s.name", at),
		.street = nonempty(conf_textf(conf, "%s.street", at)),
		.house_number = nonempty(conf_textf(conf, "%s.house_number", at)),
		.postcode = nonempty(conf_textf(conf, "%s.postcode", at)),
		.town = nonempty(conf_textf(conf, "%s.town", at)),
	};
	snprintf(path, sizeof(path), "%s.street", at);
	if (p->party.street && (!p->party.postcode || !p->party.town))
		finding(k, XGW_FINDING_ERROR, path, "an address needs postcode and town");
	snprintf(path, sizeof(path), "%s.key", at);
	for (const struct xgw_partner *other = k->c->partners; other < p; other++)
		if (!strcmp(other->party.key, p->party.key))
			finding(k, XGW_FINDING_ERROR, path, "this partner is configured already");
	if (!strchr(p->party.key, ':'))
		finding(k, XGW_FINDING_ERROR, path, "prefix:id expected");
	snprintf(path, sizeof(path), "%s.cipher_cert", at);
	p->cipher = load_cert(k, path, OSCI_USE_ENCRYPT);
	snprintf(path, sizeof(path), "%s.sign_cert", at);
	p->sign = load_cert(k, path, OSCI_USE_SIGN);
	xgw_announced_read(conf, at, p->announced, &p->n_announced, release_fault, k);
	k->c->announcing[p - k->c->partners] = (struct xausl_partner){ p->party.key, p->announced, p->n_announced };
	return p->sign ? osci_trust_add(k->c->content_trust, p->sign) : 0;
}

static int check_partners(struct check *k)
{
	struct xgw_config *c = k->c;
	size_t n = conf_count(c->conf, "trust"), more = conf_count(c->conf, "partners");
	char path[32];
	int r;

	if (more >= XGW_PARTNERS_MAX) {
		finding(k, XGW_FINDING_ERROR, "partners", "fewer than %d partners expected", XGW_PARTNERS_MAX);
		more = 0;
	}
	c->partners = calloc(more + 1, sizeof(*c->partners));
	c->announcing = calloc(more + 1, sizeof(*c->announcing));
	r = c->partners && c->announcing ? osci_trust_new(&c->content_trust) : -ENOMEM;
	for (size_t i = 0; i < n && !r; i++) {
		struct osci_err e = { 0 };

		snprintf(path, sizeof(path), "trust[%zu]", i);
		if (osci_trust_add_pem(c->content_trust, conf_text(c->conf, path), &e))
			finding(k, XGW_FINDING_ERROR, path, "trust anchors cannot be loaded: %s", cause(&e));
	}
	if (!r)
		r = check_partner(k, &c->partners[c->n_partners++], "bamf");
	for (size_t i = 0; i < more && !r; i++) {
		snprintf(path, sizeof(path), "partners[%zu]", i);
		r = check_partner(k, &c->partners[c->n_partners++], path);
	}
	return r;
}

static struct osci_key *load_key(struct check *k, struct xgw_office *o, const char *p12_path, const char *pass_path,
				 enum osci_usage use)
{
	const char *p12 = conf_text(k->c->conf, p12_path), *pass = conf_text(k->c->conf, pass_path);
	struct osci_key *key = NULL;
	struct osci_err e = { 0 };

	if (!p12[0] || !pass[0])
		return NULL;
	if (osci_key_load_p12_passfile(&key, p12, pass, OSCI_P12_PRIVATE, &e)) {
		finding(k, XGW_FINDING_OFFICE, p12_path, "key cannot be loaded: %s: %s", e.where[0] ? e.where : p12, cause(&e));
		if (!o->fault[0])
			snprintf(o->fault, sizeof(o->fault), "key cannot be loaded: %s", cause(&e));
		return NULL;
	}
	/* The period is judged again at every use: a certificate may begin tomorrow. */
	if (!cert_good(k, XGW_FINDING_OFFICE, p12_path, osci_key_cert(key), use))
		return key;
	/* Whom they trust is for intermediary and partner to say; usually it is the same authorities. */
	if (use == OSCI_USE_SIGN && osci_trust_check(k->c->content_trust, osci_key_cert(key), use, k->now, &e))
		finding(k, XGW_FINDING_WARNING, p12_path, "certificate is not under the anchors of trust[]: %s", cause(&e));
	return key;
}

static void check_clients(struct check *k, struct xgw_office *o, size_t i)
{
	struct conf *conf = k->c->conf;
	char path[80];
	size_t n;

	snprintf(path, sizeof(path), "offices[%zu].clients", i);
	n = conf_count(conf, path);
	if (n > XGW_CLIENTS_MAX) {
		finding(k, XGW_FINDING_ERROR, path, "at most %d keys", XGW_CLIENTS_MAX);
		n = XGW_CLIENTS_MAX;
	}
	if (!n)
		finding(k, XGW_FINDING_WARNING, path, "no key: no office software can connect for this office");
	for (size_t j = 0; j < n; j++) {
		unsigned char raw[32];
		const char *key;

		snprintf(path, sizeof(path), "offices[%zu].clients[%zu]", i, j);
		key = conf_text(conf, path);
		if (strlen(key) != XGW_KEY_CHARS || !zmq_z85_decode(raw, key)) {
			finding(k, XGW_FINDING_ERROR, path, "not 40 characters of Z85");
			continue;
		}
		for (size_t a = 0; a <= i; a++)
			if (xgw_office_admits(&k->c->offices[a], key))
				finding(k, XGW_FINDING_ERROR, path, "this key is listed already, for %s",
					k->c->offices[a].party.key);
		o->clients[o->n_clients++] = key;
	}
}

static void check_office(struct check *k, size_t i)
{
	struct conf *conf = k->c->conf;
	struct xgw_office *o = &k->c->offices[i];
	char path[80], pass[80];
	size_t n;

#define OFFICE(name) conf_textf(conf, "offices[%zu]." name, i)
	o->party = (struct xausl_party){
		.key = OFFICE("key"),
		.name = OFFICE("name"),
		.street = OFFICE("street"),
		.house_number = OFFICE("house_number")[0] ? OFFICE("house_number") : NULL,
		.postcode = OFFICE("postcode"),
		.town = OFFICE("town"),
		.channel_type = OFFICE("channel_type"),
		.channel_value = OFFICE("channel_value"),
	};
#undef OFFICE
	o->poll_ms = conf_intf(conf, "offices[%zu].poll", i);
	snprintf(path, sizeof(path), "offices[%zu].key", i);
	for (size_t a = 0; a < i; a++)
		if (!strcmp(k->c->offices[a].party.key, o->party.key))
			finding(k, XGW_FINDING_ERROR, path, "this office is configured already");
	if (xgw_config_partner(k->c, o->party.key))
		finding(k, XGW_FINDING_ERROR, path, "this is the key of a partner");
	if (!strchr(o->party.key, ':'))
		finding(k, XGW_FINDING_ERROR, path, "prefix:id expected");
	snprintf(path, sizeof(path), "offices[%zu].sign_p12", i);
	snprintf(pass, sizeof(pass), "offices[%zu].sign_pass_file", i);
	o->sign = load_key(k, o, path, pass, OSCI_USE_SIGN);
	snprintf(path, sizeof(path), "offices[%zu].cipher", i);
	n = conf_count(conf, path);
	if (!n || n > XGW_CIPHERS_MAX) {
		finding(k, XGW_FINDING_ERROR, path, "1 to %d cipher keys expected", XGW_CIPHERS_MAX);
		n = n ? XGW_CIPHERS_MAX : 0;
	}
	for (size_t j = 0; j < n; j++) {
		struct osci_key *key;

		snprintf(path, sizeof(path), "offices[%zu].cipher[%zu].p12", i, j);
		snprintf(pass, sizeof(pass), "offices[%zu].cipher[%zu].pass_file", i, j);
		key = load_key(k, o, path, pass, OSCI_USE_ENCRYPT);
		if (key)
			o->cipher[o->n_cipher++] = key;
	}
	check_clients(k, o, i);
}

static int check_offices(struct check *k)
{
	struct xgw_config *c = k->c;
	size_t n = conf_count(c->conf, "offices");

	if (!n || n > XGW_OFFICES_MAX) {
		finding(k, XGW_FINDING_ERROR, "offices", "1 to %d offices expected", XGW_OFFICES_MAX);
		return 0;
	}
	c->offices = calloc(n, sizeof(*c->offices));
	if (!c->offices)
		return -ENOMEM;
	c->n_offices = n;
	for (size_t i = 0; i < n; i++)
		c->offices[i].party.key = "";
	for (size_t i = 0; i < n; i++)
		check_office(k, i);
	return 0;
}

static void check_times(struct check *k)
{
	struct xgw_config *c = k->c;

	c->retry_first_ms = conf_int(c->conf, "retry.first");
	c->retry_max_ms = conf_int(c->conf, "retry.max");
	if (c->retry_max_ms < c->retry_first_ms)
		finding(k, XGW_FINDING_ERROR, "retry.max", "less than retry.first");
	c->redeliver_ms = conf_int(c->conf, "delivery.redeliver_after");
	c->bus_message_max = conf_int(c->conf, "limits.bus_message");
	c->queue_max = conf_int(c->conf, "limits.queue");
	c->overdue_ms = conf_int(c->conf, "cases.overdue_after");
	c->reminder_days = (unsigned)conf_int(c->conf, "cases.reminder_after");
	c->clock_jump_ms = conf_int(c->conf, "clock.jump");
	c->clock_settle_ms = conf_int(c->conf, "clock.settle");
	c->reject = conf_bool(c->conf, "cases.reject");
	c->test = conf_bool(c->conf, "test");
	if (c->test)
		finding(k, XGW_FINDING_WARNING, "test", "messages are marked as test and will not be processed in production");
}

/* A configured folder, or the one of the installation; XAUSL_DATADIR names another tree, as for all programs here. */
static void data_folder(const struct conf *conf, const char *item, const char *name, char *out, size_t size)
{
	const char *base = secure_getenv("XAUSL_DATADIR");

	if (conf_has(conf, item))
		snprintf(out, size, "%s", conf_text(conf, item));
	else
		snprintf(out, size, "%s/%s", base && base[0] ? base : XAUSL_DATADIR, name);
}

/* Beside the calendar of releases. */
static void check_algorithms(struct check *k, const char *versions)
{
	char path[FOLDER_MAX + sizeof("/algorithms.csv")];
	struct osci_err e = { 0 };

	snprintf(path, sizeof(path), "%s/algorithms.csv", versions);
	if (access(path, F_OK) < 0)
		finding(k, XGW_FINDING_WARNING, "gateway.versions",
			"no calendar of algorithms: signatures and encryption are read whatever became of theirs");
	else if (osci_algorithms_load(&k->c->algorithms, path, &e))
		finding(k, XGW_FINDING_ERROR, "gateway.versions", "%s: %s", e.where, cause(&e));
}

/* What was announced is in the calendar; the reports are those of the table.  Neither keeps the gateway from running. */
static void check_announcements(struct check *k)
{
	struct xgw_config *c = k->c;
	struct osci_err e = { 0 };
	char path[80];

	for (size_t p = 0; p < c->n_partners; p++)
		for (size_t i = 0; i < c->partners[p].n_announced; i++) {
			if (xausl_release_find(c->schemas, c->partners[p].announced[i].version))
				continue;
			if (p)
				snprintf(path, sizeof(path), "partners[%zu].releases[%zu].version", p - 1, i);
			else
				snprintf(path, sizeof(path), "bamf.releases[%zu].version", i);
			finding(k, XGW_FINDING_WARNING, path, "this release is not in the calendar: nothing is sent in it");
		}
	if (c->releases.acceptance && xausl_approvals_load(&c->approvals, c->releases.acceptance, &e))
		finding(k, XGW_FINDING_WARNING, "gateway.acceptance", "reports cannot be read: %s: %s", e.where, cause(&e));
}

#define SHOWN_MAX 16 /* findings of the calendar; more would say the same */

/* What is wrong with the calendar, and what is missing for the next change of release. */
static void check_calendar(struct check *k)
{
	struct xgw_config *c = k->c;
	struct xausl_calendar_finding findings[SHOWN_MAX];
	struct xausl_warning warnings[SHOWN_MAX];
	size_t n;

	n = xausl_calendar_check(c->schemas, k->now * 1000, findings, SHOWN_MAX);
	for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
		finding(k, XGW_FINDING_WARNING, "gateway.versions", "%s: %s", findings[i].id, findings[i].text);
	n = xausl_calendar_warnings(c->schemas, c->announcing, c->n_partners, c->approvals, k->now * 1000,
				     &c->warned, warnings, SHOWN_MAX);
	for (size_t i = 0; i < n && i < SHOWN_MAX; i++)
		finding(k, XGW_FINDING_WARNING, "gateway.versions", "%u days: %s: %s", warnings[i].days, warnings[i].id,
			warnings[i].text);
}

static void check_release(struct check *k)
{
	struct xgw_config *c = k->c;
	char schemas[FOLDER_MAX], versions[FOLDER_MAX];
	enum xausl_send_reason why;
	struct osci_err e = { 0 };

	data_folder(c->conf, "gateway.schemas", "xausl-schemas", schemas, sizeof(schemas));
	data_folder(c->conf, "gateway.versions", "versions", versions, sizeof(versions));
	check_algorithms(k, versions);
	if (xausl_open(&c->schemas, schemas, versions, &e)) {
		finding(k, XGW_FINDING_ERROR, "gateway.schemas", "releases cannot be loaded: %s: %s", e.where, cause(&e));
		return;
	}
	if (c->releases.imported && xausl_open_imported(c->schemas, c->releases.imported, &e)) {
		finding(k, XGW_FINDING_ERROR, "gateway.imported", "packages cannot be loaded: %s: %s", e.where, cause(&e));
		return;
	}
	check_announcements(k);
	check_calendar(k);
	if (!xausl_release_to_send(c->schemas, c->partners[0].announced, c->partners[0].n_announced, k->now * 1000, &why))
		finding(k, XGW_FINDING_WARNING, "gateway.versions", "nothing can be sent, requests will be refused: %s",
			xausl_send_reason_text(why));
}

int xgw_config_load(struct xgw_config **ret, const char *path, int64_t now_ms, xgw_config_report *report,
		    void *arg, struct osci_err *err)
{
	_cleanup_(xgw_config_freep) struct xgw_config *c = NULL;
	struct check k = { .now = now_ms / 1000, .report = report, .arg = arg, .err = err };
	int r;

	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	k.c = c;
	r = conf_read(&c->conf, xgw_config_items, path, err);
	if (r && r != OSCI_E_CONFIG)
		return r;
	for (size_t i = 0; report && i < conf_problems(c->conf); i++)
		report(arg, XGW_FINDING_ERROR, conf_problem(c->conf, i));
	if (r)
		return r;
	c->journal = conf_text(c->conf, "gateway.journal");
	c->product = conf_text(c->conf, "gateway.product");
	c->vendor = conf_text(c->conf, "gateway.vendor");
	check_bus(&k);
	check_times(&k);
	r = check_intermediary(&k);
	if (!r)
		r = check_partners(&k);
	if (!r)
		r = check_offices(&k);
	if (r)
		return r;
	xgw_releases_read(c->conf, &c->releases);
	check_release(&k);
	if (k.errors)
		return OSCI_E_CONFIG;
	*ret = c;
	c = NULL;
	return 0;
}

void xgw_config_freep(struct xgw_config **p)
{
	struct xgw_config *c = *p;

	*p = NULL;
	if (!c)
		return;
	for (size_t i = 0; i < c->n_offices; i++) {
		osci_key_unref(c->offices[i].sign);
		for (size_t j = 0; j < c->offices[i].n_cipher; j++)
			osci_key_unref(c->offices[i].cipher[j]);
	}
	free(c->offices);
	osci_trust_freep(&c->order_trust);
	osci_trust_freep(&c->content_trust);
	osci_cert_unref(c->intermediary_cipher);
	osci_cert_unref(c->intermediary_sign);
	for (size_t i = 0; i < c->n_partners; i++) {
		osci_cert_unref(c->partners[i].cipher);
		osci_cert_unref(c->partners[i].sign);
	}
	free(c->partners);
	free(c->announcing);
	osci_algorithms_freep(&c->algorithms);
	xausl_approvals_freep(&c->approvals);
	xausl_freep(&c->schemas);
	explicit_bzero(&c->bus_keys, sizeof(c->bus_keys));
	conf_freep(&c->conf);
	free(c);
}

struct xgw_office *xgw_config_office(const struct xgw_config *c, const char *key)
{
	for (size_t i = 0; i < c->n_offices; i++)
		if (!strcmp(c->offices[i].party.key, key))
			return &c->offices[i];
	return NULL;
}

const struct xgw_partner *xgw_config_partner(const struct xgw_config *c, const char *key)
{
	for (size_t i = 0; i < c->n_partners; i++)
		if (!key[0] || !strcmp(c->partners[i].party.key, key))
			return &c->partners[i];
	return NULL;
}

const struct xgw_partner *xgw_config_signer(const struct xgw_config *c, const struct osci_cert *cert, const char *key)
{
	const struct xgw_partner *first = NULL;

	for (size_t i = 0; i < c->n_partners; i++) {
		if (!osci_cert_equal(c->partners[i].sign, cert))
			continue;
		if (!strcmp(c->partners[i].party.key, key))
			return &c->partners[i];
		if (!first)
			first = &c->partners[i];
	}
	return first;
}

int xgw_office_usable(const struct xgw_office *o, int64_t now_ms, struct osci_err *err)
{
	int r;

	if (o->fault[0] || !o->sign || !o->n_cipher)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, o->party.key, "%s", o->fault[0] ? o->fault : "keys are missing");
	r = osci_cert_check(osci_key_cert(o->sign), OSCI_USE_SIGN, now_ms / 1000, err);
	if (!r)
		r = osci_cert_check(osci_key_cert(o->cipher[0]), OSCI_USE_ENCRYPT, now_ms / 1000, err);
	return r;
}

bool xgw_office_admits(const struct xgw_office *o, const char *client_key)
{
	for (size_t i = 0; i < o->n_clients; i++)
		if (!strcmp(o->clients[i], client_key))
			return true;
	return false;
}
