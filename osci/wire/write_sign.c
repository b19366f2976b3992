/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write_sign - ds:Signature of both levels
 *
 * SignedInfo is built in its canonical form, with the five prefixes that are in scope; in the
 * document they are declared further out, so the same octets are written without them.
 */
#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "wire/write_priv.h"

#define SIGNED_INFO_MAX ((size_t)4 << 20)
#define SIGNATURE_MAX 2048

static struct wire_ref *next_ref(struct wire_writer *w)
{
	return w->n_refs < w->max_refs ? &w->refs[w->n_refs++] : NULL;
}

int wire_ref_range(struct wire_writer *w, const struct osci_buf *b, size_t start, const char *name,
		   size_t name_len, const char *suffix)
{
	struct wire_ref *ref;

	if (!w->opts->signer)
		return 0;
	if (osci_buf_error(b))
		return osci_buf_error(b);
	ref = next_ref(w);
	if (!ref)
		return -EINVAL;
	*ref = (struct wire_ref){ .prefix = "#", .name = name, .name_len = name_len, .suffix = suffix,
				  .transform = OSCI_URI_C14N };
	return osci_digest(w->suite.digest, b->data + start, b->len - start, ref->digest, &ref->digest_len);
}

int wire_ref_part(struct wire_writer *w, const struct osci_part *part, const struct osci_blob *blob,
		  struct osci_err *err)
{
	struct wire_ref *ref;

	if (!w->opts->signer)
		return 0;
	ref = next_ref(w);
	if (!ref)
		return -EINVAL;
	*ref = (struct wire_ref){ .prefix = "cid:", .name = part->content_id, .suffix = "",
				  .name_len = strlen(part->content_id) };
	if (!part->hashed || strcmp(w->suite.digest->uri, OSCI_URI_SHA256) != 0)
		return osci_digest_blob(w->suite.digest, blob, ref->digest, &ref->digest_len, err);
	memcpy(ref->digest, part->sha256, sizeof(part->sha256));
	ref->digest_len = sizeof(part->sha256);
	return 0;
}

static void add_reference(struct osci_buf *b, const struct wire_ref *ref, const struct osci_alg *digest)
{
	osci_buf_addf(b, "<ds:Reference URI=\"%s%.*s%s\">", ref->prefix, (int)ref->name_len, ref->name, ref->suffix);
	if (ref->transform)
		osci_buf_addf(b, "<ds:Transforms><ds:Transform Algorithm=\"%s\"></ds:Transform></ds:Transforms>",
			      ref->transform);
	osci_buf_addf(b, "<ds:DigestMethod Algorithm=\"%s\"></ds:DigestMethod><ds:DigestValue>", digest->uri);
	osci_base64_encode(b, ref->digest, ref->digest_len, 0);
	osci_buf_adds(b, "</ds:DigestValue></ds:Reference>");
}

int wire_signature(struct osci_buf *out, const struct osci_key *key, const struct wire_suite *suite,
		   const struct wire_ref *refs, size_t n_refs, const char *cert_id, struct osci_err *err)
{
	static const char start[] = "<ds:SignedInfo";
	_cleanup_buf_ struct osci_buf info = OSCI_BUF_INIT(SIGNED_INFO_MAX), value = OSCI_BUF_INIT(SIGNATURE_MAX);
	size_t in_scope, i;
	int r;

	osci_buf_adds(&info, start);
	osci_buf_adds(&info, WIRE_XMLNS);
	in_scope = sizeof(start) - 1 + sizeof(WIRE_XMLNS) - 1;
	osci_buf_addf(&info,
		      "><ds:CanonicalizationMethod Algorithm=\"" OSCI_URI_C14N "\"></ds:CanonicalizationMethod>"
		      "<ds:SignatureMethod Algorithm=\"%s\"></ds:SignatureMethod>",
		      suite->sign->uri);
	for (i = 0; i < n_refs; i++)
		add_reference(&info, &refs[i], suite->digest);
	osci_buf_adds(&info, "</ds:SignedInfo>");
	if (osci_buf_error(&info))
		return osci_buf_error(&info);
	r = osci_sign(key, suite->sign, info.data, info.len, &value, err);
	if (!r)
		r = osci_buf_error(&value);
	if (r)
		return r;
	osci_buf_adds(out, "<ds:Signature>");
	osci_buf_adds(out, start);
	osci_buf_add(out, info.data + in_scope, info.len - in_scope);
	osci_buf_adds(out, "<ds:SignatureValue>");
	osci_base64_encode(out, value.data, value.len, WIRE_BASE64_LINE);
	osci_buf_addf(out,
		      "</ds:SignatureValue><ds:KeyInfo><ds:RetrievalMethod URI=\"#%s\"></ds:RetrievalMethod>"
		      "</ds:KeyInfo></ds:Signature>",
		      cert_id);
	return osci_buf_error(out);
}
