/* SPDX-License-Identifier: Apache-2.0 */
/*
 * setup - what commands about releases need of the gateway's configuration; no key, no certificate
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/conf.h"
#include "cli/operator.h"
#include "conf/config.h"
#include "conf/releases.h"

struct owner {
	struct conf *conf;
	struct xgw_releases releases;
	struct xausl_partner *partners;
	struct xausl_announcement (*announced)[XAUSL_ANNOUNCEMENTS_MAX]; /* of each */
	size_t n;
};

static void free_owner(void *arg)
{
	struct owner *o = arg;

	conf_freep(&o->conf);
	free(o->partners);
	free(o->announced);
	free(o);
}

static void fault(void *arg, const char *path, const char *text)
{
	char place[512];

	conf_place(arg, path, place, sizeof(place));
	fprintf(stderr, "%s: %s: %s\n", place, path, text);
}

/* The BAMF and the further partners; 0, -ENOMEM, or 1 if what they announced is not right. */
static int read_partners(struct owner *o)
{
	size_t more = conf_count(o->conf, "partners");
	unsigned faults = 0;

	o->partners = calloc(more + 1, sizeof(*o->partners));
	o->announced = calloc(more + 1, sizeof(*o->announced));
	if (!o->partners || !o->announced)
		return -ENOMEM;
	for (o->n = 0; o->n <= more; o->n++) {
		struct xausl_partner *p = &o->partners[o->n];
		char at[32] = "bamf";

		if (o->n)
			snprintf(at, sizeof(at), "partners[%zu]", o->n - 1);
		p->name = conf_textf(o->conf, "%s.key", at);
		p->announced = o->announced[o->n];
		faults += xgw_announced_read(o->conf, at, o->announced[o->n], &p->n_announced, fault, o->conf);
	}
	return faults ? 1 : 0;
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
	if (!r)
		r = read_partners(o);
	if (r) {
		free_owner(o);
		return -1;
	}
	xgw_releases_read(o->conf, &o->releases);
	*ret = (struct xausl_cli_setup){
		.schemas = o->releases.schemas,
		.versions = o->releases.versions,
		.imported = o->releases.imported,
		.acceptance = o->releases.acceptance,
		.partners = o->partners,
		.n_partners = o->n,
		.owner = o,
		.free = free_owner,
	};
	return 0;
}
