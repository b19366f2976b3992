/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_http - server and client on loopback, and octets whose value follows from their place
 */
#ifndef T_HTTP_H
#define T_HTTP_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include <osci/http.h>
#include "blob/blob.h"
#include "lib/t_octet.h"
#include "transport/t_net.h"

#define T_KIB ((size_t)1024)
#define T_MIB ((size_t)1024 * 1024)

/* A stream of the pattern; fails with @error when @fail_at octets are out (UINT64_MAX = never). */
struct t_source {
	uint64_t at, fail_at;
	int error;
};

static atomic_int t_sources; /* alive */

static inline int t_source_read(void *self, void *buf, size_t size, size_t *ret_n, struct osci_err *err)
{
	struct t_source *s = self;
	unsigned char *out = buf;
	size_t i;

	if (s->at >= s->fail_at)
		return osci_fail(err, s->error, NULL, "source", "broken");
	if (size > s->fail_at - s->at)
		size = (size_t)(s->fail_at - s->at);
	for (i = 0; i < size; i++)
		out[i] = t_octet(s->at + i);
	s->at += size;
	*ret_n = size;
	return 0;
}

static inline void t_source_free(void *self)
{
	atomic_fetch_sub(&t_sources, 1);
	free(self);
}

static inline struct osci_stream *t_stream(uint64_t len, uint64_t fail_at, int error)
{
	static const struct osci_stream_ops ops = { t_source_read, t_source_free };
	struct t_source *self = calloc(1, sizeof(*self));
	struct osci_stream *s = NULL;

	*self = (struct t_source){ .fail_at = fail_at, .error = error };
	atomic_fetch_add(&t_sources, 1);
	if (osci_stream_new(&s, &ops, self, len))
		abort();
	return s;
}

/* True if @b is the pattern from its first octet on. */
static inline bool t_is_pattern(const struct osci_blob *b)
{
	unsigned char *chunk = malloc(OSCI_BLOB_CHUNK);
	uint64_t len = osci_blob_len(b), at;
	bool good = true;
	size_t n, i;

	for (at = 0; at < len && good; at += n) {
		n = len - at < OSCI_BLOB_CHUNK ? (size_t)(len - at) : OSCI_BLOB_CHUNK;
		if (osci_blob_read(b, at, chunk, n, NULL))
			good = false;
		for (i = 0; i < n && good; i++)
			good = chunk[i] == t_octet(at + i);
	}
	free(chunk);
	return good;
}

static const struct osci_http_path t_osci_path = { "/osci", OSCI_HTTP_POST };

static inline struct osci_http_server *t_server(struct osci_http_server_conf conf)
{
	struct osci_http_server *s = NULL;
	struct osci_err err = { 0 };

	conf.listen = conf.listen ? conf.listen : "127.0.0.1:0";
	conf.threads = conf.threads ? conf.threads : 2;
	if (!conf.paths) {
		conf.paths = &t_osci_path;
		conf.n_paths = 1;
	}
	if (osci_http_server_start(&s, &conf, &err))
		fail_msg("%s: %s", err.where, err.what);
	return s;
}

static inline struct osci_http *t_client(struct osci_http_conf conf)
{
	struct osci_http *h = NULL;

	assert_int_equal(osci_http_new(&h, &conf, NULL), 0);
	return h;
}

static inline const char *t_url(const struct osci_http_server *s, const char *path)
{
	static char url[200];

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", osci_http_server_port(s), path);
	return url;
}

static inline struct osci_spool *t_spool(const char *dir, size_t memory, uint64_t max)
{
	struct osci_spool_conf conf = { .dir = dir, .memory = memory, .max = max };
	struct osci_spool *s = NULL;

	assert_int_equal(osci_spool_new(&s, &conf, NULL), 0);
	return s;
}

struct t_dir {
	char path[32];
};

static inline struct t_dir t_dir_new(void)
{
	struct t_dir d = { "/tmp/t-http-XXXXXX" };

	assert_non_null(mkdtemp(d.path));
	return d;
}

/* What came of an exchange of streams. */
struct t_answer {
	bool done;
	int result;
	long status;
	struct osci_blob *body;
	struct osci_err err;
};

static inline void t_answer_done(void *arg, int result, long status, struct osci_blob *body, const struct osci_err *err)
{
	struct t_answer *a = arg;

	a->done = true;
	a->result = result;
	a->status = status;
	a->body = osci_blob_ref(body);
	a->err = *err;
}

/* Sends @stream and waits; the answer's body is to be unreferenced. */
static inline struct t_answer t_post(struct osci_http *h, const char *url, struct osci_stream *stream)
{
	struct t_answer a = { 0 };

	a.result = osci_http_post_stream(h, url, stream, t_answer_done, &a, NULL, &a.err);
	while (a.result == 0 && !a.done)
		assert_int_equal(osci_http_poll(h, -1, 1000), 0);
	return a;
}

/* The answer is this text, whole. */
static inline void t_says(struct t_answer *a, long status, const char *text)
{
	char got[300];

	if (a->result)
		fail_msg("%s", a->err.what);
	assert_int_equal(a->status, status);
	assert_int_equal(osci_blob_len(a->body), strlen(text));
	assert_int_equal(osci_blob_read(a->body, 0, got, strlen(text), NULL), 0);
	assert_memory_equal(got, text, strlen(text));
	osci_blob_unrefp(&a->body);
}

#endif
