/* SPDX-License-Identifier: Apache-2.0 */
/*
 * explain - osci explain: what is in a message, level by level, in order or not
 *
 * The library's reader runs with everything it demands; this shows what it has seen, up to where it stopped and why.
 * Whatever is shown from a message whose signature does not hold, or that has none, stands under unverified_values.
 */
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <osci/feedback.h>
#include "tools/explain.h"

static const char *const steps[] = {
	[OSCI_READ_OUTER] = "message (MIME, XML, type)", [OSCI_READ_TRANSPORT] = "transport encryption",
	[OSCI_READ_STRUCTURE] = "structure", [OSCI_READ_CERTS] = "certificates", [OSCI_READ_SIGNATURE] = "message signature",
	[OSCI_READ_VALUES] = "values",
};

void remark(struct explain *x, const char *fmt, ...)
{
	json_t *text, *old;
	va_list ap;
	size_t i;

	va_start(ap, fmt);
	text = json_vsprintf(fmt, ap);
	va_end(ap);
	json_array_foreach(x->remarks, i, old)
		if (text && json_equal(old, text)) {
			json_decref(text);
			return;
		}
	jappend(x->remarks, text, &x->ok);
}

void remark_age(struct explain *x, const struct osci_alg *alg, unsigned bits, const char *whose)
{
	struct osci_err err = { 0 };

	if (x->calendar && alg && osci_algorithms_check(x->calendar, alg->uri, bits, x->opts.now, &err) == OSCI_E_ALGORITHM)
		remark(x, "%s: %s", whose, err.what);
}

void refuse(struct explain *x, const char *step, int code, const struct osci_err *err)
{
	if (x->refused.code)
		return;
	x->refused = *err;
	x->refused.code = code;
	x->step = step;
}

static json_t *stopped_json(struct explain *x)
{
	json_t *o, *words;
	const char *code = x->refused.feedback;

	if (!x->refused.code)
		return json_null();
	o = error_json(&x->refused, x->refused.code);
	jput(o, "step", json_string(x->step), &x->ok);
	if (code[0] && osci_feedback_index(code) < OSCI_FEEDBACK_CODES) {
		words = json_object();
		jput(words, "de", json_string(osci_feedback_text(code, "de")), &x->ok);
		jput(words, "en", json_string(osci_feedback_text(code, "en")), &x->ok);
		jput(o, "meaning", words, &x->ok);
	}
	return o;
}

static json_t *mime_json(struct explain *x, const struct osci_mime *mime)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < mime->n_parts; i++) {
		const struct osci_mime_part *p = &mime->parts[i];

		o = json_object();
		jput(o, "content_id", jtext(p->head.content_id), &x->ok);
		jput(o, "content_type", jtext(p->head.content_type), &x->ok);
		jput(o, "charset", p->head.charset[0] ? jtext(p->head.charset) : json_null(), &x->ok);
		jput(o, "base64", json_boolean(p->head.base64), &x->ok);
		jput(o, "octets", jnumber(p->len), &x->ok);
		jappend(a, o, &x->ok);
	}
	return a;
}

/* The outermost level: once more by the same functions, as the reader lets go of it when it decrypts. */
static json_t *outer_report(struct explain *x, struct osci_blob *body)
{
	_cleanup_(osci_mime_freep) struct osci_mime *mime = NULL;
	struct osci_arena arena = { 0 };
	struct osci_encrypted e = { 0 };
	const struct osci_policy all = { .allow_cbc = true };
	json_t *o = json_object();
	enum osci_type type = OSCI_FAULT;
	bool encrypted = false;
	xmlDocPtr doc = NULL;
	int r;

	r = osci_mime_parse(&mime, body, &x->c->limits, NULL, NULL, NULL);
	if (!r) {
		jput(o, "mime", json_boolean(!mime->bare), &x->ok);
		jput(o, "parts", mime_json(x, mime), &x->ok);
		r = osci_xml_parse(&doc, mime->parts[0].data, mime->parts[0].len, &x->c->limits, NULL);
	}
	if (!r)
		r = osci_read_type(xmlDocGetRootElement(doc), &type, &encrypted, NULL);
	if (!r)
		jput(o, "envelope", json_string(encrypted ? "encrypted message" : osci_type_name(type)), &x->ok);
	/* CBC is named even if it is not read. */
	if (!r && encrypted && osci_see_transport(&e, &arena, xmlDocGetRootElement(doc), &x->c->limits, &all, NULL) >= 0 && e.alg)
		jput(o, "transport_encryption", encrypted_report(x, &e, NULL), &x->ok);
	else if (!r && !encrypted && type != OSCI_FAULT)
		remark(x, "the message is not transport-encrypted");
	osci_arena_free(&arena);
	osci_xml_freep(&doc);
	return o;
}

static json_t *blocks_json(struct explain *x, const struct osci_reader *reader, const struct osci_seen_signature *s)
{
	json_t *a = json_array(), *o;
	size_t i, k;

	for (i = 0; i < reader->n_blocks; i++) {
		enum osci_holds holds = OSCI_HOLDS_NOT;

		for (k = 0; s && k < s->n_refs; k++)
			if (s->refs[k].node == reader->blocks[i].node)
				holds = s->refs[k].holds;
		o = json_object();
		jput(o, "element", node_json(reader->blocks[i].node), &x->ok);
		jput(o, "id", jtext(reader->blocks[i].id), &x->ok);
		jput(o, "digest_holds", s ? holds_json(holds) : json_null(), &x->ok);
		jappend(a, o, &x->ok);
	}
	return a;
}

static json_t *certificates_json(struct explain *x, const struct osci_message *m)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < m->n_certs; i++) {
		o = cert_json(m->certs[i].cert);
		jput(o, "role", json_string(osci_role_element(m->certs[i].role)), &x->ok);
		jput(o, "id", jtext(m->certs[i].id), &x->ok);
		jappend(a, o, &x->ok);
	}
	return a;
}

static json_t *message_report(struct explain *x, struct osci_reader *reader, int result)
{
	struct osci_message *m = reader->m;
	struct osci_seen_signature s;
	json_t *o = json_object(), *values;
	bool got = reader->step > OSCI_READ_TRANSPORT, seen;
	int r = got && reader->blocks ? osci_see_message_signature(reader, &s) : OSCI_E_EMPTY;

	if (r < 0)
		x->ok = false;
	seen = r == 0;
	if (got)
		jput(o, "type", json_string(osci_type_name(m->type)), &x->ok);
	if (m->transport_encrypted && m->priv->mime)
		jput(o, "parts", mime_json(x, m->priv->mime), &x->ok);
	jput(o, "header_blocks_and_body", blocks_json(x, reader, seen ? &s : NULL), &x->ok);
	jput(o, "certificates", certificates_json(x, m), &x->ok);
	jput(o, "signature", seen ? signature_report(x, &s, false) : json_null(), &x->ok);
	if (seen && m->signature.status != OSCI_SIG_VALID)
		jput(json_object_get(o, "signature"), "valid", json_false(), &x->ok);
	if (got && reader->header && !reader->signature && m->type != OSCI_FAULT)
		remark(x, "the message is not signed");
	if (result)
		return o;
	values = values_json(json_object(), m);
	jput(values, "message_id", jtext(osci_message_delivery_id(m)), &x->ok);
	jput(values, "subject", jtext(m->subject), &x->ok);
	jput(values, "fault_code", jtext(m->fault_osci), &x->ok);
	jput(values, "fault_text", jtext(m->fault_text), &x->ok);
	json_object_del(values, "certificates"); /* they are above */
	if (m->type == OSCI_FAULT)
		remark(x, "a SOAP fault is never signed: it proves nothing");
	jput(o, m->signature.status == OSCI_SIG_VALID ? "values" : "unverified_values", values, &x->ok);
	return o;
}

/* The commonest mistake with a recording: only the body is the message. */
static void remark_http_head(struct explain *x, const struct osci_blob *body)
{
	char begin[7];

	if (osci_blob_len(body) >= sizeof(begin) && !osci_blob_read(body, 0, begin, sizeof(begin), NULL) &&
	    (!memcmp(begin, "HTTP/1.", 7) || !memcmp(begin, "POST /", 6)))
		remark(x, "this begins with the head of an HTTP message; the body behind its empty line is what is wanted");
}

static int explain(struct explain *x, struct osci_blob *body)
{
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	struct osci_err err = { 0 };
	struct osci_reader reader = { .opts = &x->opts, .err = &err };
	json_t *o = json_object();
	int r;

	x->opts.policy.report_signature = true;
	m = osci_message_new(&x->opts);
	if (!m)
		return complain("explain", NULL, -ENOMEM);
	reader.m = m;
	r = osci_reader_run(&reader, body);
	if (r < 0)
		return complain("explain", &err, r);
	if (r && !err.feedback[0])
		memcpy(err.feedback, "9100", sizeof("9100"));
	if (r)
		refuse(x, steps[reader.step], r, &err);
	else if (m->signature.status == OSCI_SIG_BAD)
		refuse(x, steps[OSCI_READ_SIGNATURE], m->signature_error.code, &m->signature_error);
	if (r)
		remark_http_head(x, body);
	jput(o, "octets", jnumber(osci_blob_len(body)), &x->ok);
	jput(o, "result", json_null(), &x->ok); /* set below; here it stands where one looks */
	jput(o, "stopped", json_null(), &x->ok);
	jput(o, "remarks", json_incref(x->remarks), &x->ok);
	jput(o, "outer", outer_report(x, body), &x->ok);
	jput(o, "message", message_report(x, &reader, r), &x->ok);
	jput(o, "contents", r ? json_null() : contents_report(x, m), &x->ok);
	jput(o, "result", json_string(x->refused.code ? "refused" : "accepted"), &x->ok);
	jput(o, "stopped", stopped_json(x), &x->ok);
	return print_json(jdone(o, x->ok), x->c->text, x->refused.code ? EXIT_REFUSED : EXIT_ACCEPTED);
}

/* The calendar named, or the one that is installed; without the latter there are no remarks about age. */
static int load_calendar(struct explain *x, const char *named)
{
	const char *data = secure_getenv("XAUSL_DATADIR");
	char path[PATH_MAX];
	struct osci_err err = { 0 };
	int r;

	snprintf(path, sizeof(path), "%s/versions/algorithms.csv", data ? data : XAUSL_DATADIR);
	if (!named && access(path, R_OK) != 0)
		return 0;
	r = osci_algorithms_load(&x->calendar, named ? named : path, &err);
	return r ? complain(err.where[0] ? err.where : named ? named : path, &err, r) : 0;
}

static int run(struct conn *c, void *arg, char **files)
{
	const char *const *calendar = arg;
	struct explain x = { .c = c, .opts = conn_reading(c), .remarks = json_array(), .ok = true };
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	struct osci_err err = { 0 };
	int r = load_calendar(&x, *calendar);

	if (!r) {
		r = file_blob(&body, files[0], &err);
		r = r ? complain(files[0], &err, r) : explain(&x, body);
	}
	osci_algorithms_freep(&x.calendar);
	json_decref(x.remarks);
	return r;
}

int explain_main(int argc, char **argv)
{
	static struct conn_opts o;
	static const char *calendar;
	const struct opt own[] = {
		{ "algorithms", "FILE.csv", OPT_TEXT, &calendar, "calendar of algorithms; otherwise the installed one" },
		{ "profile", "FILE", OPT_TEXT, &o.profile, "keys and trust from a YAML file; options override it" },
		{ "spool", "DIR", OPT_TEXT, &o.spool, "for large messages; otherwise TMPDIR or /var/tmp" },
		READ_OPTS(o),
		{ NULL },
	};
	struct opts opts = {
		.command = "explain", .synopsis = "[OPTION]... MESSAGE", .min = 1, .max = 1, .tables = { own },
		.purpose = "Shows what is in MESSAGE, the body of one HTTP message, level by level, in order or not.",
	};
	const struct conn_command command = { .opts = &opts, .conn = &o, .run = run, .arg = &calendar };

	return conn_main(&command, argc, argv);
}
