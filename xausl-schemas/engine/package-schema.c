/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-schema - the schema documents of a package: what they define, whom they need, and their copies below xsd/
 *
 * The copies differ from what was published in two points: references are names of files of the same folder, and
 * documentation is left out.  A namespace of several documents gets one that includes them all, so that every import
 * of it leads to the same place; one entry imports every namespace.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/tree.h>

#include "base/text.h"
#include "engine/check.h"
#include "engine/package-priv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define XS_NS "http://www.w3.org/2001/XMLSchema"
#define TEXT_MAX 1024u
#define NUMBER_MIN 4 /* digits of the number of a message */
#define NUMBER_MAX 8

static int fail_at(struct pkg *p, size_t file, const xmlNode *n, const char *what)
{
	return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, n ? (unsigned)xmlGetLineNo(n) : 0, "%s", what);
}

/* Attribute, "" if it is absent; malloc()ed. */
static int attr_of(struct pkg *p, size_t file, const xmlNode *n, const char *name, char **ret)
{
	int r = osci_xml_attr(n, NULL, name, TEXT_MAX, ret, NULL);

	if (r > 0)
		return fail_at(p, file, n, "attribute is too long");
	if (!r && !*ret)
		*ret = strdup("");
	return r || !*ret ? pkg_no_memory(p) : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* --- reading -------------------------------------------------------------- */

static int read_ref(struct pkg *p, struct pkg_doc *d, const xmlNode *n)
{
	struct pkg_ref *more, *ref;
	int r;

	if (d->n_refs == PKG_REFS_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[d->file].path, (unsigned)xmlGetLineNo(n), "more than %u references",
				PKG_REFS_MAX);
	more = reallocarray(d->refs, d->n_refs + 1, sizeof(*more));
	if (!more)
		return pkg_no_memory(p);
	d->refs = more;
	ref = &more[d->n_refs++];
	*ref = (struct pkg_ref){ .include = osci_xml_is(n, XS_NS, "include"), .line = (unsigned)xmlGetLineNo(n) };
	r = attr_of(p, d->file, n, "schemaLocation", &ref->location);
	if (!r)
		r = attr_of(p, d->file, n, "namespace", &ref->ns);
	if (r)
		return r;
	if (ref->include ? !ref->location[0] : !ref->ns[0])
		return fail_at(p, d->file, n, "reference without an address, or to no namespace");
	if (!ref->include && !strcmp(ref->ns, d->ns))
		return fail_at(p, d->file, n, "document that imports its own namespace");
	return 0;
}

static int read_message(struct pkg *p, size_t doc, const xmlNode *n)
{
	_cleanup_(osci_freep) char *name = NULL;
	struct pkg_message *m = &p->messages[p->n_messages];
	const char *dot;
	size_t digits;
	int r = attr_of(p, p->docs[doc].file, n, "name", &name);

	if (r)
		return r;
	dot = strrchr(name, '.');
	digits = dot ? strspn(dot + 1, "0123456789") : 0;
	if (digits < NUMBER_MIN || digits > NUMBER_MAX || dot[1 + digits] || dot == name)
		return 0; /* an element that is no message */
	if (p->n_messages == XAUSL_MESSAGES_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[p->docs[doc].file].path, 0, "more than %u messages", XAUSL_MESSAGES_MAX);
	for (size_t i = 0; i < p->n_messages; i++)
		if (!strcmp(p->messages[i].number, dot + 1) && !strcmp(p->docs[p->messages[i].doc].ns, p->docs[doc].ns))
			return fail_at(p, p->docs[doc].file, n, "number of a message twice in one namespace");
	snprintf(m->number, sizeof(m->number), "%s", dot + 1);
	m->root = name;
	m->doc = doc;
	name = NULL;
	p->n_messages++;
	return 0;
}

/* Keeps *@text in a list without repetition, taking it over. */
static int keep(struct pkg *p, char ***list, size_t *n, char **text)
{
	char **more;

	for (size_t i = 0; i < *n; i++)
		if (!strcmp((*list)[i], *text))
			return 0;
	more = reallocarray(*list, *n + 1, sizeof(*more));
	if (!more)
		return pkg_no_memory(p);
	*list = more;
	more[(*n)++] = *text;
	*text = NULL;
	return 0;
}

/* What the schema fixes: lists of codes, and how a message names its standard and version. */
static int read_attribute(struct pkg *p, struct pkg_doc *d, const xmlNode *n)
{
	_cleanup_(osci_freep) char *name = NULL, *fixed = NULL;
	char **to;
	int r = attr_of(p, d->file, n, "name", &name);

	if (!r)
		r = attr_of(p, d->file, n, "fixed", &fixed);
	if (r || !fixed[0])
		return r;
	if (!strcmp(name, "listURI"))
		return keep(p, &p->list_uris, &p->n_list_uris, &fixed);
	to = !strcmp(name, "standard") ? &d->standard : !strcmp(name, "version") ? &d->fixed_version : NULL;
	if (to && !*to) {
		*to = fixed;
		fixed = NULL;
	}
	return 0;
}

static int read_element(struct pkg *p, size_t file, const xmlNode *n)
{
	_cleanup_(osci_freep) char *name = NULL, *type = NULL;
	const char *local;
	int r = attr_of(p, file, n, "name", &name);

	if (!r)
		r = attr_of(p, file, n, "type", &type);
	if (r || !name[0])
		return r;
	local = strchr(type, ':') ? strchr(type, ':') + 1 : type;
	return strcmp(local, "base64Binary") ? 0 : keep(p, &p->octets, &p->n_octets, &name);
}

/* The prefix the document itself has for its namespace, if findings can bear it. */
static int read_prefix(struct pkg *p, struct pkg_doc *d, const xmlNode *root)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";

	for (const xmlNs *ns = root->nsDef; ns && !d->prefix; ns = ns->next) {
		const char *prefix = (const char *)ns->prefix;

		if (prefix && !strcmp((const char *)ns->href, d->ns) && strlen(prefix) <= 32 &&
		    strspn(prefix, plain) == strlen(prefix) && !(d->prefix = strdup(prefix)))
			return pkg_no_memory(p);
	}
	return 0;
}

static int read_doc(struct pkg *p, size_t file)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	struct pkg_doc *d = &p->docs[p->n_docs];
	const xmlNode *root;
	char name[128];
	int r;

	for (size_t i = 0; i < p->n_docs; i++)
		if (!strcmp(p->files[p->docs[i].file].sum, p->files[file].sum))
			return 0; /* a second copy */
	if (p->n_docs == XAUSL_FILES_MAX / 2)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0, "more than %u schema documents", XAUSL_FILES_MAX / 2);
	r = pkg_parse(p, file, XAUSL_XSD_BYTES_MAX, &doc);
	if (r)
		return r;
	root = xmlDocGetRootElement(doc);
	if (!osci_xml_is(root, XS_NS, "schema"))
		return fail_at(p, file, root, "no schema document");
	*d = (struct pkg_doc){ .file = file };
	p->n_docs++;
	r = attr_of(p, file, root, "targetNamespace", &d->ns);
	if (!r)
		r = attr_of(p, file, root, "version", &d->version);
	if (r)
		return r;
	if (!d->ns[0])
		return fail_at(p, file, root, "schema document without a target namespace");
	snprintf(name, sizeof(name), "%.*s", (int)(strlen(base_name(p->files[file].path)) - 4), base_name(p->files[file].path));
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.", *c))
			*c = '_';
	snprintf(d->name, sizeof(d->name), "%03zu-%s.xsd", p->n_docs, name);
	d->same_ns = p->n_docs - 1;
	for (size_t i = p->n_docs - 1; i-- > 0;)
		if (!strcmp(p->docs[i].ns, d->ns))
			d->same_ns = i;
	if (d->same_ns != p->n_docs - 1)
		p->docs[d->same_ns].several = true;
	r = read_prefix(p, d, root);
	for (const xmlNode *n = root; !r && n; n = xausl_next_element(n)) {
		if (osci_xml_is(n, XS_NS, "redefine"))
			return fail_at(p, file, n, "redefine: a release defines its types once");
		if (osci_xml_is(n, XS_NS, "include") || osci_xml_is(n, XS_NS, "import"))
			r = read_ref(p, d, n);
		else if (osci_xml_is(n, XS_NS, "attribute"))
			r = read_attribute(p, d, n);
		else if (osci_xml_is(n, XS_NS, "element"))
			r = n->parent == root ? read_message(p, p->n_docs - 1, n) : read_element(p, file, n);
	}
	p->files[file].used = true;
	return r;
}

static int resolve(struct pkg *p, struct pkg_doc *d)
{
	const char *path = p->files[d->file].path;

	for (size_t i = 0; i < d->n_refs; i++) {
		struct pkg_ref *ref = &d->refs[i];
		ssize_t hit = pkg_resolve(p, d, ref);

		if (hit < 0)
			return pkg_fail(p, OSCI_E_MALFORMED, path, ref->line, "%s of what is not in the package: %.120s",
					ref->include ? "include" : "import", ref->location[0] ? ref->location : ref->ns);
		if (strcmp(p->docs[hit].ns, ref->include ? d->ns : ref->ns) != 0)
			return pkg_fail(p, OSCI_E_MALFORMED, path, ref->line, "%s of a document of another namespace",
					ref->include ? "include" : "import");
		ref->target = ref->include ? (size_t)hit : p->docs[hit].same_ns;
		if (&p->docs[hit] == d)
			return pkg_fail(p, OSCI_E_MALFORMED, path, ref->line, "document that includes itself");
	}
	return 0;
}

/* Takes away documents that include none of those left, until none is left, or a circle. */
static int check_circles(struct pkg *p)
{
	_cleanup_(osci_freep) bool *gone = calloc(p->n_docs + 1, sizeof(*gone));
	size_t left = p->n_docs, before = left + 1;

	if (!gone)
		return pkg_no_memory(p);
	while (left && left < before) {
		before = left;
		for (size_t i = 0; i < p->n_docs; i++) {
			bool free_now = !gone[i];

			for (size_t k = 0; free_now && k < p->docs[i].n_refs; k++)
				free_now = !p->docs[i].refs[k].include || gone[p->docs[i].refs[k].target];
			if (free_now) {
				gone[i] = true;
				left--;
			}
		}
	}
	for (size_t i = 0; i < p->n_docs; i++)
		if (!gone[i])
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[p->docs[i].file].path, 0,
					"documents that include each other in a circle");
	return 0;
}

int pkg_read_schemas(struct pkg *p)
{
	uint64_t total = 0;
	int r = 0;

	p->docs = calloc(XAUSL_FILES_MAX, sizeof(*p->docs));
	p->messages = calloc(XAUSL_MESSAGES_MAX, sizeof(*p->messages));
	if (!p->docs || !p->messages)
		return pkg_no_memory(p);
	for (size_t i = 0; !r && i < p->n_files; i++) {
		size_t file = p->order[i];

		if (p->files[file].kind != PKG_XSD)
			continue;
		total += p->files[file].size;
		r = total <= PKG_XSD_TOTAL_MAX ? read_doc(p, file) :
						 pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0,
							  "schema documents of more than %u octets", PKG_XSD_TOTAL_MAX);
	}
	if (!r && !p->n_docs)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "no schema document in the package");
	for (size_t i = 0; !r && i < p->n_docs; i++)
		r = resolve(p, &p->docs[i]);
	return r ? r : check_circles(p);
}

/* --- writing ---------------------------------------------------------------- */

void pkg_namespace_name(const struct pkg *p, size_t first, char *out, size_t size)
{
	if (p->docs[first].several)
		snprintf(out, size, "%03zu-all.xsd", first + 1);
	else
		snprintf(out, size, "%s", p->docs[first].name);
}

static const xmlNode *drop(xmlNodePtr node)
{
	const xmlNode *parent = node->parent;

	xmlUnlinkNode(node);
	xmlFreeNode(node);
	return parent;
}

/* Documentation and comments out, references to the names of the copies. */
static int localise(struct pkg *p, struct pkg_doc *d, xmlDocPtr doc)
{
	const xmlNode *n = xmlDocGetRootElement(doc);
	char name[200];
	size_t ref = 0;

	while (n) {
		for (xmlNodePtr k = n->children, next; k; k = next) {
			next = k->next;
			if (k->type == XML_COMMENT_NODE || osci_xml_is(k, XS_NS, "annotation"))
				drop(k);
		}
		if (osci_xml_is(n, XS_NS, "include") || osci_xml_is(n, XS_NS, "import")) {
			if (ref == d->n_refs)
				return fail_at(p, d->file, n, "changed while it was read");
			if (d->refs[ref].include)
				snprintf(name, sizeof(name), "%s", p->docs[d->refs[ref].target].name);
			else
				pkg_namespace_name(p, d->refs[ref].target, name, sizeof(name));
			if (!xmlSetProp((xmlNodePtr)n, (const xmlChar *)"schemaLocation", (const xmlChar *)name))
				return pkg_no_memory(p);
			ref++;
		}
		n = xausl_next_element(n);
	}
	return 0;
}

static int write_doc(struct pkg *p, struct pkg_doc *d)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	xmlChar *text = NULL;
	int len = 0, r;

	r = pkg_parse(p, d->file, XAUSL_XSD_BYTES_MAX, &doc);
	if (!r)
		r = localise(p, d, doc);
	if (r)
		return r;
	xmlDocDumpMemoryEnc(doc, &text, &len, "UTF-8");
	r = text && len > 0 ? pkg_write(p, "xsd", d->name, text, (size_t)len) : pkg_no_memory(p);
	xmlFree(text);
	return r;
}

static void begin_schema(struct osci_buf *b, const char *ns)
{
	osci_buf_adds(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xs:schema xmlns:xs=\"" XS_NS "\" targetNamespace=\"");
	osci_buf_add_xml_attr(b, ns, strlen(ns));
	osci_buf_adds(b, "\">\n");
}

static int end_schema(struct pkg *p, struct osci_buf *b, const char *name)
{
	osci_buf_adds(b, "</xs:schema>\n");
	return osci_buf_error(b) ? pkg_no_memory(p) : pkg_write(p, "xsd", name, b->data, b->len);
}

static int write_namespace(struct pkg *p, size_t first)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_XSD_BYTES_MAX);
	char name[200];

	if (!p->docs[first].several)
		return 0;
	begin_schema(&b, p->docs[first].ns);
	for (size_t i = first; i < p->n_docs; i++)
		if (p->docs[i].same_ns == first)
			osci_buf_addf(&b, "<xs:include schemaLocation=\"%s\"/>\n", p->docs[i].name);
	pkg_namespace_name(p, first, name, sizeof(name));
	return end_schema(p, &b, name);
}

static int write_entry(struct pkg *p)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(XAUSL_XSD_BYTES_MAX);
	char name[200];

	begin_schema(&b, PKG_ENTRY_NS);
	for (size_t i = 0; i < p->n_docs; i++) {
		if (p->docs[i].same_ns != i)
			continue;
		pkg_namespace_name(p, i, name, sizeof(name));
		osci_buf_adds(&b, "<xs:import namespace=\"");
		osci_buf_add_xml_attr(&b, p->docs[i].ns, strlen(p->docs[i].ns));
		osci_buf_addf(&b, "\" schemaLocation=\"%s\"/>\n", name);
	}
	return end_schema(p, &b, PKG_ENTRY);
}

int pkg_write_schemas(struct pkg *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->n_docs; i++) {
		r = write_doc(p, &p->docs[i]);
		if (!r && p->docs[i].same_ns == i)
			r = write_namespace(p, i);
	}
	return r ? r : write_entry(p);
}
