/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dur - durations and local times of case files
 *
 * Pure functions on osci/base's calendar of Berlin.  Results stay within the years 1 to 9999.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "case/case.h"

#define PART_MAX 1000000u /* of one number of a duration: no sum of them overflows */
#define DAY_MS	 86400000ll

/* One letter of a duration and where its number goes; in the order they may come. */
struct part {
	char letter;
	bool time; /* behind the T */
	unsigned seconds;
};
static const struct part parts[] = {
    {'Y', false, 0},   {'M', false, 0}, {'W', false, 0}, {'D', false, 0},
    {'H', true, 3600}, {'M', true, 60}, {'S', true, 1},
};
#define PARTS (sizeof(parts) / sizeof(parts[0]))

int cf_dur_parse(const char *text, struct cf_dur *ret)
{
	unsigned value[PARTS] = {0};
	size_t next = 0;
	const char *p = text;
	bool time = false, any = false, after_t = false;

	if (*p++ != 'P')
		return OSCI_E_MALFORMED;
	while (*p) {
		if (*p == 'T' && !time) {
			time = true;
			after_t = false;
			p++;
			continue;
		}
		size_t digits = strspn(p, "0123456789");
		uint64_t n;
		if (osci_parse_u64(p, digits, PART_MAX, &n))
			return OSCI_E_MALFORMED;
		p += digits;
		while (next < PARTS && (parts[next].letter != *p || parts[next].time != time))
			next++;
		if (next == PARTS)
			return OSCI_E_MALFORMED;
		value[next++] = (unsigned)n;
		p++;
		any = after_t = true;
	}
	if (!any || (time && !after_t))
		return OSCI_E_MALFORMED;
	*ret = (struct cf_dur){
	    value[0], value[1], value[2], value[3], value[4] * 3600ll + value[5] * 60ll + value[6], NULL};
	return 0;
}

static int days_of(int year, int month)
{
	int day = 31;

	while (!osci_date_valid(year, month, day))
		day--;
	return day;
}

int64_t cf_dur_add(int64_t from_ms, const struct cf_dur *d)
{
	int64_t to = from_ms;

	if (d->years || d->months || d->weeks || d->days) {
		struct osci_civil c;

		osci_berlin_civil(from_ms, &c);
		int64_t months = c.year * 12ll + c.month - 1 + d->years * 12ll + d->months;
		c.year = months / 12 > 9999 ? 9999 : (int)(months / 12);
		c.month = (int)(months % 12) + 1;
		int last = days_of(c.year, c.month);
		if (c.day > last)
			c.day = last;
		/* Days are counted on the calendar without zones, then the local time is looked up. */
		int64_t day = osci_days_from_civil(c.year, c.month, c.day) + d->weeks * 7ll + d->days;
		struct osci_civil date = osci_civil_utc(day * DAY_MS);
		c.year = date.year;
		c.month = date.month;
		c.day = date.day;
		to = osci_berlin_instant(&c);
	}
	return to + d->seconds * 1000;
}

int cf_time_parse(const char *text, int64_t *ret_ms)
{
	char zoned[32];
	char back[24];
	int64_t utc;

	if (strlen(text) != 19)
		return OSCI_E_MALFORMED;
	snprintf(zoned, sizeof(zoned), "%sZ", text);
	if (osci_parse_datetime(zoned, 20, &utc))
		return OSCI_E_MALFORMED;
	struct osci_civil c = osci_civil_utc(utc);
	int64_t ms = osci_berlin_instant(&c);
	cf_time_format(ms, back);
	if (strcmp(back, text) != 0) /* the hour that summer time skips */
		return OSCI_E_MALFORMED;
	*ret_ms = ms;
	return 0;
}

void cf_time_format(int64_t ms, char ret[24])
{
	struct osci_civil c;

	osci_berlin_civil(ms, &c);
	snprintf(ret, 24, "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)c.year % 10000, (unsigned)c.month % 100,
		 (unsigned)c.day % 100, (unsigned)c.hour % 100, (unsigned)c.minute % 100,
		 (unsigned)c.second % 100);
}
