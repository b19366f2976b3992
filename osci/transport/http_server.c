/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_server - takes OSCI messages by POST, and answers GET, over libmicrohttpd
 *
 * One thread moves the octets of all connections (epoll); handlers run in a pool of workers while
 * their connection is suspended; a watch closes who dawdles.  Nothing but the configured paths is served.  With a
 * certificate: TLS 1.2 and 1.3, forward secrecy and authenticated encryption only.
 *
 * Connections are counted by the address of the socket; a trusted proxy brings many peers and is held to the
 * number of all connections alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/text.h"
#include "transport/server_priv.h"

#define LISTEN_BACKLOG 256
#define THREADS_MAX 64
#define PATHS_MAX 32
#define PROXIES_MAX 64
#define MEMORY_INCREMENT (16 * 1024)
#define PEM_MAX (256 * 1024)
#define TLS_PRIORITIES "NONE:+VERS-TLS1.3:+VERS-TLS1.2:+ECDHE-ECDSA:+ECDHE-RSA:+AES-256-GCM:+AES-128-GCM:" \
		       "+CHACHA20-POLY1305:+AEAD:+COMP-NULL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP384R1:" \
		       "+GROUP-SECP521R1:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-ECDSA-SHA512:" \
		       "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384:+SIGN-ECDSA-SECP521R1-SHA512:" \
		       "+SIGN-RSA-PSS-SHA256:+SIGN-RSA-PSS-SHA384:+SIGN-RSA-PSS-SHA512:+SIGN-RSA-PSS-RSAE-SHA256:" \
		       "+SIGN-RSA-PSS-RSAE-SHA384:+SIGN-RSA-PSS-RSAE-SHA512:+SIGN-RSA-SHA256:+SIGN-RSA-SHA384:" \
		       "+SIGN-RSA-SHA512:%SERVER_PRECEDENCE:%SAFE_RENEGOTIATION"

/* --- connections --------------------------------------------------------- */

bool server_trusts(const struct osci_http_server *s, const struct address *a)
{
	size_t i;

	for (i = 0; i < s->n_proxies; i++)
		if (address_equal(&s->proxies[i], a))
			return true;
	return false;
}

static enum MHD_Result on_accept(void *arg, const struct sockaddr *sa, socklen_t len)
{
	struct osci_http_server *s = arg;
	struct address a;

	if (atomic_load(&s->stopping) || !address_of_socket(&a, sa))
		return MHD_NO;
	return server_trusts(s, &a) || watch_count(&s->watch, &a) < s->limits.connections_peer ? MHD_YES : MHD_NO;
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
	if (!conn || !fd || !addr || !address_of_socket(&conn->address, addr->client_addr)) {
		free(conn); /* requests on it are refused for want of a context */
		return;
	}
	conn->fd = fd->connect_fd;
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

static int copy_paths(struct osci_http_server *s, const struct osci_http_server_conf *conf, struct osci_err *err)
{
	size_t i;

	if (conf->n_paths < 1 || conf->n_paths > PATHS_MAX)
		return osci_fail(err, OSCI_E_USAGE, NULL, "server", "1 to %d paths expected", PATHS_MAX);
	s->paths = calloc(conf->n_paths, sizeof(*s->paths));
	if (!s->paths)
		return -ENOMEM;
	for (i = 0; i < conf->n_paths; i++) {
		const struct osci_http_path *p = &conf->paths[i];

		if (!p->path || p->path[0] != '/' || !p->methods || (p->methods & ~(OSCI_HTTP_GET | OSCI_HTTP_POST)))
			return osci_fail(err, OSCI_E_USAGE, NULL, "server", "paths with / and methods expected");
		s->paths[i] = (struct osci_http_path){ strdup(p->path), p->methods };
		s->n_paths = i + 1;
		if (!s->paths[i].path)
			return -ENOMEM;
	}
	return 0;
}

static int read_proxies(struct osci_http_server *s, const struct osci_http_server_conf *conf, struct osci_err *err)
{
	size_t n = 0, i;

	while (conf->proxies && conf->proxies[n])
		n++;
	if (n > PROXIES_MAX)
		return osci_fail(err, OSCI_E_USAGE, NULL, "server", "more than %d proxies", PROXIES_MAX);
	s->proxies = calloc(n + 1, sizeof(*s->proxies));
	if (!s->proxies)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (!address_parse(&s->proxies[i], conf->proxies[i], strlen(conf->proxies[i])))
			return osci_fail(err, OSCI_E_USAGE, NULL, conf->proxies[i], "numeric address of a proxy expected");
	s->n_proxies = n;
	return 0;
}

static int daemon_start(struct osci_http_server *s, const struct osci_http_server_conf *conf, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf cert = OSCI_BUF_INIT(PEM_MAX);
	_cleanup_buf_ struct osci_buf key = OSCI_BUF_INIT(PEM_MAX);
	struct MHD_OptionItem tls[] = {
		{ MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES },
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
	int r;

	if (conf->tls_cert) {
		key.secret = true;
		r = osci_file_read(conf->tls_cert, PEM_MAX, false, &cert, err);
		r = r ? r : osci_file_read(conf->tls_key, PEM_MAX, true, &key, err);
		if (r)
			return r;
		tls[1].ptr_value = cert.data; /* NUL-terminated; read until the daemon has started */
		tls[2].ptr_value = key.data;
		flags |= MHD_USE_TLS;
	}
	s->daemon = MHD_start_daemon(flags, 0, on_accept, s, request_step, s, MHD_OPTION_LISTEN_SOCKET, s->fd,
				     MHD_OPTION_CONNECTION_LIMIT, s->limits.connections,
				     MHD_OPTION_CONNECTION_MEMORY_LIMIT, s->limits.http_head,
				     MHD_OPTION_CONNECTION_MEMORY_INCREMENT, (size_t)MEMORY_INCREMENT,
				     MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, request_completed, s,
				     MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_ARRAY,
				     conf->tls_cert ? tls : none, MHD_OPTION_END);
	if (s->daemon)
		s->fd = -1; /* closed with the daemon */
	if (!s->daemon && conf->tls_cert)
		return osci_fail(err, OSCI_E_KEYFILE, NULL, conf->tls_cert, "certificate and key of the server cannot be used");
	return s->daemon ? 0 : osci_fail(err, -ENOMEM, NULL, "server", "cannot be started");
}

int osci_http_server_start(struct osci_http_server **ret, const struct osci_http_server_conf *conf,
			   struct osci_err *err)
{
	_cleanup_(osci_http_server_stopp) struct osci_http_server *s = NULL;
	int r;

	if (conf->threads < 1 || conf->threads > THREADS_MAX || !conf->handler)
		return osci_fail(err, OSCI_E_USAGE, NULL, "server", "1 to %d threads and a handler expected", THREADS_MAX);
	if (!conf->tls_cert != !conf->tls_key)
		return osci_fail(err, OSCI_E_USAGE, NULL, "server", "certificate and key expected, or neither");
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->spool = conf->spool;
	s->refused = conf->refused;
	s->sink = conf->sink;
	s->arg = conf->arg;
	if (conf->limits)
		s->limits = *conf->limits;
	else
		osci_limits_default(&s->limits);
	r = copy_paths(s, conf, err);
	r = r ? r : read_proxies(s, conf, err);
	r = r ? r : listen_on(s, conf->listen, err);
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
	r = daemon_start(s, conf, err);
	if (r)
		return r;
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
	size_t i;

	*server = NULL;
	if (!s)
		return;
	/*
	 * New connections are closed at once.  MHD_quiesce_daemon() is not used: it and the thread of the daemon may
	 * both take the socket out of the epoll set, and the library aborts the process over the second time.
	 */
	atomic_store(&s->stopping, true);
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
	for (i = 0; i < s->n_paths; i++)
		free((void *)(uintptr_t)s->paths[i].path);
	free(s->paths);
	free(s->proxies);
	free(s);
}
