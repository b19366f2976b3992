/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-requests - what the server makes of requests: paths, methods, peers, and those who mean harm
 */
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>

#include "transport/t_http.h"

static atomic_int handled;
static char last_peer[80], last_path[80], last_method[16]; /* of the one request under way */

static int note(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	unsigned char c = 0;

	atomic_fetch_add(&handled, 1);
	snprintf(last_peer, sizeof(last_peer), "%s", request->peer);
	snprintf(last_path, sizeof(last_path), "%s", request->path);
	snprintf(last_method, sizeof(last_method), "%s", request->method);
	if (osci_blob_len(request->body) == 0)
		return 200; /* in words */
	if (osci_blob_read(request->body, 0, &c, 1, NULL))
		return 500;
	if (c == '4')
		return 404;
	reply->content_type = "text/plain";
	reply->data = (unsigned char *)strdup("noted");
	reply->len = 5;
	return 200;
}

/* Sends @request raw and reads until the server closes. */
static void raw(const struct osci_http_server *s, const char *request, size_t len, char *answer, size_t size)
{
	int fd = t_connect(osci_http_server_port(s));

	t_send(fd, request, len);
	t_recv_all(fd, answer, size);
	close(fd);
}

static const struct osci_http_path paths[] = {
	{ "/osci", OSCI_HTTP_POST },
	{ "/state", OSCI_HTTP_GET },
	{ "/both", OSCI_HTTP_GET | OSCI_HTTP_POST },
};

static void paths_and_methods(void **state)
{
	static const struct {
		const char *request, *status, *want;
		int handled;
	} cases[] = {
		{ "POST /osci HTTP/1.1\r\nContent-Length: 1\r\n", " 200 ", "\r\n\r\nnoted", 1 },
		{ "GET /osci HTTP/1.1\r\n", " 200 ", "\r\n\r\nOSCI-Transport 1.2: messages by POST\n", 0 },
		{ "GET /state HTTP/1.1\r\n", " 200 ", "\r\n\r\nOK\n", 1 },
		{ "GET /state?x=y HTTP/1.1\r\n", " 200 ", "\r\n\r\nOK\n", 1 },
		{ "POST /state HTTP/1.1\r\nContent-Length: 1\r\n", " 405 ", "Allow: GET\r\n", 0 },
		{ "PUT /osci HTTP/1.1\r\nContent-Length: 1\r\n", " 405 ", "Allow: POST, GET\r\n", 0 },
		{ "GET /both HTTP/1.1\r\n", " 200 ", "\r\n\r\nOK\n", 1 },
		{ "POST /both HTTP/1.1\r\nContent-Length: 1\r\n", " 200 ", "\r\n\r\nnoted", 1 },
		{ "GET /state HTTP/1.1\r\nContent-Length: 1\r\n", " 400 ", "no body expected\n", 0 },
		{ "GET /state/ HTTP/1.1\r\n", " 404 ", "not here\n", 0 },
		{ "GET / HTTP/1.1\r\n", " 404 ", "not here\n", 0 },
		{ "POST /osc HTTP/1.1\r\nContent-Length: 1\r\n", " 404 ", "not here\n", 0 },
		{ "POST /osci HTTP/1.1\r\n", " 411 ", "length of the body expected\n", 0 },
		{ "POST /osci HTTP/1.1\r\nContent-Length: 1\r\nContent-Encoding: gzip\r\n", " 415 ", "no content coding", 0 },
	};
	struct osci_http_server *s;
	char request[300], answer[2000];
	size_t i;

	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3 });
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int before = atomic_load(&handled);

		snprintf(request, sizeof(request), "%sHost: x\r\nConnection: close\r\n\r\n%s", cases[i].request,
			 strstr(cases[i].request, "Content-Length") ? "x" : "");
		raw(s, request, strlen(request), answer, sizeof(answer));
		if (!strstr(answer, cases[i].status) || !strstr(answer, cases[i].want) ||
		    atomic_load(&handled) - before != cases[i].handled)
			fail_msg("%s: %s", cases[i].request, answer);
	}
	assert_string_equal(last_path, "/both");
	assert_string_equal(last_method, "POST");
	osci_http_server_stopp(&s);
}

static void get_and_words(void **state)
{
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths,
									      .n_paths = 3 });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct osci_blob *b = NULL;
	struct osci_err err;
	unsigned char *data;
	long status = 0;
	size_t n;

	assert_int_equal(osci_http_get(h, t_url(s, "/state"), &status, &b, &err), 0);
	assert_int_equal(status, 200);
	assert_int_equal(osci_blob_len(b), 3);
	assert_memory_equal(osci_blob_data(b), "OK\n", 3);
	osci_blob_unrefp(&b);
	assert_int_equal(osci_http_get(h, t_url(s, "/nothing"), &status, &b, NULL), 0);
	assert_int_equal(status, 404);
	osci_blob_unrefp(&b);
	assert_int_equal(osci_http_get(h, t_url(s, "/state"), NULL, &b, NULL), 0);
	osci_blob_unrefp(&b);
	assert_int_equal(osci_http_get(h, "gopher://127.0.0.1/", NULL, &b, &err), OSCI_E_USAGE);
	assert_int_equal(osci_http_get(h, "http://127.0.0.1:1/", NULL, &b, &err), OSCI_E_NETWORK);
	assert_null(b);
	assert_int_equal(osci_http_exchange(h, t_url(s, "/osci"), "4", 1, &data, &n, NULL), 0);
	assert_string_equal((char *)data, "Not Found\n");
	free(data);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

/* --- who speaks ---------------------------------------------------------- */

static void forwarded(const struct osci_http_server *s, const char *head, const char *want)
{
	char request[600], answer[600];

	snprintf(request, sizeof(request), "GET /state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s\r\n", head);
	last_peer[0] = '\0';
	raw(s, request, strlen(request), answer, sizeof(answer));
	assert_non_null(strstr(answer, " 200 "));
	assert_string_equal(last_peer, want);
}

static void forwarded_by_a_proxy_of_ours(void **state)
{
	static const char *const proxies[] = { "10.9.8.7", "127.0.0.1", "::1", NULL };
	struct osci_http_server *s = t_server((struct osci_http_server_conf){
		.handler = note, .paths = paths, .n_paths = 3, .proxies = proxies });

	forwarded(s, "", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 192.0.2.5\r\n", "192.0.2.5");
	forwarded(s, "x-forwarded-for:192.0.2.5\r\n", "192.0.2.5");
	forwarded(s, "X-Forwarded-For: 2001:DB8::1\r\n", "2001:db8::1");
	forwarded(s, "X-Forwarded-For: ::ffff:192.0.2.7\r\n", "192.0.2.7");
	/* what the client wrote itself stands before what the proxy added */
	forwarded(s, "X-Forwarded-For: 198.51.100.1, evil, 192.0.2.6 \r\n", "192.0.2.6");
	forwarded(s, "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-For: 192.0.2.8\r\n", "192.0.2.8");
	/* no numeric address: the proxy itself */
	forwarded(s, "X-Forwarded-For: \r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 192.0.2.5,\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: localhost\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 192.0.2.5:80\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 192.0.2.5; DROP\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 0300.0.2.5\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 1234:5678:9abc:def0:1234:5678:9abc:def0:1234:5678:9abc\r\n", "127.0.0.1");
	forwarded(s, "Forwarded: for=192.0.2.5\r\nX-Real-IP: 192.0.2.5\r\n", "127.0.0.1");
	osci_http_server_stopp(&s);
}

static void forwarded_by_a_stranger(void **state)
{
	static const char *const proxies[] = { "127.0.0.2", NULL };
	struct osci_http_server *s = t_server((struct osci_http_server_conf){
		.handler = note, .paths = paths, .n_paths = 3, .proxies = proxies });

	forwarded(s, "X-Forwarded-For: 192.0.2.5\r\n", "127.0.0.1");
	forwarded(s, "X-Forwarded-For: 127.0.0.2\r\n", "127.0.0.1");
	osci_http_server_stopp(&s);
	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3 });
	forwarded(s, "X-Forwarded-For: 192.0.2.5\r\n", "127.0.0.1");
	osci_http_server_stopp(&s);
}

static int connect_from(const char *from, unsigned port)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	struct timeval wait = { .tv_sec = 5 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	inet_pton(AF_INET, from, &a.sin_addr);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	a.sin_port = htons((uint16_t)port);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

/* Asks on an open connection that stays open. */
static bool served(int fd)
{
	static const char get[] = "GET /state HTTP/1.1\r\nHost: x\r\n\r\n";
	char answer[500];
	ssize_t n;

	if (!t_send(fd, get, sizeof(get) - 1))
		return false;
	n = recv(fd, answer, sizeof(answer) - 1, 0);
	return n > 0 && memcmp(answer, "HTTP/1.1 200", 12) == 0;
}

static void connections_of_one_peer(void **state)
{
	static const char *const proxies[] = { "127.0.0.9", NULL };
	struct osci_limits l;
	struct osci_http_server *s;
	unsigned port;
	int fd[16], more, i;

	osci_limits_default(&l);
	l.connections_peer = 3;
	l.connections = 12;
	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3, .limits = &l,
						     .proxies = proxies });
	port = osci_http_server_port(s);
	for (i = 0; i < 3; i++) {
		fd[i] = connect_from("127.0.0.1", port);
		assert_true(served(fd[i]));
	}
	more = connect_from("127.0.0.1", port);
	assert_false(served(more));
	close(more);
	fd[3] = connect_from("127.0.0.5", port); /* another one is */
	assert_true(served(fd[3]));
	for (i = 4; i < 12; i++) {
		fd[i] = connect_from("127.0.0.9", port); /* a proxy brings many */
		assert_true(served(fd[i]));
	}
	more = connect_from("127.0.0.9", port); /* but not more than all together */
	assert_false(served(more));
	close(more);
	close(fd[0]);
	usleep(50 * 1000);
	fd[0] = connect_from("127.0.0.1", port); /* one has gone: another may come */
	assert_true(served(fd[0]));
	for (i = 0; i < 12; i++)
		close(fd[i]);
	osci_http_server_stopp(&s);
}

static void configurations(void **state)
{
	static const char *const bad_proxies[][2] = { { "localhost", NULL }, { "10.0.0.0/8", NULL }, { "", NULL },
						      { "1.2.3", NULL } };
	static const struct osci_http_path bad_paths[] = { { "osci", 1 }, { NULL, 1 }, { "/x", 0 }, { "/x", 4 } };
	struct osci_http_server_conf conf = { .listen = "127.0.0.1:0", .handler = note, .threads = 1, .paths = paths,
					      .n_paths = 0 };
	struct osci_http_server *s = NULL;
	size_t i;

	assert_int_equal(osci_http_server_start(&s, &conf, NULL), OSCI_E_USAGE);
	for (i = 0; i < 4; i++) {
		conf.paths = &bad_paths[i];
		conf.n_paths = 1;
		assert_int_equal(osci_http_server_start(&s, &conf, NULL), OSCI_E_USAGE);
	}
	conf.paths = paths;
	for (i = 0; i < 4; i++) {
		conf.proxies = bad_proxies[i];
		assert_int_equal(osci_http_server_start(&s, &conf, NULL), OSCI_E_USAGE);
	}
	conf.proxies = NULL;
	conf.handler = NULL;
	assert_int_equal(osci_http_server_start(&s, &conf, NULL), OSCI_E_USAGE);
	assert_null(s);
}

/* Stopped while connections come and go, at their limit and below. */
static void *come_and_go(void *arg)
{
	unsigned port = (unsigned)(uintptr_t)arg;
	int i;

	for (i = 0; i < 40; i++) {
		struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0)
			t_send(fd, "GET /state HTTP/1.1\r\nHost: x\r\n\r\n", 33);
		close(fd);
	}
	return NULL;
}

static void stopped_under_load(void **state)
{
	struct osci_limits l;
	unsigned i;

	osci_limits_default(&l);
	for (i = 0; i < 100; i++) {
		struct osci_http_server *s;
		pthread_t t;

		l.connections = 1 + i % 3;
		s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3, .limits = &l });
		pthread_create(&t, NULL, come_and_go, (void *)(uintptr_t)osci_http_server_port(s));
		usleep(i * 37 % 900);
		osci_http_server_stopp(&s);
		pthread_join(t, NULL);
	}
}

/* --- threats ------------------------------------------------------------- */

#define SLOW 1000

static void many_files(rlim_t n)
{
	struct rlimit files;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &files), 0);
	files.rlim_cur = files.rlim_max < n ? files.rlim_max : n;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
	assert_true(files.rlim_cur == n);
}

static void h_01_slow_head_slow_body_no_body(void **state)
{
	static const char *const begin[] = { "", "POST /osci HT", "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
					     "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc" };
	struct osci_limits l;
	struct osci_http_server *s;
	int fd[SLOW], i, alive = SLOW, before = atomic_load(&handled);
	int64_t start, took = 0, t;
	char from[20];

	many_files(2 * SLOW + 100);
	osci_limits_default(&l);
	l.connections = SLOW + 10;
	l.idle_ms = 600;
	l.min_rate = 100;
	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3, .limits = &l });
	for (i = 0; i < SLOW; i++) {
		snprintf(from, sizeof(from), "127.0.%d.%d", 1 + i / 200, 1 + i % 200);
		fd[i] = connect_from(from, osci_http_server_port(s));
		fcntl(fd[i], F_SETFL, O_NONBLOCK);
		t_send(fd[i], begin[i % 4], strlen(begin[i % 4]));
	}
	/* each gets an octet now and then, which must not keep it; others are served meanwhile */
	for (start = t_ms(); alive > 0 && t_ms() - start < 5000;) {
		struct osci_http *h = t_client((struct osci_http_conf){ 0 });
		unsigned char *answer = NULL;
		size_t n;

		t = t_ms();
		assert_int_equal(osci_http_exchange(h, t_url(s, "/osci"), "hello", 5, &answer, &n, NULL), 0);
		took = t_ms() - t > took ? t_ms() - t : took;
		free(answer);
		osci_http_freep(&h);
		for (i = 0; i < SLOW; i++) {
			char c;

			if (fd[i] < 0)
				continue;
			if (i % 4)
				t_send(fd[i], "a", 1);
			if (recv(fd[i], &c, 1, 0) == 0 || (errno != EAGAIN && errno != EINTR)) {
				close(fd[i]);
				fd[i] = -1;
				alive--;
			}
		}
		usleep(100 * 1000);
	}
	assert_int_equal(alive, 0);
	assert_in_range(t_ms() - start, 500, 3000);
	assert_true(took < 1000);
	assert_true(atomic_load(&handled) > before);
	osci_http_server_stopp(&s);
}

/* A request with an unclear end is refused, and nothing behind it is taken for another one. */
static void h_02_unclear_lengths(void **state)
{
	static const char second[] = "GET /state HTTP/1.1\r\nHost: x\r\n\r\n";
	static const char *const heads[] = {
		"Content-Length: -1\r\n",
		"Content-Length: +5\r\n",
		"Content-Length: 0x5\r\n",
		"Content-Length: 5 5\r\n",
		"Content-Length: \r\n",
		"Content-Length: 18446744073709551616\r\n",
		"Content-Length: 99999999999999999999999999\r\n",
		"Content-Length: 5\r\nContent-Length: 5\r\n",
		"Content-Length: 5\r\nContent-Length: 6\r\n",
		"Content-Length: 5, 5\r\n",
		"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
		"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
		"Transfer-Encoding: identity\r\n",
		"Transfer-Encoding: gzip, chunked\r\n",
		"Transfer-Encoding: xchunked\r\n",
		"Transfer-Encoding : chunked\r\n",
	};
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths,
									      .n_paths = 3 });
	char request[1000], answer[3000];
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		int before = atomic_load(&handled);

		snprintf(request, sizeof(request), "POST /osci HTTP/1.1\r\nHost: x\r\n%s\r\n%s", heads[i], second);
		raw(s, request, strlen(request), answer, sizeof(answer));
		if ((answer[0] && !strstr(answer, " 400 ") && !strstr(answer, " 411 ") && !strstr(answer, " 413 ")) ||
		    strstr(answer, " 200 ") || atomic_load(&handled) != before)
			fail_msg("%s: %s", heads[i], answer);
	}
	osci_http_server_stopp(&s);
}

static void h_02_broken_chunks_and_fields(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} requests[] = {
#define RAW(text) { text, sizeof(text) - 1 }
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nx"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nx\r\nhello\r\n0\r\n\r\n"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n"),
		RAW("POST /osci HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello"), /* no host */
#undef RAW
	};
	struct osci_limits l;
	struct osci_http_server *s;
	char answer[3000];
	size_t i;

	osci_limits_default(&l);
	l.idle_ms = 500;
	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3, .limits = &l });
	for (i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		int before = atomic_load(&handled);

		raw(s, requests[i].text, requests[i].len, answer, sizeof(answer));
		if (strstr(answer, " 200 ") || atomic_load(&handled) != before)
			fail_msg("%zu: %s", i, answer);
	}
	osci_http_server_stopp(&s);
}

/*
 * libmicrohttpd ends a field or an address at a NUL and takes folded lines as one; neither may move the end of the
 * body: the five octets are the body, and what follows is the next request.
 */
static void h_02_nul_and_folds_move_nothing(void **state)
{
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths,
									      .n_paths = 3 });
	static const struct {
		const char *text;
		size_t len;
	} heads[] = {
#define RAW(text) { text, sizeof(text) - 1 }
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nX: a\0b\r\nContent-Length: 5"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\0" "6"),
		RAW("POST /osci\0 HTTP/1.1\r\nHost: x\r\nContent-Length: 5"),
		RAW("POST /osci HTTP/1.1\r\nHost: x\r\nX: y\r\n Content-Length: 7\r\nContent-Length: 5"),
#undef RAW
	};
	static const char rest[] = "\r\n\r\nhelloGET /state HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	size_t i;

	for (i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char request[400], answer[2000];
		int before = atomic_load(&handled);

		memcpy(request, heads[i].text, heads[i].len);
		memcpy(request + heads[i].len, rest, sizeof(rest) - 1);
		raw(s, request, heads[i].len + sizeof(rest) - 1, answer, sizeof(answer));
		if (strstr(answer, " 200 "))
			assert_int_equal(atomic_load(&handled), before + 2);
		else
			assert_int_equal(atomic_load(&handled), before);
	}
	osci_http_server_stopp(&s);
}

static void h_02_shared_corpus(void **state)
{
	const char *shared = getenv("XAUSL_SHARED");
	char dir[600], path[1000], request[5000], answer[3000];
	struct osci_http_server *s;
	struct osci_limits l;
	struct dirent *e;
	unsigned n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/security/corpus/http", shared ? shared : "");
	d = opendir(dir);
	if (!d) {
		print_message("# SKIP security/corpus/http is not here\n");
		skip();
	}
	osci_limits_default(&l);
	l.idle_ms = 500;
	s = t_server((struct osci_http_server_conf){ .handler = note, .paths = paths, .n_paths = 3, .limits = &l });
	while ((e = readdir(d))) {
		int before = atomic_load(&handled);
		size_t len;
		FILE *f;

		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		if (!strstr(e->d_name, ".http") || !(f = fopen(path, "re")))
			continue;
		len = fread(request, 1, sizeof(request), f);
		fclose(f);
		raw(s, request, len, answer, sizeof(answer));
		if (strstr(answer, " 200 ") || atomic_load(&handled) != before)
			fail_msg("%s: %s", e->d_name, answer);
		n++;
	}
	closedir(d);
	assert_true(n > 0);
	osci_http_server_stopp(&s);
}

static void h_04_head_of_a_mebibyte(void **state)
{
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = note });
	char *request = malloc(T_MIB + 200), answer[3000];
	int fd = t_connect(osci_http_server_port(s));
	size_t at = 0, sent = 0;

	at += (size_t)sprintf(request, "POST /osci HTTP/1.1\r\nHost: x\r\nX-Long: ");
	memset(request + at, 'a', T_MIB);
	/* no further than the server reads; then its answer */
	while (sent < T_MIB) {
		ssize_t n = send(fd, request + sent, 4096, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n <= 0)
			break;
		sent += (size_t)n;
		if (sent > 80 * T_KIB) /* behind the limit: give it time to say so */
			usleep(1000);
	}
	assert_true(sent < T_MIB);
	t_recv_all(fd, answer, sizeof(answer));
	assert_true(!answer[0] || strstr(answer, " 431 ") || strstr(answer, " 413 "));
	close(fd);
	free(request);
	osci_http_server_stopp(&s);
}

static void h_07_other_paths_methods_protocols(void **state)
{
	static const struct {
		const char *request, *status; /* NULL: closed or any refusal */
	} cases[] = {
		{ "GET /secret<script> HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", " 404 " },
		{ "POST /osci/../etc HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", " 404 " },
		{ "DELETE /osci HTTP/1.1\r\nHost: x\r\n\r\n", " 405 " },
		{ "OPTIONS /osci HTTP/1.1\r\nHost: x\r\n\r\n", " 405 " },
		{ "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", " 404 " },
		{ "TRACE /osci HTTP/1.1\r\nHost: x\r\nX-Echo: secret\r\n\r\n", " 405 " },
		{ "CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", NULL },
		{ "SECRET /osci HTTP/1.1\r\nHost: x\r\n\r\n", " 405 " },
		{ "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: secret\r\n\r\n", " 417 " },
		{ "GET /osci HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
		  "HTTP2-Settings: AAMAAABkAAQAAP__\r\nConnection: close\r\n\r\n", " 200 " }, /* no switch */
		{ "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", NULL },
		{ "GET http://secret.example/osci HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", " 404 " },
		{ "\r\n\r\n\r\nGARBAGE\r\n\r\n", NULL },
		{ "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", NULL }, /* TLS to a plain port */
	};
	struct osci_limits l;
	struct osci_http_server *s;
	int before = atomic_load(&handled);
	char answer[3000];
	size_t i;

	osci_limits_default(&l);
	l.idle_ms = 500;
	s = t_server((struct osci_http_server_conf){ .handler = note, .limits = &l });
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		raw(s, cases[i].request, strlen(cases[i].request), answer, sizeof(answer));
		if ((cases[i].status ? !strstr(answer, cases[i].status) : !!strstr(answer, " 200 ")) ||
		    strstr(answer, " 101 ") || strstr(answer, "secret") || strcasestr(answer, "\nServer:") ||
		    strcasestr(answer, "microhttpd"))
			fail_msg("%s: %s", cases[i].request, answer);
	}
	assert_int_equal(atomic_load(&handled), before);
	osci_http_server_stopp(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_and_methods),
		cmocka_unit_test(get_and_words),
		cmocka_unit_test(forwarded_by_a_proxy_of_ours),
		cmocka_unit_test(forwarded_by_a_stranger),
		cmocka_unit_test(connections_of_one_peer),
		cmocka_unit_test(configurations),
		cmocka_unit_test(stopped_under_load),
		cmocka_unit_test(h_01_slow_head_slow_body_no_body),
		cmocka_unit_test(h_02_unclear_lengths),
		cmocka_unit_test(h_02_broken_chunks_and_fields),
		cmocka_unit_test(h_02_nul_and_folds_move_nothing),
		cmocka_unit_test(h_02_shared_corpus),
		cmocka_unit_test(h_04_head_of_a_mebibyte),
		cmocka_unit_test(h_07_other_paths_methods_protocols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
