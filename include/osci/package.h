/* SPDX-License-Identifier: Apache-2.0 */
/*
 * osci/package.h - writing a ContentPackage: contents, authors, readers, attachments
 *
 * A package is a list of containers.  Each container holds contents (inline data, attachments, further containers), is
 * signed by none, one or several authors in parallel, and then encrypted for none, one or several readers.  A
 * counter-signature is a signed container around a signed one; encryption for different readers layer by layer is an
 * encrypted container inside an encrypted one.
 *
 * Order of work as the standard has it: content signatures, content encryption; the order signature comes later and
 * covers the attachments as they travel, which are encrypted with a key of their own if their container is.
 *
 * Source: OSCI-Transport 1.2, soapStoreDelivery.xsd and oscisig/oscienc; sections 4.4 and 4.5 of the facts.
 */
#ifndef OSCI_PACKAGE_H
#define OSCI_PACKAGE_H

#include <osci/message.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define OSCI_PACKAGE_DEPTH 8u /* containers inside one another; the reader's limit on encryption is lower */

/* An attachment, once in the message however many contents point to it. */
struct osci_attachment_draft {
	const char *content_id;  /* of [A-Za-z0-9@._:+=-], unique in the message; NULL = made */
	/*
	 * Plain octets.  Read once for the signatures and again whenever the package is sent: they must be the same then.
	 * A file that changed meanwhile (osci_blob_file()) ends the sending with -ESTALE.  Of one to be encrypted each
	 * piece is held to what was encrypted first, so that one key never encrypts two versions of it.
	 */
	struct osci_blob *blob;
};

struct osci_author_draft {
	const struct osci_key *key;
	enum osci_role role;     /* OSCI_SIGN_ORIGINATOR or OSCI_SIGN_OTHER_AUTHOR */
};

struct osci_reader_draft {
	const struct osci_cert *cert;
	enum osci_role role;     /* OSCI_CIPHER_ADDRESSEE or OSCI_CIPHER_OTHER_READER; OSCI_CIPHER_ORIGINATOR in a reply */
};

struct osci_container_draft;
/* Exactly one of the three is set. */
struct osci_content_draft {
	const void *data;        /* inline, Base64Content; not NULL even if @len is 0 */
	size_t len;
	const struct osci_attachment_draft *attachment; /* signed too if the container is: the pointer and the plain octets */
	const struct osci_container_draft *container;
};

struct osci_container_draft {
	const struct osci_content_draft *contents;
	size_t n_contents;       /* 1 or more */
	const struct osci_author_draft *authors;
	size_t n_authors;        /* parallel signatures over all contents */
	const struct osci_reader_draft *readers;
	size_t n_readers;        /* 0 = not encrypted */
	bool one_for_all;        /* one EncryptedData with a key per reader, as the reference implementation does; against the
				  * schema, which allows one key each: default one EncryptedData per reader */
	const struct osci_suite *suite; /* NULL = of the package */
};

struct osci_package_opts {
	struct osci_suite suite;
	const struct osci_limits *limits;
};

/* What osci_draft takes: package, parts, certs.  Everything belongs to the package, blobs by reference. */
struct osci_package {
	char *xml;
	size_t len;
	struct osci_part *parts; /* as they travel, with their digest */
	size_t n_parts;
	struct osci_draft_cert *certs; /* of authors and readers, one entry per role and certificate */
	size_t n_certs;
};

int osci_package_new(struct osci_package **ret, const struct osci_container_draft *containers, size_t n,
		     const struct osci_package_opts *opts, struct osci_err *err);
void osci_package_freep(struct osci_package **p);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
