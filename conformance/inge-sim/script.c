/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script - answers laid down beforehand: what InGe does not send by its rules
 *
 * Messages of the integration courses, and those about messages: rejection, receipt and reminder of one, forwarding,
 * non-competence, repetition.  The latter name the request by themselves.  What cannot be written is told when it is ordered.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <xausl/package.h>

#include "base/buf.h"
#include "base/text.h"
#include "engine_priv.h"

#define NAME_MAX_OCTETS 64 /* of one part of a dotted name */

/* 070001 and so on are about integration, everything else about messages. */
static bool is_administrative(const char *number)
{
	return strncmp(number, "07", 2) != 0;
}

/* Repetition and forwarding: a message within the message. */
static bool is_container(const char *number)
{
	return strcmp(number, "000020") == 0 || strcmp(number, "0030") == 0;
}

/* Sets @value at the dotted @name; false if something else is in the way, or without memory. */
static bool set_at(json_t *fields, const char *name, json_t *value)
{
	char part[NAME_MAX_OCTETS];
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

static bool own_fields(const struct job *j, const char *number, const json_t *dotted, json_t *fields)
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
static int add_original(const char *number, json_t *fields, const void *xml, size_t len)
{
	json_t *from;
	int r = sim_reject_fields(&from, "S999", NULL, number, xml, len);

	if (r)
		return r;
	json_object_del(from, "reasons");
	if (json_object_update_missing(fields, from) < 0)
		r = -ENOMEM;
	json_decref(from);
	return r;
}

/* What is to be written, and what came of it. */
struct writing {
	struct job *j;
	const struct xausl_release *release;
	const void *original; /* the request */
	size_t original_len;
	const char *number; /* of the message that was written last: the one that @errors are of */
	json_t *errors;
};

/* OSCI_E_*: cannot be written, see @w. */
static int write_message(struct writing *w, const char *number, const json_t *dotted, const char *uuid, char **xml, size_t *len)
{
	json_t *fields = json_object();
	struct xausl_frame f;
	int r = 0;

	w->number = number;
	sim_reply_frame(w->j, &f, uuid);
	if (is_administrative(number) && strcmp(number, "000020") != 0)
		f.trigger_uuid = NULL; /* they have no ausloeserUUID, or it is a field */
	if (!own_fields(w->j, number, dotted, fields))
		r = osci_fail(w->j->err, E_BUILD, NULL, "fields", "names contradict each other");
	if (r == 0 && is_administrative(number) && !is_container(number))
		r = add_original(number, fields, w->original, w->original_len);
	if (r == 0)
		r = xausl_build(xml, len, w->release, number, fields, &f, &w->errors, w->j->err);
	json_decref(fields);
	return r;
}

/* Who forwards and who sent it: the BAMF itself, where the fields do not say otherwise. */
static json_t *reachable(const struct xausl_party *p, const char *time)
{
	return json_pack("{s:s, s:s, s:[{s:s, s:s}], s:s*}", "key", p->key, "name", p->name, "channels", "type", p->channel_type,
			 "value", p->channel_value, "time", time);
}

static bool forwarding_fields(const struct job *j, json_t *f, const json_t *head)
{
	char created[40];

	osci_format_datetime_berlin(created, sizeof(created), j->now);
	return json_object_set(f, "original.list", json_object_get(head, "list")) == 0 &&
	       json_object_set(f, "original.list_version", json_object_get(head, "list_version")) == 0 &&
	       json_object_set_new(f, "sender", reachable(&j->e->bamf, NULL)) == 0 &&
	       json_object_set_new(f, "forwarders", json_pack("[o]", reachable(&j->e->bamf, created))) == 0;
}

/* Fields of the container for the message @xml in it; new reference. */
static int container_fields(const struct job *j, const char *number, const json_t *dotted, const char *xml, size_t len,
			    json_t **ret)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);
	_cleanup_(xausl_head_freep) struct xausl_head *head = NULL;
	const char *name;
	json_t *f = *ret = json_object(), *original = NULL, *value;
	int r = f ? xausl_read_frame(&head, xml, len, NULL, j->err) : -ENOMEM;

	r = r ? r : xausl_head_original(&original, head);
	osci_base64_encode(&text, xml, len, 0);
	if (r == 0 && (osci_buf_error(&text) ||
		       json_object_set_new(f, "original_xml", json_stringn((const char *)text.data, text.len)) < 0 ||
		       json_object_set(f, "original.message", json_object_get(original, "message")) < 0 ||
		       (strcmp(number, "0030") == 0 && !forwarding_fields(j, f, original))))
		r = -ENOMEM;
	json_object_foreach((json_t *)dotted, name, value)
		r = r ? r : json_object_set(f, name, value) < 0 ? -ENOMEM : 0;
	json_decref(original);
	return r;
}

static int write_answer(struct writing *w, const json_t *o, const char *uuid, char **xml, size_t *len)
{
	const char *number = json_string_value(json_object_get(o, "message"));
	const json_t *inner = json_object_get(o, "carries"), *dotted = json_object_get(o, "fields");
	_cleanup_(osci_freep) char *carried = NULL;
	char inner_uuid[SIM_UUID_SIZE];
	json_t *fields = NULL;
	size_t carried_len = 0;
	int r;

	if (!inner)
		return write_message(w, number, dotted, uuid, xml, len);
	if (osci_uuid4(inner_uuid))
		return osci_fail(w->j->err, -EIO, NULL, "uuid", "no random octets");
	r = write_message(w, json_string_value(json_object_get(inner, "message")), json_object_get(inner, "fields"), inner_uuid,
			  &carried, &carried_len);
	if (r == 0)
		r = container_fields(w->j, number, dotted, carried, carried_len, &fields);
	if (r == 0)
		r = write_message(w, number, fields, uuid, xml, len);
	json_decref(fields);
	return r;
}

int sim_reply_script(struct job *j, const json_t *answers, const void *xml, size_t len)
{
	const json_t *o;
	size_t i;

	json_array_foreach((json_t *)answers, i, o) {
		struct writing w = { .j = j, .release = sim_reply_release(j), .original = xml, .original_len = len };
		_cleanup_(osci_freep) char *out = NULL;
		char uuid[SIM_UUID_SIZE];
		size_t out_len = 0;
		int r = osci_uuid4(uuid) ? osci_fail(j->err, -EIO, NULL, "uuid", "no random octets") : 0;

		if (r == 0)
			r = write_answer(&w, o, uuid, &out, &out_len);
		if (r > 0)
			r = sim_reply_failed(j, w.number, w.errors);
		json_decref(w.errors);
		if (r == 0)
			r = sim_reply_queue(j, json_string_value(json_object_get(o, "message")), uuid, &out, out_len,
					    json_integer_value(json_object_get(o, "after_ms")));
		if (r)
			return r;
	}
	return 0;
}

/* --- before it is laid down -------------------------------------------- */

/* The first error that is not of the request, which is not there yet; NULL = none. */
static const json_t *own_error(const struct writing *w)
{
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)w->errors, i, e) {
		const char *field = json_string_value(json_object_get(e, "field"));

		if (!field || is_container(w->number) ||
		    (strncmp(field, "original.", 9) != 0 && strcmp(field, "original_xml") != 0))
			return e;
	}
	return NULL;
}

/* 0, OSCI_E_MALFORMED with @text, or fatal. */
static int try_in(const struct sim_engine *e, const struct xausl_release *release, const json_t *answer, char *text, size_t size)
{
	static const char uuid[] = "00000000-0000-4000-8000-000000000000";
	const struct sim_office nobody = { .key = e->offices[0].key, .name = e->offices[0].name };
	struct osci_err err = { 0 };
	struct job j = { .e = (struct sim_engine *)e, .office = &nobody, .release = release, .trigger = uuid, .err = &err };
	struct writing w = { .j = &j, .release = release };
	_cleanup_(osci_freep) char *out = NULL;
	const json_t *first;
	size_t len = 0;
	int r;

	j.req.uuid = uuid;
	r = write_answer(&w, answer, uuid, &out, &len);
	first = own_error(&w);
	if (r > 0 && first)
		snprintf(text, size, "%s: %s: %s", w.number, json_string_value(json_object_get(first, "field")),
			 json_string_value(json_object_get(first, "code")));
	else if (r > 0 && !w.errors)
		snprintf(text, size, "%s: %s: %s", w.number, err.where, err.what);
	else if (r > 0)
		r = 0;
	json_decref(w.errors);
	return r;
}

int sim_script_try(const struct sim_engine *e, const json_t *answer, char *text, size_t size)
{
	const char *number = json_string_value(json_object_get(answer, "message"));
	int r = OSCI_E_EMPTY;

	/* A release that takes it will do; else what the newest says. */
	for (size_t i = 0; i < xausl_release_count(e->xausl) && r; i++) {
		const struct xausl_release *release = xausl_release_get(e->xausl, i);
		int way = xausl_release_has_module(release) ? xausl_message_direction(release, number) : 0;

		if (way == -1 || way == 2)
			r = try_in(e, release, answer, text, size);
		if (r < 0)
			return r;
	}
	if (r == OSCI_E_EMPTY)
		snprintf(text, size, "message: the BAMF sends no %.8s", number);
	return r;
}
