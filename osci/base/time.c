/* SPDX-License-Identifier: Apache-2.0 */
/*
 * time - calendar arithmetic, xsd:dateTime, Europe/Berlin by the EU rule
 *
 * Gregorian calendar for the years 1 to 9999; instants outside are written as the nearest
 * one inside.  Summer time: last Sunday of March 01:00 UTC to last Sunday of October 01:00 UTC,
 * the rule since 1996; for earlier instants the same rule is applied, which history did not.
 */
#include <stdio.h>

#include <osci/err.h>
#include "base/text.h"

#define SECOND ((int64_t)1000)
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define FRACTION_MAX 20 /* digits behind the second; more than three are dropped */

static const unsigned char month_days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

static bool leap(int y)
{
	return (y % 4 == 0 && y % 100) || y % 400 == 0;
}

bool osci_date_valid(int year, int month, int day)
{
	if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	return day <= month_days[month - 1] + (month == 2 && leap(year));
}

/* Years count from March here, so that the leap day is the last of a year; 400 years = 146097 days. */
int64_t osci_days_from_civil(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_ms(int64_t ms, struct osci_civil *c)
{
	const int64_t lo = osci_days_from_civil(1, 1, 1) * DAY;
	const int64_t hi = osci_days_from_civil(10000, 1, 1) * DAY - 1;
	int64_t days, rest, era, doe, yoe, doy, mp;

	ms = ms < lo ? lo : ms > hi ? hi : ms;
	days = ms / DAY - (ms % DAY < 0);
	rest = ms - days * DAY;
	days += 719468;
	era = days / 146097; /* days >= 0 for the years clamped to */
	doe = days - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = (int)(yoe + era * 400 + (c->month <= 2));
	c->hour = (int)(rest / HOUR);
	c->minute = (int)(rest / (60 * SECOND) % 60);
	c->second = (int)(rest / SECOND % 60);
	c->ms = (int)(rest % SECOND);
}

static int64_t ms_from_civil(const struct osci_civil *c)
{
	return osci_days_from_civil(c->year, c->month, c->day) * DAY + c->hour * HOUR +
	       c->minute * 60 * SECOND + c->second * SECOND + c->ms;
}

struct osci_civil osci_civil_utc(int64_t ms)
{
	struct osci_civil c;

	civil_from_ms(ms, &c);
	return c;
}

/* 01:00 UTC on the last Sunday of a month of 31 days. 1970-01-01 was a Thursday. */
static int64_t last_sunday(int year, int month)
{
	int64_t days = osci_days_from_civil(year, month, 31);
	int64_t weekday = ((days + 4) % 7 + 7) % 7; /* 0 = Sunday */

	return (days - weekday) * DAY + HOUR;
}

static int64_t berlin_offset(int64_t ms)
{
	struct osci_civil c;

	civil_from_ms(ms, &c);
	return ms >= last_sunday(c.year, 3) && ms < last_sunday(c.year, 10) ? 2 * HOUR : HOUR;
}

void osci_berlin_civil(int64_t ms, struct osci_civil *ret)
{
	civil_from_ms(ms, ret); /* clamps first: the offset cannot overflow then */
	civil_from_ms(ms_from_civil(ret) + berlin_offset(ms), ret);
}

/* A local time that the change to summer time skips means the same distance behind the change. */
int64_t osci_berlin_instant(const struct osci_civil *c)
{
	int64_t local = ms_from_civil(c);

	return berlin_offset(local - 2 * HOUR) == 2 * HOUR ? local - 2 * HOUR : local - HOUR;
}

static void write_civil(char *out, size_t size, const struct osci_civil *c, const char *zone)
{
	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s", c->year, c->month, c->day, c->hour, c->minute,
		 c->second, c->ms, zone);
}

void osci_format_datetime_utc(char *out, size_t size, int64_t ms)
{
	struct osci_civil c;

	civil_from_ms(ms, &c);
	write_civil(out, size, &c, "Z");
}

void osci_format_datetime_berlin(char *out, size_t size, int64_t ms)
{
	struct osci_civil c;

	osci_berlin_civil(ms, &c);
	write_civil(out, size, &c, berlin_offset(ms) == HOUR ? "+01:00" : "+02:00");
}

static bool number(const char *s, int digits, int max, int *ret)
{
	uint64_t v;

	if (osci_parse_u64(s, (size_t)digits, (uint64_t)max, &v))
		return false;
	*ret = (int)v;
	return true;
}

/* "Z" or "+hh:mm", at most 14 hours; offset in ms. */
static bool read_zone(const char *s, size_t len, int64_t *ret)
{
	int hour, minute;

	if (len == 1 && s[0] == 'Z') {
		*ret = 0;
		return true;
	}
	if (len != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' || !number(s + 1, 2, 14, &hour) ||
	    !number(s + 4, 2, 59, &minute) || (hour == 14 && minute))
		return false;
	*ret = (hour * 60 + minute) * 60 * SECOND * (s[0] == '-' ? -1 : 1);
	return true;
}

int osci_parse_datetime(const char *s, size_t len, int64_t *ret_ms)
{
	struct osci_civil c = { 0 };
	size_t pos = 19;
	int64_t zone;

	if (len < 20 || s[4] != '-' || s[7] != '-' || s[10] != 'T' || s[13] != ':' || s[16] != ':' ||
	    !number(s, 4, 9999, &c.year) || !number(s + 5, 2, 12, &c.month) || !number(s + 8, 2, 31, &c.day) ||
	    !number(s + 11, 2, 23, &c.hour) || !number(s + 14, 2, 59, &c.minute) ||
	    !number(s + 17, 2, 59, &c.second) || !osci_date_valid(c.year, c.month, c.day))
		return OSCI_E_MALFORMED;
	if (s[pos] == '.') {
		int weight = 100;
		size_t first = ++pos;

		for (; pos < len && s[pos] >= '0' && s[pos] <= '9'; pos++, weight /= 10)
			c.ms += (s[pos] - '0') * weight;
		if (pos == first || pos - first > FRACTION_MAX)
			return OSCI_E_MALFORMED;
	}
	if (!read_zone(s + pos, len - pos, &zone))
		return OSCI_E_MALFORMED;
	*ret_ms = ms_from_civil(&c) - zone;
	return 0;
}
