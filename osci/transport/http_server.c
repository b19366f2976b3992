/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server - takes OSCI messages by POST, over libmicrohttpd
 *
 * One thread moves the octets of all connections (epoll); handlers run in a pool of workers while
 * their connection is suspended; a watch closes who dawdles.  Served is POST on one path; GET there
 * says in one line what this is.  Guarantees: bodies are collected
 * into a bounded buffer and refused as soon as they are known to be too large; a length given in
 * two ways is refused and the connection closed; no form data is ever parsed; answers to bad
 * requests are short constants that repeat nothing.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "transport/server_priv.h"

#define LISTEN_BACKLOG 256
#define THREADS_MAX 64
#define MEMORY_INCREMENT (16 * 1024)

struct osci_http_server {
	struct MHD_Daemon *daemon;
	struct watch watch;
	struct pool pool;
	bool watched, pooled;
	struct osci_limits limits;
	char *path;
	int fd;
	unsigned port;
};

static void job_free(struct job *job)
{
	osci_buf_free(&job->body);
	free(job->answer);
	free(job);
}

/* --- answers ------------------------------------------------------------ */

static enum MHD_Result answer_text(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct MHD_Response *r;
	enum MHD_Result done = MHD_NO;

	r = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	if (!r)
		return MHD_NO;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "POST, GET");
	if (status != MHD_HTTP_OK)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	done = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return done;
}

/* Half of the answer, then an error: the connection is closed with the length unfulfilled. */
static ssize_t half_answer(void *arg, uint64_t pos, char *out, size_t max)
{
	const struct job *job = arg;
	size_t half = job->answer_len / 2, n;

	if (pos >= half)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	n = half - (size_t)pos < max ? half - (size_t)pos : max;
	memcpy(out, job->answer + pos, n);
	return (ssize_t)n;
}

static enum MHD_Result answer_half(struct MHD_Connection *c, struct job *job)
{
	struct MHD_Response *r;
	enum MHD_Result done;

	r = MHD_create_response_from_callback(job->answer_len, MEMORY_INCREMENT, half_answer, job, NULL);
	if (!r)
		return MHD_NO;
	done = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result answer_job(struct MHD_Connection *c, struct job *job)
{
	struct MHD_Response *r;
	enum MHD_Result done;

	if (job->status == OSCI_HTTP_CUT_BODY)
		return answer_half(c, job);
	if (job->status < 100 || job->status > 599)
		return MHD_NO; /* negative: the connection is cut */
	r = MHD_create_response_from_buffer(job->answer_len, job->answer, MHD_RESPMEM_MUST_FREE);
	if (!r)
		return MHD_NO;
	job->answer = NULL;
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/xml");
	done = MHD_queue_response(c, (unsigned)job->status, r);
	MHD_destroy_response(r);
	return done;
}

/* --- requests ----------------------------------------------------------- */

struct head {
	unsigned lengths, codings;
	uint64_t length;
	bool bad_length, bad_expect, bad_content_coding;
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
	}
	return MHD_YES;
}

/* 0, or the status that refuses the request before its body is read. */
static unsigned judge_head(const struct osci_http_server *s, struct MHD_Connection *c, const char *url,
			   const char *method, const char **ret_text)
{
	struct head h = { 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, see_header, &h);
	if (h.bad_length || h.lengths + h.codings > 1) {
		*ret_text = "length of the body is unclear\n";
		return MHD_HTTP_BAD_REQUEST;
	}
	if (h.bad_expect) {
		*ret_text = "expectation failed\n";
		return MHD_HTTP_EXPECTATION_FAILED;
	}
	if (strcmp(url, s->path) != 0) {
		*ret_text = "not here\n";
		return MHD_HTTP_NOT_FOUND;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0) {
		*ret_text = "OSCI-Transport 1.2: messages by POST\n";
		return MHD_HTTP_OK;
	}
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) {
		*ret_text = "POST expected\n";
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	}
	if (h.lengths + h.codings == 0) {
		*ret_text = "length of the body expected\n";
		return MHD_HTTP_LENGTH_REQUIRED;
	}
	if (h.bad_content_coding) {
		*ret_text = "no content coding is taken\n";
		return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
	}
	if (h.lengths && h.length > s->limits.http_body) {
		*ret_text = "body too large\n";
		return MHD_HTTP_CONTENT_TOO_LARGE;
	}
	return 0;
}

static struct conn *conn_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static enum MHD_Result begin_request(struct osci_http_server *s, struct MHD_Connection *c, struct conn *conn,
				     const char *url, const char *method, void **ret_job)
{
	const char *text = NULL;
	struct job *job;
	unsigned status;

	status = judge_head(s, c, url, method, &text);
	if (status) {
		watch_state(&s->watch, conn, CONN_ANSWER);
		return answer_text(c, status, text);
	}
	job = calloc(1, sizeof(*job));
	if (!job)
		return MHD_NO;
	job->connection = c;
	job->conn = conn;
	osci_buf_init(&job->body, s->limits.http_body);
	watch_state(&s->watch, conn, CONN_BODY);
	*ret_job = job;
	return MHD_YES;
}

/* Called for the head, for each piece of the body, at its end, and again when the handler is done. */
static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **con_cls)
{
	struct osci_http_server *s = arg;
	struct conn *conn = conn_of(c);
	struct job *job = *con_cls;

	if (!conn)
		return MHD_NO;
	if (!job)
		return begin_request(s, c, conn, url, method, con_cls);
	if (*size > 0) {
		osci_buf_add(&job->body, data, *size);
		watch_octets(&s->watch, conn, *size);
		*size = 0;
		return osci_buf_error(&job->body) ? MHD_NO : MHD_YES; /* only chunks get this far beyond */
	}
	if (!job->queued) {
		watch_state(&s->watch, conn, CONN_WORK);
		MHD_suspend_connection(c);
		pool_add(&s->pool, job);
		return MHD_YES;
	}
	if (!job->done)
		return MHD_YES;
	watch_state(&s->watch, conn, CONN_ANSWER);
	return answer_job(c, job);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **con_cls,
			 enum MHD_RequestTerminationCode code)
{
	struct osci_http_server *s = arg;
	struct conn *conn = conn_of(c);

	if (*con_cls)
		job_free(*con_cls);
	*con_cls = NULL;
	if (conn)
		watch_state(&s->watch, conn, CONN_HEAD);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **socket_context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct osci_http_server *s = arg;
	const union MHD_ConnectionInfo *fd, *addr;
	struct conn *conn;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		conn = *socket_context;
		*socket_context = NULL;
		if (conn)
			watch_remove(&s->watch, conn);
		free(conn);
		return;
	}
	fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	addr = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	conn = calloc(1, sizeof(*conn));
	if (!conn || !fd || !addr) {
		free(conn); /* requests on it are refused for want of a context */
		return;
	}
	conn->fd = fd->connect_fd;
	if (getnameinfo(addr->client_addr, addr->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) :
										     sizeof(struct sockaddr_in),
			conn->peer, sizeof(conn->peer), NULL, 0, NI_NUMERICHOST))
		conn->peer[0] = '\0';
	*socket_context = conn;
	watch_add(&s->watch, conn);
}

/* --- start and stop ------------------------------------------------------ */

/* "127.0.0.1:8080" or "[::1]:8080" into a bound, listening socket. */
static int listen_on(struct osci_http_server *s, const char *where, struct osci_err *err)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
				  .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE };
	struct sockaddr_storage bound;
	socklen_t len = sizeof(bound);
	struct addrinfo *ai = NULL;
	const char *colon = strrchr(where, ':');
	char host[PEER_TEXT_MAX];
	uint64_t port;
	size_t n;
	int one = 1;

	n = colon ? (size_t)(colon - where) : 0;
	if (n == 0 || n >= sizeof(host) || osci_parse_u64(colon + 1, strlen(colon + 1), 65535, &port))
		return osci_fail(err, OSCI_E_USAGE, NULL, where, "ADDRESS:PORT expected");
	memcpy(host, where, n);
	host[n] = '\0';
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		memmove(host, host + 1, n - 1);
	}
	if (getaddrinfo(host, colon + 1, &hints, &ai) || !ai)
		return osci_fail(err, OSCI_E_USAGE, NULL, where, "numeric ADDRESS:PORT expected");
	s->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0 || setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(s->fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(s->fd, LISTEN_BACKLOG) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&bound, &len) < 0) {
		int r = -errno;

		freeaddrinfo(ai);
		return osci_fail(err, r, NULL, where, "cannot listen: %s",
				 r == -EADDRINUSE ? "address is in use" :
				 r == -EACCES     ? "no permission" : strerrordesc_np(-r));
	}
	freeaddrinfo(ai);
	s->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port :
						      ((struct sockaddr_in *)&bound)->sin_port);
	return 0;
}

int osci_http_server_start(struct osci_http_server **ret, const struct osci_http_server_conf *conf,
			   struct osci_err *err)
{
	_cleanup_(osci_http_server_stopp) struct osci_http_server *s = NULL;
	int r;

	if (conf->threads < 1 || conf->threads > THREADS_MAX || !conf->handler || !conf->path || conf->path[0] != '/')
		return osci_fail(err, OSCI_E_USAGE, NULL, "server", "1 to 64 threads, a handler and a path expected");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	if (conf->limits)
		s->limits = *conf->limits;
	else
		osci_limits_default(&s->limits);
	s->path = strdup(conf->path);
	if (!s->path)
		return -ENOMEM;
	r = listen_on(s, conf->listen, err);
	if (r)
		return r;
	s->watched = true;
	r = watch_start(&s->watch, &s->limits);
	if (r == 0) {
		s->pooled = true;
		r = pool_start(&s->pool, conf->threads, conf->handler, conf->arg);
	}
	if (r)
		return osci_fail(err, r, NULL, "server", "threads cannot be started");
	s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL,
				     on_request, s, MHD_OPTION_LISTEN_SOCKET, s->fd, MHD_OPTION_CONNECTION_LIMIT,
				     s->limits.connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
				     s->limits.connections_peer, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				     s->limits.http_head, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
				     (size_t)MEMORY_INCREMENT, MHD_OPTION_STRICT_FOR_CLIENT, 1,
				     MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_NOTIFY_CONNECTION,
				     on_connection, s, MHD_OPTION_END);
	if (!s->daemon)
		return osci_fail(err, -ENOMEM, NULL, "server", "cannot be started");
	*ret = s;
	s = NULL;
	return 0;
}

unsigned osci_http_server_port(const struct osci_http_server *s)
{
	return s->port;
}

void osci_http_server_stopp(struct osci_http_server **server)
{
	struct osci_http_server *s = *server;

	*server = NULL;
	if (!s)
		return;
	if (s->daemon)
		MHD_quiesce_daemon(s->daemon); /* the listening socket is ours again */
	if (s->pooled)
		pool_stop(&s->pool);
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	if (s->pooled) {
		pthread_cond_destroy(&s->pool.wake);
		pthread_mutex_destroy(&s->pool.lock);
	}
	if (s->watched)
		watch_stop(&s->watch);
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s);
}
