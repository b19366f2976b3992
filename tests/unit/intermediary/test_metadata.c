/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test_metadata - MessageMetaData of a delivery comes out of the mailbox octet for octet, signed anew
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/metadata.h>
#include "base/buf.h"
#include "party.h"

static struct party office, bamf;

static void carried(void **state)
{
	static const struct osci_metadata data = {
		.origin = "2026-11-22T09:00:00Z", .author = { { "ags:01", "xoev", "Amt <&>" } }, .reader = { { "ags:02", "xoev" } },
		.message_id = "urn:de:xta:messageid:1", .service = "urn:service", .undefined_scenario = "Gr\xc3\xbc\xc3\x9f" "e",
		.message_type = { "urn:list", "1", "code" }, .payload_schema = "urn:schema", .msg_size = 1,
	};
	const struct osci_draft_cert certs[] = { { OSCI_CIPHER_ORIGINATOR, osci_key_cert(office.cipher), NULL },
						 { OSCI_CIPHER_ADDRESSEE, osci_key_cert(bamf.cipher), NULL } };
	struct osci_package *package = t_package("x", 1, office.sign, osci_key_cert(bamf.cipher));
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .certs = certs, .n_certs = 2, .n_custom = 1 };
	struct osci_draft fetch = { .type = OSCI_FETCH_DELIVERY };
	const struct osci_custom *found = NULL;
	struct osci_metadata *got = NULL;
	struct osci_custom block;
	struct osci_message *m;
	char id[300];

	assert_int_equal(osci_metadata_write(&block, &data, NULL), 0);
	d.custom = &block;
	t_package_into(&d, package);
	assert_string_equal(do_get_id(&office, id), "0800");
	d.message_id = id;
	m = party_order(&office, &d);
	assert_string_equal(osci_message_verdict(m), "0800");
	osci_message_freep(&m);
	assert_string_equal(do_init(&bamf), "0801");
	m = party_order(&bamf, &fetch);
	assert_string_equal(osci_message_verdict(m), "0801");
	assert_int_equal(m->signature.status, OSCI_SIG_VALID);
	assert_int_equal(osci_metadata_find(&found, m, NULL), 0);
	assert_int_equal(found->len, block.len);
	assert_memory_equal(found->xml, block.xml, block.len);
	assert_int_equal(osci_metadata_read(&got, found, NULL), 0);
	assert_string_equal(got->author.id.name, "Amt <&>");
	assert_string_equal(got->undefined_scenario, data.undefined_scenario);
	osci_metadata_freep(&got);
	osci_message_freep(&m);
	assert_string_equal(do_exit(&bamf), "0800");
	osci_custom_clear(&block);
	osci_package_freep(&package);
}

static int setup(void **state)
{
	world_begin();
	im_begin();
	party_make(&office, "Amt", test_pkey(0), &im_ca, 0, 0);
	party_make(&bamf, "Bundesamt", test_pkey(1), &im_ca, 0, 0);
	return 0;
}

static int teardown(void **state)
{
	party_free(&office);
	party_free(&bamf);
	im_end();
	world_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(carried) };

	return cmocka_run_group_tests_name("intermediary/metadata", tests, setup, teardown);
}
