/* SPDX-License-Identifier: Apache-2.0 */
/*
 * facts - what a message says, as JSON: once from what was to be written, once from what was read
 *
 * Both sides fill one struct and one function prints it, so a vector and its description differ only if writer or
 * reader lose or change something.  Names of the members are those that `osci open` prints.
 */
#ifndef VECTORS_FACTS_H
#define VECTORS_FACTS_H

#include <jansson.h>

#include <osci/message.h>

#define VECTORS_NOW 1796000000 /* 2026-11-29, the clock of every vector */
#define VECTORS_PASSWORD "vectors"

/* Keys of keys/NAME.p12: made for these vectors, secret to nobody. */
enum vector_key {
	VK_OFFICE_SIGN, VK_OFFICE_CIPHER, VK_INTERMEDIARY_SIGN, VK_INTERMEDIARY_CIPHER, VK_RECIPIENT_SIGN,
	VK_RECIPIENT_CIPHER, VK_READER_CIPHER, VK_AUTHOR_SIGN,
	VK_STRANGER, /* nobody trusts it and nobody has its key */
	VK_COUNT
};
extern const char *const vector_key_names[VK_COUNT];

struct fact_content {
	const void *data; /* NULL = encrypted for somebody else */
	size_t len;
	const char *algorithm;  /* of the encryption; NULL = plain */
	const char *attachment; /* Content-ID or NULL */
	const struct osci_cert *signers[4];
	size_t n_signers;
};

struct facts {
	const struct osci_draft *draft; /* values of the message, as a draft has them */
	const char *transport_cipher;   /* NULL = not encrypted */
	const char *signature;          /* algorithm; NULL = unsigned */
	const struct osci_cert *signer;
	const struct osci_draft_cert *certs;
	size_t n_certs;
	const struct fact_content *contents;
	size_t n_contents;
};

json_t *facts_json(const struct facts *f);
/* Of what was read. */
json_t *facts_of_message(const struct osci_message *m, const struct osci_contents *c);

#endif
