/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample - random fields of a message, made from the tables
 *
 * Optional fields by chance, texts from the whole set of characters, codes of the lists, null where null has a meaning.
 * Every loop over chances is bounded; blocks are no deeper than MAP_DEPTH_MAX.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "map/sample.h"

#define TRIES_MAX 10000u /* for a text of a given form */
#define LONG 40u         /* pieces of a long text: characters, letters with marks, runs of 8 characters */
#define LONG_MAX_CHARS (9u * LONG)

static unsigned rnd(struct map_sample *g, unsigned n)
{
	g->seed = g->seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((g->seed >> 33) % n);
}

static void add_char(struct osci_buf *b, uint32_t c)
{
	if (c < 0x80) {
		osci_buf_addc(b, (char)c);
	} else if (c < 0x800) {
		osci_buf_addc(b, (char)(0xC0 | c >> 6));
		osci_buf_addc(b, (char)(0x80 | (c & 0x3F)));
	} else {
		osci_buf_addc(b, (char)(0xE0 | c >> 12));
		osci_buf_addc(b, (char)(0x80 | (c >> 6 & 0x3F)));
		osci_buf_addc(b, (char)(0x80 | (c & 0x3F)));
	}
}

/* A letter, then @n times anything the character set has. */
static json_t *sample_text(struct map_sample *g, bool controls, unsigned n)
{
	struct osci_buf b;
	unsigned k;
	json_t *v;

	osci_buf_init(&b, 4096);
	add_char(&b, 'A' + rnd(g, 26));
	while (n--) {
		const struct map_char_range *r = &g->map->ranges[rnd(g, (unsigned)g->map->n_ranges)];
		uint32_t c = r->first + rnd(g, r->last - r->first + 1);

		if (rnd(g, 5) == 0) {
			const struct map_char_sequence *q = &g->map->sequences[rnd(g, (unsigned)g->map->n_sequences)];

			for (k = 0; k < 4 && q->c[k]; k++)
				add_char(&b, q->c[k]);
		} else if (c >= 0x20 || controls) {
			add_char(&b, c);
		}
		if (rnd(g, 8) == 0)
			osci_buf_adds(&b, "&<>\"']]>");
	}
	v = json_stringn((const char *)b.data, b.len);
	g->no_memory |= !v || osci_buf_error(&b) == -ENOMEM;
	osci_buf_free(&b);
	return v;
}

static json_t *sample_form(struct map_sample *g, const struct map_row *row)
{
	char s[MAP_FIELD_MAX];
	unsigned i, n;

	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		if (rnd(g, 2)) {
			snprintf(s, sizeof(s), "%02u%02u%02u%06u", rnd(g, 100), rnd(g, 13), rnd(g, 32), rnd(g, 1000000));
		} else {
			n = row->max_chars ? rnd(g, row->max_chars) + 1 : 12;
			for (i = 0; i < n; i++)
				s[i] = "0123456789"[rnd(g, 10)];
			s[n] = 0;
		}
		if (map_text_check(g->map, g->release, row, s, strlen(s), true) == MAP_FINE)
			return json_string(s);
	}
	g->failed = true;
	return NULL;
}

/* One the other release does not have, if there are such. */
static json_t *sample_code(struct map_sample *g, const struct map_row *row)
{
	const struct xausl_list *l = xausl_list_find(g->release, row->code_list);
	const struct xausl_list *other = g->other ? xausl_list_find(g->other, row->code_list) : NULL;
	size_t first = l && l->n_codes ? rnd(g, (unsigned)l->n_codes) : 0;

	for (size_t i = 0; l && other && i < l->n_codes; i++) {
		const char *code = l->codes[(first + i) % l->n_codes]->field[0];

		if (!xausl_list_code(other, code) && map_text_check(g->map, g->release, row, code, strlen(code), true) == MAP_FINE)
			return json_string(code);
	}
	for (size_t i = 0; l && i < l->n_codes; i++) {
		const char *code = l->codes[(first + i) % l->n_codes]->field[0];

		if (map_text_check(g->map, g->release, row, code, strlen(code), true) == MAP_FINE)
			return json_string(code);
	}
	g->failed = true;
	return NULL;
}

static json_t *sample_date(struct map_sample *g, size_t len)
{
	char s[16];

	snprintf(s, sizeof(s), "%04u-%02u-%02u", 1900 + rnd(g, 200), 1 + rnd(g, 12), 1 + rnd(g, 28));
	return json_stringn(s, len);
}

/* Zone, fractions, and neither of them changed on the way. */
static json_t *sample_time(struct map_sample *g)
{
	static const char *const tails[] = { "Z", "+01:00", ".5Z", ".123+02:00" };
	char s[64];

	snprintf(s, sizeof(s), "%04u-%02u-%02uT%02u:%02u:%02u%s", 1990 + rnd(g, 50), 1 + rnd(g, 12), 1 + rnd(g, 28),
		 rnd(g, 24), rnd(g, 60), rnd(g, 60), tails[rnd(g, 4)]);
	return json_string(s);
}

static json_t *sample_octets(struct map_sample *g)
{
	struct osci_buf b = OSCI_BUF_INIT(4096);
	unsigned char raw[300];
	unsigned n = rnd(g, sizeof(raw)), i;
	json_t *v;

	for (i = 0; i < n; i++)
		raw[i] = (unsigned char)rnd(g, 256);
	osci_base64_encode(&b, raw, n, 0);
	v = json_stringn(b.data ? (const char *)b.data : "", b.len);
	g->no_memory |= !v || osci_buf_error(&b) == -ENOMEM;
	osci_buf_free(&b);
	return v;
}

static void set(json_t *o, const char *path, json_t *v);

/* A code of a list of the row, or of a list the office names. */
static json_t *sample_free_code(struct map_sample *g, const struct map_row *row, json_t *beside)
{
	if (row->n_words && rnd(g, 2)) {
		struct map_row of = { .type = MAP_CODE, .code_list = row->words[rnd(g, (unsigned)row->n_words)].name };
		json_t *v = sample_code(g, &of);
		const char *name = xausl_code_name(g->release, of.code_list, json_string_value(v));

		set(beside, row->name, rnd(g, 2) ? sample_text(g, false, rnd(g, 12)) : json_string(name));
		return v;
	}
	set(beside, row->uri, json_string(rnd(g, 2) ? "urn:probe:list" : "urn:de:xauslaender:codelist:nachrichtentyp"));
	set(beside, row->version, json_string(rnd(g, 2) ? "2021-02-19" : "18"));
	if (rnd(g, 2))
		set(beside, row->name, sample_text(g, false, rnd(g, 12)));
	return json_string(rnd(g, 2) ? "070001" : "A 1.x");
}

/* At most @max characters, 0 = any number. */
static json_t *sample_short_text(struct map_sample *g, unsigned max)
{
	for (unsigned tries = 0; tries < TRIES_MAX; tries++) {
		json_t *v = sample_text(g, true, g->longer && (!max || max > LONG_MAX_CHARS) ? LONG : rnd(g, 12));
		const char *s = json_string_value(v);
		unsigned n = 0;

		for (; s && *s; s++)
			n += (*s & 0xc0) != 0x80;
		if (!max || n <= max)
			return v;
		json_decref(v);
	}
	g->failed = true;
	return NULL;
}

static json_t *sample_leaf(struct map_sample *g, const struct map_row *row)
{
	char s[64];

	switch (row->type) {
	case MAP_TEXT:
		return row->pattern ? sample_form(g, row) : sample_short_text(g, row->max_chars);
	case MAP_DATE:
		return sample_date(g, 10);
	case MAP_MONTH:
		return sample_date(g, 7);
	case MAP_YEAR:
		return sample_date(g, 4);
	case MAP_BOOL:
		return json_boolean(rnd(g, 2));
	case MAP_TRUE:
		return json_true();
	case MAP_NULL:
		return json_null();
	case MAP_INT:
		return json_integer((row->has_min ? row->min_value : 0) + rnd(g, 3000));
	case MAP_CODE:
		return sample_code(g, row);
	case MAP_UUID:
		snprintf(s, sizeof(s), "%08x-%04x-4%03x-a%03x-%012x", rnd(g, 1u << 31), rnd(g, 65536),
			 rnd(g, 4096), rnd(g, 4096), rnd(g, 1u << 31));
		return json_string(s);
	case MAP_TIME:
		return sample_time(g);
	case MAP_OCTETS:
		return sample_octets(g);
	case MAP_WORD:
		return json_string(row->words[rnd(g, (unsigned)row->n_words)].name);
	case MAP_PAIR:
		snprintf(s, sizeof(s), "%s:%06u", rnd(g, 2) ? "azr" : "dbs", rnd(g, 1000000));
		return json_string(s);
	default:
		g->failed = true;
		return NULL;
	}
}

static void set(json_t *o, const char *path, json_t *v)
{
	const char *dot;

	while ((dot = strchr(path, '.'))) {
		json_t *next = json_object_getn(o, path, (size_t)(dot - path));

		if (!next) {
			next = json_object();
			json_object_setn_new(o, path, (size_t)(dot - path), next);
		}
		o = next;
		path = dot + 1;
	}
	json_object_set_new(o, path, v);
}

static void sample_block(struct map_sample *g, const struct map_block *block, json_t *o, json_t **value);

/* The value of a row; the name of a code goes to @names: the one of the list, or another. */
static json_t *sample_value(struct map_sample *g, const struct map_row *row, json_t *names)
{
	json_t *v = NULL;

	if (row->type == MAP_FREE_CODE)
		return sample_free_code(g, row, names);
	if (row->type != MAP_BLOCK) {
		v = sample_leaf(g, row);
		if (row->name)
			set(names, row->name, rnd(g, 2) && !row->bare ? sample_text(g, false, rnd(g, 12)) :
			    json_string(xausl_code_name(g->release, row->code_list, json_string_value(v))));
		return v;
	}
	if (row->block->scalar) {
		sample_block(g, row->block, NULL, &v);
		return v;
	}
	v = json_object();
	sample_block(g, row->block, v, NULL);
	return v;
}

static void sample_row(struct map_sample *g, const struct map_row *row, json_t *o, json_t **value)
{
	unsigned n, i;
	json_t *v, *list;

	if (row->frame || row->type == MAP_IGNORED || row->type == MAP_CONST || row->attribute)
		return;
	if (row->type == MAP_DERIVED) {
		set(o, row->field, json_string(map_word_of(row, json_string_value(json_object_get(o, row->from)))));
		return;
	}
	if (row->type == MAP_ANY) {
		return; /* its fields have rows of their own */
	}
	if (row->when_field)
		set(o, row->when_field, json_string(row->when_value));
	if ((row->min == 0 || row->always) && rnd(g, 4) >= g->often)
		return;
	if (row->list) {
		n = row->min + rnd(g, row->max < 4 ? row->max : 4);
		n = n > row->max ? row->max : n < 1 ? 1 : n;
		list = json_array();
		for (i = 0; i < n; i++) {
			json_t *entry = *row->rest ? json_object() : NULL;

			v = sample_value(g, row, entry);
			if (entry)
				set(entry, row->rest, v);
			json_array_append_new(list, entry ? entry : v);
		}
		set(o, row->field, list);
		return;
	}
	if (!*row->field) {
		if (row->type == MAP_BLOCK)
			sample_block(g, row->block, o, value);
		return;
	}
	if (row->scalar) {
		*value = sample_leaf(g, row);
		return;
	}
	v = sample_value(g, row, o);
	if (row->always && json_object_size(v) == 0)
		json_decref(v); /* an empty object is not told from one that is left out */
	else if (json_is_object(json_object_get(o, row->field)) && json_is_object(v)) {
		json_object_update(json_object_get(o, row->field), v);
		json_decref(v);
	} else {
		set(o, row->field, v);
	}
}

static bool has(const json_t *o, const char *path)
{
	const char *dot;

	for (; o && (dot = strchr(path, '.')); path = dot + 1)
		o = json_object_getn(o, path, (size_t)(dot - path));
	return o && json_object_get(o, path);
}

/* At least one of the fields. */
static void sample_any(struct map_sample *g, const struct map_block *block, const struct map_row *any, json_t *o)
{
	const struct map_row *last = NULL;

	for (size_t i = 0; i < block->n_rows; i++)
		for (size_t k = 0; k < any->n_words; k++) {
			if (strcmp(block->rows[i].field, any->words[k].name) != 0)
				continue;
			if (has(o, block->rows[i].field))
				return;
			last = &block->rows[i];
		}
	if (last)
		set(o, last->field, sample_value(g, last, o));
}

static void sample_block(struct map_sample *g, const struct map_block *block, json_t *o, json_t **value)
{
	size_t i;

	if (!block->choice) {
		for (i = 0; i < block->n_rows; i++)
			sample_row(g, &block->rows[i], o, value);
		for (i = 0; i < block->n_rows; i++)
			if (block->rows[i].type == MAP_ANY)
				sample_any(g, block, &block->rows[i], o);
		return;
	}
	/* A choice of ignored rows alone would choose nothing. */
	i = rnd(g, (unsigned)block->n_rows);
	for (size_t k = 0; k < block->n_rows && block->rows[i].type == MAP_IGNORED; k++)
		i = (i + 1) % block->n_rows;
	sample_row(g, &block->rows[i], o, value);
}

json_t *map_sample(struct map_sample *g, const char *number)
{
	const struct map_message *msg;
	json_t *o;

	g->map = xausl_release_map(g->release);
	msg = g->map ? map_message_find(g->map, number) : NULL;
	o = msg ? json_object() : NULL;
	g->failed = false;
	g->no_memory = msg && !o;
	if (!o)
		return NULL;
	sample_block(g, msg->block, o, NULL);
	if (g->failed || g->no_memory) {
		json_decref(o);
		return NULL;
	}
	return o;
}
