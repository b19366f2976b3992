/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields - the flat list of fields of a message, made from its blocks when the table is loaded
 *
 * Used to find unknown fields in what an office sends and to print the tables of the manual.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/table.h"
#include "base/buf.h"

struct walk {
	struct xausl_map *m;
	struct map_message *msg;
};

struct level {
	const char *scope; /* JSON, "" = root */
	const char *path;  /* XML below the root */
	const char *when;  /* why a required field of this level may be left out; NULL = it may not */
};

/* "SCOPE.FIELD" with the parts that are there. */
static const char *joined(struct xausl_map *m, const char *a, const char *sep, const char *b)
{
	char text[MAP_PATH_MAX];
	int n = snprintf(text, sizeof(text), "%s%s%s", a, *a && *b ? sep : "", b);

	return n < 0 || (size_t)n >= sizeof(text) ? NULL : map_keep(m, text, (size_t)n);
}

static const char *type_name(struct xausl_map *m, const struct map_row *row)
{
	static const char *const names[] = {
		[MAP_TEXT] = "text", [MAP_DATE] = "date", [MAP_MONTH] = "month", [MAP_YEAR] = "year",
		[MAP_BOOL] = "bool", [MAP_TRUE] = "true", [MAP_NULL] = "null", [MAP_INT] = "int",
		[MAP_UUID] = "uuid", [MAP_TIME] = "time", [MAP_WORD] = "word", [MAP_PAIR] = "text",
		[MAP_FREE_CODE] = "code", [MAP_OCTETS] = "base64",
		[MAP_DERIVED] = "word",
	};
	char text[MAP_FIELD_MAX];

	if (row->type == MAP_BLOCK)
		return row->block->name;
	if (row->type != MAP_CODE)
		return names[row->type];
	snprintf(text, sizeof(text), "code(%s)", row->code_list);
	return map_keep(m, text, strlen(text));
}

static int add(struct walk *w, const char *name, const char *path, const char *type, const char *when,
	       const struct map_row *row)
{
	struct map_message *msg = w->msg;
	struct map_field *f;
	size_t i;

	if (!name || !path || !type || !when)
		return -ENOMEM;
	for (i = 0; i < msg->n_fields; i++)
		if (strcmp(msg->fields[i].name, name) == 0)
			return 0;
	if (msg->n_fields == MAP_FIELDS_MAX)
		return OSCI_E_CONFIG;
	f = realloc(msg->fields, (msg->n_fields + 1) * sizeof(*f));
	if (!f)
		return -ENOMEM;
	msg->fields = f;
	f = &msg->fields[msg->n_fields];
	memset(f, 0, sizeof(*f));
	f->name = strdup(name);
	f->path = strdup(path);
	f->when = strdup(when);
	f->type = type;
	f->row = row;
	msg->n_fields++;
	return f->name && f->path && f->when ? 0 : -ENOMEM;
}

static const char *when_of(struct xausl_map *m, const struct map_row *row, const struct level *l)
{
	char text[64];

	if (row->branch)
		return "one of";
	if (row->min == 0 || row->always)
		return "no";
	if (row->type == MAP_DERIVED)
		return "no";
	if (!row->list || l->when)
		return l->when ? l->when : "yes";
	if (row->max == MAP_LIST_MAX)
		return "1 or more";
	snprintf(text, sizeof(text), "1 to %u", row->max);
	return map_keep(m, text, strlen(text));
}

static int walk_block(struct walk *w, const struct map_block *block, const struct level *l);

static int walk_scalar(struct walk *w, const struct map_row *row, const char *name, const char *path, const char *when)
{
	const struct map_row *only = NULL;
	char text[MAP_PATH_MAX];
	size_t i, n = 0, len;

	len = (size_t)snprintf(text, sizeof(text), "%s/", path);
	for (i = 0; i < row->block->n_rows; i++) {
		const struct map_row *r = &row->block->rows[i];

		if (r->type == MAP_IGNORED)
			continue;
		if (len < sizeof(text))
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s", n ? "|" : "", r->element);
		only = r;
		n++;
	}
	if (len >= sizeof(text))
		return OSCI_E_CONFIG;
	return add(w, name, map_keep(w->m, text, len), type_name(w->m, n == 1 ? only : row), when, n == 1 ? only : row);
}

static int walk_row(struct walk *w, const struct map_row *row, const struct level *l)
{
	const char *path = joined(w->m, l->path, "/", row->element);
	const char *name = joined(w->m, l->scope, ".", row->scalar ? "" : row->field);
	const char *scope = l->scope, *when = when_of(w->m, row, l), *inner, *others[3];
	char text[MAP_FIELD_MAX];
	int r = 0;

	if (!path || !name || !when)
		return -ENOMEM;
	if (row->list) {
		name = scope = joined(w->m, name, "", "[]");
		if (name && *row->rest)
			name = joined(w->m, name, ".", row->rest);
	}
	if (row->when_field)
		r = add(w, joined(w->m, l->scope, ".", row->when_field), path, "word", l->when ? l->when : "yes", row);
	if (r || (!*row->field && row->type != MAP_BLOCK) || row->type == MAP_CONST || row->type == MAP_IGNORED)
		return r;
	if (row->type == MAP_BLOCK) {
		struct level next = { name, path, l->when };

		if (row->block->scalar && *row->field)
			return walk_scalar(w, row, name, path, when);
		if (row->branch && row->when_field)
			snprintf(text, sizeof(text), "with %s %s", row->when_field, row->when_value);
		else
			snprintf(text, sizeof(text), "with %s", row->field);
		inner = *row->field ? text : "no";
		if (row->min == 0 || row->always || row->branch || (row->list && row->min == 0))
			next.when = inner;
		return walk_block(w, row->block, &next);
	}
	r = add(w, name, *row->element ? path : "", type_name(w->m, row), when, row);
	others[0] = row->uri;
	others[1] = row->version;
	others[2] = row->name;
	for (size_t i = 0; !r && i < 3; i++)
		if (others[i])
			r = add(w, joined(w->m, row->list ? scope : l->scope, ".", others[i]), path, "text", "no", row);
	return r;
}

static int walk_block(struct walk *w, const struct map_block *block, const struct level *l)
{
	size_t i, k, n;
	int r;

	for (i = 0; i < block->n_rows; i++) {
		const struct map_row *row = &block->rows[i];

		if (row->frame)
			continue;
		if (row->type == MAP_ANY) {
			for (k = 0; k < w->msg->n_fields; k++)
				for (n = 0; n < row->n_words; n++)
					if (strcmp(row->words[n].name, w->msg->fields[k].name) == 0) {
						free(w->msg->fields[k].when);
						w->msg->fields[k].when = strdup("one of");
						if (!w->msg->fields[k].when)
							return -ENOMEM;
					}
			continue;
		}
		r = walk_row(w, row, l);
		if (r)
			return r;
	}
	return 0;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int map_fields_make(struct xausl_map *m, struct map_message *msg, struct osci_err *err)
{
	struct walk w = { m, msg };
	struct level l = { "", "", NULL };
	size_t i;
	int r = walk_block(&w, msg->block, &l);

	if (r == OSCI_E_CONFIG)
		return xausl_csv_fail(m->csv_blocks, NULL, err, "too many fields in one message, or a path too long");
	if (r)
		return r;
	msg->known = calloc(msg->n_fields + 1, sizeof(*msg->known));
	if (!msg->known)
		return -ENOMEM;
	for (i = 0; i < msg->n_fields; i++)
		msg->known[i] = msg->fields[i].name;
	msg->n_known = msg->n_fields;
	qsort(msg->known, msg->n_known, sizeof(*msg->known), name_cmp);
	return 0;
}

void map_fields_free(struct map_message *msg)
{
	size_t i;

	for (i = 0; i < msg->n_fields; i++) {
		free(msg->fields[i].name);
		free(msg->fields[i].path);
		free(msg->fields[i].when);
	}
	free(msg->fields);
	free(msg->known);
}

/* Place of the first known name that is not before @name. */
static size_t lower_bound(const struct map_message *msg, const char *name)
{
	size_t lo = 0, hi = msg->n_known;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(msg->known[mid], name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool map_field_known(const struct map_message *msg, const char *name)
{
	size_t i = lower_bound(msg, name);

	return i < msg->n_known && strcmp(msg->known[i], name) == 0;
}

bool map_field_begins(const struct map_message *msg, const char *beginning)
{
	size_t i = lower_bound(msg, beginning);

	return i < msg->n_known && strncmp(msg->known[i], beginning, strlen(beginning)) == 0;
}
