/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http - libmicrohttpd driven by the caller's loop
 *
 * Bodies up to COURSE_BODY_MAX.  On loopback a Host that is not loopback is refused, so that no page of the wide
 * web can talk to the simulator through a browser's name tricks.
 *
 * The loop belongs to the messages of offices, too.  What takes long (a password costs tens of milliseconds and
 * more) is done once in a call, the rest of it waits in the order it came; all else is not held up by that.  Whoever
 * dawdles over a request is cut off after REQUEST_MS, and before that when connections run short, the oldest first.
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

#include "base/clock.h"
#include "base/text.h"
#include "course/http.h"

#define CONNECTIONS_MAX 128
#define CROWDED		112 /* connections; beyond that the oldest is cut off for a new one */
#define TIMEOUT_SECONDS 30  /* nothing is sent or taken */
#define REQUEST_MS	40000 /* for a head, and then for body and answer */
#define HEAD_MAX	(32 * 1024)
#define TURNS_MAX	64  /* of the library in one call */
#define TURN_MS		100 /* for those turns, beside what takes long */
#define COOKIE		"ingesim"

struct line {
	int fd;
	int64_t since; /* ms: connected, or head complete, or answer sent */
	bool used, cut, waits;
};

struct exchange {
	struct osci_buf body;
	struct MHD_Connection *connection;
	struct line *line;
	struct exchange *next; /* of those that wait */
	bool too_large, go;
};

struct course_http {
	struct MHD_Daemon *daemon;
	course_http_handler *handler;
	void *arg;
	int socket;
	bool loopback_only;
	struct line lines[CONNECTIONS_MAX];
	unsigned n_lines;
	struct exchange *first, **last; /* complete requests that wait, for they take long */
	struct exchange *current;
	bool long_done; /* in this call */
	int64_t until;	/* ms: end of this call's turns */
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

struct counts {
	unsigned lengths, hosts;
};

static enum MHD_Result count_heads(void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct counts *n = arg;

	n->lengths += strcasecmp(name, MHD_HTTP_HEADER_CONTENT_LENGTH) == 0;
	n->lengths += strcasecmp(name, MHD_HTTP_HEADER_TRANSFER_ENCODING) == 0;
	n->hosts += strcasecmp(name, MHD_HTTP_HEADER_HOST) == 0;
	return MHD_YES;
}

/* Length or host told twice: a proxy in front might see another request than we do. */
static bool head_is_clear(struct MHD_Connection *c)
{
	struct counts n = {0, 0};

	MHD_get_connection_values(c, MHD_HEADER_KIND, count_heads, &n);
	return n.lengths <= 1 && n.hosts <= 1;
}

/* A NUL would end our texts early: what holds one stays as it was sent, and so is no page and no value of ours. */
static size_t unescape(void *arg, struct MHD_Connection *c, char *s)
{
	return strstr(s, "%00") ? strlen(s) : MHD_http_unescape(s);
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
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD, POST");
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

static enum MHD_Result wait_for_turn(struct course_http *h, struct exchange *x)
{
	x->line->waits = true;
	x->next = NULL;
	*h->last = x;
	h->last = &x->next;
	MHD_suspend_connection(x->connection);
	return MHD_YES;
}

bool course_http_may_take_long(struct course_http *h)
{
	if (!h->current->go && (h->long_done || h->first))
		return false;
	h->long_done = h->current->go = true;
	return true;
}

static enum MHD_Result respond(struct course_http *h, struct MHD_Connection *c, const char *url,
			       const char *method, struct exchange *x)
{
	struct course_answer a = {.status = MHD_HTTP_OK, .body = OSCI_BUF_INIT(COURSE_ANSWER_MAX)};
	struct course_request r = {
	    .method = strcmp(method, "HEAD") == 0 ? "GET" : method, /* the library leaves the body out */
	    .problem = x->too_large ? "too_large" : NULL,
	    .path = url,
	    .host = head(c, "Host"),
	    .origin = head(c, "Origin"),
	    .content_type = head(c, "Content-Type"),
	    .authorization = head(c, "Authorization"),
	    .cookie = MHD_lookup_connection_value(c, MHD_COOKIE_KIND, COOKIE),
	    .body = x->body.data ? (const char *)x->body.data : "",
	    .len = x->body.len,
	    .query = query,
	    .priv = c,
	};
	int64_t begin;
	int e;

	if (!r.host || (h->loopback_only && !host_is_loopback(r.host)))
		return send_text(c, MHD_HTTP_MISDIRECTED_REQUEST, "inge-sim (simulator): not this host\n");
	if (!head_is_clear(c))
		return send_text(c, MHD_HTTP_BAD_REQUEST, "inge-sim (simulator): length or host is told twice\n");
	h->current = x;
	begin = osci_clock_mono_ms();
	e = h->handler(h->arg, &r, &a);
	if (x->go)
		h->until += osci_clock_mono_ms() - begin;
	if (e == COURSE_HTTP_LATER) {
		osci_buf_free(&a.body);
		return wait_for_turn(h, x);
	}
	if (e) {
		osci_buf_free(&a.body);
		return send_text(c, MHD_HTTP_INTERNAL_SERVER_ERROR,
				 "inge-sim (simulator): failure, see its log\n");
	}
	return send_answer(c, &a);
}

/* The first of those that wait is handled in the next turn of the library. */
static void let_go(struct course_http *h)
{
	struct exchange *x = h->first;

	h->first = x->next;
	if (!h->first)
		h->last = &h->first;
	x->go = true;
	x->line->waits = false;
	x->line->since = osci_clock_mono_ms();
	MHD_resume_connection(x->connection);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				  const char *version, const char *data, size_t *size, void **context)
{
	struct course_http *h = arg;
	struct exchange *x = *context;

	if (!x) {
		x = calloc(1, sizeof(*x));
		if (!x)
			return MHD_NO;
		osci_buf_init_secret(&x->body, COURSE_BODY_MAX); /* passwords come this way */
		x->connection = c;
		x->line = MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
		x->line->since = osci_clock_mono_ms();
		*context = x;
		return MHD_YES;
	}
	if (*size) {
		osci_buf_add(&x->body, data, *size);
		x->too_large = osci_buf_error(&x->body);
		*size = 0;
		return MHD_YES;
	}
	return respond(h, c, url, method, x);
}

static void on_completed(void *arg, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;

	if (!x)
		return;
	x->line->since = osci_clock_mono_ms();
	osci_buf_free(&x->body);
	free(x);
	*context = NULL;
}

/* --- connections ------------------------------------------------------------ */

static void cut(struct line *l)
{
	l->cut = true;
	shutdown(l->fd, SHUT_RDWR); /* the library sees the end, and closes */
}

static void cut_oldest(struct course_http *h)
{
	struct line *oldest = NULL;

	for (struct line *l = h->lines; l < h->lines + CONNECTIONS_MAX; l++)
		if (l->used && !l->cut && !l->waits && (!oldest || l->since < oldest->since))
			oldest = l;
	if (oldest)
		cut(oldest);
}

static void cut_late(struct course_http *h)
{
	int64_t before = osci_clock_mono_ms() - REQUEST_MS;

	for (struct line *l = h->lines; l < h->lines + CONNECTIONS_MAX; l++)
		if (l->used && !l->cut && !l->waits && l->since < before)
			cut(l);
}

static void on_connection(void *arg, struct MHD_Connection *c, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	struct course_http *h = arg;
	struct line *l = *context;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		l->used = false;
		h->n_lines--;
		return;
	}
	/* There is a free one: the library takes no more than CONNECTIONS_MAX. */
	for (l = h->lines; l->used;)
		l++;
	*l = (struct line){.used = true,
			   .fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd,
			   .since = osci_clock_mono_ms()};
	*context = l;
	if (++h->n_lines > CROWDED)
		cut_oldest(h);
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
	h->last = &h->first;
	h->handler = handler;
	h->arg = arg;
	h->loopback_only = !beyond_loopback;
	r = listen_on(h, listen, err);
	if (r)
		return r;
	h->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, h->socket,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)TIMEOUT_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HEAD_MAX, MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_UNESCAPE_CALLBACK, unescape, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
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
	while (h->first)
		let_go(h);
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

	h->until = osci_clock_mono_ms() + TURN_MS;
	h->long_done = false;
	cut_late(h);
	for (unsigned i = 0; i < TURNS_MAX && osci_clock_mono_ms() < h->until; i++) {
		MHD_run(h->daemon);
		/* Octets that were read and not yet worked on do not show at the descriptor. */
		if (MHD_get_timeout(h->daemon, &wait) != MHD_YES || wait > 0)
			break;
	}
	if (h->first)
		let_go(h); /* shows at the descriptor */
}
