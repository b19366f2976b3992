/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - table of the configuration, and what is made of it
 *
 * Keys of a simulator are throwaway keys, yet they are treated like real ones: files of others are refused.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "config.h"
#include "fit.h"
#include "rules/settings.h"

#define DAY_MS (24LL * 3600 * 1000)
#define OFFICES_MAX 2000

#define TEXT(path, min, max, preset, help) { path, CONF_TEXT, 0, min, max, preset, NULL, help }
#define NEED(path, max, help) { path, CONF_TEXT, CONF_REQUIRED, 1, max, NULL, NULL, help }
#define KEYFILE(path, flags, help) { path, CONF_PATH, CONF_REQUIRED | CONF_FILE_EXISTS | (flags), 1, 4096, NULL, NULL, help }
#define ENUM(path, preset, choices, help) { path, CONF_ENUM, 0, 0, 0, preset, choices, help }
#define BOOL(path, preset, help) { path, CONF_BOOL, 0, 0, 0, preset, NULL, help }

const struct conf_item sim_conf_table[] = {
	{ "sim.database", CONF_PATH, CONF_REQUIRED, 1, 4000, NULL, NULL, "SQLite file with all that must not be lost." },
	{ "sim.poll", CONF_DURATION, 0, 10, DAY_MS, "2s", NULL, "How often the mailbox is looked at." },
	{ "sim.answer_delay", CONF_DURATION, 0, 0, 365 * DAY_MS, "0s", NULL, "Time between decision and sending." },
	TEXT("sim.answer_delays[].message", 4, 6, NULL, "Number of an answer with a delay of its own."),
	{ "sim.answer_delays[].by", CONF_DURATION, CONF_REQUIRED, 0, 365 * DAY_MS, NULL, NULL, "Its delay." },
	ENUM("sim.clerk", "none", "none|same_person|namesake", "Who decides open duplicates when nobody orders it."),
	{ "sim.clerk_delay", CONF_DURATION, 0, 0, 365 * DAY_MS, "1s", NULL, "Time the clerk takes." },
	TEXT("sim.kennziffer_prefix", 1, 20, "99", "Beginning of new Kennziffern, eight digits follow."),
	{ "sim.orders", CONF_PATH, 0, 1, 4000, NULL, NULL, "File of orders, JSON lines; default: the database with .orders." },
	{ "sim.preload", CONF_PATH, CONF_FILE_EXISTS, 1, 4096, NULL, NULL, "Persons and records InGe holds from the start." },
	TEXT("sim.contact_reference", 1, 100, NULL, "Geschaeftszeichen of the clerk named in 070004; absent: none is named."),
	ENUM("sim.accepts", "any", "any|in_force", "Releases of messages: any that is known, or what the calendar says."),
#define SWITCH(name, kind, field, preset, values, help) ENUM("sim.settings." #name, preset, values, help),
	SIM_SWITCHES(SWITCH)
#undef SWITCH
	TEXT("course.listen", 3, 100, NULL, "ADDRESS:PORT of the course side; absent: there is none."),
	BOOL("course.beyond_loopback", "false", "Another address than loopback is meant."),
	{ "course.directory", CONF_PATH, CONF_FILE_EXISTS, 1, 4096, NULL, NULL, "Providers, sites, teachers, institutes; YAML." },
	ENUM("course.windows", "hint", "hint|refuse|off", "Reports later than a week, plans more than three months ahead."),
	{ "course.hours", CONF_INT, 0, 0, 2000, "700", NULL, "Lessons a participant has, without repetition." },
	{ "course.pass_points", CONF_INT, 0, 0, 33, "15", NULL, "Points from which the orientation test is passed." },
	TEXT("course.regional_office", 1, 200, "Regionalstelle Prüfstadt", "Regionalstelle told to providers."),
	NEED("bamf.key", 100, "autor/kennung of the BAMF, dbs:990000000070."),
	NEED("bamf.name", 200, "autor/name."),
	NEED("bamf.street", 55, "Address of the author."),
	TEXT("bamf.house_number", 1, 4, NULL, "Address of the author."),
	NEED("bamf.postcode", 5, "Address of the author."),
	NEED("bamf.town", 40, "Address of the author."),
	NEED("bamf.channel_type", 2, "Code of list Erreichbarkeit, 01 = e-mail."),
	NEED("bamf.channel_value", 200, "Its address."),
	KEYFILE("bamf.sign_p12", 0, "PKCS#12 that signs orders and contents."),
	KEYFILE("bamf.sign_pass_file", 0, "Its password, first line."),
	KEYFILE("bamf.cipher_p12", 0, "PKCS#12 of the mailbox."),
	KEYFILE("bamf.cipher_pass_file", 0, "Its password, first line."),
	NEED("intermediary.url", 1000, "Where messages are sent by HTTP POST."),
	KEYFILE("intermediary.cipher_cert", 0, "PEM: encrypts for the intermediary."),
	KEYFILE("intermediary.sign_cert", 0, "PEM: signs its answers."),
	{ "intermediary.ca_file", CONF_PATH, CONF_FILE_EXISTS, 1, 4096, NULL, NULL, "PEM: trust anchors for https." },
	KEYFILE("trust[]", 0, "PEM: certificates or CAs that signatures are trusted by."),
	NEED("offices[].key", 100, "kennung of the office, azr: and six digits."),
	NEED("offices[].name", 200, "Its name, as issuer and reader."),
	KEYFILE("offices[].cipher_cert", 0, "PEM: its mailbox, answers are encrypted for it."),
	KEYFILE("offices[].sign_cert", 0, "PEM: signs the contents of its requests."),
	{ NULL },
};

struct loading {
	struct sim_config *c;
	int64_t now;
	int fatal;
};

/* Reports what @err says at the place of @path. */
static void problem(struct loading *l, const char *path, int r, const struct osci_err *err)
{
	if (r < 0 && !l->fatal)
		l->fatal = r == -ENOMEM ? r : 0;
	conf_add_problem(l->c->conf, path, "%s", err->what[0] ? err->what : osci_result_name(r));
}

static void load_cert(struct loading *l, const char *path, enum osci_usage use, struct osci_cert **ret)
{
	struct osci_err err = { 0 };
	int r = osci_cert_load_pem(ret, conf_text(l->c->conf, path), &err);

	if (r == 0)
		r = osci_cert_check(*ret, use, l->now, &err);
	if (r)
		problem(l, path, r, &err);
}

static void load_key(struct loading *l, const char *p12, const char *pass, enum osci_usage use, struct osci_key **ret)
{
	struct osci_err err = { 0 };
	int r = osci_key_load_p12_passfile(ret, conf_text(l->c->conf, p12), conf_text(l->c->conf, pass), OSCI_P12_PRIVATE,
					   &err);

	if (r == 0)
		r = osci_cert_check(osci_key_cert(*ret), use, l->now, &err);
	if (r)
		problem(l, p12, r, &err);
}

static void load_trust(struct loading *l)
{
	size_t n = conf_count(l->c->conf, "trust");

	if (osci_trust_new(&l->c->trust)) {
		l->fatal = -ENOMEM;
		return;
	}
	if (!n)
		conf_add_problem(l->c->conf, "trust", "no certificate to trust");
	for (size_t i = 0; i < n; i++) {
		struct osci_err err = { 0 };
		char path[64];
		int r;

		snprintf(path, sizeof(path), "trust[%zu]", i);
		r = osci_trust_add_pem(l->c->trust, conf_text(l->c->conf, path), &err);
		if (r)
			problem(l, path, r, &err);
	}
}

static void load_offices(struct loading *l)
{
	struct sim_config *c = l->c;
	size_t n = conf_count(c->conf, "offices");
	char path[64];

	if (!n || n > OFFICES_MAX) {
		conf_add_problem(c->conf, "offices", "1 to %d offices expected", OFFICES_MAX);
		return;
	}
	c->offices = calloc(n, sizeof(*c->offices));
	if (!c->offices) {
		l->fatal = -ENOMEM;
		return;
	}
	c->n_offices = n;
	for (size_t i = 0; i < n; i++) {
		struct sim_office *o = &c->offices[i];

		o->key = conf_textf(c->conf, "offices[%zu].key", i);
		o->name = conf_textf(c->conf, "offices[%zu].name", i);
		snprintf(path, sizeof(path), "offices[%zu].cipher_cert", i);
		load_cert(l, path, OSCI_USE_ENCRYPT, &o->cipher_cert);
		snprintf(path, sizeof(path), "offices[%zu].sign_cert", i);
		load_cert(l, path, OSCI_USE_SIGN, &o->sign_cert);
		for (size_t k = 0; k < i; k++)
			if (strcmp(c->offices[k].key, o->key) == 0)
				conf_add_problem(c->conf, path, "office twice");
	}
}

static void load_delays(struct loading *l)
{
	struct sim_config *c = l->c;
	size_t n = conf_count(c->conf, "sim.answer_delays");

	c->delays = n ? calloc(n, sizeof(*c->delays)) : NULL;
	if (n && !c->delays) {
		l->fatal = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n; i++)
		c->delays[i] = (struct sim_delay){ conf_textf(c->conf, "sim.answer_delays[%zu].message", i),
						   conf_intf(c->conf, "sim.answer_delays[%zu].by", i) };
	c->n_delays = n;
}

/* Is it a message the BAMF sends? */
static bool is_answer(const struct xausl *x, const char *number)
{
	for (size_t i = 0; i < xausl_release_count(x); i++) {
		const struct xausl_release *r = xausl_release_get(x, i);
		int way = xausl_release_has_module(r) ? xausl_message_direction(r, number) : 0;

		if (way == -1 || way == 2)
			return true;
	}
	return false;
}

static void check_fit(struct loading *l, const struct xausl *x, const char *path, const char *number, const char *field)
{
	json_t *value = conf_has(l->c->conf, path) ? json_string(conf_text(l->c->conf, path)) : NULL;
	const char *what = value ? sim_fit(x, number, field, value) : NULL;

	if (what)
		conf_add_problem(l->c->conf, path, "%s", what);
	json_decref(value);
}

/* What stands in every answer must be fit for it: else none could be written. */
static void check_answers(struct loading *l, const struct xausl *x)
{
	static const struct {
		const char *path, *field;
	} parts[] = {
		{ "bamf.street", "sections[].site.address.street" },
		{ "bamf.house_number", "sections[].site.address.house_number" },
		{ "bamf.postcode", "sections[].site.address.postcode" },
		{ "bamf.town", "sections[].site.address.town" },
		{ "bamf.channel_type", "contact.channels[].type" },
		{ "bamf.channel_value", "contact.channels[].value" },
		{ "sim.contact_reference", "contact.reference" },
	};
	char path[64];

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		check_fit(l, x, parts[i].path, "070015", parts[i].field);
	check_fit(l, x, "bamf.key", "070012", "record.issuer.key");
	check_fit(l, x, "bamf.name", "070012", "record.issuer.name");
	check_fit(l, x, "sim.kennziffer_prefix", "070012", "record.kennziffer");
	for (size_t i = 0; i < l->c->n_offices; i++) {
		snprintf(path, sizeof(path), "offices[%zu].key", i);
		check_fit(l, x, path, "070012", "record.issuer.key");
		snprintf(path, sizeof(path), "offices[%zu].name", i);
		check_fit(l, x, path, "070012", "record.issuer.name");
	}
	for (size_t i = 0; i < l->c->n_delays; i++) {
		snprintf(path, sizeof(path), "sim.answer_delays[%zu].message", i);
		if (!is_answer(x, l->c->delays[i].number))
			conf_add_problem(l->c->conf, path, "no message the BAMF sends");
		for (size_t k = 0; k < i; k++)
			if (strcmp(l->c->delays[k].number, l->c->delays[i].number) == 0)
				conf_add_problem(l->c->conf, path, "message twice");
	}
}

static void set_paths(struct loading *l)
{
	struct sim_config *c = l->c;

	c->database = conf_text(c->conf, "sim.database");
	c->preload = conf_has(c->conf, "sim.preload") ? conf_text(c->conf, "sim.preload") : NULL;
	c->url = conf_text(c->conf, "intermediary.url");
	c->ca_file = conf_has(c->conf, "intermediary.ca_file") ? conf_text(c->conf, "intermediary.ca_file") : NULL;
	c->poll_ms = conf_int(c->conf, "sim.poll");
	if (conf_has(c->conf, "sim.orders")) {
		c->orders = conf_text(c->conf, "sim.orders");
		return;
	}
	if (asprintf(&c->orders_default, "%s.orders", c->database) < 0) {
		c->orders_default = NULL;
		l->fatal = -ENOMEM;
	}
	c->orders = c->orders_default;
}

int sim_config_read(struct sim_config *c, const struct xausl *x, const char *path, int64_t now, FILE *out)
{
	struct loading l = { c, now, 0 };
	struct osci_err err = { 0 };
	char text[512];
	int r;

	memset(c, 0, sizeof(*c));
	r = conf_read(&c->conf, sim_conf_table, path, &err);
	if (r < 0) {
		fprintf(out, "%s\n", osci_err_text(&err, text, sizeof(text)));
		return r;
	}
	if (r == 0) {
		load_key(&l, "bamf.sign_p12", "bamf.sign_pass_file", OSCI_USE_SIGN, &c->sign);
		load_key(&l, "bamf.cipher_p12", "bamf.cipher_pass_file", OSCI_USE_ENCRYPT, &c->cipher);
		load_cert(&l, "intermediary.cipher_cert", OSCI_USE_ENCRYPT, &c->im_cipher);
		load_cert(&l, "intermediary.sign_cert", OSCI_USE_SIGN, &c->im_sign);
		load_trust(&l);
		load_offices(&l);
		load_delays(&l);
		set_paths(&l);
		if (x)
			check_answers(&l, x);
		course_conf_read(&c->course, c->conf);
	}
	for (size_t i = 0; i < conf_problems(c->conf); i++)
		fprintf(out, "%s\n", conf_problem(c->conf, i));
	return l.fatal ? l.fatal : conf_problems(c->conf) ? OSCI_E_CONFIG : r;
}

void sim_config_free(struct sim_config *c)
{
	for (size_t i = 0; i < c->n_offices; i++) {
		osci_cert_unrefp(&c->offices[i].cipher_cert);
		osci_cert_unrefp(&c->offices[i].sign_cert);
	}
	free(c->offices);
	free(c->delays);
	osci_trust_freep(&c->trust);
	osci_cert_unrefp(&c->im_cipher);
	osci_cert_unrefp(&c->im_sign);
	osci_key_unrefp(&c->sign);
	osci_key_unrefp(&c->cipher);
	free(c->orders_default);
	conf_freep(&c->conf);
	memset(c, 0, sizeof(*c));
}

static bool is(const struct conf *c, const char *path, const char *value)
{
	return strcmp(conf_text(c, path), value) == 0;
}

void sim_config_settings(const struct conf *c, struct sim_settings *s)
{
	const char *name, *values;

	sim_settings_default(s);
	for (size_t i = 0; (name = sim_settings_name(i, &values)); i++)
		sim_settings_set(s, name, conf_textf(c, "sim.settings.%s", name));
}

void sim_config_engine(const struct sim_config *config, struct sim_engine *e)
{
	const struct conf *c = config->conf;

	memset(e, 0, sizeof(*e));
	sim_config_settings(c, &e->settings);
	e->bamf = (struct xausl_party){
		.key = conf_text(c, "bamf.key"),
		.name = conf_text(c, "bamf.name"),
		.street = conf_text(c, "bamf.street"),
		.house_number = conf_has(c, "bamf.house_number") ? conf_text(c, "bamf.house_number") : NULL,
		.postcode = conf_text(c, "bamf.postcode"),
		.town = conf_text(c, "bamf.town"),
		.channel_type = conf_text(c, "bamf.channel_type"),
		.channel_value = conf_text(c, "bamf.channel_value"),
	};
	e->offices = config->offices;
	e->n_offices = config->n_offices;
	e->kennziffer_prefix = conf_text(c, "sim.kennziffer_prefix");
	e->contact_reference = conf_has(c, "sim.contact_reference") ? conf_text(c, "sim.contact_reference") : NULL;
	e->answer_delay_ms = conf_int(c, "sim.answer_delay");
	e->delays = config->delays;
	e->n_delays = config->n_delays;
	e->clerk = is(c, "sim.clerk", "same_person") ? SIM_CLERK_SAME_PERSON :
		   is(c, "sim.clerk", "namesake")    ? SIM_CLERK_NAMESAKE :
						       SIM_CLERK_NONE;
	e->clerk_delay_ms = conf_int(c, "sim.clerk_delay");
	e->in_force_only = is(c, "sim.accepts", "in_force");
}
