/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-metadata - MessageMetaData written, carried in a message, read back; and what is refused
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <osci/metadata.h>
#include "base/buf.h"
#include "crypto/crypto.h"
#include "lib/t_keys.h"
#include "xml/xml.h"

#define WSSE "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"

static const char *const replies[] = { "urn:x:1", "urn:x:2" };
static const struct osci_meta_token tokens[] = {
	{ "ENCRYPTION", NULL, "<wsse:BinarySecurityToken xmlns:wsse=\"" WSSE "\" ValueType=\"a\">QUJD</wsse:BinarySecurityToken>" },
	{ "SIGNATURE", "ref", "<s:UsernameToken xmlns:s=\"" WSSE "\"><s:Username>n</s:Username></s:UsernameToken>" },
};
static const struct osci_meta_identifier others[] = { { "ags:1", "xoev", "Leser \"zwei\"", "a<b" }, { "ags:2", "xoev" } };
static const struct osci_meta_property properties[] = {
	{ { "urn:list", "1", "key", "Schl\xc3\xbcssel" }, "Wert & mehr" }, { { "urn:list", "", "k2" }, " " },
};

static const struct osci_metadata full = {
	.test_msg = true, .origin = "2026-11-22T09:00:00Z", .initial_send = "2026-11-22T09:00:00.5+01:00",
	.not_before = "2026-11-22T09:00:00", .obsolete_after = "2026-12-31", .delivery = "2026-11-22T09:00:01Z",
	.initial_fetch = "2026-11-22T09:00:02Z", .reception = "2026-11-22T09:00:03Z", .service_quality = "meldewesen",
	.receipt_requests = { .submission = true, .fetch = true, .reception = true, .receipt_to = "urn:receipt" },
	.author = { { "ags:01", "xoev", "Amt <1>", "behoerde" }, tokens, 2 },
	.sender = { { "ags:02", "xoev" } }, .reply_to = { { "ags:03", "xoev", NULL, "x" }, tokens, 1 },
	.reader = { { "ags:04", "xoev", "Leser" } }, .other_readers = others, .n_other_readers = 2, .cc_readers = others,
	.n_cc_readers = 1, .message_id = "urn:de:xta:messageid:a:b", .in_reply_to = replies, .n_in_reply_to = 2,
	.requester = { "p1", "Vorgang" }, .responder = { "p2" }, .subject = "Betreff \xc3\xa4 <&>", .service = "http://x/y.wsdl",
	.scenario = { "urn:de:xta:codeliste:business.scenario", "2", "XINNERES_DATA" },
	.message_type = { "urn:de:codeliste:nachrichtentyp", "1", "rueckweisung.asynchron.0010", "XInneres" },
	.payload_schema = "http://x/y.xsd", .properties = properties, .n_properties = 2, .msg_size = 12345,
};

static const struct osci_metadata least = {
	.author = { { "a", "t" } }, .reader = { { "r", "t" } }, .message_id = "urn:m", .service = "urn:s",
	.undefined_scenario = "", .message_type = { "urn:l", "1", "c" }, .payload_schema = "urn:p",
};

static struct osci_custom written(const struct osci_metadata *d)
{
	struct osci_custom c;
	struct osci_err err = { 0 };

	if (osci_metadata_write(&c, d, &err))
		fail_msg("%s: %s", err.where, err.what);
	return c;
}

static struct osci_metadata *read_back(const struct osci_custom *c)
{
	struct osci_metadata *d = NULL;
	struct osci_err err = { 0 };

	if (osci_metadata_read(&d, c, &err))
		fail_msg("%s: %s", err.where, err.what);
	return d;
}

static void same(const char *a, const char *b)
{
	assert_int_equal(a != NULL, b != NULL);
	if (a)
		assert_string_equal(a, b);
}

static void same_id(const struct osci_meta_identifier *a, const struct osci_meta_identifier *b)
{
	same(a->value, b->value);
	same(a->type, b->type);
	same(a->name, b->name);
	same(a->category, b->category);
}

static void same_code(const struct osci_meta_code *a, const struct osci_meta_code *b)
{
	same(a->list_uri, b->list_uri);
	same(a->list_version, b->list_version);
	same(a->code, b->code);
	same(a->name, b->name);
}

static void same_party(const struct osci_meta_party *a, const struct osci_meta_party *b)
{
	size_t i;

	same_id(&a->id, &b->id);
	assert_int_equal(a->n_tokens, b->n_tokens);
	for (i = 0; i < a->n_tokens; i++) {
		same(a->tokens[i].usage, b->tokens[i].usage);
		same(a->tokens[i].payload_ref, b->tokens[i].payload_ref);
		assert_non_null(strstr(b->tokens[i].xml, i ? "<s:Username>n</s:Username>" : " ValueType=\"a\">QUJD</"));
	}
}

static void same_data(const struct osci_metadata *a, const struct osci_metadata *b)
{
	size_t i;

	assert_int_equal(a->test_msg, b->test_msg);
	same(a->origin, b->origin);
	same(a->initial_send, b->initial_send);
	same(a->not_before, b->not_before);
	same(a->obsolete_after, b->obsolete_after);
	same(a->delivery, b->delivery);
	same(a->initial_fetch, b->initial_fetch);
	same(a->reception, b->reception);
	same(a->service_quality, b->service_quality);
	assert_int_equal(a->receipt_requests.submission, b->receipt_requests.submission);
	assert_int_equal(a->receipt_requests.relay, b->receipt_requests.relay);
	assert_int_equal(a->receipt_requests.delivery, b->receipt_requests.delivery);
	assert_int_equal(a->receipt_requests.fetch, b->receipt_requests.fetch);
	assert_int_equal(a->receipt_requests.reception, b->receipt_requests.reception);
	same(a->receipt_requests.receipt_to, b->receipt_requests.receipt_to);
	same_party(&a->author, &b->author);
	same_party(&a->sender, &b->sender);
	same_party(&a->reply_to, &b->reply_to);
	same_party(&a->reader, &b->reader);
	assert_int_equal(a->n_other_readers, b->n_other_readers);
	for (i = 0; i < a->n_other_readers; i++)
		same_id(&a->other_readers[i], &b->other_readers[i]);
	assert_int_equal(a->n_cc_readers, b->n_cc_readers);
	for (i = 0; i < a->n_cc_readers; i++)
		same_id(&a->cc_readers[i], &b->cc_readers[i]);
	same(a->message_id, b->message_id);
	assert_int_equal(a->n_in_reply_to, b->n_in_reply_to);
	for (i = 0; i < a->n_in_reply_to; i++)
		same(a->in_reply_to[i], b->in_reply_to[i]);
	same(a->requester.value, b->requester.value);
	same(a->requester.name, b->requester.name);
	same(a->responder.value, b->responder.value);
	same(a->responder.name, b->responder.name);
	same(a->subject, b->subject);
	same(a->service, b->service);
	same_code(&a->scenario, &b->scenario);
	same(a->undefined_scenario, b->undefined_scenario);
	same_code(&a->message_type, &b->message_type);
	same(a->payload_schema, b->payload_schema);
	assert_int_equal(a->n_properties, b->n_properties);
	for (i = 0; i < a->n_properties; i++) {
		same_code(&a->properties[i].key, &b->properties[i].key);
		same(a->properties[i].value, b->properties[i].value);
	}
	assert_int_equal(a->msg_size, b->msg_size);
}

static void round_trip(void **state)
{
	const struct osci_metadata *const list[] = { &full, &least };
	size_t i;

	for (i = 0; i < 2; i++) {
		struct osci_custom c = written(list[i]), again;
		struct osci_metadata *d = read_back(&c);

		same_data(list[i], d);
		again = written(d); /* what was read writes the same octets */
		assert_int_equal(again.len, c.len);
		assert_memory_equal(again.xml, c.xml, c.len);
		osci_custom_clear(&again);
		osci_custom_clear(&c);
		osci_metadata_freep(&d);
	}
}

/* In an order, beside another block: found, the same, covered by the signature. */
static void in_a_message(void **state)
{
	static const char other[] = "<x:meta xmlns:x=\"urn:x\" Id=\"other\"></x:meta>";
	struct osci_key *office = t_key("office", 3072, OSCI_USE_SIGN | OSCI_USE_ENCRYPT);
	struct osci_custom c = written(&full), blocks[] = { { other, sizeof(other) - 1 }, c };
	struct osci_draft d = { .type = OSCI_FETCH_DELIVERY, .custom = blocks, .n_custom = 2,
				.control = { .response = "r", .challenge = "c", .conversation_id = "1",
					     .has_sequence = true } };
	const struct osci_write_opts write = { .signer = office };
	struct osci_open_opts open = { .now = T_NOW, .policy = { .require_signature = true } };
	const struct osci_custom *found = NULL;
	struct osci_metadata *got;
	struct osci_message *m = NULL;
	struct osci_trust *trust;
	unsigned char *data, *at;
	size_t len;
	int r;

	assert_int_equal(osci_trust_new(&trust), 0);
	assert_int_equal(osci_trust_add(trust, osci_key_cert(office)), 0);
	open.trust = trust;
	assert_int_equal(osci_write(&data, &len, &d, &write, NULL), 0);
	assert_int_equal(osci_open(&m, data, len, &open, NULL), 0);
	assert_int_equal(m->n_custom, 2);
	assert_int_equal(osci_metadata_find(&found, m, NULL), 0);
	assert_ptr_equal(found, &m->custom[1]);
	assert_int_equal(found->len, c.len);
	assert_memory_equal(found->xml, c.xml, c.len);
	got = read_back(found);
	same_data(&full, got);
	osci_metadata_freep(&got);
	osci_message_freep(&m);
	at = memmem(data, len, "meldewesen", 10);
	assert_non_null(at);
	*at = 'M';
	assert_int_equal(osci_open(&m, data, len, &open, NULL), OSCI_E_SIGNATURE);
	free(data);
	d.n_custom = 1;
	assert_int_equal(osci_write(&data, &len, &d, &write, NULL), 0);
	assert_int_equal(osci_open(&m, data, len, &open, NULL), 0);
	r = osci_metadata_find(&found, m, NULL);
	assert_int_equal(r, OSCI_E_EMPTY);
	assert_null(found);
	free(data);
	osci_message_freep(&m);
	osci_custom_clear(&c);
	osci_trust_freep(&trust);
	osci_key_unref(office);
}

/* --- refusals --------------------------------------------------------------- */

static int changed(const char *from, const char *to, struct osci_err *err)
{
	struct osci_custom c = written(&full), bad;
	struct osci_buf b = OSCI_BUF_INIT((size_t)4 << 20);
	const char *at = strstr(c.xml, from);
	struct osci_metadata *d = NULL;
	int r;

	if (!at)
		fail_msg("not in the block: %s", from);
	osci_buf_add(&b, c.xml, (size_t)(at - c.xml));
	osci_buf_adds(&b, to);
	osci_buf_adds(&b, at + strlen(from));
	bad = (struct osci_custom){ (const char *)b.data, b.len };
	r = osci_metadata_read(&d, &bad, err);
	assert_int_equal(d != NULL, r == 0);
	osci_metadata_freep(&d);
	osci_buf_free(&b);
	osci_custom_clear(&c);
	return r;
}

#define Q "oscimeta:"
#define EMPTY(name) "<" Q name "></" Q name ">"

static void hostile_blocks(void **state)
{
	static const char *const list[][2] = {
		{ "<" Q "Origin>2026-11-22T09:00:00Z", "<" Q "Origin>gestern" },
		{ "<" Q "Origin>2026-11-22T09:00:00Z", "<" Q "Origin>2026-02-30T09:00:00Z" },
		{ "<" Q "Origin>2026-11-22T09:00:00Z", "<" Q "Origin>2026-11-22" },
		{ "<" Q "Origin>2026-11-22T09:00:00Z", "<" Q "Origin> 2026-11-22T09:00:00Z" },
		{ "<" Q "Origin>2026-11-22T09:00:00Z", "<" Q "Origin>" },
		{ "2026-12-31", "2026-12-32" }, { "2026-12-31", "2026-12-31T00:00:00Z" }, { "2026-12-31", "31.12.2026" },
		{ "12345", "0" }, { "12345", "-1" }, { "12345", "1.5" }, { "12345", "99999999999999999999" }, { "12345", "" },
		{ "TestMsg=\"true\"", "TestMsg=\"ja\"" }, { "TestMsg=\"true\"", "Test=\"true\"" },
		{ " Id=\"MetaData\"", " id=\"MetaData\"" },
		{ "usage=\"ENCRYPTION\"", "usage=\"ANY\"" }, { " usage=\"ENCRYPTION\"", "" },
		{ " type=\"xoev\"", "" }, { " type=\"xoev\"", " type=\"\"" }, { " type=\"xoev\"", " type=\"xoev\" more=\"1\"" },
		{ ">ags:01<", "><" }, { ">ags:01<", "><b></b><" },
		{ "<" Q "Originators>", "<" Q "Originators>Text" },
		{ "<" Q "Originators>", EMPTY("Unknown") "<" Q "Originators>" },
		{ "<" Q "Submission></" Q "Submission>", "<" Q "Submission>x</" Q "Submission>" },
		{ EMPTY("Submission"), EMPTY("Submission") EMPTY("Submission") },
		{ EMPTY("Submission") EMPTY("Fetch"), EMPTY("Fetch") EMPTY("Submission") },
		{ "<" Q "Defined ", "<" Q "Undefined>x</" Q "Undefined><" Q "Defined " },
		{ "<code>XINNERES_DATA</code>", "" }, { "<code>", "<code xmlns=\"" OSCI_METADATA_NS "\">" },
		{ "<code>XINNERES_DATA</code>", "<code>XINNERES_DATA</code><code>x</code>" },
		{ " payloadSchema=\"http://x/y.xsd\"", "" }, { "http://x/y.wsdl", "http://x/y z" },
		{ "xmlns:wsse=\"" WSSE "\"", "xmlns:wsse=\"urn:x\"" },
		{ ":MessageID", ":MessageId" }, { "xmlns:wsa=\"http://www.w3.org/2005/08/addressing\"", "xmlns:wsa=\"urn:x\"" },
		{ OSCI_METADATA_NS, "http://www.osci.eu/ws/2014/11/transport" },
		{ "<" Q "MessageMetaData", "<!DOCTYPE a><" Q "MessageMetaData" },
		{ "</" Q "MessageMetaData>", "</" Q "MessageMetaData><a></a>" },
	};
	struct osci_err err;
	size_t i;

	assert_int_equal(changed("TestMsg=\"true\"", "TestMsg=\"0\"", NULL), 0);
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		memset(&err, 0, sizeof(err));
		if (changed(list[i][0], list[i][1], &err) != OSCI_E_MALFORMED)
			fail_msg("%zu: %s -> %s was not refused", i, list[i][0], list[i][1]);
		assert_true(err.what[0]);
		assert_null(strstr(err.what, "gestern")); /* places, not values */
	}
}

static void over_the_limits(void **state)
{
	char *text = malloc(OSCI_METADATA_MAX + 2);
	struct osci_meta_identifier *many = calloc(OSCI_METADATA_LIST_MAX + 1, sizeof(*many));
	struct osci_metadata d = least, *got = NULL;
	struct osci_custom c;
	size_t i;

	memset(text, 'x', OSCI_METADATA_MAX + 1);
	text[OSCI_METADATA_MAX + 1] = '\0';
	c = (struct osci_custom){ text, OSCI_METADATA_MAX + 1 };
	assert_int_equal(osci_metadata_read(&got, &c, NULL), OSCI_E_LIMIT);
	d.subject = text;
	assert_int_equal(osci_metadata_write(&c, &d, NULL), OSCI_E_LIMIT);
	text[OSCI_METADATA_TEXT_MAX + 1] = '\0';
	assert_int_equal(osci_metadata_write(&c, &d, NULL), OSCI_E_LIMIT);
	text[OSCI_METADATA_TEXT_MAX] = '\0';
	c = written(&d);
	osci_custom_clear(&c);
	d.subject = NULL;
	for (i = 0; i <= OSCI_METADATA_LIST_MAX; i++)
		many[i] = (struct osci_meta_identifier){ "v", "t" };
	d.other_readers = many;
	d.n_other_readers = OSCI_METADATA_LIST_MAX + 1;
	assert_int_equal(osci_metadata_write(&c, &d, NULL), OSCI_E_LIMIT);
	d.n_other_readers--;
	c = written(&d);
	osci_custom_clear(&c);
	free(text);
	free(many);
}

/* What the reader refuses is not written. */
static void wrong_drafts(void **state)
{
	static const struct osci_meta_token wrong[] = {
		{ "SIGNATURE", NULL, "<a></a>" }, { "SIGNATURE", NULL, "" }, { "SIGNATURE", NULL, "text" },
		{ "SIGNATURE", NULL, "</oscimeta:SecurityToken><oscimeta:SecurityToken>" }, { "SIGNATURE", NULL, NULL },
		{ NULL, NULL, "<w:UsernameToken xmlns:w=\"" WSSE "\"></w:UsernameToken>" },
		{ "SIGNATURE", NULL, "<w:Security xmlns:w=\"" WSSE "\"></w:Security>" },
	};
	struct osci_metadata list[9];
	struct osci_custom c;
	struct osci_err err;
	size_t i;

	for (i = 0; i < 9; i++)
		list[i] = least;
	list[0].author.id.value = NULL;
	list[1].message_id = NULL;
	list[2].undefined_scenario = NULL;
	list[3].scenario = least.message_type; /* and the undefined one */
	list[4].payload_schema = "";
	list[5].origin = "heute";
	list[6].cc_readers = others;
	list[6].n_cc_readers = 1; /* without other readers */
	list[7].subject = "\x01";
	list[8].subject = "\xff";
	for (i = 0; i < 9; i++) {
		memset(&err, 0, sizeof(err));
		if (osci_metadata_write(&c, &list[i], &err) != OSCI_E_USAGE)
			fail_msg("%zu was written", i);
		assert_int_equal(err.code, OSCI_E_USAGE);
		assert_null(c.xml);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct osci_metadata d = least;

		d.author.tokens = &wrong[i];
		d.author.n_tokens = 1;
		if (osci_metadata_write(&c, &d, NULL) != OSCI_E_USAGE)
			fail_msg("token %zu was written", i);
	}
}

static void every_cut(void **state)
{
	struct osci_custom c = written(&full);
	struct osci_metadata *d = NULL;
	size_t n;

	for (n = 0; n < c.len; n++) {
		struct osci_custom part = { strndup(c.xml, n), n };

		assert_int_equal(osci_metadata_read(&d, &part, NULL), OSCI_E_MALFORMED);
		osci_custom_clear(&part);
	}
	osci_custom_clear(&c);
}

static int setup(void **state)
{
	return osci_crypto_init(NULL) || osci_xml_init();
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),      cmocka_unit_test(in_a_message), cmocka_unit_test(hostile_blocks),
		cmocka_unit_test(over_the_limits), cmocka_unit_test(wrong_drafts), cmocka_unit_test(every_cut),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
