/* SPDX-License-Identifier: Apache-2.0 */
/*
 * words - a step in a few words, for the reader of a report
 */
#include <stdio.h>
#include <string.h>

#include "run/play.h"

const char *cf_expect_words(const struct cf_expect *e, char *b, size_t size)
{
	static const char *const at[] = { "office ", "the partner", "the operator" };
	size_t n = 0;

	*b = '\0';
	for (size_t i = 0; i < e->n_alternatives && n < size; i++)
		n += (size_t)snprintf(b + n, size - n, "%s%s", i ? " or " : "",
				      e->alternatives[i].message ? e->alternatives[i].message
								 : e->alternatives[i].outcome);
	if (n < size)
		snprintf(b + n, size - n, " at %s%s%s%s", at[e->at], e->at == CF_AT_OFFICE ? e->office->label : "",
			 e->re ? " for " : "", e->re ? e->re : "");
	return b;
}

static void none_words(const struct cf_expect_none *e, char *b, size_t size)
{
	static const char *const at[] = { "an office", "the partner", "the operator" };

	snprintf(b, size, "no %s at %s%s%s for %s",
		 e->message   ? e->message
		 : e->outcome ? e->outcome
			      : "message",
		 e->office ? e->office->label : at[e->at], e->re ? " for " : "", e->re ? e->re : "", e->time.text);
}

const char *cf_step_words(const struct cf_step *s, char *b, size_t size)
{
	char time[24];

	switch (s->kind) {
	case CF_SEND:
		snprintf(b, size, "%s by %s as %s%s%s", s->send.message, s->send.office->label, s->send.label,
			 s->send.reply_to ? ", reply to " : "", s->send.reply_to ? s->send.reply_to : "");
		break;
	case CF_EXPECT:
		cf_expect_words(&s->expect, b, size);
		if (s->expect.label && strlen(b) < size)
			snprintf(b + strlen(b), size - strlen(b), " as %s", s->expect.label);
		break;
	case CF_EXPECT_NONE:
		none_words(&s->none, b, size);
		break;
	case CF_CLERK:
		snprintf(b, size, "%s %s%s%s", cf_decision_name(s->clerk.decision),
			 s->clerk.re ? s->clerk.re : s->clerk.record, s->clerk.person ? ", person " : "",
			 s->clerk.person ? s->clerk.person->label : "");
		break;
	case CF_PROVIDER:
		snprintf(b, size, "%s on %s for %s", s->provider.event, s->provider.date,
			 s->provider.record ? s->provider.record : s->provider.record_same_as);
		break;
	case CF_ADVANCE:
		if (s->advance.to)
			cf_time_format(s->advance.to_ms, time);
		snprintf(b, size, "%s %s", s->advance.to ? "to" : "by", s->advance.to ? time : s->advance.by.text);
		break;
	case CF_RESTART:
		snprintf(b, size, "%s %s%s%s", s->restart.how == CF_STOP ? "stop" : "kill",
			 cf_what_name(s->restart.what), s->restart.at == CF_NOW ? "" : ", when ",
			 s->restart.at == CF_NOW ? "" : cf_point_name(s->restart.at));
		break;
	case CF_FAULT:
		snprintf(b, size, "%s at the %s%s%s", cf_fault_name(s->fault.kind), cf_what_name(s->fault.at),
			 s->fault.message ? " for " : "", s->fault.message ? s->fault.message : "");
		break;
	case CF_OFFICE_ACK:
		snprintf(b, size, "%s %s acknowledgements", s->office_ack.office->label,
			 s->office_ack.give ? "gives" : "withholds");
		break;
	case CF_SCRIPT:
		snprintf(b, size, "%zu answers to the next %s of %s", s->script.n_answers, s->script.message,
			 s->script.office->label);
		break;
	case CF_CHECK:
		snprintf(b, size, "the state of things");
		break;
	case CF_BULK:
		snprintf(b, size, "%u of %s over %s as %s", s->bulk.requests, s->bulk.message, s->bulk.over.text,
			 s->bulk.label);
		break;
	}
	return b;
}
