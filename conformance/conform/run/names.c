/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names - labels of a case, and which request an event belongs to
 *
 * The loader has seen to it that a label is unique and defined before it is used.  Those of an alternative are cut
 * off when it ends: the lists of labels are shortened, requests and events stay.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/play.h"

size_t cf_play_request(const struct cf_play *p, const char *label)
{
	for (size_t i = p->n_requests; label && i--;)
		if (p->requests[i].label && !strcmp(p->requests[i].label, label))
			return i;
	return CF_NONE;
}

const struct cf_many *cf_play_many(const struct cf_play *p, const char *label)
{
	for (size_t i = 0; i < p->n_many; i++)
		if (!strcmp(p->many[i].bulk->label, label))
			return &p->many[i];
	return NULL;
}

size_t cf_play_met(const struct cf_play *p, const char *label)
{
	for (size_t i = p->n_met; label && i--;)
		if (!strcmp(p->met[i].label, label))
			return p->met[i].event;
	return CF_NONE;
}

int cf_play_meet(struct cf_play *p, const char *label, size_t event)
{
	struct cf_met *more;

	if (!label)
		return 0;
	more = reallocarray(p->met, p->n_met + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	p->met = more;
	p->met[p->n_met++] = (struct cf_met){ label, event };
	return 0;
}

size_t cf_play_office(const struct cf_play *p, const struct cf_office *office)
{
	return office ? (size_t)(office - p->c->offices) : CF_NO_OFFICE;
}

const char *cf_play_record(const struct cf_play *p, const char *label)
{
	for (size_t i = 0; i < p->c->n_inge; i++)
		for (size_t k = 0; k < p->c->inge[i].n_records; k++)
			if (!strcmp(p->c->inge[i].records[k].label, label))
				return p->c->inge[i].records[k].kennziffer;
	return NULL;
}

const json_t *cf_play_captured(void *arg, const char *name)
{
	const struct cf_play *p = arg;

	return json_object_get(p->captures, name);
}

bool cf_outcome_may_come(const char *outcome)
{
	return !strcmp(outcome, "accepted-by-gateway") || !strcmp(outcome, "overdue") ||
	       !strcmp(outcome, "reminder") || !strcmp(outcome, "lapsed");
}

static bool is_receipt(const struct cf_event *e)
{
	return e->at == CF_AT_OFFICE && !*e->delivery;
}

static void receipt(struct cf_play *p, const struct cf_event *e)
{
	for (size_t i = 0; i < p->n_requests; i++) {
		struct cf_request *q = &p->requests[i];

		if (q->office != e->office || strcmp(q->bus_id, e->request) != 0)
			continue;
		q->receipt = true;
		q->refused = !strcmp(e->outcome, "rejected-by-gateway");
		if (*e->uuid)
			snprintf(q->uuid, sizeof(q->uuid), "%s", e->uuid);
	}
}

int cf_play_intake(struct cf_play *p)
{
	size_t n = cf_world_events(p->w);
	unsigned char *more;

	if (n == p->n_events)
		return 0;
	more = realloc(p->taken, n);
	if (!more)
		return -ENOMEM;
	p->taken = more;
	memset(p->taken + p->n_events, 0, n - p->n_events);
	for (; p->n_events < n; p->n_events++) {
		const struct cf_event *e = cf_world_event(p->w, p->n_events);

		if (is_receipt(e))
			receipt(p, e);
	}
	return 0;
}

/*
 * At the office an answer to a 070007 names the request that opened the dialogue, or, from another gateway, the
 * 070007: both count for both.  A receipt is for the request it names alone.  At the partner it is the request
 * itself.
 */
bool cf_play_is(const struct cf_play *p, size_t event, size_t request)
{
	const struct cf_event *e = cf_world_event(p->w, event);
	const struct cf_request *q = &p->requests[request];

	if (e->at == CF_AT_PARTNER)
		return *q->uuid && !strcmp(q->uuid, e->uuid);
	if (e->office != CF_NO_OFFICE && e->office != q->office)
		return false;
	if (!strcmp(q->bus_id, e->request))
		return true;
	if (is_receipt(e))
		return false;
	for (size_t i = 0; i < p->n_requests; i++)
		if (p->requests[i].root == q->root && !strcmp(p->requests[i].bus_id, e->request))
			return true;
	return false;
}

void cf_play_clear(struct cf_play *p)
{
	for (size_t i = 0; i < p->n_requests; i++) {
		free(p->requests[i].bus_id);
		json_decref(p->requests[i].data);
	}
	for (size_t i = 0; i < p->n_many; i++)
		free(p->many[i].events);
	free(p->requests);
	free(p->met);
	free(p->many);
	free(p->taken);
	json_decref(p->captures);
	json_decref(p->begin);
}
