/* SPDX-License-Identifier: Apache-2.0 */
/*
 * c14n - inclusive canonical XML 1.0 of a subtree that we hold, without comments, and its digest
 *
 * Of a whole subtree the canonical form is simple: nothing in it is hidden, so that of an element inside only its own
 * namespace declarations are written, those that say something new; the apex takes all that are in scope, and the
 * attributes of the namespace xml from its ancestors.  Libxml2's canonicaliser decides for every node whether it is
 * visible and looks up every declaration in scope at every element, which took a fifth of opening a message.  It
 * is what the tests and the fuzz target c14n compare with: the same octets, or no canonical form, of everything that
 * passes the guarded parser.  Exclusive forms and forms with comments are not in the profile and not here.
 *
 * Output goes straight into the digest or the buffer.  There is no digest of nothing: what this file does not know
 * (entities, namespaces that are no absolute URI) has no canonical form, and an output without a single octet is
 * refused.  No recursion; the work is one walk over the subtree and, at each element, its own
 * attributes, and its own declarations against those in scope.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/uri.h>

#include "crypto/priv.h"

#define XML_NS "http://www.w3.org/XML/1998/namespace"
#define CHUNK 4096

struct sink {
	EVP_MD_CTX *md;
	struct osci_buf *buf;
	size_t total, n;
	bool failed; /* of the digest; the buffer knows by itself */
	char chunk[CHUNK];
};

static void sink_begin(struct sink *s, EVP_MD_CTX *md, struct osci_buf *buf)
{
	s->md = md;
	s->buf = buf;
	s->total = s->n = 0;
	s->failed = false;
}

static void flush(struct sink *s)
{
	if (s->md)
		s->failed |= EVP_DigestUpdate(s->md, s->chunk, s->n) != 1;
	else
		osci_buf_add(s->buf, s->chunk, s->n);
	s->total += s->n;
	s->n = 0;
}

static void put(struct sink *s, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		size_t n = CHUNK - s->n < len ? CHUNK - s->n : len;

		memcpy(s->chunk + s->n, p, n);
		s->n += n;
		p += n;
		len -= n;
		if (s->n == CHUNK)
			flush(s);
	}
}

static void put_char(struct sink *s, char c)
{
	s->chunk[s->n++] = c;
	if (s->n == CHUNK)
		flush(s);
}

static void put_text(struct sink *s, const void *text)
{
	put(s, text, strlen(text));
}

/* Octets that are written as something else; what is between them goes out as it is. */
#define IN_TEXT "&<>\r"
#define IN_VALUE "&<\"\t\n\r"

static void put_escaped(struct sink *s, const xmlChar *text, const char *special)
{
	const char *p = (const char *)text;

	while (p && *p) {
		size_t n = strcspn(p, special);

		put(s, p, n);
		p += n;
		if (!*p)
			break;
		switch (*p++) {
		case '&':
			put_text(s, "&amp;");
			break;
		case '<':
			put_text(s, "&lt;");
			break;
		case '>':
			put_text(s, "&gt;");
			break;
		case '"':
			put_text(s, "&quot;");
			break;
		case '\t':
			put_text(s, "&#x9;");
			break;
		case '\n':
			put_text(s, "&#xA;");
			break;
		case '\r':
			put_text(s, "&#xD;");
			break;
		}
	}
}

static const char *text_of(const xmlChar *s)
{
	return s ? (const char *)s : "";
}

/* --- namespace URIs ---------------------------------------------------------- */

/* What a character may stand in. */
#define BEGIN  1 /* of a scheme, or of a host that is no number */
#define SCHEME 2
#define HOST   4
#define PATH   8

static const unsigned char places[256] = {
	['a' ... 'z'] = BEGIN | SCHEME | HOST | PATH, ['A' ... 'Z'] = BEGIN | SCHEME | HOST | PATH,
	['0' ... '9'] = SCHEME | HOST | PATH, ['-'] = SCHEME | HOST | PATH, ['.'] = SCHEME | HOST | PATH,
	['+'] = SCHEME | PATH, ['_'] = HOST | PATH, ['~'] = HOST | PATH, ['/'] = PATH, [':'] = PATH, ['@'] = PATH, ['!'] = PATH,
	['$'] = PATH, ['&'] = PATH, ['\''] = PATH, ['('] = PATH, [')'] = PATH, ['*'] = PATH, [','] = PATH, [';'] = PATH,
	['='] = PATH,
};

static const unsigned char *skip(const unsigned char *p, unsigned char place)
{
	while (places[*p] & place)
		p++;
	return p;
}

static const unsigned char *skip_query(const unsigned char *p)
{
	do
		p = skip(p + 1, PATH);
	while (*p == '?');
	return p;
}

/*
 * RFC 3986: scheme, nothing or "//" and a host that begins with a letter, path, query, fragment, nothing escaped: all
 * but a few are like that.
 */
static bool plain_uri(const char *uri)
{
	const unsigned char *p = (const unsigned char *)uri;

	if (!(places[*p] & BEGIN))
		return false;
	p = skip(p, SCHEME);
	if (*p++ != ':')
		return false;
	if (p[0] == '/' && p[1] == '/') {
		p += 2;
		if (!(places[*p] & BEGIN))
			return false;
		p = skip(p, HOST);
		if (*p && *p != '/')
			return false;
	}
	p = skip(p, PATH);
	if (*p == '?')
		p = skip_query(p);
	if (*p == '#')
		p = skip_query(p);
	return !*p;
}

/* What is relative or no URI has no canonical form; libxml2 judges what is not plain, as its canonicaliser does. */
static bool absolute(const char *uri)
{
	xmlURIPtr parts;
	bool good;

	if (plain_uri(uri))
		return true;
	parts = xmlParseURI(uri);
	good = parts && parts->scheme;
	xmlFreeURI(parts);
	return good;
}

/* What @prefix means at @n; "" for nothing. */
static const char *in_scope(const xmlNode *n, const char *prefix)
{
	const xmlNs *ns;

	for (; n && n->type == XML_ELEMENT_NODE; n = n->parent)
		for (ns = n->nsDef; ns; ns = ns->next)
			if (strcmp(text_of(ns->prefix), prefix) == 0)
				return text_of(ns->href);
	return "";
}

/* --- one start tag ------------------------------------------------------- */

/* Declarations and attributes of one element; the arrays serve all elements. */
struct tag {
	const xmlNs **ns;
	const xmlAttr **attrs;
	size_t n_ns, cap_ns, n_attrs, cap_attrs;
};

/* Room for one more in an array of pointers. */
static int room(void *array, size_t n, size_t *cap)
{
	void **place = array, *more;

	if (n < *cap)
		return 0;
	more = reallocarray(*place, *cap ? 2 * *cap : 16, sizeof(void *));
	if (!more)
		return -ENOMEM;
	*cap = *cap ? 2 * *cap : 16;
	*place = more;
	return 0;
}

static int add_ns(struct tag *t, const xmlNs *ns)
{
	int r = room(&t->ns, t->n_ns, &t->cap_ns);

	if (!r)
		t->ns[t->n_ns++] = ns;
	return r;
}

static int add_attr(struct tag *t, const xmlAttr *a)
{
	int r = room(&t->attrs, t->n_attrs, &t->cap_attrs);

	if (!r)
		t->attrs[t->n_attrs++] = a;
	return r;
}

static bool has_prefix(const struct tag *t, const xmlNs *ns)
{
	size_t i;

	for (i = 0; i < t->n_ns; i++)
		if (strcmp(text_of(t->ns[i]->prefix), text_of(ns->prefix)) == 0)
			return true;
	return false;
}

static bool is_xml(const xmlAttr *a)
{
	return a->ns && strcmp(text_of(a->ns->href), XML_NS) == 0;
}

static bool has_xml_attr(const struct tag *t, const xmlAttr *a)
{
	size_t i;

	for (i = 0; i < t->n_attrs; i++)
		if (is_xml(t->attrs[i]) && strcmp(text_of(t->attrs[i]->name), text_of(a->name)) == 0)
			return true;
	return false;
}

/* Declarations and attributes in the element itself. */
static int collect_own(struct tag *t, const xmlNode *e, bool apex)
{
	const xmlAttr *a;
	const xmlNs *ns;
	int r = 0;

	t->n_ns = t->n_attrs = 0;
	for (ns = e->nsDef; ns && !r; ns = ns->next) {
		const char *prefix = text_of(ns->prefix), *uri = text_of(ns->href);

		if (uri[0] && !absolute(uri))
			r = OSCI_E_MALFORMED;
		else if (strcmp(prefix, "xml") != 0 && (apex || strcmp(in_scope(e->parent, prefix), uri) != 0))
			r = add_ns(t, ns);
	}
	for (a = e->properties; a && !r; a = a->next)
		r = add_attr(t, a);
	return r;
}

/* What the apex takes from the elements around it, the nearest first. */
static int collect_inherited(struct tag *t, const xmlNode *e)
{
	const xmlNode *n;
	const xmlAttr *a;
	const xmlNs *ns;
	int r = 0;

	for (n = e->parent; n && n->type == XML_ELEMENT_NODE && !r; n = n->parent) {
		for (ns = n->nsDef; ns && !r; ns = ns->next)
			if (strcmp(text_of(ns->prefix), "xml") != 0 && !has_prefix(t, ns))
				r = strchr(text_of(ns->href), '"') ? OSCI_E_MALFORMED : add_ns(t, ns);
		for (a = n->properties; a && !r; a = a->next)
			if (is_xml(a) && !has_xml_attr(t, a))
				r = add_attr(t, a);
	}
	return r;
}

static int by_prefix(const void *a, const void *b)
{
	return strcmp(text_of((*(const xmlNs *const *)a)->prefix), text_of((*(const xmlNs *const *)b)->prefix));
}

static int by_name(const void *a, const void *b)
{
	const xmlAttr *x = *(const xmlAttr *const *)a, *y = *(const xmlAttr *const *)b;
	int r = strcmp(x->ns ? text_of(x->ns->href) : "", y->ns ? text_of(y->ns->href) : "");

	return r ? r : strcmp(text_of(x->name), text_of(y->name));
}

static void put_name(struct sink *s, const xmlNs *ns, const xmlChar *name)
{
	if (ns && ns->prefix) {
		put_text(s, ns->prefix);
		put_char(s, ':');
	}
	put_text(s, name);
}

static void put_ns(struct sink *s, const xmlNs *ns)
{
	put_text(s, ns->prefix ? " xmlns:" : " xmlns");
	put_text(s, text_of(ns->prefix));
	put_text(s, "=\"");
	/* No character of a URI is escaped but "&", which libxml2's tree keeps as the reference that was read. */
	put_text(s, text_of(ns->href));
	put_char(s, '"');
}

static int put_attr(struct sink *s, const xmlAttr *a)
{
	const xmlNode *v;

	put_char(s, ' ');
	put_name(s, a->ns, a->name);
	put_text(s, "=\"");
	for (v = a->children; v; v = v->next) {
		if (v->type != XML_TEXT_NODE)
			return OSCI_E_MALFORMED;
		put_escaped(s, v->content, IN_VALUE);
	}
	put_char(s, '"');
	return 0;
}

/* OSCI_E_MALFORMED: no canonical form. */
static int start_tag(struct sink *s, struct tag *t, const xmlNode *e, bool apex)
{
	size_t i;
	int r = collect_own(t, e, apex);

	if (!r && apex)
		r = collect_inherited(t, e);
	if (r)
		return r;
	if (t->n_ns > 1)
		qsort(t->ns, t->n_ns, sizeof(*t->ns), by_prefix);
	if (t->n_attrs > 1)
		qsort(t->attrs, t->n_attrs, sizeof(*t->attrs), by_name);
	put_char(s, '<');
	put_name(s, e->ns, e->name);
	for (i = 0; i < t->n_ns; i++)
		if (!apex || text_of(t->ns[i]->href)[0]) /* at the apex there is nothing to take back */
			put_ns(s, t->ns[i]);
	for (i = 0; i < t->n_attrs && !r; i++)
		r = put_attr(s, t->attrs[i]);
	put_char(s, '>');
	return r;
}

static void end_tag(struct sink *s, const xmlNode *e)
{
	put_text(s, "</");
	put_name(s, e->ns, e->name);
	put_char(s, '>');
}

static void put_pi(struct sink *s, const xmlNode *n)
{
	put_text(s, "<?");
	put_text(s, n->name);
	if (n->content && *n->content) {
		put_char(s, ' ');
		put_escaped(s, n->content, "\r");
	}
	put_text(s, "?>");
}

/* Document order: down, else right, else up and right. */
static int walk(struct sink *s, struct tag *t, const xmlNode *apex)
{
	const xmlNode *n = apex;
	int r;

	for (;;) {
		switch (n->type) {
		case XML_ELEMENT_NODE:
			r = start_tag(s, t, n, n == apex);
			if (r)
				return r;
			if (n->children) {
				n = n->children;
				continue;
			}
			end_tag(s, n);
			break;
		case XML_TEXT_NODE:
		case XML_CDATA_SECTION_NODE:
			put_escaped(s, n->content, IN_TEXT);
			break;
		case XML_COMMENT_NODE:
			break;
		case XML_PI_NODE:
			put_pi(s, n);
			break;
		default:
			return OSCI_E_MALFORMED;
		}
		while (n != apex && !n->next) {
			n = n->parent;
			end_tag(s, n);
		}
		if (n == apex)
			return 0;
		n = n->next;
	}
}

static int canonicalise(xmlNodePtr node, struct sink *sink, struct osci_err *err)
{
	struct tag tag = { 0 };
	int r;

	if (!node || node->type != XML_ELEMENT_NODE || !node->doc)
		return osci_fail(err, OSCI_E_USAGE, NULL, "c14n", "element of a document expected");
	r = walk(sink, &tag, node);
	flush(sink);
	free(tag.ns);
	free(tag.attrs);
	if (r < 0)
		return r;
	if (sink->buf && osci_buf_error(sink->buf))
		return osci_fail(err, osci_buf_error(sink->buf), NULL, "c14n", "canonical form too large");
	if (r || sink->failed || sink->total == 0)
		return osci_fail(err, OSCI_E_MALFORMED, NULL, "c14n", "no canonical form exists");
	return 0;
}

int osci_c14n_node(xmlNodePtr node, struct osci_buf *out, struct osci_err *err)
{
	struct sink sink;
	size_t before = out->len;
	int r;

	sink_begin(&sink, NULL, out);
	r = canonicalise(node, &sink, err);
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
	struct sink sink;
	unsigned int len = 0;
	int r;

	if (!md)
		return -ENOMEM;
	if (!alg || alg->kind != OSCI_ALG_DIGEST)
		return osci_fail(err, OSCI_E_USAGE, NULL, "digest", "digest algorithm expected");
	if (EVP_DigestInit_ex(md, alg_impl(alg)->md, NULL) != 1)
		return -EIO;
	sink_begin(&sink, md, NULL);
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
