/* SPDX-License-Identifier: Apache-2.0 */
/*
 * map - the tables of a release that connect neutral JSON and XML
 *
 * xausl_map_load() compiles the files map-*.csv of a release folder into one read-only object that lives as
 * long as its release, whose texts it uses.  The format of the tables is in README.md of this folder.  The second part lists what
 * this folder needs to know of a release and its code lists; the engine gives it.
 */
#ifndef XAUSL_MAP_MAP_H
#define XAUSL_MAP_MAP_H

#include <stddef.h>

#include <osci/err.h>
#include <xausl/schema.h>

struct xausl_map;

/*
 * Compiles the tables in the folder of @r, for the messages of @r that have one.  OSCI_E_CONFIG with FILE:LINE
 * on any defect, also when the files are absent; -ENOMEM.  Called by xausl_open() at the end of a module.
 */
int xausl_map_load(struct xausl_map **ret, const struct xausl_release *r, struct osci_err *err);
void xausl_map_freep(struct xausl_map **m);

/* --- given by the engine ---------------------------------------------- */

/* @limits (NULL = the default), none looser than XAUSL_DOCUMENT_MAX and XAUSL_OCTETS_MAX. */
void xausl_message_limits(struct osci_limits *ret, const struct osci_limits *limits);

const struct xausl *xausl_release_owner(const struct xausl_release *r);
const struct xausl_map *xausl_release_map(const struct xausl_release *r); /* NULL without a module */
/* @list: short name ("Erreichbarkeit") or listURI; NULL if the release has no such list. */
const char *xausl_list_uri(const struct xausl_release *r, const char *list);
const char *xausl_list_version(const struct xausl_release *r, const char *list);
/* Name of a code in this version of the list, if the release holds it, else in the current one; NULL if there is none. */
const char *xausl_code_name_in(const struct xausl_release *r, const char *list, const char *version, const char *code);
/* Value of a further column ("abh") in the row of @code; NULL if there is no such code or column. */
const char *xausl_code_column(const struct xausl_release *r, const char *list, const char *code,
			      const char *column);

#endif
