/* SPDX-License-Identifier: Apache-2.0 */
/* t_releases - the releases of the source tree, opened once for a group of tests */
#ifndef T_RELEASES_H
#define T_RELEASES_H

#include <xausl/schema.h>

#include "t_sim.h"

static struct xausl *x;
static const struct xausl_release *release;

static int open_releases(void **state)
{
	const char *root = getenv("XAUSL_SOURCE_ROOT");
	char schemas[512], versions[512];
	struct osci_err err = { 0 };

	snprintf(schemas, sizeof(schemas), "%s/xausl-schemas", root ? root : ".");
	snprintf(versions, sizeof(versions), "%s/versions", root ? root : ".");
	if (xausl_open(&x, schemas, versions, &err)) {
		print_error("%s: %s\n", err.where, err.what);
		return -1;
	}
	release = xausl_release_find(x, "26.11");
	return release ? 0 : -1;
}

static int close_releases(void **state)
{
	xausl_freep(&x);
	return 0;
}

#endif
