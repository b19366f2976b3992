/* SPDX-License-Identifier: Apache-2.0 */
/* handlers - the functions themselves, by file; see call.h for what they are given */
#ifndef COURSE_HANDLERS_H
#define COURSE_HANDLERS_H

#include "course/call.h"

course_handler course_registration, course_abort, course_completion;             /* person.c */
course_handler course_planning, course_update, course_information, course_list;  /* plan.c */
course_handler course_start, course_section_start, course_section_update, course_section_end; /* section.c */
course_handler course_language_test, course_dtz_results, course_lid_results;     /* tests.c */
course_handler course_participant;                                               /* participant.c */

/* Errors if the record was ended, is complete, lapsed or expired unused. */
void course_usable(struct course_call *k, const struct sim_record *r, const char *field);

/* A course as a row, for the files above and the public list. */
struct course_row {
	char key[COURSE_KEY_SIZE], party[COURSE_KEY_SIZE], state[16];
	json_t *data; /* planning data */
};
void course_row_clear(struct course_row *r);
/* Own course of the user, else *@found is false and an error was added. */
int course_row_find(struct course_call *k, struct course_row *ret, bool *found);
/* Brief fields of a course into @o. */
int course_brief_json(struct course_call *k, const struct course_row *r, json_t *o);
/* unknown_teacher for keys that are not the provider's. */
int course_check_teachers(struct course_call *k, const json_t *list);
/* Is participant x still there?  An abort counts if it came after what was reported of this course last. */
#define COURSE_PRESENT \
	"NOT EXISTS (SELECT 1 FROM event e WHERE e.record = x.record AND e.kind = 'abort' AND e.id >" \
	" (SELECT max(a.event) FROM course_attendance a WHERE a.course = x.course AND a.record = x.record))"
/* Those who are still there. */
int64_t course_count_participants(struct course_call *k, const char *key, int *ret_error);
/* Kennziffer and birth date of whom a section can start with, or of whom @unbilled (its code) is still to be billed for. */
int course_persons(struct sim_store *st, const char *course, const char *unbilled, json_t **ret, struct osci_err *err);
/* Lessons left to a person; for any of the records. */
int64_t course_hours_available(struct course_call *k, const struct sim_person *p);

#endif
