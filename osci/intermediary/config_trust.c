/* SPDX-License-Identifier: Apache-2.0 */
/* config_trust - whom to trust, what is known of revocation, types of certificates, algorithms by date */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "intermediary/config_priv.h"

#define MS_PER_S 1000

static int no_memory(struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, NULL, "no memory for certificates");
}

/* All PEM files of a list into one set. */
static int load_set(struct conf *conf, const char *list, struct osci_trust **ret)
{
	int r = osci_trust_new(ret);

	for (size_t i = 0; !r && i < conf_count(conf, list); i++) {
		struct osci_err why = { 0 };
		char at[96];

		snprintf(at, sizeof(at), "%s[%zu]", list, i);
		if (im_config_given(conf, at) && osci_trust_add_pem(*ret, conf_text(conf, at), &why))
			conf_add_problem(conf, at, "%s", why.what);
	}
	return r;
}

static int load_levels(struct im_config *c)
{
	size_t n = conf_count(c->conf, "intermediary.levels");
	char at[64];
	int r = 0;

	if (n > IM_LEVELS_MAX) {
		conf_add_problem(c->conf, "intermediary.levels", "at most %d expected", IM_LEVELS_MAX);
		return 0;
	}
	for (size_t i = 0; !r && i < n; i++) {
		c->levels[i].type = conf_textf(c->conf, "intermediary.levels[%zu].type", i);
		snprintf(at, sizeof(at), "intermediary.levels[%zu].ca", i);
		r = load_set(c->conf, at, &c->level_sets[i]);
		c->levels[i].trust = c->level_sets[i];
		c->set.judge.n_levels++;
	}
	c->set.judge.levels = c->levels;
	return r;
}

static int load_responders(struct im_config *c)
{
	struct conf *conf = c->conf;
	size_t n = conf_count(conf, "intermediary.revocation.ocsp");
	struct im_responder *list;

	if (n > IM_RESPONDERS_MAX) {
		conf_add_problem(conf, "intermediary.revocation.ocsp", "at most %d expected", IM_RESPONDERS_MAX);
		return 0;
	}
	c->responders = list = calloc(n ? n : 1, sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct osci_err why = { 0 };
		char at[96];

		snprintf(at, sizeof(at), "intermediary.revocation.ocsp[%zu].nonce", i);
		list[i].nonce = conf_bool(conf, at);
		snprintf(at, sizeof(at), "intermediary.revocation.ocsp[%zu].sha1_id", i);
		list[i].sha1_id = conf_bool(conf, at);
		snprintf(at, sizeof(at), "intermediary.revocation.ocsp[%zu].url", i);
		list[i].url = conf_text(conf, at);
		if (list[i].url[0] && strncmp(list[i].url, "http://", 7) && strncmp(list[i].url, "https://", 8))
			conf_add_problem(conf, at, "http:// or https:// expected");
		snprintf(at, sizeof(at), "intermediary.revocation.ocsp[%zu].issuer", i);
		if (im_config_given(conf, at) && osci_cert_load_pem(&list[i].issuer, conf_text(conf, at), &why))
			conf_add_problem(conf, at, "%s", why.what);
		if (list[i].issuer)
			c->refresh.n_responders = i + 1;
		else
			break; /* a problem already */
	}
	c->refresh.responders = list;
	return 0;
}

static int load_revocation(struct im_config *c)
{
	struct conf *conf = c->conf;
	size_t n = conf_count(conf, "intermediary.revocation.crl");
	struct osci_revocation_rules rules = {
		.demand_sign = conf_bool(conf, "intermediary.revocation.demand_sign"),
		.demand_encrypt = conf_bool(conf, "intermediary.revocation.demand_encrypt"),
		.grace_s = (unsigned)(conf_int(conf, "intermediary.revocation.grace") / MS_PER_S),
	};
	int r;

	c->crls = calloc(n ? n : 1, sizeof(*c->crls));
	if (!c->crls)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		c->crls[i] = conf_textf(conf, "intermediary.revocation.crl[%zu]", i);
	r = load_responders(c);
	if (r)
		return r;
	c->set.judge.online = n || c->refresh.n_responders;
	if (!c->set.judge.online)
		return 0;
	r = osci_revocation_new(&c->rev);
	if (r)
		return r;
	osci_trust_set_revocation(c->set.trust, c->rev, &rules);
	c->demand_sign = rules.demand_sign;
	c->refresh.rev = c->rev;
	c->refresh.trust = c->set.trust;
	c->refresh.crls = c->crls;
	c->refresh.n_crls = n;
	c->refresh.interval_ms = conf_int(conf, "intermediary.revocation.interval");
	c->refresh.proxy = im_config_optional(conf, "intermediary.revocation.proxy");
	c->refresh.ca_file = im_config_optional(conf, "intermediary.revocation.ca");
	return 0;
}

int im_config_load_trust(struct im_config *c, struct osci_err *err)
{
	if (load_set(c->conf, "intermediary.trust", &c->set.trust) || load_levels(c) || load_revocation(c))
		return no_memory(err);
	c->set.judge.trust = c->set.trust;
	c->set.judge.min_rsa_bits = (unsigned)conf_int(c->conf, "intermediary.min_rsa_bits");
	return 0;
}

void im_config_check_crls(struct im_config *c, int64_t now)
{
	for (size_t i = 0; i < c->refresh.n_crls; i++) {
		struct osci_err why = { 0 };
		char at[64];

		snprintf(at, sizeof(at), "intermediary.revocation.crl[%zu]", i);
		if (im_refresh_read_crl(&c->refresh, c->crls[i], now, &why))
			conf_add_problem(c->conf, at, "%s", why.what);
	}
}

void im_config_free_trust(struct im_config *c)
{
	osci_trust_freep(&c->set.trust);
	for (size_t i = 0; i < IM_LEVELS_MAX; i++)
		osci_trust_freep(&c->level_sets[i]);
	osci_revocation_unrefp(&c->rev);
	for (size_t i = 0; i < c->refresh.n_responders; i++)
		osci_cert_unrefp(&c->responders[i].issuer);
	free(c->responders);
	free(c->crls);
}
