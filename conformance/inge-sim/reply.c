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

#define SCRIPT_NAME_MAX 64 /* octets of one part of a dotted name */

/* @after: ms beside the usual delay of this message. */
static int queue(struct job *j, const char *number, const char *uuid, char **xml, size_t len, int64_t after)
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

static void frame(const struct job *j, struct xausl_frame *f, const char *uuid)
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
static const struct xausl_release *answer_release(const struct job *j)
{
	const struct xausl_release *r = xausl_release_at(j->e->xausl, j->now);

	return r && xausl_release_has_module(r) ? r : j->release;
}

static int build_failed(struct job *j, const char *number, json_t *errors)
{
	const json_t *first = json_array_get(errors, 0);

	osci_log(OSCI_LOG_ERROR, "answer-impossible", "message", number, "request", j->req.uuid, "field",
		 json_string_value(json_object_get(first, "field")), "code",
		 json_string_value(json_object_get(first, "code")), NULL);
	return osci_fail(j->err, E_BUILD, NULL, number, "answer cannot be built in this release");
}

int sim_reply(struct job *j, const struct sim_decision *d, const char *kennziffer, const char *uuid)
{
	struct sim_engine *e = j->e;
	const struct xausl_release *release = answer_release(j);
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

	if (!fields)
		return j->mem.failed ? -ENOMEM : build_failed(j, d->answer, NULL);
	frame(j, &f, uuid);
	r = xausl_build(&xml, &len, release, d->answer, fields, &f, &errors, j->err);
	json_decref(fields);
	if (r > 0)
		r = build_failed(j, d->answer, errors);
	json_decref(errors);
	return r ? r : queue(j, d->answer, uuid, &xml, len, 0);
}

/* A message nobody can read is rejected too: then by the newest release there is. */
static const struct xausl_release *rejecting_release(const struct job *j)
{
	const struct xausl *x = j->e->xausl;
	const struct xausl_release *r = answer_release(j);

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
	frame(j, &f, uuid);
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
		r = build_failed(j, form, errors);
	json_decref(errors);
	return r ? r : queue(j, form, uuid, &out, out_len, 0);
}

/* 070001 and so on are about integration, everything else about messages. */
static bool is_administrative(const char *number)
{
	return strncmp(number, "07", 2) != 0;
}

/* --- answers laid down beforehand -------------------------------------- */

/* Sets @value at the dotted @name; false if something else is in the way, or without memory. */
static bool set_at(json_t *fields, const char *name, json_t *value)
{
	char part[SCRIPT_NAME_MAX];
	const char *dot;

	while ((dot = strchr(name, '.'))) {
		size_t n = (size_t)(dot - name);
		json_t *next;

		if (!n || n >= sizeof(part))
			return false;
		memcpy(part, name, n);
		part[n] = '\0';
		next = json_object_get(fields, part);
		if (!next && json_object_set_new(fields, part, next = json_object()) < 0)
			return false;
		if (!json_is_object(next))
			return false;
		fields = next;
		name = dot + 1;
	}
	return json_object_set(fields, name, value) == 0;
}

static bool script_fields(const struct job *j, const char *number, const json_t *dotted, json_t *fields)
{
	json_t *own = json_object_get(j->fields, "file_reference"), *value;
	const char *name;

	if (own && !is_administrative(number) && json_object_set(fields, "file_reference", own) < 0)
		return false;
	json_object_foreach((json_t *)dotted, name, value)
		if (!set_at(fields, name, value))
			return false;
	return true;
}

/* Administrative messages name the request by a copy of its head; what is given in the fields stays. */
static int add_original(const struct job *j, const char *number, json_t *fields, const void *xml, size_t len)
{
	json_t *from;
	int r;

	if (!is_administrative(number))
		return 0;
	r = sim_reject_fields(&from, "S999", NULL, number, xml, len);
	if (r)
		return r;
	json_object_del(from, "reasons");
	if (json_object_update_missing(fields, from) < 0)
		r = -ENOMEM;
	json_decref(from);
	return r;
}

static int one_answer(struct job *j, const json_t *o, const void *original, size_t original_len)
{
	const char *number = json_string_value(json_object_get(o, "message"));
	_cleanup_(osci_freep) char *xml = NULL;
	char uuid[SIM_UUID_SIZE];
	json_t *fields = json_object(), *errors = NULL;
	struct xausl_frame f;
	size_t len = 0;
	int r = osci_uuid4(uuid);

	frame(j, &f, uuid);
	if (is_administrative(number))
		f.trigger_uuid = NULL;
	if (r == 0 && !script_fields(j, number, json_object_get(o, "fields"), fields))
		r = osci_fail(j->err, E_BUILD, NULL, number, "fields of a scripted answer contradict each other");
	if (r == 0)
		r = add_original(j, number, fields, original, original_len);
	if (r == 0)
		r = xausl_build(&xml, &len, answer_release(j), number, fields, &f, &errors, j->err);
	if (r > 0 && r != E_BUILD)
		r = build_failed(j, number, errors);
	json_decref(errors);
	json_decref(fields);
	return r ? r : queue(j, number, uuid, &xml, len, json_integer_value(json_object_get(o, "after_ms")));
}

int sim_reply_script(struct job *j, const json_t *answers, const void *xml, size_t len)
{
	const json_t *o;
	size_t i;
	int r = 0;

	json_array_foreach((json_t *)answers, i, o)
		r = r ? r : one_answer(j, o, xml, len);
	return r;
}

