/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/metadata.h - MessageMetaData, the header block of XTA 2 version 3
 *
 * Who wrote to whom about what: usage data beside the order, readable by the intermediary, signed with all other header
 * blocks, carried on unchanged.  It travels as a custom block of a message, with the Id "MetaData".
 *
 * Source: schema OSCI_MessageMetaData 2.02, namespace http://www.osci.eu/ws/2014/10/transport.  Names of members follow
 * its elements.  Texts are UTF-8; NULL = not there.  A member marked "must" is demanded by reader and writer.
 */
#ifndef OSCI_METADATA_H
#define OSCI_METADATA_H

#include <osci/message.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OSCI_METADATA_NS "http://www.osci.eu/ws/2014/10/transport"
#define OSCI_METADATA_ID "MetaData"
#define OSCI_METADATA_MAX ((size_t)256 * 1024) /* octets of the block */
#define OSCI_METADATA_TEXT_MAX 4096u           /* octets of one text or attribute */
#define OSCI_METADATA_TOKEN_MAX ((size_t)32 * 1024) /* octets of one security token */
#define OSCI_METADATA_LIST_MAX 256u            /* entries of one list */

/* Entry of a code list; the list and its version by URI. */
struct osci_meta_code {
	const char *list_uri, *list_version; /* must */
	const char *code;                    /* must */
	const char *name;
};

struct osci_meta_identifier {
	const char *value;
	const char *type;     /* must */
	const char *name, *category;
};

/* One element of WS-Security: BinarySecurityToken, SecurityTokenReference or UsernameToken. */
struct osci_meta_token {
	const char *usage;       /* must: "AUTHENTICATION", "ENCRYPTION", "SIGNATURE" */
	const char *payload_ref;
	const char *xml;         /* must: canonical octets of the element, NUL behind; content is the business of those involved */
};

struct osci_meta_party {
	struct osci_meta_identifier id; /* must */
	const struct osci_meta_token *tokens;
	size_t n_tokens;
};

struct osci_meta_process {
	const char *value;
	const char *name; /* attribute "ProccesName" */
};

struct osci_meta_property {
	struct osci_meta_code key; /* must */
	const char *value;         /* must */
};

struct osci_meta_receipts {
	bool submission, relay, delivery, fetch, reception;
	const char *receipt_to; /* address (WS-Addressing) */
};

/* Times are xsd:dateTime, dates xsd:date, each with or without zone. */
struct osci_metadata {
	bool test_msg;
	/* DeliveryAttributes */
	const char *origin, *initial_send, *not_before;
	const char *obsolete_after; /* date */
	const char *delivery, *initial_fetch, *reception;
	const char *service_quality;
	struct osci_meta_receipts receipt_requests;
	/* Originators */
	struct osci_meta_party author; /* must */
	struct osci_meta_party sender, reply_to;
	/* Destinations */
	struct osci_meta_party reader; /* must */
	const struct osci_meta_identifier *other_readers;
	size_t n_other_readers;
	const struct osci_meta_identifier *cc_readers; /* only with other readers */
	size_t n_cc_readers;
	/* MsgIdentification */
	const char *message_id; /* must */
	const char *const *in_reply_to;
	size_t n_in_reply_to;
	struct osci_meta_process requester, responder;
	/* Qualifier */
	const char *subject;
	const char *service;                   /* must, URI */
	struct osci_meta_code scenario;        /* BusinessScenario: exactly one of the two */
	const char *undefined_scenario;
	struct osci_meta_code message_type;    /* must */
	const char *payload_schema;            /* must, URI */
	/* MessageProperties */
	const struct osci_meta_property *properties;
	size_t n_properties;
	uint64_t msg_size; /* octets of payload and attachments; 0 = not said */
};

/*
 * The block of a message; *@ret is borrowed from @m.  OSCI_E_EMPTY if it has none.
 */
int osci_metadata_find(const struct osci_custom **ret, const struct osci_message *m, struct osci_err *err);
/*
 * Strict: exact elements in their order, no others, no other attributes; lengths, dates, numbers checked.
 * OSCI_E_MALFORMED or OSCI_E_LIMIT with the place, never with a value.
 */
int osci_metadata_read(struct osci_metadata **ret, const struct osci_custom *custom, struct osci_err *err);
void osci_metadata_freep(struct osci_metadata **d);

/*
 * The block for osci_draft.custom, in the canonical form that osci_write() carries.  OSCI_E_USAGE if something is
 * missing or a value is none of its kind.  ret->xml is malloc()ed.
 */
int osci_metadata_write(struct osci_custom *ret, const struct osci_metadata *d, struct osci_err *err);
void osci_custom_clear(struct osci_custom *c); /* only what osci_metadata_write() made */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
