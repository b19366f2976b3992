/* SPDX-License-Identifier: Apache-2.0 */
/*
 * settings - the points the sources leave open, each with the values InGe may have
 *
 * One list for everybody: names of the configuration (sim.settings.NAME), values, the first of which is the default, and
 * the field of struct sim_settings.  FLAG: the field is true for the second value.  TEXT: the value itself.
 */
#ifndef SIM_RULES_SETTINGS_H
#define SIM_RULES_SETTINGS_H

#include "rules/model.h"

#define SIM_SWITCHES(X)                                                                                                \
	/* who is it */                                                                                                \
	X(name_match, FLAG, name_folded, "exact", "exact|folded", "When surnames count as identical.")               \
	X(partial_date_match, FLAG, date_overlap, "exact", "exact|overlap", "When partly known birth dates fit.")    \
	X(several_hits, FLAG, hits_each, "one", "one|each", "070004 per request, or per person that fits.")          \
	X(pair_mismatch, FLAG, pair_ignored, "refuse", "refuse|ignore",                                               \
	  "Kennziffer of somebody with another birth date in a report: 070005, or it does not count.")               \
	X(information_by_name, FLAG, information_strong, "single", "single|never", "070011: one hit by name counts.") \
	X(one_way_unknown, FLAG, one_way_reject, "ignore", "ignore|reject", "070019, 070022 for nobody.")            \
	/* reports */                                                                                                  \
	X(own_record, FLAG, own_repeat, "refuse", "refuse|repeat", "Row 7: 070005, or 070003 with the old Kennziffer.") \
	X(own_entitlement, FLAG, own_question, "replace", "replace|question",                                         \
	  "Row 7, obligation over the own entitlement: directly or after 070006.")                                   \
	X(keep_kennziffer, FLAG, keep_kennziffer, "false", "false|true",                                              \
	  "Replacement and grant after a lapse keep the old Kennziffer.")                                            \
	X(lapse, FLAG, lapse_month_end, "day", "day|month_end", "End of month 13 of inactivity.")                    \
	X(entitlement_takeover, FLAG, entitlement_takeover, "false", "false|true",                                    \
	  "Rows 5b and 5c, wish entitlement: takeover is offered.")                                                  \
	X(entitlement_months, TEXT, entitlement_months, "12", "12|24|3|unlimited", "Validity of an entitlement.")    \
	X(obligation_months, TEXT, obligation_months, "unlimited", "unlimited|12|24", "Validity by 070008 and 070009.") \
	X(code_citizen, TEXT, code_citizen, "17112", "17112|17099", "Row 2b, wish entitlement.")                     \
	X(code_spaetaussiedler, TEXT, code_spaetaussiedler, "17104", "17104|17108|17110|17111",                       \
	  "Row 2c, wish entitlement.")                                                                               \
	X(code_attended, TEXT, code_attended, "17050", "17050|17051|17052", "Row 3.")                                \
	X(code_obliged, TEXT, code_obliged, "17107", "17107|17108", "Rows 5a and 5b, wish entitlement.")             \
	X(code_entitled, TEXT, code_entitled, "17104", "17104|17108|17111", "Row 6, wish entitlement.")              \
	X(code_own, TEXT, code_own, "17104", "17104|17111", "Row 7, entitlement over the own entitlement.")          \
	X(note_refusal, TEXT, note_refusal, "17117", "17117|17563|17565",                                             \
	  "Note in 070005 when takeover is possible; 17117 is 17118 for an admission.")                              \
	X(final_trigger, FLAG, trigger_request, "answer", "answer|request",                                           \
	  "What the message after a 070007 names as ausloeserUUID.")                                                 \
	/* information and takeover */                                                                                 \
	X(note_information, TEXT, note_information, "17563", "17563|17565|17117",                                     \
	  "Note in 070012 when takeover is possible; 17117 is 17118 for an admission.")                              \
	X(deceased_result, TEXT, deceased_result, "none", "none|record|completed", "Branch of 070012 for a person who died.") \
	X(foreign_attendance, FLAG, foreign_attendance, "refuse", "refuse|give",                                      \
	  "070013 for the obligation of another office.")                                                            \
	X(planning, FLAG, planning_shown, "hidden", "hidden|shown", "070015: a course that is planned shows as a section.")   \
	X(code_repetition, TEXT, code_repetition, "17576", "17576|17577", "070017 after completion with a repetition.") \
	X(takeover_obliged, FLAG, takeover_obliged_code, "text", "text|17571", "070016 for an obligation of an ABH.") \
	X(takeover_twice, FLAG, takeover_once, "repeat", "repeat|refuse", "070016 of who has taken over already.")   \
	X(deletion, FLAG, deletion, "never", "never|law", "Data go after five and ten years without a valid record.")

/* False if there is no such switch or value.  @value is borrowed. */
bool sim_settings_set(struct sim_settings *s, const char *name, const char *value);
/* Name of switch @i and its values separated by |; NULL behind the last. */
const char *sim_settings_name(size_t i, const char **values);

#endif
