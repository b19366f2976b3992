/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-hostile-client - what our server does with clients that lie, stall or flood
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <cmocka.h>

#include <osci/http.h>
#include "transport/t_net.h"

static atomic_int calls;
static char last_body[4096];
static struct osci_http_server *server;

static int handler(void *arg, const char *peer, const void *body, size_t len, unsigned char **ret, size_t *ret_len)
{
	atomic_fetch_add(&calls, 1);
	snprintf(last_body, sizeof(last_body), "%.*s", (int)(len < 4000 ? len : 4000), (const char *)body);
	*ret = (unsigned char *)strdup("answer");
	*ret_len = 6;
	return 200;
}

static int begin(void **state)
{
	struct osci_limits l;
	struct osci_http_server_conf conf = { .listen = "127.0.0.1:0", .path = "/osci", .threads = 2, .limits = &l,
					      .handler = handler };

	osci_limits_default(&l);
	l.idle_ms = 400;
	l.total_ms = 1500;
	l.http_body = 100000;
	l.http_head = 16384;
	l.connections = 24;
	l.connections_peer = 20;
	atomic_store(&calls, 0);
	last_body[0] = '\0';
	return osci_http_server_start(&server, &conf, NULL);
}

static int end(void **state)
{
	osci_http_server_stopp(&server);
	return 0;
}

/* Sends it all and reads until the server closes. */
static size_t talk_raw(const void *data, size_t len, char *out, size_t size)
{
	int fd = t_connect(osci_http_server_port(server));
	size_t n;

	t_send(fd, data, len);
	shutdown(fd, SHUT_WR);
	n = t_recv_all(fd, out, size);
	close(fd);
	return n;
}

static const char *talk(const char *text)
{
	static char out[65536];

	talk_raw(text, strlen(text), out, sizeof(out));
	return out;
}

static void status(const char *request, int code)
{
	const char *answer = talk(request);
	char want[16];

	snprintf(want, sizeof(want), "HTTP/1.1 %d", code);
	if (strncmp(answer, want, 12) != 0)
		fail_msg("%.60s\n%.100s\n%d expected", request, answer, code);
	assert_null(strstr(answer, "microhttpd"));
	assert_null(strstr(answer, "Server:"));
}

static void good(void **state)
{
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 200);
	assert_string_equal(last_body, "hello");
	status("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200);
	assert_string_equal(last_body, "abcde");
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	       "Content-Length: 7\r\n\r\na=b&c=d", 200);
	assert_string_equal(last_body, "a=b&c=d"); /* never taken apart */
	assert_int_equal(atomic_load(&calls), 3);
}

static void kept_alive(void **state)
{
	int fd = t_connect(osci_http_server_port(server)), i;
	char out[4096];

	for (i = 0; i < 5; i++) {
		static const char text[] = "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";

		assert_true(t_send(fd, text, sizeof(text) - 1));
		assert_true(t_recv_request(fd, out, sizeof(out)));
		assert_non_null(strstr(out, "answer"));
		assert_non_null(strstr(out, "Content-Type: text/xml\r\n"));
	}
	close(fd);
	assert_int_equal(atomic_load(&calls), 5);
}

static void refused_by_head(void **state)
{
	status("GET /osci HTTP/1.1\r\nHost: x\r\n\r\n", 200);
	status("GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404);
	status("POST /osci/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 404);
	status("POST /OSCI HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 404);
	status("PUT /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", 405);
	status("DELETE /osci HTTP/1.1\r\nHost: x\r\n\r\n", 405);
	status("POST /osci HTTP/1.1\r\nHost: x\r\n\r\n", 411);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n", 413);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: other\r\n\r\nhello", 417);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nhello", 415);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello", 400);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nhello", 413);
	status("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nhello", 400);
	assert_int_equal(atomic_load(&calls), 0);
}

/* After a bad request nothing behind it is read as another one. */
static void no_smuggling(void **state)
{
	static const char *const texts[] = {
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nbad",
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 0\r\n\r\n"
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nbad",
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n"
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nbad",
		"PUT /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nPOST"
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nbad",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *answer = talk(texts[i]);

		assert_int_equal(strncmp(answer, "HTTP/1.1 4", 10), 0);
		assert_null(strstr(answer + 8, "HTTP/1.1"));
	}
	assert_int_equal(atomic_load(&calls), 0);
}

static void corpus(void **state)
{
	static const char *const names[] = { "chunk-size-overflow", "cl-and-te", "negative-length",
					     "length-larger-than-body" };
	const char *shared = getenv("XAUSL_SHARED");
	size_t i;

	for (i = 0; i < 4; i++) {
		char path[4096], data[4096], out[4096];
		size_t n;
		FILE *f;

		snprintf(path, sizeof(path), "%s/security/corpus/http/%s.http", shared ? shared : ".", names[i]);
		f = fopen(path, "rb");
		if (!f) {
			print_message("# SKIP no corpus of hostile requests\n");
			skip();
		}
		n = fread(data, 1, sizeof(data), f);
		fclose(f);
		talk_raw(data, n, out, sizeof(out));
		assert_null(strstr(out, " 200 "));
	}
	assert_int_equal(atomic_load(&calls), 0);
}

static void garbage(void **state)
{
	static const char *const texts[] = {
		"\r\n\r\n\r\n", "garbage\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST /osci HTTP/7.7\r\n\r\n",
		"POST /osci\r\n\r\n", "\x16\x03\x01\x02\x01\x01\xfc\x03\x03", "POST /osci HTTP/1.1\r\nNo colon here\r\n\r\n",
		"POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nxx\r\n0\r\n\r\n",
		"POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\nxx\r\n0\r\n\r\n",
		"POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello",
		"POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhello",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(strstr(talk(texts[i]), " 200 "));
	assert_int_equal(atomic_load(&calls), 0);
	good(state);
}

static void large_head(void **state)
{
	size_t len = 1024 * 1024, i;
	char *text = malloc(len + 64), out[4096];
	int n = snprintf(text, 64, "POST /osci HTTP/1.1\r\nHost: x\r\n");

	for (i = (size_t)n; i < len; i++)
		text[i] = i % 64 == 63 ? '\n' : i % 64 == 62 ? '\r' : i % 64 == 10 ? ':' : 'a';
	talk_raw(text, len, out, sizeof(out));
	assert_null(strstr(out, " 200 "));
	memset(text + n, 'a', len - (size_t)n);
	talk_raw(text, len, out, sizeof(out));
	assert_null(strstr(out, " 200 "));
	free(text);
	assert_int_equal(atomic_load(&calls), 0);
	good(state);
}

/* Chunks have no length in front: they are counted, and cut. */
static void endless_chunks(void **state)
{
	static const char head[] = "POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
	int fd = t_connect(osci_http_server_port(server)), i;
	char chunk[1024 + 8];

	assert_int_equal(snprintf(chunk, sizeof(chunk), "400\r\n"), 5);
	memset(chunk + 5, 'x', 1024);
	memcpy(chunk + 5 + 1024, "\r\n", 2);
	assert_true(t_send(fd, head, sizeof(head) - 1));
	for (i = 0; i < 20000 && t_send(fd, chunk, 5 + 1024 + 2); i++)
		;
	assert_true(i < 20000);
	close(fd);
	assert_int_equal(atomic_load(&calls), 0);
}

/* Sends one octet now and then; how long is it let? */
static int64_t drip(const char *head, unsigned pause_ms)
{
	int fd = t_connect(osci_http_server_port(server));
	int64_t start = t_ms();
	char c;

	t_send(fd, head, strlen(head));
	while (t_ms() - start < 8000) {
		if (!t_send(fd, "a", 1) || recv(fd, &c, 1, MSG_DONTWAIT) == 0)
			break;
		usleep(pause_ms * 1000);
	}
	close(fd);
	return t_ms() - start;
}

static void slow(void **state)
{
	assert_in_range(drip("", 30), 300, 1500);
	assert_in_range(drip("POST /osci HTTP/1.1\r\nX: ", 30), 300, 1500);
	assert_in_range(drip("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", 30), 300, 1800);
	assert_int_equal(atomic_load(&calls), 0);
	good(state);
}

static void silent(void **state)
{
	int fd = t_connect(osci_http_server_port(server));
	int64_t start = t_ms();
	char out[64];

	assert_int_equal(t_recv_all(fd, out, sizeof(out)), 0);
	assert_in_range(t_ms() - start, 300, 1500);
	close(fd);
}

/* Fast enough for the rate, yet not done in the time of an exchange. */
static void beyond_total(void **state)
{
	static const char head[] = "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
	int fd = t_connect(osci_http_server_port(server));
	int64_t start = t_ms();
	char some[100], c;

	memset(some, 'x', sizeof(some));
	t_send(fd, head, sizeof(head) - 1);
	while (t_ms() - start < 8000 && t_send(fd, some, sizeof(some)) && recv(fd, &c, 1, MSG_DONTWAIT) != 0)
		usleep(20 * 1000);
	assert_in_range(t_ms() - start, 1400, 3000);
	close(fd);
}

static void many_connections(void **state)
{
	int fd[30], i, closed = 0;

	for (i = 0; i < 30; i++)
		fd[i] = t_connect(osci_http_server_port(server));
	usleep(100 * 1000);
	for (i = 0; i < 30; i++) {
		char c;

		closed += recv(fd[i], &c, 1, MSG_DONTWAIT) == 0;
	}
	assert_in_range(closed, 10, 10); /* 20 from one address */
	for (i = 0; i < 30; i++)
		close(fd[i]);
	usleep(50 * 1000);
	good(state);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(good),    T(kept_alive), T(refused_by_head), T(no_smuggling), T(corpus),       T(garbage),
		T(large_head), T(endless_chunks), T(slow),     T(silent),       T(beyond_total), T(many_connections),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
