/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package - imported packages: opened like a release folder, held beside the module of their release
 *
 * A package has neither rules nor mapping of ours: its schema and its lists alone have the say.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xausl/package.h>
#include "base/buf.h"
#include "engine/release.h"

struct xausl_package {
	struct xausl_release r;
};

void xausl_package_freep(struct xausl_package **pp)
{
	struct xausl_package *p = pp ? *pp : NULL;

	if (!p)
		return;
	xausl_module_clear(&p->r);
	free(p);
	*pp = NULL;
}

int xausl_package_open(struct xausl_package **ret, const char *folder, struct osci_err *err)
{
	_cleanup_(xausl_package_freep) struct xausl_package *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return osci_fail(err, -ENOMEM, NULL, folder, "out of memory");
	xmlInitParser();
	r = xausl_module_load_imported(&p->r, folder, err);
	if (r)
		return r;
	*ret = p;
	p = NULL;
	return 0;
}

const struct xausl_release *xausl_package_module(const struct xausl_package *p)
{
	return &p->r;
}

static const char *said(const struct xausl_package *p, const char *key)
{
	for (size_t i = 0; i < p->r.manifest->n_rows; i++) {
		const struct xausl_csv_row *row = &p->r.manifest->rows[i];

		if (!strcmp(row->field[0], "package") && !strcmp(xausl_csv_field(row, 1), key))
			return xausl_csv_field(row, 2);
	}
	return "";
}

void xausl_package_info(const struct xausl_package *p, struct xausl_package_info *ret)
{
	*ret = (struct xausl_package_info){
		.version = p->r.version,
		.namespace_uri = p->r.ns,
		.source = said(p, "source"),
		.sha256 = said(p, "sha256"),
		.publisher = said(p, "publisher"),
		.imported = said(p, "imported"),
		.messages = p->r.n_messages,
		.lists = p->r.n_lists,
		.namespaces = p->r.n_namespaces - 1, /* the entry is none of the package */
	};
	if (!ret->sha256[0]) {
		ret->sha256 = said(p, "sha256-of-folder");
		ret->folder = true;
	}
}

const char *xausl_package_missing_list(const struct xausl_package *p, size_t i)
{
	return i < p->r.n_externals ? p->r.externals[i] : NULL;
}

bool xausl_package_message(const struct xausl_package *p, size_t i, const char **number, const char **root, const char **ns)
{
	if (i >= p->r.n_messages)
		return false;
	*number = p->r.messages[i].number;
	*root = p->r.messages[i].root;
	*ns = p->r.messages[i].ns->uri;
	return true;
}

const struct xausl_package *xausl_release_package(const struct xausl_release *r)
{
	return r->imported;
}

static int attach(struct xausl *x, const char *folder, struct osci_err *err)
{
	_cleanup_(xausl_package_freep) struct xausl_package *p = NULL;
	struct xausl_release *r = NULL;
	int rc = xausl_package_open(&p, folder, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < x->n; i++)
		if (!strcmp(x->releases[i].version, p->r.version))
			r = &x->releases[i];
	if (!r || (r->ns[0] && strcmp(r->ns, p->r.ns) != 0))
		return osci_fail(err, OSCI_E_CONFIG, NULL, folder, "imported package of a release the calendar has not, or not so");
	if (r->imported)
		return osci_fail(err, OSCI_E_CONFIG, NULL, folder, "release %s is imported twice", r->version);
	if (!r->ns[0])
		r->ns = p->r.ns; /* the calendar did not know it yet */
	p->r.owner = x;
	r->imported = p;
	p = NULL;
	return 0;
}

int xausl_open_imported(struct xausl *x, const char *folder, struct osci_err *err)
{
	struct dirent **names = NULL;
	char path[4096];
	int n = scandir(folder, &names, NULL, alphasort), r = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : osci_fail(err, -errno, NULL, folder, "cannot be read: %s", strerrordesc_np(errno));
	for (int i = 0; i < n; i++) {
		/* What begins with a dot is an import that has not ended, or the lock. */
		if (!r && names[i]->d_name[0] != '.') {
			if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name) >= sizeof(path))
				r = osci_fail(err, OSCI_E_CONFIG, NULL, folder, "path too long");
			else
				r = attach(x, path, err);
		}
		free(names[i]);
	}
	free(names);
	return r;
}
