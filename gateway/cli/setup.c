/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup - what commands about releases need of the gateway's configuration; no key, no certificate
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/conf.h"
#include "cli/operator.h"
#include "conf/config.h"
#include "conf/releases.h"

struct owner {
	struct conf *conf;
	struct xgw_releases releases;
	struct xausl_partner bamf;
};

static void free_owner(void *arg)
{
	struct owner *o = arg;

	conf_freep(&o->conf);
	free(o);
}

static void fault(void *arg, const char *path, const char *text)
{
	char place[512];

	conf_place(arg, path, place, sizeof(place));
	fprintf(stderr, "%s: %s: %s\n", place, path, text);
}

int xausl_setup_read(const char *path, struct xausl_cli_setup *ret)
{
	struct owner *o = calloc(1, sizeof(*o));
	struct osci_err err = { 0 };
	char text[512];
	int r;

	if (!o) {
		fprintf(stderr, "xausl: out of memory\n");
		return -1;
	}
	r = conf_read(&o->conf, xgw_config_items, path, &err);
	for (size_t i = 0; o->conf && i < conf_problems(o->conf); i++)
		fprintf(stderr, "%s\n", conf_problem(o->conf, i));
	if (r && !(o->conf && conf_problems(o->conf)))
		fprintf(stderr, "xausl: %s\n", osci_err_text(&err, text, sizeof(text)));
	if (r || xgw_releases_read(o->conf, &o->releases, fault, o->conf)) {
		free_owner(o);
		return -1;
	}
	o->bamf = (struct xausl_partner){ conf_text(o->conf, "bamf.key"), o->releases.announced, o->releases.n_announced };
	*ret = (struct xausl_cli_setup){
		.schemas = o->releases.schemas,
		.versions = o->releases.versions,
		.acceptance = o->releases.acceptance,
		.partners = &o->bamf,
		.n_partners = 1,
		.owner = o,
		.free = free_owner,
	};
	return 0;
}
