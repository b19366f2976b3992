/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables - names of section "fields" of xausl-cases(5) that are not in a message
 */
#include <string.h>

#include "case/tables.h"

/* Messages a BAMF sends to an office, and what they are on the bus. */
static const struct {
	const char *number, *outcome;
} outcomes[] = {
    {"070003", "accepted"},	     {"070004", "duplicate"},
    {"070005", "refused"},	     {"070006", "question"},
    {"070012", "information"},	     {"070014", "attendance_refused"},
    {"070015", "attendance"},	     {"070017", "takeover_refused"},
    {"0010", "rejected-by-partner"}, {"000002", "rejected-by-partner"},
    {"000030", "not-competent"},     {"0032", "not-competent"},
    {"0031", "forwarded"},
};

static const char *const error_codes[] = {"missing",
					  "empty",
					  "invalid",
					  "too_many",
					  "unknown_code",
					  "code_not_allowed",
					  "unknown_field",
					  "unknown_message",
					  "unknown_office",
					  "no_open_question",
					  "question_answered",
					  "question_lapsed",
					  "no_release",
					  "release_changed",
					  "certificate",
					  "directory",
					  NULL};
static const char *const kinds[] = {"entitlement", "obligation", "admission", NULL};
static const char *const attended[] = {"none", "partial", "complete", NULL};

/* "outcome" of a message is looked up by the outcomes above. */
static const char *const outcome_words[] = {"accepted",
					    "duplicate",
					    "refused",
					    "question",
					    "information",
					    "attendance_refused",
					    "attendance",
					    "takeover_refused",
					    "accepted-by-gateway",
					    "rejected-by-gateway",
					    "held",
					    "rejected-by-partner",
					    "not-competent",
					    "forwarded",
					    "overdue",
					    "reminder",
					    "lapsed",
					    "incoming-rejected",
					    "incoming-unassigned",
					    "incoming-repeated",
					    NULL};
const char *const cf_office_outcomes[] = {"accepted-by-gateway",
					  "rejected-by-gateway",
					  "held",
					  "rejected-by-partner",
					  "not-competent",
					  "forwarded",
					  "overdue",
					  "reminder",
					  "lapsed",
					  NULL};
const char *const cf_operator_outcomes[] = {"incoming-rejected", "incoming-unassigned", "incoming-repeated",
					    "overdue", NULL};

#define END                                                                                                  \
	{                                                                                                    \
		NULL, CF_T_TEXT, NULL, NULL                                                                  \
	}

static const struct cf_row envelope_office[] = {{"message", CF_T_TEXT},
						{"outcome", CF_T_WORD, NULL, outcome_words},
						{"request", CF_T_TEXT},
						{"delivery", CF_T_TEXT},
						{"redelivery", CF_T_BOOL},
						{"uuid", CF_T_TEXT},
						{"created", CF_T_TEXT},
						{"release", CF_T_TEXT},
						{"author.key", CF_T_TEXT},
						{"author.name", CF_T_TEXT},
						END};
static const struct cf_row envelope_partner[] = {
    {"message", CF_T_TEXT}, {"office", CF_T_OFFICE},   {"uuid", CF_T_TEXT},	   {"created", CF_T_TEXT},
    {"release", CF_T_TEXT}, {"author.key", CF_T_TEXT}, {"author.name", CF_T_TEXT}, END};
static const struct cf_row errors[] = {{"errors[].field", CF_T_TEXT},
				       {"errors[].code", CF_T_WORD, NULL, error_codes},
				       {"errors[].standard_code", CF_T_CODE, "Fehlercodes-in-XInneres"},
				       {"errors[].text", CF_T_TEXT},
				       END};
static const struct cf_row text[] = {{"text", CF_T_TEXT}, END};
static const struct cf_row mailbox[] = {{"mailbox", CF_T_OFFICE}, END};

const struct cf_row cf_rows_record[] = {{"kind", CF_T_WORD, NULL, kinds},
					{"art", CF_T_CODE, "ABHBAMF-TeilnahmeberechtigungArt"},
					{"issuer.type", CF_T_CODE_OR_NULL, "Int.Behoerdentyp"},
					{"issuer.name", CF_T_TEXT},
					{"issuer.key", CF_T_TEXT},
					{"kennziffer", CF_T_TEXT},
					{"valid_from", CF_T_DATE},
					{"valid_until", CF_T_DATE_OR_NULL},
					{"registered", CF_T_DATE_OR_NULL},
					{"attended", CF_T_WORD, NULL, attended},
					{"orientation_course_only", CF_T_BOOL},
					{"language_course_only", CF_T_BOOL},
					{"taken_over_by[]", CF_T_TEXT},
					END};
const struct cf_row cf_rows_state[] = {{"state", CF_T_WORD, NULL, cf_journal_states},
				       {"in_force", CF_T_INT},
				       {"surname", CF_T_NAME},
				       {"information_block", CF_T_BOOL},
				       END};

const struct cf_row *cf_rows_envelope(enum cf_side side)
{
	return side == CF_SIDE_OFFICE || side == CF_SIDE_OPERATOR ? envelope_office
	       : side == CF_SIDE_PARTNER			  ? envelope_partner
								  : NULL;
}

const struct cf_row *cf_rows_outcome(const char *outcome)
{
	if (strcmp(outcome, "rejected-by-gateway") == 0 || strcmp(outcome, "held") == 0)
		return errors;
	if (strcmp(outcome, "not-competent") == 0 || strcmp(outcome, "forwarded") == 0)
		return text;
	if (strncmp(outcome, "incoming-", 9) == 0)
		return mailbox;
	return NULL;
}

const char *cf_message_outcome(const char *number)
{
	for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
		if (strcmp(outcomes[i].number, number) == 0)
			return outcomes[i].outcome;
	return NULL;
}

const char *cf_type_name(struct cf_load *l, const struct cf_row *row)
{
	static const char *const names[] = {
	    [CF_T_TEXT] = "text",
	    [CF_T_NAME] = "text or null",
	    [CF_T_DATE] = "a date such as 2026-11-16",
	    [CF_T_DATE_OR_NULL] = "a date such as 2026-11-16, or null",
	    [CF_T_BOOL] = "true or false",
	    [CF_T_INT] = "a whole number",
	    [CF_T_OFFICE] = "azr: and a code of Gueltige-Auslaenderbehoerden",
	};

	if (row->type == CF_T_WORD)
		return osci_pool_text(l->mem, "one of %s", cf_words_text(l, row->words));
	if (row->type == CF_T_CODE || row->type == CF_T_CODE_OR_NULL)
		return osci_pool_text(l->mem, "a code of the list %s%s", row->list,
				      row->type == CF_T_CODE ? "" : ", or null");
	return names[row->type];
}

bool cf_row_fits(const struct cf_load *l, const struct cf_row *row, const json_t *v)
{
	const char *s = json_string_value(v);

	switch (row->type) {
	case CF_T_TEXT:
		return s;
	case CF_T_NAME:
		return s || json_is_null(v);
	case CF_T_DATE:
		return s && cf_date_ok(s);
	case CF_T_DATE_OR_NULL:
		return json_is_null(v) || (s && cf_date_ok(s));
	case CF_T_BOOL:
		return json_is_boolean(v);
	case CF_T_INT:
		return json_is_integer(v);
	case CF_T_CODE:
		return s && xausl_code_name(l->release, row->list, s);
	case CF_T_CODE_OR_NULL:
		return json_is_null(v) || (s && xausl_code_name(l->release, row->list, s));
	case CF_T_OFFICE:
		return s && strncmp(s, "azr:", 4) == 0 &&
		       xausl_code_name(l->release, "Gueltige-Auslaenderbehoerden", s + 4);
	case CF_T_WORD:
		for (size_t i = 0; s && row->words[i]; i++)
			if (strcmp(row->words[i], s) == 0)
				return true;
		return false;
	}
	return false;
}
