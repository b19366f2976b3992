/* SPDX-License-Identifier: Apache-2.0 */
/*
 * chars - characters a text may hold, from map-chars.csv of the release
 *
 * A table row allows a range of code points, or a sequence of a letter and combining marks.  Marks are never
 * allowed alone, so taking the longest sequence at each place finds every reading there is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "map/table.h"

uint32_t map_char_next(const char **p, const char *end)
{
	const unsigned char *s = (const unsigned char *)*p;
	size_t left = (size_t)(end - *p), n, i;
	uint32_t c;

	if (!left)
		return 0;
	if (s[0] < 0x80) {
		*p += 1;
		return s[0] ? s[0] : UINT32_MAX;
	}
	if (s[0] >= 0xC2 && s[0] <= 0xDF) {
		n = 2;
		c = s[0] & 0x1Fu;
	} else if ((s[0] & 0xF0) == 0xE0) {
		n = 3;
		c = s[0] & 0x0Fu;
	} else if (s[0] >= 0xF0 && s[0] <= 0xF4) {
		n = 4;
		c = s[0] & 0x07u;
	} else {
		return UINT32_MAX;
	}
	if (left < n)
		return UINT32_MAX;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return UINT32_MAX;
		c = c << 6 | (s[i] & 0x3Fu);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xD800 && c <= 0xDFFF))) || (n == 4 && (c < 0x10000 || c > 0x10FFFF)))
		return UINT32_MAX;
	*p += n;
	return c;
}

static int range_cmp(const void *key, const void *item)
{
	const uint32_t c = *(const uint32_t *)key;
	const struct map_char_range *r = item;

	return c < r->first ? -1 : c > r->last;
}

static int sequence_cmp(const void *a, const void *b)
{
	const struct map_char_sequence *x = a, *y = b;

	return x->c[0] < y->c[0] ? -1 : x->c[0] > y->c[0];
}

/* Length in code points of the longest sequence that begins at @p; *@ret = the place behind it. */
static size_t sequence_at(const struct xausl_map *m, uint32_t c, const char *p, const char *end, const char **ret)
{
	size_t lo = 0, hi = m->n_sequences, best = 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (m->sequences[mid].c[0] < c)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < m->n_sequences && m->sequences[lo].c[0] == c; lo++) {
		const uint32_t *seq = m->sequences[lo].c;
		const char *q = p;
		size_t n = 1;

		while (n < 4 && seq[n] && map_char_next(&q, end) == seq[n])
			n++;
		if ((n == 4 || !seq[n]) && n > best) {
			best = n;
			*ret = q;
		}
	}
	return best;
}

bool map_chars_ok(const struct xausl_map *m, const char *s, size_t len, struct map_char_place *ret)
{
	const char *end = s + len;

	*ret = (struct map_char_place){ .behind = end };
	while (s < end) {
		const char *behind = NULL;
		uint32_t c = map_char_next(&s, end);
		size_t n;

		if (c == UINT32_MAX) {
			ret->code = c;
			return false;
		}
		n = c < 0x80 && (s == end || !(*s & 0x80)) ? 0 : sequence_at(m, c, s, end, &behind);
		if (n) {
			s = behind;
			ret->chars += n;
			continue;
		}
		if (!bsearch(&c, m->ranges, m->n_ranges, sizeof(*m->ranges), range_cmp)) {
			ret->code = c;
			ret->behind = s;
			return false;
		}
		ret->chars++;
	}
	return true;
}

/* The next of some hexadecimal numbers separated by one blank. */
static bool hex_next(const char **p, uint32_t *ret)
{
	const char *s = *p;

	*ret = 0;
	for (; (*s >= '0' && *s <= '9') || (*s >= 'A' && *s <= 'F'); s++) {
		*ret = *ret << 4 | (uint32_t)(*s <= '9' ? *s - '0' : *s - 'A' + 10);
		if (*ret > 0x10FFFF)
			return false;
	}
	if (!*ret || (*s && *s != ' '))
		return false;
	*p = s + (*s == ' ');
	return true;
}

static bool add_row(struct xausl_map *m, const char *kind, const char *first, const char *last)
{
	if (strcmp(kind, "range") == 0) {
		struct map_char_range *r = &m->ranges[m->n_ranges];

		if (!hex_next(&first, &r->first) || *first || !hex_next(&last, &r->last) || *last || r->last < r->first)
			return false;
		if (m->n_ranges && r->first <= r[-1].last) /* ascending, so that they can be searched */
			return false;
		m->n_ranges++;
		return true;
	}
	if (strcmp(kind, "sequence") == 0) {
		struct map_char_sequence *q = &m->sequences[m->n_sequences];
		size_t n = 0;

		while (*first)
			if (n == 4 || !hex_next(&first, &q->c[n++]))
				return false;
		m->n_sequences++;
		return n >= 2 && !*last;
	}
	return false;
}

int map_chars_load(struct xausl_map *m, struct osci_err *err)
{
	size_t i;

	m->ranges = calloc(m->csv_chars->n_rows, sizeof(*m->ranges));
	m->sequences = calloc(m->csv_chars->n_rows, sizeof(*m->sequences));
	if (!m->ranges || !m->sequences)
		return -ENOMEM;
	for (i = 0; i < m->csv_chars->n_rows; i++) {
		const struct xausl_csv_row *row = &m->csv_chars->rows[i];

		if (!add_row(m, xausl_csv_field(row, 0), xausl_csv_field(row, 1), xausl_csv_field(row, 2)))
			return xausl_csv_fail(m->csv_chars, row, err, "no ascending range or sequence of code points");
	}
	qsort(m->sequences, m->n_sequences, sizeof(*m->sequences), sequence_cmp);
	return 0;
}
