/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reject - the Rückweisung (0010) of a faulty message
 *
 * It is a row of the table request like any message of an office, so it is sent once, with all that belongs to sending.  The
 * row is unique for the message it rejects.  Who is no configured partner gets none: answers to strangers could be turned
 * against third parties.  What answers or reports itself gets none: two programs would reject each other's
 * rejections for ever.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/incoming.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"

#define REJECTION "0010"
#define TEXT_OF_REASON 400

/* --- reasons -------------------------------------------------------------- */

/* What says least comes last. */
static unsigned rank(const char *code)
{
	if (!strcmp(code, "X001"))
		return 1;
	return !strcmp(code, "S999") || !strcmp(code, "T099") ? 2 : 0;
}

static json_t *reason_of(struct verdict *v, const char *code)
{
	json_t *reason;
	size_t i, at = json_array_size(v->reasons);

	json_array_foreach(v->reasons, i, reason) {
		const char *other = json_string_value(json_object_get(reason, "code"));

		if (!strcmp(other, code))
			return reason;
		if (at == json_array_size(v->reasons) && rank(other) > rank(code))
			at = i;
	}
	reason = json_array_size(v->reasons) < XGW_REASONS_MAX ? json_pack("{s:s, s:[]}", "code", code, "details") : NULL;
	return reason && !json_array_insert_new(v->reasons, at, reason) ? reason : NULL;
}

int verdict_reason(struct verdict *v, const char *code, const char *path, const char *what)
{
	char text[TEXT_OF_REASON];
	json_t *reason, *details;

	if (!v->reasons && !(v->reasons = json_array()))
		return -ENOMEM;
	v->status = "rejected";
	reason = reason_of(v, code);
	if (!reason)
		return json_array_size(v->reasons) < XGW_REASONS_MAX ? -ENOMEM : 0;
	details = json_object_get(reason, "details");
	if (json_array_size(details) >= XGW_DETAILS_MAX)
		return 0;
	snprintf(text, sizeof(text), "%s%s%s", path ? path : "", path && path[0] ? ": " : "", what);
	for (char *p = text; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?'; /* names of elements may be anything; here they must be what the standard's texts allow */
	if (json_array_append_new(details, json_pack("{s:s}", "text", text)))
		return -ENOMEM;
	return 0;
}

const char *verdict_code(const struct verdict *v)
{
	const char *code = json_string_value(json_object_get(json_array_get(v->reasons, 0), "code"));

	return code ? code : "";
}

/* --- what is never rejected ------------------------------------------------- */

/* Behind a comment, processing instruction or type declaration that begins at @p. */
static const char *skip_markup(const char *p)
{
	const char *end;

	if (!strncmp(p, "<!--", 4)) {
		end = strstr(p + 4, "-->");
		return end ? end + 3 : NULL;
	}
	end = strchr(p, '>');
	return end ? end + 1 : NULL;
}

/* Name of the first element; NULL if none can be made out. */
static const char *root_name(const char *p, size_t *len)
{
	while (p && (p = strchr(p, '<'))) {
		if (p[1] == '?' || p[1] == '!') {
			p = skip_markup(p);
			continue;
		}
		p++;
		*len = strcspn(p, " \t\r\n/>");
		return *len ? p : NULL;
	}
	return NULL;
}

bool incoming_answers_only(const void *data, size_t len)
{
	static const char *const numbers[] = { "0010", "000002", "0020", "0021", "0030", "0031", "0032", "000030" };
	_cleanup_(osci_freep) char *text = malloc(len + 1);
	const char *name, *dot = NULL;
	size_t n = 0, name_len;

	if (!text)
		return true; /* rather none than a loop */
	/* Even if it is not well-formed, or in another encoding: zeros of UTF-16 are passed over. */
	for (size_t i = 0; i < len; i++)
		if (((const char *)data)[i])
			text[n++] = ((const char *)data)[i];
	text[n] = '\0';
	name = root_name(text, &name_len);
	for (size_t i = 0; name && i < name_len; i++)
		if (name[i] == '.')
			dot = name + i + 1;
	for (size_t i = 0; dot && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strlen(numbers[i]) == (size_t)(name + name_len - dot) && !memcmp(numbers[i], dot, name + name_len - dot))
			return true;
	return false;
}

/* --- the message -------------------------------------------------------------- */

/* The release in force for the partner; else the newest that has the message: a message without a release gets an answer, too. */
static const struct xausl_release *release_of(const struct incoming *in)
{
	const struct xausl *x = in->g->conf->schemas;
	const struct xausl_release *r = xgw_release_to_send(in->g, in->partner, NULL, xgw_now(in->g), NULL);

	for (size_t i = xausl_release_count(x); !r && i > 0; i--)
		if (xausl_release_has_module(xausl_release_get(x, i - 1)) &&
		    xausl_message_direction(xausl_release_get(x, i - 1), REJECTION))
			r = xausl_release_get(x, i - 1);
	return r;
}

static int fields_of(const struct incoming *in, const struct verdict *v, json_t **ret)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(2 * (size_t)XAUSL_OCTETS_MAX);

	osci_base64_encode(&b, in->item->data, in->item->len, 0);
	if (osci_buf_error(&b))
		return osci_buf_error(&b);
	*ret = json_pack("{s:O, s:s%}", "reasons", v->reasons, "original_xml", b.data ? (const char *)b.data : "", b.len);
	if (!*ret)
		return -ENOMEM;
	return 0;
}

/* What the message says of itself: with the list of its type, if that is none of the usual ones. */
static int name_original(const struct incoming *in, json_t *fields, bool with_list)
{
	const struct xausl_head *h = in->head;
	char created[64];
	json_t *o;

	osci_format_datetime_berlin(created, sizeof(created), h->created_ms);
	o = json_pack("{s:s, s:s, s:s, s:s*, s:s*}", "uuid", h->uuid, "message", h->type, "created", created, "list",
		      with_list ? h->type_list : NULL, "list_version", with_list ? h->type_version : NULL);
	return o && !json_object_set_new(fields, "original", o) ? 0 : -ENOMEM;
}

/*
 * The standard demands that a valid message is named.  What one that is not valid says of itself may be nothing that can be
 * said again.
 */
static int write_xml(const struct incoming *in, const struct xausl_release *release, const struct xausl_frame *frame,
		     json_t *fields, char **xml, size_t *len, struct osci_err *err)
{
	int r = OSCI_E_MALFORMED;

	for (unsigned attempt = in->head && in->head->created_ms >= 0 ? 0 : 2; attempt < 3 && r == OSCI_E_MALFORMED; attempt++) {
		json_t *errors = NULL;

		if (attempt == 2)
			json_object_del(fields, "original");
		else if (name_original(in, fields, attempt == 1))
			return -ENOMEM;
		r = xausl_build(xml, len, release, REJECTION, fields, frame, &errors, err);
		json_decref(errors);
	}
	return r;
}

static int build(const struct incoming *in, const struct verdict *v, struct xgw_request *row, struct osci_err *err)
{
	const struct xgw_config *c = in->g->conf;
	const struct xausl_release *release = release_of(in);
	const struct xausl_frame frame = {
		.uuid = row->uuid,
		.created_ms = xgw_now(in->g),
		.author = in->office->party,
		.reader = in->partner->party,
		.product = c->product,
		.vendor = c->vendor,
		.product_version = XGW_VERSION,
		.test = c->test,
	};
	json_t *fields = NULL;
	char *xml = NULL;
	int r;

	if (!release)
		return osci_fail(err, OSCI_E_STATE, NULL, REJECTION, "no release has it");
	r = fields_of(in, v, &fields);
	if (!r)
		r = write_xml(in, release, &frame, fields, &xml, &row->xml_len, err);
	json_decref(fields);
	row->xml = (unsigned char *)xml;
	return r;
}

static bool wanted(const struct incoming *in, const struct verdict *v)
{
	return in->partner && !v->silent && in->g->conf->reject && !in->known.rejected && in->item->data &&
	       !incoming_answers_only(in->item->data, in->item->len);
}

int incoming_reject(struct incoming *in, struct verdict *v, struct osci_err *err)
{
	struct osci_err cause = { 0 };
	char uuid[37], id[32];
	struct xgw_request row = {
		.state = XGW_QUEUED,
		.office = in->row->office,
		.bus_id = id,
		.message = (char *)REJECTION,
		.hash = in->content,
		.uuid = uuid,
		.partner = (char *)(in->partner ? in->partner->party.key : ""),
		.rejects = in->row->id,
	};
	int r;

	if (!wanted(in, v))
		return OSCI_E_EMPTY;
	snprintf(id, sizeof(id), "#%lld", (long long)in->row->id); /* no office can choose such an id */
	r = osci_uuid4(uuid);
	if (!r)
		r = build(in, v, &row, &cause);
	if (r > 0) {
		osci_log_err(OSCI_LOG_ERROR, "rejection-impossible", &cause, "mailbox", in->office->party.key, "osci_id",
			     in->row->osci_id, NULL);
		r = OSCI_E_EMPTY;
	} else if (!r) {
		r = xgw_journal_add_request(in->g->journal, &row, xgw_now(in->g), err);
	} else {
		*err = cause;
	}
	if (!r)
		snprintf(in->rejection, sizeof(in->rejection), "%s", uuid);
	free(row.xml);
	return r;
}
