/* SPDX-License-Identifier: Apache-2.0 */
/* releases - see releases.h */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "conf/releases.h"

static const char *text_or_null(const struct conf *c, const char *path)
{
	const char *s = conf_text(c, path);

	return s[0] ? s : NULL;
}

/* A moment of entry @i; @absent if it is left out. */
static bool moment(const struct conf *c, const char *partner, size_t i, const char *name, int64_t absent, int64_t *ret,
		   xgw_releases_fault *fault, void *arg)
{
	char path[80];
	const char *s;

	snprintf(path, sizeof(path), "%s.releases[%zu].%s", partner, i, name);
	s = conf_text(c, path);
	*ret = absent;
	if (!s[0] || !osci_clock_parse(s, ret))
		return true;
	fault(arg, path, "a time is expected: 2027-05-01T00:00:00 (Europe/Berlin), or with a zone");
	return false;
}

void xgw_releases_read(const struct conf *c, struct xgw_releases *ret)
{
	*ret = (struct xgw_releases){
		.schemas = text_or_null(c, "gateway.schemas"),
		.versions = text_or_null(c, "gateway.versions"),
		.imported = text_or_null(c, "gateway.imported"),
		.acceptance = text_or_null(c, "gateway.acceptance"),
	};
}

unsigned xgw_announced_read(const struct conf *c, const char *partner, struct xausl_announcement ret[XAUSL_ANNOUNCEMENTS_MAX],
			    size_t *ret_n, xgw_releases_fault *fault, void *arg)
{
	unsigned faults = 0;
	char path[80];
	size_t n;

	snprintf(path, sizeof(path), "%s.releases", partner);
	n = conf_count(c, path);
	if (n > XAUSL_ANNOUNCEMENTS_MAX) {
		fault(arg, path, "at most 16 announcements");
		faults++;
		n = XAUSL_ANNOUNCEMENTS_MAX;
	}
	for (size_t i = 0; i < n; i++) {
		struct xausl_announcement *a = &ret[i];
		bool from, until;

		a->version = conf_textf(c, "%s.releases[%zu].version", partner, i);
		from = moment(c, partner, i, "from", 0, &a->from_ms, fault, arg);
		until = moment(c, partner, i, "until", 0, &a->until_ms, fault, arg);
		faults += !from + !until;
		if (from && until && a->until_ms && a->until_ms <= a->from_ms) {
			snprintf(path, sizeof(path), "%s.releases[%zu].until", partner, i);
			fault(arg, path, "ends before it begins");
			faults++;
		}
	}
	*ret_n = n;
	return faults;
}
