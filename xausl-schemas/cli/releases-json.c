/* SPDX-License-Identifier: Apache-2.0 */
/*
 * releases-json - the calendar as one JSON object, for other programs
 *
 * Moments have a zone; what is not known is null.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/text.h"
#include "cli/releases.h"
#include "engine/release.h"

/* null for 0 */
static json_t *moment(int64_t ms)
{
	char text[32];

	if (!ms)
		return json_null();
	osci_format_datetime_berlin(text, sizeof(text), ms);
	return json_string(text);
}

static json_t *or_null(const char *s)
{
	return s && s[0] ? json_string(s) : json_null();
}

static json_t *version_of(const struct xausl_release *r)
{
	return r ? json_string(xausl_release_version(r)) : json_null();
}

/* The official package beside the release. */
static json_t *imported(const struct xausl_release *r)
{
	const struct xausl_package *p = xausl_release_package(r);
	struct xausl_package_info info;

	if (!p)
		return json_null();
	xausl_package_info(p, &info);
	return json_pack("{s:s, s:s, s:s, s:s, s:i}", "source", info.source, "sha256", info.sha256, "publisher",
			 info.publisher, "imported", info.imported, "messages", (int)info.messages);
}

static json_t *release(const struct xausl_release *r)
{
	json_t *window = json_null();
	struct xausl_window w;

	if (xausl_release_window(r, &w))
		window = json_pack("{s:o, s:o, s:o, s:o, s:s, s:s}", "in_force", moment(w.in_force_ms), "send_from",
				   moment(w.send_from_ms), "send_until", moment(w.send_until_ms), "accept_until",
				   moment(w.accept_until_ms), "rule_certainty", w.certainty, "rule_source", w.source);
	return json_pack("{s:s, s:o, s:o, s:s, s:s, s:o, s:o, s:o}", "version", xausl_release_version(r), "namespace",
			 or_null(xausl_release_namespace(r)), "effective", or_null(xausl_release_effective(r)), "certainty",
			 xausl_release_certainty(r), "source", xausl_release_source(r), "module",
			 xausl_release_has_module(r) ? json_string(r->module) : json_null(), "imported", imported(r),
			 "window", window);
}

static json_t *partner(const struct xausl_look *k, const struct xausl_partner *p)
{
	json_t *announced = json_array();
	const struct xausl_release *r;
	enum xausl_send_reason why;

	for (size_t i = 0; i < p->n_announced; i++)
		json_array_append_new(announced, json_pack("{s:s, s:o, s:o}", "version", p->announced[i].version, "from",
							   moment(p->announced[i].from_ms), "until",
							   moment(p->announced[i].until_ms)));
	r = xausl_release_to_send(k->x, p->announced, p->n_announced, k->now, &why);
	return json_pack("{s:s, s:o, s:s, s:o, s:o}", "partner", p->name, "send", version_of(r), "reason",
			 xausl_send_reason_text(why), "changes",
			 moment(xausl_send_changes(k->x, p->announced, p->n_announced, k->now)), "announced", announced);
}

static json_t *finding(const struct xausl_calendar_finding *f)
{
	return json_pack("{s:s, s:o, s:s, s:i, s:s}", "id", f->id, "release", or_null(f->release), "table", f->table, "line",
			 (int)f->line, "text", f->text);
}

static json_t *warning(const struct xausl_warning *w)
{
	return json_pack("{s:s, s:o, s:o, s:i, s:s}", "id", w->id, "release", or_null(w->release), "partner",
			 or_null(w->partner), "days", (int)w->days, "text", w->text);
}

int xausl_releases_json(const struct xausl_look *k)
{
	json_t *releases = json_array(), *partners = json_array(), *findings = json_array(), *warnings = json_array();
	_cleanup_(osci_freep) char *text = NULL;
	json_t *all, *change = json_null();
	struct xausl_change next;
	bool ok = true;

	for (size_t i = 0; i < xausl_release_count(k->x); i++)
		ok = !json_array_append_new(releases, release(xausl_release_get(k->x, i))) && ok;
	for (size_t i = 0; i < k->n_partners; i++)
		ok = !json_array_append_new(partners, partner(k, &k->partners[i])) && ok;
	for (size_t i = 0; i < k->n_findings; i++)
		ok = !json_array_append_new(findings, finding(&k->findings[i])) && ok;
	for (size_t i = 0; i < k->n_warnings; i++)
		ok = !json_array_append_new(warnings, warning(&k->warnings[i])) && ok;
	if (xausl_next_change(k->x, k->now, &next))
		change = json_pack("{s:o, s:o, s:s}", "release", version_of(next.release), "at", moment(next.at_ms), "certainty",
				   next.certainty);
	all = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "now", moment(k->now), "in_force",
			version_of(xausl_release_at(k->x, k->now)), "next_change", change, "next_series_day",
			moment(xausl_next_series_day(k->now)), "releases", releases, "partners", partners, "findings", findings,
			"warnings", warnings);
	text = all && ok ? json_dumps(all, JSON_COMPACT) : NULL;
	json_decref(all);
	if (!text)
		return -ENOMEM;
	puts(text);
	return 0;
}
