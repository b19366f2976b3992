/* SPDX-License-Identifier: Apache-2.0 */
/*
 * build - xausl_build(): the frame as JSON, the walk, and the check of the result by the validator
 *
 * A document leaves this file only if the validator found nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "map/build.h"

/* --- errors ----------------------------------------------------------- */

static const char *standard_code_of(const char *code)
{
	static const struct {
		const char *code, *standard;
	} codes[] = {
		{ "missing", "X001" }, { "invalid", "X001" }, { "too_many", "X001" }, { "empty", "S030" },
		{ "unknown_code", "S011" }, { "code_not_allowed", "S011" },
	};
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++)
		if (strcmp(codes[i].code, code) == 0)
			return codes[i].standard;
	return NULL;
}

void map_error(struct map_build *b, const char *field, const char *code, const char *text)
{
	const char *standard_code = standard_code_of(code);
	json_t *e;
	size_t i;

	if (field && *field == '^') {
		if (!*b->frame_fault)
			snprintf(b->frame_fault, sizeof(b->frame_fault), "%s", field + 1);
		return;
	}
	if (json_array_size(b->errors) >= MAP_ERRORS_MAX)
		return;
	for (i = 0; field && i < json_array_size(b->errors); i++) {
		const char *other = json_string_value(json_object_get(json_array_get(b->errors, i), "field"));

		if (other && strcmp(other, field) == 0)
			return;
	}
	e = json_object();
	if (!e || (field && *field && json_object_set_new(e, "field", json_string(field))) ||
	    json_object_set_new(e, "code", json_string(code)) ||
	    (standard_code && json_object_set_new(e, "standard_code", json_string(standard_code))) ||
	    json_object_set_new(e, "text", json_string(text)) || json_array_append(b->errors, e))
		b->fatal = -ENOMEM;
	json_decref(e);
}

/* --- frame ------------------------------------------------------------ */

/* Values the rows of the frame take; a NULL text is left out. */
static json_t *party_json(const struct xausl_party *p)
{
	json_t *o = json_pack("{s:s*, s:s*}", "key", p->key, "name", p->name);
	json_t *a, *c;

	if (o && p->street) {
		a = json_pack("{s:s, s:s*, s:s*, s:s*}", "street", p->street, "house_number", p->house_number,
			      "postcode", p->postcode, "town", p->town);
		if (json_object_set_new(o, "address", a)) {
			json_decref(o);
			return NULL;
		}
	}
	if (o && p->channel_type) {
		c = json_pack("[{s:s, s:s*}]", "type", p->channel_type, "value", p->channel_value);
		if (json_object_set_new(o, "channels", c)) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static json_t *frame_json(const struct map_message *msg, const struct xausl_frame *f)
{
	char created[40];
	json_t *o;

	osci_format_datetime_berlin(created, sizeof(created), f->created_ms);
	o = json_pack("{s:s*, s:s*, s:s*, s:s*, s:s, s:s, s:s*, s:o, s:o}", "product", f->product, "vendor", f->vendor,
		      "product_version", f->product_version, "uuid", f->uuid, "message", msg->number, "created", created,
		      "trigger", f->trigger_uuid, "author", party_json(&f->author), "reader", party_json(&f->reader));
	if (o && f->test && json_object_set_new(o, "test", json_true())) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* --- check of the result ---------------------------------------------- */

/* "/x:root/x:a[1]/b[2]" to "/a/b[2]": as the walk writes its places. */
static bool plain_path(char *out, size_t size, const char *path)
{
	size_t len = 0;
	bool root = true;

	*out = 0;
	while (*path) {
		size_t n, head;
		const char *name, *bracket;

		path += *path == '/';
		n = strcspn(path, "/");
		name = memchr(path, ':', n);
		name = name ? name + 1 : path;
		head = n - (size_t)(name - path);
		bracket = memchr(name, '[', head);
		if (bracket && strncmp(bracket, "[1]", 3) == 0)
			head = (size_t)(bracket - name);
		if (!root) {
			if (len + head + 2 > size)
				return false;
			len += (size_t)snprintf(out + len, size - len, "/%.*s", (int)head, name);
		}
		root = false;
		path += n;
	}
	return true;
}

/* Field at the path, or of the nearest element around it that has one. */
static const char *field_at(const struct map_build *b, const char *finding_path)
{
	char path[MAP_PATH_MAX];
	size_t i;

	if (!plain_path(path, sizeof(path), finding_path))
		return NULL;
	while (*path) {
		for (i = 0; i < b->n_places; i++)
			if (strcmp(b->places[i].path, path) == 0)
				return b->places[i].field;
		*strrchr(path, '/') = 0;
	}
	return NULL;
}

static int check_result(struct map_build *b, struct osci_err *err)
{
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	const struct xausl_check_opts opts = { .release = b->release };
	size_t i;
	int r;

	r = xausl_validate(&report, xausl_release_owner(b->release), &opts, b->out.data, b->out.len, err);
	if (r)
		return r;
	if (report->verdict == XAUSL_VALID)
		return 0;
	if (!report->n_errors)
		return osci_fail(err, OSCI_E_CONFIG, NULL, xausl_release_version(b->release),
				 "the built message could not be checked");
	for (i = 0; i < report->n_errors; i++) {
		const struct xausl_finding *f = &report->findings[i];
		char text[512];

		snprintf(text, sizeof(text), "%s: %s%s%s", f->id, f->what, *f->expected ? "; expected: " : "", f->expected);
		map_error(b, field_at(b, f->path), "invalid", text);
	}
	return OSCI_E_MALFORMED;
}

/* --- entry ------------------------------------------------------------ */

static void build_free(struct map_build *b)
{
	size_t i;

	for (i = 0; i < b->n_places; i++) {
		free(b->places[i].path);
		free(b->places[i].field);
	}
	free(b->places);
	json_decref(b->frame);
	json_decref(b->errors);
	osci_buf_free(&b->out);
}

/* The outcome of a run that found something: frame first, as then nobody's fields are at fault. */
static int verdict(struct map_build *b, json_t **errors, struct osci_err *err)
{
	if (b->fatal)
		return b->fatal;
	if (*b->frame_fault)
		return osci_fail(err, OSCI_E_USAGE, NULL, b->frame_fault, "value of the message frame missing or wrong");
	if (!json_array_size(b->errors))
		return 0;
	if (errors)
		*errors = json_incref(b->errors);
	return osci_fail(err, OSCI_E_MALFORMED, NULL, b->msg ? b->msg->number : NULL, "%zu fields are wrong",
			 json_array_size(b->errors));
}

int xausl_build(char **ret, size_t *ret_len, const struct xausl_release *release, const char *number,
		const json_t *fields, const struct xausl_frame *frame, json_t **errors, struct osci_err *err)
{
	_cleanup_(build_free) struct map_build b = { .release = release, .m = xausl_release_map(release) };
	int r;

	*ret = NULL;
	if (ret_len)
		*ret_len = 0;
	if (errors)
		*errors = NULL;
	if (!b.m)
		return osci_fail(err, OSCI_E_USAGE, NULL, xausl_release_version(release), "no module for this release");
	osci_buf_init(&b.out, MAP_DOCUMENT_MAX);
	b.errors = json_array();
	if (!b.errors)
		return -ENOMEM;
	b.msg = map_message_find(b.m, number);
	if (!b.msg || !json_is_object(fields)) {
		if (!b.msg)
			map_error(&b, "message", "unknown_message", "the release has no such message");
		else
			map_error(&b, NULL, "invalid", "an object with fields expected");
		return verdict(&b, errors, err);
	}
	b.frame = frame_json(b.msg, frame);
	if (!b.frame)
		return -ENOMEM;
	map_write_message(&b, fields);
	map_check_unknown(&b, fields);
	r = verdict(&b, errors, err);
	if (r)
		return r;
	r = osci_buf_error(&b.out);
	if (r)
		return osci_fail(err, r, NULL, b.msg->number, "the document does not fit into its limit");
	r = check_result(&b, err);
	if (r) {
		int v = r == OSCI_E_MALFORMED ? verdict(&b, errors, err) : 0;

		return v ? v : r;
	}
	*ret = osci_buf_take(&b.out, ret_len);
	return *ret ? 0 : -ENOMEM;
}
