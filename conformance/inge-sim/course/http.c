/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - libmicrohttpd driven by the caller's loop
 *
 * Bodies up to COURSE_BODY_MAX, a few connections, each with a time limit.  On loopback a Host that is not
 * loopback is refused, so that no page of the wide web can talk to the simulator through a browser's name
 * tricks.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <microhttpd.h>

#include "base/text.h"
#include "course/http.h"

#define CONNECTIONS_MAX	 64
#define CONNECTIONS_PEER 32
#define TIMEOUT_SECONDS	 30
#define HEAD_MAX	 (32 * 1024)
#define TURNS_MAX	 64 /* of the library in one call */
#define COOKIE		 "ingesim"

struct course_http {
	struct MHD_Daemon *daemon;
	course_http_handler *handler;
	void *arg;
	int socket;
	bool loopback_only;
};

struct exchange {
	struct osci_buf body;
	bool too_large;
};

/* --- requests ----------------------------------------------------------- */

static const char *head(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static const char *query(const struct course_request *r, const char *name)
{
	const char *value = NULL;

	/* "?wsdl" has no value. */
	if (MHD_lookup_connection_value_n(r->priv, MHD_GET_ARGUMENT_KIND, name, strlen(name), &value, NULL) != MHD_YES)
		return NULL;
	return !value ? "" : osci_utf8_ok(value, strlen(value)) ? value : NULL;
}

struct lengths {
	unsigned lengths, codings;
};

static enum MHD_Result count_lengths(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct lengths *l = arg;

	l->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	l->codings += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	return MHD_YES;
}

/* Told in two ways, a proxy in front might see another request than we do. */
static bool length_is_clear(struct MHD_Connection *c)
{
	struct lengths l = { 0, 0 };

	MHD_get_connection_values(c, MHD_HEADER_KIND, count_lengths, &l);
	return l.lengths + l.codings <= 1;
}

/* "127.0.0.1:8090", "localhost:8090", "[::1]:8090"; the port does not matter. */
static bool host_is_loopback(const char *host)
{
	size_t n = strcspn(host, ":");

	if (host[0] == '[')
		return strncmp(host, "[::1]", 5) == 0 && (host[5] == '\0' || host[5] == ':');
	return (n == 9 && strncasecmp(host, "localhost", 9) == 0) ||
	       (strncmp(host, "127.", 4) == 0 && strspn(host, "0123456789.") == n);
}

/* --- answers ------------------------------------------------------------ */

static void common_heads(struct MHD_Response *r, const struct course_answer *a)
{
	MHD_add_response_header(r, "Content-Type",
				a->content_type ? a->content_type : "text/plain; charset=utf-8");
	MHD_add_response_header(r, "X-Simulator", "inge-sim; artificial data only");
	MHD_add_response_header(r, "Cache-Control", "no-store");
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	/* With no-referrer browsers would name no origin in POSTs of our own pages. */
	MHD_add_response_header(r, "Referrer-Policy", "same-origin");
	MHD_add_response_header(r, "Content-Security-Policy",
				"default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors "
				"'none'; base-uri 'none'");
	if (a->location[0])
		MHD_add_response_header(r, "Location", a->location);
	if (a->cookie[0])
		MHD_add_response_header(r, "Set-Cookie", a->cookie);
	if (a->ask_password)
		MHD_add_response_header(r, "WWW-Authenticate",
					"Basic realm=\"inge-sim (Simulator)\", charset=\"UTF-8\"");
}

static enum MHD_Result send_answer(struct MHD_Connection *c, struct course_answer *a)
{
	size_t len = 0;
	char *data = osci_buf_take(&a->body, &len);
	struct MHD_Response *r = MHD_create_response_from_buffer(data ? len : 0, data, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result done;

	if (!r) {
		free(data);
		return MHD_NO;
	}
	common_heads(r, a);
	done = MHD_queue_response(c, data ? a->status : MHD_HTTP_INTERNAL_SERVER_ERROR, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct course_answer a = {.status = status, .body = OSCI_BUF_INIT(1000)};

	osci_buf_adds(&a.body, text);
	return send_answer(c, &a);
}

static enum MHD_Result respond(struct course_http *h, struct MHD_Connection *c, const char *url,
			       const char *method, struct exchange *x)
{
	struct course_answer a = {.status = MHD_HTTP_OK, .body = OSCI_BUF_INIT(COURSE_ANSWER_MAX)};
	struct course_request r = {
	    .method = method,
	    .path = url,
	    .host = head(c, "Host"),
	    .origin = head(c, "Origin"),
	    .content_type = head(c, "Content-Type"),
	    .authorization = head(c, "Authorization"),
	    .soap_action = head(c, "SOAPAction"),
	    .cookie = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, COOKIE),
	    .body = x->body.data ? (const char *)x->body.data : "",
	    .len = x->body.len,
	    .query = query,
	    .priv = c,
	};

	if (!r.host || (h->loopback_only && !host_is_loopback(r.host)))
		return send_text(c, MHD_HTTP_MISDIRECTED_REQUEST, "inge-sim (simulator): not this host\n");
	if (!length_is_clear(c))
		return send_text(c, MHD_HTTP_BAD_REQUEST, "inge-sim (simulator): length of the body is unclear\n");
	if (x->too_large)
		return send_text(c, MHD_HTTP_CONTENT_TOO_LARGE,
				 "inge-sim (simulator): the request is too large\n");
	if (strcmp(method, "GET") != 0 && strcmp(method, "POST") != 0)
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED,
				 "inge-sim (simulator): GET or POST expected\n");
	if (h->handler(h->arg, &r, &a)) {
		osci_buf_free(&a.body);
		return send_text(c, MHD_HTTP_INTERNAL_SERVER_ERROR,
				 "inge-sim (simulator): failure, see its log\n");
	}
	return send_answer(c, &a);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **context)
{
	struct exchange *x = *context;

	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			return MHD_NO;
		osci_buf_init_secret(&x->body, COURSE_BODY_MAX); /* passwords come this way */
		*context = x;
		return MHD_YES;
	}
	if (*size) {
		osci_buf_add(&x->body, data, *size);
		x->too_large = osci_buf_error(&x->body);
		*size = 0;
		return MHD_YES;
	}
	return respond(arg, c, url, method, x);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;

	if (x)
		osci_buf_free(&x->body);
	free(x);
	*context = NULL;
}

/* --- start and stop ------------------------------------------------------ */

/* "127.0.0.1:8090" or "[::1]:8090". */
static int listen_on(struct course_http *h, const char *where, struct osci_err *err)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	const char *colon = strrchr(where, ':');
	struct addrinfo *ai = NULL;
	char host[64];
	size_t n = colon ? (size_t)(colon - where) : 0;
	int one = 1, r = 0;

	if (n == 0 || n >= sizeof(host))
		return osci_fail(err, OSCI_E_CONFIG, NULL, "course.listen", "ADDRESS:PORT expected");
	snprintf(host, sizeof(host), "%.*s", (int)n, where);
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		memmove(host, host + 1, n - 1);
	}
	if (getaddrinfo(host, colon + 1, &hints, &ai) || !ai)
		return osci_fail(err, OSCI_E_CONFIG, NULL, "course.listen", "numeric ADDRESS:PORT expected");
	h->socket = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->socket < 0 || setsockopt(h->socket, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(h->socket, ai->ai_addr, ai->ai_addrlen) < 0 || listen(h->socket, CONNECTIONS_MAX) < 0)
		r = osci_fail(err, -errno, NULL, where, "cannot listen: %s", strerrordesc_np(errno));
	freeaddrinfo(ai);
	return r;
}

int course_http_start(struct course_http **ret, const char *listen, bool beyond_loopback,
		      course_http_handler *handler, void *arg, struct osci_err *err)
{
	_cleanup_(course_http_stopp) struct course_http *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->socket = -1;
	h->handler = handler;
	h->arg = arg;
	h->loopback_only = !beyond_loopback;
	r = listen_on(h, listen, err);
	if (r)
		return r;
	h->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, h->socket,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
	    (unsigned)CONNECTIONS_PEER, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, h, MHD_OPTION_END);
	if (!h->daemon)
		return osci_fail(err, -ENOMEM, NULL, "course.listen", "the server cannot be started");
	h->socket = -1; /* closed with the daemon */
	*ret = h;
	h = NULL;
	return 0;
}

void course_http_stopp(struct course_http **http)
{
	struct course_http *h = *http;

	*http = NULL;
	if (!h)
		return;
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	if (h->socket >= 0)
		close(h->socket);
	free(h);
}

int course_http_fd(const struct course_http *h)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

void course_http_run(struct course_http *h)
{
	MHD_UNSIGNED_LONG_LONG wait;

	for (unsigned i = 0; i < TURNS_MAX; i++) {
		MHD_run(h->daemon);
		/* Octets that were read and not yet worked on do not show at the descriptor. */
		if (MHD_get_timeout(h->daemon, &wait) != MHD_YES || wait > 0)
			return;
	}
}
