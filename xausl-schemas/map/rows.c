/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows - compiles map-blocks.csv: rows, their options, blocks and the references between them
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "map/table.h"
#include "base/text.h"

static const struct {
	const char *name;
	enum map_type type;
} types[] = {
	{ "text", MAP_TEXT }, { "date", MAP_DATE }, { "month", MAP_MONTH }, { "year", MAP_YEAR },
	{ "bool", MAP_BOOL }, { "true", MAP_TRUE }, { "null", MAP_NULL }, { "int", MAP_INT },
	{ "code", MAP_CODE }, { "uuid", MAP_UUID }, { "time", MAP_TIME }, { "word", MAP_WORD },
	{ "pair", MAP_PAIR }, { "base64", MAP_OCTETS }, { "free_code", MAP_FREE_CODE }, { "const", MAP_CONST },
	{ "mark", MAP_MARK }, { "ignored", MAP_IGNORED }, { "derived", MAP_DERIVED }, { "any", MAP_ANY },
};

static struct map_block *find_block(const struct xausl_map *m, const char *name)
{
	size_t i;

	for (i = 0; i < m->n_blocks; i++)
		if (strcmp(m->blocks[i].name, name) == 0)
			return &m->blocks[i];
	return NULL;
}

/* "a:1 2|b:3": words and the values that stand for them. */
static int read_words(struct xausl_map *m, struct map_row *row, const char *s)
{
	for (;;) {
		size_t len = strcspn(s, "|"), head = strcspn(s, ":|");
		struct map_word *w = &row->words[row->n_words];

		if (!head || row->n_words == MAP_WORDS_MAX)
			return OSCI_E_CONFIG;
		w->name = map_keep(m, s, head);
		w->values = head < len ? map_keep(m, s + head + 1, len - head - 1) : "";
		if (!w->name || !w->values)
			return -ENOMEM;
		row->n_words++;
		if (!s[len])
			return 0;
		s += len + 1;
	}
}

static int read_pattern(struct map_row *row, const char *s)
{
	row->pattern_text = s;
	row->pattern = xmlRegexpCompile((const xmlChar *)s);
	return row->pattern ? 0 : OSCI_E_CONFIG;
}

static int read_when(struct xausl_map *m, struct map_row *row, const char *s)
{
	const char *blank = strchr(s, ' ');

	if (!blank || blank == s || !blank[1])
		return OSCI_E_CONFIG;
	row->when_field = map_keep(m, s, (size_t)(blank - s));
	row->when_value = blank + 1;
	return row->when_field ? 0 : -ENOMEM;
}

static const char *read_prefix(const char *s, bool *qualified)
{
	*qualified = strncmp(s, "x:", 2) == 0;
	return *qualified ? s + 2 : s;
}

static int read_option(struct xausl_map *m, struct map_row *row, const char *key, const char *value)
{
	const struct {
		const char *key;
		const char **place;
	} texts[] = {
		{ "list", &row->code_list }, { "name", &row->name }, { "column", &row->column },
		{ "uri", &row->uri }, { "version", &row->version },
		{ "value", &row->value }, { "also", &row->also }, { "from", &row->from },
		{ "first", &row->first }, { "first_list", &row->first_list },
		{ "second", &row->second }, { "second_list", &row->second_list },
	};
	uint64_t n;
	size_t i;

	if (strcmp(key, "bare") == 0) {
		row->bare = true;
		return *value ? OSCI_E_CONFIG : 0;
	}
	if (!*value)
		return OSCI_E_CONFIG;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (strcmp(key, texts[i].key) != 0)
			continue;
		*texts[i].place = value;
		if (texts[i].place == &row->first)
			row->first = read_prefix(value, &row->first_qualified);
		if (texts[i].place == &row->second)
			row->second = read_prefix(value, &row->second_qualified);
		return 0;
	}
	if (strcmp(key, "words") == 0)
		return read_words(m, row, value);
	if (strcmp(key, "pattern") == 0)
		return read_pattern(row, value);
	if (strcmp(key, "when") == 0)
		return read_when(m, row, value);
	if (strcmp(key, "max") == 0 || strcmp(key, "min") == 0) {
		if (osci_parse_u64(value, strlen(value), MAP_TEXT_MAX, &n) || (!n && key[1] == 'a'))
			return OSCI_E_CONFIG;
		if (key[1] == 'a') {
			row->max_chars = (unsigned)n;
		} else {
			row->min_value = (int64_t)n;
			row->has_min = true;
		}
		return 0;
	}
	return OSCI_E_CONFIG;
}

/* Options are separated by commas; a comma within braces belongs to a pattern. */
static int read_options(struct xausl_map *m, struct map_row *row, const char *s)
{
	while (*s) {
		size_t len = 0, head = strcspn(s, "=,");
		const char *key, *value;
		bool brace = false;
		int r;

		for (; s[len] && (s[len] != ',' || brace); len++)
			brace = s[len] == '{' || (brace && s[len] != '}');
		if (head > len)
			head = len;
		key = map_keep(m, s, head);
		value = map_keep(m, s + head + (head < len), len - head - (head < len));
		if (!key || !value)
			return -ENOMEM;
		r = read_option(m, row, key, value);
		if (r)
			return r;
		s += len + (s[len] == ',');
	}
	return 0;
}

static bool read_occurs(struct map_row *row, const char *s)
{
	static const struct {
		const char *text;
		unsigned min, max;
	} plain[] = { { "1", 1, 1 }, { "0..1", 0, 1 }, { "0..n", 0, MAP_LIST_MAX }, { "1..n", 1, MAP_LIST_MAX } };
	uint64_t n;
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		if (strcmp(s, plain[i].text) == 0) {
			row->min = plain[i].min;
			row->max = plain[i].max;
			return true;
		}
	}
	row->min = row->max = 1;
	row->always = strcmp(s, "always") == 0;
	row->branch = strcmp(s, "choice") == 0;
	if (row->always || row->branch)
		return true;
	if (strncmp(s, "1..", 3) != 0 || osci_parse_u64(s + 3, strlen(s + 3), MAP_LIST_MAX, &n) || n < 2)
		return false;
	row->max = (unsigned)n;
	return true;
}

static int read_field(struct xausl_map *m, struct map_row *row, const char *s)
{
	const char *mark = strstr(s, "[]");

	row->rest = "";
	row->scalar = strcmp(s, ".") == 0;
	if (*s == '^') {
		row->frame = true;
		s++;
	}
	row->field = s;
	if (!mark)
		return 0;
	row->list = true;
	row->field = map_keep(m, s, (size_t)(mark - s));
	if (mark[2] == '.')
		row->rest = mark + 3;
	else if (mark[2])
		return OSCI_E_CONFIG;
	return row->field ? 0 : -ENOMEM;
}

static bool row_consistent(const struct map_row *row)
{
	bool holds = row->type != MAP_BLOCK || row->block->n_rows;

	if (row->list != (row->max > 1))
		return false;
	if (row->attribute && (row->qualified || row->list || row->type == MAP_BLOCK || row->branch))
		return false;
	if (!*row->element) /* taken in, or a field that is not in the XML */
		return row->type == MAP_BLOCK ? !*row->field && row->min == 1 && !row->branch :
		       row->type == MAP_WORD || row->type == MAP_DERIVED || row->type == MAP_ANY;
	if (row->type == MAP_BLOCK && row->list && *row->rest)
		return false;
	if (row->type == MAP_CODE && !row->code_list)
		return false;
	if (row->type == MAP_FREE_CODE && (!row->uri || !row->version || row->list))
		return false;
	if (row->type == MAP_PAIR && (!row->first || !row->first_list || !row->second || !row->second_list))
		return false;
	if (row->type == MAP_CONST && !row->value)
		return false;
	if (!*row->field && row->type != MAP_BLOCK && row->type != MAP_TRUE && row->type != MAP_CONST &&
	    row->type != MAP_IGNORED && !(row->type == MAP_CODE && row->value))
		return false;
	return holds;
}

static int compile_row(struct xausl_map *m, struct map_row *row, const struct xausl_csv_row *line,
		       struct osci_err *err)
{
	const char *element = xausl_csv_field(line, 1), *type = xausl_csv_field(line, 3);
	size_t i;
	int r;

	row->line = line->line;
	row->attribute = *element == '@';
	row->element = read_prefix(element + row->attribute, &row->qualified);
	r = read_field(m, row, xausl_csv_field(line, 2));
	if (!r)
		r = read_options(m, row, xausl_csv_field(line, 5));
	if (r == -ENOMEM)
		return r;
	if (r || !read_occurs(row, xausl_csv_field(line, 4)) || line->n > 6)
		return xausl_csv_fail(m->csv_blocks, line, err, "field, occurrence or options not understood");
	for (i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (strcmp(types[i].name, type) == 0)
			row->type = types[i].type;
	if (row->type == MAP_BLOCK) {
		row->block = find_block(m, type);
		if (!row->block)
			return xausl_csv_fail(m->csv_blocks, line, err, "no such type or block");
	}
	if (!row_consistent(row))
		return xausl_csv_fail(m->csv_blocks, line, err, "the columns do not fit together");
	return 0;
}

/* Blocks are runs of rows with one name. */
static int find_blocks(struct xausl_map *m, struct osci_err *err)
{
	size_t i;

	for (i = 0; i < m->csv_blocks->n_rows; i++) {
		const struct xausl_csv_row *line = &m->csv_blocks->rows[i];
		struct map_block *last = m->n_blocks ? &m->blocks[m->n_blocks - 1] : NULL;
		const char *name = xausl_csv_field(line, 0);

		if (!last || strcmp(last->name, name) != 0) {
			if (!*name || find_block(m, name))
				return xausl_csv_fail(m->csv_blocks, line, err, "block without name, or not in one piece");
			last = &m->blocks[m->n_blocks++];
			last->name = name;
			last->rows = &m->rows[i];
		}
		last->n_rows++;
	}
	return 0;
}

/* Depth of blocks within @b; more than MAP_DEPTH_MAX (a cycle too) gives MAP_DEPTH_MAX + 1. */
static unsigned depth_of(const struct map_block *b, unsigned depth)
{
	unsigned deepest = depth, d;
	size_t i;

	if (depth > MAP_DEPTH_MAX)
		return depth;
	for (i = 0; i < b->n_rows && deepest <= MAP_DEPTH_MAX; i++) {
		if (!b->rows[i].block)
			continue;
		d = depth_of(b->rows[i].block, depth + 1);
		if (d > deepest)
			deepest = d;
	}
	return deepest;
}

int map_rows_load(struct xausl_map *m, struct osci_err *err)
{
	size_t i, k;
	int r;

	m->rows = calloc(m->csv_blocks->n_rows, sizeof(*m->rows));
	m->blocks = calloc(m->csv_blocks->n_rows, sizeof(*m->blocks));
	if (!m->rows || !m->blocks)
		return -ENOMEM;
	m->n_rows = m->csv_blocks->n_rows;
	r = find_blocks(m, err);
	if (r)
		return r;
	for (i = 0; i < m->n_rows; i++) {
		r = compile_row(m, &m->rows[i], &m->csv_blocks->rows[i], err);
		if (r)
			return r;
	}
	for (i = 0; i < m->n_blocks; i++) {
		struct map_block *b = &m->blocks[i];

		b->choice = b->rows[0].branch;
		for (k = 0; k < b->n_rows; k++) {
			if (b->rows[k].branch != b->choice)
				return xausl_csv_fail(m->csv_blocks, &m->csv_blocks->rows[&b->rows[k] - m->rows], err,
						      "a choice has branches only");
			b->scalar |= b->rows[k].scalar;
		}
		if (depth_of(b, 1) > MAP_DEPTH_MAX)
			return xausl_csv_fail(m->csv_blocks, NULL, err, "blocks within blocks too deep, or in a circle");
	}
	return 0;
}
