/* SPDX-License-Identifier: Apache-2.0 */
/*
 * module - reads a release folder: the manifest, and everything the manifest names
 *
 * Nothing is looked for: a file the manifest does not name is not read, a file it names must be there and be the one
 * it has the checksum of.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/release.h"
#include "base/buf.h"

static int no_memory(const struct xausl_release *r, struct osci_err *err)
{
	return osci_fail(err, -ENOMEM, NULL, r->module, "out of memory");
}

static bool file_name_ok(const char *s)
{
	return s[0] && s[0] != '.' && !strchr(s, '/') && strlen(s) < 256;
}

static size_t count(const struct xausl_csv *t, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_rows; i++)
		n += !strcmp(t->rows[i].field[0], kind);
	return n;
}

static int read_schema(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	struct xausl_namespace *ns = &r->namespaces[r->n_namespaces];
	char path[300];
	int rc;

	if (row->n < 4)
		return xausl_csv_fail(r->manifest, row, err, "schema: prefix, namespace and files expected");
	*ns = (struct xausl_namespace){ .prefix = row->field[1], .uri = row->field[2] };
	for (size_t i = 0; i < r->n_namespaces; i++)
		if (!strcmp(r->namespaces[i].uri, ns->uri) || !strcmp(r->namespaces[i].prefix, ns->prefix))
			return xausl_csv_fail(r->manifest, row, err, "prefix or namespace twice");
	if (!strcmp(ns->uri, r->ns)) {
		if (!r->standard)
			return xausl_csv_fail(r->manifest, row, err, "row standard expected above");
		ns->standard = r->standard;
		ns->version = r->version;
	}
	r->n_namespaces++;
	for (unsigned i = 3; i < row->n; i++) {
		struct xausl_xsd *d = &r->xsds[r->n_xsds];

		if (!file_name_ok(row->field[i]) || r->n_xsds == XAUSL_FILES_MAX)
			return xausl_csv_fail(r->manifest, row, err, "no file name, or too many files");
		for (size_t k = 0; k < r->n_xsds; k++)
			if (!strcmp(r->xsds[k].file, row->field[i]))
				return xausl_csv_fail(r->manifest, row, err, "schema file twice");
		*d = (struct xausl_xsd){ .file = row->field[i], .uri = row->field[2] };
		r->n_xsds++;
		snprintf(path, sizeof(path), "xsd/%s", d->file);
		rc = xausl_release_file(r, path, XAUSL_XSD_BYTES_MAX, &d->data, &d->len, err);
		if (rc)
			return rc;
	}
	return 0;
}

static struct xausl_namespace *find_prefix(struct xausl_release *r, const char *prefix, size_t len)
{
	for (size_t i = 0; i < r->n_namespaces; i++)
		if (strlen(r->namespaces[i].prefix) == len && !memcmp(r->namespaces[i].prefix, prefix, len))
			return &r->namespaces[i];
	return NULL;
}

/* A namespace with messages of another standard, or of a version line of its own. */
static int read_base(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	struct xausl_namespace *ns = find_prefix(r, row->n == 4 ? row->field[1] : "", strlen(xausl_csv_field(row, 1)));

	if (!ns || ns->standard || !row->field[2][0] || !row->field[3][0])
		return xausl_csv_fail(r->manifest, row, err,
				      "base: prefix of a schema above, standard and version expected, once");
	ns->standard = row->field[2];
	ns->version = row->field[3];
	return 0;
}

static int read_message(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	static const struct {
		const char *name;
		int direction;
	} authors[] = { { "office", 1 }, { "bamf", -1 }, { "both", 2 } };
	struct xausl_message *m = &r->messages[r->n_messages];
	const char *root = xausl_csv_field(row, 2), *colon = strchr(root, ':');
	const struct xausl_namespace *ns = colon ? find_prefix(r, root, (size_t)(colon - root)) :
						   xausl_message_namespace(r, r->ns);
	size_t a = 0;

	root = colon ? colon + 1 : root;
	while (a < 3 && strcmp(authors[a].name, xausl_csv_field(row, 3)) != 0)
		a++;
	if (row->n < 4 || !row->field[1][0] || !root[0] || a == 3)
		return xausl_csv_fail(r->manifest, row, err, "message: number, root element, office, bamf or both expected");
	if (!ns || !ns->standard)
		return xausl_csv_fail(r->manifest, row, err, "root element in a namespace without a schema or base row above");
	/* A package may hold two versions of a base module. */
	if ((!r->is_package && xausl_message_find(r, row->field[1])) || xausl_message_by_root(r, ns->uri, root))
		return xausl_csv_fail(r->manifest, row, err, "message twice");
	*m = (struct xausl_message){
		.number = row->field[1],
		.root = root,
		.ns = ns,
		.direction = authors[a].direction,
		.answers = row->field + 4,
		.n_answers = row->n - 4,
	};
	r->n_messages++;
	return 0;
}

/* Every message an answer refers to exists and may go the other way. */
static int check_answers(const struct xausl_release *r, struct osci_err *err)
{
	for (size_t i = 0; i < r->n_messages; i++)
		for (unsigned k = 0; k < r->messages[i].n_answers; k++) {
			const struct xausl_message *m = xausl_message_find(r, r->messages[i].answers[k]);

			if (!m || (m->direction != 2 && m->direction == r->messages[i].direction))
				return osci_fail(err, OSCI_E_CONFIG, NULL, r->manifest->name,
						 "message %s: answers a message that is unknown or goes the same way",
						 r->messages[i].number);
		}
	return 0;
}

static int read_list(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	struct xausl_list *l = &r->lists[r->n_lists];
	int rc;

	if (row->n != 2 || !file_name_ok(row->field[1]))
		return xausl_csv_fail(r->manifest, row, err, "codelist: one file name expected");
	r->n_lists++;
	rc = xausl_list_load(l, r, row->field[1], err);
	if (rc)
		return rc;
	for (struct xausl_list *o = r->lists; o < l; o++) {
		if (strcmp(o->uri, l->uri) != 0 && strcmp(o->name, l->name) != 0)
			continue;
		if (strcmp(o->uri, l->uri) != 0 || strcmp(o->name, l->name) != 0 ||
		    !strcmp(o->versions->field[1], l->versions->field[1]))
			return xausl_csv_fail(r->manifest, row, err, "code list twice in a version, or two with one name");
		l->other = true;
		if (!o->next) {
			o->next = l;
			break;
		}
	}
	return 0;
}

static int read_row(struct xausl_release *r, const struct xausl_csv_row *row, struct osci_err *err)
{
	const char *kind = row->field[0];
	const char *one = row->n == 2 ? row->field[1] : "", *wrong;

	if (!strcmp(kind, "schema"))
		return read_schema(r, row, err);
	if (!strcmp(kind, "message"))
		return read_message(r, row, err);
	if (!strcmp(kind, "base"))
		return read_base(r, row, err);
	if (!strcmp(kind, "codelist"))
		return read_list(r, row, err);
	if (!strcmp(kind, "sha256")) {
		wrong = xausl_sum_row_wrong(r->manifest, row);
		return wrong ? xausl_csv_fail(r->manifest, row, err, wrong) : 0;
	}
	if (r->is_package && row->n == 3 && (!strcmp(kind, "package") || !strcmp(kind, "source")))
		return 0; /* where it comes from: for the reader */
	if (!one[0])
		return xausl_csv_fail(r->manifest, row, err, "unknown kind of row, or not one value");
	if (!strcmp(kind, "release"))
		return strcmp(one, r->version) ? xausl_csv_fail(r->manifest, row, err, "not the release of the calendar") :
						 0;
	if (!strcmp(kind, "namespace"))
		return strcmp(one, r->ns) ? xausl_csv_fail(r->manifest, row, err, "not the namespace of the calendar") : 0;
	if (!strcmp(kind, "standard"))
		r->standard = one;
	else if (!strcmp(kind, "external"))
		r->externals[r->n_externals++] = one;
	else if (!strcmp(kind, "octets"))
		r->octets[r->n_octets++] = one;
	else if (strcmp(kind, "origin") != 0) /* for readers of the file */
		return xausl_csv_fail(r->manifest, row, err, "unknown kind of row");
	return 0;
}

static int allocate(struct xausl_release *r, struct osci_err *err)
{
	static const char *const single[] = { "release", "namespace", "standard", "origin" };
	const struct xausl_csv *t = r->manifest;
	size_t schemas = count(t, "schema"), messages = count(t, "message"), lists = count(t, "codelist");
	size_t externals = count(t, "external"), octets = count(t, "octets");

	for (size_t i = 0; i < sizeof(single) / sizeof(single[0]); i++)
		if (count(t, single[i]) != 1)
			return osci_fail(err, OSCI_E_CONFIG, NULL, t->name, "exactly one row %s expected", single[i]);
	if (!schemas || schemas > XAUSL_SCHEMAS_MAX || !messages || messages > XAUSL_MESSAGES_MAX ||
	    lists > XAUSL_LISTS_MAX)
		return xausl_csv_fail(t, NULL, err, "no schema or message, or too many rows of a kind");
	r->namespaces = calloc(schemas, sizeof(*r->namespaces));
	r->xsds = calloc(XAUSL_FILES_MAX, sizeof(*r->xsds));
	r->messages = calloc(messages, sizeof(*r->messages));
	r->lists = calloc(lists + 1, sizeof(*r->lists));
	r->externals = calloc(externals + 1, sizeof(*r->externals));
	r->octets = calloc(octets + 1, sizeof(*r->octets));
	if (!r->octets || !r->namespaces || !r->xsds || !r->messages || !r->lists || !r->externals)
		return no_memory(r, err);
	return 0;
}

static int load_manifest(struct xausl_release *r, struct osci_err *err)
{
	char path[4096];

	if ((size_t)snprintf(path, sizeof(path), "%s/manifest.csv", r->folder) >= sizeof(path))
		return osci_fail(err, OSCI_E_CONFIG, NULL, r->module, "path too long");
	return xausl_csv_load(&r->manifest, path, err);
}

/* What the manifest names, up to the compiled schema. */
static int load_named(struct xausl_release *r, struct osci_err *err)
{
	int rc = allocate(r, err);

	for (size_t i = 0; !rc && i < r->manifest->n_rows; i++)
		rc = read_row(r, &r->manifest->rows[i], err);
	if (!rc)
		rc = check_answers(r, err);
	return rc ? rc : xausl_schema_compile(r, err);
}

int xausl_module_load(struct xausl_release *r, const char *schemas, struct osci_err *err)
{
	int rc;

	if (asprintf(&r->folder, "%s/%s", schemas, r->module) < 0) {
		r->folder = NULL;
		return no_memory(r, err);
	}
	rc = load_manifest(r, err);
	if (!rc)
		rc = load_named(r, err);
	if (!rc)
		rc = xausl_rules_load(r, err);
	return rc ? rc : xausl_map_load(&r->map, r, err);
}

int xausl_module_load_imported(struct xausl_release *r, const char *folder, struct osci_err *err)
{
	int rc;

	r->module = "imported package";
	r->is_package = true;
	r->folder = strdup(folder);
	if (!r->folder)
		return no_memory(r, err);
	rc = load_manifest(r, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < r->manifest->n_rows; i++) {
		const struct xausl_csv_row *row = &r->manifest->rows[i];

		if (row->n == 2 && !strcmp(row->field[0], "release"))
			r->version = r->module = row->field[1];
		else if (row->n == 2 && !strcmp(row->field[0], "namespace"))
			r->ns = row->field[1];
	}
	if (!r->version || !r->ns || !file_name_ok(r->version))
		return xausl_csv_fail(r->manifest, NULL, err, "release and namespace expected");
	return load_named(r, err);
}

void xausl_module_clear(struct xausl_release *r)
{
	xausl_map_freep(&r->map);
	xausl_rules_clear(r);
	xausl_contexts_free(r->contexts);
	if (r->schema)
		xmlSchemaFree(r->schema);
	if (r->entry)
		xmlFreeDoc(r->entry);
	for (size_t i = 0; i < r->n_xsds; i++)
		free(r->xsds[i].data);
	for (size_t i = 0; i < r->n_lists; i++)
		xausl_list_clear(&r->lists[i]);
	free(r->namespaces);
	free(r->xsds);
	free(r->messages);
	free(r->lists);
	free(r->externals);
	free(r->octets);
	free(r->folder);
	xausl_csv_freep(&r->manifest);
}

const struct xausl_message *xausl_message_find(const struct xausl_release *r, const char *number)
{
	for (size_t i = 0; i < r->n_messages; i++)
		if (!strcmp(r->messages[i].number, number))
			return &r->messages[i];
	return NULL;
}

const struct xausl_message *xausl_message_by_root(const struct xausl_release *r, const char *ns, const char *root)
{
	for (size_t i = 0; i < r->n_messages; i++)
		if (!strcmp(r->messages[i].root, root) && !strcmp(r->messages[i].ns->uri, ns))
			return &r->messages[i];
	return NULL;
}

const struct xausl_namespace *xausl_message_namespace(const struct xausl_release *r, const char *uri)
{
	for (size_t i = 0; i < r->n_namespaces; i++)
		if (r->namespaces[i].standard && !strcmp(r->namespaces[i].uri, uri))
			return &r->namespaces[i];
	return NULL;
}

const char *xausl_prefix(const struct xausl_release *r, const char *uri)
{
	if (!uri || !uri[0])
		return "";
	for (size_t i = 0; r && i < r->n_namespaces; i++)
		if (!strcmp(r->namespaces[i].uri, uri))
			return r->namespaces[i].prefix;
	return NULL;
}
