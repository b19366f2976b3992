/* SPDX-License-Identifier: Apache-2.0 */
/*
 * course - opens the course side, and gives each request to the part that knows it
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "course/call.h"
#include "course/directory.h"
#include "course/http.h"
#include "course/json.h"
#include "course/soap.h"
#include "course/web.h"

static bool below(const char *path, const char *folder)
{
	return strncmp(path, folder, strlen(folder)) == 0;
}

static int serve(void *arg, const struct course_request *request, struct course_answer *answer)
{
	struct course *c = arg;
	struct osci_err err = { 0 };
	int r;

	if (below(request->path, COURSE_API))
		r = course_json_serve(c, request, answer, &err);
	else if (strcmp(request->path, COURSE_SOAP) == 0)
		r = course_soap_serve(c, request, answer, &err);
	else
		r = course_web_serve(c, request, answer, &err);
	if (r && r != COURSE_HTTP_LATER)
		osci_log_err(OSCI_LOG_ERROR, "course-request-failed", &err, NULL);
	return r;
}

int course_open(struct course **ret, const struct course_conf *conf, struct sim_store *store, const struct xausl *xausl,
		const struct sim_settings *settings, const struct osci_clock *clock, struct osci_err *err)
{
	_cleanup_(course_closep) struct course *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return -ENOMEM;
	c->conf = *conf;
	c->store = store;
	c->xausl = xausl;
	c->settings = settings;
	c->clock = clock;
	r = osci_random(c->proven.key, sizeof(c->proven.key));
	r = r ? r : course_directory_load(store, xausl, conf->directory, err);
	r = r ? r : course_schema_new(&c->schema, err);
	r = r ? r : course_http_start(&c->http, conf->listen, conf->beyond_loopback, serve, c, err);
	if (r)
		return r;
	osci_log(OSCI_LOG_INFO, "course-side-started", "what", COURSE_MARK, "endpoint", conf->listen, NULL);
	*ret = c;
	c = NULL;
	return 0;
}

void course_closep(struct course **course)
{
	struct course *c = *course;

	*course = NULL;
	if (!c)
		return;
	course_http_stopp(&c->http);
	course_schema_freep(&c->schema);
	explicit_bzero(&c->proven, sizeof(c->proven));
	free(c);
}

int course_fd(const struct course *c)
{
	return course_http_fd(c->http);
}

int course_serve(struct course *c, bool down, struct osci_err *err)
{
	c->down = down;
	course_http_run(c->http);
	return course_load_tickets(c, err);
}
