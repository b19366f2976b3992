/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-large - bodies of any size in both directions: memory, marks, limits, streams that fail
 */
#include <signal.h>
#include <sys/resource.h>

#include "transport/t_http.h"

static atomic_int handled;
static atomic_bool spooled; /* the last body lay in a file */

/* The body must be the pattern; it goes back as it came. */
static int echo(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	atomic_fetch_add(&handled, 1);
	atomic_store(&spooled, osci_blob_data(request->body) == NULL);
	if (!t_is_pattern(request->body))
		return 400;
	return osci_stream_of_blob(&reply->stream, request->body) ? -ENOMEM : 200;
}

/* What the server told of requests that it refused. */
static atomic_uint told, told_status;
static _Atomic uint64_t told_octets;

static void refused(void *arg, unsigned status, const char *peer, uint64_t octets)
{
	if (strcmp(peer, "127.0.0.1"))
		abort();
	atomic_store(&told_status, status);
	atomic_store(&told_octets, octets);
	atomic_fetch_add(&told, 1);
}

/* The last one; and how many since the last look. */
static void assert_told(unsigned n, unsigned status, uint64_t octets)
{
	assert_int_equal(atomic_exchange(&told, 0), n);
	assert_int_equal(atomic_load(&told_status), status);
	assert_int_equal(atomic_load(&told_octets), octets);
}

static size_t resident_peak_kib(void)
{
	char line[200];
	size_t kib = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtoul(line + 6, NULL, 10);
	fclose(f);
	assert_true(kib > 0);
	return kib;
}

static void memory_does_not_follow_size(void **state)
{
	static const uint64_t large = 200 * T_MIB;
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 64 * T_KIB, 0);
	struct osci_limits l;
	struct osci_http_server *s;
	struct osci_http *h;
	struct t_answer a;
	size_t before;

	osci_limits_default(&l);
	l.http_body = (size_t)large;
	s = t_server((struct osci_http_server_conf){ .handler = echo, .spool = spool, .limits = &l });
	h = t_client((struct osci_http_conf){ .spool = spool, .limits = &l });
	a = t_post(h, t_url(s, "/osci"), t_stream(T_MIB, UINT64_MAX, 0)); /* libraries take what they need once */
	assert_int_equal(a.result, 0);
	osci_blob_unref(a.body);
	before = resident_peak_kib();
	a = t_post(h, t_url(s, "/osci"), t_stream(large, UINT64_MAX, 0));
	if (a.result)
		fail_msg("%s", a.err.what);
	assert_int_equal(a.status, 200);
	assert_int_equal(osci_blob_len(a.body), large);
	assert_null(osci_blob_data(a.body));
	assert_true(t_is_pattern(a.body));
	print_message("# %zu KiB more for 200 MiB there and back\n", resident_peak_kib() - before);
#ifndef __SANITIZE_ADDRESS__
	assert_true(resident_peak_kib() - before < 16 * T_KIB);
#endif
	osci_blob_unref(a.body);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	assert_int_equal(osci_spool_used(spool), 0);
	assert_int_equal(atomic_load(&t_sources), 0);
	osci_spool_unref(spool);
	assert_int_equal(rmdir(dir.path), 0);
}

static void at_the_memory_mark(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 100000, 0);
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = echo, .spool = spool });
	struct osci_http *h = t_client((struct osci_http_conf){ .spool = spool });
	uint64_t len;

	for (len = 99999; len <= 100001; len++) {
		struct t_answer a = t_post(h, t_url(s, "/osci"), t_stream(len, UINT64_MAX, 0));

		assert_int_equal(a.result, 0);
		assert_int_equal(a.status, 200);
		assert_true(t_is_pattern(a.body));
		assert_int_equal(osci_blob_len(a.body), len);
		assert_int_equal(osci_blob_data(a.body) == NULL, len > 100000);
		assert_int_equal(atomic_load(&spooled), len > 100000);
		osci_blob_unref(a.body);
	}
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_unref(spool);
	rmdir(dir.path);
}

/* 413 as soon as it is known: before the body is sent; chunks, when they are beyond. */
/*
 * The server answers and closes while the body is still coming; then TCP may reset the connection before the answer
 * has been read.  Such a loss proves nothing, so the question is put again.
 */
static struct t_answer post_too_large(struct osci_http *h, struct osci_http_server *s, uint64_t octets)
{
	unsigned before = atomic_load(&told), tries = 20;
	struct t_answer a;

	while ((a = t_post(h, t_url(s, "/osci"), t_stream(octets, UINT64_MAX, 0))).result == OSCI_E_NETWORK && --tries)
		atomic_store(&told, before);
	return a;
}

static void h_03_body_larger_than_limit(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 10000, 0);
	struct osci_limits l;
	struct osci_http_server *s;
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct t_answer a;
	char head[200], answer[500], *chunk;
	int fd, i, before = atomic_load(&handled);

	osci_limits_default(&l);
	l.http_body = 50000;
	s = t_server((struct osci_http_server_conf){ .handler = echo, .spool = spool, .limits = &l, .refused = refused });
	a = t_post(h, t_url(s, "/osci"), t_stream(50000, UINT64_MAX, 0));
	assert_int_equal(a.result, 0);
	assert_int_equal(osci_blob_len(a.body), 50000);
	osci_blob_unref(a.body);
	assert_int_equal(atomic_load(&told), 0);
	a = post_too_large(h, s, 50001);
	t_says(&a, 413, "body too large\n");
	assert_told(1, 413, 50001);
	a = post_too_large(h, s, 50 * T_MIB);
	t_says(&a, 413, "body too large\n");
	/* the head alone is enough */
	fd = t_connect(osci_http_server_port(s));
	snprintf(head, sizeof(head), "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n");
	assert_true(t_send(fd, head, strlen(head)));
	t_recv_all(fd, answer, sizeof(answer));
	assert_non_null(strstr(answer, " 413 "));
	close(fd);
	assert_told(2, 413, 99999999999);
	/* endless chunks: cut, nothing kept, never more than the limit on disk */
	fd = t_connect(osci_http_server_port(s));
	assert_true(t_send(fd, "POST /osci HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n", 60));
	chunk = calloc(1, 10006 + 2);
	memcpy(chunk, "2710\r\n", 6);
	memcpy(chunk + 6 + 10000, "\r\n", 2);
	for (i = 0; i < 100 && t_send(fd, chunk, 10008); i++) {
		usleep(1000);
		assert_true(osci_spool_used(spool) <= 50000);
	}
	assert_true(i < 100);
	close(fd);
	free(chunk);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	assert_int_equal(atomic_load(&told_status), 413);
	assert_true(atomic_load(&told_octets) > 50000 && atomic_load(&told_octets) < 200000);
	assert_int_equal(atomic_exchange(&told, 0), 1);
	assert_int_equal(atomic_load(&handled), before + 1);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_unref(spool);
	rmdir(dir.path);
}

/* No room: the answer says so, and the next one is served. */
static void spool_is_full(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 10000, 300000);
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = echo, .spool = spool,
									      .refused = refused });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct t_answer a;
	int before = atomic_load(&handled);

	a = t_post(h, t_url(s, "/osci"), t_stream(5 * T_MIB, UINT64_MAX, 0));
	t_says(&a, 507, "no room for the body\n");
	assert_told(1, 507, 5 * T_MIB);
	assert_int_equal(osci_spool_used(spool), 0);
	a = t_post(h, t_url(s, "/osci"), t_stream(300000, UINT64_MAX, 0));
	assert_int_equal(a.status, 200);
	osci_blob_unref(a.body);
	assert_int_equal(atomic_load(&handled), before + 1);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	osci_spool_unref(spool);
	rmdir(dir.path);
}

static void disk_is_full(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 10000, 0);
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = echo, .spool = spool });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct rlimit old, now;
	struct t_answer a;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	now = old;
	now.rlim_cur = 100000;
	setrlimit(RLIMIT_FSIZE, &now);
	a = t_post(h, t_url(s, "/osci"), t_stream(T_MIB, UINT64_MAX, 0));
	setrlimit(RLIMIT_FSIZE, &old);
	t_says(&a, 507, "no room for the body\n");
	a = t_post(h, t_url(s, "/osci"), t_stream(T_MIB, UINT64_MAX, 0));
	assert_int_equal(a.status, 200);
	osci_blob_unref(a.body);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	osci_spool_unref(spool);
	rmdir(dir.path);
}

/* The answer does not fit at the client: limit, quota, disk. */
static void no_room_for_the_answer(void **state)
{
	struct t_dir dir = t_dir_new();
	struct osci_spool *spool = t_spool(dir.path, 10000, 300000);
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = echo });
	struct osci_limits l;
	struct osci_http *h;
	struct t_answer a;

	osci_limits_default(&l);
	l.http_body = 400000;
	h = t_client((struct osci_http_conf){ .spool = spool, .limits = &l });
	a = t_post(h, t_url(s, "/osci"), t_stream(400001, UINT64_MAX, 0));
	assert_int_equal(a.result, OSCI_E_LIMIT);
	assert_null(a.body);
	assert_non_null(strstr(a.err.what, "larger than 400000 octets"));
	a = t_post(h, t_url(s, "/osci"), t_stream(300001, UINT64_MAX, 0));
	assert_int_equal(a.result, OSCI_E_LIMIT);
	assert_string_equal(a.err.what, "all files together larger than 300000 octets");
	assert_int_equal(osci_spool_used(spool), 0);
	a = t_post(h, t_url(s, "/osci"), t_stream(300000, UINT64_MAX, 0));
	assert_int_equal(a.result, 0);
	osci_blob_unref(a.body);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	osci_spool_unref(spool);
	rmdir(dir.path);
}

/* What is sent fails: its own error comes back, and the server never sees a complete body. */
static void request_fails_in_the_middle(void **state)
{
	static const uint64_t at[] = { 0, 1, 70000, 999999 };
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = echo });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	int before = atomic_load(&handled);
	struct t_answer a;
	size_t i;

	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		a = t_post(h, t_url(s, "/osci"), t_stream(T_MIB, at[i], i % 2 ? OSCI_E_DECRYPT : -EIO));
		assert_int_equal(a.result, i % 2 ? OSCI_E_DECRYPT : -EIO);
		assert_string_equal(a.err.where, "source");
		assert_null(a.body);
	}
	assert_int_equal(atomic_load(&handled), before);
	assert_int_equal(atomic_load(&t_sources), 0);
	a = t_post(h, t_url(s, "/osci"), t_stream(T_MIB, UINT64_MAX, 0));
	assert_int_equal(a.result, 0);
	osci_blob_unref(a.body);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

/* The stream of the answer fails where the body says. */
static int breaks(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	unsigned char at = 0;

	if (osci_blob_read(request->body, 0, &at, 1, NULL))
		return 500;
	reply->content_type = "application/octet-stream";
	reply->stream = t_stream(T_MIB, at == 'z' ? UINT64_MAX : (uint64_t)(at - 'a') * 100000, -EIO);
	return at == 'y' ? OSCI_HTTP_CUT_BODY : 200;
}

static void answer_fails_in_the_middle(void **state)
{
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = breaks });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct osci_blob *b = NULL;
	unsigned char *data = NULL;
	struct osci_err err;
	const char *c;
	size_t n;

	for (c = "abcjy"; *c; c++) {
		struct osci_blob *body = NULL;
		struct osci_stream *stream = NULL;

		osci_blob_copy(&body, c, 1);
		osci_stream_of_blob(&stream, body);
		osci_blob_unref(body);
		assert_int_equal(osci_http_exchange_stream(h, t_url(s, "/osci"), stream, NULL, &b, &err), OSCI_E_NETWORK);
		assert_null(b);
		assert_non_null(strstr(err.what, "cut"));
	}
	assert_int_equal(atomic_load(&t_sources), 0);
	assert_int_equal(osci_http_exchange(h, t_url(s, "/osci"), "z", 1, &data, &n, &err), 0);
	assert_int_equal(n, T_MIB);
	free(data);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

/* A message that is expected back comes with 200, or as a fault with 500: a wrong path is called that. */
static void statuses_of_a_message(void **state)
{
	struct osci_http_server *s = t_server((struct osci_http_server_conf){ .handler = breaks });
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct osci_blob *b = NULL;
	struct osci_err err;
	char text[100];

	assert_int_equal(osci_http_exchange_stream(h, t_url(s, "/wrong"), t_stream(9, UINT64_MAX, 0), NULL, &b, &err),
			 OSCI_E_NETWORK);
	snprintf(text, sizeof(text), "127.0.0.1:%u answers with HTTP status 404: nothing at this path",
		 osci_http_server_port(s));
	assert_string_equal(err.what, text);
	assert_null(b);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
}

/* A stream is taken whatever happens. */
static void streams_are_taken(void **state)
{
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	struct osci_blob *b = NULL;
	struct t_answer a = { 0 };
	struct osci_err err;
	uint64_t id;

	assert_int_equal(osci_http_post_stream(h, "ftp://x/", t_stream(9, UINT64_MAX, 0), t_answer_done, &a, NULL, &err),
			 OSCI_E_USAGE);
	assert_int_equal(osci_http_exchange_stream(h, "https://127.0.0.1:1/", t_stream(9, UINT64_MAX, 0), NULL, &b, &err),
			 OSCI_E_USAGE);
	assert_int_equal(atomic_load(&t_sources), 0);
	assert_int_equal(osci_http_post_stream(h, "http://127.0.0.1:1/", t_stream(9, UINT64_MAX, 0), t_answer_done, &a, &id,
					       &err), 0);
	osci_http_cancel(h, id);
	assert_int_equal(atomic_load(&t_sources), 0);
	assert_int_equal(osci_http_post_stream(h, "http://127.0.0.1:1/", t_stream(9, UINT64_MAX, 0), t_answer_done, &a, &id,
					       &err), 0);
	osci_http_freep(&h);
	assert_int_equal(atomic_load(&t_sources), 0);
	assert_false(a.done);
}

/* A connection that the server has closed meanwhile: octets in memory are sent again. */
static void *closes_each_second(void *arg)
{
	int fd = *(int *)arg, c, i;
	char request[5000];

	for (i = 0; i < 2; i++) {
		c = accept(fd, NULL, NULL);
		if (t_recv_request(c, request, sizeof(request)))
			t_send(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 40);
		if (i == 0) /* takes the next request on it and closes without an answer */
			t_recv_request(c, request, sizeof(request));
		close(c);
	}
	return NULL;
}

static void sent_again_on_a_new_connection(void **state)
{
	struct osci_http *h = t_client((struct osci_http_conf){ 0 });
	unsigned char *answer = NULL;
	unsigned port;
	int fd = t_listen(&port), i;
	pthread_t t;
	char url[64];
	size_t n;

	pthread_create(&t, NULL, closes_each_second, &fd);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
	for (i = 0; i < 2; i++) {
		struct osci_err err = { 0 };

		if (osci_http_exchange(h, url, "hello", 5, &answer, &n, &err))
			fail_msg("%d: %s", i, err.what);
		assert_int_equal(n, 2);
		assert_string_equal((char *)answer, "ok");
		free(answer);
	}
	pthread_join(t, NULL);
	close(fd);
	osci_http_freep(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_does_not_follow_size),
		cmocka_unit_test(at_the_memory_mark),
		cmocka_unit_test(h_03_body_larger_than_limit),
		cmocka_unit_test(spool_is_full),
		cmocka_unit_test(disk_is_full),
		cmocka_unit_test(no_room_for_the_answer),
		cmocka_unit_test(request_fails_in_the_middle),
		cmocka_unit_test(answer_fails_in_the_middle),
		cmocka_unit_test(statuses_of_a_message),
		cmocka_unit_test(streams_are_taken),
		cmocka_unit_test(sent_again_on_a_new_connection),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
