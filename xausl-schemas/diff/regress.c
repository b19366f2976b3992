/* SPDX-License-Identifier: Apache-2.0 */
/*
 * regress - requests through two releases: what changes for those who send them
 *
 * A request is built in both releases; where both build it, the documents and what is read back from them are compared.
 * The data of a message in XML are read first, and sent again in both; one that the first release does not find valid is
 * checked by both as it is.  Nothing that could not be done counts as unchanged.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "diff/regress.h"
#include "map/sample.h"

/* Made up, as all that is in the frame; messages of the BAMF have the two sides changed. */
static const struct xausl_frame frame_of_all = {
	.uuid = "2d0f8276-4278-465f-9065-15494e98d72b",
	.created_ms = 1795426938204,
	.author = { "azr:011200", "Probestadt, Ausl\xc3\xa4nderbeh\xc3\xb6rde", "Lindenweg", "19", "12345", "Probestadt", "01",
		    "probe@probestadt.example" },
	.reader = { "dbs:990000000070", "Bundesamt", NULL, NULL, NULL, NULL, NULL, NULL },
	.product = "xausl",
	.vendor = "xausl",
};
#define TRIGGER "fa7a7dac-f589-465c-9cf2-d3b77ba37dd9"

static void json_freep(json_t **v)
{
	json_decref(*v);
}

/* Text that need not be UTF-8, as names of files. */
static json_t *shown(const char *s)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1u << 20);

	if (osci_utf8_ok(s, strlen(s)))
		return json_string(s);
	osci_escape_line(&b, s, strlen(s));
	return json_string(b.data ? (const char *)b.data : "");
}

static void set(struct xausl_regress *g, json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value))
		g->no_memory = true;
}

void regress_note(struct xausl_regress *g, const char *what, const char *change, const char *place, const char *text,
		  const char *from, const char *to)
{
	json_t *changes = json_object_get(g->item, "changes"), *o;

	if (json_array_size(changes) >= REGRESS_CHANGES_MAX) {
		set(g, g->item, "more", json_true());
		return;
	}
	o = json_pack("{s:s, s:s, s:s, s:s}", "what", what, "change", change, "place", place, "text", text);
	if (!o || json_array_append_new(changes, o))
		g->no_memory = true;
	else if (g->show_values && from)
		set(g, o, "from", shown(from));
	if (o && g->show_values && to)
		set(g, o, "to", shown(to));
}

static int begin(struct xausl_regress *g, const char *name, const char *message)
{
	g->item = NULL;
	if (json_array_size(g->files) >= REGRESS_ITEMS_MAX) {
		g->too_many = true;
		return OSCI_E_LIMIT;
	}
	g->item = json_pack("{s:o, s:s, s:s, s:[]}", "file", shown(name), "message", message, "state", "unchanged", "changes");
	if (!g->item || json_array_append_new(g->files, g->item)) {
		g->item = NULL;
		g->no_memory = true;
		return -ENOMEM;
	}
	return 0;
}

static void trouble(struct xausl_regress *g, const char *text)
{
	set(g, g->item, "state", json_string("trouble"));
	set(g, g->item, "trouble", shown(text));
}

static void verdicts(struct xausl_regress *g, const char *from, const char *to)
{
	set(g, g->item, "verdict", json_pack("{s:s, s:s}", "from", from, "to", to));
	if (strcmp(from, to) != 0)
		regress_note(g, "verdict", "changed", "", from[0] == 'r' || from[0] == 'i' ? "taken now" : "refused now", NULL,
			     NULL);
}

static int finish(struct xausl_regress *g, struct osci_err *err)
{
	if (g->no_memory)
		return osci_fail(err, -ENOMEM, NULL, "regress", "out of memory");
	if (g->too_many)
		return osci_fail(err, OSCI_E_LIMIT, NULL, "regress", "too many requests, or one too deep");
	if (json_array_size(json_object_get(g->item, "changes")) &&
	    strcmp(json_string_value(json_object_get(g->item, "state")), "trouble") != 0)
		set(g, g->item, "state", json_string("changed"));
	return 0;
}

/* --- requests --------------------------------------------------------------- */

struct built {
	char *xml;
	size_t len;
	json_t *errors; /* why it was refused */
};

static void built_clear(struct built *b)
{
	free(b->xml);
	json_decref(b->errors);
}

/* 0 built or refused; anything else: it could not be tried. */
static int build(struct built *b, const struct xausl_release *r, const char *number, const json_t *fields,
		 const struct xausl_frame *frame, struct osci_err *err)
{
	int rc = xausl_build(&b->xml, &b->len, r, number, fields, frame, &b->errors, err);

	return rc == OSCI_E_MALFORMED && json_array_size(b->errors) ? 0 : rc;
}

static const char *member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static bool has_error(const json_t *errors, const json_t *like)
{
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)errors, i, e)
		if (!strcmp(member(e, "field"), member(like, "field")) && !strcmp(member(e, "code"), member(like, "code")))
			return true;
	return false;
}

/* What an error of the second release alone means for who sends the field. */
static const char *meaning_of(const char *code)
{
	static const struct {
		const char *code, *what;
	} known[] = {
		{ "missing", "required" }, { "empty", "required" }, { "unknown_field", "lost" },
		{ "unknown_message", "lost" }, { "unknown_code", "code" }, { "code_not_allowed", "code" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(known[i].code, code))
			return known[i].what;
	return "value";
}

static void compare_errors(struct xausl_regress *g, const json_t *from, const json_t *to)
{
	const json_t *e;
	size_t i;

	json_array_foreach((json_t *)to, i, e)
		if (!has_error(from, e))
			regress_note(g, meaning_of(member(e, "code")), "new", member(e, "field"), member(e, "code"), NULL, NULL);
	json_array_foreach((json_t *)from, i, e)
		if (!has_error(to, e))
			regress_note(g, "allowed", "gone", member(e, "field"), member(e, "code"), NULL, NULL);
}

static int read_both(struct xausl_regress *g, const struct built *a, const struct built *b, struct osci_err *err)
{
	_cleanup_(json_freep) json_t *x = NULL, *y = NULL;
	int r = xausl_read(&x, g->from, a->xml, a->len, NULL, err);

	r = r ? r : xausl_read(&y, g->to, b->xml, b->len, NULL, err);
	if (r)
		return r;
	json_object_del(x, "release");
	json_object_del(y, "release");
	regress_compare_json(g, x, y);
	return 0;
}

/* It shows nothing of the change, and must not look like a request that goes on as before. */
static void refused_by_both(struct xausl_regress *g, const json_t *errors)
{
	const json_t *e = json_array_get(errors, 0);
	char text[400];

	snprintf(text, sizeof(text), "refused by both releases: %.160s %.64s", member(e, "field"), member(e, "code"));
	trouble(g, text);
}

/* The item at hand. */
static int both(struct xausl_regress *g, const char *number, const json_t *fields, const struct xausl_frame *frame,
		struct osci_err *err)
{
	_cleanup_(built_clear) struct built a = { 0 }, b = { 0 };
	int r = build(&a, g->from, number, fields, frame, err);

	r = r ? r : build(&b, g->to, number, fields, frame, err);
	if (r)
		return r;
	verdicts(g, a.xml ? "accepted" : "refused", b.xml ? "accepted" : "refused");
	if (!a.xml || !b.xml) {
		compare_errors(g, a.errors, b.errors);
		if (!a.xml && !b.xml && !json_array_size(json_object_get(g->item, "changes")))
			refused_by_both(g, a.errors);
		return 0;
	}
	r = regress_compare_xml(g, a.xml, a.len, b.xml, b.len, err);
	return r ? r : read_both(g, &a, &b, err);
}

/* What went wrong is told of the item, unless nothing goes any more. */
static int settle(struct xausl_regress *g, int r, const struct osci_err *why, struct osci_err *err)
{
	char text[512];

	if (r == -ENOMEM)
		g->no_memory = true;
	else if (r)
		trouble(g, osci_err_text(why, text, sizeof(text)));
	return finish(g, err);
}

struct xausl_frame regress_frame(const struct xausl_regress *g, const char *number)
{
	struct xausl_frame f = frame_of_all;

	if (xausl_message_direction(g->from, number) != -1)
		return f;
	f.author.key = frame_of_all.reader.key;
	f.author.name = frame_of_all.reader.name;
	f.reader.key = frame_of_all.author.key;
	f.reader.name = frame_of_all.author.name;
	f.trigger_uuid = TRIGGER;
	return f;
}

int xausl_regress_request(struct xausl_regress *g, const char *name, const json_t *request, struct osci_err *err)
{
	static const char *const envelope[] = { "office", "id", "user", "message" };
	_cleanup_(json_freep) json_t *fields = json_copy((json_t *)request);
	const char *number = member(request, "message");
	struct xausl_frame frame = regress_frame(g, number);
	struct osci_err why = { 0 };
	int r = begin(g, name, number);

	if (r)
		return finish(g, err);
	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		json_object_del(fields, envelope[i]);
	if (!number[0])
		r = osci_fail(&why, OSCI_E_MALFORMED, NULL, "message", "a request names its message");
	else
		r = fields ? both(g, number, fields, &frame, &why) : -ENOMEM;
	return settle(g, r, &why, err);
}

/* --- messages ----------------------------------------------------------------- */

static bool has_finding(const struct xausl_report *r, const struct xausl_finding *like)
{
	for (size_t i = 0; i < r->n_findings; i++)
		if (!strcmp(r->findings[i].id, like->id) && !strcmp(r->findings[i].path, like->path))
			return true;
	return false;
}

static int checked(struct xausl_report **ret, const struct xausl_release *r, const char *data, size_t len, struct osci_err *err)
{
	const struct xausl_check_opts opts = { .release = r };
	int rc = xausl_validate(ret, xausl_release_owner(r), &opts, data, len, err);

	if (!rc && (*ret)->verdict == XAUSL_NOT_CHECKED)
		rc = osci_fail(err, OSCI_E_CONFIG, NULL, xausl_release_version(r), "the message could not be checked");
	return rc;
}

/* The message as it is, in both releases. */
static int compare_reports(struct xausl_regress *g, const struct xausl_report *a, const struct xausl_report *b)
{
	verdicts(g, a->verdict == XAUSL_VALID ? "valid" : "invalid", b->verdict == XAUSL_VALID ? "valid" : "invalid");
	for (size_t i = 0; i < b->n_findings; i++)
		if (!has_finding(a, &b->findings[i]))
			regress_note(g, "finding", "new", b->findings[i].path, b->findings[i].id, NULL, NULL);
	for (size_t i = 0; i < a->n_findings; i++)
		if (!has_finding(b, &a->findings[i]))
			regress_note(g, "finding", "gone", a->findings[i].path, a->findings[i].id, NULL, NULL);
	return 0;
}

/* What an office has to say and the XML does not hold is made up. */
static int add_unsent(const struct xausl_regress *g, const char *number, json_t *fields)
{
	const struct map_message *msg = map_message_find(xausl_release_map(g->from), number);
	struct map_sample s = { .release = g->from, .seed = 1 };
	_cleanup_(json_freep) json_t *made = map_sample(&s, number);

	if (s.no_memory)
		return -ENOMEM;
	for (size_t i = 0; msg && i < msg->n_fields; i++) {
		const struct map_field *f = &msg->fields[i];
		json_t *v = f->path[0] || json_object_get(fields, f->name) ? NULL : json_object_get(made, f->name);

		if (v && json_object_set(fields, f->name, v))
			return -ENOMEM;
	}
	return 0;
}

/* Reads a valid message and sends its data again. */
static int again(struct xausl_regress *g, const char *data, size_t len, struct osci_err *err)
{
	static const char *const envelope[] = { "message", "uuid", "created", "release", "author", "reader", "trigger", "test" };
	_cleanup_(json_freep) json_t *read = NULL, *fields = NULL;
	const json_t *author, *reader;
	struct xausl_frame frame;
	const char *created;
	int r = xausl_read(&read, g->from, data, len, NULL, err);

	if (r)
		return r;
	frame = regress_frame(g, member(read, "message"));
	author = json_object_get(read, "author");
	reader = json_object_get(read, "reader");
	created = member(read, "created");
	frame.uuid = member(read, "uuid");
	frame.author.key = member(author, "key");
	frame.author.name = member(author, "name");
	frame.reader.key = member(reader, "key");
	frame.trigger_uuid = member(read, "trigger")[0] ? member(read, "trigger") : NULL;
	osci_parse_datetime(created, strlen(created), &frame.created_ms);
	fields = json_copy(read);
	if (!fields || add_unsent(g, member(read, "message"), fields))
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		json_object_del(fields, envelope[i]);
	set(g, g->item, "message", json_string(member(read, "message")));
	r = both(g, member(read, "message"), fields, &frame, err);
	if (!r && strcmp(member(json_object_get(g->item, "verdict"), "from"), "accepted") != 0)
		r = osci_fail(err, OSCI_E_CONFIG, NULL, member(read, "message"),
			      "a valid message that cannot be built from what it says");
	return r;
}

static int message(struct xausl_regress *g, const char *data, size_t len, struct osci_err *err)
{
	_cleanup_(xausl_report_freep) struct xausl_report *a = NULL, *b = NULL;
	_cleanup_(osci_freep) char *other = NULL;
	size_t other_len = 0;
	bool foreign = false;
	int r = regress_rewrite(g, data, len, &other, &other_len, &foreign, err);

	if (r)
		return r;
	if (foreign)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, xausl_release_version(g->from), "this is no message of the release");
	r = checked(&a, g->from, data, len, err);
	if (r)
		return r;
	set(g, g->item, "message", json_string(a->number));
	if (a->verdict == XAUSL_VALID)
		return again(g, data, len, err);
	r = checked(&b, g->to, other ? other : data, other ? other_len : len, err);
	return r ? r : compare_reports(g, a, b);
}

int xausl_regress_message(struct xausl_regress *g, const char *name, const void *data, size_t len, struct osci_err *err)
{
	struct osci_err why = { 0 };
	int r = begin(g, name, "");

	return r ? finish(g, err) : settle(g, message(g, data, len, &why), &why, err);
}

int xausl_regress_trouble(struct xausl_regress *g, const char *name, const char *text, struct osci_err *err)
{
	if (!begin(g, name, ""))
		trouble(g, text);
	return finish(g, err);
}

/* --- the run ------------------------------------------------------------------- */

int xausl_regress_open(struct xausl_regress **ret, const struct xausl_release *from, const struct xausl_release *to,
		       bool show_values, struct osci_err *err)
{
	struct xausl_regress *g;

	if (!xausl_release_has_module(from) || !xausl_release_has_module(to))
		return osci_fail(err, OSCI_E_CONFIG, NULL, xausl_release_version(xausl_release_has_module(from) ? to : from),
				 "no module for this release here");
	g = calloc(1, sizeof(*g));
	if (!g || !(g->files = json_array())) {
		free(g);
		return osci_fail(err, -ENOMEM, NULL, "regress", "out of memory");
	}
	g->from = from;
	g->to = to;
	g->show_values = show_values;
	*ret = g;
	return 0;
}

void xausl_regress_freep(struct xausl_regress **g)
{
	if (*g) {
		json_decref((*g)->files);
		free(*g);
	}
	*g = NULL;
}
