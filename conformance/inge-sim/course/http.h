/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - the web server of the course side, in the thread of the caller
 *
 * libmicrohttpd without threads of its own: course_http_run() moves octets and calls the handler for complete
 * requests.  http only: it is meant for loopback; who puts it elsewhere puts a proxy with TLS before it.
 */
#ifndef COURSE_HTTP_H
#define COURSE_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include <osci/err.h>

#define COURSE_BODY_MAX (256u * 1024)
#define COURSE_ANSWER_MAX (4u * 1024 * 1024)

struct course_http;

struct course_request {
	const char *method, *path; /* HEAD comes as GET; decoded path */
	const char *problem;       /* code of an error the request has already, or NULL */
	const char *host, *origin, *content_type, *authorization; /* heads, NULL = none */
	const char *cookie;        /* value of our cookie, or NULL */
	const char *body;          /* NUL-terminated */
	size_t len;
	const char *(*query)(const struct course_request *r, const char *name); /* NULL: not there */
	void *priv;
};

struct course_answer {
	unsigned status;
	const char *content_type; /* static */
	struct osci_buf body;
	char location[300];   /* of a 303; "" = none */
	char cookie[200];     /* value of Set-Cookie; "" = none */
	bool ask_password;    /* WWW-Authenticate */
};

/* May what takes long be done now?  If not, the handler answers COURSE_HTTP_LATER without having changed anything. */
bool course_http_may_take_long(struct course_http *h);

#define COURSE_HTTP_LATER 1000 /* the handler is called again in another turn */
/* 0, COURSE_HTTP_LATER, or a failure: the connection gets 500. */
typedef int course_http_handler(void *arg, const struct course_request *request, struct course_answer *answer);

int course_http_start(struct course_http **ret, const char *listen, bool beyond_loopback, course_http_handler *handler, void *arg,
		      struct osci_err *err);
void course_http_stopp(struct course_http **h);
int course_http_fd(const struct course_http *h);
void course_http_run(struct course_http *h);

#endif
