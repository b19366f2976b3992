/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check - compares the state after silence; what is not yet true is looked at again for a while
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "run/check.h"
#include "run/match.h"

#define PAUSE_MS 100

bool cf_look_wrong(struct cf_look *l)
{
	l->wrong++;
	return l->say;
}

void cf_look_fail(struct cf_look *l, unsigned line, const char *field, const struct cf_match *m, const json_t *have,
		  const char *text)
{
	if (cf_look_wrong(l) && cf_play_fail_match(l->p, line, field, m, have, text) == CF_PLAY_ERROR)
		l->broken = true;
}

void cf_look_say(struct cf_look *l, unsigned line, const char *field, const char *expected, const char *seen,
		 const char *fmt, ...)
{
	struct cf_result_failure f = { .path = l->p->path,
				       .line = line,
				       .field = (char *)field,
				       .expected = (char *)expected,
				       .seen = (char *)seen,
				       .case_ms = cf_world_now(l->p->w) };
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f.text = text;
	if (cf_look_wrong(l) && cf_result_add_failure(l->p->out, &f))
		l->broken = true;
}

/* --- journal ------------------------------------------------------------------------- */

static void state_of(struct cf_look *l, const struct cf_journal_check *j, const struct cf_request *q)
{
	char state[24] = "", field[160];
	json_t *have;
	int r = cf_world_state(l->p->w, q->office, q->bus_id, state, l->err);

	if (r && r != OSCI_E_EMPTY) {
		l->broken = true;
		return;
	}
	if (r && cf_driven(l->p) && q->refused) { /* by the software itself: it never came to the gateway */
		snprintf(state, sizeof(state), "refused");
		r = 0;
	}
	have = r ? NULL : json_string(state);
	snprintf(field, sizeof(field), "journal.%s", j->label);
	if (!cf_fits(&j->match, have, l->p->captures))
		cf_look_fail(l, j->place.line, field, &j->match, have,
			     r ? "the gateway's journal has no such request"
			       : "the gateway's journal has another state");
	json_decref(have);
}

void cf_look_journal(struct cf_look *l)
{
	if (l->p->conf->drive.what == CF_FOREIGN_GATEWAY) {
		l->p->journal_unseen = l->p->journal_unseen || l->k->n_journal;
		return;
	}
	for (size_t i = 0; i < l->k->n_journal && !l->broken; i++) {
		const struct cf_journal_check *j = &l->k->journal[i];
		const struct cf_many *m = cf_play_many(l->p, j->label);

		if (!m) {
			state_of(l, j, &l->p->requests[cf_play_request(l->p, j->label)]);
			continue;
		}
		for (size_t k = 0; k < m->n && !l->broken && !l->wrong; k++)
			state_of(l, j, &l->p->requests[m->first + k]);
	}
}

/* --- all of it ------------------------------------------------------------------------- */

static void look(struct cf_look *l)
{
	const struct cf_check *k = l->k;

	l->wrong = 0;
	if (cf_connected(l->p)) {
		l->p->partner_unseen = k->n_inge || k->sent_once.n || k->never_sent.n || k->sent_as.n || l->p->partner_unseen;
		cf_look_journal(l);
		if (!l->broken)
			cf_look_delivered(l);
		return;
	}
	if (k->n_inge && cf_world_inge(l->p->w, &l->inge, l->err))
		l->broken = true;
	if ((k->sent_once.n || k->never_sent.n || k->sent_as.n) &&
	    cf_world_sent(l->p->w, &l->sent, &l->n_sent, l->err))
		l->broken = true;
	if (!l->broken)
		cf_look_inge(l);
	if (!l->broken)
		cf_look_journal(l);
	if (!l->broken)
		cf_look_sent(l);
	if (!l->broken)
		cf_look_delivered(l);
	json_decref(l->inge);
	l->inge = NULL;
	cf_sent_free(l->sent, l->n_sent);
	l->sent = NULL;
	l->n_sent = 0;
}

enum cf_played cf_do_check(struct cf_play *p, const struct cf_check *k, struct osci_err *err)
{
	struct cf_look l = { .p = p, .k = k, .err = err };
	int64_t end;

	if (cf_wait_silence(p, err) ||
	    (p->conf->drive.what == CF_FOREIGN_OFFICE && cf_wait_others(p, NULL, NULL, err)))
		return CF_PLAY_ERROR;
	end = osci_clock_mono_ms() + (p->conf->again_ms ? p->conf->again_ms : CF_LOOK_AGAIN_MS);
	for (look(&l); l.wrong && !l.broken && osci_clock_mono_ms() < end; look(&l)) {
		int r = cf_world_poll(p->w, PAUSE_MS, err);

		if ((r && r != OSCI_E_EMPTY) || cf_play_intake(p))
			return CF_PLAY_ERROR;
	}
	l.say = true;
	if (l.wrong && !l.broken)
		look(&l);
	p->seen = p->n_events;
	return l.broken ? CF_PLAY_ERROR : l.wrong ? CF_PLAY_FAILED : CF_PLAYED;
}
