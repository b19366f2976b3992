/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_judge - what osci_write() puts on the wire, judged without our reader
 *
 * Each message is split by MIME, parsed by plain libxml2 and held against: canonical form of every block (must be the
 * octets written), digests and signature, the official schemas (lib/t_xsd.h).
 */
#ifndef T_JUDGE_H
#define T_JUDGE_H

#include <libxml/tree.h>

#include <osci/message.h>
#include <osci/package.h>
#include "base/buf.h"
#include "lib/t_xsd.h"
#include "lib/t_mime.h"

extern struct osci_key *office, *office_cipher, *supplier, *supplier_cipher, *reader;

int judge_setup(void **state);    /* makes the keys */
int judge_teardown(void **state);

/* --- values for drafts --- */

#define IN_DIALOG { .response = "cmVzcG9uc2U=", .challenge = "Y2hhbGxlbmdl", .conversation_id = "4711", \
		    .has_sequence = true, .sequence = 3 }
#define IMPLICIT { .challenge = "a<b&c>\"d", .has_sequence = true }

extern const struct osci_feedback feedback[2];
extern struct osci_inspection inspections[2];
extern const struct osci_card cards[2]; /* the first with all times, the second with Creation only */
extern const char *const ids[2];

/* A storeDelivery of the office for @reader; osci_package_freep(&package) afterwards. */
struct delivery {
	struct osci_draft_cert certs[4];
	struct osci_draft draft;
	struct osci_package *package;
};

void delivery_make(struct delivery *v, bool sign, bool encrypt, const void *data, size_t len);

/* --- judging --- */

struct opened {
	struct osci_mime *mime;
	xmlDocPtr doc;
	xmlNodePtr header, body;
};

void open_plain(struct opened *o, const void *data, size_t len);
void close_opened(struct opened *o);
char *attr(xmlNodePtr node, const char *name);
xmlNodePtr find(xmlNodePtr from, const char *local);
void text_of(xmlNodePtr node, struct osci_buf *out);
void base64_of(xmlNodePtr node, struct osci_buf *out);
void check_signature(xmlNodePtr signature, const struct osci_cert *cert);
/* Blocks, coverage, signature; @signer NULL = must be unsigned. */
void check_message(const struct opened *o, enum osci_type type, const struct osci_key *signer);

void write_and_check(const struct osci_draft *d, const struct osci_key *signer);
/* @allowed: T_XSD_*. */
void write_and_check_but(const struct osci_draft *d, const struct osci_key *signer, unsigned allowed);
/* Signed by the role that the type demands, and unsigned. */
void both(const struct osci_draft *d);
void both_but(const struct osci_draft *d, unsigned allowed);
void refused(const struct osci_draft *d, int line);
#define REFUSED(d) refused(d, __LINE__)

#endif
