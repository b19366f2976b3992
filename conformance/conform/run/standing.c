/* SPDX-License-Identifier: Apache-2.0 */
/*
 * standing - what must hold after every case, whatever it was about
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/check.h"
#include "run/leak.h"
#include "run/match.h"

#define LISTED_MAX 20 /* failures of one check told one by one */

enum { VALID = 1, ONCE, EXPECTED, RECORDS, PRIVATE, ALIVE, CHECKS = ALIVE, JOURNAL, PARTNER };

static const char *const what[PARTNER + 1] = {
	[VALID] = "all that was sent is valid in its release, signed by its author and for the BAMF, with an own UUID "
		  "and, if it answers, the UUID of the question",
	[ONCE] = "nothing was sent twice, and nothing of a refused request",
	[EXPECTED] = "nothing an office received is left without an expect",
	[RECORDS] = "every record delivered has an end or is unlimited, never both",
	[PRIVATE] = "no personal data in a log, metric or file name of the gateway",
	[ALIVE] = "no process ended by itself",
	[JOURNAL] = "states of requests that the case asks of the gateway's journal",
	[PARTNER] = "records that the case asks of InGe, and messages that it asks to have been sent",
};

struct standing {
	struct cf_play *p;
	unsigned number;
	size_t wrong;
	char first[512];
	bool broken;
};

static void say(struct standing *s, const char *expected, const char *seen, const char *text)
{
	struct cf_result_failure f = { .path = (char *)"standing",
				       .line = s->p->c->place.line,
				       .expected = (char *)expected,
				       .seen = (char *)seen,
				       .text = (char *)text,
				       .case_ms = cf_world_now(s->p->w) };

	if (!s->wrong)
		snprintf(s->first, sizeof(s->first), "%s", text);
	if (s->wrong++ < LISTED_MAX && cf_result_add_failure(s->p->out, &f))
		s->broken = true;
}

/* --- what was sent --------------------------------------------------------------------- */

static void valid(struct standing *s, const struct cf_sent *m)
{
	struct xausl_report *report = NULL;
	struct osci_err err = { 0 };
	char text[512], who[320];

	snprintf(who, sizeof(who), "message %s of %s", *m->uuid ? m->uuid : m->message_id,
		 *m->number ? m->number : "no type");
	if (!m->readable) {
		snprintf(text, sizeof(text), "%s cannot be opened or read", who);
		say(s, "a message", "no message", text);
		return;
	}
	if (xausl_validate(&report, cf_site_xausl(s->p->site), NULL, m->xml, m->xml_len, &err)) {
		snprintf(text, sizeof(text), "%s cannot be checked: %s", who, err.what);
		say(s, "valid", NULL, text);
		return;
	}
	if (report->verdict != XAUSL_VALID) {
		const struct xausl_finding *f = report->n_findings ? report->findings : NULL;

		snprintf(text, sizeof(text), "%s is not valid: %s: %s", who, f ? f->path : "", f ? f->what : "");
		say(s, f ? f->expected : "valid", f ? f->value_class : NULL, text);
	}
	xausl_report_freep(&report);
	if (strcmp(m->number, m->root_number) != 0) {
		snprintf(text, sizeof(text), "type and root of %s are different", who);
		say(s, m->root_number, m->number, text);
	}
	if (!*m->uuid) {
		snprintf(text, sizeof(text), "%s has no UUID", who);
		say(s, "a UUID", NULL, text);
	}
	if (!m->is_signed) {
		snprintf(text, sizeof(text), "%s is not signed with the certificate of the office it names", who);
		say(s, "a signature of the author", NULL, text);
	}
	if (!strcmp(m->number, "070007") && !*m->trigger) {
		snprintf(text, sizeof(text), "%s names no ausloeserUUID", who);
		say(s, "the UUID of the question", NULL, text);
	}
}

static void check_valid(struct standing *s, const struct cf_sent *list, size_t n)
{
	char text[256];

	for (size_t i = 0; i < n; i++) {
		if (*list[i].stray) {
			snprintf(text, sizeof(text), "a message of an office went into the mailbox %s", list[i].stray);
			say(s, "bamf", list[i].stray, text);
			continue;
		}
		valid(s, &list[i]);
		for (size_t k = 0; k < i; k++)
			if (*list[i].uuid && !strcmp(list[i].uuid, list[k].uuid) &&
			    strcmp(list[i].content, list[k].content) != 0) {
				snprintf(text, sizeof(text), "two different messages have the UUID %s", list[i].uuid);
				say(s, "an own UUID", list[i].uuid, text);
			}
	}
}

/* What the gateway may send without being asked to by an office. */
static bool of_its_own(const char *number)
{
	return !strcmp(number, "0010") || !strcmp(number, "0020");
}

static void check_once(struct standing *s, const struct cf_sent *list, size_t n)
{
	char text[256];

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < i; k++)
			if (*list[i].uuid && !strcmp(list[i].uuid, list[k].uuid)) {
				snprintf(text, sizeof(text), "%s was sent twice", list[i].number);
				say(s, "once", list[i].uuid, text);
				break;
			}
		if (*list[i].stray || of_its_own(list[i].number) || cf_sent_known(s->p, list[i].uuid))
			continue;
		snprintf(text, sizeof(text), "%s was sent, but %s", list[i].number,
			 cf_driven(s->p) ? "no step orders it" : "no accepted request has its UUID");
		say(s, cf_driven(s->p) ? "what the case orders" : "a request that was accepted", list[i].uuid, text);
	}
}

/* --- what was delivered ------------------------------------------------------------------- */

static void check_expected(struct standing *s)
{
	char words[256], text[320];

	for (size_t i = 0; i < s->p->n_events; i++) {
		const struct cf_event *e = cf_world_event(s->p->w, i);

		if (e->at != CF_AT_OFFICE || s->p->taken[i] || e->first != i || cf_outcome_may_come(e->outcome))
			continue;
		cf_play_event_words(s->p, i, words, sizeof(words));
		snprintf(text, sizeof(text), "%s was expected by no step", words);
		say(s, "nothing", words, text);
	}
}

static void check_records(struct standing *s)
{
	char words[256], text[400];

	for (size_t i = 0; i < s->p->n_events; i++) {
		const struct cf_event *e = cf_world_event(s->p->w, i);
		const json_t *record = e->at == CF_AT_OFFICE ? json_object_get(e->body, "record") : NULL;
		bool end, unlimited;

		if (!cf_value_there(record))
			continue;
		end = cf_value_there(json_object_get(record, "valid_until"));
		unlimited = json_is_true(json_object_get(record, "unlimited"));
		if (end != unlimited)
			continue;
		snprintf(text, sizeof(text), "the record in %s has %s",
			 cf_play_event_words(s->p, i, words, sizeof(words)),
			 end ? "an end and is unlimited" : "no end and is not unlimited");
		say(s, "valid_until or unlimited", end ? "both" : "neither", text);
	}
}

/* --- around ---------------------------------------------------------------------------------- */

static void leaked(void *arg, const char *kind, const char *where)
{
	char text[400];

	snprintf(text, sizeof(text), "%s stands in the gateway's %s", kind, where);
	say(arg, "no personal data", kind, text);
}

static void check_alive(struct standing *s)
{
	json_t *deaths = cf_world_deaths(s->p->w), *one;
	char text[512];
	size_t i;

	json_array_foreach (deaths, i, one) {
		const char *who = json_string_value(json_object_get(one, "what"));
		const char *how = json_string_value(json_object_get(one, "how"));

		snprintf(text, sizeof(text), "%s %s", who ? who : "a process", how ? how : "ended");
		say(s, "it runs", how, text);
	}
	if (!deaths)
		s->broken = true;
	json_decref(deaths);
}

static int row(struct standing *s, enum cf_verdict verdict, const char *text)
{
	return cf_result_add_check(s->p->out, &(struct cf_result_check){ .number = s->number,
									 .what = (char *)what[s->number],
									 .verdict = verdict,
									 .text = (char *)text });
}

/* Why a check is not carried out; NULL: it is. */
static const char *not_seen(const struct cf_play *p, unsigned number)
{
	if (number == EXPECTED && p->ended)
		return "the case ended before its last step";
	if (cf_connected(p) && number != EXPECTED && number != RECORDS)
		return "not seen in this mode: gateway, intermediary and partner are others'";
	if (number == PRIVATE && p->conf->drive.what == CF_FOREIGN_GATEWAY)
		return "not seen in this mode: the gateway is the vendor's";
	return NULL;
}

enum cf_played cf_do_standing(struct cf_play *p, struct osci_err *err)
{
	struct cf_sent *sent = NULL;
	size_t n_sent = 0, wrong = 0;
	bool broken = false;

	p->step = NULL;
	if (!cf_connected(p) && cf_world_sent(p->w, &sent, &n_sent, err))
		return CF_PLAY_ERROR;
	for (unsigned number = VALID; number <= CHECKS && !broken; number++) {
		struct standing s = { .p = p, .number = number };

		if (not_seen(p, number)) {
			broken = row(&s, CF_SKIPPED, not_seen(p, number)) != 0;
			continue;
		}
		switch (number) {
		case VALID:
			check_valid(&s, sent, n_sent);
			break;
		case ONCE:
			check_once(&s, sent, n_sent);
			break;
		case EXPECTED:
			check_expected(&s);
			break;
		case RECORDS:
			check_records(&s);
			break;
		case PRIVATE:
			s.broken = cf_leaks(p, leaked, &s, err) != 0;
			break;
		case ALIVE:
			check_alive(&s);
			break;
		}
		broken = s.broken || row(&s, s.wrong ? CF_FAIL : CF_PASS, s.wrong ? s.first : NULL);
		wrong += s.wrong;
	}
	if (p->partner_unseen && !broken)
		broken = row(&(struct standing){ .p = p, .number = PARTNER }, CF_SKIPPED,
			     "not seen in this mode: intermediary and partner are others'") != 0;
	if (p->journal_unseen && !broken)
		broken = row(&(struct standing){ .p = p, .number = JOURNAL }, CF_SKIPPED,
			     "not seen in this mode: the gateway is the vendor's") != 0;
	cf_sent_free(sent, n_sent);
	return broken ? CF_PLAY_ERROR : wrong ? CF_PLAY_FAILED : CF_PLAYED;
}
