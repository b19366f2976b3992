/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz-http - from the octets of a connection to a body, at both ends
 *
 * First octet: 's' the rest is what a client sends to our server; 'c' what a server answers our client.  Real
 * sockets on loopback, small limits, a spool that starts at MEMORY_MARK octets.  No body larger than the limit, and
 * none whose connection ended early, may reach anybody.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <osci/http.h>

#define BODY_MAX 16384u
#define MEMORY_MARK 1024u
#define SPOOL_MAX (1024u * 1024)
#define WAIT_MS 50
#define ROUNDS 400 /* of a client's poll */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct osci_limits limits;
static struct osci_spool *spool;
static struct osci_http_server *server;
static struct osci_http *client;
static struct sockaddr_in us = { .sin_family = AF_INET };
static int listener = -1;
static char client_url[64];
static char dir[] = "/tmp/fuzz-http-XXXXXX";

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void check_body(const struct osci_blob *body)
{
	unsigned char octets[BODY_MAX];

	need(osci_blob_len(body) <= BODY_MAX);
	need(!osci_blob_read(body, 0, octets, (size_t)osci_blob_len(body), NULL));
}

static int handle(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	(void)arg;
	check_body(request->body);
	need(!strcmp(request->path, "/osci") && request->peer);
	reply->data = malloc(2);
	need(reply->data);
	memcpy(reply->data, "ok", 2);
	reply->len = 2;
	return 200;
}

static void clean(void)
{
	osci_http_server_stopp(&server);
	osci_http_freep(&client);
	osci_spool_unrefp(&spool);
	rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const struct osci_http_path path = { "/osci", OSCI_HTTP_POST };
	const struct osci_spool_conf spooling = { .dir = mkdtemp(dir), .memory = MEMORY_MARK, .max = SPOOL_MAX };
	struct osci_http_server_conf conf = { .listen = "127.0.0.1:0", .paths = &path, .n_paths = 1, .threads = 1,
					      .limits = &limits, .handler = handle };
	struct osci_http_conf client_conf = { .limits = &limits };
	struct sockaddr_in bound = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(bound);

	(void)argc;
	(void)argv;
	osci_limits_default(&limits);
	limits.http_body = BODY_MAX;
	limits.total_ms = limits.idle_ms = limits.connect_ms = WAIT_MS;
	need(spooling.dir && !osci_spool_new(&spool, &spooling, NULL));
	conf.spool = client_conf.spool = spool;
	need(!osci_http_server_start(&server, &conf, NULL) && !osci_http_new(&client, &client_conf, NULL));
	us.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	us.sin_port = htons((uint16_t)osci_http_server_port(server));
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	need(listener >= 0 && !bind(listener, (struct sockaddr *)&bound, sizeof(bound)) && !listen(listener, 16) &&
	     !getsockname(listener, (struct sockaddr *)&bound, &len));
	snprintf(client_url, sizeof(client_url), "http://127.0.0.1:%u/osci", ntohs(bound.sin_port));
	atexit(clean);
	return 0;
}

/* Sends everything, says that nothing follows, reads until the other end closes. */
static void talk(int fd, const uint8_t *data, size_t size)
{
	struct pollfd p = { .fd = fd };
	size_t at = 0;
	char buf[4096];
	ssize_t n;

	for (;;) {
		p.events = (short)(POLLIN | (at < size ? POLLOUT : 0));
		if (poll(&p, 1, 2 * WAIT_MS) <= 0)
			return;
		if (p.revents & POLLIN) {
			n = read(fd, buf, sizeof(buf));
			if (n <= 0)
				return;
		} else if (p.revents & (POLLERR | POLLHUP)) {
			return;
		}
		if (p.revents & POLLOUT) {
			n = send(fd, data + at, size - at, MSG_NOSIGNAL);
			if (n < 0)
				return;
			at += (size_t)n;
			if (at == size)
				shutdown(fd, SHUT_WR);
		}
	}
}

static void to_server(const uint8_t *data, size_t size)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	need(fd >= 0);
	if (!connect(fd, (struct sockaddr *)&us, sizeof(us)) && fcntl(fd, F_SETFL, O_NONBLOCK) == 0) {
		if (!size)
			shutdown(fd, SHUT_WR);
		talk(fd, data, size);
	}
	close(fd);
}

static void done(void *arg, int result, long status, struct osci_blob *body, const struct osci_err *err)
{
	(void)status;
	*(bool *)arg = true;
	if (!result)
		check_body(body);
	else
		need(result == OSCI_E_NETWORK || result == OSCI_E_LIMIT || result < 0);
	need(!result || err);
}

/* The peer waits for the head of the order, then sends its octets and closes. */
static void from_server(const uint8_t *data, size_t size)
{
	struct osci_stream *stream = NULL;
	struct osci_blob *order = NULL;
	bool over = false, sent = false;
	unsigned round;
	char buf[4096];
	int fd = -1;

	if (osci_blob_copy(&order, "order", 5) || osci_stream_of_blob(&stream, order) ||
	    osci_http_post_stream(client, client_url, stream, done, &over, NULL, NULL))
		abort();
	for (round = 0; round < ROUNDS && !over; round++) {
		osci_http_poll(client, fd < 0 ? listener : -1, fd < 0 || !sent ? 5 : WAIT_MS);
		if (fd < 0)
			fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0 && !sent && read(fd, buf, sizeof(buf)) > 0) {
			if (size && send(fd, data, size, MSG_NOSIGNAL) < 0)
				break;
			shutdown(fd, SHUT_WR);
			sent = true;
		}
	}
	need(over || osci_http_active(client) == 0 || round == ROUNDS);
	need(over);
	if (fd >= 0)
		close(fd);
	osci_blob_unref(order);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == 's')
		to_server(data + 1, size - 1);
	else if (size && data[0] == 'c')
		from_server(data + 1, size - 1);
	need(osci_spool_used(spool) <= SPOOL_MAX);
	return 0;
}
