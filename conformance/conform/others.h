/* SPDX-License-Identifier: Apache-2.0 */
/* others - a run in which others' software takes part: ports, keys, what is handed to the vendor, what the report says of it */
#ifndef CF_OTHERS_H
#define CF_OTHERS_H

#include "base/conf.h"
#include "options.h"

struct cf_others {
	struct cf_drive drive; /* for the run; NONE: all is ours */
	const char *offices[CF_OFFICES_MAX];
	const char *names[CF_OFFICES_MAX];
	struct cf_client clients[CF_OFFICES_MAX]; /* --connect; texts are those of @confs */
	struct conf *confs[CF_OFFICES_MAX];
};

/* Nothing, if all is ours.  Chooses ports, makes keys, writes --access and tells where the software finds us. */
int cf_others_set_up(struct cf_others *t, const struct cf_options *o, const struct cf_book *book, struct cf_site *site,
		     struct osci_err *err);
void cf_others_clear(struct cf_others *t);
/* Part of it, for --connect (connected.c): reads the client configurations. */
int cf_connected_set_up(struct cf_others *t, const struct cf_options *o, struct osci_err *err);
/* What the report says of the kind of run; 0, -ENOMEM. */
const char *cf_others_mode(const struct cf_options *o);
int cf_others_head(const struct cf_options *o, struct cf_result *r);

#endif
