/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package-import - an official package becomes a release folder: which release it is, and its manifest
 *
 * The release is the one of the calendar whose namespace the package defines.  What would redefine a module of ours
 * under its name - another element under the number of a message, another version under the namespace - is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/csv.h"
#include "engine/package-priv.h"
#include "engine/release.h"

#define UNKNOWN "-" /* what a schema does not say */
#define MANIFEST_MAX (4u << 20)

/* --- which release -------------------------------------------------------- */

static bool has_message(const struct pkg *p, const char *ns)
{
	for (size_t i = 0; i < p->n_messages; i++)
		if (!strcmp(p->docs[p->messages[i].doc].ns, ns))
			return true;
	return false;
}

/* A release whose namespace nobody had published: the namespace of messages whose documents bear its version. */
static int by_version(struct pkg *p, const struct xausl_release *r)
{
	for (size_t i = 0; i < p->n_docs; i++) {
		const struct pkg_doc *d = &p->docs[i];

		if (strcmp(d->version, r->version) != 0 || !has_message(p, d->ns) ||
		    xausl_release_by_namespace(p->in->own, d->ns))
			continue;
		if (p->ns && strcmp(p->ns, d->ns) != 0)
			return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "messages of version %s in two namespaces",
					r->version);
		p->ns = d->ns;
	}
	if (!p->ns)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "no messages of version %s", r->version);
	p->version = r->version;
	return 0;
}

int pkg_choose_release(struct pkg *p)
{
	const struct xausl_release *r = NULL, *wanted = NULL, *ours;

	if (p->in->version)
		wanted = xausl_release_find(p->in->own, p->in->version);
	if (p->in->version && !wanted)
		return pkg_fail(p, OSCI_E_USAGE, p->in->source, 0, "the calendar has no release %.32s", p->in->version);
	for (size_t i = 0; i < p->n_docs; i++) {
		ours = xausl_release_by_namespace(p->in->own, p->docs[i].ns);
		if (ours && r && ours != r)
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[p->docs[i].file].path, 0,
					"documents of two releases, %s and %s", r->version, ours->version);
		r = ours ? ours : r;
	}
	if (!r && wanted && !wanted->ns[0])
		return by_version(p, wanted);
	if (!r)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "no namespace of a release of the calendar");
	if (wanted && wanted != r)
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "release %s, not %s", r->version, wanted->version);
	p->version = r->version;
	p->ns = r->ns;
	for (size_t i = 0; i < p->n_docs; i++)
		if (!strcmp(p->docs[i].ns, p->ns) && p->docs[i].version[0] && strcmp(p->docs[i].version, p->version) != 0)
			return pkg_fail(p, OSCI_E_MALFORMED, p->files[p->docs[i].file].path, 0,
					"namespace of release %s with another version", p->version);
	if (!has_message(p, p->ns))
		return pkg_fail(p, OSCI_E_MALFORMED, p->in->source, 0, "no messages in the namespace of release %s", p->version);
	for (size_t i = 0; i < p->n_messages; i++) {
		const struct pkg_doc *d = &p->docs[p->messages[i].doc];

		for (size_t k = 0; k < r->n_messages; k++)
			if (!strcmp(r->messages[k].number, p->messages[i].number) &&
			    !strcmp(r->messages[k].ns->uri, d->ns) && strcmp(r->messages[k].root, p->messages[i].root) != 0)
				return pkg_fail(p, OSCI_E_MALFORMED, p->files[d->file].path, 0,
						"message %s is another one in the module of this release", p->messages[i].number);
	}
	return 0;
}

/* --- manifest --------------------------------------------------------------- */

void pkg_add_field(struct osci_buf *b, const char *s)
{
	osci_buf_addc(b, '"');
	for (; *s; s++) {
		if (*s == '"')
			osci_buf_addc(b, '"');
		osci_buf_addc(b, *s);
	}
	osci_buf_addc(b, '"');
}

static void add_row(struct osci_buf *b, const char *kind, const char *a, const char *c)
{
	osci_buf_addf(b, "%s;", kind);
	pkg_add_field(b, a);
	if (c) {
		osci_buf_addc(b, ';');
		pkg_add_field(b, c);
	}
	osci_buf_addc(b, '\n');
}

/* Prefix of the namespace whose first document is @first; unique. */
static void prefix_of(const struct pkg *p, size_t first, char *out, size_t size)
{
	const char *own = NULL;

	for (size_t i = first; i < p->n_docs && !own; i++)
		if (p->docs[i].same_ns == first)
			own = p->docs[i].prefix;
	for (size_t i = 0; i < p->n_docs && own; i++)
		if (p->docs[i].prefix && p->docs[i].same_ns != first && !strcmp(p->docs[i].prefix, own))
			own = NULL;
	if (own && strcmp(own, PKG_ENTRY_PREFIX) != 0)
		snprintf(out, size, "%s", own);
	else
		snprintf(out, size, "ns%zu", first + 1);
}

static void add_schemas(const struct pkg *p, struct osci_buf *b)
{
	osci_buf_adds(b, "schema;" PKG_ENTRY_PREFIX ";" PKG_ENTRY_NS ";" PKG_ENTRY "\n");
	for (size_t i = 0; i < p->n_docs; i++) {
		char prefix[64], name[200];

		if (p->docs[i].same_ns != i)
			continue;
		prefix_of(p, i, prefix, sizeof(prefix));
		osci_buf_addf(b, "schema;%s;", prefix);
		pkg_add_field(b, p->docs[i].ns);
		pkg_namespace_name(p, i, name, sizeof(name));
		if (p->docs[i].several)
			osci_buf_addf(b, ";%s", name);
		for (size_t k = i; k < p->n_docs; k++)
			if (p->docs[k].same_ns == i)
				osci_buf_addf(b, ";%s", p->docs[k].name);
		osci_buf_addc(b, '\n');
	}
}

/* The first document of the namespace that says it. */
static const char *said(const struct pkg *p, size_t first, bool version)
{
	for (size_t i = first; i < p->n_docs; i++) {
		const char *s = version ? p->docs[i].fixed_version : p->docs[i].standard;

		if (p->docs[i].same_ns == first && s)
			return s;
	}
	return UNKNOWN;
}

static void add_messages(const struct pkg *p, struct osci_buf *b)
{
	char prefix[64];

	for (size_t i = 0; i < p->n_docs; i++) {
		if (p->docs[i].same_ns != i || !strcmp(p->docs[i].ns, p->ns) || !has_message(p, p->docs[i].ns))
			continue;
		prefix_of(p, i, prefix, sizeof(prefix));
		osci_buf_addf(b, "base;%s;", prefix);
		pkg_add_field(b, said(p, i, false));
		osci_buf_addc(b, ';');
		pkg_add_field(b, said(p, i, true));
		osci_buf_addc(b, '\n');
	}
	for (size_t i = 0; i < p->n_octets; i++)
		add_row(b, "octets", p->octets[i], NULL);
	for (size_t i = 0; i < p->n_messages; i++) {
		prefix_of(p, p->docs[p->messages[i].doc].same_ns, prefix, sizeof(prefix));
		osci_buf_addf(b, "message;%s;%s:%s;both\n", p->messages[i].number, prefix, p->messages[i].root);
	}
}

static void add_lists(const struct pkg *p, struct osci_buf *b)
{
	for (size_t i = 0; i < p->n_lists; i++)
		osci_buf_addf(b, "codelist;%s\n", p->lists[i].name);
	for (size_t i = 0; i < p->n_list_uris; i++) {
		bool here = false;

		for (size_t k = 0; k < p->n_lists; k++)
			here = here || !strcmp(p->lists[k].uri, p->list_uris[i]);
		if (!here)
			add_row(b, "external", p->list_uris[i], NULL);
	}
}

int pkg_write_manifest(struct pkg *p)
{
	_cleanup_buf_ struct osci_buf b = OSCI_BUF_INIT(MANIFEST_MAX);
	const char *source = strrchr(p->in->source, '/') ? strrchr(p->in->source, '/') + 1 : p->in->source;
	const char *standard = UNKNOWN;
	char when[64];

	osci_format_datetime_utc(when, sizeof(when), p->in->now_ms);
	for (size_t i = 0; i < p->n_docs && !strcmp(standard, UNKNOWN); i++)
		if (!strcmp(p->docs[i].ns, p->ns) && p->docs[i].same_ns == i)
			standard = said(p, i, false);
	osci_buf_adds(&b, "# An official package, imported.  Format: xausl-schemas/README.md.\n");
	add_row(&b, "release", p->version, NULL);
	add_row(&b, "namespace", p->ns, NULL);
	add_row(&b, "standard", standard, NULL);
	add_row(&b, "origin", "official package, imported", NULL);
	add_row(&b, "package", "source", xausl_name_wrong(source, strlen(source)) ? UNKNOWN : source);
	add_row(&b, "package", p->folder ? "sha256-of-folder" : "sha256", p->sum);
	add_row(&b, "package", "publisher", p->in->sha256 ? "checksum given at import" : "not verified");
	add_row(&b, "package", "imported", when);
	add_schemas(p, &b);
	add_messages(p, &b);
	add_lists(p, &b);
	for (size_t i = 0; i < p->n_files; i++) {
		const struct pkg_file *f = &p->files[p->order[i]];

		if (f->used) {
			osci_buf_adds(&b, "source;");
			pkg_add_field(&b, f->path);
			osci_buf_addf(&b, ";%s\n", f->sum);
		}
	}
	osci_buf_add(&b, p->sums.data, p->sums.len);
	if (osci_buf_error(&b) || osci_buf_error(&p->sums))
		return pkg_no_memory(p);
	return pkg_write(p, "", "manifest.csv", b.data, b.len);
}

/* --- the steps ---------------------------------------------------------------- */

void pkg_clear(struct pkg *p)
{
	for (size_t i = 0; i < p->n_files; i++)
		free(p->files[i].path);
	for (size_t i = 0; i < p->n_docs; i++) {
		struct pkg_doc *d = &p->docs[i];

		for (size_t k = 0; k < d->n_refs; k++) {
			free(d->refs[k].ns);
			free(d->refs[k].location);
		}
		free(d->refs);
		free(d->ns);
		free(d->version);
		free(d->prefix);
		free(d->standard);
		free(d->fixed_version);
	}
	for (size_t i = 0; i < p->n_messages; i++)
		free(p->messages[i].root);
	for (size_t i = 0; i < p->n_locations; i++) {
		free(p->locations[i].from);
		free(p->locations[i].path);
	}
	for (size_t i = 0; i < p->n_lists; i++) {
		free(p->lists[i].uri);
		free(p->lists[i].version);
	}
	for (size_t i = 0; i < p->n_list_uris; i++)
		free(p->list_uris[i]);
	for (size_t i = 0; i < p->n_octets; i++)
		free(p->octets[i]);
	free(p->files);
	free(p->order);
	free(p->docs);
	free(p->messages);
	free(p->locations);
	free(p->lists);
	free(p->list_uris);
	free(p->octets);
	osci_buf_free(&p->sums);
	if (p->work >= 0)
		close(p->work);
}

static int sync_folder(struct pkg *p, const char *name)
{
	int fd = openat(p->work, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW), r;

	r = fd < 0 || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return r ? osci_fail(p->err, r, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(-r)) : 0;
}

/* The octets as published have served; the rest stays, whatever happens to the power. */
static int finish(struct pkg *p)
{
	int r;

	for (size_t i = 0; i < p->n_files; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%zu", i);
		if (p->files[i].kind != PKG_OTHER && unlinkat(p->work, name, 0))
			return osci_fail(p->err, -errno, NULL, p->in->work, "cannot be written: %s", strerrordesc_np(errno));
	}
	r = sync_folder(p, "xsd");
	if (!r)
		r = sync_folder(p, "codelists");
	return r ? r : sync_folder(p, ".");
}

int xausl_import_prepare(const struct xausl_import *in, struct osci_err *err)
{
	_cleanup_(pkg_clear) struct pkg p = { .in = in, .err = err, .work = -1, .sums = OSCI_BUF_INIT(MANIFEST_MAX) };
	int r;

	if (in->sha256 && (strlen(in->sha256) != PKG_SUM - 1 || strspn(in->sha256, "0123456789abcdefABCDEF") != PKG_SUM - 1))
		return osci_fail(err, OSCI_E_USAGE, NULL, in->source, "a SHA-256 has 64 hexadecimal digits");
	p.work = open(in->work, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (p.work < 0 || mkdirat(p.work, "xsd", 0755) || mkdirat(p.work, "codelists", 0755))
		return osci_fail(err, -errno, NULL, in->work, "cannot be written: %s", strerrordesc_np(errno));
	p.lists = calloc(XAUSL_LISTS_MAX, sizeof(*p.lists));
	if (!p.lists)
		return pkg_no_memory(&p);
	r = pkg_collect(&p);
	for (size_t i = 0; !r && i < p.n_files; i++) {
		size_t file = p.order[i];

		if (p.files[file].kind == PKG_XML)
			r = pkg_read_xml(&p, file);
		else if (p.files[file].kind == PKG_CSV)
			r = pkg_read_csv(&p, file);
	}
	if (!r)
		r = pkg_read_schemas(&p);
	if (!r)
		r = pkg_choose_release(&p);
	if (!r)
		r = pkg_write_schemas(&p);
	if (!r)
		r = pkg_write_manifest(&p);
	return r ? r : finish(&p);
}
