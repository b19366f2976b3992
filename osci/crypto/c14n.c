/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c14n - inclusive canonical XML of a subtree that we hold, and its digest
 *
 * The canonicaliser is libxml2's; which nodes it sees is decided by a callback that knows one
 * thing: is this node below the apex?  Neither ids nor XPath nor transform objects take part,
 * so there is nothing to mislead.  Output goes straight into the digest or
 * the buffer.  An error of the canonicaliser is a failure and never the digest of nothing:
 * every result is checked, and an output without a single octet is refused.
 *
 * libxml2 walks a whole document however small the visible part is, so that many references
 * over a large message would cost the square of it.  It is therefore shown a document whose
 * only child is the apex, as shallow copies of the two; the tree itself is never changed.  The
 * copy keeps its real parent, from which namespaces and xml: attributes in scope are taken.
 */
#include <errno.h>
#include <string.h>

#include <libxml/c14n.h>
#include <libxml/xmlIO.h>

#include "crypto/priv.h"

struct subtree {
	const xmlNode *apex, *copy; /* the same element twice, see above */
	const xmlNode *last; /* parent asked for last: its answer serves its attributes and children */
	int last_inside;
};

static int inside(struct subtree *s, const xmlNode *n)
{
	for (; n; n = n->parent)
		if (n == s->apex || n == s->copy)
			return 1;
	return 0;
}

/* Namespace declarations have no parent of their own, so the element passed beside them counts. */
static int is_visible(void *data, xmlNodePtr node, xmlNodePtr parent)
{
	struct subtree *s = data;

	if (node == s->apex || node == s->copy)
		return 1;
	if (!parent)
		return 0;
	if (parent != s->last) {
		s->last_inside = inside(s, parent);
		s->last = parent;
	}
	return s->last_inside;
}

struct sink {
	EVP_MD_CTX *md;
	struct osci_buf *buf;
	size_t total;
};

static int sink_write(void *ctx, const char *data, int len)
{
	struct sink *s = ctx;

	if (len < 0)
		return -1;
	s->total += (size_t)len;
	if (s->md)
		return EVP_DigestUpdate(s->md, data, (size_t)len) == 1 ? len : -1;
	osci_buf_add(s->buf, data, (size_t)len);
	return osci_buf_error(s->buf) ? -1 : len;
}

static int canonicalise(xmlNodePtr node, struct sink *sink, struct osci_err *err)
{
	struct subtree tree = { .apex = node };
	xmlOutputBufferPtr out;
	int r, closed;
	xmlNode apex;
	xmlDoc doc;

	if (!node || node->type != XML_ELEMENT_NODE || !node->doc)
		return osci_fail(err, OSCI_E_USAGE, NULL, "c14n", "element of a document expected");
	out = xmlOutputBufferCreateIO(sink_write, NULL, sink, NULL);
	if (!out)
		return -ENOMEM;
	apex = *node;
	apex.next = apex.prev = NULL;
	tree.copy = &apex;
	doc = *node->doc;
	doc.children = doc.last = &apex;
	r = xmlC14NExecute(&doc, is_visible, &tree, XML_C14N_1_0, NULL, 0, out);
	node->doc->oldNs = doc.oldNs; /* where libxml2 keeps the namespace of the prefix xml once it was asked for */
	if (out->error)
		r = -1;
	closed = xmlOutputBufferClose(out);
	if (sink->buf && osci_buf_error(sink->buf))
		return osci_fail(err, osci_buf_error(sink->buf), NULL, "c14n", "canonical form too large");
	if (r < 0 || closed < 0 || sink->total == 0)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "c14n", "no canonical form exists");
	return 0;
}

int osci_c14n_node(xmlNodePtr node, struct osci_buf *out, struct osci_err *err)
{
	struct sink sink = { .buf = out };
	size_t before = out->len;
	int r = canonicalise(node, &sink, err);

	if (r && !osci_buf_error(out)) {
		out->len = before; /* half a canonical form is none */
		if (out->data)
			out->data[before] = '\0';
	}
	return r;
}

static void md_ctx_freep(EVP_MD_CTX **ctx)
{
	EVP_MD_CTX_free(*ctx);
}

int osci_digest_node(const struct osci_alg *alg, xmlNodePtr node, unsigned char out[OSCI_DIGEST_MAX],
		     size_t *ret_len, struct osci_err *err)
{
	_cleanup_(md_ctx_freep) EVP_MD_CTX *md = EVP_MD_CTX_new();
	struct sink sink = { .md = md };
	unsigned int len = 0;
	int r;

	if (!md)
		return -ENOMEM;
	if (!alg || alg->kind != OSCI_ALG_DIGEST)
		return osci_fail(err, OSCI_E_USAGE, NULL, "digest", "digest algorithm expected");
	if (EVP_DigestInit_ex(md, alg_impl(alg)->md, NULL) != 1)
		return -EIO;
	r = canonicalise(node, &sink, err);
	if (r)
		return r;
	if (EVP_DigestFinal_ex(md, out, &len) != 1)
		return -EIO;
	*ret_len = len;
	return 0;
}

int osci_digest(const struct osci_alg *alg, const void *data, size_t len,
		unsigned char out[OSCI_DIGEST_MAX], size_t *ret_len)
{
	unsigned int n = 0;

	if (!alg || alg->kind != OSCI_ALG_DIGEST)
		return OSCI_E_USAGE;
	if (EVP_Digest(len ? data : "", len, out, &n, alg_impl(alg)->md, NULL) != 1)
		return -EIO;
	*ret_len = n;
	return 0;
}
