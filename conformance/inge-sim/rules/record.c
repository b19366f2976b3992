/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record - what a stored record is, and whether it is in force
 *
 * Decided by stored fields, never by age: an obligation without an end stays in force
 * until it is withdrawn, replaced, lapsed by inactivity or completed.
 */
#include <string.h>

#include "rules/model.h"

/* § 4 Abs. 1 Satz 3 IntV as InGe applies it: thirteen months, so that late reports still count. */
#define LAPSE_MONTHS 13

static const struct {
	const char *art;
	enum sim_art_class class;
} arts[] = {
	{ "1a", SIM_ART_ENTITLEMENT },    { "1b", SIM_ART_OBLIGATION_ABH }, { "2", SIM_ART_OBLIGATION_ABH },
	{ "3", SIM_ART_ADMISSION_BAMF },  { "4", SIM_ART_ENTITLEMENT },     { "5", SIM_ART_OBLIGATION_TGS },
	{ "6", SIM_ART_ADMISSION_BAMF },  { "7", SIM_ART_OBLIGATION_TLA },  { "8", SIM_ART_ADMISSION_TGS },
};

enum sim_art_class sim_art_class(const char *art)
{
	for (size_t i = 0; art && i < sizeof(arts) / sizeof(arts[0]); i++)
		if (strcmp(arts[i].art, art) == 0)
			return arts[i].class;
	return SIM_ART_UNKNOWN;
}

const char *sim_art_kind(const char *art)
{
	switch (sim_art_class(art)) {
	case SIM_ART_ENTITLEMENT:
		return "entitlement";
	case SIM_ART_OBLIGATION_ABH:
	case SIM_ART_OBLIGATION_TGS:
	case SIM_ART_OBLIGATION_TLA:
		return "obligation";
	case SIM_ART_ADMISSION_BAMF:
	case SIM_ART_ADMISSION_TGS:
		return "admission";
	case SIM_ART_UNKNOWN:
		break;
	}
	return NULL;
}

static bool is_activity(const char *kind)
{
	static const char *const kinds[] = { "registration", "course_start", "section_start", "section_end",
					     "dtz_result", "lid_result", "repetition_registration" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i], kind) == 0)
			return true;
	return false;
}

/* The course was begun, but nothing is known of when: nobody can say how long ago the last activity was. */
static bool activity_unknown(const struct sim_record *r)
{
	bool known = r->attended == SIM_ATTENDED_NONE;

	for (size_t i = 0; i < r->n_events; i++)
		known = known || is_activity(r->events[i].kind);
	return !known;
}

const char *sim_record_activity(const struct sim_record *r)
{
	const char *last = r->registered;

	if (activity_unknown(r))
		return NULL;

	for (size_t i = 0; i < r->n_events; i++)
		if (is_activity(r->events[i].kind) && (!last || strcmp(r->events[i].date, last) > 0))
			last = r->events[i].date;
	/* Code 17580: an obligation granted later counts from its own grant. */
	if (last && strcmp(last, r->valid_from) < 0)
		last = r->valid_from;
	return last;
}

bool sim_record_lapse_day(char *out, const struct sim_record *r, const struct sim_settings *s)
{
	char day[SIM_DATE_SIZE];
	const char *last = sim_record_activity(r);

	if (!last || r->attended == SIM_ATTENDED_COMPLETE || !sim_date_add_months(day, last, LAPSE_MONTHS))
		return false;
	if (s->lapse_month_end)
		return sim_date_month_end(out, day);
	memcpy(out, day, sizeof(day));
	return true;
}

bool sim_record_lapsed(const struct sim_record *r, const struct sim_settings *s, const char *today)
{
	char day[SIM_DATE_SIZE];

	return sim_record_lapse_day(day, r, s) && strcmp(today, day) > 0;
}

bool sim_record_in_force(const struct sim_record *r, const struct sim_settings *s, const char *today)
{
	if (r->ended != SIM_ENDED_NOT || r->attended == SIM_ATTENDED_COMPLETE)
		return false;
	/* RULE-4: validity over and no registration; or lapsed by inactivity. */
	if (r->valid_until && strcmp(r->valid_until, today) < 0 && !r->registered)
		return false;
	return !sim_record_lapsed(r, s, today);
}

bool sim_record_taken_over(const struct sim_record *r, const char *office_key)
{
	for (size_t i = 0; i < r->n_taken_over_by; i++)
		if (strcmp(r->taken_over_by[i], office_key) == 0)
			return true;
	return false;
}
