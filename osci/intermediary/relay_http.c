/* SPDX-License-Identifier: Apache-2.0 */
/* relay_http - one blocking exchange with a passive recipient, with an HTTP engine of its own */
#include <errno.h>

#include <osci/http.h>
#include "base/buf.h"
#include "intermediary/relay.h"

#define POLL_MS 1000

struct waiting {
	bool done;
	int result;
	struct osci_blob *body;
	struct osci_err *err;
};

static void on_done(void *arg, int result, long status, struct osci_blob *body, const struct osci_err *err)
{
	struct waiting *w = arg;

	w->done = true;
	w->result = result;
	if (result)
		*w->err = *err;
	else
		w->body = osci_blob_ref(body);
}

int im_relay_http(void *arg, const char *url, struct osci_stream *request, struct osci_blob **ret, struct osci_err *err)
{
	struct im_service *s = arg;
	const struct im_settings *set = s->set;
	struct osci_limits limits = set->limits;
	const struct osci_http_conf conf = { .limits = &limits, .ca_file = set->forward_ca, .proxy = set->forward_proxy,
					     .spool = s->spool };
	_cleanup_(osci_http_freep) struct osci_http *http = NULL;
	struct waiting w = { .err = err };
	int r;

	*ret = NULL;
	limits.total_ms = set->forward_timeout;
	r = osci_http_new(&http, &conf, err);
	if (r) {
		osci_stream_freep(&request);
		return r;
	}
	r = osci_http_post_stream(http, url, request, on_done, &w, NULL, err);
	while (!r && !w.done)
		r = osci_http_poll(http, -1, POLL_MS);
	if (r)
		return osci_fail(err, r, NULL, NULL, "exchange with a passive recipient failed");
	*ret = w.body;
	return w.result;
}
