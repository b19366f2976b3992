/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules - how InGe decides, as pure functions
 *
 * Input: request, persons InGe holds, settings, day of decision.  Output: struct
 * sim_decision, which says what to answer and what to store; carrying it out is the engine's
 * work.  Rows of the decision table are named RULE-n; where the sources leave a point open a
 * setting decides (struct sim_settings).
 */
#ifndef SIM_RULES_RULES_H
#define SIM_RULES_RULES_H

#include "rules/model.h"

/* --- who is it --------------------------------------------------------- */

enum sim_identity {
	SIM_ID_NEW,       /* nobody fits */
	SIM_ID_KNOWN,     /* by a strong key */
	SIM_ID_DUPLICATE, /* surname, birth date, sex: hits in @hits */
	SIM_ID_CONFLICT,  /* two strong keys name two persons: hits in @hits */
	SIM_ID_PAIR,      /* Kennziffer of somebody with another birth date */
};
struct sim_identified {
	enum sim_identity how;
	const struct sim_person *person; /* KNOWN */
	const struct sim_person *hits[SIM_CANDIDATES_MAX];
	size_t n_hits;
};
/* For 070001 and 070008 to 070011. @mem: scratch for folding. */
void sim_identify(struct sim_identified *ret, struct sim_mem *mem, const struct sim_request *req,
		  const struct sim_person *persons, size_t n, const struct sim_settings *s);
/* For 070013, 070016, 070019, 070022: exactly one by Kennziffer and birth date, else NULL. */
const struct sim_person *sim_identify_pair(const struct sim_request *req, const struct sim_person *persons,
					   size_t n, const struct sim_settings *s);

/* --- what follows ------------------------------------------------------ */

enum sim_action {
	SIM_DO_NOTHING,   /* answer only, if any */
	SIM_DO_STORE,     /* new record (@fresh); ends @ended; @person NULL = new person */
	SIM_DO_CLARIFY,   /* keep the case open for a clerk */
	SIM_DO_ASK,       /* keep the case open for 070007, one month */
	SIM_DO_TAKE_OVER, /* add the office to @shown */
	SIM_DO_RENAME,    /* surname of @person */
	SIM_DO_BLOCK,     /* information block of @person */
};

enum sim_list { SIM_LIST_NONE, SIM_LIST_REFUSAL, SIM_LIST_DUPLICATE, SIM_LIST_QUESTION, SIM_LIST_INFORMATION,
		SIM_LIST_ATTENDANCE, SIM_LIST_TAKEOVER };
const char *sim_list_name(enum sim_list list); /* short name of the code list */

struct sim_fresh {
	const char *art;
	char valid_from[SIM_DATE_SIZE], valid_until[SIM_DATE_SIZE]; /* until "" = unlimited */
	const char *kennziffer; /* kept; NULL = a new one */
	bool orientation_course_only, language_course_only;
};

#define SIM_NOTES_MAX 2
struct sim_decision {
	const char *rule;   /* "RULE-5a", for log and tests */
	const char *answer; /* "070005"; NULL = no message */
	enum sim_action action;
	enum sim_list list;
	const char *code;
	const char *reject; /* the message is rejected, for this cause */
	const char *text;   /* own text of 17099 and of 070017 without a code; NULL = text of the code list */
	const char *gap;    /* for {0}; NULL = none */
	const char *result; /* 070012: record, completed, none */
	const struct sim_person *person;
	const struct sim_record *shown; /* record in the answer */
	const struct sim_person *hits[SIM_CANDIDATES_MAX]; /* CLARIFY */
	size_t n_hits;
	const struct sim_record *ended[SIM_ENDED_MAX];
	enum sim_ended ended_how[SIM_ENDED_MAX];
	size_t n_ended;
	struct sim_fresh fresh;
	bool can_take_over;
	const char *notes[SIM_NOTES_MAX];
	size_t n_notes;
};

bool sim_is_report(const char *number);     /* 070001, 070008 to 070010 */
bool sim_is_obligation(const char *number); /* 070008 to 070010 */

/* Rows 1 to 8 for a report. */
void sim_decide_report(struct sim_decision *ret, struct sim_mem *mem, const struct sim_request *req,
		       const struct sim_person *persons, size_t n, const struct sim_settings *s, const char *today);
/* Rows 2 to 8 once the person is clear; @person NULL = new. @replace: a yes by 070007, rows 6 and 7 no longer ask. */
void sim_decide_person(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *person,
		       const struct sim_settings *s, const char *today, bool replace);
/* 070007 to a case that is gone. */
void sim_decide_gone(struct sim_decision *ret);
/* 070007 = no. */
void sim_decide_declined(struct sim_decision *ret);

/* 070011, 070013, 070016, 070019, 070022. */
void sim_decide_information(struct sim_decision *ret, struct sim_mem *mem, const struct sim_request *req,
			    const struct sim_person *persons, size_t n, const struct sim_settings *s,
			    const char *today);
void sim_decide_attendance(struct sim_decision *ret, const struct sim_request *req,
			   const struct sim_person *persons, size_t n, const struct sim_settings *s,
			   const char *today);
void sim_decide_takeover(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
			 size_t n, const struct sim_settings *s, const char *today);
void sim_decide_rename(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
		       size_t n, const struct sim_settings *s, const char *today);
void sim_decide_block(struct sim_decision *ret, const struct sim_request *req, const struct sim_person *persons,
		      size_t n, const struct sim_settings *s);

/* --- texts ------------------------------------------------------------- */

/*
 * Fills the gaps of a code list's text: {0}, {1} and <Vorliegende Berechtigung>; an explanation in
 * brackets directly behind a gap goes.  Dashes, quotes and other characters outside DIN 91379 data type C
 * become allowed ones.  NULL without memory.
 */
char *sim_text_fill(struct sim_mem *mem, const char *text, const char *gap0, const char *gap1);

#endif
