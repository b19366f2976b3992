/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/message.h - reading and writing one OSCI-Transport 1.2 message
 *
 * Reading: osci_open() takes the octets of one HTTP body and does, in this order:
 * MIME split, pre-scan, guarded parse, structure by position, algorithm policy,
 * certificate by KeyInfo, trust, digests and signature over the nodes found.  What
 * struct osci_message shows comes from those nodes only.  Contents are opened in a
 * second call, after the caller has checked the dialog and stored the message.
 *
 * Writing: fill a struct osci_draft (contents: osci/package.h), call osci_write().
 *
 * Source: OSCI-Transport 1.2, official XSDs with corrigenda up to 8.
 */
#ifndef OSCI_MESSAGE_H
#define OSCI_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <osci/blob.h>
#include <osci/err.h>
#include <osci/key.h>
#include <osci/limits.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

enum osci_type {
	OSCI_INIT_DIALOG,
	OSCI_EXIT_DIALOG,
	OSCI_GET_MESSAGE_ID,
	OSCI_STORE_DELIVERY,
	OSCI_FETCH_DELIVERY,
	OSCI_FETCH_PROCESS_CARD,
	OSCI_FORWARD_DELIVERY,
	OSCI_ACCEPT_DELIVERY,
	OSCI_MEDIATE_DELIVERY,
	OSCI_PROCESS_DELIVERY,
	OSCI_PARTIAL_STORE_DELIVERY,
	OSCI_PARTIAL_FETCH_DELIVERY,
	OSCI_RESPONSE_TO_INIT_DIALOG,
	OSCI_RESPONSE_TO_EXIT_DIALOG,
	OSCI_RESPONSE_TO_GET_MESSAGE_ID,
	OSCI_RESPONSE_TO_STORE_DELIVERY,
	OSCI_RESPONSE_TO_FETCH_DELIVERY,
	OSCI_RESPONSE_TO_FETCH_PROCESS_CARD,
	OSCI_RESPONSE_TO_FORWARD_DELIVERY,
	OSCI_RESPONSE_TO_ACCEPT_DELIVERY,
	OSCI_RESPONSE_TO_MEDIATE_DELIVERY,
	OSCI_RESPONSE_TO_PROCESS_DELIVERY,
	OSCI_RESPONSE_TO_PARTIAL_STORE_DELIVERY,
	OSCI_RESPONSE_TO_PARTIAL_FETCH_DELIVERY,
	OSCI_FAULT,
	OSCI_TYPE_COUNT
};

/* "storeDelivery", "responseToStoreDelivery", "soapFault". */
const char *osci_type_name(enum osci_type type);
/* Request -> its answer; OSCI_FAULT for answers. */
enum osci_type osci_type_answer(enum osci_type request);

/* Elements of IntermediaryCertificates and NonIntermediaryCertificates. */
enum osci_role {
	OSCI_CIPHER_ORIGINATOR,
	OSCI_CIPHER_OTHER_AUTHOR,
	OSCI_CIPHER_ADDRESSEE,
	OSCI_CIPHER_OTHER_READER,
	OSCI_SIGN_ORIGINATOR,
	OSCI_SIGN_OTHER_AUTHOR,
	OSCI_SIGN_ADDRESSEE,
	OSCI_CIPHER_INTERMEDIARY,
	OSCI_SIGN_INTERMEDIARY,
};
const char *osci_role_element(enum osci_role role); /* "CipherCertificateOriginator" */

/*
 * Algorithms to write with, by URI; NULL or 0 = the default.  Only what the allow list marks as written:
 * never SHA-1, RSA 1.5 key transport, CBC.
 */
struct osci_suite {
	const char *digest;      /* SHA-256 */
	const char *signature;   /* RSA-PSS with SHA-256; for a key on a curve ecdsa-sha256 */
	const char *cipher;      /* AES-256-GCM */
	unsigned iv_octets;      /* 12, with IvLength; or 16, without (software before corrigendum 6) */
	const char *oaep_digest; /* SHA-256 */
	const char *oaep_mgf;    /* MGF1 with the SHA-2 digest of the same length as oaep_digest */
};
/*
 * For an answer in kind: @theirs (osci_message.suite) without what is not written or does not fit @signer (may be
 * NULL); the default stands there instead.
 */
struct osci_suite osci_suite_in_kind(const struct osci_suite *theirs, const struct osci_key *signer);

/* Which algorithm may still be used when: rows of versions/algorithms.csv. See osci_algorithms_load(). */
struct osci_algorithms;

/* What a reader accepts; zero value = the strict default. */
struct osci_policy {
	bool allow_cbc;               /* read AES-CBC and 3DES content and envelopes; whatever is wrong behind them is
					 OSCI_E_DECRYPT (9202), a wrong or missing signature, too */
	bool require_signature;       /* unsigned message: OSCI_E_UNSIGNED (9600); never for faults */
	bool require_encryption;      /* message not transport-encrypted: OSCI_E_MALFORMED; never for faults */
	bool report_signature;        /* a message signature that does not hold is no error of osci_open(): status
					 OSCI_SIG_BAD, cause in signature_error; nor is one that is missing though demanded:
					 OSCI_SIG_ABSENT. For a supplier that has to answer. Not behind CBC: as above */
	bool require_content_signature; /* container without a valid signature: OSCI_E_UNSIGNED */
	bool report_content_signature; /* a content signature by a trusted certificate that does not hold is no error of
				       * osci_contents_open(): status OSCI_SIG_BAD.  Only to learn whom the certificate names, to
				       * tell that one; nothing in such a container is proven.  Not behind CBC: as above */
	bool accept_outside_period;   /* signers whose certificate has ended or not begun: the caller judges that with
				       * osci_trust_state(), for a supplier that has to warn (3700) */
	bool refuse_revoked_key;      /* encrypted for a certificate of our own that osci_open_opts.trust knows to be revoked:
				       * OSCI_E_REVOKED (9201); for suppliers */
	const struct osci_algorithms *algorithms; /* past its last day at osci_open_opts.now: OSCI_E_ALGORITHM; NULL = all
						   * of the allow list, whatever the date */
};

/* The calendar of algorithms from a CSV file (format: versions/README.md). OSCI_E_CONFIG with file and line. */
int osci_algorithms_load(struct osci_algorithms **ret, const char *path, struct osci_err *err);
void osci_algorithms_freep(struct osci_algorithms **a);
/* 0, or OSCI_E_ALGORITHM if @uri (or an RSA or EC key of @bits used with it; 0 = no key) is past or not listed at @now. */
int osci_algorithms_check(const struct osci_algorithms *a, const char *uri, unsigned bits, int64_t now, struct osci_err *err);

/*
 * The same for what a writer would use: @suite (NULL = defaults) with the key of @signer and the certificate of @reader,
 * each of which may be NULL. For programs to ask when they start and once a day.
 */
int osci_suite_check(const struct osci_suite *suite, const struct osci_key *signer, const struct osci_cert *reader,
		     const struct osci_algorithms *a, int64_t now, struct osci_err *err);

struct osci_open_opts {
	const struct osci_limits *limits; /* NULL = defaults */
	struct osci_policy policy;
	struct osci_key *const *keys;     /* own cipher keys, transport and content */
	size_t n_keys;
	const struct osci_trust *trust;   /* signers; NULL = no signature is accepted */
	const struct osci_cert *signer;   /* demanded signer of the message, octet by octet; or NULL */
	int64_t now;                      /* seconds since 1970, for certificate validity */
	/*
	 * Who is going to keep large parts of encrypted messages in files anyway gives the spool where they will lie: they are
	 * decrypted once, when the tag is right, or by osci_open_sink() into files without names, which are gone if it is not.
	 * NULL = nothing decrypted is written anywhere.  Borrowed.
	 */
	struct osci_spool *keep;
};

/* ControlBlock; NULL where absent. */
struct osci_control {
	const char *response, *challenge, *conversation_id;
	bool has_sequence;
	uint64_t sequence;
};

struct osci_cert_entry {
	enum osci_role role;
	const char *id;          /* Id of the element */
	struct osci_cert *cert;  /* borrowed */
};

enum osci_sig_status { OSCI_SIG_ABSENT, OSCI_SIG_VALID, OSCI_SIG_BAD /* only with report_signature, report_content_signature */ };
struct osci_signature {
	enum osci_sig_status status;
	const char *algorithm;   /* URI; NULL if absent */
	struct osci_cert *cert;  /* signer; borrowed; NULL if absent */
};

struct osci_feedback {
	const char *code;  /* four digits */
	const char *lang;  /* or NULL */
	const char *text;
};

/* A time stamp token in the place of a plain time. */
struct osci_stamp {
	const char *algorithm;   /* URI; NULL = the time is plain or not set */
	const unsigned char *token;
	size_t len;
};

struct osci_inspection {
	const char *subject, *issuer, *serial; /* RFC 2253, decimal */
	const char *cert_type, *math, *offline, *online; /* values of the attributes; online NULL = no check */
	const char *time;                      /* xsd:dateTime, or "" if cryptographic, in @stamp then */
	struct osci_stamp stamp;
	/* What an online check goes by; only with @online, each may be absent (NULL). */
	const char *crl;                       /* xsd:dateTime: when the list was issued */
	const unsigned char *ocsp, *ldap;      /* the response, as it came; written OSCP, OCSP is read, too */
	size_t ocsp_len, ldap_len;
};

/*
 * ProcessCardBundle: Laufzettel and Prüfprotokoll. Times are xsd:dateTime texts, NULL = not set, "" = cryptographic, in
 * the stamp beside it.
 */
struct osci_card {
	const char *message_id; /* decoded */
	const char *recent_modification, *creation, *forwarding, *reception;
	const char *subject;
	struct osci_inspection *inspections;
	size_t n_inspections;
	struct osci_stamp creation_stamp, forwarding_stamp, reception_stamp;
};

enum osci_selection_kind { OSCI_SELECT_NONE, OSCI_SELECT_MESSAGE_ID, OSCI_SELECT_RECEPTION, OSCI_SELECT_RECENT };
struct osci_selection {
	enum osci_selection_kind kind;
	const char *const *message_ids; /* decoded */
	size_t n_message_ids;
	const char *time;         /* xsd:dateTime of the two date rules */
	bool no_reception;
	const char *role;         /* "Addressee", "Originator" or NULL */
	uint64_t limit;           /* Quantity; 0 = none */
};

/* Attachment or other MIME part behind the root part: its octets as transferred, without base64. */
struct osci_part {
	const char *content_id;
	const unsigned char *data; /* NULL if they do not lie in memory */
	size_t len;
	struct osci_blob *blob;    /* read: always; draft: NULL = @data and @len, else they do not count */
	unsigned char sha256[32];  /* read: of the octets; draft: only with @hashed, saves reading them twice */
	bool hashed;
};

/* A header block of a foreign namespace, canonical octets, for carrying it on. */
struct osci_custom {
	const char *xml;
	size_t len;
};

struct osci_feature {
	const char *key, *version;
};

/* FeatureDescription: limits in KiB, timeout in seconds as announced; 0 = not said. */
struct osci_features {
	uint64_t max_chunk, min_chunk, max_message, chunk_timeout;
	const struct osci_feature *list;
	size_t n;
};

/* ChunkInformation; sizes in KiB, numbers from 1. @received: "1 2 5", "-1" = none, or NULL. */
struct osci_chunk {
	bool present, info_only;
	uint64_t number, size_kib, total_kib, total_chunks;
	const char *received; /* text of ReceivedChunks or NULL */
};

struct osci_message_priv;
/* An opened message. Everything in it belongs to it. */
struct osci_message {
	enum osci_type type;
	bool transport_encrypted;
	const char *transport_cipher; /* URI or NULL: an answer uses the same */
	struct osci_suite suite; /* as the sender used it: cipher, IV and OAEP of the envelope, digest and signature of the
				  * message; NULL and 0 where there is none. For an answer in kind */
	struct osci_control control;
	struct osci_signature signature; /* ClientSignature or SupplierSignature */
	struct osci_err signature_error; /* OSCI_SIG_BAD: why; nothing in the message may be believed then */
	const struct osci_cert_entry *certs;
	size_t n_certs;
	const char *languages;   /* DesiredLanguages */
	const char *message_id;  /* of the delivery, decoded; NULL if the type has none */
	const char *subject;     /* NULL if absent */
	const char *receiver_uri; /* ContentReceiver */
	const char *quality_creation, *quality_reception; /* "plain", "cryptographic" or NULL */
	struct osci_selection selection; /* of fetch orders, or echoed */
	const struct osci_feedback *feedback;
	size_t n_feedback;
	const struct osci_feedback *inside_feedback;
	size_t n_inside_feedback;
	const struct osci_card *cards; /* request card first, reply card second in mediate answers */
	size_t n_cards;
	struct osci_chunk chunk;
	const struct osci_feature *features;
	size_t n_features;
	struct osci_features announced; /* the same list with the limits of FeatureDescription */
	const char *message_id_response; /* of processDelivery: id that the recipient may give to its reply */
	const struct osci_custom *custom;
	size_t n_custom;
	bool has_content;          /* Body holds a ContentPackage */
	const char *fault_code;    /* "soap:Client" or "soap:Server" by local name; faults only */
	const char *fault_osci;    /* "9202"; "" if the fault carries none */
	const char *fault_text;
	const struct osci_part *parts; /* without the root part */
	size_t n_parts;
	struct osci_message_priv *priv;
};

/*
 * Opens the octets of one HTTP body.  0 or a positive outcome with feedback code, place and
 * cause in @err; *@ret only on 0.  A SOAP fault opens with 0 and type OSCI_FAULT: it proves nothing.
 */
int osci_open(struct osci_message **ret, const void *data, size_t len,
	      const struct osci_open_opts *opts, struct osci_err *err);
/*
 * The same for a message of any size.  Parts behind the envelope are views of @body, which they keep: base64 is decoded and
 * ciphertext decrypted, once its tag is right, whenever they are read.  Nothing is written anywhere but to opts->keep.
 * What lies in memory, or has at most 1 MiB, is decoded and decrypted into memory at once.  -EIO if @body cannot be read.
 */
int osci_open_blob(struct osci_message **ret, struct osci_blob *body, const struct osci_open_opts *opts,
		   struct osci_err *err);
/*
 * Where a body may go while it arrives that is opened then by osci_open_blob() with the same @opts: one that is encrypted
 * for a key of ours and larger than the memory mark of @spool is decrypted and digested on the way, and little is left
 * to do at its end.  Nothing is shown of it before it is opened, and what is wrong with it is said only then.  With
 * opts->keep the inside lies there, and nothing but the envelope of the blob can be read.  What @opts points to, and @spool,
 * are borrowed as long as the sink lives.
 */
int osci_open_sink(struct osci_sink **ret, const struct osci_open_opts *opts, struct osci_spool *spool, uint64_t max);
void osci_message_freep(struct osci_message **m);
/* First certificate of this role, or NULL. */
struct osci_cert *osci_message_cert(const struct osci_message *m, enum osci_role role);
/* MessageId of the delivery inside: of the order, or, in what a recipient gets, of its process card. NULL if none. */
const char *osci_message_delivery_id(const struct osci_message *m);
/* Last feedback entry decides: its code, or "" if there is none. */
const char *osci_message_verdict(const struct osci_message *m);
/* Canonical octets of the children of ContentPackage, for carrying them on unchanged. */
int osci_message_package(const struct osci_message *m, char **ret, size_t *ret_len, struct osci_err *err);

/* --- contents --------------------------------------------------------- */

struct osci_content_item {
	const char *id;           /* of Content or Base64Content; "" if none */
	const char *container;    /* Id of its ContentContainer */
	bool encrypted;           /* lay inside an EncryptedData */
	bool readable;            /* false: encrypted for other readers only; data NULL */
	const char *algorithm;    /* block cipher URI, NULL if not encrypted */
	const char *attachment;   /* Content-ID if the content is an attachment, else NULL */
	struct osci_blob *blob;   /* plain octets of the attachment, else NULL */
	const unsigned char *data; /* NULL too if an attachment does not lie in memory */
	size_t len;
	const struct osci_signature *signatures; /* of its container, all valid (but see report_content_signature) and trusted */
	size_t n_signatures;
};

struct osci_attachment {
	const char *content_id;
	bool encrypted;
	const char *algorithm;
	const unsigned char *data; /* plain octets; NULL if not readable or not in memory */
	size_t len;
	struct osci_blob *blob;    /* plain octets; NULL if not readable */
};

struct osci_contents_priv;
struct osci_contents {
	const struct osci_content_item *items;
	size_t n_items;
	const struct osci_attachment *attachments;
	size_t n_attachments;
	struct osci_contents_priv *priv;
};

/* Decrypts, checks structure and content signatures (each one that is present must hold and be trusted). */
int osci_contents_open(struct osci_contents **ret, const struct osci_message *m,
		       const struct osci_open_opts *opts, struct osci_err *err);
void osci_contents_freep(struct osci_contents **c);

/* --- writing ---------------------------------------------------------- */

struct osci_draft_cert {
	enum osci_role role;
	const struct osci_cert *cert;
	const char *id; /* NULL = made from role and SHA-256, as the reference does */
};

/* Feedback, cards, selection, chunk: same structs as read. */
struct osci_draft {
	enum osci_type type;
	struct osci_control control;
	const char *languages;      /* requests; NULL = "de" */
	const char *message_id;     /* plain text; encoded by the writer */
	const char *subject;
	const char *receiver_uri;   /* ContentReceiver of forward and mediate */
	const char *message_id_response; /* processDelivery: NULL = none */
	const char *quality_creation, *quality_reception; /* "plain", "cryptographic"; NULL = "plain" where the type demands it,
							   * else left out */
	struct osci_selection selection;
	const struct osci_feedback *feedback;
	size_t n_feedback;
	const struct osci_feedback *inside_feedback;
	size_t n_inside_feedback;
	const struct osci_card *cards; /* mediate answers: request card, then reply card */
	size_t n_cards;
	struct osci_chunk chunk;    /* partial orders and answers */
	bool schema_procard;        /* partial store answers: "procard" of the schema instead of ProcessCardBundle, which
				     * the reference's clients demand */
	const struct osci_features *features; /* FeatureDescription; demanded by partial messages */
	const struct osci_draft_cert *certs; /* written in schema order, each block where the type has it */
	size_t n_certs;
	const struct osci_custom *custom; /* carried on as they are */
	size_t n_custom;
	const char *package;        /* children of ContentPackage, canonical: of struct osci_package or osci_message_package() */
	size_t package_len;
	bool has_package;
	const struct osci_part *parts;
	size_t n_parts;
	const char *fault_code, *fault_osci, *fault_text; /* OSCI_FAULT: "Client" or "Server" */
};

struct osci_write_opts {
	const struct osci_key *signer;    /* NULL = unsigned; its certificate is added by role if missing */
	const struct osci_cert *encrypt_for; /* NULL = no transport encryption */
	struct osci_suite suite;
	const struct osci_limits *limits;
};

/*
 * Appends nothing on failure.  *@ret is malloc()ed: the HTTP body.  Faults are written plain.
 * OSCI_E_USAGE if the draft lacks what the type demands (schema, section 2.6 to 2.8 of the facts).
 */
int osci_write(unsigned char **ret, size_t *ret_len, const struct osci_draft *draft,
	       const struct osci_write_opts *opts, struct osci_err *err);
/*
 * The same, written while it is read: parts are read (and encrypted) piece by piece, never held.  Everything
 * but the parts' blobs is copied; the stream keeps references on those.  A part whose digest is not given is read once
 * more, before.  A blob that cannot be read ends the stream with -EIO: what came of it is no message.
 */
int osci_write_stream(struct osci_stream **ret, const struct osci_draft *draft, const struct osci_write_opts *opts,
		      struct osci_err *err);

/* Id that osci_write() gives the certificate in this role: "originator_signature_<sha256>". @out of at least 96. */
void osci_cert_id(char *out, size_t size, enum osci_role role, const struct osci_cert *cert);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
