/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bulk - many requests of made-up persons, spread over a time and over all offices
 *
 * The clock moves from request to request without waiting for silence: load is the point.  Then all answers are
 * waited for together, each within its own window.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "run/play.h"

#define LISTED_MAX 10 /* failures told one by one */

struct crowd {
	struct cf_play *p;
	struct cf_many *m;
	size_t scanned; /* events */
	size_t open;	/* requests without the event that ends them */
	size_t wrong;	/* an event that should not have come, or CF_NONE */
	int error;
};

static bool good(const struct crowd *c, size_t i)
{
	const struct cf_request *q = &c->p->requests[c->m->first + i];

	return c->p->c->offices[q->office].certificate == CF_CERT_OK;
}

/* The bus id of a request of a bulk ends with its number. */
static size_t request_of(const struct crowd *c, const struct cf_event *e)
{
	const char *number = strrchr(e->request, '-');
	const struct cf_request *q;
	uint64_t n;

	if (!number || osci_parse_u64(number + 1, strlen(number + 1), c->m->n, &n) || !n)
		return CF_NONE;
	q = &c->p->requests[c->m->first + n - 1];
	return q->office == e->office && !strcmp(q->bus_id, e->request) ? n - 1 : CF_NONE;
}

static bool ends(const struct crowd *c, size_t i, const struct cf_event *e)
{
	const struct cf_bulk *b = c->m->bulk;

	if (!good(c, i))
		return !strcmp(e->outcome, "held") || !strcmp(e->outcome, "rejected-by-gateway");
	return b->expect_message ? !strcmp(e->message, b->expect_message) : !strcmp(e->outcome, b->expect_outcome);
}

/* Looks at what is new; true when nothing more is to be waited for. */
static bool all_there(void *arg)
{
	struct crowd *c = arg;

	c->error = cf_play_intake(c->p);
	for (; !c->error && c->scanned < c->p->n_events; c->scanned++) {
		const struct cf_event *e = cf_world_event(c->p->w, c->scanned);
		size_t i;

		if (e->at != CF_AT_OFFICE || e->first != c->scanned || c->p->taken[c->scanned])
			continue;
		i = request_of(c, e);
		if (i == CF_NONE)
			continue;
		if (c->m->events[i] == CF_NONE && ends(c, i, e)) {
			c->m->events[i] = c->scanned;
			c->p->taken[c->scanned] = 1;
			c->open--;
		} else if (!cf_outcome_may_come(e->outcome) && c->wrong == CF_NONE) {
			c->wrong = c->scanned;
		}
	}
	return c->error || c->wrong != CF_NONE || !c->open;
}

static int submit_all(struct crowd *c, struct osci_err *err)
{
	const struct cf_bulk *b = c->m->bulk;
	struct cf_play *p = c->p;
	int64_t start = cf_world_now(p->w), length = cf_dur_add(start, &b->over) - start;

	for (unsigned i = 0; i < b->requests; i++) {
		int64_t due = start + length * i / b->requests, now = cf_world_now(p->w);
		char bus_id[128];
		json_t *data = NULL;
		int r;

		if (due > now)
			cf_world_advance(p->w, due - now);
		r = cf_bulk_data(&data, b, i + 1, cf_play_captured, p, err);
		snprintf(bus_id, sizeof(bus_id), "%.100s-%u", b->label, i + 1);
		if (!r)
			r = cf_play_submit(p, NULL, bus_id, b->message, i % p->c->n_offices, NULL, CF_NONE, data,
					   err);
		if (!r) {
			c->m->n++;
			r = cf_world_poll(p->w, 0, err);
		}
		if (r && r != OSCI_E_EMPTY)
			return r;
	}
	return 0;
}

static enum cf_played judge(struct crowd *c, int64_t within, const char *why)
{
	enum cf_played done = CF_PLAYED;
	struct cf_play *p = c->p;
	unsigned listed = 0;
	char b[512];

	if (c->wrong != CF_NONE)
		done = cf_play_fail(
			p, NULL, c->m->bulk->expect_message ? c->m->bulk->expect_message : c->m->bulk->expect_outcome,
			cf_play_event_words(p, c->wrong, b, sizeof(b)), "%s came for request %zu of %zu", b,
			request_of(c, cf_world_event(p->w, c->wrong)) + 1, c->m->n);
	else if (c->open)
		done = cf_play_fail(p, NULL, "an end of each request", NULL, "%zu of %zu requests have not ended%s",
				    c->open, c->m->n, why);
	for (size_t i = 0; i < c->m->n && listed < LISTED_MAX; i++) {
		const struct cf_request *q = &p->requests[c->m->first + i];
		size_t e = c->m->events[i];

		if (e == CF_NONE || !good(c, i) || cf_world_event(p->w, e)->time_ms - q->sent_ms <= within)
			continue;
		listed++;
		done = cf_play_fail(p, NULL, c->m->bulk->within.text, "later",
				    "request %zu of %zu was answered too late", i + 1, c->m->n);
	}
	return done;
}

enum cf_played cf_do_bulk(struct cf_play *p, const struct cf_bulk *b, struct osci_err *err)
{
	struct cf_many *more = reallocarray(p->many, p->n_many + 1, sizeof(*more));
	struct crowd c = { .p = p, .scanned = p->n_events, .wrong = CF_NONE, .open = b->requests };
	int64_t last, within;
	int r;

	if (!more)
		return CF_PLAY_ERROR;
	p->many = more;
	c.m = &p->many[p->n_many];
	*c.m = (struct cf_many){ .bulk = b,
				 .first = p->n_requests,
				 .events = malloc(b->requests * sizeof(*c.m->events)) };
	if (!c.m->events)
		return CF_PLAY_ERROR;
	p->n_many++;
	for (unsigned i = 0; i < b->requests; i++)
		c.m->events[i] = CF_NONE;
	if (submit_all(&c, err))
		return CF_PLAY_ERROR;
	last = cf_world_now(p->w);
	within = cf_dur_add(last, &b->within) - last;
	r = all_there(&c) ? 0 : cf_wait_window(p, last + within, 20, all_there, &c, err);
	if (c.error || (r && r != OSCI_E_EMPTY && r != OSCI_E_LIMIT))
		return CF_PLAY_ERROR;
	p->seen = p->n_events;
	return judge(&c, within, r == OSCI_E_LIMIT ? "; given up in real time" : "");
}
