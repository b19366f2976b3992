/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value - what a text must look like to be the value of a row
 */
#include <stdlib.h>
#include <string.h>

#include "map/table.h"
#include "base/text.h"

static bool digits(const char *s, size_t n, unsigned *ret)
{
	*ret = 0;
	while (n--) {
		if (*s < '0' || *s > '9')
			return false;
		*ret = *ret * 10 + (unsigned)(*s++ - '0');
	}
	return true;
}

/* YYYY, YYYY-MM or YYYY-MM-DD; year 0000 does not exist in XML Schema. */
static bool date_ok(const char *s, size_t len, size_t want)
{
	unsigned year, month = 1, day = 1;

	if (len != want || !digits(s, 4, &year) || !year)
		return false;
	if (len > 4 && (s[4] != '-' || !digits(s + 5, 2, &month)))
		return false;
	if (len > 7 && (s[7] != '-' || !digits(s + 8, 2, &day)))
		return false;
	return osci_date_valid((int)year, (int)month, (int)day);
}

bool map_uuid_ok(const char *s, size_t len)
{
	size_t i;

	if (len != 36)
		return false;
	for (i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		bool hex = (s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f') || (s[i] >= 'A' && s[i] <= 'F');

		if (dash ? s[i] != '-' : !hex)
			return false;
	}
	return true;
}

bool map_time_ok(const char *s, size_t len)
{
	char utc[64];
	int64_t ms;

	if (!osci_parse_datetime(s, len, &ms))
		return true;
	if (len + 2 > sizeof(utc))
		return false;
	memcpy(utc, s, len);
	utc[len] = 'Z';
	return !osci_parse_datetime(utc, len + 1, &ms);
}

/* "azr:011200": two tokens without blanks. */
static bool pair_ok(const char *s, size_t len)
{
	const char *colon = memchr(s, ':', len);
	size_t i;

	if (!colon || colon == s || colon == s + len - 1)
		return false;
	for (i = 0; i < len; i++)
		if ((unsigned char)s[i] <= ' ')
			return false;
	return true;
}

/* As XML Schema has it in its canonical form: no white space, full groups, no stray bits before the padding. */
static bool base64_ok(const char *s, size_t len)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t pad = 0, i;

	if (len % 4 || len > XAUSL_OCTETS_MAX)
		return false;
	while (pad < 2 && pad < len && s[len - 1 - pad] == '=')
		pad++;
	for (i = 0; i < len - pad; i++)
		if (!s[i] || !memchr(alphabet, s[i], 64))
			return false;
	if (!pad)
		return true;
	return strchr(pad == 2 ? "AQgw" : "AEIMQUYcgkosw048", s[len - pad - 1]) != NULL;
}

const char *map_free_list(const struct xausl_release *r, const struct map_row *row, const char *code)
{
	size_t i;

	for (i = 0; i < row->n_words; i++)
		if (xausl_code_name(r, row->words[i].name, code))
			return row->words[i].name;
	return NULL;
}

static enum map_fault text_ok(const struct xausl_map *m, const struct map_row *row, const char *s, size_t len)
{
	struct map_char_place place;

	if (len > MAP_TEXT_MAX || !map_chars_ok(m, s, len, &place) || (row->max_chars && place.chars > row->max_chars))
		return MAP_INVALID;
	if (row->pattern && xmlRegexpExec(row->pattern, (const xmlChar *)s) != 1)
		return MAP_INVALID;
	return MAP_FINE;
}

static enum map_fault code_ok(const struct xausl_release *r, const struct map_row *row, const char *s)
{
	const char *column;

	if (!xausl_code_name(r, row->code_list, s))
		return MAP_UNKNOWN_CODE;
	if (!row->column)
		return MAP_FINE;
	column = xausl_code_column(r, row->code_list, s, row->column);
	return column && *column ? MAP_FINE : MAP_NOT_ALLOWED;
}

const char *map_word_of(const struct map_row *row, const char *value)
{
	size_t i, len = strlen(value);

	for (i = 0; i < row->n_words; i++) {
		const char *s = row->words[i].values;

		while (*s) {
			size_t n = strcspn(s, " ");

			if (n == len && memcmp(s, value, n) == 0)
				return row->words[i].name;
			s += n + (s[n] == ' ');
		}
	}
	return NULL;
}

enum map_fault map_text_check(const struct xausl_map *m, const struct xausl_release *r, const struct map_row *row,
			      const char *s, size_t len, bool required)
{
	size_t i;

	if (memchr(s, 0, len))
		return MAP_INVALID;
	if (!len && required && row->type != MAP_OCTETS)
		return MAP_EMPTY;
	switch (row->type) {
	case MAP_TEXT:
		return text_ok(m, row, s, len);
	case MAP_DATE:
		return date_ok(s, len, 10) ? MAP_FINE : MAP_INVALID;
	case MAP_MONTH:
		return date_ok(s, len, 7) ? MAP_FINE : MAP_INVALID;
	case MAP_YEAR:
		return date_ok(s, len, 4) ? MAP_FINE : MAP_INVALID;
	case MAP_UUID:
		return map_uuid_ok(s, len) ? MAP_FINE : MAP_INVALID;
	case MAP_TIME:
		return map_time_ok(s, len) ? MAP_FINE : MAP_INVALID;
	case MAP_OCTETS:
		return base64_ok(s, len) ? MAP_FINE : MAP_INVALID;
	case MAP_CODE:
		return code_ok(r, row, s);
	case MAP_PAIR:
		return pair_ok(s, len) ? text_ok(m, row, s, len) : MAP_INVALID;
	case MAP_WORD:
		for (i = 0; i < row->n_words; i++)
			if (strcmp(row->words[i].name, s) == 0)
				return MAP_FINE;
		return MAP_UNKNOWN_CODE;
	default:
		return MAP_INVALID;
	}
}

bool map_name_ok(const char *s, size_t len)
{
	const char *end = s + len;

	if (!len || len > MAP_TEXT_MAX)
		return false;
	while (s < end) {
		uint32_t c = map_char_next(&s, end);

		if (c < 0x20 || c == 0x7F || c == UINT32_MAX || c == 0xFFFE || c == 0xFFFF)
			return false;
	}
	return true;
}

const char *map_expected(const struct map_row *row)
{
	switch (row->type) {
	case MAP_TEXT:
		if (row->pattern || row->max_chars)
			return "a text of the length and form the field has, expected";
		return "a text of characters of DIN 91379 data type C expected";
	case MAP_DATE:
		if (!row->scalar)
			return "a date YYYY-MM-DD expected";
		return "a date YYYY-MM-DD, YYYY-MM or YYYY expected";
	case MAP_MONTH:
	case MAP_YEAR:
		return "a date YYYY-MM-DD, YYYY-MM or YYYY expected";
	case MAP_BOOL:
		return "true or false expected";
	case MAP_TRUE:
		return "true expected; for no, the field is left out";
	case MAP_INT:
		return "a whole number expected";
	case MAP_CODE:
	case MAP_FREE_CODE:
		return "a code as text expected";
	case MAP_OCTETS:
		return "base64 without white space expected";
	case MAP_TIME:
		return "a time expected, such as 2026-11-16T09:00:00.000+01:00";
	case MAP_UUID:
		return "a UUID expected";
	case MAP_PAIR:
		return "a text prefix:id expected";
	case MAP_BLOCK:
		return row->list ? "a list expected" : "an object with fields expected";
	default:
		return "no value of its type";
	}
}
