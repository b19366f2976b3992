/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-catalog - what a reference of a schema document stands for: a document of the package, by table, or nothing
 *
 * In this order: the package's own catalogue (OASIS XML catalogue, entries system and uri), a path within the package,
 * the namespace together with the name of the file, the namespace alone if one document has it.  No address is ever
 * opened; a catalogue that points elsewhere, to further catalogues or to rules that rewrite addresses is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/package-priv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define CATALOG_NS "urn:oasis:names:tc:entity:xmlns:xml:catalog"
#define TEXT_MAX 1024u

ssize_t pkg_find_file(const struct pkg *p, const char *path)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (!strcmp(p->files[i].path, path))
			return (ssize_t)i;
	return -1;
}

static bool is_absolute(const char *location)
{
	size_t n = strcspn(location, "/:?#");

	return location[0] == '/' || location[n] == ':';
}

bool pkg_relative(const char *from, const char *relative, char *out, size_t size)
{
	const char *slash = strrchr(from, '/');
	size_t len = slash ? (size_t)(slash - from) : 0;

	if (is_absolute(relative) || len >= size || strpbrk(relative, "\\%?#"))
		return false;
	memcpy(out, from, len);
	out[len] = '\0';
	while (*relative) {
		size_t n = strcspn(relative, "/");

		if (n == 2 && !strncmp(relative, "..", 2)) {
			if (!len)
				return false;
			while (len && out[len - 1] != '/')
				len--;
			len -= len > 0;
			out[len] = '\0';
		} else if (n && !(n == 1 && relative[0] == '.')) {
			if (len + n + 2 > size)
				return false;
			if (len)
				out[len++] = '/';
			memcpy(out + len, relative, n);
			len += n;
			out[len] = '\0';
		}
		relative += n + (relative[n] == '/');
	}
	return len > 0;
}

static int add_location(struct pkg *p, size_t file, const xmlNode *n, const char *from, const char *uri)
{
	struct pkg_location *l = &p->locations[p->n_locations];
	char path[XAUSL_NAME_MAX + 1];
	unsigned line = (unsigned)xmlGetLineNo(n);

	if (!pkg_relative(p->files[file].path, uri, path, sizeof(path)) || pkg_find_file(p, path) < 0)
		return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, line, "catalogue points to no file of the package");
	for (size_t i = 0; i < p->n_locations; i++)
		if (!strcmp(p->locations[i].from, from))
			return !strcmp(p->locations[i].path, path) ?
				       0 :
				       pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, line,
						"catalogue has two files for one address");
	if (p->n_locations == PKG_CATALOG_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, line, "catalogue of more than %u entries", PKG_CATALOG_MAX);
	*l = (struct pkg_location){ strdup(from), strdup(path) };
	p->n_locations++;
	return l->from && l->path ? 0 : pkg_no_memory(p);
}

int pkg_read_catalog(struct pkg *p, size_t file, const xmlNode *root)
{
	bool bad = false;
	int r = 0;

	if (!p->locations)
		p->locations = calloc(PKG_CATALOG_MAX, sizeof(*p->locations));
	if (!p->locations)
		return pkg_no_memory(p);
	for (const xmlNode *n = osci_xml_first(root, &bad); !r && n; n = osci_xml_next(n, &bad)) {
		_cleanup_(osci_freep) char *from = NULL, *uri = NULL;
		bool system = osci_xml_is(n, CATALOG_NS, "system");

		if (!system && !osci_xml_is(n, CATALOG_NS, "uri"))
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, (unsigned)xmlGetLineNo(n),
					"catalogue that redirects: only single files are looked up");
		if (osci_xml_attr(n, NULL, system ? "systemId" : "name", TEXT_MAX, &from, NULL) ||
		    osci_xml_attr(n, NULL, "uri", TEXT_MAX, &uri, NULL) || !from || !uri)
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, (unsigned)xmlGetLineNo(n),
					"catalogue entry without address or file");
		r = add_location(p, file, n, from, uri);
	}
	p->files[file].used = true;
	return r ? r : bad ? pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "text in a catalogue") : 0;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* A second copy of a document is the document. */
static ssize_t by_path(const struct pkg *p, const char *path)
{
	ssize_t file = pkg_find_file(p, path);

	for (size_t i = 0; file >= 0 && i < p->n_docs; i++)
		if (!strcmp(p->files[p->docs[i].file].sum, p->files[file].sum))
			return (ssize_t)i;
	return -1;
}

ssize_t pkg_resolve(const struct pkg *p, const struct pkg_doc *doc, const struct pkg_ref *ref)
{
	const char *ns = ref->include ? doc->ns : ref->ns;
	char path[XAUSL_NAME_MAX + 1];
	ssize_t hit = -1;
	size_t hits = 0;

	for (size_t i = 0; ref->location[0] && i < p->n_locations; i++)
		if (!strcmp(p->locations[i].from, ref->location))
			return by_path(p, p->locations[i].path);
	if (ref->location[0] && !is_absolute(ref->location))
		return pkg_relative(p->files[doc->file].path, ref->location, path, sizeof(path)) ? by_path(p, path) : -1;
	if (ref->location[0] && strncmp(ref->location, "http://", 7) != 0 && strncmp(ref->location, "https://", 8) != 0)
		return -1;
	for (size_t i = 0; ref->location[0] && i < p->n_docs; i++)
		if (!strcmp(p->docs[i].ns, ns) && !strcmp(base_name(p->files[p->docs[i].file].path), base_name(ref->location))) {
			hit = (ssize_t)i;
			hits++;
		}
	if (hits == 1)
		return hit;
	for (size_t i = 0; !ref->include && i < p->n_docs; i++)
		if (!strcmp(p->docs[i].ns, ns))
			return (ssize_t)i; /* an import leads to the namespace, whatever document begins it */
	return -1;
}
