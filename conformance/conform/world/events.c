/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events - what has happened, in order, and which request a nachrichtenUUID belongs to
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "world/priv.h"

const char *cf_text(const json_t *object, const char *name)
{
	const char *s = json_string_value(json_object_get(object, name));

	return s ? s : "";
}

void cf_active(struct cf_world *w)
{
	w->activity++;
	w->active_at = osci_clock_mono_ms();
}

size_t cf_office_by_key(const struct cf_world *w, const char *key)
{
	for (size_t i = 0; i < w->n_offices; i++)
		if (strcmp(w->offices[i].key, key) == 0)
			return i;
	return CF_NO_OFFICE;
}

/* Takes @body, with NULL too.  NULL without memory or beyond CF_EVENTS_MAX. */
struct cf_event *cf_event_add(struct cf_world *w, enum cf_at at, size_t office, int64_t time_ms, json_t *body)
{
	struct cf_event *e;

	if (body && w->n_events == w->cap_events && w->cap_events < CF_EVENTS_MAX) {
		size_t cap = w->cap_events ? 2 * w->cap_events : 64;
		struct cf_event *grown = reallocarray(w->events, cap, sizeof(*grown));

		if (grown) {
			w->events = grown;
			w->cap_events = cap;
		}
	}
	if (!body || w->n_events >= w->cap_events || w->n_events >= CF_EVENTS_MAX) {
		json_decref(body);
		return NULL;
	}
	e = &w->events[w->n_events];
	*e = (struct cf_event){
		.at = at,
		.time_ms = time_ms,
		.office = office,
		.message = cf_text(body, "message"),
		.outcome = cf_text(body, "outcome"),
		.request = cf_text(body, "request"),
		.uuid = cf_text(body, "uuid"),
		.delivery = cf_text(body, "delivery"),
		.release = cf_text(body, "release"),
		.trigger = "",
		.redelivery = json_is_true(json_object_get(body, "redelivery")),
		.first = w->n_events,
		.body = body,
	};
	w->n_events++;
	return e;
}

void cf_events_free(struct cf_world *w)
{
	for (size_t i = 0; i < w->n_events; i++) {
		json_decref(w->events[i].body);
		free((void *)(uintptr_t)w->events[i].xml);
	}
	free(w->events);
	for (size_t i = 0; i < w->n_known; i++) {
		free(w->known[i].uuid);
		free(w->known[i].bus_id);
	}
	free(w->known);
}

const json_t *cf_world_answers(const struct cf_world *w)
{
	return w->answers;
}

size_t cf_world_events(const struct cf_world *w)
{
	return w->n_events;
}

const struct cf_event *cf_world_event(const struct cf_world *w, size_t place)
{
	return place < w->n_events ? &w->events[place] : NULL;
}

/* --- requests by their UUID ---------------------------------------------- */

const struct cf_known *cf_known_find(const struct cf_world *w, const char *uuid)
{
	for (size_t i = w->n_known; i > 0; i--)
		if (strcmp(w->known[i - 1].uuid, uuid) == 0)
			return &w->known[i - 1];
	return NULL;
}

int cf_known_add(struct cf_world *w, size_t office, const char *uuid, const char *bus_id)
{
	struct cf_known *k;

	if (!*uuid || cf_known_find(w, uuid))
		return 0;
	if (w->n_known == w->cap_known) {
		size_t cap = w->cap_known ? 2 * w->cap_known : 32;

		k = reallocarray(w->known, cap, sizeof(*k));
		if (!k)
			return -ENOMEM;
		w->known = k;
		w->cap_known = cap;
	}
	k = &w->known[w->n_known];
	*k = (struct cf_known){ .office = office, .uuid = strdup(uuid), .bus_id = strdup(bus_id) };
	if (!k->uuid || !k->bus_id) {
		free(k->uuid);
		free(k->bus_id);
		return -ENOMEM;
	}
	w->n_known++;
	return 0;
}
