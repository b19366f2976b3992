/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_carry - what the reference implementation sends comes out of the mailbox unchanged
 *
 * Takes content, attachments, certificates with their Ids and custom headers of each StoreDelivery
 * among the vectors through the mailbox, compares the octets, and opens the contents behind it.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "party.h"

#define PARTS_MAX 32

static char folder[512];
static struct osci_key *keys[8];
static size_t n_keys;

static struct osci_key *load(const char *name)
{
	struct osci_key *key = NULL;
	struct osci_err err = { 0 };
	char path[700];

	snprintf(path, sizeof(path), "%s/keys/%s.p12", folder, name);
	if (osci_key_load_p12(&key, path, "osci-test", 0, &err))
		fail_msg("%s: %s", path, err.what);
	assert_int_equal(osci_trust_add(everyone, osci_key_cert(key)), 0);
	return key;
}

static int setup(void **state)
{
	static const char *const kinds[] = { "3072", "4096", "ca" };
	const char *shared = getenv("XAUSL_SHARED");
	char path[700];
	FILE *f;

	world_begin();
	im_begin();
	snprintf(folder, sizeof(folder), "%s/vectors/osci", shared ? shared : "");
	snprintf(path, sizeof(path), "%s/README.md", folder);
	f = fopen(path, "r");
	if (!f) {
		folder[0] = '\0';
		return 0;
	}
	fclose(f);
	for (size_t i = 0; i < 3; i++) {
		char name[40];
		struct osci_key *key;

		snprintf(name, sizeof(name), "intermed-enc-%s", kinds[i]);
		keys[n_keys++] = load(name);
		snprintf(name, sizeof(name), "office-sig-%s", kinds[i]);
		key = load(name);
		osci_key_unref(key);
		snprintf(name, sizeof(name), "office-enc-%s", kinds[i]);
		key = load(name);
		osci_key_unref(key);
		snprintf(name, sizeof(name), "bamf-sig-%s", kinds[i]);
		key = load(name);
		osci_key_unref(key);
	}
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < n_keys; i++)
		osci_key_unref(keys[i]);
	im_end();
	world_end();
	return 0;
}

static void *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *data;
	long size;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	*len = fread(data, 1, (size_t)size, f);
	fclose(f);
	return data;
}

/* Key of the vectors with this certificate. */
static struct osci_key *key_of(const char *role, const struct osci_cert *cert)
{
	static const char *const kinds[] = { "3072", "4096", "ca" };

	for (size_t i = 0; cert && i < 3; i++) {
		struct osci_key *key;
		char name[40];

		snprintf(name, sizeof(name), "%s-%s", role, kinds[i]);
		key = load(name);
		if (osci_cert_equal(osci_key_cert(key), cert))
			return key;
		osci_key_unref(key);
	}
	return NULL;
}

static void same_package(const struct osci_message *a, const struct osci_message *b)
{
	_cleanup_(osci_freep) char *pa = NULL, *pb = NULL;
	size_t la, lb;

	assert_int_equal(osci_message_package(a, &pa, &la, NULL), 0);
	assert_int_equal(osci_message_package(b, &pb, &lb, NULL), 0);
	assert_int_equal(la, lb);
	assert_memory_equal(pa, pb, la);
	assert_int_equal(a->n_parts, b->n_parts);
	for (size_t i = 0; i < a->n_parts; i++) {
		assert_string_equal(a->parts[i].content_id, b->parts[i].content_id);
		assert_int_equal(a->parts[i].len, b->parts[i].len);
		assert_memory_equal(a->parts[i].data, b->parts[i].data, a->parts[i].len);
	}
	assert_int_equal(a->n_custom, b->n_custom);
	for (size_t i = 0; i < a->n_custom; i++)
		assert_string_equal(a->custom[i].xml, b->custom[i].xml);
	for (size_t i = 0; i < a->n_certs; i++) {
		size_t k = 0;

		while (k < b->n_certs && strcmp(a->certs[i].id, b->certs[k].id))
			k++;
		assert_true(k < b->n_certs);
		assert_int_equal(a->certs[i].role, b->certs[k].role);
		assert_true(osci_cert_equal(a->certs[i].cert, b->certs[k].cert));
	}
	assert_int_equal(b->n_cards, 1);
	assert_string_equal(a->subject ? a->subject : "", b->cards[0].subject ? b->cards[0].subject : "");
}

/* Opens the contents of both; same outcome, same octets. */
static void same_contents(const struct osci_message *a, const struct osci_message *b, struct osci_key *reader)
{
	const struct osci_open_opts opts = { .keys = &reader, .n_keys = 1, .trust = everyone, .now = T_NOW,
					     .policy = { .allow_cbc = true } };
	_cleanup_(osci_contents_freep) struct osci_contents *ca = NULL, *cb = NULL;
	int ra = osci_contents_open(&ca, a, &opts, NULL), rb = osci_contents_open(&cb, b, &opts, NULL);

	assert_int_equal(ra, rb);
	if (ra)
		return;
	assert_int_equal(ca->n_items, cb->n_items);
	for (size_t i = 0; i < ca->n_items; i++) {
		assert_int_equal(ca->items[i].len, cb->items[i].len);
		assert_int_equal(ca->items[i].n_signatures, cb->items[i].n_signatures);
		if (ca->items[i].data)
			assert_memory_equal(ca->items[i].data, cb->items[i].data, ca->items[i].len);
	}
}

static bool carry(const char *path)
{
	const struct osci_open_opts opts = { .keys = keys, .n_keys = n_keys, .trust = everyone, .now = T_NOW,
					     .policy = { .allow_cbc = true } };
	_cleanup_(osci_message_freep) struct osci_message *m = NULL, *got = NULL, *answer = NULL;
	_cleanup_(osci_freep) char *octets = NULL, *package = NULL;
	struct osci_draft_cert certs[PARTS_MAX];
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .has_package = true };
	struct osci_draft fetch = { .type = OSCI_FETCH_DELIVERY };
	struct party from = { 0 }, to = { 0 };
	char id[300];
	size_t len;

	octets = read_file(path, &len);
	if (osci_open(&m, octets, len, &opts, NULL) || m->type != OSCI_STORE_DELIVERY)
		return false;
	from.sign = key_of("office-sig", osci_message_cert(m, OSCI_SIGN_ORIGINATOR));
	from.cipher = key_of("office-enc", osci_message_cert(m, OSCI_CIPHER_ORIGINATOR));
	to.cipher = key_of("bamf-enc", osci_message_cert(m, OSCI_CIPHER_ADDRESSEE));
	if (!from.sign || !from.cipher || !to.cipher || m->n_certs > PARTS_MAX) {
		party_free(&from);
		party_free(&to);
		return false;
	}
	to.sign = load("bamf-sig-3072");
	assert_string_equal(do_get_id(&from, id), "0800");
	for (size_t i = 0; i < m->n_certs; i++)
		certs[i] = (struct osci_draft_cert){ m->certs[i].role, m->certs[i].cert, m->certs[i].id };
	assert_int_equal(osci_message_package(m, &package, &d.package_len, NULL), 0);
	d.package = package;
	d.certs = certs;
	d.n_certs = m->n_certs;
	d.message_id = id;
	d.subject = m->subject;
	d.parts = m->parts;
	d.n_parts = m->n_parts;
	d.custom = m->custom;
	d.n_custom = m->n_custom;
	answer = party_order(&from, &d);
	assert_string_equal(osci_message_verdict(answer), "0800");
	assert_string_equal(do_init(&to), "0801");
	got = party_order(&to, &fetch);
	assert_string_equal(osci_message_verdict(got), "0801");
	same_package(m, got);
	same_contents(m, got, to.cipher);
	assert_string_equal(do_exit(&to), "0800");
	party_free(&from);
	party_free(&to);
	return true;
}

static void test_vectors(void **state)
{
	char pattern[600];
	unsigned carried = 0;
	glob_t found;

	if (!folder[0]) {
		print_message("# SKIP no vectors of the reference implementation in XAUSL_SHARED\n");
		skip();
	}
	snprintf(pattern, sizeof(pattern), "%s/store-*-*.bin", folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		if (!strstr(found.gl_pathv[i], ".inner.") && !strstr(found.gl_pathv[i], ".tampered-"))
			carried += carry(found.gl_pathv[i]);
	globfree(&found);
	print_message("# %u deliveries carried\n", carried);
	assert_true(carried >= 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_vectors) };

	return cmocka_run_group_tests_name("intermediary/carry", tests, setup, teardown);
}
