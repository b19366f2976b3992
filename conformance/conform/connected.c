/* SPDX-License-Identifier: Apache-2.0 */
/*
 * connected - a run at a gateway that runs already: which offices it has for us
 *
 * Each client configuration is one office.  Nothing is started and no key is made; what is wrong with a file is told before
 * the first case.
 */
#include <stdio.h>
#include <string.h>

#include <xgw/client.h>

#include "cli/client_conf.h"
#include "others.h"

static int read_client(struct cf_others *t, const char *path, struct osci_err *err)
{
	size_t n = t->drive.n_offices;
	struct conf **c = &t->confs[n];
	struct xgw_keys keys;
	int r = conf_read(c, client_conf_items, path, err);

	if (r)
		return *c && conf_problems(*c) ? osci_fail(err, r, NULL, "--connect", "%s", conf_problem(*c, 0)) : r;
	t->clients[n] = (struct cf_client){ .endpoint = conf_text(*c, "client.endpoint"),
					    .server_key = conf_text(*c, "client.server_key"),
					    .key_file = conf_text(*c, "client.key_file") };
	t->offices[n] = t->names[n] = conf_text(*c, "client.office");
	for (size_t i = 0; i < n; i++)
		if (!strcmp(t->offices[i], t->offices[n]))
			return osci_fail(err, OSCI_E_CONFIG, NULL, "--connect", "two files are for the office %s", t->offices[n]);
	r = xgw_keys_load(&keys, t->clients[n].key_file, err);
	explicit_bzero(&keys, sizeof(keys));
	t->drive.n_offices++;
	return r;
}

int cf_connected_set_up(struct cf_others *t, const struct cf_options *o, struct osci_err *err)
{
	int r = 0;

	t->drive = (struct cf_drive){ .what = CF_FOREIGN_STACK,
				      .patience_ms = (int)(o->patience * 1000),
				      .prepared = o->prepared,
				      .offices = t->offices,
				      .clients = t->clients };
	for (size_t i = 0; i < o->n_connect && !r; i++)
		r = read_client(t, o->connect[i], err);
	return r;
}

void cf_others_clear(struct cf_others *t)
{
	for (size_t i = 0; i < CF_OFFICES_MAX; i++)
		conf_freep(&t->confs[i]);
}
