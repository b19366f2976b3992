/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Property: for every message, random fields go to XML that the validator and the reference schemas accept, and
 * come back unchanged.  Fields are made from the table: optional ones by chance, texts from the whole character
 * set, lists, null where null has a meaning.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine/release.h"
#include "lib/t_confined.h"
#include "map-common.h"

#define ROUNDS (100 / (unsigned)T_SLOWER)

static struct map_test t;
static bool with_reference;
static uint64_t seed = 20261122;

static unsigned rnd(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)((seed >> 33) % n);
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

/* A letter, then anything the character set has. */
static json_t *random_text(bool controls)
{
	struct osci_buf b;
	unsigned n = rnd(12), k;
	json_t *v;

	osci_buf_init(&b, 4096);
	add_char(&b, 'A' + rnd(26));
	while (n--) {
		const struct map_char_range *r = &t.m->ranges[rnd((unsigned)t.m->n_ranges)];
		uint32_t c = r->first + rnd(r->last - r->first + 1);

		if (rnd(5) == 0) {
			const struct map_char_sequence *q = &t.m->sequences[rnd((unsigned)t.m->n_sequences)];

			for (k = 0; k < 4 && q->c[k]; k++)
				add_char(&b, q->c[k]);
		} else if (c >= 0x20 || controls) {
			add_char(&b, c);
		}
		if (rnd(8) == 0)
			osci_buf_adds(&b, "&<>\"']]>");
	}
	v = json_stringn((const char *)b.data, b.len);
	osci_buf_free(&b);
	assert_non_null(v);
	return v;
}

static json_t *random_form(const struct map_row *row)
{
	char s[MAP_FIELD_MAX];
	unsigned i, n;

	for (;;) {
		if (rnd(2)) {
			snprintf(s, sizeof(s), "%02u%02u%02u%06u", rnd(100), rnd(13), rnd(32), rnd(1000000));
		} else {
			n = row->max_chars ? rnd(row->max_chars) + 1 : 12;
			for (i = 0; i < n; i++)
				s[i] = "0123456789"[rnd(10)];
			s[n] = 0;
		}
		if (map_text_check(t.m, t.release, row, s, strlen(s), true) == MAP_FINE)
			return json_string(s);
	}
}

static json_t *random_code(const struct map_row *row)
{
	const struct xausl_list *l = xausl_list_find(t.release, row->code_list);
	const char *code;

	assert_non_null(l);
	do
		code = l->codes[rnd((unsigned)l->n_codes)]->field[0];
	while (map_text_check(t.m, t.release, row, code, strlen(code), true) != MAP_FINE);
	return json_string(code);
}

static json_t *random_date(size_t len)
{
	char s[16];

	snprintf(s, sizeof(s), "%04u-%02u-%02u", 1900 + rnd(200), 1 + rnd(12), 1 + rnd(28));
	return json_stringn(s, len);
}

/* Zone, fractions, and neither of them changed on the way. */
static json_t *random_time(void)
{
	static const char *const tails[] = { "Z", "+01:00", ".5Z", ".123+02:00" };
	char s[64];

	snprintf(s, sizeof(s), "%04u-%02u-%02uT%02u:%02u:%02u%s", 1990 + rnd(50), 1 + rnd(12), 1 + rnd(28), rnd(24), rnd(60),
		 rnd(60), tails[rnd(4)]);
	return json_string(s);
}

static json_t *random_octets(void)
{
	struct osci_buf b = OSCI_BUF_INIT(4096);
	unsigned char raw[300];
	unsigned n = rnd(sizeof(raw)), i;
	json_t *v;

	for (i = 0; i < n; i++)
		raw[i] = (unsigned char)rnd(256);
	osci_base64_encode(&b, raw, n, 0);
	v = json_stringn(b.data ? (const char *)b.data : "", b.len);
	osci_buf_free(&b);
	assert_non_null(v);
	return v;
}

static void set(json_t *o, const char *path, json_t *v);

/* A code of a list of the row, or of a list the office names. */
static json_t *random_free_code(const struct map_row *row, json_t *beside)
{
	if (row->n_words && rnd(2)) {
		struct map_row of = { .type = MAP_CODE, .code_list = row->words[rnd((unsigned)row->n_words)].name };
		json_t *v = random_code(&of);
		const char *name = xausl_code_name(t.release, of.code_list, json_string_value(v));

		set(beside, row->name, rnd(2) ? random_text(false) : json_string(name));
		return v;
	}
	set(beside, row->uri, json_string(rnd(2) ? "urn:probe:list" : "urn:de:xauslaender:codelist:nachrichtentyp"));
	set(beside, row->version, json_string(rnd(2) ? "2021-02-19" : "18"));
	if (rnd(2))
		set(beside, row->name, random_text(false));
	return json_string(rnd(2) ? "070001" : "A 1.x");
}

/* At most @max characters, 0 = any number. */
static json_t *random_short_text(unsigned max)
{
	for (;;) {
		json_t *v = random_text(true);
		const char *s = json_string_value(v);
		unsigned n = 0;

		for (; *s; s++)
			n += (*s & 0xc0) != 0x80;
		if (!max || n <= max)
			return v;
		json_decref(v);
	}
}

static json_t *random_leaf(const struct map_row *row)
{
	char s[64];

	switch (row->type) {
	case MAP_TEXT:
		return row->pattern ? random_form(row) : random_short_text(row->max_chars);
	case MAP_DATE:
		return random_date(10);
	case MAP_MONTH:
		return random_date(7);
	case MAP_YEAR:
		return random_date(4);
	case MAP_BOOL:
		return json_boolean(rnd(2));
	case MAP_TRUE:
		return json_true();
	case MAP_NULL:
		return json_null();
	case MAP_INT:
		return json_integer((row->has_min ? row->min_value : 0) + rnd(3000));
	case MAP_CODE:
		return random_code(row);
	case MAP_UUID:
		snprintf(s, sizeof(s), "%08x-%04x-4%03x-a%03x-%012x", rnd(1u << 31), rnd(65536),
			 rnd(4096), rnd(4096), rnd(1u << 31));
		return json_string(s);
	case MAP_TIME:
		return random_time();
	case MAP_OCTETS:
		return random_octets();
	case MAP_WORD:
		return json_string(row->words[rnd((unsigned)row->n_words)].name);
	case MAP_PAIR:
		snprintf(s, sizeof(s), "%s:%06u", rnd(2) ? "azr" : "dbs", rnd(1000000));
		return json_string(s);
	default:
		fail();
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

static void random_block(const struct map_block *block, json_t *o, json_t **value);

/* The value of a row; the name of a code goes to @names: the one of the list, or another. */
static json_t *random_value(const struct map_row *row, json_t *names)
{
	json_t *v = NULL;

	if (row->type == MAP_FREE_CODE)
		return random_free_code(row, names);
	if (row->type != MAP_BLOCK) {
		v = random_leaf(row);
		if (row->name)
			set(names, row->name, rnd(2) && !row->bare ? random_text(false) :
			    json_string(xausl_code_name(t.release, row->code_list, json_string_value(v))));
		return v;
	}
	if (row->block->scalar) {
		random_block(row->block, NULL, &v);
		return v;
	}
	v = json_object();
	random_block(row->block, v, NULL);
	return v;
}

static void random_row(const struct map_row *row, json_t *o, json_t **value)
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
		if (!json_object_get(o, "reason"))
			set(o, "reason.text", random_text(true));
		return;
	}
	if (row->when_field)
		set(o, row->when_field, json_string(row->when_value));
	if ((row->min == 0 || row->always) && rnd(2))
		return;
	if (row->list) {
		n = row->min + rnd(row->max < 4 ? row->max : 4);
		n = n > row->max ? row->max : n < 1 ? 1 : n;
		list = json_array();
		for (i = 0; i < n; i++) {
			json_t *entry = *row->rest ? json_object() : NULL;

			v = random_value(row, entry);
			if (entry)
				set(entry, row->rest, v);
			json_array_append_new(list, entry ? entry : v);
		}
		set(o, row->field, list);
		return;
	}
	if (!*row->field) {
		if (row->type == MAP_BLOCK)
			random_block(row->block, o, value);
		return;
	}
	if (row->scalar) {
		*value = random_leaf(row);
		return;
	}
	v = random_value(row, o);
	if (row->always && json_object_size(v) == 0)
		json_decref(v); /* an empty object is not told from one that is left out */
	else if (json_is_object(json_object_get(o, row->field)) && json_is_object(v)) {
		json_object_update(json_object_get(o, row->field), v);
		json_decref(v);
	} else {
		set(o, row->field, v);
	}
}

static void random_block(const struct map_block *block, json_t *o, json_t **value)
{
	size_t i;

	if (!block->choice) {
		for (i = 0; i < block->n_rows; i++)
			random_row(&block->rows[i], o, value);
		return;
	}
	do
		i = rnd((unsigned)block->n_rows);
	while (block->rows[i].type == MAP_IGNORED);
	random_row(&block->rows[i], o, value);
}

/* S999 says nothing without a detail. */
static void explain(json_t *reasons)
{
	json_t *reason;
	size_t i;

	json_array_foreach(reasons, i, reason) {
		if (strcmp(json_string_value(json_object_get(reason, "code")), "S999") == 0)
			json_object_set_new(reason, "details", json_pack("[{s:o}]", "text", random_text(true)));
	}
}

/* Who forwards is the last in the list, with the time of this message. */
static void sign_list(json_t *forwarders)
{
	json_t *last = json_array_get(forwarders, json_array_size(forwarders) - 1);
	char created[64];

	osci_format_datetime_berlin(created, sizeof(created), t.frame.created_ms);
	json_object_set_new(last, "key", json_string(t.frame.author.key));
	json_object_set_new(last, "time", json_string(created));
}

/* Rules between fields that the table does not know: the validator does. */
static void obey_rules(const char *number, json_t *fields)
{
	json_t *cases = json_object_get(fields, "cases"), *one;
	json_t *record = json_object_get(fields, "record"), *registration = json_object_get(fields, "registration");
	json_t *sections = json_object_get(fields, "sections"), *section;
	size_t i;

	explain(json_object_get(fields, "reasons"));
	json_array_foreach(cases, i, one) {
		explain(json_object_get(one, "reasons"));
	}
	if (strcmp(number, "000020") == 0) /* not a container in a container */
		json_object_set_new(fields, "original", json_pack("{s:s, s:s}", "message", "070001", "message_name", "Probe"));
	if (strcmp(number, "0030") == 0)
		sign_list(json_object_get(fields, "forwarders"));
	if (record) {
		if (json_object_get(record, "valid_until"))
			json_object_set_new(record, "unlimited", json_false());
	}
	if (json_object_get(registration, "placement_test_waived")) {
		json_object_del(registration, "course_type");
		json_object_del(registration, "course_type_name");
		json_object_del(registration, "section");
		json_object_del(registration, "section_name");
	}
	json_array_foreach(sections, i, section) {
		if (json_object_get(section, "end_expected")) {
			json_object_del(section, "absent_excused");
			json_object_del(section, "absent_unexcused");
		}
	}
}

static void round_trip(const char *number)
{
	const struct map_message *msg = map_message_find(t.m, number);
	json_t *fields = json_object(), *back;
	char *xml, *a, *b;
	size_t len;

	random_block(msg->block, fields, NULL);
	obey_rules(number, fields);
	xml = map_test_build(&t, number, fields, &len);
	if (!xml)
		fprintf(stderr, "# %s\n", json_dumps(fields, 0));
	assert_non_null(xml);
	if (with_reference && !map_reference_valid(xml, len)) {
		fprintf(stderr, "# %s\n", xml);
		fail_msg("the reference schemas refuse a built %s", number);
	}
	back = map_test_read(&t, xml, len);
	assert_non_null(back);
	assert_string_equal(json_string_value(json_object_get(back, "message")), number);
	map_test_strip(back);
	if (strcmp(number, "070011") == 0)
		json_object_del(fields, "purpose"); /* not sent */
	if (!json_equal(fields, back)) {
		a = json_dumps(fields, JSON_SORT_KEYS);
		b = json_dumps(back, JSON_SORT_KEYS);
		fprintf(stderr, "# sent %s\n# read %s\n", a, b);
		free(a);
		free(b);
		fail_msg("fields of %s changed on the way", number);
	}
	json_decref(fields);
	json_decref(back);
	free(xml);
}

static void test_message(void **state)
{
	unsigned i;

	for (i = 0; i < ROUNDS; i++)
		round_trip(*state);
}

static void test_all_messages_are_here(void **state)
{
	assert_int_equal(t.m->n_messages, 18 + 10);
}

#define MESSAGE(n) { "lossless " n, test_message, NULL, NULL, (void *)(uintptr_t)(n) }

/* A release that no list of this program knows. */
static void test_other_release(void **state)
{
	for (size_t m = 0; m < t.m->n_messages; m++)
		for (unsigned i = 0; i < ROUNDS; i++)
			round_trip(t.m->messages[m].number);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_messages_are_here),
		MESSAGE("000002"), MESSAGE("000020"), MESSAGE("000030"), MESSAGE("000040"), MESSAGE("0010"),
		MESSAGE("0020"), MESSAGE("0021"), MESSAGE("0030"), MESSAGE("0031"), MESSAGE("0032"),
		MESSAGE("070001"), MESSAGE("070003"), MESSAGE("070004"), MESSAGE("070005"), MESSAGE("070006"),
		MESSAGE("070007"), MESSAGE("070008"), MESSAGE("070009"), MESSAGE("070010"), MESSAGE("070011"),
		MESSAGE("070012"), MESSAGE("070013"), MESSAGE("070014"), MESSAGE("070015"), MESSAGE("070016"),
		MESSAGE("070017"), MESSAGE("070019"), MESSAGE("070022"),
	};
	const struct CMUnitTest other[] = { cmocka_unit_test(test_other_release) };
	int r;

	if (getenv("XAUSL_TEST_RELEASE")) {
		map_test_open(&t);
		r = cmocka_run_group_tests_name("map-lossless-other", other, NULL, NULL);
		map_test_close(&t);
		return r;
	}
	with_reference = map_reference_open();
	if (!with_reference)
		printf("# SKIP reference schemas are not there: built messages are checked by the own module only\n");
	map_test_open(&t);
	r = cmocka_run_group_tests_name("map-lossless", tests, NULL, NULL);
	map_test_close(&t);
	map_reference_close();
	return r;
}
