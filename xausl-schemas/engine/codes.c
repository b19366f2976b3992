/* SPDX-License-Identifier: Apache-2.0 */
/*
 * codes - code lists of a release: a file per list, rows sorted and hashed for look-up
 *
 * Rows whose first field begins with '@' describe the list; the others are code;name and further columns.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xausl/codes.h>

#include "base/text.h"
#include "engine/release.h"
#include "map/map.h"

/* Columns that give the validity of each code. */
#define COLUMN_FROM  "valid-from"
#define COLUMN_UNTIL "valid-until"

static int by_code(const void *a, const void *b)
{
	const struct xausl_csv_row *const *x = a, *const *y = b;

	return strcmp((*x)->field[0], (*y)->field[0]);
}

static size_t hash(const char *code)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (; *code; code++)
		h = (h ^ (unsigned char)*code) * 16777619u;
	return h;
}

static bool index_codes(struct xausl_list *l)
{
	size_t n = 16;

	while (n < 2 * l->n_codes)
		n *= 2;
	l->slots = calloc(n, sizeof(l->slots[0]));
	if (!l->slots)
		return false;
	l->n_slots = n;
	for (size_t i = 0; i < l->n_codes; i++) {
		size_t at = hash(l->codes[i]->field[0]) & (n - 1);

		while (l->slots[at])
			at = (at + 1) & (n - 1);
		l->slots[at] = (uint32_t)i + 1;
	}
	return true;
}

/* "2026-11-01" */
static bool day_ok(const char *s)
{
	uint64_t y, m, d;

	return strlen(s) == 10 && s[4] == '-' && s[7] == '-' && !osci_parse_u64(s, 4, 9999, &y) &&
	       !osci_parse_u64(s + 5, 2, 12, &m) && !osci_parse_u64(s + 8, 2, 31, &d) &&
	       osci_date_valid((int)y, (int)m, (int)d);
}

static int describe(struct xausl_list *l, const struct xausl_csv_row *row, struct osci_err *err)
{
	const char *kind = row->field[0];

	if (!strcmp(kind, "@list") && row->n == 3 && !l->name && row->field[1][0] && row->field[2][0]) {
		l->name = row->field[1];
		l->uri = row->field[2];
	} else if (!strcmp(kind, "@version") && row->n >= 2 && !l->versions && row->field[1][0]) {
		l->versions = row;
	} else if (!strcmp(kind, "@columns") && row->n >= 2 && !l->columns) {
		l->columns = row;
	} else if (!strcmp(kind, "@incomplete") && row->n == 1) {
		l->incomplete = true;
	} else if (!strcmp(kind, "@valid-from") && row->n == 2 && !*l->valid_from && day_ok(row->field[1])) {
		l->valid_from = row->field[1];
	} else if (!strcmp(kind, "@valid-until") && row->n == 2 && !*l->valid_until && day_ok(row->field[1])) {
		l->valid_until = row->field[1];
	} else {
		return xausl_csv_fail(l->table, row, err, "unknown, repeated or short description of the list");
	}
	return 0;
}

static bool days_ok(const struct xausl_list *l, const struct xausl_csv_row *row)
{
	const char *from = xausl_list_column(l, row, COLUMN_FROM), *until = xausl_list_column(l, row, COLUMN_UNTIL);

	return (!from || !*from || day_ok(from)) && (!until || !*until || day_ok(until));
}

int xausl_list_load(struct xausl_list *l, const struct xausl_release *release, const char *file, struct osci_err *err)
{
	char path[300];
	size_t fields;
	int r;

	*l = (struct xausl_list){ .valid_from = "", .valid_until = "" };
	snprintf(path, sizeof(path), "codelists/%s", file);
	r = xausl_release_table(&l->table, release, path, err);
	if (r)
		return r;
	l->codes = calloc(l->table->n_rows + 1, sizeof(const struct xausl_csv_row *));
	if (!l->codes)
		return osci_fail(err, -ENOMEM, NULL, l->table->name, "out of memory");
	for (size_t i = 0; i < l->table->n_rows; i++) {
		const struct xausl_csv_row *row = &l->table->rows[i];

		if (row->field[0][0] != '@') {
			l->codes[l->n_codes++] = row;
			continue;
		}
		r = describe(l, row, err);
		if (r)
			return r;
	}
	if (!l->name || !l->versions || !l->n_codes)
		return xausl_csv_fail(l->table, NULL, err, "rows @list and @version and at least one code expected");
	l->uri_len = strlen(l->uri);
	fields = 2 + (l->columns ? l->columns->n - 1 : 0);
	qsort(l->codes, l->n_codes, sizeof(l->codes[0]), by_code);
	for (size_t i = 0; i < l->n_codes; i++) {
		if (!l->codes[i]->field[0][0] || l->codes[i]->n < 2 || l->codes[i]->n > fields)
			return xausl_csv_fail(l->table, l->codes[i], err, "code;name and the announced columns expected");
		if (i && !strcmp(l->codes[i - 1]->field[0], l->codes[i]->field[0]))
			return xausl_csv_fail(l->table, l->codes[i], err, "code twice");
		if (!days_ok(l, l->codes[i]))
			return xausl_csv_fail(l->table, l->codes[i], err, "no day: 2026-11-01");
	}
	return index_codes(l) ? 0 : osci_fail(err, -ENOMEM, NULL, l->table->name, "out of memory");
}

void xausl_list_clear(struct xausl_list *l)
{
	free(l->codes);
	free(l->slots);
	xausl_csv_freep(&l->table);
}

const struct xausl_list *xausl_list_find(const struct xausl_release *r, const char *list)
{
	for (size_t i = 0; i < r->n_lists; i++)
		if (!strcmp(r->lists[i].uri, list) || !strcmp(r->lists[i].name, list))
			return &r->lists[i];
	return NULL;
}

const struct xausl_list *xausl_list_by_uri(const struct xausl_release *r, const char *uri, size_t len)
{
	for (size_t i = 0; i < r->n_lists; i++)
		if (r->lists[i].uri_len == len && !memcmp(r->lists[i].uri, uri, len))
			return &r->lists[i];
	return NULL;
}

const struct xausl_list *xausl_list_edition(const struct xausl_list *l, const char *version)
{
	while (l && strcmp(l->versions->field[1], version) != 0)
		l = l->next;
	return l;
}

const struct xausl_csv_row *xausl_list_code(const struct xausl_list *l, const char *code)
{
	size_t at = hash(code);

	for (; l->n_slots; at++) {
		uint32_t place = l->slots[at & (l->n_slots - 1)];

		if (!place || !strcmp(l->codes[place - 1]->field[0], code))
			return place ? l->codes[place - 1] : NULL;
	}
	return NULL;
}

const char *xausl_code_name(const struct xausl_release *r, const char *list, const char *code)
{
	const struct xausl_list *l = xausl_list_find(r, list);
	const struct xausl_csv_row *row = l ? xausl_list_code(l, code) : NULL;

	return row ? row->field[1] : NULL;
}

const char *xausl_code_name_in(const struct xausl_release *r, const char *list, const char *version, const char *code)
{
	const struct xausl_list *l = xausl_list_find(r, list), *edition = l && version ? xausl_list_edition(l, version) : NULL;
	const struct xausl_csv_row *row = l ? xausl_list_code(edition ? edition : l, code) : NULL;

	return row ? row->field[1] : NULL;
}

const char *xausl_list_uri(const struct xausl_release *r, const char *list)
{
	const struct xausl_list *l = xausl_list_find(r, list);

	return l ? l->uri : NULL;
}

const char *xausl_list_version(const struct xausl_release *r, const char *list)
{
	const struct xausl_list *l = xausl_list_find(r, list);

	return l ? l->versions->field[1] : NULL;
}

const char *xausl_list_column(const struct xausl_list *l, const struct xausl_csv_row *row, const char *column)
{
	for (unsigned i = 1; l->columns && i < l->columns->n; i++)
		if (!strcmp(l->columns->field[i], column))
			return xausl_csv_field(row, i + 1);
	return NULL;
}

const char *xausl_code_column(const struct xausl_release *r, const char *list, const char *code, const char *column)
{
	const struct xausl_list *l = xausl_list_find(r, list);
	const struct xausl_csv_row *row = l ? xausl_list_code(l, code) : NULL;

	return row ? xausl_list_column(l, row, column) : NULL;
}

/* --- the public view -------------------------------------------------- */

bool xausl_code_list_get(const struct xausl_release *r, size_t i, struct xausl_code_list *ret)
{
	const struct xausl_list *l = i < r->n_lists ? &r->lists[i] : NULL;

	if (!l)
		return false;
	*ret = (struct xausl_code_list){ .name = l->name, .uri = l->uri, .version = l->versions->field[1],
					 .valid_from = l->valid_from, .valid_until = l->valid_until, .current = !l->other,
					 .complete = !l->incomplete, .n_codes = l->n_codes };
	return true;
}

void xausl_code_days(const struct xausl_list *l, const struct xausl_csv_row *row, struct xausl_code *ret)
{
	const char *from = xausl_list_column(l, row, COLUMN_FROM), *until = xausl_list_column(l, row, COLUMN_UNTIL);

	*ret = (struct xausl_code){ .code = row->field[0], .name = row->field[1],
				    .valid_from = from && *from ? from : l->valid_from,
				    .valid_until = until && *until ? until : l->valid_until };
}

bool xausl_code_get(const struct xausl_release *r, size_t i, size_t k, struct xausl_code *ret)
{
	const struct xausl_list *l = i < r->n_lists && k < r->lists[i].n_codes ? &r->lists[i] : NULL;
	if (l)
		xausl_code_days(l, l->codes[k], ret);
	return l != NULL;
}

bool xausl_code_column_get(const struct xausl_release *r, size_t i, size_t k, size_t column, const char **name,
			   const char **value)
{
	const struct xausl_list *l = i < r->n_lists && k < r->lists[i].n_codes ? &r->lists[i] : NULL;

	if (!l || !l->columns || column + 1 >= l->columns->n)
		return false;
	*name = l->columns->field[column + 1];
	*value = xausl_csv_field(l->codes[k], (unsigned)column + 2);
	return true;
}

bool xausl_code_valid_on(const char *valid_from, const char *valid_until, const char *day)
{
	return (!*valid_from || strcmp(valid_from, day) <= 0) && (!*valid_until || strcmp(day, valid_until) <= 0);
}
