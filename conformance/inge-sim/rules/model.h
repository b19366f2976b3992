/* SPDX-License-Identifier: Apache-2.0 */
/*
 * model - what the decision core of inge-sim knows
 *
 * Requests, persons and records as plain structs; every text is UTF-8, borrowed from the
 * region (struct sim_mem) it was loaded into.  Dates are ISO texts ("2026-11-16"), birth
 * dates may be partly known ("1986-04", "1986").  NULL means "not there" unless said otherwise.
 * The core does no I/O, reads no clock and knows no XML.
 */
#ifndef SIM_RULES_MODEL_H
#define SIM_RULES_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_DATE_SIZE 11
#define SIM_NATIONALITIES_MAX 4
#define SIM_CANDIDATES_MAX 64 /* persons looked at for one request */
#define SIM_ENDED_MAX 16      /* records ended by one decision */

/* A region: freed at once, errors are sticky (sim_mem_failed). */
struct sim_mem {
	struct sim_chunk *head;
	bool failed;
};
void *sim_alloc(struct sim_mem *mem, size_t size); /* zeroed; NULL on failure */
char *sim_copy(struct sim_mem *mem, const char *s); /* NULL gives NULL */
void sim_mem_free(struct sim_mem *mem);

enum sim_art_class {
	SIM_ART_UNKNOWN,
	SIM_ART_ENTITLEMENT,    /* 1a, 4 */
	SIM_ART_OBLIGATION_ABH, /* 1b, 2 */
	SIM_ART_OBLIGATION_TGS, /* 5 */
	SIM_ART_OBLIGATION_TLA, /* 7 */
	SIM_ART_ADMISSION_BAMF, /* 3, 6 */
	SIM_ART_ADMISSION_TGS,  /* 8 */
};
enum sim_art_class sim_art_class(const char *art);
/* "entitlement", "obligation", "admission"; NULL for an unknown art. */
const char *sim_art_kind(const char *art);

enum sim_attended { SIM_ATTENDED_NONE, SIM_ATTENDED_PARTIAL, SIM_ATTENDED_COMPLETE };
enum sim_ended { SIM_ENDED_NOT, SIM_ENDED_WITHDRAWN, SIM_ENDED_REPLACED, SIM_ENDED_LAPSED };

/* Course event; @data is the JSON text of the event as it came. */
struct sim_event {
	const char *kind, *date, *data;
};

struct sim_record {
	int64_t id;
	const char *label; /* name in a preload file, or NULL */
	const char *art, *kennziffer;
	const char *issuer_type, *issuer_name, *issuer_key; /* type and key may be NULL */
	const char *valid_from, *valid_until; /* until NULL = unlimited */
	const char *registered;               /* with a provider; or NULL */
	const char *file_reference;           /* Aktenzeichen of the issuer, or NULL */
	const char *ended_on;                 /* day of the withdrawal, replacement or drop; NULL = not ended */
	enum sim_attended attended;
	enum sim_ended ended;
	bool orientation_course_only, language_course_only;
	const char *const *taken_over_by;
	size_t n_taken_over_by;
	const struct sim_event *events; /* by date, then arrival */
	size_t n_events;
};

#define SIM_FLAG_GERMAN 1u
#define SIM_FLAG_EU_CITIZEN 2u
#define SIM_FLAG_SPAETAUSSIEDLER 4u
#define SIM_FLAG_DECEASED 8u
#define SIM_FLAG_INFORMATION_BLOCK 16u

struct sim_person {
	int64_t id;
	const char *label;       /* name in a preload file, or NULL */
	const char *surname;     /* NULL = rightly has none */
	const char *given_names; /* NULL = rightly has none */
	const char *birth_date;
	const char *sex;         /* m, w, d, x; NULL = left out */
	const char *azr_number;
	unsigned flags;
	const char *nationalities[SIM_NATIONALITIES_MAX];
	size_t n_nationalities;
	const struct sim_record *records;
	size_t n_records;
};

struct sim_request {
	const char *number, *uuid, *trigger;
	const char *office_key, *office_name;
	const char *surname, *given_names, *birth_date, *sex, *azr_number;
	const char *nationalities[SIM_NATIONALITIES_MAX];
	size_t n_nationalities;
	const char *kennziffer, *valid_until, *new_surname;
	bool orientation_course_only, language_course_only;
	bool permit_extension, replace, information_block;
};

/* Open points of the partner's rules (rules/settings.h); sim_settings_default() has the defaults. */
struct sim_settings {
	bool name_folded, date_overlap, hits_each, pair_ignored, information_strong, one_way_reject, own_repeat, own_question;
	bool keep_kennziffer, lapse_month_end, entitlement_takeover, trigger_request, foreign_attendance, takeover_obliged_code;
	bool takeover_once, deletion, planning_shown;
	const char *code_citizen, *code_spaetaussiedler, *code_attended, *code_obliged, *code_entitled, *code_own;
	const char *code_repetition, *note_refusal, *note_information, *deceased_result;
	const char *entitlement_months, *obligation_months; /* a number, or unlimited */
};
void sim_settings_default(struct sim_settings *s);

/* --- dates ------------------------------------------------------------- */

/* @out of SIM_DATE_SIZE; false if @date is no full valid date. A day that does not exist becomes the last. */
bool sim_date_add_months(char *out, const char *date, int months);
bool sim_date_day_before(char *out, const char *date);
bool sim_date_month_end(char *out, const char *date);
bool sim_date_parts(const char *date, int *year, int *month, int *day);
bool sim_date_ok(const char *date);  /* full date */
bool sim_pdate_ok(const char *date); /* full, year and month, or year */
bool sim_pdate_fits(const char *a, const char *b, bool overlap);

/* --- names ------------------------------------------------------------- */

/* Folded form: lower case, no diacritics, no hyphens, blanks, apostrophes, points; NULL gives NULL. */
char *sim_name_fold(struct sim_mem *mem, const char *name);
bool sim_name_fits(struct sim_mem *mem, const char *a, const char *b, bool folded);

/* --- state of a record ------------------------------------------------- */

/* Day of the last course activity, but not before the grant; NULL: none yet, or begun without a known event. */
const char *sim_record_activity(const struct sim_record *r);
/* Last day before the lapse by inactivity; false if no clock runs. */
bool sim_record_lapse_day(char *out, const struct sim_record *r, const struct sim_settings *s);
bool sim_record_lapsed(const struct sim_record *r, const struct sim_settings *s, const char *today);
bool sim_record_in_force(const struct sim_record *r, const struct sim_settings *s, const char *today);
bool sim_record_taken_over(const struct sim_record *r, const char *office_key);

#endif
