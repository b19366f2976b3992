/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar - the table of releases, which of them is in force when, and the life of struct xausl
 *
 * Releases are compared by the day they come into force, never by their label.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>

#include "engine/release.h"
#include "base/buf.h"
#include "base/text.h"

enum { F_VERSION, F_NAMESPACE, F_EFFECTIVE, F_CERTAINTY, F_SOURCE, F_MODULE, F_COUNT };

/* 00:00 Europe/Berlin of "YYYY-MM-DD". */
static int day_instant(const char *s, int64_t *ret)
{
	struct osci_civil c = { 0 };
	uint64_t y, m, d;

	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || osci_parse_u64(s, 4, 9999, &y) ||
	    osci_parse_u64(s + 5, 2, 12, &m) || osci_parse_u64(s + 8, 2, 31, &d) ||
	    !osci_date_valid((int)y, (int)m, (int)d))
		return OSCI_E_CONFIG;
	c.year = (int)y;
	c.month = (int)m;
	c.day = (int)d;
	*ret = osci_berlin_instant(&c);
	return 0;
}

static int read_row(struct xausl *x, const struct xausl_csv_row *row, struct osci_err *err)
{
	static const char *const grades[] = { "confirmed", "derived", "unknown" };
	struct xausl_release *r = &x->releases[x->n];
	bool grade = false;

	if (row->n != F_COUNT)
		return xausl_csv_fail(x->calendar, row, err, "six fields expected");
	*r = (struct xausl_release){
		.owner = x,
		.version = row->field[F_VERSION],
		.ns = row->field[F_NAMESPACE],
		.effective = row->field[F_EFFECTIVE],
		.certainty = row->field[F_CERTAINTY],
		.source = row->field[F_SOURCE],
		.module = row->field[F_MODULE],
		.line = row->line,
	};
	if (!r->version[0])
		return xausl_csv_fail(x->calendar, row, err, "release without a version");
	/* an imported package lies in a folder of that name */
	if (strchr(r->version, '/') || r->version[0] == '.')
		return xausl_csv_fail(x->calendar, row, err, "a version is a label such as 26.11, no path");
	for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++)
		grade = grade || !strcmp(r->certainty, grades[i]);
	if (!grade)
		return xausl_csv_fail(x->calendar, row, err, "certainty is none of confirmed, derived, unknown");
	if (!!r->effective[0] != !!strcmp(r->certainty, "unknown"))
		return xausl_csv_fail(x->calendar, row, err, "a day and a certainty other than unknown go together");
	if (r->effective[0] && day_instant(r->effective, &r->effective_ms))
		return xausl_csv_fail(x->calendar, row, err, "effective day is no YYYY-MM-DD");
	if (r->module[0] && (!r->ns[0] || strchr(r->module, '/') || r->module[0] == '.'))
		return xausl_csv_fail(x->calendar, row, err, "a module is a folder name and needs a namespace");
	for (size_t i = 0; i < x->n; i++) {
		if (!strcmp(x->releases[i].version, r->version) || (r->ns[0] && !strcmp(x->releases[i].ns, r->ns)))
			return xausl_csv_fail(x->calendar, row, err, "version or namespace twice");
		if (r->effective[0] && x->releases[i].effective[0] && x->releases[i].effective_ms >= r->effective_ms)
			return xausl_csv_fail(x->calendar, row, err, "releases are not in the order of their days");
	}
	x->n++;
	return 0;
}

int xausl_open(struct xausl **ret, const char *schemas, const char *versions, struct osci_err *err)
{
	_cleanup_(xausl_freep) struct xausl *x = calloc(1, sizeof(*x));
	char path[4096];
	int r;

	if (!x)
		return osci_fail(err, -ENOMEM, NULL, versions, "out of memory");
	xmlInitParser();
	if ((size_t)snprintf(path, sizeof(path), "%s/releases.csv", versions) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, versions, "path too long");
	r = xausl_csv_load(&x->calendar, path, err);
	if (r)
		return r;
	if (!x->calendar->n_rows || x->calendar->n_rows > XAUSL_RELEASES_MAX)
		return xausl_csv_fail(x->calendar, NULL, err, "no release, or too many");
	x->releases = calloc(x->calendar->n_rows, sizeof(*x->releases));
	if (!x->releases)
		return osci_fail(err, -ENOMEM, NULL, versions, "out of memory");
	for (size_t i = 0; i < x->calendar->n_rows; i++) {
		r = read_row(x, &x->calendar->rows[i], err);
		if (r)
			return r;
	}
	r = xausl_transitions_load(x, versions, err);
	if (r)
		return r;
	for (size_t i = 0; i < x->n; i++) {
		r = x->releases[i].module[0] ? xausl_module_load(&x->releases[i], schemas, err) : 0;
		if (r)
			return r;
	}
	*ret = x;
	x = NULL;
	return 0;
}

void xausl_freep(struct xausl **xp)
{
	struct xausl *x = xp ? *xp : NULL;

	if (!x)
		return;
	for (size_t i = 0; x->releases && i < x->n; i++) {
		xausl_module_clear(&x->releases[i]);
		xausl_package_freep(&x->releases[i].imported);
	}
	free(x->releases);
	xausl_csv_freep(&x->calendar);
	xausl_csv_freep(&x->transitions);
	free(x);
	*xp = NULL;
}

size_t xausl_release_count(const struct xausl *x)
{
	return x->n;
}

const struct xausl_release *xausl_release_get(const struct xausl *x, size_t i)
{
	return i < x->n ? &x->releases[i] : NULL;
}

const struct xausl_release *xausl_release_find(const struct xausl *x, const char *version)
{
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->releases[i].version, version))
			return &x->releases[i];
	return NULL;
}

const struct xausl_release *xausl_release_by_namespace(const struct xausl *x, const char *ns)
{
	for (size_t i = 0; i < x->n; i++)
		if (ns[0] && !strcmp(x->releases[i].ns, ns))
			return &x->releases[i];
	return NULL;
}

const struct xausl_release *xausl_release_at(const struct xausl *x, int64_t now_ms)
{
	const struct xausl_release *in_force = NULL;

	for (size_t i = 0; i < x->n; i++)
		if (x->releases[i].effective[0] && x->releases[i].effective_ms <= now_ms)
			in_force = &x->releases[i];
	return in_force && !strcmp(in_force->certainty, "confirmed") ? in_force : NULL;
}

const char *xausl_release_version(const struct xausl_release *r)
{
	return r->version;
}

const char *xausl_release_namespace(const struct xausl_release *r)
{
	return r->ns;
}

const char *xausl_release_effective(const struct xausl_release *r)
{
	return r->effective;
}

const char *xausl_release_certainty(const struct xausl_release *r)
{
	return r->certainty;
}

bool xausl_release_has_module(const struct xausl_release *r)
{
	return r->schema != NULL;
}

const struct xausl *xausl_release_owner(const struct xausl_release *r)
{
	return r->owner;
}

const struct xausl_map *xausl_release_map(const struct xausl_release *r)
{
	return r->map;
}
