/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-answers - the client and servers that mean harm (H-05)
 */
#include "transport/t_http.h"

struct script {
	int fd;
	const char *answer;  /* sent once */
	const char *forever; /* and this until nobody takes it */
	bool close_early;    /* before the request is read */
	char request[4000];  /* what came */
};

static void *play(void *arg)
{
	struct script *s = arg;
	int c = accept(s->fd, NULL, NULL);

	if (c < 0)
		return NULL;
	if (!s->close_early && t_recv_request(c, s->request, sizeof(s->request))) {
		t_send(c, s->answer, strlen(s->answer));
		while (s->forever && t_send(c, s->forever, strlen(s->forever)))
			;
	}
	shutdown(c, SHUT_WR);
	close(c);
	return NULL;
}

/* One exchange with a server that plays @s; the result, *@ret_status and *@ret the body. */
static int against(struct script *s, const struct osci_limits *l, long *ret_status, struct osci_blob **ret, struct osci_err *err)
{
	struct osci_http *h = t_client((struct osci_http_conf){ .limits = l });
	struct t_answer a;
	unsigned port;
	pthread_t t;
	char url[64];

	memset(err, 0, sizeof(*err));
	s->fd = t_listen(&port);
	pthread_create(&t, NULL, play, s);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/osci", port);
	a = t_post(h, url, t_stream(1000, UINT64_MAX, 0));
	osci_http_freep(&h);
	pthread_join(t, NULL);
	close(s->fd);
	*ret_status = a.status;
	*ret = a.body;
	*err = a.err;
	return a.result;
}

static struct osci_limits tight(void)
{
	struct osci_limits l;

	osci_limits_default(&l);
	l.http_body = 100000;
	l.http_head = 8000;
	l.idle_ms = 500;
	l.total_ms = 2500;
	return l;
}

static void h_05_refused_answers(void **state)
{
	static const struct {
		const char *answer, *forever, *what;
		int result;
	} cases[] = {
		/* without end */
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "5\r\nhello\r\n",
		  "larger than 100000 octets", OSCI_E_LIMIT },
		{ "HTTP/1.1 200 OK\r\n\r\n", "no length, no end", "larger than 100000 octets", OSCI_E_LIMIT },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", NULL, "larger than 100000 octets", OSCI_E_LIMIT },
		{ "", "HTTP/1.1 100 Continue\r\n\r\n", "larger than 8000 octets", OSCI_E_LIMIT },
		{ "", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", "larger than 8000 octets", OSCI_E_LIMIT },
		{ "HTTP/1.1 200 OK\r\n", "X: y\r\n", "larger than 8000 octets", OSCI_E_LIMIT },
		/* no HTTP */
		{ "<html>proxy</html>", NULL, "no HTTP", OSCI_E_NETWORK },
		{ "HTTP/0.9\r\n\r\n", NULL, NULL, OSCI_E_NETWORK },
		{ "SSH-2.0-OpenSSH_9.2\r\n", NULL, "no HTTP", OSCI_E_NETWORK },
		{ "", NULL, NULL, OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 12x\r\n\r\nabc", NULL, NULL, OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\nabc", NULL, NULL, OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", NULL, NULL, OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", NULL, "cut off after 3 octets", OSCI_E_NETWORK },
		/* bombs */
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", NULL, "content coding",
		  OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\ncontent-encoding:\tbr\r\nContent-Length: 3\r\n\r\nabc", NULL, "content coding",
		  OSCI_E_NETWORK },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: identity, gzip\r\nContent-Length: 3\r\n\r\nabc", NULL, "content coding",
		  OSCI_E_NETWORK },
	};
	struct osci_limits l = tight();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script s = { .answer = cases[i].answer, .forever = cases[i].forever };
		struct osci_blob *b = NULL;
		struct osci_err err;
		long status;
		int r = against(&s, &l, &status, &b, &err);

		if (r != cases[i].result || b || (cases[i].what && !strstr(err.what, cases[i].what)))
			fail_msg("%zu %s: %d %s", i, cases[i].answer, r, err.what);
		if (strstr(err.what, "proxy") || strstr(err.what, "OpenSSH"))
			fail_msg("text of the peer: %s", err.what);
	}
}

/* Handed on as they are, for who reads messages to refuse. */
static void h_05_handed_on(void **state)
{
	static const struct {
		const char *answer;
		long status;
		const char *body;
	} cases[] = {
		{ "HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 2\r\n\r\nno", 302, "no" },
		{ "HTTP/1.1 307 Again\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n", 307, "" },
		{ "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", 502, "<html>" },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok" },
		{ "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 2\r\n\r\nok", 200, "ok" },
		{ "HTTP/1.1 200 OK\r\n\r\nno length", 200, "no length" },
	};
	struct osci_limits l = tight();
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct script s = { .answer = cases[i].answer };
		struct t_answer a = { 0 };

		a.result = against(&s, &l, &a.status, &a.body, &a.err);
		t_says(&a, cases[i].status, cases[i].body);
		/* asks for nothing it would not take, and says nothing of itself */
		assert_null(strcasestr(s.request, "Accept-Encoding"));
		assert_null(strcasestr(s.request, "Expect:"));
		assert_null(strcasestr(s.request, "User-Agent"));
		assert_null(strcasestr(s.request, "Authorization"));
		assert_non_null(strstr(s.request, "\r\nContent-Length: 1000\r\n"));
		assert_null(strcasestr(s.request, "Transfer-Encoding"));
	}
}

static void h_05_environment_is_ignored(void **state)
{
	char home[] = "/tmp/t-home-XXXXXX", netrc[64];
	struct osci_limits l = tight();
	struct script s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };
	struct t_answer a = { 0 };
	FILE *f;

	assert_non_null(mkdtemp(home));
	snprintf(netrc, sizeof(netrc), "%s/.netrc", home);
	f = fopen(netrc, "we");
	fputs("default login me password secret\n", f);
	fclose(f);
	setenv("HOME", home, 1);
	setenv("NETRC", netrc, 1);
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	a.result = against(&s, &l, &a.status, &a.body, &a.err);
	t_says(&a, 200, "ok");
	assert_null(strcasestr(s.request, "Authorization"));
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	unlink(netrc);
	rmdir(home);
}

/* One octet now and then is no answer. */
static void *drip(void *arg)
{
	struct script *s = arg;
	int c = accept(s->fd, NULL, NULL), i;

	t_recv_request(c, s->request, sizeof(s->request));
	t_send(c, s->answer, strlen(s->answer));
	for (i = 0; i < 100 && t_send(c, "x", 1); i++)
		usleep(50 * 1000);
	close(c);
	return NULL;
}

static void h_01_slow_answer(void **state)
{
	struct script s = { .answer = "HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" };
	struct osci_limits l = tight();
	struct osci_http *h = t_client((struct osci_http_conf){ .limits = &l });
	int64_t start = t_ms();
	struct t_answer a;
	unsigned port;
	pthread_t t;
	char url[64];

	s.fd = t_listen(&port);
	pthread_create(&t, NULL, drip, &s);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/osci", port);
	a = t_post(h, url, t_stream(1000, UINT64_MAX, 0));
	assert_int_equal(a.result, OSCI_E_NETWORK);
	assert_non_null(strstr(a.err.what, "fewer than 1024 octets per second"));
	assert_true(t_ms() - start < 2500);
	osci_http_freep(&h);
	pthread_join(t, NULL);
	close(s.fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(h_05_refused_answers),
		cmocka_unit_test(h_05_handed_on),
		cmocka_unit_test(h_05_environment_is_ignored),
		cmocka_unit_test(h_01_slow_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
