/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_package - osci_package_write(): content data, signed by the author, encrypted for readers
 *
 * Plain text of an EncryptedData is the ContentContainer with its namespace declarations, UTF-8,
 * no XML declaration.  A content signature covers the decoded octets of each item (base64
 * transform), so those are hashed as the caller holds them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define PACKAGE_MAX ((size_t)1 << 31)
#define TAG_OCTETS 8

struct package {
	const struct osci_package_draft *draft;
	struct wire_suite suite;
	char tag[2 * TAG_OCTETS + 1]; /* in the Ids, so that several packages fit into one message */
	struct wire_ref *refs;
	char (*ids)[48];
};

static void package_free(struct package *p)
{
	free(p->refs);
	free(p->ids);
}

static int package_init(struct package *p, const struct osci_package_draft *draft, struct osci_err *err)
{
	unsigned char random[TAG_OCTETS];
	size_t i;
	int r;

	if (!draft->n_items)
		return wire_usage(err, "osci:ContentContainer", "no content");
	if (draft->author && draft->author_role != OSCI_SIGN_ORIGINATOR && draft->author_role != OSCI_SIGN_OTHER_AUTHOR)
		return wire_usage(err, "osci:ContentContainer", "role is none of an author");
	for (i = 0; i < draft->n_readers; i++)
		if (draft->reader_roles[i] != OSCI_CIPHER_ADDRESSEE && draft->reader_roles[i] != OSCI_CIPHER_OTHER_READER)
			return wire_usage(err, "osci:ContentContainer", "role is none of a reader");
	p->draft = draft;
	r = wire_suite_init(&p->suite, &draft->suite, draft->author, err);
	if (r)
		return r;
	p->refs = calloc(draft->n_items, sizeof(*p->refs));
	p->ids = calloc(draft->n_items, sizeof(*p->ids));
	if (!p->refs || !p->ids)
		return -ENOMEM;
	r = osci_random(random, sizeof(random));
	if (!r)
		osci_hex(p->tag, random, sizeof(random));
	return r;
}

static int digest_items(struct package *p)
{
	size_t i;
	int r = 0;

	for (i = 0; i < p->draft->n_items && !r; i++) {
		struct wire_ref *ref = &p->refs[i];

		snprintf(p->ids[i], sizeof(p->ids[i]), "base64_%s_%zu", p->tag, i + 1);
		*ref = (struct wire_ref){ .prefix = "#", .name = p->ids[i], .name_len = strlen(p->ids[i]), .suffix = "",
					  .transform = OSCI_URI_BASE64 };
		if (p->draft->author)
			r = osci_digest(p->suite.digest, p->draft->items[i].data, p->draft->items[i].len, ref->digest,
					&ref->digest_len);
	}
	return r;
}

static int write_container(struct package *p, struct osci_buf *out, struct osci_err *err)
{
	const struct osci_package_draft *d = p->draft;
	char cert_id[WIRE_CERT_ID_MAX];
	size_t expect = 16 * 1024, i;
	int r = digest_items(p);

	for (i = 0; i < d->n_items; i++)
		expect += d->items[i].len / 3 * 4 + d->items[i].len / 48 + 512;
	if (r)
		return r;
	if (!osci_buf_room(out, expect))
		return osci_buf_error(out);
	osci_buf_addf(out, "<osci:ContentContainer" WIRE_XMLNS " Id=\"container_%s\">", p->tag);
	if (d->author) {
		osci_cert_id(cert_id, sizeof(cert_id), d->author_role, osci_key_cert(d->author));
		r = wire_signature(out, d->author, &p->suite, p->refs, d->n_items, cert_id, err);
		if (r)
			return r;
	}
	for (i = 0; i < d->n_items; i++) {
		osci_buf_addf(out, "<osci:Content><osci:Base64Content Id=\"%s\">", p->ids[i]);
		osci_base64_encode(out, d->items[i].data, d->items[i].len, WIRE_BASE64_LINE);
		osci_buf_adds(out, "</osci:Base64Content></osci:Content>");
	}
	osci_buf_adds(out, "</osci:ContentContainer>");
	return osci_buf_error(out);
}

static int encrypt_for(struct package *p, const struct osci_buf *plain, size_t reader, struct osci_buf *out,
		       struct osci_err *err)
{
	const struct osci_package_draft *d = p->draft;
	_cleanup_buf_ struct osci_buf blob = OSCI_BUF_INIT(PACKAGE_MAX);
	unsigned char key[WIRE_KEY_OCTETS_MAX];
	char cert_id[WIRE_CERT_ID_MAX];
	int r;

	osci_cert_id(cert_id, sizeof(cert_id), d->reader_roles[reader], d->readers[reader]);
	if (!osci_buf_room(out, plain->len / 3 * 4 + plain->len / 48 + 16 * 1024))
		return osci_buf_error(out);
	osci_buf_addf(out, "<xenc:EncryptedData" WIRE_XMLNS " Id=\"encrypted_%s_%zu\" MimeType=\"text/xml\">", p->tag,
		      reader + 1);
	r = wire_encryption_head(out, &p->suite, d->readers[reader], cert_id, key, err);
	if (!r)
		r = osci_cipher_encrypt(p->suite.cipher, key, p->suite.iv_len, plain->data, plain->len, &blob);
	explicit_bzero(key, sizeof(key));
	if (!r)
		r = osci_buf_error(&blob);
	if (r)
		return r;
	osci_buf_adds(out, "<xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(out, blob.data, blob.len, WIRE_BASE64_LINE);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
	return osci_buf_error(out);
}

int osci_package_write(char **ret, size_t *ret_len, const struct osci_package_draft *draft, struct osci_err *err)
{
	_cleanup_(package_free) struct package p = { 0 };
	_cleanup_buf_ struct osci_buf plain = OSCI_BUF_INIT(PACKAGE_MAX), out = OSCI_BUF_INIT(PACKAGE_MAX);
	size_t i;
	int r;

	*ret = NULL;
	*ret_len = 0;
	r = package_init(&p, draft, err);
	if (!r)
		r = write_container(&p, &plain, err);
	for (i = 0; i < draft->n_readers && !r; i++)
		r = encrypt_for(&p, &plain, i, &out, err);
	if (r)
		return r;
	*ret = osci_buf_take(draft->n_readers ? &out : &plain, ret_len);
	return *ret ? 0 : -ENOMEM;
}
