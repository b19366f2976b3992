/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect - a signature taken apart, for those who want to know what is wrong with it
 *
 * No second reader: the functions of the reader are called reference by reference, and each outcome is kept instead of
 * ending at the first failure.  Nothing here decides whether a message is accepted.
 */
#ifndef OSCI_WIRE_INSPECT_H
#define OSCI_WIRE_INSPECT_H

#include "wire/content.h"

enum osci_holds { OSCI_HOLDS_NOT, OSCI_HOLDS, OSCI_HOLDS_UNKNOWN };

struct osci_seen_ref {
	const struct osci_sig_ref *ref;
	const xmlNode *node;   /* what it covers; NULL: an attachment, or nothing that is there */
	bool found;            /* it covers something that may be signed */
	enum osci_holds holds;
};

struct osci_seen_gap { /* not covered, but has to be */
	const xmlNode *node;
	const char *cid;       /* if @node is NULL */
};

/* In the arena of the message or the contents. */
struct osci_seen_signature {
	struct osci_sig sig;
	struct osci_err stopped;  /* code 0: structure and algorithms are in order */
	const struct osci_cert_entry *signer; /* NULL: it names no certificate of the message */
	enum osci_holds value;    /* SignatureValue over SignedInfo, by the signer's key */
	struct osci_err trust;    /* code 0: role and trust are in order */
	struct osci_seen_ref *refs; /* those that were understood */
	size_t n_refs;
	struct osci_seen_gap *gaps;
	size_t n_gaps;
};

/* After osci_reader_run(), whatever came of it; OSCI_E_EMPTY if there is no signature, or it did not get so far. */
int osci_see_message_signature(struct osci_reader *r, struct osci_seen_signature *ret);
/* From osci_watch.signature. */
int osci_see_content_signature(struct osci_opener *o, xmlNodePtr node, const struct osci_child *v, size_t n,
			       struct osci_seen_signature *ret);

/* Its ds:SignatureMethod, allowed or not; NULL if it has none. */
const xmlNode *osci_see_method(const struct osci_seen_signature *s);

/* The reader's certificate that an EncryptedKey names, in it or by Id in @m (may be NULL); NULL if that is none. */
struct osci_cert *osci_see_recipient(const struct osci_encrypted_key *ek, const struct osci_message *m,
				     const struct osci_limits *l);
/* The EncryptedData of a message envelope, parsed by the reader's rules; OSCI_E_EMPTY: there is none. */
int osci_see_transport(struct osci_encrypted *e, struct osci_arena *a, xmlNodePtr root, const struct osci_limits *l,
		       const struct osci_policy *policy, struct osci_err *err);

#endif
