/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-lists - code lists of a package, from genericode or from tables, into the form of this project's lists
 *
 * One key has one row.  Nothing is fetched: references to other lists, column sets or documents are refused.  A version
 * the package does not hold passes with its codes unchecked, as lists have versions of their own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "engine/csv.h"
#include "engine/package-priv.h"
#include "engine/release.h"
#include "xml/xml.h"

#define GC_NS "http://docs.oasis-open.org/codelist/ns/genericode/1.0/"
#define CATALOG_NS "urn:oasis:names:tc:entity:xmlns:xml:catalog"
#define VALUE_MAX 16384u /* octets of one value of a list */
#define COLUMNS_MAX 32u

/* White space to single blanks; a list has no lines in its values. */
static void collapse(char *s)
{
	char *w = s;
	bool gap = false;

	for (const char *p = s; *p; p++) {
		if ((unsigned char)*p <= ' ') {
			gap = w != s;
			continue;
		}
		if (gap)
			*w++ = ' ';
		gap = false;
		*w++ = *p;
	}
	*w = '\0';
}

/* --- the finished list --------------------------------------------------- */

static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct xausl_csv_row *)a)->field[0], ((const struct xausl_csv_row *)b)->field[0]);
}

static int check_rows(struct pkg *p, size_t file, const struct osci_buf *rows)
{
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;
	struct osci_err why = { 0 };
	int r = xausl_csv_parse(&t, p->files[file].path, rows->data, rows->len, &why);

	if (r < 0)
		return osci_fail(p->err, r, NULL, p->files[file].path, "cannot be read");
	if (r)
		return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "row %s: %s",
				strrchr(why.where, ':') ? strrchr(why.where, ':') + 1 : "", why.what);
	qsort(t->rows, t->n_rows, sizeof(*t->rows), by_code);
	for (size_t i = 0; i < t->n_rows; i++) {
		if (!t->rows[i].field[0][0] || t->rows[i].field[0][0] == '@')
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "row %u: no code, or one with @",
					t->rows[i].line);
		if (i && !strcmp(t->rows[i - 1].field[0], t->rows[i].field[0]))
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "rows %u and %u have one code",
					t->rows[i - 1].line < t->rows[i].line ? t->rows[i - 1].line : t->rows[i].line,
					t->rows[i - 1].line < t->rows[i].line ? t->rows[i].line : t->rows[i - 1].line);
	}
	return 0;
}

/* Characters every file system takes; no dot in front. */
static void plain(const char *s, char *out, size_t size)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = 0;

	for (; *s && n + 1 < size; s++, n++)
		out[n] = strchr(ok, *s) && (n || *s != '.') ? *s : '_';
	out[n] = '\0';
}

/* One name for all versions of a list, and for no other list; the file has the version too. */
static void name_list(struct pkg *p, struct pkg_list *l, const char *name)
{
	size_t n = p->n_lists - 1;
	bool taken = false;
	char version[40];

	plain(name, l->shown, 96);
	for (size_t i = 0; i < n; i++)
		taken = taken || (!strcasecmp(p->lists[i].shown, l->shown) && strcmp(p->lists[i].uri, l->uri) != 0);
	if (taken)
		snprintf(l->shown + strlen(l->shown), 16, ".%zu", n + 1);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(p->lists[i].uri, l->uri))
			snprintf(l->shown, sizeof(l->shown), "%s", p->lists[i].shown);
	plain(l->version, version, sizeof(version));
	snprintf(l->name, sizeof(l->name), "%s_%s.csv", l->shown, version);
	for (size_t i = 0; i < n; i++)
		if (!strcasecmp(p->lists[i].name, l->name))
			snprintf(l->name, sizeof(l->name), "%s_%s.%zu.csv", l->shown, version, n + 1);
}

int pkg_add_list(struct pkg *p, size_t file, const char *name, const char *uri, const char *version,
		 const struct osci_buf *head, const struct osci_buf *rows)
{
	_cleanup_buf_ struct osci_buf text = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	struct pkg_list *l = &p->lists[p->n_lists];
	int r;

	if (osci_buf_error(rows) || !rows->len)
		return osci_buf_error(rows) == -ENOMEM ? pkg_no_memory(p) :
			pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0, "list without codes, or of more than %u octets",
				 XAUSL_CSV_BYTES_MAX);
	if (!name[0] || !uri[0] || !version[0] || strlen(uri) > 255 || strlen(version) > 64)
		return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "list without name, listURI or version");
	if (p->n_lists == XAUSL_LISTS_MAX)
		return pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0, "more than %u code lists", XAUSL_LISTS_MAX);
	r = check_rows(p, file, rows);
	if (r)
		return r;
	for (size_t i = 0; i < p->n_lists; i++)
		if (!strcmp(p->lists[i].uri, uri) && !strcmp(p->lists[i].version, version))
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "the same version of the same list as %s",
					p->files[p->lists[i].file].path);
	*l = (struct pkg_list){ .file = file, .uri = strdup(uri), .version = strdup(version) };
	p->n_lists++;
	if (!l->uri || !l->version)
		return pkg_no_memory(p);
	name_list(p, l, name);
	osci_buf_adds(&text, "@list;");
	pkg_add_field(&text, l->shown);
	osci_buf_addc(&text, ';');
	pkg_add_field(&text, uri);
	osci_buf_adds(&text, "\n@version;");
	pkg_add_field(&text, version);
	osci_buf_adds(&text, ";*\n");
	if (head->len)
		osci_buf_add(&text, head->data, head->len);
	osci_buf_add(&text, rows->data, rows->len);
	if (osci_buf_error(&text))
		return pkg_fail(p, OSCI_E_LIMIT, p->files[file].path, 0, "list of more than %u octets", XAUSL_CSV_BYTES_MAX);
	p->files[file].used = true;
	return pkg_write(p, "codelists", l->name, text.data, text.len);
}

/* --- genericode ----------------------------------------------------------- */

struct column {
	char *id;
	bool name;
};

struct generic {
	struct pkg *p;
	size_t file;
	struct column columns[COLUMNS_MAX];
	size_t n, code, name;
	char *short_name, *uri, *version, *key;
};

static void generic_clear(struct generic *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->columns[i].id);
	free(g->short_name);
	free(g->uri);
	free(g->version);
	free(g->key);
}

static int wrong(struct generic *g, const xmlNode *at, const char *what)
{
	return pkg_fail(g->p, OSCI_E_MALFORMED, g->p->files[g->file].path, (unsigned)xmlGetLineNo(at), "%s", what);
}

static bool is(const xmlNode *n, const char *local)
{
	return osci_xml_is(n, NULL, local);
}

static int text_of(struct generic *g, const xmlNode *n, char **ret)
{
	int r = osci_xml_text(n, VALUE_MAX, ret, NULL);

	if (r < 0)
		return pkg_no_memory(g->p);
	if (r)
		return wrong(g, n, "text expected, and not too long");
	collapse(*ret);
	return 0;
}

static int attr_of(struct generic *g, const xmlNode *n, const char *name, char **ret)
{
	int r = osci_xml_attr(n, NULL, name, 255, ret, NULL);

	return r < 0 ? pkg_no_memory(g->p) : r ? wrong(g, n, "attribute is too long") : 0;
}

static int read_identification(struct generic *g, const xmlNode *node)
{
	bool bad = false;
	int r = 0;

	for (const xmlNode *n = osci_xml_first(node, &bad); !r && n; n = osci_xml_next(n, &bad)) {
		char **to = is(n, "ShortName") ? &g->short_name : is(n, "CanonicalUri") ? &g->uri : is(n, "Version") ? &g->version :
													       NULL;

		if (!to)
			continue;
		r = *to ? wrong(g, n, "identification twice") : text_of(g, n, to);
	}
	return r;
}

static int read_column(struct generic *g, const xmlNode *node)
{
	static const char *const names[] = { "name", "bezeichnung", "beschreibung", "description", "wert", "text" };
	_cleanup_(osci_freep) char *short_name = NULL;
	struct column *c = &g->columns[g->n];
	bool bad = false;
	int r;

	if (g->n == COLUMNS_MAX)
		return wrong(g, node, "too many columns");
	*c = (struct column){ 0 };
	r = attr_of(g, node, "Id", &c->id);
	if (r)
		return r;
	if (!c->id)
		return wrong(g, node, "column without Id");
	g->n++;
	for (size_t i = 0; i + 1 < g->n; i++)
		if (!strcmp(g->columns[i].id, c->id))
			return wrong(g, node, "column twice");
	for (const xmlNode *n = osci_xml_first(node, &bad); !r && n; n = osci_xml_next(n, &bad))
		if (is(n, "ShortName") && !short_name)
			r = text_of(g, n, &short_name);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		c->name = c->name || !strcasecmp(c->id, names[i]) || (short_name && !strcasecmp(short_name, names[i]));
	return r;
}

/* The first key of one column is the one codes are looked up by. */
static int read_key(struct generic *g, const xmlNode *node)
{
	const xmlNode *ref = NULL;
	unsigned refs = 0;
	bool bad = false;

	for (const xmlNode *n = osci_xml_first(node, &bad); n; n = osci_xml_next(n, &bad))
		if (is(n, "ColumnRef")) {
			ref = n;
			refs++;
		}
	return refs == 1 && !g->key ? attr_of(g, ref, "Ref", &g->key) : 0;
}

static int read_columns(struct generic *g, const xmlNode *node)
{
	bool bad = false;
	int r = 0;

	for (const xmlNode *n = osci_xml_first(node, &bad); !r && n; n = osci_xml_next(n, &bad)) {
		if (is(n, "Column"))
			r = read_column(g, n);
		else if (is(n, "Key"))
			r = read_key(g, n);
		else if (!is(n, "Annotation"))
			r = wrong(g, n, "column or key of another document");
	}
	g->code = g->n;
	g->name = g->n;
	for (size_t i = 0; i < g->n; i++)
		if (g->key && !strcmp(g->columns[i].id, g->key))
			g->code = i;
	if (!r && g->code == g->n)
		r = wrong(g, node, "no key of one column");
	for (size_t i = 0; i < g->n; i++)
		if (i != g->code && (g->name == g->n || (g->columns[i].name && !g->columns[g->name].name)))
			g->name = i;
	return r;
}

static int read_row(struct generic *g, const xmlNode *row, struct osci_buf *out)
{
	char *values[COLUMNS_MAX] = { NULL };
	size_t at = 0;
	bool bad = false;
	int r = 0;

	for (const xmlNode *n = osci_xml_first(row, &bad); !r && n; n = osci_xml_next(n, &bad)) {
		_cleanup_(osci_freep) char *ref = NULL;
		const xmlNode *v;

		if (is(n, "Annotation"))
			continue;
		r = is(n, "Value") ? attr_of(g, n, "ColumnRef", &ref) : wrong(g, n, "a value expected");
		for (size_t i = 0; !r && ref && i <= g->n; i++)
			if (i == g->n || !strcmp(g->columns[i].id, ref)) {
				at = i;
				break;
			}
		if (!r && (at >= g->n || values[at]))
			r = wrong(g, n, "value of no column, or twice");
		if (r)
			break;
		v = osci_xml_first(n, &bad);
		while (v && is(v, "Annotation"))
			v = osci_xml_next(v, &bad);
		if (v)
			r = is(v, "SimpleValue") ? text_of(g, v, &values[at]) : wrong(g, v, "value that is no text");
		at++;
	}
	if (!r && !values[g->code])
		r = wrong(g, row, "row without its key");
	if (!r) {
		pkg_add_field(out, values[g->code]);
		osci_buf_addc(out, ';');
		pkg_add_field(out, g->name < g->n && values[g->name] ? values[g->name] : "");
		for (size_t i = 0; i < g->n; i++)
			if (i != g->code && i != g->name) {
				osci_buf_addc(out, ';');
				pkg_add_field(out, values[i] ? values[i] : "");
			}
		osci_buf_addc(out, '\n');
	}
	for (size_t i = 0; i < g->n; i++)
		free(values[i]);
	return r;
}

static int read_rows(struct generic *g, const xmlNode *node, struct osci_buf *rows)
{
	unsigned n_rows = 0;
	bool bad = false;
	int r = 0;

	for (const xmlNode *n = osci_xml_first(node, &bad); !r && n; n = osci_xml_next(n, &bad)) {
		if (is(n, "Annotation"))
			continue;
		if (!is(n, "Row"))
			return wrong(g, n, "a row expected");
		if (++n_rows > XAUSL_CSV_ROWS_MAX - 8)
			return pkg_fail(g->p, OSCI_E_LIMIT, g->p->files[g->file].path, (unsigned)xmlGetLineNo(n),
					"more than %u rows", XAUSL_CSV_ROWS_MAX - 8);
		r = read_row(g, n, rows);
	}
	return r;
}

int pkg_read_genericode(struct pkg *p, size_t file, const xmlNode *root)
{
	_cleanup_buf_ struct osci_buf rows = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	_cleanup_buf_ struct osci_buf head = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	_cleanup_(generic_clear) struct generic g = { .p = p, .file = file };
	const xmlNode *parts[3] = { NULL };
	static const char *const names[] = { "Identification", "ColumnSet", "SimpleCodeList" };
	bool bad = false;
	int r = 0;

	for (const xmlNode *n = osci_xml_first(root, &bad); n; n = osci_xml_next(n, &bad)) {
		size_t i = 0;

		while (i < 3 && !is(n, names[i]))
			i++;
		if (i == 3 ? !is(n, "Annotation") : parts[i] != NULL)
			return wrong(&g, n, "part of another list, or twice");
		if (i < 3)
			parts[i] = n;
	}
	if (!parts[0] || !parts[1] || !parts[2])
		return wrong(&g, root, "identification, columns and rows expected");
	r = read_identification(&g, parts[0]);
	if (!r)
		r = read_columns(&g, parts[1]);
	if (!r)
		r = read_rows(&g, parts[2], &rows);
	if (r)
		return r;
	if (g.n > 2)
		osci_buf_adds(&head, "@columns");
	for (size_t i = 0; i < g.n && g.n > 2; i++)
		if (i != g.code && i != g.name) {
			osci_buf_addc(&head, ';');
			pkg_add_field(&head, g.columns[i].id);
		}
	osci_buf_adds(&head, g.n > 2 ? "\n" : "");
	return pkg_add_list(p, file, g.short_name ? g.short_name : "", g.uri ? g.uri : "", g.version ? g.version : "", &head,
			    &rows);
}

int pkg_read_xml(struct pkg *p, size_t file)
{
	_cleanup_(osci_xml_freep) xmlDocPtr doc = NULL;
	const xmlNode *root;
	int r = pkg_parse(p, file, PKG_XML_MAX, &doc);

	if (r)
		return r;
	root = xmlDocGetRootElement(doc);
	if (osci_xml_is(root, CATALOG_NS, "catalog"))
		return pkg_read_catalog(p, file, root);
	if (osci_xml_is(root, GC_NS, "CodeList"))
		return pkg_read_genericode(p, file, root);
	if (root->ns && !strcmp((const char *)root->ns->href, GC_NS))
		return pkg_fail(p, OSCI_E_MALFORMED, p->files[file].path, 0, "references to code lists are not followed");
	return 0;
}

/* --- tables ---------------------------------------------------------------- */

/* Value of KEY=VALUE in the first line, up to the next blank. */
static char *described(const char *line, const char *key)
{
	size_t n = strlen(key), end = strcspn(line, "\r\n");

	for (size_t i = 1; i + n < end; i++)
		if (!strncmp(line + i, key, n) && (line[i - 1] == ' ' || line[i - 1] == '#'))
			return strndup(line + i + n, strcspn(line + i + n, " \t\r\n"));
	return NULL;
}

int pkg_read_csv(struct pkg *p, size_t file)
{
	_cleanup_buf_ struct osci_buf rows = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	_cleanup_buf_ struct osci_buf head = OSCI_BUF_INIT(XAUSL_CSV_BYTES_MAX);
	_cleanup_(osci_freep) char *data = NULL, *uri = NULL, *version = NULL, *complete = NULL;
	_cleanup_(xausl_csv_freep) struct xausl_csv *t = NULL;
	const char *path = p->files[file].path, *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	struct osci_err why = { 0 };
	const char *end;
	char name[128];
	size_t len = 0;
	int r;

	r = pkg_read(p, file, XAUSL_CSV_BYTES_MAX, &data, &len);
	if (r)
		return r;
	if (data[0] == '#') {
		uri = described(data, "listURI=");
		version = described(data, "listVersionID=");
		complete = described(data, "complete=");
	}
	if (!uri || !version) {
			return 0; /* a table of something else */
	}
	r = xausl_csv_parse(&t, path, data, len, &why);
	if (r < 0)
		return osci_fail(p->err, r, NULL, path, "cannot be read");
	if (r)
		return pkg_fail(p, OSCI_E_MALFORMED, path, 0, "%s: %s", strrchr(why.where, ':') ? strrchr(why.where, ':') + 1 : "",
				why.what);
	if (t->n_rows < 2 || t->rows[0].n < 2 || strcasecmp(t->rows[0].field[0], "code") != 0)
		return pkg_fail(p, OSCI_E_MALFORMED, path, 0, "names of the columns (code;name) and codes expected");
	if (complete && strcmp(complete, "yes") != 0)
		osci_buf_adds(&head, "@incomplete\n");
	if (t->rows[0].n > 2)
		osci_buf_adds(&head, "@columns");
	for (unsigned k = 2; k < t->rows[0].n; k++) {
		osci_buf_addc(&head, ';');
		pkg_add_field(&head, t->rows[0].field[k]);
	}
	osci_buf_adds(&head, t->rows[0].n > 2 ? "\n" : "");
	for (size_t i = 1; i < t->n_rows; i++) {
		if (t->rows[i].n < 2 || t->rows[i].n > t->rows[0].n)
			return pkg_fail(p, OSCI_E_MALFORMED, path, t->rows[i].line, "not as many fields as names of columns");
		for (unsigned k = 0; k < t->rows[i].n; k++) {
			osci_buf_adds(&rows, k ? ";" : "");
			pkg_add_field(&rows, t->rows[i].field[k]);
		}
		osci_buf_addc(&rows, '\n');
	}
	end = strrchr(base, '_') ? strrchr(base, '_') : strrchr(base, '.');
	snprintf(name, sizeof(name), "%.*s", (int)(end - base), base);
	return pkg_add_list(p, file, name, uri, version, &head, &rows);
}
