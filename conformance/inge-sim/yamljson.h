/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yamljson - one YAML document (or JSON, which is YAML) as a JSON tree that knows its lines
 */
#ifndef SIM_YAMLJSON_H
#define SIM_YAMLJSON_H

#include <jansson.h>

#include <osci/err.h>

struct yj;

/*
 * Reads @path.  Plain true, false, null and ~ become booleans and null, all other scalars text; plain digits
 * become integers only under the keys of @int_keys (ended by NULL).  Refused with FILE:LINE:COLUMN: anchors,
 * aliases, tags, merge keys, keys twice, a second document, depth over 16, files over 4 MiB.
 */
int yj_read(struct yj **ret, const char *path, const char *const *int_keys, struct osci_err *err);
void yj_freep(struct yj **y);
json_t *yj_root(const struct yj *y); /* borrowed */
/* Fails with OSCI_E_CONFIG at the place of @key of @parent (NULL = of @parent itself). */
int yj_fail(const struct yj *y, const json_t *parent, const char *key, struct osci_err *err, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

#endif
