/* SPDX-License-Identifier: Apache-2.0 */
/*
 * test-read-orders - FeatureDescription, time stamp tokens, chunks and echoes by other hands than our writer's
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "lib/t_keys.h"
#include "t_order.h"

#define FEATURES(attributes, inner)                                                                       \
	"<f:FeatureDescription xmlns:f=\"" OSCI_NS_2017 "\" Id=\"fd\"" attributes ">" inner               \
	"</f:FeatureDescription></soap:Header>"
#define LIST "<f:SupportedFeatures><f:Feature Key=\"Neues\" Version=\"9\"></f:Feature></f:SupportedFeatures>"

static int opened(const char *xml, size_t len, struct osci_message **m)
{
	const struct osci_open_opts opts = { .trust = t_trust, .now = T_NOW };
	struct osci_err err = { 0 };

	return osci_open(m, xml, len, &opts, &err);
}

static void announced_limits(void **state)
{
	static const struct {
		const char *text;
		uint64_t timeout;
	} v[] = {
		{ FEATURES(" MaxChunkSize=\"50\" MinChunkSize=\"1\" MaxMessageSize=\"700\" ChunkMessageTimeOut=\"60\"", LIST), 60 },
		{ FEATURES(" MaxChunkSize=\"50\" MinChunkSize=\"1\" MaxMessageSize=\"700\" ChunkMessageTimeout=\"61\"", LIST), 61 },
		{ FEATURES(" MaxChunkSize=\"50\" MinChunkSize=\"1\" MaxMessageSize=\"700\" ChunkMessageTimeOut=\"62\" "
			   "ChunkMessageTimeout=\"62\"", LIST), 62 },
	};
	size_t i;

	for (i = 0; i < 3; i++) {
		_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
		struct osci_message *m = NULL;

		t_order_changed(&b, "</soap:Header>", v[i].text);
		assert_int_equal(opened((char *)b.data, b.len, &m), 0);
		assert_int_equal(m->announced.chunk_timeout, v[i].timeout);
		assert_int_equal(m->announced.max_chunk, 50);
		assert_int_equal(m->announced.min_chunk, 1);
		assert_int_equal(m->announced.max_message, 700);
		assert_int_equal(m->announced.n, 1);
		assert_string_equal(m->announced.list[0].key, "Neues");
		assert_ptr_equal(m->announced.list, m->features);
		osci_message_freep(&m);
	}
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>",
		       FEATURES(" ChunkMessageTimeOut=\"1\" ChunkMessageTimeout=\"2\"", LIST));
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>", FEATURES(" MaxChunkSize=\"-1\"", LIST));
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>", FEATURES(" MaxChunkSize=\"99999999999999999999\"", LIST));
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>", FEATURES(" MaxChunkSizes=\"1\"", LIST));
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>", FEATURES("", ""));
	t_order_expect(OSCI_E_MALFORMED, "</soap:Header>", FEATURES("", LIST LIST));
}

/* --- answers ------------------------------------------------------------------------ */

static void answer(struct osci_buf *b, enum osci_type type, const char *header, const char *body)
{
	char location[256];

	osci_type_schema_location(location, sizeof(location), type);
	osci_buf_addf(b, "<soap:Envelope" NAMESPACES " xmlns:f=\"" OSCI_NS_2017 "\" xsi:schemaLocation=\"%s\"><soap:Header>"
			 "<osci:ControlBlock Id=\"cb\" ConversationId=\"1\" SequenceNumber=\"0\"><osci:Response>a</osci:Response>"
			 "<osci:Challenge>b</osci:Challenge></osci:ControlBlock>%s</soap:Header><soap:Body Id=\"body\">%s"
			 "</soap:Body></soap:Envelope>", location, header, body);
	assert_int_equal(osci_buf_error(b), 0);
}

static int read_answer(enum osci_type type, const char *header, const char *body, struct osci_message **m)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(SIZE_MAX_TEST);
	struct osci_message *message = NULL;
	int r;

	answer(&b, type, header, body);
	r = opened((char *)b.data, b.len, &message);
	if (m)
		*m = message;
	else
		osci_message_freep(&message);
	return r;
}

#define FEEDBACK "<osci:Feedback><osci:Entry><osci:Code>0801</osci:Code><osci:Text>T</osci:Text></osci:Entry></osci:Feedback>"
#define CARD(times)                                                                                                   \
	"<osci:ProcessCardBundle><osci:MessageId>YQ==</osci:MessageId><osci:ProcessCard "                             \
	"RecentModification=\"2026-11-22T09:00:00Z\">" times "</osci:ProcessCard><osci:InspectionReport>"             \
	"</osci:InspectionReport></osci:ProcessCardBundle>"
#define CARDS(echo, cards)                                                                                            \
	"<osci:responseToFetchProcessCard>" FEEDBACK "<osci:fetchProcessCard>" echo "</osci:fetchProcessCard>" cards  \
	"</osci:responseToFetchProcessCard>"
#define RULE(inner) "<osci:SelectionRule>" inner "</osci:SelectionRule>"
#define ID(base64) "<osci:MessageId>" base64 "</osci:MessageId>"

static void tokens(void **state)
{
	static const char stamped[] = CARDS("", CARD("<osci:Creation><osci:Cryptographic Algorithm=\"urn:tsp\">MAMC\r\nAQA="
						     "</osci:Cryptographic></osci:Creation><osci:Forwarding><osci:Cryptographic>"
						     "MAA=</osci:Cryptographic></osci:Forwarding>"));
	static const char *const wrong[] = {
		CARDS("", CARD("<osci:Creation><osci:Cryptographic Algorithm=\"x\"></osci:Cryptographic></osci:Creation>")),
		CARDS("", CARD("<osci:Creation><osci:Cryptographic Algorithm=\"x\">M=A</osci:Cryptographic></osci:Creation>")),
		CARDS("", CARD("<osci:Creation><osci:Cryptographic Other=\"x\">MAA=</osci:Cryptographic></osci:Creation>")),
		CARDS("", CARD("<osci:Creation><osci:Plain>2026-11-22T09:00:00Z</osci:Plain><osci:Cryptographic>MAA="
			       "</osci:Cryptographic></osci:Creation>")),
		CARDS("", CARD("<osci:Creation></osci:Creation>")),
	};
	struct osci_message *m = NULL;
	const struct osci_card *c;
	size_t i;

	assert_int_equal(read_answer(OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, "", stamped, &m), 0);
	c = &m->cards[0];
	assert_string_equal(c->creation, "");
	assert_string_equal(c->creation_stamp.algorithm, "urn:tsp");
	assert_int_equal(c->creation_stamp.len, 5);
	assert_memory_equal(c->creation_stamp.token, "\x30\x03\x02\x01\x00", 5);
	assert_string_equal(c->forwarding_stamp.algorithm, "");
	assert_int_equal(c->forwarding_stamp.len, 2);
	assert_null(c->reception);
	assert_null(c->reception_stamp.algorithm);
	osci_message_freep(&m);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(read_answer(OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, "", wrong[i], NULL), OSCI_E_MALFORMED);
}

static void echoes(void **state)
{
	static const char one[] = CARDS(RULE(ID("YQ==") ID("Yg==")), ""), each[] = CARDS(RULE(ID("YQ==")) RULE(ID("Yg==")), "");
	static const char *const wrong[] = {
		CARDS(RULE(ID("YQ==")) RULE(""), ""),
		CARDS(RULE(ID("YQ==")) RULE(ID("YQ==") ID("Yg==")), ""),
		CARDS(RULE(ID("YQ==")) RULE("<osci:ReceptionOfDelivery>2026-11-22T09:00:00Z</osci:ReceptionOfDelivery>"), ""),
		CARDS(RULE(ID("YQ==")) RULE(ID("Yg==")) "<osci:More></osci:More>", ""),
	};
	const char *const good[] = { one, each };
	struct osci_message *m = NULL;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(read_answer(OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, "", good[i], &m), 0);
		assert_int_equal(m->selection.kind, OSCI_SELECT_MESSAGE_ID);
		assert_int_equal(m->selection.n_message_ids, 2);
		assert_string_equal(m->selection.message_ids[1], "b");
		osci_message_freep(&m);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(read_answer(OSCI_RESPONSE_TO_FETCH_PROCESS_CARD, "", wrong[i], NULL), OSCI_E_MALFORMED);
}

#define STORED(inside, card)                                                                                          \
	"<f:responseToPartialStoreDelivery Id=\"o\">" inside FEEDBACK card "<f:ChunkInformation ChunkNumber=\"1\" "   \
	"ReceivedChunks=\"1 2\" TotalChunkNumbers=\"2\"></f:ChunkInformation></f:responseToPartialStoreDelivery>"     \
	"<f:FeatureDescription Id=\"fd\">" LIST "</f:FeatureDescription>"
#define INSIDE                                                                                                        \
	"<f:InsideFeedback><osci:Entry xml:lang=\"de\"><osci:Code>3707</osci:Code><osci:Text>A</osci:Text></osci:Entry>" \
	"<osci:Entry xml:lang=\"en\"><osci:Code>0800</osci:Code><osci:Text>B</osci:Text></osci:Entry></f:InsideFeedback>"
#define CREATED CARD("<osci:Creation><osci:Plain>2026-11-22T09:00:00Z</osci:Plain></osci:Creation>")
#define PROCARD                                                                                                       \
	"<osci:procard><osci:MessageId>YQ==</osci:MessageId><osci:ProcessCard "                                       \
	"RecentModification=\"2026-11-22T09:00:00Z\"></osci:ProcessCard><osci:InspectionReport></osci:InspectionReport>" \
	"</osci:procard>"

static void chunk_answers(void **state)
{
	static const char *const cards[] = { STORED(INSIDE, CREATED), STORED(INSIDE, PROCARD) };
	struct osci_message *m = NULL;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(read_answer(OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY, cards[i], "", &m), 0);
		assert_int_equal(m->n_inside_feedback, 2);
		assert_string_equal(m->inside_feedback[1].code, "0800");
		assert_string_equal(m->inside_feedback[1].lang, "en");
		assert_string_equal(osci_message_verdict(m), "0801");
		assert_int_equal(m->n_cards, 1);
		assert_string_equal(m->chunk.received, "1 2");
		assert_int_equal(m->chunk.total_chunks, 2);
		osci_message_freep(&m);
	}
	assert_int_equal(read_answer(OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY, STORED("", CREATED PROCARD), "", NULL),
			 OSCI_E_MALFORMED);
	assert_int_equal(read_answer(OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY, STORED(INSIDE INSIDE, ""), "", NULL),
			 OSCI_E_MALFORMED);
	assert_int_equal(read_answer(OSCI_RESPONSE_TO_STORE_DELIVERY, STORED("", ""), "", NULL), OSCI_E_MALFORMED);
}

/* The id of a reply is that of its own card, never the request's. */
static void mediated_id(void **state)
{
#define MEDIATED(cards) "<osci:responseToMediateDelivery Id=\"o\">" FEEDBACK cards "</osci:responseToMediateDelivery>"
#define BUNDLE(name, id)                                                                                              \
	"<osci:" name ">" ID(id) "<osci:ProcessCard RecentModification=\"2026-11-22T09:00:00Z\"></osci:ProcessCard>"  \
	"<osci:InspectionReport></osci:InspectionReport></osci:" name ">"
	static const char content[] = "<osci:ContentPackage></osci:ContentPackage>";
	struct osci_message *m = NULL;

	assert_int_equal(read_answer(OSCI_RESPONSE_TO_MEDIATE_DELIVERY, MEDIATED(BUNDLE("RequestProcessCardBundle", "YQ==")
			 BUNDLE("ReplyProcessCardBundle", "Yg==")), content, &m), 0);
	assert_string_equal(osci_message_delivery_id(m), "b");
	osci_message_freep(&m);
	assert_int_equal(read_answer(OSCI_RESPONSE_TO_MEDIATE_DELIVERY, MEDIATED(BUNDLE("RequestProcessCardBundle", "YQ==")),
			 content, &m), 0);
	assert_null(osci_message_delivery_id(m));
	osci_message_freep(&m);
	assert_int_equal(read_answer(OSCI_RESPONSE_TO_MEDIATE_DELIVERY, MEDIATED(BUNDLE("ReplyProcessCardBundle", "Yg==")),
			 content, NULL), OSCI_E_MALFORMED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(announced_limits), cmocka_unit_test(tokens), cmocka_unit_test(echoes),
		cmocka_unit_test(chunk_answers), cmocka_unit_test(mediated_id),
	};

	return cmocka_run_group_tests(tests, t_order_setup, t_order_teardown);
}
