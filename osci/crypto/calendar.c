/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calendar - until when an algorithm may be used: rows of versions/algorithms.csv
 *
 * One row per algorithm, smallest key and last day; several rows of one algorithm are alternatives
 * (a smaller key until an earlier day).  What has no row may not be used: the table is complete
 * or it is wrong.  Days are UTC, the last one counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <osci/message.h>
#include "base/file.h"
#include "crypto/priv.h"

#define FILE_MAX ((size_t)256 * 1024)
#define ROWS_MAX 1024
#define URI_MAX 512
#define COLUMNS 5
#define BITS_DIGITS 5
#define DAY_S 86400

struct row {
	const char *uri; /* inside the text */
	unsigned bits;
	int64_t end;     /* first second after the last day; INT64_MAX = none known */
};

struct osci_algorithms {
	char *text;
	struct row *rows;
	size_t n_rows;
};

void osci_algorithms_freep(struct osci_algorithms **a)
{
	if (!*a)
		return;
	free((*a)->text);
	free((*a)->rows);
	free(*a);
	*a = NULL;
}

/* @n digits, or -1. */
static int digits(const char *s, size_t n)
{
	int v = 0;

	for (; n > 0; n--, s++) {
		if (*s < '0' || *s > '9')
			return -1;
		v = 10 * v + (*s - '0');
	}
	return v;
}

static bool number(const char *s, unsigned *ret)
{
	size_t n = strlen(s);
	int v = n > 0 && n <= BITS_DIGITS ? digits(s, n) : -1;

	*ret = v < 0 ? 0 : (unsigned)v;
	return v >= 0;
}

static bool last_day(const char *s, int64_t *end)
{
	struct tm tm = { 0 }, back;
	time_t t;

	*end = INT64_MAX;
	if (!*s)
		return true;
	if (strlen(s) != 10 || s[4] != '-' || s[7] != '-' || digits(s, 4) < 0)
		return false;
	tm.tm_year = digits(s, 4) - 1900;
	tm.tm_mon = digits(s + 5, 2) - 1;
	tm.tm_mday = digits(s + 8, 2);
	back = tm;
	t = timegm(&back);
	if (back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday || back.tm_year != tm.tm_year)
		return false; /* 31 June */
	*end = (int64_t)t + DAY_S;
	return true;
}

static bool known_use(const char *s)
{
	static const char *const uses[] = { "signature", "digest", "mask", "key transport", "cipher" };
	size_t i;

	for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strcmp(s, uses[i]) == 0)
			return true;
	return false;
}

/* Cuts @line at its semicolons; the last column takes the rest. */
static const char *read_row(char *line, struct row *row)
{
	char *column[COLUMNS] = { 0 };
	size_t i;

	for (i = 0; i < COLUMNS; i++) {
		column[i] = line;
		line = i + 1 < COLUMNS ? strchr(line, ';') : NULL;
		if (line)
			*line++ = '\0';
		else if (i + 1 < COLUMNS)
			return "five columns expected";
	}
	if (!known_use(column[0]))
		return "use is unknown";
	row->uri = column[1];
	if (!*row->uri || strlen(row->uri) > URI_MAX)
		return "URI expected";
	if (!number(column[2], &row->bits))
		return "minimum of key bits is no number";
	if (!last_day(column[3], &row->end))
		return "last day is no date YYYY-MM-DD";
	if (!*column[4])
		return "source is missing";
	return NULL;
}

static int read_rows(struct osci_algorithms *a, const char *path, struct osci_err *err)
{
	char *line = a->text, place[OSCI_ERR_WHERE_MAX];
	unsigned number_of = 0;

	while (line && *line) {
		char *end = strchr(line, '\n');
		const char *what;

		number_of++;
		if (end)
			*end++ = '\0';
		if (*line && *line != '#') {
			what = a->n_rows < ROWS_MAX ? read_row(line, &a->rows[a->n_rows]) : "too many rows";
			if (what) {
				snprintf(place, sizeof(place), "%s:%u", path, number_of);
				return osci_fail(err, OSCI_E_CONFIG, NULL, place, "%s", what);
			}
			a->n_rows++;
		}
		line = end;
	}
	if (!a->n_rows)
		return osci_fail(err, OSCI_E_CONFIG, NULL, path, "holds no algorithm");
	return 0;
}

int osci_algorithms_load(struct osci_algorithms **ret, const char *path, struct osci_err *err)
{
	_cleanup_(osci_algorithms_freep) struct osci_algorithms *a = calloc(1, sizeof(*a));
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(FILE_MAX + 4096);
	int r;

	*ret = NULL;
	if (!a)
		return -ENOMEM;
	r = osci_file_read(path, FILE_MAX, false, &text, err);
	if (r)
		return r > 0 ? osci_fail(err, OSCI_E_CONFIG, NULL, path, "cannot be read as a table") : r;
	if (text.len && memchr(text.data, 0, text.len))
		return osci_fail(err, OSCI_E_CONFIG, NULL, path, "holds a NUL");
	a->text = osci_buf_take(&text, NULL);
	a->rows = calloc(ROWS_MAX, sizeof(*a->rows));
	if (!a->text || !a->rows)
		return -ENOMEM;
	r = read_rows(a, path, err);
	if (r)
		return r;
	*ret = a;
	a = NULL;
	return 0;
}

int osci_algorithms_check(const struct osci_algorithms *a, const char *uri, unsigned bits, int64_t now,
			  struct osci_err *err)
{
	bool listed = false, large = false;
	size_t i;

	for (i = 0; i < a->n_rows; i++) {
		if (strcmp(a->rows[i].uri, uri) != 0)
			continue;
		listed = true;
		if (bits && bits < a->rows[i].bits)
			continue;
		large = true;
		if (now < a->rows[i].end)
			return 0;
	}
	if (!listed)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, "algorithm", "%.160s is not listed", uri);
	if (!large)
		return osci_fail(err, OSCI_E_ALGORITHM, NULL, "algorithm", "%.160s: key of %u bits is too short", uri, bits);
	return osci_fail(err, OSCI_E_ALGORITHM, NULL, "algorithm", "%.160s is past its last day", uri);
}
