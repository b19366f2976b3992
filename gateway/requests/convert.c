/* SPDX-License-Identifier: Apache-2.0 */
/*
 * convert - a request that waited over a change of release, built anew in the release that is to be sent now
 *
 * From the fields the office submitted; from XML only if reading it and building it again loses nothing.  The
 * nachrichtenUUID stays, so that answers find the request.  What cannot be built tells all that is in the way.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "gateway.h"

/* Members of the envelope that xausl_read() puts beside the fields. */
static const char *const envelope[] = { "message", "uuid", "created", "trigger", "test", "release", "author", "reader" };

static void json_freep(json_t **j)
{
	json_decref(*j);
}

static const char *text_at(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? s : "";
}

/* What must be the same before and after: everything but release and time of creation. */
static bool same(json_t *a, json_t *b)
{
	json_object_del(a, "release");
	json_object_del(a, "created");
	json_object_del(b, "release");
	json_object_del(b, "created");
	return json_equal(a, b);
}

/* Builds and checks; nothing found = *@xml is good. */
static int build(const struct xgw *g, const struct xgw_office *o, const struct xgw_content *c, unsigned char **xml,
		 size_t *len, json_t *errors, struct osci_err *err)
{
	_cleanup_(osci_freep) char *number = NULL;
	int r;

	if (xausl_message_direction(c->release, c->number) < 1)
		return xgw_add_error(errors, "message", "unknown_message", NULL, "this release has no such message");
	r = xgw_build_xml(g, o, c, xgw_now(g), xml, len, errors, err);
	if (!r && !json_array_size(errors))
		r = xgw_check_xml(g, c->release, false, *xml, *len, errors, &number, err);
	return r;
}

static int from_fields(const struct xgw *g, const struct xgw_office *o, const struct xgw_request *q,
		       const struct xausl_release *to, unsigned char **xml, size_t *len, json_t *errors,
		       struct osci_err *err)
{
	_cleanup_(json_freep) json_t *fields = json_loads(q->fields, 0, NULL);
	struct xgw_content c = { .partner = xgw_config_partner(g->conf, q->partner), .release = to,
				 .number = q->message, .uuid = q->uuid, .fields = fields,
				 .test = g->conf->test };

	if (!fields)
		return -ENOMEM; /* we wrote it ourselves */
	if (q->parent)
		c.trigger = text_at(fields, "question");
	return build(g, o, &c, xml, len, errors, err);
}

static int from_xml(const struct xgw *g, const struct xgw_office *o, const struct xgw_request *q,
		    const struct xausl_release *to, unsigned char **xml, size_t *len, json_t *errors, struct osci_err *err)
{
	const struct xausl_release *from = xausl_release_find(g->conf->schemas, q->release);
	_cleanup_(json_freep) json_t *before = NULL, *after = NULL, *fields = NULL;
	struct xgw_content c = { .partner = xgw_config_partner(g->conf, q->partner), .release = to,
				 .number = q->message, .uuid = q->uuid };
	int r;

	if (!from || !xausl_release_has_module(from))
		return xgw_add_error(errors, NULL, "invalid", "V000", "the release the XML was made in is not installed any more");
	r = xausl_read(&before, from, q->xml, q->xml_len, &g->limits, err);
	if (r)
		return r < 0 ? r : xgw_add_error(errors, NULL, "invalid", "X001", "the XML cannot be read");
	fields = json_copy(before);
	if (!fields)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(envelope) / sizeof(envelope[0]); i++)
		json_object_del(fields, envelope[i]);
	c.fields = fields;
	c.trigger = text_at(before, "trigger");
	c.test = json_is_true(json_object_get(before, "test"));
	/* Where the table has no row of its own for it, the question is the trigger. */
	if (q->parent && c.trigger[0] && !json_object_get(fields, "question") &&
	    json_object_set(fields, "question", json_object_get(before, "trigger")))
		return -ENOMEM;
	/* Kept beside the XML, as it is not sent (070011). */
	if (q->purpose[0] && !json_object_get(fields, "purpose") &&
	    json_object_set_new(fields, "purpose", json_string(q->purpose)))
		return -ENOMEM;
	r = build(g, o, &c, xml, len, errors, err);
	if (r || json_array_size(errors))
		return r;
	r = xausl_read(&after, to, *xml, *len, &g->limits, err);
	if (r < 0)
		return r;
	if (r || !same(before, after))
		return xgw_add_error(errors, NULL, "invalid", NULL, "the XML cannot be carried over without loss");
	return 0;
}

static int write_down(struct xgw *g, struct xgw_request *q, const struct xausl_release *to, const void *xml, size_t len,
		      struct osci_err *err)
{
	int r = xgw_journal_begin(g->journal, err);

	if (r)
		return r;
	r = xgw_journal_convert(g->journal, q, xausl_release_version(to), xml, len, xgw_now(g), err);
	if (!r)
		r = xgw_journal_commit(g->journal, err);
	if (r)
		xgw_journal_rollback(g->journal);
	return r;
}

int xgw_convert(struct xgw *g, const struct xgw_office *o, struct xgw_request *q, const struct xausl_release *to,
		json_t *errors, struct osci_err *err)
{
	_cleanup_(osci_freep) char *release = strdup(xausl_release_version(to));
	unsigned char *xml = NULL;
	char id[32], *old;
	size_t len = 0;
	int r;

	if (!release)
		return -ENOMEM;
	r = q->fields && q->fields[0] ? from_fields(g, o, q, to, &xml, &len, errors, err) :
					from_xml(g, o, q, to, &xml, &len, errors, err);
	if (!r && !json_array_size(errors))
		r = write_down(g, q, to, xml, len, err);
	if (r || json_array_size(errors)) {
		free(xml);
		return r;
	}
	snprintf(id, sizeof(id), "%lld", (long long)q->id);
	osci_log(OSCI_LOG_INFO, "release-converted", "office", q->office, "request", id, "message", q->message, "uuid",
		 q->uuid, "release", release, NULL);
	free(q->xml);
	q->xml = xml;
	q->xml_len = len;
	old = q->release;
	q->release = release;
	release = old;
	return 0;
}
