/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup - the fields of a message, and whether a value is one a field can have
 */
#include <string.h>

#include "map/table.h"

static const struct map_field *find(const struct xausl_release *r, const char *number, const char *name)
{
	const struct xausl_map *m = xausl_release_map(r);
	const struct map_message *msg = m ? map_message_find(m, number) : NULL;

	for (size_t i = 0; msg && i < msg->n_fields; i++)
		if (strcmp(msg->fields[i].name, name) == 0)
			return &msg->fields[i];
	return NULL;
}

static void show(struct xausl_field *ret, const struct map_field *f)
{
	*ret = (struct xausl_field){f->name, f->type, f->when, f->path};
}

bool xausl_field_get(const struct xausl_release *r, const char *number, size_t i, struct xausl_field *ret)
{
	const struct xausl_map *m = xausl_release_map(r);
	const struct map_message *msg = m ? map_message_find(m, number) : NULL;

	if (!msg || i >= msg->n_fields)
		return false;
	show(ret, &msg->fields[i]);
	return true;
}

bool xausl_field_find(const struct xausl_release *r, const char *number, const char *name,
		      struct xausl_field *ret)
{
	const struct map_field *f = find(r, number, name);

	if (f)
		show(ret, f);
	return f;
}

static enum map_fault row_check(const struct xausl_map *m, const struct xausl_release *r,
				const struct map_row *row, const json_t *v)
{
	switch (row->type) {
	case MAP_BOOL:
		return json_is_boolean(v) ? MAP_FINE : MAP_INVALID;
	case MAP_TRUE:
	case MAP_MARK:
		return json_is_true(v) ? MAP_FINE : MAP_INVALID;
	case MAP_NULL:
		return json_is_null(v) ? MAP_FINE : MAP_INVALID;
	case MAP_INT:
		return json_is_integer(v) && (!row->has_min || json_integer_value(v) >= row->min_value)
			   ? MAP_FINE
			   : MAP_INVALID;
	default:
		break;
	}
	if (!json_is_string(v))
		return MAP_INVALID;
	if (row->type == MAP_FREE_CODE)
		return *json_string_value(v) ? MAP_FINE : MAP_INVALID;
	if (row->type == MAP_DERIVED) {
		for (size_t i = 0; i < row->n_words; i++)
			if (strcmp(row->words[i].name, json_string_value(v)) == 0)
				return MAP_FINE;
		return MAP_UNKNOWN_CODE;
	}
	return map_text_check(m, r, row, json_string_value(v), json_string_length(v), false);
}

/* A word that names the branch of a choice the row begins. */
static bool branch_ok(const struct xausl_map *m, const struct map_row *row, const char *word)
{
	for (size_t i = 0; i < m->n_blocks; i++)
		for (size_t k = 0; m->blocks[i].rows == row && k < m->blocks[i].n_rows; k++)
			if (strcmp(m->blocks[i].rows[k].when_value, word) == 0)
				return true;
	return false;
}

static enum map_fault field_check(const struct xausl_map *m, const struct xausl_release *r,
				  const struct map_field *f, const json_t *v)
{
	const struct map_row *row = f->row;

	if (row->when_field && strcmp(f->type, "word") == 0) {
		if (!json_is_string(v))
			return MAP_INVALID;
		return branch_ok(m, row, json_string_value(v)) ? MAP_FINE : MAP_UNKNOWN_CODE;
	}
	/* The name, list or version of a code has the row of the code. */
	if (strcmp(f->type, "text") == 0 && (row->type == MAP_CODE || row->type == MAP_FREE_CODE))
		return json_is_string(v) && map_name_ok(json_string_value(v), json_string_length(v))
			   ? MAP_FINE
			   : MAP_INVALID;
	if (row->type != MAP_BLOCK)
		return row_check(m, r, row, v);
	for (size_t i = 0; row->block->scalar && i < row->block->n_rows; i++)
		if (row->block->rows[i].type != MAP_IGNORED &&
		    row_check(m, r, &row->block->rows[i], v) == MAP_FINE)
			return MAP_FINE;
	return MAP_INVALID;
}

int xausl_field_check(const struct xausl_release *r, const char *number, const char *name,
		      const json_t *value, const char **code, const char **expected)
{
	const struct map_field *f = find(r, number, name);
	const struct map_row *row;

	*code = *expected = NULL;
	if (!f)
		return OSCI_E_EMPTY;
	switch (field_check(xausl_release_map(r), r, f, value)) {
	case MAP_FINE:
		return 0;
	case MAP_UNKNOWN_CODE:
		*code = "unknown_code";
		break;
	case MAP_NOT_ALLOWED:
		*code = "code_not_allowed";
		break;
	default:
		*code = "invalid";
	}
	row = f->row->type == MAP_BLOCK && f->row->block->scalar ? &f->row->block->rows[0] : f->row;
	*expected = map_expected(row);
	return OSCI_E_MALFORMED;
}
