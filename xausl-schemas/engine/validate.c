/* SPDX-License-Identifier: Apache-2.0 */
/*
 * validate - checks one message: the order of the checks and the verdict
 *
 * Encoding, guarded parse, release by the namespace of the root element, schema, values, code lists, and, if the
 * schema holds, the rules.  VALID only if every check ran and found nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/check.h"
#include "base/buf.h"
#include "base/text.h"
#include "xml/xml.h"

void xausl_message_limits(struct osci_limits *ret, const struct osci_limits *limits)
{
	if (limits)
		*ret = *limits;
	else
		osci_limits_default(ret);
	if (ret->xml_bytes > XAUSL_DOCUMENT_MAX)
		ret->xml_bytes = XAUSL_DOCUMENT_MAX;
	if (ret->xml_text > XAUSL_OCTETS_MAX)
		ret->xml_text = XAUSL_OCTETS_MAX;
}

/* Is the encoding of the XML declaration, if it names one, another than UTF-8? */
static bool declares_other(const char *s, size_t len)
{
	const char *end, *p;
	char head[256], quote;
	size_t n;

	if (len >= 3 && !memcmp(s, "\xef\xbb\xbf", 3)) {
		s += 3;
		len -= 3;
	}
	if (len < 5 || memcmp(s, "<?xml", 5) != 0)
		return false;
	n = len < sizeof(head) - 1 ? len : sizeof(head) - 1;
	memcpy(head, s, n);
	head[n] = '\0';
	end = strstr(head, "?>");
	p = strstr(head, "encoding");
	if (!end || !p || p > end)
		return false;
	p += strlen("encoding");
	p += strspn(p, " \t\r\n=");
	quote = *p++;
	n = strcspn(p, quote == '\'' ? "'" : "\"");
	return n != 5 || strncasecmp(p, "UTF-8", 5) != 0;
}

static bool other_encoding(const char *s, size_t len)
{
	if (len >= 2 && (!memcmp(s, "\xff\xfe", 2) || !memcmp(s, "\xfe\xff", 2) || !memcmp(s, "<\0", 2) ||
			 !memcmp(s, "\0<", 2)))
		return true;
	if (declares_other(s, len))
		return true;
	return !memchr(s, '\0', len) && !osci_utf8_ok(s, len);
}

/* Octets the guarded parser refused: which finding, and where. */
static void refused(struct xausl_check *c, int code, const struct osci_err *why)
{
	static const struct xausl_mark malformed = { "xml.malformed", "xml", "X000" };
	static const struct xausl_mark limit = { "xml.limit", "xml", "S999" };
	static const struct xausl_mark dtd = { "xml.dtd", "xml", "S999" };
	const char *colon = strchr(why->where, ':');
	const struct xausl_mark *m = &malformed;
	uint64_t line = 0, column = 0;

	/* "LINE:COLUMN" or "byte N" */
	if (colon && (osci_parse_u64(why->where, (size_t)(colon - why->where), UINT32_MAX, &line) ||
		      osci_parse_u64(colon + 1, strlen(colon + 1), UINT32_MAX, &column)))
		line = column = 0;
	if (code == OSCI_E_LIMIT)
		m = &limit;
	else if (strstr(why->what, "document type") || strstr(why->what, "entity"))
		m = &dtd;
	xausl_found_at(c, m, (unsigned)line, (unsigned)column, why->what,
		       m == &limit ? "a document within the limits" :
		       m == &dtd   ? "a document without type declaration and entities" :
				     "well-formed XML");
}

/* 0 with a document, or with findings and none; negative fatal. */
static int parse(struct xausl_check *c, xmlDocPtr *doc, const void *data, size_t len,
		 const struct osci_limits *limits, struct osci_err *err)
{
	static const struct xausl_mark encoding = { "xml.encoding", "xml", "S001" };
	struct osci_limits bounded;
	struct osci_err why = { 0 };
	int r;

	xausl_message_limits(&bounded, limits);
	r = osci_xml_parse(doc, data, len, &bounded, &why);
	/* Without memory for a name libxml2 calls a document malformed: what counts against a sender must be so twice. */
	if (r > 0) {
		_cleanup_(osci_xml_freep) xmlDocPtr again = NULL;

		if (osci_xml_parse(&again, data, len, &bounded, NULL) != r)
			r = -ENOMEM;
	}
	if (r < 0)
		return osci_fail(err, r, NULL, "message", "cannot be parsed");
	/* The parser takes nothing but UTF-8; what is too large is not looked at again. */
	if (r > 0 && len <= bounded.xml_bytes && other_encoding(data, len))
		xausl_found_at(c, &encoding, 0, 0, "document is not UTF-8", "UTF-8, declared as such or not at all");
	else if (r > 0)
		refused(c, r, &why);
	return 0;
}

static const char *namespace_of(const xmlNode *root)
{
	return root->ns && root->ns->href ? (const char *)root->ns->href : "";
}

/*
 * What a message of the release is checked with: its module, or the official package beside it if that is wanted, or if
 * only the package has such a message.  NULL if there is none.  @root may be NULL.
 */
static const struct xausl_release *checked_with(const struct xausl_release *r, bool imported, const xmlNode *root)
{
	const struct xausl_release *package = r->imported ? xausl_package_module(r->imported) : NULL;

	if (imported)
		return package;
	if (package && root && !xausl_message_by_root(r, namespace_of(root), (const char *)root->name) &&
	    xausl_message_by_root(package, namespace_of(root), (const char *)root->name))
		return package;
	return xausl_release_has_module(r) ? r : NULL;
}

/* "release 26.11 (http://...)" of every release that can be checked here. */
static void known_releases(const struct xausl *x, bool imported, char *out, size_t size)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(8192);

	for (size_t i = 0; i < x->n; i++)
		if (checked_with(&x->releases[i], imported, NULL))
			osci_buf_addf(&b, "%srelease %s (%s)", b.len ? " or " : "", x->releases[i].version,
				      x->releases[i].ns);
	snprintf(out, size, "%s", osci_buf_error(&b) || !b.data ? "" : (const char *)b.data);
}

static bool has_messages(const struct xausl_release *r, bool imported, const xmlNode *root)
{
	const struct xausl_release *m = checked_with(r, imported, root);

	return m && xausl_message_namespace(m, namespace_of(root));
}

/*
 * The release for messages of the namespace: the one whose namespace it is, or, for a base module, which goes its own way
 * of versions and may be part of several releases, the wanted one or the newest.
 */
static const struct xausl_release *release_for(const struct xausl *x, const struct xausl_check_opts *opts,
					       const xmlNode *root)
{
	const struct xausl_release *r = xausl_release_by_namespace(x, namespace_of(root));

	if (r)
		return r;
	if (opts->release && has_messages(opts->release, opts->imported, root))
		return opts->release;
	for (size_t i = x->n; i > 0 && !r; i--)
		if (has_messages(&x->releases[i - 1], opts->imported, root))
			r = &x->releases[i - 1];
	return r;
}

const struct xausl_release *xausl_module_for(const struct xausl_check *c, const xmlNode *root)
{
	const struct xausl_release *r = release_for(c->r->owner, c->opts, root);

	return r ? checked_with(r, c->opts->imported, root) : NULL;
}

/* Finds the release of the document; false if no further check makes sense. */
static bool identify(struct xausl_check *c, const struct xausl *x, const xmlNode *root)
{
	static const struct xausl_mark unknown = { "frame.namespace", "frame", "V000" };
	static const struct xausl_mark missing = { "frame.namespace-missing", "frame", "V000" };
	static const struct xausl_mark other = { "frame.release", "frame", "V000" };
	const char *ns = namespace_of(root);
	const struct xausl_release *r = release_for(x, c->opts, root), *wanted = c->opts->release;
	const struct xausl_namespace *base;
	char expected[XAUSL_EXPECTED_MAX] = "";

	c->r = r;
	if (wanted)
		snprintf(expected, sizeof(expected), "release %s (%s)", wanted->version, wanted->ns);
	else if (!r || !checked_with(r, c->opts->imported, root))
		known_releases(x, c->opts->imported, expected, sizeof(expected));
	if (!r) {
		xausl_found(c, *ns ? &unknown : &missing, root, expected,
			    *ns ? "namespace of the root element is that of no known release" :
				  "the root element is in no namespace, so the message names no release");
		return false;
	}
	c->pub.release = r->version;
	if (wanted && wanted != r) {
		xausl_found(c, &other, root, expected, "message of release %s", r->version);
		return false;
	}
	c->r = checked_with(r, c->opts->imported, root);
	if (!c->r && c->opts->imported) {
		xausl_found(c, &other, root, "a release whose official package has been imported",
			    "message of release %s, whose official package is not here", r->version);
		c->unchecked = true;
		return false;
	}
	if (!c->r) {
		xausl_found(c, &other, root, wanted ? "a release with a module here" : expected,
			    "message of release %s, for which there is no module here", r->version);
		c->unchecked = wanted != NULL;
		return false;
	}
	base = xausl_message_namespace(c->r, ns);
	if (!base) {
		xausl_found(c, &unknown, root, expected, "release %s has no messages in the namespace of the root element",
			    r->version);
		return false;
	}
	c->pub.imported = c->r != r;
	c->pub.standard = base->standard;
	c->pub.version = base->version;
	c->message = xausl_message_by_root(c->r, ns, (const char *)root->name);
	if (c->message) {
		c->pub.message = c->message->root;
		c->pub.number = c->message->number;
	}
	return true;
}

static bool holds_octets(const struct xausl_release *r, const xmlNode *node)
{
	for (size_t i = 0; i < r->n_octets; i++)
		if (r->octets[i][0] == (char)node->name[0] && !strcmp(r->octets[i], (const char *)node->name))
			return true;
	return false;
}

/* libxml2 passes over characters that are not of base64; another reader need not. */
static void check_octets(struct xausl_check *c, const xmlNode *node)
{
	static const struct xausl_mark mark = { "schema.octets", "schema", "X001", XAUSL_ERROR };
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_OCTETS_MAX);
	_cleanup_(osci_freep) char *text = NULL;
	int r;

	if (!holds_octets(c->r, node) || xmlFirstElementChild((xmlNodePtr)node))
		return;
	r = osci_xml_text(node, XAUSL_OCTETS_MAX, &text, NULL);
	if (!r)
		r = osci_base64_decode(&b, text, strlen(text));
	if (!r)
		r = osci_buf_error(&b);
	if (r < 0)
		c->error = r;
	else if (r)
		xausl_found(c, &mark, node, "base64: full groups of its 64 characters", "text is no base64");
}

/* Octets of base64 cost little to check, other texts much. */
static bool sizes_ok(struct xausl_check *c, const xmlNode *root, size_t len)
{
	static const struct xausl_mark mark = { "xml.limit", "xml", "S999" };
	size_t carried = 0;

	if (len <= XAUSL_TEXT_MAX)
		return true;
	for (const xmlNode *n = root; n; n = xausl_next_element(n)) {
		bool octets = holds_octets(c->r, n);
		size_t text = 0;

		for (const xmlNode *k = n->children; k; k = k->next)
			if (k->type == XML_TEXT_NODE || k->type == XML_CDATA_SECTION_NODE)
				text += strlen((const char *)k->content);
		if (octets)
			carried += text;
		if (text <= XAUSL_TEXT_MAX || octets)
			continue;
		xausl_found(c, &mark, n, "a document within the limits", "text of more than %u octets", XAUSL_TEXT_MAX);
		return false;
	}
	if (len <= carried || len - carried <= XAUSL_MESSAGE_MAX)
		return true;
	xausl_found_at(c, &mark, 0, 0, "message has too many octets", "a document within the limits");
	return false;
}

/* A comment inside a value lets two readers see two values. */
static void check_value(struct xausl_check *c, const xmlNode *node)
{
	static const struct xausl_mark mark = { "xml.comment", "xml", "S999", XAUSL_ERROR };
	bool element = false, text = false;
	const xmlNode *k = node->children;

	while (k && k->type != XML_COMMENT_NODE)
		k = k->next;
	if (!k)
		return;
	for (k = node->children; k; k = k->next) {
		element = element || k->type == XML_ELEMENT_NODE;
		text = text || (k->type == XML_TEXT_NODE && !xmlIsBlankNode(k));
	}
	if (text && !element)
		xausl_found(c, &mark, node, "text without comments", "comment inside a value");
}

/* Where the schema sets no bound: at the last of a row of elements with one name. */
static void check_row(struct xausl_check *c, const xmlNode *node)
{
	static const struct xausl_mark mark = { "frame.row-long", "frame", "", XAUSL_WARNING };
	const xmlNode *next = xmlNextElementSibling((xmlNodePtr)node), *k = node;
	unsigned n = 1;

	if (next && xausl_repeated(next))
		return;
	for (; n <= XAUSL_ROW_MAX && xausl_repeated(k); n++)
		k = xmlPreviousElementSibling((xmlNodePtr)k);
	if (n > XAUSL_ROW_MAX)
		xausl_found(c, &mark, node, "fewer of them", "more than %u elements of this name in a row", XAUSL_ROW_MAX);
}

static int check(struct xausl_check *c, const struct xausl *x, const void *data, size_t len, struct osci_err *err)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	const xmlNode *root;
	bool valid, rules;
	int r;

	r = parse(c, &doc, data, len, c->opts->limits, err);
	if (r || !doc)
		return r;
	root = xmlDocGetRootElement(doc);
	if (!identify(c, x, root) || !sizes_ok(c, root, len))
		return 0;
	valid = xausl_check_schema(c, doc);
	if (valid && !c->message)
		c->unchecked = true;
	rules = valid && c->message && !c->opts->without_rules;
	if (!c->opts->without_rules)
		xausl_rules_begin(c); /* else none is on */
	xausl_check_frame(c, root, valid);
	for (const xmlNode *n = root; n && !c->error; n = xausl_next_element(n)) {
		check_value(c, n);
		if (len > XAUSL_ROW_MAX * sizeof("<a/>"))
			check_row(c, n);
		if (n->properties)
			xausl_check_code(c, n, valid);
		if (valid)
			check_octets(c, n);
		if (rules)
			xausl_check_rules(c, n, root);
	}
	return 0;
}

int xausl_validate(struct xausl_report **ret, const struct xausl *x, const struct xausl_check_opts *opts,
		   const void *data, size_t len, struct osci_err *err)
{
	static const struct xausl_mark incomplete = { "check.incomplete", "check", "", XAUSL_ERROR };
	static const struct xausl_check_opts none = { 0 };
	_cleanup_(xausl_report_freep) struct xausl_report *report = NULL;
	struct xausl_check *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return osci_fail(err, -ENOMEM, NULL, "message", "out of memory");
	c->pub = (struct xausl_report){
		.verdict = XAUSL_NOT_CHECKED, .release = "", .standard = "", .version = "", .message = "", .number = "", .priv = c,
	};
	c->opts = opts ? opts : &none;
	report = &c->pub;
	r = check(c, x, data ? data : "", data ? len : 0, err);
	if (!r && c->unchecked)
		xausl_found(c, &incomplete, NULL, NULL, "a check could not be carried out");
	if (!r && c->error)
		r = osci_fail(err, c->error, NULL, "message", "out of memory");
	if (r)
		return r;
	if (!c->unchecked)
		c->pub.verdict = c->failed ? XAUSL_INVALID : XAUSL_VALID;
	c->opts = NULL;
	*ret = report;
	report = NULL;
	return 0;
}
