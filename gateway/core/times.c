/* SPDX-License-Identifier: Apache-2.0 */
/*
 * times - a month, and working days
 */
#include "base/text.h"
#include "core/times.h"

#define DAY_MS INT64_C(86400000)

int64_t xgw_question_ends(int64_t since_ms)
{
	struct osci_civil c;

	osci_berlin_civil(since_ms, &c);
	if (++c.month > 12) {
		c.month = 1;
		c.year++;
	}
	while (c.day > 28 && !osci_date_valid(c.year, c.month, c.day))
		c.day--;
	return osci_berlin_instant(&c);
}

int64_t xgw_working_days_after(int64_t since_ms, unsigned days)
{
	struct osci_civil start, end;
	int64_t day, moved = 0;

	osci_berlin_civil(since_ms, &start);
	day = osci_days_from_civil(start.year, start.month, start.day);
	while (days) {
		int64_t weekday; /* 0 = Monday; 1970-01-01 was a Thursday */

		moved++;
		weekday = ((day + moved + 3) % 7 + 7) % 7;
		if (weekday < 5)
			days--;
	}
	/* The date from noon, so that a change of summer time does not move it; the time of day from the start. */
	end = start;
	end.hour = 12;
	osci_berlin_civil(osci_berlin_instant(&end) + moved * DAY_MS, &end);
	end.hour = start.hour;
	end.minute = start.minute;
	end.second = start.second;
	end.ms = start.ms;
	return osci_berlin_instant(&end);
}
