/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-hostile-server - what our client does with servers that lie, stall, cut or flood
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <osci/http.h>
#include "transport/t_net.h"

enum play { SAY, SAY_AND_HOLD, ENDLESS_BODY, ENDLESS_INTERIM, DRIP_HEAD, DRIP_BODY, NEVER, CUT, RESET, ENDLESS_HEAD };

struct script {
	int fd;
	unsigned port;
	enum play play;
	const char *text; /* head and body, or head alone */
	char request[65536];
	pthread_t thread;
};

static void drip(int fd, const char *text)
{
	int i;

	if (!t_send(fd, text, strlen(text)))
		return;
	for (i = 0; i < 300 && t_send(fd, "a", 1); i++)
		usleep(20 * 1000);
}

static void flood(int fd, const char *first, const char *again)
{
	int64_t end = t_ms() + 5000;

	if (!t_send(fd, first, strlen(first)))
		return;
	while (t_ms() < end && t_send(fd, again, strlen(again)))
		;
}

static void play_script(struct script *s, int fd)
{
	static char block[65536];
	struct linger hard = { .l_onoff = 1 };

	if (!t_recv_request(fd, s->request, sizeof(s->request)))
		return;
	switch (s->play) {
	case SAY:
		t_send(fd, s->text, strlen(s->text));
		break;
	case SAY_AND_HOLD:
		t_send(fd, s->text, strlen(s->text));
		usleep(700 * 1000);
		break;
	case ENDLESS_BODY:
		memset(block, 'x', sizeof(block) - 1);
		flood(fd, s->text, block);
		break;
	case ENDLESS_INTERIM:
		flood(fd, "", "HTTP/1.1 102 Processing\r\n\r\n");
		break;
	case ENDLESS_HEAD:
		flood(fd, "HTTP/1.1 200 OK\r\n", "X-Field: value\r\n");
		break;
	case DRIP_HEAD:
		drip(fd, "HTTP/1.1 200 OK\r\nX: ");
		break;
	case DRIP_BODY:
		drip(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
		break;
	case NEVER:
		usleep(900 * 1000);
		break;
	case CUT:
		break;
	case RESET:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
		break;
	}
}

/* A second connection is played too: libcurl may try again on a fresh one. */
static void *serve(void *arg)
{
	struct script *s = arg;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		play_script(s, fd);
		close(fd);
	}
	return NULL;
}

struct outcome {
	int r;
	struct osci_err err;
	char body[4096];
	size_t len;
	int64_t ms;
	char request[65536];
};

static struct outcome run_as(enum play play, const char *text, const struct osci_limits *l)
{
	static struct script s;
	struct osci_http_conf conf = { .limits = l };
	struct osci_http *h = NULL;
	struct outcome o = { 0 };
	unsigned char *answer = NULL;
	char url[64], port[16], *p;
	int64_t begin;
	size_t n = 0;

	memset(&s, 0, sizeof(s));
	s.fd = t_listen(&s.port);
	s.play = play;
	s.text = text;
	assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
	assert_int_equal(osci_http_new(&h, &conf, NULL), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/osci", s.port);
	begin = t_ms();
	o.r = osci_http_exchange(h, url, "<request/>", 10, &answer, &n, &o.err);
	o.ms = t_ms() - begin;
	if (o.r == 0) {
		o.len = n;
		snprintf(o.body, sizeof(o.body), "%s", answer);
	}
	free(answer);
	osci_http_freep(&h);
	shutdown(s.fd, SHUT_RDWR);
	pthread_join(s.thread, NULL);
	close(s.fd);
	memcpy(o.request, s.request, sizeof(o.request));
	/* ports differ from run to run */
	snprintf(port, sizeof(port), "%u", s.port);
	for (p = strstr(o.err.what, port); p; p = strstr(o.err.what, port)) {
		size_t rest = strlen(p + strlen(port)) + 1;

		memcpy(p, "PORT", 4);
		memmove(p + 4, p + strlen(port), rest);
		break;
	}
	return o;
}

static struct osci_limits limits(void)
{
	struct osci_limits l;

	osci_limits_default(&l);
	l.idle_ms = 300;
	l.total_ms = 4000;
	l.connect_ms = 1000;
	l.http_body = 1024 * 1024;
	return l;
}

static struct outcome run(enum play play, const char *text)
{
	struct osci_limits l = limits();

	return run_as(play, text, &l);
}

static void refused(struct outcome o, int code, const char *what)
{
	assert_int_equal(o.r, code);
	if (strcmp(o.err.what, what) != 0)
		fail_msg("\"%s\" is not \"%s\"", o.err.what, what);
	assert_true(o.ms < 4500);
}

static void accepted(void **state)
{
	struct outcome o;

	o = run(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "hello");
	o = run(SAY, "HTTP/1.1 500 Sorry\r\nContent-Length: 5\r\n\r\nfault");
	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "fault");
	o = run(SAY, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "abcde");
	o = run(SAY, "HTTP/1.0 200 OK\r\n\r\nuntil the end");
	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "until the end");
	o = run(SAY, "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok");
	assert_int_equal(o.r, 0);
	o = run(SAY, "HTTP/1.1 102 Processing\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "ok");
	o = run(SAY, "HTTP/1.1 204 No Content\r\n\r\n");
	assert_int_equal(o.r, 0);
	assert_int_equal(o.len, 0);
}

/* What goes out: exact length, no expectation, nothing about us, no coding asked for. */
static void our_request(void **state)
{
	struct outcome o;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	o = run(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(o.r, 0);
	assert_int_equal(strncmp(o.request, "POST /osci HTTP/1.1\r\n", 21), 0);
	assert_non_null(strstr(o.request, "\r\nContent-Type: text/xml\r\n"));
	assert_non_null(strstr(o.request, "\r\nContent-Length: 10\r\n"));
	assert_non_null(strstr(o.request, "\r\n\r\n<request/>"));
	assert_null(strcasestr(o.request, "Expect"));
	assert_null(strcasestr(o.request, "Accept-Encoding"));
	assert_null(strcasestr(o.request, "User-Agent"));
	assert_null(strcasestr(o.request, "curl"));
	assert_null(strcasestr(o.request, "Authorization"));
}

static void redirects(void **state)
{
	struct outcome o = run(SAY, "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/x\r\nContent-Length: 4\r\n\r\ngone");

	assert_int_equal(o.r, 0);
	assert_string_equal(o.body, "gone");
	o = run(SAY, "HTTP/1.1 307 T\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(o.r, 0);
	assert_int_equal(o.len, 0);
}

static void cut_off(void **state)
{
	refused(run(CUT, NULL), OSCI_E_NETWORK, "connection cut by 127.0.0.1:PORT before an answer");
	refused(run(RESET, NULL), OSCI_E_NETWORK, "connection cut by 127.0.0.1:PORT before an answer");
	refused(run(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456"), OSCI_E_NETWORK,
		"answer of 127.0.0.1:PORT cut off after 7 octets");
	refused(run(SAY, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), OSCI_E_NETWORK,
		"answer of 127.0.0.1:PORT cut off after 2 octets");
	refused(run(SAY, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"), OSCI_E_NETWORK,
		"answer of 127.0.0.1:PORT cut off after 2 octets");
}

static void garbage(void **state)
{
	static const char *const texts[] = {
		"garbage\r\n\r\n", "<html>proxy</html>", "HTTP/1.1 2OO OK\r\n\r\n", "HTTP/9.9 200 OK\r\n\r\n", "\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\nx",
		"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct outcome o = run(SAY, texts[i]);

		if (o.r != OSCI_E_NETWORK)
			fail_msg("%s: %d %s", texts[i], o.r, o.body);
		assert_null(strstr(o.err.what, "html")); /* nothing of what came is repeated */
	}
}

static void too_much(void **state)
{
	struct osci_limits l = limits();

	refused(run(ENDLESS_BODY, "HTTP/1.1 200 OK\r\n\r\n"), OSCI_E_LIMIT, "answer of 127.0.0.1:PORT larger than 1048576 octets");
	refused(run(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"), OSCI_E_LIMIT,
		"answer of 127.0.0.1:PORT larger than 1048576 octets");
	refused(run(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\n"), OSCI_E_LIMIT,
		"answer of 127.0.0.1:PORT larger than 1048576 octets");
	refused(run(ENDLESS_INTERIM, NULL), OSCI_E_LIMIT, "head of the answer of 127.0.0.1:PORT larger than 65536 octets");
	refused(run(ENDLESS_HEAD, NULL), OSCI_E_LIMIT, "head of the answer of 127.0.0.1:PORT larger than 65536 octets");
	l.http_body = 5;
	assert_int_equal(run_as(SAY, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", &l).r, 0);
	assert_int_equal(run_as(SAY, "HTTP/1.0 200 OK\r\n\r\nhello!", &l).r, OSCI_E_LIMIT);
}

static void content_coding(void **state)
{
	refused(run(SAY, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"), OSCI_E_NETWORK,
		"answer of 127.0.0.1:PORT has a content coding");
	refused(run(SAY, "HTTP/1.1 200 OK\r\ncontent-encoding:br\r\nContent-Length: 5\r\n\r\nhello"), OSCI_E_NETWORK,
		"answer of 127.0.0.1:PORT has a content coding");
}

static void slow(void **state)
{
	struct osci_limits l = limits();
	struct outcome o;

	refused(run(DRIP_HEAD, NULL), OSCI_E_NETWORK, "127.0.0.1:PORT moved fewer than 1024 octets per second for 300 ms");
	refused(run(DRIP_BODY, NULL), OSCI_E_NETWORK, "127.0.0.1:PORT moved fewer than 1024 octets per second for 300 ms");
	refused(run(SAY_AND_HOLD, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"), OSCI_E_NETWORK,
		"127.0.0.1:PORT moved fewer than 1024 octets per second for 300 ms");
	l.total_ms = 400;
	o = run_as(NEVER, NULL, &l);
	refused(o, OSCI_E_NETWORK, "no answer of 127.0.0.1:PORT within 400 ms");
	l.total_ms = 500;
	l.idle_ms = 60000;
	refused(run_as(DRIP_BODY, NULL, &l), OSCI_E_NETWORK, "answer of 127.0.0.1:PORT not complete within 500 ms");
}

/* The time in which a peer thinks is not idle time. */
static void late_answer(void **state)
{
	struct osci_limits l = limits();
	struct outcome o;

	l.idle_ms = 200;
	o = run_as(NEVER, NULL, &l); /* 900 ms of silence, then a cut: it is the cut that is reported */
	refused(o, OSCI_E_NETWORK, "connection cut by 127.0.0.1:PORT before an answer");
	assert_true(o.ms >= 800);
}

static void nobody_there(void **state)
{
	struct osci_limits l = limits();
	struct osci_http_conf conf = { .limits = &l };
	struct osci_http *h = NULL;
	struct osci_err err;
	unsigned char *answer;
	char url[64], text[128];
	unsigned port;
	size_t n;
	int fd = t_listen(&port);

	close(fd);
	assert_int_equal(osci_http_new(&h, &conf, NULL), 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/osci", port);
	assert_int_equal(osci_http_exchange(h, url, "x", 1, &answer, &n, &err), OSCI_E_NETWORK);
	snprintf(text, sizeof(text), "connection refused by 127.0.0.1:%u", port);
	assert_string_equal(err.what, text);
	assert_int_equal(osci_http_exchange(h, "http://host.invalid/osci", "x", 1, &answer, &n, &err), OSCI_E_NETWORK);
	assert_string_equal(err.what, "no address known for host.invalid");
	osci_http_freep(&h);
}

static void plain_where_tls_is_meant(void **state)
{
	static struct script s;
	struct osci_limits l = limits();
	struct osci_http_conf conf = { .limits = &l, .ca_file = "/dev/null" };
	struct osci_http *h = NULL;
	struct osci_err err;
	unsigned char *answer;
	char url[64];
	size_t n;

	memset(&s, 0, sizeof(s));
	s.fd = t_listen(&s.port);
	s.text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno";
	assert_int_equal(pthread_create(&s.thread, NULL, serve, &s), 0);
	assert_int_equal(osci_http_new(&h, &conf, NULL), 0);
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/osci", s.port);
	assert_int_equal(osci_http_exchange(h, url, "x", 1, &answer, &n, &err), OSCI_E_NETWORK);
	osci_http_freep(&h);
	shutdown(s.fd, SHUT_RDWR);
	pthread_join(s.thread, NULL);
	close(s.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepted),    cmocka_unit_test(our_request),    cmocka_unit_test(redirects),
		cmocka_unit_test(cut_off),     cmocka_unit_test(garbage),        cmocka_unit_test(too_much),
		cmocka_unit_test(content_coding), cmocka_unit_test(slow),        cmocka_unit_test(late_answer),
		cmocka_unit_test(nobody_there), cmocka_unit_test(plain_where_tls_is_meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
