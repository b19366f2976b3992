/* SPDX-License-Identifier: Apache-2.0 */
/*
 * t_package - content for tests that are about something else: one container with one inline content
 */
#ifndef T_PACKAGE_H
#define T_PACKAGE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <osci/package.h>

/* @author NULL = not signed; as originator. @reader NULL = not encrypted; as addressee. */
static inline struct osci_package *t_package(const void *data, size_t len, const struct osci_key *author,
					     const struct osci_cert *reader)
{
	const struct osci_content_draft content = { .data = data, .len = len };
	const struct osci_author_draft by = { author, OSCI_SIGN_ORIGINATOR };
	const struct osci_reader_draft to = { reader, OSCI_CIPHER_ADDRESSEE };
	const struct osci_container_draft container = { .contents = &content, .n_contents = 1, .authors = &by,
							.n_authors = author ? 1 : 0, .readers = &to,
							.n_readers = reader ? 1 : 0 };
	struct osci_package *p = NULL;
	struct osci_err err = { 0 };

	if (osci_package_new(&p, &container, 1, NULL, &err))
		fail_msg("package: %s %s", err.where, err.what);
	return p;
}

/* Takes the package into the draft; its certificates are the test's business. */
static inline void t_package_into(struct osci_draft *d, const struct osci_package *p)
{
	d->has_package = true;
	d->package = p->xml;
	d->package_len = p->len;
	d->parts = p->parts;
	d->n_parts = p->n_parts;
}

#endif
