/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-exchange - client and server together on loopback
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <cmocka.h>

#include <osci/http.h>
#include "transport/t_net.h"

static const struct osci_http_path t_path = { "/osci", OSCI_HTTP_POST };
static atomic_int calls;

/* Answers the body turned round; first octet says what else to do. */
static int handler(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	const unsigned char *in = osci_blob_data(request->body);
	size_t len = (size_t)osci_blob_len(request->body), i;

	atomic_fetch_add(&calls, 1);
	if (strcmp(request->peer, "127.0.0.1") != 0 && strcmp(request->peer, "::1") != 0)
		return 500;
	if (len && in[0] == 'C')
		return -ECONNABORTED;
	if (len && in[0] == 'S')
		usleep(200 * 1000);
	if (len && in[0] == 'V') /* longer than anything else takes on a loaded machine */
		usleep(1500 * 1000);
	reply->data = malloc(len + 1);
	if (!reply->data)
		return -ENOMEM;
	for (i = 0; i < len; i++)
		reply->data[i] = in[len - 1 - i];
	reply->len = len;
	return len && in[0] == 'E' ? 500 : 200;
}

static struct osci_http_server *start(const char *listen, unsigned threads, const struct osci_limits *l)
{
	struct osci_http_server_conf conf = { .listen = listen, .paths = &t_path, .n_paths = 1, .threads = threads, .limits = l,
					      .handler = handler };
	struct osci_http_server *s = NULL;
	struct osci_err err = { 0 };

	if (osci_http_server_start(&s, &conf, &err))
		fail_msg("%s: %s", err.where, err.what);
	assert_true(osci_http_server_port(s) > 0);
	return s;
}

static struct osci_http *client(const struct osci_limits *l)
{
	struct osci_http_conf conf = { .limits = l };
	struct osci_http *h = NULL;

	assert_int_equal(osci_http_new(&h, &conf, NULL), 0);
	return h;
}

static void url_of(char *out, size_t size, const struct osci_http_server *s, const char *path)
{
	snprintf(out, size, "http://127.0.0.1:%u%s", osci_http_server_port(s), path);
}

static void sizes(void **state)
{
	static const size_t lens[] = { 0, 1, 3, 1000, 65536, 300000, 5 * 1024 * 1024 };
	struct osci_http_server *s = start("127.0.0.1:0", 2, NULL);
	struct osci_http *h = client(NULL);
	char url[128];
	size_t i, k, n;

	url_of(url, sizeof(url), s, "/osci");
	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		unsigned char *body = malloc(lens[i] + 1), *answer = NULL;
		struct osci_err err = { 0 };

		for (k = 0; k < lens[i]; k++)
			body[k] = (unsigned char)(k * 7 % 64);
		if (osci_http_exchange(h, url, body, lens[i], &answer, &n, &err))
			fail_msg("%s", err.what);
		assert_int_equal(n, lens[i]);
		for (k = 0; k < n; k++)
			if (answer[k] != body[n - 1 - k])
				fail();
		free(answer);
		free(body);
	}
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	assert_null(s);
}

static void six(void **state)
{
	struct osci_http_server_conf conf = { .listen = "[::1]:0", .paths = &t_path, .n_paths = 1, .threads = 1,
					      .handler = handler };
	struct osci_http_server *s = NULL;
	struct osci_http *h = client(NULL);
	unsigned char *answer;
	char url[64];
	size_t n;

	if (osci_http_server_start(&s, &conf, NULL)) {
		osci_http_freep(&h);
		print_message("# SKIP no IPv6 here\n");
		skip();
	}
	snprintf(url, sizeof(url), "http://[::1]:%u/osci", osci_http_server_port(s));
	assert_int_equal(osci_http_exchange(h, url, "abc", 3, &answer, &n, NULL), 0);
	assert_memory_equal(answer, "cba", 3);
	free(answer);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

static void statuses(void **state)
{
	struct osci_http_server *s = start("127.0.0.1:0", 1, NULL);
	struct osci_http *h = client(NULL);
	struct osci_err err = { 0 };
	unsigned char *answer = NULL;
	char url[128], text[200];
	size_t n;

	url_of(url, sizeof(url), s, "/osci");
	assert_int_equal(osci_http_exchange(h, url, "E1", 2, &answer, &n, &err), 0); /* 500, body read */
	assert_memory_equal(answer, "1E", 2);
	free(answer);
	assert_int_equal(osci_http_exchange(h, url, "C1", 2, &answer, &n, &err), OSCI_E_NETWORK);
	snprintf(text, sizeof(text), "connection cut by 127.0.0.1:%u before an answer", osci_http_server_port(s));
	assert_string_equal(err.what, text);
	url_of(url, sizeof(url), s, "/other");
	assert_int_equal(osci_http_exchange(h, url, "x", 1, &answer, &n, &err), 0);
	assert_string_equal((char *)answer, "not here\n");
	free(answer);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

struct tally {
	int good, bad;
	long status;
};

static void count(void *arg, int result, long status, const void *body, size_t len, const struct osci_err *err)
{
	struct tally *t = arg;

	t->status = status;
	if (result == 0 && status == 200)
		t->good++;
	else
		t->bad++;
}

static void fifty_at_once(void **state)
{
	struct osci_http_server *s;
	struct osci_http *h = client(NULL);
	struct osci_limits l;
	struct tally t = { 0 };
	char url[128], body[5000];
	int64_t begin;
	int i;

	osci_limits_default(&l);
	l.connections_peer = 64;
	s = start("127.0.0.1:0", 10, &l);
	url_of(url, sizeof(url), s, "/osci");
	memset(body, 'S', sizeof(body)); /* the handler sleeps 200 ms */
	begin = t_ms();
	for (i = 0; i < 50; i++)
		assert_int_equal(osci_http_post(h, url, body, sizeof(body), count, &t, NULL, NULL), 0);
	assert_int_equal(osci_http_active(h), 50);
	while (osci_http_active(h))
		assert_int_equal(osci_http_poll(h, -1, 1000), 0);
	assert_int_equal(t.good, 50);
	assert_int_equal(t.bad, 0);
	assert_true(t_ms() - begin < 5000); /* ten workers: five rounds of 200 ms */
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

/* Slow handlers hold their workers, not the connections of others. */
static void get_beside_slow_handlers(void **state)
{
	struct osci_http_server *s = start("127.0.0.1:0", 2, NULL);
	struct osci_http *h = client(NULL);
	struct tally t = { 0 };
	char url[128], answer[1024], body[2] = "S";
	int64_t begin;
	int i, fd;

	url_of(url, sizeof(url), s, "/osci");
	for (i = 0; i < 6; i++)
		osci_http_post(h, url, body, 1, count, &t, NULL, NULL);
	for (i = 0; i < 10; i++)
		osci_http_poll(h, -1, 10);
	begin = t_ms();
	fd = t_connect(osci_http_server_port(s));
	assert_true(t_send(fd, "GET /osci HTTP/1.0\r\n\r\n", 22));
	t_recv_all(fd, answer, sizeof(answer));
	close(fd);
	assert_non_null(strstr(answer, " 200 "));
	assert_non_null(strstr(answer, "OSCI-Transport 1.2"));
	assert_true(t_ms() - begin < 150);
	while (osci_http_active(h))
		osci_http_poll(h, -1, 100);
	assert_int_equal(t.good, 6);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

static void extra_descriptor(void **state)
{
	struct osci_http *h = client(NULL);
	int64_t begin;
	int p[2];

	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	begin = t_ms();
	assert_int_equal(osci_http_poll(h, p[0], 80), 0);
	assert_in_range(t_ms() - begin, 70, 1000);
	assert_int_equal(write(p[1], "x", 1), 1);
	begin = t_ms();
	assert_int_equal(osci_http_poll(h, p[0], 5000), 0);
	assert_true(t_ms() - begin < 1000);
	close(p[0]);
	close(p[1]);
	osci_http_freep(&h);
}

struct chain {
	struct osci_http *h;
	const char *url;
	uint64_t victim;
	int left, victims_done;
};

static void victim_done(void *arg, int result, long status, const void *body, size_t len,
			const struct osci_err *err)
{
	((struct chain *)arg)->victims_done++;
}

static void chain_done(void *arg, int result, long status, const void *body, size_t len,
		       const struct osci_err *err)
{
	struct chain *c = arg;

	assert_int_equal(result, 0);
	osci_http_cancel(c->h, c->victim);
	osci_http_cancel(c->h, c->victim); /* gone already: no harm */
	if (--c->left > 0) {
		assert_int_equal(osci_http_post(c->h, c->url, "V", 1, victim_done, c, &c->victim, NULL), 0);
		assert_int_equal(osci_http_post(c->h, c->url, "ab", 2, chain_done, c, NULL, NULL), 0);
	}
}

static void started_and_cancelled_inside(void **state)
{
	struct osci_http_server *s = start("127.0.0.1:0", 16, NULL);
	struct osci_http *h = client(NULL);
	char url[128];
	struct chain c = { .h = h, .url = url, .left = 8 };

	url_of(url, sizeof(url), s, "/osci");
	assert_int_equal(osci_http_post(h, url, "ab", 2, chain_done, &c, NULL, NULL), 0);
	while (osci_http_active(h))
		assert_int_equal(osci_http_poll(h, -1, 1000), 0);
	assert_int_equal(c.left, 0);
	assert_int_equal(c.victims_done, 0);
	/* an engine may go while exchanges are under way */
	osci_http_post(h, url, "V", 1, victim_done, &c, NULL, NULL);
	osci_http_poll(h, -1, 20);
	osci_http_freep(&h);
	assert_int_equal(c.victims_done, 0);
	osci_http_server_stopp(&s);
}

static void stop_waits_for_handlers(void **state)
{
	struct osci_http_server *s = start("127.0.0.1:0", 1, NULL);
	struct osci_http *h = client(NULL);
	struct tally t = { 0 };
	char url[128];
	int before, i;

	url_of(url, sizeof(url), s, "/osci");
	for (i = 0; i < 5; i++)
		osci_http_post(h, url, "V", 1, count, &t, NULL, NULL);
	for (i = 0; i < 6; i++)
		osci_http_poll(h, -1, 10);
	osci_http_server_stopp(&s);
	before = atomic_load(&calls);
	while (osci_http_active(h))
		osci_http_poll(h, -1, 100);
	assert_int_equal(t.good + t.bad, 5);
	assert_true(t.bad >= 3); /* queued ones were cut */
	assert_int_equal(atomic_load(&calls), before);
	osci_http_freep(&h);
}

static void addresses(void **state)
{
	static const char *const bad_url[] = { "", "ftp://127.0.0.1/", "file:///etc/passwd", "127.0.0.1:80/osci",
					       "http://", "http:///x", "http://u:p@127.0.0.1/", "http://a b/",
					       "http://a/\r\nX: y", "HTTP://a/", "http://a/#f", "https://127.0.0.1:1/osci" };
	static const char *const bad_listen[] = { "", "127.0.0.1", ":80", "127.0.0.1:", "127.0.0.1:65536",
						  "localhost:80", "127.0.0.1:8o", "[::1:80" };
	struct osci_http_server_conf conf = { .paths = &t_path, .n_paths = 1, .threads = 1, .handler = handler };
	struct osci_http_server *s = NULL, *other;
	struct osci_http *h = client(NULL);
	struct osci_err err;
	char listen[64];
	size_t i;

	for (i = 0; i < sizeof(bad_url) / sizeof(bad_url[0]); i++)
		if (osci_http_post(h, bad_url[i], "", 0, count, NULL, NULL, &err) != OSCI_E_USAGE)
			fail_msg("%s", bad_url[i]);
	assert_int_equal(osci_http_active(h), 0);
	osci_http_freep(&h);
	osci_http_freep(&h);
	for (i = 0; i < sizeof(bad_listen) / sizeof(bad_listen[0]); i++) {
		conf.listen = bad_listen[i];
		if (osci_http_server_start(&s, &conf, &err) != OSCI_E_USAGE)
			fail_msg("%s", bad_listen[i]);
	}
	other = start("127.0.0.1:0", 1, NULL);
	snprintf(listen, sizeof(listen), "127.0.0.1:%u", osci_http_server_port(other));
	conf.listen = listen;
	assert_int_equal(osci_http_server_start(&s, &conf, &err), -EADDRINUSE);
	assert_string_equal(err.what, "cannot listen: address is in use");
	conf.threads = 0;
	assert_int_equal(osci_http_server_start(&s, &conf, &err), OSCI_E_USAGE);
	assert_null(s);
	osci_http_server_stopp(&s);
	osci_http_server_stopp(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(six),
		cmocka_unit_test(statuses),
		cmocka_unit_test(fifty_at_once),
		cmocka_unit_test(get_beside_slow_handlers),
		cmocka_unit_test(extra_descriptor),
		cmocka_unit_test(started_and_cancelled_inside),
		cmocka_unit_test(stop_waits_for_handlers),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
