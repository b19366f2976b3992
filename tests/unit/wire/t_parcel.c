/* SPDX-License-Identifier: Apache-2.0 */
/* t_parcel - see the header */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "lib/t_xsd.h"
#include "t_parcel.h"
#include "xml/xml.h"

struct osci_key *t_office, *t_author, *t_clerk, *t_reader, *t_second, *t_stranger;
struct osci_trust *t_trust;

/* Making an RSA key costs half a second: they share it, their certificates differ. */
static struct osci_key *key_of(const char *cn, const char *usage, EVP_PKEY *pkey, const char *curve)
{
	struct t_pair pair = t_pair_make(&(struct t_pair_opts){ .cn = cn, .usage = usage, .pkey = pkey, .curve = curve });
	struct osci_key *key = t_pair_key(&pair);

	t_pair_free(&pair);
	return key;
}

int t_parcel_setup(void **state)
{
	EVP_PKEY *pkey;

	if (osci_crypto_init(NULL) || osci_xml_init() || osci_trust_new(&t_trust))
		return -1;
	pkey = EVP_RSA_gen(3072);
	t_office = key_of("Amt", "digitalSignature", pkey, NULL);
	t_author = key_of("Autor", "digitalSignature", pkey, NULL);
	t_clerk = key_of("Sachbearbeiter", "digitalSignature", NULL, "P-256");
	t_reader = key_of("Empfaenger", "keyEncipherment", pkey, NULL);
	t_second = key_of("Leser", "keyEncipherment", pkey, NULL);
	t_stranger = key_of("Fremder", "keyEncipherment", pkey, NULL);
	EVP_PKEY_free(pkey);
	return osci_trust_add(t_trust, osci_key_cert(t_office)) || osci_trust_add(t_trust, osci_key_cert(t_author)) ||
	       osci_trust_add(t_trust, osci_key_cert(t_clerk));
}

int t_parcel_teardown(void **state)
{
	osci_key_unrefp(&t_office);
	osci_key_unrefp(&t_author);
	osci_key_unrefp(&t_clerk);
	osci_key_unrefp(&t_reader);
	osci_key_unrefp(&t_second);
	osci_key_unrefp(&t_stranger);
	osci_trust_freep(&t_trust);
	return 0;
}

struct osci_package *t_parcel_pack(const struct osci_container_draft *c, size_t n, const struct osci_package_opts *opts)
{
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };

	if (osci_package_new(&p, c, n, opts, &err))
		fail_msg("package: %s %s: %s", osci_result_name(err.code), err.where, err.what);
	return p;
}

unsigned char *t_parcel_write(const struct osci_package *p, size_t *ret_len)
{
	struct osci_draft_cert certs[16];
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = { .challenge = "Y2g=", .has_sequence = true },
				.message_id = "m1@intermed", .certs = certs, .has_package = true, .package = p->xml,
				.package_len = p->len, .parts = p->parts, .n_parts = p->n_parts };
	const struct osci_write_opts opts = { .signer = t_office };
	struct osci_err err = { 0 };
	unsigned char *out = NULL;
	bool addressee = false;
	size_t i;

	assert_true(p->n_certs < 16);
	for (i = 0; i < p->n_certs; i++) {
		addressee |= p->certs[i].role == OSCI_CIPHER_ADDRESSEE;
		certs[d.n_certs++] = p->certs[i];
	}
	if (!addressee)
		certs[d.n_certs++] = (struct osci_draft_cert){ .role = OSCI_CIPHER_ADDRESSEE,
							       .cert = osci_key_cert(t_reader) };
	if (osci_write(&out, ret_len, &d, &opts, &err))
		fail_msg("write: %s %s: %s", osci_result_name(err.code), err.where, err.what);
	return out;
}

struct osci_message *t_parcel_open(const void *data, size_t len)
{
	const struct osci_open_opts opts = { .trust = t_trust, .now = T_NOW, .signer = osci_key_cert(t_office),
					     .policy = { .require_signature = true } };
	struct osci_message *m = NULL;
	struct osci_err err = { 0 };

	if (osci_open(&m, data, len, &opts, &err))
		fail_msg("open: %s %s: %s", osci_result_name(err.code), err.where, err.what);
	return m;
}

struct osci_message *t_parcel_pass(const struct osci_container_draft *c, size_t n, const struct osci_package_opts *opts)
{
	struct osci_package *p = t_parcel_pack(c, n, opts);
	unsigned allowed = T_XSD_CONTENT;
	struct osci_message *m;
	unsigned char *data;
	size_t len, i;

	data = t_parcel_write(p, &len);
	osci_package_freep(&p);
	for (i = 0; i < n; i++)
		allowed |= c[i].one_for_all ? T_XSD_ONE_FOR_ALL : 0;
	t_xsd_check(data, len, NULL, 0, allowed);
	m = t_parcel_open(data, len);
	free(data);
	return m;
}

int t_parcel_contents(struct osci_contents **ret, const struct osci_message *m, struct osci_key *const *keys,
		      struct osci_err *err)
{
	struct osci_open_opts opts = { .keys = keys, .trust = t_trust, .now = T_NOW };

	while (keys[opts.n_keys])
		opts.n_keys++;
	return osci_contents_open(ret, m, &opts, err);
}

struct osci_contents *t_parcel_unpack(const struct osci_message *m, struct osci_key *first, struct osci_key *second)
{
	struct osci_key *const keys[] = { first, second, NULL };
	struct osci_contents *c = NULL;
	struct osci_err err = { 0 };

	if (t_parcel_contents(&c, m, keys, &err))
		fail_msg("contents: %s %s: %s", osci_result_name(err.code), err.where, err.what);
	return c;
}

struct osci_blob *t_blob(const char *text)
{
	struct osci_blob *b = NULL;

	assert_int_equal(osci_blob_copy(&b, text, strlen(text)), 0);
	return b;
}

void t_item_is(const struct osci_content_item *item, const char *text)
{
	assert_true(item->readable);
	assert_int_equal(item->len, strlen(text));
	assert_non_null(item->data);
	assert_memory_equal(item->data, text, item->len);
}

void t_item_by(const struct osci_content_item *item, const struct osci_key *first, const struct osci_key *second)
{
	const struct osci_key *const by[] = { first, second };
	size_t n = !first ? 0 : !second ? 1 : 2, i;

	assert_int_equal(item->n_signatures, n);
	for (i = 0; i < n; i++) {
		assert_int_equal(item->signatures[i].status, OSCI_SIG_VALID);
		assert_true(osci_cert_equal(item->signatures[i].cert, osci_key_cert(by[i])));
	}
}
