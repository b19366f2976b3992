/* SPDX-License-Identifier: Apache-2.0 */
/* site - what the worlds of a run share, for the files of this room */
#ifndef CF_WORLD_SITE_H
#define CF_WORLD_SITE_H

#include <xausl/schema.h>

#include "world/keys.h"

#define CF_VERSION_SIZE 128

enum cf_program { CF_PROG_GATEWAY, CF_PROG_INTERMEDIARY, CF_PROG_PARTNER, CF_PROG_XAUSL, CF_PROGRAMS };

struct cf_site {
	char *dir, *shared, *keys_dir, *schemas, *versions;
	char *programs[CF_PROGRAMS];
	char program_versions[CF_PROGRAMS][CF_VERSION_SIZE]; /* as they say */
	char **env; /* of all processes: that of the runner, XAUSL_DATADIR set */
	enum cf_keep keep;
	unsigned ready_ms;
	char token[12];  /* of this run, for ids that others must not have */
	unsigned worlds; /* of FOREIGN_STACK so far; they are one at a time */
	struct cf_keys *keys;
	struct xausl *xausl;
};

/* programs.c: where the programs are; whether they are what they are taken for. */
int cf_programs_find(struct cf_site *s, const struct cf_site_conf *conf, struct osci_err *err);
int cf_programs_ask(struct cf_site *s, struct osci_err *err);
const char *cf_program_name(enum cf_program which); /* "xausl-gatewayd" */

/* told.c: makes the folder @data: schemas of @s, and a calendar in which @release is in force from @from_ms at the latest. */
int cf_told_make(const struct cf_site *s, const char *data, const char *release, int64_t from_ms, struct osci_err *err);

#endif
