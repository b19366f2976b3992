/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_priv - what the files of the writer share
 *
 * Everything is written in its canonical form (inclusive C14N 1.0 without comments) at once, so
 * that the digest of a block is the digest of the octets just written and no document is
 * ever built.  What that takes: attributes in canonical order, the five prefixes declared on each
 * header block and on Body (they are in scope there), no empty-element tags, canonical escapes.
 */
#ifndef OSCI_WIRE_WRITE_PRIV_H
#define OSCI_WIRE_WRITE_PRIV_H

#include <osci/message.h>
#include "base/buf.h"
#include "crypto/blobs.h"
#include "wire/suite.h"
#include "wire/types.h"

#define WIRE_XMLNS_DS " xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\""
#define WIRE_XMLNS_OSCI " xmlns:osci=\"http://www.osci.de/2002/04/osci\""
#define WIRE_XMLNS_OSCI2017 " xmlns:osci2017=\"http://xoev.de/transport/osci12/7\""
#define WIRE_XMLNS_SOAP " xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\""
#define WIRE_XMLNS_XENC " xmlns:xenc=\"http://www.w3.org/2001/04/xmlenc#\""
#define WIRE_XMLNS_XSI " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\""
/* Declared on Envelope, every block, Body and ContentContainer. */
#define WIRE_XMLNS WIRE_XMLNS_DS WIRE_XMLNS_OSCI WIRE_XMLNS_SOAP WIRE_XMLNS_XENC WIRE_XMLNS_XSI

/* The same with the namespace of FeatureDescription and chunked orders; canonical order. */
#define WIRE_XMLNS_PARTIAL \
	WIRE_XMLNS_DS WIRE_XMLNS_OSCI WIRE_XMLNS_OSCI2017 WIRE_XMLNS_SOAP WIRE_XMLNS_XENC WIRE_XMLNS_XSI

#define WIRE_ACTOR_NEXT " soap:actor=\"" OSCI_ACTOR_NEXT "\" soap:mustUnderstand=\"1\""
#define WIRE_ACTOR_NONE " soap:actor=\"" OSCI_ACTOR_NONE "\" soap:mustUnderstand=\"1\""

#define WIRE_BASE64_LINE 76
#define WIRE_CERT_ID_MAX 96
#define WIRE_SUFFIX_MAX 20

struct wire_writer;

/* What the writer knows of a type beyond struct osci_type_info. */
struct wire_type {
	const char *id; /* beginning of the Id of the order's header block; NULL = the order stands in the Body */
	unsigned char quality_must; /* QualityOfTimestamp blocks that the schema demands: 1 = creation, 2 = both */
	unsigned times_must, times_may; /* WIRE_CARD_* of the process card; others stay out */
	/* Children of the element named as the message; NULL = none. */
	int (*children)(struct wire_writer *w, struct osci_err *err);
};

#define WIRE_CARD_CREATION 1u
#define WIRE_CARD_FORWARDING 2u
#define WIRE_CARD_RECEPTION 4u

struct wire_ref {
	const char *prefix, *name, *suffix; /* URI is their sum: "#" "body" "" */
	size_t name_len;
	char *owned;           /* freed with the writer, or NULL */
	const char *transform; /* URI; NULL = none */
	unsigned char digest[OSCI_DIGEST_MAX];
	size_t digest_len;
};

struct wire_writer {
	const struct osci_draft *draft;
	const struct osci_write_opts *opts;
	const struct wire_type *type;
	const struct osci_type_info *info;
	struct osci_limits limits;
	struct wire_suite suite;
	char suffix[WIRE_SUFFIX_MAX]; /* behind the Ids of our blocks */
	struct osci_buf out;          /* from behind the signature block on; emptied into @pieces before each part */
	struct osci_blob **pieces;    /* the message, the first one written last */
	size_t n_pieces;
	struct wire_ref *refs;
	size_t n_refs, max_refs;
	char signer_id[WIRE_CERT_ID_MAX + WIRE_SUFFIX_MAX]; /* added certificate */
	const char *signer_ref; /* Id that KeyInfo names: of the draft or ours */
	bool add_signer;
};

int wire_usage(struct osci_err *err, const char *where, const char *what);

/* write_types.c */
const struct wire_type *wire_type_find(enum osci_type type);

/* write_text.c: refuse what XML or the profile cannot carry; NULL is wrong. */
bool wire_text_ok(const char *s, size_t max);
bool wire_number_ok(const char *s, size_t max);
bool wire_ncname_ok(const char *s);
bool wire_content_id_ok(const char *s);
bool wire_languages_ok(const char *s);
bool wire_datetime_ok(const char *s);
void wire_add_text(struct osci_buf *b, const char *element, const char *text);
/* Start tag up to the Id, left open: <@element xmlns:... Id="@id SUFFIX" */
void wire_open_block(struct wire_writer *w, const char *element, const char *id);

/* write_blocks.c */
int wire_write_blocks(struct wire_writer *w, struct osci_err *err);
int wire_write_body(struct wire_writer *w, struct osci_err *err);
int wire_control(struct wire_writer *w, struct osci_buf *out, struct osci_err *err);

/* write_certs.c */
int wire_plan_certs(struct wire_writer *w, struct osci_err *err);
void wire_write_certs(struct wire_writer *w, bool intermediary);
bool wire_has_certs(const struct wire_writer *w, bool intermediary);
void wire_x509(struct osci_buf *b, const struct osci_cert *cert);

/* write_orders.c, write_partial.c: children of the message elements */
int wire_add_id(struct wire_writer *w, const char *element, const char *id, struct osci_err *err);
int wire_add_subject(struct wire_writer *w, struct osci_err *err);
int wire_children_store(struct wire_writer *w, struct osci_err *err);
int wire_children_forward(struct wire_writer *w, struct osci_err *err);
int wire_children_accept(struct wire_writer *w, struct osci_err *err);
int wire_children_mediate(struct wire_writer *w, struct osci_err *err);
int wire_children_process(struct wire_writer *w, struct osci_err *err);
int wire_children_fetch(struct wire_writer *w, struct osci_err *err);
int wire_children_fetch_card(struct wire_writer *w, struct osci_err *err);
int wire_children_feedback(struct wire_writer *w, struct osci_err *err);
int wire_children_message_id(struct wire_writer *w, struct osci_err *err);
int wire_children_stored(struct wire_writer *w, struct osci_err *err);
int wire_children_fetched(struct wire_writer *w, struct osci_err *err);
int wire_children_cards(struct wire_writer *w, struct osci_err *err);
int wire_children_mediated(struct wire_writer *w, struct osci_err *err);
int wire_children_processed(struct wire_writer *w, struct osci_err *err);
int wire_children_partial_store(struct wire_writer *w, struct osci_err *err);
int wire_children_partial_fetch(struct wire_writer *w, struct osci_err *err);
int wire_children_partial_stored(struct wire_writer *w, struct osci_err *err);
int wire_children_partial_fetched(struct wire_writer *w, struct osci_err *err);

/* write_cards.c */
int wire_add_feedback(struct wire_writer *w, const char *element, const struct osci_feedback *list, size_t n,
		      struct osci_err *err);
/* One bundle named @element; @must and @may are WIRE_CARD_*. */
int wire_add_card(struct wire_writer *w, const char *element, const struct osci_card *card, unsigned must,
		  unsigned may, struct osci_err *err);
/* Cards of the draft, at least @min, at most @max, with the times of the type. */
int wire_add_cards(struct wire_writer *w, const char *element, size_t min, size_t max, struct osci_err *err);

/* write_selection.c */
/* Rule of an order; @cards: the wider form of FetchProcessCard. */
int wire_add_selection(struct wire_writer *w, bool cards, struct osci_err *err);
/* <osci:@element> with the rule of the order that is answered. */
int wire_add_echo(struct wire_writer *w, const char *element, struct osci_err *err);

/* write_sign.c */
/* Remembers the octets of @b from @start on as referenced by "#" NAME SUFFIX. */
int wire_ref_range(struct wire_writer *w, const struct osci_buf *b, size_t start, const char *name,
		   size_t name_len, const char *suffix);
int wire_ref_part(struct wire_writer *w, const struct osci_part *part, const struct osci_blob *blob,
		  struct osci_err *err);
/* <ds:Signature> over @refs, KeyInfo naming "#" @cert_id; @suite was made for @key. */
int wire_signature(struct osci_buf *out, const struct osci_key *key, const struct wire_suite *suite,
		   const struct wire_ref *refs, size_t n_refs, const char *cert_id, struct osci_err *err);

/* write_encrypt.c */
/* EncryptionMethod of an EncryptedData. */
void wire_cipher_method(struct osci_buf *out, const struct wire_suite *suite);
/* EncryptedKey with suite->key_len octets of @key; @cert_id NULL = the certificate itself. */
int wire_encrypted_key(struct osci_buf *out, const struct wire_suite *suite, const struct osci_cert *cert,
		       const char *cert_id, const unsigned char *key, struct osci_err *err);
/* The message @plain in its transport envelope, encrypted while it is read. */
int wire_envelope(struct osci_stream **ret, const struct wire_suite *suite, struct osci_blob *plain,
		  const struct osci_cert *cert, struct osci_err *err);

/* write_carry.c: what comes from other messages */
/* Children of ContentPackage without the declarations that Body makes anyway. */
int wire_add_package(struct osci_buf *out, const char *xml, size_t len);
/* Canonical form of a custom header block inside our Envelope; *@ret_id is malloc()ed. */
int wire_custom(const struct osci_custom *custom, const struct osci_limits *limits, struct osci_buf *out,
		char **ret_id, struct osci_err *err);

#endif
