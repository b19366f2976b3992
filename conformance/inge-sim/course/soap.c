/* SPDX-License-Identifier: Apache-2.0 */
/*
 * soap - one request in an envelope, one answer or fault
 *
 * Errors of a report come as soap:Client with the list of all of them in the detail, in the words JSON has.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "course/account.h"
#include "course/soap.h"
#include "xml/xml.h"

#define SOAP_12_NS "http://www.w3.org/2003/05/soap-envelope"
#define SOAP_NS "http://schemas.xmlsoap.org/soap/envelope/"
#define WSSE_NS "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
#define TEXT_PASSWORD                                                                                        \
	"http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
#define NAME_MAX_OCTETS 400u

struct soap {
	struct course *c;
	struct course_answer *a;
	struct course_user user;
	xmlNodePtr header, call;
	struct osci_err *err;
};

/* --- answers -------------------------------------------------------------- */

static void begin(struct soap *s, unsigned status)
{
	s->a->status = status;
	s->a->content_type = "text/xml; charset=utf-8";
	osci_buf_adds(
	    &s->a->body,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- inge-sim: simulator, artificial data only -->\n"
	    "<soap:Envelope xmlns:soap=\"" SOAP_NS "\" xmlns:c=\"" COURSE_NS "\"><soap:Body>");
}

static int end(struct soap *s)
{
	osci_buf_adds(&s->a->body, "</soap:Body></soap:Envelope>\n");
	return osci_buf_error(&s->a->body) ? -ENOMEM : 0;
}

static void write_errors(struct osci_buf *b, const json_t *errors)
{
	const json_t *e;
	size_t i;

	osci_buf_adds(b, "<c:errors>");
	json_array_foreach(errors, i, e)
	{
		osci_buf_adds(b, "<c:error>");
		course_write_values(b, course_hint_fields, e);
		osci_buf_adds(b, "</c:error>");
	}
	osci_buf_adds(b, "</c:errors>");
}

static int send_fault(struct soap *s, const char *code, const json_t *errors)
{
	const char *text = course_text(json_array_get(errors, 0), "de");

	begin(s, 500);
	osci_buf_addf(&s->a->body, "<soap:Fault><faultcode>%s</faultcode><faultstring xml:lang=\"de\">",
		      code);
	osci_buf_add_xml_text(&s->a->body, text, strlen(text));
	osci_buf_adds(&s->a->body, "</faultstring><detail>");
	write_errors(&s->a->body, errors);
	osci_buf_adds(&s->a->body, "</detail></soap:Fault>");
	return end(s);
}

static int send_error(struct soap *s, const char *fault, const char *code, const char *field)
{
	json_t *errors = json_array();
	int r = errors && course_add_error(errors, code, field) ? send_fault(s, fault, errors) : -ENOMEM;

	json_decref(errors);
	return r;
}

/* Own fields of an answer, then its hints. */
static void write_answer(struct soap *s, const struct course_function *f, const struct course_reply *reply)
{
	static const struct course_field hints[] = {
	    {"hints", COURSE_LIST, 0, 0, 1000, course_hint_fields, NULL, ""}, {NULL}};
	struct osci_buf *b = &s->a->body;

	osci_buf_addf(b, "<c:%sResponse>", f->name);
	if (reply->ticket[0])
		osci_buf_addf(b, "<c:ticket>%s</c:ticket>", reply->ticket);
	else
		course_write_values(b, f->out, reply->answer);
	course_write_values(b, hints, reply->answer);
	osci_buf_addf(b, "</c:%sResponse>", f->name);
}

/* --- the envelope ----------------------------------------------------------- */

static bool understood(const xmlNode *header)
{
	bool bad = false;

	for (xmlNodePtr e = header ? osci_xml_first(header, &bad) : NULL; e; e = osci_xml_next(e, &bad)) {
		_cleanup_(osci_freep) char *must = NULL;

		if (!osci_xml_is(e, WSSE_NS, "Security") &&
		    (osci_xml_attr(e, SOAP_NS, "mustUnderstand", 10, &must, NULL) ||
		     (must && strcmp(must, "0") != 0)))
			return false;
	}
	return !bad;
}

static bool open_envelope(struct soap *s, xmlNodePtr root)
{
	xmlNodePtr e;
	bool bad = false;

	if (!osci_xml_is(root, SOAP_NS, "Envelope"))
		return false;
	e = osci_xml_first(root, &bad);
	if (e && osci_xml_is(e, SOAP_NS, "Header")) {
		s->header = e;
		e = osci_xml_next(e, &bad);
	}
	if (!e || !osci_xml_is(e, SOAP_NS, "Body") || osci_xml_next(e, &bad))
		return false;
	s->call = osci_xml_first(e, &bad);
	return s->call && !osci_xml_next(s->call, &bad) && !bad;
}

static xmlNodePtr child(const xmlNode *parent, const char *name)
{
	xmlNodePtr e = parent ? osci_xml_first(parent, NULL) : NULL;

	while (e && !osci_xml_is(e, WSSE_NS, name))
		e = osci_xml_next(e, NULL);
	return e;
}

/* A password as text only: digests would need it in clear here. */
static int authenticate(struct soap *s, const char **code)
{
	xmlNodePtr token = child(child(s->header, "Security"), "UsernameToken");
	xmlNodePtr name = child(token, "Username"), word = child(token, "Password");
	_cleanup_(osci_freep) char *user = NULL, *type = NULL;
	char *password = NULL;
	int r = 0;

	*code = "unauthorised";
	if (!name || !word || osci_xml_attr(word, NULL, "Type", 200, &type, NULL) ||
	    (type && strcmp(type, TEXT_PASSWORD) != 0) || osci_xml_text(name, NAME_MAX_OCTETS, &user, NULL) ||
	    osci_xml_text(word, NAME_MAX_OCTETS, &password, NULL))
		return 0;
	r = course_login(s->c, user, password, &s->user, code, s->err);
	explicit_bzero(password, strlen(password));
	osci_freep(&password);
	return r;
}

/* --- the call --------------------------------------------------------------- */

static int check_schema(struct soap *s, json_t *in, const struct course_function *f, json_t *errors)
{
	const struct xausl_release *release = xausl_release_at(s->c->xausl, osci_clock_ms(s->c->clock));
	char field[COURSE_PATH_MAX];
	bool valid = false;
	json_t *copy;
	int r = course_schema_check(s->c->schema, s->call, &valid, field);

	if (r || valid)
		return r;
	/* The words of the tables where they know the mistake, too. */
	copy = json_deep_copy(in);
	r = copy && course_check(f->in, copy, release, errors) ? 0 : -ENOMEM;
	json_decref(copy);
	if (r == 0 && json_array_size(errors) == 0 &&
	    !course_add_error(errors, "schema", field[0] ? field : NULL))
		r = -ENOMEM;
	return r;
}

static int call_function(struct soap *s, const struct course_function *f)
{
	_cleanup_(osci_freep) char *mode = NULL;
	struct course_reply reply = {0};
	json_t *in = course_node_json(f->in, s->call), *errors = json_array();
	bool later;
	int r = in && errors ? check_schema(s, in, f, errors) : -ENOMEM;

	if (r == 0 && osci_xml_attr(s->call, NULL, "mode", 20, &mode, NULL))
		course_add_error(errors, "schema", "mode");
	later = mode && strcmp(mode, "asynchronous") == 0;
	if (r == 0 && json_array_size(errors)) {
		r = send_fault(s, "soap:Client", errors);
	} else if (r == 0) {
		r = course_call(s->c, &s->user, f, in, later, &reply, s->err);
		if (r == 0 && !reply.ticket[0] && !reply.answer) {
			r = send_fault(
			    s, course_has_error(reply.errors, "unavailable") ? "soap:Server" : "soap:Client",
			    reply.errors);
		} else if (r == 0) {
			begin(s, 200);
			write_answer(s, f, &reply);
			r = end(s);
		}
	}
	course_reply_clear(&reply);
	json_decref(in);
	json_decref(errors);
	return r;
}

static int call_result(struct soap *s)
{
	static const struct course_field fields[] = {
	    {"ticket", COURSE_TEXT, COURSE_REQUIRED, 1, 40, NULL, NULL, ""}, {NULL}};
	const struct course_function *f;
	struct course_reply reply = {0};
	char function[64] = "";
	bool waits = false;
	json_t *in = course_node_json(fields, s->call);
	const char *ticket = course_text(in, "ticket");
	int r = !in	  ? -ENOMEM
		: !ticket ? OSCI_E_EMPTY
			  : course_ticket(s->c, &s->user, ticket, function, sizeof(function), &waits, &reply,
					  s->err);

	if (r == OSCI_E_EMPTY) {
		r = send_error(s, "soap:Client", ticket ? "unknown_ticket" : "missing", "ticket");
	} else if (r == 0) {
		f = course_function_find(function, strlen(function));
		begin(s, 200);
		osci_buf_addf(&s->a->body,
			      "<c:resultResponse><c:function>%s</c:function><c:state>%s</c:state>", function,
			      waits ? "waiting" : "done");
		if (!waits && reply.answer && f)
			write_answer(s, f, &reply);
		else if (!waits)
			write_errors(&s->a->body, reply.errors);
		osci_buf_adds(&s->a->body, "</c:resultResponse>");
		r = end(s);
	}
	course_reply_clear(&reply);
	json_decref(in);
	return r;
}

static int answer(struct soap *s, xmlDocPtr doc)
{
	xmlNodePtr root = xmlDocGetRootElement(doc);
	const struct course_function *f;
	const char *code = NULL, *name;
	int r;

	if (osci_xml_is(root, SOAP_12_NS, "Envelope"))
		return send_error(s, "soap:VersionMismatch", "soap_version", NULL);
	if (!open_envelope(s, root))
		return send_error(s, "soap:Client", "malformed", NULL);
	if (!understood(s->header))
		return send_error(s, "soap:MustUnderstand", "not_understood", NULL);
	r = authenticate(s, &code);
	if (r || code)
		return r ? r : send_error(s, "soap:Client", code, NULL);
	if (!s->call->ns || !xmlStrEqual(s->call->ns->href, BAD_CAST COURSE_NS))
		return send_error(s, "soap:Client", "unknown_function", NULL);
	name = (const char *)s->call->name;
	if (strcmp(name, "result") == 0)
		return call_result(s);
	f = course_function_find(name, strlen(name));
	return f ? call_function(s, f) : send_error(s, "soap:Client", "unknown_function", NULL);
}

static int describe(const struct course_request *r, struct course_answer *a)
{
	a->content_type = "text/xml; charset=utf-8";
	if (strcmp(r->method, "GET") != 0) {
		a->status = 405;
		a->content_type = NULL;
		osci_buf_adds(&a->body, COURSE_MARK ". GET or POST expected.\n");
	} else if (r->query(r, "wsdl")) {
		course_write_wsdl(&a->body, r->host);
	} else if (r->query(r, "xsd")) {
		course_write_xsd(&a->body);
	} else {
		a->status = 405;
		a->content_type = NULL;
		osci_buf_adds(&a->body, COURSE_MARK ". POST, or GET with ?wsdl or ?xsd expected.\n");
	}
	return osci_buf_error(&a->body) ? -ENOMEM : 0;
}

int course_soap_serve(struct course *c, const struct course_request *r, struct course_answer *a,
		      struct osci_err *err)
{
	struct soap s = {.c = c, .a = a, .err = err};
	struct osci_limits limits;
	xmlDocPtr doc = NULL;
	int e;

	if (strcmp(r->method, "POST") != 0)
		return describe(r, a);
	osci_limits_default(&limits);
	limits.xml_bytes = COURSE_BODY_MAX;
	limits.xml_depth = 20;
	limits.xml_elements = 5000;
	limits.xml_names = 500;
	limits.xml_text = 64 * 1024;
	if (r->problem)
		return send_error(&s, "soap:Client", r->problem, NULL);
	if (!r->content_type || strncmp(r->content_type, "text/xml", 8) != 0)
		return send_error(&s, "soap:Client", "soap_version", NULL);
	e = osci_xml_parse(&doc, r->body, r->len, &limits, err);
	if (e > 0)
		return send_error(&s, "soap:Client", "malformed", NULL);
	e = e ? e : answer(&s, doc);
	osci_xml_freep(&doc);
	return e;
}
