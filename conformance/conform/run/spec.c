/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spec - what a world needs to know of a case: offices, settings, and what InGe holds, as the partner reads it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "run/spec.h"

static json_t *event_of(const struct cf_provider *v, struct osci_err *err)
{
	json_t *event = NULL;

	if (cf_fields_data(&event, &v->data, NULL, NULL, err) ||
	    json_object_set_new(event, "event", json_string(v->event)) ||
	    json_object_set_new(event, "date", json_string(v->date))) {
		json_decref(event);
		return NULL;
	}
	return event;
}

static json_t *record_of(const struct cf_record *r, struct osci_err *err)
{
	json_t *record = json_deep_copy(r->data), *events = json_array();

	json_object_set_new(record, "as", json_string(r->label));
	for (size_t i = 0; i < r->n_events; i++)
		if (json_array_append_new(events, event_of(&r->events[i], err))) {
			json_decref(events);
			json_decref(record);
			return NULL;
		}
	if (json_array_size(events))
		json_object_set(record, "events", events);
	json_decref(events);
	return record;
}

static json_t *entry_of(const struct cf_inge *g, struct osci_err *err)
{
	json_t *records = json_array(), *flags = json_array();
	json_t *entry = json_pack("{s:s, s:O*, s:o, s:o}", "person", g->person->label, "stored", g->stored, "flags",
				  flags, "records", records);

	for (size_t i = 0; entry && i < g->n_flags; i++)
		json_array_append_new(flags, json_string(g->flags[i]));
	for (size_t i = 0; entry && i < g->n_records; i++)
		if (json_array_append_new(records, record_of(&g->records[i], err))) {
			json_decref(entry);
			return NULL;
		}
	return entry;
}

json_t *cf_spec_inge(const struct cf_case *c, struct osci_err *err)
{
	json_t *persons = json_object(), *list = json_array();
	json_t *all = json_pack("{s:o, s:o}", "persons", persons, "inge", list);

	for (size_t i = 0; all && i < c->n_inge; i++)
		if (json_object_set(persons, c->inge[i].person->label, (json_t *)c->inge[i].person->data) ||
		    json_array_append_new(list, entry_of(&c->inge[i], err))) {
			json_decref(all);
			return NULL;
		}
	return all;
}

json_t *cf_spec_partner(const struct cf_job *job, const json_t *more)
{
	json_t *settings = json_object();

	for (size_t i = 0; settings && i < CF_SWITCHES; i++) {
		const char *name;
		bool is_free;
		json_t *value = cf_job_switch(job, i, more, &name, &is_free);

		if (json_object_set_new(settings, name, value)) {
			json_decref(settings);
			return NULL;
		}
	}
	if (settings && more)
		json_object_update_missing(settings, (json_t *)more);
	return settings;
}

/* Keys of others' software belong to the office, whichever place it has in the case. */
static unsigned slot(const struct cf_drive *d, const char *key)
{
	for (size_t i = 0; i < d->n_offices; i++)
		if (!strcmp(d->offices[i], key))
			return (unsigned)i + 1;
	return 0;
}

static const struct cf_client *client(const struct cf_drive *d, const char *key)
{
	unsigned place = slot(d, key);

	return d->clients && place ? &d->clients[place - 1] : NULL;
}

struct cf_office_spec *cf_spec_offices(const struct cf_case *c, const struct cf_drive *d)
{
	struct cf_office_spec *list = calloc(c->n_offices + 1, sizeof(*list));

	for (size_t i = 0; list && i < c->n_offices; i++)
		list[i] = (struct cf_office_spec){ c->offices[i].label, c->offices[i].key, c->offices[i].name,
						   c->offices[i].certificate, slot(d, c->offices[i].key),
						   client(d, c->offices[i].key) };
	return list;
}
