/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-xsd - the judge of written messages can say no
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "lib/t_package.h"
#include "t_judge.h"
#include "wire/types.h"

static char why[600];

static enum t_xsd judged(const struct osci_buf *b, struct osci_key *key)
{
	return t_xsd_judge(b->data, b->len, &key, key ? 1 : 0, 0, why, sizeof(why));
}

static void written(struct osci_buf *b, const struct osci_draft *d, const struct osci_cert *encrypt_for)
{
	struct osci_write_opts opts = { .signer = office, .encrypt_for = encrypt_for };
	unsigned char *data = NULL;
	size_t len;

	assert_int_equal(osci_write(&data, &len, d, &opts, NULL), 0);
	osci_buf_add(b, data, len);
	free(data);
}

/* The message with @from replaced by @to. */
static void changed(struct osci_buf *b, const struct osci_draft *d, const char *from, const char *to)
{
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(1 << 20);
	const unsigned char *at;

	written(&plain, d, NULL);
	at = memmem(plain.data, plain.len, from, strlen(from));
	assert_non_null(at);
	osci_buf_add(b, plain.data, (size_t)(at - plain.data));
	osci_buf_adds(b, to);
	at += strlen(from);
	osci_buf_add(b, at, plain.len - (size_t)(at - plain.data));
}

static void says_no(void **state)
{
	static const char *const changes[][2] = {
		{ "soapStoreDelivery.xsd", "soapFetchDelivery.xsd" },
		{ "soapStoreDelivery.xsd ", "soapStoreDelivery.xsd  " },
		{ "soapStoreDelivery.xsd", "soapNothing.xsd" },
		{ " Id=\"body\"", " Id=\"controlblock\"" },
		{ "<osci:Challenge>", "<osci:Response>r</osci:Response><osci:Wrong></osci:Wrong><osci:Challenge>" },
		{ " SequenceNumber=\"0\"", "" },
		{ "Quality=\"plain\"", "Quality=\"good\"" },
		{ "</soap:Envelope>", "" },
		{ "MIME-Version: 1.0", "MIME-Version: 1.0\r\nX: boundary=no" },
	};
	struct delivery v;
	size_t i;

	delivery_make(&v, true, true, "x", 1);
	for (i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1 << 20);

		changed(&b, &v.draft, changes[i][0], changes[i][1]);
		if (judged(&b, NULL) == T_XSD_SKIPPED) {
			osci_package_freep(&v.package);
			skip();
		}
		assert_int_equal(judged(&b, NULL), T_XSD_INVALID);
		assert_true(why[0]);
	}
	osci_package_freep(&v.package);
}

static void looks_inside(void **state)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(1 << 20);
	struct delivery v;

	delivery_make(&v, true, true, "x", 1);
	written(&b, &v.draft, osci_key_cert(supplier_cipher));
	osci_package_freep(&v.package);
	if (judged(&b, supplier_cipher) == T_XSD_SKIPPED)
		skip();
	assert_int_equal(judged(&b, supplier_cipher), T_XSD_VALID);
	assert_int_equal(judged(&b, office_cipher), T_XSD_OUTER);
	assert_int_equal(judged(&b, NULL), T_XSD_OUTER);
	b.data[b.len - 80] ^= 1; /* in the tag, or before it */
	assert_int_equal(judged(&b, supplier_cipher), T_XSD_INVALID);
}

/* Without its exception a deviation is seen. */
static void exceptions_are_exceptions(void **state)
{
	static const struct osci_features features = { 0 };
	struct osci_draft d = {
		.type = OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY, .control = IN_DIALOG, .feedback = feedback, .n_feedback = 2,
		.features = &features, .cards = cards, .n_cards = 1,
		.chunk = { .present = true, .number = 4, .total_chunks = 4, .received = "1 2 4" },
	};
	struct osci_write_opts opts = { .signer = supplier };
	_cleanup_(osci_freep) unsigned char *data = NULL;
	size_t len;

	assert_int_equal(osci_write(&data, &len, &d, &opts, NULL), 0);
	if (t_xsd_judge(data, len, NULL, 0, 0, why, sizeof(why)) == T_XSD_SKIPPED)
		skip();
	assert_int_equal(t_xsd_judge(data, len, NULL, 0, 0, why, sizeof(why)), T_XSD_INVALID);
	assert_int_equal(t_xsd_judge(data, len, NULL, 0, T_XSD_ECHO | T_XSD_CONTENT, why, sizeof(why)), T_XSD_INVALID);
	assert_int_equal(t_xsd_judge(data, len, NULL, 0, T_XSD_PROCARD, why, sizeof(why)), T_XSD_VALID);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_no), cmocka_unit_test(looks_inside), cmocka_unit_test(exceptions_are_exceptions),
	};

	if (osci_crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, judge_setup, judge_teardown);
}
