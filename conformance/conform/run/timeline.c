/* SPDX-License-Identifier: Apache-2.0 */
/*
 * timeline - every message and outcome of a case, where it was seen, by the case clock
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/play.h"

struct entry {
	int64_t ms;
	size_t order;
	char from[80], to[80]; /* parties */
	const char *what, *uuid, *label, *release;
};

struct line {
	struct entry *list;
	size_t n;
};

static const char *office(const struct cf_play *p, size_t place, char b[80])
{
	if (place == CF_NO_OFFICE || place >= p->c->n_offices)
		snprintf(b, 80, "office");
	else
		snprintf(b, 80, "office %.70s", p->c->offices[place].label);
	return b;
}

static void party(char b[80], const char *name)
{
	snprintf(b, 80, "%s", name);
}

static struct entry *add(struct line *l, int64_t ms)
{
	struct entry *e = &l->list[l->n];

	e->ms = ms;
	e->order = l->n++;
	return e;
}

static const char *request_label(const struct cf_play *p, const char *uuid)
{
	for (size_t i = 0; *uuid && i < p->n_requests; i++)
		if (!strcmp(p->requests[i].uuid, uuid))
			return p->requests[i].label ? p->requests[i].label : p->requests[i].bus_id;
	return NULL;
}

static void of_request(struct line *l, const struct cf_play *p, const struct cf_request *q)
{
	struct entry *e = add(l, q->sent_ms);

	office(p, q->office, e->from);
	party(e->to, "gateway");
	e->what = q->message;
	e->label = q->label ? q->label : q->bus_id;
}

static void of_sent(struct line *l, const struct cf_play *p, const struct cf_sent *s)
{
	struct entry *e = add(l, s->time_ms);

	party(e->from, "gateway");
	party(e->to, "intermediary");
	e->what = *s->number ? s->number : "?";
	e->uuid = s->uuid;
	e->release = s->release;
	e->label = request_label(p, s->uuid);
}

static void of_event(struct line *l, const struct cf_play *p, size_t place)
{
	const struct cf_event *v = cf_world_event(p->w, place);
	struct entry *e = add(l, v->time_ms);

	party(e->from, v->at == CF_AT_PARTNER || p->conf->drive.what == CF_FOREIGN_GATEWAY ? "intermediary" : "gateway");
	if (v->at == CF_AT_OFFICE && p->conf->drive.what == CF_FOREIGN_GATEWAY)
		party(e->to, "gateway");
	else if (v->at == CF_AT_OFFICE)
		office(p, v->office, e->to);
	else
		party(e->to, v->at == CF_AT_PARTNER ? "partner" : "operator");
	e->what = *v->message ? v->message : v->outcome;
	e->uuid = v->uuid;
	e->release = v->release;
	for (size_t i = 0; i < p->n_met && !e->label; i++)
		if (p->met[i].event == place)
			e->label = p->met[i].label;
	if (!e->label && v->at == CF_AT_PARTNER)
		e->label = request_label(p, v->uuid);
}

static void of_answer(struct line *l, const struct cf_play *p, const json_t *answer)
{
	struct entry *e = add(l, json_integer_value(json_object_get(answer, "time")));

	party(e->from, "partner");
	party(e->to, "intermediary");
	e->what = json_string_value(json_object_get(answer, "message"));
	e->uuid = json_string_value(json_object_get(answer, "uuid"));
	for (size_t i = 0; e->uuid && i < p->n_met && !e->label; i++)
		if (!strcmp(cf_world_event(p->w, p->met[i].event)->uuid, e->uuid))
			e->label = p->met[i].label;
}

static int by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->ms != y->ms)
		return x->ms < y->ms ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

int cf_play_timeline(struct cf_play *p, struct osci_err *err)
{
	const json_t *answers = cf_world_answers(p->w);
	struct cf_sent *sent = NULL;
	struct line l = { 0 };
	size_t n_sent = 0;
	int r = cf_play_intake(p);

	if (!r && !cf_connected(p))
		r = cf_world_sent(p->w, &sent, &n_sent, err);
	if (!r) {
		l.list = calloc(p->n_requests + n_sent + json_array_size(answers) + p->n_events + 1, sizeof(*l.list));
		r = l.list ? 0 : -ENOMEM;
	}
	/* Between a foreign gateway and its office nothing is seen. */
	for (size_t i = 0; !r && i < p->n_requests && p->conf->drive.what != CF_FOREIGN_GATEWAY; i++)
		of_request(&l, p, &p->requests[i]);
	for (size_t i = 0; !r && i < n_sent; i++)
		of_sent(&l, p, &sent[i]);
	for (size_t i = 0; !r && i < json_array_size(answers); i++)
		of_answer(&l, p, json_array_get(answers, i));
	for (size_t i = 0; !r && i < p->n_events; i++) {
		const struct cf_event *e = cf_world_event(p->w, i);

		if (p->conf->drive.what == CF_FOREIGN_GATEWAY && e->at == CF_AT_OFFICE && !*e->delivery)
			continue;
		of_event(&l, p, i);
	}
	if (l.n)
		qsort(l.list, l.n, sizeof(*l.list), by_time);
	for (size_t i = 0; !r && i < l.n; i++) {
		const struct entry *e = &l.list[i];

		r = cf_result_add_message(
			p->out, &(struct cf_result_message){
					.case_ms = e->ms,
					.from = (char *)e->from,
					.to = (char *)e->to,
					.what = (char *)e->what,
					.uuid = (char *)(e->uuid && *e->uuid ? e->uuid : NULL),
					.label = (char *)e->label,
					.release = (char *)(e->release && *e->release ? e->release : NULL) });
	}
	cf_sent_free(sent, n_sent);
	free(l.list);
	return r;
}
