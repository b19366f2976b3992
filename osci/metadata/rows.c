/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows - the table, in the order of the schema (2.02), and what a text of each kind looks like
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "metadata/rows.h"

#define M OSCI_METADATA_NS
#define WSA "http://www.w3.org/2005/08/addressing"

#define AT(type, member) .offset = offsetof(struct type, member)
#define END { .kind = META_END }

static const struct meta_row code_rows[] = {
	{ META_ATTR, NULL, "listURI", .must = true, .check = META_URI, AT(osci_meta_code, list_uri) },
	{ META_ATTR, NULL, "listVersionID", .must = true, AT(osci_meta_code, list_version) },
	{ META_TEXT, NULL, "code", .must = true, .check = META_SOME, AT(osci_meta_code, code) },
	{ META_TEXT, NULL, "name", AT(osci_meta_code, name) },
	END,
};

static const struct meta_row identifier_rows[] = {
	{ META_ATTR, NULL, "type", .must = true, .check = META_SOME, AT(osci_meta_identifier, type) },
	{ META_ATTR, NULL, "name", .check = META_SOME, AT(osci_meta_identifier, name) },
	{ META_ATTR, NULL, "category", .check = META_SOME, AT(osci_meta_identifier, category) },
	{ META_VALUE, NULL, NULL, .must = true, .check = META_SOME, AT(osci_meta_identifier, value) },
	END,
};

static const struct meta_row token_rows[] = {
	{ META_ATTR, NULL, "usage", .must = true, .check = META_USAGE, AT(osci_meta_token, usage) },
	{ META_ATTR, NULL, "payloadRef", .check = META_SOME, AT(osci_meta_token, payload_ref) },
	{ META_TOKEN, NULL, NULL, .must = true, AT(osci_meta_token, xml) },
	END,
};

static const struct meta_row party_rows[] = {
	{ META_GROUP, M, "Identifier", .must = true, AT(osci_meta_party, id), .rows = identifier_rows },
	{ META_LIST, M, "SecurityToken", AT(osci_meta_party, tokens), .rows = token_rows,
	  .size = sizeof(struct osci_meta_token), .count = offsetof(struct osci_meta_party, n_tokens) },
	END,
};

static const struct meta_row receipt_to_rows[] = {
	{ META_TEXT, WSA, "Address", .must = true, .check = META_URI, AT(osci_metadata, receipt_requests.receipt_to) },
	END,
};

static const struct meta_row receipt_rows[] = {
	{ META_FLAG, M, "Submission", AT(osci_metadata, receipt_requests.submission) },
	{ META_FLAG, M, "Relay", AT(osci_metadata, receipt_requests.relay) },
	{ META_FLAG, M, "Delivery", AT(osci_metadata, receipt_requests.delivery) },
	{ META_FLAG, M, "Fetch", AT(osci_metadata, receipt_requests.fetch) },
	{ META_FLAG, M, "Reception", AT(osci_metadata, receipt_requests.reception) },
	{ META_GROUP, M, "ReceiptTo", .rows = receipt_to_rows },
	END,
};

static const struct meta_row delivery_rows[] = {
	{ META_TEXT, M, "Origin", .check = META_DATETIME, AT(osci_metadata, origin) },
	{ META_TEXT, M, "InitialSend", .check = META_DATETIME, AT(osci_metadata, initial_send) },
	{ META_TEXT, M, "NotBefore", .check = META_DATETIME, AT(osci_metadata, not_before) },
	{ META_TEXT, M, "ObsoleteAfter", .check = META_DATE, AT(osci_metadata, obsolete_after) },
	{ META_TEXT, M, "Delivery", .check = META_DATETIME, AT(osci_metadata, delivery) },
	{ META_TEXT, M, "InitialFetch", .check = META_DATETIME, AT(osci_metadata, initial_fetch) },
	{ META_TEXT, M, "Reception", .check = META_DATETIME, AT(osci_metadata, reception) },
	{ META_TEXT, M, "ServiceQuality", .check = META_SOME, AT(osci_metadata, service_quality) },
	{ META_GROUP, M, "ReceiptRequests", .rows = receipt_rows },
	END,
};

static const struct meta_row originator_rows[] = {
	{ META_GROUP, M, "Author", .must = true, AT(osci_metadata, author), .rows = party_rows },
	{ META_GROUP, M, "Sender", AT(osci_metadata, sender), .rows = party_rows },
	{ META_GROUP, M, "ReplyTo", AT(osci_metadata, reply_to), .rows = party_rows },
	END,
};

static const struct meta_row other_rows[] = {
	{ META_LIST, M, "OtherReaders", .must = true, AT(osci_metadata, other_readers), .rows = identifier_rows,
	  .size = sizeof(struct osci_meta_identifier), .count = offsetof(struct osci_metadata, n_other_readers) },
	{ META_LIST, M, "CcReaders", AT(osci_metadata, cc_readers), .rows = identifier_rows,
	  .size = sizeof(struct osci_meta_identifier), .count = offsetof(struct osci_metadata, n_cc_readers) },
	END,
};

static const struct meta_row destination_rows[] = {
	{ META_GROUP, M, "Reader", .must = true, AT(osci_metadata, reader), .rows = party_rows },
	{ META_GROUP, M, "OtherDestinations", .rows = other_rows },
	END,
};

static const struct meta_row reply_rows[] = {
	{ META_VALUE, NULL, NULL, .must = true, .check = META_URI, .offset = 0 },
	END,
};

static const struct meta_row requester_rows[] = {
	{ META_ATTR, NULL, "ProccesName", .check = META_SOME, AT(osci_meta_process, name) },
	{ META_VALUE, NULL, NULL, .must = true, .check = META_SOME, AT(osci_meta_process, value) },
	END,
};

static const struct meta_row process_rows[] = {
	{ META_GROUP, M, "Requester", AT(osci_metadata, requester), .rows = requester_rows },
	{ META_GROUP, M, "Responder", AT(osci_metadata, responder), .rows = requester_rows },
	END,
};

static const struct meta_row identification_rows[] = {
	{ META_TEXT, WSA, "MessageID", .must = true, .check = META_URI, AT(osci_metadata, message_id) },
	{ META_LIST, M, "In-Reply-To", AT(osci_metadata, in_reply_to), .rows = reply_rows, .size = sizeof(char *),
	  .count = offsetof(struct osci_metadata, n_in_reply_to) },
	{ META_GROUP, M, "ProcessRef", .rows = process_rows },
	END,
};

static const struct meta_row scenario_rows[] = {
	{ META_GROUP, M, "Defined", AT(osci_metadata, scenario), .rows = code_rows },
	{ META_TEXT, M, "Undefined", AT(osci_metadata, undefined_scenario) },
	END,
};

/* A code with one attribute more: its members stand in the struct around it. */
#define TYPE_AT(member) .offset = offsetof(struct osci_metadata, message_type.member)
static const struct meta_row type_rows[] = {
	{ META_ATTR, NULL, "listURI", .must = true, .check = META_URI, TYPE_AT(list_uri) },
	{ META_ATTR, NULL, "listVersionID", .must = true, TYPE_AT(list_version) },
	{ META_ATTR, NULL, "payloadSchema", .must = true, .check = META_URI, AT(osci_metadata, payload_schema) },
	{ META_TEXT, NULL, "code", .must = true, .check = META_SOME, TYPE_AT(code) },
	{ META_TEXT, NULL, "name", TYPE_AT(name) },
	END,
};

static const struct meta_row qualifier_rows[] = {
	{ META_TEXT, M, "Subject", AT(osci_metadata, subject) },
	{ META_TEXT, M, "Service", .must = true, .check = META_URI, AT(osci_metadata, service) },
	{ META_GROUP, M, "BusinessScenario", .must = true, .one = true, .rows = scenario_rows },
	{ META_GROUP, M, "MessageType", .must = true, .rows = type_rows },
	END,
};

static const struct meta_row property_rows[] = {
	{ META_GROUP, M, "Key", .must = true, AT(osci_meta_property, key), .rows = code_rows },
	{ META_TEXT, M, "Value", .must = true, .check = META_SOME, AT(osci_meta_property, value) },
	END,
};

static const struct meta_row properties_rows[] = {
	{ META_LIST, M, "Property", .must = true, AT(osci_metadata, properties), .rows = property_rows,
	  .size = sizeof(struct osci_meta_property), .count = offsetof(struct osci_metadata, n_properties) },
	END,
};

static const struct meta_row root_rows[] = {
	{ META_BOOL, NULL, "TestMsg", AT(osci_metadata, test_msg) },
	{ META_GROUP, M, "DeliveryAttributes", .must = true, .rows = delivery_rows },
	{ META_GROUP, M, "Originators", .must = true, .rows = originator_rows },
	{ META_GROUP, M, "Destinations", .must = true, .rows = destination_rows },
	{ META_GROUP, M, "MsgIdentification", .must = true, .rows = identification_rows },
	{ META_GROUP, M, "Qualifier", .must = true, .rows = qualifier_rows },
	{ META_GROUP, M, "MessageProperties", .rows = properties_rows },
	{ META_NUMBER, M, "MsgSize", AT(osci_metadata, msg_size) },
	END,
};

const struct meta_row meta_root = { META_GROUP, M, "MessageMetaData", .must = true, .rows = root_rows };

/* Not deeper than the table. */
bool meta_set(const struct meta_row *row, const void *base)
{
	const char *at = (const char *)base + row->offset;
	const struct meta_row *r;

	switch (row->kind) {
	case META_BOOL:
	case META_FLAG:
		return *(const bool *)at;
	case META_NUMBER:
		return *(const uint64_t *)at != 0;
	case META_LIST:
		return *(const size_t *)((const char *)base + row->count) != 0;
	case META_GROUP:
		for (r = row->rows; r->kind != META_END; r++)
			if (meta_set(r, at))
				return true;
		return false;
	case META_END:
		return false;
	default:
		return *(const char *const *)at != NULL;
	}
}

/* xsd leaves the zone out where it is not known: then any zone will do for the check. */
static bool instant_ok(const char *text, size_t len, const char *time)
{
	const char *zone = text + len, *plus;
	char whole[64];
	int64_t ms;

	if (len && text[len - 1] == 'Z')
		zone--;
	else if (len >= 6 && text[len - 3] == ':' && ((plus = text + len - 6) && (*plus == '+' || *plus == '-')))
		zone = plus;
	if (len + strlen(time) + 2 > sizeof(whole))
		return false;
	snprintf(whole, sizeof(whole), "%.*s%s%s", (int)(zone - text), text, time, *zone ? zone : "Z");
	return osci_parse_datetime(whole, strlen(whole), &ms) == 0;
}

bool meta_text_ok(enum meta_check check, const char *text)
{
	size_t len = strlen(text);

	switch (check) {
	case META_ANY:
		return true;
	case META_SOME:
		return len > 0;
	case META_URI:
		return len > 0 && !text[strcspn(text, " \t\r\n<>\"{}|\\^`")];
	case META_DATETIME:
		return instant_ok(text, len, "");
	case META_DATE:
		return instant_ok(text, len, "T00:00:00") && len >= 10;
	case META_USAGE:
		return !strcmp(text, "AUTHENTICATION") || !strcmp(text, "ENCRYPTION") || !strcmp(text, "SIGNATURE");
	}
	return false;
}
