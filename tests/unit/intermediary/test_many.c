/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_many - 200 dialogs at once, in eight threads; one dialog is serial, whoever sends what when; large attachments
 * go through without lying in memory
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/buf.h"
#include "lib/t_db.h"
#include "party.h"

#define THREADS 8
#define DIALOGS 25 /* of each thread */

static struct party office, bamf;
static char spool_dir[] = "/tmp/xausl-spool-XXXXXX";

static int setup(void **state)
{
	struct t_pair fast;

	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	fast = t_pair_make(&(struct t_pair_opts){ .cn = "bamf", .curve = "P-256", .issuer = &im_ca,
						  .usage = "digitalSignature,nonRepudiation" });
	osci_key_unrefp(&bamf.sign); /* hundreds of orders */
	bamf.sign = t_pair_key(&fast);
	t_pair_free(&fast);
	return mkdtemp(spool_dir) ? 0 : -1;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	world_end();
	return rmdir(spool_dir);
}

static int before(void **state)
{
	im_begin();
	im_end();
	im_set.dialogs_client = im_set.dialogs_max = 1000;
	im_set.spool = (struct osci_spool_conf){ .dir = spool_dir, .memory = 65536, .max = 1 << 30 };
	office.in_dialog = bamf.in_dialog = false;
	return im_service_open(&im, &im_set, NULL);
}

static int after(void **state)
{
	im_end();
	return 0;
}

static pthread_barrier_t all_open;
static atomic_uint opened, fetched, empty, left;

/* Asserts of the test library are for the main thread: here outcomes are counted. */
static void *many(void *arg)
{
	struct party parties[DIALOGS];
	char got[300];

	for (size_t i = 0; i < DIALOGS; i++) {
		parties[i] = bamf;
		parties[i].unchecked = true;
		opened += !strcmp(do_init(&parties[i]), "0801");
	}
	pthread_barrier_wait(&all_open);
	for (size_t i = 0; i < DIALOGS; i++) {
		const char *verdict = do_fetch(&parties[i], got);

		fetched += !strcmp(verdict, "0801") && !strcmp(got, "eins");
		empty += !strcmp(verdict, "9803");
	}
	for (size_t i = 0; i < DIALOGS; i++)
		left += !strcmp(do_exit(&parties[i]), "0800");
	return NULL;
}

static void test_dialogs_at_once(void **state)
{
	pthread_t threads[THREADS];
	char id[300], times[4];

	assert_string_equal(do_get_id(&office, id), "0800"); /* also what is made once is made before there are threads */
	assert_string_equal(do_store(&office, id, &bamf, "eins"), "0800");
	assert_int_equal(pthread_barrier_init(&all_open, NULL, THREADS), 0);
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&all_open);
	assert_int_equal(opened, THREADS * DIALOGS);
	/* Whoever asks before the first one confirms gets it, too: recipients know it by its MessageId. */
	assert_true(fetched >= 1);
	assert_int_equal(fetched + empty, THREADS * DIALOGS);
	assert_int_equal(left, THREADS * DIALOGS);
	assert_int_equal(im.dialogs.n, 0);
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, id, times), "0801");
	assert_string_equal(times, "CFR");
}

/* --- one dialog --------------------------------------------------------- */

static unsigned char *order_octets;
static size_t order_len;
static pthread_barrier_t together;
static atomic_uint answered, refused;

static void *same(void *arg)
{
	_cleanup_(osci_stream_freep) struct osci_stream *stream = NULL;
	_cleanup_(osci_blob_unrefp) struct osci_blob *body = NULL;
	struct im_report r;
	bool c;

	osci_blob_copy(&body, order_octets, order_len);
	pthread_barrier_wait(&together);
	if (!im_service_handle(&im, now_ms, party_peer, body, &stream, &c, &r)) {
		answered += !strcmp(r.code, "0801");
		refused += r.fault && !strcmp(r.code, "9400");
	}
	return NULL;
}

/* D-02: the same order by eight at once: one is carried out, the others are refused. */
static void d_02_serial(void **state)
{
	struct osci_draft d = { .type = OSCI_GET_MESSAGE_ID };
	pthread_t threads[THREADS];

	for (unsigned round = 1; round <= 5; round++) {
		assert_string_equal(do_init(&office), "0801");
		d.control = (struct osci_control){ 0 };
		order_octets = party_write(&office, &d, &order_len);
		assert_int_equal(pthread_barrier_init(&together, NULL, THREADS), 0);
		for (size_t i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, same, NULL), 0);
		for (size_t i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		pthread_barrier_destroy(&together);
		free(order_octets);
		assert_int_equal(answered, round);
		assert_int_equal(refused, round * (THREADS - 1));
	}
}

/* --- large -------------------------------------------------------------- */

#define LARGE ((size_t)8 << 20)

static struct osci_blob *large_blob(void)
{
	struct osci_sink *sink = NULL;
	struct osci_blob *b = NULL;
	unsigned char piece[4096];

	assert_int_equal(osci_sink_new(&sink, im.spool, LARGE), 0);
	for (size_t at = 0; at < LARGE; at += sizeof(piece)) {
		for (size_t i = 0; i < sizeof(piece); i++)
			piece[i] = (unsigned char)((at + i) * 31 >> 7);
		assert_int_equal(osci_sink_add(sink, piece, sizeof(piece), NULL), 0);
	}
	assert_int_equal(osci_sink_done(&sink, &b, NULL), 0);
	return b;
}

static void same_octets(const struct osci_blob *a, const struct osci_blob *b)
{
	unsigned char x[4096], y[4096];

	assert_int_equal(osci_blob_len(a), osci_blob_len(b));
	for (size_t at = 0; at < LARGE; at += sizeof(x)) {
		assert_int_equal(osci_blob_read(a, at, x, sizeof(x), NULL), 0);
		assert_int_equal(osci_blob_read(b, at, y, sizeof(y), NULL), 0);
		assert_memory_equal(x, y, sizeof(x));
	}
}

static void test_large_attachment(void **state)
{
	_cleanup_(osci_blob_unrefp) struct osci_blob *blob = large_blob();
	const struct osci_attachment_draft attachment = { "akte", blob };
	const struct osci_content_draft content = { .attachment = &attachment };
	const struct osci_reader_draft reader = { osci_key_cert(bamf.cipher), OSCI_CIPHER_ADDRESSEE };
	const struct osci_author_draft author = { office.sign, OSCI_SIGN_ORIGINATOR };
	const struct osci_container_draft container = { .contents = &content, .n_contents = 1, .authors = &author,
							.n_authors = 1, .readers = &reader, .n_readers = 1 };
	const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL } };
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = certs, .n_certs = 2, .has_package = true },
			  fetch = { .type = OSCI_FETCH_DELIVERY };
	struct osci_message *m;
	char id[300];

	assert_int_equal(osci_package_new(&package, &container, 1, NULL, NULL), 0);
	assert_string_equal(do_get_id(&office, id), "0800");
	d.message_id = id;
	d.package = package->xml;
	d.package_len = package->len;
	d.parts = package->parts;
	d.n_parts = package->n_parts;
	m = party_order(&office, &d);
	assert_string_equal(osci_message_verdict(m), "0800");
	osci_message_freep(&m);
	assert_int_equal(t_db_files(im_set.database), 1);
	im_end();
	assert_int_equal(im_service_open(&im, &im_set, NULL), 0);
	assert_string_equal(do_init(&bamf), "0801");
	m = party_order(&bamf, &fetch);
	assert_string_equal(osci_message_verdict(m), "0801");
	assert_int_equal(osci_contents_open(&c, m, &opts, NULL), 0);
	assert_int_equal(c->n_attachments, 1);
	same_octets(c->attachments[0].blob, blob);
	osci_contents_freep(&c);
	osci_message_freep(&m);
	assert_string_equal(do_exit(&bamf), "0800");
	assert_int_equal(t_db_files(im_set.database), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dialogs_at_once, before, after),
		cmocka_unit_test_setup_teardown(d_02_serial, before, after),
		cmocka_unit_test_setup_teardown(test_large_attachment, before, after),
	};

	return cmocka_run_group_tests_name("intermediary/many", tests, setup, teardown);
}
