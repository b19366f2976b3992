/* SPDX-License-Identifier: Apache-2.0 */
/* defect - see the header; the table is what the test of the defects reads (XAUSL_DEFECT=list) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "defects/defect.h"

/* Name, and what is wrong then. */
static const char *const defects[][2] = {
	/* what the office gets: answers.c */
	{ "kennziffer-missing", "record.kennziffer is left out" },
	{ "reason-code-wrong", "another reason than the partner gave" },
	{ "reason-text-lost", "reason.text is left out" },
	{ "notes-lost", "notes[] are left out" },
	{ "umlauts-lost", "letters outside ASCII become question marks" },
	{ "valid-until-wrong", "the end of validity is its begin" },
	{ "unlimited-lost", "record.unlimited is left out" },
	{ "sections-short", "the last entry of sections[] is left out" },
	{ "takeover-inverted", "can_take_over is the contrary" },
	{ "kind-wrong", "obligations are shown as entitlements" },
	{ "author-lost", "author.name is left out" },
	{ "kennziffer-of-before", "record.kennziffer is that of the answer before" },
	{ "wording-of-list", "reason.name is not the one that came" },
	{ "notes-one", "of several notes the first alone is shown" },
	{ "remarks-lost", "notes of contacts and channels are left out" },
	{ "clerk-lost", "whom to call at the BAMF is left out" },
	{ "issuer-lost", "record.issuer is left out" },
	{ "text-cut", "reason.text ends after 255 octets" },
	{ "clarification-final", "070004 ends the request" },
	{ "answers-swapped", "an answer goes to another request of the office" },
	/* what the partner gets: requests.c */
	{ "names-swapped", "surname and given names are exchanged" },
	{ "birth-date-completed", "partly known birth dates get a day" },
	{ "contact-not-sent", "the contact is left out" },
	{ "flag-lost", "the flag for one course alone is always false" },
	{ "decision-inverted", "a yes to 070006 becomes a no" },
	{ "nationalities-one", "of several nationalities the first alone is sent" },
	{ "kennziffer-not-sent", "the Kennziffer an office names is left out" },
	{ "marks-lost", "combining marks are dropped" },
	{ "names-cut", "names end after 80 octets" },
	{ "name-made-up", "a person without given names gets some" },
	{ "block-not-sent", "the block on information is left out" },
	{ "suffix-not-sent", "the letter of a house number is left out" },
	{ "purpose-inverted", "a permit extension becomes a check" },
	{ "uuid-again", "every message has the same nachrichtenUUID" },
	{ "created-an-hour-off", "the time of creation is that of another zone" },
	{ "values-in-errors", "errors quote what was submitted" },
	{ "unknown-fields-ignored", "fields no table has are passed over" },
	{ "first-error-alone", "of several errors the first alone is reported" },
	{ "error-code-wrong", "every error is called invalid" },
	/* release and time: times.c */
	{ "old-release-sent", "26.11 is sent, whatever the calendar says" },
	{ "day-of-utc", "the day of the change begins two hours late" },
	{ "window-closed", "answers in the release before are never taken" },
	{ "overdue-too-early", "answers are missed a day too early" },
	{ "month-of-thirty-days", "a question lapses after thirty days" },
	{ "any-release-taken", "answers in any release are taken" },
	{ "no-overdue", "nobody is told that an answer is missing" },
	{ "no-reminder", "nobody is reminded of an open clarification" },
	{ "reminder-by-calendar", "the reminder counts Saturdays and Sundays" },
	{ "question-for-ever", "a question never lapses" },
	{ "one-way-waits", "messages without answer wait for one" },
	/* once, and safe: journal.c */
	{ "sent-twice", "every request is stored twice" },
	{ "delivered-twice", "every answer is delivered twice" },
	{ "repeat-delivered", "a message that comes again is taken for a new one" },
	{ "forgets-requests", "what was not sent is forgotten at the start" },
	{ "forgets-answers", "what was not acknowledged is forgotten at the start" },
	{ "forgets-seen", "what was delivered is forgotten at the start" },
	{ "second-answer-lost", "what comes after a hint is not delivered" },
	{ "wrong-office", "answers go to another office that has requests" },
	{ "unsigned-sent", "contents are not signed" },
	{ "signature-not-checked", "every signature holds" },
	{ "no-rejection", "faulty messages get no Rückweisung" },
	{ "rejection-code-wrong", "every Rückweisung says S999" },
	{ "names-logged", "what is submitted stands in the log" },
};

static void list(void)
{
	for (size_t i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		printf("%s\t%s\n", defects[i][0], defects[i][1]);
}

__attribute__((constructor)) static void start(void)
{
	const char *chosen = getenv("XAUSL_DEFECT");
	size_t i;

	if (!chosen)
		return;
	if (!strcmp(chosen, "list")) {
		list();
		exit(0);
	}
	for (i = 0; i < sizeof(defects) / sizeof(defects[0]); i++)
		if (!strcmp(defects[i][0], chosen))
			return;
	fprintf(stderr, "XAUSL_DEFECT: there is no such defect\n");
	exit(2);
}

bool defect(const char *name)
{
	const char *chosen = getenv("XAUSL_DEFECT");

	return chosen && !strcmp(chosen, name);
}
