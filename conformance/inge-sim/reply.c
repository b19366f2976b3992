/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reply - messages that go out: built in the release in force, put into the outbox
 *
 * Faults change a finished message or its way, nothing before that.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "engine_priv.h"

int sim_reply_queue(struct job *j, const char *number, const char *uuid, char **xml, size_t len, int64_t after)
{
	struct sim_engine *e = j->e;
	int64_t not_before = j->now + sim_engine_delay(e, number) + after;
	char plan[SIM_PLAN_SIZE] = "";

	if (e->faults && !sim_faults_answer(e->faults, number, j->office->key, xml, &len, &not_before, plan))
		return -ENOMEM;
	int r = sim_store_add_answer(e->store, uuid, number, j->office->key, j->req.uuid ? j->req.uuid : "", *xml, len,
				     plan, j->now, not_before, j->err);
	if (r == 0 && sim_plan_has(plan, "order"))
		r = sim_store_answer_reorder(e->store, uuid, j->office->key, j->err);
	if (r == 0)
		osci_log(OSCI_LOG_INFO, "answer-decided", "office", j->office->key, "message", number, "uuid", uuid,
			 "request", j->req.uuid, NULL);
	return r;
}

void sim_reply_frame(const struct job *j, struct xausl_frame *f, const char *uuid)
{
	*f = (struct xausl_frame){
		.uuid = uuid,
		.created_ms = j->now,
		.trigger_uuid = j->trigger,
		.author = j->e->bamf,
		.reader = { .key = j->office->key, .name = j->office->name },
		.product = SIM_PRODUCT,
		.vendor = SIM_VENDOR,
	};
}

/* A dialogue may begin in one release and end in the next: answers go out in the one in force. */
const struct xausl_release *sim_reply_release(const struct job *j)
{
	const struct xausl_release *r = xausl_release_at(j->e->xausl, j->now);

	return r && xausl_release_has_module(r) ? r : j->release;
}

int sim_reply_failed(struct job *j, const char *number, const json_t *errors)
{
	const json_t *first = json_array_get(errors, 0);
	const char *field = json_string_value(json_object_get(first, "field"));
	const char *code = json_string_value(json_object_get(first, "code"));
	char frame[OSCI_ERR_WHERE_MAX] = "";

	if (!first && j->err) /* the frame: parties of the configuration */
		snprintf(frame, sizeof(frame), "%s", j->err->where);
	if (!field)
		field = frame[0] ? frame : "message";
	osci_log(OSCI_LOG_ERROR, "answer-impossible", "office", j->office->key, "message", number, "request", j->req.uuid, "field",
		 field, "code", code, NULL);
	return osci_fail(j->err, E_BUILD, NULL, number, "answer cannot be written: %s: %s", field, code ? code : "invalid");
}

int sim_reply(struct job *j, const struct sim_decision *d, const char *kennziffer, const char *uuid)
{
	struct sim_engine *e = j->e;
	const struct xausl_release *release = sim_reply_release(j);
	struct sim_answer_context c = {
		.release = release,
		.req = &j->req,
		.settings = &e->settings,
		.file_reference = json_string_value(json_object_get(j->fields, "file_reference")),
		.contact_reference = e->contact_reference,
		.contact_type = e->bamf.channel_type,
		.contact_value = e->bamf.channel_value,
		.kennziffer = kennziffer,
		.today = j->today,
	};
	struct xausl_frame f;
	_cleanup_(osci_freep) char *xml = NULL;
	size_t len = 0;
	json_t *errors = NULL, *fields = sim_answer_fields(&j->mem, d, &c);
	int r;

	if (!fields) {
		osci_fail(j->err, E_BUILD, NULL, "reason.code", "the release does not have it");
		return j->mem.failed ? -ENOMEM : sim_reply_failed(j, d->answer, NULL);
	}
	sim_reply_frame(j, &f, uuid);
	r = xausl_build(&xml, &len, release, d->answer, fields, &f, &errors, j->err);
	json_decref(fields);
	if (r > 0)
		r = sim_reply_failed(j, d->answer, errors);
	json_decref(errors);
	return r ? r : sim_reply_queue(j, d->answer, uuid, &xml, len, 0);
}

/* A message nobody can read is rejected too: then by the newest release there is. */
static const struct xausl_release *rejecting_release(const struct job *j)
{
	const struct xausl *x = j->e->xausl;
	const struct xausl_release *r = sim_reply_release(j);

	for (size_t i = xausl_release_count(x); i > 0 && !r; i--)
		if (xausl_message_direction(xausl_release_get(x, i - 1), "0010"))
			r = xausl_release_get(x, i - 1);
	return r;
}

int sim_reply_rejection(struct job *j, const char *form, const char *code, const char *what, const void *xml, size_t len)
{
	char uuid[SIM_UUID_SIZE];
	struct xausl_frame f;
	_cleanup_(osci_freep) char *out = NULL;
	json_t *errors = NULL, *fields;
	size_t out_len = 0;
	int r;

	if (osci_uuid4(uuid))
		return osci_fail(j->err, -EIO, NULL, "uuid", "no random octets");
	sim_reply_frame(j, &f, uuid);
	f.trigger_uuid = NULL;
	r = sim_reject_fields(&fields, code, what, form, xml, len);
	if (r)
		return r;
	r = xausl_build(&out, &out_len, rejecting_release(j), form, fields, &f, &errors, j->err);
	/* A message that is not valid may have a head that cannot be repeated. */
	if (r == OSCI_E_MALFORMED && !json_object_del(fields, "original")) {
		json_decref(errors);
		r = xausl_build(&out, &out_len, rejecting_release(j), form, fields, &f, &errors, j->err);
	}
	json_decref(fields);
	if (r > 0)
		r = sim_reply_failed(j, form, errors);
	json_decref(errors);
	return r ? r : sim_reply_queue(j, form, uuid, &out, out_len, 0);
}
