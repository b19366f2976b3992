/* SPDX-License-Identifier: Apache-2.0 */
/*
 * date - calendar steps on ISO date texts
 *
 * Years 1 to 9999, proleptic Gregorian.  Months are calendar steps: a day that does not
 * exist becomes the last of its month.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "rules/model.h"

static bool digits(const char *s, size_t n, int *ret)
{
	*ret = 0;
	for (size_t i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		*ret = *ret * 10 + (s[i] - '0');
	}
	return true;
}

bool sim_date_parts(const char *s, int *y, int *m, int *d)
{
	if (!s || strlen(s) != 10 || s[4] != '-' || s[7] != '-')
		return false;
	if (!digits(s, 4, y) || !digits(s + 5, 2, m) || !digits(s + 8, 2, d))
		return false;
	return *y > 0 && osci_date_valid(*y, *m, *d);
}

static int month_days(int y, int m)
{
	int d = 31;

	while (!osci_date_valid(y, m, d))
		d--;
	return d;
}

static bool print(char *out, int y, int m, int d)
{
	if (y < 1 || y > 9999)
		return false;
	return snprintf(out, SIM_DATE_SIZE, "%04d-%02d-%02d", y, (unsigned)m % 100, (unsigned)d % 100) == 10;
}

bool sim_date_ok(const char *date)
{
	int y, m, d;

	return sim_date_parts(date, &y, &m, &d);
}

bool sim_pdate_ok(const char *date)
{
	int y, m;

	if (!date)
		return false;
	switch (strlen(date)) {
	case 4:
		return digits(date, 4, &y) && y > 0;
	case 7:
		return digits(date, 4, &y) && y > 0 && date[4] == '-' && digits(date + 5, 2, &m) && m >= 1 &&
		       m <= 12;
	default:
		return sim_date_ok(date);
	}
}

bool sim_date_add_months(char *out, const char *date, int months)
{
	int y, m, d;

	if (!sim_date_parts(date, &y, &m, &d))
		return false;
	int total = y * 12 + (m - 1) + months;
	if (total < 12)
		return false;
	y = total / 12;
	m = total % 12 + 1;
	if (y > 9999)
		return false;
	int last = month_days(y, m);
	return print(out, y, m, d > last ? last : d);
}

bool sim_date_day_before(char *out, const char *date)
{
	int y, m, d;

	if (!sim_date_parts(date, &y, &m, &d))
		return false;
	if (--d == 0) {
		if (--m == 0) {
			m = 12;
			y--;
		}
		if (y < 1)
			return false;
		d = month_days(y, m);
	}
	return print(out, y, m, d);
}

bool sim_date_month_end(char *out, const char *date)
{
	int y, m, d;

	return sim_date_parts(date, &y, &m, &d) && print(out, y, m, month_days(y, m));
}

/* Parts are of fixed width: one date covers the other exactly if it is its beginning. */
bool sim_pdate_fits(const char *a, const char *b, bool overlap)
{
	if (!a || !b)
		return false;
	if (!overlap)
		return strcmp(a, b) == 0;
	size_t la = strlen(a), lb = strlen(b);
	return strncmp(a, b, la < lb ? la : lb) == 0;
}
