/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_delivered - what the offices got: once, and never again after they acknowledged it
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/check.h"

static void once(struct cf_look *l, const struct cf_label_check *c, size_t event)
{
	struct cf_world *w = l->p->w;
	char delivery[256], seen[64];
	const struct cf_event *e;
	unsigned acked;

	if (event == CF_NONE) {
		cf_look_say(l, c->place.line, "delivered_once", "once", NULL, "%s was not delivered", c->label);
		return;
	}
	e = cf_world_event(w, event);
	if (!*e->delivery) /* a receipt is the answer to a request and is not acknowledged */
		return;
	acked = e->acked;
	snprintf(delivery, sizeof(delivery), "%s", e->delivery);
	if (acked != 1) {
		snprintf(seen, sizeof(seen), "%u times", acked);
		cf_look_say(l, c->place.line, "delivered_once", "once", seen, "%s was acknowledged %u times",
			    c->label, acked);
		return;
	}
	for (size_t i = 0; i < l->p->n_events; i++) {
		const struct cf_event *o = cf_world_event(w, i);
		bool again = o->at == CF_AT_OFFICE && i != event && o->office == e->office;

		if (again && !strcmp(o->delivery, delivery) && !o->redelivery)
			cf_look_say(l, c->place.line, "delivered_once", "\"redelivery\": true", "false",
				    "%s was offered again and not marked so", c->label);
		else if (again && *e->uuid && !strcmp(o->uuid, e->uuid) && *o->delivery &&
			 strcmp(o->delivery, delivery) != 0)
			cf_look_say(l, c->place.line, "delivered_once", "once",
				    "another delivery of the same message", "%s was delivered under two ids",
				    c->label);
		else
			continue;
		return;
	}
}

/* A text as it stands in JSON, without the quotes; NULL without memory. */
static char *as_in_json(const char *text)
{
	json_t *value = json_string(text);
	char *dump = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	json_decref(value);
	if (dump) {
		size_t n = strlen(dump);

		memmove(dump, dump + 1, n - 2);
		dump[n - 2] = '\0';
	}
	return dump;
}

static void not_delivered(struct cf_look *l, const struct cf_label_check *c)
{
	char *needle = as_in_json(c->label);

	for (size_t i = 0; needle && i < l->p->n_events; i++) {
		const struct cf_event *e = cf_world_event(l->p->w, i);
		char *body = e->at == CF_AT_OFFICE ? json_dumps(e->body, JSON_COMPACT) : NULL;
		bool there =
			(body && strstr(body, needle)) ||
			(e->at == CF_AT_OFFICE && e->xml && memmem(e->xml, e->xml_len, c->label, strlen(c->label)));
		char words[256];

		free(body);
		if (!there)
			continue;
		cf_look_say(l, c->place.line, "not_delivered", "nowhere",
			    cf_play_event_words(l->p, i, words, sizeof(words)),
			    "the text stands in what an office received");
		break;
	}
	if (!needle)
		l->broken = true;
	free(needle);
}

void cf_look_delivered(struct cf_look *l)
{
	const struct cf_check *k = l->k;

	for (size_t i = 0; i < k->delivered_once.n; i++) {
		const struct cf_label_check *c = &k->delivered_once.list[i];
		const struct cf_many *m = cf_play_many(l->p, c->label);

		if (!m)
			once(l, c, cf_play_met(l->p, c->label));
		for (size_t n = 0; m && n < m->n && !l->wrong; n++)
			if (l->p->c->offices[l->p->requests[m->first + n].office].certificate == CF_CERT_OK)
				once(l, c, m->events[n]);
	}
	for (size_t i = 0; i < k->not_delivered.n; i++)
		not_delivered(l, &k->not_delivered.list[i]);
}
