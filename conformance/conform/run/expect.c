/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expect - waits for an event and compares; waits that nothing comes
 *
 * At the office what belongs to one dialogue is taken in the order of arrival: the next one must fit, but for the
 * outcomes that may come unasked.  Without a request any dialogue counts, each by its next one.  Elsewhere what does
 * not fit is passed over; only a step that names its request ends at once if that very request came and differs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/check.h"
#include "run/match.h"
#include "run/play.h"

#define DIALOGS_MAX 64 /* told apart in a step without a request; what is beyond is not looked at */

struct look {
	struct cf_play *p;
	const struct cf_expect *e;
	size_t request; /* of "re" */
	bool decided;
	size_t event, alternative; /* met, or CF_NONE */
	size_t wrong;		   /* the event that came instead, or CF_NONE */
	const struct cf_alternative
		*near; /* the alternative of which @wrong has the number or outcome, but other fields */
	int error;
};

static bool same_kind(const struct cf_alternative *a, const struct cf_event *e)
{
	return a->message ? !strcmp(a->message, e->message) : !strcmp(a->outcome, e->outcome);
}

/* Is it the event?  Else what is wrong with it is remembered. */
static bool compare(struct look *l, size_t place)
{
	const struct cf_event *e = cf_world_event(l->p->w, place);
	const struct cf_alternative *near = NULL;

	for (size_t i = 0; i < l->e->n_alternatives; i++) {
		const struct cf_alternative *a = &l->e->alternatives[i];
		int r;

		if (!same_kind(a, e))
			continue;
		r = cf_all_fit(&l->e->fields, e->body, l->p->captures, NULL);
		if (r > 0)
			r = cf_all_fit(&a->fields, e->body, l->p->captures, NULL);
		if (r < 0)
			l->error = r;
		if (r > 0) {
			l->event = place;
			l->alternative = i;
			l->decided = true;
			return true;
		}
		near = a;
	}
	if (near ? !l->near : l->wrong == CF_NONE && e->at == CF_AT_OFFICE && !cf_outcome_may_come(e->outcome)) {
		l->wrong = place;
		l->near = near;
	}
	return false;
}

static bool in_view(const struct look *l, size_t place)
{
	const struct cf_event *e = cf_world_event(l->p->w, place);

	if (e->at != l->e->at || l->p->taken[place] || e->first != place)
		return false;
	if (l->e->office && e->office != cf_play_office(l->p, l->e->office))
		return false;
	return l->request == CF_NONE || cf_play_is(l->p, place, l->request);
}

/* Has an earlier one of the same dialogue been looked at? */
static bool behind(const char **dialogs, size_t *n, const char *request)
{
	for (size_t i = 0; i < *n; i++)
		if (!strcmp(dialogs[i], request))
			return true;
	if (*n == DIALOGS_MAX)
		return true;
	dialogs[(*n)++] = request;
	return false;
}

static void look_at_office(struct look *l)
{
	const char *dialogs[DIALOGS_MAX];
	size_t n_dialogs = 0;

	for (size_t i = 0; i < l->p->n_events && !l->decided; i++) {
		const struct cf_event *e = cf_world_event(l->p->w, i);

		if (!in_view(l, i) || (l->request == CF_NONE && behind(dialogs, &n_dialogs, e->request)) ||
		    compare(l, i))
			continue;
		if (cf_outcome_may_come(e->outcome)) {
			if (l->request == CF_NONE)
				n_dialogs--;
			continue;
		}
		if (l->request != CF_NONE) {
			l->wrong = i;
			l->decided = true;
		}
	}
}

static bool look(void *arg)
{
	struct look *l = arg;

	if (l->decided)
		return true;
	l->error = cf_play_intake(l->p);
	l->wrong = CF_NONE;
	l->near = NULL;
	if (l->error)
		l->decided = true;
	else if (l->e->at == CF_AT_OFFICE)
		look_at_office(l);
	else
		for (size_t i = 0; i < l->p->n_events && !l->decided; i++)
			if (in_view(l, i) && !compare(l, i) && l->near && l->request != CF_NONE &&
			    l->e->at == CF_AT_PARTNER)
				l->decided = true;
	return l->decided || l->error;
}

static enum cf_played missed(struct look *l, const char *why)
{
	struct cf_play *p = l->p;
	char want[512], came[512];

	cf_expect_words(l->e, want, sizeof(want));
	cf_play_event_words(p, l->wrong, came, sizeof(came));
	if (l->wrong != CF_NONE && l->near) {
		const json_t *body = cf_world_event(p->w, l->wrong)->body;

		/* "one of" without one that fits: the fields of the last alternative of that number */
		if (cf_play_fail_fields(p, &l->e->fields, body) == CF_PLAY_ERROR)
			return CF_PLAY_ERROR;
		return cf_play_fail_fields(p, &l->near->fields, body);
	}
	if (l->wrong == CF_NONE)
		return cf_play_fail(p, NULL, want, NULL, "%s has not come%s", want, why);
	return cf_play_fail(p, NULL, want, came, "%s was expected, %s came%s", want, came, why);
}

static enum cf_played keep(struct look *l, struct osci_err *err)
{
	struct cf_play *p = l->p;
	json_t *body = cf_world_event(p->w, l->event)->body; /* stays where it is, whatever comes */

	p->taken[l->event] = 1;
	p->seen = l->event + 1;
	p->last_met = l->event;
	if (cf_play_meet(p, l->e->label, l->event))
		return CF_PLAY_ERROR;
	for (size_t i = 0; i < l->e->n_captures; i++) {
		const struct cf_capture *c = &l->e->captures[i];
		json_t *value = (json_t *)cf_path_get(body, c->field);

		if (!value)
			return cf_play_fail(p, c->field, "a value to keep", NULL,
					    "%s is not there and cannot be kept as %s", c->field, c->name);
		if (json_object_set(p->captures, c->name, value))
			return CF_PLAY_ERROR;
	}
	return cf_driven(p) ? cf_drive_shown(p, l->e, l->alternative, l->event, err) : CF_PLAYED;
}

enum cf_played cf_do_expect(struct cf_play *p, const struct cf_expect *e, size_t *alternative, struct osci_err *err)
{
	struct look l = { .p = p, .e = e, .request = cf_play_request(p, e->re), .event = CF_NONE, .wrong = CF_NONE };
	int64_t end = cf_dur_add(cf_world_now(p->w), &e->within);
	int64_t late = end + (cf_driven(p) ? p->conf->drive.patience_ms : 0);
	char why[320] = "";
	int r = look(&l) ? 0 : cf_wait_window(p, end, 20, look, &l, err);

	if (r == OSCI_E_EMPTY && cf_driven(p)) { /* it may be slow by our clock and need not know it */
		r = cf_wait_others(p, look, &l, err);
		r = r ? r : l.decided ? 0 : OSCI_E_EMPTY;
	}
	if (l.error) {
		osci_fail(err, l.error, NULL, NULL, "no memory");
		return CF_PLAY_ERROR;
	}
	if (r && r != OSCI_E_EMPTY && r != OSCI_E_LIMIT)
		return CF_PLAY_ERROR;
	if (l.event == CF_NONE) {
		if (r == OSCI_E_LIMIT)
			snprintf(why, sizeof(why), "; %s", err->what);
		else if (r == OSCI_E_EMPTY)
			snprintf(why, sizeof(why), " within %s%s%s", e->within.text,
				 cf_connected(p) && cf_world_now(p->w) < end ? "; --patience was over before" : "",
				 cf_world_owed(p->w) ? "; the gateway has deliveries that the office has not acknowledged" :
						       "");
		return missed(&l, why);
	}
	*alternative = l.alternative;
	if (cf_world_event(p->w, l.event)->time_ms > late) {
		char b[512];

		return cf_play_fail(p, NULL, e->within.text, "later", "%s came, but not within %s",
				    cf_play_event_words(p, l.event, b, sizeof(b)), e->within.text);
	}
	return keep(&l, err);
}

/* --- nothing may come ------------------------------------------------------------- */

struct none {
	struct cf_play *p;
	const struct cf_expect_none *e;
	size_t request, event;
	int error;
};

/*
 * A request without a UUID (refused, or not yet confirmed) may not come to the partner, either: then it is one of its
 * number and office that no other request explains.
 */
static bool is_of(const struct cf_play *p, size_t event, size_t request)
{
	const struct cf_event *e = cf_world_event(p->w, event);
	const struct cf_request *q = &p->requests[request];

	if (e->at != CF_AT_PARTNER || *q->uuid)
		return cf_play_is(p, event, request);
	return !strcmp(e->message, q->message) && e->office == q->office && !cf_sent_known(p, e->uuid);
}

static bool came(void *arg)
{
	struct none *n = arg;
	struct cf_play *p = n->p;

	n->error = cf_play_intake(p);
	for (size_t i = p->seen; i < p->n_events && n->event == CF_NONE; i++) {
		const struct cf_event *e = cf_world_event(p->w, i);

		if (e->at != n->e->at || p->taken[i] || e->first != i)
			continue;
		if (n->e->office && e->office != cf_play_office(p, n->e->office))
			continue;
		if (n->request != CF_NONE && !is_of(p, i, n->request))
			continue;
		if (n->e->message   ? !strcmp(n->e->message, e->message)
		    : n->e->outcome ? !strcmp(n->e->outcome, e->outcome)
				    : *e->message != '\0')
			n->event = i;
	}
	return n->error || n->event != CF_NONE;
}

enum cf_played cf_do_none(struct cf_play *p, const struct cf_expect_none *e, struct osci_err *err)
{
	struct none n = { .p = p, .e = e, .request = cf_play_request(p, e->re), .event = CF_NONE };
	int64_t end = cf_dur_add(cf_world_now(p->w), &e->time);
	int r = came(&n) ? 0 : cf_wait_window(p, end, 4, came, &n, err);
	char b[512];

	if (n.error) {
		osci_fail(err, n.error, NULL, NULL, "no memory");
		return CF_PLAY_ERROR;
	}
	if (n.event != CF_NONE) {
		cf_play_event_words(p, n.event, b, sizeof(b));
		return cf_play_fail(p, NULL, "nothing", b, "%s came, nothing of the kind may within %s", b,
				    e->time.text);
	}
	if (r == OSCI_E_LIMIT)
		return cf_play_fail(p, NULL, "silence", NULL, "%s", err->what);
	if (r != OSCI_E_EMPTY)
		return CF_PLAY_ERROR;
	p->seen = p->n_events;
	return CF_PLAYED;
}
