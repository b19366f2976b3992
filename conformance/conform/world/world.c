/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world - a case comes to life, is looked at, and goes
 */
#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "world/priv.h"
#include "world/yaml.h"

#define NAME_MAX_FOLDER 80
#define DAY_MS (24LL * 3600 * 1000)
#define REMINDER_DEFAULT 3

/* --- making it ----------------------------------------------------------- */

static int make_folder(struct cf_world *w, const char *name, struct osci_err *err)
{
	char safe[NAME_MAX_FOLDER + 1];

	snprintf(safe, sizeof(safe), "%s", name);
	for (char *p = safe; *p; p++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-", *p))
			*p = '_';
	if (safe[0] == '.')
		safe[0] = '_';
	if (asprintf(&w->dir, "%s/%s.XXXXXX", w->site->dir, safe) < 0) {
		w->dir = NULL;
		return -ENOMEM;
	}
	if (!mkdtemp(w->dir)) {
		int e = errno;

		free(w->dir);
		w->dir = NULL;
		return osci_fail(err, -e, NULL, w->site->dir, "no folder can be made for the case: %s", strerrordesc_np(e));
	}
	return 0;
}

static int office_keys(struct cf_world *w, struct cf_party *o, size_t slot, struct osci_err *err)
{
	struct cf_keys *k = w->site->keys;
	enum cf_certificate state = o->certificate;
	char name[16];
	int r = cf_keys_office(k, slot, o->key, CF_CERT_OK, CF_PAIR_SIGN, &o->sign_ok, err);

	if (!r)
		r = cf_keys_office(k, slot, o->key, CF_CERT_OK, CF_PAIR_CIPHER, &o->cipher_ok, err);
	if (r)
		return r;
	o->sign = o->sign_ok;
	o->cipher = o->cipher_ok;
	if (state == CF_CERT_MISSING) {
		snprintf(o->sign.p12, sizeof(o->sign.p12), "%s/missing.p12", w->dir);
		snprintf(o->sign.pass, sizeof(o->sign.pass), "%s/missing.pass", w->dir);
		o->cipher = (struct cf_pair_files){ 0 };
		snprintf(o->cipher.p12, sizeof(o->cipher.p12), "%s/missing.p12", w->dir);
		snprintf(o->cipher.pass, sizeof(o->cipher.pass), "%s/missing.pass", w->dir);
	} else if (state != CF_CERT_OK) {
		r = cf_keys_office(k, slot, o->key, state, CF_PAIR_SIGN, &o->sign, err);
		if (!r)
			r = cf_keys_office(k, slot, o->key, state, CF_PAIR_CIPHER, &o->cipher, err);
	}
	snprintf(name, sizeof(name), "office-%02zu", slot);
	return r ? r : cf_keys_bus(k, name, o->bus_file, o->bus_public, err);
}

int cf_take_keys(struct cf_world *w, struct osci_err *err)
{
	struct cf_keys *k = w->site->keys;
	int r = cf_keys_party(k, "bamf", CF_PAIR_SIGN, &w->bamf_sign, err);

	if (!r)
		r = cf_keys_party(k, "bamf", CF_PAIR_CIPHER, &w->bamf_cipher, err);
	if (!r)
		r = cf_keys_party(k, "im", CF_PAIR_SIGN, &w->im_sign, err);
	if (!r)
		r = cf_keys_party(k, "im", CF_PAIR_CIPHER, &w->im_cipher, err);
	if (!r)
		r = cf_keys_bus(k, "gateway", w->gateway_bus, w->gateway_public, err);
	for (size_t i = 0; !r && i < w->n_offices; i++)
		r = office_keys(w, &w->offices[i], w->offices[i].slot, err);
	return r;
}

int cf_take_offices(struct cf_world *w, const struct cf_world_spec *spec, struct osci_err *err)
{
	if (!spec->n_offices || spec->n_offices > CF_OFFICES_MAX)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "offices", "1 to %d expected", CF_OFFICES_MAX);
	w->offices = calloc(spec->n_offices, sizeof(*w->offices));
	if (!w->offices)
		return -ENOMEM;
	w->n_offices = spec->n_offices;
	for (size_t i = 0; i < w->n_offices; i++) {
		const struct cf_office_spec *from = &spec->offices[i];
		struct cf_party *o = &w->offices[i];

		o->certificate = from->certificate;
		o->slot = from->slot ? from->slot - 1 : (unsigned)i;
		o->client = from->client;
		o->label = strdup(from->label);
		o->key = strdup(from->key);
		o->name = strdup(from->name);
		if (!o->label || !o->key || !o->name)
			return -ENOMEM;
		for (size_t k = 0; k < i; k++)
			if (strcmp(w->offices[k].key, o->key) == 0)
				return osci_fail(err, OSCI_E_CONFIG, NULL, o->key, "two offices have this key");
	}
	return 0;
}

static int take_spec(struct cf_world *w, const struct cf_world_spec *spec, struct osci_err *err)
{
	_cleanup_(osci_freep) char *inge = NULL;
	int r = cf_take_offices(w, spec, err);

	w->start_ms = spec->clock_ms;
	w->overdue_after_ms = spec->overdue_after_ms ? spec->overdue_after_ms : DAY_MS;
	w->reminder_after = spec->reminder_after ? spec->reminder_after : REMINDER_DEFAULT;
	w->old_release_until_ms = spec->old_release_until_ms;
	w->foreign = spec->foreign;
	w->im_port = spec->intermediary_port;
	w->bus_port = spec->bus_port;
	w->partner_settings = spec->partner ? json_deep_copy(spec->partner) : NULL;
	w->deaths = json_array();
	w->answers = json_array();
	if (!r && (!w->deaths || !w->answers || (spec->partner && !w->partner_settings)))
		r = -ENOMEM;
	if (!r)
		r = make_folder(w, spec->name, err);
	if (!r && spec->inge) {
		if (asprintf(&inge, "%s/inge.json", w->dir) < 0)
			return -ENOMEM;
		r = cf_yaml_write(inge, spec->inge, err);
	}
	return r;
}

static int start_all(struct cf_world *w, struct osci_err *err)
{
	int r = cf_config_fixed(w, err);

	return r ? r : cf_daemons_start(w, err);
}

int cf_not_a_stack(const struct cf_world *w, const char *whose, struct osci_err *err)
{
	return w->foreign == CF_FOREIGN_STACK ? osci_fail(err, OSCI_E_STATE, NULL, whose, "is not ours") : 0;
}

const char *cf_world_ids(const struct cf_world *w)
{
	return w->ids;
}

int cf_world_new(struct cf_world **ret, struct cf_site *s, const struct cf_world_spec *spec, struct osci_err *err)
{
	struct cf_world *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->site = s;
	r = take_spec(w, spec, err);
	if (!r && spec->foreign != CF_FOREIGN_STACK)
		r = cf_take_keys(w, err);
	if (!r)
		r = cf_clock_new(w, spec->clock_ms, err);
	if (spec->foreign == CF_FOREIGN_STACK)
		snprintf(w->ids, sizeof(w->ids), "%s-%u-", s->token, ++s->worlds);
	else if (!r)
		r = start_all(w, err);
	if (!r)
		r = cf_offices_connect(w, err);
	if (!r)
		r = cf_offices_welcomed(w, err);
	if (!r && spec->driver)
		r = cf_driver_start(w, spec->driver, err);
	if (r) {
		w->failed = true;
		cf_world_freep(&w);
		return r;
	}
	*ret = w;
	return 0;
}

/* --- ending it ----------------------------------------------------------- */

void cf_remove_folder(const char *dir)
{
	char *const paths[] = { (char *)dir, NULL };
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;

	while (tree && (e = fts_read(tree)))
		if (e->fts_info == FTS_DP)
			rmdir(e->fts_path);
		else if (e->fts_info != FTS_D)
			unlink(e->fts_path);
	if (tree)
		fts_close(tree);
}

void cf_world_failed(struct cf_world *w)
{
	w->failed = true;
}

const char *cf_world_folder(const struct cf_world *w)
{
	return w->dir;
}

void cf_offices_free(struct cf_world *w)
{
	for (size_t i = 0; i < w->n_offices; i++) {
		free(w->offices[i].label);
		free(w->offices[i].key);
		free(w->offices[i].name);
	}
	free(w->offices);
}

void cf_world_freep(struct cf_world **wp)
{
	struct cf_world *w = *wp;
	bool keep;

	*wp = NULL;
	if (!w)
		return;
	keep = w->site->keep == CF_KEEP_ALL || (w->site->keep == CF_KEEP_FAILED && w->failed);
	cf_driver_end(w);
	cf_offices_close(w);
	cf_daemons_end(w);
	cf_events_free(w);
	cf_clock_free(w);
	if (w->dir && !keep)
		cf_remove_folder(w->dir);
	cf_offices_free(w);
	json_decref(w->partner_settings);
	json_decref(w->deaths);
	json_decref(w->answers);
	free(w->preload);
	free(w->clock_path);
	free(w->dir);
	free(w);
}

/* --- looking ------------------------------------------------------------- */

uint64_t cf_world_activity(const struct cf_world *w)
{
	return w->activity;
}

int cf_world_poll(struct cf_world *w, int timeout_ms, struct osci_err *err)
{
	int64_t end = osci_clock_mono_ms() + timeout_ms;
	uint64_t before = w->activity;

	for (;;) {
		int64_t left = end - osci_clock_mono_ms();
		int r = cf_offices_poll(w, left <= 0 ? 0 : left < CF_POLL_STEP_MS ? (int)left : CF_POLL_STEP_MS, err);

		if (!r)
			r = cf_logs_poll(w, err);
		if (!r)
			r = cf_partner_poll(w, err);
		if (!r)
			r = cf_seen_poll(w, err);
		if (!r)
			r = cf_driver_poll(w, err);
		if (r)
			return r;
		if (w->activity != before)
			return 0;
		if (left <= 0)
			return OSCI_E_EMPTY;
	}
}

int cf_world_settle(struct cf_world *w, int quiet_ms, int limit_ms, bool (*until)(void *arg), void *arg,
		    struct osci_err *err)
{
	int64_t start = osci_clock_mono_ms(), quiet_from = start;
	struct cf_work before = cf_work_now(w);

	for (;;) {
		int64_t now = osci_clock_mono_ms();
		int r;

		if (until && until(arg))
			return 0;
		if (now - quiet_from >= quiet_ms && !w->received_stale && !w->seen_stale) {
			struct cf_work after = cf_work_now(w);

			if (cf_work_rests(&before, &after, now - quiet_from))
				return 0;
			before = after;
			quiet_from = now;
		}
		if (now - start >= limit_ms)
			return OSCI_E_MORE;
		r = cf_world_poll(w, (int)(quiet_from + quiet_ms - now > 0 ? quiet_from + quiet_ms - now : 1), err);
		if (r && r != OSCI_E_EMPTY)
			return r;
		if (!r) {
			before = cf_work_now(w);
			quiet_from = osci_clock_mono_ms();
		}
	}
}
