/* SPDX-License-Identifier: Apache-2.0 */
/*
 * server_request - a request: its head is judged, its body collected, its handler queued
 *
 * Guarantees: a body goes to a sink, which moves to a file of the spool when it is large, and is refused as soon as
 * it is known to be larger than the limit; a length given in two ways is refused and the connection
 * closed; no form data is ever parsed.  If there is no room for a body, the rest of it is read and dropped, as HTTP
 * has no other way to get an answer through, and the answer is 507.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "transport/server_priv.h"

struct head {
	unsigned lengths, codings;
	uint64_t length;
	bool bad_length, bad_expect, bad_content_coding;
	const char *forwarded; /* the last of its kind */
};

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct head *h = arg;

	if (!value)
		value = "";
	if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0) {
		h->lengths++;
		if (osci_parse_u64(value, strlen(value), UINT64_MAX / 2, &h->length))
			h->bad_length = true;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0) {
		h->codings++;
		if (strcasecmp(value, "chunked") != 0)
			h->bad_length = true;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_EXPECT) == 0) {
		h->bad_expect = strcasecmp(value, "100-continue") != 0;
	} else if (strcasecmp(name, MHD_HTTP_HEADER_CONTENT_ENCODING) == 0) {
		h->bad_content_coding = strcasecmp(value, "identity") != 0;
	} else if (strcasecmp(name, "X-Forwarded-For") == 0) {
		h->forwarded = value;
	}
	return MHD_YES;
}

static const struct osci_http_path *find_path(const struct osci_http_server *s, const char *url)
{
	size_t i;

	for (i = 0; i < s->n_paths; i++)
		if (strcmp(url, s->paths[i].path) == 0)
			return &s->paths[i];
	return NULL;
}

struct verdict {
	unsigned status; /* 0 = the request goes on */
	const char *text, *allow;
};

static struct verdict refuse(unsigned status, const char *text)
{
	return (struct verdict){ status, text, NULL };
}

static struct verdict judge_get(const struct osci_http_path *path, const struct head *h)
{
	if (!(path->methods & OSCI_HTTP_GET))
		return refuse(MHD_HTTP_OK, "OSCI-Transport 1.2: messages by POST\n");
	if (h->codings || h->length)
		return refuse(MHD_HTTP_BAD_REQUEST, "no body expected\n");
	return refuse(0, NULL);
}

static struct verdict judge_post(const struct osci_http_server *s, const struct head *h)
{
	if (h->lengths + h->codings == 0)
		return refuse(MHD_HTTP_LENGTH_REQUIRED, "length of the body expected\n");
	if (h->bad_content_coding)
		return refuse(MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "no content coding is taken\n");
	if (h->lengths && h->length > s->limits.http_body)
		return refuse(MHD_HTTP_CONTENT_TOO_LARGE, "body too large\n");
	return refuse(0, NULL);
}

/* Before the body is read.  @request gets path and method. */
static struct verdict judge(const struct osci_http_server *s, const struct head *h, const char *url, const char *method,
			    struct osci_http_request *request)
{
	const struct osci_http_path *path = find_path(s, url);

	if (h->bad_length || h->lengths + h->codings > 1)
		return refuse(MHD_HTTP_BAD_REQUEST, "length of the body is unclear\n");
	if (h->bad_expect)
		return refuse(MHD_HTTP_EXPECTATION_FAILED, "expectation failed\n");
	if (!path)
		return refuse(MHD_HTTP_NOT_FOUND, "not here\n");
	request->path = path->path;
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
		request->method = "GET";
		return judge_get(path, h);
	}
	if (strcmp(method, MHD_HTTP_METHOD_POST) == 0 && (path->methods & OSCI_HTTP_POST)) {
		request->method = "POST";
		return judge_post(s, h);
	}
	if (path->methods & OSCI_HTTP_POST)
		return (struct verdict){ MHD_HTTP_METHOD_NOT_ALLOWED, "POST expected\n", "POST, GET" };
	return (struct verdict){ MHD_HTTP_METHOD_NOT_ALLOWED, "GET expected\n", "GET" };
}

struct conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static void job_free(struct job *job)
{
	osci_sink_freep(&job->sink);
	osci_blob_unref(job->request.body);
	osci_stream_freep(&job->reply.stream);
	free(job->reply.data);
	free(job);
}

/* A proxy of ours names who it speaks for; what anybody else says of it is of no account. */
static void name_peer(const struct osci_http_server *s, const struct head *h, const struct conn *conn,
		      char peer[PEER_TEXT_MAX])
{
	struct address a = conn->address;

	if (h->forwarded && server_trusts(s, &a) && !address_of_forwarded(&a, h->forwarded))
		a = conn->address;
	address_text(&a, peer, PEER_TEXT_MAX);
}

static void tell(const struct osci_http_server *s, unsigned status, const char *peer, uint64_t octets)
{
	if (s->refused && status >= MHD_HTTP_BAD_REQUEST)
		s->refused(s->arg, status, peer, octets);
}

static int new_sink(const struct osci_http_server *s, struct job *job)
{
	return s->sink ? s->sink(s->arg, job->peer, &job->sink) : osci_sink_new(&job->sink, s->spool, s->limits.http_body);
}

static enum MHD_Result begin(struct osci_http_server *s, struct MHD_Connection *c, struct conn *conn, const char *url,
			     const char *method, void **ret_job)
{
	struct osci_http_request request = { 0 };
	struct head head = { 0 };
	char peer[PEER_TEXT_MAX];
	struct verdict verdict;
	struct job *job;

	MHD_get_connection_values(c, MHD_HEADER_KIND, see_header, &head);
	name_peer(s, &head, conn, peer);
	verdict = judge(s, &head, url, method, &request);
	if (verdict.status) {
		tell(s, verdict.status, peer, head.bad_length ? 0 : head.length);
		watch_state(&s->watch, conn, CONN_ANSWER);
		return answer_text(c, verdict.status, verdict.text, verdict.allow);
	}
	job = calloc(1, sizeof(*job));
	if (!job)
		return MHD_NO;
	job->connection = c;
	job->conn = conn;
	job->request = request;
	memcpy(job->peer, peer, sizeof(peer));
	job->request.peer = job->peer;
	if (new_sink(s, job)) {
		job_free(job);
		return MHD_NO;
	}
	watch_state(&s->watch, conn, CONN_BODY);
	*ret_job = job;
	return MHD_YES;
}

static enum MHD_Result take_octets(struct osci_http_server *s, struct job *job, const char *data, size_t *size)
{
	size_t n = *size;

	*size = 0;
	job->received += n;
	watch_octets(&s->watch, job->conn, n);
	if (job->received > s->limits.http_body) { /* only chunks get this far beyond */
		if (!job->told)
			tell(s, MHD_HTTP_CONTENT_TOO_LARGE, job->peer, job->received);
		job->told = true;
		return MHD_NO;
	}
	if (job->sink && osci_sink_add(job->sink, data, n, NULL))
		osci_sink_freep(&job->sink);
	return MHD_YES;
}

/* The body is complete. */
static enum MHD_Result enqueue(struct osci_http_server *s, struct MHD_Connection *c, struct job *job)
{
	if (!job->sink || osci_sink_done(&job->sink, &job->request.body, NULL)) {
		watch_state(&s->watch, job->conn, CONN_ANSWER);
		if (!job->told)
			tell(s, MHD_HTTP_INSUFFICIENT_STORAGE, job->peer, job->received);
		job->told = true;
		return answer_text(c, MHD_HTTP_INSUFFICIENT_STORAGE, "no room for the body\n", NULL);
	}
	watch_state(&s->watch, job->conn, CONN_WORK);
	MHD_suspend_connection(c);
	pool_add(&s->pool, job);
	return MHD_YES;
}

/* Called for the head, for each piece of the body, at its end, and again when the handler is done. */
enum MHD_Result request_step(void *arg, struct MHD_Connection *c, const char *url, const char *method,
			     const char *version, const char *data, size_t *size, void **con_cls)
{
	struct osci_http_server *s = arg;
	struct conn *conn = conn_of(c);
	struct job *job = *con_cls;

	if (!conn)
		return MHD_NO;
	if (!job)
		return begin(s, c, conn, url, method, con_cls);
	if (*size > 0)
		return take_octets(s, job, data, size);
	if (!job->queued)
		return enqueue(s, c, job);
	if (!job->done)
		return MHD_YES;
	watch_state(&s->watch, conn, CONN_ANSWER);
	return answer_job(c, job);
}

void request_completed(void *arg, struct MHD_Connection *c, void **con_cls, enum MHD_RequestTerminationCode code)
{
	struct osci_http_server *s = arg;
	struct conn *conn = conn_of(c);

	if (*con_cls)
		job_free(*con_cls);
	*con_cls = NULL;
	if (conn)
		watch_state(&s->watch, conn, CONN_HEAD);
}
