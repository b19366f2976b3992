/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write - walks the rows of a message over neutral JSON, checks each value, appends the XML
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/build.h"

/* --- elements --------------------------------------------------------- */

static void end_start_tag(struct map_build *b)
{
	if (b->open)
		osci_buf_addc(&b->out, '>');
	b->open = false;
}

static void start(struct map_build *b, bool qualified, const char *element)
{
	end_start_tag(b);
	osci_buf_addc(&b->out, '<');
	if (qualified)
		osci_buf_addf(&b->out, "%s:", b->msg->prefix);
	osci_buf_adds(&b->out, element);
	b->open = true;
}

static void end(struct map_build *b, bool qualified, const char *element)
{
	if (b->open) {
		osci_buf_adds(&b->out, "/>");
		b->open = false;
		return;
	}
	osci_buf_adds(&b->out, "</");
	if (qualified)
		osci_buf_addf(&b->out, "%s:", b->msg->prefix);
	osci_buf_adds(&b->out, element);
	osci_buf_addc(&b->out, '>');
}

static void text(struct map_build *b, const char *s)
{
	if (!*s)
		return;
	end_start_tag(b);
	osci_buf_add_xml_text(&b->out, s, strlen(s));
}

static void attribute(struct map_build *b, const char *name, const char *s)
{
	osci_buf_addf(&b->out, " %s=\"", name);
	osci_buf_add_xml_attr(&b->out, s, strlen(s));
	osci_buf_addc(&b->out, '"');
}

static void keep_place(struct map_build *b, const char *field)
{
	struct map_place *p = b->places;

	if (b->n_places == b->room_places) {
		p = realloc(p, (2 * b->room_places + 64) * sizeof(*p));
		if (!p) {
			b->fatal = -ENOMEM;
			return;
		}
		b->places = p;
		b->room_places = 2 * b->room_places + 64;
	}
	p = &b->places[b->n_places];
	p->path = strdup(b->path);
	p->field = strdup(field);
	b->n_places++;
	if (!p->path || !p->field)
		b->fatal = -ENOMEM;
}

/* Start tag of a row; @field NULL = none; @index from 0.  Returns the length of the path to go back to. */
static size_t start_row(struct map_build *b, const struct map_row *row, const char *field, size_t index)
{
	size_t before = b->path_len, left = sizeof(b->path) - b->path_len;
	int n;

	if (index)
		n = snprintf(b->path + before, left, "/%s[%zu]", row->element, index + 1);
	else
		n = snprintf(b->path + before, left, "/%s", row->element);
	b->path_len = n < 0 || (size_t)n >= left ? sizeof(b->path) - 1 : before + (size_t)n;
	if (field)
		keep_place(b, field);
	start(b, row->qualified, row->element);
	return before;
}

static void end_row(struct map_build *b, const struct map_row *row, size_t before)
{
	b->path_len = before;
	b->path[before] = 0;
	end(b, row->qualified, row->element);
}

/* --- fields ----------------------------------------------------------- */

/*
 * Value of a dotted field below the scope of the row, NULL if it is not there; @name gets its full name.  What
 * should be an object on the way and is none is reported, and *@broken set; @broken NULL = only looking.
 */
static const json_t *get(struct map_build *b, const struct map_scope *scope, bool frame, const char *field,
			 char name[MAP_FIELD_MAX], bool *broken)
{
	const json_t *v = frame ? b->frame : scope->v;
	size_t len = (size_t)snprintf(name, MAP_FIELD_MAX, "%s", frame ? "^" : scope->name);

	while (*field && strcmp(field, ".") != 0) {
		size_t n = strcspn(field, ".");
		bool plain = len == 0 || (len == 1 && *name == '^');

		if (v && !json_is_object(v)) {
			if (broken) {
				map_error(b, name, "invalid", "an object with fields expected");
				*broken = true;
			}
			return NULL;
		}
		len += (size_t)snprintf(name + len, MAP_FIELD_MAX - len, "%s%.*s", plain ? "" : ".", (int)n, field);
		if (len >= MAP_FIELD_MAX)
			len = MAP_FIELD_MAX - 1;
		v = v ? json_object_getn(v, field, n) : NULL;
		field += n + (field[n] == '.');
	}
	return v;
}

static const json_t *peek(struct map_build *b, const struct map_scope *scope, const struct map_row *row,
			  const char *field)
{
	char name[MAP_FIELD_MAX];

	return get(b, scope, row->frame, field, name, NULL);
}

/* Several forms of one value: does this row take it? */
static bool takes(const struct map_row *row, const json_t *v)
{
	size_t len = json_is_string(v) ? json_string_length(v) : 0;

	switch (row->type) {
	case MAP_NULL:
		return json_is_null(v);
	case MAP_DATE:
		return len == 10;
	case MAP_MONTH:
		return len == 7;
	case MAP_YEAR:
		return len == 4;
	default:
		return v && !json_is_null(v);
	}
}

/* Is there anything in the scope that this row would write? */
static bool present(struct map_build *b, const struct map_scope *scope, const struct map_row *row)
{
	const json_t *v;
	size_t i;

	if (row->when_field) {
		v = peek(b, scope, row, row->when_field);
		return json_is_string(v) && strcmp(json_string_value(v), row->when_value) == 0;
	}
	if (row->scalar)
		return takes(row, scope->v);
	if (*row->field)
		return peek(b, scope, row, row->field);
	if (row->type == MAP_BLOCK)
		for (i = 0; i < row->block->n_rows; i++)
			if (present(b, scope, &row->block->rows[i]))
				return true;
	return false;
}

/* --- values ----------------------------------------------------------- */

static void fault(struct map_build *b, const struct map_row *row, const char *name, enum map_fault f)
{
	switch (f) {
	case MAP_FINE:
		return;
	case MAP_EMPTY:
		map_error(b, name, "empty", "the field is required and has no character");
		return;
	case MAP_INVALID:
		map_error(b, name, "invalid", map_expected(row));
		return;
	case MAP_UNKNOWN_CODE:
		map_error(b, name, "unknown_code", row->type == MAP_CODE ? "not in the code list of the release"
									: "not a value the field may have");
		return;
	case MAP_NOT_ALLOWED:
		map_error(b, name, "code_not_allowed", "in the code list, but not for this sender");
		return;
	}
}

/* Text of a string value that fits the row, "" after an error. */
static const char *checked(struct map_build *b, const struct map_row *row, const json_t *v, const char *name)
{
	bool required = row->min > 0 || row->list || row->scalar;
	enum map_fault f = MAP_INVALID;

	if (json_is_string(v))
		f = map_text_check(b->m, b->release, row, json_string_value(v), json_string_length(v), required);
	fault(b, row, name, f);
	return f == MAP_FINE ? json_string_value(v) : "";
}

static void write_code_of(struct map_build *b, const char *uri, const char *version, const char *code, const char *code_name)
{
	if (uri)
		attribute(b, b->m->list_uri, uri);
	if (version)
		attribute(b, b->m->list_version, version);
	start(b, false, b->m->code);
	text(b, code);
	end(b, false, b->m->code);
	if (!code_name)
		return;
	start(b, false, b->m->code_name);
	text(b, code_name);
	end(b, false, b->m->code_name);
}

static void write_code(struct map_build *b, const struct map_row *row, const char *code, const char *code_name)
{
	write_code_of(b, xausl_list_uri(b->release, row->code_list), xausl_list_version(b->release, row->code_list), code,
		      row->bare ? NULL : code_name);
}

/* The name an office gives, or the one of the list @list; one that is not sent has to be the list's. */
static const char *name_for(struct map_build *b, const struct map_row *row, const struct map_scope *scope,
			    const char *list, const char *code)
{
	const char *listed = list ? xausl_code_name(b->release, list, code) : NULL;
	char name[MAP_FIELD_MAX];
	bool broken = false;
	const json_t *v;

	if (row->name) {
		v = get(b, scope, row->frame, row->name, name, &broken);
		if (v && json_is_string(v) && map_name_ok(json_string_value(v), json_string_length(v)) &&
		    (!row->bare || (listed && strcmp(listed, json_string_value(v)) == 0)))
			return json_string_value(v);
		if (v)
			map_error(b, name, "invalid", "the name of the code as text expected");
	}
	return listed;
}

/* Text of a field beside the code; NULL if it is not there, or reported. */
static const char *text_beside(struct map_build *b, const struct map_row *row, const struct map_scope *scope,
			       const char *field, char name[MAP_FIELD_MAX])
{
	bool broken = false;
	const json_t *v = get(b, scope, row->frame, field, name, &broken);

	if (v && json_is_string(v) && map_name_ok(json_string_value(v), json_string_length(v)))
		return json_string_value(v);
	if (v)
		map_error(b, name, "invalid", "a text expected");
	return NULL;
}

/* A token of XML Schema that is not changed by collapsing white space. */
static bool token_ok(const char *s, size_t len)
{
	return map_name_ok(s, len) && *s != ' ' && s[len - 1] != ' ' && !strstr(s, "  ");
}

/* Of a list the office names, or, if it names none, the first list of the row that has the code. */
static void write_free_code(struct map_build *b, const struct map_row *row, const json_t *v, const char *name,
			    const struct map_scope *scope)
{
	char uri_name[MAP_FIELD_MAX], version_name[MAP_FIELD_MAX];
	const char *uri = text_beside(b, row, scope, row->uri, uri_name);
	const char *version = text_beside(b, row, scope, row->version, version_name);
	const char *code = json_string_value(v), *list = NULL;

	if (!code || !token_ok(code, json_string_length(v))) {
		fault(b, row, name, code && !*code ? MAP_EMPTY : MAP_INVALID);
		return;
	}
	if (!uri != !version) {
		map_error(b, uri ? version_name : uri_name, "missing", "list and version of the list belong together");
		return;
	}
	if (!uri) {
		list = map_free_list(b->release, row, code);
		if (!list) {
			map_error(b, name, "unknown_code", "in no code list of the release; name the list and its version");
			return;
		}
		uri = xausl_list_uri(b->release, list);
		version = xausl_list_version(b->release, list);
	}
	write_code_of(b, uri, version, code, name_for(b, row, scope, list, code));
}

/* "URI VERSION", or "PREFIX LIST": the list of that short name for this prefix. */
static void write_pair_part(struct map_build *b, bool qualified, const char *element, const char *list,
			    const char *prefix, const char *value)
{
	const char *blank = strchr(list, ' ');
	size_t head = blank ? (size_t)(blank - list) : 0;
	const char *uri = NULL, *version = NULL;
	_cleanup_(osci_freep) char *own = NULL;

	start(b, qualified, element);
	if (blank && !prefix) {
		uri = own = strndup(list, head);
		version = blank + 1;
	} else if (blank && strlen(prefix) == head && memcmp(prefix, list, head) == 0) {
		uri = xausl_list_uri(b->release, blank + 1);
		version = xausl_list_version(b->release, blank + 1);
	}
	if (uri && version) {
		attribute(b, b->m->list_uri, uri);
		attribute(b, b->m->list_version, version);
	}
	start(b, false, b->m->code);
	text(b, value);
	end(b, false, b->m->code);
	end(b, qualified, element);
}

static void write_pair(struct map_build *b, const struct map_row *row, const char *s)
{
	const char *colon = strchr(s, ':');
	_cleanup_(osci_freep) char *prefix = colon ? strndup(s, (size_t)(colon - s)) : NULL;

	if (!colon)
		return;
	if (!prefix) {
		b->fatal = -ENOMEM;
		return;
	}
	write_pair_part(b, row->first_qualified, row->first, row->first_list, NULL, prefix);
	write_pair_part(b, row->second_qualified, row->second, row->second_list, prefix, colon + 1);
}

static void write_int(struct map_build *b, const struct map_row *row, const json_t *v, const char *name)
{
	char number[32];

	if (!json_is_integer(v) || (row->has_min && json_integer_value(v) < row->min_value)) {
		fault(b, row, name, MAP_INVALID);
		return;
	}
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	text(b, number);
}

/* What a word stands for: the first of its values, else itself. */
static const char *word_value(struct map_build *b, const struct map_row *row, const char *word, char out[32])
{
	size_t i;

	for (i = 0; i < row->n_words; i++)
		if (strcmp(row->words[i].name, word) == 0 && *row->words[i].values) {
			snprintf(out, 32, "%.*s", (int)strcspn(row->words[i].values, " "), row->words[i].values);
			return out;
		}
	return word;
}

/* Content of the element of a row that is no block; @scope for the name of a code. */
static void write_leaf(struct map_build *b, const struct map_row *row, const json_t *v, const char *name,
		       const struct map_scope *scope)
{
	const char *s;
	char word[32];

	switch (row->type) {
	case MAP_BOOL:
		if (!json_is_boolean(v))
			fault(b, row, name, MAP_INVALID);
		text(b, json_is_true(v) ? "true" : "false");
		return;
	case MAP_TRUE:
		if (!json_is_true(v))
			fault(b, row, name, MAP_INVALID);
		text(b, "true");
		return;
	case MAP_NULL:
		text(b, "true");
		return;
	case MAP_INT:
		write_int(b, row, v, name);
		return;
	case MAP_CODE:
		s = checked(b, row, v, name);
		if (*s)
			write_code(b, row, s, name_for(b, row, scope, row->code_list, s));
		return;
	case MAP_FREE_CODE:
		write_free_code(b, row, v, name, scope);
		return;
	case MAP_PAIR:
		write_pair(b, row, checked(b, row, v, name));
		return;
	case MAP_WORD:
		s = checked(b, row, v, name);
		text(b, word_value(b, row, s, word));
		return;
	default:
		text(b, checked(b, row, v, name));
		return;
	}
}

/* --- rows ------------------------------------------------------------- */

static void write_block(struct map_build *b, const struct map_block *block, const struct map_scope *scope);

static void missing(struct map_build *b, const char *name)
{
	map_error(b, name, "missing", "the field is required");
}

/* One value, single or entry of a list. */
static void write_value(struct map_build *b, const struct map_row *row, const json_t *v, const char *name, size_t index,
			const struct map_scope *scope)
{
	size_t before = start_row(b, row, name, index);

	if (row->type == MAP_BLOCK) {
		struct map_scope inner = { v, name, false };

		if (v && !row->block->scalar && !json_is_object(v)) {
			map_error(b, name, "invalid", "an object with fields expected");
			inner.broken = true;
		}
		write_block(b, row->block, &inner);
	} else {
		write_leaf(b, row, v, name, scope);
	}
	end_row(b, row, before);
}

static void write_list(struct map_build *b, const struct map_row *row, const json_t *v, const char *name)
{
	size_t n = json_array_size(v), i;

	if (!json_is_array(v)) {
		map_error(b, name, "invalid", "a list expected");
		return;
	}
	if (n > row->max)
		map_error(b, name, "too_many", "more entries than allowed");
	if (n < row->min)
		missing(b, name);
	for (i = 0; i < n && i < row->max; i++) {
		char entry[MAP_FIELD_MAX + 32], field[MAP_FIELD_MAX];
		struct map_scope scope = { json_array_get(v, i), entry, false };
		const json_t *value = scope.v;

		snprintf(entry, sizeof(entry), "%s[%zu]", name, i + 1);
		snprintf(field, sizeof(field), "%.*s", (int)sizeof(field) - 1, entry);
		if (*row->rest) {
			value = get(b, &scope, false, row->rest, field, &scope.broken);
			if (!value && !scope.broken)
				missing(b, field);
			if (!value)
				continue;
		}
		write_value(b, row, value, field, i, &scope);
	}
}

/* Rows whose content is in the table, and blocks whose fields are those of the scope. */
static void write_without_field(struct map_build *b, const struct map_row *row, const struct map_scope *scope)
{
	size_t before;

	if (row->type == MAP_IGNORED || (row->min == 0 && !present(b, scope, row)))
		return;
	before = start_row(b, row, NULL, 0);
	if (row->type == MAP_BLOCK)
		write_block(b, row->block, scope);
	else if (row->type == MAP_CODE)
		write_code(b, row, row->value, xausl_code_name(b->release, row->code_list, row->value));
	else
		text(b, row->type == MAP_TRUE ? "true" : row->value);
	end_row(b, row, before);
}

/* Fields that are not in the XML. */
static void check_without_element(struct map_build *b, const struct map_row *row, const struct map_scope *scope)
{
	char name[MAP_FIELD_MAX];
	bool broken = false;
	const json_t *v, *from;
	size_t i;

	if (row->type == MAP_ANY) {
		for (i = 0; i < row->n_words; i++)
			if (peek(b, scope, row, row->words[i].name))
				return;
		get(b, scope, row->frame, row->words[0].name, name, &broken);
		if (!broken)
			missing(b, name);
		return;
	}
	v = get(b, scope, row->frame, row->field, name, &broken);
	if (!v) {
		if (row->min && !broken)
			missing(b, name);
		return;
	}
	if (row->type == MAP_WORD) {
		checked(b, row, v, name);
		return;
	}
	from = peek(b, scope, row, row->from);
	if (json_is_string(v) && json_is_string(from)) {
		const char *word = map_word_of(row, json_string_value(from));

		if (word && strcmp(word, json_string_value(v)) == 0)
			return;
	}
	map_error(b, name, "invalid", "does not fit the field it is made from");
}

static void write_attribute(struct map_build *b, const struct map_row *row, const struct map_scope *scope)
{
	char name[MAP_FIELD_MAX];
	bool broken = false;
	const json_t *v;

	if (row->type == MAP_CONST) {
		attribute(b, row->element, row->value);
		return;
	}
	v = get(b, scope, row->frame, row->field, name, &broken);
	if (!v) {
		if (row->min && !broken)
			missing(b, name);
		return;
	}
	attribute(b, row->element, row->type == MAP_MARK ? "true" : checked(b, row, v, name));
}

/* Is something there that belongs to the code of the row: its name, its list? */
static bool beside(struct map_build *b, const struct map_row *row, const struct map_scope *scope)
{
	const char *const fields[] = { row->name, row->uri, row->version };
	size_t i;

	for (i = 0; i < 3; i++)
		if (fields[i] && peek(b, scope, row, fields[i]))
			return true;
	return false;
}

static void write_row(struct map_build *b, const struct map_row *row, const struct map_scope *scope)
{
	char name[MAP_FIELD_MAX];
	bool broken = false;
	const json_t *v;

	if (row->attribute) {
		write_attribute(b, row, scope);
		return;
	}
	if (!*row->element) {
		if (row->type == MAP_BLOCK)
			write_block(b, row->block, scope);
		else
			check_without_element(b, row, scope);
		return;
	}
	if (!*row->field) {
		write_without_field(b, row, scope);
		return;
	}
	v = get(b, scope, row->frame, row->field, name, &broken);
	if (broken)
		return;
	if (v && row->list) {
		write_list(b, row, v, name);
		return;
	}
	/* A required object that is not there: its own required fields are named one by one. */
	if (v || (row->min && row->type == MAP_BLOCK && !row->list && !row->block->scalar && !row->always)) {
		write_value(b, row, v, name, 0, scope);
		return;
	}
	if (row->always) {
		size_t before = start_row(b, row, name, 0);

		end_row(b, row, before);
		return;
	}
	if (row->min || beside(b, row, scope))
		missing(b, name); /* required, or what belongs to a code without the code */
}

static void choice_missing(struct map_build *b, const struct map_block *block, const struct map_scope *scope)
{
	const struct map_row *first = &block->rows[0];
	char name[MAP_FIELD_MAX];
	bool broken = false;
	const json_t *v;

	if (scope->v && block->scalar) {
		map_error(b, scope->name, "invalid", map_expected(first));
		return;
	}
	if (!first->when_field) {
		write_row(b, first, scope);
		return;
	}
	v = get(b, scope, first->frame, first->when_field, name, &broken);
	if (broken)
		return;
	if (!v)
		missing(b, name);
	else if (!json_is_string(v))
		map_error(b, name, "invalid", "a word expected");
	else
		map_error(b, name, "unknown_code", "not a value the field may have");
}

static void write_choice(struct map_build *b, const struct map_block *block, const struct map_scope *scope)
{
	size_t i, n = 0;

	for (i = 0; i < block->n_rows; i++) {
		const struct map_row *row = &block->rows[i];
		char name[MAP_FIELD_MAX];

		if (row->type == MAP_IGNORED)
			continue;
		if (present(b, scope, row)) {
			if (n++ == 0) {
				write_row(b, row, scope);
				continue;
			}
		} else if (!row->when_field || !*row->field || !peek(b, scope, row, row->field)) {
			continue;
		}
		get(b, scope, row->frame, row->field, name, NULL);
		map_error(b, name, "invalid", "excluded by another field");
	}
	if (!n)
		choice_missing(b, block, scope);
}

static void write_block(struct map_build *b, const struct map_block *block, const struct map_scope *scope)
{
	size_t i;

	if (scope->broken || b->fatal)
		return;
	if (block->choice) {
		write_choice(b, block, scope);
		return;
	}
	for (i = 0; i < block->n_rows; i++)
		write_row(b, &block->rows[i], scope);
}

void map_write_message(struct map_build *b, const json_t *fields)
{
	const struct map_scope root = { fields, "", false };

	osci_buf_adds(&b->out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	start(b, true, b->msg->element);
	osci_buf_addf(&b->out, " xmlns:%s=\"", b->msg->prefix);
	osci_buf_add_xml_attr(&b->out, b->msg->ns, strlen(b->msg->ns));
	osci_buf_addc(&b->out, '"');
	write_block(b, b->msg->block, &root);
	end(b, true, b->msg->element);
	osci_buf_addc(&b->out, '\n');
}
