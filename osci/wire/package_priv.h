/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package_priv - what the files that write a ContentPackage share
 *
 * The draft is walked twice: a survey checks it, numbers the attachments and notes which digests each of them needs; then
 * the attachments are read once, and the containers are written from the inside out.  Depth is bounded by
 * OSCI_PACKAGE_DEPTH.
 */
#ifndef OSCI_WIRE_PACKAGE_PRIV_H
#define OSCI_WIRE_PACKAGE_PRIV_H

#include <osci/package.h>
#include "wire/write_priv.h"

#define PACKAGE_TAG_OCTETS 8
#define PACKAGE_ID_MAX 64
#define PACKAGE_CID_MAX 257 /* with NUL */
#define PACKAGE_DIGESTS 8   /* kinds of digest on the allow list */

struct package_digest {
	const struct osci_alg *alg;
	unsigned char value[OSCI_DIGEST_MAX];
	size_t len;
};

struct package_part {
	const struct osci_attachment_draft *draft;
	char content_id[PACKAGE_CID_MAX];
	bool encrypted; /* in all its containers */
	struct package_digest digests[PACKAGE_DIGESTS]; /* of the plain octets, for content signatures */
	size_t n_digests;
	unsigned char key[WIRE_KEY_OCTETS_MAX]; /* secret */
	struct osci_blob *blob;                 /* as it travels */
	unsigned char sha256[32];               /* of @blob */
};

struct package {
	const struct osci_package_opts *opts;
	struct osci_limits limits;
	struct wire_suite suite;              /* of the package: attachments */
	char tag[2 * PACKAGE_TAG_OCTETS + 1]; /* in the Ids, so that several packages fit into one message */
	unsigned next_id;
	struct package_part *parts;
	size_t n_parts, cap_parts;
	struct osci_draft_cert *certs; /* each holds a reference */
	size_t n_certs, cap_certs;
	unsigned containers, signatures; /* counted as a reader counts them */
	size_t references;               /* of the signatures that are written */
};

static inline const struct osci_suite *package_suite(const struct package *p, const struct osci_container_draft *c)
{
	return c->suite ? c->suite : &p->opts->suite;
}

/* package_survey.c: checks one container of the outermost level and all in it. */
int package_survey(struct package *p, const struct osci_container_draft *c, struct osci_err *err);
/* @set (p->n_parts flags): attachments of @c and of the containers in it that are not encrypted on their own. */
void package_uses(const struct package *p, const struct osci_container_draft *c, bool *set);
struct package_part *package_part_of(const struct package *p, const struct osci_attachment_draft *a);

/* package_part.c: reads an attachment once: digests, and the blob that travels. */
int package_part_read(struct package *p, struct package_part *part, struct osci_err *err);

/* package_container.c: the container, or its EncryptedData, with namespace declarations. */
int package_container(struct package *p, const struct osci_container_draft *c, struct osci_buf *out,
		      struct osci_err *err);

#endif
