/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-write - dialogs, deliveries to a mailbox, content, transport envelope and fault: written, and judged by t_judge
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <libxml/parser.h>

#include "base/text.h"
#include "crypto/crypto.h"
#include "lib/t_package.h"
#include "t_judge.h"
#include "wire/types.h"
#include "xml/xml.h"

static void requests(void **state)
{
	struct osci_draft_cert cipher = { .role = OSCI_CIPHER_ORIGINATOR, .cert = osci_key_cert(office_cipher) };
	struct osci_draft d = { .type = OSCI_INIT_DIALOG, .control = { .challenge = "abc" }, .certs = &cipher,
				.n_certs = 1 };

	both(&d);
	d = (struct osci_draft){ .type = OSCI_EXIT_DIALOG, .control = IN_DIALOG, .languages = "de en-GB" };
	both(&d);
	d = (struct osci_draft){ .type = OSCI_GET_MESSAGE_ID, .control = IMPLICIT, .certs = &cipher, .n_certs = 1 };
	both(&d);
	d = (struct osci_draft){ .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG };
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 1 };
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "2026-11-22T09:00:00Z" };
	both(&d);
	d.type = OSCI_FETCH_PROCESS_CARD;
	d.selection.role = "Originator";
	d.selection.no_reception = true;
	d.selection.limit = 17;
	both(&d);
	d.selection.kind = OSCI_SELECT_RECENT;
	both(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	both(&d);
}

static void answers(void **state)
{
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_INIT_DIALOG, .feedback = feedback, .n_feedback = 2,
				.control = { .response = "r", .challenge = "c", .conversation_id = "99" } };

	both(&d);
	d.type = OSCI_RESPONSE_TO_EXIT_DIALOG;
	d.control = (struct osci_control)IN_DIALOG;
	d.control.challenge = NULL;
	both(&d);
	d.control = (struct osci_control)IN_DIALOG;
	d.type = OSCI_RESPONSE_TO_GET_MESSAGE_ID;
	both(&d);
	d.message_id = "m1@intermed";
	both(&d);
	d.type = OSCI_RESPONSE_TO_STORE_DELIVERY;
	both(&d);
	d.cards = cards;
	d.n_cards = 1;
	both(&d);
	d.type = OSCI_RESPONSE_TO_FETCH_DELIVERY;
	both(&d);
	d.type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD;
	d.n_cards = 2;
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	both(&d);
}

/* --- deliveries --------------------------------------------------------------------- */

static void stores(void **state)
{
	struct osci_part parts[] = { { "anlage.bin", (const unsigned char *)"\0\1\r\n", 4 }, { "b", NULL, 0 } };
	int i;

	for (i = 0; i < 4; i++) {
		struct delivery v;

		delivery_make(&v, i & 1, i & 2, "<nachricht/>", 12);
		both(&v.draft);
		v.draft.parts = parts;
		v.draft.n_parts = 2;
		both(&v.draft);
		v.draft.subject = NULL;
		both(&v.draft);
		osci_package_freep(&v.package);
	}
}

/* Decrypts and verifies what osci_package_new() made, by hand. */
static void content(void **state)
{
	static const char data[] = "Inhalt, der l\xc3\xa4nger ist als eine Zeile von Base64 und deshalb umbrochen wird.";
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_DIGEST, OSCI_URI_SHA256);
	const struct osci_alg *oaep = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	struct osci_write_opts opts = { .signer = office };
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), key = OSCI_BUF_INIT(64), blob = OSCI_BUF_INIT(1 << 20),
				      plain = OSCI_BUF_INIT(1 << 20), item = OSCI_BUF_INIT(4096),
				      value = OSCI_BUF_INIT(64), canonical = OSCI_BUF_INIT(1 << 20);
	_cleanup_(osci_freep) unsigned char *out = NULL;
	unsigned char digest[OSCI_DIGEST_MAX];
	char id[96];
	struct delivery v;
	struct opened o;
	xmlNodePtr enc, signature;
	xmlDocPtr doc;
	size_t len;

	delivery_make(&v, true, true, data, sizeof(data));
	assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
	open_plain(&o, out, len);
	enc = find(o.body, "EncryptedData");
	osci_cert_id(id, sizeof(id), OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader));
	assert_string_equal(attr(find(enc, "RetrievalMethod"), "URI") + 1, id);
	assert_string_equal(attr(find(enc, "RetrievalMethod"), "Type"), OSCI_TYPE_X509DATA);
	assert_string_equal(osci_xml_first(find(find(enc, "EncryptedKey"), "EncryptionMethod"), NULL)->name, "MGF");
	base64_of(find(find(enc, "EncryptedKey"), "CipherValue"), &wrapped);
	assert_int_equal(osci_oaep_unwrap(reader, oaep, osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256), wrapped.data,
					  wrapped.len, &key, NULL), 0);
	base64_of(find(osci_xml_next(osci_xml_next(osci_xml_first(enc, NULL), NULL), NULL), "CipherValue"), &blob);
	assert_int_equal(osci_cipher_decrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key.data, key.len, 12,
					     blob.data, blob.len, &plain, NULL), 0);
	doc = xmlReadMemory((char *)plain.data, (int)plain.len, NULL, NULL, XML_PARSE_NONET);
	assert_non_null(doc);
	assert_int_equal(osci_c14n_node(xmlDocGetRootElement(doc), &canonical, NULL), 0);
	assert_int_equal(canonical.len, plain.len);
	assert_memory_equal(canonical.data, plain.data, plain.len);
	signature = osci_xml_first(xmlDocGetRootElement(doc), NULL);
	check_signature(signature, osci_key_cert(office));
	osci_cert_id(id, sizeof(id), OSCI_SIGN_ORIGINATOR, osci_key_cert(office));
	assert_string_equal(attr(find(signature, "RetrievalMethod"), "URI") + 1, id);
	base64_of(find(xmlDocGetRootElement(doc), "Base64Content"), &item);
	assert_int_equal(item.len, sizeof(data));
	assert_memory_equal(item.data, data, sizeof(data));
	assert_int_equal(osci_digest(sha256, data, sizeof(data), digest, &len), 0);
	base64_of(find(find(signature, "Reference"), "DigestValue"), &value);
	assert_memory_equal(value.data, digest, len);
	assert_string_equal(attr(find(signature, "Transform"), "Algorithm"), OSCI_URI_BASE64);
	xmlFreeDoc(doc);
	close_opened(&o);
	osci_package_freep(&v.package);
}

/* The same delivery to two readers, one of them in another role. */
static void two_readers(void **state)
{
	const struct osci_content_draft contents = { .data = "x", .len = 1 };
	const struct osci_author_draft author = { supplier, OSCI_SIGN_OTHER_AUTHOR };
	const struct osci_reader_draft readers[] = { { osci_key_cert(reader), OSCI_CIPHER_ADDRESSEE },
						     { osci_key_cert(supplier_cipher), OSCI_CIPHER_OTHER_READER } };
	const struct osci_container_draft c = { .contents = &contents, .n_contents = 1, .authors = &author,
						.n_authors = 1, .readers = readers, .n_readers = 2 };
	struct osci_draft d = { .type = OSCI_STORE_DELIVERY, .control = IMPLICIT, .message_id = "a" };
	struct osci_package *package = NULL;

	assert_int_equal(osci_package_new(&package, &c, 1, NULL, NULL), 0);
	t_package_into(&d, package);
	d.certs = package->certs;
	d.n_certs = package->n_certs;
	assert_int_equal(d.n_certs, 3);
	both(&d);
	osci_package_freep(&package);
}

/* --- handed on ------------------------------------------------------------------------ */

#define XMLNS(prefix, uri) " xmlns:" prefix "=\"" uri "\""
#define OSCI XMLNS("osci", OSCI_NS_OSCI)
#define CONTAINER(attributes, content) \
	"<osci:ContentContainer" attributes "><osci:Content>" content "</osci:Content></osci:ContentContainer>"

static void carried(void **state)
{
	/* Canonical form of each child: all that was in scope stands on it; the Ids are those of our blocks. */
	static const char package[] =
		CONTAINER(XMLNS("ds", OSCI_NS_DS) OSCI XMLNS("x", "urn:x") " Id=\"body\"",
			  "<osci:Base64Content" XMLNS("ds", "urn:other") " Id=\"i\">eA==</osci:Base64Content>")
		CONTAINER(OSCI " Id=\"controlblock\"", "");
	/* '>' stands in values of canonical XML. */
	static const char odd[] = CONTAINER(OSCI XMLNS("x", "urn:a") " Id=\"a\" z=\"> xmlns:osci= \"",
					    "<x:y z=\"a>b &quot;\">a &gt; b</x:y>");
	static const char header[] = "<x:meta xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:x=\"urn:x\" "
				     "Id=\"featuredescription\"><x:a>1</x:a></x:meta>";
	struct osci_custom custom = { header, sizeof(header) - 1 };
	struct osci_draft_cert cert = { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), "intermediarycertificates" };
	struct osci_draft d = { .type = OSCI_RESPONSE_TO_FETCH_DELIVERY, .control = IN_DIALOG, .feedback = feedback,
				.n_feedback = 2, .cards = cards, .n_cards = 1, .certs = &cert, .n_certs = 1,
				.custom = &custom, .n_custom = 1, .package = package,
				.package_len = sizeof(package) - 1, .has_package = true };
	static const char *const bad[] = { "text", "<a>", "</a>", "<a></a>text", "<a/>", "<!-- --><a></a>", "<a b=\"" };
	size_t i;

	both(&d); /* schema validity says that all Ids differ */
	d.package = odd;
	d.package_len = sizeof(odd) - 1;
	both_but(&d, T_XSD_CONTENT);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		d.package = bad[i];
		d.package_len = strlen(bad[i]);
		REFUSED(&d);
	}
	d.package = package;
	d.package_len = sizeof(package) - 1;
	custom = (struct osci_custom){ "<a xmlns=\"urn:x\"></a>", 21 };
	REFUSED(&d); /* no Id */
}

/* --- transport envelope and fault ------------------------------------------------------ */

static void transport(void **state)
{
	const struct osci_alg *sha256 = osci_alg_find(OSCI_ALG_OAEP_DIGEST, OSCI_URI_SHA256);
	struct osci_write_opts opts = { .signer = office, .encrypt_for = osci_key_cert(supplier_cipher) };
	_cleanup_buf_ struct osci_buf wrapped = OSCI_BUF_INIT(4096), key = OSCI_BUF_INIT(64), inner = OSCI_BUF_INIT(1 << 24),
				      der = OSCI_BUF_INIT(8192);
	_cleanup_(osci_freep) unsigned char *out = NULL;
	_cleanup_(osci_freep) char *big = malloc(1 << 20);
	struct delivery v;
	struct opened o;
	xmlNodePtr enc;
	size_t len, der_len;
	const unsigned char *want = osci_cert_der(opts.encrypt_for, &der_len);

	memset(big, 'x', 1 << 20);
	delivery_make(&v, true, true, big, 1 << 20);
	assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
	t_xsd_check(out, len, &supplier_cipher, 1, 0);
	open_plain(&o, out, len);
	assert_int_equal(o.mime->n_parts, 2);
	assert_string_equal(o.mime->parts[1].head.content_id, "osci_enc");
	assert_null(o.header);
	enc = find(o.body, "EncryptedData");
	base64_of(find(enc, "X509Certificate"), &der);
	assert_int_equal(der.len, der_len);
	assert_memory_equal(der.data, want, der_len);
	base64_of(find(find(enc, "EncryptedKey"), "CipherValue"), &wrapped);
	assert_int_equal(osci_oaep_unwrap(supplier_cipher, sha256, osci_alg_find(OSCI_ALG_MGF, OSCI_URI_MGF1_SHA256),
					  wrapped.data, wrapped.len, &key, NULL), 0);
	assert_int_equal(osci_cipher_decrypt(osci_alg_find(OSCI_ALG_CIPHER, OSCI_URI_AES256_GCM), key.data, key.len, 12,
					     o.mime->parts[1].data, o.mime->parts[1].len, &inner, NULL), 0);
	close_opened(&o);
	open_plain(&o, inner.data, inner.len);
	check_message(&o, OSCI_STORE_DELIVERY, office);
	close_opened(&o);
	osci_package_freep(&v.package);
}

static void fault(void **state)
{
	struct osci_draft d = { .type = OSCI_FAULT, .fault_code = "Client", .fault_osci = "9202",
				.fault_text = "nicht <lesbar> & so" };
	struct osci_write_opts opts = { .signer = supplier, .encrypt_for = osci_key_cert(office_cipher) };
	_cleanup_(osci_freep) unsigned char *out = NULL;
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(100);
	struct opened o;
	size_t len;

	assert_int_equal(osci_write(&out, &len, &d, &opts, NULL), 0);
	assert_null(memmem(out, len, "schemaLocation", 14));
	t_xsd_check(out, len, NULL, 0, 0);
	open_plain(&o, out, len);
	text_of(find(o.body, "faultstring"), &text);
	assert_string_equal((char *)text.data, d.fault_text);
	close_opened(&o);
	d.fault_code = "Other";
	REFUSED(&d);
	d.fault_code = "Server";
	d.fault_osci = "90x0";
	REFUSED(&d);
}

/* --- refusals --------------------------------------------------------------------------- */

static void refusals(void **state)
{
	struct osci_draft good = { .type = OSCI_FETCH_DELIVERY, .control = IN_DIALOG }, d = good;
	struct osci_draft_cert certs[2] = { { OSCI_CIPHER_ADDRESSEE, osci_key_cert(reader), NULL },
					    { OSCI_CIPHER_ADDRESSEE, osci_key_cert(office_cipher), NULL } };
	struct delivery v;

	d.control.response = NULL;
	REFUSED(&d);
	d = good;
	d.control.conversation_id = "12a";
	REFUSED(&d);
	d = good;
	d.control.challenge = "\x01";
	REFUSED(&d);
	d = good;
	d.languages = "de  en";
	REFUSED(&d);
	d.languages = "";
	REFUSED(&d);
	d = good;
	d.has_package = true;
	d.package = "";
	REFUSED(&d);
	d = good;
	d.certs = certs;
	d.n_certs = 1;
	REFUSED(&d);
	d = good;
	d.type = OSCI_INIT_DIALOG; /* control block and certificate do not fit */
	REFUSED(&d);
	d.control = (struct osci_control){ .challenge = "x" };
	REFUSED(&d);
	d = good;
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECEPTION, .time = "gestern" };
	REFUSED(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_MESSAGE_ID, .message_ids = ids, .n_message_ids = 2 };
	REFUSED(&d);
	d.selection = (struct osci_selection){ .kind = OSCI_SELECT_RECENT, .time = "2026-11-22T09:00:00Z" };
	REFUSED(&d);
	d = good;
	d.type = OSCI_RESPONSE_TO_FETCH_PROCESS_CARD; /* no feedback */
	REFUSED(&d);

	delivery_make(&v, false, false, "x", 1);
	v.draft.message_id = NULL;
	REFUSED(&v.draft);
	v.draft.message_id = "../x y";
	REFUSED(&v.draft);
	v.draft.message_id = "m";
	v.draft.subject = "\xff";
	REFUSED(&v.draft);
	v.draft.subject = "\b";
	REFUSED(&v.draft);
	v.draft.subject = NULL;
	v.draft.has_package = false;
	REFUSED(&v.draft);
	v.draft.has_package = true;
	v.draft.certs = certs;
	v.draft.n_certs = 2;
	REFUSED(&v.draft);
	v.draft.n_certs = 1;
	certs[0].id = "a b";
	REFUSED(&v.draft);
	certs[0].id = NULL;
	v.draft.n_parts = 1;
	v.draft.parts = &(struct osci_part){ "../x", (const unsigned char *)"", 0 };
	REFUSED(&v.draft);
	v.draft.parts = &(struct osci_part){ "osci@Message", (const unsigned char *)"", 0 };
	REFUSED(&v.draft);
	osci_package_freep(&v.package);
}

static void over_the_limit(void **state)
{
	struct osci_limits limits;
	struct osci_write_opts opts = { .limits = &limits };
	unsigned char *out = NULL;
	struct delivery v;
	size_t len;

	int i;

	delivery_make(&v, true, false, "x", 1);
	for (i = 0; i < 2; i++) {
		opts.encrypt_for = i ? osci_key_cert(supplier_cipher) : NULL;
		osci_limits_default(&limits);
		assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
		free(out);
		limits.http_body = len;
		assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), 0);
		free(out);
		for (limits.http_body = len - 1; limits.http_body > 1000; limits.http_body -= 997) {
			assert_int_equal(osci_write(&out, &len, &v.draft, &opts, NULL), OSCI_E_LIMIT);
			assert_null(out);
		}
	}
	osci_package_freep(&v.package);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),       cmocka_unit_test(answers),     cmocka_unit_test(stores),
		cmocka_unit_test(content),        cmocka_unit_test(two_readers), cmocka_unit_test(carried),
		cmocka_unit_test(transport), cmocka_unit_test(fault),
		cmocka_unit_test(refusals),       cmocka_unit_test(over_the_limit),
	};

	if (osci_crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, judge_setup, judge_teardown);
}
