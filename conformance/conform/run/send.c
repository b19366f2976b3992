/* SPDX-License-Identifier: Apache-2.0 */
/*
 * send - requests of the office
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/play.h"

struct cf_request *cf_play_record_request(struct cf_play *p, const char *label, const char *bus_id, const char *message,
					  size_t office, const struct cf_person *person, size_t root, json_t *data)
{
	struct cf_request *more = reallocarray(p->requests, p->n_requests + 1, sizeof(*more)), *q;

	if (more)
		p->requests = more;
	if (!more || json_object_set_new(data, "message", json_string(message))) {
		json_decref(data);
		return NULL;
	}
	q = &p->requests[p->n_requests];
	*q = (struct cf_request){ .label = label,
				  .bus_id = strdup(bus_id),
				  .message = message,
				  .office = office,
				  .person = person,
				  .root = root == CF_NONE ? p->n_requests : root,
				  .sent_ms = cf_world_now(p->w),
				  .data = data };
	if (!q->bus_id) {
		json_decref(data);
		return NULL;
	}
	p->n_requests++;
	return q;
}

int cf_play_submit(struct cf_play *p, const char *label, const char *bus_id, const char *message, size_t office,
		   const struct cf_person *person, size_t root, json_t *data, struct osci_err *err)
{
	struct cf_request *q = cf_play_record_request(p, label, bus_id, message, office, person, root, data);

	return q ? cf_world_submit(p->w, office, q->bus_id, data, err) : -ENOMEM;
}

enum cf_played cf_do_send(struct cf_play *p, const struct cf_send *s, struct osci_err *err)
{
	size_t again = cf_play_request(p, s->same_id_as), root = CF_NONE;
	json_t *data = NULL;
	char bus_id[128];

	if (cf_send_data(&data, s, cf_play_captured, p, err))
		return CF_PLAY_ERROR;
	if (s->reply_to) {
		size_t question = cf_play_met(p, s->reply_to);
		const struct cf_event *e = question == CF_NONE ? NULL : cf_world_event(p->w, question);

		if (!e || json_object_set_new(data, "question", json_string(e->uuid))) {
			json_decref(data);
			osci_fail(err, OSCI_E_STATE, NULL, s->reply_to, "no question was met by this label");
			return CF_PLAY_ERROR;
		}
		for (size_t i = 0; i < p->n_requests && root == CF_NONE; i++)
			if (!strcmp(p->requests[i].bus_id, e->request))
				root = p->requests[i].root;
	}
	if (cf_driven(p))
		return cf_drive_send(p, s, data, root, err);
	if (again != CF_NONE) {
		snprintf(bus_id, sizeof(bus_id), "%s", p->requests[again].bus_id);
		root = p->requests[again].root;
	} else {
		snprintf(bus_id, sizeof(bus_id), "%s%.60s-%zu", cf_world_ids(p->w), s->label, p->n_requests + 1);
	}
	return cf_play_submit(p, s->label, bus_id, s->message, cf_play_office(p, s->office), s->person, root, data,
			      err)
		       ? CF_PLAY_ERROR
		       : CF_PLAYED;
}
