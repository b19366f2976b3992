/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make - what the files of the generator share
 */
#ifndef VECTORS_MAKE_H
#define VECTORS_MAKE_H

#include <osci/message.h>
#include <osci/package.h>
#include "base/buf.h"
#include "facts.h"

#define MUST(x)                                                                   \
	do {                                                                      \
		if (!(x)) {                                                       \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #x);   \
			abort();                                                  \
		}                                                                 \
	} while (0)

extern struct osci_key *keys[VK_COUNT];

static inline const struct osci_cert *cert(enum vector_key k)
{
	return osci_key_cert(keys[k]);
}

/* How a draft goes out. */
enum shape { UNSIGNED = 1, SIGNED = 2, SEALED = 4 /* signed and encrypted */, EVERY = 7 };

struct scenario {
	const char *name; /* of the files, behind it the shape */
	struct osci_draft draft;
	struct osci_draft_cert certs[12];
	struct osci_package *package; /* freed with it; or NULL */
	struct fact_content contents[8];
	size_t n_contents;
	enum vector_key encrypt_for;
	struct osci_suite suite;
};

/* scenarios.c: what the writer shall write */
void write_scenarios(void);
/* A storeDelivery with one signed content: encrypted, or with an attachment. */
void scenario_store(struct scenario *s, const char *name, bool encrypted, bool attachment);

/* make-vectors.c */
void emit(struct scenario *s, unsigned shapes); /* and frees what it owns */
/* Octets of the scenario in one shape. */
void compose(const struct scenario *s, enum shape shape, struct osci_buf *out);
void save_message(const char *name, const void *data, size_t len);
void save_json(const char *name, json_t *j); /* takes it */

/* refused.c: what the reader shall refuse */
void write_refused(void);

#endif
