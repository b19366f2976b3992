/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-tls - https between client and server, and who must not get through (H-06)
 */
#include <curl/curl.h>
#include <microhttpd.h>
#include <openssl/pem.h>

#include "lib/t_keys.h"
#include "transport/t_http.h"

static struct t_dir dir;
static char ca_file[64], other_ca_file[64], cert_file[64], key_file[64];
static struct t_pair ca, other_ca;

static void write_pem(char *out, size_t size, const char *name, const struct t_pair *p, bool key)
{
	FILE *f;

	snprintf(out, size, "%s/%s", dir.path, name);
	unlink(out);
	f = fopen(out, "we");
	assert_non_null(f);
	fchmod(fileno(f), 0600);
	assert_true(key ? PEM_write_PrivateKey(f, p->pkey, NULL, NULL, 0, NULL, NULL) : PEM_write_X509(f, p->x509));
	fclose(f);
}

static struct t_pair make(struct t_pair_opts o)
{
	int64_t now = time(NULL); /* libraries ask the clock */

	o.not_before = o.not_before ? o.not_before : now - 3600;
	o.not_after = o.not_after ? o.not_after : now + 3600;
	o.curve = o.curve || o.bits ? o.curve : "P-256";
	return t_pair_make(&o);
}

static struct t_pair make_ca(const char *cn)
{
	return make((struct t_pair_opts){ .cn = cn, .usage = "keyCertSign", .constraints = "critical,CA:TRUE" });
}

/* Certificate and key of the server are those of @o from now on. */
static void serve_as(struct t_pair_opts o)
{
	struct t_pair p;

	o.usage = o.usage ? o.usage : "digitalSignature";
	o.extended = "serverAuth";
	p = make(o);
	write_pem(cert_file, sizeof(cert_file), "cert.pem", &p, false);
	write_pem(key_file, sizeof(key_file), "key.pem", &p, true);
	t_pair_free(&p);
}

static const struct t_pair_opts good = { .cn = "server", .alt = "IP:127.0.0.1", .issuer = &ca };

static int setup(void **state)
{
	dir = t_dir_new();
	ca = make_ca("Test CA");
	other_ca = make_ca("Other CA");
	write_pem(ca_file, sizeof(ca_file), "ca.pem", &ca, false);
	write_pem(other_ca_file, sizeof(other_ca_file), "other-ca.pem", &other_ca, false);
	return 0;
}

static int teardown(void **state)
{
	const char *const files[] = { ca_file, other_ca_file, cert_file, key_file };
	size_t i;

	for (i = 0; i < 4; i++)
		unlink(files[i]);
	t_pair_free(&ca);
	t_pair_free(&other_ca);
	return rmdir(dir.path);
}

static atomic_int handled;

static int echo(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	atomic_fetch_add(&handled, 1);
	return osci_stream_of_blob(&reply->stream, request->body) ? -ENOMEM : 200;
}

static struct osci_http_server *tls_server(void)
{
	return t_server((struct osci_http_server_conf){ .handler = echo, .tls_cert = cert_file, .tls_key = key_file });
}

static const char *tls_url(const struct osci_http_server *s)
{
	static char url[100];

	snprintf(url, sizeof(url), "https://127.0.0.1:%u/osci", osci_http_server_port(s));
	return url;
}

/* Posts to @url; the result, and the error if there is one. */
static int post(const char *url, const char *trust, struct osci_err *err)
{
	struct osci_http *h = t_client((struct osci_http_conf){ .ca_file = trust });
	struct t_answer a = t_post(h, url, t_stream(100000, UINT64_MAX, 0));

	if (a.result == 0)
		assert_true(a.status == 200 && t_is_pattern(a.body) && osci_blob_len(a.body) == 100000);
	osci_blob_unref(a.body);
	*err = a.err;
	osci_http_freep(&h);
	return a.result;
}

static void right_authority(void **state)
{
	static const unsigned bits[] = { 0, 3072 }; /* elliptic curve and RSA */
	size_t i;

	for (i = 0; i < 2; i++) {
		struct t_pair_opts o = good;
		struct osci_http_server *s;
		struct osci_err err;

		o.bits = bits[i];
		serve_as(o);
		s = tls_server();
		if (post(tls_url(s), ca_file, &err))
			fail_msg("%s", err.what);
		osci_http_server_stopp(&s);
	}
}

static void streams_over_tls(void **state)
{
	struct osci_spool *spool = t_spool(dir.path, 10000, 0);
	struct osci_http_server *s;
	struct osci_http *h = t_client((struct osci_http_conf){ .ca_file = ca_file, .spool = spool });
	struct t_answer a;

	serve_as(good);
	s = t_server((struct osci_http_server_conf){ .handler = echo, .tls_cert = cert_file, .tls_key = key_file,
						     .spool = spool });
	a = t_post(h, tls_url(s), t_stream(20 * T_MIB, UINT64_MAX, 0));
	if (a.result)
		fail_msg("%s", a.err.what);
	assert_int_equal(osci_blob_len(a.body), 20 * T_MIB);
	assert_true(t_is_pattern(a.body));
	osci_blob_unref(a.body);
	a = t_post(h, tls_url(s), t_stream(T_MIB, 500000, -EIO));
	assert_int_equal(a.result, -EIO);
	osci_http_freep(&h);
	osci_http_server_stopp(&s);
	assert_int_equal(osci_spool_used(spool), 0);
	osci_spool_unref(spool);
}

static void h_06_server_not_trusted(void **state)
{
	int64_t now = time(NULL);
	const struct {
		const char *what;
		struct t_pair_opts o;
	} cases[] = {
		{ "other authority", { .cn = "server", .alt = "IP:127.0.0.1", .issuer = &other_ca } },
		{ "self-signed", { .cn = "server", .alt = "IP:127.0.0.1" } },
		{ "other address", { .cn = "server", .alt = "IP:127.0.0.2", .issuer = &ca } },
		{ "a name", { .cn = "server", .alt = "DNS:localhost", .issuer = &ca } },
		{ "expired", { .cn = "server", .alt = "IP:127.0.0.1", .issuer = &ca, .not_before = now - 7200,
			       .not_after = now - 60 } },
		{ "not yet valid", { .cn = "server", .alt = "IP:127.0.0.1", .issuer = &ca, .not_before = now + 600,
				     .not_after = now + 1200 } },
	};
	int before = atomic_load(&handled);
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct osci_http_server *s;
		struct osci_err err;

		serve_as(cases[i].o);
		s = tls_server();
		if (post(tls_url(s), ca_file, &err) != OSCI_E_NETWORK || !strstr(err.what, "certificate not trusted"))
			fail_msg("%s: %s", cases[i].what, err.what);
		assert_non_null(strstr(err.what, "127.0.0.1:")); /* the peer is named */
		osci_http_server_stopp(&s);
	}
	assert_int_equal(atomic_load(&handled), before);
}

/* No setting, and no empty one, switches the check off. */
static void h_06_verification_cannot_be_switched_off(void **state)
{
	static const char *const anchors[] = { NULL, "", "/nonexistent.pem", "/dev/null" };
	struct osci_http_server *s;
	size_t i;

	serve_as(good);
	setenv("SSL_CERT_FILE", ca_file, 1);
	setenv("CURL_CA_BUNDLE", ca_file, 1);
	s = tls_server();
	for (i = 0; i < 4; i++) {
		struct osci_err err;
		int r = post(tls_url(s), anchors[i], &err);

		if (r != (anchors[i] ? OSCI_E_NETWORK : OSCI_E_USAGE))
			fail_msg("%s: %d %s", anchors[i] ? anchors[i] : "NULL", r, err.what);
	}
	unsetenv("SSL_CERT_FILE");
	unsetenv("CURL_CA_BUNDLE");
	osci_http_server_stopp(&s);
}

/* http to a port that speaks TLS, TLS to one that does not: refused on both sides. */
static void h_06_plain_meets_tls(void **state)
{
	struct osci_http_server *s;
	struct osci_err err;
	char url[100], answer[1000];
	int fd, before = atomic_load(&handled);

	serve_as(good);
	s = tls_server();
	snprintf(url, sizeof(url), "http://127.0.0.1:%u/osci", osci_http_server_port(s));
	assert_int_equal(post(url, ca_file, &err), OSCI_E_NETWORK);
	fd = t_connect(osci_http_server_port(s));
	t_send(fd, "POST /osci HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", 52);
	t_recv_all(fd, answer, sizeof(answer));
	assert_null(strstr(answer, "HTTP/1.1"));
	close(fd);
	assert_int_equal(post(tls_url(s), ca_file, &err), 0); /* it goes on */
	osci_http_server_stopp(&s);
	s = t_server((struct osci_http_server_conf){ .handler = echo });
	assert_int_equal(post(tls_url(s), ca_file, &err), OSCI_E_NETWORK);
	osci_http_server_stopp(&s);
	assert_int_equal(atomic_load(&handled), before + 1);
}

/* A client of old habits, which would take anything. */
static CURLcode old_client(const char *url, long max_version, const char *ciphers)
{
	CURL *e = curl_easy_init();
	CURLcode r;

	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1 | max_version);
	curl_easy_setopt(e, CURLOPT_SSL_CIPHER_LIST, ciphers);
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, NULL);
	curl_easy_setopt(e, CURLOPT_FAILONERROR, 1L);
	r = curl_easy_perform(e);
	curl_easy_cleanup(e);
	return r;
}

static void h_06_old_protocols_and_ciphers(void **state)
{
	static const struct {
		long max;
		const char *ciphers;
		bool good;
	} cases[] = {
		{ CURL_SSLVERSION_MAX_TLSv1_0, "ALL:@SECLEVEL=0", false },
		{ CURL_SSLVERSION_MAX_TLSv1_1, "ALL:@SECLEVEL=0", false },
		{ CURL_SSLVERSION_MAX_TLSv1_2, "AES256-GCM-SHA384:@SECLEVEL=0", false },          /* no forward secrecy */
		{ CURL_SSLVERSION_MAX_TLSv1_2, "ECDHE-RSA-AES256-SHA:@SECLEVEL=0", false },       /* CBC, SHA-1 */
		{ CURL_SSLVERSION_MAX_TLSv1_2, "ECDHE-RSA-AES128-SHA256:@SECLEVEL=0", false },    /* CBC */
		{ CURL_SSLVERSION_MAX_TLSv1_2, "AECDH-AES256-SHA:@SECLEVEL=0", false },           /* nobody */
		{ CURL_SSLVERSION_MAX_TLSv1_2, "ECDHE-RSA-AES256-GCM-SHA384", true },
		{ CURL_SSLVERSION_MAX_TLSv1_3, "DEFAULT", true },
	};
	struct t_pair_opts o = good;
	struct osci_http_server *s;
	FILE *null;
	int out;
	size_t i;

	o.bits = 3072;
	serve_as(o);
	s = tls_server();
	fflush(stdout);
	null = fopen("/dev/null", "we"); /* the line of GET */
	out = dup(1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CURLcode r;

		dup2(fileno(null), 1);
		r = old_client(tls_url(s), cases[i].max, cases[i].ciphers);
		fflush(stdout);
		dup2(out, 1);
		if ((r == CURLE_OK) != cases[i].good)
			fail_msg("%s: %d", cases[i].ciphers, (int)r);
	}
	close(out);
	fclose(null);
	osci_http_server_stopp(&s);
}

static enum MHD_Result weak_answer(void *arg, struct MHD_Connection *c, const char *url, const char *method,
				   const char *version, const char *data, size_t *size, void **con_cls)
{
	struct MHD_Response *r;

	if (!*con_cls || *size) {
		*con_cls = arg;
		*size = 0;
		return MHD_YES;
	}
	atomic_fetch_add(&handled, 1);
	r = MHD_create_response_from_buffer(2, (void *)(uintptr_t)"ok", MHD_RESPMEM_PERSISTENT);
	MHD_queue_response(c, 200, r);
	MHD_destroy_response(r);
	return MHD_YES;
}

static char *text_of(const char *path)
{
	char *text = calloc(1, 20000);
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_true(fread(text, 1, 19999, f) > 0);
	fclose(f);
	return text;
}

/* Our client and servers of old habits. */
static void h_06_client_refuses_weak_servers(void **state)
{
	static const struct {
		const char *priorities;
		bool good;
	} cases[] = {
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.0", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.1", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-CBC:-MAC-ALL:+SHA1", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:-MAC-ALL:+SHA256", false },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.2", true },
		{ "NORMAL:-VERS-ALL:+VERS-TLS1.3", true },
	};
	struct t_pair_opts o = good;
	char *cert, *key;
	size_t i;

	o.bits = 3072;
	o.usage = "digitalSignature,keyEncipherment";
	serve_as(o);
	cert = text_of(cert_file);
	key = text_of(key_file);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct osci_http *h = t_client((struct osci_http_conf){ .ca_file = ca_file });
		int before = atomic_load(&handled), r;
		unsigned char *answer = NULL;
		struct MHD_Daemon *d;
		struct osci_err err = { 0 };
		char url[100];
		size_t n;

		d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TLS, 0, NULL, NULL, weak_answer, &r,
				     MHD_OPTION_HTTPS_PRIORITIES, cases[i].priorities, MHD_OPTION_HTTPS_MEM_CERT, cert,
				     MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_END);
		assert_non_null(d);
		snprintf(url, sizeof(url), "https://127.0.0.1:%u/osci",
			 MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port);
		r = osci_http_exchange(h, url, "x", 1, &answer, &n, &err);
		if (r != (cases[i].good ? 0 : OSCI_E_NETWORK) || atomic_load(&handled) - before != cases[i].good)
			fail_msg("%s: %d %s", cases[i].priorities, r, err.what);
		free(answer);
		osci_http_freep(&h);
		MHD_stop_daemon(d);
	}
	free(cert);
	free(key);
}

static void h_01_slow_handshake(void **state)
{
	struct osci_limits l;
	struct osci_http_server *s;
	struct osci_err err;
	char answer[100];
	int64_t start;
	int fd[2];

	osci_limits_default(&l);
	l.idle_ms = 500;
	serve_as(good);
	s = t_server((struct osci_http_server_conf){ .handler = echo, .tls_cert = cert_file, .tls_key = key_file,
						     .limits = &l });
	start = t_ms();
	fd[0] = t_connect(osci_http_server_port(s));
	fd[1] = t_connect(osci_http_server_port(s));
	t_send(fd[1], "\x16\x03\x01", 3);
	assert_int_equal(post(tls_url(s), ca_file, &err), 0);
	t_recv_all(fd[0], answer, sizeof(answer));
	t_recv_all(fd[1], answer, sizeof(answer));
	assert_in_range(t_ms() - start, 400, 3000);
	close(fd[0]);
	close(fd[1]);
	osci_http_server_stopp(&s);
}

static void server_files(void **state)
{
	struct osci_http_server_conf conf = { .listen = "127.0.0.1:0", .paths = &t_osci_path, .n_paths = 1, .threads = 1,
					      .handler = echo };
	struct osci_http_server *s = NULL;
	struct osci_err err;
	char cert[80];

	serve_as(good);
	conf.tls_cert = cert_file;
	assert_int_equal(osci_http_server_start(&s, &conf, &err), OSCI_E_USAGE); /* one without the other */
	conf.tls_key = "/nonexistent.pem";
	assert_int_equal(osci_http_server_start(&s, &conf, &err), -ENOENT);
	conf.tls_key = cert_file; /* no key in it */
	assert_int_equal(osci_http_server_start(&s, &conf, &err), OSCI_E_KEYFILE);
	conf.tls_key = key_file;
	chmod(key_file, 0640); /* others may read it */
	assert_int_equal(osci_http_server_start(&s, &conf, &err), OSCI_E_KEYFILE);
	chmod(key_file, 0600);
	conf.tls_cert = other_ca_file; /* not a pair */
	assert_int_equal(osci_http_server_start(&s, &conf, &err), OSCI_E_KEYFILE);
	snprintf(cert, sizeof(cert), "%s", cert_file);
	conf.tls_cert = cert;
	assert_int_equal(osci_http_server_start(&s, &conf, &err), 0);
	osci_http_server_stopp(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_authority),
		cmocka_unit_test(streams_over_tls),
		cmocka_unit_test(h_06_server_not_trusted),
		cmocka_unit_test(h_06_verification_cannot_be_switched_off),
		cmocka_unit_test(h_06_plain_meets_tls),
		cmocka_unit_test(h_06_old_protocols_and_ciphers),
		cmocka_unit_test(h_06_client_refuses_weak_servers),
		cmocka_unit_test(h_01_slow_handshake),
		cmocka_unit_test(server_files),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
