/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables - what manifest, code lists, rules and mapping say of a release, as rows
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/model.h"
#include "map/table.h"

static void add(struct diff_model *m, enum xausl_diff_kind kind, const char *message, const char *owner, const char *place,
		const char *property, const char *value)
{
	const struct diff_row row = { kind, message, owner, place, property, value };

	diff_add(m, &row);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Members of a set, sorted, as one value; "" if there are none. */
static const char *set_of(struct diff_model *m, const char *const *members, size_t n)
{
	_cleanup_(osci_freep) const char **all = calloc(n + 1, sizeof(*all));
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1u << 20);

	if (!all) {
		diff_fail(m, -ENOMEM, NULL);
		return "";
	}
	if (n)
		memcpy(all, members, n * sizeof(*all));
	qsort(all, n, sizeof(*all), by_text);
	for (size_t i = 0; i < n; i++)
		osci_buf_addf(&b, "%s%s", i ? "\n" : "", all[i]);
	if (osci_buf_error(&b))
		diff_fail(m, osci_buf_error(&b), NULL);
	return diff_keep(m, b.data ? (const char *)b.data : "", b.len);
}

void diff_message_number(char out[DIFF_NUMBER_MAX], const struct xausl_release *r, const struct xausl_message *msg)
{
	bool other = xausl_message_find(r, msg->number) != msg;

	snprintf(out, DIFF_NUMBER_MAX, "%.60s%s%.60s", msg->number, other ? " " : "", other ? msg->ns->prefix : "");
}

static void release_rows(struct diff_model *m, bool schema_only)
{
	const struct xausl_release *r = m->release;

	add(m, XAUSL_DIFF_RELEASE, "", "", "", "", "");
	add(m, XAUSL_DIFF_RELEASE, "", "", "", "standard", r->standard);
	if (!schema_only) {
		add(m, XAUSL_DIFF_RELEASE, "", "", "", "external", set_of(m, r->externals, r->n_externals));
		add(m, XAUSL_DIFF_RELEASE, "", "", "", "octets", set_of(m, r->octets, r->n_octets));
	}
	for (size_t i = 0; i < r->n_namespaces; i++) {
		const struct xausl_namespace *ns = &r->namespaces[i];
		bool own = !strcmp(ns->uri, r->ns);

		add(m, XAUSL_DIFF_RELEASE, "", "", ns->prefix, "", ns->uri);
		add(m, XAUSL_DIFF_RELEASE, "", "", ns->prefix, "namespace", own ? "(the release)" : ns->uri);
		if (!own && !schema_only) {
			add(m, XAUSL_DIFF_RELEASE, "", "", ns->prefix, "standard", ns->standard);
			add(m, XAUSL_DIFF_RELEASE, "", "", ns->prefix, "version", ns->version);
		}
	}
}

static void message_rows(struct diff_model *m, bool schema_only)
{
	static const char *const authors[] = { "BAMF", "", "office", "both" };

	for (size_t i = 0; i < m->release->n_messages; i++) {
		const struct xausl_message *msg = &m->release->messages[i];
		char number[DIFF_NUMBER_MAX];

		diff_message_number(number, m->release, msg);
		add(m, XAUSL_DIFF_MESSAGE, number, "", number, "", msg->root);
		add(m, XAUSL_DIFF_MESSAGE, number, "", number, "root element", msg->root);
		add(m, XAUSL_DIFF_MESSAGE, number, "", number, "namespace", msg->ns->prefix);
		if (schema_only)
			continue;
		add(m, XAUSL_DIFF_MESSAGE, number, "", number, "author", authors[msg->direction + 1]);
		add(m, XAUSL_DIFF_MESSAGE, number, "", number, "answers", set_of(m, msg->answers, msg->n_answers));
	}
}

/* --- code lists ----------------------------------------------------------- */

static void code_rows(struct diff_model *m, const struct xausl_list *l)
{
	for (size_t i = 0; i < l->n_codes; i++) {
		const struct xausl_csv_row *row = l->codes[i];

		add(m, XAUSL_DIFF_CODE, "", l->name, row->field[0], "", xausl_csv_field(row, 1));
		add(m, XAUSL_DIFF_CODE, "", l->name, row->field[0], "name", xausl_csv_field(row, 1));
		for (unsigned k = 2; k < row->n; k++) {
			const char *column = l->columns ? xausl_csv_field(l->columns, k - 1) : "";
			char property[128];

			snprintf(property, sizeof(property), "column %.100s", column);
			add(m, XAUSL_DIFF_CODE, "", l->name, row->field[0], property, row->field[k]);
		}
	}
}

static void list_rows(struct diff_model *m)
{
	for (size_t i = 0; i < m->release->n_lists; i++) {
		const struct xausl_list *l = &m->release->lists[i];
		const char *editions[XAUSL_CSV_FIELDS_MAX];
		size_t n = 0;

		if (l->other)
			continue;
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "", l->uri);
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "listURI", l->uri);
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "version", xausl_csv_field(l->versions, 1));
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "accepted",
		    set_of(m, l->versions->field + 2, l->versions->n > 2 ? l->versions->n - 2 : 0));
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "incomplete", l->incomplete ? "yes" : "no");
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "valid from", l->valid_from);
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "valid until", l->valid_until);
		for (const struct xausl_list *o = l->next; o && n < XAUSL_CSV_FIELDS_MAX; o = o->next)
			editions[n++] = xausl_csv_field(o->versions, 1);
		add(m, XAUSL_DIFF_LIST, "", "", l->name, "editions", set_of(m, editions, n));
		code_rows(m, l);
	}
}

/* --- rules ------------------------------------------------------------------ */

static void rule_rows(struct diff_model *m)
{
	static const char *const columns[] = { "kind", NULL, "code", NULL, "what", "expected", NULL };
	const struct xausl_csv *t = m->release->rule_table;

	for (size_t i = 0; t && i < t->n_rows; i++) {
		const struct xausl_csv_row *row = &t->rows[i];
		_cleanup_buf_ struct osci_buf place = OSCI_BUF_INIT(1u << 16);
		_cleanup_buf_ struct osci_buf rest = OSCI_BUF_INIT(1u << 16);
		struct diff_row like = { .kind = XAUSL_DIFF_RULE, .message = "", .owner = "" };
		size_t same = 1;

		osci_buf_addf(&place, "%s of %s at %s", xausl_csv_field(row, 1), xausl_csv_field(row, 3), xausl_csv_field(row, 6));
		for (unsigned k = 7; k < row->n; k++)
			osci_buf_addf(&rest, "%s%s", k > 7 ? "; " : "", row->field[k]);
		for (size_t k = 0; k < i; k++)
			same += !strcmp(xausl_csv_field(row, 1), xausl_csv_field(&t->rows[k], 1)) &&
				!strcmp(xausl_csv_field(row, 3), xausl_csv_field(&t->rows[k], 3)) &&
				!strcmp(xausl_csv_field(row, 6), xausl_csv_field(&t->rows[k], 6));
		if (same > 1)
			osci_buf_addf(&place, " (%zu)", same);
		if (osci_buf_error(&place) || osci_buf_error(&rest)) {
			diff_fail(m, osci_buf_error(&place) ? osci_buf_error(&place) : osci_buf_error(&rest), NULL);
			return;
		}
		like.place = (const char *)place.data;
		like.property = "";
		like.value = xausl_csv_field(row, 4);
		diff_add(m, &like);
		for (unsigned k = 0; k < sizeof(columns) / sizeof(columns[0]); k++) {
			like.property = columns[k];
			like.value = xausl_csv_field(row, k);
			if (columns[k])
				diff_add(m, &like);
		}
		like.property = "arguments";
		like.value = rest.data ? (const char *)rest.data : "";
		diff_add(m, &like);
	}
}

/* --- mapping ------------------------------------------------------------------ */

static void entries(char out[32], const struct map_row *row)
{
	if (row->max >= MAP_LIST_MAX)
		snprintf(out, 32, "%u..n", row->min);
	else
		snprintf(out, 32, "%u..%u", row->min, row->max);
}

static const char *words_of(struct diff_model *m, const struct map_row *row)
{
	const char *words[MAP_WORDS_MAX];

	for (size_t i = 0; i < row->n_words; i++)
		words[i] = row->words[i].name;
	return set_of(m, words, row->n_words);
}

static void field_row(struct diff_model *m, const char *number, const struct map_field *f)
{
	const struct map_row *row = f->row;
	const char *when = f->when[0] == '1' ? "yes" : f->when; /* how many: below */
	char text[64];
	const struct {
		const char *property, *value;
	} texts[] = { { "list", row->code_list }, { "column", row->column }, { "value", row->value },
		      { "pattern", row->pattern_text } };

	add(m, XAUSL_DIFF_FIELD, number, "", f->name, "",
	    !strcmp(when, "yes") ? "required" : !strcmp(when, "no") ? "optional" : when);
	add(m, XAUSL_DIFF_FIELD, number, "", f->name, "required", when);
	add(m, XAUSL_DIFF_FIELD, number, "", f->name, "type", f->type);
	add(m, XAUSL_DIFF_FIELD, number, "", f->name, "element", f->path);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].value && texts[i].value[0])
			add(m, XAUSL_DIFF_FIELD, number, "", f->name, texts[i].property, texts[i].value);
	if (row->list && row->type != MAP_BLOCK) {
		entries(text, row);
		add(m, XAUSL_DIFF_FIELD, number, "", f->name, "entries", text);
	}
	if (row->max_chars) {
		snprintf(text, sizeof(text), "%u", row->max_chars);
		add(m, XAUSL_DIFF_FIELD, number, "", f->name, "max characters", text);
	}
	if (row->has_min) {
		snprintf(text, sizeof(text), "%lld", (long long)row->min_value);
		add(m, XAUSL_DIFF_FIELD, number, "", f->name, "min", text);
	}
	if (row->n_words)
		add(m, XAUSL_DIFF_FIELD, number, "", f->name, "words", words_of(m, row));
}

/* Lists of blocks: how many entries. Blocks are no deeper than MAP_DEPTH_MAX, checked when they were loaded. */
static void block_lists(struct diff_model *m, const char *number, const struct map_block *block, const char *scope)
{
	for (size_t i = 0; i < block->n_rows; i++) {
		const struct map_row *row = &block->rows[i];
		char name[MAP_FIELD_MAX], text[32];

		if (row->type != MAP_BLOCK || row->frame)
			continue;
		snprintf(name, sizeof(name), "%s%s%s%s", scope, scope[0] && row->field[0] && !row->scalar ? "." : "",
			 row->scalar ? "" : row->field, row->list ? "[]" : "");
		if (row->list) {
			entries(text, row);
			/* A list of values has a row of its own field. */
			if (!row->block->scalar)
				add(m, XAUSL_DIFF_FIELD, number, "", name, "", "list");
			add(m, XAUSL_DIFF_FIELD, number, "", name, "entries", text);
		}
		block_lists(m, number, row->block, name);
	}
}

static void map_rows(struct diff_model *m)
{
	const struct xausl_map *map = m->release->map;
	_cleanup_buf_ struct osci_buf ranges = OSCI_BUF_INIT(1u << 20), sequences = OSCI_BUF_INIT(1u << 20);

	for (size_t i = 0; map && i < map->n_messages; i++) {
		const struct map_message *msg = &map->messages[i];

		for (size_t k = 0; k < msg->n_fields; k++)
			field_row(m, msg->number, &msg->fields[k]);
		block_lists(m, msg->number, msg->block, "");
	}
	for (size_t i = 0; map && i < map->n_ranges; i++)
		osci_buf_addf(&ranges, "%sU+%06X-%06X", i ? "\n" : "", map->ranges[i].first, map->ranges[i].last);
	for (size_t i = 0; map && i < map->n_sequences; i++)
		osci_buf_addf(&sequences, "%sU+%06X U+%06X U+%06X U+%06X", i ? "\n" : "", map->sequences[i].c[0],
			      map->sequences[i].c[1], map->sequences[i].c[2], map->sequences[i].c[3]);
	if (osci_buf_error(&ranges) || osci_buf_error(&sequences)) {
		diff_fail(m, -ENOMEM, NULL);
		return;
	}
	add(m, XAUSL_DIFF_CHARACTERS, "", "", "", "", "");
	add(m, XAUSL_DIFF_CHARACTERS, "", "", "", "ranges", ranges.data ? (const char *)ranges.data : "");
	add(m, XAUSL_DIFF_CHARACTERS, "", "", "", "sequences", sequences.data ? (const char *)sequences.data : "");
}

void diff_table_rows(struct diff_model *m, bool schema_only)
{
	release_rows(m, schema_only);
	message_rows(m, schema_only);
	list_rows(m);
	if (schema_only)
		return;
	rule_rows(m);
	map_rows(m);
}
