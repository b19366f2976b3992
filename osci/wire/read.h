/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read - what the files of the message reader share
 *
 * One open message = one arena (all strings and arrays), one document, one set of MIME parts.  Elements
 * are found by position, kept as pointers, and every value comes from those pointers.
 */
#ifndef OSCI_WIRE_READ_H
#define OSCI_WIRE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include <osci/message.h>
#include "base/buf.h"
#include "crypto/blobs.h"
#include "mime/mime.h"
#include "wire/types.h"
#include "xml/xml.h"

/* --- arena.c: memory that lives as long as the message ------------------ */

struct osci_arena {
	void **items;
	size_t n, cap;
};

void *osci_arena_alloc(struct osci_arena *a, size_t n, size_t size); /* zeroed; NULL = no memory */
int osci_arena_keep(struct osci_arena *a, void *p); /* takes @p, also on failure; NULL allowed */
char *osci_arena_copy(struct osci_arena *a, const void *data, size_t len); /* NUL behind */
void osci_arena_free(struct osci_arena *a);

/* --- walk.c: children, attributes and values, strictly ------------------ */

/* "PATH: cause" with @node's place. */
int osci_wire_refuse(struct osci_err *err, int code, const char *feedback, const xmlNode *node, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/* Children of one element in their order; the first refusal sticks and comes out of osci_walk_end(). */
struct osci_walk {
	const xmlNode *parent;
	xmlNodePtr at;
	struct osci_err *err;
	int result;
};

void osci_walk_begin(struct osci_walk *w, const xmlNode *parent, struct osci_err *err);
xmlNodePtr osci_walk_take(struct osci_walk *w, const char *ns, const char *local); /* NULL if it is not next */
xmlNodePtr osci_walk_need(struct osci_walk *w, const char *ns, const char *local); /* NULL: refused */
xmlNodePtr osci_walk_any(struct osci_walk *w); /* next element, whatever it is */
int osci_walk_end(struct osci_walk *w); /* anything left is refused */

/* Only these attributes: "Id", "soap:actor", "xml:lang", "xsi:schemaLocation"; the list ends with NULL. */
int osci_wire_attrs(const xmlNode *node, const char *const *allowed, struct osci_err *err);
int osci_wire_empty(const xmlNode *node, struct osci_err *err); /* no child, no text */
int osci_wire_text(struct osci_arena *a, const xmlNode *node, size_t max, const char **ret, struct osci_err *err);
/* NULL in *@ret if absent, refused if absent and @must. */
int osci_wire_attr(struct osci_arena *a, const xmlNode *node, const char *ns, const char *name, size_t max, bool must,
		   const char **ret, struct osci_err *err);
int osci_wire_number(struct osci_arena *a, const xmlNode *node, const char *name, uint64_t max, bool must, bool *found,
		     uint64_t *ret, struct osci_err *err);
int osci_wire_base64(const xmlNode *node, size_t max, struct osci_buf *out, struct osci_err *err);
int osci_wire_datetime(const xmlNode *node, const char *text, struct osci_err *err);
size_t osci_wire_count(const xmlNode *parent, const char *ns, const char *local);
/* Certificate octets of ds:X509Data with exactly one ds:X509Certificate. */
int osci_wire_x509(const xmlNode *x509data, const struct osci_limits *l, struct osci_buf *out, struct osci_err *err);

/* --- ids.c: the own table of Ids ---------------------------------------- */

struct osci_id {
	const char *id;
	bool part_key; /* of an EncryptedData with the key of an attachment */
};

struct osci_ids {
	struct osci_id *v; /* sorted without regard to case */
	size_t n;
	const struct osci_ids *outer; /* of the document around an encrypted one */
};

/*
 * Looks at every element below @root: Ids are NCNames and unique (case counts as equal), also
 * against the outer documents, but that the key of an attachment may be repeated as one; ID, id, xml:id,
 * wsu:Id, xml:base are refused.  @envelope: header blocks of foreign namespaces may carry such attributes inside,
 * but no element of SOAP, OSCI or XML Encryption.
 */
int osci_ids_build(struct osci_ids *ids, struct osci_arena *a, xmlNodePtr root, bool envelope,
		   const struct osci_limits *l, struct osci_err *err);

/* --- the message while it is opened and after --------------------------- */

/* SHA-256 of the parts behind the root, and large ones themselves, taken while the message is split; part_digests.c. */
struct osci_part_digest;
struct osci_part_digests {
	struct osci_spool *keep; /* borrowed; NULL = digests alone */
	struct osci_hash *hash;  /* of the part under way */
	struct osci_sink *sink;  /* the same; NULL = not kept */
	struct osci_part_digest *list;
	size_t n, n_kept;
};
extern const struct osci_mime_events osci_part_digests_events; /* their argument is a struct osci_part_digests */
int osci_part_digests_copy(struct osci_part_digests *d, const struct osci_part_digests *from); /* digests alone */
/* What is known of part @i: its digest, and where it was kept its octets. */
void osci_part_digests_of(const struct osci_part_digests *d, size_t i, struct osci_part *part);
void osci_part_digests_free(struct osci_part_digests *d);

struct osci_message_priv {
	struct osci_arena arena;
	struct osci_mime *mime;
	struct osci_part_digests digests; /* of all parts, or none */
	struct osci_part *parts; /* what the message shows, and their digests as they become known */
	xmlDocPtr doc;
	bool cbc;            /* the envelope was encrypted without authentication */
	xmlNodePtr package;  /* ContentPackage or NULL */
	struct osci_ids ids;
	struct osci_limits limits;
	struct osci_cert **held; /* references given back with the message */
	size_t n_held;
	size_t n_signatures, n_references; /* counted over the whole message, contents included */
};

struct osci_block {
	xmlNodePtr node;
	const char *id;
};

/* How far the reader is. */
enum osci_read_step {
	OSCI_READ_OUTER,     /* MIME, XML, which message it is */
	OSCI_READ_TRANSPORT, /* decryption, and the same again */
	OSCI_READ_STRUCTURE,
	OSCI_READ_CERTS,
	OSCI_READ_SIGNATURE,
	OSCI_READ_VALUES,
};

/* State of osci_open(). */
struct osci_reader {
	enum osci_read_step step;
	struct osci_message *m;
	struct osci_message_priv *p;
	const struct osci_open_opts *opts;
	const struct osci_limits *l;
	const struct osci_type_info *info;
	struct osci_err *err;
	xmlNodePtr envelope, header, body;
	struct osci_block *blocks; /* header blocks but the signature block, then the Body: all that must be signed */
	size_t n_blocks;
	xmlNodePtr control, signature, languages, order, intermediary_certs, other_certs, features;
	xmlNodePtr quality[2];
	size_t n_quality;
};

/*
 * open.c: a reader with @m, @opts and @err set does all of osci_open_blob().  What it has found stays in it and in @m,
 * after a failure, too: of that nothing may be believed.
 */
struct osci_message *osci_message_new(const struct osci_open_opts *opts);
int osci_reader_run(struct osci_reader *r, struct osci_blob *body);

/* envelope.c: shape of the envelope up to the header blocks; fills the nodes above. */
int osci_read_envelope(struct osci_reader *r);
/* What the root element is: type of the message, or encrypted. */
int osci_read_type(xmlNodePtr root, enum osci_type *ret, bool *encrypted, struct osci_err *err);
/* certs.c */
int osci_read_certs(struct osci_reader *r);
const struct osci_cert_entry *osci_cert_by_id(const struct osci_message *m, const char *id);
/* order.c, cards.c: values, after the signature has been checked */
int osci_read_control(struct osci_reader *r);
int osci_read_order(struct osci_reader *r);
int osci_read_features(struct osci_reader *r);
int osci_read_message_id(struct osci_reader *r, const xmlNode *node, const char **ret);
int osci_read_cards(struct osci_reader *r, xmlNodePtr *bundles, size_t n);
/* fault.c */
int osci_read_fault(struct osci_reader *r);

/* --- signature.c -------------------------------------------------------- */

enum osci_ref_transform { OSCI_REF_OCTETS, OSCI_REF_C14N, OSCI_REF_BASE64 };

struct osci_sig_ref {
	const xmlNode *node;
	bool cid;
	const char *target; /* Id or Content-ID */
	enum osci_ref_transform transform;
	const struct osci_alg *digest;
	unsigned char value[OSCI_DIGEST_MAX];
	size_t len;
	bool properties; /* Type says XAdES SignedProperties */
	bool used;
};

struct osci_sig {
	const xmlNode *node;
	xmlNodePtr signed_info;
	const struct osci_alg *alg;
	unsigned char *value;
	size_t value_len;
	const char *cert_id;
	struct osci_sig_ref *refs;
	size_t n_refs;
	xmlNodePtr properties; /* XAdES SignedProperties, content signatures only */
	const char *properties_id;
};

/* Structure and policy of one ds:Signature; nothing is computed yet. @content: rules of content signatures. */
int osci_sig_parse(struct osci_sig *s, struct osci_arena *a, xmlNodePtr signature, bool content,
		   const struct osci_limits *l, struct osci_err *err);
/* Finds the certificate the signature names, of a role in @roles, and demands trust in it. */
int osci_sig_cert(const struct osci_sig *s, const struct osci_message *m, unsigned roles,
		  const struct osci_open_opts *opts, struct osci_cert **ret, struct osci_err *err);
struct osci_sig_ref *osci_sig_find(const struct osci_sig *s, bool cid, const char *target);
int osci_sig_ref_octets(const struct osci_sig_ref *ref, const void *data, size_t len, struct osci_err *err);
/* Keeps the SHA-256 digest in @part: however many signatures cover it, it is read once. */
int osci_sig_ref_part(const struct osci_sig_ref *ref, struct osci_part *part, struct osci_err *err);
int osci_sig_ref_node(const struct osci_sig_ref *ref, xmlNodePtr node, struct osci_err *err);
/* SignatureValue over SignedInfo. */
int osci_sig_value(const struct osci_sig *s, const struct osci_cert *cert, struct osci_err *err);
/* ClientSignature or SupplierSignature, coverage included. */
int osci_read_signature(struct osci_reader *r);

/* --- transport.c, encrypted.c ------------------------------------------- */

struct osci_encrypted_key {
	const struct osci_alg *digest, *mgf;
	xmlNodePtr cipher_value;
	xmlNodePtr key_info; /* its only child: ds:X509Data or ds:RetrievalMethod */
};

struct osci_encrypted {
	const xmlNode *node;
	const char *id;
	const struct osci_alg *alg;
	size_t iv_len;
	struct osci_encrypted_key *keys;
	size_t n_keys;
	xmlNodePtr mgmt_data;    /* attachment key, instead of keys */
	xmlNodePtr cipher_value; /* or */
	const char *cid;         /* CipherReference */
};

/* Structure and policy of one xenc:EncryptedData. @mgmt: ds:MgmtData is allowed in the place of keys. */
int osci_encrypted_parse(struct osci_encrypted *e, struct osci_arena *a, xmlNodePtr node, bool mgmt,
			 const struct osci_limits *l, const struct osci_policy *policy, struct osci_err *err);
/*
 * Unwraps with @key and decrypts @sealed.  Whatever goes wrong is OSCI_E_DECRYPT with one
 * text, and takes the same path: a key that does not unwrap is replaced by a random one.
 */
int osci_encrypted_open(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			struct osci_blob *sealed, const struct osci_limits *l, struct osci_blob **ret,
			struct osci_err *err);
int osci_decrypt_failed(struct osci_err *err);
/* The session key alone, or, if it does not unwrap, a random one. To be wiped. */
#define OSCI_SESSION_KEY_MAX 64
int osci_encrypted_session(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			   unsigned char session[OSCI_SESSION_KEY_MAX]);
/*
 * The calendar of opts->policy on the cipher and, with @ek and its @key, on key transport: OSCI_E_ALGORITHM. It speaks of
 * public data only and comes before the key is touched.
 */
int osci_encrypted_date(const struct osci_encrypted *e, const struct osci_encrypted_key *ek, const struct osci_key *key,
			const struct osci_open_opts *opts, struct osci_err *err);
struct osci_key *osci_key_for_cert(const struct osci_open_opts *opts, const void *der, size_t len);

/* What the envelope of an encrypted message says; all that can be refused before the key is used has been. */
struct osci_transport {
	struct osci_encrypted e;
	const struct osci_encrypted_key *ek;
	struct osci_key *key; /* of opts */
};
int osci_transport_read(struct osci_transport *t, struct osci_arena *a, xmlNodePtr root, const struct osci_mime *mime,
			const struct osci_open_opts *opts, const struct osci_limits *l, struct osci_err *err);
/* Opens it: *@ret is the inner HTTP body. @suite, @cbc: how it was encrypted.  @arrived: of this body, or NULL. */
struct osci_arrived;
int osci_transport_open(xmlNodePtr root, const struct osci_mime *mime, const struct osci_open_opts *opts,
			const struct osci_limits *l, const struct osci_arrived *arrived, struct osci_blob **ret,
			struct osci_suite *suite, bool *cbc, struct osci_err *err);

/* --- ahead.c: what is inside, while it arrives --------------------------- */

struct osci_inside {
	struct osci_blob *octets; /* the inner HTTP body; NULL = the tag was wrong, and nothing else is set */
	struct osci_mime *mime;   /* of it; NULL = not found on the way, for whatever cause */
	struct osci_part_digests digests; /* of the parts of @mime */
};
void osci_inside_free(struct osci_inside *i);

/*
 * Decrypts IV, ciphertext and tag as they come.  Of what is decrypted nothing is given out, parsed as XML or judged before
 * the tag is right; that it looks like MIME or not changes neither what is done with an octet nor any result.
 * @keep: where the octets lie, large parts in files of their own; NULL = nowhere, and end is given what was sealed.
 */
struct osci_ahead;
int osci_ahead_new(struct osci_ahead **ret, const struct osci_limits *l, struct osci_spool *keep, const struct osci_alg *alg,
		   const unsigned char *key, size_t iv_len);
int osci_ahead_add(struct osci_ahead *a, const void *data, size_t len, struct osci_err *err);
/* Negative: we failed.  0: the tag was right, or not. */
int osci_ahead_end(struct osci_ahead *a, struct osci_blob *sealed, struct osci_inside *ret, struct osci_err *err);
void osci_ahead_freep(struct osci_ahead **a);

/* --- intake.c: a body that was opened, as far as that goes, while it arrived --- */

struct osci_arrived {
	struct osci_blob *body;   /* all of it; if the inside was kept, only the envelope can be read */
	struct osci_mime *mime;   /* or */
	int result;               /* why there is none */
	struct osci_err err;
	struct osci_key *key;     /* it was decrypted with */
	struct osci_inside inside;
};
/* NULL if @body is not of this kind: then nothing is known of it. */
const struct osci_arrived *osci_arrived_of(const struct osci_blob *body);

#endif
