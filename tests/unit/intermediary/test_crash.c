/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_crash - the real daemon is killed at its writing calls, and while a passive recipient has the order
 *
 * Whatever was answered is there after a restart, once; whatever was not answered is there once or not at all; no file
 * is left that no row names, and none is missing.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <openssl/pem.h>
#include <cmocka.h>

#include <osci/http.h>
#include "base/buf.h"
#include "daemon.h"
#include "lib/t_db.h"

#define URI "urn:example:register"
#define TEXT_LEN 150000 /* its package is a file */
#define EVERY 9         /* one writing call of so many is tried */
#define CALLS_MAX 200

static struct party office, bamf;
static struct recipient recipient;
static struct osci_http_server *server;
static char *text, id[300], start_of[300];

static int on_order(void *arg, const struct osci_http_request *request, struct osci_http_reply *reply)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *answer = NULL;
	struct osci_stream *stream = NULL;

	assert_int_equal(osci_stream_of_blob(&stream, request->body), 0);
	if (recipient_exchange(arg, "http", stream, &answer, NULL))
		return -1;
	return osci_stream_of_blob(&reply->stream, answer) ? -1 : 200;
}

static void put_pem(const char *name, const struct osci_cert *cert)
{
	size_t len;
	const unsigned char *der = osci_cert_der(cert, &len);
	X509 *x = d2i_X509(NULL, &der, (long)len);
	FILE *f = fopen(daemon_file(name), "w");

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, x), 1);
	fclose(f);
	X509_free(x);
}

static int setup(void **state)
{
	const struct osci_http_path path = { "/osci", OSCI_HTTP_POST };
	const struct osci_http_server_conf conf = { .listen = "127.0.0.1:0", .paths = &path, .n_paths = 1, .threads = 1,
						    .handler = on_order, .arg = &recipient };
	char more[600];

	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	office.unchecked = bamf.unchecked = true;
	text = malloc(TEXT_LEN + 1);
	for (size_t i = 0; i < TEXT_LEN; i++)
		text[i] = (char)('a' + i * i % 26);
	text[TEXT_LEN] = '\0';
	snprintf(start_of, sizeof(start_of), "%s", text);
	assert_int_equal(osci_http_server_start(&server, &conf, NULL), 0);
	snprintf(more, sizeof(more),
		 "  chunks: {min: 1KiB}\n"
		 "  participants_only: false\n"
		 "  participants:\n"
		 "    - id: register\n"
		 "      cipher: [participant.pem]\n"
		 "      sign: [sign.pem]\n"
		 "      uris: [\"" URI "\"]\n"
		 "      url: http://127.0.0.1:%u/osci\n", osci_http_server_port(server));
	daemon_begin(more);
	put_pem("participant.pem", osci_key_cert(bamf.cipher));
	put_pem("sign.pem", osci_key_cert(bamf.sign));
	return 0;
}

static int teardown(void **state)
{
	daemon_end();
	osci_http_server_stopp(&server);
	osci_message_freep(&recipient.got);
	free(text);
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

static int before(void **state)
{
	t_db_remove(daemon_file("im.db"));
	office.in_dialog = bamf.in_dialog = false;
	osci_message_freep(&recipient.got);
	recipient = (struct recipient){ .keys = &bamf, .signer = world_sign_cert() };
	return 0;
}

/* Verdict, or "" if the daemon died before it answered. */
static const char *try_order(struct party *p, struct osci_draft *d)
{
	static char verdict[8];
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	size_t len;

	answer = party_send(p, d, &len);
	if (!answer)
		return "";
	m = party_open(p, answer, len);
	snprintf(verdict, sizeof(verdict), "%s", m->type == OSCI_FAULT ? m->fault_osci : osci_message_verdict(m));
	return verdict;
}

static const char *try_delivery(enum osci_type type)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_draft d;

	party_draft(&office, &bamf, type, id, text, &d, certs, &package);
	d.receiver_uri = URI;
	return try_order(&office, &d);
}

static bool died(void)
{
	const struct timespec ten = { 0, 10 * 1000 * 1000 };

	for (int i = 0; i < 20; i++) {
		if (daemon_dead())
			return true;
		nanosleep(&ten, NULL);
	}
	return false;
}

/* Restarted: how often is the delivery there? */
static unsigned count_fetched(void)
{
	char got[300];
	unsigned n = 0;

	assert_string_equal(do_init(&bamf), "0801");
	while (!strcmp(do_fetch(&bamf, got), "0801")) {
		assert_memory_equal(got, start_of, 200);
		n++;
	}
	assert_string_equal(do_exit(&bamf), "0800");
	return n;
}

static void skip_without_shim(void)
{
	if (!daemon_shim()) {
		print_message("# SKIP sanitized build: its runtime and the shim both replace malloc\n");
		skip();
	}
}

static void test_store(void **state)
{
	unsigned kills = 0;
	bool more = true;

	skip_without_shim();
	for (long at = 1; more && at < CALLS_MAX; at += EVERY) {
		char verdict[8];
		size_t files;

		before(NULL);
		daemon_start(at);
		assert_string_equal(do_get_id(&office, id), "0800");
		daemon_arm();
		snprintf(verdict, sizeof(verdict), "%s", try_delivery(OSCI_STORE_DELIVERY));
		more = died();
		kills += more;
		if (!more)
			daemon_kill(); /* no call was left: killed behind the answer */
		daemon_start(0);
		files = t_db_files(daemon_file("im.db"));
		assert_true(files <= 1);
		if (verdict[0]) {
			assert_string_equal(verdict, "0800");
			assert_int_equal(files, 1);
			assert_string_equal(try_delivery(OSCI_STORE_DELIVERY), "9801");
		} else if (files) { /* stored, the answer lost */
			assert_string_equal(try_delivery(OSCI_STORE_DELIVERY), "9801");
		} else {
			assert_string_equal(try_delivery(OSCI_STORE_DELIVERY), "0800");
		}
		assert_int_equal(count_fetched(), 1);
		assert_int_equal(t_db_files(daemon_file("im.db")), 0);
		daemon_stop();
	}
	print_message("# killed at %u of the writing calls of StoreDelivery\n", kills);
	assert_false(more);
	assert_true(kills >= 3);
}

static void test_reception(void **state)
{
	struct osci_draft d = { .type = OSCI_EXIT_DIALOG };
	unsigned kills = 0;
	bool more = true;

	skip_without_shim();
	for (long at = 1; more && at < CALLS_MAX; at += EVERY) {
		char got[300], verdict[8], card[4];
		bool received;

		before(NULL);
		daemon_start(at);
		assert_string_equal(do_get_id(&office, id), "0800");
		assert_string_equal(do_store(&office, id, &bamf, text), "0800");
		assert_string_equal(do_init(&bamf), "0801");
		assert_string_equal(do_fetch(&bamf, got), "0801");
		daemon_arm();
		d.control = (struct osci_control){ 0 };
		snprintf(verdict, sizeof(verdict), "%s", try_order(&bamf, &d));
		more = died();
		kills += more;
		if (!more)
			daemon_kill();
		daemon_start(0);
		assert_string_equal(do_init(&office), "0801");
		assert_string_equal(do_card(&office, id, card), "0801");
		received = !strcmp(card, "CFR");
		assert_true(received || !strcmp(card, "CF"));
		if (verdict[0])
			assert_true(received);
		assert_int_equal(t_db_files(daemon_file("im.db")), received ? 0 : 1);
		assert_int_equal(count_fetched(), received ? 0 : 1);
		daemon_stop();
	}
	print_message("# killed at %u of the writing calls of a reception\n", kills);
	assert_false(more);
	assert_true(kills >= 1);
}

/* --- chunks ------------------------------------------------------------- */

static unsigned char *inner;
static size_t inner_len;

static void make_inner(void)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_draft d;

	free(inner);
	party_draft(&office, &bamf, OSCI_STORE_DELIVERY, id, text, &d, certs, &package);
	certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, osci_key_cert(office.sign), NULL };
	d.n_certs = 3;
	d.control = (struct osci_control){ .challenge = "VGVzdC1DaGFsbGVuZ2UtMDI=", .has_sequence = true };
	assert_int_equal(osci_write(&inner, &inner_len, &d, &(struct osci_write_opts){ 0 }, NULL), 0);
}

/* Chunk 1 or 2 of two; 0 = InfoOnly. NULL if the daemon died. */
static struct osci_message *chunk(uint64_t number)
{
	static const char carrier[] =
		"<osci:ContentContainer xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
		" xmlns:osci=\"http://www.osci.de/2002/04/osci\" xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""
		" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
		" Id=\"ChunkContentContainer\"><osci:Content Id=\"ChunkContent\" href=\"cid:ChunkBlobStoreDelivery\">"
		"</osci:Content></osci:ContentContainer>";
	static const struct osci_features features = { .max_chunk = 1000 };
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL } };
	uint64_t kib = (inner_len / 1024 + 2) / 2, from = number == 2 ? kib * 1024 : 0;
	struct osci_part part = { .content_id = "ChunkBlobStoreDelivery", .data = inner + from,
				  .len = number == 2 ? inner_len - from : kib * 1024 };
	struct osci_draft d = { .type = OSCI_PARTIAL_STORE_DELIVERY, .certs = certs, .n_certs = 2, .message_id = id,
				.has_package = true, .features = &features,
				.chunk = { .present = true, .info_only = !number, .number = number, .size_kib = kib,
					   .total_chunks = 2, .total_kib = (inner_len + 1023) / 1024 } };
	_cleanup_(osci_freep) unsigned char *answer = NULL;
	size_t len;

	if (number) {
		d.package = carrier;
		d.package_len = sizeof(carrier) - 1;
		d.parts = &part;
		d.n_parts = 1;
	}
	answer = party_send(&office, &d, &len);
	return answer ? party_open(&office, answer, len) : NULL;
}

static const char *inside(const struct osci_message *m)
{
	return m->n_inside_feedback ? m->inside_feedback[m->n_inside_feedback - 1].code : "";
}

/* Killed while the last chunk is taken and the message stored: processed once, whatever the client asks then. */
static void test_chunks(void **state)
{
	unsigned kills = 0;
	bool more = true;

	skip_without_shim();
	for (long at = 1; more && at < CALLS_MAX; at += EVERY) {
		struct osci_message *m;

		before(NULL);
		daemon_start(at);
		assert_string_equal(do_get_id(&office, id), "0800");
		make_inner();
		m = chunk(1);
		assert_string_equal(osci_message_verdict(m), "0800");
		osci_message_freep(&m);
		daemon_arm();
		m = chunk(2);
		if (m)
			assert_string_equal(inside(m), "0800");
		osci_message_freep(&m);
		more = died();
		kills += more;
		if (!more)
			daemon_kill();
		daemon_start(0);
		m = chunk(0);
		if (!strcmp(m->chunk.received, "1")) {
			osci_message_freep(&m);
			m = chunk(2);
		}
		assert_string_equal(m->chunk.received, "1 2");
		assert_string_equal(inside(m), "0800");
		assert_int_equal(m->n_cards, 1);
		osci_message_freep(&m);
		assert_int_equal(t_db_files(daemon_file("im.db")), 1);
		assert_int_equal(count_fetched(), 1);
		assert_int_equal(t_db_files(daemon_file("im.db")), 0);
		daemon_stop();
	}
	free(inner);
	inner = NULL;
	print_message("# killed at %u of the writing calls of a last chunk\n", kills);
	assert_false(more);
	assert_true(kills >= 3);
}

/* --- a passive recipient ------------------------------------------------ */

static void kill_daemon(struct recipient *r)
{
	daemon_signal(SIGKILL);
}

/* D-01: a crash between "sent" and "answered" sends nothing a second time; the card says what is known. */
static void d_01_forward_killed(void **state)
{
	char card[4];

	daemon_start(0);
	assert_string_equal(do_get_id(&office, id), "0800");
	recipient.before = kill_daemon;
	assert_string_equal(try_delivery(OSCI_FORWARD_DELIVERY), "");
	assert_true(died());
	recipient.before = NULL;
	daemon_start(0);
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, card), "0801");
	assert_string_equal(card, "CF");
	assert_string_equal(do_exit(&office), "0800");
	assert_string_equal(try_delivery(OSCI_FORWARD_DELIVERY), "9801");
	assert_int_equal(recipient.calls, 1);
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(try_delivery(OSCI_FORWARD_DELIVERY), "0800");
	assert_int_equal(recipient.calls, 2);
	recipient.mode = RECIPIENT_CUT_AFTER;
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(try_delivery(OSCI_FORWARD_DELIVERY), "9810");
	osci_http_server_stopp(&server);
	assert_string_equal(do_get_id(&office, id), "0800");
	assert_string_equal(try_delivery(OSCI_FORWARD_DELIVERY), "9809"); /* nobody listens any more */
	assert_int_equal(recipient.calls, 3);
	assert_int_equal(daemon_stop(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_store, before),
		cmocka_unit_test_setup(test_reception, before),
		cmocka_unit_test_setup(test_chunks, before),
		cmocka_unit_test_setup(d_01_forward_killed, before),
	};

	return cmocka_run_group_tests_name("intermediary/crash", tests, setup, teardown);
}
