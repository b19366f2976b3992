/* SPDX-License-Identifier: Apache-2.0 */
/*
 * json - requests and answers in JSON
 *
 * POST /api/v1/FUNCTION with an object, user and password by HTTP Basic.  ?mode=asynchronous: stored, 202
 * with a ticket; POST /api/v1/result {"ticket": …} asks for what became of it; POST /api/v1/user with a
 * registration code makes the first user of a provider.  Errors: 4xx or 503 with a list of all of them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "course/account.h"
#include "course/json.h"

#define CREDENTIALS_MAX 400

static int send_json(struct course_answer *a, unsigned status, json_t *body)
{
	char *text = body ? json_dumps(body, JSON_COMPACT) : NULL;

	a->status = status;
	a->content_type = "application/json";
	if (text)
		osci_buf_adds(&a->body, text);
	osci_freep(&text);
	json_decref(body);
	return osci_buf_error(&a->body) || a->body.len == 0 ? -ENOMEM : 0;
}

static unsigned status_of(const json_t *errors)
{
	const char *code = course_text(json_array_get(errors, 0), "code");

	return strcmp(code, "unavailable") == 0	       ? 503
	       : strcmp(code, "unauthorised") == 0     ? 401
	       : strcmp(code, "locked") == 0	       ? 429
	       : strcmp(code, "forbidden") == 0	       ? 403
	       : strcmp(code, "unknown_function") == 0 ? 404
	       : strcmp(code, "unknown_ticket") == 0   ? 404
	       : strcmp(code, "malformed") == 0	       ? 400
	       : strcmp(code, "method") == 0	       ? 405
	       : strcmp(code, "too_large") == 0	       ? 413
	       : strcmp(code, "content_type") == 0     ? 415
						       : 422;
}

static int send_error(struct course_answer *a, const char *code, const char *field)
{
	json_t *errors = json_array();

	if (!errors || !course_add_error(errors, code, field)) {
		json_decref(errors);
		return -ENOMEM;
	}
	a->ask_password = strcmp(code, "unauthorised") == 0;
	return send_json(a, status_of(errors),
			 json_pack("{s:s, s:o}", "simulator", COURSE_MARK, "errors", errors));
}

/* "Basic dXNlcjpwYXNz"; false: none, or not readable. */
static bool credentials(const struct course_request *r, struct osci_buf *out, const char **name,
			const char **password)
{
	char *colon;

	if (!r->authorization || strncmp(r->authorization, "Basic ", 6) != 0 ||
	    osci_base64_decode(out, r->authorization + 6, strlen(r->authorization + 6)) ||
	    osci_buf_error(out) || !out->len || !osci_utf8_ok(out->data, out->len))
		return false;
	colon = strchr((char *)out->data, ':');
	if (!colon)
		return false;
	*colon = '\0';
	*name = (const char *)out->data;
	*password = colon + 1;
	return true;
}

static int authenticate(struct course *c, const struct course_request *r, struct course_user *user,
			const char **code, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(CREDENTIALS_MAX);
	const char *name, *password;

	b.secret = true;
	if (credentials(r, &b, &name, &password))
		return course_login(c, name, password, user, code, err);
	*code = "unauthorised";
	return 0;
}

static int send_reply(struct course_answer *a, struct course_reply *reply)
{
	if (reply->ticket[0])
		return send_json(a, 202,
				 json_pack("{s:s, s:s}", "simulator", COURSE_MARK, "ticket", reply->ticket));
	if (reply->answer)
		return send_json(a, 200,
				 json_pack("{s:s, s:O}", "simulator", COURSE_MARK, "answer", reply->answer));
	return send_json(a, status_of(reply->errors),
			 json_pack("{s:s, s:O}", "simulator", COURSE_MARK, "errors", reply->errors));
}

static int send_result(struct course *c, const struct course_user *user, json_t *in, struct course_answer *a,
		       struct osci_err *err)
{
	const char *ticket = course_text(in, "ticket");
	struct course_reply reply = {0};
	char function[64] = "";
	bool waits = false;
	int r;

	if (!ticket)
		return send_error(a, "missing", "ticket");
	r = course_ticket(c, user, ticket, function, sizeof(function), &waits, &reply, err);
	if (r == OSCI_E_EMPTY)
		return send_error(a, "unknown_ticket", "ticket");
	if (r == 0 && waits)
		r = send_json(a, 200,
			      json_pack("{s:s, s:s, s:s}", "simulator", COURSE_MARK, "function", function,
					"state", "waiting"));
	else if (r == 0)
		r = send_json(a, 200,
			      json_pack("{s:s, s:s, s:s, s:O*, s:O}", "simulator", COURSE_MARK, "function",
					function, "state", "done", "answer", reply.answer, "errors",
					reply.errors));
	course_reply_clear(&reply);
	return r;
}

static int serve_function(struct course *c, const struct course_user *user, const struct course_request *r,
			  json_t *in, struct course_answer *a, struct osci_err *err)
{
	const char *name = r->path + strlen(COURSE_API), *mode = r->query(r, "mode");
	const struct course_function *f = course_function_find(name, strlen(name));
	struct course_reply reply;
	int e;

	if (mode && !course_among("synchronous|asynchronous", mode))
		return send_error(a, "unknown_code", "mode");
	if (!json_is_object(in))
		return send_error(a, "malformed", NULL);
	if (strcmp(name, "result") == 0)
		return send_result(c, user, in, a, err);
	if (!f)
		return send_error(a, "unknown_function", NULL);
	e = course_call(c, user, f, in, mode && strcmp(mode, "asynchronous") == 0, &reply, err);
	e = e ? e : send_reply(a, &reply);
	course_reply_clear(&reply);
	return e;
}

/* The first user of a provider; the code is all that is asked for. */
static int register_user(struct course *c, const json_t *in, struct course_answer *a, struct osci_err *err)
{
	const char *registration = course_text(in, "registration_code"), *name = course_text(in, "user");
	const char *password = course_text(in, "password"), *code = NULL;
	int r;

	if (!registration || !name || !password)
		return send_error(a, "missing",
				  !registration ? "registration_code"
				  : !name	? "user"
						: "password");
	r = course_register_user(c, registration, name, password, &code, err);
	return r ? r
	       : code
		   ? send_error(a, code, NULL)
		   : send_json(a, 200,
			       json_pack("{s:s, s:{s:s}}", "simulator", COURSE_MARK, "answer", "user", name));
}

int course_json_serve(struct course *c, const struct course_request *r, struct course_answer *a,
		      struct osci_err *err)
{
	struct course_user user = {0};
	const char *code = NULL;
	json_t *in;
	int e;

	if (strcmp(r->method, "POST") != 0)
		return send_error(a, "method", NULL);
	if (r->problem)
		return send_error(a, r->problem, NULL);
	/* A browser sends this type across origins only if asked for permission first. */
	if (!r->content_type || strncmp(r->content_type, "application/json", 16) != 0)
		return send_error(a, "content_type", NULL);
	in = json_loadb(r->body, r->len, JSON_REJECT_DUPLICATES, NULL);
	if (strcmp(r->path, COURSE_REGISTER) == 0 && !json_is_object(in)) {
		e = send_error(a, "malformed", NULL);
	} else if (strcmp(r->path, COURSE_REGISTER) == 0) {
		e = register_user(c, in, a, err);
	} else {
		e = authenticate(c, r, &user, &code, err);
		if (e == 0)
			e = code ? send_error(a, code, NULL) : serve_function(c, &user, r, in, a, err);
	}
	json_decref(in);
	return e;
}
