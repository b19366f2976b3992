/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check-codes - every code against the list it names
 *
 * An element with the attribute listURI is a code; the schema has filled the attribute in where it is fixed.  A list
 * this folder does not hold (external, or chosen by the author where the schema leaves the choice), and a list it
 * holds in part only, is passed over.
 */
#include <string.h>

#include "engine/check.h"
#include "base/buf.h"

/* Is the version one the release accepts? *@content: it is the one whose codes are here. */
static bool version_accepted(const struct xausl_list *l, const char *version, bool *content)
{
	*content = !strcmp(l->versions->field[1], version);
	for (unsigned i = 1; i < l->versions->n; i++)
		if (!strcmp(l->versions->field[i], version) || !strcmp(l->versions->field[i], "*"))
			return true;
	return false;
}

static void check_code(struct xausl_check *c, const xmlNode *node, const struct xausl_list *l)
{
	static const struct xausl_mark wrong_version = { "code.version", "code", "S010" };
	static const struct xausl_mark unknown = { "code.unknown", "code", "S011" };
	_cleanup_(osci_freep) char *version = xausl_attribute(c, node, "listVersionID");
	_cleanup_(osci_freep) char *code = NULL;
	const xmlNode *child = xausl_child(node, "code");
	bool content = true;

	if (version && !version_accepted(l, version, &content)) {
		xausl_found(c, &wrong_version, node, l->versions->field[1],
			    "version of code list %s is not the one of the release", l->name);
		return;
	}
	if (!child || !content)
		return;
	code = xausl_value(c, child);
	if (code && !xausl_list_code(l, code))
		xausl_found(c, &unknown, child, "a code of the list", "code is not in list %s, version %s", l->name,
			    l->versions->field[1]);
}

void xausl_check_codes(struct xausl_check *c, const xmlNode *root)
{
	for (const xmlNode *n = root; n && !c->error; n = xausl_next_element(n)) {
		_cleanup_(osci_freep) char *uri = xausl_attribute(c, n, "listURI");
		const struct xausl_list *l = uri ? xausl_list_find(c->r, uri) : NULL;

		if (l && !strcmp(l->uri, uri) && !l->incomplete)
			check_code(c, n, l);
	}
}
