/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package_container - ContentContainer and EncryptedData, from the inside out
 *
 * All is written in canonical form, so that a digest is taken over the octets just written; a nested element carries no
 * declarations in the document but has them in scope, so they stand in front of what is digested.
 *
 * - A content signature covers each child; of an attachment the pointer and the plain octets, and those of the attachments
 *   of nested containers too, as the reference implementation demands.
 * - The keys of attachments come in after signing, into the outermost container of an encryption.
 * - Plain text of an EncryptedData is the ContentContainer with its declarations, without XML declaration.
 * - An encrypted container in a signed one stands in a plain ContentContainer of its own: there the digest that the
 *   standard demands and the one of the reference implementation, which drops declarations of an EncryptedData, are the same.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/package_priv.h"

#define HEAD_ROOM ((size_t)16 * 1024)

static const char content_tag[] = "<osci:Content";

/* A content while its container is written. */
struct child {
	const struct osci_content_draft *draft;
	char id[PACKAGE_ID_MAX];
	struct osci_buf xml; /* secret; what is not inline: Content with declarations, or EncryptedData without */
	bool bare;           /* EncryptedData, no Content around it */
};

struct writing {
	struct package *p;
	const struct osci_container_draft *c;
	struct child *children;
	bool *uses; /* attachments */
	struct wire_ref *refs;
	size_t n_refs;
	struct osci_err *err;
};

static void writing_free(struct writing *w)
{
	size_t i;

	for (i = 0; w->children && i < w->c->n_contents; i++)
		osci_buf_free(&w->children[i].xml);
	free(w->children);
	free(w->uses);
	free(w->refs);
}

static void new_id(struct package *p, char id[PACKAGE_ID_MAX], const char *kind)
{
	snprintf(id, PACKAGE_ID_MAX, "%s_%s_%u", kind, p->tag, ++p->next_id);
}

static size_t base64_room(size_t len)
{
	return len / 3 * 4 + len / 48 + 8;
}

static int write_element(struct package *p, const struct osci_container_draft *c, const char *declarations,
			 struct osci_buf *out, struct osci_err *err);

/* --- contents ----------------------------------------------------------------- */

static int render_child(struct writing *w, struct child *v)
{
	const struct osci_container_draft *inner = v->draft->container;
	char wrapper[PACKAGE_ID_MAX];
	int r = 0;

	if (v->draft->data) {
		new_id(w->p, v->id, "base64");
		return 0;
	}
	new_id(w->p, v->id, "content");
	osci_buf_init_secret(&v->xml, w->p->limits.xml_bytes);
	v->bare = inner && inner->n_readers && !w->c->n_authors;
	if (v->bare)
		return write_element(w->p, inner, "", &v->xml, w->err);
	osci_buf_addf(&v->xml, "%s" WIRE_XMLNS " Id=\"%s\"", content_tag, v->id);
	if (v->draft->attachment)
		osci_buf_addf(&v->xml, " href=\"cid:%s\"", package_part_of(w->p, v->draft->attachment)->content_id);
	osci_buf_addc(&v->xml, '>');
	if (inner && inner->n_readers) {
		new_id(w->p, wrapper, "container");
		osci_buf_addf(&v->xml, "<osci:ContentContainer Id=\"%s\">", wrapper);
	}
	if (inner)
		r = write_element(w->p, inner, "", &v->xml, w->err);
	if (inner && inner->n_readers)
		osci_buf_adds(&v->xml, "</osci:ContentContainer>");
	osci_buf_adds(&v->xml, "</osci:Content>");
	return r ? r : osci_buf_error(&v->xml);
}

static void write_child(const struct child *v, struct osci_buf *out)
{
	const size_t tag = sizeof(content_tag) - 1, declared = tag + sizeof(WIRE_XMLNS) - 1;

	if (v->draft->data) {
		osci_buf_addf(out, "<osci:Content><osci:Base64Content Id=\"%s\">", v->id);
		osci_base64_encode(out, v->draft->data, v->draft->len, WIRE_BASE64_LINE);
		osci_buf_adds(out, "</osci:Base64Content></osci:Content>");
		return;
	}
	osci_buf_add(out, v->xml.data, tag);
	osci_buf_add(out, v->xml.data + declared, v->xml.len - declared);
}

/* --- signatures ---------------------------------------------------------------- */

static int ref_child(struct writing *w, const struct wire_suite *suite, const struct child *v)
{
	struct wire_ref *ref = &w->refs[w->n_refs++];
	bool data = v->draft->data;

	*ref = (struct wire_ref){ .prefix = "#", .name = v->id, .name_len = strlen(v->id), .suffix = "",
				  .transform = data ? OSCI_URI_BASE64 : OSCI_URI_C14N };
	return osci_digest(suite->digest, data ? v->draft->data : v->xml.data, data ? v->draft->len : v->xml.len,
			   ref->digest, &ref->digest_len);
}

static int ref_part(struct writing *w, const struct wire_suite *suite, const struct package_part *part)
{
	struct wire_ref *ref = &w->refs[w->n_refs++];
	size_t i;

	*ref = (struct wire_ref){ .prefix = "cid:", .name = part->content_id, .name_len = strlen(part->content_id),
				  .suffix = "" };
	for (i = 0; i < part->n_digests; i++)
		if (part->digests[i].alg == suite->digest) {
			ref->digest_len = part->digests[i].len;
			memcpy(ref->digest, part->digests[i].value, ref->digest_len);
			return 0;
		}
	return -EINVAL; /* the survey asked for each of them */
}

static int collect_refs(struct writing *w, const struct wire_suite *suite)
{
	size_t i;
	int r = 0;

	w->refs = calloc(w->c->n_contents + w->p->n_parts, sizeof(*w->refs));
	if (!w->refs)
		return -ENOMEM;
	for (i = 0; i < w->c->n_contents && !r; i++)
		r = ref_child(w, suite, &w->children[i]);
	for (i = 0; i < w->p->n_parts && !r; i++)
		if (w->uses[i])
			r = ref_part(w, suite, &w->p->parts[i]);
	if (!r && w->n_refs > w->p->limits.references)
		r = osci_fail(w->err, OSCI_E_LIMIT, NULL, "ds:Signature", "over %u references", w->p->limits.references);
	w->p->references += w->n_refs * w->c->n_authors;
	if (!r && w->p->references > w->p->limits.references_message)
		r = osci_fail(w->err, OSCI_E_LIMIT, NULL, "ds:Signature", "over %u references in all signatures",
			      w->p->limits.references_message);
	return r;
}

static int write_signatures(struct writing *w, struct osci_buf *out)
{
	struct wire_suite suite;
	char cert_id[WIRE_CERT_ID_MAX];
	size_t i;
	int r = 0;

	for (i = 0; i < w->c->n_authors && !r; i++) {
		const struct osci_author_draft *a = &w->c->authors[i];

		r = wire_suite_init(&suite, package_suite(w->p, w->c), a->key, w->err);
		if (!r && i == 0)
			r = collect_refs(w, &suite);
		osci_cert_id(cert_id, sizeof(cert_id), a->role, osci_key_cert(a->key));
		if (!r)
			r = wire_signature(out, a->key, &suite, w->refs, w->n_refs, cert_id, w->err);
	}
	return r;
}

/* --- one container --------------------------------------------------------------- */

/* Keys of attachments: raw, under the protection of the encryption around them. */
static void write_part_key(const struct package *p, const struct package_part *part, struct osci_buf *out)
{
	if (wire_ncname_ok(part->content_id) && strlen(part->content_id) + 10 < p->limits.id_chars)
		osci_buf_addf(out, "<xenc:EncryptedData Id=\"Attachment%s\"", part->content_id);
	else
		osci_buf_addf(out, "<xenc:EncryptedData Id=\"Attachment_%s_%zu\"", p->tag, part - p->parts + (size_t)1);
	osci_buf_adds(out, " MimeType=\"text/xml\">");
	wire_cipher_method(out, &p->suite);
	osci_buf_adds(out, "<ds:KeyInfo><ds:MgmtData>");
	osci_base64_encode(out, part->key, p->suite.key_len, 0);
	osci_buf_addf(out,
		      "</ds:MgmtData></ds:KeyInfo><xenc:CipherData><xenc:CipherReference URI=\"cid:%s\"><xenc:Transforms>"
		      "<ds:Transform Algorithm=\"" OSCI_URI_BASE64 "\"></ds:Transform></xenc:Transforms>"
		      "</xenc:CipherReference></xenc:CipherData></xenc:EncryptedData>",
		      part->content_id);
}

static int write_children(struct writing *w, const char *declarations, struct osci_buf *out)
{
	const struct osci_container_draft *c = w->c;
	char id[PACKAGE_ID_MAX];
	size_t expect = HEAD_ROOM, i;
	int r;

	for (i = 0; i < c->n_contents; i++)
		expect += c->contents[i].data ? base64_room(c->contents[i].len) + 256 : w->children[i].xml.len;
	if (!osci_buf_room(out, expect))
		return osci_buf_error(out);
	new_id(w->p, id, "container");
	osci_buf_addf(out, "<osci:ContentContainer%s Id=\"%s\">", declarations, id);
	r = write_signatures(w, out);
	for (i = 0; i < c->n_contents && !r; i++)
		if (!w->children[i].bare)
			write_child(&w->children[i], out);
	for (i = 0; i < c->n_contents && !r; i++)
		if (w->children[i].bare)
			osci_buf_add(out, w->children[i].xml.data, w->children[i].xml.len);
	for (i = 0; i < w->p->n_parts && c->n_readers && !r; i++)
		if (w->uses[i])
			write_part_key(w->p, &w->p->parts[i], out);
	osci_buf_adds(out, "</osci:ContentContainer>");
	return r ? r : osci_buf_error(out);
}

static int write_container(struct package *p, const struct osci_container_draft *c, const char *declarations,
			   struct osci_buf *out, struct osci_err *err)
{
	_cleanup_(writing_free) struct writing w = { .p = p, .c = c, .err = err };
	size_t i;
	int r = 0;

	w.children = calloc(c->n_contents, sizeof(*w.children));
	w.uses = calloc(p->n_parts + 1, sizeof(*w.uses));
	if (!w.children || !w.uses)
		return -ENOMEM;
	package_uses(p, c, w.uses);
	for (i = 0; i < c->n_contents && !r; i++) {
		w.children[i].draft = &c->contents[i];
		r = render_child(&w, &w.children[i]);
	}
	return r ? r : write_children(&w, declarations, out);
}

/* --- encryption ---------------------------------------------------------------------- */

struct session {
	unsigned char key[WIRE_KEY_OCTETS_MAX];
};

static void session_wipe(struct session *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* One EncryptedData for the readers from @first on. */
static int write_encrypted(struct package *p, const struct osci_container_draft *c, size_t first, size_t n,
			   const struct osci_buf *plain, const char *declarations, struct osci_buf *out,
			   struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf blob = OSCI_BUF_INIT(p->limits.xml_bytes);
	_cleanup_(session_wipe) struct session session;
	struct wire_suite suite;
	char id[PACKAGE_ID_MAX], cert_id[WIRE_CERT_ID_MAX];
	size_t i;
	int r = wire_suite_init(&suite, package_suite(p, c), NULL, err);

	if (!r)
		r = osci_random(session.key, suite.key_len);
	if (!r)
		r = osci_cipher_encrypt(suite.cipher, session.key, suite.iv_len, plain->data, plain->len, &blob);
	if (!r)
		r = osci_buf_error(&blob);
	if (r)
		return r;
	if (!osci_buf_room(out, base64_room(blob.len) + HEAD_ROOM))
		return osci_buf_error(out);
	new_id(p, id, "encrypted");
	osci_buf_addf(out, "<xenc:EncryptedData%s Id=\"%s\" MimeType=\"text/xml\">", declarations, id);
	wire_cipher_method(out, &suite);
	osci_buf_adds(out, "<ds:KeyInfo>");
	for (i = first; i < first + n && !r; i++) {
		osci_cert_id(cert_id, sizeof(cert_id), c->readers[i].role, c->readers[i].cert);
		r = wire_encrypted_key(out, &suite, c->readers[i].cert, cert_id, session.key, err);
	}
	osci_buf_adds(out, "</ds:KeyInfo><xenc:CipherData><xenc:CipherValue>");
	osci_base64_encode(out, blob.data, blob.len, WIRE_BASE64_LINE);
	osci_buf_adds(out, "</xenc:CipherValue></xenc:CipherData></xenc:EncryptedData>");
	return r ? r : osci_buf_error(out);
}

static int write_element(struct package *p, const struct osci_container_draft *c, const char *declarations,
			 struct osci_buf *out, struct osci_err *err)
{
	_cleanup_buf_ struct osci_buf plain = { .max = p->limits.xml_bytes, .secret = true };
	size_t i;
	int r;

	if (!c->n_readers)
		return write_container(p, c, declarations, out, err);
	r = write_container(p, c, WIRE_XMLNS, &plain, err);
	if (!r && c->one_for_all)
		return write_encrypted(p, c, 0, c->n_readers, &plain, declarations, out, err);
	for (i = 0; i < c->n_readers && !r; i++)
		r = write_encrypted(p, c, i, 1, &plain, declarations, out, err);
	return r;
}

int package_container(struct package *p, const struct osci_container_draft *c, struct osci_buf *out,
		      struct osci_err *err)
{
	return write_element(p, c, WIRE_XMLNS, out, err);
}
