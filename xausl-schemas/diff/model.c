/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - rows and texts of a release as a flat table
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diff/model.h"

#define CHUNK 65536u

void diff_fail(struct diff_model *m, int error, const char *where)
{
	if (!m->error) {
		m->error = error;
		m->where = where;
	}
}

const char *diff_keep(struct diff_model *m, const char *text, size_t len)
{
	struct diff_chunk *c = m->chunks;
	char *at;

	if (!len || m->error)
		return "";
	if (!c || c->size - c->used <= len) {
		size_t size = len + 1 > CHUNK ? len + 1 : CHUNK;

		c = malloc(sizeof(*c) + size);
		if (!c) {
			diff_fail(m, -ENOMEM, NULL);
			return "";
		}
		*c = (struct diff_chunk){ .next = m->chunks, .size = size };
		m->chunks = c;
	}
	at = c->text + c->used;
	memcpy(at, text, len);
	at[len] = '\0';
	c->used += len + 1;
	return at;
}

void diff_add(struct diff_model *m, const struct diff_row *row)
{
	const char *texts[] = { row->message, row->owner, row->place, row->property, row->value };
	const struct diff_row *last = m->n ? &m->rows[m->n - 1] : NULL;

	if (m->error)
		return;
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 4096;
		struct diff_row *rows = m->n < XAUSL_DIFF_ROWS_MAX ? reallocarray(m->rows, cap, sizeof(*rows)) : NULL;

		if (!rows) {
			diff_fail(m, m->n < XAUSL_DIFF_ROWS_MAX ? -ENOMEM : OSCI_E_LIMIT, NULL);
			return;
		}
		m->rows = rows;
		m->cap = cap;
		last = m->n ? &m->rows[m->n - 1] : NULL;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *before[] = { last ? last->message : "", last ? last->owner : "", last ? last->place : "",
					 last ? last->property : "", last ? last->value : "" };

		texts[i] = !texts[i] ? "" : !strcmp(texts[i], before[i]) ? before[i] : diff_keep(m, texts[i], strlen(texts[i]));
	}
	m->rows[m->n++] = (struct diff_row){ row->kind, texts[0], texts[1], texts[2], texts[3], texts[4] };
}

int diff_thing_compare(const struct diff_row *a, const struct diff_row *b)
{
	int d = (a->kind > b->kind) - (a->kind < b->kind);

	d = d ? d : strcmp(a->message, b->message);
	d = d ? d : strcmp(a->owner, b->owner);
	return d ? d : strcmp(a->place, b->place);
}

static int by_row(const void *a, const void *b)
{
	const struct diff_row *x = a, *y = b;
	int d = diff_thing_compare(x, y);

	return d ? d : strcmp(x->property, y->property);
}

const struct diff_row *diff_find(const struct diff_model *m, const struct diff_row *like)
{
	struct diff_row key = *like;

	key.property = "";
	return bsearch(&key, m->rows, m->n, sizeof(*m->rows), by_row);
}

bool diff_is_set(const char *property)
{
	static const char *const sets[] = { "enumeration", "answers", "words", "octets", "external", "accepted", "editions",
					    "ranges", "sequences" };

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (!strcmp(sets[i], property))
			return true;
	return false;
}

int diff_model_make(struct diff_model *m, const struct xausl_release *r, bool schema_only, struct osci_err *err)
{
	*m = (struct diff_model){ .release = r };
	diff_table_rows(m, schema_only);
	diff_schema_rows(m);
	if (m->error)
		return osci_fail(err, m->error, NULL, xausl_release_version(r), "%s%s%s",
				 m->error == -ENOMEM ? "out of memory" :
				 m->error == OSCI_E_LIMIT ? "the schema is too large or too deep to be compared" :
							    "the schema cannot be followed",
				 m->where ? ": " : "", m->where ? m->where : "");
	if (m->n)
		qsort(m->rows, m->n, sizeof(*m->rows), by_row);
	return 0;
}

void diff_model_clear(struct diff_model *m)
{
	while (m->chunks) {
		struct diff_chunk *next = m->chunks->next;

		free(m->chunks);
		m->chunks = next;
	}
	free(m->rows);
	*m = (struct diff_model){ 0 };
}
