/* SPDX-License-Identifier: Apache-2.0 */
/*
 * requirements - the list of what must be shown, and which cases of a run show it
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "report/requirements.h"

#define GROUPS "flow|rule|reason|note|identity|information|limit|data|check|release|reliability|fault|security|load|partner"

static const struct conf_item items[] = {
	{ "format", CONF_INT, CONF_REQUIRED, 1, 1, NULL, NULL, "Form of the list." },
	{ "sources[].name", CONF_TEXT, CONF_REQUIRED, 1, 40, NULL, NULL, "Name that requirements refer to." },
	{ "sources[].what", CONF_TEXT, CONF_REQUIRED, 1, 79, NULL, NULL, "What it is, in a few words." },
	{ "requirements[].id", CONF_TEXT, CONF_REQUIRED, 1, 64, NULL, NULL, "Name that cases refer to." },
	{ "requirements[].what", CONF_TEXT, CONF_REQUIRED, 1, 400, NULL, NULL, "What must hold, one sentence." },
	{ "requirements[].group", CONF_ENUM, CONF_REQUIRED, 0, 0, NULL, GROUPS, "Kind of requirement." },
	{ "requirements[].source", CONF_TEXT, CONF_REQUIRED, 1, 120, NULL, NULL, "Where it comes from: one of sources[]." },
	{ "requirements[].section", CONF_TEXT, CONF_REQUIRED, 1, 120, NULL, NULL, "Place in the source." },
	{ NULL },
};

static void conf_free(struct conf **c)
{
	conf_freep(c);
}

static char *value(const struct conf *c, size_t i, const char *key, char b[512])
{
	snprintf(b, 512, "%s", conf_textf(c, "requirements[%zu].%s", i, key));
	return b;
}

/* "FACTS" becomes "FACTS (messages of the release)"; false: the list of sources does not have it. */
static bool explain(const struct conf *c, char source[512])
{
	size_t n = conf_count(c, "sources");

	for (size_t i = 0; i < n; i++)
		if (!strcmp(conf_textf(c, "sources[%zu].name", i), source)) {
			size_t len = strlen(source);

			snprintf(source + len, 512 - len, " (%s)", conf_textf(c, "sources[%zu].what", i));
			return true;
		}
	return !n;
}

static int wrong(const struct conf *c, size_t i, const char *key, const char *what, struct osci_err *err)
{
	char at[64], place[256];

	snprintf(at, sizeof(at), "requirements[%zu].%s", i, key);
	conf_place(c, at, place, sizeof(place));
	return osci_fail(err, OSCI_E_CONFIG, NULL, place, "%s", what);
}

static bool twice(const struct cf_result *r, const char *id)
{
	for (size_t i = 0; i < r->n_requirements; i++)
		if (!strcmp(r->requirements[i].id, id))
			return true;
	return false;
}

int cf_requirements_load(struct cf_result *r, const char *path, struct osci_err *err)
{
	_cleanup_(conf_free) struct conf *c = NULL;
	char id[512], what[512], source[512], section[512], group[512];
	int rc = conf_read(&c, items, path, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < conf_count(c, "requirements"); i++) {
		struct cf_result_requirement q = {
			.id = value(c, i, "id", id), .what = value(c, i, "what", what), .source = value(c, i, "source", source),
			.section = value(c, i, "section", section), .group = value(c, i, "group", group),
		};

		if (twice(r, q.id))
			return wrong(c, i, "id", "a requirement of this id is in the list already", err);
		if (!explain(c, source))
			return wrong(c, i, "source", "this source is not in the list of sources", err);
		rc = cf_result_add_requirement(r, &q);
		if (rc)
			return rc;
	}
	return 0;
}

/* --- matrix ---------------------------------------------------------------- */

static struct cf_matrix_row *row_of(struct cf_matrix *m, const char *id)
{
	for (size_t i = 0; i < m->n_rows; i++)
		if (!strcmp(m->rows[i].id, id))
			return &m->rows[i];
	return NULL;
}

static int add_case(struct cf_matrix_row *row, const struct cf_result_case *c)
{
	if (!(row->n_cases & (row->n_cases - 1))) {
		const struct cf_result_case **more = reallocarray(row->cases, row->n_cases ? 2 * row->n_cases : 1,
								  sizeof(const struct cf_result_case *));

		if (!more)
			return -ENOMEM;
		row->cases = more;
	}
	row->cases[row->n_cases++] = c;
	row->counts.total++;
	row->counts.pass += c->verdict == CF_PASS;
	row->counts.fail += c->verdict == CF_FAIL;
	row->counts.skipped += c->verdict == CF_SKIPPED;
	row->counts.setup_error += c->verdict == CF_SETUP_ERROR;
	return 0;
}

int cf_matrix_make(struct cf_matrix *ret, const struct cf_result *r)
{
	struct cf_matrix m = { .rows = calloc(r->n_requirements + r->n_cases + 1, sizeof(struct cf_matrix_row)) };

	memset(ret, 0, sizeof(*ret));
	if (!m.rows)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_requirements; i++) {
		m.rows[m.n_rows].requirement = &r->requirements[i];
		m.rows[m.n_rows++].id = r->requirements[i].id ? r->requirements[i].id : "";
	}
	for (size_t i = 0; i < r->n_cases; i++) {
		const struct cf_result_case *c = r->cases[i];
		struct cf_matrix_row *row;

		if (!c || !c->requirement)
			continue;
		row = row_of(&m, c->requirement);
		if (!row) {
			row = &m.rows[m.n_rows++];
			row->id = c->requirement;
		}
		if (add_case(row, c)) {
			cf_matrix_clear(&m);
			return -ENOMEM;
		}
	}
	for (size_t i = 0; i < m.n_rows; i++)
		m.covers[cf_matrix_cover(&m.rows[i])]++;
	*ret = m;
	return 0;
}

void cf_matrix_clear(struct cf_matrix *m)
{
	for (size_t i = 0; i < m->n_rows; i++)
		free(m->rows[i].cases);
	free(m->rows);
	memset(m, 0, sizeof(*m));
}

enum cf_cover cf_matrix_cover(const struct cf_matrix_row *row)
{
	if (!row->requirement)
		return CF_COVER_UNKNOWN;
	if (!row->n_cases)
		return CF_COVER_NO_CASE;
	if (row->counts.fail)
		return CF_COVER_FAILED;
	return row->counts.pass && !row->counts.setup_error ? CF_COVER_SHOWN : CF_COVER_NOT_SHOWN;
}

const char *cf_cover_text(enum cf_cover c)
{
	static const char *const texts[] = { "shown", "failed", "not shown", "no case", "unknown requirement" };

	return texts[c];
}

const char *cf_matrix_words(const struct cf_matrix *m, char b[200])
{
	const size_t *n = m->covers;
	int len = snprintf(b, 200, "%zu requirements: %zu shown, %zu failed, %zu not shown, %zu without a case",
			   m->n_rows - n[CF_COVER_UNKNOWN], n[CF_COVER_SHOWN], n[CF_COVER_FAILED], n[CF_COVER_NOT_SHOWN],
			   n[CF_COVER_NO_CASE]);

	if (n[CF_COVER_UNKNOWN])
		snprintf(b + len, 200 - (size_t)len, "; named by cases, but not in the list: %zu", n[CF_COVER_UNKNOWN]);
	return b;
}
