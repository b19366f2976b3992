/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_process - the real program over HTTP: configuration, a delivery through both sequences, a
 * restart, a cut answer, an orderly end
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <cmocka.h>

#include <osci/dialog.h>
#include <osci/http.h>
#include "base/buf.h"
#include "lib/t_db.h"
#include "party.h"

#define READY_MS 60000

static struct party office, bamf;
static struct osci_cert *im_cipher;
static struct osci_http *http;
static char dir[] = "/tmp/xausl-imd-XXXXXX";
static char url[64];
static pid_t pid;

static char *in_dir(const char *name)
{
	static char paths[4][96];
	static unsigned turn;
	char *path = paths[turn++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void put(const char *name, const char *content)
{
	int fd = open(in_dir(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), strlen(content));
	close(fd);
}

static void put_rules(const char *rules)
{
	put("faults.new", rules);
	assert_int_equal(rename(in_dir("faults.new"), in_dir("faults")), 0);
}

static struct osci_cert *put_pair(const char *name, const char *usage)
{
	struct t_pair pair = t_pair_make(&(struct t_pair_opts){ .cn = name, .pkey = test_pkey(0), .issuer = &im_ca,
								.usage = usage });
	struct osci_cert *cert = t_pair_cert(&pair);
	char file[32];

	snprintf(file, sizeof(file), "%s.p12", name);
	t_pair_write_p12(&pair, in_dir(file), "geheim");
	t_pair_free(&pair);
	return cert;
}

static void put_ca(void)
{
	FILE *f = fopen(in_dir("ca.pem"), "w");

	assert_non_null(f);
	PEM_write_X509(f, im_ca.x509);
	fclose(f);
}

static void start(void)
{
	const char *program = getenv("OSCI_INTERMEDIARYD");
	char port[16] = "";
	FILE *f = NULL;

	unlink(in_dir("port"));
	assert_non_null(program);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		int log = open(in_dir("log"), O_CREAT | O_APPEND | O_WRONLY, 0600);

		dup2(log, STDERR_FILENO);
		execl(program, program, "--config", in_dir("im.yaml"), "--port-file", in_dir("port"), "--faults",
		      in_dir("faults"), "--now", "2026-11-29T12:00:00Z", (char *)NULL);
		_exit(127);
	}
	for (int waited = 0; !f && waited < READY_MS; waited += 10) {
		const struct timespec ten = { 0, 10 * 1000 * 1000 };

		assert_int_equal(waitpid(pid, NULL, WNOHANG), 0);
		nanosleep(&ten, NULL);
		f = fopen(in_dir("port"), "r");
	}
	assert_non_null(f);
	assert_non_null(fgets(port, sizeof(port), f));
	fclose(f);
	port[strcspn(port, "\n")] = '\0';
	snprintf(url, sizeof(url), "http://127.0.0.1:%s/osci", port);
}

static int stop(void)
{
	int status = -1;

	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int setup(void **state)
{
	struct osci_cert *sign;

	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	if (!mkdtemp(dir))
		return -1;
	sign = put_pair("im-sign", "digitalSignature");
	osci_cert_unrefp(&sign);
	im_cipher = put_pair("im-enc", "keyEncipherment");
	put_ca();
	put("pass", "geheim\n");
	put("faults", "");
	put("im.yaml", "intermediary:\n"
		       "  listen: 127.0.0.1:0\n"
		       "  host: im.example\n"
		       "  database: im.db\n"
		       "  sign: {p12: im-sign.p12, pass_file: pass}\n"
		       "  cipher: [{p12: im-enc.p12, pass_file: pass}]\n"
		       "  trust: [ca.pem]\n");
	return osci_http_new(&http, &(struct osci_http_conf){ 0 }, NULL);
}

static int teardown(void **state)
{
	static const char *const files[] = { "im-sign.p12", "im-enc.p12", "ca.pem", "pass", "faults", "im.yaml", "port",
					     "log" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(in_dir(files[i]));
	t_db_remove(in_dir("im.db"));
	rmdir(dir);
	osci_http_freep(&http);
	osci_cert_unrefp(&im_cipher);
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static struct osci_client_conf client_of(struct party *p)
{
	return (struct osci_client_conf){ .sign = p->sign, .decrypt = &p->cipher, .n_decrypt = 1,
					  .intermediary_cipher = im_cipher, .trust = everyone,
					  .policy = { .require_signature = true, .require_encryption = true } };
}

static int post(const unsigned char *body, size_t len, unsigned char **ret, size_t *ret_len)
{
	struct osci_err err = { 0 };

	return osci_http_exchange(http, url, body, len, ret, ret_len, &err);
}

static void send_one(const char *content)
{
	const struct osci_client_conf conf = client_of(&office);
	const struct osci_delivery d = { .subject = "S", .addressee = osci_key_cert(bamf.cipher), .data = content,
					 .len = strlen(content), .author = office.sign };
	_cleanup_(osci_sender_freep) struct osci_sender *s = NULL;
	struct osci_err err = { 0 };
	enum osci_step step;

	assert_int_equal(osci_sender_new(&s, &conf, &d, NULL, &err), 0);
	while ((step = osci_sender_step(s)) == OSCI_STEP_POST || step == OSCI_STEP_SAVE_ID) {
		_cleanup_(osci_freep) unsigned char *answer = NULL;
		const unsigned char *body;
		size_t len, answer_len;

		if (step == OSCI_STEP_SAVE_ID) {
			assert_int_equal(osci_sender_continue(s, &err), 0);
			continue;
		}
		body = osci_sender_output(s, &len);
		assert_int_equal(post(body, len, &answer, &answer_len), 0);
		osci_sender_input(s, answer, answer_len, T_NOW, &err);
	}
	if (step != OSCI_STEP_DONE)
		fail_msg("sender: %s", osci_sender_error(s)->what);
	assert_non_null(osci_sender_card(s)->creation);
}

/* Number of deliveries taken; the content of the last one in @text. */
static unsigned fetch_all(char *text, size_t size)
{
	const struct osci_client_conf conf = client_of(&bamf);
	_cleanup_(osci_fetcher_freep) struct osci_fetcher *f = NULL;
	struct osci_err err = { 0 };
	enum osci_step step;

	assert_int_equal(osci_fetcher_new(&f, &conf, 10, &err), 0);
	while ((step = osci_fetcher_step(f)) == OSCI_STEP_POST || step == OSCI_STEP_DELIVERY) {
		const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
		_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
		_cleanup_(osci_freep) unsigned char *answer = NULL;
		const unsigned char *body;
		size_t len, answer_len;

		if (step == OSCI_STEP_DELIVERY) {
			assert_int_equal(osci_contents_open(&c, osci_fetcher_message(f), &opts, &err), 0);
			snprintf(text, size, "%.*s", (int)c->items[0].len, (const char *)c->items[0].data);
			assert_int_equal(osci_fetcher_continue(f, &err), 0);
			continue;
		}
		body = osci_fetcher_output(f, &len);
		assert_int_equal(post(body, len, &answer, &answer_len), 0);
		osci_fetcher_input(f, answer, answer_len, T_NOW, &err);
	}
	if (step != OSCI_STEP_DONE)
		fail_msg("fetcher: %s", osci_fetcher_error(f)->what);
	return osci_fetcher_count(f);
}

static void test_delivery(void **state)
{
	unsigned char *answer = NULL;
	char text[100] = "";
	size_t len;

	start();
	send_one("eins");
	send_one("zwei");
	assert_int_equal(stop(), 0);
	start(); /* the mailbox outlives the process */
	assert_int_equal(fetch_all(text, sizeof(text)), 2);
	assert_string_equal(text, "zwei");
	assert_int_equal(fetch_all(text, sizeof(text)), 0);
	/* the answer ends in the middle, then the connection is cut, then all is well again */
	put_rules("* cut-body 1\n");
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), OSCI_E_NETWORK);
	assert_null(answer);
	put_rules("* refuse 1\n");
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), OSCI_E_NETWORK);
	assert_int_equal(post((const unsigned char *)"x", 1, &answer, &len), 0);
	assert_non_null(memmem(answer, len, "<osci:Code>9100</osci:Code>", 27));
	free(answer);
	assert_int_equal(stop(), 0);
}

/* An order whose encryption was tampered with in the last octet, or a good one. */
static unsigned char *order_id(bool tampered, size_t *len)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL };
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID, .certs = &cert, .n_certs = 1,
				.control = { .challenge = "YWJj", .has_sequence = true } };
	const struct osci_write_opts opts = { .signer = office.sign, .encrypt_for = im_cipher };
	unsigned char *body;
	size_t end;

	assert_int_equal(osci_write(&body, len, &d, &opts, NULL), 0);
	end = *len - 1;
	while (memcmp(body + end, "\r\n--", 4)) /* the closing boundary; before it, the tag */
		end--;
	body[end - 1] ^= tampered;
	return body;
}

static bool answered_with(const unsigned char *order, size_t len, const char *part)
{
	unsigned char *answer = NULL;
	size_t answer_len = 0;
	bool found;

	assert_int_equal(post(order, len, &answer, &answer_len), 0);
	found = memmem(answer, answer_len, part, strlen(part));
	free(answer);
	return found;
}

static void test_e_04_failed_decryptions_refuse_the_sender(void **state)
{
	size_t bad_len, good_len;
	unsigned char *bad = order_id(true, &bad_len), *good = order_id(false, &good_len);

	put_rules("");
	start();
	for (int i = 0; i < 20; i++) {
		assert_true(answered_with(good, good_len, "osci_enc"));
		assert_true(answered_with(bad, bad_len, "<osci:Code>9202</osci:Code>"));
	}
	assert_false(answered_with(bad, bad_len, "<osci:Code>"));
	assert_false(answered_with(good, good_len, "osci_enc"));
	assert_int_equal(stop(), 0);
	start(); /* counted in memory */
	assert_true(answered_with(good, good_len, "osci_enc"));
	assert_int_equal(stop(), 0);
	free(bad);
	free(good);
}

/* The order is carried out, the process gone before its answer: what is promised is in the database. */
static void test_restart_in_the_middle(void **state)
{
	unsigned char *answer = NULL;
	int status = 0;
	size_t len;
	unsigned char *order = order_id(false, &len);

	put_rules("id restart 1\n");
	start();
	assert_int_equal(post(order, len, &answer, &len), OSCI_E_NETWORK);
	assert_null(answer);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 75);
	put_rules("");
	start();
	send_one("nach dem Neustart");
	assert_int_equal(stop(), 0);
	free(order);
}

static void test_log_has_no_content(void **state)
{
	FILE *f = fopen(in_dir("log"), "r");
	char line[2048];
	unsigned n = 0;

	assert_non_null(f);
	for (; fgets(line, sizeof(line), f); n++) {
		assert_int_equal(line[0], '{');
		assert_null(strstr(line, "eins"));
		assert_null(strstr(line, "geheim"));
	}
	assert_true(n > 10);
	fclose(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_delivery),
					    cmocka_unit_test(test_e_04_failed_decryptions_refuse_the_sender),
					    cmocka_unit_test(test_restart_in_the_middle),
					    cmocka_unit_test(test_log_has_no_content) };

	return cmocka_run_group_tests_name("intermediary/process", tests, setup, teardown);
}
