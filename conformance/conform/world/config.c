/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config - configurations of the three daemons and the clients, written for one case
 *
 * Polling runs by the case clock and is so slow that nothing moves while the clock stands, and so fast that every step
 * of a usual window brings a round.  With more offices each polls less often, so that a case with many is no load by
 * itself.  Contents stay at the intermediary for ever: they are looked at after the case.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xausl/calendar.h>

#include "base/text.h"
#include "world/priv.h"
#include "world/yaml.h"

#define POLL_S 10 /* of the partner, and of each office for each office of the case */
#define RETRY_FIRST "1s"
#define RETRY_MAX "30s"
#define FOR_EVER "3650d"
#define BAMF_KEY "dbs:990000000070"
#define BAMF_NAME "Bundesamt für Migration und Flüchtlinge"

json_t *cf_pair_config(const struct cf_pair_files *f)
{
	return json_pack("{s:s, s:s}", "p12", f->p12, "pass_file", f->pass);
}

static char *in_dir(const struct cf_world *w, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", w->dir, name) < 0 ? NULL : path;
}

/* Writes @config (taken) to @path (taken). */
static int write_to(char *path, json_t *config, struct osci_err *err)
{
	int r = path && config ? cf_yaml_write(path, config, err) : -ENOMEM;

	json_decref(config);
	free(path);
	return r;
}

/* Writes @config (taken) to @name in the folder. */
static int write_config(const struct cf_world *w, const char *name, json_t *config, struct osci_err *err)
{
	return write_to(in_dir(w, name), config, err);
}

/* --- calendar ------------------------------------------------------------ */

/* A new file that only we can read. */
static FILE *create(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

static int copy_file(const char *from, const char *to, struct osci_err *err)
{
	FILE *in = fopen(from, "re"), *out = in ? create(to) : NULL;
	char block[8192];
	size_t n;
	bool ok = in && out;

	while (ok && (n = fread(block, 1, sizeof(block), in)) > 0)
		ok = fwrite(block, 1, n, out) == n;
	ok = ok && !ferror(in);
	if (in)
		fclose(in);
	if (out && fclose(out))
		ok = false;
	return ok ? 0 : osci_fail(err, errno ? -errno : -EIO, NULL, from, "cannot be copied");
}

/* The release whose day is the last at @ms. */
static const struct xausl_release *newest_at(const struct cf_world *w, int64_t ms)
{
	const struct xausl_release *newest = NULL;
	char day[40];

	osci_format_datetime_berlin(day, sizeof(day), ms);
	for (size_t i = 0; i < xausl_release_count(w->site->xausl); i++) {
		const struct xausl_release *r = xausl_release_get(w->site->xausl, i);

		if (*xausl_release_effective(r) && strncmp(xausl_release_effective(r), day, 10) <= 0)
			newest = r;
	}
	return newest;
}

/* The rules of the case take the place of the assumption: an old release is accepted until then, or not at all. */
static int write_transitions(const struct cf_world *w, const char *path, struct osci_err *err)
{
	const struct xausl_release *r = w->old_release_until_ms ? newest_at(w, w->old_release_until_ms) : NULL;
	FILE *f = create(path);
	char until[40];
	bool ok = f && fputs("# release;send new from;accept old until;certainty;source\n"
			     "*;00:00;0d;confirmed;settings of the test case\n", f) >= 0;

	if (ok && r) {
		osci_format_datetime_berlin(until, sizeof(until), w->old_release_until_ms);
		ok = fprintf(f, "%s;;%.16s;confirmed;settings of the test case\n", xausl_release_version(r), until) > 0;
	}
	if (f && fclose(f))
		ok = false;
	return ok ? 0 : osci_fail(err, errno ? -errno : -EIO, NULL, path, "cannot be written");
}

static int write_calendar(const struct cf_world *w, struct osci_err *err)
{
	static const char *const files[] = { "releases.csv", "algorithms.csv" };
	_cleanup_(osci_freep) char *dir = in_dir(w, "versions"), *rules = in_dir(w, "versions/transitions.csv");
	int r = 0;

	if (!dir || !rules)
		return -ENOMEM;
	if (mkdir(dir, 0700) < 0)
		return osci_fail(err, -errno, NULL, dir, "folder cannot be made");
	for (size_t i = 0; !r && i < sizeof(files) / sizeof(files[0]); i++) {
		_cleanup_(osci_freep) char *from = NULL, *to = NULL;

		if (asprintf(&from, "%s/%s", w->site->versions, files[i]) < 0 || asprintf(&to, "%s/%s", dir, files[i]) < 0)
			return -ENOMEM;
		r = copy_file(from, to, err);
	}
	return r ? r : write_transitions(w, rules, err);
}

/* --- the three ----------------------------------------------------------- */

/* Name of a mailbox: keys with a colon are no ids of participants. */
void cf_mailbox_of(const char *key, char out[CF_MAILBOX_MAX])
{
	snprintf(out, CF_MAILBOX_MAX, "%s", key);
	for (char *p = strchr(out, ':'); p; p = strchr(p, ':'))
		*p = '-';
}

static json_t *participants(const struct cf_world *w)
{
	json_t *list = json_array();
	char id[CF_MAILBOX_MAX];

	json_array_append_new(list, json_pack("{s:s, s:[s], s:[s]}", "id", "bamf", "cipher", w->bamf_cipher.pem, "sign",
					      w->bamf_sign.pem));
	for (size_t i = 0; i < w->n_offices; i++) {
		const struct cf_party *o = &w->offices[i];
		bool same = strcmp(o->sign.pem, o->sign_ok.pem) == 0;

		cf_mailbox_of(o->key, id);
		json_array_append_new(list, same ? json_pack("{s:s, s:[s], s:[s]}", "id", id, "cipher", o->cipher_ok.pem, "sign",
							     o->sign_ok.pem) :
						   json_pack("{s:s, s:[s, s], s:[s, s]}", "id", id, "cipher", o->cipher_ok.pem,
							     o->cipher.pem, "sign", o->sign_ok.pem, o->sign.pem));
	}
	return list;
}

int cf_config_intermediary(struct cf_world *w, struct osci_err *err)
{
	_cleanup_(osci_freep) char *crl = in_dir(w, "revoked.crl");
	bool revoked = false;
	char listen[32];
	json_t *im;
	int r = crl ? 0 : -ENOMEM;

	for (size_t i = 0; i < w->n_offices; i++)
		revoked = revoked || w->offices[i].certificate == CF_CERT_REVOKED;
	if (!r && revoked)
		r = cf_keys_crl(w->site->keys, crl, err);
	if (r)
		return r;
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", w->im_port);
	im = json_pack("{s:s, s:s, s:s, s:o, s:[o], s:[s], s:o}", "listen", listen, "host", "intermediary.example", "database",
		       "intermediary.db", "sign", cf_pair_config(&w->im_sign), "cipher", cf_pair_config(&w->im_cipher), "trust",
		       cf_keys_ca(w->site->keys), "participants", participants(w));
	if (im)
		r = json_object_update_new(im, json_pack("{s:{s:s, s:s}, s:{s:s}, s:{s:i, s:s}, s:{s:i}, s:{s:i}, s:s}",
							 "retention", "content", FOR_EVER, "cards", FOR_EVER, "dialog", "timeout",
							 "1d", "disk", "max_used", 100, "min_free", "0", "decrypt_failures",
							 "max", 0, "limits", "connections_peer", 256, "shutdown", "2s"));
	if (im && !r && revoked)
		r = json_object_set_new(im, "revocation", json_pack("{s:[s]}", "crl", crl));
	if (r) {
		json_decref(im);
		return -ENOMEM;
	}
	return write_config(w, "intermediary.yaml", im ? json_pack("{s:o}", "intermediary", im) : NULL, err);
}

static json_t *endpoints(const struct cf_world *w)
{
	return json_pack("{s:s, s:s, s:s}", "url", w->url, "cipher_cert", w->im_cipher.pem, "sign_cert", w->im_sign.pem);
}

static json_t *bamf_party(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "key", BAMF_KEY, "name", BAMF_NAME, "street", "Am Beispielpark",
			 "house_number", "210", "postcode", "90461", "town", "Nürnberg");
}

static json_t *gateway_offices(const struct cf_world *w)
{
	json_t *list = json_array();
	char poll[32];

	snprintf(poll, sizeof(poll), "%zus", POLL_S * w->n_offices);
	for (size_t i = 0; i < w->n_offices; i++) {
		const struct cf_party *o = &w->offices[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:[o], s:[s], s:s}",
						      "key", o->key, "name", o->name, "street", "Amtsplatz", "house_number", "1",
						      "postcode", "99999", "town", "Prüfstadt", "channel_type", "01",
						      "channel_value", "abh@pruefstadt.example", "sign_p12", o->sign.p12,
						      "sign_pass_file", o->sign.pass, "cipher", cf_pair_config(&o->cipher),
						      "clients", o->bus_public, "poll", poll));
	}
	return list;
}

int cf_config_clients(struct cf_world *w, struct osci_err *err)
{
	int r = 0;

	for (size_t i = 0; !r && i < w->n_offices; i++) {
		const struct cf_party *o = &w->offices[i];

		r = write_to(cf_client_path(w, o),
			     json_pack("{s:{s:s, s:s, s:s, s:s}}", "client", "endpoint", w->endpoint, "server_key",
				       w->gateway_public, "key_file", o->bus_file, "office", o->key), err);
	}
	return r;
}

int cf_config_gateway(struct cf_world *w, struct osci_err *err)
{
	_cleanup_(osci_freep) char *versions = in_dir(w, "versions");
	json_t *bamf = bamf_party(), *config;
	char overdue[32];
	int r;

	if (!versions || !bamf)
		return -ENOMEM;
	json_object_set_new(bamf, "cipher_cert", json_string(w->bamf_cipher.pem));
	json_object_set_new(bamf, "sign_cert", json_string(w->bamf_sign.pem));
	snprintf(overdue, sizeof(overdue), "%lldms", (long long)w->overdue_after_ms);
	config = json_pack("{s:{s:s, s:s, s:s, s:s, s:s}, s:{s:s, s:s}, s:o, s:[s], s:o, s:{s:s, s:s}, s:{s:s, s:i}, s:o}",
			   "gateway", "journal", "journal.db", "product", "xausl-gateway", "vendor", "Testbetrieb", "schemas",
			   w->site->schemas, "versions", versions, "bus", "endpoint", w->endpoint, "key_file", w->gateway_bus,
			   "intermediary", endpoints(w), "trust", cf_keys_ca(w->site->keys), "bamf", bamf, "retry", "first",
			   RETRY_FIRST, "max", RETRY_MAX, "cases", "overdue_after", overdue, "reminder_after", w->reminder_after,
			   "offices", gateway_offices(w));
	r = write_config(w, "gateway.yaml", config, err);
	return r ? r : cf_config_clients(w, err);
}

int cf_config_partner(struct cf_world *w, struct osci_err *err)
{
	json_t *list = json_array(), *bamf = bamf_party(), *sim;
	char poll[32];

	for (size_t i = 0; i < w->n_offices; i++) {
		const struct cf_party *o = &w->offices[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "key", o->key, "name", o->name, "cipher_cert",
						      o->cipher_ok.pem, "sign_cert", o->sign_ok.pem));
	}
	snprintf(poll, sizeof(poll), "%ds", POLL_S);
	sim = json_pack("{s:s, s:s}", "database", "partner.db", "poll", poll);
	if (!bamf || !sim)
		return -ENOMEM;
	if (w->partner_settings && json_object_size(w->partner_settings))
		json_object_set(sim, "settings", w->partner_settings);
	json_object_update_new(bamf, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "channel_type", "01", "channel_value",
					       "inge@bamf.example", "sign_p12", w->bamf_sign.p12, "sign_pass_file",
					       w->bamf_sign.pass, "cipher_p12", w->bamf_cipher.p12, "cipher_pass_file",
					       w->bamf_cipher.pass));
	return write_config(w, "partner.yaml", json_pack("{s:o, s:o, s:o, s:[s], s:o}", "sim", sim, "bamf", bamf, "intermediary",
							 endpoints(w), "trust", cf_keys_ca(w->site->keys), "offices", list), err);
}

int cf_config_fixed(struct cf_world *w, struct osci_err *err)
{
	int r = write_calendar(w, err);

	return r ? r : cf_config_intermediary(w, err);
}
