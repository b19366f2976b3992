/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - what others' software needs to take part: addresses, keys, certificates, the clock
 *
 * It is the same for all cases of a run, so that a vendor sets up once: ports are fixed, keys belong to the office and
 * not to its place in a case, and what changes from case to case is not in it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/priv.h"

const char *cf_shared_dir(const struct cf_world *w)
{
	return w->foreign == CF_FOREIGN_NONE ? w->dir : w->site->shared;
}

char *cf_client_path(const struct cf_world *w, const struct cf_party *o)
{
	const char *dir = cf_shared_dir(w);
	char *path;

	if (asprintf(&path, "%s/client-%s.yaml", dir, o->key) < 0)
		return NULL;
	for (char *p = path + strlen(dir); *p; p++)
		if (*p == ':')
			*p = '-';
	return path;
}

/* Of office software the bus alone; the gateway's keys are the business of whoever plays the gateway. */
static json_t *office_access(const struct cf_world *w, const struct cf_party *o)
{
	_cleanup_(osci_freep) char *client = cf_client_path(w, o);

	if (w->foreign == CF_FOREIGN_GATEWAY)
		return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "key", o->key, "name", o->name, "sign_p12", o->sign.p12,
				 "sign_pass_file", o->sign.pass, "sign_cert", o->sign.pem, "cipher_p12", o->cipher.p12,
				 "cipher_pass_file", o->cipher.pass);
	return client ? json_pack("{s:s, s:s, s:s, s:s}", "key", o->key, "name", o->name, "bus_key_file", o->bus_file,
				  "client_config", client) : NULL;
}

json_t *cf_world_access(const struct cf_world *w)
{
	json_t *offices = json_array();

	for (size_t i = 0; i < w->n_offices; i++)
		if (json_array_append_new(offices, office_access(w, &w->offices[i]))) {
			json_decref(offices);
			return NULL;
		}
	if (w->foreign != CF_FOREIGN_GATEWAY)
		return json_pack("{s:s, s:{s:s, s:s}, s:o}", "clock_file", w->clock_path, "bus", "endpoint", w->endpoint,
				 "server_key", w->gateway_public, "offices", offices);
	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s}, s:s, s:o}", "clock_file", w->clock_path, "intermediary",
			 "url", w->url, "cipher_cert", w->im_cipher.pem, "sign_cert", w->im_sign.pem, "bamf", "key",
			 "dbs:990000000070", "cipher_cert", w->bamf_cipher.pem, "sign_cert", w->bamf_sign.pem, "ca",
			 cf_keys_ca(w->site->keys), "offices", offices);
}

int cf_site_access(json_t **ret, struct cf_site *s, const struct cf_world_spec *spec, struct osci_err *err)
{
	struct cf_world w = { .site = s, .foreign = spec->foreign };
	int r = cf_take_offices(&w, spec, err);

	if (!r)
		r = cf_take_keys(&w, err);
	if (!r && asprintf(&w.clock_path, "%s/clock", cf_shared_dir(&w)) < 0) {
		w.clock_path = NULL;
		r = -ENOMEM;
	}
	snprintf(w.url, sizeof(w.url), "http://127.0.0.1:%u/osci", spec->intermediary_port);
	snprintf(w.endpoint, sizeof(w.endpoint), "tcp://127.0.0.1:%u", spec->bus_port);
	if (!r && spec->foreign == CF_FOREIGN_OFFICE)
		r = cf_config_clients(&w, err);
	if (!r && !(*ret = cf_world_access(&w)))
		r = -ENOMEM;
	free(w.clock_path);
	cf_offices_free(&w);
	return r;
}
