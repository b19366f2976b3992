/* SPDX-License-Identifier: Apache-2.0 */
/*
 * releases - what a configuration says of releases: folders, reports, and what partners have announced
 *
 * Needs no key and no certificate, so that the calendar can be asked without them.
 */
#ifndef XGW_CONF_RELEASES_H
#define XGW_CONF_RELEASES_H

#include <stddef.h>

#include <xausl/calendar.h>
#include "base/conf.h"

struct xgw_releases {
	const char *schemas, *versions; /* NULL = those of the installation */
	const char *imported;           /* folder of official packages; NULL = none */
	const char *acceptance;         /* table of reports of acceptance tests; NULL = there is none */
};

typedef void xgw_releases_fault(void *arg, const char *path, const char *text);

/* Texts belong to @c. */
void xgw_releases_read(const struct conf *c, struct xgw_releases *ret);
/*
 * What the partner at @partner ("bamf", "partners[2]") has announced; texts belong to @c.  Every fault is told with the
 * path of its item; returns their number.
 */
unsigned xgw_announced_read(const struct conf *c, const char *partner, struct xausl_announcement ret[XAUSL_ANNOUNCEMENTS_MAX],
			    size_t *ret_n, xgw_releases_fault *fault, void *arg);

#endif
