/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_partial - messages in chunks: any order, restarts, wrong numbers, verdicts, what is left on the disk; and answers
 * in chunks, confirmed when the last one is there
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/buf.h"
#include "intermediary/store_chunks.h"
#include "lib/t_db.h"
#include "party.h"

#define KIB ((size_t)1024)
#define TEXT_LEN 20000 /* of the content: the message inside has some 30 chunks of 1 KiB */

static const char carrier[] =
	"<osci:ContentContainer xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:osci=\"http://www.osci.de/2002/04/osci\""
	" xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\""
	" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" Id=\"ChunkContentContainer\"><osci:Content"
	" Id=\"ChunkContent\" href=\"cid:ChunkBlobStoreDelivery\"></osci:Content></osci:ContentContainer>";

static const struct osci_features features = { .max_chunk = 64 };
static struct party office, bamf;
static char *text;
static unsigned char *inner;
static size_t inner_len;
static char id[300], partial[320];

static int setup(void **state)
{
	world_begin();
	party_make(&office, "office", test_pkey(1), &im_ca, 0, 0);
	party_make(&bamf, "bamf", test_pkey(2), &im_ca, 0, 0);
	text = malloc(TEXT_LEN + 1);
	for (size_t i = 0; i < TEXT_LEN; i++)
		text[i] = (char)('a' + i * i % 26);
	text[TEXT_LEN] = '\0';
	return 0;
}

static int teardown(void **state)
{
	free(text);
	party_free(&office);
	party_free(&bamf);
	world_end();
	return 0;
}

/* The message inside: as a client makes it, implicit dialog, neither signed nor encrypted. */
static void make_inner(struct party *from, const char *message_id, enum osci_type type)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct osci_draft d;

	free(inner);
	inner = NULL;
	party_draft(from, &bamf, type, message_id, text, &d, certs, &package);
	certs[2] = (struct osci_draft_cert){ OSCI_SIGN_ORIGINATOR, osci_key_cert(from->sign), NULL };
	d.n_certs = 3; /* nobody signs the message, but somebody the content */
	d.control = (struct osci_control){ .challenge = "VGVzdC1DaGFsbGVuZ2UtMDI=", .has_sequence = true };
	d.receiver_uri = "urn:x";
	assert_int_equal(osci_write(&inner, &inner_len, &d, &(struct osci_write_opts){ 0 }, NULL), 0);
}

static int before(void **state)
{
	im_begin();
	office.in_dialog = bamf.in_dialog = false;
	assert_string_equal(do_init(&office), "0801");
	do_get_id(&office, id);
	snprintf(partial, sizeof(partial), "%s_Partial", id);
	make_inner(&office, id, OSCI_STORE_DELIVERY);
	return 0;
}

static int after(void **state)
{
	im_end();
	free(inner);
	inner = NULL;
	return 0;
}

static size_t chunks(size_t kib)
{
	return (inner_len + kib * KIB - 1) / (kib * KIB);
}

static struct osci_message *send(struct osci_chunk c, const void *data, size_t len, const char *message_id)
{
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL } };
	struct osci_part part = { .content_id = "ChunkBlobStoreDelivery", .data = data, .len = len };
	struct osci_draft d = { .type = OSCI_PARTIAL_STORE_DELIVERY, .certs = certs, .n_certs = 2, .message_id = message_id,
				.has_package = true, .package = c.info_only ? "" : carrier,
				.package_len = c.info_only ? 0 : sizeof(carrier) - 1, .parts = &part,
				.n_parts = c.info_only ? 0 : 1, .chunk = c, .features = &features };

	return party_order(&office, &d);
}

/* Codes of feedback, "|" and those of the feedback inside. */
static const char *codes(const struct osci_message *m)
{
	static char out[200];

	out[0] = '\0';
	for (size_t i = 0; i < m->n_feedback; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i ? " " : "", m->feedback[i].code);
	for (size_t i = 0; i < m->n_inside_feedback; i++)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s%s", i ? " " : "|", m->inside_feedback[i].code);
	return m->type == OSCI_FAULT ? m->fault_osci : out;
}

static struct osci_message *send_chunk(size_t number, size_t kib)
{
	size_t from = (number - 1) * kib * KIB, len = inner_len - from < kib * KIB ? inner_len - from : kib * KIB;
	struct osci_chunk c = { .present = true, .number = number, .size_kib = kib, .total_chunks = chunks(kib),
				.total_kib = (inner_len + KIB - 1) / KIB };

	return send(c, inner + from, len, partial);
}

static const char *chunk(size_t number, size_t kib, struct osci_message **ret)
{
	struct osci_message *m = send_chunk(number, kib);
	const char *out = codes(m);

	if (ret)
		*ret = m;
	else
		osci_message_freep(&m);
	return out;
}

static struct osci_message *info(void)
{
	return send((struct osci_chunk){ .present = true, .info_only = true }, NULL, 0, partial);
}

static void fetch_text(void)
{
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY };
	const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW };
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	_cleanup_(osci_message_freep) struct osci_message *m = NULL;

	assert_string_equal(do_init(&bamf), "0801");
	m = party_order(&bamf, &d);
	assert_string_equal(osci_message_verdict(m), "0801");
	assert_int_equal(osci_contents_open(&c, m, &opts, NULL), 0);
	assert_int_equal(c->items[0].len, TEXT_LEN);
	assert_memory_equal(c->items[0].data, text, TEXT_LEN);
	assert_string_equal(m->cards[0].message_id, id);
	assert_string_equal(do_exit(&bamf), "0800");
}

static void test_any_order_and_restarts(void **state)
{
	size_t n = chunks(4), sent = 0;
	struct osci_message *m;

	assert_true(n > 6);
	for (size_t i = n; i > 0; i -= 2) { /* even ones or odd ones from behind */
		assert_string_equal(chunk(i, 4, &m), "0801");
		assert_int_equal(m->chunk.number, i);
		assert_int_equal(m->chunk.total_chunks, n);
		assert_int_equal(m->n_cards, 0);
		osci_message_freep(&m);
		sent++;
		if (i < 2)
			break;
	}
	assert_int_equal(t_db_files(im_set.database), sent);
	im_restart();
	office.in_dialog = false;
	assert_string_equal(do_init(&office), "0801");
	m = info();
	assert_string_equal(codes(m), "0801");
	assert_int_equal(strlen(m->chunk.received) > sent, true);
	osci_message_freep(&m);
	for (size_t i = n - 1; i > 0; i -= 2) {
		assert_string_equal(chunk(i, 4, &m), ++sent < n ? "0801" : "0801|0800");
		if (sent == n) {
			assert_int_equal(m->n_cards, 1);
			assert_string_equal(m->cards[0].message_id, id);
			assert_non_null(m->cards[0].creation);
		}
		osci_message_freep(&m);
		if (i < 2)
			break;
	}
	assert_int_equal(t_db_files(im_set.database), 0); /* chunks gone; this delivery is small */
	/* the verdict stays, whoever asks and whenever; nothing is stored twice */
	for (int i = 0; i < 2; i++) {
		m = info();
		assert_string_equal(codes(m), "0801|0800");
		assert_int_equal(m->n_cards, 1);
		osci_message_freep(&m);
		assert_string_equal(chunk(2, 4, &m), "9900|0800");
		osci_message_freep(&m);
		im_restart();
		office.in_dialog = false;
		assert_string_equal(do_init(&office), "0801");
	}
	fetch_text();
	assert_string_equal(do_init(&bamf), "0801");
	{
		char got[300];

		assert_string_equal(do_fetch(&bamf, got), "9803");
	}
}

static void test_numbers(void **state)
{
	static const struct {
		struct osci_chunk c;
		size_t len;
		const char *code;
	} rows[] = {
		{ { true, false, 3, 4, 8, 2, NULL }, 4096, "9901" },
		{ { true, false, 1, 4, 8, 2, NULL }, 4095, "9905" },
		{ { true, false, 1, 4, 8, 2, NULL }, 4097, "9905" },
		{ { true, false, 2, 4, 8, 2, NULL }, 4097, "9905" },
		{ { true, false, 1, 4, 13, 3, NULL }, 4096, "9905" },
		{ { true, false, 1, 4, 7, 3, NULL }, 4096, "9905" },
		{ { true, false, 1, 65, 130, 2, NULL }, 65 * 1024, "9902" },
		{ { true, false, 1, 1, 3001, 3001, NULL }, 1024, "9904" }, /* OSCI_CHUNKS_MAX and one */
		{ { true, false, 1, 64, 10241, 161, NULL }, 65536, "9904" },
	};
	struct osci_message *m;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		m = send(rows[i].c, text, rows[i].len > TEXT_LEN ? TEXT_LEN : rows[i].len, partial);
		if (strcmp(codes(m), rows[i].code))
			fail_msg("row %zu: %s, %s expected", i, codes(m), rows[i].code);
		osci_message_freep(&m);
	}
	im.features.min_chunk = 2;
	assert_string_equal(chunk(1, 1, NULL), "9903");
	im.features.min_chunk = 1;
	assert_int_equal(t_db_files(im_set.database), 0);
	/* against what the first chunk said, and twice */
	assert_string_equal(chunk(1, 4, NULL), "0801");
	assert_string_equal(chunk(1, 4, NULL), "9900");
	assert_string_equal(chunk(2, 5, NULL), "9905");
	m = info();
	assert_string_equal(m->chunk.received, "1");
	osci_message_freep(&m);
	/* ids: unknown, of nobody */
	m = send((struct osci_chunk){ true, false, 1, 4, 8, 2, NULL }, text, 4096, "unknown@im.example_Partial");
	assert_string_equal(codes(m), "9801");
	assert_string_equal(m->chunk.received, "-1");
	osci_message_freep(&m);
	m = send((struct osci_chunk){ .present = true, .info_only = true }, NULL, 0, "unknown@im.example_Partial");
	assert_string_equal(m->chunk.received, "-1");
	osci_message_freep(&m);
	assert_int_equal(t_db_files(im_set.database), 1);
}

static void test_open_transfers(void **state)
{
	const struct osci_chunk c = { true, false, 1, 4, 8, 2, NULL };
	struct osci_message *m;

	for (unsigned i = 0; i <= IM_TRANSFERS_MAX; i++) {
		char one[300];

		do_get_id(&office, one);
		m = send(c, text, 4096, one);
		assert_string_equal(codes(m), i < IM_TRANSFERS_MAX ? "0801" : "9811");
		osci_message_freep(&m);
	}
	assert_int_equal(t_db_files(im_set.database), IM_TRANSFERS_MAX);
	now_ms += im_set.chunk_timeout - 1;
	assert_int_equal(im_service_tidy(&im, now_ms, NULL), 0);
	assert_int_equal(t_db_files(im_set.database), IM_TRANSFERS_MAX);
	now_ms += 1;
	assert_int_equal(im_service_tidy(&im, now_ms, NULL), 0);
	assert_int_equal(t_db_files(im_set.database), 0);
}

static const char *send_all(size_t kib)
{
	static char out[200];

	for (size_t i = 1; i <= chunks(kib); i++)
		snprintf(out, sizeof(out), "%s", chunk(i, kib, NULL));
	return out;
}

static void test_refused_inside(void **state)
{
	struct osci_message *m;

	/* no message at all */
	memset(inner, 'x', inner_len);
	assert_string_equal(send_all(8), "9950|9300");
	m = info();
	assert_string_equal(codes(m), "9950|9300");
	assert_int_equal(m->n_cards, 0);
	osci_message_freep(&m);
	assert_int_equal(t_db_files(im_set.database), 0);
	/* another order, another id, another client */
	do_get_id(&office, id);
	snprintf(partial, sizeof(partial), "%s_Partial", id);
	make_inner(&office, id, OSCI_FORWARD_DELIVERY);
	assert_string_equal(send_all(8), "9950|9300");
	do_get_id(&office, id);
	snprintf(partial, sizeof(partial), "%s_Partial", id);
	make_inner(&office, "another@im.example", OSCI_STORE_DELIVERY);
	assert_string_equal(send_all(8), "9950|9905");
	do_get_id(&office, id);
	snprintf(partial, sizeof(partial), "%s_Partial", id);
	make_inner(&bamf, id, OSCI_STORE_DELIVERY);
	assert_string_equal(send_all(8), "9950|9700");
}

/* A crash behind the last chunk, or an order that is working on it. */
static void test_undecided(void **state)
{
	struct im_pool pool = { 0 };
	struct im_transfer t = { .client = osci_cert_sha256(osci_key_cert(office.cipher)), .message_id = partial,
				 .delivery_id = id, .chunk_kib = 64, .total_chunks = 1,
				 .total_kib = (inner_len + KIB - 1) / KIB };
	struct osci_part part = { .data = inner, .len = inner_len };
	struct osci_message *m;

	assert_int_equal(im_transfer_put(&im.store, &t, 1, &part, now_ms, &pool, NULL), 0);
	assert_int_equal(t.n, 1);
	assert_string_equal(t.verdict, "");
	im.assembling[3] = t.id;
	m = info();
	assert_string_equal(codes(m), "3952 0801");
	assert_string_equal(m->chunk.received, "1");
	osci_message_freep(&m);
	im.assembling[3] = 0;
	im_restart();
	office.in_dialog = false;
	assert_string_equal(do_init(&office), "0801");
	m = info();
	assert_string_equal(codes(m), "0801|0800");
	osci_message_freep(&m);
	fetch_text();
	im_pool_free(&pool);
}

static void test_warning_inside(void **state)
{
	_cleanup_(osci_package_freep) struct osci_package *package = NULL;
	struct osci_draft_cert certs[3];
	struct party old;
	struct osci_draft d;

	party_make(&old, "old", test_pkey(2), &im_ca, T_NOW - 50 * 86400, T_NOW - 86400);
	free(inner);
	inner = NULL;
	party_draft(&office, &old, OSCI_STORE_DELIVERY, id, text, &d, certs, &package);
	d.control = (struct osci_control){ .challenge = "VGVzdC1DaGFsbGVuZ2UtMDI=", .has_sequence = true };
	assert_int_equal(osci_write(&inner, &inner_len, &d, &(struct osci_write_opts){ 0 }, NULL), 0);
	assert_string_equal(send_all(8), "3950 0801|3705 0800");
	party_free(&old);
}

/* --- out ---------------------------------------------------------------- */

static struct osci_message *get(struct osci_selection sel, size_t number, size_t kib, const char *received)
{
	struct osci_draft d = { .type = OSCI_PARTIAL_FETCH_DELIVERY, .selection = sel, .features = &features,
				.chunk = { .present = true, .number = number, .size_kib = kib, .received = received } };

	return party_order(&bamf, &d);
}

static const char *card_of(const char *message_id)
{
	static char times[4];

	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(do_card(&office, message_id, times), "0801");
	assert_string_equal(do_exit(&office), "0800");
	return times;
}

/* Takes the chunks in @order; the whole in *@ret. */
static size_t collect(size_t kib, unsigned char **ret)
{
	const char *const ids[] = { id };
	struct osci_selection sel = { 0 };
	size_t total = 1, len = 0;

	*ret = malloc(1 << 20);
	for (size_t i = 1; i <= total; i++) {
		struct osci_message *m = get(sel, i, kib, i == 1 ? "-1" : "");

		assert_int_equal(m->type, OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY);
		assert_string_equal(osci_message_verdict(m), "0801");
		assert_string_equal(m->message_id, id);
		assert_int_equal(m->chunk.number, i);
		total = m->chunk.total_chunks;
		assert_int_equal(m->n_parts, 1);
		assert_string_equal(m->parts[0].content_id, "ChunkBlobStoreDelivery");
		assert_int_equal(osci_blob_read(m->parts[0].blob, 0, *ret + len, m->parts[0].len, NULL), 0);
		len += m->parts[0].len;
		if (i < total)
			assert_int_equal(m->parts[0].len, kib * KIB);
		assert_true(m->chunk.total_kib * KIB >= len);
		osci_message_freep(&m);
		sel = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
		if (i + 1 >= total) /* not received while chunks are missing, nor by the last one itself */
			assert_string_equal(card_of(id), "CF");
	}
	assert_true(total > 3);
	return len;
}

static void test_fetch(void **state)
{
	const struct osci_open_opts opts = { .keys = &bamf.cipher, .n_keys = 1, .trust = everyone, .now = T_NOW,
					     .signer = osci_key_cert(im_set.sign), .policy = { .require_signature = true } };
	_cleanup_(osci_contents_freep) struct osci_contents *c = NULL;
	_cleanup_(osci_message_freep) struct osci_message *whole = NULL;
	_cleanup_(osci_freep) unsigned char *first = NULL, *again = NULL;
	const struct osci_selection none = { 0 };
	struct osci_message *m;
	size_t len;

	assert_string_equal(do_store(&office, id, &bamf, text), "0801");
	assert_string_equal(do_init(&bamf), "0801");
	len = collect(8, &first);
	assert_int_equal(osci_open(&whole, first, len, &opts, NULL), 0);
	assert_int_equal(whole->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_int_equal(osci_contents_open(&c, whole, &opts, NULL), 0);
	assert_memory_equal(c->items[0].data, text, TEXT_LEN);
	assert_int_equal(t_db_files(im_set.database), 1);
	/* the dialog is abandoned: nothing was confirmed, and the octets are still the same ones */
	im_restart();
	assert_string_equal(do_init(&bamf), "0801");
	assert_int_equal(collect(8, &again), len);
	assert_memory_equal(first, again, len);
	m = get(none, 99, 8, "");
	assert_string_equal(osci_message_verdict(m), "9803"); /* that order was the confirmation */
	osci_message_freep(&m);
	assert_string_equal(card_of(id), "CFR");
	assert_int_equal(t_db_files(im_set.database), 0);
	assert_string_equal(do_exit(&bamf), "0800");
}

/* Resumed: what the client says it has counts, and what is missing does not. */
static void test_fetch_resumed(void **state)
{
	const struct osci_selection none = { 0 };
	char all[300] = "";
	struct osci_message *m;
	size_t total;

	assert_string_equal(do_store(&office, id, &bamf, text), "0801");
	assert_string_equal(do_init(&bamf), "0801");
	m = get(none, 2, 8, "1");
	total = m->chunk.total_chunks;
	osci_message_freep(&m);
	m = get(none, total + 1, 8, "");
	assert_string_equal(osci_message_verdict(m), "9901");
	osci_message_freep(&m);
	m = get(none, 1, 0xffff, "");
	assert_string_equal(osci_message_verdict(m), "9902");
	osci_message_freep(&m);
	for (size_t i = 3; i < total; i++)
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%zu", i > 3 ? " " : "", i);
	assert_string_equal(card_of(id), "CF");
	m = get(none, total, 8, all);
	assert_string_equal(osci_message_verdict(m), "0801");
	osci_message_freep(&m);
	assert_string_equal(do_exit(&bamf), "0800");
	assert_string_equal(card_of(id), "CFR");
}

static const char *begin_fetch(const char *message_id)
{
	static char code[8];
	struct osci_message *m = get((struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = &message_id,
							      .n_message_ids = 1 }, 1, 8, "-1");

	snprintf(code, sizeof(code), "%s", osci_message_verdict(m));
	osci_message_freep(&m);
	return code;
}

static uint64_t waiting_octets(void)
{
	struct im_store_waiting w;

	assert_int_equal(im_store_waiting(&im.store, osci_cert_sha256(osci_key_cert(bamf.cipher)), &w, NULL), 0);
	return w.octets;
}

/* Answers in chunks are files: they count in the mailbox, their number is limited, and whole answers go on. */
static void test_f_10_answers_in_chunks(void **state)
{
	char ids[IM_OUTGOING_MAX + 1][300], got[300];
	uint64_t stored;

	for (size_t i = 0; i <= IM_OUTGOING_MAX; i++) {
		if (i)
			do_get_id(&office, id);
		memcpy(ids[i], id, sizeof(id));
		assert_string_equal(do_store(&office, id, &bamf, text), "0801");
	}
	stored = waiting_octets();
	assert_true(stored > (IM_OUTGOING_MAX + 1) * TEXT_LEN);
	assert_string_equal(do_init(&bamf), "0801");
	im_set.disk.min_free = UINT64_MAX / 2;
	assert_string_equal(begin_fetch(ids[0]), "9811");
	assert_string_equal(report.err.what, "the disk is nearly full");
	im_set.disk.min_free = 0;
	assert_int_equal(t_db_files(im_set.database), 0);
	for (size_t i = 0; i < IM_OUTGOING_MAX; i++)
		assert_string_equal(begin_fetch(ids[i]), "0801");
	assert_int_equal(t_db_files(im_set.database), IM_OUTGOING_MAX);
	assert_true(waiting_octets() > stored + IM_OUTGOING_MAX * TEXT_LEN);
	assert_string_equal(begin_fetch(ids[IM_OUTGOING_MAX]), "9811");
	assert_int_equal(t_db_files(im_set.database), IM_OUTGOING_MAX);
	assert_string_equal(begin_fetch(ids[1]), "0801"); /* what is begun goes on */
	/* The mailbox is full by what is fetched from it, and empty again with it. */
	im_restart();
	im.store.limits.mailbox_bytes = stored + IM_OUTGOING_MAX * TEXT_LEN;
	assert_string_equal(do_init(&office), "0801");
	do_get_id(&office, id);
	assert_string_equal(do_store(&office, id, &bamf, "x"), "9811");
	assert_string_equal(do_init(&bamf), "0801");
	for (size_t i = 0; i <= IM_OUTGOING_MAX; i++)
		assert_string_equal(do_fetch(&bamf, got), "0801");
	assert_string_equal(do_fetch(&bamf, got), "9803");
	assert_int_equal(waiting_octets(), 0);
	assert_int_equal(t_db_files(im_set.database), 0);
	assert_string_equal(do_store(&office, id, &bamf, "x"), "0801");
	assert_string_equal(do_exit(&office), "0800");
}

static void test_fetch_small(void **state)
{
	const struct osci_selection none = { 0 };
	struct osci_message *m;
	char got[300];

	assert_string_equal(do_store(&office, id, &bamf, "klein"), "0801");
	assert_string_equal(do_init(&bamf), "0801");
	m = get(none, 1, 64, "-1");
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_string_equal(osci_message_verdict(m), "0801");
	party_content(&bamf, m, got);
	assert_string_equal(got, "klein");
	osci_message_freep(&m);
	assert_int_equal(t_db_files(im_set.database), 0);
	m = get(none, 1, 64, "-1");
	assert_int_equal(m->type, OSCI_RESPONSE_TO_FETCH_DELIVERY);
	assert_string_equal(osci_message_verdict(m), "9803");
	osci_message_freep(&m);
	assert_string_equal(do_exit(&bamf), "0800");
	assert_string_equal(card_of(id), "CFR");
}

static void test_announced(void **state)
{
	const struct osci_draft_cert cert = { OSCI_CIPHER_ORIGINATOR, osci_key_cert(bamf.cipher), NULL };
	struct osci_draft d = { .type = OSCI_INIT_DIALOG, .certs = &cert, .n_certs = 1 };
	struct osci_message *m = party_order(&bamf, &d);
	bool chunked = false;

	assert_int_equal(m->announced.max_chunk, im_set.chunk_max / KIB);
	assert_int_equal(m->announced.min_chunk, im_set.chunk_min / KIB);
	assert_int_equal(m->announced.max_message, im_set.chunk_message / KIB);
	assert_int_equal(m->announced.chunk_timeout, im_set.chunk_timeout / 1000);
	for (size_t i = 0; i < m->n_features; i++)
		chunked |= !strcmp(m->features[i].key, "PartialMessageTransmission");
	assert_true(chunked);
	osci_message_freep(&m);
}

/* A message of more chunks than the process has descriptors. */
static void test_more_chunks_than_descriptors(void **state)
{
	struct rlimit was, few;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	few = was;
	few.rlim_cur = 24;
	assert_true(chunks(1) > few.rlim_cur);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	assert_string_equal(send_all(1), "0801|0800");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
	fetch_text();
}

/* The disk has to have room for the whole message, not for its last chunk. */
static void test_f_10_no_room_for_the_message(void **state)
{
	struct im_pool pool = { 0 };
	struct im_transfer t = { .client = osci_cert_sha256(osci_key_cert(office.cipher)), .message_id = partial,
				 .delivery_id = id, .chunk_kib = 64, .total_chunks = 1,
				 .total_kib = (inner_len + KIB - 1) / KIB };
	struct osci_part part = { .data = inner, .len = inner_len };
	struct osci_message *m;

	im_set.disk.min_free = 1;
	assert_int_equal(im_transfer_put(&im.store, &t, 1, &part, now_ms, &pool, NULL), 0);
	assert_int_equal(db_exec(&im.store.db, NULL, "UPDATE transfer SET bytes=?", "i", INT64_C(1) << 60), 0);
	m = info();
	assert_string_equal(codes(m), "9811");
	osci_message_freep(&m);
	assert_int_equal(db_exec(&im.store.db, NULL, "UPDATE transfer SET bytes=?", "i", (int64_t)inner_len), 0);
	m = info();
	assert_string_equal(codes(m), "0801|0800");
	osci_message_freep(&m);
	im_pool_free(&pool);
}

/* What may come in chunks may be larger than one HTTP body: it can be fetched all the same. */
static void test_larger_than_a_body(void **state)
{
	im_set.limits.http_body = inner_len - KIB;
	im_restart();
	office.in_dialog = false;
	assert_string_equal(do_init(&office), "0801");
	assert_string_equal(send_all(4), "0801|0800");
	assert_string_equal(do_init(&bamf), "0801");
	{
		_cleanup_(osci_freep) unsigned char *whole = NULL;

		assert_true(collect(4, &whole) > im_set.limits.http_body);
	}
	assert_string_equal(do_exit(&bamf), "0800");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_announced, before, after),
		cmocka_unit_test_setup_teardown(test_any_order_and_restarts, before, after),
		cmocka_unit_test_setup_teardown(test_numbers, before, after),
		cmocka_unit_test_setup_teardown(test_open_transfers, before, after),
		cmocka_unit_test_setup_teardown(test_refused_inside, before, after),
		cmocka_unit_test_setup_teardown(test_undecided, before, after),
		cmocka_unit_test_setup_teardown(test_warning_inside, before, after),
		cmocka_unit_test_setup_teardown(test_fetch, before, after),
		cmocka_unit_test_setup_teardown(test_fetch_resumed, before, after),
		cmocka_unit_test_setup_teardown(test_f_10_answers_in_chunks, before, after),
		cmocka_unit_test_setup_teardown(test_fetch_small, before, after),
		cmocka_unit_test_setup_teardown(test_larger_than_a_body, before, after),
		cmocka_unit_test_setup_teardown(test_more_chunks_than_descriptors, before, after),
		cmocka_unit_test_setup_teardown(test_f_10_no_room_for_the_message, before, after),
	};

	return cmocka_run_group_tests_name("intermediary/partial", tests, setup, teardown);
}
